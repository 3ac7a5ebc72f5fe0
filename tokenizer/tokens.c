/*
 * tokens.c - memory of struct berth_tokens that is kept from call to call.
 */
#include "tokenizer/tokens.h"

#include "lib/status.h"

#include <stdlib.h>

enum {
    CAPACITY_MIN = 64
};

/* Capacity for need elements: at least half as many again as there were. */
static size_t enlarged(size_t capacity, size_t need)
{
    size_t grown = capacity + capacity / 2;

    if (grown < CAPACITY_MIN)
        grown = CAPACITY_MIN;
    return grown < need ? need : grown;
}

/* NULL: out of memory, and array is as it was. */
static void *resized(void *array, size_t capacity, size_t size)
{
    return capacity > SIZE_MAX / size ? NULL : realloc(array, capacity * size);
}

void *berth_enlarge(void *array, size_t *capacity, size_t need, size_t size)
{
    size_t grown = enlarged(*capacity, need);

    array = resized(array, grown, size);
    if (array != NULL)
        *capacity = grown;
    return array;
}

#define RESIZE(field, capacity)                                                \
    do {                                                                       \
        void *array = resized((field), (capacity), sizeof(*(field)));          \
        if (array == NULL)                                                     \
            return false;                                                      \
        (field) = array;                                                       \
    } while (0)

bool berth_side_reserve(struct berth_side *side, size_t more)
{
    size_t capacity;

    if (side->capacity - side->n >= more)
        return true;
    capacity = enlarged(side->capacity, side->n + more);
    RESIZE(side->ids, capacity);
    RESIZE(side->spans, capacity);
    side->capacity = capacity;
    return true;
}

bool berth_tokens_reserve(struct berth_tokens *tokens, size_t more)
{
    struct berth_scratch *scratch = tokens->memory;
    size_t capacity;

    if (scratch->token_capacity - tokens->n >= more)
        return true;
    capacity = enlarged(scratch->token_capacity, tokens->n + more);
    RESIZE(tokens->ids, capacity);
    RESIZE(tokens->type_ids, capacity);
    RESIZE(tokens->offsets, capacity);
    RESIZE(tokens->special, capacity);
    scratch->token_capacity = capacity;
    return true;
}

bool berth_tokens_reserve_window(struct berth_tokens *tokens)
{
    struct berth_scratch *scratch = tokens->memory;
    size_t capacity;

    if (tokens->n_windows < scratch->window_capacity)
        return true;
    capacity = enlarged(scratch->window_capacity, tokens->n_windows + 1);
    RESIZE(tokens->windows, capacity);
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
        }
        berth_normalized_free(&scratch->normalized);
        free(scratch->pieces);
        free(scratch->word.hashes);
        free(scratch->word.found);
        free(scratch->raw_cursor.found);
        free(scratch->normalized_cursor.found);
        free(scratch->joined);
        free(scratch);
    }
    free(tokens->ids);
    free(tokens->type_ids);
    free(tokens->offsets);
    free(tokens->special);
    free(tokens->windows);
    *tokens = (struct berth_tokens){0};
}
