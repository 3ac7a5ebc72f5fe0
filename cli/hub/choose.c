/*
 * choose.c - names of files, as patterns.
 */
#include "cli/hub/choose.h"

#include <fnmatch.h>
#include <string.h>

/* Settings and tokenizers. An adapter is not read but refused, which its
 * weights alone would not bring about. */
static const char *const settings[] = {
    "config.json",
    "bert_config.json",
    "config_sentence_transformers.json",
    "modules.json",
    "sentence_*_config.json",
    "adapter_config.json",
    "tokenizer.json",
    "tokenizer.*.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "bpe.codes",
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
    "tokenizer.model",
};

/* Forms of weights, the best first: one file, or an index and parts. */
static const struct form {
    const char *whole, *index, *part;
} forms[] = {
    {"model.safetensors", "model.safetensors.index.json",
     "model-*-of-*.safetensors"},
    {"pytorch_model.bin", "pytorch_model.bin.index.json",
     "pytorch_model-*-of-*.bin"},
    {NULL, "*.ckpt*.index", "*.ckpt*.data-*-of-*"},
    {"*.gguf", NULL, NULL},
};

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static bool fits(const char *pattern, const char *path)
{
    return pattern != NULL && fnmatch(pattern, name_of(path), 0) == 0;
}

static bool same_folder(const char *a, const char *b)
{
    size_t n = (size_t)(name_of(a) - a);

    return n == (size_t)(name_of(b) - b) && memcmp(a, b, n) == 0;
}

/* The top folder, or that of a module of sentence-transformers: 1_Pooling. */
static bool is_read_folder(const char *path)
{
    size_t n = (size_t)(name_of(path) - path);
    size_t digits = strspn(path, "0123456789");

    return n == 0 || (digits > 0 && path[digits] == '_' &&
                      memchr(path, '/', n) == path + n - 1);
}

/* Files of the folder of path that fit; they become wanted if want. */
static size_t count(struct hub_listing *listing, const char *path,
                    const char *pattern, bool want)
{
    size_t n = 0;

    for (size_t i = 0; i < listing->n; i++) {
        struct hub_file *file = &listing->files[i];

        if (fits(pattern, file->path) && same_folder(file->path, path)) {
            n++;
            file->wanted = file->wanted || want;
        }
    }
    return n;
}

/* Those of the folder of path, in this form; 0: it has none. */
static size_t want_form(struct hub_listing *listing, const char *path,
                        const struct form *form, size_t *several)
{
    size_t n = count(listing, path, form->whole, false);

    if (n > 1)
        *several = n;
    if (n > 0)
        return n == 1 ? count(listing, path, form->whole, true) : 0;
    n = count(listing, path, form->part, false);
    if (n == 0 || count(listing, path, form->index, false) == 0)
        return 0;
    count(listing, path, form->part, true);
    return n + count(listing, path, form->index, true);
}

/* Once for each folder: for its first file. */
static bool is_first_of_folder(const struct hub_listing *listing, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_folder(listing->files[k].path, listing->files[i].path))
            return false;
    return true;
}

size_t choose_readable(struct hub_listing *listing, size_t *several)
{
    const size_t n_settings = sizeof(settings) / sizeof(*settings);
    const size_t n_forms = sizeof(forms) / sizeof(*forms);
    size_t n_weights = 0;

    *several = 0;
    for (size_t i = 0; i < listing->n; i++) {
        struct hub_file *file = &listing->files[i];

        if (!is_read_folder(file->path))
            continue;
        for (size_t k = 0; k < n_settings; k++)
            file->wanted = file->wanted || fits(settings[k], file->path);
        if (is_first_of_folder(listing, i))
            for (size_t k = 0, n = 0; k < n_forms && n == 0; k++) {
                n = want_form(listing, file->path, &forms[k], several);
                n_weights += n;
            }
    }
    return n_weights;
}

void choose_all(struct hub_listing *listing)
{
    for (size_t i = 0; i < listing->n; i++)
        listing->files[i].wanted = true;
}

bool choose_one(struct hub_listing *listing, const char *path)
{
    bool found = false;

    for (size_t i = 0; i < listing->n; i++)
        if (strcmp(listing->files[i].path, path) == 0)
            listing->files[i].wanted = listing->one = found = true;
    return found;
}
