#!/usr/bin/env python3
"""Compares berth answer with the rules of the question-answering pipeline on random pairs.

    BERTH_REFERENCE=... tests/make/answer_fuzz.py [--berth build/berth] [--count 500]
        [--seed N] [FOLDER ...]

Needs the Python packages torch and transformers, and $BERTH_REFERENCE, the folder with
golden/ and data/text.  FOLDER holds a model for question answering; default: all of
golden/ that are one.  transformers 5 has the models but not the pipeline any more:
its rules (pipelines/question_answering.py of 4.57) are written down here once more,
in numpy.  A third of the pairs is read in short windows, a third allows the empty
answer.  The answers and their places must be the same, in the same order unless
their scores are nearer than 1e-6, and scores within 1e-5.  Prints a line for each
model; the exit status is 1 when anything differs.
"""
import argparse
import json
import os
import random
import subprocess
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RUST_BACKTRACE"] = "0"
import numpy as np  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
REFERENCE = Path(os.environ["BERTH_REFERENCE"])
# Options of berth: how many, the longest answer, the empty one, and the windows.
SETTINGS = [(3, 15, False, None), (2, 4, True, None), (3, 15, False, (40, 10)), (5, 15, True, (40, 7))]


def probabilities(logits, allowed):
    x = np.where(allowed, logits, np.float32(-10000.0))
    x = np.exp(x - x.max())
    return x / x.sum()


def place(encoding, start, end):
    """Of whole words, where both ends are words of the context."""
    try:
        return (encoding.word_to_chars(encoding.token_to_word(start), 1)[0],
                encoding.word_to_chars(encoding.token_to_word(end), 1)[1])
    except Exception:  # pylint: disable=broad-except
        return encoding.offsets[start][0], encoding.offsets[end][1]


def answers(tokenizer, model, question, context, setting):
    top_k, longest, impossible, windows = setting
    limit = windows[0] if windows else min(tokenizer.model_max_length, 384)
    stride = windows[1] if windows else min(limit // 2, 128)
    encoded = tokenizer(question, context, truncation="only_second", max_length=limit, stride=stride,
                        return_overflowing_tokens=True)
    found, none = [], 1000000.0
    for i, encoding in enumerate(encoded.encodings):
        ids = encoding.ids
        inputs = {k: torch.tensor([encoded[k][i]]) for k in tokenizer.model_input_names if k in encoded}
        with torch.inference_mode():
            out = model(**inputs)
        allowed = np.array([s == 1 or t == tokenizer.cls_token_id
                            for s, t in zip(encoding.sequence_ids, ids)])
        start = probabilities(out.start_logits[0].numpy(), allowed)
        end = probabilities(out.end_logits[0].numpy(), allowed)
        none = min(none, float(start[0] * end[0]))
        start[0] = end[0] = 0
        scores = np.tril(np.triu(np.outer(start, end)), longest - 1).flatten()
        for at in np.argsort(-scores, kind="stable")[:2 * top_k + 10]:
            s, e = divmod(int(at), len(ids))
            # Of spans without any probability it is left to chance which come.
            if scores[at] == 0 or not (allowed[s] and allowed[e]):
                continue
            begin, stop = place(encoding, s, e)
            text = context[begin:stop]
            same = [f for f in found if f[0].lower() == text.lower()]
            if same:
                same[0][3] += float(scores[at])
            else:
                found.append([text, begin, stop, float(scores[at])])
    if impossible:
        found.append(["", 0, 0, none])
    return [(t, len(context[:a].encode()), len(context[:b].encode()), s)
            for t, a, b, s in sorted(found, key=lambda f: -f[3])[:top_k]]


def pairs(rng, count):
    lines = [s for name in ("pud.txt", "udhr.txt")
             for s in (REFERENCE / "data/text" / name).read_text(encoding="utf-8").splitlines() if s.strip()]
    odd = ["[MASK]", "[SEP]", "[CLS]", "</s>", "it's", "ﬁ", "\u00a0", "👍🏽", "##ing", "(a)", "don't", "A a"]

    def context():
        kind = rng.random()
        if kind < 0.5:
            return rng.choice(lines)
        if kind < 0.7:
            return " ".join(rng.choice(lines) for _ in range(rng.randrange(2, 5)))
        return " ".join(rng.choice(odd + rng.choice(lines).split()[:4]) for _ in range(rng.randrange(1, 20)))
    return [(rng.choice(lines)[:20], context()) for _ in range(count)]


def berth(program, folder, chosen, setting):
    top_k, longest, impossible, windows = setting
    options = ["-k", str(top_k), "--max-answer", str(longest)] + (["--impossible"] if impossible else [])
    if windows:
        options += ["--max-tokens", str(windows[0]), "--overlap", str(windows[1])]
    lines = "".join(json.dumps({"q": q, "c": c}) + "\n" for q, c in chosen)
    done = subprocess.run([program, "answer", "-m", str(folder), "-i", "jsonl", "--field", "q", "--field", "c",
                           "-f", "jsonl", "--quiet", *options],
                          input=lines.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return [[(a["answer"], a["start"], a["end"], a["score"]) for a in json.loads(s).get("answers", [])]
            for s in done.stdout.splitlines()]


def differ(want, got):
    """Whether they do, and how far scores are apart."""
    if len(want) != len(got):
        return True, 0.0
    far = max((abs(w[3] - g[3]) for w, g in zip(want, got)), default=0.0)
    moved = [w for w, g in zip(want, got) if w[:3] != g[:3] and abs(w[3] - g[3]) > 1e-6]
    return bool(moved) or far > 1e-5, far


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--berth", default="build/berth")
    p.add_argument("--count", type=int, default=500)
    p.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    p.add_argument("folders", nargs="*", type=Path)
    args = p.parse_args()
    print("seed", args.seed)
    all_bad = 0
    for folder in args.folders or sorted((REFERENCE / "golden/families/models").glob("*-qa")):
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        model = transformers.AutoModelForQuestionAnswering.from_pretrained(folder).eval()
        chosen, n, bad, refused, largest = pairs(random.Random(args.seed), args.count), 0, 0, 0, 0.0
        for i, setting in enumerate(SETTINGS):
            part = chosen[i::len(SETTINGS)]
            got = berth(args.berth, folder, part, setting)
            if len(got) != len(part):
                sys.exit(f"{folder}: {len(got)} answers to {len(part)} questions")
            for (question, context), g in zip(part, got):
                try:
                    want = answers(tokenizer, model, question, context, setting)
                except KeyboardInterrupt:
                    raise
                except BaseException:  # pylint: disable=broad-except
                    want = []  # a panic of the tokenizer: the question leaves no room
                if not want:
                    refused += 1
                    continue
                n += 1
                wrong, far = differ(want, g)
                bad += wrong
                largest = max(largest, far)
                if wrong and bad <= 3:
                    print(f"  {(question, context, setting)!r:.300}\n    expected {want}\n    found    {g}")
        print(f"{folder.name}: {n} compared, {bad} differ, {refused} refused, scores within {largest:.1e}", flush=True)
        all_bad += bad
    return 1 if all_bad else 0


if __name__ == "__main__":
    sys.exit(main())
