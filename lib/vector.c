/*
 * vector.c - sentence vectors after they were made: how similar they are, and
 * how they are held in fewer bits.
 */
#include "lib/berth.h"

#include <math.h>
#include <string.h>

enum {
    LANES = 32
};

/* Several sums at once, so that compilers can use vector instructions. Their
 * order is part of the result, and the same for every row. */
static float sum_of_lanes(float *lanes)
{
    for (size_t half = LANES / 2; half > 0; half /= 2)
        for (size_t j = 0; j < half; j++)
            lanes[j] += lanes[j + half];
    return lanes[0];
}

static float dot(const float *a, const float *b, size_t n)
{
    float lanes[LANES] = {0};
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lanes[j] += a[i + j] * b[i + j];
    for (; i < n; i++)
        lanes[i % LANES] += a[i] * b[i];
    return sum_of_lanes(lanes);
}

static void add_squares(float *lanes, const float *a, const float *b, size_t n)
{
    for (size_t j = 0; j < n; j++)
        lanes[j] += (a[j] - b[j]) * (a[j] - b[j]);
}

static void add_sizes(float *lanes, const float *a, const float *b, size_t n)
{
    for (size_t j = 0; j < n; j++)
        lanes[j] += fabsf(a[j] - b[j]);
}

/* Not "-x": the distance of two equal vectors is printed as 0, not as -0. */
static float end_squares(float sum)
{
    return 0.0f - sqrtf(sum);
}

static float end_sizes(float sum)
{
    return 0.0f - sum;
}

/* Those without add are dot products. */
static const struct function {
    const char *name;
    void (*add)(float *lanes, const float *a, const float *b, size_t n);
    float (*end)(float sum);
} functions[] = {
    [BERTH_SIMILARITY_COSINE] = {"cosine", NULL, NULL},
    [BERTH_SIMILARITY_DOT] = {"dot", NULL, NULL},
    [BERTH_SIMILARITY_EUCLIDEAN] = {"euclidean", add_squares, end_squares},
    [BERTH_SIMILARITY_MANHATTAN] = {"manhattan", add_sizes, end_sizes},
};

const char *berth_similarity_name(enum berth_similarity similarity)
{
    return functions[similarity].name;
}

bool berth_similarity_parse(const char *name, enum berth_similarity *out)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (strcmp(functions[i].name, name) == 0) {
            *out = (enum berth_similarity)i;
            return true;
        }
    }
    return false;
}

static float apart(const struct function *f, const float *a, const float *b,
                   size_t n)
{
    float lanes[LANES] = {0};

    for (size_t i = 0; i < n; i += LANES)
        f->add(lanes, a + i, b + i, n - i < LANES ? n - i : LANES);
    return f->end(sum_of_lanes(lanes));
}

void berth_similarities(enum berth_similarity similarity, const float *query,
                        const float *rows, size_t n, size_t size, float *out)
{
    const struct function *f = &functions[similarity];

    for (size_t i = 0; i < n; i++)
        out[i] = f->add == NULL ? dot(query, rows + i * size, size)
                                : apart(f, query, rows + i * size, size);
}

/* A byte a number: the step of its range that it is in; else a bit, its sign.
 */
static bool has_steps(enum berth_vector_type type)
{
    return type == BERTH_VECTOR_I8 || type == BERTH_VECTOR_U8;
}

/* A number less 128, as a signed byte, is the byte with its top bit turned. */
static uint8_t flip_of(enum berth_vector_type type)
{
    return type == BERTH_VECTOR_I8 || type == BERTH_VECTOR_BINARY ? 0x80 : 0;
}

size_t berth_vector_bytes(enum berth_vector_type type, size_t size)
{
    if (type == BERTH_VECTOR_F32)
        return size * sizeof(float);
    return has_steps(type) ? size : (size + 7) / 8;
}

void berth_vector_widen(const float *x, size_t size, float *ranges, bool first)
{
    for (size_t i = 0; i < size; i++) {
        if (first || x[i] < ranges[i])
            ranges[i] = x[i];
        if (first || x[i] > ranges[size + i])
            ranges[size + i] = x[i];
    }
}

/* The number of the step that x is in, 0 to 255; NaN: 0. */
static unsigned step_of(float x, float start, float end)
{
    float step = (end - start) / 255.0f;
    float q = floorf((x - start) / (step != 0.0f ? step : 1.0f));

    return q >= 255.0f ? 255 : q > 0.0f ? (unsigned)q : 0;
}

