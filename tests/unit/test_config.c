/*
 * test_config.c - config.json: defaults, names of both families, refusals.
 */
#include "models/families/config.h"

#include "tests/tap.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum berth_status read_text(const char *text, size_t size,
                                   struct berth_settings *settings,
                                   struct berth_config *out,
                                   struct berth_error *err)
{
    unsigned char *copy = malloc(size > 0 ? size : 1);
    struct berth_embedded_file file = {"config.json", copy, size};
    struct berth_folder *folder = NULL;
    enum berth_status status;

    memcpy(copy, text, size);
    berth_folder_open_embedded("m", &file, 1, &folder, NULL);
    status = berth_config_read(folder, settings, out, err);
    berth_folder_close(folder);
    free(copy);
    return status;
}

static const char *source_of(const struct berth_settings *s, const char *key)
{
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->list[i].key, key) == 0)
            return s->list[i].source;
    }
    return "(none)";
}

static const char *value_of(const struct berth_settings *s, const char *key)
{
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->list[i].key, key) == 0)
            return s->list[i].value;
    }
    return "(none)";
}

static void test_bert(void)
{
    static const char minimal[] = "{\"model_type\": \"bert\"}";
    static const char full[] =
        "{\"architectures\": [\"BertForMaskedLM\"], \"hidden_size\": 36,"
        " \"num_attention_heads\": 3, \"num_hidden_layers\": 5,"
        " \"intermediate_size\": 51, \"max_position_embeddings\": 40,"
        " \"vocab_size\": 611, \"type_vocab_size\": 1, \"hidden_act\":"
        " \"gelu_new\", \"layer_norm_eps\": 1e-5, \"tie_word_embeddings\":"
        " false, \"position_embedding_type\": \"absolute\","
        " \"is_decoder\": false, \"torch_dtype\": \"float16\"}";
    struct berth_settings s = {0};
    struct berth_config c = {0};

    EQUAL_INT(read_text(minimal, sizeof(minimal) - 1, &s, &c, NULL), BERTH_OK,
              "BertConfig's defaults: status");
    CHECK(c.family == &berth_family_bert, "BertConfig's defaults: family");
    EQUAL_SIZE(c.vocab_size, 30522, "BertConfig's defaults: vocab_size");
    EQUAL_SIZE(c.hidden_size, 768, "BertConfig's defaults: hidden_size");
    EQUAL_INT(c.num_hidden_layers, 12,
              "BertConfig's defaults: num_hidden_layers");
    EQUAL_INT(c.num_attention_heads, 12,
              "BertConfig's defaults: num_attention_heads");
    EQUAL_SIZE(c.head_size, 64, "BertConfig's defaults: head_size");
    EQUAL_SIZE(c.intermediate_size, 3072,
               "BertConfig's defaults: intermediate_size");
    EQUAL_INT(c.max_position_embeddings, 512,
              "BertConfig's defaults: max_position_embeddings");
    EQUAL_SIZE(c.type_vocab_size, 2, "BertConfig's defaults: type_vocab_size");
    NEAR(c.layer_norm_eps, 1e-12, 0, "BertConfig's defaults: layer_norm_eps");
    EQUAL_INT(c.hidden_act, BERTH_FUNCTION_GELU,
              "BertConfig's defaults: hidden_act");
    CHECK(c.tie_word_embeddings, "BertConfig's defaults: tie_word_embeddings");
    EQUAL_TEXT(source_of(&s, "hidden_size"), "default",
               "source of hidden_size, which is a default");
    EQUAL_TEXT(source_of(&s, "model_type"), "config.json",
               "source of model_type, which is in the file");
    EQUAL_INT(read_text(full, sizeof(full) - 1, &s, &c, NULL), BERTH_OK,
              "every key of BERT: status");
    EQUAL_SIZE(c.vocab_size, 611, "every key of BERT: vocab_size");
    EQUAL_SIZE(c.hidden_size, 36, "every key of BERT: hidden_size");
    EQUAL_INT(c.num_hidden_layers, 5, "every key of BERT: num_hidden_layers");
    EQUAL_SIZE(c.head_size, 12, "every key of BERT: head_size");
    EQUAL_SIZE(c.intermediate_size, 51, "every key of BERT: intermediate_size");
    EQUAL_INT(c.max_position_embeddings, 40,
              "every key of BERT: max_position_embeddings");
    EQUAL_SIZE(c.type_vocab_size, 1, "every key of BERT: type_vocab_size");
    NEAR(c.layer_norm_eps, 1e-5, 0, "every key of BERT: layer_norm_eps");
    EQUAL_INT(c.hidden_act, BERTH_FUNCTION_GELU_TANH,
              "every key of BERT: hidden_act");
    CHECK(!c.tie_word_embeddings, "every key of BERT: not tie_word_embeddings");
    EQUAL_TEXT(source_of(&s, "hidden_size"), "config.json",
               "source of hidden_size, which is in the file");
    EQUAL_TEXT(source_of(&s, "dtype"), "config.json",
               "source of torch_dtype, which is in the file");
    berth_settings_free(&s);
}

