#!/usr/bin/env python3
"""Compares berth's tokenizer with Hugging Face's on random texts.

    BERTH_REFERENCE=... tests/make/tokenizer_fuzz.py [--count 200000] [--seed N]
        [FOLDER ... | --stages FILE ... | --mix N]

Needs the Python package transformers (5.24, with tokenizers 0.23) and
$BERTH_REFERENCE, the folder with data/vocabs and data/text.  Every text goes
through both programs; ids, types and offsets in bytes must be equal.  The seed
is printed; the exit status is 1 when anything differs.

Without an operand the four vocabularies of BERT are tried.  FOLDER is that of
any model or tokenizer, which AutoTokenizer opens; with --as-is it is opened as
tokenizer.json says, whatever its class.  Of one that is a Python program only
ids and types are compared; a Japanese one needs fugashi and the dictionaries
ipadic and unidic-lite, and dicdir of the same in the file of $MECABRC.  FILE holds "normalizer" and
"pre_tokenizer" as tokenizer.json does; each may be absent.  They get a model
in which each character that occurs is a token, so that all that comes out of
the stages can be seen, with its places.  --mix makes N such files up: sequences
of any normalizers and splitters.

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
           "##", "[CLS", "\u200b[MASK]\u0301", "\u4e2d[SEP]\u56fd", "<s>", "</s>",
           "<mask>", " <mask> ", "<unk>", "<pad>", "<mask", "<|endoftext|>"]
BLANKS = [" ", "  ", "   ", "\n", "\r\n", "\n\n", " \n ", "\t", "\u00a0", "\u3000",
          "\u2003", "\u0085", "\u2028", "\u2581", " \u2581", "\u0120", "\u200b "]
WORDS = ["'s", "'S", "don't", "we'LL", "I'd've", "\u2019s", "''", "``", "1", "12",
         "123", "1234567", "3.14", "a1b2", "\u0663\u0664", "\u2167", "\u00bd",
         "\u4e09", "...", "!!!\n", "-\n\n", "_x_", "C++", "#tag", "a-b", "\u00ad",
         "\ufb01", "\u017f", "\u1e9b\u0323", "\u212b", "\u30ab\u3099", "\uff76\uff9e",
         "\u0e33", "\u0eb3", "\u0958", "\u1112\u1161\u11ab", "\u110b\u0301",
         "\u0915\u094d\u0937", "\u0915\u0301", "\u00a9\u200d\u00a9", "\r\n",
         "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea",
         "\u2460", "\u3392", "\ufdfa", "\u0600a", "\u0344", "\uff21\uff01"]


class Maker:
    def __init__(self, rng, folder, special=()):
        self.rng = rng
        self.special = SPECIAL + list(special)
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
            lambda: rng.choice(self.special), lambda: self.pick(BLANKS),
            lambda: self.pick(WORDS),
            lambda: self.long() if rng.random() < 0.2 else " "))()

    def text(self):
        rng = self.rng
        n = rng.choice((0, 1, 1, 2, 2, 3, 4, 6)) if rng.random() < 0.99 else 40
        s = rng.choice(("", "", " ")).join(self.piece() for _ in range(n))
        if rng.random() < 0.1:
            s = s.upper() if rng.random() < 0.5 else s.title()
        return s


class Slow:
    """A tokenizer that is a Python program, which knows no places."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer

    def no_truncation(self):
        pass

    def no_padding(self):
        pass

    def get_added_tokens_decoder(self):
        return self.tokenizer.added_tokens_decoder


def byte_starts(text):
    out = [0]
    for ch in text:
        out.append(out[-1] + len(ch.encode()))
    return out


def expected(tokenizer, records):
    """What Hugging Face says, as rows of the program under test."""
    if isinstance(tokenizer, Slow):
        for r in records:
            e = tokenizer.tokenizer(r["text"], r.get("pair"))
            yield e["input_ids"], e.get("token_type_ids"), None
        return
    pairs = [(r["text"], r["pair"]) if "pair" in r else r["text"]
             for r in records]
    for r, e in zip(records, tokenizer.encode_batch(pairs)):
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


def write(folder, files):
    for name, value in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(value if isinstance(value, str) else json.dumps(value))


