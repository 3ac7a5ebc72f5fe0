/*
 * flow.h - one word on its way through the stages.
 */
#ifndef TESTS_TOKENIZER_FLOW_H
#define TESTS_TOKENIZER_FLOW_H

#include "tokenizer/stages/stage.h"

#include <stdlib.h>
#include <string.h>

/* flow_set_word - n bytes, each from its own place, as one word. */
static inline bool flow_set_word(struct berth_flow *flow, const char *bytes,
                                 size_t n)
{
    flow->n = 0;
    flow->n_words = 0;
    if (!berth_flow_reserve(flow, n + 1))
        return false;
    memcpy(flow->bytes, bytes, n);
    for (size_t i = 0; i < n; i++)
        flow->origin[i] = (struct berth_origin){(uint32_t)i, (uint32_t)(i + 1)};
    flow->n = n;
    return berth_flow_word(flow, 0, n);
}

/* flow_free_side - the end of a side. */
static inline void flow_free_side(struct berth_side *side)
{
    free(side->ids);
    free(side->spans);
    free(side->words);
    *side = (struct berth_side){0};
}

#endif
