/*
 * deberta.c - DebertaV2Model and DebertaV2ForMaskedLM of transformers, which
 * are DeBERTa-v2 and -v3: scores count distances by keys and queries of their
 * own. He et al. 2021, arXiv:2006.03654; v3: arXiv:2111.09543.
 */
#include "models/families/family.h"

static const struct berth_config_row config[] = {
    {BERTH_KEY_VOCAB_SIZE, 128100, {"vocab_size"}},
    {BERTH_KEY_HIDDEN_SIZE, 1536, {"hidden_size"}},
    {BERTH_KEY_EMBEDDING_SIZE, 0, {"embedding_size"}},
    {BERTH_KEY_NUM_HIDDEN_LAYERS, 24, {"num_hidden_layers"}},
    {BERTH_KEY_NUM_ATTENTION_HEADS, 24, {"num_attention_heads"}},
    {BERTH_KEY_INTERMEDIATE_SIZE, 6144, {"intermediate_size"}},
    {BERTH_KEY_MAX_POSITION_EMBEDDINGS, 512, {"max_position_embeddings"}},
    {BERTH_KEY_POSITION_BIASED_INPUT, true, {"position_biased_input"}},
    {BERTH_KEY_RELATIVE_ATTENTION, false, {"relative_attention"}},
    {BERTH_KEY_POS_ATT_TYPE, 0, {"pos_att_type"}},
    {BERTH_KEY_SHARE_ATT_KEY, false, {"share_att_key"}},
    {BERTH_KEY_MAX_RELATIVE_POSITIONS, -1, {"max_relative_positions"}},
    {BERTH_KEY_POSITION_BUCKETS, -1, {"position_buckets"}},
    {BERTH_KEY_NORM_REL_EBD, 0, {"norm_rel_ebd"}},
    {BERTH_KEY_CONV_KERNEL_SIZE, 0, {"conv_kernel_size"}},
    {BERTH_KEY_CONV_ACT, BERTH_FUNCTION_TANH, {"conv_act"}},
    {BERTH_KEY_TYPE_VOCAB_SIZE, 0, {"type_vocab_size"}},
    {BERTH_KEY_HIDDEN_ACT, BERTH_FUNCTION_GELU, {"hidden_act"}},
    {BERTH_KEY_CLASSIFIER_ACTIVATION,
     BERTH_FUNCTION_GELU,
     {"pooler_hidden_act"}},
    {BERTH_KEY_LAYER_NORM_EPS, 1e-7, {"layer_norm_eps"}},
    {BERTH_KEY_TIE_WORD_EMBEDDINGS, true, {"tie_word_embeddings"}},
    {0},
};

static const struct berth_wanted_row wanted[] = {
    {"conv_groups", "1"},
    {"talking_head", "false"},
    {0},
};

