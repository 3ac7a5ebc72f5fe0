# berth embed: its options and every format.

load common

st=$models/st-mean-dense-norm

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    printf 'the cat\nand the dog\n' > f
}

# length - the Euclidean length of each line of numbers.
length() {
    awk '{ s = 0; for (i = 1; i <= NF; i++) s += $i * $i
        printf "%.4f\n", sqrt(s) }'
}

@test "every format has the same numbers" {
    berth embed -m "$st" f > text
    equal "$(awk '{ print NF }' text | sort -u)" 20
    berth embed -m "$st" -f csv f > csv
    equal "$(head -n 1 csv | cut -d , -f 1-3,21)" record,v0,v1,v19
    tail -n +2 csv | cut -d , -f 2- | tr , ' ' | cmp - text
    berth embed -m "$st" -f tsv --no-header f | cut -f 2- | tr '\t' ' ' |
        cmp - text
    berth embed -m "$st" -f jsonl f > jsonl
    valid_jsonl < jsonl
    sed 's/.*"embedding":\[//; s/\]}$//' jsonl | tr , ' ' | cmp - text
    equal "$(sed 's/,"embedding.*//' jsonl)" \
        '{"record":0,"n_tokens":5,"truncated":false
{"record":1,"n_tokens":6,"truncated":false'
    berth embed -m "$st" -f f32 f > f32
    tr ' ' '\n' < text | perl -ne 'print pack("f<", $_)' | cmp - f32
    berth embed -m "$st" -f npy f > npy
    equal "$(array_shape < npy)" "2, 20"
    tail -c 160 npy | cmp - f32
    berth embed -m "$st" -f npy -o file.npy f
    cmp file.npy npy
}

@test "npy into a file that is appended to" {
    : > out
    berth embed -m "$st" -f npy f >> out
    berth embed -m "$st" -f npy f | cmp - out
}

@test "--digits" {
    equal "$(berth embed -m "$st" --digits 2 f | tr ' ' '\n' |
        grep -Evc '^-?(0|[1-9]|0\.0*[1-9][0-9]?|[1-9]\.[0-9])(e-[0-9]*)?$')" 0
}

@test "--normalize, --no-normalize, --dim" {
    equal "$(berth embed -m "$st" f | length | sort -u)" 1.0000
    equal "$(berth embed -m "$st" --dim 3 f | length | sort -u)" 1.0000
    equal "$(berth embed -m "$st" --dim 3 f | awk '{ print NF }' | sort -u)" 3
    berth embed -m "$st" --no-normalize f | length | grep -qv 1.0000
    equal "$(berth embed -m "$tiny" --quiet --normalize f | length | sort -u)" \
        1.0000
    run -2 --separate-stderr "$BERTH" embed -m "$st" --dim 21 f
    [[ $stderr == *"--dim: 21, but the vectors have 20 dimensions"* ]]
}

@test "--pooling, --hidden-state and --tokens agree" {
    for layer in 0 1 -1; do
        berth embed -m "$tiny" --tokens --hidden-state $layer f > tokens
        berth embed -m "$tiny" --pooling cls --hidden-state $layer f > cls
        perl -00 -ne 's/\n.*//s; s/^\[CLS\] //; print "$_\n"' tokens | cmp - cls
        berth embed -m "$tiny" --pooling last --hidden-state $layer f > last
        perl -00 -ne '/\[SEP\] (.*)/; print "$1\n"' tokens | cmp - last
        berth embed -m "$tiny" --pooling max --hidden-state $layer f > max
        perl -00 -ne 'my @m; for (split /\n/) { my ($t, @x) = split;
            for (0 .. $#x) { $m[$_] = $x[$_]
                if !defined $m[$_] || $x[$_] > $m[$_] } } print "@m\n"' \
            tokens | cmp - max
    done
    run -2 --separate-stderr "$BERTH" embed -m "$tiny" --hidden-state 9 f
    [[ $stderr == *"--hidden-state: '9' is no list of numbers from 0 to "* ]]
    for p in mean mean-sqrt weighted-mean; do
        equal "$(berth embed -m "$tiny" --pooling $p f | awk '{ print NF }' |
            sort -u)" 32
    done
}

