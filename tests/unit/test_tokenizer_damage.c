/*
 * test_tokenizer_damage.c - tokenizers of every kind with a file that is cut
 * off or has other bytes: each is refused in words, or works.
 *
 * A sanitizer sees what is read or written elsewhere.
 */
#include "tests/tokenizer/rows.h"

enum {
    DAMAGES = 300, /* for each file */
    CHANGES = 3    /* bytes, at most */
};

static uint32_t state = 20181011;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Opens the files; what opens must also tokenize, and decode. */
static bool survives(const struct berth_embedded_file *files, size_t n)
{
    struct berth_text text = {
        .text = "the lower\n caf\xc3\xa9 <mask> \xf0\x9f\x98\x80 12 [MASK]s",
        .text_len = 39,
        .pair = "newest",
        .pair_len = 6};
    struct berth_folder *folder = NULL;
    struct berth_tokenizer *tokenizer = NULL;
    struct berth_tokens tokens = {0};
    struct berth_error err = {0};
    char *decoded = NULL;
    bool ok = true;
    size_t size;
    enum berth_status status =
        berth_folder_open_embedded("test", files, n, &folder, &err);

    if (status == BERTH_OK)
        status = berth_tokenizer_open(folder, false, NULL, &tokenizer, &err);
    if (status == BERTH_OK)
        status = berth_tokenizer_encode(tokenizer, &text, NULL, &tokens, &err);
    if (status == BERTH_OK)
        status = berth_tokenizer_decode(tokenizer, 0, tokens.ids, tokens.n,
                                        true, &decoded, &size, &err);
    for (size_t i = 0; status == BERTH_OK && i < tokens.n; i++) {
        struct berth_token token;

        berth_tokenizer_token(tokenizer, tokens.ids[i], &token);
        ok = ok && tokens.offsets[i].end <= text.text_len &&
             strlen(token.word) <= token.word_size;
    }
    free(decoded);
    berth_tokens_free(&tokens);
    berth_tokenizer_close(tokenizer);
    berth_folder_close(folder);
    return status == BERTH_OK ? ok : err.message[0] != '\0';
}

/* One file in a block of its own, cut off or with other bytes. */
static unsigned char *damaged(const struct berth_embedded_file *file, size_t *n)
{
    unsigned char *copy;

    *n = next() % 3 == 0 ? next() % (file->size + 1) : file->size;
    copy = malloc(*n > 0 ? *n : 1);
    if (*n > 0)
        memcpy(copy, file->data, *n);
    for (uint32_t k = next() % CHANGES + 1; *n > 0 && k > 0; k--)
        copy[next() % *n] =
            (unsigned char)"\"\\{}[]:,0x9 \n\xff\xc4\0"[next() % 16];
    return copy;
}

static void check_row(const char *what, json_t *files)
{
    struct berth_embedded_file list[ROWS_FILES_MAX];
    char *texts[ROWS_FILES_MAX];
    size_t n = 0, bad = 0;
    const char *name;
    json_t *value;

    json_object_foreach(files, name, value)
    {
        texts[n] = json_is_string(value)
                       ? strdup(json_string_value(value))
                       : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        list[n] = (struct berth_embedded_file){
            name, (const unsigned char *)texts[n], strlen(texts[n])};
        n++;
    }
    CHECK(survives(list, n), "%s is whole", what);
    for (size_t i = 0; i < n * DAMAGES; i++) {
        struct berth_embedded_file *file = &list[i % n];
        const struct berth_embedded_file whole = *file;
        unsigned char *copy = damaged(&whole, &file->size);

        file->data = copy;
        bad += !survives(list, n);
        *file = whole;
        free(copy);
    }
    EQUAL_SIZE(bad, 0, "%s: damages without a word", what);
    for (size_t i = 0; i < n; i++)
        free(texts[i]);
}

int main(void)
{
    size_t n, rows = 0;
    char *text = rows_read_file("tests/tokenizer/kinds.jsonl", &n);

    for (char *at = text, *end; at != NULL && at < text + n; at = end + 1) {
        json_t *row, *files;

        end = strchr(at, '\n');
        row = json_loadb(at, (size_t)(end - at), JSON_ALLOW_NUL, NULL);
        files = json_object_get(row, "files");
        if (files != NULL) {
            check_row(json_string_value(json_object_get(row, "what")), files);
            rows++;
        }
        json_decref(row);
    }
    CHECK(rows > 10, "%zu tokenizers were looked at", rows);
    free(text);
    return tap_done();
}