static void test_distilbert(void)
{
    static const char minimal[] = "{\"model_type\": \"distilbert\"}";
    static const char full[] =
        "{\"model_type\": \"distilbert\", \"dim\": 32, \"n_heads\": 4,"
        " \"n_layers\": 3, \"hidden_dim\": 64, \"activation\": \"relu\","
        " \"layer_norm_eps\": 0.5, \"intermediate_size\": 128,"
        " \"num_hidden_layers\": null, \"hidden_act\": \"gelu\","
        " \"type_vocab_size\": 2}";
    static const char *const aliases[] = {
        "\"hidden_size\": 48, \"num_hidden_layers\": 1,"
        " \"num_attention_heads\": 6, \"intermediate_size\": 128}",
        "\"hidden_size\": 48, \"dim\": 32, \"n_layers\": 3,"
        " \"num_hidden_layers\": 1, \"n_heads\": 4,"
        " \"num_attention_heads\": 6, \"intermediate_size\": 128}",
    };
    struct berth_config c = {0};

    EQUAL_INT(read_text(minimal, sizeof(minimal) - 1, NULL, &c, NULL), BERTH_OK,
              "DistilBertConfig's defaults: status");
    CHECK(c.family == &berth_family_distilbert,
          "DistilBertConfig's defaults: family");
    EQUAL_SIZE(c.hidden_size, 768, "DistilBertConfig's defaults: hidden_size");
    EQUAL_INT(c.num_hidden_layers, 6,
              "DistilBertConfig's defaults: num_hidden_layers");
    EQUAL_INT(c.num_attention_heads, 12,
              "DistilBertConfig's defaults: num_attention_heads");
    EQUAL_SIZE(c.intermediate_size, 3072,
               "DistilBertConfig's defaults: intermediate_size");
    EQUAL_SIZE(c.type_vocab_size, 0,
               "DistilBertConfig's defaults: type_vocab_size");
    EQUAL_INT(read_text(full, sizeof(full) - 1, NULL, &c, NULL), BERTH_OK,
              "DistilBERT's own names: status");
    EQUAL_SIZE(c.hidden_size, 32, "DistilBERT's own names: hidden_size");
    EQUAL_INT(c.num_attention_heads, 4,
              "DistilBERT's own names: num_attention_heads");
    EQUAL_INT(c.num_hidden_layers, 3,
              "DistilBERT's own names: num_hidden_layers");
    EQUAL_SIZE(c.intermediate_size, 64,
               "DistilBERT's own names: intermediate_size");
    EQUAL_INT(c.hidden_act, BERTH_FUNCTION_RELU,
              "DistilBERT's own names: hidden_act");
    NEAR(c.layer_norm_eps, 1e-12, 0, "DistilBERT's own names: layer_norm_eps");
    EQUAL_SIZE(c.type_vocab_size, 0, "DistilBERT's own names: type_vocab_size");
    /* As attribute_map of transformers 5.24 has it: not for hidden_dim. */
    for (size_t i = 0; i < 2; i++) {
        char text[256];
        int n = snprintf(text, sizeof(text),
                         "{\"model_type\": \"distilbert\", %s", aliases[i]);

        EQUAL_INT(read_text(text, (size_t)n, NULL, &c, NULL), BERTH_OK,
                  "BERT's names come first: status");
        EQUAL_SIZE(c.hidden_size, 48, "BERT's names come first: hidden_size");
        EQUAL_INT(c.num_hidden_layers, 1,
                  "BERT's names come first: num_hidden_layers");
        EQUAL_INT(c.num_attention_heads, 6,
                  "BERT's names come first: num_attention_heads");
        EQUAL_SIZE(c.intermediate_size, 3072,
                   "BERT's names come first: intermediate_size");
    }
}

