/*
 * item.c - a record on its way: its tokens, or why it failed.
 */
#include "cli/stream/stream.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum berth_status stream_no_memory(struct berth_error *err)
{
    *err = (struct berth_error){.status = BERTH_ERR_MEMORY,
                                .message = "out of memory"};
    return BERTH_ERR_MEMORY;
}

/* The message lives as long as the item, which may be printed by another thread
 * much later. */
bool stream_fail(struct item *item, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    item->record.error = pieces_copy(item->pieces, text, strlen(text));
    return item->record.error != NULL ? false : stream_fail_memory(item);
}

/* A literal needs no memory, which there is none of. */
bool stream_fail_memory(struct item *item)
{
    item->record.error = "out of memory";
    item->no_memory = true;
    return false;
}

bool stream_fail_as(struct item *item, const struct item *part)
{
    item->record.error = part->record.error;
    item->no_memory = part->no_memory;
    return false;
}

/* A text that cannot be used fails alone. Without memory the run must end:
 * which records fail would depend on the machine. */
bool stream_fail_error(struct item *item, const struct berth_error *err)
{
    return err->status == BERTH_ERR_MEMORY
               ? stream_fail_memory(item)
               : stream_fail(item, "%s", err->message);
}

/* A copy that lives as long as the item: the next text reuses what
 * berth_tokenize() fills. */
static const void *keep(struct pieces *a, const void *data, size_t size,
                        bool *ok)
{
    void *copy = pieces_copy(a, data, size);

    *ok = *ok && copy != NULL;
    return copy;
}

/* What the tokenizer adds, and the prompt, have no place in the text. */
bool tokens_have_words(const struct berth_tokens *tokens, const char *text)
{
    for (size_t i = 0; i < tokens->n; i++)
        for (size_t at = tokens->offsets[i].begin;
             !tokens->second[i] && at < tokens->offsets[i].end; at++)
            if (strchr(" \t\n\v\f\r", text[at]) == NULL)
                return true;
    return false;
}

/* Without what --ignore leaves out; *owned is NULL where nothing is. */
static enum berth_status cut(const struct session *s, const char **text,
                             size_t *size, char **owned,
                             struct berth_error *err)
{
    *owned = NULL;
    if (s->left_out.n == 0 || *text == NULL)
        return BERTH_OK;
    *owned = leave_out_from(&s->left_out, *text, *size, size);
    *text = *owned;
    return *owned != NULL ? BERTH_OK : stream_no_memory(err);
}

/* Of what --ignore leaves. */
static enum berth_status tokenize(const struct session *s, struct berth_text t,
                                  struct berth_tokens *tokens, bool *wordless,
                                  struct berth_error *err)
{
    char *first, *second = NULL;
    enum berth_status status = cut(s, &t.text, &t.text_len, &first, err);

    if (status == BERTH_OK)
        status = cut(s, &t.pair, &t.pair_len, &second, err);
    if (status == BERTH_OK)
        status = berth_tokenize(s->model, &t, &s->tokenize, tokens, err);
    *wordless = status == BERTH_OK && !tokens_have_words(tokens, t.text);
    free(first);
    free(second);
    return status;
}

bool session_tokenize(const struct session *s, struct item *item,
                      struct berth_tokens *tokens)
{
    const struct record *r = &item->record;
    struct berth_text text = {.text = r->text.data,
                              .text_len = r->text.size,
                              .pair = r->has_pair ? r->pair.data : NULL,
                              .pair_len = r->pair.size,
                              .prompt = s->prompt,
                              .prompt_len = s->prompt ? strlen(s->prompt) : 0};
    size_t limit = s->tokenize.max_tokens;
    struct pieces *a = item->pieces;
    struct berth_error err = {0};
    size_t n;
    bool ok = true;

    if (tokenize(s, text, tokens, &item->wordless, &err) != BERTH_OK)
        return stream_fail_error(item, &err);
    n = tokens->n;
    if (s->strict && limit > 0 && tokens->n_full > limit)
        return stream_fail(item, "%zu tokens; the limit is %zu", tokens->n_full,
                           limit);
    item->ids = keep(a, tokens->ids, n * sizeof(*tokens->ids), &ok);
    item->type_ids =
        keep(a, tokens->type_ids, n * sizeof(*tokens->type_ids), &ok);
    item->offsets = keep(a, tokens->offsets, n * sizeof(*tokens->offsets), &ok);
    item->special = keep(a, tokens->special, n * sizeof(*tokens->special), &ok);
    if (r->has_pair)
        item->second =
            keep(a, tokens->second, n * sizeof(*tokens->second), &ok);
    if (s->tokenize.words)
        item->words = keep(a, tokens->words, n * sizeof(*tokens->words), &ok);
    item->windows = keep(a, tokens->windows,
                         tokens->n_windows * sizeof(*tokens->windows), &ok);
    item->n_tokens = n;
    item->n_windows = tokens->n_windows;
    item->n_full = tokens->n_full;
    item->n_unknown = tokens->n_unknown;
    item->truncated = tokens->truncated;
    return ok || stream_fail_memory(item);
}

