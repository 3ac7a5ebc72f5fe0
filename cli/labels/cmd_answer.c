/*
 * cmd_answer.c - answers to questions, found in texts. Options;
 * answer_spans.c finds them, answer_rows.c prints them.
 */
#include <string.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/labels/answer.h"
#include "cli/labels/logits.h"

#define AT(member) offsetof(struct answer, member)

/* What the pipeline takes by default. */
enum {
    MAX_TOKENS = 384,
    MAX_OVERLAP = 128,
    MAX_ANSWER = 15
};

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS)},
    {'k', "top-k", "N", "print the N best answers; 0: all (default: 1)",
     OPTION_SIZE, AT(top_k), 0, OPTION_SIZE_MAX / 4},
    {'q', "question", "TEXT",
     "ask this of every record, which is a context alone", OPTION_TEXT,
     AT(question), 0, 0},
    {0, "max-answer", "N", "longest answer in tokens (default: 15)",
     OPTION_SIZE, AT(max_tokens), 1, OPTION_SIZE_MAX},
    {0, "impossible", NULL, "allow the empty answer, that the context has none",
     OPTION_FLAG, AT(impossible), 0, 0},
    {0}};

static bool is_empty(const struct field *text)
{
    return text->size == 0;
}

static bool prepare(void *arg, struct item *item, struct berth_tokens *tokens)
{
    const struct answer *self = arg;
    const struct field *context = answer_context(item);
    struct item asked = *item;

    if (self->question != NULL)
        asked.record.text = (struct field){.data = self->question,
                                           .size = strlen(self->question)};
    asked.record.pair = *context;
    asked.record.has_pair = true;
    if (is_empty(&asked.record.text))
        return stream_fail(item, "the question is empty");
    if (is_empty(context))
        return stream_fail(item, "the context is empty");
    if (!session_prepare(arg, &asked, tokens))
        return stream_fail_as(item, &asked);
    asked.record = item->record;
    *item = asked;
    return true;
}

static bool finish(void *arg, struct item *item)
{
    struct spans *spans = pieces_alloc(item->pieces, sizeof(*spans));

    item->extra = spans;
    return spans != NULL && answer_find(arg, item, spans);
}

/* ---------------------------------------------------------------- set up */

static const char *clash(const void *arg)
{
    const struct answer *self = arg;
    const struct input_options *in = &self->session.settings.input;

    if (self->session.settings.truncation == BERTH_TRUNCATE_FIRST)
        return "--truncate first would cut the question: answer cuts contexts";
    if (self->question != NULL)
        return in->pair || in->field.n > 1
                   ? "--question takes one text a record, the context"
                   : NULL;
    if (in->field.n == 1 || (in->field.n == 0 && in->format > INPUT_LINES))
        return "answer needs --field QUESTION --field CONTEXT, or --question";
    return NULL;
}

static int ready(void *arg)
{
    struct answer *self = arg;
    struct input_options *in = &self->session.settings.input;

    in->pair = self->question == NULL && in->field.n == 0;
    return -1;
}

/* Windows over the context, as the pipeline has them. */
static bool fit(void *arg)
{
    struct answer *self = arg;
    struct session *session = &self->session;
    const struct shared *s = &session->settings;
    struct berth_tokenize_options *o = &session->tokenize;

    session_limit_tokens(session, session->facts->max_tokens);
    if (s->max_tokens == 0 &&
        (o->max_tokens == 0 || o->max_tokens > MAX_TOKENS))
        o->max_tokens = MAX_TOKENS;
    o->words = true;
    o->truncation = BERTH_TRUNCATE_SECOND;
    if (s->overflow == OVERFLOW_DEFAULT || s->overflow == OVERFLOW_WINDOW) {
        o->overflow = BERTH_OVERFLOW_WINDOW;
        if (!s->overlap_given)
            o->overlap = o->max_tokens / 2 < MAX_OVERLAP ? o->max_tokens / 2
                                                         : MAX_OVERLAP;
    }
    return true;
}

static struct stream_ops ops(const void *arg)
{
    const struct answer *self = arg;

    return (struct stream_ops){.prepare = prepare,
                               .compute = logits_compute,
                               .finish = finish,
                               .print = answer_print,
                               .result_size = logits_size,
                               .columns = answer_columns(self),
                               .blank_line = self->top_k != 1,
                               .batch_tokens =
                                   self->session.settings.batch_tokens};
}

static const struct answer defaults = {.top_k = 1, .max_tokens = MAX_ANSWER};

const struct command command_answer = {
    .name = "answer",
    .summary = "find answers to questions in texts, as a fine-tuned model does",
    .notes = NOTES_NO_HEAD
    "  berth pull distilbert/distilbert-base-cased-distilled-squad\n"
    "  berth answer -m distilbert-base-cased-distilled-squad -q 'Who "
    "wrote it?' FILE",
    .example = "berth answer -m squad -q 'Where do I live?' -t 'I live in "
               "London.' | cut -f 2",
    .options = {"Options of answer", rows, &group_hide},
    .size = sizeof(struct answer),
    .defaults = &defaults,
    .head = BERTH_HEAD_ANSWER,
    .computes = true,
    .clash = clash,
    .ready = ready,
    .fit = fit,
    .ops = ops};
