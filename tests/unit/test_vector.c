/*
 * test_vector.c - similarities and quantised vectors.
 *
 * The expected bytes were computed with quantize_embeddings() of
 * sentence-transformers 6.2.
 */
#include <math.h>
#include <string.h>

#include "lib/berth.h"
#include "tests/tap.h"

enum {
    SIZE = 70, /* two whole blocks of lanes, and a rest */
    ROWS = 5
};

static float value(size_t i)
{
    return (float)((int)(i * 7919 % 1009) - 504) / 504.0f;
}

static void check_similarities(void)
{
    float rows[ROWS * SIZE], query[SIZE], all[ROWS], one;

    for (size_t i = 0; i < ROWS * SIZE; i++)
        rows[i] = value(i);
    for (size_t i = 0; i < SIZE; i++)
        query[i] = value(i + 4711);
    berth_similarities(BERTH_SIMILARITY_COSINE, query, rows, ROWS, SIZE, all);
    for (size_t r = 0; r < ROWS; r++) {
        double want = 0, sum = 0;

        for (size_t i = 0; i < SIZE; i++) {
            want += (double)query[i] * (double)rows[r * SIZE + i];
            sum += fabs((double)query[i] * (double)rows[r * SIZE + i]);
        }
        CHECK(fabs((double)all[r] - want) <= sum * 8 / (1 << 24),
              "row %zu: %g, not %g", r, (double)all[r], want);
        berth_similarities(BERTH_SIMILARITY_COSINE, query, rows + r * SIZE, 1,
                           SIZE, &one);
        CHECK(memcmp(&one, &all[r], sizeof(one)) == 0,
              "row %zu alone has the same bits", r);
    }
    berth_similarities(BERTH_SIMILARITY_COSINE, query, rows, 1, 0, &one);
    CHECK(one == 0.0f, "the cosine of no dimensions is 0");
}

static void check_names(void)
{
    static const char *const names[] = {"cosine", "dot", "euclidean",
                                        "manhattan"};
    enum berth_similarity s = BERTH_SIMILARITY_COSINE;

    for (size_t i = 0; i < 4; i++) {
        CHECK(berth_similarity_parse(names[i], &s), "%s: similarity_parse",
              names[i]);
        EQUAL_INT((size_t)s, i, "%s: number", names[i]);
        EQUAL_TEXT(berth_similarity_name(s), names[i], "%s: similarity_name",
                   names[i]);
    }
    CHECK(!berth_similarity_parse("maxsim", &s),
          "maxsim is no similarity: refused");
    EQUAL_INT(s, BERTH_SIMILARITY_MANHATTAN,
              "maxsim is no similarity: what out holds");
}

/* As berth_similarities(), summed in double. */
static double wanted(enum berth_similarity similarity, const float *a,
                     const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        double d = (double)a[i] - (double)b[i];

        sum += similarity == BERTH_SIMILARITY_EUCLIDEAN ? d * d
               : similarity == BERTH_SIMILARITY_MANHATTAN
                   ? fabs(d)
                   : (double)a[i] * (double)b[i];
    }
    return similarity == BERTH_SIMILARITY_EUCLIDEAN   ? -sqrt(sum)
           : similarity == BERTH_SIMILARITY_MANHATTAN ? -sum
                                                      : sum;
}

