/*
 * settings.h - the options that several commands share, and what follows from
 * them: the model, the sizes, the threads.
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "cli/input/input.h"
#include "cli/options.h"
#include "lib/berth.h"

/* The output formats; a command offers a prefix of this order. */
enum output_format {
    FORMAT_TEXT,
    FORMAT_CSV,
    FORMAT_TSV,
    FORMAT_JSONL,
    FORMAT_NPY,
    FORMAT_F32,
    FORMAT_NPZ
};

enum overflow_choice {
    OVERFLOW_DEFAULT = -1,
    OVERFLOW_TRUNCATE,
    OVERFLOW_ERROR,
    OVERFLOW_WINDOW
};

/* The first member of every command's own struct: offsets are the same. */
struct settings {
    const char *model;
    size_t threads; /* 0: as many as the system grants */
    bool quiet;
    bool verbose;
    int progress; /* -1: where it helps */
    bool stats;
    int precision; /* enum berth_precision - 1; -1: as stored */
    int cpu;       /* number of the word; -1: not given */

    struct input_options input;
    bool plain;

    int format;
    const char *output;
    bool no_header;
    int digits; /* 0: shortest */
    bool keep;
    bool with_filename;

    int overflow;
    size_t max_tokens; /* 0: the model's */
    size_t overlap;
    int truncation; /* enum berth_truncation */
    size_t batch_tokens;

    int argc; /* for --stats */
    char **argv;
};

/* The groups of rows. */
extern const struct option_row settings_common[];
extern const struct option_row settings_input[];
extern const struct option_row settings_output[];
extern const struct option_row settings_length[];

/* settings_init - the defaults. */
void settings_init(struct settings *s);

/*
 * settings_parse - options_parse(), operands as input files, and the checks
 * that need no model. Returns -1 to go on, else the exit status.
 */
struct command;
int settings_parse(const struct command *command, struct settings *s, int argc,
                   char **argv);
void settings_free(struct settings *s);

/* settings_open_model - false after one message. */
bool settings_open_model(const struct settings *s, enum berth_part part,
                         struct berth_model **out);

/*
 * settings_tokenize - the options of berth_tokenize() for a model whose own
 * limit is limit; warns where --max-tokens is above the model's positions.
 */
struct berth_tokenize_options settings_tokenize(const struct settings *s,
                                                const struct berth_model *model,
                                                size_t limit);

/* settings_context - false after one message. */
bool settings_context(const struct settings *s, const struct berth_model *model,
                      struct berth_context **out);

/* settings_n_threads - those asked for, else those granted. */
size_t settings_n_threads(const struct settings *s);

#endif
