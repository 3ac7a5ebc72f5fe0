# attention-dump -f heat and grid: within the width, in the colours of the
# terminal.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    unset NO_COLOR COLORTERM
    export TERM=xterm-256color
}

heat() {
    "$BERTH" attention-dump -f heat --layer 0 --head 0 "$@"
}

@test "on a pipe: no colour, 80 columns" {
    text=$(yes cat | head -n 200 | tr '\n' ' ')
    heat -t "$text" 2>/dev/null > out
    run ! grep -q $'\033' out
    [ "$(wc -L < out)" -le 80 ]
    [ "$(wc -L < out)" -ge 40 ]
    "$BERTH" attention-dump -f grid -t "$text" 2>/dev/null > out
    run ! grep -q $'\033' out
    [ "$(wc -L < out)" -le 80 ]
    [ "$(wc -L < out)" -ge 60 ]
}

@test "--width, and wide characters and marks keep their columns" {
    text=$'the 日本語 caf\xc3\xa9 e\xcc\x81a नमस्ते are here'
    for width in 25 40 80; do
        heat --width "$width" -t "$text" > out
        [ "$(wc -L < out)" -le "$width" ]
    done
    heat -t 'the cat' > out
    equal "$(sed -n 's/^\[CLS\] //p' out | wc -l)" 1
    # Cells begin in one column, whatever the names hold.
    heat --what scores --color always -t "$text" |
        sed -n 's/\x1b\[48;5;.*//p' | sed '$d' > names
    while IFS= read -r name; do
        equal "$(printf '%s' "$name" | wc -L)" "$(head -n 1 names | tr -d '\n' | wc -L)"
    done < names
}

@test "vowel signs and letters of Hangul keep their columns" {
    # With all-MiniLM-L6-v2, whose vocabulary holds them as pieces of words.
    [ -d "${BERTH_REFERENCE-}/minilm" ] || skip "no reference"
    text='का हिन्दी 한국어 the'
    heat -m "$BERTH_REFERENCE/minilm" --color always -t "$text" > out
    n=$("$BERTH" tokenize -m "$BERTH_REFERENCE/minilm" -t "$text" | wc -w)
    sed -n 's/\x1b\[48;5;.*//p' out | sed '$d' > names
    equal "$(wc -l < names)" "$n"
    while IFS= read -r name; do
        equal "$(printf '%s' "$name" | wc -L)" 6
    done < names
    # Two columns for each name above, but for the last "]".
    equal "$(grep -B 1 '^\[CLS\]' out | head -n 1 | wc -L)" $((6 + 2 * n - 1))
}

@test "--color and the environment choose the colours" {
    run ! grep -q $'\033' <(heat --color never -t 'the cat')
    grep -q $'\033\\[48;5;' <(heat --color always -t 'the cat')
    grep -q $'\033\\[48;2;' <(COLORTERM=truecolor heat --color always -t cat)
    grep -q $'\033\\[48;5;' <(NO_COLOR=1 heat --color=always -t 'the cat')
    heat --color -t 'the cat' | cmp - <(heat --color=auto -t 'the cat')
    grep -q '@@' <(LC_ALL=C heat -t 'the cat')
    run ! grep -q '█' <(LC_ALL=C heat -t 'the cat')
    run -2 heat --color=red -t cat
    run -2 heat --width 0 -t cat
}

@test "on a terminal: its colours and its width" {
    show="$BERTH attention-dump --layer 0 --head 0 -f heat"
    on_terminal "$show -t 'the cat'" > out
    grep -q $'\033\\[48;5;' out
    NO_COLOR=1 on_terminal "$show -t 'the cat'" > out
    run ! grep -q $'\033' out
    TERM=dumb on_terminal "$show -t 'the cat'" > out
    run ! grep -q $'\033' out
    COLORTERM=24bit on_terminal "$show -t 'the cat'" > out
    grep -q $'\033\\[48;2;' out
    for term in vt100 '' xterm-mono; do
        TERM=$term on_terminal "$show -t 'the cat'" > out
        run ! grep -q $'\033' out
    done
    on_terminal "$show -o file -t 'the cat'" > out
    run ! grep -q $'\033' file
    text=$(yes cat | head -n 75 | tr '\n' ' ')
    on_terminal "$show --color never -t '$text'" > out
    width=$(tr -d '\r' < out | wc -L)
    [ "$width" -gt 80 ]
    [ "$width" -le 100 ]
}

