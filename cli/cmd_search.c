/*
 * cmd_search.c - the lines that are most like a meaning, best first.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/best.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/output/number.h"
#include "cli/vectors.h"

struct search {
    struct common settings; /* first */
    struct text_list meaning;
    size_t k;

    struct vectors vectors;
    float *query;
    struct best best;
};

#define AT(member) offsetof(struct search, member)

static const struct option_row rows[] = {
    {'k', "top-k", "N", "how many lines (10)", OPTION_SIZE, AT(k), 1,
     OPTION_SIZE_MAX},
    {'f', "format", "text|csv|tsv|jsonl", "output format (text)", OPTION_CHOICE,
     AT(settings.format), 0, 0},
    {'o', "output", "FILE", "write there, once whole (standard output)",
     OPTION_TEXT, AT(settings.output), 0, 0},
    {0, "no-header", NULL, "csv, tsv: without the header", OPTION_FLAG,
     AT(settings.no_header), 0, 0},
    {0, "digits", "N", "significant digits (default: shortest exact)",
     OPTION_INT, AT(settings.digits), 1, 17},
    {0}};

static const struct option_group groups[] = {
    {"Options of search", rows},   {"Hiding", rows_hide},
    {"Length", rows_length},       {"Input", rows_hits_input},
    {"All commands", rows_common}, {NULL, NULL}};

/* -------------------------------------------------------------- compute */

static bool prepare(void *arg, struct item *item, struct berth_tokens *tokens)
{
    const struct search *self = arg;

    return vectors_prepare(&self->vectors, item, tokens);
}

static enum berth_status compute(void *arg, const struct job *jobs, size_t n,
                                 struct pieces *results,
                                 struct berth_error *err)
{
    struct search *self = arg;

    return vectors_compute(&self->vectors, jobs, n, results, err);
}

static size_t result_size(void *arg, size_t n_tokens)
{
    const struct search *self = arg;

    (void)n_tokens;
    return self->vectors.size * sizeof(float);
}

static void weigh(void *arg, const struct item *item, size_t window,
                  struct output *out)
{
    struct search *self = arg;
    const struct vectors *v = &self->vectors;
    const float *x = vectors_merge(v, item, 0, item->n_windows);
    struct hit hit = {.file = item->record.file,
                      .line = item->record.line,
                      .text = item->record.text.data,
                      .size = item->record.text.size};

    (void)window;
    if (x == NULL) {
        out->rows.failed = true;
        return;
    }
    berth_similarities(self->query, x, 1, v->size, &hit.score);
    best_add(&self->best, &hit, item->record.index);
    if (self->best.failed)
        out->rows.failed = true;
}

/* ---------------------------------------------------------------- print */

static void print_hit(const struct search *self, const struct hit *hit,
                      struct buffer *b)
{
    const struct common *s = &self->settings;

    if (s->format != FORMAT_TEXT) {
        hits_row(b, s, hit);
        return;
    }
    if (strcmp(hit->file, "-") != 0) {
        buffer_puts(b, hit->file);
        buffer_putc(b, ':');
    }
    buffer_size(b, hit->line);
    buffer_putc(b, ':');
    buffer_float(b, hit->score, s->digits);
    buffer_putc(b, ':');
    hits_text(b, s, hit);
    buffer_putc(b, s->input.null ? '\0' : '\n');
}

static void print(void *arg, struct output *out)
{
    const struct search *self = arg;

    hits_header(&out->rows, &self->settings);
    for (size_t i = 0; i < self->best.n; i++) {
        print_hit(self, &self->best.lines[i].hit, &out->rows);
        output_spill(out);
    }
}

/* --------------------------------------------------------------- set up */

static int search(struct search *self)
{
    const struct common *s = &self->settings;
    struct stream_ops ops = {.prepare = prepare,
                             .compute = compute,
                             .print = weigh,
                             .footer = print,
                             .result_size = result_size,
                             .batch_tokens = s->batch_tokens};

    if (!vectors_open(&self->vectors, s))
        return EXIT_NOT_DONE;
    self->query = vectors_of_query(&self->vectors, self->meaning.items[0]);
    if (self->query == NULL)
        return EXIT_NOT_DONE;
    vectors_use_document_prompt(&self->vectors);
    if (!vectors_hide(&self->vectors, "search"))
        return EXIT_USAGE;
    return stream_run(s, &ops, self, self->vectors.model);
}

static int run(int argc, char **argv)
{
    struct search self = {.k = 10};

    common_init(&self.settings);
    self.settings.words = &self.meaning;
    int status = common_parse(&command_search, &self.settings, argc, argv);

    self.best.k = self.k;
    if (status < 0 && self.meaning.n == 0)
        status =
            message_usage("search", "what to look for? MEANING is missing");
    if (status < 0 && self.settings.input.field.n > 1)
        status = message_usage("search", "--field: one text is looked at");
    if (status < 0)
        status = search(&self);
    best_free(&self.best);
    free(self.query);
    vectors_close(&self.vectors);
    free(self.meaning.items);
    common_free(&self.settings);
    return status;
}

const struct command command_search = {
    "search", "MEANING [FILE...]", "the lines most like a meaning, best first",
    groups, run};
