# Reading records: lines, csv, tsv, jsonl, whole files; gzip; bad input.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# words ARG... - the tokens of each record, without special ones.
words() {
    "$BERTH" tokenize --no-special "$@"
}

@test "lines: LF, CR LF, no last newline, empty lines" {
    equal "$(printf 'a\r\n\nb' | words; echo .)" $'a\n\nb\n.'
    equal "$(printf 'a\n\n' | words --count | tr '\n' ' ')" "1 0 "
    equal "$(words </dev/null | wc -c | tr -d ' ')" 0
}

@test "a byte-order mark is dropped at the start of a file only" {
    printf '\357\273\277a\n\357\273\277b\n' > f
    equal "$(berth tokenize -f csv --no-header f f | cut -d , -f 1,4,6 |
        grep -v CLS | grep -v SEP)" $'0,a,0\n1,b,3\n2,a,0\n3,b,3'
    equal "$(berth tokenize -f jsonl --keep --no-special f |
        json '"$o->{offsets}[0][0]"')" $'0\n3'
}

@test "-0: NUL ends a record" {
    equal "$(printf 'a\nb\0c' | words -0)" $'a b\nc'
}

@test "NUL and bytes that are not UTF-8 in lines" {
    equal "$(printf 'a\0b \377\376c\n' | words)" "ab c"
    printf 'a\0b \377\n' | berth tokenize -f jsonl --keep |
        grep -F '"text":"a\u0000b �"'
}

@test "files, -, -t and their order; records count over all" {
    printf 'a\nb\n' > one
    equal "$(printf 'c\n' | berth tokenize -f csv --no-special --no-header \
        --with-filename one - one | cut -d , -f 1,2,5)" \
        $'0,one,a\n1,one,b\n2,-,c\n3,one,a\n4,one,b'
    equal "$(words -t 'x y' -t $'z\nw')" $'x y\nz w'
}

@test "files that cannot be read are reported, the others are used" {
    printf 'a\n' > one
    mkdir folder
    run -1 --separate-stderr "$BERTH" tokenize missing one folder one
    equal "$output" $'[CLS] a [SEP]\n[CLS] a [SEP]'
    equal "${stderr_lines[0]}" "berth: missing: No such file or directory"
    equal "${stderr_lines[1]}" "berth: folder: Is a directory"
    run -1 --separate-stderr "$BERTH" tokenize 'a b'
    [[ $stderr == *"-t 'a b'"* ]]
}

@test "the output is not read: that had no end" {
    for way in 'log hits' 'log -'; do
        printf 'a\nb\n' | tee log > hits
        # shellcheck disable=SC2016
        run -1 --separate-stderr timeout 60 \
            sh -c '"$0" tokenize $1 < hits >> hits' \
            "$BERTH" "$way"
        [[ $stderr == "berth: "*": this file is also the output" ]]
        equal "$(wc -l < hits)" 4
    done
    run -2 "$BERTH" tokenize -o hits hits
}

@test "a closed standard input is an error, not a hang" {
    run -1 bash -c '"$BERTH" tokenize <&-'
    [[ $output == *"Bad file descriptor"* ]]
}

@test "gzip: files, standard input, several members, damage" {
    seq 3000 > plain
    gzip -c plain > packed
    words plain > expected
    words packed | cmp - expected
    words < packed | cmp - expected
    { head -n 1000 plain | gzip; tail -n +1001 plain | gzip; } > two
    words two | cmp - expected
    head -c 2000 packed > cut
    run -1 --separate-stderr "$BERTH" tokenize cut plain
    [[ $stderr == "berth: cut: after line "*": gzip data ends early" ]]
    printf '\037\213\010nonsense nonsense' > bad
    run -1 --separate-stderr "$BERTH" tokenize bad
    equal "$stderr" "berth: bad: gzip data is damaged"
}

@test "--pair parts a line at its TAB" {
    run -1 --separate-stderr "$BERTH" tokenize --pair -f jsonl --keep \
        < <(printf 'a\tb c\nno tab\n1\t2\t3\n')
    equal "$(json '$o->{text} . "/" . ($o->{text_pair} // "-")' <<<"$output")" \
        $'a/b c\nno tab/-\n1\t2\t3/-'
    equal "$(json 'join "", @{$o->{type_ids} // []}' <<<"${lines[0]}")" 000111
    equal "${stderr_lines[0]}" "berth: -:2: no TAB parts text A from text B"
    [[ ${stderr_lines[1]} == "berth: -:3: more than one TAB"* ]]
}

@test "csv: quotes, newlines in fields, CR LF, header with a quoted name" {
    printf 'id,"te""xt"\r\n1,"a, ""b""\nc"\r\n\r\n2,d\n' > f.csv
    equal "$(berth tokenize -i csv --field 'te"xt' --id id --keep -f jsonl \
        --no-special f.csv | json '"$o->{id}{id}:$o->{text}:$o->{n_tokens}"')" \
        $'1:a, "b"\nc:6\n2:d:1'
}

@test "csv: fields by number; a name wins over a number" {
    printf '2,text\na,b\n' > f.csv
    equal "$(words -i csv --field 2 f.csv)" a
    equal "$(words -i csv --field text f.csv)" b
    equal "$(words -i csv --field 1 f.csv)" a
    equal "$(words -i csv --headerless-input --field 2 f.csv)" $'text\nb'
}

