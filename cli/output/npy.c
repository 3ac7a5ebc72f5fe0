/*
 * npy.c - NumPy's .npy, format version 1.0, and .npz, a ZIP of such files that
 * is stored, not deflated.
 *
 * Source: numpy/lib/format.py ("Format Version 1.0"); PKWARE APPNOTE 6.3.10,
 * sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3 (Zip64).
 */
#include "cli/output/npy.h"

#include "cli/base/message.h"
#include "cli/output/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the arrays are written as they lie in memory: little-endian only"
#endif

/* -------------------------------------------------------------------- npy */

void npy_header_of(struct buffer *b, const struct npy_type *type,
                   const size_t *shape, size_t rank)
{
    enum {
        BEFORE = 10,  /* magic, version, length */
        PER_SIZE = 22 /* 20 digits, a comma, a blank */
    };
    size_t whole = (BEFORE + 64 + rank * PER_SIZE + 63) / 64 * 64;
    size_t start = b->size, length = whole - BEFORE;

    buffer_put(b, "\x93NUMPY\x01\x00", 8);
    buffer_putc(b, (char)(length & 0xff));
    buffer_putc(b, (char)(length >> 8));
    buffer_printf(b, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                  type->descr);
    for (size_t i = 0; i < rank; i++)
        buffer_printf(b, "%s%zu%s", i > 0 ? " " : "", shape[i],
                      i + 1 < rank || rank == 1 ? "," : "");
    buffer_puts(b, "), }");
    while (!b->failed && b->size - start < whole - 1)
        buffer_putc(b, ' ');
    buffer_putc(b, '\n');
}

static const struct npy_type float32 = {"<f4", sizeof(float)};

void npy_header(struct buffer *b, const size_t *shape, size_t rank)
{
    npy_header_of(b, &float32, shape, rank);
}

struct npy_rows {
    struct sink *sink;
    FILE *spool; /* NULL: the header is patched */
    struct npy_row row;
    size_t n_bytes;
};

static bool write_header(struct npy_rows *npy, bool patch)
{
    const struct npy_row *r = &npy->row;
    size_t size = r->width * r->type->size;
    size_t n = size > 0 ? npy->n_bytes / size : 0;
    bool several = r->parts > 1;
    size_t shape[3] = {n, several ? r->parts : r->width,
                       several ? r->width / r->parts : 0};
    struct buffer b = {0};
    bool ok;

    npy_header_of(&b, r->type, shape, several ? 3 : 2);
    if (b.failed)
        message_error("%s", strerror(ENOMEM));
    ok = !b.failed && (patch ? sink_patch(npy->sink, 0, b.data, b.size)
                             : sink_write(npy->sink, b.data, b.size));
    buffer_free(&b);
    return ok;
}

struct npy_rows *npy_rows_go_on(struct sink *sink, const struct npy_row *row,
                                size_t n_bytes)
{
    struct npy_rows *npy = calloc(1, sizeof(*npy));

    if (npy == NULL) {
        message_error("%s", strerror(ENOMEM));
        return NULL;
    }
    *npy = (struct npy_rows){.sink = sink, .row = *row, .n_bytes = n_bytes};
    if (row->type == NULL)
        npy->row.type = &float32;
    return npy;
}

struct npy_rows *npy_rows_open(struct sink *sink, const struct npy_row *row)
{
    struct npy_rows *npy = npy_rows_go_on(sink, row, 0);

    if (npy == NULL)
        return NULL;
    if (!sink_seekable(sink))
        npy->spool = spool_open();
    if (sink_seekable(sink) ? write_header(npy, false) : npy->spool != NULL)
        return npy;
    npy_rows_close(npy, false);
    return NULL;
}

bool npy_rows_write(struct npy_rows *npy, const void *data, size_t size)
{
    npy->n_bytes += size;
    if (npy->spool == NULL)
        return sink_write(npy->sink, data, size);
    if (fwrite(data, 1, size, npy->spool) != size)
        return spool_failed();
    return true;
}

