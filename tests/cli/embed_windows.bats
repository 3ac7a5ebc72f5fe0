#!/usr/bin/env bats
# embed_windows.bats - embed --windows: a vector for each window of a long text, and
# where in the text it is.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    # Words that the built-in model has whole: four of them fill a window of 6.
    text='the cat sat on the mat the man of the hat'
    parts=('the cat sat on' 'the mat the man' 'of the hat')
}

windows() {
    "$BERTH" embed --windows --max-tokens 6 "$@"
}

@test "each window has the bits of a text of its own" {
    printf '%s\n' "${parts[@]}" | berth embed > want
    windows -t "$text" | cut -f 4 | cmp - want
    windows -t a -t "$text" -t b | cut -f 4 | sed '1d;$d' | cmp - want
    windows -j 1 --batch-tokens 1 -t "$text" | cut -f 4 | cmp - want
    # A text of one window has the vector that it has without.
    equal "$(windows -t 'a cat' | cut -f 4)" "$(berth embed -t 'a cat')"
}

@test "their mean, weighted by tokens, is the vector of the text" {
    windows --no-normalize --overlap 1 -t "$text" | cut -f 4 > parts
    windows --no-normalize --overlap 1 -f jsonl -t "$text" | json '$o->{n_tokens}' > weights
    berth embed --max-tokens 6 --overflow window --overlap 1 --no-normalize -t "$text" > whole
    paste -d ' ' weights parts | cat - whole | awk '
        NF == 385 { sum += $1; for (i = 2; i <= NF; i++) x[i - 1] += $1 * $i }
        NF == 384 { for (i = 1; i <= NF; i++) { d = x[i] / sum - $i
            if (d * d > 1e-12) exit 1 } seen = 1 }
        END { exit !seen }'
    [ "$(wc -l < parts)" = 4 ]
}

@test "window, begin and end, in every format" {
    windows --dim 2 --digits 2 -f csv -t a -t "$text" | cut -d , -f 1-4 > csv
    equal "$(cat csv)" 'record,window,begin,end
0,0,0,1
1,0,0,14
1,1,15,30
1,2,31,41'
    windows --dim 2 -f tsv -t a -t "$text" | cut -f 1-4 | tr '\t' , | cmp - csv
    windows --dim 2 -t a -t "$text" | cut -f 1-3 | tr '\t' , |
        cmp - <(sed 1d csv | cut -d , -f 2-4)
    windows -f jsonl -t a -t "$text" |
        json 'join ",", map { $o->{$_} } qw(record window begin end)' | cmp - <(sed 1d csv)
    equal "$(windows -f jsonl -t "$text" | json 'scalar @{$o->{embedding}}')" $'384\n384\n384'
    equal "$(windows -f npy -t a -t "$text" | array_shape)" "4, 384"
    windows -f f32 -t a -t "$text" > f32
    windows -f npy -t a -t "$text" | tail -c "$(wc -c < f32)" | cmp - f32
    equal "$(windows --vector-type ubinary -f npy -t a -t "$text" | array_shape)" "4, 48"
    equal "$(windows --vector-type int8 -f csv -t a -t "$text" 2> err | cut -d , -f 1-4)" \
        "$(cat csv)"
}

@test "begin and end are bytes of the field, and --keep keeps what is between" {
    printf '%s\n' 'id,t' '7,"é, the' 'cat sat on the mat"' > in.csv
    windows -i csv --field t --id id --keep -f jsonl in.csv |
        json '"$o->{id}{id} $o->{begin} $o->{end} " . length $o->{text}' > got
    equal "$(cat got)" $'7 0 11 10\n7 12 26 14'
    windows --keep -f csv --no-header -t "$text" | cut -d , -f 2 |
        cmp - <(printf '%s\n' "${parts[@]}")
    # The tokens of a prompt are in the first window, and in no text.
    windows --prefix 'the man: ' -f csv --no-header -t 'the cat sat on' |
        cut -d , -f 2-4 > got
    equal "$(cat got)" $'0,0,3\n1,4,14'
}

@test "failed records have one row" {
    printf '{"t":"%s"}\n{"u":1}\n' "$text" > in
    run -1 --separate-stderr windows -i jsonl --field t -f csv --dim 1 in
    equal "${lines[4]}" 1,,,,
    windows -i jsonl --field t -f npy in 2> err > npy || true
    equal "$(array_shape < npy)" "4, 384"
    equal "$(tail -c 1536 npy | floats | grep -ic nan)" 384
}

@test "a run of windows goes on after a break" {
    perl -e 'print "the cat " x ($_ % 7), "sat\n" for 1 .. 3000' > in
    mkfifo lines
    { head -n 1500 in; exec sleep 600; } > lines 3>&- &
    feeder=$!
    set -- embed --quiet -m "$tiny" --windows --max-tokens 5 -f npy
    "$BERTH" "$@" -o out --resume lines 2> err 3>&- &
    pid=$!
    eventually 1 sed -n 2p out.part.state
    kill -KILL $pid $feeder
    wait $pid $feeder || true
    cat in > lines 3>&- &
    "$BERTH" "$@" -o out --resume lines
    "$BERTH" "$@" in | cmp - out
}

@test "wrong command lines" {
    run -2 --separate-stderr "$BERTH" embed --windows --ignore a -t a
    [[ $stderr == 'berth: --ignore does not go with --tokens and --windows'* ]]
    for args in '--tokens' '--pair' '-i csv --field a --field b' '--overflow truncate' \
        '--overflow error'; do
        run -2 --separate-stderr "$BERTH" embed --windows $args in
        [[ $stderr == 'berth: --windows '* ]]
    done
}
