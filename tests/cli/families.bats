# Every command with every family: what each prints of a small model of it. The
# numbers themselves are compared with the reference's in tests/encoder.

load common

# Folders with a masked-language-model head, and those without.
with_head="roberta-mlm xlmr-mlm camembert-mlm mpnet-mlm albert-mlm
    mobilebert-mlm deberta-v3-mlm deberta-v2-conv nomic-mlm gte-mlm
    jina-v3-mlm modernbert-mlm eurobert-mlm"
without="electra-classify jina-v2 nomic-hub"

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    [ -n "${BERTH_REFERENCE:-}" ] || skip "BERTH_REFERENCE is not set"
}

# each COMMAND NAME... - COMMAND with $name and $model of each folder; all that
# fail are named.
each() {
    failed=
    for name in "${@:2}"; do
        model=$BERTH_REFERENCE/golden/families/models/$name
        "$1" || failed+=" $name"
    done
    equal "$failed" ""
}

texts() {
    printf '%s\n' "The cat sat on the mat." "Berlin is a city." "A cat?"
}

vectors() {
    texts | berth embed -m "$model" > all || return 1
    texts | while IFS= read -r text; do
        berth embed -m "$model" -t "$text"
    done | cmp - all &&
        berth embed -m "$model" -j 1 --batch-tokens 16 < <(texts) | cmp - all &&
        ! grep -qi 'nan\|inf' all
}

@test "embed: the same bits for any batch and number of threads" {
    # shellcheck disable=SC2086
    each vectors $with_head $without
}

# What the pipeline of transformers printed, in order: score, token, token_str
# and sequence of each mask.
fills() {
    perl -MJSON::PP -e 'my ($berth, $model) = @ARGV; my $bad = 0;
        local $/; open my $f, "<", "$model/golden/golden.json" or die;
        my $golden = decode_json(<$f>); my $n = 0;
        for my $text (@{$golden->{texts}}) {
            my $want = $text->{pipeline_fill_mask} or next;
            $want = [$want] if ref $want->[0] eq "HASH";
            open my $p, "-|", $berth, "fill-mask", "-m", $model, "-f", "jsonl",
                "-k", scalar @{$want->[0]}, "-t", my $t = Encode::encode_utf8($text->{text})
                or die;
            my $got = decode_json(<$p>)->{masks};
            for my $m (0 .. $#$want) {
                for my $k (0 .. $#{$want->[$m]}) {
                    my ($w, $g) = ($want->[$m][$k], $got->[$m][$k]); $n++;
                    next if $w->{token} == $g->{token}
                        and $w->{token_str} eq $g->{token_str}
                        and $w->{sequence} eq $g->{sequence}
                        and abs($w->{score} - $g->{score}) < 1e-5;
                    print STDERR "$model $m $k:\n", encode_json($w), "\n",
                        encode_json($g), "\n"; $bad++;
                }
            }
        }
        exit($bad > 0 || $n == 0)' -MEncode "$BERTH" "$model"
}

@test "fill-mask: what the pipeline of transformers prints" {
    # shellcheck disable=SC2086
    each fills $with_head
}

masks() {
    berth fill-mask -m "$model" -f jsonl -t 'The [MASK] sat.' > a &&
        berth fill-mask -m "$model" -f jsonl -t 'The <mask> sat.' > b &&
        cmp a b
}

@test "fill-mask: <mask> and [MASK] are the same" {
    # shellcheck disable=SC2086
    each masks $with_head
}

no_head() {
    run -1 --separate-stderr "$BERTH" fill-mask -m "$model" -t 'A [MASK].'
    [[ $stderr == *"expected a masked-language-model head"* ]]
}

@test "fill-mask: a model without its head is refused" {
    # shellcheck disable=SC2086
    each no_head $without
}

scores() {
    berth score -m "$model" -f jsonl -t 'The cat sat on the mat.' |
        json '$o->{score} < 0 && $o->{score} > -1000
            && @{$o->{tokens}} == @{$o->{token_scores}}
            && !grep({ defined && $_ > 0 } @{$o->{token_scores}})' | grep -qx 1
}

@test "score: each token has a logarithm below 0" {
    # shellcheck disable=SC2086
    each scores $with_head
}

# Of each head, rows of weights of at least 0 that sum to 1.
weights() {
    berth attention-dump -m "$model" -f csv -t 'The cat sat on the mat.' |
        perl -F, -lane 'next if $. == 1; $bad++ if $F[-1] < 0;
            $sum{"@F[2..4]"} += $F[-1];
            END { exit($bad || !%sum || grep { abs($_ - 1) > 1e-5 } values %sum) }'
}

@test "attention-dump: rows sum to 1" {
    # shellcheck disable=SC2086
    each weights $with_head $without
}

hidden() {
    berth attention-dump -m "$model" --hide-head 0.1 --layer 0 --head 1 -f csv \
        -t 'The cat sat.' | tail -n +2 | sed 's/.*,//' | sort -u > w
    equal "$(cat w)" 0 &&
        ! cmp -s <(berth embed -m "$model" --hide-head 0.1 -t 'The cat sat.') \
            <(berth embed -m "$model" -t 'The cat sat.')
}

