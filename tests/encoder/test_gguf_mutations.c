/*
 * test_gguf_mutations.c - a thousand GGUF files that are cut off, bent or
 * edited: each works or is refused in one line, and none makes more memory be
 * asked for than such a small file could need.
 */
#include "tests/bent.h"

enum {
    MUTATIONS = 250 /* of each file */
};

static const struct edit edits[] = {
    {"bert.gguf", "GGUF\x03", "GGUX\x03", "begins with GGUF"},
    {"bert.gguf", "GGUF\x03", "GGUF\x02", NULL},
    {"bert.gguf", "GGUF\x03", "GGUF\x01", "version 2 or 3"},
    {"bert.gguf", "general.architecture", "general.architecturr",
     "general.architecture"},
    {"bert.gguf", "bert.block_count", "bert.block_coung",
     "'bert.block_count': expected an integer"},
    {"bert.gguf", "bert.block_count\x04", "bert.block_count\x0d",
     "expected a type from 0 to 12"},
    {"bert.gguf", "bert.block_count\x04", "bert.block_count\x06",
     "expected an integer from 0 to 2^53, found a number"},
    {"bert.gguf", "tokenizer.ggml.tokens", "tokenizer.ggml.tokent",
     "'tokenizer.ggml.tokens': expected an array of texts"},
    {"bert.gguf", "tokenizer.ggml.token_type\x09",
     "tokenizer.ggml.token_typf\x09", NULL},
    {"bert.gguf", "tokenizer.ggml.model\x08", "tokenizer.ggml.modem\x08",
     "'tokenizer.ggml.model'"},
    {"bert.gguf", "tokenizer.ggml.unknown_token_id",
     "tokenizer.ggml.unknowm_token_id", NULL},
    {"bert.gguf", "bert.pooling_type\x04", "bert.poolinh_type\x04", NULL},
    {"bert.gguf", "tokenizer.ggml.mask_token_id",
     "bert.attention.head_count_kv",
     "'bert.attention.head_count_kv': expected 2, found 4"},
    {"bert.gguf", "token_embd.weight", "token_embe.weight",
     "'token_embd.weight', found none"},
    {"bert.gguf", "blk.1.ffn_up.weight", "blk.1.ffn_uq.weight",
     "'blk.1.ffn_uq.weight': expected one of bert"},
    {"bert.gguf", "blk.1.ffn_up.weight", "blk.0.ffn_up.weight", "twice"},
    {"bert.gguf", "blk.1.ffn_up.weight\x02", "blk.1.ffn_up.weight\x05",
     "1 to 4 dimensions"},
    {"xlmr.gguf", "tokenizer.ggml.scores", "tokenizer.ggml.scorex",
     "'tokenizer.ggml.scores': expected 702 numbers"},
    {"roberta.gguf", "tokenizer.ggml.merges", "tokenizer.ggml.mergez",
     "'tokenizer.ggml.merges': expected an array"},
    {"roberta.gguf", "roberta-bpe", "roberta-bpx", "roberta-bpx"},
    {"modernbert.gguf", "modern-bert.rope.freq_base_swa",
     "modern-bert.rope.freq_base_swb", NULL},
    {"modernbert.gguf", "modern-bert.attention.sliding_window\x04",
     "modern-bert.attention.sliding_windox\x04", "sliding_window"},
    {"modernbert.gguf", "none", "yarn", "rope.scaling.type"},
};

/* Bytes of the header: the data of tensors may be any. */
static size_t header_size(const struct file *file)
{
    static const char last[] = ".weight";
    size_t size = 0;

    for (size_t i = 0; i + sizeof(last) < file->size; i++) {
        if (memcmp(file->data + i, last, sizeof(last) - 1) == 0)
            size = i + sizeof(last);
    }
    return size + 32;
}

static void bend(const struct folder *folder, const struct file *file,
                 uint32_t *seed)
{
    const size_t header = header_size(file);
    unsigned char *data = malloc(file->size + BENT_ROOM);
    char what[128];

    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(data, file->data, file->size);
        /* Half of the changes strike the small keys at the begin. */
        const size_t reach = bent_next(seed) % 2 == 0 ? 700 : header;
        const size_t at = bent_next(seed) % reach;
        const size_t n =
            bent_change(data, file->size, at, seed, what, sizeof(what));
        scratch_write(&folder->scratch, file->name, data, n);
        bent_check(folder, file->name, what);
    }
    free(data);
    write_back(folder, file);
}

/* Each alone in its folder, which is then that model. */
static void test_file(const char *name, uint32_t *seed)
{
    struct folder folder = {.n = 0};

    if (!CHECK(copy_folder(&folder, "tests/data/gguf", &name, 1), "copies %s",
               name))
        return;
    check(&folder, name, NULL);
    truncate_it(&folder, &folder.files[0]);
    for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
        if (strcmp(edits[i].file, name) == 0)
            edit_it(&folder, &edits[i]);
    }
    bend(&folder, &folder.files[0], seed);
    drop_folder(&folder);
}

int main(void)
{
    static const char *const names[] = {"bert.gguf", "roberta.gguf",
                                        "xlmr.gguf", "modernbert.gguf"};
    uint32_t seed = 20181011;

    printf("# seed %u\n", (unsigned)seed);
    bent_limit_memory();
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        test_file(names[i], &seed);
    return tap_done();
}
