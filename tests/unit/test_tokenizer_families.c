/*
 * test_tokenizer_families.c - the tokenizers of golden/families against their
 * reference values: texts, pairs and decoded ids.
 *
 * Needs $BERTH_REFERENCE, the folder with golden/.
 */
#include "tests/tokenizer/rows.h"

#include <dirent.h>
#include <zlib.h>

enum {
    PATH_SIZE = 1200,
    LINE_SIZE = 1 << 22
};

static char all[1024]; /* the folder of all */
static json_t *texts;  /* of texts.jsonl.gz */
static char line[LINE_SIZE];

struct kind {
    const char *name;
    struct berth_tokenizer *tokenizer;
    struct berth_tokens tokens;
    size_t i; /* of the row */
};

/* Calls test for each row of a file, gzipped or not. */
static void each_row(struct kind *kind, const char *file,
                     bool (*test)(struct kind *kind, json_t *row))
{
    char path[PATH_SIZE];
    size_t bad = 0;
    gzFile f;

    snprintf(path, sizeof(path), "%s/%s/%s", all, kind->name, file);
    f = gzopen(path, "rb");
    for (kind->i = 0; f != NULL && gzgets(f, line, LINE_SIZE); kind->i++) {
        json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);

        if (!test(kind, row) && bad++ < 5)
            printf("# %s %s line %zu differs\n", kind->name, file, kind->i + 1);
        json_decref(row);
    }
    CHECK(kind->i > 1, "%s %s has rows", kind->name, file);
    EQUAL_SIZE(bad, 0, "%s %s: rows that differ, of %zu", kind->name, file,
               kind->i);
    if (f != NULL)
        gzclose(f);
}

static bool same_text(struct kind *kind, json_t *row)
{
    json_t *of = json_array_get(texts, kind->i);
    struct berth_text text = rows_text(
        json_object_get(row, "text") != NULL ? row : of, "text", "pair");

    if (text.pair_len == 0)
        text.pair = NULL; /* as the reference has it */
    return berth_tokenizer_encode(kind->tokenizer, &text, NULL, &kind->tokens,
                                  NULL) == BERTH_OK &&
           rows_same_window(row, &kind->tokens, 0);
}

static bool same_decoded(struct kind *kind, json_t *row)
{
    static const char *const keys[] = {"decode", "decode_skip_special"};
    int32_t ids[4096];
    const json_t *list = json_object_get(row, "ids"), *value;
    size_t i, bad = 0;

    json_array_foreach(list, i, value) ids[i] =
        (int32_t)json_integer_value(value);
    for (size_t k = 0; k < 2; k++) {
        const json_t *want = json_object_get(row, keys[k]);
        char *text = NULL;
        size_t n = 0;

        bad += berth_tokenizer_decode(kind->tokenizer, 0, ids, i, k == 1, &text,
                                      &n, NULL) != BERTH_OK ||
               n != json_string_length(want) ||
               memcmp(text, json_string_value(want), n) != 0;
        free(text);
    }
    return bad == 0;
}

static void check_kind(const char *name)
{
    struct kind kind = {.name = name};
    struct berth_folder *folder = NULL;
    struct berth_error err = {0};
    char path[PATH_SIZE];
    enum berth_status status;

    snprintf(path, sizeof(path), "%s/%s", all, name);
    status = berth_folder_open(path, &folder, &err);
    if (status == BERTH_OK)
        status =
            berth_tokenizer_open(folder, false, NULL, &kind.tokenizer, &err);
    EQUAL_INT(status, BERTH_OK, "%s opens %s", name, err.message);
    if (status == BERTH_OK) {
        each_row(&kind, "golden.jsonl.gz", same_text);
        each_row(&kind, "pairs.jsonl", same_text);
        each_row(&kind, "decode.jsonl", same_decoded);
    }
    berth_tokens_free(&kind.tokens);
    berth_tokenizer_close(kind.tokenizer);
    berth_folder_close(folder);
}

static void read_texts(void)
{
    char path[PATH_SIZE];
    gzFile f;

    texts = json_array();
    snprintf(path, sizeof(path), "%s/texts.jsonl.gz", all);
    f = gzopen(path, "rb");
    while (f != NULL && gzgets(f, line, LINE_SIZE))
        json_array_append_new(texts, json_loads(line, JSON_ALLOW_NUL, NULL));
    if (f != NULL)
        gzclose(f);
}

int main(void)
{
    const char *reference = getenv("BERTH_REFERENCE");
    struct dirent *entry;
    size_t n = 0;
    DIR *dir;

    if (reference == NULL) {
        SKIP("BERTH_REFERENCE is not set");
        return tap_done();
    }
    snprintf(all, sizeof(all), "%s/golden/families/tokenizers", reference);
    dir = opendir(all);
    if (dir == NULL) {
        SKIP("there are no golden/families");
        return tap_done();
    }
    read_texts();
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.' || strstr(entry->d_name, ".gz") != NULL)
            continue;
        check_kind(entry->d_name);
        n++;
    }
    CHECK(n > 10, "%zu tokenizers were looked at", n);
    json_decref(texts);
    closedir(dir);
    return tap_done();
}