@test "csv: a name that is there twice is the first one, with a warning" {
    printf 't,u,t\na,b,c\n' > f.csv
    run -0 --separate-stderr words -i csv --field t f.csv
    equal "$output" a
    equal "$stderr" "berth: warning: f.csv: more than one field is called 't': the first, number 1, is taken"
    run -0 --separate-stderr words -i csv --field 3 f.csv
    equal "$output$stderr" c
}

@test "csv: what is wrong with a record is told with its first line" {
    printf 'a,b\n"x\ny"z,1\n1\n1,2\n"open\n' > f.csv
    run -1 --separate-stderr "$BERTH" tokenize -i csv --field a f.csv
    equal "$output" $'!\n!\n[CLS] 1 [SEP]\n!'
    equal "$stderr" "berth: f.csv:2: text behind the closing quote of a field
berth: f.csv:4: 1 field where the header has 2
berth: f.csv:6: a quote that opens a field is never closed"
    run -1 --separate-stderr "$BERTH" tokenize -i csv --field c f.csv
    equal "$stderr" "berth: f.csv: no field 'c' in the header of 2 fields: a, b"
}

@test "a field or a key that is not there: those that are, and the nearest" {
    printf 'id,title,body\n1,a,b\n' > f.csv
    run -1 --separate-stderr "$BERTH" tokenize -i csv --field titel f.csv
    equal "$stderr" "berth: f.csv: no field 'titel' in the header of 3 fields: \
id, title, body; the nearest is 'title'"
    tr , '\t' < f.csv > f.tsv
    run -1 --separate-stderr "$BERTH" tokenize -i tsv --field title --id ID f.tsv
    equal "$stderr" "berth: f.tsv: no field 'ID' in the header of 3 fields: \
id, title, body; the nearest is 'id'"
    printf '%s\n' '{"id":1,"title":"a","b":{"titel":2}}' '{}' > f.jsonl
    run -1 --separate-stderr "$BERTH" tokenize -i jsonl --field titel f.jsonl
    equal "$stderr" "berth: f.jsonl:1: no key 'titel' among id, title, b; \
the nearest is 'title'
berth: f.jsonl:2: no key 'titel'"
}

@test "without a header, fields are numbered" {
    printf 'a,b\n' > f
    run -1 --separate-stderr "$BERTH" tokenize -i csv --headerless-input --field a f
    equal "$stderr" "berth: f: no field 'a': without a header they are numbered from 1"
}

@test "a key within others that is not there: those beside it" {
    printf '%s\n' '{"a":{"b":{"text":"x"},"id":1},"title":"y"}' > f.jsonl
    while IFS='|' read -r key names; do
        run -1 --separate-stderr "$BERTH" tokenize -i jsonl --field "$key" f.jsonl
        equal "$stderr" "berth: f.jsonl:1: no key '$key' among $names"
    done <<'END'
a.b.txet|a.b.text; the nearest is 'a.b.text'
/a/b/txet|/a/b/text; the nearest is '/a/b/text'
a.bb.text|a.b, a.id; the nearest is 'a.b'
/a/0|/a/b, /a/id; the nearest is '/a/b'
z.text|a, title
title.x|a, title; the nearest is 'title'
END
}

@test "a header of one field that another delimiter parts" {
    while IFS='_' read -r format header advice; do
        printf '%b\n1\n' "$header" > f
        run -1 --separate-stderr "$BERTH" tokenize -i "$format" --field title f
        [[ $stderr == "berth: f: no field 'title' in the header of 1 field: id"?"title$advice" ]] ||
            equal "$stderr" "$advice"
    done <<'END'
csv_id;title_; for fields parted by ';': --delimiter ';'
csv_id|title_; for fields parted by '|': --delimiter '|'
csv_id\ttitle_; for fields parted by TABs: -i tsv
tsv_id,title_; for fields parted by ',': -i csv
csv_id:title_
END
}

@test "jsonl: keys of --id that are not there are warned of once" {
    printf '%s\n' '{"id":1,"t":"a"}' '{"t":"b"}' '{"id":null,"t":"c"}' \
        '{"t":"d"}' > f.jsonl
    run -0 --separate-stderr "$BERTH" tokenize -i jsonl --field t --id id f.jsonl
    equal "${#lines[@]}" 4
    equal "$stderr" "berth: warning: --id: 2 records have no key 'id', the \
first at f.jsonl:2"
    run -0 --separate-stderr "$BERTH" tokenize --quiet -i jsonl --field t --id id f.jsonl
    equal "$stderr" ""
    run -0 --separate-stderr "$BERTH" tokenize -i jsonl --field t --id t --id x \
        --id y f.jsonl
    [[ $stderr == *"4 records have no key 'x', the first at f.jsonl:1" ]]
}

@test "tsv: escapes, no quotes" {
    printf 'id\ttext\n"1"\ta\\tb\\nc\\\\d\\e\n' > f.tsv
    equal "$(berth tokenize -i tsv --field text --id id --keep -f jsonl f.tsv |
        json '$o->{id}{id} . $o->{text}')" $'"1"a\tb\nc\\d\\e'
}

@test "jsonl: strings, escapes, two fields, ids of any type" {
    printf '{"t":"h\\u0000i","u":"\\ud83d\\ude00","n":3,"f":1.5,"z":[1]}\n\n' \
        > f.jsonl
    equal "$(berth tokenize -i jsonl --field t --field u --id n --id f --id z \
        --id none -f jsonl --keep f.jsonl | grep -o '"id":.*"n_tokens"')" \
        '"id":{"n":3,"f":1.5,"z":[1],"none":null},"text":"h\u0000i","text_pair":"😀","n_tokens"'
    equal "$(berth tokenize -i jsonl --field t --id z --id none -f csv \
        --no-header --no-special f.jsonl)" '0,[1],,0,15797,hi,0,0,3'
}

