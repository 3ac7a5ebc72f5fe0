/*
 * answer_spans.c - from the logits of tokens to answers, by the rules of
 * pipelines/question_answering.py of transformers 4.57.
 *
 * In each window: the probabilities of each token of the context that an answer
 * starts there, and that it ends there; the product is the score of a span. The
 * likeliest spans are widened to whole words. Those that read the same, in any
 * window, are one answer, and their scores add up.
 */
#include "cli/labels/answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

/* A window of an item, on its way. */
struct window {
    const struct item *item;
    size_t start;          /* its first token in the item */
    size_t n;              /* tokens */
    bool *allowed;         /* (n) an answer may start or end there */
    double *begins, *ends; /* (n) probabilities */
};

/* A span as it was found, in the order of the search. */
struct found {
    struct span span;
    const char *context;
    size_t order;
};

/* What the search keeps: the spans of the windows so far. */
struct search {
    const struct answer *self;
    struct item *item;
    struct found *list; /* (room), n of them there */
    size_t n, room;
    size_t n_found; /* n before some of them became one */
    double none; /* probability of the empty answer: the least of all windows */
};

/* Softmax over the allowed tokens of logits (n, 2). */
static void softmax(const struct window *w, const float *logits, double *out)
{
    double largest = -(double)INFINITY, sum = 0.0;

    for (size_t i = 0; i < w->n; i++)
        if (w->allowed[i] && (double)logits[2 * i] > largest)
            largest = (double)logits[2 * i];
    for (size_t i = 0; i < w->n; i++) {
        out[i] = w->allowed[i] ? exp((double)logits[2 * i] - largest) : 0.0;
        sum += out[i];
    }
    for (size_t i = 0; i < w->n && sum > 0.0; i++)
        out[i] /= sum;
}

/* Tokens of the context, and [CLS], wherever it is: of a model that knows
 * questions without an answer the first one stands for that. */
static bool open_window(const struct search *search, size_t number,
                        struct window *w)
{
    const struct item *item = search->item;
    const int32_t cls = search->self->session.facts->cls_id;
    const struct berth_window *window = &item->windows[number];

    w->item = item;
    w->start = window->start;
    w->n = window->n_tokens;
    w->allowed = pieces_array(item->pieces, w->n, sizeof(*w->allowed));
    w->begins = pieces_array(item->pieces, w->n, 2 * sizeof(*w->begins));
    if (w->allowed == NULL || w->begins == NULL)
        return false;
    w->ends = w->begins + w->n;
    for (size_t i = 0; i < w->n; i++) {
        const size_t t = w->start + i;

        w->allowed[i] = (item->second[t] && !item->special[t]) ||
                        (cls >= 0 && item->ids[t] == cls);
    }
    const float *logits = item->results[number];
    softmax(w, logits, w->begins);
    softmax(w, logits + 1, w->ends);
    return true;
}

/* --------------------------------------------------------------- answers */

/* The text of a word of the context, by its tokens in the window. False: the
 * context has none of that number there. */
static bool word_place(const struct window *w, size_t word,
                       struct berth_span *out)
{
    bool found = false;

    for (size_t t = w->start; t < w->start + w->n; t++) {
        if (!w->item->second[t] || w->item->special[t] ||
            w->item->words[t] != word)
            continue;
        if (!found)
            out->begin = w->item->offsets[t].begin;
        out->end = w->item->offsets[t].end;
        found = true;
    }
    return found;
}

/* Widened to whole words. */
static struct span place(const struct window *w, size_t begin, size_t end)
{
    const struct item *item = w->item;
    const size_t first = w->start + begin, last = w->start + end;
    struct berth_span a = item->offsets[first], b = item->offsets[last], x, y;

    if (word_place(w, item->words[first], &x) &&
        word_place(w, item->words[last], &y)) {
        a = x;
        b = y;
    }
    return (struct span){.begin = a.begin,
                         .end = b.end > a.begin ? b.end : a.begin};
}

/* The next character in lower case; bytes that are none as they are. */
static utf8proc_int32_t next_lower(const char **p, const char *end)
{
    utf8proc_int32_t c = -1;
    const utf8proc_ssize_t n =
        utf8proc_iterate((const utf8proc_uint8_t *)*p, end - *p, &c);

    if (n <= 0)
        return -(utf8proc_int32_t)(unsigned char)*(*p)++ - 1;
    *p += n;
    return utf8proc_tolower(c);
}

