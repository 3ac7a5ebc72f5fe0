/*
 * hub_cache.h - where the Hugging Face cache is, and what it calls a model.
 *
 * Source: huggingface_hub, constants.py and docs/hub/local-cache: a repository
 * is models--ORG--NAME; refs/REVISION holds the commit, snapshots/COMMIT the
 * files.
 */
#ifndef CLI_FRAME_HUB_CACHE_H
#define CLI_FRAME_HUB_CACHE_H

#include "cli/base/buffer.h"

/* Places that hub_cache_root() knows. */
enum {
    HUB_CACHES = 3
};

/*
 * hub_cache_root - the path of a cache, terminated, into root.
 *
 *   i  0: the cache; from 1 on, where older programs had theirs
 *
 * False, with root empty, where no variable names it; root->failed: memory is
 * out. That there is such a folder is not looked at.
 */
bool hub_cache_root(size_t i, struct buffer *root);

/* hub_cache_put_repository - appends the folder of the model name, of size
 * bytes, in the cache at root; terminated. */
void hub_cache_put_repository(struct buffer *b, const char *root,
                              const char *name, size_t size);

/* hub_cache_put_name - the name, terminated, of a model that the cache calls
 * entry, in place of what is in b; false: no model, or b->failed. */
bool hub_cache_put_name(struct buffer *b, const char *entry);

/*
 * hub_cache_each - calls visit for each model of the cache at root, with its
 * folder there and the name that it stands for, ORG/NAME.
 *
 * Returns 0, or the number of an error: ENOMEM, or what the cache cannot be
 * read for.
 */
int hub_cache_each(const char *root,
                   void (*visit)(void *arg, const char *entry,
                                 const char *name),
                   void *arg);

/* hub_cache_read_ref - appends the commit that a file of refs/ names. Returns
 * 0, or the number of an error: EBADMSG where it names none. */
int hub_cache_read_ref(const char *path, struct buffer *commit);

/* hub_cache_why - what hub_cache_read_ref() returned, in words. */
const char *hub_cache_why(int error);

/* hub_cache_mark - the path of a file, owned, that is there and locked while
 * files are added to a snapshot that has some already, and stays if that was
 * interrupted. NULL: memory is out. */
char *hub_cache_mark(const char *snapshot);

/* hub_cache_is_unfinished - waits while files are added to the snapshot; true:
 * that was interrupted, so that what is there may be half of a model. */
bool hub_cache_is_unfinished(const char *snapshot);

/* hub_token_path - where the token of the hub is kept, terminated; false: no
 * variable says it. */
bool hub_token_path(struct buffer *path);

/* hub_variable - of the environment; NULL where it is not set, or empty. */
const char *hub_variable(const char *name);

#endif
