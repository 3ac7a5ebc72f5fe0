/*
 * tag_aggregate.c - from the scores of tokens to entities: aggregate() and what
 * it calls in TokenClassificationPipeline of transformers.
 *
 *     micro  ##soft  is  at  New    York
 *     B-ORG  I-PER   O   O   B-LOC  I-LOC    tokens
 *     B-ORG  B-ORG   O   O   B-LOC  I-LOC    words, by their first token
 *     ORG            O       LOC             entities; O is left out
 */
#include "cli/labels/tag.h"

#include <stdlib.h>
#include <string.h>

/* Tokens that have one label: one, or those of a word. */
struct part {
    const struct tagged *tokens; /* (n) */
    size_t n;
    const char *label;
    float score;
};

/* The best label; of equal ones the first. */
static size_t best(const float *scores, size_t n)
{
    size_t b = 0;

    for (size_t i = 1; i < n; i++)
        if (scores[i] > scores[b])
            b = i;
    return b;
}

/* --------------------------------------------------------------- words */

/* Summed in float32, token by token, as numpy does it. */
static void average(const struct part *word, size_t n, float *mean)
{
    for (size_t i = 0; i < n; i++) {
        float sum = 0.0f;

        for (size_t t = 0; t < word->n; t++)
            sum += word->tokens[t].scores[i];
        mean[i] = (float)((double)sum / (double)word->n);
    }
}

/* The scores that a word is labelled by. mean (n) has room for them. */
static const float *word_scores(const struct tag *self, const struct part *word,
                                float *mean)
{
    const float *chosen = word->tokens[0].scores;

    if (self->aggregation == AGGREGATION_AVERAGE) {
        average(word, self->n, mean);
        return mean;
    }
    for (size_t t = 1; self->aggregation == AGGREGATION_MAX && t < word->n;
         t++) {
        const float *scores = word->tokens[t].scores;

        if (scores[best(scores, self->n)] > chosen[best(chosen, self->n)])
            chosen = scores;
    }
    return chosen;
}

/* The parts of a text into out (n); mean has room for scores. Returns how many
 * there are. */
static size_t make_parts(const struct tag *self, const struct tagged *tokens,
                         size_t n, float *mean, struct part *out)
{
    const bool by_words = self->aggregation > AGGREGATION_SIMPLE;
    size_t n_parts = 0, end;

    for (size_t i = 0; i < n; i = end) {
        struct part *p = &out[n_parts++];

        for (end = i + 1; by_words && end < n && tokens[end].continues;)
            end++;
        *p = (struct part){.tokens = tokens + i, .n = end - i};
        const float *scores = word_scores(self, p, mean);
        const size_t b = best(scores, self->n);

        p->label = self->labels[b];
        p->score = scores[b];
    }
    return n_parts;
}

/* -------------------------------------------------------------- entities */

/* get_tag(): a label without B- or I- goes on, as one with I- does. */
static bool begins(const char *label)
{
    return strncmp(label, "B-", 2) == 0;
}

static const char *tag_of(const char *label)
{
    return begins(label) || strncmp(label, "I-", 2) == 0 ? label + 2 : label;
}

/* How many parts, the first of n included, are one entity. */
static size_t count_parts(const struct tag *self, const struct part *parts,
                          size_t n)
{
    size_t i = 1;

    if (self->aggregation == AGGREGATION_NONE)
        return 1;
    while (i < n && !begins(parts[i].label) &&
           strcmp(tag_of(parts[i].label), tag_of(parts[i - 1].label)) == 0)
        i++;
    return i;
}

static struct entity make_entity(const struct tag *self,
                                 const struct part *parts, size_t n)
{
    const struct part *last = &parts[n - 1];
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += (double)parts[i].score;
    return (struct entity){.label = self->aggregation == AGGREGATION_NONE
                                        ? parts->label
                                        : tag_kind(parts->label),
                           .score = (float)(sum / (double)n),
                           .index = parts->tokens->index,
                           .span = {parts->tokens->span.begin,
                                    last->tokens[last->n - 1].span.end}};
}

/* ----------------------------------------------------------------- texts */

/* What is joined. */
struct strings {
    const char **texts; /* (n) with room for all tokens */
    size_t *sizes;
    size_t n;
};

/* The text of strings, of pieces. False: memory is out. */
static bool join(const struct tag *self, const struct strings *s,
                 struct pieces *pieces, const char **out, size_t *size)
{
    char *text = NULL;

    if (berth_join(self->session.model, s->texts, s->sizes, s->n, &text, size,
                   NULL) != BERTH_OK)
        return false;
    *out = pieces_copy(pieces, text, *size);
    free(text);
    return *out != NULL;
}

/* The tokens of a part, or where they are a word, what they are joined to. */
static bool add_part(const struct tag *self, const struct part *p,
                     struct pieces *pieces, struct strings *s)
{
    struct strings word = {s->texts + s->n, s->sizes + s->n, p->n};

    for (size_t i = 0; i < p->n; i++) {
        word.texts[i] = p->tokens[i].word;
        word.sizes[i] = p->tokens[i].size;
    }
    if (self->aggregation > AGGREGATION_SIMPLE &&
        !join(self, &word, pieces, &s->texts[s->n], &s->sizes[s->n]))
        return false;
    s->n++;
    return true;
}

/* The pipeline joins tokens to words, and words to entities, by the same rule.
 * False: memory is out. */
static bool put_word(const struct tag *self, const struct part *parts, size_t n,
                     struct pieces *pieces, struct strings *s,
                     struct entity *out)
{
    if (self->aggregation == AGGREGATION_NONE) {
        out->word = parts->tokens->word;
        out->size = parts->tokens->size;
        return true;
    }
    s->n = 0;
    for (size_t i = 0; i < n; i++)
        if (!add_part(self, &parts[i], pieces, s))
            return false;
    return join(self, s, pieces, &out->word, &out->size);
}

bool tag_aggregate(const struct tag *self, const struct tagged *tokens,
                   size_t n, bool words, struct pieces *pieces,
                   struct entities *out)
{
    struct part *parts = pieces_array(pieces, n + 1, sizeof(*parts));
    float *mean = pieces_array(pieces, self->n, sizeof(*mean));
    struct strings s = {pieces_array(pieces, n + 1, sizeof(*s.texts)),
                        pieces_array(pieces, n + 1, sizeof(*s.sizes)), 0};
    size_t n_parts, end;

    out->list = pieces_array(pieces, n + 1, sizeof(*out->list));
    out->n = 0;
    if (parts == NULL || mean == NULL || s.texts == NULL || s.sizes == NULL ||
        out->list == NULL)
        return false;
    n_parts = make_parts(self, tokens, n, mean, parts);
    for (size_t i = 0; i < n_parts; i = end) {
        end = i + count_parts(self, parts + i, n_parts - i);
        struct entity e = make_entity(self, parts + i, end - i);

        if (strcmp(e.label, "O") == 0)
            continue;
        if (words && !put_word(self, parts + i, end - i, pieces, &s, &e))
            return false;
        out->list[out->n++] = e;
    }
    return true;
}
