/*
 * tokens.c - memory of struct berth_tokens that is kept from call to call.
 */
#include "tokenizer/tokens.h"

#include <stdlib.h>

bool berth_tokens_reserve(struct berth_tokens *tokens, size_t more)
{
    struct berth_scratch *scratch = tokens->memory;
    size_t capacity;

    if (scratch->token_capacity - tokens->n >= more)
        return true;
    capacity = berth_enlarged(scratch->token_capacity, tokens->n + more);
    BERTH_RESIZE(tokens->ids, capacity);
    BERTH_RESIZE(tokens->type_ids, capacity);
    BERTH_RESIZE(tokens->offsets, capacity);
    BERTH_RESIZE(tokens->special, capacity);
    BERTH_RESIZE(tokens->second, capacity);
    BERTH_RESIZE(tokens->words, capacity);
    scratch->token_capacity = capacity;
    return true;
}

bool berth_tokens_reserve_window(struct berth_tokens *tokens)
{
    struct berth_scratch *scratch = tokens->memory;
    size_t capacity;

    if (tokens->n_windows < scratch->window_capacity)
        return true;
    capacity = berth_enlarged(scratch->window_capacity, tokens->n_windows + 1);
    BERTH_RESIZE(tokens->windows, capacity);
    scratch->window_capacity = capacity;
    return true;
}

struct berth_scratch *berth_tokens_scratch(struct berth_tokens *tokens)
{
    if (tokens->memory == NULL)
        tokens->memory = calloc(1, sizeof(struct berth_scratch));
    return tokens->memory;
}

void berth_tokens_free(struct berth_tokens *tokens)
{
    struct berth_scratch *scratch;

    if (tokens == NULL)
        return;
    scratch = tokens->memory;
    if (scratch != NULL) {
        for (size_t i = 0; i < 2; i++) {
            free(scratch->sides[i].ids);
            free(scratch->sides[i].spans);
            free(scratch->sides[i].words);
        }
        berth_flow_free(&scratch->flow);
        free(scratch->raw_cursor.found);
        free(scratch->normalized_cursor.found);
        free(scratch->joined.at);
        free(scratch);
    }
    free(tokens->ids);
    free(tokens->type_ids);
    free(tokens->offsets);
    free(tokens->special);
    free(tokens->second);
    free(tokens->words);
    free(tokens->windows);
    *tokens = (struct berth_tokens){0};
}
