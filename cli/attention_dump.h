/*
 * attention_dump.h - what computing and printing of attention-dump share.
 */
#ifndef CLI_ATTENTION_DUMP_H
#define CLI_ATTENTION_DUMP_H

#include "cli/stream.h"

/* Numbers of layers or heads, ascending. */
struct number_list {
    size_t *items; /* (n) owned, free() */
    size_t n;
};

struct attention {
    struct common settings; /* first */
    const char *layer_list; /* NULL: all */
    const char *head_list;
    int what; /* enum berth_attention_part */
    size_t pad_to;
    bool wide;

    struct berth_model *model;
    const struct berth_model_facts *facts;
    struct berth_context *context;
    struct berth_tokenize_options tokenize;
    struct number_list layers;
    struct number_list heads;
};

/* attention_length - tokens of a window, padding counted. */
size_t attention_length(const struct attention *self, size_t n_tokens);

/* attention_row - numbers of one row: keys, or dimensions of a head. */
size_t attention_row(const struct attention *self, size_t length);

bool attention_is_vector(const struct attention *self);

/* attention_name - the word of --what. */
const char *attention_name(const struct attention *self);

/* As struct stream_ops wants them. */
void attention_header(void *arg, struct output *out);
void attention_print(void *arg, const struct item *item, size_t window,
                     struct output *out);
void attention_print_failed(void *arg, const struct item *item,
                            struct output *out);

#endif
