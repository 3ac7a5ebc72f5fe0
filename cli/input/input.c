/*
 * input.c - goes through the operands, or the texts of -t, and counts records.
 */
#include "cli/input/input.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/base/message.h"
#include "cli/input/input_format.h"
#include "cli/input/reader.h"

static char standard_input[] = "-";

struct input {
    struct reader reader;
    const struct source_wait *wait;
    char *only_stdin[1];
    char **files;
    size_t n_files;
    size_t next; /* file, or text of -t, to come */
    size_t n_records;
    bool failed;
    bool stopped;
    uint64_t n_bytes;        /* of all files; 0: not known */
    uint64_t n_closed;       /* of the files that are closed */
    _Atomic uint64_t n_read; /* of all; another thread may ask */
};

/* The size of all operands, when all are ordinary files. */
static uint64_t total_size(char **files, size_t n)
{
    uint64_t total = 0;

    for (size_t i = 0; i < n; i++) {
        struct stat st;

        if (stat(files[i], &st) != 0 || !S_ISREG(st.st_mode))
            return 0;
        total += (uint64_t)st.st_size;
    }
    return total;
}

struct input *input_open(const struct input_options *options,
                         const struct source_wait *wait)
{
    struct input *in = calloc(1, sizeof(*in));
    size_t n = options->id.n;

    if (in == NULL)
        return NULL;
    in->reader.options = options;
    in->failed = options->lacks;
    in->wait = wait;
    in->only_stdin[0] = standard_input;
    in->files = options->n_files > 0 ? options->files : in->only_stdin;
    in->n_files = options->n_files > 0 || options->none ? options->n_files : 1;
    in->n_bytes = options->part.n > 0 ? options->part.size
                                      : total_size(in->files, in->n_files);
    in->reader.ids = calloc(n + 1, sizeof(*in->reader.ids));
    in->reader.columns =
        calloc(n + options->field.n + 1, sizeof(*in->reader.columns));
    if (in->reader.ids == NULL || in->reader.columns == NULL) {
        input_close(in);
        return NULL;
    }
    return in;
}

void input_close(struct input *in)
{
    if (in == NULL)
        return;
    source_close(in->reader.source);
    buffer_free(&in->reader.text);
    buffer_free(&in->reader.names);
    buffer_free(&in->reader.object);
    buffer_free(&in->reader.scratch);
    json_close(&in->reader);
    free(in->reader.joined.lines);
    free(in->reader.fields);
    free(in->reader.columns);
    free(in->reader.ids);
    free(in);
}

bool input_failed(const struct input *in)
{
    return in->failed;
}

double input_done(struct input *in)
{
    if (in->n_bytes == 0)
        return -1;
    return (double)atomic_load(&in->n_read) / (double)in->n_bytes;
}

static void open_failed(const char *name)
{
    if (errno == ENOENT && strchr(name, ' ') != NULL)
        message_file("%s: %s; to give a text itself: -t '%s'", name,
                     strerror(errno), name);
    else
        message_file("%s: %s", name, strerror(errno));
}

/* Of the present file. */
static void note_trouble(struct input *in, enum input_trouble trouble)
{
    in->failed = true;
    if (in->reader.options->trouble != NULL)
        in->reader.options->trouble[in->next - 1] = (char)trouble;
}

/* Opens the present file; false after a message. */
static bool open_source(struct input *in)
{
    struct reader *r = &in->reader;
    const struct stat *output = r->options->output;
    char c;

    r->format = input_format_of(r->options, r->file);
    r->separator = r->options->separator != '\0' ? r->options->separator
                   : r->format == INPUT_TSV      ? '\t'
                                                 : ',';
    if ((r->options->field.n > 0 || r->options->id.n > 0) &&
        !input_has_fields(r->format))
        return message_error("%s: no fields are known in such a file: "
                             "give --input csv, tsv or jsonl",
                             r->file);
    r->source = source_open(r->file, in->wait);
    if (r->source == NULL) {
        open_failed(r->file);
        return false;
    }
    if (r->options->starts != NULL) {
        const struct input_start *start = &r->options->starts[in->next - 1];

        source_go(r->source, start->place);
        r->line = start->n_lines;
        r->json.begun = start->place > 0;
    }
    /* A mark at the start is no text: where that begins is known from here on,
     * for every part alike. */
    if (r->options->part.n > 0)
        source_peek(r->source, &c);
    if (output == NULL || !source_reads(r->source, output))
        return true;
    message_file("%s: this file is also the output", r->file);
    source_close(r->source);
    r->source = NULL;
    return false;
}

/* The next file that opens; false when there is none. */
static bool open_next(struct input *in)
{
    struct reader *r = &in->reader;

    while (r->source == NULL && in->next < in->n_files) {
        r->file = in->files[in->next++];
        r->line = 0;
        r->has_header = false;
        r->json = (struct json_place){0};
        r->joined.n = r->joined.n_gone = 0;
        buffer_clear(&r->text);
        if (!open_source(in))
            note_trouble(in, INPUT_MISSING);
    }
    return r->source != NULL;
}

