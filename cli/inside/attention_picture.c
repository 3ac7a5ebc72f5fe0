/*
 * attention_picture.c - attention as heat-maps, as a grid of thumbnails with a
 * row for each layer and a column for each head, or as a figure of one or all.
 */
#include <math.h>

#include "cli/inside/attention_dump.h"
#include "cli/output/picture.h"
#include "cli/output/svg.h"

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

/* What the title and the empty line after a grid leave of it. */
static struct screen within(struct screen screen)
{
    const size_t others = 2;

    if (screen.height > 0)
        screen.height = screen.height > others ? screen.height - others : 1;
    return screen;
}

static void draw_grid(const struct attention *self, const struct item *item,
                      const struct attention_result *r, struct output *out)
{
    struct pieces p = {0};
    const struct screen screen = within(self->screen);
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
        picture_grid(&out->rows, &table, &screen);
    else
        out->rows.failed = true;
    buffer_putc(&out->rows, '\n');
    pieces_free(&p);
}

/* "3.1"; of one matrix "layer 3 head 1". NULL: no memory. */
static const char *make_title(const struct attention *self, size_t layer,
                              size_t head, bool alone, struct pieces *p)
{
    struct buffer b = {0};

    if (alone) {
        attention_put_place(self, layer, head, &b);
    } else {
        buffer_putc(&b, ' ');
        attention_put_layer(self, layer, &b);
        buffer_putc(&b, '.');
        attention_put_head(self, head, &b);
    }
    const char *title =
        b.failed ? NULL : pieces_copy(p, b.data + 1, b.size - 1);

    buffer_free(&b);
    return title;
}

static struct svg_panel *make_panels(const struct attention *self,
                                     const struct attention_result *r,
                                     struct pieces *p)
{
    const size_t n = r->n_layers * r->n_heads;
    struct svg_panel *panels = pieces_array(p, n, sizeof(*panels));

    for (size_t i = 0; i < n && panels != NULL; i++) {
        const char *title =
            make_title(self, i / r->n_heads, i % r->n_heads, n == 1, p);

        panels[i] = (struct svg_panel){
            .picture = {.data = r->data + i * r->n * r->row,
                        .rows = r->n,
                        .columns = r->row,
                        .row_names = n == 1 ? r->labels : NULL,
                        .column_names = n == 1 ? r->labels : NULL},
            .title = title};
        panels = title != NULL ? panels : NULL;
    }
    return panels;
}

/* Layers below each other, heads beside each other; where there is one of
 * either, about as many down as across. */
static size_t panels_across(const struct attention_result *r)
{
    const bool line = r->n_layers == 1 || r->n_heads == 1;

    return line ? (size_t)ceil(sqrt((double)(r->n_layers * r->n_heads)))
                : r->n_heads;
}

static void draw_svg(const struct attention *self,
                     const struct attention_result *r, struct output *out)
{
    struct pieces p = {0};
    struct buffer name = {0};
    const bool lines = self->style == STYLE_LINES;
    const struct svg_panel *panels = make_panels(self, r, &p);

    buffer_puts(&name, "attention: ");
    attention_put_name(self, &name);
    buffer_putc(&name, '\0');
    if (panels != NULL && !name.failed)
        svg_put(&out->rows, &(struct svg_figure){.name = name.data,
                                                 .panels = panels,
                                                 .n = r->n_layers * r->n_heads,
                                                 .across = panels_across(r),
                                                 .row_word = "query",
                                                 .column_word = "key",
                                                 .shared = true,
                                                 .linear = lines,
                                                 .lines = lines});
    else
        out->rows.failed = true;
    buffer_free(&name);
    pieces_free(&p);
}

void attention_draw(const struct attention *self, const struct item *item,
                    struct output *out)
{
    const struct attention_result *r = item->results[item->window];

    switch (self->chosen.session.settings.format) {
    case FORMAT_HEAT:
        draw_heat(self, item, r, out);
        break;
    case FORMAT_GRID:
        draw_grid(self, item, r, out);
        break;
    default:
        draw_svg(self, r, out);
    }
}
