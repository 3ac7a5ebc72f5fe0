/*
 * fuzz_input.c - hostile input: lines, joined or not, paragraphs, csv, tsv,
 * json, jsonl and whole files, gzip or not. The first three bytes say how to
 * read the rest.
 */
#include "cli/base/utf8.h"
#include "cli/input/input.h"
#include "cli/input/input_format.h"
#include "cli/input/json_line.h"
#include "tests/fuzz/fuzz.h"

enum input_bit {
    BIT_NULL = 1,
    BIT_PAIR = 2,
    BIT_HEADERLESS = 4,
    BIT_TWICE = 8, /* the file is named twice */
    BIT_FIELDS = 16,
    BIT_MERGE = 32,
    BIT_PATHS = 64, /* names of values within others */
    BIT_NO_FIELD = 128,
    BIT_SEMICOLON = 64 /* of the first byte: between fields */
};

enum {
    SHORT_RECORDS = 128, /* the third byte, from here on: less this is the
                            longest record */
    LONG_RECORD = 64 << 20
};

static bool is_table(int format)
{
    return format == INPUT_CSV || format == INPUT_TSV;
}

/* The first byte: what there was first, and from 128 on what came later. */
static void set_format(struct input_options *o, const unsigned char *how)
{
    static const int later[] = {INPUT_JSON, INPUT_PARAGRAPH, INPUT_LINES};

    o->format = how[0] < 128 ? how[0] % 5 : later[how[0] % 3];
    if (how[0] < 128 || o->format != INPUT_LINES)
        return;
    o->join_lines = 1 + (how[1] >> 4 & 7);
    o->join_step = 1 + (how[1] & 3) % o->join_lines;
}

static void set_names(struct input_options *o, unsigned bits)
{
    static const char *texts[] = {"text", "2"}, *ids[] = {"id", "1"};
    static const char *paths[] = {"a.0", "/a/b~1/1"}, *id_path[] = {"a.b.c"};
    const size_t first = o->headerless;

    o->field.items = texts + first;
    o->field.n = !o->headerless && bits & BIT_FIELDS ? 2 : 1;
    o->id.items = ids + first;
    o->id.n = 1;
    if (bits & BIT_PATHS && !is_table(o->format)) {
        o->field.items = paths;
        o->id.items = id_path;
    }
    o->merge = bits & BIT_MERGE ? o->id.items[0] : NULL;
    if (bits & BIT_NO_FIELD)
        o->field.n = 0;
}

/* What the command line would let through. */
static void set_up(struct input_options *o, const unsigned char *how)
{
    unsigned bits = how[1];

    set_format(o, how);
    if (o->join_lines > 0)
        bits = 0;
    o->null = bits & BIT_NULL && o->format == INPUT_LINES;
    o->pair = bits & BIT_PAIR &&
              (o->format == INPUT_LINES || o->format == INPUT_FILE);
    o->headerless = bits & BIT_HEADERLESS && is_table(o->format);
    o->n_files = bits & BIT_TWICE ? 2 : 1;
    o->max_record =
        how[2] < SHORT_RECORDS ? LONG_RECORD : how[2] - SHORT_RECORDS + 1u;
    if (is_table(o->format) && how[0] & BIT_SEMICOLON)
        o->separator = ';';
    if (input_has_fields((enum input_format)o->format))
        set_names(o, bits);
}

static void expect_field(const struct field *field, size_t max)
{
    unsigned char sum = 0;

    EXPECT(field->data != NULL, "a field without bytes");
    EXPECT(field->size <= max, "a field of %zu bytes", field->size);
    for (size_t i = 0; i < field->size; i++)
        sum ^= (unsigned char)field->data[i];
    *(volatile unsigned char *)&sum = sum; /* every byte was read */
}

/* One more member makes it an object of JSON, which does not have that key
 * twice. */
static void expect_object(const struct field *object, const char *key)
{
    struct json_wanted found = {.key = key, .key_size = strlen(key)};
    struct json_fault fault;
    struct buffer b = {0};

    buffer_put(&b, object->data, object->size);
    buffer_puts(&b, "\"\":1}");
    EXPECT(!b.failed && json_line_scan(b.data, b.size, &found, 1, &fault),
           "an object that is none: %.*s", (int)b.size, b.data);
    EXPECT(found.kind == JSON_KIND_NONE, "the key %s is there", key);
    EXPECT(utf8_count_bad(b.data, b.size) == 0, "an object is not UTF-8");
    buffer_free(&b);
}

/* The lines of a record are those that it says. */
static void expect_span(const struct record *r)
{
    size_t n = r->line;

    for (size_t i = 0; i < r->text.size; i++)
        n += r->text.data[i] == '\n';
    EXPECT(n == r->span.last_line, "lines %zu to %zu, not %zu", r->line,
           r->span.last_line, n);
    EXPECT(r->span.end - r->span.begin >= r->text.size,
           "%zu bytes of text from %zu of the file", r->text.size,
           (size_t)(r->span.end - r->span.begin));
}

static void expect_record(const struct record *r, const struct input_options *o,
                          size_t index)
{
    EXPECT(r->index == index, "record %zu is called %zu", index, r->index);
    EXPECT(o->merge != NULL || r->object.size == 0, "an unasked object");
    if (r->object.size > 0)
        expect_object(&r->object, o->merge);
    if (r->error != NULL) {
        EXPECT(strchr(r->error, '\n') == NULL && r->error[0] != '\0',
               "not one line: %s", r->error);
        return;
    }
    expect_field(&r->text, o->max_record);
    EXPECT((r->span.last_line > 0) == input_has_spans(o), "a span, or none");
    if (input_has_spans(o) && !o->pair)
        expect_span(r);
    if (r->has_pair)
        expect_field(&r->pair, o->max_record);
    for (size_t i = 0; r->ids != NULL && i < o->id.n; i++)
        expect_field(&r->ids[i], SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static struct fuzz_file file = {.fd = -1};
    const struct source_wait wait = {.stop_fd = -1};
    char *files[2] = {file.name, file.name};
    char trouble[2] = {0};
    struct input_options options = {.files = files, .trouble = trouble};
    struct record record;
    size_t n = 0;

    if (size < 3)
        return 0;
    fuzz_file_write(&file, data + 3, size - 3);
    set_up(&options, data);
    struct input *in = input_open(&options, &wait);

    EXPECT(in != NULL, "no input");
    while (input_next(in, &record))
        expect_record(&record, &options, n++);
    EXPECT(input_failed(in) ==
               (trouble[0] != INPUT_FINE || trouble[1] != INPUT_FINE),
           "a file is in trouble, and nobody says so");
    input_done(in);
    input_close(in);
    return 0;
}
