/*
 * test_sentence.c - sentence-transformers folders, old and new, and those that
 * are damaged or ask for what berth does not have.
 */
#include "tests/scratch.h"
#include "tests/sentence_fixture.h"
#include "tests/tap.h"

#include <stdint.h>

static void test_absent(void)
{
    struct fixture f = {.n = 0};
    struct berth_sentence s = {.chain.n = 9};
    struct berth_settings settings = {0};

    put_text(&f, "sentence_bert_config.json", "{\"max_seq_length\": 7}");
    EQUAL_INT(read_it(&f, true, &settings, &s, NULL), BERTH_OK,
              "without modules.json: status");
    CHECK(!s.present, "without modules.json: not present");
    EQUAL_SIZE(s.n_pooling, 0, "without modules.json: n_pooling");
    EQUAL_SIZE(s.chain.n, 0, "without modules.json: chain.n");
    EQUAL_SIZE(s.max_seq_length, 0, "without modules.json: max_seq_length");
    CHECK(s.include_prompt, "without modules.json: include_prompt");
    CHECK(strcmp(value_of(&settings, "pooling"), "mean") == 0,
          "mean pooling is the default without modules.json");
    berth_sentence_free(&s);
    berth_settings_free(&settings);
}

/* The last number of a matrix. */
static float last_weight(const struct berth_linear *linear)
{
    const struct berth_tensor *t = linear->source.parts[0];
    struct berth_kernels kernels;
    float x;

    berth_kernels_use_scalar(&kernels);
    berth_tensor_read(t, &kernels, linear->source.precision, t->n_elements - 1,
                      1, &x);
    return x;
}

static void test_weights(void)
{
    struct fixture f;
    struct berth_sentence s = {0};
    struct berth_settings settings = {0};
    struct berth_error err = {0};

    start(&f);
    CHECK(read_it(&f, true, &settings, &s, &err) == BERTH_OK, "reads: %s",
          err.message);
    CHECK(s.present, "modules.json: present");
    EQUAL_SIZE(s.n_pooling, 1, "modules.json: n_pooling");
    EQUAL_INT(s.pooling[0], BERTH_POOLING_MEAN, "modules.json: pooling[0]");
    EQUAL_SIZE(s.chain.n, 2, "modules.json: chain.n");
    EQUAL_SIZE(s.chain.steps[0].linear.n_in, 4,
               "Dense with defaults: chain.steps[0].linear.n_in");
    EQUAL_SIZE(s.chain.steps[0].linear.n_out, 2,
               "Dense with defaults: chain.steps[0].linear.n_out");
    EQUAL_SIZE(s.chain.steps[0].function, BERTH_FUNCTION_TANH,
               "Dense with defaults: chain.steps[0].function");
    NEAR(last_weight(&s.chain.steps[0].linear), 7, 0,
         "Dense with defaults: last_weight");
    CHECK(s.chain.steps[0].linear.bias != NULL,
          "Dense with defaults: chain.steps[0].linear.bias");
    NEAR(s.chain.steps[0].linear.bias[1], 9, 0,
         "Dense with defaults: chain.steps[0].linear.bias[1]");
    CHECK(s.chain.steps[1].unit == 2, "Normalize needs no file");
    CHECK(strcmp(value_of(&settings, "modules"), "Dense(4, 2), Normalize") == 0,
          "modules are told");
    berth_settings_free(&settings);
    berth_sentence_free(&s);

    EQUAL_INT(read_it(&f, false, NULL, &s, NULL), BERTH_OK,
              "a Dense of sizes alone: status");
    EQUAL_SIZE(s.chain.steps[0].linear.source.n_parts, 0,
               "a Dense of sizes alone: chain.steps[0].linear.source.n_parts");
    EQUAL_SIZE(s.chain.steps[0].linear.n_out, 2,
               "a Dense of sizes alone: chain.steps[0].linear.n_out");
    berth_sentence_free(&s);

    put_text(&f, "modules.json",
             "[" TRANSFORMER "," POOLING "," LAYER_NORM
             "," MODULE("models.Dropout", "9") "," NEW_DENSE "]");
    put_text(&f, "2_Dense/config.json",
             "{\"in_features\": 4, \"out_features\": 2, \"bias\": false,"
             " \"activation_function\": \"torch.nn.modules.linear.Identity\","
             " \"module_input_name\": \"sentence_embedding\","
             " \"module_output_name\": null}");
    CHECK(read_it(&f, true, NULL, &s, &err) == BERTH_OK, "reads: %s",
          err.message);
    EQUAL_SIZE(s.chain.n, 2, "LayerNorm: chain.n");
    EQUAL_SIZE(s.chain.steps[0].norm.n, 4, "LayerNorm: chain.steps[0].norm.n");
    NEAR(s.chain.steps[0].norm.weight[3], 3, 0,
         "LayerNorm: chain.steps[0].norm.weight[3]");
    NEAR(s.chain.steps[0].norm.bias[3], 7, 0,
         "LayerNorm: chain.steps[0].norm.bias[3]");
    CHECK(s.chain.steps[1].linear.bias == NULL,
          "Dense, no bias or activation: no chain.steps[1].linear.bias");
    NEAR(last_weight(&s.chain.steps[1].linear), 7, 0,
         "Dense, no bias or activation: last_weight");
    EQUAL_SIZE(s.chain.steps[1].function, BERTH_FUNCTION_IDENTITY,
               "Dense, no bias or activation: chain.steps[1].function");
    berth_sentence_free(&s);
}

