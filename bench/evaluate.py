#!/usr/bin/env python3
"""evaluate.py - what a model knows, measured with berth.

usage: evaluate.py [-m MODEL] [--pairs N] [--dump FILE] [--only NAMES] DATA TEXT

DATA holds blimp.tar.xz, lama-capitals.jsonl, sts-dev.csv and sts-test.csv; TEXT
is plain text for the masked tokens. Prints `name TAB value`:

  blimp.PARADIGM  share of the first N pairs (50; 0: all) of a paradigm in which
                  the good sentence has the higher score; blimp is their mean
  capitals.top1, .top5  share of the masked capitals that are the likeliest word,
                  or among the five likeliest; case is ignored
  sts.dev, sts.test     Spearman's correlation of cosine and human rating
  masked.loss, .accuracy  of the first 400 lines of 32 to 2000 characters, 15 % of
                  the tokens replaced by the mask; the same tokens as
                  numpy.random.default_rng(1) chooses

Python without packages; the programs are $BERTH and $MASKED_LOSS (make eval sets
them). --dump writes what evaluate_reference.py compares.
"""
import argparse
import array
import json
import math
import os
import subprocess
import sys
import tarfile
import tempfile

BERTH = os.environ.get("BERTH", "build/berth")
MASKED_LOSS = os.environ.get("MASKED_LOSS", "build/bench/masked_loss")
MODEL = "@builtin"


def run(command, lines):
    """Standard output of a command that reads these lines."""
    with tempfile.TemporaryFile() as f:
        f.write("".join(line + "\n" for line in lines).encode())
        f.seek(0)
        return subprocess.run(command, stdin=f, stdout=subprocess.PIPE,
                              check=True).stdout


def berth(command, options, lines):
    return run([BERTH, command, "-m", MODEL, *options], lines)


class Pcg64:
    """The part of numpy.random.default_rng(1) that choice() uses: PCG-64
    (O'Neill 2014, XSL-RR), bounded numbers after Lemire 2019."""

    def __init__(self):
        self.state = 207833532711051698738587646355624148094
        self.step = 194290289479364712180083596243593368443
        self.half = None

    def next32(self):
        if self.half is not None:
            half, self.half = self.half, None
            return half
        s = self.state * 0x2360ED051FC65DA44385DF649FCCF645 + self.step
        self.state = s = s & (1 << 128) - 1
        x, turn = (s >> 64 ^ s) & (1 << 64) - 1, s >> 122
        x = (x >> turn | x << (64 - turn)) & (1 << 64) - 1
        self.half = x >> 32
        return x & 0xFFFFFFFF

    def below(self, n):
        if n == 1:
            return 0
        m = self.next32() * n
        if m & 0xFFFFFFFF < n:
            least = (0xFFFFFFFF - (n - 1)) % n
            while m & 0xFFFFFFFF < least:
                m = self.next32() * n
        return m >> 32

    def choice(self, n, k):
        """k different numbers below n <= 10000: Floyd's method, shuffled."""
        chosen = []
        for j in range(n - k, n):
            x = self.below(j + 1)
            chosen.append(j if x in chosen else x)
        for i in range(k - 1, 0, -1):
            j = self.below(i + 1)
            chosen[i], chosen[j] = chosen[j], chosen[i]
        return chosen


def masked(text, limit):
    with open(text, encoding="utf-8") as f:
        lines = [x for x in f if 32 <= len(x) <= 2000][:400]
    lines = [x.rstrip("\n") for x in lines]
    options = ["--count", "--max-tokens", str(limit), "--quiet"]
    counts = map(int, berth("tokenize", options, lines).split())
    rng = Pcg64()
    rows = []
    for line, count in zip(lines, counts, strict=True):
        n = count - 2
        at = rng.choice(n, max(1, round(0.15 * n)))
        rows.append(" ".join(str(i + 1) for i in sorted(at)) + "\t" + line)
    path = [] if MODEL == "@builtin" else [MODEL]
    loss, hits, n = run([MASKED_LOSS, str(limit), *path], rows).split()
    print(f"masked.loss\t{float(loss) / int(n):.4f}")
    print(f"masked.accuracy\t{int(hits) / int(n):.4f}")


