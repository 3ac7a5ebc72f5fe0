/*
 * shared_options.h - the options that several commands share.
 */
#ifndef CLI_FRAME_SHARED_OPTIONS_H
#define CLI_FRAME_SHARED_OPTIONS_H

#include "cli/frame/file_list.h"
#include "cli/frame/options.h"
#include "cli/input/input.h"
#include "cli/input/used_files.h"
#include "cli/output/format.h"
#include "cli/output/screen.h"
#include "lib/berth.h"

enum overflow_choice {
    OVERFLOW_DEFAULT = -1,
    OVERFLOW_TRUNCATE,
    OVERFLOW_ERROR,
    OVERFLOW_WINDOW
};

struct command;

/* The first member of every command's own struct: offsets are the same. */
struct shared {
    const struct command *command;
    const char *model;
    size_t threads; /* 0: as many as the system grants */
    bool quiet;
    bool verbose;
    int progress; /* -1: where it helps */
    bool stats;
    int precision; /* enum berth_precision - 1; -1: as stored */
    int cpu;       /* number of the word; -1: not given */

    struct input_options input;
    struct walk walk;        /* of grep, search and dedup: to operands' files */
    struct text_list *words; /* where the first operand goes, when this is
                                empty; NULL: operands are files */
    bool no_words;           /* so are they all the same */
    const char *words_file;  /* and so, where texts in this file are taken */
    bool plain;

    int format; /* enum output_format */
    const char *output;
    bool resume;       /* go on with a run that was broken off */
    const char *shard; /* K/N, as it was typed; NULL: not given */
    bool no_header;
    int digits; /* 0: shortest */
    bool keep;
    bool with_filename;

    int overflow;
    size_t max_tokens; /* 0: the model's */
    size_t overlap;
    bool overlap_given; /* else it is 0, and a command may have a default */
    int truncation;     /* enum berth_truncation */
    size_t batch_tokens;

    const char *hide_heads; /* NULL: none */
    struct text_list hide_tokens;
    struct text_list ignore; /* left out of the meaning */

    int color;    /* enum color_choice */
    size_t width; /* columns of pictures; 0: the terminal's */

    struct files files;          /* that the options name */
    struct stat standard_output; /* input.output, where it is a file */

    int argc; /* for --stats */
    char **argv;
};

/*
 * Rows that several lists have. Options of struct shared have the same offset
 * in every command's own struct, which begins with it.
 *
 * FORMAT_ROW takes the set of formats of the command (cli/output/format.h),
 * COLOR_ROW and DIGITS_ROW the help, which names the default.
 */
#define FORMAT_ROW(formats)                                                    \
    'f', "format", FORMAT_WORDS,                                               \
        "output format (default: as --output is named, else text)",            \
        OPTION_CHOICE, offsetof(struct shared, format), formats, 0
#define OUTPUT_ROW                                                             \
    'o', "output", "FILE",                                                     \
        "write to FILE; it appears when complete (default: standard "          \
        "output)",                                                             \
        OPTION_TEXT, offsetof(struct shared, output), FILE_WRITTEN, 0
#define RESUME_ROW                                                             \
    0, "resume", NULL, "continue a run that was interrupted; needs --output",  \
        OPTION_FLAG, offsetof(struct shared, resume), 0, 0
#define SHARD_ROW                                                              \
    0, "shard", "K/N", "the K-th of N parts of the records (default: all)",    \
        OPTION_TEXT, offsetof(struct shared, shard), 0, 0
#define NO_HEADER_ROW                                                          \
    0, "no-header", NULL, "csv, tsv: print no header line", OPTION_FLAG,       \
        offsetof(struct shared, no_header), 0, 0
#define MERGE_ROW                                                              \
    0, "merge", "KEY",                                                         \
        "jsonl: print each input object whole, with the result under KEY",     \
        OPTION_TEXT, offsetof(struct shared, input.merge), 0, 0
#define DIGITS_ROW(help)                                                       \
    0, "digits", "N", help, OPTION_INT, offsetof(struct shared, digits), 1, 17
