#!/bin/sh
# sts.sh FILE [OPTION...] - Spearman's rank correlation of `berth similar` with
# the judgements of an STS-B file (TABs: the score in field 5, the sentences in
# 6 and 7), and the threshold that best parts pairs judged 3 or more, of 5, from
# the others. BERTH names the program; options go to it.
set -eu
file=$1
shift
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cut -f 5 "$file" >"$work/gold"
cut -f 6,7 "$file" | "${BERTH:-berth}" similar --plain "$@" >"$work/got"
paste "$work/gold" "$work/got" | perl -e '
use strict; use warnings;
my (@gold, @got);
while (<>) { my @f = split; die "line $.: no number\n" if $f[1] eq "!"; push @gold, $f[0]; push @got, $f[1] }
sub ranks {
    my @x = @_;
    my @order = sort { $x[$a] <=> $x[$b] } 0 .. $#x;
    my @rank;
    for (my $i = 0; $i < @order;) {
        my $j = $i;
        $j++ while $j < @order && $x[$order[$j]] == $x[$order[$i]];
        $rank[$order[$_]] = ($i + $j - 1) / 2 for $i .. $j - 1;
        $i = $j;
    }
    return @rank;
}
sub correlation {
    my ($a, $b) = @_;
    my ($ma, $mb, $ab, $aa, $bb) = (0) x 5;
    $ma += $_ / @$a for @$a;
    $mb += $_ / @$b for @$b;
    for (0 .. $#$a) {
        my ($x, $y) = ($a->[$_] - $ma, $b->[$_] - $mb);
        $ab += $x * $y; $aa += $x * $x; $bb += $y * $y;
    }
    return $ab / sqrt($aa * $bb);
}
printf "pairs %d\nspearman %.6f\n", scalar @gold, correlation([ranks(@gold)], [ranks(@got)]);
my ($best, $at) = (0, 0);
my $alike = grep { $_ >= 3 } @gold;
for (my $t = 0; $t <= 1; $t += 0.01) {
    my ($hits, $right) = (0, 0);
    for (0 .. $#gold) {
        next if $got[$_] < $t;
        $hits++;
        $right++ if $gold[$_] >= 3;
    }
    my $f1 = 2 * $right / ($hits + $alike);
    ($best, $at) = ($f1, $t) if $f1 > $best;
}
printf "threshold %.2f\nf1 %.3f\n", $at, $best;'
