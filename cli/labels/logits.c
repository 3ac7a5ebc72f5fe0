/*
 * logits.c - a batch through the encoder and the head.
 */
#include "cli/labels/logits.h"

#include "cli/stream/finite.h"

enum berth_status logits_compute(void *self, const struct batch *batch)
{
    const struct session *s = self;
    const size_t n_out = berth_model_get_head(s->model)->n_out;
    float *logits =
        pieces_array(batch->results, batch->n * n_out + 1, sizeof(*logits));
    enum berth_status status = logits != NULL
                                   ? session_forward(s, BERTH_LAST_LAYER, batch)
                                   : stream_no_memory(batch->err);

    if (status == BERTH_OK)
        status = berth_logits(s->context, logits, batch->err);
    for (size_t i = 0; i < batch->n && status == BERTH_OK; i++) {
        const struct job *job = &batch->jobs[i];

        job->item->results[job->window] = logits + i * n_out;
        finite_check(job->item, logits + i * n_out, n_out);
    }
    return status;
}

size_t logits_size(void *self, size_t n_tokens)
{
    const struct session *s = self;

    (void)n_tokens;
    return berth_model_get_head(s->model)->n_out * sizeof(float);
}

void logits_merge(const struct session *s, struct item *item)
{
    const size_t n_out = berth_model_get_head(s->model)->n_out;
    float *merged = item->results[0];
    double total = 0.0;

    if (item->n_windows == 1)
        return;
    for (size_t w = 0; w < item->n_windows; w++)
        total += (double)item->windows[w].n_tokens;
    for (size_t i = 0; i < n_out; i++) {
        double sum = 0.0;

        for (size_t w = 0; w < item->n_windows; w++)
            sum += (double)((float *)item->results[w])[i] *
                   (double)item->windows[w].n_tokens;
        merged[i] = (float)(sum / total);
    }
}
