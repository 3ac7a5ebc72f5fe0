/*
 * vocab_json.c - a vocabulary that is an object of tokens and their ids.
 */
#include "tokenizer/subwords/scan.h"

#include "lib/status.h"

#include <stdlib.h>

/* One entry as it was read. */
struct entry {
    struct berth_word word;
    int32_t id;
};

struct reader {
    struct berth_scan s;
    struct entry *entries;
    size_t n;
    size_t capacity;
    int32_t largest;
};

static enum berth_status read_id(struct reader *r, int32_t *out)
{
    int32_t id = 0;

    if (berth_scan_peek(&r->s) < '0' || *r->s.at > '9')
        return berth_scan_fail(&r->s, "an id, an integer from 0");
    while (r->s.at < r->s.end && *r->s.at >= '0' && *r->s.at <= '9') {
        id = id * 10 + (*r->s.at - '0');
        if (id > BERTH_ID_MAX)
            return berth_scan_fail(&r->s, "an id of at most 16777215");
        r->s.at++;
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
            return berth_fail(r->s.err, BERTH_ERR_MEMORY, "%s: out of memory",
                              r->s.name);
        }
        r->entries = grown;
        r->capacity = capacity;
    }
    entry = &r->entries[r->n];
    status = berth_scan_text(&r->s, &entry->word);
    if (status != BERTH_OK)
        return status;
    if (!berth_scan_eat(&r->s, ':'))
        return berth_scan_fail(&r->s, "':' and an id");
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

    if (!berth_scan_eat(&r->s, '{'))
        return berth_scan_fail(&r->s, "an object");
    if (berth_scan_peek(&r->s) == '}')
        return berth_scan_fail(&r->s, "a token in quotes");
    do {
        status = read_entry(r);
        if (status != BERTH_OK)
            return status;
    } while (berth_scan_eat(&r->s, ','));
    return berth_scan_eat(&r->s, '}') ? BERTH_OK
                                      : berth_scan_fail(&r->s, "',' or '}'");
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
            return berth_fail(r->s.err, BERTH_ERR_FORMAT,
                              "%s: key 'model.vocab': expected different ids, "
                              "found %d for \"%.40s\" and \"%.40s\"",
                              r->s.name, (int)r->entries[i].id,
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
    return berth_fail(r->s.err, BERTH_ERR_FORMAT,
                      "%s: key 'model.vocab': expected ids close together, "
                      "found %d among %zu tokens",
                      r->s.name, (int)r->largest, r->n);
}

/* Takes what the reader gathered. */
static enum berth_status finish(struct reader *r, struct berth_vocab *out)
{
    enum berth_status status = check_largest(r);

    if (status != BERTH_OK)
        return status;
    status = berth_vocab_reserve(out, (size_t)r->largest + 1, 0, r->s.name,
                                 r->s.err);
    if (status != BERTH_OK)
        return status;
    free(out->block);
    out->block = r->s.block;
    r->s.block = NULL;
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
    struct reader r = {.largest = -1};
    enum berth_status status =
        berth_scan_start(&r.s, file, begin, name, "model.vocab", err);

    if (status != BERTH_OK)
        return status;
    status = read_entries(&r);
    if (status == BERTH_OK)
        status = finish(&r, out);
    *end = (size_t)(r.s.at - file->data);
    free(r.s.block);
    free(r.entries);
    return status;
}
