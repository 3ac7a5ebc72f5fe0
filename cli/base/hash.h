/*
 * hash.h - what digests are made of: numbers, texts, files and models.
 */
#ifndef CLI_BASE_HASH_H
#define CLI_BASE_HASH_H

#include <stdbool.h>

#include "cli/base/blake2b.h"

struct berth_model;

/* hash_size, hash_text - a number, and a text with its length before it: no two
 * lists of them look the same. text may be NULL. */
void hash_size(struct blake2b *hash, uint64_t n);
void hash_text(struct blake2b *hash, const char *text);

/* hash_file - adds the contents of a file, then its length. False: it cannot be
 * read to its end, or not a second time (it is not a regular file). */
bool hash_file(struct blake2b *hash, const char *path);

/* hash_model - everything that an output can show of it: weights, settings, and
 * how texts become tokens. */
void hash_model(struct blake2b *hash, const struct berth_model *model);

#endif
