/*
 * attention_derive.c - from the matrices of the model to those that are
 * printed: rollout, words in place of pieces, one head or layer for many; and
 * the keys that the filters leave.
 */
#include <string.h>

#include "cli/base/top.h"
#include "cli/inside/attention_dump.h"
#include "cli/inside/attention_math.h"
#include "cli/stream/row.h"

bool attention_is_stage(const struct attention *self)
{
    return self->what >= BERTH_ATTENTION_OUTPUT;
}

size_t attention_length(const struct attention *self, size_t n_tokens)
{
    return n_tokens < self->pad_to ? self->pad_to : n_tokens;
}

/* --------------------------------------------------------------- labels */

static int32_t id_at(const struct attention *self, const struct item *item,
                     size_t window, size_t i)
{
    const struct berth_window *w = &item->windows[window];

    return i < w->n_tokens ? item->ids[w->start + i]
                           : self->chosen.session.facts->pad_id;
}

static bool label_tokens(const struct attention *self, const struct item *item,
                         size_t window, struct pieces *p,
                         struct attention_result *r)
{
    const struct berth_window *w = &item->windows[window];
    bool *special = pieces_array(p, r->n, sizeof(*special));

    r->labels = pieces_array(p, r->n, sizeof(*r->labels));
    r->special = special;
    if (special == NULL || r->labels == NULL)
        return false;
    for (size_t i = 0; i < r->n; i++) {
        r->labels[i] = berth_token_text(self->chosen.session.model,
                                        id_at(self, item, window, i));
        special[i] = i >= w->n_tokens || item->special[w->start + i];
    }
    return true;
}

/* The text that each token belongs to. Those around the texts belong to the one
 * before them, as the types of BERT say, and [CLS] to A. */
static bool mark_segments(const struct attention *self, const struct item *item,
                          size_t window, struct pieces *p,
                          struct attention_result *r)
{
    const struct berth_window *w = &item->windows[window];
    char segment = 'A';

    if (!row_has_pairs(&self->chosen.session.settings))
        return true;
    char *segments = pieces_alloc(p, r->n);

    for (size_t i = 0; i < r->n && segments != NULL; i++) {
        size_t k = w->start + i;

        if (i < w->n_tokens &&
            (item_is_second(item, k) || item->type_ids[k] > 0))
            segment = 'B';
        segments[i] = i < w->n_tokens ? segment : '\0';
    }
    r->segments = segments;
    return segments != NULL;
}

/* ---------------------------------------------------------------- words */

/* Tokens put together to words. */
struct words {
    size_t *group;     /* (tokens) the word of each, ascending from 0 */
    const char **rest; /* (tokens) what it adds to the word; NULL: it begins
                          one */
    size_t n;
};

static bool group_tokens(const struct attention *self, const struct item *item,
                         size_t window, const struct attention_result *r,
                         struct pieces *p, struct words *words)
{
    struct berth_token before = {.special = true};

    words->group = pieces_array(p, r->n, sizeof(*words->group));
    words->rest = pieces_array(p, r->n, sizeof(*words->rest));
    words->n = 0;
    if (words->group == NULL || words->rest == NULL)
        return false;
    for (size_t i = 0; i < r->n; i++) {
        struct berth_token token;

        berth_token_get(self->chosen.session.model,
                        id_at(self, item, window, i), &token);
        words->rest[i] = i > 0 && !r->special[i] && !r->special[i - 1] &&
                                 berth_token_joined(&before, &token)
                             ? token.word
                             : NULL;
        before = token;
        if (token.spaced && token.word_size > 0)
            r->labels[i] = token.word;
        words->n += words->rest[i] == NULL;
        words->group[i] = words->n - 1;
    }
    return true;
}

/* The tokens begin .. end - 1 as one word. */
static const char *join(const struct attention_result *r,
                        const char *const *rest, size_t begin, size_t end,
                        struct pieces *p)
{
    size_t size = 1;

    if (end == begin + 1)
        return r->labels[begin];
    for (size_t i = begin; i < end; i++)
        size += strlen(r->labels[i]);
    char *word = pieces_alloc(p, size);

    size = 0;
    for (size_t i = begin; i < end && word != NULL; i++) {
        const char *piece = i > begin ? rest[i] : r->labels[i];
        size_t n = strlen(piece);

        memcpy(word + size, piece, n + 1);
        size += n;
    }
    return word;
}

static bool label_words(struct attention_result *r, const struct words *words,
                        struct pieces *p)
{
    const char **labels = pieces_array(p, words->n, sizeof(*labels));
    bool *special = pieces_array(p, words->n, sizeof(*special));
    char *segments = pieces_alloc(p, words->n);

    if (labels == NULL || special == NULL || segments == NULL)
        return false;
    for (size_t begin = 0, end; begin < r->n; begin = end) {
        size_t word = words->group[begin];

        for (end = begin + 1; end < r->n && words->rest[end] != NULL;)
            end++;
        labels[word] = join(r, words->rest, begin, end, p);
        special[word] = r->special[begin];
        segments[word] = r->segments != NULL ? r->segments[begin] : '\0';
        if (labels[word] == NULL)
            return false;
    }
    r->labels = labels;
    r->special = special;
    r->segments = r->segments != NULL ? segments : NULL;
    return true;
}

