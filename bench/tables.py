#!/usr/bin/env python3
"""The tables of bench/compare: how many times as fast as the best of the rivals berth is.

    tables.py FOLDER

prints Markdown for README.md of what compare left in FOLDER (BENCH_WORK): report.tsv, beside.tsv, tokenizing.tsv.
"""
import collections
import csv
import os
import sys

import peers

LESS = {"w1": "encoder only ms", "w5": "start to exit ms"}  # all others: sentences a second, end to end
MODELS = {"minilm": "MiniLM", "base": "BERT-base shape"}


def read(path):
    """What a TSV's comments say, and its rows."""
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    said = [line[1:].strip() for line in lines if line.startswith("#")]
    return said, list(csv.DictReader([line for line in lines if not line.startswith("#")], delimiter="\t"))


def compared(rows):
    """Of the rows of one cell ours, the best rival's, and how many times as fast ours is; None where one is missing."""
    less = rows[0]["workload"] in LESS
    best = min if less else max
    speed = lambda row: float(row["median"])
    ours = [r for r in rows if r["peer"].startswith("berth")]
    rivals = [r for r in rows if not r["peer"].startswith("berth")]
    if not ours or not rivals:
        return None
    mine, other = ours[0], best(rivals, key=speed)
    ratio = speed(mine) / speed(other)
    return mine, other, 1 / ratio if less else ratio


def cells(rows, level):
    """{(model, workload, threads, class of precisions): compared()}"""
    found = collections.defaultdict(list)
    for row in rows:
        name = peers.class_of(row["precision"])
        if name and row["level"] == level and row["metric"] == LESS.get(row["workload"], "e2e sentences/s"):
            found[row["model"], row["workload"], int(row["threads"]), name].append(row)
    return {key: c for key, c in ((key, compared(group)) for key, group in sorted(found.items())) if c}


def ratios(path, level):
    """Lines of a TSV: the cells of one level."""
    said, rows = read(path)
    yield from ("# " + line for line in said)
    yield "\t".join(("model", "workload", "threads", "precision", "berth", "of_peak", "best rival", "rival",
                     "rival_of_peak", "times_as_fast"))
    for (model, workload, threads, name), (mine, other, ratio) in cells(rows, level).items():
        yield "\t".join((model, workload, str(threads), name, mine["median"], mine["fraction_of_peak"], other["peer"],
                         other["median"], other["fraction_of_peak"], f"{ratio:.2f}"))


# ---------------------------------------------------------------- Markdown

def row(*cells):
    return "| " + " | ".join(cells) + " |"


def head(*names):
    return [row("", *names), "|" + "---|" * (len(names) + 1)]


def threads_of(n):
    return "1 thread" if n == 1 else f"{n} threads"


def cell(found):
    """1.15 (.92): times as fast, and the fraction of the peak."""
    if not found:
        return ""
    mine, _, ratio = found
    fraction = mine["fraction_of_peak"]
    return f"{ratio:.2f}" + (f" ({float(fraction):.2f})".replace("(0.", "(.") if fraction else "")


def workloads_table(found, workloads):
    yield from head(*(w.upper() for w in workloads))
    names = [(model, name, threads) for model in MODELS for name in peers.CLASSES for threads in (1, 2)]
    for model, name, threads in names:
        shown = [cell(found.get((model, w, threads, name))) for w in workloads]
        if any(shown):
            yield row(f"{MODELS[model]} {name}, {threads_of(threads)}", *shown)


def peaks(rows):
    """FMA 233 / 472 GFLOP/s, ... : on 1 and 2 threads."""
    found = collections.defaultdict(dict)
    for r in rows:
        if r["peer"] == "peak":
            found[r["precision"], r["metric"]][int(r["threads"])] = float(r["max"])
    return "Peaks on 1 / 2 threads: " + ", ".join(
        f"{name} {' / '.join(f'{v:,.0f}' for _, v in sorted(values.items()))} {unit}"
        for (name, unit), values in found.items())


def report_tables(path):
    said, rows = read(path)
    yield from said
    yield peaks(rows)
    workloads = {"": ["w1", "w2", "w3", "w4", "w6"], **{level: ["w2", "w3"] for level in peers.HELD}}
    for level, columns in workloads.items():
        found = cells(rows, level)
        if found:
            yield ""
            yield f"All held to {level.upper()}:\n" if level else "At their best:\n"
            yield from workloads_table(found, columns)
    for (_, _, _, name), (mine, other, _) in ((k, c) for k, c in cells(rows, "").items() if k[1] == "w5"):
        yield f"\nStart to exit (W5), {name}: {mine['median']} ms, {other['peer']} {other['median']} ms."


def beside_table(path):
    found = collections.defaultdict(dict)
    for r in read(path)[1]:
        found[r["model"], r["tokens"]][r["precision"], r["threads"]] = r["times_as_fast"]
    columns = [(p, t) for p in ("f32", "int8") for t in ("1", "2")]
    yield from head(*(f"{p}, {threads_of(int(t))}" for p, t in columns))
    for (model, tokens), cells_of in found.items():
        yield row(f"{model}, {tokens} tokens", *(cells_of.get(c, "") for c in columns))


def tokenizing_table(path):
    rows = read(path)[1]
    yield from head("open, ms", "of Rust", "times as fast", "MB/s", "of Rust", "times as fast")
    for r in rows:
        yield row(*r.values())


TABLES = {"report.tsv": report_tables, "beside.tsv": beside_table, "tokenizing.tsv": tokenizing_table}


def main(folder):
    for name, table in TABLES.items():
        path = os.path.join(folder, name)
        if os.path.exists(path):
            print(*table(path), "", sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
