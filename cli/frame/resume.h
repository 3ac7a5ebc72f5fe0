/*
 * resume.h - going on with a run that was broken off.
 *
 * A run with --resume writes its rows to FILE.part. Beside it, FILE.part.state
 * is a text file: its first line says what the run is (resume_key.h), and each
 * line after it is a checkpoint: how many records are done, how many bytes of
 * rows they made, digests of both, and the figures so far. A checkpoint counts
 * only where FILE.part holds what its digest says, so that neither order nor
 * completeness of what reached the disk matters: a run that was killed, or lost
 * its power, goes on from the last checkpoint that holds.
 *
 * The writer thread owns all of it, except the two members that say what is to
 * be skipped: they do not change after resume_open().
 */
#ifndef CLI_FRAME_RESUME_H
#define CLI_FRAME_RESUME_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/base/blake2b.h"
#include "cli/output/sink.h"

struct shared;
struct input_part;
struct berth_model;

struct resume {
    size_t n_records;            /* that are done already, to be skipped */
    uint8_t input[BLAKE2B_SIZE]; /* digest of these records */
    json_t *figures;             /* of them; NULL: the run begins */

    char *part; /* FILE.part */
    char *name; /* FILE.part.state */
    FILE *file; /* of that name, locked; NULL: none */
    struct blake2b rows;
    uint64_t n_bytes; /* of rows so far */
    uint64_t head;    /* bytes before the first row, once they are written */
    double next;      /* when to write a checkpoint again */
};

/*
 * resume_open - looks for what an earlier run left, and checks it.
 *
 *   r      zeroed; resume_close() in any case
 *   path   of --output, an ordinary file or none yet
 *   part   of --shard
 *   sink   out: FILE.part, at the end of what the last checkpoint that holds
 *          says; empty where there is none
 *
 * False after one message: a run that differs, another one that is at work,
 * files that cannot be written.
 */
bool resume_open(struct resume *r, const char *path, const struct shared *s,
                 const struct input_part *part, const struct berth_model *model,
                 struct sink **sink);

/* resume_rows - these rows were written. */
void resume_rows(struct resume *r, const void *data, size_t size);

/*
 * resume_checkpoint - all rows of the first n_records are written.
 *
 *   input    digest of these records
 *   figures  to be found in r->figures by the next run; taken over, also on
 *            failure; NULL: memory is out
 *   now      seconds, of any clock that does not go back
 *
 * Writes one at most each second. False after one message.
 */
bool resume_checkpoint(struct resume *r, size_t n_records,
                       const uint8_t input[BLAKE2B_SIZE], json_t *figures,
                       double now);

/* resume_wants - whether resume_checkpoint() would write one now. */
bool resume_wants(const struct resume *r, double now);

/* resume_close - the run is whole, FILE has its name, and nothing of this is
 * needed; or not, and it all stays. */
void resume_close(struct resume *r, bool whole);

/* The files that are beside FILE until it is complete. */
enum resume_file {
    RESUME_PART,  /* FILE.part */
    RESUME_STATE, /* FILE.part.state */
    RESUME_FILES
};

/* resume_path - the name of one, beside the file itself, also where path is a
 * symbolic link to it, or to where it is to be: owned; NULL: none. */
char *resume_path(const char *path, enum resume_file file);

/* resume_left - whether path.part.state tells of a run that was broken off. */
bool resume_left(const char *path);

/* resume_remove - removes what such a run left, if there is anything. */
void resume_remove(const char *path);

#endif
