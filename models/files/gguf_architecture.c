/*
 * gguf_architecture.c - what llama.cpp calls the tensors and the keys of each
 * kind of model, and config.json of them.
 *
 * Source: MODEL_TENSORS and tensor_mapping.py of the gguf package,
 * convert_hf_to_gguf.py of llama.cpp.
 */
#include "models/files/gguf_model.h"

#include "lib/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RoBERTa and XLM-RoBERTa are of this kind, too: of their positions the rows
 * that no token has are left out, so that they begin at 0 as BERT's. */
static const struct berth_gguf_name bert_names[] = {
    {"token_embd", "embeddings.word_embeddings", NULL},
    {"position_embd", "embeddings.position_embeddings", NULL},
    {"token_types", "embeddings.token_type_embeddings", NULL},
    {"token_embd_norm", "embeddings.LayerNorm", NULL},
    {"blk.*.attn_q", "encoder.layer.*.attention.self.query", NULL},
    {"blk.*.attn_k", "encoder.layer.*.attention.self.key", NULL},
    {"blk.*.attn_v", "encoder.layer.*.attention.self.value", NULL},
    {"blk.*.attn_output", "encoder.layer.*.attention.output.dense", NULL},
    {"blk.*.attn_output_norm", "encoder.layer.*.attention.output.LayerNorm",
     NULL},
    {"blk.*.ffn_up", "encoder.layer.*.intermediate.dense", NULL},
    {"blk.*.ffn_down", "encoder.layer.*.output.dense", NULL},
    {"blk.*.layer_output_norm", "encoder.layer.*.output.LayerNorm", NULL},
    {"cls", NULL, NULL},
    {"cls.output", NULL, NULL},
    {0},
};

/* Files of 2024 have the gate and what it opens in two tensors. */
static const struct berth_gguf_name jina_names[] = {
    {"token_embd", "embeddings.word_embeddings", NULL},
    {"token_types", "embeddings.token_type_embeddings", NULL},
    {"token_embd_norm", "embeddings.LayerNorm", NULL},
    {"blk.*.attn_q", "encoder.layer.*.attention.self.query", NULL},
    {"blk.*.attn_k", "encoder.layer.*.attention.self.key", NULL},
    {"blk.*.attn_v", "encoder.layer.*.attention.self.value", NULL},
    {"blk.*.attn_output", "encoder.layer.*.attention.output.dense", NULL},
    {"blk.*.attn_output_norm", "encoder.layer.*.attention.output.LayerNorm",
     NULL},
    {"blk.*.ffn_up", "encoder.layer.*.mlp.gated_layers", NULL},
    {"blk.*.ffn_gate", "encoder.layer.*.mlp.gated_layers", "blk.*.ffn_up"},
    {"blk.*.ffn_down", "encoder.layer.*.mlp.wo", NULL},
    {"blk.*.layer_output_norm", "encoder.layer.*.mlp.layernorm", NULL},
    {"cls", NULL, NULL},
    {0},
};

static const struct berth_gguf_name nomic_names[] = {
    {"token_embd", "embeddings.word_embeddings", NULL},
    {"token_types", "embeddings.token_type_embeddings", NULL},
    {"token_embd_norm", "emb_ln", NULL},
    {"blk.*.attn_qkv", "encoder.layers.*.attn.Wqkv", NULL},
    {"blk.*.attn_output", "encoder.layers.*.attn.out_proj", NULL},
    {"blk.*.attn_output_norm", "encoder.layers.*.norm1", NULL},
    {"blk.*.ffn_up", "encoder.layers.*.mlp.fc11", NULL},
    {"blk.*.ffn_gate", "encoder.layers.*.mlp.fc12", NULL},
    {"blk.*.ffn_down", "encoder.layers.*.mlp.fc2", NULL},
    {"blk.*.layer_output_norm", "encoder.layers.*.norm2", NULL},
    {0},
};

/* Of the masked-LM head the decoder's bias is lost, so the rest is no use. */
static const struct berth_gguf_name modern_names[] = {
    {"token_embd", "embeddings.tok_embeddings", NULL},
    {"token_embd_norm", "embeddings.norm", NULL},
    {"output_norm", "final_norm", NULL},
    {"blk.*.attn_norm", "layers.*.attn_norm", NULL},
    {"blk.*.attn_qkv", "layers.*.attn.Wqkv", NULL},
    {"blk.*.attn_output", "layers.*.attn.Wo", NULL},
    {"blk.*.ffn_norm", "layers.*.mlp_norm", NULL},
    {"blk.*.ffn_up", "layers.*.mlp.Wi", NULL},
    {"blk.*.ffn_down", "layers.*.mlp.Wo", NULL},
    {"cls", NULL, NULL},
    {"cls.norm", NULL, NULL},
    {"cls.output", NULL, NULL},
    {0},
};

#define SIZES                                                                  \
    {"block_count", "num_hidden_layers", true, true},                          \
        {"embedding_length", "hidden_size", true, true},                       \
        {"feed_forward_length", "intermediate_size", true, true},              \
        {"attention.head_count", "num_attention_heads", true, true},           \
    {                                                                          \
        "context_length", "max_position_embeddings", true, true                \
    }
