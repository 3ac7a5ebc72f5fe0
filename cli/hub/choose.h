/*
 * choose.h - which files of a repository berth reads.
 */
#ifndef CLI_HUB_CHOOSE_H
#define CLI_HUB_CHOOSE_H

#include "cli/hub/hub.h"

/* choose_all - every file is wanted. */
void choose_all(struct hub_listing *listing);

/* choose_one - the file of this path. False: there is none. */
bool choose_one(struct hub_listing *listing, const char *path);

/*
 * choose_readable - settings, tokenizers and, of each folder, the weights in
 * the one form that berth likes best. Returns how many files of weights that
 * is; 0 where a folder has several .gguf files and nothing else: *several then
 * is their number.
 */
size_t choose_readable(struct hub_listing *listing, size_t *several);

#endif
