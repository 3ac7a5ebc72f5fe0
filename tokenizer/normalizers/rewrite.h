/*
 * rewrite.h - writing a text anew, character by character, and the place that
 * each new character takes.
 *
 * A character replaces the next one of the text, and takes its place; or it is
 * added, and takes the place of the one before. U+FB01 "x", which becomes
 * "fix", has f in the place of the ligature, i added to it, and x in its own.
 *
 * Source: NormalizedString::transform of tokenizers.
 */
#ifndef TOKENIZER_NORMALIZERS_REWRITE_H
#define TOKENIZER_NORMALIZERS_REWRITE_H

#include "tokenizer/stages/flow.h"

struct berth_rewrite {
    const char *text; /* UTF-8 */
    size_t at;        /* the next character that is to be replaced ... */
    size_t end;
    struct berth_origin before; /* ... and the place of the one before it */
    struct berth_flow *flow;
    size_t last; /* where the last character written is in flow->bytes */
    bool added;  /* and whether it was added */
};

/* berth_rewrite_start - of bytes [begin, end) of text, which are UTF-8; flow
 * becomes empty. */
struct berth_rewrite berth_rewrite_start(const char *text, size_t begin,
                                         size_t end, struct berth_flow *flow);

/* berth_rewrite_put - writes a character (size bytes), which is added or
 * replaces another. False: out of memory. */
bool berth_rewrite_put(struct berth_rewrite *rewrite, const char *bytes,
                       size_t size, bool added);

/*
 * berth_rewrite_change - the same with a count as NormalizedString::transform
 * has it: 1 is added, 0 replaces a character, -n replaces one and drops n.
 */
bool berth_rewrite_change(struct berth_rewrite *rewrite, uint32_t cp,
                          long change);

/* berth_rewrite_keep - the next characters (size bytes in all) as they are. */
bool berth_rewrite_keep(struct berth_rewrite *rewrite, size_t size);

/* berth_rewrite_drop - nothing comes in the place of the next n characters. */
void berth_rewrite_drop(struct berth_rewrite *rewrite, size_t n);

#endif
