/*
 * flow.c - arrays that grow by half as they fill, so that a long text is copied
 * only a few times.
 */
#include "tokenizer/stages/flow.h"

#include <stdlib.h>
#include <string.h>

enum {
    CAPACITY_MIN = 64
};

size_t berth_enlarged(size_t capacity, size_t need)
{
    size_t grown = capacity + capacity / 2;

    if (grown < CAPACITY_MIN)
        grown = CAPACITY_MIN;
    return grown < need ? need : grown;
}

/* NULL also where capacity * size would overflow; array is then unchanged. */
void *berth_resized(void *array, size_t capacity, size_t size)
{
    return capacity > SIZE_MAX / size ? NULL : realloc(array, capacity * size);
}

void *berth_enlarge(void *array, size_t *capacity, size_t need, size_t size)
{
    size_t grown = berth_enlarged(*capacity, need);

    array = berth_resized(array, grown, size);
    if (array != NULL)
        *capacity = grown;
    return array;
}

bool berth_flow_reserve(struct berth_flow *flow, size_t more)
{
    size_t capacity;

    if (flow->capacity - flow->n >= more)
        return true;
    capacity = berth_enlarged(flow->capacity, flow->n + more);
    BERTH_RESIZE(flow->bytes, capacity);
    BERTH_RESIZE(flow->origin, capacity);
    flow->capacity = capacity;
    return true;
}

void berth_flow_swap(struct berth_flow *flow)
{
    char *bytes = flow->bytes;
    struct berth_origin *origin = flow->origin;
    size_t capacity = flow->capacity;

    flow->bytes = flow->spare_bytes;
    flow->origin = flow->spare_origin;
    flow->capacity = flow->spare_capacity;
    flow->spare_bytes = bytes;
    flow->spare_origin = origin;
    flow->spare_capacity = capacity;
}

void berth_flow_free(struct berth_flow *flow)
{
    free(flow->bytes);
    free(flow->origin);
    free(flow->words);
    free(flow->spare_bytes);
    free(flow->spare_origin);
    free(flow->normalizing.at);
    free(flow->cutting[0].at);
    free(flow->cutting[1].at);
    *flow = (struct berth_flow){0};
}

bool berth_side_reserve(struct berth_side *side, size_t more)
{
    size_t capacity;

    if (side->capacity - side->n >= more)
        return true;
    capacity = berth_enlarged(side->capacity, side->n + more);
    BERTH_RESIZE(side->ids, capacity);
    BERTH_RESIZE(side->spans, capacity);
    BERTH_RESIZE(side->words, capacity);
    side->capacity = capacity;
    return true;
}

bool berth_string_add(struct berth_string *string, const char *bytes, size_t n)
{
    char *grown =
        berth_grown(string->bytes, &string->capacity, string->n + n + 1, 1);

    if (grown == NULL)
        return false;
    string->bytes = grown;
    memcpy(string->bytes + string->n, bytes, n);
    string->n += n;
    string->bytes[string->n] = '\0';
    return true;
}
