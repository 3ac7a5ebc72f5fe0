/*
 * encode_texts.c - how long a tokenizer takes to open, and to encode lines of
 * text on one thread; for tokenizing.py.
 *
 *     encode_texts FOLDER|@builtin FILE
 *
 * Prints the seconds for each, and the number of tokens.
 */
#include "lib/berth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int fail(const char *why)
{
    fprintf(stderr, "encode_texts: %s\n", why);
    return 1;
}

/* The whole file; the caller frees it. */
static char *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;

    if (f == NULL)
        return NULL;
    if (fseek(f, 0, SEEK_END) == 0 && (*size = (size_t)ftell(f)) > 0) {
        rewind(f);
        text = malloc(*size);
        if (text != NULL && fread(text, 1, *size, f) != *size) {
            free(text);
            text = NULL;
        }
    }
    fclose(f);
    return text;
}

/* All lines; returns the number of their tokens, 0 on failure. */
static size_t encode(const struct berth_model *model, const char *text,
                     size_t size, struct berth_error *err)
{
    struct berth_tokens tokens = {0};
    size_t n = 0;

    for (const char *p = text, *end = text + size; p < end;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline != NULL ? newline : end;
        const struct berth_text line = {.text = p,
                                        .text_len = (size_t)(stop - p)};

        if (berth_tokenize(model, &line, NULL, &tokens, err) != BERTH_OK) {
            n = 0;
            break;
        }
        n += tokens.n;
        p = stop + 1;
    }
    berth_tokens_free(&tokens);
    return n;
}

int main(int argc, char **argv)
{
    const struct berth_model_options options = {.part = BERTH_PART_TOKENIZER};
    struct berth_error err = {0};
    struct berth_model *model = NULL;
    size_t size = 0;
    const double start = now();

    if (argc != 3)
        return fail("usage: encode_texts FOLDER FILE");
    if (berth_model_open(strcmp(argv[1], "@builtin") == 0 ? NULL : argv[1],
                         &options, &model, &err) != BERTH_OK)
        return fail(err.message);
    const double open = now() - start;
    char *text = read_file(argv[2], &size);
    if (text == NULL)
        return fail("cannot read the text");
    const double begin = now();
    const size_t n = encode(model, text, size, &err);
    if (n == 0)
        return fail(err.message);
    printf("%.6f\t%.6f\t%zu\n", open, now() - begin, n);
    free(text);
    berth_model_close(model);
    return 0;
}
