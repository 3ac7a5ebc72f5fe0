# berth classify.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    nli=$models/deberta-nli
}

# biased DIR LABELS BIAS [JSON] - a model that says the same of each text: the
# logits BIAS, for labels with commas between.
biased() {
    local n keys
    n=$(perl -e 'print 1 + $ARGV[0] =~ tr/,//' "$2")
    keys=$(perl -e 'my $i = 0;
        print join ", ", map { sprintf "\"%d\": \"%s\"", $i++, $_ } split /,/, $ARGV[0]' "$2")
    copy_with_head "$1" '{"architectures": ["BertForSequenceClassification"],
        "id2label": {'"$keys"'}'"${4:+, $4}"'}' \
        bert.pooler.dense.weight=H,H=0 bert.pooler.dense.bias=H=0 \
        "classifier.weight=$n,H=0" "classifier.bias=$n=$3"
}

# rounded - standard input with five digits of each fraction.
rounded() {
    perl -pe 's/-?\d+\.\d+(e-?\d+)?/sprintf "%.5f", $&/ge'
}

# same_labels WANT GOT - two lists of labels and scores, as JSON: the labels must be
# the same, and the scores within 1e-5.
same_labels() {
    perl -MJSON::PP -e 'my ($want, $got) = map { decode_json($_) } @ARGV;
        @$want == @$got or die "found " . @$got . " labels, not " . @$want . "\n";
        for (0 .. $#$want) {
            $want->[$_]{label} eq $got->[$_]{label} or
                die "label $_: found $got->[$_]{label}, not $want->[$_]{label}\n";
            abs($want->[$_]{score} - $got->[$_]{score}) <= 1e-5 or
                die "$got->[$_]{label}: found $got->[$_]{score}, not $want->[$_]{score}\n";
        }' "$1" "$2"
}

# families - folders of other families with this head.
families() {
    [ -z "${BERTH_REFERENCE:-}" ] || echo "$BERTH_REFERENCE"/golden/families/models/{albert,distilbert,electra,mpnet,roberta}-classify
}

# entailment MODEL - which of its logits counts for that: the first one, or the last.
entailment() {
    if [ "$1" = "$nli" ]; then echo 0; else echo -1; fi
}

@test "one line a record: the best label and its score" {
    biased m no,yes,maybe 0,1,0.5
    printf 'a cat\n\nthe mat\n' > in
    equal "$(berth classify -m m in | rounded)" "$(printf 'yes\t0.50648\n%.0s' 1 2 3)"
    equal "$(berth classify -m m -k 2 in | rounded | head -n 3)" \
        $'yes\t0.50648\nmaybe\t0.30720'
    equal "$(berth classify -m m -k 0 -t a | rounded)" \
        $'yes\t0.50648\nmaybe\t0.30720\nno\t0.18632'
    equal "$(berth classify -m m -k 2 in | wc -l | tr -d ' ')" 9
    equal "$(berth classify -m m -k 1 in | wc -l | tr -d ' ')" 3
}

@test "csv and tsv by rank, or a column for each label; jsonl" {
    biased m 'no,a\"b,maybe' 0,1,0.5
    printf 'id,text\n7,a cat\n' > in.csv
    from() { berth classify -m m -i csv --field text --id id "$@" in.csv | rounded; }
    equal "$(from -f csv -k 2)" $'record,id,rank,label,score
0,7,1,"a""b",0.50648\n0,7,2,maybe,0.30720'
    equal "$(from -f tsv)" $'record\tid\trank\tlabel\tscore\n0\t7\t1\ta"b\t0.50648'
    equal "$(from -f csv --wide)" \
        $'record,id,no,"a""b",maybe\n0,7,0.18632,0.50648,0.30720'
    equal "$(from -f tsv --wide --no-header)" $'0\t7\t0.18632\t0.50648\t0.30720'
    equal "$(from -f jsonl -k 2)" '{"record":0,"id":{"id":"7"},"n_tokens":5,"truncated":false,"labels":[{"label":"a\"b","score":0.50648},{"label":"maybe","score":0.30720}],"logits":[0,1,0.50000]}'
}

@test "scores as the model says, or as asked for" {
    biased one good 1
    biased grade grade 1 '"problem_type": "regression"'
    biased many a,b 0,1 '"problem_type": "multi_label_classification"'
    biased single a,b 0,1 '"problem_type": "single_label_classification"'
    of() { berth classify -k 0 -t a -m "$@" | rounded | grep . | tr '\n' ' '; }
    equal "$(of one)" $'good\t0.73106 '
    equal "$(of grade)" $'grade\t1 '
    equal "$(of many)" $'b\t0.73106 a\t0.50000 '
    equal "$(of single)" $'b\t0.73106 a\t0.26894 '
    equal "$(of many --scores softmax)" "$(of single)"
    equal "$(of single --scores sigmoid)" "$(of many)"
    equal "$(of single --scores none)" $'b\t1 a\t0 '
}

