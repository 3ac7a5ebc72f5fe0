/*
 * config.h - config.json, every field range-checked.
 */
#ifndef MODELS_FAMILIES_CONFIG_H
#define MODELS_FAMILIES_CONFIG_H

#include "lib/berth.h"
#include "lib/folder.h"
#include "lib/settings.h"
#include "models/families/family.h"

#include <stdint.h>

enum {
    BERTH_LAYERS_MAX = 1 << 12,
    BERTH_FORWARDS_MAX = 8 /* feed-forwards of a layer */
};

/* Of a head of D numbers, pair j of queries and keys is turned by position /
 * (theta^(2j / D) slower). */
struct berth_rotation {
    double theta; /* 0: none is */
    double slower;
};

/* Names as config.json of a BERT of transformers 5 gives them; those of other
 * families are translated. */
struct berth_config {
    const struct berth_family *family;
    size_t vocab_size;
    size_t hidden_size;
    size_t num_hidden_layers;
    size_t num_attention_heads;
    size_t head_size; /* numbers of a query */
    size_t intermediate_size;
    size_t max_position_embeddings;
    size_t type_vocab_size; /* 0: no token types */
    double layer_norm_eps;
    enum berth_function hidden_act;
    bool tie_word_embeddings;
    size_t embedding_size;      /* of a token before it is projected */
    size_t num_hidden_groups;   /* of layers that share their weights */
    size_t inner_group_num;     /* layers of a group */
    size_t first_position;      /* RoBERTa: the pad's id + 1; a pad in the text
                                   has the row of its id and is not counted */
    size_t num_key_value_heads; /* several heads may share one */
    struct berth_rotation rope, local_rope;
    size_t local_attention; /* tokens that a layer looks at where it is local:
                               half on each side */
    bool local[BERTH_LAYERS_MAX]; /* whether layer i is */
    enum berth_function classifier_activation;
    enum berth_classifier_pooling classifier_pooling;
    size_t num_labels; /* of a head; labels.h */
    /* DeBERTa: beside q.k the products of distances with q (c2p) and k (p2c)
     * are scores. */
    bool relative_attention, c2p, p2c;
    size_t
        relative_span; /* half of the rows for distances; 0: there are none */
    size_t position_buckets;       /* the most rows for one side; 0: span */
    size_t max_relative_positions; /* the distance that has the last of them */
    bool share_att_key;            /* with the layer's own keys and queries */
    bool norm_rel_ebd;
    bool position_biased_input; /* the table of positions is there */
    size_t conv_kernel_size;    /* 0: no convolution */
    enum berth_function conv_act;
    size_t intra_bottleneck_size;    /* inside of a layer; 0: hidden_size */
    size_t num_feedforward_networks; /* of such a layer */
    size_t max_sequence;             /* tokens that there are positions for */
};

/* berth_config_score_terms - how many products a score is the sum of. */
static inline size_t berth_config_score_terms(const struct berth_config *c)
{
    return 1 + (c->c2p ? 1 : 0) + (c->p2c ? 1 : 0);
}

/* berth_config_layers - how many layers there are weights of. */
static inline size_t berth_config_layers(const struct berth_config *c)
{
    return c->num_hidden_groups * c->inner_group_num;
}

/* berth_config_layer - whose weights layer i has, as AlbertTransformer of
 * transformers counts: int(i / (layers / groups)), and then those of the
 * group. */
static inline size_t berth_config_layer(const struct berth_config *c, size_t i)
{
    const size_t inner = c->inner_group_num;
    const double each =
        (double)(c->num_hidden_layers / inner) / (double)c->num_hidden_groups;

    return (size_t)((double)(i / inner) / each) * inner + i % inner;
}

/* What quantization_config of config.json calls weights that are in 8 bits as
 * models/files/rows_i8.h has them. No other program knows the name, and so none
 * takes the bytes for numbers. */
#define BERTH_QUANT_METHOD "berth-int8"

/* berth_config_inputs - what the embeddings are projected from. */
static inline size_t berth_config_inputs(const struct berth_config *c)
{
    return (c->family->input == BERTH_INPUT_TRIGRAMS ? 3 : 1) *
           c->embedding_size;
}

/* berth_config_queries - numbers of all queries of a token: heads times their
 * size. */
static inline size_t berth_config_queries(const struct berth_config *c)
{
    return c->num_attention_heads * c->head_size;
}

/* berth_config_keys - numbers of all keys of a token, and of all values. */
static inline size_t berth_config_keys(const struct berth_config *c)
{
    return c->num_key_value_heads * c->head_size;
}

/* berth_config_key_of - which of the keys and values a head looks at. */
static inline size_t berth_config_key_of(const struct berth_config *c,
                                         size_t head)
{
    return head / (c->num_attention_heads / c->num_key_value_heads);
}

/* berth_config_is_local - whether layer i looks at tokens nearby alone. */
static inline bool berth_config_is_local(const struct berth_config *c, size_t i)
{
    return i < BERTH_LAYERS_MAX && c->local[i];
}

/* berth_config_reach - how far from a token layer i looks. */
static inline size_t berth_config_reach(const struct berth_config *c, size_t i)
{
    return berth_config_is_local(c, i) ? c->local_attention / 2 : SIZE_MAX;
}

/* berth_family_at - family i of all that there are; NULL: i is their number. */
const struct berth_family *berth_family_at(size_t i);

/*
 * berth_config_read - config.json of folder.
 *
 * Errors: BERTH_ERR_IO, BERTH_ERR_FORMAT, BERTH_ERR_UNSUPPORTED (another
 * model_type, relative positions, a decoder, an activation we lack).
 */
enum berth_status berth_config_read(const struct berth_folder *folder,
                                    struct berth_settings *settings,
                                    struct berth_config *out,
                                    struct berth_error *err);

/* berth_config_read_with - the same, with keys set over those of the file, as
 * from_pretrained() of transformers takes them. */
enum berth_status berth_config_read_with(const struct berth_folder *folder,
                                         const struct berth_overlay *over,
                                         struct berth_settings *settings,
                                         struct berth_config *out,
                                         struct berth_error *err);

#endif
