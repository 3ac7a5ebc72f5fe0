/*
 * rowops.h - element-wise functions, softmax, layer norm and widening, written
 * once over vectors. Included by rowops_<isa>.c alone, which defines vec, VL
 * and the operations on them; everything here is static, so that nothing
 * compiled for one CPU can be linked into another.
 *
 * exp: x = n ln 2 + r, |r| <= ln 2 / 2, a polynomial of degree 6 in r (largest
 * relative error 1.9e-9 before rounding). erf: x P(x^2) / Q(x^2) with degrees 6
 * and 5 for |x| <= 3.92, constant beyond (1.8e-9 before rounding, 4e-7 after).
 * Both were fitted by rational least squares, weights adapted until the error
 * was even.
 */
#ifndef LIB_KERNELS_ROWOPS_H
#define LIB_KERNELS_ROWOPS_H

#include <math.h>
#include <stdbool.h>

INLINE void store_tail(float *p, size_t n, vec x)
{
    store_some(p, first_lanes(n), x);
}

INLINE vec horner(vec x, const float *c, const int degree)
{
    vec y = set1(c[degree]);

#pragma GCC unroll 8
    for (int i = degree - 1; i >= 0; i--)
        y = fma_(y, x, set1(c[i]));
    return y;
}

INLINE vec exp_(vec x)
{
    static const float c[] = {1.0f,         1.0f,         0.49999991f,
                              0.1666642f,   0.041668225f, 0.0083748177f,
                              0.0013836839f};
    const vec low = set1(-87.33654f), high = set1(88.7f);
    const vec ln2_high = set1(0.693359375f), ln2_low = set1(-2.12194440e-4f);
    const vec clamped = min_(max_(x, low), high);
    const vec n = round_(mul(clamped, set1(1.44269504f)));
    vec r = fma_(n, sub(set1(0.0f), ln2_high), clamped);

    r = fma_(n, sub(set1(0.0f), ln2_low), r);
    /* What would be subnormal is 0; a NaN is kept. */
    return zero_if_less(scale_by_power(horner(r, c, 6), n), x, low);
}

INLINE vec erf_(vec x)
{
    static const float p[] = {1.12837917f,    0.185135202f,   0.0542440431f,
                              3.83862809e-3f, 3.76761960e-4f, 4.60931632e-6f,
                              -1.28002183e-8f};
    static const float q[] = {1.0f,          0.497405207f,   0.113873787f,
                              0.0154300696f, 1.30153002e-3f, 6.23999556e-5f};
    const vec limit = set1(3.92f), one = set1(1.0f);
    const vec minus_limit = set1(-3.92f), minus_one = set1(-1.0f);
    const vec y = min_(limit, max_(minus_limit, x));
    const vec t = mul(y, y);
    const vec e = div_(mul(y, horner(t, p, 6)), horner(t, q, 5));

    return min_(one, max_(minus_one, e));
}

/* 1 - 2 / (exp(2 |x|) + 1), with the sign of x. */
INLINE vec tanh_(vec x)
{
    const vec limit = set1(10.0f);
    const vec y = min_(limit, abs_(x));
    const vec e = exp_(add(y, y));
    const vec t = sub(set1(1.0f), div_(set1(2.0f), add(e, set1(1.0f))));

    return keep_nan(copy_sign(t, x), x);
}

INLINE vec gelu(vec x)
{
    const vec half = mul(set1(0.5f), x);

    return keep_nan(fma_(half, erf_(mul(x, set1(0.70710678f))), half), x);
}

INLINE vec gelu_tanh(vec x)
{
    const vec half = mul(set1(0.5f), x);
    const vec cube = mul(mul(mul(set1(0.044715f), x), x), x);

    return fma_(half, tanh_(mul(set1(0.79788456f), add(x, cube))), half);
}

/* x for positive x, and what is next to 0 from |x| 4 on: |x| times a polynomial
 * of degree 8, -1 / 2 at 0. */
