# berth embed --vector-type: bytes as sentence-transformers has them, ranges.

load common

st=$models/st-mean-dense-norm

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    perl -e 'print "the cat $_ and ", "a dog " x ($_ % 5), "\n" for 1 .. 120' > f
}

# bytes - what follows the header of a .npy on standard input, one a line.
bytes() {
    perl -e 'binmode STDIN; local $/; $_ = <STDIN>;
        print map { "$_\n" } unpack("'"$1"'*", substr($_, 10 + unpack("v", substr($_, 8, 2))))'
}

# expected TYPE - the same from the floats, by quantize_embeddings()'s formulas.
expected() {
    berth embed -m "$st" "$@" --quiet f | perl -e '
        my @rows = map { [split] } <STDIN>; my (@lo, @hi);
        sub f { unpack "f", pack "f", $_[0] }
        for my $r (@rows) { for (0 .. $#$r) {
            $lo[$_] = $r->[$_] if !defined $lo[$_] || $r->[$_] < $lo[$_];
            $hi[$_] = $r->[$_] if !defined $hi[$_] || $r->[$_] > $hi[$_] } }
        for my $r (@rows) { for (0 .. $#$r) {
            my $step = f(f($hi[$_] - $lo[$_]) / 255);
            my $q = int f(f($r->[$_] - $lo[$_]) / ($step || 1));
            print $q > 255 ? 255 : $q, "\n" } }'
}

@test "uint8 and int8: 256 steps of the ranges of the data" {
    berth embed -m "$st" --vector-type uint8 -f npy -o u8.npy f
    equal "$(array_shape < u8.npy)" "120, 20"
    head -c 40 u8.npy | grep -q "'|u1'"
    bytes C < u8.npy > u8
    expected | diff - u8
    berth embed -m "$st" --vector-type int8 -f npy f > i8.npy
    head -c 40 i8.npy | grep -q "'|i1'"
    bytes c < i8.npy | awk '{ print $1 + 128 }' | cmp - u8
    berth embed -m "$st" --vector-type uint8 f | tr ' ' '\n' | cmp - u8
}

@test "binary and ubinary: the sign of each dimension, eight to a byte" {
    berth embed -m "$st" f | perl -ane '
        print join(" ", unpack "C*", pack "B*", join "", map { $_ > 0 ? 1 : 0 } @F), "\n"' > bits
    berth embed -m "$st" --vector-type ubinary f | cmp - bits
    berth embed -m "$st" --vector-type binary f |
        perl -ane 'print join(" ", map { $_ + 128 } @F), "\n"' | cmp - bits
    equal "$(berth embed -m "$st" --vector-type binary -f csv f | head -n 1)" \
        record,v0,v1,v2
    equal "$(berth embed -m "$st" --vector-type ubinary -f npy f | array_shape)" "120, 3"
}

@test "ranges from a file: a stream, and the same bytes" {
    berth embed -m "$st" --vector-type int8 --save-ranges ranges.npy f > whole
    equal "$(array_shape < ranges.npy)" "2, 20"
    berth embed -m "$st" --vector-type int8 --ranges ranges.npy f | cmp - whole
    head -n 1 f | berth embed -m "$st" --vector-type int8 --ranges ranges.npy |
        cmp - <(head -n 1 whole)
}

@test "the same numbers in every format, with what is carried along" {
    berth embed -m "$st" --vector-type int8 f > text
    berth embed -m "$st" --vector-type int8 --keep -f csv f > csv
    equal "$(sed -n 2p csv | cut -d , -f 1-2)" "0,the cat 1 and a dog "
    tail -n +2 csv | cut -d , -f 3- | tr , ' ' | cmp - text
    berth embed -m "$st" --vector-type int8 -f jsonl f > jsonl
    valid_jsonl < jsonl
    json 'join " ", @{$o->{embedding}}' < jsonl | cmp - text
    berth embed -m "$st" --vector-type int8 -j 1 --batch-tokens 9 f | cmp - text
}

@test "failed records keep their places" {
    printf '{"t":"a b c d"}\n{"t":7}\n{"t":"the cat"}\n' > j
    for f in text csv jsonl npy; do
        run -1 --separate-stderr bash -c '"$BERTH" embed --quiet -m "'"$st"'" \
            --vector-type int8 -i jsonl --field t -f '$f' j > out'
        equal "${stderr_lines[0]%%:*}" berth
    done
    equal "$(array_shape < out)" "3, 20"
    equal "$(bytes c < out | sed -n 21,40p | sort -u)" 0
}

@test "what does not go together, and ranges that do not fit" {
    run -2 "$BERTH" embed -m "$st" --vector-type int8 --tokens -t a
    run -2 "$BERTH" embed -m "$st" --vector-type int8 -f f32 -t a
    run -2 "$BERTH" embed -m "$st" --vector-type binary --ranges r -t a
    run -1 "$BERTH" embed -m "$st" --vector-type int8 -t a
    [[ $output == *"no ranges can be taken from one vector"* ]]
    run -0 --separate-stderr "$BERTH" embed -m "$st" --vector-type int8 -t a -t b
    [[ $stderr == *"from only 2 vectors"* ]]
    printf 'no array at all' > r
    run -1 "$BERTH" embed -m "$st" --vector-type int8 --ranges r -t a
    equal "$output" "berth: r: not a NumPy array (.npy)"
    berth embed -m "$tiny" --quiet --vector-type int8 --save-ranges r f > whole
    run -1 "$BERTH" embed -m "$st" --vector-type int8 --ranges r -t a
    [[ $output == "berth: r: expected float32 or float64 of shape (2, 20), found"* ]]
    berth embed -m "$st" --quiet --vector-type int8 --save-ranges r f > whole
    head -c 200 r > short
    run -1 "$BERTH" embed -m "$st" --vector-type int8 --ranges short -t a
    equal "$output" "berth: short: the array ends early"
}

@test "--save-ranges: none are taken from no vector" {
    : > empty
    run -1 --separate-stderr "$BERTH" embed --vector-type int8 --save-ranges r empty
    equal "$stderr" "berth: --save-ranges: there was no vector to take them from"
    [ ! -e r ]
}
