/*
 * chunk.h - records that go through the stages together.
 */
#ifndef CLI_STREAM_CHUNK_H
#define CLI_STREAM_CHUNK_H

#include "cli/base/blake2b.h"
#include "cli/stream/stream.h"

enum {
    CHUNK_ITEMS = 1024,
    CHUNK_BYTES = 1 << 20,    /* of text */
    CHUNK_RESULTS = 32 << 20, /* bytes of results */
    CHUNK_BATCHES = 16        /* a chunk's tokens, in units of batch_tokens */
};

struct chunk {
    struct pieces pieces;  /* records, tokens, results of whole items */
    struct pieces results; /* by_window: results of the present slice */
    size_t n_items;
    size_t n_bytes;
    size_t n_tokens;
    size_t n_results; /* bytes */

    struct job *jobs; /* (n_jobs) all windows in order */
    size_t n_jobs;
    struct job *order; /* (n_jobs) jobs of a slice, sorted */
    size_t begin;      /* the present slice: jobs begin ... end - 1 */
    size_t end;
    size_t n_printed; /* items that were printed or passed */
    size_t n_read;    /* records of the run up to the end of this chunk */
    uint8_t digest[BLAKE2B_SIZE]; /* --resume: of them */
    bool last;                    /* no chunk follows */
    bool dead; /* computing failed: nothing is to be printed */

    struct item items[]; /* (CHUNK_ITEMS) */
};

struct chunk *chunk_new(void);
void chunk_free(struct chunk *chunk);

/* chunk_reset - empty again; memory of ordinary size is kept. */
void chunk_reset(struct chunk *chunk);

/* chunk_add - an item with a copy of record. NULL when memory is out. */
struct item *chunk_add(struct chunk *chunk, const struct record *record,
                       size_t n_ids);

/* chunk_is_full - after chunk_add() and prepare(). */
bool chunk_is_full(const struct chunk *chunk, const struct stream_ops *ops);

/* chunk_begin - lists the jobs. False when memory is out. */
bool chunk_begin(struct chunk *chunk);

/* chunk_slice - the next slice of jobs; false when all were done. Without
 * by_window the one slice is everything. */
bool chunk_slice(struct chunk *chunk, const struct stream_ops *ops, void *self);

/* chunk_compute - runs the slice in batches. */
enum berth_status chunk_compute(struct chunk *chunk,
                                const struct stream_ops *ops, void *self,
                                struct berth_error *err);

#endif
