"""teach.py VOCAB TEXTS.txt VECTORS.npy OUT.npz

Joins texts, a line each, as ids of our pieces, with the teacher's unit vectors of the same lines, as
`berth embed -m TEACHER -f npy` or sentence-transformers gives them.
"""
import sys

import numpy as np
from tokenizers import BertWordPieceTokenizer


def main(vocab, texts, vectors, out):
    vec = np.load(vectors, mmap_mode="r")
    with open(texts, encoding="utf-8") as f:
        lines = f.read().split("\n")[: len(vec)]
    tokenizer = BertWordPieceTokenizer(vocab, lowercase=True)
    ids = [e.ids for e in tokenizer.encode_batch(lines, add_special_tokens=False)]
    keep = [i for i, x in enumerate(ids) if 3 <= len(x) <= 64]
    np.savez(out, ids=np.concatenate([np.array(ids[i], np.uint16) for i in keep]),
             off=np.cumsum([0] + [len(ids[i]) for i in keep]), vec=vec[keep].astype(np.float16))
    print(len(keep), "sentences")


if __name__ == "__main__":
    main(*sys.argv[1:])
