# berth fill-mask: words of several pieces, joint filling, ranks and filters,
# against what tests/make/fill_reference.py computed with PyTorch.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    reference=$tiny/golden/fill.json
}

# reference PERL - runs it with $want, the reference values, and $berth, which
# runs the program and gives the first JSON object it prints.
reference() {
    perl -MJSON::PP -e '
        my ($file, $tiny) = splice @ARGV, 0, 2;
        local $/; open my $f, "<", $file or die; $want = decode_json(<$f>);
        sub berth { open my $p, "-|", $ENV{BERTH}, "fill-mask", "-m", $tiny,
            "-f", "jsonl", @_ or die; decode_json(<$p>) }
        sub near { my ($x, $y, $what) = @_; abs($x - $y) <= 2e-5 * abs($y)
            or die "$what: $x, expected $y\n" }
        '"$1" "$reference" "$tiny"
}

@test "a target of several pieces: the product from left to right" {
    reference 'for my $w (@{$want->{words}}) {
        my $o = berth("--target", $w->{target}, "-t", $w->{text});
        my $got = $o->{masks}[0][0];
        "@{$got->{token}}" eq "@{$w->{pieces}}" or die "pieces";
        near($got->{score}, $w->{score}, $w->{target}); $n++ }
        $n >= 6 or die "only $n\n"'
}

@test "--joint, in both orders and with several beams" {
    reference 'for my $w (@{$want->{joint}}) {
        my $o = berth("--joint", "--order", $w->{order}, "--beam", $w->{beam},
            "-k", $w->{beam}, "-t", $w->{text});
        my @got = @{$o->{joint}};
        @got == @{$w->{fillings}} or die "number of fillings\n";
        for my $i (0 .. $#got) {
            my $f = $w->{fillings}[$i];
            "@{$got[$i]{tokens}}" eq "@{$f->{tokens}}" or
                die "$w->{order} $w->{beam}: filling $i: @{$got[$i]{tokens}}\n";
            near($got[$i]{score}, $f->{score}, "filling $i") } $n++ }
        $n >= 12 or die "only $n\n"'
}

@test "--rank: however deep, with its probability" {
    reference 'for my $w (@{$want->{ranks}}) {
        my $o = berth("--rank", $w->{word}, "-t", $w->{text});
        my $got = $o->{masks}[0][0];
        $got->{rank} == $w->{rank} or die "$w->{word}: $got->{rank}\n";
        near($got->{score}, $w->{score}, $w->{word}); $n++ }
        $n >= 6 or die "only $n\n"'
}

@test "--rank: rank, probability, word; a line each" {
    berth fill-mask -t 'The [MASK] is open.' -k 40 -f csv --no-header > all
    berth fill-mask --rank room --rank door -t 'The [MASK] is open.' > out
    equal "$(cut -f 3 out | sort | tr '\n' ' ')" 'door room '
    while IFS=$'\t' read -r rank score word; do
        grep -q "^0,0,$rank,$score,[0-9]*,$word," all
    done < out
    equal "$(berth fill-mask --rank door -t '[MASK] and [MASK].' |
        cut -f 1,4 | tr '\t\n' '  ')" '0 door 1 door '
    equal "$(berth fill-mask --rank door -f csv -t '[MASK] is.' | head -n 1)" \
        record,mask,rank,score,token_id,token,sequence
    run -2 --separate-stderr "$BERTH" fill-mask --rank unbelievableness -t a
    [[ $stderr == *"not one piece of the vocabulary but "* ]]
}

@test "a word of several pieces beside others, in every form" {
    args=(--target souvenir --target door -t 'The [MASK] is open.')
    equal "$(berth fill-mask "${args[@]}" | cut -f 2,3 | head -n 2)" \
        $'door\tThe door is open.\nsouvenir\tThe souvenir is open.'
    berth fill-mask -f csv --no-header "${args[@]}" > csv
    [[ $(tail -n 1 csv | cut -d , -f 5) =~ ^[0-9]+(\ [0-9]+)+$ ]]
    berth fill-mask -f jsonl "${args[@]}" > out
    valid_jsonl < out
    equal "$(json 'join "|", map { $_->{sequence} } @{$o->{masks}[0]}' < out)" \
        'the door is open.|the souvenir is open.'
    equal "$(json 'join "|", map { $_->{token_str} } @{$o->{masks}[0]}' < out)" \
        'door|souvenir'
    # Alone or beside others, in any batch: the same bits.
    equal "$(berth fill-mask --target souvenir --batch-tokens 1 -j 1 \
        -t 'The [MASK] is open.' | cut -f 1 | head -n 1)" \
        "$(sed -n 2p csv | cut -d , -f 4)"
}

