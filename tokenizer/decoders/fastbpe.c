/*
 * fastbpe.c - low@@, er, now is "lower now".
 */
#include "tokenizer/decoders/fastbpe.h"

#include "tokenizer/unicode/utf8.h"

#include <string.h>

static bool join(const struct berth_pieces *tokens, struct berth_string *text)
{
    bool ok = true;

    for (size_t i = 0; ok && i < tokens->n; i++) {
        struct berth_span token = berth_piece(tokens, i);
        const char *at = tokens->text.bytes + token.begin;
        size_t n = token.end - token.begin;
        bool last = i + 1 == tokens->n;
        bool goes_on = !last && n >= 2 && memcmp(at + n - 2, "@@", 2) == 0;

        ok = berth_string_add(text, at, goes_on ? n - 2 : n) &&
             (last || goes_on || berth_string_add(text, " ", 1));
    }
    return ok;
}

/* Bytes of the white space that text begins or ends with. */
static size_t count_space(const struct berth_string *text, bool at_end)
{
    const unsigned char *s = (const unsigned char *)text->bytes;
    size_t n = 0;

    while (n < text->n) {
        uint32_t cp;
        size_t size = at_end ? berth_utf8_decode_before(s, text->n - n, &cp)
                             : berth_utf8_decode(s + n, text->n - n, &cp);

        if (!berth_char_is_python_space(cp))
            break;
        n += size;
    }
    return n;
}

static bool run(const void *self, const struct berth_pieces *tokens,
                struct berth_pieces *pieces)
{
    struct berth_string *text = &pieces->text;
    size_t begin;

    (void)self; /* it has no settings */
    if (!join(tokens, text))
        return false;
    text->n -= count_space(text, true);
    begin = count_space(text, false);
    text->n -= begin;
    memmove(text->bytes, text->bytes + begin, text->n);
    return berth_pieces_end(pieces);
}

struct berth_decoder berth_fastbpe_decoder(void)
{
    return (struct berth_decoder){.run = run};
}
