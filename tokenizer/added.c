/*
 * added.c - added tokens: keeping them, and finding them in a text.
 *
 * A matcher knows at once which tokens begin at each place of a block of text;
 * what is found there may still be refused (single_word, plain), or take white
 * space with it (lstrip, rstrip).
 */
#include "tokenizer/added.h"

#include "lib/status.h"
#include "tokenizer/subwords/vocab.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLOTS_MIN = 64,
    BLOCK_MIN = 64 /* places */
};

static void free_token(struct berth_added_token *token)
{
    free(token->content);
    free(token->pattern);
}

void berth_added_free(struct berth_added *added)
{
    for (size_t i = 0; i < added->n; i++)
        free_token(&added->tokens[i]);
    free(added->tokens);
    free(added->slots);
    free(added->ids);
    berth_matcher_free(&added->raw);
    berth_matcher_free(&added->normalized);
    *added = (struct berth_added){0};
}

/* The slot of the token with this content, or the free one where it would go;
 * there are slots. */
static uint32_t *slot_of(const struct berth_added *added, const char *content,
                         size_t n)
{
    uint64_t hash = BERTH_HASH_WORD;
    size_t i;

    for (i = 0; i < n; i++)
        hash = berth_hash_byte(hash, (unsigned char)content[i]);
    for (i = (size_t)(hash >> 32);; i++) {
        uint32_t *slot = &added->slots[i & (added->n_slots - 1)];
        const struct berth_added_token *token;

        if (*slot == UINT32_MAX)
            return slot;
        token = &added->tokens[*slot];
        if (token->length == n && memcmp(token->content, content, n) == 0)
            return slot;
    }
}

const struct berth_added_token *
berth_added_by_content(const struct berth_added *added, const char *content,
                       size_t n)
{
    const uint32_t *slot =
        added->n_slots > 0 ? slot_of(added, content, n) : NULL;

    return slot != NULL && *slot != UINT32_MAX ? &added->tokens[*slot] : NULL;
}

const struct berth_added_token *
berth_added_by_id(const struct berth_added *added, int32_t id)
{
    size_t low = 0, high = added->ids != NULL ? added->n : 0;

    /* Most ids are beyond those of all added tokens. */
    if (high == 0 || id > added->ids[high - 1].id)
        return NULL;
    /* The first one beyond id: the last of equal ones is just before it. */
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (added->ids[middle].id <= id)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && added->ids[low - 1].id == id
               ? &added->tokens[added->ids[low - 1].token]
               : NULL;
}

static char *copy(const char *text, size_t n)
{
    char *out = malloc(n + 1);

    if (out != NULL) {
        memcpy(out, text, n);
        out[n] = '\0';
    }
    return out;
}

static enum berth_status fail_memory(struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_MEMORY, "added tokens: out of memory");
}

/* Twice as many slots, at most half of them taken. */
static bool grow_slots(struct berth_added *added)
{
    size_t n = added->n_slots > 0 ? 2 * added->n_slots : SLOTS_MIN;
    uint32_t *slots = malloc(n * sizeof(*slots));

    if (slots == NULL)
        return false;
    memset(slots, 0xff, n * sizeof(*slots));
    free(added->slots);
    added->slots = slots;
    added->n_slots = n;
    for (size_t i = 0; i < added->n; i++) {
        const struct berth_added_token *token = &added->tokens[i];

        *slot_of(added, token->content, token->length) = (uint32_t)i;
    }
    return true;
}

static bool reserve(struct berth_added *added)
{
    size_t capacity = added->capacity > 0 ? 2 * added->capacity : 8;
    struct berth_added_token *grown;

    if (added->n >= added->n_slots / 2 && !grow_slots(added))
        return false;
    if (added->n < added->capacity)
        return true;
    grown = realloc(added->tokens, capacity * sizeof(*grown));
    if (grown == NULL)
        return false;
    added->tokens = grown;
    added->capacity = capacity;
    return true;
}

static enum berth_status append(struct berth_added *added,
                                const struct berth_added_token *token,
                                struct berth_error *err)
{
    struct berth_added_token *to;
    uint32_t *slot;

