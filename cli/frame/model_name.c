/*
 * model_name.c - looks a model up in the Hugging Face cache, without network.
 */
#include "cli/frame/model_name.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cli/base/buffer.h"
#include "cli/base/message.h"
#include "cli/base/nearest.h"
#include "cli/frame/hub_cache.h"
#include "cli/frame/hub_name.h"

static const char builtin[] = "@builtin";

enum {
    SHORTEST_COMMIT = 4 /* digits, as git has it */
};

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

/* The models of a cache that a name could mean. */
struct search {
    const char *root;
    const char *name;
    size_t size;
    bool any_case;
    size_t n_found;
    struct buffer *repository; /* the folder of the first */
};

/* What of ORG/NAME is to be compared: the last part, with a name that has no
 * organisation. */
static const char *comparable(const char *name, const char *with, size_t size)
{
    const char *slash =
        memchr(with, '/', size) == NULL ? strrchr(name, '/') : NULL;

    return slash != NULL ? slash + 1 : name;
}

static void search_entry(void *arg, const char *entry, const char *name)
{
    struct search *s = arg;
    const char *mine = comparable(name, s->name, s->size);

    if (strlen(mine) != s->size ||
        (s->any_case ? strncasecmp(mine, s->name, s->size)
                     : strncmp(mine, s->name, s->size)) != 0 ||
        s->n_found++ > 0)
        return;
    buffer_clear(s->repository);
    buffer_printf(s->repository, "%s/%s", s->root, entry);
    buffer_putc(s->repository, '\0');
}

/* The one repository that has such a name. */
static enum look find_by_search(struct search *s)
{
    const int error = hub_cache_each(s->root, search_entry, s);

    if (error != 0)
        return broken(s->root, strerror(error));
    if (s->n_found > 1) {
        message_error("%.*s: %zu models in %s have this name; write ORG/NAME",
                      (int)s->size, s->name, s->n_found, s->root);
        return LOOK_BROKEN;
    }
    if (s->repository->failed)
        return broken(s->root, "out of memory");
    return s->n_found == 1 ? LOOK_FOUND : LOOK_ABSENT;
}

/* The folder of a repository; it is terminated. */
static enum look find_repository(const char *root, const char *name,
                                 size_t size, bool any_case,
                                 struct buffer *repository)
{
    struct search search = {root, name, size, any_case, 0, repository};
    enum look found = look(root, true);

    if (found != LOOK_FOUND)
        return found;
    buffer_clear(repository);
    hub_cache_put_repository(repository, root, name, size);
    if (repository->failed)
        return broken(root, "out of memory");
    found = look(repository->data, true);
    return found == LOOK_ABSENT ? find_by_search(&search) : found;
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

/* The snapshots whose names begin as a short commit does. */
struct commits {
    const char *begin;
    size_t n;
    char found[41];
};

static int add_commit(struct commits *c, const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    if (dir == NULL)
        return errno == ENOENT ? 0 : errno;
    while ((errno = 0, entry = readdir(dir)) != NULL)
        if (strncmp(entry->d_name, c->begin, strlen(c->begin)) == 0 &&
            strlen(entry->d_name) < sizeof(c->found) && c->n++ == 0)
            memcpy(c->found, entry->d_name, strlen(entry->d_name) + 1);
    const int error = errno;

    closedir(dir);
    return error;
}

/* Completes a short commit at the end of path, which has no such snapshot. */
static enum look put_whole_commit(struct buffer *path, const char *revision)
{
    struct commits c = {.begin = revision};

    if (strspn(revision, "0123456789abcdef") != strlen(revision) ||
        strlen(revision) < SHORTEST_COMMIT)
        return LOOK_ABSENT;
    path->size -= strlen(revision) + 1;
    if (!terminate(path))
        return broken(revision, "out of memory");
    const int error = add_commit(&c, path->data);

    if (error != 0)
        return broken(path->data, strerror(error));
    if (c.n > 1) {
        message_error("%s: %zu revisions begin with '%s'; write more of it",
                      path->data, c.n, revision);
        return LOOK_BROKEN;
    }
    path->size--;
    buffer_puts(path, c.found);
    if (!terminate(path))
        return broken(revision, "out of memory");
    return c.n == 1 ? LOOK_FOUND : LOOK_ABSENT;
}

/* The folder of a revision in a repository, into *out. */
static enum look find_snapshot(const char *repository, const char *revision,
                               char **out)
{
    struct buffer path = {0};

    if (strstr(revision, "..") != NULL)
        return LOOK_ABSENT;
    buffer_printf(&path, "%s/snapshots/", repository);
    const enum look named = put_commit(&path, repository, revision);
    enum look found = named;

    if (named == LOOK_ABSENT)
        buffer_puts(&path, revision);
    if (named != LOOK_BROKEN)
        found = terminate(&path) ? look(path.data, true)
                                 : broken(repository, "out of memory");
    if (named == LOOK_ABSENT && found == LOOK_ABSENT)
        found = put_whole_commit(&path, revision);
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
static enum look find_in_root(const char *root, const char *name, bool any_case,
                              char **out)
{
    const char *at = strrchr(name, '@'), *file = hub_name_file(name);
    const size_t all = at != NULL ? (size_t)(at - name) : strlen(name);
    const size_t size = file != NULL ? (size_t)(file - name) : all;
    struct buffer repository = {0};
    enum look found = find_repository(root, name, size, any_case, &repository);

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
static enum look find_in_caches(const char *name, bool any_case,
                                struct buffer *root, char **out)
{
    struct buffer other = {0};
    enum look found = LOOK_ABSENT;

    for (size_t i = 0; i < HUB_CACHES && found == LOOK_ABSENT; i++) {
        struct buffer *at = i == 0 ? root : &other;

        if (hub_cache_root(i, at))
            found = find_in_root(at->data, name, any_case, out);
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

static void try_name(void *arg, const char *entry, const char *name)
{
    struct nearest *nearest = arg;
    const char *mine = comparable(name, nearest->word, nearest->size);

    (void)entry;
    nearest_try(nearest, mine, strlen(mine));
}

/* The nearest name in the caches; none where it is the name itself, of which
 * only the revision is not there. */
static struct nearest find_nearest(const char *name)
{
    struct nearest nearest = {.word = name, .size = strcspn(name, "@")};
    struct buffer root = {0};

    nearest_try(&nearest, builtin, strlen(builtin));
    for (size_t i = 0; i < HUB_CACHES; i++)
        if (hub_cache_root(i, &root))
            (void)hub_cache_each(root.data, try_name, &nearest);
    buffer_free(&root);
    if (nearest.distance == 0)
        nearest.name[0] = '\0';
    return nearest;
}

static void say_absent(const char *name, const char *root)
{
    const bool pull = is_to_pull(name);
    struct nearest nearest = find_nearest(name);

    message_error("model '%s': no such file or folder, and not in the "
                  "Hugging Face cache %s%s%s%s",
                  name, root, nearest_phrase(&nearest),
                  pull ? "; run: berth pull " : "", pull ? name : "");
}

/* Looks a name up, which is no path. A name in another case is one that is in
 * no cache as it is written. */
static bool find_name(const char *name, char **path)
{
    struct buffer root = {0};
    enum look found;

    if (is_path(name))
        found = broken(name, name[0] == '@' ? "not the name of a model; the "
                                              "built-in one is @builtin"
                                            : strerror(ENOENT));
    else
        found = find_in_caches(name, false, &root, path);
    if (found == LOOK_ABSENT)
        found = find_in_caches(name, true, &root, path);
    if (found == LOOK_ABSENT)
        say_absent(name, root.data != NULL ? root.data : "");
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
