/*
 * attention_weights.c - the softmax of attention whose products are made of
 * numbers of 16 bits: levels or bfloat16. Weights have a scale for each query.
 */
#include "models/encoder/attention_head.h"

#include <string.h>

/* Of all keys of the block only those within reach of the query have weights;
 * products may read up to a whole step. Returns their scale. */
static float weigh_row(const struct berth_attention_head *h,
                       struct berth_keys block, size_t query, const float *row,
                       uint16_t *weights)
{
    const struct berth_keys keys = berth_keys_of(h, query, query);
    const size_t end = block.begin + berth_split_steps(block.end - block.begin);
    float scale = 0.0f;

    if (keys.begin < keys.end)
        scale = h->form->softmax(h->kernels, row + keys.begin,
                                 keys.end - keys.begin, weights + keys.begin);
    memset(weights + block.begin, 0,
           (keys.begin - block.begin) * sizeof(*weights));
    memset(weights + keys.end, 0, (end - keys.end) * sizeof(*weights));
    for (size_t t = block.begin; h->ignored != NULL && t < block.end; t++)
        weights[t] = h->ignored[t] ? 0 : weights[t];
    return h->cut ? 0.0f : scale;
}

void berth_attention_weigh(const struct berth_attention_head *h,
                           struct berth_keys keys, size_t first, size_t m)
{
    for (size_t i = 0; i < m; i++) {
        float *row = h->scores + i * h->scores_ld;
        uint16_t *weights =
            (uint16_t *)h->levels.weights + i * h->levels.weights_ld;
        const float scale = weigh_row(h, keys, first + i, row, weights);

        h->levels.scales[i] = scale * h->levels.values;
        if (h->out == NULL)
            continue;
        h->form->widen(h->kernels, weights + keys.begin, row + keys.begin,
                       keys.end - keys.begin);
        for (size_t t = keys.begin; t < keys.end; t++)
            row[t] *= scale;
    }
}
