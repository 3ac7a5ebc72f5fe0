/*
 * fastbpe.c - symbols of their own: "l", "o", "w</w>" become "low</w>" by the
 * codes, whether or not these are tokens; then "low" is looked for.
 */
#include "tokenizer/subwords/fastbpe.h"

#include "lib/status.h"
#include "tokenizer/subwords/bpe_merge.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

static const char end_mark[] = "</w>", goes_on[] = "@@";

enum {
    N_END = sizeof(end_mark) - 1,
    N_GOES_ON = sizeof(goes_on) - 1
};

/* The stage. */
struct fastbpe {
    const struct berth_vocab *vocab;
    struct berth_vocab symbols;
    struct berth_pairs pairs;
    int32_t unk_id;
};

/* A character of a word as a symbol; -1: no merge has it. */
static int32_t symbol_of(const struct fastbpe *stage, const char *at,
                         size_t size, bool last)
{
    char text[BERTH_UTF8_MAX + N_END];

    memcpy(text, at, size);
    if (last)
        memcpy(text + size, end_mark, N_END);
    return berth_vocab_id(&stage->symbols, text, size + (last ? N_END : 0));
}

static size_t spell(const struct fastbpe *stage, const char *word, size_t n,
                    struct berth_symbol *symbols)
{
    size_t n_symbols = 0;

    for (size_t at = 0; at < n;) {
        uint32_t cp;
        size_t size =
            berth_utf8_decode((const unsigned char *)word + at, n - at, &cp);
        int32_t id = symbol_of(stage, word + at, size, at + size == n);

        at += size;
        symbols[n_symbols++] =
            (struct berth_symbol){(uint32_t)id, (uint32_t)at};
    }
    return n_symbols;
}

/* The token of a piece; text has room for the mark behind it. */
static int32_t token_of(const struct fastbpe *stage, char *text,
                        const char *piece, size_t n, bool last)
{
    int32_t id;

    memcpy(text, piece, n);
    if (!last)
        memcpy(text + n, goes_on, N_GOES_ON);
    id = berth_vocab_id(stage->vocab, text, n + (last ? 0 : N_GOES_ON));
    return id >= 0 ? id : stage->unk_id;
}

static bool add_word(const struct fastbpe *stage, struct berth_flow *flow,
                     struct berth_span word, struct berth_side *side)
{
    const char *bytes = flow->bytes + word.begin;
    const struct berth_origin *origin = flow->origin + word.begin;
    size_t n = word.end - word.begin, n_symbols, begin = 0;
    struct berth_symbol *symbols =
        berth_room_grown(&flow->cutting[0], n, sizeof(*symbols));
    char *text;

    if (symbols == NULL)
        return false;
    n_symbols = spell(stage, bytes, n, symbols);
    n_symbols =
        berth_bpe_merge(&stage->pairs, symbols, n_symbols, &flow->cutting[1]);
    if (n_symbols == SIZE_MAX || !berth_side_reserve(side, n_symbols))
        return false;
    text = berth_room_grown(&flow->cutting[1], n + N_GOES_ON, 1);
    if (text == NULL)
        return false;
    for (size_t i = 0; i < n_symbols; i++) {
        size_t end = symbols[i].end;

        berth_side_put(side,
                       token_of(stage, text, bytes + begin, end - begin,
                                i + 1 == n_symbols),
                       origin[begin].begin, origin[end - 1].end);
        begin = end;
    }
    return true;
}

static bool cut(const void *self, struct berth_flow *flow,
                struct berth_side *side)
{
    for (size_t i = 0; i < flow->n_words; i++) {
        if (!add_word(self, flow, flow->words[i], side))
            return false;
    }
    return true;
}

static void free_stage(void *self)
{
    struct fastbpe *stage = self;

    berth_vocab_free(&stage->symbols);
    berth_pairs_free(&stage->pairs);
    free(stage);
}

/* Both symbols of a merge, and what they make. */
static void add_symbols(struct berth_vocab *symbols,
                        const struct berth_merges *merges, size_t i,
                        size_t *used)
{
    const struct berth_merge *merge = &merges->items[i];
    const char *left = merges->block + merge->left.begin;
    const char *right = merges->block + merge->right.begin;
    uint32_t n_left = merge->left.length, n_right = merge->right.length;
    struct berth_word *words = symbols->words + symbols->n_ids;

    words[0] = (struct berth_word){(uint32_t)*used, n_left};
    words[1] = (struct berth_word){(uint32_t)*used + n_left, n_right};
    words[2] = (struct berth_word){(uint32_t)*used, n_left + n_right};
    memcpy(symbols->block + *used, left, n_left);
    memcpy(symbols->block + *used + n_left, right, n_right);
    symbols->n_ids += 3;
    *used += n_left + n_right;
}

static enum berth_status build_symbols(struct berth_vocab *symbols,
                                       const struct berth_merges *merges,
                                       const char *name,
                                       struct berth_error *err)
{
    size_t size = 0, used = 0;
    int32_t twice;
    enum berth_status status;

    for (size_t i = 0; i < merges->n; i++)
        size += merges->items[i].left.length + merges->items[i].right.length;
    status = berth_vocab_reserve(symbols, 3 * merges->n, size, name, err);
    if (status != BERTH_OK)
        return status;
    for (size_t i = 0; i < merges->n; i++)
        add_symbols(symbols, merges, i, &used);
    return berth_vocab_index(symbols, name, &twice, err);
}

static uint64_t hash_merges(const struct berth_merges *merges)
{
    uint64_t hash = berth_rules_add(0xfa57, merges->n);

    for (size_t i = 0; i < merges->n; i++) {
        const struct berth_merge *merge = &merges->items[i];

        hash = berth_rules_add(
            hash, berth_hash_text(merges->block + merge->left.begin,
                                  merge->left.length));
        hash = berth_rules_add(
            hash, berth_hash_text(merges->block + merge->right.begin,
                                  merge->right.length));
    }
    return hash;
}

enum berth_status berth_fastbpe(const struct berth_vocab *vocab,
                                const struct berth_merges *merges,
                                const char *unknown, const char *name,
                                struct berth_subwords *out,
                                struct berth_error *err)
{
    struct fastbpe *stage = calloc(1, sizeof(*stage));
    enum berth_status status;

    if (stage == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    stage->vocab = vocab;
    stage->unk_id = berth_vocab_id(vocab, unknown, strlen(unknown));
    status = build_symbols(&stage->symbols, merges, name, err);
    if (status == BERTH_OK)
        status = berth_pairs_build(&stage->symbols, merges, 0, name,
                                   &stage->pairs, err);
    if (status != BERTH_OK) {
        free_stage(stage);
        return status;
    }
    *out = (struct berth_subwords){.cut = cut,
                                   .free = free_stage,
                                   .self = stage,
                                   .rules = hash_merges(merges),
                                   .unk_id = stage->unk_id,
                                   .prefix = "",
                                   .suffix = goes_on,
                                   .suffix_length = N_GOES_ON,
                                   .suffix_goes_on = true};
    return BERTH_OK;
}
