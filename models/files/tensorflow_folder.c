/*
 * tensorflow_folder.c - which checkpoint of a folder is meant, what its
 * config.json would be, and whether case counts, which its files do not say.
 */
#include "models/files/tensorflow_folder.h"

#include "lib/json.h"
#include "lib/json_set.h"
#include "lib/status.h"
#include "models/files/tensorflow.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_SIZE = 256
};

static const char config_name[] = "bert_config.json";

static enum berth_status fail_memory(const char *name, struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_MEMORY, "%s: out of memory", name);
}

/* ------------------------------------------------------------- checkpoints */

/* Names of checkpoints, "model.ckpt-1234": the first two in order, and how many
 * there are at least. */
struct checkpoints {
    char names[2][NAME_SIZE];
    size_t n;
};

/* The checkpoint that a file is of; false: it is of none. */
static bool checkpoint_of(const char *file, char out[NAME_SIZE])
{
    static const char *const ends[] = {".index", ".data-", ".meta"};
    const char *end = NULL;

    for (size_t i = 0; end == NULL && i < sizeof(ends) / sizeof(*ends); i++)
        end = strstr(file, ends[i]);
    /* Others have files called "x.index", too. */
    if (end == NULL || strchr(file, '/') != NULL || end - file >= NAME_SIZE ||
        (strncmp(end, ".data-", 6) != 0 && strstr(file, ".ckpt") == NULL))
        return false;
    snprintf(out, NAME_SIZE, "%.*s", (int)(end - file), file);
    return true;
}

static bool note(void *arg, const char *file)
{
    struct checkpoints *found = arg;
    char name[NAME_SIZE];
    size_t at = 0;

    if (!checkpoint_of(file, name))
        return true;
    while (at < found->n && at < 2 && strcmp(found->names[at], name) < 0)
        at++;
    if (at == 2 || (at < found->n && strcmp(found->names[at], name) == 0))
        return true;
    if (at == 0)
        memcpy(found->names[1], found->names[0], NAME_SIZE);
    memcpy(found->names[at], name, NAME_SIZE);
    found->n += found->n < 2 ? 1 : 0;
    return true;
}

/* What the file "checkpoint" names, in the text form of protobuf:
 *
 *     model_checkpoint_path: "/tmp/run/model.ckpt-1234"
 *
 * Its folder is where it was trained. */
static bool read_named(const struct berth_blob *file, char out[NAME_SIZE])
{
    static const char key[] = "model_checkpoint_path:";
    const char *at = (const char *)file->data, *end = at + file->size;
    const char *open, *close, *slash;

    if (file->size < sizeof(key) || memcmp(at, key, sizeof(key) - 1) != 0)
        return false;
    open = memchr(at, '"', file->size);
    close =
        open != NULL ? memchr(open + 1, '"', (size_t)(end - open - 1)) : NULL;
    if (close == NULL)
        return false;
    slash = memrchr(open, '/', (size_t)(close - open));
    open = (slash != NULL ? slash : open) + 1;
    if (close - open >= NAME_SIZE)
        return false;
    snprintf(out, NAME_SIZE, "%.*s", (int)(close - open), open);
    return true;
}

static enum berth_status fail_several(const struct berth_folder *folder,
                                      const struct checkpoints *all,
                                      struct berth_error *err)
{
    return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                      "%s: expected one checkpoint, or a file \"checkpoint\" "
                      "that names one, found several: give one by its file, "
                      "as %s.index or %s.index",
                      berth_folder_path(folder), all->names[0], all->names[1]);
}

static enum berth_status has_index(const struct berth_folder *folder,
                                   const char *name, bool *found,
                                   struct berth_error *err)
{
    char index[NAME_SIZE + 8];

    snprintf(index, sizeof(index), "%s.index", name);
    return berth_folder_find(folder, index, found, err);
}

/* Of several. */
static enum berth_status choose_named(const struct berth_folder *folder,
                                      const struct checkpoints *all,
                                      char out[NAME_SIZE],
                                      struct berth_error *err)
{
    static const char list[] = "checkpoint";
    struct berth_blob file = {0};
    bool found = false;
    enum berth_status status = berth_folder_find(folder, list, &found, err);

