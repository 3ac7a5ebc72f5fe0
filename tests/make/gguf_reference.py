#!/usr/bin/env python3
"""gguf_reference.py FOLDER - small GGUF files as convert_hf_to_gguf.py of llama.cpp writes them,
with what the models say that have their dequantised weights: FOLDER/golden.json, of which
tests/encoder/test_gguf.c knows the form.

    BERTH_REFERENCE=... gguf_reference.py tests/data/gguf

Sources are random models of BERTH_REFERENCE; its families_numpy.py is the oracle. Made with gguf
0.19.0, transformers 5.24.0."""
import json
import os
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file, save_file
from transformers import AutoTokenizer

REFERENCE = Path(os.environ["BERTH_REFERENCE"]) / "golden"
sys.path.insert(0, str(REFERENCE))
import families_numpy  # noqa: E402

A, T = gguf.MODEL_ARCH, gguf.GGMLQuantizationType
# file, source, architecture, type of matrices, pooling, tokenizer.ggml.model and pre
FILES = [
    ("bert", "formats/bert", A.BERT, T.Q4_0, 1, "bert", "jina-v2-en"),
    ("bert-cased", "formats/bert", A.BERT, T.Q5_1, 2, "bert", "jina-v2-en"),
    ("roberta", "models/roberta-mlm", A.BERT, T.Q8_0, 2, "gpt2", "roberta-bpe"),
    ("xlmr", "models/xlmr-mlm", A.BERT, T.Q8_0, 1, "t5", "default"),
    ("nomic", "models/nomic-mlm", A.NOMIC_BERT, T.Q8_0, 1, "bert", "jina-v2-en"),
    ("jina", "models/jina-v2", A.JINA_BERT_V2, T.F16, 1, "bert", "jina-v2-en"),
    ("jina-2024", "models/jina-v2", A.JINA_BERT_V2, T.F16, 1, "bert", "jina-v2-en"),
    ("modernbert", "models/modernbert-mlm", A.MODERN_BERT, T.BF16, 3, "gpt2", "modern-bert"),
]
TEXTS = ["The cat sat on the MASK.", "  \u00dcber\u00a0Na\u00efve  caf\u00e9s, e\u0301t\u00e9\t\u6771\u4eac! don't \U0001f600 ", ""]
HEADS = ("pooler.", "cls.", "lm_head.", "head.", "decoder.")
PREFIXES = ("bert.", "roberta.", "nomic_bert.", "model.")


def position_offset(config):
    return config.get("pad_token_id", 0) + 1 if "roberta" in config["model_type"] else 0


def write_keys(w, arch, c, pooling):
    rope = c.get("rope_parameters", {})
    full = rope.get("full_attention", rope)
    w.add_type(gguf.GGUFType.MODEL)
    w.add_block_count(c["num_hidden_layers"])
    w.add_context_length(c["max_position_embeddings"] - position_offset(c))
    w.add_embedding_length(c["hidden_size"])
    w.add_feed_forward_length(c["intermediate_size"])
    w.add_head_count(c["num_attention_heads"])
    if "rope_theta" in full:
        w.add_rope_freq_base(full["rope_theta"])
    w.add_layer_norm_eps(c["norm_eps"] if arch == A.MODERN_BERT else c["layer_norm_eps"])
    w.add_causal_attention(False)
    w.add_pooling_type(gguf.PoolingType(pooling))
    if arch == A.MODERN_BERT:
        w.add_float32(gguf.Keys.Rope.FREQ_BASE_SWA.format(arch=w.arch), rope["sliding_attention"]["rope_theta"])
        w.add_sliding_window(c["local_attention"])
        w.add_sliding_window_pattern(c["layer_types"][1:].index("full_attention") + 1)
        w.add_rope_scaling_type(gguf.RopeScalingType.NONE)


def write_tokens(w, folder, tokenizer, model, pre, cased):
    file = json.loads(tokenizer.backend_tokenizer.to_str())
    added = {t["id"]: t for t in file["added_tokens"]}
    words = {i: t for t, i in tokenizer.get_vocab().items()}
    kinds = [1 if i not in added else 3 if added[i]["special"] else 4 for i in range(len(words))]
    if model == "t5":
        kinds[tokenizer.unk_token_id] = 2
        w.add_token_scores([s for _, s in file["model"]["vocab"]])
        w.add_add_space_prefix(True)
        w.add_remove_extra_whitespaces(True)
    if model == "bert":
        words = {i: t if kinds[i] == 3 else t[2:] if t.startswith("##") else "\u2581" + t for i, t in words.items()}
        w.add_token_type_count(2)
    w.add_tokenizer_model(model)
    w.add_tokenizer_pre(pre)
    w.add_token_list([words[i].encode() for i in range(len(words))])
    w.add_token_types(kinds)
    if cased:
        w.add_bool("tokenizer.ggml.normalizer.lowercase", False)
    special = gguf.SpecialVocab(folder, load_merges=model == "gpt2", n_vocab=len(words))
    special.special_token_ids.pop("cls", None)
    special.add_to_gguf(w, quiet=True)


