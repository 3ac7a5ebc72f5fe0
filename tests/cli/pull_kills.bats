# berth pull, killed at each call that changes the cache, and watched meanwhile:
# no half of a model is ever seen, and the next pull makes it whole.

load common
load hub

setup() {
    hub_start
    export OMP_NUM_THREADS=1
    sentence=$models/st-mean-dense-norm
    hub_model org/name "$sentence"
    mkdir -p "$HF_HOME"
    want=$(vector "$sentence")
}

# vector MODEL - the first numbers that it gives, or "none"
vector() {
    ("$BERTH" embed --digits 4 -m "$1" -t 'A cat.' 2> /dev/null || echo none) |
        cut -d ' ' -f 1-4
}

# whole - all files are there and right, and nothing else is.
whole() {
    for file in "$cache"/models--org--name/snapshots/*/*; do
        [ -d "$file" ] || cmp "$file" "$sentence/${file##*/}"
    done
    equal "$(vector org/name)" "$want"
    equal "$(find "$cache" -name '*.part*' -o -name '*.incomplete')" ""
}

# killed_at_each CALL... - kills a pull at the first such call, then another at
# the second (or the every-th), and so on; before each, the cache is as the
# folder start has it.
# What berth then makes of org/name is what it did before, nothing, or the whole.
killed_at_each() {
    local before call n
    rm -rf "$cache"
    cp -a start "$cache"
    before=$(vector org/name)
    for call in "$@"; do
        for ((n = 1; n < 200; n += ${every-1})); do
            rm -rf "$cache"
            cp -a start "$cache"
            ! strace -f -qq -o trace -e trace="$call" -e signal=none \
                -e inject="$call:signal=KILL:when=$n" \
                "$BERTH" pull org/name > out 2> err || break
            killed=$((killed + 1))
            now=$(vector org/name)
            [[ " $before none $want " == *" $now "* ]] || {
                echo "$call $n: neither before nor whole:"
                find "$cache/models--org--name/snapshots"
                return 1
            }
            run -0 --separate-stderr "$BERTH" pull org/name
            equal "$call $n: $stderr" "$call $n: "
            whole || { echo "after $call $n"; return 1; }
        done
    done
}

# Hundreds of programs are traced: a sanitizer's would take a quarter of an hour.
needs_strace() {
    [ -z "${BERTH_SANITIZER-}" ] || skip "not under a sanitizer"
    command -v strace > /dev/null || skip "no strace"
    strace -o trace -e inject=getcwd:signal=CONT true 2> /dev/null ||
        skip "strace may not trace here"
}

@test "killed at each call that makes a new cache" {
    needs_strace
    mkdir start
    killed=0
    killed_at_each symlink rename
    every=3 killed_at_each write
    [ "$killed" -ge 25 ]
}

# start_with FILE... - start becomes a cache that has only these files, as other
# programs leave it that fetch one by one.
start_with() {
    rm -rf "$cache" start
    local folder name
    folder=$("$BERTH" pull org/name)
    (cd "$folder" && find . -type l) | while read -r name; do
        [[ " $* " == *" ${name#./} "* ]] || rm "$folder/$name"
    done
    find "$folder" -type d -empty -delete
    cp -a "$cache" start
}

@test "killed at each call that completes a snapshot" {
    needs_strace
    killed=0
    start_with vocab.txt model.safetensors
    killed_at_each symlink unlink
    # This is a model by itself, and has other vectors.
    start_with config.json tokenizer.json tokenizer_config.json model.safetensors
    [ "$(vector org/name)" != none ]
    killed_at_each symlink unlink
    [ "$killed" -ge 20 ]
}

# watch - prints what berth makes of org/name again and again, until the file
# stop is there.
watch() {
    while [ ! -e stop ]; do
        vector org/name
    done
}

@test "beside a slow pull, a name is the old model or the new one" {
    printf '%s\n' '{"path": "Signature", "slow": [20000, 0.05]}' > faults
    watch > seen 3>&- &
    watcher=$!
    eventually 1 grep -m 1 -x none seen
    berth pull --all org/name
    eventually 1 grep -m 1 -x -e "$want" seen
    hub_model org/name "$models/bert-uncased" second
    echo '{"refs": {"main": "second"}}' > repos/org/name.json
    berth pull org/name
    last=$(vector "$models/bert-uncased")
    eventually 1 grep -m 1 -x -e "$last" seen
    touch stop
    wait "$watcher"
    equal "$(uniq seen)" "none
$want
$last"
}
