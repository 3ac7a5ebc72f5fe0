/*
 * ignore.h - --hide-head and --hide-token: what is cut out of the attention.
 */
#ifndef CLI_FRAME_IGNORE_H
#define CLI_FRAME_IGNORE_H

#include "cli/frame/pattern.h"
#include "cli/frame/shared_options.h"

/* Start with {0}. */
struct ignore {
    struct berth_head *heads; /* (n_heads) */
    size_t n_heads;
    struct pattern *tokens; /* (n_tokens) */
    size_t n_tokens;
};

/* ignore_parse - from the options; false after a message: a wrong option. */
bool ignore_parse(const struct shared *s, const struct berth_model_facts *facts,
                  struct ignore *hide);

/* ignore_matches - whether --hide-token names this token of a window. */
bool ignore_matches(const struct ignore *hide, const char *token,
                    size_t position);

void ignore_free(struct ignore *hide);

#endif
