/*
 * kernels.h - the inner loops, and the contract of each, written once.
 *
 * kernels.c fills the table: scalar.c first, which is the specification, then
 * what the CPU level improves. A kernel splits rows and columns of a result,
 * never the sum for one element, and treats the rows at the edge of a block
 * like those in its middle. The same inputs give the same bits, whatever is
 * next to them.
 *
 * No kernel can fail. Pointers need no alignment unless it is stated; operands
 * may end where readable memory ends. Results must not overlap operands unless
 * it is stated.
 */
#ifndef LIB_KERNELS_KERNELS_H
#define LIB_KERNELS_KERNELS_H

#include "lib/cpu.h"

#include <stddef.h>
#include <stdint.h>

/* Element-wise functions. */
enum berth_function {
    BERTH_FUNCTION_IDENTITY,
    BERTH_FUNCTION_GELU,      /* x / 2 * (1 + erf(x / sqrt 2)) */
    BERTH_FUNCTION_GELU_TANH, /* with tanh(sqrt(2 / pi) (x + 0.044715 x^3)) */
    BERTH_FUNCTION_RELU,
    BERTH_FUNCTION_SILU, /* x / (1 + exp(-x)) */
    BERTH_FUNCTION_TANH,
    /* Of fewer operations, for what is rounded to 8 bits next. */
    BERTH_FUNCTION_GELU_COARSE,
    BERTH_FUNCTION_GELU_TANH_COARSE
};

/* How the elements of a packed panel are stored. */
enum berth_format {
    BERTH_FORMAT_F32,
    BERTH_FORMAT_F16,  /* IEEE binary16 */
    BERTH_FORMAT_BF16, /* the upper half of a float */
    BERTH_FORMAT_I8,   /* 8 bits and scales: struct berth_gemm_i8 */
    BERTH_FORMAT_FLOATS = BERTH_FORMAT_I8 /* how many formats are floats */
};

/*
 * A block of C = scale * A B + bias, for one packed panel of B.
 *
 *   a      (m, k)      lda floats between rows
 *   panel  (k, width)  of the format, contiguous, 64-byte aligned (16-bit
 *                      formats: 32-byte); width as berth_panel_width() says;
 *                      columns from n on are 0
 *   c      (m, n)      ldc floats between rows; nothing beside it is written
 *   bias   (n), or NULL
 *   ahead  how many bytes before they are used parts of the panel should be
 *          fetched; 0: this CPU does it best itself
 *   next   (next_size) bytes that will be read after this: with ahead they may
 *          be fetched on the way
 *
 * Each element is one chain of k fused multiply-adds in ascending order
 * (scalar, and CPUs without them: multiply, then add), times scale, plus bias.
 * 16-bit elements are widened on the way and give the bits that the widened
 * panel would give. |got
 * - want| <= (k + 2) 2^-24 scale sum |a b| + 2^-24 |want|.
 */
struct berth_gemm {
    const float *a;
    size_t lda;
    const void *panel;
    size_t width;
    float *c;
    size_t ldc;
    size_t m, n, k;
    float scale;
    const float *bias;
    size_t ahead;
    const char *next;
    size_t next_size;
    bool more;              /* gemm_split only: sums go on from those in c */
    const float *row_scale; /* gemm_split of bfloat16 only: (m), or NULL */
};

/*
 * The same with the rows of A in parts, as split makes them: each float is the
 * sum of three of bfloat16, or rounded to one. BERTH_SPLIT_STEP inputs are a
 * step, where each part in turn has a line of the cache; inputs from k on are
 * 0. a is 64-byte aligned, lda a multiple of 16, m at most BERTH_SPLIT_ROWS.
 *
 * B is split, too: float32 into three parts, float16 into two, bfloat16 is one.
 * Of the products of two parts six, five or three are made; the others are
 * together at most 2^-24 |a b|. For each step and each of these two chains of
 * fused multiply-adds, of the first and of the last 16 inputs, are added up,
 * and that to the element. The bound is the same, and k 2^-122 (1 + max |a| +
 * max |b|) more: parts and sums below 2^-126 count as 0. What would be infinite
 * may be NaN. A product of some steps, with scale 1 and no bias, and then of
 * more gives the bits of one product of all.
 *
 * Where round_pairs is there, rows of A are rounded for panels of bfloat16, to
 * the nearest, ties to even; what is below 2^-126 becomes 0. Two inputs that
 * follow each other are a pair:
 *
 *   a      (m, k32 / 2, 2)      k32 is k rounded up to whole steps
 *   panel  (k32 / 2, width, 2)  0 from k on
 *
 * Sums begin with the bias, or with those in c, and scale is 1. C = row_scale *
 * sum. The chains are of the even inputs and of the odd ones; the bound is that
 * above, with a as rounded and k + 4 in place of k + 2.
 */
