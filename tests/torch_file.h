/*
 * torch_file.h - files of torch.save(), written operation by operation, so that
 * a test can say anything in them.
 */
#ifndef TESTS_TORCH_FILE_H
#define TESTS_TORCH_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct bytes {
    unsigned char *data; /* owned */
    size_t n;
};

static inline void put(struct bytes *b, const void *data, size_t n)
{
    b->data = realloc(b->data, b->n + n + 1);
    if (n > 0)
        memcpy(b->data + b->n, data, n);
    b->n += n;
}

/* put_number - n bytes, little-endian. */
static inline void put_number(struct bytes *b, uint64_t x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put(b, &(unsigned char){(unsigned char)(i < 8 ? x >> (8 * i) : 0)}, 1);
}

static inline void put_op(struct bytes *b, int op)
{
    put_number(b, (uint64_t)op, 1);
}

/* ---------------------------------------------------------------- pickles */

static inline void put_protocol(struct bytes *b)
{
    put(b, "\x80\x02", 2);
}

static inline void put_text(struct bytes *b, const char *text)
{
    put_op(b, 'X');
    put_number(b, strlen(text), 4);
    put(b, text, strlen(text));
}

static inline void put_int(struct bytes *b, size_t x)
{
    put_op(b, 'J');
    put_number(b, x, 4);
}

/* put_global - name as in "torch FloatStorage". */
static inline void put_global(struct bytes *b, const char *name)
{
    const char *blank = strchr(name, ' ');

    put_op(b, 'c');
    put(b, name, (size_t)(blank - name));
    put_op(b, '\n');
    put(b, blank + 1, strlen(blank + 1));
    put_op(b, '\n');
}

static inline void put_sizes(struct bytes *b, const size_t *sizes, size_t n)
{
    put_op(b, '(');
    for (size_t i = 0; i < n; i++)
        put_int(b, sizes[i]);
    put_op(b, 't');
}

/* What a tensor is in a pickle. */
struct torch_tensor {
    const char *type; /* of the storage: "FloatStorage" */
    const char *key;
    size_t n; /* elements of the storage */
    size_t offset, rank;
    size_t shape[9], strides[9];
    const char *function; /* NULL: _rebuild_tensor_v2 */
};

/* put_storage - old: with the part that files before 1.6 have. */
static inline void put_storage(struct bytes *b, const struct torch_tensor *t,
                               bool old)
{
    char type[64];

    snprintf(type, sizeof(type), "torch %s", t->type);
    put_op(b, '(');
    put_text(b, "storage");
    put_global(b, type);
    put_text(b, t->key);
    put_text(b, "cpu");
    put_int(b, t->n);
    if (old)
        put_op(b, 'N');
    put_op(b, 't');
    put_op(b, 'Q');
}

static inline void put_tensor(struct bytes *b, const struct torch_tensor *t,
                              bool old)
{
    put_global(b, t->function != NULL ? t->function
                                      : "torch._utils _rebuild_tensor_v2");
    put_op(b, '(');
    put_storage(b, t, old);
    put_int(b, t->offset);
    put_sizes(b, t->shape, t->rank);
    put_sizes(b, t->strides, t->rank);
    put_op(b, 0x89);
    put_global(b, "collections OrderedDict");
    put(b, ")Rt", 3);
    put_op(b, 'R');
}

/* ------------------------------------------------------------ zip archives */

struct archive {
    struct bytes file, directory;
    size_t n;
    bool zip64;
};

/* Raw deflate, as zip has it. */
static inline struct bytes deflated(const void *data, size_t n)
{
    struct bytes out = {malloc(n + 64), n + 64};
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data,
                  .avail_in = (uInt)n,
                  .next_out = out.data,
                  .avail_out = (uInt)out.n};

    deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
    deflate(&z, Z_FINISH);
    out.n = z.total_out;
    deflateEnd(&z);
    return out;
}

