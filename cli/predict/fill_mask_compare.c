/*
 * fill_mask_compare.c - fill-mask --compare: the words whose probability
 * changes most when heads or tokens are hidden.
 */
#include <math.h>
#include <string.h>

#include "cli/base/buffer.h"
#include "cli/base/message.h"
#include "cli/base/top.h"
#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/predict/fill_mask.h"
#include "cli/stream/finite.h"
#include "cli/stream/row.h"

/* -------------------------------------------------------------- compute */

/* Some masks of one window. */
struct group {
    struct mask *masks[FILL_MASK_PLACES];
    struct berth_place places[FILL_MASK_PLACES];
    size_t n;
};

/* Probabilities at the masks of a group, with or without hiding. */
static enum berth_status predict(struct fill_mask *self, const struct job *job,
                                 const struct group *g, bool hide, float *out,
                                 struct berth_error *err)
{
    size_t v = self->session.facts->vocab_size;
    struct berth_sequence sequence =
        session_sequence(&self->session, job->item, job->window);
    enum berth_status status = berth_context_hide_heads(
        self->session.context, self->session.hide.heads,
        hide ? self->session.hide.n_heads : 0, err);

    if (!hide)
        sequence.hidden = NULL;
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

/* Puts a word among the k that change most. */
static void insert(struct mask *mask, size_t k, const struct change *c,
                   int32_t id)
{
    mask->n =
        top_insert(mask->ids, mask->n, k, &id, sizeof(id), changes_more, c);
}

static bool choose(const struct fill_mask *self, const float *before,
                   const float *after, struct pieces *a, struct mask *mask)
{
    const struct change change = {before, after};

    mask->ids = pieces_array(a, self->k, sizeof(*mask->ids));
    mask->scores = pieces_array(a, self->k, sizeof(*mask->scores));
    mask->before = pieces_array(a, self->k, sizeof(*mask->before));
    if (mask->ids == NULL || mask->scores == NULL || mask->before == NULL)
        return false;
    mask->n = 0;
    for (size_t i = 0; i < self->n_target_ids; i++)
        insert(mask, self->k, &change, self->target_ids[i]);
    for (size_t i = 0;
         self->n_target_ids == 0 && i < self->session.facts->vocab_size; i++)
        insert(mask, self->k, &change, (int32_t)i);
    for (size_t i = 0; i < mask->n; i++) {
        mask->before[i] = before[mask->ids[i]];
        mask->scores[i] = after[mask->ids[i]];
    }
    return true;
}

static enum berth_status run_group(struct fill_mask *self,
                                   const struct job *job, struct group *g,
                                   struct pieces *a, struct berth_error *err)
{
    size_t v = self->session.facts->vocab_size;
    float *before = self->compute.logits;
    float *after = self->compute.logits + FILL_MASK_PLACES * v;
    enum berth_status status = predict(self, job, g, false, before, err);

    if (status == BERTH_OK)
        status = predict(self, job, g, true, after, err);
    for (size_t i = 0; i < g->n && status == BERTH_OK; i++)
        if (finite_check(job->item, before + i * v, v) &&
            finite_check(job->item, after + i * v, v) &&
            !choose(self, before + i * v, after + i * v, a, g->masks[i]))
            status = stream_no_memory(err);
    g->n = 0;
    return status;
}

static enum berth_status compute(void *arg, const struct job *jobs, size_t n,
                                 struct pieces *results,
                                 struct berth_error *err)
{
    struct fill_mask *self = arg;
    struct masks *masks = jobs[0].item->extra;
    enum berth_status status = BERTH_OK;
    struct group g = {.n = 0};

    (void)n; /* batch_tokens is 0: one window at a time */
    for (size_t m = 0; m < masks->n && status == BERTH_OK; m++) {
        if (masks->list[m].window != jobs[0].window)
            continue;
        g.masks[g.n] = &masks->list[m];
        g.places[g.n++] = (struct berth_place){0, masks->list[m].position};
        if (g.n == FILL_MASK_PLACES)
            status = run_group(self, &jobs[0], &g, results, err);
    }
    if (status == BERTH_OK && g.n > 0)
        status = run_group(self, &jobs[0], &g, results, err);
    return status;
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

static void print_row(const struct fill_mask *self, const struct item *item,
                      size_t m, size_t i, struct output *out)
{
    const struct common *s = &self->session.settings;
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
    struct buffer *b = &out->rows;

    row_begin(b, s, item);
    if (s->format == FORMAT_TEXT && masks->n > 1) {
        buffer_size(b, m);
        buffer_putc(b, '\t');
    }
    row_cells(b, s, columns, cells);
    output_spill(out);
}

static void put_word(struct buffer *b, const struct fill_mask *self,
                     const struct mask *mask, size_t i)
{
    const char *token = berth_token_text(self->session.model, mask->ids[i]);
    int digits = self->session.settings.digits;

    buffer_puts(b, i > 0 ? ",{\"change\":" : "{\"change\":");
    buffer_json_float(b, mask->scores[i] - mask->before[i], digits);
    buffer_puts(b, ",\"before\":");
    buffer_json_float(b, mask->before[i], digits);
    buffer_puts(b, ",\"after\":");
    buffer_json_float(b, mask->scores[i], digits);
    buffer_puts(b, ",\"token\":");
    buffer_int(b, mask->ids[i]);
    buffer_puts(b, ",\"token_str\":");
    buffer_json(b, token, strlen(token));
    buffer_putc(b, '}');
}

static void print_object(const struct fill_mask *self, const struct item *item,
                         struct output *out)
{
    const struct masks *masks = item->extra;
    struct buffer *b = &out->rows;

    row_begin(b, &self->session.settings, item);
    row_counts(b, item, row_n_used(item));
    buffer_puts(b, ",\"masks\":[");
    for (size_t m = 0; m < masks->n; m++) {
        buffer_puts(b, m > 0 ? ",[" : "[");
        for (size_t i = 0; i < masks->list[m].n; i++) {
            put_word(b, self, &masks->list[m], i);
            output_spill(out);
        }
        buffer_putc(b, ']');
    }
    buffer_puts(b, "]}\n");
}

static void print(void *arg, const struct item *item, size_t window,
                  struct output *out)
{
    const struct fill_mask *self = arg;
    const struct masks *masks = item->extra;

    (void)window;
    if (self->session.settings.format == FORMAT_JSONL) {
        print_object(self, item, out);
        return;
    }
    for (size_t m = 0; m < masks->n; m++)
        for (size_t i = 0; i < masks->list[m].n; i++)
            print_row(self, item, m, i, out);
}

void fill_mask_compare_ops(struct stream_ops *ops)
{
    ops->compute = compute;
    ops->columns = columns;
    ops->blank_line = true;
    ops->print = print;
    ops->batch_tokens = 0;
}
