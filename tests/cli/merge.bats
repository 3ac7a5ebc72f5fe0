#!/usr/bin/env bats
# merge.bats - --merge KEY: the input object comes out whole, with the result in it.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    cat > in.jsonl <<'END'
{ "n": 123456789012345678901, "text":"the cat [MASK]","x":1e400, "y":[1.10,NaN,{"q" : "a,}\"b"}] ,"k":{"old":1}}
{"other":"the hat","text":"a \u0061","t\u00e9":"\ud83d"}
{"x":1}
{"text":5,"k":0,"\u006b":1,"z":-0.0}
{bad
[1]
{}
END
    # How each line begins where the key is "k", which none may have twice.
    cat > begins <<'END'
{"n":123456789012345678901,"text":"the cat [MASK]","x":1e400,"y":[1.10,null,{"q":"a,}\"b"}],"k":
{"other":"the hat","text":"a \u0061","t\u00e9":"\ud83d","k":
{"x":1,"k":
{"text":5,"z":-0.0,"k":
{"k":
{"k":
{"k":
END
}

# merged FILE ARGUMENT... - what a command prints of it is what it prints without
# --merge, between the objects and one more bracket.
merged() {
    local file=$1
    shift
    run "$BERTH" "$@" --quiet -m "${model:-$tiny}" -f jsonl -i jsonl --field text "$file"
    local want=$status
    "$BERTH" "$@" --quiet -m "${model:-$tiny}" -f jsonl -i jsonl --field text \
        "$file" 2> err.plain > plain || true
    run "$BERTH" "$@" --quiet -m "${model:-$tiny}" -i jsonl --field text \
        --merge k "$file"
    equal "$status" "$want"
    "$BERTH" "$@" --quiet -m "${model:-$tiny}" -i jsonl --field text \
        --merge k "$file" 2> err.merged > out || true
    cmp err.plain err.merged
    equal "$(cat out)" "$(paste -d '' "${begins:-begins}" plain | sed 's/$/}/')"
}

@test "the whole object, in every command, failed records too" {
    for command in embed 'embed --tokens' 'embed --vector-type binary' fill-mask \
        'fill-mask --joint' score 'score --tokens' sparse tokenize 'tokenize --count' \
        'attention-dump --layer 0'; do
        merged in.jsonl $command
    done
    printf '{"text":"a\\tb","id":1}\n' > pairs
    printf '{"text":"a\\tb","id":1,"k":\n' > begins
    merged pairs score --choose
    printf '{"text":"2 5 3","id":1}\n' > pairs
    printf '{"text":"2 5 3","id":1,"k":\n' > begins
    merged pairs tokenize --decode
    printf '{"text":"a","id":"man"}\n{"text":"cat","id":"hat"}\n' > pairs
    printf '{"text":"a","id":"man","k":\n{"text":"cat","id":"hat","k":\n' > begins
    merged pairs similar --field id
    merged pairs dedup --threshold 1
    merged pairs embed --vector-type int8
    model=$models/deberta-nli
    merged pairs classify
    merged pairs classify --labels a,b
}

@test "the commands of heads" {
    heads=(bert.pooler.dense.weight=H,H=I bert.pooler.dense.bias=H=0)
    copy_with_head nsp '{"architectures": ["BertForNextSentencePrediction"]}' \
        "${heads[@]}" cls.seq_relationship.weight=2,H=1 cls.seq_relationship.bias=2=0
    copy_with_head one '{"architectures": ["BertForSequenceClassification"],
        "num_labels": 1, "id2label": {"0": "a"}}' "${heads[@]}" \
        classifier.weight=1,H=2,-1 classifier.bias=1=0
    copy_with_head ner '{"architectures": ["BertForTokenClassification"],
        "id2label": {"0": "A", "1": "B"}}' classifier.weight=2,H=1 classifier.bias=2=1,0
    copy_with_head qa '{"architectures": ["BertForQuestionAnswering"]}' \
        qa_outputs.weight=2,H=1,2,-1 qa_outputs.bias=2=0
    printf '{"text":"a","b":"the man","k":1}\n' > in
    printf '{"text":"a","b":"the man","k":\n' > begins
    model=nsp merged in next-sentence --field b
    model=one merged in rerank a
    model=one merged in rerank --pairs --field b
    model=ner merged in tag
    model=qa merged in answer --field b
}

@test "grep and search: the objects that match" {
    printf '{"id":%s,"text":"%s"}\n' 1.50 'the cat' 2 'the hat' 3e400 'a man' > in
    printf '{"id":%s,"text":"%s","k":\n' 1.50 'the cat' 2 'the hat' 3e400 'a man' > begins
    merged in grep --threshold -1 'the cat'
    merged in grep --threshold 1.0 -v 'nothing'
    # Best first, and again from the cache, which has no texts.
    export XDG_CACHE_HOME=$PWD/cache
    for again in 1 2; do
        "$BERTH" search --quiet -m "$tiny" -f jsonl -i jsonl --field text 'the cat' in > plain
        "$BERTH" search --quiet -m "$tiny" -i jsonl --field text --merge k 'the cat' in > out
        while read -r row; do
            line=$(json '$o->{line}' <<< "$row")
            printf '%s%s}\n' "$(sed -n "${line}p" begins)" "$row"
        done < plain | cmp - out
        [ "$(wc -l < out)" = 3 ]
    done
    berth search --quiet -m "$tiny" -i jsonl --field text --hybrid -f jsonl 'a man' in > plain
    berth search --quiet -m "$tiny" -i jsonl --field text --hybrid --merge k 'a man' in > out
    equal "$(head -n 1 out)" "$(sed -n 3p begins)$(head -n 1 plain)}"
    [ "$(valid_jsonl < out; wc -l < out)" = 3 ]
    run -2 "$BERTH" grep -c -i jsonl --field text --merge k a in
}

@test "csv and tsv: the fields as strings" {
    printf 'id,text,"a""b"\n1,the cat,"x,\ny"\n2,b\n3,hat,\n' > in.csv
    run -1 --separate-stderr "$BERTH" tokenize --count -i csv --field text --merge id in.csv
    equal "$output" '{"text":"the cat","a\"b":"x,\ny","id":{"record":0,"n_tokens":4,"truncated":false}}
{"id":{"record":1,"error":"2 fields where the header has 3"}}
{"text":"hat","a\"b":"","id":{"record":2,"n_tokens":3,"truncated":false}}'
    printf '1\ta\\tcat\n2\tb\t3\n' > in.tsv
    equal "$(berth tokenize --count -i tsv --headerless-input --field 2 --merge r in.tsv)" \
        '{"1":"1","2":"a\tcat","r":{"record":0,"n_tokens":4,"truncated":false}}
{"1":"2","2":"b","3":"3","r":{"record":1,"n_tokens":3,"truncated":false}}'
    # Each file has its own header.
    printf 'x,text\n7,the man\n' > other.csv
    equal "$(berth tokenize --count -i csv --field text --merge r in.csv other.csv 2> err | tail -n 1)" \
        '{"x":"7","text":"the man","r":{"record":3,"n_tokens":4,"truncated":false}}'
}

@test "bytes that are not UTF-8 make the record fail: no JSON can hold them" {
    printf '{"text":"a","o":"caf\xe9"}\n{"text":"a","o":1}\n' > in
    run -1 --separate-stderr "$BERTH" tokenize --count -i jsonl --field text --merge k in
    equal "$stderr" 'berth: in:1: the object is not UTF-8'
    equal "$output" '{"k":{"record":0,"error":"the object is not UTF-8"}}
{"text":"a","o":1,"k":{"record":1,"n_tokens":3,"truncated":false}}'
}

@test "with --resume the whole objects are part of the input" {
    perl -e 'print qq({"i":$_.50,"text":"the cat"}\n) for 1 .. 3000' > in
    set -- embed --quiet -m "$tiny" -i jsonl --field text --merge v
    berth "$@" in > want
    berth "$@" -o out --resume in
    cmp out want
}

@test "wrong command lines" {
    while IFS='|' read -r args want; do
        run -2 --separate-stderr "$BERTH" tokenize --merge k $args
        equal "${stderr_lines[0]}" "berth: $want"
    done <<'END'
|--merge needs --input jsonl, csv or tsv, or files of such names
-t a|--merge needs --input jsonl, csv or tsv, or files of such names
-i file in.jsonl|--merge needs --input jsonl, csv or tsv, or files of such names
-i jsonl --field text -f csv in.jsonl|--merge needs --format jsonl
-i jsonl --field text -o out.csv in.jsonl|--merge needs --format jsonl
END
    [ ! -e out.csv ]
}