@test "--hide-head: its weights are 0, and the vector is another" {
    # shellcheck disable=SC2086
    each hidden $with_head $without
}

finds() {
    texts > lines
    equal "$(berth search -m "$model" -k 1 "Berlin is a city." lines |
        cut -d : -f 2,4)" "2:Berlin is a city." &&
        equal "$(berth grep -m "$model" -c --threshold 0.99999 'A cat?' lines)" 1 &&
        equal "$(texts | cat - lines |
            berth dedup -m "$model" --first --threshold 0.99999 |
            wc -l | tr -d ' ')" 3 &&
        equal "$(printf 'A cat?\tA cat?\n' | berth similar -m "$model" \
            --digits 5)" 1
}

@test "grep, search, similar, dedup: a text finds itself" {
    # shellcheck disable=SC2086
    each finds $with_head $without
}

heads() {
    texts | berth head-stats -m "$model" -f csv > stats &&
        equal "$(wc -l < stats | tr -d ' ')" "$(($(berth info -m "$model" -f jsonl |
            json 'join "*", map { $o->{$_}{value} } "num_hidden_layers",
                "num_attention_heads"') + 1))"
}

@test "head-stats: a row for each head" {
    # shellcheck disable=SC2086
    each heads $with_head $without
}

pages() {
    berth view -m "$model" -t 'The cat sat on the mat.' > page &&
        grep -q '<html' page && grep -q 'cat' page
}

@test "view: a page" {
    # shellcheck disable=SC2086
    each pages $with_head $without
}

# position_rows ROW... - those rows of the table in the file.
position_rows() {
    perl -MJSON::PP -e 'my ($file, @row) = @ARGV; local $/;
        open my $f, "<:raw", $file or die; my $all = <$f>;
        my $size = unpack "Q<", $all; my $header = decode_json(substr $all, 8, $size);
        my ($name) = grep /position_embeddings.weight$/, keys %$header;
        my ($begin) = @{$header->{$name}{data_offsets}};
        my $columns = $header->{$name}{shape}[1];
        print join(" ", map { sprintf "%.4g", $_ } unpack "f<*",
            substr $all, 8 + $size + $begin + 4 * $columns * $_, 4 * $columns), "\n" for @row' \
        "$model/model.safetensors" "$@"
}

# positions FIRST - tokens 0 and 3 get rows FIRST and FIRST + 3.
positions() {
    berth position-dump -m "$model" --position 0,3 | cut -d ' ' -f 2- > got &&
        equal "$(cat got)" "$(position_rows "$1" "$(($1 + 3))")"
}

after_pad() {
    positions 2
}

from_zero() {
    positions 0
}

no_table() {
    run -1 --separate-stderr "$BERTH" position-dump -m "$model"
    [[ $stderr == *"expected a table of positions, found none"* ]] &&
        berth position-dump -m "$model" --sinusoidal > sines
}

@test "position-dump: the rows that are added to the first tokens, of their size" {
    each after_pad roberta-mlm xlmr-mlm camembert-mlm mpnet-mlm
    each from_zero albert-mlm electra-classify mobilebert-mlm
}

@test "position-dump: a model without a table is refused" {
    each no_table jina-v2 nomic-hub gte-mlm jina-v3-mlm deberta-v3-mlm \
        modernbert-mlm eurobert-mlm
}

# A key after its query, far or near, and one before it: learnt in
# encoder.relative_attention_bias, a row for each bucket, a column for each head.
added_buckets() {
    berth position-dump -m "$model" --similarity added --head 1 --position 0,2,30 \
        -f csv --no-header --digits 4 | cut -d , -f 3 | paste -sd ' ' > got &&
        perl -MJSON::PP -e 'local $/; open my $f, "<:raw", $ARGV[0] or die;
            my $all = <$f>; my $size = unpack "Q<", $all;
            my $header = decode_json(substr $all, 8, $size);
            my ($name) = grep /relative_attention_bias.weight$/, keys %$header;
            my ($begin) = @{$header->{$name}{data_offsets}};
            my $heads = $header->{$name}{shape}[1];
            my @x = unpack "f<*", substr $all, 8 + $size + $begin, 4 * 32 * $heads;
            # floor(ln(28 / 8) / ln(16) * 8) = 3, and for 30 - 0 the same
            print join(" ", map { sprintf "%.4g", $x[$_ * $heads + 1] }
                0, 18, 27, 2, 0, 27, 11, 11, 0), "\n"' \
            "$model/model.safetensors" > want && cmp got want
}

# Six heads: slopes 2^-2, 2^-4, 2^-6, 2^-8 and, of those for eight, 2^-1, 2^-3.
added_slopes() {
    equal "$(berth position-dump -m "$model" --similarity added --head 5 \
        --position 0,3,20 --digits 6)" "$(printf '%s\n' '0 0 -0.375 -2.5' \
        '3 -0.375 0 -2.125' '20 -2.5 -2.125 0')"
}

@test "position-dump --similarity added: what heads add for distances" {
    each added_buckets mpnet-mlm
    each added_slopes jina-v2
}
