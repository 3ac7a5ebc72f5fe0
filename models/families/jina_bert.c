/*
 * jina_bert.c - JinaBertModel of Jina v2: BERT whose scores fall with the
 * distance, in place of positions, and with a gate. Günther et al. 2023,
 * arXiv:2310.19923. Its model_type is BERT's.
 */
#include "models/families/family.h"

static const struct berth_config_row config[] = {
    {BERTH_KEY_VOCAB_SIZE, 30528, {"vocab_size"}},
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

static const struct berth_wanted_row wanted[] = {
    {"position_embedding_type", "\"alibi\""},
    {NULL, NULL},
};

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embeddings.word_embeddings", 'V', 'C', 0},
    {BERTH_SLOT_TYPES, "embeddings.token_type_embeddings", 'N', 'C', 0},
    {BERTH_SLOT_EMBEDDINGS_NORM, "embeddings.LayerNorm", 'C', 0, 0},
    {BERTH_SLOT_QKV, "encoder.layer.*.attention.self.query", 'C', 'C', 0},
    {BERTH_SLOT_QKV, "encoder.layer.*.attention.self.key", 'C', 'C', 0},
    {BERTH_SLOT_QKV, "encoder.layer.*.attention.self.value", 'C', 'C', 0},
    {BERTH_SLOT_ATTENTION_OUTPUT, "encoder.layer.*.attention.output.dense", 'C',
     'C', 0},
    {BERTH_SLOT_ATTENTION_AFTER, "encoder.layer.*.attention.output.LayerNorm",
     'C', 0, 0},
    {BERTH_SLOT_UP, "encoder.layer.*.mlp.gated_layers", 'G', 'C',
     BERTH_ROW_BARE},
    {BERTH_SLOT_DOWN, "encoder.layer.*.mlp.wo", 'C', 'F', 0},
    {BERTH_SLOT_FORWARD_AFTER, "encoder.layer.*.mlp.layernorm", 'C', 0, 0},
    {0},
};

const struct berth_family berth_family_jina_bert = {
    .name = "bert",
    .key = {"position_embedding_type", "alibi"},
    .class = "JinaBert",
    .prefix = "bert.",
    .config = config,
    .wanted = wanted,
    .tensors = tensors,
    .heads = berth_heads_bert,
    .gate = BERTH_GATE_FIRST,
    .distance = BERTH_DISTANCE_SLOPES,
};
