/*
 * test_tensor.c - strided tensors: transposed, spread and repeated numbers are
 * read as if they lay one after the other.
 */
#include "lib/kernels/pack.h"
#include "models/files/tensor.h"
#include "models/linear/panels.h"

#include "tests/tap.h"

#include <sys/mman.h>

enum {
    LARGEST = 20000
};

static struct berth_kernels kernels;

/* A number of its own for each place, and exact in every dtype. */
static double value_at(size_t place)
{
    return (double)(int)(place % 1021) - 500;
}

static void fill(const char *dtype, size_t n, char *data)
{
    for (size_t i = 0; i < n; i++) {
        const double wide = value_at(i);
        const float narrow = (float)wide;
        uint16_t half;

        if (strcmp(dtype, "F64") == 0) {
            memcpy(data + 8 * i, &wide, 8);
        } else if (strcmp(dtype, "F32") == 0) {
            memcpy(data + 4 * i, &narrow, 4);
        } else {
            kernels.narrow_f16(&narrow, &half, 1);
            memcpy(data + 2 * i, &half, 2);
        }
    }
}

struct layout {
    const char *title;
    size_t rank, shape[4], strides[4];
};

static const struct layout layouts[] = {
    {"transposed", 2, {7, 300}, {1, 7}},
    {"transposed, long rows", 2, {130, 65}, {1, 130}},
    {"every third number", 1, {500}, {3}},
    {"a part of wider rows", 2, {9, 100}, {150, 1}},
    {"rows in another order of dimensions", 3, {5, 6, 70}, {6, 1, 30}},
    {"one number for all", 2, {3, 90}, {0, 0}},
    {"one row for all", 2, {4, 90}, {0, 1}},
    {"a column of a matrix", 2, {64, 1}, {33, 1}},
    {"four dimensions", 4, {2, 3, 4, 5}, {1, 2, 6, 24}},
};

static struct berth_tensor lay_out(const struct layout *l, const char *dtype,
                                   const void *data)
{
    struct berth_tensor t = {.name = "t",
                             .dtype = berth_dtype_find(dtype),
                             .rank = l->rank,
                             .n_elements = 1,
                             .data = data,
                             .strided = true};

    for (size_t i = 0; i < l->rank; i++) {
        t.shape[i] = l->shape[i];
        t.strides[i] = l->strides[i];
        t.n_elements *= l->shape[i];
    }
    return t;
}

/* The places of all elements in order, by counting each dimension. */
static void places(const struct layout *l, size_t n, size_t *out)
{
    size_t index[4] = {0};

    for (size_t i = 0; i < n; i++) {
        out[i] = 0;
        for (size_t k = 0; k < l->rank; k++)
            out[i] += index[k] * l->strides[k];
        for (size_t k = l->rank; k-- > 0 && ++index[k] == l->shape[k];)
            index[k] = 0;
    }
}

static void test_read(const struct layout *l, const char *dtype)
{
    static const size_t lengths[] = {1, 2, 63, 64, 65, 129, 1000};
    char *data = malloc((size_t)8 * LARGEST);
    const struct berth_tensor t = lay_out(l, dtype, data);
    const size_t n = t.n_elements;
    size_t *at = calloc(n, sizeof(*at));
    float *got = calloc(n, sizeof(*got)), *want = calloc(n, sizeof(*want));
    size_t wrong = 0;

    fill(dtype, LARGEST, data);
    places(l, n, at);
    for (size_t i = 0; i < n; i++)
        want[i] = (float)value_at(at[i]);
    berth_tensor_read(&t, &kernels, BERTH_PRECISION_STORED, 0, n, got);
    EQUAL_FLOATS(got, want, n, "%s, %s: all at once", l->title, dtype);
    for (size_t k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
        for (size_t i = 0; i + lengths[k] <= n; i++) {
            berth_tensor_read(&t, &kernels, BERTH_PRECISION_STORED, i,
                              lengths[k], got);
            wrong += memcmp(got, want + i, lengths[k] * sizeof(*got)) != 0;
        }
    }
    EQUAL_SIZE(wrong, 0, "%s, %s: pieces from every element on", l->title,
               dtype);
    CHECK(berth_tensor_in_place(&t, BERTH_PRECISION_STORED, 0) == NULL,
          "%s, %s: not in place", l->title, dtype);
    free(data);
    free(at);
    free(got);
    free(want);
}

/* A matrix, and the same one in a file that keeps columns together. */
enum {
    ROWS = 150,
    COLUMNS = 70
};

struct matrix {
    float *plain, *turned;
    struct berth_tensor a, b;
};

static struct matrix make_matrix(void)
{
    static const struct layout turned = {"", 2, {ROWS, COLUMNS}, {1, ROWS}};
    const size_t size = ROWS * COLUMNS * sizeof(float);
    struct matrix m = {
        .plain = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0),
        .turned = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0),
    };

    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++) {
        m.plain[i] = (float)i * 0.25f;
        m.turned[i % COLUMNS * ROWS + i / COLUMNS] = m.plain[i];
    }
    m.a = lay_out(&turned, "F32", m.plain);
    m.a.strided = false;
    m.b = lay_out(&turned, "F32", m.turned);
    return m;
}

