/*
 * cmd_position_dump.c - what a model adds for each position, or how similar
 * positions are.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/frame/number_list.h"
#include "cli/frame/session.h"
#include "cli/inside/chosen_heads.h"
#include "cli/inside/positions.h"
#include "cli/output/npy.h"
#include "cli/output/number.h"
#include "cli/output/picture.h"
#include "cli/output/svg.h"
#include "cli/stream/finite.h"
#include "cli/stream/row.h"

enum {
    COSINE,
    DOT,
    ADDED,
    VECTORS = -1 /* no similarity */
};

struct position_dump {
    struct chosen_heads chosen; /* first */
    const char *list;
    bool sinusoidal;
    int similarity;

    struct number_list positions;
    float *data; /* (positions, row) */
    size_t row;
    struct output out;
};

#define AT(member) offsetof(struct position_dump, member)

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS | FORMATS_RAW | 1 << FORMAT_HEAT |
                1 << FORMAT_SVG)},
    {0, "position", "LIST",
     "positions from 0, such as 0-9,20; -1 is the last (default: all)",
     OPTION_TEXT, AT(list), 0, 0},
    {LAYER_ROW},
    {HEAD_ROW},
    {0, "similarity", "cosine|dot|added",
     "print the similarity of each two positions, not their vectors; no word: "
     "cosine; added: what is added to the scores of their tokens",
     OPTION_BARE, AT(similarity), 0, COSINE},
    {0, "sinusoidal", NULL, "use sines and cosines, not the model's table",
     OPTION_FLAG, AT(sinusoidal), 0, 0},
    {0}};

static const struct option_row rows_result[] = {
    {OUTPUT_ROW},
    {NO_HEADER_ROW},
    {DIGITS_ROW("significant digits (default: enough to be exact; text: 4)")},
    {0}};

static const struct option_group groups[] = {
    {"Pictures", rows_picture, &groups[1]},
    {"Output", rows_result, &group_common}};

/* -------------------------------------------------------------- compute */

/* Of a vector. */
static size_t size_of(const struct position_dump *self)
{
    const struct berth_model_facts *facts = self->chosen.session.facts;

    return self->sinusoidal ? facts->hidden_size : facts->position_size;
}

/* The vectors of the chosen positions. */
static void read_vectors(const struct position_dump *self,
                         const struct berth_model *model, float *out)
{
    size_t C = size_of(self);

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
                         self->chosen.session.facts->path,
                         self->positions.items[i]);
}

/* Whether similarities follow from distances, not from vectors. */
static bool by_distance(const struct position_dump *self)
{
    const struct berth_model_facts *facts = self->chosen.session.facts;

    return self->similarity == ADDED ||
           (size_of(self) == 0 && self->similarity == COSINE &&
            facts->distances == BERTH_DISTANCES_TURNED);
}

/* out (2n - 1): the mean over the chosen layers and heads. Heads differ where
 * numbers are added, layers where vectors are turned. False: no memory. */
static bool read_distances(const struct position_dump *self,
                           const struct berth_model *model, size_t n,
                           double *out)
{
    const struct chosen_heads *c = &self->chosen;
    const bool added = self->similarity == ADDED;
    const struct number_list *list = added ? &c->heads : &c->layers;
    float *some = calloc(2 * n, sizeof(*some));

    for (size_t i = 0; i < list->n && some != NULL; i++) {
        berth_model_read_distances(model, added ? 0 : list->items[i],
                                   added ? list->items[i] : 0, n, some);
        for (size_t d = 0; d < 2 * n - 1; d++)
            out[d] += (double)some[d] / (double)list->n;
    }
    free(some);
    return some != NULL;
}

