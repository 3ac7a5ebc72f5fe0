/*
 * grep.h - the state of grep between lines, and how lines are printed.
 */
#ifndef CLI_MEANING_GREP_H
#define CLI_MEANING_GREP_H

#include "cli/meaning/grep_colors.h"
#include "cli/meaning/hits.h"
#include "cli/vectors/kept.h"
#include "cli/vectors/vectors.h"

/* A line that may become context. */
struct grep_kept {
    struct buffer text;
    struct hit hit;
};

/* What the reader knows of the file that it is in. */
struct grep_known {
    const char *file;
    size_t next;   /* unit after that of the file */
    float *scores; /* (n) of its first lines */
    size_t n;
    size_t row; /* of the next line */
};

/* Files of which only the names are printed. */
enum grep_list {
    LIST_NONE,
    LIST_WITH,   /* with a match */
    LIST_WITHOUT /* without one */
};

struct grep {
    struct vectors vectors; /* first */
    struct text_list meanings;
    double threshold;
    bool score, invert, silent, count;
    int list;         /* enum grep_list */
    size_t max_count; /* SIZE_MAX: none */
    int names; /* file names before lines: 1, 0, or -1 where they are several */
    bool line_number;
    int after, before, context; /* -1: not given */

    struct kept cache; /* vectors of them */
    struct grep_known known;
    float **queries; /* (meanings.n) */
    bool colored;
    struct grep_colors colors;
    bool tamed; /* colours on a terminal: texts and names come without theirs */
    bool named; /* file names come before lines */
    bool separate; /* "--" is printed where lines were left out */

    const char *file;       /* the present one; NULL: none yet */
    size_t next_file;       /* operand after it */
    size_t n_matches;       /* in it */
    int owed;               /* lines of context still to come after a match */
    bool matched;           /* in any file */
    bool printed;           /* a line, in any file */
    size_t last_line;       /* that was printed of a record of several lines */
    bool gap;               /* lines were left out since */
    struct grep_kept *kept; /* (room) a ring */
    size_t n_kept, first_kept;
    size_t room; /* grows up to before, with the lines that come */
};

/* grep_make_room - for one more line before a match than are kept; false when
 * memory is out. */
bool grep_make_room(struct grep *self);

/* grep_end - frees what is kept. */
void grep_end(struct grep *self);

/* grep_line - the next line of the input; prints it, or keeps it. */
void grep_line(struct grep *self, const struct hit *hit, bool is_match,
               struct buffer *b);

/* grep_enter_file - when file is another one: what is said of those before it.
 */
void grep_enter_file(struct grep *self, const char *file, struct buffer *b);

/* grep_leave_files - what is said of all files up to the last. */
void grep_leave_files(struct grep *self, struct buffer *b);

/* grep_prepare ... - of struct stream_ops: item->extra is the score, from
 * grep_finish() on; before it, of a line that is known. */
bool grep_prepare(void *arg, struct item *item, struct berth_tokens *tokens);
enum berth_status grep_compute(void *arg, const struct batch *batch);
bool grep_finish(void *arg, struct item *item);
void grep_finish_failed(void *arg, const struct item *item);

/* grep_save, grep_restore - all of this between two lines, for --resume. */
json_t *grep_save(void *self);
bool grep_restore(void *self, const json_t *state);

/* grep_is_done - whether no further line can change anything. */
bool grep_is_done(const struct grep *self);

#endif
