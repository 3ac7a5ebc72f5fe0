/*
 * attention_picture.c - attention as heat-maps, or as a grid of thumbnails with
 * a row for each layer and a column for each head.
 */
#include "cli/inside/attention_dump.h"
#include "cli/output/picture.h"

static void draw_heat(const struct attention *self, const struct item *item,
                      const struct attention_result *r, struct output *out)
{
    bool vectors = attention_is_vector(self);
    struct picture p = {.data = r->data,
                        .rows = r->n,
                        .columns = r->row,
                        .row_names = r->labels,
                        .column_names = vectors ? NULL : r->labels};

    for (size_t l = 0; l < r->n_layers; l++)
        for (size_t h = 0; h < r->n_heads; h++) {
            attention_put_title(self, item, l, h, &out->rows);
            buffer_putc(&out->rows, '\n');
            picture_heat(&out->rows, &p, &self->screen);
            buffer_putc(&out->rows, '\n');
            p.data += p.rows * p.columns;
            output_spill(out);
        }
}

typedef void put_number(const struct attention *self, size_t i,
                        struct buffer *b);

/* n names, "layer 0" and so on. NULL: no memory. */
static const char **make_names(const struct attention *self, const char *word,
                               size_t n, put_number *put, struct pieces *p)
{
    const char **names = pieces_array(p, n, sizeof(*names));
    struct buffer b = {0};

    for (size_t i = 0; i < n && names != NULL; i++) {
        buffer_clear(&b);
        buffer_printf(&b, "%s ", word);
        put(self, i, &b);
        names[i] = b.failed ? NULL : pieces_copy(p, b.data, b.size);
        names = names[i] != NULL ? names : NULL;
    }
    buffer_free(&b);
    return names;
}

static struct picture *make_items(const struct attention_result *r,
                                  struct pieces *p)
{
    size_t n = r->n_layers * r->n_heads;
    struct picture *items = pieces_array(p, n, sizeof(*items));

    for (size_t i = 0; i < n && items != NULL; i++)
        items[i] = (struct picture){.data = r->data + i * r->n * r->row,
                                    .rows = r->n,
                                    .columns = r->row};
    return items;
}

static void draw_grid(const struct attention *self, const struct item *item,
                      const struct attention_result *r, struct output *out)
{
    struct pieces p = {0};
    struct picture_table table = {
        .items = make_items(r, &p),
        .rows = r->n_layers,
        .columns = r->n_heads,
        .row_names =
            make_names(self, "layer", r->n_layers, attention_put_layer, &p),
        .column_names =
            make_names(self, "head", r->n_heads, attention_put_head, &p)};

    attention_put_title(self, item, SIZE_MAX, 0, &out->rows);
    buffer_putc(&out->rows, '\n');
    if (table.items != NULL && table.row_names != NULL &&
        table.column_names != NULL)
        picture_grid(&out->rows, &table, &self->screen);
    else
        out->rows.failed = true;
    buffer_putc(&out->rows, '\n');
    pieces_free(&p);
}

void attention_draw(const struct attention *self, const struct item *item,
                    struct output *out)
{
    const struct attention_result *r = item->results[item->window];

    if (self->chosen.session.settings.format == FORMAT_HEAT)
        draw_heat(self, item, r, out);
    else
        draw_grid(self, item, r, out);
}
