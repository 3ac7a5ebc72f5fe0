/*
 * nomic_bert.c - NomicBertModel and NomicBertForMaskedLM of transformers: BERT
 * with rotated queries and keys, a gate and few biases. Nussbaum et al. 2024,
 * arXiv:2402.01613.
 */
#include "models/families/family.h"

/* Published files have GPT-2's keys. */
static const struct berth_config_row config[] = {
    {BERTH_KEY_VOCAB_SIZE, 30528, {"vocab_size"}},
    {BERTH_KEY_HIDDEN_SIZE, 768, {"hidden_size", "n_embd"}},
    {BERTH_KEY_NUM_HIDDEN_LAYERS, 12, {"num_hidden_layers", "n_layer"}},
    {BERTH_KEY_NUM_ATTENTION_HEADS, 12, {"num_attention_heads", "n_head"}},
    {BERTH_KEY_INTERMEDIATE_SIZE, 3072, {"intermediate_size", "n_inner"}},
    {BERTH_KEY_MAX_POSITION_EMBEDDINGS,
     2048,
     {"max_position_embeddings", "n_positions"}},
    {BERTH_KEY_TYPE_VOCAB_SIZE, 2, {"type_vocab_size"}},
    {BERTH_KEY_HIDDEN_ACT,
     BERTH_FUNCTION_SILU,
     {"hidden_act", "activation_function"}},
    {BERTH_KEY_LAYER_NORM_EPS, 1e-12, {"layer_norm_eps", "layer_norm_epsilon"}},
    {BERTH_KEY_ROPE_THETA,
     1000,
     {"rope_scaling.rope_theta", "rope_parameters.rope_theta", "rope_theta",
      "rotary_emb_base"}},
    {BERTH_KEY_ROPE_TYPE, 0, {"rope_scaling", "rope_parameters"}},
    {BERTH_KEY_TIE_WORD_EMBEDDINGS, true, {"tie_word_embeddings"}},
    {0},
};

/* What the code beside published files can do besides. */
static const struct berth_wanted_row wanted[] = {
    {"causal", "false"},
    {"prenorm", "false"},
    {"parallel_block", "false"},
    {"use_rms_norm", "false"},
    {"scale_attn_weights", "true"},
    {"rotary_emb_interleaved", "false"},
    {"rotary_emb_fraction", "1"},
    {"rotary_emb_scale_base", NULL},
    {"rotary_scaling_factor", NULL},
    {"moe_every_n_layers", "0"},
    {NULL, NULL},
};

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embeddings.word_embeddings", 'V', 'C', 0},
    {BERTH_SLOT_TYPES, "embeddings.token_type_embeddings", 'N', 'C', 0},
    {BERTH_SLOT_EMBEDDINGS_NORM, "emb_ln", 'C', 0, 0},
    {BERTH_SLOT_QKV, "encoder.layers.*.attn.Wqkv", 'Q', 'C', BERTH_ROW_BARE},
    {BERTH_SLOT_ATTENTION_OUTPUT, "encoder.layers.*.attn.out_proj", 'C', 'C',
     BERTH_ROW_BARE},
    {BERTH_SLOT_ATTENTION_AFTER, "encoder.layers.*.norm1", 'C', 0, 0},
    {BERTH_SLOT_UP, "encoder.layers.*.mlp.fc12", 'F', 'C', BERTH_ROW_BARE},
    {BERTH_SLOT_UP, "encoder.layers.*.mlp.fc11", 'F', 'C', BERTH_ROW_BARE},
    {BERTH_SLOT_DOWN, "encoder.layers.*.mlp.fc2", 'C', 'F', BERTH_ROW_BARE},
    {BERTH_SLOT_FORWARD_AFTER, "encoder.layers.*.norm2", 'C', 0, 0},
    {0},
};

static const struct berth_step_row masked_lm[] = {
    {.linear = "cls.predictions.transform.dense",
     .rows = 'C',
     .columns = 'C',
     .bare = true,
     .function = BERTH_FUNCTION_OF_CONFIG,
     .norm = "cls.predictions.transform.layer_norm"},
    {.linear = "cls.predictions.decoder",
     .rows = 'V',
     .columns = 'C',
     .tied = true,
     .bias = "cls.predictions.bias"},
    {0},
};

static const struct berth_head_row heads[] = {
    {BERTH_HEAD_MASKED_LM, .steps = masked_lm},
    {BERTH_HEAD_SEQUENCE, .steps = berth_steps_pooled},
    {BERTH_HEAD_TOKENS, .steps = berth_steps_labels},
    {0},
};

const struct berth_family berth_family_nomic_bert = {
    .name = "nomic_bert",
    .class = "NomicBert",
    .prefix = "nomic_bert.",
    .config = config,
    .wanted = wanted,
    .tensors = tensors,
    .heads = heads,
    .gate = BERTH_GATE_FIRST,
};