bool session_mark_ignored(const struct session *s, struct item *item)
{
    if (s->hide.n_tokens == 0)
        return true;
    bool *ignored =
        pieces_array(item->pieces, item->n_tokens + 1, sizeof(*ignored));

    if (ignored == NULL)
        return stream_fail_memory(item);
    /* Window by window: a position is counted from the window's start, and
     * attention needs something to look at in each. */
    for (size_t w = 0; w < item->n_windows; w++) {
        const struct berth_window *window = &item->windows[w];
        size_t n = 0;

        for (size_t i = 0; i < window->n_tokens; i++) {
            size_t k = window->start + i;

            ignored[k] = ignore_matches(
                &s->hide, berth_token_text(s->model, item->ids[k]), i);
            n += ignored[k];
        }
        if (n == window->n_tokens)
            return stream_fail(item, "--hide-token hides all its tokens");
    }
    item->ignored = ignored;
    return true;
}

bool session_prepare(void *self, struct item *item, struct berth_tokens *tokens)
{
    return session_tokenize(self, item, tokens) &&
           session_mark_ignored(self, item);
}

/* The first token of a window that is none of those around the text, or its
 * end. */
static size_t first_of_text(const struct item *item, size_t window)
{
    const struct berth_window *w = &item->windows[window];
    size_t i = 0;

    while (i < w->n_tokens && item->special[w->start + i])
        i++;
    return i;
}

bool item_is_backward(const struct item *item)
{
    if (item->n_windows < 2)
        return false;
    const size_t a = item->windows[0].start + first_of_text(item, 0);
    const size_t b = item->windows[1].start + first_of_text(item, 1);

    return item->offsets[a].begin > item->offsets[b].begin;
}

struct berth_span item_owned(const struct item *item, size_t overlap,
                             size_t window)
{
    const struct berth_window *w = &item->windows[window];
    const size_t before = overlap / 2, after = overlap - before;
    const bool backward = item_is_backward(item);
    const bool first = window == 0, last = window + 1 == item->n_windows;
    size_t begin = first_of_text(item, window), end = w->n_tokens;

    while (end > begin && item->special[w->start + end - 1])
        end--;
    if (backward ? !last : !first)
        begin += before;
    if (backward ? !first : !last)
        end -= after;
    return (struct berth_span){begin, end};
}

static void add_counts(struct item *item, const struct item *part)
{
    item->n_tokens += part->n_tokens;
    item->n_windows += part->n_windows;
    item->n_full += part->n_full;
    item->n_unknown += part->n_unknown;
    item->truncated = item->truncated || part->truncated;
}

bool item_join(struct item *item, const struct item *parts, size_t n)
{
    struct pieces *a = item->pieces;
    struct item sum = {0};

    for (size_t i = 0; i < n; i++)
        add_counts(&sum, &parts[i]);
    int32_t *ids = pieces_array(a, sum.n_tokens, sizeof(*ids));
    int32_t *type_ids = pieces_array(a, sum.n_tokens, sizeof(*type_ids));
    struct berth_span *offsets =
        pieces_array(a, sum.n_tokens, sizeof(*offsets));
    bool *special = pieces_array(a, sum.n_tokens, sizeof(*special));
    bool *ignored = pieces_array(a, sum.n_tokens, sizeof(*ignored));
    struct berth_window *windows =
        pieces_array(a, sum.n_windows, sizeof(*windows));

    if (ids == NULL || type_ids == NULL || offsets == NULL || special == NULL ||
        ignored == NULL || windows == NULL)
        return stream_fail_memory(item);
    item->ids = ids;
    item->type_ids = type_ids;
    item->offsets = offsets;
    item->special = special;
    item->ignored = parts->ignored != NULL ? ignored : NULL;
    item->windows = windows;
    for (const struct item *p = parts; p < parts + n; p++) {
        const size_t at = item->n_tokens;

        memcpy(ids + at, p->ids, p->n_tokens * sizeof(*ids));
        memcpy(type_ids + at, p->type_ids, p->n_tokens * sizeof(*type_ids));
        memcpy(offsets + at, p->offsets, p->n_tokens * sizeof(*offsets));
        memcpy(special + at, p->special, p->n_tokens * sizeof(*special));
        if (p->ignored != NULL)
            memcpy(ignored + at, p->ignored, p->n_tokens * sizeof(*ignored));
        for (size_t i = 0; i < p->n_windows; i++) {
            windows[item->n_windows + i] = p->windows[i];
            windows[item->n_windows + i].start += at;
        }
        add_counts(item, p);
    }
    return true;
}

struct berth_sequence session_sequence(const struct session *s,
                                       const struct item *item, size_t window)
{
    const struct berth_window *w = &item->windows[window];

    return (struct berth_sequence){
        .ids = item->ids + w->start,
        .type_ids = item->type_ids + w->start,
        .n_tokens = w->n_tokens,
        /* The model may say that the prompt's tokens are not pooled. */
        .n_skip = s->facts->include_prompt ? 0 : w->n_prompt,
        .ignored = item->ignored != NULL ? item->ignored + w->start : NULL};
}

enum berth_status session_forward(const struct session *s, int layer,
                                  const struct batch *batch)
{
    const size_t n = batch->n;
    struct berth_sequence *sequences =
        pieces_array(batch->results, n, sizeof(*sequences));

    if (sequences == NULL)
        return stream_no_memory(batch->err);
    for (size_t i = 0; i < n; i++)
        sequences[i] =
            session_sequence(s, batch->jobs[i].item, batch->jobs[i].window);
    return berth_forward(s->context, sequences, n, layer, batch->err);
}
