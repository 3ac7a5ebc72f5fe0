#!/usr/bin/env python3
"""new_reference.py FOLDER - a tiny random GTE as its makers publish it: model_type "new", rotations
scaled by "ntk", no token types; and its golden values, of which tests/encoder/test_golden.c
knows the form. The encoder is that of transformers, whose "gte" is the same model, with the speeds of
NTKScalingRotaryEmbedding, the code beside published files.

Made with transformers 5.24.0, torch 2.15.0, in float32."""
import json
import os
import sys
import tempfile

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import BertWordPieceTokenizer
from transformers import GteConfig, GteForMaskedLM

FACTOR, THETA = 8.0, 20000.0
WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] the cat sat on mat . , paris is capital of france ##s a ##t in it"
TEXTS = ["The cat sat on the mat.", "Paris is the [MASK] of France, it is [MASK].", "",
         "the cats sat in paris " * 7]

folder = sys.argv[1]
golden = os.path.join(folder, "golden")
os.makedirs(golden, exist_ok=True)
torch.manual_seed(14)
torch.set_num_threads(1)
config = GteConfig(vocab_size=len(WORDS.split()), hidden_size=24, num_hidden_layers=2,
                   num_attention_heads=2, intermediate_size=20, max_position_embeddings=48,
                   type_vocab_size=0, rope_parameters={"rope_type": "default", "rope_theta": THETA})
model = GteForMaskedLM._from_config(config, attn_implementation="eager").eval()
with torch.no_grad():
    for p in model.parameters():
        p.copy_(torch.randn_like(p) * 0.3 + (1.0 if p.dim() == 1 and p.mean() == 1 else 0.0))
D = config.hidden_size // config.num_attention_heads
speeds = 1.0 / ((THETA * FACTOR) ** (torch.arange(0, D, 2).float() / D))
for module in model.modules():
    if hasattr(module, "inv_freq"):
        module.inv_freq.copy_(speeds / FACTOR ** (2 / D))

with open(os.path.join(folder, "vocab.txt"), "w") as f:
    f.write("\n".join(WORDS.split()) + "\n")
tokenizer = BertWordPieceTokenizer(os.path.join(folder, "vocab.txt"))
tokenizer.save(os.path.join(folder, "tokenizer.json"))
os.remove(os.path.join(folder, "vocab.txt"))
published = {
    "architectures": ["NewForMaskedLM"], "model_type": "new", "attention_probs_dropout_prob": 0.0,
    "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "hidden_size": config.hidden_size,
    "initializer_range": 0.02, "intermediate_size": config.intermediate_size,
    "layer_norm_eps": 1e-12, "layer_norm_type": "layer_norm", "logn_attention_clip1": False,
    "logn_attention_scale": False, "max_position_embeddings": config.max_position_embeddings,
    "num_attention_heads": config.num_attention_heads, "num_hidden_layers": config.num_hidden_layers,
    "pack_qkv": True, "pad_token_id": 0, "position_embedding_type": "rope",
    "rope_scaling": {"factor": FACTOR, "type": "ntk"}, "rope_theta": THETA, "torch_dtype": "float32",
    "type_vocab_size": 0, "unpad_inputs": False, "use_memory_efficient_attention": False,
    "vocab_size": config.vocab_size,
}
for name, value in [("config.json", published), ("tokenizer_config.json", {
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 48})]:
    with open(os.path.join(folder, name), "w") as f:
        json.dump(value, f, indent=2)
        f.write("\n")
with tempfile.TemporaryDirectory() as saved:  # in the names of published files
    model.save_pretrained(saved)
    tensors = load_file(os.path.join(saved, "model.safetensors"))
save_file({name.replace("gte.", "new.", 1): x for name, x in tensors.items()},
          os.path.join(folder, "model.safetensors"), {"format": "pt"})


def write(text, name, x):
    file = f"{text['id']}.{name}.npy"
    text["files"][name] = file
    np.save(os.path.join(golden, file), x.numpy())


texts = []
for i, line in enumerate(TEXTS):
    ids = tokenizer.encode(line).ids
    with torch.no_grad():
        out = model(torch.tensor([ids]), output_hidden_states=True, output_attentions=True)
    masks = [t for t, token in enumerate(ids) if token == 4]
    text = {"id": f"t{i:02}", "text": line, "pair": None, "ids": ids, "type_ids": None, "files": {},
            "mask_positions": masks, "top10": []}
    write(text, "hidden_states", torch.stack(out.hidden_states)[:, 0])
    write(text, "attentions", torch.stack(out.attentions)[:, 0])
    if masks:
        write(text, "mlm_logits", out.logits[0, masks])
        best = torch.topk(out.logits[0, masks].softmax(-1), 10)
        text["top10"] = [[{"token": t, "score": s} for t, s in zip(*row)]
                         for row in zip(best.indices.tolist(), best.values.tolist())]
    texts.append(text)
with open(os.path.join(golden, "golden.json"), "w") as f:
    json.dump({"model": "new-ntk", "position_limit": 48, "max_abs_float32_minus_float64": {},
               "texts": texts}, f)
    f.write("\n")
