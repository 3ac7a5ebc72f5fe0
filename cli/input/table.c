/*
 * table.c - the fields of a csv or tsv record: collected, named by the header,
 * picked by --field and --id.
 */
#include "cli/input/reader.h"
#include "cli/input/whole_object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/array.h"
#include "cli/base/message.h"
#include "cli/base/nearest.h"

void table_clear(struct reader *r)
{
    buffer_clear(&r->text);
    r->n_fields = 0;
}

void table_end_field(struct reader *r)
{
    struct field *fields =
        array_room(r->fields, r->n_fields, &r->max_fields, sizeof(*fields));

    if (fields == NULL) {
        r->text.failed = true;
        return;
    }
    r->fields = fields;
    /* The text may still move: until it is whole, size is where it ends. */
    r->fields[r->n_fields++] = (struct field){.size = r->text.size};
}

/* Where there is one field, it is the text. */
static bool find_only(const struct reader *r)
{
    struct nearest fields = nearest_of("");

    if (r->n_fields == 1)
        return true;
    for (size_t i = 0; i < r->n_fields; i++) {
        char number[24];
        const struct field *f = &r->fields[i];

        snprintf(number, sizeof(number), "%zu", i + 1);
        if (r->options->headerless)
            nearest_try(&fields, number, strlen(number));
        else
            nearest_try(&fields, f->data, f->size);
    }
    return message_error("%s: which field is the text? --field takes one of: "
                         "%s; --input lines reads the lines as they are",
                         r->file, fields.list);
}

static void place_fields(struct reader *r)
{
    size_t begin = 0;

    for (size_t i = 0; i < r->n_fields; i++) {
        size_t end = r->fields[i].size;

        r->fields[i].data = r->text.data != NULL ? r->text.data + begin : "";
        r->fields[i].size = end - begin;
        begin = end;
    }
}

/* name as a number from 1; 0: it is none. */
static size_t column_number(const char *name)
{
    char *end;
    unsigned long n = strtoul(name, &end, 10);

    if (*name < '0' || *name > '9' || *end != '\0')
        return 0;
    return n;
}

/* The first field of the header from i on with this name; n_fields: none. */
static size_t find_name(const struct reader *r, const char *name, size_t i)
{
    size_t length = strlen(name);

    for (; i < r->n_fields; i++)
        if (r->fields[i].size == length &&
            memcmp(r->fields[i].data, name, length) == 0)
            break;
    return i;
}

static bool find_column(const struct reader *r, const char *name, size_t *out)
{
    size_t number = column_number(name);
    size_t at = r->options->headerless ? r->n_fields : find_name(r, name, 0);

    if (at < r->n_fields) {
        *out = at;
        if (find_name(r, name, at + 1) < r->n_fields)
            message_warning("%s: more than one field is called '%s': the "
                            "first, number %zu, is taken",
                            r->file, name, at + 1);
        return true;
    }
    if (number == 0 || (!r->options->headerless && number > r->n_fields))
        return false;
    *out = number - 1;
    return true;
}

/* What the only field of a header is parted by, rather than by what was said.
 */
static const char *delimiter_meant(const struct reader *r)
{
    static const struct {
        char byte;
        const char *words;
    } others[] = {{'\t', "; for fields parted by TABs: -i tsv"},
                  {';', "; for fields parted by ';': --delimiter ';'"},
                  {'|', "; for fields parted by '|': --delimiter '|'"},
                  {',', "; for fields parted by ',': -i csv"}};

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (r->n_fields == 1 && memchr(r->fields[0].data, others[i].byte,
                                       r->fields[0].size) != NULL)
            return others[i].words;
    return "";
}

static bool say_no_field(const struct reader *r, const char *name)
{
    struct nearest nearest = nearest_of(name);

    if (r->options->headerless)
        return message_error("%s: no field '%s': without a header they are "
                             "numbered from 1",
                             r->file, name);
    for (size_t i = 0; i < r->n_fields; i++)
        nearest_try(&nearest, r->fields[i].data, r->fields[i].size);
    return message_error("%s: no field '%s' in the header of %zu field%s: "
                         "%s%s%s",
                         r->file, name, r->n_fields,
                         r->n_fields == 1 ? "" : "s", nearest.list,
                         nearest_phrase(&nearest), delimiter_meant(r));
}

/* --merge: what the header calls the fields. */
static bool take_names(struct reader *r)
{
    const struct input_options *o = r->options;

    buffer_clear(&r->names);
    for (size_t i = 0; i < r->n_fields; i++)
        if (o->merge != NULL && !o->headerless)
            whole_object_name(&r->names, r->fields[i].data, r->fields[i].size);
    if (!r->names.failed)
        return true;
    buffer_free(&r->names);
    return message_error("%s: out of memory", r->file);
}

/* Finds the columns of --field and --id, in that order. */
static bool find_columns(struct reader *r)
{
    const struct input_options *o = r->options;

    if (o->field.n == 0 && !find_only(r))
        return false;
    for (size_t i = 0; i < o->field.n + o->id.n; i++) {
        const char *name =
            i < o->field.n ? o->field.items[i] : o->id.items[i - o->field.n];

        if (!find_column(r, name, &r->columns[i]))
            return say_no_field(r, name);
    }
    r->width = o->headerless ? 0 : r->n_fields;
    r->has_header = true;
    return take_names(r);
}

/* An empty line has one empty field: no record where more are needed. */
static bool is_blank(const struct reader *r)
{
    size_t needed = r->width;

    for (size_t i = 0; i < r->options->field.n + r->options->id.n; i++)
        if (r->columns[i] + 1 > needed)
            needed = r->columns[i] + 1;
    return needed > 1 && r->n_fields == 1 && r->fields[0].size == 0;
}

/* --merge: all fields as an object. False when memory is out. */
static bool take_object(struct reader *r, struct record *record)
{
    if (r->options->merge == NULL)
        return true;
    whole_object_of_fields(&r->object, &r->names, r->fields, r->n_fields,
                           r->options->merge);
    if (r->object.failed) {
        buffer_free(&r->object);
        return false;
    }
    record->object =
        (struct field){.data = r->object.data, .size = r->object.size};
    return true;
}

static enum reader_got take_fields(struct reader *r, struct record *record)
{
    const struct input_options *o = r->options;

    record->text = r->fields[0];
    if (!take_object(r, record))
        return reader_no_memory(r, record);
    for (size_t i = 0; i < o->field.n + o->id.n; i++) {
        size_t column = r->columns[i];

        if (column >= r->n_fields)
            return reader_fail(r, record, "no field %zu: the record has %zu",
                               column + 1, r->n_fields);
        if (i < o->field.n && i == 0)
            record->text = r->fields[column];
        else if (i < o->field.n)
            record->pair = r->fields[column];
        else
            r->ids[i - o->field.n] = r->fields[column];
    }
    record->has_pair = o->field.n > 1;
    return READER_RECORD;
}

enum reader_got table_pick(struct reader *r, struct record *record)
{
    place_fields(r);
    if (!r->has_header) {
        if (!find_columns(r))
            return READER_FAILED;
        if (!r->options->headerless)
            return READER_NOTHING;
    }
    if (is_blank(r))
        return READER_NOTHING;
    if (r->width > 0 && r->n_fields != r->width)
        return reader_fail(r, record, "%zu field%s where the header has %zu",
                           r->n_fields, r->n_fields == 1 ? "" : "s", r->width);
    return take_fields(r, record);
}