@test "jsonl: each bad line fails alone" {
    printf '%s\n' '{"t":"a"}' 'nonsense' '{"t":5}' '{"u":1}' '[1]' \
        '{"t":"\ud800"}' '{"t":"b"} x' '{"t":"c"}' > f.jsonl
    printf '{"t":"\377"}\n' >> f.jsonl
    run -1 --separate-stderr "$BERTH" tokenize -i jsonl --field t --no-special f.jsonl
    equal "$output" $'a\n!\n!\n!\n!\n!\n!\nc\n!'
    equal "${#stderr_lines[@]}" 7
    [[ ${stderr_lines[0]} == "berth: f.jsonl:2: bad JSON at byte "* ]]
    equal "${stderr_lines[1]}" "berth: f.jsonl:3: the value of 't' is not a string"
    equal "${stderr_lines[2]}" "berth: f.jsonl:4: no key 't' among u"
    equal "${stderr_lines[3]}" "berth: f.jsonl:5: not a JSON object"
}

@test "jsonl: numbers of an id go out as they came in" {
    while read -r number; do
        printf '{"id":%s,"hash":18446744073709551615,"t":"a"}\n' "$number"
    done > f.jsonl <<'EOF'
9007199254740993
18446744073709551615
15878708649682983132
1234567890123456789012
1.0
1e2
0.10
-0
3.14159265358979323846264338327950288
1E400
EOF
    ids() {
        berth tokenize -i jsonl --field t --id id --count "$@" f.jsonl
    }
    grep -o '"id":[^,]*' f.jsonl | cut -d : -f 2 > want
    ids -f csv | tail -n +2 | cut -d , -f 2 | cmp - want
    ids -f tsv --no-header | cut -f 2 | cmp - want
    ids | cut -f 1 | cmp - want
    ids -f jsonl | sed 's/.*{"id":\([^}]*\)}.*/\1/' | cmp - want
    printf '{"id":{"n": [ 9007199254740993, 1.0, "1 , 0"]},"t":"a"}\n' > f.jsonl
    equal "$(ids -f jsonl)" \
        '{"record":0,"id":{"id":{"n":[9007199254740993,1.0,"1 , 0"]}},"n_tokens":3,"truncated":false}'
    equal "$(ids -f csv --no-header)" \
        '0,"{""n"":[9007199254740993,1.0,""1 , 0""]}",3'
}

@test "jsonl: what is not asked for cannot make a record fail" {
    printf '%s\n' '{"id":1,"t":"a","p":NaN}' '{"id":2,"t":"a","p":-Infinity}' \
        '{"id":3,"t":"a","p":[1e400,Infinity]}' '{"id":4,"t":"a","p":"\ud800"}' \
        '{"id":5,"t":"a","\u0000":0}' '{"id":6,"t":"a","p":1,"p":2}' \
        '{"id":0,"t":"b","id":7,"\u0074":"a"}' > f.jsonl
    printf '{"id":8,"t":"a","p":"\377"}\n' >> f.jsonl
    run -0 --separate-stderr "$BERTH" tokenize -i jsonl --field t --id id \
        --no-special f.jsonl
    equal "$output" "$(printf '%d\ta\n' 1 2 3 4 5 6 7 8)"
    equal "$stderr" ""
}

@test "jsonl: an id that is no number is null in JSON" {
    printf '%s\n' '{"id":NaN,"t":"a"}' '{"id":-Infinity,"t":"a"}' \
        '{"id":[NaN,{"x":Infinity}],"t":"a"}' > f.jsonl
    equal "$(berth tokenize -i jsonl --field t --id id --count -f jsonl f.jsonl |
        json '$j->encode($o->{id})')" $'{"id":null}\n{"id":null}\n{"id":[null,{"x":null}]}'
    equal "$(berth tokenize -i jsonl --field t --id id --count f.jsonl |
        cut -f 1)" $'NaN\n-Infinity\n[null,{"x":null}]'
}

@test "jsonl: depth needs no stack" {
    perl -e 'print "{\"t\":\"a\",\"x\":", "[" x 9000, "]" x 9000, "}\n",
        "{\"t\":\"a\",\"x\":", "[" x 10000, "]" x 10000, "}\n"' > f.jsonl
    run -1 --separate-stderr bash -c 'ulimit -s 128
        "$BERTH" tokenize -j 2 -i jsonl --field t --no-special f.jsonl'
    equal "$output" $'a\n!'
    equal "$stderr" "berth: f.jsonl:2: bad JSON at byte 10013: nested deeper than 10000"
}

@test "UTF-16 with a mark is decoded, also gzip of it" {
    { printf 'the cat\nthe mat \303\251 \360\237\230\200\n'; seq 60000; } > plain
    words -i lines --quiet plain > want
    perl -MEncode -pe 'BEGIN { binmode STDIN; print "\xff\xfe" }
        Encode::from_to($_, "UTF-8", "UTF-16LE")' < plain > little
    perl -MEncode -pe 'BEGIN { binmode STDIN; print "\xfe\xff" }
        Encode::from_to($_, "UTF-8", "UTF-16BE")' < plain > big
    gzip -c big > big.gz
    for file in little big big.gz; do
        words --quiet "$file" | cmp - want
        words --quiet < "$file" | cmp - want
    done
    printf '\377\376i\0,\0t\0\n\0001\0,\0a\0\n\0' > f.csv
    equal "$(words -i csv --field t --id i f.csv)" $'1\ta'
}

