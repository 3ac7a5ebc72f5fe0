/*
 * zero_shot.c - from labels to hypotheses, and from what the model says of them
 * to scores.
 *
 * Texts and hypotheses are tokenised once each: a pair's tokens are those of
 * its texts with special ones around them, whatever the other text is. So the
 * tokens of a text with the first hypothesis become those with any other, whose
 * tokens take the place of the first one's.
 */
#include "cli/labels/zero_shot.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/base/message.h"

static const char usual_template[] = "This example is {}.";
static const char place[] = "{}"; /* of the label */

const char *zero_shot_clash(const struct zero_shot *z, const struct shared *s)
{
    const char *at = z->template != NULL ? strstr(z->template, place) : NULL;

    if (z->list != NULL && z->file != NULL)
        return "--labels does not go with --labels-from";
    if (!zero_shot_is_asked(z))
        return z->template != NULL ? "--template needs --labels"
               : z->multi_label    ? "--multi-label needs --labels"
                                   : NULL;
    if (z->template != NULL &&
        (at == NULL || strstr(at + strlen(place), place) != NULL))
        return "--template: expected one {}, where the label goes";
    if (s->input.pair || s->input.field.n > 1)
        return "--labels takes one text, not a pair";
    if (s->overflow == OVERFLOW_WINDOW)
        return "--overflow window does not go with --labels";
    return NULL;
}

/* ---------------------------------------------------------------- labels */

/* A copy of what is between blanks; false: memory is out. */
static bool add_label(struct zero_shot *z, const char *text, size_t size)
{
    while (size > 0 && isspace((unsigned char)*text)) {
        text++;
        size--;
    }
    while (size > 0 && isspace((unsigned char)text[size - 1]))
        size--;
    if (size == 0)
        return true;
    const char **more =
        realloc(z->labels, (z->n + 1) * sizeof(*more)); /* NOLINT */
    if (more == NULL)
        return false;
    z->labels = more;
    more[z->n] = strndup(text, size);
    return more[z->n++] != NULL;
}

static bool read_list(struct zero_shot *z)
{
    bool ok = true;

    for (const char *p = z->list; ok;) {
        const size_t n = strcspn(p, ",");

        ok = add_label(z, p, n);
        if (p[n] == '\0')
            break;
        p += n + 1;
    }
    return ok || message_error("out of memory");
}

