/*
 * rows.h - rows of JSON that say what a tokenizer must do, and tests of them.
 */
#ifndef TESTS_TOKENIZER_ROWS_H
#define TESTS_TOKENIZER_ROWS_H

#include "tests/tap.h"
#include "tokenizer/tokenizer.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_FILES_MAX = 8
};

/* rows_open - a tokenizer of files {name: content}; an object is written as
 * JSON. vocab (n bytes) is its vocab.txt unless that is among them; NULL:
 * none. */
static inline enum berth_status rows_open(json_t *files, const char *vocab,
                                          size_t n, bool extra_lowercase,
                                          struct berth_settings *settings,
                                          struct berth_tokenizer **out,
                                          struct berth_error *err)
{
    struct berth_embedded_file list[ROWS_FILES_MAX];
    char *texts[ROWS_FILES_MAX] = {NULL};
    struct berth_folder *folder = NULL;
    size_t count = 0;
    enum berth_status status;
    const char *name;
    json_t *value;

    json_object_foreach(files, name, value)
    {
        if (count == ROWS_FILES_MAX - 1)
            break;
        if (json_is_string(value)) {
            list[count].data = (const unsigned char *)json_string_value(value);
            list[count].size = json_string_length(value);
        } else {
            texts[count] = json_dumps(value, JSON_ENSURE_ASCII);
            list[count].data = (const unsigned char *)texts[count];
            list[count].size = strlen(texts[count]);
        }
        list[count++].name = name;
    }
    if (vocab != NULL && json_object_get(files, "vocab.txt") == NULL)
        list[count++] = (struct berth_embedded_file){
            "vocab.txt", (const unsigned char *)vocab, n};
    status = berth_folder_open_embedded("test", list, count, &folder, err);
    if (status == BERTH_OK)
        status =
            berth_tokenizer_open(folder, extra_lowercase, settings, out, err);
    berth_folder_close(folder);
    for (size_t i = 0; i < ROWS_FILES_MAX; i++)
        free(texts[i]);
    return status;
}

/* rows_read_file - the whole file, terminated; NULL when it cannot be read. */
static inline char *rows_read_file(const char *name, size_t *n)
{
    FILE *f = fopen(name, "rb");
    size_t capacity = 1 << 16;
    char *text = malloc(capacity);

    *n = 0;
    while (f != NULL && text != NULL) {
        size_t got = fread(text + *n, 1, capacity - *n - 1, f);

        *n += got;
        if (got == 0)
            break;
        if (capacity - *n < 2) {
            capacity *= 2;
            text = realloc(text, capacity);
        }
    }
    if (f == NULL) {
        free(text);
        return NULL;
    }
    fclose(f);
    if (text != NULL)
        text[*n] = '\0';
    return text;
}

static inline bool rows_same_ints(const json_t *list, const int32_t *got,
                                  size_t n)
{
    const json_t *value;
    size_t i;

    if (list == NULL)
        return true;
    if (json_array_size(list) != n)
        return false;
    json_array_foreach(list, i, value)
    {
        if (json_integer_value(value) != got[i])
            return false;
    }
    return true;
}

static inline bool rows_same_spans(const json_t *list,
                                   const struct berth_span *got, size_t n)
{
    const json_t *value;
    size_t i;

    if (list == NULL)
        return true;
    if (json_array_size(list) != n)
        return false;
    json_array_foreach(list, i, value)
    {
        if ((size_t)json_integer_value(json_array_get(value, 0)) !=
                got[i].begin ||
            (size_t)json_integer_value(json_array_get(value, 1)) != got[i].end)
            return false;
    }
    return true;
}

/* rows_same_window - whether window i is {"ids", "types", "offsets"}. */
static inline bool rows_same_window(const json_t *want,
                                    const struct berth_tokens *tokens, size_t i)
{
    const struct berth_window *w = &tokens->windows[i];
    const json_t *types = json_object_get(want, "types");

    if (types == NULL)
        types = json_object_get(want, "type_ids");
    return rows_same_ints(json_object_get(want, "ids"), tokens->ids + w->start,
                          w->n_tokens) &&
           rows_same_ints(types, tokens->type_ids + w->start, w->n_tokens) &&
           rows_same_spans(json_object_get(want, "offsets"),
                           tokens->offsets + w->start, w->n_tokens);
}

static inline struct berth_text rows_text(const json_t *row, const char *a,
                                          const char *b)
{
    const json_t *text = json_object_get(row, a);
    const json_t *pair = json_object_get(row, b);

    return (struct berth_text){.text = json_string_value(text),
                               .text_len = json_string_length(text),
                               .pair = json_string_value(pair),
                               .pair_len = json_string_length(pair)};
}

static inline enum berth_truncation rows_truncation(const char *name)
{
    if (strcmp(name, "only_first") == 0)
        return BERTH_TRUNCATE_FIRST;
    return strcmp(name, "only_second") == 0 ? BERTH_TRUNCATE_SECOND
                                            : BERTH_TRUNCATE_LONGEST;
}

/* rows_check_windows - a text cut into row "windows", or its "error". */
static inline bool rows_check_windows(const struct berth_tokenizer *tokenizer,
                                      const json_t *row,
                                      const struct berth_text *text,
                                      const struct berth_tokenize_options *how,
                                      struct berth_tokens *tokens)
{
    const json_t *windows = json_object_get(row, "windows");
    struct berth_tokenize_options cut = *how;
    struct berth_error err;
    bool ok = true;

    cut.overflow = BERTH_OVERFLOW_WINDOW;
    if (windows == NULL)
        return berth_tokenizer_encode(tokenizer, text, &cut, tokens, &err) ==
               BERTH_ERR_ARGUMENT;
    ok = berth_tokenizer_encode(tokenizer, text, &cut, tokens, &err) ==
             BERTH_OK &&
         tokens->n_windows == json_array_size(windows) && !tokens->truncated;
    for (size_t i = 0; ok && i < tokens->n_windows; i++)
        ok = rows_same_window(json_array_get(windows, i), tokens, i);
    cut.overflow = BERTH_OVERFLOW_TRUNCATE;
    return ok &&
           berth_tokenizer_encode(tokenizer, text, &cut, tokens, &err) ==
               BERTH_OK &&
           tokens->n_windows == 1 &&
           rows_same_window(json_array_get(windows, 0), tokens, 0) &&
           tokens->truncated == (tokens->n_full > tokens->n);
}

#endif
