# fill-mask --lens: the words of masks, and the ranks of tokens, after each layer.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    unset NO_COLOR COLORTERM
    export TERM=xterm-256color
}

# n_layers MODEL
n_layers() {
    "$BERTH" info -m "$1" -f jsonl | json '$o->{num_hidden_layers}{value}'
}

@test "the last layer says what fill-mask says, to the bit" {
    perl -e 'print "the cat sat on a [MASK] of the mat. " x 30' > many
    printf 'a [MASK] b\n[MASK] cat [MASK]\nthe [MASK] sat [MASK]\n' > few
    for model in "$tiny" "$models"/{distilbert,deberta,mobilebert,new-ntk}; do
        layer=$(n_layers "$model")
        for args in '-k 4' '-k 1' '--target a --target the' '-k 4 --word' \
            '-k 4 --hide-head 0.1' '-k 4 --max-tokens 16' '-k 4 --overflow truncate'; do
            # shellcheck disable=SC2086 # a list
            berth fill-mask -m "$model" -f csv $args few many > want
            # shellcheck disable=SC2086
            berth fill-mask --lens -m "$model" -f csv $args few many > got
            # The targets are in another order there, and have other ranks.
            cut -d , -f 1,2,4-6 want | tail -n +2 | sort > want.rows
            awk -F , -v n="$layer" -v OFS=, '$6 == n { print $1, $2, $8, $9, $10 }' got |
                sort > got.rows
            [ -s want.rows ]
            cmp want.rows got.rows
        done
    done
}

@test "after each layer a target's rank is its place among all words" {
    text='the cat sat on a [MASK] mat, [MASK]'
    berth fill-mask --lens -m "$tiny" -f csv --no-header -k 99999 -t "$text" > all
    berth fill-mask --lens -m "$tiny" -f csv --no-header --target man --target the \
        --target '##s' -t "$text" > some
    equal "$(wc -l < some)" $((2 * 3 * ($(n_layers "$tiny") + 1)))
    grep -E ',(man|the|##s)$' all | sort | cmp - <(sort some)
    # Ranks count from 1 without a gap, and probabilities add up.
    awk -F , '{ if ($7 != last % n + 1) exit 1; last = $7; if ($7 == 1) total = 0
        total += $8; if ($7 == n && (total < 0.9999 || total > 1.0001)) exit 1 }' \
        n="$(awk -F , '$2 == 0 && $6 == 0' all | wc -l)" all
}

@test "text, csv and jsonl say the same of masks" {
    args=(--lens -m "$tiny" -k 2 --digits 4 -t 'the [MASK] sat on [MASK]')
    berth fill-mask "${args[@]}" -f csv > csv
    equal "$(head -n 1 csv)" \
        record,mask,position,begin,end,layer,rank,score,token_id,token
    berth fill-mask "${args[@]}" -f jsonl > jsonl
    valid_jsonl < jsonl
    perl -MJSON::PP -ne '$o = decode_json($_); $m = 0; for $mask (@{$o->{masks}}) {
        $l = 0; for $layer (@$mask) { for (@$layer) {
            print join(",", 0, $m, "", "", "", $l, $_->{rank}, $_->{score},
                $_->{token}), "\n" } $l++ } $m++ }' jsonl > rows
    tail -n +2 csv | cut -d , -f 1-9 | cmp - rows
    berth fill-mask "${args[@]}" > text
    equal "$(head -n 1 text | tr -s ' ')" "layer mask 0 mask 1"
    # A word may be a comma, or a quote: the last column is all that is left.
    tail -n +2 csv | sort -t , -k 6,6n -k 2,2n -k 7,7n |
        perl -pe 'chomp; @f = split /,/, $_, 10; $f[9] =~ s/^"(.*)"$/$1/;
            $f[9] =~ s/""/"/g; $f[5] != ($l // -1) and print +(defined $l ? "\n" : ""),
            $l = $f[5]; $_ = " $f[9] $f[7]"; END { print "\n" }' > want
    sed '1d; $d; s/^ *//' text | tr -s ' ' | cmp - want
}

