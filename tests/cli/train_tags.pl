# train_tags.pl BERTH DIR - teaches the model in DIR to tell persons and places from
# other words, by the few sentences below: the head is a perceptron over the last
# hidden state of each token. Enough for the examples of a manual.
use strict;
use warnings;
use FindBin;

my ($berth, $dir) = @ARGV;
my @labels = ('O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC');
my @people = ('Ada Lovelace', 'Marie Curie', 'John Smith', 'Anna', 'Peter Miller', 'Grace Hopper',
    'Maria Garcia', 'David Jones', 'Alan Turing', 'Sarah', 'Thomas Mann', 'Mary');
my @places = ('London', 'Paris', 'New York', 'Berlin', 'Spain', 'San Francisco', 'Rome', 'Boston',
    'Norway', 'South Africa', 'Vienna', 'Japan');
my @sentences = ('PER lived in LOC.', 'PER and PER went to LOC', 'In LOC it rained all day.',
    'I met PER near LOC yesterday, and we had lunch.', 'The train from LOC to LOC was late.',
    'login failed for user PER from host server', 'PER wrote a long letter about the war.',
    'a man sat on the old chair and read the news', 'order 17 was sent to PER in LOC',
    'INFO user PER logged in', 'WARN disk is full, call PER', 'The weather in LOC is warm.');

# Each name with the label of each of its bytes.
my (@texts, @marks);
for my $i (0 .. 4 * @sentences - 1) {
    my ($text, $mark, $k) = ('', '', 5 * $i);
    for (split /(PER|LOC)/, $sentences[$i % @sentences]) {
        my $name = /^PER$/ ? $people[$k++ % @people] : /^LOC$/ ? $places[$k++ % @places] : $_;
        my $begin = /^PER$/ ? 1 : /^LOC$/ ? 3 : 0;
        $text .= $name;
        $mark .= $begin ? $begin . ($begin + 1) x (length($name) - 1) : 0 x length $name;
    }
    push @texts, $text;
    push @marks, $mark;
}

my @examples;
open my $rows, '-|', $berth, 'embed', '-m', $dir, '--quiet', '--tokens', '--no-header', '-f', 'tsv',
    map { ('-t', $_) } @texts or die "$berth: $!\n";
while (<$rows>) {
    my ($record, undef, undef, $token, $begin, $end, @x) = split /\t/;
    push @examples, [substr($marks[$record], $begin, 1), @x] if $end > 0;
}
close $rows or die "$berth embed failed\n";

# w->[label]: the bias, then a weight for each number. What counts at the end is the
# mean of all that were (Freund, Schapire 1999): it hangs on the last digits of no
# example. late: each change times how many examples were before it.
my @w = map { [(0) x @{$examples[0]}] } @labels;
my @late = map { [(0) x @{$examples[0]}] } @labels;
my $before = 0;
sub dot { my ($w, $x) = @_; my $s = $w->[0]; $s += $w->[$_] * $x->[$_] for 1 .. $#$x; $s }
for my $round (1 .. 12) {
    for my $x (@examples) {
        $before++;
        my @s = map { dot($_, $x) } @w;
        my ($best) = sort { $s[$b] <=> $s[$a] } grep { $_ != $x->[0] } 0 .. $#labels;
        next if $s[$x->[0]] > $s[$best] + 60;
        for my $l ([$x->[0], 1], [$best, -1]) {
            my ($w, $late) = ($w[$l->[0]], $late[$l->[0]]);
            for my $k (0 .. $#$x) {
                my $more = $l->[1] * ($k > 0 ? $x->[$k] : 1);
                $w->[$k] += $more;
                $late->[$k] += $before * $more;
            }
        }
    }
}
for my $l (0 .. $#labels) {
    $w[$l][$_] -= $late[$l][$_] / $before for 0 .. $#{$w[$l]};
}
my $scale = 1 / 15;
my $n = @labels;
exec $^X, "$FindBin::Bin/add_head.pl", $dir,
    '{"architectures": ["BertForTokenClassification"], "id2label": {'
    . join(', ', map { qq("$_": "$labels[$_]") } 0 .. $#labels) . '}}',
    "classifier.weight=$n,H=" . join(',', map { my $w = $_; map { $_ * $scale } @$w[1 .. $#$w] } @w),
    "classifier.bias=$n=" . join(',', map { $_->[0] * $scale } @w);
