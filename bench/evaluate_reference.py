#!/usr/bin/env python3
"""evaluate_reference.py MODEL DUMP [DATA] - the same as evaluate.py, with transformers.

DUMP is what `evaluate.py --dump` wrote. For every BLiMP pair in it the pseudo-
log-likelihoods are computed with transformers, one sentence at a time, and the
choices compared; for every capital the five likeliest words; where DATA is given,
STS-B with sentence_transformers too. Fails when a pair whose margin exceeds 1e-4
is chosen differently, a score is off by 1e-3, the share of capitals differs, or
Spearman's correlation by 1e-4. Needs torch, transformers and
sentence_transformers.
"""
import json
import os
import sys

import numpy as np

os.environ["HF_HUB_OFFLINE"] = "1"
import torch  # noqa: E402
from transformers import AutoModelForMaskedLM, AutoTokenizer  # noqa: E402

torch.set_num_threads(2)
path, dump = sys.argv[1:3]
tok = AutoTokenizer.from_pretrained(path)
net = AutoModelForMaskedLM.from_pretrained(path).float().eval()


@torch.inference_mode()
def pll(text):
    ids = tok(text, return_tensors="pt")["input_ids"][0]
    at = torch.arange(1, len(ids) - 1)
    rows = ids.repeat(len(at), 1)
    rows[torch.arange(len(at)), at] = tok.mask_token_id
    logits = net(rows).logits[torch.arange(len(at)), at].double()
    return logits.log_softmax(-1)[torch.arange(len(at)), ids[at]].sum().item()


@torch.inference_mode()
def top5(text):
    ids = tok(text, return_tensors="pt")["input_ids"]
    at = ids[0].tolist().index(tok.mask_token_id)
    return [x.lower() for x in
            tok.convert_ids_to_tokens(net(ids).logits[0, at].topk(5).indices)]


def spearman(x, y):
    def rank(v):
        v = np.array(v)
        return np.array([((v < u).sum() + (v <= u).sum() - 1) / 2 for u in v])
    return np.corrcoef(rank(x), rank(y))[0, 1]


def sts(part):
    from sentence_transformers import SentenceTransformer
    m = SentenceTransformer(path, device="cpu",
                            model_kwargs={"dtype": torch.float32})
    with open(f"{sys.argv[3]}/sts-{part}.csv", encoding="utf-8",
              newline="\n") as f:
        rows = [x.rstrip("\n").split("\t") for x in f]
    a, b = (m.encode([r[k] for r in rows], normalize_embeddings=True)
            for k in (5, 6))
    cosines = np.round((a.astype(float) * b).sum(1), 6)
    return spearman(cosines, [float(r[4]) for r in rows])


n = other = near = agree = 0
n_capitals = same = 0
hits = [[0, 0], [0, 0]]
worst = 0.0
bad = False
for line in open(dump, encoding="utf-8"):
    row = json.loads(line)
    if "blimp" in row:
        want = [pll(row[k]) for k in ("good", "bad")]
        got = row["scores"]
        worst = max(worst, *(abs(x - y) for x, y in zip(got, want)))
        n += 1
        agree += want[0] > want[1]
        if abs(want[0] - want[1]) <= 1e-4:
            near += 1
        elif (want[0] > want[1]) != (got[0] > got[1]):
            other += 1
            print("other choice:", row, want)
    elif "capital" in row:
        n_capitals += 1
        tops = (row["top"], top5(row["text"]))
        same += tops[0] == tops[1]
        for hit, top in zip(hits, tops):
            hit[0] += row["capital"] == top[0]
            hit[1] += row["capital"] in top
    elif "sts" in row and len(sys.argv) > 3:
        want = sts(row["sts"])
        print(f"sts.{row['sts']}: berth {row['spearman']:.6f}, "
              f"sentence_transformers {want:.6f}")
        bad = bad or abs(want - row["spearman"]) > 1e-4
if n_capitals > 0:
    print(f"capitals: {n_capitals}, the five likeliest alike {same} times, top 1 "
          f"and 5: berth {hits[0]}, transformers {hits[1]}")
    bad = bad or hits[0] != hits[1]
print(f"blimp: {n} pairs, the good one {agree} times, {other} chosen otherwise, "
      f"{near} within 1e-4, largest difference of a score {worst:.2g}")
sys.exit(bad or other > 0 or worst > 1e-3)
