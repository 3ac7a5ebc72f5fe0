/*
 * fill_mask_choose.c - which words of a mask are printed: the likeliest, whole
 * words only, those that were named; and their ranks.
 */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "cli/base/message.h"
#include "cli/base/top.h"
#include "cli/base/utf8.h"
#include "cli/predict/fill_mask.h"

/* --------------------------------------------------------------- targets */

/* A word of several pieces, if there is none like it yet; its number counts on
 * from the vocabulary. */
static bool add_word(struct fill_mask *self, const char *text,
                     const struct berth_tokens *tokens, int32_t *id)
{
    struct word *w = &self->words[self->n_words];
    size_t bytes = tokens->n * sizeof(*w->ids);

    for (size_t i = 0; i < self->n_words; i++)
        if (self->words[i].n == tokens->n &&
            memcmp(self->words[i].ids, tokens->ids, bytes) == 0) {
            *id = (int32_t)(self->session.facts->vocab_size + i);
            return true;
        }
    w->ids = malloc(bytes);
    if (w->ids == NULL)
        return message_error("out of memory");
    memcpy(w->ids, tokens->ids, bytes);
    w->n = tokens->n;
    w->text = text;
    if (w->n > self->n_pieces)
        self->n_pieces = w->n;
    *id = (int32_t)(self->session.facts->vocab_size + self->n_words++);
    return true;
}

static bool has_unknown(const struct fill_mask *self,
                        const struct berth_tokens *tokens)
{
    for (size_t i = 0; i < tokens->n; i++)
        if (tokens->ids[i] == self->session.facts->unk_id)
            return true;
    return tokens->n == 0;
}

/* A word as the vocabulary has it, or as the tokenizer makes pieces of it.
 * Where tokens spell the blank before a word, the word after a blank comes
 * first: of "door" U+0120 "door", although "door" is a token, too. */
static bool find_target(struct fill_mask *self, const char *option,
                        const char *word, int32_t *id)
{
    struct berth_tokenize_options options = {.plain = true, .no_special = true};
    bool spaced = self->session.facts->spaced_words && word[0] != ' ';
    struct berth_text text = {.text = word,
                              .text_len = strlen(word),
                              .prompt = spaced ? " " : NULL,
                              .prompt_len = spaced};
    struct berth_tokens tokens = {0};
    struct berth_error err = {0};
    enum berth_status status =
        berth_tokenize(self->session.model, &text, &options, &tokens, &err);
    bool ok = false;

    *id = -1;
    if (!spaced || status != BERTH_OK || tokens.n != 1 ||
        has_unknown(self, &tokens))
        *id = berth_token_id(self->session.model, word, text.text_len);
    if (*id >= 0 && (size_t)*id < self->session.facts->vocab_size)
        ok = true;
    else if (*id >= 0)
        message_usage("%s: the tokenizer has '%s', but the model does not know "
                      "it",
                      option, word);
    else if (status != BERTH_OK)
        message_error("%s: %s", option, err.message);
    else if (has_unknown(self, &tokens))
        message_usage("%s: '%s' is not in the vocabulary", option, word);
    else if (tokens.n > 1 && self->ranks.n > 0)
        message_usage("--rank: '%s' is not one piece of the vocabulary but "
                      "%zu; only those have a rank",
                      word, tokens.n);
    else if (tokens.n > 1 && (self->compare || self->lens))
        message_usage("--target: '%s' is not one piece of the vocabulary but "
                      "%zu, which --%s cannot do",
                      word, tokens.n, self->compare ? "compare" : "lens");
    else if (tokens.n > 1)
        ok = add_word(self, word, &tokens, id);
    else {
        *id = tokens.ids[0];
        ok = true;
    }
    berth_tokens_free(&tokens);
    return ok;
}

bool fill_mask_find_targets(struct fill_mask *self)
{
    bool rank = self->ranks.n > 0;
    const struct text_list *list = rank ? &self->ranks : &self->targets;

    self->target_ids = calloc(list->n + 1, sizeof(*self->target_ids));
    self->words = calloc(list->n + 1, sizeof(*self->words));
    if (self->target_ids == NULL || self->words == NULL)
        return message_error("out of memory");
    for (size_t i = 0; i < list->n; i++) {
        int32_t id;
        size_t k = 0;

        if (!find_target(self, rank ? "--rank" : "--target", list->items[i],
                         &id))
            return false;
        while (k < self->n_target_ids && self->target_ids[k] != id)
            k++;
        if (k == self->n_target_ids)
            self->target_ids[self->n_target_ids++] = id;
    }
    return true;
}

void fill_mask_free_targets(struct fill_mask *self)
{
    for (size_t i = 0; i < self->n_words; i++)
        free(self->words[i].ids);
    free(self->words);
    free(self->target_ids);
    free(self->whole);
}

/* ----------------------------------------------------------- whole words */

