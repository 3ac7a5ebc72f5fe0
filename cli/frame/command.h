/*
 * command.h - the commands: what each is called, what it offers, and what it
 * does at each step of a call (cli/driver.h).
 */
#ifndef CLI_FRAME_COMMAND_H
#define CLI_FRAME_COMMAND_H

#include "cli/frame/options.h"
#include "lib/berth.h"

struct stream_ops;

struct command {
    const char *name;
    const char *operands; /* as the synopsis writes them; NULL: "[FILE...]" */
    const char *summary;  /* one line */
    const char *notes;    /* more lines, for --help; NULL: none */
    const char *example;  /* one of the EXAMPLES of its manual page */
    struct option_group options;
    const struct option_habit *habits; /* of its kin; NULL: none */

    size_t size;          /* of its struct, self, a struct session first */
    const void *defaults; /* such a struct; NULL: all zeros */
    size_t words;         /* where in it a list takes the first operand, if it
                             is empty then; 0: all operands are files */
    bool lines_first;     /* a file is known by its name only with --field */
    enum berth_part part; /* of the model */
    enum berth_head_kind head; /* and the head that it runs */
    bool no_model;             /* none is opened, and --model is no option */
    bool computes;             /* with a context, in which --hide-head holds */
    int trouble; /* exit status in place of EXIT_NOT_DONE; 0: none */

    /* The steps, in their order; each may be NULL. */

    /* clash - options that do not go together; NULL: all is well. */
    const char *(*clash)(const void *self);
    /* ready - what needs no model. -1 to go on, else the exit status. */
    int (*ready)(void *self);
    /* fit - what only the model can tell, and room to compute. False after one
     * message. */
    bool (*fit)(void *self);
    /* ops - what stream_run() is to do; or work - something else, which returns
     * the exit status. */
    struct stream_ops (*ops)(const void *self);
    int (*work)(void *self);
    /* release - frees what is in self, except its session. */
    void (*release)(void *self);
};

/* All commands, in the order of --help; the last one is NULL. */
extern const struct command *const commands[];

/* help_print - the whole "berth --help"; returns the status. */
int help_print(void);

/* help_complain - no command was given: the commands on standard error. Returns
 * the status. */
int help_complain(void);

extern const struct command command_embed;
extern const struct command command_fill_mask;
extern const struct command command_attention_dump;
extern const struct command command_grep;
extern const struct command command_search;
extern const struct command command_similar;
extern const struct command command_dedup;
extern const struct command command_sparse;
extern const struct command command_npy_join;
extern const struct command command_tokenize;
extern const struct command command_info;
extern const struct command command_convert;
extern const struct command command_head_stats;
extern const struct command command_position_dump;
extern const struct command command_score;
extern const struct command command_classify;
extern const struct command command_tag;
extern const struct command command_rerank;
extern const struct command command_answer;
extern const struct command command_next_sentence;
extern const struct command command_view;
extern const struct command command_pull;
extern const struct command command_models;

/* command_help - the whole --help on standard output; returns the status. */
int command_help(const struct command *command);

/* command_find - NULL when there is none by that name. */
const struct command *command_find(const char *name);

/* completion_print - "berth completion SHELL". */
int completion_print(const char *shell);

/* print_whole - writes b to path, as for sink_open(), and frees it; returns the
 * status. Not complete: a file that would be replaced stays as it is. */
int print_whole(struct buffer *b, const char *path, bool complete);

#endif
