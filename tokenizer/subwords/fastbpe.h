/*
 * fastbpe.h - byte pair encoding of fastBPE, as PhoBERT and BERTweet have it.
 */
#ifndef TOKENIZER_SUBWORDS_FASTBPE_H
#define TOKENIZER_SUBWORDS_FASTBPE_H

#include "tokenizer/stages/stage.h"
#include "tokenizer/subwords/merges.h"

/*
 * berth_fastbpe_read_vocab - a vocab.txt of fairseq: a token and how often it
 * is there a line, the number of the line is the id.
 *
 *   first  (4) the tokens of ids 0 .. 3, which the file has not
 *   out    owned: berth_vocab_free(); berth_vocab_index() makes it usable
 *
 * Errors: BERTH_ERR_FORMAT, BERTH_ERR_MEMORY.
 */
enum berth_status berth_fastbpe_read_vocab(const struct berth_blob *file,
                                           const char *const first[4],
                                           const char *name,
                                           struct berth_vocab *out,
                                           struct berth_error *err);

/*
 * berth_fastbpe_read_codes - a bpe.codes: two symbols and how often they are
 * there a line. Other lines, and one without an end, are no merges.
 *
 * Errors: BERTH_ERR_FORMAT (no UTF-8), BERTH_ERR_MEMORY.
 */
enum berth_status berth_fastbpe_read_codes(const struct berth_blob *file,
                                           const char *name,
                                           struct berth_merges *out,
                                           struct berth_error *err);

/*
 * berth_fastbpe - merges as berth_bpe(), but of symbols that need not be
 * tokens: a piece is a token by its text, "low@@" where the word goes on, and
 * else it is unknown. The last character of a word is one with "</w>".
 *
 *   vocab    indexed; lives longer than the stage
 *   unknown  the token for pieces that have none
 *   out      owned: its free()
 *
 * Errors: BERTH_ERR_MEMORY.
 * Source: PhobertTokenizer of transformers 5.24.
 */
enum berth_status berth_fastbpe(const struct berth_vocab *vocab,
                                const struct berth_merges *merges,
                                const char *unknown, const char *name,
                                struct berth_subwords *out,
                                struct berth_error *err);

#endif
