/*
 * cmd_next_sentence.c - whether one text follows another: BERT's second task of
 * pre-training (Devlin et al. 2018, arXiv:1810.04805, section 3.1); of ALBERT,
 * whether two texts are in order (Lan et al. 2020, arXiv:1909.11942).
 */
#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/labels/logits.h"
#include "cli/output/columns.h"
#include "cli/stream/row.h"

static const struct option_row rows[] = {{FORMAT_ROW(FORMATS_ROWS)}, {0}};

static const struct column columns[] = {{"score", COLUMN_FLOAT, 0}, {0}};

/* The probability that text B follows text A, which is the first of two. */
static bool finish(void *arg, struct item *item)
{
    float *logits = item->results[0];

    logits_merge(arg, item);
    logits_softmax(logits,
                   berth_model_get_head(((struct session *)arg)->model)->n_out,
                   logits);
    item->extra = logits;
    return true;
}

static void print(void *arg, const struct item *item, struct output *out)
{
    const struct session *session = arg;
    const struct shared *s = &session->settings;
    const float *score = item->extra;
    const struct cell cell = {.x = (double)*score};

    row_begin(&out->rows, s, item);
    if (s->format == FORMAT_JSONL)
        row_counts(&out->rows, item, row_n_used(item));
    row_cells(&out->rows, s, columns, &cell);
}

/* ---------------------------------------------------------------- set up */

static const char *clash(const void *arg)
{
    const struct session *session = arg;
    const struct input_options *in = &session->settings.input;

    if (in->field.n == 1 || (in->field.n == 0 && in->format > INPUT_LINES))
        return "next-sentence compares two texts: give --field twice, or lines "
               "with a TAB";
    return NULL;
}

static int ready(void *arg)
{
    struct session *session = arg;
    struct input_options *in = &session->settings.input;

    in->pair = in->field.n == 0;
    return -1;
}

static bool fit(void *arg)
{
    struct session *session = arg;

    session_limit_tokens(session, session->facts->max_tokens);
    return true;
}

static struct stream_ops ops(const void *arg)
{
    const struct session *session = arg;

    return (struct stream_ops){.prepare = session_prepare,
                               .compute = logits_compute,
                               .finish = finish,
                               .print = print,
                               .result_size = logits_size,
                               .columns = columns,
                               .batch_tokens = session->settings.batch_tokens};
}

const struct command command_next_sentence = {
    .name = "next-sentence",
    .summary = "tell how likely one text follows another, as BERT learnt",
    .notes =
        NOTES_NO_HEAD "  berth pull google-bert/bert-base-uncased\n"
                      "  berth next-sentence -m bert-base-uncased pairs.tsv",
    .example = "printf 'It rained.\\tThe street is wet.\\n' | berth "
               "next-sentence -m bert",
    .options = {"Options of next-sentence", rows, &group_hide},
    .size = sizeof(struct session),
    .head = BERTH_HEAD_NEXT_SENTENCE,
    .computes = true,
    .clash = clash,
    .ready = ready,
    .fit = fit,
    .ops = ops};
