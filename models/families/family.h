/*
 * family.h - a family of models is a constant table: which keys its config.json
 * has, which tensors go where, which steps its heads take. config.c and load.c
 * walk the tables; nothing else asks which family it is.
 *
 * A step of the encoder does what it has something for: no types, no step. How
 * the families that are not here yet would fit was tried on paper, against the
 * sources of transformers 5.24; what each needs beside its table:
 *
 *   RoBERTa, XLM-R,  a family's first position, from pad + 1; a pad in the text
 *   CamemBERT        has row pad and is not counted
 *   ELECTRA          slot PROJECTION after the norm of the embeddings, size E
 *   MPNet            first position 2; slot for one table of 32 buckets a head;
 *                    added to the scores before ignored keys are set
 *   ALBERT           size E, PROJECTION; layers[] of the distinct groups, and
 *                    in which order they run
 *   NomicBERT        no row of positions: q and k are turned after qkv; rows
 *                    without a bias; slot GATE beside UP, and the product of
 *                    the two is taken
 *   JinaBERT         a test of config.json beside model_type, which is "bert";
 *                    a slope times the distance added to the scores; GATE
 *   ModernBERT       slots ATTENTION_BEFORE (layer 0 has none: an optional
 *                    row), FORWARD_BEFORE, FINAL_NORM, and none of the norms
 *                    after; a row of three times its rows in QKV; turned, each
 *                    layer by its own theta; keys within the layer's reach
 *                    alone
 *   DeBERTa-v2, -v3  no positions; slots for the table of distances and its
 *                    norm; two more products of it with q and k are added to
 *                    the scores, all by the layer's scale; v2-xlarge: a
 *                    convolution after layer 0
 *   GTE, Jina v3     as NomicBERT, QKV one row of three times its rows
 *   EuroBERT         as ModernBERT; norms without a mean; parts of QKV that
 *                    differ in rows, as several heads share a key
 *   MobileBERT       a layer of its own from the same parts (four bottlenecks,
 *                    several feed-forwards), norms that only scale and shift,
 *                    PROJECTION over three neighbours
 *
 * The heads of all of them are chains of steps (classification, tags, answers,
 * next sentence: other rows, and which token they read).
 */
#ifndef MODELS_FAMILIES_FAMILY_H
#define MODELS_FAMILIES_FAMILY_H

#include "lib/kernels/kernels.h"

#include <stdbool.h>

/* What struct berth_config has, one key each. */
enum berth_config_key {
    BERTH_KEY_NONE,
    BERTH_KEY_VOCAB_SIZE,
    BERTH_KEY_HIDDEN_SIZE,
    BERTH_KEY_NUM_HIDDEN_LAYERS,
    BERTH_KEY_NUM_ATTENTION_HEADS,
    BERTH_KEY_INTERMEDIATE_SIZE,
    BERTH_KEY_MAX_POSITION_EMBEDDINGS,
    BERTH_KEY_TYPE_VOCAB_SIZE,
    BERTH_KEY_HIDDEN_ACT,
    BERTH_KEY_LAYER_NORM_EPS,
    BERTH_KEY_TIE_WORD_EMBEDDINGS
};

/* A key of config.json. A list of them ends with none. */
struct berth_config_row {
    enum berth_config_key key;
    double usual; /* where the file is silent: the number, true, or which
                     enum berth_function */
    const char *names[2]; /* in the file: the first that is there counts; none:
                             a constant of the family */
};

/* Where a tensor goes: load.c has the table. */
enum berth_slot {
    BERTH_SLOT_TOKENS,
    BERTH_SLOT_POSITIONS,
    BERTH_SLOT_TYPES,
    BERTH_SLOT_EMBEDDINGS_NORM,
    /* Of each layer. */
    BERTH_SLOT_QKV,
    BERTH_SLOT_ATTENTION_OUTPUT,
    BERTH_SLOT_ATTENTION_AFTER,
    BERTH_SLOT_UP,
    BERTH_SLOT_DOWN,
    BERTH_SLOT_FORWARD_AFTER
};

/*
 * A tensor; several in a row of one slot are stacked. Sizes are letters: V
 * vocabulary, C hidden size, F inside of the feed-forward, P positions, N
 * types. A list of them begins with the tokens and ends with one without a
 * name.
 */
struct berth_tensor_row {
    enum berth_slot slot;
    const char *name; /* without ".weight" and ".bias"; * is the layer */
    char rows, columns;
};

enum {
    BERTH_FUNCTION_OF_CONFIG = -1 /* hidden_act */
};

/* A step of a head: linear, function, norm. A list of them ends with an empty
 * one. */
struct berth_step_row {
    const char *linear; /* as above, without the family's prefix */
    char rows, columns;
    bool tied;        /* the tokens' tensor, unless config.json or the file
                         has one of its own */
    const char *bias; /* what it is called where linear has none */
    int function;     /* enum berth_function, or of the config */
    const char *norm;
};

struct berth_family {
    const char *name;   /* model_type */
    const char *class;  /* how its classes begin in "architectures" */
    const char *prefix; /* of the names of tensors, but of heads; the encoder
                           saved alone has none */
    const struct berth_config_row *config;
    const struct berth_tensor_row *tensors;
    const struct berth_step_row *masked_lm;
};

extern const struct berth_family berth_family_bert, berth_family_distilbert;

#endif