    if (status == BERTH_OK && found)
        status = berth_folder_read(folder, list, &file, err);
    if (status == BERTH_OK && found)
        found = read_named(&file, out);
    berth_blob_release(&file);
    if (status == BERTH_OK && found)
        status = has_index(folder, out, &found, err);
    return status == BERTH_OK && !found ? fail_several(folder, all, err)
                                        : status;
}

/* "" where there is none. */
static enum berth_status choose(const struct berth_folder *folder,
                                char out[NAME_SIZE], struct berth_error *err)
{
    const char *given = berth_folder_given(folder);
    struct checkpoints all = {.n = 0};

    out[0] = '\0';
    if (given != NULL && checkpoint_of(given, out))
        return BERTH_OK;
    enum berth_status status = berth_folder_list(folder, note, &all, err);
    if (status != BERTH_OK || all.n == 0)
        return status;
    memcpy(out, all.names[0], NAME_SIZE);
    return all.n > 1 ? choose_named(folder, &all, out, err) : BERTH_OK;
}

bool berth_tensorflow_is_named(const struct berth_folder *folder)
{
    const char *given = berth_folder_given(folder);
    char name[NAME_SIZE];

    return given != NULL && checkpoint_of(given, name);
}

/* Hugging Face's own formats come first, unless a checkpoint was named. */
static enum berth_status has_weights(const struct berth_folder *folder,
                                     bool *found, struct berth_error *err)
{
    static const char *const names[] = {
        "model.safetensors", "model.safetensors.index.json",
        "pytorch_model.bin", "pytorch_model.bin.index.json"};
    const bool named = berth_tensorflow_is_named(folder);
    enum berth_status status = BERTH_OK;

    *found = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (status == BERTH_OK && !*found && !named)
            status = berth_folder_find(folder, names[i], found, err);
    }
    return status;
}

/* Whether bert_config.json is the folder's config.json. */
static enum berth_status needs_config(const struct berth_folder *folder,
                                      bool *out, struct berth_error *err)
{
    bool own = false, google = false;
    enum berth_status status =
        berth_folder_find(folder, "config.json", &own, err);

    if (status == BERTH_OK && !own)
        status = berth_folder_find(folder, config_name, &google, err);
    *out = google;
    return status;
}

enum berth_status berth_tensorflow_find(const struct berth_folder *folder,
                                        char **name, struct berth_error *err)
{
    char checkpoint[NAME_SIZE] = "";
    bool config = false, weights = false;
    enum berth_status status = needs_config(folder, &config, err);

    if (status == BERTH_OK)
        status = has_weights(folder, &weights, err);
    if (status == BERTH_OK && !weights)
        status = choose(folder, checkpoint, err);
    if (status != BERTH_OK || (!config && checkpoint[0] == '\0'))
        return status;
    *name = strdup(checkpoint);
    return *name != NULL ? BERTH_OK : fail_memory(checkpoint, err);
}

static enum berth_status fail_index(const struct berth_folder *folder,
                                    const char *index, struct berth_error *err)
{
    char file[PATH_MAX];

    return berth_fail(err, BERTH_ERR_FORMAT,
                      "%s: expected this file beside the other files of the "
                      "checkpoint, found none: get it, too",
                      berth_folder_file(folder, index, file, sizeof(file)));
}

/* A copy of the index under the name that is looked for. */
static enum berth_status offer_copy(struct berth_folder *folder,
                                    const char *index, struct berth_error *err)
{
    struct berth_blob file = {0};
    enum berth_status status = berth_folder_read(folder, index, &file, err);
    void *copy;

    if (status != BERTH_OK)
        return status;
    copy = malloc(file.size + 1);
    if (copy != NULL && file.size > 0)
        memcpy(copy, file.data, file.size);
    status = copy != NULL ? berth_folder_offer(folder, BERTH_TENSORFLOW_INDEX,
                                               index, copy, file.size, err)
                          : fail_memory(index, err);
    berth_blob_release(&file);
    return status;
}

static enum berth_status offer_index(struct berth_folder *folder,
                                     const char *name, struct berth_error *err)
{
    char index[NAME_SIZE + 8];
    bool found = false;

    snprintf(index, sizeof(index), "%s.index", name);
    enum berth_status status = berth_folder_find(folder, index, &found, err);
    if (status != BERTH_OK)
        return status;
    if (!found)
        return fail_index(folder, index, err);
    return strcmp(index, BERTH_TENSORFLOW_INDEX) != 0
               ? offer_copy(folder, index, err)
               : BERTH_OK;
}