def bert(vocab, lower):
    """A folder with vocab.txt and the rules of its class."""
    def opened(folder, _):
        from transformers import BertTokenizer
        with open(vocab, encoding="utf-8") as f:
            text = f.read()
        write(folder, {
            "vocab.txt": text,
            "tokenizer_config.json": {"do_lower_case": lower,
                                      "tokenizer_class": "BertTokenizer"},
            "config.json": {"model_type": "bert",
                            "vocab_size": text.count("\n") + 1}})
        return BertTokenizer.from_pretrained(folder).backend_tokenizer
    return opened


def of_folder(source, as_is):
    def opened(folder, _):
        from tokenizers import Tokenizer
        from transformers import AutoTokenizer
        for name in os.listdir(source):
            if os.path.isfile(os.path.join(source, name)) and (
                    "token" in name or "vocab" in name or "merges" in name
                    or name == "bpe.codes"
                    or name.endswith(".model") or name == "config.json"):
                os.symlink(os.path.abspath(os.path.join(source, name)),
                           os.path.join(folder, name))
        if as_is:
            os.path.lexists(folder + "/tokenizer_config.json") and os.unlink(
                folder + "/tokenizer_config.json")
            write(folder, {"tokenizer_config.json": AS_IS})
            return Tokenizer.from_file(folder + "/tokenizer.json")
        tokenizer = AutoTokenizer.from_pretrained(folder)
        return tokenizer.backend_tokenizer if tokenizer.is_fast else Slow(
            tokenizer)
    return opened


AS_IS = {"tokenizer_class": "PreTrainedTokenizerFast"}


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior,
            "invert": invert}


def replace(pattern, content, kind="Regex"):
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


GPT2 = (r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+"
        r"|\s+(?!\S)|\s+")
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+"
          r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
BEHAVIORS = ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext",
             "Contiguous")


def any_normalizer(rng, charsmap):
    flag = lambda: rng.random() < 0.5
    return rng.choice((
        {"type": rng.choice(("NFC", "NFD", "NFKC", "NFKD", "Nmt", "Lowercase",
                             "StripAccents"))},
        {"type": "Precompiled", "precompiled_charsmap": charsmap},
        {"type": "Strip", "strip_left": flag(), "strip_right": flag()},
        {"type": "Prepend", "prepend": rng.choice(("\u2581", "e\u0301", " "))},
        {"type": "BertNormalizer", "clean_text": flag(), "lowercase": flag(),
         "handle_chinese_chars": flag(),
         "strip_accents": rng.choice((None, True, False))},
        replace(rng.choice((" ", "e", "\u0301", "``")),
                rng.choice(("", "\u2581", "\u00e9x", " ")), "String"),
        replace(rng.choice((r"\s+", " {2,}", r"\s{2,}|[\n\r\t]", r"\p{N}")),
                rng.choice(("", " ", "\u0328\u2581")))))


def any_splitter(rng):
    return rng.choice((
        {"type": rng.choice(("Whitespace", "WhitespaceSplit",
                             "BertPreTokenizer"))},
        {"type": "Punctuation", "behavior": rng.choice(BEHAVIORS)},
        {"type": "Digits", "individual_digits": rng.random() < 0.5},
        split(rng.choice((GPT2, LLAMA3, LLAMA3.replace("{1,3}", "")))),
        split(rng.choice((r"\s", r"\s+", " +", r"\n", r"\p{N}+")),
              rng.choice(BEHAVIORS), rng.random() < 0.3),
        split(rng.choice((" ", "a", "e\u0301")), rng.choice(BEHAVIORS),
              rng.random() < 0.3, "String")))


def mixes(args, folder):
    """Files of random stages."""
    rng = random.Random("%d mix" % args.seed)
    maps = [args.reference + "/golden/families/tokenizers/%s/tokenizer.json" % n
            for n in ("xlmr-big", "xlmr-minilm")]
    maps = [json.load(open(m, encoding="utf-8"))["normalizer"]
            ["precompiled_charsmap"] for m in maps]
    for i in range(args.mix):
        write(folder, {"mix-%d.json" % i: {
            "normalizer": {"type": "Sequence", "normalizers": [
                any_normalizer(rng, rng.choice(maps))
                for _ in range(rng.randrange(6))]},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                any_splitter(rng) for _ in range(rng.randrange(1, 4))]}}})
        yield "%s/mix-%d.json" % (folder, i)


