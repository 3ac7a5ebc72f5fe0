/*
 * screen.h - what the terminal that the output goes to can show.
 */
#ifndef CLI_OUTPUT_SCREEN_H
#define CLI_OUTPUT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* The words of --color, in their order. */
enum color_choice {
    COLOR_AUTO,
    COLOR_ALWAYS,
    COLOR_NEVER
};

enum screen_color {
    SCREEN_PLAIN, /* shades made of characters */
    SCREEN_8,     /* the eight that every terminal of colours has */
    SCREEN_256,   /* the palette of xterm-256color */
    SCREEN_TRUE   /* 24 bits */
};

struct screen {
    enum screen_color color;
    bool utf8;     /* else ASCII only, except in the text itself */
    size_t width;  /* columns */
    size_t height; /* lines that are seen at once, but one for what comes
                      after; 0: any number */
};

/* screen_has_color - whether --color, the environment and the output together
 * ask for colours, as screen_find() says. */
bool screen_has_color(enum color_choice choice, const char *path);

/*
 * screen_find - from the environment: COLORTERM and TERM say how many colours,
 * NO_COLOR (https://no-color.org) turns them off unless choice is
 * COLOR_ALWAYS; LC_ALL, LC_CTYPE and LANG say whether it is UTF-8.
 *
 *   choice  COLOR_AUTO: colour on a terminal only
 *   width   0: the terminal's; 80 where there is none
 *   path    where the output goes, as for sink_open()
 */
struct screen screen_find(enum color_choice choice, size_t width,
                          const char *path);

#endif
