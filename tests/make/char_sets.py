#!/usr/bin/env python3
"""Prints tokenizer/unicode/char_sets.c: sets of characters as the reference
knows them.

    tests/make/char_sets.py > tokenizer/unicode/char_sets.c

Needs the Python package tokenizers (0.23).  It is probed code point by code
point, as its parts know different versions of Unicode: so nothing here names
one.
"""
from tokenizers import Regex, normalizers, pre_tokenizers

POINTS = [c for c in range(0x110000) if not 0xd800 <= c <= 0xdfff]
BLOCKS = 0x200  # of 256 characters: above, there are few ranges
PER_LINE = 3


def matched(pattern):
    """What a regular expression matches."""
    drop = normalizers.Replace(Regex(pattern), "")
    left = set()
    for i in range(0, len(POINTS), 4096):
        left.update(drop.normalize_str("".join(map(chr, POINTS[i:i + 4096]))))
    return {c for c in POINTS if chr(c) not in left}


def parts(splitter, n):
    """What is one part with the letters around it, or one of three."""
    return {c for c in POINTS
            if len(splitter.pre_tokenize_str("a%sa" % chr(c))) == n}


def dropped(normalizer):
    return {c for c in POINTS
            if normalizer.normalize_str("a%sa" % chr(c)) == "aa"}


def main():
    sets = {
        1: matched(r"\p{L}"),
        2: matched(r"\p{N}"),
        4: parts(pre_tokenizers.Digits(individual_digits=True), 3),
        8: parts(pre_tokenizers.Whitespace(), 1),
        16: dropped(normalizers.StripAccents()),
        32: matched(r"\s"),
        64: parts(pre_tokenizers.Punctuation(), 3),
    }
    runs = []
    ascii_sets = []
    for c in POINTS:
        bits = sum(bit for bit, members in sets.items() if c in members)
        if c < 0x80:
            ascii_sets.append(bits)
            continue
        if bits == 0:
            continue
        if runs and runs[-1][1] == c - 1 and runs[-1][2] == bits:
            runs[-1][1] = c
        else:
            runs.append([c, c, bits])
    print(HEAD)
    for i in range(0, 128, 16):
        print("    " + " ".join("%d," % a for a in ascii_sets[i:i + 16]))
    print(RANGES)
    for i in range(0, len(runs), PER_LINE):
        print("    " + " ".join("{0x%04x, 0x%04x, %d}," % tuple(r)
                                for r in runs[i:i + PER_LINE]))
    print(MIDDLE)
    # The first range that ends in the block or after it.
    first = [next((i for i, r in enumerate(runs) if r[1] >= 256 * b), len(runs))
             for b in range(BLOCKS + 1)]
    for i in range(0, len(first), 12):
        print("    " + " ".join("%d," % f for f in first[i:i + 12]))
    print(TAIL, end="")


HEAD = '''/*
 * char_sets.c - sets of characters as Hugging Face's tokenizers (0.23) know
 * them. Printed by tests/make/char_sets.py, which says how.
 */
#include "tokenizer/unicode/char_sets.h"

const unsigned char berth_ascii_sets[128] = {'''

RANGES = '''};

/* first .. last are in all of these sets. */
static const struct {
    uint32_t first;
    uint32_t last;
    unsigned char sets;
} ranges[] = {'''

MIDDLE = '''};

/* By the upper bits of a character: the first range that ends in its block of
 * 256, or after it. */
static const unsigned short first_range[] = {'''

TAIL = '''};

unsigned berth_char_sets_wide(uint32_t cp)
{
    const size_t n_blocks = sizeof(first_range) / sizeof(*first_range) - 1;
    size_t block = cp >> 8 < n_blocks ? cp >> 8 : n_blocks;
    size_t low = first_range[block], high = sizeof(ranges) / sizeof(*ranges);

    /* The last range may begin in this block and end in the next one. */
    if (block < n_blocks && first_range[block + 1] + 1u < high)
        high = first_range[block + 1] + 1u;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (cp > ranges[middle].last)
            low = middle + 1;
        else if (cp < ranges[middle].first)
            high = middle;
        else
            return ranges[middle].sets;
    }
    return 0;
}
'''

if __name__ == "__main__":
    main()
