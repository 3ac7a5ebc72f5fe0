/*
 * columns.c - rows of cells, as each format wants them.
 */
#include "cli/output/columns.h"

#include <float.h>
#include <math.h>

#include "cli/output/number.h"
#include "cli/output/quote.h"

size_t columns_count(const struct column *columns)
{
    size_t n = 0;

    while (columns[n].name != NULL)
        n++;
    return n;
}

void columns_header(struct buffer *b, int format, const struct column *columns,
                    bool first)
{
    if (!format_is_table(format))
        return;
    for (; columns->name != NULL; columns++, first = false) {
        if (!first)
            buffer_putc(b, format_separator(format));
        buffer_puts(b, columns->name);
    }
    buffer_putc(b, '\n');
}

void columns_float(struct buffer *b, int format, int digits, double x)
{
    const int float_digits = 9;

    if (x > (double)FLT_MAX && isfinite(x))
        buffer_double(b, x, digits > 0 ? digits : float_digits);
    else if (format == FORMAT_JSONL)
        buffer_json_float(b, (float)x, digits);
    else
        buffer_float(b, (float)x, digits);
}

void columns_cell(struct buffer *b, int format, int digits,
                  const struct column *column, const struct cell *cell)
{
    if (column->kind == COLUMN_RANK && cell->size == 0)
        buffer_puts(b, format == FORMAT_JSONL ? "null" : "");
    else if (column->kind == COLUMN_SIZE || column->kind == COLUMN_RANK)
        buffer_size(b, cell->size);
    else if (column->kind == COLUMN_FLOAT)
        columns_float(b, format, digits, cell->x);
    else
        buffer_quote(b, format, cell->text, cell->size);
}

static void put_member(struct buffer *b, int digits,
                       const struct column *column, const struct cell *cell)
{
    if (column->kind == COLUMN_TEXT) {
        buffer_json_bytes(b, column->name, cell->text, cell->size);
        return;
    }
    buffer_printf(b, "\"%s\":", column->name);
    columns_cell(b, FORMAT_JSONL, digits, column, cell);
}

void columns_row(struct buffer *b, int format, int digits,
                 const struct column *columns, const struct cell *cells,
                 bool first)
{
    const bool json = format == FORMAT_JSONL;
    const char between = format_separator(format);

    if (json && first)
        buffer_putc(b, '{');
    for (; columns->name != NULL; columns++, cells++) {
        if (format_in(format, columns->left_out))
            continue;
        if (!first)
            buffer_putc(b, between);
        first = false;
        if (json)
            put_member(b, digits, columns, cells);
        else
            columns_cell(b, format, digits, columns, cells);
    }
    if (json)
        buffer_putc(b, '}');
    buffer_putc(b, '\n');
}
