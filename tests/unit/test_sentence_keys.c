/*
 * test_sentence_keys.c - every key of a sentence-transformers folder is
 * honoured, known to change nothing, or refused by its name.
 */
#include "tests/sentence_fixture.h"
#include "tests/tap.h"

#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Objects, and the keys that they may have: all others are refused. */
static const struct {
    const char *file, *before, *after, *keys;
} objects[] = {
    {"modules.json",
     "[" TRANSFORMER ",{\"type\": \"sentence_transformers."
     "models.Pooling\", \"path\": \"1_Pooling\", ",
     "}]", " idx name type path kwargs "},
    {"sentence_bert_config.json", "{", "}",
     " backend cache_dir unpad_inputs transformer_task modality_config "
     "module_output_name max_seq_length do_lower_case query_length "
     "document_length processing_kwargs model_args model_kwargs tokenizer_args "
     "processor_kwargs config_args config_kwargs tokenizer_name_or_path "
     "query_expansion "},
    {"sentence_bert_config.json",
     "{\"modality_config\": {\"text\": {\"method\": \"forward\", "
     "\"method_output_name\": [\"last_hidden_state\"]}, ",
     "}}", " text message image audio video "},
    {"sentence_bert_config.json", "{\"processing_kwargs\": {", "}}",
     " text common image audio video chat_template "},
    {"sentence_bert_config.json", "{\"processing_kwargs\": {\"common\": {",
     "}}}",
     " max_length truncation add_special_tokens padding padding_side "
     "pad_to_multiple_of return_tensors return_token_type_ids "
     "return_attention_mask return_special_tokens_mask return_offsets_mapping "
     "return_length verbose logits_to_keep "},
    {"sentence_bert_config.json", "{\"model_args\": {", "}}",
     " trust_remote_code revision code_revision token use_auth_token cache_dir "
     "local_files_only force_download proxies subfolder dtype torch_dtype "
     "attn_implementation device_map max_memory low_cpu_mem_usage "
     "use_safetensors add_pooling_layer "},
    {"sentence_bert_config.json", "{\"processor_kwargs\": {", "}}",
     " trust_remote_code revision code_revision token use_auth_token cache_dir "
     "local_files_only force_download proxies subfolder model_max_length "
     "do_lower_case strip_accents tokenize_chinese_chars truncation_side "
     "split_special_tokens use_fast padding_side "
     "clean_up_tokenization_spaces "},
    {"sentence_bert_config.json", "{\"config_args\": {", "}}",
     " trust_remote_code revision code_revision token use_auth_token cache_dir "
     "local_files_only force_download proxies subfolder vocab_size hidden_size "
     "dim num_hidden_layers n_layers num_attention_heads n_heads "
     "intermediate_size hidden_dim max_position_embeddings type_vocab_size "
     "hidden_act activation layer_norm_eps is_decoder position_embedding_type "
     "tie_word_embeddings attention_probs_dropout_prob hidden_dropout_prob "
     "attention_dropout dropout classifier_dropout initializer_range "
     "chunk_size_feed_forward attn_implementation dtype torch_dtype use_cache "
     "output_hidden_states output_attentions return_dict num_labels id2label "
     "label2id problem_type pad_token_id architectures transformers_version "
     "embedding_size num_hidden_groups inner_group_num num_key_value_heads "
     "hidden_activation classifier_activation norm_eps rms_norm_eps "
     "local_attention layer_types "
     "relative_attention pos_att_type share_att_key max_relative_positions "
     "position_buckets norm_rel_ebd position_biased_input conv_kernel_size "
     "conv_act conv_groups talking_head intra_bottleneck_size "
     "num_feedforward_networks trigram_input use_bottleneck "
     "use_bottleneck_attention key_query_shared_bottleneck "
     "normalization_type pooler_dropout pooler_hidden_act pooler_hidden_size "
     "legacy "},
    {"config_sentence_transformers.json", "{", "}",
     " __version__ requirements model_type activation_fn "
     "keep_in_fp32_modules prompts default_prompt_name "
     "similarity_fn_name similarity_threshold truncate_dim "},
    {"1_Pooling/config.json", "{", "}",
     " word_embedding_dimension embedding_dimension pooling_mode "
     "pooling_mode_cls_token pooling_mode_max_tokens pooling_mode_mean_tokens "
     "pooling_mode_mean_sqrt_len_tokens pooling_mode_weightedmean_tokens "
     "pooling_mode_lasttoken include_prompt "},
    {"2_Dense/config.json", "{\"in_features\": 4, \"out_features\": 2, ", "}",
     " in_features out_features bias activation_function module_input_name "
     "module_output_name use_residual "},
    {"3_LayerNorm/config.json", "{\"dimension\": 4, ", "}", " dimension "},
    {"3_Normalize/config.json", "{", "}",
     " module_input_name module_output_name "},
    {"9/config.json", "{", "}", " dropout "},
};

