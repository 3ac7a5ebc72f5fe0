/*
 * score_rows.c - the rows of score: of texts, of tokens, of the reading chosen.
 */
#include <math.h>
#include <string.h>

#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/predict/score.h"
#include "cli/stream/row.h"

/* The sum over some windows of a record, and how many tokens it is of. */
struct sum {
    double score;
    size_t n;
};

static struct sum sum_windows(const struct item *item, size_t begin, size_t end)
{
    struct sum sum = {0};

    for (size_t w = begin; w < end; w++) {
        const float *scores = item->results[w];

        for (size_t i = 0; i < item->windows[w].n_tokens; i++)
            if (!isnan(scores[i])) {
                sum.score += (double)scores[i];
                sum.n++;
            }
    }
    return sum;
}

static double perplexity(struct sum sum)
{
    return sum.n == 0 ? 1.0 : exp(-sum.score / (double)sum.n);
}

static double figure(const struct score *self, struct sum sum)
{
    return self->perplexity ? perplexity(sum) : sum.score;
}

static void put_figure(struct buffer *b, const struct shared *s, double x)
{
    columns_float(b, s->format, s->digits, x);
}

/* Without and with --perplexity. */
static const struct column text_columns[][3] = {
    {{"score", COLUMN_FLOAT, 0}, {"n_tokens", COLUMN_SIZE, 0}, {0}},
    {{"perplexity", COLUMN_FLOAT, 0}, {"n_tokens", COLUMN_SIZE, 0}, {0}}};
static const struct column choice_columns[][4] = {
    {{"choice", COLUMN_SIZE, 0},
     {"score", COLUMN_FLOAT, 1 << FORMAT_TEXT},
     {"reading", COLUMN_TEXT, 0},
     {0}},
    {{"choice", COLUMN_SIZE, 0},
     {"perplexity", COLUMN_FLOAT, 1 << FORMAT_TEXT},
     {"reading", COLUMN_TEXT, 0},
     {0}}};
static const struct column token_columns[] = {
    {"position", COLUMN_SIZE, 0}, {"token", COLUMN_TEXT, 0},
    {"begin", COLUMN_SIZE, 0},    {"end", COLUMN_SIZE, 0},
    {"score", COLUMN_FLOAT, 0},   {0}};

/* ---------------------------------------------------------------- texts */

static void print_line(const struct score *self, const struct item *item,
                       struct buffer *b)
{
    const struct shared *s = &self->session.settings;
    const struct record *r = &item->record;

    row_begin(b, s, item);
    put_figure(b, s, figure(self, sum_windows(item, 0, item->n_windows)));
    row_cell_text(b, s, r->text.data, r->text.size);
    if (r->has_pair)
        row_cell_text(b, s, r->pair.data, r->pair.size);
    buffer_putc(b, '\n');
}

static void print_row(const struct score *self, const struct item *item,
                      struct buffer *b)
{
    const struct shared *s = &self->session.settings;

    row_begin(b, s, item);
    row_cells(b, s, text_columns[self->perplexity],
              (struct cell[]){
                  {.x = figure(self, sum_windows(item, 0, item->n_windows))},
                  {.size = row_n_used(item)}});
}

/* --------------------------------------------------------------- tokens */

/* A token that a window counts. */
struct token {
    const struct item *item;
    size_t at;       /* in the item */
    size_t position; /* in the output */
    float score;
};

typedef void put_token(const struct score *self, const struct token *token,
                       struct buffer *b);

static void each_token(const struct score *self, const struct item *item,
                       struct output *out, put_token *put)
{
    struct token token = {.item = item};

    for (size_t w = 0; w < item->n_windows; w++) {
        const float *scores = item->results[w];

        for (size_t i = 0; i < item->windows[w].n_tokens; i++)
            if (score_owns(self, item, w, i)) {
                token.at = item->windows[w].start + i;
                token.score = scores[i];
                put(self, &token, &out->rows);
                token.position++;
                output_spill(out);
            }
    }
}

static const char *text_of(const struct score *self, const struct token *t)
{
    return berth_token_text(self->session.model, t->item->ids[t->at]);
}

static void put_row(const struct score *self, const struct token *t,
                    struct buffer *b)
{
    const struct shared *s = &self->session.settings;
    const char *text = text_of(self, t);
    const struct cell cells[] = {{.size = t->position},
                                 {text, .size = strlen(text)},
                                 {.size = t->item->offsets[t->at].begin},
                                 {.size = t->item->offsets[t->at].end},
                                 {.x = (double)t->score}};

