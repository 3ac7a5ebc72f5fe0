/*
 * wordpiece.c - stage 3 of BERT: greedy longest match, or the unknown token.
 *
 * Of the word "unaffable" the longest token that it begins with is found first,
 * then the longest piece that what is left begins with, and so on: un, ##aff,
 * ##able. A match tries the longest candidate first, of which all hashes come
 * from one pass; a table by the first two bytes says how long that can be, so
 * that for most places few are tried.
 */
#include "tokenizer/subwords/wordpiece.h"

#include "lib/status.h"
#include "tokenizer/subwords/matcher.h"

#include <stdlib.h>
#include <string.h>

enum {
    STARTS = 1 << 16, /* first two bytes of a token */
    LONG_WORD = 1024, /* characters: no vocabulary in use allows more than 100
                       */
    SHORT_PIECE = 64, /* bytes; longer pieces are found another way where words
                         may be longer than LONG_WORD */
    LIMIT_MANY = 255  /* 255 or more */
};

/* The stage. */
struct wordpiece {
    const struct berth_vocab *vocab;
    struct berth_vocab_table pieces; /* "##ing" by "ing" */
    /* Bytes of the longest whole token, and of the longest piece, by their
     * first two bytes; at most LIMIT_MANY. */
    unsigned char longest_whole[STARTS];
    unsigned char longest_piece[STARTS];
    size_t longest; /* bytes of the longest token */
    size_t max_chars;
    int32_t unk_id;
    /* Pieces longer than SHORT_PIECE, values are ids; empty unless max_chars
     * lets words be long. */
    struct berth_matcher long_pieces;
    char prefix[];
};

/* What the search of one word needs. */
struct search {
    const struct wordpiece *stage;
    uint64_t *hashes;      /* (stage->longest, but at least 1) */
    const uint32_t *found; /* (n) long pieces of the word; NULL: not looked for
                            */
};

static void note_length(struct wordpiece *stage, unsigned char *longest,
                        const char *text, size_t n)
{
    const unsigned char *s = (const unsigned char *)text;

    if (n > stage->longest)
        stage->longest = n;
    if (n < 2)
        return;
    longest += (size_t)s[0] << 8 | s[1];
    if (n > LIMIT_MANY)
        n = LIMIT_MANY;
    if (n > *longest)
        *longest = (unsigned char)n;
}

/* No token of that table that text (n bytes, at least 2) begins with is longer
 * than this, unless it is one byte long. */
static inline size_t limit_of(const struct wordpiece *stage,
                              const unsigned char *longest, const char *text,
                              size_t n)
{
    size_t limit =
        longest[(size_t)(unsigned char)text[0] << 8 | (unsigned char)text[1]];

    if (limit == LIMIT_MANY)
        limit = stage->longest;
    return limit < n ? limit : n;
}

/* Whether the word has more than max characters. */
static bool is_too_long(const char *word, size_t n, size_t max)
{
    size_t chars = 0;

    if (n <= max)
        return false;
    for (size_t i = 0; i < n; i++)
        chars += ((unsigned char)word[i] & 0xc0) != 0x80;
    return chars > max;
}

/* The longest token of at most most bytes at the start of text; its length, or
 * 0 and id is left alone. */
static size_t longest_match(const struct search *search, const char *text,
                            size_t n, size_t most, bool whole, int32_t *id)
{
    const struct wordpiece *stage = search->stage;
    const struct berth_vocab_table *table =
        whole ? &stage->vocab->table : &stage->pieces;
    uint64_t hash = BERTH_HASH_WORD;
    size_t size = n;

    if (n > 1)
        size =
            limit_of(stage, whole ? stage->longest_whole : stage->longest_piece,
                     text, n);
    if (size > most)
        size = most;
    if (size == 0)
        size = 1;
    for (size_t i = 0; i < size; i++) {
        hash = berth_hash_byte(hash, (unsigned char)text[i]);
        search->hashes[i] = hash;
    }
    for (; size > 0; size--) {
        int32_t found;

        /* Tokens are UTF-8: a cut within a character finds none. */
        if (size < n && ((unsigned char)text[size] & 0xc0) == 0x80)
            continue;
        found = berth_vocab_find(stage->vocab, table, text, size,
                                 search->hashes[size - 1]);
        if (found >= 0) {
            *id = found;
            return size;
        }
    }
    return 0;
}

/* The token at word + at, a long piece if there is. */
static size_t match(const struct search *search, const char *word, size_t n,
                    size_t at, int32_t *id)
{
    const struct wordpiece *stage = search->stage;
    bool is_long = search->found != NULL && at > 0;

    if (is_long && search->found[at] != BERTH_NO_MATCH) {
        *id = (int32_t)search->found[at];
        return stage->vocab->words[*id].length - stage->pieces.skip;
    }
    return longest_match(search, word + at, n - at,
                         is_long ? SHORT_PIECE : SIZE_MAX, at == 0, id);
}

/* The pieces of a word of n bytes; as many as there are, or 0: it is unknown.
 * There is room for one for each byte and character. */
static size_t add_pieces(const struct search *search, const char *word,
                         size_t n, const struct berth_origin *origin,
                         struct berth_side *side)
{
    size_t before = side->n;

    for (size_t at = 0; at < n;) {
        int32_t id = -1;
        size_t size = match(search, word, n, at, &id);

        if (size == 0) {
            side->n = before;
            return 0;
        }
        berth_side_put(side, id, origin[at].begin, origin[at + size - 1].end);
        at += size;
    }
    return side->n - before;
}

