/*
 * files.c - the files of a tokenizer: which are read, and their vocabulary.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"
#include "tokenizer/subwords/scan.h"

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
                      "%s: key 'vocab': expected none, found one: only the "
                      "files of a vocabulary are read",
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

/* The lists of tokenizer.json that are not read as JSON, by their place. */
struct cuts {
    struct {
        size_t begin, end;
    } at[2];
    size_t n;
};

/*
 * tokenizer.json as JSON, with an empty list in place of each cut. They are
 * nearly all of the file, and were read in a fraction of the time that a JSON
 * tree takes.
 */
static enum berth_status parse_cut(struct berth_loading *l,
                                   const struct berth_blob *blob,
                                   const struct cuts *cuts, bool keep_lines,
                                   struct berth_error *err)
{
    char *cut = malloc(blob->size + 1);
    size_t n = 0, from = 0;
    enum berth_status status;

    if (cut == NULL) {
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                          l->file_name);
    }
    for (size_t k = 0; k < cuts->n; k++) {
        size_t end = cuts->at[k].end - 1; /* the bracket */

        memcpy(cut + n, blob->data + from, cuts->at[k].begin + 1 - from);
        n += cuts->at[k].begin + 1 - from;
        for (size_t i = cuts->at[k].begin; keep_lines && i < end; i++) {
            if (blob->data[i] == '\n')
                cut[n++] = '\n';
        }
        from = end;
    }
    if (blob->size > from) /* an empty file has no bytes at all */
        memcpy(cut + n, blob->data + from, blob->size - from);
    n += blob->size - from;
    status = berth_json_parse(cut, n, l->file_name, &l->file, err);
    free(cut);
    return status;
}

/* The list that begins there, an object of ids, or of pieces or merges. */
static enum berth_status read_list(struct berth_loading *l,
                                   const struct berth_blob *blob,
                                   const char *key, size_t begin, size_t *end)
{
    struct berth_vocab *vocab = &l->tokenizer->vocab;

    if (strcmp(key, "model.merges") == 0)
        return berth_merges_read_json(blob, begin, l->file_name, end,
                                      &l->merges, l->err);
    if (blob->data[begin] == '{')
        return berth_vocab_read_json(blob, begin, l->file_name, end, vocab,
                                     l->err);
    return berth_pieces_read_json(blob, begin, l->file_name,
                                  l->names_class && l->class->pipeline != NULL,
                                  end, vocab, &l->scores, l->err);
}

/* All of them; the JSON reader refuses a file that has one twice. */
static enum berth_status read_lists(struct berth_loading *l,
                                    const struct berth_blob *blob,
                                    struct cuts *cuts)
{
    const char *key, *before = "";
    size_t at = 0;

    while (cuts->n < 2 && berth_scan_next(blob, &at, &key) &&
           strcmp(key, before) != 0) {
        size_t begin = at;
        enum berth_status status = read_list(l, blob, key, begin, &at);

        if (status != BERTH_OK)
            return status;
        cuts->at[cuts->n].begin = begin;
        cuts->at[cuts->n++].end = at;
        before = key;
    }
    return BERTH_OK;
}

static enum berth_status parse_blob(struct berth_loading *l,
                                    const struct berth_blob *blob)
{
    struct cuts cuts = {.n = 0};
    enum berth_status status = read_lists(l, blob, &cuts);

    if (status != BERTH_OK)
        return status;
    status = parse_cut(l, blob, &cuts, false, NULL);
    /* Only a message needs the lines of what was cut out. */
    if (status != BERTH_OK)
        status = parse_cut(l, blob, &cuts, true, l->err);
    return status;
}

enum berth_status berth_load_file(struct berth_loading *l)
{
    struct berth_blob blob = {0};
    enum berth_status status;

    if (!l->has_file)
        return BERTH_OK;
    status = berth_folder_read(l->folder, tokenizer_file, &blob, l->err);
    if (status == BERTH_OK)
        status = parse_blob(l, &blob);
    berth_blob_release(&blob);
    return status;
}

/* A Unigram has a list of pieces, the others have an object. */
static enum berth_status check_vocab(struct berth_loading *l)
{
    const json_t *model = json_object_get(l->file, "model");
    const char *type = json_string_value(json_object_get(model, "type"));
    bool unigram = type != NULL && strcmp(type, "Unigram") == 0;
    char found[64];

    if (l->tokenizer->vocab.words != NULL && unigram == (l->scores != NULL))
        return BERTH_OK;
    return berth_fail(l->err, BERTH_ERR_FORMAT,
                      "%s: key 'model.vocab': expected %s, found %s",
                      l->file_name,
                      unigram ? "a list of pieces with scores" : "an object",
                      berth_json_describe(json_object_get(model, "vocab"),
                                          found, sizeof(found)));
}

enum berth_status berth_load_index(struct berth_loading *l)
{
    struct berth_vocab *vocab = &l->tokenizer->vocab;
    int32_t twice;
    enum berth_status status;

    /* Of a piece that is there twice the last counts. */
    if (l->scores != NULL)
        return berth_vocab_index_pieces(vocab, l->file_name, l->err);
    status = berth_vocab_index(vocab, l->file_name, &twice, l->err);
    if (status != BERTH_OK || twice < 0)
        return status;
    return berth_fail(l->err, BERTH_ERR_FORMAT,
                      "%s: expected every token once in the vocabulary, "
                      "found \"%.40s\" twice",
                      l->file_name, berth_vocab_text(vocab, twice));
}

static enum berth_status index_file(struct berth_loading *l)
{
    enum berth_status status = check_vocab(l);

    return status == BERTH_OK ? berth_load_index(l) : status;
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

/* vocab.json, which is as "vocab" of tokenizer.json is. */
static enum berth_status read_ids(struct berth_loading *l)
{
    struct berth_blob blob = {0};
    size_t begin = 0, end = 0;
    enum berth_status status =
        berth_folder_read(l->folder, l->class->vocab, &blob, l->err);

    if (status == BERTH_OK)
        status = berth_vocab_read_json(&blob, begin, l->file_name, &end,
                                       &l->tokenizer->vocab, l->err);
    while (status == BERTH_OK && end < blob.size &&
           strchr(" \r\n\t", blob.data[end]) != NULL)
        end++;
    if (status == BERTH_OK && end < blob.size)
        status = berth_fail(l->err, BERTH_ERR_FORMAT,
                            "%s: expected one object, found more after it",
                            l->file_name);
    berth_blob_release(&blob);
    return status == BERTH_OK ? berth_load_index(l) : status;
}

/* vocab.json and merges.txt. */
static enum berth_status read_ids_and_merges(struct berth_loading *l)
{
    static const char merges[] = "merges.txt";
    struct berth_blob blob = {0};
    char name[BERTH_FILE_NAME_MAX];
    enum berth_status status = read_ids(l);

    if (status == BERTH_OK)
        status = berth_folder_read(l->folder, merges, &blob, l->err);
    berth_folder_file(l->folder, merges, name, sizeof(name));
    if (status == BERTH_OK)
        status = berth_merges_read_text(&blob, name, &l->merges, l->err);
    berth_blob_release(&blob);
    return status;
}

/* The vocabularies that can be read by themselves. */
static const struct {
    const char *file;
    berth_load_step *read;
} vocabularies[] = {
    {"vocab.txt", read_lines},
    {"vocab.json", read_ids_and_merges},
    {"sentencepiece.bpe.model", berth_load_sentencepiece},
    {"spiece.model", berth_load_sentencepiece},
    {"spm.model", berth_load_sentencepiece},
    {"bpe.codes", berth_load_fastbpe_files},
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
