/*
 * weights_pack.c - all linear layers of a model, from the file's layout to that
 * of the kernels.
 */
#include "lib/status.h"
#include "models/families/weights.h"

enum {
    LINEAR_OF_LAYER = 4,
    LINEAR_OF_HEAD = 2
};

/* The i-th linear layer; NULL behind the last. */
static struct berth_linear *
linear_at(struct berth_weights *w, const struct berth_config *config, size_t i)
{
    const size_t layer = i / LINEAR_OF_LAYER;

    if (layer >= config->num_hidden_layers) {
        const size_t of_head = i - config->num_hidden_layers * LINEAR_OF_LAYER;
        if (!w->has_masked_lm || of_head >= LINEAR_OF_HEAD)
            return NULL;
        return of_head == 0 ? &w->masked_lm.transform : &w->masked_lm.decoder;
    }
    struct berth_layer *l = &w->layers[layer];
    struct berth_linear *const all[LINEAR_OF_LAYER] = {
        &l->qkv, &l->attention_output, &l->intermediate, &l->output};
    return all[i % LINEAR_OF_LAYER];
}

size_t berth_weights_room(const struct berth_config *config,
                          const struct berth_kernels *kernels)
{
    const size_t C = config->hidden_size;
    const size_t F = config->intermediate_size;
    const struct berth_linear widest = {.n_in = C > F ? C : F};

    return berth_linear_room(&widest, kernels);
}

enum berth_status berth_weights_pack(struct berth_weights *weights,
                                     const struct berth_config *config,
                                     const struct berth_kernels *kernels,
                                     struct berth_pool *pool,
                                     struct berth_error *err)
{
    const size_t room_size = berth_weights_room(config, kernels);
    const size_t threads = berth_pool_size(pool);
    struct berth_arena room = {0};
    struct berth_linear *linear;
    size_t bytes = 0, floats;

    if (weights->packed.base != NULL)
        return BERTH_OK;
    for (size_t i = 0; (linear = linear_at(weights, config, i)) != NULL; i++)
        bytes += berth_linear_packed_size(linear, kernels);
    if (!berth_mul(threads, room_size, &floats))
        return berth_fail(err, BERTH_ERR_MEMORY, "out of memory");
    enum berth_status s = berth_arena_reserve(
        &room, berth_arena_piece(floats, sizeof(float)), err);
    if (s == BERTH_OK)
        s = berth_arena_reserve(&weights->packed, bytes, err);
    if (s == BERTH_OK) {
        float *scratch = berth_arena_take(&room, floats, sizeof(float));
        for (size_t i = 0; (linear = linear_at(weights, config, i)) != NULL;
             i++)
            berth_linear_pack(linear, kernels, pool, &weights->packed, scratch,
                              room_size);
    }
    berth_arena_free(&room);
    return s;
}
