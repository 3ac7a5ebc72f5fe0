# berth attention-dump: its options and every format.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

dump() {
    "$BERTH" attention-dump -m "$tiny" "$@"
}

@test "csv, tsv, jsonl, npy and f32 hold the same numbers" {
    dump -f csv -t 'the cat' > csv
    equal "$(head -n 1 csv)" \
        record,window,layer,head,query,query_token,key,key_token,weight
    tail -n +2 csv | cut -d , -f 9 > numbers
    dump -f tsv --no-header -t 'the cat' | cut -f 9 | cmp - numbers
    dump -f jsonl -t 'the cat' > jsonl
    valid_jsonl < jsonl
    sed 's/.*"weights"://' jsonl | tr -d '[]}' | tr , '\n' | cmp - numbers
    dump -f npy -t 'the cat' > npy
    layers=$(cut -d , -f 3 csv | tail -n +2 | sort -u | wc -l | tr -d ' ')
    heads=$(cut -d , -f 4 csv | tail -n +2 | sort -u | wc -l | tr -d ' ')
    equal "$(array_shape < npy)" "$layers, $heads, 5, 5"
    dump -f f32 -t 'the cat' > f32
    perl -ne 'print pack("f<", $_)' numbers | cmp - f32
    tail -c "$(wc -c < f32)" npy | cmp - f32
}

@test "rows of weights sum to 1" {
    dump -f csv -t 'the cat and the dog' | tail -n +2 |
        awk -F , '{ s[$3 "," $4 "," $5] += $9 }
            END { for (k in s) { n++; if (s[k] < 0.99999 || s[k] > 1.00001) exit 1 }
                exit !n }'
}

@test "text: titled matrices with tokens at their sides" {
    run -0 dump --layer 0 --head 1 --digits 3 -t 'the cat'
    equal "${lines[0]}" "record 0 layer 0 head 1"
    equal "$(awk '{ $1 = $1 } 1' <<<"${lines[1]}")" "[CLS] the c ##at [SEP]"
    equal "$(awk 'NR > 2 { print $1, NF }' <<<"$output" | tr '\n' ' ')" \
        "[CLS] 6 the 6 c 6 ##at 6 [SEP] 6 "
}