@test "what is no text is refused by its name" {
    refused() {
        run -1 --separate-stderr "$BERTH" tokenize f
        equal "$output" ""
        equal "$stderr" "berth: f: this is $1"
    }
    printf '\050\265\057\375\004\000' > f
    refused "zstd data: pipe it through 'zstd -dc'"
    gzip -c f > g && mv g f
    refused "gzip of zstd data: pipe it through 'zstd -dc'"
    printf '\3757zXZ\0\0\4' > f
    refused "xz data: pipe it through 'xz -dc'"
    printf 'PK\3\4\24\0' > f
    refused "a ZIP archive: take its files out with 'unzip -p'"
    printf '%%PDF-1.5\n%%\303\244\n' > f
    refused "a PDF document: take its text out with 'pdftotext FILE -'"
    printf '\211PNG\r\n\032\n' > f
    refused "a PNG image, not text"
    printf '\377\376\0\0a\0\0\0' > f
    refused "UTF-32 text: pipe it through 'iconv -f UTF-32 -t UTF-8'"
    printf 'PK and BZh9 and %%PDF-1.5\n' > f
    equal "$(words f)" "p ##k and b ##zh ##9 and % pd ##f - 1 . 5"
}

@test "bytes that are not UTF-8: one warning, in --stats, in jsonl" {
    export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
    printf 'ok\ncaf\351\nx \360\237\230 y\n' > f
    warning="berth: warning: 4 bytes in 2 texts are not UTF-8 and not seen by the model, the first at f:2; for another encoding: iconv -f LATIN1 -t UTF-8"
    for command in tokenize embed 'grep --no-cache --threshold -1 ok' \
        'search ok' dedup score 'search --no-cache ok' 'tokenize --count -f csv'; do
        # shellcheck disable=SC2086
        run -0 --separate-stderr "$BERTH" $command f
        equal "${stderr_lines[0]}" "$warning"
    done
    run -0 --separate-stderr "$BERTH" tokenize --quiet f
    equal "$stderr" ""
    equal "$(berth tokenize --quiet --stats f 2>&1 > out |
        json '"$o->{invalid_utf8_bytes} $o->{mostly_unknown}"')" "4 0"
    equal "$(berth tokenize --quiet -f jsonl f |
        json '$o->{n_invalid} // "-"')" $'-\n1\n3'
    run -0 --separate-stderr "$BERTH" tokenize -t $'a\377'
    equal "$stderr" "berth: warning: 1 byte in 1 text is not UTF-8 and not seen by the model, the first at -t:1; for another encoding: iconv -f LATIN1 -t UTF-8"
    run -0 --separate-stderr "$BERTH" tokenize -t $'a\377\377'
    [[ $stderr == *"2 bytes in 1 text are not UTF-8"* ]]
    printf 'i,t\n1,a\n2,"b\n\377"\n' > f.csv
    run -0 --separate-stderr "$BERTH" tokenize -i csv --field t f.csv
    [[ $stderr == *"1 byte in 1 text "*"the first at f.csv:3;"* ]]
}

@test "texts that are mostly unknown: one warning, in --stats, in jsonl" {
    printf 'a cat and a \346\227\245\n\346\227\245 \346\234\254 x\n' > f
    run -0 --separate-stderr "$BERTH" embed -f jsonl f
    equal "$stderr" "berth: warning: 1 text is more than a third unknown to the model ([UNK]), the first at f:2"
    equal "$(json '$o->{n_unknown} // "-"' <<<"$output")" $'1\n2'
    equal "$(berth tokenize --stats --quiet f 2>&1 > out |
        json '"$o->{unknown_tokens} $o->{mostly_unknown}"')" "3 1"
}

@test "jsonl: bytes that are not UTF-8 come along, and offsets are theirs" {
    printf 'caf\351 x [MASK]\n' > f
    for line in 1 2 3; do
        printf 'caf\351 x\t\360\237 y\n'
    done > pairs
    run -0 --separate-stderr "$BERTH" tokenize -f jsonl --keep f
    equal "$(perl -MJSON::PP -MMIME::Base64 -ne '
        $o = decode_json $_; $t = decode_base64 $o->{text_base64};
        print join "|", map { substr $t, $_->[0], $_->[1] - $_->[0] }
            @{$o->{offsets}}' <<<"$output")" "|ca|f|x|[MASK]|"
    equal "$(berth tokenize --quiet -f jsonl --keep --pair pairs | head -n 1 |
        json '"$o->{text_base64} $o->{text_pair_base64}"')" \
        "Y2Fm6SB4 8J8geQ=="
    equal "$(berth tokenize --quiet -f csv --no-header --keep f | tail -n 1 |
        cut -d , -f 2)" $'caf\351 x [MASK]'
    printf 'i,t\n\351,a\n' > f.csv
    berth tokenize -i csv --field t --id i -f jsonl f.csv |
        grep -F '"id":{"i":"�"},"id_base64":{"i":"6Q=="},"n_tokens"'
    equal "$(berth dedup --quiet -f jsonl f | json '$o->{text_base64}')" \
        "$(printf 'caf\351 x [MASK]' | base64)"
    equal "$(berth search --quiet --no-cache -f jsonl x f |
        json '$o->{text_base64}')" "$(printf 'caf\351 x [MASK]' | base64)"
}