/* Distances of rows as they are, and of what their bytes mean. */
static void check_distances(enum berth_similarity similarity)
{
    float rows[ROWS * SIZE], query[SIZE], ranges[2 * SIZE], all[ROWS], one;
    uint8_t bytes[ROWS * SIZE];
    bool ok = true, alone = true;

    for (size_t i = 0; i < ROWS * SIZE; i++)
        rows[i] = value(i);
    for (size_t i = 0; i < SIZE; i++) {
        query[i] = value(i + 4711);
        ranges[i] = -1;
        ranges[SIZE + i] = 1;
    }
    berth_similarities(similarity, query, rows, ROWS, SIZE, all);
    for (size_t r = 0; r < ROWS; r++) {
        double want = wanted(similarity, query, rows + r * SIZE, SIZE);

        berth_similarities(similarity, query, rows + r * SIZE, 1, SIZE, &one);
        ok = ok && fabs((double)all[r] - want) <= 1e-4;
        alone = alone && memcmp(&one, &all[r], sizeof(one)) == 0;
    }
    CHECK(ok && alone, "%s", berth_similarity_name(similarity));
    for (size_t r = 0; r < ROWS; r++)
        berth_vector_quantize(BERTH_VECTOR_I8, rows + r * SIZE, SIZE, ranges,
                              bytes + r * SIZE);
    berth_vector_similarities(similarity, BERTH_VECTOR_I8, query, ranges, bytes,
                              ROWS, SIZE, all);
    for (size_t r = 0; r < ROWS; r++)
        ok = ok && fabs((double)all[r] - wanted(similarity, query,
                                                rows + r * SIZE, SIZE)) <= 0.3;
    CHECK(ok, "%s of 255 steps", berth_similarity_name(similarity));
    berth_similarities(similarity, query, query, 1, SIZE, &one);
    CHECK(similarity == BERTH_SIMILARITY_DOT || (one == 0 && !signbit(one)),
          "the distance of a vector from itself is 0");
}

/* A bit counts as a number over the root of the size. */
static void check_distances_of_bits(void)
{
    static const float query[8] = {0.5f, -0.5f, 0.25f, 0, 1, -1, 0.125f, 2};
    static const uint8_t row[1] = {0xa5};
    float numbers[8], got, want;

    for (size_t i = 0; i < 8; i++)
        numbers[i] = (row[0] << i & 0x80) != 0 ? 1 / sqrtf(8) : -1 / sqrtf(8);
    for (int s = BERTH_SIMILARITY_EUCLIDEAN; s <= BERTH_SIMILARITY_MANHATTAN;
         s++) {
        berth_similarities((enum berth_similarity)s, query, numbers, 1, 8,
                           &want);
        berth_vector_similarities((enum berth_similarity)s,
                                  BERTH_VECTOR_UBINARY, query, NULL, row, 1, 8,
                                  &got);
        CHECK(fabsf(got - want) < 1e-6f, "bits: %g, not %g", (double)got,
              (double)want);
    }
}

static void check_bytes(enum berth_vector_type type, const uint8_t *want,
                        size_t n, const char *name)
{
    static const float x[10] = {-1.0f, -0.5f, 0.0f,  0.25f, 1.0f,
                                3.0f,  -9.0f, 0.01f, 5.0f,  0.7f};
    static const float ranges[20] = {
        -1, -1, -1, -1, -1, -1, -1, 0, 5, 0.5f, /* smallest */
        1,  1,  1,  1,  1,  1,  1,  1, 5, 1.5f};
    uint8_t got[10];

    CHECK(berth_vector_bytes(type, 10) == n, "%s: %zu bytes", name, n);
    memset(got, 77, sizeof(got));
    berth_vector_quantize(type, x, 10, ranges, got);
    for (size_t i = 0; i < n; i++)
        CHECK(got[i] == want[i], "%s, byte %zu: %u, not %u", name, i, got[i],
              want[i]);
}

static void check_types(void)
{
    static const uint8_t u8[10] = {0, 63, 127, 159, 254, 255, 0, 2, 0, 50};
    static const uint8_t binary[2] = {0x1d ^ 0x80, 0xc0 ^ 0x80};
    static const uint8_t ubinary[2] = {0x1d, 0xc0};
    uint8_t i8[10];

    for (size_t i = 0; i < 10; i++)
        i8[i] = (uint8_t)(u8[i] - 128);
    check_bytes(BERTH_VECTOR_U8, u8, 10, "uint8");
    check_bytes(BERTH_VECTOR_I8, i8, 10, "int8");
    check_bytes(BERTH_VECTOR_BINARY, binary, 2, "binary");
    check_bytes(BERTH_VECTOR_UBINARY, ubinary, 2, "ubinary");
}

