/*
 * chosen_heads.h - the layers and heads that --layer and --head choose, and
 * their attention.
 */
#ifndef CLI_INSIDE_CHOSEN_HEADS_H
#define CLI_INSIDE_CHOSEN_HEADS_H

#include "cli/frame/number_list.h"
#include "cli/stream/stream.h"

/* The first member of such a command's struct. */
struct chosen_heads {
    struct session session; /* first */
    const char *layer_list; /* NULL: all */
    const char *head_list;
    struct number_list layers;
    struct number_list heads;
};

#define LAYER_ROW                                                              \
    0, "layer", "LIST",                                                        \
        "layers from 0, such as 0,2-3; -1 is the last (default: all)",         \
        OPTION_TEXT, offsetof(struct chosen_heads, layer_list), 0, 0
#define HEAD_ROW                                                               \
    0, "head", "LIST",                                                         \
        "heads from 0, such as 0,2-3; -1 is the last (default: all)",          \
        OPTION_TEXT, offsetof(struct chosen_heads, head_list), 0, 0

/* chosen_heads_parse - the lists of the options, for an open model. False after
 * a message. */
bool chosen_heads_parse(struct chosen_heads *c);

/* chosen_heads_release - as struct command wants it. */
void chosen_heads_release(void *self);

/* chosen_heads_size, chosen_heads_compute - the weights (layers, heads, n, n)
 * of a window become its result; as struct stream_ops wants them. */
size_t chosen_heads_size(void *self, size_t n_tokens);
enum berth_status chosen_heads_compute(void *self, const struct batch *batch);

#endif
