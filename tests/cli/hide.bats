# --hide-head and --hide-token where attention is not printed, and what
# fill-mask --compare says of them. attention_dump.bats has the weights.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

@test "embed: hiding changes vectors, and each text by itself" {
    embed() { "$BERTH" embed -m "$tiny" --quiet -f csv --no-header "$@"; }
    embed -t 'the cat' -t 'a dog' > shown
    embed --hide-head 0.0,1.1 -t 'the cat' -t 'a dog' > heads
    run ! cmp -s shown heads
    embed --hide-token /dog/ -t 'the cat' > one
    head -n 1 shown | cmp - one
    embed --hide-token 1 -t 'the cat' -t 'a dog' > token
    embed --hide-token 1 --batch-tokens 1 -j 1 -t 'the cat' -t 'a dog' |
        cmp - token
    run ! cmp -s shown token
    run -1 --separate-stderr embed --hide-token '/a/' --hide-token 0 \
        --hide-token /SEP/ -t a -t 'the cat'
    [[ ${lines[0]} =~ ^0,+$ && ${lines[1]} == 1,?* ]]
    [[ $stderr == "berth: -t:1: --hide-token hides all its tokens"* ]]
    run -2 "$BERTH" embed -m "$tiny" --hide-head 2.0 -t a
}

fill() {
    "$BERTH" fill-mask -m "$tiny" "$@"
}

@test "fill-mask --compare: before and after are those of two runs" {
    text='the cat sat on the [MASK].'
    fill -f csv --no-header -k 1000 -t "$text" | cut -d , -f 4,5 |
        sort > before
    fill -f csv --no-header -k 1000 --hide-head 1.1 --hide-token 2 -t "$text" |
        cut -d , -f 4,5 | sort > after
    fill -f csv --compare -k 1000 --hide-head 1.1 --hide-token 2 -t "$text" > csv
    equal "$(head -n 1 csv)" \
        record,mask,rank,change,before,after,token_id,token
    tail -n +2 csv > rows
    equal "$(wc -l < rows | tr -d ' ')" 580
    awk -F , '{ print $5 "," $7 }' rows | sort |
        cmp - <(awk -F , '{ print $1 "," $2 }' before | sort)
    awk -F , '{ print $6 "," $7 }' rows | sort |
        cmp - <(awk -F , '{ print $1 "," $2 }' after | sort)
    awk -F , '{ c = $4 < 0 ? -$4 : $4; d = $6 - $5 - $4
        if (d * d > 1e-14 || (NR > 1 && c > last) || $3 != NR) exit 1
        last = c }' rows
    fill --compare -k 3 --hide-head 1.1 --hide-token 2 -f csv --no-header \
        -t "$text" | cmp - <(head -n 3 rows)
}

@test "fill-mask --compare: several masks, targets, every format" {
    args=(--compare --hide-token 1 -k 2 -t 'the [MASK] and [MASK]')
    fill "${args[@]}" > text
    equal "$(cut -f 1 text | tr '\n' ' ')" "0 0 1 1  "
    equal "$(awk -F '\t' 'NF { print NF }' text | sort -u)" 5
    fill "${args[@]}" -f jsonl | json '
        join "\n", map { my $m = $_; map { join "\t", $m, @{$_}{
            qw(change before after token_str)} } @{$o->{masks}[$m]} } 0, 1' |
        cut -f 1,5 | cmp - <(sed '$d' text | cut -f 1,5)
    fill "${args[@]}" -f tsv --no-header | cut -f 2,4-6,8 |
        cmp - <(sed '$d' text)
    fill --compare --hide-token 1 --target the --target '##at' \
        -t 'the [MASK]' | cut -f 4 | sort | tr '\n' ' ' |
        cmp - <(printf ' ##at the ')
    run -1 --separate-stderr fill --compare --hide-token 1 -f csv --no-header \
        -t 'no mask'
    equal "$output" 0,,,,,,,
    run -2 --separate-stderr "$BERTH" fill-mask --compare -t '[MASK]'
    equal "${stderr_lines[0]}" \
        "berth: --compare needs --hide-head or --hide-token"
}

@test "score and similar hide too" {
    score() { "$BERTH" score -m "$tiny" "$@" | cut -f 1; }
    run ! cmp -s <(score -t 'the cat') <(score -t 'the cat' --hide-head 0.0)
    run ! cmp -s <(score -t 'the cat') <(score -t 'the cat' --hide-token /at/)
    score --choose -t $'the cat\ta dog' --hide-token 1 |
        cmp - <(score -t 'the cat' -t 'a dog' --hide-token 1 |
            awk 'NR == 1 || $1 > best { best = $1; n = NR } END { print n }')
    alike() { printf 'the cat\ta dog\n' | "$BERTH" similar -m "$tiny" --quiet "$@"; }
    run ! cmp -s <(alike) <(alike --hide-head 0.0)
    "$BERTH" embed -m "$tiny" --quiet --normalize --hide-token 2 -f csv \
        --no-header -t 'the cat' -t 'a dog' |
        awk -F , 'NR == 1 { split($0, a) } NR == 2 { for (i = 2; i <= NF; i++)
            s += a[i] * $i; printf "%.4f\n", s }' |
        cmp - <(alike --hide-token 2 | awk '{ printf "%.4f\n", $1 }')
    run -2 "$BERTH" similar -m "$tiny" --hide-head x < /dev/null
    run -2 "$BERTH" score -m "$tiny" --hide-head x -t a
}

# repeat TEXT N
repeat() {
    printf "$1%.0s" $(seq "$2")
}

@test "a regular expression that would take all memory is refused" {
    heavy=('((((a{1,100}){1,100}){1,100}){1,100})' 'a{1,30000}' '(a{,900}){9}'
        "$(repeat '(' 60000)" "$(repeat a 1001)"
        "$(repeat '(' 40)a$(repeat '+)' 40)" "$(repeat '(' 101)a$(repeat ')' 101)")
    for p in "${heavy[@]}"; do
        for option in --hide-token --from --to; do
            run -2 --separate-stderr "$BERTH" attention-dump -m "$tiny" -f csv \
                $option "/$p/" -t a
            [[ ${stderr_lines[0]} = "berth: $option: "*": too large a pattern: "* ]]
        done
    done
    fine=('^[0-9]{2,4}$' '(a|b){1,255}(c+d*)?' '[](]{9}[[:alpha:]({]+\({9}'
        "$(repeat a+ 500)" "$(repeat '(' 100)a$(repeat ')' 100)" '(a{255}){7}')
    for p in "${fine[@]}"; do
        "$BERTH" attention-dump -m "$tiny" -f csv --from "/$p/" -t a > /dev/null
    done
    run -2 --separate-stderr "$BERTH" embed --hide-token '/(/' -t a
    [[ ${stderr_lines[0]} =~ Unmatched|parenthes|Missing ]]
}
