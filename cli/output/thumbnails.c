/*
 * thumbnails.c - many matrices as small pictures in rows and columns.
 */
#include <string.h>

#include "cli/output/cells.h"
#include "cli/output/picture.h"
#include "cli/output/sample.h"
#include "cli/output/shade.h"

enum {
    LEAST_SIZE = 5,  /* columns of a thumbnail, before a line is broken */
    LEAST_WIDTH = 2, /* where there are few lines */
    LARGEST_SIZE = 32
};

/* How the thumbnails are laid out. */
struct tiles {
    const struct picture_table *table;
    const struct screen *screen;
    size_t left;     /* columns before the first */
    size_t n_across; /* on a line */
    size_t width;    /* columns of one */
    size_t lines;    /* of one */
    size_t halves;   /* cells over each other in a line: 1 or 2 */
};

/* Whether an empty line separates the rows. Half blocks that show an odd number
 * of rows leave half a line over anyway, and the smallest pictures are put
 * close together. */
static bool are_parted(const struct tiles *t)
{
    const bool half_left = t->halves == 2 && t->width % 2 == 1;

    return t->width > LEAST_SIZE * 2 || (t->width > LEAST_SIZE && !half_left);
}

static size_t n_bands(const struct tiles *t)
{
    return (t->table->columns + t->n_across - 1) / t->n_across;
}

/* Lines of all bands, each with its names above and an empty line between. */
static size_t height_of(const struct tiles *t)
{
    const size_t rows = t->table->rows;
    const size_t band = 1 + rows * t->lines + (are_parted(t) ? rows - 1 : 0);

    return n_bands(t) * (band + 1) - 1;
}

/* A matrix that is smaller is shown in whole multiples of its size. */
static void set_width(struct tiles *t, size_t width)
{
    const size_t side = t->table->items[0].columns;

    t->width = width >= side ? width / side * side : width;
    t->lines = (t->width + 1) / 2;
}

/* Thumbnails of at least this width, in as few bands as have room, and as many
 * in each. */
static void set_bands(struct tiles *t, size_t room, size_t least)
{
    const size_t columns = t->table->columns;

    t->n_across = (room + 1) / (least + 1);
    t->n_across = (columns + n_bands(t) - 1) / n_bands(t);
}

/* The largest size that fits. */
static struct tiles lay_out(const struct picture_table *table,
                            const struct screen *screen)
{
    struct tiles t = {.table = table,
                      .screen = screen,
                      .left = cells_widest(table->row_names, table->rows) + 1};
    size_t room = screen->width > t.left + LEAST_SIZE ? screen->width - t.left
                                                      : LEAST_SIZE;

    set_bands(&t, room, LEAST_SIZE);
    t.halves = screen->color != SCREEN_PLAIN && screen->utf8 ? 2 : 1;
    size_t width = (room + 1) / t.n_across - 1;

    set_width(&t, width > LARGEST_SIZE ? LARGEST_SIZE : width);
    while (screen->height > 0 && height_of(&t) > screen->height &&
           t.width > LEAST_WIDTH) {
        set_width(&t, t.width - 1);
        set_bands(&t, room, t.width < LEAST_SIZE ? t.width : LEAST_SIZE);
    }
    return t;
}

/* Cell i of n over side numbers begins there. */
static size_t begin_of(size_t i, size_t n, size_t side)
{
    return i * side / n;
}

/* The level of a cell; below 0 under the last row. */
static float level_at(const struct picture *p, const struct tiles *t,
                      const struct shade_scale *scale, size_t y, size_t x)
{
    size_t height = t->halves == 2 ? t->width : t->lines;

    if (y >= height)
        return -1;
    size_t row = begin_of(y, height, p->rows);
    size_t column = begin_of(x, t->width, p->columns);

    return shade_level(scale,
                       sample(p, row, begin_of(y + 1, height, p->rows), column,
                              begin_of(x + 1, t->width, p->columns)));
}

static void put_tile_line(struct buffer *b, const struct tiles *t,
                          const struct picture *p, size_t line)
{
    struct shade_scale scale = shade_fit(p->data, p->rows * p->columns);
    struct shade_pen pen = {.screen = t->screen, .diverging = scale.diverging};

    for (size_t x = 0; x < t->width; x++) {
        float upper = level_at(p, t, &scale, line * t->halves, x);

        if (t->halves == 2)
            shade_halves(b, &pen, upper,
                         level_at(p, t, &scale, line * 2 + 1, x));
        else
            shade_cell(b, &pen, upper, 1);
    }
    shade_end(b, &pen);
}

static void put_heads(struct buffer *b, const struct tiles *t, size_t first,
                      size_t end)
{
    cells_put_blanks(b, t->left);
    for (size_t i = first; i < end; i++) {
        const char *name = t->table->column_names[i];
        const char *blank = strrchr(name, ' ');

        if (blank != NULL && cells_width(name, strlen(name)) > t->width)
            name = blank + 1;
        cells_put(b, name, t->width, false, t->screen->utf8);
        if (i + 1 < end)
            buffer_putc(b, ' ');
    }
    cells_end_line(b);
}

static void put_row(struct buffer *b, const struct tiles *t, size_t row,
                    size_t first, size_t end)
{
    const struct picture_table *table = t->table;

    for (size_t line = 0; line < t->lines; line++) {
        cells_put(b, line == 0 ? table->row_names[row] : "", t->left, false,
                  t->screen->utf8);
        for (size_t i = first; i < end; i++) {
            put_tile_line(b, t, &table->items[row * table->columns + i], line);
            if (i + 1 < end)
                buffer_putc(b, ' ');
        }
        cells_end_line(b);
    }
}

void picture_grid(struct buffer *b, const struct picture_table *table,
                  const struct screen *screen)
{
    if (table->rows == 0 || table->columns == 0 || table->items[0].columns == 0)
        return;
    struct tiles t = lay_out(table, screen);

    for (size_t first = 0; first < table->columns; first += t.n_across) {
        size_t end = first + t.n_across;

        if (end > table->columns)
            end = table->columns;
        if (first > 0)
            cells_end_line(b);
        put_heads(b, &t, first, end);
        for (size_t row = 0; row < table->rows; row++) {
            put_row(b, &t, row, first, end);
            if (are_parted(&t) && row + 1 < table->rows)
                cells_end_line(b);
        }
    }
}
