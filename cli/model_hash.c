/*
 * model_hash.c - weights, settings, rules and tokens.
 */
#include "cli/model_hash.h"

#include <string.h>

#include "lib/berth.h"

void hash_size(struct blake2b *hash, uint64_t n)
{
    blake2b_update(hash, &n, sizeof(n));
}

void hash_text(struct blake2b *hash, const char *text)
{
    hash_size(hash, text != NULL ? strlen(text) : UINT64_MAX);
    if (text != NULL)
        blake2b_update(hash, text, strlen(text));
}

void hash_model(struct blake2b *hash, const struct berth_model *model)
{
    const size_t vocab_size = berth_model_get_facts(model)->vocab_size;
    const struct berth_setting *settings;
    size_t n;

    hash_size(hash, berth_model_hash(model));
    hash_size(hash, berth_tokenizer_hash(model));
    settings = berth_model_get_settings(model, &n);
    for (size_t i = 0; i < n; i++) {
        hash_text(hash, settings[i].key);
        hash_text(hash, settings[i].value);
    }
    /* Tokens behind the vocabulary's rows tell texts apart, too. */
    for (int32_t i = 0;
         (size_t)i < vocab_size || berth_token_text(model, i) != NULL; i++)
        hash_text(hash, berth_token_text(model, i));
}
