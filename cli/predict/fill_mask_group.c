/*
 * fill_mask_group.c - the masks of some windows, a few at a time: their logits
 * are as wide as the vocabulary.
 */
#include "cli/predict/fill_mask.h"

enum berth_status fill_mask_each_group(struct fill_mask *self,
                                       const struct batch *batch,
                                       fill_mask_run *run)
{
    enum berth_status status = BERTH_OK;
    struct fill_mask_group g = {.n = 0};

    for (size_t i = 0; i < batch->n; i++) {
        const struct job *job = &batch->jobs[i];
        struct masks *masks = job->item->extra;

        for (size_t m = 0; m < masks->n && status == BERTH_OK; m++) {
            if (masks->list[m].window != job->window)
                continue;
            g.places[g.n] = (struct berth_place){i, masks->list[m].position};
            g.jobs[g.n] = job;
            g.masks[g.n++] = &masks->list[m];
            if (g.n < FILL_MASK_PLACES)
                continue;
            status = run(self, &g, batch);
            g.n = 0;
        }
    }
    if (status == BERTH_OK && g.n > 0)
        status = run(self, &g, batch);
    return status;
}
