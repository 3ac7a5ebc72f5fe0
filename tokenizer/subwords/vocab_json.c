/*
 * vocab_json.c - the vocabulary of a tokenizer.json.
 *
 * Tens of thousands of entries would be as many allocations in a JSON tree;
 * here they go straight into the block. The rest of the file is read as JSON
 * with this part cut out (load.c).
 */
#include "tokenizer/subwords/vocab.h"

#include "lib/status.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

/* A place in the file. */
struct cursor {
    const unsigned char *at;
    const unsigned char *end;
};

static void skip_space(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' ||
                              *c->at == '\r' || *c->at == '\t'))
        c->at++;
}

/* The next byte that is no white space; '\0' at the end. */
static unsigned char peek(struct cursor *c)
{
    skip_space(c);
    return c->at < c->end ? *c->at : '\0';
}

static bool eat(struct cursor *c, unsigned char want)
{
    if (peek(c) != want || c->at == c->end)
        return false;
    c->at++;
    return true;
}

/* Moves past a string whose opening quote was eaten. */
static bool skip_string(struct cursor *c)
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
static bool skip_value(struct cursor *c)
{
    size_t depth = 0;

    do {
        unsigned char byte = peek(c);

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

/* Moves to the value of a key of the object at c. */
static bool enter(struct cursor *c, const char *key)
{
    size_t n = strlen(key);

    if (!eat(c, '{'))
        return false;
    do {
        const unsigned char *name;
        bool wanted;

        if (!eat(c, '"'))
            return false;
        name = c->at;
        if (!skip_string(c))
            return false;
        wanted = (size_t)(c->at - 1 - name) == n && memcmp(name, key, n) == 0;
        if (!eat(c, ':'))
            return false;
        if (wanted)
            return peek(c) == '{';
        if (!skip_value(c))
            return false;
    } while (eat(c, ','));
    return false;
}

bool berth_vocab_find_json(const struct berth_blob *file, size_t *begin)
{
    if (file->size == 0)
        return false;
    struct cursor c = {file->data, file->data + file->size};

    if (!enter(&c, "model") || !enter(&c, "vocab"))
        return false;
    *begin = (size_t)(c.at - file->data);
    return true;
}

/* One entry as it was read. */
struct entry {
    struct berth_word word;
    int32_t id;
};

struct reader {
    struct cursor c;
    const unsigned char *data; /* the whole file, to count lines */
    const char *name;
    struct berth_error *err;
    char *block;
    size_t used;
    struct entry *entries;
    size_t n;
    size_t capacity;
    int32_t largest;
};

static enum berth_status fail_at(const struct reader *r, const char *expected)
{
    size_t line = 1;
    char found[16] = "the end of it";

    for (const unsigned char *p = r->data; p < r->c.at; p++)
        line += *p == '\n';
    if (r->c.at < r->c.end) {
        found[0] = '\'';
        found[1] = (char)*r->c.at;
        found[2] = '\'';
        found[3] = '\0';
    }
    if (r->c.at < r->c.end && *r->c.at >= 0x80)
        memcpy(found, "such a byte", sizeof("such a byte"));
    return berth_fail(r->err, BERTH_ERR_FORMAT,
                      "%s: line %zu, key 'model.vocab': expected %s, found %s",
                      r->name, line, expected, found);
}

static bool read_hex(struct cursor *c, uint32_t *out)
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
static bool read_unicode(struct cursor *c, uint32_t *cp)
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

static bool read_escape(struct reader *r)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    const char *found;
    uint32_t cp;

    if (r->c.at == r->c.end)
        return false;
    if (*r->c.at == 'u') {
        r->c.at++;
        if (!read_unicode(&r->c, &cp))
            return false;
        r->used += berth_utf8_encode(cp, r->block + r->used);
        return true;
    }
    found = memchr(letters, *r->c.at, sizeof(letters) - 1);
    if (found == NULL)
        return false;
    r->block[r->used++] = meant[found - letters];
    r->c.at++;
    return true;
}

/* Copies a string into the block. It fits: no escape is shorter than the
 * character it means. */
static enum berth_status read_string(struct reader *r, struct berth_word *out)
{
    size_t begin = r->used;
    size_t bad;

    if (!eat(&r->c, '"'))
        return fail_at(r, "a token in quotes");
    for (;;) {
        if (r->c.at == r->c.end || *r->c.at < 0x20)
            return fail_at(r, "the quote that ends a token");
        if (*r->c.at == '"')
            break;
        if (*r->c.at != '\\') {
            r->block[r->used++] = (char)*r->c.at++;
            continue;
        }
        r->c.at++;
        if (!read_escape(r))
            return fail_at(r, "a JSON escape");
    }
    r->c.at++;
    *out = (struct berth_word){(uint32_t)begin, (uint32_t)(r->used - begin)};
    bad = berth_utf8_error((const unsigned char *)r->block + begin,
                           r->used - begin);
    r->block[r->used++] = '\0';
    return bad == out->length ? BERTH_OK : fail_at(r, "a token in UTF-8");
}

static enum berth_status read_id(struct reader *r, int32_t *out)
{
    int32_t id = 0;

    if (peek(&r->c) < '0' || *r->c.at > '9')
        return fail_at(r, "an id, an integer from 0");
    while (r->c.at < r->c.end && *r->c.at >= '0' && *r->c.at <= '9') {
        id = id * 10 + (*r->c.at - '0');
        if (id > BERTH_ID_MAX)
            return fail_at(r, "an id of at most 16777215");
        r->c.at++;
    }
    *out = id;
    return BERTH_OK;
}

static enum berth_status read_entry(struct reader *r)
{
    struct entry *entry;
    enum berth_status status;

    if (r->n == r->capacity) {
        size_t capacity = r->capacity > 0 ? 2 * r->capacity : 1024;
        struct entry *grown = realloc(r->entries, capacity * sizeof(*grown));

        if (grown == NULL) {
            return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory",
                              r->name);
        }
        r->entries = grown;
        r->capacity = capacity;
    }
    entry = &r->entries[r->n];
    status = read_string(r, &entry->word);
    if (status != BERTH_OK)
        return status;
    if (!eat(&r->c, ':'))
        return fail_at(r, "':' and an id");
    status = read_id(r, &entry->id);
    if (status != BERTH_OK)
        return status;
    if (entry->id > r->largest)
        r->largest = entry->id;
    r->n++;
    return BERTH_OK;
}

