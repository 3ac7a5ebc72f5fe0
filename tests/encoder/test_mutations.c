/*
 * test_mutations.c - a BERT and a folder of sentence-transformers with one file
 * truncated, bent or edited.
 */
#include "tests/mutations.h"

static const struct edit bert_edits[] = {
    {"config.json", "\"hidden_size\": 32", "\"hidden_size\": 64",
     "safetensors"},
    {"config.json", "\"hidden_size\": 32", "\"hidden_size\": 33", "33 and 2"},
    {"config.json", "\"hidden_size\": 32", "\"hidden_size\": -32", "found -32"},
    {"config.json", "\"hidden_size\": 32",
     "\"hidden_size\": 99999999999999999999", "found 1e+20"},
    {"config.json", "\"hidden_size\": 32", "\"hidden_size\": \"32\"",
     "found \"32\""},
    {"config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3",
     "layer.2"},
    {"config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1",
     NULL},
    {"config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 4096",
     "layer.2"},
    {"config.json", "\"num_attention_heads\": 2", "\"num_attention_heads\": 0",
     "found 0"},
    {"config.json", "\"num_attention_heads\": 2", "\"num_attention_heads\": 32",
     NULL},
    {"config.json", "\"intermediate_size\": 64", "\"intermediate_size\": 65",
     "safetensors"},
    {"config.json", "\"vocab_size\": 580", "\"vocab_size\": 579", "579"},
    {"config.json", "\"vocab_size\": 580", "\"vocab_size\": 16777216",
     "16777216"},
    {"config.json", "\"max_position_embeddings\": 44",
     "\"max_position_embeddings\": 1048576", "1048576"},
    {"config.json", "\"max_position_embeddings\": 44",
     "\"max_position_embeddings\": 0", "found 0"},
    {"config.json", "\"type_vocab_size\": 2", "\"type_vocab_size\": 1",
     "safetensors"},
    {"config.json", "\"layer_norm_eps\": 1e-12", "\"layer_norm_eps\": 1e999",
     "found Infinity"},
    {"config.json", "\"layer_norm_eps\": 1e-12", "\"layer_norm_eps\": NaN",
     "found NaN"},
    {"config.json", "\"hidden_act\": \"gelu\"",
     "\"hidden_act\": \"gel\\udc00\"", "half a surrogate pair"},
    {"config.json", "{", "{\"x\": [NaN, -Infinity, 1e999, \"\\ud800\"],", NULL},
    {"config.json", "\"model_type\"", "\"x\": 1, \"x\": 2, \"model_type\"",
     NULL},
    {"config.json", "{", "{\"hidden_size\": \"big\",", NULL},
    {"config.json", "\"layer_norm_eps\": 1e-12", "\"layer_norm_eps\": -1",
     "found -1"},
    {"config.json", "\"hidden_act\": \"gelu\"", "\"hidden_act\": \"mish\"",
     "mish"},
    {"config.json", "\"model_type\": \"bert\"", "\"model_type\": \"gpt2\"",
     "gpt2"},
    {"config.json", "\"model_type\": \"bert\"",
     "\"model_type\": \"distilbert\"", "safetensors"},
    {"config.json", "\"is_decoder\": false", "\"is_decoder\": true",
     "is_decoder"},
    {"config.json", "{", "[{", "line"},
    {"config.json", "\"vocab_size\"", "\"hidden_size\"", "safetensors"},
    {"model.safetensors", "\"F32\"", "\"F16\"", "tensor"},
    {"model.safetensors", "\"F32\"", "\"I32\"", "I32"},
    {"model.safetensors", "\"F32\"", "\"F33\"", "F33"},
    {"model.safetensors", "bert.embeddings.word_embeddings.weight",
     "bert.embeddings.word_embeddings.weighs", "word_embeddings.weight"},
    {"model.safetensors", "[580,32]", "[32,580]", "32, 580"},
    {"model.safetensors", "[580,32]", "[580,33]", "tensor"},
    {"model.safetensors", "\"data_offsets\":[0,", "\"data_offsets\":[4,",
     "tensor"},
    {"model.safetensors", "\"format\":\"pt\"", "\"format\":1234",
     "__metadata__"},
    {"tokenizer_config.json", "\"do_lower_case\": true",
     "\"do_lower_case\": false", NULL},
    {"tokenizer_config.json", "\"do_lower_case\": true",
     "\"do_lower_case\": 12345", "tokenizer_config.json"},
    {"tokenizer_config.json", "\"BertTokenizer\"", "\"T5Tokenizer\"", ""},
    {"tokenizer_config.json", "\"model_max_length\": 44",
     "\"model_max_length\": 1000000000000000019884624838656", NULL},
    {"tokenizer_config.json", "\"model_max_length\": 44",
     "\"model_max_length\": Infinity", NULL},
    {"tokenizer_config.json", "\"model_max_length\": 44",
     "\"model_max_length\": \"x\"", "tokenizer_config.json"},
    {"tokenizer_config.json", "{", "[{", "tokenizer_config.json"},
    {"tokenizer.json", "\"model\": {\n    \"type\": \"WordPiece\"",
     "\"model\": {\n    \"type\": \"BPE\"", "BPE"},
    {"tokenizer.json", "\"had\": 579", "\"had\": 580", NULL},
    {"tokenizer.json", "\"had\": 579", "\"had\": -1", "tokenizer.json"},
    {"tokenizer.json", "\"had\": 579", "\"had\": 2147483648", "tokenizer.json"},
    {"tokenizer.json", "\"had\": 579", "\"had\": \"579\"", "tokenizer.json"},
    {"tokenizer.json", "\"had\": 579", "\"had\": 99999999999999999999",
     "tokenizer.json"},
};

