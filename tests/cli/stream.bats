# The stream: order, the same bytes however it is cut, answers at once, signals.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    perl -e 'for $i (1 .. 300) {
        print "the cat $i ", "and the dog " x ($i * 7 % 11), "[MASK] here\n"
    }' > texts
}

# same ARG... - one output for all ways to run this.
same() {
    berth "$@" -m "$tiny" --quiet -j 1 texts > one
    [ -s one ]
    berth "$@" -m "$tiny" --quiet -j 2 texts | cmp - one
    berth "$@" -m "$tiny" --quiet -j 4 --batch-tokens 1 < texts | cmp - one
    berth "$@" -m "$tiny" --quiet -j 1 --batch-tokens 77 < texts | cmp - one
    { head -n 100 texts; sleep 0.2; tail -n +101 texts; } |
        berth "$@" -m "$tiny" --quiet -j 2 | cmp - one
}

# ended STATUS PID - waits for a process that was sent a signal.
ended() {
    local status=0
    wait "$2" || status=$?
    equal "$status" "$1"
}

@test "the same bytes whatever the neighbours" {
    for args in 'embed -f text' 'embed -f text --tokens' 'fill-mask -k 9'; do
        # shellcheck disable=SC2086
        berth $args -m "$tiny" --quiet texts > all
        for i in 1 150 300; do
            # shellcheck disable=SC2086
            sed -n "${i}p" texts | berth $args -m "$tiny" --quiet
        done > some
        perl -e '$/ = $ARGV[0] =~ /k 9|tokens/ ? "" : "\n"; @ARGV = "all";
            @r = <>; print @r[0, 149, 299]' "$args" | cmp - some
    done
}

@test "the same bytes: embed" {
    same embed -f csv
    same embed -f f32
    same embed -f npy
}

@test "the same bytes: embed --tokens" {
    same embed --tokens -f jsonl
}

@test "the same bytes: fill-mask" {
    same fill-mask -f csv
    same fill-mask -f jsonl
}

@test "the same bytes: attention-dump" {
    same attention-dump -f npz
}

@test "the same bytes: tokenize" {
    same tokenize -f csv
}

@test "the same bytes: windows" {
    same embed -f csv --overflow window --max-tokens 7 --overlap 2
    same attention-dump -f jsonl --overflow window --max-tokens 7 --layer 0
}

@test "as a co-process: each answer comes before the next question" {
    for command in 'embed -f csv --no-header' 'fill-mask -k 1' 'tokenize'; do
        for j in 1 2; do
            # shellcheck disable=SC2086
            timeout 60 perl -MIPC::Open2 -e '
                $pid = open2($out, $in, @ARGV);
                select((select($in), $| = 1)[0]);
                for $i (1 .. 3) {
                    print $in "a [MASK] $i\n";
                    defined($_ = <$out>) or die "no answer $i\n";
                    /\n$/ or die "half a line\n";
                }
                close $in; waitpid $pid, 0; exit $? >> 8' \
                "$BERTH" $command -m "$tiny" --quiet -j $j
        done
    done
}