/* Whether it is a whole word: has a letter or a digit, and does not begin with
 * punctuation, as "[unused1]" does. */
static bool is_whole(const struct berth_token *token)
{
    const uint8_t *p = (const uint8_t *)token->word;
    utf8proc_int32_t c;

    if (token->continues || token->goes_on || token->special)
        return false;
    for (utf8proc_ssize_t n; *p != '\0'; p += n) {
        n = utf8proc_iterate(p, -1, &c);
        if (n <= 0 || (p == (const uint8_t *)token->word &&
                       utf8_is_punctuation((uint32_t)c)))
            return false;
        utf8proc_category_t category = utf8proc_category(c);

        if (category >= UTF8PROC_CATEGORY_LU &&
            category <= UTF8PROC_CATEGORY_NO)
            return true;
    }
    return false;
}

bool fill_mask_find_whole(struct fill_mask *self)
{
    size_t v = self->session.facts->vocab_size;

    self->whole = calloc(v, sizeof(*self->whole));
    if (self->whole == NULL)
        return message_error("out of memory");
    for (size_t i = 0; i < v; i++) {
        struct berth_token token;

        self->whole[i] =
            berth_token_get(self->session.model, (int32_t)i, &token) &&
            is_whole(&token);
        self->n_whole += self->whole[i];
    }
    return true;
}

/* ---------------------------------------------------------------- choice */

static float score_of(const struct fill_mask *self, const struct mask *mask,
                      const float *scores, int32_t id)
{
    size_t v = self->session.facts->vocab_size;

    return (size_t)id < v ? scores[id] : mask->word_scores[(size_t)id - v];
}

/* What is_likelier() looks at. */
struct scores {
    const struct fill_mask *self;
    const struct mask *mask;
    const float *scores;
};

static bool is_likelier(const void *a, const void *b, const void *arg)
{
    const struct scores *s = arg;

    return score_of(s->self, s->mask, s->scores, *(const int32_t *)a) >
           score_of(s->self, s->mask, s->scores, *(const int32_t *)b);
}

/* The k best of the targets. */
static void choose_targets(const struct fill_mask *self, const float *scores,
                           size_t k, struct mask *mask)
{
    const struct scores s = {self, mask, scores};

    mask->n = 0;
    for (size_t i = 0; i < self->n_target_ids; i++)
        mask->n = top_insert(mask->ids, mask->n, k, &self->target_ids[i],
                             sizeof(*mask->ids), is_likelier, &s);
}

/* With --min-prob alone: all words that reach it. */
static size_t count_likely(const struct fill_mask *self, const float *scores)
{
    size_t n = 0;

    for (size_t i = 0; i < self->session.facts->vocab_size; i++)
        n += (double)scores[i] >= self->min_prob;
    return n;
}

/* Counts the words before it, in the order of berth_top_k(). */
size_t fill_mask_rank(const struct fill_mask *self, const float *x, int32_t id)
{
    size_t rank = 1;

    for (size_t k = 0; k < self->session.facts->vocab_size; k++)
        rank += x[k] > x[id] || (k < (size_t)id && x[k] == x[id]);
    return rank;
}

static bool find_ranks(const struct fill_mask *self, const float *scores,
                       struct pieces *a, struct mask *mask)
{
    mask->ranks = pieces_array(a, mask->n, sizeof(*mask->ranks));
    if (mask->ranks == NULL)
        return false;
    for (size_t i = 0; i < mask->n; i++)
        mask->ranks[i] = fill_mask_rank(self, scores, mask->ids[i]);
    return true;
}

void fill_mask_keep_whole(const struct fill_mask *self, float *scores)
{
    for (size_t i = 0;
         self->whole != NULL && i < self->session.facts->vocab_size; i++)
        if (!self->whole[i])
            scores[i] = -1.0F;
}

bool fill_mask_choose(const struct fill_mask *self, float *scores,
                      struct pieces *a, struct mask *mask)
{
    size_t v = self->session.facts->vocab_size;

    fill_mask_keep_whole(self, scores);
    size_t k = self->k > 0 ? self->k : count_likely(self, scores);

    mask->ids = pieces_array(a, k, sizeof(*mask->ids));
    mask->scores = pieces_array(a, k, sizeof(*mask->scores));
    if (mask->ids == NULL || mask->scores == NULL)
        return false;
    mask->n = k;
    if (self->n_target_ids > 0)
        choose_targets(self, scores, k, mask);
    else
        berth_top_k(scores, v, k, mask->ids);
    for (size_t i = 0; i < mask->n; i++)
        mask->scores[i] = score_of(self, mask, scores, mask->ids[i]);
    while (mask->n > 0 && (double)mask->scores[mask->n - 1] < self->min_prob)
        mask->n--;
    return self->ranks.n == 0 || find_ranks(self, scores, a, mask);
}