enum {
    BERTH_SPLIT_STEP = 32,
    BERTH_SPLIT_PARTS = 3,
    BERTH_SPLIT_ROWS = 288
};

/* berth_split_steps - n rounded up to whole steps. */
static inline size_t berth_split_steps(size_t n)
{
    return (n + BERTH_SPLIT_STEP - 1) / BERTH_SPLIT_STEP * BERTH_SPLIT_STEP;
}

/* berth_split_size - floats of room for a row of n in parts. */
static inline size_t berth_split_size(enum berth_format format, size_t n)
{
    return berth_split_steps(n) / 2 *
           (format == BERTH_FORMAT_BF16 ? 1 : BERTH_SPLIT_PARTS);
}

enum {
    BERTH_I8_GROUP = 128, /* inputs that share a scale */
    BERTH_I8_STEP = 4,    /* inputs that are together in a panel */
    BERTH_I8_LEVELS = 255 /* the highest of an input, if kernels take it */
};

/* An activation too far from the rest of its row for the row's scale: what its
 * 8 bits lack. */
struct berth_outlier {
    uint32_t k; /* which input */
    float rest; /* the input less q * scale + min */
};

/*
 * The same for 8-bit operands: rows of A are q * a_scale + a_min with q of 0 ..
 * i8_levels of the kernels, and what outliers add; columns of B are q * scale
 * for each group of BERTH_I8_GROUP inputs with q of -127 .. 127. k is rounded
 * up to k4, a multiple of BERTH_I8_STEP.
 *
 *   a         (m, k4)  lda bytes between rows; from k on, anything
 *   a_scale, a_min, n_outliers  (m)
 *   outliers  (m, max_outliers)
 *   panel     (k4 / 4, width, 4)  64-byte aligned; 0 from k and n on; fitted
 *             if the kernels have fit_i8
 *   scales    (groups, width)     groups = ceil(k / BERTH_I8_GROUP)
 *   sums      (width)             sum over k of q * scale
 *   c, bias as above; bias may be NULL
 *   next      (next_size) bytes that will be read after this: they may be
 *             fetched on the way
 *
 * c = a_scale * s + (a_min * sums + bias), s the sum over groups, in ascending
 * order and fused, of scale times the exact integer sum; then each outlier in
 * turn adds rest * scale * q, fused after the first product. Of the same
 * operands every CPU level makes the same bits.
 */
struct berth_gemm_i8 {
    const uint8_t *a;
    size_t lda;
    const float *a_scale, *a_min;
    const struct berth_outlier *outliers;
    const uint32_t *n_outliers;
    size_t max_outliers;
    const int8_t *panel;
    const float *scales;
    const float *sums;
    size_t width;
    float *c;
    size_t ldc;
    size_t m, n, k;
    const float *bias;
    const char *next;
    size_t next_size;
};

/* Attention in levels of 16 bits: so many keys at a time, and the largest
 * levels of weights and of values. Then sums fit into 32 bits. */
enum {
    BERTH_I16_KEYS = 128,
    BERTH_I16_WEIGHT = 8191,
    BERTH_I16_VALUE = 2047
};

/*
 * The same for levels of 16 bits. k is rounded up to k2, an even number.
 *
 *   a        (m, k2)  lda levels between rows; from k on, anything
 *   a_scale  (m)
 *   panel    (k2 / 2, width, 2)  64-byte aligned; 0 from k and n on
 *   c        as above
 *
 * c = a_scale * the exact integer sum, which must fit into 32 bits. Every CPU
 * level gives the same bits.
 */
struct berth_gemm_i16 {
    const int16_t *a;
    size_t lda;
    const float *a_scale;
    const int16_t *panel;
    size_t width;
    float *c;
    size_t ldc;
    size_t m, n, k;
};

/* So many terms of a softmax are summed in float32, these sums in double: a row
 * may be a whole vocabulary. */
enum {
    BERTH_SOFTMAX_SUM = 512
};

struct berth_sums; /* lib/berth.h */

/* Sums of which one product of dots() is made. */
enum {
    BERTH_LANES = 32
};

/* How many standard deviations from its mean a row's scale reaches: less far
 * where it has fewer levels, so that they are not much coarser. */
