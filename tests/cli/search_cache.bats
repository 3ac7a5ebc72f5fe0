# berth search: vectors that are kept, and never believed when they are wrong.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
    st=$models/st-mean-dense-norm
    perl -e 'print "the cat $_ and ", "a dog " x ($_ % 5), "here\n" for 1 .. 700' > f
    printf 'a dog\nthe cat and the dog\n' > g
    search -k 20 --no-cache f g > want
}

search() {
    local args=() files=()
    for arg; do
        case $arg in f | g) files+=("$arg") ;; *) args+=("$arg") ;; esac
    done
    berth search -m "$st" "${args[@]}" 'a dog' "${files[@]}"
}

kept() {
    find cache -name '*.vectors' | wc -l | tr -d ' '
}

@test "the same bytes from the cache, for every way to run" {
    [ ! -e cache/berth ]
    search -k 20 f g | cmp - want
    equal "$(kept)" 2
    equal "$(stat -c %a cache/berth cache/berth/* | sort -u)" $'600\n700'
    search -k 20 f g | cmp - want
    search -k 20 -j 3 f g | cmp - want
    search -k 20 -f csv f g > csv
    search -k 20 -f csv --no-cache f g | cmp - csv
    cp f h
    rm f
    mv h f
    search -k 20 f g --stats 2> stats | cmp - want
    equal "$(json '$o->{records}' < stats)" 0
}

@test "other weights after the pooling are another model" {
    cp -r "$st" model
    st=model
    search --index i f > one
    search f | cmp - one
    perl -e 'open my $f, "+<:raw", "model/2_Dense/model.safetensors" or die;
        seek $f, -128, 2; print $f pack "f<32", map { $_ % 3 - 1 } 1 .. 32'
    search --no-cache f > want
    ! cmp -s one want
    search f | cmp - want
    run --separate-stderr search --index i f
    equal "$status" 1
    [[ "$stderr" == *"another model"* ]]
}

@test "another content, model or option is another entry" {
    search f > one
    equal "$(kept)" 1
    echo 'a dog' >> f
    search f > two
    [ "$(head -n 1 two)" != "$(head -n 1 one)" ]
    equal "$(kept)" 2
    search --max-tokens 5 --quiet f > three
    equal "$(kept)" 3
    berth search -m "$tiny" --quiet 'a dog' f > four
    equal "$(kept)" 4
}

@test "--ignore makes other vectors" {
    search --index i f > all
    search --ignore '[0-9]+' --no-cache f > some
    run ! cmp -s all some
    search f > all
    search --ignore '[0-9]+' f | cmp - some
    search --ignore '[0-9]+' f | cmp - some
    equal "$(kept)" 2
    run -1 search --ignore '[0-9]+' --index i f
    [[ $output == *"another model or other options"* ]]
}

@test "another Dense is another model" {
    cp -r "$st" m
    chmod -R u+w m
    st=m
    search f > one
    search --index i f | cmp - one
    sed -i 's/activation\.[A-Za-z]*/activation.ReLU/' m/2_Dense/config.json
    search --no-cache f > two
    run -1 cmp -s one two
    search f | cmp - two
    run -1 --separate-stderr search --index i f
    [[ $stderr == *"another model"* ]]
    printf x | dd of=m/2_Dense/model.safetensors bs=1 conv=notrunc \
        seek=$(($(stat -c %s m/2_Dense/model.safetensors) - 2)) 2> dd
    search f | cmp - <(search --no-cache f)
    equal "$(kept)" 3
}

@test "--no-cache, --clear-cache, --cache-size" {
    search --no-cache f > one
    equal "$(kept)" 0
    search f g > one
    equal "$(kept)" 2
    search --cache-size 1K f > one
    run -0 "$BERTH" search --clear-cache
    equal "$output" ""
    equal "$(kept)" 0
    search --cache-size 1K f > one
    equal "$(kept)" 0
}

