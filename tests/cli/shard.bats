# --shard K/N: the parts, one after another, are what one run prints.

load common

setup() {
    cd "$BATS_TEST_TMPDIR"
    perl -e 'my @w = ("the", "cat", "sat", "on", "mat", "caf\xc3\xa9", "\xe7\x8c\xab");
        srand 1; print join(" ", map { $w[rand @w] } 1 .. rand 9), "\n" for 1 .. 300' >in
    printf 'no\r\nline\r\n\r\nfeed at the end' >more
    : >empty
    perl -e 'print "the cat " x 3000, "\nsat\n"' >long
}

# parts N ARGUMENT... - the output of all N, in the file "got".
parts() {
    local n=$1 k
    shift
    : >got
    for k in $(seq "$n"); do
        "$BERTH" "$@" --shard "$k/$n" >>got 2>err || cat err
    done
}

# same N ARGUMENT... - that is what one run prints.
same() {
    "$BERTH" "${@:2}" >want 2>err || cat err
    parts "$@"
    cmp got want
}

@test "in every format of the output" {
    for n in 1 2 3 7; do
        for format in text csv tsv jsonl; do
            same $n tokenize -m "$tiny" -f $format in more empty long in
            same $n embed --pooling mean -m "$tiny" -f $format in more
        done
        same $n embed --pooling mean -m "$tiny" -f f32 -j 2 in more
    done
    [ "$(wc -c <got)" -gt 10000 ]
}

@test "more parts than records, than bytes, than files; nothing at all" {
    same 40 tokenize -m "$tiny" -f csv more empty
    same 40 tokenize -m "$tiny" -f jsonl -i file more empty empty more empty
    same 3 tokenize -m "$tiny" -f csv empty
    [ "$(cat got)" = "record,position,id,token,type,begin,end" ]
    same 3 tokenize -m "$tiny" -f jsonl -i file empty
    [ "$(wc -l <got)" -eq 1 ]
}

@test "in every format of the input" {
    perl -ne 'BEGIN { print "i,t\n" } chomp; print "$.,\"$_\n\"\"$.\"\" x\"\n"' in >in.csv
    perl -ne 'BEGIN { print "i\tt\n" } chomp; print "$.\t$_\n"; print "\n" if $. % 5 == 0' in >in.tsv
    perl -ne 'chomp; print qq({"i":$.,"t":"$_\\n$."}\n); print "\n" if $. % 5 == 0' in >in.jsonl
    perl -ne 'BEGIN { print "[" } chomp; print $. > 1 ? "," : "", qq({"i":$.,\n"t":"$_"}); END { print "]" }' in >in.json
    gzip -k in in.csv
    tr '\n' '\0' <in >null
    { printf '\xff\xfe'; iconv -f UTF-8 -t UTF-16LE in; } >wide
    for n in 2 5; do
        same $n tokenize -m "$tiny" -f csv --field t --id i in.csv in.tsv in.jsonl in.json in.csv.gz
        same $n tokenize -m "$tiny" -f csv -i lines in.csv in.gz wide in
        same $n tokenize -m "$tiny" -f csv -0 null null
        same $n tokenize -m "$tiny" -f csv -i paragraph in.tsv in.jsonl
        same $n tokenize -m "$tiny" -f csv --join-lines 4 --join-step 3 in more
        same $n tokenize -m "$tiny" -f jsonl --merge tokens --field t in.jsonl
    done
    [ "$(wc -l <want)" -gt 250 ]
}

@test "in every command that prints a record by itself" {
    sed 's/$/ [MASK]/' in | head -n 40 >masks
    paste in in | head -n 40 >pairs
    head -n 40 in >few
    same 3 fill-mask -m "$tiny" -f csv masks
    same 3 fill-mask -m "$tiny" masks
    same 3 score -m "$tiny" -f csv --tokens few
    same 3 sparse -m "$tiny" -f jsonl few
    same 3 similar -m "$tiny" -f csv pairs
    same 3 attention-dump -m "$tiny" -f csv --layer 0 --head 0 few
    same 3 attention-dump -m "$tiny" -f csv --wide --layer 0 --head 0 few
    same 3 attention-dump -m "$tiny" --layer 0 --head 0 few
    same 3 classify -m "$models/deberta-nli" -f csv -k 0 few
    same 3 classify -m "$models/deberta-nli" -f csv --wide few
    same 3 embed --pooling mean -m "$tiny" -f csv --tokens few
}

@test "a failed record and a warning name the line of the file" {
    sed -i '250s/.*/'"$(printf 'the %.0s' {1..80})"'/' in
    run --separate-stderr "$BERTH" score -m "$tiny" --quiet -f csv --max-tokens 40 --shard 3/3 more in
    [ "$status" -eq 1 ]
    [ "$stderr" = "berth: in:250: 82 tokens; the limit is 40" ]
    [ "${lines[0]%%,*}" -gt 200 ]
    run --separate-stderr "$BERTH" embed --pooling mean -m "$tiny" --max-tokens 40 --shard 3/3 more in
    [ "$status" -eq 0 ]
    [[ "$stderr" == *"the first at in:250 (82 tokens)"* ]]
}

