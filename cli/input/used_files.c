/*
 * used_files.c - files by what they are, not by their names.
 */
#include "cli/input/used_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output/sink.h"

/* A file that is there; false: no ordinary one. */
static bool identify_present(const char *path, int standard, struct file_id *id)
{
    struct stat st;
    int got = strcmp(path, "-") == 0 ? fstat(standard, &st) : stat(path, &st);

    if (got != 0 || !S_ISREG(st.st_mode))
        return false;
    *id = (struct file_id){.dev = st.st_dev, .ino = st.st_ino};
    return true;
}

/* One that is yet to be made. */
static bool identify_absent(const char *path, struct file_id *id)
{
    char *target = sink_target(path);
    char *slash = target != NULL ? strrchr(target, '/') : NULL;
    const char *name = slash != NULL ? slash + 1 : target;
    struct stat st;
    bool ok = target != NULL && *name != '\0' &&
              strlen(name) < sizeof(id->name) && stat(path, &st) != 0;

    if (ok) {
        *id = (struct file_id){0};
        memcpy(id->name, name, strlen(name) + 1);
    }
    if (slash != NULL)
        slash[slash == target] = '\0'; /* "/" is its own folder */
    ok = ok && stat(slash != NULL ? target : ".", &st) == 0;
    if (ok) {
        id->dev = st.st_dev;
        id->ino = st.st_ino;
    }
    free(target);
    return ok;
}

static bool same(const struct file_id *a, const struct file_id *b)
{
    return a->dev == b->dev && a->ino == b->ino &&
           strcmp(a->name, b->name) == 0;
}

void files_add(struct files *files, const char *option, const char *path,
               int use)
{
    struct used_file *f = &files->items[files->n];

    if (path == NULL || files->n == FILES_MAX)
        return;
    *f = (struct used_file){.option = option, .path = path, .use = use};
    const bool written = (use & FILE_WRITTEN) != 0;

    if (identify_present(path, written ? STDOUT_FILENO : STDIN_FILENO,
                         &f->id) ||
        (written && identify_absent(path, &f->id)))
        files->n++;
}

bool files_pair(const struct files *files, const struct used_file **a,
                const struct used_file **b)
{
    for (int i = 0; i < files->n; i++)
        for (int k = i + 1; k < files->n; k++) {
            *a = &files->items[i];
            *b = &files->items[k];
            if ((((*a)->use | (*b)->use) & FILE_WRITTEN) != 0 &&
                same(&(*a)->id, &(*b)->id))
                return true;
        }
    return false;
}

const struct used_file *files_written(const struct files *files,
                                      const char *path, bool standard)
{
    struct file_id id;

    if (files->n == 0 || !identify_present(path, STDIN_FILENO, &id))
        return NULL;
    for (int i = 0; i < files->n; i++) {
        const struct used_file *f = &files->items[i];

        if ((f->use & FILE_WRITTEN) != 0 &&
            (standard || strcmp(f->path, "-") != 0) && same(&f->id, &id))
            return f;
    }
    return NULL;
}
