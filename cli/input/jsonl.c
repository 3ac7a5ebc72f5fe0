/*
 * jsonl.c - one JSON object a line; the texts are strings under given keys.
 */
#include "cli/input/reader.h"

#include <string.h>

#include "cli/output/number.h"

/* An empty line, as at the end of many files, is no record. */
static bool is_empty(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (strchr(" \t\r", line[i]) == NULL || line[i] == '\0')
            return false;
    return true;
}

static enum reader_got take_string(struct reader *r, struct record *record,
                                   const char *key, struct field *out)
{
    json_t *value = json_object_get(r->json, key);

    if (value == NULL)
        return reader_fail(r, record, "no key '%s'", key);
    if (!json_is_string(value))
        return reader_fail(r, record, "the value of '%s' is not a string", key);
    out->data = json_string_value(value);
    out->size = json_string_length(value);
    return READER_RECORD;
}

static int put_chunk(const char *data, size_t size, void *to)
{
    struct buffer *b = to;

    buffer_put(b, data, size);
    return b->failed ? -1 : 0;
}

/* A value that is no string, as JSON writes it. */
static void put_value(struct reader *r, const json_t *value)
{
    if (json_is_real(value))
        buffer_double(&r->id_text, json_real_value(value), 0);
    else
        json_dump_callback(value, put_chunk, &r->id_text,
                           JSON_COMPACT | JSON_ENCODE_ANY);
}

/*
 * A value of any type is carried over. The values that are no strings go to
 * id_text one after another; until all are there, size is where they end.
 */
static void take_ids(struct reader *r)
{
    const struct text_list *names = &r->options->id;
    size_t begin = 0;

    buffer_clear(&r->id_text);
    for (size_t i = 0; i < names->n; i++) {
        json_t *value = json_object_get(r->json, names->items[i]);

        if (json_is_string(value)) {
            r->ids[i].json = false;
            r->ids[i].data = json_string_value(value);
            r->ids[i].size = json_string_length(value);
        } else if (value != NULL && !json_is_null(value)) {
            put_value(r, value);
            r->ids[i].size = r->id_text.size;
        }
    }
    for (size_t i = 0; i < names->n; i++)
        if (r->ids[i].size > 0 && r->ids[i].json) {
            size_t end = r->ids[i].size;

            r->ids[i].data = r->id_text.data + begin;
            r->ids[i].size = end - begin;
            begin = end;
        }
}

/* Whole numbers of any size are let through, as floats if they must. */
static bool parse(struct reader *r, const char *line, size_t size,
                  json_error_t *error)
{
    json_decref(r->json);
    r->json = json_loadb(line, size, JSON_ALLOW_NUL, error);
    if (r->json == NULL &&
        json_error_code(error) == json_error_numeric_overflow)
        r->json = json_loadb(line, size,
                             JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, error);
    return r->json != NULL;
}

enum reader_got jsonl_next(struct reader *r, struct record *record)
{
    const struct text_list *fields = &r->options->field;
    json_error_t error;
    const char *line;
    size_t size;
    enum source_got got = reader_line(r, &line, &size);

    r->first = r->line;
    if (got != SOURCE_LINE)
        return reader_ended(r, got, record);
    if (is_empty(line, size))
        return READER_NOTHING;
    if (!parse(r, line, size, &error))
        return reader_fail(r, record, "bad JSON at byte %d: %s", error.position,
                           error.text);
    if (!json_is_object(r->json))
        return reader_fail(r, record, "not a JSON object");
    take_ids(r);
    if (r->id_text.failed) {
        buffer_free(&r->id_text);
        record->ids = NULL;
        return reader_fail(r, record, "out of memory");
    }
    take_string(r, record, fields->items[0], &record->text);
    if (record->error == NULL && fields->n > 1) {
        record->has_pair = true;
        take_string(r, record, fields->items[1], &record->pair);
    }
    return READER_RECORD;
}