@test "equal scores: the first label first; far ones do not overflow" {
    biased equal a,b,c,d 1,2,2,1
    equal "$(berth classify -m equal -k 0 -t a | cut -f 1 | tr '\n' ' ')" 'b c a d  '
    biased far a,b,c -1000,1000,999
    equal "$(berth classify -m far -k 0 -t a | rounded | tr '\n' ' ')" \
        $'b\t0.73106 c\t0.26894 a\t0  '
    biased many a,b 1000,-1000 '"problem_type": "multi_label_classification"'
    equal "$(berth classify -m many -k 0 -t a | tr '\n' ' ')" $'a\t1 b\t0  '
}

@test "failed records keep their place" {
    biased m no,yes 0,1
    printf 'a cat\nthe cat sat on the mat\na\n' > in
    for f in text csv tsv jsonl; do
        run -1 --separate-stderr berth classify -m m -f $f --no-header \
            --max-tokens 5 --overflow error in
        equal "${#lines[@]}" 3
        [[ $stderr == "berth: in:2: "*" tokens; the limit is 5"* ]]
    done
    run -1 --separate-stderr berth classify -m m -f csv --wide --max-tokens 5 \
        --overflow error in
    equal "${lines[2]}" 1,,
    run -1 --separate-stderr berth classify -m m -k 0 --max-tokens 5 \
        --overflow error in
    equal "${lines[2]}" '!'
}

@test "a head that gives no number makes the record fail" {
    biased m no,yes nan,1
    run -1 --separate-stderr berth classify -m m -f csv -t a
    equal "${lines[1]}" 0,,,
    [[ $stderr == *"-t:1: "* ]]
}

