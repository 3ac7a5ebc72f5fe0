#!/usr/bin/env bats
# embed_states.bats - embed: several hidden states of one pass, arrays of tokens in
# npz, and vectors as one column.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    printf '%s\n' 'the cat' 'a man and the hat' 'sat on the mat' > f
}

states() {
    "$BERTH" embed --quiet -m "$tiny" --hidden-state "$@"
}

# members - the names of an npz on standard input.
members() {
    perl -0777 -ne 'binmode STDIN;
        print join(" ", /PK\x01\x02.{42}(r[0-9_w]+\.npy)/gs), "\n"'
}

@test "several states have the bits that each has alone" {
    for pooling in mean cls 'max --normalize'; do
        for n in 0 1 2; do
            states $n --pooling $pooling f | sed "s/^/$n\t/" > "alone.$n"
        done
        # A list of them in order, whatever order it is given in.
        paste -d '\n' alone.0 alone.1 alone.2 > want
        states 0-2 --pooling $pooling f | cmp - want
        states 2,0,1 --pooling $pooling f | cmp - want
        paste -d '\n' alone.0 alone.2 > want
        states 0,-1 --pooling $pooling f | cmp - want
    done
    # Also of windows that are merged.
    states 1 --max-tokens 4 --overflow window f > alone
    states 0,1 --max-tokens 4 --overflow window f | sed -n 's/^1\t//p' | cmp - alone
}

@test "several states in every format" {
    states 0,2 --dim 3 -f csv f > csv
    equal "$(cut -d , -f 1-3 csv | head -n 3)" $'record,hidden_state,v0
0,0,'"$(sed -n 2p csv | cut -d , -f 3)"$'\n0,2,'"$(sed -n 3p csv | cut -d , -f 3)"
    states 0,2 --dim 3 -f tsv f | tr '\t' , | cmp - csv
    states 0,2 --dim 3 f | tr '\t ' ,, | cmp - <(sed 1d csv | cut -d , -f 2-)
    states 0,2 --dim 3 -f jsonl f |
        json 'join "\n", map { join ",", $o->{record}, $o->{hidden_states}[$_],
            @{$o->{embeddings}[$_]} } 0, 1' > rows
    sed 1d csv | perl -pe 's/-?\d+\.\d+(e-?\d+)?/0 + $&/ge' |
        cmp - <(perl -pe 's/-?\d+\.\d+(e-?\d+)?/0 + $&/ge' rows)
    equal "$(states 0,2 -f npy f | array_shape)" "3, 2, 32"
    states 0,2 -f f32 f > f32
    states 0,2 -f npy f | tail -c 768 | cmp - f32
    states 0,2 f | cut -f 2 | tr ' ' '\n' | paste - <(floats < f32) |
        awk '{ d = $1 - $2; if (d * d > 1e-12) exit 1 } END { exit NR != 192 }'
    # One state in a list is one.
    states 1-1 f | cmp - <(states 1 f)
    equal "$(states 1-1 -f npy f | array_shape)" "3, 32"
    states 0,2 --max-tokens 5 --overflow error -f csv f 2> err > failed || true
    equal "$(sed -n 4p failed)" "1$(printf ',%.0s' $(seq 33))"
    states 0,2 --max-tokens 5 --overflow error -f npy f 2> err > npy || true
    equal "$(array_shape < npy)" "3, 2, 32"
}

@test "--tokens of several states" {
    for n in 0 2; do
        states $n --tokens -f csv f | sed 1d | cut -d , -f 7- > "alone.$n"
    done
    states 0,2 --tokens -f csv f > csv
    equal "$(head -n 1 csv | cut -d , -f 1-8)" \
        record,window,position,token,begin,end,hidden_state,v0
    for n in 0 2; do
        awk -F , -v n=$n 'NR > 1 && $7 == n' csv | cut -d , -f 8- | cmp - alone.$n
    done
    states 0,2 --tokens f | grep . | cut -f 1 | sort | uniq -c | awk '{ print $1, $2 }' > n
    equal "$(cat n)" "$(wc -l < alone.0) 0
$(wc -l < alone.2) 2"
    states 0,2 --tokens -f jsonl -t 'the cat' |
        json 'join " ", "@{$o->{hidden_states}}", scalar @{$o->{embeddings}},
            scalar @{$o->{embeddings}[1]}, scalar @{$o->{embeddings}[1][4]}' > got
    equal "$(cat got)" '0 2 2 5 32'
    equal "$(states 0,2 --tokens -f npy -t 'the cat' | array_shape)" "2, 5, 32"
    states 0,2 --tokens -f f32 -t 'the cat' > both
    { states 0 --tokens -f f32 -t 'the cat'; states 2 --tokens -f f32 -t 'the cat'; } |
        cmp - both
}

