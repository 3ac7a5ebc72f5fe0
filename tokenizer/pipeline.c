/*
 * pipeline.c - a text through added tokens, normalising, words and pieces.
 */
#include "tokenizer/pipeline.h"

#include "tokenizer/splitters/bert.h"
#include "tokenizer/unicode/utf8.h"

/* One run of berth_split(). */
struct run {
    const struct berth_tokenizer *tokenizer;
    struct berth_scratch *scratch;
    struct berth_side *side;
    const char *text;
    size_t n;
    bool plain;
};

/* Where the character that normalised byte i comes from ends in the text. */
static size_t origin_end(const struct run *run, size_t i)
{
    size_t at = run->scratch->normalized.origin[i];
    uint32_t cp;

    if ((unsigned char)run->text[at] < 0x80)
        return at + 1;
    return at + berth_utf8_decode((const unsigned char *)run->text + at,
                                  run->n - at, &cp);
}

static bool put(struct run *run, int32_t id, size_t begin, size_t end)
{
    struct berth_side *side = run->side;

    if (!berth_side_reserve(side, 1))
        return false;
    side->ids[side->n] = id;
    side->spans[side->n] = (struct berth_span){begin, end};
    side->n++;
    return true;
}

/* A word, bytes [begin, end) of the normalised text. */
static bool add_word(struct run *run, size_t begin, size_t end)
{
    const struct berth_tokenizer *tokenizer = run->tokenizer;
    struct berth_scratch *scratch = run->scratch;
    struct berth_side *side = run->side;
    const uint32_t *origin = scratch->normalized.origin + begin;
    size_t most = tokenizer->wordpiece.max_chars;
    void *grown;
    size_t n;

    if (most > end - begin)
        most = end - begin;
    if (most == 0)
        most = 1; /* the unknown token */
    grown = berth_grown(scratch->pieces, &scratch->piece_capacity, most,
                        sizeof(*scratch->pieces));
    if (grown == NULL)
        return false;
    scratch->pieces = grown;
    if (berth_wordpiece_is_long(&tokenizer->wordpiece, end - begin)) {
        grown = berth_grown(scratch->word.found, &scratch->found_capacity,
                            end - begin, sizeof(*scratch->word.found));
        if (grown == NULL)
            return false;
        scratch->word.found = grown;
    }
    n = berth_wordpiece(&tokenizer->wordpiece, &tokenizer->vocab,
                        scratch->normalized.bytes + begin, end - begin,
                        &scratch->word, scratch->pieces);
    if (!berth_side_reserve(side, n))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct berth_piece *piece = &scratch->pieces[i];

        side->ids[side->n] = piece->id;
        side->spans[side->n++] = (struct berth_span){
            origin[piece->begin], origin_end(run, begin + piece->end - 1)};
    }
    return true;
}

/* Bytes [at, end) of the normalised text, which hold no added token. */
static bool add_words(struct run *run, size_t at, size_t end)
{
    size_t begin, word_end;

    if (!run->tokenizer->split)
        return at == end || add_word(run, at, end);
    while (berth_pretokenize(run->scratch->normalized.bytes, at, end, &begin,
                             &word_end)) {
        if (!add_word(run, begin, word_end))
            return false;
        at = word_end;
    }
    return true;
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
static bool add_piece(struct run *run, size_t begin, size_t end)
{
    const struct berth_added *added = &run->tokenizer->added;
    struct berth_normalized *normalized = &run->scratch->normalized;
    struct berth_added_cursor *cursor = &run->scratch->normalized_cursor;
    struct berth_added_match match;
    size_t at = 0, taken = 0;

    if (!restart(cursor, added->block) ||
        !berth_normalize(&run->tokenizer->normalizer, run->text, begin, end,
                         normalized))
        return false;
    while (berth_added_find(added, &added->normalized, cursor,
                            normalized->bytes, normalized->n, at, taken,
                            run->plain, &match)) {
        if (taken < match.begin && !add_words(run, taken, match.begin))
            return false;
        if (!put(run, match.token->id, normalized->origin[match.begin],
                 origin_end(run, match.end - 1)))
            return false;
        taken = match.end;
        at = match.next;
    }
    return taken >= normalized->n || add_words(run, taken, normalized->n);
}

bool berth_split(const struct berth_tokenizer *tokenizer, const char *text,
                 size_t n, bool plain, struct berth_scratch *scratch,
                 struct berth_side *side)
{
    const struct berth_added *added = &tokenizer->added;
    struct run run = {tokenizer, scratch, side, text, n, plain};
    struct berth_added_match match;
    size_t at = 0, taken = 0;
    void *hashes = berth_grown(scratch->word.hashes, &scratch->hash_capacity,
                               tokenizer->vocab.longest + 1,
                               sizeof(*scratch->word.hashes));

    side->n = 0;
    if (hashes == NULL || !restart(&scratch->raw_cursor, added->block))
        return false;
    scratch->word.hashes = hashes;
    while (berth_added_find(added, &added->raw, &scratch->raw_cursor, text, n,
                            at, taken, plain, &match)) {
        if (taken < match.begin && !add_piece(&run, taken, match.begin))
            return false;
        if (!put(&run, match.token->id, match.begin, match.end))
            return false;
        taken = match.end;
        at = match.next;
    }
    return taken >= n || add_piece(&run, taken, n);
}
