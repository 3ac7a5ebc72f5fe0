/*
 * cmd_position_dump.c - what a model adds for each position, or how similar
 * positions are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/frame/number_list.h"
#include "cli/frame/session.h"
#include "cli/inside/positions.h"
#include "cli/output/npy.h"
#include "cli/output/number.h"
#include "cli/output/picture.h"
#include "cli/stream/finite.h"
#include "cli/stream/row.h"

enum {
    COSINE,
    DOT,
    VECTORS = -1 /* no similarity */
};

struct position_dump {
    struct session session; /* first */
    const char *list;
    bool sinusoidal;
    int similarity;

    struct number_list positions;
    float *data; /* (positions, row) */
    size_t row;
    struct sink *sink;
    struct buffer out;
    bool failed;
};

#define AT(member) offsetof(struct position_dump, member)

static const struct option_row rows[] = {
    FORMAT_ROW(FORMATS_ROWS | FORMATS_RAW | 1 << FORMAT_HEAT),
    {0, "position", "LIST",
     "positions from 0, such as 0-9,20; -1 is the last (default: all)",
     OPTION_TEXT, AT(list), 0, 0},
    {0, "similarity", "cosine|dot",
     "print the similarity of each two positions, not their vectors",
     OPTION_CHOICE, AT(similarity), 0, 0},
    {0, "sinusoidal", NULL, "use sines and cosines, not the model's table",
     OPTION_FLAG, AT(sinusoidal), 0, 0},
    {0}};

static const struct option_row rows_result[] = {
    OUTPUT_ROW,
    NO_HEADER_ROW,
    DIGITS_ROW("significant digits (default: enough to be exact; text: 4)"),
    {0}};

static const struct option_group groups[] = {
    {"Pictures", rows_picture, &groups[1]},
    {"Output", rows_result, &group_common}};

/* -------------------------------------------------------------- compute */

/* The vectors of the chosen positions. */
static void read_vectors(const struct position_dump *self,
                         const struct berth_model *model, float *out)
{
    size_t C = self->session.facts->hidden_size;

    for (size_t i = 0; i < self->positions.n; i++) {
        size_t position = self->positions.items[i];

        if (self->sinusoidal)
            positions_sinusoidal(position, C, out + i * C);
        else
            berth_model_read_positions(model, position, 1, out + i * C);
    }
}

/* Whether row i of n numbers has numbers only; false after a message. */
static bool check_row(const struct position_dump *self, const float *table,
                      size_t i, size_t n)
{
    if (finite_all(table + i * n, n))
        return true;
    return message_error("%s: position %zu: not a number (NaN or infinite)",
                         self->session.facts->path, self->positions.items[i]);
}

/* False after one message. */
static bool compute(struct position_dump *self, const struct berth_model *model)
{
    size_t n = self->positions.n;
    size_t C = self->session.facts->hidden_size;
    float *vectors = calloc(n, C * sizeof(*vectors));

    self->row = self->similarity == VECTORS ? C : n;
    if (vectors == NULL)
        return message_error("out of memory");
    read_vectors(self, model, vectors);
    bool ok = true;

    for (size_t i = 0; i < n && ok; i++)
        ok = check_row(self, vectors, i, C);
    if (self->similarity == VECTORS) {
        self->data = vectors;
        return ok;
    }
    self->data = calloc(n, n * sizeof(*self->data));
    for (size_t i = 0; i < n && ok && self->data != NULL; i++) {
        positions_similarity(vectors + i * C, vectors, n, C,
                             self->similarity == COSINE, self->data + i * n);
        ok = check_row(self, self->data, i, n);
    }
    free(vectors);
    return self->data != NULL || !ok ? ok : message_error("out of memory");
}

/* ---------------------------------------------------------------- print */

enum {
    SPILL = 1 << 20,
    TEXT_DIGITS = 4
};

static void spill(struct position_dump *self, size_t least)
{
    struct buffer *b = &self->out;

    if (b->failed)
        self->failed = true;
    if (b->size >= least && !self->failed &&
        !sink_write(self->sink, b->data, b->size))
        self->failed = true;
    if (b->size >= least)
        buffer_clear(b);
}

static void put_header(struct position_dump *self)
{
    const struct shared *s = &self->session.settings;
    struct buffer *b = &self->out;

    if (!format_is_table(s->format) || s->no_header)
        return;
    buffer_puts(b, "position");
    if (self->similarity != VECTORS) {
        row_cell_text(b, s, "other", 5);
        row_cell_text(b, s, "similarity", 10);
    }
    for (size_t i = 0; self->similarity == VECTORS && i < self->row; i++) {
        row_cell(b, s);
        buffer_printf(b, "d%zu", i);
    }
    buffer_putc(b, '\n');
}

/* text: a line a position. */
static void put_text(struct position_dump *self, size_t i)
{
    const struct shared *s = &self->session.settings;
    struct buffer *b = &self->out;

    buffer_size(b, self->positions.items[i]);
    for (size_t k = 0; k < self->row; k++) {
        buffer_putc(b, ' ');
        buffer_float(b, self->data[i * self->row + k],
                     s->digits > 0 ? s->digits : TEXT_DIGITS);
    }
    buffer_putc(b, '\n');
}

