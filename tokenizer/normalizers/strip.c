/*
 * strip.c - a text without the white space around it.
 */
#include "tokenizer/normalizers/filter.h"
#include "tokenizer/normalizers/rewrite.h"
#include "tokenizer/unicode/utf8.h"

#include <stdlib.h>

/* The stage. */
struct ends {
    bool left;
    bool right;
};

static void strip_left(const unsigned char *text, size_t *begin, size_t end)
{
    while (*begin < end) {
        uint32_t cp;
        size_t size = berth_utf8_read(text + *begin, &cp);

        if (!berth_char_is_space(cp))
            break;
        *begin += size;
    }
}

static void strip_right(const unsigned char *text, size_t begin, size_t *end)
{
    while (*end > begin) {
        uint32_t cp;
        size_t size = berth_utf8_decode_before(text + begin, *end - begin, &cp);

        if (!berth_char_is_space(cp))
            break;
        *end -= size;
    }
}

static void strip(const struct ends *ends, const char *text, size_t *begin,
                  size_t *end)
{
    const unsigned char *bytes = (const unsigned char *)text;

    if (ends->left)
        strip_left(bytes, begin, *end);
    if (ends->right)
        strip_right(bytes, *begin, end);
}

static bool run(const void *self, const char *text, size_t begin, size_t end,
                struct berth_flow *flow)
{
    struct berth_rewrite w;

    strip(self, text, &begin, &end);
    w = berth_rewrite_start(text, begin, end, flow);
    return berth_rewrite_keep(&w, end - begin);
}

static bool keeps(const void *self, const char *bytes, size_t n)
{
    size_t begin = 0, end = n;

    strip(self, bytes, &begin, &end);
    return begin == 0 && end == n;
}

bool berth_strip_normalizer(bool left, bool right, struct berth_normalizer *out)
{
    struct ends *ends = malloc(sizeof(*ends));

    if (ends == NULL)
        return false;
    *ends = (struct ends){left, right};
    *out = (struct berth_normalizer){
        .run = run,
        .keeps = keeps,
        .free = free,
        .self = ends,
        .rules = berth_rules_add(0, 't' | (uint64_t)left << 8 |
                                        (uint64_t)right << 9)};
    return true;
}