enum {
    BERTH_REACH = 6,
    BERTH_REACH_OF_FEW = 4
};

/* berth_reach - of rows with levels up to this. */
static inline size_t berth_reach(unsigned levels)
{
    return levels < BERTH_I8_LEVELS ? BERTH_REACH_OF_FEW : BERTH_REACH;
}

/* berth_outliers_max - room for the outliers of a row of n: Chebyshev. */
static inline size_t berth_outliers_max(size_t n)
{
    return n / (BERTH_REACH_OF_FEW * BERTH_REACH_OF_FEW) + 1;
}

/* What quantize says of a row beside its bytes. */
struct berth_quantized_row {
    float scale, min;
    uint32_t n_outliers;
    struct berth_outlier *outliers; /* room for berth_outliers_max(n) */
};

struct berth_kernels {
    const char *name;

    /* A packed matrix has panels of panel_width columns; the last may be
     * narrower, a multiple of panel_unit. */
    size_t panel_width;
    size_t panel_unit;

    /* How many bytes before their use weights are best fetched here: ahead of
     * the products. berth_kernels_select() sets it. */
    size_t fetch_ahead;

    void (*gemm[BERTH_FORMAT_FLOATS])(const struct berth_gemm *g);
    void (*gemm_i8)(const struct berth_gemm_i8 *g);
    void (*gemm_i16)(const struct berth_gemm_i16 *g);

    /*
     * gemm_split - where the level has it, else NULL: the product of rows that
     * split put into parts. Where round_pairs is there, gemm has none of
     * bfloat16.
     *
     *   x  (n)    parts  (berth_split_size(n)) out, 64-byte aligned
     */
    void (*gemm_split[BERTH_FORMAT_FLOATS])(const struct berth_gemm *g);
    void (*split[BERTH_FORMAT_FLOATS])(const float *x, size_t n, float *parts);

    /*
     * round_pairs - where gemm_split rounds to bfloat16, else NULL: rows as
     * narrow_bf16 does, in pairs.
     *
     *   x  (m, n)  ld floats between rows    out  (m32 / 2, n, 2), 0 from m on
     *
     * softmax_bf16 - there, too: out[i] = exp(x[i] - max x) rounded to
     * bfloat16, relative error 2^-8 + 2e-4; what is below 2^-126 is 0. n >= 1.
     * Returns 1 / the sum of out, relative error (n / 16 + 4) 2^-24. NaN where
     * softmax gives it.
     */
    void (*round_pairs)(const float *x, size_t ld, size_t m, size_t n,
                        void *out);
    float (*softmax_bf16)(const float *x, size_t n, void *out);

    /* The highest q of an input that gemm_i8 multiplies exactly:
     * BERTH_I8_LEVELS, or less. */
    unsigned i8_levels;

    /*
     * fit_i8 - makes weights small enough for gemm_i8; NULL where all are.
     *
     *   panel, scales, sums  as in struct berth_gemm_i8: read and written
     *
     * Of a column's inputs, eight in turn, numbers 0, 1, 4, 5 and numbers 2, 3,
     * 6, 7 are summed in 16 bits. Where those of one sign come to more than
     * 32,767 / i8_levels, their group gets a larger scale, and its q are
     * rounded again.
     */
    void (*fit_i8)(int8_t *panel, float *scales, float *sums, size_t width,
                   size_t k);

    /* widen_i8 - a panel in 8 bits as one in float32, q * scale: out (k4,
     * width), 64-byte aligned. Every level gives the same bits. */
    void (*widen_i8)(const int8_t *panel, const float *scales, size_t width,
                     size_t k, float *out);

    /*
     * quantize - a row of activations as bytes: q = round((x - min) / scale),
     * scale = (max - min) / levels, where min and max are those of the row, but
     * no further from its mean than berth_reach() standard deviations.
     *
     *   x  (n)    levels  1 .. 255    q  (n) out, 0 .. levels
     *   to  scale, min, outliers in ascending order of k, how many
     *
     * Few of a row can be that far (Chebyshev: n / 36 or n / 16); they are kept
     * exactly as outliers. Otherwise |x - (q scale + min)| is at most 0.501
     * scale. A row of equal values has scale 0 and q 0. Where a value is not
     * finite min is NaN, so that the products are, too.
     */
    void (*quantize)(const float *x, size_t n, unsigned levels, uint8_t *q,
                     struct berth_quantized_row *to);

