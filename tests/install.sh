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
    share/man/man7/berth-encoder.7 share/man/man7/berth-models.7 \
    share/bash-completion/completions/berth \
    share/zsh/site-functions/_berth \
    share/fish/vendor_completions.d/berth.fish; do
    test -s "$root/usr/$file" || fail "no $file"
done

# The program runs where nothing of the source tree is.
(cd / && "$root/usr/bin/berth" --version >/dev/null) ||
    fail "the installed program does not run"

# The header, the archive and berth.pc are enough to build against. An archive
# with sanitizers in it would need their flags too: not tried.
case " ${MAKEFLAGS-} " in
*SAN=*) echo "install: a sanitizer build: linking against it is skipped" ;;
*)
    cat >"$root/user.c" <<'END'
#include <berth.h>
#include <stdio.h>

int main(void)
{
    return puts(berth_version()) < 0;
}
END
    flags=$(PKG_CONFIG_PATH="$root/usr/lib/pkgconfig" pkg-config \
        --define-variable=libdir="$root/usr/lib" \
        --define-variable=includedir="$root/usr/include" \
        --static --cflags --libs berth)
    # shellcheck disable=SC2086
    ${CC:-cc} -o "$root/user" "$root/user.c" $flags ||
        fail "cannot build against berth.pc"
    "$root/user" >/dev/null || fail "the program built against it fails"
    rm -f "$root/user" "$root/user.c"
    ;;
esac

"$1" --no-print-directory uninstall DESTDIR="$root" PREFIX=/usr >/dev/null
left=$(find "$root" -type f -o -type l)
test -z "$left" || fail "left behind: $left"
