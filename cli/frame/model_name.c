/*
 * model_name.c - looks a model up in the Hugging Face cache, without network.
 *
 * Source: huggingface_hub, constants.py and docs/hub/local-cache: a repository
 * is models--ORG--NAME; refs/REVISION holds the commit, snapshots/COMMIT the
 * files.
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

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

/* $NAME or ${NAME} at *at; moves *at past it. An unset one stays as it is. */
static void expand_variable(struct buffer *b, const char **at)
{
    const char *start = *at + 1;
    bool braces = *start == '{';
    char name[128];

    start += braces;
    size_t n = strspn(start, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz0123456789_");
    const char *end = start + n + (braces && start[n] == '}');

    if (n == 0 || n >= sizeof(name) || (braces && start[n] != '}')) {
        buffer_putc(b, *(*at)++);
        return;
    }
    memcpy(name, start, n);
    name[n] = '\0';
    if (getenv(name) != NULL)
        buffer_puts(b, getenv(name));
    else
        buffer_put(b, *at, (size_t)(end - *at));
    *at = end;
}

/* Appends a path from the environment as Python's expanduser and expandvars
 * would have it. */
static void expand(struct buffer *b, const char *path)
{
    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0') &&
        variable("HOME") != NULL) {
        buffer_puts(b, variable("HOME"));
        path++;
    }
    while (*path != '\0')
        if (*path == '$')
            expand_variable(b, &path);
        else
            buffer_putc(b, *path++);
}

/* Where caches may be, the first one first. */
static const struct {
    const char *variable;
    const char *below;
} roots[] = {
    {"HF_HUB_CACHE", ""},
    {"HUGGINGFACE_HUB_CACHE", ""},
    {"HF_HOME", "/hub"},
    {"XDG_CACHE_HOME", "/huggingface/hub"},
    {"HOME", "/.cache/huggingface/hub"},
};
static const char *const extra_roots[] = {"SENTENCE_TRANSFORMERS_HOME",
                                          "TRANSFORMERS_CACHE"};

/* Ends the path in b; false when memory is out. */
static bool terminate(struct buffer *b)
{
    buffer_putc(b, '\0');
    return !b->failed;
}

/* Appends name with every / as --. */
static void put_folder_name(struct buffer *b, const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (name[i] == '/')
            buffer_puts(b, "--");
        else
            buffer_putc(b, name[i]);
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
    if (n_found > 1)
        message_warning("%.*s: %zu models in %s have this name; write ORG/NAME",
                        (int)size, name, n_found, root);
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
    buffer_printf(repository, "%s/models--", root);
    put_folder_name(repository, name, size);
    if (!terminate(repository))
        return broken(root, "out of memory");
    found = look(repository->data, true);
    if (found != LOOK_ABSENT || memchr(name, '/', size) != NULL)
        return found;
    found = find_by_last_name(root, name, size, repository);
    if (found == LOOK_FOUND && !terminate(repository))
        return broken(root, "out of memory");
    return found;
}

/* Appends the commit that an open refs/REVISION names. */
static enum look read_commit(struct buffer *b, const char *path)
{
    char commit[64] = "";
    FILE *f = fopen(path, "re");
    bool read = f != NULL && fgets(commit, sizeof(commit), f) != NULL;
    const int why = errno;
    const bool failed = f == NULL || ferror(f) != 0;
    const size_t n = strspn(commit, "0123456789abcdefABCDEF");

    if (f != NULL)
        fclose(f);
    if (failed)
        return broken(path, strerror(why));
    if (!read || n == 0)
        return broken(path, "expected a commit, found none");
    buffer_put(b, commit, n);
    return LOOK_FOUND;
}

/* The commit that refs/REVISION names, appended to b. */
static enum look put_commit(struct buffer *b, const char *repository,
                            const char *revision)
{
    char *path;

    if (asprintf(&path, "%s/refs/%s", repository, revision) < 0)
        return broken(repository, "out of memory");
    enum look found = look(path, false);

    if (found == LOOK_FOUND)
        found = read_commit(b, path);
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
    if (found == LOOK_FOUND)
        *out = path.data;
    else
        buffer_free(&path);
    return found;
}

/* The model in one cache; root is expanded into a path first. */
static enum look find_in_root(const char *value, const char *below,
                              const char *name, struct buffer *root, char **out)
{
    const char *at = strrchr(name, '@');
    size_t size = at != NULL ? (size_t)(at - name) : strlen(name);
    struct buffer repository = {0};
    enum look found;

    buffer_clear(root);
    expand(root, value);
    buffer_puts(root, below);
    if (!terminate(root))
        return broken(name, "out of memory");
    found = find_repository(root->data, name, size, &repository);
    if (found == LOOK_FOUND)
        found =
            find_snapshot(repository.data, at != NULL ? at + 1 : "main", out);
    buffer_free(&repository);
    return found;
}

/* The first variable that is set says where the cache is; older ones are
 * asked after it. root becomes that first place. */
static enum look find_in_cache(const char *name, struct buffer *root,
                               char **out)
{
    struct buffer other = {0};
    enum look found = LOOK_ABSENT;
    size_t i = 0;

    while (i < sizeof(roots) / sizeof(*roots) &&
           variable(roots[i].variable) == NULL)
        i++;
    if (i < sizeof(roots) / sizeof(*roots))
        found = find_in_root(variable(roots[i].variable), roots[i].below, name,
                             root, out);
    for (i = 0; i < sizeof(extra_roots) / sizeof(*extra_roots); i++)
        if (found == LOOK_ABSENT && variable(extra_roots[i]) != NULL)
            found =
                find_in_root(variable(extra_roots[i]), "", name, &other, out);
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
            strchr(name, '@') == NULL);
}

/* A copy of the path that was given. */
static bool keep_path(const char *name, char **path)
{
    *path = strdup(name);
    if (*path == NULL)
        message_error("%s", strerror(errno));
    return *path != NULL;
}

bool model_name_resolve(const char *name, char **path)
{
    struct buffer root = {0};

    if (name == NULL)
        name = variable("BERTH_MODEL");
    *path = NULL;
    if (name == NULL || strcmp(name, builtin) == 0)
        return true;
    enum look found = look(name, false);
    if (found != LOOK_ABSENT)
        return found == LOOK_FOUND && keep_path(name, path);
    if (is_path(name)) {
        broken(name, strerror(ENOENT));
        return false;
    }
    found = find_in_cache(name, &root, path);
    if (found == LOOK_ABSENT)
        message_error("model '%s': no such file or folder, and not in the "
                      "Hugging Face cache %s",
                      name, root.failed || !root.data ? "" : root.data);
    buffer_free(&root);
    return found == LOOK_FOUND;
}
