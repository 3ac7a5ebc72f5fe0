/*
 * svg.c - panels, their names and their scale, laid out on a page.
 */
#include "cli/output/svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/output/cells.h"
#include "cli/output/quote.h"
#include "cli/output/svg_parts.h"

enum {
    WIDTH = 516, /* two columns of a paper, with what is between them */
    HEIGHT = 680,
    LARGEST_CELL = 10,
    LEAST_CELL = 4,     /* beside which a name can be read when enlarged */
    LARGEST_TILE = 120, /* a panel without names */
    LEAST_TILE = 16,
    TILE_CELLS = 48,
    NUMBERED_CELLS = 512,
    LINES = 110,         /* across, between names */
    GAP = 8,             /* between panels */
    LINE = SVG_FONT + 4, /* of text */
    MARGIN = 4,
    BAR_ROOM = GAP + SVG_BAR_WIDTH + 26, /* with its numbers */
    LEAST_BAR = 40,
    LARGEST_BAR = 140
};

/* Where things are within a panel, and the whole; all in points. */
struct layout {
    const struct svg_figure *f;
    const struct picture *first; /* all have its shape and names */
    size_t step;                 /* numbers that a cell shows, each way */
    double cell, cell_width;     /* height and width of one */
    double font;                 /* of names */
    bool upright;                /* names of columns are not turned */
    double left, top, right;     /* of the cells in their panel: room beside */
    double width, height;        /* of the cells */
    double across, down;         /* from one panel to the next */
};

/* ----------------------------------------------------------------- layout */

static size_t n_cells(size_t n, size_t step)
{
    return (n + step - 1) / step;
}

static bool is_numbered(const struct picture *p)
{
    return p->numbered || p->column_names == NULL;
}

/* Points that the widest name takes, about, also in a font as wide as DejaVu
 * Sans. */
