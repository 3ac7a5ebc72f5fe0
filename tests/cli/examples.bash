# examples.bash - the examples of a manual page below $man, and of README.md beside
# it, for the tests that run them.
# shellcheck shell=bash

# examples PAGE - its displays as plain text, roff escapes undone; for README.md
# its indented lines, from "Examples" on.
examples() {
    if [ "$1" = README.md ]; then
        sed -n '/^## Examples/,/^## /s/^    //p' "$man/../README.md"
        return
    fi
    awk -v all="${1##*.}" '/^\.Sh/ { on = $2 == "EXAMPLES" || all == 7 }
         /^\.Ed/ { display = 0 }
         on && display {
             sub(/^\\&/, "")
             gsub(/\\-/, "-")
             gsub(/\\\(.e/, "é")
             gsub(/\\e/, "\\")
             print
         }
         /^\.Bd -literal/ { display = 1 }' "$man/$1"
}
