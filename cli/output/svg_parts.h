/*
 * svg_parts.h - what figures are made of (svg.h): text, colours, the scale, and
 * what is inside of a panel. Lengths are in points.
 */
#ifndef CLI_OUTPUT_SVG_PARTS_H
#define CLI_OUTPUT_SVG_PARTS_H

#include "cli/output/picture.h"
#include "cli/output/shade.h"

enum {
    SVG_FONT = 8,
    SVG_SMALL_FONT = 7, /* of numbers and of the scale */
    SVG_BAR_WIDTH = 7   /* of the scale, without its numbers */
};

/* Numbers as colours. */
struct svg_scale {
    struct shade_scale range;
    bool linear; /* not by their square roots, where there is one sign */
};

/* svg_number - to two places. */
void svg_number(struct buffer *b, const char *before, double x);

/* svg_text, svg_turned - a line of text with its start, middle or end there;
 * upward. */
void svg_text(struct buffer *b, double x, double y, double font,
              const char *anchor, const char *text);
void svg_turned(struct buffer *b, double x, double y, double font,
                const char *anchor, const char *text);

void svg_frame(struct buffer *b, double x, double y, double width,
               double height, const char *fill);

/* svg_level - where x is within the scale, in 0 .. 1; svg_color - its colour,
 * as
 * "#2b1737". */
double svg_level(const struct svg_scale *scale, float x);
void svg_color(struct buffer *b, bool diverging, double level);

/* svg_bar - the scale, upright, with numbers. It needs its svg_gradient(), once
 * in a document. */
void svg_bar(struct buffer *b, const struct svg_scale *scale, double x,
             double y, double height);
void svg_gradient(struct buffer *b, bool diverging);

/* What is inside of a panel. */
struct svg_inside {
    const struct picture *picture;
    const char *const *words; /* (rows, columns) in the cells; NULL: none */
    size_t step;              /* numbers that a cell shows, each way */
    struct svg_scale scale;
    double x, y, width, height;
};

/* svg_cells - a rectangle for each number, and its word. */
void svg_cells(struct buffer *b, const struct svg_inside *inside);

/* svg_lines - a line from each row, at the left, to each column, at the right;
 * of numbers that are not negative. */
void svg_lines(struct buffer *b, const struct svg_inside *inside);

#endif