    if (!reserve(added))
        return fail_memory(err);
    slot = slot_of(added, token->content, token->length);
    to = &added->tokens[added->n];
    *to = *token;
    to->pattern = NULL;
    to->content = copy(token->content, token->length);
    if (to->content == NULL)
        return fail_memory(err);
    *slot = (uint32_t)added->n;
    if (added->n == 0 || token->id > added->largest)
        added->largest = token->id;
    added->n++;
    return BERTH_OK;
}

enum berth_status berth_added_put(struct berth_added *added,
                                  const struct berth_added_token *token,
                                  struct berth_error *err)
{
    const uint32_t *slot = added->n_slots > 0
                               ? slot_of(added, token->content, token->length)
                               : NULL;
    struct berth_added_token *to;

    if (slot == NULL || *slot == UINT32_MAX)
        return append(added, token, err);
    to = &added->tokens[*slot];
    to->single_word = token->single_word;
    to->lstrip = token->lstrip;
    to->rstrip = token->rstrip;
    to->normalized = token->normalized;
    to->special |= token->special;
    return BERTH_OK;
}

/* "Mask" that is looked for in normalised text is looked for as "mask". */
static bool make_pattern(struct berth_added_token *token,
                         const struct berth_normalizer *normalizer,
                         struct berth_flow *flow)
{
    const char *from = token->content;
    size_t n = token->length;

    if (token->normalized) {
        if (!normalizer->run(normalizer->self, token->content, 0, n, flow))
            return false;
        from = flow->bytes;
        n = flow->n;
    }
    token->pattern = n > 0 ? copy(from, n) : copy("", 0);
    token->pattern_length = n;
    return token->pattern != NULL;
}

/* Of equal patterns, "Mask" and "mask" in lower case, the token added first
 * is found; the reference takes any. */
static bool make_matcher(const struct berth_added *added, bool normalized,
                         struct berth_matcher *out)
{
    struct berth_pattern *patterns = malloc((added->n + 1) * sizeof(*patterns));
    size_t n = 0;
    bool ok;

    if (patterns == NULL)
        return false;
    for (size_t i = 0; i < added->n; i++) {
        const struct berth_added_token *token = &added->tokens[i];

        if (token->normalized == normalized && token->pattern_length > 0)
            patterns[n++] = (struct berth_pattern){
                token->pattern, token->pattern_length, (uint32_t)i};
    }
    ok = berth_matcher_build(patterns, n, out);
    free(patterns);
    return ok;
}

static int compare_ids(const void *left, const void *right)
{
    const struct berth_added_id *a = left, *b = right;

    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return a->token < b->token ? -1 : a->token > b->token;
}

static bool sort_ids(struct berth_added *added)
{
    added->ids = malloc((added->n + 1) * sizeof(*added->ids));
    if (added->ids == NULL)
        return false;
    for (size_t i = 0; i < added->n; i++)
        added->ids[i] =
            (struct berth_added_id){added->tokens[i].id, (uint32_t)i};
    qsort(added->ids, added->n, sizeof(*added->ids), compare_ids);
    return true;
}

enum berth_status berth_added_finish(struct berth_added *added,
                                     const struct berth_normalizer *normalizer,
                                     struct berth_error *err)
{
    struct berth_flow flow = {0};
    bool ok = sort_ids(added);

    for (size_t i = 0; ok && i < added->n; i++)
        ok = make_pattern(&added->tokens[i], normalizer, &flow);
    berth_flow_free(&flow);
    ok = ok && make_matcher(added, false, &added->raw) &&
         make_matcher(added, true, &added->normalized);
    if (!ok)
        return fail_memory(err);
    added->block = BLOCK_MIN;
    if (added->raw.longest > added->block)
        added->block = added->raw.longest;
    if (added->normalized.longest > added->block)
        added->block = added->normalized.longest;
    return BERTH_OK;
}

/* For single_word: "in" is alone in "in, out" and in "a in-b", but not in
 * "inner" and "gin". */
