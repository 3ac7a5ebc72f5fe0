/*
 * sequence.c - for each word of a step the next one appends its own; then they
 * take its place.
 */
#include "tokenizer/splitters/sequence.h"

#include <stdlib.h>
#include <string.h>

struct sequence {
    size_t n;
    struct berth_splitter steps[];
};

/* One step on all words from first on. */
static bool run_step(const struct berth_splitter *step, size_t first,
                     struct berth_flow *flow)
{
    size_t last = flow->n_words;

    for (size_t i = first; i < last; i++) {
        struct berth_span word = flow->words[i];

        if (!step->run(step->self, word.begin, word.end, flow))
            return false;
    }
    flow->n_words -= last - first;
    memmove(flow->words + first, flow->words + last,
            (flow->n_words - first) * sizeof(*flow->words));
    return true;
}

static bool run(const void *self, size_t begin, size_t end,
                struct berth_flow *flow)
{
    const struct sequence *sequence = self;
    size_t first = flow->n_words;

    if (!berth_flow_word(flow, begin, end))
        return false;
    for (size_t i = 0; i < sequence->n; i++) {
        if (!run_step(&sequence->steps[i], first, flow))
            return false;
    }
    return true;
}

static void free_sequence(void *self)
{
    struct sequence *sequence = self;

    BERTH_FREE_STAGES(sequence->steps, sequence->n);
    free(sequence);
}

bool berth_splitter_sequence(const struct berth_splitter *steps, size_t n,
                             struct berth_splitter *out)
{
    struct sequence *sequence =
        malloc(sizeof(*sequence) + n * sizeof(*sequence->steps));
    uint64_t rules = berth_rules_add(0, n);
    bool byte_level = false;

    if (sequence == NULL)
        return false;
    sequence->n = n;
    for (size_t i = 0; i < n; i++) {
        sequence->steps[i] = steps[i];
        rules = berth_rules_add(rules, steps[i].rules);
        byte_level |= steps[i].byte_level;
    }
    *out = (struct berth_splitter){.run = run,
                                   .free = free_sequence,
                                   .self = sequence,
                                   .rules = rules,
                                   .byte_level = byte_level,
                                   .blank = n > 0 ? steps[n - 1].blank : NULL,
                                   .blank_length =
                                       n > 0 ? steps[n - 1].blank_length : 0};
    return true;
}
