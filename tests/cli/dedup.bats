# berth dedup: which lines come together, and how they are printed.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    printf '%s\n' 'The disk is full.' 'Lunch is at noon.' 'the disk is FULL' \
        'Prices rose in May.' 'The disk is full.' 'Lunch is at noon!' > f
}

@test "group TAB line, groups in order of their first lines" {
    equal "$(berth dedup f | cut -f 1 | tr '\n' ' ')" "1 2 1 3 1 2 "
    equal "$(berth dedup f | cut -f 2)" "$(cat f)"
    equal "$(berth dedup --threshold 1 f | cut -f 1 | sort -u | wc -l | tr -d ' ')" \
        "$(berth dedup --first --threshold 1 f | wc -l | tr -d ' ')"
    equal "$(berth dedup --threshold -1 f | cut -f 1 | sort -u)" 1
}

@test "--first: what uniq would leave" {
    equal "$(berth dedup --first f)" "$(sed -n '1,2p;4p' f)"
}

@test "-r: all files below folders" {
    mkdir -p d/.git d/old
    berth embed -t x > d/.git/x
    printf 'The disk is full.\nLunch is at noon.\n' | tee d/a > d/old/b
    berth dedup -r d | cmp - <(berth dedup d/a d/old/b)
    berth dedup -r --exclude-dir old d | cmp - <(berth dedup d/a)
    run -0 "$BERTH" dedup -r --include none d < /dev/null
    equal "$output" ""
}

@test "formats" {
    berth dedup -f csv f > csv
    equal "$(head -n 2 csv)" $'record,text,group,score\n0,The disk is full.,1,1'
    equal "$(tail -n +2 csv | cut -d , -f 3 | tr '\n' ' ')" "1 2 1 3 1 2 "
    berth dedup -f jsonl f > j
    valid_jsonl < j
    equal "$(json '$o->{group}' < j | tr '\n' ' ')" "1 2 1 3 1 2 "
    score=$(sed -n 4p csv | cut -d , -f 4)
    equal "$score" \
        "$(printf 'The disk is full.\tthe disk is FULL\n' | berth similar)"
    equal "$(tr '\n' '\0' < f | berth dedup --first -0 | tr '\0' '\n')" \
        "$(berth dedup --first f)"
}

@test "--ignore: what differs in time only is one" {
    printf '09:14 disk full\n09:15 disk full\n09:16\n' > f
    equal "$(berth dedup --threshold 1 --ignore '[0-9]{2}:[0-9]{2}' f)" \
        $'1\t09:14 disk full\n1\t09:15 disk full\n0\t09:16'
}

@test "lines without words are group 0" {
    printf '\nThe disk is full.\n \nthe disk is full.\n\n' > f
    equal "$(berth dedup f | cut -f 1 | tr '\n' ' ')" "0 1 0 1 0 "
    equal "$(berth dedup --threshold -1 f | cut -f 1 | tr '\n' ' ')" "0 1 0 1 0 "
    equal "$(berth dedup --first f)" $'\nThe disk is full.'
    equal "$(berth dedup -f csv f | cut -d , -f 3,4 | tr '\n' ' ')" \
        "group,score 0,-inf 1,1 0,-inf 1,1 0,-inf "
    equal "$(berth dedup -f jsonl f | json '$o->{score} // "null"' | tr '\n' ' ')" \
        "null 1 null 1 null "
}

@test "the same bytes for any threads and batch" {
    for i in $(seq 30); do sed "s/\$/ $i/" f; done > many
    berth dedup -j 1 many > one
    berth dedup -j 3 --batch-tokens 40 < many | cmp - one
}

@test "a failed record keeps its place" {
    printf '{"t":"a"}\n{"t":7}\n{"t":"a"}\n' > j
    run -1 --separate-stderr "$BERTH" dedup -i jsonl --field t j
    equal "$output" $'1\ta\n!\n1\ta'
    run -2 "$BERTH" dedup --threshold 3 j
}

@test "-0: a failed record ends in NUL, too" {
    equal "$(printf 'a\0b c\0' | "$BERTH" dedup -0 --overflow error --max-tokens 3 \
        2> /dev/null | tr '\0\n' '|N')" $'1\ta|!|'
}
