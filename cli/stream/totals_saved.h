/*
 * totals_saved.h - the figures of a run, handed from one run to the one that
 * goes on.
 */
#ifndef CLI_STREAM_TOTALS_SAVED_H
#define CLI_STREAM_TOTALS_SAVED_H

#include <jansson.h>

#include "cli/stream/stream.h"

/*
 * totals_save - as JSON; NULL when memory is out.
 *
 *   state  of the command, taken over; NULL: it has none
 */
json_t *totals_save(const struct stream_totals *totals, json_t *state);

/* totals_restore - what totals_save() gave; it must live as long as totals. */
void totals_restore(struct stream_totals *totals, const json_t *saved);

#endif
