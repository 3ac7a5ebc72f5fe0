/*
 * modernbert.c - ModernBertModel and ModernBertForMaskedLM of transformers:
 * norms before each sublayer, rotated queries and keys, a gate, and layers that
 * look at tokens nearby alone. Warner et al. 2024, arXiv:2412.13663.
 */
#include "models/families/family.h"

/* Published files have the two thetas and the layers in other keys. */
static const struct berth_config_row config[] = {
    {BERTH_KEY_VOCAB_SIZE, 50368, {"vocab_size"}},
    {BERTH_KEY_HIDDEN_SIZE, 768, {"hidden_size"}},
    {BERTH_KEY_NUM_HIDDEN_LAYERS, 22, {"num_hidden_layers"}},
    {BERTH_KEY_NUM_ATTENTION_HEADS, 12, {"num_attention_heads"}},
    {BERTH_KEY_INTERMEDIATE_SIZE, 1152, {"intermediate_size"}},
    {BERTH_KEY_MAX_POSITION_EMBEDDINGS, 8192, {"max_position_embeddings"}},
    {BERTH_KEY_HIDDEN_ACT, BERTH_FUNCTION_GELU, {"hidden_activation"}},
    {BERTH_KEY_CLASSIFIER_ACTIVATION,
     BERTH_FUNCTION_GELU,
     {"classifier_activation"}},
    {BERTH_KEY_CLASSIFIER_POOLING,
     BERTH_CLASSIFIER_FIRST,
     {"classifier_pooling"}},
    {BERTH_KEY_LAYER_NORM_EPS, 1e-5, {"norm_eps"}},
    {BERTH_KEY_LAYER_TYPES, 3, {"layer_types", "global_attn_every_n_layers"}},
    {BERTH_KEY_LOCAL_ATTENTION, 128, {"local_attention"}},
    {BERTH_KEY_ROPE_THETA,
     160000,
     {"rope_parameters.full_attention.rope_theta", "global_rope_theta"}},
    {BERTH_KEY_ROPE_TYPE, 0, {"rope_parameters.full_attention"}},
    {BERTH_KEY_LOCAL_ROPE_THETA,
     10000,
     {"rope_parameters.sliding_attention.rope_theta", "local_rope_theta"}},
    {BERTH_KEY_LOCAL_ROPE_TYPE, 0, {"rope_parameters.sliding_attention"}},
    {BERTH_KEY_TIE_WORD_EMBEDDINGS, true, {"tie_word_embeddings"}},
    {0},
};

/* position_embedding_type, which some files have, is not looked at. */
static const struct berth_wanted_row wanted[] = {
    {"causal_mask", "false"},
    {"rope_scaling", NULL},
    {"rope_parameters.rope_theta", NULL},
    {"rope_parameters.rope_type", NULL},
    {NULL, NULL},
};

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embeddings.tok_embeddings", 'V', 'C', 0},
    {BERTH_SLOT_EMBEDDINGS_NORM, "embeddings.norm", 'C', 0, BERTH_ROW_BARE},
    {BERTH_SLOT_ATTENTION_BEFORE, "layers.*.attn_norm", 'C', 0,
     BERTH_ROW_BARE | BERTH_ROW_NOT_FIRST},
    {BERTH_SLOT_QKV, "layers.*.attn.Wqkv", 'Q', 'C', BERTH_ROW_BARE},
    {BERTH_SLOT_ATTENTION_OUTPUT, "layers.*.attn.Wo", 'C', 'C', BERTH_ROW_BARE},
    {BERTH_SLOT_FORWARD_BEFORE, "layers.*.mlp_norm", 'C', 0, BERTH_ROW_BARE},
    {BERTH_SLOT_UP, "layers.*.mlp.Wi", 'G', 'C', BERTH_ROW_BARE},
    {BERTH_SLOT_DOWN, "layers.*.mlp.Wo", 'C', 'F', BERTH_ROW_BARE},
    {BERTH_SLOT_FINAL_NORM, "final_norm", 'C', 0, BERTH_ROW_BARE},
    {0},
};

static const struct berth_step_row masked_lm[] = {
    {.linear = "head.dense",
     .rows = 'C',
     .columns = 'C',
     .bare = true,
     .function = BERTH_FUNCTION_OF_CLASSIFIER,
     .norm = "head.norm"},
    {.linear = "decoder",
     .rows = 'V',
     .columns = 'C',
     .tied = true,
     .bare = true},
    {0},
};

static const struct berth_step_row classifier[] = {
    {.linear = "head.dense",
     .rows = 'C',
     .columns = 'C',
     .bare = true,
     .function = BERTH_FUNCTION_OF_CLASSIFIER,
     .norm = "head.norm"},
    {.linear = "classifier", .rows = 'L', .columns = 'C'},
    {0},
};

/* The decoder is not in the file, and classifiers have a head.dense, too. */
static const struct berth_head_row heads[] = {
    {BERTH_HEAD_MASKED_LM, .steps = masked_lm, .unless = "classifier.weight"},
    {BERTH_HEAD_SEQUENCE, .steps = classifier, .pooled = true},
    {BERTH_HEAD_TOKENS, .steps = classifier},
    {BERTH_HEAD_ANSWER, .steps = classifier},
    {0},
};

const struct berth_family berth_family_modernbert = {
    .name = "modernbert",
    .class = "ModernBert",
    .prefix = "model.",
    .config = config,
    .wanted = wanted,
    .tensors = tensors,
    .heads = heads,
    .gate = BERTH_GATE_FIRST,
};
