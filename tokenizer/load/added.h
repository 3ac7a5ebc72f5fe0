/*
 * added.h - what gathering the declared tokens and adding them share.
 */
#ifndef TOKENIZER_LOAD_ADDED_H
#define TOKENIZER_LOAD_ADDED_H

#include "tokenizer/load/load.h"

/* A token that a file declares; content is borrowed from the JSON. */
struct berth_declared {
    struct berth_added_token token;
    size_t index; /* its id in the file */
    size_t order; /* of declaring */
};

struct berth_declared_list {
    struct berth_declared *items;
    size_t n;
    size_t capacity;
};

/* One run of berth_load_added(). */
struct berth_gathering {
    struct berth_loading *l;
    json_t *old; /* added_tokens.json; NULL: none */
    struct berth_declared_list list;
    size_t n_declared;          /* added before the special tokens */
    struct berth_added special; /* what is special for added_tokens.json */
};

/*
 * berth_gather_token - a token as an object {"content": ..., "lstrip": ...}, or
 * a string.
 *
 *   name     the file, for messages
 *   special  it is special whatever it says
 *   out      content is borrowed from value
 *
 * Errors: BERTH_ERR_FORMAT.
 */
enum berth_status berth_gather_token(const struct berth_loading *l,
                                     const json_t *value, const char *name,
                                     bool special,
                                     struct berth_added_token *out);

/* berth_gather_named - a named token: as a file says, else the class's. *has:
 * there is one. Errors: BERTH_ERR_FORMAT. */
enum berth_status berth_gather_named(const struct berth_gathering *g,
                                     size_t which,
                                     struct berth_added_token *out, bool *has);

/* Tokens without a name of their own, NULL where there are none: of
 * tokenizer_config.json and of special_tokens_map.json. */
struct berth_extra {
    json_t *objects[2]; /* key to token */
    json_t *lists[2];
};

/*
 * berth_gather_extra - "extra_special_tokens", and what it was called before.
 * The old name counts only where there is no list under the new one, and in
 * special_tokens_map.json only for adding, not for what is special: that is how
 * the reference reads it. Cannot fail.
 */
struct berth_extra berth_gather_extra(const struct berth_gathering *g,
                                      bool adding);

/* put.c: rows of the table in added.c that add tokens, and what they are. */
typedef enum berth_status berth_gather_step(struct berth_gathering *g);

berth_gather_step berth_put_file;
berth_gather_step berth_put_declared;
berth_gather_step berth_put_named;
berth_gather_step berth_put_keys;
berth_gather_step berth_put_objects;
berth_gather_step berth_put_lists;
berth_gather_step berth_put_facts;

#endif
