#!/usr/bin/env bats
# not_a_number.bats - results that are no numbers: failed records, exit 1, in
# every command and format.

load common

words=bert.embeddings.word_embeddings.weight
bias=cls.predictions.bias
why='the model'\''s result is not a number'

# nan_for WORD - the model "broken": what knows WORD gives NaN.
nan_for() {
    local id
    id=$(berth tokenize -m "$tiny" -f csv --no-special --no-header -t "$1" |
        cut -d, -f3)
    poison broken $words nan $(seq $((id * 32)) $((id * 32 + 31)))
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export XDG_CACHE_HOME=$PWD/cache
    printf 'the\na cat\nthe b\nb\n' > lines
    printf 'a cat\nb\n' > good
    nan_for the
}

# failed COMMAND... - exit 1, a message for lines 1 and 3, and no NaN.
failed() {
    run --separate-stderr berth "$@"
    [ "$status" -eq 1 ]
    [ "$(grep -c "$why" <<< "$stderr")" -eq 2 ]
    [[ $stderr = *"lines:1: $why"* && $stderr = *"lines:3: $why"* ]]
    ! grep -qiE '(^|[^a-z])-?(nan|inf)([^a-z]|$)' <<< "${output//NaN or inf/}"
}

# bad_places FORMAT - which lines of the output are those of failed records.
bad_places() {
    case $1 in
    text) grep -nx '!' ;;
    csv) grep -nE '^[0-9]+,+$' ;;
    tsv) grep -nE $'^[0-9]+\t+$' ;;
    jsonl) grep -nF '"error":"the model' ;;
    esac | cut -d: -f1 | paste -sd' '
}

@test "embed, all formats: failed records in their places, good ones unharmed" {
    for f in text csv tsv jsonl; do
        failed embed --quiet -m broken -f $f --no-header lines
        [ "$(bad_places $f <<< "$output")" = '1 3' ]
    done
    berth embed --quiet -m "$tiny" good > want
    for j in 1 4; do
        failed embed --quiet -m broken -j $j lines
        equal "$(sed -n '2p;4p' <<< "$output")" "$(cat want)"
    done
    for f in f32 npy; do
        run -1 berth embed --quiet -m broken -f $f -o $f lines
    done
    equal "$(floats < f32 | awk '{ print NR " " $1 }' | grep -ci nan)" 64
    equal "$(floats < f32 | sed -n '33,64p;97,128p')" \
        "$(berth embed --quiet -m "$tiny" -f f32 good | floats)"
    [ "$(array_shape < npy)" = '4, 32' ]
}

@test "embed, all vector types: zeros are no vector" {
    for v in int8 uint8 binary ubinary; do
        failed embed --quiet -m broken --vector-type $v lines
        [ "$(bad_places text <<< "$output")" = '1 3' ]
        equal "$(sed -n '2p;4p' <<< "$output")" \
            "$(berth embed --quiet -m "$tiny" --vector-type $v good)"
    done
}

@test "embed --tokens" {
    for f in text csv tsv jsonl; do
        failed embed -m broken --tokens -f $f --no-header lines
    done
    [ "$(bad_places jsonl <<< "$output")" = '1 3' ]
    for f in f32 npy; do
        run -1 --separate-stderr berth embed -m broken --tokens -f $f -t 'a the'
        [ -z "$output" ]
    done
}

@test "windows: one that is no number fails its record, once" {
    printf '%s the\n' "$(yes a | head -60 | paste -sd' ')" > lines
    printf 'b\n%s the b\n' "$(yes a | head -60 | paste -sd' ')" >> lines
    for o in '' --tokens; do
        failed embed --quiet --overflow window --stats -m broken -f csv $o lines
        [[ $stderr = *'"records":3,"failed":2,'* ]]
        [ "$(grep -cE '^[02],,' <<< "$output")" -eq 2 ]
        [ "$(grep -cE '^[02],[^,]' <<< "$output")" -eq 0 ]
    done
}

@test "fill-mask: plain, joint, targets, ranks, compared" {
    sed 's/$/ [MASK]/' lines > l && mv l lines
    # Only the hidden state is no number: the vocabulary's rows are all numbers.
    poison broken2 bert.embeddings.position_embeddings.weight nan 96
    for o in '' '-k 1' '--joint' '--joint -k 1 --order best-first' \
        '--target a' '--target mathat' '--rank a' '--compare --hide-head 0.0'; do
        for f in text csv jsonl; do
            run -1 --separate-stderr berth fill-mask -m broken2 -f $f --no-header \
                $o lines
            [ "$(grep -c "$why" <<< "$stderr")" -eq 4 ]
            [ "$(bad_places $f <<< "$output" | wc -w)" -eq 4 ]
        done
    done
    # The row of a word that no text holds is asked for at every mask.
    run -1 --separate-stderr berth fill-mask -m broken -t 'b [MASK]'
    equal "$output" '!'
}

