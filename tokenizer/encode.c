/*
 * encode.c - stage 4: special tokens around the texts, truncation, windows.
 *
 * A text of nine tokens, a .. i, with max_tokens 6 and overlap 1:
 *
 *     truncated        [CLS] a b c d [SEP]
 *     windows          [CLS] a b c d [SEP]   [CLS] d e f g [SEP]
 *                      [CLS] g h i [SEP]
 *     windows of masks one for each [MASK], with it in the middle
 *
 * Of a pair both texts are cut as berth_window_fit() says; each window then has
 * a part of each.
 */
#include "tokenizer/trim.h"
#include "tokenizer/window.h"

#include "lib/status.h"

#include <string.h>

/* What all windows of a text may hold: the pairs of two long texts' parts grow
 * with the product of their lengths, and memory must not. A thousand parts of
 * each would be a million windows. */
enum {
    WINDOWS_TOKENS_MAX = 1 << 22,
    WINDOWS_TIMES_MAX = 16 /* where it is more: as many times the text's */
};

/* One call of berth_tokenizer_encode(). */
struct encoding {
    const struct berth_tokenizer *tokenizer;
    const struct berth_template *form;
    const struct berth_tokenize_options *options;
    struct berth_tokens *tokens;
    struct berth_scratch *scratch;
    bool has_pair;
    bool has_prompt;
    const char *texts[2]; /* as they are tokenized: A after its prompt */
    size_t prompt;        /* bytes of the prompt */
    size_t n_prompt;      /* tokens of the prompt */
    size_t n_special;     /* special tokens of a window */
    size_t size[2];       /* tokens of each text that fit into one */
};

static enum berth_status fail_memory(struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_MEMORY, "tokens: out of memory");
}

static size_t count_special(const struct encoding *e, bool pair)
{
    const struct berth_tokenizer_facts *facts = &e->tokenizer->facts;

    if (e->options->no_special)
        return 0;
    return pair ? facts->n_special_pair : facts->n_special;
}

static void put_special(struct berth_tokens *tokens, int32_t id,
                        int32_t type_id)
{
    tokens->ids[tokens->n] = id;
    tokens->type_ids[tokens->n] = type_id;
    tokens->offsets[tokens->n] = (struct berth_span){0, 0};
    tokens->special[tokens->n] = true;
    tokens->second[tokens->n] = false;
    tokens->words[tokens->n] = SIZE_MAX;
    tokens->n++;
}

/* Offsets count from the end of the prompt: in "query: it", 7-9 becomes 0-2,
 * and 0-5 becomes 0-0. A token across the end begins at 0. */
static struct berth_span shifted(struct berth_span span, size_t prompt)
{
    if (span.end <= prompt)
        return (struct berth_span){0, 0};
    return (struct berth_span){span.begin > prompt ? span.begin - prompt : 0,
                               span.end - prompt};
}

/* Places without what the tokens spell of blanks, and after the prompt. */
static void move_spans(const struct encoding *e, size_t side, size_t begin)
{
    struct berth_tokens *tokens = e->tokens;
    size_t prompt = side == 0 ? e->prompt : 0;

    for (size_t i = begin; i < tokens->n; i++) {
        struct berth_span *span = &tokens->offsets[i];

        if (e->tokenizer->trim != BERTH_TRIM_NONE)
            *span = berth_trim(e->tokenizer, tokens->ids[i], e->texts[side],
                               *span, i == begin);
        if (prompt > 0)
            *span = shifted(*span, prompt);
    }
}

static void put_side(const struct encoding *e, size_t side,
                     struct berth_range range, int32_t type_id)
{
    const struct berth_side *s = &e->scratch->sides[side];
    struct berth_tokens *tokens = e->tokens;
    size_t begin = tokens->n, n = range.end - range.begin;

    if (n == 0)
        return;
    memcpy(tokens->ids + begin, s->ids + range.begin, n * sizeof(*s->ids));
    memcpy(tokens->offsets + begin, s->spans + range.begin,
           n * sizeof(*s->spans));
    memset(tokens->special + begin, false, n);
    memset(tokens->second + begin, side == 1, n);
    if (e->options->words)
        memcpy(tokens->words + begin, s->words + range.begin,
               n * sizeof(*s->words));
    tokens->n += n;
    for (size_t i = begin; i < tokens->n; i++)
        tokens->type_ids[i] = type_id;
    if (e->tokenizer->trim != BERTH_TRIM_NONE || (side == 0 && e->prompt > 0))
        move_spans(e, side, begin);
}

