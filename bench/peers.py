#!/usr/bin/env python3
"""Side-by-side speed of BERT programs on one machine. See README.md; `peers.py help` lists the subcommands.

Places come from the environment:
  BENCH_WORK    folder for everything this makes (texts, ONNX, CTranslate2 models, raw.jsonl)
  BENCH_DATA    the shared data folder (text/pud.txt, text/wikitext-2-valid.txt)
  BENCH_MINILM  Hugging Face folder of all-MiniLM-L6-v2
  BENCH_BASE    folder with base-model/ and base-mlm/ from make_bert_base.py
  BENCH_LLAMA   folder with the llama-embedding program (optional)
  BENCH_GGUF    folder with minilm-{f32,f16,q8_0}.gguf and base-... (optional)
  BENCH_BERTH   command template of berth, e.g. "build/berth embed -m {model} -j {threads} --precision {prec}" (optional)
  BENCH_TOKTEXT text file for the tokenizer workload
  BENCH_PAUSE   process ids of neighbours to SIGSTOP while measuring (optional; always continued again)
"""
import json, os, re, resource, shlex, signal, statistics, subprocess, sys, time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
env = os.environ.get
WORK, HERE = env("BENCH_WORK", "bench-work"), os.path.dirname(os.path.abspath(__file__))
SHAPES = {"minilm": dict(L=6, H=384, I=1536, A=12, max=256), "base": dict(L=12, H=768, I=3072, A=12, max=512)}
# Also possible by name: torch:bf16, ct2:int8_float32 (the same numbers as int8 on a CPU).
PRECS = {"torch": ["f32", "int8"], "ort": ["f32", "int8"], "ct2": ["float32", "int8"],
         "llama": ["f32", "f16", "q8_0"], "berth": ["f32", "f16", "int8"]}


def place(name):
    return os.path.join(WORK, name)


def hf(model):
    return env("BENCH_MINILM") if model == "minilm" else os.path.join(env("BENCH_BASE"), model if "-" in model else "base-model")


def tokenizer(model, max_len=None):
    from tokenizers import Tokenizer
    t = Tokenizer.from_file(os.path.join(hf(model), "tokenizer.json"))
    t.no_padding()
    t.enable_truncation(max_len or SHAPES[model.split("-")[0]]["max"])
    return t


def texts(model, workload):
    with open(place(f"{workload}.{model}.txt"), encoding="utf-8") as f:
        return f.read().split("\n")[:-1]


def flops(model, lengths, head=False):
    s = SHAPES[model]
    per_token = 2 * s["L"] * (4 * s["H"] ** 2 + 2 * s["H"] * s["I"]) + (2 * (30522 * s["H"] + s["H"] ** 2) if head else 0)
    return sum(n * per_token + 4 * s["L"] * n * n * s["H"] for n in lengths)


# ---------------------------------------------------------------- texts

