/*
 * grep_lines.c - matches, their context, and what is counted, in the form of
 * GNU grep.
 */
#include "cli/meaning/grep.h"

#include <stdlib.h>
#include <string.h>

#include "cli/output/number.h"
#include "cli/output/quote.h"

/* The ring starts small: -B may be far more than there are lines. */
bool grep_make_room(struct grep *self)
{
    size_t most = (size_t)self->before,
           n = self->room == 0 ? 8 : 2 * self->room;

    if (self->n_kept < self->room)
        return true;
    if (n > most)
        n = most;
    struct grep_kept *kept = calloc(n, sizeof(*kept));

    if (kept == NULL)
        return false;
    for (size_t i = 0; i < self->n_kept; i++)
        kept[i] = self->kept[(self->first_kept + i) % self->room];
    free(self->kept);
    self->kept = kept;
    self->room = n;
    self->first_kept = 0;
    return true;
}

void grep_end(struct grep *self)
{
    for (size_t i = 0; i < self->room; i++)
        buffer_free(&self->kept[i].text);
    free(self->kept);
    self->kept = NULL;
    self->room = 0;
}

static void begin(const struct grep *self, const struct grep_color *color,
                  struct buffer *b)
{
    if (self->colored)
        grep_color_begin(&self->colors, color, b);
}

static void end(const struct grep *self, const struct grep_color *color,
                struct buffer *b)
{
    if (self->colored)
        grep_color_end(&self->colors, color, b);
}

static void put_colored(const struct grep *self, struct buffer *b,
                        const struct grep_color *color, const char *s)
{
    begin(self, color, b);
    if (self->tamed)
        buffer_tame(b, s, strlen(s));
    else
        buffer_puts(b, s);
    end(self, color, b);
}

static void put_sign(const struct grep *self, struct buffer *b, char c)
{
    const char sign[2] = {c, '\0'};

    put_colored(self, b, &self->colors.sign, sign);
}

static void put_number(const struct grep *self, struct buffer *b, size_t n)
{
    begin(self, &self->colors.line, b);
    buffer_size(b, n);
    end(self, &self->colors.line, b);
}

/* The text of a line, without its end. */
static void put_text(const struct grep *self, const struct hit *hit, char sign,
                     struct buffer *b)
{
    const struct grep_colors *colors = &self->colors;
    bool swapped = self->invert && colors->reverse;
    const struct grep_color *color =
        (sign == ':') != swapped ? &colors->selected : &colors->context;

    if (hit->size > 0)
        begin(self, color, b);
    size_t start = b->size;

    hits_text(b, hit);
    if (self->tamed)
        buffer_tame_end(b, start);
    if (hit->size > 0)
        end(self, color, b);
}

/* GNU grep calls standard input so. */
static const char *name_of(const char *file)
{
    return strcmp(file, "-") == 0 ? "(standard input)" : file;
}

/* sign comes after name and number: ':' for a match, '-' for context. */
static void put_one(const struct grep *self, const struct hit *hit, char sign,
                    struct buffer *b)
{
    if (self->score) {
        buffer_float(b, hit->score, self->vectors.session.settings.digits);
        buffer_putc(b, '\t');
    }
    if (self->named) {
        put_colored(self, b, &self->colors.file, name_of(hit->file));
        put_sign(self, b, sign);
    }
    if (self->line_number) {
        put_number(self, b, hit->line);
        put_sign(self, b, sign);
    }
    put_text(self, hit, sign, b);
    buffer_putc(b, self->vectors.session.settings.input.null ? '\0' : '\n');
}

static void put_separator(const struct grep *self, const char *sign,
                          struct buffer *b)
{
    if (*sign != '\0')
        put_colored(self, b, &self->colors.sign, sign);
    buffer_putc(b, '\n');
}

/* A record of several lines: those that were not printed with the one before
 * it. Between paragraphs stays an empty line; "--" stands for lines that are
 * left out. */
static void put_span(struct grep *self, const struct hit *hit, char sign,
                     struct buffer *b)
{
    const bool joined = self->vectors.session.settings.input.join_lines > 0;
    const char *end = hit->text + hit->size;
    struct hit line = *hit;

    if (self->printed &&
        (self->last_line == 0 || line.line > self->last_line + 1))
        put_separator(self, joined || (self->separate && self->gap) ? "--" : "",
                      b);
    self->gap = false;
    line.is_line = true;
    for (; line.text <= end; line.text += line.size + 1, line.line++) {
        const char *stop = memchr(line.text, '\n', (size_t)(end - line.text));

        line.size = (size_t)((stop != NULL ? stop : end) - line.text);
        if (line.line > self->last_line)
            put_one(self, &line, sign, b);
    }
    self->last_line = hit->span.last_line;
}

static void put_line(struct grep *self, const struct hit *hit, char sign,
                     struct buffer *b)
{
    const struct shared *s = &self->vectors.session.settings;

