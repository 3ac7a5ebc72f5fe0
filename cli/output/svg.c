/*
 * svg.c - panels of cells, their names and their scale, laid out in points.
 */
#include "cli/output/svg.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output/cells.h"
#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/output/sample.h"
#include "cli/output/shade.h"

enum {
    WIDTH = 516, /* two columns of a paper, with what is between them */
    HEIGHT = 680,
    LARGEST_CELL = 10,
    LEAST_CELL = 4,     /* beside which a name can be read when enlarged */
    LARGEST_TILE = 120, /* a panel without names */
    LEAST_TILE = 16,
    TILE_CELLS = 48,
    NUMBERED_CELLS = 512,
    FONT = 8,
    SMALL_FONT = 7, /* of numbers and of the scale */
    GAP = 8,        /* between panels */
    MARGIN = 4,
    BAR_WIDTH = 7,
    BAR_ROOM = GAP + BAR_WIDTH + 26, /* with its numbers */
    LEAST_BAR = 40,
    LARGEST_BAR = 140,
    N_LEVELS = 65, /* colours; the middle one is 0 of both signs */
    N_STOPS = 9
};

/*
 * In even steps of CIELAB's lightness, so that equal steps look equal, in grey
 * and to the colour-blind, too: from paper over orange and red to dark violet
 * (L 100 to 12), and from blue over paper to red (38, 100, 38).
 */
static const unsigned char weights[N_STOPS][3] = {
    {255, 255, 255}, {255, 217, 177}, {253, 175, 129},
    {244, 132, 106}, {224, 89, 99},   {190, 54, 100},
    {144, 35, 97},   {92, 29, 84},    {43, 23, 55}};
static const unsigned char signs[N_STOPS][3] = {
    {9, 91, 163},    {77, 129, 204},  {142, 169, 224},
    {199, 211, 242}, {255, 255, 255}, {244, 201, 195},
    {223, 150, 140}, {197, 99, 89},   {166, 44, 43}};

/* Where things are within a panel, and the whole; all in points. */
struct layout {
    const struct svg_figure *f;
    const struct picture *first; /* all have its shape and names */
    size_t step;                 /* numbers that a cell shows, each way */
    double cell;                 /* side of one */
    double font;                 /* of names */
    bool upright;                /* names of columns are not turned */
    double left, top;            /* of the cells in their panel */
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

/* The room for names, in their font. */
static void place_cells(struct layout *l, double font)
{
    const struct picture *p = l->first;
    const struct svg_figure *f = l->f;

    l->font = font;
    l->left = name_width(p->row_names, p->rows, font) + 3 +
              (f->row_word != NULL ? FONT + 5 : 0);
    l->top =
        (l->upright ? font : name_width(p->column_names, p->columns, font)) +
        3 + (f->column_word != NULL ? FONT + 5 : 0);
}

static void size_cells(struct layout *l)
{
    const struct picture *p = l->first;
    const struct svg_figure *f = l->f;
    const size_t bars = f->shared ? 1 : f->across;
    const double room = (WIDTH - 2 * MARGIN - (double)(f->across - 1) * GAP -
                         (double)bars * BAR_ROOM) /
                        (double)f->across;
    const double columns = (double)n_cells(p->columns, l->step);
    const double rows = (double)n_cells(p->rows, l->step);

    const double down = (double)((f->n + f->across - 1) / f->across);

    if (p->row_names == NULL) {
        const double most = smaller(smaller(room, LARGEST_TILE),
                                    HEIGHT / down - FONT - 4 - GAP);

        l->cell = larger(most, LEAST_TILE) / larger(columns, rows);
        return;
    }
    place_cells(l, l->upright ? SMALL_FONT : FONT);
    l->cell = smaller(LARGEST_CELL, smaller((room - l->left) / columns,
                                            HEIGHT / down / rows));
    if (!l->upright) {
        l->cell = larger(l->cell, LEAST_CELL);
        place_cells(l, smaller(FONT, l->cell * 0.9));
    }
    l->cell = larger(l->cell, 0.2);
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
                       .font = SMALL_FONT,
                       .upright = is_numbered(p)};

