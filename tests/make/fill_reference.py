#!/usr/bin/env python3
"""fill_reference.py MODEL > MODEL/golden/fill.json - masks filled with PyTorch.

Words of several pieces, joint fillings in both orders, and ranks, written plainly
and without batches from the definitions in berth-fill-mask(1). Needs torch and
transformers.
"""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import torch  # noqa: E402
from transformers import AutoModelForMaskedLM, AutoTokenizer  # noqa: E402

tok = AutoTokenizer.from_pretrained(sys.argv[1])
net = AutoModelForMaskedLM.from_pretrained(sys.argv[1]).float().eval()
M = tok.mask_token_id


@torch.inference_mode()
def logp(ids, at):
    return net(torch.tensor([ids])).logits[0, at].double().log_softmax(-1)


def word(text, target):
    """p(first | n masks) p(second | first, n - 1 masks) ..."""
    ids = tok(text)["input_ids"]
    pieces = tok(target, add_special_tokens=False)["input_ids"]
    at = ids.index(M)
    ids[at:at + 1] = [M] * len(pieces)
    total = 0.0
    for i, p in enumerate(pieces):
        total += logp(ids, at + i)[p].item()
        ids[at + i] = p
    return {"text": text, "target": target, "pieces": pieces,
            "score": torch.tensor(total).exp().item()}


def joint(text, order, beam):
    ids = tok(text)["input_ids"]
    masks = [i for i, x in enumerate(ids) if x == M]
    beams = [(0.0, tuple(ids))]
    for step in range(len(masks)):
        found = {}
        for score, state in beams:
            left = [i for i in masks if state[i] == M]
            if order == "left-to-right":
                at = left[0]
            else:
                at = max(left, key=lambda i: logp(list(state), i).max().item())
            top = logp(list(state), at).topk(beam)
            for p, w in zip(top.values.tolist(), top.indices.tolist()):
                new = state[:at] + (w,) + state[at + 1:]
                found[new] = max(found.get(new, -1e9), score + p)
        beams = sorted(((s, k) for k, s in found.items()), reverse=True)[:beam]
    return {"text": text, "order": order, "beam": beam, "fillings": [
        {"score": torch.tensor(s).exp().item(), "tokens": [k[i] for i in masks]}
        for s, k in beams]}


def rank(text, token):
    ids = tok(text)["input_ids"]
    p = logp(ids, ids.index(M))
    at = tok.convert_tokens_to_ids(token)
    return {"text": text, "word": token, "rank": int((p > p[at]).sum()) + 1,
            "score": p[at].exp().item()}


texts = ["The [MASK] is open.", "the [MASK] lost the souvenir"]
several = ["a [MASK] the [MASK] is", "[MASK] [MASK] of the [MASK] ."]
DATA = {
    "words": [word(t, w) for t in texts
              for w in ("souvenir", "traveler", "human")],
    "joint": [joint(t, o, b) for t in several
              for o in ("left-to-right", "best-first") for b in (1, 3, 6)],
    "ranks": [rank(t, w) for t in texts for w in ("the", "##s", "z")],
}
print("{" + ",\n".join(
    json.dumps(k) + ":[\n" + ",\n".join(json.dumps(x) for x in v) + "]"
    for k, v in DATA.items()) + "}")