    if (s->format != FORMAT_TEXT)
        hits_row(b, s, 0, hit);
    else if (hit->span.last_line > 0)
        put_span(self, hit, sign, b);
    else
        put_one(self, hit, sign, b);
    self->printed = true;
}

static void keep(struct grep *self, const struct hit *hit, struct buffer *b)
{
    if (self->n_kept == (size_t)self->before) {
        self->gap = true;
        if (self->before == 0)
            return;
        self->first_kept = (self->first_kept + 1) % self->room;
        self->n_kept--;
    }
    if (!grep_make_room(self)) {
        b->failed = true;
        return;
    }
    struct grep_kept *to =
        &self->kept[(self->first_kept + self->n_kept++) % self->room];

    buffer_clear(&to->text);
    buffer_put(&to->text, hit->text, hit->size);
    b->failed = b->failed || to->text.failed;
    to->hit = *hit;
    to->hit.text = to->text.data != NULL ? to->text.data : "";
}

static void put_match(struct grep *self, const struct hit *hit,
                      struct buffer *b)
{
    if (self->separate && self->gap && self->printed &&
        hit->span.last_line == 0)
        put_separator(self, "--", b);
    for (; self->n_kept > 0; self->n_kept--) {
        put_line(self, &self->kept[self->first_kept].hit, '-', b);
        self->first_kept = (self->first_kept + 1) % self->room;
    }
    put_line(self, hit, ':', b);
    self->gap = false;
    self->owed = self->after;
}

/* Whether the present file has given what it can. */
static bool file_is_done(const struct grep *self)
{
    return self->n_matches >= self->max_count ||
           (self->n_matches > 0 && (self->silent || self->list != LIST_NONE));
}

static void put_name(const struct grep *self, const char *file,
                     struct buffer *b)
{
    if (self->silent)
        return;
    put_colored(self, b, &self->colors.file, name_of(file));
    buffer_putc(b, '\n');
}

void grep_line(struct grep *self, const struct hit *hit, bool is_match,
               struct buffer *b)
{
    grep_enter_file(self, hit->file, b);
    bool done = file_is_done(self);

    if (is_match && !done) {
        self->n_matches++;
        self->matched = true;
        if (self->list == LIST_WITH)
            put_name(self, hit->file, b);
    }
    if (self->silent || self->list != LIST_NONE || self->count)
        return;
    if (is_match && !done) {
        put_match(self, hit, b);
    } else if (self->owed > 0) {
        self->owed--;
        put_line(self, hit, '-', b);
    } else if (done) {
        self->gap = true;
    } else {
        keep(self, hit, b);
    }
}

static void put_count(const struct grep *self, const char *file, size_t n,
                      struct buffer *b)
{
    if (self->silent)
        return;
    if (self->named) {
        put_colored(self, b, &self->colors.file, name_of(file));
        put_sign(self, b, ':');
    }
    buffer_size(b, n);
    buffer_putc(b, '\n');
}

/* What is said of a file of n matches: -c, -L. Also of those without a record,
 * but not of those that are not there. */
static void put_summary(const struct grep *self, const char *file, size_t n,
                        struct buffer *b)
{
    if (self->list == LIST_WITHOUT && n == 0)
        put_name(self, file, b);
    else if (self->list == LIST_NONE && self->count)
        put_count(self, file, n, b);
}

static void leave_file(struct grep *self, struct buffer *b)
{
    if (self->file != NULL)
        put_summary(self, self->file, self->n_matches, b);
    self->gap = self->gap || self->n_kept > 0 || self->printed;
    self->n_kept = 0;
    self->n_matches = 0;
    self->owed = 0;
    self->last_line = 0;
    self->file = NULL;
}

void grep_enter_file(struct grep *self, const char *file, struct buffer *b)
{
    const struct input_options *in = &self->vectors.session.settings.input;

    if (file == self->file)
        return;
    leave_file(self, b);
    self->file = file;
    /* Operands are told apart by their addresses: one may be named twice. */
    while (self->next_file < in->n_files) {
        size_t i = self->next_file++;

        if (in->files[i] == file)
            break;
        if (in->trouble[i] != INPUT_MISSING)
            put_summary(self, in->files[i], 0, b);
    }
}

void grep_leave_files(struct grep *self, struct buffer *b)
{
    const struct input_options *in = &self->vectors.session.settings.input;

    leave_file(self, b);
    for (; self->next_file < in->n_files; self->next_file++)
        if (in->trouble[self->next_file] != INPUT_MISSING)
            put_summary(self, in->files[self->next_file], 0, b);
}

bool grep_is_done(const struct grep *self)
{
    const struct shared *s = &self->vectors.session.settings;

    if (self->silent && self->matched)
        return true;
    /* A file of -o is kept from whole runs only. */
    return s->input.n_files <= 1 && !self->count && s->output == NULL &&
           file_is_done(self) && self->owed == 0;
}
