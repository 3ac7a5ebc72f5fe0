#!/usr/bin/env python3
"""convert_transformers.py BERTH - what transformers and sentence-transformers make of folders that
`berth convert` writes: of each model of BERTH_REFERENCE, of its files in other formats and of the
real all-MiniLM-L6-v2, as stored and in float32, float16 and bfloat16.

A folder must load without missing weights but those that its source has not; where transformers
reads the source, the tensors must be the source's, rounded to the type; and its states must be
berth's within 2e-5, with float32 weights. In 8 bits it must not load. Prints a line for each model;
exits with 1 where one of this is not so. Tried with transformers 5.24, sentence-transformers 6.2.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import numpy as np  # noqa: E402
import torch  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402
from transformers import AutoConfig, AutoModel, AutoModelForMaskedLM, AutoTokenizer  # noqa: E402

REFERENCE = Path(os.environ["BERTH_REFERENCE"])
TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}
TEXT = "the man is here, and a hat"


def sources():
    for folder in ("golden/models", "golden/families/models"):
        yield from sorted(p.parent for p in (REFERENCE / folder).glob("*/config.json"))
    yield from sorted((REFERENCE / "golden/families/formats").glob("*.gguf"))
    yield from sorted(p.parent for p in (REFERENCE / "golden/families/formats").glob("*/config.json"))
    yield REFERENCE / "data/tf-checkpoint"
    yield REFERENCE / "minilm"


def berth(program, *args):
    return subprocess.run([program, *map(str, args)], capture_output=True, check=False)


def load(folder):
    """With its head, where its classes say that it has one."""
    names = AutoConfig.from_pretrained(folder).architectures or [""]
    kind = AutoModelForMaskedLM if names[0].endswith(("MaskedLM", "PreTraining")) else AutoModel
    return kind.from_pretrained(folder, output_loading_info=True)


def states(folder):
    tokens = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt")
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        return model(**tokens).last_hidden_state[0].mean(0).numpy()


def compare(program, source, folder, precision):
    """The largest difference of states; raises what is wrong."""
    model, info = load(folder)
    try:
        before, old = load(source)
    except Exception:  # it is no format of transformers
        before, old = None, {"missing_keys": set(info["missing_keys"])}
    missing = set(info["missing_keys"]) - set(old["missing_keys"])
    assert not missing, f"missing {sorted(missing)[:3]}"
    if before is not None:
        parts = dict(before.state_dict())
        for name, now in model.state_dict().items():
            want = parts[name].to(TYPES[precision] if precision else parts[name].dtype)
            same = torch.equal(now.to(torch.float32), want.to(torch.float32))
            assert same or name in old["missing_keys"], f"another {name}"
    out = berth(program, "embed", "--quiet", "-m", folder, "--pooling", "mean", "--no-normalize", "--no-prompt", "-t", TEXT).stdout
    vector = np.array(out.split(), dtype=np.float32)
    near = float(np.abs(vector - states(folder)).max())
    assert near < 2e-5, f"states differ by {near:.2g}"
    return near


def check(program, source):
    worst = 0.0
    for precision in (None, *TYPES):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "new"
            words = ["--precision", precision] if precision else []
            done = berth(program, "convert", "-m", source, "-o", folder, *words)
            if done.returncode:
                return "not by berth: " + done.stderr.decode().strip()
            worst = max(worst, compare(program, source, folder, precision))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "new"
        berth(program, "convert", "-m", source, "-o", folder, "--precision", "int8")
        try:
            AutoModel.from_pretrained(folder)
        except OSError:
            return f"{worst:.2g}"
        raise AssertionError("8 bits load")


def has_own_code(source):
    """transformers would run what is beside the files, or take it for another model."""
    file = source / "config.json"
    config = json.loads(file.read_text()) if file.exists() else {}
    return "auto_map" in config or "n_embd" in config or config.get("position_embedding_type", "absolute") == "alibi"


def check_sentences(program):
    texts = json.loads((REFERENCE / "golden/minilm/golden.json").read_text())["texts"]
    texts = [t["text"] for t in texts]
    with tempfile.TemporaryDirectory() as scratch:
        folder = str(Path(scratch) / "new")
        berth(program, "convert", "-m", REFERENCE / "minilm", "-o", folder)
        want = SentenceTransformer(str(REFERENCE / "minilm")).encode(texts)
        assert np.array_equal(want, SentenceTransformer(folder).encode(texts)), "other sentence vectors"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: convert_transformers.py BERTH")
    bad = 0
    for source in sources():
        try:
            if has_own_code(source):
                print(f"{source.name}\tits code is not in transformers")
                continue
            print(f"{source.name}\t{check(sys.argv[1], source)}", flush=True)
        except Exception as error:  # noqa: BLE001
            bad += 1
            print(f"{source.name}\tWRONG: {type(error).__name__}: {str(error)[:200]}", flush=True)
    check_sentences(sys.argv[1])
    print("minilm\tthe same sentence vectors")
    sys.exit(bad > 0)


main()
