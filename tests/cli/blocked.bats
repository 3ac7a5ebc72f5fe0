# A program that waits: the first signal ends it, and its files are gone.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    mkfifo full quiet silent
    printf 'the [MASK] sat\tthe dog\n%.0s' {1..9} > in
    # Open for both, so that no open() waits; nobody ever reads.
    exec 7<> full
    perl -MFcntl -e 'sysopen my $f, "full", O_WRONLY | O_NONBLOCK or die;
        1 while syswrite $f, "x" x 4096'
    pids=()
}

# Each prints something.
commands=('embed in' 'embed -f npy in' 'embed --tokens in' 'fill-mask in'
    'attention-dump in' 'attention-dump -f npz in' 'grep --threshold -1 a in'
    'tokenize in' 'score in' 'dedup in' 'similar --pair in'
    'search --no-cache a in' 'head-stats in' 'position-dump' 'view in' 'info')

start() {
    "$BERTH" "$@" -m "$tiny" &
    pids+=($!)
}

# holds N - prints a line when there are N bytes in the pipe "lines".
holds() {
    perl -e 'open my $f, "+<", "lines"; my $there = pack "i", 0;
        ioctl $f, 0x541b, $there or die; # FIONREAD
        print "$ARGV[0]\n" if unpack("i", $there) >= $ARGV[0]' "$1"
}

# all_end SIGNAL - each ends by it, at the first try.
all_end() {
    local status number
    number=$(kill -l "$1")

    sleep 1
    kill "-$1" "${pids[@]}"
    for pid in "${pids[@]}"; do
        timeout 60 tail -s 0.1 --pid="$pid" -f /dev/null || {
            ps -o args= "$pid" >&2
            kill -KILL "${pids[@]}"
            return 1
        }
        status=0
        wait "$pid" || status=$?
        equal "$status" $((128 + number))
    done
    pids=()
}

@test "SIGTERM ends every command that writes to a full pipe" {
    for c in "${commands[@]}"; do
        for j in 1 2; do
            # shellcheck disable=SC2086
            start $c -j $j >&7 2> /dev/null
        done
    done
    all_end TERM
}

@test "SIGHUP ends a program that writes to a full pipe" {
    start embed in -j 1 >&7 2> /dev/null
    start embed in -j 2 >&7 2> /dev/null
    all_end HUP
}

@test "SIGTERM ends a program whose messages are not read" {
    start fill-mask -t none -j 1 > /dev/null 2>&7
    start fill-mask -t none -j 2 > /dev/null 2>&7
    start embed -j 1 missing > /dev/null 2>&7
    start nothing > /dev/null 2>&7
    all_end TERM
}

@test "SIGTERM ends a program that waits for the other end of a FIFO" {
    for c in embed fill-mask attention-dump 'grep a' tokenize score dedup \
        'similar --pair' 'search a' head-stats view; do
        for j in 1 2; do
            # shellcheck disable=SC2086
            start $c quiet -j $j > /dev/null 2>&1
        done
    done
    start embed in -o silent 2> /dev/null
    start info -o silent
    start embed --vector-type int8 in --ranges quiet
    start embed --vector-type int8 in --save-ranges silent > /dev/null 2>&1
    all_end TERM
}

@test "what was read before a FIFO is answered while that is waited for" {
    timeout 60 perl -e '
        open($in, "-|", @ARGV) or die;
        defined($_ = <$in>) or die "no answer\n";
        open($out, ">", "quiet"); print $out "a\n"; close $out;
        print <$in>' "$BERTH" tokenize -m "$tiny" -j 1 in quiet > seen
    equal "$(tail -n 1 seen)" "[CLS] a [SEP]"
    equal "$(wc -l < seen | tr -d ' ')" 9
}

@test "a full pipe has got whole lines only" {
    mkfifo lines
    yes 'the cat and the dog' | head -n 100000 > many
    for j in 1 2; do
        exec 8<> lines
        start tokenize many -j $j >&8 2> /dev/null
        eventually 1 holds 40000
        all_end TERM
        perl -MFcntl -e 'sysopen my $f, "lines", O_RDONLY | O_NONBLOCK or die;
            print while sysread $f, $_, 4096' > got
        exec 8>&-
        [ "$(wc -l < got)" -gt 1000 ]
        equal "$(sort -u got)" "[CLS] the c ##at and the do ##g [SEP]"
        tail -c 1 got | cmp - <(echo)
    done
}

