/*
 * nearest_ways.c - how rows are compared with the queries.
 *
 * One or few queries: floats by their dot products themselves. Bytes and bits
 * by an integer product with the query rounded to integers; how far that may be
 * from the score is known, and only rows that could be among the best are
 * compared exactly. Many queries: by a matrix product, which sums in another
 * order; the same holds there.
 *
 * The bounds are those of Higham, Accuracy and Stability of Numerical
 * Algorithms, 3.1: a sum of n products is within n 2^-24 sum |a b| of the true
 * one, whatever the order, and sum |a b| <= |a| |b|.
 */
#include "lib/kernels/pack.h"
#include "lib/sums.h"
#include "models/nearest.h"

#include <float.h>
#include <math.h>

enum {
    FEW = 4,   /* queries that are compared one by one */
    SLACK = 16 /* roundings beside those of the sums */
};

static const double unit = 0x1p-24;

static bool is_left_out(const uint64_t *skip, size_t i)
{
    return skip != NULL && (skip[i / 64] >> i % 64 & 1) != 0;
}

static void score(struct berth_nearest *n, struct nearest_query *q,
                  const unsigned char *rows, size_t i, size_t first,
                  const uint64_t *skip)
{
    if (!is_left_out(skip, i))
        berth_nearest_score(n, q, rows + i * n->n_bytes, first + i);
}

/* Whether a product makes the sums of the rows' bytes, too. */
static bool makes_sums(const struct berth_nearest *n)
{
    return n->n_bytes % BERTH_SUMS_STEP == 0 &&
           (n->options.type != BERTH_VECTOR_F32 ||
            n->options.size % BERTH_LANES == 0);
}

/* Those that no product makes. */
static void add_sums(const struct berth_nearest *n, const unsigned char *rows,
                     size_t n_rows)
{
    const size_t bytes = n_rows * n->n_bytes;

    if (n->sums == NULL)
        return;
    n->kernels->sums(n->sums, rows, bytes / BERTH_SUMS_STEP * BERTH_SUMS_STEP);
    if (bytes % BERTH_SUMS_STEP != 0)
        berth_sums_add(n->sums,
                       rows + bytes / BERTH_SUMS_STEP * BERTH_SUMS_STEP,
                       bytes % BERTH_SUMS_STEP);
}

/* ------------------------------------------------------- one by one */

/* Distances. */
static void compare_each(struct berth_nearest *n, const unsigned char *rows,
                         size_t n_rows, size_t first, const uint64_t *skip)
{
    add_sums(n, rows, n_rows);
    for (size_t j = 0; j < n->options.n_queries; j++)
        for (size_t i = 0; i < n_rows; i++)
            score(n, &n->queries[j], rows, i, first, skip);
}

static void compare_dots(struct berth_nearest *n, const unsigned char *rows,
                         size_t n_rows, size_t first, const uint64_t *skip)
{
    enum {
        AT_ONCE = 16 /* rows that stay in the first cache for all queries */
    };
    float scores[AT_ONCE];

    for (size_t i = 0; i < n_rows; i += AT_ONCE) {
        const size_t some = n_rows - i < AT_ONCE ? n_rows - i : AT_ONCE;
        struct berth_sums *sums = makes_sums(n) ? n->sums : NULL;

        if (sums == NULL || n->options.n_queries == 0)
            add_sums(n, rows + i * n->n_bytes, some);
        for (size_t j = 0; j < n->options.n_queries; j++) {
            struct nearest_query *q = &n->queries[j];
            const float limit = berth_nearest_limit(n, q);

            n->kernels->dots(q->vector, (const void *)(rows + i * n->n_bytes),
                             some, n->options.size, scores,
                             j == 0 ? sums : NULL);
            for (size_t r = 0; r < some; r++)
                if (!(scores[r] < limit && scores[r] >= -FLT_MAX))
                    score(n, q, rows, i + r, first, skip);
        }
    }
}