static bool compute_distances(struct position_dump *self,
                              const struct berth_model *model)
{
    const size_t *position = self->positions.items;
    const size_t n = self->positions.n, last = position[n - 1];
    double *distances = calloc(2 * last + 1, sizeof(*distances));

    self->row = n;
    self->data = calloc(n, n * sizeof(*self->data));
    bool ok = distances != NULL && self->data != NULL &&
              read_distances(self, model, last + 1, distances);

    for (size_t i = 0; i < n && ok; i++) {
        for (size_t k = 0; k < n; k++)
            self->data[i * n + k] =
                (float)distances[last + position[k] - position[i]];
    }
    free(distances);
    if (!ok)
        return message_error("out of memory");
    for (size_t i = 0; i < n && ok; i++)
        ok = check_row(self, self->data, i, n);
    return ok;
}

/* False after one message. */
static bool compute(struct position_dump *self, const struct berth_model *model)
{
    size_t n = self->positions.n;
    size_t C = size_of(self);
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
    NAME_SIZE = 24,
    TEXT_DIGITS = 4
};

static void put_header(struct position_dump *self)
{
    const struct shared *s = &self->chosen.session.settings;
    struct buffer *b = &self->out.rows;

    if (!format_is_table(s->format) || s->no_header)
        return;
    buffer_puts(b, "position");
    if (self->similarity == VECTORS) {
        row_numbered(b, s, 'd', self->row);
    } else {
        row_cell_text(b, s, "other", 5);
        row_cell_text(b, s, "similarity", 10);
    }
    buffer_putc(b, '\n');
}

/* text: a line a position. */
static void put_text(struct position_dump *self, size_t i)
{
    const struct shared *s = &self->chosen.session.settings;
    struct buffer *b = &self->out.rows;

    buffer_size(b, self->positions.items[i]);
    buffer_putc(b, ' ');
    buffer_floats(b, self->data + i * self->row, self->row,
                  s->digits > 0 ? s->digits : TEXT_DIGITS, ' ');
    buffer_putc(b, '\n');
}

static void put_table(struct position_dump *self, size_t i)
{
    const struct shared *s = &self->chosen.session.settings;
    const float *row = self->data + i * self->row;
    struct buffer *b = &self->out.rows;

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
    struct buffer *b = &self->out.rows;

    buffer_printf(b, "{\"position\":%zu,\"%s\":[", self->positions.items[i],
                  self->similarity == VECTORS ? "vector" : "similarity");
    buffer_json_floats(b, self->data + i * self->row, self->row,
                       self->chosen.session.settings.digits);
    buffer_puts(b, "]}\n");
}

static void put_row(struct position_dump *self, size_t i)
{
    const int format = self->chosen.session.settings.format;

    if (format == FORMAT_TEXT)
        put_text(self, i);
    else if (format_is_table(format))
        put_table(self, i);
    else if (format == FORMAT_JSONL)
        put_object(self, i);
    else
        buffer_put(&self->out.rows, self->data + i * self->row,
                   self->row * sizeof(float));
}

/* Numbers of positions as words, in the same block. NULL: no memory. */
static const char **make_names(const struct position_dump *self)
{
    size_t n = self->positions.n;
    const char **names = calloc(n, sizeof(*names) + NAME_SIZE);
    char *text = names != NULL ? (char *)(names + n) : NULL;

    for (size_t i = 0; i < n && text != NULL; i++, text += NAME_SIZE) {
        names[i] = text;
        snprintf(text, NAME_SIZE, "%zu", self->positions.items[i]);
    }
    return names;
}

static void draw_heat(struct position_dump *self, const struct picture *p)
{
    const struct shared *s = &self->chosen.session.settings;
    struct screen screen =
        screen_find((enum color_choice)s->color, s->width, s->output);

    if (screen.color != SCREEN_PLAIN)
        sink_raw(self->out.sink);
    picture_heat(&self->out.rows, p, &screen);
}

static void draw_svg(struct position_dump *self, const struct picture *p)
{
    const struct svg_panel panel = {.picture = *p};
    const bool vectors = self->similarity == VECTORS;

    svg_put(
        &self->out.rows,
        &(struct svg_figure){.name = vectors ? "vectors of positions"
                                             : "similarity of positions",
                             .panels = &panel,
                             .n = 1,
                             .across = 1,
                             .row_word = "position",
                             .column_word = vectors ? "dimension" : "position",
                             .shared = true,
                             .linear = true});
}

