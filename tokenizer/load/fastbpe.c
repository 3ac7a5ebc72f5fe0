/*
 * fastbpe.c - PhoBERT and BERTweet: their files, vocab.txt and bpe.codes, and
 * the parts of their pipeline, which no tokenizer.json has.
 */
#include "tokenizer/load/added.h"

#include "lib/status.h"
#include "tokenizer/decoders/fastbpe.h"
#include "tokenizer/splitters/python.h"
#include "tokenizer/subwords/fastbpe.h"

#include <stdio.h>

/* The tokens that have the first ids, in this order. */
enum {
    FIRST = 4,
    TOKEN_MAX = 128
};

static const size_t first_named[FIRST] = {0, 4, 1, 2}; /* of berth_named_keys */

static enum berth_status name_first(struct berth_loading *l,
                                    char names[FIRST][TOKEN_MAX])
{
    const struct berth_gathering g = {.l = l};

    for (size_t i = 0; i < FIRST; i++) {
        struct berth_added_token token;
        bool has;
        enum berth_status status =
            berth_gather_named(&g, first_named[i], &token, &has);

        if (status != BERTH_OK)
            return status;
        snprintf(names[i], TOKEN_MAX, "%s", has ? token.content : "None");
    }
    return BERTH_OK;
}

static enum berth_status read_vocab(struct berth_loading *l)
{
    static const char file[] = "vocab.txt";
    struct berth_blob blob = {0};
    char names[FIRST][TOKEN_MAX];
    const char *const first[FIRST] = {names[0], names[1], names[2], names[3]};
    enum berth_status status = name_first(l, names);

    if (status == BERTH_OK)
        status = berth_folder_read(l->folder, file, &blob, l->err);
    berth_folder_file(l->folder, file, l->file_name, sizeof(l->file_name));
    if (status == BERTH_OK)
        status = berth_fastbpe_read_vocab(&blob, first, l->file_name,
                                          &l->tokenizer->vocab, l->err);
    berth_blob_release(&blob);
    return status == BERTH_OK ? berth_load_index(l) : status;
}

enum berth_status berth_load_fastbpe_files(struct berth_loading *l)
{
    struct berth_blob blob = {0};
    char name[BERTH_FILE_NAME_MAX];
    enum berth_status status = read_vocab(l);

    if (status == BERTH_OK)
        status = berth_folder_read(l->folder, l->class->vocab, &blob, l->err);
    berth_folder_file(l->folder, l->class->vocab, name, sizeof(name));
    if (status == BERTH_OK)
        status = berth_fastbpe_read_codes(&blob, name, &l->merges, l->err);
    berth_blob_release(&blob);
    return status;
}

enum berth_status berth_load_fastbpe(struct berth_loading *l,
                                     const json_t *part)
{
    struct berth_tokenizer *t = l->tokenizer;
    const char *unknown = NULL;
    enum berth_status status = berth_json_get_string(
        part, l->file_name, "unk_token", &unknown, NULL, l->err);

    if (status != BERTH_OK)
        return status;
    return berth_fastbpe(&t->vocab, &l->merges, unknown, l->file_name,
                         &t->subwords, l->err);
}

enum berth_status berth_load_python_words(struct berth_loading *l,
                                          const json_t *part)
{
    (void)part;
    l->tokenizer->splitter = berth_python_splitter();
    return BERTH_OK;
}

enum berth_status berth_load_fastbpe_decoder(struct berth_loading *l,
                                             const json_t *part)
{
    (void)part;
    l->tokenizer->decoder = berth_fastbpe_decoder();
    return BERTH_OK;
}

enum berth_status berth_load_tweets(struct berth_loading *l, const json_t *part)
{
    (void)part;
    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key 'normalization': expected false, found true: "
                      "tweets must be rewritten before",
                      l->config_name);
}
