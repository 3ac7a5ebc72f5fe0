/*
 * roberta.c - RoBERTa, XLM-RoBERTa and CamemBERT of transformers: BERT with
 * other positions and another head. They differ in their vocabularies.
 */
#include "models/families/family.h"

#define CONFIG(vocab_size)                                                     \
    {                                                                          \
        {BERTH_KEY_VOCAB_SIZE, vocab_size, {"vocab_size"}},                    \
            {BERTH_KEY_HIDDEN_SIZE, 768, {"hidden_size"}},                     \
            {BERTH_KEY_NUM_HIDDEN_LAYERS, 12, {"num_hidden_layers"}},          \
            {BERTH_KEY_NUM_ATTENTION_HEADS, 12, {"num_attention_heads"}},      \
            {BERTH_KEY_INTERMEDIATE_SIZE, 3072, {"intermediate_size"}},        \
            {BERTH_KEY_MAX_POSITION_EMBEDDINGS,                                \
             512,                                                              \
             {"max_position_embeddings"}},                                     \
            {BERTH_KEY_TYPE_VOCAB_SIZE, 2, {"type_vocab_size"}},               \
            {BERTH_KEY_HIDDEN_ACT, BERTH_FUNCTION_GELU, {"hidden_act"}},       \
            {BERTH_KEY_LAYER_NORM_EPS, 1e-12, {"layer_norm_eps"}},             \
            {BERTH_KEY_PAD_TOKEN_ID, 1, {"pad_token_id"}},                     \
            {BERTH_KEY_TIE_WORD_EMBEDDINGS, true, {"tie_word_embeddings"}},    \
        {                                                                      \
            0                                                                  \
        }                                                                      \
    }

static const struct berth_config_row config_roberta[] = CONFIG(50265);
static const struct berth_config_row config_others[] = CONFIG(30522);

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embeddings.word_embeddings", 'V', 'C', 0},
    {BERTH_SLOT_POSITIONS, "embeddings.position_embeddings", 'P', 'C', 0},
    {BERTH_SLOT_TYPES, "embeddings.token_type_embeddings", 'N', 'C', 0},
    {BERTH_SLOT_EMBEDDINGS_NORM, "embeddings.LayerNorm", 'C', 0, 0},
    {BERTH_SLOT_QKV, "encoder.layer.*.attention.self.query", 'C', 'C', 0},
    {BERTH_SLOT_QKV, "encoder.layer.*.attention.self.key", 'C', 'C', 0},
    {BERTH_SLOT_QKV, "encoder.layer.*.attention.self.value", 'C', 'C', 0},
    {BERTH_SLOT_ATTENTION_OUTPUT, "encoder.layer.*.attention.output.dense", 'C',
     'C', 0},
    {BERTH_SLOT_ATTENTION_AFTER, "encoder.layer.*.attention.output.LayerNorm",
     'C', 0, 0},
    {BERTH_SLOT_UP, "encoder.layer.*.intermediate.dense", 'F', 'C', 0},
    {BERTH_SLOT_DOWN, "encoder.layer.*.output.dense", 'C', 'F', 0},
    {BERTH_SLOT_FORWARD_AFTER, "encoder.layer.*.output.LayerNorm", 'C', 0, 0},
    {0},
};

/* RobertaLMHead: GELU, whatever hidden_act says. */
static const struct berth_step_row masked_lm[] = {
    {.linear = "lm_head.dense",
     .rows = 'C',
     .columns = 'C',
     .function = BERTH_FUNCTION_GELU,
     .norm = "lm_head.layer_norm"},
    {.linear = "lm_head.decoder",
     .rows = 'V',
     .columns = 'C',
     .tied = true,
     .bias = "lm_head.bias"},
    {0},
};

#define FAMILY(model_type, Class, rows)                                        \
    {                                                                          \
        .name = model_type, .class = Class, .prefix = "roberta.",              \
        .config = rows, .tensors = tensors, .masked_lm = masked_lm             \
    }

const struct berth_family berth_family_roberta =
    FAMILY("roberta", "Roberta", config_roberta);
const struct berth_family berth_family_xlm_roberta =
    FAMILY("xlm-roberta", "XLMRoberta", config_others);
const struct berth_family berth_family_camembert =
    FAMILY("camembert", "Camembert", config_others);