/* Tokens of the prompt in a range: where the left end of "query: what is it" is
 * cut off, a part of the prompt may be gone. */
static size_t prompt_in(const struct encoding *e, struct berth_range range)
{
    size_t end = e->n_prompt < range.end ? e->n_prompt : range.end;

    return end > range.begin ? end - range.begin : 0;
}

/*
 * Appends the window of these parts. focus_side and focus name a token that the
 * window is for; focus SIZE_MAX: none.
 */
static bool add_window(struct encoding *e, const struct berth_range parts[2],
                       size_t focus_side, size_t focus)
{
    struct berth_tokens *tokens = e->tokens;
    struct berth_window window = {tokens->n, 0, 0, SIZE_MAX};
    size_t need = e->n_special + (parts[0].end - parts[0].begin) +
                  (parts[1].end - parts[1].begin);

    if (!berth_tokens_reserve(tokens, need) ||
        !berth_tokens_reserve_window(tokens))
        return false;
    for (size_t i = 0; i < e->form->n; i++) {
        size_t side = e->form->pieces[i].kind == BERTH_TEMPLATE_B ? 1 : 0;
        int32_t type_id = e->form->pieces[i].type_id;

        if (e->form->pieces[i].kind == BERTH_TEMPLATE_SPECIAL) {
            if (!e->options->no_special)
                put_special(tokens, e->form->pieces[i].id, type_id);
            continue;
        }
        if (focus != SIZE_MAX && side == focus_side)
            window.focus = tokens->n - window.start + focus - parts[side].begin;
        if (e->has_prompt && side == 0)
            window.n_prompt = tokens->n - window.start + prompt_in(e, parts[0]);
        put_side(e, side, parts[side], type_id);
    }
    window.n_tokens = tokens->n - window.start;
    tokens->windows[tokens->n_windows++] = window;
    return true;
}

static struct berth_range part(const struct encoding *e, size_t side,
                               size_t overlap, size_t i)
{
    return berth_window_part(e->scratch->sides[side].n, e->size[side], overlap,
                             e->tokenizer->truncate_left, i);
}

/* The one window that truncation leaves. */
static bool add_truncated(struct encoding *e)
{
    struct berth_range parts[2] = {part(e, 0, 0, 0), part(e, 1, 0, 0)};

    return add_window(e, parts, 0, SIZE_MAX);
}

/* The text that comes first in the template: B in [CLS] B [SEP] A [SEP]. */
static size_t first_side(const struct berth_template *form)
{
    for (size_t i = 0; i < form->n; i++) {
        if (form->pieces[i].kind != BERTH_TEMPLATE_SPECIAL)
            return form->pieces[i].kind == BERTH_TEMPLATE_B ? 1 : 0;
    }
    return 0;
}

/* Overlapping parts of one text. */
static size_t count_parts(const struct encoding *e, size_t side)
{
    return berth_window_count(e->scratch->sides[side].n, e->size[side],
                              e->options->overlap);
}

/* Windows of add_overlapping(); SIZE_MAX: more than that. */
static size_t count_overlapping(const struct encoding *e)
{
    size_t product;

    return berth_mul(count_parts(e, 0), count_parts(e, 1), &product) ? product
                                                                     : SIZE_MAX;
}

/* Windows of add_masks(). */
static size_t count_masks(const struct encoding *e)
{
    int32_t mask = e->tokenizer->facts.mask_id;
    size_t n = 0;

    for (size_t s = 0; mask >= 0 && s < 2; s++) {
        const struct berth_side *side = &e->scratch->sides[s];

        for (size_t i = 0; i < side->n; i++)
            n += side->ids[i] == mask;
    }
    return n;
}

static enum berth_status check_count(const struct encoding *e, size_t n_windows,
                                     struct berth_error *err)
{
    size_t window = e->n_special + e->size[0] + e->size[1];
    size_t most = WINDOWS_TOKENS_MAX;
    size_t times, all;

    if (berth_mul(e->tokens->n_full, WINDOWS_TIMES_MAX, &times) && times > most)
        most = times;
    if (berth_mul(n_windows, window, &all) && all <= most)
        return BERTH_OK;
    return berth_fail(err, BERTH_ERR_ARGUMENT,
                      "windows: expected at most %zu of %zu tokens, found %zu; "
                      "part the text, or let the windows overlap less",
                      most / window, window, n_windows);
}

