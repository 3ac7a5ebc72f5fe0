/*
 * shade.c - colour maps, and the escape sequences that set colours.
 */
#include "cli/output/shade.h"

#include <math.h>
#include <stdio.h>

#include "cli/output/cells.h"

struct rgb {
    int c[3];
};

/* The level on which both ends of the rising map are seen equally well; of
 * eight colours red is the last that is dark. */
static const float EVEN = 0.54F, EVEN_OF_8 = 0.7F;

enum {
    N_STOPS = 9,
    LEGEND = 16 /* cells */
};

/* Evenly spaced stops of matplotlib's "magma" and ColorBrewer's "RdBu". */
static const struct rgb rising[N_STOPS] = {
    {{0, 0, 4}},      {{28, 16, 68}},    {{79, 18, 123}},
    {{129, 37, 129}}, {{181, 54, 122}},  {{229, 80, 100}},
    {{251, 135, 97}}, {{254, 194, 135}}, {{252, 253, 191}}};
static const struct rgb parting[N_STOPS] = {
    {{33, 102, 172}},  {{67, 147, 195}},  {{146, 197, 222}},
    {{209, 229, 240}}, {{247, 247, 247}}, {{253, 219, 199}},
    {{244, 165, 130}}, {{214, 96, 77}},   {{178, 24, 43}}};

/* ----------------------------------------------------------------- scale */

struct shade_scale shade_fit(const float *x, size_t n)
{
    struct shade_scale scale = {0};

    for (size_t i = 0; i < n; i++) {
        if (!(fabsf(x[i]) < 1e30f))
            continue;
        if (x[i] > scale.high)
            scale.high = x[i];
        if (x[i] < scale.low)
            scale.low = x[i];
    }
    scale.diverging = scale.low < 0;
    if (scale.diverging) {
        if (scale.high < -scale.low)
            scale.high = -scale.low;
        scale.low = -scale.high;
    }
    return scale;
}

float shade_level(const struct shade_scale *scale, float x)
{
    float range = scale->high - scale->low;
    float level = range > 0 ? (x - scale->low) / range : 0;

    if (!(level > 0))
        return 0;
    if (level > 1)
        return 1;
    return scale->diverging ? level : sqrtf(level);
}

/* ---------------------------------------------------------------- colour */

static struct rgb color_at(bool diverging, float level)
{
    const struct rgb *stops = diverging ? parting : rising;
    float place = level * (N_STOPS - 1);
    int first = place < N_STOPS - 2 ? (int)place : N_STOPS - 2;
    float share = place - (float)first;
    struct rgb out;

    for (int i = 0; i < 3; i++) {
        float from = (float)stops[first].c[i];
        float to = (float)stops[first + 1].c[i];

        out.c[i] = (int)(from + (to - from) * share + 0.5f);
    }
    return out;
}

/* The same maps in xterm's palette: its nearest colours are not in the order
 * of their lightness, these are. */
static int palette_at(bool diverging, float level)
{
    static const unsigned char up[] = {16,  17,  18,  53,  90,  125, 161,
                                       168, 203, 209, 216, 222, 229};
    static const unsigned char apart[] = {25,  67,  74,  152, 254, 231,
                                          224, 217, 174, 167, 124};

    if (diverging)
        return apart[(int)(level * (sizeof(apart) - 1) + 0.5f)];
    return up[(int)(level * (sizeof(up) - 1) + 0.5f)];
}

/* In the eight colours, whatever a theme makes of them: black, blue, magenta,
 * red, yellow, white, and blue, cyan, white, yellow, red. */
static const unsigned char few_up[] = {0, 4, 5, 1, 3, 7};
static const unsigned char few_apart[] = {4, 6, 7, 3, 1};

/* The place of a level among those, counted from 0. */
static float few_place(bool diverging, float level)
{
    return level *
           (float)((diverging ? sizeof(few_apart) : sizeof(few_up)) - 1);
}

static int few_at(bool diverging, float place)
{
    return (diverging ? few_apart : few_up)[(int)(place + 0.5f)];
}

/* What set_color() is to set, as a number. */
static long color_value(const struct shade_pen *pen, float level)
{
    if (pen->screen->color == SCREEN_8)
        return few_at(pen->diverging, few_place(pen->diverging, level));
    if (pen->screen->color == SCREEN_256)
        return palette_at(pen->diverging, level);
    struct rgb color = color_at(pen->diverging, level);

    return ((long)color.c[0] << 16) + (color.c[1] << 8) + color.c[2];
}

