"""The programs that are compared, each as something that is asked for one piece of work after another.

A peer is named program:precision:threads, or with a CPU level that it is held to: program:precision:threads:avx2.
"""
import collections
import json
import os
import re
import resource
import shlex
import statistics
import subprocess
import sys
import time

from coprocess import Coprocess
from places import HERE, SHAPES, env, hf, pick, place, texts, tokenizer

Peer = collections.namedtuple("Peer", "program precision threads level")

# Also possible by name: ct2:int8_float32 (the same numbers as int8 on a CPU).
PRECISIONS = {"torch": ["f32", "int8", "bf16"], "ort": ["f32", "int8"], "ct2": ["float32", "int8"],
              "llama": ["f32", "f16", "q8_0"], "berth": ["f32", "f16", "bf16", "int8"]}
CLASSES = {"f32": ("f32", "float32"), "bf16": ("bf16",), "int8": ("int8", "int8_float32", "q8_0")}

# What holds the rivals to a level: CTranslate2's own loops, the products of MKL, oneDNN and FBGEMM in it and in torch,
# and torch's own loops. ONNX Runtime has no such switch and is left out there.
AVX2 = dict(CT2_FORCE_CPU_ISA="AVX2", MKL_ENABLE_INSTRUCTIONS="AVX2", ONEDNN_MAX_CPU_ISA="AVX2",
            FBGEMM_ENABLE_INSTRUCTIONS="AVX2", ATEN_CPU_CAPABILITY="avx2")
HELD = {"avx2": AVX2, "avx2vnni": dict(AVX2, MKL_ENABLE_INSTRUCTIONS="AVX2_E1", ONEDNN_MAX_CPU_ISA="AVX2_VNNI")}
FLAG = {"avx2": "avx2", "avx2vnni": "avx_vnni"}  # of /proc/cpuinfo
NOT_HELD = ("ort", "llama")


def class_of(precision):
    return next((name for name, members in CLASSES.items() if precision in members), None)


def cpu_has(flag):
    with open("/proc/cpuinfo") as f:
        return flag in f.read()


def named(names, level=""):
    """The peers of these names, or all that can run here at the level."""
    if names:
        parts = [n.split(":") + [level] for n in names]
        return [Peer(p[0], p[1], int(p[2]), p[3]) for p in parts]
    programs = ["torch", "ort", "ct2"] + ["llama"] * bool(env("BENCH_LLAMA")) + ["berth"] * bool(env("BENCH_BERTH"))
    if level:
        programs = [p for p in programs if p not in NOT_HELD]
    left_out = () if cpu_has("_bf16") and not level else CLASSES["bf16"]
    return [Peer(p, q, t, level) for p in programs for q in PRECISIONS[p] if q not in left_out for t in (1, 2)]


def rival_command(*args):
    return [sys.executable, os.path.join(HERE, "worker.py"), *map(str, args)]