@test "--id named like a column, or twice, is refused before anything is read" {
    printf 'score,text,v0,token,record,k\n1,a [MASK],2,3,4,5\n' > f.csv
    echo old > out
    csv=(-m "$tiny" --quiet -i csv --field text -f csv -o out missing)
    for args in 'fill-mask --id score' 'embed --id v0' 'tokenize --id token' \
        'score --id record' 'embed --id text --keep' \
        'attention-dump --what q --id token'; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr "$BERTH" $args "${csv[@]}"
        [[ ${stderr_lines[0]} == "berth: --id "*": the output has a column of that name: "* ]]
    done
    run -2 --separate-stderr "$BERTH" tokenize --id k --id k "${csv[@]}"
    equal "${stderr_lines[0]}" "berth: --id k is given twice"
    run -2 --separate-stderr "$BERTH" tokenize -f jsonl -i csv --field text \
        --id k --id k missing
    equal "${stderr_lines[0]}" "berth: --id k is given twice"
    equal "$(cat out)" old
    csv=(-m "$tiny" -i csv --field text --quiet f.csv)
    equal "$(berth tokenize --count -f csv --no-header --id record "${csv[@]}")" \
        "0,4,4"
    equal "$(berth tokenize --count -f csv --id score "${csv[@]}")" \
        $'record,score,n_tokens\n0,1,4'
    equal "$(berth score -f jsonl --id score "${csv[@]}" | json '$o->{id}{score}')" 1
    berth attention-dump -f heat --color always --layer 0 --head 0 --id k "${csv[@]}" > picture
    [ -s picture ]
}

@test "file: each operand is one record, its name goes along" {
    printf 'a\nb\n' > one
    : > none
    equal "$(words -i file one none; echo .)" $'a b\n\n.'
    equal "$(berth tokenize -i file --count -f csv one none)" \
        $'record,file,n_tokens\n0,one,4\n1,none,2'
}

@test "--max-record: a longer one fails, with the line where it began" {
    printf 'short\nlonger than ten\nlast\n' > f
    run -1 --separate-stderr "$BERTH" tokenize --no-special --max-record 10 f
    equal "$output" $'short\n!\nlast'
    equal "$stderr" "berth: f:2: the record is longer than 10 bytes (--max-record)"
    printf 't\n"a\nb\nccccccc\n"\nx\n' > f.csv
    run -1 --separate-stderr "$BERTH" tokenize --no-special --max-record 8 \
        -i csv --field t f.csv
    equal "$output" $'!\nx'
    [[ $stderr == "berth: f.csv:2: the record is longer than"* ]]
}

@test "a line of many megabytes" {
    perl -e 'print "a " x 4194304, "\nb\n"' > long
    equal "$(berth tokenize --count long | tr '\n' ' ')" "4194306 3 "
    head -c 8388608 /dev/zero | tr '\0' a > long
    equal "$(berth tokenize long)" "[CLS] [UNK] [SEP]"
}

@test "--keep, --id and --with-filename come before the rest, in this order" {
    printf 'k,t\nx,a\ty\n' > f.csv
    common=(-i csv --field t --id k --keep --with-filename f.csv)
    equal "$(berth tokenize --count "${common[@]}")" $'f.csv\tx\ta\\ty\t4'
    equal "$(berth tokenize --count -f csv "${common[@]}")" \
        $'record,file,k,text,n_tokens\n0,f.csv,x,a\ty,4'
    equal "$(berth tokenize --count -f jsonl "${common[@]}")" \
        '{"record":0,"file":"f.csv","id":{"k":"x"},"text":"a\ty","n_tokens":4,"truncated":false}'
}

@test "--plain: special tokens in the text are ordinary" {
    equal "$(words -t 'a[SEP]b')" "a [SEP] b"
    equal "$(words --plain -t 'a[SEP]b' | tr -d '# ')" "a[sep]b"
}

@test "without -i the name of each file tells its format" {
    printf 'id,title\n1,the cat\n' > a.csv
    printf 'id\ttitle\n2\ta dog\n' > B.TSV
    printf '{"id":3,"title":"a hat"}\n' | tee c.jsonl c.ndjson > /dev/null
    printf '[{"id":4,\n"title":"a mat"}]' | gzip > d.json.gz
    equal "$(words --field title --id id a.csv B.TSV c.jsonl c.ndjson d.json.gz)" \
        $'1\tthe cat\n2\ta dog\n3\ta hat\n3\ta hat\n4\ta mat'
    equal "$(words -i lines a.csv)" $'id , title\n1 , the cat'
    equal "$(words < a.csv)" $'id , title\n1 , the cat'
    equal "$(words -0 a.csv)" "id , title 1 , the cat"
    printf 'a\tb\n' > pairs.tsv
    equal "$(words --pair pairs.tsv)" "a b"
    equal "$(berth similar --digits 1 pairs.tsv | wc -l)" 1
    equal "$(berth score --choose pairs.tsv | wc -l)" 1
    run -2 --separate-stderr words --field title c
    [[ $stderr == "berth: --field and --id need --input csv, tsv or jsonl, or files of such names"* ]]
    cp a.csv f
    run -1 --separate-stderr words --field title a.csv f
    equal "$output" "the cat"
    equal "$stderr" "berth: f: no fields are known in such a file: give --input csv, tsv or jsonl"
}

