/*
 * part.h - where the parts of --shard are: the texts of all files, one after
 * another, are cut into parts of equal size, and a record belongs to the part
 * in which it begins. So every record is in one part, in whatever order, and on
 * whatever machine, the parts are read.
 */
#ifndef CLI_INPUT_PART_H
#define CLI_INPUT_PART_H

#include "cli/input/input.h"

enum {
    PARTS_MAX = 1000000000
};

/* Bytes are those of the text, unpacked and in UTF-8. */
struct part {
    uint64_t *begins;  /* (n_files) bytes before each file */
    uint64_t from, to; /* records that begin here, and before there; UINT64_MAX:
                          up to the end */
    uint64_t size;     /* bytes of the part */
    uint64_t total;    /* bytes of all files */
};

/* part_read - "3/8" becomes o->shard; false: it is no K/N with
 * 1 <= K <= N <= PARTS_MAX. */
bool part_read(const char *text, struct input_options *o);

/*
 * part_find - measures the files of o, and cuts. What is packed, or UTF-16, is
 * read whole for that. False after a message: a file that is missing, or that
 * is no ordinary file, would be another one for the next part.
 */
bool part_find(const struct input_options *o, struct part *part);
void part_free(struct part *part);

#endif
