/*
 * family.h - a family of models is a constant table: which keys its config.json
 * has, which tensors go where, which steps its heads take. config.c and load.c
 * walk the tables; nothing else asks which family it is.
 *
 * A step of the encoder does what it has something for: no types, no step.
 * What a table cannot say is one of a few kinds: of input, of layer, of norm,
 * of gate, of what distances add to scores.
 */
#ifndef MODELS_FAMILIES_FAMILY_H
#define MODELS_FAMILIES_FAMILY_H

#include "lib/berth.h"
#include "models/linear/linear.h"
#include "models/linear/norm.h"

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
    BERTH_KEY_TIE_WORD_EMBEDDINGS,
    BERTH_KEY_EMBEDDING_SIZE,
    BERTH_KEY_PAD_TOKEN_ID,
    BERTH_KEY_NUM_HIDDEN_GROUPS,
    BERTH_KEY_INNER_GROUP_NUM,
    BERTH_KEY_KEY_VALUE_HEADS,
    BERTH_KEY_ROPE_THETA,
    BERTH_KEY_ROPE_TYPE,        /* the object that has it */
    BERTH_KEY_LOCAL_ROPE_THETA, /* of layers with local attention */
    BERTH_KEY_LOCAL_ROPE_TYPE,
    BERTH_KEY_LOCAL_ATTENTION,
    BERTH_KEY_LAYER_TYPES,
    BERTH_KEY_CLASSIFIER_ACTIVATION,
    BERTH_KEY_CLASSIFIER_POOLING,
    BERTH_KEY_POSITION_BIASED_INPUT,
    BERTH_KEY_RELATIVE_ATTENTION,
    BERTH_KEY_POS_ATT_TYPE,
    BERTH_KEY_SHARE_ATT_KEY,
    BERTH_KEY_MAX_RELATIVE_POSITIONS,
    BERTH_KEY_POSITION_BUCKETS,
    BERTH_KEY_NORM_REL_EBD,
    BERTH_KEY_CONV_KERNEL_SIZE,
    BERTH_KEY_CONV_ACT,
    BERTH_KEY_INTRA_BOTTLENECK_SIZE,
    BERTH_KEY_NUM_FEEDFORWARD_NETWORKS
};

/* A key of config.json. A list of them ends with none. */
struct berth_config_row {
    enum berth_config_key key;
    double usual; /* where the file is silent: the number, true, or which
                     enum berth_function or berth_classifier_pooling */
    const char *names[4]; /* in the file, with dots between objects: the first
                             that is there counts; none: a constant of the
                             family */
};

/* A key of config.json, or a path to one, that must be absent, null or this: as
 * JSON writes it; NULL: it must not be there. A list of them ends with an empty
 * one. */
struct berth_wanted_row {
    const char *key;
    const char *value;
};

/* Where a tensor goes: load.c has the table. */
enum berth_slot {
    BERTH_SLOT_TOKENS,
    BERTH_SLOT_POSITIONS,
    BERTH_SLOT_TYPES,
    BERTH_SLOT_EMBEDDINGS_NORM,
    BERTH_SLOT_PROJECTION,     /* from the embedding size to the hidden size */
    BERTH_SLOT_PROJECTED_NORM, /* after it */
    BERTH_SLOT_DISTANCE_BUCKETS,
    BERTH_SLOT_DISTANCES,
    BERTH_SLOT_DISTANCES_NORM,
    BERTH_SLOT_CONVOLUTION, /* added to the output of layer 0 */
    BERTH_SLOT_CONVOLUTION_NORM,
    BERTH_SLOT_FINAL_NORM,
    /* Of each layer. */
    BERTH_SLOT_ATTENTION_BEFORE,
    BERTH_SLOT_QKV,
    BERTH_SLOT_DISTANCE_KEYS, /* what makes keys of distances */
    BERTH_SLOT_DISTANCE_QUERIES,
    BERTH_SLOT_ATTENTION_OUTPUT,
    BERTH_SLOT_ATTENTION_AFTER,
    BERTH_SLOT_FORWARD_BEFORE,
    BERTH_SLOT_UP, /* the gate with it, where there is one */
    BERTH_SLOT_DOWN,
    BERTH_SLOT_FORWARD_AFTER,
    /* Of a layer with bottlenecks. */
    BERTH_SLOT_INPUT_BOTTLENECK,
    BERTH_SLOT_INPUT_BOTTLENECK_NORM,
    BERTH_SLOT_ATTENTION_BOTTLENECK,
    BERTH_SLOT_ATTENTION_BOTTLENECK_NORM,
    BERTH_SLOT_VALUES,  /* beside queries and keys in QKV */
    BERTH_SLOT_MORE_UP, /* of the feed-forwards before the last */
    BERTH_SLOT_MORE_DOWN,
    BERTH_SLOT_MORE_AFTER,
    BERTH_SLOT_OUTPUT_BOTTLENECK,
    BERTH_SLOT_OUTPUT_BOTTLENECK_NORM
};

/* When a row counts, and what of it. */
enum {
    BERTH_ROW_IF_SIZES_DIFFER = 1, /* if embedding size and hidden size do */
    BERTH_ROW_NOT_FIRST = 2,       /* layer 0 has none */
    BERTH_ROW_BARE = 4,            /* a bias only where the file has one */
    BERTH_ROW_NORM_DISTANCES = 8,  /* if norm_rel_ebd says so */
    BERTH_ROW_C2P = 16,            /* if pos_att_type has it */
    BERTH_ROW_P2C = 32,
    BERTH_ROW_SHARED = 64,       /* if share_att_key says so */
    BERTH_ROW_OWN = 128,         /* and if it does not */
    BERTH_ROW_CONVOLUTION = 256, /* if there is one */
    BERTH_ROW_EACH_FORWARD = 512 /* one of each feed-forward before the last */
};

