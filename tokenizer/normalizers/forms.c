/*
 * forms.c - a text taken apart, its marks put in order, and maybe composed.
 *
 * Places are as in the reference: a part counts 0 where it stands for a
 * character of the text, 1 where it is one more; of two that compose the counts
 * are added, less 1. The new characters then take the places of the text in
 * turn, by their counts (rewrite.h): as marks are swapped, but not their
 * counts, the mark that comes first now has the place of the one that came
 * first.
 */
#include "tokenizer/normalizers/forms.h"

#include "tokenizer/normalizers/rewrite.h"
#include "tokenizer/unicode/forms.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

/* A character, and what it counts. */
struct part {
    uint32_t cp;
    int32_t change;
    uint8_t combining; /* class; 0: a starter, which marks follow */
};

/* One run of the stage. */
struct work {
    struct berth_form form;
    struct berth_rewrite out;
    struct part starter; /* which waits for marks that it composes with */
    bool has_starter;
    struct part *marks; /* (n_marks) after it, in flow->normalizing */
    size_t n_marks;
};

struct range {
    uint32_t first;
    uint32_t last;
};

/* Some that are what they are in the form, and that nothing before them
 * composes with: most of what texts have. */
static const struct range composed_plain[] = {
    {0x3400, 0xa48c}, {0xac00, 0xd7a3}, {0x0400, 0x0482}, {0x3041, 0x3096},
    {0x30a1, 0x30fe}, {0x0620, 0x064a}, {0x0388, 0x03ce}, {0x05d0, 0x05ea},
    {0x0e01, 0x0e30}, {0x0561, 0x0586}, {0x2013, 0x2022}, {0x3001, 0x3029},
};
static const struct range plain[] = {
    {0x3400, 0xa48c}, {0x0410, 0x0418}, {0x041a, 0x0438}, {0x043a, 0x044f},
    {0x0627, 0x064a}, {0x05d0, 0x05ea}, {0x0e01, 0x0e30}, {0x2018, 0x201f},
};

static bool is_plain(struct berth_form form, uint32_t cp)
{
    const struct range *ranges = plain;
    size_t n = sizeof(plain) / sizeof(*plain);

    if (cp < 0x80)
        return true;
    if (form.composed && !form.compatible) {
        if (cp < 0x300)
            return true;
        ranges = composed_plain;
        n = sizeof(composed_plain) / sizeof(*composed_plain);
    }
    for (size_t i = 0; i < n; i++) {
        if (cp >= ranges[i].first && cp <= ranges[i].last)
            return true;
    }
    return false;
}

static bool write_text(struct work *w, struct part part)
{
    return berth_rewrite_change(&w->out, part.cp, part.change);
}

