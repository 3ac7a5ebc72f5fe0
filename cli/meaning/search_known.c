/*
 * search_known.c - the lines of files whose vectors are kept: ranking them, and
 * reading the best again.
 */
#include <math.h>
#include <stdlib.h>

#include "cli/base/message.h"
#include "cli/base/progress.h"
#include "cli/meaning/search.h"

static const char reading_lines[] = "reading the lines of known vectors";

enum {
    UNIT_SHIFT = 40, /* bits of a record's number within its unit */
    AT_ONCE = 8      /* queries for which all scores are in memory */
};

size_t search_order(struct search *self, const struct record *record)
{
    if (self->kept.n_units == 0)
        return record->index;
    return kept_unit_of(&self->kept, record) << UNIT_SHIFT | record->index;
}

/* --------------------------------------------------------------- fetching */

/* A row that was chosen for a query. */
struct chosen {
    struct best_text *row;
    size_t query;
};

static int by_order(const void *a, const void *b)
{
    const struct chosen *x = a, *y = b;

    if (x->row->order != y->row->order)
        return x->row->order < y->row->order ? -1 : 1;
    return (x->query > y->query) - (x->query < y->query);
}

/* The line of a vector that was chosen; false when memory is out. */
static bool take_row(struct search *self, const struct chosen *c,
                     const struct record *record)
{
    const struct hit hit = hits_of(record, c->row->score);

    return search_row(self, &self->queries[c->query], hit) &&
           best_replace(c->row, self->row.data, self->row.size);
}

/* To read the files of a unit again, which lack nothing themselves. */
static struct input_options options_of(const struct search *self, size_t u)
{
    struct input_options options = self->vectors.session.settings.input;

    options.files = self->kept.units[u].files;
    options.n_files = self->kept.units[u].n_files;
    options.trouble = NULL;
    options.lacks = false;
    return options;
}

/* Reads the files again for the texts of n rows; false where one is no longer
 * there. */
static bool read_rows(struct search *self, size_t u, const struct chosen *c,
                      size_t n)
{
    const struct input_options options = options_of(self, u);
    const struct source_wait wait = {.stop_fd = -1};
    struct input *in = input_open(&options, &wait);
    struct record record;
    size_t i = 0;
    bool ok = true;

    progress_phase(reading_lines);
    while (in != NULL && ok && i < n && input_next(in, &record)) {
        progress_part(input_done(in));
        for (; ok && i < n && record.index == c[i].row->order; i++)
            ok = record.error == NULL && take_row(self, &c[i], &record);
    }
    progress_phase(NULL);
    self->unreadable = in != NULL && input_failed(in);
    input_close(in);
    return ok && i == n;
}

/* All rows that were chosen count, or none of them. */
static bool fetch(struct search *self, size_t u, const struct best *best)
{
    size_t n = 0;

    for (size_t q = 0; q < self->n_queries; q++)
        n += best[q].n;
    struct chosen *chosen = calloc(n + 1, sizeof(*chosen));

    if (chosen == NULL)
        return false;
    n = 0;
    for (size_t q = 0; q < self->n_queries; q++)
        for (size_t i = 0; i < best[q].n; i++)
            chosen[n++] = (struct chosen){&best[q].texts[i], q};
    qsort(chosen, n, sizeof(*chosen), by_order);
    bool ok = n == 0 || read_rows(self, u, chosen, n);

    for (size_t i = 0; ok && i < n; i++) {
        struct best *to = &self->queries[chosen[i].query].best;
        const struct best_text *row = chosen[i].row;

        best_add(to, row->score, u << UNIT_SHIFT | row->order, row->text,
                 row->size);
        ok = !to->failed;
    }
    free(chosen);
    return ok;
}

/* --------------------------------------------------------------- ranking */

/* Several queries, from the first on. */
struct group {
    const struct search *self;
    size_t first;
};

static void score_rows(const void *arg, size_t way, const void *rows, size_t n,
                       float *scores)
{
    const struct group *group = arg;
    const struct search *self = group->self;
    const struct quantized *q = &self->quantized;
    const float *query = self->queries[group->first + way].vector;

    for (size_t i = 0; query == NULL && i < n; i++)
        scores[i] = 0;
    if (query != NULL)
        berth_vector_similarities(self->vectors.session.facts->similarity,
                                  q->type, query, q->ranges, rows, n, q->size,
                                  scores);
}