@test "score: no token is left out of the sum" {
    poison broken2 $bias nan 5
    for o in '' --within-word --tokens --perplexity; do
        for f in text csv jsonl; do
            run -1 --separate-stderr berth score -m broken2 -f $f --no-header $o \
                lines
            [ "$(grep -c "$why" <<< "$stderr")" -eq 4 ]
            [ "$(bad_places $f <<< "$output" | wc -w)" -eq 4 ]
        done
    done
    printf 'the\ta\n' > pairs
    run -1 --separate-stderr berth score --choose -m broken2 pairs
    equal "$output" '!'
}

@test "a probability of 0 is a number" {
    id=$(berth tokenize -m "$tiny" -f csv --no-special --no-header -t a | cut -d, -f3)
    poison never $bias -inf "$id"
    equal "$(berth score -m never -t a)" "$(printf '%s\ta' -inf)"
    equal "$(berth score -m never --perplexity -t a)" "$(printf 'inf\ta')"
    equal "$(berth score -m never -f jsonl -t a | json '$o->{score} // "null"')" null
    equal "$(berth fill-mask -m never --target a -f csv --no-header -t 'b [MASK]' |
        cut -d, -f4)" 0
    equal "$(berth score -m never --choose -t $'a\tb')" "$(printf '2\tb')"
    berth fill-mask -m never --joint -t '[MASK] [MASK]'
}

@test "a perplexity beyond a float" {
    poison steep $bias 100 5
    run -0 berth score -m steep --perplexity -t a
    [[ $output =~ ^[1-9][0-9.]*e\+[0-9]+$'\t'a$ ]]
}

@test "attention-dump: all it prints" {
    for w in weights scores q k v context norms attention-output attention-norm \
        ff-inner ff-output hidden; do
        failed attention-dump -m broken --what $w -f csv --no-header lines
        [ "$(bad_places csv <<< "$output" | wc -w)" -eq 2 ]
    done
    for o in --rollout '--reduce max' '--reduce mean --over both' '--level word'; do
        failed attention-dump -m broken -f csv --no-header $o lines
    done
    for f in text jsonl heat grid; do
        failed attention-dump -m broken -f $f lines
        [ "$(grep -c '"record":[02],"error"\|^!$' <<< "$output")" -eq 2 ]
    done
    for f in npy f32; do
        run -1 --separate-stderr berth attention-dump -m broken -f $f -t 'a the'
        [ -z "$output" ]
    done
}

@test "head-stats: what is no number is in no mean" {
    for o in '' --distances; do
        failed head-stats -m broken $o lines
        equal "$output" "$(berth head-stats -m "$tiny" $o good)"
    done
    # A record that fails at a late window, after others were added up.
    { cat good; printf '%s the\n' "$(yes a | head -50000 | paste -sd' ')"; } > lines
    run -1 --separate-stderr berth head-stats --overflow window -m broken lines
    equal "$output" "$(berth head-stats -m "$tiny" good)"
}

@test "attention-dump: a late window's failure ends the record" {
    { echo b; printf '%s the\n' "$(yes a | head -50000 | paste -sd' ')"; echo b; } > lines
    run -1 --separate-stderr berth attention-dump --overflow window -m broken \
        --stats --layer 0,1 -f csv -k 1 --from b -o out lines
    [[ $stderr = *'"records":3,"failed":1,'* ]]
    [ "$(grep -c "$why" <<< "$stderr")" -eq 1 ]
    equal "$(cut -d, -f1 out | uniq | paste -sd' ')" 'record 0 1 2'
    equal "$(grep -n '^1,' out)" '6:1,,,,,,,,'
}

