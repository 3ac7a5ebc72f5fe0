/*
 * bpe.c - words as symbols, merged (bpe_merge.c), as tokens.
 *
 * What is a symbol to begin with is one of:
 *   a byte, of byte-level tokens;
 *   a character, with the prefix unless it is the first, with the suffix if it
 *   is the last: "ab" is "a", "b</w>";
 *   a byte of a character that is no token, "<0xE2>", where that is asked for;
 *   the unknown token, of one or of all such neighbours.
 */
#include "tokenizer/subwords/bpe.h"

#include "lib/status.h"
#include "tokenizer/subwords/bpe_merge.h"
#include "tokenizer/unicode/byte_alphabet.h"
#include "tokenizer/unicode/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    AFFIX_MAX = 64, /* bytes of a prefix or a suffix */
    SYMBOL_MAX = 2 * AFFIX_MAX + BERTH_UTF8_MAX,
    BYTES = 256
};

/* The stage. */
struct bpe {
    const struct berth_vocab *vocab;
    struct berth_bpe_rules rules; /* its texts are below */
    struct berth_pairs pairs;
    int32_t symbols[BYTES]; /* of a byte, byte-level, or of an ASCII character
                               between others; -1: there is none */
    int32_t bytes[BYTES];   /* "<0x00>" and so on */
    int32_t unk_id;
    size_t longest; /* bytes of the longest token */
    char prefix[AFFIX_MAX];
    char suffix[AFFIX_MAX];
};

/* The symbols of one word as they come. */
struct spelling {
    const struct bpe *stage;
    struct berth_symbol *symbols;
    size_t n;
    uint32_t end;     /* of what is in symbols */
    uint32_t unknown; /* bytes of an unknown symbol that is still to come */
};

static void add(struct spelling *s, int32_t id, size_t bytes)
{
    s->end += (uint32_t)bytes;
    s->symbols[s->n++] = (struct berth_symbol){(uint32_t)id, s->end};
}

static void add_unknown(struct spelling *s)
{
    if (s->unknown > 0)
        add(s, s->stage->unk_id, s->unknown);
    s->unknown = 0;
}

/* A character that is no token; false: nothing stands for its bytes. Spelled in
 * the byte alphabet it has two, but one byte of the word. */
static bool fall_back(struct spelling *s, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s->stage->bytes[(unsigned char)text[i]] < 0)
            return false;
    }
    for (size_t i = 0; i < n; i++)
        add(s, s->stage->bytes[(unsigned char)text[i]],
            i == 0 || !s->stage->rules.byte_level);
    return true;
}

/* A symbol of size bytes of the word, which is written as text. What has none
 * leaves no trace where there is no unknown token: the places of all after it
 * move, as they do in the reference. */
static void add_text(struct spelling *s, const char *text, size_t n,
                     size_t size)
{
    const struct berth_bpe_rules *rules = &s->stage->rules;
    int32_t id = berth_vocab_id(s->stage->vocab, text, n);

    if (id >= 0) {
        add_unknown(s);
        add(s, id, size);
        return;
    }
    if ((rules->byte_fallback && fall_back(s, text, n)) ||
        rules->unknown == NULL)
        return;
    if (!rules->fuse_unknown)
        add_unknown(s);
    s->unknown += (uint32_t)size;
}

/* A prefix or a suffix at the end of n bytes; returns how many there are. */
static size_t append(char *text, size_t n, const char *affix)
{
    size_t size = strlen(affix);

    memcpy(text + n, affix, size);
    return n + size;
}

/* One character of n bytes, size bytes of the word, with what is put around
 * it. */
static void add_character(struct spelling *s, const char *at, size_t n,
                          size_t size, bool first, bool last)
{
    const struct berth_bpe_rules *rules = &s->stage->rules;
    char text[SYMBOL_MAX];
    size_t n_text = first ? 0 : append(text, 0, rules->prefix);

    memcpy(text + n_text, at, n);
    n_text += n;
    if (last)
        n_text = append(text, n_text, rules->suffix);
    add_text(s, text, n_text, size);
}

