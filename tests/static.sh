#!/bin/sh
# static.sh PROGRAM SHARED - the static PROGRAM is one file of at most 25 MB that
# needs no other: in an empty root it prints what the SHARED one prints here.
set -eu
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
fail() {
    echo "static: $*" >&2
    exit 1
}
if LC_ALL=C readelf -l "$1" | grep INTERP >/dev/null; then
    fail "$1 asks for a loader"
fi
size=$(wc -c <"$1")
[ "$size" -le 25000000 ] || fail "$1 has $size bytes, more than 25,000,000"

cp "$1" "$root/berth"
text='She opened the [MASK] and went in.'
"$2" fill-mask -t "$text" >"$root/expected"
unshare --map-root-user --root="$root" /berth --version >/dev/null 2>&1 || {
    echo "static: an empty root is skipped: unshare is not allowed here"
    exit 0
}
unshare --map-root-user --root="$root" /berth fill-mask -t "$text" >"$root/printed"
cmp "$root/expected" "$root/printed" ||
    fail "in an empty root the program prints something else"
printf 'A cat naps.\tThe kitten is asleep.\n' >"$root/pairs"
unshare --map-root-user --root="$root" /berth similar -j 2 pairs >"$root/printed" ||
    fail "it cannot read a file with two threads in an empty root"
"$2" similar -j 2 "$root/pairs" | cmp - "$root/printed" ||
    fail "in an empty root the program prints something else"
if unshare --map-root-user --root="$root" /berth pull a 2>"$root/printed"; then
    fail "berth pull works without libcurl"
fi
grep 'built without libcurl' "$root/printed" >/dev/null ||
    fail "berth pull does not say that it was built without libcurl"