def random_blocks(shape):
    blocks = np.random.default_rng(1).integers(0, 256, (shape[0] * shape[1] // 32, 18), dtype=np.uint8)
    blocks[:, :2] = np.full(len(blocks), 1e-3, np.float16).view(np.uint8).reshape(-1, 2)
    return blocks.reshape(shape[0], -1)


def write_tensors(w, arch, c, weights, kind, split=False):
    """Returns the weights as the file has them, and one tensor of each type. split: the gate in a
    tensor of its own, as the converter of 2024 had it."""
    names = gguf.get_tensor_name_map(arch, c["num_hidden_layers"])
    offset, back, rows = position_offset(c), {}, {}
    for name, x in sorted(weights.items()):
        short = name
        for prefix in PREFIXES:
            short = short.removeprefix(prefix)
        if short.startswith(HEADS) or short.endswith("position_ids"):
            continue
        new = names.get_name(short, try_suffixes=(".weight", ".bias"))
        cut, x = (x[:offset], x[offset:]) if new == "position_embd.weight" else (x[:0], x)
        q = T.F32 if x.ndim == 1 or new in ("position_embd.weight", "token_types.weight") else kind
        if x.shape[-1] % gguf.GGML_QUANT_SIZES[q][0]:
            q = T.F16
        data = gguf.quantize(x, q)
        if kind == T.Q4_0 and new.endswith("ffn_down.weight"):  # gguf cannot quantise to this one
            q, data = T.IQ4_NL, random_blocks(x.shape)
        if name == "roberta.embeddings.token_type_embeddings.weight" and kind == T.Q8_0 and len(x) == 1:
            data = data.reshape(-1)  # llama-quantize leaves out sizes of 1
        value = gguf.dequantize(data, q).astype("<f4").reshape(x.shape)
        if split and "ffn_up" in new:
            half = len(data) // 2
            w.add_tensor(new.replace("ffn_up", "ffn_gate"), data[:half].copy(), raw_dtype=q)
            data = data[half:].copy()
        w.add_tensor(new, data, raw_dtype=q)
        back[name] = np.concatenate([cut, value])
        if q != T.F32:
            rows.setdefault(q.name, (new, value[:16]))
    return back, rows


def hidden_states(folder, weights, ids):
    with tempfile.TemporaryDirectory() as d:
        save_file(weights, d + "/model.safetensors")
        (Path(d) / "config.json").write_text((folder / "config.json").read_text())
        model = families_numpy.Model(d)
    encoder = families_numpy.ENCODERS[model.c["model_type"]]
    if model.c["model_type"] == "bert" and "position_embedding_type" not in model.c:
        encoder = families_numpy.bert_like
        model.c["pad_token_id"] = -1
    return np.stack(encoder(model, np.array(ids), np.zeros(len(ids), int))[0]).astype("<f4")


def make(out, name, source, arch, kind, pooling, model, pre):
    folder = REFERENCE / "families" / source
    config = json.loads((folder / "config.json").read_text())
    cased = name == "bert-cased"
    tokenizer = AutoTokenizer.from_pretrained(folder, **({"do_lower_case": False} if cased else {}))
    if model == "t5":  # a table of characters would be most of the file
        tokenizer.backend_tokenizer.normalizer = None
    w = gguf.GGUFWriter(out / (name + ".gguf"), gguf.MODEL_ARCH_NAMES[arch])
    write_keys(w, arch, config, pooling)
    write_tokens(w, folder, tokenizer, model, pre, cased)
    back, rows = write_tensors(w, arch, config, load_file(folder / "model.safetensors"), kind,
                               name == "jina-2024")
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    golden = {"file": name + ".gguf", "dequantised": {}, "texts": []}
    for kind_name, (tensor, value) in rows.items():
        golden["dequantised"][tensor] = "%s.%s.npy" % (name, kind_name)
        np.save(out / golden["dequantised"][tensor], value)
    for i, text in enumerate(TEXTS):
        text = text.replace("MASK", tokenizer.mask_token)
        ids = tokenizer(text)["input_ids"]
        states = hidden_states(folder, back, ids)
        file = "%s.t%d.npy" % (name, i)
        np.save(out / file, states)
        pooled = {1: states[-1].mean(0), 2: states[-1][0], 3: states[-1][-1]}[pooling]
        golden["texts"].append({"id": "t%d" % i, "text": text, "ids": ids, "files": {"hidden_states": file},
                                "embedding": [round(float(v), 7) for v in pooled]})
    return golden


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    golden = [make(out, *row) for row in FILES]
    (out / "golden.json").write_text(json.dumps({"gguf": golden}, indent=1) + "\n")


if __name__ == "__main__":
    main()
