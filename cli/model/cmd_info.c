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

static void put_setting(struct buffer *b, const struct berth_setting *s,
                        int format)
{
    if (format == FORMAT_TEXT) {
        buffer_tsv(b, s->key, strlen(s->key));
        buffer_putc(b, '\t');
        buffer_tsv(b, s->value, strlen(s->value));
        buffer_putc(b, '\t');
        buffer_tsv(b, s->source, strlen(s->source));
        buffer_putc(b, '\n');
        return;
    }
    buffer_putc(b, b->size > 0 ? ',' : '{');
    buffer_json(b, s->key, strlen(s->key));
    buffer_puts(b, ":{\"value\":");
    put_value(b, s->value);
    buffer_puts(b, ",\"source\":");
    buffer_json(b, s->source, strlen(s->source));
    buffer_putc(b, '}');
}

/* How the weights would be held in memory. */
static struct berth_setting precision_of(const struct shared *s)
{
    static const char *const names[] = {"f32", "f16", "bf16", "int8"};

    return s->precision < 0
               ? (struct berth_setting){"precision", "as stored", "default"}
               : (struct berth_setting){"precision", names[s->precision],
                                        "--precision"};
}

static void put_settings(struct buffer *b, const struct session *self)
{
    const int format = self->settings.format;
    const struct berth_setting precision = precision_of(&self->settings);
    size_t n;
    const struct berth_setting *all = berth_model_get_settings(self->model, &n);

    for (size_t i = 0; i < n; i++)
        put_setting(b, &all[i], format);
    if (n > 0)
        put_setting(b, &precision, format);
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

/* The settings of a model whose weights do not open: err says why. */
static bool open_without_weights(struct session *self,
                                 const struct berth_error *err)
{
    struct berth_error other;

    if (session_try(self, BERTH_PART_TOKENIZER, BERTH_HEAD_NONE, &other))
        return true;
    return other.status != BERTH_OK && message_error("%s", err->message);
}

/* A model that has no weights is looked at as it is. Where they are damaged, or
 * of a kind that is not read, the rest of it is printed all the same. */
static int work(void *arg)
{
    struct session *self = arg;
    struct buffer b = {0};
    struct berth_error err;
    bool whole = session_try(self, BERTH_PART_FACTS, BERTH_HEAD_NONE, &err);

    if (!whole && (err.status == BERTH_OK || !open_without_weights(self, &err)))
        return message_status();
    put_settings(&b, self);
    if (!whole && !self->facts->has_weights && err.status == BERTH_ERR_IO) {
        message_warning("%s: there are no weights", err.message);
        whole = true;
    } else if (!whole) {
        message_error("%s", err.message);
    }
    const int status = print_whole(&b, self->settings.output, whole);

    return whole ? status : EXIT_NOT_DONE;
}

const struct command command_info = {
    .name = "info",
    .operands = "[MODEL]",
    .summary = "print a model's settings and where each comes from",
    .example = "berth info | grep hidden_size",
    .options = {"Options of info", rows, &group_common},
    .size = sizeof(struct session),
    .no_model = true, /* work() opens it */
    .ready = ready,
    .work = work};
