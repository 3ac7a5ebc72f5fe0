#!/usr/bin/env python3
"""How near vectors of a rounded model are to those of the same model in float32, as TSV.

    bench/precision.py BERTH TEXTS VOCAB MODEL ...

For each model and precision: the mean cosine of a text's two vectors, the lowest, and the share of
texts whose nearest other text is the same, which says little of random weights. Texts are lines;
empty ones are left out. A model that is not there, with the name of a family of families.py, is
made first: random weights, 12 layers, BERT's tokenizer with the words of VOCAB, a vocab.txt.
"""
import io
import os
import subprocess
import sys

import families
import numpy as np


def make(folder, vocab):
    with open(vocab, encoding="utf-8") as f:
        words = f.read().split("\n")[:-1]
    families.SHAPE.update(num_hidden_layers=12, vocab_size=len(words))
    families.make(folder, os.path.basename(folder), words)


def vectors(berth, model, texts, precision):
    command = [berth, "embed", "-m", model, "-f", "npy", "--normalize", "--quiet"]
    run = subprocess.run(
        command + ["--precision", precision], input=texts, stdout=subprocess.PIPE, check=True
    )
    return np.load(io.BytesIO(run.stdout)).astype("f8")


def nearest(v):
    similarity = v @ v.T
    np.fill_diagonal(similarity, -np.inf)
    return similarity.argmax(1)


def main():
    berth, texts, vocab, models = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    with open(texts, "rb") as f:
        lines = b"".join(line for line in f if line.strip())
    print("model", "precision", "mean_cosine", "lowest_cosine", "same_nearest", sep="\t")
    for model in models:
        if not os.path.exists(model):
            make(model, vocab)
        exact = vectors(berth, model, lines, "f32")
        for precision in ("bf16", "f16", "int8"):
            rounded = vectors(berth, model, lines, precision)
            cosine = (exact * rounded).sum(1)
            numbers = [cosine.mean(), cosine.min(), (nearest(exact) == nearest(rounded)).mean()]
            name = os.path.basename(model.rstrip("/"))
            print(name, precision, *("%.6f" % x for x in numbers), sep="\t", flush=True)


main()
