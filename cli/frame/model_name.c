/*
 * model_name.c - looks a model up in the Hugging Face cache, without network.
 */
#include "cli/frame/model_name.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/base/buffer.h"
#include "cli/base/message.h"
#include "cli/frame/hub_cache.h"
#include "cli/frame/hub_name.h"

static const char builtin[] = "@builtin";

/* What is there and cannot be looked at is not taken for absent: another place
 * could have another model by that name. */
enum look {
    LOOK_FOUND,
    LOOK_ABSENT,
    LOOK_BROKEN /* after one message */
};

static enum look broken(const char *path, const char *why)
{
    message_error("%s: %s", path, why);
    return LOOK_BROKEN;
}

/* Asks for the name itself first: only that tells a link that leads nowhere
 * from nothing at all. */
static enum look look(const char *path, bool want_folder)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return errno == ENOENT ? LOOK_ABSENT : broken(path, strerror(errno));
    if (stat(path, &st) != 0)
        return broken(path,
                      errno == ENOENT ? "a broken link" : strerror(errno));
    if (want_folder && !S_ISDIR(st.st_mode))
        return broken(path, strerror(ENOTDIR));
    return LOOK_FOUND;
}

/* Ends the path in b; false when memory is out. */
static bool terminate(struct buffer *b)
{
    buffer_putc(b, '\0');
    return !b->failed;
}

/* Whether a folder entry is models--ANY--NAME, NAME being the whole rest. */
static bool entry_fits(const char *entry, const char *name, size_t size)
{
    static const char prefix[] = "models--";
    size_t n = strlen(entry);

    return strncmp(entry, prefix, sizeof(prefix) - 1) == 0 &&
           n > size + sizeof(prefix) + 1 &&
           memcmp(entry + n - size - 2, "--", 2) == 0 &&
           memcmp(entry + n - size, name, size) == 0;
}

/* A name without organisation: the one repository that ends in it. */
static enum look find_by_last_name(const char *root, const char *name,
                                   size_t size, struct buffer *repository)
{
    DIR *dir = opendir(root);
    struct dirent *entry;
    size_t n_found = 0;

    if (dir == NULL)
        return broken(root, strerror(errno));
    while ((entry = readdir(dir)) != NULL)
        if (entry_fits(entry->d_name, name, size) && ++n_found == 1) {
            buffer_clear(repository);
            buffer_printf(repository, "%s/%s", root, entry->d_name);
        }
    closedir(dir);
    if (n_found > 1) {
        message_error("%.*s: %zu models in %s have this name; write ORG/NAME",
                      (int)size, name, n_found, root);
        return LOOK_BROKEN;
    }
    return n_found == 1 ? LOOK_FOUND : LOOK_ABSENT;
}

/* The folder of a repository; it is terminated. */
static enum look find_repository(const char *root, const char *name,
                                 size_t size, struct buffer *repository)
{
    enum look found = look(root, true);

    if (found != LOOK_FOUND)
        return found;
    buffer_clear(repository);
    hub_cache_put_repository(repository, root, name, size);
    if (repository->failed)
        return broken(root, "out of memory");
    found = look(repository->data, true);
    if (found != LOOK_ABSENT || memchr(name, '/', size) != NULL)
        return found;
    found = find_by_last_name(root, name, size, repository);
    if (found == LOOK_FOUND && !terminate(repository))
        return broken(root, "out of memory");
    return found;
}

/* The commit that refs/REVISION names, appended to b. */
static enum look put_commit(struct buffer *b, const char *repository,
                            const char *revision)
{
    char *path;

    if (asprintf(&path, "%s/refs/%s", repository, revision) < 0)
        return broken(repository, "out of memory");
    enum look found = look(path, false);

    if (found == LOOK_FOUND) {
        const int error = hub_cache_read_ref(path, b);

        if (error != 0)
            found = broken(path, hub_cache_why(error));
    }
    free(path);
    return found;
}

/* The folder of a revision in a repository, into *out. */
static enum look find_snapshot(const char *repository, const char *revision,
                               char **out)
{
    struct buffer path = {0};
    enum look found;

    if (strstr(revision, "..") != NULL)
        return LOOK_ABSENT;
    buffer_printf(&path, "%s/snapshots/", repository);
    found = put_commit(&path, repository, revision);
    if (found == LOOK_ABSENT)
        buffer_puts(&path, revision);
    if (found != LOOK_BROKEN)
        found = terminate(&path) ? look(path.data, true)
                                 : broken(repository, "out of memory");
    if (found == LOOK_FOUND && hub_cache_is_unfinished(path.data))
        found = broken(path.data, "berth pull has not finished adding files "
                                  "to it; run that again");
    if (found == LOOK_FOUND)
        *out = path.data;
    else
        buffer_free(&path);
    return found;
}

