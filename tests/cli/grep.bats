# berth grep: what matches, and GNU grep's output, flags and exit statuses.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    cat > log << 'END'
The disk of the server is full.
Lunch is at noon in the canteen.
No space left on device /dev/sda1.
A new user has signed up.
The train to Paris leaves at nine.
Writing the file failed: the drive has no room.
The children played in the garden.
END
    printf 'A new user has signed up.\n' > other
}

g() {
    berth grep "$@"
}

@test "the lines that pass the threshold, in input order" {
    equal "$(g 'disk is full' log)" "$(sed -n '1p;3p;6p' log)"
    equal "$(g --threshold 0.7 'disk is full' log)" "$(sed -n 1p log)"
    equal "$(g -v 'disk is full' log)" "$(sed -n '2p;4,5p;7p' log)"
    equal "$(g -e 'disk is full' -e 'a railway' log)" "$(sed -n '1p;3p;5,6p' log)"
}

@test "the threshold is the model's, and --score is the cosine" {
    equal "$(berth info | grep '^similarity_threshold')" \
        $'similarity_threshold\t0.3\tconfig_sentence_transformers.json'
    equal "$(berth info "$models/st-mean-dense-norm" | grep '^similarity_threshold')" \
        $'similarity_threshold\t0.5\tdefault'
    g --score --threshold -1 'disk is full' log > scores
    equal "$(cut -f 2 scores)" "$(cat log)"
    equal "$(cut -f 1 scores)" \
        "$(sed 's/^/disk is full\t/' log | berth similar)"
    cp -r "$models/st-mean-dense-norm" m
    sed '1s/{/{"similarity_threshold": 0.25,/' m/config_sentence_transformers.json > c
    mv c m/config_sentence_transformers.json
    equal "$(berth info m | grep '^similarity_threshold')" \
        $'similarity_threshold\t0.25\tconfig_sentence_transformers.json'
}

@test "a line without words matches nothing" {
    printf '\nan error\n \t\n' > blank
    equal "$(g -c --threshold -1 error blank)" 1
    equal "$(g -n --threshold -1 error blank)" "2:an error"
    equal "$(g -n --score -v error blank)" $'-inf\t1:\n-inf\t3: \t'
    equal "$(g -f csv -v error blank)" \
        $'file,line,score,text\nblank,1,-inf,\nblank,3,-inf, \t'
    equal "$(g -f jsonl -v error blank | json '$o->{score} // "null"')" $'null\nnull'
    run -2 "$BERTH" grep ' ' blank
    equal "${lines[0]}" "berth: the meaning ' ' has no words: nothing is like it"
    # Nor does the prompt that comes before every text mean anything.
    cp -r "$models/st-mean-dense-norm" m
    sed -i 's/"prompts": {}/"prompts": {"document": "a dog "}/; s/: "dot"/: "cosine"/' \
        m/config_sentence_transformers.json
    berth info m | grep -q 'a dog'
    equal "$(g -m m -n --threshold -1 error blank)" "2:an error"
}

@test "--ignore leaves out of the meaning what the line keeps" {
    sed 's/^/2026-11-26T09:14:07Z web-1 /' log > stamped
    g --score --threshold -1 'disk is full' log > want
    g --score --threshold -1 --ignore '^[^ ]+ [^ ]+ ' 'disk is full' stamped > got
    equal "$(cut -f 1 got)" "$(cut -f 1 want)"
    equal "$(cut -f 2 got)" "$(cat stamped)"
    # Each looks at the text as it came, and at all of it.
    g --score --threshold -1 --ignore '^[0-9]{4}-[^ ]*' --ignore ' web-[0-9]' \
        'disk is full' stamped | cmp - got
    g --score --threshold -1 --ignore '[0-9]{4}-.*web-1' 'disk is full' stamped |
        cmp - got
    # Where nothing is left, nothing is meant. MEANING stays as it is.
    g --score --threshold -1 --ignore disk 'disk is full' stamped |
        cut -f 1 | tail -n +2 | cmp - <(g --score --threshold -1 'disk is full' stamped |
        cut -f 1 | tail -n +2)
    equal "$(g -c --threshold -1 --ignore '^.*Z.*$' disk stamped)" 0
    run -2 "$BERTH" grep --ignore '(' disk log
    [[ $output == "berth: --ignore: '(': "* ]]
}