    size_cells(&l);
    if (f->panels[0].title != NULL)
        l.top += FONT + 4;
    l.width = l.cell * (double)n_cells(p->columns, l.step);
    l.height = l.cell * (double)n_cells(p->rows, l.step);
    l.across = l.left + l.width + GAP + (f->shared ? 0 : BAR_ROOM);
    l.down = l.top + larger(l.height, f->shared ? 0 : LEAST_BAR) + GAP;
    return l;
}

/* ------------------------------------------------------------------ words */

/* A length or a place, in hundredths. */
static void put(struct buffer *b, const char *before, double x)
{
    buffer_puts(b, before);
    buffer_double(b, round(x * 100) / 100 + 0.0, 7);
}

static void put_text(struct buffer *b, double x, double y, double font,
                     const char *anchor, const char *text)
{
    put(b, "<text x=\"", x);
    put(b, "\" y=\"", y);
    put(b, "\" font-size=\"", font);
    buffer_printf(b, "\" text-anchor=\"%s\">", anchor);
    buffer_xml(b, text, strlen(text));
    buffer_puts(b, "</text>\n");
}

/* Upward from there. */
static void put_turned(struct buffer *b, double x, double y, double font,
                       const char *anchor, const char *text)
{
    put(b, "<text transform=\"translate(", x);
    put(b, " ", y);
    put(b, ")rotate(-90)\" font-size=\"", font);
    buffer_printf(b, "\" text-anchor=\"%s\">", anchor);
    buffer_xml(b, text, strlen(text));
    buffer_puts(b, "</text>\n");
}

/* ------------------------------------------------------------------ cells */

static double level_of(const struct svg_figure *f,
                       const struct shade_scale *scale, float x)
{
    double level = (double)shade_level(scale, x);

    /* shade_level() is the root where there is one sign. */
    return f->linear && !scale->diverging ? level * level : level;
}

static void put_color(struct buffer *b, bool diverging, double level)
{
    const unsigned char(*stops)[3] = diverging ? signs : weights;
    double place = level * (N_STOPS - 1);
    int at = place < N_STOPS - 2 ? (int)place : N_STOPS - 2;
    unsigned rgb[3];

    for (int i = 0; i < 3; i++)
        rgb[i] =
            (unsigned)(stops[at][i] +
                       (stops[at + 1][i] - stops[at][i]) * (place - at) + 0.5);
    buffer_printf(b, "#%02x%02x%02x", rgb[0], rgb[1], rgb[2]);
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
            buffer_printf(b, "M%zu %zuh%zu.04", x, y, end - x);
        }
}

static void put_levels(struct buffer *b, const uint8_t *levels, size_t rows,
                       size_t columns, bool diverging)
{
    bool used[N_LEVELS] = {0};

    for (size_t i = 0; i < rows * columns; i++)
        used[levels[i]] = true;
    used[diverging ? N_LEVELS / 2 : 0] = false; /* paper */
    for (int level = 0; level < N_LEVELS; level++) {
        if (!used[level])
            continue;
        buffer_puts(b, "<path stroke=\"");
        put_color(b, diverging, (double)level / (N_LEVELS - 1));
        buffer_puts(b, "\" d=\"");
        put_level(b, levels, rows, columns, (uint8_t)level);
        buffer_puts(b, "\"/>\n");
    }
}

