# berth similar: cosines of pairs, in every format.

load common

st=$BATS_TEST_DIRNAME/../data/st-mean-dense-norm

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    printf 'the cat\tthe cat\na dog\tthe cat here\nthe cat here\ta dog\n' > pairs
}

# cosine A B - from the vectors that embed prints.
cosine() {
    berth embed -m "$st" --normalize --quiet -t "$1" -t "$2" | perl -e '
        @a = split " ", <>; @b = split " ", <>;
        $s += $a[$_] * $b[$_] for 0 .. $#a; printf "%.5f\n", $s'
}

@test "the cosine of the two vectors, the same both ways" {
    run -0 berth similar -m "$st" pairs
    equal "${#lines[@]}" 3
    equal "$(printf '%.5f' "${lines[0]}")" 1.00000
    equal "$(printf '%.5f' "${lines[1]}")" "$(cosine 'a dog' 'the cat here')"
    equal "${lines[1]}" "${lines[2]}"
}

@test "formats" {
    text=$(berth similar -m "$st" pairs)
    equal "$(berth similar -m "$st" -f csv pairs | cut -d , -f 2)" \
        $'similarity\n'"$text"
    berth similar -m "$st" -f jsonl pairs | valid_jsonl
    equal "$(berth similar -m "$st" -f jsonl pairs | json '$o->{n_tokens}' | head -n 1)" 10
    equal "$(berth similar -m "$st" -f npy pairs | array_shape)" "3, 1"
    equal "$(berth similar -m "$st" -f f32 pairs | floats | wc -l | tr -d ' ')" 3
}

@test "two fields" {
    printf 'a,b\na dog,the cat here\n' > pairs.csv
    equal "$(berth similar -m "$st" -i csv --field a --field b pairs.csv)" \
        "$(sed -n 2p pairs | berth similar -m "$st")"
    run -2 berth similar -m "$st" -i csv --field a pairs.csv
    [[ $output == *"give --field twice"* ]]
}

@test "a record with one text fails and keeps its place" {
    run -1 --separate-stderr "$BERTH" similar -m "$st" < <(echo one; head -n 1 pairs)
    equal "${lines[0]}" "!"
    equal "${#lines[@]}" 2
    equal "$stderr" "berth: -:1: no TAB parts text A from text B"
    run -1 --separate-stderr "$BERTH" similar -m "$st" -t one -t two
    equal "${stderr_lines[0]}" \
        "berth: -t:1: no TAB parts text A from text B; in bash: -t \$'A\\tB'"
    berth similar -m "$st" -t $'A\tB'
}

@test "a text without words is like nothing: the record fails" {
    printf 'a dog\ta dog\n\ta dog\na dog\t \n' > pairs
    run -1 --separate-stderr "$BERTH" similar -m "$st" -f csv pairs
    equal "$output" $'record,similarity\n0,1\n1,\n2,'
    equal "$stderr" $'berth: pairs:2: text A has no words: nothing is like it
berth: pairs:3: text B has no words: nothing is like it'
}

@test "--ignore looks at both texts" {
    printf '1 a dog\tthe cat here 2\n' |
        berth similar -m "$st" --ignore '[0-9]' > got
    printf 'a dog\tthe cat here\n' | berth similar -m "$st" | cmp - got
}

@test "windows: each text is merged on its own" {
    printf 'the cat here and the dog and the cat\tthe dog\n' > long
    whole=$(berth similar -m "$st" --overflow window --max-tokens 5 long)
    back=$(awk -F '\t' '{ print $2 "\t" $1 }' long |
        berth similar -m "$st" --overflow window --max-tokens 5)
    equal "$whole" "$back"
    [ "$whole" != "$(berth similar -m "$st" --quiet --max-tokens 5 long)" ]
}

@test "the same bytes for any threads and batch" {
    perl -e 'print "the cat $_\ta dog and ", $_ * 7 % 11, "\n" for 1 .. 300' > many
    berth similar -m "$st" -j 1 many > one
    berth similar -m "$st" -j 3 --batch-tokens 40 < many | cmp - one
}
