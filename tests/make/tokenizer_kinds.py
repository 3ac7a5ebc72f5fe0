#!/usr/bin/env python3
"""Writes kinds.jsonl: as tokenizer_cases.py, for byte pair encoding.

    BERTH_REFERENCE=... tests/make/tokenizer_kinds.py > tests/tokenizer/kinds.jsonl

--random N writes N tokenizers with random merges and switches instead.
"""
import argparse
import json
import os
import random
import sys

import tokenizer_cases as cases
from tokenizer_cases import token

TEXT = ("lower lowest newer newest wider the of and in to a is that it low new "
        "wide er est s 's 't don't I'll 12 123 caf\u00e9 na\u00efve \u4e2d\u56fd "
        "! , . foo bar oof foof")
BYTES = [chr(c) for c in [*range(33, 127), *range(161, 173), *range(174, 256)]]
BYTES += [chr(256 + i) for i in range(256 - len(BYTES))]
ALPHABET = "".join(sorted(BYTES, key=lambda c: (ord(c) > 255, ord(c))))
GIVEN = [b for b in range(256) if 33 <= b < 127 or 161 <= b < 173 or b > 173]
LETTER = {b: chr(b) for b in GIVEN}
LETTER.update({b: chr(256 + i) for i, b in
               enumerate(b for b in range(256) if b not in GIVEN)})
ROBERTA = ["<s>", "<pad>", "</s>", "<unk>"]


def spell(word):
    return [LETTER[b] for b in word.encode()]


def learn(words, n, prefix=""):
    """The first n merges of the commonest pairs, as (left, right)."""
    words, merges = [list(w) for w in words], []
    while len(merges) < n:
        count = {}
        for w in words:
            for pair in zip(w, w[1:]):
                count[pair] = count.get(pair, 0) + 1
        if not count:
            break
        best = max(sorted(count), key=count.get)
        merges.append(best)
        made = best[0] + best[1][len(prefix):]
        for w in words:
            i = 0
            while i + 1 < len(w):
                if (w[i], w[i + 1]) == best:
                    w[i:i + 2] = [made]
                i += 1
    return merges


def marked(word, prefix, suffix):
    """The symbols of a word, with what is put around them."""
    word = [prefix * (i > 0) + c for i, c in enumerate(word)]
    return word[:-1] + [word[-1] + suffix]


def vocabulary(words, n, first, alphabet=(), prefix=""):
    merges = learn(words, n, prefix)
    tokens = [*first, *alphabet, *sorted({c for w in words for c in w})]
    tokens += [a + b[len(prefix):] for a, b in merges]
    return {t: i for i, t in enumerate(dict.fromkeys(tokens))}, merges


def byte_level(n=40, first=(), prefix="", suffix="", without=()):
    words = [marked(spell(" " * (i > 0) + w), prefix, suffix)
             for i, w in enumerate(TEXT.split(" "))]
    return vocabulary(words, n, first, [c for b, c in LETTER.items()
                                        if b not in without], prefix)


def of_characters(n=40, first=("[UNK]",), prefix="", suffix=""):
    return vocabulary([marked(w, prefix, suffix) for w in TEXT.split(" ")], n,
                      first, (), prefix)


def bpe(vocab, merges, **rules):
    return {"type": "BPE", "dropout": None, "unk_token": None,
            "continuing_subword_prefix": None, "end_of_word_suffix": None,
            "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": vocab, "merges": merges, **rules}


def whole(model, added=(), **parts):
    return {"version": "1.0", "truncation": None, "padding": None,
            "added_tokens": [{"id": model["vocab"][t["content"]], **t}
                             for t in added],
            "normalizer": None, "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": None, "decoder": None, "model": model, **parts}


def special(*contents):
    return [token(c, normalized=False, special=True) for c in contents]


def splitter(prefix, regex=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix,
            "trim_offsets": True, "use_regex": regex}


