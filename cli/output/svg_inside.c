/*
 * svg_inside.c - what is inside of a panel: cells, or lines.
 */
#include "cli/output/svg_parts.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output/sample.h"

enum {
    N_LEVELS = 65, /* colours; the middle one is 0 of both signs */
    FIRST_LINE = 2 /* that can be seen on paper */
};

static size_t cells_of(size_t n, size_t step)
{
    return (n + step - 1) / step;
}

/* The levels of the cells, (rows, columns); free(). NULL: no memory. */
static uint8_t *read_levels(const struct svg_inside *in, size_t rows,
                            size_t columns)
{
    uint8_t *levels = malloc(rows * columns);

    for (size_t i = 0; i < rows * columns && levels != NULL; i++) {
        size_t y = i / columns * in->step, x = i % columns * in->step;
        float number = sample(in->picture, y, y + in->step, x, x + in->step);

        levels[i] =
            (uint8_t)lround(svg_level(&in->scale, number) * (N_LEVELS - 1));
    }
    return levels;
}

/* The cells of one colour: lines as thick as a row, a little beyond their ends
 * so that no paper is seen between neighbours. */
static void put_level(struct buffer *b, const uint8_t *levels, size_t rows,
                      size_t columns, uint8_t level)
{
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0, end; x < columns; x = end) {
            end = x + 1;
            if (levels[y * columns + x] != level)
                continue;
            while (end < columns && levels[y * columns + end] == level)
                end++;
            buffer_printf(b, "M%zu %zuh%zu%s", x, y, end - x,
                          end < columns ? ".04" : "");
        }
}

static void begin_path(struct buffer *b, bool diverging, int level)
{
    buffer_puts(b, "<path stroke=\"");
    svg_color(b, diverging, (double)level / (N_LEVELS - 1));
    buffer_puts(b, "\" d=\"");
}

static void put_levels(struct buffer *b, const uint8_t *levels, size_t rows,
                       size_t columns, bool diverging)
{
    const int paper = diverging ? N_LEVELS / 2 : 0;

    for (int level = 0; level < N_LEVELS; level++) {
        if (level == paper || memchr(levels, level, rows * columns) == NULL)
            continue;
        begin_path(b, diverging, level);
        put_level(b, levels, rows, columns, (uint8_t)level);
        buffer_puts(b, "\"/>\n");
    }
}

/* The words on light cells, or in white those on dark ones. A word is a cell's
 * own: there are as many levels as numbers. */
static void put_words(struct buffer *b, const struct svg_inside *in,
                      const uint8_t *levels, bool dark)
{
    const size_t rows = in->picture->rows, columns = in->picture->columns;

    buffer_puts(b, dark ? "<g fill=\"#fff\">\n" : "<g>\n");
    for (size_t i = 0; i < rows * columns; i++) {
        const double x = ((double)(i % columns) + 0.5) / (double)columns;
        const double y = ((double)(i / columns) + 0.5) / (double)rows;

        if ((levels[i] > N_LEVELS / 2) == dark)
            svg_text(b, in->x + x * in->width,
                     in->y + y * in->height + SVG_FONT * 0.35, SVG_FONT,
                     "middle", in->words[i]);
    }
    buffer_puts(b, "</g>\n");
}

void svg_cells(struct buffer *b, const struct svg_inside *in)
{
    const size_t rows = cells_of(in->picture->rows, in->step);
    const size_t columns = cells_of(in->picture->columns, in->step);
    uint8_t *levels = read_levels(in, rows, columns);

    if (levels == NULL) {
        b->failed = true;
        return;
    }
    svg_number(b, "<g transform=\"translate(", in->x);
    svg_number(b, " ", in->y);
    svg_number(b, ")scale(", in->width / (double)columns);
    svg_number(b, " ", in->height / (double)rows);
    buffer_puts(b, ")translate(0 .5)\" fill=\"none\" stroke-width=\"1.04\"\n "
                   "shape-rendering=\"crispEdges\">\n");
    put_levels(b, levels, rows, columns, in->scale.range.diverging);
    buffer_puts(b, "</g>\n");
    for (int dark = 0; dark <= 1 && in->words != NULL; dark++)
        put_words(b, in, levels, dark);
    free(levels);
}

/* ------------------------------------------------------------------- lines */

/* Middle i of n, from the top. */
static double middle(size_t i, size_t n, double height)
{
    return ((double)i + 0.5) * height / (double)n;
}

static void put_lines(struct buffer *b, const struct svg_inside *in,
                      const uint8_t *levels, size_t rows, size_t columns,
                      uint8_t level)
{
    for (size_t i = 0; i < rows * columns; i++) {
        if (levels[i] != level)
            continue;
        svg_number(b, "M0 ", middle(i / columns, rows, in->height));
        svg_number(b, "L", in->width);
        svg_number(b, " ", middle(i % columns, columns, in->height));
    }
}

void svg_lines(struct buffer *b, const struct svg_inside *in)
{
    const size_t rows = cells_of(in->picture->rows, in->step);
    const size_t columns = cells_of(in->picture->columns, in->step);
    const double pitch = in->height / (double)rows;
    uint8_t *levels = read_levels(in, rows, columns);

    if (levels == NULL) {
        b->failed = true;
        return;
    }
    svg_number(b, "<g transform=\"translate(", in->x);
    svg_number(b, " ", in->y);
    svg_number(b, ")\" fill=\"none\" stroke-width=\"", fmin(1.2, pitch / 4));
    buffer_puts(b, "\">\n");
    /* The strongest last, over the others. */
    for (int level = FIRST_LINE; level < N_LEVELS; level++) {
        if (memchr(levels, level, rows * columns) == NULL)
            continue;
        begin_path(b, false, level);
        put_lines(b, in, levels, rows, columns, (uint8_t)level);
        buffer_puts(b, "\"/>\n");
    }
    buffer_puts(b, "</g>\n");
    free(levels);
}