# What each pooling comes to is worked out here from the tokens' states:
# classifier(gelu(dense(x))), with the identity for dense.
@test "classifier_pooling: of the first token, of the mean, or the mean of all" {
    [ -n "${BERTH_REFERENCE:-}" ] || skip "BERTH_REFERENCE is not set"
    eurobert=$BERTH_REFERENCE/golden/families/models/eurobert-mlm
    "$BERTH" embed -m "$eurobert" --tokens -f jsonl -t 'The sun shines.' > states
    for pooling in bos mean late; do
        rm -rf m
        cp -r "$eurobert" m
        chmod -R u+w m
        perl "$BATS_TEST_DIRNAME/add_head.pl" m '{"architectures": [],
            "classifier_pooling": "'$pooling'"}' dense.weight=H,H=I dense.bias=H=0 \
            classifier.weight=2,H=0.5,-0.25,1 classifier.bias=2=0,1
        equal "$(berth classify -m m -f jsonl -t 'The sun shines.' |
            json 'join " ", map { sprintf "%.4f", $_ } @{$o->{logits}}')" \
            "$(perl -MJSON::PP -MPOSIX=erf -e 'my $x = decode_json(<STDIN>)->{embeddings};
                sub mean { my @v = @_; [map { my $i = $_; my $s = 0;
                    $s += $_->[$i] for @v; $s / @v } 0 .. $#{$v[0]}] }
                sub say_of { my ($v) = @_; my @l = (0, 1); my $n = @$v;
                    for my $i (0 .. $n - 1) {
                        my $g = $v->[$i] / 2 * (1 + erf($v->[$i] / sqrt 2));
                        $l[$_] += $g * (0.5, -0.25, 1)[($_ * $n + $i) % 3] for 0, 1
                    } \@l }
                my $l = $ARGV[0] eq "bos" ? say_of($x->[0]) : $ARGV[0] eq "mean" ?
                    say_of(mean(@$x)) : mean(map { say_of($_) } @$x);
                print join " ", map { sprintf "%.4f", $_ } @$l' $pooling < states)"
    done
    perl -pi -e 's/"late"/"sum"/' m/config.json
    run -1 --separate-stderr berth classify -m m -t a
    [[ $stderr == *"key 'classifier_pooling': expected cls, bos, mean or late, found \
\"sum\", which is not supported" ]]
}

@test "pairs are one sequence; the texts of one are not those of the other" {
    printf 'The sun shines.\tIt is warm.\nIt is warm.\tThe sun shines.\n' > pairs
    berth classify -m "$nli" --pair -f jsonl -k 0 pairs > out
    equal "$(json 'scalar @{$o->{labels}}' < out)" $'3\n3'
    run ! cmp -s <(json '@{$o->{logits}}' < out | head -n 1) \
        <(json '@{$o->{logits}}' < out | tail -n 1)
    printf '{"a":"The sun shines.","b":"It is warm."}\n' > in
    equal "$(berth classify -m "$nli" -i jsonl --field a --field b -f jsonl -k 0 in)" \
        "$(head -n 1 out)"
}

@test "labels and scores of the text-classification pipeline" {
    folders=$nli
    [ -z "${BERTH_REFERENCE:-}" ] ||
        folders+=" $(echo "$BERTH_REFERENCE"/golden/models/bert-c* \
            "$BERTH_REFERENCE"/golden/families/models/*-{classify,multilabel,regression})"
    for folder in $folders; do
        perl -MJSON::PP -0777 -e 'for (@{decode_json(<STDIN>)->{texts}}) {
            my $all = $_->{pipeline_text_classification_all} or next;
            print encode_json({text => $_->{text},
                defined $_->{pair} ? (pair => $_->{pair}) : ()}), "\n";
            print STDERR encode_json($all), "\n" }' \
            < "$folder/golden/golden.json" > texts 2> want
        [ -s want ]
        # Single texts and pairs, each asked for as itself.
        while IFS= read -r line; do
            fields='--field text'
            [[ $line != *'"pair":'* ]] || fields+=' --field pair'
            # shellcheck disable=SC2086
            printf '%s\n' "$line" | berth classify -m "$folder" -k 0 -f jsonl \
                -i jsonl $fields | json 'JSON::PP->new->encode($o->{labels})'
        done < texts > got
        paste -d '\n' want got | while IFS= read -r a && IFS= read -r b; do
            same_labels "$a" "$b" || { echo "$folder"; exit 1; }
        done
    done
}

@test "labels and scores of the zero-shot pipeline" {
    perl -MJSON::PP -0777 -e 'for (@{decode_json(<STDIN>)->{zero_shot}}) {
        my $o = $_->{options};
        my $given = join ",", @{$_->{given}};
        print join("\t", $_->{sequence}, $given, $o->{multi_label} ? 1 : 0,
            $o->{hypothesis_template} // "This example is {}."), "\n";
        my $z = $_;
        print STDERR encode_json([map +{label => $z->{labels}[$_],
            score => $z->{scores}[$_]}, 0 .. $#{$z->{labels}}]), "\n" }' \
        < "$nli/golden/golden.json" > asked 2> want
    while IFS=$'\t' read -r text labels multi template; do
        options=()
        [ "$multi" -eq 0 ] || options=(--multi-label)
        berth classify -m "$nli" -k 0 -f jsonl --labels "$labels" \
            --template "$template" "${options[@]}" -t "$text" |
            json 'JSON::PP->new->encode($o->{labels})'
    done < asked > got
    equal "$(wc -l < got | tr -d ' ')" 3
    paste -d '\n' want got | while IFS= read -r a && IFS= read -r b; do
        same_labels "$a" "$b" || exit 1
    done
}

@test "a label is a hypothesis behind the text, and the text alone is cut" {
    printf '%s\n' 'The sun shines.' '' \
        "$(printf 'The sun shines and the day is long. %.0s' {1..20})" > in
    sed 's/$/\tIt is warm./' in > pairs
    for model in $nli $(families); do
        equal "$(berth classify -m "$model" --labels cold,warm --template 'It is {}.' \
            -f jsonl in 2> warnings | json '$o->{logits}[1]')" \
            "$(berth classify -m "$model" --pair --truncate first -f jsonl pairs \
                2> /dev/null | json '$o->{logits}['"$(entailment "$model")"']')"
        grep -q '1 text was cut' warnings
    done
    equal "$(berth classify --quiet -m "$nli" --labels warm,cold -f jsonl in |
        json '$o->{truncated} ? 1 : 0')" $'0\n0\n1'
    run -1 --separate-stderr berth classify -m "$nli" --labels warm,cold \
        --overflow error in
    [[ $stderr == *"in:3: "*" tokens with the label 'warm'; the limit is 64"* ]]
    run -1 --separate-stderr berth classify -m "$nli" --max-tokens 8 -t 'The sun' \
        --labels 'a label that leaves no room at all'
    [[ $stderr == *"tokens with the label 'a label that"*"; the limit is 8"* ]]
}

@test "labels from a file, and blanks around them" {
    printf ' urgent \r\n\nnot urgent\n' > labels
    equal "$(berth classify -m "$nli" --labels-from labels -f csv --wide -t a)" \
        "$(berth classify -m "$nli" --labels ' urgent,, not urgent,' -f csv --wide -t a)"
    equal "$(berth classify -m "$nli" --labels-from labels -f csv --wide -t a |
        head -n 1)" 'record,urgent,not urgent'
    run -1 --separate-stderr berth classify -m "$nli" --labels-from none -t a
    equal "$stderr" 'berth: none: No such file or directory'
    : > empty
    run -2 --separate-stderr berth classify -m "$nli" --labels-from empty -t a
    [[ $stderr == "berth: empty: expected labels, found none"* ]]
}

@test "labels that score the same: the last first, as numpy sorts" {
    biased m contradiction,entailment 0,1
    equal "$(berth classify -m m --labels a,b,c -k 0 -t x | cut -f 1 | tr '\n' ' ')" \
        'c b a  '
}

@test "without an entailment the last label is one, and a warning says so" {
    biased m no,yes 0,1
    run -0 --separate-stderr berth classify -m m --labels warm -t a
    equal "$stderr" "berth: warning: m: no label begins with 'entail': taking the \
last one, 'yes', for the entailment"
    equal "$(rounded <<< "$output")" $'warm\t0.73106'
}

@test "windows: the mean of their logits, weighted by tokens" {
    text=$(printf 'The sun shines and the day is long. %.0s' {1..8})
    berth classify -m "$nli" --overflow window --overlap 3 -f jsonl -t "$text" > out
    equal "$(json '$o->{truncated} ? 1 : 0' < out)" 0
    run ! cmp -s out <(berth classify -m "$nli" --quiet -f jsonl -t "$text")
    run -0 --separate-stderr berth classify -m "$nli" --overflow window -f jsonl -t a
    equal "$output" "$(berth classify -m "$nli" -f jsonl -t a)"
}

@test "the same bits for any batch and number of threads; int8 works" {
    yes 'The sun shines and the day is long.' | awk '{ print substr($0, 1, NR) }' |
        head -n 30 > in
    for o in '' '--labels warm,cold,long'; do
        # shellcheck disable=SC2086
        berth classify -m "$nli" $o -f jsonl -k 0 -j 1 in > one
        # shellcheck disable=SC2086
        cmp one <(berth classify -m "$nli" $o -f jsonl -k 0 -j 3 --batch-tokens 64 in)
        # shellcheck disable=SC2086
        while IFS= read -r line; do
            berth classify -m "$nli" $o -f jsonl -k 0 -t "$line" | cut -d , -f 2-
        done < in | cmp <(cut -d , -f 2- one) -
        # shellcheck disable=SC2086
        berth classify -m "$nli" $o --precision int8 in | wc -l | grep -qx ' *30'
    done
}

@test "--hide-head and --hide-token hide" {
    of() { berth classify -m "$nli" -f jsonl "$@" -t 'The sun shines.'; }
    run ! cmp -s <(of) <(of --hide-head 0.0)
    run ! cmp -s <(of) <(of --hide-token 2)
    run ! cmp -s <(of --labels warm) <(of --labels warm --hide-token 2)
}

@test "--resume continues; another list of labels is refused" {
    yes 'The sun shines.' | head -n 40 > in
    printf 'warm\ncold\n' > labels
    berth classify -m "$nli" --labels-from labels -f csv in > whole
    berth classify -m "$nli" --labels-from labels -f csv --resume -o out in
    cmp whole out
}

@test "options that do not go together" {
    refused() { run -2 --separate-stderr berth classify -m "$nli" -t a "$@"; }
    refused --wide
    [[ $stderr == "berth: --wide needs --format csv or tsv"* ]]
    refused --wide -f csv -k 3
    refused --labels a --labels-from b
    refused --template 'a {}'
    [[ $stderr == "berth: --template needs --labels"* ]]
    refused --multi-label
    refused --labels a --template 'no place'
    [[ $stderr == "berth: --template: expected one {}, where the label goes"* ]]
    refused --labels a --template '{} {}'
    refused --labels a --scores none
    refused --labels a --pair
    refused --labels a --overflow window
    refused --labels ' , '
    [[ $stderr == "berth: --labels: expected labels, found none"* ]]
    refused --overlap 3
}

@test "a model without the head says what it has" {
    run -1 --separate-stderr berth classify -m "$tiny" -t a
    [[ $stderr == *"expected a sequence-classification head (tensor \
'bert.pooler.dense.weight'), found none; it has masked-language-model (berth fill-mask)" ]]
    copy_with_head ner '{"architectures": ["BertForTokenClassification"]}' \
        bert.pooler.dense.weight=H,H=0 bert.pooler.dense.bias=H=0 \
        classifier.weight=2,H=0 classifier.bias=2=0
    run -1 --separate-stderr berth classify -m ner -t a
    [[ $stderr == *"expected a sequence-classification head, found none; it has \
token-classification (berth tag)" ]]
    copy_with_head wrong '{"architectures": ["BertForSequenceClassification"],
        "num_labels": 3}' bert.pooler.dense.weight=H,H=0 bert.pooler.dense.bias=H=0 \
        classifier.weight=2,H=0 classifier.bias=2=0
    run -1 --separate-stderr berth classify -m wrong -t a
    [[ $stderr == *"tensor 'classifier.weight': expected shape [3, 32] by \
config.json, found [2, 32]" ]]
}
