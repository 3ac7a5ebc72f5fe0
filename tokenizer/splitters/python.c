/*
 * python.c - of "a b" LF "c" the words are "a", "b" LF and "c".
 */
#include "tokenizer/splitters/python.h"

#include "tokenizer/unicode/utf8.h"

/* Where the run that begins at bytes + at ends of white space, or of other
 * characters. */
static size_t run_end(const char *bytes, size_t at, size_t end, bool space)
{
    while (at < end) {
        uint32_t cp;
        size_t size =
            berth_utf8_decode((const unsigned char *)bytes + at, end - at, &cp);

        if (berth_char_is_python_space(cp) != space)
            break;
        at += size;
    }
    return at;
}

static bool run(const void *self, size_t begin, size_t end,
                struct berth_flow *flow)
{
    (void)self; /* it has no settings */
    for (;;) {
        size_t at = run_end(flow->bytes, begin, end, true);

        if (at == end)
            return true;
        begin = run_end(flow->bytes, at, end, false);
        begin += begin < end && flow->bytes[begin] == '\n';
        if (!berth_flow_word(flow, at, begin))
            return false;
    }
}

struct berth_splitter berth_python_splitter(void)
{
    return (struct berth_splitter){.run = run,
                                   .rules = berth_rules_add(0x9710, 1)};
}
