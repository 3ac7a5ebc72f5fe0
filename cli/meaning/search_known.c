/*
 * search_known.c - the lines of files whose vectors are kept: ranking them, and
 * reading the best again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/base/progress.h"
#include "cli/meaning/search.h"

static const char reading_lines[] = "reading the lines of known vectors";

enum {
    UNIT_SHIFT = 40, /* bits of a record's number within its unit */
    MAX_THREADS = 64
};

size_t search_order(struct search *self, const struct record *record)
{
    if (self->kept.n_units == 0)
        return record->index;
    return kept_unit_of(&self->kept, record) << UNIT_SHIFT |
           kept_row_of(&self->kept, record);
}

/* --------------------------------------------------------------- fetching */

/* A row that was chosen for a query. */
struct chosen {
    struct berth_near near; /* its row is the place among all units */
    struct search_query *query;
};

static int by_order(const void *a, const void *b)
{
    const struct chosen *x = a, *y = b;

    if (x->near.row != y->near.row)
        return x->near.row < y->near.row ? -1 : 1;
    return (x->query > y->query) - (x->query < y->query);
}

static size_t row_of(const struct chosen *c)
{
    return c->near.row & (((size_t)1 << UNIT_SHIFT) - 1);
}

/* The line of a vector that was chosen; false when memory is out. */
static bool take_row(struct search *self, const struct chosen *c,
                     const struct record *record)
{
    struct search_query *q = c->query;

    if (!search_row(self, q, hits_of(record, c->near.rescored)))
        return false;
    best_add(&q->best, &(struct best_text){.score = c->near.score,
                                           .again = c->near.rescored,
                                           .order = c->near.row,
                                           .text = self->row.data,
                                           .size = self->row.size});
    return !q->best.failed;
}

/* To read the file of a unit again, which lacks nothing itself. */
static struct input_options options_of(const struct search *self, size_t u)
{
    struct input_options options = self->vectors.session.settings.input;

    options.files = &self->kept.units[u].file;
    options.n_files = 1;
    options.starts = NULL;
    options.trouble = NULL;
    options.lacks = false;
    return options;
}

/* The mark from which a row is reached by reading the fewest lines. */
static struct kept_mark mark_before(const struct kept_unit *unit, size_t row)
{
    struct kept_mark mark = {.line = 1};
    size_t from = 0, to = unit->n_marks;

    while (from < to) {
        const size_t middle = (from + to) / 2;

        if (unit->marks[middle].row <= row)
            from = middle + 1;
        else
            to = middle;
    }
    if (from > 0 && unit->marks[from - 1].place != STORE_NO_PLACE)
        mark = unit->marks[from - 1];
    return mark;
}

/* Reads on from a mark for the texts of as many of n rows as are near it; 0
 * where one is not there. */
static size_t read_some(struct search *self, size_t u, struct kept_mark mark,
                        const struct chosen *c, size_t n)
{
    enum {
        NEAR = 4 * STORE_BLOCK_ROWS /* lines that are sooner read than sought */
    };
    const struct input_start start = {mark.place, mark.line - 1};
    const bool can_seek = mark.place != 0 || mark.row == 0;
    struct input_options options = options_of(self, u);
    const struct source_wait wait = {.stop_fd = -1};
    struct record record;
    size_t row = mark.row, i = 0;
    bool ok = true;

    options.starts = &start;
    struct input *in = input_open(&options, &wait);

    while (in != NULL && ok && i < n && input_next(in, &record)) {
        progress_part(input_done(in));
        for (; ok && i < n && row_of(&c[i]) == row; i++)
            ok = record.error == NULL && take_row(self, &c[i], &record);
        row++;
        if (i > 0 && i < n && can_seek && row_of(&c[i]) > row + NEAR &&
            mark_before(&self->kept.units[u], row_of(&c[i])).row > row)
            n = i;
    }
    self->unreadable = in != NULL && input_failed(in);
    input_close(in);
    return ok && i == n && !self->unreadable ? n : 0;
}

/* Reads the file again for the texts of n rows; false where one is no longer
 * there. */
static bool read_rows(struct search *self, size_t u, const struct chosen *c,
                      size_t n)
{
    const struct kept_unit *unit = &self->kept.units[u];
    size_t some = 0;

    progress_phase(reading_lines);
    for (size_t i = 0; i < n; i += some) {
        some =
            read_some(self, u, mark_before(unit, row_of(&c[i])), c + i, n - i);
        if (some == 0)
            break;
    }
    progress_phase(NULL);
    return n == 0 || some > 0;
}

static bool is_all_known(const struct kept *kept)
{
    for (size_t u = 0; u < kept->n_units; u++)
        if (!kept->units[u].whole)
            return false;
    return true;
}

/* How many rows were chosen for all queries; to gets them, unless it is NULL.
 * Where lines are still to be read, their first scores decide which of all are
 * compared again. */
