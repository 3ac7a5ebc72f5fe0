/*
 * model_hash.h - a digest of everything in a model that an output can show.
 */
#ifndef CLI_MODEL_HASH_H
#define CLI_MODEL_HASH_H

#include "cli/blake2b.h"

struct berth_model;

/* hash_size, hash_text - a number, and a text with its length before it: no two
 * lists of them look the same. text may be NULL. */
void hash_size(struct blake2b *hash, uint64_t n);
void hash_text(struct blake2b *hash, const char *text);

/* hash_model - weights, settings, and how texts become tokens. */
void hash_model(struct blake2b *hash, const struct berth_model *model);

#endif
