/*
 * vocab.c - the vocabulary: one block of text, one table of ids.
 */
#include "tokenizer/subwords/vocab.h"

#include "lib/status.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLOT_BITS_MIN = 4,
    AHEAD = 16 /* tokens whose slots are fetched while others are put */
};

void berth_vocab_free(struct berth_vocab *vocab)
{
    free(vocab->block);
    free(vocab->words);
    free(vocab->table.slots);
    free(vocab->prefixes.cells);
    *vocab = (struct berth_vocab){0};
}

const char *berth_vocab_text(const struct berth_vocab *vocab, int32_t id)
{
    if (id < 0 || (size_t)id >= vocab->n_ids ||
        vocab->words[id].length == UINT32_MAX)
        return NULL;
    return vocab->block + vocab->words[id].begin;
}

/* The slot where text is, or the free one where it would go. */
static struct berth_vocab_slot *find_slot(const struct berth_vocab *vocab,
                                          const struct berth_vocab_table *table,
                                          const char *text, size_t n,
                                          uint64_t hash)
{
    size_t mask = ((size_t)1 << table->slot_bits) - 1;
    uint32_t tag = berth_vocab_tag(hash);
    size_t i = berth_vocab_first_slot(table, hash);

    for (;; i = (i + 1) & mask) {
        struct berth_vocab_slot *slot = &table->slots[i];
        const struct berth_word *word;

        if (slot->id < 0)
            return slot;
        if (slot->tag != tag)
            continue;
        word = &vocab->words[slot->id];
        if (word->length == n + table->skip &&
            memcmp(vocab->block + word->begin + table->skip, text, n) == 0)
            return slot;
    }
}

int32_t berth_vocab_find(const struct berth_vocab *vocab,
                         const struct berth_vocab_table *table,
                         const char *text, size_t n, uint64_t hash)
{
    return find_slot(vocab, table, text, n, hash)->id;
}

int32_t berth_vocab_id(const struct berth_vocab *vocab, const char *text,
                       size_t n)
{
    return berth_vocab_find(vocab, &vocab->table, text, n,
                            berth_hash_text(text, n));
}

bool berth_vocab_table_init(struct berth_vocab_table *table, size_t n,
                            size_t skip)
{
    size_t n_slots = (size_t)1 << SLOT_BITS_MIN;

    *table = (struct berth_vocab_table){NULL, SLOT_BITS_MIN, skip};
    for (; n_slots < n + n / 2; n_slots *= 2)
        table->slot_bits++;
    table->slots = malloc(n_slots * sizeof(*table->slots));
    if (table->slots == NULL)
        return false;
    memset(table->slots, 0xff, n_slots * sizeof(*table->slots));
    return true;
}

/* A token in the place of one of the same text. Returns -1, or the id that had
 * it. */
static int32_t put(const struct berth_vocab *vocab,
                   struct berth_vocab_table *table, int32_t id, uint64_t hash)
{
    const struct berth_word *word = &vocab->words[id];
    struct berth_vocab_slot *slot =
        find_slot(vocab, table, vocab->block + word->begin + table->skip,
                  word->length - table->skip, hash);
    int32_t before = slot->id;

    *slot = (struct berth_vocab_slot){berth_vocab_tag(hash), id};
    return before;
}

int32_t berth_vocab_table_put(const struct berth_vocab *vocab,
                              struct berth_vocab_table *table, int32_t id)
{
    const struct berth_word *word = &vocab->words[id];

    return put(vocab, table, id,
               berth_hash_text(vocab->block + word->begin + table->skip,
                               word->length - table->skip));
}

enum berth_status berth_vocab_reserve(struct berth_vocab *vocab, size_t n_words,
                                      size_t block_size, const char *name,
                                      struct berth_error *err)
{
    *vocab = (struct berth_vocab){0};
    if (n_words > (size_t)BERTH_ID_MAX + 1 || block_size > INT32_MAX) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected at most %d tokens in 2 GiB, found more",
                          name, BERTH_ID_MAX + 1);
    }
    vocab->block = malloc(block_size > 0 ? block_size : 1);
    vocab->words = malloc((n_words > 0 ? n_words : 1) * sizeof(*vocab->words));
    if (vocab->block == NULL || vocab->words == NULL) {
        berth_vocab_free(vocab);
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    }
    return BERTH_OK;
}

