#!/usr/bin/env python3
"""Compares berth fill-mask --lens with the heads of transformers on random texts.

    BERTH_REFERENCE=... tests/make/lens_fuzz.py [--berth build/berth] [--count 40]
        [--seed N] [FOLDER ...]

Needs what label_fuzz.py needs.  FOLDER holds a model with a masked-LM head; default: all of
golden/ that have one.  Each of the model's hidden_states goes through its own head, by
the class's own forward() over an encoder that gives just that state; a model that normalises
the last state has the others normalised first.  Two texts of five have masks in place
of words.  Probabilities must be within 2e-5, and ranks equal but for words
whose logits are within 1e-4.  A text that does not fit into the model is left out.  Prints a
line for each model; the exit status is 1 when anything differs.
"""
import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

from label_fuzz import REFERENCE, texts
import torch
import transformers
from transformers.modeling_outputs import BaseModelOutput

K = 5


def models():
    golden = REFERENCE / "golden"
    for config in sorted(golden.glob("models/*/config.json")) + sorted(
            golden.glob("families/models/*/config.json")):
        classes = json.loads(config.read_text(encoding="utf-8")).get("architectures") or [""]
        if classes[0].endswith(("ForMaskedLM", "BertForPreTraining")):
            yield config.parent


class Lens:
    """Logits after each layer of one text."""

    def __init__(self, folder):
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        self.model = transformers.AutoModelForMaskedLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager").eval()
        self.encoder = self.model.base_model
        self.norm = getattr(self.encoder, "final_norm", None) or getattr(self.encoder, "norm", None)
        self.limit = min(self.tokenizer.model_max_length, self.model.config.max_position_embeddings - 2)

    def __call__(self, text):
        encoded = self.tokenizer(text, return_tensors="pt", return_special_tokens_mask=True)
        special = encoded.pop("special_tokens_mask")[0]
        ids = encoded["input_ids"][0]
        if len(ids) > self.limit:
            return None
        with torch.no_grad():
            states = self.encoder(**encoded, output_hidden_states=True).hidden_states
            forward, logits = self.encoder.forward, []
            for i, state in enumerate(states):
                if self.norm is not None and i + 1 < len(states):
                    state = self.norm(state)
                self.encoder.forward = lambda *a, s=state, **k: BaseModelOutput(last_hidden_state=s)
                logits.append(self.model(**encoded).logits[0])
            self.encoder.forward = forward
        return ids.tolist(), special.tolist(), torch.stack(logits)


class Tally:
    def __init__(self):
        self.n = self.bad = 0
        self.largest = 0.0

    def add(self, x, probs, token, rank, score):
        """One word after one layer: x (V) logits, probs (V)."""
        far = abs(float(probs[token]) - score)
        above, near = int((x > x[token] + 1e-4).sum()), int((x >= x[token] - 1e-4).sum())
        self.n += 1
        self.largest = max(self.largest, far)
        self.bad += far > 2e-5 or not above < rank <= near


def compare(program, folder, some):
    lens, tally = Lens(folder), Tally()
    mask = lens.tokenizer.mask_token
    some = [t.replace("[MASK]", mask) for t in some]
    lines = "".join(json.dumps({"t": t}) + "\n" for t in some)
    done = subprocess.run([program, "fill-mask", "--lens", "-k", str(K), "-m", str(folder), "-i", "jsonl",
                           "--field", "t", "-f", "jsonl", "--quiet", "--overflow", "error"],
                          input=lines.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    rows = [json.loads(s) for s in done.stdout.splitlines()]
    tally.bad += len(rows) != len(some)
    left_out = 0
    for text, row in zip(some, rows):
        want = lens(text)
        if want is None or "error" in row:
            left_out += 1
            tally.bad += "error" in row and (want is not None and len(want[0]) < lens.limit)
            continue
        ids, special, logits = want
        probs = logits.softmax(-1)
        if "masks" in row:
            places = [t for t, i in enumerate(ids) if i == lens.tokenizer.mask_token_id]
            tally.bad += len(places) != len(row["masks"])
            for t, layers in zip(places, row["masks"]):
                tally.bad += len(layers) != len(logits)
                for i, words in enumerate(layers):
                    for w in words:
                        tally.add(logits[i, t], probs[i, t], w["token"], w["rank"], w["score"])
        else:
            places = [t for t, s in enumerate(special) if not s]
            tally.bad += len(places) != len(row["tokens"]) or len(row["ranks"]) != len(logits)
            for i, (ranks, scores) in enumerate(zip(row["ranks"], row["scores"])):
                for t, rank, score in zip(places, ranks, scores):
                    tally.add(logits[i, t], probs[i, t], ids[t], rank, score)
    return tally, left_out


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--berth", default="build/berth")
    p.add_argument("--count", type=int, default=40)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("folders", nargs="*", type=Path)
    args = p.parse_args()
    rng = random.Random(args.seed)
    failed = False
    for folder in args.folders or models():
        some = []
        for text, _ in texts(rng, args.count):
            words = text.split(" ")
            while rng.random() < 0.4:
                words[rng.randrange(len(words))] = "[MASK]"
            some.append(" ".join(words))
        tally, left_out = compare(args.berth, folder, some)
        print(f"{folder.name}: {tally.n} words, {left_out} texts left out, {tally.bad} wrong, "
              f"largest difference {tally.largest:.2g}", flush=True)
        failed = failed or tally.bad > 0 or tally.n == 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