#define EPSILON "attention.layer_norm_epsilon"

static const struct berth_gguf_key bert_keys[] = {
    SIZES, {EPSILON, "layer_norm_eps", false, true}, {0}};

static const struct berth_gguf_key nomic_keys[] = {
    SIZES,
    {EPSILON, "layer_norm_eps", false, true},
    {"rope.freq_base", "rotary_emb_base", false, true},
    {0}};

static const struct berth_gguf_key modern_keys[] = {
    SIZES,
    {EPSILON, "norm_eps", false, true},
    {"rope.freq_base", "global_rope_theta", false, true},
    {"rope.freq_base_swa", "local_rope_theta", false, false},
    {"attention.sliding_window", "local_attention", true, true},
    {"attention.sliding_window_pattern", "global_attn_every_n_layers", true,
     false},
    {0}};

static const struct berth_gguf_architecture architectures[] = {
    {"bert", "bert", bert_names, bert_keys, {NULL, NULL}, true},
    {"nomic-bert", "nomic_bert", nomic_names, nomic_keys, {NULL, NULL}, true},
    {"jina-bert-v2",
     "bert",
     jina_names,
     bert_keys,
     {"position_embedding_type", "alibi"},
     true},
    {"modern-bert",
     "modernbert",
     modern_names,
     modern_keys,
     {NULL, NULL},
     false},
};

/* Adapters, projectors and parts of a model are GGUF files as well. */
static enum berth_status check_whole(const struct berth_gguf *file,
                                     struct berth_error *err)
{
    struct berth_gguf_text type;
    size_t parts = 0;
    bool found = false;
    enum berth_status status =
        berth_gguf_get_text(file, "general.type", &type, &found, err);

    if (status == BERTH_OK && found && !berth_gguf_is(type, "model"))
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: key 'general.type': expected model, found %.*s, "
                          "which is not supported",
                          file->path, (int)(type.n < 100 ? type.n : 100),
                          type.s);
    if (status == BERTH_OK)
        status = berth_gguf_get_size(file, "split.count", &parts, &found, err);
    if (status == BERTH_OK && parts > 1)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected a whole model, found one of %zu parts: "
                          "merge them (llama-gguf-split --merge of llama.cpp)",
                          file->path, parts);
    return status;
}

enum berth_status
berth_gguf_architecture(const struct berth_gguf *file,
                        const struct berth_gguf_architecture **out,
                        struct berth_error *err)
{
    struct berth_gguf_text name;
    enum berth_status status = check_whole(file, err);

    if (status == BERTH_OK)
        status =
            berth_gguf_get_text(file, "general.architecture", &name, NULL, err);
    if (status != BERTH_OK)
        return status;
    for (size_t i = 0; i < sizeof(architectures) / sizeof(*architectures);
         i++) {
        if (berth_gguf_is(name, architectures[i].name)) {
            *out = &architectures[i];
            return BERTH_OK;
        }
    }
    return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                      "%s: key 'general.architecture': expected bert, "
                      "nomic-bert, jina-bert-v2 or modern-bert, found %.*s, "
                      "which is not supported",
                      file->path, (int)(name.n < 100 ? name.n : 100), name.s);
}

/* The number with the fewest digits that is this float32: 1e-12, and not what
 * that is in float32. Written and read in one locale. */
static double shortest(double x)
{
    char text[64];
    double back = x;

    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, x);
        back = strtod(text, NULL);
        if ((float)back == (float)x)
            break;
    }
    return back;
}

/* Sets a key of config.json; value is taken. */
static enum berth_status put(const struct berth_gguf *file, json_t *config,
                             const char *key, json_t *value,
                             struct berth_error *err)
{
    if (json_object_set_new(config, key, value) == 0)
        return BERTH_OK;
    return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", file->path);
}

