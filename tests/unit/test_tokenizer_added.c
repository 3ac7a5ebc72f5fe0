/*
 * test_tokenizer_added.c - added and special tokens: which of the five files
 * that may hold them is believed, and what many of them cost.
 */
#include "tests/tokenizer/files.h"

/* "w0" to "w<n - 1>" as one of the files has them, before anything else. */
static json_t *many(const char *form, size_t n)
{
    bool decoder = strcmp(form, "added_tokens_decoder") == 0;
    bool list = strcmp(form, "extra_special_tokens") == 0 ||
                strcmp(form, "additional_special_tokens") == 0 ||
                strcmp(form, "added_tokens") == 0;
    json_t *out = list ? json_array() : json_object();

    for (size_t i = 0; i < n; i++) {
        char token[32], key[32];

        snprintf(token, sizeof(token), "w%zu", i);
        if (strcmp(form, "added_tokens") == 0)
            json_array_append_new(out, json_pack("{s:I,s:s}", "id",
                                                 (json_int_t)(7 + i), "content",
                                                 token));
        else if (list)
            json_array_append_new(out, json_string(token));
        else if (strcmp(form, "added_tokens.json") == 0)
            json_object_set_new(out, token, json_integer((json_int_t)(7 + i)));
        else if (decoder) {
            /* From the last to the first. */
            snprintf(key, sizeof(key), "%zu", 7 + n - 1 - i);
            snprintf(token, sizeof(token), "w%zu", n - 1 - i);
            json_object_set_new(out, key, json_pack("{s:s}", "content", token));
        } else {
            snprintf(key, sizeof(key), "k%zu_token", i);
            json_object_set_new(out, key, json_string(token));
        }
    }
    return out;
}

/* The files of which form is a part. */
static json_t *files_of(const char *form, json_t *value)
{
    json_t *file;

    if (strcmp(form, "added_tokens.json") == 0)
        return json_pack("{s:o}", form, value);
    if (strcmp(form, "keys") == 0)
        return json_pack("{s:o}", "tokenizer_config.json", value);
    if (strcmp(form, "added_tokens") != 0)
        return json_pack("{s:{s:o}}", "tokenizer_config.json", form, value);
    file = json_loads(whole, 0, NULL);
    json_object_set_new(file, form, value);
    return json_pack("{s:s,s:o}", "tokenizer_config.json", fast,
                     "tokenizer.json", file);
}

/* More added tokens than anyone has, in each place that may hold them. */
static void check_many(void)
{
    static const char *const forms[] = {"added_tokens.json",
                                        "added_tokens_decoder",
                                        "extra_special_tokens",
                                        "additional_special_tokens",
                                        "keys",
                                        "added_tokens"};
    const size_t n = 40000;

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        json_t *files = files_of(forms[i], many(forms[i], n));
        struct berth_tokenizer *tokenizer = NULL;
        struct berth_error err = {0};
        enum berth_status status =
            open_files(files, vocabulary, NULL, &tokenizer, &err);

        CHECK(status == BERTH_OK, "%zu tokens in %s open: %s", n, forms[i],
              err.message);
        EQUAL_INT(status, BERTH_OK, "40000 added tokens: status");
        EQUAL_INT(berth_tokenizer_id(tokenizer, "w0", 2), 7,
                  "40000 added tokens: tokenizer_id of 'w0'");
        EQUAL_INT(berth_tokenizer_id(tokenizer, "w39999", 6), 40006,
                  "40000 added tokens: tokenizer_id of 'w39999'");
        EQUAL_TEXT(berth_tokenizer_text(tokenizer, 40006), "w39999",
                   "40000 added tokens: tokenizer_text");
        EQUAL_SIZE(berth_tokenizer_get_facts(tokenizer)->n_tokens, n + 7,
                   "40000 added tokens: n_tokens");
        berth_tokenizer_close(tokenizer);
        json_decref(files);
    }
}