INLINE vec coarse(vec x, const float *c)
{
    const vec far = min_(set1(4.0f), abs_(x));

    return fma_(far, horner(far, c, 8), max_(set1(0.0f), x));
}

INLINE vec gelu_coarse(vec x)
{
    static const float c[] = {
        -0.5f,           0.397365063f,   0.00760172168f,
        -0.0772427619f,  0.00251046941f, 0.0167600811f,
        -0.00663430057f, 0.00104697584f, -6.18309641e-05f};

    return coarse(x, c);
}

INLINE vec gelu_tanh_coarse(vec x)
{
    static const float c[] = {
        -0.5f,           0.397236437f,    0.00879843254f,
        -0.0808378831f,  0.00643587671f,  0.014721063f,
        -0.00608192757f, 0.000971210597f, -5.76602033e-05f};

    return coarse(x, c);
}

INLINE vec relu(vec x)
{
    return max_(set1(0.0f), x);
}

INLINE vec silu(vec x)
{
    return div_(x, add(set1(1.0f), exp_(sub(set1(0.0f), x))));
}

/* One loop for each function: the body is inlined with f constant. */
#define EACH(f)                                                                \
    do {                                                                       \
        size_t i = 0;                                                          \
        for (; i + VL <= n; i += VL)                                           \
            store(x + i, f(load(x + i)));                                      \
        if (i < n)                                                             \
            store_tail(x + i, n - i, f(load_tail(x + i, n - i, 0.0f)));        \
    } while (0)

static void function_rows(enum berth_function f, float *x, size_t n)
{
    if (f == BERTH_FUNCTION_GELU)
        EACH(gelu);
    else if (f == BERTH_FUNCTION_GELU_TANH)
        EACH(gelu_tanh);
    else if (f == BERTH_FUNCTION_GELU_COARSE)
        EACH(gelu_coarse);
    else if (f == BERTH_FUNCTION_GELU_TANH_COARSE)
        EACH(gelu_tanh_coarse);
    else if (f == BERTH_FUNCTION_RELU)
        EACH(relu);
    else if (f == BERTH_FUNCTION_SILU)
        EACH(silu);
    else if (f == BERTH_FUNCTION_TANH)
        EACH(tanh_);
}

INLINE float largest_of(const float *x, size_t n)
{
    const size_t whole = n / VL * VL;
    vec top = set1(-INFINITY);

    for (size_t i = 0; i < whole; i += VL)
        top = max_(top, load(x + i));
    if (whole < n)
        top = max_(top, load_tail(x + whole, n - whole, -INFINITY));
    return largest(top);
}

/* The sum of exp(x - max), whose terms go to out where it is not NULL. */
INLINE double sum_exponentials(const float *x, size_t n, float max, float *out)
{
    const size_t whole = n / VL * VL;
    const vec top = set1(max);
    vec some = set1(0.0f);
    double total = 0.0;

    for (size_t i = 0; i < whole; i += VL) {
        const vec e = exp_(sub(load(x + i), top));
        if (out != NULL)
            store(out + i, e);
        some = add(some, e);
        if ((i + VL) % BERTH_SOFTMAX_SUM == 0) {
            total += (double)sum_of_lanes(some);
            some = set1(0.0f);
        }
    }
    if (whole < n) {
        const vec y = sub(load_tail(x + whole, n - whole, -INFINITY), top);
        const vec e = exp_(y);
        if (out != NULL)
            store_tail(out + whole, n - whole, e);
        some = add(some, e);
    }
    return total + (double)sum_of_lanes(some);
}

static void softmax_row(float *x, size_t n)
{
    const size_t whole = n / VL * VL;
    const double total = sum_exponentials(x, n, largest_of(x, n), x);
    const vec scale = div_(set1(1.0f), set1((float)total));

    for (size_t i = 0; i < whole; i += VL)
        store(x + i, mul(load(x + i), scale));
    if (whole < n)
        store_tail(x + whole, n - whole,
                   mul(load_tail(x + whole, n - whole, 0.0f), scale));
}