    if (isnan(t->score))
        return;
    row_begin(b, s, t->item);
    if (s->format != FORMAT_TEXT) {
        row_cells(b, s, token_columns, cells);
        return;
    }
    buffer_float(b, t->score, s->digits);
    row_cell_text(b, s, text, strlen(text));
    buffer_putc(b, '\n');
}

static void put_score(const struct score *self, const struct token *t,
                      struct buffer *b)
{
    buffer_between(b, t->position, ',');
    buffer_json_float(b, t->score, self->session.settings.digits);
}

static void put_text(const struct score *self, const struct token *t,
                     struct buffer *b)
{
    buffer_between(b, t->position, ',');
    buffer_json(b, text_of(self, t), strlen(text_of(self, t)));
}

static void put_offset(const struct score *self, const struct token *t,
                       struct buffer *b)
{
    (void)self;
    buffer_between(b, t->position, ',');
    row_offset(b, t->item, t->at);
}

static void print_object(const struct score *self, const struct item *item,
                         struct output *out)
{
    const struct shared *s = &self->session.settings;
    struct sum sum = sum_windows(item, 0, item->n_windows);
    struct buffer *b = &out->rows;

    row_begin(b, s, item);
    buffer_puts(b, ",\"score\":");
    buffer_json_float(b, (float)sum.score, s->digits);
    if (self->perplexity) {
        buffer_puts(b, ",\"perplexity\":");
        put_figure(b, s, perplexity(sum));
    }
    row_counts(b, item, row_n_used(item));
    buffer_puts(b, ",\"token_scores\":[");
    each_token(self, item, out, put_score);
    buffer_puts(b, "],\"tokens\":[");
    each_token(self, item, out, put_text);
    buffer_puts(b, "],\"offsets\":[");
    each_token(self, item, out, put_offset);
    buffer_putc(b, ']');
    row_end(b, s);
}

/* -------------------------------------------------------------- choosing */

/* Of equal readings the first; by perplexity the lowest. */
static size_t likeliest(const struct score *self, const struct item *item)
{
    size_t best = 0;
    double best_worth = -(double)INFINITY;

    for (size_t w = 0; w < item->n_windows; w++) {
        struct sum sum = sum_windows(item, w, w + 1);
        double worth = self->perplexity && sum.n > 0 ? sum.score / (double)sum.n
                                                     : sum.score;

        if (worth > best_worth) {
            best = w;
            best_worth = worth;
        }
    }
    return best;
}

static void put_figures(const struct score *self, const struct item *item,
                        struct buffer *b)
{
    for (size_t w = 0; w < item->n_windows; w++) {
        buffer_between(b, w, ',');
        put_figure(b, &self->session.settings,
                   figure(self, sum_windows(item, w, w + 1)));
    }
}

static void print_choice(const struct score *self, const struct item *item,
                         struct buffer *b)
{
    const struct shared *s = &self->session.settings;
    const struct item *readings = item->extra;
    size_t best = likeliest(self, item);
    const struct field *text = &readings[best].record.text;

    row_begin(b, s, item);
    if (s->format == FORMAT_JSONL) {
        row_counts(b, item, item->n_tokens);
        buffer_printf(b, ",\"choice\":%zu,", best + 1);
        buffer_json_bytes(b, "reading", text->data, text->size);
        buffer_puts(b,
                    self->perplexity ? ",\"perplexities\":[" : ",\"scores\":[");
        put_figures(self, item, b);
        buffer_putc(b, ']');
        row_end(b, s);
        return;
    }
    const struct cell cells[] = {
        {.size = best + 1},
        {.x = figure(self, sum_windows(item, best, best + 1))},
        {text->data, .size = text->size}};

    row_cells(b, s, choice_columns[self->perplexity], cells);
}

/* ------------------------------------------------------------------- ops */

const struct column *score_columns(const struct score *self)
{
    if (self->choose)
        return choice_columns[self->perplexity];
    return self->tokens ? token_columns : text_columns[self->perplexity];
}

void score_print(void *arg, const struct item *item, struct output *out)
{
    const struct score *self = arg;

    if (self->choose)
        print_choice(self, item, &out->rows);
    else if (self->session.settings.format == FORMAT_JSONL)
        print_object(self, item, out);
    else if (self->tokens)
        each_token(self, item, out, put_row);
    else if (self->session.settings.format == FORMAT_TEXT)
        print_line(self, item, &out->rows);
    else
        print_row(self, item, &out->rows);
}