static inline void put_entry(struct archive *a, const char *name,
                             const void *data, size_t n, bool deflates)
{
    struct bytes packed = {0};
    const size_t header = a->file.n, n_name = strlen(name);
    const uint64_t none = UINT32_MAX;

    if (deflates)
        packed = deflated(data, n);
    else
        put(&packed, data, n);
    put(&a->file, "PK\3\4\0\0\0\0", 8);
    put_number(&a->file, deflates ? 8 : 0, 2);
    put_number(&a->file, 0, 4);
    put_number(&a->file, crc32(0, data, (uInt)n), 4);
    put_number(&a->file, packed.n, 4);
    put_number(&a->file, n, 4);
    put_number(&a->file, n_name, 2);
    put_number(&a->file, 5, 2); /* padding, as torch.save() has it */
    put(&a->file, name, n_name);
    put(&a->file, "FB\1\0Z", 5);
    put(&a->file, packed.data, packed.n);

    put(&a->directory, "PK\1\2\0\0\0\0\0\0", 10);
    put_number(&a->directory, deflates ? 8 : 0, 2);
    put_number(&a->directory, 0, 4);
    put_number(&a->directory, crc32(0, data, (uInt)n), 4);
    put_number(&a->directory, a->zip64 ? none : packed.n, 4);
    put_number(&a->directory, a->zip64 ? none : n, 4);
    put_number(&a->directory, n_name, 2);
    put_number(&a->directory, a->zip64 ? 33 : 0, 2);
    put_number(&a->directory, 0, 10);
    put_number(&a->directory, a->zip64 ? none : header, 4);
    put(&a->directory, name, n_name);
    if (a->zip64) {
        put(&a->directory, "XX\1\0Z\1\0\x18\0", 9);
        put_number(&a->directory, n, 8);
        put_number(&a->directory, packed.n, 8);
        put_number(&a->directory, header, 8);
    }
    a->n++;
    free(packed.data);
}

/* archive_end - the file, owned. */
static inline struct bytes archive_end(struct archive *a)
{
    const size_t begin = a->file.n, end = begin + a->directory.n;
    const bool zip64 = a->zip64;

    put(&a->file, a->directory.data, a->directory.n);
    free(a->directory.data);
    if (zip64) {
        put(&a->file, "PK\6\6", 4);
        put_number(&a->file, 44, 8);
        put_number(&a->file, 0, 12);
        put_number(&a->file, a->n, 8);
        put_number(&a->file, a->n, 8);
        put_number(&a->file, end - begin, 8);
        put_number(&a->file, begin, 8);
        put(&a->file, "PK\6\7", 4);
        put_number(&a->file, 0, 4);
        put_number(&a->file, end, 8);
        put_number(&a->file, 1, 4);
    }
    put(&a->file, "PK\5\6\0\0\0\0", 8);
    put_number(&a->file, zip64 ? UINT16_MAX : a->n, 2);
    put_number(&a->file, zip64 ? UINT16_MAX : a->n, 2);
    put_number(&a->file, zip64 ? UINT32_MAX : end - begin, 4);
    put_number(&a->file, zip64 ? UINT32_MAX : begin, 4);
    put_number(&a->file, 0, 2);
    return a->file;
}

/* ------------------------------------------------------ files before 1.6 */

/* put_old_head - the three pickles before the weights. */
static inline void put_old_head(struct bytes *b)
{
    put(b, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
    put(b, "\x80\x02M\xe9\x03.", 6);
    put(b, "\x80\x02}q\0.", 6);
}

enum {
    CONTENT_ELEMENTS = 12 /* of a storage */
};

/* A pickle's bytes, and the storages "0" and "1". */
struct content {
    struct bytes pickle;
    struct bytes storages[2];
};

static inline struct content begin(void)
{
    struct content c = {0};

    put_protocol(&c.pickle);
    put(&c.pickle, "}(", 2);
    for (size_t i = 0; i < CONTENT_ELEMENTS; i++) {
        const float x = (float)i, y = (float)(100 + i);

        put(&c.storages[0], &x, sizeof(x));
        put(&c.storages[1], &y, sizeof(y));
    }
    return c;
}

static inline void drop(struct content *c)
{
    free(c->pickle.data);
    free(c->storages[0].data);
    free(c->storages[1].data);
}

static inline void put_named(struct content *c, const char *name,
                             const struct torch_tensor *t, bool old)
{
    put_text(&c->pickle, name);
    put_tensor(&c->pickle, t, old);
}

#endif
