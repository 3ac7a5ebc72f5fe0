/*
 * utf8_valid.c - whether a short text is UTF-8, in a time that does not depend
 * on what it holds.
 *
 * A finite automaton after table 3-7 of the Unicode standard. A byte is of a
 * kind; for each kind a word has the next state for every state, six bits each,
 * so that a step is one shift and no branch, which would often be predicted
 * wrongly where letters of one byte and of more alternate.
 */
#include "tokenizer/unicode/utf8.h"

/* What may come next. */
enum state {
    WRONG = 0,
    START, /* a character */
    ONE,   /* one trailing byte, two, three */
    TWO,
    THREE,
    AFTER_E0, /* two, the first one from a0 on */
    AFTER_ED, /* two, the first one up to 9f */
    AFTER_F0, /* three, the first one from 90 on */
    AFTER_F4  /* three, the first one up to 8f */
};

#define NEXT(state, next) ((uint64_t)((next)*6) << ((state)*6))
#define TRAIL             (NEXT(ONE, START) | NEXT(TWO, ONE) | NEXT(THREE, TWO))

static const uint64_t steps[] = {
    NEXT(START, START),                                /* 0: 00-7f */
    TRAIL | NEXT(AFTER_ED, ONE) | NEXT(AFTER_F4, TWO), /* 1: 80-8f */
    TRAIL | NEXT(AFTER_ED, ONE) | NEXT(AFTER_F0, TWO), /* 2: 90-9f */
    TRAIL | NEXT(AFTER_E0, ONE) | NEXT(AFTER_F0, TWO), /* 3: a0-bf */
    0,                                                 /* 4: c0, c1, f5-ff */
    NEXT(START, ONE),                                  /* 5: c2-df */
    NEXT(START, AFTER_E0),                             /* 6: e0 */
    NEXT(START, TWO),                                  /* 7: e1-ec, ee, ef */
    NEXT(START, AFTER_ED),                             /* 8: ed */
    NEXT(START, AFTER_F0),                             /* 9: f0 */
    NEXT(START, THREE),                                /* 10: f1-f3 */
    NEXT(START, AFTER_F4),                             /* 11: f4 */
};

static const unsigned char kinds[256] = {
    0, 0,  0,  0,  0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0,  0,  0,  0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0,  0,  0,  0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0,  0,  0,  0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0,  0,  0,  0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0,  0,  0,  0,  0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    2, 2,  2,  2,  2,  2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3,
    3, 3,  3,  3,  3,  3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
    4, 4,  5,  5,  5,  5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5,
    5, 5,  5,  5,  5,  5, 5, 5, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 7,
    9, 10, 10, 10, 11, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4};

bool berth_utf8_is_valid(const unsigned char *s, size_t n)
{
    uint64_t state = START * 6;

    for (size_t i = 0; i < n; i++)
        state = steps[kinds[s[i]]] >> (state & 63);
    return (state & 63) == START * 6;
}
