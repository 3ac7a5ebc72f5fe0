"""A rival inside Python, as a process of its own: worker.py PEER MODEL PRECISION THREADS.

Answers one JSON line of work after another: {workload, batch, scale, repeat, save}. PEER: torch, ort, ct2 or, for
fill-mask, torch-fill, ort-fill. "worker.py one PEER PRECISION" is the shortest program that prints one vector of MiniLM.
"""
import json
import os
import resource
import statistics
import sys
import time

import onnx_files
from make_texts import ONE
from places import hf, pick, place, texts, tokenizer


def torch_encoder(model, prec, threads):
    import torch
    from transformers import AutoModel

    torch.set_num_threads(threads)
    dtype = torch.bfloat16 if prec == "bf16" else torch.float32
    net = AutoModel.from_pretrained(hf(model), attn_implementation="sdpa", dtype=dtype).eval()
    if prec == "int8":
        from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic
        net = quantize_dynamic(net, {torch.nn.Linear: per_channel_dynamic_qconfig}, dtype=torch.qint8)

    def encode(ids, mask):
        with torch.inference_mode():
            m = torch.from_numpy(mask)
            x = net(input_ids=torch.from_numpy(ids), attention_mask=m).last_hidden_state.float()
            m = m.unsqueeze(-1).float()
            return torch.nn.functional.normalize((x * m).sum(1) / m.sum(1), dim=-1).numpy()
    return encode


def ort_encoder(model, prec, threads):
    import numpy as np

    s = onnx_files.session(place(f"{model}.{prec}.onnx"), threads)
    return lambda ids, mask: s.run(None, dict(input_ids=ids, attention_mask=mask, token_type_ids=np.zeros_like(ids)))[0]


def ct2_encoder(model, prec, threads):
    import ctranslate2
    import numpy as np

    folder = place(f"{model}.ct2") + ("-int8" if prec.startswith("int8") else "")
    enc = ctranslate2.Encoder(folder, device="cpu", compute_type=prec, inter_threads=1, intra_threads=threads)
    view = ctranslate2.StorageView.from_array

    def encode(ids, mask):
        lengths = mask.sum(1).astype(np.int32)
        out = enc.forward_batch(view(np.ascontiguousarray(ids.astype(np.int32))), lengths=view(lengths))
        x = np.asarray(out.last_hidden_state)
        x = np.einsum("bsh,bs->bh", x, mask.astype(np.float32)) / lengths[:, None]
        return x / np.linalg.norm(x, axis=1, keepdims=True)
    return encode


ENCODERS = dict(torch=torch_encoder, ort=ort_encoder, ct2=ct2_encoder)


def batches(ids, size):
    """Length-sorted batches, longest first, each padded to its own longest."""
    import numpy as np

    order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
    for at in range(0, len(order), size):
        rows = order[at:at + size]
        n = max(len(ids[i]) for i in rows)
        a, m = np.zeros((len(rows), n), np.int64), np.zeros((len(rows), n), np.int64)
        for r, i in enumerate(rows):
            a[r, :len(ids[i])] = ids[i]
            m[r, :len(ids[i])] = 1
        yield rows, a, m


def encode_all(tok, encode, lines, size):
    """-> vectors, lengths, seconds for tokenising, seconds for the rest"""
    import numpy as np

    t0 = time.perf_counter()
    ids = [e.ids for e in (tok.encode_batch(lines) if len(lines) > 1 else [tok.encode(lines[0])])]
    t1 = time.perf_counter()
    out = [None] * len(ids)
    for rows, a, m in batches(ids, size):
        for i, v in zip(rows, encode(a, m)):
            out[i] = v
    t2 = time.perf_counter()
    return np.array(out, np.float32), [len(i) for i in ids], t1 - t0, t2 - t1


def torch_fill(prec, threads):
    import torch
    import transformers

    torch.set_num_threads(threads)
    pipe = transformers.pipeline("fill-mask", model=hf("base-mlm"), tokenizer=hf("base-mlm"), device="cpu", top_k=5)
    return lambda lines, size: pipe(sorted(lines, key=len), batch_size=size)


def ort_fill(prec, threads):
    import numpy as np

    s, tok = onnx_files.session(place(f"base-mlm.{prec}.onnx"), threads), tokenizer("base-mlm")
    mask_id = tok.token_to_id("[MASK]")

    def fill(lines, size):
        ids, out = [e.ids for e in tok.encode_batch(lines)], [None] * len(lines)
        for rows, a, m in batches(ids, size):
            logits = s.run(None, dict(input_ids=a, attention_mask=m, token_type_ids=np.zeros_like(a)))[0]
            for r, i in enumerate(rows):
                x = logits[r, ids[i].index(mask_id)]
                p = np.exp(x - x.max())
                p /= p.sum()
                top = np.argpartition(-p, 5)[:5]
                out[i] = [(tok.id_to_token(int(t)), float(p[t])) for t in top[np.argsort(-p[top])]]
        return out
    return fill


FILLERS = {"torch-fill": torch_fill, "ort-fill": ort_fill}


def answer_fill(fill, tok, job):
    lines = pick(texts("base", job["workload"]), job.get("scale", 1))
    t0 = time.perf_counter()
    fill(lines, job["batch"])
    seconds = time.perf_counter() - t0
    return dict(e2e=seconds, n=len(lines), lengths=[len(e.ids) for e in tok.encode_batch(lines)])


def answer_encode(encode, tok, model, job):
    lines = pick(texts(model, job["workload"]), job.get("scale", 1))
    runs = [encode_all(tok, encode, lines, job["batch"]) for _ in range(job.get("repeat", 1))]
    vectors, lengths, _, _ = runs[0]
    if job.get("save"):
        import numpy as np
        np.save(job["save"], vectors)
    return dict(e2e=statistics.median(a + b for _, _, a, b in runs), enc=statistics.median(b for _, _, _, b in runs),
                n=len(vectors), lengths=lengths)


def serve(peer, model, prec, threads):
    threads = int(threads)
    os.environ["RAYON_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(threads)
    if peer in FILLERS:
        fill, tok = FILLERS[peer](prec, threads), tokenizer("base-mlm")
        answer = lambda job: answer_fill(fill, tok, job)
    else:
        encode, tok = ENCODERS[peer](model, prec, threads), tokenizer(model)
        answer = lambda job: answer_encode(encode, tok, model, job)
    print(json.dumps(dict(ready=True)), flush=True)
    for line in sys.stdin:
        cpu = time.process_time()
        r = answer(json.loads(line))
        r["cpu"] = time.process_time() - cpu
        r["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(r), flush=True)


def one(peer, prec):
    if peer == "st":
        from sentence_transformers import SentenceTransformer
        v = SentenceTransformer(hf("minilm"), device="cpu").encode(ONE)
    else:
        v = encode_all(tokenizer("minilm"), ENCODERS[peer]("minilm", prec, 2), [ONE], 1)[0][0]
    print(*v)
    sys.stdout.flush()


if __name__ == "__main__":
    one(*sys.argv[2:]) if sys.argv[1] == "one" else serve(*sys.argv[1:])