class Rival:
    """worker.py in a process of its own."""

    def __init__(self, peer, model):
        self.process = subprocess.Popen(
            rival_command(peer.program, model, peer.precision, peer.threads), text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=open(place("workers.log"), "a"), env={**os.environ, **HELD.get(peer.level, {})})

    def read(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError("the rival ended; see " + place("workers.log"))

    def ask(self, **job):
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return self.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def berth_command(peer, model):
    command = shlex.split(env("BENCH_BERTH")) + ["--cpu", peer.level] * bool(peer.level)
    return [a.format(model=hf(model), threads=peer.threads, prec=peer.precision) for a in command]


class Berth:
    """A process that stays open and has packed its weights before anything is timed; float32 vectors come out."""
    first = "A short text first."
    task = ["embed", "--quiet", "-f", "f32"]

    def __init__(self, peer, model):
        command = berth_command(peer, self.folder(model))
        at = command.index("embed")
        command[at:at + 1] = self.task
        self.process, self.model = Coprocess(command, self.answer_bytes(model)), model
        self.tok = tokenizer(model)

    def folder(self, model):
        return model

    def answer_bytes(self, model):
        return SHAPES[model]["H"] * 4

    def read(self):
        for _ in range(3):
            self.process.ask([self.first])

    def seconds(self, lines):
        start = time.perf_counter()
        self.process.ask(lines)
        return time.perf_counter() - start

    def ask(self, workload, batch, scale=1, repeat=1):
        lines = pick(texts(self.model, workload), scale)
        lengths = [len(e.ids) for e in self.tok.encode_batch(lines)]
        before = self.process.cpu()
        if workload == "w1":
            seconds = statistics.median(self.seconds(lines[:1]) for _ in range(repeat))
            return dict(e2e=None, enc=seconds, n=1, lengths=lengths[:1], cpu=self.process.cpu() - before)
        seconds = self.seconds(lines)
        return dict(e2e=seconds, enc=None, n=len(lines), lengths=lengths, rss=self.process.peak_mebibytes(),
                    cpu=self.process.cpu() - before)

    def close(self):
        self.process.close()


class BerthFill(Berth):
    first = "A short [MASK] first."
    task = ["fill-mask", "--quiet", "-k", "5", "-f", "jsonl"]

    def folder(self, model):
        return model + "-mlm"

    def answer_bytes(self, model):
        return None


def run_once(command, lines):
    """One whole process on these lines, which {path} in its command names if it does not read stdin
    -> wall seconds, CPU seconds, peak MiB, what it said."""
    path = place(f"lines-{os.getpid()}.txt")
    with open(path, "w", encoding="utf-8") as f:
        f.write("".join(line + "\n" for line in lines))
    start = time.perf_counter()
    with open(path) as text, open(path + ".err", "w") as words:
        p = subprocess.Popen([a.replace("{path}", path) for a in command], stdin=text, stdout=subprocess.DEVNULL, stderr=words)
        _, status, usage = os.wait4(p.pid, 0)
    wall = time.perf_counter() - start
    with open(path + ".err") as f:
        said = f.read()
    os.remove(path)
    os.remove(path + ".err")
    if status:
        raise RuntimeError(f"{command[0]}: status {status}: {said[-500:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


def llama_command(peer, model, size):
    """llama-embedding; size: of a batch in tokens. llama-warmup is a peer, too: the same with a first run of its own."""
    return [os.path.join(env("BENCH_LLAMA"), "llama-embedding"),
            "-m", os.path.join(env("BENCH_GGUF"), f"{model}-{peer.precision}.gguf"), "-f", "{path}", "--pooling", "mean",
            "--embd-normalize", "2", "--embd-output-format", "array", "-t", str(peer.threads), "-tb", str(peer.threads),
            "-b", str(size), "-ub", str(size), "-c", str(size), "--perf", "-lv", "4",
            "--warmup" if peer.program == "llama-warmup" else "--no-warmup"]


class Llama:
    """llama.cpp's programs, started each time: the time of a start with one line is taken off."""

    def __init__(self, peer, model):
        self.peer, self.model, self.startup = peer, model, None
        self.tok = tokenizer(model)

    def read(self):
        pass

    def ten_tokens(self, repeat):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        model = os.path.join(env("BENCH_GGUF"), f"{self.model}-{self.peer.precision}.gguf")
        out = subprocess.check_output(
            [os.path.join(env("BENCH_LLAMA"), "llama-bench"), "-m", model, "-p", "10", "-n", "0", "-t",
             str(self.peer.threads), "-r", str(repeat), "-embd", "1", "-o", "json"], stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return dict(cpu=cpu, e2e=None, enc=statistics.median(json.loads(out)[0]["samples_ns"]) / 1e9, n=1, lengths=[10])

    def ask(self, workload, batch, scale=1, repeat=1):
        if workload == "w1":
            return self.ten_tokens(repeat)
        command = llama_command(self.peer, self.model, batch)
        wall, first_cpu, _, _ = run_once(command, texts(self.model, "w1"))
        self.startup = min(wall, self.startup or wall)
        lines = pick(texts(self.model, workload), scale)
        wall, cpu, rss, said = run_once(command, lines)
        encoder = re.search(r"prompt eval time =\s*([\d.]+) ms", said)
        return dict(e2e=max(wall - self.startup, 1e-9), enc=float(encoder[1]) / 1e3 if encoder else None, n=len(lines),
                    lengths=[len(e.ids) for e in self.tok.encode_batch(lines)], rss=rss, cpu=cpu + first_cpu)

    def close(self):
        pass


def open_peer(peer, model):
    return {"llama": Llama, "berth": Berth, "berth-fill": BerthFill}.get(peer.program, Rival)(peer, model)
