/*
 * gte.c - GteModel and GteForMaskedLM of transformers, and NewModel, the code
 * beside the same models as they were published: BERT with rotated queries and
 * keys, and a gate. Zhang et al. 2024, arXiv:2407.19669.
 */
#include "models/families/family.h"

#define CONFIG(vocab_size, positions, theta)                                   \
    {                                                                          \
        {BERTH_KEY_VOCAB_SIZE, vocab_size, {"vocab_size"}},                    \
            {BERTH_KEY_HIDDEN_SIZE, 768, {"hidden_size"}},                     \
            {BERTH_KEY_NUM_HIDDEN_LAYERS, 12, {"num_hidden_layers"}},          \
            {BERTH_KEY_NUM_ATTENTION_HEADS, 12, {"num_attention_heads"}},      \
            {BERTH_KEY_INTERMEDIATE_SIZE, 3072, {"intermediate_size"}},        \
            {BERTH_KEY_MAX_POSITION_EMBEDDINGS,                                \
             positions,                                                        \
             {"max_position_embeddings"}},                                     \
            {BERTH_KEY_TYPE_VOCAB_SIZE, 1, {"type_vocab_size"}},               \
            {BERTH_KEY_HIDDEN_ACT, BERTH_FUNCTION_GELU, {"hidden_act"}},       \
            {BERTH_KEY_LAYER_NORM_EPS, 1e-12, {"layer_norm_eps"}},             \
            {BERTH_KEY_ROPE_THETA,                                             \
             theta,                                                            \
             {"rope_scaling.rope_theta", "rope_parameters.rope_theta",         \
              "rope_theta"}},                                                  \
            {BERTH_KEY_ROPE_TYPE, 0, {"rope_scaling", "rope_parameters"}},     \
            {BERTH_KEY_TIE_WORD_EMBEDDINGS, true, {"tie_word_embeddings"}},    \
        {                                                                      \
            0                                                                  \
        }                                                                      \
    }

static const struct berth_config_row config_gte[] =
    CONFIG(250048, 8192, 160000);
static const struct berth_config_row config_new[] = CONFIG(30528, 2048, 10000);

/* What the code beside published files can do besides. */
static const struct berth_wanted_row wanted[] = {
    {"position_embedding_type", "\"rope\""},
    {"layer_norm_type", "\"layer_norm\""},
    {"pack_qkv", "true"},
    {"logn_attention_scale", "false"},
    {"logn_attention_clip1", "false"},
    {"rope_scaling.mixed_b", NULL},
    {NULL, NULL},
};

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embeddings.word_embeddings", 'V', 'C', 0},
    {BERTH_SLOT_TYPES, "embeddings.token_type_embeddings", 'N', 'C', 0},
    {BERTH_SLOT_EMBEDDINGS_NORM, "embeddings.LayerNorm", 'C', 0, 0},
    {BERTH_SLOT_QKV, "encoder.layer.*.attention.qkv_proj", 'Q', 'C', 0},
    {BERTH_SLOT_ATTENTION_OUTPUT, "encoder.layer.*.attention.o_proj", 'C', 'C',
     0},
    {BERTH_SLOT_ATTENTION_AFTER, "encoder.layer.*.attn_ln", 'C', 0, 0},
    {BERTH_SLOT_UP, "encoder.layer.*.mlp.up_gate_proj", 'G', 'C',
     BERTH_ROW_BARE},
    {BERTH_SLOT_DOWN, "encoder.layer.*.mlp.down_proj", 'C', 'F', 0},
    {BERTH_SLOT_FORWARD_AFTER, "encoder.layer.*.mlp_ln", 'C', 0, 0},
    {0},
};

#define MASKED_LM(f)                                                           \
    {                                                                          \
        {.linear = "lm_head.dense",                                            \
         .rows = 'C',                                                          \
         .columns = 'C',                                                       \
         .function = f,                                                        \
         .norm = "lm_head.norm"},                                              \
            {.linear = "lm_head.decoder",                                      \
             .rows = 'V',                                                      \
             .columns = 'C',                                                   \
             .tied = true},                                                    \
        {                                                                      \
            0                                                                  \
        }                                                                      \
    }

static const struct berth_step_row masked_lm_gte[] =
    MASKED_LM(BERTH_FUNCTION_GELU);
static const struct berth_step_row masked_lm_new[] =
    MASKED_LM(BERTH_FUNCTION_OF_CONFIG);

#define HEADS(masked_lm)                                                       \
    {                                                                          \
        {BERTH_HEAD_MASKED_LM, .steps = masked_lm},                            \
            {BERTH_HEAD_SEQUENCE, .steps = berth_steps_pooled},                \
            {BERTH_HEAD_TOKENS, .steps = berth_steps_labels},                  \
            {BERTH_HEAD_ANSWER, .steps = berth_steps_answer},                  \
        {                                                                      \
            0                                                                  \
        }                                                                      \
    }

static const struct berth_head_row heads_gte[] = HEADS(masked_lm_gte);
static const struct berth_head_row heads_new[] = HEADS(masked_lm_new);

const struct berth_family berth_family_gte = {
    .name = "gte",
    .class = "Gte",
    .prefix = "gte.",
    .config = config_gte,
    .wanted = wanted,
    .tensors = tensors,
    .heads = heads_gte,
    .gate = BERTH_GATE_LAST,
    .ntk = true,
};

const struct berth_family berth_family_new = {
    .name = "new",
    .class = "New",
    .prefix = "new.",
    .config = config_new,
    .wanted = wanted,
    .tensors = tensors,
    .heads = heads_new,
    .gate = BERTH_GATE_LAST,
    .ntk = true,
};