/* By their characters in lower case. */
static int compare_texts(const struct found *a, const struct found *b)
{
    const char *p = a->context + a->span.begin,
               *p_end = a->context + a->span.end;
    const char *q = b->context + b->span.begin,
               *q_end = b->context + b->span.end;

    while (p < p_end && q < q_end) {
        const utf8proc_int32_t c = next_lower(&p, p_end);
        const utf8proc_int32_t d = next_lower(&q, q_end);

        if (c != d)
            return c < d ? -1 : 1;
    }
    return (p < p_end) - (q < q_end);
}

static int by_order(const struct found *a, const struct found *b)
{
    return (a->order > b->order) - (a->order < b->order);
}

static int by_text(const void *a, const void *b)
{
    const int order = compare_texts(a, b);

    return order != 0 ? order : by_order(a, b);
}

/* The better first; of equal ones the one that was found first. */
static int by_score(const void *a, const void *b)
{
    const double x = ((const struct found *)a)->span.score;
    const double y = ((const struct found *)b)->span.score;

    return x != y ? (x < y) - (x > y) : by_order(a, b);
}

static bool append(struct search *search, struct span span)
{
    struct found *list = search->list;

    if (search->n == search->room) {
        search->room = search->room > 0 ? 2 * search->room : 32;
        list = pieces_array(search->item->pieces, search->room, sizeof(*list));
        if (list == NULL)
            return false;
        if (search->n > 0)
            memcpy(list, search->list, search->n * sizeof(*list));
        search->list = list;
    }
    list[search->n] = (struct found){span, answer_context(search->item)->data,
                                     search->n_found++};
    search->n++;
    return true;
}

/* Those that read the same become the one of them that was found first. */
static void merge(struct search *search)
{
    struct found *list = search->list;
    size_t n = 0;

    if (search->n == 0)
        return;
    qsort(list, search->n, sizeof(*list), by_text);
    for (size_t i = 1; i < search->n; i++) {
        if (compare_texts(&list[n], &list[i]) == 0)
            list[n].span.score += list[i].span.score;
        else
            list[++n] = list[i];
    }
    search->n = n + 1;
}

/* ---------------------------------------------------------------- search */

/* The scores of spans, (n, longest): of each start, by length. */
static float *score_all(const struct window *w, size_t longest)
{
    float *scores =
        pieces_array(w->item->pieces, w->n * longest, sizeof(*scores));

    for (size_t i = 0; scores != NULL && i < w->n; i++) {
        for (size_t k = 0; k < longest; k++) {
            const size_t end = i + k;
            const bool may = w->allowed[i] && end < w->n && w->allowed[end];

            scores[i * longest + k] =
                may ? (float)(w->begins[i] * w->ends[end]) : -1.0f;
        }
    }
    return scores;
}

static bool search_window(struct search *search, size_t number)
{
    const struct answer *self = search->self;
    struct window w;

    if (!open_window(search, number, &w))
        return false;
    const double none = w.begins[0] * w.ends[0];
    if (none < search->none)
        search->none = none;
    w.allowed[0] = false;
    /* Some of them become the same answer. */
    const size_t longest = self->max_tokens < w.n ? self->max_tokens : w.n;
    const size_t all = w.n * longest, many = 2 * self->top_k + 10;
    const size_t n = self->top_k > 0 && many < all ? many : all;
    float *scores = score_all(&w, longest);
    int32_t *best = pieces_array(w.item->pieces, n, sizeof(*best));

    if (scores == NULL || best == NULL)
        return false;
    berth_top_k(scores, all, n, best);
    for (size_t i = 0; i < n && scores[best[i]] >= 0.0f; i++) {
        const size_t begin = (size_t)best[i] / longest;
        struct span span = place(&w, begin, begin + (size_t)best[i] % longest);

        span.score = (double)scores[best[i]];
        if (!append(search, span))
            return false;
    }
    return true;
}

bool answer_find(const struct answer *self, struct item *item,
                 struct spans *out)
{
    struct search search = {.self = self, .item = item, .none = 1.0};

    for (size_t i = 0; i < item->n_windows; i++)
        if (!search_window(&search, i))
            return false;
    merge(&search);
    /* Where the context is blank there is nothing but that. */
    const double none = self->impossible ? search.none : 0.0;
    if ((self->impossible || search.n == 0) &&
        !append(&search, (struct span){.score = none}))
        return false;
    qsort(search.list, search.n, sizeof(*search.list), by_score);
    out->n = self->top_k > 0 && self->top_k < search.n ? self->top_k : search.n;
    out->list = pieces_array(item->pieces, out->n, sizeof(*out->list));
    for (size_t i = 0; i < out->n && out->list != NULL; i++)
        out->list[i] = search.list[i].span;
    return out->list != NULL;
}
