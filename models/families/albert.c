/*
 * albert.c - AlbertModel and AlbertForPreTraining of transformers: embeddings
 * of a size of their own, and layers that share their weights. Lan et al. 2020,
 * arXiv:1909.11942.
 */
#include "models/families/family.h"

static const struct berth_config_row config[] = {
    {BERTH_KEY_VOCAB_SIZE, 30000, {"vocab_size"}},
    {BERTH_KEY_EMBEDDING_SIZE, 128, {"embedding_size"}},
    {BERTH_KEY_HIDDEN_SIZE, 4096, {"hidden_size"}},
    {BERTH_KEY_NUM_HIDDEN_LAYERS, 12, {"num_hidden_layers"}},
    {BERTH_KEY_NUM_HIDDEN_GROUPS, 1, {"num_hidden_groups"}},
    {BERTH_KEY_INNER_GROUP_NUM, 1, {"inner_group_num"}},
    {BERTH_KEY_NUM_ATTENTION_HEADS, 64, {"num_attention_heads"}},
    {BERTH_KEY_INTERMEDIATE_SIZE, 16384, {"intermediate_size"}},
    {BERTH_KEY_MAX_POSITION_EMBEDDINGS, 512, {"max_position_embeddings"}},
    {BERTH_KEY_TYPE_VOCAB_SIZE, 2, {"type_vocab_size"}},
    {BERTH_KEY_HIDDEN_ACT, BERTH_FUNCTION_GELU_TANH, {"hidden_act"}},
    {BERTH_KEY_LAYER_NORM_EPS, 1e-12, {"layer_norm_eps"}},
    {BERTH_KEY_TIE_WORD_EMBEDDINGS, true, {"tie_word_embeddings"}},
    {0},
};

#define LAYER "encoder.albert_layer_groups.*.albert_layers.*."

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embeddings.word_embeddings", 'V', 'E', 0},
    {BERTH_SLOT_POSITIONS, "embeddings.position_embeddings", 'P', 'E', 0},
    {BERTH_SLOT_TYPES, "embeddings.token_type_embeddings", 'N', 'E', 0},
    {BERTH_SLOT_EMBEDDINGS_NORM, "embeddings.LayerNorm", 'E', 0, 0},
    {BERTH_SLOT_PROJECTION, "encoder.embedding_hidden_mapping_in", 'C', 'E', 0},
    {BERTH_SLOT_QKV, LAYER "attention.query", 'C', 'C', 0},
    {BERTH_SLOT_QKV, LAYER "attention.key", 'C', 'C', 0},
    {BERTH_SLOT_QKV, LAYER "attention.value", 'C', 'C', 0},
    {BERTH_SLOT_ATTENTION_OUTPUT, LAYER "attention.dense", 'C', 'C', 0},
    {BERTH_SLOT_ATTENTION_AFTER, LAYER "attention.LayerNorm", 'C', 0, 0},
    {BERTH_SLOT_UP, LAYER "ffn", 'F', 'C', 0},
    {BERTH_SLOT_DOWN, LAYER "ffn_output", 'C', 'F', 0},
    {BERTH_SLOT_FORWARD_AFTER, LAYER "full_layer_layer_norm", 'C', 0, 0},
    {0},
};

static const struct berth_step_row masked_lm[] = {
    {.linear = "predictions.dense",
     .rows = 'E',
     .columns = 'C',
     .function = BERTH_FUNCTION_OF_CONFIG,
     .norm = "predictions.LayerNorm"},
    {.linear = "predictions.decoder",
     .rows = 'V',
     .columns = 'E',
     .tied = true,
     .bias = "predictions.bias"},
    {0},
};

#define POOLER                                                                 \
    {                                                                          \
        .linear = "pooler", .inside = true, .rows = 'C', .columns = 'C',       \
        .function = BERTH_FUNCTION_TANH                                        \
    }

static const struct berth_step_row sequence[] = {
    POOLER,
    {.linear = "classifier", .rows = 'L', .columns = 'C'},
    {0},
};

/* Whether the texts are in order: the first of two says so. */
static const struct berth_step_row order[] = {
    POOLER,
    {.linear = "sop_classifier.classifier", .rows = '2', .columns = 'C'},
    {0},
};

static const struct berth_head_row heads[] = {
    {BERTH_HEAD_MASKED_LM, .steps = masked_lm, .pretraining = true},
    {BERTH_HEAD_SEQUENCE, .steps = sequence},
    {BERTH_HEAD_TOKENS, .steps = berth_steps_labels},
    {BERTH_HEAD_ANSWER, .steps = berth_steps_answer},
    {BERTH_HEAD_NEXT_SENTENCE, .steps = order, .pretraining = true},
    {0},
};

const struct berth_family berth_family_albert = {
    .name = "albert",
    .class = "Albert",
    .prefix = "albert.",
    .config = config,
    .tensors = tensors,
    .heads = heads,
};