def around(cls, sep):
    pieces = {"cls": {"id": cls[0], "ids": [cls[1]], "tokens": [cls[0]]},
              "sep": {"id": sep[0], "ids": [sep[1]], "tokens": [sep[0]]}}
    a, b = ({"Sequence": {"id": x, "type_id": i}} for i, x in enumerate("AB"))
    first = {"SpecialToken": {"id": cls[0], "type_id": 0}}
    last = {"SpecialToken": {"id": sep[0], "type_id": 0}}
    return {"type": "TemplateProcessing", "single": [first, a, last],
            "pair": [first, a, last, b, last],
            "special_tokens": {p["id"]: p for p in pieces.values()}}


def files_of(vocab, merges, config):
    return {"vocab.json": vocab, "tokenizer_config.json": config,
            "merges.txt": "#version: 0.2\n" + "".join(
                "%s %s\n" % m for m in merges)}


FORCED = ("clean_up_tokenization_spaces_for_bpe_even_though_it_will_"
          "corrupt_output")
FAST = {"tokenizer_class": "PreTrainedTokenizerFast"}


def settings():
    """(what it is, files, extra_lowercase)"""
    vocab, merges = byte_level(first=ROBERTA + ["<mask>"])
    roberta = {"tokenizer_class": "RobertaTokenizer"}
    yield "RoBERTa, vocab.json and merges.txt", files_of(
        vocab, merges, roberta), False
    yield "RoBERTa, a blank in front", files_of(
        vocab, merges, {**roberta, "add_prefix_space": True}), False
    yield "RoBERTa, no trimmed offsets", files_of(
        vocab, merges, {**roberta, "trim_offsets": False, "mask_token": {
            "__type": "AddedToken", **token("<mask>", lstrip=True)}}), False
    added = special(*ROBERTA) + [token("<mask>", lstrip=True, special=True,
                                       normalized=False)]
    yield "byte-level, as it is", {
        "tokenizer_config.json": {**FAST, "mask_token": "<mask>",
                                  "add_bos_token": False},
        "tokenizer.json": whole(
            bpe(vocab, [list(m) for m in merges]), added,
            pre_tokenizer=splitter(True), decoder=splitter(True),
            post_processor={"type": "Sequence", "processors": [
                splitter(True), around(("<s>", 0), ("</s>", 2))]})}, False
    yield "byte-level, whole words, lines", {
        "tokenizer_config.json": {**FAST, "pad_token": "<pad>"},
        "tokenizer.json": whole(
            bpe(vocab, ["%s %s" % m for m in merges], ignore_merges=True),
            added, pre_tokenizer=splitter(False, False),
            decoder=splitter(False), post_processor=splitter(False))}, False
    vocab, merges = of_characters(
        first=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], suffix="</w>")
    yield "HerBERT, vocab.json and merges.txt", files_of(
        vocab, merges, {"tokenizer_class": "HerbertTokenizer"}), False
    vocab, merges = of_characters(
        first=["<unk>"] + ["<0x%02X>" % i for i in range(256)])
    chain = [{"type": "Replace", "pattern": {"String": "_"}, "content": " "},
             {"type": "ByteFallback"}, {"type": "Fuse"},
             {"type": "Strip", "content": " ", "start": 1, "stop": 0}]
    yield "bytes for what is unknown", {
        "tokenizer_config.json": {**FAST, "unk_token": "<unk>"},
        "tokenizer.json": whole(
            bpe(vocab, merges, byte_fallback=True, fuse_unk=True,
                unk_token="<unk>"), special("<unk>"),
            decoder={"type": "Sequence", "decoders": chain})}, False
    vocab, merges = of_characters(prefix="##")
    for fuse in (False, True):
        yield "a prefix, unknown %s" % ("together" if fuse else "alone"), {
            "tokenizer_config.json": {**FAST, "unk_token": "[UNK]"},
            "tokenizer.json": whole(
                bpe(vocab, merges, unk_token="[UNK]", fuse_unk=fuse,
                    continuing_subword_prefix="##"), special("[UNK]"))}, False
    yield "what is unknown goes", {
        "tokenizer_config.json": FAST,
        "tokenizer.json": whole(
            bpe(vocab, merges, continuing_subword_prefix="##"))}, False
    yield "MPNet", {
        "vocab.txt": "\n".join(ROBERTA[:3] + ["[UNK]", "<mask>", "foo", "the",
                                              "##s", "a", "b", ".", "of"]),
        "tokenizer_config.json": {"tokenizer_class": "MPNetTokenizer"}}, False
    yield "MPNet, added tokens as they are normalised", {
        "vocab.txt": "\n".join(ROBERTA[:3] + ["[UNK]", "<mask>", "foo", "the"]),
        "tokenizer_config.json": {
            "tokenizer_class": "MPNetTokenizer", "added_tokens_decoder": {
                "9": token("Caf\u00e9"), "10": token("\u00c9", special=True),
                "11": token("Low", normalized=False), "12": token("\u4e2d")}}
    }, False
    closed = {"clean_up_tokenization_spaces": True}
    yield "decoded text closed up", {
        "vocab.txt": "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "it",
                                "##n", "'", "t", "s", "m", "ve", "re", "do",
                                "not", "n't", "'s", "'ve", *".?!,"]),
        "tokenizer_config.json": {"tokenizer_class": "BertTokenizer",
                                  **closed}}, False
    vocab, merges = byte_level(first=ROBERTA + ["<mask>"])
    yield "decoded text not closed up", files_of(
        vocab, merges, {**roberta, **closed}), False
    yield "decoded text closed up, though BPE's", files_of(
        vocab, merges, {**roberta, **closed, FORCED: True}), False


