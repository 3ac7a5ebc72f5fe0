/*
 * bytes.c - byte fallback, fusing and stripping.
 */
#include "tokenizer/decoders/bytes.h"

#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = memchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c, 16);

    return at != NULL ? (int)(at - digits) : -1;
}

/* The byte of "<0xE2>"; -1: it is another token. */
static int byte_of(const char *token, size_t n)
{
    int high, low;

    if (n != 6 || memcmp(token, "<0x", 3) != 0 || token[5] != '>')
        return -1;
    high = hex_digit(token[3]);
    low = hex_digit(token[4]);
    return high >= 0 && low >= 0 ? high * 16 + low : -1;
}

/* Bytes in a row, which end here. */
static bool end_bytes(struct berth_string *bytes, struct berth_pieces *text)
{
    size_t n = bytes->n;
    bool ok = true;

    bytes->n = 0;
    if (n == 0)
        return true;
    if (berth_utf8_error((const unsigned char *)bytes->bytes, n) == n)
        return berth_pieces_add(text, bytes->bytes, n);
    for (size_t i = 0; ok && i < n; i++)
        ok = berth_pieces_add(text, "\xef\xbf\xbd", 3);
    return ok;
}

static bool run_fallback(const void *self, const struct berth_pieces *tokens,
                         struct berth_pieces *text)
{
    struct berth_string bytes = {0};
    bool ok = true;

    (void)self;
    for (size_t i = 0; ok && i < tokens->n; i++) {
        struct berth_span token = berth_piece(tokens, i);
        const char *at = tokens->text.bytes + token.begin;
        size_t n = token.end - token.begin;
        int byte = byte_of(at, n);
        char c = (char)byte;

        if (byte >= 0)
            ok = berth_string_add(&bytes, &c, 1);
        else
            ok = end_bytes(&bytes, text) && berth_pieces_add(text, at, n);
    }
    ok = ok && end_bytes(&bytes, text);
    free(bytes.bytes);
    return ok;
}

struct berth_decoder berth_byte_fallback_decoder(void)
{
    return (struct berth_decoder){.run = run_fallback};
}

static bool run_fuse(const void *self, const struct berth_pieces *tokens,
                     struct berth_pieces *text)
{
    (void)self;
    return berth_pieces_add(text, tokens->text.bytes, tokens->text.n);
}

struct berth_decoder berth_fuse_decoder(void)
{
    return (struct berth_decoder){.run = run_fuse};
}

/* Strip. */
struct strip {
    size_t start;
    size_t stop;
    size_t n; /* bytes of the character */
    char content[];
};

static bool run_strip(const void *self, const struct berth_pieces *tokens,
                      struct berth_pieces *text)
{
    const struct strip *d = self;

    for (size_t i = 0; i < tokens->n; i++) {
        struct berth_span token = berth_piece(tokens, i);
        const char *at = tokens->text.bytes + token.begin;
        size_t n = token.end - token.begin;

        for (size_t k = 0;
             k < d->start && n >= d->n && memcmp(at, d->content, d->n) == 0;
             k++) {
            at += d->n;
            n -= d->n;
        }
        for (size_t k = 0; k < d->stop && n >= d->n &&
                           memcmp(at + n - d->n, d->content, d->n) == 0;
             k++)
            n -= d->n;
        if (!berth_pieces_add(text, at, n))
            return false;
    }
    return true;
}

bool berth_strip_decoder(const char *content, size_t start, size_t stop,
                         struct berth_decoder *out)
{
    size_t n = strlen(content);
    struct strip *d = malloc(sizeof(*d) + n + 1);

    if (d == NULL)
        return false;
    *d = (struct strip){start, stop, n};
    memcpy(d->content, content, n + 1);
    *out = (struct berth_decoder){.run = run_strip, .free = free, .self = d};
    return true;
}
