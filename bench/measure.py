#!/usr/bin/env python3
"""Side-by-side speed of BERT programs on one machine: measure.py COMMAND [ARGUMENT...]

  texts                     make the texts
  prepare [KIND:MODEL...]   make the rivals' files (ort:minilm, ct2:base, ...)
  run MODEL ROUNDS [PEER...]   W1-W4 of minilm or base
  held LEVEL ROUNDS [PEER...]  W2 and W3 of minilm, all held to a CPU level
  fill ROUNDS               W6
  start ROUNDS              W5
  memory MODEL [PEER...]    peak memory of fresh processes
  agree MODEL [PEER...]     cosines with torch in float32
  peak [ROUNDS]             what the machine can do at most
  report FILE               all figures as TSV

What is measured goes to raw.jsonl of BENCH_WORK; report makes medians of it. Places come from the environment:
places.py. A peer is torch:int8:2 (program, precision, threads); without peers all are taken that can run here.
"""
import os
import signal
import statistics
import subprocess
import sys
import time

import machine
import make_rivals
import make_texts
import peers
import report
from places import HERE, env, log, logged, place

# The part of each workload that is taken, and repeats: about a second each. Rates do not depend on the count.
SCALE = {("minilm", "w1"): (1, 60), ("minilm", "w2"): (.2, 1), ("minilm", "w3"): (.15, 1), ("minilm", "w4"): (.4, 1),
         ("base", "w1"): (1, 20), ("base", "w2"): (.03, 1), ("base", "w3"): (1 / 32, 1), ("base", "w4"): (1 / 24, 1)}
HELD_SCALE = {("minilm", "w2"): (.1, 1), ("minilm", "w3"): (.08, 1)}


class Quiet:
    """Stops the neighbour while measuring; continues it whatever happens."""

    def __enter__(self):
        self.pids, self.start = [int(p) for p in env("BENCH_PAUSE", "").split()], time.time()
        if self.pids:
            for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(s, lambda *_: sys.exit(1))
            for p in self.pids:
                os.kill(p, signal.SIGSTOP)
            time.sleep(.2)

    def __exit__(self, *_):
        for p in self.pids:
            os.kill(p, signal.SIGCONT)
        if self.pids:
            print(f"# paused the neighbour for {time.time() - self.start:.0f} s", file=sys.stderr)


def busy():
    """CPU seconds all processes of the machine have used, and those stolen by its host."""
    with open("/proc/stat") as f:
        fields = f.readline().split()
    return sum(int(fields[i]) for i in (1, 2, 3, 6, 7, 8)) / os.sysconf("SC_CLK_TCK")


def ask(process, threads, **job):
    """One answer, with the CPUs others used meanwhile; again if that took a core the peer needed."""
    for _ in range(3):
        before, own, start = busy(), time.process_time(), time.perf_counter()
        r = process.ask(**job)
        wall = time.perf_counter() - start
        r["others"] = round(max(0, busy() - before - r["cpu"] - (time.process_time() - own)) / wall, 3)
        r["clean"] = r["others"] < os.cpu_count() - threads + .08
        if r["clean"]:
            break
    lengths = r.pop("lengths")
    return dict(r, tokens=sum(lengths), squares=sum(x * x for x in lengths))


def log_run(peer, model, workload, **row):
    log(kind="run", peer=peer.program, model=model, prec=peer.precision, threads=peer.threads, level=peer.level,
        workload=workload, **row)


def opened(wanted, model):
    """{peer: its process} of those that run here."""
    found = {}
    for peer in wanted:
        try:
            found[peer] = peers.open_peer(peer, model)
            found[peer].read()
        except Exception as e:
            print("cannot run", *peer, e, file=sys.stderr)
            found.pop(peer, None)
    return found


