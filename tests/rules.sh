#!/bin/sh
# rules.sh BUILD - the house rules that a compiler does not check: includes
# point down from layer to layer and from room to room, kernels export one
# symbol, the library has no mutable globals and exports only berth_ names,
# banned functions, sizes of functions and files, each family has golden values,
# and berth.h needs no other header.
set -u
build=$1
bad=0
fail() {
    echo "rules: $*"
    bad=1
}

# An include may only name its own layer or a lower one.
upward() { # layer, higher layers...
    layer=$1
    shift
    for higher in "$@"; do
        if grep -rn "#include \"$higher/" "$layer" --include='*.[ch]'; then
            fail "$layer includes $higher"
        fi
    done
}
upward lib tokenizer models cli tests
upward tokenizer models cli tests
upward models cli tests
upward cli tokenizer models tests

# Inside a layer the rooms are on floors, the lowest first; rooms of one floor
# (a,b) do not know one another. "." is what is in the layer's own folder. A
# room that is not named here is refused, so that each new one gets its floor.
floors() { # layer, floors...
    layer=$1
    shift
    found=$(grep -rn "#include \"$layer/" "$layer" --include='*.[ch]' |
        awk -v layer="$layer" -v list="$*" '
            function room(path) {
                sub("^" layer "/", "", path)
                return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : "."
            }
            BEGIN {
                n = split(list, floor, " ")
                for (i = 1; i <= n; i++) {
                    m = split(floor[i], name, ",")
                    for (j = 1; j <= m; j++)
                        level[name[j]] = i
                }
            }
            {
                split($0, part, ":")
                split($0, quoted, "\"")
                from = room(part[1])
                to = room(quoted[2])
                if (!(from in level) || !(to in level))
                    print part[1] ": the room " (from in level ? to : from) \
                        " has no floor in tests/rules.sh"
                else if (from != to && level[to] >= level[from])
                    print part[1] ":" part[2] ": " from "/ includes " quoted[2]
            }')
    [ -z "$found" ] || fail "an include that points up or aside in $layer/:
$found"
}
floors cli base output input frame stream vectors meaning,predict,inside,labels,model,hub .
floors models files linear families sentence . encoder heads
floors tokenizer unicode,stages patterns normalizers,splitters,subwords,decoders . load
if grep -rn '#include "lib/' cli --include='*.[ch]' |
    grep -v '"lib/berth\.h"'; then
    fail "cli includes more of the library than lib/berth.h"
fi
# An inline function from elsewhere might be taken by the linker from the object
# that was compiled for the wrong CPU.
if grep -n '#include' lib/kernels/*_avx*.c lib/kernels/*_amx.c lib/kernels/*_vector.c \
    lib/kernels/*_dotprod.c |
    grep -v -e '"lib/kernels/[a-z0-9_]*\.h"' -e '"lib/sums\.h"' -e '<immintrin\.h>' -e '<arm_[a-z]*\.h>' \
        -e '<std[a-z]*\.h>' -e '<string\.h>' -e '<math\.h>' -e '<float\.h>'; then
    fail "a kernel file includes more than its contract"
fi

for obj in "$build"/lib/kernels/*_avx*.o "$build"/lib/kernels/*_amx.o \
    "$build"/lib/kernels/*_vector.o "$build"/lib/kernels/*_dotprod.o; do
    [ -e "$obj" ] || continue
    n=$(nm -g --defined-only "$obj" | grep -c -v -i asan)
    [ "$n" -eq 1 ] || fail "$obj exports $n symbols, not 1"
done

# .data.rel.ro is constant; sanitizers bring names of their own.
globals=$(nm -f sysv "$build/libberth.a" | grep -v -i -e asan -e ubsan |
    awk -F'|' '$NF ~ /^(\.(data|bss|tdata|tbss)|\.data\.rel(\.local)?|\*COM\*)$/ {
        printf "%s ", $1 }')
[ -z "$globals" ] || fail "mutable globals: $globals"

names=$(nm -g --defined-only "$build/libberth.a" | grep -v -i asan |
    awk 'NF == 3 && $3 !~ /^berth_/ { printf "%s ", $3 }')
[ -z "$names" ] || fail "exported without berth_: $names"

# The functions of the public header are those of its symbol map, and those that
# the shared library exports, where one was built.
public=$(awk '/^BERTH_API/ { text = "" } { text = text " " $0 }
    /;/ && text ~ /^ BERTH_API/ {
        match(text, /berth_[a-z0-9_]+ *\(/)
        print substr(text, RSTART, RLENGTH - 1)
        text = ""
    }' lib/berth.h | LC_ALL=C sort)
mapped=$(sed -n 's/^ *\(berth_[a-z0-9_]*\);$/\1/p' lib/berth.map)
[ "$public" = "$mapped" ] ||
    fail "lib/berth.map does not list the functions of lib/berth.h, sorted"
if [ -e "$build/libberth.so.0" ]; then
    exported=$(nm -D --defined-only "$build/libberth.so.0" |
        sed -n 's/.* T \(.*\)@@BERTH_0$/\1/p' | LC_ALL=C sort)
    [ "$public" = "$exported" ] ||
        fail "libberth.so.0 does not export the functions of lib/berth.h"
fi

# Calls, looked for with comments and strings taken out.
calls() { # names separated by |, folders...
    list=$1
    shift
    find "$@" -name '*.[ch]' | sort | while read -r file; do
        awk -v file="$file" -v call="(^|[^A-Za-z0-9_])($list)[ ]*\\\\(" '
            {
                line = $0
                gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
                gsub(/\/\*.*\*\//, "", line)
                if (comment) {
                    if (line !~ /\*\//)
                        next
                    sub(/.*\*\//, "", line)
                    comment = 0
                }
                if (line ~ /\/\*/) {
                    sub(/\/\*.*/, "", line)
                    comment = 1
                }
                if (line ~ call)
                    print file ":" FNR ": " $0
            }' "$file"
    done
}
found=$(calls 'atoi|atol|strcpy|strcat|sprintf|strtok|gets|sscanf|strncpy|alloca|setjmp' \
    lib tokenizer models cli)