@test "npz: an array of tokens for each record" {
    states -1 --tokens -o x.npz f
    equal "$(members < x.npz)" "r0.npy r1.npy r2.npy"
    states -1 --tokens -f npy -t 'the cat' > r0
    # The first member, after its header of 30 bytes and its name.
    tail -c +37 x.npz | head -c "$(wc -c < r0)" | cmp - r0
    states 0-2 --tokens -f npz -t 'the cat' | tail -c +37 | array_shape > shape
    equal "$(cat shape)" "3, 5, 32"
    states -1 --tokens --overflow window --max-tokens 5 -f npz f | members > names
    equal "$(cut -d ' ' -f 1-3 names)" "r0_w0.npy r1_w0.npy r1_w1.npy"
    # A failed record has none.
    states -1 --tokens --overflow error --max-tokens 5 -f npz f 2> err > x.npz || true
    equal "$(members < x.npz)" "r0.npy"
    run -2 --separate-stderr "$BERTH" embed -f npz f
    [[ $stderr == "berth: --format npz needs --tokens"* ]]
    run -2 "$BERTH" embed --tokens --resume -o x.npz f
}

@test "--list: the vector is one column" {
    berth embed --quiet -m "$tiny" -f csv f > wide
    berth embed --quiet -m "$tiny" -f csv --list f > csv
    equal "$(head -n 1 csv)" record,embedding
    sed 's/"\[//; s/\]"//' csv | sed 1d | cmp - <(sed 1d wide)
    berth embed --quiet -m "$tiny" -f tsv --list f | sed 1d | tr -d '[]' | tr '\t' , |
        cmp - <(sed 1d wide)
    berth embed --quiet -m "$tiny" -f csv --list f | sed 1d | cut -d , -f 2- | tr -d '"' |
        perl -MJSON::PP -ne 'print join(",", @{decode_json $_}), "\n"' | wc -l > n
    equal "$(tr -d ' ' < n)" 3
    states 0,1 --tokens --list -f csv -t a | head -n 2 | cut -c 1-62 > got
    equal "$(head -n 1 got)" record,window,position,token,begin,end,hidden_state,embedding
    [[ $(tail -n 1 got) == '0,0,0,[CLS],0,0,0,"['* ]]
    for type in int8 ubinary; do
        berth embed --quiet -m "$tiny" --vector-type $type -f csv f | sed 1d > wide
        berth embed --quiet -m "$tiny" --vector-type $type --list -f csv f |
            sed 's/"\[//; s/\]"//' | sed 1d | cmp - wide
        berth embed --quiet -m "$tiny" --vector-type $type --list -f tsv f |
            tr '\t' , | tr -d '[]' | sed 1d | cmp - wide
    done
    run -1 --separate-stderr "$BERTH" embed --quiet -m "$tiny" --list -f csv \
        --max-tokens 5 --overflow error f
    equal "${lines[2]}" 1,
    for format in text jsonl npy; do
        run -2 --separate-stderr "$BERTH" embed --list -f $format -t a
        [[ $stderr == "berth: --list needs --format csv or tsv"* ]]
    done
}

@test "--hidden-state: what is no list, and what goes with one state only" {
    for list in 9 0,9 -2 0--1 a ''; do
        run -2 --separate-stderr states "$list" -t a
        equal "${stderr_lines[0]}" "berth: --hidden-state: '$list' is no list of numbers from 0 to 2"
    done
    run -2 --separate-stderr states 0,1 --vector-type binary -t a
    [[ $stderr == "berth: --vector-type needs a single --hidden-state"* ]]
}
