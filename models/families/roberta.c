/*
 * roberta.c - RoBERTa, XLM-RoBERTa and CamemBERT of transformers: BERT with
 * other positions and other heads. They differ in their vocabularies.
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

static const struct berth_step_row sequence[] = {
    {.linear = "classifier.dense",
     .rows = 'C',
     .columns = 'C',
     .function = BERTH_FUNCTION_TANH},
    {.linear = "classifier.out_proj", .rows = 'L', .columns = 'C'},
    {0},
};

const struct berth_head_row berth_heads_roberta[] = {
    {BERTH_HEAD_MASKED_LM, .steps = masked_lm},
    {BERTH_HEAD_SEQUENCE, .steps = sequence},
    {BERTH_HEAD_TOKENS, .steps = berth_steps_labels},
    {BERTH_HEAD_ANSWER, .steps = berth_steps_answer},
    {0},
};

#define FAMILY(model_type, Class, rows)                                        \
    {                                                                          \
        .name = model_type, .class = Class, .prefix = "roberta.",              \
        .config = rows, .tensors = berth_tensors_bert,                         \
        .heads = berth_heads_roberta                                           \
    }

const struct berth_family berth_family_roberta =
    FAMILY("roberta", "Roberta", config_roberta);
const struct berth_family berth_family_xlm_roberta =
    FAMILY("xlm-roberta", "XLMRoberta", config_others);
const struct berth_family berth_family_camembert =
    FAMILY("camembert", "Camembert", config_others);
