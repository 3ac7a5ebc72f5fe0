#!/bin/sh
# block.sh PAGE N - prints the Nth literal display of a manual page.
awk -v n="$2" '/^\.Ed/ { on = 0 } on { print } /^\.Bd -literal/ { on = ++i == n }' "$1" |
    sed -e 's/\\&//g' -e 's/\\e/\\/g'
