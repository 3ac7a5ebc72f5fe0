# berth search: the best lines, and where they are.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
    perl -e 'print "the cat $_ and ", "a dog " x ($_ % 5), "here\n" for 1 .. 150' > f
    printf 'a dog\nthe cat and the dog\n' > g
    st=$models/st-mean-dense-norm
}

# ranked FILE... - all lines with their scores, by berth similar and sort.
ranked() {
    for file in "$@"; do
        awk -v f="$file" '{ print f ":" NR }' "$file" > places
        sed 's/^/a dog\t/' "$file" | berth similar -m "$st" | paste -d : places - |
            paste -d : - "$file"
    done | sort -s -t : -k 3,3gr
}

@test "the best lines of all, best first" {
    berth search -m "$st" -k 500 'a dog' f g > all
    ranked f g | cmp - all
    berth search -m "$st" 'a dog' f g | cmp - <(head -n 10 all)
    berth search -m "$st" -k 1 'a dog' f g | cmp - <(head -n 1 all)
}

@test "standard input has no name" {
    equal "$(berth search -m "$st" -k 3 'a dog' < f)" \
        "$(berth search -m "$st" -k 3 'a dog' f | cut -d : -f 2-)"
}

@test "csv, tsv and jsonl" {
    text=$(berth search -m "$st" -k 3 'a dog' g | tr : ,)
    equal "$(berth search -m "$st" -f csv 'a dog' g)" $'file,line,score,text\n'"$text"
    equal "$(berth search -m "$st" -f tsv --no-header 'a dog' g | tr '\t' ,)" "$text"
    berth search -m "$st" -f jsonl 'a dog' g > hits
    valid_jsonl < hits
    equal "$(json 'join ",", @$o{qw(file line score text)}' < hits | cut -d , -f 1,2,4)" \
        "$(cut -d , -f 1,2,4 <<< "$text")"
}

@test "a line without words is never a hit, nor from the cache" {
    printf 'a dog\n\nthe cat\n \n' > blank
    for options in --no-cache '' '' '--index i' '--index i' \
        '--vector-type binary' '--vector-type binary'; do
        # shellcheck disable=SC2086
        equal "$(berth search -m "$st" $options 'a dog' blank | cut -d : -f 2,4)" \
            $'1:a dog\n3:the cat'
    done
    run -2 "$BERTH" search -m "$st" '' blank
    equal "${lines[0]}" "berth: the meaning '' has no words: nothing is like it"
}

# one_by_one ARGUMENT... - what search prints for each line of q alone.
one_by_one() {
    while read -r query; do
        echo "$query"
        berth search -m "$st" -k 4 "$@" "$query" f g
        echo
    done < q
}

@test "--queries: each line is a query, answered as alone" {
    { sed -n '1,150p' f | sed -n '1~8p'; cat g; } > q
    one_by_one --no-cache > want
    equal "$(wc -l < want | tr -d ' ')" "$((21 * 6))"
    for options in '--no-cache' '' '' '-j 3' '--index i' '--index i'; do
        # shellcheck disable=SC2086
        berth search -m "$st" -k 4 $options --queries q f g | cmp - want
    done
    berth search -m "$st" -k 4 --queries - f g < q | cmp - want
    berth search -m "$st" -k 4 --clear-cache --queries q f | cmp -s - want && false
    berth search -m "$st" -k 4 --queries q f g | cmp - want
    one_by_one --vector-type binary > want
    berth search -m "$st" -k 4 --vector-type binary --queries q f g | cmp - want
    berth search -m "$st" -k 4 --vector-type binary --queries q f g | cmp - want
    cat f g | berth search -m "$st" -k 1 --queries q | sed -n 1,2p |
        cmp - <(head -n 1 q; cat f g | berth search -m "$st" -k 1 "$(head -n 1 q)")
}

