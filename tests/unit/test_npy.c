/*
 * test_npy.c - .npy and .npz byte for byte: written to files that can be
 * patched and to pipes that cannot, then parsed here.
 */
#include "cli/output/npy.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static char dir[] = "/tmp/berth-test-XXXXXX";
static char path[64];

/* Everything in the file at path; the caller frees. */
static unsigned char *slurp(size_t *size)
{
    FILE *f = fopen(path, "rb");
    unsigned char *data = calloc(1, 1 << 16);

    *size = f && data ? fread(data, 1, 1 << 16, f) : 0;
    if (f != NULL)
        fclose(f);
    return data;
}

static uint64_t le(const unsigned char *p, int n)
{
    uint64_t value = 0;

    while (n-- > 0)
        value = value << 8 | p[n];
    return value;
}

/* The bytes before the data, when p is a sound header with this shape; else
 * 0. */
static size_t npy_length(const unsigned char *p, size_t size, const char *shape)
{
    char want[128];
    size_t length;

    if (size < 10 || memcmp(p, "\x93NUMPY\x01\x00", 8) != 0)
        return 0;
    length = 10 + le(p + 8, 2);
    snprintf(want, sizeof(want),
             "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", shape);
    if (length % 64 != 0 || length > size || p[length - 1] != '\n' ||
        memcmp(p + 10, want, strlen(want)) != 0)
        return 0;
    for (size_t i = 10 + strlen(want); i + 1 < length; i++) {
        if (p[i] != ' ')
            return 0;
    }
    return length;
}

