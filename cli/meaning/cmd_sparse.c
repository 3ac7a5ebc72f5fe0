/*
 * cmd_sparse.c - sparse vectors: how much each word of the vocabulary has to do
 * with a text, and only those that have.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/stream/finite.h"
#include "cli/stream/row.h"

struct sparse {
    struct session session;
    size_t top_k; /* 0: all */
    float *room;  /* of compute(): (windows of a batch, vocabulary), owned */
    size_t room_size;
};

#define AT(member) offsetof(struct sparse, member)

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS)},
    {'k', "top-k", "N",
     "print the N heaviest words of each text (default: all)", OPTION_SIZE,
     AT(top_k), 1, OPTION_SIZE_MAX},
    {0}};

struct word {
    int32_t id;
    float weight;
};

/* A result: the words of a window, or of a text, by their ids; and item->extra:
 * as they are printed. */
struct words {
    struct word *list; /* (n) */
    size_t n;
};

/* -------------------------------------------------------------- compute */

static bool is_active(float weight)
{
    return weight != 0.0f; /* nor is what is not a number nothing */
}

static struct words *collect(const float *weights, size_t n,
                             struct pieces *pieces)
{
    struct words *words = pieces_alloc(pieces, sizeof(*words));
    size_t active = 0;

    for (size_t i = 0; i < n; i++)
        active += is_active(weights[i]);
    if (words == NULL)
        return NULL;
    words->n = 0;
    words->list = pieces_array(pieces, active + 1, sizeof(*words->list));
    for (size_t i = 0; words->list != NULL && i < n; i++) {
        if (is_active(weights[i]))
            words->list[words->n++] = (struct word){(int32_t)i, weights[i]};
    }
    return words->list != NULL ? words : NULL;
}

static bool reserve(struct sparse *self, size_t n)
{
    if (n <= self->room_size)
        return true;
    free(self->room);
    self->room = calloc(n, sizeof(*self->room));
    self->room_size = self->room != NULL ? n : 0;
    return self->room != NULL;
}

static enum berth_status compute(void *arg, const struct batch *batch)
{
    struct sparse *self = arg;
    const size_t n = self->session.facts->vocab_size;
    enum berth_status status =
        reserve(self, batch->n * n)
            ? session_forward(&self->session, BERTH_LAST_LAYER, batch)
            : stream_no_memory(batch->err);

    if (status == BERTH_OK)
        status = berth_sparse(self->session.context, self->room, batch->err);
    for (size_t i = 0; i < batch->n && status == BERTH_OK; i++) {
        const struct job *job = &batch->jobs[i];
        const float *weights = self->room + i * n;
        struct words *words = collect(weights, n, batch->results);

        if (words == NULL)
            return stream_no_memory(batch->err);
        job->item->results[job->window] = words;
        finite_check(job->item, weights, n);
    }
    return status;
}

/* Of what a text may have, about half of the words are most. */
static size_t result_size(void *arg, size_t n_tokens)
{
    const struct sparse *self = arg;

    (void)n_tokens;
    return self->session.facts->vocab_size * sizeof(struct word) / 2;
}

/* --------------------------------------------------------------- finish */

/* The larger weight of each word. */
static bool merge(struct words *to, const struct words *from,
                  struct pieces *pieces)
{
    struct word *list =
        pieces_array(pieces, to->n + from->n + 1, sizeof(*list));
    size_t n = 0, i = 0, k = 0;

    while (list != NULL && (i < to->n || k < from->n)) {
        const struct word *a = i < to->n ? &to->list[i] : NULL;
        const struct word *b = k < from->n ? &from->list[k] : NULL;
        const bool first = b == NULL || (a != NULL && a->id <= b->id);
        const bool second = a == NULL || (b != NULL && b->id <= a->id);

        list[n] = first ? *a : *b;
        if (first && second && b->weight > a->weight)
            list[n] = *b;
        n++;
        i += first;
        k += second;
    }
    to->list = list;
    to->n = n;
    return list != NULL;
}