static void close_source(struct input *in)
{
    in->n_closed += source_bytes(in->reader.source);
    in->stopped = source_stopped(in->reader.source);
    source_close(in->reader.source);
    in->reader.source = NULL;
}

/* Whether a record may be read without those before it: an element of an array
 * is no line. */
static bool begins_anywhere(const struct reader *r)
{
    return (r->format == INPUT_LINES ||
            (r->format == INPUT_JSONL && !r->json.in_array)) &&
           source_can_go(r->source);
}

static enum reader_got format_next(struct reader *r, struct record *record)
{
    static enum reader_got (*const next[])(struct reader *, struct record *) = {
        [INPUT_LINES] = lines_next,
        [INPUT_CSV] = csv_next,
        [INPUT_TSV] = tsv_next,
        [INPUT_JSONL] = jsonl_next,
        [INPUT_FILE] = whole_next,
        [INPUT_JSON] = json_next,
        [INPUT_PARAGRAPH] = paragraph_next,
        [INPUT_JOINED] = joined_next};

    return next[r->format](r, record);
}

/* Every field is there, also where the record failed before they were found. */
static void begin_record(struct input *in, struct record *record)
{
    *record = (struct record){.index = in->n_records,
                              .text.data = "",
                              .pair.data = "",
                              .object.data = "",
                              .ids = in->reader.ids};
    for (size_t i = 0; i < in->reader.options->id.n; i++)
        in->reader.ids[i] = (struct field){.data = "", .json = true};
}

/* ------------------------------------------------------------- the part */

/* Bytes of all texts before what is read next. */
static uint64_t place_of_next(const struct input *in)
{
    return in->reader.options->part.begins[in->next - 1] +
           source_next(in->reader.source);
}

/* Records of the present file that are before the part, so far as they need not
 * be looked at to be counted; the others are read and left out. */
static void pass_records(struct input *in)
{
    struct reader *r = &in->reader;
    const struct input_part *part = &r->options->part;
    char c;

    if (place_of_next(in) >= part->from)
        return;
    if (r->format == INPUT_LINES) {
        size_t n = source_pass(r->source, r->options->null ? '\0' : '\n',
                               part->from - part->begins[in->next - 1]);

        r->line += n;
        in->n_records += n;
    } else if (r->format == INPUT_FILE && r->line == 0 &&
               source_peek(r->source, &c) != SOURCE_FAILED) {
        r->line = 1;
        in->n_records++;
    }
}

/* Whether the next record is behind the part, and all others are: no file is
 * read any more. */
static bool is_past(struct input *in)
{
    if (place_of_next(in) < in->reader.options->part.to)
        return false;
    close_source(in);
    in->next = in->n_files;
    return true;
}

/* ------------------------------------------------------------ all records */

/* How much is read, for --progress. */
static void note_read(struct input *in, uint64_t place)
{
    const struct input_part *part = &in->reader.options->part;

    atomic_store(&in->n_read,
                 part->n > 0 ? place - part->from
                             : in->n_closed + source_bytes(in->reader.source));
}

static bool next_text(struct input *in, struct record *record)
{
    const struct text_list *texts = &in->reader.options->text;

    if (in->next >= texts->n)
        return false;
    const char *text = texts->items[in->next++];

    begin_record(in, record);
    in->reader.file = "-t";
    in->reader.first = in->next;
    reader_split(&in->reader, record, text, strlen(text));
    record->file = "-t";
    record->is_line = true;
    record->line = in->next;
    in->n_records++;
    return true;
}

bool input_next(struct input *in, struct record *record)
{
    struct reader *r = &in->reader;
    const struct input_part *part = &r->options->part;

    if (r->options->text.n > 0)
        return next_text(in, record);
    while (!in->stopped && open_next(in)) {
        uint64_t place = 0;

        if (part->n > 0) {
            pass_records(in);
            place = place_of_next(in);
            if (is_past(in))
                return false;
        }
        begin_record(in, record);
        enum reader_got got = format_next(r, record);

        if (got == READER_RECORD && part->n > 0 && place < part->from &&
            !record->no_memory) {
            in->n_records++;
        } else if (got == READER_RECORD) {
            note_read(in, place);
            record->file = r->file;
            record->line = r->first;
            record->place =
                begins_anywhere(r) ? source_place(r->source) : UINT64_MAX;
            record->is_line = r->format == INPUT_LINES;
            record->is_json =
                r->format == INPUT_JSONL || r->format == INPUT_JSON;
            in->n_records++;
            return true;
        }
        if (got == READER_FAILED)
            note_trouble(in, INPUT_BROKEN);
        if (got == READER_FAILED || got == READER_END)
            close_source(in);
    }
    return false;
}
