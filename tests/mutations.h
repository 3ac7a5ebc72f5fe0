/*
 * mutations.h - model folders with one file truncated, bent or edited: each
 * either works, with finite results, or is refused in one line that says where
 * and why. Never a crash, never a hang.
 */
#ifndef TESTS_MUTATIONS_H
#define TESTS_MUTATIONS_H

#include "lib/berth.h"

#include "tests/scratch.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdint.h>

enum {
    FILES_MAX = 16,
    SECONDS = 60, /* for one mutation, under a sanitizer on a busy machine */
    FLIPS = 16
};

struct file {
    const char *name;
    unsigned char *data;
    size_t size;
};

struct folder {
    struct file files[FILES_MAX];
    size_t n;
    struct scratch scratch;
    enum berth_head_kind head;
};

/* An edit of a text, or of the header of a safetensors file in its length. */
struct edit {
    const char *file, *find, *replace;
    const char *words; /* in the message; NULL: must work */
};

static inline bool is_finite(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------ using a model */

static inline enum berth_status run(const struct berth_model *model,
                                    struct berth_context *ctx,
                                    const struct berth_tokens *tokens,
                                    bool masked, bool *finite,
                                    struct berth_error *err)
{
    const struct berth_model_facts *facts = berth_model_get_facts(model);
    size_t size = berth_embed_size(model, NULL);
    float *vector = calloc(size, sizeof(*vector));
    float *logits = calloc(facts->vocab_size, sizeof(*logits));
    struct berth_sequence sequence = {.ids = tokens->ids,
                                      .type_ids = tokens->type_ids,
                                      .n_tokens = tokens->n};
    struct berth_place place = {0, 0};
    enum berth_status status =
        berth_forward(ctx, &sequence, 1, BERTH_LAST_LAYER, err);

    if (status == BERTH_OK)
        status = berth_embed(ctx, NULL, vector, err);
    if (status == BERTH_OK && masked)
        status = berth_predict(ctx, &place, 1, logits, err);
    *finite = is_finite(vector, size) && is_finite(logits, facts->vocab_size);
    free(vector);
    free(logits);
    return status;
}

/* Opens the folder and takes a text all the way. */
static inline enum berth_status use(const struct folder *folder, bool *finite,
                                    struct berth_error *err)
{
    static const char words[] = "the man's \xe7\x8e\x8b hat, unaffable [MASK].";
    struct berth_model_options options = {.head = folder->head};
    struct berth_text text = {.text = words, .text_len = sizeof(words) - 1};
    struct berth_tokenize_options limit = {0};
    struct berth_tokens tokens = {0};
    struct berth_model *model = NULL;
    struct berth_context *ctx = NULL;
    enum berth_status status =
        berth_model_open(folder->scratch.path, &options, &model, err);

    if (status != BERTH_OK)
        return status;
    limit.max_tokens = berth_model_get_facts(model)->max_tokens;
    status = berth_tokenize(model, &text, &limit, &tokens, err);
    if (status == BERTH_OK)
        status = berth_context_new(model, 1, 64, &ctx, err);
    if (status == BERTH_OK) {
        status = run(model, ctx, &tokens, folder->head == BERTH_HEAD_MASKED_LM,
                     finite, err);
    }
    berth_context_free(ctx);
    berth_tokens_free(&tokens);
    berth_model_close(model);
    return status;
}

/* One line, about this folder, with what was expected or found or the words
 * of the system. */
static inline bool is_good_line(const struct folder *folder,
                                enum berth_status status,
                                const struct berth_error *err)
{
    if (err->status != status || err->message[0] == '\0' ||
        strchr(err->message, '\n') != NULL)
        return false;
    if (status == BERTH_ERR_ARGUMENT) /* of a model with few positions */
        return true;
    return strstr(err->message, folder->scratch.path) != NULL &&
           (status == BERTH_ERR_IO ||
            strstr(err->message, "expected") != NULL ||
            strstr(err->message, "found") != NULL);
}

/* What follows the folder's random name in a message, for the report. */
static inline const char *tail(const struct folder *folder, const char *message)
{
    const char *at = strstr(message, folder->scratch.path);

    return at == NULL ? message : at + strlen(folder->scratch.path);
}

/* A text as one line of the report. */
static inline void print_safely(char *s)
{
    for (; *s != '\0'; s++) {
        if (*s < ' ' || *s > '~')
            *s = '?';
    }
}

/* A mutation that has been written: words as in struct edit, "" for either. */
static inline void check(const struct folder *folder, const char *what,
                         const char *words)
{
    struct berth_error err = {0};
    char said[sizeof(err.message)];
    bool finite = false, ok;
    enum berth_status status;

    alarm(SECONDS);
    status = use(folder, &finite, &err);
    alarm(0);
    if (status == BERTH_OK)
        ok = finite && (words == NULL || words[0] == '\0');
    else
        ok = words != NULL && strstr(err.message, words) != NULL &&
             is_good_line(folder, status, &err);
    snprintf(said, sizeof(said), "%s", tail(folder, err.message));
    print_safely(said);
    CHECK(ok, "%s: %s", what,
          status != BERTH_OK ? said
          : finite           ? "works"
                             : "not finite");
}

/* --------------------------------------------------------------- mutations */

static inline void write_back(const struct folder *folder,
                              const struct file *file)
{
    if (!scratch_write(&folder->scratch, file->name, file->data, file->size))
        CHECK(false, "cannot write %s: %s", file->name, strerror(errno));
}

static inline void truncate_it(const struct folder *folder,
                               const struct file *file)
{
    const size_t n = file->size;
    const size_t sizes[] = {0,     1,         7,         9,    n / 4,
                            n / 2, n / 4 * 3, n - n / 8, n - 1};
    char what[128];

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (sizes[i] >= n)
            continue;
        scratch_write(&folder->scratch, file->name, file->data, sizes[i]);
        snprintf(what, sizeof(what), "%s, %zu bytes of %zu", file->name,
                 sizes[i], n);
        check(folder, what, "");
    }
    write_back(folder, file);
}

