/*
 * gguf_folder.c - a GGUF file as a folder of Hugging Face's.
 */
#include "models/files/gguf_model.h"

#include "lib/status.h"
#include "models/files/tensor_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_ending(const char *name)
{
    static const char ending[] = ".gguf";
    const size_t n = strlen(name), end = sizeof(ending) - 1;

    return n > end && strcmp(name + n - end, ending) == 0;
}

/* Files of a cache are named by their hash. */
bool berth_gguf_is_named(const struct berth_folder *folder)
{
    const char *given = berth_folder_given(folder);
    struct berth_blob blob = {0};

    if (given == NULL || has_ending(given) ||
        berth_folder_read(folder, given, &blob, NULL) != BERTH_OK)
        return given != NULL && has_ending(given);
    const bool is = blob.size >= 4 && memcmp(blob.data, "GGUF", 4) == 0;
    berth_blob_release(&blob);
    return is;
}

/* The GGUF files of a folder, or those that come first by name. */
enum {
    LISTED = 6
};

struct list {
    char *names[LISTED + 1];
    size_t n; /* of all */
    bool failed;
};

static int by_name(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

static bool note(void *arg, const char *name)
{
    struct list *list = arg;
    const size_t kept = list->n < LISTED ? list->n : LISTED;

    if (!has_ending(name) || strchr(name, '/') != NULL)
        return true;
    list->names[kept] = strdup(name);
    list->failed = list->names[kept] == NULL;
    if (list->failed)
        return false;
    qsort(list->names, kept + 1, sizeof(*list->names), by_name);
    if (kept == LISTED) {
        free(list->names[LISTED]);
        list->names[LISTED] = NULL;
    }
    list->n++;
    return true;
}

static enum berth_status fail_several(const struct berth_folder *folder,
                                      const struct list *list,
                                      struct berth_error *err)
{
    char names[384] = "";

    for (size_t i = 0; i < LISTED && i < list->n; i++) {
        const size_t used = strlen(names);

        snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
                 list->names[i]);
    }
    return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                      "%s: expected one GGUF file, found %zu: name one: %s%s",
                      berth_folder_path(folder), list->n, names,
                      list->n > LISTED ? " ..." : "");
}

static enum berth_status find_only(const struct berth_folder *folder,
                                   char **name, struct berth_error *err)
{
    struct list list = {0};
    enum berth_status status = berth_folder_list(folder, note, &list, err);

    if (status == BERTH_OK && list.failed)
        status = berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                            berth_folder_path(folder));
    if (status == BERTH_OK && list.n > 1)
        status = fail_several(folder, &list, err);
    if (status == BERTH_OK) {
        *name = list.names[0];
        list.names[0] = NULL;
    }
    for (size_t i = 0; i < LISTED; i++)
        free(list.names[i]);
    return status;
}

enum berth_status berth_gguf_find_file(const struct berth_folder *folder,
                                       char **name, struct berth_error *err)
{
    bool found = false;

    if (berth_gguf_is_named(folder)) {
        *name = strdup(berth_folder_given(folder));
        return *name != NULL
                   ? BERTH_OK
                   : berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory",
                                berth_folder_path(folder));
    }
    if (berth_folder_given(folder) != NULL)
        return BERTH_OK; /* another file, which has nothing to do with one */
    enum berth_status status = berth_tensor_set_exists(folder, &found, err);
    return status == BERTH_OK && !found ? find_only(folder, name, err) : status;
}

/* Lays a file made of text, which is taken, or of json, which is not. */
static enum berth_status offer(struct berth_folder *folder, const char *given,
                               const char *name, char *text, size_t size,
                               const json_t *json, struct berth_error *err)
{
    char *origin = NULL;

    if (json != NULL) {
        text = json_dumps(json, JSON_INDENT(2));
        size = text != NULL ? strlen(text) : 0;
    }
    if (text == NULL || asprintf(&origin, "%s: %s", given, name) < 0) {
        free(text);
        return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", given);
    }
    enum berth_status status =
        berth_folder_offer(folder, name, origin, text, size, err);
    free(origin);
    return status;
}

