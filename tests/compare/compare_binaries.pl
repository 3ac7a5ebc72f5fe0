#!/usr/bin/env perl
# compare_binaries.pl [-P JOBS] [--only REGEX] [--every N] [--no-help] [--list] OLD NEW [DATA...]
#
# Runs the command lines of lines.txt, and the examples of the manual pages and of
# README.md, with two programs, and compares, byte for byte: standard output,
# standard error, the exit status, and every file that a command line leaves, with
# its mode. Both run as "berth", in the same folder, one after the other, so that
# what they print of their name or of a path is the same.
#
# One thing is made alike before it is compared, and only in lines with --stats or
# --progress: the numbers of "seconds", "tokens_per_second" and "peak_memory", and
# whole lines of progress, as they tell of time and memory.
#
# DATA are folders of reference data. Each model and each tokenizer below them is
# tried, over the texts of its golden values; "text" and "eval" in one of them, or in
# its "data", give texts of many languages and tables.
#
# Run it at the top of the source tree. --only: the lines that REGEX matches, written
# as "[class] line". --every: one of N lines, for a quick look. --no-help: not the
# class "help". --list: print the lines, run none.
#
# Exit status: 0 all was the same; 1 something differs, or an option that OLD has is
# in no line.
use strict;
use warnings;
use Cwd qw(abs_path getcwd);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Getopt::Long qw(:config no_ignore_case bundling);
use List::Util qw(min);
use POSIX ();
use Storable qw(store retrieve);

my $here = dirname(abs_path($0));
require "$here/$_.pl" for qw(texts layout list);
require "$here/../heads.pl";

my $usage = "usage: compare_binaries.pl [-P JOBS] [--only REGEX] [--every N] [--no-help] [--list] OLD NEW [DATA...]\n";
my %opt = (P => 2, every => 1);
GetOptions(\%opt, 'P=i', 'only=s', 'every=i', 'no-help', 'list') && @ARGV >= 2 && $opt{P} >= 1 && $opt{every} >= 1 or die $usage;
my ($old, $new, @data) = map { abs_path($_) // die "$_: $!\n" } @ARGV;
-f $_ && -x _ or die "$_: not a program\n" for $old, $new;
my $source = getcwd();
-d 'tests/data' && -d 'man' or die "$source: not the top of the source tree\n";

my $limit = 300;    # seconds; a line that takes longer hangs
my $n_full = 40;    # differences each job shows in full, of others the line
my $broken = 0;     # by a signal

# ---------------------------------------------------------------- running

# What a line may depend on of the environment, and nothing else.
sub environment {
    my ($work, $side, $folder) = @_;
    return (
        PATH => "$work/bin/$side:$ENV{PATH}", HOME => '/nonexistent', LC_ALL => 'C.UTF-8',
        XDG_CACHE_HOME => "$folder/run/cache", TMPDIR => "$folder/tmp", TERM => 'dumb',
    );
}

# Runs a line in $folder/run; returns its exit status, or what ended it.
sub run_line {
    my ($work, $side, $folder, $line) = @_;
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        setpgrp;
        %ENV = environment($work, $side, $folder);
        chdir "$folder/run" or POSIX::_exit(126);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$folder/stdout";
        open STDERR, '>', "$folder/stderr";
        exec '/bin/sh', '-c', $line or POSIX::_exit(127);
    }
    my $hung = 0;
    local $SIG{ALRM} = sub { $hung = 1; kill KILL => -$pid };
    alarm $limit;
    1 until waitpid($pid, 0) == $pid;
    alarm 0;
    return $hung ? 'hangs' : $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
}

