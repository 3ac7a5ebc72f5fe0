/*
 * mobilebert.c - MobileBertModel and MobileBertForMaskedLM of transformers:
 * layers that are narrower inside than between, with several feed-forwards.
 * Sun et al. 2020, arXiv:2004.02984.
 */
#include "models/families/family.h"

static const struct berth_config_row config[] = {
    {BERTH_KEY_VOCAB_SIZE, 30522, {"vocab_size"}},
    {BERTH_KEY_EMBEDDING_SIZE, 128, {"embedding_size"}},
    {BERTH_KEY_HIDDEN_SIZE, 512, {"hidden_size"}},
    {BERTH_KEY_INTRA_BOTTLENECK_SIZE, 128, {"intra_bottleneck_size"}},
    {BERTH_KEY_NUM_HIDDEN_LAYERS, 24, {"num_hidden_layers"}},
    {BERTH_KEY_NUM_ATTENTION_HEADS, 4, {"num_attention_heads"}},
    {BERTH_KEY_INTERMEDIATE_SIZE, 512, {"intermediate_size"}},
    {BERTH_KEY_NUM_FEEDFORWARD_NETWORKS, 4, {"num_feedforward_networks"}},
    {BERTH_KEY_MAX_POSITION_EMBEDDINGS, 512, {"max_position_embeddings"}},
    {BERTH_KEY_TYPE_VOCAB_SIZE, 2, {"type_vocab_size"}},
    {BERTH_KEY_HIDDEN_ACT, BERTH_FUNCTION_RELU, {"hidden_act"}},
    {BERTH_KEY_LAYER_NORM_EPS, 1e-12, {"layer_norm_eps"}},
    {BERTH_KEY_TIE_WORD_EMBEDDINGS, true, {"tie_word_embeddings"}},
    {0},
};

/* What published models have; others of the paper's are not done. */
static const struct berth_wanted_row wanted[] = {
    {"trigram_input", "true"},
    {"use_bottleneck", "true"},
    {"use_bottleneck_attention", "false"},
    {"key_query_shared_bottleneck", "true"},
    {"normalization_type", "\"no_norm\""},
    {0},
};

#define LAYER "encoder.layer.*."

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embeddings.word_embeddings", 'V', 'E', 0},
    {BERTH_SLOT_POSITIONS, "embeddings.position_embeddings", 'P', 'C', 0},
    {BERTH_SLOT_TYPES, "embeddings.token_type_embeddings", 'N', 'C', 0},
    {BERTH_SLOT_PROJECTION, "embeddings.embedding_transformation", 'C', 'T', 0},
    {BERTH_SLOT_PROJECTED_NORM, "embeddings.LayerNorm", 'C', 0, 0},
    {BERTH_SLOT_INPUT_BOTTLENECK, LAYER "bottleneck.input.dense", 'A', 'C', 0},
    {BERTH_SLOT_INPUT_BOTTLENECK_NORM, LAYER "bottleneck.input.LayerNorm", 'A',
     0, 0},
    {BERTH_SLOT_ATTENTION_BOTTLENECK, LAYER "bottleneck.attention.dense", 'A',
     'C', 0},
    {BERTH_SLOT_ATTENTION_BOTTLENECK_NORM,
     LAYER "bottleneck.attention.LayerNorm", 'A', 0, 0},
    {BERTH_SLOT_QKV, LAYER "attention.self.query", 'A', 'A', 0},
    {BERTH_SLOT_QKV, LAYER "attention.self.key", 'A', 'A', 0},
    {BERTH_SLOT_VALUES, LAYER "attention.self.value", 'A', 'C', 0},
    {BERTH_SLOT_ATTENTION_OUTPUT, LAYER "attention.output.dense", 'A', 'A', 0},
    {BERTH_SLOT_ATTENTION_AFTER, LAYER "attention.output.LayerNorm", 'A', 0, 0},
    {BERTH_SLOT_MORE_UP, LAYER "ffn.*.intermediate.dense", 'F', 'A',
     BERTH_ROW_EACH_FORWARD},
    {BERTH_SLOT_MORE_DOWN, LAYER "ffn.*.output.dense", 'A', 'F',
     BERTH_ROW_EACH_FORWARD},
    {BERTH_SLOT_MORE_AFTER, LAYER "ffn.*.output.LayerNorm", 'A', 0,
     BERTH_ROW_EACH_FORWARD},
    {BERTH_SLOT_UP, LAYER "intermediate.dense", 'F', 'A', 0},
    {BERTH_SLOT_DOWN, LAYER "output.dense", 'A', 'F', 0},
    {BERTH_SLOT_FORWARD_AFTER, LAYER "output.LayerNorm", 'A', 0, 0},
    {BERTH_SLOT_OUTPUT_BOTTLENECK, LAYER "output.bottleneck.dense", 'C', 'A',
     0},
    {BERTH_SLOT_OUTPUT_BOTTLENECK_NORM, LAYER "output.bottleneck.LayerNorm",
     'C', 0, 0},
    {0},
};

/* A token's row of the decoder is its embedding, and more beside it. */
static const struct berth_step_row masked_lm[] = {
    {.linear = "cls.predictions.transform.dense",
     .rows = 'C',
     .columns = 'C',
     .function = BERTH_FUNCTION_OF_CONFIG,
     .norm = "cls.predictions.transform.LayerNorm"},
    {.linear = "cls.predictions.decoder",
     .rows = 'V',
     .columns = 'E',
     .tied = true,
     .beside = "cls.predictions.dense",
     .bias = "cls.predictions.bias"},
    {0},
};

static const struct berth_head_row heads[] = {
    {BERTH_HEAD_MASKED_LM, .steps = masked_lm, .pretraining = true},
    {BERTH_HEAD_SEQUENCE, .steps = berth_steps_pooled},
    {BERTH_HEAD_TOKENS, .steps = berth_steps_labels},
    {BERTH_HEAD_ANSWER, .steps = berth_steps_answer},
    {BERTH_HEAD_NEXT_SENTENCE, .steps = berth_steps_sentence,
     .pretraining = true},
    {0},
};

const struct berth_family berth_family_mobilebert = {
    .name = "mobilebert",
    .class = "MobileBert",
    .prefix = "mobilebert.",
    .config = config,
    .wanted = wanted,
    .tensors = tensors,
    .heads = heads,
    .norm = BERTH_NORM_SCALED,
    .input = BERTH_INPUT_TRIGRAMS,
    .layer = BERTH_LAYER_BOTTLENECKS,
};