@test "long texts: windows around the mask, with room for the pieces" {
    long=$(printf 'a b c d %.0s' {1..20})
    text="$long [MASK] $long"
    berth fill-mask -m "$tiny" --target souvenir -t "$text" > out
    grep -q "souvenir" out
    # [CLS], the pieces and [SEP] are enough.
    n=$(berth tokenize --no-special --count -t souvenir)
    equal "$(berth fill-mask --target souvenir --max-tokens $((n + 2)) -t 'a [MASK] b' |
        cut -f 2 | head -n 1)" souvenir
    run -2 "$BERTH" fill-mask --target souvenir --max-tokens $((n + 1)) -t '[MASK]'
    for order in left-to-right best-first; do
        berth fill-mask -m "$tiny" --joint --order "$order" -k 1 \
            -t "$text $text [MASK]" > out
        run ! grep -q MASK out
    done
}

@test "--joint: with one mask the same as without" {
    berth fill-mask -t 'The [MASK] is open.' | cut -f 1,3 > want
    awk -F '\t' 'NF == 2 { printf "%.4g\t%s\n", $1, $2 }' want > want4
    berth fill-mask --joint -t 'The [MASK] is open.' |
        awk -F '\t' 'NF == 2 { printf "%.4g\t%s\n", $1, $2 }' | cmp - want4
}

@test "--joint: every form; -k 1 is a filter" {
    args=(--joint -t 'The [MASK] of the [MASK].' -t 'no')
    run -1 --separate-stderr "$BERTH" fill-mask -k 1 "${args[@]}"
    equal "${#lines[@]}" 2
    equal "${lines[1]}" '!'
    run -1 --separate-stderr "$BERTH" fill-mask -f csv "${args[@]}"
    equal "${lines[0]}" record,rank,score,tokens,sequence
    equal "$(printf '%s\n' "${lines[@]}" | grep -c ^0,)" 5
    equal "$(printf '%s\n' "${lines[@]}" | grep -c ^1,,,,$)" 1
    berth fill-mask --joint -f jsonl -t '[MASK] [MASK]' | valid_jsonl
    printf 'a [MASK]\tthe [MASK]\n' | berth fill-mask --joint --pair -k 1 > out
    run ! grep -q MASK out
    equal "$(awk -F '\t' '{ print NF }' out)" 2
}

@test "--min-prob: all that reach it; the mask stays where none does" {
    berth fill-mask -k 100 -t 'The [MASK] is open.' |
        awk -F '\t' '$1 >= 0.005 { print $2 }' > want
    [ "$(wc -l < want)" -ge 2 ]
    berth fill-mask --min-prob 0.005 -t 'The [MASK] is open.' | cut -f 2 |
        grep . | cmp - want
    equal "$(berth fill-mask --min-prob 0.005 -k 1 -t 'The [MASK] is open.')" \
        "$(berth fill-mask -k 1 -t 'The [MASK] is open.')"
    for joint in '' --joint; do
        # shellcheck disable=SC2086
        equal "$(berth fill-mask $joint --min-prob 0.999 -k 1 \
            -t 'The [MASK] is open.')" 'The [MASK] is open.'
    done
}

@test "--word: no pieces, no punctuation, no special tokens" {
    berth fill-mask --word -k 99999 -t 'He [MASK]' | cut -f 2 | grep . > out
    [ "$(wc -l < out)" -ge 1000 ]
    # Fractions and raised digits are numbers, though [[:punct:]] has them.
    run -0 perl -CS -ne 'print if /^##|^\[|^\p{P}*$/' out
    equal "$output" ""
    berth fill-mask -k 99999 -t 'He [MASK]' | cut -f 2 | grep -x '[a-z][a-z]*' > want
    grep -x '[a-z][a-z]*' out | cmp - want
    berth fill-mask --word --joint -k 30 -f csv --no-header \
        -t 'He [MASK] [MASK]' | cut -d , -f 4 > out
    run ! grep -q -e '##' -e '[.,;!?]' out
}

@test "the same bits in any batch and with any number of threads" {
    printf 'The [MASK] is [MASK].\nA [MASK] for [MASK] and [MASK].\n' > in
    for what in --joint '--joint --order best-first' '--target souvenir'; do
        # shellcheck disable=SC2086
        berth fill-mask $what in > want
        for options in '-j 1' '-j 3' '--batch-tokens 1' '--batch-tokens 64'; do
            # shellcheck disable=SC2086
            berth fill-mask $what $options in | cmp - want
        done
    done
}

@test "options that do not go together" {
    for options in '--joint --target a' '--rank a --target b' '--beam 3' \
        '--order best-first' '--rank a -k 3' '--word --target a' \
        '--joint --beam 2 -k 3' '--joint -k 257' '--min-prob 2'; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr "$BERTH" fill-mask $options -t '[MASK]'
    done
}