@test "without a mask: each token's own rank and probability" {
    args=(--lens -m "$tiny" --digits 4 -t 'The man. And the man.')
    berth fill-mask "${args[@]}" -f csv > csv
    n=$(($(n_layers "$tiny") + 1))
    equal "$(awk -F , '$2 == "" && $6 == 0 && NR > 1 { print $3, $4, $5 }' csv)" \
        "$(printf '%s\n' '1 0 3' '2 4 7' '3 7 8' '4 9 12' '5 13 16' '6 17 20' '7 20 21')"
    berth score -m "$tiny" --tokens -f csv "${args[@]:5}" > score
    cut -d , -f 2-5 score | tail -n +2 |
        cmp - <(perl -ne '/^0,,(\d+),(\d+),(\d+),0,\d+,[^,]*,\d+,(.*)$/ and
            print "$1,$4,$2,$3\n"' csv)
    berth fill-mask "${args[@]}" -f jsonl > jsonl
    valid_jsonl < jsonl
    perl -MJSON::PP -ne '$o = decode_json($_); for $t (0 .. $#{$o->{tokens}}) {
        for $l (0 .. $#{$o->{ranks}}) { print join(",", @{$o->{offsets}[$t]}, $l,
            $o->{ranks}[$l][$t], $o->{scores}[$l][$t]), "\n" } }' jsonl |
        cmp - <(tail -n +2 csv | cut -d , -f 4-8)
    berth fill-mask "${args[@]}" > text
    for layer in $(seq 0 $((n - 1))); do
        equal "$(sed '1d; $d' text | awk -v c=$((layer + 2)) '{ print $c }')" \
            "$(awk -F , -v l="$layer" '$6 == l { print $7 }' csv)"
    done
    equal "$(sed '1d; $d' text | awk '{ print $NF }')" \
        "$(awk -F , -v l=$((n - 1)) '$6 == l { print $8 }' csv)"
}

@test "records with and without masks, failed ones, an empty one" {
    printf 'a [MASK]\nthe man\n\n' > f
    berth fill-mask --lens -m "$tiny" -f csv f > csv
    n=$(($(n_layers "$tiny") + 1))
    equal "$(cut -d , -f 1 csv | tail -n +2 | uniq -c | tr -s ' ')" \
        $' '"$n 0"$'\n '"$((2 * n)) 1"
    berth fill-mask --lens -m "$tiny" -f jsonl f > jsonl
    equal "$(json 'join " ", grep { $o->{$_} } qw(masks tokens)' < jsonl)" \
        $'masks\ntokens\ntokens'
    # A target is asked for at masks only.
    run -1 --separate-stderr "$BERTH" fill-mask --lens -m "$tiny" -f csv \
        --target man f
    equal "$stderr" \
        $'berth: f:2: no [MASK] in the text\nberth: f:3: no [MASK] in the text'
    # What was cut away was a mask: its text has no ranks of its own.
    perl -e 'print "the cat " x 60, "[MASK]\n"' > cut
    run -1 --separate-stderr "$BERTH" fill-mask --lens -m "$tiny" \
        --overflow truncate cut
    equal "$output" "!"
    [[ $stderr == "berth: cut:1: no [MASK] is left of the text that was cut to "* ]]
}

@test "a long text: windows, each token once, and the same without them" {
    perl -e 'print "the cat sat, and a dog ran. " x 12' > long
    berth fill-mask --lens -m "$tiny" -f csv --no-header long > out
    n=$(($(n_layers "$tiny") + 1))
    awk -F , -v n="$n" '$3 != int((NR - 1) / n) + 1 || $6 != (NR - 1) % n { exit 1 }' out
    awk -F , '{ print $4 "-" $5 }' out | uniq | sort | uniq -d > twice
    [ ! -s twice ]
    equal "$(awk -F , -v n="$n" 'END { print NR / n }' out)" \
        "$(berth tokenize -m "$tiny" --max-tokens 9999 -f csv --no-header long 2> /dev/null |
            awk -F , '$6 > 0 || $7 > 0 || $8 > 0' | wc -l)"
    run -1 --separate-stderr "$BERTH" fill-mask --lens -m "$tiny" --overflow error long
    [[ $stderr == "berth: long:1: "*" tokens; the limit is "* ]]
    berth fill-mask --lens -m "$tiny" -f csv --no-header --overflow truncate long > cut
    equal "$(awk -F , '{ print $3 }' cut | uniq | wc -l)" 42
    # Of a pair there are no windows.
    printf 'the man\ta man\n%s\tx\n' "$(cat long)" > pairs
    run -1 --separate-stderr "$BERTH" fill-mask --lens -m "$tiny" -f csv --no-header \
        --pair pairs
    equal "$(awk -F , '{ print $3, $4, $5 }' <<< "$output" | uniq)" \
        $'1 0 3\n2 4 7\n4 0 1\n5 2 5\n  '
    [[ $stderr == "berth: pairs:2: "*" tokens; the limit is "* ]]
}

@test "the same whatever the batches and threads are" {
    printf 'a [MASK] b\nthe cat sat on the mat\n[MASK] cat [MASK]\n' > f
    for _ in 1 2 3 4; do cat f f > g && mv g f; done
    berth fill-mask --lens -m "$tiny" -f csv -j 1 f > want
    berth fill-mask --lens -m "$tiny" -f csv -j 2 --batch-tokens 16 f | cmp - want
    berth fill-mask --lens -m "$tiny" -f csv -j 3 --batch-tokens 4096 f | cmp - want
}