/* Tokens under keys that transformers has no name for. */
static void check_other_keys(void)
{
    static const struct {
        const char *config, *map;
        int32_t x, y; /* ids of <x> and <y>; -1: not added */
    } cases[] = {
        {"{\"image_token\":\"<x>\"}", "{}", 7, -1},
        {"{\"image_token\":{\"__type\":\"AddedToken\",\"content\":\"<x>\"}}",
         "{}", 7, -1},
        {"{\"image_token\":{\"content\":\"<x>\"}}", "{}", -1, -1},
        {"{}", "{\"image_token\":\"<x>\"}", 7, -1},
        {"{}", "{\"image_token\":{\"content\":\"<x>\"}}", 7, -1},
        {"{\"a_token\":\"<y>\",\"b_token\":{\"__type\":\"AddedToken\","
         "\"content\":\"<x>\"}}",
         "{}", 7, 8},
        {"{\"a_token\":\"<y>\"}", "{\"a_token\":\"<x>\"}", -1, 7},
        {"{\"a_token\":{\"__type\":\"AddedToken\",\"content\":\"<y>\"}}",
         "{\"a_token\":\"<x>\"}", 7, -1},
        {"{\"added_tokens_decoder\":{}}", "{\"a_token\":\"<x>\"}", -1, -1},
        {"{\"additional_special_tokens\":[\"<x>\"],"
         "\"extra_special_tokens\":{\"k\":\"<y>\"}}",
         "{}", 8, 7},
        {"{\"additional_special_tokens\":[\"<x>\"],"
         "\"extra_special_tokens\":[\"<y>\"]}",
         "{}", -1, 7},
        {"{\"additional_special_tokens\":[\"<x>\"]}",
         "{\"extra_special_tokens\":{\"k\":\"<y>\"}}", -1, 7},
        {"{\"extra_special_tokens\":{\"k\":\"<y>\"}}",
         "{\"additional_special_tokens\":[\"<x>\"]}", 8, 7},
        {"{\"extra_special_tokens\":[\"<y>\"]}",
         "{\"extra_special_tokens\":[\"<x>\"]}", 8, 7},
        {"{\"model_specific_special_tokens\":{\"k\":\"<x>\"}}", "{}", 7, -1},
        {"{\"model_specific_special_tokens\":{\"k\":\"<x>\"},"
         "\"a_token\":\"<y>\"}",
         "{}", -1, 7},
        {"{\"model_specific_special_tokens\":{\"k\":\"<x>\"},"
         "\"extra_special_tokens\":{\"k\":\"<y>\"}}",
         "{}", -1, 7},
        {"{\"model_specific_special_tokens\":{\"k\":\"<x>\"}}",
         "{\"extra_special_tokens\":{\"m\":\"<y>\"}}", 7, 8},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *files =
            json_pack("{s:s,s:s}", "tokenizer_config.json", cases[i].config,
                      "special_tokens_map.json", cases[i].map);
        struct berth_tokenizer *tokenizer = NULL;

        EQUAL_INT(open_files(files, vocabulary, NULL, &tokenizer, NULL),
                  BERTH_OK, "%s with %s: status", cases[i].config,
                  cases[i].map);
        EQUAL_INT(berth_tokenizer_id(tokenizer, "<x>", 3), cases[i].x,
                  "%s with %s: tokenizer_id of '<x>'", cases[i].config,
                  cases[i].map);
        EQUAL_INT(berth_tokenizer_id(tokenizer, "<y>", 3), cases[i].y,
                  "%s with %s: tokenizer_id of '<y>'", cases[i].config,
                  cases[i].map);
        berth_tokenizer_close(tokenizer);
        json_decref(files);
    }
}

/* null is no token, in whichever file; special_tokens_map.json comes first,
 * unless there is "added_tokens_decoder". */
static void check_named(void)
{
    static const struct {
        const char *config, *map;
        int32_t pad, unk, mask; /* -1: none */
    } cases[] = {
        {"{}", "{}", 0, 1, 4},
        {"{\"pad_token\":null}", "{}", -1, 1, 4},
        {"{}", "{\"pad_token\":null}", -1, 1, 4},
        {"{\"mask_token\":null}", "{}", 0, 1, -1},
        {"{\"mask_token\":\"a\"}", "{\"mask_token\":null}", 0, 1, -1},
        {"{\"mask_token\":null}", "{\"mask_token\":\"a\"}", 0, 1, 5},
        {"{\"unk_token\":null}", "{}", 0, -1, 4},
        {"{}", "{\"unk_token\":\"a\"}", 0, 5, 4},
        {"{}", "{\"unk_token\":{\"content\":\"a\"}}", 0, 5, 4},
        {"{\"unk_token\":\"##b\"}", "{\"unk_token\":\"a\"}", 0, 5, 4},
        {"{\"unk_token\":\"##b\",\"added_tokens_decoder\":{}}",
         "{\"unk_token\":\"a\"}", 0, 6, 4},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *files =
            json_pack("{s:s,s:s}", "tokenizer_config.json", cases[i].config,
                      "special_tokens_map.json", cases[i].map);
        struct berth_tokenizer *tokenizer = NULL;
        const struct berth_tokenizer_facts *f;

        if (CHECK(open_files(files, vocabulary, NULL, &tokenizer, NULL) ==
                      BERTH_OK,
                  "%s with %s opens", cases[i].config, cases[i].map)) {
            f = berth_tokenizer_get_facts(tokenizer);
            EQUAL_INT(f->pad_id, cases[i].pad,
                      "pad %d, unknown %d, mask %d: pad_id", (int)f->pad_id,
                      (int)f->unk_id, (int)f->mask_id);
            EQUAL_INT(f->unk_id, cases[i].unk,
                      "pad %d, unknown %d, mask %d: unk_id", (int)f->pad_id,
                      (int)f->unk_id, (int)f->mask_id);
            EQUAL_INT(f->mask_id, cases[i].mask,
                      "pad %d, unknown %d, mask %d: mask_id", (int)f->pad_id,
                      (int)f->unk_id, (int)f->mask_id);
        }
        berth_tokenizer_close(tokenizer);
        json_decref(files);
    }
}

