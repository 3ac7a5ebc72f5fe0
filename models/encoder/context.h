/*
 * context.h - the workspace to run a model in.
 */
#ifndef MODELS_ENCODER_CONTEXT_H
#define MODELS_ENCODER_CONTEXT_H

#include "lib/pool.h"
#include "models/model.h"

/* A sequence of the present batch: rows start .. start + n_tokens - 1. */
struct berth_sequence_rows {
    size_t start;
    size_t n_tokens;
    size_t n_real; /* keys at n_real and after it are masked */
    size_t n_skip;
    const bool *ignored; /* (n_tokens) keys that no token looks at, borrowed
                            during the call; NULL: none */
};

/* What layers add to scores for distances: models/encoder/disentangled.c. */
struct berth_relative {
    float *tables;  /* (layers, 2, H, columns, D) in panels, or NULL */
    float *room;    /* (3 columns, C) */
    size_t reach;   /* of the longest text they serve, in tokens */
    size_t columns; /* distances, and some more for whole panels */
};

/*
 * Activations of a batch of N tokens, and the threads that compute them. Every
 * array is a piece of the arena.
 */
struct berth_context {
    const struct berth_model *model;
    struct berth_pool *pool;
    struct berth_arena arena;
    size_t max_tokens;   /* N the arena has room for */
    size_t max_sequence; /* and the longest sequence */
    size_t n_positions;  /* that rotations and distances are filled for */

    struct berth_sequence_rows *sequences; /* grown with realloc */
    size_t n_sequences;
    size_t max_sequences;
    size_t n_tokens;
    size_t layer;     /* which hidden state the batch is at */
    size_t first_row; /* of a part: which row of the whole is its row 0 */

    float *hidden;    /* (N, C) the state between layers */
    float *attended;  /* (N, C) context of all heads */
    float *projected; /* (N, C) what is added to hidden */
    float *wide;      /* (N, wide_ld) queries, keys, values; or the inside of
                         the feed-forward */
    size_t wide_ld;
    struct berth_linear_tools tools; /* for berth_linear_apply() */
    float *rotations[2]; /* (max_sequence, D) of global and of local layers, or
                            NULL: models/encoder/positions.c */
    float *distances;    /* (H, 2 max_sequence - 1), or NULL */
    struct berth_relative relative;
    float *convolved; /* (N, C), or NULL: models/encoder/convolution.c */
    float *scratch;   /* (threads, scratch_size): models/encoder/attention.c */
    size_t scratch_size;
    bool *cut; /* (L, H) heads whose context is 0; NULL: none */

    struct berth_arena heads; /* rows of heads: grown when larger */
};

/*
 * berth_context_reserve - room for a batch of n_tokens whose longest sequence
 * has longest tokens. Allocates only when the room there is is too small.
 * Errors: BERTH_ERR_MEMORY; ctx then has no room at all.
 */
enum berth_status berth_context_reserve(struct berth_context *ctx,
                                        size_t n_tokens, size_t longest,
                                        struct berth_error *err);

enum berth_status berth_context_reserve_sequences(struct berth_context *ctx,
                                                  size_t n,
                                                  struct berth_error *err);

/*
 * berth_context_head_rows - two arrays of (m, width) for what comes after the
 * encoder; they live until the next call of this. Errors: BERTH_ERR_MEMORY.
 */
enum berth_status berth_context_head_rows(struct berth_context *ctx, size_t m,
                                          size_t width, float *rows[2],
                                          struct berth_error *err);

/*
 * berth_context_part - sequences first .. first + n - 1 of a batch, and their
 * rows, as a batch of their own that runs on one thread of ctx's pool.
 *
 *   thread  whose scratch memory it uses
 *   room    the first of the rows that it may use for all but the state
 *
 * Owns nothing; lives as long as ctx and the batch.
 */
struct berth_context berth_context_part(const struct berth_context *ctx,
                                        size_t first, size_t n, size_t thread,
                                        size_t room);

#endif
