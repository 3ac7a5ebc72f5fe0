#!/usr/bin/env python3
"""pick.py CONTROL COUNT - which files a small corpus should keep.

CONTROL is what libFuzzer's -merge_control_file= left: every file that was run,
and the features of the program that it reached. Prints up to COUNT files; each
is the one that adds most to those before it, the smaller one of equals.
"""
import sys


def read(control):
    with open(control) as f:
        lines = f.read().splitlines()
    n = int(lines[0])
    files = lines[2:2 + n]
    features = {}
    for line in lines[2 + n:]:
        word, number, *rest = line.split()
        if word == "FT":
            features[files[int(number)]] = set(rest)
    return features


def pick(features, count):
    reached = set()
    order = sorted(features, key=lambda name: (len(features[name]), name))
    for _ in range(count):
        best = max(order, key=lambda name: len(features[name] - reached))
        if not features[best] - reached:
            return
        reached |= features[best]
        yield best


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: pick.py CONTROL COUNT")
    for name in pick(read(sys.argv[1]), int(sys.argv[2])):
        print(name)


main()