kept() {
    find cache -name '*.vectors*' 2> /dev/null | wc -l | tr -d ' '
}

# tokens ARGUMENT... - that grep computed.
tokens() {
    g --quiet --stats "$@" 2>&1 > /dev/null | json '$o->{tokens}'
}

@test "the cache: the same bytes, in every form, without the model" {
    { cat log; echo; seq 300 | sed 's/^/a disk /'; } > many
    for options in '' -c '-n -v --score' '-A 1 -B 2' -l '--max-count 2' -q \
        '-e lunch' '-f jsonl' '-f csv -j 1' '--threshold -1 -j 3'; do
        g --clear-cache
        # shellcheck disable=SC2086
        g --no-cache $options -e 'disk is full' many other - many < log > want
        equal "$(kept)" 0
        g 'disk is full' many other > all
        equal "$(kept)" 2
        # shellcheck disable=SC2086
        g $options -e 'disk is full' many other - many < log | cmp - want
    done
    equal "$(tokens disk many other)" 0
    # What grew is another file; what is not known stands among what is.
    echo 'no space left' >> other
    g --no-cache -n disk many other log > want
    g -n disk many other log | cmp - want
    equal "$(kept)" 4
}

@test "the cache is that of search" {
    berth search -k 1 disk log > hit
    equal "$(kept)" 1
    equal "$(tokens disk log)" 0
    g --clear-cache
    g disk log > lines
    equal "$(kept)" 1
    berth search -k 1 --stats disk log 2> stats | cmp - hit
    equal "$(json '$o->{records}' < stats)" 0
    [ "$(tokens --ignore x disk log)" -gt 0 ]
    equal "$(kept)" 2
}

@test "the cache keeps what was read whole, and only that" {
    g -q disk log
    g --max-count 1 disk log
    g disk < log
    g disk - < log
    g --no-cache disk log
    g --resume -o out disk log
    equal "$(kept)" 0
    printf '{"t":"a disk"}\n{"t":7}\n' > j
    run -2 "$BERTH" grep -i jsonl --field t disk j
    equal "$(kept)" 0
    gzip -c log | head -c -6 > cut.gz
    run -2 "$BERTH" grep disk log cut.gz other
    equal "$(kept)" 2
    run -0 "$BERTH" grep --clear-cache
    equal "$output" ""
    equal "$(kept)" 0
    g --cache-size 1K disk log other > lines
    equal "$(kept)" 0
}

@test "what is damaged in the cache is made again" {
    seq 600 | sed 's/^/a disk /' > many
    g --score disk many > want
    for at in 3 30 140 3000 500000 -3; do
        perl -e '($n, $f) = @ARGV; open F, "+<", $f; binmode F;
            seek F, $n, $n < 0 ? 2 : 0; read F, $c, 1;
            seek F, $n, $n < 0 ? 2 : 0; print F chr(ord($c) ^ 1)' -- \
            "$at" cache/berth/*
        [ "$(tokens disk many)" -gt 0 ]
        equal "$(tokens disk many)" 0
        g --score disk many | cmp - want
    done
}

@test "names, numbers, counts" {
    equal "$(g -n 'disk is full' log | cut -d : -f 1 | tr '\n' ' ')" "1 3 6 "
    equal "$(g -H --max-count 1 'disk is full' log)" "log:$(head -n 1 log)"
    equal "$(g 'disk is full' log other log | cut -d : -f 1 | uniq -c | tr -s ' \n' ' ')" \
        " 6 log "
    equal "$(g -h 'disk is full' log other | head -n 1)" "$(head -n 1 log)"
    equal "$(g -c 'disk is full' other log /dev/null log)" \
        $'other:0\nlog:3\n/dev/null:0\nlog:3'
    equal "$(g -c -v 'disk is full' < log)" 4
    equal "$(g -c --max-count 2 'disk is full' log)" 2
    equal "$(g -c 'disk is full' missing log gone 2> err)" log:3
    equal "$(g -hH --max-count 1 'disk is full' log)" "log:$(head -n 1 log)"
    equal "$(g -Hh --max-count 1 'disk is full' log)" "$(head -n 1 log)"
    equal "$(g -l 'disk is full' other log log)" $'log\nlog'
    equal "$(g -Hn 'disk is full' --max-count 1 < log)" \
        "(standard input):1:$(head -n 1 log)"
    equal "$(g --color always -nH --max-count 1 'disk is full' log)" \
        "$(grep --color=always -nH 'XX*\|' log | head -n 1)"
}

