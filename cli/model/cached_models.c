/*
 * cached_models.c - repositories, refs and snapshots of a cache (hub_cache.h).
 */
#include "cli/model/cached_models.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/base/array.h"
#include "cli/frame/hub_cache.h"

/* A file, by whatever name. */
struct inode {
    dev_t device;
    ino_t number;
};

/* The repository that is being looked at. */
struct looking {
    struct cached_models *all;
    const char *name;     /* ORG/NAME */
    const char *path;     /* of the repository */
    size_t first;         /* its first row of all */
    char *problem;        /* the first since a row took it; NULL: none */
    struct inode *inodes; /* that were counted in size */
    size_t n_inodes, room;
    size_t size;
};

/* PATH/NAME, owned; NULL: memory is out. */
static char *join(struct looking *l, const char *path, const char *name)
{
    char *joined = NULL;

    if (asprintf(&joined, "%s/%s", path, name) >= 0)
        return joined;
    l->all->failed = true;
    return NULL;
}

/* "PATH: WHY", owned, unless there is one already. */
static void note(struct cached_models *all, char **problem, const char *path,
                 const char *why)
{
    if (*problem == NULL && asprintf(problem, "%s: %s", path, why) < 0) {
        *problem = NULL;
        all->failed = true;
    }
}

void cached_models_trouble(struct cached_models *all, int error,
                           const char *path)
{
    if (error != 0 && error != ENOENT && error != ENOTDIR && error != ELOOP)
        note(all, &all->trouble, path, strerror(error));
}

/* What is wrong in the repository. */
static void complain(struct looking *l, const char *path, int error)
{
    note(l->all, &l->problem, path, hub_cache_why(error));
    if (error != EBADMSG)
        cached_models_trouble(l->all, error, path);
}

/* Calls visit for what is in a folder, while memory lasts; one that is not
 * there has nothing. */
static void each_entry(struct looking *l, const char *path,
                       void (*visit)(struct looking *l, const char *path))
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    if (dir == NULL && errno != ENOENT)
        complain(l, path, errno);
    while (dir != NULL && !l->all->failed &&
           (errno = 0, entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        char *below = NULL;

        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            below = join(l, path, name);
        if (below != NULL)
            visit(l, below);
        free(below);
    }
    if (dir != NULL && !l->all->failed && errno != 0)
        complain(l, path, errno);
    if (dir != NULL)
        closedir(dir);
}

/* Whether a folder is there; follow: or a link to one. */
static bool is_folder(struct looking *l, const char *path, bool follow)
{
    struct stat st;

    if ((follow ? stat(path, &st) : lstat(path, &st)) == 0)
        return S_ISDIR(st.st_mode);
    cached_models_trouble(l->all, errno, path);
    return false;
}

/* Each file once, whatever links to it. */
static void count(struct looking *l, const struct stat *st)
{
    struct inode *inodes;

    for (size_t i = 0; i < l->n_inodes; i++)
        if (l->inodes[i].device == st->st_dev &&
            l->inodes[i].number == st->st_ino)
            return;
    inodes = array_room(l->inodes, l->n_inodes, &l->room, sizeof(*inodes));
    if (inodes == NULL) {
        l->all->failed = true;
        return;
    }
    l->inodes = inodes;
    l->inodes[l->n_inodes++] = (struct inode){st->st_dev, st->st_ino};
    l->size += (size_t)st->st_size;
}

static void add_size(struct looking *l, const char *path)
{
    struct stat st;

    if (is_folder(l, path, false)) {
        each_entry(l, path, add_size);
        return;
    }
    if (stat(path, &st) != 0)
        cached_models_trouble(l->all, errno, path);
    else if (S_ISREG(st.st_mode))
        count(l, &st);
}

/* Bytes of all files below a folder. What cannot be looked at has none, and is
 * no problem of the model: opening it tells. */
static size_t measure(struct looking *l, const char *path)
{
    char *before = l->problem;

    l->n_inodes = 0;
    l->size = 0;
    each_entry(l, path, add_size);
    if (before == NULL) {
        free(l->problem);
        l->problem = NULL;
    }
    return l->size;
}

/* A row with the problem there is. */
static struct cached_model *add_row(struct looking *l, const char *revision,
                                    const char *path, size_t size)
{
    struct cached_models *all = l->all;
    struct cached_model *items =
        array_room(all->items, all->n, &all->room, sizeof(*items));

    if (items == NULL) {
        all->failed = true;
        return NULL;
    }
    all->items = items;
    items += all->n++;
    *items = (struct cached_model){.name = strdup(l->name),
                                   .revision = strdup(revision),
                                   .refs = strdup(""),
                                   .path = strdup(path),
                                   .problem = l->problem,
                                   .size = size};
    l->problem = NULL;
    if (items->name == NULL || items->revision == NULL || items->refs == NULL ||
        items->path == NULL)
        all->failed = true;
    return all->failed ? NULL : items;
}

