/*
 * hub_cache.c - the cache's place and its names.
 */
#include "cli/frame/hub_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char prefix[] = "models--";

const char *hub_variable(const char *name)
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
        hub_variable("HOME") != NULL) {
        buffer_puts(b, hub_variable("HOME"));
        path++;
    }
    while (*path != '\0')
        if (*path == '$')
            expand_variable(b, &path);
        else
            buffer_putc(b, *path++);
}

/* A place may be said in several ways: the first variable that is set says it.
 */
struct way {
    const char *variable;
    const char *below;
};
static const struct way roots[] = {
    {"HF_HUB_CACHE", ""},
    {"HUGGINGFACE_HUB_CACHE", ""},
    {"HF_HOME", "/hub"},
    {"XDG_CACHE_HOME", "/huggingface/hub"},
    {"HOME", "/.cache/huggingface/hub"},
};
static const struct way tokens[] = {
    {"HF_TOKEN_PATH", ""},
    {"HF_HOME", "/token"},
    {"XDG_CACHE_HOME", "/huggingface/token"},
    {"HOME", "/.cache/huggingface/token"},
};
static const char *const older_roots[HUB_CACHES - 1] = {
    "SENTENCE_TRANSFORMERS_HOME", "TRANSFORMERS_CACHE"};

/* The place, terminated, into path; false, with path empty, if none is said. */
static bool put_place(struct buffer *path, const struct way *ways, size_t n)
{
    buffer_clear(path);
    for (size_t i = 0; i < n; i++)
        if (hub_variable(ways[i].variable) != NULL) {
            expand(path, hub_variable(ways[i].variable));
            buffer_puts(path, ways[i].below);
            buffer_putc(path, '\0');
            return !path->failed;
        }
    return false;
}

bool hub_cache_root(size_t i, struct buffer *root)
{
    if (i == 0)
        return put_place(root, roots, sizeof(roots) / sizeof(*roots));
    const struct way older = {older_roots[i - 1], ""};

    return put_place(root, &older, 1);
}

bool hub_token_path(struct buffer *path)
{
    return put_place(path, tokens, sizeof(tokens) / sizeof(*tokens));
}

void hub_cache_put_repository(struct buffer *b, const char *root,
                              const char *name, size_t size)
{
    buffer_printf(b, "%s/%s", root, prefix);
    for (size_t i = 0; i < size; i++)
        if (name[i] == '/')
            buffer_puts(b, "--");
        else
            buffer_putc(b, name[i]);
    buffer_putc(b, '\0');
}

bool hub_cache_put_name(struct buffer *b, const char *entry)
{
    const size_t n = strlen(prefix);
    const char *dashes;

    buffer_clear(b);
    if (strncmp(entry, prefix, n) != 0)
        return false;
    for (entry += n; (dashes = strstr(entry, "--")) != NULL;
         entry = dashes + 2) {
        buffer_put(b, entry, (size_t)(dashes - entry));
        buffer_putc(b, '/');
    }
    buffer_puts(b, entry);
    buffer_putc(b, '\0');
    return !b->failed;
}

int hub_cache_each(const char *root,
                   void (*visit)(void *arg, const char *entry,
                                 const char *name),
                   void *arg)
{
    DIR *dir = opendir(root);
    struct dirent *entry;
    struct buffer name = {0};
    int error = dir == NULL ? errno : 0;

    while (error == 0 && (errno = 0, entry = readdir(dir)) != NULL) {
        if (hub_cache_put_name(&name, entry->d_name))
            visit(arg, entry->d_name, name.data);
        else if (name.failed)
            error = ENOMEM;
    }
    error = error == 0 && dir != NULL ? errno : error;
    if (dir != NULL)
        closedir(dir);
    buffer_free(&name);
    return error;
}

int hub_cache_read_ref(const char *path, struct buffer *commit)
{
    char line[64] = "";
    FILE *f = fopen(path, "re");
    bool read = f != NULL && fgets(line, sizeof(line), f) != NULL;
    const int why = errno;
    const bool failed = f == NULL || ferror(f) != 0;
    const size_t n = strspn(line, "0123456789abcdefABCDEF");

    if (f != NULL)
        fclose(f);
    if (failed)
        return why;
    if (!read || n == 0)
        return EBADMSG;
    buffer_put(commit, line, n);
    return 0;
}

const char *hub_cache_why(int error)
{
    return error == EBADMSG ? "expected a commit, found none" : strerror(error);
}

char *hub_cache_mark(const char *snapshot)
{
    const char *commit = strrchr(snapshot, '/') + 1;
    const size_t above = strlen("snapshots/");
    char *mark;

    if (asprintf(&mark, "%.*s.unfinished-%s",
                 (int)((size_t)(commit - snapshot) - above), snapshot,
                 commit) < 0)
        return NULL;
    return mark;
}

bool hub_cache_is_unfinished(const char *snapshot)
{
    char *mark = hub_cache_mark(snapshot);
    int fd = mark != NULL ? open(mark, O_RDONLY | O_CLOEXEC) : -1;
    bool unfinished = fd >= 0;

    while (fd >= 0 && flock(fd, LOCK_SH) != 0 && errno == EINTR)
        continue;
    if (fd >= 0) {
        unfinished = access(mark, F_OK) == 0;
        close(fd);
    }
    free(mark);
    return unfinished;
}