/* Part i of the text that comes first in the template, part j of the other. */
static bool add_parts(struct encoding *e, size_t i, size_t j)
{
    size_t x = first_side(e->form), y = 1 - x;
    struct berth_range parts[2];

    parts[x] = part(e, x, e->options->overlap, i);
    parts[y] = part(e, y, e->options->overlap, j);
    return add_window(e, parts, 0, SIZE_MAX);
}

/*
 * Windows over both texts. Where both are too long every part of one meets
 * every part of the other. With three parts of each, (first, second), the order
 * is that of the reference:
 *
 *     (0,0)
 *     (1,0) (1,1) (1,2)
 *     (2,0) (2,1) (2,2)
 *     (0,1) (0,2)
 */
static bool add_overlapping(struct encoding *e)
{
    size_t x = first_side(e->form);
    size_t n_first = count_parts(e, x), n_second = count_parts(e, 1 - x);

    if (!add_parts(e, 0, 0))
        return false;
    for (size_t i = 1; i < n_first; i++) {
        for (size_t j = 0; j < n_second; j++) {
            if (!add_parts(e, i, j))
                return false;
        }
    }
    for (size_t j = 1; j < n_second; j++) {
        if (!add_parts(e, 0, j))
            return false;
    }
    return true;
}

/* A window for each mask of both texts. */
static bool add_masks(struct encoding *e)
{
    int32_t mask = e->tokenizer->facts.mask_id;

    for (size_t s = 0; s < 2; s++) {
        const struct berth_side *side = &e->scratch->sides[s];

        for (size_t i = 0; mask >= 0 && i < side->n; i++) {
            struct berth_range parts[2] = {part(e, 0, 0, 0), part(e, 1, 0, 0)};

            if (side->ids[i] != mask)
                continue;
            /* only_first may keep all of a text: then this is the whole. */
            parts[s] = berth_window_centre(side->n, e->size[s], i);
            if (parts[s].begin <= i && i < parts[s].end &&
                !add_window(e, parts, s, i))
                return false;
        }
    }
    return true;
}

/* The overlap must leave something new in every part: of 4 tokens that fit, at
 * most 3 are those of the part before. */
static enum berth_status check_overlap(const struct encoding *e,
                                       struct berth_error *err)
{
    for (size_t s = 0; s < 2; s++) {
        if (e->scratch->sides[s].n > e->size[s] &&
            e->options->overlap >= e->size[s]) {
            return berth_fail(err, BERTH_ERR_ARGUMENT,
                              "overlap: expected less than the %zu tokens of "
                              "the %s text that fit a window, found %zu",
                              e->size[s], s == 0 ? "first" : "second",
                              e->options->overlap);
        }
    }
    return BERTH_OK;
}

static enum berth_status add_windows(struct encoding *e,
                                     struct berth_error *err)
{
    bool cut = e->scratch->sides[0].n > e->size[0] ||
               e->scratch->sides[1].n > e->size[1];
    enum berth_status status;

    if (cut && e->options->overflow == BERTH_OVERFLOW_WINDOW) {
        status = check_overlap(e, err);
        if (status == BERTH_OK)
            status = check_count(e, count_overlapping(e), err);
        if (status != BERTH_OK)
            return status;
        return add_overlapping(e) ? BERTH_OK : fail_memory(err);
    }
    if (cut && e->options->overflow == BERTH_OVERFLOW_MASK) {
        status = check_count(e, count_masks(e), err);
        if (status != BERTH_OK)
            return status;
        if (!add_masks(e))
            return fail_memory(err);
        if (e->tokens->n_windows > 0)
            return BERTH_OK;
    }
    e->tokens->truncated = cut;
    return add_truncated(e) ? BERTH_OK : fail_memory(err);
}

/*
 * Limits that make no sense whatever the text. The overlap is measured by the
 * room that one text has, also for pairs, as in the reference; what a pair
 * leaves is looked at when it is cut.
 */
static enum berth_status check_limits(const struct encoding *e,
                                      struct berth_error *err)
{
    const struct berth_tokenize_options *options = e->options;
    size_t n_single = count_special(e, false);

    if (options->max_tokens == 0)
        return BERTH_OK;
    if (options->max_tokens <= e->n_special) {
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "max_tokens: expected more than the %zu special "
                          "tokens, found %zu",
                          e->n_special, options->max_tokens);
    }
    if (options->overflow == BERTH_OVERFLOW_WINDOW &&
        options->max_tokens > n_single &&
        options->overlap >= options->max_tokens - n_single) {
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "overlap: expected less than the %zu tokens that fit "
                          "a window, found %zu",
                          options->max_tokens - n_single, options->overlap);
    }
    return BERTH_OK;
}

