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

@test "rows of weights sum to 1, at each level and precision" {
    for precision in f32 f16 bf16 int8; do
        for level in scalar vector avx2 avx2vnni avx512 avx512vnni amx dotprod; do
            dump --precision $precision --cpu $level -f csv -t 'the cat and the dog' |
                tail -n +2 | awk -F , '{ s[$3 "," $4 "," $5] += $9 }
                    END { for (k in s) { n++; if (s[k] < 0.99999 || s[k] > 1.00001) exit 1 }
                        exit !n }' || {
                echo "$precision, $level" >&2
                return 1
            }
        done
    done
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

@test "filters: rows of the tidy table" {
    dump -f csv --no-header -t 'the cat' > all
    dump -f csv --no-header --from the --to '[SEP]' -t 'the cat' |
        cmp - <(awk -F , '$6 == "the" && $8 == "[SEP]"' all)
    dump -f csv --no-header --from '/^##/' -t 'the cat' |
        cmp - <(grep ',3,##at,' all | awk -F , '$6 == "##at"')
    dump -f csv --no-header --no-special -t 'the cat' |
        cmp - <(awk -F , '$6 !~ /\[/ && $8 !~ /\[/' all)
    dump -f csv --no-header --min-weight 0.5 -t 'the cat' |
        cmp - <(awk -F , '$9 >= 0.5' all)
    dump -f csv --no-header --what scores -t 'the cat' > scores
    [ "$(awk -F , '$9 >= -0.02' scores | wc -l)" -lt "$(wc -l < scores)" ]
    dump -f csv --no-header --what scores --min-weight -0.02 -t 'the cat' |
        cmp - <(awk -F , '$9 >= -0.02' scores)
    dump -f csv --no-header -k 2 -t 'the cat' |
        cmp - <(sort -t , -s -k 3,3n -k 4,4n -k 5,5n -k 9,9gr all |
            awk -F , '{ q = $3 "," $4 "," $5; if (q != p) n = 0; p = q }
                n++ < 2')
    dump -f csv --no-header --no-special --from '[CLS]' -k 1 --layer 0 \
        --head 0 -t 'the cat' | cut -d , -f 6,8 | cmp - <(echo '[CLS],c')
    dump -f tsv --no-header --pad-to 7 --no-special -t 'the cat' |
        tr '\t' , | cmp - <(awk -F , '$6 !~ /\[/ && $8 !~ /\[/' all)
    for bad in '-k 1' '-k 1 -f jsonl' '-k 1 -f csv --wide' \
        '--min-weight 0 -f npy' '--from a -f csv --what q'; do
        # shellcheck disable=SC2086
        run -2 "$BERTH" attention-dump -m "$tiny" $bad -t a
    done
    run -2 --separate-stderr "$BERTH" attention-dump -f csv --from '/(/' -t a
    [[ $stderr == "berth: --from: '/(/': "* ]]
    run -2 "$BERTH" attention-dump -f csv --min-weight x -t a
}

@test "--level word: rows still sum to 1, positions count words" {
    dump --level word -f csv --layer 1 --head 0 -t 'the cat sat' > words
    equal "$(tail -n +2 words | cut -d , -f 5,6 | uniq | tr '\n' ' ')" \
        "0,[CLS] 1,the 2,cat 3,sat 4,[SEP] "
    tail -n +2 words | awk -F , '{ s[$5] += $9 }
        END { for (k in s) if (s[k] < 0.99999 || s[k] > 1.00001) exit 1 }'
    dump --level word -f npy -t 'the cat sat' | array_shape | grep -q ', 5, 5$'
    equal "$(dump --level word -f jsonl -t 'the cat' |
        json '"@{$o->{tokens}} $o->{n_tokens}"')" "[CLS] the cat [SEP] 5"
    run -2 "$BERTH" attention-dump --level word --what norms -t a
}

