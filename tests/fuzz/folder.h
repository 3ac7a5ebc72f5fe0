/*
 * folder.h - a model folder in memory: a target that includes this defines
 * berth_builtin_files() itself, so that berth_model_open(NULL) reads the folder
 * of the present input.
 *
 * The input is an archive of entries, each an id (1 byte), a length (2 bytes,
 * little-endian; 0xffff: 4 more bytes) and that many bytes. seeds.py writes
 * the same.
 */
#ifndef TESTS_FUZZ_FOLDER_H
#define TESTS_FUZZ_FOLDER_H

#include "models/builtin.h"
#include "tests/fuzz/fuzz.h"

/* By id; a new one goes to the end, here and in seeds.py, so that the corpus
 * keeps its meaning. The first two are no files of the folder. */
static const char *const folder_names[] = {
    "TEXT",
    "OPTIONS",
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "special_tokens_map.json",
    "added_tokens.json",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "1_Pooling/config.json",
    "2_Dense/config.json",
    "2_Dense/model.safetensors",
    "model.safetensors",
    "model.safetensors.index.json",
    "a.safetensors",
    "b.safetensors",
    "2_LayerNorm/config.json",
    "2_LayerNorm/model.safetensors",
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
    "vocab.json",
    "merges.txt",
    "bpe.codes",
    "bert_config.json",
    "bert_model.ckpt.index",
    "bert_model.ckpt.data-00000-of-00001",
    "model.gguf",
    "pytorch_model.bin",
    "2_Dense/pytorch_model.bin",
    "berth-int8.safetensors",
};

enum {
    FOLDER_TEXT,
    FOLDER_OPTIONS,
    FOLDER_NAMES = sizeof(folder_names) / sizeof(*folder_names),
    FOLDER_FILES = 48,
};

/* The bytes of OPTIONS, each taken modulo what there is. */
enum folder_option {
    OPTION_BITS, /* enum folder_bit */
    OPTION_MAX_TOKENS,
    OPTION_OVERFLOW,
    OPTION_TRUNCATION,
    OPTION_OVERLAP,
    OPTION_PACK,
    OPTION_ATTENTION,
    OPTION_PART,
    OPTION_PRECISION,
    OPTION_CPU,
    N_OPTIONS = 16
};

enum folder_bit {
    BIT_MAX_TOKENS = 1, /* OPTION_MAX_TOKENS counts, not the model's limit */
    BIT_PLAIN = 2,
    BIT_NO_SPECIAL = 4,
    BIT_PAIR = 8, /* the text's second half is text B */
    BIT_SKIP_SPECIAL = 16
};

static struct {
    struct berth_embedded_file files[FOLDER_FILES];
    size_t n_files;
    unsigned char *text;
    size_t text_size;
    unsigned char options[N_OPTIONS];
} folder;

const struct berth_embedded_file *berth_builtin_files(size_t *n)
{
    *n = folder.n_files;
    return folder.files;
}

static inline void folder_set_text(const unsigned char *data, size_t size)
{
    free(folder.text);
    folder.text = fuzz_copy(data, size);
    folder.text_size = size;
}

static inline void folder_put(unsigned id, const unsigned char *data,
                              size_t size)
{
    if (id == FOLDER_TEXT)
        folder_set_text(data, size);
    else if (id == FOLDER_OPTIONS)
        memcpy(folder.options, data, size < N_OPTIONS ? size : N_OPTIONS);
    else if (folder.n_files < FOLDER_FILES)
        folder.files[folder.n_files++] = (struct berth_embedded_file){
            folder_names[id], fuzz_copy(data, size), size};
}

static inline size_t folder_number(const unsigned char *data, size_t n_bytes)
{
    size_t number = 0;

    for (size_t i = n_bytes; i-- > 0;)
        number = number << 8 | data[i];
    return number;
}

/* folder_unpack - the present input becomes the folder; folder_drop(). */
static inline void folder_unpack(const unsigned char *data, size_t size)
{
    static const char text[] = "the man's hat [MASK].";

    memset(folder.options, 0, sizeof(folder.options));
    folder_set_text((const unsigned char *)text, sizeof(text) - 1);
    while (size >= 3) {
        unsigned id = data[0] % FOLDER_NAMES;
        size_t n = folder_number(data + 1, 2);

        data += 3;
        size -= 3;
        if (n == 0xffff && size >= 4) {
            n = folder_number(data, 4);
            data += 4;
            size -= 4;
        }
        if (n > size)
            n = size;
        folder_put(id, data, n);
        data += n;
        size -= n;
    }
}

static inline void folder_drop(void)
{
    for (size_t i = 0; i < folder.n_files; i++)
        free((void *)(uintptr_t)folder.files[i].data);
    folder.n_files = 0;
    free(folder.text);
    folder.text = NULL;
}

#endif