@test "--queries: a join in csv and jsonl" {
    printf 'a dog\n\nthe "cat", and\n' > q
    run -0 --separate-stderr "$BERTH" search -m "$st" -k 1 -f csv --queries q g
    equal "$stderr" "berth: warning: 1 query has no words, and no answer, the first at q:2"
    dog=$(berth search -m "$st" -k 1 -f csv --no-header 'a dog' g)
    cat=$(berth search -m "$st" -k 1 -f csv --no-header 'the "cat", and' g)
    equal "$output" "query,query_text,file,line,score,text
0,a dog,$dog
2,\"the \"\"cat\"\", and\",$cat"
    berth search -m "$st" -k 2 -f jsonl --quiet --queries q g > hits
    valid_jsonl < hits
    equal "$(json 'join ",", @$o{qw(query query_text)}' < hits)" \
        $'0,a dog\n0,a dog\n2,the "cat", and\n2,the "cat", and'
    equal "$(berth search -m "$st" -k 1 -0 --quiet --queries q \
        < <(tr '\n' '\0' < g) | tr '\0' '|' | cut -d : -f 1)" "a dog|1"
    run -0 "$BERTH" search -m "$st" --queries /dev/null g
    equal "$output" ""
}

@test "--queries: the prompt and the limit are those of queries" {
    cp -r "$models/st-mean-dense-norm" m
    sed -i 's/"prompts": {}/"prompts": {"query": "the cat ", "document": "a dog "}/' \
        m/config_sentence_transformers.json
    printf 'here is a dog\nthe cat\n' > q
    berth search -m m -k 3 'here is a dog' f > want
    berth search -m m -k 3 --queries q f | sed -n 2,4p | cmp - want
    run ! cmp -s want <(berth search -m "$st" -k 3 'here is a dog' f)
    berth search -m m -k 3 --ignore dog 'here is a dog' f > want
    berth search -m m -k 3 --ignore dog --queries q f | sed -n 2,4p | cmp - want
    berth search -m m -k 3 --hide-token dog --overflow error --queries q f |
        sed -n 2,4p | cmp - <(berth search -m m -k 3 --hide-token dog 'here is a dog' f)
}

# fused QUERY FILE... - what search --hybrid -f csv prints, by the formulas of its
# manual page, from the similarities that search prints. No text has a comma.
fused() {
    berth search -m "$st" --quiet --no-cache -f csv --no-header -k 100000 "$@" |
        perl -e 'my $query = shift; my (@lines, %df, $total);
            sub words { map { lc } $_[0] =~ /\w+/g }
            while (<STDIN>) { chomp; my ($file, $line, $s, $text) = split /,/, $_, 4;
                my %n; my @w = words($text); $n{$_}++ for @w; $df{$_}++ for keys %n;
                $total += @w; push @lines, [$file, $line, $s, $text, \%n, scalar @w] }
            my $N = @lines;
            for my $l (@lines) { $l->[6] = 0; for my $w (words($query)) {
                my $f = $l->[4]{$w} or next;
                $l->[6] += log(1 + ($N - $df{$w} + .5) / ($df{$w} + .5)) * $f * 2.2
                    / ($f + 1.2 * (.25 + .75 * $l->[5] / ($total / $N))) } }
            for my $by (2, 6) { my ($n, $rank, $last) = 0;
                for my $l (sort { $b->[$by] <=> $a->[$by] } grep { $by == 2 || $_->[6] } @lines) {
                    $n++; $rank = $n if !defined $last || $l->[$by] != $last;
                    $last = $l->[$by]; $l->[$by + 5] = $rank } }
            $_->[12] = 1 / (60 + $_->[7]) + ($_->[11] ? 1 / (60 + $_->[11]) : 0) for @lines;
            printf "%s,%d,%.5g,%.5g,%d,%.5g,%s,%s\n", @$_[0, 1, 12, 2, 7, 6], $_->[11] // "", $_->[3]
                for sort { $b->[12] <=> $a->[12] || $a->[0] cmp $b->[0] || $a->[1] <=> $b->[1] } @lines' "$1"
}

# hybrid ARGUMENT... - the same lines of berth, with as many digits.
hybrid() {
    berth search -m "$st" --hybrid -f csv --no-header "$@" |
        perl -pe 'my @c = split /,/, $_, 8; $_ = sprintf("%.5g", $_) for @c[2, 3, 5];
            $_ = join ",", @c'
}

