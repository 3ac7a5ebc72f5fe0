"""The texts of W1-W4 and W6, from English sentences; the same lines for every peer."""
import json
import os
import re

from places import SHAPES, WORK, env, place, tokenizer

ONE = "The quick brown fox jumps over it."


def sentences_of_wikitext(path):
    """Its spaces around punctuation taken out."""
    found = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            line = re.sub(r" @(.)@ ", r"\1", line.strip())
            if line.startswith("="):
                continue
            for s in re.split(r"(?<= [.!?]) ", line):
                s = re.sub(r" ([,.;:!?)])", r"\1", s).replace("( ", "(")
                if "<unk>" not in s and 30 < len(s) < 400:
                    found.append(s)
    return found


def of_length(tok, joined, count, length):
    """count stretches of the text, of length tokens each with [CLS] and [SEP]."""
    out, at = [], 0
    while len(out) < count:
        if at + 4000 > len(joined):
            at = 0
        end = at + tok.encode(joined[at:at + 4000]).offsets[length - 2][1]
        out.append(joined[at:end])
        at = end
    return out


def masked(sentence):
    words = sentence.split()
    middle = len(words) // 2
    return " ".join(words[:middle] + ["[MASK]"] + words[middle + 1:])


def make_texts():
    os.makedirs(WORK, exist_ok=True)
    data = os.path.join(env("BENCH_DATA"), "text")
    with open(os.path.join(data, "pud.txt"), encoding="utf-8") as f:
        pud = f.read().split("\n")[2000:3000]
    wiki = sentences_of_wikitext(os.path.join(data, "wikitext-2-valid.txt"))
    pool = [s for pair in zip(pud, wiki) for s in pair]
    joined = " ".join(pool + wiki[1000:])
    tok = tokenizer("minilm", 512)
    stats = {}
    for model, shape in SHAPES.items():
        sets = dict(w1=[ONE], w2=pool[:2000], w3=of_length(tok, joined, 256, 128),
                    w4=of_length(tok, joined, 48, shape["max"]), w6=[masked(s) for s in pool[:2000:4]])
        for name, lines in sets.items():
            with open(place(f"{name}.{model}.txt"), "w", encoding="utf-8") as f:
                f.write("".join(s + "\n" for s in lines))
            n = [len(e.ids) for e in tok.encode_batch(lines)]
            stats[f"{name}.{model}"] = dict(texts=len(n), tokens=sum(n), mean=sum(n) / len(n), max=max(n))
    print(json.dumps(stats, indent=1))