static void test_deberta(void)
{
    static const char minimal[] = "{\"model_type\": \"deberta-v2\"}";
    static const char full[] =
        "{\"architectures\": [\"DebertaV2Model\"], \"hidden_size\": 32,"
        " \"num_attention_heads\": 4, \"embedding_size\": 16,"
        " \"relative_attention\": true, \"pos_att_type\": \" P2C | c2p\","
        " \"share_att_key\": true, \"position_buckets\": 256,"
        " \"max_relative_positions\": -1, \"norm_rel_ebd\": \"layer_norm\","
        " \"position_biased_input\": false, \"conv_kernel_size\": 3,"
        " \"max_position_embeddings\": 512}";
    static const char reach[] =
        "{\"model_type\": \"deberta-v2\", \"relative_attention\": true,"
        " \"max_relative_positions\": 100, \"position_buckets\": -1,"
        " \"pos_att_type\": [\"c2p\"], \"conv_act\": \"gelu\"}";
    struct berth_settings s = {0};
    struct berth_config c = {0};

    EQUAL_INT(read_text(minimal, sizeof(minimal) - 1, NULL, &c, NULL), BERTH_OK,
              "DebertaV2Config's defaults: status");
    CHECK(c.family == &berth_family_deberta,
          "DebertaV2Config's defaults: family");
    EQUAL_SIZE(c.hidden_size, 1536, "DebertaV2Config's defaults: hidden_size");
    EQUAL_SIZE(c.relative_span, 0, "DebertaV2Config's defaults: no distances");
    CHECK(c.position_biased_input && !c.c2p && !c.p2c,
          "DebertaV2Config's defaults: positions alone");
    EQUAL_SIZE(c.type_vocab_size, 0,
               "DebertaV2Config's defaults: type_vocab_size");
    NEAR(c.layer_norm_eps, 1e-7, 0,
         "DebertaV2Config's defaults: layer_norm_eps");
    EQUAL_INT(read_text(full, sizeof(full) - 1, &s, &c, NULL), BERTH_OK,
              "every key of DeBERTa: status");
    CHECK(c.c2p && c.p2c && c.share_att_key && c.norm_rel_ebd &&
              !c.position_biased_input,
          "every key of DeBERTa: switches");
    EQUAL_SIZE(c.relative_span, 256, "every key of DeBERTa: buckets are rows");
    EQUAL_SIZE(c.max_relative_positions, 512,
               "every key of DeBERTa: -1 are all positions");
    EQUAL_SIZE(c.embedding_size, 16, "every key of DeBERTa: embedding_size");
    EQUAL_INT(c.conv_act, BERTH_FUNCTION_TANH,
              "every key of DeBERTa: conv_act's default");
    EQUAL_TEXT(value_of(&s, "pos_att_type"), " P2C | c2p",
               "every key of DeBERTa: pos_att_type is kept");
    EQUAL_INT(read_text(reach, sizeof(reach) - 1, NULL, &c, NULL), BERTH_OK,
              "DeBERTa without buckets: status");
    EQUAL_SIZE(c.relative_span, 100, "DeBERTa without buckets: rows");
    CHECK(c.c2p && !c.p2c, "DeBERTa without buckets: pos_att_type");
    EQUAL_INT(c.conv_act, BERTH_FUNCTION_GELU,
              "DeBERTa without buckets: conv_act");
    berth_settings_free(&s);
}

