/*
 * test_tokenizer_open.c - files of a tokenizer that are false, and the settings
 * that are reported for those that are right.
 */
#include "tests/tokenizer/files.h"

/* A tokenizer.json used as it is, with one thing in it replaced. */
static json_t *replaced(const char *from, const char *to)
{
    const char *at = strstr(whole, from);
    size_t n = at != NULL ? (size_t)(at - whole) : 0;
    char *text = malloc(sizeof(whole) + strlen(to));
    json_t *files;

    CHECK(at != NULL, "%s is there", from);
    memcpy(text, whole, n);
    snprintf(text + n, sizeof(whole) + strlen(to) - n, "%s%s", to,
             whole + n + strlen(from));
    files = json_pack("{s:s,s:s}", "tokenizer_config.json", fast,
                      "tokenizer.json", text);
    free(text);
    return files;
}

/* One thing in tokenizer.json that is false. */
static const struct {
    const char *from, *to;
    enum berth_status status;
    const char *message;
} spoiled[] = {
    {"\"WordPiece\",\"unk", "\"Odd\",\"unk", BERTH_ERR_UNSUPPORTED,
     "test/tokenizer.json: key 'model.type': expected \"WordPiece\""},
    {"{\"type\":\"BertNormalizer\"", "{\"type\":\"Odd\"", BERTH_ERR_UNSUPPORTED,
     "key 'normalizer.type': expected \"BertNormalizer\", \"Lowercase\""},
    {"BertPreTokenizer", "Odd", BERTH_ERR_UNSUPPORTED,
     "key 'pre_tokenizer.type': expected \"BertPreTokenizer\""},
    {"{\"type\":\"BertPreTokenizer\"}",
     "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[a-z]+\"}}",
     BERTH_ERR_UNSUPPORTED,
     "key 'pre_tokenizer.pattern.Regex': expected a regular expression "
     "that berth knows, found \"[a-z]+\""},
    {"{\"type\":\"BertPreTokenizer\"}",
     "{\"type\":\"Split\",\"pattern\":{\"String\":\"\"}}",
     BERTH_ERR_UNSUPPORTED,
     "key 'pre_tokenizer.pattern.String': expected a text, found \"\""},
    {"{\"type\":\"BertPreTokenizer\"}",
     "{\"type\":\"Split\",\"pattern\":\"a\"}", BERTH_ERR_FORMAT,
     "key 'pre_tokenizer.pattern': expected {\"String\": ...} or "
     "{\"Regex\": ...}, found \"a\""},
    {"{\"type\":\"BertPreTokenizer\"}",
     "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Whitespace\"},"
     "{\"type\":\"Punctuation\",\"behavior\":\"isolated\"}]}",
     BERTH_ERR_FORMAT,
     "key 'pre_tokenizer.behavior': expected Removed, Isolated, "},
    {"{\"type\":\"BertNormalizer\"",
     "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"A\"",
     BERTH_ERR_FORMAT,
     "key 'normalizer.precompiled_charsmap': expected base64"},
    {"{\"type\":\"BertNormalizer\"",
     "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAB\"",
     BERTH_ERR_FORMAT,
     "key 'normalizer.precompiled_charsmap': expected a character map"},
    {"{\"type\":\"BertPreTokenizer\"}",
     "{\"type\":\"ByteLevel\",\"add_prefix_space\":true}",
     BERTH_ERR_UNSUPPORTED,
     "key 'model.type': expected \"BPE\" after \"ByteLevel\""},
    {"{\"type\":\"BertPreTokenizer\"}",
     "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"ByteLevel\","
     "\"add_prefix_space\":true},{\"type\":\"BertPreTokenizer\"}]}",
     BERTH_ERR_UNSUPPORTED,
     "expected \"ByteLevel\" as the last, found one after it"},
    {"\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\"",
     "\"type\":\"BPE\",\"dropout\":0.1,\"merges\":[]", BERTH_ERR_UNSUPPORTED,
     "key 'model.dropout': expected none, found 0.1"},
    {"\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\"",
     "\"type\":\"BPE\",\"merges\":[\"a ##b\"]", BERTH_ERR_FORMAT,
     "merge 1: expected two tokens that make a third, found \"a\" and "
     "\"##b\""},
    {"\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\"",
     "\"type\":\"BPE\",\"merges\":[\"a\"]", BERTH_ERR_FORMAT,
     "key 'model.merges': expected two tokens with a blank between them"},
    {"TemplateProcessing", "Odd", BERTH_ERR_UNSUPPORTED,
     "key 'post_processor.type': expected \"TemplateProcessing\""},
    {"TemplateProcessing", "RobertaProcessing", BERTH_ERR_FORMAT,
     "key 'post_processor': expected a token and its id in \"sep\""},
    {"\"decoder\":{\"type\":\"WordPiece\"", "\"decoder\":{\"type\":\"Odd\"",
     BERTH_ERR_UNSUPPORTED, "key 'decoder.type': expected \"WordPiece\""},
    {"\"type\":\"TemplateProcessing\",", "", BERTH_ERR_FORMAT,
     "key 'post_processor.type': expected the name of a class, found "
     "nothing"},
    {"BertPreTokenizer", "", BERTH_ERR_FORMAT,
     "key 'pre_tokenizer.type': expected the name of a class, found \"\""},
    {"{\"type\":\"BertPreTokenizer\"}", "{}", BERTH_ERR_FORMAT,
     "key 'pre_tokenizer.type': expected the name of a class, found "
     "nothing"},
    {"\"clean_text\":true", "\"clean_text\":3", BERTH_ERR_FORMAT,
     "key 'clean_text': expected true or false, found 3"},
    {"\"unk_token\":\"[UNK]\",", "", BERTH_ERR_FORMAT,
     "key 'unk_token': expected a string, found nothing"},
    {"\"max_input_chars_per_word\":100,", "\"max_input_chars_per_word\":-1,",
     BERTH_ERR_FORMAT, "key 'max_input_chars_per_word'"},
    {"\"ids\":[2]", "\"ids\":[7]", BERTH_ERR_FORMAT,
     "expected an id of the vocabulary, found 7"},
    {"\"ids\":[2]", "\"ids\":2", BERTH_ERR_FORMAT,
     "expected ids of every special token, found 2"},
    {"\"id\":\"B\"", "\"id\":\"A\"", BERTH_ERR_FORMAT,
     "expected every text once"},
    {"\"id\":\"B\"", "\"id\":\"C\"", BERTH_ERR_FORMAT,
     "expected sequence \"A\" or \"B\", found \"C\""},
    {"\"vocab\":{", "\"vocab\":[{", BERTH_ERR_FORMAT, "tokenizer.json"},
    {"\"a\":5", "\"a\":4", BERTH_ERR_FORMAT, "expected different ids"},
    {"\"a\":5", "\"[PAD]\":5", BERTH_ERR_FORMAT,
     "expected every token once in the vocabulary, found \"[PAD]\" twice"},
    {"\"a\":5", "\"a\":\"5\"", BERTH_ERR_FORMAT, "line 1"},
    {"\"content\":\"[MASK]\"", "\"content\":7", BERTH_ERR_FORMAT,
     "expected a token, a string or an object, found an object"},
    {"\"##b\":6}}}", "\"##b\":6},\n\n!}}", BERTH_ERR_FORMAT, "line 3"},
    {"\"direction\":\"Left\"", "\"direction\":1", BERTH_ERR_FORMAT,
     "key 'direction': expected a string, found 1"},
    {"{\"version\"", "[{\"version\"", BERTH_ERR_FORMAT, "tokenizer.json"},
};

