/*
 * utf16.h - UTF-16 as UTF-8, a few bytes at a time.
 */
#ifndef CLI_INPUT_UTF16_H
#define CLI_INPUT_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UTF16_TAIL = 2 /* bytes that utf16_end() writes, at most */
};

/* Start with {.big = BOOL}. */
struct utf16 {
    bool big;      /* the upper byte comes first */
    bool has_byte; /* half of a unit is here */
    unsigned char byte;
    uint16_t high; /* a surrogate that waits for its other half; 0: none */
};

/*
 * utf16_decode - n bytes of UTF-16; returns the bytes written to out, which has
 * room for 3 * (n + 1) / 2 + 1 of them. A surrogate without its other half
 * becomes a byte FF: like all that is not UTF-8 it is counted, and U+FFFD to
 * the model.
 */
size_t utf16_decode(struct utf16 *u, const unsigned char *in, size_t n,
                    char *out);

/* utf16_end - what an unfinished end becomes; returns the bytes written. */
size_t utf16_end(struct utf16 *u, char out[UTF16_TAIL]);

#endif