static void test_mobilebert(void)
{
    static const char minimal[] = "{\"model_type\": \"mobilebert\"}";
    struct berth_config c = {0};

    EQUAL_INT(read_text(minimal, sizeof(minimal) - 1, NULL, &c, NULL), BERTH_OK,
              "MobileBertConfig's defaults: status");
    CHECK(c.family == &berth_family_mobilebert,
          "MobileBertConfig's defaults: family");
    EQUAL_SIZE(c.hidden_size, 512, "MobileBertConfig's defaults: hidden_size");
    EQUAL_SIZE(c.intra_bottleneck_size, 128,
               "MobileBertConfig's defaults: intra_bottleneck_size");
    EQUAL_SIZE(c.head_size, 32, "MobileBertConfig's defaults: head_size");
    EQUAL_SIZE(c.num_feedforward_networks, 4,
               "MobileBertConfig's defaults: num_feedforward_networks");
    EQUAL_INT(c.hidden_act, BERTH_FUNCTION_RELU,
              "MobileBertConfig's defaults: hidden_act");
}

/* from_pretrained(..., hidden_size=48) of transformers: an attribute that the
 * family does not map has no effect. */
static void test_set_over(void)
{
    static const char text[] = "{\"model_type\": \"distilbert\", \"dim\": 36,"
                               " \"hidden_dim\": 64}";
    struct berth_embedded_file file = {"config.json", (const void *)text,
                                       sizeof(text) - 1};
    json_t *keys =
        json_pack("{sisi}", "hidden_size", 48, "intermediate_size", 9);
    const struct berth_overlay over = {keys, "over.json"};
    struct berth_folder *folder = NULL;
    struct berth_settings s = {0};
    struct berth_config c = {0};

    berth_folder_open_embedded("m", &file, 1, &folder, NULL);
    EQUAL_INT(berth_config_read_with(folder, &over, &s, &c, NULL), BERTH_OK,
              "BERT's name is set over dim: status");
    EQUAL_SIZE(c.hidden_size, 48, "BERT's name is set over dim: hidden_size");
    EQUAL_TEXT(source_of(&s, "hidden_size"), "over.json",
               "BERT's name is set over dim: source of hidden_size");
    EQUAL_SIZE(c.intermediate_size, 64,
               "hidden_dim has no other name: intermediate_size");
    EQUAL_TEXT(source_of(&s, "intermediate_size"), "config.json",
               "hidden_dim has no other name: source of intermediate_size");
    berth_folder_close(folder);
    berth_settings_free(&s);
    json_decref(keys);
}

