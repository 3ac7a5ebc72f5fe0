/*
 * cmd_tag.c - labels of tokens: names, places, parts of speech. Options and
 * computing; tag_tokens.c and tag_aggregate.c find entities, tag_rows.c prints
 * them.
 */
#include "cli/frame/command.h"
#include "cli/labels/logits.h"
#include "cli/labels/tag.h"
#include "cli/stream/row.h"

#define AT(member) offsetof(struct tag, member)

static const struct option_row rows[] = {
    {FORMAT_ROW(FORMATS_ROWS | 1 << FORMAT_HEAT)},
    {0, "aggregation", "none|simple|first|average|max",
     "how tokens become entities (default: simple)", OPTION_CHOICE,
     AT(aggregation), 0, 0},
    {COLOR_ROW("colours of pictures (default: auto)")},
    {0}};

static bool finish(void *arg, struct item *item)
{
    const struct tag *self = arg;
    const bool words = self->session.settings.format == FORMAT_JSONL;
    struct entities *found = pieces_alloc(item->pieces, sizeof(*found));
    struct tagged *tokens;
    size_t n;

    item->extra = found;
    return found != NULL && tag_tokens(self, item, &tokens, &n) &&
           tag_aggregate(self, tokens, n, words, item->pieces, found);
}

/* ---------------------------------------------------------------- set up */

static const char *clash(const void *arg)
{
    const struct tag *self = arg;
    const struct shared *s = &self->session.settings;

    if (s->input.pair || s->input.field.n > 1)
        return "tag takes one text, not a pair";
    return NULL;
}

static bool fit(void *arg)
{
    struct tag *self = arg;
    struct session *session = &self->session;
    const struct shared *s = &session->settings;
    const struct berth_head_facts *head = berth_model_get_head(session->model);

    session_limit_tokens(session, session->facts->max_tokens);
    session_choose_windows(session);
    self->labels = head->labels;
    self->n = head->n_out;
    self->screen = screen_find((enum color_choice)s->color, 0, s->output);
    return true;
}

/* tag_draw() takes the escapes of a text away. */
static void header(void *arg, struct output *out)
{
    const struct tag *self = arg;
    const struct shared *s = &self->session.settings;

    if (s->format == FORMAT_HEAT && self->screen.color != SCREEN_PLAIN)
        sink_raw(out->sink);
    if (row_header(&out->rows, s, NULL))
        columns_header(&out->rows, s->format, tag_columns(self), false);
}

static struct stream_ops ops(const void *arg)
{
    const struct tag *self = arg;

    return (struct stream_ops){.prepare = session_prepare,
                               .compute = logits_compute,
                               .finish = finish,
                               .print = tag_print,
                               .result_size = logits_size,
                               .columns = tag_columns(self),
                               .header = header,
                               .blank_line = true,
                               .batch_tokens =
                                   self->session.settings.batch_tokens};
}

static const struct tag defaults = {.aggregation = AGGREGATION_SIMPLE};

const struct command command_tag = {
    .name = "tag",
    .summary = "find names and other entities, as a fine-tuned model does",
    .notes = NOTES_NO_HEAD
    "  berth pull dslim/bert-base-NER\n"
    "  berth tag -m bert-base-NER -t 'Ada Lovelace lived in London.'",
    .example =
        "berth tag -m ner -t 'Ada Lovelace lived in London.' | cut -f 1,2",
    .options = {"Options of tag", rows, &group_hide},
    .size = sizeof(struct tag),
    .defaults = &defaults,
    .head = BERTH_HEAD_TOKENS,
    .computes = true,
    .clash = clash,
    .fit = fit,
    .ops = ops};
