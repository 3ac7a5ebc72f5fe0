# berth tag.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# random_head DIR [LABELS] - the tiny model with a head of large numbers, so that
# labels change from token to token.
random_head() {
    copy_with_head "$1" '{"architectures": ["BertForTokenClassification"], "id2label":
        {"0": "O", "1": "B-PER", "2": "I-PER", "3": "B-LOC", "4": "I-LOC"}}' \
        "classifier.weight=5,H=$(perl -e 'my $x = 7; print join ",", map {
            $x = ($x * 16807) % 2147483647; $x / 2147483647 * 4 - 2 } 1 .. 160')" \
        classifier.bias=5=0
}

# biased DIR LABELS BIAS - a model that says the same of each token: the logits BIAS,
# for labels with commas between.
biased() {
    local keys n
    n=$(perl -e 'print 1 + $ARGV[0] =~ tr/,//' "$2")
    keys=$(perl -e 'my $i = 0;
        print join ", ", map { sprintf "\"%d\": \"%s\"", $i++, $_ } split /,/, $ARGV[0]' "$2")
    copy_with_head "$1" '{"architectures": ["BertForTokenClassification"],
        "id2label": {'"$keys"'}}' "classifier.weight=$n,H=0" "classifier.bias=$n=$3"
}

# same_entities WANT GOT - two lists of entities as JSON: all must be the same but the
# scores, and these within 1e-5.
same_entities() {
    perl -MJSON::PP -e 'my ($want, $got) = map { decode_json($_) } @ARGV;
        @$want == @$got or die "found " . @$got . " entities, not " . @$want . "\n";
        for my $i (0 .. $#$want) {
            my ($w, $g) = ($want->[$i], $got->[$i]);
            join(" ", sort keys %$w) eq join(" ", sort keys %$g) or die "$i: other keys\n";
            for (keys %$w) {
                ($_ eq "score" ? abs($w->{$_} - $g->{$_}) <= 1e-5 : $w->{$_} eq $g->{$_}) or
                    die "entity $i, $_: found $g->{$_}, not $w->{$_}\n";
            }
        }' "$1" "$2"
}

