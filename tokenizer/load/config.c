/*
 * config.c - what tokenizer_config.json says of limits.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"

#include <stdint.h>
#include <string.h>

static const char config_file[] = "tokenizer_config.json";

static const char *on_off(bool value)
{
    return value ? "true" : "false";
}

static enum berth_status read_limit(struct berth_loading *l)
{
    struct berth_tokenizer_facts *facts = &l->tokenizer->facts;
    const char *key = "model_max_length";
    /* transformers writes 1e30 for "no limit", or Infinity; 0 and -1 are none
     * either, as truncation=False has them. */
    const double huge = 1e9;
    double limit = 0;
    bool found = false;
    enum berth_status status;

    facts->model_max_length = SIZE_MAX;
    if (json_object_get(l->config, key) == NULL)
        key = "max_len";
    status = berth_json_get_number(l->config, l->config_name, key, -1e308,
                                   1e308, &limit, &found, l->err);
    if (status != BERTH_OK || !found || limit < 1 || limit >= huge)
        return status;
    facts->model_max_length = (size_t)limit;
    return berth_settings_add(l->settings, "model_max_length", config_file,
                              "%zu", facts->model_max_length);
}

/* Which end is cut: tokenizer_config.json, else "truncation" of
 * tokenizer.json. */
static enum berth_status read_side(struct berth_loading *l)
{
    const char *side = NULL;
    const char *source = config_file;
    bool found;
    enum berth_status status = berth_json_get_string(
        l->config, l->config_name, "truncation_side", &side, &found, l->err);

    if (status == BERTH_OK && side == NULL && l->file != NULL) {
        const json_t *truncation = json_object_get(l->file, "truncation");

        source = "tokenizer.json";
        status = berth_json_get_string(truncation, l->file_name, "direction",
                                       &side, &found, l->err);
    }
    if (status != BERTH_OK || side == NULL)
        return status;
    l->tokenizer->truncate_left =
        strcmp(side, "left") == 0 || strcmp(side, "Left") == 0;
    return berth_settings_add(l->settings, "truncation_side", source, "%s",
                              l->tokenizer->truncate_left ? "left" : "right");
}

/* What a model gets of a text: only types are ever left out. */
static enum berth_status read_input_names(struct berth_loading *l)
{
    static const char key[] = "model_input_names";
    const json_t *names = json_object_get(l->config, key), *name;
    bool found = false;
    char buf[64];
    size_t i;

    l->tokenizer->facts.hides_types = l->class->hides_types;
    if (names == NULL)
        return BERTH_OK;
    if (!json_is_array(names)) {
        return berth_fail(l->err, BERTH_ERR_FORMAT,
                          "%s: key '%s': expected an array, found %s",
                          l->config_name, key,
                          berth_json_describe(names, buf, sizeof(buf)));
    }
    json_array_foreach(names, i, name)
    {
        if (json_is_string(name))
            found |= strcmp(json_string_value(name), "token_type_ids") == 0;
    }
    l->tokenizer->facts.hides_types = !found;
    return berth_settings_add(l->settings, "token_type_ids", config_file, "%s",
                              on_off(found));
}

static enum berth_status read_plain(struct berth_loading *l)
{
    bool found;

    return berth_json_get_bool(l->config, l->config_name,
                               "split_special_tokens", &l->tokenizer->plain,
                               &found, l->err);
}

/* decode() of transformers: not what BPE makes, whose blanks are the text's. */
static enum berth_status read_clean_up(struct berth_loading *l)
{
    static const char *const keys[] = {
        "clean_up_tokenization_spaces",
        "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_"
        "output"};
    const json_t *model = json_object_get(l->pipeline, "model");
    const char *type = json_string_value(json_object_get(model, "type"));
    const size_t n = type != NULL && strcmp(type, "BPE") == 0 ? 2 : 1;
    bool on = true, found;
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; status == BERTH_OK && on && i < n; i++) {
        on = false;
        status = berth_json_get_bool(l->config, l->config_name, keys[i], &on,
                                     &found, l->err);
    }
    l->tokenizer->cleans_up = on;
    return status;
}

enum berth_status berth_load_config_limits(struct berth_loading *l)
{
    static berth_load_step *const steps[] = {
        read_limit, read_side, read_input_names, read_plain, read_clean_up};

    return berth_load_steps(l, steps, sizeof(steps) / sizeof(*steps));
}