/* One that is looked up in the table. */
static bool add_known(struct spelling *s, unsigned char byte)
{
    int32_t id = s->stage->symbols[byte];

    if (id < 0)
        return false;
    add_unknown(s);
    add(s, id, 1);
    return true;
}

static void spell_characters(struct spelling *s, const char *word, size_t n)
{
    for (size_t at = 0; at < n;) {
        uint32_t cp;
        size_t size =
            berth_utf8_decode((const unsigned char *)word + at, n - at, &cp);
        bool first = at == 0, last = at + size == n;

        if (size > 1 || first || last || !add_known(s, (unsigned char)word[at]))
            add_character(s, word + at, size, size, first, last);
        at += size;
    }
    add_unknown(s);
}

static void spell_bytes(struct spelling *s, const char *word, size_t n)
{
    bool plain = s->stage->prefix[0] == '\0' && s->stage->suffix[0] == '\0';

    for (size_t i = 0; i < n; i++) {
        unsigned char byte = (unsigned char)word[i];
        char text[BERTH_UTF8_MAX];

        if (!plain || !add_known(s, byte))
            add_character(s, text,
                          berth_utf8_encode(berth_byte_char(byte), text), 1,
                          i == 0, i + 1 == n);
    }
    add_unknown(s);
}

/* The token of the whole word, spelled as the vocabulary spells it; -1: none,
 * or out of memory, where *ok becomes false. */
static int32_t find_whole(const struct bpe *stage, const char *word, size_t n,
                          struct berth_room *room, bool *ok)
{
    char *text;
    size_t n_text = 0;

    if (!stage->rules.byte_level)
        return berth_vocab_id(stage->vocab, word, n);
    if (n > stage->longest)
        return -1;
    text = berth_room_grown(room, 2 * n, 1);
    *ok = text != NULL;
    for (size_t i = 0; *ok && i < n; i++)
        n_text += berth_utf8_encode(berth_byte_char((unsigned char)word[i]),
                                    text + n_text);
    return *ok ? berth_vocab_id(stage->vocab, text, n_text) : -1;
}

/* The symbols of a word that has n bytes, as tokens. */
static void put(const struct berth_symbol *symbols, size_t n_symbols,
                const struct berth_origin *origin, size_t n,
                struct berth_side *side)
{
    size_t begin = 0;

    for (size_t i = 0; i < n_symbols; i++) {
        size_t end = symbols[i].end < n ? symbols[i].end : n;

        if (begin >= end)
            begin = end - 1; /* a suffix has more bytes than its word */
        berth_side_put(side, (int32_t)symbols[i].id, origin[begin].begin,
                       origin[end - 1].end);
        begin = end;
    }
}

static bool add_word(const struct bpe *stage, struct berth_flow *flow,
                     struct berth_span word, struct berth_side *side)
{
    const char *bytes = flow->bytes + word.begin;
    const struct berth_origin *origin = flow->origin + word.begin;
    size_t n = word.end - word.begin, most = n;
    struct spelling s = {.stage = stage};
    bool ok = true;
    int32_t whole = -1;

    if (stage->rules.whole_words)
        whole = find_whole(stage, bytes, n, &flow->cutting[0], &ok);
    if (stage->rules.byte_fallback) /* a token for each byte of it */
        most = 2 * n + strlen(stage->prefix) * n + strlen(stage->suffix);
    if (!ok || !berth_side_reserve(side, most))
        return false;
    if (whole >= 0) {
        berth_side_put(side, whole, origin[0].begin, origin[n - 1].end);
        return true;
    }
    s.symbols = berth_room_grown(&flow->cutting[0], most, sizeof(*s.symbols));
    if (s.symbols == NULL)
        return false;
    if (stage->rules.byte_level)
        spell_bytes(&s, bytes, n);
    else
        spell_characters(&s, bytes, n);
    s.n = berth_bpe_merge(&stage->pairs, s.symbols, s.n, &flow->cutting[1]);
    if (s.n == SIZE_MAX)
        return false;
    put(s.symbols, s.n, origin, n, side);
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
    struct bpe *stage = self;

    berth_pairs_free(&stage->pairs);
    free(stage);
}

