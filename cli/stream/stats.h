/*
 * stats.h - the line that --stats prints.
 */
#ifndef CLI_STREAM_STATS_H
#define CLI_STREAM_STATS_H

#include "lib/berth.h"

struct shared;
struct stream_totals;

/* stats_print - one JSON object on standard error. */
void stats_print(const struct shared *settings, const struct berth_model *model,
                 const struct stream_totals *totals);

#endif
