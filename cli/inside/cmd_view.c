/*
 * cmd_view.c - a page that shows the attention of texts in a browser: options
 * and computing. view_page.c prints it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/frame/command.h"
#include "cli/inside/browser.h"
#include "cli/inside/view.h"

enum {
    PAGE_LIMIT = 64 << 20, /* what browsers open without a long wait */
    BYTES_OF_A_TOKEN = 64, /* its name and places, about */
    BYTES_OF_A_RECORD = 1 << 10
};

static const struct option_row rows[] = {
    {OUTPUT_ROW},
    {0, "open", NULL,
     "show the page in a browser; without --output it is in $TMPDIR",
     OPTION_FLAG, offsetof(struct view, open), 0, 0},
    {LAYER_ROW},
    {HEAD_ROW},
    {0}};

static const struct option_group groups[] = {
    {"Hiding", rows_hide, &groups[1]},
    {"Length", rows_length, &groups[2]},
    {"Input", rows_input, &group_common}};

/* Bytes that a record takes in the page, about. */
static size_t page_size(const struct view *self, const struct item *item)
{
    size_t size = BYTES_OF_A_RECORD + item->record.text.size;

    for (size_t i = 0; i < item->n_windows; i++) {
        size_t n = item->windows[i].n_tokens;

        size += n * BYTES_OF_A_TOKEN + self->chosen.layers.n *
                                           self->chosen.heads.n *
                                           (n * n / 3 + 1) * 4;
    }
    return size;
}

/* The page grows only by records that fit. */
static bool prepare(void *arg, struct item *item, struct berth_tokens *tokens)
{
    struct view *self = arg;

    if (!session_prepare(self, item, tokens))
        return false;
    size_t size = self->size + page_size(self, item);

    if (size > PAGE_LIMIT)
        return stream_fail(item,
                           "the page would have %zu MB, the limit is %d: "
                           "choose with --layer and --head, or cut with "
                           "--max-tokens",
                           size >> 20, PAGE_LIMIT >> 20);
    self->size = size;
    return true;
}

/* ---------------------------------------------------------------- set up */

static const char *clash(const void *arg)
{
    const struct view *self = arg;
    const char *output = self->chosen.session.settings.output;

    if (self->open && output != NULL && strcmp(output, "-") == 0)
        return "--open shows a file: not --output -";
    if (!self->open && output == NULL && isatty(STDOUT_FILENO) == 1)
        return "a page is not for a terminal: give --open or --output FILE, or "
               "--output - to have it so";
    return NULL;
}

static bool fit(void *arg)
{
    struct view *self = arg;
    struct session *s = &self->chosen.session;

    s->settings.format = FORMAT_JSONL; /* of the records in the page */
    session_limit_tokens(s, s->facts->max_tokens);
    if (!chosen_heads_parse(&self->chosen))
        return false;
    if (self->open && s->settings.output == NULL) {
        self->page = browser_page();
        s->settings.output = self->page;
    }
    return !self->open || s->settings.output != NULL;
}

static bool closed(void *arg, bool whole)
{
    const struct view *self = arg;

    return !self->open || !whole ||
           browser_open(self->chosen.session.settings.output);
}

static void release(void *arg)
{
    struct view *self = arg;

    if (self->page != NULL)
        browser_unused(self->page);
    free(self->page);
    chosen_heads_release(self);
}

static struct stream_ops ops(const void *arg)
{
    (void)arg;
    return (struct stream_ops){.prepare = prepare,
                               .compute = chosen_heads_compute,
                               .header = view_header,
                               .footer = view_footer,
                               .closed = closed,
                               .print = view_print,
                               .print_failed = view_print_failed,
                               .result_size = chosen_heads_size,
                               .by_window = true};
}

const struct command command_view = {
    .name = "view",
    .summary = "write a web page that shows attention",
    .example = "berth view -o page.html -t 'The cat slept.' "
               "-t 'A second text.'",
    .options = {"Options of view", rows, &groups[0]},
    .size = sizeof(struct view),
    .part = BERTH_PART_ENCODER,
    .computes = true,
    .clash = clash,
    .fit = fit,
    .ops = ops,
    .release = release};
