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