static bool copy_spool(struct npy_rows *npy)
{
    static char block[1 << 16];
    size_t n;

    if (fflush(npy->spool) != 0 || fseeko(npy->spool, 0, SEEK_SET) != 0)
        return spool_failed();
    if (!write_header(npy, false))
        return false;
    while ((n = fread(block, 1, sizeof(block), npy->spool)) > 0) {
        if (!sink_write(npy->sink, block, n))
            return false;
    }
    return ferror(npy->spool) ? spool_failed() : true;
}

bool npy_rows_close(struct npy_rows *npy, bool ok)
{
    if (npy == NULL)
        return ok;
    if (ok)
        ok = npy->spool != NULL ? copy_spool(npy) : write_header(npy, true);
    if (npy->spool != NULL)
        fclose(npy->spool);
    free(npy);
    return ok;
}

/* -------------------------------------------------------------------- npz */

enum {
    ZIP_VERSION = 20,
    ZIP64_VERSION = 45,
    ZIP_DATE = 1 << 5 | 1, /* 1980-01-01: the same bytes on every run */
    ZIP64_EXTRA = 1
};

#define LIMIT16 UINT16_MAX
#define LIMIT32 UINT32_MAX

struct npz {
    struct sink *sink;
    struct buffer directory; /* about 60 bytes a member */
    uint64_t offset;         /* bytes written */
    uint64_t n_members;
};

/* One member, its sizes known before its data are written. */
struct member {
    const char *name;
    uint32_t crc;
    uint64_t size;
    uint64_t offset;
};

static void put_le(struct buffer *b, uint64_t value, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        buffer_putc(b, (char)(value >> (8 * i) & 0xff));
}

/* A value that does not fit its field is put in the extra field, with LIMIT in
 * its place. */
static void put_limited(struct buffer *b, uint64_t value, uint64_t limit,
                        int n_bytes)
{
    put_le(b, value < limit ? value : limit, n_bytes);
}

static void put_version_to_date(struct buffer *b, bool zip64)
{
    put_le(b, zip64 ? ZIP64_VERSION : ZIP_VERSION, 2);
    put_le(b, 0, 2); /* flags */
    put_le(b, 0, 2); /* stored */
    put_le(b, 0, 2); /* time */
    put_le(b, ZIP_DATE, 2);
}

static void put_name(struct buffer *b, const char *name)
{
    buffer_puts(b, name);
    buffer_puts(b, ".npy");
}

static void put_local_header(struct buffer *b, const struct member *m)
{
    bool big = m->size >= LIMIT32;

    put_le(b, 0x04034b50, 4);
    put_version_to_date(b, big);
    put_le(b, m->crc, 4);
    put_limited(b, m->size, LIMIT32, 4);
    put_limited(b, m->size, LIMIT32, 4);
    put_le(b, strlen(m->name) + 4, 2);
    put_le(b, big ? 20 : 0, 2);
    put_name(b, m->name);
    if (big) {
        put_le(b, ZIP64_EXTRA, 2);
        put_le(b, 16, 2);
        put_le(b, m->size, 8);
        put_le(b, m->size, 8);
    }
}

static void put_directory_entry(struct buffer *b, const struct member *m)
{
    bool big = m->size >= LIMIT32, far = m->offset >= LIMIT32;
    unsigned extra = (big ? 16 : 0) + (far ? 8 : 0);

    put_le(b, 0x02014b50, 4);
    put_le(b, 3 << 8 | (extra > 0 ? ZIP64_VERSION : ZIP_VERSION), 2);
    put_version_to_date(b, extra > 0);
    put_le(b, m->crc, 4);
    put_limited(b, m->size, LIMIT32, 4);
    put_limited(b, m->size, LIMIT32, 4);
    put_le(b, strlen(m->name) + 4, 2);
    put_le(b, extra > 0 ? extra + 4 : 0, 2);
    put_le(b, 0, 2);                       /* comment */
    put_le(b, 0, 2);                       /* disk */
    put_le(b, 0, 2);                       /* internal attributes */
    put_le(b, (uint32_t)0100644 << 16, 4); /* a file, rw-r--r-- */
    put_limited(b, m->offset, LIMIT32, 4);
    put_name(b, m->name);
    if (extra > 0) {
        put_le(b, ZIP64_EXTRA, 2);
        put_le(b, extra, 2);
    }
    if (big) {
        put_le(b, m->size, 8);
        put_le(b, m->size, 8);
    }
    if (far)
        put_le(b, m->offset, 8);
}

