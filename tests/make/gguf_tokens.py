#!/usr/bin/env python3
"""gguf_tokens.py BERTH - ids and offsets of the 772 texts of BERTH_REFERENCE with vocabularies that
went through GGUF: byte-level BPE of RoBERTa and of ModernBERT, Unigram of XLM-RoBERTa with its table
of characters. Exits with 1 where one differs from the golden values."""
import base64
import gzip
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
from transformers import AutoTokenizer

import gguf_reference

FOLDER = gguf_reference.REFERENCE / "families/tokenizers"
KINDS = [("roberta-big", "gpt2", "roberta-bpe", gguf.MODEL_ARCH.BERT),
         ("modernbert-big", "gpt2", "modern-bert", gguf.MODEL_ARCH.MODERN_BERT),
         ("xlmr-big", "t5", "default", gguf.MODEL_ARCH.BERT)]
ROPE = {"full_attention": {"rope_theta": 1e4}, "sliding_attention": {"rope_theta": 1e4}}
CONFIG = {"model_type": "bert", "num_hidden_layers": 1, "max_position_embeddings": 100000, "hidden_size": 32,
          "intermediate_size": 32, "num_attention_heads": 1, "norm_eps": 1e-5, "layer_norm_eps": 1e-5,
          "local_attention": 8, "layer_types": ["full_attention", "sliding_attention", "full_attention"]}


def read(name):
    with gzip.open(FOLDER / name, "rt") as f:
        return [json.loads(line) for line in f]


def write(path, kind, model, pre, arch):
    tokenizer = AutoTokenizer.from_pretrained(FOLDER / kind)
    w = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[arch])
    rope = {"rope_parameters": ROPE} if arch == gguf.MODEL_ARCH.MODERN_BERT else {}
    gguf_reference.write_keys(w, arch, {**CONFIG, **rope}, 1)
    gguf_reference.write_tokens(w, FOLDER / kind, tokenizer, model, pre, False)
    table = re.search(r'"precompiled_charsmap":\s*"([^"]*)"', tokenizer.backend_tokenizer.to_str())
    if table:
        w.add_precompiled_charsmap(base64.b64decode(table[1]))
    w.add_tensor("token_embd.weight", np.zeros((len(tokenizer), 32), "f4"))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def main():
    texts, n_bad = read("texts.jsonl.gz"), 0
    lines = "".join(json.dumps({"text": t["text"] if isinstance(t, dict) else t}) + "\n" for t in texts)
    for kind, model, pre, arch in KINDS:
        with tempfile.TemporaryDirectory() as d:
            write(Path(d) / "model.gguf", kind, model, pre, arch)
            done = subprocess.run([sys.argv[1], "tokenize", "-m", d, "--quiet", "-i", "jsonl", "--field", "text",
                                   "-f", "jsonl"], input=lines.encode(), stdout=subprocess.PIPE, check=True)
        got = [json.loads(line) for line in done.stdout.splitlines()]
        bad = [i for i, (a, b) in enumerate(zip(got, read(kind + "/golden.jsonl.gz"), strict=True))
               if (a["ids"], a["offsets"]) != (b["ids"], b["offsets"])]
        print(kind, len(got), "texts,", len(bad), "differ", bad[:5])
        n_bad += len(bad)
    return n_bad > 0


if __name__ == "__main__":
    sys.exit(main())