/* ------------------------------------------------------------ what it means */

/* Google's file is of BERT, which it does not say. */
static enum berth_status offer_config(struct berth_folder *folder,
                                      struct berth_error *err)
{
    struct berth_blob file = {0};
    json_t *config = NULL;
    char *text = NULL;
    enum berth_status status =
        berth_json_read(folder, config_name, &config, err);

    if (status == BERTH_OK)
        status = berth_folder_read(folder, config_name, &file, err);
    if (status == BERTH_OK) {
        const json_t *type = json_object_get(config, "model_type");

        /* What is no object is for the reader of config.json to refuse. */
        text = json_is_object(config) && (type == NULL || json_is_null(type))
                   ? berth_json_set((const char *)file.data, file.size,
                                    "model_type", "\"bert\"")
                   : strndup((const char *)file.data, file.size);
        status = text != NULL
                     ? berth_folder_offer(folder, "config.json", config_name,
                                          text, strlen(text), err)
                     : fail_memory(config_name, err);
    }
    berth_blob_release(&file);
    json_decref(config);
    return status;
}

/* Google's names: uncased_L-12_H-768_A-12, multi_cased_L-12_H-768_A-12. In the
 * cache of Hugging Face the folder of a snapshot has another. */
static const char *case_of_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *repository = strstr(path, "models--");
    const char *name = repository != NULL ? repository
                       : slash != NULL    ? slash + 1
                                          : path;

    if (strcasestr(name, "uncased") != NULL)
        return "true";
    return strcasestr(name, "cased") != NULL ? "false" : NULL;
}

/* A vocabulary without capitals could not spell a text that has them; [CLS] and
 * its like always have some. */
static const char *case_of_vocabulary(const struct berth_blob *file)
{
    const char *at = (const char *)file->data;
    const char *end = file->size > 0 ? at + file->size : at;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;

        for (const char *c = at; *at != '[' && c < stop; c++) {
            if (*c >= 'A' && *c <= 'Z')
                return "false";
        }
        at = stop < end ? stop + 1 : end;
    }
    return "true";
}

static enum berth_status guess_case(const struct berth_folder *folder,
                                    const char **lower, const char **origin,
                                    struct berth_error *err)
{
    struct berth_blob file = {0};

    *origin = "guessed from the folder's name";
    *lower = case_of_name(berth_folder_path(folder));
    if (*lower != NULL)
        return BERTH_OK;
    *origin = "guessed from vocab.txt";
    enum berth_status status =
        berth_folder_read(folder, "vocab.txt", &file, err);
    if (status == BERTH_OK)
        *lower = case_of_vocabulary(&file);
    berth_blob_release(&file);
    return status;
}

static enum berth_status offer_case(struct berth_folder *folder,
                                    struct berth_error *err)
{
    static const char *const says[] = {"tokenizer_config.json",
                                       "tokenizer.json"};
    const char *lower = NULL, *origin = NULL;
    bool said = false, vocabulary = false;
    char *text = NULL;
    enum berth_status status =
        berth_folder_find(folder, "vocab.txt", &vocabulary, err);

    for (size_t i = 0; status == BERTH_OK && !said && i < 2; i++)
        status = berth_folder_find(folder, says[i], &said, err);
    if (status != BERTH_OK || said || !vocabulary)
        return status;
    status = guess_case(folder, &lower, &origin, err);
    if (status != BERTH_OK)
        return status;
    if (asprintf(&text, "{\"do_lower_case\": %s}", lower) < 0)
        return fail_memory(origin, err);
    return berth_folder_offer(folder, says[0], origin, text, strlen(text), err);
}

enum berth_status berth_tensorflow_offer(struct berth_folder *folder,
                                         const char *name,
                                         struct berth_error *err)
{
    bool config = false;
    enum berth_status status = needs_config(folder, &config, err);

    if (status == BERTH_OK && config)
        status = offer_config(folder, err);
    if (status == BERTH_OK && config)
        status = offer_case(folder, err);
    return status == BERTH_OK && name[0] != '\0'
               ? offer_index(folder, name, err)
               : status;
}
