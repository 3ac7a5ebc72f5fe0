/*
 * cmd_classify.c - labels of texts: those that the head of a model was trained
 * with, or any others by natural language inference (zero_shot.c). Options and
 * scores; classify_rows.c prints them.
 */
#include <math.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/labels/classify.h"
#include "cli/labels/logits.h"

#define AT(member) offsetof(struct classify, member)

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS)},
    {'k', "top-k", "N", "print the N best labels; 0: all (default: 1)",
     OPTION_SIZE, AT(top_k), 0, OPTION_SIZE_MAX},
    {0, "wide", NULL, "csv, tsv: a column for each label, one row a record",
     OPTION_FLAG, AT(wide), 0, 0},
    {0, "scores", "softmax|sigmoid|none",
     "what to make of logits (default: as the model says)", OPTION_CHOICE,
     AT(scoring), 0, 0},
    {0, "labels", "LIST",
     "choose from these labels, separated by commas, with a model of natural "
     "language inference",
     OPTION_TEXT, AT(zero.list), 0, 0},
    {0, "labels-from", "FILE", "the same, with one label a line", OPTION_TEXT,
     AT(zero.file), FILE_READ, 0},
    {0, "template", "TEXT",
     "what a label says of a text; {} is the label (default: This example is "
     "{}.)",
     OPTION_TEXT, AT(zero.template), 0, 0},
    {0, "multi-label", NULL,
     "score each of the labels for itself: several may be true", OPTION_FLAG,
     AT(zero.multi_label), 0, 0},
    {0}};

/* ---------------------------------------------------------------- scores */

/* TextClassificationPipeline.postprocess() of transformers. */
static enum scoring scoring_of(const struct berth_head_facts *head)
{
    if (head->problem == BERTH_PROBLEM_REGRESSION)
        return SCORING_NONE;
    if (head->problem == BERTH_PROBLEM_MULTI_LABEL || head->n_out == 1)
        return SCORING_SIGMOID;
    return SCORING_SOFTMAX;
}

static void score(const struct classify *self, const float *logits,
                  float *scores)
{
    if (self->scoring == SCORING_SOFTMAX) {
        logits_softmax(logits, self->n, scores);
        return;
    }
    for (size_t i = 0; i < self->n; i++)
        scores[i] = self->scoring == SCORING_SIGMOID
                        ? (float)(1.0 / (1.0 + exp(-(double)logits[i])))
                        : logits[i];
}

/* The best labels. Of equal ones the first comes first; those that were given
 * come in the order of numpy.argsort(), turned round: the last one first. */
static void rank(const struct classify *self, const float *scores,
                 float *turned, int32_t *best)
{
    const bool turn = zero_shot_is_asked(&self->zero);
    const size_t n = self->n;

    for (size_t i = 0; i < n; i++)
        turned[i] = scores[turn ? n - 1 - i : i];
    berth_top_k(turned, n, self->n_printed, best);
    for (size_t i = 0; turn && i < self->n_printed; i++)
        best[i] = (int32_t)n - 1 - best[i];
}

static bool finish(void *arg, struct item *item)
{
    const struct classify *self = arg;
    struct ranking *ranking = pieces_alloc(item->pieces, sizeof(*ranking));
    float *x = pieces_array(item->pieces, self->n, 3 * sizeof(*x));
    int32_t *best = pieces_array(item->pieces, self->n, sizeof(*best));

    if (ranking == NULL || x == NULL || best == NULL)
        return false;
    float *logits = x, *scores = x + self->n;
    if (zero_shot_is_asked(&self->zero)) {
        zero_shot_score(&self->zero, item, logits, scores);
    } else {
        logits_merge(&self->session, item);
        logits = item->results[0];
        score(self, logits, scores);
    }
    rank(self, scores, x + 2 * self->n, best);
    *ranking = (struct ranking){logits, scores, best};
    item->extra = ranking;
    return true;
}

static bool prepare(void *arg, struct item *item, struct berth_tokens *tokens)
{
    const struct classify *self = arg;

    return zero_shot_is_asked(&self->zero)
               ? zero_shot_prepare(&self->zero, &self->session, item, tokens)
               : session_prepare(arg, item, tokens);
}

/* ---------------------------------------------------------------- set up */

static const char *clash(const void *arg)
{
    const struct classify *self = arg;
    const struct shared *s = &self->session.settings;

    if (self->wide && !format_is_table(s->format))
        return "--wide needs --format csv or tsv";
    if (self->wide && self->top_k != 1)
        return "--wide has all labels: it does not go with --top-k";
    if (zero_shot_is_asked(&self->zero) && self->scoring != SCORING_MODEL)
        return "--scores does not go with --labels; there is --multi-label";
    if (shared_overlap_clash(s) != NULL)
        return shared_overlap_clash(s);
    return zero_shot_clash(&self->zero, s);
}

static int ready(void *arg)
{
    struct classify *self = arg;

    return !zero_shot_is_asked(&self->zero) || zero_shot_read(&self->zero)
               ? -1
               : message_status();
}

static bool fit(void *arg)
{
    struct classify *self = arg;
    struct session *session = &self->session;
    const struct berth_head_facts *head = berth_model_get_head(session->model);

    session_limit_tokens(session, session->facts->max_tokens);
    self->labels = head->labels;
    self->n = head->n_out;
    if (self->scoring == SCORING_MODEL)
        self->scoring = (int)scoring_of(head);
    if (zero_shot_is_asked(&self->zero)) {
        if (!zero_shot_fit(&self->zero, session))
            return false;
        self->labels = self->zero.labels;
        self->n = self->zero.n;
    }
    self->n_printed =
        self->top_k == 0 || self->top_k > self->n ? self->n : self->top_k;
    return true;
}

static struct stream_ops ops(const void *arg)
{
    const struct classify *self = arg;

    return (struct stream_ops){
        .prepare = prepare,
        .compute = logits_compute,
        .finish = finish,
        .print = classify_print,
        .print_failed = self->wide ? classify_print_failed : NULL,
        .result_size = logits_size,
        .columns = classify_columns(self),
        .header = self->wide ? classify_header : NULL,
        .blank_line = self->top_k != 1,
        .batch_tokens = self->session.settings.batch_tokens};
}

static void release(void *arg)
{
    struct classify *self = arg;

    zero_shot_free(&self->zero);
}

static const struct classify defaults = {.top_k = 1, .scoring = SCORING_MODEL};

const struct command command_classify = {
    .name = "classify",
    .summary = "label texts, as a fine-tuned model does",
    .notes = NOTES_NO_HEAD
    "  berth pull "
    "distilbert/distilbert-base-uncased-finetuned-sst-2-english\n"
    "  berth classify -m "
    "distilbert-base-uncased-finetuned-sst-2-english FILE",
    .example = "printf 'I loved it.\\nIt was awful.\\n' | berth classify -m "
               "sentiment | cut -f 1",
    .options = {"Options of classify", rows, &group_hide},
    .size = sizeof(struct classify),
    .defaults = &defaults,
    .head = BERTH_HEAD_SEQUENCE,
    .computes = true,
    .clash = clash,
    .ready = ready,
    .fit = fit,
    .ops = ops,
    .release = release};
