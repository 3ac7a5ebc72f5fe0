/*
 * message.h - words on standard error: one line a message.
 */
#ifndef CLI_BASE_MESSAGE_H
#define CLI_BASE_MESSAGE_H

#include <stdbool.h>

/* Exit statuses of the program. */
enum {
    EXIT_DONE = 0,
    EXIT_NOT_DONE = 1,
    EXIT_USAGE = 2,
    GREP_TROUBLE = 2 /* of grep, whose 1 means that nothing matched */
};

/* message_set - quiet leaves out warnings; called once, before any thread. */
void message_set_quiet(bool quiet);

/* "berth: ..." - something could not be done. */
__attribute__((format(printf, 1, 2))) void message_error(const char *fmt, ...);

/* "berth: warning: ..." - unless --quiet. */
__attribute__((format(printf, 1, 2))) void message_warning(const char *fmt,
                                                           ...);

/* "berth: ..." and "try 'berth COMMAND --help'"; returns EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int message_usage(const char *command,
                                                        const char *fmt, ...);

/* message_tame - replaces in s what a message may not hold: control characters
 * (C0, DEL, C1) and bytes that are not UTF-8. Async-signal-safe. */
void message_tame(char *s);

/* message_status - the exit status after a step that failed and printed its
 * messages: EXIT_USAGE if message_usage() was called, else EXIT_NOT_DONE. */
int message_status(void);

#endif
