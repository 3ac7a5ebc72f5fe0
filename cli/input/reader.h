/*
 * reader.h - what the input formats share: the state of reading, and the
 * table of named fields of csv and tsv.
 */
#ifndef CLI_INPUT_READER_H
#define CLI_INPUT_READER_H

#include "cli/input/input.h"
#include "cli/input/json_path.h"

/* What a format's next function did. */
enum reader_got {
    READER_RECORD,
    READER_NOTHING, /* a header, or an empty line that is no record */
    READER_END,     /* of this file */
    READER_FAILED   /* a message was printed; the rest of the file is left */
};

enum {
    READER_REASON = 256
};

/* Where among the values of a JSON file. */
struct json_place {
    bool begun;    /* something of the file was looked at */
    bool in_array; /* whose elements are the records */
    bool between;  /* after an element of it */
    bool comma;    /* after a comma of it */
    bool bad;      /* the last value was no JSON */
};

/* The lines of --join-lines. */
struct joined_line {
    size_t size; /* in the text, with its LF */
    uint64_t begin, end;
    size_t number;
    bool too_long;
};

struct joined {
    struct joined_line *lines;
    size_t n, room;
    size_t n_gone; /* the first ones, whose text is not kept */
};

struct reader {
    const struct input_options *options;
    struct source *source;
    const char *file;
    enum input_format format;
    char separator; /* csv, tsv: between fields */
    size_t line;    /* lines taken from source so far */
    size_t first;   /* line where the present record began */
    char reason[READER_REASON];

    struct buffer text;   /* unquoted fields, one after another */
    struct field *fields; /* (n_fields) of the present record */
    size_t n_fields;
    size_t max_fields;
    bool has_header;       /* and columns are known */
    size_t width;          /* fields of the header */
    size_t *columns;       /* (field.n + id.n) counted from 0 */
    struct field *ids;     /* (id.n) */
    struct buffer names;   /* with options->merge: of the fields, as
                              whole_object.h wants them */
    struct buffer object;  /* the record, and */
    struct buffer scratch; /* what it takes to make it */
    struct json_place json;
    struct joined joined;
    struct json_wanted *wanted; /* JSON: (field.n + id.n); NULL: not yet. After
                                   them as many first keys of paths, if any */
    struct json_path *paths;    /* (field.n + id.n) */
    size_t n_wanted;
};

/* reader_line - source_line(), lines counted, where a record begins; a CR
 * before LF is taken off. */
enum source_got reader_line(struct reader *r, const char **line, size_t *size);

/* reader_fail - the record's error in words; returns READER_RECORD. */
__attribute__((format(printf, 3, 4))) enum reader_got
reader_fail(struct reader *r, struct record *record, const char *fmt, ...);

/* reader_no_memory - no fault of the record; returns READER_RECORD. */
enum reader_got reader_no_memory(struct reader *r, struct record *record);

/* reader_ended - READER_END or, after a message, READER_FAILED; a line that is
 * too long is a failed record. */
enum reader_got reader_ended(struct reader *r, enum source_got got,
                             struct record *record);

/* reader_split - text A and B separated by a TAB, for --pair. */
enum reader_got reader_split(struct reader *r, struct record *record,
                             const char *text, size_t size);

/* Formats: the next record of r->source. */
enum reader_got lines_next(struct reader *r, struct record *record);
enum reader_got csv_next(struct reader *r, struct record *record);
enum reader_got tsv_next(struct reader *r, struct record *record);
enum reader_got jsonl_next(struct reader *r, struct record *record);
enum reader_got paragraph_next(struct reader *r, struct record *record);
enum reader_got joined_next(struct reader *r, struct record *record);
enum reader_got json_next(struct reader *r, struct record *record);
enum reader_got whole_next(struct reader *r, struct record *record);

/* json_take - a value of JSON, a record. */
enum reader_got json_take(struct reader *r, struct record *record,
                          const char *value, size_t size);

/* json_close - what json_take() keeps. */
void json_close(struct reader *r);

/* A record of csv or tsv is built by these, then picked from. */
void table_clear(struct reader *r);
/* table_end_field - the field ends where r->text ends now, which fails when
 * memory is out. */
void table_end_field(struct reader *r);
/* table_pick - header: finds the columns; record: takes its fields. */
enum reader_got table_pick(struct reader *r, struct record *record);

#endif
