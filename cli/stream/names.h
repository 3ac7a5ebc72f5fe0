/*
 * names.h - the names of what --id carries over, among those of the output.
 */
#ifndef CLI_STREAM_NAMES_H
#define CLI_STREAM_NAMES_H

#include "cli/frame/shared_options.h"

/*
 * names_are_apart - whether each --id has its name alone: no other --id has it,
 * and in csv and tsv no column of the output. False after a message.
 *
 *   header  of csv and tsv, as it is printed; empty: there is none
 */
bool names_are_apart(const struct shared *s, const struct buffer *header);

#endif
