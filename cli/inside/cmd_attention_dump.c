/*
 * cmd_attention_dump.c - attention of every layer and head: options and
 * computing. attention_rows.c prints it.
 */
#include <math.h>
#include <stdlib.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/inside/attention_dump.h"
#include "cli/stream/finite.h"
#include "cli/stream/row.h"

#define AT(member) offsetof(struct attention, member)

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS | FORMATS_NUMBERS | FORMATS_PICTURE |
                1 << FORMAT_SVG)},
    {LAYER_ROW},
    {HEAD_ROW},
    {0, "what", ATTENTION_WORDS,
     "what to print of each head or layer (default: weights)", OPTION_CHOICE,
     AT(what), 0, 0},
    {0, "norms", NULL, "the same as --what norms", OPTION_SET, AT(what),
     BERTH_ATTENTION_NORMS, 0},
    {0, "rollout", NULL, "print attention traced from a layer to the input",
     OPTION_FLAG, AT(rollout), 0, 0},
    {0, "level", "token|word",
     "word: join the pieces of each word (default: token)", OPTION_CHOICE,
     AT(level), 0, 0},
    {0, "reduce", "mean|max",
     "print the mean or the maximum of several matrices", OPTION_CHOICE,
     AT(reduce), 0, 0},
    {0, "over", "heads|layers|both", "what --reduce combines (default: heads)",
     OPTION_CHOICE, AT(over), 0, 0},
    {'k', "top-k", "N", "csv, tsv: only the N largest keys of each query",
     OPTION_SIZE, AT(top_k), 1, OPTION_SIZE_MAX},
    {0, "min-weight", "X", "csv, tsv: only numbers of X or more", OPTION_FLOAT,
     AT(min_weight), -OPTION_SIZE_MAX, OPTION_SIZE_MAX},
    {0, "from", "TOKEN|/REGEX/",
     "csv, tsv: only rows whose query token matches", OPTION_TEXT,
     AT(from_text), 0, 0},
    {0, "to", "TOKEN|/REGEX/", "csv, tsv: only rows whose key token matches",
     OPTION_TEXT, AT(to_text), 0, 0},
    {0, "no-special", NULL, "csv, tsv: leave out [CLS], [SEP] and padding",
     OPTION_FLAG, AT(no_special), 0, 0},
    {0, "segments", SEGMENTS_WORDS,
     "csv, tsv: only from text A or B (query) to text A or B (key)",
     OPTION_CHOICE, AT(segments), 0, 0},
    {0, "pad-to", "N", "pad each text to N tokens, to see the mask at work",
     OPTION_SIZE, AT(pad_to), 1, OPTION_SIZE_MAX},
    {0, "height", "N",
     "lines of a grid (default: the terminal's, else as many as it takes)",
     OPTION_SIZE, AT(height), 1, 10000},
    {0, "style", "cells|lines",
     "svg: a cell for each number, or a line from token to token (default: "
     "cells)",
     OPTION_CHOICE, AT(style), 0, 0},
    {0, "wide", NULL, "csv, tsv: print each matrix as a block", OPTION_FLAG,
     AT(wide), 0, 0},
    {0}};

static const struct option_group groups[] = {
    {"Hiding", rows_hide, &groups[1]},
    {"Pictures", rows_picture, &group_length}};

bool attention_is_vector(const struct attention *self)
{
    return self->what >= BERTH_ATTENTION_Q &&
           self->what != BERTH_ATTENTION_NORMS;
}

/* --------------------------------------------------------------- compute */

/* What berth_attend() gives. Positions are at most some thousands: the
 * products fit. */
static size_t raw_size(const struct attention *self, size_t n_tokens)
{
    size_t length = attention_length(self, n_tokens);
    size_t heads = attention_is_stage(self) ? 1 : self->chosen.heads.n;

    return self->computed.n * heads * length *
           berth_attention_width(self->chosen.session.model,
                                 (enum berth_attention_part)self->what,
                                 length) *
           sizeof(float);
}

static size_t result_size(void *arg, size_t n_tokens)
{
    const struct attention *self = arg;
    bool twice = self->rollout || self->level == LEVEL_WORD;

    return raw_size(self, n_tokens) * (twice ? 2 : 1);
}

/* Ids or types, and padding after them. */
static const int32_t *padded(struct pieces *a, const int32_t *values, size_t n,
                             size_t length, int32_t padding)
{
    int32_t *out = pieces_array(a, length, sizeof(*out));

    for (size_t i = 0; i < length && out != NULL; i++)
        out[i] = i < n ? values[i] : padding;
    return out;
}

/* False when memory is out. */
static bool pad(const struct attention *self, struct berth_sequence *s,
                struct pieces *a)
{
    size_t length = attention_length(self, s->n_tokens);

    s->ids = padded(a, s->ids, s->n_tokens, length,
                    self->chosen.session.facts->pad_id);
    s->type_ids = padded(a, s->type_ids, s->n_tokens, length, 0);
    s->n_real = s->n_tokens;
    s->n_tokens = length;
    return s->ids != NULL && s->type_ids != NULL;
}

static enum berth_status compute(void *arg, const struct batch *batch)
{
    struct attention *self = arg;
    struct item *item = batch->jobs->item;
    size_t window = batch->jobs->window;
    struct pieces *results = batch->results;
    const struct berth_window *w = &item->windows[window];
    struct berth_attention_request request = {
        .part = (enum berth_attention_part)self->what,
        .layers = self->computed.items,
        .n_layers = self->computed.n,
        .heads = self->chosen.heads.items,
        .n_heads = self->chosen.heads.n};
    struct berth_sequence sequence =
        session_sequence(&self->chosen.session, item, window);
    float *raw = pieces_alloc(results, raw_size(self, w->n_tokens));
    struct attention_result *out = pieces_alloc(results, sizeof(*out));