@test "what is damaged is made again" {
    search -k 20 f g > one
    for how in 'truncate -s -1' 'truncate -s 100' 'truncate -s 0' \
        'perl -pi -e s/^BERTHV/BERTHX/' 'flip 30' 'flip 3000' 'flip 140' 'flip -3'; do
        for file in cache/berth/*; do
            case $how in
            flip*)
                perl -e '($n, $f) = @ARGV; open F, "+<", $f; binmode F;
                    seek F, $n, $n < 0 ? 2 : 0; read F, $c, 1;
                    seek F, $n, $n < 0 ? 2 : 0; print F chr(ord($c) ^ 1)' -- \
                    "${how#flip }" "$file"
                ;;
            *) $how "$file" ;;
            esac
        done
        search -k 20 f g | cmp - want
        equal "$(kept)" 2
        search -k 20 f g --stats 2>&1 > /dev/null | json '$o->{records}' | grep -qx 0
    done
}

@test "--index: kept there, refused when foreign or damaged" {
    search -k 20 --index i f g | cmp - want
    equal "$(kept)" 0
    search -k 20 --index i f g --stats 2> stats | cmp - want
    equal "$(json '$o->{records}' < stats)" 0
    run -1 "$BERTH" search -m "$tiny" --quiet --index i 'a dog' f g
    equal "$output" \
        "berth: i: this index was made with another model or other options"
    sed -i '1s/cat/bird/' f
    run -0 --separate-stderr search --index i f g
    equal "$stderr" "berth: warning: i: the files have changed: made anew"
    rm i
    search --index i f g > one
    cp i whole
    truncate -s -8 i
    run -1 search --index i f g
    equal "$output" "berth: i: damaged, or no index at all"
    perl -e 'open F, "+<", "whole"; seek F, 5000, 0; print F "x"'
    run -1 search --index whole f g
    equal "$output" "berth: whole: damaged, or no index at all"
    echo text > other
    run -1 search --index other f g
    equal "$(cat other)" text
    run -1 "$BERTH" search -m "$st" --index new 'a dog' missing
    [ ! -e new ]
    run -2 "$BERTH" search -m "$st" --index new 'a dog' < f
}

@test "a file with a failed record is not kept, and fails again" {
    printf '{"t":"a dog"}\n{"t":7}\n' > j
    for i in 1 2; do
        run -1 --separate-stderr "$BERTH" search -m "$st" -i jsonl --field t 'a dog' j
        equal "${#stderr_lines[@]}" 1
        [[ $output == j:1:*":a dog" ]]
    done
    equal "$(kept)" 0
}

@test "a file that breaks off is not kept, and fails again" {
    gzip -c f | head -c -6 > z
    for args in '-k 1' '--index i'; do
        for i in 1 2; do
            # shellcheck disable=SC2086
            run -1 --separate-stderr "$BERTH" search -m "$st" $args 'a dog' z g
            [[ $stderr == "berth: z: after line "*": gzip data ends early" ]]
        done
    done
    equal "$(kept)" 1
    [ ! -e i ]
}

@test "below a folder where a file is missing, the others answer from the cache, too" {
    mkdir d
    cp f g d
    ln -s nowhere d/missing
    for more in --no-cache --quiet --quiet --hybrid --hybrid; do
        run -1 --separate-stderr "$BERTH" search -m "$st" "$more" -R 'a dog' d
        equal "$stderr" "berth: d/missing: No such file or directory"
        equal "${#lines[@]}" 10
    done
}

@test "a signal leaves no file" {
    perl -e 'print "the cat and a dog\n" x 1000000' > long
    mkdir cache here
    for where in --cache-size=1G --index=here/i; do
        "$BERTH" search -m "$st" "$where" 'a dog' long > out &
        pid=$!
        eventually 1 find cache here -name '*.??????' -size +8
        kill -TERM "$pid"
        status=0
        wait "$pid" || status=$?
        equal "$status" 143
        equal "$(find cache here -type f)" ""
    done
    [ ! -s out ]
}

@test "a cut text is told of from the cache, too" {
    for i in 1 2; do
        run -0 --separate-stderr search --max-tokens 5 f
        [[ $stderr == "berth: warning: "*" cut to the limit"* ]]
    done
}

@test "what the model did not see is told of from the cache, too" {
    printf 'a \351 dog\n\346\227\245\n' > g
    for i in 1 2; do
        run -0 --separate-stderr search g
        [[ $stderr == *"1 byte"*" not UTF-8"* ]]
        [[ $stderr == *"1 text is more than a third unknown to the model"* ]]
    done
    search --index i g --quiet > want
    for i in 1 2; do
        run -0 --separate-stderr search --index i g
        equal "$output" "$(cat want)"
        equal "${stderr_lines[0]}" "berth: warning: 1 byte is not UTF-8, the first in g"
    done
}

@test "what the cache knows of many files is told once" {
    for i in 1 2 3; do
        printf 'a \351 dog\n\346\227\245\nan apple and a bird\n' > "n$i"
    done
    want="berth: warning: 3 texts were cut to the limit, the first in n1
berth: warning: 3 bytes are not UTF-8, the first in n1
berth: warning: 3 texts are more than a third unknown to the model ([UNK]), the first in n1"
    berth search -m "$st" --max-tokens 5 --quiet a n1 n2 n3 > all
    run -0 --separate-stderr "$BERTH" search -m "$st" --max-tokens 5 a n1 n2 n3
    equal "$stderr" "$want"
    run -0 --separate-stderr "$BERTH" grep -m "$st" --max-tokens 5 --threshold -1 a n1 n2 n3
    equal "$(grep -v 'not UTF-8' <<< "$stderr")" "$(grep -v 'not UTF-8' <<< "$want")"
    equal "$(grep -c '3 bytes in 3 texts are not UTF-8' <<< "$stderr")" 1
    equal "${#stderr_lines[@]}" 3
}

@test "--index: one of an earlier form is made again" {
    search -k 20 --index i f g > want
    cp i new
    perl -e 'open F, "+<", "i"; seek F, 7, 0; print F "\2" . "x" x 1016'
    run -0 --separate-stderr search -k 20 --index i f g
    equal "$output" "$(cat want)"
    equal "$stderr" \
        "berth: warning: i: an earlier berth wrote this index: made anew"
    cmp i new
}

@test "--index: a damaged number of the form is no earlier form" {
    search --index i f > /dev/null
    cp i one
    search -k 20 --index i f g > want
    for byte in '\2' '\206'; do
        perl -e 'for (@ARGV[1, 2]) { open F, "+<", $_; seek F, 7, 0; print F eval qq("$ARGV[0]") }' \
            "$byte" one i
        cp one damaged
        run -1 search --index one f
        equal "$output" "berth: one: damaged, or no index at all"
        cmp one damaged
        run -0 --separate-stderr search -k 20 --index i f g
        equal "$output" "$(cat want)"
        equal "$stderr" ""
    done
}

# records of search --index i ... - how many lines of f and g the model saw.
records() {
    search --quiet --index i "$@" --stats 2>&1 > /dev/null | json '$o->{records}'
}

@test "--index: a file that grows adds what is new, and answers as one made anew" {
    search -k 2000 --index i f g | cmp - <(search -k 2000 --no-cache f g)
    for step in 1 2 3 4; do
        perl -e 'print "a bird and ", "the dog " x ($_ % 3), "$_\n" for 1 .. 100 * $ARGV[0]' "$step" >> f
        [ "$step" = 2 ] || echo "a cat $step" >> g
        search -k 2000 --no-cache f g > want
        run -0 --separate-stderr search -k 2000 --index i f g
        equal "$stderr" ""
        cmp want <(echo "$output")
        equal "$(records -k 1 f g)" 0
        search -k 2000 --index i f g | cmp - want
        search -k 2000 -f csv --hybrid --index i f g |
            cmp - <(search -k 2000 -f csv --hybrid --no-cache f g)
    done
    # Only the new lines are computed.
    echo 'a bird' >> f
    equal "$(records f g)" 1
    echo 'a bird' >> f
    search -k 2000 --hybrid --index i f g |
        cmp - <(search -k 2000 --hybrid --no-cache f g)
}

@test "--index: another file adds to it, a part of the files is answered from it" {
    search --index i f > /dev/null
    before=$(stat -c %i i)
    equal "$(records f g)" 2
    equal "$(records f g)" 0
    equal "$(records g)" 0
    equal "$(records g f)" 0
    equal "$(stat -c %i i)" "$before"
    search -k 9 --index i g f | cmp - <(search -k 9 --no-cache g f)
}

@test "--index: a last line that goes on is computed again, as is gzip" {
    printf 'a dog\nthe c' > g
    search --index i g > /dev/null
    printf 'at\nthe dog\n' >> g
    equal "$(records g)" 3
    search --index i g | cmp - <(search --no-cache g)
    gzip -c f > z
    berth search -m "$st" --index j 'a dog' z > /dev/null
    gzip -c g >> z
    berth search -m "$st" --index j 'a dog' z > got
    berth search -m "$st" --no-cache 'a dog' z | cmp - got
}

@test "--index: jsonl grows, too, and its numbers of lines are right" {
    perl -e 'print qq({"t":"a dog $_"}\n\n) for 1 .. 600' > j.jsonl
    berth search -m "$st" --field t --index i 'a dog' j.jsonl > /dev/null
    printf '{"t":"the bird"}\n' >> j.jsonl
    for i in 1 2; do
        berth search -m "$st" --field t -k 700 --index i --stats 'the bird' j.jsonl 2> stats |
            cmp - <(berth search -m "$st" --field t -k 700 --no-cache 'the bird' j.jsonl)
        equal "$(json '$o->{records}' < stats)" $((2 - i))
    done
}

@test "jsonl that is one array: the hits of known vectors are their own records" {
    perl -e 'print "[", join(",\n", map { qq({"t":"a dog $_"}) } 1 .. 700), "]\n"' > j.jsonl
    set -- berth search -m "$st" --field t -k 9 'a dog 601' j.jsonl
    "$@" --no-cache > want
    for i in 1 2; do
        "$@" | cmp - want
        "$@" --index i | cmp - want
    done
}

@test "--index: a line that jsonl grows by is no array of records" {
    perl -e 'print qq({"t":"a dog $_"}\n) for 1 .. 9' > j.jsonl
    set -- "$BERTH" search -m "$st" --field t 'a dog' j.jsonl
    "$@" --index i > /dev/null
    echo '[{"t":"a dog"}]' >> j.jsonl
    run -1 "$@" --no-cache
    want=$output
    [[ "$want" == *"not a JSON object"* ]]
    run -1 "$@" --index i
    equal "$output" "$want"
}

@test "--index: a file whose time is as before, but not its content" {
    search --index i f > /dev/null
    touch -d '2020-01-01' f
    search --index i f > /dev/null
    sed -i 's/cat/dog/' f
    touch -d '2020-01-01' f
    search -k 20 --index i f 2> /dev/null | cmp - <(search -k 20 --no-cache f)
}

@test "--index: a kill at any time leaves what was there, or more" {
    search --index i f > /dev/null
    cp i before
    perl -e 'print "a bird and the cat $_\n" for 1 .. 3000' > more
    cp f whole
    for wait in 0 0.01 0.02 0.03 0.05 0.08 0.12 0.2; do
        cp before i
        cat whole more > f
        "$BERTH" search -m "$st" -j 1 --index i 'a dog' f > /dev/null 2>&1 &
        pid=$!
        sleep "$wait"
        kill -KILL $pid 2> /dev/null || true
        wait $pid 2> /dev/null || true
        cp whole f
        run -0 --separate-stderr search -k 20 --index i f
        cmp <(search -k 20 --no-cache f) <(echo "$output")
        cat whole more > f
        search -k 20 --index i --quiet f | cmp - <(search -k 20 --no-cache f)
    done
}

@test "--index: two at once, and one that is replaced while it is open" {
    search --index i f > /dev/null
    perl -e 'print "a bird and the cat $_\n" for 1 .. 300' >> f
    for i in 1 2 3 4; do
        search -k 20 --quiet --index i f > "out$i" &
    done
    wait
    search -k 20 --no-cache f > want
    for i in 1 2 3 4; do cmp "out$i" want; done
    equal "$(records f)" 0
    search -k 20 --index i f | cmp - want
}

@test "--index: while one writes, another one neither adds to it nor replaces it" {
    search --index i f > /dev/null
    cp i before
    search -k 20 --no-cache f g > want
    for change in : 'sed -i 1s/cat/bird/ f'; do
        $change
        search -k 20 --no-cache f g > want
        run -0 --separate-stderr perl -MFcntl=:flock -e '$^F = 9; open F, "+<", "i" or die;
            flock F, LOCK_EX or die; exec @ARGV' \
            "$BERTH" search -m "$st" -k 20 --index i 'a dog' f g
        equal "$output" "$(cat want)"
        equal "$stderr" \
            "berth: warning: i: another berth writes to it: what is new is not kept"
        cmp i before
    done
}

@test "--index: a symbolic link stays one, its file is the index" {
    mkdir there
    ln -s there/i i
    for change in : 'sed -i 1s/cat/bird/ f' 'cp g f'; do
        $change
        search --index i f > /dev/null 2> said
        equal "$(readlink i)" there/i
        equal "$(ls there)" i
        search -k 20 --index there/i f --stats 2> stats | cmp - <(search -k 20 --no-cache f)
        equal "$(json '$o->{records}' < stats)" 0
    done
}

@test "--index: empty files, and lines without words" {
    : > g
    search --index i g > got
    [ ! -s got ]
    printf '\n\n' >> g
    search --index i f g | cmp - <(search --no-cache f g)
    equal "$(records f g)" 0
    search --index i f g | cmp - <(search --no-cache f g)
}

@test "--queries: many at once answer as one by one" {
    seq 40 | sed 's/^/the dog and a bird /' > q
    for type in float32 binary "int8 --ranges r"; do
        berth embed -m "$st" --vector-type int8 --save-ranges r f > /dev/null
        # shellcheck disable=SC2086 # an option and its argument
        set -- --vector-type $type --quiet -f csv --no-header -k 7
        berth search -m "$st" "$@" --index "i$1$2" --queries q f > all
        berth search -m "$st" "$@" --index "i$1$2" --queries q f | cmp - all
        berth search -m "$st" "$@" --no-cache --queries q f | cmp - all
        while read -r query; do
            berth search -m "$st" "$@" --index "i$1$2" "$query" f
        done < q | cmp - <(cut -d , -f 3- all)
    done
}

@test "many processes at once" {
    for i in 1 2 3 4 5 6; do
        search -k 20 -j 1 f g > "out$i" &
    done
    wait
    for i in 1 2 3 4 5 6; do cmp "out$i" want; done
    equal "$(find cache/berth -type f | wc -l | tr -d ' ')" 2
}

@test "a FIFO is read once, and not kept" {
    mkfifo pipe
    cat g > pipe &
    equal "$(timeout 60 "$BERTH" search -m "$st" -k 1 'a dog' pipe)" "pipe:1:1:a dog"
    equal "$(kept)" 0
}

@test "vectors in fewer bits: the same hits now and from the cache" {
    berth embed -m "$st" --vector-type uint8 --save-ranges ranges.npy f > /dev/null
    for type in binary ubinary "int8 --ranges ranges.npy" "uint8 --ranges ranges.npy"; do
        # shellcheck disable=SC2086 # an option and its argument
        set -- --vector-type $type
        berth search -m "$st" --clear-cache "$@" -k 7 'a dog' f > first
        test "$(find cache -name '*.vectors' | wc -l)" -eq 1
        berth search -m "$st" "$@" -k 7 'a dog' f | cmp - first
        berth search -m "$st" --no-cache "$@" -k 7 'a dog' f | cmp - first
    done
}

@test "vectors in 8 bits rank as those of 32, bits are a thirty-second" {
    berth embed -m "$st" --vector-type int8 --save-ranges ranges.npy f > /dev/null
    berth search -m "$st" --index full -k 1 'a dog' f | cut -d : -f 4 > want
    berth search -m "$st" --index small --vector-type int8 --ranges ranges.npy \
        -k 1 'a dog' f | cut -d : -f 4 | cmp - want
    berth search -m "$st" --index bits --vector-type binary -k 1 'a dog' f > /dev/null
    lines=$(wc -l < f)
    dim=$(berth embed -m "$st" -t x | wc -w)
    local less=$(($(wc -c < full) - $(wc -c < small)))
    # Rows begin at multiples of 64 bytes.
    test "$((less / 64))" -eq "$((lines * dim * 3 / 64))"
    test "$(wc -c < bits)" -le "$(($(wc -c < full) - lines * dim * 4 + lines * ((dim + 7) / 8) + 64 * 4))"
}

# rescored FILE... - each way to have the answer gives that of the file want.
rescored() {
    set -- -m "$st" --quiet --vector-type binary "$@"
    berth search "$@" --no-cache f g | cmp - want
    for _ in 1 2; do
        berth search "$@" f g | cmp - want
        berth search "$@" --index "$where" f g | cmp - want
    done
    berth search "$@" -j 3 --index "$where" f g | cmp - want
}

@test "--rescore: lines that were found in bits rank and score as in float32" {
    where=i
    berth search -m "$st" --no-cache -k 9 'a dog' f g > want
    berth search -m "$st" --no-cache -k 9 --vector-type binary 'a dog' f g > bits
    run -1 cmp -s bits want
    rescored -k 9 --rescore 80 'a dog'
    # Few are compared again: what bits place first, in another order.
    where=j
    berth search -m "$st" --no-cache -k 700 -f csv --no-header 'a dog' f g > all
    berth search -m "$st" --no-cache -k 18 --vector-type binary -f csv --no-header \
        'a dog' f g | cut -d , -f 1,2 > chosen
    while IFS=, read -r file line rest; do
        grep -qx "$file,$line" chosen && echo "$file:$line:$rest"
    done < all | sed 's/,/:/' | head -n 9 > want
    rescored -k 9 --rescore 2 'a dog'
    # Some lines are known, others new.
    echo 'a dog and a dog' >> f
    berth search -m "$st" --no-cache -k 9 --vector-type binary --rescore 2 'a dog' f g > want
    rescored -k 9 --rescore 2 'a dog'
    seq 40 | sed 's/^/the dog and a bird /' > q
    berth search -m "$st" --no-cache -k 9 --quiet --vector-type binary --rescore 3 \
        --queries q f g > want
    rescored -k 9 --rescore 3 --queries q
}

@test "--rescore: an index has both, each is checked, and neither is the other's" {
    set -- -m "$st" --quiet --vector-type ubinary --rescore 2 -k 3 --index i
    berth search "$@" 'a dog' f > want
    berth search -m "$st" --index full 'a dog' f > /dev/null
    dim=$(berth embed -m "$st" -t x | wc -w)
    test "$(wc -c < i)" -ge "$(($(wc -c < full) + $(wc -l < f) * ((dim + 7) / 8 + 8)))"
    for other in '' '--rescore 3'; do
        # shellcheck disable=SC2086 # an option and its argument
        run berth search -m "$st" --vector-type binary $other --index i 'a dog' f
        equal "$status" 1
        [[ $output == *"another model or other options$([ "$other" ] || echo ': with --rescore')" ]]
    done
    run -1 berth search -m "$st" --vector-type binary --rescore 3 --index full 'a dog' f
    [[ $output == *"another model or other options: without --rescore" ]]
    cp i whole
    # A byte of each vector in float32, of which a search reads some.
    step=$((4 * dim + 8)) perl -0777 -pi -e \
        'for my $i (0 .. 690) { substr($_, 1024 + $i * $ENV{step}, 1) ^= "\1" }' i
    run -1 berth search "$@" 'a dog' f
    equal "$output" "berth: i: damaged, or no index at all"
    cp whole i
    berth search "$@" 'a dog' f | cmp - want
}

@test "--rescore: an index grows in place, however large" {
    perl -e 'print "a dog $_\n" for 1 .. 3e6 / (4 * $ARGV[0] + 8)' "$(berth embed -m "$st" -t x | wc -w)" > f
    set -- --vector-type ubinary --rescore 2 --index i
    search "$@" f > /dev/null
    test "$(wc -c < i)" -gt 3000000
    before=$(stat -c %i i)
    search "$@" f g > /dev/null
    equal "$(stat -c %i i)" "$before"
}

@test "--rescore needs fewer bits, and excludes --hybrid" {
    run -2 berth search -m "$st" --rescore 4 'a dog' f
    [[ $output == *"--rescore needs --vector-type int8"* ]]
    run -2 berth search -m "$st" --vector-type binary --rescore 4 --hybrid 'a dog' f
    [[ $output == *"--rescore and --hybrid exclude each other"* ]]
}

@test "vectors of another tokenizer are not used" {
    cp -RL "$st" m
    printf '{"tokenizer_class": "PreTrainedTokenizerFast"}\n' > m/tokenizer_config.json
    berth search -m m -k 3 --index i 'a dog' f > /dev/null
    berth search -m m -k 3 'a dog' f > before
    # Another token before every text.
    perl -0pe 's/("ids":\s*\[\s*)2(\s*\])/${1}50$2/' m/tokenizer.json > new
    run ! cmp -s new m/tokenizer.json
    mv new m/tokenizer.json
    berth search -m m -k 3 --no-cache 'a dog' f > want
    run ! cmp -s before want
    berth search -m m -k 3 'a dog' f | cmp - want
    run -1 berth search -m m -k 3 --index i 'a dog' f
    equal "${lines[${#lines[@]} - 1]}" \
        "berth: i: this index was made with another model or other options"
}

@test "an index of other bits, or of other ranges, is refused" {
    berth search -m "$st" --index i --vector-type binary 'a dog' f > /dev/null
    run berth search -m "$st" --index i 'a dog' f
    equal "$status" 1
    [[ $output == *"another model or other options"* ]]
    run berth search -m "$st" --index i --vector-type ubinary 'a dog' f
    equal "$status" 1
}

@test "ranges and types that have them need each other" {
    run berth search -m "$st" --vector-type int8 'a dog' f
    equal "$status" 2
    run berth search -m "$st" --ranges x.npy 'a dog' f
    equal "$status" 2
    run berth search -m "$st" --vector-type int8 --ranges f 'a dog' f
    equal "$status" 1
    [[ $output == *"not a NumPy array"* ]]
}

@test "an index that cannot be written costs the index, not the answer" {
    (ulimit -f 1; trap '' XFSZ; berth search -m "$st" --index i -k 20 'a dog' f g > got 2> said) ||
        status=$?
    equal "$status" 1
    test -s said
    cmp got want
}

@test "an index that cannot be made is an error before the search" {
    run -1 --separate-stderr search --quiet --index nowhere/i f
    equal "$output" ""
    equal "$stderr" "berth: nowhere/i: No such file or directory"
}

@test "an index that cannot be added to is an error after the answer" {
    [ "$(id -u)" != 0 ] || skip "root writes to any file"
    search --index i f > /dev/null
    chmod 400 i
    run -1 --separate-stderr search --quiet -k 20 --index i f g
    equal "$output" "$(cat want)"
    equal "$stderr" "berth: i: Permission denied"
}

@test "a folder that others may have filled is not used" {
    mkdir -p cache/berth elsewhere
    chmod 777 cache/berth
    berth search -m "$st" -k 20 'a dog' f g 2> said | cmp - want
    equal "$(cat said)" "berth: warning: $PWD/cache/berth: not used as a cache: others may write there"
    equal "$(kept)" 0
    rmdir cache/berth
    ln -s ../elsewhere cache/berth
    berth search -m "$st" -k 20 'a dog' f g 2> said | cmp - want
    equal "$(cat said)" "berth: warning: $PWD/cache/berth: not used as a cache: no folder"
    equal "$(find elsewhere -type f)" ""
    touch "elsewhere/$(printf '%032d' 0).vectors"
    berth search --clear-cache --quiet
    equal "$(find elsewhere -type f | wc -l | tr -d ' ')" 1
    rm cache/berth
    mkdir cache/berth
    if [ "$(id -u)" -eq 0 ]; then
        chown 65534 cache/berth
        berth search -m "$st" -k 20 'a dog' f g 2> said | cmp - want
        equal "$(cat said)" "berth: warning: $PWD/cache/berth: not used as a cache: it belongs to someone else"
    fi
}

@test "only files of the cache's own names are removed" {
    mkdir -p cache/berth
    id=$(printf '%032d' 7)
    (
        cd cache/berth
        touch "$id.vectors" "$id.vectors.aB3_xY" foo.vectors.old \
            "$id.vectors.old" "$id.vectorsx" "x$id.vectors" "0$id.vectors"
        ln -s nowhere "$(printf '%032d' 8).vectors"
    )
    berth search --clear-cache
    equal "$(find cache/berth -name "$id.vectors" -o -name '*.aB3_xY')" ""
    equal "$(find cache/berth ! -type d | wc -l | tr -d ' ')" 6
}

@test "many files: one is open at a time, and each is kept" {
    mkdir many
    for i in $(seq 200); do
        echo "a dog $i" > "many/$i"
    done
    (
        ulimit -n 40
        berth search -m "$st" 'a dog' many/* > one
    )
    equal "$(kept)" 200
    berth search -m "$st" --stats 'a dog' many/* 2> stats | cmp - one
    equal "$(json '$o->{records}' < stats)" 0
}

@test "files that were read before a signal are kept" {
    mkfifo quiet
    "$BERTH" search -m "$st" -j 2 'a dog' g f quiet > /dev/null &
    pid=$!
    # Something follows f: with that, it is whole.
    exec 9> quiet
    yes 'the cat' | head -n 2000 >&9
    eventually 2 find cache -name '*.vectors'
    kill -TERM $pid
    wait $pid || true
    exec 9>&-
    equal "$(kept)" 2
    equal "$(find cache -name '*.vectors.*')" ""
}

@test "a file that breaks off is not kept, among many" {
    gzip -c f | head -c 300 > cut.gz
    for i in 1 2; do
        run -1 bash -c "\"\$BERTH\" search -m '$st' 'a dog' g cut.gz f"
        [[ $output == *"cut.gz: "*"gzip data ends early"* ]]
        equal "$(kept)" 2
    done
}
