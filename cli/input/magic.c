/*
 * magic.c - the table of first bytes.
 *
 * Nothing that people write may be taken for a format: a row holds a control
 * byte or one that is no ASCII, or ten letters that make no word. A format
 * that begins with ordinary words only, as RTF does, has no row. Sources: the
 * formats' specifications; file(1) agrees.
 */
#include "cli/input/magic.h"

#include <stdint.h>

#define AT(offset, bytes, ...)                                                 \
    {                                                                          \
        (bytes), sizeof(bytes) - 1, (offset), MAGIC_NO_TEXT, __VA_ARGS__       \
    }
#define NO_TEXT(bytes, ...) AT(0, bytes, __VA_ARGS__)
#define MARK(bytes, kind)                                                      \
    {                                                                          \
        (bytes), sizeof(bytes) - 1, 0, (kind), NULL, NULL                      \
    }
#define PIPE(command) "pipe it through '" command "'"

/* ARCHIVE, IMAGE ... what is the same for several rows. */
#define UTF32  "UTF-32 text", PIPE("iconv -f UTF-32 -t UTF-8")
#define ZIP    "a ZIP archive", "take its files out with 'unzip -p'"
#define TAR    "a tar archive", "take its files out with 'tar -xO'"
#define ZSTD   "zstd data", PIPE("zstd -dc")
#define LZ4    "lz4 data", PIPE("lz4 -dc")
#define BZIP2  "bzip2 data", PIPE("bzip2 -dc")
#define PDF    "a PDF document", "take its text out with 'pdftotext FILE -'"
#define PICKLE "a Python pickle", "write its texts out with Python"
#define GIF    "a GIF image", NULL
#define SOUND  "a sound file", NULL
#define TABLE  "write its texts out as csv or jsonl"

/* A '?' matches any byte. A row that begins with the bytes of another comes
 * before it. */
static const struct magic table[] = {
    NO_TEXT("\xff\xfe\0\0", UTF32),
    NO_TEXT("\0\0\xfe\xff", UTF32),
    MARK("\xef\xbb\xbf", MAGIC_UTF8),
    MARK("\xff\xfe", MAGIC_UTF16_LITTLE),
    MARK("\xfe\xff", MAGIC_UTF16_BIG),

    NO_TEXT("\x1f\x8b\x08", "gzip data", PIPE("gzip -dc")),
    NO_TEXT("\x1f\x9d", "data of compress", PIPE("gzip -dc")),
    NO_TEXT("\x28\xb5\x2f\xfd", ZSTD),
    NO_TEXT("?\x2a\x4d\x18", ZSTD), /* a frame that is skipped; lz4 too */
    NO_TEXT("\xfd"
            "7zXZ\0",
            "xz data", PIPE("xz -dc")),
    NO_TEXT("BZh?1AY&SY", BZIP2),
    NO_TEXT("BZh?\x17\x72\x45\x38\x50\x90", BZIP2),
    NO_TEXT("\x04\x22\x4d\x18", LZ4),
    NO_TEXT("LZIP\x01", "lzip data", PIPE("lzip -dc")),
    NO_TEXT("\xff\x06\0\0sNaPpY", "snappy data", PIPE("snzip -dc")),
    NO_TEXT("PK\x03\x04", ZIP),
    NO_TEXT("PK\x05\x06", ZIP),
    NO_TEXT("PK\x07\x08", ZIP),
    NO_TEXT("7z\xbc\xaf\x27\x1c", "a 7z archive",
            "take its files out with '7z x -so'"),
    NO_TEXT("Rar!\x1a\x07", "a RAR archive",
            "take its files out with 'unrar p -inul'"),
    AT(257,
       "ustar\0"
       "00",
       TAR),
    AT(257, "ustar  \0", TAR),

    NO_TEXT("%PDF-?.?\n%", PDF),
    NO_TEXT("%PDF-?.?\r%", PDF),
    NO_TEXT("%PDF-?.?\r\n%", PDF),
    NO_TEXT("%PDF-?.?\n1 0 obj", PDF),
    NO_TEXT("%PDF-?.?\r\n1 0 obj", PDF),
    NO_TEXT("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document",
            "save it as text or csv"),
    NO_TEXT("PAR1\x15", "a Parquet table", TABLE),
    NO_TEXT("ARROW1\0\0\xff\xff\xff\xff", "an Arrow table", TABLE),
    NO_TEXT("\xff\xff\xff\xff??\0\0", "an Arrow stream", TABLE),
    NO_TEXT("Obj\x01", "an Avro file", TABLE),
    NO_TEXT("SQLite format 3\0?????@  ", "an SQLite database",
            "select its texts with 'sqlite3 -csv -header'"),
    NO_TEXT("\x89HDF\r\n\x1a\n", "an HDF5 file", TABLE),
    NO_TEXT("\x93NUMPY", "a NumPy array", TABLE),
    NO_TEXT("\x80\x02", PICKLE),
    NO_TEXT("\x80\x03", PICKLE),
    NO_TEXT("\x80\x04\x95", PICKLE),
    NO_TEXT("\x80\x05\x95", PICKLE),
    AT(4, "\0\0\0\0{\"", "a safetensors file", "a model is named by -m"),
    NO_TEXT("GGUF\x02\0\0\0", "a GGUF file", NULL),
    NO_TEXT("GGUF\x03\0\0\0", "a GGUF file", NULL),

    NO_TEXT("\x89PNG\r\n\x1a\n", "a PNG image", NULL),
    NO_TEXT("\xff\xd8\xff", "a JPEG image", NULL),
    NO_TEXT("GIF8?a?\0?\0", GIF), /* width and height, below 1024 */
    NO_TEXT("GIF8?a?\0?\1", GIF),
    NO_TEXT("GIF8?a?\0?\2", GIF),
    NO_TEXT("GIF8?a?\0?\3", GIF),
    NO_TEXT("GIF8?a?\1", GIF),
    NO_TEXT("GIF8?a?\2", GIF),
    NO_TEXT("GIF8?a?\3", GIF),
    NO_TEXT("RIFF???\0WEBP", "a WebP image", NULL),
    NO_TEXT("II*\0\x08\0\0\0", "a TIFF image", NULL),
    NO_TEXT("MM\0*\0\0\0\x08", "a TIFF image", NULL),
    NO_TEXT("RIFF???\0WAVE", SOUND),
    NO_TEXT("OggS\0\x02", SOUND),
    NO_TEXT("fLaC\0\0\0\x22", SOUND),
    NO_TEXT("ID3\x03\0", SOUND),
    NO_TEXT("ID3\x04\0", SOUND),
    NO_TEXT("\0\0\0?ftyp", "a film", NULL),
    NO_TEXT("\x7f"
            "ELF",
            "a program", NULL),
    NO_TEXT("\0asm\x01\0\0\0", "a program", NULL),
};

/* How many bytes of the pattern are there, and right; a wrong one: SIZE_MAX. */
static size_t matched(const struct magic *m, const char *data, size_t n)
{
    size_t i = 0;

    for (; i < m->size && m->offset + i < n; i++)
        if (m->bytes[i] != '?' && m->bytes[i] != data[m->offset + i])
            return SIZE_MAX;
    return i;
}

const struct magic *magic_find(const char *data, size_t n, bool *more)
{
    *more = false;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        size_t got = matched(&table[i], data, n);

        if (got == table[i].size)
            return &table[i];
        /* Bytes further on are not waited for. */
        if (got != SIZE_MAX && table[i].offset == 0)
            *more = true;
    }
    return NULL;
}