@test "--reduce: mean and max over heads, layers or both" {
    names() {
        dump -f jsonl -t a "$@" | json '"@{$o->{layers}}/@{$o->{heads}}"'
    }
    equal "$(names --reduce mean)" "0 1/mean"
    equal "$(names --reduce max --over layers)" "max/0 1"
    equal "$(names --reduce max --over both --layer 1)" "max/max"
    dump -f csv --no-header -t 'the cat' |
        awk -F , '{ s[$3 "," $5 "," $7] += $9 / 2 }
            END { for (k in s) print k "," s[k] }' | sort > want
    dump -f csv --no-header --reduce mean -t 'the cat' |
        cut -d , -f 3,5,7,9 | sort | paste -d , - want |
        awk -F , '{ d = $4 - $8; if (d * d > 1e-12 || $1 != $5 || $3 != $7) exit 1
            } END { exit NR != 50 }'
    run -2 "$BERTH" attention-dump --over layers -t a
    run -2 "$BERTH" attention-dump --reduce max --what q -t a
}

@test "--rollout: the chosen layers, whatever they are" {
    dump --rollout -f csv -t 'the cat' > all
    dump --rollout --layer 1 -f csv --no-header -t 'the cat' |
        cmp - <(grep '^0,0,1,rollout,' all)
    equal "$(dump --rollout -f jsonl -t a |
        json '"@{$o->{heads}} " . scalar @{$o->{rollout}}')" "rollout 2"
    run -2 "$BERTH" attention-dump --rollout --reduce mean -t a
    run -2 "$BERTH" attention-dump --rollout --what scores -t a
}

@test "--what: norms, and the steps of a layer" {
    dump --norms -f csv -t 'the cat' > norms
    equal "$(head -n 1 norms | cut -d , -f 9)" norm
    dump --what norms -f csv -t 'the cat' | cmp - norms
    dump --what hidden --layer 1 -f f32 -t 'the cat' |
        cmp - <("$BERTH" embed -m "$tiny" --tokens --hidden-state 2 -f f32 \
            -t 'the cat')
    for what in attention-output attention-norm ff-inner ff-output hidden; do
        dump --what $what -f csv -t 'the cat' > csv
        equal "$(head -n 1 csv | cut -d , -f 1-6)" \
            record,window,layer,position,token,d0
        size=$(($(head -n 1 csv | tr , '\n' | wc -l) - 5))
        equal "$(dump --what $what -f npy -t 'the cat' | array_shape)" \
            "2, 5, $size"
        equal "$(dump --what $what -f jsonl -t 'the cat' |
            json 'scalar(@{$o->{"'$what'"}}) . " " . exists $o->{heads}')" "2 "
        dump --what $what --layer 0 -t 'the cat' | head -n 1 |
            grep -qx 'record 0 layer 0'
    done
    run -2 "$BERTH" attention-dump --what hidden --head 0 -t a
}

@test "--hide-head and --hide-token" {
    dump -f csv --no-header -t 'the cat' > all
    dump -f csv --no-header --hide-head 0.1 --layer 0 -t 'the cat' > hidden
    equal "$(awk -F , '$4 == 1 { print $9 }' hidden | sort -u)" 0
    grep '^0,0,0,0,' all | cmp - <(grep '^0,0,0,0,' hidden)
    dump -f csv --no-header --hide-token 1 --hide-token '/##/' \
        -t 'the cat' > hidden
    equal "$(awk -F , '$7 == 1 || $7 == 3 { print $9 }' hidden | sort -u)" 0
    awk -F , '{ s[$3 "," $4 "," $5] += $9 }
        END { for (k in s) if (s[k] < 0.99999 || s[k] > 1.00001) exit 1 }' hidden
    dump -f csv --no-header --hide-token 1 --hide-token '/##/' --pad-to 8 \
        -t 'the cat' | awk -F , '$5 < 5 && $7 < 5' | cmp - hidden
    run -1 --separate-stderr "$BERTH" attention-dump -m "$tiny" --hide-token /./ -t a
    [[ $stderr == *"--hide-token hides all its tokens"* ]]
    for bad in 0 0.9 9.0 0.0, x .1 0.0.1; do
        run -2 --separate-stderr "$BERTH" attention-dump -m "$tiny" --hide-head "$bad" -t a
        [[ $stderr == "berth: --hide-head: '$bad' is no list of heads"* ]]
    done
    run -2 "$BERTH" attention-dump -m "$tiny" --hide-token x -t a
    run -2 "$BERTH" attention-dump -m "$tiny" --hide-token '/(/' -t a
}

