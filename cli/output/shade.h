/*
 * shade.h - numbers as colours or as characters of different darkness.
 */
#ifndef CLI_OUTPUT_SHADE_H
#define CLI_OUTPUT_SHADE_H

#include "cli/base/buffer.h"
#include "cli/output/screen.h"

/* The values at the ends of the shades. */
struct shade_scale {
    float low;
    float high;
    bool diverging; /* values of both signs: 0 has the middle colour */
};

/*
 * shade_fit - the scale of n numbers: 0 to the largest, or, when there are
 * negative ones, even to both sides of 0. What is beyond 1e30 (the mask's bias)
 * does not count. Cannot fail.
 */
struct shade_scale shade_fit(const float *x, size_t n);

/*
 * shade_level - where x is within the scale, in 0 .. 1. Of weights it is the
 * square root, so that small ones are seen beside a large one.
 */
float shade_level(const struct shade_scale *scale, float x);

/* A line of coloured cells; start with {.screen = ..., .scale = ...}. */
struct shade_pen {
    const struct screen *screen;
    bool diverging;
    long front; /* the colours now set, plus 1; 0: the terminal's */
    long back;
};

/* shade_cell - a level, columns wide. */
void shade_cell(struct buffer *b, struct shade_pen *pen, float level,
                size_t columns);

enum {
    SHADE_WORD_MARGIN = 4 /* columns of a word's cell beside the word's own */
};

/* shade_word - a level with a word on it, columns wide: on a colour screen in
 * the colour of the scale's other end, else with its shade after it. Of scales
 * that do not diverge. */
void shade_word(struct buffer *b, struct shade_pen *pen, float level,
                const char *word, size_t columns);

/* shade_halves - two levels in one column, one over the other (U+2580); colour
 * screens in UTF-8 only. lower below 0: nothing there. */
void shade_halves(struct buffer *b, struct shade_pen *pen, float upper,
                  float lower);

/* shade_end - the terminal's own colours again. */
void shade_end(struct buffer *b, struct shade_pen *pen);

/* shade_legend - "0 <all the shades> 0.59", without a line end, after indent
 * blanks or as many as the screen has room for. */
void shade_legend(struct buffer *b, const struct screen *screen,
                  const struct shade_scale *scale, size_t indent);

#endif
