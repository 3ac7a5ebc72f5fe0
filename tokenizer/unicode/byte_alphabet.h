/*
 * byte_alphabet.h - the characters that byte-level tokens spell bytes with:
 * printable ones stand for themselves, a blank is U+0120.
 *
 * Source: bytes_char() of tokenizers, pre_tokenizers/byte_level.rs; GPT-2.
 */
#ifndef TOKENIZER_UNICODE_BYTE_ALPHABET_H
#define TOKENIZER_UNICODE_BYTE_ALPHABET_H

#include <stdint.h>

/* berth_byte_char - 33 .. 126, 161 .. 172 and 174 .. 255 themselves, the others
 * from U+0100 on in their order. */
static inline uint32_t berth_byte_char(unsigned char byte)
{
    if (byte <= 32)
        return 256u + byte;
    if (byte >= 127 && byte <= 160)
        return 289u + byte - 127;
    return byte == 173 ? 323 : byte;
}

/* berth_char_byte - the byte that a character spells; -1: none. */
static inline int berth_char_byte(uint32_t cp)
{
    if (cp >= 256 && cp <= 288)
        return (int)cp - 256;
    if (cp >= 289 && cp <= 322)
        return (int)cp - 289 + 127;
    if (cp == 323)
        return 173;
    return cp < 256 && berth_byte_char((unsigned char)cp) == cp ? (int)cp : -1;
}

#endif
