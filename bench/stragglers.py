#!/usr/bin/env python3
"""stragglers.py [WORKERS] - how long the slowest worker keeps the others waiting.

WORKERS machines (default: 100) do one unit of work each, cut into parts that are
handed out one after another to whoever is free, as GNU parallel, Slurm and Spark do.
For each number of parts a worker, it prints the time until the last part is done, as
a multiple of what it would be if no one ever waited: the mean of 200 runs, and what
one run in twenty exceeds. Work is in the mean of the workers' speed.

The four columns are four kinds of machines:

  equal     all the same; parts differ, as texts do, by a tenth (standard deviation)
  mixed     speeds between 0.7 and 1.3
  one slow  as equal, but one in fifty runs at a third of the speed
  killed    as equal, but one in fifty breaks down once, at a random moment: its part is
            done again by another, from the start; and, in brackets, from where it was,
            as with --resume

What a part costs by itself, to start a process and to open the model, is OVERHEAD of a
worker's whole work: half a second in a run of 17 minutes.
"""
import heapq
import random
import sys

RUNS = 200
OVERHEAD = 0.0005  # of a worker's whole work, for each part
PARTS = [1, 2, 4, 8, 16, 32, 64, 128]


def run(workers, parts, speeds, deaths, resumed):
    """The time until all parts are done; deaths[w]: when worker w breaks down."""
    todo = [(1 / parts) * max(0.1, random.gauss(1, 0.1)) for _ in range(workers * parts)]
    total = sum(todo)
    free = [(0.0, w) for w in range(workers)]
    heapq.heapify(free)
    end = 0.0
    while todo:
        now, w = heapq.heappop(free)
        work = todo.pop()
        done = now + (work + OVERHEAD) / speeds[w]
        if now <= deaths[w] < done:
            left = work - (deaths[w] - now) * speeds[w] if resumed else work
            todo.append(min(work, max(left, 0)))
            if not free:  # the only one there is comes back
                heapq.heappush(free, (deaths[w], w))
            continue
        end = max(end, done)
        heapq.heappush(free, (done, w))
    return end * sum(speeds) / total


def machines(kind, n):
    speeds, deaths = [1.0] * n, [float("inf")] * n
    if kind == "mixed":
        speeds = [random.uniform(0.7, 1.3) for _ in range(n)]
    if kind == "one slow":
        speeds = [1 / 3 if i % 50 == 0 else 1.0 for i in range(n)]
    if kind == "killed":
        deaths = [random.random() if i % 50 == 0 else float("inf") for i in range(n)]
    return speeds, deaths


def measure(kind, n, parts, resumed=False):
    times = sorted(run(n, parts, *machines(kind, n), resumed) for _ in range(RUNS))
    return sum(times) / RUNS, times[RUNS * 19 // 20]


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    random.seed(1)
    kinds = ["equal", "mixed", "one slow", "killed"]
    print("| parts a worker | " + " | ".join(kinds) + " |")
    print("|---" * (len(kinds) + 1) + "|")
    for parts in PARTS:
        cells = []
        for kind in kinds:
            cell = "%.2f, %.2f" % measure(kind, n, parts)
            if kind == "killed":
                cell += " (%.2f, %.2f)" % measure(kind, n, parts, True)
            cells.append(cell)
        print(f"| {parts} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
