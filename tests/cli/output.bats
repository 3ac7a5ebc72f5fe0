# Writing: files, devices, errors.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

@test "/dev/full: exit 1 and one message, in every format" {
    [ -e /dev/full ] || skip "no /dev/full"
    for args in 'embed -f text' 'embed -f csv' 'embed -f jsonl' 'embed -f npy' \
        'embed -f f32' 'fill-mask -f csv' 'tokenize -f jsonl' 'info' \
        'attention-dump -f npz' 'attention-dump -f npy' 'attention-dump'; do
        input="a [MASK]"
        run -1 bash -c "printf '%s\n' '$input' |
            \"\$BERTH\" $args --quiet -m '$tiny' > /dev/full"
        equal "$output" "berth: standard output: No space left on device"
    done
}

@test "a closed pipe ends silently; where SIGPIPE is ignored, exit 1" {
    seq 100000 > many
    run -0 bash -c '"$BERTH" tokenize many | head -n 1;
        [ "${PIPESTATUS[0]}" = 141 ]'
    equal "$output" "[CLS] 1 [SEP]"
    run -0 --separate-stderr bash -c 'trap "" PIPE;
        "$BERTH" tokenize many | head -n 1; [ "${PIPESTATUS[0]}" = 1 ]'
    equal "$stderr" "berth: standard output: Broken pipe"
}

@test "-o: the name says the format, unless --format does" {
    while read -r name format; do
        berth embed --quiet -m "$tiny" -o "$name" -t 'a cat'
        berth embed --quiet -m "$tiny" -f "$format" -t 'a cat' | cmp - "$name"
    done <<'END'
x.txt text
x.csv csv
x.tsv tsv
x.jsonl jsonl
x.ndjson jsonl
x.json jsonl
x.npy npy
x.f32 f32
./X.CSV csv
x.csv.txt text
x.log text
.csv text
csv text
END
    berth attention-dump --quiet -m "$tiny" -o x.npz -t 'a cat'
    equal "$(head -c 2 x.npz)" PK
    berth embed --quiet -m "$tiny" -f text -o x.npy -t 'a cat'
    berth embed --quiet -m "$tiny" -t 'a cat' | cmp - x.npy
    berth info -o x.jsonl && valid_jsonl < x.jsonl
    # --resume goes on with what the same name says.
    berth embed --quiet -m "$tiny" --resume -i lines -o r.csv x.csv
    equal "$(head -n 1 r.csv | cut -c 1-9)" record,v0
}

@test "-o: a format that the command does not have is refused by name" {
    while read -r name format has command; do
        run -2 --separate-stderr "$BERTH" $command -o "$name"
        equal "${stderr_lines[0]}" "berth: --output $name: ${command%% *} does not write $format; give --format $has"
        [ ! -e "$name" ]
    done <<'END'
x.npy npy text|csv|tsv|jsonl score -t a
x.csv csv text|jsonl info
x.parquet parquet text|csv|tsv|jsonl score -t a
x.csv.gz gzip text|csv|tsv|jsonl score -t a
x.npz npz text|csv|tsv|jsonl tokenize -t a
x.html html text|csv|tsv|jsonl score -t a
END
}

@test "-o: written whole, refused when it is an input" {
    printf 'a\n' > in
    berth tokenize -o out in
    equal "$(cat out)" "[CLS] a [SEP]"
    run -2 "$BERTH" tokenize -o in in
    run -2 bash -c '"$BERTH" tokenize -o in < in'
    equal "$(cat in)" a
    run -1 "$BERTH" tokenize -o missing/out in
    berth tokenize -o - in | cmp - out
}

@test "-o: a model that cannot be opened leaves the old file" {
    echo old > out
    run -1 "$BERTH" embed -m ./nothing -o out -t a
    equal "$(cat out)" old
}

@test "a closed standard output is an error" {
    run -1 bash -c '"$BERTH" tokenize -t a >&-'
}

@test "empty input: a header in csv, no row; an empty array in npy" {
    equal "$(berth tokenize -f csv </dev/null)" \
        "record,position,id,token,type,begin,end"
    equal "$(berth tokenize -f csv --no-header </dev/null)" ""
    equal "$(berth embed </dev/null)" ""
    equal "$(berth embed -f jsonl </dev/null)" ""
    equal "$(berth embed -f npy </dev/null | array_shape)" "0, 384"
    equal "$(berth embed -f f32 </dev/null | wc -c | tr -d ' ')" 0
    equal "$(berth attention-dump -f npz </dev/null | wc -c | tr -d ' ')" 22
}

@test "the locale does not matter" {
    for l in C de_DE.UTF-8 tr_TR.UTF-8; do
        LC_ALL=$l berth embed -t 'I am' > "out.$l"
        cmp "out.$l" out.C
    done
}

@test "any bytes in a field: csv, tsv and back, and JSON that is valid" {
    perl -e 'srand 3; binmode STDOUT; print "id,text\n"; for (1 .. 300) {
        my $s = join "", map { (",", "\"", "\n", "\r", "\t", "\\", "n", "t", " ",
            "\xc3\xa9", "\0", "\x85", "\xff", "\\t", "\x1b")[rand 15] } 1 .. rand 12;
        $s =~ s/"/""/g; print "\"$s\",a\n" }' > random
    count() { "$BERTH" tokenize -m "$tiny" --count --id id "$@"; }
    count -i csv --field text -f csv random > want
    count -i csv --field text -f tsv random > tsv
    equal "$(wc -l < tsv)" 301
    count -i tsv --field n_tokens -f csv tsv | cmp - want
    count -i csv --field text -f jsonl random > jsonl
    equal "$(wc -l < jsonl)" 300
    valid_jsonl < jsonl
}