static void free_matrix(const struct matrix *m)
{
    munmap(m->plain, ROWS * COLUMNS * sizeof(float));
    munmap(m->turned, ROWS * COLUMNS * sizeof(float));
}

static void test_equal(void)
{
    const struct matrix m = make_matrix();

    CHECK(berth_tensor_equal(&m.a, &m.b, &kernels), "a matrix and its like");
    CHECK(berth_tensor_equal(&m.b, &m.a, &kernels), "the other way round");
    m.turned[ROWS * COLUMNS - 1] = -1;
    CHECK(!berth_tensor_equal(&m.a, &m.b, &kernels), "the last one differs");
    free_matrix(&m);
}

static void test_fits(void)
{
    const struct matrix m = make_matrix();
    double value = 0;
    size_t at = 0;

    CHECK(berth_tensor_fits(&m.b, &kernels, BERTH_PRECISION_F16, &value, &at),
          "all fit");
    m.turned[3 * ROWS + 90] = 70000;
    CHECK(!berth_tensor_fits(&m.b, &kernels, BERTH_PRECISION_F16, &value, &at),
          "one does not");
    NEAR(value, 70000, 0, "the one that does not");
    EQUAL_SIZE(at, 90 * COLUMNS + 3, "where it is in the matrix");
    free_matrix(&m);
}

static struct berth_linear linear_of(const struct berth_tensor *first,
                                     const struct berth_tensor *second,
                                     enum berth_format format)
{
    return (struct berth_linear){
        .format = format,
        .source = {.parts = {first, second}, .n_parts = 2},
        .n_in = COLUMNS,
        .n_out = 2 * ROWS,
    };
}

/* Every panel of a layer, one after the other. */
static char *panels_of(const struct berth_linear *linear, size_t *size)
{
    const size_t width = kernels.panel_width,
                 n = berth_panels(&kernels, linear->n_out);
    const size_t one = width * (COLUMNS + BERTH_I8_STEP) * sizeof(float);
    float *room = aligned_alloc(
        64, (berth_linear_room(linear, &kernels) * 4 + 63) / 64 * 64);
    float *scales = calloc(width * berth_i8_groups(COLUMNS) + width, 4);
    char *all = calloc(n, one);

    for (size_t p = 0; p < n; p++) {
        const struct berth_panel_room to = {
            all + p * one, scales, scales + width * berth_i8_groups(COLUMNS)};

        berth_panel_make(linear, &kernels, p, &to, room);
    }
    free(room);
    free(scales);
    *size = n * one;
    return all;
}

static void test_linear(void)
{
    static const enum berth_format formats[] = {
        BERTH_FORMAT_F32, BERTH_FORMAT_F16, BERTH_FORMAT_I8};
    const struct matrix m = make_matrix();

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        const struct berth_linear plain = linear_of(&m.a, &m.a, formats[i]);
        const struct berth_linear turned = linear_of(&m.b, &m.b, formats[i]);
        const struct berth_linear mixed = linear_of(&m.a, &m.b, formats[i]);
        size_t n, n_turned, n_mixed;
        char *want = panels_of(&plain, &n);
        char *got = panels_of(&turned, &n_turned);
        char *both = panels_of(&mixed, &n_mixed);

        EQUAL_BYTES(got, n_turned, want, n, "format %zu: transposed", i);
        EQUAL_BYTES(both, n_mixed, want, n, "format %zu: one part of two", i);
        berth_linear_release(&turned);
        free(want);
        free(got);
        free(both);
    }
    CHECK(berth_tensor_equal(&m.a, &m.b, &kernels),
          "released pages are read again");
    free_matrix(&m);
}

/* Inputs that lie beside those of the only part are not behind them. */
static void test_release(void)
{
    const size_t size = ROWS * 64 * sizeof(float);
    unsigned char *data = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const struct berth_tensor part = {.dtype = berth_dtype_find("F32"),
                                      .rank = 2,
                                      .shape = {ROWS, 64},
                                      .n_elements = (size_t)ROWS * 64,
                                      .data = data};
    const struct berth_tensor beside = {.dtype = part.dtype,
                                        .rank = 2,
                                        .shape = {64, ROWS},
                                        .n_elements = (size_t)64 * ROWS,
                                        .data = data};
    const struct berth_linear linear = {
        .source = {.parts = {&part}, .n_parts = 1, .beside = &beside},
        .n_in = 128,
        .n_out = ROWS,
    };
    size_t lost = 0;

    memset(data + size, 1, size);
    berth_linear_release(&linear);
    for (size_t i = size; i < 2 * size; i++)
        lost += data[i] != 1;
    EQUAL_SIZE(lost, 0, "bytes behind a layer's tensor that were given back");
    munmap(data, 2 * size);
}

int main(void)
{
    static const char *const dtypes[] = {"F32", "F16", "F64"};

    berth_kernels_use_scalar(&kernels);
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
        for (size_t k = 0; k < sizeof(dtypes) / sizeof(dtypes[0]); k++)
            test_read(&layouts[i], dtypes[k]);
    test_equal();
    test_fits();
    test_linear();
    test_release();
    return tap_done();
}
