/*
 * keys.c - the list of all keys: each is honoured by a reader, known
 * to change no vector, or refused. A key that is not here is refused, too:
 * vectors that a folder does not ask for are worse than none.
 *
 * Source: sentence-transformers 6.2, Transformer, Module.load() of each module
 * and SentenceTransformer._parse_model_config().
 */
#include "models/sentence/keys.h"

#include "lib/status.h"

#include <string.h>

enum treatment {
    HONOURED,
    HARMLESS, /* whatever its value */
    REFUSED   /* whatever its value but null */
};

struct row {
    enum berth_sentence_object kind;
    const char *key;
    enum treatment treatment;
    berth_sentence_read_key *read; /* HONOURED */
    const char *advice;            /* REFUSED */
};

#define READ(kind, key, reader)                                                \
    {                                                                          \
        BERTH_KEYS_##kind, key, HONOURED, berth_sentence_key_##reader, NULL    \
    }
#define PASS(kind, key)                                                        \
    {                                                                          \
        BERTH_KEYS_##kind, key, HARMLESS, NULL, NULL                           \
    }
#define REFUSE(kind, key, advice)                                              \
    {                                                                          \
        BERTH_KEYS_##kind, key, REFUSED, NULL, advice                          \
    }

/* Where and how to fetch, which is done by whoever filled the folder. */
#define PASS_FETCHING(kind)                                                    \
    PASS(kind, "trust_remote_code"), PASS(kind, "revision"),                   \
        PASS(kind, "code_revision"), PASS(kind, "token"),                      \
        PASS(kind, "use_auth_token"), PASS(kind, "cache_dir"),                 \
        PASS(kind, "local_files_only"), PASS(kind, "force_download"),          \
        PASS(kind, "proxies"), PASS(kind, "subfolder")