/* --precision holds for a Dense, too; 8 bits are the encoder's alone. */
static void test_precision(void)
{
    static const struct {
        enum berth_precision precision;
        enum berth_format format;
        float weight, bias;
    } cases[] = {
        {BERTH_PRECISION_STORED, BERTH_FORMAT_F32, 2049.0f, 257.0f},
        {BERTH_PRECISION_F32, BERTH_FORMAT_F32, 2049.0f, 257.0f},
        {BERTH_PRECISION_F16, BERTH_FORMAT_F16, 2048.0f, 257.0f},
        {BERTH_PRECISION_BF16, BERTH_FORMAT_BF16, 2048.0f, 256.0f},
        {BERTH_PRECISION_I8, BERTH_FORMAT_F32, 2049.0f, 257.0f},
    };
    const float last[] = {2049.0f, 0.0f, 257.0f}, large = 65520.0f;
    struct fixture f;
    struct berth_sentence s = {0};
    struct berth_error err = {0};

    start(&f);
    unsigned char *end = f.dense + f.files[f.n - 2].size;
    memcpy(end - sizeof(last), last, sizeof(last));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct berth_linear *linear = &s.chain.steps[0].linear;

        EQUAL_INT(read_as(&f, true, cases[i].precision, NULL, &s, &err),
                  BERTH_OK, "precision %d: %s: status", (int)cases[i].precision,
                  err.message);
        EQUAL_INT(linear->format, cases[i].format,
                  "precision %d: %s: linear->format", (int)cases[i].precision,
                  err.message);
        NEAR(last_weight(linear), cases[i].weight, 0,
             "precision %d: %s: last_weight", (int)cases[i].precision,
             err.message);
        NEAR(linear->bias[1], cases[i].bias, 0,
             "precision %d: %s: linear->bias[1]", (int)cases[i].precision,
             err.message);
        berth_sentence_free(&s);
    }
    memcpy(end - sizeof(last), &large, sizeof(large));
    EQUAL_INT(read_as(&f, true, BERTH_PRECISION_F16, NULL, &s, &err),
              BERTH_ERR_FORMAT, "too large for float16: %s: status",
              err.message);
    HAS_TEXT(err.message,
             "m/2_Dense/model.safetensors: tensor "
             "'linear.weight': expected numbers that "
             "float16 (f16) holds, found 65520",
             "too large for float16: %s: message", err.message);
}