static bool merge_words(const struct attention *self, const struct item *item,
                        size_t window, struct pieces *p,
                        struct attention_result *r)
{
    size_t n_matrices = r->n_layers * r->n_heads;
    struct words words;

    if (!group_tokens(self, item, window, r, p, &words))
        return false;
    size_t n = words.n;
    float *out = pieces_array(p, n_matrices * n * n, sizeof(*out));
    double *sums = pieces_array(p, n, sizeof(*sums));

    if (out == NULL || sums == NULL || !label_words(r, &words, p))
        return false;
    for (size_t i = 0; i < n_matrices; i++)
        attention_merge(r->data + i * r->n * r->n, r->n, words.group, n, sums,
                        out + i * n * n);
    r->n = r->row = n;
    r->data = out;
    return true;
}

/* -------------------------------------------------------------- rollout */

/* raw has all layers up to the last printed one; r->data becomes the chosen. */
static bool roll_out(const struct attention *self, struct pieces *p,
                     struct attention_result *r)
{
    size_t n = r->n;
    size_t size = n * n;
    double *joint = pieces_array(p, 2 * n + 1, n * sizeof(*joint));
    float *out = pieces_array(p, self->chosen.layers.n * size, sizeof(*out));
    size_t chosen = 0;

    if (joint == NULL || out == NULL)
        return false;
    memset(joint, 0, size * sizeof(*joint));
    for (size_t i = 0; i < n; i++)
        joint[i * n + i] = 1.0;
    for (size_t l = 0; l < self->computed.n; l++) {
        attention_rollout(r->data + l * r->n_heads * size, r->n_heads, n, joint,
                          joint + size);
        if (self->chosen.layers.items[chosen] != l)
            continue;
        for (size_t i = 0; i < size; i++)
            out[chosen * size + i] = (float)joint[i];
        chosen++;
    }
    r->n_heads = 1;
    r->data = out;
    return true;
}

/* --------------------------------------------------------------- reduce */

/* In place: a result is never further on than what it is made from. */
static void reduce(const struct attention *self, struct attention_result *r)
{
    void (*f)(const float *, size_t, size_t, size_t, float *) =
        self->reduce == REDUCE_MEAN ? attention_mean : attention_max;
    size_t size = r->n * r->row;

    if (self->over == OVER_BOTH) {
        f(r->data, r->n_layers * r->n_heads, size, size, r->data);
        r->n_layers = r->n_heads = 1;
    } else if (self->over == OVER_LAYERS) {
        for (size_t h = 0; h < r->n_heads; h++)
            f(r->data + h * size, r->n_layers, r->n_heads * size, size,
              r->data + h * size);
        r->n_layers = 1;
    } else {
        for (size_t l = 0; l < r->n_layers; l++)
            f(r->data + l * r->n_heads * size, r->n_heads, size, size,
              r->data + l * size);
        r->n_heads = 1;
    }
}

bool attention_derive(const struct attention *self, const struct item *item,
                      size_t window, float *raw, struct pieces *results,
                      struct attention_result *out)
{
    size_t n = attention_length(self, item->windows[window].n_tokens);

    *out = (struct attention_result){
        .n = n,
        .row = berth_attention_width(self->chosen.session.model,
                                     (enum berth_attention_part)self->what, n),
        .n_layers = self->chosen.layers.n,
        .n_heads = attention_is_stage(self) ? 1 : self->chosen.heads.n,
        .data = raw};
    if (!label_tokens(self, item, window, results, out) ||
        !mark_segments(self, item, window, results, out) ||
        (self->rollout && !roll_out(self, results, out)) ||
        (self->level == LEVEL_WORD &&
         !merge_words(self, item, window, results, out)))
        return false;
    if (self->reduce != REDUCE_NOT)
        reduce(self, out);
    return true;
}

/* -------------------------------------------------------------- filters */

static bool passes(const struct attention *self,
                   const struct attention_result *r, const char *wanted,
                   const struct pattern *p, size_t i)
{
    if (wanted != NULL)
        return pattern_matches(p, r->labels[i], i);
    return !self->no_special || !r->special[i];
}

/* Whether token i, the query's or the key's, is of the text that --segments
 * has for it. */
static bool is_in_segment(const struct attention *self,
                          const struct attention_result *r, bool key, size_t i)
{
    size_t size;

    if (self->segments < 0)
        return true;
    const char *word = option_word(SEGMENTS_WORDS, self->segments, &size);
    return r->segments[i] == word[key] - 'a' + 'A';
}

/* Keys, by their weights in a row. */
static bool weighs_more(const void *a, const void *b, const void *row)
{
    const float *weights = row;

    return weights[*(const size_t *)a] > weights[*(const size_t *)b];
}

size_t attention_keys(const struct attention *self,
                      const struct attention_result *result, const float *row,
                      size_t query, size_t *keys)
{
    size_t n = 0;

    if (!passes(self, result, self->from_text, &self->from, query) ||
        !is_in_segment(self, result, false, query))
        return 0;
    for (size_t k = 0; k < result->n; k++) {
        if (!passes(self, result, self->to_text, &self->to, k) ||
            !is_in_segment(self, result, true, k) ||
            (double)row[k] < self->min_weight)
            continue;
        if (self->top_k > 0)
            n = top_insert(keys, n, self->top_k, &k, sizeof(k), weighs_more,
                           row);
        else
            keys[n++] = k;
    }
    return n;
}
