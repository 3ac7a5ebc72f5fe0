#!/usr/bin/env python3
"""berth's tokenizer beside Hugging Face's tokenizers (Rust), on one thread.

    bench/tokenizing.py WORK TEXT [FOLDER [ROUNDS]]

TEXT is a plain file whose lines are encoded. FOLDER holds the tokenizer.json of a SentencePiece model: a large one shows
how long opening takes. In WORK tokenizers of two other kinds are made from TEXT, where they are not there yet: a
WordPiece like BERT's and a byte-level BPE like RoBERTa's. Each round is a new process for each: it opens the tokenizer
and encodes the text once. Prints medians: milliseconds to open, MB/s, and how many times as fast berth is. Both must
find as many tokens. Hugging Face's does without the places in the text (encode_batch_fast); berth has them.
"""
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
PROGRAM = os.path.join(TOP, "build", "bench", "encode_texts")
SPECIAL = dict(wordpiece=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], bpe=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])


def make(kind, folder, text):
    import tokenizers

    os.makedirs(folder, exist_ok=True)
    if kind == "wordpiece":
        t = tokenizers.BertWordPieceTokenizer()
        t.train(text, vocab_size=30522, special_tokens=SPECIAL[kind], show_progress=False)
        first, last = "[CLS]", "[SEP]"
    else:
        t = tokenizers.ByteLevelBPETokenizer()
        t.train(text, vocab_size=50265, special_tokens=SPECIAL[kind], show_progress=False)
        first, last = "<s>", "</s>"
    ids = {name: t.token_to_id(name) for name in (first, last)}
    t.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"{first} $A {last}", pair=f"{first} $A {last} $B {last}", special_tokens=list(ids.items()))
    t.save(folder + "/tokenizer.json")
    with open(folder + "/tokenizer_config.json", "w") as f:
        json.dump({"tokenizer_class": "PreTrainedTokenizerFast"}, f)


def rust(folder, text):
    """What encode_texts.c does, with the other library: -> seconds to open, seconds to encode, tokens."""
    import tokenizers

    start = time.perf_counter()
    t = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    opened = time.perf_counter() - start
    t.no_padding()
    t.no_truncation()
    with open(text, encoding="utf-8") as f:
        lines = f.read().split("\n")[:-1]
    start = time.perf_counter()
    n = 0
    for at in range(0, len(lines), 1000):
        n += sum(len(e) for e in t.encode_batch_fast(lines[at:at + 1000]))
    print(opened, time.perf_counter() - start, n, sep="\t")


def measure(command):
    environment = dict(os.environ, RAYON_NUM_THREADS="1")
    opened, encoded, n = subprocess.check_output(command, env=environment, text=True).split()
    return float(opened), float(encoded), int(n)


def compare(kind, folder, text, rounds):
    commands = {"berth": [PROGRAM, folder, text], "rust": [sys.executable, __file__, "--rust", folder, text]}
    runs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(measure(command))
    found = {name: r[0][2] for name, r in runs.items()}
    if found["berth"] != found["rust"]:
        print(f"# {kind}: {found['berth']} tokens, {found['rust']} of Hugging Face's", file=sys.stderr)
    opened, encoded = ({name: statistics.median(r[i] for r in rs) for name, rs in runs.items()} for i in (0, 1))
    megabytes = os.path.getsize(text) / 1e6
    print(kind, *("%.1f" % (1e3 * opened[n]) for n in commands), "%.2f" % (opened["rust"] / opened["berth"]),
          *("%.2f" % (megabytes / encoded[n]) for n in commands), "%.2f" % (encoded["rust"] / encoded["berth"]),
          sep="\t", flush=True)


def main(work, text, sentencepiece=None, rounds="5"):
    subprocess.check_call(["make", "-s", "-C", TOP, "build/bench/encode_texts"], stdout=sys.stderr)
    print("tokenizer", "berth_open_ms", "rust_open_ms", "opens_times_as_fast", "berth_MB/s", "rust_MB/s", "times_as_fast",
          sep="\t", flush=True)
    folders = {kind: os.path.join(work, kind) for kind in SPECIAL}
    for kind, folder in folders.items():
        if not os.path.exists(folder + "/tokenizer.json"):
            make(kind, folder, text)
    if sentencepiece:
        folders["sentencepiece"] = sentencepiece
    for kind, folder in folders.items():
        compare(kind, folder, text, int(rounds))


if __name__ == "__main__":
    rust(*sys.argv[2:]) if sys.argv[1] == "--rust" else main(*sys.argv[1:])