static double log_sum_row(const float *x, size_t n)
{
    const float max = largest_of(x, n);

    return (double)max + log(sum_exponentials(x, n, max, NULL));
}

/* y = x + residual into out; returns the sum of y. */
INLINE float add_rows(const float *x, const float *residual, float *out,
                      size_t n)
{
    const size_t whole = n / VL * VL;
    const size_t left = n - whole;
    vec total = set1(0.0f);

    for (size_t i = 0; i < whole; i += VL) {
        vec y = load(x + i);
        if (residual != NULL)
            y = add(y, load(residual + i));
        store(out + i, y);
        total = add(total, y);
    }
    if (left != 0) {
        vec y = load_tail(x + whole, left, 0.0f);
        if (residual != NULL)
            y = add(y, load_tail(residual + whole, left, 0.0f));
        store_tail(out + whole, left, y);
        total = add(total, y);
    }
    return sum_of_lanes(total);
}

INLINE float sum_of_squares(const float *y, float mean, size_t n)
{
    const size_t whole = n / VL * VL;
    const vec m = set1(mean);
    vec total = set1(0.0f);

    for (size_t i = 0; i < whole; i += VL) {
        const vec d = sub(load(y + i), m);
        total = fma_(d, d, total);
    }
    if (whole < n) {
        const vec d = sub(load_tail(y + whole, n - whole, mean), m);
        total = fma_(d, d, total);
    }
    return sum_of_lanes(total);
}

static void layer_norm_row(const float *x, const float *residual,
                           const float *weight, const float *bias, float eps,
                           float *out, size_t n)
{
    const size_t whole = n / VL * VL;
    const size_t left = n - whole;
    const float mean = add_rows(x, residual, out, n) / (float)n;
    const float variance = sum_of_squares(out, mean, n) / (float)n;
    const vec m = set1(mean);
    const vec scale = set1(1.0f / sqrtf(variance + eps));

    for (size_t i = 0; i < whole; i += VL) {
        const vec y = mul(sub(load(out + i), m), scale);
        store(out + i, fma_(y, load(weight + i), load(bias + i)));
    }
    if (left != 0) {
        const vec y = mul(sub(load_tail(out + whole, left, mean), m), scale);
        const vec w = load_tail(weight + whole, left, 0.0f);
        const vec b = load_tail(bias + whole, left, 0.0f);
        store_tail(out + whole, left, fma_(y, w, b));
    }
}

static void add_row(float *x, const float *y, size_t n)
{
    const size_t whole = n / VL * VL;
    const size_t left = n - whole;

    for (size_t i = 0; i < whole; i += VL)
        store(x + i, add(load(x + i), load(y + i)));
    if (left != 0)
        store_tail(x + whole, left,
                   add(load_tail(x + whole, left, 0.0f),
                       load_tail(y + whole, left, 0.0f)));
}

static void rotate_row(float *x, const float *turn, size_t n)
{
    const size_t whole = n / VL * VL;
    const size_t left = n - whole;

    for (size_t j = 0; j < whole; j += VL) {
        const vec a = load(x + j), b = load(x + n + j);
        const vec c = load(turn + j), s = load(turn + n + j);
        store(x + j, sub(mul(a, c), mul(b, s)));
        store(x + n + j, add(mul(b, c), mul(a, s)));
    }
    if (left != 0) {
        const vec a = load_tail(x + whole, left, 0.0f);
        const vec b = load_tail(x + n + whole, left, 0.0f);
        const vec c = load_tail(turn + whole, left, 0.0f);
        const vec s = load_tail(turn + n + whole, left, 0.0f);
        store_tail(x + whole, left, sub(mul(a, c), mul(b, s)));
        store_tail(x + n + whole, left, add(mul(b, c), mul(a, s)));
    }
}

