/*
 * picture.c - one matrix as a heat-map: how it is laid out within the width,
 * its names, and its cells.
 */
#include "cli/output/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output/cells.h"
#include "cli/output/sample.h"
#include "cli/output/shade.h"

enum {
    MAX_NAME = 16,  /* columns of a name at the left */
    MAX_HEIGHT = 12 /* lines of a name above */
};

/* Where things are on a line: [number ]name [name ]cells. */
struct layout {
    const struct picture *p;
    const struct screen *screen;
    struct shade_scale scale;
    size_t number;   /* columns of the rows' numbers; 0: none */
    size_t name;     /* columns of a name */
    size_t n_names;  /* names on a line: 1 or 2 */
    size_t cell;     /* columns of a cell */
    size_t halves;   /* cells over each other in a line: 1 or 2 */
    size_t row_step; /* rows that a cell shows */
    size_t step;     /* columns that a cell shows */
};

static size_t digits_of(size_t n)
{
    size_t digits = 1;

    while (n >= 10) {
        n /= 10;
        digits++;
    }
    return digits;
}

static size_t left_of(const struct layout *l)
{
    return (l->number > 0 ? l->number + 1 : 0) +
           l->n_names * (l->name > 0 ? l->name + 1 : 0);
}

static bool fits(const struct layout *l)
{
    return left_of(l) + l->cell * l->p->columns <= l->screen->width;
}

/* Makes a cell show several neighbours, where all else is too wide. */
static void merge(struct layout *l)
{
    const size_t width = l->screen->width;

    if (width < left_of(l) + width / 2)
        l->name = 0;
    size_t room = width > left_of(l) ? width - left_of(l) : 1;

    l->step = (l->p->columns + room - 1) / room;
    if (l->p->rows == l->p->columns)
        l->row_step = l->step;
}

static struct layout lay_out(const struct picture *p,
                             const struct screen *screen)
{
    bool halves = screen->color != SCREEN_PLAIN && screen->utf8;
    size_t longest = cells_widest(p->row_names, p->rows);
    struct layout l = {.p = p,
                       .screen = screen,
                       .scale = shade_fit(p->data, p->rows * p->columns),
                       .name = longest < MAX_NAME ? longest : MAX_NAME,
                       .n_names = 1,
                       .cell = 2,
                       .halves = 1,
                       .row_step = 1,
                       .step = 1};

    const size_t number =
        p->numbered || p->rows_numbered ? 0 : digits_of(p->rows - 1);

    if (p->column_names == NULL)
        l.number = number;
    if (fits(&l))
        return l;
    l.number = number;
    l.cell = 1;
    l.halves = halves ? 2 : 1;
    l.n_names = l.halves;
    if (fits(&l))
        return l;
    l.n_names = 1;
    if (halves || !fits(&l))
        merge(&l);
    return l;
}

/* ----------------------------------------------------------------- names */

static size_t count_characters(const char *s)
{
    size_t size = strlen(s);
    size_t n = 0;
    size_t width;

    for (size_t i = 0; i < size; n++)
        i += cells_next(s + i, size - i, &width);
    return n;
}

/* Character i of s in two columns; dots where a name is cut at height. */
static void put_character(struct buffer *b, const char *s, size_t i, bool cut,
                          bool utf8)
{
    size_t size = strlen(s);
    size_t at = 0;
    size_t width = 1;
    size_t n = 0;

    for (size_t seen = 0; at < size; seen++, at += n) {
        n = cells_next(s + at, size - at, &width);
        if (seen == i)
            break;
    }
    if (cut) {
        buffer_puts(b, utf8 ? "\xe2\x80\xa6" : ".");
        width = 1;
    } else {
        cells_put_next(b, s + at, n);
    }
    cells_put_blanks(b, 2 - width);
}

