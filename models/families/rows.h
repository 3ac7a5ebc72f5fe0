/*
 * rows.h - a row of a family's list of keys, read from config.json.
 */
#ifndef MODELS_FAMILIES_ROWS_H
#define MODELS_FAMILIES_ROWS_H

#include "models/families/config.h"

#include <jansson.h>

enum {
    BERTH_CONFIG_NAMES =
        sizeof(((struct berth_config_row *)0)->names) / sizeof(char *)
};

struct berth_config_reader {
    const json_t *root;
    const char *file; /* for messages */
    struct berth_settings *settings;
    struct berth_config *config;
    struct berth_error *err;
};

/* berth_config_keep - adds a setting; found: the file has it, and not we.
 * Errors: BERTH_ERR_MEMORY. */
enum berth_status berth_config_keep(const struct berth_config_reader *r,
                                    const char *key, bool found,
                                    const char *value);

/* berth_config_key - what settings call what a row names. */
const char *berth_config_key(const struct berth_config_row *row);

/*
 * berth_config_read_row - reads what a row names into r->config, and keeps it.
 * A row may need those that stand before it in its list.
 *
 * Errors: BERTH_ERR_FORMAT, BERTH_ERR_UNSUPPORTED, BERTH_ERR_MEMORY.
 */
enum berth_status berth_config_read_row(const struct berth_config_reader *r,
                                        const struct berth_config_row *row);

#endif