def unigram(first, last=()):
    """Pieces of the words with made-up scores: long ones are likely."""
    words = ["\u2581" + w for w in TEXT.split(" ")]
    pieces = {c for w in words for c in w} | set(words[::2]) | {
        w[i:i + 3] for w in words for i in range(len(w) - 2)}
    scored = [[p, -9.0 + len(p) + i % 7 / 8]
              for i, p in enumerate(sorted(pieces))]
    return {"type": "Unigram", "unk_id": first.index("<unk>"),
            "byte_fallback": False,
            "vocab": [*[[t, 0.0] for t in first], *scored,
                      *[[t, 0.0] for t in last]]}


def of_pieces(first, last=(), mark="always", **parts):
    """A tokenizer.json that no class takes as it is."""
    model = unigram(first, last)
    names = [t for t, _ in model["vocab"]]
    space = {"type": "Metaspace", "replacement": "\u2581",
             "prepend_scheme": mark, "split": True}
    return {"version": "1.0", "truncation": None, "padding": None,
            "added_tokens": [{"id": names.index(t["content"]), **t}
                             for t in special(*first, *last)],
            "normalizer": None, "pre_tokenizer": space, "decoder": space,
            "post_processor": None, "model": model, **parts}


def piece_settings():
    """The classes that build a Unigram, and their switches."""
    xlm = ["<s>", "<pad>", "</s>", "<unk>"]
    bert = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    deberta = ["[PAD]", "[CLS]", "[SEP]", "<unk>", "[MASK]"]
    camembert = ["<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED",
                 "<s>", "</s>"]
    yield "as it is, first", {
        "tokenizer_config.json": {**FAST, "mask_token": "<mask>"},
        "tokenizer.json": of_pieces(xlm, ["<mask>"], "first")}, False
    yield "as it is, never", {
        "tokenizer_config.json": FAST,
        "tokenizer.json": of_pieces(xlm, mark="never")}, False
    for name, first, last, switches in (
            ("XLMRoberta", xlm, ["<mask>"], [{}, {"add_prefix_space": False}]),
            ("Camembert", camembert, ["<mask>"],
             [{}, {"add_prefix_space": False}]),
            ("Albert", bert, (), [{}, {"do_lower_case": False}, {
                "keep_accents": True, "add_prefix_space": False}]),
            ("DebertaV2", deberta, (), [
                {"unk_token": "<unk>"}, {"do_lower_case": True, "split_by_punct":
                                         True, "unk_token": "<unk>"},
                {"add_prefix_space": False}])):
        for config in switches:
            yield "%s %s" % (name, json.dumps(config)), {
                "tokenizer_config.json": {
                    "tokenizer_class": name + "Tokenizer", **config},
                "tokenizer.json": of_pieces(first, last)}, False


