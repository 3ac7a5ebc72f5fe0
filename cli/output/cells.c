/*
 * cells.c - characters and the columns they take.
 */
#include "cli/output/cells.h"

#include <string.h>
#include <utf8proc.h>

/* The code point at s and its bytes; -1 and one byte where s is not UTF-8. */
static size_t code_point(const char *s, size_t size, utf8proc_int32_t *c)
{
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s,
                                          (utf8proc_ssize_t)size, c);

    if (n > 0)
        return (size_t)n;
    *c = -1;
    return 1;
}

static bool is_shown(utf8proc_int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);

    return c >= 0 && category != UTF8PROC_CATEGORY_CC &&
           category != UTF8PROC_CATEGORY_CS &&
           category != UTF8PROC_CATEGORY_ZL && category != UTF8PROC_CATEGORY_ZP;
}

/*
 * Columns of one code point, as terminals have them: utf8proc goes by the
 * shapes of letters. wcwidth() of C libraries, which terminals follow, gives a
 * column to a vowel sign that is beside its consonant, and none to what follows
 * the first letter of a syllable of Hangul.
 */
static size_t columns_of(utf8proc_int32_t c)
{
    int width = utf8proc_charwidth(c);

    if ((c >= 0x1160 && c <= 0x11ff) || (c >= 0xd7b0 && c <= 0xd7ff))
        return 0;
    if (width == 0 && utf8proc_category(c) == UTF8PROC_CATEGORY_MC)
        return 1;
    return width > 0 ? (size_t)width : 0;
}

/* Whether the cluster of this width holds c too: it never takes more than two
 * columns, the width of a cell. */
static bool take_mark(utf8proc_int32_t c, size_t *width)
{
    size_t columns = columns_of(c);

    if (columns == 1 && utf8proc_category(c) == UTF8PROC_CATEGORY_MC)
        columns = *width + 1;
    if (columns > 2)
        return false;
    if (columns > *width)
        *width = columns;
    return true;
}

size_t cells_next(const char *s, size_t size, size_t *width)
{
    utf8proc_int32_t state = 0;
    utf8proc_int32_t before, c;
    size_t used = code_point(s, size, &before);

    *width = 1;
    if (!is_shown(before))
        return used;
    if (columns_of(before) > 1)
        *width = 2;
    while (used < size) {
        size_t n = code_point(s + used, size - used, &c);

        if (!is_shown(c) ||
            utf8proc_grapheme_break_stateful(before, c, &state) ||
            !take_mark(c, width))
            break;
        used += n;
        before = c;
    }
    return used;
}

void cells_put_next(struct buffer *b, const char *s, size_t size)
{
    utf8proc_int32_t c;

    code_point(s, size, &c);
    if (!is_shown(c)) {
        buffer_puts(b, "\xef\xbf\xbd");
        return;
    }
    if (columns_of(c) == 0)
        buffer_puts(b, "\xe2\x97\x8c");
    buffer_put(b, s, size);
}

size_t cells_width(const char *s, size_t size)
{
    size_t total = 0;
    size_t width;

    for (size_t i = 0; i < size;) {
        i += cells_next(s + i, size - i, &width);
        total += width;
    }
    return total;
}

void cells_put_blanks(struct buffer *b, size_t n)
{
    while (!b->failed && n-- > 0)
        buffer_putc(b, ' ');
}

size_t cells_widest(const char *const *names, size_t n)
{
    size_t widest = 0;

    for (size_t i = 0; i < n; i++) {
        size_t width = cells_width(names[i], strlen(names[i]));

        if (width > widest)
            widest = width;
    }
    return widest;
}

void cells_align(struct buffer *b, size_t start, size_t width, bool right)
{
    size_t size = b->size - start;
    size_t n = b->failed ? width : cells_width(b->data + start, size);

    if (n >= width)
        return;
    cells_put_blanks(b, width - n);
    if (right && !b->failed) {
        memmove(b->data + start + width - n, b->data + start, size);
        memset(b->data + start, ' ', width - n);
    }
}

void cells_end_line(struct buffer *b)
{
    while (b->size > 0 && b->data[b->size - 1] == ' ')
        b->size--;
    buffer_putc(b, '\n');
}

/* As much of s as fits into width columns; returns the columns taken. */
static size_t put_fitting(struct buffer *b, const char *s, size_t size,
                          size_t width)
{
    size_t taken = 0;
    size_t w;

    for (size_t i = 0; i < size;) {
        size_t n = cells_next(s + i, size - i, &w);

        if (taken + w > width)
            break;
        cells_put_next(b, s + i, n);
        taken += w;
        i += n;
    }
    return taken;
}

void cells_put(struct buffer *b, const char *s, size_t width, bool right,
               bool utf8)
{
    const char *dots = utf8 ? "\xe2\x80\xa6" : "...";
    size_t n_dots = utf8 ? 1 : 3;
    size_t size = strlen(s);
    size_t full = cells_width(s, size);

    if (full > width) {
        if (n_dots > width)
            n_dots = 0;
        size_t taken = put_fitting(b, s, size, width - n_dots);

        if (n_dots > 0)
            buffer_puts(b, dots);
        cells_put_blanks(b, width - n_dots - taken);
        return;
    }
    if (right)
        cells_put_blanks(b, width - full);
    put_fitting(b, s, size, width);
    if (!right)
        cells_put_blanks(b, width - full);
}
