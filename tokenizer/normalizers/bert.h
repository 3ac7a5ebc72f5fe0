/*
 * bert.h - stage 1: the text as the vocabulary would have it.
 */
#ifndef TOKENIZER_NORMALIZERS_BERT_H
#define TOKENIZER_NORMALIZERS_BERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is done to a text, in this order. */
struct berth_normalizer {
    bool lower_first;   /* Lowercase in front of the rest */
    bool clean;         /* drop control characters, U+0000 and U+FFFD; white
                           space becomes blanks */
    bool chinese;       /* blanks around Chinese characters */
    bool strip_accents; /* decompose (NFD) and drop marks (Mn) */
    bool lowercase;
    unsigned char ascii[128];      /* what a character becomes */
    unsigned char ascii_kept[128]; /* 1, or 0 where it is dropped */
};

/* A mark of which it is not known yet where it goes. */
struct berth_pending;

/* Start with {0}; berth_normalized_free() at the end. */
struct berth_normalized {
    char *bytes;      /* (n) UTF-8 */
    uint32_t *origin; /* (n) where the character that a byte comes from begins
                         in the text */
    size_t n;
    size_t capacity;
    struct berth_pending *pending;
    size_t n_pending;
    size_t pending_capacity;
};

/* berth_normalizer_prepare - fills the tables from the switches. */
void berth_normalizer_prepare(struct berth_normalizer *normalizer);

/*
 * berth_normalize - bytes [begin, end) of text into out, whose old content is
 * replaced. end is at most UINT32_MAX. False: out of memory.
 *
 * Source: BertNormalizer and NormalizedString of tokenizers: which original
 * character an inserted or reordered one belongs to is theirs too.
 */
bool berth_normalize(const struct berth_normalizer *normalizer,
                     const char *text, size_t begin, size_t end,
                     struct berth_normalized *out);

void berth_normalized_free(struct berth_normalized *normalized);

#endif
