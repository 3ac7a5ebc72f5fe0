/*
 * magic.h - what a file is, by its first bytes: text in some encoding, or
 * something that is not text at all.
 */
#ifndef CLI_INPUT_MAGIC_H
#define CLI_INPUT_MAGIC_H

#include <stdbool.h>
#include <stddef.h>

enum magic_kind {
    MAGIC_UTF8, /* byte-order marks */
    MAGIC_UTF16_LITTLE,
    MAGIC_UTF16_BIG,
    MAGIC_NO_TEXT
};

struct magic {
    const char *bytes;
    size_t size; /* of bytes */
    size_t offset;
    enum magic_kind kind;
    const char *name; /* "this is ..." */
    const char *hint; /* what to do about it; NULL: there is nothing */
};

/*
 * magic_find - what begins with these n bytes; NULL: a text without a mark, as
 * far as they tell.
 *
 *   more  out: with more bytes the answer might be another
 */
const struct magic *magic_find(const char *data, size_t n, bool *more);

#endif