@test "one field needs no --field; of several the message names each" {
    printf 'title\nthe cat\n\n' > one.csv
    equal "$(words one.csv; echo .)" $'the cat\n\n.'
    equal "$(words -i csv --headerless-input < one.csv; echo .)" $'title\nthe cat\n\n.'
    printf 'id,title\n1,the cat\n' > two.csv
    for file in two.csv '--headerless-input two.csv'; do
        # shellcheck disable=SC2086
        run -1 --separate-stderr words $file
        [[ $stderr == "berth: two.csv: which field is the text? --field takes one of: "[1i]*", "[2t]*"; --input lines "* ]]
    done
    printf '{"id":1,"title":"the cat"}\n' > two.jsonl
    run -1 --separate-stderr words two.jsonl
    [[ $stderr == "berth: two.jsonl:1: which key has the text? --field takes one of: id, title; --input lines "* ]]
    printf '"the cat"\n\n5\n"a\\u0020dog"' > strings.jsonl
    run -1 --separate-stderr words strings.jsonl
    equal "$output" $'the cat\n!\na dog'
    equal "$stderr" "berth: strings.jsonl:3: neither a JSON string nor an object"
}

@test "grep and search read a file by its name only with --field" {
    printf 'id,title\n1,"the cat\nsat"\n' > a.csv
    quiet=(--quiet --no-cache -m "$tiny")
    equal "$(berth search "${quiet[@]}" --digits 1 cat a.csv | sort | cut -d : -f 1,2,4)" \
        $'a.csv:1:id,title\na.csv:2:1,"the cat\na.csv:3:sat"'
    equal "$(berth search "${quiet[@]}" --field title cat a.csv | cut -d : -f 1,2,4)" \
        'a.csv:2:the cat\nsat'
    unset "quiet[1]"
    equal "$(berth grep "${quiet[@]}" --threshold -1 -c cat a.csv)" 3
    equal "$(berth grep "${quiet[@]}" --threshold -1 -n --field title cat a.csv)" \
        '2:the cat\nsat'
    mkdir d && cp a.csv d && echo x > d/x
    run -2 --separate-stderr berth grep "${quiet[@]}" --threshold -1 -r --field title cat d
    equal "$output" 'd/a.csv:the cat\nsat'
    equal "$stderr" "berth: d/x: no fields are known in such a file: give --input csv, tsv or jsonl"
}

@test "search keeps what a file is by its name apart" {
    export XDG_CACHE_HOME=$PWD/cache
    printf 'title\nthe cat\n' > a.csv
    cp a.csv a.tsv
    quiet=(--quiet -m "$tiny" -f csv --no-header)
    for _ in 1 2; do
        equal "$(berth search "${quiet[@]}" cat a.csv | wc -l)" 2
        equal "$(berth search "${quiet[@]}" --field title cat a.csv | wc -l)" 1
        equal "$(berth search "${quiet[@]}" --field title cat a.tsv | wc -l)" 1
        equal "$(berth search "${quiet[@]}" -i lines cat a.csv | wc -l)" 2
    done
}

@test "json: the elements of an array are records, wherever its lines end" {
    printf '[\n {"t": "a\\n b",\n  "u": [1,\n 2]},\n {"t":5}, {"t":"c"}\n, x, {"t":"d"}\n]\n{"t":"e"} {"t":"f"}' > a.json
    for format in json jsonl; do
        run -1 --separate-stderr "$BERTH" tokenize --no-special -i $format \
            --field t --id u -f jsonl --keep a.json
        equal "$(json '($o->{text} // "") . "/" . $j->encode($o->{id})' <<<"$output" | tr '\n' ' ')" \
            "$(printf 'a\n b/{"u":[1,2]} /{"u":null} c/{"u":null} /{"u":null} d/{"u":null} ' | tr '\n' ' ')$(
            [ $format = jsonl ] && echo '/{"u":null} ' || echo 'e/{"u":null} f/{"u":null} ')"
        equal "${stderr_lines[0]}" "berth: a.json:5: the value of 't' is not a string"
        equal "${stderr_lines[1]}" "berth: a.json:6: bad JSON at byte 1: no value begins like this"
    done
    equal "$(words -t x | wc -l)" 1
    printf '["the cat", "a\\u0020dog"]' > s.json
    equal "$(words s.json; words -i json < s.json; words -i jsonl < s.json)" \
        "$(printf 'the cat\na dog\n%.0s' 1 2 3)"
    printf ' [ ] ' > s.json
    equal "$(words s.json)" ""
}

@test "json: a break in an array is told with its line, what came before is used" {
    broken() {
        printf '%b' "$1" > a.json
        run -1 --separate-stderr words a.json
        equal "$output" "$2"
        equal "$stderr" "berth: a.json:$3; the rest of the file is left out"
    }
    broken '["a",\n"b"' $'a\nb' "2: bad JSON: the array is not closed"
    broken '["a",\n]' a "2: bad JSON: a value is missing before ']'"
    broken '["a"\n"b"]' a "2: bad JSON: ',' or ']' is missing"
    broken '["a",\n"b\n"]' a "2: bad JSON: a string is not closed on its line"
    broken '["a",\n{"b": [1' a "2: bad JSON: the file ends within a value"
    broken '[,"a"]' "" "1: bad JSON: no value begins like this"
    broken '"a"\n"b' a "2: bad JSON: the file ends within a value"
}

