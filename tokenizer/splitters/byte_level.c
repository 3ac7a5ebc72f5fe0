/*
 * byte_level.c - stage 2 of GPT-2: "Hello  world, it's" is "Hello", " ",
 * " world", ",", " it", "'s".
 */
#include "tokenizer/splitters/byte_level.h"

#include "tokenizer/patterns/words.h"

#include <stdlib.h>
#include <string.h>

/* The stage. */
struct splitter {
    bool add_prefix_space;
    bool use_regex;
};

/* Bytes [*begin, *end) once more after all others, with a blank in front. */
static bool prefix(struct berth_flow *flow, size_t *begin, size_t *end)
{
    size_t n = *end - *begin;

    if (!berth_flow_reserve(flow, n + 1))
        return false;
    flow->bytes[flow->n] = ' ';
    flow->origin[flow->n] = flow->origin[*begin];
    memcpy(flow->bytes + flow->n + 1, flow->bytes + *begin, n);
    memcpy(flow->origin + flow->n + 1, flow->origin + *begin,
           n * sizeof(*flow->origin));
    *begin = flow->n;
    flow->n += n + 1;
    *end = flow->n;
    return true;
}

static bool run(const void *self, size_t begin, size_t end,
                struct berth_flow *flow)
{
    const struct splitter *splitter = self;

    if (splitter->add_prefix_space && flow->bytes[begin] != ' ' &&
        !prefix(flow, &begin, &end))
        return false;
    while (begin < end) {
        size_t at = begin;

        begin =
            splitter->use_regex ? berth_gpt2_end(flow->bytes, at, end) : end;
        if (!berth_flow_word(flow, at, begin))
            return false;
    }
    return true;
}

bool berth_byte_level_splitter(bool add_prefix_space, bool use_regex,
                               struct berth_splitter *out)
{
    struct splitter *splitter = malloc(sizeof(*splitter));

    if (splitter == NULL)
        return false;
    *splitter = (struct splitter){add_prefix_space, use_regex};
    *out = (struct berth_splitter){
        .run = run,
        .free = free,
        .self = splitter,
        .byte_level = true,
        .blank = "\xc4\xa0",
        .blank_length = 2,
        .rules = berth_rules_add(0xb17e, (uint64_t)add_prefix_space |
                                             (uint64_t)use_regex << 1)};
    return true;
}
