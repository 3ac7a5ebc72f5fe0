/*
 * ignore.h - --hide-head and --hide-token: what is cut out of the attention.
 */
#ifndef CLI_STREAM_IGNORE_H
#define CLI_STREAM_IGNORE_H

#include "cli/frame/pattern.h"
#include "cli/stream/stream.h"

/* Start with {0}. */
struct hide {
    struct berth_head *heads; /* (n_heads) */
    size_t n_heads;
    struct pattern *tokens; /* (n_tokens) */
    size_t n_tokens;
};

/* hide_parse - from the options; false after a message: a wrong option. */
bool hide_parse(const char *command, const struct common *s,
                const struct berth_model *model, struct hide *hide);

/* hide_heads - in a context; false after a message. */
bool hide_heads(const struct hide *hide, struct berth_context *ctx);

/*
 * hide_prepare - marks the hidden tokens of an item that was tokenized, as
 * item->hidden. False after item->record.error was set: no memory, or a window
 * of which nothing is left.
 */
bool hide_prepare(const struct hide *hide, const struct berth_model *model,
                  struct item *item);

/* hide_window - what berth_sequence wants for a window; NULL: none. */
const bool *hide_window(const struct item *item, size_t window);

void hide_free(struct hide *hide);

#endif
