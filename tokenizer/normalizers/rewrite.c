/*
 * rewrite.c - new characters and their places.
 */
#include "tokenizer/normalizers/rewrite.h"

#include "tokenizer/unicode/utf8.h"

#include <string.h>

struct berth_rewrite berth_rewrite_start(const char *text, size_t begin,
                                         size_t end, struct berth_flow *flow)
{
    flow->n = 0;
    return (struct berth_rewrite){.text = text,
                                  .at = begin,
                                  .end = end,
                                  .before = {(uint32_t)begin, (uint32_t)begin},
                                  .flow = flow};
}

/* Goes over the next character of the text, if there is one. */
static void advance(struct berth_rewrite *w)
{
    size_t at = w->at;

    if (at == w->end)
        return;
    w->at = at + berth_utf8_size((unsigned char)w->text[at]);
    w->before = (struct berth_origin){(uint32_t)at, (uint32_t)w->at};
}

bool berth_rewrite_put(struct berth_rewrite *w, const char *bytes, size_t size,
                       bool added)
{
    struct berth_flow *flow = w->flow;

    if (!added)
        advance(w);
    if (!berth_flow_reserve(flow, size))
        return false;
    for (size_t i = 0; i < size; i++)
        flow->bytes[flow->n + i] = bytes[i];
    for (size_t i = 0; i < size; i++)
        flow->origin[flow->n + i] = w->before;
    w->last = flow->n;
    w->added = added;
    flow->n += size;
    return true;
}

void berth_rewrite_drop(struct berth_rewrite *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        advance(w);
}

bool berth_rewrite_change(struct berth_rewrite *w, uint32_t cp, long change)
{
    char bytes[BERTH_UTF8_MAX];
    size_t size = berth_utf8_encode(cp, bytes);

    if (!berth_rewrite_put(w, bytes, size, change > 0))
        return false;
    if (change < 0)
        berth_rewrite_drop(w, (size_t)-change);
    return true;
}

bool berth_rewrite_keep(struct berth_rewrite *w, size_t size)
{
    struct berth_flow *flow = w->flow;
    const unsigned char *text = (const unsigned char *)w->text;
    struct berth_origin *origin;
    size_t at = w->at, end = at + size, next;

    if (size == 0)
        return true;
    if (!berth_flow_reserve(flow, size))
        return false;
    memcpy(flow->bytes + flow->n, text + at, size);
    origin = flow->origin + flow->n;
    for (; at < end; at = next) {
        for (; at < end && text[at] < 0x80; at++)
            *origin++ = (struct berth_origin){(uint32_t)at, (uint32_t)at + 1};
        next = at < end ? at + berth_utf8_size(text[at]) : at;
        for (size_t i = at; i < next; i++)
            *origin++ = (struct berth_origin){(uint32_t)at, (uint32_t)next};
    }
    w->at = end;
    flow->n += size;
    w->before = origin[-1];
    w->last = flow->n - (w->before.end - w->before.begin);
    w->added = false;
    return true;
}