/* Against the definition, in double: 70 numbers end in the middle of a byte. */
static void check_quantized_similarities(void)
{
    float query[SIZE], ranges[2 * SIZE], x[ROWS][SIZE], got[ROWS], one;

    for (size_t i = 0; i < SIZE; i++) {
        query[i] = (float)((i * 37) % 19) / 19.0f - 0.4f;
        ranges[i] = -0.5f - (float)i / 100.0f;
        ranges[SIZE + i] = 0.5f + (float)(i % 5);
        for (size_t r = 0; r < ROWS; r++)
            x[r][i] = (float)((i * 13 + r * 29) % 23) / 23.0f - 0.5f;
    }
    for (int t = BERTH_VECTOR_F32; t <= BERTH_VECTOR_UBINARY; t++) {
        const enum berth_vector_type type = (enum berth_vector_type)t;
        const bool bits =
            type == BERTH_VECTOR_BINARY || type == BERTH_VECTOR_UBINARY;
        const size_t n = berth_vector_bytes(type, SIZE);
        uint8_t rows[ROWS * SIZE * sizeof(float)];
        bool ok = true;
        for (size_t r = 0; r < ROWS; r++)
            berth_vector_quantize(type, x[r], SIZE, ranges, rows + r * n);
        berth_vector_similarities(BERTH_SIMILARITY_COSINE, type, query, ranges,
                                  rows, ROWS, SIZE, got);
        for (size_t r = 0; r < ROWS; r++) {
            double want = 0.0;
            for (size_t i = 0; i < SIZE; i++) {
                const double start = (double)ranges[i];
                const double step = ((double)ranges[SIZE + i] - start) / 255.0;
                double held = (double)x[r][i];
                if (bits)
                    held = (held > 0.0 ? 1.0 : -1.0) / sqrt((double)SIZE);
                else if (type != BERTH_VECTOR_F32)
                    held = start + (floor((held - start) / step) + 0.5) * step;
                want += (double)query[i] * held;
            }
            ok = ok && tap_near((double)got[r], want, 1e-4);
            berth_vector_similarities(BERTH_SIMILARITY_COSINE, type, query,
                                      ranges, rows + r * n, 1, SIZE, &one);
            ok = ok && one == got[r];
        }
        CHECK(ok, "similarities of type %d", t);
    }
}

static void check_edges(void)
{
    const float strange[3] = {NAN, INFINITY, -INFINITY};
    const float first[2] = {1.0f, -2.0f}, second[2] = {0.5f, 3.0f};
    const float ranges[6] = {-1, -1, -1, 1, 1, 1};
    float widened[4];
    uint8_t got[3];

    berth_vector_quantize(BERTH_VECTOR_U8, strange, 3, ranges, got);
    EQUAL_INT(got[0], 0, "numbers that are not finite: got[0]");
    EQUAL_INT(got[1], 255, "numbers that are not finite: got[1]");
    EQUAL_INT(got[2], 0, "numbers that are not finite: got[2]");
    berth_vector_widen(first, 2, widened, true);
    berth_vector_widen(second, 2, widened, false);
    NEAR(widened[0], 0.5f, 0, "ranges of two vectors: widened[0]");
    NEAR(widened[1], -2.0f, 0, "ranges of two vectors: widened[1]");
    NEAR(widened[2], 1.0f, 0, "ranges of two vectors: widened[2]");
    NEAR(widened[3], 3.0f, 0, "ranges of two vectors: widened[3]");
}

int main(void)
{
    check_similarities();
    check_names();
    check_distances(BERTH_SIMILARITY_DOT);
    check_distances(BERTH_SIMILARITY_EUCLIDEAN);
    check_distances(BERTH_SIMILARITY_MANHATTAN);
    check_distances_of_bits();
    check_types();
    check_quantized_similarities();
    check_edges();
    return tap_done();
}
