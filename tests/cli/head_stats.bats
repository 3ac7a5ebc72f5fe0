# berth head-stats: its options and every format.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

stats() {
    "$BERTH" head-stats -m "$tiny" "$@"
}

@test "csv, tsv, jsonl and text hold the same numbers" {
    stats -f csv -t 'the cat.' -t a > csv
    equal "$(head -n 1 csv)" \
        layer,head,entropy,distance,cls,sep,self,previous,next,punctuation
    equal "$(tail -n +2 csv | cut -d , -f 1,2 | tr '\n' ' ')" "0,0 0,1 1,0 1,1 "
    stats -f tsv -t 'the cat.' -t a | tr '\t' , | cmp - csv
    stats -f csv --no-header -t 'the cat.' -t a | cmp - <(tail -n +2 csv)
    stats -f jsonl -t 'the cat.' -t a > jsonl
    valid_jsonl < jsonl
    json 'join ",", map { $o->{$_} } qw(layer head entropy distance cls sep
        self previous next punctuation)' < jsonl | cut -d , -f 1-2 |
        cmp - <(tail -n +2 csv | cut -d , -f 1-2)
    sed 's/"[a-z]*"://g; s/[{}]//g' jsonl | cmp - <(tail -n +2 csv)
    stats --digits 9 -t 'the cat.' -t a | awk '{ $1 = $1 } 1' | tr ' ' , |
        head -n 1 | cmp - <(head -n 1 csv)
}

@test "the means are those of attention-dump" {
    stats -f csv --no-header -t 'the cat, sat.' -t 'on a mat' > got
    "$BERTH" attention-dump -m "$tiny" -f csv --no-header -t 'the cat, sat.' \
        -t 'on a mat' | sed 's/"[^"]*"/COMMA/g' | awk -F , '
        { h = $3 "," $4; w = $9; d = $5 - $7; q[$1 "," h "," $5] = h
            if (w > 0) e[h] -= w * log(w)
            s[h] += w * (d < 0 ? -d : d)
            if ($8 == "[CLS]") c[h] += w
            if ($8 == "[SEP]") p[h] += w
            if (d == 0) i[h] += w
            if (d == 1) b[h] += w
            if (d == -1) n[h] += w
            if ($8 == "COMMA" || $8 == ".") m[h] += w }
        END { for (k in q) t[q[k]]++
            for (h in t) printf "%s,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f\n",
                h, e[h]/t[h], s[h]/t[h], c[h]/t[h], p[h]/t[h], i[h]/t[h],
                b[h]/t[h], n[h]/t[h], m[h]/t[h] }' | sort | paste -d , got - |
        awk -F , '{ for (k = 3; k <= 10; k++) { x = $k - $(k + 10)
                if (x * x > 1e-9) exit 1 } }
            END { exit NR != 4 }'
}

@test "--distances: each two heads once; --layer, --head" {
    stats --distances -f csv -t 'the cat' > csv
    equal "$(head -n 1 csv)" layer,head,other_layer,other_head,distance
    equal "$(tail -n +2 csv | cut -d , -f 1-4 | tr '\n' ' ')" \
        "0,0,0,1 0,0,1,0 0,0,1,1 0,1,1,0 0,1,1,1 1,0,1,1 "
    tail -n +2 csv | awk -F , '$5 <= 0 || $5 > log(2) { exit 1 }'
    equal "$(stats --distances --layer 1 -f csv --no-header -t 'the cat')" \
        "$(tail -n 1 csv)"
    equal "$(stats --layer 1 --head -1 -f csv --no-header -t a | cut -d , -f 1,2)" \
        1,1
    run -2 "$BERTH" head-stats -m "$tiny" --layer 2 -t a
}

@test "the same in any number of threads; failed records are left out" {
    seq 200 | stats -f csv -j 1 > one
    seq 200 | stats -f csv -j 3 | cmp - one
    stats -f csv -t a > want
    run -1 --separate-stderr stats -f csv --overflow error --max-tokens 4 -t a \
        -t 'the cat sat on the mat'
    equal "$output" "$(cat want)"
    equal "$(stats -f csv < /dev/null | wc -l | tr -d ' ')" 1
    equal "$(stats -f jsonl < /dev/null)" ""
}

@test "windows count as texts; hidden tokens have no share" {
    stats -f csv -t 'the a' -t 'on the' > texts
    stats -f csv --overflow window --max-tokens 4 -t 'the a on the' |
        cmp - texts
    stats -f csv --no-header --hide-token 0 -t 'the cat' |
        awk -F , '$5 != 0 { exit 1 } END { exit NR != 4 }'
}

@test "an output file; a format it has not" {
    stats -o out -f csv -t a
    stats -f csv -t a | cmp - out
    run -2 "$BERTH" head-stats -f npy -t a
}
