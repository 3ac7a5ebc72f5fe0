/*
 * test_nearest_rows.c - the nearest rows of an index are those that comparing
 * every row gives, with the same bits, for every type, level and number of
 * queries.
 */
#include "models/model.h"
#include "tests/kernels/levels.h"

#include <math.h>

enum {
    ROWS = 700,
    SKIPPED = 5, /* every so many-th row */
    MOST_QUERIES = 40
};

static const struct {
    const char *name;
    enum berth_vector_type type;
    enum berth_similarity similarity;
} cases[] = {
    {"float32", BERTH_VECTOR_F32, BERTH_SIMILARITY_COSINE},
    {"int8", BERTH_VECTOR_I8, BERTH_SIMILARITY_DOT},
    {"uint8", BERTH_VECTOR_U8, BERTH_SIMILARITY_COSINE},
    {"binary", BERTH_VECTOR_BINARY, BERTH_SIMILARITY_COSINE},
    {"ubinary", BERTH_VECTOR_UBINARY, BERTH_SIMILARITY_COSINE},
    {"float32, euclidean", BERTH_VECTOR_F32, BERTH_SIMILARITY_EUCLIDEAN},
    {"int8, manhattan", BERTH_VECTOR_I8, BERTH_SIMILARITY_MANHATTAN}};

static float *queries, *vectors, *ranges;
static unsigned char *rows;
static uint64_t skip[ROWS / 64 + 1];

/* Some rows are alike, and some are the same: scores that are close or equal
 * decide. */
static void fill(enum berth_vector_type type, size_t size)
{
    const size_t n_bytes = berth_vector_bytes(type, size);

    for (size_t i = 0; i < MOST_QUERIES * size; i++)
        queries[i] = rng_real();
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < size; j++)
            vectors[i * size + j] = i % 9 == 4 ? vectors[(i - 4) * size + j]
                                    : i % 3 == 0
                                        ? queries[i % MOST_QUERIES * size + j] +
                                              rng_real() * (i % 2 ? 1e-6f : .3f)
                                        : rng_real();
    for (size_t i = 0; i < ROWS; i++)
        berth_vector_widen(vectors + i * size, size, ranges, i == 0);
    for (size_t i = 0; i < ROWS; i++)
        berth_vector_quantize(type, vectors + i * size, size, ranges,
                              rows + i * n_bytes);
    memset(skip, 0, sizeof(skip));
    for (size_t i = 0; i < ROWS; i += SKIPPED)
        skip[i / 64] |= (uint64_t)1 << i % 64;
}

