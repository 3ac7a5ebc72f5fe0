/*
 * svg.h - matrices as figures of an SVG 1.1 document that stands alone: vectors
 * and text in points, without scripts, styles or other files.
 */
#ifndef CLI_OUTPUT_SVG_H
#define CLI_OUTPUT_SVG_H

#include "cli/output/picture.h"

/* Everything is borrowed. */
struct svg_panel {
    struct picture picture;   /* row_names NULL: no names at its sides */
    const char *title;        /* above it; NULL: none */
    const char *const *words; /* (rows, columns) in the cells; NULL: none */
};

struct svg_figure {
    const char *name;               /* for those who do not see it */
    const struct svg_panel *panels; /* (n), all of one shape */
    size_t n;
    size_t across;        /* panels beside each other */
    const char *row_word; /* what rows are, where they have names */
    const char *column_word;
    bool shared; /* one scale for all panels; else each has its own */
    bool linear; /* colours follow the numbers, not their square roots */
    bool lines;  /* from rows to columns, not cells; names are not numbers, both
                    words are there, and no number is negative */
};

/*
 * svg_put - the whole document; nothing where there are no numbers.
 *
 * Two columns of a paper are its width, less where a cell would be larger than
 * a name needs. Names of rows and columns are never left out, and cells have
 * their least size: then it is wider. Numbers are left out where there is no
 * room. A panel without names shows at most 48 cells a side, one of numbers
 * 512: each of them is a block's number farthest from 0.
 */
void svg_put(struct buffer *b, const struct svg_figure *figure);

#endif
