/*
 * vocab.h - token to id and back: one hash table over one block of text.
 */
#ifndef TOKENIZER_SUBWORDS_VOCAB_H
#define TOKENIZER_SUBWORDS_VOCAB_H

#include "lib/berth.h"
#include "lib/folder.h"

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

struct berth_vocab {
    char *block;                    /* every text, each with a NUL behind it */
    struct berth_word *words;       /* (n_ids); length UINT32_MAX: no such id */
    size_t n_ids;                   /* largest id + 1 */
    size_t n_tokens;                /* different tokens */
    struct berth_vocab_slot *slots; /* (1 << slot_bits) */
    unsigned slot_bits;
    size_t prefix_length; /* of continuing_subword_prefix */
    size_t longest;       /* bytes of the longest token */
    /* (2, 65536) bytes of the longest whole token, and of the longest piece,
     * by their first two bytes; at most 255, which stands for more too. */
    unsigned char *longest_by_start;
};

/*
 * berth_vocab_read_text - a vocab.txt: one token a line, its number is the id;
 * white space at the end of a line is no part of the token; of equal lines the
 * last counts.
 *
 *   name    the file, for messages
 *   prefix  what a token that continues a word begins with
 *   out     owned: berth_vocab_free()
 *
 * Errors: BERTH_ERR_FORMAT, BERTH_ERR_MEMORY.
 * Source: WordPiece::read_file of tokenizers.
 */
enum berth_status berth_vocab_read_text(const struct berth_blob *file,
                                        const char *name, const char *prefix,
                                        struct berth_vocab *out,
                                        struct berth_error *err);

/* berth_vocab_find_json - where "model"."vocab", an object, begins in a
 * tokenizer.json. False when it is not there or the JSON before it is broken.
 * Cannot fail. */
bool berth_vocab_find_json(const struct berth_blob *file, size_t *begin);

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

void berth_vocab_free(struct berth_vocab *vocab);

/* berth_vocab_text - NULL when there is no such id. */
const char *berth_vocab_text(const struct berth_vocab *vocab, int32_t id);

/* The hash of a text is built byte by byte, so that the hashes of all prefixes
 * of a word cost one pass. */
#define BERTH_HASH_WORD  UINT64_C(0x243f6a8885a308d3)
#define BERTH_HASH_PIECE UINT64_C(0xb7e151628aed2a6b)

static inline uint64_t berth_hash_byte(uint64_t hash, unsigned char c)
{
    return (hash ^ c) * UINT64_C(0x9e3779b97f4a7c15);
}

/* berth_vocab_find - the id of a whole token; -1: none. hash is over text,
 * begun with BERTH_HASH_WORD. */
int32_t berth_vocab_find(const struct berth_vocab *vocab, const char *text,
                         size_t n, uint64_t hash);

/* berth_vocab_find_piece - the same for what follows the prefix of a token that
 * continues a word, begun with BERTH_HASH_PIECE. */
int32_t berth_vocab_find_piece(const struct berth_vocab *vocab,
                               const char *text, size_t n, uint64_t hash);

/* berth_vocab_id - berth_vocab_find() with its own hash. */
int32_t berth_vocab_id(const struct berth_vocab *vocab, const char *text,
                       size_t n);

/* berth_vocab_limit - no piece that text (n bytes, at least 2) begins with is
 * longer than this, unless it is one byte long. */
static inline size_t berth_vocab_limit(const struct berth_vocab *vocab,
                                       const char *text, size_t n, bool whole)
{
    size_t start = (size_t)(unsigned char)text[0] << 8 | (unsigned char)text[1];
    size_t limit = vocab->longest_by_start[whole ? start : start + 65536];

    if (limit == 255)
        limit = vocab->longest;
    return limit < n ? limit : n;
}

/* What the two readers share. */

/* berth_vocab_reserve - room for n_words ids and block_size bytes. */
enum berth_status berth_vocab_reserve(struct berth_vocab *vocab, size_t n_words,
                                      size_t block_size, const char *name,
                                      struct berth_error *err);

/* berth_vocab_index - builds the table from words; of equal words the last
 * counts. *twice: the first id whose token has another id too, or -1. */
enum berth_status berth_vocab_index(struct berth_vocab *vocab,
                                    const char *prefix, const char *name,
                                    int32_t *twice, struct berth_error *err);

#endif