def fastbpe(rng, n=60, count=None):
    words = [list(w[:-1]) + [w[-1] + "</w>"] for w in TEXT.split(" ")]
    merges = learn(words, n)
    if count is not None:
        rng.shuffle(merges)
    pieces = {c for w in words for c in w} | {a + b for a, b in merges}
    lines = [p[:-4] if p.endswith("</w>") else p + "@@" for p in sorted(pieces)]
    rng.shuffle(lines)
    return {
        "vocab.txt": "".join("%s %d\n" % (t, 9) for t in lines[:count]),
        "bpe.codes": "".join("%s %s %d\n" % (a, b, 7) for a, b in merges)}


def python_settings(rng):
    """Tokenizers that are Python programs: they know no places."""
    for name in ("Phobert", "Bertweet"):
        yield name, {**fastbpe(rng), "tokenizer_config.json": {
            "tokenizer_class": name + "Tokenizer"}}, False


def random_python(rng, n):
    for _ in range(n):
        yield "random", {**fastbpe(rng, rng.randrange(90), rng.randrange(99)),
                         "tokenizer_config.json": {
                             "tokenizer_class": "PhobertTokenizer"}}, False


def random_added(rng, n):
    """Classes with added tokens of any kind."""
    words = ["foo", "Low", "er", " new", "<mask>", "[X]", "a b", "\u00e9", "</s>",
             "'s", "\u0120low", "12", "\n", "low ", "I'll", "<unk>", "\u4e2d"]
    flags = ("single_word", "lstrip", "rstrip", "normalized", "special")
    first = [*ROBERTA, "<mask>"]
    for _ in range(n):
        added = {str(i): token(w, **{f: rng.random() < 0.4 for f in flags})
                 for i, w in enumerate(rng.sample(words, rng.randrange(7)), 600)}
        name = rng.choice(("Roberta", "Roberta", "MPNet", "Herbert"))
        config = {"tokenizer_class": name + "Tokenizer",
                  "add_prefix_space": rng.random() < 0.5,
                  "trim_offsets": rng.random() < 0.7,
                  "mask_token": rng.choice(("<mask>", "[X]", {
                      "__type": "AddedToken", **token(
                          "<mask>", lstrip=rng.random() < 0.5,
                          normalized=rng.random() < 0.5)}))}
        if name == "MPNet":
            # Which white space is whose, where the normalizer puts some in, is
            # not kept.
            for t in [*added.values(), config["mask_token"]]:
                if isinstance(t, dict):
                    t["normalized"] &= not t["lstrip"] and not t["rstrip"]
        if rng.random() < 0.7:
            config["added_tokens_decoder"] = added
        if name == "MPNet":
            yield "random added", {
                "vocab.txt": "\n".join([*first, "foo", "low", "##er", "new", "a",
                                        "[UNK]", "##s", "the", "'"]),
                "tokenizer_config.json": config}, False
        elif name == "Herbert":
            yield "random added", files_of(*of_characters(
                60, first, suffix="</w>"), config), False
        else:
            yield "random added", files_of(*byte_level(60, first), config), False