@test "entities of the token-classification pipeline" {
    [ -n "${BERTH_REFERENCE:-}" ] || skip 'BERTH_REFERENCE is not set'
    for folder in "$BERTH_REFERENCE"/golden/models/bert-tokenclass \
        "$BERTH_REFERENCE"/golden/families/models/*-ner; do
        for how in none simple first average max; do
            # Places in the goldens are characters.
            perl -MJSON::PP -MEncode -0777 -e 'for (@{decode_json(<STDIN>)->{texts}}) {
                my $all = $_->{"pipeline_token_classification_" . $ARGV[0]} or next;
                my $text = $_->{text};
                for my $e (@$all) {
                    $e->{$_} = length encode("UTF-8", substr $text, 0, $e->{$_}) for "start", "end";
                }
                print encode_json({text => $text}), "\n";
                print STDERR encode_json($all), "\n" }' "$how" \
                < "$folder/golden/golden.json" > texts 2> want
            [ -s want ]
            berth tag -m "$folder" --aggregation "$how" --overflow truncate --quiet \
                -f jsonl -i jsonl --field text texts |
                json 'JSON::PP->new->utf8->encode($o->{entities})' > got
            equal "$(wc -l < got)" "$(wc -l < want)"
            paste -d '\n' want got | while IFS= read -r a && IFS= read -r b; do
                same_entities "$a" "$b" || { echo "$folder $how"; exit 1; }
            done
        done
    done
}

@test "the forms: text, csv, tsv, jsonl" {
    biased m O,I-PER 0,1
    printf 'id,text\n7,"a ""the"""\n8,\n' > in.csv
    from() { berth tag -m m -i csv --field text --id id --digits 3 "$@" in.csv; }
    equal "$(from && echo .)" $'7\ta "the"\tPER\t0.731\t0\t7\n\n\n.'
    equal "$(from -f csv)" $'record,id,begin,end,label,score,text\n0,7,0,7,PER,0.731,"a ""the"""'
    equal "$(from -f csv --keep)" $'record,id,text,begin,end,label,score,word\n0,7,"a ""the""",0,7,PER,0.731,"a ""the"""'
    equal "$(from -f tsv --no-header)" $'0\t7\t0\t7\tPER\t0.731\ta "the"'
    equal "$(from -f jsonl | head -n 1)" '{"record":0,"id":{"id":"7"},"n_tokens":6,"truncated":false,"entities":[{"entity_group":"PER","score":0.731,"word":"a \" the \"","start":0,"end":7}]}'
    equal "$(from -f jsonl | tail -n 1)" '{"record":1,"id":{"id":"8"},"n_tokens":2,"truncated":false,"entities":[]}'
    equal "$(from -f tsv --no-header --aggregation none | cut -f 3-5)" \
        $'0\t1\tI-PER\n2\t3\tI-PER\n3\t6\tI-PER\n6\t7\tI-PER'
    equal "$(from -f jsonl --aggregation none | json '$o->{entities}[2]{index} // 0' | head -n 1)" 3
}

@test "B- begins an entity; other labels go on; O is left out, and what ends in -O" {
    biased begin O,B-PER 0,1
    equal "$(berth tag -m begin -t 'a the' | cut -f 1,2)" $'a\tPER\nthe\tPER'
    biased plain O,city 0,1
    equal "$(berth tag -m plain -t 'a the' | cut -f 1,2)" $'a the\tcity'
    biased dash O,new-big-city 0,1
    equal "$(berth tag -m dash -t 'a the' | cut -f 1,2)" $'a the\tbig-city'
    for label in O B-O x-O; do
        rm -rf out
        biased out "PER,$label" 0,1
        equal "$(berth tag -m out -t 'a the')" ''
    done
    equal "$(berth tag -m out --aggregation none -t a | cut -f 2)" x-O
}

@test "equal scores: the first label" {
    biased m O,PER,LOC 0,2,2
    equal "$(berth tag -m m -t 'a the' | cut -f 2)" PER
}

@test "places are bytes of the text" {
    biased m O,B-X 0,1
    equal "$(berth tag -m m -f tsv --no-header -t 'é the' | cut -f 2,3)" $'0\t2\n3\t6'
}

@test "an entity across windows is whole" {
    biased m O,I-PER 0,1
    text=$(printf 'a the %.0s' {1..100})
    equal "$(berth tag -m m --max-tokens 20 -f csv --no-header -t "$text" | cut -d , -f 2-4)" \
        0,599,PER
    # Each token once, and its index in the whole text.
    for overlap in '' '--overlap 0' '--overlap 1' '--overlap 7' '--overlap 15'; do
        # shellcheck disable=SC2086
        berth tag -m m --max-tokens 20 $overlap --aggregation none -f jsonl -t "$text" |
            json 'join ",", map { $_->{index} } @{$o->{entities}}' > got
        equal "$(cat got)" "$(seq -s , 1 200)"
    done
    berth tag -m m --max-tokens 20 -f jsonl -t "$text" |
        json '"$o->{n_tokens} " . ($o->{truncated} ? 1 : 0)' > got
    equal "$(cat got)" '202 0'
    run -0 --separate-stderr berth tag -m m --max-tokens 20 --overflow truncate -f csv \
        --no-header -t "$text"
    equal "$output" "0,0,53,PER,$(cut -d , -f 5 <<< "$output"),${text:0:53}"
    [[ $stderr == *"1 text was cut"* ]]
}

@test "a token is labelled where it is farthest from an edge" {
    random_head m
    # Words of one token each, so that a text may begin at any.
    text=$(printf 'the on a and the and on a a %.0s' {1..4})
    berth tokenize -m m --no-special -f tsv --no-header -t "$text" > tokens
    # Windows of 12 tokens of the text that share 4: in each of these 2 at the edges
    # are labelled elsewhere.
    berth tag -m m --max-tokens 14 --overlap 4 --aggregation none -f tsv \
        --no-header -t "$text" > got
    n=$(wc -l < tokens) want=
    for ((begin = 0; begin < n; begin += 8)); do
        from=$(sed -n $((begin + 1))p tokens | cut -f 6)
        last=$((begin + 12 < n ? begin + 12 : n))
        to=$(sed -n ${last}p tokens | cut -f 7)
        first=$((begin > 0 ? begin + 2 : 0)) end=$((begin + 12 < n ? begin + 10 : n))
        low=$(sed -n $((first + 1))p tokens | cut -f 6)
        high=$(sed -n ${end}p tokens | cut -f 7)
        want+=$(berth tag -m m --aggregation none -f tsv --no-header \
            -t "${text:from:to-from}" | awk -F '\t' -v OFS='\t' -v at="$from" -v low="$low" \
            -v high="$high" '{ $2 += at; $3 += at } $2 >= low && $3 <= high')$'\n'
        ((begin + 12 < n)) || break
    done
    equal "$(grep . <<< "$want")" "$(cat got)"
    [ "$(wc -l < got)" -gt 5 ]
}

@test "where a tokenizer cuts at the left, windows come from the right" {
    biased m O,I-PER 0,1
    perl -pi -e 's/\{/{"truncation_side": "left",/' m/tokenizer_config.json
    text=$(printf 'a the %.0s' {1..33})
    berth tag -m m --max-tokens 20 --aggregation none -f jsonl -t "$text" |
        json 'join ",", map { "$_->{index}:$_->{start}" } @{$o->{entities}}' > got
    equal "$(cat got)" "$(berth tokenize -m m --no-special -f jsonl -t "$text" |
        json 'join ",", map { $_ + 1 . ":$o->{offsets}[$_][0]" } 0 .. 65')"
}

@test "in the text: brackets, or colours" {
    biased m O,PER,LOC 0,0,1
    printf 'a the\n\033[31mx\n\n' > in
    equal "$(berth tag -m m -f heat -t 'a the')" '[a the|LOC]'
    equal "$(TERM=xterm-256color COLORTERM='' berth tag -m m -f heat --color always -t 'a the')" \
        $'\033[38;5;16;48;5;110ma the \033[1mLOC\033[0m'
    COLORTERM='' TERM=xterm on_terminal "$BERTH tag -m m -f heat -t 'a the'" > out
    grep -q $'\033\\[30;46ma the \033\\[1mLOC\033\\[0m' out
    biased one O,PER 0,1
    COLORTERM='' TERM=xterm on_terminal "$BERTH tag -m one -f heat -t a" > out
    grep -q $'\033\\[30;43ma \033\\[1mPER\033\\[0m' out
    run ! grep -q $'\033' <(berth tag -m m -f heat in)
    equal "$(berth tag -m m -f heat in | wc -l | tr -d ' ')" 3
}

@test "failed records keep their place; pairs are refused" {
    biased m O,PER 0,1
    printf 'a the\nthe cat sat on the mat\na\n' > in
    run -1 --separate-stderr berth tag -m m --max-tokens 5 --overflow error in
    [[ $stderr == "berth: in:2: "*" tokens; the limit is 5"* ]]
    equal "${lines[1]}" '!'
    run -1 --separate-stderr berth tag -m m -f csv --max-tokens 5 --overflow error in
    equal "${lines[2]}" 1,,,,,
    run -1 --separate-stderr berth tag -m m -f heat --max-tokens 5 --overflow error in
    equal "${lines[1]}" '!'
    biased broken O,PER nan,1
    run -1 --separate-stderr berth tag -m broken -f csv -t a
    equal "${lines[1]}" 0,,,,,
    run -2 --separate-stderr berth tag -m m --pair in
    [[ $stderr == "berth: tag takes one text, not a pair"* ]]
    run -2 --separate-stderr berth tag -m m -i csv --field a --field b in
    run -2 --separate-stderr berth tag -m m --overflow truncate --overlap 3 in
    run -1 --separate-stderr berth tag -m "$tiny" -t a
    [[ $stderr == *"expected a token-classification head"*"found none; it has masked-language-model (berth fill-mask)" ]]
}

@test "the same bits for any batch and number of threads; int8 and hiding work" {
    random_head m
    yes 'the cat sat on a mat and the day is long' | awk '{ print substr($0, 1, NR) }' |
        head -n 40 > in
    berth tag -m m -f jsonl -j 1 in > one
    grep -q LOC one
    cmp one <(berth tag -m m -f jsonl -j 3 --batch-tokens 64 in)
    while IFS= read -r line; do
        berth tag -m m -f jsonl -t "$line" | cut -d , -f 2-
    done < in | cmp <(cut -d , -f 2- one) -
    equal "$(berth tag -m m -f jsonl --precision int8 in | wc -l | tr -d ' ')" 40
    run ! cmp -s one <(berth tag -m m -f jsonl --hide-head 0.0 in)
    run ! cmp -s one <(berth tag -m m -f jsonl --hide-token 2 in)
    berth tag -m m -f jsonl --resume -o out in
    cmp one out
}