static void scale_row(const float *x, const float *residual,
                      const float *weight, const float *bias, float *out,
                      size_t n)
{
    const size_t whole = n / VL * VL;
    const size_t left = n - whole;

    for (size_t i = 0; i < whole; i += VL) {
        vec y = load(x + i);
        if (residual != NULL)
            y = add(y, load(residual + i));
        store(out + i, add(mul(y, load(weight + i)), load(bias + i)));
    }
    if (left != 0) {
        vec y = load_tail(x + whole, left, 0.0f);
        if (residual != NULL)
            y = add(y, load_tail(residual + whole, left, 0.0f));
        y = mul(y, load_tail(weight + whole, left, 0.0f));
        store_tail(out + whole, left,
                   add(y, load_tail(bias + whole, left, 0.0f)));
    }
}

static void widen_f16_row(const void *src, float *out, size_t n)
{
    const unsigned char *p = src;
    size_t i = 0;

    for (; i + VL <= n; i += VL)
        store(out + i, load_f16(p + 2 * i));
    if (i < n)
        store_tail(out + i, n - i, load_f16_tail(p + 2 * i, n - i));
}

static void widen_bf16_row(const void *src, float *out, size_t n)
{
    const unsigned char *p = src;
    size_t i = 0;

    for (; i + VL <= n; i += VL)
        store(out + i, load_bf16(p + 2 * i));
    if (i < n)
        store_tail(out + i, n - i, load_bf16_tail(p + 2 * i, n - i));
}

static void narrow_f16_row(const float *x, void *out, size_t n)
{
    unsigned char *p = out;
    size_t i = 0;

    for (; i + VL <= n; i += VL)
        store_f16(p + 2 * i, load(x + i));
    if (i < n)
        store_f16_tail(p + 2 * i, n - i, load_tail(x + i, n - i, 0.0f));
}

/* Of a row: its ends, its sum and that of its squares, by two vectors each, so
 * that an addition need not wait for the one before. */
struct range {
    vec low[2], high[2], total[2], squares[2];
};

INLINE void extend(struct range *r, const int i, vec y)
{
    r->low[i] = min_(r->low[i], y);
    r->high[i] = max_(r->high[i], y);
    r->total[i] = add(r->total[i], y);
    r->squares[i] = fma_(y, y, r->squares[i]);
}

/* The row's range, cut where it is too far from the mean. Returns whether it
 * is. */
INLINE bool find_range(const float *x, size_t n, float reach, float *from,
                       float *to)
{
    struct range r;
    size_t i = 0;

    for (int j = 0; j < 2; j++) {
        r.low[j] = set1(INFINITY);
        r.high[j] = set1(-INFINITY);
        r.total[j] = r.squares[j] = set1(0.0f);
    }
    for (; i + 2 * VL <= n; i += 2 * VL) {
        extend(&r, 0, load(x + i));
        extend(&r, 1, load(x + i + VL));
    }
    if (i + VL <= n) {
        extend(&r, 0, load(x + i));
        i += VL;
    }
    if (i < n) {
        const vec y = load_tail(x + i, n - i, 0.0f);
        r.low[1] = min_(r.low[1], load_tail(x + i, n - i, INFINITY));
        r.high[1] = max_(r.high[1], load_tail(x + i, n - i, -INFINITY));
        r.total[1] = add(r.total[1], y);
        r.squares[1] = fma_(y, y, r.squares[1]);
    }
    const float mean = sum_of_lanes(add(r.total[0], r.total[1])) / (float)n;
    const float square =
        sum_of_lanes(add(r.squares[0], r.squares[1])) / (float)n;
    const float variance = square - mean * mean;
    const float far = reach * sqrtf(variance > 0.0f ? variance : 0.0f);
    const float least = -largest(sub(set1(0.0f), min_(r.low[0], r.low[1])));
    const float most = largest(max_(r.high[0], r.high[1]));
    *from = mean - far > least ? mean - far : least;
    *from = isfinite(mean) ? *from : NAN;
    *to = mean + far < most ? mean + far : most;
    return *from > least || *to < most;
}