@test "--tokens in every format" {
    berth embed -m "$tiny" --tokens -f csv f > csv
    equal "$(head -n 1 csv | cut -d , -f 1-8)" \
        record,window,position,token,begin,end,v0,v1
    equal "$(cut -d , -f 1-6 csv | sed -n '3p;$p')" $'0,0,1,the,0,3\n1,0,5,[SEP],0,0'
    berth embed -m "$tiny" --tokens -f jsonl f > jsonl
    equal "$(json 'scalar(@{$o->{embeddings}}) . " @{$o->{tokens}} $o->{offsets}[1][1]"' \
        < jsonl | head -n 1)" "5 [CLS] the c ##at [SEP] 3"
    berth embed -m "$tiny" --tokens -f npy -t 'the cat' > npy
    equal "$(array_shape < npy)" "5, 32"
    berth embed -m "$tiny" --tokens -f f32 -t 'the cat' > f32
    tail -c 640 npy | cmp - f32
    grep '^0,' csv | cut -d , -f 7- | tr , '\n' > numbers
    floats < f32 | paste - numbers |
        awk '{ d = $1 - $2; if (d * d > 1e-12) exit 1 }'
}

@test "--tokens in npy and f32 holds one record" {
    for f in npy f32; do
        run -1 --separate-stderr "$BERTH" embed -m "$tiny" --tokens -f $f f
        [[ $stderr == "berth: f:2: this output format holds one record"* ]]
    done
    run -2 "$BERTH" embed --tokens --pooling cls -t a
    run -2 "$BERTH" embed --tokens --normalize -t a
}

@test "failed records: empty in csv, ! in text, NaN in npy and f32" {
    args=(embed -m "$st" --max-tokens 5 --overflow error f)
    run -1 --separate-stderr "$BERTH" "${args[@]}"
    equal "${lines[1]}" "!"
    run -1 --separate-stderr "$BERTH" "${args[@]}" -f csv --no-header
    equal "${lines[1]}" "1,,,,,,,,,,,,,,,,,,,,"
    run -1 --separate-stderr "$BERTH" "${args[@]}" -f jsonl
    equal "${lines[1]}" '{"record":1,"error":"6 tokens; the limit is 5"}'
    "$BERTH" "${args[@]}" -f f32 > f32 || true
    equal "$(floats < f32 | grep -ic nan)" 20
    "$BERTH" "${args[@]}" -f npy > npy || true
    equal "$(array_shape < npy)" "2, 20"
}

@test "windows are merged by their tokens; one window keeps its bits" {
    berth embed -m "$st" --overflow window f > windows
    berth embed -m "$st" f | cmp - windows
    equal "$(berth embed -m "$st" --max-tokens 4 --overflow window \
        --no-normalize -t 'a b c' | awk '{ print NF }')" 20
    # Two windows, [CLS] a b [SEP] and [CLS] c [SEP]: weights 4 and 3.
    berth embed -m "$tiny" --pooling mean -t 'a b' -t c > parts
    berth embed -m "$tiny" --pooling mean --max-tokens 4 --overflow window \
        -t 'a b c' | cat parts - |
        awk '{ for (i = 1; i <= NF; i++) x[NR, i] = $i }
            END { for (i = 1; i <= NF; i++) {
                d = (4 * x[1, i] + 3 * x[2, i]) / 7 - x[3, i]
                if (d * d > 1e-12) exit 1 } }'
}

@test "a model that does not say how to pool: one warning" {
    run -0 --separate-stderr "$BERTH" embed -m "$tiny" f
    equal "${#stderr_lines[@]}" 1
    [[ $stderr == "berth: warning: $tiny does not say how to pool"* ]]
    run -0 --separate-stderr "$BERTH" embed -m "$tiny" --pooling mean f
    equal "$stderr" ""
}

