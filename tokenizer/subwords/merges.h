/*
 * merges.h - which two tokens become one, the first rule first.
 */
#ifndef TOKENIZER_SUBWORDS_MERGES_H
#define TOKENIZER_SUBWORDS_MERGES_H

#include "tokenizer/subwords/vocab.h"

struct berth_merge {
    struct berth_word left;
    struct berth_word right;
};

struct berth_merges {
    char *block; /* every text */
    struct berth_merge *items;
    size_t n;
};

/*
 * berth_merges_read_json - the list "merges" that begins at a byte of a
 * tokenizer.json (berth_scan_next() of scan.h): strings "a b", or lists
 * ["a", "b"]. "#version: 0.2" is no merge.
 *
 *   end  where it ends
 *   out  owned: berth_merges_free()
 *
 * Errors: BERTH_ERR_FORMAT, BERTH_ERR_MEMORY.
 * Source: models/bpe/serialization.rs of tokenizers.
 */
enum berth_status berth_merges_read_json(const struct berth_blob *file,
                                         size_t begin, const char *name,
                                         size_t *end, struct berth_merges *out,
                                         struct berth_error *err);

/* berth_merges_read_text - the same of a merges.txt, "a b" a line; lines that
 * begin with "#version" are none. Source: BPE::read_file of tokenizers. */
enum berth_status berth_merges_read_text(const struct berth_blob *file,
                                         const char *name,
                                         struct berth_merges *out,
                                         struct berth_error *err);

void berth_merges_free(struct berth_merges *merges);

#endif
