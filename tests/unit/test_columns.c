/*
 * test_columns.c - rows of declared columns in each format.
 */
#include "cli/output/columns.h"
#include "tests/tap.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const struct column columns[] = {
    {"mask", COLUMN_SIZE, 1 << FORMAT_TEXT},
    {"score", COLUMN_FLOAT, 0},
    {"token", COLUMN_TEXT, 0},
    {"rank", COLUMN_SIZE, 1 << FORMAT_JSONL},
    {0}};

static void row_is(int format, int digits, double score, const char *token,
                   bool first, const char *want)
{
    const struct cell cells[] = {
        {.size = 7}, {.x = score}, {token, .size = strlen(token)}, {.size = 1}};
    struct buffer b = {0};

    columns_row(&b, format, digits, columns, cells, first);
    buffer_putc(&b, '\0');
    EQUAL_TEXT(b.data, want, "format %d, first %d: %s", format, first, token);
    buffer_free(&b);
}

static void header_is(int format, bool first, const char *want)
{
    struct buffer b = {0};

    columns_header(&b, format, columns, first);
    buffer_putc(&b, '\0');
    EQUAL_TEXT(b.data, want, "header of format %d, first %d", format, first);
    buffer_free(&b);
}

int main(void)
{
    EQUAL_SIZE(columns_count(columns), 4, "columns are counted to the last");
    header_is(FORMAT_CSV, true, "mask,score,token,rank\n");
    header_is(FORMAT_CSV, false, ",mask,score,token,rank\n");
    header_is(FORMAT_TSV, false, "\tmask\tscore\ttoken\trank\n");
    header_is(FORMAT_TEXT, true, "");
    header_is(FORMAT_JSONL, true, "");

    row_is(FORMAT_CSV, 0, 0.5, "a,b", true, "7,0.5,\"a,b\",1\n");
    row_is(FORMAT_CSV, 0, 0.5, "", false, ",7,0.5,,1\n");
    row_is(FORMAT_TSV, 2, 0.123, "a\tb", true, "7\t0.12\ta\\tb\t1\n");
    row_is(FORMAT_TEXT, 0, -2, "a,b", true, "-2\ta,b\t1\n");
    row_is(FORMAT_JSONL, 0, 0.1, "\"", true,
           "{\"mask\":7,\"score\":0.1,\"token\":\"\\\"\"}\n");
    row_is(FORMAT_JSONL, 0, 0.1, "x", false,
           ",\"mask\":7,\"score\":0.1,\"token\":\"x\"}\n");

    /* What is not UTF-8, no number, or beyond a float. */
    row_is(FORMAT_JSONL, 0, (double)INFINITY, "\xff", true,
           "{\"mask\":7,\"score\":null,\"token\":\"\xef\xbf\xbd\","
           "\"token_base64\":\"/w==\"}\n");
    row_is(FORMAT_CSV, 0, (double)INFINITY, "\xff", true, "7,inf,\xff,1\n");
    row_is(FORMAT_CSV, 0, 1e300, "x", true, "7,1e+300,x,1\n");
    row_is(FORMAT_CSV, 0, (double)FLT_MAX, "x", true, "7,3.4028235e+38,x,1\n");
    return tap_done();
}
