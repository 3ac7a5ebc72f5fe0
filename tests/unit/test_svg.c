/*
 * test_svg.c - figures: which cells are drawn in which colour, which names are
 * written, and how large it all is.
 */
#include "cli/output/svg.h"
#include "tests/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The document as a string; free() it. */
static char *draw(const struct svg_figure *f)
{
    struct buffer b = {0};

    svg_put(&b, f);
    buffer_putc(&b, '\0');
    return b.failed ? NULL : b.data;
}

static size_t count(const char *s, const char *what)
{
    size_t n = 0;

    for (s = strstr(s, what); s != NULL; s = strstr(s + 1, what))
        n++;
    return n;
}

static double width_of(const char *svg)
{
    return strtod(strstr(svg, "width=\"") + 7, NULL);
}

static void one_panel(void)
{
    const float data[] = {0, 0, 1, 0.25F, 0.25F, 0.25F};
    const char *rows[] = {"<a>", "&\"b"}, *columns[] = {"x", "y", "z"};
    const struct svg_panel panel = {
        {data, 2, 3, rows, columns, false, false}, "layer 0 head 1", NULL};
    struct svg_figure f = {"weights", &panel, 1,    1,    "query",
                           "key",     true,   true, false};
    char *s = draw(&f);

    EQUAL_SIZE(count(s, "<path stroke=\"#2b1737\" d=\"M2 0h1\"/>"), 1,
               "the largest number is one dark cell");
    EQUAL_SIZE(count(s, "<path stroke=\"#fdaf81\" d=\"M0 1h3\"/>"), 1,
               "a row of a quarter is one line of its colour");
    EQUAL_SIZE(count(s, "M0 0"), 0, "zeros are paper");
    EQUAL_SIZE(count(s, ">&lt;a&gt;</text>") + count(s, ">&amp;&quot;b</text>"),
               2, "names are escaped");
    EQUAL_SIZE(count(s, ">query</text>") + count(s, ">key</text>") +
                   count(s, ">layer 0 head 1</text>") +
                   count(s, "<title>weights</title>"),
               4, "words for rows, columns, panel and figure");
    EQUAL_SIZE(count(s, ">0.2</text>") + count(s, ">0.8</text>"), 2,
               "the scale goes in fifths");
    EQUAL_SIZE(count(s, "berth-signs"), 0, "only the colours that are used");
    CHECK(width_of(s) < 252, "it fits one column of a paper");
    free(s);
    f.linear = false;
    s = draw(&f);
    EQUAL_SIZE(count(s, "<path stroke=\"#e05963\" d=\"M0 1h3\"/>"), 1,
               "a quarter is half as far by its root");
    free(s);
}

static void both_signs(void)
{
    const float data[] = {-2, 0, 1, 2};
    const char *names[] = {"a", "b"};
    const struct svg_panel panel = {
        {data, 2, 2, names, names, false, false}, NULL, NULL};
    char *s = draw(&(struct svg_figure){"scores", &panel, 1, 1, NULL, NULL,
                                        true, false, false});

    EQUAL_SIZE(count(s, "<path stroke=\"#095ba3\" d=\"M0 0h1.04\"/>"), 1,
               "the lowest number is blue");
    EQUAL_SIZE(count(s, "<path stroke=\"#df968c\" d=\"M0 1h1.04\"/>"), 1,
               "half of the highest is half red");
    EQUAL_SIZE(count(s, "M1 0"), 0, "0 is paper");
    EQUAL_SIZE(count(s, ">-2</text>") + count(s, ">2</text>"), 2,
               "the scale has both ends");
    free(s);
}

static void numbers_are_thinned(void)
{
    enum {
        N = 700
    };
    float *data = calloc(N, N * sizeof(*data));
    static char text[N][12];
    static const char *names[N];
    struct svg_panel panel = {
        {data, N, N, names, names, true, false}, NULL, NULL};
    const struct svg_figure f = {"positions", &panel, 1,    1,    "position",
                                 "position",  true,   true, false};

    for (int i = 0; i < N; i++) {
        snprintf(text[i], sizeof(text[i]), "%d", i);
        names[i] = text[i];
    }
    data[N * N - 1] = 1;
    char *s = draw(&f);

    EQUAL_SIZE(count(s, "<text x"), 2 * N / 50 + 1 + 6,
               "every fiftieth number, a word above, and 0, 0.2 ... 1");
    EQUAL_SIZE(count(s, "M349 349h1"), 1, "two numbers a side are a cell");
    CHECK(width_of(s) <= 516, "two columns of a paper: %g", width_of(s));
    free(s);
    panel.picture.numbered = false;
    s = draw(&f);
    EQUAL_SIZE(count(s, "rotate(-90)\" font-size=\"3.6\""), N,
               "all names of columns are written");
    EQUAL_SIZE(count(s, "M699 699h1"), 1, "each number is a cell");
    CHECK(width_of(s) > 4 * N, "which takes more room: %g", width_of(s));
    free(s);
    free(data);
}

