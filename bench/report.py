"""Medians of what was logged, as one TSV."""
import statistics

import peers
from places import logged, operations, place

HEAD = ("peer", "model", "precision", "threads", "level", "workload", "metric", "median", "min", "max", "fraction_of_peak")
# What the fraction is of: multiply-adds or 8-bit dot products of vectors; tiles can do more.
LIMITS = {("f32", ""): "fma_f32", ("bf16", ""): "fma_f32", ("int8", ""): "vnni_int8", ("f32", "avx2"): "fma_avx2",
          ("int8", "avx2"): "fma_avx2", ("f32", "avx2vnni"): "fma_avx2", ("int8", "avx2vnni"): "vnni_avx2"}


def clean(rows):
    """Samples with a core taken away count only where there are no others."""
    return [r for r in rows if r.get("clean")] or rows


def best_batches(rows):
    """Of each peer and workload the samples with the fastest batch size."""
    by_size = {}
    for r in rows:
        key = r["peer"], r["model"], r["prec"], r["threads"], r["level"], r["workload"]
        by_size.setdefault(key, {}).setdefault(r["batch"], []).append(r)
    per_text = lambda group: statistics.median((r["e2e"] or r["enc"]) / r["n"] for r in group)
    return [r for groups in by_size.values() for r in min(map(clean, groups.values()), key=per_text)]


class Figures:
    """Samples of each figure: (peer, model, precision, threads, level, workload, metric)."""

    def __init__(self, rows):
        self.samples = {}
        self.peaks = {}
        for r in rows:
            if r["kind"] == "peak":
                self.peaks.setdefault((r["name"], r["threads"]), []).append(r["value"])
                self.add(dict(peer="peak", model="-", prec=r["name"], threads=r["threads"], level="", workload="-"),
                         r["unit"], r["value"])

    def add(self, r, metric, value, fraction=None):
        key = r["peer"], r["model"], r["prec"], r["threads"], r["level"], r["workload"], metric
        self.samples.setdefault(key, []).append((value, fraction))

    def fraction(self, r, seconds):
        """Of the best peak: one was measured before the runs and one after them, and a neighbour only lowers them."""
        limit = self.peaks.get((LIMITS.get((peers.class_of(r["prec"]), r["level"])), r["threads"]))
        done = operations(r["model"], r["tokens"], r["squares"], head=r["workload"] == "w6")
        return done / seconds / 1e9 / max(limit) if limit else None

    def add_run(self, r):
        for metric, seconds in (("e2e", r["e2e"]), ("encoder only", r.get("enc"))):
            if not seconds:
                continue
            fraction = self.fraction(r, seconds)
            if r["workload"] == "w1":
                self.add(r, metric + " ms", 1e3 * seconds, fraction)
            else:
                self.add(r, metric + " sentences/s", r["n"] / seconds, fraction)
                self.add(r, metric + " tokens/s", r["tokens"] / seconds, fraction)
        if r["peer"] in ("llama", "berth") and "rss" in r:  # each a process of its own; of others see "memory"
            self.add(r, "peak MiB", r["rss"])
        self.add(r, "batch chosen", r["batch"])
        self.add(r, "clean samples", int(bool(r.get("clean"))))


def figures(rows):
    f = Figures(rows)
    for r in rows:
        if r["kind"] == "memory" or (r["kind"] == "run" and r["workload"] == "w5"):
            f.add(r, "peak MiB", r["rss"])
        if r["kind"] == "run" and r["workload"] == "w5":
            f.add(r, "start to exit ms", 1e3 * r["e2e"])
        if r["kind"] == "agree":
            f.add(r, "worst cosine to torch f32", r["worst"])
    for r in best_batches([r for r in rows if r["kind"] == "run" and r["workload"] != "w5"]):
        f.add_run(r)
    return f.samples


def number(metric, value, middle):
    return ("%.7f" if "cosine" in metric else "%.4g" if middle < 1000 else "%.0f") % value


def write(path=None):
    rows = logged()
    samples = figures(rows)
    with open(path or place("report.tsv"), "w") as out:
        for r in rows:
            if r["kind"] == "machine":
                print("#", r["words"], file=out)
        print(*HEAD, sep="\t", file=out)
        for key in sorted(samples, key=lambda k: (k[5], k[1], k[6], k[3], k[4], k[0], k[2])):
            values = [v for v, _ in samples[key]]
            fractions = [f for _, f in samples[key] if f is not None]
            middle = statistics.median(values)
            shown = [number(key[6], v, middle) for v in (middle, min(values), max(values))]
            print(*key, *shown, "%.3f" % statistics.median(fractions) if fractions else "", sep="\t", file=out)
