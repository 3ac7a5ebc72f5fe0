# berth score: pseudo-log-likelihoods against the reference's, and every form.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# same_as_golden FOLDER VARIANT OPTION... - sums within 1e-3, tokens within
# 1e-4, the same tokens, [CLS] and [SEP] without a score.
same_as_golden() {
    file=$1/golden/golden.json
    perl -MJSON::PP -0777 -ne 'print map { encode_json({t => $_->{text}}), "\n" }
        @{decode_json($_)->{pll}}' "$file" > texts
    [ -s texts ]
    berth score -m "$1" -i jsonl --field t -f jsonl "${@:3}" texts > got
    perl -MJSON::PP -e '
        my ($file, $variant) = @ARGV;
        local $/; open my $f, "<", $file or die; my $want = decode_json(<$f>);
        $/ = "\n"; open my $g, "<", "got" or die; my $n = 0;
        for my $w (@{$want->{pll}}) {
            my $o = decode_json(scalar <$g>);
            my $v = $w->{$variant}; my @t = @{$o->{token_scores}};
            "@{$o->{tokens}}" eq "@{$w->{tokens}}" or die "tokens of $n";
            abs($o->{score} - $v->{sum}) < 1e-3 or
                die "sum of $n: $o->{score}, expected $v->{sum}\n";
            @t == @{$v->{tokens}} or die "number of tokens of $n\n";
            for my $i (0 .. $#t) {
                my $x = $v->{tokens}[$i];
                defined $t[$i] == defined $x or die "null at $n, $i\n";
                !defined $x || abs($t[$i] - $x) < 1e-4 or
                    die "token $i of $n: $t[$i], expected $x\n";
            }
            $n++;
        }
        $n >= 3 or die "only $n texts\n"' "$file" "$2"
}

@test "pseudo-log-likelihoods are those of the reference" {
    for model in "$tiny" "$models/distilbert"; do
        same_as_golden "$model" original
    done
}

@test "--within-word is PLL-word-l2r of the reference" {
    for model in "$tiny" "$models/distilbert"; do
        same_as_golden "$model" within_word_l2r --within-word
    done
}

@test "all reference models agree" {
    [ -n "${BERTH_REFERENCE:-}" ] || skip "BERTH_REFERENCE is not set"
    for name in bert-odd-cased bert-relu-untied bert-f16 bert-bf16; do
        model=$BERTH_REFERENCE/golden/models/$name
        same_as_golden "$model" original
        same_as_golden "$model" within_word_l2r --within-word
    done
}

@test "text: score, TAB, text; the sum of --tokens" {
    berth score -m "$tiny" -t 'a b.' -t '' > out
    equal "$(cut -f 2 out | tr '\n' '|')" 'a b.||'
    equal "$(tail -n 1 out | cut -f 1)" 0
    berth score -m "$tiny" --tokens -t 'a b.' > tokens
    equal "$(cut -f 2 tokens | tr '\n' ' ')" 'a b .  '
    awk -F '\t' 'NR == FNR { if (FNR == 1) want = $1; next } { sum += $1 }
        END { d = sum - want; exit !(d < 1e-4 && d > -1e-4) }' out tokens
}

@test "csv, tsv and jsonl say the same" {
    args=(-m "$tiny" -t 'a b.' -t 'the souvenir')
    berth score -f csv "${args[@]}" > csv
    equal "$(head -n 1 csv)" record,score,n_tokens
    berth score -f tsv "${args[@]}" | tr '\t' , | cmp - csv
    berth score -f jsonl "${args[@]}" > jsonl
    valid_jsonl < jsonl
    json 'join ",", $o->{record}, $o->{score}, $o->{n_tokens}' < jsonl |
        cut -d , -f 1,3 > short
    tail -n +2 csv | cut -d , -f 1,3 | cmp - short
    berth score -f csv --tokens "${args[@]}" > tokens
    equal "$(head -n 1 tokens)" record,position,token,begin,end,score
    equal "$(sed -n 2,4p tokens | cut -d , -f 1-5 | tr '\n' ' ')" \
        '0,1,a,0,1 0,2,b,2,3 0,3,.,3,4 '
}

