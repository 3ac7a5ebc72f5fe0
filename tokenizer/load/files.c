/*
 * files.c - the files of a tokenizer: which are read, and their vocabulary.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char tokenizer_file[] = "tokenizer.json";
static const char config_file[] = "tokenizer_config.json";

static enum berth_status fail_object(const struct berth_loading *l,
                                     const char *name, const json_t *found)
{
    char buf[64];

    return berth_fail(l->err, BERTH_ERR_FORMAT,
                      "%s: expected an object, found %s", name,
                      berth_json_describe(found, buf, sizeof(buf)));
}

/* What is set over tokenizer_config.json, which is there by now. */
static enum berth_status set_over(struct berth_loading *l)
{
    json_t *object = (json_t *)(uintptr_t)l->over->object;

    if (object == NULL || json_object_update(l->config, object) == 0)
        return BERTH_OK;
    return berth_fail(l->err, BERTH_ERR_MEMORY, "%s: out of memory",
                      l->config_name);
}

enum berth_status berth_load_config(struct berth_loading *l)
{
    enum berth_status status =
        berth_json_read_optional(l->folder, config_file, &l->config, l->err);

    berth_folder_file(l->folder, config_file, l->config_name,
                      sizeof(l->config_name));
    if (status != BERTH_OK)
        return status;
    if (l->config == NULL)
        l->config = json_object();
    if (l->config == NULL) {
        return berth_fail(l->err, BERTH_ERR_MEMORY, "%s: out of memory",
                          l->config_name);
    }
    return json_is_object(l->config)
               ? set_over(l)
               : fail_object(l, l->config_name, l->config);
}

/* "fast_tokenizer_files": ["tokenizer.4.0.json"]: transformers from 4.0 on
 * would read that file in place of tokenizer.json, and might find other
 * tokens. */
static enum berth_status refuse_versions(struct berth_loading *l)
{
    static const char key[] = "fast_tokenizer_files", stem[] = "tokenizer.";
    const json_t *files = json_object_get(l->config, key), *file;
    size_t i;

    json_array_foreach(files, i, file)
    {
        const char *name = json_string_value(file);
        const char *at = name != NULL ? strstr(name, stem) : NULL;

        if (at != NULL && strstr(at + strlen(stem), ".json") != NULL) {
            return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                              "%s: key '%s': expected \"%s\" alone, found "
                              "\"%.64s\", which is not supported",
                              l->config_name, key, tokenizer_file, name);
        }
    }
    return BERTH_OK;
}

enum berth_status berth_load_refuse(struct berth_loading *l)
{
    const json_t *vocab = json_object_get(l->config, "vocab");
    enum berth_status status = refuse_versions(l);

    if (status != BERTH_OK || l->has_file || vocab == NULL ||
        json_is_null(vocab))
        return status;
    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key 'vocab': expected none, found one: only those "
                      "of vocab.txt and tokenizer.json are read",
                      l->config_name);
}

/* transformers reads this old file only where added_tokens_decoder is
 * missing. */
enum berth_status berth_load_map(struct berth_loading *l)
{
    static const char file[] = "special_tokens_map.json";
    const json_t *decoder = json_object_get(l->config, "added_tokens_decoder");
    enum berth_status status;

    berth_folder_file(l->folder, file, l->map_name, sizeof(l->map_name));
    if (decoder != NULL && !json_is_null(decoder))
        return BERTH_OK;
    status = berth_json_read_optional(l->folder, file, &l->map, l->err);
    if (status == BERTH_OK && l->map != NULL && !json_is_object(l->map))
        return fail_object(l, l->map_name, l->map);
    return status;
}

/*
 * tokenizer.json as JSON, with an empty object in place of bytes [begin, end),
 * its vocabulary. That is nearly all of the file, and berth_vocab_read_json()
 * has read it in a fraction of the time that a JSON tree takes.
 */
static enum berth_status parse_cut(struct berth_loading *l,
                                   const struct berth_blob *blob, size_t begin,
                                   size_t end, bool keep_lines,
                                   struct berth_error *err)
{
    char *cut = malloc(blob->size + 2);
    size_t n = begin;
    enum berth_status status;