@test "--color alone is --color=auto, and NO_COLOR turns it off" {
    equal "$(g --color -n --max-count 1 'disk is full' log)" \
        "1:$(head -n 1 log)"
    equal "$(g -n --max-count 1 'disk is full' log --color)" \
        "1:$(head -n 1 log)"
    export TERM=xterm
    unset NO_COLOR
    show="'$BERTH' grep -n --max-count 1 'disk is full' log"
    for color in '' --color '--color auto' --color=auto --color=always; do
        on_terminal "$show $color" | grep -qF $'\e[32m\e[K1'
        NO_COLOR='' on_terminal "$show $color" | grep -qF $'\e[32m\e[K1'
    done
    for color in '' --color --color=auto --color=never; do
        NO_COLOR=0 on_terminal "$show $color" > out
        equal "$(tr -d '\r' < out | tail -n 1)" "1:$(head -n 1 log)"
        TERM=dumb on_terminal "$show $color" > out
        equal "$(tr -d '\r' < out | tail -n 1)" "1:$(head -n 1 log)"
    done
    NO_COLOR=1 on_terminal "$show --color=always" | grep -qF $'\e[32m\e[K1'
    run -2 "$BERTH" grep --color=sometimes 'disk is full' log
}

@test "GREP_COLORS is that of GNU grep, but for parts of lines" {
    for colors in '' fn=31 fn=:ln=1:se= ne 'sl=1;44:cx=2' rv:sl=1:cx=2 \
        rv=0:sl=1 zz=1:fn=1 'sl=1;x:fn=1' =3:fn=1 fn:ln=4 fn=1:fn=2 \
        :fn=3 fn=1=2:ln=3 'fn=1:ln=2;' fn=1: 'fn=1 ;31'; do
        for way in '' -v; do
            GREP_COLORS=$colors g --color=always -nH $way -C 1 'disk is full' log other > out
            GREP_COLORS=ms=:mc=:$colors grep --color=always -nH $way -C 1 \
                -e 'disk of' -e 'No space' -e drive log other | cmp - out
        done
    done
    # GNU grep colours the part that matches: nothing is, here.
    GREP_COLORS=mt='01;31' g --color=always 'disk is full' log |
        cmp - <(g 'disk is full' log)
}

@test "-L and -s are those of GNU grep 3.5 and later" {
    cp other no
    : > empty
    mkdir dir
    for files in 'log no empty' log no empty 'no missing' 'no dir log' 'log missing' -; do
        for flags in -L -Ll -lL -cL -vL '-n -L -C1' '-L --color=always' -LH -Lhm0 \
            -Lvm0 -Lm1 -s -sc -sL -rsl -Rs; do
            # shellcheck disable=SC2086
            run --separate-stderr grep $flags -e 'disk of' -e 'No space' -e drive $files < no
            want="$status $output ${stderr//grep: }"
            # shellcheck disable=SC2086
            run --separate-stderr "$BERTH" grep ${flags/m/ --max-count=} 'disk is full' $files < no
            stderr=${stderr%; to read the files below it: --recursive}
            equal "$status $output ${stderr//berth: }" "$want"
        done
    done
    for command in grep search; do
        run "$BERTH" $command 'disk is full' dir
        equal "$output" "berth: dir: Is a directory; to read the files below it: --recursive"
    done
    run -0 "$BERTH" grep -qL 'disk is full' log
    equal "$output" ""
    run -1 "$BERTH" grep -qL 'disk is full' no
    equal "$output" ""
    run -2 "$BERTH" grep -L -f csv 'disk is full' no
}

