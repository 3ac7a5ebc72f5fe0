# berth sparse: weights of words, in every format.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    model=$models/bert-uncased
    printf 'the man\nthe hat of the man, [MASK]\n\n' > in
}

# weights FILE - "record id weight" of what jsonl holds, by id.
weights() {
    perl -MJSON::PP -ne '$r = decode_json $_;
        printf "%d %d %s\n", $r->{record}, $r->{indices}[$_], $r->{values}[$_]
            for 0 .. $#{$r->{indices}}' "$1"
}

@test "the numbers are those of sentence-transformers" {
    folder=${BERTH_REFERENCE:-}/golden/families/models/splade
    [ -d "$folder" ] || skip "no $folder"
    perl -MJSON::PP -e 'local $/; $g = decode_json <>;
        print encode_json({text => $_->{text}}), "\n" for @{$g->{texts}};
        open STDERR, ">", "want"; for $i (0 .. $#{$g->{sparse}}) { $s = $g->{sparse}[$i];
            printf STDERR "%d %d %s\n", $i, $s->{token_ids}[$_], $s->{values}[$_]
                for 0 .. $#{$s->{token_ids}} }' "$folder/golden/golden.json" > texts
    berth sparse -m "$folder" -i jsonl --field text -f jsonl --quiet texts > out
    weights out > got
    [ "$(wc -l < got)" -gt 500 ]
    diff <(cut -d ' ' -f 1,2 want) <(cut -d ' ' -f 1,2 got)
    paste -d ' ' want got | awk '{ d = $3 - $6; if (d > 2e-5 || d < -2e-5) { print; bad = 1 } }
        END { exit bad }'
}

@test "text, csv and jsonl hold the same words" {
    berth sparse -m "$model" --quiet -f jsonl in > out
    weights out | sort > ids
    berth sparse -m "$model" --quiet -f tsv --no-header in |
        awk -F '\t' '{ print $1, $3, $5 }' | sort > rows
    diff ids rows
    [ "$(wc -l < ids)" -gt 100 ]
    berth sparse -m "$model" --quiet in > lines
    equal "$(wc -l < lines)" 3
    equal "$(tr ' ' '\n' < lines | grep -c .)" "$(wc -l < ids)"
    equal "$(sed -n 2p lines | cut -d ' ' -f 1)" \
        "$(berth sparse -m "$model" --quiet -f tsv --no-header in | awk -F '\t' '$1 == 1 && $2 == 1 { print $4 ":" $5 }')"
}

@test "the heaviest come first, and -k keeps those" {
    berth sparse -m "$model" --quiet -f tsv --no-header in | cut -f 1,5 > all
    sort -s -k 1,1n -k 2,2gr all | diff all -
    berth sparse -m "$model" --quiet -k 4 in > few
    berth sparse -m "$model" --quiet in | cut -d ' ' -f 1-4 | diff few -
    berth sparse -m "$model" --quiet -k 4 -f jsonl in | weights - > ids
    equal "$(wc -l < ids)" 12
    sort -k 1,1n -k 2,2n ids | diff ids -
}

@test "the same bits for any batch and number of threads" {
    for i in 1 2 3 4 5 6 7 8 9; do sed "s/man/man $i/" in; done > many
    berth sparse -m "$model" --quiet -f jsonl -j 1 --batch-tokens 1 many > one
    berth sparse -m "$model" --quiet -f jsonl -j 2 --batch-tokens 4096 many | cmp - one
    while IFS= read -r line; do
        berth sparse -m "$model" --quiet -f jsonl -t "$line"
    done < many | sed 's/"record":0,//' | diff - <(sed 's/"record":[0-9]*,//' one)
}

@test "a word has the largest of its weights in the windows" {
    text='the man and the man and the the and man man the'
    berth sparse -m "$model" --quiet -f jsonl --max-tokens 8 --overflow window -t "$text" |
        weights - > merged
    berth tokenize -m "$model" --no-special -t "$text" | tr ' ' '\n' > tokens
    [ "$(wc -l < tokens)" -gt 6 ]
    [ "$(wc -l < tokens)" -le 12 ]
    for range in 1,6p '7,12p'; do
        words=$(sed -n "$range" tokens | tr '\n' ' ')
        berth sparse -m "$model" --quiet -f jsonl -t "$words" | weights -
    done | awk '!($2 in w) || $3 > w[$2] { w[$2] = $3 }
        END { for (id in w) print 0, id, w[id] }' | sort -k 2n | diff - merged
}

@test "a folder may ask for sums, or for the logarithm twice" {
    cp -r "$model" splade
    mkdir splade/1_SpladePooling
    class=sentence_transformers.sparse_encoder.models
    printf '[{"type":"%s.MLMTransformer","path":""},{"type":"%s.SpladePooling","path":"1_SpladePooling"}]\n' \
        $class $class > splade/modules.json
    pooling() { printf '%s\n' "$1" > splade/1_SpladePooling/config.json; }
    get() { berth sparse -m splade -f jsonl -t 'the man' | weights -; }

    pooling '{"pooling_strategy":"max","activation_function":"relu"}'
    get > max
    berth sparse -m "$model" --quiet -f jsonl -t 'the man' | weights - | diff - max
    pooling '{"activation_function":"log1p_relu"}'
    get > twice
    paste -d ' ' max twice | awk '{ d = log(1 + $3) - $6; if (d > 1e-6 || d < -1e-6) exit 1 }'
    pooling '{"pooling_strategy":"sum"}'
    get > sum
    equal "$(wc -l < sum)" "$(wc -l < max)"
    paste -d ' ' max sum | awk '$6 < $3 { exit 1 } $6 > $3 * 1.01 { n++ } END { exit n < 10 }'
    for wrong in '{"pooling_strategy":"mean"}' '{"activation_function":"gelu"}' '{"x":1}'; do
        pooling "$wrong"
        run -1 --separate-stderr "$BERTH" sparse -m splade -t a
        [[ $stderr == *"1_SpladePooling/config.json: key '"* ]]
    done
}

@test "commands of dense vectors say what to use" {
    mkdir none
    cp -r "$model" splade
    mkdir splade/1_SpladePooling
    echo '{}' > splade/1_SpladePooling/config.json
    class=sentence_transformers.sparse_encoder.models
    printf '[{"type":"%s.MLMTransformer","path":""},{"type":"%s.SpladePooling","path":"1_SpladePooling"}]\n' \
        $class $class > splade/modules.json
    for command in embed "grep a" "search a" similar dedup; do
        # shellcheck disable=SC2086
        run --separate-stderr "$BERTH" $command -m splade in
        [ "$status" -ne 0 ]
        equal "$stderr" "berth: splade: its vectors are sparse: berth sparse prints them"
    done
    [ "$(berth embed -m splade --pooling mean -t a | wc -w)" -gt 9 ]
    run -1 --separate-stderr "$BERTH" sparse -m "$BATS_TEST_DIRNAME/../data/st-mean-dense-norm" -t a
    [[ $stderr == *"expected a masked-language-model head"* ]]
}
