/*
 * panels.h - one panel of a linear layer, made from the tensors of the file.
 */
#ifndef MODELS_LINEAR_PANELS_H
#define MODELS_LINEAR_PANELS_H

#include "models/linear/linear.h"

enum {
    /* Rows of a product's task: enough to use a panel many times while it is in
     * the cache, few enough to share a batch between threads. A multiple of the
     * tiles' 9 and 6 rows. */
    BERTH_CHUNK_ROWS = 288
};

/* berth_chunk_rows - rows of a task; where they are split into parts, few
 * enough for these to stay in the cache. */
size_t berth_chunk_rows(const struct berth_linear *linear,
                        const struct berth_kernels *kernels);

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

/* Where a task has its rows in parts. */
struct berth_split_room {
    float *parts; /* (berth_chunk_rows(), ld) */
    size_t ld;
};

/* berth_split_room - in room, beside what is for making a panel. */
struct berth_split_room berth_split_room(const struct berth_linear *linear,
                                         const struct berth_kernels *kernels,
                                         float *room);

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