@test "the table in mlr, datamash and sqlite3" {
    command -v mlr datamash sqlite3 > tools || skip "mlr, datamash, sqlite3"
    [ "$(wc -l < tools)" -eq 3 ] || skip "only $(tr '\n' ' ' < tools)"
    dump -f csv --to '[SEP]' -t 'the cat' -t 'a dog' > csv
    mlr --icsv --ocsv --headerless-csv-output stats1 -a mean -f weight \
        -g layer,head csv | tr , ' ' > mlr
    datamash -t , -H -g 3,4 mean 9 < <(head -n 1 csv; sed 1d csv |
        sort -s -t , -k 3,4) | sed 1d | tr , ' ' > datamash
    sqlite3 :memory: '.mode csv' '.import csv a' '.separator " "' \
        'select layer, head, avg(weight) from a group by layer, head' > sqlite
    for tool in datamash sqlite; do
        paste -d ' ' mlr $tool | awk '{ d = $3 - $6
            if ($1 != $4 || $2 != $5 || d * d > 1e-12) exit 1 } END { exit NR != 4 }'
    done
}

@test "pairs: which text query and key belong to, after the other columns" {
    printf 'a cat\tthe man\n' > pair
    dump --pair --layer 0 --head 1 -f csv pair > csv
    equal "$(head -n 1 csv)" record,window,layer,head,query,query_token,key,key_token,weight,query_segment,key_segment
    # Text B and its [SEP] are of type 1.
    berth tokenize -m "$tiny" --pair -f csv pair | sed 1d | cut -d , -f 5 | tr 01 AB > types
    sed 1d csv | cut -d , -f 5,10 | uniq | cut -d , -f 2 | cmp - types
    sed 1d csv | head -n "$(wc -l < types)" | cut -d , -f 11 | cmp - types
    dump --pair --layer 0 --head 1 -f tsv pair | tr '\t' , | cmp - csv
    dump --pair --layer 0 -f jsonl pair | json 'join "\n", @{$o->{segments}}' | cmp - types
    # Without pairs nothing is added.
    equal "$(dump --layer 0 -f csv -t a | head -n 1)" \
        record,window,layer,head,query,query_token,key,key_token,weight
    [[ $(dump --layer 0 -f jsonl -t a) != *segments* ]]
    # Padding is of neither. A failed record has as many cells.
    dump --pair --layer 0 --head 0 --pad-to 20 -f csv pair | tail -n 1 | grep -q ',,$'
    printf 'a\n' > none
    dump --pair --layer 0 -f csv none 2> err > failed || true
    equal "$(tail -n 1 failed)" 0,,,,,,,,,,
    # A model that gives all tokens type 0 has segments, too.
    berth attention-dump -m "$models/distilbert" --pair --layer 0 -f jsonl pair |
        json 'join " ", map { "$o->{tokens}[$_]=$o->{segments}[$_]" } 0 .. $#{$o->{tokens}}' > got
    grep -q '\[SEP\]=A the=B .*\[SEP\]=B$' got
}

@test "--segments: the four parts are the whole" {
    printf 'a cat\tthe man\nthe hat sat\ta\n' > pair
    for what in weights scores; do
        set -- --pair --what $what --level token -f csv
        dump "$@" pair | sed 1d | sort > all
        for segments in aa ab ba bb; do
            dump "$@" --no-header --segments $segments pair > part
            cut -d , -f 10,11 part | sort -u | tr -d , | tr AB ab > pairs
            equal "$(cat pairs)" $segments
            cat part
        done | sort | cmp - all
    done
    # -k chooses of what is left.
    equal "$(dump --pair --layer 0 --head 0 -f csv --no-header --segments ab -k 1 pair |
        cut -d , -f 10,11 | sort | uniq -c | awk '{ print $2 }')" A,B
    dump --pair --level word --layer 0 --head 0 -f csv --segments ba --no-special pair |
        cut -d , -f 6,8 > words
    equal "$(head -n 5 words)" $'query_token,key_token\nthe,a\nthe,cat\nman,a\nman,cat'
    for args in '-t a' '--pair -f jsonl pair' '--pair --wide pair' '--pair --what q pair'; do
        run -2 --separate-stderr dump --segments ab -f csv $args
    done
    run -2 --separate-stderr dump --segments ab -f csv -t a
    [[ $stderr == "berth: --segments needs pairs"* ]]
}