def of_stages(file):
    """A tokenizer of the stages, for the characters that come out of records."""
    prefix = "\U0010fff0\U0010fff1"
    with open(file, encoding="utf-8") as f:
        stages = json.load(f)

    def opened(folder, records):
        from tokenizers import Tokenizer
        whole = {"version": "1.0", "truncation": None, "padding": None,
                 "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
                 "post_processor": None, "decoder": None, **stages,
                 "model": {"type": "WordPiece", "unk_token": "[UNK]",
                           "continuing_subword_prefix": prefix,
                           "max_input_chars_per_word": 1000000,
                           "vocab": {"[UNK]": 0}}}
        normal = Tokenizer.from_str(json.dumps(whole)).normalizer
        splitter = Tokenizer.from_str(json.dumps(whole)).pre_tokenizer
        chars = set()
        for text in [r[k] for r in records for k in r]:
            text = normal.normalize_str(text) if normal else text
            chars.update(text)
            if splitter:
                chars.update(*[w for w, _ in splitter.pre_tokenize_str(text)])
        vocab = whole["model"]["vocab"]
        for c in sorted(chars):
            vocab[c] = len(vocab)
            vocab[prefix + c] = len(vocab)
        write(folder, {"tokenizer.json": whole, "tokenizer_config.json": AS_IS,
                       "config.json": {"model_type": "bert",
                                       "vocab_size": len(vocab)}})
        return Tokenizer.from_str(json.dumps(whole))
    return opened


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
            same = row.get("ids") == ids and (
                types is None or row.get("type_ids") == types) and (
                offsets is None or row.get("offsets") == offsets)
            if not same:
                bad += 1
                if bad <= show:
                    print("DIFFERENCE", json.dumps(r))
                    print("  expected", ids, offsets)
                    print("  found   ", row.get("ids"), row.get("offsets"),
                          row.get("error", ""))
    return bad


def try_one(name, opened, args, every):
    """Number of differences of one tokenizer; every: it is made anew for each
    batch."""
    rng = random.Random("%d %s" % (args.seed, name))
    make = Maker(rng, args.reference + "/data/text")
    left, bad, tokenizer, folder = args.count, 0, None, None
    print("%s: %d texts" % (name, left), flush=True)
    while left > 0:
        records = [{"text": make.text()} for _ in range(min(left, args.batch))]
        for r in records:
            if rng.random() < 0.25:
                r["pair"] = make.text()
        if every or tokenizer is None:
            folder = tempfile.TemporaryDirectory()
            tokenizer = opened(folder.name, records)
            tokenizer.no_truncation()
            tokenizer.no_padding()
            make.special = SPECIAL + [
                t.content for t in tokenizer.get_added_tokens_decoder().values()]
        command = [w.replace("{model}", folder.name)
                   for w in shlex.split(args.command)]
        bad += compare(tokenizer, command, records, max(0, args.show - bad))
        left -= len(records)
    print("%s: %d differences" % (name, bad), flush=True)
    if bad and every:
        with open(name, encoding="utf-8") as f:
            print(f.read())
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="*", metavar="FOLDER")
    parser.add_argument("--stages", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--mix", type=int, default=0, metavar="N")
    parser.add_argument("--as-is", action="store_true",
                        help="whatever the class, tokenizer.json counts")
    parser.add_argument("--count", type=int, default=20000,
                        help="texts for each tokenizer")
    parser.add_argument("--seed", type=int,
                        default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--batch", type=int, default=5000)
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--command", default="build/berth tokenize -m {model} "
                        "-f jsonl -i jsonl --quiet {fields}",
                        help="{model}: the folder, {fields}: which fields hold "
                        "the texts")
    args = parser.parse_args()
    args.reference = os.environ.get("BERTH_REFERENCE")
    if not args.reference:
        sys.exit("tokenizer_fuzz.py: set BERTH_REFERENCE")
    tries = [(f, of_folder(f, args.as_is), False) for f in args.folder]
    tries += [(f, of_stages(f), True) for f in args.stages]
    made = tempfile.TemporaryDirectory()
    if args.mix:
        tries += [(f, of_stages(f), True) for f in mixes(args, made.name)]
    if not tries:
        tries = [(name, bert("%s/data/vocabs/%s.vocab.txt"
                             % (args.reference, name), lower), False)
                 for name, lower in VOCABS.items()]
    print("seed %d" % args.seed, flush=True)
    if any(stages for _, _, stages in tries):
        args.batch = min(args.batch, 1000)  # so are their characters
    total = sum(try_one(name, opened, args, every)
                for name, opened, every in tries)
    print("%d differences" % total)
    return total != 0


if __name__ == "__main__":
    sys.exit(main())
