/*
 * cmd_attention_dump.c - attention of every layer and head: options and
 * computing. attention_rows.c prints it.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/attention_dump.h"
#include "cli/command.h"
#include "cli/message.h"

#define AT(member) offsetof(struct attention, member)

static const struct option_row rows[] = {
    {'f', "format", "text|csv|tsv|jsonl|npy|f32|npz", "output format (text)",
     OPTION_CHOICE, AT(settings.format), 0, 0},
    {0, "layer", "LIST", "layers from 0, as 0,2-3; -1 the last (all)",
     OPTION_TEXT, AT(layer_list), 0, 0},
    {0, "head", "LIST", "heads from 0, as 0,2-3; -1 the last (all)",
     OPTION_TEXT, AT(head_list), 0, 0},
    {0, "what", "weights|scores|q|k|v|context",
     "what to print of a head (weights)", OPTION_CHOICE, AT(what), 0, 0},
    {0, "pad-to", "N", "pad to N tokens, to see the mask at work", OPTION_SIZE,
     AT(pad_to), 1, OPTION_SIZE_MAX},
    {0, "wide", NULL, "csv, tsv: one matrix a block", OPTION_FLAG, AT(wide), 0,
     0},
    {0}};

static const struct option_group groups[] = {
    {"Options of attention-dump", rows},
    {"Length", rows_length},
    {"Input", rows_input},
    {"Output", rows_output},
    {"All commands", rows_common},
    {NULL, NULL}};

const char *attention_name(const struct attention *self)
{
    static const char *const names[] = {"weights", "scores", "q",
                                        "k",       "v",      "context"};

    return names[self->what];
}

bool attention_is_vector(const struct attention *self)
{
    return self->what >= BERTH_ATTENTION_Q;
}

size_t attention_length(const struct attention *self, size_t n_tokens)
{
    return n_tokens < self->pad_to ? self->pad_to : n_tokens;
}

size_t attention_row(const struct attention *self, size_t length)
{
    return attention_is_vector(self) ? self->facts->head_size : length;
}

/* --------------------------------------------------------------- compute */

static bool prepare(void *arg, struct item *item, struct berth_tokens *tokens)
{
    const struct attention *self = arg;

    return stream_tokenize(item, self->model, &self->tokenize, NULL,
                           self->settings.overflow == OVERFLOW_ERROR, tokens);
}

/* Positions are at most some thousands: the products fit. */
static size_t result_size(void *arg, size_t n_tokens)
{
    const struct attention *self = arg;
    size_t length = attention_length(self, n_tokens);

    return self->layers.n * self->heads.n * length *
           attention_row(self, length) * sizeof(float);
}

/* The window's ids, or types, with padding behind. */
static const int32_t *padded(struct pieces *a, const int32_t *values, size_t n,
                             size_t length, int32_t padding)
{
    int32_t *out = pieces_array(a, length, sizeof(*out));

    for (size_t i = 0; i < length && out != NULL; i++)
        out[i] = i < n ? values[i] : padding;
    return out;
}

static enum berth_status compute(void *arg, const struct job *jobs, size_t n,
                                 struct pieces *results,
                                 struct berth_error *err)
{
    struct attention *self = arg;
    struct item *item = jobs[0].item;
    const struct berth_window *w = &item->windows[jobs[0].window];
    size_t length = attention_length(self, w->n_tokens);
    struct berth_attention_request request = {
        .part = (enum berth_attention_part)self->what,
        .layers = self->layers.items,
        .n_layers = self->layers.n,
        .heads = self->heads.items,
        .n_heads = self->heads.n};
    struct berth_sequence sequence = {
        .ids = padded(results, item->ids + w->start, w->n_tokens, length,
                      self->facts->pad_id),
        .type_ids =
            padded(results, item->type_ids + w->start, w->n_tokens, length, 0),
        .n_tokens = length,
        .n_real = w->n_tokens};
    float *out = pieces_alloc(results, result_size(self, w->n_tokens));

    (void)n; /* batch_tokens is 0: one window at a time */
    if (sequence.ids == NULL || sequence.type_ids == NULL || out == NULL) {
        *err = (struct berth_error){.status = BERTH_ERR_MEMORY,
                                    .message = "out of memory"};
        return BERTH_ERR_MEMORY;
    }
    item->results[jobs[0].window] = out;
    return berth_attend(self->context, &sequence, &request, out, err);
}

