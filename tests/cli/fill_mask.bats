# berth fill-mask: its options and every format.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

@test "text: score, token and sequence, ranked, an empty line after" {
    run -0 --separate-stderr bash -c \
        'echo "Paris is the capital of [MASK]." | "$BERTH" fill-mask; echo .'
    equal "${#lines[@]}" 6
    equal "$(awk -F '\t' 'NF == 3 && $3 == "Paris is the capital of " $2 "."' \
        <<<"$output" | wc -l | tr -d ' ')" 5
    equal "$(head -n 5 <<<"$output" | cut -f 1)" \
        "$(head -n 5 <<<"$output" | cut -f 1 | sort -gr)"
    [[ $output == *$'\n\n.' ]]
}

@test "the user's own letters and blanks are kept" {
    equal "$(berth fill-mask --target is -t '  CAFÉ  [MASK]  Ünï ' | cut -f 3)" \
        '  CAFÉ  is  Ünï '
}

@test "-k 1: one line a record, all masks filled; a failed one is !" {
    run -1 --separate-stderr "$BERTH" fill-mask -k 1 -t 'a [MASK] b [MASK].' \
        -t none -t '[MASK]'
    equal "${#lines[@]}" 3
    [[ ${lines[0]} =~ ^a\ .*b\ .*\.$ ]]
    [[ $output != *MASK* ]]
    equal "${lines[1]}" "!"
    equal "$stderr" "berth: -t:2: no [MASK] in the text"
}

@test "what was meant to be a mask is named" {
    run -1 --separate-stderr "$BERTH" fill-mask -k 1 -t 'a [Mask] b' \
        -t 'a ___ b <mask>' -t 'a ____ b' -t 'a mask'
    equal "$stderr" "berth: -t:1: no [MASK] in the text; write [MASK] for '[Mask]'
berth: -t:3: no [MASK] in the text; write [MASK] for '____'
berth: -t:4: no [MASK] in the text"
    run -1 --separate-stderr "$BERTH" fill-mask -k 1 -t $'a\ta [mask]' --pair
    [[ $stderr == *"; write [MASK] for '[mask]'" ]]
}

@test "several masks: a leading number in text; each on its own" {
    berth fill-mask -k 2 -t 'The [MASK] sat on the [MASK].' > out
    equal "$(cut -f 1 out | tr '\n' ' ')" "0 0 1 1  "
    equal "$(head -n 2 out | cut -f 4 | grep -c 'sat on the \[MASK\]\.$')" 2
    equal "$(tail -n 3 out | cut -f 4 | grep -c '^The \[MASK\] sat on')" 2
}

@test "csv, tsv and jsonl say the same" {
    args=(-m "$tiny" -k 3 -t 'a [MASK] b' -t '[MASK] c [MASK]')
    berth fill-mask -f csv "${args[@]}" > csv
    equal "$(head -n 1 csv)" record,mask,rank,score,token_id,token,sequence
    equal "$(cut -d , -f 1-3 csv | tail -n +2 | tr '\n' ' ')" \
        "0,0,1 0,0,2 0,0,3 1,0,1 1,0,2 1,0,3 1,1,1 1,1,2 1,1,3 "
    berth fill-mask -f tsv "${args[@]}" | tr '\t' , | cut -d , -f 1-5 > tsv
    cut -d , -f 1-5 csv | cmp - tsv
    berth fill-mask -f jsonl "${args[@]}" > jsonl
    valid_jsonl < jsonl
    perl -MJSON::PP -ne '$o = decode_json($_); $m = 0;
        for $mask (@{$o->{masks}}) { $r = 0; for (@$mask) {
            print join(",", $o->{record}, $m, ++$r, $_->{token}), "\n" } $m++ }' \
        jsonl > ids
    tail -n +2 csv | cut -d , -f 1-3,5 | cmp - ids
    grep -o '"score":[^,]*' jsonl | cut -d : -f 2 > scores
    tail -n +2 csv | cut -d , -f 4 | cmp - scores
}

