/*
 * embed.h - what computing and printing of embed share.
 */
#ifndef CLI_MEANING_EMBED_H
#define CLI_MEANING_EMBED_H

#include "cli/frame/number_list.h"
#include "cli/vectors/vector_type.h"
#include "cli/vectors/vectors.h"

struct embed {
    struct vectors vectors; /* first */
    int pooling;            /* index in the words of --pooling; -1: model's */
    const char *state_list; /* NULL: the last */
    int normalize;
    size_t dim;
    const char *prompt_name;
    bool no_prompt;
    const char *prefix;
    bool tokens;
    bool windows;    /* each has its own vector */
    bool list;       /* csv, tsv: a vector is one cell */
    int vector_type; /* enum berth_vector_type */
    const char *ranges;
    const char *save_ranges;
    struct sink *saved; /* those ranges, until the vectors have their name */

    struct number_list states; /* hidden states, at least one */
    struct quantized quantized;
};

/* embed_n_columns - numbers of a vector; those of the binary types hold eight
 * dimensions each. */
size_t embed_n_columns(const struct embed *self);

/*
 * embed_compute, embed_finish - as struct stream_ops wants them. The result of
 * a window is, for each hidden state, its vector, or with --tokens the vectors
 * of its tokens: (states, size) or (states, tokens, size). embed_finish() puts
 * the vectors of a text in place of those of its first window.
 */
enum berth_status embed_compute(void *arg, const struct batch *batch);
bool embed_finish(void *arg, struct item *item);
size_t embed_result_size(void *arg, size_t n_tokens);

/* The stream's callbacks that write rows. */
void embed_header(void *arg, struct output *out);
void embed_print(void *arg, const struct item *item, struct output *out);
void embed_print_failed(void *arg, const struct item *item, struct output *out);
void embed_footer(void *arg, struct output *out);
bool embed_closed(void *arg, bool whole);

/* embed_put_vector - the numbers of one, with what the format has around
 * them. */
void embed_put_vector(const struct embed *self, struct buffer *b,
                      const float *x);

/* embed_put_states - jsonl: which hidden states follow, where there are
 * several, and the key and bracket of their numbers. */
void embed_put_states(const struct embed *self, struct buffer *b);

/* embed_print_tokens - embed_print() with --tokens. */
void embed_print_tokens(const struct embed *self, const struct item *item,
                        struct output *out);

#endif
