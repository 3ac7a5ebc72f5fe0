# tests/compare/compare_binaries.pl finds what differs between two programs.

load common

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    compare=tests/compare/compare_binaries.pl
}

# changed COMMANDS - makes a program that is berth but for what these do.
changed() {
    printf '#!/bin/sh\nset -- "%s" "$@"\n%s\n' "$BERTH" "$1" >"$BATS_TEST_TMPDIR/changed"
    chmod +x "$BATS_TEST_TMPDIR/changed"
}

# finds TEXT - the changed program is found out, and this is said.
finds() {
    run -1 "$compare" --only "$only" "$BERTH" "$BATS_TEST_TMPDIR/changed"
    [[ $output == *"$1"* ]] || {
        echo "$output"
        return 1
    }
}

@test "a program and itself: nothing differs" {
    run -0 "$compare" --only '^\[prompts\]' "$BERTH" "$BERTH"
    [[ $output == *"80 command lines,"*" 0 differ" ]]
}

@test "one byte of output, of a message, of a file, and a status are found" {
    only='^\[prompts\] berth embed -m m/bert --prefix'
    changed '"$@" | tr 9 8'
    finds "standard output: "
    changed '"$@"; status=$?; echo >&2; exit $status'
    finds "standard error: "
    changed '"$@"; exit 3'
    finds "exit status: "
    changed '"$@" && echo x > left'
    finds "file left: there with NEW only"
    only='^\[files\] berth embed -m m/bert -f f32 -o out t'
    changed '"$@" && printf x | dd of=out conv=notrunc 2>/dev/null'
    finds "file out: from byte"
    changed '"$@" && chmod 640 out'
    finds "file out: from byte"
}

@test "every option is in a line, and every word that one may take" {
    run "$compare" --list "$BERTH" "$BERTH"
    [ "$status" -eq 0 ] || {
        grep '^an option' <<<"$output"
        return 1
    }
}