static const struct {
    const char *text;
    enum berth_status status;
    const char *words;
} refused[] = {
    {"{}", BERTH_ERR_FORMAT, "found nothing, nor what tells it"},
    {"[]", BERTH_ERR_FORMAT, "found an array"},
    {"{\"model_type\": \"gpt2\"}", BERTH_ERR_UNSUPPORTED, "\"gpt2\""},
    {"{\"model_type\": 3}", BERTH_ERR_FORMAT, "found 3"},
    {"{\"architectures\": [\"T5Model\"]}", BERTH_ERR_UNSUPPORTED,
     "\"T5Model\""},
    {"{\"architectures\": 3}", BERTH_ERR_FORMAT, "found nothing"},
    {"{\"model_type\": \"bert\", \"hidden_act\": \"mish\"}",
     BERTH_ERR_UNSUPPORTED, "\"mish\""},
    {"{\"model_type\": \"bert\", \"position_embedding_type\": "
     "\"relative_key\"}",
     BERTH_ERR_UNSUPPORTED, "\"relative_key\""},
    {"{\"model_type\": \"bert\", \"is_decoder\": true}", BERTH_ERR_UNSUPPORTED,
     "is_decoder"},
    {"{\"model_type\": \"bert\", \"is_decoder\": false, \"is_causal\": "
     "true}",
     BERTH_ERR_UNSUPPORTED, "key 'is_causal': expected false"},
    {"{\"model_type\": \"bert\", \"is_decoder\": 0}", BERTH_ERR_UNSUPPORTED,
     "key 'is_decoder': expected false, found 0"},
    {"{\"model_type\": \"nomic_bert\", \"prenorm\": true}",
     BERTH_ERR_UNSUPPORTED, "key 'prenorm': expected false, found true"},
    {"{\"model_type\": \"nomic_bert\", \"causal\": true}",
     BERTH_ERR_UNSUPPORTED, "key 'causal'"},
    {"{\"model_type\": \"nomic_bert\", \"rotary_emb_fraction\": 0.5}",
     BERTH_ERR_UNSUPPORTED, "expected 1, found 0.5"},
    {"{\"model_type\": \"nomic_bert\", \"rotary_emb_fraction\": 1.0,"
     " \"rotary_scaling_factor\": 2}",
     BERTH_ERR_UNSUPPORTED, "expected none, found 2"},
    {"{\"model_type\": \"gte\", \"position_embedding_type\": "
     "\"absolute\"}",
     BERTH_ERR_UNSUPPORTED, "expected \"rope\", found \"absolute\""},
    {"{\"model_type\": \"new\", \"rope_scaling\": {\"type\": \"yarn\"}}",
     BERTH_ERR_UNSUPPORTED,
     "key 'rope_scaling.type': expected default, "
     "dynamic, linear or ntk, found \"yarn\""},
    {"{\"model_type\": \"eurobert\", \"rope_scaling\": {\"rope_type\": "
     "\"ntk\", \"factor\": 2}}",
     BERTH_ERR_UNSUPPORTED, "expected default, dynamic or linear"},
    {"{\"model_type\": \"gte\", \"rope_scaling\": {\"type\": \"ntk\"}}",
     BERTH_ERR_FORMAT, "key 'rope_scaling.factor'"},
    {"{\"model_type\": \"new\", \"rope_scaling\": {\"type\": \"ntk\", "
     "\"factor\": 2, \"mixed_b\": 0.5}}",
     BERTH_ERR_UNSUPPORTED, "'rope_scaling.mixed_b': expected none"},
    {"{\"model_type\": \"eurobert\", \"head_dim\": 32}", BERTH_ERR_UNSUPPORTED,
     "'head_dim': expected 64, hidden_size"},
    {"{\"model_type\": \"eurobert\", \"num_key_value_heads\": 5}",
     BERTH_ERR_FORMAT, "found 12 and 5"},
    {"{\"model_type\": \"jina_embeddings_v3\", "
     "\"partial_rotary_factor\": 0.5}",
     BERTH_ERR_UNSUPPORTED, "expected 1, found 0.5"},
    {"{\"model_type\": \"modernbert\", \"rope_parameters\": "
     "{\"sliding_attention\": {\"rope_type\": \"yarn\"}}}",
     BERTH_ERR_UNSUPPORTED, "'rope_parameters.sliding_attention.rope_type'"},
    {"{\"model_type\": \"modernbert\", \"rope_scaling\": {\"type\": "
     "\"linear\"}}",
     BERTH_ERR_UNSUPPORTED, "expected none, found an object"},
    {"{\"model_type\": \"modernbert\", \"layer_types\": "
     "[\"full_attention\"]}",
     BERTH_ERR_FORMAT, "expected a list of num_hidden_layers, 22, found 1"},
    {"{\"model_type\": \"modernbert\", \"num_hidden_layers\": 1, "
     "\"layer_types\": [\"chunked_attention\"]}",
     BERTH_ERR_UNSUPPORTED, "found \"chunked_attention\""},
    {"{\"model_type\": \"modernbert\", \"layer_types\": \"full\"}",
     BERTH_ERR_FORMAT, "found 0"},
    {"{\"model_type\": \"modernbert\", "
     "\"global_attn_every_n_layers\": 0}",
     BERTH_ERR_FORMAT, "expected an integer from 1 to 4096"},
    {"{\"model_type\": \"bert\", \"quantization_config\": "
     "{\"quant_method\": \"gptq\"}}",
     BERTH_ERR_UNSUPPORTED, "'quantization_config': expected none"},
    {"{\"model_type\": \"bert\", \"hidden_size\": 100}", BERTH_ERR_FORMAT,
     "found 100 and 12"},
    {"{\"model_type\": \"bert\", \"hidden_size\": 65537}", BERTH_ERR_FORMAT,
     "found 65537"},
    {"{\"model_type\": \"bert\", \"hidden_size\": -768}", BERTH_ERR_FORMAT,
     "found -768"},
    {"{\"model_type\": \"bert\", \"hidden_size\": \"768\"}", BERTH_ERR_FORMAT,
     "found \"768\""},
    {"{\"model_type\": \"bert\", \"vocab_size\": "
     "100000000000000000000000}",
     BERTH_ERR_FORMAT, "found 1e+23"},
    {"{\"model_type\": \"bert\", \"num_attention_heads\": 0}", BERTH_ERR_FORMAT,
     "found 0"},
    {"{\"model_type\": \"bert\", \"num_hidden_layers\": 1e6}", BERTH_ERR_FORMAT,
     "found 1000000"},
    {"{\"model_type\": \"bert\", \"layer_norm_eps\": -1}", BERTH_ERR_FORMAT,
     "found -1"},
    {"{\"model_type\": \"bert\", \"layer_norm_eps\": NaN}", BERTH_ERR_FORMAT,
     "found NaN"},
    {"{\"model_type\": \"deberta\"}", BERTH_ERR_UNSUPPORTED, "\"deberta\""},
    {"{\"model_type\": \"deberta-v2\", \"pos_att_type\": \"c2p|p2p\"}",
     BERTH_ERR_UNSUPPORTED,
     "'pos_att_type': expected c2p, p2c or both, found \"c2p|p2p\""},
    {"{\"model_type\": \"deberta-v2\", \"pos_att_type\": [\"c2p\", 3]}",
     BERTH_ERR_UNSUPPORTED, "'pos_att_type': expected c2p, p2c or both"},
    {"{\"model_type\": \"deberta-v2\", \"pos_att_type\": 3}",
     BERTH_ERR_UNSUPPORTED, "found 3"},
    {"{\"model_type\": \"deberta-v2\", \"norm_rel_ebd\": \"batch_norm\"}",
     BERTH_ERR_UNSUPPORTED, "expected layer_norm or none"},
    {"{\"model_type\": \"deberta-v2\", \"position_buckets\": 1}",
     BERTH_ERR_FORMAT, "expected an integer from 2 to"},
    {"{\"model_type\": \"deberta-v2\", \"position_buckets\": \"8\"}",
     BERTH_ERR_FORMAT, "found \"8\""},
    {"{\"model_type\": \"deberta-v2\", \"relative_attention\": 1}",
     BERTH_ERR_FORMAT, "key 'relative_attention': expected"},
    {"{\"model_type\": \"deberta-v2\", \"conv_kernel_size\": 4}",
     BERTH_ERR_FORMAT, "'conv_kernel_size': expected an odd number"},
    {"{\"model_type\": \"deberta-v2\", \"conv_groups\": 2}",
     BERTH_ERR_UNSUPPORTED, "'conv_groups': expected 1, found 2"},
    {"{\"model_type\": \"deberta-v2\", \"talking_head\": true}",
     BERTH_ERR_UNSUPPORTED, "'talking_head': expected false"},
    {"{\"model_type\": \"mobilebert\", \"use_bottleneck\": false}",
     BERTH_ERR_UNSUPPORTED, "'use_bottleneck': expected true, found false"},
    {"{\"model_type\": \"mobilebert\", \"use_bottleneck_attention\": true}",
     BERTH_ERR_UNSUPPORTED, "'use_bottleneck_attention': expected false"},
    {"{\"model_type\": \"mobilebert\", \"key_query_shared_bottleneck\": false}",
     BERTH_ERR_UNSUPPORTED, "'key_query_shared_bottleneck': expected true"},
    {"{\"model_type\": \"mobilebert\", \"normalization_type\": \"layer_norm\"}",
     BERTH_ERR_UNSUPPORTED, "expected \"no_norm\", found \"layer_norm\""},
    {"{\"model_type\": \"mobilebert\", \"num_feedforward_networks\": 9}",
     BERTH_ERR_FORMAT, "found 9"},
    {"{\"model_type\": \"mobilebert\", \"intra_bottleneck_size\": 1024}",
     BERTH_ERR_FORMAT, "found 1024 and 512"},
    {"{\"model_type\": \"bert\", \"tie_word_embeddings\": 1}", BERTH_ERR_FORMAT,
     "found 1"},
};

