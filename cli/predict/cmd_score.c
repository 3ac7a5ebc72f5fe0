/*
 * cmd_score.c - how likely texts are: pseudo-log-likelihoods. Options and
 * computing; score_rows.c prints them.
 *
 * Each token is masked in turn and asked for (Salazar et al. 2020,
 * arXiv:1910.14659, equation 1). --within-word masks the later pieces of the
 * same word too (Kauf & Ivanova 2023, arXiv:2305.10588, PLL-word-l2r), so that
 * they cannot give the word away.
 */
#include <math.h>
#include <string.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/predict/score.h"
#include "cli/stream/finite.h"

#define AT(member) offsetof(struct score, member)

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS)},
    {0, "within-word", NULL,
     "with each piece of a word, mask its later pieces too", OPTION_FLAG,
     AT(within_word), 0, 0},
    {0, "tokens", NULL, "print a score for each token", OPTION_FLAG, AT(tokens),
     0, 0},
    {0, "perplexity", NULL, "print exp(-score / tokens) instead of the score",
     OPTION_FLAG, AT(perplexity), 0, 0},
    {0, "choose", NULL,
     "print the most likely of the readings in a line, separated by TABs",
     OPTION_FLAG, AT(choose), 0, 0},
    {0}};

/* --------------------------------------------------------------- prepare */

/* One reading: false after item->record.error was set. */
static bool add_reading(const struct score *self, struct item *item,
                        struct item *reading, size_t number,
                        struct berth_tokens *tokens)
{
    size_t limit = self->session.tokenize.max_tokens;

    if (!session_tokenize(&self->session, reading, tokens))
        return stream_fail_as(item, reading);
    if (reading->n_tokens <= self->session.facts->n_special)
        return stream_fail(item, "reading %zu has no tokens", number);
    if (self->session.settings.overflow != OVERFLOW_TRUNCATE && limit > 0 &&
        reading->n_full > limit)
        return stream_fail(item, "reading %zu: %zu tokens; the limit is %zu",
                           number, reading->n_full, limit);
    return true;
}

/* The readings of a record become its windows; item->extra: what they were. */
static bool prepare_readings(const struct score *self, struct item *item,
                             struct berth_tokens *tokens)
{
    const struct field *text = &item->record.text;
    const char *p = text->data;
    const char *end = p + text->size;
    size_t n = 1;

    for (const char *t = p; t < end; t++)
        n += *t == '\t';
    struct item *readings = pieces_array(item->pieces, n, sizeof(*readings));

    if (readings == NULL)
        return stream_fail_memory(item);
    for (size_t i = 0; i < n; i++) {
        const char *tab = memchr(p, '\t', (size_t)(end - p));
        size_t size = (size_t)((tab != NULL ? tab : end) - p);

        readings[i] = (struct item){.record.text = {.data = p, .size = size},
                                    .pieces = item->pieces};
        if (!add_reading(self, item, &readings[i], i + 1, tokens))
            return false;
        p += size + 1;
    }
    item->extra = readings;
    return item_join(item, readings, n);
}

static bool prepare(void *arg, struct item *item, struct berth_tokens *tokens)
{
    const struct score *self = arg;

    if (!self->choose)
        return session_prepare(arg, item, tokens);
    return prepare_readings(self, item, tokens) &&
           session_mark_ignored(&self->session, item);
}

/* --------------------------------------------------------------- compute */

bool score_is_special(const struct score *self, const struct item *item,
                      size_t i)
{
    const struct berth_model_facts *f = self->session.facts;
    int32_t id = item->ids[i];

    return item->special[i] || id == f->mask_id || id == f->cls_id ||
           id == f->sep_id || id == f->pad_id;
}

bool score_owns(const struct score *self, const struct item *item,
                size_t window, size_t i)
{
    if (self->choose)
        return true;
    const struct berth_span own =
        item_owned(item, self->session.settings.overlap, window);

    if (item->special[item->windows[window].start + i])
        return i < own.begin ? window == 0 : window + 1 == item->n_windows;
    return i >= own.begin && i < own.end;
}

/* A token that is asked for, and where its score goes. */
struct ask {
    int32_t id;
    float *score;
    struct item *item;
};

static enum berth_status take(void *self, void *tag, float *logits,
                              double log_sum, struct berth_error *err)
{
    const struct ask *ask = tag;

    (void)self;
    (void)err;
    *ask->score = (float)((double)logits[ask->id] - log_sum);
    finite_check_log(ask->item, (double)*ask->score);
    return BERTH_OK;
}

/* Whether token i, which is not the first, goes on the word before it. */
static bool continues_word(const struct score *self, const struct item *item,
                           size_t i)
{
    struct berth_token before, token;

    return !item->special[i] && !item->special[i - 1] &&
           berth_token_get(self->session.model, item->ids[i - 1], &before) &&
           berth_token_get(self->session.model, item->ids[i], &token) &&
           berth_token_joined(&before, &token);
}

