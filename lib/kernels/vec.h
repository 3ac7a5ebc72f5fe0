/*
 * vec.h - what every CPU's vectors make alike of their own. Included by
 * vec_<isa>.h alone.
 */
#ifndef LIB_KERNELS_VEC_H
#define LIB_KERNELS_VEC_H

/* Where floats are in memory, with whatever else is there. */
typedef float floats_at
    __attribute__((vector_size(sizeof(vec)), aligned(1), may_alias));

INLINE vec load(const void *p)
{
    return *(const floats_at *)p;
}

INLINE void store(float *p, vec x)
{
    *(floats_at *)(void *)p = x;
}

INLINE vec add(vec a, vec b)
{
    return a + b;
}

INLINE vec sub(vec a, vec b)
{
    return a - b;
}

INLINE vec mul(vec a, vec b)
{
    return a * b;
}

INLINE vec div_(vec a, vec b)
{
    return a / b;
}

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
