# Files that outputs replace: only by what is whole.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    printf 'the [MASK] sat\tthe dog\n%.0s' {1..2000} > in
    printf 'a,b\nx,y\n' > table.csv
    echo old > out
}

# All commands that read texts and have -o, as they go with a file of pairs.
commands=(embed 'embed -f npy' 'embed -f f32' 'embed --vector-type int8'
    fill-mask score tokenize 'tokenize -f jsonl'
    'attention-dump --layer 0' 'attention-dump --layer 0 -f npz' head-stats
    dedup 'similar --pair' view 'grep a' 'grep -c a' 'search a')

# untouched STATUS ARG... - a run with this end leaves the old file as it was,
# and makes none where there was none.
untouched() {
    local want=$1 arg=("${@:2}")

    for j in 1 2; do
        [ "${arg[0]}" != grep ] || want=2
        run "-$want" "$BERTH" "${arg[@]}" -m "$tiny" --quiet -j $j
        equal "$(cat out)" old
        equal "$(find . -name '.berth-*')" ""
        run "-$want" "$BERTH" "${arg[@]}" -o new -m "$tiny" --quiet -j $j
        [ ! -e new ]
    done
}

@test "-o: a file that is missing, alone or among others, leaves the old file" {
    head -n 20 in > few
    for c in "${commands[@]}"; do
        # shellcheck disable=SC2086
        untouched 1 $c -o out missing
        # shellcheck disable=SC2086
        untouched 1 $c -o out few missing few
    done
}

@test "-o: input that breaks off leaves the old file" {
    gzip -c in | head -c 60 > cut.gz
    for c in "${commands[@]}"; do
        # shellcheck disable=SC2086
        untouched 1 $c -o out cut.gz
    done
    untouched 1 embed -o out .
    [ ! -r /proc/self/mem ] || untouched 1 embed -o out /proc/self/mem
}

@test "-o: a column that is not there leaves the old file" {
    for c in embed fill-mask score tokenize attention-dump head-stats dedup \
        view 'grep a' 'search a'; do
        # shellcheck disable=SC2086
        untouched 1 $c -i csv --field none -o out table.csv
        # shellcheck disable=SC2086
        case $c in embed | tokenize | fill-mask | score) ;; *) continue ;; esac
        # shellcheck disable=SC2086
        untouched 1 $c -i csv --field a --id none -o out table.csv
    done
}

@test "-o: a failed record has its place in a file that is whole" {
    printf 'a [MASK]\nnone\n' > texts
    run -1 "$BERTH" fill-mask -m "$tiny" -k 1 -f csv -o out texts
    equal "$(wc -l < out | tr -d ' ')" 3
}

@test "standard output: what can be read is written" {
    echo 'a' > a
    run -1 "$BERTH" tokenize -m "$tiny" a missing a
    equal "${#lines[@]}" 3
    run -2 --separate-stderr "$BERTH" grep -m "$tiny" --quiet --threshold -1 \
        -c x a missing a
    equal "${lines[*]}" "a:1 a:1"
}

@test "--save-ranges: changes together with the vectors only" {
    printf '%s\n' a b c > few
    ranges() {
        run "-$1" "$BERTH" embed -m "$tiny" --quiet --vector-type int8 \
            --save-ranges ranges "${@:2}"
        equal "$(find . -name '.berth-*')" ""
    }
    echo old > ranges
    ranges 1 -o out few missing
    equal "$(cat out ranges)" "old
old"
    ranges 1 few missing
    equal "$(cat ranges)" old
    if [ -e /dev/full ]; then
        ranges 1 -o /dev/full few
        equal "$(cat ranges)" old
    fi
    ranges 0 -o out few
    equal "$(array_shape < ranges)" "2, 32"
}

@test "--index: only of files that were read whole" {
    printf '%s\n' a b c > few
    run -1 "$BERTH" search -m "$tiny" --quiet --index index a few missing
    [ ! -e index ]
    gzip -c in | head -c 60 > cut.gz
    run -1 "$BERTH" search -m "$tiny" --quiet --index index a few cut.gz
    [ ! -e index ]
    berth search -m "$tiny" --quiet --index index a few
    cp index before
    run -1 "$BERTH" search -m "$tiny" --quiet --index index a few missing
    cmp index before
}

@test "grep -r -o: a folder that cannot be walked leaves the old file" {
    mkdir -p tree
    echo a > tree/a
    run -2 "$BERTH" grep -m "$tiny" --quiet --threshold -1 -r -o out x tree none
    equal "$(cat out)" old
    run -2 "$BERTH" grep -m "$tiny" --quiet --threshold -1 -o out x tree/a tree
    equal "$(cat out)" old
}

@test "-o: a link to a file that is not there yet makes that, when whole" {
    mkdir below
    ln -s below/file link
    ln -s link other
    run -1 "$BERTH" tokenize -m "$tiny" -o other missing
    [ ! -e below/file ]
    berth tokenize -m "$tiny" -o other -t a
    equal "$(cat below/file)" "[CLS] a [SEP]"
    [ -L link ]
    ln -s round round
    run -1 "$BERTH" tokenize -m "$tiny" -o round -t a
    # glibc and musl have words of their own for it.
    [[ $output == "berth: round: "*' link'* ]]
}

@test "-o: a file in a folder that takes no other is copied over, when whole" {
    [ "$(id -u)" -ne 0 ] || skip "root may write everywhere"
    mkdir shut
    echo old > shut/out
    chmod 555 shut
    run -1 "$BERTH" tokenize -m "$tiny" -o shut/out missing
    equal "$(cat shut/out)" old
    berth tokenize -m "$tiny" -o shut/out -t a
    equal "$(cat shut/out)" "[CLS] a [SEP]"
    berth embed -m "$tiny" --quiet -f npy -o shut/out -t a
    equal "$(array_shape < shut/out)" "1, 32"
    chmod 755 shut # so that bats can remove it
}
