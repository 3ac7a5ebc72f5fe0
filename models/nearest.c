/*
 * nearest.c - the best rows of each query, in a heap whose first one is the
 * worst, and the functions of lib/berth.h.
 */
#include "models/nearest.h"
#include "lib/status.h"
#include "models/model.h"

#include <math.h>
#include <stdlib.h>

static bool is_better(const struct berth_near *a, const struct berth_near *b)
{
    return a->score > b->score || (a->score == b->score && a->row < b->row);
}

/* The last one moves up to where it belongs. */
static void rise(struct berth_near *heap, size_t i, struct berth_near row)
{
    for (; i > 0 && is_better(&heap[(i - 1) / 2], &row); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = row;
}

/* The first one moves down, below all that are worse. */
static void sink(struct berth_near *heap, size_t n, struct berth_near row)
{
    size_t i = 0;

    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && is_better(&heap[child], &heap[child + 1]))
            child++;
        if (!is_better(&row, &heap[child]))
            break;
        heap[i] = heap[child];
    }
    heap[i] = row;
}

static bool make_room(struct nearest_query *q)
{
    const size_t room = q->room < 8 ? 16 : 2 * q->room;
    struct berth_near *found = q->found;
    size_t bytes;

    if (q->n < q->room)
        return true;
    if (!berth_mul(room, sizeof(*found), &bytes) ||
        (found = realloc(found, bytes)) == NULL)
        return false;
    q->found = found;
    q->room = room;
    return true;
}

void berth_nearest_offer(struct berth_nearest *n, struct nearest_query *q,
                         struct berth_near row)
{
    if (q->n < n->options.k) {
        if (make_room(q))
            rise(q->found, q->n++, row);
        else
            n->no_memory = true;
    } else if (q->n > 0 && is_better(&row, &q->found[0])) {
        sink(q->found, q->n, row);
    }
}

void berth_nearest_score(struct berth_nearest *n, struct nearest_query *q,
                         const void *row, size_t number)
{
    const struct berth_nearest_options *o = &n->options;
    float score;

    if (o->type == BERTH_VECTOR_F32 && o->similarity <= BERTH_SIMILARITY_DOT)
        n->kernels->dots(q->vector, row, 1, o->size, &score, NULL);
    else
        berth_vector_similarities(o->similarity, o->type, q->vector, o->ranges,
                                  row, 1, o->size, &score);
    if (isfinite(score))
        berth_nearest_offer(n, q, (struct berth_near){score, number, score});
    else
        n->no_number = true;
}

enum berth_status berth_nearest_new(const struct berth_model *model,
                                    const struct berth_nearest_options *options,
                                    struct berth_nearest **out,
                                    struct berth_error *err)
{
    const bool bits = options->type >= BERTH_VECTOR_BINARY;
    struct berth_nearest *n = NULL;

    *out = NULL;
    if (options->size == 0 ||
        (bits && options->similarity > BERTH_SIMILARITY_DOT))
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "expected vectors that can be compared, found %s",
                          bits ? "bits, which keep no lengths" : "no numbers");
    n = calloc(1, sizeof(*n));
    if (n == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    n->options = *options;
    n->kernels = &model->kernels;
    n->n_bytes = berth_vector_bytes(options->type, options->size);
    n->queries = calloc(options->n_queries + 1, sizeof(*n->queries));
    for (size_t i = 0; n->queries != NULL && i < options->n_queries; i++)
        n->queries[i].vector = options->queries + i * options->size;
    if (n->queries == NULL || !berth_nearest_open_ways(n)) {
        berth_nearest_free(n);
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    }
    *out = n;
    return BERTH_OK;
}

void berth_nearest_free(struct berth_nearest *n)
{
    if (n == NULL)
        return;
    for (size_t i = 0; n->queries != NULL && i < n->options.n_queries; i++)
        free(n->queries[i].found);
    free(n->queries);
    berth_arena_free(&n->arena);
    free(n);
}

static enum berth_status state_of(const struct berth_nearest *n,
                                  struct berth_error *err)
{
    if (n->no_memory)
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    if (n->no_number)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "expected a vector, found one whose similarity is "
                          "no number");
    return BERTH_OK;
}

enum berth_status berth_nearest_add(struct berth_nearest *nearest,
                                    const void *rows, size_t n, size_t first,
                                    const uint64_t *skip,
                                    struct berth_sums *sums,
                                    struct berth_error *err)
{
    const size_t step = nearest->at_once;
    const unsigned char *p = rows;

    nearest->sums = sums;
    for (size_t i = 0; i < n; i += step) {
        const uint64_t some = skip != NULL ? skip[i / 64] >> i % 64 : 0;

        nearest->compare(nearest, p + i * nearest->n_bytes,
                         n - i < step ? n - i : step, first + i,
                         skip == NULL ? NULL
                         : step < 64  ? &some
                                      : skip + i / 64);
    }
    return state_of(nearest, err);
}

enum berth_status berth_nearest_join(struct berth_nearest *to,
                                     const struct berth_nearest *from,
                                     struct berth_error *err)
{
    for (size_t i = 0; i < to->options.n_queries; i++)
        for (size_t j = 0; j < from->queries[i].n; j++)
            berth_nearest_offer(to, &to->queries[i], from->queries[i].found[j]);
    return state_of(to, err);
}

enum berth_status
berth_nearest_rescore(struct berth_nearest *nearest, size_t first, size_t n,
                      const float *(*vector)(void *arg, size_t i), void *arg,
                      struct berth_error *err)
{
    const struct berth_nearest_options *o = &nearest->options;

    for (size_t i = 0; i < o->n_queries; i++) {
        const struct nearest_query *q = &nearest->queries[i];

        for (size_t j = 0; j < q->n; j++) {
            struct berth_near *near = &q->found[j];

            if (near->row < first || near->row - first >= n)
                continue;
            const float *x = vector(arg, near->row - first);

            if (x == NULL)
                return berth_fail(err, BERTH_ERR_FORMAT,
                                  "expected the vector of row %zu, found none",
                                  near->row);
            berth_similarities(o->similarity, q->vector, x, 1, o->size,
                               &near->rescored);
            if (!isfinite(near->rescored))
                nearest->no_number = true;
        }
    }
    return state_of(nearest, err);
}

static int best_first(const void *a, const void *b)
{
    const struct berth_near *x = a, *y = b;

    if (x->rescored != y->rescored)
        return x->rescored > y->rescored ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

const struct berth_near *berth_nearest_get(struct berth_nearest *nearest,
                                           size_t query, size_t *n)
{
    struct nearest_query *q = &nearest->queries[query];

    if (q->n > 0)
        qsort(q->found, q->n, sizeof(*q->found), best_first);
    *n = q->n;
    return q->found;
}
