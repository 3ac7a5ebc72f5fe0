/*
 * word_picture.c - how wide cells with words are, and how many fit on a line.
 */
#include "cli/output/word_picture.h"

#include "cli/output/cells.h"
#include "cli/output/shade.h"

enum {
    MAX_WORD = 16 /* columns of a word */
};

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Some columns of the picture, over its whole height. */
static void put_band(struct buffer *b, const struct word_picture *p,
                     const struct screen *screen,
                     const struct shade_scale *scale, size_t cell, size_t first,
                     size_t end)
{
    const size_t left = cells_widest(p->row_names, p->rows);

    cells_put_blanks(b, left + 1);
    for (size_t c = first; c < end; c++) {
        buffer_putc(b, ' ');
        cells_put(b, p->column_names[c], cell - 1, false, screen->utf8);
    }
    cells_end_line(b);
    for (size_t r = 0; r < p->rows; r++) {
        struct shade_pen pen = {.screen = screen};

        cells_put(b, p->row_names[r], left, true, screen->utf8);
        buffer_putc(b, ' ');
        for (size_t c = first; c < end; c++) {
            const size_t at = r * p->columns + c;

            shade_word(b, &pen, shade_level(scale, p->data[at]), p->words[at],
                       cell);
        }
        shade_end(b, &pen);
        cells_end_line(b);
    }
}

void picture_words(struct buffer *b, const struct word_picture *p,
                   const struct screen *screen)
{
    const struct shade_scale scale = shade_fit(p->data, p->rows * p->columns);
    const size_t left = cells_widest(p->row_names, p->rows) + 1;
    size_t word = larger(cells_widest(p->words, p->rows * p->columns),
                         cells_widest(p->column_names, p->columns));

    if (word > MAX_WORD)
        word = MAX_WORD;
    const size_t cell = word + SHADE_WORD_MARGIN;
    const size_t room = screen->width > left ? screen->width - left : 0;
    const size_t step = larger(room / cell, 1);

    for (size_t c = 0; c < p->columns; c += step)
        put_band(b, p, screen, &scale, cell, c,
                 c + step < p->columns ? c + step : p->columns);
    shade_legend(b, screen, &scale, left);
    cells_end_line(b);
}
