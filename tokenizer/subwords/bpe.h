/*
 * bpe.h - byte pair encoding: a word begins as characters, or bytes, and the
 * pair that was learnt first becomes one, again and again.
 */
#ifndef TOKENIZER_SUBWORDS_BPE_H
#define TOKENIZER_SUBWORDS_BPE_H

#include "tokenizer/stages/stage.h"
#include "tokenizer/subwords/merges.h"

struct berth_bpe_rules {
    const char *unknown; /* for a character without a token; NULL: it goes */
    const char *prefix;  /* of every character but a word's first */
    const char *suffix;  /* of a word's last character */
    bool fuse_unknown;   /* unknown neighbours are one token */
    bool byte_fallback;  /* before that, its bytes are "<0xE2>" and so on */
    bool whole_words;    /* a word of the vocabulary is not cut at all */
    bool byte_level;     /* words are bytes (unicode/byte_alphabet.h) */
};

/*
 * berth_bpe - of all pairs that may become one the first learnt is taken, of
 * equal ones the leftmost. Of "lower" with merges (l, o), (e, r), (lo, w) that
 * makes low, er. The time is near-linear in the word.
 *
 *   vocab   indexed; lives longer than the stage
 *   merges  the first learnt first
 *   rules   copied
 *   name    the file, for messages
 *   out     owned: its free()
 *
 * Errors: BERTH_ERR_FORMAT (a merge of what is not in the vocabulary; a prefix
 * or suffix that is too long), BERTH_ERR_MEMORY.
 * Source: Sennrich et al. 2016 (arXiv:1508.07909); models/bpe of tokenizers.
 */
enum berth_status berth_bpe(const struct berth_vocab *vocab,
                            const struct berth_merges *merges,
                            const struct berth_bpe_rules *rules,
                            const char *name, struct berth_subwords *out,
                            struct berth_error *err);

#endif
