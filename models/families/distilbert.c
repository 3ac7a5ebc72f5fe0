/*
 * distilbert.c - DistilBertConfig, DistilBertModel and its heads of
 * transformers: BERT without token types.
 */
#include "models/families/family.h"

/* attribute_map of DistilBertConfig: BERT's name counts before its own, but not
 * for hidden_dim. Its modules have the epsilon as a constant. */
static const struct berth_config_row config[] = {
    {BERTH_KEY_VOCAB_SIZE, 30522, {"vocab_size"}},
    {BERTH_KEY_HIDDEN_SIZE, 768, {"hidden_size", "dim"}},
    {BERTH_KEY_NUM_HIDDEN_LAYERS, 6, {"num_hidden_layers", "n_layers"}},
    {BERTH_KEY_NUM_ATTENTION_HEADS, 12, {"num_attention_heads", "n_heads"}},
    {BERTH_KEY_INTERMEDIATE_SIZE, 3072, {"hidden_dim"}},
    {BERTH_KEY_MAX_POSITION_EMBEDDINGS, 512, {"max_position_embeddings"}},
    {BERTH_KEY_HIDDEN_ACT, BERTH_FUNCTION_GELU, {"activation"}},
    {BERTH_KEY_LAYER_NORM_EPS, 1e-12, {NULL}},
    {BERTH_KEY_TIE_WORD_EMBEDDINGS, true, {"tie_word_embeddings"}},
    {0},
};

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embeddings.word_embeddings", 'V', 'C', 0},
    {BERTH_SLOT_POSITIONS, "embeddings.position_embeddings", 'P', 'C', 0},
    {BERTH_SLOT_EMBEDDINGS_NORM, "embeddings.LayerNorm", 'C', 0, 0},
    {BERTH_SLOT_QKV, "transformer.layer.*.attention.q_lin", 'C', 'C', 0},
    {BERTH_SLOT_QKV, "transformer.layer.*.attention.k_lin", 'C', 'C', 0},
    {BERTH_SLOT_QKV, "transformer.layer.*.attention.v_lin", 'C', 'C', 0},
    {BERTH_SLOT_ATTENTION_OUTPUT, "transformer.layer.*.attention.out_lin", 'C',
     'C', 0},
    {BERTH_SLOT_ATTENTION_AFTER, "transformer.layer.*.sa_layer_norm", 'C', 0,
     0},
    {BERTH_SLOT_UP, "transformer.layer.*.ffn.lin1", 'F', 'C', 0},
    {BERTH_SLOT_DOWN, "transformer.layer.*.ffn.lin2", 'C', 'F', 0},
    {BERTH_SLOT_FORWARD_AFTER, "transformer.layer.*.output_layer_norm", 'C', 0,
     0},
    {0},
};

static const struct berth_step_row masked_lm[] = {
    {.linear = "vocab_transform",
     .rows = 'C',
     .columns = 'C',
     .function = BERTH_FUNCTION_OF_CONFIG,
     .norm = "vocab_layer_norm"},
    {.linear = "vocab_projector", .rows = 'V', .columns = 'C', .tied = true},
    {0},
};

static const struct berth_step_row sequence[] = {
    {.linear = "pre_classifier",
     .rows = 'C',
     .columns = 'C',
     .function = BERTH_FUNCTION_RELU},
    {.linear = "classifier", .rows = 'L', .columns = 'C'},
    {0},
};

static const struct berth_head_row heads[] = {
    {BERTH_HEAD_MASKED_LM, .steps = masked_lm},
    {BERTH_HEAD_SEQUENCE, .steps = sequence},
    {BERTH_HEAD_TOKENS, .steps = berth_steps_labels},
    {BERTH_HEAD_ANSWER, .steps = berth_steps_answer},
    {0},
};

const struct berth_family berth_family_distilbert = {
    .name = "distilbert",
    .class = "DistilBert",
    .prefix = "distilbert.",
    .config = config,
    .tensors = tensors,
    .heads = heads,
};