static enum berth_status fit(struct encoding *e, struct berth_error *err)
{
    const size_t n[2] = {e->scratch->sides[0].n, e->scratch->sides[1].n};
    size_t limit = e->options->max_tokens;
    enum berth_status status = check_limits(e, err);

    if (status != BERTH_OK)
        return status;
    return berth_window_fit(e->options->truncation, n, e->has_pair,
                            limit > 0 ? limit - e->n_special : SIZE_MAX,
                            e->size, err);
}

/* Text A after its prompt, as one text; the tokens of the prompt alone are
 * counted as sentence-transformers does. */
static bool split_prompted(struct encoding *e, const struct berth_text *text,
                           bool plain)
{
    struct berth_scratch *scratch = e->scratch;
    struct berth_side *side = &scratch->sides[0];
    size_t n = text->prompt_len + text->text_len;
    char *joined;

    if (!berth_pipeline_run(e->tokenizer, text->prompt, text->prompt_len, plain,
                            scratch, side))
        return false;
    e->n_prompt = side->n;
    joined = berth_room_grown(&scratch->joined, n, 1);
    if (joined == NULL)
        return false;
    memcpy(joined, text->prompt, text->prompt_len);
    if (text->text_len > 0)
        memcpy(joined + text->prompt_len, text->text, text->text_len);
    e->texts[0] = joined;
    e->prompt = text->prompt_len;
    return berth_pipeline_run(e->tokenizer, joined, n, plain, scratch, side);
}

static enum berth_status split(struct encoding *e,
                               const struct berth_text *text,
                               struct berth_error *err)
{
    bool plain = e->options->plain || e->tokenizer->plain;
    bool ok;

    if (text->prompt_len > UINT32_MAX || text->pair_len > UINT32_MAX ||
        text->text_len > UINT32_MAX - text->prompt_len) {
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "text: expected less than 4 GiB, found %zu bytes",
                          text->text_len);
    }
    for (size_t i = 0; i < 2; i++)
        e->scratch->sides[i].numbered = e->options->words;
    if (e->has_prompt)
        ok = split_prompted(e, text, plain);
    else
        ok = berth_pipeline_run(e->tokenizer, text->text, text->text_len, plain,
                                e->scratch, &e->scratch->sides[0]);
    e->scratch->sides[1].n = 0;
    if (ok && e->has_pair)
        ok = berth_pipeline_run(e->tokenizer, text->pair, text->pair_len, plain,
                                e->scratch, &e->scratch->sides[1]);
    return ok ? BERTH_OK : fail_memory(err);
}

static size_t count_unknown(const struct encoding *e)
{
    size_t n = 0;

    for (size_t s = 0; s < 2; s++) {
        const struct berth_side *side = &e->scratch->sides[s];

        for (size_t i = 0; i < side->n; i++)
            n += side->ids[i] == e->tokenizer->subwords.unk_id;
    }
    return n;
}

enum berth_status
berth_tokenizer_encode(const struct berth_tokenizer *tokenizer,
                       const struct berth_text *text,
                       const struct berth_tokenize_options *options,
                       struct berth_tokens *tokens, struct berth_error *err)
{
    static const struct berth_tokenize_options defaults = {0};
    struct encoding e = {
        .tokenizer = tokenizer,
        .form = text->pair != NULL ? &tokenizer->pair : &tokenizer->single,
        .options = options != NULL ? options : &defaults,
        .tokens = tokens,
        .scratch = berth_tokens_scratch(tokens),
        .texts = {text->text, text->pair},
        .has_pair = text->pair != NULL,
        .has_prompt = text->prompt != NULL && text->prompt_len > 0};
    enum berth_status status;

    if (e.scratch == NULL)
        return fail_memory(err);
    tokens->n = 0;
    tokens->n_windows = 0;
    tokens->truncated = false;
    status = split(&e, text, err);
    if (status != BERTH_OK)
        return status;
    e.n_special = count_special(&e, e.has_pair);
    tokens->n_full =
        e.n_special + e.scratch->sides[0].n + e.scratch->sides[1].n;
    tokens->n_unknown = count_unknown(&e);
    if (tokens->n_unknown > 0 && tokenizer->subwords.unk_id < 0)
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "text: expected words of the vocabulary, as it has "
                          "no token for unknown ones, found one that is not");
    status = fit(&e, err);
    return status == BERTH_OK ? add_windows(&e, err) : status;
}
