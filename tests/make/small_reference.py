#!/usr/bin/env python3
"""small_reference.py FOLDER - tiny random models of transformers with golden values, of which
tests/encoder/test_golden.c knows the form: FOLDER/deberta (projections of its own for distances,
positions, a convolution, projected embeddings), FOLDER/mobilebert, and FOLDER/albert-order with
the head for the order of sentences, which tests/encoder/test_heads.c compares.

Made with transformers 5.24.0, torch 2.15.0, in float32."""
import json
import os
import sys

import numpy as np
import torch
from tokenizers import BertWordPieceTokenizer
from transformers import (AlbertConfig, AlbertForPreTraining, DebertaV2Config,
                          DebertaV2ForMaskedLM, MobileBertConfig, MobileBertForMaskedLM)
from transformers.modeling_outputs import BaseModelOutputWithPooling

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] the cat sat on mat . , paris is capital of france ##s a ##t in it"
TEXTS = [("The cat sat on the mat.", None), ("Paris is the [MASK] of France, it is [MASK].", None),
         ("", None), ("the cats sat in paris " * 7, None), ("Is it a cat?", "It is a cat, on a mat.")]
V, POSITIONS = len(WORDS.split()), 48
SHARED = dict(vocab_size=V, hidden_size=24, num_hidden_layers=2, num_attention_heads=2,
              intermediate_size=20, max_position_embeddings=POSITIONS, type_vocab_size=2)
MODELS = {
    "deberta": lambda: DebertaV2ForMaskedLM._from_config(DebertaV2Config(
        **SHARED, embedding_size=16, relative_attention=True, pos_att_type=["c2p", "p2c"],
        position_buckets=12, max_relative_positions=40, share_att_key=False,
        norm_rel_ebd="layer_norm", position_biased_input=True, conv_kernel_size=5,
        conv_act="gelu"), attn_implementation="eager"),
    "mobilebert": lambda: MobileBertForMaskedLM._from_config(MobileBertConfig(
        **SHARED, embedding_size=12, intra_bottleneck_size=16, num_feedforward_networks=3),
        attn_implementation="eager"),
    "albert-order": lambda: AlbertForPreTraining._from_config(AlbertConfig(
        **SHARED, embedding_size=12, num_hidden_groups=1, pad_token_id=0, bos_token_id=2,
        eos_token_id=3), attn_implementation="eager"),
}


def write_tokenizer(folder):
    vocab = os.path.join(folder, "vocab.txt")
    with open(vocab, "w") as f:
        f.write("\n".join(WORDS.split()) + "\n")
    tokenizer = BertWordPieceTokenizer(vocab)
    tokenizer.save(os.path.join(folder, "tokenizer.json"))
    os.remove(vocab)
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as f:
        json.dump({"tokenizer_class": "BertTokenizer", "do_lower_case": True,
                   "model_max_length": POSITIONS}, f, indent=2)
        f.write("\n")
    return tokenizer


def lens(model, states, **inputs):
    """What the model's masked-LM head says of each of its hidden states: (states, tokens, V)."""
    encoder, rows = model.base_model, []
    forward = encoder.forward
    for state in states:
        encoder.forward = lambda *a, s=state, **k: BaseModelOutputWithPooling(s, s[:, 0])
        out = model(**inputs)
        rows.append((out.prediction_logits if "sop_logits" in out else out.logits)[0])
    encoder.forward = forward
    return torch.stack(rows)


def golden(name, folder, model, tokenizer):
    def write(text, what, x):
        text["files"][what] = f"{text['id']}.{what}.npy"
        np.save(os.path.join(folder, text["files"][what]), x.numpy())

    texts, orders, over_texts = [], [], {}
    for i, (a, b) in enumerate(TEXTS):
        encoded = tokenizer.encode(a, b)
        ids, types = encoded.ids, encoded.type_ids
        with torch.no_grad():
            inputs = dict(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([types]))
            out = model(**inputs, output_hidden_states=True, output_attentions=True)
            of_states = lens(model, out.hidden_states, **inputs)
        masks = [t for t, token in enumerate(ids) if token == 4]
        text = {"id": f"t{i:02}", "text": a, "pair": b, "ids": ids, "type_ids": types, "files": {},
                "mask_positions": masks, "top10": []}
        write(text, "hidden_states", torch.stack(out.hidden_states)[:, 0])
        write(text, "attentions", torch.stack(out.attentions)[:, 0])
        if "sop_logits" in out:
            orders.append(out.sop_logits[0])
        logits = out.prediction_logits if "sop_logits" in out else out.logits
        if masks:
            write(text, "mlm_logits", logits[0, masks])
            write(text, "lens_logits", of_states[:, masks])
            best = torch.topk(logits[0, masks].softmax(-1), 10)
            text["top10"] = [[{"token": t, "score": s} for t, s in zip(*row)]
                             for row in zip(best.indices.tolist(), best.values.tolist())]
        texts.append(text)
    if orders:
        over_texts = {"files_over_texts": {"nsp_logits": "nsp_logits.npy"}}
        np.save(os.path.join(folder, "nsp_logits.npy"), torch.stack(orders).numpy())
    with open(os.path.join(folder, "golden.json"), "w") as f:
        json.dump({"model": name, **over_texts, "position_limit": POSITIONS,
                   "max_abs_float32_minus_float64": {}, "texts": texts}, f)
        f.write("\n")


torch.set_num_threads(1)
for name, make in MODELS.items():
    folder = os.path.join(sys.argv[1], name)
    os.makedirs(os.path.join(folder, "golden"), exist_ok=True)
    torch.manual_seed(14)
    model = make().eval()
    with torch.no_grad():
        for key, p in model.named_parameters():
            looks = "query" in key or "key" in key  # so that weights of attention differ
            spread = 0.3 if name == "deberta" else 0.6 if looks else 0.15
            p.copy_(torch.randn_like(p) * spread + (1.0 if key.endswith("LayerNorm.weight") else 0.0))
    model.save_pretrained(folder)
    golden(name, os.path.join(folder, "golden"), model, write_tokenizer(folder))