static void test_pooling(void)
{
    static const struct {
        const char *text;
        const char *told;
        bool include_prompt;
    } cases[] = {
        {"{}", "mean", true},
        {"{\"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": "
         "false}",
         "cls", true},
        {"{\"pooling_mode_lasttoken\": true, \"pooling_mode_mean_tokens\": "
         "true, \"pooling_mode_max_tokens\": true, "
         "\"pooling_mode_cls_token\": true, "
         "\"pooling_mode_weightedmean_tokens\": true, "
         "\"pooling_mode_mean_sqrt_len_tokens\": true}",
         "cls max mean mean-sqrt weighted-mean last", true},
        {"{\"pooling_mode_mean_tokens\": false}", "mean", true},
        {"{\"pooling_mode\": \"max\"}", "max", true},
        {"{\"pooling_mode\": \"max\", \"include_prompt\": null}", "max", false},
        {"{\"pooling_mode_cls_token\": 1, \"pooling_mode_mean_tokens\": 0, "
         "\"include_prompt\": 0, \"word_embedding_dimension\": 5}",
         "cls", false},
        {"{\"pooling_mode\": [\"lasttoken\", \"cls\", \"weightedmean\"], "
         "\"pooling_mode_max_tokens\": true, \"include_prompt\": false}",
         "last cls weighted-mean", false},
        {"{\"pooling_mode\": [\"mean_sqrt_len_tokens\", \"mean\", \"max\", "
         "\"cls\", \"lasttoken\", \"weightedmean\"], "
         "\"embedding_dimension\": 4}",
         "mean-sqrt mean max cls last weighted-mean", true},
    };
    struct fixture f;

    start(&f);
    put_text(&f, "modules.json", "[" TRANSFORMER "," POOLING "]");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct berth_sentence s = {0};
        struct berth_settings settings = {0};
        struct berth_error err = {0};

        put_text(&f, "1_Pooling/config.json", cases[i].text);
        EQUAL_INT(read_it(&f, true, &settings, &s, &err), BERTH_OK,
                  "pooling %zu: %s %s: status", i,
                  value_of(&settings, "pooling"), err.message);
        EQUAL_TEXT(value_of(&settings, "pooling"), cases[i].told,
                   "pooling %zu: %s %s: pooling", i,
                   value_of(&settings, "pooling"), err.message);
        EQUAL_INT(s.include_prompt, cases[i].include_prompt,
                  "pooling %zu: %s %s: include_prompt", i,
                  value_of(&settings, "pooling"), err.message);
        berth_sentence_free(&s);
        berth_settings_free(&settings);
    }
}

static void test_prompts(void)
{
    struct fixture f;
    struct berth_sentence s = {0};
    struct berth_settings settings = {0};
    struct berth_error err = {0};

    start(&f);
    put_text(&f, "sentence_bert_config.json",
             "{\"max_seq_length\": 24, \"do_lower_case\": true}");
    put_text(&f, "config_sentence_transformers.json",
             "{\"prompts\": {\"query\": \"lost\", \"query\": \"query: \", "
             "\"document\": \"\", \"none\": null}, "
             "\"default_prompt_name\": \"query\"}");
    CHECK(read_it(&f, true, &settings, &s, &err) == BERTH_OK, "reads: %s",
          err.message);
    EQUAL_SIZE(s.max_seq_length, 24,
               "sentence_bert_config.json: max_seq_length");
    CHECK(s.do_lower_case, "sentence_bert_config.json: do_lower_case");
    EQUAL_SIZE(s.n_prompts, 3, "prompts: n_prompts");
    CHECK(s.default_prompt == s.prompts[0].text, "prompts: default_prompt");
    EQUAL_TEXT(s.prompts[0].name, "query", "prompts: prompts[0].name");
    EQUAL_TEXT(s.prompts[0].text, "query: ", "prompts: prompts[0].text");
    EQUAL_TEXT(s.prompts[2].text, "", "prompts: prompts[2].text");
    EQUAL_TEXT(value_of(&settings, "max_seq_length"), "24",
               "settings: max_seq_length");
    EQUAL_TEXT(value_of(&settings, "prompt.query"),
               "query: ", "settings: prompt.query");
    EQUAL_TEXT(value_of(&settings, "default_prompt_name"), "query",
               "settings: default_prompt_name");
    berth_sentence_free(&s);
    berth_settings_free(&settings);
    put_text(&f, "config_sentence_transformers.json",
             "{\"prompts\": null, \"default_prompt_name\": null}");
    put_text(&f, "sentence_bert_config.json", "{\"max_seq_length\": null}");
    EQUAL_INT(read_it(&f, true, NULL, &s, &err), BERTH_OK, "nulls: %s: status",
              err.message);
    EQUAL_SIZE(s.n_prompts, 0, "nulls: %s: n_prompts", err.message);
    CHECK(s.default_prompt == NULL, "nulls: %s: no default_prompt",
          err.message);
    EQUAL_SIZE(s.max_seq_length, 0, "nulls: %s: max_seq_length", err.message);
    berth_sentence_free(&s);
    berth_sentence_free(NULL);
}

struct lie {
    const char *file, *text;
    enum berth_status status;
    const char *words;
};