@test "--hybrid: BM25 and reciprocal rank fusion" {
    cat >> g <<- 'END'
		A dog, dog... and the DOG!
		12 cats and 17 dogs

		no such animal
		a   dog
	END
    sed -i 's/,/;/g' g
    for query in 'a dog' 'the cat 17 and' 'A DOG dog cat' 'animal?'; do
        fused "$query" f g > want
        equal "$(wc -l < want | tr -d ' ')" 156
        # Computed, kept, known, and of some threads.
        hybrid --no-cache -k 1000 "$query" f g | cmp - want
        hybrid --clear-cache -k 1000 "$query" f > /dev/null
        hybrid -k 1000 "$query" f g | cmp - want
        hybrid -k 7 -j 3 "$query" f g | cmp - <(head -n 7 want)
        hybrid -k 7 --index i "$query" f g | cmp - <(head -n 7 want)
        hybrid -k 7 --index i "$query" f g | cmp - <(head -n 7 want)
    done
    equal "$(berth search -m "$st" --hybrid -k 2 'a dog' f g | cut -d : -f 3)" \
        "$(berth search -m "$st" --hybrid -k 2 -f csv --no-header 'a dog' f g | cut -d , -f 3)"
}

@test "--hybrid: formats, queries, and words as they are compared" {
    printf 'Caf\303\251 \346\227\245\346\234\254\n\nthe cat\nstra\303\237e1 x\n' > g
    for query in 'a cafe' '(CAFE\314\201)' '\346\234\254' 'STRASSE1'; do
        berth search -m "$st" --quiet --hybrid -f jsonl "$(printf -- "$query")" g > j
        valid_jsonl < j
        equal "$(json '$o->{bm25_rank} // "null"' < j | sort | tr '\n' ' ')" "1 null null "
    done
    equal "$(head -n 1 j | json 'join ",", sort keys %$o')" \
        bm25,bm25_rank,file,line,score,similarity,similarity_rank,text
    # None of the query's words, and no words to count.
    for query in dog '...'; do
        equal "$(berth search -m "$st" --quiet --hybrid -f csv --no-header "$query" g |
            cut -d , -f 6,7 | sort -u)" 0,
    done
    # --ignore takes words from lines, and none from queries.
    equal "$(berth search -m "$st" --quiet --hybrid --ignore cat -f csv --no-header \
        'the cat' g | cut -d , -f 7 | tr -d '\n')" 1
    printf 'the cat\n\na cafe\n' > q
    for options in --no-cache '' ''; do
        # shellcheck disable=SC2086
        berth search -m "$st" --quiet --hybrid -f csv --no-header $options --queries q g > got
        for i in 0 2; do
            berth search -m "$st" --quiet --hybrid -f csv --no-header \
                "$(sed -n $((i + 1))p q)" g | cmp - <(grep "^$i," got | cut -d , -f 3-)
        done
    done
    run -0 "$BERTH" search -m "$st" --quiet --hybrid --queries /dev/null g
    equal "$output" ""
    TMPDIR=/nonexistent run -1 "$BERTH" search -m "$st" --quiet --hybrid cat g
    equal "$output" "berth: /nonexistent: temporary file: No such file or directory"
}

@test "--queries: what cannot be" {
    run -1 "$BERTH" search -m "$st" --queries none g
    equal "$output" "berth: none: No such file or directory"
    run -2 "$BERTH" search -m "$st" --queries -
    [[ ${lines[0]} == "berth: --queries -: standard input has the queries"* ]]
    run -2 "$BERTH" search -m "$st" --queries - g -
    run -2 "$BERTH" search -m "$st" --queries g -o g f
    [[ ${lines[0]} == "berth: --output: g is also the file of --queries" ]]
    berth search -m "$st" --queries - g < f > out
    [ -s out ]
    # A query that fails keeps its number.
    printf 'a dog\n%05000d\nthe cat\n' 0 > q
    run -1 --separate-stderr "$BERTH" search -m "$st" --max-record 4K -f csv \
        --no-header -k 1 --queries q g
    equal "$(cut -d , -f 1,2 <<< "$output")" $'0,a dog\n2,the cat'
    [[ $stderr == "berth: q:2: "* ]]
}

