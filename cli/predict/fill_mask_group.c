/*
 * fill_mask_group.c - the masks of some windows, a few at a time: their logits
 * are as wide as the vocabulary.
 */
#include "cli/predict/fill_mask.h"

/* The first mask in a window or after it: they are in the windows' order. */
static size_t first_of(const struct masks *masks, size_t window)
{
    size_t begin = 0, end = masks->n;

    while (begin < end) {
        const size_t middle = begin + (end - begin) / 2;

        if (masks->list[middle].window < window)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

enum berth_status fill_mask_each_group(struct fill_mask *self,
                                       const struct batch *batch,
                                       fill_mask_run *run)
{
    enum berth_status status = BERTH_OK;
    struct fill_mask_group g = {.n = 0};

    for (size_t i = 0; i < batch->n; i++) {
        const struct job *job = &batch->jobs[i];
        struct masks *masks = job->item->extra;

        for (size_t m = first_of(masks, job->window);
             m < masks->n && masks->list[m].window == job->window &&
             status == BERTH_OK;
             m++) {
            g.places[g.n] = (struct berth_place){i, masks->list[m].position};
            g.jobs[g.n] = job;
            g.masks[g.n++] = &masks->list[m];
            if (g.n < self->compute.n_places)
                continue;
            status = run(self, &g, batch);
            g.n = 0;
        }
    }
    if (status == BERTH_OK && g.n > 0)
        status = run(self, &g, batch);
    return status;
}
