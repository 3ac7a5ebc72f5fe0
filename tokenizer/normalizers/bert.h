/*
 * bert.h - stage 1 of BERT: the text as the vocabulary would have it.
 */
#ifndef TOKENIZER_NORMALIZERS_BERT_H
#define TOKENIZER_NORMALIZERS_BERT_H

#include "tokenizer/stages/stage.h"

/* What is done to a text, in this order. With all of it "A" TAB U+00C9 U+4E2D
 * becomes "a e", a blank, U+4E2D and a blank. */
struct berth_bert_rules {
    bool lower_first;   /* Lowercase in front of the rest */
    bool clean;         /* drop control characters, U+0000 and U+FFFD; white
                           space becomes blanks */
    bool chinese;       /* blanks around Chinese characters */
    bool strip_accents; /* decompose (NFD) and drop marks (Mn) */
    bool lowercase;
};

/*
 * berth_bert_normalizer - all of it in one pass over the text.
 *
 *   out  owned: its free()
 *
 * False: out of memory.
 * Source: BertNormalizer and NormalizedString of tokenizers: which original
 * character an inserted or reordered one belongs to is theirs too.
 */
bool berth_bert_normalizer(const struct berth_bert_rules *rules,
                           struct berth_normalizer *out);

#endif
