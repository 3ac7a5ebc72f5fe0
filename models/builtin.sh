#!/bin/sh
# builtin.sh FOLDER - prints the assembly that links the files of FOLDER into
# the program: berth_builtin_table (struct berth_embedded_file), its length, and
# the folder's own name.
# An empty FOLDER argument links in nothing.
set -eu
folder=${1:-}
names=
if [ -n "$folder" ]; then
    test -f "$folder/config.json" || {
        echo "builtin.sh: $folder: no config.json there" >&2
        exit 1
    }
    names=$(cd "$folder" && find . -type f ! -name 'README*' ! -name '.*' |
        sed 's|^\./||' | LC_ALL=C sort)
fi
n=$(printf '%s' "$names" | grep -c . || true)

cat <<'END'
/* Made by models/builtin.sh. */
#include "lib/embed.inc"
    EMBED_BYTES
END
i=0
printf '%s' "$names${names:+
}" | while read -r name; do
    echo "    .balign 64"
    echo "berth_file_$i:"
    echo "    .incbin \"$folder/$name\""
    echo "berth_file_end_$i:"
    echo "    .byte 0"
    echo "berth_name_$i:"
    echo "    .asciz \"$name\""
    i=$((i + 1))
done
cat <<END
    .balign 8
    EMBED_GLOBAL(berth_builtin_count)
EMBED_NAME(berth_builtin_count):
    .quad $n
    EMBED_GLOBAL(berth_builtin_folder)
EMBED_NAME(berth_builtin_folder):
    .asciz "$(basename "$folder")"
    EMBED_POINTERS
    .balign 8
    EMBED_GLOBAL(berth_builtin_table)
EMBED_NAME(berth_builtin_table):
END
i=0
while [ "$i" -lt "$n" ]; do
    echo "    .quad berth_name_$i, berth_file_$i, berth_file_end_$i - berth_file_$i"
    i=$((i + 1))
done
echo '    EMBED_END'
