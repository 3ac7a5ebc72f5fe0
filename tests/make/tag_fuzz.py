#!/usr/bin/env python3
"""Compares berth tag with Hugging Face's token-classification pipeline on random texts.

    BERTH_REFERENCE=... tests/make/tag_fuzz.py [--berth build/berth] [--count 500]
        [--seed N] [FOLDER ...]

Needs what label_fuzz.py needs, whose texts these are.  FOLDER holds a model for token
classification, or any other, which gets a random head for it; default: all of golden/
that are one, and others for the families that lack one there.  Every text goes through
the pipeline with each aggregation strategy.  Entities, their words, spans and, without
aggregation, indices must be the same, and scores within 1e-5.  Prints a line for each
model; the exit status is 1 when anything differs.
"""
import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import label_fuzz
import torch
import transformers
from transformers import pipeline

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "MISC", "sub-kind"]
STRATEGIES = ["none", "simple", "first", "average", "max"]


def models():
    golden = label_fuzz.REFERENCE / "golden"
    yield golden / "models/bert-tokenclass"
    yield from sorted(golden.glob("families/models/*-ner"))
    for name in ("distilbert-classify", "electra-classify", "deberta-v3-mlm", "mpnet-mlm", "albert-mlm",
                 "camembert-mlm"):
        yield golden / "families/models" / name


def with_head(folder, top):
    """The folder, or a copy with a head, whose numbers are large enough to tell tokens apart."""
    config = transformers.AutoConfig.from_pretrained(folder)
    if config.architectures[0].endswith("ForTokenClassification"):
        return folder
    config.id2label = dict(enumerate(LABELS))
    config.label2id = {label: i for i, label in enumerate(LABELS)}
    torch.manual_seed(16)
    model = transformers.AutoModelForTokenClassification.from_pretrained(
        folder, config=config, ignore_mismatched_sizes=True)
    encoder = {id(p) for p in model.base_model.parameters()}
    for p in model.parameters():
        if p.dim() == 2 and id(p) not in encoder:
            torch.nn.init.normal_(p, std=0.5)
    model.save_pretrained(top / folder.name)
    for f in list(folder.glob("*token*.json")) + list(folder.glob("*.model")):
        shutil.copy(f, top / folder.name)
    return top / folder.name


def berth(program, folder, texts, strategy):
    lines = "".join(json.dumps({"a": t}) + "\n" for t in texts)
    done = subprocess.run([program, "tag", "-m", str(folder), "-i", "jsonl", "--field", "a", "-f", "jsonl",
                           "--quiet", "--overflow", "truncate", "--aggregation", strategy],
                          input=lines.encode(), stdout=subprocess.PIPE, check=False)
    return [json.loads(s) for s in done.stdout.splitlines()]


def in_bytes(text, entity):
    for key in ("start", "end"):
        entity[key] = len(text[:entity[key]].encode())
    return entity


def compare(want, got):
    """How far apart the scores are; None: something else differs."""
    if len(want) != len(got):
        return None
    for w, g in zip(want, got):
        if set(w) != set(g) or any(w[key] != g[key] for key in w if key != "score"):
            return None
    return max([abs(w["score"] - g["score"]) for w, g in zip(want, got)], default=0.0)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--berth", default="build/berth")
    p.add_argument("--count", type=int, default=500)
    p.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    p.add_argument("folders", nargs="*", type=Path)
    args = p.parse_args()
    print("seed", args.seed)
    torch.set_num_threads(1)
    all_bad, top = 0, Path(tempfile.mkdtemp())
    for folder in args.folders or models():
        folder = with_head(folder, top)
        texts = [a for a, _ in label_fuzz.texts(random.Random(args.seed), args.count)]
        reference = pipeline("token-classification", model=str(folder), device="cpu")
        n = bad = n_entities = 0
        largest = 0.0
        for strategy in STRATEGIES:
            answers = berth(args.berth, folder, texts, strategy)
            if len(answers) != len(texts):
                sys.exit(f"{folder}: {len(answers)} answers to {len(texts)} texts")
            for text, answer in zip(texts, answers):
                want = [in_bytes(text, e) for e in reference(text, aggregation_strategy=strategy)]
                got = answer.get("entities", answer)
                far = compare(want, got)
                n += 1
                n_entities += len(want)
                largest = max(largest, far or 0.0)
                if far is None or far > 1e-5:
                    bad += 1
                    if bad <= 3:
                        first = next((i for i in range(min(len(want), len(got))) if compare(want[i:i + 1], got[i:i + 1]) is None
                                      or compare(want[i:i + 1], got[i:i + 1]) > 1e-5), min(len(want), len(got))) \
                            if isinstance(got, list) else 0
                        print(f"  {strategy} {text!r:.200}\n    expected {want[first:first + 2]}\n"
                              f"    found    {got[first:first + 2] if isinstance(got, list) else got}")
        print(f"{folder.name}: {n} compared, {n_entities} entities, {bad} differ, scores within {largest:.1e}",
              flush=True)
        all_bad += bad
    shutil.rmtree(top)
    return 1 if all_bad else 0


if __name__ == "__main__":
    sys.exit(main())
