/*
 * cmd_view.c - a page that shows the attention of texts in a browser: options
 * and computing. view_page.c prints it.
 */
#include <stdlib.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/inside/view.h"
#include "cli/stream/finite.h"

#define AT(member) offsetof(struct view, member)

enum {
    PAGE_LIMIT = 64 << 20, /* what browsers open without a long wait */
    BYTES_OF_A_TOKEN = 64, /* its name and places, about */
    BYTES_OF_A_RECORD = 1 << 10
};

static const struct option_row rows[] = {
    {'o', "output", "FILE",
     "write to FILE; it appears when complete (default: standard output)",
     OPTION_TEXT, AT(settings.output), FILE_WRITTEN, 0},
    {0, "layer", "LIST",
     "layers from 0, such as 0,2-3; -1 is the last (default: all)", OPTION_TEXT,
     AT(layer_list), 0, 0},
    {0, "head", "LIST",
     "heads from 0, such as 0,2-3; -1 is the last (default: all)", OPTION_TEXT,
     AT(head_list), 0, 0},
    {0}};

static const struct option_group groups[] = {
    {"Options of view", rows},     {"Hiding", rows_hide},
    {"Length", rows_length},       {"Input", rows_input},
    {"All commands", rows_common}, {NULL, NULL}};

/* Bytes that a record takes in the page, about. */
static size_t page_size(const struct view *self, const struct item *item)
{
    size_t size = BYTES_OF_A_RECORD + item->record.text.size;

    for (size_t i = 0; i < item->n_windows; i++) {
        size_t n = item->windows[i].n_tokens;

        size += n * BYTES_OF_A_TOKEN +
                self->layers.n * self->heads.n * (n * n / 3 + 1) * 4;
    }
    return size;
}

/* The page grows only by records that fit. */
static bool prepare(void *arg, struct item *item, struct berth_tokens *tokens)
{
    struct view *self = arg;

    if (!stream_tokenize(item, self->model, &self->tokenize, NULL,
                         self->settings.overflow == OVERFLOW_ERROR, tokens) ||
        !hide_prepare(&self->hide, self->model, item))
        return false;
    size_t size = self->size + page_size(self, item);

    if (size > PAGE_LIMIT)
        return stream_fail(item,
                           "the page would have %zu MB, the limit is %d: "
                           "choose with --layer and --head, or cut with "
                           "--max-tokens",
                           size >> 20, PAGE_LIMIT >> 20);
    self->size = size;
    return true;
}

static size_t result_size(void *arg, size_t n_tokens)
{
    const struct view *self = arg;

    return self->layers.n * self->heads.n * n_tokens * n_tokens * sizeof(float);
}

static enum berth_status compute(void *arg, const struct job *jobs, size_t n,
                                 struct pieces *results,
                                 struct berth_error *err)
{
    struct view *self = arg;
    struct item *item = jobs[0].item;
    const struct berth_window *w = &item->windows[jobs[0].window];
    struct berth_attention_request request = {.part = BERTH_ATTENTION_WEIGHTS,
                                              .layers = self->layers.items,
                                              .n_layers = self->layers.n,
                                              .heads = self->heads.items,
                                              .n_heads = self->heads.n};
    struct berth_sequence sequence = {.ids = item->ids + w->start,
                                      .type_ids = item->type_ids + w->start,
                                      .n_tokens = w->n_tokens,
                                      .hidden =
                                          hide_window(item, jobs[0].window)};
    float *out = pieces_alloc(results, result_size(self, w->n_tokens));

    (void)n; /* batch_tokens is 0: one window at a time */
    if (out == NULL)
        return stream_no_memory(err);
    item->results[jobs[0].window] = out;
    enum berth_status status =
        berth_attend(self->context, &sequence, &request, out, err);

    if (status == BERTH_OK)
        finite_check(item, out, result_size(self, w->n_tokens) / sizeof(*out));
    return status;
}

static bool fit_to_model(struct view *self)
{
    const struct berth_model_facts *facts = self->facts;

    if (!number_list_parse("view", "layer", self->layer_list,
                           facts->num_hidden_layers, &self->layers) ||
        !number_list_parse("view", "head", self->head_list,
                           facts->num_attention_heads, &self->heads) ||
        !hide_parse("view", &self->settings, self->model, &self->hide))
        return false;
    self->tokenize =
        common_tokenize(&self->settings, self->model, facts->max_tokens);
    return true;
}

static int run_stream(struct view *self)
{
    static const struct stream_ops ops = {.prepare = prepare,
                                          .compute = compute,
                                          .header = view_header,
                                          .footer = view_footer,
                                          .print = view_print,
                                          .print_failed = view_print_failed,
                                          .result_size = result_size,
                                          .by_window = true};

    if (!common_context(&self->settings, self->model, &self->context))
        return EXIT_NOT_DONE;
    int status = hide_heads(&self->hide, self->context)
                     ? stream_run(&self->settings, &ops, self, self->model)
                     : EXIT_NOT_DONE;

    berth_context_free(self->context);
    return status;
}

static int run(int argc, char **argv)
{
    struct view self = {0};
    struct common *s = &self.settings;
    struct berth_model *model = NULL;

    common_init(s);
    s->format = FORMAT_JSONL; /* of the records within the page */
    int status = common_parse(&command_view, s, argc, argv);

    if (status < 0 && !common_open_model(s, BERTH_PART_ENCODER, &model))
        status = message_status();
    if (status < 0) {
        self.model = model;
        self.facts = berth_model_get_facts(model);
        status = fit_to_model(&self) ? run_stream(&self) : message_status();
    }
    berth_model_close(model);
    free(self.layers.items);
    free(self.heads.items);
    hide_free(&self.hide);
    common_free(s);
    return status;
}

const struct command command_view = {
    "view",
    "[FILE...]",
    "write a web page that shows attention",
    groups,
    run,
    .example = "berth view -o page.html -t 'The cat slept because it was "
               "tired.' -t 'A second text.'"};
