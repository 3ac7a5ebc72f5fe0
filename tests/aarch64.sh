#!/bin/sh
# aarch64.sh PROGRAM RUN... - the program of another machine, run by RUN, which
# takes -cpu as qemu-aarch64 does: each CPU gets its level, and vectors are the
# same to the bit on both, with any number of threads; in 8 bits they are close.
set -u
program=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
fail() {
    echo "aarch64: $*"
    bad=1
}
on() { # CPU ARGUMENT...
    cpu=$1
    shift
    # shellcheck disable=SC2086 # RUN is a command and its options
    $run -cpu "$cpu" "$program" "$@"
}
run=$*
seq 6 | sed 's/$/ green bottles hanging on the wall/' > "$work/lines"

for level in cortex-a53:vector max:dotprod; do
    cpu=${level%:*}
    on "$cpu" --version | grep -qx "cpu ${level#*:}" ||
        fail "$cpu: not level ${level#*:}"
    for precision in f32 f16 bf16 int8; do
        on "$cpu" embed --quiet -j 2 --precision $precision -f f32 \
            "$work/lines" > "$work/$cpu.$precision" ||
            fail "$cpu: embed --precision $precision failed"
    done
    on "$cpu" fill-mask -k 1 -t 'She opened the [MASK] and went in.' |
        grep -qx 'She opened the door and went in.' ||
        fail "$cpu: fill-mask does not say door"
done
for precision in f32 f16 bf16 int8; do
    cmp "$work/cortex-a53.$precision" "$work/max.$precision" ||
        fail "$precision: other bits"
done
on max embed --quiet -j 1 -f f32 "$work/lines" | cmp - "$work/max.f32" ||
    fail "one thread gives other bits"

# The least cosine of two files of vectors of 256 floats.
least() {
    perl -e 'my ($a, $b) = map { local $/; open my $f, "<:raw", $_ or die; [unpack "f<*", <$f>] } @ARGV;
        my $n = @$a / 6; my $least = @$a && @$a == @$b ? 1 : -1;
        for my $i (0 .. 5) {
            my ($x, $y, $z) = (0, 0, 0);
            for ($i * $n .. ($i + 1) * $n - 1) {
                $x += $a->[$_] * $b->[$_]; $y += $a->[$_] ** 2; $z += $b->[$_] ** 2 }
            my $c = $x / sqrt($y * $z); $least = $c if $c < $least }
        print $least' "$1" "$2"
}
for bound in f16:0.99999 bf16:0.9995 int8:0.998; do
    cosine=$(least "$work/max.f32" "$work/max.${bound%:*}")
    awk "BEGIN { exit !($cosine >= ${bound#*:}) }" ||
        fail "${bound%:*}: a cosine of $cosine, at least ${bound#*:} expected"
done
exit $bad
