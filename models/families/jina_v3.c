/*
 * jina_v3.c - JinaEmbeddingsV3Model and its masked LM of transformers:
 * XLM-RoBERTa with rotated queries and keys in place of positions. Sturua et
 * al. 2024, arXiv:2409.10173.
 */
#include "models/families/family.h"

static const struct berth_config_row config[] = {
    {BERTH_KEY_VOCAB_SIZE, 250002, {"vocab_size"}},
    {BERTH_KEY_HIDDEN_SIZE, 1024, {"hidden_size"}},
    {BERTH_KEY_NUM_HIDDEN_LAYERS, 24, {"num_hidden_layers"}},
    {BERTH_KEY_NUM_ATTENTION_HEADS, 16, {"num_attention_heads"}},
    {BERTH_KEY_INTERMEDIATE_SIZE, 4096, {"intermediate_size"}},
    {BERTH_KEY_MAX_POSITION_EMBEDDINGS, 8194, {"max_position_embeddings"}},
    {BERTH_KEY_TYPE_VOCAB_SIZE, 1, {"type_vocab_size"}},
    {BERTH_KEY_HIDDEN_ACT, BERTH_FUNCTION_GELU, {"hidden_act"}},
    {BERTH_KEY_LAYER_NORM_EPS, 1e-5, {"layer_norm_eps"}},
    {BERTH_KEY_ROPE_THETA,
     20000,
     {"rope_scaling.rope_theta", "rope_parameters.rope_theta", "rope_theta",
      "rotary_emb_base"}},
    {BERTH_KEY_ROPE_TYPE, 0, {"rope_scaling", "rope_parameters"}},
    {BERTH_KEY_TIE_WORD_EMBEDDINGS, true, {"tie_word_embeddings"}},
    {0},
};

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embeddings.word_embeddings", 'V', 'C', 0},
    {BERTH_SLOT_TYPES, "embeddings.token_type_embeddings", 'N', 'C', 0},
    {BERTH_SLOT_EMBEDDINGS_NORM, "emb_ln", 'C', 0, 0},
    {BERTH_SLOT_QKV, "encoder.layers.*.mixer.Wqkv", 'Q', 'C', 0},
    {BERTH_SLOT_ATTENTION_OUTPUT, "encoder.layers.*.mixer.out_proj", 'C', 'C',
     0},
    {BERTH_SLOT_ATTENTION_AFTER, "encoder.layers.*.norm1", 'C', 0, 0},
    {BERTH_SLOT_UP, "encoder.layers.*.mlp.fc1", 'F', 'C', 0},
    {BERTH_SLOT_DOWN, "encoder.layers.*.mlp.fc2", 'C', 'F', 0},
    {BERTH_SLOT_FORWARD_AFTER, "encoder.layers.*.norm2", 'C', 0, 0},
    {0},
};

const struct berth_family berth_family_jina_v3 = {
    .name = "jina_embeddings_v3",
    .class = "JinaEmbeddingsV3",
    .prefix = "roberta.",
    .config = config,
    .tensors = tensors,
    .heads = berth_heads_roberta,
};