@test "--prefix, --prompt, --no-prompt" {
    cp -r "$st" model
    chmod -R u+w model
    printf '%s' '{"prompts":{"q":"and ","d":"","document":"x"},"default_prompt_name":"q"}' \
        > model/config_sentence_transformers.json
    with=$(berth embed -m "$st" -t 'and the cat')
    without=$(berth embed -m "$st" -t 'the cat')
    equal "$(berth embed -m "$st" --prefix 'and ' -t 'the cat')" "$with"
    equal "$(berth embed -m ./model -t 'the cat')" "$with"
    equal "$(berth embed -m ./model --prompt q -t 'the cat')" "$with"
    equal "$(berth embed -m ./model --no-prompt -t 'the cat')" "$without"
    equal "$(berth embed -m ./model --prompt d -t 'the cat')" "$without"
    run -2 --separate-stderr "$BERTH" embed -m ./model --prompt x -t a
    [[ $stderr == *"no prompt named 'x' among "*d*document* ]]
    run -2 --separate-stderr "$BERTH" embed -m ./model --prompt documents -t a
    [[ $stderr == *"; the nearest is 'document'"* ]]
    run -2 --separate-stderr "$BERTH" embed -m "$st" --prompt x -t a
    equal "${stderr_lines[0]}" "berth: --prompt: the model has no prompt named 'x'"
    run -2 "$BERTH" embed --prompt q --no-prompt -t a
}

@test "--precision and --cpu" {
    for p in f32 f16 bf16; do
        equal "$(berth embed -m "$tiny" --quiet --precision $p f |
            awk '{ print NF }' | sort -u)" 32
    done
    berth embed -m "$tiny" --quiet --cpu scalar f > scalar
    BERTH_CPU=scalar berth embed -m "$tiny" --quiet f | cmp - scalar
    BERTH_CPU=nonsense run -1 "$BERTH" embed -m "$tiny" f
    berth embed -m "$tiny" --quiet f | paste -d ' ' - scalar |
        awk '{ for (i = 1; i <= NF / 2; i++) {
            d = $i - $(i + NF / 2); if (d * d > 1e-9) exit 1 } }'
}

@test "the built-in model: like texts lie closer" {
    berth embed -t 'A cat is sleeping on the sofa.' \
        -t 'A kitten sleeps on the couch.' -t 'Stock prices fell sharply.' |
        awk '{ for (i = 1; i <= NF; i++) x[NR, i] = $i }
            END { for (i = 1; i <= NF; i++) {
                a += x[1, i] * x[2, i]; b += x[1, i] * x[3, i] }
                exit !(a > b + 0.1) }'
}

@test "--precision: every form gives a vector, 8 bits the same in any batch" {
    local p
    for p in f32 f16 bf16 int8; do
        run -0 --separate-stderr "$BERTH" embed --precision "$p" -t 'A cat.'
        [ "$(wc -w <<< "$output")" -eq 384 ]
    done
    printf 'A cat.\nA much longer line about something else.\n' > "$BATS_TEST_TMPDIR/two"
    "$BERTH" embed --precision int8 "$BATS_TEST_TMPDIR/two" > "$BATS_TEST_TMPDIR/both"
    "$BERTH" embed --precision int8 -j 1 -t 'A cat.' > "$BATS_TEST_TMPDIR/one"
    cmp <(head -n 1 "$BATS_TEST_TMPDIR/both") "$BATS_TEST_TMPDIR/one"
    run -2 --separate-stderr "$BERTH" embed --precision int4 -t x
}

@test "--ignore: each line of a text by itself, past a NUL and without an end" {
    e() { berth embed -m "$tiny" --quiet -f f32 "$@"; }
    printf '09:14 the cat\n09:15 sat\n' > two
    e -i file --ignore '^[0-9:]+ ' two | cmp - <(e -t 'the cat sat')
    printf '1 the cat\0002 sat' | e --ignore '^[0-9]' | cmp - <(e -t 'the cat sat')
    e --ignore 'x*' --ignore '$' -t 'the cat' | cmp - <(e -t 'the cat')
    e --ignore '.$' -t 'the cat1' | cmp - <(e -t 'the cat')
    run -2 "$BERTH" embed --tokens --ignore x -t x
    [[ ${lines[0]} == "berth: --ignore does not go with --tokens"* ]]
}