/* ------------------------------------------------------------- integers */

/* Rows of which the integer sum says that they may be among the best. */
static void choose(struct berth_nearest *n, struct nearest_query *q,
                   const unsigned char *rows, size_t n_rows, size_t first,
                   const uint64_t *skip)
{
    const double limit = (double)berth_nearest_limit(n, q) - q->reach;

    for (size_t i = 0; i < n_rows; i++)
        if (q->start + q->step * n->dots[i] >= limit)
            score(n, q, rows, i, first, skip);
}

static void compare_bytes(struct berth_nearest *n, const unsigned char *rows,
                          size_t n_rows, size_t first, const uint64_t *skip)
{
    const uint8_t flip = n->options.type == BERTH_VECTOR_I8 ? 0x80 : 0;
    struct berth_sums *sums = makes_sums(n) ? n->sums : NULL;

    if (sums == NULL || n->options.n_queries == 0)
        add_sums(n, rows, n_rows);
    for (size_t j = 0; j < n->options.n_queries; j++) {
        n->kernels->dots_u8(n->queries[j].wide, rows, flip, n_rows,
                            n->options.size, n->dots, j == 0 ? sums : NULL);
        choose(n, &n->queries[j], rows, n_rows, first, skip);
    }
}

static void compare_bits(struct berth_nearest *n, const unsigned char *rows,
                         size_t n_rows, size_t first, const uint64_t *skip)
{
    add_sums(n, rows, n_rows);
    for (size_t j = 0; j < n->options.n_queries; j++) {
        n->kernels->dots_bits(n->queries[j].narrow, rows, n_rows, n->n_bytes,
                              n->dots);
        choose(n, &n->queries[j], rows, n_rows, first, skip);
    }
}

/* The step of a dimension's range, as berth_vector_similarities() has it. */
static double step_of(const float *ranges, size_t size, size_t i)
{
    return (double)((ranges[size + i] - ranges[i]) * (1.0f / 255.0f));
}

/* score = sum x (start + (q + .5) step) = sum x (start + .5 step) + sum q w */
static void round_for_bytes(struct berth_nearest *n, struct nearest_query *q)
{
    const struct berth_nearest_options *o = &n->options;
    double largest = 0, sizes = 0;

    for (size_t i = 0; i < o->size; i++) {
        const double x = (double)q->vector[i];
        const double step = step_of(o->ranges, o->size, i);

        largest = fmax(largest, fabs(x * step));
        sizes += fabs(x) * (fabs((double)o->ranges[i]) + 256 * fabs(step));
        q->start += x * ((double)o->ranges[i] + .5 * step);
    }
    /* 255 of the largest for each must fit 31 bits. */
    const double most =
        fmin(INT16_MAX, floor(INT32_MAX / 255.0 / (double)o->size));

    q->step = largest / most;
    for (size_t i = 0; i < o->size && q->step > 0; i++) {
        const double w = (double)q->vector[i] * step_of(o->ranges, o->size, i);

        q->wide[i] = (int16_t)lrint(w / q->step);
        q->reach += 255 * fabs(w - q->step * q->wide[i]);
    }
    q->reach += ((double)o->size + SLACK) * unit * sizes;
}

/* score = sum +-x / root = (2 sum of those with a bit - sum of all) / root */
static void round_for_bits(struct berth_nearest *n, struct nearest_query *q)
{
    const size_t size = n->options.size;
    const double root = sqrt((double)size);
    const bool turned = n->options.type == BERTH_VECTOR_BINARY;
    double largest = 0, sizes = 0, sum = 0;

    for (size_t i = 0; i < size; i++) {
        largest = fmax(largest, fabs((double)q->vector[i]));
        sizes += fabs((double)q->vector[i]) / root;
    }
    q->step = largest / INT8_MAX;
    for (size_t i = 0; i < size && q->step > 0; i++) {
        const double x = (double)q->vector[i];
        const int rounded = (int)lrint(x / q->step);
        /* Stored with its top bit turned, which is the first dimension's. */
        const int stored = turned && i % 8 == 0 ? -rounded : rounded;

        q->narrow[i / 8 * 8 + 7 - i % 8] = (int8_t)stored;
        sum += stored;
        q->reach += fabs(x - q->step * rounded) / root;
    }
    q->start = -sum * q->step / root;
    q->step *= 2 / root;
    q->reach += ((double)size + SLACK) * unit * sizes;
}

