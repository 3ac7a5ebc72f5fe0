/*
 * template.c - the special tokens around one text and around two: BERT's own,
 * or "post_processor" of tokenizer.json.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"

#include <string.h>

static enum berth_status fail_piece(const struct berth_loading *l,
                                    const char *expected, const json_t *found)
{
    char buf[64];

    return berth_fail(l->err, BERTH_ERR_FORMAT,
                      "%s: key 'post_processor': expected %s, found %s",
                      l->file_name, expected,
                      berth_json_describe(found, buf, sizeof(buf)));
}

static enum berth_status add(const struct berth_loading *l,
                             struct berth_template *form,
                             enum berth_template_kind kind, int32_t id,
                             int32_t type_id)
{
    if (form->n == BERTH_TEMPLATE_MAX) {
        return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key 'post_processor': expected at most %d "
                          "pieces, found more",
                          l->file_name, BERTH_TEMPLATE_MAX);
    }
    form->pieces[form->n].kind = kind;
    form->pieces[form->n].id = id;
    form->pieces[form->n].type_id = type_id;
    form->n++;
    return BERTH_OK;
}

/* Reads an id, which must be that of a token: a vocabulary may have gaps. */
static bool as_id(const struct berth_loading *l, const json_t *value,
                  int32_t *out)
{
    json_int_t id = json_integer_value(value);
    struct berth_token token;

    if (!json_is_integer(value) || id < 0 || id > INT32_MAX ||
        !berth_tokenizer_token(l->tokenizer, (int32_t)id, &token))
        return false;
    *out = (int32_t)id;
    return true;
}

/* {"SpecialToken": {"id": "[CLS]", "type_id": 0}}: the ids are not here but in
 * "special_tokens": {"[CLS]": {"ids": [101], ...}}, and may be several. */
static enum berth_status add_special(const struct berth_loading *l,
                                     const json_t *processor, const char *token,
                                     int32_t type_id,
                                     struct berth_template *form)
{
    const json_t *table = json_object_get(processor, "special_tokens");
    const json_t *ids = json_object_get(json_object_get(table, token), "ids");
    const json_t *value;
    size_t i;

    if (!json_is_array(ids))
        return fail_piece(l, "ids of every special token", ids);
    json_array_foreach(ids, i, value)
    {
        enum berth_status status;
        int32_t id;

        if (!as_id(l, value, &id))
            return fail_piece(l, "an id of the vocabulary", value);
        status = add(l, form, BERTH_TEMPLATE_SPECIAL, id, type_id);
        if (status != BERTH_OK)
            return status;
    }
    return BERTH_OK;
}

/* {"SpecialToken": {...}} or {"Sequence": {"id": "A", "type_id": 0}} */
static enum berth_status read_piece(const struct berth_loading *l,
                                    const json_t *processor,
                                    const json_t *piece,
                                    struct berth_template *form)
{
    const json_t *special = json_object_get(piece, "SpecialToken");
    const json_t *sequence = json_object_get(piece, "Sequence");
    const json_t *what = special != NULL ? special : sequence;
    const char *id = NULL;
    size_t type_id = 0;
    enum berth_status status;

    if (!json_is_object(what))
        return fail_piece(l, "a SpecialToken or a Sequence", what);
    status = berth_json_get_string(what, l->file_name, "id", &id, NULL, l->err);
    if (status == BERTH_OK)
        status = berth_json_get_size(what, l->file_name, "type_id", 0,
                                     INT32_MAX, &type_id, NULL, l->err);
    if (status != BERTH_OK)
        return status;
    if (special != NULL)
        return add_special(l, processor, id, (int32_t)type_id, form);
    if (strcmp(id, "A") != 0 && strcmp(id, "B") != 0)
        return fail_piece(l, "sequence \"A\" or \"B\"",
                          json_object_get(what, "id"));
    return add(l, form, id[0] == 'A' ? BERTH_TEMPLATE_A : BERTH_TEMPLATE_B, 0,
               (int32_t)type_id);
}

/* "single": [piece, ...]. A text must come once: windows are counted so. */
static enum berth_status read_form(const struct berth_loading *l,
                                   const json_t *processor, const char *key,
                                   struct berth_template *form)
{
    const json_t *list = json_object_get(processor, key);
    const json_t *piece;
    size_t count[3] = {0};
    size_t want = strcmp(key, "pair") == 0;
    size_t i;

    form->n = 0;
    if (!json_is_array(list))
        return fail_piece(l, "lists \"single\" and \"pair\"", list);
    json_array_foreach(list, i, piece)
    {
        enum berth_status status = read_piece(l, processor, piece, form);

        if (status != BERTH_OK)
            return status;
    }
    for (i = 0; i < form->n; i++)
        count[form->pieces[i].kind]++;
    if (count[BERTH_TEMPLATE_A] != 1 || count[BERTH_TEMPLATE_B] != want)
        return fail_piece(l, "every text once", list);
    return BERTH_OK;
}

/* "sep" or "cls" of BertProcessing: ["[SEP]", 102]. */
static enum berth_status read_token(const struct berth_loading *l,
                                    const json_t *processor, const char *key,
                                    int32_t *out)
{
    const json_t *pair = json_object_get(processor, key);

    if (!as_id(l, json_array_get(pair, 1), out))
        return fail_piece(l, "a token and its id in \"sep\" and \"cls\"", pair);
    return BERTH_OK;
}