@test "-r: all files below folders, as if they were named" {
    mkdir -p d/.git d/build d/e
    cp f d/f.txt
    cp g d/e/g.txt
    cp g d/.git/g.txt
    cp g d/.g.txt
    cp g d/build/g.txt
    printf 'a dog\0' > d/binary
    berth search -m "$st" -k 500 'a dog' d/build/g.txt d/e/g.txt d/f.txt > all
    berth search -m "$st" -k 500 -r 'a dog' d | cmp - all
    (cd d && berth search -m "$st" -k 500 -r 'a dog') | sed 's/^/d\//' | cmp - all
    berth search -m "$st" -k 500 -r --exclude-dir build --include 'g*' 'a dog' d |
        cmp - <(grep ^d/e/ all)
    equal "$(berth search -m "$st" -k 500 -r --hidden --exclude 'f*' 'a dog' d |
        cut -d : -f 1 | sort -u | tr '\n' ' ')" "d/.g.txt d/.git/g.txt d/build/g.txt d/e/g.txt "
    berth search -m "$st" --exclude 'f*' 'a dog' d/f.txt d/e/g.txt |
        cmp - <(grep ^d/e/ all)
    ln -s ../../g d/e/link
    berth search -m "$st" -k 500 -r 'a dog' d | cmp - all
    berth search -m "$st" -k 1 -R 'a dog' d/e/link d/e | cmp - <(sed -n '1s/^[^:]*/d\/e\/link/p' all)
    # The output is none of them.
    for _ in 1 2; do
        berth search -m "$st" -k 500 -r 'a dog' d > d/out
        cmp d/out all
    done
    rm d/out
    for _ in 1 2; do
        berth search -m "$st" -k 500 -r 'a dog' d -o d/out
        cmp d/out all
    done
    rm d/out
    # The index of a folder is that of its files.
    (cd d && berth search -m "$st" -k 500 -r --index ../i 'a dog' > ../new)
    (cd d && berth search -m "$st" -k 500 -r --index ../i 'a dog') | cmp - new
    echo 'a dog' | berth search -m "$st" -k 500 -r --queries - d |
        sed '1d;$d' | cmp - all
}

@test "-r: where no file is left, nothing is read" {
    mkdir none
    mkfifo stream
    exec 9<> stream
    run -0 --separate-stderr "$BERTH" search -m "$st" -r 'a dog' none <&9
    equal "$output" ""
    run -0 "$BERTH" search -m "$st" --include 'x*' -f csv 'a dog' f <&9
    equal "$output" "file,line,score,text"
    run -2 "$BERTH" search -m "$st" -r -t x 'a dog'
    run -1 "$BERTH" search -m "$st" -r 'a dog' none missing <&9
    equal "$output" "berth: missing: No such file or directory"
    run -1 "$BERTH" search -m "$st" -rs 'a dog' none missing <&9
    equal "$output" ""
    exec 9>&-
}

@test "exit statuses" {
    run -0 "$BERTH" search -m "$st" 'a dog' /dev/null
    equal "$output" ""
    run -2 "$BERTH" search -m "$st"
    run -1 "$BERTH" search -m "$st" 'a dog' missing g
    [[ $output == *"g:1:"* ]]
}

@test "the same bytes for any threads and batch" {
    berth search -m "$st" -j 1 'a dog' f > one
    berth search -m "$st" -j 3 --batch-tokens 40 'a dog' f | cmp - one
}

@test "who is used to grep is told what search has" {
    while IFS='|' read -r args message; do
        # shellcheck disable=SC2086
        run -2 "$BERTH" search $args dog f < /dev/null
        equal "${lines[0]}" "berth: $message"
    done <<'END'
-n|unknown option '-n'; the file and number of each line are always printed
-e|unknown option '-e'; for several meanings give --queries
-C 2|unknown option '-C'; for lines around give --join-lines
-w|unknown option '-w'; lines are compared by meaning: MEANING is no pattern
END
}
