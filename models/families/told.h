/*
 * told.h - the family of a config.json that has no "model_type", as files of
 * 2018 and 2019 have none.
 */
#ifndef MODELS_FAMILIES_TOLD_H
#define MODELS_FAMILIES_TOLD_H

#include "lib/folder.h"
#include "lib/json.h"

struct berth_told {
    const char *type;   /* the model_type; a class that is of no family; NULL:
                           nothing tells it. Lives as long as the object */
    const char *source; /* of that, as settings have it */
};

/*
 * berth_tell_type - by the class in "architectures", else by keys that only one
 * family has, else by a family's name in the folder's, as AutoConfig of
 * transformers does.
 *
 *   root  an object
 *   file  its path: FOLDER/config.json
 *
 * Cannot fail.
 */
struct berth_told berth_tell_type(const json_t *root, const char *file);

/*
 * berth_tell_config - offers a config.json without model_type as one that has
 * it, so that the tokenizer knows it, too.
 *
 *   folder  not a sub-folder
 *   within  of config.json: a sub-folder, or ""
 *   source  out: what told it; NULL: nothing was to be told, or could be
 *
 * Errors: those of berth_json_read_optional() and berth_folder_offer().
 */
enum berth_status berth_tell_config(struct berth_folder *folder,
                                    const char *within, const char **source,
                                    struct berth_error *err);

#endif
