#!/usr/bin/env python3
"""Compares berth's tokenizer with Hugging Face's on random texts.

    BERTH_REFERENCE=... tests/make/tokenizer_fuzz.py [--count 1000000] [--seed N]

Needs the Python package transformers (5.23, with tokenizers 0.23) and
$BERTH_REFERENCE, the folder with data/vocabs and data/text.  Every text goes
through both programs; ids, types and offsets in bytes must be equal.  The seed
is printed; the exit status is 1 when anything differs.

One text in four is a pair.  Half of the pieces are real text in many languages,
the rest is what tokenizers get wrong: characters of all planes, marks in any
order, control characters, edges of classes, special tokens, long words.
"""
import argparse
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

VOCABS = {
    "bert-base-uncased": True,
    "bert-base-cased": False,
    "bert-base-chinese": False,
    "bert-base-multilingual-cased": False,
}
PLANES = [(0x20, 0x7f), (0x80, 0x250), (0x250, 0x590), (0x590, 0x900),
          (0x900, 0x1100), (0x1100, 0x2000), (0x2000, 0x3000),
          (0x3000, 0xd800), (0xe000, 0x10000), (0x10000, 0x20000),
          (0x20000, 0x30000), (0x30000, 0x40000), (0xe0000, 0xe0200),
          (0xf0000, 0x110000)]
MARKS = [*range(0x300, 0x370), *range(0x591, 0x5c0), *range(0x610, 0x61b),
         *range(0x64b, 0x660), *range(0x8d4, 0x900), *range(0x93c, 0x950),
         *range(0x1ab0, 0x1ad0), *range(0x1dc0, 0x1e00), *range(0x20d0, 0x20f1),
         *range(0x302a, 0x3030), *range(0x3099, 0x309b), *range(0xfe20, 0xfe30),
         0x1d165, 0x1d166, 0x1d16d, 0x1d16e, 0x1d16f, 0x1d170, 0x1d17b, 0x16ff0,
         0x16ff1, 0x1e000, 0x1e8d0, 0x11133, 0x110b9, 0x1939, 0xf71, 0xf72]
CONTROL = [*range(0x20), 0x7f, *range(0x80, 0xa1), 0xad, 0x200b, 0x200c, 0x200d,
           0x200e, 0x2028, 0x2029, 0x202f, 0x205f, 0x2060, 0x3000, 0xfeff,
           0xfffd, 0xfffe, 0xffff, 0x1680, 0x180e, 0xe000, 0xe0001, 0x10fffd]
EDGES = [0x130, 0x131, 0x149, 0x17f, 0x1c5, 0x1f0, 0x23a, 0x344, 0x390, 0x3a3,
         0x3c2, 0x3b0, 0x587, 0x958, 0x9dc, 0xf43, 0x1100, 0x1161, 0x11a8,
         0x1e9b, 0x1e9e, 0x1fb3, 0x2126, 0x212a, 0x212b, 0x2adc, 0x2e43, 0x3400,
         0x4dbf, 0x4dc0, 0x4e00, 0x9fff, 0xa000, 0xac00, 0xac01, 0xd7a3, 0xf900,
         0xfad9, 0xfaff, 0xfb00, 0xfb1d, 0xfb4e, 0x1134b, 0x11938, 0x1d15e,
         0x1d1bb, 0x20000, 0x2a6df, 0x2a6e0, 0x2a700, 0x2b73f, 0x2b740, 0x2b81f,
         0x2b820, 0x2b91f, 0x2b920, 0x2ceaf, 0x2f800, 0x2fa1d, 0x2fa1f, 0xa7ce,
         0x16ea0, 0x10d50, 0x1c89, 0xab70, 0x13a0, 0x10a0, 0x1c90]
PUNCT = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + list("\u00a1\u00a7\u00b6"
        "\u00b7\u00bf\u037e\u0387\u055a\u060c\u0964\u0f3a\u104a\u166d\u2010"
        "\u2014\u2018\u2026\u203f\u2045\u20ac\u2212\u3001\u3002\u300a\u30fb"
        "\uff01\uff5f\uff65\u2e43\u2e52\U00010100\U00011047\U0001e95e")
SPECIAL = ["[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[mask]", "[MASK",
           "MASK]", "[[MASK]]", "[MASK][MASK]", " [SEP] ", "[unused1]", "##ing",
           "##", "[CLS", "\u200b[MASK]\u0301", "\u4e2d[SEP]\u56fd"]