/* The hash of an id's token, and its slot on the way from memory. */
static uint64_t approach(struct berth_vocab *vocab, size_t id)
{
    const struct berth_vocab_table *table = &vocab->table;
    struct berth_word word;
    uint64_t hash;

    if (id >= vocab->n_ids || vocab->words[id].length == UINT32_MAX)
        return 0;
    word = vocab->words[id];
    hash = vocab->prefixes.cells != NULL
               ? berth_prefixes_add(&vocab->prefixes, vocab->block + word.begin,
                                    word.length)
               : berth_hash_text(vocab->block + word.begin, word.length);
    __builtin_prefetch(&table->slots[berth_vocab_first_slot(table, hash)], 1);
    return hash;
}

enum berth_status berth_vocab_index(struct berth_vocab *vocab, const char *name,
                                    int32_t *twice, struct berth_error *err)
{
    uint64_t hashes[AHEAD]; /* of the tokens that come next */

    *twice = -1;
    if (!berth_vocab_table_init(&vocab->table, vocab->n_ids, 0))
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    for (size_t id = 0; id < AHEAD; id++)
        hashes[id] = approach(vocab, id);
    for (size_t id = 0; id < vocab->n_ids; id++) {
        uint64_t hash = hashes[id % AHEAD];
        int32_t before;

        hashes[id % AHEAD] = approach(vocab, id + AHEAD);
        if (vocab->words[id].length == UINT32_MAX)
            continue;
        before = put(vocab, &vocab->table, (int32_t)id, hash);
        if (before < 0)
            vocab->n_tokens++;
        else if (*twice < 0)
            *twice = before;
    }
    return BERTH_OK;
}

enum berth_status berth_vocab_index_pieces(struct berth_vocab *vocab,
                                           const char *name,
                                           struct berth_error *err)
{
    int32_t twice;

    if (!berth_prefixes_init(&vocab->prefixes, vocab->n_ids))
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    return berth_vocab_index(vocab, name, &twice, err);
}

/* Without the white space at its end. */
static size_t trimmed(const unsigned char *line, size_t n)
{
    uint32_t cp;

    while (n > 0) {
        size_t size = berth_utf8_decode_before(line, n, &cp);

        if (!berth_char_is_space(cp))
            break;
        n -= size;
    }
    return n;
}

/* Copies the lines and cuts them. False: there are too many. */
static bool take_lines(struct berth_vocab *vocab, const unsigned char *data,
                       size_t size)
{
    char *to = vocab->block;
    size_t begin = 0;

    while (begin < size) {
        const unsigned char *line = data + begin;
        const unsigned char *next = memchr(line, '\n', size - begin);
        size_t n = next != NULL ? (size_t)(next - line) : size - begin;
        size_t kept = trimmed(line, n);

        if (vocab->n_ids > BERTH_ID_MAX)
            return false;
        vocab->words[vocab->n_ids++] =
            (struct berth_word){(uint32_t)(to - vocab->block), (uint32_t)kept};
        memcpy(to, line, kept);
        to[kept] = '\0';
        to += kept + 1;
        begin += n + 1;
    }
    return true;
}

static enum berth_status fail_utf8(const struct berth_blob *file, size_t bad,
                                   const char *name, struct berth_error *err)
{
    size_t line = 1;

    for (size_t i = 0; i < bad; i++)
        line += file->data[i] == '\n';
    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: line %zu: expected UTF-8, found byte 0x%02x", name,
                      line, file->data[bad]);
}

enum berth_status berth_vocab_read_text(const struct berth_blob *file,
                                        const char *name,
                                        struct berth_vocab *out,
                                        struct berth_error *err)
{
    size_t bad = berth_utf8_error(file->data, file->size);
    size_t most = file->size < BERTH_ID_MAX ? file->size : BERTH_ID_MAX;
    enum berth_status status;
    int32_t twice;

    if (bad < file->size)
        return fail_utf8(file, bad, name, err);
    if (file->size == 0) {
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected a token a line, found an empty file",
                          name);
    }
    /* Memory that no line needs is never touched. */
    status = berth_vocab_reserve(out, most + 1, file->size + 1, name, err);
    if (status != BERTH_OK)
        return status;
    if (take_lines(out, file->data, file->size))
        status = berth_vocab_index(out, name, &twice, err);
    else
        status = berth_fail(err, BERTH_ERR_FORMAT,
                            "%s: expected at most %d lines, found more", name,
                            BERTH_ID_MAX + 1);
    if (status != BERTH_OK)
        berth_vocab_free(out);
    return status;
}
