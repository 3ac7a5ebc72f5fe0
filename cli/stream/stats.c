/*
 * stats.c - version, model, options and figures of a run, as JSON.
 */
#include "cli/stream/stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/output/number.h"
#include "cli/output/quote.h"
#include "cli/stream/stream.h"

static void put_text(struct buffer *b, const char *key, const char *value)
{
    buffer_printf(b, ",\"%s\":", key);
    buffer_json(b, value, strlen(value));
}

static void put_double(struct buffer *b, const char *key, double value)
{
    buffer_printf(b, ",\"%s\":", key);
    buffer_double(b, value, 6);
}

static void put_options(struct buffer *b, const struct shared *s)
{
    buffer_puts(b, ",\"options\":[");
    for (int i = 0; i < s->argc; i++) {
        buffer_between(b, i, ',');
        buffer_json(b, s->argv[i], strlen(s->argv[i]));
    }
    buffer_putc(b, ']');
}

/* Peak resident memory in bytes; Linux counts in KiB. */
static size_t peak_memory(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (size_t)usage.ru_maxrss * 1024;
}

void stats_print(const struct shared *settings, const struct berth_model *model,
                 const struct stream_totals *totals)
{
    const struct berth_model_facts *facts = berth_model_get_facts(model);
    /* An empty input may take no measurable time. */
    double seconds = totals->seconds > 0 ? totals->seconds : 1e-9;
    uint32_t hash = berth_model_hash(model);
    struct buffer b = {0};

    buffer_puts(&b, "{\"version\":");
    buffer_json(&b, berth_version(), strlen(berth_version()));
    put_text(&b, "model", facts->path);
    if (hash != 0)
        buffer_printf(&b, ",\"weights_crc32\":\"%08" PRIx32 "\"", hash);
    else
        buffer_puts(&b, ",\"weights_crc32\":null"); /* none were read */
    put_text(&b, "cpu", facts->cpu);
    buffer_printf(&b, ",\"fetch_ahead\":%zu,\"threads\":%zu",
                  facts->fetch_ahead, shared_n_threads(settings));
    put_options(&b, settings);
    buffer_printf(&b,
                  ",\"records\":%zu,\"failed\":%zu,\"truncated\":%zu,"
                  "\"tokens\":%zu,\"unknown_tokens\":%zu,"
                  "\"mostly_unknown\":%zu,\"invalid_utf8_bytes\":%zu",
                  totals->n_records, totals->n_failed, totals->truncated.n,
                  totals->n_tokens, totals->n_unknown, totals->mostly_unknown.n,
                  totals->n_invalid);
    put_double(&b, "seconds", seconds);
    put_double(&b, "tokens_per_second",
               (double)(totals->n_tokens - totals->n_tokens_before) / seconds);
    buffer_printf(&b, ",\"peak_memory\":%zu}\n", peak_memory());
    if (!b.failed)
        fwrite(b.data, 1, b.size, stderr);
    buffer_free(&b);
}