/* ------------------------------------------------------- many queries */

static double length_of(const float *x, size_t size)
{
    double sum = 0;

    for (size_t i = 0; i < size; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

static void open_many(struct berth_nearest *n)
{
    const struct berth_nearest_options *o = &n->options;

    berth_pack_transposed(n->kernels, o->queries, o->size, o->n_queries,
                          o->size, n->panels);
    for (size_t j = 0; j < o->n_queries; j++)
        n->queries[j].reach = (double)(2 * o->size + SLACK) * unit *
                              length_of(n->queries[j].vector, o->size);
}

/* The length of the longest row, and a little. */
static double longest(struct berth_nearest *n, const float *rows, size_t n_rows)
{
    const size_t size = n->options.size;
    float square, largest = 0;

    for (size_t i = 0; i < n_rows; i++) {
        n->kernels->dots(rows + i * size, rows + i * size, 1, size, &square,
                         NULL);
        largest = square > largest ? square : largest;
    }
    return sqrt((double)largest) * (1 + (double)(size + SLACK) * unit);
}

static void set_limits(struct berth_nearest *n, double length)
{
    for (size_t j = 0; j < n->options.n_queries; j++) {
        const struct nearest_query *q = &n->queries[j];

        n->limits[j] = nextafterf(
            (float)((double)berth_nearest_limit(n, q) - q->reach * length),
            -INFINITY);
    }
}

static void compare_many(struct berth_nearest *n, const unsigned char *rows,
                         size_t n_rows, size_t first, const uint64_t *skip)
{
    const struct berth_nearest_options *o = &n->options;
    const size_t width = n->kernels->panel_width;
    const float *numbers = (const void *)rows;

    add_sums(n, rows, n_rows);
    if (o->type != BERTH_VECTOR_F32) {
        for (size_t i = 0; i < n_rows; i++)
            berth_vector_numbers(o->type, rows + i * n->n_bytes, o->size,
                                 o->ranges, n->numbers + i * o->size);
        numbers = n->numbers;
    }
    set_limits(n, longest(n, numbers, n_rows));
    for (size_t j = 0, p = 0; j < o->n_queries; j += width, p++) {
        const size_t some = o->n_queries - j < width ? o->n_queries - j : width;
        const struct berth_gemm gemm = {
            .a = numbers,
            .lda = o->size,
            .panel =
                n->panels + berth_panel_offset(n->kernels, BERTH_FORMAT_F32,
                                               o->size, o->n_queries, p) /
                                sizeof(float),
            .width = berth_panel_width(n->kernels, o->n_queries, p),
            .c = n->scores,
            .ldc = width,
            .m = n_rows,
            .n = some,
            .k = o->size,
            .scale = 1};

        n->kernels->gemm[BERTH_FORMAT_F32](&gemm);
        for (size_t i = 0; i < n_rows; i++) {
            const size_t found = n->kernels->reach(
                n->scores + i * width, n->limits + j, some, n->which);

            for (size_t f = 0; f < found; f++)
                score(n, &n->queries[j + n->which[f]], rows, i, first, skip);
        }
    }
}

/* -------------------------------------------------------------- choosing */

/* What a way needs: 0, but for the number of queries. */
struct needs {
    size_t scores, dots, numbers, panels, wide, narrow;
};

static bool take_memory(struct berth_nearest *n, const struct needs *needs)
{
    const size_t count = n->options.n_queries, width = n->kernels->panel_width;
    const size_t pieces[] = {
        berth_arena_piece(needs->scores, sizeof(*n->scores)),
        berth_arena_piece(needs->dots, sizeof(*n->dots)),
        berth_arena_piece(needs->numbers, sizeof(*n->numbers)),
        berth_arena_piece(needs->panels, 1),
        berth_arena_piece(count, sizeof(*n->limits)),
        berth_arena_piece(width, sizeof(*n->which)),
        berth_arena_piece(count * needs->wide, sizeof(int16_t)),
        berth_arena_piece(count * needs->narrow, 1)};
    size_t total = 0;

    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
        if (__builtin_add_overflow(total, pieces[i], &total))
            return false;
    if (berth_arena_reserve(&n->arena, total, NULL) != BERTH_OK)
        return false;
    n->scores = berth_arena_take(&n->arena, needs->scores, sizeof(*n->scores));
    n->dots = berth_arena_take(&n->arena, needs->dots, sizeof(*n->dots));
    n->numbers =
        berth_arena_take(&n->arena, needs->numbers, sizeof(*n->numbers));
    n->panels = berth_arena_take(&n->arena, needs->panels, 1);
    n->limits = berth_arena_take(&n->arena, count, sizeof(*n->limits));
    n->which = berth_arena_take(&n->arena, width, sizeof(*n->which));
    int16_t *wide =
        berth_arena_take(&n->arena, count * needs->wide, sizeof(*wide));
    int8_t *narrow = berth_arena_take(&n->arena, count * needs->narrow, 1);

    for (size_t j = 0; j < count; j++) {
        n->queries[j].wide = wide + j * needs->wide;
        n->queries[j].narrow = narrow + j * needs->narrow;
    }
    return true;
}

/* About 3 kB, which stay in the first cache, and a whole number of the steps of
 * their sums. */
static size_t few_rows(size_t n_bytes)
{
    size_t n = 1;

    while (n < 64 && (n * n_bytes < 1536 || n * n_bytes % BERTH_SUMS_STEP != 0))
        n *= 2;
    return n;
}

bool berth_nearest_open_ways(struct berth_nearest *n)
{
    const struct berth_nearest_options *o = &n->options;
    const bool bits = o->type >= BERTH_VECTOR_BINARY;
    void (*round)(struct berth_nearest *, struct nearest_query *) = NULL;
    struct needs needs = {0};

    n->at_once = NEAREST_ROWS;
    if (o->similarity > BERTH_SIMILARITY_DOT) {
        n->compare = compare_each;
        n->at_once = few_rows(n->n_bytes);
    } else if (o->n_queries > FEW) {
        n->compare = compare_many;
        needs.scores = NEAREST_ROWS * n->kernels->panel_width;
        needs.numbers = o->type == BERTH_VECTOR_F32 ? 0 : NEAREST_ROWS;
        needs.numbers *= o->size;
        needs.panels = berth_panel_offset(
            n->kernels, BERTH_FORMAT_F32, o->size, o->n_queries,
            berth_panels(n->kernels, o->n_queries));
    } else if (o->type == BERTH_VECTOR_F32) {
        n->compare = compare_dots;
    } else {
        n->compare = bits ? compare_bits : compare_bytes;
        n->at_once = few_rows(n->n_bytes);
        round = bits ? round_for_bits : round_for_bytes;
        needs.dots = NEAREST_ROWS;
        needs.wide = bits ? 0 : o->size;
        needs.narrow = bits ? (o->size + 63) / 64 * 64 : 0;
    }
    if (!take_memory(n, &needs))
        return false;
    for (size_t j = 0; round != NULL && j < o->n_queries; j++)
        round(n, &n->queries[j]);
    if (needs.panels > 0)
        open_many(n);
    return true;
}
