/*
 * jsonl.c - one JSON object a line; the texts are strings under given keys.
 */
#include "cli/input/reader.h"
#include "cli/input/whole_object.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/nearest.h"

struct line {
    const char *data;
    size_t size;
};

/* An empty line, as at the end of many files, is no record. */
static bool is_empty(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (strchr(" \t\r", line[i]) == NULL || line[i] == '\0')
            return false;
    return true;
}

/* Keys of --field and --id, in that order; once for all lines. */
static bool want_keys(struct reader *r)
{
    const struct text_list *fields = &r->options->field, *ids = &r->options->id;

    if (r->wanted != NULL)
        return true;
    r->wanted = calloc(fields->n + ids->n, sizeof(*r->wanted));
    for (size_t i = 0; r->wanted != NULL && i < fields->n + ids->n; i++) {
        const char *key =
            i < fields->n ? fields->items[i] : ids->items[i - fields->n];

        r->wanted[i].key = key;
        r->wanted[i].key_size = strlen(key);
    }
    return r->wanted != NULL;
}

/* What is put into r->text does not move while a record is taken apart. */
static bool make_room(struct reader *r)
{
    size_t room = 0, n = r->options->field.n + r->options->id.n;

    for (size_t i = 0; i < n; i++)
        room += json_line_room(&r->wanted[i]);
    buffer_clear(&r->text);
    if (room == 0 || buffer_reserve(&r->text, room) != NULL)
        return true;
    buffer_free(&r->text);
    return false;
}

static void try_key(void *nearest, const char *key, size_t size)
{
    nearest_try(nearest, key, size);
}

static void say_no_key(struct reader *r, struct record *record, const char *key,
                       const struct line *line)
{
    struct nearest nearest = nearest_of(key);

    json_line_keys(line->data, line->size, try_key, &nearest);
    reader_fail(r, record, "no key '%s'%s%s%s", key,
                nearest.n_list > 0 ? " among " : "", nearest.list,
                nearest_phrase(&nearest));
}

static void take_text(struct reader *r, struct record *record,
                      const struct line *line, const struct json_wanted *value,
                      struct field *out)
{
    const char *why;

    if (value->kind == JSON_KIND_NONE) {
        say_no_key(r, record, value->key, line);
        return;
    }
    why = value->kind == JSON_KIND_STRING
              ? json_line_text(value, &r->text, &out->data, &out->size)
              : "is not a string";
    if (why != NULL) {
        *out = (struct field){.data = ""};
        reader_fail(r, record, "the value of '%s' %s", value->key, why);
    }
}

/* A value of any type is carried over, numbers as they are written. */
static void take_id(struct reader *r, struct record *record,
                    const struct json_wanted *value, struct field *out)
{
    const struct field missing = *out;
    const char *why;

    if (value->kind == JSON_KIND_NONE && record->missing_id == NULL)
        record->missing_id = value->key;
    if (value->kind == JSON_KIND_NONE || value->kind == JSON_KIND_NULL)
        return;
    out->json = value->kind != JSON_KIND_STRING;
    why = out->json ? json_line_value(value, &r->text, &out->data, &out->size)
                    : json_line_text(value, &r->text, &out->data, &out->size);
    if (why != NULL)
        *out = missing;
    if (why != NULL && record->error == NULL)
        reader_fail(r, record, "the value of '%s' %s", value->key, why);
}

static void take_values(struct reader *r, struct record *record,
                        const struct line *line)
{
    size_t n = r->options->field.n;

    take_text(r, record, line, &r->wanted[0], &record->text);
    record->has_pair = n > 1 && record->error == NULL;
    if (record->has_pair)
        take_text(r, record, line, &r->wanted[1], &record->pair);
    for (size_t i = 0; i < r->options->id.n; i++)
        take_id(r, record, &r->wanted[n + i], &r->ids[i]);
}

/* --merge: the object itself, also where it turns out to have no text. False:
 * it is no record, but for its error. */
static bool take_object(struct reader *r, struct record *record,
                        const struct line *line)
{
    const char *key = r->options->merge;

    if (key == NULL)
        return true;
    if (!whole_object_of_line(&r->object, line->data, line->size, key,
                              &r->scratch)) {
        reader_fail(r, record, "the object is not UTF-8");
        return false;
    }
    if (r->object.failed) {
        buffer_free(&r->object);
        buffer_free(&r->scratch);
        reader_no_memory(r, record);
        return false;
    }
    record->object =
        (struct field){.data = r->object.data, .size = r->object.size};
    return true;
}

enum reader_got jsonl_next(struct reader *r, struct record *record)
{
    size_t n = r->options->field.n + r->options->id.n;
    struct json_fault fault;
    struct line line;
    enum source_got got = reader_line(r, &line.data, &line.size);

    if (got != SOURCE_LINE)
        return reader_ended(r, got, record);
    if (is_empty(line.data, line.size))
        return READER_NOTHING;
    if (!want_keys(r))
        return reader_no_memory(r, record);
    if (!json_line_scan(line.data, line.size, r->wanted, n, &fault))
        return fault.what == NULL
                   ? reader_fail(r, record, "not a JSON object")
                   : reader_fail(r, record, "bad JSON at byte %zu: %s",
                                 fault.at, fault.what);
    if (!make_room(r))
        return reader_no_memory(r, record);
    if (take_object(r, record, &line))
        take_values(r, record, &line);
    return READER_RECORD;
}