/* ------------------------------------------------------------------ lists */

/* "N" or "N-M" at *p, both below limit; moves behind it. */
static bool parse_range(const char **p, size_t limit, size_t *from, size_t *to)
{
    char *end;

    if (**p < '0' || **p > '9')
        return false;
    *from = strtoul(*p, &end, 10);
    *to = *from;
    if (*end == '-') {
        const char *second = end + 1;

        if (*second < '0' || *second > '9')
            return false;
        *to = strtoul(second, &end, 10);
    }
    *p = end;
    return *from <= *to && *to < limit;
}

/* Marks each number of the list in chosen (limit). */
static bool parse_list(const char *text, size_t limit, bool *chosen)
{
    size_t from, to;

    if (strcmp(text, "-1") == 0) {
        chosen[limit - 1] = true;
        return true;
    }
    for (const char *p = text;; p++) {
        if (!parse_range(&p, limit, &from, &to))
            return false;
        for (size_t i = from; i <= to; i++)
            chosen[i] = true;
        if (*p == '\0')
            return true;
        if (*p != ',')
            return false;
    }
}

/* The numbers below limit that text lists; NULL: all. False after a message. */
static bool choose(const char *option, const char *text, size_t limit,
                   struct number_list *list)
{
    bool *chosen = calloc(limit + 1, sizeof(*chosen));
    bool ok = chosen != NULL;

    list->items = calloc(limit + 1, sizeof(*list->items));
    if (!ok || list->items == NULL) {
        message_error("out of memory");
        free(chosen);
        return false;
    }
    if (text != NULL && !parse_list(text, limit, chosen)) {
        message_usage("attention-dump",
                      "--%s: '%s' is no list of numbers from 0 to %zu", option,
                      text, limit - 1);
        ok = false;
    }
    for (size_t i = 0; i < limit; i++)
        if (text == NULL || chosen[i])
            list->items[list->n++] = i;
    free(chosen);
    return ok;
}

/* ---------------------------------------------------------------- set up */

static bool fit_to_model(struct attention *self)
{
    const struct berth_model_facts *facts = self->facts;

    if (!choose("layer", self->layer_list, facts->num_hidden_layers,
                &self->layers) ||
        !choose("head", self->head_list, facts->num_attention_heads,
                &self->heads))
        return false;
    if (self->pad_to > facts->max_positions) {
        message_usage("attention-dump",
                      "--pad-to: %zu, but the model has %zu positions",
                      self->pad_to, facts->max_positions);
        return false;
    }
    self->tokenize =
        common_tokenize(&self->settings, self->model, facts->max_tokens);
    return true;
}

static int run_stream(struct attention *self)
{
    int format = self->settings.format;
    struct stream_ops ops = {.prepare = prepare,
                             .compute = compute,
                             .header = attention_header,
                             .print = attention_print,
                             .print_failed = attention_print_failed,
                             .result_size = result_size,
                             .by_window = true,
                             .one_record =
                                 format == FORMAT_NPY || format == FORMAT_F32};

    if (!common_context(&self->settings, self->model, &self->context))
        return EXIT_NOT_DONE;
    int status = stream_run(&self->settings, &ops, self, self->model);

    berth_context_free(self->context);
    return status;
}

static int run(int argc, char **argv)
{
    struct attention self = {0};
    struct common *s = &self.settings;
    struct berth_model *model = NULL;

    common_init(s);
    int status = common_parse(&command_attention_dump, s, argc, argv);

    if (status < 0 && self.wide && s->format != FORMAT_CSV &&
        s->format != FORMAT_TSV)
        status =
            message_usage("attention-dump", "--wide needs --format csv or tsv");
    if (status < 0 && !common_open_model(s, BERTH_PART_ENCODER, &model))
        status = EXIT_NOT_DONE;
    if (status < 0) {
        self.model = model;
        self.facts = berth_model_get_facts(model);
        status = fit_to_model(&self) ? run_stream(&self) : EXIT_USAGE;
    }
    berth_model_close(model);
    free(self.layers.items);
    free(self.heads.items);
    common_free(s);
    return status;
}

const struct command command_attention_dump = {
    "attention-dump", "[FILE...]", "attention of every layer and head", groups,
    run};