static double name_width(const char *const *names, size_t n, double font)
{
    return (names != NULL ? (double)cells_widest(names, n) : 4) * font * 0.62;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The room for names at both sides of lines, in their font. */
static void place_lines(struct layout *l, double font)
{
    const struct picture *p = l->first;

    l->font = font;
    l->left = name_width(p->row_names, p->rows, font) + 3;
    l->right = name_width(p->column_names, p->columns, font) + 3;
    l->top = LINE + 1;
}

/* The room for names, in their font. */
static void place_cells(struct layout *l, double font)
{
    const struct picture *p = l->first;
    const struct svg_figure *f = l->f;

    l->font = font;
    l->left = name_width(p->row_names, p->rows, font) + 3 +
              (f->row_word != NULL ? LINE + 1 : 0);
    l->top =
        (l->upright ? font : name_width(p->column_names, p->columns, font)) +
        3 + (f->column_word != NULL ? LINE + 1 : 0);
}

/* The cells of a panel without names. */
static void size_tile(struct layout *l, double room, double down, double cells)
{
    const double most =
        smaller(smaller(room, LARGEST_TILE), HEIGHT / down - LINE - GAP);

    l->cell = larger(most, LEAST_TILE) / cells;
}

/* Those that hold words, all of one width. */
static void size_words(struct layout *l)
{
    const struct picture *p = l->first;
    const double words =
        name_width(l->f->panels[0].words, p->rows * p->columns, SVG_FONT);

    l->upright = true;
    place_cells(l, SVG_FONT);
    l->cell = LINE;
    l->cell_width =
        larger(words, name_width(p->column_names, p->columns, SVG_FONT)) + 6;
}

/* Those of one with names, which have the least room at first. */
static void size_named(struct layout *l, double room, double down)
{
    const double columns = (double)n_cells(l->first->columns, l->step);
    const double rows = (double)n_cells(l->first->rows, l->step);
    void (*place)(struct layout *, double) =
        l->f->lines ? place_lines : place_cells;

    place(l, l->upright ? SVG_SMALL_FONT : SVG_FONT);
    l->cell = smaller(LARGEST_CELL, HEIGHT / down / rows);
    if (!l->f->lines)
        l->cell = smaller(l->cell, (room - l->left) / columns);
    if (!l->upright) {
        l->cell = larger(l->cell, LEAST_CELL);
        place(l, smaller(SVG_FONT, l->cell * 0.9));
    }
    l->cell = larger(l->cell, 0.2);
}

static void size_cells(struct layout *l)
{
    const struct picture *p = l->first;
    const struct svg_figure *f = l->f;
    const size_t bars = f->shared ? 1 : f->across;
    const double room = (WIDTH - 2 * MARGIN - (double)(f->across - 1) * GAP -
                         (double)bars * BAR_ROOM) /
                        (double)f->across;
    const double down = (double)((f->n + f->across - 1) / f->across);
    const size_t side = p->rows > p->columns ? p->rows : p->columns;

    if (l->f->panels[0].words != NULL)
        size_words(l);
    else if (p->row_names == NULL)
        size_tile(l, room, down, (double)n_cells(side, l->step));
    else
        size_named(l, room, down);
}

static struct layout lay_out(const struct svg_figure *f)
{
    const struct picture *p = &f->panels[0].picture;
    const size_t side = p->rows > p->columns ? p->rows : p->columns;
    const size_t most = p->row_names == NULL ? TILE_CELLS
                        : is_numbered(p)     ? NUMBERED_CELLS
                                             : side;
    struct layout l = {.f = f,
                       .first = p,
                       .step = (side + most - 1) / most,
                       .font = SVG_SMALL_FONT,
                       .upright = is_numbered(p)};

    size_cells(&l);
    if (f->panels[0].title != NULL)
        l.top += LINE;
    if (l.cell_width <= 0)
        l.cell_width = l.cell;
    l.width = f->lines && p->row_names != NULL
                  ? LINES
                  : l.cell_width * (double)n_cells(p->columns, l.step);
    l.height = l.cell * (double)n_cells(p->rows, l.step);
    l.across = l.left + l.width + l.right + GAP + (f->shared ? 0 : BAR_ROOM);
    l.down = l.top + larger(l.height, f->shared ? 0 : LEAST_BAR) + GAP;
    return l;
}

/* ------------------------------------------------------------------ names */

/* Of numbers, every one, every second, fifth, tenth ... is written. */
static size_t every(const struct layout *l, double room)
{
    static const size_t factors[] = {2, 5, 10};
    size_t n = 1, power = 1;

    for (size_t i = 0; (double)n * l->cell / (double)l->step < room; i++) {
        n = power * factors[i % 3];
        power = i % 3 == 2 ? n : power;
    }
    return n;
}

/* Of a column without a name its number. */
static void put_column_name(struct buffer *b, const struct layout *l, size_t i)
{
    const struct picture *p = l->first;
    const double x =
        l->left + ((double)i + 0.5) * l->width / (double)p->columns;
    const double y = l->top - 3;
    char number[24];

    snprintf(number, sizeof(number), "%zu", i);
    if (l->upright)
        svg_text(b, x, y, l->font, "middle",
                 p->column_names != NULL ? p->column_names[i] : number);
    else
        svg_turned(b, x + l->font * 0.35, y, l->font, "start",
                   p->column_names[i]);
}

/* The middle of row i, where a line of text stands. */
static double row_at(const struct layout *l, size_t i, size_t n)
{
    return l->top + ((double)i + 0.5) * l->height / (double)n + l->font * 0.35;
}

static void put_words(struct buffer *b, const struct layout *l)
{
    const double y = SVG_FONT + (l->f->panels[0].title != NULL ? LINE : 0);

    if (l->f->row_word != NULL)
        svg_turned(b, SVG_FONT, l->top + l->height / 2, SVG_FONT, "middle",
                   l->f->row_word);
    if (l->f->column_word != NULL)
        svg_text(b, l->left + l->width / 2, y, SVG_FONT, "middle",
                 l->f->column_word);
}

static void put_names(struct buffer *b, const struct layout *l)
{
    const struct picture *p = l->first;
    const double widest = name_width(p->column_names, p->columns, l->font);
    const bool all = !l->upright || l->f->panels[0].words != NULL;
    const size_t step = all ? 1 : every(l, larger(widest, l->font) + 2);

    for (size_t i = 0; i < p->columns; i += step)
        put_column_name(b, l, i);
    for (size_t i = 0; i < p->rows; i += step)
        svg_text(b, l->left - 3, row_at(l, i, p->rows), l->font, "end",
                 p->row_names[i]);
    put_words(b, l);
}

/* At both sides of lines. */
static void put_names_beside(struct buffer *b, const struct layout *l)
{
    const struct picture *p = l->first;
    const double right = l->left + l->width + 3;
    const double y = l->top - 4;

    for (size_t i = 0; i < p->rows; i++)
        svg_text(b, l->left - 3, row_at(l, i, p->rows), l->font, "end",
                 p->row_names[i]);
    for (size_t i = 0; i < p->columns; i++)
        svg_text(b, right, row_at(l, i, p->columns), l->font, "start",
                 p->column_names[i]);
    svg_text(b, l->left - 3, y, SVG_FONT, "end", l->f->row_word);
    svg_text(b, right, y, SVG_FONT, "start", l->f->column_word);
}

/* ----------------------------------------------------------------- figure */

/* What fits the numbers of n panels. */
static struct svg_scale fit(const struct svg_figure *f,
                            const struct svg_panel *panels, size_t n)
{
    struct shade_scale all = {0};

    for (size_t i = 0; i < n; i++) {
        const struct picture *p = &panels[i].picture;
        struct shade_scale one = shade_fit(p->data, p->rows * p->columns);

        all.high = fmaxf(all.high, one.high);
        all.low = fminf(all.low, one.low);
        all.diverging = all.diverging || one.diverging;
    }
    if (all.diverging)
        all.low = -all.high;
    return (struct svg_scale){.range = all, .linear = f->linear};
}

static void put_inside(struct buffer *b, const struct layout *l,
                       const struct svg_panel *panel,
                       const struct svg_scale *scale)
{
    const struct picture *p = &panel->picture;
    const struct svg_inside inside = {.picture = p,
                                      .words = panel->words,
                                      .step = l->step,
                                      .scale = *scale,
                                      .x = l->left,
                                      .y = l->top,
                                      .width = l->width,
                                      .height = l->height};

    if (l->f->lines) {
        svg_lines(b, &inside);
        if (p->row_names != NULL)
            put_names_beside(b, l);
        return;
    }
    svg_cells(b, &inside);
    svg_frame(b, l->left, l->top, l->width, l->height, "none");
    if (p->row_names != NULL)
        put_names(b, l);
}

static void put_panel(struct buffer *b, const struct layout *l, size_t i,
                      const struct svg_scale *shared)
{
    const struct svg_panel *panel = &l->f->panels[i];
    const struct svg_scale scale = l->f->shared ? *shared : fit(l->f, panel, 1);

    svg_number(b, "<g transform=\"translate(",
               MARGIN + (double)(i % l->f->across) * l->across);
    svg_number(b, " ", MARGIN + (double)(i / l->f->across) * l->down);
    buffer_puts(b, ")\">\n");
    if (panel->title != NULL)
        svg_text(b, l->left + l->width / 2, SVG_FONT, SVG_FONT, "middle",
                 panel->title);
    put_inside(b, l, panel, &scale);
    if (!l->f->shared)
        svg_bar(b, &scale, l->left + l->width + l->right + GAP, l->top,
                smaller(larger(l->height, LEAST_BAR), LARGEST_BAR));
    buffer_puts(b, "</g>\n");
}

static void put_head(struct buffer *b, const struct svg_figure *f,
                     bool diverging, double width, double height)
{
    svg_number(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width);
    svg_number(b, "pt\" height=\"", height);
    svg_number(b, "pt\" viewBox=\"0 0 ", width);
    svg_number(b, " ", height);
    buffer_puts(b, "\" font-family=\"sans-serif\">\n<title>");
    buffer_xml(b, f->name, strlen(f->name));
    buffer_puts(b, "</title>\n<defs>\n");
    if (!diverging || !f->shared)
        svg_gradient(b, false);
    if (diverging)
        svg_gradient(b, true);
    buffer_puts(b, "</defs>\n<rect width=\"100%\" height=\"100%\" "
                   "fill=\"#fff\"/>\n");
}

void svg_put(struct buffer *b, const struct svg_figure *f)
{
    if (f->n == 0 || f->panels->picture.rows == 0 ||
        f->panels->picture.columns == 0)
        return;
    const struct layout l = lay_out(f);
    const struct svg_scale scale = fit(f, f->panels, f->n);
    const double across = l.across * (double)f->across - GAP;
    const double down = l.down * (double)((f->n + f->across - 1) / f->across);
    const double bar =
        smaller(larger(down - GAP - l.top, LEAST_BAR), LARGEST_BAR);

    put_head(b, f, scale.range.diverging,
             2 * MARGIN + across + (f->shared ? BAR_ROOM : 0),
             2 * MARGIN + larger(down - GAP, f->shared ? l.top + bar : 0));
    for (size_t i = 0; i < f->n; i++)
        put_panel(b, &l, i, &scale);
    if (f->shared)
        svg_bar(b, &scale, MARGIN + across + GAP, MARGIN + l.top, bar);
    buffer_puts(b, "</svg>\n");
}