/*
 * A tensor; several in a row of one slot are stacked. Sizes are letters: V
 * vocabulary, C hidden size, Q three of it, A queries of a token, K its keys, E
 * embedding size, T what is projected, F inside of the feed-forward, G two of
 * it, P positions, N types, H heads, B buckets of distances, R rows of
 * distances, X a convolution's inputs, L labels; digits are themselves. A row
 * without rows, as there are no types, does not count. A list of them begins
 * with the tokens and ends with one without a name.
 */
struct berth_tensor_row {
    enum berth_slot slot;
    const char *name; /* without ".weight" and ".bias"; * is the layer, two *
                         are its group and its place there, or the layer and
                         its feed-forward */
    char rows, columns;
    unsigned when;
};

enum {
    BERTH_FUNCTION_OF_CONFIG = -1,    /* hidden_act */
    BERTH_FUNCTION_OF_CLASSIFIER = -2 /* classifier_activation */
};

/* A step of a head: linear, function, norm. A list of them ends with an empty
 * one. */
struct berth_step_row {
    const char *linear; /* as above, without the family's prefix */
    bool inside;        /* with the prefix: the encoder's pooler */
    char rows, columns;
    bool tied;          /* the tokens' tensor, unless config.json or the file
                           has one of its own */
    const char *beside; /* more columns up to C, stored transposed; or none */
    const char *bias;   /* what it is called where linear has none */
    bool bare;    /* a bias only where the file has one, and so the norm */
    int function; /* enum berth_function, or one of those above */
    const char *norm;
};

/* What a head of texts with classifier_pooling reads. */
enum berth_classifier_pooling {
    BERTH_CLASSIFIER_FIRST, /* the first token */
    BERTH_CLASSIFIER_MEAN,  /* the mean of all */
    BERTH_CLASSIFIER_LATE   /* each token; the mean is of what it says */
};

/* A head. Several rows of one kind are its forms: the first counts whose
 * tensors the file has. A list of them ends with an empty one. */
struct berth_head_row {
    enum berth_head_kind kind;
    const struct berth_step_row *steps;
    bool pretraining;   /* ...ForPreTraining has it, too */
    bool pooled;        /* of texts: classifier_pooling says of what; else it is
                           of the first token */
    const char *unless; /* a tensor that says that the steps belong to another
                           head; or none */
};

/* What is normalised first. */
enum berth_input {
    BERTH_INPUT_SUMS,    /* token + type + position, and then projected */
    BERTH_INPUT_TRIGRAMS /* the token after, this and the one before, projected
                            together; then + type + position */
};

enum berth_layer_kind {
    BERTH_LAYER_PLAIN,      /* models/encoder/encoder.c */
    BERTH_LAYER_BOTTLENECKS /* models/encoder/bottleneck.c */
};

/* What is added to the scores for the distance of two tokens. */
enum berth_distance {
    BERTH_DISTANCE_NONE,
    BERTH_DISTANCE_BUCKETS, /* a learned number each head and bucket: T5, MPNet
                             */
    BERTH_DISTANCE_SLOPES   /* ALiBi: Press et al. 2022, arXiv:2108.12409 */
};

enum {
    BERTH_DISTANCE_N_BUCKETS = 32
};

struct berth_family {
    const char *name;   /* model_type */
    const char *key[2]; /* a key of config.json and the value that make it this
                           family and no other of that model_type; or none */
    const char *class;  /* how its classes begin in "architectures" */
    const char *prefix; /* of the names of tensors, but of heads; the encoder
                           saved alone has none */
    const struct berth_config_row *config;
    const struct berth_wanted_row *wanted; /* NULL: positions of a table */
    const struct berth_tensor_row *tensors;
    const struct berth_head_row *heads;
    enum berth_input input;
    enum berth_layer_kind layer;
    enum berth_norm_kind norm; /* of the encoder; heads have LayerNorm */
    enum berth_gate gate;
    enum berth_distance distance;
    bool ntk; /* rope_type may be "ntk", of the code beside published files */
};

/* What several families have: BERT's names of tensors, heads and their steps,
 * and RoBERTa's heads. */
extern const struct berth_tensor_row berth_tensors_bert[];
extern const struct berth_step_row
    berth_steps_pooled[],   /* classifier(tanh(pooler.dense)) */
    berth_steps_labels[],   /* classifier */
    berth_steps_answer[],   /* qa_outputs */
    berth_steps_sentence[]; /* cls.seq_relationship(tanh(pooler.dense)) */
extern const struct berth_head_row berth_heads_bert[], berth_heads_roberta[];

extern const struct berth_family berth_family_albert, berth_family_bert,
    berth_family_camembert, berth_family_deberta, berth_family_distilbert,
    berth_family_electra, berth_family_eurobert, berth_family_gte,
    berth_family_jina_bert, berth_family_jina_v3, berth_family_mobilebert,
    berth_family_modernbert, berth_family_mpnet, berth_family_new,
    berth_family_nomic_bert, berth_family_roberta, berth_family_xlm_roberta;

#endif
