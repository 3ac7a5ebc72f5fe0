/*
 * unigram.c - the best path through a word, as Viterbi (1967) finds it.
 *
 * Of "abc" with the pieces a, ab, b, bc, c the paths are a b c, a bc, ab c. At
 * each place the best path that ends there is known before any that goes on
 * from it: so each piece is looked at once, where it begins.
 *
 * Which pieces begin at a place the filter of the vocabulary knows
 * (prefixes.h), but for a few that are not there: so each is looked up.
 */
#include "tokenizer/subwords/unigram.h"

#include "tokenizer/unicode/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double unk_penalty = 10;

#define NOWHERE UINT32_MAX

/* The stage. */
struct unigram {
    const struct berth_vocab *vocab;
    double *scores; /* (vocab->n_ids) */
    double unk_score;
    int32_t unk_id;
    bool byte_fallback;
    int32_t byte_ids[256]; /* -1: the vocabulary lacks it */
};

/* The best path that ends at a byte of a word. */
struct node {
    double score;
    uint32_t begin; /* of its last piece; NOWHERE: no path ends here */
    int32_t id;     /* of its last piece */
};

static size_t char_size(const char *bytes, size_t n)
{
    size_t size = berth_utf8_size((unsigned char)*bytes);

    return size < n ? size : n;
}

static uint64_t add_char(uint64_t hash, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = berth_hash_byte(hash, (unsigned char)bytes[i]);
    return hash;
}

static void offer(struct node *node, double score, size_t begin, int32_t id)
{
    if (node->begin == NOWHERE || score > node->score)
        *node = (struct node){score, (uint32_t)begin, id};
}

/* What can be reached from one place of a word. */
static void go_on(const struct unigram *stage, const char *word, size_t n,
                  size_t at, struct node *best)
{
    double score = best[at].score;
    size_t first = char_size(word + at, n - at);
    const struct berth_vocab *vocab = stage->vocab;
    const struct berth_prefixes *prefixes = &vocab->prefixes;
    size_t limit = n - at < prefixes->longest ? n : at + prefixes->longest;
    uint64_t hash = BERTH_HASH_WORD;
    size_t end = at;
    bool has_single = false;
    unsigned found = BERTH_PREFIX_GOES_ON;

    while (end < limit && (found & BERTH_PREFIX_GOES_ON) != 0) {
        size_t size = char_size(word + end, n - end);

        hash = add_char(hash, word + end, size);
        end += size;
        found = berth_prefixes_look(prefixes, hash);
        if ((found & BERTH_PREFIX_ENDS) != 0) {
            int32_t id = berth_vocab_find(vocab, &vocab->table, word + at,
                                          end - at, hash);

            if (id < 0)
                continue;
            offer(&best[end], score + stage->scores[id], at, id);
            has_single = has_single || end - at == first;
        }
    }
    if (!has_single)
        offer(&best[at + first], score + stage->unk_score, at, stage->unk_id);
}

/* Turns the path that ends at n around. Returns where its first piece ends;
 * where one ends, begin is where the next one ends, 0 after the last. */
static size_t turn(struct node *best, size_t n)
{
    size_t next = 0;

    for (size_t end = n; end > 0;) {
        size_t begin = best[end].begin;

        best[end].begin = (uint32_t)next;
        next = end;
        end = begin;
    }
    return next;
}

/* Unknown text as its bytes; false: the vocabulary lacks one. */
static bool put_bytes(const struct unigram *stage, const char *text, size_t n,
                      struct berth_span place, struct berth_side *side)
{
    for (size_t i = 0; i < n; i++) {
        if (stage->byte_ids[(unsigned char)text[i]] < 0)
            return false;
    }
    for (size_t i = 0; i < n; i++)
        berth_side_put(side, stage->byte_ids[(unsigned char)text[i]],
                       place.begin, place.end);
    return true;
}

/* What is unknown together may be a piece that no path took. */
static void put_unknown(const struct unigram *stage, const char *text, size_t n,
                        struct berth_span place, struct berth_side *side)
{
    int32_t id = berth_vocab_id(stage->vocab, text, n);

    if (id < 0 && stage->byte_fallback &&
        put_bytes(stage, text, n, place, side))
        return;
    berth_side_put(side, id >= 0 ? id : stage->unk_id, place.begin, place.end);
}

static void put_path(const struct unigram *stage, const char *word, size_t n,
                     const struct berth_origin *origin, struct node *best,
                     struct berth_side *side)
{
    size_t begin = 0;

    for (size_t end = turn(best, n); end > 0;) {
        int32_t id = best[end].id;
        size_t next = best[end].begin;
        struct berth_span place;

        while (id == stage->unk_id && next > 0 && best[next].id == id) {
            end = next;
            next = best[end].begin;
        }
        place = (struct berth_span){origin[begin].begin, origin[end - 1].end};
        if (id == stage->unk_id)
            put_unknown(stage, word + begin, end - begin, place, side);
        else
            berth_side_put(side, id, place.begin, place.end);
        begin = end;
        end = next;
    }
}

static bool add_word(const struct unigram *stage, struct berth_flow *flow,
                     struct berth_span word, struct berth_side *side)
{
    const char *bytes = flow->bytes + word.begin;
    size_t n = word.end - word.begin;
    struct node *best =
        berth_room_grown(&flow->cutting[0], n + 1, sizeof(*best));

    /* A token has a byte of its own, at least. */
    if (best == NULL || !berth_side_reserve(side, n))
        return false;
    best[0] = (struct node){.score = 0};
    for (size_t i = 1; i <= n; i++)
        best[i].begin = NOWHERE;
    for (size_t at = 0; at < n; at += char_size(bytes + at, n - at))
        go_on(stage, bytes, n, at, best);
    put_path(stage, bytes, n, flow->origin + word.begin, best, side);
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
    struct unigram *stage = self;

    free(stage->scores);
    free(stage);
}

/* The lowest score, and all of them into rules. */
static void look_at_scores(struct unigram *stage, uint64_t *rules)
{
    double lowest = (double)INFINITY;

    for (size_t id = 0; id < stage->vocab->n_ids; id++) {
        uint64_t bits;

        if (stage->scores[id] < lowest)
            lowest = stage->scores[id];
        memcpy(&bits, &stage->scores[id], sizeof(bits));
        *rules = (*rules ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
    }
    stage->unk_score = lowest - unk_penalty;
}

static void find_bytes(struct unigram *stage)
{
    for (unsigned i = 0; i < 256; i++) {
        char name[8];
        int n = snprintf(name, sizeof(name), "<0x%02X>", i);

        stage->byte_ids[i] = berth_vocab_id(stage->vocab, name, (size_t)n);
    }
}

bool berth_unigram(const struct berth_vocab *vocab,
                   const struct berth_unigram_rules *rules,
                   struct berth_subwords *out)
{
    struct unigram *stage = calloc(1, sizeof(*stage));
    uint64_t all = 3 + rules->byte_fallback;

    if (stage == NULL)
        return false;
    stage->vocab = vocab;
    stage->unk_id = rules->unk_id;
    stage->byte_fallback = rules->byte_fallback;
    stage->scores = rules->scores;
    look_at_scores(stage, &all);
    find_bytes(stage);
    *out = (struct berth_subwords){.cut = cut,
                                   .free = free_stage,
                                   .self = stage,
                                   .rules = all,
                                   .unk_id = rules->unk_id,
                                   .prefix = ""};
    return true;
}