static bool is_alone(const char *text, size_t n, size_t begin, size_t end)
{
    const unsigned char *s = (const unsigned char *)text;
    uint32_t cp;

    if (begin > 0) {
        berth_utf8_decode_before(s, begin, &cp);
        if (berth_char_is_word(cp))
            return false;
    }
    if (end == n)
        return true;
    berth_utf8_decode(s + end, n - end, &cp);
    return !berth_char_is_word(cp);
}

/* With lstrip, [MASK] of "a  [MASK]" begins after the a, but never before the
 * end of the token before it, floor. */
static size_t strip_left(const char *text, size_t begin, size_t floor)
{
    uint32_t cp;

    while (begin > floor) {
        size_t size =
            berth_utf8_decode_before((const unsigned char *)text, begin, &cp);

        if (!berth_char_is_space(cp))
            break;
        begin -= size;
    }
    return begin > floor ? begin : floor;
}

/* With rstrip, [MASK] of "[MASK]  a" ends before the a. Each white space is
 * looked through once, however many tokens it follows. */
static size_t strip_right(struct berth_added_cursor *cursor, const char *text,
                          size_t n, size_t end)
{
    size_t begin = end;
    uint32_t cp;

    if (cursor->blank_begin <= end && end < cursor->blank_end)
        return cursor->blank_end;
    while (end < n) {
        size_t size =
            berth_utf8_decode((const unsigned char *)text + end, n - end, &cp);

        if (!berth_char_is_space(cp))
            break;
        end += size;
    }
    cursor->blank_begin = begin;
    cursor->blank_end = end;
    return end;
}

/*
 * Looks ahead from at. A block costs its length and that of the longest token:
 * a lone token is looked at alone, and blocks grow where the next begins before
 * what the one before has cost is passed, so that the whole is linear. Blocks
 * of "[X][X][X][X]..." have 1, 2, 4 ... places; those of "[X] and much later
 * [X]" 1 and 1.
 */
static void look_ahead(const struct berth_matcher *which,
                       struct berth_added_cursor *cursor, size_t block,
                       const char *text, size_t n, size_t at)
{
    bool near = cursor->length > 0 && at - cursor->end < which->longest;

    cursor->length = near ? 2 * cursor->length : 1;
    if (cursor->length > block)
        cursor->length = block;
    cursor->begin = at;
    cursor->end = n - at > cursor->length ? at + cursor->length : n;
    berth_matcher_find(which, text, n, at, cursor->end, cursor->found);
}

/* The next place where a token begins, from at on; n: none. What the cursor has
 * looked ahead to comes first; then places where no token can begin are passed
 * over, and the cursor looks ahead from the next. */
static size_t next_place(const struct berth_matcher *which,
                         struct berth_added_cursor *cursor, size_t block,
                         const char *text, size_t n, size_t at)
{
    for (;;) {
        for (; at < cursor->end; at++) {
            if (cursor->found[at - cursor->begin] != BERTH_NO_MATCH)
                return at;
        }
        at = berth_matcher_skip(which, text, n, at);
        if (at == n)
            return n;
        look_ahead(which, cursor, block, text, n, at);
    }
}

/*
 * A candidate that is refused is passed over as a whole, as in the reference:
 * where "in", single_word, and "nn" are tokens, "inner" has none, as the search
 * goes on after "in". begin and end grow over white space, but next does not:
 * with rstrip, the blank of "[X] a" can still begin a token " a".
 */
bool berth_added_find(const struct berth_added *added,
                      const struct berth_matcher *which,
                      struct berth_added_cursor *cursor, const char *text,
                      size_t n, size_t at, size_t taken, bool plain,
                      struct berth_added_match *out)
{
    while ((at = next_place(which, cursor, added->block, text, n, at)) < n) {
        const struct berth_added_token *token =
            &added->tokens[cursor->found[at - cursor->begin]];

        out->token = token;
        out->begin = at;
        out->end = out->next = at += token->pattern_length;
        if ((plain && token->special) ||
            (token->single_word && !is_alone(text, n, out->begin, out->end)))
            continue;
        if (token->lstrip)
            out->begin = strip_left(text, out->begin, taken);
        if (token->rstrip)
            out->end = strip_right(cursor, text, n, out->end);
        /* Empty: the token before swallowed it, white space itself. */
        if (out->begin < out->end)
            return true;
    }
    return false;
}
