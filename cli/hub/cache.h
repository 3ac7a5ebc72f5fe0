/*
 * cache.h - one repository in the Hugging Face cache: contents in blobs/, each
 * named by its ETag; links to them in snapshots/COMMIT/; commits in refs/.
 *
 * Source: huggingface_hub, file_download.py and docs/hub/local-cache; the same
 * locks, so that a download of its is waited for, and it waits for ours.
 */
#ifndef CLI_HUB_CACHE_H
#define CLI_HUB_CACHE_H

#include "cli/hub/hub.h"

struct cache {
    char *folder; /* of the repository */
    char *locks;
};

/* cache_open - makes no folder. False after one message; cache_close() in any
 * case. */
bool cache_open(struct cache *cache, const char *repository);
void cache_close(struct cache *cache);

/* cache_make_folders - all folders above path. False after one message. */
bool cache_make_folders(const char *path);

/* cache_make_repository - the folders that huggingface_hub looks for in each
 * repository. False after one message. */
bool cache_make_repository(const struct cache *cache);

/* cache_blob, cache_snapshot - paths, free(); path NULL: the folder. */
char *cache_blob(const struct cache *cache, const char *etag);
char *cache_snapshot(const struct cache *cache, const char *commit,
                     const char *path);

/* cache_lock - waits for other processes that have it; says so, once, with
 * what. Returns a descriptor, close() lets go; -1 after one message. */
int cache_lock(const struct cache *cache, const char *name, const char *what);

/* cache_commit - the commit that the cache has for a revision; free(); NULL:
 * none. */
char *cache_commit(const struct cache *cache, const char *revision);

/*
 * cache_publish - makes the wanted files, whose blobs are there, the snapshot
 * of their commit, or adds them to it; then the revision leads there. A new
 * snapshot appears with all of them. False after one message.
 */
bool cache_publish(const struct cache *cache, const char *revision,
                   const struct hub_listing *listing);

#endif
