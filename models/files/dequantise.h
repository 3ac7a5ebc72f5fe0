/*
 * dequantise.h - the block types of GGUF as float32: of each block's numbers
 * the scales, which are shared, and a few bits.
 */
#ifndef MODELS_FILES_DEQUANTISE_H
#define MODELS_FILES_DEQUANTISE_H

#include "lib/kernels/kernels.h"

enum {
    BERTH_BLOCK = 32,   /* numbers of a block */
    BERTH_BLOCK_K = 256 /* of those whose names end in K */
};

/* berth_widen_* - n numbers, whole blocks, at src, which may be unaligned; to
 * the same bits as the gguf package of Python. As widen of struct berth_dtype.
 */
#define BERTH_WIDEN(type)                                                      \
    void berth_widen_##type(const struct berth_kernels *kernels,               \
                            const void *src, size_t n, float *out)

BERTH_WIDEN(q4_0);
BERTH_WIDEN(q4_1);
BERTH_WIDEN(q5_0);
BERTH_WIDEN(q5_1);
BERTH_WIDEN(q8_0);
BERTH_WIDEN(q2_k);
BERTH_WIDEN(q3_k);
BERTH_WIDEN(q4_k);
BERTH_WIDEN(q5_k);
BERTH_WIDEN(q6_k);
BERTH_WIDEN(iq4_nl);

#endif