static void check_json(void)
{
    for (size_t i = 0; i < sizeof(spoiled) / sizeof(*spoiled); i++)
        check_refused(replaced(spoiled[i].from, spoiled[i].to), NULL,
                      spoiled[i].status, spoiled[i].message);
}

static void check_others(void)
{
    static const struct {
        const char *file, *content;
        enum berth_status status;
        const char *message;
    } cases[] = {
        {"tokenizer_config.json", "[]", BERTH_ERR_FORMAT,
         "test/tokenizer_config.json: expected an object, found an array"},
        {"tokenizer_config.json", "{\"do_lower_case\":\"yes\"}",
         BERTH_ERR_FORMAT,
         "key 'do_lower_case': expected true or false, found \"yes\""},
        {"tokenizer_config.json", "{\"do_lower_case\":true", BERTH_ERR_FORMAT,
         "test/tokenizer_config.json: line 1"},
        {"tokenizer_config.json", "{\"tokenizer_class\":\"OwnTokenizer\"}",
         BERTH_ERR_UNSUPPORTED,
         "key 'tokenizer_class': expected a BertTokenizer, a RobertaTokenizer "
         "or the like, or tokenizer.json beside it, found \"OwnTokenizer\""},
        {"config.json", "{\"model_type\":\"rembert\"}", BERTH_ERR_UNSUPPORTED,
         "test/config.json: key 'tokenizer_class': expected a BertTokenizer, a "
         "RobertaTokenizer or the like, or PreTrainedTokenizerFast, found "
         "\"RemBertTokenizer\""},
        {"config.json", "{\"tokenizer_class\":\"RemBertTokenizer\"}",
         BERTH_ERR_UNSUPPORTED, "found \"RemBertTokenizer\""},
        {"config.json", "{\"model_type\":\"bert-japanese\"}",
         BERTH_ERR_UNSUPPORTED,
         "test/tokenizer_config.json: key 'word_tokenizer_type': expected "
         "\"mecab\", found nothing"},
        {"tokenizer_config.json", "{\"cls_token\":3}", BERTH_ERR_FORMAT,
         "expected a token, a string or an object, found 3"},
        {"tokenizer_config.json", "{\"added_tokens_decoder\":{\"x\":\"y\"}}",
         BERTH_ERR_FORMAT, "expected ids in 'added_tokens_decoder'"},
        {"tokenizer_config.json", "{\"added_tokens_decoder\":[]}",
         BERTH_ERR_FORMAT, "expected an object 'added_tokens_decoder'"},
        {"added_tokens.json", "{\"x\":\"y\"}", BERTH_ERR_FORMAT,
         "test/added_tokens.json: expected an id for every token, found \"y\""},
        {"special_tokens_map.json", "{\"mask_token\":{\"content\":1}}",
         BERTH_ERR_FORMAT, "expected a token, a string or an object"},
        {"special_tokens_map.json", "[]", BERTH_ERR_FORMAT,
         "test/special_tokens_map.json: expected an object, found an array"},
        {"tokenizer_config.json", "{\"cls_token\":null}", BERTH_ERR_UNSUPPORTED,
         "test/tokenizer_config.json: key 'cls_token': expected the token that "
         "stands around texts, found null"},
        {"special_tokens_map.json", "{\"sep_token\":\"\"}",
         BERTH_ERR_UNSUPPORTED,
         "test/special_tokens_map.json: key 'sep_token': expected the token "
         "that stands around texts, found \"\""},
        {"tokenizer_config.json",
         "{\"fast_tokenizer_files\":[\"tokenizer.json\",\"tokenizer.4.0.json\"]"
         "}",
         BERTH_ERR_UNSUPPORTED,
         "key 'fast_tokenizer_files': expected \"tokenizer.json\" alone, found "
         "\"tokenizer.4.0.json\""},
        {"tokenizer_config.json", "{\"vocab\":{\"a\":0}}",
         BERTH_ERR_UNSUPPORTED, "key 'vocab': expected none"},
        {"tokenizer_config.json", "{\"model_input_names\":\"input_ids\"}",
         BERTH_ERR_FORMAT, "key 'model_input_names': expected an array"},
        {"vocab.txt", "", BERTH_ERR_FORMAT, "test/vocab.txt: expected a token"},
        {"tokenizer.json", "", BERTH_ERR_FORMAT, "test/tokenizer.json: line 1"},
        {"tokenizer.json", "{}", BERTH_ERR_FORMAT,
         "test/tokenizer.json: key 'model.vocab': expected an object, found "
         "nothing"},
        {"tokenizer.json",
         "{\"model\":{\"vocab\":[[\"a\",-1.0]],\"type\":"
         "\"Trigram\"}}",
         BERTH_ERR_UNSUPPORTED, "found \"Trigram\""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        check_refused(json_pack("{s:s}", cases[i].file, cases[i].content),
                      vocabulary, cases[i].status, cases[i].message);
    check_refused(json_object(), NULL, BERTH_ERR_IO,
                  "test: expected vocab.txt or tokenizer.json, found neither");
}

static const char *setting(const struct berth_settings *settings,
                           const char *key)
{
    static char buf[128];

    snprintf(buf, sizeof(buf), "nothing");
    for (size_t i = 0; i < settings->n; i++) {
        if (strcmp(settings->list[i].key, key) == 0)
            snprintf(buf, sizeof(buf), "%s from %s", settings->list[i].value,
                     settings->list[i].source);
    }
    return buf;
}

static void check_settings(void)
{
    json_t *files = json_pack(
        "{s:s}", "tokenizer_config.json",
        "{\"do_lower_case\":false,\"model_max_length\":512,"
        "\"tokenizer_class\":\"BertTokenizerFast\",\"mask_token\":\"<m>\"}");
    struct berth_settings settings = {0};
    struct berth_tokenizer *tokenizer = NULL;
    const struct berth_tokenizer_facts *facts;

    if (CHECK(open_files(files, vocabulary, &settings, &tokenizer, NULL) ==
                  BERTH_OK,
              "a folder opens")) {
        facts = berth_tokenizer_get_facts(tokenizer);
        EQUAL_SIZE(facts->n_tokens, 8, "tokenizer: n_tokens");
        EQUAL_INT(facts->cls_id, 2, "tokenizer: cls_id");
        EQUAL_INT(facts->sep_id, 3, "tokenizer: sep_id");
        EQUAL_INT(facts->pad_id, 0, "tokenizer: pad_id");
        EQUAL_INT(facts->unk_id, 1, "tokenizer: unk_id");
        EQUAL_INT(facts->mask_id, 7, "tokenizer: mask_id");
        EQUAL_SIZE(facts->model_max_length, 512, "tokenizer: model_max_length");
        EQUAL_TEXT(facts->mask_token, "<m>", "tokenizer: mask_token");
        EQUAL_TEXT(setting(&settings, "do_lower_case"),
                   "false from tokenizer_config.json",
                   "setting 'do_lower_case'");
        EQUAL_TEXT(setting(&settings, "strip_accents"), "false from default",
                   "setting 'strip_accents'");
        EQUAL_TEXT(setting(&settings, "tokenizer_class"),
                   "BertTokenizerFast from tokenizer_config.json",
                   "setting 'tokenizer_class'");
        EQUAL_TEXT(setting(&settings, "vocabulary"), "7 from vocab.txt",
                   "setting 'vocabulary'");
    }
    berth_tokenizer_close(tokenizer);
    berth_settings_free(&settings);
    json_decref(files);
}

/* A cased tokenizer.json under a class name: whose rules count? */
static void check_class(const char *class, const char *text, size_t n,
                        const char *what)
{
    json_t *files = replaced("\"lowercase\":true", "\"lowercase\":false");
    struct berth_text in = {.text = text, .text_len = n};
    struct berth_tokenizer *tokenizer = NULL;
    struct berth_tokens tokens = {0};

    json_object_set_new(files, "tokenizer_config.json",
                        json_pack("{s:s}", "tokenizer_class", class));
    EQUAL_INT(open_files(files, NULL, NULL, &tokenizer, NULL), BERTH_OK,
              "%s: %s: status", class, what);
    EQUAL_INT(berth_tokenizer_encode(tokenizer, &in, NULL, &tokens, NULL),
              BERTH_OK, "%s: %s: status", class, what);
    CHECK(tokens.n > 1, "%s: %s: more than one token", class, what);
    EQUAL_INT(tokens.ids[1], 5, "%s: %s: ids[1]", class, what);
    berth_tokens_free(&tokens);
    berth_tokenizer_close(tokenizer);
    json_decref(files);
}

static void check_classes(void)
{
    static const char *const bert[] = {
        "BertTokenizer",      "DistilBertTokenizerFast",
        "LxmertTokenizer",    "SqueezeBertTokenizerFast",
        "DPRReaderTokenizer", "MPNetTokenizer"};
    static const char *const others[] = {"BertJapaneseTokenizerFast",
                                         "SplinterTokenizer",
                                         "DPRReaderTokenizerFast"};

    for (size_t i = 0; i < sizeof(bert) / sizeof(*bert); i++)
        check_class(bert[i], "A", 1, "tokenizer_config.json says the rules");
    check_class("PreTrainedTokenizerFast", "a", 1, "tokenizer.json as it is");
    check_class("OwnTokenizer", "a", 1, "tokenizer.json as it is");
    check_refused(json_pack("{s:s,s:{s:s}}", "tokenizer.json", whole,
                            "tokenizer_config.json", "tokenizer_class",
                            "RobertaTokenizerFast"),
                  NULL, BERTH_ERR_UNSUPPORTED,
                  "test/tokenizer.json: key 'model.type': expected \"BPE\", as "
                  "RobertaTokenizer has it, found \"WordPiece\"");
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        char message[200];

        snprintf(message, sizeof(message),
                 "test/tokenizer_config.json: key 'tokenizer_class': expected "
                 "a BertTokenizer, a RobertaTokenizer or the like, or "
                 "PreTrainedTokenizerFast, found \"%s\"",
                 others[i]);
        check_refused(json_pack("{s:s,s:{s:s}}", "tokenizer.json", whole,
                                "tokenizer_config.json", "tokenizer_class",
                                others[i]),
                      NULL, BERTH_ERR_UNSUPPORTED, message);
    }
}

/* Which tokenizers hand a model the types of a pair, as those of transformers
 * do. */
static void check_types(void)
{
    static const struct {
        const char *config;
        bool hidden;
    } cases[] = {
        {"{}", false},
        {"{\"tokenizer_class\":\"BertTokenizerFast\"}", false},
        {"{\"tokenizer_class\":\"ElectraTokenizer\"}", false},
        {"{\"tokenizer_class\":\"DistilBertTokenizer\"}", true},
        {"{\"tokenizer_class\":\"DistilBertTokenizerFast\"}", true},
        {"{\"tokenizer_class\":\"DPRReaderTokenizer\"}", true},
        {"{\"tokenizer_class\":\"PreTrainedTokenizerFast\"}", true},
        {"{\"tokenizer_class\":\"OwnTokenizer\"}", true},
        {"{\"model_input_names\":[\"input_ids\",\"attention_mask\"]}", true},
        {"{\"tokenizer_class\":\"OwnTokenizer\",\"model_input_names\":"
         "[\"input_ids\",\"token_type_ids\"]}",
         false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *files = json_pack("{s:s,s:s}", "tokenizer.json", whole,
                                  "tokenizer_config.json", cases[i].config);
        struct berth_tokenizer *tokenizer = NULL;

        EQUAL_INT(open_files(files, NULL, NULL, &tokenizer, NULL), BERTH_OK,
                  "%s %s types: status", cases[i].config,
                  cases[i].hidden ? "hides" : "gives");
        EQUAL_INT(berth_tokenizer_get_facts(tokenizer)->hides_types,
                  cases[i].hidden, "%s %s types: hides_types", cases[i].config,
                  cases[i].hidden ? "hides" : "gives");
        berth_tokenizer_close(tokenizer);
        json_decref(files);
    }
}

static uint64_t fingerprint(const char *from, const char *to)
{
    json_t *files = replaced(from, to);
    struct berth_tokenizer *tokenizer = NULL;
    uint64_t got = 0;

    if (CHECK(open_files(files, NULL, NULL, &tokenizer, NULL) == BERTH_OK,
              "%s opens", to))
        got = berth_tokenizer_fingerprint(tokenizer);
    berth_tokenizer_close(tokenizer);
    json_decref(files);
    return got;
}

/* Whatever changes ids changes the number, and nothing else does. */
static void check_fingerprint(void)
{
    static const char *const changes[][2] = {
        {"\"a\":5,\"##b\":6", "\"a\":6,\"##b\":5"},
        {"_per_word\":100", "_per_word\":99"},
        {"\"ids\":[2]", "\"ids\":[3]"},
        {"\"id\":\"B\",\"type_id\":1", "\"id\":\"B\",\"type_id\":0"},
        {"\"special\":true", "\"special\":true,\"lstrip\":true"},
        {"\"special\":true", "\"special\":true,\"single_word\":true"},
        {"\"lowercase\":true", "\"lowercase\":false"},
        {"\"strip_accents\":null", "\"strip_accents\":false"},
        {"\"direction\":\"Left\"", "\"direction\":\"Right\""},
        {"{\"type\":\"BertPreTokenizer\"}", "null"},
        {"\"unk_token\":\"[UNK]\"", "\"unk_token\":\"[PAD]\""},
    };
    const uint64_t want = fingerprint("\"padding\":null,", "");

    EQUAL_INT(want, fingerprint("\"version\":\"1.0\",", ""),
              "what changes no id changes no fingerprint");
    EQUAL_INT(want, fingerprint("\"cleanup\":true", "\"cleanup\":false"),
              "what changes no id changes no fingerprint");
    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
        CHECK(fingerprint(changes[i][0], changes[i][1]) != want,
              "%s is another tokenizer", changes[i][1]);
}

static void check_no_limit(void)
{
    static const char *const limits[] = {
        "1000000000000000019884624838656",
        "Infinity",
        "1e999",
        "0",
        "-1",
        "NaN",
        "null",
    };

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        char text[80];
        struct berth_tokenizer *tokenizer = NULL;

        snprintf(text, sizeof(text), "{\"model_max_length\":%s}", limits[i]);
        json_t *files = json_pack("{s:s}", "tokenizer_config.json", text);
        EQUAL_INT(open_files(files, vocabulary, NULL, &tokenizer, NULL),
                  BERTH_OK, "%s is no limit: status", limits[i]);
        EQUAL_SIZE(berth_tokenizer_get_facts(tokenizer)->model_max_length,
                   SIZE_MAX, "%s is no limit: model_max_length", limits[i]);
        berth_tokenizer_close(tokenizer);
        json_decref(files);
    }
}

static uint32_t next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Opens a damaged file; what opens must also tokenize. */
static bool survives(const char *name, const char *text, size_t n)
{
    const struct berth_embedded_file list[] = {
        {"tokenizer_config.json", (const unsigned char *)fast,
         sizeof(fast) - 1},
        {name, (const unsigned char *)text, n}};
    bool config = strcmp(name, "tokenizer.json") == 0;
    struct berth_tokenizer *tokenizer = NULL;
    struct berth_tokens tokens = {0};
    struct berth_folder *folder = NULL;
    struct berth_error err = {0};
    struct berth_text in = {"ab [MASK] a\xc3\xa9", 12, "b", 1, NULL, 0};
    enum berth_status status;

    berth_folder_open_embedded("test", config ? list : list + 1, config ? 2 : 1,
                               &folder, &err);
    status = berth_tokenizer_open(folder, false, NULL, &tokenizer, &err);
    if (status == BERTH_OK)
        status = berth_tokenizer_encode(tokenizer, &in, NULL, &tokens, &err);
    berth_tokens_free(&tokens);
    berth_tokenizer_close(tokenizer);
    berth_folder_close(folder);
    return status == BERTH_OK || err.message[0] != '\0';
}

static void check_no_words(void)
{
    json_t *files = replaced("_per_word\":100", "_per_word\":0");
    const json_t *file = json_object_get(files, "tokenizer.json");

    CHECK(survives("tokenizer.json", json_string_value(file),
                   json_string_length(file)),
          "where no word is short enough, all are unknown");
    json_decref(files);
}

/* Every cut of a file, and many with changed bytes. */
static void check_damage(const char *name, const char *text, size_t n)
{
    char *copy = malloc(n);
    uint32_t state = 20181011;
    size_t bad = 0;

    for (size_t i = 0; i < n; i++) {
        /* A block of its own: a sanitizer sees a read after its end. */
        char *cut = malloc(i + 1);

        memcpy(cut, text, i);
        bad += !survives(name, cut, i);
        free(cut);
    }
    for (int i = 0; i < 3000; i++) {
        memcpy(copy, text, n);
        for (uint32_t k = 1 + next(&state) % 3; k > 0; k--)
            copy[next(&state) % n] = "\"\\{}[]:,0x9\n\xff\0"[next(&state) % 14];
        bad += !survives(name, copy, n);
    }
    CHECK(bad == 0, "a damaged %s is refused in words, or works", name);
    free(copy);
}

int main(void)
{
    json_t *files = replaced("\"padding\":null,", "");
    struct berth_tokenizer *tokenizer = NULL;

    CHECK(open_files(files, NULL, NULL, &tokenizer, NULL) == BERTH_OK,
          "the file that the others are made of opens");
    berth_tokenizer_close(tokenizer);
    json_decref(files);
    check_json();
    check_others();
    check_settings();
    check_no_limit();
    check_classes();
    check_types();
    check_fingerprint();
    check_no_words();
    check_damage("tokenizer.json", whole, sizeof(whole) - 1);
    check_damage("vocab.txt", vocabulary, sizeof(vocabulary) - 1);
    return tap_done();
}
