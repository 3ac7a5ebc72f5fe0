#!/usr/bin/env python3
"""Compares berth rerank with CrossEncoder of sentence-transformers on random pairs.

    BERTH_REFERENCE=... tests/make/rerank_fuzz.py [--berth build/berth] [--count 500]
        [--seed N] [FOLDER ...]

Needs what label_fuzz.py needs, and sentence-transformers 6.2.  FOLDER holds a model
with a head of one label, or any other, which gets a random head for it; default:
BERT, XLM-RoBERTa, ModernBERT, ELECTRA and DeBERTa of golden/.  Each is tried as it is,
and as CrossEncoder saves it, with a prompt and other activations.  Scores must be
within 1e-5 and 2e-6 of themselves, and for a query the order that of its scores.  Prints a line for each; the
exit status is 1 when anything differs.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from label_fuzz import REFERENCE, texts, with_head
import torch
from sentence_transformers import CrossEncoder

NAMES = ["models/bert-cross", "families/models/xlmr-rerank", "families/models/modernbert-rerank",
         "families/models/electra-classify", "families/models/deberta-nli"]


def berth(program, folder, records, *options):
    lines = "".join(json.dumps(r) + "\n" for r in records)
    done = subprocess.run([program, "rerank", "-m", str(folder), "-i", "jsonl", "-f", "jsonl", "--quiet", *options],
                          input=lines.encode(), stdout=subprocess.PIPE, check=False)
    return [json.loads(s) for s in done.stdout.splitlines()]


def bound(score):
    """Logits of 20 are 2e-5 from those in float64, in the reference too."""
    return 1e-5 + 2e-6 * abs(score)


def compare(program, folder, pairs):
    """The largest difference, and how many records differ or stand elsewhere."""
    encoder = CrossEncoder(str(folder), device="cpu")
    want = encoder.predict(pairs, batch_size=1, show_progress_bar=False)
    rows = berth(program, folder, [{"q": q, "t": t} for q, t in pairs], "--pairs", "--field", "q", "--field", "t")
    far = [abs(r.get("score", 9) - float(w)) for r, w in zip(rows, want)]
    bad = sum(not d <= bound(float(w)) for d, w in zip(far, want)) + abs(len(rows) - len(pairs))
    query, some = pairs[0][0], [t for _, t in pairs[:50]]
    ranked = berth(program, folder, [{"t": t} for t in some], "--field", "t", "--", query)
    scores = encoder.predict([(query, t) for t in some], batch_size=1, show_progress_bar=False)
    bad += sum(abs(r["score"] - float(scores[r["record"]])) > bound(float(scores[r["record"]])) for r in ranked)
    keys = [(-r["score"], r["record"]) for r in ranked]
    return max(far, default=9), bad + (keys != sorted(keys)) + (len(ranked) != len(some))


def forms(folder, top):
    """The folder as it is, and as CrossEncoder saves it."""
    yield folder
    for name, function, more in (("identity", torch.nn.Identity(), {}), ("tanh", torch.nn.Tanh(), {
            "prompts": {"query": "find: "}, "default_prompt_name": "query", "max_length": 30})):
        encoder = CrossEncoder(str(folder), device="cpu", activation_fn=function, **more)
        encoder.save_pretrained(str(top / f"{folder.name}-{name}"))
        yield top / f"{folder.name}-{name}"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--berth", default="build/berth")
    p.add_argument("--count", type=int, default=500)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("folders", nargs="*", type=Path)
    args = p.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as top:
        for folder in args.folders or [REFERENCE / "golden" / n for n in NAMES]:
            rng = random.Random(args.seed)
            first, second = texts(rng, args.count), texts(rng, args.count)
            pairs = [(a, b) for (a, _), (b, _) in zip(first, second)]
            for form in forms(with_head(folder, Path(top), 1), Path(top)):
                far, bad = compare(args.berth, form, pairs)
                print(f"{form.name}: {len(pairs)} pairs, {bad} wrong, largest difference {far:.2g}", flush=True)
                failed = failed or bad > 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