static void put_cells(struct buffer *b, const struct layout *l,
                      const struct picture *p, const struct shade_scale *scale)
{
    const size_t rows = n_cells(p->rows, l->step);
    const size_t columns = n_cells(p->columns, l->step);
    uint8_t *levels = malloc(rows * columns);

    if (levels == NULL) {
        b->failed = true;
        return;
    }
    for (size_t i = 0; i < rows * columns; i++) {
        size_t y = i / columns * l->step, x = i % columns * l->step;

        levels[i] = (uint8_t)lround(
            level_of(l->f, scale, sample(p, y, y + l->step, x, x + l->step)) *
            (N_LEVELS - 1));
    }
    put(b, "<g transform=\"translate(", l->left);
    put(b, " ", l->top);
    put(b, ")scale(", l->cell);
    buffer_puts(b, ")translate(0 .5)\" fill=\"none\" stroke-width=\"1.04\"\n "
                   "shape-rendering=\"crispEdges\">\n");
    put_levels(b, levels, rows, columns, scale->diverging);
    buffer_puts(b, "</g>\n");
    free(levels);
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
        put_text(b, x, y, l->font, "middle",
                 p->column_names != NULL ? p->column_names[i] : number);
    else
        put_turned(b, x + l->font * 0.35, y, l->font, "start",
                   p->column_names[i]);
}

static void put_names(struct buffer *b, const struct layout *l)
{
    const struct picture *p = l->first;
    const size_t step =
        l->upright
            ? every(l, larger(name_width(p->column_names, p->columns, l->font),
                              l->font) +
                           2)
            : 1;

    for (size_t i = 0; i < p->columns; i += step)
        put_column_name(b, l, i);
    for (size_t i = 0; i < p->rows; i += step)
        put_text(b, l->left - 3,
                 l->top + ((double)i + 0.5) * l->height / (double)p->rows +
                     l->font * 0.35,
                 l->font, "end", p->row_names[i]);
    if (l->f->row_word != NULL)
        put_turned(b, FONT, l->top + l->height / 2, FONT, "middle",
                   l->f->row_word);
    if (l->f->column_word != NULL)
        put_text(b, l->left + l->width / 2,
                 FONT + (l->f->panels[0].title != NULL ? FONT + 4 : 0), FONT,
                 "middle", l->f->column_word);
}

/* ------------------------------------------------------------------ scale */

/* 1, 2, 5 or 10 of a power of ten, at most five of which are x. */
static double step_of(double x)
{
    double power = pow(10, floor(log10(x / 5)));
    double n = x / 5 / power;

    return (n > 5 ? 10 : n > 2 ? 5 : n > 1 ? 2 : 1) * power;
}

/* Numbers beside the bar, from the bottom, where they have room. */
static void put_ticks(struct buffer *b, const struct svg_figure *f,
                      const struct shade_scale *scale, double x, double y,
                      double height)
{
    const double step =
        scale->high > 0
            ? step_of((double)scale->high * (scale->diverging ? 2 : 1))
            : 1;
    const int n = (int)((double)scale->high / step + 1e-6);
    double last = INFINITY;

    for (int i = scale->diverging ? -n : 0; i <= n; i++) {
        double at = y + height * (1 - level_of(f, scale, (float)(i * step)));
        struct buffer number = {0};

        if (last - at < SMALL_FONT)
            continue;
        last = at;
        put(b, "<path stroke=\"#000\" stroke-width=\".5\" d=\"M", x);
        put(b, " ", at);
        buffer_puts(b, "h2.5\"/>\n");
        buffer_double(&number, i * step + 0.0, 6);
        buffer_putc(&number, '\0');
        put_text(b, x + 4, at + SMALL_FONT * 0.35, SMALL_FONT, "start",
                 number.failed ? "" : number.data);
        b->failed = b->failed || number.failed;
        buffer_free(&number);
    }
}

static void put_frame(struct buffer *b, double x, double y, double width,
                      double height, const char *fill)
{
    put(b, "<rect x=\"", x);
    put(b, "\" y=\"", y);
    put(b, "\" width=\"", width);
    put(b, "\" height=\"", height);
    buffer_printf(b, "\" fill=\"%s\" stroke=\"#000\" stroke-width=\".5\"/>\n",
                  fill);
}

/* One name in all files: those put together into a page share a gradient. */
static const char *bar_id(bool diverging)
{
    return diverging ? "berth-signs" : "berth-weights";
}

