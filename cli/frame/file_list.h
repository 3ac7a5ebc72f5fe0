/*
 * file_list.h - which files operands mean: --recursive, --include, --exclude.
 */
#ifndef CLI_FRAME_FILE_LIST_H
#define CLI_FRAME_FILE_LIST_H

#include <sys/stat.h>

#include "cli/base/text_list.h"
#include "cli/input/used_files.h"

/* Files in order of their names; paths are owned. Set the options, all else
 * is 0. */
struct walk {
    char **files;
    size_t n, room;
    const struct text_list *include; /* globs of names; none: all */
    const struct text_list *exclude;
    bool recursive;            /* a folder means the files below it */
    const struct stat *output; /* reading it would have no end; NULL: none */
    const struct files *parts; /* what --resume keeps is left out; NULL: none */
    bool walked;               /* a folder was among them */
    bool failed; /* something could not be read, or memory was out */
};

/*
 * walk_files - appends the files that path means: itself if it fits the globs,
 * or all files below it that do. There, symbolic links are not followed, and
 * files that are neither text nor gzip are left out.
 */
void walk_files(struct walk *w, const char *path);

/* walk_here - as walk_files() of the present folder; no file has its name. */
void walk_here(struct walk *w);

/* walk_free - the files; w is empty then. */
void walk_free(struct walk *w);

#endif
