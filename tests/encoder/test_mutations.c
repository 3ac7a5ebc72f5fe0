/*
 * test_mutations.c - model folders with one file truncated, bent or edited:
 * each either works, with finite results, or is refused in one line that says
 * where and why. Never a crash, never a hang.
 */
#include "lib/berth.h"

#include "tests/modernbert.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdint.h>

enum {
    FILES_MAX = 16,
    SECONDS = 60, /* for one mutation, under a sanitizer on a busy machine */
    FLIPS = 16
};

struct file {
    const char *name;
    unsigned char *data;
    size_t size;
};

struct folder {
    struct file files[FILES_MAX];
    size_t n;
    struct scratch scratch;
    enum berth_part part;
};

/* An edit of a text, or of the header of a safetensors file in its length. */
struct edit {
    const char *file, *find, *replace;
    const char *words; /* in the message; NULL: must work */
};

static bool is_finite(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------ using a model */

static enum berth_status run(const struct berth_model *model,
                             struct berth_context *ctx,
                             const struct berth_tokens *tokens, bool masked,
                             bool *finite, struct berth_error *err)
{
    const struct berth_model_facts *facts = berth_model_get_facts(model);
    size_t size = berth_embed_size(model, NULL);
    float *vector = calloc(size, sizeof(*vector));
    float *logits = calloc(facts->vocab_size, sizeof(*logits));
    struct berth_sequence sequence = {.ids = tokens->ids,
                                      .type_ids = tokens->type_ids,
                                      .n_tokens = tokens->n};
    struct berth_place place = {0, 0};
    enum berth_status status =
        berth_forward(ctx, &sequence, 1, BERTH_LAST_LAYER, err);

    if (status == BERTH_OK)
        status = berth_embed(ctx, NULL, vector, err);
    if (status == BERTH_OK && masked)
        status = berth_predict(ctx, &place, 1, logits, err);
    *finite = is_finite(vector, size) && is_finite(logits, facts->vocab_size);
    free(vector);
    free(logits);
    return status;
}

/* Opens the folder and takes a text all the way. */
static enum berth_status use(const struct folder *folder, bool *finite,
                             struct berth_error *err)
{
    static const char words[] = "the man's \xe7\x8e\x8b hat, unaffable [MASK].";
    struct berth_model_options options = {.part = folder->part};
    struct berth_text text = {.text = words, .text_len = sizeof(words) - 1};
    struct berth_tokenize_options limit = {0};
    struct berth_tokens tokens = {0};
    struct berth_model *model = NULL;
    struct berth_context *ctx = NULL;
    enum berth_status status =
        berth_model_open(folder->scratch.path, &options, &model, err);

    if (status != BERTH_OK)
        return status;
    limit.max_tokens = berth_model_get_facts(model)->max_tokens;
    status = berth_tokenize(model, &text, &limit, &tokens, err);
    if (status == BERTH_OK)
        status = berth_context_new(model, 1, 64, &ctx, err);
    if (status == BERTH_OK) {
        status = run(model, ctx, &tokens, folder->part == BERTH_PART_MASKED_LM,
                     finite, err);
    }
    berth_context_free(ctx);
    berth_tokens_free(&tokens);
    berth_model_close(model);
    return status;
}

/* One line, about this folder, with what was expected or found or the words
 * of the system. */
static bool is_good_line(const struct folder *folder, enum berth_status status,
                         const struct berth_error *err)
{
    if (err->status != status || err->message[0] == '\0' ||
        strchr(err->message, '\n') != NULL)
        return false;
    if (status == BERTH_ERR_ARGUMENT) /* of a model with few positions */
        return true;
    return strstr(err->message, folder->scratch.path) != NULL &&
           (status == BERTH_ERR_IO ||
            strstr(err->message, "expected") != NULL ||
            strstr(err->message, "found") != NULL);
}

/* What follows the folder's random name in a message, for the report. */
static const char *tail(const struct folder *folder, const char *message)
{
    const char *at = strstr(message, folder->scratch.path);

    return at == NULL ? message : at + strlen(folder->scratch.path);
}

/* A text as one line of the report. */
static void print_safely(char *s)
{
    for (; *s != '\0'; s++) {
        if (*s < ' ' || *s > '~')
            *s = '?';
    }
}

/* A mutation that has been written: words as in struct edit, "" for either. */
static void check(const struct folder *folder, const char *what,
                  const char *words)
{
    struct berth_error err = {0};
    char said[sizeof(err.message)];
    bool finite = false, ok;
    enum berth_status status;

    alarm(SECONDS);
    status = use(folder, &finite, &err);
    alarm(0);
    if (status == BERTH_OK)
        ok = finite && (words == NULL || words[0] == '\0');
    else
        ok = words != NULL && strstr(err.message, words) != NULL &&
             is_good_line(folder, status, &err);
    snprintf(said, sizeof(said), "%s", tail(folder, err.message));
    print_safely(said);
    CHECK(ok, "%s: %s", what,
          status != BERTH_OK ? said
          : finite           ? "works"
                             : "not finite");
}

/* --------------------------------------------------------------- mutations */

static void write_back(const struct folder *folder, const struct file *file)
{
    if (!scratch_write(&folder->scratch, file->name, file->data, file->size))
        CHECK(false, "cannot write %s: %s", file->name, strerror(errno));
}

static void truncate_it(const struct folder *folder, const struct file *file)
{
    const size_t n = file->size;
    const size_t sizes[] = {0,     1,         7,         9,    n / 4,
                            n / 2, n / 4 * 3, n - n / 8, n - 1};
    char what[128];

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (sizes[i] >= n)
            continue;
        scratch_write(&folder->scratch, file->name, file->data, sizes[i]);
        snprintf(what, sizeof(what), "%s, %zu bytes of %zu", file->name,
                 sizes[i], n);
        check(folder, what, "");
    }
    write_back(folder, file);
}

