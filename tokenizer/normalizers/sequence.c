/*
 * sequence.c - each step reads what the last one wrote: that is swapped into
 * the spare half of the flow. A step that would change nothing is left out.
 */
#include "tokenizer/normalizers/sequence.h"

#include "tokenizer/normalizers/rewrite.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>
#include <string.h>

struct sequence {
    size_t n;
    struct berth_normalizer steps[];
};

/* With U+FFFD for bytes that are not UTF-8. */
static bool mend(const char *text, size_t begin, size_t end,
                 struct berth_flow *flow)
{
    const unsigned char *bytes = (const unsigned char *)text;

    flow->n = 0;
    for (size_t at = begin; at < end;) {
        uint32_t cp;
        size_t size = berth_utf8_decode(bytes + at, end - at, &cp), n;

        if (!berth_flow_reserve(flow, end - at + BERTH_UTF8_MAX))
            return false;
        n = berth_utf8_encode(cp, flow->bytes + flow->n);
        for (size_t i = 0; i < n; i++)
            flow->origin[flow->n + i] =
                (struct berth_origin){(uint32_t)at, (uint32_t)(at + size)};
        flow->n += n;
        at += size;
    }
    return true;
}

/* A step on what is in the flow, which is not empty. What it names as the place
 * of a byte are bytes of that, and these know their own place. */
static bool run_step(const struct berth_normalizer *step,
                     struct berth_flow *flow)
{
    size_t n = flow->n;

    if (n > UINT32_MAX)
        return false;
    berth_flow_swap(flow);
    if (!step->run(step->self, flow->spare_bytes, 0, n, flow))
        return false;
    for (size_t i = 0; i < flow->n; i++) {
        struct berth_origin *origin = &flow->origin[i];

        origin->begin = flow->spare_origin[origin->begin].begin;
        origin->end = flow->spare_origin[origin->end - 1].end;
    }
    return true;
}

static bool run(const void *self, const char *text, size_t begin, size_t end,
                struct berth_flow *flow)
{
    const struct sequence *sequence = self;
    struct berth_rewrite copy;
    size_t n = end - begin;
    bool read = berth_utf8_error((const unsigned char *)text + begin, n) < n;

    if (read && !mend(text, begin, end, flow))
        return false;
    for (size_t i = 0; i < sequence->n; i++) {
        const struct berth_normalizer *step = &sequence->steps[i];

        if (read && flow->n == 0)
            break;
        if (step->keeps != NULL &&
            (read ? step->keeps(step->self, flow->bytes, flow->n)
                  : step->keeps(step->self, text + begin, n)))
            continue;
        if (!(read ? run_step(step, flow)
                   : step->run(step->self, text, begin, end, flow)))
            return false;
        read = true;
    }
    if (read)
        return true;
    copy = berth_rewrite_start(text, begin, end, flow);
    return berth_rewrite_keep(&copy, n);
}

static void free_sequence(void *self)
{
    struct sequence *sequence = self;

    BERTH_FREE_STAGES(sequence->steps, sequence->n);
    free(sequence);
}

bool berth_normalizer_sequence(const struct berth_normalizer *steps, size_t n,
                               struct berth_normalizer *out)
{
    struct sequence *sequence =
        malloc(sizeof(*sequence) + n * sizeof(*sequence->steps));
    uint64_t rules = berth_rules_add(0, n);

    if (sequence == NULL)
        return false;
    sequence->n = n;
    for (size_t i = 0; i < n; i++) {
        sequence->steps[i] = steps[i];
        rules = berth_rules_add(rules, steps[i].rules);
    }
    *out = (struct berth_normalizer){
        .run = run, .free = free_sequence, .self = sequence, .rules = rules};
    return true;
}
