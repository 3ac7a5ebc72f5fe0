/*
 * stream.h - records in, rows out: reading and tokenizing, computing, and
 * writing go on at the same time, in order, in constant memory.
 *
 * Records are collected into chunks. A chunk goes through three stages, each
 * of which owns it meanwhile: the reader thread fills it and calls prepare(),
 * the main thread calls compute() on batches of its windows, the writer thread
 * calls finish() and print(). With one thread the stages take turns.
 *
 * A chunk is closed when it is large, and also when the input has nothing more
 * to give at the moment, so that an answer is never held back.
 */
#ifndef CLI_STREAM_STREAM_H
#define CLI_STREAM_STREAM_H

#include <jansson.h>

#include "cli/base/region.h"
#include "cli/frame/session.h"
#include "cli/output/columns.h"
#include "cli/output/npy.h"

/* A record, its tokens, and what was computed from them. All of it is in the
 * chunk's pieces. */
struct item {
    struct record record;
    struct pieces *pieces; /* of the chunk: for results too */

    const int32_t *ids; /* as in struct berth_tokens */
    const int32_t *type_ids;
    const struct berth_span *offsets;
    const bool *special;
    const bool *second;  /* of text B; NULL where there is none */
    const size_t *words; /* with tokenize.words of the session; else NULL */
    const bool *ignored; /* from attention; NULL: none */
    size_t n_tokens;
    const struct berth_window *windows;
    size_t n_windows;
    size_t n_full;
    size_t n_unknown; /* tokens of the whole text, before it was cut */
    size_t n_invalid; /* bytes of the texts that are not UTF-8 */
    size_t n_results; /* bytes that compute() will leave, beside those of
                         result_size(): prepare() may say */
    size_t window;    /* of finish() and print(): the present one */
    bool truncated;
    bool wordless;  /* no token is of the text itself: it means nothing */
    bool begun;     /* a window of it was printed */
    bool no_memory; /* prepare() failed for want of it */

    void **results; /* (n_windows) from compute(), for finish() and print() */
    void *extra;    /* the command's own: from prepare() or finish() */
};

/* item_is_second - whether a token is of text B. */
static inline bool item_is_second(const struct item *item, size_t token)
{
    return item->second != NULL && item->second[token];
}

/* A window to compute. */
struct job {
    struct item *item;
    size_t window;
};

/* job_tokens - tokens of the window. */
size_t job_tokens(const struct job *job);

/* Windows to compute together. */
struct batch {
    const struct job *jobs; /* (n) */
    size_t n;
    struct pieces *results; /* results are put here */
    struct berth_error *err;
};

/* Where print() puts rows. */
struct output {
    struct buffer rows;
    struct sink *sink;
    struct npy_rows *npy; /* if set, rows are written through it */
    struct npz *npz;
    struct resume *resume; /* counts the rows for --resume; NULL: without it */
    bool failed;
    bool ended;    /* print() stopped the run on purpose (grep --max-count): the
                      output is complete */
    bool all_read; /* in footer(): every file was read to its end */
};

/* output_spill - writes rows out when they are many; call it in long loops. */
void output_spill(struct output *out);

/* output_write - the rows so far; false after one message. */
bool output_write(struct output *out);

/* What a command does with a record. self is the command's struct. */
struct stream_ops {
    /*
     * prepare - from text to tokens, by session_prepare(), or to results at
     * once. Returns false after item->record.error was set. Reader thread.
     */
    bool (*prepare)(void *self, struct item *item, struct berth_tokens *tokens);

    /* compute - item->results[window] of each job, or item->record.error where
     * they are no numbers (cli/stream/finite.h); NULL: nothing to compute. Main
     * thread. */
    enum berth_status (*compute)(void *self, const struct batch *batch);

    /*
     * finish - works with all results of an item, or of one window of it: it
     * merges, weighs, adds up or compares them, and leaves what it finds in
     * item->extra. Records come in their order, so that one may depend on those
     * before it. False: memory is out. Writer thread; NULL: nothing to do.
     */
    bool (*finish)(void *self, struct item *item);

    /* print - the rows of an item, or of one window of it, into out. Writer
     * thread; NULL: there are none. */
    void (*print)(void *self, const struct item *item, struct output *out);

    /* finish_failed, print_failed - called for a failed item instead of
     * finish() and print(); some of its windows may have been printed before.
     * May be NULL. */
    void (*finish_failed)(void *self, const struct item *item);
    void (*print_failed)(void *self, const struct item *item,
                         struct output *out);

    /* Bytes that the results of a window of n_tokens take, about. */
    size_t (*result_size)(void *self, size_t n_tokens);

    /* Of the rows of csv and tsv: their header, and the rows of failed records,
     * are made from them, unless header() and print_failed() do that. */
    const struct column *columns;

    /* header - writes what comes before all rows; may be NULL. */
    void (*header)(void *self, struct output *out);
    /* footer - writes what comes after all rows of a whole run; may be NULL. */
    void (*footer)(void *self, struct output *out);
    /* abandon - called instead of footer() when the run failed or was
     * interrupted. A pending signal may end the program right after it: an
     * unfinished file must be removed here. May be NULL. */
    void (*abandon)(void *self);
    /* closed - called after the output was closed; whole: it is complete and
     * has its name. Another file that belongs to it gets its name now. False
     * when that failed; may be NULL. */
    bool (*closed)(void *self, bool whole);

