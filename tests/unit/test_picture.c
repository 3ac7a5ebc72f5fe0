/*
 * test_picture.c - columns of text, what a screen can show, heat-maps and
 * thumbnails.
 */
#include "cli/output/cells.h"
#include "cli/output/picture.h"
#include "cli/output/shade.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct screen plain = {SCREEN_PLAIN, true, 80, 0};
static const struct screen ascii = {SCREEN_PLAIN, false, 80, 0};

static void same(struct buffer *b, const char *want, const char *what)
{
    buffer_putc(b, '\0');
    if (!EQUAL_TEXT(b->failed ? NULL : b->data, want, "%s", what))
        printf("# found:\n%s\n# expected:\n%s\n", b->data, want);
    buffer_free(b);
}

/* ------------------------------------------------------------------ text */

static void width_is(const char *s, size_t want, const char *what)
{
    size_t got = cells_width(s, strlen(s));

    CHECK(got == want, "%s: %zu columns", what, got);
}

static void widths(void)
{
    width_is("", 0, "an empty text");
    width_is("[CLS]", 5, "ASCII");
    width_is("\xc3\xa9", 1, "a letter with an accent");
    width_is("e\xcc\x81", 1, "a letter and a combining accent");
    width_is("\xcc\x81", 1, "an accent alone");
    width_is("\xe4\xb8\xad\xe6\x96\x87", 4, "two wide characters");
    width_is("\xe0\xa4\x95\xe0\xa5\x81", 1, "a consonant, a vowel sign below");
    width_is("\xe0\xa4\x95\xe0\xa4\xbf", 2, "a vowel sign with its own place");
    width_is("\xe0\xa4\x95\xe0\xa4\xbf\xe0\xa4\xbe", 3, "two of them");
    width_is("##\xe0\xa4\xbe", 3, "one without its consonant");
    width_is("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 2, "jamo of one syllable");
    width_is("##\xe1\x85\xa1", 3, "a vowel of Hangul, on a circle");
    width_is("\xff\xfe", 2, "bytes that are not UTF-8");
    width_is("\033[m", 3, "a control character");
}

static void put(const char *s, size_t width, bool right, bool utf8,
                const char *want)
{
    struct buffer b = {0};

    cells_put(&b, s, width, right, utf8);
    same(&b, want, "cells_put");
}

static void puts_in_columns(void)
{
    put("ab", 4, false, true, "ab  ");
    put("ab", 4, true, true, "  ab");
    put("abcdef", 4, false, true, "abc\xe2\x80\xa6");
    put("abcdef", 4, false, false, "a...");
    put("abcdef", 2, false, false, "ab");
    put("\xe4\xb8\xad\xe6\x96\x87", 3, false, true, "\xe4\xb8\xad\xe2\x80\xa6");
    put("\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad", 4, false, true,
        "\xe4\xb8\xad\xe2\x80\xa6 ");
    put("\xcc\x81", 2, false, true, "\xe2\x97\x8c\xcc\x81 ");
    put("##\xe1\x85\xa1", 4, false, true, "##\xe2\x97\x8c\xe1\x85\xa1 ");
    put("##\xe0\xa4\xbe", 4, false, true, "##\xe0\xa4\xbe ");
    put("\033[2J", 4, false, true, "\xef\xbf\xbd[2J");
}

/* ---------------------------------------------------------------- screen */

static void is_screen(enum color_choice choice, size_t width,
                      enum screen_color color, size_t columns, const char *what)
{
    struct screen s = screen_find(choice, width, "file");

    EQUAL_INT(s.color, color, "%s: %d, %zu columns: color", what, (int)s.color,
              s.width);
    EQUAL_SIZE(s.width, columns, "%s: %d, %zu columns: width", what,
               (int)s.color, s.width);
}

static void screens(void)
{
    setenv("TERM", "xterm-256color", 1);
    setenv("COLORTERM", "truecolor", 1);
    unsetenv("NO_COLOR");
    is_screen(COLOR_AUTO, 0, SCREEN_PLAIN, 80, "a file");
    is_screen(COLOR_NEVER, 40, SCREEN_PLAIN, 40, "never");
    is_screen(COLOR_ALWAYS, 0, SCREEN_TRUE, 80, "always, 24 bits");
    setenv("NO_COLOR", "1", 1);
    is_screen(COLOR_ALWAYS, 0, SCREEN_TRUE, 80, "always is stronger");
    unsetenv("COLORTERM");
    is_screen(COLOR_ALWAYS, 0, SCREEN_256, 80, "always, 256 colours");
    setenv("TERM", "dumb", 1);
    is_screen(COLOR_ALWAYS, 0, SCREEN_256, 80, "always, nothing known");
    setenv("LC_ALL", "C", 1);
    CHECK(!screen_find(COLOR_AUTO, 0, NULL).utf8, "LC_ALL=C is not UTF-8");
    setenv("LC_ALL", "", 1);
    setenv("LC_CTYPE", "", 1);
    setenv("LANG", "en_GB.utf8", 1);
    CHECK(screen_find(COLOR_AUTO, 0, NULL).utf8, "en_GB.utf8 is");
}

/* ----------------------------------------------------------------- scale */

static void scales(void)
{
    static const float weights[] = {0, 0.25f, 1};
    static const float scores[] = {-3e38f, -2, 1};
    static const float none[] = {0, 0};
    struct shade_scale s = shade_fit(weights, 3);

    NEAR(s.low, 0, 0, "weights: low");
    NEAR(s.high, 1, 0, "weights: high");
    CHECK(!s.diverging, "weights: not diverging");
    CHECK(shade_level(&s, 0.25f) == 0.5f, "their levels are square roots");
    CHECK(shade_level(&s, 2) == 1, "what is beyond is the last colour");
    s = shade_fit(scores, 3);
    NEAR(s.low, -2, 0, "scores on both sides of 0: low");
    NEAR(s.high, 2, 0, "scores on both sides of 0: high");
    CHECK(s.diverging, "scores on both sides of 0: diverging");
    CHECK(shade_level(&s, 0) == 0.5f, "0 is in the middle");
    CHECK(shade_level(&s, -3e38f) == 0, "the bias has the first colour");
    s = shade_fit(none, 2);
    CHECK(shade_level(&s, 0) == 0, "level of 0 where all weights are 0");
}

/* Luminance of a colour of xterm's cube (16 ... 231) or greys, 0 to 1. */
static double luminance(long index)
{
    static const int steps[6] = {0, 95, 135, 175, 215, 255};
    static const double share[3] = {0.0722, 0.7152, 0.2126};
    double sum = 0;

    if (index >= 232)
        return pow((8.0 + 10.0 * (double)(index - 232)) / 255.0, 2.2);
    index -= 16;
    for (int i = 0; i < 3; i++, index /= 6)
        sum += share[i] * pow(steps[index % 6] / 255.0, 2.2);
    return sum;
}

/* The luminance of a level in 256 colours. */
static double seen(struct buffer *b, bool diverging, float level)
{
    static const struct screen screen = {SCREEN_256, true, 80, 0};
    struct shade_pen pen = {.screen = &screen, .diverging = diverging};

    buffer_clear(b);
    shade_cell(b, &pen, level, 1);
    buffer_putc(b, '\0');
    return luminance(strtol(b->data + strlen("\033[48;5;"), NULL, 10));
}

/* A level in eight colours. */
static void few(bool diverging, bool utf8, float level, const char *want)
{
    const struct screen screen = {SCREEN_8, utf8, 80, 0};
    struct shade_pen pen = {.screen = &screen, .diverging = diverging};
    struct buffer b = {0};

    shade_cell(&b, &pen, level, 1);
    same(&b, want, "a level in eight colours");
}

static void few_colors(void)
{
    few(false, true, 0, "\033[40m ");
    few(false, true, 1, "\033[47m ");
    few(false, true, 0.2F, "\033[44m ");
    few(false, true, 0.3F, "\033[35m\033[44m\xe2\x96\x92");
    few(false, false, 0.29F, "\033[44m ");
    few(false, false, 0.31F, "\033[45m ");
    few(true, true, 0.5F, "\033[47m ");
    few(true, true, 0, "\033[44m ");
    few(true, true, 1, "\033[41m ");
    few(true, true, 0.8125F, "\033[31m\033[43m\xe2\x96\x91");
}

static void palettes(void)
{
    struct buffer b = {0};
    bool rises = true, parts = true;

    for (int i = 0; i < 100; i++) {
        float level = (float)i / 100.0f;
        float next = (float)(i + 1) / 100.0f;

        rises = rises && seen(&b, false, level) <= seen(&b, false, next);
        parts =
            parts && (i < 50 ? seen(&b, true, level) <= seen(&b, true, next)
                             : seen(&b, true, level) >= seen(&b, true, next));
    }
    CHECK(rises, "256 colours: lighter with each weight");
    CHECK(seen(&b, false, 0) < 0.01, "256 colours: weight 0 is dark");
    CHECK(seen(&b, false, 1) > 0.9, "256 colours: weight 1 is light");
    CHECK(parts && seen(&b, true, 0.5f) > 0.99,
          "numbers of both signs darken away from 0");
    buffer_free(&b);
}

/* -------------------------------------------------------------- pictures */

static const char *const names[] = {"[CLS]", "caf\xc3\xa9", "\xe4\xb8\xad",
                                    "##\xcc\x81"};
static const float square[] = {1, 0,     0, 0.25f, 0, 1, 0, 0.0625f,
                               0, 0.25f, 1, 0,     0, 0, 0, 1};

static void heat(const struct screen *screen, size_t width,
                 const char *const *columns, const char *want, const char *what)
{
    struct picture p = {square, 4, 4, names, columns, false, false};
    struct screen s = *screen;
    struct buffer b = {0};

    s.width = width;
    picture_heat(&b, &p, &s);
    same(&b, want, what);
}

static void heats(void)
{
    heat(&plain, 80, names,
         "      [\n"
         "      C c\n"
         "      L a\n"
         "      S f   #\n"
         "      ] \u00e9 \u4e2d#\u0301\n"
         "[CLS] \u2588\u2588    \u2592\u2592\n"
         "caf\u00e9    \u2588\u2588  \u2591\u2591\n"
         "\u4e2d      \u2592\u2592\u2588\u2588\n"
         "##\u0301          \u2588\u2588\n"
         "      0   \u2591\u2591\u2591\u2591\u2592\u2592\u2592\u2592"
         "\u2593\u2593\u2593\u2593\u2588\u2588 1\n",
         "a heat-map in blocks");
    heat(&ascii, 80, NULL,
         "        0 1 2 3\n"
         "0 [CLS] @@    ++\n"
         "1 caf\u00e9    @@  ::\n"
         "2 \u4e2d      ++@@\n"
         "3 ##\u0301          @@\n"
         "        0  ..::-==++*##%%@ 1\n",
         "in ASCII, with numbers");
    heat(&ascii, 12, names,
         "        0123\n"
         "0 [CLS] @  +\n"
         "1 caf\u00e9   @ :\n"
         "2 \u4e2d     +@\n"
         "3 ##\u0301       @\n"
         "0  .-=+*%@ 1\n",
         "one column a cell");
    heat(&ascii, 4, names,
         "  02\n"
         "0 @+\n"
         "2 +@\n"
         "0  +@ 1\n",
         "a cell for four");
}

static void halves(void)
{
    static const float three[] = {1, 0, 0, 1, 0, 0, 1, 0, 0};
    static const char *const abc[] = {"a", "b", "c"};
    struct picture p = {three, 3, 3, abc, NULL, false, false};
    struct screen s = {SCREEN_TRUE, true, 9, 0};
    struct buffer b = {0};
    const char *black = "\033[48;2;0;0;4m";

    picture_heat(&b, &p, &s);
    buffer_putc(&b, '\0');
    CHECK(strstr(b.data, "0 a b \033[38;2;252;253;191m"
                         "\033[48;2;252;253;191m\xe2\x96\x80\033[38;2;0;0;4m"
                         "\033[48;2;0;0;4m\xe2\x96\x80\xe2\x96\x80\033[0m\n"),
          "two rows to a line");
    CHECK(strstr(b.data, "2 c   \033[38;2;252;253;191m\xe2\x96\x80"
                         "\033[38;2;0;0;4m\xe2\x96\x80\xe2\x96\x80\033[0m\n"),
          "the last row alone");
    CHECK(strstr(b.data, black) != NULL, "24-bit colours");
    buffer_clear(&b);
    s.color = SCREEN_256;
    picture_heat(&b, &p, &s);
    buffer_putc(&b, '\0');
    CHECK(strstr(b.data, "\033[38;5;229m\033[48;5;229m\xe2\x96\x80"
                         "\033[38;5;16m\033[48;5;16m\xe2\x96\x80") != NULL,
          "256 colours");
    buffer_free(&b);
}

static void grids(void)
{
    static const char *const layers[] = {"layer 0", "layer 1"};
    static const char *const heads[] = {"head 0", "head 1", "head 2"};
    struct picture p = {square, 4, 4, NULL, NULL, false, false};
    struct picture items[] = {p, p, p, p, p, p};
    struct picture_table t = {items, 2, 3, layers, heads};
    struct screen s = ascii;
    struct buffer b = {0};

    s.width = 22;
    picture_grid(&b, &t, &s);
    same(&b,
         "        0    1\n"
         "layer 0 @@ + @@ +\n"
         "         +@@  +@@\n"
         "layer 1 @@ + @@ +\n"
         "         +@@  +@@\n"
         "\n"
         "        2\n"
         "layer 0 @@ +\n"
         "         +@@\n"
         "layer 1 @@ +\n"
         "         +@@\n",
         "thumbnails");
}

/* Rows of thumbnails that fill their lines do not run together. */
static void parted_rows(void)
{
    static const char *const layers[] = {"layer 0", "layer 1"};
    static const char *const heads[] = {"head 0"};
    static float ones[36];
    const struct picture p = {ones, 6, 6, NULL, NULL, false, false};
    const struct picture items[] = {p, p};
    const struct picture_table t = {items, 2, 1, layers, heads};
    struct screen s = ascii;
    struct buffer b = {0};

    for (size_t i = 0; i < 36; i++)
        ones[i] = 1.0f;
    s.width = 14;
    picture_grid(&b, &t, &s);
    same(&b,
         "        head 0\n"
         "layer 0 @@@@@@\n"
         "        @@@@@@\n"
         "        @@@@@@\n"
         "\n"
         "layer 1 @@@@@@\n"
         "        @@@@@@\n"
         "        @@@@@@\n",
         "an empty line between rows of thumbnails");
}

int main(void)
{
    widths();
    puts_in_columns();
    screens();
    scales();
    palettes();
    few_colors();
    heats();
    halves();
    grids();
    parted_rows();
    return tap_done();
}
