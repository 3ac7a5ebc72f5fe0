/*
 * sums.h - sums of bytes that tell whether they are as they were: lib/berth.h
 * has what is public.
 */
#ifndef LIB_SUMS_H
#define LIB_SUMS_H

#include "lib/berth.h"

/* Bytes of which each lane takes one word. */
enum {
    BERTH_SUMS_STEP = 64
};

/* berth_sums_steps - goes on with n bytes, a multiple of BERTH_SUMS_STEP. */
void berth_sums_steps(struct berth_sums *sums, const void *data, size_t n);

#endif
