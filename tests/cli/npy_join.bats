# berth npy-join: many arrays become one, and nothing else is taken for a part.

load common

setup() {
    cd "$BATS_TEST_TMPDIR"
    seq 50 | sed 's/$/ the cat/' >in
}

# array FILE DESCR ORDER SHAPE BYTES [VERSION] - a file with this header.
array() {
    perl -e 'my ($file, $descr, $order, $shape, $n, $version) = @ARGV;
        my $h = "{\x27descr\x27: $descr, \x27fortran_order\x27: $order, \x27shape\x27: $shape, }\n";
        open my $f, ">:raw", $file or die;
        print $f "\x93NUMPY", pack("CC", $version // 1, 0),
            pack(($version // 1) == 1 ? "v" : "V", length $h), $h, map { chr($_ % 251) } 1 .. $n' "$@"
}

@test "the parts of one run make its array" {
    for words in "" "--vector-type ubinary" "--hidden-state 0,1"; do
        # shellcheck disable=SC2086 # words
        set -- embed --quiet --pooling mean -m "$tiny" $words -f npy
        berth "$@" in >want
        for k in 1 2 3; do berth "$@" --shard $k/3 -o $k.npy in; done
        # One has no rows.
        berth "$@" /dev/null >4.npy
        berth npy-join -o whole.npy 1.npy 4.npy 2.npy 3.npy
        cmp want whole.npy
        berth npy-join 1.npy 4.npy 2.npy 3.npy | cmp want
    done
}

@test "arrays of other programs: types, versions, ranks" {
    array a "'>i8'" False "(2, 3)" 48 2
    array b "'>i8'" False "(1, 3)" 24 3
    berth npy-join -o c a b
    equal "$(array_shape <c)" "3, 3"
    [ "$(grep -ac "'>i8'" c)" -eq 1 ]
    { tail -c 48 a; tail -c 24 b; } | cmp - <(tail -c 72 c)
    array a "'|u1'" True "(5,)" 5
    berth npy-join a a | tail -c 10 | cmp - <(tail -c 5 a; tail -c 5 a)
}

@test "what does not fit is named, and nothing is written" {
    refused() {
        run -1 --separate-stderr timeout 60 "$BERTH" npy-join -o out "${@:2}"
        equal "$stderr" "berth: $1"
        [ ! -e out ]
    }
    array a "'<f4'" False "(2, 3)" 24
    array b "'<f8'" False "(1, 3)" 24
    refused "b: expected rows of <f4, C order, (3), as a has, found <f8, C order, (3)" a b
    array b "'<f4'" False "(1, 4)" 16
    refused "b: expected rows of <f4, C order, (3), as a has, found <f4, C order, (4)" a b
    array b "'<f4'" False "(1, 3, 1)" 12
    refused "b: expected rows of <f4, C order, (3), as a has, found <f4, C order, (3, 1)" a b
    array b "'<f4'" True "(1, 3)" 12
    fortran="b: expected rows in C order, found Fortran order, in which they are not one after another"
    refused "$fortran" a b
    refused "$fortran" b a
    array b "'<f4'" False "(2, 3)" 23
    size=$(stat -c %s b)
    refused "b: expected $((size + 1)) bytes for <f4, C order, (2, 3), found $size: the file is not whole" a b
    array b "'<f4'" False "(2, 3)" 25
    refused "b: expected $((size + 1)) bytes for <f4, C order, (2, 3), found $((size + 2)): more follows the array" a b
    array b "'<f4'" False "()" 4
    refused "b: a single number, without rows" a b
    for descr in "'|O'" "[('x', '<f4')]" "'<f99'" "'<f'" "'<U2'" "'<i3'" "'<c4'" "'<f04'"; do
        array b "$descr" False "(1, 3)" 24
        refused "b: 'descr' in the header: expected a type of numbers, as '<f4', found $descr" a b
    done
    array b "'<f4'" None "(1, 3)" 12
    refused "b: 'fortran_order' in the header: expected True or False, found None" a b
    for shape in "(1, 3" "(1,,3)" "(3)" "(, 3)" "(-1, 3)" "(1, 1, 1, 1, 1, 1, 1, 1, 3)" "[1, 3]" "(1 3)"; do
        array b "'<f4'" False "$shape" 12
        refused "b: 'shape' in the header: expected at most 8 sizes, as (10, 384), found $shape" a b
    done
    array b "'<f4'" False "(99999999999999999999, 3)" 12
    refused "b: 'shape' in the header: expected sizes that a file can have, found (99999999999999999999, 3)" a b
    printf '\x93NUMPY\x01\x00\x03\x00{}\n' >b
    refused "b: 'descr' in the header: expected a type of numbers, as '<f4', found nothing" a b
    array b "'<f4'" False "(4611686018427387905, 4)" 24
    refused "b: <f4, C order, (4611686018427387905, 4) is larger than any file can be" a b
    array b "'<f4'" False "(2, 3)$(printf '%4100s')" 24
    refused "b: expected a header of less than 4096 bytes, found $(($(stat -c %s b) - 34))" a b
    refused "in: not a NumPy array (.npy)" a in
    refused "none: No such file or directory" a none
    mkfifo pipe # that no one writes to
    for name in pipe /dev/null . -; do
        refused "$name: npy-join needs ordinary files, which can be read twice" a "$name"
    done
    for name in x.txt:text x.npz:npz x.csv.gz:gzip; do
        run -2 --separate-stderr "$BERTH" npy-join -o ${name%:*} a a
        equal "${stderr_lines[0]}" "berth: --output ${name%:*}: npy-join does not write ${name#*:}, but npy"
        [ ! -e ${name%:*} ]
    done
    run -2 --separate-stderr "$BERTH" npy-join
    run -2 --separate-stderr "$BERTH" npy-join -o a a
    equal "${stderr_lines[0]}" "berth: --output: a is also read, as a"
}

@test "a file that grows between the two readings is an error" {
    array a "'|u1'" False "(2, 1000000)" 2000000 # more than a pipe holds
    array b "'|u1'" False "(1, 1000000)" 1000000
    array c "'|u1'" False "(2, 1000000)" 2000000
    status() { "$BERTH" npy-join a b 2>err || echo $? >status; }
    # Bytes come when all headers were read, and before b is copied.
    status | { head -c 1 && cp c b && cat; } >out
    equal "$(cat status)" 1
    equal "$(cat err)" "berth: b: it has changed meanwhile: expected 1 rows, as at first, found 2"
}

@test "memory does not grow with the files" {
    [ -z "${BERTH_SANITIZER-}" ] || skip "sanitizers take more memory"
    array a "'|u1'" False "(1, 200000000)" 0
    truncate -s +200000000 a # no block of it is on the disk
    (
        ulimit -v 100000 # kB, the model inside included
        "$BERTH" npy-join a a
    ) | wc -c >size
    [ "$(cat size)" -gt 400000000 ]
}
