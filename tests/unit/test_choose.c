/*
 * test_choose.c - which files of a repository are fetched.
 */
#include "cli/hub/choose.h"

#include "cli/base/buffer.h"
#include "tests/tap.h"

enum {
    MAX_FILES = 16
};

/* The names parted by blanks as a listing, whose paths are in copy. */
static void make_listing(const char *names, char copy[1000],
                         struct hub_listing *listing)
{
    char *rest = NULL;

    snprintf(copy, 1000, "%s", names);
    listing->n = 0;
    for (char *name = strtok_r(copy, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest))
        listing->files[listing->n++] = (struct hub_file){.path = name};
}

static void check(const char *names, const char *want, size_t want_weights,
                  size_t want_several)
{
    struct hub_file files[MAX_FILES];
    struct hub_listing listing = {.files = files};
    struct buffer got = {0};
    char copy[1000];
    size_t several;

    make_listing(names, copy, &listing);
    EQUAL_SIZE(choose_readable(&listing, &several), want_weights,
               "%s: files of weights", names);
    EQUAL_SIZE(several, want_several, "%s: several models", names);
    for (size_t i = 0; i < listing.n; i++)
        if (files[i].wanted)
            buffer_printf(&got, "%s%s", got.size > 0 ? " " : "", files[i].path);
    buffer_putc(&got, '\0');
    EQUAL_TEXT(got.data, want, "%s: those that are read", names);
    buffer_free(&got);
}

int main(void)
{
    check("README.md config.json vocab.txt model.safetensors pytorch_model.bin",
          "config.json vocab.txt model.safetensors", 1, 0);
    check("config.json model.fp16.safetensors model.safetensors",
          "config.json model.safetensors", 1, 0);
    check("model-1-of-2.safetensors model-2-of-2.safetensors pytorch_model.bin",
          "pytorch_model.bin", 1, 0);
    check("model-1-of-2.safetensors model-2-of-2.safetensors "
          "model.safetensors.index.json pytorch_model.bin",
          "model-1-of-2.safetensors model-2-of-2.safetensors "
          "model.safetensors.index.json",
          3, 0);
    check("modules.json sentence_bert_config.json 1_Pooling/config.json "
          "2_Dense/config.json 2_Dense/pytorch_model.bin model.safetensors "
          "2_Dense/model.safetensors onnx/config.json 1_a/2_b/config.json",
          "modules.json sentence_bert_config.json 1_Pooling/config.json "
          "2_Dense/config.json model.safetensors 2_Dense/model.safetensors",
          2, 0);
    check("tokenizer.json tokenizer.4.0.json spm.model sentence_xlnet_config."
          "json bpe.codes adapter_config.json adapter_model.safetensors",
          "tokenizer.json tokenizer.4.0.json spm.model sentence_xlnet_config."
          "json bpe.codes adapter_config.json",
          0, 0);
    check("bert_config.json bert_model.ckpt.index "
          "bert_model.ckpt.data-00000-of-00001 checkpoint",
          "bert_config.json bert_model.ckpt.index "
          "bert_model.ckpt.data-00000-of-00001",
          2, 0);
    check("bert_model.ckpt.index config.json", "config.json", 0, 0);
    check("a.gguf README.md", "a.gguf", 1, 0);
    check("a.gguf b.gguf config.json", "config.json", 0, 2);
    check("a.gguf b.gguf model.safetensors", "model.safetensors", 1, 0);
    return tap_done();
}
