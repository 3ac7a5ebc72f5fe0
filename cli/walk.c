/*
 * walk.c - folders become lists of files.
 */
#include "cli/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/message.h"

enum {
    DEPTH = 256,
    SAMPLE = 32 << 10 /* bytes that tell text from other files */
};

static void fail(struct walk *w, const char *path, const char *why)
{
    message_error("%s: %s", path, why);
    w->failed = true;
}

static void add(struct walk *w, const char *path)
{
    char **files = w->files;

    /* Room for 2^k files is made when there are as many. */
    if ((w->n & (w->n - 1)) == 0)
        files = realloc(files, (w->n > 0 ? 2 * w->n : 1) * sizeof(*files));
    char *copy = files != NULL ? strdup(path) : NULL;

    if (files != NULL)
        w->files = files;
    if (copy != NULL)
        w->files[w->n++] = copy;
    else
        fail(w, path, "out of memory");
}

static bool matches(const struct text_list *globs, const char *path)
{
    const char *slash = strrchr(path, '/');

    for (size_t i = 0; i < globs->n; i++)
        if (fnmatch(globs->items[i], slash != NULL ? slash + 1 : path, 0) == 0)
            return true;
    return false;
}

static bool is_wanted(const struct walk *w, const char *path)
{
    return (w->include->n == 0 || matches(w->include, path)) &&
           !matches(w->exclude, path);
}

/* A NUL byte near the start says that this is no text; gzip may be. A file that
 * cannot be read is kept: reading it says why. */
static bool is_text(const char *path)
{
    char sample[SAMPLE];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, sample, sizeof(sample)) : -1;

    if (fd >= 0)
        close(fd);
    return n <= 0 || memchr(sample, '\0', (size_t)n) == NULL ||
           (n > 1 && memcmp(sample, "\x1f\x8b", 2) == 0);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_entry(const struct dirent *e)
{
    return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static void walk_folder(struct walk *w, const char *path, int depth);

static void walk_entry(struct walk *w, const char *path, int depth)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        fail(w, path, strerror(errno));
    else if (S_ISDIR(st.st_mode))
        walk_folder(w, path, depth + 1);
    else if (S_ISREG(st.st_mode) && is_wanted(w, path) && is_text(path))
        add(w, path);
}

static void walk_folder(struct walk *w, const char *path, int depth)
{
    struct dirent **entries = NULL;
    int n = depth < DEPTH ? scandir(path, &entries, is_entry, by_name) : -1;

    if (n < 0)
        fail(w, path, depth < DEPTH ? strerror(errno) : "too deep a folder");
    for (int i = 0; i < n; i++) {
        struct buffer b = {0};
        bool here = strcmp(path, ".") == 0 && depth == 0;

        if (!here)
            buffer_puts(&b, path);
        if (!here && (b.size == 0 || b.data[b.size - 1] != '/'))
            buffer_putc(&b, '/');
        buffer_puts(&b, entries[i]->d_name);
        buffer_putc(&b, '\0');
        if (b.failed)
            fail(w, path, "out of memory");
        else
            walk_entry(w, b.data, depth);
        buffer_free(&b);
        free(entries[i]);
    }
    free(entries);
}

void walk_files(struct walk *w, const char *path)
{
    struct stat st;

    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        walk_folder(w, path, 0);
    else
        add(w, path);
}

void walk_free(struct walk *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->files[i]);
    free(w->files);
    *w = (struct walk){0};
}
