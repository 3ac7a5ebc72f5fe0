/*
 * vectors.h - texts become vectors, of unit length where they are compared by
 * cosine: what the commands share that compare meanings.
 */
#ifndef CLI_EMBED_VECTORS_H
#define CLI_EMBED_VECTORS_H

#include "cli/stream/stream.h"

/* The first member of such a command's struct. */
struct vectors {
    struct common settings; /* first */
    struct berth_model *model;
    const struct berth_model_facts *facts;
    struct berth_context *context;
    struct hide hide;
    struct berth_tokenize_options tokenize;
    struct berth_embed_options options;
    const char *prompt; /* of the texts; NULL: none */
    size_t size;        /* numbers of a vector */
};

/* vectors_open - the model and a context, as the settings say; vectors_close()
 * in any case, which frees the settings too. False after one message. */
bool vectors_open(struct vectors *v);
void vectors_close(struct vectors *v);

/* vectors_hide - --hide-head and --hide-token for the texts that follow; false
 * after a message: a wrong option. */
bool vectors_hide(struct vectors *v, const char *command);

/* vectors_use_document_prompt - texts are what is searched, not what is
 * compared: the prompt and the limit that the model has for those. */
void vectors_use_document_prompt(struct vectors *v);

/* vectors_threshold - *threshold as given, NaN where it was not: then usual, or
 * NaN where none is. False after a message: a wrong option. */
bool vectors_threshold(const struct vectors *v, const char *command,
                       double usual, double *threshold);

/* vectors_of_query - the vector of a text that is searched for: (size), owned,
 * free(). NULL after one message. */
float *vectors_of_query(struct vectors *v, const char *text);

/* vectors_ops - from text to vectors, one a window; what is printed is the
 * command's. Its struct is self of stream_run(). */
struct stream_ops vectors_ops(const struct vectors *v);

/* vectors_prepare - the prepare() of vectors_ops(). */
bool vectors_prepare(void *self, struct item *item,
                     struct berth_tokens *tokens);

/* vectors_merge - of windows begin ... end - 1 of an item the one vector, in
 * place of the first's. NULL when memory is out. */
const float *vectors_merge(const struct vectors *v, const struct item *item,
                           size_t begin, size_t end);

#endif
