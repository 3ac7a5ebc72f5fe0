/*
 * quote.c - strings as csv, tsv, JSON and XML want them.
 */
#include "cli/output/quote.h"

#include <stdio.h>
#include <string.h>

#include "cli/base/utf8.h"
#include "cli/output/base64.h"
#include "cli/output/format.h"

/* At the start of a line, where an empty field that stays alone would leave an
 * empty line, which readers of csv skip. */
static bool at_line_start(const struct buffer *b)
{
    return b->size == 0 || b->data[b->size - 1] == '\n';
}

static bool csv_needs_quotes(const char *s, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (s[i] == ',' || s[i] == '"' || s[i] == '\n' || s[i] == '\r')
            return true;
    }
    return false;
}

void buffer_csv(struct buffer *b, const char *s, size_t size)
{
    if (size == 0 && at_line_start(b)) {
        buffer_puts(b, "\"\"");
        return;
    }
    if (!csv_needs_quotes(s, size)) {
        buffer_put(b, s, size);
        return;
    }
    buffer_putc(b, '"');
    for (size_t i = 0; i < size; i++) {
        if (s[i] == '"')
            buffer_putc(b, '"');
        buffer_putc(b, s[i]);
    }
    buffer_putc(b, '"');
}

static const char *tsv_escape(char c)
{
    switch (c) {
    case '\t':
        return "\\t";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\\':
        return "\\\\";
    default:
        return NULL;
    }
}

void buffer_tsv(struct buffer *b, const char *s, size_t size)
{
    size_t done = 0;

    for (size_t i = 0; i < size; i++) {
        /* Most are small letters, which come after all that are escaped. */
        const char *escape = s[i] > '\\' ? NULL : tsv_escape(s[i]);
        if (escape == NULL)
            continue;
        buffer_put(b, s + done, i - done);
        buffer_puts(b, escape);
        done = i + 1;
    }
    buffer_put(b, s + done, size - done);
}

/* A control character that is not one of C0: DEL, or C1 in its two bytes. */
static bool is_upper_control(const char *s, size_t n)
{
    return (n == 1 && *s == 0x7f) || (n == 2 && (unsigned char)s[0] == 0xc2 &&
                                      (unsigned char)s[1] < 0xa0);
}

static void json_control(struct buffer *b, unsigned char c)
{
    static const char names[] = "btn\0fr"; /* 8 .. 13 */
    char text[8];

    if (c == '"' || c == '\\')
        snprintf(text, sizeof(text), "\\%c", c);
    else if (c >= 8 && c <= 13 && names[c - 8] != '\0')
        snprintf(text, sizeof(text), "\\%c", names[c - 8]);
    else
        snprintf(text, sizeof(text), "\\u%04x", c);
    buffer_puts(b, text);
}

void buffer_json(struct buffer *b, const char *s, size_t size)
{
    size_t done = 0, n;
    bool bad;

    buffer_putc(b, '"');
    for (size_t i = 0; i < size; i += n) {
        unsigned char c = (unsigned char)s[i];
        bool plain = c >= 0x20 && c != '"' && c != '\\';

        n = 1;
        if (plain && c < 0x7f)
            continue;
        n = utf8_next(s + i, size - i, &bad);
        bool upper = is_upper_control(s + i, n);
        if (plain && !bad && !upper)
            continue;
        buffer_put(b, s + done, i - done);
        if (bad)
            buffer_puts(b, "\xef\xbf\xbd");
        else
            json_control(b, upper ? (unsigned char)s[i + n - 1] : c);
        done = i + n;
    }
    buffer_put(b, s + done, size - done);
    buffer_putc(b, '"');
}

void buffer_tame(struct buffer *b, const char *s, size_t size)
{
    size_t done = 0, n;
    bool bad;

    for (size_t i = 0; i < size; i += n) {
        unsigned char c = (unsigned char)s[i];
        n = utf8_next(s + i, size - i, &bad);
        if ((c >= 0x20 || c == '\n' || c == '\t') && !bad &&
            !is_upper_control(s + i, n))
            continue;
        buffer_put(b, s + done, i - done);
        buffer_puts(b, "\xef\xbf\xbd");
        done = i + n;
    }
    buffer_put(b, s + done, size - done);
}

/* What stands for a character of a text in XML; NULL: itself. */
static const char *xml_escape(const char *s, size_t n)
{
    const unsigned char c = (unsigned char)s[0];

    if (c == '<' || c == '&' || c == '>' || c == '"')
        return c == '<'   ? "&lt;"
               : c == '&' ? "&amp;"
               : c == '>' ? "&gt;"
                          : "&quot;";
    if (c < 0x20 || is_upper_control(s, n) ||
        (n == 3 && (memcmp(s, "\xef\xbf\xbe", n) == 0 ||
                    memcmp(s, "\xef\xbf\xbf", n) == 0)))
        return "\xef\xbf\xbd";
    return NULL;
}

void buffer_xml(struct buffer *b, const char *s, size_t size)
{
    size_t n;
    bool bad;

    for (size_t i = 0; i < size; i += n) {
        n = utf8_next(s + i, size - i, &bad);
        const char *other = bad ? "\xef\xbf\xbd" : xml_escape(s + i, n);

        if (other != NULL)
            buffer_puts(b, other);
        else
            buffer_put(b, s + i, n);
    }
}

void buffer_tame_end(struct buffer *b, size_t start)
{
    struct buffer end = {0};

    if (b->failed)
        return;
    buffer_put(&end, b->data + start, b->size - start);
    b->size = start;
    buffer_tame(b, end.data, end.size);
    b->failed = b->failed || end.failed;
    buffer_free(&end);
}

void buffer_quote(struct buffer *b, int format, const char *s, size_t size)
{
    if (format == FORMAT_CSV)
        buffer_csv(b, s, size);
    else if (format == FORMAT_JSONL)
        buffer_json(b, s, size);
    else
        buffer_tsv(b, s, size);
}

void buffer_json_bytes(struct buffer *b, const char *key, const char *text,
                       size_t size)
{
    buffer_printf(b, "\"%s\":", key);
    buffer_json(b, text, size);
    if (utf8_count_bad(text, size) == 0)
        return;
    buffer_printf(b, ",\"%s_base64\":\"", key);
    buffer_base64(b, (const uint8_t *)text, size);
    buffer_putc(b, '"');
}