class Maker:
    def __init__(self, rng, folder):
        self.rng = rng
        self.lines = []
        for name in ("udhr.txt", "pud.txt", "wikitext-2-valid.txt", "blns.txt"):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                self.lines += [[s for s in f.read().split("\n") if s]]

    def any_char(self):
        low, high = self.rng.choice(PLANES)
        return chr(self.rng.randrange(low, high))

    def real(self):
        line = self.rng.choice(self.rng.choice(self.lines))
        n = self.rng.choice((5, 20, 60, 200))
        at = self.rng.randrange(max(1, len(line) - n + 1))
        return line[at:at + n]

    def chars(self):
        return "".join(self.any_char() for _ in range(self.rng.randrange(1, 12)))

    def script(self):
        low, high = self.rng.choice(PLANES)
        low = self.rng.randrange(low, high)
        high = min(high, low + 80)
        return "".join(chr(self.rng.randrange(low, high))
                       for _ in range(self.rng.randrange(1, 12)))

    def marks(self):
        rng = self.rng
        base = rng.choice(("a", "E", "\u00e9", "\u1eaf", "\u0915", "\u05d0",
                           "\uac01", "\u304b", "\U0001d158", "", " ", "[MASK]",
                           self.any_char()))
        return base + "".join(chr(rng.choice(MARKS))
                              for _ in range(rng.choice((1, 2, 3, 9))))

    def pick(self, values):
        return "".join(v if isinstance(v, str) else chr(v) for v in
                       self.rng.choices(values, k=self.rng.randrange(1, 4)))

    def long(self):
        n = self.rng.choice((99, 100, 101, 150, 250))
        unit = self.rng.choice(("a", "ab", "\u00e9", "e\u0301", "\u0915\u094d",
                                "\u4e2d", "x\u200b", "un", "\U0001f600"))
        return (unit * n)[:n]

    def piece(self):
        rng = self.rng
        if rng.random() < 0.5:
            return self.real()
        return rng.choice((
            self.chars, self.script, self.marks, lambda: self.pick(CONTROL),
            lambda: self.pick(EDGES), lambda: self.pick(PUNCT),
            lambda: rng.choice(SPECIAL),
            lambda: self.long() if rng.random() < 0.2 else " "))()

    def text(self):
        rng = self.rng
        n = rng.choice((0, 1, 1, 2, 2, 3, 4, 6)) if rng.random() < 0.99 else 40
        s = rng.choice(("", "", " ")).join(self.piece() for _ in range(n))
        if rng.random() < 0.1:
            s = s.upper() if rng.random() < 0.5 else s.title()
        return s


def byte_starts(text):
    out = [0]
    for ch in text:
        out.append(out[-1] + len(ch.encode()))
    return out


def expected(tokenizer, records):
    """What Hugging Face says, as rows of the program under test."""
    pairs = [(r["text"], r["pair"]) if "pair" in r else r["text"]
             for r in records]
    for r, e in zip(records, tokenizer.backend_tokenizer.encode_batch(pairs)):
        starts = [byte_starts(r["text"]), byte_starts(r.get("pair", ""))]
        offsets = [[0, 0] if side is None else [starts[side][b], starts[side][x]]
                   for side, (b, x) in zip(e.sequence_ids, e.offsets)]
        yield e.ids, e.type_ids, offsets


def run(command, records):
    lines = "".join(json.dumps(r) + "\n" for r in records)
    out = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE,
                         check=True).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    if len(rows) != len(records):
        sys.exit("%d records went in, %d came out" % (len(records), len(rows)))
    return rows


def make_folder(vocab, lower, folder):
    with open(vocab, "rb") as f, open(folder + "/vocab.txt", "wb") as g:
        data = f.read()
        g.write(data)
    with open(folder + "/tokenizer_config.json", "w") as f:
        json.dump({"do_lower_case": lower, "tokenizer_class": "BertTokenizer"}, f)
    with open(folder + "/config.json", "w") as f:
        json.dump({"model_type": "bert", "vocab_size": data.count(b"\n") + 1}, f)


def compare(tokenizer, command, records, show):
    """Number of differences; the first few are printed."""
    bad = 0
    for part in ([r for r in records if "pair" not in r],
                 [r for r in records if "pair" in r]):
        if not part:
            continue
        fields = ["--field", "text"] + (["--field", "pair"]
                                        if "pair" in part[0] else [])
        rows = run([c for word in command for c in
                    (fields if word == "{fields}" else [word])], part)
        for r, row, (ids, types, offsets) in zip(part, rows,
                                                 expected(tokenizer, part)):
            if (row.get("ids"), row.get("type_ids"), row.get("offsets")) != (
                    ids, types, offsets):
                bad += 1
                if bad <= show:
                    print("DIFFERENCE", json.dumps(r))
                    print("  expected", ids, offsets)
                    print("  found   ", row.get("ids"), row.get("offsets"),
                          row.get("error", ""))
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int,
                        default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--batch", type=int, default=5000)
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--command", default="build/berth tokenize -m {model} "
                        "-f jsonl -i jsonl --quiet {fields}",
                        help="{model}: the folder, {fields}: which fields hold "
                        "the texts")
    args = parser.parse_args()
    reference = os.environ.get("BERTH_REFERENCE")
    if not reference:
        sys.exit("tokenizer_fuzz.py: set BERTH_REFERENCE")
    from transformers import BertTokenizer
    print("seed %d, %d texts" % (args.seed, args.count), flush=True)
    total = 0
    for i, (name, lower) in enumerate(VOCABS.items()):
        make = Maker(random.Random("%d %s" % (args.seed, name)),
                     reference + "/data/text")
        left = args.count // 4 + (i < args.count % 4)
        bad = 0
        with tempfile.TemporaryDirectory() as folder:
            make_folder("%s/data/vocabs/%s.vocab.txt" % (reference, name),
                        lower, folder)
            tokenizer = BertTokenizer.from_pretrained(folder)
            command = [w.replace("{model}", folder)
                       for w in shlex.split(args.command)]
            print("%s: %d texts" % (name, left), flush=True)
            while left > 0:
                records = [{"text": make.text()}
                           for _ in range(min(left, args.batch))]
                for r in records:
                    if make.rng.random() < 0.25:
                        r["pair"] = make.text()
                bad += compare(tokenizer, command, records, args.show)
                left -= len(records)
        print("%s: %d differences" % (name, bad), flush=True)
        total += bad
    print("%d differences" % total)
    return total != 0


if __name__ == "__main__":
    sys.exit(main())
