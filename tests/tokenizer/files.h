/*
 * files.h - the files of a small tokenizer, whole, for tests that spoil them.
 */
#ifndef TESTS_TOKENIZER_FILES_H
#define TESTS_TOKENIZER_FILES_H

#include "tests/tokenizer/rows.h"

static const char vocabulary[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b";

static const char whole[] =
    "{\"version\":\"1.0\",\"truncation\":{\"direction\":\"Left\","
    "\"max_length\":9},\"padding\":null,\"added_tokens\":[{\"id\":4,"
    "\"content\":\"[MASK]\",\"special\":true,\"normalized\":false}],"
    "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,"
    "\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":true},"
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},\"post_processor\":{"
    "\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":"
    "\"[CLS]\",\"type_id\":0}},{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],"
    "\"pair\":[{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},{\"Sequence\":{"
    "\"id\":\"B\",\"type_id\":1}}],\"special_tokens\":{\"[CLS]\":{\"id\":"
    "\"[CLS]\",\"ids\":[2],\"tokens\":[\"[CLS]\"]}}},\"decoder\":{\"type\":"
    "\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},\"model\":{\"type\":"
    "\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":"
    "\"##\",\"max_input_chars_per_word\":100,\"vocab\":{\"[PAD]\":0,"
    "\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"[MASK]\":4,\"a\":5,\"##b\":6}}}";

static const char fast[] = "{\"tokenizer_class\":\"PreTrainedTokenizerFast\"}";

/* open_files - rows_open() with a vocab.txt that is text; NULL: none. */
static enum berth_status open_files(json_t *files, const char *vocab,
                                    struct berth_settings *settings,
                                    struct berth_tokenizer **out,
                                    struct berth_error *err)
{
    return rows_open(files, vocab, vocab != NULL ? strlen(vocab) : 0, false,
                     settings, out, err);
}

/* check_refused - files that are owned by now do not open, and why. */
static inline void check_refused(json_t *files, const char *vocab,
                                 enum berth_status status, const char *message)
{
    struct berth_tokenizer *tokenizer = NULL;
    struct berth_error err = {0};
    enum berth_status got = open_files(files, vocab, NULL, &tokenizer, &err);

    EQUAL_INT(got, status, "%s: status", err.message);
    CHECK(tokenizer == NULL, "%s: no tokenizer", err.message);
    HAS_TEXT(err.message, message, "%s: message", err.message);
    if (got != status || strstr(err.message, message) == NULL)
        printf("# expected status %d, %s\n", (int)status, message);
    if (got == BERTH_OK)
        berth_tokenizer_close(tokenizer);
    json_decref(files);
}

#endif
