/*
 * eurobert.c - EuroBertModel and EuroBertForMaskedLM of transformers: a decoder
 * whose tokens look at all. Norms without a mean before each sublayer, rotated
 * queries and keys, keys and values that several heads share, a gate. Boizard
 * et al. 2025, arXiv:2503.05500.
 */
#include "models/families/family.h"

static const struct berth_config_row config[] = {
    {BERTH_KEY_VOCAB_SIZE, 128256, {"vocab_size"}},
    {BERTH_KEY_HIDDEN_SIZE, 768, {"hidden_size"}},
    {BERTH_KEY_NUM_HIDDEN_LAYERS, 12, {"num_hidden_layers"}},
    {BERTH_KEY_NUM_ATTENTION_HEADS, 12, {"num_attention_heads"}},
    {BERTH_KEY_KEY_VALUE_HEADS, 0, {"num_key_value_heads"}},
    {BERTH_KEY_INTERMEDIATE_SIZE, 3072, {"intermediate_size"}},
    {BERTH_KEY_MAX_POSITION_EMBEDDINGS, 8192, {"max_position_embeddings"}},
    {BERTH_KEY_HIDDEN_ACT, BERTH_FUNCTION_SILU, {"hidden_act"}},
    {BERTH_KEY_CLASSIFIER_POOLING,
     BERTH_CLASSIFIER_LATE,
     {"classifier_pooling"}},
    {BERTH_KEY_LAYER_NORM_EPS, 1e-5, {"rms_norm_eps"}},
    {BERTH_KEY_ROPE_THETA,
     10000,
     {"rope_scaling.rope_theta", "rope_parameters.rope_theta", "rope_theta"}},
    {BERTH_KEY_ROPE_TYPE, 0, {"rope_scaling", "rope_parameters"}},
    {BERTH_KEY_TIE_WORD_EMBEDDINGS, false, {"tie_word_embeddings"}},
    {0},
};

static const struct berth_wanted_row wanted[] = {
    {NULL, NULL},
};

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embed_tokens", 'V', 'C', 0},
    {BERTH_SLOT_ATTENTION_BEFORE, "layers.*.input_layernorm", 'C', 0, 0},
    {BERTH_SLOT_QKV, "layers.*.self_attn.q_proj", 'C', 'C', BERTH_ROW_BARE},
    {BERTH_SLOT_QKV, "layers.*.self_attn.k_proj", 'K', 'C', BERTH_ROW_BARE},
    {BERTH_SLOT_QKV, "layers.*.self_attn.v_proj", 'K', 'C', BERTH_ROW_BARE},
    {BERTH_SLOT_ATTENTION_OUTPUT, "layers.*.self_attn.o_proj", 'C', 'C',
     BERTH_ROW_BARE},
    {BERTH_SLOT_FORWARD_BEFORE, "layers.*.post_attention_layernorm", 'C', 0, 0},
    {BERTH_SLOT_UP, "layers.*.mlp.gate_proj", 'F', 'C', BERTH_ROW_BARE},
    {BERTH_SLOT_UP, "layers.*.mlp.up_proj", 'F', 'C', BERTH_ROW_BARE},
    {BERTH_SLOT_DOWN, "layers.*.mlp.down_proj", 'C', 'F', BERTH_ROW_BARE},
    {BERTH_SLOT_FINAL_NORM, "norm", 'C', 0, 0},
    {0},
};

static const struct berth_step_row masked_lm[] = {
    {.linear = "lm_head",
     .rows = 'V',
     .columns = 'C',
     .tied = true,
     .bare = true},
    {0},
};

static const struct berth_step_row sequence[] = {
    {.linear = "dense",
     .rows = 'C',
     .columns = 'C',
     .function = BERTH_FUNCTION_GELU},
    {.linear = "classifier", .rows = 'L', .columns = 'C'},
    {0},
};

static const struct berth_head_row heads[] = {
    {BERTH_HEAD_MASKED_LM, .steps = masked_lm},
    {BERTH_HEAD_SEQUENCE, .steps = sequence, .pooled = true},
    {BERTH_HEAD_TOKENS, .steps = berth_steps_labels},
    {0},
};

const struct berth_family berth_family_eurobert = {
    .name = "eurobert",
    .class = "EuroBert",
    .prefix = "model.",
    .config = config,
    .wanted = wanted,
    .tensors = tensors,
    .heads = heads,
    .norm = BERTH_NORM_RMS,
    .gate = BERTH_GATE_FIRST,
};