@test "as a co-process: a question that begins like a format is answered" {
    for question in B BZh9 PK GIF89a 7z; do
        timeout 60 perl -MIPC::Open2 -e '
            $pid = open2($out, $in, @ARGV[1 .. $#ARGV]);
            select((select($in), $| = 1)[0]);
            print $in "$ARGV[0]\n";
            defined($_ = <$out>) or die "no answer\n";
            close $in; waitpid $pid, 0; exit $? >> 8' \
            "$question" "$BERTH" tokenize --quiet
    done
}

@test "SIGINT and SIGTERM leave whole records, and no -o file" {
    for j in 1 2; do
        rm -f out
        yes 'the cat and the dog' |
            "$BERTH" embed -m "$tiny" --quiet -f csv -j $j > out &
        pid=$!
        eventually 1 find out -size +8
        kill -TERM $pid
        ended 143 $pid
        [ -s out ]
        equal "$(awk -F , 'NF != 33' out | wc -l | tr -d ' ')" 0
        tail -c 1 out | cmp - <(echo)
        yes 'the cat and the dog' |
            "$BERTH" embed -m "$tiny" --quiet -f csv -j $j -o file &
        pid=$!
        eventually 1 find . -name '.berth*' -size +8
        kill -TERM $pid
        ended 143 $pid
        [ ! -e file ]
        equal "$(find . -name '.berth*' | wc -l | tr -d ' ')" 0
    done
}

@test "a signal while input is awaited" {
    mkfifo pipe
    # Open for both, so that it never ends.
    exec 9<> pipe
    "$BERTH" embed -m "$tiny" --quiet -j 2 < pipe > out 9>&- &
    pid=$!
    echo 'the cat' >&9
    eventually 1 cat out
    kill -TERM $pid
    ended 143 $pid
    exec 9>&-
}

@test "memory does not grow with the number of records" {
    perl -e 'print "line $_ of text\n" for 1 .. 100000' > many
    # The address sanitizer keeps freed memory for a while.
    export ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=1:thread_local_quarantine_size_kb=64
    peak() {
        "$BERTH" embed -m "$tiny" --quiet --stats -f f32 -j 1 2>&1 > /dev/null |
            json '$o->{peak_memory}'
    }
    few=$(head -n 5000 many | peak)
    all=$(peak < many)
    [ "$all" -lt $((few + few / 2)) ]
}

@test "--batch-tokens: room for the tokens that are there" {
    limited() {
        bash -c 'ulimit -v 1000000; "$BERTH" "$@"' - "$@"
    }
    limited tokenize -t a > out 2>&1 || skip "memory cannot be limited"
    yes 'the cat and the dog' | head -n 4000 > many
    for c in 'embed' 'score' 'dedup' 'grep cat'; do
        # shellcheck disable=SC2086
        limited $c --batch-tokens 1048576 many > out
        # shellcheck disable=SC2086
        berth $c many | cmp - out
    done
}

@test "failed records: the first 20 are named, then a count; --verbose all" {
    yes x | head -n 30 > bad
    run -1 --separate-stderr "$BERTH" fill-mask -m "$tiny" -k 1 bad
    equal "${#stderr_lines[@]}" 21
    equal "${stderr_lines[20]}" "berth: 30 records failed; the first 20 are named above"
    equal "${#lines[@]}" 30
    run -1 --separate-stderr "$BERTH" fill-mask -m "$tiny" -k 1 --verbose bad
    equal "${#stderr_lines[@]}" 30
}

@test "a failed record keeps its place among many" {
    perl -e 'print $_ % 7 ? "a [MASK] $_\n" : "no mask\n" for 1 .. 3000' > mixed
    run -1 bash -c '"$BERTH" fill-mask -k 1 -j 2 -m "'"$tiny"'" mixed 2> /dev/null |
        awk "(\$0 == \"!\") != (NR % 7 == 0) { exit 3 } END { exit NR != 3000 }"
        exit "${PIPESTATUS[0]}"'
}

@test "truncation: one warning with the count and the first place" {
    printf 'a\na b c d\na b c d e\n' > f
    run -0 --separate-stderr "$BERTH" embed -m "$models/st-mean-dense-norm" \
        --max-tokens 4 -f jsonl f
    equal "$stderr" \
        "berth: warning: 2 texts were cut to the limit, the first at f:2 (6 tokens)"
    equal "$(json '"$o->{n_tokens} " . ($o->{truncated} ? 1 : 0)' <<<"$output")" \
        $'3 0\n4 1\n4 1'
    run -0 --separate-stderr "$BERTH" embed --quiet -m "$tiny" --max-tokens 4 f
    equal "$stderr" ""
    run -1 --separate-stderr "$BERTH" embed --quiet -m "$tiny" --max-tokens 4 \
        --overflow error -f jsonl f
    equal "${stderr_lines[0]}" "berth: f:2: 6 tokens; the limit is 4"
    equal "$(json '$o->{error} // "-"' <<<"$output")" \
        $'-\n6 tokens; the limit is 4\n7 tokens; the limit is 4'
}

@test "--max-tokens above the positions is capped, with a warning" {
    run -0 --separate-stderr "$BERTH" embed --max-tokens 4000 -t a
    [[ $stderr == "berth: warning: --max-tokens 4000: the model has 512 positions"* ]]
}
