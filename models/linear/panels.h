/*
 * panels.h - one panel of a linear layer, made from the tensors of the file.
 */
#ifndef MODELS_LINEAR_PANELS_H
#define MODELS_LINEAR_PANELS_H

#include "lib/kernels/pack.h"
#include "models/linear/linear.h"

enum {
    /* Rows of a product's task: enough to use a panel many times while it is in
     * the cache, few enough to share a batch between threads. A multiple of the
     * tiles' 9 and 6 rows. */
    BERTH_CHUNK_ROWS = 288,
    /* Panels whose results wait in the cache, of so many rows at most. */
    BERTH_STRIP_PANELS = 8,
    BERTH_STRIP_ROWS = 24
};

/* What of x a task has at a time. */
struct berth_chunk {
    size_t rows;
    size_t inputs; /* n_in, or so many and then the next of the same rows */
};

/* berth_chunk_of - of m rows. Where these are split into parts, the parts stay
 * in the cache. */
struct berth_chunk berth_chunk_of(const struct berth_linear *linear,
                                  const struct berth_kernels *kernels,
                                  size_t m);

/* A panel ready for the kernels. */
struct berth_panel {
    const char *data;
    const float *scales; /* 8 bits only */
    const float *sums;
};

/* Where to make one. */
struct berth_panel_room {
    char *data;
    float *scales, *sums;
};

/*
 * berth_panel_make - columns p * panel_width ... of W^T in the layer's format.
 *
 *   to    big enough for that panel
 *   room  berth_linear_room() floats of scratch memory, 64-byte aligned
 */
void berth_panel_make(const struct berth_linear *linear,
                      const struct berth_kernels *kernels, size_t p,
                      const struct berth_panel_room *to, float *room);

/* berth_panel_get - panel p: the packed one, or one made in room. */
struct berth_panel berth_panel_get(const struct berth_linear *linear,
                                   const struct berth_kernels *kernels,
                                   size_t p, float *room);

/* berth_splits - whether rows are split into parts for this layer. */
static inline bool berth_splits(const struct berth_linear *linear,
                                const struct berth_kernels *kernels)
{
    return linear->format != BERTH_FORMAT_I8 &&
           kernels->gemm_split[linear->format] != NULL;
}

/* berth_split_ld - floats between rows of n inputs in parts: a line more than
 * these, which spreads rows over the sets of the cache. */
static inline size_t berth_split_ld(const struct berth_kernels *kernels,
                                    enum berth_format format, size_t n)
{
    return berth_split_size(berth_has_pairs(kernels, format) ? BERTH_FORMAT_BF16
                                                             : BERTH_FORMAT_F32,
                            n) +
           16;
}

/* berth_parts_room - where a task has its rows in parts, in room, beside what
 * is for making a panel; NULL: they are not split. */
float *berth_parts_room(const struct berth_linear *linear,
                        const struct berth_kernels *kernels, float *room);

/* berth_panel_is_exact - whether a panel in 8 bits is multiplied in float32,
 * as the levels of inputs are too few for it. */
bool berth_panel_is_exact(const struct berth_linear *linear,
                          const struct berth_kernels *kernels, size_t p);

/* berth_panel_widen - a panel in 8 bits, width columns wide, in float32, made
 * in room. */
struct berth_panel berth_panel_widen(const struct berth_linear *linear,
                                     const struct berth_kernels *kernels,
                                     const struct berth_panel *panel,
                                     size_t width, float *room);

/* berth_strip_ld - floats between rows of a strip: a line more than these. */
static inline size_t berth_strip_ld(const struct berth_kernels *kernels)
{
    return BERTH_STRIP_PANELS * kernels->panel_width + 16;
}

/* berth_outputs_room - where a task has results before they go to y, in room,
 * beside what is for making a panel: (BERTH_CHUNK_ROWS, panel_width) or
 * (BERTH_STRIP_ROWS, berth_strip_ld()). */
float *berth_outputs_room(const struct berth_linear *linear,
                          const struct berth_kernels *kernels, float *room);

/* Where a task with a gate has its outputs: in room, beside what is for making
 * a panel. */
struct berth_gate_room {
    float *y;    /* (BERTH_CHUNK_ROWS, panel_width) */
    float *bias; /* (panel_width) */
};

/* berth_gate_room - for panel p; bias is filled from the layer's, and NULL
 * where that has none. */
struct berth_gate_room berth_gate_room(const struct berth_linear *linear,
                                       const struct berth_kernels *kernels,
                                       size_t p, float *room);

#endif
