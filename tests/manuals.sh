#!/bin/sh
# manuals.sh PAGE... - formats the manual pages with groff, as man does on Linux, and
# checks them with mandoc, as BSD and macOS show them: no page may make either say a
# word. groff gets no preconv here, so a page is ASCII and escapes.
set -eu

# Not said of the page: other pages that are not installed here, mandoc's own index of
# them, the width of the source, and a summary that ends with "[MASK]".
said=$({
    for page in "$@"; do
        groff -mandoc -Tutf8 -ww "$page" 2>&1 >/dev/null || true
    done
    mandoc -T lint "$@" 2>/dev/null || true
    mandoc -T lint "$@" 2>&1 >/dev/null || true
} | LC_ALL=C grep -v -e '^mandoc: outdated mandoc\.db' \
    -e ': STYLE: referenced manual not found: ' \
    -e ': STYLE: input text line longer than 80 bytes: ' \
    -e ': STYLE: trailing delimiter: Nd ' | head -n 50) || true
[ -z "$said" ] || {
    printf '%s\n' "$said" >&2
    exit 1
}
