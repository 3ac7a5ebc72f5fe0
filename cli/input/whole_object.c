/*
 * whole_object.c - a record as the object that it came as, for --merge: its
 * members in their order, numbers with all their digits.
 */
#include "cli/input/whole_object.h"

#include <stdio.h>
#include <string.h>

#include "cli/base/utf8.h"
#include "cli/input/json_line.h"
#include "cli/output/quote.h"

/* Each of these three goes past what begins at p, in JSON that was checked: the
 * bracket that closes the object comes after it. */
static const char *past_blanks(const char *p)
{
    while (strchr(" \t\r\n", *p) != NULL)
        p++;
    return p;
}

static const char *past_string(const char *p)
{
    for (p++; *p != '"'; p++)
        p += *p == '\\';
    return p + 1;
}

static const char *past_value(const char *p)
{
    size_t depth = 0;

    do {
        if (*p == '"') {
            p = past_string(p);
            continue;
        }
        depth += *p == '{' || *p == '[';
        depth -= *p == '}' || *p == ']';
        p++;
    } while (depth > 0 || strchr(",}] \t\r\n", *p) == NULL);
    return p;
}

/* Room for what json_line_text() and json_line_value() write. */
static bool make_room(struct buffer *scratch, const struct json_wanted *value)
{
    buffer_clear(scratch);
    return buffer_reserve(scratch, json_line_room(value) + 1) != NULL;
}

static bool is_key(const char *p, const char *end, const char *key,
                   struct buffer *scratch)
{
    const struct json_wanted name = {
        .kind = JSON_KIND_STRING, .data = p, .size = (size_t)(end - p)};
    const char *text;
    size_t size;

    return make_room(scratch, &name) &&
           json_line_text(&name, scratch, &text, &size) == NULL &&
           size == strlen(key) && memcmp(text, key, size) == 0;
}

static void put_value(struct buffer *b, const char *p, const char *end,
                      struct buffer *scratch)
{
    struct json_wanted value = {
        .kind = JSON_KIND_OBJECT, .data = p, .size = (size_t)(end - p)};
    const char *text = p;
    size_t size = value.size;

    /* JSON has no word for what is no number. */
    if (*p == 'N' || *p == 'I' || (*p == '-' && p[1] == 'I')) {
        buffer_puts(b, "null");
        return;
    }
    if (*p == '{' || *p == '[') {
        if (make_room(scratch, &value))
            json_line_value(&value, scratch, &text, &size);
    }
    buffer_put(b, text, size);
}

bool whole_object_of_line(struct buffer *b, const char *line, size_t size,
                          const char *key, struct buffer *scratch)
{
    const char *p = past_blanks(line);

    buffer_clear(b);
    if (utf8_count_bad(line, size) > 0)
        return false;
    buffer_putc(b, '{');
    for (p = past_blanks(p + 1); *p != '}';) {
        const char *name = p, *name_end = past_string(p);
        const char *value = past_blanks(past_blanks(name_end) + 1);

        p = past_value(value);
        if (!is_key(name, name_end, key, scratch)) {
            buffer_put(b, name, (size_t)(name_end - name));
            buffer_putc(b, ':');
            put_value(b, value, p, scratch);
            buffer_putc(b, ',');
        }
        p = past_blanks(p);
        if (*p == ',')
            p = past_blanks(p + 1);
    }
    b->failed = b->failed || scratch->failed;
    return true;
}

void whole_object_name(struct buffer *names, const char *name, size_t size)
{
    buffer_json(names, name, size);
    buffer_putc(names, '\0');
}

void whole_object_of_fields(struct buffer *b, const struct buffer *names,
                            const struct field *fields, size_t n,
                            const char *key)
{
    const char *name = names->data;
    struct buffer left_out = {0};
    char number[32];

    whole_object_name(&left_out, key, strlen(key));
    buffer_clear(b);
    buffer_putc(b, '{');
    for (size_t i = 0; i < n && !left_out.failed; i++) {
        if (names->size == 0) {
            snprintf(number, sizeof(number), "\"%zu\"", i + 1);
            name = number;
        }
        if (strcmp(name, left_out.data) != 0) {
            buffer_puts(b, name);
            buffer_putc(b, ':');
            buffer_json(b, fields[i].data, fields[i].size);
            buffer_putc(b, ',');
        }
        name += strlen(name) + 1;
    }
    b->failed = b->failed || left_out.failed;
    buffer_free(&left_out);
}
