/*
 * state.h - a run of stream.c, for the files that are parts of it.
 */
#ifndef CLI_STREAM_STATE_H
#define CLI_STREAM_STATE_H

#include "cli/base/progress.h"
#include "cli/base/queue.h"
#include "cli/frame/resume.h"
#include "cli/stream/chunk.h"
#include "cli/stream/stream.h"

enum {
    N_CHUNKS = 4 /* one in each stage, and one that waits */
};

struct stream {
    const struct shared *settings;
    const struct stream_ops *ops;
    void *self;
    struct berth_model *model;
    struct output out;
    struct stream_totals totals;
    struct input_options input_options; /* of the settings, with the part */
    struct input *input;
    struct source_wait wait;
    bool threaded;
    bool all_or_nothing;  /* the output changes when the run is whole, only */
    struct resume resume; /* writer; what is to be skipped: reader */

    struct chunk *chunks[N_CHUNKS];
    struct queue empty;  /* writer to reader */
    struct queue filled; /* reader to main */
    struct queue done;   /* main to writer: a slice */
    struct queue again;  /* writer to main: the next slice, please */

    /* What one thread has for itself until all have ended. */
    struct {
        struct chunk *filling;
        struct berth_tokens tokens;
        struct blake2b digest; /* --resume: of all records so far */
        size_t n_read;
        bool out_of_room; /* memory */
        bool other_input; /* --resume: these are not the records */
    } reader;
    struct {
        bool broken;     /* compute() failed, or nothing could begin */
        size_t n_slices; /* computed so far */
        bool packed;     /* the weights were, once */
    } main;
    struct {
        bool taken; /* one_record has had its record */
    } writer;
};

/* stream_check_names - no two columns of the header have the same name. False
 * after a message. */
bool stream_check_names(struct stream *s);

/* stream_check_parts - whether --resume and --shard can go with such a run.
 * False after a message. */
bool stream_check_parts(const struct shared *s, const struct stream_ops *ops);

/* stream_open_output - writes what comes before the rows, or goes to the end of
 * the rows that are there. False after one message. */
bool stream_open_output(struct stream *s);

/* stream_close_output - writes what comes after the rows and gives the file its
 * name. After a run that failed, an older file stays as it was. False: the
 * output is not complete. */
bool stream_close_output(struct stream *s);

/*
 * names_are_apart - whether each --id has its name alone: no other --id has it,
 * and in csv and tsv no column of the output. False after a message.
 *
 *   header  of csv and tsv, as it is printed; empty: there is none
 */
bool names_are_apart(const struct shared *s, const struct buffer *header);

/*
 * totals_save - the figures of a run as JSON, handed to the one that goes on;
 * NULL when memory is out.
 *
 *   state  of the command, taken over; NULL: it has none
 */
json_t *totals_save(const struct stream_totals *totals, json_t *state);

/* totals_restore - what totals_save() gave; it must live as long as totals. */
void totals_restore(struct stream_totals *totals, const json_t *saved);

#endif