/* A later reader may look at what an earlier one found. */
static const struct row rows[] = {
    PASS(ENTRY, "idx"), READ(ENTRY, "name", name), READ(ENTRY, "type", type),
    READ(ENTRY, "path", path),
    PASS(ENTRY, "kwargs"), /* arguments that encode() may hand on */

    PASS(ENCODER, "backend"), PASS(ENCODER, "cache_dir"),
    PASS(ENCODER, "unpad_inputs"), /* speed alone */
    READ(ENCODER, "transformer_task", task),
    READ(ENCODER, "modality_config", modalities),
    READ(ENCODER, "module_output_name", output_name),
    READ(ENCODER, "max_seq_length", max_seq_length),
    READ(ENCODER, "do_lower_case", do_lower_case),
    READ(ENCODER, "query_length", query_length),
    READ(ENCODER, "document_length", document_length),
    READ(ENCODER, "processing_kwargs", processing),
    READ(ENCODER, "model_args", model_args),
    READ(ENCODER, "model_kwargs", model_args),
    READ(ENCODER, "tokenizer_args", tokenizer_args),
    READ(ENCODER, "processor_kwargs", tokenizer_args),
    READ(ENCODER, "config_args", config_args),
    READ(ENCODER, "config_kwargs", config_args),
    REFUSE(ENCODER, "tokenizer_name_or_path",
           "copy that tokenizer's files here and take the key out"),
    REFUSE(ENCODER, "query_expansion",
           "it is for models of several vectors a text"),

    READ(MODALITIES, "text", text_modality),
    REFUSE(MODALITIES, "message", "texts are not chat messages here"),
    REFUSE(MODALITIES, "image", "only texts can be read"),
    REFUSE(MODALITIES, "audio", "only texts can be read"),
    REFUSE(MODALITIES, "video", "only texts can be read"),

    READ(PROCESSING, "text", processing_part),
    READ(PROCESSING, "common", processing_part), /* wins, so comes last */
    PASS(PROCESSING, "image"), PASS(PROCESSING, "audio"),
    PASS(PROCESSING, "video"), PASS(PROCESSING, "chat_template"),

    /* Nothing is padded here, and a text has the vector it has alone. */
    READ(CALL, "max_length", max_length), READ(CALL, "truncation", truncation),
    READ(CALL, "add_special_tokens", add_special), PASS(CALL, "padding"),
    PASS(CALL, "padding_side"), PASS(CALL, "pad_to_multiple_of"),
    PASS(CALL, "return_tensors"), PASS(CALL, "return_token_type_ids"),
    PASS(CALL, "return_attention_mask"),
    PASS(CALL, "return_special_tokens_mask"),
    PASS(CALL, "return_offsets_mapping"), PASS(CALL, "return_length"),
    PASS(CALL, "verbose"), PASS(CALL, "logits_to_keep"),

    /* How numbers are held is for --precision to say. */
    PASS_FETCHING(MODEL_ARGS), PASS(MODEL_ARGS, "dtype"),
    PASS(MODEL_ARGS, "torch_dtype"), PASS(MODEL_ARGS, "attn_implementation"),
    PASS(MODEL_ARGS, "device_map"), PASS(MODEL_ARGS, "max_memory"),
    PASS(MODEL_ARGS, "low_cpu_mem_usage"), PASS(MODEL_ARGS, "use_safetensors"),
    PASS(MODEL_ARGS, "add_pooling_layer"),

    PASS_FETCHING(TOKENIZER_ARGS),
    READ(TOKENIZER_ARGS, "model_max_length", model_max_length),
    READ(TOKENIZER_ARGS, "do_lower_case", tokenizer_arg),
    READ(TOKENIZER_ARGS, "strip_accents", tokenizer_arg),
    READ(TOKENIZER_ARGS, "tokenize_chinese_chars", tokenizer_arg),
    READ(TOKENIZER_ARGS, "truncation_side", tokenizer_arg),
    READ(TOKENIZER_ARGS, "split_special_tokens", tokenizer_arg),
    PASS(TOKENIZER_ARGS, "use_fast"), PASS(TOKENIZER_ARGS, "padding_side"),
    PASS(TOKENIZER_ARGS, "clean_up_tokenization_spaces"),

    PASS_FETCHING(CONFIG_ARGS), READ(CONFIG_ARGS, "vocab_size", config_arg),
    READ(CONFIG_ARGS, "hidden_size", config_arg),
    READ(CONFIG_ARGS, "dim", config_arg),
    READ(CONFIG_ARGS, "num_hidden_layers", config_arg),
    READ(CONFIG_ARGS, "n_layers", config_arg),
    READ(CONFIG_ARGS, "num_attention_heads", config_arg),
    READ(CONFIG_ARGS, "n_heads", config_arg),
    READ(CONFIG_ARGS, "intermediate_size", config_arg),
    READ(CONFIG_ARGS, "hidden_dim", config_arg),
    READ(CONFIG_ARGS, "max_position_embeddings", config_arg),
    READ(CONFIG_ARGS, "type_vocab_size", config_arg),
    READ(CONFIG_ARGS, "hidden_act", config_arg),
    READ(CONFIG_ARGS, "activation", config_arg),
    READ(CONFIG_ARGS, "layer_norm_eps", config_arg),
    READ(CONFIG_ARGS, "embedding_size", config_arg),
    READ(CONFIG_ARGS, "pad_token_id", config_arg),
    READ(CONFIG_ARGS, "num_hidden_groups", config_arg),
    READ(CONFIG_ARGS, "inner_group_num", config_arg),
    READ(CONFIG_ARGS, "num_key_value_heads", config_arg),
    READ(CONFIG_ARGS, "hidden_activation", config_arg),
    READ(CONFIG_ARGS, "classifier_activation", config_arg),
    READ(CONFIG_ARGS, "norm_eps", config_arg),
    READ(CONFIG_ARGS, "rms_norm_eps", config_arg),
    READ(CONFIG_ARGS, "local_attention", config_arg),
    READ(CONFIG_ARGS, "layer_types", config_arg),
    READ(CONFIG_ARGS, "relative_attention", config_arg),
    READ(CONFIG_ARGS, "pos_att_type", config_arg),
    READ(CONFIG_ARGS, "share_att_key", config_arg),
    READ(CONFIG_ARGS, "max_relative_positions", config_arg),
    READ(CONFIG_ARGS, "position_buckets", config_arg),
    READ(CONFIG_ARGS, "norm_rel_ebd", config_arg),
    READ(CONFIG_ARGS, "position_biased_input", config_arg),
    READ(CONFIG_ARGS, "conv_kernel_size", config_arg),
    READ(CONFIG_ARGS, "conv_act", config_arg),
    READ(CONFIG_ARGS, "conv_groups", config_arg),
    READ(CONFIG_ARGS, "talking_head", config_arg),
    READ(CONFIG_ARGS, "intra_bottleneck_size", config_arg),
    READ(CONFIG_ARGS, "num_feedforward_networks", config_arg),
    READ(CONFIG_ARGS, "trigram_input", config_arg),
    READ(CONFIG_ARGS, "use_bottleneck", config_arg),
    READ(CONFIG_ARGS, "use_bottleneck_attention", config_arg),
    READ(CONFIG_ARGS, "key_query_shared_bottleneck", config_arg),
    READ(CONFIG_ARGS, "normalization_type", config_arg),
    READ(CONFIG_ARGS, "is_decoder", config_arg),
    READ(CONFIG_ARGS, "position_embedding_type", config_arg),
    READ(CONFIG_ARGS, "tie_word_embeddings", config_arg),
    PASS(CONFIG_ARGS, "attention_probs_dropout_prob"),
    PASS(CONFIG_ARGS, "hidden_dropout_prob"),
    PASS(CONFIG_ARGS, "attention_dropout"), PASS(CONFIG_ARGS, "dropout"),
    PASS(CONFIG_ARGS, "classifier_dropout"),
    PASS(CONFIG_ARGS, "initializer_range"),
    PASS(CONFIG_ARGS, "chunk_size_feed_forward"),
    PASS(CONFIG_ARGS, "attn_implementation"), PASS(CONFIG_ARGS, "dtype"),
    PASS(CONFIG_ARGS, "torch_dtype"), PASS(CONFIG_ARGS, "use_cache"),
    PASS(CONFIG_ARGS, "output_hidden_states"),
    PASS(CONFIG_ARGS, "output_attentions"), PASS(CONFIG_ARGS, "return_dict"),
    PASS(CONFIG_ARGS, "num_labels"), PASS(CONFIG_ARGS, "id2label"),
    PASS(CONFIG_ARGS, "label2id"), PASS(CONFIG_ARGS, "problem_type"),
    PASS(CONFIG_ARGS, "pooler_dropout"), PASS(CONFIG_ARGS, "pooler_hidden_act"),
    PASS(CONFIG_ARGS, "pooler_hidden_size"), PASS(CONFIG_ARGS, "legacy"),
    PASS(CONFIG_ARGS, "architectures"),
    PASS(CONFIG_ARGS, "transformers_version"),

    PASS(MAIN, "__version__"),
    PASS(MAIN, "requirements"), /* of Python packages */
    READ(MAIN, "model_type", model_type), READ(MAIN, "prompts", prompts),
    READ(MAIN, "activation_fn", scores),
    PASS(MAIN, "keep_in_fp32_modules"), /* as --precision says */
    READ(MAIN, "default_prompt_name", default_prompt),
    READ(MAIN, "similarity_fn_name", similarity),
    READ(MAIN, "similarity_threshold", threshold),
    READ(MAIN, "truncate_dim", truncate_dim),

    /* Information for people: the size is that of the encoder. */
    PASS(POOLING, "word_embedding_dimension"),
    PASS(POOLING, "embedding_dimension"),
    READ(POOLING, "pooling_mode", pooling_mode),
    READ(POOLING, "pooling_mode_cls_token", old_mode),
    READ(POOLING, "pooling_mode_max_tokens", old_mode),
    READ(POOLING, "pooling_mode_mean_tokens", old_mode),
    READ(POOLING, "pooling_mode_mean_sqrt_len_tokens", old_mode),
    READ(POOLING, "pooling_mode_weightedmean_tokens", old_mode),
    READ(POOLING, "pooling_mode_lasttoken", old_mode),
    READ(POOLING, "include_prompt", include_prompt),

    READ(SPLADE, "pooling_strategy", sparse_strategy),
    READ(SPLADE, "activation_function", sparse_activation),
    PASS(SPLADE, "embedding_dimension"),
    PASS(SPLADE, "word_embedding_dimension"),
    PASS(SPLADE, "chunk_size"), /* memory alone */

    READ(DENSE, "in_features", in_features),
    READ(DENSE, "out_features", out_features), READ(DENSE, "bias", bias),
    READ(DENSE, "activation_function", activation),
    READ(DENSE, "module_input_name", feature_name),
    READ(DENSE, "module_output_name", feature_name),
    READ(DENSE, "use_residual", residual),

    READ(LAYER_NORM, "dimension", in_features),

    READ(NORMALIZE, "module_input_name", feature_name),
    READ(NORMALIZE, "module_output_name", feature_name),

    PASS(DROPOUT, "dropout"), /* nothing happens outside training */
};

