/*
 * tokenize.h - text to tokens and back with the model of the present folder,
 * and what must hold for any tokenizer and any text.
 */
#ifndef TESTS_FUZZ_TOKENIZE_H
#define TESTS_FUZZ_TOKENIZE_H

#include "tests/fuzz/folder.h"

static inline struct berth_text tokenize_text(const struct berth_model *model)
{
    bool pair = folder.options[OPTION_BITS] & BIT_PAIR;
    const char *text = (const char *)folder.text;
    size_t n = pair ? folder.text_size / 2 : folder.text_size;
    const char *prompt = berth_model_get_prompt(model, NULL);

    return (struct berth_text){.text = text,
                               .text_len = n,
                               .pair = pair ? text + n : NULL,
                               .pair_len = folder.text_size - n,
                               .prompt = prompt,
                               .prompt_len =
                                   prompt != NULL ? strlen(prompt) : 0};
}

static inline struct berth_tokenize_options
tokenize_options(const struct berth_model_facts *facts)
{
    const unsigned char *o = folder.options;

    return (struct berth_tokenize_options){
        .max_tokens = o[OPTION_BITS] & BIT_MAX_TOKENS ? o[OPTION_MAX_TOKENS]
                                                      : facts->max_tokens,
        .overflow = (enum berth_overflow)(o[OPTION_OVERFLOW] % 3),
        .truncation = (enum berth_truncation)(o[OPTION_TRUNCATION] % 3),
        .overlap = o[OPTION_OVERLAP] % 8,
        .plain = o[OPTION_BITS] & BIT_PLAIN,
        .no_special = o[OPTION_BITS] & BIT_NO_SPECIAL};
}

static inline void expect_token(const struct berth_model *model,
                                enum berth_part part,
                                const struct berth_text *text,
                                const struct berth_tokens *t, size_t i)
{
    size_t vocab_size = berth_model_get_facts(model)->vocab_size;
    const struct berth_span *span = &t->offsets[i];
    size_t limit = text->text_len;
    struct berth_token token;

    if (text->pair != NULL && text->pair_len > limit)
        limit = text->pair_len;
    /* Without an encoder, a token needs no row. */
    EXPECT(t->ids[i] >= 0 && ((size_t)t->ids[i] < vocab_size ||
                              (part == BERTH_PART_TOKENIZER &&
                               berth_token_get(model, t->ids[i], &token))),
           "token %zu has id %d of %zu", i, (int)t->ids[i], vocab_size);
    EXPECT(span->begin <= span->end && span->end <= limit,
           "token %zu is bytes %zu to %zu of %zu", i, span->begin, span->end,
           limit);
    EXPECT(!t->special[i] || (span->begin == 0 && span->end == 0),
           "token %zu was added, but has bytes %zu to %zu", i, span->begin,
           span->end);
}

static inline void expect_windows(const struct berth_tokens *t,
                                  size_t max_tokens)
{
    EXPECT(t->n_windows > 0, "no window");
    for (size_t i = 0; i < t->n_windows; i++) {
        const struct berth_window *w = &t->windows[i];

        EXPECT(w->start <= t->n && w->n_tokens <= t->n - w->start,
               "window %zu is tokens %zu + %zu of %zu", i, w->start,
               w->n_tokens, t->n);
        EXPECT(w->n_prompt <= w->n_tokens, "window %zu is less than its prompt",
               i);
        EXPECT(max_tokens == 0 || w->n_tokens <= max_tokens,
               "window %zu has %zu tokens of at most %zu", i, w->n_tokens,
               max_tokens);
    }
}

static inline void expect_decodes(const struct berth_model *model,
                                  const struct berth_tokens *t)
{
    bool skip = folder.options[OPTION_BITS] & BIT_SKIP_SPECIAL;
    struct berth_error err = {0};
    char *out = NULL;
    size_t size = 0;
    enum berth_status status =
        berth_decode(model, t->ids, t->n, skip, &out, &size, &err);

    if (status == BERTH_OK)
        EXPECT(out[size] == '\0', "a text that does not end");
    else
        fuzz_expect_message(status, &err);
    free(out);
}

/* tokenize_folder - the present text with the model, opened for part; false: it
 * has no tokens here. tokens is the caller's to free. */
static inline bool tokenize_folder(const struct berth_model *model,
                                   enum berth_part part,
                                   struct berth_tokens *tokens)
{
    const struct berth_model_facts *facts = berth_model_get_facts(model);
    struct berth_tokenize_options options = tokenize_options(facts);
    struct berth_text text = tokenize_text(model);
    struct berth_error err = {0};
    enum berth_status status =
        berth_tokenize(model, &text, &options, tokens, &err);

    if (status != BERTH_OK) {
        fuzz_expect_message(status, &err);
        return false;
    }
    for (size_t i = 0; i < tokens->n; i++)
        expect_token(model, part, &text, tokens, i);
    expect_windows(tokens, options.max_tokens);
    expect_decodes(model, tokens);
    return true;
}

/* tokenize_open - the model of the present folder; NULL: it is not good, and
 * the message says so. */
static inline struct berth_model *tokenize_open(enum berth_part part,
                                                enum berth_head_kind head)
{
    static const char *const cpus[] = {"scalar",  "avx2",       "avx2vnni",
                                       "avx512",  "avx512vnni", "amx",
                                       "dotprod", "vector"};
    const unsigned char *o = folder.options;
    struct berth_model_options options = {
        .part = part,
        .head = head,
        .precision = (enum berth_precision)(o[OPTION_PRECISION] % 5),
        .cpu = cpus[o[OPTION_CPU] % (sizeof(cpus) / sizeof(*cpus))]};
    struct berth_error err = {0};
    struct berth_model *model = NULL;
    enum berth_status status = berth_model_open(NULL, &options, &model, &err);

    if (status != BERTH_OK)
        fuzz_expect_message(status, &err);
    return model;
}

#endif