    /*
     * save, restore - for --resume: what finish() or print() keeps from one
     * record for the next, as JSON; NULL: nothing. restore() takes what save()
     * gave; false: it cannot have come from save().
     */
    json_t *(*save)(void *self);
    bool (*restore)(void *self, const json_t *state);
    const char *no_resume; /* why --resume is refused; NULL: it is not */

    bool blank_line;     /* text: an empty line ends each record */
    bool no_output;      /* the command prints afterwards: no file is opened */
    bool one_record;     /* the format holds one record, one window, only */
    struct npy_row npy;  /* rows of npy; width 0: print() writes whole arrays */
    bool by_window;      /* finish() and print() get one window at a time; its
                            results are freed after that */
    size_t batch_tokens; /* of one compute(); 0: one window at a time */
};

/* How many texts a warning is about, and where the first one was. */
struct stream_count {
    size_t n;
    const char *file;
    size_t line;
};

/* Figures of a run. */
struct stream_totals {
    size_t n_records;
    size_t n_failed;
    size_t n_tokens;
    size_t n_unknown;
    size_t n_tokens_before; /* of n_tokens, those of the run that broke off */
    size_t n_invalid;       /* bytes */
    double seconds;
    struct stream_count truncated;
    size_t first_length; /* tokens of the first truncated one */
    struct stream_count invalid;
    struct stream_count mostly_unknown;
    struct stream_count without_id; /* a key of --id */
    const char *missing_id;         /* that of the first */
};

/* totals_add - a record that did not fail. */
void totals_add(struct stream_totals *t, const struct item *item);
/* totals_mostly_unknown - whether more than a third of the tokens are unknown;
 * those that every text has do not count. */
bool totals_mostly_unknown(const struct item *item);
/* totals_warn - a line for what was cut, was not UTF-8, was not known, had no
 * key of --id. */
void totals_warn(const struct stream_totals *t);

/* tokens_have_words - whether a token is of the first text itself, and no
 * blank.
 */
bool tokens_have_words(const struct berth_tokens *tokens, const char *text);

/* session_tokenize - fills item from its record, as the session says, with its
 * prompt; offsets are those in what --ignore leaves of the texts. False after
 * item->record.error was set. */
bool session_tokenize(const struct session *s, struct item *item,
                      struct berth_tokens *tokens);

/* session_mark_ignored - item->ignored of an item that was tokenized. False
 * after item->record.error was set: no memory, or a window of which nothing is
 * left.
 */
bool session_mark_ignored(const struct session *s, struct item *item);

/* session_prepare - both; self is a command's struct, as struct stream_ops
 * wants it. */
bool session_prepare(void *self, struct item *item,
                     struct berth_tokens *tokens);

/*
 * item_owned - of the tokens of a window, counted from its start, those of the
 * text that are farther from its edges than in the other windows. Each token of
 * the text is owned by one window.
 *
 *   overlap  as berth_tokenize() was given it
 */
struct berth_span item_owned(const struct item *item, size_t overlap,
                             size_t window);

/* item_is_backward - whether the first window has the end of the text, as where
 * a tokenizer cuts at the left. */
bool item_is_backward(const struct item *item);

/* item_join - the tokens and windows of n parts, one after another, become
 * those of item. False after item->record.error was set. */
bool item_join(struct item *item, const struct item *parts, size_t n);

/* session_sequence - a window as the model wants it; what it points to lives as
 * long as the item. */
struct berth_sequence session_sequence(const struct session *s,
                                       const struct item *item, size_t window);

/* session_forward - runs the windows of a batch through the model, up to this
 * layer (berth_forward()): a compute() goes on from there. */
enum berth_status session_forward(const struct session *s, int layer,
                                  const struct batch *batch);

/* stream_fail - sets the item's error, in words; returns false. */
__attribute__((format(printf, 2, 3))) bool stream_fail(struct item *item,
                                                       const char *fmt, ...);

/* stream_fail_memory - memory is out: not the record's failure but the end of
 * the run. Returns false. */
bool stream_fail_memory(struct item *item);

/* stream_fail_as - what a part of it failed for. Returns false. */
bool stream_fail_as(struct item *item, const struct item *part);

/* stream_fail_error - one or the other, by the error's status. */
bool stream_fail_error(struct item *item, const struct berth_error *err);

/* stream_no_memory - what compute() returns when memory is out; sets err. */
enum berth_status stream_no_memory(struct berth_error *err);

/*
 * stream_run - everything from input to output, all messages, and --stats.
 *
 *   model  packed here once there is enough to do; named by --stats
 *
 * Returns EXIT_DONE or EXIT_NOT_DONE; does not return when a signal ended the
 * run.
 */
int stream_run(const struct shared *settings, const struct stream_ops *ops,
               void *self, struct berth_model *model);

#endif