/* Sets a colour unless it is set: code is 38 (front) or 48 (back). */
static void set_value(struct buffer *b, const struct shade_pen *pen, long *now,
                      int code, long value)
{
    if (*now == value + 1)
        return;
    *now = value + 1;
    if (pen->screen->color == SCREEN_8)
        buffer_printf(b, "\033[%ldm", code - 8 + value);
    else if (pen->screen->color == SCREEN_256)
        buffer_printf(b, "\033[%d;5;%ldm", code, value);
    else
        buffer_printf(b, "\033[%d;2;%ld;%ld;%ldm", code, value >> 16,
                      value >> 8 & 255, value & 255);
}

static void set_color(struct buffer *b, const struct shade_pen *pen, long *now,
                      int code, float level)
{
    set_value(b, pen, now, code, color_value(pen, level));
}

/* ----------------------------------------------------------------- cells */

/* Darker and darker; each is one column. */
static const char *shade_of(const struct screen *screen, float level)
{
    static const char *const ascii[] = {" ", ".", ":", "-", "=",
                                        "+", "*", "#", "%", "@"};
    static const char *const blocks[] = {" ", "\xe2\x96\x91", "\xe2\x96\x92",
                                         "\xe2\x96\x93", "\xe2\x96\x88"};

    if (screen->utf8)
        return blocks[(int)(level * 4 + 0.5f)];
    return ascii[(int)(level * 9 + 0.5f)];
}

/* Of few colours the next one is mixed into one: returns the shape. */
static const char *mix(struct buffer *b, struct shade_pen *pen, float level)
{
    const float place = few_place(pen->diverging, level);
    const float first = floorf(place);
    const float share = place - first;

    if (share < 0.125f || share >= 0.875f) {
        set_color(b, pen, &pen->back, 48, level);
        return " ";
    }
    set_value(b, pen, &pen->front, 38, few_at(pen->diverging, first + 1));
    set_value(b, pen, &pen->back, 48, few_at(pen->diverging, first));
    return shade_of(pen->screen, share);
}

void shade_cell(struct buffer *b, struct shade_pen *pen, float level,
                size_t columns)
{
    const char *shape = " ";

    if (pen->screen->color == SCREEN_PLAIN)
        shape = shade_of(pen->screen, level);
    else if (pen->screen->color == SCREEN_8 && pen->screen->utf8)
        shape = mix(b, pen, level);
    else
        set_color(b, pen, &pen->back, 48, level);
    while (columns-- > 0)
        buffer_puts(b, shape);
}

void shade_word(struct buffer *b, struct shade_pen *pen, float level,
                const char *word, size_t columns)
{
    const bool utf8 = pen->screen->utf8;
    const float even = pen->screen->color == SCREEN_8 ? EVEN_OF_8 : EVEN;

    if (pen->screen->color == SCREEN_PLAIN) {
        buffer_putc(b, ' ');
        cells_put(b, word, columns - SHADE_WORD_MARGIN, false, utf8);
        buffer_putc(b, ' ');
        shade_cell(b, pen, level, SHADE_WORD_MARGIN - 2);
        return;
    }
    set_color(b, pen, &pen->back, 48, level);
    set_color(b, pen, &pen->front, 38, level < even ? 1 : 0);
    cells_put_blanks(b, 1);
    cells_put(b, word, columns - 1, false, utf8);
}

void shade_halves(struct buffer *b, struct shade_pen *pen, float upper,
                  float lower)
{
    if (lower < 0 && pen->back != 0)
        shade_end(b, pen);
    set_color(b, pen, &pen->front, 38, upper);
    if (lower >= 0)
        set_color(b, pen, &pen->back, 48, lower);
    buffer_puts(b, "\xe2\x96\x80");
}

void shade_end(struct buffer *b, struct shade_pen *pen)
{
    if (pen->front != 0 || pen->back != 0)
        buffer_puts(b, "\033[0m");
    pen->front = 0;
    pen->back = 0;
}

void shade_legend(struct buffer *b, const struct screen *screen,
                  const struct shade_scale *scale, size_t indent)
{
    struct shade_pen pen = {.screen = screen, .diverging = scale->diverging};
    char low[32], high[32];
    size_t cells = LEGEND;
    int n = snprintf(low, sizeof(low), "%.2g ", (double)scale->low) +
            snprintf(high, sizeof(high), " %.2g", (double)scale->high);
    size_t room = screen->width > (size_t)n ? screen->width - (size_t)n : 0;

    if (cells > room)
        cells = room < 3 ? 3 : room;
    room = room > cells ? room - cells : 0;
    cells_put_blanks(b, indent < room ? indent : room);
    buffer_puts(b, low);
    for (size_t i = 0; i < cells; i++)
        shade_cell(b, &pen, (float)i / (float)(cells - 1), 1);
    shade_end(b, &pen);
    buffer_puts(b, high);
}
