"""Where the models, the texts and the results are, from the environment:

  BENCH_WORK    folder for everything that is made (texts, ONNX, CTranslate2 and random models, raw.jsonl)
  BENCH_DATA    the shared data folder (text/pud.txt, text/wikitext-2-valid.txt)
  BENCH_MINILM  Hugging Face folder of all-MiniLM-L6-v2
  BENCH_BASE    folder with base-model/ and base-mlm/ from make_bert_base.py
  BENCH_BERTH   command template of berth, e.g. "build/berth embed -m {model} -j {threads} --precision {prec}" (optional)
  BENCH_PIECES  folder with a large SentencePiece model's tokenizer.json (optional)
  BENCH_LLAMA   folder with the llama-embedding program (optional)
  BENCH_GGUF    folder with minilm-{f32,f16,q8_0}.gguf and base-... (optional)
  BENCH_PAUSE   process ids of neighbours to SIGSTOP while measuring (optional; always continued again)
"""
import json
import os
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
env = os.environ.get
HERE = os.path.dirname(os.path.abspath(__file__))
WORK = env("BENCH_WORK", "bench-work")
# Layers, width, inner width, heads, longest text.
SHAPES = {"minilm": dict(L=6, H=384, I=1536, A=12, max=256), "base": dict(L=12, H=768, I=3072, A=12, max=512)}
VOCABULARY = 30522


def place(name):
    return os.path.join(WORK, name)


def hf(model):
    if model == "minilm":
        return env("BENCH_MINILM")
    return os.path.join(env("BENCH_BASE"), model if "-" in model else "base-model")


def tokenizer(model, max_len=None):
    from tokenizers import Tokenizer

    t = Tokenizer.from_file(os.path.join(hf(model), "tokenizer.json"))
    t.no_padding()
    t.enable_truncation(max_len or SHAPES[model.split("-")[0]]["max"])
    return t


def texts(model, workload):
    with open(place(f"{workload}.{model}.txt"), encoding="utf-8") as f:
        return f.read().split("\n")[:-1]


def pick(lines, scale):
    """An even subset: the same lines for each peer."""
    n = max(1, round(len(lines) * scale))
    return [lines[i * len(lines) // n] for i in range(n)]


def operations(model, tokens, squares, head=False):
    """Multiplications and additions for texts of so many tokens in all, and so many squares of their lengths."""
    s = SHAPES[model]
    per_token = 2 * s["L"] * (4 * s["H"] ** 2 + 2 * s["H"] * s["I"])
    if head:
        per_token += 2 * (VOCABULARY * s["H"] + s["H"] ** 2)
    return per_token * tokens + 4 * s["L"] * s["H"] * squares


def log(**row):
    row["at"] = round(time.time())
    with open(place("raw.jsonl"), "a") as f:
        f.write(json.dumps(row) + "\n")


def logged():
    if not os.path.exists(place("raw.jsonl")):
        return []
    with open(place("raw.jsonl")) as f:
        return [json.loads(line) for line in f]


def forget(level):
    """What was logged of a CPU level, and the peaks."""
    kept = [r for r in logged() if r.get("level", level) != level]
    with open(place("raw.jsonl"), "w") as f:
        f.writelines(json.dumps(r) + "\n" for r in kept)
