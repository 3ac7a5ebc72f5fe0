/*
 * file_list.c - operands become lists of files.
 */
#include "cli/frame/file_list.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/base/array.h"
#include "cli/base/message.h"
#include "cli/input/source.h"

enum {
    DEPTH = 256
};

static void fail(struct walk *w, const char *path, const char *why)
{
    message_error("%s: %s", path, why);
    w->failed = true;
}

static void add(struct walk *w, const char *path)
{
    char **files = array_room(w->files, w->n, &w->room, sizeof(*files));
    char *copy = files != NULL ? strdup(path) : NULL;

    if (files != NULL)
        w->files = files;
    if (copy != NULL)
        w->files[w->n++] = copy;
    else
        fail(w, path, "out of memory");
}

static bool matches(const struct text_list *globs, const char *name)
{
    for (size_t i = 0; i < globs->n; i++)
        if (fnmatch(globs->items[i], name, 0) == 0)
            return true;
    return false;
}

/* Whether a glob fits the path, or the end of it after one of its slashes: the
 * glob "c.txt" fits the operand a/b/c.txt. GNU grep matches operands so. Of
 * files below folders it sees the name only. */
static bool matches_end(const struct text_list *globs, const char *path,
                        bool name_only)
{
    const char *slash = strchr(path, '/');

    if (slash == NULL || !name_only)
        if (matches(globs, path))
            return true;
    return slash != NULL && matches_end(globs, slash + 1, name_only);
}

static bool is_wanted(const struct walk *w, const char *path, bool name_only)
{
    return (w->include->n == 0 || matches_end(w->include, path, name_only)) &&
           !matches_end(w->exclude, path, name_only);
}

/* What is read and written at once never ends: each match makes another. */
static bool is_output(struct walk *w, const char *path, const struct stat *st)
{
    if (w->output == NULL || !S_ISREG(st->st_mode) ||
        st->st_dev != w->output->st_dev || st->st_ino != w->output->st_ino)
        return false;
    fail(w, path, "this file is also the output");
    return true;
}

/* What --resume keeps beside the output; the output itself is not meant. */
static bool is_part(const struct walk *w, const char *path)
{
    const struct used_file *f =
        w->parts != NULL ? files_written(w->parts, path, false) : NULL;

    return f != NULL && strcmp(f->option, "resume") == 0;
}

/* A file that cannot be read is kept: reading it says why. */
static bool is_text(const char *path)
{
    static const struct source_wait no_wait = {.stop_fd = -1};
    struct source *s = source_open(path, &no_wait);
    bool text = s == NULL || source_is_text(s);

    source_close(s);
    return text;
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
    else if (S_ISREG(st.st_mode) && is_wanted(w, path, true) &&
             !is_part(w, path) && is_text(path) && !is_output(w, path, &st))
        add(w, path);
}

/* The path of the present folder is empty: its files are printed as "a", not as
 * "./a". */
static void walk_folder(struct walk *w, const char *path, int depth)
{
    const size_t size = strlen(path);
    const char *folder = size > 0 ? path : ".";
    const char *slash = size > 0 && path[size - 1] != '/' ? "/" : "";
    struct dirent **entries = NULL;
    int n = depth < DEPTH ? scandir(folder, &entries, is_entry, by_name) : -1;

    w->walked = true;
    if (n < 0)
        fail(w, folder, depth < DEPTH ? strerror(errno) : "too deep a folder");
    for (int i = 0; i < n; i++) {
        char *child = NULL;

        if (asprintf(&child, "%s%s%s", path, slash, entries[i]->d_name) < 0)
            fail(w, path, "out of memory");
        else
            walk_entry(w, child, depth);
        free(child);
        free(entries[i]);
    }
    free(entries);
}

void walk_files(struct walk *w, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    struct stat st;
    bool known = (is_stdin ? fstat(STDIN_FILENO, &st) : stat(path, &st)) == 0;

    if (w->recursive && !is_stdin && known && S_ISDIR(st.st_mode))
        walk_folder(w, path, 0);
    /* Reading those that are no files says why they cannot be read. */
    else if (!known || S_ISDIR(st.st_mode))
        add(w, path);
    else if ((is_stdin || is_wanted(w, path, false)) &&
             !is_output(w, path, &st))
        add(w, path);
}

void walk_here(struct walk *w)
{
    walk_folder(w, "", 0);
}

void walk_free(struct walk *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->files[i]);
    free(w->files);
    *w = (struct walk){0};
}
