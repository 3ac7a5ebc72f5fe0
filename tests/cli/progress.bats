# Progress: where it is seen, and where nothing is to be seen.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export BERTH TERM=xterm
    mkfifo slow
}

# told N - waits until the terminal has the line of N records.
told() {
    eventually 1 shown "$1"
}

shown() {
    grep -q "berth: $1 records" screen && echo yes
}

# seen COMMAND - what a terminal gets; a file "slow" has its second line when the
# terminal tells of the first.
seen() {
    : > screen
    { echo 'the cat'; told 1; echo 'a dog'; } > slow 7>&- &
    on_terminal "$1"
}

# unseen COMMAND - of one that tells nothing: after more than two seconds.
unseen() {
    { echo 'the cat'; sleep 3.5; echo 'a dog'; } > slow 7>&- &
    on_terminal "$1"
}

line=$'berth: 1 records, +([0-9]) tokens/s'

@test "with -o FILE, though standard output is the terminal" {
    shopt -s extglob
    [[ $(seen "'$BERTH' embed --digits 1 -o out slow") == *$'\r\e[K'$line* ]]
    equal "$(wc -l < out)" 2
}

@test "a line stays until the next one takes its place" {
    : > screen
    { echo 'the cat'; told 1; echo 'a dog'; told 2; echo 'a cow'; told 3; } > slow 7>&- &
    got=$(on_terminal "'$BERTH' embed --digits 1 -o out slow")
    [[ $got == *$'\r\e[Kberth: 2 records, '* ]]
    [[ $got == *$'\r\e[Kberth: 3 records, '* ]]
    [[ $got != *$'\r\e[K\r\e[Kberth: 3 records, '* ]]
}

@test "where all is printed at the end, and the line is gone then" {
    shopt -s extglob
    got=$(seen "'$BERTH' search --no-cache --digits 1 cat slow")
    [[ $got == *$'\r\e[K'$line*$'\r\e[Kslow:1:1:the cat\r\n'* ]]
    got=$(seen "'$BERTH' head-stats --no-header slow")
    [[ $got == *$'\r\e[K'$line* ]]
}

@test "not among rows, nor where standard error is no terminal" {
    got=$(unseen "'$BERTH' tokenize slow")
    equal "$got" $'[CLS] the cat [SEP]\r\n[CLS] a dog [SEP]\r'
    got=$(unseen "'$BERTH' search --no-cache --digits 1 cat slow 2> err")
    [[ $got != *"berth: "* ]]
    equal "$(cat err)" ""
    [[ $(unseen "'$BERTH' search --no-cache --no-progress cat slow") != *records* ]]
    [[ $(unseen "'$BERTH' search --no-cache --quiet cat slow") != *records* ]]
}

@test "--progress in a pipe: lines" {
    : > screen
    { echo 'the cat'; told 1; echo 'a dog'; } > slow 7>&- &
    "$BERTH" tokenize --progress slow 2> screen
    [[ $(head -n 1 screen) =~ ^berth:\ 1\ records,\ [0-9]+\ tokens/s$ ]]
}

@test "long work on a file whose rows are rare" {
    # Stopped for 2.5 seconds soon after it began, so that it is long.
    cat > stopped <<'END'
use Time::HiRes "sleep";
my $pid = fork // die;
exec @ARGV or die unless $pid;
sleep 0.2;
kill STOP => $pid;
sleep 2.5;
kill CONT => $pid;
waitpid $pid, 0;
END
    for i in $(seq 15); do
        echo "the cat sat on the mat $i times and the dog ran over the hill"
    done > lines
    for command in 'grep --no-cache --threshold 1' 'dedup --first'; do
        [ "$command" = 'dedup --first' ] && meaning='' || meaning=disk
        got=$(on_terminal "perl stopped '$BERTH' $command --cpu scalar -j 1 --batch-tokens 20 $meaning lines")
        [[ $got == *$'\r\e[Kberth: 0 records, '*' tokens/s'* ]]
    done
}