static int32_t find(const struct bpe *stage, const char *text, size_t n)
{
    return berth_vocab_id(stage->vocab, text, n);
}

/* The tables of bytes. */
static void index_bytes(struct bpe *stage)
{
    const struct berth_bpe_rules *rules = &stage->rules;

    for (unsigned i = 0; i < BYTES; i++) {
        char text[SYMBOL_MAX];
        size_t n;

        n = (size_t)snprintf(text, sizeof(text), "<0x%02X>", i);
        stage->bytes[i] = find(stage, text, n);
        n = 0;
        if (!rules->byte_level)
            n = append(text, 0, rules->prefix);
        n += berth_utf8_encode(
            rules->byte_level ? berth_byte_char((unsigned char)i) : i,
            text + n);
        stage->symbols[i] = find(stage, text, n);
    }
    for (size_t id = 0; id < stage->vocab->n_ids; id++) {
        const struct berth_word *word = &stage->vocab->words[id];

        if (word->length != UINT32_MAX && word->length > stage->longest)
            stage->longest = word->length;
    }
}

/* Whatever decides on ids but the vocabulary. */
static uint64_t hash_rules(const struct bpe *stage,
                           const struct berth_merges *merges)
{
    const struct berth_bpe_rules *rules = &stage->rules;
    uint64_t hash =
        berth_rules_add(berth_hash_text(rules->prefix, strlen(rules->prefix)),
                        berth_hash_text(rules->suffix, strlen(rules->suffix)));

    hash = berth_rules_add(hash, rules->fuse_unknown |
                                     (uint64_t)rules->byte_fallback << 1 |
                                     (uint64_t)rules->whole_words << 2 |
                                     (uint64_t)rules->byte_level << 3 |
                                     (uint64_t)(rules->unknown != NULL) << 4);
    for (size_t i = 0; i < merges->n; i++) {
        hash = berth_rules_add(hash, stage->pairs.made[i]);
        hash = berth_rules_add(hash, merges->items[i].left.length);
    }
    return hash;
}

static struct bpe *new_stage(const struct berth_vocab *vocab,
                             const struct berth_bpe_rules *rules)
{
    struct bpe *stage = calloc(1, sizeof(*stage));

    if (stage == NULL)
        return NULL;
    stage->vocab = vocab;
    stage->rules = *rules;
    memcpy(stage->prefix, rules->prefix, strlen(rules->prefix));
    memcpy(stage->suffix, rules->suffix, strlen(rules->suffix));
    stage->rules.prefix = stage->prefix;
    stage->rules.suffix = stage->suffix;
    stage->unk_id = -1;
    if (rules->unknown != NULL)
        stage->unk_id = find(stage, rules->unknown, strlen(rules->unknown));
    index_bytes(stage);
    return stage;
}

enum berth_status berth_bpe(const struct berth_vocab *vocab,
                            const struct berth_merges *merges,
                            const struct berth_bpe_rules *rules,
                            const char *name, struct berth_subwords *out,
                            struct berth_error *err)
{
    struct bpe *stage;
    enum berth_status status;

    if (strlen(rules->prefix) >= AFFIX_MAX ||
        strlen(rules->suffix) >= AFFIX_MAX) {
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: key 'model': expected a prefix and a suffix of "
                          "less than %d bytes, found longer ones",
                          name, AFFIX_MAX);
    }
    stage = new_stage(vocab, rules);
    if (stage == NULL)
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    status = berth_pairs_build(vocab, merges, strlen(stage->prefix), name,
                               &stage->pairs, err);
    if (status != BERTH_OK) {
        free_stage(stage);
        return status;
    }
    *out = (struct berth_subwords){.cut = cut,
                                   .free = free_stage,
                                   .self = stage,
                                   .rules = hash_rules(stage, merges),
                                   .byte_level = rules->byte_level,
                                   .unk_id = stage->unk_id,
                                   .prefix = stage->prefix,
                                   .prefix_length = strlen(stage->prefix),
                                   .suffix = stage->suffix,
                                   .suffix_length = strlen(stage->suffix)};
    return BERTH_OK;
}
