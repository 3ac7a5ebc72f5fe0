/*
 * embed.h - what computing and printing of embed share.
 */
#ifndef CLI_MEANING_EMBED_H
#define CLI_MEANING_EMBED_H

#include "cli/vectors/vector_type.h"
#include "cli/vectors/vectors.h"

struct embed {
    struct vectors vectors; /* first */
    int pooling;            /* index in the words of --pooling; -1: model's */
    int layer;
    int normalize;
    size_t dim;
    const char *prompt_name;
    bool no_prompt;
    const char *prefix;
    bool tokens;
    int vector_type; /* enum berth_vector_type */
    const char *ranges;
    const char *save_ranges;
    struct sink *saved; /* those ranges, until the vectors have their name */

    struct quantized quantized;
};

/* embed_n_columns - numbers in a row; those of the binary types hold eight
 * dimensions each. */
size_t embed_n_columns(const struct embed *self);

/* The stream's callbacks that write rows. */
void embed_header(void *arg, struct output *out);
void embed_print(void *arg, const struct item *item, struct output *out);
void embed_print_failed(void *arg, const struct item *item, struct output *out);
void embed_footer(void *arg, struct output *out);
bool embed_closed(void *arg, bool whole);

#endif
