/*
 * vectors.h - texts become vectors of unit length: what the commands share that
 * compare meanings.
 */
#ifndef CLI_VECTORS_H
#define CLI_VECTORS_H

#include "cli/hide.h"
#include "cli/stream.h"

struct vectors {
    const struct common *settings;
    struct berth_model *model;
    const struct berth_model_facts *facts;
    struct berth_context *context;
    struct hide hide;
    struct berth_tokenize_options tokenize;
    struct berth_embed_options options;
    const char *prompt; /* of the texts; NULL: none */
    size_t size;        /* numbers of a vector */
};

/* vectors_open - the model and a context; vectors_close() in any case. False
 * after one message. settings are borrowed. */
bool vectors_open(struct vectors *v, const struct common *settings);
void vectors_close(struct vectors *v);

/* vectors_hide - --hide-head and --hide-token for the texts that follow; false
 * after a message: a wrong option. */
bool vectors_hide(struct vectors *v, const char *command);

/* vectors_use_document_prompt - texts are what is searched, not what is
 * compared: the prompt that the model has for those. */
void vectors_use_document_prompt(struct vectors *v);

/* vectors_of_query - the vector of a text that is searched for: (size), owned,
 * free(). NULL after one message. */
float *vectors_of_query(struct vectors *v, const char *text);

/* Parts of struct stream_ops; vectors_prepare() is stream_tokenize(). */
bool vectors_prepare(const struct vectors *v, struct item *item,
                     struct berth_tokens *tokens);
enum berth_status vectors_compute(struct vectors *v, const struct job *jobs,
                                  size_t n, struct pieces *results,
                                  struct berth_error *err);

/* vectors_merge - of windows begin ... end - 1 of an item the one vector, in
 * place of the first's. NULL when memory is out. */
const float *vectors_merge(const struct vectors *v, const struct item *item,
                           size_t begin, size_t end);

#endif
