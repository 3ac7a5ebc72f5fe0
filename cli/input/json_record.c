/*
 * json_record.c - one JSON value: an object with texts under given keys, or,
 * where none is given, a text itself.
 */
#include "cli/input/reader.h"
#include "cli/input/whole_object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/base/nearest.h"

struct line {
    const char *data;
    size_t size;
};

/* What --field and --id name, in that order. */
static size_t count_names(const struct reader *r)
{
    return r->options->field.n + r->options->id.n;
}

static bool want_key(struct reader *r, size_t i, const char *name)
{
    struct json_wanted *first = &r->wanted[count_names(r) + i];

    r->wanted[i].key = name;
    r->wanted[i].key_size = strlen(name);
    if (!json_path_open(&r->paths[i], name))
        return false;
    if (r->paths[i].n > 0) {
        r->n_wanted = 2 * count_names(r);
        first->key = r->paths[i].keys;
        first->key_size = strlen(first->key);
    }
    return true;
}

void json_close(struct reader *r)
{
    for (size_t i = 0; r->paths != NULL && i < count_names(r); i++)
        json_path_close(&r->paths[i]);
    free(r->paths);
    free(r->wanted);
    r->paths = NULL;
    r->wanted = NULL;
}

/* Once for all values. */
static bool want_keys(struct reader *r)
{
    const struct text_list *fields = &r->options->field, *ids = &r->options->id;
    const size_t n = count_names(r);

    if (r->wanted != NULL)
        return true;
    r->wanted = calloc(2 * n + 1, sizeof(*r->wanted));
    r->paths = calloc(n + 1, sizeof(*r->paths));
    r->n_wanted = n;
    bool ok = r->wanted != NULL && r->paths != NULL;

    for (size_t i = 0; ok && i < n; i++)
        ok = want_key(
            r, i, i < fields->n ? fields->items[i] : ids->items[i - fields->n]);
    if (!ok)
        json_close(r);
    return ok;
}

/* A key that is there as it was written comes before a path. */
static void follow_paths(struct reader *r)
{
    const size_t n = count_names(r);

    for (size_t i = 0; i < n; i++)
        if (r->wanted[i].kind == JSON_KIND_NONE && r->paths[i].n > 0)
            json_path_find(&r->paths[i], &r->wanted[n + i], &r->wanted[i]);
}

/* What is put into r->text does not move while a record is taken apart. */
static bool make_room(struct reader *r, const struct json_wanted *values,
                      size_t n)
{
    size_t room = 0;

    for (size_t i = 0; i < n; i++)
        room += json_line_room(&values[i]);
    buffer_clear(&r->text);
    if (room == 0 || buffer_reserve(&r->text, room) != NULL)
        return true;
    buffer_free(&r->text);
    return false;
}

/* Keys that could have been meant, each with what leads to it. */
struct meant {
    struct nearest nearest;
    const char *way;
    size_t n_way;
};

/* Keys as a JSON pointer has them; dots: they have dots between them. */
static void put_pointed(struct buffer *b, const char *keys, size_t size,
                        bool dots)
{
    for (const char *p = keys; p < keys + size; p++)
        if (*p == '~' || *p == '/')
            buffer_puts(b, *p == '~' ? "~0" : "~1");
        else
            buffer_putc(b, dots && *p == '.' ? '/' : *p);
}

/* Behind dots a key without a dot of its own can be named as it is. */
static void try_key(void *arg, const char *key, size_t size)
{
    struct meant *m = arg;
    struct buffer name = {0};
    const bool dots = m->n_way > 0 && *m->way != '/';
    const bool turn = dots && (size == 0 || memchr(key, '.', size) != NULL);

    buffer_puts(&name, turn ? "/" : "");
    if (turn)
        put_pointed(&name, m->way, m->n_way, true);
    else
        buffer_put(&name, m->way, m->n_way);
    if (turn || (m->n_way > 0 && !dots))
        put_pointed(&name, key, size, false);
    else
        buffer_put(&name, key, size);
    if (!name.failed)
        nearest_try(&m->nearest, name.size > 0 ? name.data : "", name.size);
    buffer_free(&name);
}

