/*
 * file_list.h - which files operands mean: --recursive, --include and their
 * kin.
 */
#ifndef CLI_FRAME_FILE_LIST_H
#define CLI_FRAME_FILE_LIST_H

#include <sys/stat.h>

#include "cli/base/text_list.h"
#include "cli/input/used_files.h"

struct shared;

/* Files in order of their names; paths are owned. */
struct walk {
    /* The options. */
    bool recursive;   /* a folder means the files below it */
    bool dereference; /* it does, and so does a symbolic link below it */
    bool hidden;      /* also names there that begin with a dot */
    bool no_messages; /* of files that cannot be read */
    struct text_list include; /* globs of names; none: all */
    struct text_list exclude;
    struct text_list exclude_dir;

    const struct stat *output; /* reading it would have no end; NULL: none */
    bool skips_output;         /* below a folder, without a word */
    const struct files *parts; /* what --resume keeps is left out; NULL: none */

    char **files;
    size_t n, room;
    bool walked; /* a folder was among them */
    bool failed; /* something could not be read, or memory was out */
};

/*
 * walk_files - appends the files that path means: itself if it fits the globs,
 * or all files below it that do. There, files that are neither text nor gzip
 * are left out.
 */
void walk_files(struct walk *w, const char *path);

/* walk_here - as walk_files() of the present folder; no file has its name. */
void walk_here(struct walk *w);

/* walk_below - whether a folder means the files below it. */
bool walk_below(const struct walk *w);

/*
 * walk_operands - puts the files that they mean in the place of the operands of
 * s; it may be that none is left.
 *
 *   grows  the output grows while they are read: it is none of them
 */
void walk_operands(struct shared *s, bool grows);

/* walk_free - the files; there are none then. */
void walk_free(struct walk *w);

#endif
