/*
 * model_name.h - from what --model says to a folder.
 */
#ifndef CLI_FRAME_MODEL_NAME_H
#define CLI_FRAME_MODEL_NAME_H

#include <stdbool.h>

/*
 * model_name_resolve - an existing path, a name in the Hugging Face cache with
 * or without organisation and @revision, or its address at the hub
 * (hub_name.h), or @builtin.
 *
 *   name  NULL: $BERTH_MODEL, else the built-in model
 *   path  out: owned, free(); NULL: the built-in model
 *
 * False after one message.
 */
bool model_name_resolve(const char *name, char **path);

#endif
