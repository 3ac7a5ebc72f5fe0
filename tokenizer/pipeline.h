/*
 * pipeline.h - what a tokenizer is made of, and in which order a text passes
 * through it. Only files of this folder look inside.
 *
 *     text: "Undone [MASK]!"
 *       added tokens            [MASK] is cut out; the rest goes on, as two
 *                               stretches
 *       normalizer              "undone ", "!"
 *       splitter                undone, !
 *       subwords                un ##done, !
 *     encode.c: template        [CLS] un ##done [MASK] ! [SEP]
 *     decode.c: decoder         "[CLS] undone [MASK]! [SEP]"
 *
 * Added tokens that are looked for in normalised text are cut out after the
 * normalizer. Each stage is a row of readers[] in load/ (key and "type" of
 * tokenizer.json, and what reads it) and a file in normalizers/, splitters/,
 * subwords/ or decoders/ with the verb of stages/stage.h. Patterns that
 * normalizers and splitters look for are in patterns/, what they ask of a
 * character in unicode/. A class of transformers names the same parts
 * (load/class.c).
 *
 * Of byte-level tokens, with a blank in front as RoBERTa may have it:
 *
 *     text: "so it's"
 *       splitter                " so", " it", "'s"
 *       subwords                \u0120so \u0120it 's
 *     trim.c                    0-2, 3-5, 5-7: the blanks that the tokens spell
 *                               are left out of their places
 *
 * Whatever a stage does, the origin of a byte is the place of one character of
 * the text, the first of those that it was made of: so the place of a token
 * holds all of them.
 */
#ifndef TOKENIZER_PIPELINE_H
#define TOKENIZER_PIPELINE_H

#include "tokenizer/added.h"
#include "tokenizer/stages/stage.h"
#include "tokenizer/subwords/vocab.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/tokens.h"

enum {
    BERTH_TEMPLATE_MAX = 16
};

enum berth_template_kind {
    BERTH_TEMPLATE_SPECIAL = 0,
    BERTH_TEMPLATE_A,
    BERTH_TEMPLATE_B
};

/* What is put around the texts, for example [CLS] A [SEP]. */
struct berth_template {
    struct {
        enum berth_template_kind kind;
        int32_t id; /* of a special token */
        int32_t type_id;
    } pieces[BERTH_TEMPLATE_MAX];
    size_t n;
};

/* Blanks that a token holds at its ends are no part of its place: not at all,
 * all of them, or all but the one that the splitter may have put in front. */
enum berth_trim {
    BERTH_TRIM_NONE = 0,
    BERTH_TRIM_ALL,
    BERTH_TRIM_BUT_PREFIX
};

/* The words of tokens, where they are not the end of how these are spelled. */
struct berth_words {
    char *block;     /* each with a NUL after it */
    uint32_t *begin; /* (n_ids) of the vocabulary; UINT32_MAX: it is the end of
                        the token; NULL: all are */
};

struct berth_tokenizer {
    struct berth_vocab vocab;
    struct berth_words words;
    struct berth_added added;
    struct berth_normalizer normalizer;
    struct berth_splitter splitter;
    struct berth_subwords subwords;
    struct berth_template single;
    struct berth_template pair;
    enum berth_trim trim;
    struct berth_decoder decoder;
    bool cleans_up;     /* what it gave: decoders/clean_up.h */
    bool plain;         /* special tokens in the text are ordinary text */
    bool truncate_left; /* what does not fit is cut off at the left */
    struct berth_tokenizer_facts facts;
};

/*
 * berth_pipeline_run - the tokens of text (n bytes, at most UINT32_MAX) and
 * their byte offsets into side, which is one of scratch, without special tokens
 * around them; what it held is replaced.
 *
 *   plain  special tokens in the text are ordinary text
 *
 * False: out of memory.
 */
bool berth_pipeline_run(const struct berth_tokenizer *tokenizer,
                        const char *text, size_t n, bool plain,
                        struct berth_scratch *scratch, struct berth_side *side);

#endif
