/*
 * cmd_rerank.c - how well texts answer a query, by a model that reads both
 * together: a CrossEncoder of sentence-transformers. The best first, or pairs
 * in the order they came.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/best.h"
#include "cli/base/message.h"
#include "cli/base/progress.h"
#include "cli/frame/command.h"
#include "cli/input/input_format.h"
#include "cli/labels/logits.h"
#include "cli/output/quote.h"
#include "cli/stream/row.h"

typedef double activation_function(double logit);

struct rerank {
    struct session session;
    struct text_list query;
    size_t k; /* 0: all */

    activation_function *activation; /* of the folder */
    struct best best;                /* rows as they are printed */
    struct buffer row;
};

#define AT(member) offsetof(struct rerank, member)

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS)},
    {'k', "top-k", "N", "print the N best texts only; 0: all (default: 0)",
     OPTION_SIZE, AT(k), 0, OPTION_SIZE_MAX},
    {0, "pairs", NULL,
     "each record is a query, a TAB and a text; answer in input order",
     OPTION_FLAG, AT(session.settings.no_words), 0, 0},
    {0}};

/* Of --pairs each has its query. */
static bool has_queries(const struct rerank *self)
{
    return self->session.settings.no_words;
}

/* ---------------------------------------------------------------- scores */

static double identity(double x)
{
    return x;
}

static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static double relu(double x)
{
    return x > 0.0 ? x : 0.0;
}

/* CrossEncoder.get_default_activation_fn() of sentence-transformers takes a
 * sigmoid for one label where the folder does not say. */
static bool find_activation(struct rerank *self)
{
    static const struct {
        const char *class;
        activation_function *function;
    } known[] = {{"Sigmoid", sigmoid},
                 {"Identity", identity},
                 {"Tanh", tanh},
                 {"ReLU", relu}};
    const char *path = berth_model_get_head(self->session.model)->activation;
    const char *dot = path != NULL && strncmp(path, "torch.nn.", 9) == 0
                          ? strrchr(path, '.') + 1
                          : "";

    self->activation = path == NULL ? sigmoid : NULL;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strcmp(dot, known[i].class) == 0)
            self->activation = known[i].function;
    return self->activation != NULL ||
           message_error("%s: activation_fn: expected Sigmoid, Identity, Tanh "
                         "or ReLU of torch.nn, found \"%.64s\", which is not "
                         "supported",
                         self->session.facts->path, path);
}

/* Of a long text in windows the best one counts. */
static float score_of(const struct rerank *self, const struct item *item)
{
    float best = *(const float *)item->results[0];

    for (size_t w = 1; w < item->n_windows; w++)
        if (*(const float *)item->results[w] > best)
            best = *(const float *)item->results[w];
    return (float)self->activation((double)best);
}

/* ------------------------------------------------------------------ rows */

/* --keep has printed the texts already. */
static const struct column kept_columns[] = {{"score", COLUMN_FLOAT, 0}, {0}};
static const struct column text_columns[] = {
    {"score", COLUMN_FLOAT, 0}, {"text", COLUMN_TEXT, 0}, {0}};
static const struct column pair_columns[] = {{"score", COLUMN_FLOAT, 0},
                                             {"query", COLUMN_TEXT, 0},
                                             {"text", COLUMN_TEXT, 0},
                                             {0}};

static const struct column *columns_of(const struct rerank *self)
{
    if (self->session.settings.keep)
        return kept_columns;
    return has_queries(self) ? pair_columns : text_columns;
}

/* Lines come back as they came, what is no line escaped as in tsv. */
static void put_text(struct buffer *b, const struct record *record,
                     const struct field *text)
{
    buffer_putc(b, '\t');
    if (record->is_line)
        buffer_put(b, text->data, text->size);
    else
        buffer_tsv(b, text->data, text->size);
}

static void put_line(const struct rerank *self, const struct item *item,
                     float score, struct buffer *b)
{
    const struct shared *s = &self->session.settings;

    columns_float(b, s->format, s->digits, (double)score);
    if (has_queries(self) && !s->keep)
        put_text(b, &item->record, &item->record.text);
    if (!s->keep)
        put_text(b, &item->record,
                 has_queries(self) ? &item->record.pair : &item->record.text);
    buffer_putc(b, s->input.null ? '\0' : '\n');
}

static void put_row(const struct rerank *self, const struct item *item,
                    float score, struct buffer *b)
{
    const struct shared *s = &self->session.settings;
    const struct field *first = &item->record.text,
                       *second = &item->record.pair;
    const struct cell cells[] = {{.x = (double)score},
                                 {first->data, .size = first->size},
                                 {second->data, .size = second->size}};

    row_begin(b, s, item);
    if (s->format == FORMAT_TEXT) {
        put_line(self, item, score, b);
        return;
    }
    if (s->format == FORMAT_JSONL)
        row_counts(b, item, row_n_used(item));
    row_cells(b, s, columns_of(self), cells);
}

/* --------------------------------------------------------------- compute */

