#!/usr/bin/env python3
"""berth beside PyTorch and ONNX Runtime on what is not plain BERT: other families, a cross-encoder, a tagger.

    bench/beside.py BERTH FOLDER [ROUNDS [CASE ...]]

Models have random weights; those that are not in FOLDER yet are made there (torch, transformers, onnxruntime, onnx of
PyPI). A family has 4 layers of BERT-base's width, the cross-encoder and the tagger MiniLM's shape. Each program stays
open with its weights ready; tokenising is part of the time. First the answers are compared, and the faster of two
batch sizes is found for the rivals. Then all take turns. Prints the medians in milliseconds, and how many times as
fast as the best of the others berth is.
"""
import collections
import os
import statistics
import sys
import time

import families
import onnx_files
from coprocess import Coprocess

QUERY = "how do people cook rice in the mountains"
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
LONG = 2048

# task: the command of berth; texts: so many of so many tokens.
Case = collections.namedtuple("Case", "model task n_texts n_tokens")
CASES = [Case(family, "embed", *size) for family in ("roberta", "xlm-roberta", "mpnet", "modernbert")
         for size in ((16, 128), (1, LONG))]
CASES += [Case("deberta", "embed", 16, 128), Case("cross-encoder", "rerank", 64, 128), Case("tagger", "tag", 32, 128)]


def words(case):
    """Texts of n_tokens with their special tokens; of the cross-encoder with the query before them."""
    taken = 3 + len(QUERY.split()) if case.task == "rerank" else 2
    return [" ".join("w%d" % (5 + (i * 131 + k * 7) % 900) for k in range(case.n_tokens - taken))
            for i in range(case.n_texts)]


# ---------------------------------------------------------------- models

def small_bert(folder, cls, **more):
    import tokenizers
    import transformers

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + QUERY.split() + ["w%d" % i for i in range(30000)]
    config = transformers.BertConfig(vocab_size=len(vocabulary), hidden_size=384, num_hidden_layers=6,
                                     intermediate_size=1536, num_attention_heads=12, **more)
    getattr(transformers, cls)(config).save_pretrained(folder)
    tokenizers.BertWordPieceTokenizer({w: i for i, w in enumerate(vocabulary)}).save(folder + "/tokenizer.json")
    transformers.BertTokenizerFast(tokenizer_file=folder + "/tokenizer.json").save_pretrained(folder)


def make(case, folder):
    import torch

    torch.manual_seed(1)
    if case.task == "embed":
        families.SHAPE["max_position_embeddings"] = LONG + 2
        families.make(folder, case.model)
    elif case.task == "rerank":
        small_bert(folder, "BertForSequenceClassification", num_labels=1)
    else:
        small_bert(folder, "BertForTokenClassification", id2label=dict(enumerate(LABELS)),
                   label2id={label: i for i, label in enumerate(LABELS)})


def load(case, folder, **options):
    import transformers

    transformers.logging.disable_progress_bar()
    cls = dict(embed="AutoModel", rerank="AutoModelForSequenceClassification", tag="AutoModelForTokenClassification")
    return getattr(transformers, cls[case.task]).from_pretrained(folder, **options).eval()


def names_of(case):
    return ["input_ids", "attention_mask"] + ["token_type_ids"] * (case.task != "embed")


def make_onnx(case, folder):
    """The eager form, whose attention ONNX Runtime knows."""
    import torch

    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = load(case, folder, attn_implementation="eager")

        def forward(self, *arguments):
            out = self.model(**dict(zip(names_of(case), arguments)))
            return out.last_hidden_state if case.task == "embed" else out.logits

    config = Plain().model.config
    onnx_files.export(Plain(), names_of(case), folder + "/model", config.num_attention_heads, config.hidden_size, level=1)


# ---------------------------------------------------------------- programs: texts -> an array of answers

def berth(program, case, folder, threads, precision):
    import numpy

    options = dict(embed=["--pooling", "mean", "--normalize", "-f", "f32"],
                   rerank=["--pairs", "-f", "tsv", "--no-header"], tag=["-f", "jsonl", "--aggregation", "none"])
    command = [program, case.task, *options[case.task], "-m", folder, "-j", str(threads), "--precision", precision, "--quiet"]
    process = Coprocess(command, families.WIDTH * 4 if case.task == "embed" else None)

    def run(texts):
        if case.task == "rerank":
            texts = [QUERY + "\t" + t for t in texts]
        got = process.ask(texts)
        if case.task == "embed":
            return numpy.frombuffer(got, numpy.float32).reshape(len(texts), -1)
        if case.task == "rerank":
            return numpy.array([float(line.split(b"\t")[1]) for line in got.splitlines()])
        return numpy.array([line.count(b'"index"') for line in got.splitlines()])  # how many have a label

    run.close = process.close
    return run


