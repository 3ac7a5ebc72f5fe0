/*
 * fill_mask.h - what computing and printing of fill-mask share.
 */
#ifndef CLI_PREDICT_FILL_MASK_H
#define CLI_PREDICT_FILL_MASK_H

#include "cli/output/screen.h"
#include "cli/predict/variants.h"
#include "cli/stream/stream.h"

enum {
    FILL_MASK_PLACES = 8,     /* masks whose logits are held at a time */
    FILL_MASK_PLACES_MAX = 64 /* --lens: as many, as long as they are small */
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
    bool lens;     /* after each layer */
    bool one_line; /* text with -k 1: the filled text alone */
    const struct fill_mask_mode *mode;
    struct berth_tokenize_options of_tokens; /* --lens: without a mask */
    struct screen screen;

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
        float *logits;   /* (2, FILL_MASK_PLACES, V); --lens: (n_places, V) */
        size_t n_places; /* at a time */
        size_t layer;    /* --lens: the hidden state */
        struct pieces scratch; /* of one mask, or of one search */
    } compute;
    struct {
        struct buffer sequence;
        struct buffer cell; /* ids, or tokens */
    } print;
};

/* One mask, and the words for it, best first; --lens: the words after each
 * layer, one layer after another, also of a token that is no mask. */
struct mask {
    size_t window;
    size_t position;    /* from the window's start */
    size_t token;       /* no mask: which token of the text */
    int32_t *ids;       /* (n) */
    float *scores;      /* (n) */
    float *before;      /* (n) --compare: with nothing hidden */
    size_t *ranks;      /* (n) --rank, --lens: in the whole vocabulary, from 1
                         */
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
    bool of_tokens;    /* --lens: the text has none; these are its tokens */
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
    void (*print)(void *self, const struct item *item, struct output *out);
    bool one_window; /* compute() takes one at a time */
    /* Bytes that compute() leaves for the masks of a record. */
    size_t (*result_size)(const struct fill_mask *self, size_t n_masks);

    const char *list; /* jsonl: the key of all rows */
    bool whole;       /* a row fills all masks: m below is 0 */
    const struct column *columns;
    /* Row i of mask m: what follows row_begin(), or the members of an
     * object. For fill_mask_print(). */
    void (*print_row)(struct fill_mask *self, const struct item *item, size_t m,
                      size_t i, struct buffer *b);
    void (*print_members)(struct fill_mask *self, const struct item *item,
                          size_t m, size_t i, struct buffer *b);
};

extern const struct fill_mask_mode fill_mask_single;
extern const struct fill_mask_mode fill_mask_compare;
extern const struct fill_mask_mode fill_mask_joint;
extern const struct fill_mask_mode fill_mask_lens;

/* fill_mask_find_targets - --target and --rank; false after one message. */
bool fill_mask_find_targets(struct fill_mask *self);
void fill_mask_free_targets(struct fill_mask *self);

/* fill_mask_find_whole - --word; false after one message. */
bool fill_mask_find_whole(struct fill_mask *self);

/* fill_mask_choose - what is printed of the probabilities (V) at a mask, which
 * may be overwritten; false: no memory. */
bool fill_mask_choose(const struct fill_mask *self, float *scores,
                      struct pieces *a, struct mask *mask);

/* fill_mask_rank - of a word by the logits, or scores, x (V) of all, from 1. */
size_t fill_mask_rank(const struct fill_mask *self, const float *x, int32_t id);

/* fill_mask_keep_whole - --word: the scores (V) of others become -1. */
void fill_mask_keep_whole(const struct fill_mask *self, float *scores);

/* fill_mask_score_words - word_scores of all masks of the batch. */
enum berth_status fill_mask_score_words(struct fill_mask *self,
                                        const struct batch *batch);

/* fill_mask_word - how a word is printed: as the vocabulary writes a piece, or
 * as the user wrote it. */
struct berth_token fill_mask_word(const struct fill_mask *self, int32_t id);

/* fill_mask_pieces - its ids in the vocabulary. */
const int32_t *fill_mask_pieces(const struct fill_mask *self, const int32_t *id,
                                size_t *n);

/* fill_mask_put_id - jsonl: ,"token":ID,"token_str":TEXT; of a word of several
 * pieces a list of ids. */
void fill_mask_put_id(struct buffer *b, const struct fill_mask *self,
                      const int32_t *ids, size_t n);

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
    struct mask *masks[FILL_MASK_PLACES_MAX];
    const struct job *jobs[FILL_MASK_PLACES_MAX];
    struct berth_place places[FILL_MASK_PLACES_MAX]; /* in the batch */
    size_t n;
};

typedef enum berth_status fill_mask_run(struct fill_mask *self,
                                        const struct fill_mask_group *group,
                                        const struct batch *batch);

/* fill_mask_each_group - run() for all masks of the batch, n_places at a time.
 */
enum berth_status fill_mask_each_group(struct fill_mask *self,
                                       const struct batch *batch,
                                       fill_mask_run *run);

/* fill_mask_print - rows of a word or a filling each, as struct stream_ops
 * wants it. */
void fill_mask_print(void *arg, const struct item *item, struct output *out);

/* fill_mask_lens_print - the words after each layer. */
void fill_mask_lens_print(void *arg, const struct item *item,
                          struct output *out);
extern const struct column fill_mask_lens_columns[];

/* fill_mask_n_states - of a text that has gone through all layers: one more
 * than there are layers. */
static inline size_t fill_mask_n_states(const struct fill_mask *self)
{
    return self->session.facts->num_hidden_layers + 1;
}

#endif