@test "view" {
    failed view -m broken lines
    [ "$(grep -c '"record":[02],"error":"the model' <<< "$output")" -eq 2 ]
}

@test "search: never first, no good line lost, nothing kept" {
    for o in '' --no-cache '--vector-type binary'; do
        for i in 1 2; do
            failed search --quiet -m broken $o -k 2 'a cat' lines
            [ "$(cut -d: -f2 <<< "$output" | paste -sd' ')" = '2 4' ]
        done
    done
    failed search --quiet -m broken --index index -k 2 'a cat' lines
    [ ! -e index ]
    run -1 --separate-stderr berth search --quiet -m broken 'the cat' good
    [ -z "$output" ]
    [[ $stderr = "berth: the meaning: $why"* && $stderr != *$'\n'* ]]
}

@test "an index of vectors that are no numbers is not believed" {
    # As an older version might have kept them: all sums are right.
    berth search --quiet -m "$tiny" --index index a good
    cat > spoil.pl <<'PERL'
use strict; use integer;
sub sum_of { my ($s, $seed) = @_; my $sum = $seed + length $s; my (@first, @second);
    $s .= "\0" x ((64 - length($s) % 64) % 64);
    for my $i (0 .. length($s) / 64 - 1) { my @w = unpack "q8", substr $s, 64 * $i, 64;
        $second[$_] += $first[$_] += $w[$_] for 0 .. 7; }
    for (@first, @second) { $sum = ($sum ^ $_) * -7046029254386353131;
        $sum ^= ($sum >> 29) & ((1 << 35) - 1); }
    $sum }
local $/; open my $f, "<:raw", "index" or die; my $x = <$f>;
for my $slot (0, 512) { # model; bytes of a row, age, table, parts, blocks
    my ($n, $age, $table, $n_parts, $n_blocks) = unpack "q5", substr $x, $slot + 40, 40;
    next unless $age;
    my $blocks = $table + 144 * $n_parts;
    my ($at, undef, undef, undef, $n_rows) = unpack "q5", substr $x, $blocks, 40;
    substr($x, $at, 4) = pack "V", 0x7fc00000;
    substr($x, $blocks + 8, 8) = pack "q", sum_of(substr($x, $at, $n_rows * $n), $at);
    substr($x, $slot + 80, 8) = pack "q", sum_of(substr($x, $blocks, 80 * $n_blocks),
        sum_of(substr($x, $table, 144 * $n_parts), 2));
    substr($x, $slot + 504, 8) = pack "q", sum_of(substr($x, $slot, 504), 1);
}
open $f, ">:raw", "index" or die; print $f $x;
PERL
    perl spoil.pl
    run -1 --separate-stderr berth search --quiet -m "$tiny" --index index a good
    [ "$stderr" = 'berth: index: damaged, or no index at all' ]
}

@test "grep, dedup and similar" {
    run -2 --separate-stderr berth grep --quiet --threshold -1 -m broken 'a cat' lines
    equal "$output" "$(cat good)"
    [ "$(grep -c "$why" <<< "$stderr")" -eq 2 ]
    run -2 --separate-stderr berth grep --quiet -m broken the good
    [ -z "$output" ]
    failed dedup --quiet -m broken lines
    equal "$output" $'!\n1\ta cat\n!\n2\tb'
    paste lines lines > l && mv l lines
    for f in text csv jsonl; do
        failed similar --quiet -m broken -f $f --no-header lines
        [ "$(bad_places $f <<< "$output")" = '1 3' ]
    done
    run -1 berth similar --quiet -m broken -f f32 -o out lines
    equal "$(floats < out | perl -ne 'printf "%.3f ", $_')" 'NaN 1.000 NaN 1.000 '
}

@test "position-dump: one error, and no cosine of 0" {
    poison broken2 bert.embeddings.position_embeddings.weight nan 96
    for o in '' '--similarity cosine' '-f npy' '-f heat' '-f jsonl'; do
        run -1 --separate-stderr berth position-dump -m broken2 $o
        [ -z "$output" ]
        equal "$stderr" \
            'berth: broken2: position 3: not a number (NaN or infinite)'
        berth position-dump -m broken2 --position 0-2,4 $o > /dev/null
    done
    run -0 berth position-dump -m broken2 --sinusoidal
}

@test "--ranges that are no numbers" {
    berth embed --quiet -m "$tiny" --vector-type uint8 --save-ranges r -o x lines
    perl -e 'open $f, "+<:raw", "r"; seek $f, -4, 2; print $f pack "V", 0x7f800000'
    run -1 berth embed --quiet -m "$tiny" --vector-type uint8 --ranges r lines
    equal "$output" 'berth: r: not a number (NaN or infinite)'
}

@test "a weight beyond float16 is no vector, in any precision" {
    poison big bert.encoder.layer.0.output.dense.weight 1e5 0
    run berth embed --quiet -m big --precision f16 lines
    [ "$status" -eq 1 ]
    run ! grep -qi '^nan\| nan' <<< "$output"
}

@test "one weight that is no number reaches the result, wherever it is" {
    layer=bert.encoder.layer.0
    for tensor in $layer.attention.self.key.weight $layer.output.dense.weight \
        $layer.attention.output.dense.bias $layer.intermediate.dense.weight; do
        poison m $tensor nan 0
        for p in f32 f16 bf16 int8; do
            for cpu in scalar vector avx2 avx2vnni avx512 avx512vnni amx dotprod; do
                run berth embed --quiet -m m --precision $p --cpu $cpu \
                    --pooling cls lines
                [ "$status" -eq 1 ]
                run ! grep -q '[0-9]\.[0-9]' <<< "$output"
            done
        done
        rm -r m
    done
}