def answers(case, out, mask):
    """What the task makes of the network's output."""
    import numpy

    if case.task == "rerank":
        return 1 / (1 + numpy.exp(-out[:, 0]))
    if case.task == "tag":
        e = numpy.exp(out - out.max(-1, keepdims=True))
        p = e / e.sum(-1, keepdims=True)
        inner = mask[:, 2:]  # without [CLS] and [SEP]
        return ((p.argmax(-1)[:, 1:-1] != 0) * inner).sum(1)
    m = mask[..., None].astype(numpy.float32)
    mean = (out * m).sum(1) / m.sum(1)
    return mean / numpy.linalg.norm(mean, axis=1, keepdims=True)


def rival(case, folder, threads, network):
    """network: ids, mask, types -> output. The rest is alike for all that run inside Python."""
    import numpy
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(folder + "/tokenizer.json")

    def run(texts, batch=8):
        rows = tokenizer.encode_batch([(QUERY, t) if case.task == "rerank" else t for t in texts])
        found = []
        for at in range(0, len(rows), batch):
            some = rows[at:at + batch]
            ids, mask, types = (numpy.array([getattr(r, k) for r in some], numpy.int64)
                                for k in ("ids", "attention_mask", "type_ids"))
            found.append(answers(case, network(ids, mask, types), mask))
        return numpy.concatenate(found)

    return run


def torch_network(case, folder, threads, precision):
    import torch

    torch.set_num_threads(threads)
    model = load(case, folder)
    if precision == "int8":
        torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)

    def network(*arrays):
        with torch.inference_mode():
            out = model(**{k: torch.from_numpy(a) for k, a in zip(names_of(case), arrays)})
            return (out.last_hidden_state if case.task == "embed" else out.logits).numpy()

    return network


def onnx_network(case, folder, threads, precision):
    session = onnx_files.session("%s/model.%s.onnx" % (folder, precision), threads)
    return lambda *arrays: session.run(None, dict(zip(names_of(case), arrays)))[0]


# ---------------------------------------------------------------- measuring

def check(case, precision, ours, theirs):
    """Random weights in 8 bits by other rules give other answers; nearly the same ones in float32."""
    import numpy

    if case.task == "embed":
        far = 1 - (ours * theirs).sum(1).min()
        limit = 1e-4 if precision == "f32" else .1
    elif case.task == "rerank":
        far, limit = abs(ours - theirs).max(), 1e-5 if precision == "f32" else 2e-2
    else:
        far, limit = abs(ours - theirs).sum() / (len(ours) * case.n_tokens), .01 if precision == "f32" else .2
    if not far < limit:
        print("# %s %s: answers differ by %g" % (case.model, precision, far), file=sys.stderr)


def seconds(run, texts):
    start = time.perf_counter()
    run(texts)
    return time.perf_counter() - start


def fastest_batch(run, texts):
    run(texts[:1])
    tried = {n: seconds(lambda t: run(t, n), texts) for n in (1, 8, 32) if n <= len(texts)}
    best = min(tried, key=tried.get)
    return lambda t: run(t, best)


def compare(program, case, folder, threads, precision, rounds):
    texts = words(case)
    os.environ["RAYON_NUM_THREADS"] = str(threads)
    ours = berth(program, case, folder, threads, precision)
    networks = {"torch": torch_network, "ort": onnx_network}
    runs = {name: rival(case, folder, threads, make(case, folder, threads, precision)) for name, make in networks.items()}
    check(case, precision, ours(texts), runs["torch"](texts))
    runs = {"berth": ours, **{name: fastest_batch(run, texts) for name, run in runs.items()}}
    took = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            took[name].append(1e3 * seconds(run, texts))
    ours.close()
    medians = {name: statistics.median(t) for name, t in took.items()}
    best = min(medians[name] for name in runs if name != "berth")
    print(case.model, case.n_tokens, threads, precision, *("%.1f" % medians[n] for n in runs),
          "%.2f" % (best / medians["berth"]), sep="\t", flush=True)


def main(program, root, rounds="5", *names):
    print("model", "tokens", "threads", "precision", "berth", "torch", "ort", "times_as_fast", sep="\t", flush=True)
    for case in CASES:
        if names and case.model not in names:
            continue
        folder = os.path.join(root, case.model)
        if not os.path.exists(folder + "/config.json"):
            os.makedirs(folder, exist_ok=True)
            make(case, folder)
        if not os.path.exists(folder + "/model.int8.onnx"):
            make_onnx(case, folder)
        for threads in 1, 2:
            for precision in "f32", "int8":
                compare(program, case, folder, threads, precision, int(rounds))


if __name__ == "__main__":
    main(*sys.argv[1:])
