/*
 * normalizing.h - what a normalizer makes of a text, and where each character
 * of that comes from, against rows of the reference.
 */
#ifndef TESTS_TOKENIZER_NORMALIZING_H
#define TESTS_TOKENIZER_NORMALIZING_H

#include "tests/tap.h"
#include "tokenizer/normalizers/sequence.h"

#include <string.h>

/* places: BEGIN-END of each character, in bytes of text. */
struct normalizing_row {
    const char *text, *want, *places;
};

/* normalizing_print - the places of all characters; a character whose bytes do
 * not agree has an X. */
static inline void normalizing_print(const struct berth_flow *flow, char *out,
                                     size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < flow->n && used + 32 < size; i++) {
        const struct berth_origin *o = &flow->origin[i];

        if (((unsigned char)flow->bytes[i] & 0xc0) != 0x80)
            used += (size_t)snprintf(out + used, size - used, "%s%u-%u",
                                     used > 0 ? " " : "", o->begin, o->end);
        else if (memcmp(o, o - 1, sizeof(*o)) != 0)
            used += (size_t)snprintf(out + used, size - used, "X");
    }
}

/* normalizing_check - all rows through a sequence of n steps, which it frees.
 */
static inline void
normalizing_check(const char *name, const struct berth_normalizer *steps,
                  size_t n, const struct normalizing_row *rows, size_t n_rows)
{
    struct berth_normalizer stage = {0};
    struct berth_flow flow = {0};
    char places[512];

    CHECK(berth_normalizer_sequence(steps, n, &stage), "%s: a sequence", name);
    for (size_t i = 0; i < n_rows; i++) {
        const struct normalizing_row *row = &rows[i];
        bool ok = stage.run(stage.self, row->text, 0, strlen(row->text), &flow);

        CHECK(ok && flow.n == strlen(row->want) &&
                  (flow.n == 0 || memcmp(flow.bytes, row->want, flow.n) == 0),
              "%s: \"%s\" becomes \"%s\", found \"%.*s\"", name, row->text,
              row->want, (int)flow.n, flow.n > 0 ? flow.bytes : "");
        normalizing_print(&flow, places, sizeof(places));
        EQUAL_TEXT(places, row->places, "%s: places of \"%s\"", name,
                   row->text);
    }
    berth_flow_free(&flow);
    stage.free(stage.self);
}

#endif