static void pack_signs(const float *x, size_t size, uint8_t *out, uint8_t flip)
{
    for (size_t i = 0; i < size; i += 8) {
        unsigned byte = 0;

        for (size_t j = 0; j < 8 && i + j < size; j++)
            byte |= (x[i + j] > 0.0f ? 0x80u : 0) >> j;
        out[i / 8] = (uint8_t)(byte ^ flip);
    }
}

void berth_vector_quantize(enum berth_vector_type type, const float *x,
                           size_t size, const float *ranges, void *out)
{
    const uint8_t flip = flip_of(type);
    uint8_t *bytes = out;

    if (type == BERTH_VECTOR_F32) {
        memcpy(out, x, size * sizeof(*x));
    } else if (!has_steps(type)) {
        pack_signs(x, size, bytes, flip);
    } else {
        for (size_t i = 0; i < size; i++)
            bytes[i] =
                (uint8_t)(step_of(x[i], ranges[i], ranges[size + i]) ^ flip);
    }
}

/* A step counts as its middle. */
static float dot_steps(const float *query, const uint8_t *row,
                       const float *ranges, size_t n, uint8_t flip)
{
    const float *start = ranges, *end = ranges + n;
    float lanes[LANES] = {0};

    for (size_t i = 0; i < n; i++) {
        const float step = (end[i] - start[i]) * (1.0f / 255.0f);
        const float middle = (float)(row[i] ^ flip) + 0.5f;
        lanes[i % LANES] += query[i] * (start[i] + middle * step);
    }
    return sum_of_lanes(lanes);
}

static float dot_signs(const float *query, const uint8_t *row, size_t n,
                       uint8_t flip)
{
    float lanes[LANES] = {0};

    for (size_t i = 0; i < n; i++) {
        const bool above = ((row[i / 8] ^ flip) << i % 8 & 0x80) != 0;
        lanes[i % LANES] += above ? query[i] : -query[i];
    }
    return sum_of_lanes(lanes) / sqrtf((float)n);
}

/* The numbers that bytes i ... i + n - 1 of a row mean. */
static void unpack(enum berth_vector_type type, const uint8_t *row,
                   const float *ranges, size_t size, size_t i, size_t n,
                   float *out)
{
    const uint8_t flip = flip_of(type);
    const bool steps = has_steps(type);
    const float one = 1.0f / sqrtf((float)size);

    for (size_t j = 0; j < n; j++, i++) {
        if (steps) {
            const float step = (ranges[size + i] - ranges[i]) * (1.0f / 255.0f);
            out[j] = ranges[i] + ((float)(row[i] ^ flip) + 0.5f) * step;
        } else {
            out[j] = ((row[i / 8] ^ flip) << i % 8 & 0x80) != 0 ? one : -one;
        }
    }
}

void berth_vector_numbers(enum berth_vector_type type, const void *row,
                          size_t size, const float *ranges, float *out)
{
    if (type == BERTH_VECTOR_F32)
        memcpy(out, row, size * sizeof(*out));
    else
        unpack(type, row, ranges, size, 0, size, out);
}

static float apart_packed(const struct function *f, enum berth_vector_type type,
                          const float *query, const uint8_t *row,
                          const float *ranges, size_t size)
{
    float lanes[LANES] = {0}, numbers[LANES];

    for (size_t i = 0; i < size; i += LANES) {
        const size_t n = size - i < LANES ? size - i : LANES;

        unpack(type, row, ranges, size, i, n, numbers);
        f->add(lanes, query + i, numbers, n);
    }
    return f->end(sum_of_lanes(lanes));
}

void berth_vector_similarities(enum berth_similarity similarity,
                               enum berth_vector_type type, const float *query,
                               const float *ranges, const void *rows, size_t n,
                               size_t size, float *out)
{
    const struct function *f = &functions[similarity];
    const uint8_t flip = flip_of(type);
    const size_t step = berth_vector_bytes(type, size);
    const uint8_t *row = rows;

    if (type == BERTH_VECTOR_F32) {
        berth_similarities(similarity, query, rows, n, size, out);
        return;
    }
    for (size_t i = 0; i < n; i++, row += step)
        out[i] = f->add != NULL
                     ? apart_packed(f, type, query, row, ranges, size)
                 : has_steps(type) ? dot_steps(query, row, ranges, size, flip)
                                   : dot_signs(query, row, size, flip);
}