[ -z "$found" ] || fail "a banned function:
$found"
found=$(calls 'exit|abort|printf|fprintf|puts|getenv|setlocale' \
    lib tokenizer models)
[ -z "$found" ] || fail "the library neither speaks nor ends the program:
$found"

# A function's brace is alone in the first column. The kernels' unrolled
# tiles are excused.
long=$(find lib tokenizer models cli tests -name '*.[ch]' | sort |
    while read -r file; do
        awk -v file="$file" '
            /^[A-Za-z].*\(/ { name = $0; sub(/\(.*/, "", name)
                              sub(/.*[ *]/, "", name); first = FNR }
            /^\{/ { body = 1 }
            /^\}/ { if (body && FNR - first >= 100 && file !~ /^lib\/kernels\//)
                        print file ": " name "() has " FNR - first + 1 " lines"
                    body = 0 }
            # berth.h is the manual of the library, and there is only one.
            END { if (FNR > 600 && file != "lib/berth.h") print file " has " FNR " lines" }' "$file"
    done)
[ -z "$long" ] || fail "over 100 lines a function or 600 a file:
$long"

# A family is compared with golden values.
families=$(sed -n 's/^const struct berth_family berth_family_\([a-z0-9_]*\) = .*/\1/p' \
    models/families/*.c)
[ -n "$families" ] || fail "found no family in models/families/"
for family in $families; do
    grep -Eq "^encoder ($family(-.*)?|.* $family)\$" tests/encoder/golden.txt ||
        fail "models/families/$family.c has no line in tests/encoder/golden.txt"
done

# The public header needs nothing else, in C and in C++. Included, as by a program:
# of a file of its own clang wants every static function used.
header='#include "lib/berth.h"'
echo "$header" | ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I. -x c - ||
    fail "berth.h does not compile alone as C11"
if command -v "${CXX:-c++}" >/dev/null; then
    echo "$header" | "${CXX:-c++}" -Wall -Wextra -Werror -fsyntax-only -I. -x c++ - ||
        fail "berth.h does not compile alone as C++"
else
    echo "rules: skipped: no C++ compiler to try berth.h with"
fi

exit $bad