    if (raw == NULL || out == NULL || !pad(self, &sequence, results))
        return stream_no_memory(batch->err);
    enum berth_status status = berth_attend(
        self->chosen.session.context, &sequence, &request, raw, batch->err);

    if (status == BERTH_OK &&
        finite_check(item, raw, raw_size(self, w->n_tokens) / sizeof(*raw)) &&
        !attention_derive(self, item, window, raw, results, out))
        status = stream_no_memory(batch->err);
    item->results[window] = out;
    return status;
}

/* ---------------------------------------------------------------- set up */

/* Options that do not go together; NULL: all is well. */
static const char *clash(const void *arg)
{
    const struct attention *self = arg;
    bool table = format_is_table(self->chosen.session.settings.format);
    bool weights = self->what == BERTH_ATTENTION_WEIGHTS;
    bool filters = self->top_k > 0 || self->min_weight > -(double)INFINITY ||
                   self->from_text != NULL || self->to_text != NULL ||
                   self->no_special || self->segments >= 0;

    if (self->wide && !table)
        return "--wide needs --format csv or tsv";
    if (filters && (!table || self->wide || attention_is_vector(self)))
        return "-k, --min-weight, --from, --to, --no-special and --segments "
               "need --format csv or tsv, without --wide, and weights, scores "
               "or norms";
    if (self->segments >= 0 && !row_has_pairs(&self->chosen.session.settings))
        return "--segments needs pairs: --pair, or --field twice";
    if (self->rollout && (!weights || self->reduce != REDUCE_NOT))
        return "--rollout is of the weights, and needs no --reduce";
    if (self->level == LEVEL_WORD && !weights)
        return "--level word is for weights";
    if (self->reduce != REDUCE_NOT && attention_is_vector(self))
        return "--reduce is for weights, scores and norms";
    if (format_in(self->chosen.session.settings.format,
                  1 << FORMAT_GRID | 1 << FORMAT_SVG) &&
        attention_is_vector(self))
        return "--format grid and svg are for weights, scores and norms";
    if (self->style == STYLE_LINES &&
        (self->chosen.session.settings.format != FORMAT_SVG ||
         self->what == BERTH_ATTENTION_SCORES))
        return "--style lines needs --format svg, and weights or norms";
    if (self->height > 0 && self->chosen.session.settings.format != FORMAT_GRID)
        return "--height needs --format grid";
    if (self->over >= 0 && self->reduce == REDUCE_NOT)
        return "--over needs --reduce";
    if (self->chosen.head_list != NULL && attention_is_stage(self))
        return "--head: this part of --what is of all heads together";
    return NULL;
}

/* Rollout needs each layer below the last one printed. */
static bool choose_computed(struct attention *self)
{
    size_t n = self->rollout
                   ? self->chosen.layers.items[self->chosen.layers.n - 1] + 1
                   : self->chosen.layers.n;

    self->computed.items = calloc(n, sizeof(*self->computed.items));
    if (self->computed.items == NULL)
        return message_error("out of memory");
    self->computed.n = n;
    for (size_t i = 0; i < n; i++)
        self->computed.items[i] =
            self->rollout ? i : self->chosen.layers.items[i];
    return true;
}

static bool read_patterns(struct attention *self)
{
    if (self->from_text != NULL &&
        !pattern_parse("from", self->from_text, false, &self->from))
        return false;
    return self->to_text == NULL ||
           pattern_parse("to", self->to_text, false, &self->to);
}

static bool fit(void *arg)
{
    struct attention *self = arg;
    const struct shared *s = &self->chosen.session.settings;
    const struct berth_model_facts *facts = self->chosen.session.facts;

    if (self->over < 0)
        self->over = OVER_HEADS;
    if (!chosen_heads_parse(&self->chosen) || !choose_computed(self) ||
        !read_patterns(self))
        return false;
    if (self->pad_to > facts->max_positions)
        return message_refuse("--pad-to: %zu, but the model has %zu positions",
                              self->pad_to, facts->max_positions);
    if (self->pad_to > 0 && facts->pad_id < 0)
        return message_refuse("--pad-to: the model has no padding token");
    self->screen =
        screen_find((enum color_choice)s->color, s->width, s->output);
    if (self->height > 0)
        self->screen.height = self->height;
    session_limit_tokens(&self->chosen.session, facts->max_tokens);
    return true;
}

static struct stream_ops ops(const void *arg)
{
    const struct attention *self = arg;
    int format = self->chosen.session.settings.format;

    return (struct stream_ops){
        .prepare = session_prepare,
        .compute = compute,
        .header = attention_header,
        .print = attention_print,
        .print_failed = attention_print_failed,
        .result_size = result_size,
        .by_window = true,
        .one_record = format_in(format, FORMATS_RAW | 1 << FORMAT_SVG)};
}

static void release(void *arg)
{
    struct attention *self = arg;

    chosen_heads_release(self);
    free(self->computed.items);
    pattern_free(&self->from);
    pattern_free(&self->to);
}

static const struct attention defaults = {.reduce = REDUCE_NOT,
                                          .over = -1,
                                          .segments = -1,
                                          .min_weight = -(double)INFINITY};

const struct command command_attention_dump = {
    .name = "attention-dump",
    .summary = "print the attention of every layer and head",
    .example = "berth attention-dump --layer 0 --head 0 --digits 2 -t 'A cat.'",
    .options = {"Options of attention-dump", rows, &groups[0]},
    .size = sizeof(struct attention),
    .defaults = &defaults,
    .part = BERTH_PART_ENCODER,
    .computes = true,
    .clash = clash,
    .fit = fit,
    .ops = ops,
    .release = release};
