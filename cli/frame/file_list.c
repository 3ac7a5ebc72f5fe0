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
#include "cli/frame/shared_options.h"
#include "cli/input/source.h"

enum {
    DEPTH = 256,
    GLOB_SIZE = 4096 /* PATH_MAX: what is longer fits no name */
};

/* A folder, and those that it lies in. */
struct level {
    const struct level *above; /* NULL: an operand */
    dev_t dev;
    ino_t ino;
    int depth;
};

static void fail(struct walk *w, const char *path, const char *why)
{
    message_file("%s: %s", path, why);
    w->failed = true;
}

static void no_memory(struct walk *w)
{
    message_error("out of memory");
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
        no_memory(w);
}

static bool matches(const struct text_list *globs, const char *name, int flags)
{
    for (size_t i = 0; i < globs->n; i++)
        if (fnmatch(globs->items[i], name, flags) == 0)
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
        if (matches(globs, path, 0))
            return true;
    return slash != NULL && matches_end(globs, slash + 1, name_only);
}

static bool is_wanted(const struct walk *w, const char *path, bool name_only)
{
    return (w->include.n == 0 || matches_end(&w->include, path, name_only)) &&
           !matches_end(&w->exclude, path, name_only);
}

/* As GNU grep, --exclude-dir build/ is --exclude-dir build. */
static bool is_folder_wanted(const struct walk *w, const char *path,
                             bool name_only)
{
    for (size_t i = 0; i < w->exclude_dir.n; i++) {
        const char *item = w->exclude_dir.items[i], *globs[1];
        char glob[GLOB_SIZE];
        size_t n = strlen(item);

        while (n > 1 && item[n - 1] == '/')
            n--;
        snprintf(glob, sizeof(glob), "%.*s", (int)n, item);
        globs[0] = glob;
        if (matches_end(&(struct text_list){globs, 1}, path, name_only))
            return false;
    }
    return true;
}

/* What is hidden is wanted where a glob writes the dot, too. */
static bool is_hidden(const struct walk *w, const char *name)
{
    return !w->hidden && *name == '.' &&
           !matches(&w->include, name, FNM_PERIOD);
}

/* What is read and written at once never ends: each match makes another. */
static bool is_output(struct walk *w, const char *path, const struct stat *st,
                      bool silent)
{
    if (w->output == NULL || !S_ISREG(st->st_mode) ||
        st->st_dev != w->output->st_dev || st->st_ino != w->output->st_ino)
        return false;
    if (!silent)
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

static void walk_folder(struct walk *w, const char *path,
                        const struct level *above);

static void walk_entry(struct walk *w, const char *path, const char *name,
                       const struct level *above)
{
    struct stat st;

    if (is_hidden(w, name))
        return;
    if ((w->dereference ? stat(path, &st) : lstat(path, &st)) != 0) {
        /* A link to nothing is none of the files that are skipped. */
        if (errno != ENOENT || is_wanted(w, path, true))
            fail(w, path, strerror(errno));
        return;
    }
    if (S_ISREG(st.st_mode) && is_wanted(w, path, true) && !is_part(w, path) &&
        is_text(path) && !is_output(w, path, &st, w->skips_output))
        add(w, path);
    else if (S_ISDIR(st.st_mode) && (w->hidden || *name != '.') &&
             is_folder_wanted(w, path, true))
        walk_folder(w, path, above);
}

/* A link to a folder that it lies in has no end. */
static bool is_loop(const struct level *level)
{
    for (const struct level *l = level->above; l != NULL; l = l->above)
        if (l->dev == level->dev && l->ino == level->ino)
            return true;
    return false;
}

/* Whether the folder can be entered; else that was said. */
static bool enter(struct walk *w, const char *folder, const struct level *above,
                  struct level *level)
{
    struct stat st;

    if (stat(folder, &st) != 0) {
        fail(w, folder, strerror(errno));
        return false;
    }
    *level = (struct level){.above = above,
                            .dev = st.st_dev,
                            .ino = st.st_ino,
                            .depth = above != NULL ? above->depth + 1 : 0};
    bool loop = is_loop(level);

    if (loop && !w->no_messages)
        message_warning("%s: a link to a folder that it is in", folder);
    else if (level->depth >= DEPTH)
        fail(w, folder, "too deep a folder");
    return !loop && level->depth < DEPTH;
}

/* The path of the present folder is empty: its files are printed as "a", not as
 * "./a". */
static void walk_folder(struct walk *w, const char *path,
                        const struct level *above)
{
    const size_t size = strlen(path);
    const char *folder = size > 0 ? path : ".";
    const char *slash = size > 0 && path[size - 1] != '/' ? "/" : "";
    struct dirent **entries = NULL;
    struct level level;

    w->walked = true;
    if (!enter(w, folder, above, &level))
        return;
    int n = scandir(folder, &entries, is_entry, by_name);

    if (n < 0)
        fail(w, folder, strerror(errno));
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        char *child = NULL;

        if (asprintf(&child, "%s%s%s", path, slash, name) < 0)
            no_memory(w);
        else
            walk_entry(w, child, name, &level);
        free(child);
        free(entries[i]);
    }
    free(entries);
}

bool walk_below(const struct walk *w)
{
    return w->recursive || w->dereference;
}

void walk_files(struct walk *w, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    struct stat st;
    bool known = (is_stdin ? fstat(STDIN_FILENO, &st) : stat(path, &st)) == 0;
    bool is_folder = known && S_ISDIR(st.st_mode);

    if (is_folder && !is_stdin && !is_folder_wanted(w, path, false))
        return;
    if (is_folder && !is_stdin && walk_below(w))
        walk_folder(w, path, NULL);
    /* Reading those that are no files says why they cannot be read. */
    else if (!known || is_folder)
        add(w, path);
    else if ((is_stdin || is_wanted(w, path, false)) &&
             !is_output(w, path, &st, false))
        add(w, path);
}

void walk_here(struct walk *w)
{
    walk_folder(w, "", NULL);
}

void walk_operands(struct shared *s, bool grows)
{
    struct input_options *in = &s->input;
    struct walk *w = &s->walk;
    bool standard = s->output == NULL || strcmp(s->output, "-") == 0;
    struct stat output;

    if (grows && (standard ? fstat(STDOUT_FILENO, &output)
                           : stat(s->output, &output)) == 0)
        w->output = &output;
    w->parts = s->resume ? &s->files : NULL;
    for (size_t i = 0; i < in->n_files; i++)
        walk_files(w, in->files[i]);
    if (in->n_files == 0 && walk_below(w))
        walk_here(w);
    else if (in->n_files == 0)
        walk_files(w, "-");
    w->output = NULL;
    in->output = NULL;
    in->files = w->files;
    in->n_files = w->n;
    in->none = w->n == 0;
    in->lacks = w->failed;
}

void walk_free(struct walk *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->files[i]);
    free(w->files);
    w->files = NULL;
    w->n = w->room = 0;
}
