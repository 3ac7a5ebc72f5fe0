# berth position-dump: its options and every format.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

dump() {
    "$BERTH" position-dump -m "$tiny" "$@"
}

@test "csv, tsv, jsonl, npy and f32 hold the same numbers" {
    dump -f csv > csv
    equal "$(head -n 1 csv | cut -d , -f 1-3)" position,d0,d1
    equal "$(tail -n +2 csv | cut -d , -f 1 | tail -n 1)" 43
    dump -f tsv | tr '\t' , | cmp - csv
    tail -n +2 csv | cut -d , -f 2- | tr , '\n' > numbers
    dump -f jsonl > jsonl
    valid_jsonl < jsonl
    sed 's/.*\[//; s/\].*//' jsonl | tr , '\n' | cmp - numbers
    dump -f f32 > f32
    perl -ne 'print pack("f<", $_)' numbers | cmp - f32
    dump -f npy -o npy
    equal "$(array_shape < npy)" "44, 32"
    tail -c "$(wc -c < f32)" npy | cmp - f32
    dump --digits 3 | cut -d ' ' -f 1,2 | head -n 2 |
        cmp - <(dump -f csv --digits 3 | sed 1d | head -n 2 | cut -d , -f 1,2 |
            tr , ' ')
}

@test "--similarity: a symmetric matrix, 1 on the diagonal of cosines" {
    dump --similarity cosine -f csv > csv
    equal "$(head -n 1 csv)" position,other,similarity
    tail -n +2 csv | awk -F , '{ s[$1 "," $2] = $3
            d = $1 == $2 ? $3 - 1 : 0; if (d * d > 1e-12 || $3 > 1.000001) exit 1 }
        END { for (i = 0; i < 44; i++) for (k = 0; k < i; k++)
                if (s[i "," k] != s[k "," i]) exit 1
            exit NR != 44 * 44 }'
    dump --similarity=cosine -f csv | cmp - csv
    dump --similarity -f csv | cmp - csv
    equal "$(dump --similarity dot -f npy | array_shape)" "44, 44"
    dump --similarity cosine --position 3 --digits 4 | cmp - <(echo 3 1)
    equal "$(dump --similarity dot --position 3,5 -f jsonl |
        json '"$o->{position} " . scalar @{$o->{similarity}}' | tr '\n' ' ')" \
        "3 2 5 2 "
}

@test "--sinusoidal; --position" {
    equal "$(dump --sinusoidal --position 0,1 --digits 6 | cut -d ' ' -f 1-5)" \
        "$(printf '0 0 1 0 1\n1 0.841471 0.540302 0.533168 0.846009')"
    equal "$(dump --position -1 | cut -d ' ' -f 1)" 43
    equal "$(dump --position 1-3,9 | cut -d ' ' -f 1 | tr '\n' ' ')" "1 2 3 9 "
    run -2 "$BERTH" position-dump -m "$tiny" --position 44
    run -2 "$BERTH" position-dump -m "$tiny" file
}

# Heads of 12 numbers, theta 20000 times 8, slower by 8^(2/12).
@test "--similarity cosine where queries and keys are turned" {
    rotated=$models/new-ntk
    "$BERTH" position-dump -m "$rotated" --similarity cosine -f csv \
        --position 0,1,7,47 --no-header > got
    perl -e 'for my $i (0, 1, 7, 47) { for my $k (0, 1, 7, 47) {
            my $sum = 0;
            $sum += cos(($k - $i) / 160000 ** ($_ / 6) / 8 ** (1 / 6)) / 6 for 0 .. 5;
            print "$i,$k,$sum\n" } }' > want
    paste -d , got want | awk -F , '{ d = $3 - $6; if ($1 != $4 || $2 != $5 ||
        d * d > 1e-12) exit 1 } END { exit NR != 16 }'
    "$BERTH" position-dump -m "$rotated" --similarity cosine --layer 1 -f csv \
        --position 0,1,7,47 --no-header | cmp - got
    run -1 "$BERTH" position-dump -m "$rotated"
    [[ $output == *"none: "*"distance of two tokens instead (--similarity cosine)"* ]]
    run -1 "$BERTH" position-dump -m "$rotated" --similarity dot
    run -1 "$BERTH" position-dump -m "$rotated" --similarity added
    run -1 "$BERTH" position-dump -m "$tiny" --similarity cosine --layer 0
}

@test "heat: positions by their own numbers, and by no others" {
    dump --similarity cosine --position 3-32 -f heat --color never --width 40 > heat
    equal "$(grep -o '^ *[0-9]* ' heat | tr -s ' \n' ' ')" " $(seq -s ' ' 3 32) "
    equal "$(sed -n 2p heat | tr -d ' ')" "345678901234567890123456789012"
    dump --position 5,7 -f heat --color never --width 40 | grep -q '^7 '
}

@test "heat: a line for each position, as wide as asked" {
    dump --similarity cosine --position 0-9 -f heat --color never --width 40 > heat
    [ "$(grep -c '^[0-9]' heat)" -ge 10 ]
    perl -CS -ne 'chomp; length() <= 40 or die' < heat
    dump --position 0-3 -f heat --color always --width 60 |
        grep -q "$(printf '\033')"
}

@test "svg: a figure whose numbers are positions" {
    dump --similarity cosine --position 3-32 -f svg > out.svg
    well_formed out.svg
    # There is room for every second number, and for the scale's.
    equal "$(sed -n 's/.*"end">\(.*\)<.*/\1/p' out.svg | tr '\n' ' ')" "$(seq -s ' ' 3 2 32) "
    equal "$(sed -n 's/.*"start">\(.*\)<.*/\1/p' out.svg | tr '\n' ' ')" '-1 -0.5 0 0.5 1 '
    equal "$(grep -c '>position</text>' out.svg)" 2
    dump --position 0-3 -f svg -o out.svg
    well_formed out.svg
    grep -q '>dimension</text>' out.svg
}
