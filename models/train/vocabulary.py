"""vocabulary.py OUT.txt SIZE TEXT[.xz]...

Learns an uncased WordPiece vocabulary: byte-pair merges (Sennrich et al. 2016) of words as BERT's tokenizer splits
them, continued pieces written ##so. The commonest characters come first, so that few words are unknown.
"""
import collections
import heapq
import lzma
import re
import sys
import unicodedata

MARKS = {c: None for c in range(0x110000) if unicodedata.category(chr(c)) == "Mn"}
WORD = re.compile(r"[^\W_]+|[^\w\s]|_")
CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def words_of(line):
    line = line.lower()
    if not line.isascii():
        line = unicodedata.normalize("NFD", line).translate(MARKS)
        line = CHINESE.sub(lambda m: f" {m.group()} ", line)
    return WORD.findall(line)


def count_words(names):
    counts = collections.Counter()
    for name in names:
        with (lzma.open if name.endswith(".xz") else open)(name, "rt", encoding="utf-8", errors="replace") as f:
            for line in f:
                counts.update(words_of(line))
    return counts


class Merges:
    """Words as pieces, and how often each pair of neighbours occurs; the commonest pair becomes a piece."""

    def __init__(self, words):
        self.words = [[w[0]] + ["##" + c for c in w[1:]] for w, _ in words]
        self.counts = [n for _, n in words]
        self.pairs, self.where = collections.Counter(), collections.defaultdict(set)
        for i in range(len(self.words)):
            self.add(i, 1)
        self.heap = [(-n, pair) for pair, n in self.pairs.items()]
        heapq.heapify(self.heap)

    def add(self, i, sign):
        """Counts the pairs of word i, or takes them away; returns them."""
        pairs = list(zip(self.words[i], self.words[i][1:]))
        for pair in pairs:
            self.pairs[pair] += sign * self.counts[i]
            if sign > 0:
                self.where[pair].add(i)
        return pairs

    def merge(self):
        """The next piece, or None when nothing is left. A heap entry whose count is old is put back."""
        while self.heap:
            n, pair = heapq.heappop(self.heap)
            now = self.pairs.get(pair, 0)
            if now == -n:
                return self.apply(pair)
            if now > 0:
                heapq.heappush(self.heap, (-now, pair))
        return None

    def apply(self, pair):
        new, touched = pair[0] + pair[1][2:], set()
        for i in list(self.where.pop(pair, ())):
            self.add(i, -1)
            self.words[i] = joined(self.words[i], pair, new)
            touched.update(self.add(i, 1))
        self.pairs.pop(pair, None)
        for p in touched:
            heapq.heappush(self.heap, (-self.pairs[p], p))
        return new


def joined(pieces, pair, new):
    out, i = [], 0
    while i < len(pieces):
        both = tuple(pieces[i:i + 2]) == pair
        out.append(new if both else pieces[i])
        i += 2 if both else 1
    return out


def main(out, size, *names):
    counts = count_words(names)
    letters = collections.Counter()
    for word, n in counts.items():
        for c in word:
            letters[c] += n
    common = {c for c, n in letters.most_common(700) if n >= 60}
    words = [(w, n) for w, n in counts.items() if n >= 8 and len(w) <= 40 and common.issuperset(w)]
    pieces = dict.fromkeys(SPECIAL + sorted(common) + ["##" + c for c in sorted(common) if c.isalnum()])
    merges = Merges(words)
    while len(pieces) < int(size):
        new = merges.merge()
        if new is None:
            break
        pieces[new] = None
    with open(out, "w", encoding="utf-8") as f:
        f.write("\n".join(pieces) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
