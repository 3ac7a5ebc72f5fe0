#!/usr/bin/env python3
"""Writes cases.jsonl: what Hugging Face's tokenizers say, for test_cases.c.

    BERTH_REFERENCE=... tests/make/tokenizer_cases.py > tests/tokenizer/cases.jsonl
    ... tests/make/tokenizer_cases.py --pieces > tests/tokenizer/pieces.jsonl

Needs transformers 5.23 and tokenizers 0.23. A row with "files" opens a
tokenizer (vocab.txt is the one beside this script unless it is among them); the
rows after it are texts for that tokenizer, or ids to decode. --random N writes
N tokenizers with random added tokens and switches instead; the test program
takes the name of such a file.
"""
import argparse
import json
import os
import random
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(os.path.dirname(HERE), "tokenizer")
sys.path.insert(0, HERE)
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ["RUST_BACKTRACE"] = "0"

from tokenizers import normalizers  # noqa: E402
from transformers import AutoTokenizer, logging  # noqa: E402

import tokenizer_fuzz as fuzz  # noqa: E402

logging.set_verbosity_error()
VOCAB = open(CASES + "/vocab.txt", encoding="utf-8").read()
IDS = {t: i for i, t in enumerate(VOCAB.split("\n")[:300])}
CUT = ("only vocab.txt", "tokenizer.json with its own tokens",
       "another prefix, short words, a template")
MIXED = ("The caf\u00e9 of \u0130stanbul, na\u00efve \u4e2d\u56fd \ud55c\uad6d "
         "\u0395\u03a3 [MASK] foo[SEP]bar \u00a0x\u200by\t\u2028z\u0000! re-run")


def token(content, **flags):
    out = {"content": content, "single_word": False, "lstrip": False,
           "rstrip": False, "normalized": True, "special": False}
    return {**out, **flags}


def tokenizer_json(vocab=None, added=(), **parts):
    bert = {"type": "BertNormalizer", "clean_text": True,
            "handle_chinese_chars": True, "strip_accents": None,
            "lowercase": True}
    out = {"version": "1.0", "truncation": None, "padding": None,
           "added_tokens": [{"id": i, **t} for i, t in added],
           "normalizer": bert, "pre_tokenizer": {"type": "BertPreTokenizer"},
           "post_processor": {"type": "BertProcessing",
                              "sep": ["[SEP]", IDS["[SEP]"]],
                              "cls": ["[CLS]", IDS["[CLS]"]]},
           "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
           "model": {"type": "WordPiece", "unk_token": "[UNK]",
                     "continuing_subword_prefix": "##",
                     "max_input_chars_per_word": 100,
                     "vocab": dict(vocab or IDS)}}
    for key, value in parts.items():
        if key in out["model"]:
            out["model"][key] = value
        else:
            out[key] = value
    return out


