/*
 * used_files.h - what a run reads and what it writes, so that nothing is opened
 * for writing that is also read, or written for something else.
 *
 * Files are compared by device and inode, whatever their names; one that is not
 * there yet by its folder and its name in it.
 */
#ifndef CLI_INPUT_USED_FILES_H
#define CLI_INPUT_USED_FILES_H

#include <stdbool.h>
#include <sys/types.h>

struct file_id {
    dev_t dev; /* of the file, or of its folder */
    ino_t ino;
    char name[256]; /* in the folder; "": the file is there */
};

enum file_use {
    FILE_READ = 1,
    FILE_WRITTEN = 2
};

/* One that an option names. */
struct used_file {
    const char *option; /* "--output"; borrowed, as path is */
    const char *path;
    int use; /* enum file_use, or both */
    struct file_id id;
};

enum {
    FILES_MAX = 8
};

struct files {
    struct used_file items[FILES_MAX];
    int n;
};

/* files_add - what an option names; devices, FIFOs and what cannot be looked at
 * are left out: opening them says what is wrong. */
void files_add(struct files *files, const char *option, const char *path,
               int use);

/* files_pair - two of them that are one file, written for one at least; false:
 * there are none. */
bool files_pair(const struct files *files, const struct used_file **a,
                const struct used_file **b);

/*
 * files_written - which of them is written and is this file; NULL: none.
 *
 *   path      "-": standard input
 *   standard  whether standard output counts, which has been opened already
 */
const struct used_file *files_written(const struct files *files,
                                      const char *path, bool standard);

#endif
