/*
 * hub_name.h - the names of models on a hub.
 */
#ifndef CLI_FRAME_HUB_NAME_H
#define CLI_FRAME_HUB_NAME_H

#include "cli/base/buffer.h"

/*
 * hub_name_fits - whether a hub may have a model of this name: [ORG/]NAME, and
 * @REVISION may follow. No such name means anything else to a shell.
 *
 * Source: huggingface_hub, utils/_validators.py.
 */
bool hub_name_fits(const char *name);

/*
 * hub_name_file - the "/" before FILE in ORG/NAME/FILE, where that is a model
 * by itself: a .gguf file, by a name that means nothing else to a shell.
 * @REVISION may follow. NULL: no such name.
 */
const char *hub_name_file(const char *name);

/*
 * hub_name_of_url - the name of the model whose page this is, terminated, into
 * name: https://huggingface.co/ORG/NAME, also /tree/REVISION and what is below
 * it. The host is that of huggingface.co, its short one, or $HF_ENDPOINT.
 *
 * False: another address, or none; name->failed: memory is out.
 */
bool hub_name_of_url(const char *url, struct buffer *name);

#endif