def capitals(data, dump):
    with open(f"{data}/lama-capitals.jsonl", encoding="utf-8") as f:
        rows = [json.loads(x) for x in f]
    out = berth("fill-mask", ["-k", "5", "-f", "jsonl"],
                [r["masked_sentences"][0] for r in rows])
    one = five = 0
    for row, line in zip(rows, out.splitlines(), strict=True):
        top = [x["token_str"].lower() for x in json.loads(line)["masks"][0]]
        one += row["obj_label"].lower() == top[0]
        five += row["obj_label"].lower() in top
        dump.append({"capital": row["obj_label"].lower(), "top": top,
                     "text": row["masked_sentences"][0]})
    print(f"capitals.top1\t{one / len(rows):.4f}")
    print(f"capitals.top5\t{five / len(rows):.4f}")


def ranks(x):
    """Places in order, equal values at the mean of theirs."""
    order = sorted(range(len(x)), key=lambda i: x[i])
    out = [0.0] * len(x)
    i = 0
    while i < len(x):
        j = i
        while j < len(x) and x[order[j]] == x[order[i]]:
            j += 1
        for k in range(i, j):
            out[order[k]] = (i + j - 1) / 2
        i = j
    return out


def cosine(x, y):
    dot = sum(map(lambda a, b: a * b, x, y))
    return dot / math.sqrt(sum(a * a for a in x) * sum(b * b for b in y))


def spearman(x, y):
    x, y = ranks(x), ranks(y)
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return cosine([a - mx for a in x], [b - my for b in y])


def sts(data, part, dump):
    with open(f"{data}/sts-{part}.csv", encoding="utf-8", newline="\n") as f:
        rows = [x.rstrip("\n").split("\t") for x in f]
    raw = array.array("f")
    raw.frombytes(berth("embed", ["-f", "f32"],
                        [r[k] for r in rows for k in (5, 6)]))
    if sys.byteorder == "big":
        raw.byteswap()
    n = len(raw) // (2 * len(rows))
    v = [raw[i:i + n] for i in range(0, len(raw), n)]
    # Rounded, so that pairs of equal texts tie.
    cosines = [round(cosine(v[i], v[i + 1]), 6) for i in range(0, len(v), 2)]
    rho = spearman(cosines, [float(r[4]) for r in rows])
    dump.append({"sts": part, "spearman": rho})
    print(f"sts.{part}\t{rho:.4f}")


def blimp_pairs(data, n):
    with tarfile.open(f"{data}/blimp.tar.xz") as t:
        for f in sorted(t.getmembers(), key=lambda f: f.name):
            if f.name.endswith(".jsonl"):
                rows = [json.loads(x) for x in t.extractfile(f)]
                for r in rows[:n or None]:
                    yield (os.path.basename(f.name)[:-6],
                           r["sentence_good"], r["sentence_bad"])


def blimp(data, n, dump):
    pairs = list(blimp_pairs(data, n))
    out = berth("score", ["-f", "csv", "--no-header"],
                [s for p in pairs for s in p[1:]])
    scores = [float(x.split(b",")[1]) for x in out.splitlines()]
    good = {}
    for i, (name, a, b) in enumerate(pairs):
        x, y = scores[2 * i], scores[2 * i + 1]
        good.setdefault(name, []).append(x > y)
        dump.append({"blimp": name, "good": a, "bad": b, "scores": [x, y]})
    shares = {k: sum(v) / len(v) for k, v in good.items()}
    for name, share in sorted(shares.items()):
        print(f"blimp.{name}\t{share:.4f}")
    print(f"blimp\t{sum(shares.values()) / len(shares):.4f}")


def main():
    global MODEL
    p = argparse.ArgumentParser(description="what a model knows")
    p.add_argument("-m", "--model", default=MODEL)
    p.add_argument("--pairs", type=int, default=50)
    p.add_argument("--dump")
    p.add_argument("--only", default="masked,capitals,sts,blimp")
    p.add_argument("data")
    p.add_argument("text")
    o = p.parse_args()
    MODEL = o.model
    dump = []
    for name in o.only.split(","):
        if name == "masked":
            masked(o.text, 128)
        elif name == "capitals":
            capitals(o.data, dump)
        elif name == "sts":
            sts(o.data, "dev", dump)
            sts(o.data, "test", dump)
        else:
            blimp(o.data, o.pairs, dump)
        sys.stdout.flush()
    if o.dump:
        with open(o.dump, "w", encoding="utf-8") as f:
            f.writelines(json.dumps(x) + "\n" for x in dump)


main()