/* A file of the folder, which becomes its path. */
static enum look find_file(const char *file, size_t size, char **folder)
{
    char *path;

    if (asprintf(&path, "%s%.*s", *folder, (int)size, file) < 0)
        return broken(*folder, "out of memory");
    enum look found = look(path, false);

    if (found == LOOK_FOUND) {
        free(*folder);
        *folder = path;
    } else {
        free(path);
    }
    return found;
}

/* The model in the cache at root. */
static enum look find_in_root(const char *root, const char *name, char **out)
{
    const char *at = strrchr(name, '@'), *file = hub_name_file(name);
    const size_t all = at != NULL ? (size_t)(at - name) : strlen(name);
    const size_t size = file != NULL ? (size_t)(file - name) : all;
    struct buffer repository = {0};
    enum look found = find_repository(root, name, size, &repository);

    if (found == LOOK_FOUND)
        found =
            find_snapshot(repository.data, at != NULL ? at + 1 : "main", out);
    if (found == LOOK_FOUND && file != NULL)
        found = find_file(file, all - size, out);
    if (found != LOOK_FOUND) {
        free(*out);
        *out = NULL;
    }
    buffer_free(&repository);
    return found;
}

/* The first place that has the model. root becomes the first of all. */
static enum look find_in_caches(const char *name, struct buffer *root,
                                char **out)
{
    struct buffer other = {0};
    enum look found = LOOK_ABSENT;

    for (size_t i = 0; i < HUB_CACHES && found == LOOK_ABSENT; i++) {
        struct buffer *at = i == 0 ? root : &other;

        if (hub_cache_root(i, at))
            found = find_in_root(at->data, name, out);
        else if (at->failed)
            found = broken(name, "out of memory");
    }
    buffer_free(&other);
    return found;
}

/* What cannot be a name in the cache: a path, or a strange word. */
static bool is_path(const char *name)
{
    const char *slash = strchr(name, '/');

    return name[0] == '/' || name[0] == '.' || name[0] == '~' ||
           name[0] == '@' || name[0] == '\0' || strstr(name, "..") != NULL ||
           (slash != NULL && strchr(slash + 1, '/') != NULL &&
            strchr(name, '@') == NULL && hub_name_file(name) == NULL);
}

/* A copy of the path that was given. */
static bool keep_path(const char *name, char **path)
{
    *path = strdup(name);
    if (*path == NULL)
        message_error("%s", strerror(errno));
    return *path != NULL;
}

/* Whether a hub may have it; one word with an ending, as model.gguf, would
 * rather be a file. */
static bool is_to_pull(const char *name)
{
    const char *dot = strrchr(name, '.');

    if (strchr(name, '/') == NULL && dot != NULL &&
        dot[1 + strspn(dot + 1, "abcdefghijklmnopqrstuvwxyz")] == '\0')
        return false;
    return hub_name_fits(name) || hub_name_file(name) != NULL;
}

/* Looks a name up, which is no path. */
static bool find_name(const char *name, char **path)
{
    const bool pull = is_to_pull(name);
    struct buffer root = {0};
    enum look found;

    if (is_path(name))
        found = broken(name, strerror(ENOENT));
    else
        found = find_in_caches(name, &root, path);
    if (found == LOOK_ABSENT)
        message_error("model '%s': no such file or folder, and not in the "
                      "Hugging Face cache %s%s%s",
                      name, root.data != NULL ? root.data : "",
                      pull ? "; run: berth pull " : "", pull ? name : "");
    buffer_free(&root);
    return found == LOOK_FOUND;
}

/* TensorFlow's programs are given a checkpoint by what its files begin with. */
static enum look find_checkpoint(const char *name, char **path)
{
    if (asprintf(path, "%s.index", name) < 0)
        return broken(name, "out of memory");
    const enum look found = look(*path, false);

    if (found != LOOK_FOUND) {
        free(*path);
        *path = NULL;
    }
    return found;
}

bool model_name_resolve(const char *name, char **path)
{
    struct buffer of_url = {0};

    if (name == NULL)
        name = hub_variable("BERTH_MODEL");
    *path = NULL;
    if (name == NULL || strcmp(name, builtin) == 0)
        return true;
    enum look found = look(name, false);
    if (found != LOOK_ABSENT)
        return found == LOOK_FOUND && keep_path(name, path);
    found = find_checkpoint(name, path);
    if (found != LOOK_ABSENT)
        return found == LOOK_FOUND;
    if (hub_name_of_url(name, &of_url))
        name = of_url.data;
    const bool ok =
        of_url.failed ? message_error("out of memory") : find_name(name, path);

    buffer_free(&of_url);
    return ok;
}
