/*
 * cmd_head_stats.c - what each head does on average over a corpus: one pass,
 * and memory that does not grow.
 */
#include <string.h>
#include <utf8proc.h>

#include "cli/base/message.h"
#include "cli/base/utf8.h"
#include "cli/frame/command.h"
#include "cli/inside/chosen_heads.h"
#include "cli/inside/head_figure.h"
#include "cli/inside/head_stats.h"
#include "cli/output/cells.h"

struct head_stats_command {
    struct chosen_heads chosen; /* first */
    bool distances;
    struct {
        struct head_stats stats;
        struct head_stats before; /* the present record */
    } finish;
};

#define AT(member) offsetof(struct head_stats_command, member)

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS | 1 << FORMAT_SVG)},
    {LAYER_ROW},
    {HEAD_ROW},
    {0, "distances", NULL, "print how different each two heads are",
     OPTION_FLAG, AT(distances), 0, 0},
    {0}};

static const struct option_row rows_result[] = {
    {OUTPUT_ROW},
    {NO_HEADER_ROW},
    {DIGITS_ROW("significant digits (default: enough to be exact; text: 3)")},
    {0}};

static const struct option_group groups[] = {
    {"Hiding", rows_hide, &groups[1]},
    {"Length", rows_length, &groups[2]},
    {"Input", rows_input, &groups[3]},
    {"Output", rows_result, &group_common}};

/* -------------------------------------------------------------- compute */

/* A token of punctuation marks alone; tokenizers make one of each. */
static bool is_mark(const struct berth_token *token)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)token->word;
    utf8proc_int32_t c;

    if (*p == '\0' || token->special)
        return false;
    for (utf8proc_ssize_t n; *p != '\0'; p += n) {
        n = utf8proc_iterate(p, -1, &c);
        if (n <= 0 || !utf8_is_punctuation((uint32_t)c))
            return false;
    }
    return true;
}

static unsigned char kind_of(const struct head_stats_command *self, int32_t id)
{
    struct berth_token token;

    if (id == self->chosen.session.facts->cls_id)
        return 1U << SHARE_CLS;
    if (id == self->chosen.session.facts->sep_id)
        return 1U << SHARE_SEP;
    berth_token_get(self->chosen.session.model, id, &token);
    return is_mark(&token) ? 1U << SHARE_PUNCTUATION : 0;
}

static bool finish(void *arg, struct item *item)
{
    struct head_stats_command *self = arg;
    const struct berth_window *w = &item->windows[item->window];
    unsigned char *kinds =
        pieces_array(item->pieces, w->n_tokens, sizeof(*kinds));

    if (kinds == NULL)
        return false;
    for (size_t i = 0; i < w->n_tokens; i++)
        kinds[i] = kind_of(self, item->ids[w->start + i]);
    if (item->window == 0 && item->n_windows > 1)
        head_stats_copy(&self->finish.before, &self->finish.stats);
    head_stats_add(&self->finish.stats, item->results[item->window],
                   w->n_tokens, kinds);
    return true;
}

/* A record that failed at a later window counts nowhere. */
static void finish_failed(void *arg, const struct item *item)
{
    struct head_stats_command *self = arg;

    if (item->begun)
        head_stats_copy(&self->finish.stats, &self->finish.before);
}

/* ---------------------------------------------------------------- print */

static const struct column head_columns[] = {{"layer", COLUMN_SIZE, 0},
                                             {"head", COLUMN_SIZE, 0},
                                             {"entropy", COLUMN_FLOAT, 0},
                                             {"distance", COLUMN_FLOAT, 0},
                                             {"cls", COLUMN_FLOAT, 0},
                                             {"sep", COLUMN_FLOAT, 0},
                                             {"self", COLUMN_FLOAT, 0},
                                             {"previous", COLUMN_FLOAT, 0},
                                             {"next", COLUMN_FLOAT, 0},
                                             {"punctuation", COLUMN_FLOAT, 0},
                                             {0}};
static const struct column distance_columns[] = {
    {"layer", COLUMN_SIZE, 0},       {"head", COLUMN_SIZE, 0},
    {"other_layer", COLUMN_SIZE, 0}, {"other_head", COLUMN_SIZE, 0},
    {"distance", COLUMN_FLOAT, 0},   {0}};

enum {
    TEXT_DIGITS = 3,
    TEXT_WIDTH = 9
};

static size_t width_of(const char *name)
{
    size_t n = strlen(name);

    return n > TEXT_WIDTH || name[0] == 'l' || name[0] == 'h' ? n : TEXT_WIDTH;
}

/* text: a line of cells of equal width, to be read and for awk, or of the names
 * of their columns where cells is NULL. */