static const struct edit sentence_edits[] = {
    {"modules.json", "models.Pooling", "models.Piling", "Piling"},
    {"modules.json", "models.Normalize", "models.WeightedLayerPooling",
     "WeightedLayerPooling"},
    {"modules.json", "1_Pooling", "../1_Pooling", "modules.json"},
    {"modules.json", "2_Dense", "/2_Dense", "modules.json"},
    {"modules.json", "2_Dense", "9_Dense", "9_Dense/config.json"},
    {"modules.json", "models.Normalize", "models.LayerNorm",
     "3_Normalize/config.json"},
    {"modules.json", "[", "{\"a\":", "modules.json"},
    {"1_Pooling/config.json", "\"word_embedding_dimension\": 32",
     "\"word_embedding_dimension\": 31", NULL},
    {"1_Pooling/config.json", "\"pooling_mode_cls_token\": false",
     "\"pooling_mode_cls_token\": true", "2_Dense/config.json"},
    {"1_Pooling/config.json", "\"pooling_mode_cls_token\": false",
     "\"pooling_mode\": \"max\"", NULL},
    {"2_Dense/config.json", "\"in_features\": 32", "\"in_features\": 33",
     "found 33"},
    {"2_Dense/config.json", "\"out_features\": 20", "\"out_features\": 21",
     "linear.weight"},
    {"2_Dense/config.json", "activation.Tanh", "activation.Tank", "Tank"},
    {"2_Dense/model.safetensors", "linear.bias", "linear.bios", "linear.bias"},
    {"sentence_bert_config.json", "24", "0", NULL},
    {"sentence_bert_config.json", "24", "-1", "found -1"},
    {"sentence_bert_config.json", "max_seq_length", "max_seq_len",
     "'max_seq_len'"},
    {"sentence_bert_config.json", "24", "1000", NULL},
    {"config_sentence_transformers.json", "\"default_prompt_name\": null",
     "\"default_prompt_name\": \"x\"", "found \"x\""},
};

static void test_bert(uint32_t *seed)
{
    static const char *const names[] = {
        "model.safetensors", "config.json", "tokenizer_config.json",
        "tokenizer.json",    "vocab.txt",
    };
    static const struct edit vocab_edits[] = {
        {"vocab.txt", "[UNK]", "[UNC]", "no token for unknown"},
        {"vocab.txt", "[CLS]", "[CLT]", "'[CLS]'"},
        {"vocab.txt", "\n\"\n", "\n\"\nanother\n", NULL},
        {"vocab.txt", "\nhad", "\n\xff\xfe", "UTF-8"},
    };
    struct folder folder = {.head = BERTH_HEAD_MASKED_LM};
    char path[SCRATCH_PATH + 256];

    if (!CHECK(copy_folder(&folder, "tests/data/bert-uncased", names, 5),
               "copies bert-uncased"))
        return;
    check(&folder, "bert-uncased, whole", NULL);
    for (size_t i = 0; i < 4; i++)
        mutate(&folder, names[i], seed);
    for (size_t i = 0; i < sizeof(bert_edits) / sizeof(bert_edits[0]); i++)
        edit_it(&folder, &bert_edits[i]);
    remove_it(&folder, "config.json", "config.json");
    remove_it(&folder, "model.safetensors", "model.safetensors");
    remove_it(&folder, "tokenizer_config.json", NULL);
    remove_it(&folder, "vocab.txt", NULL);

    /* The vocabulary is taken from tokenizer.json where there is one. */
    unlink(scratch_name(&folder.scratch, "tokenizer.json", path));
    check(&folder, "tokenizer.json, gone", NULL);
    mutate(&folder, "vocab.txt", seed);
    for (size_t i = 0; i < sizeof(vocab_edits) / sizeof(vocab_edits[0]); i++)
        edit_it(&folder, &vocab_edits[i]);
    remove_it(&folder, "vocab.txt", "vocab.txt");
    drop_folder(&folder);
}

static void test_sentence(uint32_t *seed)
{
    static const char *const names[] = {
        "modules.json",
        "1_Pooling/config.json",
        "2_Dense/config.json",
        "2_Dense/model.safetensors",
        "sentence_bert_config.json",
        "config_sentence_transformers.json",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    };
    struct folder folder = {.head = BERTH_HEAD_NONE};

    if (!CHECK(copy_folder(&folder, "tests/data/st-mean-dense-norm", names, 10),
               "copies st-mean-dense-norm"))
        return;
    check(&folder, "st-mean-dense-norm, whole", NULL);
    for (size_t i = 0; i < 6; i++)
        mutate(&folder, names[i], seed);
    for (size_t i = 0; i < sizeof(sentence_edits) / sizeof(sentence_edits[0]);
         i++)
        edit_it(&folder, &sentence_edits[i]);
    for (size_t i = 0; i < 4; i++)
        remove_it(&folder, names[i], i == 0 ? "" : names[i]);
    drop_folder(&folder);
}

int main(void)
{
    uint32_t seed = 20181011;

    printf("# seed %u\n", (unsigned)seed);
    test_bert(&seed);
    test_sentence(&seed);
    return tap_done();
}
