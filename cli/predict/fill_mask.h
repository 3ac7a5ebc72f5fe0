/*
 * fill_mask.h - what computing and printing of fill-mask share.
 */
#ifndef CLI_PREDICT_FILL_MASK_H
#define CLI_PREDICT_FILL_MASK_H

#include "cli/predict/variants.h"
#include "cli/stream/stream.h"

enum {
    FILL_MASK_PLACES = 8 /* masks whose logits are held at a time */
};

/* The orders in which --joint fills. */
enum fill_order {
    ORDER_LEFT_TO_RIGHT,
    ORDER_BEST_FIRST
};

/* A target of several pieces. */
struct word {
    int32_t *ids;     /* (n) owned */
    size_t n;         /* 2 or more */
    const char *text; /* borrowed: as the user wrote it */
};

struct fill_mask {
    struct session session; /* first */
    size_t k;               /* 0: not given */
    struct text_list targets;
    struct text_list ranks;
    double min_prob;
    bool word;
    bool joint;
    int order;     /* enum fill_order */
    size_t beam;   /* 0: not given */
    bool compare;  /* with and without what is hidden */
    bool one_line; /* text with -k 1: the filled text alone */
    const struct fill_mask_mode *mode;

    int32_t *target_ids; /* (n_target_ids) of targets or ranks; an id of
                            vocab_size + i is that of words[i] */
    size_t n_target_ids;
    struct word *words; /* (n_words) */
    size_t n_words;
    size_t n_pieces; /* of the longest word */
    bool *whole;     /* (V) --word: what may be printed; NULL: all */
    size_t n_whole;
    struct {
        struct masked masked;
        float *logits;         /* (2, FILL_MASK_PLACES, V) */
        struct pieces scratch; /* of one mask, or of one search */
    } compute;
    struct {
        struct buffer sequence;
        struct buffer cell; /* ids, or tokens */
    } print;
};

/* One mask, and the words for it, best first. */
struct mask {
    size_t window;
    size_t position;    /* from the window's start */
    int32_t *ids;       /* (n) */
    float *scores;      /* (n) */
    float *before;      /* (n) --compare: with nothing hidden */
    size_t *ranks;      /* (n) --rank: in the whole vocabulary, from 1 */
    float *word_scores; /* (n_words) */
    size_t n;
};

/* --joint: a word for each mask at once. */
struct filling {
    double score; /* natural logarithm */
    int32_t *ids; /* (masks) */
};

/* The masks of a record in their order; item->extra. */
struct masks {
    struct mask *list; /* (n) */
    size_t n;
    int32_t *words;    /* (n) room for print() */
    struct field text; /* as tokenized: the offsets count here */
    struct field pair;
    struct filling *fillings; /* (n_fillings) --joint: best first */
    size_t n_fillings;
};

/* What fill-mask does; a file for each. A row is a word at a mask, or a filling
 * of all masks. */
struct fill_mask_mode {
    enum berth_status (*compute)(void *self, const struct batch *batch);
    bool one_window; /* compute() takes one at a time */
    /* Bytes that compute() leaves for the masks of a record. */
    size_t (*result_size)(const struct fill_mask *self, size_t n_masks);

    const char *list; /* jsonl: the key of all rows */
    bool whole;       /* a row fills all masks: m below is 0 */
    const struct column *columns;
    /* Row i of mask m: what follows row_begin(), or the members of an
     * object. */
    void (*print_row)(struct fill_mask *self, const struct item *item, size_t m,
                      size_t i, struct buffer *b);
    void (*print_members)(struct fill_mask *self, const struct item *item,
                          size_t m, size_t i, struct buffer *b);
};

extern const struct fill_mask_mode fill_mask_single;
extern const struct fill_mask_mode fill_mask_compare;
extern const struct fill_mask_mode fill_mask_joint;

/* fill_mask_find_targets - --target and --rank; false after one message. */
bool fill_mask_find_targets(struct fill_mask *self);
void fill_mask_free_targets(struct fill_mask *self);

/* fill_mask_find_whole - --word; false after one message. */
bool fill_mask_find_whole(struct fill_mask *self);

/* fill_mask_choose - what is printed of the probabilities (V) at a mask, which
 * may be overwritten; false: no memory. */
bool fill_mask_choose(const struct fill_mask *self, float *scores,
                      struct pieces *a, struct mask *mask);

/* fill_mask_score_words - word_scores of all masks of the batch. */
enum berth_status fill_mask_score_words(struct fill_mask *self,
                                        const struct batch *batch);

/* fill_mask_word - how a word is printed: as the vocabulary writes a piece, or
 * as the user wrote it. */
struct berth_token fill_mask_word(const struct fill_mask *self, int32_t id);

/* fill_mask_pieces - its ids in the vocabulary. */
const int32_t *fill_mask_pieces(const struct fill_mask *self, const int32_t *id,
                                size_t *n);

/*
 * fill_mask_sequence - the texts of the record, a TAB between the two, mask m
 * replaced by words[m]; negative: the mask stays.
 *
 *   b  fails when memory is out
 *
 * In print.sequence, until the next call.
 */
const struct buffer *fill_mask_sequence(struct fill_mask *self,
                                        const struct item *item,
                                        const int32_t *words, struct buffer *b);

/* Some masks whose logits are taken together. */
struct fill_mask_group {
    struct mask *masks[FILL_MASK_PLACES];
    const struct job *jobs[FILL_MASK_PLACES];
    struct berth_place places[FILL_MASK_PLACES]; /* in the batch */
    size_t n;
};

typedef enum berth_status fill_mask_run(struct fill_mask *self,
                                        const struct fill_mask_group *group,
                                        const struct batch *batch);

/* fill_mask_each_group - run() for all masks of the batch. */
enum berth_status fill_mask_each_group(struct fill_mask *self,
                                       const struct batch *batch,
                                       fill_mask_run *run);

/* fill_mask_print - rows of any mode, as struct stream_ops wants it. */
void fill_mask_print(void *arg, const struct item *item, struct output *out);

#endif
