/*
 * cmd_tokenize.c - ids, tokens, types and offsets of texts; and ids to text.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/frame/command.h"
#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/stream/row.h"

struct tokenize {
    struct session session; /* first */
    bool count;
    bool no_special;
    bool decode;
    bool skip_special;
};

#define AT(member) offsetof(struct tokenize, member)

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS)},
    {0, "count", NULL, "print only the number of tokens", OPTION_FLAG,
     AT(count), 0, 0},
    {0, "no-special", NULL, "leave out [CLS] and [SEP]", OPTION_FLAG,
     AT(no_special), 0, 0},
    {0, "decode", NULL, "read ids, print text", OPTION_FLAG, AT(decode), 0, 0},
    {0, "skip-special", NULL, "with --decode: leave out special tokens",
     OPTION_FLAG, AT(skip_special), 0, 0},
    {0}};

/* ---------------------------------------------------------------- decode */

/* The next number of a line at *p; false at the end. */
static bool next_id(const char **p, const char *end, int32_t *id, bool *bad)
{
    int64_t value = 0;

    while (*p < end && (**p == ' ' || **p == '\t' || **p == ','))
        ++*p;
    if (*p == end)
        return false;
    const char *start = *p;

    while (*p < end && **p >= '0' && **p <= '9' && value <= INT32_MAX)
        value = 10 * value + (*(*p)++ - '0');
    *bad = *p == start || value > INT32_MAX ||
           (*p < end && strchr(" \t,", **p) == NULL) || (*p < end && !**p);
    *id = (int32_t)value;
    return !*bad;
}

static bool parse_ids(struct item *item, int32_t *ids)
{
    const char *p = item->record.text.data;
    const char *end = p + item->record.text.size;
    bool bad = false;
    int32_t id;

    while (next_id(&p, end, &id, &bad))
        ids[item->n_tokens++] = id;
    if (bad)
        return stream_fail(item, "byte %zu: not a token id",
                           (size_t)(p - item->record.text.data) + 1);
    return true;
}

/* item->extra: the text. */
static bool prepare_decode(void *arg, struct item *item,
                           struct berth_tokens *tokens)
{
    const struct tokenize *self = arg;
    static const struct berth_window whole;
    size_t room = item->record.text.size / 2 + 1;
    int32_t *ids = pieces_array(item->pieces, room, sizeof(*ids));
    struct field *out = pieces_alloc(item->pieces, sizeof(*out));
    struct berth_error err = {0};
    char *text = NULL;

    (void)tokens;
    if (ids == NULL || out == NULL)
        return stream_fail_memory(item);
    if (!parse_ids(item, ids))
        return false;
    if (berth_decode(self->session.model, ids, item->n_tokens,
                     self->skip_special, &text, &out->size, &err) != BERTH_OK)
        return stream_fail_error(item, &err);
    out->data = pieces_copy(item->pieces, text, out->size);
    free(text);
    item->extra = out;
    item->windows = &whole;
    item->n_windows = 1;
    item->n_full = item->n_tokens;
    return out->data != NULL || stream_fail_memory(item);
}

static const struct column decode_columns[] = {{"decoded", COLUMN_TEXT, 0},
                                               {0}};

static void print_decoded(const struct tokenize *self, const struct item *item,
                          struct buffer *b)
{
    const struct shared *s = &self->session.settings;
    const struct field *text = item->extra;

    row_begin(b, s, item);
    if (s->format == FORMAT_JSONL)
        row_counts(b, item, item->n_tokens);
    row_cells(b, s, decode_columns,
              &(struct cell){text->data, .size = text->size});
}

/* -------------------------------------------------------------- tokenize */

static bool has_windows(const struct tokenize *self)
{
    return self->session.settings.overflow == OVERFLOW_WINDOW;
}

static void print_numbers(struct buffer *b, const char *key,
                          const int32_t *values, size_t n)
{
    buffer_printf(b, ",\"%s\":[", key);
    buffer_ints(b, values, n, ',');
    buffer_putc(b, ']');
}

static void print_object(const struct tokenize *self, const struct item *item,
                         struct buffer *b)
{
    const struct berth_window *w = &item->windows[item->window];
    size_t end = w->start + w->n_tokens;

    row_begin(b, &self->session.settings, item);
    row_counts(b, item, w->n_tokens);
    if (has_windows(self))
        buffer_printf(b, ",\"window\":%zu", item->window);
    print_numbers(b, "ids", item->ids + w->start, w->n_tokens);
    row_tokens(b, self->session.model, item, w->start, end);
    print_numbers(b, "type_ids", item->type_ids + w->start, w->n_tokens);
    row_offsets(b, item, w->start, end);
    row_end(b, &self->session.settings);
}