    if (cut == NULL) {
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                          l->file_name);
    }
    memcpy(cut, blob->data, begin);
    cut[n++] = '{';
    for (size_t i = begin; keep_lines && i < end; i++) {
        if (blob->data[i] == '\n')
            cut[n++] = '\n';
    }
    cut[n++] = '}';
    memcpy(cut + n, blob->data + end, blob->size - end);
    n += blob->size - end;
    status = berth_json_parse(cut, n, l->file_name, &l->file, err);
    free(cut);
    return status;
}

/* {"model": {"vocab": {...}}, ...}: the vocabulary, then the rest of it. */
static enum berth_status parse_with_vocab(struct berth_loading *l,
                                          const struct berth_blob *blob,
                                          size_t begin)
{
    size_t end;
    enum berth_status status = berth_vocab_read_json(
        blob, begin, l->file_name, &end, &l->tokenizer->vocab, l->err);

    if (status != BERTH_OK)
        return status;
    status = parse_cut(l, blob, begin, end, false, NULL);
    /* Only a message needs the lines of the vocabulary. */
    if (status != BERTH_OK)
        status = parse_cut(l, blob, begin, end, true, l->err);
    return status;
}

enum berth_status berth_load_file(struct berth_loading *l)
{
    struct berth_blob blob = {0};
    size_t begin;
    enum berth_status status;

    if (!l->has_file)
        return BERTH_OK;
    status = berth_folder_read(l->folder, tokenizer_file, &blob, l->err);
    if (status == BERTH_OK)
        status = berth_vocab_find_json(&blob, &begin)
                     ? parse_with_vocab(l, &blob, begin)
                     : berth_json_parse(blob.data, blob.size, l->file_name,
                                        &l->file, l->err);
    berth_blob_release(&blob);
    return status;
}

static enum berth_status index_file(struct berth_loading *l)
{
    struct berth_vocab *vocab = &l->tokenizer->vocab;
    char found[64];
    int32_t twice;
    enum berth_status status;

    if (vocab->words == NULL) {
        berth_json_describe(
            json_object_get(json_object_get(l->file, "model"), "vocab"), found,
            sizeof(found));
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: key 'model.vocab': expected an object, found %s",
                          l->file_name, found);
    }
    status = berth_vocab_index(vocab, l->file_name, &twice, l->err);
    if (status != BERTH_OK || twice < 0)
        return status;
    return berth_fail(l->err, BERTH_ERR_FORMAT,
                      "%s: key 'model.vocab': expected every token once, "
                      "found \"%.40s\" twice",
                      l->file_name, berth_vocab_text(vocab, twice));
}

static enum berth_status read_lines(struct berth_loading *l)
{
    struct berth_blob blob = {0};
    enum berth_status status =
        berth_folder_read(l->folder, l->class->vocab, &blob, l->err);

    if (status == BERTH_OK)
        status = berth_vocab_read_text(&blob, l->file_name,
                                       &l->tokenizer->vocab, l->err);
    berth_blob_release(&blob);
    return status;
}

/* The vocabularies that can be read by themselves. */
static const struct {
    const char *file;
    berth_load_step *read;
} vocabularies[] = {
    {"vocab.txt", read_lines},
};

static enum berth_status find_vocab(struct berth_loading *l)
{
    const char *name = l->class->vocab;
    bool found = false;
    enum berth_status status =
        berth_folder_find(l->folder, name, &found, l->err);

    berth_folder_file(l->folder, name, l->file_name, sizeof(l->file_name));
    if (status != BERTH_OK || found)
        return status;
    errno = ENOENT;
    return berth_fail(l->err, BERTH_ERR_IO,
                      "%s: expected %s or tokenizer.json, found neither",
                      berth_folder_path(l->folder), name);
}

enum berth_status berth_load_vocab(struct berth_loading *l)
{
    enum berth_status status = l->has_file ? index_file(l) : find_vocab(l);

    for (size_t i = 0; !l->has_file && status == BERTH_OK &&
                       i < sizeof(vocabularies) / sizeof(*vocabularies);
         i++) {
        if (strcmp(vocabularies[i].file, l->class->vocab) == 0)
            return vocabularies[i].read(l);
    }
    if (l->has_file || status != BERTH_OK)
        return status;
    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: expected tokenizer.json beside it, as it is not "
                      "read by itself",
                      l->file_name);
}