#define TEXT_ROW                                                               \
    't', "text", "TEXT", "read this text instead of files (repeatable)",       \
        OPTION_LIST, offsetof(struct shared, input.text), 0, 0
#define INPUT_ROW                                                              \
    'i', "input", "lines|csv|tsv|jsonl|file|json|paragraph",                   \
        "input format (default: by the name of a file, else lines)",           \
        OPTION_CHOICE, offsetof(struct shared, input.format), 0, 0
#define NULL_ROW                                                               \
    '0', "null", NULL, "records end with NUL, not with a newline",             \
        OPTION_FLAG, offsetof(struct shared, input.null), 0, 0
#define FIELD_ROW(help)                                                        \
    0, "field", "NAME", help, OPTION_LIST,                                     \
        offsetof(struct shared, input.field), 0, 0
#define DELIMITER_ROW                                                          \
    0, "delimiter", "C",                                                       \
        "csv, tsv: what parts fields: a byte, tab, semicolon, pipe or space "  \
        "(default: comma; tsv: tab)",                                          \
        OPTION_TEXT, offsetof(struct shared, input.delimiter), 0, 0
#define HEADERLESS_ROW                                                         \
    0, "headerless-input", NULL,                                               \
        "csv, tsv: no header line; fields are numbered from 1", OPTION_FLAG,   \
        offsetof(struct shared, input.headerless), 0, 0
#define JOIN_LINES_ROW                                                         \
    0, "join-lines", "N", "lines: join N lines to one record (default: 1)",    \
        OPTION_SIZE, offsetof(struct shared, input.join_lines), 1, 1 << 20
#define JOIN_STEP_ROW                                                          \
    0, "join-step", "N",                                                       \
        "lines from the first of a record to that of the next (default: "      \
        "those "                                                               \
        "of --join-lines)",                                                    \
        OPTION_SIZE, offsetof(struct shared, input.join_step), 1, 1 << 20
#define MAX_RECORD_ROW                                                         \
    0, "max-record", "SIZE",                                                   \
        "longest record in bytes; K, M or G may follow (default: 64M)",        \
        OPTION_BYTES, offsetof(struct shared, input.max_record), 1, 1LL << 40
#define PLAIN_ROW                                                              \
    0, "plain", NULL, "treat [MASK], [SEP] ... in the text as ordinary text",  \
        OPTION_FLAG, offsetof(struct shared, plain), 0, 0
#define QUIET_ROW                                                              \
    0, "quiet", NULL, "print no warnings", OPTION_FLAG,                        \
        offsetof(struct shared, quiet), 0, 0
#define HELP_ROW 'h', "help", NULL, "print this help", OPTION_HELP, 0, 0, 0

#define COLOR_ROW(help)                                                        \
    0, "color", "auto|always|never", help, OPTION_BARE,                        \
        offsetof(struct shared, color), 0, COLOR_AUTO

/* The groups of rows, each with those that come after it in --help. */
extern const struct option_group group_hide;
extern const struct option_group group_length;
extern const struct option_group group_common;
extern const struct option_group group_no_model; /* of commands without one */

/* Rows for commands whose groups are in another order. */
extern const struct option_row rows_input[];
extern const struct option_row rows_length[];
extern const struct option_row rows_hide[]; /* ignore.h */
extern const struct option_row rows_picture[];

/* shared_overlap_clash - an --overlap without windows, where a command makes
 * none unless it is told to; NULL: all is well. */
const char *shared_overlap_clash(const struct shared *s);

/* shared_init - the defaults. */
void shared_init(struct shared *s);

/*
 * shared_parse - options_parse(), operands as input files, and the checks
 * that need no model. Returns -1 to go on, else the exit status.
 */
int shared_parse(const struct command *command, struct shared *s, int argc,
                 char **argv);
void shared_free(struct shared *s);

/* shared_n_threads - those asked for, else those granted. */
size_t shared_n_threads(const struct shared *s);

#endif