static void put_line(struct buffer *b, const struct shared *s,
                     const struct column *columns, const struct cell *cells)
{
    int digits = s->digits == 0 ? TEXT_DIGITS : s->digits;

    for (size_t i = 0; columns[i].name != NULL; i++) {
        buffer_between(b, i, ' ');
        size_t start = b->size;

        if (cells == NULL)
            buffer_puts(b, columns[i].name);
        else
            columns_cell(b, s->format, digits, &columns[i], &cells[i]);
        cells_align(b, start, width_of(columns[i].name), true);
    }
    buffer_putc(b, '\n');
}

static void put_row(const struct head_stats_command *self,
                    const struct column *columns, const struct cell *cells,
                    struct output *out)
{
    const struct shared *s = &self->chosen.session.settings;

    if (s->format == FORMAT_TEXT)
        put_line(&out->rows, s, columns, cells);
    else
        columns_row(&out->rows, s->format, s->digits, columns, cells, true);
    output_spill(out);
}

static void put_header(const struct head_stats_command *self,
                       const struct column *columns, struct output *out)
{
    const struct shared *s = &self->chosen.session.settings;

    if (s->format == FORMAT_TEXT)
        put_line(&out->rows, s, columns, NULL);
    else if (!s->no_header)
        columns_header(&out->rows, s->format, columns, true);
}

static size_t layer_of(const struct head_stats_command *self, size_t i)
{
    return self->chosen.layers.items[i / self->chosen.heads.n];
}

static size_t head_of(const struct head_stats_command *self, size_t i)
{
    return self->chosen.heads.items[i % self->chosen.heads.n];
}

static void print_heads(const struct head_stats_command *self,
                        struct output *out)
{
    const struct head_stats *stats = &self->finish.stats;

    put_header(self, head_columns, out);
    for (size_t i = 0; i < stats->n_heads && stats->n_queries > 0; i++) {
        struct cell cells[2 + HEAD_MEANS] = {{.size = layer_of(self, i)},
                                             {.size = head_of(self, i)}};

        for (size_t k = 0; k < HEAD_MEANS; k++)
            cells[2 + k].x = head_stats_mean(stats, i, k);
        put_row(self, head_columns, cells, out);
    }
}

static void print_distances(const struct head_stats_command *self,
                            struct output *out)
{
    const struct head_stats *stats = &self->finish.stats;

    put_header(self, distance_columns, out);
    for (size_t a = 0; a < stats->n_heads && stats->n_queries > 0; a++)
        for (size_t b = a + 1; b < stats->n_heads; b++) {
            const struct cell cells[] = {
                {.size = layer_of(self, a)},
                {.size = head_of(self, a)},
                {.size = layer_of(self, b)},
                {.size = head_of(self, b)},
                {.x = head_stats_distance(stats, a, b)}};

            put_row(self, distance_columns, cells, out);
        }
}

static void footer(void *arg, struct output *out)
{
    const struct head_stats_command *self = arg;
    const struct head_stats *stats = &self->finish.stats;
    const bool drawn = self->chosen.session.settings.format == FORMAT_SVG;

    if (drawn && self->distances)
        head_figure_distances(&self->chosen, stats, &out->rows);
    else if (drawn)
        head_figure_means(&self->chosen, stats, head_columns + 2, &out->rows);
    else if (self->distances)
        print_distances(self, out);
    else
        print_heads(self, out);
}

/* ---------------------------------------------------------------- set up */

static bool fit(void *arg)
{
    struct head_stats_command *self = arg;

    session_limit_tokens(&self->chosen.session,
                         self->chosen.session.facts->max_tokens);
    if (!chosen_heads_parse(&self->chosen))
        return false;
    size_t n = self->chosen.layers.n * self->chosen.heads.n;

    if (head_stats_init(&self->finish.stats, n, self->distances) &&
        head_stats_init(&self->finish.before, n, self->distances))
        return true;
    return message_error("out of memory");
}

static struct stream_ops ops(const void *arg)
{
    (void)arg;
    return (struct stream_ops){.prepare = session_prepare,
                               .compute = chosen_heads_compute,
                               .finish = finish,
                               .finish_failed = finish_failed,
                               .footer = footer,
                               .result_size = chosen_heads_size,
                               .by_window = true};
}

static void release(void *arg)
{
    struct head_stats_command *self = arg;

    head_stats_free(&self->finish.stats);
    head_stats_free(&self->finish.before);
    chosen_heads_release(self);
}

const struct command command_head_stats = {
    .name = "head-stats",
    .summary = "print what each attention head does on average",
    .example = "berth head-stats --layer 0-1 two.txt",
    .options = {"Options of head-stats", rows, &groups[0]},
    .size = sizeof(struct head_stats_command),
    .part = BERTH_PART_ENCODER,
    .computes = true,
    .fit = fit,
    .ops = ops,
    .release = release};
