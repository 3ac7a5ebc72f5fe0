# list.pl - the command lines of lines.txt and of the manual pages, as
# compare_binaries.pl runs them.
use strict;
use warnings;

# All texts that a line means: {a|b} is each of its parts, {name} a list.
sub expand {
    my ($line, $names) = @_;
    my ($depth, $begin) = (0, undef);

    while ($line =~ /([{}])/g) {
        my $at = pos($line) - 1;
        $begin = $at if $1 eq '{' && $depth++ == 0;
        next if $1 eq '{' || --$depth > 0;
        $depth == 0 or die "lines.txt: one '}' too many: $line\n";
        my $before = substr($line, 0, $begin);
        my @tails = expand(substr($line, $at + 1), $names);
        return map { my $part = $_; map { "$before$part$_" } @tails }
            parts(substr($line, $begin + 1, $at - $begin - 1), $names);
    }
    $depth == 0 or die "lines.txt: a '{' without '}': $line\n";
    return ($line);
}

# The parts of a list, separated by "|" outside of further braces.
sub parts {
    my ($list, $names) = @_;
    my @parts = ('');
    my $depth = 0;

    return parts($names->{$list}, $names) if exists $names->{$list};
    for my $piece (split /([{|}])/, $list) {
        $depth += $piece eq '{' ? 1 : $piece eq '}' ? -1 : 0;
        if ($piece eq '|' && $depth == 0) {
            push @parts, '';
        } else {
            $parts[-1] .= $piece;
        }
    }
    return map { expand(s/^ +| +$//gr, $names) } @parts;
}

# One blank where an empty part left two; what is quoted stays.
sub tidy {
    my ($line) = @_;
    my @pieces = split /('[^']*')/, $line;
    for (@pieces) {
        tr/ //s unless /^'/;
    }
    return join('', @pieces) =~ s/^ | $//gr;
}

# Pairs of class and command line.
sub read_lines {
    my ($file) = @_;
    my (%names, @lines, $class);
    my $text = slurp($file) // die "$file: $!\n";

    $text =~ s/^#.*\n//mg;
    $text =~ s/\n +/ /g;
    for my $line (split /\n/, $text) {
        if ($line =~ /^\[(.*)\]$/) {
            $class = $1;
        } elsif ($line =~ /^(\w+) = (.*)$/) {
            $names{$1} = $2;
        } elsif ($line =~ /\S/) {
            push @lines, [$class, $line];
        }
    }
    my %seen;
    return grep { !$seen{"@$_"}++ }
        map { my $class = $_->[0]; map { [$class, tidy($_)] } expand($_->[1], \%names) } @lines;
}

# The examples of a manual page, or of README.md; those that pipe into a tool that
# is not here are left out, and said.
sub examples {
    my ($page) = @_;
    open my $f, '-|', 'bash', '-c', 'man=man; . tests/cli/examples.bash; examples "$1"', 'bash', $page
        or die "bash: $!\n";
    my @commands = map { /^\$ (.*)/ ? $1 : () } <$f>;
    close $f && @commands or die "$page: no examples\n";
    my @there;
    for my $command (@commands) {
        my ($missing) = grep { $command =~ /\| $_ / && system("command -v $_ >/dev/null") != 0 }
            qw(mlr datamash sqlite3 less);
        print "not run, as there is no $missing: $command\n" if defined $missing;
        push @there, $command unless defined $missing;
    }
    return @there;
}

# What is run: class, and the lines that share a folder. Of @$models the lines of
# "each model" and similar are made.
sub make_tasks {
    my ($lines, $models) = @_;
    my @tasks;

    for my $entry (@$lines) {
        my ($class, $line) = @$entry;
        my @kind = grep { $class eq 'each ' . $_->{kind} } @$models;
        my @made = $class =~ /^each / ? map { for_model($line, $_->{name}) } @kind : ($line);
        push @tasks, map { {class => $class =~ s/^each (.*)/$1s/r, lines => [$_]} } @made;
    }
    return @tasks;
}

# A line of "each model" for one of them: with its own texts where it has some.
sub for_model {
    my ($line, $name) = @_;
    my %is = (model => "m/$name", texts => "t/model/$name.txt", pairs => "t/model/$name.pairs");
    $is{texts} = 't/en.txt' unless -e $is{texts};
    $is{pairs} = 't/pairs.txt' unless -e $is{pairs};
    return $line =~ s/\$(\w+)/$is{$1}/gr;
}

# The options that each command's --help names, as [command, option, letter, words];
# words as "a|b|c" where it takes one of them.
sub all_options {
    my ($program) = @_;
    my $commands = `'$program' --help` =~ s/\n\nHelp:.*//sr;
    my @options;
    for my $command ($commands =~ /^  ([a-z][a-z-]*)  /mg) {
        my $help = `'$program' $command --help`;
        my $word = qr/[a-z0-9-]+/;
        push @options, [$command, "--$2", $1, $3 // '']
            while $help =~ /^ {2,6}(?:(-\S), )?--($word)(?:(?:\[=| )((?:$word\|\s*)+$word))?/mg;
    }
    return @options;
}

# The options among them that none of the lines has.
sub untried {
    my ($options, @lines) = @_;
    my %tried;
    for my $line (@lines) {
        while ($line =~ /(?:\bberth|^set --) ([a-z][a-z-]*)((?:'[^']*'|[^|;&'])*)/g) {
            my ($command, $rest) = ($1, $2);
            $tried{"$command $1"} = 1 while $rest =~ /(?<=\s)(--[a-z0-9-]+|-[a-zA-Z0-9])/g;
        }
    }
    return grep { !$tried{"$_->[0] $_->[1]"} && !(defined $_->[2] && $tried{"$_->[0] $_->[2]"}) } @$options;
}

# The words of their choices that no line gives to the option, in any command.
sub untried_words {
    my ($options, @lines) = @_;
    my $lines = join "\n", @lines;
    my (@untried, %seen);
    for my $option (@$options) {
        my ($command, $name, $letter, $words) = @$option;
        my $either = join '|', grep defined, $name, $letter;
        push @untried, map { [$command, "$name $_"] }
            grep { !$seen{"$name $_"}++ && $lines !~ / (?:$either)[ =]?$_(?![a-z0-9-])/ } split /\|\s*/, $words;
    }
    return @untried;
}

1;
