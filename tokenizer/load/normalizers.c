/*
 * normalizers.c - the steps of "normalizer".
 *
 * BertNormalizer and Lowercase before and after it are one step, which takes
 * one pass over the text; where there is no other, it is the normalizer.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"
#include "tokenizer/load/base64.h"
#include "tokenizer/normalizers/filter.h"
#include "tokenizer/normalizers/forms.h"
#include "tokenizer/normalizers/precompiled.h"
#include "tokenizer/normalizers/replace.h"
#include "tokenizer/normalizers/sequence.h"

#include <stdlib.h>
#include <string.h>

static enum berth_status append(struct berth_loading *l,
                                struct berth_normalizer *step)
{
    struct berth_normalizer *grown =
        realloc(l->steps, (l->n_steps + 1) * sizeof(*grown));

    if (grown == NULL) {
        BERTH_FREE_STAGES(step, 1);
        return berth_load_memory(l, false);
    }
    l->steps = grown;
    l->steps[l->n_steps++] = *step;
    return BERTH_OK;
}

static bool has_rules(const struct berth_loading *l)
{
    const struct berth_bert_rules *rules = &l->rules;

    return rules->lower_first || rules->clean || rules->chinese ||
           rules->strip_accents || rules->lowercase;
}

/* What of BERT's is known by now becomes a step: another one comes. */
static enum berth_status end_bert(struct berth_loading *l)
{
    struct berth_normalizer step;

    if (!has_rules(l))
        return BERTH_OK;
    if (!berth_bert_normalizer(&l->rules, &step))
        return berth_load_memory(l, false);
    l->rules = (struct berth_bert_rules){false};
    l->has_bert = false;
    return append(l, &step);
}

enum berth_status berth_load_normalizer(struct berth_loading *l,
                                        struct berth_normalizer *step)
{
    enum berth_status status = end_bert(l);

    if (status == BERTH_OK)
        return append(l, step);
    BERTH_FREE_STAGES(step, 1);
    return status;
}

/* Before BertNormalizer is not the same as after it. */
enum berth_status berth_load_lowercase(struct berth_loading *l,
                                       const json_t *part)
{
    (void)part;
    if (l->has_bert)
        l->seen.lowercase = l->rules.lowercase = true;
    else
        l->seen.lower_first = l->rules.lower_first = true;
    return BERTH_OK;
}

enum berth_status berth_load_bert_normalizer(struct berth_loading *l,
                                             const json_t *part)
{
    struct berth_bert_rules *rules = &l->rules;
    const struct {
        const char *key;
        bool *value, *seen;
    } switches[] = {{"clean_text", &rules->clean, &l->seen.clean},
                    {"handle_chinese_chars", &rules->chinese, &l->seen.chinese},
                    {"lowercase", &rules->lowercase, &l->seen.lowercase}};
    bool found;
    enum berth_status status = l->has_bert ? end_bert(l) : BERTH_OK;

    l->has_bert = true;
    for (size_t i = 0; i < sizeof(switches) / sizeof(*switches); i++) {
        if (status == BERTH_OK)
            status = berth_json_get_bool(part, l->file_name, switches[i].key,
                                         switches[i].value, NULL, l->err);
        *switches[i].seen |= *switches[i].value;
    }
    if (status != BERTH_OK)
        return status;
    /* null means: strip if lowercase. */
    rules->strip_accents = rules->lowercase;
    status = berth_json_get_bool(part, l->file_name, "strip_accents",
                                 &rules->strip_accents, &found, l->err);
    l->seen.strip_accents |= rules->strip_accents;
    return status;
}

enum berth_status berth_load_normalizers(struct berth_loading *l,
                                         const json_t *part)
{
    const json_t *list = json_object_get(part, "normalizers"), *step;
    size_t i;
    enum berth_status status = BERTH_OK;

    json_array_foreach(list, i, step)
    {
        if (status == BERTH_OK)
            status = berth_load_part(l, "normalizer", step);
    }
    return status;
}

enum berth_status berth_load_precompiled(struct berth_loading *l,
                                         const json_t *part)
{
    struct berth_normalizer step;
    char where[BERTH_FILE_NAME_MAX + 64];
    const char *text = NULL;
    unsigned char *map = NULL;
    size_t n;
    enum berth_status status = berth_json_get_string(
        part, l->file_name, "precompiled_charsmap", &text, NULL, l->err);

    if (status != BERTH_OK)
        return status;
    snprintf(where, sizeof(where), "%s: key 'normalizer.precompiled_charsmap'",
             l->file_name);
    n = strlen(text);
    map = malloc(n / 4 * 3 + 1);
    if (map == NULL)
        return berth_load_memory(l, false);
    if (berth_base64_decode(text, n, map, &n))
        status = berth_precompiled_normalizer(map, n, where, &step, l->err);
    else
        status =
            berth_fail(l->err, BERTH_ERR_FORMAT,
                       "%s: expected base64, found \"%.40s\"", where, text);
    free(map);
    return status == BERTH_OK ? berth_load_normalizer(l, &step) : status;
}

