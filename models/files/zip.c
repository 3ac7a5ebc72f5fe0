/*
 * zip.c - a zip archive by its central directory, from the end of the file on.
 * APPNOTE.TXT of PKWARE is the specification; numbers are little-endian.
 */
#define ZLIB_CONST
#include "models/files/zip.h"
#include "lib/status.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    END = 22,     /* bytes of the end record, before its comment */
    LOCATOR = 20, /* of Zip64's locator, right before the end record */
    END_64 = 56,  /* of Zip64's end record */
    CENTRAL = 46, /* of an entry of the directory, before its name */
    LOCAL = 30,   /* of a local header, before its name */
    EXTRA = 4,    /* of an extra field, before its data */
    COMMENT_MAX = 65535,
    ENCRYPTED = 1, /* a flag */
    STORED = 0,
    DEFLATED = 8,
    EXTRA_ZIP64 = 1,
    /* Deflate's longest match, of 258 bytes, takes two bits. */
    RATIO_MAX = 258 * 8 / 2,
};

/* Where the directory is. */
struct directory {
    size_t begin, size, n;
};

static enum berth_status fail(const struct berth_zip *zip, const char *what,
                              struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: %s: a zip archive that is "
                      "damaged or cut off",
                      zip->path, what);
}

/* A number of n bytes. */
static uint64_t number(const unsigned char *at, size_t n)
{
    uint64_t x = 0;

    while (n-- > 0)
        x = x << 8 | at[n];
    return x;
}

/* n bytes from at on; NULL: they are not all in the archive. */
static const unsigned char *bytes(const struct berth_zip *zip, uint64_t at,
                                  uint64_t n)
{
    const size_t size = zip->archive.size;

    return at <= size && n <= size - at ? zip->archive.data + at : NULL;
}

static bool is_signed(const unsigned char *at, char a, char b)
{
    return at != NULL && at[0] == 'P' && at[1] == 'K' && at[2] == a &&
           at[3] == b;
}

/* The end record is the last thing but for a comment, whose length it has. */
static const unsigned char *find_end(const struct berth_zip *zip)
{
    const size_t size = zip->archive.size;

    for (size_t comment = 0; comment <= COMMENT_MAX; comment++) {
        const unsigned char *end =
            size >= END + comment ? zip->archive.data + size - END - comment
                                  : NULL;

        if (end == NULL)
            return NULL;
        if (is_signed(end, 5, 6) && number(end + 20, 2) == comment)
            return end;
    }
    return NULL;
}

/* Zip64's record has what the other has no room for. */
static enum berth_status find_directory(const struct berth_zip *zip,
                                        struct directory *out,
                                        struct berth_error *err)
{
    const unsigned char *end = find_end(zip), *locator, *end_64;
    uint64_t n, size, begin;

    if (end == NULL)
        return fail(zip, "expected the record at its end, found none", err);
    locator =
        bytes(zip, (uint64_t)(end - zip->archive.data) - LOCATOR, LOCATOR);
    if (is_signed(locator, 6, 7)) {
        end_64 = bytes(zip, number(locator + 8, 8), END_64);
        if (!is_signed(end_64, 6, 6))
            return fail(zip, "expected the record of Zip64, found none", err);
        n = number(end_64 + 32, 8);
        size = number(end_64 + 40, 8);
        begin = number(end_64 + 48, 8);
    } else {
        n = number(end + 10, 2);
        size = number(end + 12, 4);
        begin = number(end + 16, 4);
    }
    if (bytes(zip, begin, size) == NULL || n > size / CENTRAL)
        return fail(zip,
                    "expected a directory inside the file, found one "
                    "that ends behind it",
                    err);
    *out = (struct directory){(size_t)begin, (size_t)size, (size_t)n};
    return BERTH_OK;
}

/* Sizes and the place that are all ones stand in the extra field of Zip64, in
 * this order. */