@test "no signal leaves an unfinished file" {
    # SEGV is a sanitizer's own; test_ending sends it.
    local i=0 signals='HUP INT QUIT ABRT BUS USR1 USR2 PIPE ALRM TERM XCPU
        VTALRM PROF'

    for signal in $signals; do
        # In the background a shell ignores INT and QUIT; perl gives them back.
        perl -e '$SIG{INT} = $SIG{QUIT} = "DEFAULT"; exec @ARGV' \
            "$BERTH" embed -m "$tiny" --quiet -o "out.$signal" quiet &
        pids+=($!)
    done
    eventually 13 find . -name '.berth-*'
    for signal in $signals; do
        kill "-$signal" "${pids[$i]}"
        status=0
        wait "${pids[$i]}" || status=$?
        equal "$status" $((128 + $(kill -l "$signal")))
        i=$((i + 1))
    done
    equal "$(find . -name '.berth-*' -o -name 'out.*')" ""
}

@test "ulimit -f: an error with words, and the old file" {
    echo old > out
    run -1 bash -c 'ulimit -f 8; yes a | head -n 1000 |
        "$BERTH" embed --quiet -m "'"$tiny"'" -o out'
    equal "$output" "berth: out: File too large"
    equal "$(cat out)" old
    for c in 'position-dump' 'search -k 3000 --no-cache a many' \
        'similar --pair many'; do
        printf 'the cat\tthe dog\n%.0s' {1..3000} > many
        # shellcheck disable=SC2086
        run -1 bash -c "ulimit -f 8; \"\$BERTH\" $c --quiet -m '$tiny' > out"
        equal "$output" "berth: standard output: File too large"
    done
    equal "$(find . -name '.berth-*')" ""
}

@test "a temporary file that takes no more is one message" {
    seq 30000 > many
    for j in 1 2; do
        for c in '--vector-type int8' '-f npy' \
            '--vector-type uint8 -i jsonl --field none'; do
            # shellcheck disable=SC2086
            run -1 bash -c "ulimit -f 8; \"\$BERTH\" embed $c --quiet \
                -m '$tiny' -j $j many 2>&1 > /dev/null | cat |
                grep -v many:; exit \${PIPESTATUS[0]}"
            equal "$(grep -c "temporary file: File too large" <<< "$output")" 1
        done
    done
}

@test "ulimit -s: deep JSON in a small stack" {
    perl -e 'print "{\"b\":", "[" x 2000, "]" x 2000, ",\"a\":\"a\"}\n"' > deep
    for j in 1 2; do
        run -0 bash -c 'ulimit -s 128; "$BERTH" tokenize -m "'"$tiny"'" \
            -j '$j' -i jsonl --field a --id b -f jsonl deep'
        equal "${#output}" "$(berth tokenize -m "$tiny" -i jsonl --field a \
            --id b -f jsonl deep | tr -d '\n' | wc -c | tr -d ' ')"
    done
}

@test "a model's file that is cut short while it is mapped: one line" {
    model=$'mo\xc2\x9bdel' # a control character, which no message holds
    cp -r "$tiny" "$model"
    for c in 'embed' 'grep --threshold -1 a'; do
        for j in 1 2; do
            cp -f "$tiny/model.safetensors" "$model/model.safetensors"
            rm -f seen
            # shellcheck disable=SC2086
            "$BERTH" $c -m "./$model" --quiet -j $j < quiet > seen 2> said &
            pid=$!
            exec 9> quiet
            echo first >&9
            while [ ! -s seen ] && kill -0 $pid; do
                sleep 0.1
            done
            truncate -s 4096 "$model/model.safetensors"
            echo second >&9
            status=0
            wait $pid || status=$?
            exec 9>&-
            equal "$status" "$([ "${c%% *}" = grep ] && echo 2 || echo 1)"
            equal "$(cat said)" \
                "berth: $PWD/mo?del/model.safetensors: changed while it was read"
        done
    done
}