/* Names downward, their ends on the last line. */
static void put_names_above(struct buffer *b, const struct layout *l)
{
    const struct picture *p = l->p;
    size_t height = 0;

    for (size_t k = 0; k < p->columns; k++) {
        size_t n = count_characters(p->column_names[k]);

        if (n > height)
            height = n;
    }
    if (height > MAX_HEIGHT)
        height = MAX_HEIGHT;
    for (size_t line = 0; line < height; line++) {
        cells_put_blanks(b, left_of(l));
        for (size_t k = 0; k < p->columns; k++) {
            size_t n = count_characters(p->column_names[k]);
            size_t used = n < height ? n : height;
            bool last = line + 1 == height;

            if (line + used < height)
                cells_put_blanks(b, 2);
            else
                put_character(b, p->column_names[k], line + used - height,
                              last && n > height, l->screen->utf8);
        }
        cells_end_line(b);
    }
}

static size_t number_of(const struct picture *p, size_t column)
{
    return p->numbered && p->column_names != NULL
               ? strtoul(p->column_names[column], NULL, 10)
               : column;
}

/* Numbers of columns, a digit a line. */
static void put_numbers_above(struct buffer *b, const struct layout *l)
{
    const struct picture *p = l->p;
    size_t largest = 0, power = 1;

    for (size_t k = 0; k < p->columns; k += l->step)
        largest = number_of(p, k) > largest ? number_of(p, k) : largest;
    for (size_t i = 1; i < digits_of(largest); i++)
        power *= 10;
    for (; power > 0; power /= 10) {
        cells_put_blanks(b, left_of(l));
        for (size_t k = 0; k < p->columns; k += l->step) {
            size_t number = number_of(p, k);
            bool shown = number >= power || power == 1;

            buffer_putc(b, shown ? (char)('0' + number / power % 10) : ' ');
            cells_put_blanks(b, l->cell - 1);
        }
        cells_end_line(b);
    }
}

static void put_left(struct buffer *b, const struct layout *l, size_t row)
{
    const struct picture *p = l->p;
    const bool utf8 = l->screen->utf8;
    char number[32];

    if (l->number > 0) {
        snprintf(number, sizeof(number), "%zu", row);
        cells_put(b, number, l->number, true, utf8);
        buffer_putc(b, ' ');
    }
    for (size_t i = 0; i < l->n_names && l->name > 0; i++) {
        size_t at = row + i;

        cells_put(b, at < p->rows ? p->row_names[at] : "", l->name, false,
                  utf8);
        buffer_putc(b, ' ');
    }
}

/* ----------------------------------------------------------------- cells */

/* The level of the cell whose first row and column these are; below 0 after the
 * last row. */
static float level_at(const struct layout *l, size_t row, size_t column)
{
    if (row >= l->p->rows)
        return -1;
    return shade_level(&l->scale, sample(l->p, row, row + l->row_step, column,
                                         column + l->step));
}

static void put_line(struct buffer *b, const struct layout *l, size_t row)
{
    struct shade_pen pen = {.screen = l->screen,
                            .diverging = l->scale.diverging};

    put_left(b, l, row);
    for (size_t k = 0; k < l->p->columns; k += l->step) {
        float upper = level_at(l, row, k);

        if (l->halves == 2)
            shade_halves(b, &pen, upper, level_at(l, row + l->row_step, k));
        else
            shade_cell(b, &pen, upper, l->cell);
    }
    shade_end(b, &pen);
    cells_end_line(b);
}

void picture_heat(struct buffer *b, const struct picture *p,
                  const struct screen *screen)
{
    if (p->rows == 0 || p->columns == 0)
        return;
    struct layout l = lay_out(p, screen);

    if (l.cell == 2 && p->column_names != NULL)
        put_names_above(b, &l);
    else
        put_numbers_above(b, &l);
    for (size_t row = 0; row < p->rows; row += l.row_step * l.halves)
        put_line(b, &l, row);
    shade_legend(b, screen, &l.scale, left_of(&l));
    cells_end_line(b);
}
