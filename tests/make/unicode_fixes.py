#!/usr/bin/env python3
"""Prints tokenizer/unicode/unicode_fixes.c: where Unicode as the reference knows it
differs from any Unicode that utf8proc may bring.

    tests/make/unicode_fixes.py > tokenizer/unicode/unicode_fixes.c

Needs the Python package tokenizers (0.23) and libutf8proc.  The reference is
probed code point by code point, so nothing here names a Unicode version.

A range of the tables holds no code point of the reference's class, and at
least one that utf8proc puts there now or, being unassigned, may put there in a
later version.  What is inside is therefore never in the class; outside,
utf8proc is right, but for the few in "changed".
"""
import ctypes
import ctypes.util

from tokenizers import normalizers, pre_tokenizers

MN, CC, CF, CO = 6, 26, 27, 29
PUNCT = range(12, 19)
COMPAT, DECOMPOSE = 1 << 2, 1 << 4
LIMIT = 0x110000


class Property(ctypes.Structure):
    _fields_ = [("category", ctypes.c_int16), ("ccc", ctypes.c_int16)]


def load():
    lib = ctypes.CDLL(ctypes.util.find_library("utf8proc"))
    lib.utf8proc_get_property.restype = ctypes.POINTER(Property)
    lib.utf8proc_decompose_char.restype = ctypes.c_ssize_t
    return lib


def probe(lib):
    """The classes of the reference, and of utf8proc, as sets."""
    strip = normalizers.BertNormalizer(False, False, True, False)
    clean = normalizers.BertNormalizer(True, False, False, False)
    nfd, nfkd, low = (normalizers.NFD(), normalizers.NFKD(),
                      normalizers.Lowercase())
    pre = pre_tokenizers.BertPreTokenizer()
    names = ("mark", "control", "punct", "decompose", "compat", "lower",
             "none")
    ref = {n: set() for n in names}
    ours = {n: set() for n in names}
    buf = (ctypes.c_int32 * 32)()
    pairs = {}
    for c in range(0x80, LIMIT):
        if 0xd800 <= c <= 0xdfff or c == 0xfffd:
            continue
        ch, s = chr(c), "a" + chr(c) + "a"
        p = lib.utf8proc_get_property(c).contents
        if strip.normalize_str(s) == "aa":
            ref["mark"].add(c)
        if clean.normalize_str(s) == "aa":
            ref["control"].add(c)
        if len(pre.pre_tokenize_str(s)) == 3:
            ref["punct"].add(c)
        # Decomposed, or moved in front of a mark of the highest class or
        # after one of the lowest: a combining class that is not 0.
        if (nfd.normalize_str(ch) != ch
                or nfd.normalize_str("a" + ch + "\u0334") != "a" + ch + "\u0334"
                or nfd.normalize_str("a\u0345" + ch) != "a\u0345" + ch):
            ref["decompose"].add(c)
        if nfkd.normalize_str(ch) != ch:
            ref["compat"].add(c)
        if low.normalize_str(ch) != ch:
            ref["lower"].add(c)
            if [lib.utf8proc_tolower(c)] != [*map(ord, low.normalize_str(ch))]:
                pairs[c] = low.normalize_str(ch)
        if p.category == 0:
            ours["none"].add(c)
        if p.category == MN:
            ours["mark"].add(c)
        if p.category in (CC, CF, CO):
            ours["control"].add(c)
        if p.category in PUNCT:
            ours["punct"].add(c)
        n = lib.utf8proc_decompose_char(c, buf, 32, DECOMPOSE, None)
        if p.ccc or n != 1 or buf[0] != c:
            ours["decompose"].add(c)
        n = lib.utf8proc_decompose_char(c, buf, 32, DECOMPOSE | COMPAT, None)
        if n != 1 or buf[0] != c:
            ours["compat"].add(c)
        if lib.utf8proc_tolower(c) != c:
            ours["lower"].add(c)
    return ref, ours, pairs


def cover(strangers, members):
    """The stretches between members, cut to the strangers in them."""
    out, first, last = [], None, None
    for c in range(0x80, LIMIT):
        if c in members:
            if first is not None:
                out.append((first, last))
            first = None
        elif c in strangers:
            first, last = c if first is None else first, c
    return out + ([(first, last)] if first is not None else [])


