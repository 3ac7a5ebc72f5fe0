#!/usr/bin/env python3
"""How fast berth rerank is beside sentence-transformers' CrossEncoder and ONNX Runtime.

    bench/rerank.py BERTH FOLDER [ROUNDS]

One query with 100 passages, pairs of 128 tokens, on a cross-encoder of MiniLM's shape with random
weights, which it makes in FOLDER where it is not there yet (torch, transformers, sentence-transformers,
onnxruntime, onnx of PyPI). Each program stays open with its weights ready; tokenising is part of the time.
In each round all take turns. Prints the medians in milliseconds, and how many times as fast as the best
of the others berth is; a score of berth is compared with CrossEncoder's first.
"""
import os
import statistics
import subprocess
import sys
import time

QUERY = "how do people cook rice in the mountains"


def make(folder):
    import onnxruntime.quantization
    import tokenizers
    import torch
    import transformers

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + QUERY.split() + ["w%d" % i for i in range(30000)]
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=384, num_hidden_layers=6, intermediate_size=1536, num_labels=1
    )
    config._attn_implementation = "eager"  # the form whose attention ONNX Runtime fuses
    model = transformers.BertForSequenceClassification(config).eval()
    model.save_pretrained(folder)
    tokenizers.BertWordPieceTokenizer({w: i for i, w in enumerate(words)}).save(folder + "/tokenizer.json")
    transformers.BertTokenizerFast(tokenizer_file=folder + "/tokenizer.json").save_pretrained(folder)
    ids = torch.randint(5, 1000, (2, 16))
    names = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(
        model, (ids, torch.ones_like(ids), torch.zeros_like(ids)), folder + "/raw.onnx", input_names=names,
        output_names=["logits"], opset_version=17, dynamo=False, dynamic_axes={n: {0: "b", 1: "s"} for n in names},
    )
    from onnxruntime.transformers import optimizer

    fused = optimizer.optimize_model(folder + "/raw.onnx", model_type="bert", num_heads=12, hidden_size=384)
    print(fused.get_fused_operator_statistics(), file=sys.stderr)
    fused.save_model_to_file(folder + "/f32.onnx")
    onnxruntime.quantization.quantize_dynamic(
        folder + "/f32.onnx", folder + "/int8.onnx", per_channel=True,
        weight_type=onnxruntime.quantization.QuantType.QInt8, op_types_to_quantize=["MatMul", "Attention"],
        extra_options=dict(MatMulConstBOnly=True, DefaultTensorType=1))
    os.remove(folder + "/raw.onnx")


def passages():
    """8 tokens of the query and 3 special ones leave 117."""
    return [" ".join("w%d" % ((i * 131 + k * 7) % 30000) for k in range(117)) for i in range(100)]


def berth(program, folder, threads, precision):
    process = subprocess.Popen(
        [program, "rerank", "--pairs", "-m", folder, "-j", str(threads), "--precision", precision, "-f", "tsv",
         "--no-header", "--quiet"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    out = os.fdopen(process.stdout.fileno(), "rb", closefd=False)

    def run(texts):
        process.stdin.write("".join("%s\t%s\n" % (QUERY, t) for t in texts).encode())
        return [float(out.readline().split(b"\t")[1]) for _ in texts]

    return run


def cross_encoder(folder, threads, int8):
    import sentence_transformers
    import torch

    torch.set_num_threads(threads)
    model = sentence_transformers.CrossEncoder(folder, device="cpu")
    if int8:
        torch.ao.quantization.quantize_dynamic(model.model, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)
    return lambda texts: model.predict([(QUERY, t) for t in texts], batch_size=32, show_progress_bar=False).tolist()


def onnx(folder, threads, precision):
    import numpy
    import onnxruntime
    import tokenizers

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession("%s/%s.onnx" % (folder, precision), options, ["CPUExecutionProvider"])
    tokenizer = tokenizers.Tokenizer.from_file(folder + "/tokenizer.json")

    def run(texts):
        rows = tokenizer.encode_batch([(QUERY, t) for t in texts])
        scores = []
        for i in range(0, len(rows), 32):
            lot = rows[i:i + 32]
            scores += session.run(None, {
                "input_ids": numpy.array([r.ids for r in lot], numpy.int64),
                "attention_mask": numpy.array([r.attention_mask for r in lot], numpy.int64),
                "token_type_ids": numpy.array([r.type_ids for r in lot], numpy.int64)})[0][:, 0].tolist()
        return scores

    return run


def compare(program, folder, threads, precision, rounds):
    texts = passages()
    os.environ["RAYON_NUM_THREADS"] = str(threads)
    runs = {
        "berth": berth(program, folder, threads, precision),
        "CrossEncoder": cross_encoder(folder, threads, precision == "int8"),
        "ONNX Runtime": onnx(folder, threads, precision),
    }
    first = {name: run(texts) for name, run in runs.items()}
    far = max(abs(a - b) for a, b in zip(first["berth"], first["CrossEncoder"]))
    assert far < (1e-5 if precision == "f32" else 2e-2), "scores differ by %g" % far
    took = {name: [] for name in runs}
    for run in runs.values():
        run(texts)
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            run(texts)
            took[name].append(1e3 * (time.perf_counter() - start))
    medians = {name: statistics.median(t) for name, t in took.items()}
    best = min(medians[name] for name in runs if name != "berth")
    print(threads, precision, *("%.1f" % medians[n] for n in runs), "%.2f" % (best / medians["berth"]), sep="\t", flush=True)


def main(program, folder, rounds="9"):
    if not os.path.exists(folder + "/int8.onnx"):
        os.makedirs(folder, exist_ok=True)
        make(folder)
    print("threads", "precision", "berth", "CrossEncoder", "ONNX Runtime", "times as fast", sep="\t", flush=True)
    for threads in 1, 2:
        for precision in "f32", "int8":
            compare(program, folder, threads, precision, int(rounds))


if __name__ == "__main__":
    main(*sys.argv[1:])