/* The query stands before the text, and goes again: a row shows the record. */
static bool prepare(void *arg, struct item *item, struct berth_tokens *tokens)
{
    const struct rerank *self = arg;
    const struct record record = item->record;

    if (has_queries(self))
        return record.has_pair
                   ? session_prepare(arg, item, tokens)
                   : stream_fail(item, "one text where a query and a text "
                                       "are compared");
    const char *query = self->query.items[0];

    item->record.text = (struct field){.data = query, .size = strlen(query)};
    item->record.pair = record.text;
    item->record.has_pair = true;
    bool ok = session_prepare(arg, item, tokens);
    const char *error = item->record.error;

    item->record = record;
    item->record.error = error;
    return ok;
}

static bool keep_best(void *arg, struct item *item)
{
    struct rerank *self = arg;
    const float score = score_of(self, item);
    struct buffer *b = &self->row;

    if (!best_admits(&self->best, score, item->record.index))
        return true;
    buffer_clear(b);
    put_row(self, item, score, b);
    if (b->failed)
        return false;
    best_add(&self->best, &(struct best_text){.score = score,
                                              .order = item->record.index,
                                              .text = b->data,
                                              .size = b->size});
    return !self->best.failed;
}

static void print_best(void *arg, struct output *out)
{
    struct rerank *self = arg;

    progress_phase("sorting");
    best_sort(&self->best);
    progress_phase(NULL);
    for (size_t i = 0; i < self->best.n; i++) {
        const struct best_text *row = &self->best.texts[i];

        buffer_put(&out->rows, row->text, row->size);
        output_spill(out);
    }
}

static void print_pair(void *arg, const struct item *item, struct output *out)
{
    const struct rerank *self = arg;

    put_row(self, item, score_of(self, item), &out->rows);
}

/* A text without a score has no place among the others. */
static void print_none(void *arg, const struct item *item, struct output *out)
{
    (void)arg;
    (void)item;
    (void)out;
}

/* ---------------------------------------------------------------- set up */

static const char *clash(const void *arg)
{
    const struct rerank *self = arg;
    const struct shared *s = &self->session.settings;

    if (s->input.pair)
        return "--pair: --pairs takes a query and a text of each record";
    if (has_queries(self) && self->k > 0)
        return "--pairs answers in input order: it does not go with --top-k";
    if (has_queries(self) && s->input.field.n < 2 && s->input.format >= 0 &&
        input_has_fields((enum input_format)s->input.format))
        return "--pairs needs two fields, the query and the text: give --field "
               "twice";
    if (!has_queries(self) && self->query.n == 0)
        return "what to look for? QUERY is missing";
    if (!has_queries(self) && s->input.field.n > 1)
        return "--field: one text is looked at; --pairs takes a query and a "
               "text";
    return shared_overlap_clash(s);
}

static int ready(void *arg)
{
    struct rerank *self = arg;
    struct shared *s = &self->session.settings;

    self->best.k = self->k > 0 ? self->k : SIZE_MAX;
    s->input.pair = has_queries(self) && s->input.field.n == 0;
    return -1;
}

static bool fit(void *arg)
{
    struct rerank *self = arg;
    struct session *session = &self->session;
    const struct berth_head_facts *head = berth_model_get_head(session->model);

    if (head->n_out != 1)
        return message_error("%s: expected a head of one label, which is the "
                             "score, found %zu: berth classify --pair prints "
                             "them",
                             session->facts->path, head->n_out);
    session_limit_tokens(session, session->facts->sentence_max_tokens);
    session->tokenize.no_special = session->facts->sentence_no_special;
    session->prompt = berth_model_get_prompt(session->model, NULL);
    return find_activation(self);
}

static struct stream_ops ops(const void *arg)
{
    const struct rerank *self = arg;
    struct stream_ops ops = {.prepare = prepare,
                             .compute = logits_compute,
                             .print = print_pair,
                             .result_size = logits_size,
                             .columns = columns_of(self),
                             .batch_tokens =
                                 self->session.settings.batch_tokens};

    if (has_queries(self))
        return ops;
    ops.finish = keep_best;
    ops.print = NULL;
    ops.print_failed = print_none;
    ops.footer = print_best;
    ops.no_resume = "rerank prints once it knows all texts: take --pairs";
    return ops;
}

static void release(void *arg)
{
    struct rerank *self = arg;

    best_free(&self->best);
    buffer_free(&self->row);
    free(self->query.items);
}

const struct command command_rerank = {
    .name = "rerank",
    .operands = "QUERY [FILE...]",
    .summary = "sort texts by how well they answer a query",
    .notes = NOTES_NO_HEAD
    "  berth pull cross-encoder/ms-marco-MiniLM-L6-v2\n"
    "  berth rerank -m ms-marco-MiniLM-L6-v2 'why is the disk full?' log",
    .example =
        "berth rerank -m reranker -k 2 --digits 2 'Why is the disk full?' log",
    .options = {"Options of rerank", rows, &group_hide},
    .size = sizeof(struct rerank),
    .words = offsetof(struct rerank, query),
    .head = BERTH_HEAD_SEQUENCE,
    .computes = true,
    .clash = clash,
    .ready = ready,
    .fit = fit,
    .ops = ops,
    .release = release};
