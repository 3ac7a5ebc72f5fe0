/*
 * transfer.h - how far a download is: bytes, their rate, and the time left.
 */
#ifndef CLI_HUB_TRANSFER_H
#define CLI_HUB_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

struct shared;

struct transfer {
    bool on;
    bool terminal;
    bool shown;           /* the line is on the terminal */
    double next;          /* when to write again */
    uint64_t total, done; /* bytes; total 0: unknown */
    double rate;          /* bytes a second, of late; 0: not measured yet */
    uint64_t done_then;   /* when it was measured */
    double then;
};

/* transfer_init - shown where asked for, or where standard error is a terminal.
 */
void transfer_init(struct transfer *t, const struct shared *settings);

/* transfer_begin - of so many bytes, some of which are here already. */
void transfer_begin(struct transfer *t, uint64_t total, uint64_t done);

/* transfer_hide - clears the line, so that a message can take its place. */
void transfer_hide(struct transfer *t);

/* transfer_update - at most once a second. */
void transfer_update(struct transfer *t);

#endif