/* Marks in canonical order: by class, of equal classes as they came. */
static bool sort_marks(struct work *w)
{
    const size_t n = w->n_marks;
    bool present[256] = {false}, sorted = true;
    struct part *ordered;
    size_t count = 0;

    for (size_t i = 1; i < n; i++)
        sorted &= w->marks[i - 1].combining <= w->marks[i].combining;
    if (sorted)
        return true;
    /* Behind the marks there is room for as many. */
    w->marks =
        berth_room_grown(&w->out.flow->normalizing, 2 * n, sizeof(*w->marks));
    if (w->marks == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        present[w->marks[i].combining] = true;
    ordered = w->marks + n;
    for (unsigned k = 1; k < 256; k++) {
        for (size_t i = 0; present[k] && i < n; i++) {
            if (w->marks[i].combining == k)
                ordered[count++] = w->marks[i];
        }
    }
    memcpy(w->marks, ordered, n * sizeof(*w->marks));
    return true;
}

static bool compose(struct work *w, struct part part)
{
    uint32_t cp = berth_char_compose(w->starter.cp, part.cp, w->form.newest);

    if (cp == 0)
        return false;
    w->starter.cp = cp;
    w->starter.change += part.change - 1;
    return true;
}

/* The starter takes in what marks it can; a mark of the same class before one
 * keeps it off. Those that are left stay. */
static void compose_marks(struct work *w)
{
    size_t left = 0;

    for (size_t i = 0; i < w->n_marks; i++) {
        struct part mark = w->marks[i];

        if ((left > 0 && w->marks[left - 1].combining >= mark.combining) ||
            !compose(w, mark))
            w->marks[left++] = mark;
    }
    w->n_marks = left;
}

/* Writes all that waits. */
static bool flush(struct work *w)
{
    bool ok = !w->has_starter || write_text(w, w->starter);

    for (size_t i = 0; ok && i < w->n_marks; i++)
        ok = write_text(w, w->marks[i]);
    w->has_starter = false;
    w->n_marks = 0;
    return ok;
}

/* No more marks come. */
static bool end_marks(struct work *w)
{
    if (w->n_marks > 1 && !sort_marks(w))
        return false;
    if (w->form.composed && w->has_starter)
        compose_marks(w);
    return true;
}

static bool put(struct work *w, struct part part)
{
    if (part.combining != 0) {
        struct part *marks = berth_room_grown(&w->out.flow->normalizing,
                                              w->n_marks + 1, sizeof(*marks));

        if (marks == NULL)
            return false;
        w->marks = marks;
        w->marks[w->n_marks++] = part;
        return true;
    }
    if (!end_marks(w))
        return false;
    if (w->form.composed && w->has_starter && w->n_marks == 0 &&
        compose(w, part))
        return true;
    if (!flush(w))
        return false;
    w->starter = part;
    w->has_starter = true;
    return true;
}

static bool put_char(struct work *w, uint32_t cp)
{
    uint32_t parts[BERTH_COMPAT_MAX];
    const bool newest = w->form.newest;
    size_t n = w->form.compatible
                   ? berth_char_decompose_compat(cp, newest, parts)
                   : berth_char_decompose(cp, parts);

    for (size_t i = 0; i < n; i++) {
        if (!put(w, (struct part){
                        parts[i], i > 0,
                        (uint8_t)berth_char_class_of_mark(parts[i], newest)}))
            return false;
    }
    return true;
}

/* Where the run of plain characters that begins at text + at ends, without the
 * last one: a mark may follow that. */
static size_t plain_end(struct berth_form form, const char *text, size_t at,
                        size_t end)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t last = at, size;
    uint32_t cp;

    for (; at < end; at += size) {
        size = 1;
        cp = bytes[at];
        if (cp >= 0x80)
            size = berth_utf8_read(bytes + at, &cp);
        if (!is_plain(form, cp))
            return last;
        last = at;
    }
    return end;
}

static bool run(const void *self, const char *text, size_t begin, size_t end,
                struct berth_flow *flow)
{
    const struct berth_form *form = self;
    struct work w = {.form = *form,
                     .out = berth_rewrite_start(text, begin, end, flow)};

    for (size_t at = begin; at < end;) {
        size_t stop = plain_end(*form, text, at, end);
        uint32_t cp;

        if (stop > at) {
            if (!end_marks(&w) || !flush(&w) ||
                !berth_rewrite_keep(&w.out, stop - at))
                return false;
            at = stop;
            continue;
        }
        at += berth_utf8_read((const unsigned char *)text + at, &cp);
        if (!put_char(&w, cp))
            return false;
    }
    return end_marks(&w) && flush(&w);
}

static bool keeps(const void *self, const char *bytes, size_t n)
{
    const struct berth_form *form = self;

    return plain_end(*form, bytes, 0, n) == n;
}

bool berth_form_normalizer(struct berth_form form, struct berth_normalizer *out)
{
    struct berth_form *stage = malloc(sizeof(*stage));

    if (stage == NULL)
        return false;
    *stage = form;
    *out = (struct berth_normalizer){
        .run = run,
        .keeps = keeps,
        .free = free,
        .self = stage,
        .rules = berth_rules_add(0, 'f' | (uint64_t)form.compatible << 8 |
                                        (uint64_t)form.composed << 9 |
                                        (uint64_t)form.newest << 10)};
    return true;
}
