/*
 * vec.h - what every CPU's vectors make alike of their own. Included by
 * vec_<isa>.h alone.
 */
#ifndef LIB_KERNELS_VEC_H
#define LIB_KERNELS_VEC_H

/* The first n lanes; all of them where n is more. */
INLINE mask lanes(size_t n)
{
    return first_lanes(n >= VL ? VL : n);
}

/* Four bytes, in each lane. */
INLINE ints broadcast(const void *p)
{
    int32_t four;

    memcpy(&four, p, sizeof(four));
    return set1_ints(four);
}

#endif
