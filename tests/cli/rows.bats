#!/usr/bin/env bats
# rows.bats - a tokenizer that knows more tokens than the model has rows for:
# the folder opens, and only a text that holds such a token fails.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# with_vocab NAME SED - a model whose one tokenizer file is a changed vocab.txt.
with_vocab() {
    cp -r "$tiny" "$1"
    rm "$1/tokenizer.json"
    sed "$2" "$tiny/vocab.txt" > "$1/vocab.txt"
}

ids() {
    "$BERTH" tokenize "$@" -f jsonl | json 'join ",", @{$o->{ids}}'
}

# same_meaning MODEL TEXT - its vector is that of the whole model.
same_meaning() {
    equal "$("$BERTH" embed --quiet -m "$1" -t "$2")" \
        "$("$BERTH" embed --quiet -m "$tiny" -t "$2")"
}

# fails MODEL WORDS COMMAND... - the second of three records fails, no other.
fails() {
    printf 'the cat\n%s\nthe man\n' "$text" > in
    run --separate-stderr "$BERTH" "${@:3}" --quiet -m "$1" in
    equal "$status" "${expected:-1}"
    equal "${#stderr_lines[@]}" 1
    [[ $stderr == "berth: in:2: "*"$2"* ]] || equal "$stderr" "berth: in:2: ... $2 ..."
}

@test "an empty line at the end of vocab.txt" {
    cp -r "$tiny" m
    rm m/tokenizer.json
    echo >> m/vocab.txt
    equal "$(ids -m m -t 'the cat')" 2,271,45,273,3
    same_meaning m 'the cat'
}

@test "a byte order mark in front of vocab.txt" {
    with_vocab m $'1s/^/\xef\xbb\xbf/'
    equal "$(ids -m m -t 'the cat')" 2,271,45,273,3
    same_meaning m 'the cat'
    equal "$(ids -m m -t 'the [PAD]')" 2,271,580,3
    text='the [PAD]'
    fails m "token '[PAD]'" embed
    run -2 --separate-stderr "$BERTH" attention-dump -m m --pad-to 9 -t a
    [[ $stderr == "berth: --pad-to: the model has no padding token"* ]]
}

@test "a special token without a row" {
    cp -r "$tiny" m
    for key in additional_special_tokens extra_special_tokens; do
        sed "1s/{/{\"$key\":[\"<e1>\"],/" "$tiny/tokenizer_config.json" \
            > m/tokenizer_config.json
        equal "$(ids -m m -t 'a <e1>')" 2,43,580,3
        same_meaning m 'the cat'
        text='a <e1>'
        for command in embed 'embed --tokens' score attention-dump \
            'grep --threshold -1 the' 'search the' dedup head-stats; do
            expected=1
            [[ $command != grep* ]] || expected=2
            # shellcheck disable=SC2086
            fails m "token '<e1>': expected an id below vocab_size 580 of config.json, found 580" $command
        done
    done
    run -2 --separate-stderr "$BERTH" fill-mask -m m --rank '<e1>' -t 'a [MASK]'
    [[ $stderr == "berth: --rank: the tokenizer has '<e1>'"* ]]
    run -2 "$BERTH" fill-mask -m m --target '<e1>' -t 'a [MASK]'
    run -1 --separate-stderr "$BERTH" fill-mask -m m --rank the \
        -t 'a [MASK] <e1>' -t 'a [MASK]'
    [[ ${#stderr_lines[@]} == 1 && $stderr == "berth: -t:1: token '<e1>'"* ]]
    equal "${#lines[@]}" 2
}

@test "a vocabulary without [MASK]" {
    with_vocab m 's/^\[MASK]$/[unused]/'
    same_meaning m 'the cat'
    for command in 'fill-mask -t a' 'score -t a'; do
        # shellcheck disable=SC2086
        run -1 --separate-stderr "$BERTH" $command -m m
        equal "$stderr" "berth: m: the model has no mask token"
    done
}

@test "a vocabulary without [UNK]" {
    with_vocab m 's/^\[UNK]$/[unused]/'
    same_meaning m 'the cat'
    text='the ☃'
    fails m 'no token for unknown' embed
    fails m 'no token for unknown' tokenize
}