/* What is declared special is looked for in the raw text: is "<x>" the token
 * "<X>"? */
static void check_special_or_not(void)
{
    static const struct {
        const char *config, *map;
        bool found;
    } cases[] = {
        {"{}", "{}", true},
        {"{\"pad_token\":\"<X>\"}", "{}", false},
        {"{\"pad_token\":{\"content\":\"<X>\"}}", "{}", true},
        {"{}", "{\"pad_token\":\"<X>\"}", false},
        {"{}", "{\"pad_token\":{\"content\":\"<X>\"}}", false},
        {"{\"extra_special_tokens\":[\"<X>\"]}", "{}", false},
        {"{\"extra_special_tokens\":[{\"content\":\"<X>\"}]}", "{}", true},
        {"{}", "{\"extra_special_tokens\":[{\"content\":\"<X>\"}]}", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *files =
            json_pack("{s:s,s:s,s:s}", "tokenizer_config.json", cases[i].config,
                      "special_tokens_map.json", cases[i].map,
                      "added_tokens.json", "{\"<X>\":7}");
        struct berth_text in = {"<x>", 3, NULL, 0, NULL, 0};
        struct berth_tokenizer *tokenizer = NULL;
        struct berth_tokens tokens = {0};

        EQUAL_INT(open_files(files, vocabulary, NULL, &tokenizer, NULL),
                  BERTH_OK, "%s with %s: status", cases[i].config,
                  cases[i].map);
        EQUAL_INT(berth_tokenizer_encode(tokenizer, &in, NULL, &tokens, NULL),
                  BERTH_OK, "%s with %s: status", cases[i].config,
                  cases[i].map);
        EQUAL_INT(tokens.n == 3 && tokens.ids[1] == 7, cases[i].found,
                  "%s with %s: found as one token", cases[i].config,
                  cases[i].map);
        berth_tokens_free(&tokens);
        berth_tokenizer_close(tokenizer);
        json_decref(files);
    }
}

/* A token that is named and listed is matched as the list says. */
static void check_named_and_listed(void)
{
    json_t *files =
        json_pack("{s:s}", "tokenizer_config.json",
                  "{\"a_token\":{\"__type\":\"AddedToken\",\"content\":\"<x>\","
                  "\"single_word\":true},\"extra_special_tokens\":[\"<x>\"]}");
    struct berth_text in = {"a<x>", 4, NULL, 0, NULL, 0};
    struct berth_tokenizer *tokenizer = NULL;
    struct berth_tokens tokens = {0};

    EQUAL_INT(open_files(files, vocabulary, NULL, &tokenizer, NULL), BERTH_OK,
              "a letter beside a token: status");
    EQUAL_INT(berth_tokenizer_encode(tokenizer, &in, NULL, &tokens, NULL),
              BERTH_OK, "a letter beside a token: status");
    EQUAL_SIZE(tokens.n, 4, "a letter beside a token: n");
    EQUAL_INT(tokens.ids[2], 7, "a letter beside a token: ids[2]");
    berth_tokens_free(&tokens);
    berth_tokenizer_close(tokenizer);
    json_decref(files);
}

int main(void)
{
    check_many();
    check_other_keys();
    check_named();
    check_special_or_not();
    check_named_and_listed();
    return tap_done();
}
