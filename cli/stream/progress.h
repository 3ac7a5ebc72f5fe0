/*
 * progress.h - one line on standard error that tells how far the work is.
 */
#ifndef CLI_STREAM_PROGRESS_H
#define CLI_STREAM_PROGRESS_H

#include <stdbool.h>

struct shared;
struct stream_totals;

/* progress_clock - seconds; it does not go back. */
double progress_clock(void);

struct progress {
    bool on;
    bool shown; /* the line is on the terminal */
    bool terminal;
    double start;
    double next; /* when to write again */
    double
        done; /* at the first update, which --resume has late; -1: none yet */
    double since; /* when that was */
};

/* progress_begin - on when asked for, or when standard error is a terminal and
 * standard output is none. */
void progress_begin(struct progress *p, const struct shared *settings);

/* progress_update - at most once a second, and not in the first two.
 *   done  the part of the input that was read, or -1 */
void progress_update(struct progress *p, const struct stream_totals *totals,
                     double done);

/* progress_hide - clears the line, so that a message can take its place. */
void progress_hide(struct progress *p);

#endif
