/*
 * bert.c - BertConfig, BertModel and its heads, BertForMaskedLM and others, of
 * transformers.
 */
#include "models/families/family.h"

static const struct berth_config_row config[] = {
    {BERTH_KEY_VOCAB_SIZE, 30522, {"vocab_size"}},
    {BERTH_KEY_HIDDEN_SIZE, 768, {"hidden_size"}},
    {BERTH_KEY_NUM_HIDDEN_LAYERS, 12, {"num_hidden_layers"}},
    {BERTH_KEY_NUM_ATTENTION_HEADS, 12, {"num_attention_heads"}},
    {BERTH_KEY_INTERMEDIATE_SIZE, 3072, {"intermediate_size"}},
    {BERTH_KEY_MAX_POSITION_EMBEDDINGS, 512, {"max_position_embeddings"}},
    {BERTH_KEY_TYPE_VOCAB_SIZE, 2, {"type_vocab_size"}},
    {BERTH_KEY_HIDDEN_ACT, BERTH_FUNCTION_GELU, {"hidden_act"}},
    {BERTH_KEY_LAYER_NORM_EPS, 1e-12, {"layer_norm_eps"}},
    {BERTH_KEY_TIE_WORD_EMBEDDINGS, true, {"tie_word_embeddings"}},
    {0},
};

const struct berth_tensor_row berth_tensors_bert[] = {
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

/* The decoder's bias is cls.predictions.bias or cls.predictions.decoder.bias. A
 * file may have only one of them. If it has both, the second is used, tied or
 * not. */
static const struct berth_step_row masked_lm[] = {
    {.linear = "cls.predictions.transform.dense",
     .rows = 'C',
     .columns = 'C',
     .function = BERTH_FUNCTION_OF_CONFIG,
     .norm = "cls.predictions.transform.LayerNorm"},
    {.linear = "cls.predictions.decoder",
     .rows = 'V',
     .columns = 'C',
     .tied = true,
     .bias = "cls.predictions.bias"},
    {0},
};

#define POOLER                                                                 \
    {                                                                          \
        .linear = "pooler.dense", .inside = true, .rows = 'C', .columns = 'C', \
        .function = BERTH_FUNCTION_TANH                                        \
    }

const struct berth_step_row berth_steps_pooled[] = {
    POOLER,
    {.linear = "classifier", .rows = 'L', .columns = 'C'},
    {0},
};
const struct berth_step_row berth_steps_labels[] = {
    {.linear = "classifier", .rows = 'L', .columns = 'C'},
    {0},
};
const struct berth_step_row berth_steps_answer[] = {
    {.linear = "qa_outputs", .rows = '2', .columns = 'C'},
    {0},
};
const struct berth_step_row berth_steps_sentence[] = {
    POOLER,
    {.linear = "cls.seq_relationship", .rows = '2', .columns = 'C'},
    {0},
};

const struct berth_head_row berth_heads_bert[] = {
    {BERTH_HEAD_MASKED_LM, .steps = masked_lm, .pretraining = true},
    {BERTH_HEAD_SEQUENCE, .steps = berth_steps_pooled},
    {BERTH_HEAD_TOKENS, .steps = berth_steps_labels},
    {BERTH_HEAD_ANSWER, .steps = berth_steps_answer},
    {BERTH_HEAD_NEXT_SENTENCE, .steps = berth_steps_sentence,
     .pretraining = true},
    {0},
};

const struct berth_family berth_family_bert = {
    .name = "bert",
    .class = "Bert",
    .prefix = "bert.",
    .config = config,
    .tensors = berth_tensors_bert,
    .heads = berth_heads_bert,
};
