/*
 * chosen_heads.h - the layers and heads that --layer and --head choose, and
 * their attention.
 */
#ifndef CLI_INSIDE_CHOSEN_HEADS_H
#define CLI_INSIDE_CHOSEN_HEADS_H

#include "cli/frame/number_list.h"
#include "cli/stream/stream.h"

struct chosen_heads {
    const char *layer_list; /* NULL: all */
    const char *head_list;
    struct number_list layers;
    struct number_list heads;
};

/* The rows of both options, for a command whose struct has this as chosen. */
#define LAYER_ROW(type)                                                        \
    {                                                                          \
        0, "layer", "LIST",                                                    \
            "layers from 0, such as 0,2-3; -1 is the last (default: all)",     \
            OPTION_TEXT, offsetof(type, chosen.layer_list), 0, 0               \
    }
#define HEAD_ROW(type)                                                         \
    {                                                                          \
        0, "head", "LIST",                                                     \
            "heads from 0, such as 0,2-3; -1 is the last (default: all)",      \
            OPTION_TEXT, offsetof(type, chosen.head_list), 0, 0                \
    }

/* chosen_heads_parse - the lists of the options, for an open model. False after
 * a message. */
bool chosen_heads_parse(struct chosen_heads *chosen, const struct session *s);
void chosen_heads_free(struct chosen_heads *chosen);

/* chosen_heads_size - bytes of the weights of a window. */
size_t chosen_heads_size(const struct chosen_heads *chosen, size_t n_tokens);

/* chosen_heads_attend - the weights (layers, heads, n, n) of a window become
 * its result. */
enum berth_status chosen_heads_attend(const struct chosen_heads *chosen,
                                      const struct session *s,
                                      struct item *item, size_t window,
                                      struct pieces *results,
                                      struct berth_error *err);

#endif
