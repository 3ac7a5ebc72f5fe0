/*
 * sentence_module.h - one module of a sentence-transformers folder. Between
 * sentence.c and sentence_module.c.
 */
#ifndef BERTH_SENTENCE_MODULE_H
#define BERTH_SENTENCE_MODULE_H

#include "lib/json.h"
#include "models/sentence.h"

/* What the reading functions share; everything is borrowed. */
struct berth_sentence_reader {
    const struct berth_folder *folder;
    const char *file; /* modules.json, or the file at hand, for messages */
    bool weights;
    size_t hidden_size;
    struct berth_settings *settings;
    struct berth_sentence *sentence; /* out */
    struct berth_error *err;
};

/* berth_sentence_keep - adds a setting. Errors: BERTH_ERR_MEMORY. */
enum berth_status berth_sentence_keep(const struct berth_sentence_reader *r,
                                      const char *key, const char *source,
                                      const char *value);

/* berth_sentence_knows - whether a class is one we have: Transformer, or one
 * that berth_sentence_read_module() reads. Cannot fail. */
bool berth_sentence_knows(const char *class);

/*
 * berth_sentence_read_module - a Pooling, Dense, LayerNorm, Normalize or
 * Dropout (which does nothing here) from the sub-folder path.
 *
 * Errors: as berth_sentence_read().
 */
enum berth_status
berth_sentence_read_module(const struct berth_sentence_reader *r,
                           const char *class, const char *path);

#endif