#define LAYER "encoder.layer.*."

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embeddings.word_embeddings", 'V', 'E', 0},
    {BERTH_SLOT_POSITIONS, "embeddings.position_embeddings", 'P', 'E', 0},
    {BERTH_SLOT_TYPES, "embeddings.token_type_embeddings", 'N', 'E', 0},
    {BERTH_SLOT_PROJECTION, "embeddings.embed_proj", 'C', 'E',
     BERTH_ROW_IF_SIZES_DIFFER | BERTH_ROW_BARE},
    {BERTH_SLOT_PROJECTED_NORM, "embeddings.LayerNorm", 'C', 0, 0},
    {BERTH_SLOT_DISTANCES, "encoder.rel_embeddings", 'R', 'C', 0},
    {BERTH_SLOT_DISTANCES_NORM, "encoder.LayerNorm", 'C', 0,
     BERTH_ROW_NORM_DISTANCES},
    {BERTH_SLOT_CONVOLUTION, "encoder.conv.conv", 'C', 'X',
     BERTH_ROW_CONVOLUTION},
    {BERTH_SLOT_CONVOLUTION_NORM, "encoder.conv.LayerNorm", 'C', 0,
     BERTH_ROW_CONVOLUTION},
    {BERTH_SLOT_QKV, LAYER "attention.self.query_proj", 'C', 'C', 0},
    {BERTH_SLOT_QKV, LAYER "attention.self.key_proj", 'C', 'C', 0},
    {BERTH_SLOT_QKV, LAYER "attention.self.value_proj", 'C', 'C', 0},
    {BERTH_SLOT_DISTANCE_KEYS, LAYER "attention.self.pos_key_proj", 'C', 'C',
     BERTH_ROW_C2P | BERTH_ROW_OWN},
    {BERTH_SLOT_DISTANCE_QUERIES, LAYER "attention.self.pos_query_proj", 'C',
     'C', BERTH_ROW_P2C | BERTH_ROW_OWN},
    {BERTH_SLOT_DISTANCE_KEYS, LAYER "attention.self.key_proj", 'C', 'C',
     BERTH_ROW_C2P | BERTH_ROW_SHARED},
    {BERTH_SLOT_DISTANCE_QUERIES, LAYER "attention.self.query_proj", 'C', 'C',
     BERTH_ROW_P2C | BERTH_ROW_SHARED},
    {BERTH_SLOT_ATTENTION_OUTPUT, LAYER "attention.output.dense", 'C', 'C', 0},
    {BERTH_SLOT_ATTENTION_AFTER, LAYER "attention.output.LayerNorm", 'C', 0, 0},
    {BERTH_SLOT_UP, LAYER "intermediate.dense", 'F', 'C', 0},
    {BERTH_SLOT_DOWN, LAYER "output.dense", 'C', 'F', 0},
    {BERTH_SLOT_FORWARD_AFTER, LAYER "output.LayerNorm", 'C', 0, 0},
    {0},
};

/* Microsoft's files have this one, the key "legacy" or not. */
static const struct berth_step_row masked_lm[] = {
    {.linear = "lm_predictions.lm_head.dense",
     .rows = 'E',
     .columns = 'C',
     .function = BERTH_FUNCTION_OF_CONFIG,
     .norm = "lm_predictions.lm_head.LayerNorm"},
    {.linear = "lm_predictions.lm_head.decoder",
     .rows = 'V',
     .columns = 'E',
     .tied = true,
     .bias = "lm_predictions.lm_head.bias"},
    {0},
};

/* And "legacy" ones of transformers this. */
static const struct berth_step_row legacy_masked_lm[] = {
    {.linear = "cls.predictions.transform.dense",
     .rows = 'E',
     .columns = 'C',
     .function = BERTH_FUNCTION_OF_CONFIG,
     .norm = "cls.predictions.transform.LayerNorm"},
    {.linear = "cls.predictions.decoder",
     .rows = 'V',
     .columns = 'E',
     .tied = true,
     .bias = "cls.predictions.bias"},
    {0},
};

/* ContextPooler */
static const struct berth_step_row sequence[] = {
    {.linear = "pooler.dense",
     .rows = 'C',
     .columns = 'C',
     .function = BERTH_FUNCTION_OF_CLASSIFIER},
    {.linear = "classifier", .rows = 'L', .columns = 'C'},
    {0},
};

static const struct berth_head_row heads[] = {
    {BERTH_HEAD_MASKED_LM, .steps = masked_lm},
    {BERTH_HEAD_MASKED_LM, .steps = legacy_masked_lm},
    {BERTH_HEAD_SEQUENCE, .steps = sequence},
    {BERTH_HEAD_TOKENS, .steps = berth_steps_labels},
    {BERTH_HEAD_ANSWER, .steps = berth_steps_answer},
    {0},
};

const struct berth_family berth_family_deberta = {
    .name = "deberta-v2",
    .class = "DebertaV2",
    .prefix = "deberta.",
    .config = config,
    .wanted = wanted,
    .tensors = tensors,
    .heads = heads,
};