/* Bytes that a flipped bit may strike: of safetensors the header, since a
 * weight may honestly be infinite. */
static inline size_t reach(const struct file *file)
{
    if (strstr(file->name, ".safetensors") == NULL)
        return file->size;
    return 8 + file->data[0] + 256 * (size_t)file->data[1];
}

static inline void flip_bits(const struct folder *folder,
                             const struct file *file, uint32_t *seed)
{
    char what[128];

    for (int i = 0; i < FLIPS; i++) {
        size_t at;
        unsigned bit;

        *seed ^= *seed << 13;
        *seed ^= *seed >> 17;
        *seed ^= *seed << 5;
        at = *seed / 8 % reach(file);
        bit = *seed % 8;
        file->data[at] ^= (unsigned char)(1u << bit);
        write_back(folder, file);
        file->data[at] ^= (unsigned char)(1u << bit);
        snprintf(what, sizeof(what), "%s, bit %u of byte %zu", file->name, bit,
                 at);
        check(folder, what, "");
    }
    write_back(folder, file);
}

/* The lowest bits of weights: the numbers change, and stay numbers. */
static inline void flip_weights(const struct folder *folder,
                                const struct file *file)
{
    size_t start = reach(file);
    char what[128];

    for (size_t i = 0; i < 4; i++) {
        size_t at = start + (file->size - start) / 16 * i * 4;

        file->data[at] ^= 0xff;
        write_back(folder, file);
        file->data[at] ^= 0xff;
        snprintf(what, sizeof(what), "%s, byte %zu of a weight", file->name,
                 at);
        check(folder, what, NULL);
    }
    write_back(folder, file);
}

static inline const struct file *find(const struct folder *folder,
                                      const char *name)
{
    for (size_t i = 0; i < folder->n; i++) {
        if (strcmp(folder->files[i].name, name) == 0)
            return &folder->files[i];
    }
    return NULL;
}

/* The first place of a text in a file that may hold NUL; NULL: none. */
static inline unsigned char *search(const struct file *file, const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i + n <= file->size; i++) {
        if (memcmp(file->data + i, text, n) == 0)
            return file->data + i;
    }
    return NULL;
}

static inline void edit_it(const struct folder *folder, const struct edit *e)
{
    const struct file *file = find(folder, e->file);
    unsigned char *at = search(file, e->find);
    size_t n_find = strlen(e->find), n_replace = strlen(e->replace), n_before;
    unsigned char *data;
    char what[256];

    snprintf(what, sizeof(what), "%s, %s for %s", e->file, e->replace, e->find);
    print_safely(what);
    if (at == NULL) {
        CHECK(false, "%s: nothing to replace", what);
        return;
    }
    n_before = (size_t)(at - file->data);
    data = malloc(file->size + n_replace);
    memcpy(data, file->data, n_before);
    memcpy(data + n_before, e->replace, n_replace);
    memcpy(data + n_before + n_replace, at + n_find,
           file->size - n_before - n_find);
    scratch_write(&folder->scratch, e->file, data,
                  file->size - n_find + n_replace);
    free(data);
    check(folder, what, e->words);
    write_back(folder, file);
}

static inline void remove_it(const struct folder *folder, const char *name,
                             const char *words)
{
    char path[SCRATCH_PATH + 256];
    char what[128];

    unlink(scratch_name(&folder->scratch, name, path));
    snprintf(what, sizeof(what), "%s, gone", name);
    check(folder, what, words);
    write_back(folder, find(folder, name));
}

/* ----------------------------------------------------------------- folders */

static inline bool copy_folder(struct folder *folder, const char *from,
                               const char *const *names, size_t n)
{
    if (!scratch_make(&folder->scratch))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct file *file = &folder->files[folder->n++];
        char path[1024];

        file->name = names[i];
        snprintf(path, sizeof(path), "%s/%s", from, names[i]);
        file->data = scratch_read(path, &file->size);
        if (file->data == NULL)
            return false;
        write_back(folder, file);
    }
    return true;
}

static inline void drop_folder(struct folder *folder)
{
    scratch_remove(&folder->scratch);
    for (size_t i = 0; i < folder->n; i++)
        free(folder->files[i].data);
}

static inline void mutate(const struct folder *folder, const char *name,
                          uint32_t *seed)
{
    const struct file *file = find(folder, name);

    truncate_it(folder, file);
    flip_bits(folder, file, seed);
    if (strstr(name, ".safetensors") != NULL)
        flip_weights(folder, file);
}

#endif