static int best_first(const void *a, const void *b)
{
    const struct berth_near *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* How many of the n best rows of a query are others than found. */
static size_t others(const struct berth_nearest_options *o, size_t query,
                     const struct berth_near *found, size_t n)
{
    static struct berth_near all[ROWS];
    static float scores[ROWS];
    size_t count = 0, wrong = 0;

    berth_vector_similarities(o->similarity, o->type, queries + query * o->size,
                              ranges, rows, ROWS, o->size, scores);
    for (size_t i = 0; i < ROWS; i++)
        if (i % SKIPPED != 0)
            all[count++] = (struct berth_near){scores[i], i, scores[i]};
    qsort(all, count, sizeof(*all), best_first);
    for (size_t i = 0; i < n; i++)
        wrong += all[i].row != found[i].row ||
                 memcmp(&all[i].score, &found[i].score, sizeof(float)) != 0;
    return wrong + (n != (count < o->k ? count : o->k));
}

/* Rows come in two parts, the later ones first, as of two threads. */
static size_t count_wrong(const struct berth_model *model,
                          const struct berth_nearest_options *o)
{
    const size_t n_bytes = berth_vector_bytes(o->type, o->size);
    const size_t part = 320;
    struct berth_sums sums = {{0}, {0}}, end = sums, want = sums,
                      want_end = sums;
    struct berth_nearest *a, *b;
    size_t wrong = 0, n;

    if (berth_nearest_new(model, o, &a, NULL) != BERTH_OK)
        return 1;
    if (berth_nearest_new(model, o, &b, NULL) != BERTH_OK ||
        berth_nearest_add(a, rows + part * n_bytes, ROWS - part, part,
                          skip + part / 64, &end, NULL) != BERTH_OK ||
        berth_nearest_add(b, rows, part, 0, skip, &sums, NULL) != BERTH_OK ||
        berth_nearest_join(a, b, NULL) != BERTH_OK)
        wrong++;
    berth_sums_add(&want, rows, part * n_bytes);
    berth_sums_add(&want_end, rows + part * n_bytes, (ROWS - part) * n_bytes);
    wrong += memcmp(&sums, &want, sizeof(sums)) != 0;
    wrong += memcmp(&end, &want_end, sizeof(end)) != 0;
    for (size_t q = 0; q < o->n_queries; q++) {
        const struct berth_near *found = berth_nearest_get(a, q, &n);

        wrong += others(o, q, found, n);
    }
    berth_nearest_free(a);
    berth_nearest_free(b);
    return wrong;
}

static void check_case(const struct berth_model *model, size_t c, size_t size)
{
    static const size_t counts[] = {1, 3, MOST_QUERIES}, ks[] = {1, 10, ROWS};
    size_t wrong = 0;

    fill(cases[c].type, size);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            if (i < 2 || j == 1)
                wrong +=
                    count_wrong(model, &(struct berth_nearest_options){
                                           .similarity = cases[c].similarity,
                                           .type = cases[c].type,
                                           .size = size,
                                           .ranges = ranges,
                                           .queries = queries,
                                           .n_queries = counts[i],
                                           .k = ks[j]});
    EQUAL_SIZE(wrong, 0, "%s, %s, %zu numbers: as comparing every row",
               model->kernels.name, cases[c].name, size);
}

static const float *vector_of(void *arg, size_t i)
{
    const size_t *size = arg;

    return i == 99 ? NULL : vectors + (100 + i) * *size;
}

/* Of the best rows in bits, those from 100 on are compared again. */
static void check_rescored(const struct berth_model *model)
{
    size_t size = 40, n, wrong = 0;
    const struct berth_nearest_options o = {.type = BERTH_VECTOR_BINARY,
                                            .size = size,
                                            .queries = queries,
                                            .n_queries = 7,
                                            .k = 60};
    struct berth_nearest *nearest;
    float score;

    fill(o.type, size);
    berth_nearest_new(model, &o, &nearest, NULL);
    berth_nearest_add(nearest, rows, 199, 0, skip, NULL, NULL);
    EQUAL_INT(berth_nearest_rescore(nearest, 100, 99, vector_of, &size, NULL),
              BERTH_OK, "%s: rows are compared again", model->kernels.name);
    for (size_t q = 0; q < o.n_queries; q++) {
        const struct berth_near *found = berth_nearest_get(nearest, q, &n);

        wrong += n != o.k;
        for (size_t i = 0; i < n; i++) {
            berth_similarities(o.similarity, queries + q * size,
                               vectors + found[i].row * size, 1, size, &score);
            wrong += found[i].rescored !=
                     (found[i].row < 100 ? found[i].score : score);
            wrong += i > 0 && found[i].rescored > found[i - 1].rescored;
        }
    }
    EQUAL_SIZE(wrong, 0, "%s: of these, wrong scores and places",
               model->kernels.name);
    berth_nearest_free(nearest);
    /* Row 199 is not to be had. */
    skip[199 / 64] &= ~((uint64_t)1 << 199 % 64);
    berth_nearest_new(model, &o, &nearest, NULL);
    berth_nearest_add(nearest, rows + 190 * 5, 20, 190, NULL, NULL, NULL);
    EQUAL_INT(berth_nearest_rescore(nearest, 100, 110, vector_of, &size, NULL),
              BERTH_ERR_FORMAT, "%s: a row without a vector",
              model->kernels.name);
    berth_nearest_free(nearest);
}

static void check_faults(const struct berth_model *model)
{
    struct berth_nearest_options o = {
        .size = 40, .queries = queries, .n_queries = 1, .k = 1};
    struct berth_nearest *n;
    struct berth_error err;

    for (size_t count = 1; count <= MOST_QUERIES; count += MOST_QUERIES - 1) {
        for (int wrong = 0; wrong < 3; wrong++) {
            o.n_queries = count;
            fill(o.type, o.size);
            ((float *)(void *)rows)[600 * o.size + 7] = wrong == 0 ? NAN
                                                        : wrong == 1
                                                            ? INFINITY
                                                            : -INFINITY;
            berth_nearest_new(model, &o, &n, NULL);
            skip[600 / 64] &= ~((uint64_t)1 << 600 % 64);
            EQUAL_INT(berth_nearest_add(n, rows, ROWS, 0, skip, NULL, &err),
                      BERTH_ERR_FORMAT, "%zu queries, a row with %s", count,
                      wrong == 0   ? "NaN"
                      : wrong == 1 ? "infinity"
                                   : "-infinity");
            berth_nearest_free(n);
        }
    }
    o.size = 0;
    EQUAL_INT(berth_nearest_new(model, &o, &n, &err), BERTH_ERR_ARGUMENT,
              "no numbers");
    o.size = 40;
    o.type = BERTH_VECTOR_BINARY;
    o.similarity = BERTH_SIMILARITY_EUCLIDEAN;
    EQUAL_INT(berth_nearest_new(model, &o, &n, &err), BERTH_ERR_ARGUMENT,
              "distances of bits");
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {1, 40, 437};
    static struct berth_model model;

    rng_seed(argc, argv);
    queries = calloc(MOST_QUERIES * 437, sizeof(*queries));
    vectors = calloc(ROWS * 437, sizeof(*vectors));
    ranges = calloc(2 * 437, sizeof(*ranges));
    rows = calloc(ROWS * 437, sizeof(float));
    for (int level = 0; next_level(&level, &model.kernels);) {
        for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++)
            for (size_t i = 0; i < 3; i++)
                check_case(&model, c, sizes[i]);
        check_rescored(&model);
        check_faults(&model);
    }
    free(queries);
    free(vectors);
    free(ranges);
    free(rows);
    return tap_done();
}
