/*
 * window.c - the arithmetic of truncation and windows. 10 tokens in windows of
 * 4 that share 1: 0-3, 3-6, 6-9.
 */
#include "tokenizer/window.h"

#include "lib/status.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The shorter text keeps all if it can; else each gets half, the longer one the
 * odd token. With room for 8: 3 and 9 tokens become 3 and 5, 6 and 9 become 4
 * and 4. */
static void fit_longest(const size_t n[2], size_t room, size_t out[2])
{
    size_t s = n[0] > n[1] ? 1 : 0; /* the shorter, A if equal */
    size_t shorter = n[s];
    size_t longer = shorter > room ? shorter : room - shorter;

    if (longer < shorter)
        longer = shorter;
    if (shorter > room || longer > room - shorter) {
        shorter = room / 2;
        longer = room - shorter;
    }
    out[s] = smaller(shorter, n[s]);
    out[1 - s] = smaller(longer, n[1 - s]);
}

enum berth_status berth_window_fit(enum berth_truncation truncation,
                                   const size_t n[2], bool has_pair,
                                   size_t room, size_t out[2],
                                   struct berth_error *err)
{
    size_t which = truncation == BERTH_TRUNCATE_SECOND ? 1 : 0;
    size_t excess;

    out[0] = n[0];
    out[1] = has_pair ? n[1] : 0;
    if (out[0] <= room && out[1] <= room - out[0])
        return BERTH_OK;
    if (truncation == BERTH_TRUNCATE_LONGEST) {
        if (has_pair)
            fit_longest(n, room, out);
        else
            out[0] = room;
        return BERTH_OK;
    }
    if (which == 1 && !has_pair) {
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "only the second text may be cut: expected a pair, "
                          "found one text");
    }
    /* As in transformers, a text is never cut to nothing. */
    excess = out[0] + out[1] - room;
    if (out[which] <= excess) {
        return berth_fail(err, BERTH_ERR_ARGUMENT,
                          "only the %s text may be cut: expected more than %zu "
                          "tokens in it, found %zu",
                          which == 0 ? "first" : "second", excess, out[which]);
    }
    out[which] -= excess;
    return BERTH_OK;
}

size_t berth_window_count(size_t n, size_t size, size_t overlap)
{
    size_t step;

    if (n <= size)
        return 1;
    step = size - overlap;
    return 1 + (n - size) / step + ((n - size) % step != 0);
}

struct berth_range berth_window_part(size_t n, size_t size, size_t overlap,
                                     bool from_right, size_t i)
{
    size_t begin = i > 0 ? i * (size - overlap) : 0;
    size_t end = smaller(begin + size, n);

    if (n <= size)
        return (struct berth_range){0, n};
    /* The same parts, counted from the end of the text: there a part is always
     * full. */
    if (from_right)
        return (struct berth_range){n - end, n - begin};
    return (struct berth_range){begin, end};
}

struct berth_range berth_window_centre(size_t n, size_t size, size_t i)
{
    size_t begin = i > size / 2 ? i - size / 2 : 0;

    if (n <= size)
        return (struct berth_range){0, n};
    /* Near the end the window moves left, so that it is always full. */
    begin = smaller(begin, n - size);
    return (struct berth_range){begin, begin + size};
}