static void test_refused(void)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct berth_error err = {0};
        struct berth_config c = {.vocab_size = 7};

        EQUAL_INT(
            read_text(refused[i].text, strlen(refused[i].text), NULL, &c, &err),
            refused[i].status, "case %zu: %s: status", i, err.message);
        HAS_TEXT(err.message, refused[i].words, "case %zu: %s: message", i,
                 err.message);
        CHECK(strncmp(err.message, "m/config.json: ", 15) == 0,
              "case %zu: %s: message", i, err.message);
        EQUAL_SIZE(c.vocab_size, 7, "case %zu: %s: vocab_size", i, err.message);
    }
}

/* The same model by the keys of published files, and of new ones. */
static void test_modernbert(void)
{
    static const char *const texts[] = {
        "{\"model_type\": \"modernbert\", \"num_hidden_layers\": 5,"
        " \"global_attn_every_n_layers\": 2, \"global_rope_theta\": 80000.0,"
        " \"local_rope_theta\": 9000, \"local_attention\": 33,"
        " \"position_embedding_type\": \"relative_key_query\","
        " \"norm_eps\": 0.25, \"layer_norm_eps\": 0.5}",
        "{\"model_type\": \"modernbert\", \"num_hidden_layers\": 5,"
        " \"layer_types\": [\"full_attention\", \"sliding_attention\","
        " \"full_attention\", \"sliding_attention\", \"full_attention\"],"
        " \"rope_parameters\": {\"full_attention\": {\"rope_theta\": 80000,"
        " \"rope_type\": \"default\"}, \"sliding_attention\":"
        " {\"rope_theta\": 9000}}, \"global_rope_theta\": 5,"
        " \"local_attention\": 32, \"norm_eps\": 0.25}",
    };

    for (size_t i = 0; i < 2; i++) {
        struct berth_config c = {0};
        struct berth_error err = {0};

        EQUAL_INT(read_text(texts[i], strlen(texts[i]), NULL, &c, &err),
                  BERTH_OK, "ModernBERT %zu: %s", i, err.message);
        for (size_t layer = 0; layer < 6; layer++)
            EQUAL_SIZE(berth_config_reach(&c, layer),
                       layer == 1 || layer == 3 ? 16 : SIZE_MAX,
                       "ModernBERT %zu: reach of layer %zu", i, layer);
        NEAR(c.rope.theta, 80000, 0, "ModernBERT %zu: theta", i);
        NEAR(c.local_rope.theta, 9000, 0, "ModernBERT %zu: local theta", i);
        NEAR(c.local_rope.slower, 1, 0, "ModernBERT %zu: slower", i);
        NEAR(c.layer_norm_eps, 0.25, 0, "ModernBERT %zu: norm_eps", i);
        EQUAL_SIZE(c.type_vocab_size, 0, "ModernBERT %zu: no types", i);
    }
}

