/*
 * adapters.h - formats that are no folder of Hugging Face's: what is in them is
 * offered as the files that such a folder has.
 */
#ifndef MODELS_FILES_ADAPTERS_H
#define MODELS_FILES_ADAPTERS_H

#include "lib/folder.h"

/*
 * berth_folder_adapt - lays into a folder what is made of its files: their
 * config.json, tokenizer.json ... A folder that needs none stays as it is.
 *
 *   folder  no sub-folder; watched by then
 *
 * Errors: those of the format that is there.
 */
enum berth_status berth_folder_adapt(struct berth_folder *folder,
                                     struct berth_error *err);

#endif