/* print_rows() has a call for each: there are millions of them. */
static const struct column token_columns[] = {
    {"window", COLUMN_SIZE, 0}, {"position", COLUMN_SIZE, 0},
    {"id", COLUMN_SIZE, 0},     {"token", COLUMN_TEXT, 0},
    {"type", COLUMN_SIZE, 0},   {"begin", COLUMN_SIZE, 0},
    {"end", COLUMN_SIZE, 0},    {0}};

static void print_rows(const struct tokenize *self, const struct item *item,
                       struct output *out)
{
    const struct shared *s = &self->session.settings;
    const struct berth_window *w = &item->windows[item->window];
    struct buffer *b = &out->rows;

    for (size_t i = 0; i < w->n_tokens; i++) {
        size_t k = w->start + i;
        const char *token = berth_token_text(self->session.model, item->ids[k]);

        row_begin(b, s, item);
        if (has_windows(self))
            row_cell_size(b, s, item->window);
        row_cell_size(b, s, i);
        row_cell_size(b, s, (size_t)item->ids[k]);
        row_cell_text(b, s, token, strlen(token));
        row_cell_size(b, s, (size_t)item->type_ids[k]);
        row_cell_size(b, s, item->offsets[k].begin);
        row_cell_size(b, s, item->offsets[k].end);
        buffer_putc(b, '\n');
        output_spill(out);
    }
}

static void print_line(const struct tokenize *self, const struct item *item,
                       struct output *out)
{
    const struct berth_window *w = &item->windows[item->window];
    struct buffer *b = &out->rows;

    row_begin(b, &self->session.settings, item);
    for (size_t i = 0; i < w->n_tokens; i++) {
        const char *token =
            berth_token_text(self->session.model, item->ids[w->start + i]);

        buffer_between(b, i, ' ');
        buffer_tsv(b, token, strlen(token));
    }
    buffer_putc(b, '\n');
}

/* jsonl has it from row_counts(). */
static const struct column count_columns[] = {
    {"n_tokens", COLUMN_SIZE, 1 << FORMAT_JSONL}, {0}};

static void print_count(const struct tokenize *self, const struct item *item,
                        struct buffer *b)
{
    const struct shared *s = &self->session.settings;
    size_t n = row_n_used(item);

    row_begin(b, s, item);
    if (s->format == FORMAT_JSONL)
        row_counts(b, item, n);
    row_cells(b, s, count_columns, &(struct cell){.size = n});
}

static void print(void *arg, const struct item *item, struct output *out)
{
    const struct tokenize *self = arg;

    if (self->decode) {
        print_decoded(self, item, &out->rows);
    } else if (self->count) {
        if (item->window == 0)
            print_count(self, item, &out->rows);
    } else if (self->session.settings.format == FORMAT_TEXT) {
        print_line(self, item, out);
    } else if (self->session.settings.format == FORMAT_JSONL) {
        print_object(self, item, &out->rows);
    } else {
        print_rows(self, item, out);
    }
}

static const struct column *columns(const struct tokenize *self)
{
    if (self->decode)
        return decode_columns;
    if (self->count)
        return count_columns;
    return token_columns + (has_windows(self) ? 0 : 1);
}

static const char *clash(const void *arg)
{
    const struct tokenize *self = arg;

    if (self->skip_special && !self->decode)
        return "--skip-special needs --decode";
    if (self->decode && (self->count || self->no_special))
        return "--decode does not go with --count or --no-special";
    return NULL;
}

static bool fit(void *arg)
{
    struct tokenize *self = arg;

    session_limit_tokens(&self->session, 0);
    self->session.tokenize.no_special = self->no_special;
    return true;
}

static struct stream_ops ops(const void *arg)
{
    const struct tokenize *self = arg;

    return (struct stream_ops){
        .prepare = self->decode ? prepare_decode : session_prepare,
        .columns = columns(self),
        .print = print,
        .by_window = true,
        .batch_tokens = self->session.settings.batch_tokens};
}

const struct command command_tokenize = {
    .name = "tokenize",
    .summary = "split texts into tokens, with their ids and byte offsets",
    .example = "echo 'Is it a cat?' | berth tokenize",
    .options = {"Options of tokenize", rows, &group_length},
    .size = sizeof(struct tokenize),
    .part = BERTH_PART_TOKENIZER,
    .clash = clash,
    .fit = fit,
    .ops = ops};
