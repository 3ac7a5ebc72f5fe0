/*
 * chunk.c - collecting records, cutting them into slices and batches.
 */
#include "cli/stream/chunk.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/progress.h"
#include "cli/base/stop.h"

struct chunk *chunk_new(void)
{
    struct chunk *chunk;

    return calloc(1, sizeof(*chunk) + CHUNK_ITEMS * sizeof(*chunk->items));
}

void chunk_free(struct chunk *chunk)
{
    if (chunk == NULL)
        return;
    pieces_free(&chunk->pieces);
    pieces_free(&chunk->results);
    free(chunk);
}

void chunk_reset(struct chunk *chunk)
{
    struct pieces pieces = chunk->pieces;
    struct pieces results = chunk->results;

    pieces_reset(&pieces);
    pieces_reset(&results);
    *chunk = (struct chunk){.pieces = pieces, .results = results};
}

static bool copy_field(struct pieces *a, struct field *field)
{
    field->data = pieces_copy(a, field->data, field->size);
    return field->data != NULL;
}

/* Carried fields; those of a record that could not be read are empty. */
static bool copy_ids(struct pieces *a, struct record *record, size_t n)
{
    struct field *ids = pieces_array(a, n, sizeof(*ids));

    if (ids == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        ids[i] = record->ids != NULL ? record->ids[i]
                                     : (struct field){.data = "", .json = true};
        if (!copy_field(a, &ids[i]))
            return false;
    }
    record->ids = ids;
    return true;
}

/* The input reuses its memory for the next record, while this one is still on
 * its way: all of it is copied. */
struct item *chunk_add(struct chunk *chunk, const struct record *record,
                       size_t n_ids)
{
    struct item *item = &chunk->items[chunk->n_items];
    struct pieces *a = &chunk->pieces;

    *item = (struct item){.record = *record, .pieces = a};
    if (!copy_field(a, &item->record.text) ||
        !copy_field(a, &item->record.pair) ||
        !copy_field(a, &item->record.object) ||
        !copy_ids(a, &item->record, n_ids))
        return NULL;
    if (record->error != NULL) {
        item->record.error =
            pieces_copy(a, record->error, strlen(record->error));
        if (item->record.error == NULL)
            return NULL;
    }
    chunk->n_items++;
    chunk->n_bytes +=
        record->text.size + record->pair.size + record->object.size;
    return item;
}

/* Enough for some large batches, but memory is bounded. By window, slices bound
 * the results instead. */
bool chunk_is_full(const struct chunk *chunk, const struct stream_ops *ops)
{
    size_t batch = ops->batch_tokens > 0 ? ops->batch_tokens : 64;

    return chunk->n_items == CHUNK_ITEMS || chunk->n_bytes >= CHUNK_BYTES ||
           chunk->n_tokens >= CHUNK_BATCHES * batch ||
           (!ops->by_window && chunk->n_results >= CHUNK_RESULTS);
}

/* Jobs are in the order of printing; only "order" is sorted. */
bool chunk_begin(struct chunk *chunk)
{
    size_t n = 0;

    for (size_t i = 0; i < chunk->n_items; i++)
        if (chunk->items[i].record.error == NULL)
            n += chunk->items[i].n_windows;
    chunk->jobs = pieces_array(&chunk->pieces, n, sizeof(*chunk->jobs));
    chunk->order = pieces_array(&chunk->pieces, n, sizeof(*chunk->order));
    if (chunk->jobs == NULL || chunk->order == NULL)
        return false;
    for (size_t i = 0; i < chunk->n_items; i++) {
        struct item *item = &chunk->items[i];

        if (item->record.error != NULL)
            continue;
        item->results =
            pieces_array(&chunk->pieces, item->n_windows, sizeof(void *));
        if (item->results == NULL)
            return false;
        for (size_t w = 0; w < item->n_windows; w++) {
            item->results[w] = NULL;
            chunk->jobs[chunk->n_jobs++] = (struct job){item, w};
        }
    }
    return true;
}

size_t job_tokens(const struct job *job)
{
    return job->item->windows[job->window].n_tokens;
}

/* At least one window, whatever its size; then as many as have room together.
 * Memory of the slice before is used again: it has been printed. */
bool chunk_slice(struct chunk *chunk, const struct stream_ops *ops, void *self)
{
    size_t bytes = 0;

    chunk->begin = chunk->end;
    if (chunk->begin == chunk->n_jobs)
        return false;
    if (!ops->by_window) {
        chunk->end = chunk->n_jobs;
        return true;
    }
    pieces_reset(&chunk->results);
    while (chunk->end < chunk->n_jobs) {
        if (ops->result_size != NULL)
            bytes +=
                ops->result_size(self, job_tokens(&chunk->jobs[chunk->end]));
        if (chunk->end > chunk->begin && bytes > CHUNK_RESULTS)
            break;
        chunk->end++;
    }
    return true;
}

/* Short windows first: windows of similar length can be shared evenly among the
 * threads. Equal ones stay in their order, so that every run computes the same
 * batches. */
static int compare_jobs(const void *a, const void *b)
{
    const struct job *x = a;
    const struct job *y = b;
    size_t tx = job_tokens(x);
    size_t ty = job_tokens(y);

    if (tx != ty)
        return tx < ty ? -1 : 1;
    if (x->item != y->item)
        return x->item < y->item ? -1 : 1;
    return (x->window > y->window) - (x->window < y->window);
}

/* The slice's jobs in the order of computing; returns how many. What failed in
 * an earlier slice is left out. */
static size_t sort_jobs(struct chunk *chunk)
{
    size_t n = 0;

    for (size_t i = chunk->begin; i < chunk->end; i++)
        if (chunk->jobs[i].item->record.error == NULL)
            chunk->order[n++] = chunk->jobs[i];
    qsort(chunk->order, n, sizeof(*chunk->order), compare_jobs);
    return n;
}

/*
 * A batch is as many of the sorted windows as have batch_tokens together, and
 * at least one; with 0 it is one.
 *
 * A signal ends the run between two batches, but not within a record of which
 * windows have been printed: a slice that begins with the later windows of a
 * record is computed whole.
 */
enum berth_status chunk_compute(struct chunk *chunk,
                                const struct stream_ops *ops, void *self,
                                struct berth_error *err)
{
    struct pieces *results = ops->by_window ? &chunk->results : &chunk->pieces;

    if (chunk->begin == chunk->end)
        return BERTH_OK;
    size_t n = sort_jobs(chunk);
    bool can_stop = chunk->jobs[chunk->begin].window == 0;

    for (size_t i = 0; i < n;) {
        if (can_stop && stop_asked()) {
            chunk->dead = true;
            return BERTH_OK;
        }
        size_t tokens = job_tokens(&chunk->order[i]);
        size_t k = 1;

        while (i + k < n &&
               tokens + job_tokens(&chunk->order[i + k]) <= ops->batch_tokens) {
            tokens += job_tokens(&chunk->order[i + k]);
            k++;
        }
        const struct batch batch = {chunk->order + i, k, results, err};
        enum berth_status status = ops->compute(self, &batch);

        if (status != BERTH_OK)
            return status;
        progress_computed(tokens);
        i += k;
    }
    return BERTH_OK;
}
