/*
 * test_char_sets.c - sets of characters, decompositions and compositions, in
 * the versions of Unicode that tokenizers 0.23 know: each row was asked of it.
 */
#include "tests/tap.h"
#include "tokenizer/unicode/char_sets.h"
#include "tokenizer/unicode/forms.h"

enum {
    L = BERTH_SET_LETTER,
    N = BERTH_SET_NUMBER,
    D = BERTH_SET_NUMERAL,
    W = BERTH_SET_WORD,
    A = BERTH_SET_ACCENT,
    S = BERTH_SET_SPACE,
    P = BERTH_SET_PUNCT
};

static const struct {
    uint32_t cp;
    unsigned sets;
} rows[] = {
    {'A', L | W},     {'_', W | P},        {'7', N | D | W}, {'\n', S},
    {'$', P},         {0x1c, 0},           {0xe9, L | W},    {0x661, N | D | W},
    {0xbd, N | D},    {0x2167, N | D | W}, {0x301, W | A},   {0x903, W | A},
    {0x20dd, W | A},  {0x200d, W},         {0x24b6, W},      {0x3000, S},
    {0x180e, 0},      {0x200b, 0},         {0x9fff, L | W},  {0xac00, L | W},
    {0x37e, P},       {0x1c89, L | W}, /* of Unicode 16 */
    {0xa7ce, 0},                       /* of 17 */
    {0x11de0, D},                      /* of 17, which only Digits knows */
    {0x897, W},                        /* of 16: no accent yet */
    {0x8d3, W},                        /* of 11: no accent yet */
    {0x2e42, P},      {0x2e43, 0},     /* of 9.0: no punctuation yet */
    {0x2ebf0, L | W}, {0x323af, L | W},    {0x323b0, 0},     {0xe0100, W | A},
    {0x1ffff, 0},     {0x10ffff, 0},
};

static const uint32_t pairs[][3] = {
    {'e', 0x301, 0xe9},    {0x1e63, 0x307, 0x1e69},  {'q', 0x301, 0},
    {0x915, 0x93c, 0}, /* excluded from composition */
    {0x9c7, 0x9be, 0x9cb}, {0x1100, 0x1161, 0xac00}, {0xac00, 0x11a8, 0xac01},
    {0xac00, 0x11a7, 0},   {0xac01, 0x11a8, 0},      {0x1112, 0x1175, 0xd788},
    {0x1113, 0x1161, 0},   {0x105d2, 0x307, 0}, /* of Unicode 16 */
};

static void check_compat(uint32_t cp, bool newest, size_t want, uint32_t first)
{
    uint32_t parts[BERTH_COMPAT_MAX];

    EQUAL_SIZE(berth_char_decompose_compat(cp, newest, parts), want,
               "parts of U+%04X", (unsigned)cp);
    EQUAL_INT(parts[0], first, "the first part of U+%04X", (unsigned)cp);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        EQUAL_INT(berth_char_sets(rows[i].cp), rows[i].sets, "sets of U+%04X",
                  (unsigned)rows[i].cp);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
        EQUAL_INT(berth_char_compose(pairs[i][0], pairs[i][1], false),
                  pairs[i][2], "U+%04X and U+%04X", (unsigned)pairs[i][0],
                  (unsigned)pairs[i][1]);
    check_compat('a', false, 1, 'a');
    check_compat(0xfb01, false, 2, 'f');
    check_compat(0xfdfa, false, 18, 0x635);
    check_compat(0xe9, false, 2, 'e');
    check_compat(0x32ff, false, 1, 0x32ff); /* of Unicode 12.1 */
    check_compat(0x32ff, true, 2, 0x4ee4);
    check_compat(0x1fbf0, false, 1, 0x1fbf0);
    EQUAL_INT(berth_char_class_of_mark(0x1df6, false), 0, "of Unicode 9");
    EQUAL_INT(berth_char_class_of_mark(0x1df6, true), 232, "of Unicode 10");
    return tap_done();
}
