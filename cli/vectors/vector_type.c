/*
 * vector_type.c - ranges, and rows that wait for them.
 */
#include "cli/vectors/vector_type.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/output/npy_file.h"
#include "cli/output/number.h"
#include "cli/output/spool.h"
#include "cli/stream/finite.h"

enum {
    FEW = 100 /* vectors; below, sentence-transformers warns, too */
};

/* A header in the spool. */
struct entry {
    size_t n_before; /* bytes of text that follow */
    bool has_vector; /* and then size floats */
};

/* ---------------------------------------------------------------- ranges */

static bool unfit(const char *name, const char *why)
{
    return message_error("%s: %s", name, why);
}

/* Whether these are (2, size) of float32 or float64, rows first. */
static bool fits(const struct npy_array *a, size_t size)
{
    return (strcmp(a->descr, "<f4") == 0 || strcmp(a->descr, "<f8") == 0) &&
           !a->fortran && a->rank == 2 && a->shape[0] == 2 &&
           a->shape[1] == size;
}

static bool read_ranges(struct quantized *q, const char *name, FILE *f)
{
    struct npy_array array;
    char found[128];
    const char *why = npy_file_read(f, &array);

    if (why != NULL)
        return unfit(name, why);
    if (!fits(&array, q->size))
        return message_error(
            "%s: expected float32 or float64 of shape (2, %zu), found %s", name,
            q->size, npy_file_describe(&array, 0, found, sizeof(found)));
    for (size_t i = 0; i < 2 * q->size; i++) {
        const bool doubles = array.element == sizeof(double);
        double wide;

        if (fread(doubles ? (void *)&wide : (void *)&q->ranges[i],
                  array.element, 1, f) != 1)
            return unfit(name, "the array ends early");
        if (doubles)
            q->ranges[i] = (float)wide;
        if (!finite_all(&q->ranges[i], 1))
            return unfit(name, "not a number (NaN or infinite)");
        if (i >= q->size && q->ranges[i] < q->ranges[i - q->size])
            return unfit(name, "a largest value below the smallest");
    }
    return fgetc(f) == EOF || unfit(name, "more follows the array");
}

static bool open_ranges(struct quantized *q, const char *name)
{
    FILE *f;

    q->ranges = calloc(q->size, 2 * sizeof(*q->ranges));
    if (q->ranges == NULL)
        return unfit("--vector-type", "out of memory");
    if (name == NULL) {
        q->from_data = true;
        q->spool = spool_open();
        return q->spool != NULL;
    }
    f = fopen(name, "re");
    if (f == NULL)
        return unfit(name, strerror(errno));
    bool ok = read_ranges(q, name, f);

    fclose(f);
    return ok;
}

bool quantized_open(struct quantized *q, enum berth_vector_type type,
                    size_t size, const char *ranges)
{
    *q = (struct quantized){
        .type = type, .size = size, .n_bytes = berth_vector_bytes(type, size)};
    q->row = malloc(q->n_bytes);
    q->spooled = calloc(size, sizeof(*q->spooled));
    if (q->row == NULL || q->spooled == NULL)
        return unfit("--vector-type", "out of memory");
    return (type != BERTH_VECTOR_I8 && type != BERTH_VECTOR_U8) ||
           open_ranges(q, ranges);
}

void quantized_close(struct quantized *q)
{
    if (q->spool != NULL)
        fclose(q->spool);
    free(q->ranges);
    free(q->row);
    free(q->spooled);
    buffer_free(&q->prefix);
    *q = (struct quantized){0};
}

struct sink *quantized_save(const struct quantized *q, const char *name)
{
    const size_t shape[2] = {2, q->size};
    struct sink *sink = sink_open(name);
    struct buffer b = {0};
    bool ok = sink != NULL;

    if (ok)
        sink_raw(sink);
    npy_header(&b, shape, 2);
    buffer_put(&b, q->ranges, 2 * q->size * sizeof(*q->ranges));
    if (b.failed)
        ok = unfit(name, "out of memory");
    ok = ok && sink_write(sink, b.data, b.size);
    buffer_free(&b);
    if (ok)
        return sink;
    sink_close(sink, false);
    return NULL;
}

/* ------------------------------------------------------------------ rows */

const struct npy_type *quantized_npy_type(enum berth_vector_type type)
{
    static const struct npy_type i8 = {"|i1", 1}, u8 = {"|u1", 1};

    if (type == BERTH_VECTOR_F32)
        return NULL;
    return type == BERTH_VECTOR_I8 || type == BERTH_VECTOR_BINARY ? &i8 : &u8;
}

void quantized_put(struct quantized *q, struct buffer *b,
                   const struct shared *s, const float *x)
{
    bool is_signed =
        q->type == BERTH_VECTOR_I8 || q->type == BERTH_VECTOR_BINARY;

    const char between =
        q->between != 0 ? q->between : format_between(s->format);

    berth_vector_quantize(q->type, x, q->size, q->ranges, q->row);
    if (format_in(s->format, FORMATS_RAW)) {
        buffer_put(b, q->row, q->n_bytes);
        return;
    }
    for (size_t i = 0; i < q->n_bytes; i++) {
        buffer_between(b, i, between);
        buffer_int(b, is_signed ? (int8_t)q->row[i] : q->row[i]);
    }
}

static bool put(const struct quantized *q, const void *data, size_t size)
{
    return size == 0 || fwrite(data, size, 1, q->spool) == 1 || spool_failed();
}

bool quantized_keep(struct quantized *q, const struct buffer *before,
                    const float *x)
{
    const struct entry entry = {before->size, x != NULL};

    if (before->failed)
        return unfit("--vector-type", "out of memory");
    if (x != NULL)
        berth_vector_widen(x, q->size, q->ranges, q->n_vectors++ == 0);
    return put(q, &entry, sizeof(entry)) &&
           put(q, before->data, before->size) &&
           (x == NULL || put(q, x, q->size * sizeof(*x)));
}

static bool get(const struct quantized *q, void *data, size_t size)
{
    return size == 0 || fread(data, size, 1, q->spool) == 1 || spool_failed();
}

static bool replay_one(struct quantized *q, const struct shared *s,
                       const struct entry *entry, const char *after,
                       struct output *out)
{
    struct buffer *b = &out->rows;
    char *to = NULL;

    if (entry->n_before > 0) {
        to = buffer_reserve(b, entry->n_before);
        if (to == NULL || !get(q, to, entry->n_before))
            return false;
        b->size += entry->n_before;
    }
    if (entry->has_vector) {
        if (!get(q, q->spooled, q->size * sizeof(*q->spooled)))
            return false;
        quantized_put(q, b, s, q->spooled);
        buffer_puts(b, after);
    }
    output_spill(out);
    return !out->failed;
}

bool quantized_replay(struct quantized *q, const struct shared *s,
                      const char *after, struct output *out)
{
    struct entry entry;

    if (q->n_vectors == 1)
        return message_error("--vector-type: no ranges can be taken from one "
                             "vector; give --ranges");
    if (q->n_vectors > 0 && q->n_vectors < FEW)
        message_warning("--vector-type: ranges were taken from only %zu "
                        "vectors; give --ranges",
                        q->n_vectors);
    if (fflush(q->spool) != 0 || fseeko(q->spool, 0, SEEK_SET) != 0)
        return spool_failed();
    while (fread(&entry, sizeof(entry), 1, q->spool) == 1)
        if (!replay_one(q, s, &entry, after, out))
            return false;
    return !ferror(q->spool) || spool_failed();
}
