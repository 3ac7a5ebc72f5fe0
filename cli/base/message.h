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

/* message_set_command - whose --help message_usage() names; NULL: none's. It
 * and the two below, which leave out warnings, and what message_file() says,
 * come before any thread. */
void message_set_command(const char *name);
void message_set_quiet(bool quiet);
void message_set_no_files(bool no_files);

/* "berth: ..." - something could not be done; returns false. */
__attribute__((format(printf, 1, 2))) bool message_error(const char *fmt, ...);

/* message_file - the same, of an input that is not there or cannot be read:
 * not with --no-messages. */
__attribute__((format(printf, 1, 2))) bool message_file(const char *fmt, ...);

/* "berth: warning: ..." - unless --quiet. */
__attribute__((format(printf, 1, 2))) void message_warning(const char *fmt,
                                                           ...);

/* "berth: ..." - what was done, unless --quiet. */
__attribute__((format(printf, 1, 2))) void message_note(const char *fmt, ...);

/* "berth: ..." and "try 'berth COMMAND --help'"; returns EXIT_USAGE. */
__attribute__((format(printf, 1, 2))) int message_usage(const char *fmt, ...);

/* message_refuse - the same, but returns false. */
__attribute__((format(printf, 1, 2))) bool message_refuse(const char *fmt, ...);

/* message_tame - replaces in s what a message may not hold: control characters
 * (C0, DEL, C1) and bytes that are not UTF-8. Async-signal-safe. */
void message_tame(char *s);

/* message_status - the exit status after a step that failed and printed its
 * messages: EXIT_USAGE if message_usage() or message_refuse() was called, else
 * EXIT_NOT_DONE. */
int message_status(void);

#endif