static const struct lie lies[] = {
    {"modules.json", "{}", BERTH_ERR_FORMAT, "m/modules.json"},
    {"modules.json", "[", BERTH_ERR_FORMAT, "line 1"},
    {"modules.json", "[]", BERTH_ERR_UNSUPPORTED, "found 0"},
    {"modules.json", "[1, 2]", BERTH_ERR_FORMAT, "found 1"},
    {"modules.json", "[{}, {}]", BERTH_ERR_FORMAT, "key 'type'"},
    {"modules.json", "[" TRANSFORMER "," TRANSFORMER "]", BERTH_ERR_UNSUPPORTED,
     "Pooling, found"},
    {"modules.json", "[" POOLING "," TRANSFORMER "]", BERTH_ERR_UNSUPPORTED,
     "expected Transformer"},
    {"modules.json", "[" TRANSFORMER "," DENSE "]", BERTH_ERR_UNSUPPORTED,
     "expected Pooling"},
    {"modules.json", "[" TRANSFORMER "," POOLING "," TRANSFORMER "]",
     BERTH_ERR_UNSUPPORTED, "module 2"},
    {"modules.json", "[" TRANSFORMER "]", BERTH_ERR_UNSUPPORTED, "found 1"},
    {"modules.json",
     "[" MODULE("base.modules.router.Router", "") "," POOLING "]",
     BERTH_ERR_UNSUPPORTED, "module 0"},
    {"modules.json",
     "[" MODULE("models.StaticEmbedding", "0_StaticEmbedding") "]",
     BERTH_ERR_UNSUPPORTED, "StaticEmbedding"},
    {"modules.json",
     "[{\"type\": \"sentence_transformers.models.Transformer\", \"name\": "
     "\"0\"},{\"type\": \"sentence_transformers.models.Pooling\", "
     "\"path\": \"1_Pooling\", \"name\": \"0\"}]",
     BERTH_ERR_FORMAT, "found \"0\" twice"},
    {"modules.json",
     "[" TRANSFORMER "," MODULE("models.WeightedLayerPooling", "1") "]",
     BERTH_ERR_UNSUPPORTED, "WeightedLayerPooling"},
    {"modules.json", "[" TRANSFORMER "," MODULE("models.LSTM", "1") "]",
     BERTH_ERR_UNSUPPORTED, "LSTM"},
    {"modules.json",
     "[" TRANSFORMER ", {\"type\": \"custom.Pooling\", \"path\": \"1\"}]",
     BERTH_ERR_UNSUPPORTED, "custom.Pooling"},
    {"modules.json", "[" TRANSFORMER "," MODULE("models.Pooling", "../x") "]",
     BERTH_ERR_FORMAT, "../x"},
    {"modules.json", "[" TRANSFORMER "," MODULE("models.Pooling", "/etc") "]",
     BERTH_ERR_FORMAT, "found \"/etc\""},
    {"modules.json", "[" TRANSFORMER "," MODULE("models.Pooling", "9") "]",
     BERTH_ERR_IO, "m/9/config.json"},
    {"modules.json",
     "[" TRANSFORMER "," MODULE("models.Pooling", "a\\u0000b") "]",
     BERTH_ERR_FORMAT, "U+0000"},
    {"1_Pooling/config.json", "[]", BERTH_ERR_FORMAT, "m/1_Pooling/config"},
    {"1_Pooling/config.json", "{\"pooling_mode\": \"median\"}",
     BERTH_ERR_FORMAT, "found \"median\""},
    {"1_Pooling/config.json", "{\"pooling_mode\": []}", BERTH_ERR_FORMAT,
     "found nothing"},
    {"1_Pooling/config.json", "{\"pooling_mode\": [1]}", BERTH_ERR_FORMAT,
     "found 1"},
    {"1_Pooling/config.json",
     "{\"pooling_mode\": [\"cls\",\"cls\",\"cls\",\"cls\",\"cls\",\"cls\","
     "\"cls\"]}",
     BERTH_ERR_UNSUPPORTED, "at most 6"},
    {"1_Pooling/config.json", "{\"pooling_mode_cls_token\": \"yes\"}",
     BERTH_ERR_FORMAT, "found \"yes\""},
    {"1_Pooling/config.json", "{\"pooling_mode\": [\"cls\", \"mean\"]}",
     BERTH_ERR_SHAPE, "expected 8, found 4"},
    {"2_Dense/config.json", "{}", BERTH_ERR_FORMAT, "in_features"},
    {"2_Dense/config.json", "{\"in_features\": 4}", BERTH_ERR_FORMAT,
     "out_features"},
    {"2_Dense/config.json", "{\"in_features\": 5, \"out_features\": 2}",
     BERTH_ERR_SHAPE, "expected 4, found 5"},
    {"2_Dense/config.json", "{\"in_features\": 4, \"out_features\": 3}",
     BERTH_ERR_SHAPE, "linear.weight"},
    {"2_Dense/config.json",
     "{\"in_features\": 4, \"out_features\": 99999999999}", BERTH_ERR_FORMAT,
     "found 99999999999"},
    {"2_Dense/config.json",
     "{\"in_features\": 4, \"out_features\": 2, \"activation_function\": "
     "\"torch.nn.modules.activation.Mish\"}",
     BERTH_ERR_UNSUPPORTED, "Mish"},
    {"2_Dense/config.json",
     "{\"in_features\": 4, \"out_features\": 2, \"activation_function\": "
     "\"os.Tanh\"}",
     BERTH_ERR_UNSUPPORTED, "os.Tanh"},
    {"2_Dense/config.json",
     "{\"in_features\": 4, \"out_features\": 2, \"use_residual\": true}",
     BERTH_ERR_UNSUPPORTED, "use_residual"},
    {"2_Dense/config.json",
     "{\"in_features\": 4, \"out_features\": 2, \"module_input_name\": "
     "\"token_embeddings\"}",
     BERTH_ERR_UNSUPPORTED, "token_embeddings"},
    {"2_Dense/model.safetensors", "\2\0\0\0\0\0\0\0{}", BERTH_ERR_FORMAT,
     "m/2_Dense/model.safetensors"},
    {"3_Normalize/config.json",
     "{\"module_output_name\": \"token_embeddings\"}", BERTH_ERR_UNSUPPORTED,
     "m/3_Normalize/config.json"},
    {"sentence_bert_config.json", "{\"max_seq_length\": -1}", BERTH_ERR_FORMAT,
     "found -1"},
    {"sentence_bert_config.json", "{\"max_seq_length\": \"x\"}",
     BERTH_ERR_FORMAT, "found \"x\""},
    {"sentence_bert_config.json", "[]", BERTH_ERR_FORMAT, "found an array"},
    {"config_sentence_transformers.json", "{\"prompts\": []}", BERTH_ERR_FORMAT,
     "found an array"},
    {"config_sentence_transformers.json", "{\"prompts\": {\"a\": 1}}",
     BERTH_ERR_FORMAT, "found 1"},
    {"config_sentence_transformers.json",
     "{\"prompts\": {\"a\": \"\"}, \"default_prompt_name\": \"b\"}",
     BERTH_ERR_FORMAT, "found \"b\""},
    {"config_sentence_transformers.json", "{\"model_type\": \"SparseEncoder\"}",
     BERTH_ERR_UNSUPPORTED, "found \"SparseEncoder\""},
    {"config_sentence_transformers.json",
     "{\"similarity_fn_name\": \"maxsim\"}", BERTH_ERR_UNSUPPORTED,
     "found \"maxsim\""},
    {"config_sentence_transformers.json", "{\"truncate_dim\": 0}",
     BERTH_ERR_FORMAT, "found 0"},
    {"config_sentence_transformers.json", "{\"truncate_dim\": -3}",
     BERTH_ERR_FORMAT, "found -3"},
    {"config_sentence_transformers.json", "{\"similarity_threshold\": 1.5}",
     BERTH_ERR_FORMAT, "from -1 to 1"},
    {"sentence_bert_config.json", "{\"tokenizer_name_or_path\": \"../x\"}",
     BERTH_ERR_UNSUPPORTED, "copy that tokenizer's files here"},
    {"sentence_bert_config.json", "{\"query_expansion\": {\"length\": 32}}",
     BERTH_ERR_UNSUPPORTED, "'query_expansion'"},
    {"sentence_bert_config.json", "{\"transformer_task\": \"fill-mask\"}",
     BERTH_ERR_UNSUPPORTED, "found \"fill-mask\""},
    {"sentence_bert_config.json",
     "{\"module_output_name\": \"sentence_embedding\"}", BERTH_ERR_UNSUPPORTED,
     "module_output_name"},
    {"sentence_bert_config.json", "{\"modality_config\": {\"image\": {}}}",
     BERTH_ERR_UNSUPPORTED, "modality_config"},
    {"sentence_bert_config.json",
     "{\"modality_config\": {\"text\": {\"method\": \"forward\", "
     "\"method_output_name\": \"pooler_output\"}}}",
     BERTH_ERR_UNSUPPORTED, "'modality_config.text'"},
    {"sentence_bert_config.json", "{\"processing_kwargs\": 3}",
     BERTH_ERR_FORMAT, "found 3"},
    {"sentence_bert_config.json",
     "{\"processing_kwargs\": {\"text\": {\"truncation\": "
     "\"only_second\"}}}",
     BERTH_ERR_UNSUPPORTED, "'processing_kwargs.text.truncation'"},
    {"sentence_bert_config.json",
     "{\"processing_kwargs\": {\"text\": {\"max_length\": -1}}}",
     BERTH_ERR_FORMAT, "found -1"},
    {"sentence_bert_config.json",
     "{\"tokenizer_args\": {\"model_max_length\": -1}}", BERTH_ERR_FORMAT,
     "found -1"},
};

