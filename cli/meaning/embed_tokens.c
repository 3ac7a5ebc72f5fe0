/*
 * embed_tokens.c - the hidden states of every token, in every format.
 */
#include "cli/meaning/embed.h"

#include <string.h>

#include "cli/output/quote.h"
#include "cli/stream/row.h"

void embed_put_states(const struct embed *self, struct buffer *b)
{
    for (size_t s = 0; self->states.n > 1 && s < self->states.n; s++)
        buffer_printf(b, "%s%zu", s > 0 ? "," : ",\"hidden_states\":[",
                      self->states.items[s]);
    buffer_puts(b, self->states.n > 1 ? "],\"embeddings\":["
                                      : ",\"embeddings\":[");
}

/* What comes before the numbers of token i of the window. */
static void begin_token(const struct embed *self, const struct item *item,
                        size_t i, size_t state, struct buffer *b)
{
    const struct shared *s = &self->vectors.session.settings;
    const size_t k = item->windows[item->window].start + i;
    const char *token =
        berth_token_text(self->vectors.session.model, item->ids[k]);
    const bool several = self->states.n > 1;

    row_begin(b, s, item);
    if (s->format == FORMAT_TEXT) {
        if (several)
            buffer_printf(b, "%zu\t", state);
        buffer_tsv(b, token, strlen(token));
        buffer_putc(b, ' ');
        return;
    }
    row_cell_size(b, s, item->window);
    row_cell_size(b, s, i);
    row_cell_text(b, s, token, strlen(token));
    row_cell_size(b, s, item->offsets[k].begin);
    row_cell_size(b, s, item->offsets[k].end);
    if (several)
        row_cell_size(b, s, state);
    row_cell(b, s);
}

/* A row of each token, state after state. */
static void print_rows(const struct embed *self, const struct item *item,
                       struct output *out)
{
    const struct berth_window *w = &item->windows[item->window];
    const float *x = item->results[item->window];
    struct buffer *b = &out->rows;

    for (size_t s = 0; s < self->states.n; s++)
        for (size_t i = 0; i < w->n_tokens; i++, x += self->vectors.size) {
            begin_token(self, item, i, self->states.items[s], b);
            embed_put_vector(self, b, x);
            buffer_putc(b, '\n');
            output_spill(out);
        }
}

/* [[...],[...]]: a vector of each token. */
static void put_matrix(const struct embed *self, size_t n_tokens,
                       const float *x, struct output *out)
{
    for (size_t i = 0; i < n_tokens; i++, x += self->vectors.size) {
        buffer_between(&out->rows, i, ',');
        embed_put_vector(self, &out->rows, x);
        output_spill(out);
    }
    buffer_putc(&out->rows, ']');
}

static void print_object(const struct embed *self, const struct item *item,
                         struct output *out)
{
    const struct shared *settings = &self->vectors.session.settings;
    const struct berth_window *w = &item->windows[item->window];
    const float *x = item->results[item->window];
    struct buffer *b = &out->rows;

    row_begin(b, settings, item);
    row_counts(b, item, w->n_tokens);
    if (settings->overflow == OVERFLOW_WINDOW)
        buffer_printf(b, ",\"window\":%zu", item->window);
    row_tokens(b, self->vectors.session.model, item, w->start,
               w->start + w->n_tokens);
    row_offsets(b, item, w->start, w->start + w->n_tokens);
    embed_put_states(self, b);
    for (size_t s = 0; s < self->states.n; s++) {
        if (self->states.n > 1)
            buffer_puts(b, s > 0 ? ",[" : "[");
        put_matrix(self, w->n_tokens, x + s * w->n_tokens * self->vectors.size,
                   out);
    }
    if (self->states.n > 1)
        buffer_putc(b, ']');
    row_end(b, settings);
}

/* (tokens, size), or (states, tokens, size). */
static void print_array(const struct embed *self, const struct item *item,
                        struct output *out)
{
    const struct shared *s = &self->vectors.session.settings;
    const size_t shape[] = {self->states.n,
                            item->windows[item->window].n_tokens,
                            self->vectors.size};
    const size_t first = self->states.n > 1 ? 0 : 1;
    const float *x = item->results[item->window];
    char name[ROW_MEMBER];

    if (out->npz != NULL) {
        row_member(name, s, item);
        if (!npz_add(out->npz, name, shape + first, 3 - first, x))
            out->failed = true;
        return;
    }
    if (s->format == FORMAT_NPY)
        npy_header(&out->rows, shape + first, 3 - first);
    buffer_put(&out->rows, x, shape[0] * shape[1] * shape[2] * sizeof(*x));
}

void embed_print_tokens(const struct embed *self, const struct item *item,
                        struct output *out)
{
    const int format = self->vectors.session.settings.format;

    if (format == FORMAT_JSONL)
        print_object(self, item, out);
    else if (format_in(format, FORMATS_NUMBERS))
        print_array(self, item, out);
    else
        print_rows(self, item, out);
}
