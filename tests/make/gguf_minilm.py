#!/usr/bin/env python3
"""gguf_minilm.py BERTH - the real all-MiniLM-L6-v2 of BERTH_REFERENCE as GGUF, F16 and Q8_0, written
by the gguf package; berth's ids and vectors of it beside those of transformers with the dequantised
weights. Prints the largest differences; exits with 1 where ids differ or a number by more than 2e-5.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.numpy import load_file
from transformers import AutoTokenizer, BertConfig, BertModel

import gguf_reference

REFERENCE = Path(os.environ["BERTH_REFERENCE"])
FOLDER = REFERENCE / "minilm"
TEXTS = [t["text"] for t in json.loads((REFERENCE / "golden/minilm/golden.json").read_text())["texts"]]


def write(path, kind, config, tokenizer):
    w = gguf.GGUFWriter(path, "bert")
    gguf_reference.write_keys(w, gguf.MODEL_ARCH.BERT, config, 1)
    gguf_reference.write_tokens(w, FOLDER, tokenizer, "bert", "jina-v2-en", False)
    back, _ = gguf_reference.write_tensors(w, gguf.MODEL_ARCH.BERT, config, load_file(FOLDER / "model.safetensors"), kind)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    return back


def run(berth, command, path, *options):
    lines = "".join(json.dumps({"text": t}) + "\n" for t in TEXTS)
    done = subprocess.run([berth, command, "-m", path, "-i", "jsonl", "--field", "text", *options], input=lines.encode(),
                          stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    config = json.loads((FOLDER / "config.json").read_text())
    tokenizer, worst, same = AutoTokenizer.from_pretrained(FOLDER), 0.0, True
    for kind in (gguf.GGMLQuantizationType.F16, gguf.GGMLQuantizationType.Q8_0):
        with tempfile.TemporaryDirectory() as d:
            path = Path(d) / ("minilm-%s.gguf" % kind.name)
            back = write(path, kind, config, tokenizer)
            model = BertModel(BertConfig.from_dict(config), add_pooling_layer=False).eval()
            model.load_state_dict({k: torch.tensor(v) for k, v in back.items()}, strict=False)
            vectors = run(sys.argv[1], "embed", path, "-f", "jsonl")
            tokens = run(sys.argv[1], "tokenize", path, "-f", "jsonl", "--max-tokens", "512")
            for text, v, t in zip(TEXTS, vectors, tokens):
                ids = tokenizer(text, truncation=True, max_length=512)["input_ids"]
                with torch.inference_mode():
                    want = model(torch.tensor([ids])).last_hidden_state[0].mean(0).numpy()
                same &= ids == t["ids"]
                worst = max(worst, float(np.abs(np.array(v["embedding"], "f4") - want).max()))
        print(kind.name, len(TEXTS), "texts: ids", "equal" if same else "DIFFER", "largest difference %.2g" % worst)
    return 0 if same and worst < 2e-5 else 1


if __name__ == "__main__":
    sys.exit(main())
