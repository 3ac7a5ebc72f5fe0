/*
 * state.h - what a tokenizer is made of; only files of this folder look inside.
 */
#ifndef TOKENIZER_STATE_H
#define TOKENIZER_STATE_H

#include "tokenizer/added.h"
#include "tokenizer/normalizers/bert.h"
#include "tokenizer/subwords/vocab.h"
#include "tokenizer/subwords/wordpiece.h"
#include "tokenizer/tokenizer.h"

enum {
    BERTH_TEMPLATE_MAX = 16
};

enum berth_template_kind {
    BERTH_TEMPLATE_SPECIAL = 0,
    BERTH_TEMPLATE_A,
    BERTH_TEMPLATE_B
};

/* What stands around the texts: [CLS] A [SEP], say. */
struct berth_template {
    struct {
        enum berth_template_kind kind;
        int32_t id; /* of a special token */
        int32_t type_id;
    } pieces[BERTH_TEMPLATE_MAX];
    size_t n;
};

struct berth_decoder {
    char *prefix; /* of a token that continues a word; NULL: tokens are joined
                     with blanks, nothing else */
    size_t prefix_length;
    bool cleanup; /* no blank before . , ? ! and the like */
};

struct berth_tokenizer {
    struct berth_vocab vocab;
    struct berth_added added;
    struct berth_normalizer normalizer;
    struct berth_wordpiece wordpiece;
    struct berth_template single;
    struct berth_template pair;
    struct berth_decoder decoder;
    bool split;         /* words are split off; else all text is one word */
    bool plain;         /* special tokens in the text are ordinary text */
    bool truncate_left; /* what does not fit is cut off at the left */
    struct berth_tokenizer_facts facts;
};

#endif
