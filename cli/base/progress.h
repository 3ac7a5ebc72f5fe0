/*
 * progress.h - one line on standard error that tells what goes on, how fast,
 * and how much time is left.
 *
 * It is drawn by a thread of its own, so that it comes also in the middle of
 * one long step; nothing is drawn in the first two seconds of each. All of
 * these may be called by any thread but for progress_open() and
 * progress_close(), and do nothing where it is not open.
 */
#ifndef CLI_BASE_PROGRESS_H
#define CLI_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/* progress_clock - seconds; it does not go back. */
double progress_clock(void);

enum progress_choice {
    PROGRESS_HELPS = -1, /* where standard error is a terminal */
    PROGRESS_NEVER,
    PROGRESS_ALWAYS
};

/* progress_open - one for the process; progress_close() clears the line. */
void progress_open(enum progress_choice choice);
void progress_close(void);

/* progress_phase - a step that may be long, such as "packing the weights";
 * NULL: it is over. It is told in place of the records. */
void progress_phase(const char *what);

/* progress_part - how much of the phase is done, 0 to 1. */
void progress_part(double done);

/*
 * progress_begin - records go by from now on.
 *
 *   mixed  rows of them may come to the terminal, too: then the line is drawn
 *          only where none came for two seconds and the end is known
 */
void progress_begin(bool mixed);

/* progress_read - the part of the input that was read, 0 to 1; -1: not known.
 */
void progress_read(double done);

/* progress_records - so many records and tokens in this run. */
void progress_records(size_t n_records, size_t n_tokens);

/* progress_computed - so many tokens more, of records that are still to come.
 */
void progress_computed(size_t n_tokens);

/* progress_end - no more records: the line is cleared. */
void progress_end(void);

/* progress_pause - clears the line, and keeps it away until progress_resume():
 * something else is written to the terminal. May be nested. */
void progress_pause(void);
void progress_resume(void);

/* progress_wrote - between these two: rows went to the terminal.
 *   ended  with a line end */
void progress_wrote(bool ended);

#endif