static void test_lies(void)
{
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct fixture f;
        struct berth_sentence s = {.chain.n = 9};
        struct berth_error err = {0};

        start(&f);
        if (strstr(lies[i].file, "safetensors") != NULL)
            put(&f, lies[i].file, lies[i].text, 10);
        else
            put_text(&f, lies[i].file, lies[i].text);
        EQUAL_INT(read_it(&f, true, NULL, &s, &err), lies[i].status,
                  "%s, lie %zu: %s: status", lies[i].file, i, err.message);
        HAS_TEXT(err.message, lies[i].words, "%s, lie %zu: %s: message",
                 lies[i].file, i, err.message);
        EQUAL_SIZE(s.chain.n, 9, "%s, lie %zu: %s: chain.n", lies[i].file, i,
                   err.message);
    }
}

static void test_too_many(void)
{
    struct fixture f;
    struct berth_sentence s = {0};
    struct berth_error err = {0};
    char text[4096];
    size_t used;

    start(&f);
    used = (size_t)snprintf(text, sizeof(text), "[%s,%s", TRANSFORMER, POOLING);
    for (int i = 0; i < BERTH_STEPS_MAX; i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, ",%s",
                                 NORMALIZE);
    }
    snprintf(text + used, sizeof(text) - used, "]");
    put_text(&f, "modules.json", text);
    EQUAL_INT(read_it(&f, true, NULL, &s, &err), BERTH_OK,
              "16 modules, %s: status", err.message);
    EQUAL_SIZE(s.chain.n, BERTH_STEPS_MAX, "16 modules, %s: chain.n",
               err.message);
    berth_sentence_free(&s);
    snprintf(text + used, sizeof(text) - used, ",%s]", NORMALIZE);
    put_text(&f, "modules.json", text);
    CHECK(read_it(&f, true, NULL, &s, &err) == BERTH_ERR_UNSUPPORTED,
          "one more module than there is room for: %s", err.message);
}

