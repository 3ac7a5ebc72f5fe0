#!/usr/bin/env python3
"""Compares berth classify with Hugging Face's pipelines on random texts.

    BERTH_REFERENCE=... tests/make/label_fuzz.py [--berth build/berth] [--count 500]
        [--seed N] [FOLDER ...]

Needs the Python packages torch and transformers 5.24, and $BERTH_REFERENCE, the
folder with golden/ and data/text.  FOLDER holds a model for sequence
classification, or any other, which gets a random head for it; default: all of golden/
that are one, and others for the families that lack one there.  Every text, and every pair,
one in four, goes through the text-classification pipeline (truncation=True); with a
model of natural language inference a tenth of them through the zero-shot one, too,
with two templates and with and without multi_label.  All labels must be the same, in
the same order unless their scores are nearer than 1e-6, and scores within 1e-5.
Prints a line for each model; the exit status is 1 when anything differs.

Half of the texts are real ones in many languages, a tenth is longer than the model
takes, and the rest are characters of all planes and pieces that tokenizers know.
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
warnings.filterwarnings("ignore")
import torch  # noqa: E402
import transformers  # noqa: E402
from transformers import pipeline  # noqa: E402

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
REFERENCE = Path(os.environ["BERTH_REFERENCE"])
LABELS = ["urgent", "not urgent", "Sport & Kultur", "政治", "a"]
TEMPLATES = ["This example is {}.", "It is about {}"]


def models():
    golden = REFERENCE / "golden"
    for config in sorted(golden.glob("models/*/config.json")) + sorted(
            golden.glob("families/models/*/config.json")):
        classes = json.loads(config.read_text(encoding="utf-8")).get("architectures") or [""]
        if classes[0].endswith("ForSequenceClassification"):
            yield config.parent
    for name in ("camembert", "eurobert", "gte", "jina-v3", "nomic"):
        yield golden / f"families/models/{name}-mlm"


def with_head(folder, top, labels=0):
    """The folder, or a copy with a head, whose numbers are large enough to tell texts apart;
    of 3 labels where it has none, or of this many."""
    config = transformers.AutoConfig.from_pretrained(folder)
    if config.architectures[0].endswith("ForSequenceClassification") and labels in (0, config.num_labels):
        return folder
    config.num_labels = labels or 3
    torch.manual_seed(14)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder, config=config, ignore_mismatched_sizes=True)
    encoder = {id(p) for p in model.base_model.parameters()}
    for name, p in model.named_parameters():
        if p.dim() == 2 and (id(p) not in encoder or "pooler" in name):
            torch.nn.init.normal_(p, std=1.0)
    model.save_pretrained(top / folder.name)
    for f in folder.glob("*token*.json"):
        shutil.copy(f, top / folder.name)
    return top / folder.name


def texts(rng, count):
    lines = [s for name in ("pud.txt", "udhr.txt")
             for s in (REFERENCE / "data/text" / name).read_text(encoding="utf-8").splitlines()]
    odd = ["", " ", "[MASK]", "[SEP]", "</s>", "it's", "ﬁ", "İ", "\u200b", "\u00a0", "👍🏽", "##ing", "\\n"]

    def character():
        c = rng.choice([rng.randrange(32, 127), rng.randrange(0xa0, 0x3000), rng.randrange(0x10000, 0x20000)])
        return chr(c)

    def one():
        kind = rng.random()
        if kind < 0.5:
            return rng.choice(lines)
        if kind < 0.6:
            return " ".join(rng.choice(lines) for _ in range(rng.randrange(4, 12)))
        return " ".join(rng.choice(odd) if rng.random() < 0.4 else
                        "".join(character() for _ in range(rng.randrange(1, 9)))
                        for _ in range(rng.randrange(1, 12)))
    return [(one(), one() if rng.random() < 0.25 else None) for _ in range(count)]


def berth(program, folder, records, *options):
    lines = "".join(json.dumps(r) + "\n" for r in records)
    fields = ["--field", "a"] + (["--field", "b"] if records and "b" in records[0] else [])
    done = subprocess.run([program, "classify", "-m", str(folder), "-i", "jsonl", *fields, "-f", "jsonl",
                           "-k", "0", "--quiet", *options],
                          input=lines.encode(), stdout=subprocess.PIPE, check=False)
    return [json.loads(s) for s in done.stdout.splitlines()]


class Tally:
    def __init__(self):
        self.n = self.bad = 0
        self.largest = 0.0

    def compare(self, what, want, got):
        """want and got are lists of (label, score), best first."""
        self.n += 1
        scores = dict(got)
        wrong = len(want) != len(got) or [w for w in want if w[0] not in scores]
        if not wrong:
            far = max(abs(s - scores[label]) for label, s in want)
            self.largest = max(self.largest, far)
            # Where two labels change places, their scores are as good as equal.
            moved = [abs(dict(want)[g[0]] - w[1]) for w, g in zip(want, got) if w[0] != g[0]]
            wrong = far > 1e-5 or any(d > 1e-6 for d in moved)
        if wrong:
            self.bad += 1
            if self.bad <= 3:
                print(f"  {what!r:.200}\n    expected {want}\n    found    {got}")


def classify(args, folder, all_texts, tally):
    reference = pipeline("text-classification", model=str(folder), device="cpu")
    for pairs in (False, True):
        chosen = [t for t in all_texts if (t[1] is not None) == pairs]
        got = berth(args.berth, folder, [dict(a=a, b=b) if pairs else dict(a=a) for a, b in chosen])
        if len(got) != len(chosen):
            sys.exit(f"{folder}: {len(got)} answers to {len(chosen)} texts")
        for (a, b), g in zip(chosen, got):
            given = {"text": a, "text_pair": b} if pairs else {"text": a}
            want = reference(given, top_k=None, truncation=True)
            tally.compare((a, b), [(w["label"], w["score"]) for w in want],
                          [(x["label"], x["score"]) for x in g.get("labels", [])])


def zero_shot(args, folder, all_texts, tally):
    names = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("id2label") or {}
    if not any(n.lower().startswith("entail") for n in names.values()):
        return
    reference = pipeline("zero-shot-classification", model=str(folder), device="cpu")
    # The pipeline refuses an empty text.
    chosen = [a for a, _ in all_texts[::10] if a]
    for template in TEMPLATES:
        for multi in (False, True):
            got = berth(args.berth, folder, [dict(a=a) for a in chosen], "--labels", ",".join(LABELS),
                        "--template", template, *(["--multi-label"] if multi else []))
            for a, g in zip(chosen, got):
                want = reference(a, LABELS, hypothesis_template=template, multi_label=multi)
                tally.compare((a, template, multi), list(zip(want["labels"], want["scores"])),
                              [(x["label"], x["score"]) for x in g.get("labels", [])])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--berth", default="build/berth")
    p.add_argument("--count", type=int, default=500)
    p.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    p.add_argument("folders", nargs="*", type=Path)
    args = p.parse_args()
    print("seed", args.seed)
    bad, top = 0, Path(tempfile.mkdtemp())
    for folder in args.folders or models():
        folder = with_head(folder, top)
        all_texts = texts(random.Random(args.seed), args.count)
        tally = Tally()
        classify(args, folder, all_texts, tally)
        zero_shot(args, folder, all_texts, tally)
        print(f"{folder.name}: {tally.n} compared, {tally.bad} differ, scores within {tally.largest:.1e}", flush=True)
        bad += tally.bad
    shutil.rmtree(top)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
