/*
 * test_tokenizer_models.c - the tokenizer of every reference model against the
 * ids, types and offsets in its golden.json.
 *
 * Needs $BERTH_REFERENCE, the folder with golden/.
 */
#include "tests/tokenizer/rows.h"

#include <dirent.h>

struct model {
    char folder[1024];
    json_t *golden;
    struct berth_tokenizer *tokenizer;
    struct berth_tokens tokens;
};

static json_t *read_json(const struct model *m, const char *name)
{
    char path[1200];

    snprintf(path, sizeof(path), "%s/%s", m->folder, name);
    return json_load_file(path, JSON_ALLOW_NUL, NULL);
}

static bool open_model(struct model *m)
{
    json_t *sentence = read_json(m, "sentence_bert_config.json");
    struct berth_folder *folder = NULL;
    struct berth_error err = {0};
    bool lower = json_is_true(json_object_get(sentence, "do_lower_case"));
    bool ok = berth_folder_open(m->folder, &folder, &err) == BERTH_OK &&
              berth_tokenizer_open(folder, lower, NULL, &m->tokenizer, &err) ==
                  BERTH_OK;

    CHECK(ok, "%s opens %s", m->folder, err.message);
    berth_folder_close(folder);
    json_decref(sentence);
    return ok;
}

/* A row of an ordinary model, cut at its positions. */
static bool same_text(struct model *m, json_t *row)
{
    struct berth_text text = rows_text(row, "text", "pair");
    struct berth_tokenize_options options = {
        .max_tokens = (size_t)json_integer_value(
            json_object_get(m->golden, "position_limit"))};

    json_object_set(row, "offsets", json_object_get(row, "offsets_bytes"));
    if (json_is_null(json_object_get(row, "type_ids")))
        json_object_del(row, "type_ids"); /* DistilBERT has none */
    return berth_tokenizer_encode(m->tokenizer, &text, &options, &m->tokens,
                                  NULL) == BERTH_OK &&
           rows_same_window(row, &m->tokens, 0) &&
           m->tokens.n_full == (size_t)json_integer_value(json_object_get(
                                   row, "tokens_before_truncation")) &&
           m->tokens.truncated ==
               json_is_true(json_object_get(row, "truncated"));
}

/* A row of a sentence-transformers folder, after its default prompt. */
static bool same_prompted(struct model *m, const json_t *row,
                          const char *prompt)
{
    struct berth_text text = rows_text(row, "text", "pair");
    struct berth_tokenize_options options = {
        .max_tokens = (size_t)json_integer_value(
            json_object_get(m->golden, "max_seq_length"))};

    text.prompt = prompt;
    text.prompt_len = prompt != NULL ? strlen(prompt) : 0;
    return berth_tokenizer_encode(m->tokenizer, &text, &options, &m->tokens,
                                  NULL) == BERTH_OK &&
           rows_same_ints(json_object_get(row, "ids_with_default_prompt"),
                          m->tokens.ids, m->tokens.n) &&
           (m->tokens.windows[0].n_prompt > 0) == (text.prompt_len > 0);
}

static void check_model(struct model *m)
{
    json_t *rows = json_object_get(m->golden, "texts"), *row;
    json_t *prompts = read_json(m, "config_sentence_transformers.json");
    const char *name =
        json_string_value(json_object_get(prompts, "default_prompt_name"));
    const char *prompt = NULL;
    size_t i, bad = 0;

    if (name != NULL)
        prompt = json_string_value(
            json_object_get(json_object_get(prompts, "prompts"), name));
    json_array_foreach(rows, i, row)
    {
        bool ok = json_object_get(row, "ids") != NULL
                      ? same_text(m, row)
                      : same_prompted(m, row, prompt);
        bad += !ok;
    }
    CHECK(bad == 0, "%s: %zu of %zu texts differ", m->folder, bad, i);
    json_decref(prompts);
}

int main(void)
{
    const char *reference = getenv("BERTH_REFERENCE");
    char models[900];
    size_t n = 0;
    DIR *dir;
    struct dirent *entry;

    if (reference == NULL) {
        SKIP("BERTH_REFERENCE is not set");
        return tap_done();
    }
    snprintf(models, sizeof(models), "%s/golden/models", reference);
    dir = opendir(models);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        struct model m = {.golden = NULL};

        snprintf(m.folder, sizeof(m.folder), "%s/%.100s", models,
                 entry->d_name);
        m.golden = read_json(&m, "golden/golden.json");
        if (json_object_get(m.golden, "texts") != NULL && open_model(&m)) {
            check_model(&m);
            n++;
        }
        berth_tokens_free(&m.tokens);
        berth_tokenizer_close(m.tokenizer);
        json_decref(m.golden);
    }
    CHECK(n > 10, "%zu models were looked at", n);
    if (dir != NULL)
        closedir(dir);
    return tap_done();
}
