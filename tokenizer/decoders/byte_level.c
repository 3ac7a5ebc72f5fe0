/*
 * byte_level.c - characters of the byte alphabet as bytes: U+0120 is a blank.
 */
#include "tokenizer/decoders/byte_level.h"

#include "tokenizer/unicode/byte_alphabet.h"
#include "tokenizer/unicode/utf8.h"

static bool add(const void *self, const char *token, size_t n,
                struct berth_token_place place, struct berth_string *text)
{
    const unsigned char *s = (const unsigned char *)token;
    size_t before = text->n;

    (void)self; /* it has no settings */
    (void)place;
    for (size_t at = 0; at < n;) {
        uint32_t cp;
        int byte;
        char c;

        at += berth_utf8_decode(s + at, n - at, &cp);
        byte = berth_char_byte(cp);
        if (byte < 0) {
            text->n = before;
            return berth_string_add(text, token, n);
        }
        c = (char)byte;
        if (!berth_string_add(text, &c, 1))
            return false;
    }
    return true;
}

struct berth_decoder berth_byte_level_decoder(void)
{
    return (struct berth_decoder){.add = add, .bytes = true};
}