static int by_weight(const void *a, const void *b)
{
    const struct word *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

static int by_id(const void *a, const void *b)
{
    const struct word *x = a, *y = b;

    return x->id < y->id ? -1 : 1;
}

/* The words that are printed, in the order of the format. */
static bool finish(void *arg, struct item *item)
{
    const struct sparse *self = arg;
    struct words *words = item->results[0];

    for (size_t i = 1; i < item->n_windows; i++) {
        if (!merge(words, item->results[i], item->pieces))
            return false;
    }
    qsort(words->list, words->n, sizeof(*words->list), by_weight);
    if (self->top_k > 0 && words->n > self->top_k)
        words->n = self->top_k;
    if (self->session.settings.format == FORMAT_JSONL)
        qsort(words->list, words->n, sizeof(*words->list), by_id);
    item->extra = words;
    return true;
}

/* ---------------------------------------------------------------- print */

static const struct column columns[] = {{"rank", COLUMN_SIZE, 0},
                                        {"token_id", COLUMN_SIZE, 0},
                                        {"token", COLUMN_TEXT, 0},
                                        {"weight", COLUMN_FLOAT, 0},
                                        {0}};

static void print_object(const struct shared *s, const struct item *item,
                         struct buffer *b)
{
    const struct words *words = item->extra;

    row_begin(b, s, item);
    row_counts(b, item, row_n_used(item));
    buffer_puts(b, ",\"indices\":[");
    for (size_t i = 0; i < words->n; i++) {
        buffer_puts(b, i > 0 ? "," : "");
        buffer_size(b, (size_t)words->list[i].id);
    }
    buffer_puts(b, "],\"values\":[");
    for (size_t i = 0; i < words->n; i++) {
        buffer_puts(b, i > 0 ? "," : "");
        buffer_json_float(b, words->list[i].weight, s->digits);
    }
    buffer_putc(b, ']');
    row_end(b, s);
}

static void print_line(const struct sparse *self, const struct item *item,
                       struct buffer *b)
{
    const struct shared *s = &self->session.settings;
    const struct words *words = item->extra;

    row_begin(b, s, item);
    for (size_t i = 0; i < words->n; i++) {
        const char *token =
            berth_token_text(self->session.model, words->list[i].id);

        if (i > 0)
            buffer_putc(b, ' ');
        buffer_quote(b, s->format, token, strlen(token));
        buffer_putc(b, ':');
        buffer_float(b, words->list[i].weight, s->digits);
    }
    buffer_putc(b, '\n');
}

static void print_rows(const struct sparse *self, const struct item *item,
                       struct output *out)
{
    const struct shared *s = &self->session.settings;
    const struct words *words = item->extra;

    for (size_t i = 0; i < words->n; i++) {
        const struct word *word = &words->list[i];
        const char *token = berth_token_text(self->session.model, word->id);
        const struct cell cells[] = {{.size = i + 1},
                                     {.size = (size_t)word->id},
                                     {token, .size = strlen(token)},
                                     {.x = (double)word->weight}};

        row_begin(&out->rows, s, item);
        row_cells(&out->rows, s, columns, cells);
        output_spill(out);
    }
}

static void print(void *arg, const struct item *item, struct output *out)
{
    const struct sparse *self = arg;
    const struct shared *s = &self->session.settings;

    if (s->format == FORMAT_JSONL)
        print_object(s, item, &out->rows);
    else if (s->format == FORMAT_TEXT)
        print_line(self, item, &out->rows);
    else
        print_rows(self, item, out);
}

/* ---------------------------------------------------------------- set up */

static const char *clash(const void *arg)
{
    const struct sparse *self = arg;
    const struct shared *s = &self->session.settings;

    return shared_overlap_clash(s);
}

static bool fit(void *arg)
{
    struct sparse *self = arg;
    struct session *session = &self->session;

    session_limit_tokens(session, session->facts->sentence_max_tokens);
    session->tokenize.no_special = session->facts->sentence_no_special;
    session->prompt = berth_model_get_prompt(session->model, NULL);
    if (!session->facts->sparse)
        message_warning("%s does not say that its vectors are sparse: taking "
                        "the largest weight of each word",
                        session->facts->path);
    return true;
}

static struct stream_ops ops(const void *arg)
{
    const struct sparse *self = arg;

    return (struct stream_ops){.prepare = session_prepare,
                               .compute = compute,
                               .finish = finish,
                               .print = print,
                               .result_size = result_size,
                               .columns = columns,
                               .batch_tokens =
                                   self->session.settings.batch_tokens};
}

static void release(void *arg)
{
    struct sparse *self = arg;

    free(self->room);
}

const struct command command_sparse = {
    .name = "sparse",
    .summary = "print the words that a text has to do with, and their weights",
    .example = "echo 'The bank raised its rates again.' | berth sparse -k 3 "
               "--digits 3 --quiet",
    .options = {"Options of sparse", rows, &group_hide},
    .size = sizeof(struct sparse),
    .head = BERTH_HEAD_MASKED_LM,
    .computes = true,
    .clash = clash,
    .fit = fit,
    .ops = ops,
    .release = release};