@test "json: an array of any size in one line, --max-record for its elements" {
    perl -e 'print "[", join(",", ("\"the cat\"") x 3000, "\"" . "a " x 500 . "\"", "\"a dog\""), "]"' > a.json
    run -1 --separate-stderr words --max-record 100 a.json
    equal "$(uniq -c <<<"$output" | awk '{ print $1, $2 }' | tr '\n' ' ')" "3000 the 1 ! 1 a "
    equal "$stderr" "berth: a.json:1: the record is longer than 100 bytes (--max-record)"
}

@test "json: each element is answered when it comes" {
    mkfifo in
    words -i json < in > out &
    exec 7> in
    printf '["the cat"' >&7
    eventually 1 cat out
    printf ', {"x":' >&7
    printf '1}, "a dog"' >&7
    printf ']' >&7
    exec 7>&-
    wait || true
    equal "$(sed -n 1p out)" "the cat"
}

@test "json: dots and JSON pointers name a value within others" {
    printf '%s\n' '{"a":{"b":["the cat" ,{"t~/.t" : [ [1, "q" ] , 3 ]}, [ ] ,7.10 ]},"x.y":"dot","x":{"y":"no"},"e.":1,"01":{"0":"o"}}' > n.jsonl
    printf '{"a":{"b":"the","1":["x"]}}\n{"a":5}\n' > m.jsonl
    while read -r name want; do
        equal "$(berth tokenize -i jsonl --field x.y --count -f jsonl --id "$name" n.jsonl |
            json '$j->encode($o->{id})')" "{\"$name\":$want}"
    done <<'EOF'
a.b.0 "the cat"
/a/b/0 "the cat"
/a/b/1/t~0~1.t/0/1 "q"
/a/b/1/t~0~1.t [[1,"q"],3]
/a/b/1/t~0~1.t/1 3
/a/b/2 []
/a/b/4 null
/a/b/01 null
/a/b/18446744073709551616 null
/a/b/ null
/a/b/0/0 null
/01/0 "o"
x.y "dot"
/x/y "no"
e. 1
/e. 1
a..b null
EOF
    equal "$(berth tokenize --field a.b.0 --id /a/b/3 --count -f csv n.jsonl)" \
        $'record,/a/b/3,n_tokens\n0,7.10,4'
    run -1 --separate-stderr words --field a.b --field a.1.0 m.jsonl
    equal "$output" $'the x\n!'
    equal "$stderr" "berth: m.jsonl:2: no key 'a.b' among a"
    printf '{"a":{"b.c":1,"/~":2,"":3,"d":4}}\n' > dots
    run -1 --separate-stderr words -i jsonl --field a.b.c dots
    equal "$stderr" "berth: dots:1: no key 'a.b.c' among /a/b.c, a./~, /a/, a.d; the nearest is '/a/b.c'"
    run -1 --separate-stderr words -i jsonl --field /a/e dots
    equal "$stderr" "berth: dots:1: no key '/a/e' among /a/b.c, /a/~1~0, /a/, /a/d; the nearest is '/a/'"
}

@test "--delimiter parts the fields of csv and tsv" {
    printf 'id;title\n1;"the; cat"\n' > a.csv
    equal "$(words --delimiter ';' --field title a.csv)" "the ; cat"
    equal "$(words --delimiter semicolon --field 2 --id 1 a.csv)" $'1\tthe ; cat'
    for name in 'tab \t' '\t \t' 'pipe |' 'comma ,'; do
        printf 'id%btitle\n1%b"a"\n' "${name#* }" "${name#* }" > b
        equal "$(words -i csv --delimiter "${name% *}" --field title b)" a
        equal "$(words -i tsv --delimiter "${name% *}" --field title b)" '" a "'
    done
    printf 'a b\n' | words -i csv --headerless-input --delimiter space --field 2 |
        grep -x b
    for wrong in ';;' '' '"' "\\" $'\n' é tabs; do
        run -2 --separate-stderr words -i csv --delimiter "$wrong" --field a a.csv
        [[ ${stderr_lines[0]} == "berth: --delimiter takes one byte, or tab, "* ]]
    done
    run -2 --separate-stderr words --delimiter tab b
    [[ ${stderr_lines[0]} == "berth: --delimiter needs --input csv or tsv, "* ]]
    export XDG_CACHE_HOME=$PWD/cache
    equal "$(berth search --quiet -m "$tiny" -i csv --headerless-input --field 1 x a.csv | wc -l)" 2
    equal "$(berth search --quiet -m "$tiny" -i csv --delimiter ';' --field title x a.csv |
        cut -d : -f 4)" "the; cat"
}