def random_settings(rng, n):
    for _ in range(n):
        level = rng.random() < 0.3
        prefix = rng.choice(("", "", "##", "\u2581"))
        # With bytes for what is unknown the reference counts the bytes of a
        # prefix or a suffix, too, and leaves the text.
        suffix = rng.choice(("", "", "</w>"))
        size = rng.randrange(60)
        fallback = [["<0x%02X>" % i for i in range(256)],
                    ["<0x%02X>" % rng.randrange(256) for _ in range(200)],
                    []][rng.randrange(3)]
        unknown = rng.choice(("[UNK]", None))
        if level:
            # A byte that goes shifts all places after it, in the reference.
            without = rng.sample(range(128, 256), rng.choice((0, 0, 90)))
            unknown = "[UNK]" if prefix or suffix or without else unknown
            vocab, merges = byte_level(size, ["[UNK]", *fallback], prefix,
                                       suffix, without)
        else:
            vocab, merges = of_characters(size, ["[UNK]", *fallback], prefix,
                                          suffix)
        rng.shuffle(merges)
        model = bpe(vocab, [list(m) for m in merges], fuse_unk=rng.random() < 0.5,
                    byte_fallback=rng.random() < 0.5 and not prefix + suffix,
                    ignore_merges=rng.random() < 0.3,
                    unk_token=unknown)
        if prefix or rng.random() < 0.5:
            model["continuing_subword_prefix"] = prefix
        if suffix or rng.random() < 0.5:
            model["end_of_word_suffix"] = suffix
        trim = {"type": "ByteLevel", "add_prefix_space": rng.random() < 0.5,
                "trim_offsets": rng.random() < 0.7, "use_regex": True}
        yield "random", {
            "tokenizer_config.json": {**FAST, "unk_token": "[UNK]"},
            "tokenizer.json": whole(
                model, special("[UNK]"),
                pre_tokenizer=splitter(rng.random() < 0.5, rng.random() < 0.7)
                if level else rng.choice((None, {"type": "BertPreTokenizer"})),
                decoder=rng.choice((None, splitter(True), {"type": "BPEDecoder",
                                                           "suffix": "</w>"})),
                post_processor=rng.choice((None, trim)))}, False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seed", type=int, default=20181011)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    make = cases.fuzz.Maker(rng, os.environ["BERTH_REFERENCE"] + "/data/text")
    words = TEXT.split(" ") + ["<mask>", " <mask>", "</s>", "\n", "  ", "\t", "low",
                               "\u00e9", "\U0001f600", "[UNK]", "</w>", "##"]
    chosen = [*settings(), *piece_settings(), *python_settings(random.Random(args.seed))]
    if args.random:
        chosen = [*random_settings(rng, args.random),
                  *random_python(rng, args.random),
                  *random_added(rng, args.random)]
    for what, files, extra in chosen:
        tokenizer = cases.open_tokenizer(files, extra)
        rows = [{"what": what, "files": files, "extra_lowercase": extra,
                 "mask_id": tokenizer.mask_token_id,
                 "n_tokens": max(tokenizer.get_vocab().values()) + 1}]
        texts = ["", " lower newest", "a" * 60 + "lowest" * 20]
        texts += [rng.choice(("", " ")).join(rng.choice(words) for _ in range(9))
                  for _ in range(5)]
        texts += [make.text()[:60] for _ in range(12 if args.random else 2)]
        if tokenizer.is_fast:
            rows += [cases.row(tokenizer, t) for t in texts]
            rows += [cases.row(tokenizer, texts[1], texts[3]),
                     cases.row(tokenizer, texts[4], plain=True)]
            rows += [cases.cut(tokenizer, "low new  wide er est the of", None,
                               "longest_first", 6, 1)]
        else:
            rows += [{"text": t, "ids": tokenizer(t)["input_ids"]}
                     for t in texts]
            rows += [{"text": texts[1], "pair": texts[3], "ids": tokenizer(
                texts[1], texts[3])["input_ids"]}]
        known = sorted(tokenizer.get_vocab().values())
        rows += [cases.decode(tokenizer, rng.choices(known, k=k))
                 for k in (1, 12)]
        rows += [cases.decode(tokenizer, tokenizer(t)["input_ids"])
                 for t in (" lower newest", "caf\u00e9 <mask> foo")]
        if "closed up" in what:
            rows += [cases.decode(tokenizer, tokenizer(t)["input_ids"]) for t in (
                "it 's n't , do not . ' t", " .?! ' m 've 're ")]
        for r in rows:
            if r is not None:
                print(json.dumps(r, separators=(",", ":")))


if __name__ == "__main__":
    main()
