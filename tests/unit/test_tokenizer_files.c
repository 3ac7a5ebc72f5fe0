/*
 * test_tokenizer_files.c - the files of vocabularies beside tokenizer.json that
 * are false.
 */
#include "tests/tokenizer/files.h"

/* vocab.json and merges.txt, of RobertaTokenizer. */
static void check_merges(void)
{
    static const struct {
        const char *vocab, *merges;
        enum berth_status status;
        const char *message;
    } cases[] = {
        {"{\"a\":0}", NULL, BERTH_ERR_IO, "test/merges.txt"},
        {"[]", "", BERTH_ERR_FORMAT, "test/vocab.json: line 1"},
        {"{\"a\":0} x", "", BERTH_ERR_FORMAT,
         "test/vocab.json: expected one object, found more after it"},
        {"{\"a\":0,\"a\":1}", "", BERTH_ERR_FORMAT, "found \"a\" twice"},
        {"{\"a\":0,\"b\":1}", "#version: 0.2\r\na b c\n", BERTH_ERR_FORMAT,
         "test/merges.txt: line 2: expected two tokens with a blank"},
        {"{\"a\":0,\"b\":1}", "a b\n\n", BERTH_ERR_FORMAT,
         "test/merges.txt: line 2"},
        {"{\"a\":0,\"b\":1}", "a \xff", BERTH_ERR_FORMAT,
         "test/merges.txt: line 1: expected UTF-8"},
        {"{\"a\":0,\"b\":1}", "a b", BERTH_ERR_FORMAT,
         "merge 1: expected two tokens that make a third"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *files = json_pack("{s:s,s:{s:s}}", "vocab.json", cases[i].vocab,
                                  "tokenizer_config.json", "tokenizer_class",
                                  "RobertaTokenizer");

        if (cases[i].merges != NULL)
            json_object_set_new(
                files, "merges.txt",
                json_stringn_nocheck(cases[i].merges, strlen(cases[i].merges)));
        check_refused(files, NULL, cases[i].status, cases[i].message);
    }
}

/* vocab.txt and bpe.codes, of BertweetTokenizer. */
static void check_fastbpe(void)
{
    static const struct {
        const char *vocab, *codes, *config;
        enum berth_status status;
        const char *message;
    } cases[] = {
        {"a@@ 3\n", NULL, "false", BERTH_ERR_IO, "bpe.codes"},
        {"a@@ 3\n\n", "", "false", BERTH_ERR_FORMAT,
         "test/vocab.txt: line 2: expected a token, a blank and a count"},
        {"a@@\n", "", "false", BERTH_ERR_FORMAT, "test/vocab.txt: line 1"},
        {"a 1\na 2\n", "", "false", BERTH_ERR_FORMAT, "found \"a\" twice"},
        {"a 1\n<pad> 2\n", "", "false", BERTH_ERR_FORMAT,
         "found \"<pad>\" twice"},
        {"a 1\n", "a \xff 1\n", "false", BERTH_ERR_FORMAT,
         "test/bpe.codes: line 1: expected UTF-8, found byte 0xff"},
        {"a 1\n", "", "true", BERTH_ERR_UNSUPPORTED,
         "test/tokenizer_config.json: key 'normalization': expected false, "
         "found true"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char config[96];
        json_t *files = json_pack("{s:s}", "vocab.txt", cases[i].vocab);

        snprintf(config, sizeof(config),
                 "{\"tokenizer_class\":\"BertweetTokenizer\","
                 "\"normalization\":%s}",
                 cases[i].config);
        json_object_set_new(files, "tokenizer_config.json",
                            json_string(config));
        if (cases[i].codes != NULL)
            json_object_set_new(
                files, "bpe.codes",
                json_stringn_nocheck(cases[i].codes, strlen(cases[i].codes)));
        check_refused(files, NULL, cases[i].status, cases[i].message);
    }
}

int main(void)
{
    check_merges();
    check_fastbpe();
    return tap_done();
}
