/*
 * base64.h - bytes that a JSON file has as text.
 */
#ifndef TOKENIZER_LOAD_BASE64_H
#define TOKENIZER_LOAD_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/*
 * berth_base64_decode - RFC 4648, section 4, with padding and nothing else, as
 * the reference takes it.
 *
 *   out  room for n / 4 * 3 bytes
 *
 * Returns false where text (n bytes) is not base64; else *size is how many
 * bytes there are.
 */
bool berth_base64_decode(const char *text, size_t n, unsigned char *out,
                         size_t *size);

/* berth_base64_encode - the same text of n bytes, not terminated; out has room
 * for (n + 2) / 3 * 4 letters. Returns how many there are. */
size_t berth_base64_encode(const unsigned char *bytes, size_t n, char *out);

#endif
