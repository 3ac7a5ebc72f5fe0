/*
 * test_family_mutations.c - small models of other families than BERT, with one
 * file truncated, bent or edited.
 */
#include "tests/modernbert.h"
#include "tests/mutations.h"

static const struct edit modernbert_edits[] = {
    {"config.json", "\"local_attention\": 6", "\"local_attention\": 0", NULL},
    {"config.json", "\"local_attention\": 6", "\"local_attention\": 1048576",
     NULL},
    {"config.json", "\"local_attention\": 6", "\"local_attention\": 1048577",
     "found 1048577"},
    {"config.json", "every_n_layers\": 3", "every_n_layers\": 4096", NULL},
    {"config.json", "local_rope_theta\": 1000.0", "local_rope_theta\": 0",
     "found 0"},
    {"config.json", "local_rope_theta\": 1000.0",
     "layer_types\": [\"sliding_attention\", \"sliding_attention\"]",
     "expected a list of num_hidden_layers, 3, found 2"},
    {"config.json", "local_rope_theta\": 1000.0",
     "layer_types\": [\"sliding_attention\", \"sliding_attention\", null]",
     "found null"},
    {"config.json", "\"num_attention_heads\": 2", "\"num_attention_heads\": 16",
     "to be even"},
    {"config.json", "\"intermediate_size\": 12", "\"intermediate_size\": 24",
     "[48, 16]"},
    {"config.json", "\"max_position_embeddings\": 4096",
     "\"max_position_embeddings\": 1048576", NULL},
    {"model.safetensors", "layers.1.attn_norm.weight",
     "layers.1.attn_narm.weight", "layers.1.attn_norm.weight"},
    {"model.safetensors", "decoder.bias", "decoder.bios", NULL},
};

static const struct edit deberta_edits[] = {
    {"config.json", "\"position_buckets\": 12", "\"position_buckets\": 11",
     "[22, 24]"},
    {"config.json", "\"position_buckets\": 12", "\"position_buckets\": -1",
     "[80, 24]"},
    {"config.json", "max_relative_positions\": 40",
     "max_relative_positions\": 2", NULL},
    {"config.json", "max_relative_positions\": 40",
     "max_relative_positions\": 1048576", NULL},
    {"config.json", "\"c2p\"", "\"c3p\"", "expected c2p, p2c or both"},
    {"config.json", "\"c2p\",", "", NULL},
    {"config.json", "\"relative_attention\": true",
     "\"relative_attention\": false", NULL},
    {"config.json", "\"share_att_key\": false", "\"share_att_key\": true",
     NULL},
    {"config.json", "conv_kernel_size\": 5", "conv_kernel_size\": 3",
     "[24, 24, 3] by config.json, found [24, 24, 5]"},
    {"config.json", "conv_kernel_size\": 5", "conv_kernel_size\": 257",
     "found 257"},
    {"config.json", "conv_kernel_size\": 5", "conv_kernel_size\": 0", NULL},
    {"config.json", "\"embedding_size\": 16", "\"embedding_size\": 24",
     "[22, 24]"},
    {"config.json", "\"position_biased_input\": true",
     "\"position_biased_input\": false", NULL},
    {"config.json", "\"layer_norm\"", "\"none\"", NULL},
    {"model.safetensors", "0.attention.self.pos_key_proj.weight",
     "0.attention.self.pas_key_proj.weight", "pos_key_proj.weight"},
    {"model.safetensors", "encoder.rel_embeddings", "encoder.ral_embeddings",
     "rel_embeddings"},
};

static const struct edit mobilebert_edits[] = {
    {"config.json", "intra_bottleneck_size\": 16",
     "intra_bottleneck_size\": 15", "found 15 and 2"},
    {"config.json", "intra_bottleneck_size\": 16",
     "intra_bottleneck_size\": 26", "found 26 and 24"},
    {"config.json", "intra_bottleneck_size\": 16",
     "intra_bottleneck_size\": 14", "[14, 24]"},
    {"config.json", "num_feedforward_networks\": 3",
     "num_feedforward_networks\": 1", NULL},
    {"config.json", "num_feedforward_networks\": 3",
     "num_feedforward_networks\": 4", "ffn.2.intermediate"},
    {"config.json", "num_feedforward_networks\": 3",
     "num_feedforward_networks\": 9", "found 9"},
    {"config.json", "\"embedding_size\": 12", "\"embedding_size\": 25",
     "[22, 25]"},
    {"config.json", "\"trigram_input\": true", "\"trigram_input\": false",
     "'trigram_input': expected true, found false"},
    {"model.safetensors", "cls.predictions.dense.weight",
     "cls.predictions.danse.weight", "cls.predictions.dense.weight"},
    {"model.safetensors", "0.bottleneck.input.dense.weight",
     "0.bottleneck.inpat.dense.weight", "bottleneck.input.dense.weight"},
};

static void test_small(const char *from, const struct edit *edits, size_t n,
                       uint32_t *seed)
{
    static const char *const names[] = {"config.json", "model.safetensors",
                                        "tokenizer.json",
                                        "tokenizer_config.json"};
    struct folder folder = {.head = BERTH_HEAD_MASKED_LM};

    if (!CHECK(copy_folder(&folder, from, names, 4), "copies %s", from))
        return;
    check(&folder, from, NULL);
    for (size_t i = 0; i < 2; i++)
        mutate(&folder, names[i], seed);
    for (size_t i = 0; i < n; i++)
        edit_it(&folder, &edits[i]);
    drop_folder(&folder);
}

static void test_modernbert(uint32_t *seed)
{
    static const char *const names[] = {"config.json", "model.safetensors",
                                        "tokenizer.json"};
    struct folder folder = {.head = BERTH_HEAD_MASKED_LM};
    struct tensors t;

    if (!CHECK(modernbert_make(&t, 6) &&
                   copy_folder(&folder, t.folder.path, names, 3),
               "copies a small ModernBERT"))
        return;
    check(&folder, "ModernBERT, whole", NULL);
    for (size_t i = 0; i < 2; i++)
        mutate(&folder, names[i], seed);
    for (size_t i = 0; i < sizeof(modernbert_edits) / sizeof(*modernbert_edits);
         i++)
        edit_it(&folder, &modernbert_edits[i]);
    drop_folder(&folder);
    tensors_close(&t);
}

int main(void)
{
    uint32_t seed = 20181011;

    printf("# seed %u\n", (unsigned)seed);
    test_modernbert(&seed);
    test_small("tests/data/deberta", deberta_edits,
               sizeof(deberta_edits) / sizeof(*deberta_edits), &seed);
    test_small("tests/data/mobilebert", mobilebert_edits,
               sizeof(mobilebert_edits) / sizeof(*mobilebert_edits), &seed);
    return tap_done();
}
