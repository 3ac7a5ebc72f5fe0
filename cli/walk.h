/*
 * walk.h - the files below folders, for --recursive.
 */
#ifndef CLI_WALK_H
#define CLI_WALK_H

#include "cli/options.h"

/* Files in order of their names; paths are owned. Start with {0}. */
struct walk {
    char **files;
    size_t n;
    const struct text_list *include; /* globs of base names; none: all */
    const struct text_list *exclude;
    bool failed; /* a folder could not be read, or memory was out */
};

/*
 * walk_files - appends what path stands for: itself, or where it is a folder
 * all files below it that fit the globs. There, symbolic links are not
 * followed, and files that are neither text nor gzip are left out.
 */
void walk_files(struct walk *w, const char *path);

/* walk_free - the files; w is empty then. */
void walk_free(struct walk *w);

#endif
