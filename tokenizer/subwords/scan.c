/*
 * scan.c - finding the long lists of a tokenizer.json, and reading texts.
 */
#include "tokenizer/subwords/scan.h"

#include "lib/status.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Moves past a string whose opening quote was eaten. */
static bool skip_string(struct berth_scan *c)
{
    while (c->at < c->end) {
        unsigned char byte = *c->at++;

        if (byte == '"')
            return true;
        if (byte == '\\' && c->at < c->end)
            c->at++;
    }
    return false;
}

/* Moves past a value; brackets are counted, not matched. */
static bool skip_value(struct berth_scan *c)
{
    size_t depth = 0;

    do {
        unsigned char byte = berth_scan_peek(c);

        if (c->at == c->end)
            return false;
        if (depth == 0 && (byte == ',' || byte == '}' || byte == ']'))
            return false;
        c->at++;
        if (byte == '"' && !skip_string(c))
            return false;
        if (byte == '{' || byte == '[')
            depth++;
        else if (byte == '}' || byte == ']')
            depth--;
        else if (byte != '"' && depth == 0) {
            while (c->at < c->end && strchr(",}] \n\r\t", *c->at) == NULL)
                c->at++;
        }
    } while (depth > 0);
    return true;
}

/* Moves to the value of the next key of an object that is one of the n. */
static bool seek(struct berth_scan *c, const char *const *keys, size_t n,
                 size_t *which)
{
    do {
        const unsigned char *name;
        size_t size;

        if (!berth_scan_eat(c, '"'))
            return false;
        name = c->at;
        if (!skip_string(c))
            return false;
        size = (size_t)(c->at - 1 - name);
        if (!berth_scan_eat(c, ':'))
            return false;
        for (*which = 0; *which < n; (*which)++) {
            if (strlen(keys[*which]) == size &&
                memcmp(keys[*which], name, size) == 0)
                return true;
        }
        if (!skip_value(c))
            return false;
    } while (berth_scan_eat(c, ','));
    return false;
}

/* An object of ids, or a list: of lists, if it is a vocabulary's. */
static bool is_list(struct berth_scan c, bool of_lists)
{
    if (!of_lists)
        return berth_scan_peek(&c) == '[';
    return berth_scan_peek(&c) == '{' ||
           (berth_scan_eat(&c, '[') && berth_scan_peek(&c) == '[');
}

bool berth_scan_next(const struct berth_blob *file, size_t *at,
                     const char **key)
{
    static const char *const model[] = {"model"};
    static const char *const lists[] = {"vocab", "merges"};
    static const char *const names[] = {"model.vocab", "model.merges"};
    struct berth_scan c = {0};
    size_t which;

    if (file->size == 0)
        return false;
    c.at = file->data + *at;
    c.end = file->data + file->size;
    if (*at > 0 ? !berth_scan_eat(&c, ',')
                : !berth_scan_eat(&c, '{') || !seek(&c, model, 1, &which) ||
                      !berth_scan_eat(&c, '{'))
        return false;
    if (!seek(&c, lists, 2, &which))
        return false;
    (void)berth_scan_peek(&c);
    *at = (size_t)(c.at - file->data);
    *key = names[which];
    return is_list(c, which == 0);
}

enum berth_status berth_scan_start(struct berth_scan *scan,
                                   const struct berth_blob *file, size_t begin,
                                   const char *name, const char *key,
                                   struct berth_error *err)
{
    size_t most = file->size - begin;

    if (most > INT32_MAX) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected at most 2 GiB, found %zu bytes", name,
                          file->size);
    }
    *scan = (struct berth_scan){.at = file->data + begin,
                                .end = file->data + file->size,
                                .data = file->data,
                                .name = name,
                                .key = key,
                                .err = err,
                                .block = malloc(most + 1)};
    if (scan->block == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    return BERTH_OK;
}