@test "on a terminal of eight colours: those, and no others" {
    show="$BERTH attention-dump --layer 0 -t 'the cat'"
    for term in xterm linux screen; do
        TERM=$term on_terminal "$show -f heat --head 0" > heat
        grep -q $'\033\\[4[0-7]m' heat
        TERM=$term on_terminal "$show -f grid" > grid
        grep -q $'\033\\[3[0-7]m\033\\[4[0-7]m▀' grid
        equal "$(cat heat grid | grep -o $'\033\\[[0-9;]*m' |
            grep -v $'\033\\[\\([34][0-7]\\|0\\)m' | wc -l | tr -d ' ')" 0
    done
    # Between two colours: the next one mixed into the one before.
    grep -q $'\033\\[4[0-7]m[░▒▓]' heat
    NO_COLOR=1 TERM=xterm on_terminal "$show -f grid" > out
    run ! grep -q $'\033' out
    grep -q $'\033\\[48;5;' <(TERM=xterm heat --color=always -t 'the cat')
}

@test "a picture of each head, and a grid of all" {
    equal "$("$BERTH" attention-dump -m "$tiny" -f heat -t 'the cat' |
        grep -c '^record 0 layer [0-9]* head [0-9]*$')" \
        "$("$BERTH" attention-dump -m "$tiny" -f csv -t 'the cat' |
            awk -F , 'NR > 1 && $5 == 0 && $7 == 0' | wc -l | tr -d ' ')"
    "$BERTH" attention-dump -f grid --layer 1-2 --head 0,3 -t 'the cat' > out
    equal "$(head -n 1 out)" "record 0"
    equal "$(sed -n 2p out | tr -s ' ')" " head 0 head 3" ||
        equal "$(sed -n 2p out | tr -s ' ')" " 0 3"
    equal "$(grep -o '^layer [0-9]' out | tr '\n' ' ')" "layer 1 layer 2 "
    "$BERTH" attention-dump -f grid --reduce mean -t 'the cat' > out
    sed -n 2p out | grep -q 'mean$'
}

@test "a grid fits the height: of the terminal, or --height" {
    grid="$BERTH attention-dump -f grid -t 'the cat slept'"
    on_terminal "stty rows 40; $grid" > out
    [ "$(wc -l < out)" -le 39 ]
    [ "$(wc -l < out)" -gt 24 ]
    on_terminal "stty rows 24; $grid" > small
    [ "$(wc -l < small)" -le 23 ]
    [ "$(wc -l < small)" -gt 15 ]
    equal "$(grep -c '^layer' small)" 6
    on_terminal "stty rows 24; $grid -o file" > none
    for lines in 10 20 30; do
        for options in '--color=always' '--reduce max' '--width 30'; do
            # shellcheck disable=SC2086
            "$BERTH" attention-dump -f grid --height "$lines" $options -t 'the cat slept' > out
            [ "$(wc -l < out)" -le "$lines" ]
        done
    done
    # On a pipe it takes what it needs, as always.
    "$BERTH" attention-dump -f grid -t 'the cat slept' | cmp - file
    "$BERTH" attention-dump -f grid --height 999 -t 'the cat slept' | cmp - file
    run -2 heat --height 20 -t cat
}

@test "failed records keep their place, other fields come first" {
    printf '{"n":7,"t":"the cat"}\n{"n":8}\n' > in
    run -1 --separate-stderr heat -i jsonl --field t --id n in
    equal "${lines[0]}" $'7\trecord 0 layer 0 head 0'
    equal "$(printf '%s\n' "$output" | grep -c '!$')" 1
    run -2 "$BERTH" attention-dump -f grid --what q -t cat
}

