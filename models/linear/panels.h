/*
 * panels.h - one panel of a linear layer, made from the tensors of the file.
 */
#ifndef MODELS_LINEAR_PANELS_H
#define MODELS_LINEAR_PANELS_H

#include "models/linear/linear.h"

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

#endif