def special_five():
    return [(IDS[t], token(t, normalized=False, special=True))
            for t in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")]


def settings():
    """(what it is, files, extra_lowercase)"""
    bert = {"tokenizer_class": "BertTokenizer"}
    yield "only vocab.txt", {}, False
    yield "cased", {"tokenizer_config.json": {**bert, "do_lower_case": False}}, \
        False
    yield "cased, lower-cased in front", {
        "tokenizer_config.json": {**bert, "do_lower_case": False}}, True
    yield "lower-cased already", {"tokenizer_config.json": bert}, True
    yield "cased without accents", {"tokenizer_config.json": {
        **bert, "do_lower_case": False, "strip_accents": True}}, False
    yield "cased without accents, lower-cased in front", {
        "tokenizer_config.json": {**bert, "do_lower_case": False,
                                  "strip_accents": True}}, True
    yield "lower case with accents", {"tokenizer_config.json": {
        **bert, "strip_accents": False}}, False
    yield "no blanks around Chinese", {"tokenizer_config.json": {
        **bert, "tokenize_chinese_chars": False}}, False
    yield "added tokens", {"tokenizer_config.json": {
        **bert, "added_tokens_decoder": {
            "4": token("[MASK]", lstrip=True, normalized=False, special=True),
            "700": token("foo", single_word=True),
            "701": token("Caf\u00e9", normalized=True, rstrip=True),
            "702": token("\u4e2d\u56fd"),
            "703": token("foo bar", normalized=False),
            "704": token("of", lstrip=True, rstrip=True, single_word=True),
            "705": token("run", special=True)}}}, False
    yield "special_tokens_map.json and added_tokens.json", {
        "tokenizer_config.json": {**bert, "mask_token": "[MASK]"},
        "special_tokens_map.json": {
            "mask_token": {"content": "foo", "lstrip": True,
                           "normalized": False, "rstrip": False,
                           "single_word": False},
            "additional_special_tokens": ["bar", "zz"]},
        "added_tokens.json": {"re-": 901, "bar": 900}}, False
    yield "other special tokens", {"tokenizer_config.json": {
        **bert, "bos_token": "<s>", "image_token": "x",
        "additional_special_tokens": ["foo", "[MASK]"],
        "cls_token": {"__type": "AddedToken", **token("the", special=True)}}}, \
        False
    yield "no special tokens in the vocabulary", {
        "vocab.txt": "a\n[UNK]\nthe\n##e\nthe\nfoo  \n\nbar"}, False
    yield "tokenizer.json, contradicted by tokenizer_config.json", {
        "tokenizer_config.json": {**bert, "do_lower_case": False},
        "tokenizer.json": tokenizer_json(added=special_five())}, False
    yield "tokenizer.json with its own tokens", {
        "tokenizer_config.json": {**bert, "truncation_side": "left"},
        "tokenizer.json": tokenizer_json(
            added=special_five() + [(580, token("foo")), (583, token("x!"))])}, \
        False
    fast = {"tokenizer_class": "PreTrainedTokenizerFast"}
    yield "tokenizer.json as it is", {
        "tokenizer_config.json": {**fast, "do_lower_case": False,
                                  "mask_token": "[MASK]"},
        "tokenizer.json": tokenizer_json(added=special_five())}, False
    yield "without cleaning", {
        "tokenizer_config.json": fast,
        "tokenizer.json": tokenizer_json(added=special_five(), normalizer={
            "type": "BertNormalizer", "clean_text": False,
            "handle_chinese_chars": True, "strip_accents": True,
            "lowercase": False})}, False
    yield "without normalising, splitting and special tokens", {
        "tokenizer_config.json": fast,
        "tokenizer.json": tokenizer_json(
            added=special_five(), normalizer=None, pre_tokenizer=None,
            post_processor=None, decoder=None)}, False
    yield "a sequence of normalisers", {
        "tokenizer_config.json": {"tokenizer_class": "TokenizersBackend"},
        "tokenizer.json": tokenizer_json(
            added=special_five() + [(700, token("Foo"))], normalizer={
                "type": "Sequence", "normalizers": [
                    {"type": "Lowercase"},
                    {"type": "BertNormalizer", "clean_text": True,
                     "handle_chinese_chars": False, "strip_accents": None,
                     "lowercase": False}]})}, False
    other = {k.replace("##", "@e"): v for k, v in IDS.items()}
    yield "another prefix, short words, a template", {
        "tokenizer_config.json": fast,
        "tokenizer.json": tokenizer_json(
            vocab=other, added=special_five(), continuing_subword_prefix="@e",
            max_input_chars_per_word=6,
            decoder={"type": "WordPiece", "prefix": "@e", "cleanup": False},
            post_processor={
                "type": "TemplateProcessing",
                # Rust gives these types to the first window only.
                "single": [{"Sequence": {"id": "A", "type_id": 0}},
                           {"SpecialToken": {"id": "[SEP]", "type_id": 2}}],
                "pair": [{"Sequence": {"id": "B", "type_id": 1}},
                         {"SpecialToken": {"id": "two", "type_id": 3}},
                         {"Sequence": {"id": "A", "type_id": 0}}],
                "special_tokens": {
                    "[SEP]": {"id": "[SEP]", "ids": [IDS["[SEP]"]],
                              "tokens": ["[SEP]"]},
                    "two": {"id": "two", "ids": [7, 8],
                            "tokens": ["a", "b"]}}})}, False


SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
PIECES = ([(t, 0.0) for t in SPECIAL] +
          [("\u2581", -2.5), ("\u2581the", -3.4635426998138428), ("re", -6.25),
           ("foo", -7.1), ("\u2581foo", -7.0), ("caf\u00e9", -9.0), ("of", -5.5),
           ("xx", -9.5), ("xx", -8.5), ("ra", -6.0), ("\u4e2d\u56fd", -9.75)] +
          [("<0x%02X>" % b, -30.0) for b in range(0x20, 0xf5)] +
          [(c, -8.0 - i / 8) for i, c in enumerate("aeionrstxybfcm!.-'")])


def pieces_json(model=None, **parts):
    """A tokenizer.json of pieces that hold their blanks."""
    mark = {"type": "Metaspace", "replacement": "\u2581"}
    known = [{"id": i, **token(t, normalized=False, special=True)}
             for i, t in enumerate(SPECIAL)]
    return {**tokenizer_json(), "added_tokens": known, "normalizer": None,
            "pre_tokenizer": mark, "post_processor": None, "decoder": mark,
            "model": {"type": "Unigram", "unk_id": 3, "vocab": PIECES,
                      **(model or {})}, **parts}


def settings_of_pieces():
    """The same for pieces.jsonl."""
    fast = {"tokenizer_class": "PreTrainedTokenizerFast", "mask_token": "<mask>"}
    mark = {"type": "Metaspace", "replacement": "\u2581"}
    for what, file in (
            ("pieces", pieces_json()),
            ("pieces, or bytes", pieces_json({"byte_fallback": True})),
            ("pieces of whole texts", pieces_json(
                pre_tokenizer={**mark, "prepend_scheme": "first",
                               "split": False},
                decoder={**mark, "prepend_scheme": "first"})),
            ("pieces without a prefix", pieces_json(
                pre_tokenizer={**mark, "prepend_scheme": "never"},
                decoder={**mark, "prepend_scheme": "never"})),
            ("pieces, blanks as underlines", pieces_json(
                {"vocab": [(p.replace("\u2581", "_"), x) for p, x in PIECES],
                 "unk_id": 0},
                pre_tokenizer={**mark, "replacement": "_"})),
            ("words", tokenizer_json(
                added=special_five(),
                model={"type": "WordLevel", "vocab": IDS,
                       "unk_token": "[UNK]"}))):
        yield what, {"tokenizer_config.json": fast, "tokenizer.json": file}, \
            False


def random_settings(rng, n):
    words = ["foo", "Foo", "the", "x", "[MASK]", "caf\u00e9", "\u4e2d\u56fd",
             "\u4e2d", "a b", " a", "b ", "!", "##e", "re-run", "\u0130", "E\u0301",
             "xx", "oo", "of", "[SEP]", "[X]", "\u00df", "\u3000", "\ud55c"]
    flags = ("single_word", "lstrip", "rstrip", "normalized", "special")
    for _ in range(n):
        added = {str(i): token(w, **{f: rng.random() < 0.4 for f in flags})
                 for i, w in enumerate(rng.sample(words, rng.randrange(8)), 600)}
        config = {"do_lower_case": rng.random() < 0.5,
                  "strip_accents": rng.choice((None, True, False)),
                  "tokenize_chinese_chars": rng.random() < 0.7,
                  "added_tokens_decoder": added}
        yield "random", {"tokenizer_config.json": config}, rng.random() < 0.2


def open_tokenizer(files, extra_lowercase):
    with tempfile.TemporaryDirectory() as folder:
        if "vocab.txt" not in files:
            with open(folder + "/vocab.txt", "w", encoding="utf-8") as f:
                f.write(VOCAB)
        with open(folder + "/config.json", "w") as f:
            f.write('{"model_type": "bert"}')
        for name, value in files.items():
            with open(folder + "/" + name, "w", encoding="utf-8") as f:
                f.write(value if isinstance(value, str) else json.dumps(value))
        out = AutoTokenizer.from_pretrained(folder)
    if not out.is_fast:
        return out
    backend = out.backend_tokenizer
    # As sentence-transformers does.
    if extra_lowercase and not getattr(backend.normalizer, "lowercase", False):
        backend.normalizer = normalizers.Sequence(
            [normalizers.Lowercase(), backend.normalizer])
    return out


def window(encoding, text, pair):
    starts = [fuzz.byte_starts(text), fuzz.byte_starts(pair or "")]
    return {"ids": encoding.ids, "types": encoding.type_ids,
            "offsets": [[0, 0] if s is None else [starts[s][b], starts[s][e]]
                        for s, (b, e) in zip(encoding.sequence_ids,
                                             encoding.offsets)]}


def row(tokenizer, text, pair=None, plain=False):
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.encode_special_tokens = plain
    e = backend.encode(text, pair)
    backend.encode_special_tokens = False
    return {"text": text, **({"pair": pair} if pair is not None else {}),
            **({"plain": True} if plain else {}), **window(e, text, pair)}


def cut(tokenizer, text, pair, strategy, limit, stride):
    backend = tokenizer.backend_tokenizer
    out = {"text": text, **({"pair": pair} if pair is not None else {}),
           "truncation": strategy, "max_tokens": limit, "overlap": stride}
    try:
        backend.enable_truncation(limit, stride=stride, strategy=strategy,
                                  direction=tokenizer.truncation_side)
        e = backend.encode(text, pair)
        out["windows"] = [window(x, text, pair) for x in [e] + e.overflowing]
    except BaseException as error:  # a panic of Rust is no Exception
        out["error"] = str(error)
    backend.no_truncation()
    # Rust makes windows longer than the limit when a text has no room at all.
    return None if any(len(w["ids"]) > limit
                       for w in out.get("windows", ())) else out


def decode(tokenizer, ids):
    return {"decode": ids, "whole": tokenizer.decode(ids),
            "skipped": tokenizer.decode(ids, skip_special_tokens=True)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--pieces", action="store_true")
    parser.add_argument("--seed", type=int, default=20181011)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    make = fuzz.Maker(rng, os.environ["BERTH_REFERENCE"] + "/data/text")
    words = ["foo", " foo bar ", "Foo", "caf\u00e9", "the", "\u4e2d\u56fd", " of ",
             "of", "xx", "x!", "re-run", "a b", "[X]", "\u0130", "E\u0301", "!", " "]
    chosen = (random_settings(rng, args.random) if args.random else
              settings_of_pieces() if args.pieces else settings())
    for what, files, extra in chosen:
        try:
            tokenizer = open_tokenizer(files, extra)
        except BaseException as error:
            print(what, error, file=sys.stderr)
            continue
        rows = [{"what": what, "files": files, "extra_lowercase": extra,
                 "mask_id": tokenizer.mask_token_id,
                 "n_tokens": max(tokenizer.get_vocab().values()) + 1}]
        texts = [MIXED, ""] + ["".join(rng.choice(words) for _ in range(8))
                               for _ in range(4)]
        texts += [make.text()[:80] for _ in range(8 if args.random else 3)]
        rows += [row(tokenizer, t) for t in texts]
        rows += [row(tokenizer, MIXED, plain=True),
                 row(tokenizer, texts[4], texts[0]), row(tokenizer, "", "x")]
        if what in CUT:
            one = "a e i o u x y z the of"
            for limit in (4, 6, 9, 30):
                for stride in (0, 2):
                    rows.append(cut(tokenizer, one, None, "longest_first",
                                    limit, stride))
                    for strategy in ("longest_first", "only_first",
                                     "only_second"):
                        rows.append(cut(tokenizer, one, "i o the of u",
                                        strategy, limit, stride))
        if not args.random:
            known = sorted(tokenizer.get_vocab().values())
            rows += [decode(tokenizer, rng.choices(known, k=k))
                     for k in (0, 1, 12)]
            rows += [decode(tokenizer, tokenizer("It's , the x . do not ! ?")
                            ["input_ids"])]
        for r in rows:
            if r is not None:
                print(json.dumps(r, separators=(",", ":")))


if __name__ == "__main__":
    main()