static void tiles(void)
{
    enum {
        N = 130,
        COUNT = 6
    };
    float *data = calloc(N, N * sizeof(*data));
    struct svg_panel panels[COUNT];

    for (int i = 0; i < COUNT; i++)
        panels[i] = (struct svg_panel){
            {data, N, N, NULL, NULL, false, false}, "3.1", NULL};
    data[N * N - 1] = 4;
    char *s = draw(&(struct svg_figure){"weights", panels, COUNT, 3, NULL, NULL,
                                        true, false, false});

    EQUAL_SIZE(count(s, "M43 43h1"), COUNT, "three numbers a side are a cell");
    EQUAL_SIZE(count(s, ">3.1</text>"), COUNT, "each has its title");
    EQUAL_SIZE(count(s, "url(#"), 1, "and all have one scale");
    CHECK(width_of(s) <= 516, "two columns of a paper: %g", width_of(s));
    free(s);
    s = draw(&(struct svg_figure){"weights", panels, COUNT, 3, NULL, NULL,
                                  false, false, false});
    EQUAL_SIZE(count(s, "url(#"), COUNT, "or each its own");
    CHECK(width_of(s) <= 516, "in the same room: %g", width_of(s));
    free(s);
    free(data);
}

static void words(void)
{
    const float data[] = {0.9F, 0.1F, 0, 0.9F};
    const char *rows[] = {"0", "1"}, *columns[] = {"mask 0", "mask 1"};
    const char *in_cells[] = {"door", "a<b", "", "unbelievable"};
    const struct svg_panel panel = {
        {data, 2, 2, rows, columns, false, true}, NULL, in_cells};
    char *s = draw(&(struct svg_figure){"lens", &panel, 1, 1, "layer", NULL,
                                        true, false, false});
    const char *light = strstr(s, "<g fill=\"#fff\">");

    EQUAL_SIZE(count(s, "d=\"M0 0h1.04M1 1h1\"/>"), 1,
               "equal numbers are cells of one colour");
    EQUAL_SIZE(count(s, ">mask 0</text>") + count(s, ">mask 1</text>"), 2,
               "names of columns stand upright");
    EQUAL_SIZE(count(s, "rotate"), 1, "only the word for rows is turned");
    EQUAL_SIZE(count(light, ">door</text>") + count(light, ">unbelievable<"), 2,
               "words on dark cells are white");
    EQUAL_SIZE(count(s, ">a&lt;b</text>") - count(light, "a&lt;b"), 1,
               "others are black, and escaped");
    free(s);
}

static void lines(void)
{
    const float data[] = {0, 0, 1, 0.25F, 0.5F, 0.01F};
    const char *rows[] = {"a", "b"}, *columns[] = {"x", "y", "z"};
    const struct svg_panel panel = {
        {data, 2, 3, rows, columns, false, false}, NULL, NULL};
    char *s = draw(&(struct svg_figure){"weights", &panel, 1, 1, "query", "key",
                                        true, true, true});

    EQUAL_SIZE(count(s, "#2b1737\" d=\"M0 5L110 16.67\"/>"), 1,
               "the largest number is the darkest line");
    EQUAL_SIZE(count(s, "#e05963\" d=\"M0 15L110 10\"/>"), 1, "a half is red");
    EQUAL_SIZE(count(s, "M0 "), 3, "zeros and what is nearly 0 have none");
    CHECK(strstr(s, "#2b1737\" d") > strstr(s, "#e05963\" d"),
          "the darkest is drawn last");
    EQUAL_SIZE(count(s, "\"end\">a</text>") + count(s, "\"start\">z</text>") +
                   count(s, "\"end\">query</text>") +
                   count(s, "\"start\">key</text>"),
               4, "names at both sides");
    free(s);
}

int main(void)
{
    char *s = draw(&(struct svg_figure){"nothing", NULL, 0, 1, NULL, NULL, true,
                                        true, false});

    EQUAL_TEXT(s, "", "nothing to draw: no document");
    free(s);
    one_panel();
    both_signs();
    numbers_are_thinned();
    tiles();
    words();
    lines();
    return tap_done();
}
