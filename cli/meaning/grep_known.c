/*
 * grep_known.c - lines of files whose vectors are kept: they are answered
 * without the model, in their place among the others.
 *
 * A file is looked for when the reader comes to it. A line of it needs no
 * tokens and no window is computed of it.
 */
#include "cli/meaning/grep.h"

#include <math.h>
#include <stdlib.h>

/* The largest similarity of a vector to any meaning. */
static float score_of(const struct grep *self, const float *vector)
{
    const struct vectors *v = &self->vectors;
    float best = -INFINITY, one;

    for (size_t i = 0; i < self->meanings.n; i++) {
        berth_similarities(v->session.facts->similarity, vector,
                           self->queries[i], 1, v->size, &one);
        if (one > best)
            best = one;
    }
    return best;
}

/* Vectors are kept as they are. */
static void score_rows(const void *arg, size_t way, const void *rows, size_t n,
                       float *scores)
{
    const struct grep *self = arg;
    const float *vectors = rows;

    (void)way;
    for (size_t i = 0; i < n; i++)
        scores[i] = score_of(self, vectors + i * self->vectors.size);
}

/* Without memory, too, they are computed instead. */
static void score_unit(struct grep *self, size_t unit)
{
    struct grep_known *known = &self->known;
    struct kept_found found;
    bool is_found;

    kept_find(&self->cache, unit, &found, &is_found);
    if (!is_found)
        return;
    known->scores = calloc(found.part->n_rows + 1, sizeof(*known->scores));
    if (known->scores != NULL &&
        store_scores(found.from, found.part, score_rows, self, 1,
                     shared_n_threads(&self->vectors.session.settings),
                     known->scores)) {
        known->n = found.part->n_rows;
        kept_used(&self->cache, unit, &found);
        /* The stream reads the lines again, and tells of these with a line. */
        self->cache.used.n_invalid = 0;
    }
    kept_release(&found);
}

/* The reader comes to this file; files are told apart by their addresses. */
static void enter_file(struct grep *self, const char *file)
{
    struct grep_known *known = &self->known;

    if (file == known->file)
        return;
    free(known->scores);
    *known = (struct grep_known){.file = file, .next = known->next};
    while (known->next < self->cache.n_units) {
        const size_t unit = known->next++;

        if (self->cache.units[unit].file != file)
            continue;
        score_unit(self, unit);
        return;
    }
}

/* A file that grows is not known from where it grew. */
bool grep_prepare(void *arg, struct item *item, struct berth_tokens *tokens)
{
    struct grep *self = arg;
    struct grep_known *known = &self->known;

    enter_file(self, item->record.file);
    if (known->row == known->n)
        return vectors_prepare(arg, item, tokens);
    float *score = pieces_alloc(item->pieces, sizeof(*score));
    struct berth_window *none = pieces_alloc(item->pieces, sizeof(*none));

    if (score == NULL || none == NULL)
        return stream_fail_memory(item);
    *score = known->scores[known->row++];
    *none = (struct berth_window){0};
    item->extra = score;
    item->windows = none;
    item->n_windows = 1;
    return true;
}

enum berth_status grep_compute(void *arg, const struct batch *batch)
{
    const struct grep *self = arg;
    struct batch rest = *batch;
    struct job *jobs = pieces_array(batch->results, batch->n, sizeof(*jobs));

    if (jobs == NULL)
        return stream_no_memory(batch->err);
    rest.jobs = jobs;
    rest.n = 0;
    for (size_t i = 0; i < batch->n; i++)
        if (batch->jobs[i].item->extra == NULL)
            jobs[rest.n++] = batch->jobs[i];
    return rest.n > 0 ? vectors_ops(&self->vectors).compute(arg, &rest)
                      : BERTH_OK;
}

/* item->extra becomes the largest similarity to any meaning. */
bool grep_finish(void *arg, struct item *item)
{
    struct grep *self = arg;
    const bool known = item->extra != NULL, keeps = self->cache.n_units > 0;

    if (known) {
        kept_spoil(&self->cache, &item->record);
        return true;
    }
    float *score = pieces_alloc(item->pieces, sizeof(*score));

    if (score == NULL || !vectors_finish(arg, item))
        return false;
    *score = item->wordless ? -INFINITY : score_of(self, item->results[0]);
    item->extra = score;
    if (keeps)
        kept_add(&self->cache, item, item->wordless ? NULL : item->results[0]);
    return true;
}

void grep_finish_failed(void *arg, const struct item *item)
{
    struct grep *self = arg;

    if (self->cache.n_units > 0)
        kept_spoil(&self->cache, &item->record);
}