/* Inputs i, i + 1, ... of the lanes that outside names. */
static void keep_outliers(const float *x, size_t i, unsigned outside, float low,
                          float high, size_t n, struct berth_quantized_row *to)
{
    for (; outside != 0; outside &= outside - 1) {
        const size_t k = i + (size_t)__builtin_ctz(outside);
        if (to->n_outliers < berth_outliers_max(n))
            to->outliers[to->n_outliers++] = (struct berth_outlier){
                (uint32_t)k, x[k] - (x[k] < low ? low : high)};
    }
}

static void quantize_row(const float *x, size_t n, unsigned levels, uint8_t *q,
                         struct berth_quantized_row *to)
{
    const size_t whole = n / VL * VL;
    const size_t left = n - whole;
    float low, high;
    const bool cut = find_range(x, n, (float)berth_reach(levels), &low, &high);
    const float range = high - low, top = (float)levels;
    const float inverse = range > 0.0f ? top / range : 0.0f;
    const vec from = set1(low), end = set1(high), by = set1(inverse),
              last = set1(top);
    size_t i = 0;

    to->scale = range > 0.0f ? range * (1.0f / top) : 0.0f;
    to->min = low;
    to->n_outliers = 0;
    for (; i + 4 * VL <= n; i += 4 * VL) {
        vec y[4];
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++)
            y[j] = min_(mul(sub(load(x + i + (size_t)j * VL), from), by), last);
        store_bytes_4(q + i, y);
    }
    for (; i < whole; i += VL)
        store_bytes(q + i, min_(mul(sub(load(x + i), from), by), last));
    if (left != 0)
        store_bytes_tail(
            q + whole, left,
            min_(mul(sub(load_tail(x + whole, left, low), from), by), last));
    if (!cut)
        return;
    for (i = 0; i < whole; i += VL) {
        const unsigned out = outside(load(x + i), from, end);
        if (out != 0)
            keep_outliers(x, i, out, low, high, n, to);
    }
    if (left != 0)
        keep_outliers(x, whole,
                      outside(load_tail(x + whole, left, low), from, end), low,
                      high, n, to);
}

/* Levels of -127 .. 127; a NaN is 127, as min_() gives its second operand. */
INLINE vec level_of(vec x, vec inverse)
{
    return max_(min_(round_(mul(x, inverse)), set1(127.0f)), set1(-127.0f));
}

static float quantize_group_row(const float *x, size_t n, uint8_t *q,
                                float *scale)
{
    const size_t whole = n / VL * VL;
    const size_t left = n - whole;
    vec top = set1(0.0f), total = set1(0.0f);
    vec nothing = set1(0.0f); /* NaN: there was no number */

    for (size_t i = 0; i < whole; i += VL) {
        const vec y = load(x + i);
        top = max_(abs_(y), top);
        nothing = fma_(y, set1(0.0f), nothing);
    }
    if (left != 0) {
        const vec y = load_tail(x + whole, left, 0.0f);
        top = max_(abs_(y), top);
        nothing = fma_(y, set1(0.0f), nothing);
    }
    *scale = largest(top) / 127.0f + sum_of_lanes(nothing);
    const vec inverse = set1(*scale > 0.0f ? 1.0f / *scale : 0.0f);
    for (size_t i = 0; i < whole; i += VL) {
        const vec y = level_of(load(x + i), inverse);
        store_bytes(q + i, add(y, set1(128.0f)));
        total = add(total, y);
    }
    if (left != 0) {
        const vec y = level_of(load_tail(x + whole, left, 0.0f), inverse);
        store_bytes_tail(q + whole, left, add(y, set1(128.0f)));
        total = add(total, y);
    }
    return sum_of_lanes(total);
}

static inline void use_rowops(struct berth_kernels *k)
{
    k->function = function_rows;
    k->softmax = softmax_row;
    k->log_sum = log_sum_row;
    k->layer_norm = layer_norm_row;
    k->add = add_row;
    k->scale = scale_row;
    k->rotate = rotate_row;
    k->widen_f16 = widen_f16_row;
    k->widen_bf16 = widen_bf16_row;
    k->narrow_f16 = narrow_f16_row;
    k->quantize = quantize_row;
    k->quantize_group = quantize_group_row;
}

#endif
