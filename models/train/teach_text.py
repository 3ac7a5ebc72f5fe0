"""teach_text.py OUT.txt N TEXT[.xz]...

N short texts for the teacher, a line each, drawn from all files alike: sentences, and about one in five a clause of one.
"""
import lzma
import random
import re
import sys

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
CLAUSE_END = re.compile(r"[,;:()]\s*")


def some_of(line):
    """One or two texts of a paragraph, or none."""
    sentences = [s for s in SENTENCE_END.split(line.strip()) if 4 <= len(s.split()) <= 40 and len(s) < 300]
    for s in random.sample(sentences, min(len(sentences), random.choice((1, 1, 2)))):
        clauses = [c for c in CLAUSE_END.split(s) if 3 <= len(c.split()) <= 14]
        yield random.choice(clauses).strip() if clauses and random.random() < 0.3 else s


def main(out, n, *names):
    random.seed(7)
    found, n = {}, int(n)
    for i, name in enumerate(names):
        wanted = (i + 1) * n // len(names)
        with (lzma.open if name.endswith(".xz") else open)(name, "rt", encoding="utf-8", errors="replace") as f:
            for line in f:
                if random.random() < 0.3:
                    continue
                found.update((s, None) for s in some_of(line) if "\t" not in s)
                if len(found) >= wanted:
                    break
    texts = list(found)[:n]
    random.shuffle(texts)
    with open(out, "w", encoding="utf-8") as f:
        f.write("\n".join(texts) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
