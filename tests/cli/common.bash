# common.bash - what the tests of the command line share.

bats_require_minimum_version 1.5.0
export LC_ALL=C.UTF-8
unset BERTH_MODEL BERTH_CPU OMP_NUM_THREADS
# What one test keeps, no other finds.
export XDG_CACHE_HOME=${BATS_TEST_TMPDIR:-/nonexistent}/cache
export BROWSER=true # no test opens a window
models=$BATS_TEST_DIRNAME/../data
tiny=$models/bert-uncased

# What a test leaves in the background when it fails would hold the output open
# that bats waits for.
teardown() {
    local pids
    pids=$(jobs -p)
    # shellcheck disable=SC2086 # a list; waiting keeps bash from telling of it
    [ -z "$pids" ] || { kill -KILL $pids; wait $pids; } 2>/dev/null || true
}

berth() {
    "$BERTH" "$@"
}

# says TEXT COMMAND... - fails with one line, which has this text.
says() {
    run -1 --separate-stderr "$BERTH" "${@:2}"
    [[ $stderr == *"$1"* ]] || {
        printf 'said:\n%s\nnot:\n%s\n' "$stderr" "$1" >&2
        return 1
    }
    equal "$(wc -l <<< "$stderr")" 1
}

# valid_jsonl - every line of standard input is a JSON object.
valid_jsonl() {
    perl -MJSON::PP -ne 'ref(JSON::PP->new->utf8->decode($_)) eq "HASH" or die;
        END { $. > 0 or die "no line\n" }'
}

# json PERL - for each object $o of standard input, prints what PERL gives.
json() {
    perl -MJSON::PP -ne 'BEGIN { $j = JSON::PP->new->utf8->canonical }
        $o = $j->decode($_); print +('"$1"'), "\n"'
}

# floats - standard input as little-endian floats, one a line.
floats() {
    perl -e 'binmode STDIN; local $/; print map { "$_\n" } unpack("f<*", <STDIN>)'
}

# array_shape - the shape of a .npy on standard input, as "2, 384".
array_shape() {
    perl -e 'binmode STDIN; local $/; $_ = <STDIN>;
        substr($_, 0, 8) eq "\x93NUMPY\x01\x00" or die "no npy\n";
        /\x27shape\x27: \(([0-9, ]*)\)/ or die "no shape\n"; print "$1\n"'
}

# well_formed FILE - it is one whole element of XML 1.0 in UTF-8: each tag is ended
# in turn, "<" and "&" mean tags and entities, and nothing is outside.
well_formed() {
    perl -MEncode -e 'local $/; open F, "<:raw", $ARGV[0] or die; my @open;
        $_ = decode("UTF-8", <F>, Encode::FB_CROAK);
        die "a control character\n" if /[^\t\n\r\x20-\x{d7ff}\x{e000}-\x{fffd}\x{10000}-\x{10ffff}]/;
        while (length) {
            if (s/^<(\w+)(?:\s+[\w:-]+="(?:[^<&"]|&\w+;)*")*\s*(\/?)>//) { push @open, $1 if !$2 }
            elsif (s/^<\/(\w+)>//) { pop @open eq $1 or die "</$1>\n"; s/^\n$// if !@open }
            elsif (@open && s/^(?:[^<&]|&\w+;)+//) {}
            else { die substr($_, 0, 60), "\n" }
        }
        die "open: @open\n" if @open' "$1"
}

# equal A B - fails, and shows both, when they differ.
equal() {
    [ "$1" = "$2" ] || {
        printf 'found:\n%s\nexpected:\n%s\n' "$1" "$2" >&2
        return 1
    }
}

# eventually N COMMAND... - waits, two minutes at most, until it prints N lines.
eventually() {
    for _ in $(seq 1200); do
        [ "$("${@:2}" 2> /dev/null | wc -l)" -ne "$1" ] || return 0
        sleep 0.1
    done
    echo "not $1 lines: ${*:2}" >&2
    return 1
}

# copy_with_head DIR JSON TENSOR=SHAPE=VALUES... - DIR becomes a copy of the tiny
# model with another head, by add_head.pl.
copy_with_head() {
    cp -r "$tiny" "$1"
    perl "$BATS_TEST_DIRNAME/add_head.pl" "$@"
}

# poison DIR TENSOR VALUE [INDEX...] - DIR becomes a copy of the tiny model in
# which these numbers of a float32 tensor, or all, are VALUE: nan, inf, -inf ...
poison() {
    cp -r "$tiny" "$1"
    perl -MJSON::PP -e 'my ($file, $name, $value, @index) = @ARGV;
        open my $f, "+<:raw", $file or die;
        read $f, my $size, 8; $size = unpack "Q<", $size;
        read $f, my $header, $size;
        my ($begin, $end) = @{decode_json($header)->{$name}{data_offsets}};
        @index = 0 .. ($end - $begin) / 4 - 1 unless @index;
        for my $i (@index) {
            seek $f, 8 + $size + $begin + 4 * $i, 0;
            print $f pack "f<", $value;
        }' "$1/model.safetensors" "${@:2}"
}

# on_terminal COMMAND - what it writes to a terminal of 100 columns; meanwhile that
# is in the file "screen".
on_terminal() {
    script -qec true /dev/null </dev/null >/dev/null 2>&1 ||
        skip "script(1) has no terminal here"
    # script(1) types an end of file, which the terminal may show.
    script -qec "stty cols 100 -echo; $1" /dev/null </dev/null | tee "$BATS_TEST_TMPDIR/screen" |
        perl -0777 -pe 's/\^D(\x08\x08)?//'
}
