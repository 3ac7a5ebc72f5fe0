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

# dark N FILE - row and column of the darkest cell of panel N, and its scale's end.
dark() {
    perl -0777 -ne '@p = split /<g transform="translate\([\d.]+ [\d.]+\)">/; $_ = $p['"$1"'];
        /#2b1737" d="M(\d+) (\d+)h/ or die; print "$2 $1\n"' "$2"
}

@test "svg: a panel for each mean, whose darkest cell is the largest" {
    stats -f svg -t 'the cat, sat.' -t 'on a mat' > out.svg
    well_formed out.svg
    equal "$(grep -o '>[a-z]*</text>' out.svg | tr -d '</>' | tr '\n' ' ' | sed 's/text//g; s/layer head //g')" \
        'entropy distance cls sep self previous next punctuation '
    stats -f csv --no-header -t 'the cat, sat.' -t 'on a mat' > csv
    for k in 3 4 5 6 7 8 9 10; do
        equal "$(dark $((k - 2)) out.svg)" \
            "$(sort -t , -k "$k" -gr csv | head -n 1 | cut -d , -f 1,2 | tr , ' ')"
    done
    equal "$(stats -f svg < /dev/null)" ''
}

@test "svg: one panel of distances, the same from both sides" {
    stats -f svg --distances -t 'the cat, sat.' > out.svg
    well_formed out.svg
    equal "$(grep -o '"end">[0-9.]*<' out.svg | tr -d 'a-z"<>' | tr '\n' ' ')" '0.0 0.1 1.0 1.1 '
    stats -f csv --no-header --distances -t 'the cat, sat.' |
        sort -t , -k 5 -gr | head -n 1 > most
    IFS=, read -r layer head other_layer other_head _ < most
    a=$((layer * 2 + head)) b=$((other_layer * 2 + other_head))
    grep '#2b1737" d' out.svg | grep "M$b ${a}h" | grep -q "M$a ${b}h"
}