static void put_bar(struct buffer *b, const struct svg_figure *f,
                    const struct shade_scale *scale, double x, double y,
                    double height)
{
    char fill[32];

    snprintf(fill, sizeof(fill), "url(#%s)", bar_id(scale->diverging));
    put_frame(b, x, y, BAR_WIDTH, height, fill);
    put_ticks(b, f, scale, x + BAR_WIDTH, y, height);
}

static void put_gradient(struct buffer *b, bool diverging)
{
    buffer_printf(b,
                  "<linearGradient id=\"%s\" x1=\"0\" y1=\"1\" x2=\"0\" "
                  "y2=\"0\">\n",
                  bar_id(diverging));
    for (int i = 0; i < N_STOPS; i++) {
        put(b, "<stop offset=\"", (double)i / (N_STOPS - 1));
        buffer_puts(b, "\" stop-color=\"");
        put_color(b, diverging, (double)i / (N_STOPS - 1));
        buffer_puts(b, "\"/>\n");
    }
    buffer_puts(b, "</linearGradient>\n");
}

/* ----------------------------------------------------------------- figure */

/* What fits the numbers of n panels. */
static struct shade_scale fit(const struct svg_panel *panels, size_t n)
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
    return all;
}

static void put_panel(struct buffer *b, const struct layout *l, size_t i,
                      const struct shade_scale *shared)
{
    const struct svg_panel *panel = &l->f->panels[i];
    const struct shade_scale scale = l->f->shared ? *shared : fit(panel, 1);

    put(b, "<g transform=\"translate(",
        MARGIN + (double)(i % l->f->across) * l->across);
    put(b, " ", MARGIN + (double)(i / l->f->across) * l->down);
    buffer_puts(b, ")\">\n");
    if (panel->title != NULL)
        put_text(b, l->left + l->width / 2, FONT, FONT, "middle", panel->title);
    put_cells(b, l, &panel->picture, &scale);
    put_frame(b, l->left, l->top, l->width, l->height, "none");
    if (panel->picture.row_names != NULL)
        put_names(b, l);
    if (!l->f->shared)
        put_bar(b, l->f, &scale, l->left + l->width + GAP, l->top,
                smaller(larger(l->height, LEAST_BAR), LARGEST_BAR));
    buffer_puts(b, "</g>\n");
}

static void put_head(struct buffer *b, const struct svg_figure *f,
                     bool diverging, double width, double height)
{
    put(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width);
    put(b, "pt\" height=\"", height);
    put(b, "pt\" viewBox=\"0 0 ", width);
    put(b, " ", height);
    buffer_puts(b, "\" font-family=\"sans-serif\">\n<title>");
    buffer_xml(b, f->name, strlen(f->name));
    buffer_puts(b, "</title>\n<defs>\n");
    if (!diverging || !f->shared)
        put_gradient(b, false);
    if (diverging)
        put_gradient(b, true);
    buffer_puts(b, "</defs>\n<rect width=\"100%\" height=\"100%\" "
                   "fill=\"#fff\"/>\n");
}

void svg_put(struct buffer *b, const struct svg_figure *f)
{
    if (f->n == 0 || f->panels->picture.rows == 0 ||
        f->panels->picture.columns == 0)
        return;
    const struct layout l = lay_out(f);
    const struct shade_scale scale = fit(f->panels, f->n);
    const double across = l.across * (double)f->across - GAP;
    const double down = l.down * (double)((f->n + f->across - 1) / f->across);
    const double bar =
        smaller(larger(down - GAP - l.top, LEAST_BAR), LARGEST_BAR);

    put_head(b, f, scale.diverging,
             2 * MARGIN + across + (f->shared ? BAR_ROOM : 0),
             2 * MARGIN + larger(down - GAP, f->shared ? l.top + bar : 0));
    for (size_t i = 0; i < f->n; i++)
        put_panel(b, &l, i, &scale);
    if (f->shared)
        put_bar(b, f, &scale, MARGIN + across + GAP, MARGIN + l.top, bar);
    buffer_puts(b, "</svg>\n");
}
