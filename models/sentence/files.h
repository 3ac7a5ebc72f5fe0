/*
 * files.h - the files beside modules.json. Between the files of this folder.
 */
#ifndef MODELS_SENTENCE_FILES_H
#define MODELS_SENTENCE_FILES_H

#include "models/sentence/reader.h"

/* berth_sentence_read_encoder - sentence_bert_config.json of the encoder's
 * folder, or what it was called once. Errors: as berth_sentence_open(). */
enum berth_status
berth_sentence_read_encoder(const struct berth_sentence_reader *r);

/* berth_sentence_read_prompts - config_sentence_transformers.json: prompts, how
 * vectors are cut and compared. Errors: as berth_sentence_open(). */
enum berth_status
berth_sentence_read_prompts(const struct berth_sentence_reader *r);

/* berth_sentence_end_pooling - mean where no mode was given; told in the
 * settings. Errors: BERTH_ERR_MEMORY. */
enum berth_status
berth_sentence_end_pooling(const struct berth_sentence_reader *r);

#endif
