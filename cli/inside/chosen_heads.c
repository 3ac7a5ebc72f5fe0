/*
 * chosen_heads.c - which layers and heads, and their attention.
 */
#include "cli/inside/chosen_heads.h"

#include <stdlib.h>

#include "cli/frame/command.h"
#include "cli/stream/finite.h"

bool chosen_heads_parse(struct chosen_heads *chosen, const struct session *s)
{
    return number_list_parse("layer", chosen->layer_list,
                             s->facts->num_hidden_layers, &chosen->layers) &&
           number_list_parse("head", chosen->head_list,
                             s->facts->num_attention_heads, &chosen->heads);
}

void chosen_heads_free(struct chosen_heads *chosen)
{
    free(chosen->layers.items);
    free(chosen->heads.items);
}

size_t chosen_heads_size(const struct chosen_heads *chosen, size_t n_tokens)
{
    return chosen->layers.n * chosen->heads.n * n_tokens * n_tokens *
           sizeof(float);
}

enum berth_status chosen_heads_attend(const struct chosen_heads *chosen,
                                      const struct session *s,
                                      struct item *item, size_t window,
                                      struct pieces *results,
                                      struct berth_error *err)
{
    struct berth_attention_request request = {.part = BERTH_ATTENTION_WEIGHTS,
                                              .layers = chosen->layers.items,
                                              .n_layers = chosen->layers.n,
                                              .heads = chosen->heads.items,
                                              .n_heads = chosen->heads.n};
    struct berth_sequence sequence = session_sequence(s, item, window);
    size_t size = chosen_heads_size(chosen, sequence.n_tokens);
    float *weights = pieces_alloc(results, size);

    if (weights == NULL)
        return stream_no_memory(err);
    item->results[window] = weights;
    enum berth_status status =
        berth_attend(s->context, &sequence, &request, weights, err);

    if (status == BERTH_OK)
        finite_check(item, weights, size / sizeof(*weights));
    return status;
}