static void add_snapshot(struct looking *l, const char *path)
{
    if (!is_folder(l, path, true))
        return;
    if (hub_cache_is_unfinished(path))
        note(l->all, &l->problem, path,
             "berth pull has not finished adding files to it; run that again");
    add_row(l, strrchr(path, '/') + 1, path, measure(l, path));
}

/* The row of a commit; one that has no snapshot gets a row that says so. */
static struct cached_model *find_row(struct looking *l, const char *commit,
                                     const char *ref)
{
    for (size_t i = l->first; i < l->all->n; i++)
        if (strcmp(l->all->items[i].revision, commit) == 0)
            return &l->all->items[i];
    note(l->all, &l->problem, ref, "no snapshot of the commit that it names");
    return add_row(l, commit, l->path, 0);
}

static void add_ref(struct looking *l, const char *path)
{
    const char *name = path + strlen(l->path) + strlen("/refs/");
    struct buffer commit = {0};
    struct cached_model *row;
    char *refs;

    if (is_folder(l, path, false)) {
        each_entry(l, path, add_ref);
        return;
    }
    const int error = hub_cache_read_ref(path, &commit);

    buffer_putc(&commit, '\0');
    if (error != 0)
        complain(l, path, error);
    if (commit.failed)
        row = NULL;
    else
        row = error != 0 ? add_row(l, "", l->path, 0)
                         : find_row(l, commit.data, path);
    if (row == NULL || asprintf(&refs, "%s%s%s", row->refs,
                                *row->refs != '\0' ? "," : "", name) < 0) {
        l->all->failed = true;
    } else {
        free(row->refs);
        row->refs = refs;
    }
    buffer_free(&commit);
}

static void add_repository(struct looking *l)
{
    char *snapshots = join(l, l->path, "snapshots");
    char *refs = join(l, l->path, "refs");

    if (snapshots != NULL && refs != NULL) {
        each_entry(l, snapshots, add_snapshot);
        each_entry(l, refs, add_ref);
        if (l->problem == NULL && l->all->n == l->first)
            note(l->all, &l->problem, l->path,
                 "no snapshot: a download was interrupted");
    }
    free(snapshots);
    free(refs);
}

/* Those with refs come first among the revisions of a name. */
static int compare(const void *a, const void *b)
{
    const struct cached_model *x = a, *y = b;
    const int order = strcmp(x->name, y->name);

    if (order != 0)
        return order;
    if ((*x->refs == '\0') != (*y->refs == '\0'))
        return *x->refs == '\0' ? 1 : -1;
    return strcmp(x->revision, y->revision);
}

static void add_entry(struct looking *l, const char *path)
{
    struct buffer name = {0};

    if (!hub_cache_put_name(&name, strrchr(path, '/') + 1)) {
        l->all->failed = l->all->failed || name.failed;
        buffer_free(&name);
        return;
    }
    l->name = name.data;
    l->path = path;
    l->first = l->all->n;
    if (is_folder(l, path, true))
        add_repository(l);
    else
        complain(l, path, ENOTDIR);
    if (l->problem != NULL)
        add_row(l, "", path, measure(l, path));
    buffer_free(&name);
}

void cached_models_add(struct cached_models *all, const char *root)
{
    struct looking l = {.all = all};
    const size_t first = all->n;

    each_entry(&l, root, add_entry);
    if (l.problem != NULL)
        note(all, &all->trouble, root, strerror(ENOTDIR));
    if (all->n > first && !all->failed)
        qsort(all->items + first, all->n - first, sizeof(*all->items), compare);
    free(l.problem);
    free(l.inodes);
}

static void add_name(void *arg, const char *entry, const char *name)
{
    struct cached_models *all = arg;
    struct cached_model *items =
        array_room(all->items, all->n, &all->room, sizeof(*items));
    char *copy = items != NULL ? strdup(name) : NULL;

    (void)entry;
    if (items != NULL)
        all->items = items;
    if (copy == NULL)
        all->failed = true;
    else
        items[all->n++] = (struct cached_model){.name = copy};
}

void cached_models_add_names(struct cached_models *all, const char *root)
{
    const int error = hub_cache_each(root, add_name, all);

    all->failed = all->failed || error == ENOMEM;
    cached_models_trouble(all, error, root);
}

void cached_models_free(struct cached_models *all)
{
    for (size_t i = 0; i < all->n; i++) {
        free(all->items[i].name);
        free(all->items[i].revision);
        free(all->items[i].refs);
        free(all->items[i].path);
        free(all->items[i].problem);
    }
    free(all->items);
    free(all->trouble);
}
