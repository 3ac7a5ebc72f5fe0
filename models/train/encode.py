"""encode.py VOCAB OUT.npy TEXT[.xz]...

Text, a paragraph a line, to one uint16 stream of token ids, each paragraph ended by [SEP]. Short paragraphs and those
with many unknown words are left out. One process a CPU.
"""
import functools
import lzma
import multiprocessing
import os
import sys

import numpy as np
from tokenizers import BertWordPieceTokenizer


def parts_of(name, size=4 << 20):
    """The text in parts of about `size` bytes that end with a line."""
    rest = b""
    with (lzma.open if name.endswith(".xz") else open)(name, "rb") as f:
        while chunk := f.read(size):
            cut = chunk.rfind(b"\n") + 1
            yield rest + chunk[:cut]
            rest = chunk[cut:]
    yield rest


def pieces(work, name):
    """work(part) of each part of a text, in order."""
    with multiprocessing.Pool() as pool:
        yield from pool.imap(work, parts_of(name))


@functools.cache
def tokenizer_of(vocab):
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    return BertWordPieceTokenizer(vocab, lowercase=True)


def encode(vocab, part):
    tokenizer = tokenizer_of(vocab)
    sep, unknown = tokenizer.token_to_id("[SEP]"), tokenizer.token_to_id("[UNK]")
    out = []
    for e in tokenizer.encode_batch(part.decode("utf-8", "replace").split("\n"), add_special_tokens=False):
        ids = np.asarray(e.ids, np.uint16)
        if len(ids) >= 8 and (ids == unknown).sum() * 20 <= len(ids):
            out += [ids, np.array([sep], np.uint16)]
    return np.concatenate(out) if out else np.empty(0, np.uint16)


def main(vocab, out, *names):
    stream = np.concatenate([s for n in names for s in pieces(functools.partial(encode, vocab), n)])
    np.save(out + ".part.npy", stream)
    os.replace(out + ".part.npy", out)
    print(len(stream), "tokens", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