/* An array says of each layer whether it looks at tokens nearby alone. */
static json_t *layer_types(const struct berth_gguf_pair *pair)
{
    json_t *list = json_array();

    for (size_t i = 0; i < pair->n; i++) {
        const bool local = pair->type == BERTH_GGUF_BOOL
                               ? pair->data[i] != 0
                               : berth_gguf_number(pair, i) != 0;

        const char *type = local ? "sliding_attention" : "full_attention";

        if (json_array_append_new(list, json_string(type)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* Keys that are not there are left to config.json's defaults. */
static enum berth_status put_key(const struct berth_gguf *file,
                                 const char *arch,
                                 const struct berth_gguf_key *row,
                                 json_t *config, struct berth_error *err)
{
    char key[128];
    bool here = true;
    bool *found = row->required ? NULL : &here;
    size_t n = 0;
    double x = 0;

    snprintf(key, sizeof(key), "%s.%s", arch, row->key);
    const struct berth_gguf_pair *pair = berth_gguf_find(file, key);
    if (!row->required && pair != NULL && pair->is_array &&
        pair->type != BERTH_GGUF_STRING) {
        return put(file, config, "layer_types", layer_types(pair), err);
    }
    enum berth_status status =
        row->whole ? berth_gguf_get_size(file, key, &n, found, err)
                   : berth_gguf_get_number(file, key, &x, found, err);
    if (status != BERTH_OK || !here)
        return status;
    return put(
        file, config, row->hf,
        row->whole ? json_integer((json_int_t)n) : json_real(shortest(x)), err);
}

/* Keys that would change what the model computes. */
static enum berth_status check_plain(const struct berth_gguf *file,
                                     const char *arch, struct berth_error *err)
{
    char key[128];
    struct berth_gguf_text type = {"none", 4};
    bool causal = false, found;

    snprintf(key, sizeof(key), "%s.attention.causal", arch);
    enum berth_status status =
        berth_gguf_get_bool(file, key, &causal, &found, err);
    if (status == BERTH_OK && causal)
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: key '%s': expected false, found true, which is "
                          "not supported",
                          file->path, key);
    snprintf(key, sizeof(key), "%s.rope.scaling.type", arch);
    if (status == BERTH_OK)
        status = berth_gguf_get_text(file, key, &type, &found, err);
    if (status == BERTH_OK && !berth_gguf_is(type, "none"))
        return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                          "%s: key '%s': expected none, found %.*s, which is "
                          "not supported",
                          file->path, key, (int)(type.n < 100 ? type.n : 100),
                          type.s);
    return status;
}

/* Keys that say what follows from others in the models that are read. */
static enum berth_status check_heads(const struct berth_gguf *file,
                                     const json_t *config, const char *arch,
                                     struct berth_error *err)
{
    static const char *const keys[] = {
        "attention.head_count_kv", "rope.dimension_count",
        "attention.key_length", "attention.value_length"};
    const json_int_t heads =
        json_integer_value(json_object_get(config, "num_attention_heads"));
    const json_int_t hidden =
        json_integer_value(json_object_get(config, "hidden_size"));

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        const json_int_t wanted = i == 0 || heads == 0 ? heads : hidden / heads;
        char key[128];
        size_t n = 0;
        bool found = false;

        snprintf(key, sizeof(key), "%s.%s", arch, keys[i]);
        enum berth_status status =
            berth_gguf_get_size(file, key, &n, &found, err);
        if (status != BERTH_OK)
            return status;
        if (found && (json_int_t)n != wanted)
            return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                              "%s: key '%s': expected %lld, found %zu, which "
                              "is not supported",
                              file->path, key, (long long)wanted, n);
    }
    return BERTH_OK;
}

/* transformers sizes a table by it. */
static enum berth_status put_pad(const struct berth_gguf *file, json_t *config,
                                 struct berth_error *err)
{
    size_t pad = 0;
    bool found = false;
    enum berth_status status = berth_gguf_get_size(
        file, "tokenizer.ggml.padding_token_id", &pad, &found, err);

    return status == BERTH_OK && found ? put(file, config, "pad_token_id",
                                             json_integer((json_int_t)pad), err)
                                       : status;
}

/* Sizes that no key has are those of the tensors. */
static enum berth_status put_sizes(const struct berth_gguf *file,
                                   const struct berth_gguf_architecture *arch,
                                   json_t *config, struct berth_error *err)
{
    const struct berth_tensor *tokens =
        berth_gguf_tensor(file, "token_embd.weight");
    const struct berth_tensor *types =
        berth_gguf_tensor(file, "token_types.weight");

    if (tokens == NULL)
        return berth_fail(err, BERTH_ERR_FORMAT,
                          "%s: expected tensor 'token_embd.weight', found "
                          "none: it has no weights, or is another kind of file",
                          file->path);
    const size_t n_types = types != NULL ? types->shape[0] : 0;
    enum berth_status status =
        put(file, config, "vocab_size",
            json_integer((json_int_t)tokens->shape[0]), err);
    if (status != BERTH_OK || !arch->types)
        return status;
    return put(file, config, "type_vocab_size",
               json_integer((json_int_t)n_types), err);
}

enum berth_status berth_gguf_config(const struct berth_gguf *file, json_t **out,
                                    struct berth_error *err)
{
    const struct berth_gguf_architecture *arch = NULL;
    json_t *config = json_object();
    enum berth_status status =
        config == NULL
            ? berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", file->path)
            : berth_gguf_architecture(file, &arch, err);

    if (status == BERTH_OK)
        status =
            put(file, config, "model_type", json_string(arch->model_type), err);
    if (status == BERTH_OK && arch->more[0] != NULL)
        status =
            put(file, config, arch->more[0], json_string(arch->more[1]), err);
    if (status == BERTH_OK)
        status = check_plain(file, arch->name, err);
    for (size_t i = 0; status == BERTH_OK && arch->keys[i].key != NULL; i++)
        status = put_key(file, arch->name, &arch->keys[i], config, err);
    if (status == BERTH_OK)
        status = check_heads(file, config, arch->name, err);
    if (status == BERTH_OK)
        status = put_sizes(file, arch, config, err);
    if (status == BERTH_OK)
        status = put_pad(file, config, err);
    if (status == BERTH_OK)
        *out = config;
    else
        json_decref(config);
    return status;
}