@test "who is used to grep is told what to give" {
    while IFS='|' read -r args message; do
        # shellcheck disable=SC2086
        run -2 "$BERTH" grep $args disk log < /dev/null
        equal "${lines[0]}" "berth: $message"
        equal "${lines[1]}" "try 'berth grep --help'"
    done <<'END'
-m 1|--model: a number is no model; for at most so many matches of a file give --max-count
-nw|unknown option '-w'; lines are compared by meaning: MEANING is no pattern
-i|--input: 'disk' is not one of lines|csv|tsv|jsonl|file|json|paragraph; lines are compared by meaning: there is no need for grep's -i
-f words|--format: 'words' is not one of text|csv|tsv|jsonl; for several meanings give -e for each
-3|unknown option '-3'; for lines around give --context
END
    on_terminal "'$BERTH' grep -o disk log" > out
    grep -q 'there is no -o of grep' out
    [ ! -e disk ]
    cp -r "$tiny" 1
    run -1 "$BERTH" grep -m 1 --threshold 1 disk log
}

@test "context is that of GNU grep" {
    { seq 20; cat log; seq 20; } > long
    for c in '-A 1' '-B 1' '-C 2' '-A 2 -B 1' '-C 1 -v' '-A 1 --max-count 2' '-A 0'; do
        # shellcheck disable=SC2086
        equal "$(g -n $c 'disk is full' long log)" \
            "$(grep -n ${c/--max-count/-m} -e 'disk of' -e 'No space' -e drive long log)"
    done
}

@test "context takes no more memory than lines came" {
    { seq 30; cat log; seq 5; cat log; seq 300; cat log; } > long
    for n in 8 9 12 17 250 1073741824; do
        equal "$(g -n -B $n 'disk is full' long log)" \
            "$(grep -n -B $n -e 'disk of' -e 'No space' -e drive long log)"
    done
    equal "$(g -n -C 1073741824 'disk is full' long)" "$(grep -n '' long |
        sed 's/:/-/' | sed -E '/disk of|No space|drive/s/-/:/')"
}

@test "exit statuses" {
    run -0 "$BERTH" grep 'disk is full' log
    run -1 "$BERTH" grep 'disk is full' other
    run -0 "$BERTH" grep -v 'disk is full' other
    run -2 "$BERTH" grep 'disk is full' log missing
    run -0 --separate-stderr "$BERTH" grep -q 'disk is full' missing log
    equal "$output" ""
    run -1 "$BERTH" grep -q 'disk is full' other
    run -2 "$BERTH" grep -m missing 'disk is full' log
    run -2 "$BERTH" grep
    run -2 "$BERTH" grep --threshold 7 a log
    run -2 "$BERTH" grep -c -f csv a log
    run -1 "$BERTH" grep --max-count 0 'disk is full' log missing
    equal "$output" ""
    run -2 "$BERTH" grep -C 1 -f csv a log
    run -2 "$BERTH" grep -A 1 -f csv a log
}

@test "a write that fails is trouble, also after the last match" {
    [ -w /dev/full ] || skip "no /dev/full"
    for flags in --max-count\ 1 -l -n; do
        # shellcheck disable=SC2016
        run -2 sh -c '"$0" grep $1 "disk is full" log > /dev/full' "$BERTH" "$flags"
    done
    run -0 sh -c '"$0" grep -q "disk is full" log > /dev/full' "$BERTH"
}

@test "the output is not read: that had no end" {
    for way in '-r' 'log hits' '-'; do
        cp log hits
        # shellcheck disable=SC2016
        run -2 --separate-stderr sh -c '"$0" grep "disk is full" $1 < hits >> hits' \
            "$BERTH" "$way"
        [[ $stderr == "berth: "*": this file is also the output" ]]
    done
    cp log hits
    run -2 "$BERTH" grep -r -o hits 'disk is full'
    # What no match can make longer is read.
    cp log hits
    g -c 'disk is full' hits >> hits
    equal "$(tail -n 1 hits)" 3
}

