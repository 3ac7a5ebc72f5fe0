/*
 * added.c - added and special tokens, which four files may declare: A
 * added_tokens.json, C tokenizer_config.json, M special_tokens_map.json, T
 * tokenizer.json. Each row is a function of that name, run in this order:
 *
 * row              file  key                    who wins            special?
 * ---------------  ----  ---------------------  ------------------  ---------
 * put_file         T     added_tokens           only if T is used   it says
 *                                               as it is
 * declare_decoder  C     added_tokens_decoder   C: the next two     it says
 *                                               rows are not read
 * declare_old      A     (every key)            of an id the last   by others
 * declare_file     T     added_tokens           of an id the last   it says
 * put_declared           (those three, by id)                       or named
 * put_named        M, C  bos_token, eos_token,  M, C, the class     yes
 *                        ... mask_token
 * put_keys         C, M  another "..._token"    C if it is a        yes
 *                                               string, M, C
 * put_objects      C, M  extra_special_tokens,  all are added; see  yes
 *                        if it is an object     saved_others()
 * put_lists        C, M  the same as a list, or see berth_gather_   strings
 *                        additional_special_    extra()
 *                        tokens, the old name
 *
 * A token that an earlier row has added keeps its id. How it is matched (lstrip
 * and so on) is as the last row says, but what came up to put_declared is not
 * changed by the rows of special tokens. put_facts looks up what came of it.
 *
 * special: plain text does not have it, and decoding leaves it out on demand.
 * "by others": a string of put_named or put_lists, or an object of M there, has
 * that text. "or named": a token that put_named has is special.
 */
#include "tokenizer/load/added.h"

#include "lib/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const berth_named_keys[BERTH_NAMED] = {
    "bos_token", "eos_token", "unk_token", "sep_token",
    "pad_token", "cls_token", "mask_token"};

static enum berth_status fail_token(const struct berth_loading *l,
                                    const char *name, const char *expected,
                                    const json_t *found)
{
    char buf[64];

    return berth_fail(l->err, BERTH_ERR_FORMAT, "%s: expected %s, found %s",
                      name, expected,
                      berth_json_describe(found, buf, sizeof(buf)));
}

/* The switches of {"content": "[X]", "special": true, ...}. */
static enum berth_status read_switches(const struct berth_loading *l,
                                       const json_t *value, const char *name,
                                       bool special,
                                       struct berth_added_token *out)
{
    const struct {
        const char *key;
        bool *value;
    } switches[] = {{"normalized", &out->normalized},
                    {"single_word", &out->single_word},
                    {"lstrip", &out->lstrip},
                    {"rstrip", &out->rstrip}};
    bool found;
    enum berth_status status = berth_json_get_bool(
        value, name, "special", &out->special, &found, l->err);

    out->special |= special;
    out->normalized = !out->special;
    for (size_t i = 0; status == BERTH_OK && i < 4; i++)
        status = berth_json_get_bool(value, name, switches[i].key,
                                     switches[i].value, &found, l->err);
    /* Those that are Python programs look for every token in the raw text. */
    out->normalized &= !l->class->own_files;
    return status;
}

enum berth_status berth_gather_token(const struct berth_loading *l,
                                     const json_t *value, const char *name,
                                     bool special,
                                     struct berth_added_token *out)
{
    const json_t *content =
        json_is_object(value) ? json_object_get(value, "content") : value;

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
    return json_is_object(value) ? read_switches(l, value, name, special, out)
                                 : BERTH_OK;
}

/* The token that a file has under an id, or in its place of a list. */
static enum berth_status declare(struct berth_gathering *g,
                                 const struct berth_added_token *token,
                                 size_t index)
{
    struct berth_declared_list *list = &g->list;

    if (list->n == list->capacity) {
        size_t capacity = list->capacity > 0 ? 2 * list->capacity : 16;
        struct berth_declared *grown =
            realloc(list->items, capacity * sizeof(*grown));

        if (grown == NULL) {
            return berth_fail(g->l->err, BERTH_ERR_MEMORY, "%s: out of memory",
                              g->l->config_name);
        }
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->n] = (struct berth_declared){*token, index, list->n};
    list->n++;
    return BERTH_OK;
}