@test "--layer and --head: lists, ranges and -1" {
    lists() {
        dump -f jsonl -t a "$@" | json '"@{$o->{layers}}/@{$o->{heads}}"'
    }
    equal "$(lists --layer 0 --head 1)" "0/1"
    equal "$(lists --layer 1,0 --head 0-1)" "0 1/0 1"
    all=$(lists)
    last_layer=${all%%/*}
    equal "$(lists --layer -1 --head -1)" "${last_layer##* }/${all##* }"
    for bad in 99 1- -2 0,,1 x 1-0 ''; do
        run -2 --separate-stderr "$BERTH" attention-dump -m "$tiny" --layer "$bad" -t a
        [[ $stderr == "berth: --layer: '$bad' is no list of numbers from 0 to "* ]]
    done
    dump --layer 1 --head 1 -f csv --no-header -t 'the cat' > one
    dump -f csv --no-header -t 'the cat' | grep '^0,0,1,1,' | cmp - one
}

@test "--what: scores become weights; vectors have the head's size" {
    dump --what scores -f csv -t 'the cat' > scores
    equal "$(head -n 1 scores | cut -d , -f 9)" score
    dump -f csv -t 'the cat' | tail -n +2 | cut -d , -f 9 > weights
    tail -n +2 scores | paste -d , - weights |
        awk -F , '{ k = $3 "," $4 "," $5; s[k] += exp($9); e[NR] = exp($9)
                w[NR] = $10; key[NR] = k }
            END { for (i = 1; i <= NR; i++) { d = e[i] / s[key[i]] - w[i]
                if (d * d > 1e-10) exit 1 } exit !NR }'
    for what in q k v context; do
        dump --what $what -f csv -t 'the cat' > csv
        equal "$(head -n 1 csv | cut -d , -f 1-7)" \
            record,window,layer,head,position,token,d0
        size=$(($(head -n 1 csv | tr , '\n' | wc -l) - 6))
        dump --what $what -f npy -t 'the cat' | array_shape |
            grep -q ", 5, $size\$"
        dump --what $what -f jsonl -t 'the cat' | grep -q ",\"$what\":\[\[\[\["
    done
}

@test "--pad-to: padded keys weigh exactly 0, all else keeps its bits" {
    dump -f csv --no-header -t 'the cat' > plain
    dump -f csv --no-header --pad-to 8 -t 'the cat' > padded
    awk -F , '$5 < 5 && $7 < 5' padded | cmp - plain
    equal "$(awk -F , '$7 >= 5 { print $8, $9 }' padded | sort -u)" "[PAD] 0"
    dump --what scores -f csv --no-header --pad-to 8 -t 'the cat' |
        awk -F , '$7 >= 5 && $9 > -1e30 { exit 1 }'
    dump -f npy --pad-to 8 -t 'the cat' | array_shape | grep -q ', 8, 8$'
    dump -f csv --no-header --pad-to 2 -t 'the cat' | cmp - plain
    run -2 "$BERTH" attention-dump -m "$tiny" --pad-to 100000 -t a
}

@test "--wide: a matrix a block" {
    dump --wide -f csv --layer 0 --head 0 -t 'the cat' > csv
    equal "$(head -n 1 csv)" \
        "record 0 window 0 layer 0 head 0,[CLS],the,c,##at,[SEP]"
    equal "$(cut -d , -f 1 csv | tail -n +2 | tr '\n' ' ')" \
        "[CLS] the c ##at [SEP]  "
    equal "$(dump --wide -f tsv -t 'the cat' | grep -c '^record 0')" \
        "$(dump -t 'the cat' | grep -c '^record 0')"
    run -2 "$BERTH" attention-dump --wide -t a
}

@test "windows: each one with its number" {
    text='the cat and the dog'
    dump --overflow window --max-tokens 5 --overlap 1 -f csv --layer 0 --head 0 \
        -t "$text" > csv
    equal "$(tail -n +2 csv | cut -d , -f 2 | uniq | tr '\n' ' ' |
        cut -c 1-6)" "0 1 2 "
    dump --overflow window --max-tokens 5 --overlap 1 -f jsonl --layer 0 \
        -t "$text" | json '"$o->{window} $o->{n_tokens}"' | head -n 2 |
        cmp - <(printf '0 5\n1 5\n')
    run -1 --separate-stderr "$BERTH" attention-dump -m "$tiny" --overflow window \
        --max-tokens 5 -f npy -t "$text"
    equal "$output" ""
    [[ $stderr == *"holds one record, and one window, only"* ]]
}

@test "npz: an array for each record; npy and f32 one record" {
    dump -f npz -t a -t 'the cat' > npz
    perl -e 'binmode STDIN; local $/; $_ = <STDIN>; /^PK\x03\x04/ or die;
        print join(" ", /PK\x01\x02.{42}(r[0-9]+\.npy)/gs), "\n"' < npz |
        cmp - <(echo r0.npy r1.npy)
    for f in npy f32; do
        run -1 --separate-stderr "$BERTH" attention-dump -m "$tiny" -f $f -t a -t b
        [[ $stderr == "berth: -t:2: this output format holds one record"* ]]
    done
}

@test "failed records" {
    args=(--overflow error --max-tokens 3 -t 'the cat' -t a)
    for f in npy f32; do
        run -1 --separate-stderr "$BERTH" attention-dump -m "$tiny" -f $f \
            --overflow error --max-tokens 3 -t 'the cat'
        equal "$output" ""
    done
    run -1 --separate-stderr dump -f csv --no-header "${args[@]}"
    equal "${lines[0]}" "0,,,,,,,,"
    run -1 --separate-stderr dump -f jsonl "${args[@]}"
    equal "${lines[0]}" '{"record":0,"error":"5 tokens; the limit is 3"}'
    run -1 --separate-stderr dump "${args[@]}"
    equal "${lines[0]}" '!'
}
