#!/usr/bin/env python3
"""Compares berth sparse with SparseEncoder of sentence-transformers on random texts.

    BERTH_REFERENCE=... tests/make/sparse_fuzz.py [--berth build/berth] [--count 500]
        [--seed N] [FOLDER ...]

Needs what label_fuzz.py needs, and sentence-transformers 6.2.  FOLDER holds a model that makes
sparse vectors; default: that of golden/.  Weights must be within 1e-5; a word may be there on
one side alone where its weight is below that.  Prints a line for each; the exit status is 1
when anything differs.
"""
import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

from label_fuzz import REFERENCE, texts
import torch
from sentence_transformers import SparseEncoder


def compare(program, folder, some):
    """The largest difference of two weights, and how many texts have one that is too large."""
    lines = "".join(json.dumps({"t": t}) + "\n" for t in some)
    done = subprocess.run([program, "sparse", "-m", str(folder), "-i", "jsonl", "--field", "t", "-f", "jsonl", "--quiet"],
                          input=lines.encode(), stdout=subprocess.PIPE, check=True)
    rows = [json.loads(s) for s in done.stdout.splitlines()]
    want = SparseEncoder(str(folder), device="cpu").encode(some, batch_size=1, show_progress_bar=False)
    far = []
    for row, vector in zip(rows, want):
        mine = torch.zeros(vector.shape)
        mine[torch.tensor(row["indices"], dtype=torch.long)] = torch.tensor(row["values"])
        far.append(float((mine - vector.to_dense()).abs().max()))
    return max(far, default=9), sum(not d <= 1e-5 for d in far) + abs(len(rows) - len(some))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--berth", default="build/berth")
    p.add_argument("--count", type=int, default=500)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("folders", nargs="*", type=Path)
    args = p.parse_args()
    failed = False
    for folder in args.folders or [REFERENCE / "golden/families/models/splade"]:
        some = [a for a, _ in texts(random.Random(args.seed), args.count)]
        far, bad = compare(args.berth, folder, some)
        print(f"{folder.name}: {len(some)} texts, {bad} wrong, largest difference {far:.2g}", flush=True)
        failed = failed or bad > 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
