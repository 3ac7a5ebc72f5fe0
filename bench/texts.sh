#!/bin/sh
# texts.sh DIR - the texts that speed is measured on, always the same ones: words
# of the built-in model's vocabulary, in lines of several lengths (README.md).
set -eu
words=$(dirname "$0")/../models/berth-mini/vocab.txt

# N lines of LENGTH words.
lines() {
    awk -v n="$1" -v length_="$2" '/^[a-z][a-z]+$/ { word[count++] = $0 }
        END {
            seed = 1
            for (i = 0; i < n; i++) {
                line = ""
                for (j = 0; j < length_; j++) {
                    seed = (seed * 16807) % 2147483647
                    line = line word[seed % count] " "
                }
                print line
            }
        }' "$words"
}

lines 1 8 > "$1/w1"
lines 400 22 > "$1/w2"
lines 40 120 > "$1/w3"
lines 10 480 > "$1/w4"
sed 's/ [a-z]* $/ [MASK] ./' "$1/w2" > "$1/w6"
