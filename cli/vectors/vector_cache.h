/*
 * vector_cache.h - the user's folder of vectors of files.
 */
#ifndef CLI_VECTORS_VECTOR_CACHE_H
#define CLI_VECTORS_VECTOR_CACHE_H

#include "cli/vectors/vector_file.h"

/* cache_folder - where it is, made if make: owned, free(). NULL where it has no
 * place, and, after a warning, where others may write or have put it: they
 * could say what the vectors are. */
char *cache_folder(bool make);

/* cache_path - the name in the folder for vectors of such a model and file,
 * which are digests (BLAKE2B_SIZE): owned, free(). NULL where memory is out, or
 * folder is NULL. */
char *cache_path(const char *folder, const uint8_t *model,
                 const uint8_t *content);

/* cache_touch - this one was used now. */
void cache_touch(const char *path);

/* cache_trim - removes those used longest ago until no more than limit bytes
 * are left. folder may be NULL. */
void cache_trim(const char *folder, size_t limit);

#endif