/* How theta and a type of scaling come to speeds; heads have 64 numbers. */
static void test_rotations(void)
{
    static const struct {
        const char *keys;
        double theta, slower;
    } cases[] = {
        {"\"gte\"", 160000, 1},
        {"\"new\"", 10000, 1},
        {"\"new\", \"rope_theta\": 20000, \"rope_scaling\":"
         " {\"type\": \"ntk\", \"factor\": 8.0}",
         160000, 1.0671404006768237 /* 8^(2/64) */},
        {"\"gte\", \"rope_scaling\": {\"rope_type\": \"linear\","
         " \"factor\": 4}, \"rope_theta\": 500",
         500, 4},
        {"\"eurobert\", \"rope_parameters\": {\"rope_type\": \"dynamic\","
         " \"factor\": 4, \"rope_theta\": 250000}, \"rope_theta\": 5",
         250000, 1},
        {"\"eurobert\", \"rope_scaling\": null, \"rope_theta\": 250000", 250000,
         1},
        {"\"nomic_bert\", \"rotary_emb_base\": 10000", 10000, 1},
        {"\"bert\", \"rope_theta\": 10000", 0, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct berth_config c = {0};
        struct berth_error err = {0};
        char text[256];
        const int n =
            snprintf(text, sizeof(text), "{\"model_type\": %s}", cases[i].keys);

        EQUAL_INT(read_text(text, (size_t)n, NULL, &c, &err), BERTH_OK,
                  "%s: %s", cases[i].keys, err.message);
        NEAR(c.rope.theta, cases[i].theta, 0, "%s: theta", cases[i].keys);
        NEAR(c.rope.slower, cases[i].slower, 1e-12, "%s: slower",
             cases[i].keys);
    }
}

/* Truncations and flipped bits: whatever is accepted must be in range. */
static void test_mutations(void)
{
    static const char text[] =
        "{\"model_type\": \"bert\", \"hidden_size\": 32, "
        "\"num_attention_heads\": 2, \"hidden_act\": \"relu\", "
        "\"is_decoder\": false, \"layer_norm_eps\": 1e-12}";
    char bent[sizeof(text)];
    size_t wrong = 0, accepted = 0;
    struct berth_config c = {0};

    for (size_t n = 0; n < sizeof(text) - 1; n++)
        wrong += read_text(text, n, NULL, &c, NULL) != BERTH_ERR_FORMAT;
    CHECK(wrong == 0, "every truncation is refused");
    for (size_t i = 0; i < 8 * (sizeof(text) - 1); i++) {
        memcpy(bent, text, sizeof(text));
        bent[i / 8] = (char)(bent[i / 8] ^ 1 << i % 8);
        if (read_text(bent, sizeof(text) - 1, NULL, &c, NULL) != BERTH_OK)
            continue;
        accepted++;
        wrong += c.hidden_size < 1 || c.hidden_size > 65536 ||
                 c.head_size * c.num_attention_heads != c.hidden_size ||
                 !(c.layer_norm_eps >= 0);
    }
    CHECK(wrong == 0, "what %zu of %zu flipped bits leave is in range",
          accepted, 8 * (sizeof(text) - 1));
}

static void test_missing(void)
{
    struct berth_folder *folder = NULL;
    struct berth_config c;
    struct berth_error err = {0};

    berth_folder_open_embedded("m", NULL, 0, &folder, NULL);
    EQUAL_INT(berth_config_read(folder, NULL, &c, &err), BERTH_ERR_IO,
              "a folder without it: %s: status", err.message);
    CHECK(strstr(err.message, "m/config.json: ") == err.message,
          "a folder without it: %s: message", err.message);
    berth_folder_close(folder);
}

/* Of quantised weights only our own are read. */
static void test_int8(void)
{
    static const char text[] =
        "{\"model_type\": \"bert\", \"quantization_config\": "
        "{\"quant_method\": \"berth-int8\", \"bits\": 8}}";
    struct berth_config c;
    struct berth_settings s = {0};
    struct berth_error err = {0};

    EQUAL_INT(read_text(text, sizeof(text) - 1, &s, &c, &err), BERTH_OK,
              "weights in 8 bits of `berth convert`: %s", err.message);
    EQUAL_TEXT(value_of(&s, "quantization"), "int8", "are told");
    EQUAL_TEXT(source_of(&s, "quantization"), "config.json", "with the file");
    berth_settings_free(&s);
}

int main(void)
{
    test_bert();
    test_distilbert();
    test_modernbert();
    test_rotations();
    test_deberta();
    test_mobilebert();
    test_set_over();
    test_refused();
    test_mutations();
    test_missing();
    test_int8();
    return tap_done();
}
