/*
 * dots_avx512.c - products of floats with the rows of an index, and sums of
 * their bytes, which are in one register each.
 */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vec_avx512.h"

#include "lib/kernels/dots.h"

void berth_kernels_use_dots_avx512(struct berth_kernels *k)
{
    k->sums = sums_steps;
    k->dots = dots;
}
