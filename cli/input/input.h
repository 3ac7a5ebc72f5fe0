/*
 * input.h - records: the texts of all operands, one after another, in any of
 * the input formats.
 */
#ifndef CLI_INPUT_INPUT_H
#define CLI_INPUT_INPUT_H

#include "cli/base/text_list.h"
#include "cli/input/part.h"
#include "cli/input/source.h"

enum input_format {
    INPUT_LINES,
    INPUT_CSV,
    INPUT_TSV,
    INPUT_JSONL,
    INPUT_FILE,
    INPUT_JSON,
    INPUT_PARAGRAPH,
    INPUT_JOINED /* lines, with --join-lines */
};

/* What went wrong with a file. */
enum input_trouble {
    INPUT_FINE,
    INPUT_MISSING, /* it did not open */
    INPUT_BROKEN   /* it could not be read to its end */
};

/* Where a file is read from, which is text of lines and not packed. */
struct input_start {
    uint64_t place; /* bytes before it; 0: from its begin */
    uint64_t n_lines;
};

struct input_options {
    int format;             /* enum input_format; -1: not given */
    bool lines_first;       /* a name counts only where there is a field */
    bool null;              /* NUL ends a record, not a newline */
    bool pair;              /* a TAB parts text A from text B */
    bool headerless;        /* csv, tsv: no header, fields by number */
    const char *delimiter;  /* csv, tsv: as it was typed; NULL: not given */
    char separator;         /* what that is; 0: as usual */
    struct text_list field; /* text A, and text B */
    struct text_list id;
    const char *merge;     /* records of jsonl, csv and tsv come whole, but for
                              the member of this key; NULL: they do not */
    struct text_list text; /* -t: texts instead of files */
    size_t join_lines;     /* lines that are one record; 0: each is */
    size_t join_step;      /* from the first of one to that of the next; 0: as
                              many */
    size_t max_record;     /* bytes */
    char **files;          /* operands, borrowed; n_files 0: standard input */
    size_t n_files;
    const struct input_start *starts; /* (n_files), borrowed; NULL: all begin at
                                         their begin */
    struct input_part part; /* of --shard; found where records are read */
    bool none; /* not even that: of the operands no file was left */
    const struct stat *output; /* an ordinary file that grows with what is read:
                                  it is left out; NULL: none */
    bool can_recurse;          /* --recursive would read below an operand */
    bool lacks;    /* a file that was asked for is missing: input_failed() */
    char *trouble; /* (n_files) enum input_trouble, set before a record of a
                      later file comes; may be NULL */
};

/* A string of a record; data is never NULL. */
struct field {
    const char *data;
    size_t size;
    bool json; /* a JSON value other than a string, as JSON writes it; empty:
                  missing, or null */
};

/* Where a record of several lines is in its file. */
struct record_span {
    size_t last_line;    /* 0: it is no such record */
    uint64_t begin, end; /* bytes of the text: the first, and after the last */
};

/* One record; everything is borrowed until the next input_next(). */
struct record {
    size_t index;     /* from 0 over all files */
    const char *file; /* "-" for standard input, "-t" */
    size_t line;      /* where it began, from 1 */
    uint64_t place;   /* the same, in bytes of the file, where that can be read
                         from there: struct input_start; else UINT64_MAX */
    struct record_span span;
    struct field text;
    struct field pair;
    bool has_pair;
    struct field object;     /* with options->merge: whole_object.h; empty: the
                                record was none */
    const struct field *ids; /* (options->id.n) */
    const char *missing_id;  /* jsonl: the first key of --id that is not there;
                                NULL: none; of the options */
    bool is_line;            /* a line, or a text of -t: printed as it came */
    bool is_json;            /* its fields came out of JSON: they are UTF-8 */
    const char *error;       /* NULL, or why there is no text */
    bool no_memory;          /* it is only that memory was out: no run is whole
                                that leaves this record out */
};

struct input;

/*
 * input_open - options and wait are borrowed until input_close(). NULL when
 * memory is out.
 */
struct input *input_open(const struct input_options *options,
                         const struct source_wait *wait);
void input_close(struct input *in);

/* input_next - false at the end of all input, and when told to stop. Files
 * that cannot be read are reported and left out. */
bool input_next(struct input *in, struct record *record);

/* input_failed - whether a file could not be read whole. */
bool input_failed(const struct input *in);

/* input_done - the part of all bytes that was read, 0 to 1; -1: not known. Any
 * thread. */
double input_done(struct input *in);

#endif