/* Bytes of a name of several keys up to the one after the first k. */
static size_t way_size(const char *name, size_t k)
{
    const char by = name[0] == '/' ? '/' : '.';
    const char *p = by == '/' ? name + 1 : name;

    for (; k > 0 && p != NULL; k--) {
        p = strchr(p, by);
        p = p != NULL ? p + 1 : NULL;
    }
    return p != NULL ? (size_t)(p - name) : 0;
}

/* As far into the line as path number i leads: the object where its next key is
 * not; the whole line, where it is the first. */
static struct line go_along(const struct reader *r, size_t i,
                            const struct line *line, struct meant *m)
{
    const struct json_path *path = &r->paths[i];
    struct json_wanted at;

    for (size_t k = path->n; k-- > 1;) {
        const struct json_path way = {path->keys, k};

        json_path_find(&way, &r->wanted[count_names(r) + i], &at);
        m->n_way = way_size(m->way, k);
        if (at.kind == JSON_KIND_OBJECT && m->n_way > 0)
            return (struct line){at.data, at.size};
    }
    m->n_way = 0;
    return *line;
}

/* The key is number i of --field and --id. */
static void say_no_key(struct reader *r, struct record *record, size_t i,
                       const struct line *line)
{
    const char *key = r->wanted[i].key;
    struct meant m = {.nearest = nearest_of(key), .way = key};
    const struct line object = go_along(r, i, line, &m);

    json_line_keys(object.data, object.size, try_key, &m);
    reader_fail(r, record, "no key '%s'%s%s%s", key,
                m.nearest.n_list > 0 ? " among " : "", m.nearest.list,
                nearest_phrase(&m.nearest));
}

static void take_text(struct reader *r, struct record *record,
                      const struct line *line, size_t i, struct field *out)
{
    const struct json_wanted *value = &r->wanted[i];
    const char *why;

    if (value->kind == JSON_KIND_NONE) {
        say_no_key(r, record, i, line);
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

    take_text(r, record, line, 0, &record->text);
    record->has_pair = n > 1 && record->error == NULL;
    if (record->has_pair)
        take_text(r, record, line, 1, &record->pair);
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

static enum reader_got refuse_object(const struct reader *r, const char *value,
                                     size_t size)
{
    struct meant keys = {.nearest = nearest_of(""), .way = ""};

    json_line_keys(value, size, try_key, &keys);
    message_error("%s:%zu: which key has the text? --field takes one of: %s; "
                  "--input lines reads the lines as they are",
                  r->file, r->first, keys.nearest.list);
    return READER_FAILED;
}

/* Without --field a string is the text. */
static enum reader_got take_alone(struct reader *r, struct record *record,
                                  const char *line, size_t size)
{
    const char *p = line, *end = line + size, *why;

    while (p < end && strchr(" \t\r\n", *p) != NULL)
        p++;
    while (p < end && strchr(" \t\r\n", end[-1]) != NULL)
        end--;
    struct json_wanted value = {
        .kind = JSON_KIND_STRING, .data = p, .size = (size_t)(end - p)};

    if (*p == '{')
        return refuse_object(r, p, value.size);
    if (r->options->merge != NULL)
        return reader_fail(r, record, "not a JSON object");
    if (*p != '"')
        return reader_fail(r, record, "neither a JSON string nor an object");
    if (!make_room(r, &value, 1))
        return reader_no_memory(r, record);
    why = json_line_text(&value, &r->text, &record->text.data,
                         &record->text.size);
    if (why == NULL)
        return READER_RECORD;
    record->text = (struct field){.data = ""};
    return reader_fail(r, record, "the string %s", why);
}

enum reader_got json_take(struct reader *r, struct record *record,
                          const char *value, size_t size)
{
    const size_t n = count_names(r);
    const struct line line = {value, size};
    struct json_fault fault;

    if (!want_keys(r))
        return reader_no_memory(r, record);
    bool object = json_line_scan(value, size, r->wanted, r->n_wanted, &fault);

    r->json.bad = fault.what != NULL;
    if (r->json.bad)
        return reader_fail(r, record, "bad JSON at byte %zu: %s", fault.at,
                           fault.what);
    if (r->options->field.n == 0)
        return take_alone(r, record, value, size);
    if (!object)
        return reader_fail(r, record, "not a JSON object");
    follow_paths(r);
    if (!make_room(r, r->wanted, n))
        return reader_no_memory(r, record);
    if (take_object(r, record, &line))
        take_values(r, record, &line);
    return READER_RECORD;
}
