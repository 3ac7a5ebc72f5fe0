# berth tokenize: its options and every format.

load common

@test "text, csv, tsv, jsonl" {
    equal "$(berth tokenize -t 'Hello, World!')" "[CLS] hell ##o , world ! [SEP]"
    equal "$(berth tokenize -f csv -t 'a,é')" 'record,position,id,token,type,begin,end
0,0,2,[CLS],0,0,0
0,1,43,a,0,0,1
0,2,16,",",0,1,2
0,3,47,e,0,2,4
0,4,3,[SEP],0,0,0'
    equal "$(berth tokenize -f tsv --no-header -t a | sed -n 2p)" \
        $'0\t1\t43\ta\t0\t0\t1'
    equal "$(berth tokenize -f jsonl -t 'a b')" \
        '{"record":0,"n_tokens":4,"truncated":false,"ids":[2,43,44,3],"tokens":["[CLS]","a","b","[SEP]"],"type_ids":[0,0,0,0],"offsets":[[0,0],[0,1],[2,3],[0,0]]}'
}

@test "offsets are bytes of the text itself; text B starts again at 0" {
    run -0 bash -c 'printf "aé x\tb\n" | "$BERTH" tokenize --pair -f csv --no-header'
    equal "$(cut -d , -f 4,5,6,7 <<<"$output" | grep -v '\[')" \
        $'ae,0,0,3\nx,0,4,5\nb,1,0,1'
}

@test "nothing is cut unless --max-tokens is given" {
    text=$(perl -e 'print "a " x 1000')
    equal "$(berth tokenize --count -t "$text")" 1002
    run -0 --separate-stderr "$BERTH" tokenize --max-tokens 5 -f jsonl -t "$text"
    equal "$(json '"$o->{n_tokens} $o->{truncated} @{$o->{tokens}}"' <<<"$output")" \
        "5 1 [CLS] a a a [SEP]"
    [[ $stderr == "berth: warning: 1 text was cut"* ]]
    run -1 --separate-stderr "$BERTH" tokenize --max-tokens 5 --overflow error -t "$text"
    equal "$output" "!"
}

@test "--overflow window: a column window" {
    equal "$(berth tokenize --max-tokens 4 --overflow window --overlap 1 -f csv \
        --no-special -t 'a b c d e' | cut -d , -f 1-3,5 | head -n 3)" \
        $'record,window,position,token\n0,0,0,a\n0,0,1,b'
    equal "$(berth tokenize --max-tokens 4 --overflow window -f jsonl \
        -t 'a b c' | json '"$o->{window}: @{$o->{tokens}}"')" \
        $'0: [CLS] a b [SEP]\n1: [CLS] c [SEP]'
}

@test "--truncate: which text of a pair is cut" {
    cut_pair() {
        printf 'a b c d\te f\n' | "$BERTH" tokenize --quiet --pair --max-tokens 6 \
            --truncate "$1"
    }
    equal "$(cut_pair longest)" "[CLS] a b [SEP] e [SEP]"
    equal "$(cut_pair first)" "[CLS] a [SEP] e f [SEP]"
    run -1 cut_pair second
}

@test "--count in every format" {
    equal "$(berth tokenize --count -t 'a b')" 4
    equal "$(berth tokenize --count -f csv -t 'a b')" $'record,n_tokens\n0,4'
    equal "$(berth tokenize --count -f jsonl -t 'a b')" \
        '{"record":0,"n_tokens":4,"truncated":false}'
}

@test "--decode and --skip-special, there and back" {
    ids='2 43 44 18 3'
    equal "$(echo "$ids" | berth tokenize --decode)" "[CLS] a b. [SEP]"
    equal "$(echo "$ids" | berth tokenize --decode --skip-special)" "a b."
    equal "$(echo '2, 43,44' | berth tokenize --decode -f jsonl)" \
        '{"record":0,"n_tokens":3,"truncated":false,"decoded":"[CLS] a b"}'
    equal "$(echo 43 | berth tokenize --decode -f csv)" $'record,decoded\n0,a'
    equal "$(echo | berth tokenize --decode)" ""
    for bad in '1 x' '-1' '99999999' '99999999999999999999' '1.5'; do
        run -1 --separate-stderr "$BERTH" tokenize --decode <<<"$bad"
        equal "$output" "!"
    done
    run -2 "$BERTH" tokenize --skip-special -t a
    run -2 "$BERTH" tokenize --decode --count -t 1
}

@test "no weights are needed" {
    folder=$BATS_TEST_TMPDIR/model
    mkdir "$folder"
    cp "$tiny/config.json" "$tiny/vocab.txt" "$tiny/tokenizer_config.json" "$folder"
    equal "$(berth tokenize -m "$folder" -t 'the cat')" "[CLS] the c ##at [SEP]"
    berth info -m "$folder" | grep -q '^hidden_size'
    run -1 "$BERTH" embed -m "$folder" -t a
}

@test "a tokenizer needs no config.json" {
    cd "$BATS_TEST_TMPDIR" || return
    mkdir alone
    cp "$tiny/tokenizer.json" alone
    equal "$(berth tokenize -m alone -t 'the cat')" \
        "$(berth tokenize -m "$tiny" -t 'the cat')"
    equal "$(berth info -m alone | awk -F '\t' '$1 == "vocabulary"')" \
        $'vocabulary\t580\ttokenizer.json'
    run -1 --separate-stderr "$BERTH" embed -m alone -t a
    [[ $stderr == "berth: alone/config.json: "* ]]
}
