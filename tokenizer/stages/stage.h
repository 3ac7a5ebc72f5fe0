/*
 * stage.h - the four kinds of stages that a text goes through, and back: one
 * verb each. pipeline.h says in which order.
 *
 * A stage never changes once it is made. self is its own, and free() ends it.
 * An empty slot, {0}, changes nothing: without a splitter a stretch of text is
 * one word. rules is a number of all its settings, for the fingerprint.
 *
 * A verb takes a whole stretch of text, not a word or a character: by the
 * million these pass through plain loops, with no call through a pointer.
 */
#ifndef TOKENIZER_STAGES_STAGE_H
#define TOKENIZER_STAGES_STAGE_H

#include "tokenizer/stages/pieces.h"

/* berth_rules_add - rules with one more setting. */
static inline uint64_t berth_rules_add(uint64_t rules, uint64_t setting)
{
    rules = (rules ^ setting) * UINT64_C(0x9e3779b97f4a7c15);
    return rules ^ rules >> 32;
}

struct berth_normalizer {
    /* Bytes [begin, end) of text, normalised, into flow->bytes with their
     * origins, in the place of what was there. end is at most UINT32_MAX.
     * False: out of memory. */
    bool (*run)(const void *self, const char *text, size_t begin, size_t end,
                struct berth_flow *flow);
    /* True only where run() would leave all n bytes, which are UTF-8, as they
     * are. NULL: not known without a try. */
    bool (*keeps)(const void *self, const char *bytes, size_t n);
    void (*free)(void *self);
    void *self;
    uint64_t rules;
};

struct berth_splitter {
    /* Appends the words of flow->bytes [begin, end) to flow->words: from left
     * to right, none of them empty. Where they are spelt differently they are
     * written after flow->bytes[flow->n], with origins. False: out of
     * memory. */
    bool (*run)(const void *self, size_t begin, size_t end,
                struct berth_flow *flow);
    void (*free)(void *self);
    void *self;
    uint64_t rules;
    bool byte_level; /* tokens spell the bytes of its words
                        (unicode/byte_alphabet.h) */
    /* What a token begins with that has a blank before it, U+2581; lives with
     * self. 0 bytes: blanks part words. */
    const char *blank;
    size_t blank_length;
};

struct berth_subwords {
    /* Appends the tokens of flow->words to side. False: out of memory. */
    bool (*cut)(const void *self, struct berth_flow *flow,
                struct berth_side *side);
    void (*free)(void *self);
    void *self;
    uint64_t rules;
    bool byte_level; /* it takes the words of a splitter that has this, too */
    int32_t unk_id;  /* for a word without a token; -1: there is none */
    /* What a token that continues a word begins with, "##"; lives with self. */
    const char *prefix;
    size_t prefix_length;
    /* What a token that ends a word ends with, "</w>", or, if suffix_goes_on,
     * any other. */
    const char *suffix;
    size_t suffix_length;
    bool suffix_goes_on;
};

struct berth_decoder {
    /* Appends to text, which is empty, what becomes of tokens. What there is of
     * it is joined at the end. False: out of memory. */
    bool (*run)(const void *self, const struct berth_pieces *tokens,
                struct berth_pieces *text);
    void (*free)(void *self);
    void *self;
};

/* BERTH_FREE_STAGES - ends n stages of one kind, empty slots left out. */
#define BERTH_FREE_STAGES(stages, n)                                           \
    do {                                                                       \
        for (size_t ended = 0; ended < (n); ended++) {                         \
            if ((stages)[ended].free != NULL)                                  \
                (stages)[ended].free((stages)[ended].self);                    \
        }                                                                      \
    } while (0)

#endif
