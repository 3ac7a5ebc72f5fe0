/*
 * cache.h - the user's folder of vectors of files.
 */
#ifndef CLI_CACHE_H
#define CLI_CACHE_H

#include "cli/store.h"

/* cache_path - the name in the cache for such vectors, its folder made: owned,
 * free(). NULL when there is no place for it. */
char *cache_path(const struct store_key *key);

/* cache_touch - this one was used now. */
void cache_touch(const char *path);

/* cache_trim - removes those used longest ago until no more than limit bytes
 * are left. */
void cache_trim(size_t limit);

#endif
