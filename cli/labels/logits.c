/*
 * logits.c - a batch through the encoder and the head.
 */
#include "cli/labels/logits.h"

#include <math.h>

#include "cli/stream/finite.h"

/* Logits of a window. */
static size_t count(const struct session *s, size_t n_tokens)
{
    const struct berth_head_facts *head = berth_model_get_head(s->model);

    return (head->of_tokens ? n_tokens : 1) * head->n_out;
}

enum berth_status logits_compute(void *self, const struct batch *batch)
{
    const struct session *s = self;
    size_t n = 0;

    for (size_t i = 0; i < batch->n; i++)
        n += count(s, job_tokens(&batch->jobs[i]));
    float *logits = pieces_array(batch->results, n + 1, sizeof(*logits));
    enum berth_status status = logits != NULL
                                   ? session_forward(s, BERTH_LAST_LAYER, batch)
                                   : stream_no_memory(batch->err);

    if (status == BERTH_OK)
        status = berth_logits(s->context, logits, batch->err);
    for (size_t i = 0; i < batch->n && status == BERTH_OK; i++) {
        const struct job *job = &batch->jobs[i];

        n = count(s, job_tokens(job));
        job->item->results[job->window] = logits;
        finite_check(job->item, logits, n);
        logits += n;
    }
    return status;
}

size_t logits_size(void *self, size_t n_tokens)
{
    return count(self, n_tokens) * sizeof(float);
}

void logits_softmax(const float *x, size_t n, float *out)
{
    double largest = -(double)INFINITY, sum = 0.0;

    for (size_t i = 0; i < n; i++)
        if ((double)x[i] > largest)
            largest = (double)x[i];
    for (size_t i = 0; i < n; i++)
        sum += exp((double)x[i] - largest);
    for (size_t i = 0; i < n; i++)
        out[i] = (float)(exp((double)x[i] - largest) / sum);
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