static void check_header(void)
{
    static const size_t big[] = {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX,
                                 SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
    static const size_t small[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const char *const shapes[] = {"()", "(1,)", "(1, 2)", "(1, 2, 3)"};
    bool same = true;

    for (size_t rank = 0; rank <= sizeof(big) / sizeof(*big); rank++) {
        struct buffer a = {0}, b = {0};
        npy_header(&a, small, rank);
        npy_header(&b, big, rank);
        same = same && a.size == b.size && b.data[b.size - 1] == '\n';
        if (rank < 4)
            CHECK(npy_length((unsigned char *)a.data, a.size, shapes[rank]) ==
                      a.size,
                  "header of %s", shapes[rank]);
        buffer_free(&a);
        buffer_free(&b);
    }
    CHECK(same, "a header is as long for any sizes");
}

static const struct npy_row three = {.width = 3};
static const float rows[6] = {1, 2, 3, -4, 0.5f, -0.0f};

static bool write_rows(struct sink *s)
{
    struct npy_rows *npy = npy_rows_open(s, &three);

    return npy != NULL && npy_rows_write(npy, rows, 12) &&
           npy_rows_write(npy, rows + 3, 12) && npy_rows_close(npy, true);
}

static void check_rows(const unsigned char *data, size_t size, const char *how)
{
    size_t head = npy_length(data, size, "(2, 3)");

    CHECK(head > 0, "rows %s: a sound header", how);
    EQUAL_SIZE(size, head + sizeof(rows), "rows %s: bytes of the file", how);
    EQUAL_BYTES(data + head, sizeof(rows), rows, sizeof(rows),
                "rows %s: numbers", how);
}

static void check_patched(void)
{
    struct sink *s = sink_open(path);
    unsigned char *data;
    size_t size;

    CHECK(s != NULL && sink_seekable(s), "a file is seekable");
    CHECK(write_rows(s) && sink_close(s, true), "rows to a file");
    data = slurp(&size);
    check_rows(data, size, "with the header patched");
    free(data);
}

/* Rows that are matrices. */
static void check_parts(void)
{
    const struct npy_row row = {.width = 6, .parts = 2};
    struct sink *s = sink_open(path);
    struct npy_rows *npy = npy_rows_open(s, &row);
    unsigned char *data;
    size_t size;

    CHECK(npy != NULL && npy_rows_write(npy, rows, sizeof(rows)) &&
              npy_rows_close(npy, true) && sink_close(s, true),
          "a matrix to a file");
    data = slurp(&size);
    size_t head = npy_length(data, size, "(1, 2, 3)");

    CHECK(head > 0 && size == head + sizeof(rows), "rows of two parts");
    free(data);
}

static void check_spooled(void)
{
    unsigned char data[4096];
    struct sink *s;
    char name[32];
    int fds[2];
    ssize_t n;

    if (pipe(fds) != 0)
        return;
    snprintf(name, sizeof(name), "/dev/fd/%d", fds[1]);
    s = sink_open(name);
    CHECK(s != NULL && !sink_seekable(s), "a pipe is not seekable");
    CHECK(write_rows(s) && sink_close(s, true), "rows to a pipe");
    n = read(fds[0], data, sizeof(data));
    check_rows(data, n > 0 ? (size_t)n : 0, "spooled");
    close(fds[0]);
    close(fds[1]);

    setenv("TMPDIR", "/nonexistent", 1);
    s = sink_open("/dev/full");
    CHECK(s != NULL && npy_rows_open(s, &three) == NULL,
          "without TMPDIR there is no spool");
    sink_close(s, false);
    unsetenv("TMPDIR");
}

/* Follows the directory entry at p to its member; true when all sizes, the
 * name and the checksum agree. */
static bool member_sound(const unsigned char *zip, const unsigned char *p,
                         const char *name, const char *shape, size_t n_floats)
{
    const unsigned char *local = zip + le(p + 42, 4);
    size_t length = le(p + 28, 2), size = le(p + 24, 4);
    const unsigned char *data = local + 30 + length + le(local + 28, 2);

    return le(p, 4) == 0x02014b50 && le(local, 4) == 0x04034b50 &&
           length == strlen(name) && memcmp(p + 46, name, length) == 0 &&
           memcmp(local + 30, name, length) == 0 && le(local + 22, 4) == size &&
           le(p + 20, 4) == size && le(p + 10, 2) == 0 &&
           crc32(0, data, (uInt)size) == le(p + 16, 4) &&
           le(local + 14, 4) == le(p + 16, 4) &&
           npy_length(data, size, shape) + n_floats * 4 == size;
}

static void check_npz(void)
{
    static const size_t first[] = {2, 3}, second[] = {1, 1, 1, 4};
    struct sink *s = sink_open(path);
    struct npz *npz = npz_open(s);
    const unsigned char *end, *p;
    unsigned char *zip;
    size_t size;

    CHECK(npz_add(npz, "r0", first, 2, rows), "an archive: npz_add of 'r0'");
    CHECK(npz_add(npz, "r10", second, 4, rows + 1),
          "an archive: npz_add of 'r10'");
    CHECK(npz_close(npz, true), "an archive: npz_close");
    CHECK(sink_close(s, true), "an archive: sink_close");
    zip = slurp(&size);
    end = zip + size - 22;
    CHECK(size > 22, "the end record of the archive: is there");
    EQUAL_INT(le(end, 4), 0x06054b50, "the end record of the archive: le");
    EQUAL_INT(le(end + 8, 2), 2, "the end record of the archive: le");
    EQUAL_INT(le(end + 16, 4) + le(end + 12, 4), size - 22,
              "the end record of the archive: where the directory ends");
    p = zip + le(end + 16, 4);
    CHECK(member_sound(zip, p, "r0.npy", "(2, 3)", 6),
          "the first member of the archive is sound");
    p += 46 + le(p + 28, 2) + le(p + 30, 2);
    CHECK(member_sound(zip, p, "r10.npy", "(1, 1, 1, 4)", 4),
          "the second member of the archive is sound");
    free(zip);
}

/* More members than 16 bits count. */
static void check_many(void)
{
    static const size_t shape[] = {1};
    struct sink *s = sink_open(path);
    struct npz *npz = npz_open(s);
    unsigned char end[22 + 20 + 56];
    bool ok = true;
    FILE *f;

    for (int i = 0; i < 70000; i++)
        ok = ok && npz_add(npz, "x", shape, 1, rows);
    CHECK(ok, "70000 members: ok");
    CHECK(npz_close(npz, true), "70000 members: npz_close");
    CHECK(sink_close(s, true), "70000 members: sink_close");
    f = fopen(path, "rb");
    ok = f != NULL && fseek(f, -(long)sizeof(end), SEEK_END) == 0 &&
         fread(end, 1, sizeof(end), f) == sizeof(end);
    CHECK(ok, "70000 members: ok");
    EQUAL_INT(le(end, 4), 0x06064b50, "70000 members: le");
    EQUAL_INT(le(end + 32, 8), 70000, "70000 members: le");
    EQUAL_INT(le(end + 56, 4), 0x07064b50, "70000 members: le");
    EQUAL_INT(le(end + 64, 8), le(end + 40, 8) + le(end + 48, 8),
              "70000 members: le");
    EQUAL_INT(le(end + 76, 4), 0x06054b50, "70000 members: le");
    EQUAL_INT(le(end + 84, 2), 0xffff, "70000 members: le");
    if (f != NULL)
        fclose(f);
}

int main(void)
{
    if (mkdtemp(dir) == NULL)
        return 1;
    snprintf(path, sizeof(path), "%s/out", dir);
    check_header();
    check_patched();
    check_parts();
    check_spooled();
    check_npz();
    check_many();
    unlink(path);
    rmdir(dir);
    return tap_done();
}
