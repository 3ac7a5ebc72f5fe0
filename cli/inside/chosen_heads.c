/*
 * chosen_heads.c - which layers and heads, and their attention.
 */
#include "cli/inside/chosen_heads.h"

#include <stdlib.h>

#include "cli/frame/command.h"
#include "cli/stream/finite.h"

bool chosen_heads_parse(struct chosen_heads *c)
{
    const struct berth_model_facts *facts = c->session.facts;

    return number_list_parse("layer", c->layer_list, facts->num_hidden_layers,
                             &c->layers) &&
           number_list_parse("head", c->head_list, facts->num_attention_heads,
                             &c->heads);
}

void chosen_heads_release(void *self)
{
    struct chosen_heads *c = self;

    free(c->layers.items);
    free(c->heads.items);
}

size_t chosen_heads_size(void *self, size_t n_tokens)
{
    const struct chosen_heads *c = self;

    return c->layers.n * c->heads.n * n_tokens * n_tokens * sizeof(float);
}

enum berth_status chosen_heads_compute(void *self, const struct batch *batch)
{
    const struct chosen_heads *c = self;
    struct item *item = batch->jobs->item;
    size_t window = batch->jobs->window;
    struct berth_attention_request request = {.part = BERTH_ATTENTION_WEIGHTS,
                                              .layers = c->layers.items,
                                              .n_layers = c->layers.n,
                                              .heads = c->heads.items,
                                              .n_heads = c->heads.n};
    struct berth_sequence sequence =
        session_sequence(&c->session, item, window);
    size_t size = chosen_heads_size(self, sequence.n_tokens);
    float *weights = pieces_alloc(batch->results, size);

    if (weights == NULL)
        return stream_no_memory(batch->err);
    item->results[window] = weights;
    enum berth_status status = berth_attend(c->session.context, &sequence,
                                            &request, weights, batch->err);

    if (status == BERTH_OK)
        finite_check(item, weights, size / sizeof(*weights));
    return status;
}