static bool read_file(struct zero_shot *z)
{
    FILE *f = fopen(z->file, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    bool ok = f != NULL;

    errno = f != NULL ? 0 : errno;
    while (ok && (n = getline(&line, &size, f)) >= 0)
        ok = add_label(z, line, strlen(line)) || message_error("out of memory");
    if (errno != 0 && (f == NULL || ferror(f) || !feof(f)))
        ok = message_error("%s: %s", z->file, strerror(errno));
    free(line);
    if (f != NULL)
        fclose(f);
    return ok;
}

bool zero_shot_read(struct zero_shot *z)
{
    if (!(z->list != NULL ? read_list(z) : read_file(z)))
        return false;
    if (z->n == 0)
        return message_refuse("%s: expected labels, found none",
                              z->list != NULL ? "--labels" : z->file);
    return true;
}

/* ------------------------------------------------------------ hypotheses */

/* The template with the label in its place. */
static char *fill_template(const struct zero_shot *z, const char *label)
{
    const char *template = z->template != NULL ? z->template : usual_template;
    const char *at = strstr(template, place);
    const size_t size = strlen(template) + strlen(label) + 1;
    char *text = malloc(size);

    if (text != NULL)
        snprintf(text, size, "%.*s%s%s", (int)(at - template), template, label,
                 at + strlen(place));
    return text;
}

/* The tokens of text B of a pair. */
static bool keep_second(struct hypothesis *h, const struct berth_tokens *t)
{
    h->ids = calloc(t->n + 1, sizeof(*h->ids));
    if (h->ids == NULL)
        return message_error("out of memory");
    for (size_t i = 0; i < t->n; i++)
        if (t->second[i] && !t->special[i])
            h->ids[h->n++] = t->ids[i];
    return true;
}

static bool add_hypothesis(struct zero_shot *z, const struct session *s,
                           size_t i, struct berth_tokens *tokens)
{
    struct hypothesis *h = &z->hypotheses[i];
    struct berth_error err;

    h->text = fill_template(z, z->labels[i]);
    if (h->text == NULL)
        return message_error("out of memory");
    const struct berth_text text = {
        .text = "", .pair = h->text, .pair_len = strlen(h->text)};
    if (berth_tokenize(s->model, &text, &s->tokenize, tokens, &err) != BERTH_OK)
        return message_error("label '%s': %s", z->labels[i], err.message);
    if (!keep_second(h, tokens))
        return false;
    return h->n > 0 || message_error("label '%s': no tokens", z->labels[i]);
}

/* The entailment is the first label of that name; without one the last, as in
 * transformers. */
static void find_entailment(struct zero_shot *z, const struct session *s)
{
    static const char name[] = "entail";
    const struct berth_head_facts *head = berth_model_get_head(s->model);
    size_t i = 0;

    while (i < head->n_out &&
           strncasecmp(head->labels[i], name, strlen(name)) != 0)
        i++;
    if (i == head->n_out) {
        i--;
        message_warning("%s: no label begins with '%s': taking the last one, "
                        "'%s', for the entailment",
                        s->facts->path, name, head->labels[i]);
    }
    z->entailment = i;
    z->contradiction = i == 0 ? head->n_out - 1 : 0;
}

bool zero_shot_fit(struct zero_shot *z, struct session *s)
{
    struct berth_tokens tokens = {0};
    bool ok = true;

    z->limit = s->tokenize.max_tokens;
    s->tokenize.max_tokens = 0;
    z->hypotheses = calloc(z->n, sizeof(*z->hypotheses));
    if (z->hypotheses == NULL)
        return message_error("out of memory");
    for (size_t i = 0; ok && i < z->n; i++)
        ok = add_hypothesis(z, s, i, &tokens);
    berth_tokens_free(&tokens);
    if (ok)
        find_entailment(z, s);
    return ok;
}

/* --------------------------------------------------------------- windows */

/* A text with the first hypothesis: where the tokens of each are. */
struct pair {
    const struct item *item;
    size_t a, n_a;
    size_t b, n_b;
};

static struct pair find_texts(const struct item *item)
{
    struct pair p = {.item = item};

    for (size_t i = 0; i < item->n_tokens; i++) {
        if (item->special[i])
            continue;
        if (item->second[i]) {
            p.b = p.n_b++ == 0 ? i : p.b;
        } else {
            p.a = p.n_a++ == 0 ? i : p.a;
        }
    }
    return p;
}

/* How many tokens of the text stay beside n of a hypothesis; 0 and none of
 * these: there is no room for any. */
static size_t n_kept(const struct zero_shot *z, const struct pair *p, size_t n)
{
    const size_t fixed = p->item->n_tokens - p->n_a - p->n_b + n;

    if (z->limit == 0 || fixed + p->n_a <= z->limit)
        return p->n_a;
    return z->limit > fixed ? z->limit - fixed : 0;
}

/* Where the windows go. */
struct room {
    int32_t *ids, *type_ids;
    bool *special;
    size_t n;
};

/* Tokens from .. from + n - 1 of the pair. */
static void put_tokens(struct room *r, const struct item *item, size_t from,
                       size_t n)
{
    memcpy(r->ids + r->n, item->ids + from, n * sizeof(*r->ids));
    memcpy(r->type_ids + r->n, item->type_ids + from, n * sizeof(*r->type_ids));
    memcpy(r->special + r->n, item->special + from, n * sizeof(*r->special));
    r->n += n;
}

static void put_hypothesis(struct room *r, const struct hypothesis *h,
                           int32_t type)
{
    memcpy(r->ids + r->n, h->ids, h->n * sizeof(*r->ids));
    for (size_t i = 0; i < h->n; i++) {
        r->type_ids[r->n + i] = type;
        r->special[r->n + i] = false;
    }
    r->n += h->n;
}

/* The text comes first in every template there is, text B behind it. */
static void put_window(struct room *r, const struct pair *p, size_t kept,
                       const struct hypothesis *h)
{
    const size_t after_a = p->a + p->n_a, after_b = p->b + p->n_b;

    put_tokens(r, p->item, 0, p->a + kept);
    put_tokens(r, p->item, after_a, p->b - after_a);
    put_hypothesis(r, h, p->item->type_ids[p->b]);
    put_tokens(r, p->item, after_b, p->item->n_tokens - after_b);
}

static bool make_room(const struct zero_shot *z, const struct pair *p,
                      struct item *item, struct room *r)
{
    size_t n = 1;

    for (size_t i = 0; i < z->n; i++)
        n += p->item->n_tokens - p->n_b + z->hypotheses[i].n;
    r->ids = pieces_array(item->pieces, n, sizeof(*r->ids));
    r->type_ids = pieces_array(item->pieces, n, sizeof(*r->type_ids));
    r->special = pieces_array(item->pieces, n, sizeof(*r->special));
    return (r->ids != NULL && r->type_ids != NULL && r->special != NULL) ||
           stream_fail_memory(item);
}

static bool add_windows(const struct zero_shot *z, const struct session *s,
                        const struct pair *p, struct item *item)
{
    struct berth_window *windows =
        pieces_array(item->pieces, z->n, sizeof(*windows));
    struct room room = {0};

    if (windows == NULL)
        return stream_fail_memory(item);
    if (!make_room(z, p, item, &room))
        return false;
    for (size_t i = 0; i < z->n; i++) {
        const struct hypothesis *h = &z->hypotheses[i];
        const size_t kept = n_kept(z, p, h->n), start = room.n;
        const size_t whole = p->item->n_tokens - p->n_b + h->n;

        if (kept < p->n_a && (s->strict || kept == 0))
            return stream_fail(item,
                               "%zu tokens with the label '%s'; the "
                               "limit is %zu",
                               whole, z->labels[i], z->limit);
        put_window(&room, p, kept, h);
        windows[i] = (struct berth_window){
            .start = start, .n_tokens = room.n - start, .focus = SIZE_MAX};
        item->truncated = item->truncated || kept < p->n_a;
    }
    item->ids = room.ids;
    item->type_ids = room.type_ids;
    item->special = room.special;
    item->windows = windows;
    item->n_tokens = room.n;
    item->n_windows = z->n;
    return true;
}

bool zero_shot_prepare(const struct zero_shot *z, const struct session *s,
                       struct item *item, struct berth_tokens *tokens)
{
    const char *first = z->hypotheses[0].text;
    struct item both = {
        .record = {.text = item->record.text,
                   .pair = {.data = first, .size = strlen(first)},
                   .has_pair = true},
        .pieces = item->pieces};
    struct session whole = *s;

    whole.strict = false;
    if (!session_tokenize(&whole, &both, tokens))
        return stream_fail_as(item, &both);
    const struct pair pair = find_texts(&both);
    item->n_full = both.n_full;
    item->n_unknown = both.n_unknown;
    return add_windows(z, s, &pair, item) && session_mark_ignored(s, item);
}

/* ---------------------------------------------------------------- scores */

void zero_shot_score(const struct zero_shot *z, const struct item *item,
                     float *logits, float *scores)
{
    double largest = -(double)INFINITY, sum = 0.0;

    for (size_t i = 0; i < z->n; i++) {
        const float *x = item->results[i];

        logits[i] = x[z->entailment];
        if ((double)logits[i] > largest)
            largest = (double)logits[i];
    }
    for (size_t i = 0; i < z->n; i++)
        sum += exp((double)logits[i] - largest);
    for (size_t i = 0; i < z->n; i++) {
        const float *x = item->results[i];
        const double against = (double)x[z->contradiction];

        scores[i] = (float)(z->multi_label || z->n == 1
                                ? 1.0 / (1.0 + exp(against - (double)logits[i]))
                                : exp((double)logits[i] - largest) / sum);
    }
}

void zero_shot_free(struct zero_shot *z)
{
    for (size_t i = 0; i < z->n; i++) {
        free((char *)(uintptr_t)z->labels[i]);
        if (z->hypotheses != NULL) {
            free(z->hypotheses[i].text);
            free(z->hypotheses[i].ids);
        }
    }
    free(z->labels);
    free(z->hypotheses);
}