enum berth_status berth_scan_fail(const struct berth_scan *r,
                                  const char *expected)
{
    size_t line = 1;
    char found[16] = "the end of it";

    for (const unsigned char *p = r->data; p < r->at; p++)
        line += *p == '\n';
    if (r->at < r->end) {
        found[0] = '\'';
        found[1] = (char)*r->at;
        found[2] = '\'';
        found[3] = '\0';
    }
    if (r->at < r->end && *r->at >= 0x80)
        memcpy(found, "such a byte", sizeof("such a byte"));
    return berth_fail(r->err, BERTH_ERR_FORMAT,
                      "%s: line %zu, key '%s': expected %s, found %s", r->name,
                      line, r->key, expected, found);
}

static bool read_hex(struct berth_scan *c, uint32_t *out)
{
    uint32_t value = 0;

    if (c->end - c->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        unsigned char byte = c->at[i];
        uint32_t digit;

        if (byte >= '0' && byte <= '9')
            digit = byte - (uint32_t)'0';
        else if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f')
            digit = (byte | 0x20u) - 'a' + 10;
        else
            return false;
        value = value << 4 | digit;
    }
    c->at += 4;
    *out = value;
    return true;
}

/* The character after "\u", which may need a second escape. */
static bool read_unicode(struct berth_scan *c, uint32_t *cp)
{
    uint32_t low;

    if (!read_hex(c, cp) || (*cp >= 0xdc00 && *cp <= 0xdfff))
        return false;
    if (*cp < 0xd800 || *cp > 0xdbff)
        return true;
    if (c->end - c->at < 2 || c->at[0] != '\\' || c->at[1] != 'u')
        return false;
    c->at += 2;
    if (!read_hex(c, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *cp = 0x10000 + ((*cp - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

static bool read_escape(struct berth_scan *r)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    const char *found;
    uint32_t cp;

    if (r->at == r->end)
        return false;
    if (*r->at == 'u') {
        r->at++;
        if (!read_unicode(r, &cp))
            return false;
        r->used += berth_utf8_encode(cp, r->block + r->used);
        return true;
    }
    found = memchr(letters, *r->at, sizeof(letters) - 1);
    if (found == NULL)
        return false;
    r->block[r->used++] = meant[found - letters];
    r->at++;
    return true;
}

/* The lowest bit that is set is in the first of eight bytes that is a quote, a
 * backslash or below a blank; 0: there is none. (Mycroft's test for a byte that
 * is 0, which a borrow may spoil for the bytes after the first.) */
static uint64_t find_special(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    uint64_t quote = eight ^ ones * '"', back = eight ^ ones * '\\';

    return (((quote - ones) & ~quote) | ((back - ones) & ~back) |
            ((eight - ones * ' ') & ~eight)) &
           high;
}

/* The bytes up to the next one that is special, as they are. Bytes that are
 * copied too many have room: the block is as large as what is read. */
static void take_plain(struct berth_scan *r)
{
    const unsigned char *at = r->at, *end = r->end;
    char *to = r->block + r->used;
    uint64_t special = 0;

    while (end - at >= 8 && special == 0) {
        size_t n = 8;

        special = find_special(berth_scan_eight(at));
        memcpy(to, at, 8);
        if (special != 0)
            n = (size_t)__builtin_ctzll(special) / 8;
        at += n;
        to += n;
    }
    while (at < end && *at != '"' && *at != '\\' && *at >= 0x20)
        *to++ = (char)*at++;
    r->at = at;
    r->used = (size_t)(to - r->block);
}

enum berth_status berth_scan_text(struct berth_scan *r, struct berth_word *out)
{
    size_t begin = r->used;
    bool valid;

    if (!berth_scan_eat(r, '"'))
        return berth_scan_fail(r, "a token in quotes");
    for (;;) {
        take_plain(r);
        if (r->at == r->end || *r->at < 0x20)
            return berth_scan_fail(r, "the quote that ends a token");
        if (*r->at++ == '"')
            break;
        if (!read_escape(r))
            return berth_scan_fail(r, "a JSON escape");
    }
    *out = (struct berth_word){(uint32_t)begin, (uint32_t)(r->used - begin)};
    valid = berth_utf8_is_valid((const unsigned char *)r->block + begin,
                                out->length);
    r->block[r->used++] = '\0';
    return valid ? BERTH_OK : berth_scan_fail(r, "a token in UTF-8");
}
