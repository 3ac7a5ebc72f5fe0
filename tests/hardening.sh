#!/bin/sh
# hardening.sh BUILD FLAG... - the program has what the hardening flags of its
# build promise: a flag that the compiler takes may still come to nothing, as
# when one object of assembly lacks a note.
set -u
build=$1
shift
program=$build/berth
bad=0
fail() {
    echo "hardening: $*"
    bad=1
}
command -v readelf >/dev/null || {
    echo "hardening: skipped: there is no readelf here"
    exit 0
}
elf() {
    LC_ALL=C readelf -W "$@" 2>/dev/null
}
asked() { # FLAG
    case " $flags " in
    *" $1 "*) ;;
    *)
        echo "hardening: skipped: this build is without $1"
        return 1
        ;;
    esac
}
flags=$*

elf -l "$program" | grep 'GNU_STACK.* RW ' >/dev/null ||
    fail "the stack of $program can be executed"
if asked -Wl,-z,relro,-z,now; then
    elf -l "$program" | grep GNU_RELRO >/dev/null || fail "no RELRO"
    # A static program binds nothing.
    elf -d "$program" | grep -e BIND_NOW -e 'no dynamic section' >/dev/null ||
        fail "functions of other libraries are not bound at the start"
fi
if asked -fstack-protector-strong; then
    elf -s "$program" | grep __stack_chk_fail >/dev/null ||
        fail "no stack protector"
fi
# musl has no fortified functions.
if asked -D_FORTIFY_SOURCE=3 && getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
    elf -s "$program" | grep -E '__[a-z]+_chk' >/dev/null ||
        fail "no fortified function"
fi
# The linker marks a program only where libc's start files have the note, too.
if asked -fcf-protection; then
    lacking=$(find "$build" -name '*.o' ! -path '*/tests/*' \
        ! -path '*/bench/*' | while read -r object; do
        elf -n "$object" | grep 'IBT, SHSTK' >/dev/null ||
            printf ' %s' "$object"
    done)
    [ -z "$lacking" ] || fail "without the note of IBT and SHSTK:$lacking"
fi
exit $bad
