#!/usr/bin/env python3
"""Prints tokenizer/unicode/grapheme_kinds.c: how each character joins its
neighbours in the reference.

    tests/make/grapheme_kinds.py > tokenizer/unicode/grapheme_kinds.c

Needs the Python package tokenizers (0.23), which is probed code point by code
point through the normalizer Precompiled: it replaces a whole grapheme cluster
of up to 5 bytes, and each character of a longer one.  So c + U+00A9 + U+0301
has one replacement where a cluster begins at U+00A9, and two where c joins it.
Hangul is left out: graphemes.c knows it by its ranges.
"""
import struct

from tokenizers import normalizers

ACUTE, ZWJ, KA, VIRAMA, PICTURE = "\u0301", "\u200d", "\u0915", "\u094d", "\u00a9"


def charsmap():
    """A character map in which every character but those of ASCII, and a,
    becomes X: each first byte is a key."""
    units = [0] * 1024
    units[0] = 256 << 10
    for byte in [0x61, *range(0xc2, 0xf5)]:
        at = 256 ^ byte
        units[at] = (at ^ 512) << 10 | 1 << 8 | byte
    units[512] = 1 << 31
    blob = struct.pack("<%dI" % len(units), *units)
    return struct.pack("<I", len(blob)) + blob + b"X\0"


NORMALIZER = normalizers.Precompiled(charsmap())
POINTS = [c for c in range(0x80, 0x110000) if not 0xd800 <= c <= 0xdfff]


def probe(make, clusters):
    """The code points for which make(c) has so many replacements."""
    text = NORMALIZER.normalize_str("\n".join(make(chr(c)) for c in POINTS))
    return {c for c, line in zip(POINTS, text.split("\n"))
            if line.count("X") == clusters}


def kinds():
    joins = probe(lambda c: "a" + c, 1)
    extends = probe(lambda c: "\U0001f600" + c + ZWJ + PICTURE + ACUTE, 5)
    links = joins & probe(lambda c: KA + c + KA + ACUTE, 4)
    within = joins & probe(lambda c: KA + VIRAMA + c + KA + ACUTE, 5)
    prepend = probe(lambda c: c + "a", 1) - joins
    zwj = {ord(ZWJ)}
    return {
        "PREPEND": prepend,
        "CONTROL": probe(lambda c: c + ACUTE + ACUTE, 2),
        "ZWJ": zwj,
        "EXTEND": (joins & extends) - links - within - zwj,
        "EXTEND_CONJUNCT": within - links - zwj,
        "LINKER": links,
        "SPACING": joins - extends - zwj,
        "PICTURE": probe(lambda c: c + ZWJ + PICTURE + ACUTE, 4)
        - joins - prepend,
        "CONSONANT": probe(lambda c: c + VIRAMA + KA + ACUTE, 4)
        - joins - prepend,
    }


def main():
    kind = {}
    for name, members in kinds().items():
        for c in members:
            assert c not in kind, (hex(c), name, kind[c])
            kind[c] = name
    runs = []
    for c in sorted(kind):
        if runs and runs[-1][1] == c - 1 and runs[-1][2] == kind[c]:
            runs[-1][1] = c
        else:
            runs.append([c, c, kind[c]])
    print(HEAD)
    for i in range(0, len(runs), 3):
        print("    " + " ".join("{0x%04x, 0x%04x, %s}," % (a, b, LETTERS[k])
                                for a, b, k in runs[i:i + 3]))
    print(TAIL, end="")


LETTERS = {"CONTROL": "C", "PREPEND": "P", "ZWJ": "Z", "EXTEND": "X",
           "EXTEND_CONJUNCT": "XC", "LINKER": "L", "SPACING": "S",
           "PICTURE": "E", "CONSONANT": "N"}

HEAD = '''/*
 * grapheme_kinds.c - how characters join their neighbours in Hugging Face's
 * tokenizers (0.23). Printed by tests/make/grapheme_kinds.py, which says how.
 */
#include "tokenizer/unicode/graphemes.h"

enum {
    C = BERTH_GRAPHEME_CONTROL,
    P = BERTH_GRAPHEME_PREPEND,
    Z = BERTH_GRAPHEME_ZWJ,
    X = BERTH_GRAPHEME_EXTEND,
    XC = BERTH_GRAPHEME_EXTEND_CONJUNCT,
    L = BERTH_GRAPHEME_LINKER,
    S = BERTH_GRAPHEME_SPACING,
    E = BERTH_GRAPHEME_PICTURE,
    N = BERTH_GRAPHEME_CONSONANT
};

static const struct {
    uint32_t first;
    uint32_t last;
    unsigned char kind;
} ranges[] = {'''

TAIL = '''};

enum berth_grapheme_kind berth_grapheme_kind(uint32_t cp)
{
    size_t low = 0, high = sizeof(ranges) / sizeof(*ranges);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (cp > ranges[middle].last)
            low = middle + 1;
        else if (cp < ranges[middle].first)
            high = middle;
        else
            return (enum berth_grapheme_kind)ranges[middle].kind;
    }
    return BERTH_GRAPHEME_OTHER;
}
'''

if __name__ == "__main__":
    main()
