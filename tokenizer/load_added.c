/*
 * load_added.c - added and special tokens, which five files may declare.
 *
 * Ids do not come from the files: a token of the vocabulary keeps its id there,
 * any other gets the next one behind it, in the order of adding. That is how
 * the reference does it; the ids in the files only order the tokens.
 */
#include "tokenizer/load.h"

#include "lib/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMED = 7
};

static const char *const names[NAMED] = {"bos_token", "eos_token", "unk_token",
                                         "sep_token", "pad_token", "cls_token",
                                         "mask_token"};
static const char *const bert_tokens[NAMED] = {
    NULL, NULL, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"};

/* A token that a file declares; content is borrowed from the JSON. */
struct declared {
    struct berth_added_token token;
    size_t index; /* its id in the file */
    size_t order; /* of declaring */
};

struct list {
    struct declared *items;
    size_t n;
    size_t capacity;
};

/* One run of berth_load_added(). */
struct gathering {
    struct berth_loading *l;
    struct list list;
    json_t *map;                /* special_tokens_map.json; NULL: none */
    json_t *extra;              /* added_tokens.json; NULL: none */
    struct berth_added special; /* what is special for added_tokens.json */
};

static enum berth_status fail_token(const struct berth_loading *l,
                                    const char *name, const char *expected,
                                    const json_t *found)
{
    char buf[64];

    return berth_fail(l->err, BERTH_ERR_FORMAT, "%s: expected %s, found %s",
                      name, expected,
                      berth_json_describe(found, buf, sizeof(buf)));
}

/* A token as an object {"content": ..., "lstrip": ...}, or a string, which is
 * special. */
static enum berth_status read_token(const struct berth_loading *l,
                                    const json_t *value, const char *name,
                                    bool special, struct berth_added_token *out)
{
    const json_t *content =
        json_is_object(value) ? json_object_get(value, "content") : value;
    bool found;
    enum berth_status status;

    *out = (struct berth_added_token){.special = special};
    if (!json_is_string(content))
        return fail_token(l, name, "a token, a string or an object", value);
    /* Python's half surrogate pairs are read as such a string. */
    if (name != l->file_name &&
        strlen(json_string_value(content)) != json_string_length(content))
        return fail_token(l, name, "a token without U+0000 or half a surrogate",
                          content);
    /* Text is never changed through this pointer; berth_added_put() copies. */
    out->content = (char *)(uintptr_t)json_string_value(content);
    out->length = json_string_length(content);
    if (!json_is_object(value))
        return BERTH_OK;
    status = berth_json_get_bool(value, name, "special", &out->special, &found,
                                 l->err);
    out->special |= special;
    out->normalized = !out->special;
    if (status == BERTH_OK)
        status = berth_json_get_bool(value, name, "normalized",
                                     &out->normalized, &found, l->err);
    if (status == BERTH_OK)
        status = berth_json_get_bool(value, name, "single_word",
                                     &out->single_word, &found, l->err);
    if (status == BERTH_OK)
        status = berth_json_get_bool(value, name, "lstrip", &out->lstrip,
                                     &found, l->err);
    if (status == BERTH_OK)
        status = berth_json_get_bool(value, name, "rstrip", &out->rstrip,
                                     &found, l->err);
    return status;
}

static bool same_content(const struct berth_added_token *a,
                         const struct berth_added_token *b)
{
    return a->length == b->length &&
           memcmp(a->content, b->content, a->length) == 0;
}

static enum berth_status declare(struct gathering *g,
                                 const struct berth_added_token *token,
                                 size_t index)
{
    struct list *list = &g->list;

    if (list->n == list->capacity) {
        size_t capacity = list->capacity > 0 ? 2 * list->capacity : 16;
        struct declared *grown =
            realloc(list->items, capacity * sizeof(*grown));

        if (grown == NULL) {
            return berth_fail(g->l->err, BERTH_ERR_MEMORY, "%s: out of memory",
                              g->l->config_name);
        }
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->n] = (struct declared){*token, index, list->n};
    list->n++;
    return BERTH_OK;
}

static int compare_declared(const void *left, const void *right)
{
    const struct declared *a = left, *b = right;

    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* By index; of the tokens of one index the last declared counts. */
static void sort_declared(struct list *list)
{
    size_t n = 0;

    if (list->n > 0)
        qsort(list->items, list->n, sizeof(*list->items), compare_declared);
    for (size_t i = 0; i < list->n; i++) {
        if (n > 0 && list->items[n - 1].index == list->items[i].index)
            n--;
        list->items[n++] = list->items[i];
    }
    list->n = n;
}

/* "added_tokens_decoder" of tokenizer_config.json: id to token. */
static enum berth_status declare_decoder(struct gathering *g, json_t *decoder)
{
    const char *name = g->l->config_name;
    const char *key;
    json_t *value;

    if (!json_is_object(decoder))
        return fail_token(g->l, name, "an object 'added_tokens_decoder'",
                          decoder);
    json_object_foreach(decoder, key, value)
    {
        struct berth_added_token token;
        char *end;
        unsigned long index;
        enum berth_status status;

        errno = 0;
        index = strtoul(key, &end, 10);
        if (end == key || *end != '\0' || errno != 0 || key[0] == '-')
            return fail_token(g->l, name, "ids in 'added_tokens_decoder'",
                              NULL);
        status = read_token(g->l, value, name, false, &token);
        if (status == BERTH_OK)
            status = declare(g, &token, index);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

/* "added_tokens" of tokenizer.json: objects with "id". */
static enum berth_status declare_file(struct gathering *g)
{
    struct berth_loading *l = g->l;
    const json_t *list = json_object_get(l->file, "added_tokens");
    const json_t *value;
    size_t i;

    json_array_foreach(list, i, value)
    {
        struct berth_added_token token;
        size_t index = i;
        enum berth_status status =
            read_token(l, value, l->file_name, false, &token);

        if (status == BERTH_OK)
            status = berth_json_get_size(value, l->file_name, "id", 0,
                                         UINT32_MAX, &index, NULL, l->err);
        if (status == BERTH_OK)
            status = declare(g, &token, index);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

/* What a key of the special tokens is: special_tokens_map.json comes before
 * tokenizer_config.json. NULL: nothing. */
static const json_t *named(const struct gathering *g, const char *key)
{
    const json_t *value = json_object_get(g->map, key);

    if (value == NULL || json_is_null(value))
        value = json_object_get(g->l->config, key);
    return value == NULL || json_is_null(value) ? NULL : value;
}

/* A named token: as a file says, else BERT's. *has: there is one. */
static enum berth_status read_named(const struct gathering *g, size_t which,
                                    struct berth_added_token *out, bool *has)
{
    const json_t *value = named(g, names[which]);
    const char *token = g->l->as_is ? NULL : bert_tokens[which];

    *has = value != NULL || token != NULL;
    if (value != NULL)
        return read_token(g->l, value, g->l->config_name, true, out);
    *out = (struct berth_added_token){.special = true};
    if (token != NULL) {
        out->content = (char *)(uintptr_t)token;
        out->length = strlen(token);
    }
    return BERTH_OK;
}

/*
 * The tokens without a name of their own: "extra_special_tokens", and what it
 * was called before. The old name counts only where the new one is missing,
 * and in special_tokens_map.json only for adding, not for what is special: that
 * is how the reference reads it. *second: the list of special_tokens_map.json.
 */
static json_t *extra_tokens(const struct gathering *g, bool adding,
                            json_t **second)
{
    json_t *config = json_object_get(g->l->config, "extra_special_tokens");
    json_t *old = json_object_get(g->l->config, "additional_special_tokens");

    *second = json_object_get(g->map, "extra_special_tokens");
    if (config == NULL && *second == NULL && old == NULL && adding)
        *second = json_object_get(g->map, "additional_special_tokens");
    if (old != NULL && json_array_size(config) == 0 &&
        json_object_size(config) == 0)
        config = old;
    return config;
}

static enum berth_status note_special(struct gathering *g, const json_t *list)
{
    const json_t *value;
    size_t i;

    json_array_foreach(list, i, value)
    {
        struct berth_added_token token;
        enum berth_status status =
            read_token(g->l, value, g->l->config_name, true, &token);

        if (status == BERTH_OK)
            status = berth_added_put(&g->special, &token, g->l->err);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

/* All that makes a token of added_tokens.json special. */
static enum berth_status gather_special(struct gathering *g)
{
    json_t *second;
    const json_t *first = extra_tokens(g, false, &second);
    enum berth_status status = note_special(g, first);

    if (status == BERTH_OK)
        status = note_special(g, second);
    for (size_t i = 0; status == BERTH_OK && i < NAMED; i++) {
        struct berth_added_token token;
        bool has;

        status = read_named(g, i, &token, &has);
        if (status == BERTH_OK && has)
            status = berth_added_put(&g->special, &token, g->l->err);
    }
    return status;
}

/* added_tokens.json, the oldest form: token to id. */
static enum berth_status declare_extra(struct gathering *g)
{
    char name[BERTH_FILE_NAME_MAX];
    const char *key;
    json_t *value;
    enum berth_status status = BERTH_OK;

    berth_folder_file(g->l->folder, "added_tokens.json", name, sizeof(name));
    if (g->extra != NULL)
        status = gather_special(g);
    if (status != BERTH_OK)
        return status;
    json_object_foreach(g->extra, key, value)
    {
        struct berth_added_token token = {.content = (char *)(uintptr_t)key,
                                          .length = strlen(key)};

        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return fail_token(g->l, name, "an id for every token", value);
        token.special =
            berth_added_by_content(&g->special, key, token.length) != NULL;
        token.normalized = !token.special;
        status = declare(g, &token, (size_t)json_integer_value(value));
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

static enum berth_status gather(struct gathering *g)
{
    json_t *decoder = json_object_get(g->l->config, "added_tokens_decoder");
    enum berth_status status;

    if (decoder != NULL && !json_is_null(decoder))
        return declare_decoder(g, decoder);
    status = berth_json_read_optional(g->l->folder, "special_tokens_map.json",
                                      &g->map, g->l->err);
    if (status == BERTH_OK)
        status = berth_json_read_optional(g->l->folder, "added_tokens.json",
                                          &g->extra, g->l->err);
    if (status == BERTH_OK)
        status = declare_extra(g);
    return status == BERTH_OK ? declare_file(g) : status;
}

/* The id of a token, or the next free one. */
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
                          l->as_is ? l->file_name : l->config_name,
                          BERTH_ID_MAX + 1);
    }
    if ((size_t)token.id >= t->facts.n_tokens)
        t->facts.n_tokens = (size_t)token.id + 1;
    return berth_added_put(&t->added, &token, l->err);
}

/* A special token that no file declared as an added one. */
static enum berth_status put_special(const struct gathering *g,
                                     const struct berth_added_token *token)
{
    const struct berth_added *added = &g->l->tokenizer->added;

    if (berth_added_by_content(added, token->content, token->length) != NULL)
        return BERTH_OK;
    return put(g->l, *token);
}

static enum berth_status put_declared(struct gathering *g)
{
    sort_declared(&g->list);
    for (size_t i = 0; i < g->list.n; i++) {
        struct berth_added_token token = g->list.items[i].token;
        enum berth_status status;

        for (size_t k = 0; k < NAMED && !token.special; k++) {
            struct berth_added_token other;
            bool has;

            status = read_named(g, k, &other, &has);
            if (status != BERTH_OK)
                return status;
            token.special = has && same_content(&other, &token);
        }
        status = put(g->l, token);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

static bool is_named(const char *key)
{
    for (size_t i = 0; i < NAMED; i++) {
        if (strcmp(key, names[i]) == 0)
            return true;
    }
    return false;
}

/* Keys with other names: of tokenizer_config.json those that end in "_token",
 * of "extra_special_tokens", where it is an object, all. */
static enum berth_status put_keys(struct gathering *g, json_t *object, bool all)
{
    static const char end[] = "_token";
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        size_t n = strlen(key);
        struct berth_added_token token;
        enum berth_status status;

        if (!all && (!json_is_string(value) || n < sizeof(end) ||
                     strcmp(key + n - (sizeof(end) - 1), end) != 0))
            continue;
        if (is_named(key))
            continue;
        status = read_token(g->l, value, g->l->config_name, true, &token);
        if (status == BERTH_OK)
            status = put_special(g, &token);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

static enum berth_status put_list(struct gathering *g, const json_t *list)
{
    const json_t *value;
    size_t i;

    json_array_foreach(list, i, value)
    {
        struct berth_added_token token;
        enum berth_status status = read_token(g->l, value, g->l->config_name,
                                              json_is_string(value), &token);

        if (status == BERTH_OK)
            status = put_special(g, &token);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

static enum berth_status put_others(struct gathering *g)
{
    json_t *second;
    json_t *first = extra_tokens(g, true, &second);
    enum berth_status status = put_keys(g, g->l->config, false);

    if (status == BERTH_OK)
        status = put_keys(g, first, true);
    if (status == BERTH_OK)
        status = put_keys(g, second, true);
    if (status == BERTH_OK)
        status = put_list(g, first);
    return status == BERTH_OK ? put_list(g, second) : status;
}

/* The id of a named token and, for the mask, its text. A tokenizer.json alone
 * names none: then BERT's, where they are special. */
static enum berth_status find_named(struct gathering *g, size_t which,
                                    int32_t *id, const char **text)
{
    const struct berth_added *added = &g->l->tokenizer->added;
    const struct berth_added_token *found;
    struct berth_added_token token;
    bool has;
    enum berth_status status = read_named(g, which, &token, &has);

    *id = -1;
    *text = NULL;
    if (status != BERTH_OK)
        return status;
    if (!has && bert_tokens[which] != NULL) {
        token.content = (char *)(uintptr_t)bert_tokens[which];
        token.length = strlen(token.content);
    }
    found = berth_added_by_content(added, token.content, token.length);
    if (found != NULL && found->special) {
        *id = found->id;
        *text = found->content;
    }
    return BERTH_OK;
}

static enum berth_status set_facts(struct gathering *g)
{
    struct berth_tokenizer_facts *facts = &g->l->tokenizer->facts;
    int32_t *const ids[NAMED] = {NULL,           NULL,           &facts->unk_id,
                                 &facts->sep_id, &facts->pad_id, &facts->cls_id,
                                 &facts->mask_id};
    const char *text = NULL;

    for (size_t i = 0; i < NAMED; i++) {
        enum berth_status status = BERTH_OK;

        if (ids[i] != NULL)
            status = find_named(g, i, ids[i], &text);
        if (status != BERTH_OK)
            return status;
    }
    facts->mask_token = text;
    facts->unk_id = g->l->tokenizer->wordpiece.unk_id;
    return BERTH_OK;
}

static enum berth_status put_all(struct gathering *g)
{
    enum berth_status status = put_declared(g);

    for (size_t i = 0; status == BERTH_OK && i < NAMED; i++) {
        struct berth_added_token token;
        bool has;

        status = read_named(g, i, &token, &has);
        if (status == BERTH_OK && has)
            status = put_special(g, &token);
    }
    if (status == BERTH_OK)
        status = put_others(g);
    return status == BERTH_OK ? set_facts(g) : status;
}

/* Used as it is, tokenizer.json adds its own tokens first. */
static enum berth_status put_file(struct berth_loading *l)
{
    const json_t *list = json_object_get(l->file, "added_tokens");
    const json_t *value;
    size_t i;

    json_array_foreach(list, i, value)
    {
        struct berth_added_token token;
        enum berth_status status =
            read_token(l, value, l->file_name, false, &token);

        if (status == BERTH_OK)
            status = put(l, token);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

enum berth_status berth_load_added(struct berth_loading *l)
{
    struct gathering g = {.l = l};
    enum berth_status status = BERTH_OK;

    l->tokenizer->facts.n_tokens = l->tokenizer->vocab.n_ids;
    if (l->as_is)
        status = put_file(l);
    if (status == BERTH_OK)
        status = gather(&g);
    if (status == BERTH_OK)
        status = put_all(&g);
    free(g.list.items);
    berth_added_free(&g.special);
    json_decref(g.map);
    json_decref(g.extra);
    return status;
}
