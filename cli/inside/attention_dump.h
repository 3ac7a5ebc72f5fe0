/*
 * attention_dump.h - what computing and printing of attention-dump share.
 */
#ifndef CLI_INSIDE_ATTENTION_DUMP_H
#define CLI_INSIDE_ATTENTION_DUMP_H

#include "cli/frame/pattern.h"
#include "cli/inside/chosen_heads.h"
#include "cli/output/screen.h"

/* Words of --what. */
#define ATTENTION_WORDS                                                        \
    "weights|scores|q|k|v|context|norms|attention-output|attention-norm|"      \
    "ff-inner|ff-output|hidden"

/* Words of --level, --reduce, --over and --style. */
enum {
    LEVEL_TOKEN,
    LEVEL_WORD
};

enum {
    REDUCE_NOT = -1,
    REDUCE_MEAN,
    REDUCE_MAX
};

enum {
    OVER_HEADS,
    OVER_LAYERS,
    OVER_BOTH
};

/* Words of --segments: of the query, then of the key. */
#define SEGMENTS_WORDS "aa|ab|ba|bb"

enum {
    STYLE_CELLS,
    STYLE_LINES
};

struct attention {
    struct chosen_heads chosen; /* first: to be printed */
    int what;                   /* enum berth_attention_part */
    size_t pad_to;
    bool wide;
    int level;
    int reduce;
    int over;
    bool rollout;
    int style;     /* of svg */
    size_t height; /* of a grid, with its title; 0: the terminal's */
    /* Filters of the tidy table. */
    size_t top_k;      /* 0: all */
    double min_weight; /* -INFINITY: all */
    const char *from_text, *to_text;
    bool no_special;
    int segments; /* number of the word; -1: all */

    struct number_list computed; /* layers asked of berth_attend() */
    struct pattern from, to;
    struct screen screen; /* heat, grid */
};

/* What is printed of a window: n_layers * n_heads matrices of n rows. */
struct attention_result {
    size_t n;             /* tokens, padding counted, or words */
    size_t row;           /* numbers of a row: keys, or dimensions */
    const char **labels;  /* (n) */
    const bool *special;  /* (n) [CLS], [SEP], padding */
    const char *segments; /* (n) of pairs: 'A' up to the text B, 'B' from there
                             on, '\0' of padding; else NULL */
    size_t n_layers, n_heads;
    float *data; /* (n_layers, n_heads, n, row) */
};

/* attention_length - tokens of a window, padding counted. */
size_t attention_length(const struct attention *self, size_t n_tokens);

bool attention_is_vector(const struct attention *self);

/* attention_is_stage - of a whole layer: there are no heads. */
bool attention_is_stage(const struct attention *self);

/* attention_put_name - the word of --what, or what was made of it. */
void attention_put_name(const struct attention *self, struct buffer *b);

/* attention_put_layer, attention_put_head - the number of a result's layer or
 * head, or a word if it is made of several. */
void attention_put_layer(const struct attention *self, size_t i,
                         struct buffer *b);
void attention_put_head(const struct attention *self, size_t i,
                        struct buffer *b);

/* attention_put_place - " layer 0 head 1", or " layer 0" of a whole layer. */
void attention_put_place(const struct attention *self, size_t layer,
                         size_t head, struct buffer *b);

/* attention_put_title - "record 0 layer 0 head 1", or for a picture of all
 * layers and heads (layer is SIZE_MAX) "record 0", after the carried fields. */
void attention_put_title(const struct attention *self, const struct item *item,
                         size_t layer, size_t head, struct buffer *b);

/*
 * attention_derive - what is printed, from what berth_attend() gave.
 *
 *   raw  (computed layers, heads, length, row); may be overwritten
 *
 * Returns false when memory is out.
 */
bool attention_derive(const struct attention *self, const struct item *item,
                      size_t window, float *raw, struct pieces *results,
                      struct attention_result *out);

/*
 * attention_keys - the keys of a query that the filters leave, in the order of
 * printing; returns how many.
 *
 *   row   (result->n)
 *   keys  (result->n) out
 */
size_t attention_keys(const struct attention *self,
                      const struct attention_result *result, const float *row,
                      size_t query, size_t *keys);

/* attention_draw - heat, grid and svg. */
void attention_draw(const struct attention *self, const struct item *item,
                    struct output *out);

/* As struct stream_ops wants them. */
void attention_header(void *arg, struct output *out);
void attention_print(void *arg, const struct item *item, struct output *out);
void attention_print_failed(void *arg, const struct item *item,
                            struct output *out);

#endif
