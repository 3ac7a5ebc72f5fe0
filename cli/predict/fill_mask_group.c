/*
 * fill_mask_group.c - the masks of some windows, a few at a time: their logits
 * are as wide as the vocabulary.
 */
#include "cli/predict/fill_mask.h"

enum berth_status fill_mask_each_group(struct fill_mask *self,
                                       const struct job *jobs, size_t n,
                                       fill_mask_run *run,
                                       struct pieces *results,
                                       struct berth_error *err)
{
    enum berth_status status = BERTH_OK;
    struct fill_mask_group g = {.n = 0};

    for (size_t i = 0; i < n; i++) {
        struct masks *masks = jobs[i].item->extra;

        for (size_t m = 0; m < masks->n && status == BERTH_OK; m++) {
            if (masks->list[m].window != jobs[i].window)
                continue;
            g.places[g.n] = (struct berth_place){i, masks->list[m].position};
            g.jobs[g.n] = &jobs[i];
            g.masks[g.n++] = &masks->list[m];
            if (g.n < FILL_MASK_PLACES)
                continue;
            status = run(self, &g, results, err);
            g.n = 0;
        }
    }
    if (status == BERTH_OK && g.n > 0)
        status = run(self, &g, results, err);
    return status;
}