static size_t collect(struct search *self, struct chosen *to)
{
    const size_t most = is_all_known(&self->kept) ? self->k : self->n_best;
    size_t n = 0, way = 0, found;

    for (size_t q = 0; q < self->n_queries; q++) {
        if (self->queries[q].vector == NULL)
            continue;
        const struct berth_near *near =
            berth_nearest_get(self->nearest[0], way++, &found);

        if (found > most)
            found = most;
        for (size_t i = 0; to != NULL && i < found; i++)
            to[n + i] = (struct chosen){near[i], &self->queries[q]};
        n += found;
    }
    return n;
}

/* These rows in the order of the files; NULL when memory is out. */
static struct chosen *choose(struct search *self, size_t *n)
{
    struct chosen *all;

    *n = collect(self, NULL);
    all = calloc(*n + 1, sizeof(*all));
    if (all == NULL)
        return NULL;
    collect(self, all);
    qsort(all, *n, sizeof(*all), by_order);
    return all;
}

/* The texts of all rows that were chosen. *bad: the unit of one that is no
 * longer there. False after one message, or with *bad. */
static bool fetch(struct search *self, size_t *bad)
{
    size_t n;
    struct chosen *all = choose(self, &n);
    bool ok = all != NULL || message_error("out of memory");

    for (size_t i = 0, end; ok && i < n; i = end) {
        const size_t u = all[i].near.row >> UNIT_SHIFT;

        for (end = i + 1; end < n && all[end].near.row >> UNIT_SHIFT == u;)
            end++;
        ok = read_rows(self, u, all + i, end - i);
        if (!ok && !self->unreadable)
            *bad = u;
    }
    free(all);
    return ok;
}

/* --------------------------------------------------------------- ranking */

/* One of n_threads, which has found nothing; false after one message. */
static bool open_nearest(struct search *self)
{
    const struct quantized *q = &self->quantized;
    const struct berth_nearest_options options = {
        .similarity = self->vectors.session.facts->similarity,
        .type = q->type,
        .size = q->size,
        .ranges = q->ranges,
        .queries = self->matrix,
        .n_queries = self->n_vectors,
        .k = self->n_best};
    struct berth_error err;

    for (size_t i = 0; i < self->n_nearest; i++) {
        berth_nearest_free(self->nearest[i]);
        if (berth_nearest_new(self->vectors.session.model, &options,
                              &self->nearest[i], &err) != BERTH_OK)
            return message_error("%s", err.message);
    }
    return true;
}

/* The vectors of queries that have one, as a matrix. */
static bool make_matrix(struct search *self)
{
    const size_t size = self->vectors.size;
    const size_t n = shared_n_threads(&self->vectors.session.settings);

    self->n_nearest = n < MAX_THREADS ? n : MAX_THREADS;
    self->nearest = calloc(self->n_nearest + 1, sizeof(*self->nearest));
    self->matrix = calloc(self->n_queries * size + 1, sizeof(*self->matrix));
    if (self->nearest == NULL || self->matrix == NULL)
        return message_error("out of memory");
    for (size_t q = 0; q < self->n_queries; q++)
        if (self->queries[q].vector != NULL)
            memcpy(self->matrix + self->n_vectors++ * size,
                   self->queries[q].vector, size * sizeof(*self->matrix));
    return true;
}

struct look {
    struct berth_nearest *nearest;
    size_t first; /* place of the unit's first row */
};

static bool look(void *arg, const void *rows, size_t n, size_t first,
                 const uint64_t *skip, struct berth_sums *sums)
{
    const struct look *l = arg;

    return berth_nearest_add(l->nearest, rows, n, l->first + first, skip, sums,
                             NULL) == BERTH_OK;
}

static const float *vector_beside(void *arg, size_t row)
{
    return store_beside_get(arg, row);
}

/* What was found of a unit; false where that is not as it was written. */
static bool rescore(struct search *self, size_t u,
                    const struct kept_found *found)
{
    struct store_beside beside;
    bool ok = store_beside_open(&beside, found->from, found->part);

    for (size_t i = 0; ok && i < self->n_nearest; i++)
        ok = berth_nearest_rescore(self->nearest[i], u << UNIT_SHIFT,
                                   found->part->n_rows, vector_beside, &beside,
                                   NULL) == BERTH_OK;
    free(beside.firsts);
    return ok;
}

static bool rank(struct search *self, size_t u, const struct kept_found *found)
{
    struct look looks[MAX_THREADS];
    void *args[MAX_THREADS];

    for (size_t i = 0; i < self->n_nearest; i++) {
        looks[i] = (struct look){self->nearest[i], u << UNIT_SHIFT};
        args[i] = &looks[i];
    }
    return store_scan(found->from, found->part, look, args, self->n_nearest) &&
           (self->rescore == 0 || rescore(self, u, found));
}

/* ----------------------------------------------------------------- hybrid */