/* One copy of the window in which token i is hidden. */
static enum berth_status add_copy(struct score *self, const struct item *item,
                                  size_t window, size_t i, struct ask *ask,
                                  struct berth_error *err)
{
    const struct berth_window *w = &item->windows[window];
    const struct berth_sequence sequence =
        session_sequence(&self->session, item, window);
    int32_t *ids;
    enum berth_status status =
        masked_add(&self->compute.masked, &sequence, &ids, err);

    if (status != BERTH_OK)
        return status;
    ids[i] = self->session.facts->mask_id;
    for (size_t k = i + 1; self->within_word && k < w->n_tokens &&
                           continues_word(self, item, w->start + k);
         k++)
        ids[k] = self->session.facts->mask_id;
    masked_ask(&self->compute.masked, i, ask);
    return BERTH_OK;
}

static enum berth_status run_window(struct score *self, const struct job *job,
                                    const struct batch *batch)
{
    struct item *item = job->item;
    const struct berth_window *w = &item->windows[job->window];
    float *scores = pieces_array(batch->results, w->n_tokens, sizeof(*scores));
    struct ask *asks = pieces_array(batch->results, w->n_tokens, sizeof(*asks));
    enum berth_status status = BERTH_OK;

    if (scores == NULL || asks == NULL)
        return stream_no_memory(batch->err);
    item->results[job->window] = scores;
    for (size_t i = 0; i < w->n_tokens && status == BERTH_OK; i++) {
        size_t k = w->start + i;

        scores[i] = NAN;
        if (score_is_special(self, item, k) ||
            !score_owns(self, item, job->window, i))
            continue;
        asks[i] = (struct ask){item->ids[k], &scores[i], item};
        status = add_copy(self, item, job->window, i, &asks[i], batch->err);
    }
    return status;
}

static enum berth_status compute(void *arg, const struct batch *batch)
{
    struct score *self = arg;
    enum berth_status status = BERTH_OK;

    for (size_t i = 0; i < batch->n && status == BERTH_OK; i++)
        status = run_window(self, &batch->jobs[i], batch);
    return status == BERTH_OK ? masked_flush(&self->compute.masked, batch->err)
                              : status;
}

static size_t result_size(void *arg, size_t n_tokens)
{
    (void)arg;
    return n_tokens * (sizeof(float) + sizeof(struct ask));
}

/* ---------------------------------------------------------------- set up */

static const char *clash(const void *arg)
{
    const struct score *self = arg;
    const struct shared *s = &self->session.settings;
    bool pairs = s->input.pair || s->input.field.n > 1;

    if (self->choose && self->tokens)
        return "--choose does not go with --tokens";
    if (self->choose && pairs)
        return "--choose takes one text with TABs, not a pair";
    if (self->tokens && self->perplexity && s->format != FORMAT_JSONL)
        return "--perplexity does not go with --tokens";
    if (s->overflow == OVERFLOW_WINDOW && (self->choose || pairs))
        return "--overflow window does not go with --choose or pairs";
    return shared_overlap_clash(s);
}

static bool fit(void *arg)
{
    struct score *self = arg;

    if (self->session.facts->mask_id < 0)
        return message_error("%s: the model has no mask token",
                             self->session.facts->path);
    session_limit_tokens(&self->session, self->session.facts->max_tokens);
    if (self->session.settings.overflow == OVERFLOW_DEFAULT)
        self->session.strict = true;
    if (self->choose)
        self->session.strict = false; /* add_reading() says which one */
    /* The TABs of a line part readings, whatever its file is called. */
    self->session.settings.input.lines_first |= self->choose;
    masked_init(&self->compute.masked, &self->session, self);
    self->compute.masked.answer = take;
    return true;
}

static struct stream_ops ops(const void *arg)
{
    const struct score *self = arg;

    return (struct stream_ops){.prepare = prepare,
                               .compute = compute,
                               .columns = score_columns(self),
                               .print = score_print,
                               .blank_line = self->tokens,
                               .result_size = result_size,
                               .batch_tokens =
                                   self->session.settings.batch_tokens};
}

static void release(void *arg)
{
    struct score *self = arg;

    masked_free(&self->compute.masked);
}

const struct command command_score = {
    .name = "score",
    .summary = "score how likely texts are",
    .example =
        "printf 'They are here.\\nThey is here.\\n' | berth score --digits 3",
    .options = {"Options of score", rows, &group_hide},
    .size = sizeof(struct score),
    .head = BERTH_HEAD_MASKED_LM,
    .computes = true,
    .clash = clash,
    .fit = fit,
    .ops = ops,
    .release = release};