    /*
     * quantize_group - weights that share a scale: x[i] is about (q[i] - 128) *
     * scale, scale = max |x| / 127, to the nearest, ties to even.
     *
     *   x  (n)  n <= BERTH_I8_GROUP    q  (n) out, 1 .. 255
     *
     * Returns the sum of q[i] - 128, which is exact. Where a value is not
     * finite scale is NaN. Every level gives the same.
     */
    float (*quantize_group)(const float *x, size_t n, uint8_t *q, float *scale);

    /*
     * function - x[i] = f(x[i]) in place, n elements.
     * Absolute error: GELU, GELU_TANH, SILU 2e-6 max(1, |x|); GELU_COARSE,
     * GELU_TANH_COARSE 1.1e-4 |x| up to |x| 1, 1.8e-4 + 2^-24 |x| beyond; TANH
     * 1e-6; others 0.
     */
    void (*function)(enum berth_function f, float *x, size_t n);

    /*
     * softmax - x[i] = exp(x[i] - max x) / sum, in place; n >= 1.
     * Relative error 4e-7 + (min(n, BERTH_SOFTMAX_SUM) + |x[i] - max x|) 2^-24
     * where the result is above 1e-37; smaller results may be 0. A row with
     * NaN or infinity, or of -infinity alone, becomes NaN.
     */
    void (*softmax)(float *x, size_t n);

    /*
     * levels - a matrix as levels of 16 bits: q = round(x / scale), scale = max
     * |x| / most.
     *
     *   x  (m, n)  ld floats between rows
     *   q  (m, n2) levels out; n2 is n rounded up to an even number, and the
     *      level beyond n is 0
     *
     * Returns scale: 0 where all are 0, and NaN where one is not finite. Every
     * level gives the same bits.
     *
     * level_pairs - the same with the rows in pairs, q (m2 / 2, n, 2).
     */
    float (*levels)(const float *x, size_t ld, size_t m, size_t n, float most,
                    void *q);
    float (*level_pairs)(const float *x, size_t ld, size_t m, size_t n,
                         float most, void *q);

    /*
     * softmax_levels - q[i] = round(BERTH_I16_WEIGHT * exp(x[i] - max x)),
     * within 0.5 + 2e-4 * that; n >= 1. Returns what makes weights of levels:
     * 1 / the sum of q, relative error 2^-21 up to n 8192. NaN where softmax
     * gives it.
     */
    float (*softmax_levels)(const float *x, size_t n, int16_t *q);

    /* log_sum - log(sum of exp(x[i])), n >= 1. Error: 1e-6 + 2^-24 min(n,
     * BERTH_SOFTMAX_SUM). NaN where softmax gives it. */
    double (*log_sum)(const float *x, size_t n);

    /*
     * layer_norm - out = (y - mean y) / sqrt(var y + eps) * weight + bias with
     * y = x + residual; residual may be NULL; out may be x or residual.
     * Variance over n, two passes. Error: 4 n 2^-24 max |y - mean| / sqrt(var +
     * eps) * |weight|, plus one rounding.
     */
    void (*layer_norm)(const float *x, const float *residual,
                       const float *weight, const float *bias, float eps,
                       float *out, size_t n);

    /* add - x[i] += y[i], n elements. Every level gives the same bits. */
    void (*add)(float *x, const float *y, size_t n);

    /* scale - out[i] = (x[i] + residual[i]) * weight[i] + bias[i], each step
     * rounded: every level gives the same bits. residual may be NULL; out may
     * be x or residual. */
    void (*scale)(const float *x, const float *residual, const float *weight,
                  const float *bias, float *out, size_t n);

    /* rotate - turns the pairs x[j], x[n + j] by the angle whose cosine is
     * turn[j] and whose sine is turn[n + j], n of them; each step rounded:
     * every level gives the same bits. */
    void (*rotate)(float *x, const float *turn, size_t n);

    /* widen - exact: IEEE half or bfloat16 to float. src may be unaligned. */
    void (*widen_f16)(const void *src, float *out, size_t n);
    void (*widen_bf16)(const void *src, float *out, size_t n);

    /* narrow - to the nearest half or bfloat16, ties to even; out may be
     * unaligned. Too large becomes infinity; NaN stays NaN. */
    void (*narrow_f16)(const float *x, void *out, size_t n);
    void (*narrow_bf16)(const float *x, void *out, size_t n);