struct npz *npz_open(struct sink *sink)
{
    struct npz *npz = calloc(1, sizeof(*npz));

    if (npz == NULL) {
        message_error("%s", strerror(ENOMEM));
        return NULL;
    }
    npz->sink = sink;
    return npz;
}

static bool npz_put(struct npz *npz, const void *data, size_t size)
{
    npz->offset += size;
    return sink_write(npz->sink, data, size);
}

bool npz_add(struct npz *npz, const char *name, const size_t *shape,
             size_t rank, const float *data)
{
    struct member m = {.name = name, .offset = npz->offset};
    struct buffer head = {0}, npy = {0};
    size_t n_bytes = sizeof(float);
    bool ok;

    for (size_t i = 0; i < rank; i++)
        n_bytes *= shape[i];
    npy_header(&npy, shape, rank);
    if (!npy.failed) {
        uLong crc = crc32_z(0, (const Bytef *)npy.data, npy.size);
        m.crc = (uint32_t)crc32_z(crc, (const Bytef *)data, n_bytes);
    }
    m.size = npy.size + n_bytes;
    put_local_header(&head, &m);
    put_directory_entry(&npz->directory, &m);
    npz->n_members++;
    ok = !head.failed && !npy.failed && !npz->directory.failed;
    if (!ok)
        message_error("%s", strerror(ENOMEM));
    ok = ok && npz_put(npz, head.data, head.size) &&
         npz_put(npz, npy.data, npy.size) && npz_put(npz, data, n_bytes);
    buffer_free(&head);
    buffer_free(&npy);
    return ok;
}

/* The Zip64 end records, for what does not fit the ordinary one. */
static void put_end64(struct buffer *b, uint64_t n, uint64_t size,
                      uint64_t offset)
{
    put_le(b, 0x06064b50, 4);
    put_le(b, 44, 8); /* bytes that follow in this record */
    put_le(b, 3 << 8 | ZIP64_VERSION, 2);
    put_le(b, ZIP64_VERSION, 2);
    put_le(b, 0, 4); /* disk */
    put_le(b, 0, 4);
    put_le(b, n, 8);
    put_le(b, n, 8);
    put_le(b, size, 8);
    put_le(b, offset, 8);
    put_le(b, 0x07064b50, 4);
    put_le(b, 0, 4);
    put_le(b, offset + size, 8);
    put_le(b, 1, 4);
}

static void put_end(struct buffer *b, uint64_t n, uint64_t size,
                    uint64_t offset)
{
    if (n >= LIMIT16 || size >= LIMIT32 || offset >= LIMIT32)
        put_end64(b, n, size, offset);
    put_le(b, 0x06054b50, 4);
    put_le(b, 0, 2); /* disk */
    put_le(b, 0, 2);
    put_limited(b, n, LIMIT16, 2);
    put_limited(b, n, LIMIT16, 2);
    put_limited(b, size, LIMIT32, 4);
    put_limited(b, offset, LIMIT32, 4);
    put_le(b, 0, 2); /* comment */
}

bool npz_close(struct npz *npz, bool ok)
{
    if (npz == NULL)
        return ok;
    if (ok) {
        put_end(&npz->directory, npz->n_members, npz->directory.size,
                npz->offset);
        ok = !npz->directory.failed &&
             npz_put(npz, npz->directory.data, npz->directory.size);
    }
    buffer_free(&npz->directory);
    free(npz);
    return ok;
}