/* Each file cut everywhere and each bit of it flipped: no crash, no leak. */
static void test_mutations(void)
{
    struct fixture f;
    size_t wrong = 0, accepted = 0, n = 0;

    start(&f);
    put_text(&f, "sentence_bert_config.json",
             "{\"max_seq_length\": 24, \"modality_config\": {\"text\": "
             "{\"method\": \"forward\", \"method_output_name\": "
             "[\"last_hidden_state\"]}}, \"processing_kwargs\": {\"text\": "
             "{\"max_length\": 7, \"truncation\": true}}, "
             "\"tokenizer_args\": {\"do_lower_case\": false}, "
             "\"config_args\": {\"n_layers\": 1}}");
    put_text(&f, "config_sentence_transformers.json",
             "{\"prompts\": {\"a\": \"x\"}, \"default_prompt_name\": \"a\", "
             "\"similarity_fn_name\": \"dot\", \"truncate_dim\": 2, "
             "\"similarity_threshold\": 3}");
    for (size_t i = 0; i < f.n; i++) {
        struct berth_embedded_file whole = f.files[i];
        unsigned char *copy = malloc(whole.size);

        memcpy(copy, whole.data, whole.size);
        for (size_t k = 0; k < 9 * whole.size; k++) {
            size_t at = k / 9, bit = k % 9;
            struct berth_sentence s = {0};
            struct berth_error err = {0};

            f.files[i].data = copy;
            f.files[i].size = bit == 8 ? at : whole.size;
            if (bit < 8)
                copy[at] ^= (unsigned char)(1 << bit);
            n++;
            if (read_it(&f, true, NULL, &s, &err) == BERTH_OK)
                accepted++;
            else
                wrong += err.message[0] == '\0';
            berth_sentence_free(&s);
            if (bit < 8)
                copy[at] ^= (unsigned char)(1 << bit);
        }
        f.files[i] = whole;
        free(copy);
    }
    EQUAL_INT(wrong, 0, "%zu mutations, %zu accepted: out of range", n,
              accepted);
    CHECK(accepted < n, "%zu mutations, %zu accepted: not all", n, accepted);
}

