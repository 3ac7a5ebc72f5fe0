#!/usr/bin/env perl
# resume_kills.pl - kills runs with --resume at random moments, goes on with
# them, and demands the bytes of a run that nobody killed.
#
#   usage: tests/resume_kills.pl BERTH [N [SEED]]
#
# N runs (default: one of each form below); prints TAP. A run is killed up to
# three times; the moments differ each time, what must hold does not. A form that
# begins with a number is run as so many parts, each of them killed, which are
# joined.
use strict;
use warnings;
use File::Temp qw(tempdir);
use POSIX ":sys_wait_h";
use Time::HiRes qw(time sleep);

my $berth = shift or die "usage: $0 BERTH [N [SEED]]\n";
my @forms = (
    [qw(embed -f text)],
    [qw(embed -f csv -i csv --field t --id id --keep -- in.csv)],
    [qw(embed -f jsonl -j 1)],
    [qw(embed -f npy)],
    [qw(embed -f f32)],
    [qw(embed -f npy --vector-type ubinary)],
    [qw(embed -f csv --tokens)],
    [qw(embed -f npy --windows --max-tokens 5 --hidden-state), '0,1'],
    [qw(fill-mask -f jsonl -- mask.txt)],
    [qw(fill-mask -f csv -k 2 -- mask.txt)],
    [qw(fill-mask -f text --joint -- mask.txt)],
    [qw(score -f csv)],
    [qw(classify -f csv -k 0 -m), "$ENV{PWD}/tests/data/deberta-nli"],
    [qw(tag -f csv -m ner)],
    [qw(answer -f csv -m squad --overlap 2 -- pairs.txt)],
    [qw(next-sentence -f csv -m nsp -- pairs.txt)],
    [qw(sparse -f jsonl -k 9)],
    [qw(score -f jsonl --tokens)],
    [qw(similar -f tsv -- pairs.txt)],
    [qw(tokenize -f csv)],
    [qw(tokenize -f jsonl -i jsonl --field t --id id -- in.jsonl)],
    [qw(attention-dump -f csv --layer -1 --head 0)],
    [qw(attention-dump -f jsonl --layer 0)],
    [qw(grep -n -f csv cat)],
    [qw(grep -n -B 2 -A 1 cat -- in.txt more.txt)],
    [qw(grep -c -v cat -- in.txt more.txt)],
    [2, qw(embed -f csv --keep -- in.txt more.txt)],
    [3, qw(score -f jsonl -- in.txt)],
    [3, qw(embed -f csv -i csv --field t --id id -- in.csv)],
);
my $n = shift // @forms;
my $seed = shift // 1;
srand $seed;
my $top = $ENV{PWD};
require "$top/tests/heads.pl";
my $model = $ENV{RESUME_MODEL} // "$top/tests/data/bert-uncased";
my $dir = tempdir(CLEANUP => 1);
$berth = "$top/$berth" unless $berth =~ m{^/};
chdir $dir or die "$dir: $!\n";

make_heads("$top/tests", '.');
my $lines = $ENV{RESUME_LINES} // 6000;
my @words = qw(the cat sat on mat man hat a dog ran far);
sub text { join " ", map { $words[rand @words] } 1 .. 1 + rand 12 }
sub write_file {
    my ($name, $line, $head) = @_;
    open my $f, ">", $name or die "$name: $!\n";
    print $f $head if defined $head;
    print $f $line->($_), "\n" for 1 .. $lines;
    close $f or die "$name: $!\n";
}
write_file("in.txt", sub { text() });
write_file("more.txt", sub { text() });
write_file("mask.txt", sub { text() . " [MASK]" });
write_file("pairs.txt", sub { text() . "\t" . text() });
write_file("in.csv", sub { "$_[0],\"" . text() . "\n" . text() . '"' }, "id,t\n");
write_file("in.jsonl", sub { qq({"id":$_[0],"t":") . text() . '"}' });

# The command line of a form, and its output.
sub command {
    my ($form, $out, @more) = @_;
    my @words = @$form;
    shift @words if $words[0] =~ /^\d+$/;
    my ($cut) = grep { $words[$_] eq "--" } 0 .. $#words;
    my @files = defined $cut ? splice(@words, $cut) : ("--", "in.txt");
    return ($berth, shift @words, "-m", $model, @more, "-o", $out, @words, @files);
}

sub start {
    my @command = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    open STDERR, ">", "err" or die;
    exec @command or die "$command[0]: $!\n";
}

# Runs it, or kills it after a number of seconds; its status.
sub run {
    my ($after, @command) = @_;
    my $pid = start(@command);
    if (defined $after) {
        sleep $after;
        kill KILL => $pid;
    }
    waitpid $pid, 0;
    return $?;
}

sub slurp {
    my ($name) = @_;
    open my $f, "<:raw", $name or return undef;
    local $/;
    return scalar <$f>;
}

my (%want, %took);
sub unbroken {
    my ($i) = @_;
    return if defined $want{$i};
    my $begin = time;
    my $status = run(undef, command($forms[$i], "want"));
    $took{$i} = time - $begin;
    $want{$i} = $status == 0 ? slurp("want") : undef;
    unlink "want";
}

my ($bad, $killed, $resumed) = (0, 0, 0);

# Starts it again and again, until nobody kills it; its status and output.
sub killed_run {
    my ($i, @shard) = @_;
    my $seconds = $took{$i} / (@shard ? $forms[$i][0] : 1);
    unlink "got", "got.part", "got.part.state";
    my @command = command($forms[$i], "got", "--resume", @shard);
    for (1 .. 1 + int rand 3) {
        my $status = run(rand($seconds * 0.9), @command);
        $killed++ if $status == 9;
        last if $status != 9;
        my $state = slurp("got.part.state");
        $resumed++ if defined $state && ($state =~ tr/\n//) > 1;
    }
    my $status = run(undef, @command);
    return ($status, slurp("got"));
}

print "1..$n\n";
for my $k (1 .. $n) {
    my $i = ($k - 1) % @forms;
    unbroken($i);
    my ($status, $got) = (0, "");
    my $parts = $forms[$i][0] =~ /^\d+$/ ? $forms[$i][0] : 0;
    for my $part (1 .. ($parts || 1)) {
        my ($s, $text) = killed_run($i, $parts ? ("--shard", "$part/$parts") : ());
        $status ||= $s;
        $got = defined $got && defined $text ? $got . $text : undef;
    }
    my $ok = $status == 0 && defined $want{$i} && defined $got && $got eq $want{$i}
        && !-e "got.part" && !-e "got.part.state";
    $bad++ unless $ok;
    print $ok ? "ok" : "not ok", " $k - @{$forms[$i]}\n";
    print "# status $status: ", slurp("err") // "", "\n" unless $ok;
}
print "# seed $seed: $killed kills, $resumed of them behind a checkpoint\n";
# Runs that nobody killed in time would show nothing.
$bad++ if $n >= @forms && $resumed == 0;
exit($bad ? 1 : 0);
