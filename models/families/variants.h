/*
 * variants.h - keys of config.json that would make another model of it.
 */
#ifndef MODELS_FAMILIES_VARIANTS_H
#define MODELS_FAMILIES_VARIANTS_H

#include "lib/berth.h"
#include "models/families/family.h"

#include <jansson.h>

/*
 * berth_config_refuse_variants - of what all families share, and of the
 * family's list, a key that has another value than the one we can do.
 *
 *   file  for messages
 *
 * Errors: BERTH_ERR_UNSUPPORTED.
 */
enum berth_status
berth_config_refuse_variants(const json_t *root, const char *file,
                             const struct berth_family *family,
                             struct berth_error *err);

#endif
