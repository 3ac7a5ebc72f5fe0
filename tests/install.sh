#!/bin/sh
# install.sh MAKE - install into a scratch tree, use what lies there, and check
# that uninstall leaves no file.
set -eu
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
fail() {
    echo "install: $*" >&2
    exit 1
}

"$1" --no-print-directory install DESTDIR="$root" PREFIX=/usr >/dev/null

# Every kind of file is there and not empty.
for file in bin/berth lib/libberth.a include/berth.h lib/pkgconfig/berth.pc \
    share/man/man1/berth.1 share/man/man1/berth-embed.1 \
    share/man/man3/berth.3 share/man/man7/berth-encoder.7 share/man/man7/berth-models.7 \
    share/bash-completion/completions/berth \
    share/zsh/site-functions/_berth \
    share/fish/vendor_completions.d/berth.fish; do
    test -s "$root/usr/$file" || fail "no $file"
done

# The program runs where nothing of the source tree is.
(cd / && "$root/usr/bin/berth" --version >/dev/null) ||
    fail "the installed program does not run"

# The example of berth(3) builds against what was installed, with the archive
# and with the shared library, and prints what the manual says. An archive with
# sanitizers in it would need their flags too: not tried.
flags() { # OPTION...
    PKG_CONFIG_PATH="$root/usr/lib/pkgconfig" pkg-config \
        --define-variable=libdir="$root/usr/lib" \
        --define-variable=includedir="$root/usr/include" "$@" berth
}
example() { # NAME, linker flags: builds and runs the example
    name=$1
    shift
    # shellcheck disable=SC2046
    ${CC:-cc} -o "$root/example" "$root/example.c" $(flags --cflags) "$@" ||
        fail "cannot build the example of berth(3) with $name"
    LD_LIBRARY_PATH=$root/usr/lib "$root/example" >"$root/printed" ||
        fail "the example of berth(3), with $name, fails"
    cmp "$root/expected" "$root/printed" ||
        fail "the example of berth(3), with $name, prints something else"
}
case " ${MAKEFLAGS-} " in
*SAN=*) echo "install: a sanitizer build: linking against it is skipped" ;;
*)
    page=$root/usr/share/man/man3/berth.3
    tests/block.sh "$page" 2 >"$root/example.c"
    tests/block.sh "$page" 3 >"$root/expected"
    # shellcheck disable=SC2046
    example "the archive" "$root/usr/lib/libberth.a" \
        $(flags --static --libs-only-l | sed 's/-lberth//')
    if [ -e "$root/usr/lib/libberth.so" ]; then
        # shellcheck disable=SC2046
        example "the shared library" $(flags --libs)
        ldd "$root/example" | grep libberth.so.0 >/dev/null ||
            fail "the example does not use the shared library"
    fi
    rm -f "$root/example" "$root/example.c" "$root/expected" "$root/printed"
    ;;
esac

"$1" --no-print-directory uninstall DESTDIR="$root" PREFIX=/usr >/dev/null
left=$(find "$root" -type f -o -type l)
test -z "$left" || fail "left behind: $left"