static bool read_extra(const unsigned char *extra, size_t n, uint64_t *size,
                       uint64_t *packed, uint64_t *header)
{
    uint64_t *const wide[] = {size, packed, header};
    size_t length, used = 0;

    while (n >= EXTRA && number(extra, 2) != EXTRA_ZIP64) {
        length = (size_t)number(extra + 2, 2) + EXTRA;
        if (length > n)
            return false;
        extra += length;
        n -= length;
    }
    length = n >= EXTRA ? (size_t)number(extra + 2, 2) : 0;
    if (n >= EXTRA && length > n - EXTRA)
        return false;
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        if (*wide[i] != UINT32_MAX)
            continue;
        if (length - used < 8)
            return false;
        *wide[i] = number(extra + EXTRA + used, 8);
        used += 8;
    }
    return true;
}

static enum berth_status check_entry(const struct berth_zip *zip,
                                     const struct berth_zip_entry *e,
                                     unsigned flags, struct berth_error *err)
{
    const int n = e->name_size < 100 ? (int)e->name_size : 100;

    if ((flags & ENCRYPTED) != 0)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: '%.*s': expected an entry that is not "
                          "encrypted, found one that is",
                          zip->path, n, e->name);
    if (e->method != STORED && e->method != DEFLATED)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: '%.*s': expected an entry that is stored or "
                          "deflated, found method %u",
                          zip->path, n, e->name, e->method);
    if (e->method == STORED ? e->packed != e->size
                            : e->size / RATIO_MAX > e->packed)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: '%.*s': expected a size that %zu bytes can "
                          "have, found %zu",
                          zip->path, n, e->name, e->packed, e->size);
    return BERTH_OK;
}

/* One entry at *at, which then is behind it. */
static enum berth_status read_entry(const struct berth_zip *zip, size_t *at,
                                    size_t end, struct berth_zip_entry *e,
                                    struct berth_error *err)
{
    const unsigned char *c = zip->archive.data + *at;
    size_t extra, all;
    uint64_t size, packed, header;

    if (end - *at < CENTRAL || !is_signed(c, 1, 2))
        return fail(zip, "expected another entry of the directory, found none",
                    err);
    e->name = (const char *)c + CENTRAL;
    e->name_size = (size_t)number(c + 28, 2);
    extra = (size_t)number(c + 30, 2);
    all = CENTRAL + e->name_size + extra + (size_t)number(c + 32, 2);
    if (all > end - *at)
        return fail(zip,
                    "expected the whole name of an entry, found its "
                    "beginning",
                    err);
    e->method = (unsigned)number(c + 10, 2);
    e->crc = (uint32_t)number(c + 16, 4);
    packed = number(c + 20, 4);
    size = number(c + 24, 4);
    header = number(c + 42, 4);
    if (!read_extra(c + CENTRAL + e->name_size, extra, &size, &packed, &header))
        return fail(zip, "expected the sizes of Zip64, found none", err);
    if (bytes(zip, header, LOCAL) == NULL ||
        bytes(zip, header + LOCAL, packed) == NULL || size > SIZE_MAX)
        return fail(zip,
                    "expected an entry inside the file, found one that "
                    "ends behind it",
                    err);
    e->packed = (size_t)packed;
    e->size = (size_t)size;
    e->header = (size_t)header;
    *at += all;
    return check_entry(zip, e, (unsigned)number(c + 8, 2), err);
}

static int compare_names(const char *a, size_t a_size, const char *b,
                         size_t b_size)
{
    const size_t n = a_size < b_size ? a_size : b_size;
    const int order = memcmp(a, b, n);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int by_name(const void *a, const void *b)
{
    const struct berth_zip_entry *x = a, *y = b;

    return compare_names(x->name, x->name_size, y->name, y->name_size);
}

/* Entries that lay over one another could have any size together. */
static enum berth_status read_entries(struct berth_zip *zip,
                                      const struct directory *d,
                                      struct berth_error *err)
{
    size_t at = d->begin, left = zip->archive.size;
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; status == BERTH_OK && i < d->n; i++) {
        struct berth_zip_entry *e = &zip->entries[i];

        status = read_entry(zip, &at, d->begin + d->size, e, err);
        if (status == BERTH_OK && e->packed > left)
            status = fail(zip,
                          "expected entries that do not overlap, found "
                          "more bytes than the file has",
                          err);
        if (status != BERTH_OK)
            return status;
        left -= e->packed;
        zip->n++;
    }
    qsort(zip->entries, zip->n, sizeof(*zip->entries), by_name);
    return BERTH_OK;
}