/* Bytes that a flipped bit may strike: of safetensors the header, since a
 * weight may honestly be infinite. */
static size_t reach(const struct file *file)
{
    if (strstr(file->name, ".safetensors") == NULL)
        return file->size;
    return 8 + file->data[0] + 256 * (size_t)file->data[1];
}

static void flip_bits(const struct folder *folder, const struct file *file,
                      uint32_t *seed)
{
    char what[128];

    for (int i = 0; i < FLIPS; i++) {
        size_t at;
        unsigned bit;

        *seed ^= *seed << 13;
        *seed ^= *seed >> 17;
        *seed ^= *seed << 5;
        at = *seed / 8 % reach(file);
        bit = *seed % 8;
        file->data[at] ^= (unsigned char)(1u << bit);
        write_back(folder, file);
        file->data[at] ^= (unsigned char)(1u << bit);
        snprintf(what, sizeof(what), "%s, bit %u of byte %zu", file->name, bit,
                 at);
        check(folder, what, "");
    }
    write_back(folder, file);
}

/* The lowest bits of weights: the numbers change, and stay numbers. */
static void flip_weights(const struct folder *folder, const struct file *file)
{
    size_t start = reach(file);
    char what[128];

    for (size_t i = 0; i < 4; i++) {
        size_t at = start + (file->size - start) / 16 * i * 4;

        file->data[at] ^= 0xff;
        write_back(folder, file);
        file->data[at] ^= 0xff;
        snprintf(what, sizeof(what), "%s, byte %zu of a weight", file->name,
                 at);
        check(folder, what, NULL);
    }
    write_back(folder, file);
}

static const struct file *find(const struct folder *folder, const char *name)
{
    for (size_t i = 0; i < folder->n; i++) {
        if (strcmp(folder->files[i].name, name) == 0)
            return &folder->files[i];
    }
    return NULL;
}

/* The first place of a text in a file that may hold NUL; NULL: none. */
static unsigned char *search(const struct file *file, const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i + n <= file->size; i++) {
        if (memcmp(file->data + i, text, n) == 0)
            return file->data + i;
    }
    return NULL;
}

static void edit_it(const struct folder *folder, const struct edit *e)
{
    const struct file *file = find(folder, e->file);
    unsigned char *at = search(file, e->find);
    size_t n_find = strlen(e->find), n_replace = strlen(e->replace), n_before;
    unsigned char *data;
    char what[256];

    snprintf(what, sizeof(what), "%s, %s for %s", e->file, e->replace, e->find);
    print_safely(what);
    if (at == NULL) {
        CHECK(false, "%s: nothing to replace", what);
        return;
    }
    n_before = (size_t)(at - file->data);
    data = malloc(file->size + n_replace);
    memcpy(data, file->data, n_before);
    memcpy(data + n_before, e->replace, n_replace);
    memcpy(data + n_before + n_replace, at + n_find,
           file->size - n_before - n_find);
    scratch_write(&folder->scratch, e->file, data,
                  file->size - n_find + n_replace);
    free(data);
    check(folder, what, e->words);
    write_back(folder, file);
}

static void remove_it(const struct folder *folder, const char *name,
                      const char *words)
{
    char path[SCRATCH_PATH + 256];
    char what[128];

    unlink(scratch_name(&folder->scratch, name, path));
    snprintf(what, sizeof(what), "%s, gone", name);
    check(folder, what, words);
    write_back(folder, find(folder, name));
}

/* ----------------------------------------------------------------- folders */

static bool copy_folder(struct folder *folder, const char *from,
                        const char *const *names, size_t n)
{
    if (!scratch_make(&folder->scratch))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct file *file = &folder->files[folder->n++];
        char path[512];

        file->name = names[i];
        snprintf(path, sizeof(path), "%s/%s", from, names[i]);
        file->data = scratch_read(path, &file->size);
        if (file->data == NULL)
            return false;
        write_back(folder, file);
    }
    return true;
}

static void drop_folder(struct folder *folder)
{
    scratch_remove(&folder->scratch);
    for (size_t i = 0; i < folder->n; i++)
        free(folder->files[i].data);
}

static void mutate(const struct folder *folder, const char *name,
                   uint32_t *seed)
{
    const struct file *file = find(folder, name);

    truncate_it(folder, file);
    flip_bits(folder, file, seed);
    if (strstr(name, ".safetensors") != NULL)
        flip_weights(folder, file);
}

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

static void test_modernbert(uint32_t *seed)
{
    static const char *const names[] = {"config.json", "model.safetensors",
                                        "tokenizer.json"};
    struct folder folder = {.part = BERTH_PART_MASKED_LM};
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
    struct folder folder = {.part = BERTH_PART_MASKED_LM};
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
    struct folder folder = {.part = BERTH_PART_ENCODER};

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
    test_modernbert(&seed);
    return tap_done();
}
