/*
 * spool.h - where rows wait that cannot be written before the last one is
 * known.
 */
#ifndef CLI_OUTPUT_SPOOL_H
#define CLI_OUTPUT_SPOOL_H

#include <stdbool.h>
#include <stdio.h>

/* spool_create - a descriptor of such a file; -1 with errno set. */
int spool_create(void);

/* spool_open - a file without a name in $TMPDIR, to be closed with fclose().
 * NULL after one message. */
FILE *spool_open(void);

/* spool_failed - says what errno says of it; returns false. */
bool spool_failed(void);

#endif