@test "-r, --include, --exclude" {
    mkdir -p d/e
    cp log d/e/b.log
    cp log d/a.txt
    printf 'The disk is full.\0' > d/binary
    gzip -c log > d/z.gz
    printf 'PK\3\4The disk is full.\n' > d/zip
    gzip -c d/zip > d/zip.gz
    ln -s e d/link
    equal "$(g -rc 'disk is full' d)" $'d/a.txt:3\nd/e/b.log:3\nd/z.gz:3'
    equal "$(cd d && g -rl 'disk is full')" $'a.txt\ne/b.log\nz.gz'
    equal "$(g -rl --include '*.log' --include '*.gz' 'disk is full' d)" \
        $'d/e/b.log\nd/z.gz'
    equal "$(g -rl --exclude '*.log' 'disk is full' d)" $'d/a.txt\nd/z.gz'
    equal "$(cd d && g -rl 'disk is full' .)" $'./a.txt\n./e/b.log\n./z.gz'
    equal "$(g -r --max-count 1 'disk is full' d/a.txt)" "$(head -n 1 log)"
    equal "$(g -l --include '*.txt' 'disk is full' d/a.txt d/e/b.log)" d/a.txt
    equal "$(g -l --exclude 'e/*' 'disk is full' d/a.txt d/e/b.log)" d/a.txt
    run -1 "$BERTH" grep --exclude log 'disk is full' log < log
    run -2 "$BERTH" grep --exclude '*' 'disk is full' missing
    run -1 "$BERTH" grep -r --include 'none' 'disk is full' d < /dev/null
    run -2 "$BERTH" grep 'disk is full' d
    printf '\377\376d\0i\0s\0k\0 \0f\0u\0l\0l\0\n\0' > d/wide
    equal "$(g -rl 'disk is full' d)" $'d/a.txt\nd/e/b.log\nd/wide\nd/z.gz'
}

@test "-r and -R find the files that GNU grep finds, but for hidden ones" {
    mkdir -p d/.git d/build/sub d/x.d e
    for file in top .hidden .git/f build/f build/sub/f x.d/f.log; do
        cp other d/$file
        printf 'The disk is full.\n' >> d/$file
    done
    cp log e/log
    ln -s ../e d/way
    ln -s .. d/x.d/up
    ln -s top d/link
    ln -s nothing e/broken
    for way in -r -R '-r d' '-R d' '-r d/link d/way' '-r --exclude-dir=build d' \
        '-r --exclude-dir build/ d/' '-r --exclude-dir=build d/build d' \
        '-R --exclude-dir=way .' '-r --exclude-dir=. .' '-r --exclude-dir=d/build d' \
        '--exclude-dir=d d log' '-r --exclude-dir=* --include=t* d/build e d/top' \
        '-r --exclude=top --exclude=*.log d' '-r --include=f --include=.hidden d' \
        '-R -r d' '-rR --include *.log d'; do
        # shellcheck disable=SC2086
        (set -f; cd . && g --hidden -l 'disk is full' $way < /dev/null) > out 2> err || true
        # shellcheck disable=SC2086
        (set -f; grep -lE 'disk|space' $way < /dev/null) 2> err2 | sort | cmp - <(sort out)
        equal "$(grep -c 'No such file' err)" "$(grep -c 'No such file' err2)"
    done
    equal "$(g -rl 'disk is full' d)" $'d/build/f\nd/build/sub/f\nd/top\nd/x.d/f.log'
    equal "$(g -rl 'disk is full' d/.git d/.hidden)" $'d/.git/f\nd/.hidden'
    equal "$(g -rl --include '.h*' 'disk is full' d)" d/.hidden
    run -0 --separate-stderr "$BERTH" grep -Rl 'disk is full' d/x.d --exclude-dir way
    [[ $stderr == *"warning: d/x.d/up/x.d: a link to a folder that it is in" ]]
}

@test "other inputs and outputs" {
    printf 'id,said\n1,"The disk\nis full."\n2,Lunch is at noon.\n' > t.csv
    equal "$(g -n -i csv --field said 'disk is full' t.csv)" '2:The disk\nis full.'
    equal "$(g -i csv --field said -f csv --digits 1 'disk is full' t.csv)" \
        $'file,line,score,text\nt.csv,2,1,"The disk\nis full."'
    g -f jsonl 'disk is full' log > hits
    valid_jsonl < hits
    equal "$(json '"$o->{file} $o->{line} $o->{text}"' < hits | tail -n 1)" \
        "log 6 $(sed -n 6p log)"
    tr '\n' '\0' < log | g -0 'disk is full' | tr '\0' '\n' |
        cmp - <(g 'disk is full' log)
    equal "$(g 'disk is full' -t 'a full disk' -t 'the moon')" "a full disk"
    g -o out 'disk is full' log
    g 'disk is full' log | cmp - out
}