def table(comment, name, ranges):
    print("/* %s */" % comment)
    print("static const struct range %s[] = {" % name)
    for i in range(0, len(ranges), 3):
        print("    " + " ".join("{0x%04x, 0x%04x}," % r
                                for r in ranges[i:i + 3]))
    print("};\n")


def main():
    ref, ours, pairs = probe(load())
    classes = ("mark", "control", "punct")
    known = set().union(*(ref[n] for n in classes))
    strange = set().union(*(ours[n] - ref[n] for n in classes))
    ranges = {"later_class": cover(ours["none"] | (strange - known), known)}
    for n in ("decompose", "compat", "lower"):
        ranges["later_" + n] = cover(ours["none"] | (ours[n] - ref[n]), ref[n])
    changed = sorted((c, n) for n in classes for c in ref[n] - ours[n])
    print(HEAD)
    table("Neither Mn, Cc, Cf, Co nor P* in Unicode 8.0.", "later_class",
          ranges["later_class"])
    table("Not decomposed and of combining class 0 in Unicode 9.0.",
          "later_decompose", ranges["later_decompose"])
    table("Without a compatible decomposition in Unicode 9.0.", "later_compat",
          ranges["later_compat"])
    table("Without a lower-case form in Unicode 17.", "later_lower",
          ranges["later_lower"])
    print("/* Another class in Unicode 8.0 than later. */")
    print("static const struct changed changed[] = {")
    for c, n in changed:
        print("    {0x%04x, BERTH_CHAR_%s}," % (c, n.upper()))
    print("};\n")
    print("/* Lower-case forms that utf8proc may not know yet. */")
    print("static const struct pair pairs[] = {")
    runs = []
    for c in sorted(pairs):
        if len(pairs[c]) > 1:
            continue    # U+0130 becomes two: utf8.c
        to = ord(pairs[c])
        if runs and runs[-1][1] == c - 1 and to - c == runs[-1][2] - runs[-1][0]:
            runs[-1][1] = c
        else:
            runs.append([c, c, to])
    for r in runs:
        print("    {0x%04x, 0x%04x, 0x%04x}," % tuple(r))
    print("};\n")
    print(TAIL, end="")


HEAD = '''/*
 * unicode_fixes.c - where the reference's Unicode and utf8proc's differ.
 *
 * Hugging Face's tokenizers (0.23) lower-cases by Unicode 17, decomposes by
 * 9.0 and takes categories from 8.0; utf8proc has whatever version is
 * installed. Printed by tests/make/unicode_fixes.py, which says how; checked by
 * tests/unit/test_utf8.c.
 */
#include "tokenizer/unicode/unicode_fixes.h"

#include "tokenizer/unicode/utf8.h"

struct range {
    uint32_t first;
    uint32_t last;
};

struct changed {
    uint32_t cp;
    enum berth_char_class now;
};

/* first .. last become to, to + 1 ... */
struct pair {
    uint32_t first;
    uint32_t last;
    uint32_t to;
};
'''

TAIL = '''static bool is_within(const struct range *ranges, size_t n, uint32_t cp)
{
    size_t low = 0;

    while (low < n) {
        size_t middle = low + (n - low) / 2;

        if (cp > ranges[middle].last)
            low = middle + 1;
        else if (cp < ranges[middle].first)
            n = middle;
        else
            return true;
    }
    return false;
}

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

bool berth_unicode_fix_class(uint32_t cp, enum berth_char_class *out)
{
    for (size_t i = 0; i < LENGTH(changed); i++) {
        if (changed[i].cp == cp) {
            *out = changed[i].now;
            return true;
        }
    }
    if (!is_within(later_class, LENGTH(later_class), cp))
        return false;
    *out = BERTH_CHAR_PLAIN;
    return true;
}

bool berth_unicode_keeps(uint32_t cp)
{
    return is_within(later_decompose, LENGTH(later_decompose), cp);
}

bool berth_unicode_keeps_compat(uint32_t cp)
{
    return is_within(later_compat, LENGTH(later_compat), cp);
}

uint32_t berth_unicode_fix_lower(uint32_t cp, uint32_t lower)
{
    if (lower != cp)
        return is_within(later_lower, LENGTH(later_lower), cp) ? cp : lower;
    for (size_t i = 0; i < LENGTH(pairs); i++) {
        if (cp >= pairs[i].first && cp <= pairs[i].last)
            return pairs[i].to + (cp - pairs[i].first);
    }
    return cp;
}
'''

if __name__ == "__main__":
    main()
