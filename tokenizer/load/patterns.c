/*
 * patterns.c - "pattern" of Split and of Replace.
 */
#include "tokenizer/load/load.h"

#include "lib/status.h"

#include <string.h>

enum {
    NAME_MAX_BYTES = 64
};

/* A regular expression that is not known would need an engine for all. */
static enum berth_status read_regex(const struct berth_loading *l,
                                    const char *key, const char *text,
                                    struct berth_text_pattern *out)
{
    const struct berth_text_pattern *known = berth_pattern_regex(text);

    if (known == NULL) {
        return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key '%s.pattern.Regex': expected a regular "
                          "expression that berth knows, found \"%.200s\"",
                          l->file_name, key, text);
    }
    *out = *known;
    return BERTH_OK;
}

enum berth_status berth_load_pattern(const struct berth_loading *l,
                                     const char *key, const json_t *part,
                                     struct berth_text_pattern *out)
{
    const json_t *pattern = json_object_get(part, "pattern");
    const char *text = NULL;
    char found[NAME_MAX_BYTES];
    bool has = false;
    enum berth_status status = BERTH_OK;

    if (json_object_size(pattern) == 1)
        status = berth_json_get_string(pattern, l->file_name, "Regex", &text,
                                       &has, l->err);
    if (status == BERTH_OK && has)
        return read_regex(l, key, text, out);
    if (status == BERTH_OK && json_object_size(pattern) == 1)
        status = berth_json_get_string(pattern, l->file_name, "String", &text,
                                       &has, l->err);
    if (status != BERTH_OK)
        return status;
    if (!has) {
        return berth_fail(
            l->err, BERTH_ERR_FORMAT,
            "%s: key '%s.pattern': expected {\"String\": ...} or {\"Regex\": "
            "...}, found %s",
            l->file_name, key,
            berth_json_describe(pattern, found, sizeof(found)));
    }
    if (text[0] == '\0') {
        return berth_fail(l->err, BERTH_ERR_UNSUPPORTED,
                          "%s: key '%s.pattern.String': expected a text, found "
                          "\"\"",
                          l->file_name, key);
    }
    *out = berth_pattern_string(text, strlen(text));
    return BERTH_OK;
}