@test "jsonl: Hugging Face's keys and its decoding" {
    berth fill-mask -k 1 -f jsonl -t 'The [MASK]  sat.' > one
    [[ $(cat one) =~ ^\{\"record\":0,\"n_tokens\":6,\"truncated\":false,\"masks\":\[\[\{\"score\":[0-9.e-]*,\"token\":[0-9]*,\"token_str\":\"[^\"]*\",\"sequence\":\"[^\"]*\"\}\]\]\}$ ]]
    equal "$(json '$o->{masks}[0][0]{sequence} =~ s/\Q$o->{masks}[0][0]{token_str}\E/X/r' < one)" \
        "the X sat."
    berth fill-mask -k 1 -f jsonl -t 'The [MASK] [MASK].' > two
    [[ $(json '$o->{masks}[0][0]{sequence}' < two) == '[CLS] the '*'[MASK]. [SEP]' ]]
}

@test "a piece that continues a word is joined to it" {
    berth fill-mask -m "$tiny" -k 300 -f csv -t 'the [MASK] x' > csv
    grep ',##s,' csv | grep -q ',thes x$'
    berth fill-mask -m "$tiny" -k 300 -f csv -t '[MASK] x' | grep ',##s,' |
        grep -q ',s x$'
}

@test "pairs: the mask in either text" {
    printf 'a [MASK]\tc [MASK] d\n' > f
    berth fill-mask -m "$tiny" --pair -k 1 f > out
    equal "$(awk -F '\t' '{ print NF }' out)" 2
    equal "$(grep -c MASK out)" 0
    berth fill-mask -m "$tiny" --pair -k 1 -f csv --no-header f > csv
    [[ $(sed -n 1p csv) == *$'\tc [MASK] d' ]]
    [[ $(sed -n 2p csv) == *$',a [MASK]\tc'* ]]
    equal "$(berth fill-mask -m "$tiny" --pair -k 1 -f tsv --no-header f |
        awk -F '\t' '{ print NF }' | sort -u)" 7
}

@test "--target: only these, all of them, sorted; not renormalised" {
    text='The keys [MASK] on the table.'
    berth fill-mask --target is --target ARE --target is -f csv --no-header \
        -t "$text" > out
    equal "$(cut -d , -f 2-3,6 out)" $'0,1,are\n0,2,is'
    berth fill-mask -k 16000 -f csv --no-header -t "$text" > all
    equal "$(grep ',are,' out | cut -d , -f 4)" "$(grep ',are,' all | cut -d , -f 4)"
    equal "$(berth fill-mask --target is --target are -k 1 -t "$text")" \
        'The keys are on the table.'
    run -2 --separate-stderr "$BERTH" fill-mask --target 😀 -t "$text"
    [[ $stderr == *"'😀' is not in the vocabulary"* ]]
}

@test "the scores of the whole vocabulary add up to 1" {
    berth fill-mask -m "$tiny" -k 99999 -f csv --no-header -t 'a [MASK]' |
        awk -F , '{ s += $4 } END { exit !(s > 0.99999 && s < 1.00001) }'
}

@test "a long text is read around its mask" {
    perl -e 'print "the cat sat. " x 200, "a [MASK] of tea. ", "the dog ran. " x 200' > f
    run -0 --separate-stderr "$BERTH" fill-mask -k 1 f
    [[ $output == *"cat sat. a "*" of tea. the dog"* ]]
    [[ $output != *MASK* ]]
    run -1 --separate-stderr "$BERTH" fill-mask -k 1 --overflow truncate f
    equal "$output" "!"
    [[ $stderr == "berth: f:1: no [MASK] is left of the text that was cut to 512 tokens" ]]
    run -1 --separate-stderr "$BERTH" fill-mask -k 1 --overflow error f
    [[ $stderr == "berth: f:1: "*" tokens; the limit is 512" ]]
    perl -e 'print "[MASK] the cat sat and a dog ran. " x 60' > many
    equal "$(berth fill-mask -k 1 --max-tokens 99 many | grep -c MASK)" 0
    equal "$(berth fill-mask -k 2 --max-tokens 99 -f csv --no-header many | wc -l | tr -d ' ')" 120
}

@test "a mask token of another spelling" {
    cp -r "$tiny" model
    chmod -R u+w model
    rm model/tokenizer.json
    sed -i 's/^\[MASK\]$/<mask>/' model/vocab.txt
    perl -pi -e 's/"mask_token": *"\[MASK\]"/"mask_token": "<mask>"/' \
        model/tokenizer_config.json
    grep -q '<mask>' model/tokenizer_config.json
    expected=$(berth fill-mask -m "$tiny" -k 1 -t 'a [MASK] b [MASK].')
    equal "$(berth fill-mask -m ./model -k 1 -t 'a [MASK] b [MASK].')" "$expected"
    equal "$(berth fill-mask -m ./model -k 1 -t 'a <mask> b <mask>.')" "$expected"
    # Beside the model's own, the other is text.
    berth fill-mask -m ./model -k 1 -t 'a [MASK] b <mask>.' | grep '^a \[MASK\] b'
}

@test "failed records in every format" {
    run -1 --separate-stderr "$BERTH" fill-mask -m "$tiny" -t x
    equal "$output" "!"
    run -1 --separate-stderr "$BERTH" fill-mask -m "$tiny" -f csv --no-header -t x
    equal "$output" "0,,,,,,"
    run -1 --separate-stderr "$BERTH" fill-mask -m "$tiny" -f jsonl -t x
    equal "$output" '{"record":0,"error":"no [MASK] in the text"}'
}

@test "a model without the head, and --plain, are refused" {
    run -1 --separate-stderr "$BERTH" fill-mask -m "$models/st-mean-dense-norm" \
        -t 'a [MASK]'
    equal "$output" ""
    [[ $stderr == *"masked-language-model head"* ]]
    run -2 "$BERTH" fill-mask --plain -t 'a [MASK]'
}

@test "an id without a token is nothing, and in every format" {
    # The vocabulary lacks the last row's word, which always wins.
    poison spare cls.predictions.bias 20 579
    rm spare/tokenizer.json
    sed -i '$d' spare/vocab.txt
    [ "$(wc -l < spare/vocab.txt)" -eq 579 ]
    printf 'a [MASK]\nb [MASK] c\n' > f
    equal "$(berth fill-mask -m spare -f jsonl -k 1 f |
        json 'join "|", map { @$_{qw(token token_str sequence)} } $o->{masks}[0][0]')" \
        $'579||a\n579||b c'
    equal "$(berth fill-mask -m spare -f jsonl -k 580 f |
        json 'scalar @{$o->{masks}[0]}')" $'580\n580'
    equal "$(berth fill-mask -m spare -k 1 f | sed 's/$/|/')" $'a |\nb  c|'
    equal "$(berth fill-mask -m spare -k 1 -f csv --no-header f | cut -d, -f5-)" \
        $'579,,a \n579,,b  c'
    equal "$(berth fill-mask -m spare -k 1 -f tsv --no-header f | cut -f5-)" \
        $'579\t\ta \n579\t\tb  c'
    equal "$(berth fill-mask -m spare --joint -k 1 -f jsonl f |
        json 'join "|", map { @{$o->{joint}[0]{$_}} } qw(tokens token_strs)')" \
        $'579|\n579|'
    equal "$(berth fill-mask -m spare --compare --hide-head 0.0 -k 580 -f jsonl f |
        json 'scalar grep { $_->{token_str} eq "" } @{$o->{masks}[0]}')" $'1\n1'
    berth fill-mask -m spare --word -k 580 -f jsonl f | valid_jsonl
    equal "$(berth fill-mask -m spare --rank a f | cut -f1)" \
        "$(berth fill-mask -m spare --rank a -f csv --no-header f | cut -d, -f3)"
    equal "$(echo '271 579 45' | berth tokenize -m spare --decode)" 'the c'
}