enum berth_status berth_zip_open(const struct berth_blob *archive,
                                 const char *path, struct berth_zip *out,
                                 struct berth_error *err)
{
    struct directory d = {0};

    *out = (struct berth_zip){.path = path, .archive = *archive};
    enum berth_status status = find_directory(out, &d, err);
    if (status != BERTH_OK)
        return status;
    out->entries = calloc(d.n + 1, sizeof(*out->entries));
    if (out->entries == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", path);
    return read_entries(out, &d, err);
}

void berth_zip_close(struct berth_zip *zip)
{
    for (size_t i = 0; i < zip->n; i++)
        berth_blob_release(&zip->entries[i].inflated);
    free(zip->entries);
    *zip = (struct berth_zip){0};
}

struct berth_zip_entry *berth_zip_find(const struct berth_zip *zip,
                                       const char *name)
{
    const struct berth_zip_entry key = {.name = name,
                                        .name_size = strlen(name)};

    return bsearch(&key, zip->entries, zip->n, sizeof(key), by_name);
}

/* zlib counts in unsigned ints, so larger entries come in pieces. */
static bool inflate_all(z_stream *z, const unsigned char *from, size_t n,
                        unsigned char *to, size_t size)
{
    const size_t piece = (size_t)1 << 30;
    int state;

    z->next_in = from;
    z->next_out = to;
    do {
        const size_t in = n < piece ? n : piece;
        const size_t out = size < piece ? size : piece;

        z->avail_in = (uInt)in;
        z->avail_out = (uInt)out;
        state = inflate(z, Z_NO_FLUSH);
        n -= in - z->avail_in;
        size -= out - z->avail_out;
    } while (state == Z_OK);
    return state == Z_STREAM_END && size == 0;
}

static enum berth_status inflate_entry(const struct berth_zip *zip,
                                       struct berth_zip_entry *e,
                                       const unsigned char *from,
                                       struct berth_error *err)
{
    z_stream z = {0};
    unsigned char *to = berth_blob_make(e->size, &e->inflated);
    enum berth_status status = BERTH_OK;

    if (to == NULL || inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                          zip->path);
    if (!inflate_all(&z, from, e->packed, to, e->size) ||
        crc32_z(0, to, e->size) != e->crc)
        status = fail(zip,
                      "expected an entry of its size and CRC-32, found "
                      "another",
                      err);
    inflateEnd(&z);
    return status;
}

enum berth_status berth_zip_read(const struct berth_zip *zip,
                                 struct berth_zip_entry *entry,
                                 const unsigned char **out,
                                 struct berth_error *err)
{
    const unsigned char *local = bytes(zip, entry->header, LOCAL), *data;
    const bool inflates = entry->method == DEFLATED && entry->size > 0;
    enum berth_status status = BERTH_OK;

    if (!is_signed(local, 3, 4))
        return fail(zip, "expected the header of an entry, found none", err);
    /* Its own name and extra field may be of other lengths. */
    data = bytes(zip,
                 entry->header + LOCAL + number(local + 26, 2) +
                     number(local + 28, 2),
                 entry->packed);
    if (data == NULL)
        return fail(zip,
                    "expected an entry inside the file, found one that "
                    "ends behind it",
                    err);
    if (inflates && entry->inflated.data == NULL)
        status = inflate_entry(zip, entry, data, err);
    *out = inflates ? entry->inflated.data : data;
    return status;
}
