"""encode.py VOCAB OUT.npy TEXT[.xz]...

Text, a paragraph a line, to one uint16 stream of token ids, each paragraph ended by [SEP]. Short paragraphs and those
with many unknown words are left out.
"""
import lzma
import sys

import numpy as np
from tokenizers import BertWordPieceTokenizer


def paragraphs(names):
    for name in names:
        with (lzma.open if name.endswith(".xz") else open)(name, "rt", encoding="utf-8", errors="replace") as f:
            yield from f


def batches(items, n):
    batch = []
    for x in items:
        batch.append(x)
        if len(batch) == n:
            yield batch
            batch = []
    if batch:
        yield batch


def main(vocab, out, *names):
    tokenizer = BertWordPieceTokenizer(vocab, lowercase=True)
    sep, unknown = tokenizer.token_to_id("[SEP]"), tokenizer.token_to_id("[UNK]")
    parts = []
    for batch in batches(paragraphs(names), 20000):
        for e in tokenizer.encode_batch(batch, add_special_tokens=False):
            ids = np.asarray(e.ids, np.uint16)
            if len(ids) >= 8 and (ids == unknown).sum() * 20 <= len(ids):
                parts += [ids, np.array([sep], np.uint16)]
    stream = np.concatenate(parts)
    np.save(out, stream)
    print(len(stream), "tokens")


if __name__ == "__main__":
    main(*sys.argv[1:])
