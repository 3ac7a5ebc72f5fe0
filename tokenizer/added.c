/*
 * added.c - added tokens: keeping them, and finding them in a text.
 */
#include "tokenizer/added.h"

#include "lib/status.h"
#include "tokenizer/utf8.h"

#include <stdlib.h>
#include <string.h>

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
    free(added->raw.order);
    free(added->normalized.order);
    *added = (struct berth_added){0};
}

static size_t index_of(const struct berth_added *added, const char *content,
                       size_t n)
{
    size_t i = 0;

    while (i < added->n && (added->tokens[i].length != n ||
                            memcmp(added->tokens[i].content, content, n) != 0))
        i++;
    return i;
}

const struct berth_added_token *
berth_added_by_content(const struct berth_added *added, const char *content,
                       size_t n)
{
    size_t i = index_of(added, content, n);

    return i < added->n ? &added->tokens[i] : NULL;
}

const struct berth_added_token *
berth_added_by_id(const struct berth_added *added, int32_t id)
{
    for (size_t i = added->n; i-- > 0;) {
        if (added->tokens[i].id == id)
            return &added->tokens[i];
    }
    return NULL;
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

enum berth_status berth_added_put(struct berth_added *added,
                                  const struct berth_added_token *token,
                                  struct berth_error *err)
{
    size_t i = index_of(added, token->content, token->length);
    struct berth_added_token *to;

    if (i < added->n) {
        to = &added->tokens[i];
        to->single_word = token->single_word;
        to->lstrip = token->lstrip;
        to->rstrip = token->rstrip;
        to->normalized = token->normalized;
        to->special |= token->special;
        return BERTH_OK;
    }
    if (added->n == added->capacity) {
        size_t capacity = added->capacity > 0 ? 2 * added->capacity : 8;
        struct berth_added_token *grown =
            realloc(added->tokens, capacity * sizeof(*grown));

        if (grown == NULL)
            return fail_memory(err);
        added->tokens = grown;
        added->capacity = capacity;
    }
    to = &added->tokens[added->n];
    *to = *token;
    to->pattern = NULL;
    to->content = copy(token->content, token->length);
    if (to->content == NULL)
        return fail_memory(err);
    added->n++;
    return BERTH_OK;
}

static bool make_pattern(struct berth_added_token *token,
                         const struct berth_normalizer *normalizer,
                         struct berth_normalized *scratch)
{
    const char *from = token->content;
    size_t n = token->length;

    if (token->normalized) {
        if (!berth_normalize(normalizer, token->content, 0, n, scratch))
            return false;
        from = scratch->bytes;
        n = scratch->n;
    }
    token->pattern = n > 0 ? copy(from, n) : copy("", 0);
    token->pattern_length = n;
    return token->pattern != NULL;
}

/* Whether a comes before b: first byte, falling length; of equal patterns the
 * one added first (the reference takes any). */
static bool comes_before(const struct berth_added *added, uint32_t a,
                         uint32_t b)
{
    const struct berth_added_token *x = &added->tokens[a];
    const struct berth_added_token *y = &added->tokens[b];

    if (x->pattern[0] != y->pattern[0])
        return (unsigned char)x->pattern[0] < (unsigned char)y->pattern[0];
    if (x->pattern_length != y->pattern_length)
        return x->pattern_length > y->pattern_length;
    return a < b;
}

/* Merge sort: a file may add thousands of tokens. */
static void sort(const struct berth_added *added, uint32_t *a, size_t n,
                 uint32_t *scratch)
{
    size_t half = n / 2;
    size_t i = 0, j = half;

    if (n < 2)
        return;
    sort(added, a, half, scratch);
    sort(added, a + half, n - half, scratch);
    for (size_t k = 0; k < n; k++) {
        bool left = j == n || (i < half && comes_before(added, a[i], a[j]));

        scratch[k] = left ? a[i++] : a[j++];
    }
    memcpy(a, scratch, n * sizeof(*a));
}

static bool make_set(struct berth_added *added, bool normalized,
                     struct berth_added_set *set)
{
    uint32_t *scratch = malloc((added->n + 1) * sizeof(*scratch));
    size_t at = 0;

    set->order = malloc((added->n + 1) * sizeof(*set->order));
    if (scratch == NULL || set->order == NULL) {
        free(scratch);
        return false;
    }
    for (size_t i = 0; i < added->n; i++) {
        const struct berth_added_token *token = &added->tokens[i];

        if (token->normalized == normalized && token->pattern_length > 0)
            set->order[set->n++] = (uint32_t)i;
    }
    sort(added, set->order, set->n, scratch);
    free(scratch);
    set->only = -1;
    for (unsigned c = 0; c < 256; c++) {
        set->begin[c] = (uint32_t)at;
        while (at < set->n &&
               (unsigned char)added->tokens[set->order[at]].pattern[0] == c)
            at++;
        if (set->n > 0 && set->begin[c] == 0 && at == set->n)
            set->only =
                (int)(unsigned char)added->tokens[set->order[0]].pattern[0];
    }
    set->begin[256] = (uint32_t)at;
    return true;
}

enum berth_status berth_added_finish(struct berth_added *added,
                                     const struct berth_normalizer *normalizer,
                                     struct berth_error *err)
{
    struct berth_normalized scratch = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < added->n; i++)
        ok = make_pattern(&added->tokens[i], normalizer, &scratch);
    berth_normalized_free(&scratch);
    if (ok)
        ok = make_set(added, false, &added->raw) &&
             make_set(added, true, &added->normalized);
    return ok ? BERTH_OK : fail_memory(err);
}

/* The longest token at text + at; NULL: none. */
static const struct berth_added_token *
match_at(const struct berth_added *added, const struct berth_added_set *set,
         const char *text, size_t n, size_t at)
{
    unsigned char c = (unsigned char)text[at];

    for (uint32_t i = set->begin[c]; i < set->begin[c + 1]; i++) {
        const struct berth_added_token *token = &added->tokens[set->order[i]];

        if (token->pattern_length <= n - at &&
            memcmp(text + at, token->pattern, token->pattern_length) == 0)
            return token;
    }
    return NULL;
}

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

static size_t strip_right(const char *text, size_t n, size_t end)
{
    uint32_t cp;

    while (end < n) {
        size_t size =
            berth_utf8_decode((const unsigned char *)text + end, n - end, &cp);

        if (!berth_char_is_space(cp))
            break;
        end += size;
    }
    return end;
}

bool berth_added_find(const struct berth_added *added,
                      const struct berth_added_set *set, const char *text,
                      size_t n, size_t at, size_t taken, bool plain,
                      struct berth_added_match *out)
{
    while (set->n > 0 && at < n) {
        const struct berth_added_token *token;

        if (set->only >= 0) {
            const char *found = memchr(text + at, set->only, n - at);
            if (found == NULL)
                return false;
            at = (size_t)(found - text);
        }
        token = match_at(added, set, text, n, at);
        if (token == NULL) {
            at++;
            continue;
        }
        out->token = token;
        out->begin = at;
        out->end = out->next = at += token->pattern_length;
        if ((plain && token->special) ||
            (token->single_word && !is_alone(text, n, out->begin, out->end)))
            continue;
        if (token->lstrip)
            out->begin = strip_left(text, out->begin, taken);
        if (token->rstrip)
            out->end = strip_right(text, n, out->end);
        /* Empty: the token before swallowed it, white space itself. */
        if (out->begin < out->end)
            return true;
    }
    return false;
}
