/*
 * svg_parts.c - text, colours and the scale of figures.
 */
#include "cli/output/svg_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/output/number.h"
#include "cli/output/quote.h"

enum {
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

void svg_number(struct buffer *b, const char *before, double x)
{
    buffer_puts(b, before);
    buffer_double(b, round(x * 100) / 100 + 0.0, 7);
}

static void end_text(struct buffer *b, const char *anchor, const char *text)
{
    buffer_printf(b, "\" text-anchor=\"%s\">", anchor);
    buffer_xml(b, text, strlen(text));
    buffer_puts(b, "</text>\n");
}

void svg_text(struct buffer *b, double x, double y, double font,
              const char *anchor, const char *text)
{
    svg_number(b, "<text x=\"", x);
    svg_number(b, "\" y=\"", y);
    svg_number(b, "\" font-size=\"", font);
    end_text(b, anchor, text);
}

void svg_turned(struct buffer *b, double x, double y, double font,
                const char *anchor, const char *text)
{
    svg_number(b, "<text transform=\"translate(", x);
    svg_number(b, " ", y);
    svg_number(b, ")rotate(-90)\" font-size=\"", font);
    end_text(b, anchor, text);
}

void svg_frame(struct buffer *b, double x, double y, double width,
               double height, const char *fill)
{
    svg_number(b, "<rect x=\"", x);
    svg_number(b, "\" y=\"", y);
    svg_number(b, "\" width=\"", width);
    svg_number(b, "\" height=\"", height);
    buffer_printf(b, "\" fill=\"%s\" stroke=\"#000\" stroke-width=\".5\"/>\n",
                  fill);
}

/* ----------------------------------------------------------------- colours */

double svg_level(const struct svg_scale *scale, float x)
{
    double level = (double)shade_level(&scale->range, x);

    /* shade_level() is the root where there is one sign. */
    return scale->linear && !scale->range.diverging ? level * level : level;
}

void svg_color(struct buffer *b, bool diverging, double level)
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

/* ------------------------------------------------------------------- scale */

/* 1, 2, 5 or 10 of a power of ten, at most five of which are x. */
static double step_of(double x)
{
    double power = pow(10, floor(log10(x / 5)));
    double n = x / 5 / power;

    return (n > 5 ? 10 : n > 2 ? 5 : n > 1 ? 2 : 1) * power;
}

/* Numbers beside the bar, from the bottom, where they have room. */
static void put_ticks(struct buffer *b, const struct svg_scale *scale, double x,
                      double y, double height)
{
    const double high = (double)scale->range.high;
    const double step =
        high > 0 ? step_of(high * (scale->range.diverging ? 2 : 1)) : 1;
    const int n = (int)(high / step + 1e-6);
    double last = (double)INFINITY;

    for (int i = scale->range.diverging ? -n : 0; i <= n; i++) {
        double at = y + height * (1 - svg_level(scale, (float)(i * step)));
        struct buffer number = {0};

        if (last - at < SVG_SMALL_FONT)
            continue;
        last = at;
        svg_number(b, "<path stroke=\"#000\" stroke-width=\".5\" d=\"M", x);
        svg_number(b, " ", at);
        buffer_puts(b, "h2.5\"/>\n");
        buffer_double(&number, i * step + 0.0, 6);
        buffer_putc(&number, '\0');
        svg_text(b, x + 4, at + SVG_SMALL_FONT * 0.35, SVG_SMALL_FONT, "start",
                 number.failed ? "" : number.data);
        b->failed = b->failed || number.failed;
        buffer_free(&number);
    }
}

/* One name in all files: those put together into a page share a gradient. */
static const char *bar_id(bool diverging)
{
    return diverging ? "berth-signs" : "berth-weights";
}

void svg_bar(struct buffer *b, const struct svg_scale *scale, double x,
             double y, double height)
{
    char fill[32];

    snprintf(fill, sizeof(fill), "url(#%s)", bar_id(scale->range.diverging));
    svg_frame(b, x, y, SVG_BAR_WIDTH, height, fill);
    put_ticks(b, scale, x + SVG_BAR_WIDTH, y, height);
}

void svg_gradient(struct buffer *b, bool diverging)
{
    buffer_printf(b,
                  "<linearGradient id=\"%s\" x1=\"0\" y1=\"1\" x2=\"0\" "
                  "y2=\"0\">\n",
                  bar_id(diverging));
    for (int i = 0; i < N_STOPS; i++) {
        svg_number(b, "<stop offset=\"", (double)i / (N_STOPS - 1));
        buffer_puts(b, "\" stop-color=\"");
        svg_color(b, diverging, (double)i / (N_STOPS - 1));
        buffer_puts(b, "\"/>\n");
    }
    buffer_puts(b, "</linearGradient>\n");
}
