/*
 * cmd_similar.c - how similar the two texts of each record are: the cosine of
 * their vectors.
 */
#include <math.h>

#include "cli/frame/command.h"
#include "cli/input/input_format.h"
#include "cli/stream/row.h"
#include "cli/vectors/vectors.h"

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS | FORMATS_RAW)}, {IGNORE_ROW}, {0}};

/* item->extra: the two texts of a record. */
struct texts {
    size_t n_first; /* windows of text A, which come first */
    float similarity;
};

/* -------------------------------------------------------------- compute */

static bool prepare(void *arg, struct item *item, struct berth_tokens *tokens)
{
    struct texts *texts = pieces_alloc(item->pieces, sizeof(*texts));
    struct item both[2] = {*item, *item};

    if (!item->record.has_pair)
        return stream_fail(item, "one text where two are compared");
    if (texts == NULL)
        return stream_fail_memory(item);
    both[1].record.text = item->record.pair;
    for (size_t i = 0; i < 2; i++) {
        both[i].record.has_pair = false;
        if (!vectors_prepare(arg, &both[i], tokens))
            return stream_fail_as(item, &both[i]);
        if (both[i].wordless)
            return stream_fail(item, "text %c has no words: nothing is like it",
                               'A' + (int)i);
    }
    texts->n_first = both[0].n_windows;
    item->extra = texts;
    return item_join(item, both, 2);
}

static bool finish(void *arg, struct item *item)
{
    const struct vectors *v = arg;
    struct texts *texts = item->extra;
    const size_t n = texts->n_first;

    if (!vectors_merge(v, item, 0, n) ||
        !vectors_merge(v, item, n, item->n_windows))
        return false;
    berth_similarities(v->session.facts->similarity, item->results[0],
                       item->results[n], 1, v->size, &texts->similarity);
    return true;
}

/* ---------------------------------------------------------------- print */

static const struct column columns[] = {{"similarity", COLUMN_FLOAT, 0}, {0}};

static void print(void *arg, const struct item *item, struct output *out)
{
    struct vectors *self = arg;
    const struct shared *s = &self->session.settings;
    const struct texts *texts = item->extra;
    const float similarity = texts->similarity;
    struct buffer *b = &out->rows;

    if (format_in(s->format, FORMATS_RAW)) {
        buffer_put(b, &similarity, sizeof(similarity));
        return;
    }
    row_begin(b, s, item);
    if (s->format == FORMAT_JSONL)
        row_counts(b, item, item->n_tokens);
    row_cells(b, s, columns, &(struct cell){.x = (double)similarity});
}

static void print_failed(void *arg, const struct item *item, struct output *out)
{
    struct vectors *self = arg;
    const float none = NAN;

    row_failed(&out->rows, &self->session.settings, item,
               columns_count(columns));
    if (format_in(self->session.settings.format, FORMATS_RAW))
        buffer_put(&out->rows, &none, sizeof(none));
}

/* ---------------------------------------------------------------- set up */

static const char *clash(const void *arg)
{
    const struct vectors *self = arg;
    const struct input_options *in = &self->session.settings.input;

    if (in->field.n < 2 && in->format >= 0 &&
        input_has_fields((enum input_format)in->format))
        return "two texts are compared: give --field twice";
    return NULL;
}

/* What a line holds is a pair, asked for or not. */
static int ready(void *arg)
{
    struct vectors *self = arg;
    struct input_options *in = &self->session.settings.input;

    in->pair = in->field.n == 0;
    return -1;
}

static struct stream_ops ops(const void *arg)
{
    struct stream_ops ops = vectors_ops(arg);

    ops.prepare = prepare;
    ops.finish = finish;
    ops.columns = columns;
    ops.print = print;
    ops.print_failed = print_failed;
    ops.npy.width = 1;
    return ops;
}

const struct command command_similar = {
    .name = "similar",
    .summary = "compare the meanings of two texts",
    .example = "printf 'A cat sleeps.\\tThe cat is asleep.\\n' | berth "
               "similar --digits 2",
    .options = {"Options of similar", rows, &group_hide},
    .size = sizeof(struct vectors),
    .part = BERTH_PART_ENCODER,
    .computes = true,
    .clash = clash,
    .ready = ready,
    .fit = vectors_fit,
    .ops = ops};