static const struct row *find_row(enum berth_sentence_object kind,
                                  const char *key)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].kind == kind && strcmp(rows[i].key, key) == 0)
            return &rows[i];
    }
    return NULL;
}

static enum berth_status refuse_unknown(struct berth_sentence_reader *at,
                                        enum berth_sentence_object kind)
{
    /* jansson's loops over an object ask for one that may change. */
    json_t *object = (json_t *)(uintptr_t)at->object;
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        (void)value;
        at->key = key;
        if (find_row(kind, key) == NULL)
            return berth_sentence_refuse(at, NULL);
    }
    return BERTH_OK;
}

enum berth_status
berth_sentence_read_keys(const struct berth_sentence_reader *r,
                         enum berth_sentence_object kind, const char *within,
                         const json_t *object)
{
    struct berth_sentence_reader at = *r;
    enum berth_status status;

    at.within = within;
    at.object = object;
    status = refuse_unknown(&at, kind);
    for (size_t i = 0; status == BERTH_OK && i < sizeof(rows) / sizeof(rows[0]);
         i++) {
        const json_t *value = json_object_get(object, rows[i].key);

        at.key = rows[i].key;
        if (rows[i].kind != kind || value == NULL)
            continue;
        if (rows[i].treatment == HONOURED)
            status = rows[i].read(&at);
        else if (rows[i].treatment == REFUSED && !json_is_null(value))
            status = berth_sentence_refuse(&at, rows[i].advice);
    }
    return status;
}

enum berth_status
berth_sentence_read_file(const struct berth_sentence_reader *r,
                         const char *name, enum berth_sentence_object kind,
                         bool *found)
{
    struct berth_sentence_reader at = *r;
    char file[BERTH_SENTENCE_FILE];
    json_t *root = NULL;
    enum berth_status status =
        berth_json_read_optional(r->folder, name, &root, r->err);

    *found = false;
    if (status != BERTH_OK || root == NULL)
        return status;
    at.file = berth_folder_file(r->folder, name, file, sizeof(file));
    at.name = name;
    if (json_is_object(root)) {
        *found = json_object_size(root) > 0;
        status = berth_sentence_read_keys(&at, kind, "", root);
    } else {
        status = berth_fail(r->err, BERTH_ERR_FORMAT,
                            "%s: expected an object, found an array", at.file);
    }
    json_decref(root);
    return status;
}
