#!/usr/bin/env python3
"""inside_reference.py MODEL > MODEL/inside.json - what happens inside a BERT, computed with
PyTorch and transformers: the steps of each layer, norms, rollout, words, hiding, statistics of
heads, positions. tests/encoder/test_inside.c and tests/unit/test_inside_math.c compare with it.

Made with torch 2.15.0, transformers 5.23.0, in float32 (statistics of heads in float64)."""
import json
import sys

import torch
from transformers import AutoTokenizer, BertForMaskedLM

TEXT = "The cat sat."
PAIR = "On the mat."
STATS = ["The cat sat on the mat.", "A dog, a cat; and who?", "Yes."]
HIDDEN_HEADS = [[0, 1], [1, 0]]
HIDDEN_TOKENS = [0, 3]

folder = sys.argv[1]
torch.set_num_threads(1)
tokenizer = AutoTokenizer.from_pretrained(folder)
model = BertForMaskedLM.from_pretrained(folder, attn_implementation="eager").eval()
config = model.config
layers = model.bert.encoder.layer
L, H, C = config.num_hidden_layers, config.num_attention_heads, config.hidden_size
D = C // H


def flat(x):
    """Numbers to 7 digits, as exact as the bounds need."""
    return [float(f"{v:.7g}") for v in torch.as_tensor(x).reshape(-1).tolist()]


def run(inputs, **more):
    with torch.no_grad():
        return model(**inputs, output_attentions=True, output_hidden_states=True, **more)


# The steps of each layer, by hooks.
steps = {name: [None] * L for name in
         ["attention-output", "attention-norm", "ff-inner", "ff-output", "hidden", "value"]}


def keep(name, i):
    def hook(_module, _inputs, output):
        steps[name][i] = (output[0] if isinstance(output, tuple) else output).detach()[0]
    return hook


handles = []
for i, layer in enumerate(layers):
    for name, module in [("attention-output", layer.attention.output.dense),
                         ("attention-norm", layer.attention.output),
                         ("ff-inner", layer.intermediate), ("ff-output", layer.output.dense),
                         ("hidden", layer.output), ("value", layer.attention.self.value)]:
        handles.append(module.register_forward_hook(keep(name, i)))
inputs = tokenizer(TEXT, PAIR, return_tensors="pt")
out = run(inputs)
for handle in handles:
    handle.remove()
ids = inputs["input_ids"][0]
T = len(ids)
weights = torch.stack([a[0] for a in out.attentions])  # (L, H, T, T)
assert torch.equal(torch.stack(steps["hidden"]), torch.stack([h[0] for h in out.hidden_states[1:]]))

# Kobayashi et al. 2020: |alpha f(x)|, f(x) = (x W_V + b_V) W_O, by head.
norms = torch.empty(L, H, T, T)
for i, layer in enumerate(layers):
    matrix = layer.attention.output.dense.weight.detach()  # (C, C): out, in
    for h in range(H):
        f = steps["value"][i][:, h * D:(h + 1) * D] @ matrix[:, h * D:(h + 1) * D].T
        norms[i, h] = (weights[i, h][:, :, None] * f[None]).norm(dim=-1)

# Abnar & Zuidema 2020.
rollout = []
for i in range(L):
    a = weights[i].mean(dim=0) + torch.eye(T)
    a = a / a.sum(dim=-1, keepdim=True)
    rollout.append(a if i == 0 else a @ rollout[-1])

# Clark et al. 2019, section 4.1: words from pieces.
tokens = tokenizer.convert_ids_to_tokens(ids.tolist())
group = []
for t in tokens:
    group.append(group[-1] if t.startswith("##") else (group[-1] + 1 if group else 0))
member = torch.nn.functional.one_hot(torch.tensor(group)).float()  # (T, W)
words = (member / member.sum(dim=0)).T @ weights @ member

# Hiding: a head's context is 0; a token's key is masked.
mask = torch.ones(1, T, dtype=torch.long)
mask[0, HIDDEN_TOKENS] = 0


def cut(heads):
    def hook(_module, args):
        x = args[0].clone()
        for h in heads:
            x[..., h * D:(h + 1) * D] = 0
        return (x,)
    return hook


handles = [layers[i].attention.output.dense.register_forward_pre_hook(
    cut([h for l, h in HIDDEN_HEADS if l == i])) for i in range(L)]
hiding = run({**inputs, "attention_mask": mask})
for handle in handles:
    handle.remove()
hidden_weights = torch.stack([a[0] for a in hiding.attentions])
for l, h in HIDDEN_HEADS:
    hidden_weights[l, h] = 0

# Clark et al. 2019, sections 3 and 6.
sums = torch.zeros(L * H, 8, dtype=torch.float64)
distances = torch.zeros(L * H, L * H, dtype=torch.float64)
queries = 0


def entropy(p):
    return -torch.xlogy(p, p).sum(dim=-1)


for text in STATS:
    inputs_of = tokenizer(text, return_tensors="pt")
    w = torch.stack([a[0] for a in run(inputs_of).attentions]).double()
    n = w.shape[-1]
    w = w.reshape(L * H, n, n)
    names = tokenizer.convert_ids_to_tokens(inputs_of["input_ids"][0].tolist())
    at = torch.arange(n)
    keys = [torch.tensor([t == "[CLS]" for t in names]).expand(n, n),
            torch.tensor([t == "[SEP]" for t in names]).expand(n, n),
            at[:, None] == at[None], at[:, None] - 1 == at[None], at[:, None] + 1 == at[None],
            torch.tensor([t in ".,;?" for t in names]).expand(n, n)]
    sums[:, 0] += entropy(w).sum(dim=-1)
    sums[:, 1] += (w * (at[:, None] - at[None]).abs()).sum(dim=(-1, -2))
    for k, which in enumerate(keys):
        sums[:, 2 + k] += (w * which).sum(dim=(-1, -2))
    middle = (w[:, None] + w[None]) / 2
    distances += (entropy(middle) - (entropy(w)[:, None] + entropy(w)[None]) / 2).sum(dim=-1)
    queries += n

# Positions.
table = model.bert.embeddings.position_embeddings.weight.detach()[:6]
unit = torch.nn.functional.normalize(table, dim=-1)
sinusoids = torch.zeros(6, C)
p = torch.arange(6, dtype=torch.float64)[:, None]
rate = torch.exp(-torch.arange(0, C, 2, dtype=torch.float64) / C * torch.log(torch.tensor(1e4, dtype=torch.float64)))
sinusoids[:, 0::2] = torch.sin(p * rate).float()
sinusoids[:, 1::2] = torch.cos(p * rate).float()

result = {"text": TEXT, "pair": PAIR, "ids": ids.tolist()}
for name in ["attention-output", "attention-norm", "ff-inner", "ff-output", "hidden"]:
    result[name] = flat(torch.stack(steps[name]))
result |= {
    "norms": flat(norms), "rollout": flat(torch.stack(rollout)), "group": group,
    "words": flat(words), "mean_heads": flat(weights.mean(dim=1)),
    "max_layers": flat(weights.amax(dim=0)),
    "hide": {"heads": HIDDEN_HEADS, "tokens": HIDDEN_TOKENS, "weights": flat(hidden_weights),
             "hidden": flat(hiding.hidden_states[-1][0])},
    "stats": {"texts": STATS, "means": flat(sums / queries), "distances": flat(distances / queries)},
    "positions": {"vectors": flat(table), "cosine": flat(unit @ unit.T), "dot": flat(table @ table.T),
                  "sinusoids": flat(sinusoids)},
}
print("{")
print(",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in result.items()))
print("}")
