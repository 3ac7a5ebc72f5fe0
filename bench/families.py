#!/usr/bin/env python3
"""How close each family comes to BERT's speed at the same shape.

    bench/families.py BERTH FOLDER [ROUNDS [FAMILY ...]]

Makes a random model of each family in FOLDER, of BERT-base's width with 4
layers (transformers of PyPI), where it is not there yet. Then it times berth
embed on texts of 128 tokens, on 1 and 2 threads, in turns, and prints the
multiply-adds a second of each and their ratio to BERT's in the same round
(medians). What counts as work: every weight of a layer once a token, attention,
DeBERTa's two products with distances; of local attention the keys within reach.
"""

import json
import os
import statistics
import struct
import subprocess
import sys
import time

LAYERS, WIDTH, INNER, HEADS, VOCAB, TOKENS = 4, 768, 3072, 12, 1000, 128
SHAPE = dict(
    vocab_size=VOCAB,
    hidden_size=WIDTH,
    num_hidden_layers=LAYERS,
    num_attention_heads=HEADS,
    intermediate_size=INNER,
    max_position_embeddings=514,
)
# Class of transformers, and what its config has beside the shape.
FAMILIES = {
    "bert": ("Bert", {}),
    "distilbert": ("DistilBert", dict(dim=WIDTH, n_layers=LAYERS, n_heads=HEADS, hidden_dim=INNER)),
    "roberta": ("Roberta", dict(type_vocab_size=1)),
    "xlm-roberta": ("XLMRoberta", dict(type_vocab_size=1)),
    "electra": ("Electra", dict(embedding_size=WIDTH)),
    "mpnet": ("MPNet", {}),
    "albert": ("Albert", dict(hidden_act="gelu")),
    "mobilebert": ("MobileBert", dict(hidden_size=512, intermediate_size=512, num_attention_heads=4)),
    "deberta": (
        "DebertaV2",
        dict(
            relative_attention=True,
            position_buckets=256,
            pos_att_type=["c2p", "p2c"],
            share_att_key=True,
            norm_rel_ebd="layer_norm",
            position_biased_input=False,
            type_vocab_size=0,
        ),
    ),
    "nomic": ("NomicBert", {}),
    "gte": ("Gte", {}),
    "jina-v3": ("JinaEmbeddingsV3", {}),
    "modernbert": ("ModernBert", dict(intermediate_size=1152, pad_token_id=0)),
    "eurobert": ("EuroBert", dict(num_key_value_heads=HEADS, head_dim=64, pad_token_id=0)),
}


def make(folder, name, words=None):
    """words: of the vocabulary, as many as SHAPE has; None: any."""
    import tokenizers
    import transformers

    cls, more = FAMILIES[name]
    config = getattr(transformers, cls + "Config")(**{**SHAPE, **more})
    getattr(transformers, cls + "Model")(config).save_pretrained(folder)
    first = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = words or first + ["w%d" % i for i in range(5, VOCAB)]
    vocabulary = {w: i for i, w in enumerate(words)}
    tokenizers.BertWordPieceTokenizer(vocabulary).save(folder + "/tokenizer.json")
    with open(folder + "/tokenizer_config.json", "w") as f:
        json.dump({"tokenizer_class": "BertTokenizer"}, f)


def work(folder):
    """Multiply-adds a token."""
    config = json.load(open(folder + "/config.json"))
    with open(folder + "/model.safetensors", "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
    n = 0
    for name, t in header.items():
        if len(t.get("shape", [])) == 2 and ("layer" in name):
            n += t["shape"][0] * t["shape"][1]
    if config["model_type"] == "albert":
        n *= LAYERS
    keys = LAYERS * TOKENS
    if config["model_type"] == "modernbert":
        reach = config["local_attention"] // 2
        near = sum(min(TOKENS, q + reach + 1) - max(0, q - reach) for q in range(TOKENS)) / TOKENS
        keys = sum(near if t == "sliding_attention" else TOKENS for t in config["layer_types"])
    width = config.get("true_hidden_size", WIDTH) if config["model_type"] == "mobilebert" else WIDTH
    n += 2 * keys * width
    if config["model_type"] == "deberta-v2":
        n += 2 * LAYERS * (2 * TOKENS - 1) * width
    return n


def seconds(berth, folder, threads, texts):
    start = time.monotonic()
    subprocess.run(
        [berth, "embed", "-m", folder, "-j", str(threads), "--pooling", "mean", "-f", "f32"],
        input=texts,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.monotonic() - start


def main():
    berth, root = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    names = ["bert"] + [n for n in sys.argv[4:] or FAMILIES if n != "bert"]
    for name in names:
        if not os.path.exists(root + "/" + name + "/config.json"):
            make(root + "/" + name, name)
    line = " ".join("w%d" % (5 + i * 7 % 900) for i in range(TOKENS - 2)) + "\n"
    few, many = (line * 4).encode(), (line * 44).encode()
    print("family\tthreads\tGMAC/s\tof BERT")
    for threads in 1, 2:
        speed = {name: [] for name in names}
        for _ in range(rounds):
            for name in names:
                folder = root + "/" + name
                t = seconds(berth, folder, threads, many) - seconds(berth, folder, threads, few)
                speed[name].append(work(folder) * TOKENS * 40 / t / 1e9)
        for name in names:
            ratio = statistics.median(a / b for a, b in zip(speed[name], speed["bert"]))
            print("%s\t%d\t%.1f\t%.3f" % (name, threads, statistics.median(speed[name]), ratio), flush=True)


if __name__ == "__main__":
    main()