static void test_disk(void)
{
    struct berth_folder *folder = NULL;
    struct berth_config config;
    struct berth_sentence s = {0};
    struct berth_kernels kernels;
    struct berth_error err = {0};

    berth_kernels_use_scalar(&kernels);
    if (!CHECK(berth_folder_open("tests/data/st-mean-dense-norm", &folder,
                                 &err) == BERTH_OK,
               "opens the folder: %s", err.message))
        return;
    EQUAL_INT(berth_config_read(folder, NULL, &config, &err), BERTH_OK,
              "as torch saved them, %s: status", err.message);
    EQUAL_INT(berth_sentence_open(folder, &s, &err), BERTH_OK,
              "as torch saved them, %s: status", err.message);
    EQUAL_INT(berth_sentence_read_modules(folder, &config, &kernels,
                                          BERTH_PRECISION_STORED, NULL, &s,
                                          &err),
              BERTH_OK, "as torch saved them, %s: status", err.message);
    EQUAL_SIZE(s.max_seq_length, 24,
               "as sentence-transformers 3 saved it: max_seq_length");
    EQUAL_SIZE(s.chain.n, 2, "as sentence-transformers 3 saved it: chain.n");
    EQUAL_SIZE(
        s.chain.steps[0].linear.n_out, 20,
        "as sentence-transformers 3 saved it: chain.steps[0].linear.n_out");
    CHECK(s.chain.steps[0].linear.bias != NULL,
          "as sentence-transformers 3 saved it: chain.steps[0].linear.bias");
    EQUAL_SIZE(s.chain.steps[0].function, BERTH_FUNCTION_TANH,
               "as sentence-transformers 3 saved it: chain.steps[0].function");
    berth_sentence_free(&s);
    berth_folder_close(folder);
}

/* As CrossEncoder.save_pretrained() leaves it. */
static void test_cross(void)
{
    struct berth_sentence s = {0};
    struct berth_settings settings = {0};
    struct berth_error err = {0};
    struct fixture f = {.n = 0};

    put_text(&f, "modules.json",
             "[" MODULE("base.modules.transformer.Transformer", "") "]");
    put_text(&f, "sentence_bert_config.json",
             "{\"transformer_task\": \"sequence-classification\","
             " \"modality_config\": {\"text\": {\"method\": \"forward\","
             " \"method_output_name\": \"logits\"}},"
             " \"module_output_name\": \"scores\"}");
    put_text(&f, "config_sentence_transformers.json",
             "{\"model_type\": \"CrossEncoder\", \"activation_fn\":"
             " \"torch.nn.modules.linear.Identity\", \"prompts\":"
             " {\"query\": \"find: \"}, \"default_prompt_name\": \"query\"}");
    EQUAL_INT(read_it(&f, true, &settings, &s, &err), BERTH_OK,
              "CrossEncoder: %s: status", err.message);
    CHECK(s.cross && s.n_pooling == 0, "CrossEncoder: nothing is pooled");
    EQUAL_TEXT(s.activation, "torch.nn.modules.linear.Identity",
               "CrossEncoder: activation");
    EQUAL_TEXT(s.default_prompt, "find: ", "CrossEncoder: prompt");
    berth_settings_free(&settings);
    berth_sentence_free(&s);
}

int main(void)
{
    test_absent();
    test_weights();
    test_precision();
    test_pooling();
    test_prompts();
    test_cross();
    test_lies();
    test_too_many();
    test_mutations();
    test_disk();
    return tap_done();
}