static enum berth_status read_entries(struct reader *r)
{
    enum berth_status status;

    if (!eat(&r->c, '{'))
        return fail_at(r, "an object");
    if (peek(&r->c) == '}')
        return fail_at(r, "a token in quotes");
    do {
        status = read_entry(r);
        if (status != BERTH_OK)
            return status;
    } while (eat(&r->c, ','));
    return eat(&r->c, '}') ? BERTH_OK : fail_at(r, "',' or '}'");
}

/* The entries in order of id. */
static enum berth_status place(const struct reader *r,
                               struct berth_vocab *vocab)
{
    vocab->n_ids = (size_t)r->largest + 1;
    for (size_t id = 0; id < vocab->n_ids; id++)
        vocab->words[id].length = UINT32_MAX;
    for (size_t i = 0; i < r->n; i++) {
        struct berth_word *word = &vocab->words[r->entries[i].id];

        if (word->length != UINT32_MAX) {
            return berth_fail(r->err, BERTH_ERR_FORMAT,
                              "%s: key 'model.vocab': expected different ids, "
                              "found %d for \"%.40s\" and \"%.40s\"",
                              r->name, (int)r->entries[i].id,
                              vocab->block + word->begin,
                              vocab->block + r->entries[i].word.begin);
        }
        *word = r->entries[i].word;
    }
    return BERTH_OK;
}

/* A file of few entries may name an id of many millions; that is a mistake, not
 * a reason to reserve memory. */
static enum berth_status check_largest(const struct reader *r)
{
    if ((size_t)r->largest < 16 * r->n + 1024)
        return BERTH_OK;
    return berth_fail(r->err, BERTH_ERR_FORMAT,
                      "%s: key 'model.vocab': expected ids close together, "
                      "found %d among %zu tokens",
                      r->name, (int)r->largest, r->n);
}

/* Takes what the reader gathered. */
static enum berth_status finish(struct reader *r, struct berth_vocab *out)
{
    enum berth_status status = check_largest(r);

    if (status != BERTH_OK)
        return status;
    status =
        berth_vocab_reserve(out, (size_t)r->largest + 1, 0, r->name, r->err);
    if (status != BERTH_OK)
        return status;
    free(out->block);
    out->block = r->block;
    r->block = NULL;
    status = place(r, out);
    if (status != BERTH_OK)
        berth_vocab_free(out);
    return status;
}

enum berth_status berth_vocab_read_json(const struct berth_blob *file,
                                        size_t begin, const char *name,
                                        size_t *end, struct berth_vocab *out,
                                        struct berth_error *err)
{
    size_t most = file->size - begin;
    struct reader r = {.c = {file->data + begin, file->data + file->size},
                       .data = file->data,
                       .name = name,
                       .err = err,
                       .largest = -1};
    enum berth_status status;

    if (most > INT32_MAX) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected at most 2 GiB, found %zu bytes", name,
                          file->size);
    }
    r.block = malloc(most + 1);
    if (r.block == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    status = read_entries(&r);
    if (status == BERTH_OK)
        status = finish(&r, out);
    *end = (size_t)(r.c.at - file->data);
    free(r.block);
    free(r.entries);
    return status;
}
