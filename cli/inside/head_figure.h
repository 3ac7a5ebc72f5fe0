/*
 * head_figure.h - what heads do as a figure: -f svg of head-stats.
 */
#ifndef CLI_INSIDE_HEAD_FIGURE_H
#define CLI_INSIDE_HEAD_FIGURE_H

#include "cli/inside/chosen_heads.h"
#include "cli/inside/head_stats.h"

/*
 * head_figure_means - a panel of layers by heads for each mean, each on its own
 * scale; nothing where there were no texts.
 *
 *   columns  (HEAD_MEANS) their names
 */
void head_figure_means(const struct chosen_heads *chosen,
                       const struct head_stats *stats,
                       const struct column *columns, struct buffer *b);

/* head_figure_distances - of each two heads. */
void head_figure_distances(const struct chosen_heads *chosen,
                           const struct head_stats *stats, struct buffer *b);

#endif
