#!/usr/bin/env bats
# terminal.bats - texts, names and vocabularies cannot drive a terminal; a pipe
# gets them as they are.

load common

evil=$'\e]0;pwn\a\xc2\x9b5m'
gone=$'\xef\xbf\xbd'

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    unset NO_COLOR COLORTERM
    export TERM=xterm-256color BERTH XDG_CACHE_HOME=$PWD/cache
    # A model whose word for the unknown is more than a word.
    cp -r "$tiny" m
    chmod -R u+w m
    rm m/tokenizer.json
    perl -pi -e 's/^\[UNK\]$/\e]0;pwn\a\xc2\x9b5m/' m/vocab.txt
    perl -pi -e 's/"\[UNK\]"/"\\u001b]0;pwn\\u0007\\u009b5m"/' m/tokenizer_config.json
    printf 'a%sb\tc\x9b\x7f\n' "$evil" > "f$evil"
    printf 'id,text\n"x%s",a\xe2\x98\x83 \n' "$evil" > csv
    cp "f$evil" f
}

# tamed COMMAND... - on a terminal no control character but the terminal's own
# line ends and berth's own TABs; on a pipe the evil as it is.
tamed() {
    printf '"$BERTH"' > command
    printf ' %q' "$@" --no-progress >> command
    on_terminal "bash command" > seen || true
    perl -0777 -ne 's/\r\n//g; exit 1 unless length; exit 1 if
        /[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|(?<![\x80-\xf4])[\x80-\xbf]/' seen
    grep -qF "$gone" seen
}

piped() {
    tamed "$@"
    bash command 2> /dev/null | grep -qF "$evil"
}

@test "tokens of the model" {
    for f in text csv tsv; do
        piped tokenize -m m -f $f -t $'a \xe2\x98\x83'
        piped attention-dump -m m -f $f --layer 0 --head 0 -t $'a \xe2\x98\x83'
        piped embed -m m --tokens -f $f -t $'a \xe2\x98\x83'
        piped score -m m --tokens -f $f -t $'a \xe2\x98\x83'
        piped fill-mask -m m -k 580 -f $f -t 'a [MASK]'
        piped fill-mask -m m --joint -k 256 --beam 256 --word -f $f -t 'a [MASK]' ||
            true
    done
    piped tokenize -m m --decode -t 1
    berth tokenize -m m -f jsonl -t $'a \xe2\x98\x83' | valid_jsonl
}

@test "texts, ids and names" {
    for f in text csv tsv; do
        piped tokenize -m "$tiny" -f $f --keep --with-filename "f$evil"
        piped tokenize -m "$tiny" -f $f -i csv --field text --id id --count csv
        piped score -m "$tiny" -f $f --keep f
        piped fill-mask -m "$tiny" -k 1 -f $f -t "a$evil [MASK]"
        piped search --quiet -m "$tiny" -f $f a "f$evil"
        piped dedup --quiet -m "$tiny" -f $f f
        piped grep --quiet --color never --threshold -1 -m "$tiny" -f $f -H a "f$evil"
    done
    piped grep --quiet --color never --threshold -1 -m "$tiny" -c -H a "f$evil"
}

@test "JSON says the same in characters that are none" {
    run on_terminal "'$BERTH' tokenize -m m --keep -f jsonl 'f$evil'"
    [[ $output != *"$gone]"* ]]
    want=$(berth tokenize -m m --keep -f jsonl f | json '$o->{text}')
    equal "$(tr -d '\r' <<< "$output" | json '$o->{text}')" "$want"
    run ! grep -qF $'\xc2\x9b' <<< "$(berth tokenize -m m --keep -f jsonl f)"
}

@test "grep's own colours remain, and only these" {
    on_terminal "'$BERTH' grep --quiet --threshold -1 -m '$tiny' -nH a 'f$evil'" > seen
    equal "$(sed 's/\r$//' seen)" \
        $'\e[35m\e[Kf'"$gone]0;pwn$gone${gone}5m"$'\e[m\e[K\e[36m\e[K:\e[m\e[K'$'\e[32m\e[K1\e[m\e[K\e[36m\e[K:\e[m\e[K'"a$gone]0;pwn$gone${gone}5mb"$'\tc'"$gone$gone"
    # Asked for on a pipe, colours come with what is there.
    berth grep --quiet --color always --threshold -1 -m "$tiny" -nH a f > out
    grep -qF "$evil" out
}

@test "pictures: their own colours, and titles without others" {
    printf '"$BERTH" attention-dump -m m -f heat --layer 0 --head 0 -i csv --field text --id id csv' > command
    on_terminal "bash command" > seen
    grep -q $'\e\[38\|\e\[48' seen
    grep -qF "x$gone]0;pwn$gone${gone}5m" seen
    run ! grep -q $'\e\\]\|\a\|\xc2\x9b' seen
    berth attention-dump -m m -f heat --color always --layer 0 -i csv --field text \
        --id id csv > out
    grep -q $'\e\[48' out
}

@test "arrays come to a terminal only where they are asked to, and whole" {
    on_terminal "stty raw; '$BERTH' embed -f f32 -o - -t a" > seen
    equal "$(cksum < seen)" "$(berth embed -f f32 -t a | cksum)"
    for f in 'embed -f npy' 'embed -f f32' 'attention-dump -f npz' \
        'position-dump -f npy'; do
        on_terminal "echo a | '$BERTH' $f; echo status \$?" > seen
        grep -q 'not for a terminal: .*--output FILE.*--output -' seen
        grep -q 'status 2' seen
        run ! grep -q NUMPY seen
    done
}

@test "messages never hold a control character" {
    run -1 --separate-stderr berth embed -m m $'no\xc2\x9bne\x9b\e'
    equal "$stderr" $'berth: warning: m does not say how to pool: taking the mean of the last layer (--pooling)\nberth: no?ne??: No such file or directory'
    run -1 --separate-stderr berth embed -m $'./no\xc2\x9bne\x9b' -t a
    [[ $stderr = 'berth: ./no?ne?'* ]]
    cp -r "$tiny" $'e\xc2\x9b'
    chmod -R u+w $'e\xc2\x9b'
    echo '{' > $'e\xc2\x9b/config.json'
    run -1 --separate-stderr berth embed -m $'./e\xc2\x9b' -t a
    [[ $stderr = 'berth: ./e?/config.json: '* ]]
}