# names ANCHOR FILE - the texts of a figure with this anchor.
names() {
    sed -n "s/.*\"$1\">\\(.*\\)<.*/\\1/p" "$2" | tr '\n' ' '
}

@test "svg: one head has the names of its tokens, whatever they hold" {
    "$BERTH" attention-dump -f svg --layer 2 --head 1 -t $'a <b> & "c" \xe4\xb8\xad' > one.svg
    well_formed one.svg
    tokens='[CLS] a &lt; b &gt; &amp; &quot; c &quot; [UNK] [SEP] '
    equal "$(names start <(grep rotate one.svg))" "$tokens"
    equal "$(names end one.svg)" "$tokens"
    equal "$(names middle one.svg)" 'layer 2 head 1 query key '
    equal "$(grep -c -i -e '<script' -e '<style' -e 'href' one.svg)" 0
    # The largest weight has the darkest colour.
    "$BERTH" attention-dump -f svg --layer 2 --head 1 -t 'the cat' > cat.svg
    "$BERTH" attention-dump -f csv --no-header --layer 2 --head 1 -t 'the cat' |
        sort -t , -g -k 9 | tail -n 1 | cut -d , -f 5,7 > largest
    grep '#2b1737" d' cat.svg | grep -q "M$(cut -d , -f 2 largest) $(cut -d , -f 1 largest)h"
}

@test "svg: several heads are a grid with titles and one scale" {
    grid="$BERTH attention-dump -f svg -t cat"
    $grid --layer 0,5 --head 1-2 > grid.svg
    well_formed grid.svg
    equal "$(names middle grid.svg)" '0.1 0.2 5.1 5.2 '
    equal "$(grep -c 'url(#' grid.svg)" 1
    equal "$(names middle <($grid --reduce mean))" '0.mean 1.mean 2.mean 3.mean 4.mean 5.mean '
    equal "$(names middle <($grid --reduce max --over both))" 'layer max head max query key '
    equal "$(names middle <($grid --rollout --layer 1))" 'layer 1 head rollout query key '
    grep -q 'berth-signs' <($grid --what scores)
    # Layers below each other, heads beside each other; those of one layer in a square.
    equal "$(grep -c 'translate(4 ' <($grid))" 6
    equal "$(grep -c 'translate(4 ' <($grid --layer 0))" 2
}

@test "svg --style lines: from each query, at the left, to each key" {
    lines="$BERTH attention-dump -f svg --style lines"
    $lines --layer 2 --head 1 -t 'the <b>' > lines.svg
    well_formed lines.svg
    tokens='[CLS] the &lt; b &gt; [SEP] '
    equal "$(names end lines.svg)" "${tokens}query "
    equal "$(names start <(grep -v 'size="7"' lines.svg))" "${tokens}key "
    # Cells of ten points: the darkest line is that of the largest weight.
    "$BERTH" attention-dump -f csv --no-header --layer 2 --head 1 -t 'the <b>' |
        sort -t , -g -k 9 | tail -n 1 | cut -d , -f 5,7 | tr , ' ' > largest
    read -r query key < largest
    grep '#2b1737" d' lines.svg | grep -q "M0 $((query * 10 + 5))L110 $((key * 10 + 5))[M\"]"
    $lines --layer 0-1 -t cat > grid.svg
    well_formed grid.svg
    equal "$(names middle grid.svg)" '0.0 0.1 0.2 0.3 1.0 1.1 1.2 1.3 '
    run -2 $lines --what scores -t cat
    run -2 "$BERTH" attention-dump --style lines -t cat
}

@test "svg: of one record, and of numbers that have two tokens" {
    figure="$BERTH attention-dump -f svg"
    run -1 $figure -o out.svg -t a -t b
    [[ $output == *"this output format holds one record"* ]]
    [ ! -e out.svg ]
    run -2 $figure --what hidden -t a
    [[ $output == *"grid and svg are for weights"* ]]
    run -2 $figure --keep -t a
    run -2 $figure --resume -o out.svg in
    run -1 --separate-stderr $figure --overflow error --max-tokens 3 -t 'one two three'
    equal "$output" ''
}
