/*
 * part.h - where the parts of --shard are: the texts of all files, one after
 * another, are cut into parts of equal size, and a record belongs to the part
 * in which it begins. So every record is in one part, in whatever order, and on
 * whatever machine, the parts are read.
 */
#ifndef CLI_INPUT_PART_H
#define CLI_INPUT_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input_options;

enum {
    PARTS_MAX = 1000000000
};

/* Bytes are those of the text, unpacked and in UTF-8. */
struct input_part {
    size_t k, n;       /* the k-th of n parts, from 1; 0, 0: all of it, and the
                          rest is not set */
    uint64_t *begins;  /* (n_files) bytes before each file */
    uint64_t from, to; /* records that begin here, and before there; UINT64_MAX:
                          up to the end */
    uint64_t size;     /* bytes of the part */
    uint64_t total;    /* bytes of all files */
};

/* part_read - "3/8" becomes k and n; false: it is no K/N with
 * 1 <= K <= N <= PARTS_MAX. */
bool part_read(const char *text, struct input_part *part);

/*
 * part_find - measures the files of o, and cuts o->part, if there are parts.
 * What is packed, or UTF-16, is read whole for that. False after a message: a
 * file that is missing, or that is no ordinary file, would be another one for
 * the next part.
 */
bool part_find(struct input_options *o);
void part_free(struct input_part *part);

#endif