# All files below a folder, but the links to texts and models.
sub left_files {
    my ($folder, $prefix) = @_;
    my %files;
    opendir my $d, $folder or die "$folder: $!\n";
    for my $name (grep { $_ ne '.' && $_ ne '..' } readdir $d) {
        my $path = "$folder/$name";
        if (-l $path) {
            next;
        } elsif (-d _) {
            %files = (%files, left_files($path, "$prefix$name/"));
        } else {
            $files{"$prefix$name"} = sprintf("mode %o\n", (stat _)[2] & 07777) . (slurp($path) // 'unreadable');
        }
    }
    return %files;
}

sub make_alike {
    my ($text) = @_;
    $text =~ s/("(?:seconds|tokens_per_second|peak_memory)":)[-+.0-9e]+/$1N/g;
    $text =~ s/^berth: \d+ records, \d+ tokens\/s.*\n//mg;
    return $text;
}

# Runs the lines of a task in an empty folder; of each, all that came out of it.
sub run_task {
    my ($work, $side, $folder, $task) = @_;
    my @results;

    clean("$folder/run");
    for my $line (@{$task->{lines}}) {
        my %got = ('exit status' => run_line($work, $side, $folder, $line));
        $got{'standard output'} = slurp("$folder/stdout");
        $got{'standard error'} = slurp("$folder/stderr");
        my %files = left_files("$folder/run", '');
        $got{"file $_"} = $files{$_} for keys %files;
        if ($line =~ / --(stats|progress)\b/) {
            $_ = make_alike($_) for values %got;
        }
        push @results, \%got;
    }
    return @results;
}

sub clean {
    my ($run) = @_;
    opendir my $d, $run or die "$run: $!\n";
    for my $name (grep { !/^(\.\.?|[tm])$/ } readdir $d) {
        remove_tree("$run/$name");
    }
}

# ---------------------------------------------------------------- comparing

# Where two values differ, for people: the first place, and of text a diff.
sub difference {
    my ($folder, $x, $y) = @_;
    return 'there with NEW only' if !defined $x;
    return 'there with OLD only' if !defined $y;
    ("$x" ^ "$y") =~ /^\0*/;
    my $at = min($+[0], length $x, length $y);
    my $is_text = "$x$y" !~ /[^\t\n\r\x1b -\xff]/;
    my $from = $is_text && $at > 20 ? $at - 20 : $is_text ? 0 : $at;
    my ($was, $is) = map { $is_text ? substr($_, $from, 50) =~ s/\n/\\n/gr : unpack 'H*', substr($_, $from, 16) } $x, $y;
    my $said = sprintf "from byte %d on (of %d, %d)\n    OLD: %s\n    NEW: %s", $at, length $x, length $y, $was, $is;
    return $said if !$is_text || "$x$y" !~ /\n/;
    spew("$folder/OLD", $x);
    spew("$folder/NEW", $y);
    my @lines = split /\n/, `cd '$folder' && diff -a -U 0 --label OLD OLD --label NEW NEW`;
    splice @lines, 12, @lines - 12, '...' if @lines > 13;
    return join "\n    ", $said, map { length $_ > 200 ? substr($_, 0, 200) . ' ...' : $_ } @lines;
}

# What differs of all that came out of a line, or ''.
sub compare {
    my ($folder, $old, $new) = @_;
    my %both = (%$old, %$new);
    my $said = '';
    for my $part (sort keys %both) {
        my ($x, $y) = ($old->{$part}, $new->{$part});
        next if defined $x && defined $y && $x eq $y;
        $said .= "  $part: " . ($part eq 'exit status' ? "OLD $x, NEW $y" : difference($folder, $x, $y)) . "\n";
    }
    return $said;
}

# One of the jobs: takes numbers of tasks from $queue, prints what differs and leaves
# the results in $work/N.results. A signal ends it after the task in work.
sub work {
    my ($work, $n, $queue, $tasks) = @_;
    my $folder = "$work/$n";
    my ($stop, $n_bad) = (0, 0);
    my @results;
    local @SIG{qw(INT TERM HUP)} = (sub { $stop = 1 }) x 3;

    mkdir $_ or die "$_: $!\n" for $folder, "$folder/run", "$folder/tmp";
    symlink "$work/$_", "$folder/run/$_" or die "$folder: $!\n" for qw(t m);
    while (!$stop && sysread $queue, my $index, 4) {
        $index = unpack 'N', $index;
        my $task = $tasks->[$index];
        printf STDERR "\r%d of %d", $index, scalar @$tasks if -t STDERR;
        my @old = run_task($work, 'old', $folder, $task);
        my @new = run_task($work, 'new', $folder, $task);
        for my $i (0 .. $#old) {
            my $bytes = 0;
            $bytes += length for values %{$old[$i]};
            my $said = compare($folder, $old[$i], $new[$i]);
            if ($said ne '') {
                $said = '' if $n_bad++ >= $n_full;
                syswrite STDOUT, "differs: [$task->{class}] $task->{lines}[$i]\n$said";
            }
            push @results, {
                at => $index, class => $task->{class}, line => $task->{lines}[$i], bytes => $bytes,
                status => $old[$i]{'exit status'},
            };
        }
    }
    store([$n_bad, @results], "$work/$n.results") or die "$work: $!\n";
}

# Runs all tasks in N jobs; returns how many lines differ, and the results.
sub run_all {
    my ($work, $jobs, $tasks) = @_;
    pipe my $out, my $in or die "pipe: $!\n";
    my @pids;
    for my $n (1 .. $jobs) {
        my $pid = fork // die "fork: $!\n";
        if ($pid == 0) {
            close $in;
            eval { work($work, $n, $out, $tasks); 1 } or print STDERR $@;
            POSIX::_exit($@ ? 1 : 0);
        }
        push @pids, $pid;
    }
    close $out;
    local @SIG{qw(INT TERM HUP)} = (sub { $broken = 1; kill TERM => @pids }) x 3;
    local $SIG{PIPE} = 'IGNORE';
    for (0 .. $#$tasks) {
        last if $broken || !defined syswrite $in, pack 'N', $_;
    }
    close $in;
    for my $pid (@pids) {
        1 until waitpid($pid, 0) == $pid;
        $? == 0 or die "a job failed\n";
    }
    print STDERR "\r\e[K" if -t STDERR;
    my ($n_bad, @results) = (0);
    for (1 .. $jobs) {
        my ($n, @more) = @{retrieve("$work/$_.results")};
        $n_bad += $n;
        push @results, @more;
    }
    return $n_bad, @results;
}

# ---------------------------------------------------------------- reporting

# A table of how many lines there were, by command and class.
sub print_counts {
    my (@results) = @_;
    my (%count, %classes, %commands);
    for my $r (@results) {
        my $command = $r->{line} =~ /(?:\bberth|^set --) ([a-z][a-z-]*)/ ? $1 : '-';
        for my $where ([$command, $r->{class}], ['all', $r->{class}], [$command, 'all'], ['all', 'all']) {
            $count{"@$where"}++;
            $commands{$where->[0]}++;
            $classes{$where->[1]} //= $r->{at} if $where->[1] ne 'all';
        }
    }
    my @classes = ((sort { $classes{$a} <=> $classes{$b} } keys %classes), 'all');
    my @rows = (['', @classes]);
    for my $command ((sort grep { $_ ne 'all' } keys %commands), 'all') {
        push @rows, [$command, map { $count{"$command $_"} // '' } @classes];
    }
    for my $row (@rows) {
        printf '%-15s', shift @$row;
        printf ' %10s', $_ for @$row;
        print "\n";
    }
}

sub print_untried {
    my @options = all_options($old);
    my @missing = (untried(\@options, @_), untried_words(\@options, @_));
    print "an option that no line has: berth $_->[0] $_->[1]\n" for @missing;
    return scalar @missing;
}

# The lines that the program did not refuse as wrong.
sub lines_done {
    return map { $_->{line} } grep { $_->{status} ne '2' || $_->{line} =~ /\bgrep\b/ } @_;
}

sub print_totals {
    my ($seconds, $n_bad, @results) = @_;
    my (%status, $bytes);
    for my $r (@results) {
        $status{$r->{status}}++;
        $bytes += $r->{bytes};
    }
    my (undef, undef, $user, $system) = times;
    printf "%d command lines, %d bytes compared, exit status %s; %d s, %d s of CPU; %d differ\n", scalar @results,
        $bytes, join(', ', map { "$_: $status{$_}" } sort keys %status), $seconds, $user + $system, $n_bad;
}

# All tasks: the examples of the pages first.
sub tasks {
    my ($models, @examples) = @_;
    my @tasks = ((map { {class => 'examples', lines => $_} } @examples),
        make_tasks([read_lines("$here/lines.txt")], $models));
    @tasks = grep { $_->{class} ne 'help' } @tasks if $opt{'no-help'};
    if (defined $opt{only}) {
        @tasks = grep { my $class = $_->{class}; grep { "[$class] $_" =~ /$opt{only}/ } @{$_->{lines}} } @tasks;
    }
    @tasks = @tasks[grep { $_ % $opt{every} == 0 } 0 .. $#tasks];
    # Texts of reference data that is not here.
    return grep { !grep { m{(t/data/[\w.]+)} && !-e $1 } @{$_->{lines}} } @tasks;
}

$| = 1;
$ENV{LC_ALL} = 'C.UTF-8';
my $begin = time;
my $work = tempdir('compare-XXXXXX', TMPDIR => 1, CLEANUP => 1);
# Pages of recipes show scripts, which tests/cli/recipes.bats and scale.bats run.
my @examples = map { [examples($_)] } 'README.md', grep { /\.[17]$/ && !/^berth-(?:recipes|scale)/ } read_folder('man');
mkdir $_ or die "$_: $!\n" for "$work/bin", "$work/bin/old", "$work/bin/new";
symlink $old, "$work/bin/old/berth" or die "$work: $!\n";
symlink $new, "$work/bin/new/berth" or die "$work: $!\n";
chdir $work or die "$work: $!\n";
my @models = lay_out($source, $old, @data);
my @tasks = tasks(\@models, @examples);
if ($opt{list}) {
    for my $task (@tasks) {
        print "[$task->{class}] $_\n" for @{$task->{lines}};
    }
    my $n_untried = defined $opt{only} || $opt{every} > 1 ? 0 : print_untried(map { @{$_->{lines}} } @tasks);
    chdir '/';
    exit($n_untried > 0);
} else {
    my ($n_bad, @results) = run_all($work, $opt{P}, \@tasks);
    my $n_untried = $broken || defined $opt{only} || $opt{every} > 1 ? 0 : print_untried(lines_done(@results));
    print "no reference data: no golden models, no texts of many languages\n" if !@data;
    print_counts(@results);
    print_totals(time - $begin, $n_bad, @results);
    print "broken off\n" if $broken;
    chdir '/';
    exit($broken || $n_bad + $n_untried > 0);
}
chdir '/';