/* A step that was made, if memory was not out. */
static enum berth_status add(struct berth_loading *l, bool made,
                             struct berth_normalizer *step)
{
    return made ? berth_load_normalizer(l, step) : berth_load_memory(l, false);
}

/* NFC, NFD, NFKC, NFKD. */
enum berth_status berth_load_form(struct berth_loading *l, const json_t *part)
{
    const char *type = json_string_value(json_object_get(part, "type"));
    const struct berth_form form = {.compatible = type[2] == 'K',
                                    .composed = type[strlen(type) - 1] == 'C'};
    struct berth_normalizer step;

    return add(l, berth_form_normalizer(form, &step), &step);
}

enum berth_status berth_load_nmt(struct berth_loading *l, const json_t *part)
{
    struct berth_normalizer step;

    (void)part;
    return add(l, berth_nmt_normalizer(&step), &step);
}

enum berth_status berth_load_strip_accents(struct berth_loading *l,
                                           const json_t *part)
{
    struct berth_normalizer step;

    (void)part;
    return add(l, berth_strip_accents_normalizer(&step), &step);
}

enum berth_status berth_load_strip(struct berth_loading *l, const json_t *part)
{
    struct berth_normalizer step;
    bool left = false, right = false;
    enum berth_status status = berth_json_get_bool(
        part, l->file_name, "strip_left", &left, NULL, l->err);

    if (status == BERTH_OK)
        status = berth_json_get_bool(part, l->file_name, "strip_right", &right,
                                     NULL, l->err);
    if (status != BERTH_OK)
        return status;
    return add(l, berth_strip_normalizer(left, right, &step), &step);
}

enum berth_status berth_load_prepend(struct berth_loading *l,
                                     const json_t *part)
{
    struct berth_normalizer step;
    const char *text = NULL;
    enum berth_status status = berth_json_get_string(
        part, l->file_name, "prepend", &text, NULL, l->err);

    if (status != BERTH_OK)
        return status;
    return add(l, berth_prepend_normalizer(text, strlen(text), &step), &step);
}

enum berth_status berth_load_replace(struct berth_loading *l,
                                     const json_t *part)
{
    struct berth_normalizer step;
    struct berth_text_pattern pattern;
    const char *text = NULL;
    enum berth_status status =
        berth_load_pattern(l, "normalizer", part, &pattern);

    if (status == BERTH_OK)
        status = berth_json_get_string(part, l->file_name, "content", &text,
                                       NULL, l->err);
    if (status != BERTH_OK)
        return status;
    return add(l, berth_replace_normalizer(&pattern, text, strlen(text), &step),
               &step);
}

/* sentence_bert_config.json may lower-case the text first. */
static enum berth_status lower_first(struct berth_loading *l)
{
    const struct berth_bert_rules rules = {.lower_first = true};
    struct berth_normalizer step;
    enum berth_status status;

    if (!l->extra_lowercase || l->rules.lowercase)
        return BERTH_OK;
    if (l->n_steps == 0) {
        l->rules.lower_first = true;
    } else {
        if (!berth_bert_normalizer(&rules, &step))
            return berth_load_memory(l, false);
        status = append(l, &step);
        if (status != BERTH_OK)
            return status;
        memmove(l->steps + 1, l->steps, (l->n_steps - 1) * sizeof(*l->steps));
        l->steps[0] = step;
    }
    return berth_settings_add(l->settings, "do_lower_case",
                              "sentence_bert_config.json", "true");
}

enum berth_status berth_load_make_normalizer(struct berth_loading *l)
{
    struct berth_normalizer *out = &l->tokenizer->normalizer;
    enum berth_status status = lower_first(l);

    if (status != BERTH_OK)
        return status;
    if (l->n_steps == 0)
        return berth_load_memory(l, berth_bert_normalizer(&l->rules, out));
    status = end_bert(l);
    if (status != BERTH_OK)
        return status;
    status = berth_load_memory(
        l, berth_normalizer_sequence(l->steps, l->n_steps, out));
    if (status == BERTH_OK)
        l->n_steps = 0; /* they are the sequence's now */
    return status;
}

void berth_load_free_normalizers(struct berth_loading *l)
{
    BERTH_FREE_STAGES(l->steps, l->n_steps);
    free(l->steps);
}
