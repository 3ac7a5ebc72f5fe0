/*
 * session.h - one call of a command: its options, and the model that they name
 * with what it takes to use it.
 */
#ifndef CLI_FRAME_SESSION_H
#define CLI_FRAME_SESSION_H

#include "cli/frame/ignore.h"
#include "cli/frame/leave_out.h"
#include "cli/frame/shared_options.h"
#include "lib/berth.h"

/* The first member of every command's own struct. */
struct session {
    struct shared settings; /* first: options know it by its offset */
    struct berth_model *model;
    const struct berth_model_facts *facts;
    struct berth_context *context;
    struct ignore hide;
    struct leave_out left_out;
    struct berth_tokenize_options tokenize;
    bool strict;        /* a text beyond tokenize.max_tokens fails */
    const char *prompt; /* that is put before each text; NULL: none */
};

/* session_open - the model, and --ignore; session_close() in any case. False
 * after one message. */
bool session_open(struct session *s, enum berth_part part,
                  enum berth_head_kind head);

/* session_try - the same, but a model that does not open is left to the caller:
 * err says why. False with err all zero: after one message. */
bool session_try(struct session *s, enum berth_part part,
                 enum berth_head_kind head, struct berth_error *err);

/* session_open_context - what computes. False after one message. */
bool session_open_context(struct session *s);

/* session_limit_tokens - tokenize, for a model whose own limit is limit (0:
 * none); warns where --max-tokens is above the model's positions. */
void session_limit_tokens(struct session *s, size_t limit);

/* session_choose_windows - after session_limit_tokens(): windows, unless
 * another way was asked for. What they share by default leaves each token 64
 * others at both sides; a short window has a quarter. */
void session_choose_windows(struct session *s);

/* session_hide - --hide-head and --hide-token for what is computed from here
 * on. False after a message: a wrong option, or no memory. */
bool session_hide(struct session *s);

void session_close(struct session *s);

#endif