/* Looks for the long pieces of a word. False: out of memory. */
static bool find_long(struct search *search, const char *word, size_t n,
                      struct berth_room *room)
{
    const struct berth_matcher *long_pieces = &search->stage->long_pieces;
    uint32_t *found = NULL;

    if (n > SHORT_PIECE && long_pieces->n_nodes > 0) {
        found = berth_room_grown(room, n, sizeof(*found));
        if (found == NULL)
            return false;
        berth_matcher_find(long_pieces, word, n, 0, n, found);
    }
    search->found = found;
    return true;
}

static bool add_word(struct search *search, struct berth_flow *flow,
                     struct berth_span word, struct berth_side *side)
{
    const struct wordpiece *stage = search->stage;
    const char *bytes = flow->bytes + word.begin;
    size_t n = word.end - word.begin;
    size_t most = stage->max_chars < n ? stage->max_chars : n;

    if (!berth_side_reserve(side, most > 0 ? most : 1))
        return false;
    if (!is_too_long(bytes, n, stage->max_chars)) {
        if (!find_long(search, bytes, n, &flow->cutting[1]))
            return false;
        if (add_pieces(search, bytes, n, flow->origin + word.begin, side) > 0)
            return true;
    }
    berth_side_put(side, stage->unk_id, flow->origin[word.begin].begin,
                   flow->origin[word.end - 1].end);
    return true;
}

static bool cut(const void *self, struct berth_flow *flow,
                struct berth_side *side)
{
    const struct wordpiece *stage = self;
    struct search search = {.stage = stage};

    search.hashes = berth_room_grown(&flow->cutting[0], stage->longest + 1,
                                     sizeof(*search.hashes));
    if (search.hashes == NULL)
        return false;
    for (size_t i = 0; i < flow->n_words; i++) {
        if (!add_word(&search, flow, flow->words[i], side))
            return false;
    }
    return true;
}

static void free_stage(void *self)
{
    struct wordpiece *stage = self;

    free(stage->pieces.slots);
    berth_matcher_free(&stage->long_pieces);
    free(stage);
}

/* The token of id without its prefix; false: it continues no word. */
static bool piece_of(const struct wordpiece *stage, size_t id,
                     struct berth_pattern *out)
{
    const char *text = berth_vocab_text(stage->vocab, (int32_t)id);
    size_t skip = stage->pieces.skip;

    if (text == NULL || stage->vocab->words[id].length <= skip ||
        memcmp(text, stage->prefix, skip) != 0)
        return false;
    *out = (struct berth_pattern){
        text + skip, stage->vocab->words[id].length - skip, (uint32_t)id};
    return true;
}

/* The table of pieces, and how long they are. */
static bool index_pieces(struct wordpiece *stage)
{
    const struct berth_vocab *vocab = stage->vocab;
    struct berth_pattern piece;
    size_t n = 0;

    for (size_t id = 0; id < vocab->n_ids; id++)
        n += piece_of(stage, id, &piece);
    if (!berth_vocab_table_init(&stage->pieces, n, stage->pieces.skip))
        return false;
    for (size_t id = 0; id < vocab->n_ids; id++) {
        const char *text = berth_vocab_text(vocab, (int32_t)id);

        if (text == NULL)
            continue;
        note_length(stage, stage->longest_whole, text, vocab->words[id].length);
        if (!piece_of(stage, id, &piece))
            continue;
        (void)berth_vocab_table_put(vocab, &stage->pieces, (int32_t)id);
        note_length(stage, stage->longest_piece, piece.bytes, piece.n);
    }
    return true;
}

/* What keeps the time proportional to the word where words may be long. */
static bool index_long_pieces(struct wordpiece *stage)
{
    size_t n_ids = stage->vocab->n_ids;
    struct berth_pattern *patterns;
    size_t n = 0;
    bool ok;

    if (stage->max_chars <= LONG_WORD)
        return true;
    patterns = malloc((n_ids + 1) * sizeof(*patterns));
    if (patterns == NULL)
        return false;
    for (size_t id = 0; id < n_ids; id++) {
        if (piece_of(stage, id, &patterns[n]) && patterns[n].n > SHORT_PIECE)
            n++;
    }
    ok = berth_matcher_build(patterns, n, &stage->long_pieces);
    free(patterns);
    return ok;
}

enum berth_status berth_wordpiece(const struct berth_vocab *vocab,
                                  const struct berth_wordpiece_rules *rules,
                                  const char *name, struct berth_subwords *out,
                                  struct berth_error *err)
{
    size_t n_prefix = strlen(rules->prefix);
    struct wordpiece *stage = calloc(1, sizeof(*stage) + n_prefix + 1);
    bool ok = stage != NULL;

    if (ok) {
        stage->vocab = vocab;
        stage->pieces.skip = n_prefix;
        stage->max_chars = rules->max_chars;
        /* -1: texts without unknown words need none. An added token of that
         * name does not count: the reference asks the vocabulary alone. */
        stage->unk_id =
            berth_vocab_id(vocab, rules->unknown, strlen(rules->unknown));
        memcpy(stage->prefix, rules->prefix, n_prefix);
        ok = index_pieces(stage) && index_long_pieces(stage);
    }
    if (!ok) {
        if (stage != NULL)
            free_stage(stage);
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
    }
    *out = (struct berth_subwords){.cut = cut,
                                   .free = free_stage,
                                   .self = stage,
                                   .rules = stage->max_chars,
                                   .unk_id = stage->unk_id,
                                   .prefix = stage->prefix,
                                   .prefix_length = n_prefix};
    return BERTH_OK;
}
