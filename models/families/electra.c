/*
 * electra.c - ElectraModel and its heads, ElectraForMaskedLM (the generator),
 * ElectraForPreTraining (the discriminator) and others, of transformers: BERT
 * whose embeddings may have a size of their own.
 */
#include "models/families/family.h"

static const struct berth_config_row config[] = {
    {BERTH_KEY_VOCAB_SIZE, 30522, {"vocab_size"}},
    {BERTH_KEY_EMBEDDING_SIZE, 128, {"embedding_size"}},
    {BERTH_KEY_HIDDEN_SIZE, 256, {"hidden_size"}},
    {BERTH_KEY_NUM_HIDDEN_LAYERS, 12, {"num_hidden_layers"}},
    {BERTH_KEY_NUM_ATTENTION_HEADS, 4, {"num_attention_heads"}},
    {BERTH_KEY_INTERMEDIATE_SIZE, 1024, {"intermediate_size"}},
    {BERTH_KEY_MAX_POSITION_EMBEDDINGS, 512, {"max_position_embeddings"}},
    {BERTH_KEY_TYPE_VOCAB_SIZE, 2, {"type_vocab_size"}},
    {BERTH_KEY_HIDDEN_ACT, BERTH_FUNCTION_GELU, {"hidden_act"}},
    {BERTH_KEY_LAYER_NORM_EPS, 1e-12, {"layer_norm_eps"}},
    {BERTH_KEY_TIE_WORD_EMBEDDINGS, true, {"tie_word_embeddings"}},
    {0},
};

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embeddings.word_embeddings", 'V', 'E', 0},
    {BERTH_SLOT_POSITIONS, "embeddings.position_embeddings", 'P', 'E', 0},
    {BERTH_SLOT_TYPES, "embeddings.token_type_embeddings", 'N', 'E', 0},
    {BERTH_SLOT_EMBEDDINGS_NORM, "embeddings.LayerNorm", 'E', 0, 0},
    {BERTH_SLOT_PROJECTION, "embeddings_project", 'C', 'E',
     BERTH_ROW_IF_SIZES_DIFFER},
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

/* ElectraGeneratorPredictions: GELU, whatever hidden_act says. */
static const struct berth_step_row masked_lm[] = {
    {.linear = "generator_predictions.dense",
     .rows = 'E',
     .columns = 'C',
     .function = BERTH_FUNCTION_GELU,
     .norm = "generator_predictions.LayerNorm"},
    {.linear = "generator_lm_head", .rows = 'V', .columns = 'E', .tied = true},
    {0},
};

static const struct berth_step_row discriminator[] = {
    {.linear = "discriminator_predictions.dense",
     .rows = 'C',
     .columns = 'C',
     .function = BERTH_FUNCTION_OF_CONFIG},
    {.linear = "discriminator_predictions.dense_prediction",
     .rows = '1',
     .columns = 'C'},
    {0},
};

/* ElectraClassificationHead: GELU, likewise. */
static const struct berth_step_row sequence[] = {
    {.linear = "classifier.dense",
     .rows = 'C',
     .columns = 'C',
     .function = BERTH_FUNCTION_GELU},
    {.linear = "classifier.out_proj", .rows = 'L', .columns = 'C'},
    {0},
};

static const struct berth_head_row heads[] = {
    {BERTH_HEAD_MASKED_LM, .steps = masked_lm},
    {BERTH_HEAD_SEQUENCE, .steps = sequence},
    {BERTH_HEAD_TOKENS, .steps = berth_steps_labels},
    {BERTH_HEAD_ANSWER, .steps = berth_steps_answer},
    {BERTH_HEAD_DISCRIMINATOR, .steps = discriminator, .pretraining = true},
    {0},
};

const struct berth_family berth_family_electra = {
    .name = "electra",
    .class = "Electra",
    .prefix = "electra.",
    .config = config,
    .tensors = tensors,
    .heads = heads,
};
