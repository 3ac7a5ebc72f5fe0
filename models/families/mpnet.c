/*
 * mpnet.c - MPNetModel and MPNetForMaskedLM of transformers: RoBERTa without
 * types, and with a number for each head and bucket of distances that all
 * layers add to their scores. Song et al. 2020, arXiv:2004.09297.
 */
#include "models/families/family.h"

/* Whatever the file says, the token of id 1 is the pad, and there are 32
 * buckets: MPNetEmbeddings and MPNetEncoder.compute_position_bias have them as
 * constants. */
static const struct berth_config_row config[] = {
    {BERTH_KEY_VOCAB_SIZE, 30527, {"vocab_size"}},
    {BERTH_KEY_HIDDEN_SIZE, 768, {"hidden_size"}},
    {BERTH_KEY_NUM_HIDDEN_LAYERS, 12, {"num_hidden_layers"}},
    {BERTH_KEY_NUM_ATTENTION_HEADS, 12, {"num_attention_heads"}},
    {BERTH_KEY_INTERMEDIATE_SIZE, 3072, {"intermediate_size"}},
    {BERTH_KEY_MAX_POSITION_EMBEDDINGS, 512, {"max_position_embeddings"}},
    {BERTH_KEY_HIDDEN_ACT, BERTH_FUNCTION_GELU, {"hidden_act"}},
    {BERTH_KEY_LAYER_NORM_EPS, 1e-12, {"layer_norm_eps"}},
    {BERTH_KEY_PAD_TOKEN_ID, 1, {NULL}},
    {BERTH_KEY_TIE_WORD_EMBEDDINGS, true, {"tie_word_embeddings"}},
    {0},
};

static const struct berth_tensor_row tensors[] = {
    {BERTH_SLOT_TOKENS, "embeddings.word_embeddings", 'V', 'C', 0},
    {BERTH_SLOT_POSITIONS, "embeddings.position_embeddings", 'P', 'C', 0},
    {BERTH_SLOT_EMBEDDINGS_NORM, "embeddings.LayerNorm", 'C', 0, 0},
    {BERTH_SLOT_DISTANCE_BUCKETS, "encoder.relative_attention_bias", 'B', 'H',
     0},
    {BERTH_SLOT_QKV, "encoder.layer.*.attention.attn.q", 'C', 'C', 0},
    {BERTH_SLOT_QKV, "encoder.layer.*.attention.attn.k", 'C', 'C', 0},
    {BERTH_SLOT_QKV, "encoder.layer.*.attention.attn.v", 'C', 'C', 0},
    {BERTH_SLOT_ATTENTION_OUTPUT, "encoder.layer.*.attention.attn.o", 'C', 'C',
     0},
    {BERTH_SLOT_ATTENTION_AFTER, "encoder.layer.*.attention.LayerNorm", 'C', 0,
     0},
    {BERTH_SLOT_UP, "encoder.layer.*.intermediate.dense", 'F', 'C', 0},
    {BERTH_SLOT_DOWN, "encoder.layer.*.output.dense", 'C', 'F', 0},
    {BERTH_SLOT_FORWARD_AFTER, "encoder.layer.*.output.LayerNorm", 'C', 0, 0},
    {0},
};

const struct berth_family berth_family_mpnet = {
    .name = "mpnet",
    .class = "MPNet",
    .prefix = "mpnet.",
    .config = config,
    .tensors = tensors,
    .heads = berth_heads_roberta,
    .distance = BERTH_DISTANCE_BUCKETS,
};