static void draw(struct position_dump *self)
{
    const char **names = make_names(self);
    struct picture p = {.data = self->data,
                        .rows = self->positions.n,
                        .columns = self->row,
                        .row_names = names,
                        .column_names =
                            self->similarity == VECTORS ? NULL : names,
                        .numbered = true};

    if (names == NULL)
        self->out.rows.failed = true;
    else if (self->chosen.session.settings.format == FORMAT_HEAT)
        draw_heat(self, &p);
    else
        draw_svg(self, &p);
    free(names);
}

static int print(struct position_dump *self)
{
    const int format = self->chosen.session.settings.format;
    const size_t shape[2] = {self->positions.n, self->row};
    struct output *out = &self->out;

    out->sink = sink_open(self->chosen.session.settings.output);
    if (out->sink == NULL)
        return EXIT_NOT_DONE;
    put_header(self);
    if (format_in(format, FORMATS_RAW))
        sink_raw(out->sink);
    if (format == FORMAT_NPY)
        npy_header(&out->rows, shape, 2);
    const bool drawn = format_in(format, FORMATS_PICTURE | 1 << FORMAT_SVG);

    if (drawn)
        draw(self);
    for (size_t i = 0; !drawn && i < shape[0] && !out->failed; i++) {
        put_row(self, i);
        output_spill(out);
    }
    bool ok = !out->failed && output_write(out);

    return sink_close(out->sink, ok) && ok ? EXIT_DONE : EXIT_NOT_DONE;
}

/* --------------------------------------------------------------- set up */

static int ready(void *arg)
{
    const struct position_dump *self = arg;
    const struct shared *s = &self->chosen.session.settings;

    return s->input.n_files > 0
               ? message_usage("it reads no files: '%s'", s->input.files[0])
               : -1;
}

/* Whether the model has what was asked for; false after a message. */
static bool has(const struct position_dump *self)
{
    const struct berth_model_facts *facts = self->chosen.session.facts;
    const bool added = facts->distances == BERTH_DISTANCES_ADDED;

    if (self->similarity == ADDED && !added)
        return message_error("%s: expected a model that adds a number for the "
                             "distance of two tokens, found one that does not",
                             facts->path);
    if (!by_distance(self) &&
        (self->chosen.layer_list != NULL || self->chosen.head_list != NULL))
        return message_error(
            "%s: --layer and --head choose among distances, but vectors of "
            "positions are printed",
            facts->path);
    if (size_of(self) > 0 || by_distance(self))
        return true;
    return message_error(
        "%s: expected a table of positions, found none: this model's attention "
        "depends on the distance of two tokens instead%s",
        facts->path,
        added                                        ? " (--similarity added)"
        : facts->distances == BERTH_DISTANCES_TURNED ? " (--similarity cosine)"
                                                     : "");
}

static bool fit(void *arg)
{
    struct position_dump *self = arg;

    return has(self) && chosen_heads_parse(&self->chosen) &&
           number_list_parse("position", self->list,
                             self->chosen.session.facts->max_positions,
                             &self->positions);
}

static int work(void *arg)
{
    struct position_dump *self = arg;

    const struct berth_model *model = self->chosen.session.model;

    return (by_distance(self) ? compute_distances(self, model)
                              : compute(self, model))
               ? print(self)
               : EXIT_NOT_DONE;
}

static void release(void *arg)
{
    struct position_dump *self = arg;

    buffer_free(&self->out.rows);
    free(self->data);
    free(self->positions.items);
    chosen_heads_release(self);
}

static const struct position_dump defaults = {.similarity = VECTORS};

const struct command command_position_dump = {
    .name = "position-dump",
    .operands = "",
    .summary = "print what a model adds for each position",
    .example = "berth position-dump --similarity=cosine --position 8,9,10,60 "
               "--digits 2",
    .options = {"Options of position-dump", rows, &groups[0]},
    .size = sizeof(struct position_dump),
    .defaults = &defaults,
    .part = BERTH_PART_ENCODER,
    .ready = ready,
    .fit = fit,
    .work = work,
    .release = release};