/* How to pool, as sentence-transformers says it. Vectors are not normalised:
 * the file does not say whether they were. */
static enum berth_status
offer_pooling(struct berth_folder *folder, const char *given,
              const struct berth_gguf *file,
              const struct berth_gguf_architecture *arch,
              struct berth_error *err)
{
    static const char *const modes[] = {NULL, "pooling_mode_mean_tokens",
                                        "pooling_mode_cls_token",
                                        "pooling_mode_lasttoken"};
    static const char modules[] =
        "[{\"idx\":0,\"name\":\"0\",\"path\":\"\","
        "\"type\":\"sentence_transformers.models.Transformer\"},"
        "{\"idx\":1,\"name\":\"1\",\"path\":\"1_Pooling\","
        "\"type\":\"sentence_transformers.models.Pooling\"}]";
    const size_t rank = 4; /* of a model that orders texts, not of vectors */
    char key[128];
    size_t mode = 0, size = 0;
    bool found;

    snprintf(key, sizeof(key), "%s.embedding_length", arch->name);
    enum berth_status status = berth_gguf_get_size(file, key, &size, NULL, err);
    snprintf(key, sizeof(key), "%s.pooling_type", arch->name);
    if (status == BERTH_OK)
        status = berth_gguf_get_size(file, key, &mode, &found, err);
    if (status == BERTH_OK && mode > rank)
        status = berth_fail(err, BERTH_ERR_UNSUPPORTED,
                            "%s: key '%s': expected 0 to 4, found %zu, which "
                            "is not supported",
                            file->path, key, mode);
    if (status != BERTH_OK || mode >= sizeof(modes) / sizeof(*modes) ||
        modes[mode] == NULL)
        return status;
    json_t *config =
        json_pack("{s:I,s:b,s:b}", "word_embedding_dimension", (json_int_t)size,
                  "pooling_mode_mean_tokens", false, modes[mode], true);
    status =
        offer(folder, given, "1_Pooling/config.json", NULL, 0, config, err);
    json_decref(config);
    return status == BERTH_OK
               ? offer(folder, given, "modules.json", strdup(modules),
                       sizeof(modules) - 1, NULL, err)
               : status;
}

static enum berth_status offer_all(struct berth_folder *folder,
                                   const char *given,
                                   const struct berth_gguf *file,
                                   struct berth_error *err)
{
    const struct berth_gguf_architecture *arch = NULL;
    json_t *config = NULL, *tokenizer_config = NULL;
    char *text = NULL;
    size_t size = 0;
    enum berth_status status = berth_gguf_architecture(file, &arch, err);

    if (status == BERTH_OK)
        status = berth_gguf_config(file, &config, err);
    if (status == BERTH_OK)
        status = offer(folder, given, "config.json", NULL, 0, config, err);
    if (status == BERTH_OK)
        status =
            berth_gguf_tokenizer(file, &text, &size, &tokenizer_config, err);
    if (status == BERTH_OK) {
        status = offer(folder, given, "tokenizer.json", text, size, NULL, err);
        text = NULL;
    }
    if (status == BERTH_OK)
        status = offer(folder, given, "tokenizer_config.json", NULL, 0,
                       tokenizer_config, err);
    if (status == BERTH_OK)
        status = offer_pooling(folder, given, file, arch, err);
    free(text);
    json_decref(config);
    json_decref(tokenizer_config);
    return status;
}

enum berth_status berth_gguf_offer(struct berth_folder *folder,
                                   const char *name, struct berth_error *err)
{
    struct berth_gguf file = {0};
    enum berth_status status = berth_folder_reduce(folder, name, err);

    if (status == BERTH_OK)
        status = berth_gguf_open(folder, name, &file, err);
    if (status == BERTH_OK)
        status = offer_all(folder, name, &file, err);
    berth_gguf_close(&file);
    return status;
}
