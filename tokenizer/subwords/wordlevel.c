/*
 * wordlevel.c - every word is a token, or unknown.
 */
#include "tokenizer/subwords/wordlevel.h"

#include <stdlib.h>
#include <string.h>

/* The stage. */
struct wordlevel {
    const struct berth_vocab *vocab;
    int32_t unk_id;
};

static bool cut(const void *self, struct berth_flow *flow,
                struct berth_side *side)
{
    const struct wordlevel *stage = self;

    if (!berth_side_reserve(side, flow->n_words))
        return false;
    for (size_t i = 0; i < flow->n_words; i++) {
        struct berth_span word = flow->words[i];
        int32_t id = berth_vocab_id(stage->vocab, flow->bytes + word.begin,
                                    word.end - word.begin);

        berth_side_put(side, id >= 0 ? id : stage->unk_id,
                       flow->origin[word.begin].begin,
                       flow->origin[word.end - 1].end);
    }
    return true;
}

bool berth_wordlevel(const struct berth_vocab *vocab, const char *unknown,
                     struct berth_subwords *out)
{
    struct wordlevel *stage = malloc(sizeof(*stage));

    if (stage == NULL)
        return false;
    stage->vocab = vocab;
    stage->unk_id = berth_vocab_id(vocab, unknown, strlen(unknown));
    *out = (struct berth_subwords){.cut = cut,
                                   .free = free,
                                   .self = stage,
                                   .rules = 2,
                                   .unk_id = stage->unk_id,
                                   .prefix = ""};
    return true;
}
