# berth answer.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    copy_with_head qa '{"architectures": ["BertForQuestionAnswering"]}' \
        "qa_outputs.weight=2,H=$(perl -e 'my $x = 7; print join ",", map {
            $x = ($x * 16807) % 2147483647; $x / 2147483647 * 2 - 1 } 1 .. 64')" \
        qa_outputs.bias=2=0
    printf '%s\t%s\n' 'the man?' 'The hat of the man, and the ma!' \
        'a?' 'É the (man).' > in
}

# answers FILE - "record start end answer score" of what jsonl holds.
answers() {
    perl -MJSON::PP -MEncode -ne '$r = decode_json $_;
        print join("\t", $r->{record}, @$_{"start", "end"},
            encode("UTF-8", $_->{answer}), $_->{score}), "\n" for @{$r->{answers}}' "$1"
}

@test "answers of the question-answering pipeline" {
    [ -n "${BERTH_REFERENCE:-}" ] || skip 'BERTH_REFERENCE is not set'
    n=0
    for folder in "$BERTH_REFERENCE"/golden/families/models/*-qa; do
        while read -r name options; do
            # Places in the goldens are characters.
            perl -MJSON::PP -MEncode -0777 -e 'my $i = 0;
                for my $q (@{decode_json(<STDIN>)->{qa}}) {
                    my $text = $q->{context};
                    print encode_json({q => $q->{question}, c => $text}), "\n";
                    for my $a (@{$q->{answers}{$ARGV[0]}}) {
                        my @at = map { length encode("UTF-8", substr $text, 0, $_) }
                            @$a{"start", "end"};
                        print STDERR join("\t", $i, @at, encode("UTF-8", $a->{answer}),
                            $a->{score}), "\n";
                    }
                    $i++ }' "$name" < "$folder/golden/golden.json" > texts 2> want
            [ -s want ]
            # shellcheck disable=SC2086
            berth answer -m "$folder" -i jsonl --field q --field c -f jsonl $options texts |
                answers - > got
            diff <(cut -f 1-4 want) <(cut -f 1-4 got)
            paste want got | awk -F '\t' '{ d = $5 - $10
                if (d > 1e-5 || d < -1e-5) { print; bad = 1 } } END { exit bad }'
            n=$((n + 1))
        done <<< "default
top3 -k 3
top3-short -k 3 --max-answer 4
impossible -k 3 --impossible
windows -k 3 --max-tokens 40 --overlap 10"
    done
    equal "$n" 20
}

@test "text, csv and jsonl hold the same answers" {
    berth answer -m qa -k 3 -f jsonl in | answers - > json
    equal "$(wc -l < json)" 6
    berth answer -m qa -k 3 -f tsv --no-header in |
        awk -F '\t' -v OFS='\t' '{ print $1, $4, $5, $6, $3 }' | diff - json
    berth answer -m qa -k 3 in > text
    equal "$(grep -c '^$' text)" 2
    grep . text | awk -F '\t' -v OFS='\t' '{ print $3, $4, $2, $1 }' | diff - <(cut -f 2- json)
    berth answer -m qa in | diff - <(grep . text | sed -n '1p;4p')
    berth answer -m qa -f csv in | head -n 1 | diff - <(echo record,rank,score,begin,end,answer)
    # Places are bytes.
    sed -n 2p in | cut -f 2 | tr -d '\n' > context
    awk -F '\t' '$1 == 1' json | while IFS=$'\t' read -r _ begin end answer _; do
        equal "$(tail -c +$((begin + 1)) context | head -c $((end - begin)))" "$answer"
    done
}

@test "-k 0: all answers, the same ones as with any other k" {
    args=(-m qa --max-answer 3 --impossible -f csv -q 'the man?' -t 'The man and the MAN.')
    berth answer "${args[@]}" -k 0 > all
    berth answer "${args[@]}" -k 99999 | diff - all
    # Each span of up to three tokens, what reads the same once, and the empty one.
    sed 1d all | cut -d , -f 6 | tr '[:upper:]' '[:lower:]' | sort |
        diff - <(printf '%s\n' '' . and 'and the' 'and the man' man 'man and' \
            'man and the' man. the 'the man' 'the man and' 'the man.' | sort)
    for k in 1 2 7; do
        berth answer "${args[@]}" -k "$k" > some
        awk -F , -v k="$k" 'NR == 1 || $2 <= k' all | diff - some
    done
}

@test "one question for every record" {
    printf 'the man?\t%s\n' 'the cat sat' 'a man and a hat' > pairs
    cut -f 2 pairs > contexts
    berth answer -m qa -k 2 pairs > want
    berth answer -m qa -k 2 -q 'the man?' contexts | diff want -
    printf 'id,q,c\n7,the man?,the cat sat\n' > table.csv
    berth answer -m qa -i csv --field q --field c --id id -f csv table.csv > want
    berth answer -m qa -i csv --field c -q 'the man?' --id id -f csv table.csv | diff want -
    grep -q '^0,7,1,' want
}

@test "the same bits for any batch and number of threads" {
    for i in 1 2 3 4 5 6 7 8 9; do sed "s/hat/hat $i the man/" in; done > many
    berth answer -m qa -k 3 -f jsonl --max-tokens 14 --overlap 2 -j 1 --batch-tokens 1 many > one
    grep -q start one
    berth answer -m qa -k 3 -f jsonl --max-tokens 14 --overlap 2 -j 2 many | cmp - one
}

@test "an answer is no longer than --max-answer, but whole words" {
    berth answer -m qa -k 20 -f jsonl --max-answer 1 -q a -t 'the man, the hat' | answers - > got
    grep -q . got
    equal "$(cut -f 4 got | grep -c ' ')" 0
}

@test "--impossible allows the empty answer" {
    copy_with_head none '{"architectures": ["BertForQuestionAnswering"]}' \
        qa_outputs.weight=2,H=0 qa_outputs.bias=2=0
    # All tokens are as likely: [CLS] and three of the context.
    equal "$(berth answer -m none -k 9 --impossible -q a -t 'a a a' | awk -F '\t' \
        '$2 == ""' | grep .)" $'0.0625\t\t0\t0'
    berth answer -m none -k 9 -q a -t 'a a a' | grep . > without
    equal "$(cut -f 2 without | grep -vc .)" 0
}

@test "a record that fails alone" {
    printf 'a?\tthe man\nno pair\n\tthe man\na?\t\n' > bad
    run -1 --separate-stderr "$BERTH" answer -m qa bad
    equal "${#lines[@]}" 4
    equal "${lines[1]}${lines[2]}${lines[3]}" '!!!'
    [[ $stderr == *"bad:3: the question is empty"*"bad:4: the context is empty"* ]]
}

@test "--precision, --hide-head, --hide-token and --stats" {
    of() { "$BERTH" answer -m qa -k 3 "$@" in; }
    of > want
    run ! cmp -s <(of --hide-head 0.0) want
    run ! cmp -s <(of --hide-token the) want
    of --precision int8 | cut -f 1 | grep -q .
    of --stats 2>&1 > /dev/null | grep -q '"records":2'
}

@test "options that do not go together" {
    refused() { run -2 --separate-stderr "$BERTH" answer -m qa "$@"; }
    refused -q a --pair
    [[ $stderr == "berth: --question takes one text"* ]]
    refused -i csv --field a in
    [[ $stderr == "berth: answer needs --field QUESTION --field CONTEXT"* ]]
    refused -i file in
    refused --truncate first in
    refused -k x in
}

@test "a model without the head says what it has" {
    run -1 --separate-stderr "$BERTH" answer -m "$tiny" in
    [[ $stderr == *"expected a question-answering head"*"it has masked-language-model (berth fill-mask)" ]]
    equal "$(berth info -m qa | grep -c question-answering)" 1
}
