/*
 * head_figure.c - the means of heads, or their distances, as panels.
 */
#include "cli/inside/head_figure.h"

#include "cli/output/svg.h"

enum {
    FEW_HEADS = 8 /* of which four panels fit beside each other */
};

/* Numbers as words, "3" or, of heads in layers, "3.1". NULL: no memory. */
static const char **make_names(const struct number_list *layers,
                               const struct number_list *heads,
                               struct pieces *p)
{
    const size_t n_heads = heads != NULL ? heads->n : 1;
    const size_t n = layers->n * n_heads;
    const char **names = pieces_array(p, n, sizeof(*names));
    struct buffer b = {0};

    for (size_t i = 0; i < n && names != NULL; i++) {
        buffer_clear(&b);
        buffer_printf(&b, "%zu", layers->items[i / n_heads]);
        if (heads != NULL)
            buffer_printf(&b, ".%zu", heads->items[i % n_heads]);
        names[i] = b.failed ? NULL : pieces_copy(p, b.data, b.size);
        names = names[i] != NULL ? names : NULL;
    }
    buffer_free(&b);
    return names;
}

void head_figure_means(const struct chosen_heads *chosen,
                       const struct head_stats *stats,
                       const struct column *columns, struct buffer *b)
{
    struct pieces p = {0};
    struct svg_panel panels[HEAD_MEANS];
    const size_t n = stats->n_heads;
    float *data = pieces_array(&p, HEAD_MEANS * n, sizeof(*data));
    const struct picture picture = {
        .rows = chosen->layers.n,
        .columns = chosen->heads.n,
        .row_names = make_names(&chosen->layers, NULL, &p),
        .column_names = make_names(&chosen->heads, NULL, &p),
        .numbered = true};

    b->failed = b->failed || data == NULL || picture.row_names == NULL ||
                picture.column_names == NULL;
    for (size_t k = 0; k < HEAD_MEANS && !b->failed; k++) {
        panels[k] =
            (struct svg_panel){.picture = picture, .title = columns[k].name};
        panels[k].picture.data = data + k * n;
        for (size_t i = 0; i < n; i++)
            data[k * n + i] = (float)head_stats_mean(stats, i, k);
    }
    if (!b->failed && stats->n_queries > 0)
        svg_put(b, &(struct svg_figure){.name = "what heads do on average",
                                        .panels = panels,
                                        .n = HEAD_MEANS,
                                        .across =
                                            picture.columns > FEW_HEADS ? 2 : 4,
                                        .row_word = "layer",
                                        .column_word = "head",
                                        .linear = true});
    pieces_free(&p);
}

void head_figure_distances(const struct chosen_heads *chosen,
                           const struct head_stats *stats, struct buffer *b)
{
    struct pieces p = {0};
    const size_t n = stats->n_heads;
    float *data = pieces_array(&p, n * n, sizeof(*data));
    const char **names = make_names(&chosen->layers, &chosen->heads, &p);
    const struct svg_panel panel = {.picture = {.data = data,
                                                .rows = n,
                                                .columns = n,
                                                .row_names = names,
                                                .column_names = names}};

    b->failed = b->failed || data == NULL || names == NULL;
    for (size_t i = 0; i < n * n && !b->failed; i++)
        data[i] = (float)head_stats_distance(stats, i / n, i % n);
    if (!b->failed && stats->n_queries > 0)
        svg_put(b, &(struct svg_figure){.name = "how different heads are",
                                        .panels = &panel,
                                        .n = 1,
                                        .across = 1,
                                        .row_word = "head",
                                        .column_word = "head",
                                        .shared = true,
                                        .linear = true});
    pieces_free(&p);
}