@test "paragraph: blank lines part records, their places go along" {
    printf '\357\273\277\n \t\nOne dog\r\nran far.  \r\n\r\n\nThe disk\n\t is full.\n  \nA cat' > p
    equal "$(berth tokenize -i paragraph --count --keep -f jsonl p)" \
        '{"record":0,"file":"p","line":3,"last_line":4,"begin_byte":7,"end_byte":26,"text":"One dog\nran far.  ","n_tokens":7,"truncated":false}
{"record":1,"file":"p","line":7,"last_line":8,"begin_byte":31,"end_byte":50,"text":"The disk\n\t is full.","n_tokens":7,"truncated":false}
{"record":2,"file":"p","line":10,"last_line":10,"begin_byte":54,"end_byte":59,"text":"A cat","n_tokens":4,"truncated":false}'
    equal "$(berth tokenize -i paragraph --count -f csv - < p | head -n 2)" \
        $'record,file,line,last_line,begin_byte,end_byte,n_tokens\n0,-,3,4,7,26,7'
    equal "$(words -i paragraph p)" $'one dog ran far .\nthe disk is full .\na cat'
    equal "$(printf '\n \n' | words -i paragraph; words -i paragraph /dev/null)" ""
    gzip -k p
    equal "$(berth embed -i paragraph -f csv p.gz | cut -d , -f 2-6 | sed 's/p.gz/p/')" \
        "$(berth embed -i paragraph -f csv p | cut -d , -f 2-6)"
    run -1 --separate-stderr words -i paragraph --max-record 16 p
    equal "$output" $'!\n!\na cat'
    [[ ${stderr_lines[0]} == "berth: p:3: the record is longer than 16 bytes (--max-record)" ]]
    [[ ${stderr_lines[1]} == "berth: p:7: "* ]]
    equal "$(tr -d '\r' < p | berth tokenize -i paragraph --max-record 5 --count -f csv --no-header |
        cut -d , -f 3-6)" $'3,4,7,25\n7,8,28,47\n10,10,51,56'
    printf '\357\273\277A cat\n' > bom
    for one in "-i paragraph" "--join-lines 2"; do
        equal "$(berth tokenize $one --count -f csv --no-header bom | cut -d , -f 3-6)" 1,1,3,8
    done
    run -2 words -i paragraph -0 p
    run -2 words -i paragraph --field x p
}

@test "places are those of the file, however it is read" {
    perl -e 'print "a" x (7 * $_ % 900), " b\n", "\n" x ($_ % 3) for 1 .. 3000' > p
    berth tokenize --quiet -i paragraph --count --keep -f jsonl p | perl -MJSON::PP -e '
        local $/; open my $f, "<", "p"; my $all = <$f>; $/ = "\n";
        while (<STDIN>) {
            my $o = decode_json $_;
            my $at = substr $all, 0, $o->{begin_byte};
            die $_ if substr($all, $o->{begin_byte}, $o->{end_byte} - $o->{begin_byte}) ne $o->{text}
                or 1 + ($at =~ tr/\n//) != $o->{line}
                or $o->{line} + ($o->{text} =~ tr/\n//) != $o->{last_line};
            $n++;
        }
        print "$n\n"' > n
    equal "$(cat n)" 2001
}

@test "--join-lines: so many lines a record, and --join-step, so many further" {
    seq 10 > s
    joined() {
        words --join-lines "$@" | tr '\n' '/'
    }
    equal "$(joined 4 s)" "1 2 3 4/5 6 7 8/9 10/"
    equal "$(joined 4 s s)" "1 2 3 4/5 6 7 8/9 10/1 2 3 4/5 6 7 8/9 10/"
    equal "$(joined 4 --join-step 2 s)" "1 2 3 4/3 4 5 6/5 6 7 8/7 8 9 10/"
    equal "$(joined 4 --join-step 3 s)" "1 2 3 4/4 5 6 7/7 8 9 10/"
    equal "$(joined 3 --join-step 1 s | cut -d / -f 8-)" "8 9 10/"
    equal "$(joined 10 s)$(joined 99 --join-step 1 s)" "1 2 3 4 5 6 7 8 9 10/1 2 3 4 5 6 7 8 9 10/"
    equal "$(joined 2 /dev/null)" ""
    equal "$(berth tokenize --join-lines 4 --join-step 3 --count -f csv --no-header s |
        cut -d , -f 2-6)" $'s,1,4,0,7\ns,4,7,6,13\ns,7,10,12,20'
    cp s s.csv
    equal "$(joined 10 s.csv)" "1 2 3 4 5 6 7 8 9 10/"
    printf 'a\nlong line\nb\nc\nd\ne\n' > s
    run -1 --separate-stderr words --join-lines 2 --join-step 1 --max-record 4 s
    equal "$output" $'!\n!\nb c\nc d\nd e'
    perl -e 'srand 7; print "x" x rand 12, "\n" for 1 .. 300' > s
    for max in 1 9 11 40; do
        perl -e 'chomp(my @l = <STDIN>);
            for (my $i = 0; $i == 0 || $i + 3 < @l; $i += 2) {
                my $end = $i + 4 < @l ? $i + 4 : $#l;
                my $r = join "\n", @l[$i .. $end];
                my $long = length $r > '$max' || grep { length > '$max' } @l[$i .. $end];
                print $i + 1, ",", $end + 1, $long ? ",\n" : ",1\n";
            }' < s > expected
        berth tokenize --quiet --join-lines 5 --join-step 2 --max-record $max --count -f csv --no-header s |
            perl -ne 'my @f = split /,/; print "$f[2],$f[3],", $f[6] =~ /\d/ ? 1 : "", "\n"' > found
        cmp expected found
    done
    perl -e 'print "x" x 500, "\n" for 1 .. 400_000' |
        berth tokenize --quiet --join-lines 1000000 --max-record 1K --stats 2>&1 > /dev/null | tail -n 1 > stats || :
    equal "$(json '$o->{failed} == 1 && $o->{peak_memory} < 1e8 ? "small" : $o->{peak_memory}' < stats)" small
    run -2 words --join-step 2 s
    run -2 words --join-lines 2 --join-step 3 s
    for not in "-i csv --field a" "--field a"; do
        run -2 --separate-stderr words --join-lines 2 $not s.csv
        equal "${stderr_lines[0]}" "berth: --join-lines needs --input lines"
    done
    run -2 words --join-lines 2 -0 s
    run -2 words --join-lines 2 -t a
}
