/*
 * prompts.c - config_sentence_transformers.json: prompts, and how
 * vectors are cut and compared.
 */
#include "lib/status.h"
#include "models/sentence/files.h"
#include "models/sentence/keys.h"

#include <stdlib.h>
#include <string.h>

static enum berth_status no_memory(const struct berth_sentence_reader *r)
{
    return berth_fail(r->err, BERTH_ERR_MEMORY, "%s: out of memory", r->file);
}

enum berth_status
berth_sentence_key_model_type(const struct berth_sentence_reader *r)
{
    const char *wanted = r->sentence->sparse  ? "SparseEncoder"
                         : r->sentence->cross ? "CrossEncoder"
                                              : "SentenceTransformer";
    const char *type = wanted;
    bool found;
    enum berth_status status = berth_json_get_string(r->object, r->file, r->key,
                                                     &type, &found, r->err);

    r->sentence->cross_said = r->sentence->cross && found;
    if (status != BERTH_OK || strcmp(type, wanted) == 0)
        return status;
    return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key 'model_type': expected \"%s\", found "
                      "\"%.64s\", which is not supported",
                      r->file, wanted, type);
}

/* Null leaves it to config.json, and so to the default. */
enum berth_status
berth_sentence_key_scores(const struct berth_sentence_reader *r)
{
    const char *path = NULL;
    bool found;
    enum berth_status status = berth_json_get_string(r->object, r->file, r->key,
                                                     &path, &found, r->err);

    if (status != BERTH_OK || path == NULL || !r->sentence->cross)
        return status;
    r->sentence->activation = strdup(path);
    return r->sentence->activation != NULL ? BERTH_OK : no_memory(r);
}

/* ------------------------------------------------------------------ prompts */

/* "prompt.NAME", with the whole name: no two prompts share a setting. */
static enum berth_status keep_prompt(const struct berth_sentence_reader *r,
                                     const struct berth_prompt *p)
{
    static const char start[] = "prompt.";
    size_t n = strlen(p->name) + 1;
    char *key = malloc(sizeof(start) + n);
    enum berth_status status;

    if (key == NULL)
        return no_memory(r);
    memcpy(key, start, sizeof(start) - 1);
    memcpy(key + sizeof(start) - 1, p->name, n);
    status = berth_sentence_keep(r, key, r->name, p->text);
    free(key);
    return status;
}

static enum berth_status copy_prompt(const struct berth_sentence_reader *r,
                                     const char *name, const char *text)
{
    struct berth_sentence *sentence = r->sentence;
    struct berth_prompt *p = &sentence->prompts[sentence->n_prompts++];

    *p = (struct berth_prompt){strdup(name), strdup(text)};
    if (p->name == NULL || p->text == NULL)
        return no_memory(r);
    return keep_prompt(r, p);
}

enum berth_status
berth_sentence_key_prompts(const struct berth_sentence_reader *r)
{
    json_t *prompts = json_object_get(r->object, r->key), *value;
    struct berth_sentence *sentence = r->sentence;
    const char *name;
    char buf[64];

    if (json_is_null(prompts))
        return BERTH_OK;
    if (!json_is_object(prompts)) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key 'prompts': expected an object, found %s",
                          r->file,
                          berth_json_describe(prompts, buf, sizeof(buf)));
    }
    sentence->prompts =
        calloc(json_object_size(prompts) + 1, sizeof(*sentence->prompts));
    if (sentence->prompts == NULL)
        return no_memory(r);
    json_object_foreach(prompts, name, value)
    {
        const char *text = ""; /* null means an empty prompt */
        bool found;
        enum berth_status status = berth_json_get_string(prompts, r->file, name,
                                                         &text, &found, r->err);

        (void)value;
        if (status == BERTH_OK)
            status = copy_prompt(r, name, text);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

enum berth_status
berth_sentence_key_default_prompt(const struct berth_sentence_reader *r)
{
    struct berth_sentence *sentence = r->sentence;
    const char *name = NULL;
    bool found;
    enum berth_status status = berth_json_get_string(r->object, r->file, r->key,
                                                     &name, &found, r->err);

    if (status != BERTH_OK || !found)
        return status;
    /* sentence-transformers always has these two prompts; they are empty unless
     * the file says otherwise. */
    if (strcmp(name, "query") == 0 || strcmp(name, "document") == 0)
        sentence->default_prompt = "";
    for (size_t i = 0; i < sentence->n_prompts; i++) {
        if (strcmp(sentence->prompts[i].name, name) == 0)
            sentence->default_prompt = sentence->prompts[i].text;
    }
    if (sentence->default_prompt == NULL) {
        return berth_fail(r->err, BERTH_ERR_FORMAT,
                          "%s: key 'default_prompt_name': expected the name "
                          "of one of the prompts, found \"%.64s\"",
                          r->file, name);
    }
    return berth_sentence_keep(r, "default_prompt_name", r->name, name);
}

/* ------------------------------------------------------------------ vectors */

/* A missing key and null both mean cosine. */
enum berth_status
berth_sentence_key_similarity(const struct berth_sentence_reader *r)
{
    struct berth_sentence *sentence = r->sentence;
    const char *name = "cosine";
    bool found;
    enum berth_status status = berth_json_get_string(r->object, r->file, r->key,
                                                     &name, &found, r->err);

    if (status != BERTH_OK)
        return status;
    if (!berth_similarity_parse(name, &sentence->similarity)) {
        return berth_fail(r->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key 'similarity_fn_name': expected cosine, dot, "
                          "euclidean or manhattan, found \"%.64s\", which is "
                          "not supported",
                          r->file, name);
    }
    return berth_sentence_keep(r, "similarity_fn_name",
                               found ? r->name : "default", name);
}

/* A key that only berth reads; other libraries ignore it. */
enum berth_status
berth_sentence_key_threshold(const struct berth_sentence_reader *r)
{
    struct berth_sentence *sentence = r->sentence;
    double most = sentence->similarity == BERTH_SIMILARITY_COSINE ? 1 : 1e30;
    double x = 0;
    bool found;
    enum berth_status status = berth_json_get_number(
        r->object, r->file, r->key, -most, most, &x, &found, r->err);

    if (status != BERTH_OK || !found)
        return status;
    sentence->similarity_threshold = x;
    return BERTH_OK;
}

enum berth_status
berth_sentence_key_truncate_dim(const struct berth_sentence_reader *r)
{
    size_t *dim = &r->sentence->truncate_dim;
    bool found;
    enum berth_status status = berth_json_get_size(
        r->object, r->file, r->key, 1, 1 << 30, dim, &found, r->err);

    if (status != BERTH_OK || !found)
        return status;
    if (berth_settings_add(r->settings, r->key, r->name, "%zu", *dim) !=
        BERTH_OK)
        return no_memory(r);
    return BERTH_OK;
}

enum berth_status
berth_sentence_read_prompts(const struct berth_sentence_reader *r)
{
    bool found;

    return berth_sentence_read_file(r, "config_sentence_transformers.json",
                                    BERTH_KEYS_MAIN, &found);
}