static int compare_declared(const void *left, const void *right)
{
    const struct berth_declared *a = left, *b = right;

    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* By index; of the tokens of one index the last declared counts: where
 * added_tokens.json has {"[A]": 7} and tokenizer.json [B] with the id 7, [B].
 */
static enum berth_status sort_declared(struct berth_gathering *g)
{
    struct berth_declared_list *list = &g->list;
    size_t n = 0;

    if (list->n > 0)
        qsort(list->items, list->n, sizeof(*list->items), compare_declared);
    for (size_t i = 0; i < list->n; i++) {
        if (n > 0 && list->items[n - 1].index == list->items[i].index)
            n--;
        list->items[n++] = list->items[i];
    }
    list->n = n;
    return BERTH_OK;
}

/* "added_tokens_decoder", or NULL: null is none. */
static json_t *decoder_of(const struct berth_gathering *g)
{
    json_t *decoder = json_object_get(g->l->config, "added_tokens_decoder");

    return json_is_null(decoder) ? NULL : decoder;
}

/* {"103": {"content": "[MASK]", ...}, ...} */
static enum berth_status declare_decoder(struct berth_gathering *g)
{
    json_t *decoder = decoder_of(g);
    const char *name = g->l->config_name;
    const char *key;
    json_t *value;

    if (decoder == NULL)
        return BERTH_OK;
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
        status = berth_gather_token(g->l, value, name, false, &token);
        if (status == BERTH_OK)
            status = declare(g, &token, index);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

/* [{"id": 103, "content": "[MASK]", ...}, ...] */
static enum berth_status declare_file(struct berth_gathering *g)
{
    struct berth_loading *l = g->l;
    const json_t *list =
        decoder_of(g) == NULL ? json_object_get(l->file, "added_tokens") : NULL;
    const json_t *value;
    size_t i;

    json_array_foreach(list, i, value)
    {
        struct berth_added_token token;
        size_t index = i;
        enum berth_status status =
            berth_gather_token(l, value, l->file_name, false, &token);

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

const json_t *berth_load_named(const struct berth_loading *l, const char *key,
                               const char **name)
{
    const json_t *value = json_object_get(l->map, key);

    *name = value != NULL ? l->map_name : l->config_name;
    return value != NULL ? value : json_object_get(l->config, key);
}

enum berth_status berth_gather_named(const struct berth_gathering *g,
                                     size_t which,
                                     struct berth_added_token *out, bool *has)
{
    const char *name;
    const json_t *value =
        berth_load_named(g->l, berth_named_keys[which], &name);
    const struct berth_tokenizer_class *class = g->l->class;
    const char *token = class->pipeline == NULL ? NULL : class->tokens[which];
    enum berth_status status = BERTH_OK;

    *out = (struct berth_added_token){.special = true};
    *has = value != NULL ? !json_is_null(value) : token != NULL;
    if (!*has)
        return BERTH_OK;
    if (value != NULL) {
        status = berth_gather_token(g->l, value, name, true, out);
    } else {
        out->content = (char *)(uintptr_t)token;
        out->length = strlen(token);
    }
    if (which == BERTH_NAMED_MASK && class->mask_strips &&
        !json_is_object(value))
        out->lstrip = true;
    return status;
}

/* [], {} or nothing. */
static bool is_empty(const json_t *value)
{
    return json_array_size(value) == 0 && json_object_size(value) == 0;
}

struct berth_extra berth_gather_extra(const struct berth_gathering *g,
                                      bool adding)
{
    json_t *config = g->l->config;
    json_t *extra = json_object_get(config, "extra_special_tokens");
    json_t *old = json_object_get(config, "additional_special_tokens");
    json_t *more = json_object_get(g->l->map, "extra_special_tokens");
    json_t *older = json_object_get(g->l->map, "additional_special_tokens");
    struct berth_extra out = {0};

    if (old != NULL && is_empty(extra)) {
        extra = old;
        old = NULL;
    }
    if (json_is_object(extra)) {
        out.objects[0] = extra;
        extra = NULL;
    }
    if (json_is_object(more)) {
        out.objects[1] = more;
        extra = more = NULL;
    }
    if (older != NULL)
        old = older;
    if (adding && extra == NULL && more == NULL)
        extra = old;
    out.lists[0] = extra;
    out.lists[1] = more;
    return out;
}

/* What makes a token of added_tokens.json special: a string of either file, or
 * an object of special_tokens_map.json. Those of tokenizer_config.json are not
 * tokens yet when the reference looks, and what BERT has by itself is not
 * there. */
static enum berth_status note_special(struct berth_gathering *g,
                                      const json_t *value, bool of_map)
{
    struct berth_added_token token;
    enum berth_status status;

    if (!json_is_string(value) && !(of_map && json_is_object(value)))
        return BERTH_OK;
    status = berth_gather_token(g->l, value, g->l->config_name, true, &token);
    return status == BERTH_OK ? berth_added_put(&g->special, &token, g->l->err)
                              : status;
}

static enum berth_status gather_special(struct berth_gathering *g)
{
    struct berth_extra extra = berth_gather_extra(g, false);
    enum berth_status status = BERTH_OK;

    for (size_t k = 0; k < 2; k++) {
        const json_t *value;
        size_t i;

        json_array_foreach(extra.lists[k], i, value)
        {
            if (status == BERTH_OK)
                status = note_special(g, value, k == 1);
        }
    }
    for (size_t i = 0; status == BERTH_OK && i < BERTH_NAMED; i++) {
        const char *name;
        const json_t *value =
            berth_load_named(g->l, berth_named_keys[i], &name);

        status = note_special(g, value, name == g->l->map_name);
    }
    return status;
}

/* {"[MASK]": 103, ...}, the oldest form. */
static enum berth_status read_old(struct berth_gathering *g)
{
    enum berth_status status = berth_json_read_optional(
        g->l->folder, "added_tokens.json", &g->old, g->l->err);

    return status == BERTH_OK && g->old != NULL ? gather_special(g) : status;
}

static enum berth_status declare_old(struct berth_gathering *g)
{
    char name[BERTH_FILE_NAME_MAX];
    const char *key;
    json_t *value;
    enum berth_status status = decoder_of(g) == NULL ? read_old(g) : BERTH_OK;

    if (status != BERTH_OK)
        return status;
    berth_folder_file(g->l->folder, "added_tokens.json", name, sizeof(name));
    json_object_foreach(g->old, key, value)
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

enum berth_status berth_load_added(struct berth_loading *l)
{
    static berth_gather_step *const rows[] = {
        berth_put_file,    declare_decoder,    declare_old,     declare_file,
        sort_declared,     berth_put_declared, berth_put_named, berth_put_keys,
        berth_put_objects, berth_put_lists,    berth_put_facts};
    struct berth_gathering g = {.l = l};
    enum berth_status status = BERTH_OK;

    l->tokenizer->facts.n_tokens = l->tokenizer->vocab.n_ids;
    for (size_t i = 0; status == BERTH_OK && i < sizeof(rows) / sizeof(*rows);
         i++)
        status = rows[i](&g);
    free(g.list.items);
    berth_added_free(&g.special);
    json_decref(g.old);
    return status;
}
