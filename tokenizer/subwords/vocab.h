/*
 * vocab.h - token to id and back: one hash table over one block of text.
 */
#ifndef TOKENIZER_SUBWORDS_VOCAB_H
#define TOKENIZER_SUBWORDS_VOCAB_H

#include "lib/berth.h"
#include "lib/folder.h"
#include "tokenizer/subwords/prefixes.h"

enum {
    BERTH_ID_MAX = (1 << 24) - 1 /* largest id a file may name */
};

/* A text of the block. */
struct berth_word {
    uint32_t begin;
    uint32_t length;
};

struct berth_vocab_slot {
    uint32_t tag; /* bits of the hash: a miss seldom looks at the text */
    int32_t id;   /* -1: free */
};

/* Tokens by what their text is without its first skip bytes: 0, or those of
 * "##". */
struct berth_vocab_table {
    struct berth_vocab_slot *slots; /* (1 << slot_bits) */
    unsigned slot_bits;
    size_t skip;
};

struct berth_vocab {
    char *block;                    /* every text, each with a NUL after it */
    struct berth_word *words;       /* (n_ids); length UINT32_MAX: no such id */
    size_t n_ids;                   /* largest id + 1 */
    size_t n_tokens;                /* different tokens */
    struct berth_vocab_table table; /* of whole tokens */
    struct berth_prefixes prefixes; /* of pieces; empty unless they have
                                       scores */
};

/*
 * berth_vocab_read_text - a vocab.txt: one token a line, its number is the id;
 * white space at the end of a line is no part of the token; of equal lines the
 * last counts.
 *
 *   name  the file, for messages
 *   out   owned: berth_vocab_free()
 *
 * Errors: BERTH_ERR_FORMAT, BERTH_ERR_MEMORY.
 * Source: WordPiece::read_file of tokenizers.
 */
enum berth_status berth_vocab_read_text(const struct berth_blob *file,
                                        const char *name,
                                        struct berth_vocab *out,
                                        struct berth_error *err);

/*
 * berth_vocab_read_json - the vocabulary that begins at a byte of a
 * tokenizer.json, an object of tokens and their ids.
 *
 *   end  where it ends
 *   out  owned: berth_vocab_free(); berth_vocab_index() makes it usable
 *
 * Errors: BERTH_ERR_FORMAT (an id that is there twice, too), BERTH_ERR_MEMORY.
 */
enum berth_status berth_vocab_read_json(const struct berth_blob *file,
                                        size_t begin, const char *name,
                                        size_t *end, struct berth_vocab *out,
                                        struct berth_error *err);

/*
 * berth_pieces_read_json - the same for a list of pieces and their scores, in
 * order of their ids; a piece may be there twice.
 *
 *   exact   a score becomes the nearest double, as Python has it; else the one
 *           that serde_json of Rust has, which may be a neighbour
 *   scores  owned (n_ids): free()
 */
enum berth_status berth_pieces_read_json(const struct berth_blob *file,
                                         size_t begin, const char *name,
                                         bool exact, size_t *end,
                                         struct berth_vocab *out,
                                         double **scores,
                                         struct berth_error *err);

void berth_vocab_free(struct berth_vocab *vocab);

/* berth_vocab_text - NULL when there is no such id. */
const char *berth_vocab_text(const struct berth_vocab *vocab, int32_t id);

/* berth_vocab_id - the id of a whole token; -1: none. */
int32_t berth_vocab_id(const struct berth_vocab *vocab, const char *text,
                       size_t n);

/* The upper bits of the product depend on every byte. */
static inline size_t
berth_vocab_first_slot(const struct berth_vocab_table *table, uint64_t hash)
{
    return (size_t)(hash >> (64 - table->slot_bits));
}

static inline uint32_t berth_vocab_tag(uint64_t hash)
{
    return (uint32_t)(hash >> 12);
}

/* berth_vocab_find - the token of a table; -1: none. hash is that of text. */
int32_t berth_vocab_find(const struct berth_vocab *vocab,
                         const struct berth_vocab_table *table,
                         const char *text, size_t n, uint64_t hash);

/* berth_vocab_table_init - an empty table with room for n tokens, at most two
 * thirds full; free table->slots. False: out of memory. */
bool berth_vocab_table_init(struct berth_vocab_table *table, size_t n,
                            size_t skip);

/* berth_vocab_table_put - a token, in the place of one of the same text; -1, or
 * the id that had it. */
int32_t berth_vocab_table_put(const struct berth_vocab *vocab,
                              struct berth_vocab_table *table, int32_t id);

/* What the two readers share. */

/* berth_vocab_reserve - room for n_words ids and block_size bytes. */
enum berth_status berth_vocab_reserve(struct berth_vocab *vocab, size_t n_words,
                                      size_t block_size, const char *name,
                                      struct berth_error *err);

/* berth_vocab_index - builds the table from words; of equal words the last
 * counts. *twice: the first id whose token has another id too, or -1. */
enum berth_status berth_vocab_index(struct berth_vocab *vocab, const char *name,
                                    int32_t *twice, struct berth_error *err);

/* berth_vocab_index_pieces - the same, and a filter of the prefixes. */
enum berth_status berth_vocab_index_pieces(struct berth_vocab *vocab,
                                           const char *name,
                                           struct berth_error *err);

#endif