    /*
     * Products of x with rows that follow each other, every level to the bit:
     *
     *   x  (n)    rows  (n_rows, n)    out  (n_rows)
     *   sums  if not NULL, sums() of the rows, in the same pass: a row is then
     * a multiple of BERTH_SUMS_STEP bytes, and of BERTH_LANES floats
     *
     * dots - BERTH_LANES sums, of every so many products, each rounded; then
     * the second half of the sums is added to the first until one is left.
     *
     * dots_u8 - exact: of x with the bytes of rows, each ^ flip. 255 times the
     * sum of |x| must fit 31 bits.
     *
     * dots_bits - exact: the sum of those x[j] whose bit is set, the lowest one
     * of a byte first. rows (n_rows, n) bytes; x (8 n, rounded up to 64), of
     * -127 .. 127, 0 beyond 8 n.
     */
    void (*dots)(const float *x, const float *rows, size_t n_rows, size_t n,
                 float *out, struct berth_sums *sums);
    void (*dots_u8)(const int16_t *x, const uint8_t *rows, uint8_t flip,
                    size_t n_rows, size_t n, int32_t *out,
                    struct berth_sums *sums);
    void (*dots_bits)(const int8_t *x, const uint8_t *rows, size_t n_rows,
                      size_t n, int32_t *out);

    /* sums - as berth_sums_steps() of lib/sums.h. */
    void (*sums)(struct berth_sums *sums, const void *data, size_t n);

    /* reach - which of n x[i] are not below limit[i], NaN among them, in
     * ascending order: which (n) out. Returns how many. */
    size_t (*reach)(const float *x, const float *limit, size_t n,
                    uint32_t *which);

    /* crc32c - as berth_crc32c() of lib/crc32c.h. */
    uint32_t (*crc32c)(uint32_t crc, const void *data, size_t n);

    /* pack_transposed - src (n, k), ld floats between rows, becomes one panel
     * (k, width); columns n .. width - 1 are set to 0. n <= width. */
    void (*pack_transposed)(const float *src, size_t ld, size_t n, size_t k,
                            float *panel, size_t width);
};

/* berth_kernels_select - the best kernels for a CPU level. The caller makes
 * sure that the CPU has it. rounds: what is multiplied with weights in bfloat16
 * may be rounded to it, too, where that is faster; else results are as with
 * these weights in float32. */
void berth_kernels_select(struct berth_kernels *k, enum berth_cpu level,
                          bool rounds);

/* Each overrides the entries it improves; scalar fills them all. */
void berth_kernels_use_scalar(struct berth_kernels *k);
void berth_kernels_use_gemm_float_vector(struct berth_kernels *k);
void berth_kernels_use_gemm_i8_vector(struct berth_kernels *k);
void berth_kernels_use_gemm_i16_vector(struct berth_kernels *k);
void berth_kernels_use_rowops_vector(struct berth_kernels *k);
void berth_kernels_use_dots_vector(struct berth_kernels *k);
void berth_kernels_use_gemm_i8_dotprod(struct berth_kernels *k);
void berth_kernels_use_crc32c_dotprod(struct berth_kernels *k);
void berth_kernels_use_gemm_float_avx2(struct berth_kernels *k);
void berth_kernels_use_gemm_float_avx512(struct berth_kernels *k);
void berth_kernels_use_gemm_float_amx(struct berth_kernels *k);
void berth_kernels_use_gemm_bf16_amx(struct berth_kernels *k);
void berth_kernels_use_rows_bf16_amx(struct berth_kernels *k);
void berth_kernels_use_gemm_i8_avx2(struct berth_kernels *k);
void berth_kernels_use_gemm_i8_avx2vnni(struct berth_kernels *k);
void berth_kernels_use_gemm_i8_avx512vnni(struct berth_kernels *k);
void berth_kernels_use_gemm_i8_amx(struct berth_kernels *k);
void berth_kernels_use_gemm_i16_avx2(struct berth_kernels *k);
void berth_kernels_use_gemm_i16_avx2vnni(struct berth_kernels *k);
void berth_kernels_use_gemm_i16_avx512vnni(struct berth_kernels *k);
void berth_kernels_use_crc32c_avx2(struct berth_kernels *k);
void berth_kernels_use_dots_avx2(struct berth_kernels *k);
void berth_kernels_use_dots_avx512(struct berth_kernels *k);
void berth_kernels_use_dots_avx512vnni(struct berth_kernels *k);
void berth_kernels_use_rowops_avx2(struct berth_kernels *k);
void berth_kernels_use_rowops_avx512(struct berth_kernels *k);

#endif
