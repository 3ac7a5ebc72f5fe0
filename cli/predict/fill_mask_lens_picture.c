/*
 * fill_mask_lens_picture.c - fill-mask --lens as a picture for the terminal or
 * a paper: layers downward, masks or tokens across, darker or lighter by their
 * probability.
 */
#include "cli/output/picture.h"
#include "cli/output/svg.h"
#include "cli/output/word_picture.h"
#include "cli/predict/fill_mask_lens.h"
#include "cli/stream/row.h"

/* A text of the picture, printed by put(); NULL: no memory. */
static const char *keep(struct buffer *b, struct pieces *p)
{
    const char *copy =
        b->failed ? NULL : pieces_copy(p, b->size > 0 ? b->data : "", b->size);

    buffer_clear(b);
    return copy;
}

/* The layers' numbers; false: no memory. */
static bool name_layers(const char **names, size_t n, struct pieces *p)
{
    struct buffer b = {0};
    bool ok = true;

    for (size_t i = 0; i < n && ok; i++) {
        buffer_printf(&b, "%zu", i);
        names[i] = keep(&b, p);
        ok = names[i] != NULL;
    }
    buffer_free(&b);
    return ok;
}

static bool is_svg(const struct fill_mask *self)
{
    return self->session.settings.format == FORMAT_SVG;
}

/* words NULL: none in the cells. */
static void put_svg(const struct picture *picture, const char *const *words,
                    const char *columns, struct buffer *b)
{
    const struct svg_panel panel = {.picture = *picture, .words = words};

    svg_put(b, &(struct svg_figure){.name = "what the head would say after "
                                            "each layer: probability",
                                    .panels = &panel,
                                    .n = 1,
                                    .across = 1,
                                    .row_word = "layer",
                                    .column_word = columns,
                                    .shared = true});
}

/* One column a token. */
static bool draw_tokens(const struct fill_mask *self, const struct masks *masks,
                        const char **layers, struct pieces *p, struct buffer *b)
{
    const size_t n = fill_mask_n_states(self), columns = masks->n;
    float *data = pieces_array(p, n * columns, sizeof(*data));
    const char **names = pieces_array(p, columns, sizeof(*names));

    if (data == NULL || names == NULL)
        return false;
    for (size_t m = 0; m < columns; m++) {
        names[m] = lens_word(self, &masks->list[m], 0);
        for (size_t i = 0; i < n; i++)
            data[i * columns + m] = masks->list[m].scores[i];
    }
    const struct picture picture = {.data = data,
                                    .rows = n,
                                    .columns = columns,
                                    .row_names = layers,
                                    .column_names = names,
                                    .rows_numbered = true};

    if (is_svg(self))
        put_svg(&picture, NULL, "token", b);
    else
        picture_heat(b, &picture, &self->screen);
    return true;
}

/* A column of each mask for each word or target, and its words in the cells. */
static bool draw_masks(const struct fill_mask *self, const struct masks *masks,
                       const char **layers, struct pieces *p, struct buffer *b)
{
    const size_t n = fill_mask_n_states(self);
    const size_t n_words = masks->list[0].n / n, columns = masks->n * n_words;
    float *data = pieces_array(p, n * columns, sizeof(*data));
    const char **words = pieces_array(p, n * columns, sizeof(*words));
    const char **names = pieces_array(p, columns, sizeof(*names));
    struct buffer name = {0};
    bool ok = data != NULL && words != NULL && names != NULL;

    for (size_t c = 0; c < columns && ok; c++) {
        const size_t m = c / n_words, w = c % n_words;

        lens_title(self, masks, m, w, &name);
        names[c] = keep(&name, p);
        ok = names[c] != NULL;
        for (size_t i = 0; i < n && ok; i++) {
            const size_t at = i * columns + c, k = i * n_words + w;

            lens_cell(self, &masks->list[m], k, &name);
            words[at] = keep(&name, p);
            data[at] = masks->list[m].scores[k];
            ok = words[at] != NULL;
        }
    }
    buffer_free(&name);
    if (ok && is_svg(self))
        put_svg(&(struct picture){.data = data,
                                  .rows = n,
                                  .columns = columns,
                                  .row_names = layers,
                                  .column_names = names},
                words, NULL, b);
    else if (ok)
        picture_words(b,
                      &(struct word_picture){.data = data,
                                             .words = words,
                                             .rows = n,
                                             .columns = columns,
                                             .row_names = layers,
                                             .column_names = names},
                      &self->screen);
    return ok;
}

void lens_draw(const struct fill_mask *self, const struct item *item,
               struct output *out)
{
    const struct masks *masks = item->extra;
    struct buffer *b = &out->rows;
    struct pieces p = {0};
    const size_t n = fill_mask_n_states(self);
    const char **layers = pieces_array(&p, n, sizeof(*layers));
    bool ok = layers != NULL && name_layers(layers, n, &p);

    if (!is_svg(self)) {
        row_begin(b, &self->session.settings, item);
        buffer_printf(b, "record %zu\n", item->record.index);
    }
    if (ok && masks->n > 0)
        ok = (masks->of_tokens ? draw_tokens : draw_masks)(self, masks, layers,
                                                           &p, b);
    if (!is_svg(self))
        buffer_putc(b, '\n');
    b->failed = b->failed || !ok;
    pieces_free(&p);
}
