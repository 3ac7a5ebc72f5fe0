/*
 * fill_mask_compare.c - fill-mask --compare: the words whose probability
 * changes most when heads or tokens are hidden.
 */
#include <math.h>
#include <string.h>

#include "cli/base/buffer.h"
#include "cli/base/top.h"
#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/predict/fill_mask.h"
#include "cli/stream/finite.h"
#include "cli/stream/row.h"

/* -------------------------------------------------------------- compute */

/* Probabilities at the masks of a group, with or without hiding. */
static enum berth_status predict(struct fill_mask *self, const struct job *job,
                                 const struct fill_mask_group *g, bool hide,
                                 float *out, struct berth_error *err)
{
    size_t v = self->session.facts->vocab_size;
    struct berth_sequence sequence =
        session_sequence(&self->session, job->item, job->window);
    enum berth_status status =
        berth_context_cut_heads(self->session.context, self->session.hide.heads,
                                hide ? self->session.hide.n_heads : 0, err);

    if (!hide)
        sequence.ignored = NULL;
    if (status == BERTH_OK)
        status = berth_forward(self->session.context, &sequence, 1,
                               BERTH_LAST_LAYER, err);
    if (status == BERTH_OK)
        status =
            berth_predict(self->session.context, g->places, g->n, out, err);
    if (status == BERTH_OK)
        berth_softmax(self->session.context, out, g->n, v);
    return status;
}

/* Probabilities (V) at a mask. */
struct change {
    const float *before;
    const float *after;
};

static bool changes_more(const void *a, const void *b, const void *arg)
{
    const struct change *c = arg;
    int32_t x = *(const int32_t *)a;
    int32_t y = *(const int32_t *)b;

    return fabsf(c->after[x] - c->before[x]) >
           fabsf(c->after[y] - c->before[y]);
}

static bool choose(const struct fill_mask *self, const float *before,
                   const float *after, struct pieces *a, struct mask *mask)
{
    const struct change change = {before, after};
    const bool targets = self->n_target_ids > 0;
    const size_t n =
        targets ? self->n_target_ids : self->session.facts->vocab_size;

    mask->ids = pieces_array(a, self->k, sizeof(*mask->ids));
    mask->scores = pieces_array(a, self->k, sizeof(*mask->scores));
    mask->before = pieces_array(a, self->k, sizeof(*mask->before));
    if (mask->ids == NULL || mask->scores == NULL || mask->before == NULL)
        return false;
    mask->n = 0;
    for (size_t i = 0; i < n; i++) {
        const int32_t id = targets ? self->target_ids[i] : (int32_t)i;

        mask->n = top_insert(mask->ids, mask->n, self->k, &id, sizeof(id),
                             changes_more, &change);
    }
    for (size_t i = 0; i < mask->n; i++) {
        mask->before[i] = before[mask->ids[i]];
        mask->scores[i] = after[mask->ids[i]];
    }
    return true;
}

static enum berth_status run(struct fill_mask *self,
                             const struct fill_mask_group *g,
                             const struct batch *batch)
{
    size_t v = self->session.facts->vocab_size;
    const struct job *job = g->jobs[0];
    float *before = self->compute.logits;
    float *after = self->compute.logits + FILL_MASK_PLACES * v;
    enum berth_status status = predict(self, job, g, false, before, batch->err);

    if (status == BERTH_OK)
        status = predict(self, job, g, true, after, batch->err);
    for (size_t i = 0; i < g->n && status == BERTH_OK; i++)
        if (finite_check(job->item, before + i * v, v) &&
            finite_check(job->item, after + i * v, v) &&
            !choose(self, before + i * v, after + i * v, batch->results,
                    g->masks[i]))
            status = stream_no_memory(batch->err);
    return status;
}

static enum berth_status compute(void *arg, const struct batch *batch)
{
    return fill_mask_each_group(arg, batch, run);
}

static size_t result_size(const struct fill_mask *self, size_t n_masks)
{
    return n_masks * self->k * (sizeof(int32_t) + 2 * sizeof(float));
}

/* ----------------------------------------------------------------- rows */

static const struct column columns[] = {
    {"mask", COLUMN_SIZE, 1 << FORMAT_TEXT},
    {"rank", COLUMN_SIZE, 1 << FORMAT_TEXT},
    {"change", COLUMN_FLOAT, 0},
    {"before", COLUMN_FLOAT, 0},
    {"after", COLUMN_FLOAT, 0},
    {"token_id", COLUMN_SIZE, 1 << FORMAT_TEXT},
    {"token", COLUMN_TEXT, 0},
    {0}};

static void print_row(struct fill_mask *self, const struct item *item, size_t m,
                      size_t i, struct buffer *b)
{
    const struct masks *masks = item->extra;
    const struct mask *mask = &masks->list[m];
    const char *token = berth_token_text(self->session.model, mask->ids[i]);
    float change = mask->scores[i] - mask->before[i];
    const struct cell cells[] = {{.size = m},
                                 {.size = i + 1},
                                 {.x = (double)change},
                                 {.x = (double)mask->before[i]},
                                 {.x = (double)mask->scores[i]},
                                 {.size = (size_t)mask->ids[i]},
                                 {token, .size = strlen(token)}};

    row_cells(b, &self->session.settings, columns, cells);
}

static void print_members(struct fill_mask *self, const struct item *item,
                          size_t m, size_t i, struct buffer *b)
{
    const struct masks *masks = item->extra;
    const struct mask *mask = &masks->list[m];
    const char *token = berth_token_text(self->session.model, mask->ids[i]);
    int digits = self->session.settings.digits;

    buffer_puts(b, "\"change\":");
    buffer_json_float(b, mask->scores[i] - mask->before[i], digits);
    buffer_puts(b, ",\"before\":");
    buffer_json_float(b, mask->before[i], digits);
    buffer_puts(b, ",\"after\":");
    buffer_json_float(b, mask->scores[i], digits);
    buffer_puts(b, ",\"token\":");
    buffer_int(b, mask->ids[i]);
    buffer_puts(b, ",\"token_str\":");
    buffer_json(b, token, strlen(token));
}

const struct fill_mask_mode fill_mask_compare = {.compute = compute,
                                                 .print = fill_mask_print,
                                                 .one_window = true,
                                                 .result_size = result_size,
                                                 .list = "masks",
                                                 .columns = columns,
                                                 .print_row = print_row,
                                                 .print_members =
                                                     print_members};
