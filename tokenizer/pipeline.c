/*
 * pipeline.c - a text through added tokens, normalizer, splitter and subwords.
 *
 * "a [MASK] B" has an added token in the raw text: "a " and " B" are its
 * stretches. Each is normalised; added tokens that are looked for in normalised
 * text part it once more.
 */
#include "tokenizer/pipeline.h"

/* One run of berth_pipeline_run(). */
struct run {
    const struct berth_tokenizer *tokenizer;
    struct berth_scratch *scratch;
    struct berth_side *side;
    const char *text;
    bool plain;
};

/* The tokens from begin on are those of the next word. */
static void number(struct berth_side *side, size_t begin)
{
    if (!side->numbered)
        return;
    for (size_t i = begin; i < side->n; i++)
        side->words[i] = side->n_words;
    side->n_words++;
}

/* An added token is a word of its own. */
static bool put(struct run *run, int32_t id, size_t begin, size_t end)
{
    if (!berth_side_reserve(run->side, 1))
        return false;
    berth_side_put(run->side, id, begin, end);
    number(run->side, run->side->n - 1);
    return true;
}

/* The words one by one, so that it is known which tokens each has. */
static bool cut_numbered(struct run *run)
{
    const struct berth_subwords *subwords = &run->tokenizer->subwords;
    struct berth_flow *flow = &run->scratch->flow;
    const size_t n_words = flow->n_words;

    for (size_t i = 0; i < n_words; i++) {
        const size_t begin = run->side->n;

        flow->words[0] = flow->words[i];
        flow->n_words = 1;
        if (!subwords->cut(subwords->self, flow, run->side))
            return false;
        number(run->side, begin);
    }
    return true;
}

/* Bytes [begin, end) of the normalised text, which hold no added token. begin
 * may be greater than end: when the token before took in the white space that
 * this one begins with. What a splitter has written after the text goes. */
static bool add_words(struct run *run, size_t begin, size_t end)
{
    const struct berth_splitter *splitter = &run->tokenizer->splitter;
    const struct berth_subwords *subwords = &run->tokenizer->subwords;
    struct berth_flow *flow = &run->scratch->flow;
    size_t n = flow->n;
    bool ok;

    if (begin >= end)
        return true;
    flow->n_words = 0;
    if (splitter->run != NULL)
        ok = splitter->run(splitter->self, begin, end, flow);
    else
        ok = berth_flow_word(flow, begin, end);
    if (ok && run->side->numbered)
        ok = cut_numbered(run);
    else
        ok = ok && subwords->cut(subwords->self, flow, run->side);
    flow->n = n;
    return ok;
}

/* Ready for another text. */
static bool restart(struct berth_added_cursor *cursor, size_t block)
{
    void *found = berth_grown(cursor->found, &cursor->capacity, block,
                              sizeof(*cursor->found));

    if (found == NULL)
        return false;
    cursor->found = found;
    cursor->begin = cursor->end = cursor->length = 0;
    cursor->blank_begin = cursor->blank_end = 0;
    return true;
}

/* Bytes [begin, end) of the text, which hold no token of the raw text. */
static bool add_stretch(struct run *run, size_t begin, size_t end)
{
    const struct berth_added *added = &run->tokenizer->added;
    const struct berth_normalizer *normalizer = &run->tokenizer->normalizer;
    struct berth_flow *flow = &run->scratch->flow;
    struct berth_added_cursor *cursor = &run->scratch->normalized_cursor;
    struct berth_added_match match;
    size_t at = 0, taken = 0;

    if (!restart(cursor, added->block) ||
        !normalizer->run(normalizer->self, run->text, begin, end, flow))
        return false;
    while (berth_added_find(added, &added->normalized, cursor, flow->bytes,
                            flow->n, at, taken, run->plain, &match)) {
        if (!add_words(run, taken, match.begin) ||
            !put(run, match.token->id, flow->origin[match.begin].begin,
                 flow->origin[match.end - 1].end))
            return false;
        taken = match.end;
        at = match.next;
    }
    return add_words(run, taken, flow->n);
}

bool berth_pipeline_run(const struct berth_tokenizer *tokenizer,
                        const char *text, size_t n, bool plain,
                        struct berth_scratch *scratch, struct berth_side *side)
{
    const struct berth_added *added = &tokenizer->added;
    struct run run = {tokenizer, scratch, side, text, plain};
    struct berth_added_match match;
    size_t at = 0, taken = 0;

    side->n = 0;
    side->n_words = 0;
    if (!restart(&scratch->raw_cursor, added->block))
        return false;
    while (berth_added_find(added, &added->raw, &scratch->raw_cursor, text, n,
                            at, taken, plain, &match)) {
        if (taken < match.begin && !add_stretch(&run, taken, match.begin))
            return false;
        if (!put(&run, match.token->id, match.begin, match.end))
            return false;
        taken = match.end;
        at = match.next;
    }
    return taken >= n || add_stretch(&run, taken, n);
}
