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

/* What the search keeps: the answers of the windows so far. */
struct search {
    const struct answer *self;
    struct item *item;
    struct spans *out;
    size_t capacity;
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

static bool same_text(const char *context, const struct span *a,
                      const struct span *b)
{
    const char *p = context + a->begin, *p_end = context + a->end;
    const char *q = context + b->begin, *q_end = context + b->end;

    while (p < p_end && q < q_end)
        if (next_lower(&p, p_end) != next_lower(&q, q_end))
            return false;
    return p == p_end && q == q_end;
}

static bool append(struct search *search, struct span span)
{
    struct spans *out = search->out;

    if (out->n == search->capacity) {
        struct span *more = pieces_array(search->item->pieces,
                                         2 * search->capacity, sizeof(*more));

        if (more == NULL)
            return false;
        memcpy(more, out->list, out->n * sizeof(*more));
        out->list = more;
        search->capacity *= 2;
    }
    out->list[out->n++] = span;
    return true;
}

static bool add(struct search *search, struct span span)
{
    const char *context = answer_context(search->item)->data;

    for (size_t i = 0; i < search->out->n; i++) {
        struct span *known = &search->out->list[i];

        if (same_text(context, known, &span)) {
            known->score += span.score;
            return true;
        }
    }
    return append(search, span);
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
    const size_t n = many < all ? many : all;
    float *scores = score_all(&w, longest);
    int32_t *best = pieces_array(w.item->pieces, n, sizeof(*best));

    if (scores == NULL || best == NULL)
        return false;
    berth_top_k(scores, all, n, best);
    for (size_t i = 0; i < n && scores[best[i]] >= 0.0f; i++) {
        const size_t begin = (size_t)best[i] / longest;
        struct span span = place(&w, begin, begin + (size_t)best[i] % longest);

        span.score = (double)scores[best[i]];
        if (!add(search, span))
            return false;
    }
    return true;
}

/* The better first; of equal ones the one that was found first. */
static void sort(struct spans *spans)
{
    for (size_t i = 1; i < spans->n; i++) {
        const struct span span = spans->list[i];
        size_t k = i;

        for (; k > 0 && spans->list[k - 1].score < span.score; k--)
            spans->list[k] = spans->list[k - 1];
        spans->list[k] = span;
    }
}

bool answer_find(const struct answer *self, struct item *item,
                 struct spans *out)
{
    struct search search = {self, item, out, 16, 1.0};

    *out = (struct spans){.list = pieces_array(item->pieces, search.capacity,
                                               sizeof(*out->list))};
    if (out->list == NULL)
        return false;
    for (size_t i = 0; i < item->n_windows; i++)
        if (!search_window(&search, i))
            return false;
    /* Where the context is blank there is nothing but that. */
    const double none = self->impossible ? search.none : 0.0;
    if ((self->impossible || out->n == 0) &&
        !append(&search, (struct span){.score = none}))
        return false;
    sort(out);
    if (out->n > self->top_k)
        out->n = self->top_k;
    return true;
}
