/*
 * shared_options.h - the options that several commands share.
 */
#ifndef CLI_FRAME_SHARED_OPTIONS_H
#define CLI_FRAME_SHARED_OPTIONS_H

#include "cli/frame/options.h"
#include "cli/input/input.h"
#include "cli/input/used_files.h"
#include "cli/output/format.h"
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
    struct text_list *words; /* where the first operand goes, when this is
                                empty; NULL: operands are files */
    bool plain;

    int format; /* enum output_format */
    const char *output;
    bool resume; /* go on with a run that was broken off */
    bool no_header;
    int digits; /* 0: shortest */
    bool keep;
    bool with_filename;

    int overflow;
    size_t max_tokens; /* 0: the model's */
    size_t overlap;
    int truncation; /* enum berth_truncation */
    size_t batch_tokens;

    const char *hide_heads; /* NULL: none */
    struct text_list hide_tokens;

    int color;    /* enum color_choice */
    size_t width; /* columns of pictures; 0: the terminal's */

    struct files files;          /* that the options name */
    struct stat standard_output; /* input.output, where it is a file */

    int argc; /* for --stats */
    char **argv;
};

/* The row of --format of a command that has these (cli/output/format.h). */
#define FORMAT_ROW(formats)                                                    \
    {                                                                          \
        'f', "format", FORMAT_WORDS, "output format (default: text)",          \
            OPTION_CHOICE, offsetof(struct shared, format), formats, 0         \
    }

/* The groups of rows. */
extern const struct option_row rows_common[];
extern const struct option_row rows_input[];
extern const struct option_row rows_output[];
extern const struct option_row rows_length[];
extern const struct option_row rows_hide[]; /* ignore.h */
extern const struct option_row rows_picture[];

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