static const size_t n_objects = sizeof(objects) / sizeof(objects[0]);

/* Whether a good folder with this key, null, in this object is taken. */
static bool takes(size_t object, const char *key, struct berth_error *err)
{
    struct fixture f;
    struct berth_sentence s = {0};
    char text[512];

    start(&f);
    put_text(&f, "modules.json",
             "[" TRANSFORMER "," POOLING "," LAYER_NORM "," DENSE "," NORMALIZE
             "," MODULE("models.Dropout", "9") "]");
    snprintf(text, sizeof(text), "%s\"%s\": null%s", objects[object].before,
             key, objects[object].after);
    put_text(&f, objects[object].file, text);
    *err = (struct berth_error){.status = BERTH_OK};
    if (read_it(&f, true, NULL, &s, err) != BERTH_OK)
        return false;
    berth_sentence_free(&s);
    return true;
}

static bool has_word(const char *list, const char *key)
{
    char word[128];

    snprintf(word, sizeof(word), " %s ", key);
    return strstr(list, word) != NULL;
}

/* Every key that there is anywhere, in every object. */
static void check_object(size_t object)
{
    const char *before = objects[object].before;
    size_t n = 0, bad = 0;
    char keys[8192] = " foo Max_seq_length ";
    struct berth_error err;

    for (size_t i = 0; i < n_objects; i++)
        strcat(keys, objects[i].keys);
    for (char *key = strtok(keys, " "); key != NULL; key = strtok(NULL, " ")) {
        char there[128];
        bool known = has_word(objects[object].keys, key);

        snprintf(there, sizeof(there), "\"%s\"", key);
        /* JSON has a key once; pooling modes are no nulls. */
        if (strstr(before, there) != NULL || strcmp(key, "pooling_mode") == 0)
            continue;
        bool taken = takes(object, key, &err);
        bool named =
            taken || (strstr(err.message, key) != NULL &&
                      strstr(err.message, objects[object].file) != NULL);

        n++;
        bad += taken != known || !named;
        if (taken != known || !named)
            printf("# %s: %s: %s\n", objects[object].file, key, err.message);
    }
    CHECK(bad == 0, "object %zu, of %s: %zu keys", object, objects[object].file,
          n);
}

static void test_keys(void)
{
    for (size_t i = 0; i < n_objects; i++)
        check_object(i);
}

/* What overrides the encoder's own files, and limits. */
static void test_encoder_config(void)
{
    struct fixture f;
    struct berth_sentence s = {0};
    struct berth_settings settings = {0};
    struct berth_error err = {0};

    start(&f);
    put_text(&f, "modules.json",
             "[" MODULE("models.Transformer",
                        "./0_Transformer/") "," POOLING "," DENSE
                                            "," MODULE("models.Pooling",
                                                       "./1_Pooling") "]");
    put_text(&f, "0_Transformer/sentence_bert_config.json", "{}");
    put_text(&f, "0_Transformer/sentence_roberta_config.json",
             "{\"max_seq_length\": 9, \"do_lower_case\": 1,"
             " \"query_length\": 5, \"document_length\": 0,"
             " \"processing_kwargs\": {\"common\": {\"max_length\": 7},"
             " \"text\": {\"max_length\": 8, \"truncation\": false,"
             " \"add_special_tokens\": 0}},"
             " \"tokenizer_args\": {\"do_lower_case\": false,"
             " \"model_max_length\": 6},"
             " \"processor_kwargs\": {\"strip_accents\": true},"
             " \"config_kwargs\": {\"num_hidden_layers\": 1,"
             " \"pad_token_id\": 3}}");
    CHECK(read_it(&f, true, &settings, &s, &err) == BERTH_OK, "reads: %s",
          err.message);
    CHECK(s.path != NULL, "the folder of the encoder: path");
    EQUAL_TEXT(s.path, "0_Transformer", "the folder of the encoder: path");
    EQUAL_TEXT(value_of(&settings, "encoder_folder"), "0_Transformer",
               "the folder of the encoder: encoder_folder");
    EQUAL_SIZE(s.n_pooling, 1, "a second Pooling: n_pooling");
    EQUAL_SIZE(s.chain.n, 0, "a second Pooling: chain.n");
    EQUAL_SIZE(s.max_seq_length, 6,
               "sentence_bert_config.json: max_seq_length");
    EQUAL_SIZE(s.max_length, 7, "sentence_bert_config.json: max_length");
    EQUAL_SIZE(s.query_length, 5, "sentence_bert_config.json: query_length");
    EQUAL_SIZE(s.document_length, SIZE_MAX,
               "sentence_bert_config.json: document_length");
    CHECK(s.do_lower_case, "sentence_bert_config.json: do_lower_case");
    CHECK(s.no_truncation, "sentence_bert_config.json: no_truncation");
    CHECK(s.no_special, "sentence_bert_config.json: no_special");
    CHECK(json_is_false(json_object_get(s.args.tokenizer, "do_lower_case")),
          "modules.json with two names: do_lower_case of the tokenizer");
    EQUAL_INT(json_object_size(s.args.tokenizer), 1,
              "modules.json with two names: keys of the tokenizer");
    EQUAL_INT(
        json_integer_value(json_object_get(s.args.config, "num_hidden_layers")),
        1, "modules.json with two names: num_hidden_layers");
    EQUAL_INT(
        json_integer_value(json_object_get(s.args.config, "pad_token_id")), 3,
        "modules.json with two names: pad_token_id, which moves positions");
    EQUAL_TEXT(s.args.source, "0_Transformer/sentence_roberta_config.json",
               "modules.json with two names: args.source");
    berth_settings_free(&settings);
    berth_sentence_free(&s);
}