/* [CLS] A [SEP], and [CLS] A [SEP] B [SEP] */
static void set_bert(struct berth_tokenizer *t, int32_t cls, int32_t sep)
{
    t->single = (struct berth_template){
        .pieces = {{0, cls, 0}, {BERTH_TEMPLATE_A, 0, 0}, {0, sep, 0}}, .n = 3};
    t->pair = (struct berth_template){.pieces = {{0, cls, 0},
                                                 {BERTH_TEMPLATE_A, 0, 0},
                                                 {0, sep, 0},
                                                 {BERTH_TEMPLATE_B, 0, 1},
                                                 {0, sep, 1}},
                                      .n = 5};
}

enum berth_status berth_load_bert_template(struct berth_loading *l,
                                           const json_t *part)
{
    int32_t cls = 0, sep = 0;
    enum berth_status status = read_token(l, part, "cls", &cls);

    if (status == BERTH_OK)
        status = read_token(l, part, "sep", &sep);
    set_bert(l->tokenizer, cls, sep);
    return status;
}

/* <s> A </s>, and <s> A </s></s> B </s> */
static void set_roberta(struct berth_tokenizer *t, int32_t cls, int32_t sep)
{
    set_bert(t, cls, sep);
    t->pair = (struct berth_template){.pieces = {{0, cls, 0},
                                                 {BERTH_TEMPLATE_A, 0, 0},
                                                 {0, sep, 0},
                                                 {0, sep, 0},
                                                 {BERTH_TEMPLATE_B, 0, 0},
                                                 {0, sep, 0}},
                                      .n = 6};
}

/* "trim_offsets" of byte-level tokens. */
static enum berth_status read_trim(const struct berth_loading *l,
                                   const json_t *part)
{
    bool trim = true, prefix = true, found;
    enum berth_status status = berth_json_get_bool(
        part, l->file_name, "trim_offsets", &trim, &found, l->err);

    if (status == BERTH_OK)
        status = berth_json_get_bool(part, l->file_name, "add_prefix_space",
                                     &prefix, &found, l->err);
    if (trim)
        l->tokenizer->trim = prefix ? BERTH_TRIM_BUT_PREFIX : BERTH_TRIM_ALL;
    return status;
}

enum berth_status berth_load_roberta_template(struct berth_loading *l,
                                              const json_t *part)
{
    int32_t cls = 0, sep = 0;
    enum berth_status status = read_token(l, part, "cls", &cls);

    if (status == BERTH_OK)
        status = read_token(l, part, "sep", &sep);
    set_roberta(l->tokenizer, cls, sep);
    return status == BERTH_OK ? read_trim(l, part) : status;
}

enum berth_status berth_load_template(struct berth_loading *l,
                                      const json_t *part)
{
    enum berth_status status =
        read_form(l, part, "single", &l->tokenizer->single);

    return status == BERTH_OK ? read_form(l, part, "pair", &l->tokenizer->pair)
                              : status;
}

/* Without a post_processor, the texts come alone. */
enum berth_status berth_load_no_template(struct berth_loading *l,
                                         const json_t *part)
{
    (void)part;
    l->tokenizer->single =
        (struct berth_template){.pieces = {{BERTH_TEMPLATE_A, 0, 0}}, .n = 1};
    l->tokenizer->pair = (struct berth_template){
        .pieces = {{BERTH_TEMPLATE_A, 0, 0}, {BERTH_TEMPLATE_B, 0, 1}}, .n = 2};
    return BERTH_OK;
}

/* Trimmed offsets, and no tokens around the texts but those that another one
 * has put there. */
enum berth_status berth_load_byte_level_trim(struct berth_loading *l,
                                             const json_t *part)
{
    enum berth_status status = BERTH_OK;

    if (l->tokenizer->single.n == 0)
        status = berth_load_no_template(l, part);
    return status == BERTH_OK ? read_trim(l, part) : status;
}

/* ByteLevel before or after one other. */
enum berth_status berth_load_processors(struct berth_loading *l,
                                        const json_t *part)
{
    const json_t *list = json_object_get(part, "processors"), *step;
    enum berth_status status = berth_load_no_template(l, part);
    size_t i, n = 0;

    json_array_foreach(list, i, step)
    {
        const char *type = json_string_value(json_object_get(step, "type"));

        n += type == NULL || strcmp(type, "ByteLevel") != 0;
        if (status == BERTH_OK)
            status = berth_load_part(l, "post_processor", step);
    }
    if (status != BERTH_OK || n <= 1)
        return status;
    return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                      "%s: key 'post_processor.processors': expected one "
                      "beside \"ByteLevel\", found %zu",
                      l->file_name, n);
}

static size_t count_special(const struct berth_template *form)
{
    size_t n = 0;

    for (size_t i = 0; i < form->n; i++)
        n += form->pieces[i].kind == BERTH_TEMPLATE_SPECIAL;
    return n;
}

enum berth_status berth_load_templates(struct berth_loading *l)
{
    struct berth_tokenizer *t = l->tokenizer;
    enum berth_status status = berth_load_slot(l, "post_processor");

    t->facts.n_special = count_special(&t->single);
    t->facts.n_special_pair = count_special(&t->pair);
    return status;
}
