/*
 * test_magic.c - what first bytes say, and that no text is taken for a format.
 */
#include <string.h>

#include "cli/input/magic.h"
#include "tests/tap.h"

#define S(text) text, sizeof(text) - 1

/* name: NULL for text. */
static void expect(const char *data, size_t n, const char *name, bool more)
{
    bool got_more;
    const struct magic *m = magic_find(data, n, &got_more);
    const char *got = m != NULL && m->kind == MAGIC_NO_TEXT ? m->name : NULL;

    EQUAL_TEXT(got, name, "format of '%.16s'", data);
    EQUAL_INT(got_more, more, "'%.16s': more bytes %s say more", data,
              more ? "may" : "do not");
}

static void check_formats(void)
{
    char tar[512] = "name";

    expect(S("\x28\xb5\x2f\xfd\x04"), "zstd data", false);
    expect(S("\x50\x2a\x4d\x18"), "zstd data", false);
    expect(S("\xfd"
             "7zXZ\0\0"),
           "xz data", false);
    expect(S("BZh91AY&SY"), "bzip2 data", false);
    expect(S("PK\x03\x04\x14"), "a ZIP archive", false);
    expect(S("%PDF-1.7\n%\xe2\xe3"), "a PDF document", false);
    expect(S("PAR1\x15\0"), "a Parquet table", false);
    expect(S("\x89PNG\r\n\x1a\n"), "a PNG image", false);
    expect(S("GIF89a\x80\x02\xe0\x01\xf7"), "a GIF image", false);
    expect(S("SQLite format 3\0\x10\0\x01\x01\0@  "), "an SQLite database",
           false);
    expect(S("\x40\0\0\0\0\0\0\0{\"a\""), "a safetensors file", false);
    expect(S("\xff\xfe\0\0a\0\0\0"), "UTF-32 text", false);
    memcpy(tar + 257,
           "ustar\0"
           "00",
           8);
    expect(tar, sizeof(tar), "a tar archive", false);
}

static void check_texts(void)
{
    expect(S("PK is a key\n"), NULL, false);
    expect(S("PK\n"), NULL, false);
    expect(S("BZh9 is how it begins\n"), NULL, false);
    expect(S("%PDF-1.7 is the newest\n"), NULL, false);
    expect(S("PAR1\n"), NULL, false);
    expect(S("GIF89a is a format of images"), NULL, false);
    expect(S("RIFF and raff, said the WEBP"), NULL, false);
    expect(S("SQLite format 3 is old enough"), NULL, false);
    expect(S("OggS"), NULL, true);
    expect(S("B"), NULL, true);
    expect(S("BZh"), NULL, true);
    expect(S("hello"), NULL, false);
    expect(S("\xc3\xa9t\xc3\xa9"), NULL, false);
    expect(S("\xff"), NULL, true);
    expect(S("\xff\xff"), NULL, true);
    expect(S("\xff\xff\n\n"), NULL, false);
}

static void check_marks(void)
{
    bool more;

    EQUAL_INT(magic_find(S("\xef\xbb\xbfx"), &more)->kind, MAGIC_UTF8,
              "the mark of UTF-8: kind");
    CHECK(!more, "the mark of UTF-8: not more");
    EQUAL_INT(magic_find(S("\xfe\xff\0a"), &more)->kind, MAGIC_UTF16_BIG,
              "the mark of UTF-16, big: kind");
    CHECK(!more, "the mark of UTF-16, big: not more");
    EQUAL_INT(magic_find(S("\xff\xfe"), &more)->kind, MAGIC_UTF16_LITTLE,
              "the mark of UTF-16, little: kind");
    CHECK(more, "the mark of UTF-16, little: more");
    EQUAL_INT(magic_find(S("\xff\xfe\0a"), &more)->kind, MAGIC_UTF16_LITTLE,
              "UTF-16, two more bytes: kind");
    CHECK(!more, "UTF-16, two more bytes: not more");
}

int main(void)
{
    check_formats();
    check_texts();
    check_marks();
    return tap_done();
}
