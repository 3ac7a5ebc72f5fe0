/*
 * command.h - what main.c needs to know of a command.
 */
#ifndef CLI_FRAME_COMMAND_H
#define CLI_FRAME_COMMAND_H

#include "cli/frame/options.h"

struct command {
    const char *name;
    const char *operands; /* as the synopsis writes them: "[FILE...]" */
    const char *summary;  /* one line */
    const struct option_group *groups;
    /* argv[0] is the command's name; returns the exit status. */
    int (*run)(int argc, char **argv);
    const char *example; /* one of the EXAMPLES of its manual page */
};

/* All commands, in the order of --help; the last one is NULL. */
extern const struct command *const commands[];

/* help_print - the whole "berth --help"; returns the status. */
int help_print(void);

extern const struct command command_embed;
extern const struct command command_fill_mask;
extern const struct command command_attention_dump;
extern const struct command command_grep;
extern const struct command command_search;
extern const struct command command_similar;
extern const struct command command_dedup;
extern const struct command command_tokenize;
extern const struct command command_info;
extern const struct command command_head_stats;
extern const struct command command_position_dump;
extern const struct command command_score;
extern const struct command command_view;

/* command_help - the whole --help on standard output; returns the status. */
int command_help(const struct command *command);

/* command_find - NULL when there is none by that name. */
const struct command *command_find(const char *name);

/* completion_print - "berth completion SHELL". */
int completion_print(const char *shell);

/* print_whole - writes b to standard output and frees it. */
int print_whole(struct buffer *b);

#endif