static void put_table(struct position_dump *self, size_t i)
{
    const struct shared *s = &self->session.settings;
    const float *row = self->data + i * self->row;
    struct buffer *b = &self->out;

    if (self->similarity == VECTORS) {
        buffer_size(b, self->positions.items[i]);
        for (size_t k = 0; k < self->row; k++)
            row_cell_float(b, s, row[k]);
        buffer_putc(b, '\n');
        return;
    }
    for (size_t k = 0; k < self->row; k++) {
        buffer_size(b, self->positions.items[i]);
        row_cell_size(b, s, self->positions.items[k]);
        row_cell_float(b, s, row[k]);
        buffer_putc(b, '\n');
    }
}

static void put_object(struct position_dump *self, size_t i)
{
    struct buffer *b = &self->out;

    buffer_printf(b, "{\"position\":%zu,\"%s\":[", self->positions.items[i],
                  self->similarity == VECTORS ? "vector" : "similarity");
    for (size_t k = 0; k < self->row; k++) {
        if (k > 0)
            buffer_putc(b, ',');
        buffer_json_float(b, self->data[i * self->row + k],
                          self->session.settings.digits);
    }
    buffer_puts(b, "]}\n");
}

static void put_row(struct position_dump *self, size_t i)
{
    switch (self->session.settings.format) {
    case FORMAT_TEXT:
        put_text(self, i);
        break;
    case FORMAT_CSV:
    case FORMAT_TSV:
        put_table(self, i);
        break;
    case FORMAT_JSONL:
        put_object(self, i);
        break;
    default:
        buffer_put(&self->out, self->data + i * self->row,
                   self->row * sizeof(float));
    }
}

enum {
    NAME_SIZE = 24
};

/* Numbers of positions as words, NAME_SIZE bytes each. NULL: no memory. */
static char *make_names(const struct position_dump *self, const char **names)
{
    size_t n = self->positions.n;
    char *text = calloc(n, NAME_SIZE);

    for (size_t i = 0; i < n && text != NULL; i++) {
        names[i] = text + i * NAME_SIZE;
        snprintf(text + i * NAME_SIZE, NAME_SIZE, "%zu",
                 self->positions.items[i]);
    }
    return text;
}

static void draw(struct position_dump *self)
{
    const struct shared *s = &self->session.settings;
    struct screen screen =
        screen_find((enum color_choice)s->color, s->width, s->output);
    const char **names = calloc(self->positions.n, sizeof(*names));
    char *text = names != NULL ? make_names(self, names) : NULL;
    struct picture p = {.data = self->data,
                        .rows = self->positions.n,
                        .columns = self->row,
                        .row_names = names,
                        .column_names =
                            self->similarity == VECTORS ? NULL : names,
                        .numbered = true};

    if (screen.color != SCREEN_PLAIN)
        sink_raw(self->sink);
    if (text != NULL)
        picture_heat(&self->out, &p, &screen);
    else
        self->out.failed = true;
    free(text);
    free(names);
}

static int print(struct position_dump *self)
{
    size_t shape[2] = {self->positions.n, self->row};

    self->sink = sink_open(self->session.settings.output);
    if (self->sink == NULL)
        return EXIT_NOT_DONE;
    put_header(self);
    if (format_in(self->session.settings.format, FORMATS_RAW))
        sink_raw(self->sink);
    if (self->session.settings.format == FORMAT_NPY)
        npy_header(&self->out, shape, 2);
    if (self->session.settings.format == FORMAT_HEAT)
        draw(self);
    for (size_t i = 0; self->session.settings.format != FORMAT_HEAT &&
                       i < self->positions.n && !self->failed;
         i++) {
        put_row(self, i);
        spill(self, SPILL);
    }
    spill(self, 0);
    if (self->out.failed)
        message_error("out of memory");
    bool ok = sink_close(self->sink, !self->failed) && !self->failed;

    return ok ? EXIT_DONE : EXIT_NOT_DONE;
}

/* --------------------------------------------------------------- set up */

static int ready(void *arg)
{
    const struct position_dump *self = arg;
    const struct shared *s = &self->session.settings;

    return s->input.n_files > 0
               ? message_usage("it reads no files: '%s'", s->input.files[0])
               : -1;
}

static bool fit(void *arg)
{
    struct position_dump *self = arg;

    return number_list_parse("position", self->list,
                             self->session.facts->max_positions,
                             &self->positions);
}

static int work(void *arg)
{
    struct position_dump *self = arg;

    return compute(self, self->session.model) ? print(self) : EXIT_NOT_DONE;
}

static void release(void *arg)
{
    struct position_dump *self = arg;

    buffer_free(&self->out);
    free(self->data);
    free(self->positions.items);
}

static const struct position_dump defaults = {.similarity = VECTORS};

const struct command command_position_dump = {
    .name = "position-dump",
    .operands = "",
    .summary = "print what a model adds for each position",
    .example = "berth position-dump --similarity cosine --position 8,9,10,60 "
               "--digits 2",
    .options = {"Options of position-dump", rows, &groups[0]},
    .size = sizeof(struct position_dump),
    .defaults = &defaults,
    .part = BERTH_PART_ENCODER,
    .ready = ready,
    .fit = fit,
    .work = work,
    .release = release};
