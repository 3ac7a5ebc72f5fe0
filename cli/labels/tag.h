/*
 * tag.h - labels of tokens, and the entities that neighbours with one label
 * are: as TokenClassificationPipeline of transformers finds them.
 */
#ifndef CLI_LABELS_TAG_H
#define CLI_LABELS_TAG_H

#include <string.h>

#include "cli/output/screen.h"
#include "cli/stream/stream.h"

/* The words of --aggregation, in their order. */
enum aggregation {
    AGGREGATION_NONE,    /* each token for itself */
    AGGREGATION_SIMPLE,  /* neighbours with one label */
    AGGREGATION_FIRST,   /* a word has the label of its first token, */
    AGGREGATION_AVERAGE, /* that of the mean of its tokens' scores, */
    AGGREGATION_MAX      /* or that of its token with the highest score */
};

struct tag {
    struct session session;
    int aggregation; /* enum aggregation */
    struct screen screen;
    const char *const *labels; /* (n) of the model */
    size_t n;
};

/* A token of the whole text. */
struct tagged {
    const char *word; /* as the vocabulary writes it; an unknown one as the text
                         does */
    size_t size;      /* bytes of word */
    struct berth_span span;
    const float *scores; /* (n) of each label; they sum to 1 */
    size_t index;        /* in the text, those before it counted: [CLS] is 0 */
    bool continues;      /* the word of the token before it */
};

/* An entity, a word, or a token. */
struct entity {
    const char *label; /* of an entity: without its "B-" or "I-" */
    float score;
    size_t index;
    const char *word; /* NULL: not asked for */
    size_t size;      /* bytes of word */
    struct berth_span span;
};

/* item->extra: what finish() finds. */
struct entities {
    struct entity *list; /* (n) from left to right */
    size_t n;
};

/* tag_kind - how the entities of a label are called: what is after its first
 * dash, or all of it. */
static inline const char *tag_kind(const char *label)
{
    const char *dash = strchr(label, '-');

    return dash != NULL ? dash + 1 : label;
}

/*
 * tag_tokens - the tokens of a text, each as the window sees it in which it is
 * farthest from an edge; the logits of the windows become scores.
 *
 *   out  (*n) of item's pieces
 *
 * False: memory is out.
 */
bool tag_tokens(const struct tag *self, struct item *item, struct tagged **out,
                size_t *n);

/*
 * tag_aggregate - what is found in the tokens of a text, without what is
 * labelled "O".
 *
 *   words  wanted: as the pipeline writes them
 *
 * False: memory is out.
 */
bool tag_aggregate(const struct tag *self, const struct tagged *tokens,
                   size_t n, bool words, struct pieces *pieces,
                   struct entities *out);

/* tag_columns - those of a row. */
const struct column *tag_columns(const struct tag *self);

/* tag_draw - the text with its entities in colour, or, without colours, in
 * brackets. */
void tag_draw(const struct tag *self, const struct item *item,
              const struct entities *entities, struct buffer *b);

/* ops of struct stream_ops. */
void tag_print(void *self, const struct item *item, struct output *out);

#endif