static void test_vectors(void)
{
    struct fixture f;
    struct berth_sentence s = {0};
    struct berth_settings settings = {0};
    struct berth_error err = {0};

    start(&f);
    put_text(&f, "config_sentence_transformers.json",
             "{\"similarity_fn_name\": \"euclidean\", \"truncate_dim\": 8,"
             " \"model_type\": \"SentenceTransformer\", \"prompts\": {},"
             " \"default_prompt_name\": \"document\"}");
    EQUAL_INT(read_it(&f, true, &settings, &s, &err), BERTH_OK,
              "config of release 5, %s: status", err.message);
    EQUAL_INT(s.similarity, BERTH_SIMILARITY_EUCLIDEAN,
              "config of release 5, %s: similarity", err.message);
    CHECK(isnan(s.similarity_threshold),
          "config of release 5, %s: no similarity_threshold", err.message);
    EQUAL_INT(s.truncate_dim, 8, "config of release 5, %s: truncate_dim",
              err.message);
    CHECK(s.default_prompt != NULL, "config of release 5, %s: default_prompt",
          err.message);
    CHECK(s.default_prompt[0] == '\0',
          "config of release 5, %s: default_prompt[0]", err.message);
    EQUAL_TEXT(value_of(&settings, "similarity_fn_name"), "euclidean",
               "settings: similarity_fn_name");
    EQUAL_TEXT(value_of(&settings, "truncate_dim"), "8",
               "settings: truncate_dim");
    berth_settings_free(&settings);
    berth_sentence_free(&s);
    put_text(&f, "config_sentence_transformers.json",
             "{\"similarity_threshold\": -7.5, \"similarity_fn_name\": "
             "\"manhattan\"}");
    EQUAL_INT(read_it(&f, true, NULL, &s, &err), BERTH_OK,
              "a threshold beyond cosines: %s: status", err.message);
    EQUAL_INT(s.similarity, BERTH_SIMILARITY_MANHATTAN,
              "a threshold beyond cosines: %s: similarity", err.message);
    NEAR(s.similarity_threshold, -7.5, 0,
         "a threshold beyond cosines: %s: similarity_threshold", err.message);
    berth_sentence_free(&s);
}

/* Two long names that differ at their ends, and very many. */
static void test_many_prompts(void)
{
    enum {
        N = 50000
    };
    char *text = malloc((size_t)N * 160 + 64), *at = text;
    struct fixture f;
    struct berth_sentence s = {0};
    struct berth_settings settings = {0};
    struct berth_error err = {0};

    at += sprintf(at, "{\"prompts\": {");
    for (int i = 0; i < N; i++)
        at += sprintf(at, "%s\"%0120d\": \"%d\"", i > 0 ? "," : "", i, i);
    sprintf(at, "}}");
    start(&f);
    put_text(&f, "config_sentence_transformers.json", text);
    EQUAL_INT(read_it(&f, true, &settings, &s, &err), BERTH_OK,
              "%zu prompts, %zu settings: %s: status", s.n_prompts, settings.n,
              err.message);
    EQUAL_SIZE(s.n_prompts, N, "%zu prompts, %zu settings: %s: n_prompts",
               s.n_prompts, settings.n, err.message);
    CHECK(settings.n > N,
          "%zu prompts, %zu settings: %s: more settings than prompts",
          s.n_prompts, settings.n, err.message);
    berth_settings_free(&settings);
    berth_sentence_free(&s);
    free(text);
}

int main(void)
{
    test_keys();
    test_encoder_config();
    test_vectors();
    test_many_prompts();
    return tap_done();
}