static void score_rows(const void *arg, size_t way, const void *rows, size_t n,
                       float *scores)
{
    const struct search *self = arg;
    const struct quantized *q = &self->quantized;
    const float *query = self->queries[way].vector;

    for (size_t i = 0; query == NULL && i < n; i++)
        scores[i] = 0;
    if (query != NULL)
        berth_vector_similarities(self->vectors.session.facts->similarity,
                                  q->type, query, q->ranges, rows, n, q->size,
                                  scores);
}

/* Reads all lines again, for their words. scores (n_queries, n_rows): false
 * where these are not the lines that the rows were made of. */
static bool add_lines(struct search *self, size_t u, const float *scores,
                      size_t n_rows)
{
    const struct input_options options = options_of(self, u);
    const struct source_wait wait = {.stop_fd = -1};
    const bool whole = self->kept.units[u].whole;
    struct input *in = input_open(&options, &wait);
    struct record record;
    size_t row = 0;
    bool ok = true;

    progress_phase(reading_lines);
    while (in != NULL && ok && (whole || row < n_rows) &&
           input_next(in, &record)) {
        progress_part(input_done(in));
        ok = record.error == NULL && row < n_rows;
        for (size_t q = 0; ok && q < self->n_queries; q++)
            self->similarities[q] = scores[q * n_rows + row];
        if (ok && self->similarities[0] > -INFINITY)
            ok = fuse_add(self, &record, u << UNIT_SHIFT | row,
                          self->similarities);
        row++;
    }
    progress_phase(NULL);
    self->unreadable = in != NULL && input_failed(in);
    ok = ok && in != NULL && row == n_rows && !self->unreadable;
    input_close(in);
    return ok;
}

/* All lines of a unit, or none. */
static bool fuse_unit(struct search *self, size_t u,
                      const struct kept_found *found)
{
    const size_t n = self->n_queries, before = self->fuse.n;
    const size_t n_rows = found->part->n_rows;
    float *scores = calloc(n * n_rows + 1, sizeof(*scores));
    bool ok =
        scores != NULL &&
        store_scores(found->from, found->part, score_rows, self, n,
                     shared_n_threads(&self->vectors.session.settings), scores);

    ok = ok && add_lines(self, u, scores, n_rows);
    if (!ok)
        fuse_cut(self, before);
    free(scores);
    return ok;
}

/* -------------------------------------------------------------- all units */

/* What became of the vectors that are kept. */
enum known {
    KNOWN,
    KNOWN_FAILED, /* a message says so */
    KNOWN_AGAIN   /* some of them are not to be believed */
};

static enum known try_unit(struct search *self, size_t u)
{
    struct kept *kept = &self->kept;
    struct kept_found found;
    bool known;

    if (!kept_find(kept, u, &found, &known))
        return KNOWN_FAILED;
    if (!known)
        return KNOWN;
    const bool ok =
        self->hybrid ? fuse_unit(self, u, &found) : rank(self, u, &found);

    if (ok)
        kept_used(kept, u, &found);
    kept_release(&found);
    if (ok)
        return KNOWN;
    if (self->unreadable || !kept_damaged(kept, u))
        return KNOWN_FAILED;
    /* What it has added to the best cannot be told from the rest. */
    return self->hybrid ? try_unit(self, u) : KNOWN_AGAIN;
}

static enum known try_all(struct search *self)
{
    struct kept *kept = &self->kept;
    enum known known = KNOWN;
    size_t bad = SIZE_MAX;

    memset(&kept->used, 0, sizeof(kept->used));
    if (!open_nearest(self))
        return KNOWN_FAILED;
    for (size_t u = 0; known == KNOWN && u < kept->n_units; u++)
        known = try_unit(self, u);
    if (known != KNOWN || self->hybrid)
        return known;
    for (size_t i = 1; i < self->n_nearest; i++)
        if (berth_nearest_join(self->nearest[0], self->nearest[i], NULL) !=
            BERTH_OK)
            return message_error("out of memory") ? KNOWN : KNOWN_FAILED;
    if (fetch(self, &bad))
        return KNOWN;
    for (size_t q = 0; q < self->n_queries; q++) {
        best_free(&self->queries[q].best);
        self->queries[q].best.k = self->n_best;
    }
    return bad != SIZE_MAX && kept_damaged(kept, bad) ? KNOWN_AGAIN
                                                      : KNOWN_FAILED;
}

bool search_known(struct search *self)
{
    struct input_options *in = &self->vectors.session.settings.input;
    struct kept *kept = &self->kept;
    enum known known;

    in->trouble = calloc(in->n_files + 1, sizeof(*in->trouble));
    if (in->trouble == NULL)
        return message_error("out of memory");
    if (!kept_open(kept, &self->vectors, &self->quantized, in) ||
        !make_matrix(self))
        return false;
    while ((known = try_all(self)) == KNOWN_AGAIN)
        ;
    for (size_t u = 0; u < kept->n_units; u++)
        if (!kept->units[u].whole)
            kept_read(kept, u);
    return known == KNOWN;
}
