/*
 * tensorflow_folder.h - a folder as Google published BERT: bert_config.json,
 * vocab.txt and a checkpoint.
 */
#ifndef MODELS_FILES_TENSORFLOW_FOLDER_H
#define MODELS_FILES_TENSORFLOW_FOLDER_H

#include "lib/folder.h"

/* berth_tensorflow_is_named - whether the folder was given by a file of a
 * checkpoint. */
bool berth_tensorflow_is_named(const struct berth_folder *folder);

/*
 * berth_tensorflow_find - whether a folder has bert_config.json in place of
 * config.json, or no weights but a checkpoint.
 *
 *   name  owned: the checkpoint, "model.ckpt-1234"; "": there is none, or
 *         Hugging Face's weights come before it; NULL: neither is here
 *
 * Errors: BERTH_ERR_IO, _FORMAT, _MEMORY; BERTH_ERR_UNSUPPORTED (several
 * checkpoints, none of which is named).
 */
enum berth_status berth_tensorflow_find(const struct berth_folder *folder,
                                        char **name, struct berth_error *err);

/*
 * berth_tensorflow_offer - lays into the folder config.json, which is
 * bert_config.json with its model_type; tokenizer_config.json, which says
 * whether case counts, as it is guessed; and the index of the checkpoint that
 * is meant, where it has another name than BERTH_TENSORFLOW_INDEX.
 *
 * Errors: those of reading; BERTH_ERR_FORMAT; BERTH_ERR_MEMORY.
 */
enum berth_status berth_tensorflow_offer(struct berth_folder *folder,
                                         const char *name,
                                         struct berth_error *err);

#endif
