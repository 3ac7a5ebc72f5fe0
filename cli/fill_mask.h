/*
 * fill_mask.h - what computing and printing of fill-mask share.
 */
#ifndef CLI_FILL_MASK_H
#define CLI_FILL_MASK_H

#include "cli/hide.h"
#include "cli/stream.h"

enum {
    FILL_MASK_PLACES = 8 /* masks whose logits are held at a time */
};

struct fill_mask {
    struct common settings; /* first */
    size_t k;               /* 0: not given */
    struct text_list targets;
    bool compare;  /* with and without what is hidden */
    bool one_line; /* text with -k 1: the filled text alone */

    struct berth_model *model;
    const struct berth_model_facts *facts;
    struct berth_context *context;
    struct hide hide;
    struct berth_tokenize_options tokenize;
    int32_t *target_ids; /* (n_target_ids) */
    size_t n_target_ids;
    float *logits;         /* (2, FILL_MASK_PLACES, V) main thread */
    struct buffer scratch; /* writer thread: a sequence */
};

/* One mask, and the words for it, best first. */
struct mask {
    size_t window;
    size_t position; /* from the window's start */
    int32_t *ids;    /* (n) */
    float *scores;   /* (n) */
    float *before;   /* (n) --compare: with nothing hidden */
    size_t n;
};

/* The masks of a record in their order; item->extra. */
struct masks {
    struct mask *list; /* (n) */
    size_t n;
    struct field text; /* as tokenized: the offsets count here */
    struct field pair;
};

/* fill_mask_compare_ops - --compare has a compute() and rows of its own. */
void fill_mask_compare_ops(struct stream_ops *ops);

/* As struct stream_ops wants them. */
void fill_mask_header(void *arg, struct output *out);
void fill_mask_print(void *arg, const struct item *item, size_t window,
                     struct output *out);
void fill_mask_print_failed(void *arg, const struct item *item,
                            struct output *out);

#endif