@test "an array for each part" {
    "$BERTH" embed --pooling mean -m "$tiny" -f f32 in >want
    for k in 1 2 3; do
        "$BERTH" embed --pooling mean -m "$tiny" -o $k.npy --shard $k/3 in
        tail -c +129 $k.npy
    done >got
    cmp got want
}

@test "what cannot be cut is refused" {
    refused() {
        run --separate-stderr "$BERTH" "${@:2}" --quiet
        equal "${stderr_lines[0]}" "berth: $1"
        [ "$output" = "" ]
    }
    mkfifo pipe
    copy_with_head ranker '{"architectures": ["BertForSequenceClassification"],
        "num_labels": 1, "id2label": {"0": "LABEL_0"}}' \
        bert.pooler.dense.weight=H,H=I bert.pooler.dense.bias=H=0 \
        classifier.weight=1,H=1 classifier.bias=1=0
    one="standard input cannot be read twice"
    refused "--shard needs files: $one" embed -m "$tiny" --shard 1/2
    [ "$status" -eq 2 ]
    refused "--shard needs files: $one" embed -m "$tiny" --shard 1/2 in -
    refused "--text does not go with --shard" embed -m "$tiny" --shard 1/2 -t a
    for word in 0/2 3/2 1 1/ /2 1/2/3 a/b -1/2 '1 /2' 1/0 1/1000000001; do
        refused "--shard: '$word' is not K/N, the K-th of N parts, as 1/8, with N from 1 to 1000000000" embed -m "$tiny" --shard "$word" in
        [ "$status" -eq 2 ]
    done
    refused "pipe: --shard needs ordinary files, which can be read twice" embed -m "$tiny" --shard 1/2 in pipe
    [ "$status" -eq 1 ]
    for name in /dev/stdin /dev/fd/0; do
        refused "$name: --shard needs ordinary files, which can be read twice" embed -m "$tiny" --shard 1/2 $name <in
    done
    refused "none: No such file or directory" embed -m "$tiny" --shard 1/2 none in
    head -c 1000 /dev/urandom | gzip | head -c 500 >cut.gz
    refused "cut.gz: gzip data ends early" embed -m "$tiny" --shard 2/2 in cut.gz
    printf '\xff\xfe\0\0a\0\0\0' >utf32
    refused "utf32: this is UTF-32 text: pipe it through 'iconv -f UTF-32 -t UTF-8'" embed -m "$tiny" --shard 1/2 in utf32
    refused "--shard: the ranges of int8 and uint8 are known at the end: give --ranges FILE" \
        embed --pooling mean -m "$tiny" --vector-type int8 --shard 1/2 in
    refused "--shard: rerank prints once it knows all texts: take --pairs" \
        rerank -m ranker --shard 1/2 cat in
    refused "--shard: pictures follow the terminal: take csv or jsonl" \
        attention-dump -m "$tiny" -f heat --shard 1/2 in
    refused "--shard: npz has its directory at the end: take f32 or jsonl" \
        attention-dump -m "$tiny" -f npz -o out --shard 1/2 in
}

@test "--resume goes on in the same part only" {
    # The end of the file is missing, and comes later.
    perl -ne 'chomp; print $. > 1 ? "," : "[", qq("$_"); END { print "x" }' in >in.json
    run --separate-stderr "$BERTH" tokenize -m "$tiny" -f csv -o out --resume --shard 3/3 in.json
    [ "$status" -eq 1 ]
    [ "$(wc -l <out.part.state)" -gt 1 ]
    sed -i 's/x$/]/' in.json
    run --separate-stderr "$BERTH" tokenize -m "$tiny" -f csv -o out --resume --shard 2/3 in.json
    [ "$status" -eq 1 ]
    [[ "$stderr" == *'differs in --shard: expected "3/3", found "2/3"; '* ]]
    "$BERTH" tokenize -m "$tiny" -f csv -o out --resume --shard 3/3 in.json
    "$BERTH" tokenize -m "$tiny" -f csv in.json | tail -n "$(wc -l <out)" | cmp - out
}

@test "--resume does not go on where the files are cut elsewhere now" {
    perl -ne 'chomp; print $. > 1 ? "," : "[", qq("$_"); END { print "x" }' in >in.json
    run ! "$BERTH" tokenize -m "$tiny" -f csv -o out --resume --shard 2/2 in.json
    [ "$(wc -l <out.part.state)" -gt 1 ]
    cp out.part before
    old=$(stat -c %s in.json)
    sed -i 's/x$/,"more"]/' in.json
    new=$(stat -c %s in.json)
    run -1 --separate-stderr "$BERTH" tokenize -m "$tiny" -f csv -o out --resume --shard 2/2 in.json
    equal "$stderr" "berth: out.part: the run that was broken off differs in the bytes of --shard: \
expected \"$((old / 2))-$old of $old\", found \"$((new / 2))-$new of $new\"; \
run it as it was, or remove this file and out.part.state"
    cmp out.part before
    [ ! -e out ]
}