def make_texts():
    """W1-W4 and W6 from English sentences; the same lines for every peer."""
    os.makedirs(WORK, exist_ok=True)
    data = os.path.join(env("BENCH_DATA"), "text")
    pud = open(os.path.join(data, "pud.txt"), encoding="utf-8").read().split("\n")[2000:3000]
    wiki = []
    for line in open(os.path.join(data, "wikitext-2-valid.txt"), encoding="utf-8"):
        line = re.sub(r" @(.)@ ", r"\1", line.strip())
        if line.startswith("="):
            continue
        for s in re.split(r"(?<= [.!?]) ", line):
            s = re.sub(r" ([,.;:!?)])", r"\1", s).replace("( ", "(")
            if "<unk>" not in s and 30 < len(s) < 400:
                wiki.append(s)
    pool = [s for pair in zip(pud, wiki) for s in pair]
    tok = tokenizer("minilm", 512)
    stats = {}
    for model, shape in SHAPES.items():
        sets = {"w1": ["The quick brown fox jumps over it."], "w2": pool[:2000]}
        joined = " ".join(pool + wiki[1000:])
        spans = tok.pre_tokenizer.pre_tokenize_str(joined)
        for name, count, length in (("w3", 256, 128), ("w4", 48, shape["max"])):
            out, at = [], 0
            while len(out) < count:
                if at + 4000 > len(joined):
                    at = 0
                e = tok.encode(joined[at:at + 4000])
                end = at + e.offsets[length - 2][1]      # CLS + (length - 2) + SEP
                out.append(joined[at:end])
                at = end
            sets[name] = out
        words = [s.split() for s in pool[:2000:4]]
        sets["w6"] = [" ".join(w[:len(w) // 2] + ["[MASK]"] + w[len(w) // 2 + 1:]) for w in words]
        for name, lines in sets.items():
            with open(place(f"{name}.{model}.txt"), "w", encoding="utf-8") as f:
                f.write("".join(s + "\n" for s in lines))
            n = [len(e.ids) for e in tok.encode_batch(lines)]
            stats[f"{name}.{model}"] = dict(texts=len(n), tokens=sum(n), mean=sum(n) / len(n), max=max(n))
    print(json.dumps(stats, indent=1))


# ---------------------------------------------------------------- model preparation

def plain_bert(model, head):
    """BERT written out with plain operations, as exporters and the ORT optimizer know it."""
    import torch
    from torch import nn
    from transformers import AutoModel, AutoModelForMaskedLM
    source = (AutoModelForMaskedLM if head else AutoModel).from_pretrained(hf("base-mlm" if head else model), attn_implementation="eager").eval()
    bert = source.bert if head else source
    heads = SHAPES[model]["A"]

    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.bert, self.head = bert, (source.cls if head else None)

        def split(self, x):
            return x.view(x.size(0), x.size(1), heads, x.size(-1) // heads).permute(0, 2, 1, 3)

        def forward(self, input_ids, attention_mask, token_type_ids):
            e = self.bert.embeddings
            pos = e.position_ids[:, :input_ids.size(1)]
            x = e.LayerNorm(e.word_embeddings(input_ids) + e.token_type_embeddings(token_type_ids) + e.position_embeddings(pos))
            bias = (1.0 - attention_mask.unsqueeze(1).unsqueeze(2).to(torch.float32)) * -10000.0
            for layer in self.bert.encoder.layer:
                a = layer.attention
                q, k, v = (self.split(f(x)) for f in (a.self.query, a.self.key, a.self.value))
                s = torch.matmul(q, k.transpose(-1, -2)) / (q.size(-1) ** 0.5 if isinstance(q.size(-1), int) else 8.0)
                c = torch.matmul(torch.softmax(s + bias, -1), v).permute(0, 2, 1, 3).contiguous()
                c = c.view(c.size(0), c.size(1), SHAPES[model]["H"])
                x = a.output.LayerNorm(a.output.dense(c) + x)
                h = nn.functional.gelu(layer.intermediate.dense(x))
                x = layer.output.LayerNorm(layer.output.dense(h) + x)
            if self.head is not None:
                return self.head(x)
            m = attention_mask.unsqueeze(-1).to(torch.float32)
            return nn.functional.normalize((x * m).sum(1) / m.sum(1), dim=-1)

    return Plain().eval()


def export_ort(model, head):
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions
    name = model + ("-mlm" if head else "")
    raw, fused, int8 = (place(f"{name}.{k}.onnx") for k in ("raw", "f32", "int8"))
    ids = torch.randint(5, 1000, (2, 16))
    args = (ids, torch.ones_like(ids), torch.zeros_like(ids))
    names = ["input_ids", "attention_mask", "token_type_ids"]
    with torch.no_grad():
        torch.onnx.export(plain_bert(model, head), args, raw, input_names=names, output_names=["out"], opset_version=17,
                          dynamo=False, dynamic_axes={k: {0: "b", 1: "s"} for k in names})
    s = SHAPES[model]
    options = FusionOptions("bert")
    m = optimizer.optimize_model(raw, model_type="bert", num_heads=s["A"], hidden_size=s["H"], optimization_options=options, opt_level=0)
    print(name, "fused:", m.get_fused_operator_statistics())
    m.save_model_to_file(fused)
    quantize_dynamic(fused, int8, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Attention"],
                     extra_options=dict(MatMulConstBOnly=True, DefaultTensorType=1))
    os.remove(raw)


def export_ct2(model):
    import ctranslate2
    from transformers import BertConfig
    if not hasattr(BertConfig, "position_embedding_type"):
        BertConfig.position_embedding_type = "absolute"
    out = place(f"{model}.ct2")
    ctranslate2.converters.TransformersConverter(hf(model)).convert(out, force=True)
    ctranslate2.converters.TransformersConverter(hf(model)).convert(out + "-int8", quantization="int8", force=True)


def prepare(*what):
    for step in what or ("ort:minilm", "ort:base", "ort:base-mlm", "ct2:minilm", "ct2:base"):
        kind, model = step.split(":")
        export_ct2(model) if kind == "ct2" else export_ort(model.split("-")[0], model.endswith("mlm"))


# ---------------------------------------------------------------- encoders inside Python

def torch_encoder(model, prec, threads):
    import torch
    torch.set_num_threads(threads)
    from transformers import AutoModel
    net = AutoModel.from_pretrained(hf(model), attn_implementation="sdpa", dtype=torch.bfloat16 if prec == "bf16" else torch.float32).eval()
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


def ort_session(path, threads):
    import onnxruntime as ort
    o = ort.SessionOptions()
    o.intra_op_num_threads, o.inter_op_num_threads = threads, 1
    return ort.InferenceSession(path, o, providers=["CPUExecutionProvider"])


def ort_encoder(model, prec, threads):
    import numpy as np
    s = ort_session(place(f"{model}.{prec}.onnx"), threads)
    return lambda ids, mask: s.run(None, dict(input_ids=ids, attention_mask=mask, token_type_ids=np.zeros_like(ids)))[0]


def ct2_encoder(model, prec, threads):
    import ctranslate2, numpy as np
    folder = place(f"{model}.ct2") + ("" if prec == "float32" else "-int8")
    enc = ctranslate2.Encoder(folder, device="cpu", compute_type=prec, inter_threads=1, intra_threads=threads)

    def encode(ids, mask):
        lengths = mask.sum(1).astype(np.int32)
        out = enc.forward_batch(ctranslate2.StorageView.from_array(np.ascontiguousarray(ids.astype(np.int32))),
                                lengths=ctranslate2.StorageView.from_array(lengths))
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


def fill_torch(prec, threads):
    import torch, transformers
    torch.set_num_threads(threads)
    pipe = transformers.pipeline("fill-mask", model=hf("base-mlm"), tokenizer=hf("base-mlm"), device="cpu", top_k=5)
    return lambda lines, size: pipe(sorted(lines, key=len), batch_size=size)


def fill_ort(prec, threads):
    import numpy as np
    s, tok = ort_session(place(f"base-mlm.{prec}.onnx"), threads), tokenizer("base-mlm")
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


def worker(peer, model, prec, threads):
    """Answers one JSON line of work after another: {workload, batch, scale, repeat}."""
    threads = int(threads)
    os.environ["RAYON_NUM_THREADS"] = str(threads)
    os.environ["OMP_NUM_THREADS"] = str(threads)
    if peer == "ort-fill" or peer == "torch-fill":
        fill = (fill_ort if peer == "ort-fill" else fill_torch)(prec, threads)
    else:
        encode, tok = ENCODERS[peer](model, prec, threads), tokenizer(model)
    print(json.dumps(dict(ready=True)), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        lines, cpu = pick(texts(model, job["workload"]), job.get("scale", 1)), time.process_time()
        if job["workload"] == "w6":
            t0 = time.perf_counter()
            fill(lines, job["batch"])
            tok6 = tokenizer("base-mlm")
            r = dict(e2e=time.perf_counter() - t0, n=len(lines), lengths=[len(e.ids) for e in tok6.encode_batch(lines)])
        else:
            runs = [encode_all(tok, encode, lines, job["batch"]) for _ in range(job.get("repeat", 1))]
            v, lengths, _, _ = runs[0]
            r = dict(e2e=statistics.median(a + b for _, _, a, b in runs), enc=statistics.median(b for _, _, _, b in runs),
                     n=len(v), lengths=lengths)
            if job.get("save"):
                import numpy as np
                np.save(job["save"], v)
        r["cpu"] = time.process_time() - cpu
        r["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(r), flush=True)


def pick(lines, scale):
    """An even subset: the same lines for each peer."""
    n = max(1, round(len(lines) * scale))
    return [lines[i * len(lines) // n] for i in range(n)]


class Worker:
    def __init__(self, peer, model, prec, threads):
        self.p = subprocess.Popen([sys.executable, os.path.abspath(__file__), "worker", peer, model, prec, str(threads)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, stderr=open(place("workers.log"), "a"))

    def read(self):
        for line in self.p.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError("worker ended")

    def ask(self, **job):
        self.p.stdin.write(json.dumps(job) + "\n")
        self.p.stdin.flush()
        return self.read()

    def close(self):
        self.p.stdin.close()
        self.p.wait()


# ---------------------------------------------------------------- command-line peers

def cli_command(peer, model, prec, threads, size, path):
    if peer.startswith("llama"):
        warm = "--warmup" if peer == "llama-warmup" else "--no-warmup"
        return [os.path.join(env("BENCH_LLAMA"), "llama-embedding"), "-m", os.path.join(env("BENCH_GGUF"), f"{model}-{prec}.gguf"),
                "-f", path, "--pooling", "mean", "--embd-normalize", "2", "--embd-output-format", "array", "-t", str(threads), "-tb", str(threads),
                "-b", str(size), "-ub", str(size), "-c", str(size), "--perf", "-lv", "4", warm] + shlex.split(env("BENCH_LLAMA_ARGS", ""))
    return [a.format(model=hf(model), threads=threads, prec=prec) for a in shlex.split(env("BENCH_BERTH"))]


def cli_run(peer, model, prec, threads, lines, size, save=None):
    """One whole process on these lines -> wall seconds, encoder seconds where the program says so, peak MiB."""
    path = place(f"cli-{os.getpid()}.txt")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + ("" if peer.startswith("llama") else "\n"))
    t0 = time.perf_counter()
    p = subprocess.Popen(cli_command(peer, model, prec, threads, size, path), stdin=open(path), stdout=open(path + ".out", "w"), stderr=open(path + ".err", "w"))
    _, status, usage = os.wait4(p.pid, 0)
    wall = time.perf_counter() - t0
    err = open(path + ".err").read()
    if status:
        raise RuntimeError(f"{peer} {model} {prec}: status {status}: {err[-500:]}")
    m = re.search(r"prompt eval time =\s*([\d.]+) ms /\s*(\d+) tokens", err)
    if save:
        import numpy as np
        text = open(path + ".out").read()
        rows = json.loads(text) if peer == "llama" else [[float(x) for x in re.split(r"[ ,\t]+", row.strip())] for row in text.splitlines()]
        np.save(save, np.array(rows, np.float32))
    for end in ("", ".out", ".err"):
        os.remove(path + end)
    return wall, float(m[1]) / 1e3 if m else None, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


class Cli:
    def __init__(self, peer, model, prec, threads):
        self.id, self.startup = (peer, model, prec, threads), None
        self.tok = tokenizer(model)

    def read(self):
        return {}

    def ask(self, workload, batch, scale=1, repeat=1, save=None):
        peer, model, prec, threads = self.id
        if workload == "w1":   # llama-bench: ten tokens, the encoder only, in a warm process
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            out = subprocess.check_output([os.path.join(env("BENCH_LLAMA"), "llama-bench"), "-m", os.path.join(env("BENCH_GGUF"), f"{model}-{prec}.gguf"),
                                           "-p", "10", "-n", "0", "-t", str(threads), "-r", str(repeat), "-embd", "1", "-o", "json"], stderr=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return dict(cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, e2e=None, enc=statistics.median(json.loads(out)[0]["samples_ns"]) / 1e9, n=1, lengths=[10])
        one = cli_run(*self.id, texts(model, "w1"), batch)
        self.startup = min(one[0], self.startup or one[0])
        lines = pick(texts(model, workload), scale)
        wall, enc, rss, cpu = cli_run(*self.id, lines, batch, save)
        lengths = [len(e.ids) for e in self.tok.encode_batch(lines)]
        return dict(e2e=max(wall - self.startup, 1e-9), wall=wall, enc=enc, n=len(lines), lengths=lengths, rss=rss, startup=self.startup, cpu=cpu + one[3])

    def close(self):
        pass


class Berth:
    """A warm co-process: it has packed its weights before anything is timed; lines go in, float32 vectors come out."""
    def __init__(self, peer, model, prec, threads):
        self.id, self.model, self.fill = (peer, model, prec, threads), model, peer == "berth-fill"
        command = [a.format(model=hf("base-mlm" if self.fill else model), threads=threads, prec=prec) for a in shlex.split(env("BENCH_BERTH"))]
        at = command.index("embed")
        command[at:at + 1] = ["fill-mask", "--quiet", "-k", "5", "-f", "jsonl"] if self.fill else ["embed", "--quiet", "-f", "f32"]
        self.p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.size = 0 if self.fill else SHAPES[model]["H"] * 4
        self.tok = tokenizer(model)

    def read(self):
        for _ in range(3):
            self.send(["A short [MASK] first."] if self.fill else ["A short text first."])
        return {}

    def send(self, lines):
        """All lines written (by a thread: a pipe holds 64 KiB), all answers read -> seconds."""
        import threading
        data = ("\n".join(lines) + "\n").encode()
        feeder = threading.Thread(target=lambda: [self.p.stdin.write(data[i:i + 65536]) for i in range(0, len(data), 65536)])
        t0, left = time.perf_counter(), len(lines) * (self.size or 1)
        feeder.start()
        while left > 0:
            got = self.p.stdout.read(1 << 20)
            if not got:
                raise RuntimeError("berth ended")
            left -= len(got) if self.size else got.count(b"\n")
        seconds = time.perf_counter() - t0
        feeder.join()
        return seconds

    def cpu(self):
        f = open(f"/proc/{self.p.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, workload, batch, scale=1, repeat=1, save=None):
        lines = pick(texts("base" if self.fill else self.model, workload), scale)
        lengths = [len(e.ids) for e in self.tok.encode_batch(lines)]
        before = self.cpu()
        if workload == "w1":
            seconds = statistics.median(self.send(lines[:1]) for _ in range(repeat))
            return dict(e2e=None, enc=seconds, n=1, lengths=lengths[:1], cpu=self.cpu() - before)
        seconds = self.send(lines)
        rss = int(re.search(r"VmHWM:\s*(\d+)", open(f"/proc/{self.p.pid}/status").read())[1]) / 1024
        return dict(e2e=seconds, enc=None, n=len(lines), lengths=lengths, rss=rss, cpu=self.cpu() - before)

    def close(self):
        self.p.stdin.close()
        self.p.wait()


def open_peer(peer, *rest):
    return {"llama": Cli, "berth": Berth, "berth-fill": Berth}.get(peer, Worker)(peer, *rest)


# ---------------------------------------------------------------- measuring

class Quiet:
    """Stops the neighbour while measuring; continues it whatever happens. Keeps count of the time."""
    total = 0.0

    def __enter__(self):
        self.pids, self.t = [int(p) for p in env("BENCH_PAUSE", "").split()], time.time()
        if self.pids:
            for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(s, lambda *_: sys.exit(1))
            for p in self.pids:
                os.kill(p, signal.SIGSTOP)
            time.sleep(.2)
        return self

    def __exit__(self, *_):
        for p in self.pids:
            os.kill(p, signal.SIGCONT)
        if self.pids:
            Quiet.total += time.time() - self.t
            print(f"# paused the neighbour for {time.time() - self.t:.0f} s", file=sys.stderr)


def busy():
    """CPU seconds all processes of the machine have used, and those stolen by its host."""
    f = open("/proc/stat").readline().split()
    return sum(int(f[i]) for i in (1, 2, 3, 6, 7, 8)) / os.sysconf("SC_CLK_TCK")


def measure(w, threads, **job):
    """One answer of a peer, with the CPUs others used meanwhile; once more if that took a core the peer needed."""
    for attempt in range(3):
        b, c, t = busy(), time.process_time(), time.perf_counter()
        r = w.ask(**job)
        wall = time.perf_counter() - t
        r["others"] = round(max(0, busy() - b - r["cpu"] - (time.process_time() - c)) / wall, 3)
        r["clean"] = r["others"] < os.cpu_count() - threads + .08
        if r["clean"]:
            break
    return r


def log(**row):
    row["at"] = round(time.time())
    with open(place("raw.jsonl"), "a") as f:
        f.write(json.dumps(row) + "\n")


def brief(r):
    r = dict(r)
    n = r.pop("lengths")
    return dict(r, tokens=sum(n), squares=sum(x * x for x in n))


def peers_of(args):
    """peer:prec:threads ... or all that can run here"""
    if args:
        return [(p, q, int(t)) for p, q, t in (a.split(":") for a in args)]
    names = ["torch", "ort", "ct2"] + (["llama"] if env("BENCH_LLAMA") else []) + (["berth"] if env("BENCH_BERTH") else [])
    return [(p, q, t) for p in names for q in PRECS[p] for t in (1, 2)]


# Subset of each workload and repeats: about a second each. Rates do not depend on the count.
SCALE = {("minilm", "w1"): (1, 60), ("minilm", "w2"): (.2, 1), ("minilm", "w3"): (.15, 1), ("minilm", "w4"): (.4, 1),
         ("base", "w1"): (1, 20), ("base", "w2"): (.03, 1), ("base", "w3"): (1 / 32, 1), ("base", "w4"): (1 / 24, 1)}


def sizes(peer, workload):
    """Batch sizes to try: texts, for llama tokens. The report takes the best one."""
    if peer == "berth":
        return (0,)
    if peer == "llama":
        return dict(w1=(512,), w2=(256, 512), w3=(256, 512), w4=(512, 2048))[workload]
    return dict(w1=(1,), w2=(8, 32), w3=(1, 8), w4=(1, 8))[workload]


def best_sizes():
    """The fastest batch size so far of each peer, precision, threads and workload; of this model or, failing that, of MiniLM."""
    seen = {}
    for line in open(place("raw.jsonl")):
        r = json.loads(line)
        if r["kind"] == "run" and r["workload"] != "w5" and r.get("clean"):
            key = (r["peer"], r["prec"], r["threads"]), r["workload"]
            seen.setdefault((r["model"],) + key, {}).setdefault(r["batch"], []).append((r["e2e"] or r["enc"]) / r["n"])
    best = {k: min(v, key=lambda b: statistics.median(v[b])) for k, v in seen.items() if len(v) > 1}
    return lambda model, key, wl: best.get((model, key, wl), best.get(("minilm", key, wl)))


def run(model, rounds, *args):
    """Interleaved rounds of W1-W4: every peer, precision, thread count and batch size once a round.
    BENCH_BEST=1: only the batch size that was best in earlier rounds."""
    workloads = env("BENCH_WORKLOADS", "w1,w2,w3,w4").split(",")
    known = best_sizes() if env("BENCH_BEST") else lambda *_: None
    peers = {}
    for key in peers_of(args):
        peers[key] = open_peer(key[0], model, *key[1:])
    for key in list(peers):
        try:
            peers[key].read()
        except Exception as e:
            print("cannot run", key, e, file=sys.stderr)
            peers.pop(key)
    with Quiet():
        for key, w in peers.items():
            if isinstance(w, Worker):
                w.ask(workload="w2", batch=8, scale=.002 if model == "base" else .01)
        dropped = set()
        for round in range(int(rounds)):
            for wl in workloads:
                scale, repeat = SCALE[model, wl]
                t = time.time()
                for key, w in peers.items():
                    one = known(model, key, wl)
                    for size in (one,) if one else sizes(key[0], wl):
                        if (key, wl, size) in dropped:
                            continue
                        try:
                            r = brief(measure(w, key[2], workload=wl, batch=size, scale=scale, repeat=repeat))
                            log(kind="run", peer=key[0], model=model, prec=key[1], threads=key[2], workload=wl, batch=size, **r)
                        except Exception as e:
                            print("cannot run", key, wl, size, e, file=sys.stderr)
                            dropped.add((key, wl, size))
                print(f"# {model} round {round} {wl}: {time.time() - t:.0f} s", file=sys.stderr, flush=True)
    for w in peers.values():
        w.close()


def fill(rounds, scale="0.1"):
    """W6"""
    ws = {}
    for peer, prec in (("torch-fill", "f32"), ("ort-fill", "f32"), ("ort-fill", "int8")) + (("berth-fill", "f32"), ("berth-fill", "int8")) * bool(env("BENCH_BERTH")):
        for t in (1, 2):
            ws[peer, prec, t] = open_peer(peer, "base", prec, t)
            ws[peer, prec, t].read()
    with Quiet():
        best = {}
        for key, w in ws.items():
            w.ask(workload="w6", batch=8, scale=.02)
            tried = {b: w.ask(workload="w6", batch=b, scale=.05)["e2e"] for b in (1, 8)}
            best[key] = min(tried, key=tried.get)
        for _ in range(int(rounds)):
            for key, w in ws.items():
                r = brief(measure(w, key[2], workload="w6", batch=best[key], scale=float(scale)))
                log(kind="run", peer=key[0], model="base", prec=key[1], threads=key[2], workload="w6", batch=best[key], **r)
    for w in ws.values():
        w.close()


ONE = "The quick brown fox jumps over it."


def start_command(peer, prec):
    return [sys.executable, os.path.abspath(__file__), "one", peer, prec]


def one(peer, prec):
    """The shortest Python program of each peer that prints one vector of MiniLM."""
    if peer == "st":
        from sentence_transformers import SentenceTransformer
        v = SentenceTransformer(hf("minilm"), device="cpu").encode(ONE)
    else:
        v = encode_all(tokenizer("minilm"), ENCODERS[peer]("minilm", prec, 2), [ONE], 1)[0][0]
    print(*v)
    sys.stdout.flush()


def start(rounds):
    """W5: from exec to exit, one sentence, MiniLM, files in the page cache."""
    todo = [("st", "f32"), ("torch", "f32"), ("ort", "f32"), ("ort", "int8"), ("ct2", "float32"), ("ct2", "int8")]
    todo += [(q, p) for p in PRECS["llama"] for q in ("llama", "llama-warmup")] * bool(env("BENCH_LLAMA")) + [("berth", p) for p in PRECS["berth"]] * bool(env("BENCH_BERTH"))
    with Quiet():
        for _ in range(int(rounds)):
            for peer, prec in todo:
                try:
                    if peer.startswith(("llama", "berth")):
                        wall, _, rss, _ = cli_run(peer, "minilm", prec, 2, [ONE], 512)
                    else:
                        t0 = time.perf_counter()
                        p = subprocess.Popen(start_command(peer, prec), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                        _, status, usage = os.wait4(p.pid, 0)
                        wall, rss = time.perf_counter() - t0, usage.ru_maxrss / 1024
                        if status:
                            raise RuntimeError("status %d" % status)
                    log(kind="run", peer=peer, model="minilm", prec=prec, threads=2, workload="w5", e2e=wall, rss=rss, n=1)
                except Exception as e:
                    print("cannot start", peer, prec, e, file=sys.stderr)


def rss(model, *args):
    """Peak memory of a fresh process for each of W2 and W4 (batch 32; nothing is timed here)."""
    for key in [k for k in peers_of(args) if k[2] == 2 and k[0] not in ("llama", "berth")]:
        for wl in ("w2", "w4"):
            try:
                w = open_peer(key[0], model, *key[1:])
                w.read()
                r = w.ask(workload=wl, batch=sizes(key[0], wl)[-1], scale=min(1, SCALE[model, wl][0] * (2 if model == "minilm" else 4)))
                w.close()
                log(kind="rss", peer=key[0], model=model, prec=key[1], threads=2, workload=wl, rss=r["rss"])
            except Exception as e:
                print("cannot run", key, wl, e, file=sys.stderr)


def tok_one(mode, megabytes):
    from tokenizers import Tokenizer
    t = Tokenizer.from_file(os.path.join(hf("minilm"), "tokenizer.json"))
    t.no_padding(), t.no_truncation()
    with open(env("BENCH_TOKTEXT"), "rb") as f:
        data = f.read(int(float(megabytes) * 1e6))
    lines = data.decode("utf-8", "ignore").split("\n")
    t.encode_batch(lines[:100])
    t0, n = time.perf_counter(), 0
    if mode == "encode":
        for s in lines:
            n += len(t.encode(s).ids)
    else:
        f = t.encode_batch_fast if mode == "encode_batch_fast" else t.encode_batch
        for at in range(0, len(lines), 1000):
            n += sum(len(e.ids) for e in f(lines[at:at + 1000]))
    s = time.perf_counter() - t0
    print(json.dumps(dict(s=s, mb=len(data) / 1e6, tokens=n, lines=len(lines))))


def tok(rounds, megabytes="30"):
    """W7"""
    with Quiet():
        for _ in range(int(rounds)):
            for mode, t in (("encode", 1), ("encode_batch", 1), ("encode_batch", 2), ("encode_batch_fast", 1), ("encode_batch_fast", 2)):
                e = dict(os.environ, RAYON_NUM_THREADS=str(t))
                r = json.loads(subprocess.check_output([sys.executable, os.path.abspath(__file__), "tok-one", mode, megabytes], env=e))
                log(kind="tok", peer="hf-tokenizers " + mode, threads=t, **r)


def peak(rounds="3"):
    top = os.path.dirname(HERE)
    subprocess.check_call(["make", "-s", "-C", top, "build/bench/peak"])
    exe = os.path.join(top, "build/bench/peak")
    with Quiet():
        for _ in range(int(rounds)):
            for line in subprocess.check_output([exe, "2"], text=True).splitlines():
                name, t, value, unit = line.split("\t")
                log(kind="peak", name=name, threads=int(t), value=float(value), unit=unit)
                print(line)


def agree(model, *args):
    """Cosines with torch f32 on 100 texts of W2 and 8 of W4."""
    import numpy as np
    for wl, scale in (("w2", .05 if model == "minilm" else .01), ("w4", 1 / 6 if model == "minilm" else 1 / 24)):
        ref = None
        for key in [("torch", "f32", 2)] + [k for k in peers_of(args) if k[2] == 2 and k[:2] != ("torch", "f32")]:
            try:
                w, path = open_peer(key[0], model, *key[1:]), place("agree.npy")
                w.read()
                w.ask(workload=wl, batch=sizes(key[0], wl)[-1], scale=scale, save=path)
                w.close()
                v = np.load(path).astype(np.float64)
                ref = v if ref is None else ref
                c = (v * ref).sum(1) / np.linalg.norm(v, axis=1) / np.linalg.norm(ref, axis=1)
                log(kind="agree", peer=key[0], model=model, prec=key[1], workload=wl, worst=c.min(), mean=c.mean(), maxabs=float(abs(v - ref).max()))
                print(f"{model} {wl} {key[0]:6} {key[1]:12} cosine worst {c.min():.7f} mean {c.mean():.7f} max abs {abs(v - ref).max():.2e}", flush=True)
            except Exception as e:
                print("cannot run", key, wl, str(e)[-300:], file=sys.stderr)


# ---------------------------------------------------------------- report

def report(out):
    rows = [json.loads(line) for line in open(place("raw.jsonl"))]
    peaks = {}
    for r in rows:
        if r["kind"] == "peak":
            peaks.setdefault((r["name"], r["threads"]), []).append(r["value"])
    top = {k: max(v) for k, v in peaks.items()}
    groups = {}

    def add(peer, model, prec, threads, workload, metric, value, frac=None):
        groups.setdefault((peer, model, prec, threads, workload, metric), []).append((value, frac))

    for (name, t), v in peaks.items():
        for x in v:
            add("peak", "-", name, t, "-", "GB/s" if "read" in name else "GOP/s", x)
    runs = {}
    for r in rows:
        if r["kind"] == "run" and r["workload"] != "w5":
            runs.setdefault((r["peer"], r["model"], r["prec"], r["threads"], r["workload"]), {}).setdefault(r["batch"], []).append(r)
    chosen = []
    for key, by_size in runs.items():
        for size, group in by_size.items():   # samples with a core taken away count only where there are no others
            by_size[size] = [r for r in group if r.get("clean")] or group
        speed = {b: statistics.median((r["e2e"] or r["enc"]) / r["n"] for r in g) for b, g in by_size.items()}
        chosen += by_size[min(speed, key=speed.get)]
    rows = [r for r in rows if r["kind"] != "run" or r["workload"] == "w5"] + chosen
    for r in rows:
        if r["kind"] == "tok":
            add(r["peer"], "-", "-", r["threads"], "w7", "MB/s", r["mb"] / r["s"])
            add(r["peer"], "-", "-", r["threads"], "w7", "tokens/s", r["tokens"] / r["s"])
        if r["kind"] == "rss":
            add(r["peer"], r["model"], r["prec"], r["threads"], r["workload"], "peak MiB", r["rss"])
        if r["kind"] == "agree":
            add(r["peer"], r["model"], r["prec"], 2, r["workload"], "worst cosine to torch f32", r["worst"])
        if r["kind"] != "run":
            continue
        key = (r["peer"], r["model"], r["prec"], r["threads"], r["workload"])
        if r["workload"] == "w5":
            add(*key, "start to exit ms", 1e3 * r["e2e"])
            add(*key, "peak MiB", r["rss"])
            continue
        s = SHAPES[r["model"]]
        per_token = 2 * s["L"] * (4 * s["H"] ** 2 + 2 * s["H"] * s["I"]) + (2 * (30522 * s["H"] + s["H"] ** 2) if r["workload"] == "w6" else 0)
        ops = per_token * r["tokens"] + 4 * s["L"] * s["H"] * r["squares"]
        kind = "vnni_int8" if r["prec"] in ("int8", "int8_float32", "q8_0") else "bf16" if r["prec"] == "bf16" else "fma_f32"
        limit = top.get((kind, r["threads"]))
        for metric, sec in (("e2e", r["e2e"]), ("encoder only", r.get("enc"))):
            if not sec:
                continue
            frac = ops / sec / 1e9 / limit if limit else None
            if r["workload"] == "w1":
                add(*key, metric + " ms", 1e3 * sec, frac)
            else:
                add(*key, metric + " sentences/s", r["n"] / sec, frac)
                add(*key, metric + " tokens/s", r["tokens"] / sec, frac)
        if r["peer"] in ("llama", "berth") and "rss" in r:   # a process of its own each time; for the others see rss()
            add(*key, "peak MiB", r["rss"])
        if "batch" in r:
            add(*key, "batch chosen", r["batch"])
            add(*key, "clean samples", int(bool(r.get("clean"))))
    with open(out, "w") as f:
        print("peer", "model", "precision", "threads", "workload", "metric", "median", "min", "max", "fraction_of_peak", sep="\t", file=f)
        for k in sorted(groups, key=lambda k: (k[4], k[1], k[5], k[3], k[0], k[2])):
            v = [x for x, _ in groups[k]]
            fr = [y for _, y in groups[k] if y is not None]
            g = "%.7f" if "cosine" in k[5] else "%.4g" if statistics.median(v) < 1000 else "%.0f"
            print(*k, *(g % x for x in (statistics.median(v), min(v), max(v))), "%.3f" % statistics.median(fr) if fr else "", sep="\t", file=f)


COMMANDS = {"texts": make_texts, "prepare": prepare, "worker": worker, "run": run, "fill": fill, "start": start, "one": one, "rss": rss,
            "tok": tok, "tok-one": tok_one, "peak": peak, "agree": agree, "report": report}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__ + "\nsubcommands: " + ", ".join(COMMANDS))
    COMMANDS[sys.argv[1]](*sys.argv[2:])
