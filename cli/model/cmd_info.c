/*
 * cmd_info.c - what a model is, and from which file each setting came.
 */
#include <string.h>

#include "cli/base/message.h"
#include "cli/frame/command.h"
#include "cli/frame/session.h"
#include "cli/output/quote.h"

static const struct option_row rows[] = {
    {FORMAT_ROW(1 << FORMAT_TEXT | 1 << FORMAT_JSONL)}, {OUTPUT_ROW}, {0}};

/* Digits with at most one point: written in JSON as they are. */
static bool is_number(const char *s)
{
    size_t n;

    s += *s == '-';
    n = strspn(s, "0123456789");
    if (n == 0 || n > 15 || (n > 1 && *s == '0'))
        return false;
    s += n;
    if (*s == '.') {
        n = strspn(s + 1, "0123456789");
        if (n == 0)
            return false;
        s += n + 1;
    }
    if (*s == 'e') {
        s += 1 + (s[1] == '-' || s[1] == '+');
        n = strspn(s, "0123456789");
        if (n == 0 || n > 2)
            return false;
        s += n;
    }
    return *s == '\0';
}

static void put_value(struct buffer *b, const char *value)
{
    if (is_number(value) || strcmp(value, "true") == 0 ||
        strcmp(value, "false") == 0)
        buffer_puts(b, value);
    else
        buffer_json(b, value, strlen(value));
}

static void put_settings(struct buffer *b, const struct berth_model *model,
                         int format)
{
    size_t n;
    const struct berth_setting *all = berth_model_get_settings(model, &n);

    for (size_t i = 0; i < n; i++) {
        const struct berth_setting *s = &all[i];

        if (format == FORMAT_TEXT) {
            buffer_tsv(b, s->key, strlen(s->key));
            buffer_putc(b, '\t');
            buffer_tsv(b, s->value, strlen(s->value));
            buffer_putc(b, '\t');
            buffer_tsv(b, s->source, strlen(s->source));
            buffer_putc(b, '\n');
            continue;
        }
        buffer_putc(b, i > 0 ? ',' : '{');
        buffer_json(b, s->key, strlen(s->key));
        buffer_puts(b, ":{\"value\":");
        put_value(b, s->value);
        buffer_puts(b, ",\"source\":");
        buffer_json(b, s->source, strlen(s->source));
        buffer_putc(b, '}');
    }
    if (format == FORMAT_JSONL)
        buffer_puts(b, n > 0 ? "}\n" : "{}\n");
}

/* The operand is a model. */
static int ready(void *arg)
{
    struct session *self = arg;
    struct shared *s = &self->settings;

    if (s->input.n_files > (s->model == NULL ? 1 : 0))
        return message_usage("more than one model given");
    if (s->input.n_files == 1)
        s->model = s->input.files[0];
    return -1;
}

static int work(void *arg)
{
    const struct session *self = arg;
    struct buffer b = {0};

    put_settings(&b, self->model, self->settings.format);
    return print_whole(&b, self->settings.output, true);
}

const struct command command_info = {
    .name = "info",
    .operands = "[MODEL]",
    .summary = "print a model's settings and where each comes from",
    .example = "berth info | grep hidden_size",
    .options = {"Options of info", rows, &group_common},
    .size = sizeof(struct session),
    .part = BERTH_PART_TOKENIZER,
    .ready = ready,
    .work = work};
