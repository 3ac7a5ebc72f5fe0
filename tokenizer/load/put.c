/*
 * put.c - adding the tokens that the files declare.
 *
 * Ids do not come from the files: a token of the vocabulary keeps its id there,
 * any other gets the next one after it, in the order of adding. That is how
 * the reference does it; the ids in the files only order the tokens.
 */
#include "tokenizer/load/added.h"

#include "lib/status.h"

#include <string.h>

static bool same_content(const struct berth_added_token *a,
                         const struct berth_added_token *b)
{
    return a->length == b->length &&
           memcmp(a->content, b->content, a->length) == 0;
}

/* The id of a token, or the next free one: with a vocabulary of 100 tokens and
 * one added before, 101. */
static int32_t assign_id(const struct berth_tokenizer *t,
                         const struct berth_added_token *token)
{
    int32_t id = berth_tokenizer_id(t, token->content, token->length);
    int32_t next = (int32_t)t->vocab.n_tokens;

    if (id >= 0)
        return id;
    return t->added.n > 0 && t->added.largest >= next ? t->added.largest + 1
                                                      : next;
}

static enum berth_status put(struct berth_loading *l,
                             struct berth_added_token token)
{
    struct berth_tokenizer *t = l->tokenizer;

    if (token.length == 0)
        return BERTH_OK;
    token.id = assign_id(t, &token);
    if (token.id > BERTH_ID_MAX) {
        return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                          "%s: expected at most %d tokens, added ones counted, "
                          "found more",
                          l->class->pipeline == NULL ? l->file_name
                                                     : l->config_name,
                          BERTH_ID_MAX + 1);
    }
    if ((size_t)token.id >= t->facts.n_tokens)
        t->facts.n_tokens = (size_t)token.id + 1;
    return berth_added_put(&t->added, &token, l->err);
}

enum berth_status berth_put_file(struct berth_gathering *g)
{
    struct berth_loading *l = g->l;
    const json_t *list = l->class->pipeline == NULL
                             ? json_object_get(l->file, "added_tokens")
                             : NULL;
    const json_t *value;
    size_t i;

    json_array_foreach(list, i, value)
    {
        struct berth_added_token token;
        enum berth_status status =
            berth_gather_token(l, value, l->file_name, false, &token);

        if (status == BERTH_OK)
            status = put(l, token);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

/* A special token that no file declared as an added one: "mask_token": "[MASK]"
 * does not change the lstrip of [MASK] in "added_tokens". Of several of one
 * content the last says how it is matched. */
static enum berth_status put_special(const struct berth_gathering *g,
                                     const struct berth_added_token *token)
{
    const struct berth_added *added = &g->l->tokenizer->added;
    const struct berth_added_token *found =
        berth_added_by_content(added, token->content, token->length);

    if (found != NULL && (size_t)(found - added->tokens) < g->n_declared)
        return BERTH_OK;
    return put(g->l, *token);
}

/* In the order of their ids; a token that a key names is special, whatever it
 * says itself. */
enum berth_status berth_put_declared(struct berth_gathering *g)
{
    for (size_t i = 0; i < g->list.n; i++) {
        struct berth_added_token token = g->list.items[i].token;
        enum berth_status status;

        for (size_t k = 0; k < BERTH_NAMED && !token.special; k++) {
            struct berth_added_token other;
            bool has;

            status = berth_gather_named(g, k, &other, &has);
            if (status != BERTH_OK)
                return status;
            token.special = has && same_content(&other, &token);
        }
        status = put(g->l, token);
        if (status != BERTH_OK)
            return status;
    }
    g->n_declared = g->l->tokenizer->added.n;
    return BERTH_OK;
}

enum berth_status berth_put_named(struct berth_gathering *g)
{
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; status == BERTH_OK && i < BERTH_NAMED; i++) {
        struct berth_added_token token;
        bool has;

        status = berth_gather_named(g, i, &token, &has);
        if (status == BERTH_OK && has)
            status = put_special(g, &token);
    }
    return status;
}

static bool is_named(const char *key)
{
    for (size_t i = 0; i < BERTH_NAMED; i++) {
        if (strcmp(key, berth_named_keys[i]) == 0)
            return true;
    }
    return false;
}

/* A key that ends in "_token" and is none of the names: "image_token". */
static bool is_other(const char *key)
{
    static const char end[] = "_token";
    size_t n = strlen(key), n_end = sizeof(end) - 1;

    return n > n_end && strcmp(key + n - n_end, end) == 0 && !is_named(key);
}

/* {"__type": "AddedToken", ...}, as transformers saves a token. */
static bool is_marked(const json_t *value)
{
    const char *type = json_string_value(json_object_get(value, "__type"));

    return type != NULL && strcmp(type, "AddedToken") == 0;
}

static enum berth_status put_key(const struct berth_gathering *g,
                                 const json_t *value)
{
    struct berth_added_token token;
    enum berth_status status =
        berth_gather_token(g->l, value, g->l->config_name, true, &token);

    return status == BERTH_OK ? put_special(g, &token) : status;
}

/*
 * Keys with other names. First come the objects of tokenizer_config.json, for
 * which special_tokens_map.json may say something else, and all of that file;
 * then the strings of tokenizer_config.json, which win over it.
 */
enum berth_status berth_put_keys(struct berth_gathering *g)
{
    enum berth_status status = BERTH_OK;
    json_t *config = g->l->config;
    const char *key;
    json_t *value;

