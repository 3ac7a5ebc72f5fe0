/*
 * byte_level.c - characters of the byte alphabet as bytes: U+0120 is a blank.
 */
#include "tokenizer/decoders/byte_level.h"

#include "tokenizer/unicode/byte_alphabet.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>

/* A token as bytes, or as its own text where a character stands for none. */
static bool add_bytes(const char *token, size_t n, struct berth_string *bytes)
{
    const unsigned char *s = (const unsigned char *)token;
    size_t before = bytes->n;

    for (size_t at = 0; at < n;) {
        uint32_t cp;
        int byte;
        char c;

        at += berth_utf8_decode(s + at, n - at, &cp);
        byte = berth_char_byte(cp);
        if (byte < 0) {
            bytes->n = before;
            return berth_string_add(bytes, token, n);
        }
        c = (char)byte;
        if (!berth_string_add(bytes, &c, 1))
            return false;
    }
    return true;
}

/* What is not UTF-8 becomes U+FFFD. */
static bool add_utf8(const struct berth_string *bytes,
                     struct berth_string *text)
{
    const unsigned char *s = (const unsigned char *)bytes->bytes;
    bool ok = true;

    for (size_t at = 0; ok && at < bytes->n;) {
        char c[BERTH_UTF8_MAX];
        uint32_t cp;

        at += berth_utf8_decode(s + at, bytes->n - at, &cp);
        ok = berth_string_add(text, c, berth_utf8_encode(cp, c));
    }
    return ok;
}

static bool run(const void *self, const struct berth_pieces *tokens,
                struct berth_pieces *text)
{
    struct berth_string bytes = {0};
    bool ok = true;

    (void)self; /* it has no settings */
    for (size_t i = 0; ok && i < tokens->n; i++) {
        struct berth_span token = berth_piece(tokens, i);

        ok = add_bytes(tokens->text.bytes + token.begin,
                       token.end - token.begin, &bytes);
    }
    ok = ok && add_utf8(&bytes, &text->text) && berth_pieces_end(text);
    free(bytes.bytes);
    return ok;
}

struct berth_decoder berth_byte_level_decoder(void)
{
    return (struct berth_decoder){.run = run};
}