def sizes(program, workload):
    """Batch sizes to try: texts, for llama tokens. The report takes the best one."""
    if program == "berth":
        return (0,)
    if program == "llama":
        return dict(w1=(512,), w2=(256, 512), w3=(256, 512), w4=(512, 2048))[workload]
    return dict(w1=(1,), w2=(8, 32), w3=(1, 8), w4=(1, 8))[workload]


def best_sizes():
    """The fastest batch size so far for (model, peer, workload); of this model or, failing that, of MiniLM."""
    seen = {}
    for r in logged():
        if r["kind"] == "run" and r["workload"] != "w5" and r.get("clean"):
            key = r["model"], (r["peer"], r["prec"], r["threads"], r["level"]), r["workload"]
            seen.setdefault(key, {}).setdefault(r["batch"], []).append((r["e2e"] or r["enc"]) / r["n"])
    best = {k: min(v, key=lambda b: statistics.median(v[b])) for k, v in seen.items() if len(v) > 1}
    return lambda model, peer, wl: best.get((model, peer, wl), best.get(("minilm", peer, wl)))


def warm_up(processes, model):
    for process in processes.values():
        if isinstance(process, peers.Rival):
            process.ask(workload="w2", batch=8, scale=.002 if model == "base" else .01)


def rounds_of(model, wanted, scales, rounds):
    """Every peer and batch size once a round. BENCH_BEST=1: only the batch size that was best in earlier rounds."""
    known = best_sizes() if env("BENCH_BEST") else lambda *_: None
    processes, dropped = opened(wanted, model), set()

    def sample(peer, workload, size):
        scale, repeat = scales[model, workload]
        try:
            r = ask(processes[peer], peer.threads, workload=workload, batch=size, scale=scale, repeat=repeat)
            log_run(peer, model, workload, batch=size, **r)
        except Exception as e:
            print("cannot run", *peer, workload, size, e, file=sys.stderr)
            dropped.add((peer, workload, size))

    with Quiet():
        warm_up(processes, model)
        for round in range(int(rounds)):
            for _, workload in scales:
                start = time.time()
                for peer in processes:
                    one = known(model, tuple(peer), workload)
                    for size in (one,) if one else sizes(peer.program, workload):
                        if (peer, workload, size) not in dropped:
                            sample(peer, workload, size)
                print(f"# {model} round {round} {workload}: {time.time() - start:.0f} s", file=sys.stderr, flush=True)
    for process in processes.values():
        process.close()


def run(model, rounds, *names):
    workloads = env("BENCH_WORKLOADS", "w1,w2,w3,w4").split(",")
    scales = {key: s for key, s in SCALE.items() if key[0] == model and key[1] in workloads}
    rounds_of(model, peers.named(names), scales, rounds)


def held(level, rounds, *names):
    rounds_of("minilm", peers.named(names, level), HELD_SCALE, rounds)


def fill(rounds, scale="0.1"):
    wanted = [("torch-fill", "f32"), ("ort-fill", "f32"), ("ort-fill", "int8")]
    wanted += [("berth-fill", "f32"), ("berth-fill", "int8")] * bool(env("BENCH_BERTH"))
    processes = opened([peers.Peer(p, q, t, "") for p, q in wanted for t in (1, 2)], "base")
    with Quiet():
        best = {}
        for peer, process in processes.items():
            process.ask(workload="w6", batch=8, scale=.02)
            tried = {b: process.ask(workload="w6", batch=b, scale=.05)["e2e"] for b in (1, 8)}
            best[peer] = min(tried, key=tried.get)
        for _ in range(int(rounds)):
            for peer, process in processes.items():
                r = ask(process, peer.threads, workload="w6", batch=best[peer], scale=float(scale))
                log_run(peer, "base", "w6", batch=best[peer], **r)
    for process in processes.values():
        process.close()


def start_command(peer):
    """From exec to exit, one sentence."""
    if peer.program == "berth":
        return peers.berth_command(peer, "minilm")
    if peer.program.startswith("llama"):
        return peers.llama_command(peer, "minilm", 512)
    return peers.rival_command("one", peer.program, peer.precision)