@test "--perplexity is exp(-score / tokens)" {
    berth score -m "$tiny" -f jsonl --perplexity -t 'The traveler lost.' -t '' \
        > out
    json 'abs(log($o->{perplexity}) * (($o->{n_tokens} - 2) || 1) + $o->{score})
        < 1e-3 ? "ok" : "bad"' < out > got
    equal "$(tr '\n' ' ' < got)" 'ok ok '
    equal "$(berth score -m "$tiny" --perplexity -t '' | cut -f 1)" 1
}

@test "--choose: the number and the text of the likeliest reading" {
    printf 'They is here.\tThey are here.\na\n' > in
    equal "$(berth score --choose in)" $'2\tThey are here.\n1\ta'
    equal "$(berth score --choose -f csv in | head -n 1)" \
        record,choice,score,reading
    berth score --choose -f jsonl in > out
    valid_jsonl < out
    # The scores are those of the readings alone.
    tr '\t' '\n' < in | berth score | cut -f 1 | tr '\n' ' ' > alone
    json 'join " ", @{$o->{scores}}' < out | tr '\n' ' ' > together
    perl -ane 'push @x, [@F]; END { $n = @{$x[0]}; $n == 3 && $n == @{$x[1]}
        or die; abs($x[0][$_] - $x[1][$_]) < 1e-5 or die for 0 .. 2 }' \
        <(cat alone; echo) <(cat together; echo)
    run -1 --separate-stderr "$BERTH" score --choose -t $'a\t\tb'
    equal "$output" '!'
    equal "$stderr" 'berth: -t:1: reading 2 has no tokens'
}

@test "--choose by perplexity" {
    equal "$(berth score --choose --perplexity -f csv -t $'a\tb' | head -n 1)" \
        record,choice,perplexity,reading
}

@test "special tokens in the text are not scored, --plain scores them" {
    equal "$(berth score -m "$tiny" --tokens -t 'a [MASK] b' | cut -f 2 |
        tr '\n' ' ')" 'a b  '
    berth score -m "$tiny" --tokens --plain -t 'a [MASK] b' | cut -f 2 > out
    grep -qx '\[' out
}

@test "a text that is too long fails; truncate and window do not" {
    text=$(printf 'a b c %.0s' {1..10})
    run -1 --separate-stderr berth score -m "$tiny" --max-tokens 12 -t "$text"
    equal "$output" '!'
    [[ $stderr == *'32 tokens; the limit is 12'* ]]
    berth score -m "$tiny" --max-tokens 12 --overflow truncate -f jsonl \
        -t "$text" 2> /dev/null > out
    equal "$(json '$o->{n_tokens}, " ", $o->{truncated}' < out)" '12 1'
    for overlap in 0 3 4; do
        berth score -m "$tiny" --max-tokens 12 --overflow window \
            --overlap "$overlap" --tokens -f csv -t "$text" > out
        equal "$(cut -d , -f 2 out | tail -n +2 | tr '\n' ' ')" \
            "$(seq 30 | tr '\n' ' ')"
        equal "$(cut -d , -f 4 out | tail -n +2 | sort -n | uniq | wc -l |
            tr -d ' ')" 30
    done
}

@test "the same bits in any batch and with any number of threads" {
    printf 'The traveler lost the souvenir.\na b\nA longer one, this.\n' > in
    berth score --tokens in > want
    for options in '-j 1' '-j 3' '--batch-tokens 1' '--batch-tokens 64'; do
        # shellcheck disable=SC2086
        berth score --tokens $options in | cmp - want
    done
}

@test "options that do not go together" {
    for options in '--choose --tokens' '--choose --pair' \
        '--tokens --perplexity' '--overlap 3' '--choose --overflow window'; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr "$BERTH" score $options -t a
    done
}

@test "a model without the head is refused" {
    run -1 --separate-stderr "$BERTH" score -m "$models/st-mean-dense-norm" -t a
    [[ $stderr == *masked-language-model* ]]
}