    json_object_foreach(config, key, value)
    {
        const json_t *other = json_object_get(g->l->map, key);

        if (status == BERTH_OK && is_other(key) && is_marked(value))
            status = put_key(g, other != NULL ? other : value);
    }
    json_object_foreach(g->l->map, key, value)
    {
        const json_t *other = json_object_get(config, key);

        if (status == BERTH_OK && is_other(key) &&
            (json_is_string(value) || json_is_object(value)))
            status = put_key(g, json_is_string(other) ? other : value);
    }
    json_object_foreach(config, key, value)
    {
        if (status == BERTH_OK && is_other(key) && json_is_string(value))
            status = put_key(g, value);
    }
    return status;
}

/* "extra_special_tokens" where it is an object: all of it. */
static enum berth_status put_object(const struct berth_gathering *g,
                                    json_t *object)
{
    enum berth_status status = BERTH_OK;
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        if (status == BERTH_OK && !is_named(key))
            status = put_key(g, value);
    }
    return status;
}

/* ["<a>", {"content": "<b>", ...}]: a string is special, an object as it says.
 */
static enum berth_status put_list(struct berth_gathering *g, const json_t *list)
{
    const json_t *value;
    size_t i;

    json_array_foreach(list, i, value)
    {
        struct berth_added_token token;
        enum berth_status status = berth_gather_token(
            g->l, value, g->l->config_name, json_is_string(value), &token);

        if (status == BERTH_OK)
            status = put_special(g, &token);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

/* Where transformers 5 saves them all once more. If the same file has tokens
 * under their own keys or in "extra_special_tokens", these are used instead. */
static json_t *saved_others(const struct berth_gathering *g)
{
    json_t *config = g->l->config;
    const char *key;
    json_t *value;

    json_object_foreach(config, key, value)
    {
        if (is_other(key) && json_is_string(value))
            return NULL;
    }
    value = json_object_get(config, "model_specific_special_tokens");
    return json_is_object(value) ? value : NULL;
}

enum berth_status berth_put_objects(struct berth_gathering *g)
{
    struct berth_extra extra = berth_gather_extra(g, true);
    enum berth_status status = BERTH_OK;

    if (!json_is_object(json_object_get(g->l->config, "extra_special_tokens")))
        extra.objects[0] = saved_others(g);
    for (size_t i = 0; status == BERTH_OK && i < 2; i++)
        status = put_object(g, extra.objects[i]);
    return status;
}

enum berth_status berth_put_lists(struct berth_gathering *g)
{
    struct berth_extra extra = berth_gather_extra(g, true);
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; status == BERTH_OK && i < 2; i++)
        status = put_list(g, extra.lists[i]);
    return status;
}

/* The id of a named token and, for the mask, its text. A tokenizer.json alone
 * names none: then BERT's, where they are special. */
static enum berth_status find_named(struct berth_gathering *g, size_t which,
                                    int32_t *id, const char **text)
{
    const struct berth_added *added = &g->l->tokenizer->added;
    const struct berth_tokenizer_class *class = g->l->class;
    const struct berth_added_token *found;
    struct berth_added_token token;
    bool has;
    enum berth_status status = berth_gather_named(g, which, &token, &has);

    *id = -1;
    *text = NULL;
    if (status != BERTH_OK)
        return status;
    if (!has && class->pipeline == NULL && class->tokens[which] != NULL) {
        token.content = (char *)(uintptr_t) class->tokens[which];
        token.length = strlen(token.content);
    }
    found = berth_added_by_content(added, token.content, token.length);
    if (found != NULL && found->special) {
        *id = found->id;
        *text = found->content;
    }
    return BERTH_OK;
}

enum berth_status berth_put_facts(struct berth_gathering *g)
{
    struct berth_tokenizer_facts *facts = &g->l->tokenizer->facts;
    int32_t *const ids[BERTH_NAMED] = {
        NULL,           NULL,           &facts->unk_id, &facts->sep_id,
        &facts->pad_id, &facts->cls_id, &facts->mask_id};
    const char *text = NULL;

    for (size_t i = 0; i < BERTH_NAMED; i++) {
        enum berth_status status = BERTH_OK;

        if (ids[i] != NULL)
            status = find_named(g, i, ids[i], &text);
        if (status != BERTH_OK)
            return status;
    }
    facts->mask_token = text;
    facts->unk_id = g->l->tokenizer->subwords.unk_id;
    return BERTH_OK;
}
