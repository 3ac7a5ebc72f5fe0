/*
 * variants.c - what would make another encoder of a family is said, rather than
 * computed wrongly.
 */
#include "models/families/variants.h"

#include "lib/json.h"
#include "lib/status.h"
#include "models/families/config.h"

#include <stdio.h>
#include <string.h>

/* No decoder, and rotations of whole heads where there are some. */
static const struct berth_wanted_row of_all[] = {
    {"is_decoder", "false"},
    {"is_causal", "false"},
    {"partial_rotary_factor", "1"},
    {"rope_parameters.partial_rotary_factor", "1"},
    {"rope_scaling.partial_rotary_factor", "1"},
    {NULL, NULL},
};

/* What BERT's positions may be; other families have their own list. */
static const struct berth_wanted_row usual[] = {
    {"position_embedding_type", "\"absolute\""},
    {NULL, NULL},
};

static enum berth_status refuse(const json_t *root, const char *file,
                                const struct berth_wanted_row *rows,
                                struct berth_error *err)
{
    char found[80];

    for (; rows->key != NULL; rows++) {
        const json_t *value = berth_json_at(root, rows->key);

        if (value == NULL || json_is_null(value))
            continue;
        berth_json_describe(value, found, sizeof(found));
        if (rows->value == NULL || strcmp(found, rows->value) != 0)
            return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                              "%s: key '%s': expected %s, found %s, which is "
                              "not supported",
                              file, rows->key,
                              rows->value != NULL ? rows->value : "none",
                              found);
    }
    return BERTH_OK;
}

/* Weights that must first be decoded, or that are to be rounded on loading;
 * those of `berth convert --precision int8` need neither. */
static enum berth_status refuse_quantized(const json_t *root, const char *file,
                                          struct berth_error *err)
{
    static const char key[] = "quantization_config";
    const json_t *value = json_object_get(root, key);
    const char *method =
        json_string_value(json_object_get(value, "quant_method"));

    if (value == NULL || json_is_null(value) ||
        (method != NULL && strcmp(method, BERTH_QUANT_METHOD) == 0))
        return BERTH_OK;
    return berth_fail(err, BERTH_ERR_UNSUPPORTED,
                      "%s: key '%s': expected none, found quantised weights%s"
                      "%.40s, which are not supported: take the model as it "
                      "was before",
                      file, key, method != NULL ? " of " : "",
                      method != NULL ? method : "");
}

enum berth_status
berth_config_refuse_variants(const json_t *root, const char *file,
                             const struct berth_family *family,
                             struct berth_error *err)
{
    enum berth_status status = refuse(root, file, of_all, err);

    if (status == BERTH_OK)
        status = refuse(root, file,
                        family->wanted != NULL ? family->wanted : usual, err);
    return status == BERTH_OK ? refuse_quantized(root, file, err) : status;
}