/* Of n queries the best rows; scores has room for those of all rows. */
static bool rank_group(const struct group *group, size_t n,
                       const struct store *store, float *scores,
                       struct best *best)
{
    const struct search *self = group->self;
    bool ok =
        store_scores(store, score_rows, group, n,
                     shared_n_threads(&self->vectors.session.settings), scores);

    for (size_t way = 0; ok && way < n; way++) {
        const float *of = scores + way * store->n_rows;

        if (self->queries[group->first + way].vector == NULL)
            continue;
        for (size_t row = 0; row < store->n_rows; row++)
            if (of[row] > -INFINITY)
                best_add(&best[way], of[row], row, "", 0);
        ok = !best[way].failed;
    }
    return ok;
}

static bool rank(struct search *self, size_t u, const struct store *store)
{
    const size_t n = self->n_queries;
    const size_t at_once = n < AT_ONCE ? n : AT_ONCE;
    struct best *best = calloc(n + 1, sizeof(*best));
    float *scores = calloc(store->n_rows * at_once + 1, sizeof(*scores));
    bool ok = best != NULL && scores != NULL;

    for (size_t q = 0; best != NULL && q < n; q++)
        best[q].k = self->k;
    for (size_t q = 0; ok && q < n; q += at_once)
        ok = rank_group(&(struct group){self, q},
                        n - q < at_once ? n - q : at_once, store, scores,
                        best + q);
    ok = ok && fetch(self, u, best);
    for (size_t q = 0; best != NULL && q < n; q++)
        best_free(&best[q]);
    free(best);
    free(scores);
    return ok;
}

/* ----------------------------------------------------------------- hybrid */

/* Reads all lines again, for their words. scores (n_queries, n_rows): false
 * where these are not the lines that the rows were made of. */
static bool add_lines(struct search *self, size_t u, const float *scores,
                      size_t n_rows)
{
    const struct input_options options = options_of(self, u);
    const struct source_wait wait = {.stop_fd = -1};
    struct input *in = input_open(&options, &wait);
    struct record record;
    size_t row = 0;
    bool ok = true;

    progress_phase(reading_lines);
    while (in != NULL && ok && input_next(in, &record)) {
        progress_part(input_done(in));
        ok = record.error == NULL && row < n_rows;
        for (size_t q = 0; ok && q < self->n_queries; q++)
            self->similarities[q] = scores[q * n_rows + row];
        if (ok && self->similarities[0] > -INFINITY)
            ok = fuse_add(self, &record, u << UNIT_SHIFT | record.index,
                          self->similarities);
        row++;
    }
    progress_phase(NULL);
    self->unreadable = in != NULL && input_failed(in);
    ok = ok && in != NULL && row == n_rows;
    input_close(in);
    return ok;
}

/* All lines of a unit, or none. */
static bool fuse_unit(struct search *self, size_t u, const struct store *store)
{
    const size_t n = self->n_queries, before = self->fuse.n;
    float *scores = calloc(n * store->n_rows + 1, sizeof(*scores));
    bool ok =
        scores != NULL &&
        store_scores(store, score_rows, &(struct group){self, 0}, n,
                     shared_n_threads(&self->vectors.session.settings), scores);

    ok = ok && add_lines(self, u, scores, store->n_rows);
    if (!ok)
        fuse_cut(self, before);
    free(scores);
    return ok;
}

/* False after one message. */
static bool try_unit(struct search *self, size_t u, bool *known)
{
    struct kept *kept = &self->kept;
    struct store store;

    if (!kept_find(kept, u, &store, known))
        return false;
    if (!*known)
        return true;
    *known = self->hybrid ? fuse_unit(self, u, &store) : rank(self, u, &store);
    if (*known)
        kept_used(kept, u, &store);
    store_close(&store);
    if (self->unreadable)
        return false;
    return *known || kept_damaged(kept);
}

bool search_known(struct search *self)
{
    struct input_options *in = &self->vectors.session.settings.input;
    struct kept *kept = &self->kept;
    bool known;

    in->trouble = calloc(in->n_files + 1, sizeof(*in->trouble));
    if (in->trouble == NULL)
        return message_error("out of memory");
    if (!kept_open(kept, &self->vectors, &self->quantized, in))
        return false;
    for (size_t u = 0; u < kept->n_units; u++) {
        if (!try_unit(self, u, &known))
            return false;
        if (!known)
            kept_read(kept, u);
    }
    return true;
}
