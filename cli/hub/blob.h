/*
 * blob.h - the contents of one file, from the hub into blobs/ of the cache.
 */
#ifndef CLI_HUB_BLOB_H
#define CLI_HUB_BLOB_H

#include "cli/hub/cache.h"
#include "cli/hub/transfer.h"

/* blob_begun - bytes of the file that the cache has. */
uint64_t blob_begun(const struct cache *cache, const struct hub_file *file);

/*
 * blob_fetch - the file's blob is there when this returns true; else after one
 * message what came of it stays for the next time.
 *
 *   file  with ETag and size
 */
bool blob_fetch(const struct hub *hub, const struct cache *cache,
                const struct hub_model *model, const char *commit,
                const struct hub_file *file, struct transfer *transfer);

#endif
