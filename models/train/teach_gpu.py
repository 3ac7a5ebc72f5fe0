"""teach_gpu.py VOCAB TEACHER OUT.npz N TEXT.xz: what teach_text.py, berth embed and teach.py make, on a GPU.

N short texts with the teacher's unit vectors. TEACHER is a sentence-transformers folder: BERT, mean pooling.
"""
import os
import random
import sys

import numpy as np
import torch
from tokenizers import BertWordPieceTokenizer, Tokenizer

from encode import pieces
from teach_text import some_of


def texts(part):
    random.seed(len(part))
    return [s for line in part.decode("utf-8", "replace").split("\n") if random.random() < 0.7 for s in some_of(line)]


def ids_of(tokenizer, lines):
    return [e.ids for e in tokenizer.encode_batch(lines, add_special_tokens=False)]


@torch.no_grad()
def vectors(folder, lines):
    from transformers import BertModel
    model = BertModel.from_pretrained(folder, dtype=torch.float16).cuda().eval()
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(126)
    ids = [[101] + x + [102] for x in ids_of(tokenizer, lines)]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    out = np.empty((len(ids), 384), np.float16)
    for at in range(0, len(order), 2048):
        rows = order[at:at + 2048]
        T = len(ids[rows[-1]])
        x = torch.tensor([ids[i] + [0] * (T - len(ids[i])) for i in rows]).cuda()
        m = torch.tensor([[1] * len(ids[i]) + [0] * (T - len(ids[i])) for i in rows]).cuda()
        h = model(input_ids=x, attention_mask=m).last_hidden_state.float() * m[..., None]
        out[rows] = torch.nn.functional.normalize(h.sum(1) / m.sum(1, keepdim=True), dim=-1).half().cpu().numpy()
    return out


def main(vocab, teacher, out, n, name):
    lines = list(dict.fromkeys(s for part in pieces(texts, name) for s in part))
    random.seed(7)
    random.shuffle(lines)
    lines = lines[: int(n)]
    ids = ids_of(BertWordPieceTokenizer(vocab, lowercase=True), lines)
    keep = [i for i, x in enumerate(ids) if 3 <= len(x) <= 64]
    vec = vectors(teacher, [lines[i] for i in keep])
    np.savez(out + ".part.npz", ids=np.concatenate([np.array(ids[i], np.uint16) for i in keep]),
             off=np.cumsum([0] + [len(ids[i]) for i in keep]), vec=vec)
    os.replace(out + ".part.npz", out)
    print(len(keep), "texts", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
