/*
 * kept_index.h - the index of kept.h: files in it are known by what the system
 * says of them, else by their content, or by how they begin.
 */
#ifndef CLI_VECTORS_KEPT_INDEX_H
#define CLI_VECTORS_KEPT_INDEX_H

#include "cli/vectors/content.h"
#include "cli/vectors/kept.h"

/* kept_content - what the file of a unit holds, and begins with; false where it
 * is none that can be read again. */
bool kept_content(const struct kept *k, const struct kept_unit *unit,
                  uint64_t begin_size, struct content *out);

/* kept_index_look_up - sets what the index knows of the unit. False where its
 * file cannot be read. */
bool kept_index_look_up(struct kept *k, struct kept_unit *unit);

/* kept_index_is_wasteful - of a file that grew on, more would be of no use than
 * of use. */
bool kept_index_is_wasteful(const struct kept *k);

/* kept_index_renew - nothing is new, but what the system says: then the next
 * run need not read the files again. Where that cannot be kept, it will. */
void kept_index_renew(const struct kept *k);

#endif