@test "after tail -f: a match is printed before the next line comes" {
    timeout 60 perl -MIPC::Open2 -e '
        $pid = open2($out, $in, @ARGV);
        select((select($in), $| = 1)[0]);
        for $i (1 .. 4) {
            print $in "Lunch is at noon.\n";
            print $in "The disk of server $i is full.\n";
            defined($_ = <$out>) or die "no match $i\n";
            /server $i/ or die "another line\n";
        }
        close $in; waitpid $pid, 0;' "$BERTH" grep 'disk is full'
}

@test "-q and --max-count end a stream that goes on" {
    mkfifo stream
    for flags in -q '--max-count 1' -l; do
        # Open for both, so that it never ends.
        exec 9<> stream
        cat log >&9
        # shellcheck disable=SC2086
        timeout 60 "$BERTH" grep $flags 'disk is full' < stream > out
        exec 9>&-
    done
}

@test "the same bytes for any threads and batch" {
    for i in $(seq 20); do cat log; done > many
    g -n -C 1 --score 'disk is full' -j 1 many > one
    g -n -C 1 --score 'disk is full' -j 3 --batch-tokens 40 < many | cmp - one
}

@test "records of several lines: each line with its number, in every format" {
    printf 'The disk\nis full.\n\n\nA cat\n\nNo space\nleft on\nthe device.\n\nA dog\n' > p
    find() {
        "$BERTH" grep -i paragraph "$@"
    }
    equal "$(find 'the disk is full' p)" \
        $'The disk\nis full.\n\nNo space\nleft on\nthe device.'
    equal "$(find -nH 'the disk is full' p)" \
        $'p:1:The disk\np:2:is full.\n\np:7:No space\np:8:left on\np:9:the device.'
    equal "$(find -nC 1 cat p)" \
        $'1-The disk\n2-is full.\n\n5:A cat\n\n7-No space\n8-left on\n9-the device.\n\n11:A dog'
    equal "$(find -nB 1 'no space' p)" \
        $'1:The disk\n2:is full.\n\n5-A cat\n\n7:No space\n8:left on\n9:the device.'
    equal "$(find -c 'the disk is full' p; find -vn 'the disk is full' p)" \
        $'2\n5:A cat\n\n11:A dog'
    equal "$(find --score --digits 1 'the disk is full' p | head -n 2)" $'1\tThe disk\n1\tis full.'
    equal "$(find -f csv --digits 1 'the disk is full' p | head -n 3)" \
        $'file,line,score,text,last_line,begin_byte,end_byte\np,1,1,"The disk\nis full.",2,0,17'
    equal "$(find -f jsonl --digits 1 cat p | head -n 1)" \
        '{"file":"p","line":5,"score":0.9,"text":"A cat","last_line":5,"begin_byte":20,"end_byte":25}'
    equal "$("$BERTH" search --no-cache --quiet -i paragraph -k 1 --digits 1 'the disk is full' p)" \
        'p:1:1:The disk\nis full.'
    equal "$("$BERTH" search --no-cache --quiet -i paragraph -k 1 --digits 1 -f csv 'the disk is full' p | tail -n 2)" \
        $'p,1,1,"The disk\nis full.",2,0,17'
}

@test "--join-lines: lines that matches share are printed once" {
    printf '%s\n' 'x = 1' 'y = 2' 'the disk' 'is full' 'z = 3' 'w = 4' q r s t \
        'the disk is full' u > s
    equal "$(berth grep -n --join-lines 2 --join-step 1 --threshold .6 'the disk is full' s)" \
        $'2:y = 2\n3:the disk\n4:is full\n--\n10:t\n11:the disk is full\n12:u'
    equal "$(berth grep -n --join-lines 3 --threshold -1 x s)" "$(grep -n '' s)"
    equal "$(berth grep -n --join-lines 3 --join-step 2 --threshold -1 x s s | wc -l)" 25
}

@test "search keeps joined lines apart from lines" {
    export XDG_CACHE_HOME=$PWD/cache
    seq 8 > s
    for _ in 1 2; do
        equal "$(berth search -k 99 x s | wc -l)" 8
        equal "$(berth search -k 99 --join-lines 4 x s | wc -l)" 2
        equal "$(berth search -k 99 --join-lines 4 --join-step 2 x s | wc -l)" 3
        equal "$(berth search -k 99 -i paragraph x s | wc -l)" 1
    done
}