def start(rounds):
    """MiniLM, files in the page cache."""
    wanted = [("st", "f32"), ("torch", "f32"), ("ort", "f32"), ("ort", "int8"), ("ct2", "float32"), ("ct2", "int8")]
    wanted += [(q, p) for p in peers.PRECISIONS["llama"] for q in ("llama", "llama-warmup")] * bool(env("BENCH_LLAMA"))
    wanted += [("berth", p) for p in peers.PRECISIONS["berth"]] * bool(env("BENCH_BERTH"))
    with Quiet():
        for _ in range(int(rounds)):
            for program, precision in wanted:
                peer = peers.Peer(program, precision, 2, "")
                try:
                    wall, _, rss, _ = peers.run_once(start_command(peer), [make_texts.ONE])
                    log_run(peer, "minilm", "w5", e2e=wall, rss=rss, n=1)
                except Exception as e:
                    print("cannot start", program, precision, e, file=sys.stderr)


def memory(model, *names):
    """Of a fresh process for each of W2 and W4 (batch 32; nothing is timed here)."""
    for peer in peers.named(names):
        if peer.threads != 2 or peer.program in ("llama", "berth"):
            continue
        for workload in ("w2", "w4"):
            for process in opened([peer], model).values():
                scale = min(1, SCALE[model, workload][0] * (2 if model == "minilm" else 4))
                r = process.ask(workload=workload, batch=sizes(peer.program, workload)[-1], scale=scale)
                process.close()
                log(kind="memory", peer=peer.program, model=model, prec=peer.precision, threads=2, level=peer.level,
                    workload=workload, rss=r["rss"])


def vectors(peer, model, workload, scale):
    import numpy as np

    path = place("agree.npy")
    for process in opened([peer], model).values():
        process.ask(workload=workload, batch=sizes(peer.program, workload)[-1], scale=scale, save=path)
        process.close()
        return np.load(path).astype(np.float64)


def agree(model, *names):
    """On 100 texts of W2 and 8 of W4; of the rivals (bench/precision.py compares berth's own)."""
    import numpy as np

    rivals = [p for p in peers.named(names) if p.threads == 2 and p.program in ("torch", "ort", "ct2")]
    for workload, scale in (("w2", .05 if model == "minilm" else .01), ("w4", 1 / 6 if model == "minilm" else 1 / 24)):
        exact = vectors(peers.Peer("torch", "f32", 2, ""), model, workload, scale)
        for peer in rivals:
            v = vectors(peer, model, workload, scale)
            if v is None:
                continue
            c = (v * exact).sum(1) / np.linalg.norm(v, axis=1) / np.linalg.norm(exact, axis=1)
            log(kind="agree", peer=peer.program, model=model, prec=peer.precision, threads=2, level=peer.level,
                workload=workload, worst=c.min())
            print(model, workload, peer.program, peer.precision, f"worst {c.min():.7f} mean {c.mean():.7f}", flush=True)


def peak(rounds="15"):
    """And which machine that is."""
    if not any(r["kind"] == "machine" for r in logged()):
        log(kind="machine", words=machine.describe())
    top = os.path.dirname(HERE)
    subprocess.check_call(["make", "-s", "-C", top, "build/bench/peak"], stdout=sys.stderr)
    with Quiet():
        for line in subprocess.check_output([os.path.join(top, "build/bench/peak"), "2", rounds], text=True).splitlines():
            name, threads, value, unit = line.split("\t")
            log(kind="peak", name=name, threads=int(threads), value=float(value), unit=unit)


COMMANDS = {"texts": make_texts.make_texts, "prepare": make_rivals.prepare, "run": run, "held": held, "fill": fill,
            "start": start, "memory": memory, "agree": agree, "peak": peak, "report": report.write}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]](*sys.argv[2:])
