/*
 * fill.c - the pipeline of a class, with what the files say in its blanks.
 *
 *   "$key=true"      a switch of tokenizer_config.json, and its default, which
 *                    may be another switch: "$a=$b=true"
 *   "$cls_token"     the content of a special token
 *   "$cls_token_id"  its id, once there is one
 *   "$charsmap"      "precompiled_charsmap" of tokenizer.json, or of a .model
 *
 * A step of a list with "if" and false, or "unless" and true, or a $charsmap
 * that there is none of, is left out.
 */
#include "tokenizer/load/added.h"

#include "lib/status.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_MAX = 64
};

static enum berth_status read_switch(struct berth_loading *l, const char *blank,
                                     bool *value)
{
    size_t n = strcspn(blank, "=");
    const char *fallback = blank + n + 1;
    char key[KEY_MAX];
    bool found;
    enum berth_status status = BERTH_OK;

    snprintf(key, sizeof(key), "%.*s", (int)n, blank);
    if (*fallback == '$')
        status = read_switch(l, fallback + 1, value);
    else
        *value = strcmp(fallback, "true") == 0;
    if (status == BERTH_OK)
        status = berth_json_get_bool(l->config, l->config_name, key, value,
                                     &found, l->err);
    if (status != BERTH_OK)
        return status;
    return berth_settings_add(l->settings, key,
                              found ? "tokenizer_config.json" : "default", "%s",
                              *value ? "true" : "false");
}

/* The special token under a key; null is Python's "None", so most likely no
 * token at all. */
static enum berth_status read_token(struct berth_loading *l, size_t which,
                                    json_t **out)
{
    const struct berth_gathering g = {.l = l};
    struct berth_added_token token;
    bool has;
    enum berth_status status = berth_gather_named(&g, which, &token, &has);

    if (status != BERTH_OK)
        return status;
    if (!has) {
        token.content = (char *)(uintptr_t) "None";
        token.length = strlen(token.content);
    }
    *out = json_stringn_nocheck(token.content, token.length);
    return BERTH_OK;
}

/* null or "" cannot be a token that is put around texts. */
static enum berth_status fail_around(const struct berth_loading *l,
                                     const char *key)
{
    const char *name;
    const json_t *value = berth_load_named(l, key, &name);
    char found[KEY_MAX];

    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected the token that stands around "
                      "texts, found %s",
                      name, key,
                      berth_json_describe(value, found, sizeof(found)));
}

static enum berth_status read_token_id(struct berth_loading *l, size_t which,
                                       json_t **out)
{
    const struct berth_gathering g = {.l = l};
    const struct berth_added_token *found;
    struct berth_added_token token;
    bool has;
    enum berth_status status = berth_gather_named(&g, which, &token, &has);

    if (status != BERTH_OK)
        return status;
    found = has ? berth_added_by_content(&l->tokenizer->added, token.content,
                                         token.length)
                : NULL;
    if (found == NULL)
        return fail_around(l, berth_named_keys[which]);
    *out = json_integer(found->id);
    return BERTH_OK;
}

/* Of the .model, or the first Precompiled of tokenizer.json; NULL: there is
 * none. */
static json_t *find_charsmap(const struct berth_loading *l)
{
    static const char key[] = "precompiled_charsmap";
    const json_t *part = json_object_get(l->file, "normalizer");
    const json_t *list = json_object_get(part, "normalizers"), *step;
    json_t *found =
        l->charsmap != NULL ? l->charsmap : json_object_get(part, key);
    size_t i;

    json_array_foreach(list, i, step)
    {
        if (found == NULL)
            found = json_object_get(step, key);
    }
    return json_is_string(found) ? json_incref(found) : NULL;
}

/* What a blank stands for; *out is owned, and NULL: there is nothing. */
static enum berth_status read_blank(struct berth_loading *l, const char *blank,
                                    json_t **out)
{
    bool value = false;
    enum berth_status status;

    *out = NULL;
    if (strcmp(blank, "charsmap") == 0) {
        *out = find_charsmap(l);
        return BERTH_OK;
    }
    for (size_t i = 0; i < BERTH_NAMED; i++) {
        const char *key = berth_named_keys[i];
        size_t n = strlen(key);

        if (strcmp(blank, key) == 0)
            return read_token(l, i, out);
        if (strncmp(blank, key, n) == 0 && strcmp(blank + n, "_id") == 0)
            return read_token_id(l, i, out);
    }
    status = read_switch(l, blank, &value);
    if (status == BERTH_OK)
        *out = json_boolean(value);
    return status;
}

/* Whether a step of a list is to be taken, once its blanks are filled. */
static bool is_taken(json_t *step)
{
    const json_t *charsmap = json_object_get(step, "precompiled_charsmap");
    bool taken = !json_is_false(json_object_get(step, "if")) &&
                 !json_is_true(json_object_get(step, "unless")) &&
                 (charsmap == NULL || !json_is_null(charsmap));

    json_object_del(step, "if");
    json_object_del(step, "unless");
    return taken;
}

static enum berth_status fill_list(struct berth_loading *l, json_t *list)
{
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; status == BERTH_OK && i < json_array_size(list);) {
        json_t *item = json_array_get(list, i);
        const char *text = json_string_value(item);

        if (text != NULL && *text == '$') {
            status = read_blank(l, text + 1, &item);
            if (status == BERTH_OK)
                json_array_set_new(list, i, item);
        } else {
            status = berth_load_fill(l, item);
        }
        if (status == BERTH_OK && json_is_object(item) && !is_taken(item))
            json_array_remove(list, i);
        else
            i++;
    }
    return status;
}

enum berth_status berth_load_fill(struct berth_loading *l, json_t *part)
{
    enum berth_status status = BERTH_OK;
    const char *key;
    json_t *value;

    if (json_is_array(part))
        return fill_list(l, part);
    json_object_foreach(part, key, value)
    {
        const char *text = json_string_value(value);

        if (status != BERTH_OK)
            break;
        if (text == NULL || *text != '$') {
            status = berth_load_fill(l, value);
            continue;
        }
        status = read_blank(l, text + 1, &value);
        if (status == BERTH_OK)
            json_object_set_new(part, key, value != NULL ? value : json_null());
    }
    return status;
}

/* Strict JSON has no ', so that the text of a class can be read. */
static json_t *parse_class(const char *pipeline)
{
    size_t n = strlen(pipeline);
    char *text = malloc(n + 1);
    json_t *out = NULL;

    for (size_t i = 0; text != NULL && i <= n; i++)
        text[i] = pipeline[i] == '\'' ? '"' : pipeline[i];
    if (text != NULL)
        out = json_loads(text, 0, NULL);
    free(text);
    return out;
}

enum berth_status berth_load_pipeline(struct berth_loading *l)
{
    json_t *ours = NULL;

    if (l->class->pipeline == NULL) {
        l->pipeline = json_incref(l->file);
        return BERTH_OK;
    }
    l->pipeline = parse_class(l->class->pipeline);
    if (l->class->file_surrounds)
        ours = json_object_get(l->file, "post_processor");
    if (json_is_object(ours))
        json_object_set(l->pipeline, "post_processor", ours);
    return berth_load_memory(l, l->pipeline != NULL);
}