@test "heat: words in their cells, or a column each token" {
    berth fill-mask --lens -f heat -m "$tiny" -t 'a [MASK] b [MASK]' > out
    equal "$(head -n 2 out | tr -s ' ')" $'record 0\n mask 0 mask 1'
    equal "$(grep -c '^[0-9] ' out)" $(($(n_layers "$tiny") + 1))
    berth fill-mask --lens -m "$tiny" -f csv --no-header -t 'a [MASK] b [MASK]' |
        cut -d , -f 2,6,10 | while IFS=, read -r mask layer word; do
        sed -n "s/^$layer //p" out | tr -s ' ░▒▓█' '\n' | grep -qxF -- "$word" ||
            equal "mask $mask, layer $layer" "$word"
    done
    berth fill-mask --lens -f heat -m "$tiny" --target man -t 'a [MASK]' > out
    equal "$(sed -n 2p out | tr -d " ")" man
    equal "$(sed -n 's/^0  //p' out | tr -d ' ░▒▓█')" \
        "$(berth fill-mask --lens -m "$tiny" -f csv --target man -t 'a [MASK]' |
            sed -n 2p | cut -d , -f 7)"
    berth fill-mask --lens -f heat -m "$tiny" -t 'the man' > out
    equal "$(sed -n '2,4p' out)" $'  t m\n  h a\n  e n'
    # Numbers of layers stand once, also where names have no room.
    berth fill-mask --lens -f heat -m "$tiny" --width 30 \
        -t "$(yes cat | head -n 25)" > out
    [[ $(sed -n 4p out) =~ ^0\ [░▒▓█\ ]*$ ]]
}

@test "heat: colours, and masks that do not fit beside each other" {
    text=$(yes '[MASK]' | head -n 9 | tr '\n' ' ')
    for width in 20 40 80; do
        berth fill-mask --lens -f heat --width "$width" -t "$text" > out
        [ "$(wc -L < out)" -le "$width" ]
        equal "$(grep -o 'mask [0-9]' out | wc -l)" 9
        # Layers are repeated beside each band of masks.
        equal "$(grep -c '^6 ' out)" "$(grep -c 'mask ' out)"
    done
    berth fill-mask --lens -f heat --color always -t 'She opened the [MASK].' > out
    grep -q $'^6 \033\[48;5;[0-9]*m\033\[38;5;[0-9]*m door *\033\[0m$' out
    # The words of a vocabulary drive no terminal.
    cp -r "$tiny" model
    perl -pi -e 's/^the$/t\033[7mhe/' model/vocab.txt
    perl -pi -e 's/"the"/"t\\u001b[7mhe"/' model/tokenizer.json
    berth fill-mask --lens -m model -k 500 -f heat --width 9999 --color always \
        -t 'a [MASK]' > out
    run ! grep -qF $'\033[7m' out
}

@test "what does not go with --lens" {
    lens="--lens does not go with --compare, --joint, --rank, --min-prob"
    for args in --joint '--compare --hide-head 0.0' '--rank a' '--min-prob 0.1'; do
        # shellcheck disable=SC2086 # a list
        run -2 "$BERTH" fill-mask --lens $args -t 'a [MASK]'
        equal "${lines[0]}" "berth: $lens"
    done
    run -2 "$BERTH" fill-mask --lens -k 2 --target a -t 'a [MASK]'
    equal "${lines[0]}" "berth: --lens prints all targets: no --top-k with them"
    run -2 "$BERTH" fill-mask -f heat -t 'a [MASK]'
    equal "${lines[0]}" "berth: --format heat and svg need --lens"
    run -2 "$BERTH" fill-mask --lens --target unaffable -m "$tiny" -t 'a [MASK]'
    [[ ${lines[0]} == *"which --lens cannot do" ]]
}

@test "svg: a figure with words in its cells, or a column each token" {
    berth fill-mask --lens -f svg -m "$tiny" -k 2 -t 'a [MASK] b [MASK]' > out.svg
    well_formed out.svg
    berth fill-mask --lens -f jsonl -m "$tiny" -k 2 -t 'a [MASK] b [MASK]' > jsonl
    # The words of every layer and mask.
    json 'join "\n", map { map { map { $_->{token_str} } @$_ } @$_ } @{$o->{masks}}' < jsonl |
        sort > want
    sed -n 's/.*size="8" text-anchor="middle">\(.*\)<.text>/\1/p' out.svg |
        grep -v -e '^mask [01]$' -e '^layer$' -e '^$' | sed 's/&lt;/</; s/&gt;/>/; s/&quot;/"/; s/&amp;/\&/' |
        sort > got
    diff want got
    berth fill-mask --lens -f svg -m "$tiny" -t 'the man' > out.svg
    well_formed out.svg
    equal "$(sed -n 's/.*"start">\([a-z]*\)<.*/\1/p' out.svg | tr '\n' ' ')" 'the man '
    run -1 "$BERTH" fill-mask --lens -f svg -m "$tiny" -t 'a [MASK]' -t 'b [MASK]'
    [[ $output == *'this output format holds one record'* ]]
    run -1 "$BERTH" fill-mask --lens -f svg -m "$tiny" -t ''
    equal "$output" "berth: -t:1: no tokens to draw"
    run -2 "$BERTH" fill-mask -f svg -t 'a [MASK]'
}
