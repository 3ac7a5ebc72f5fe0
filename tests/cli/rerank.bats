# berth rerank.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# reranker DIR [JSON] - a model with a head of one label over what its encoder says.
reranker() {
    copy_with_head "$1" '{"architectures": ["BertForSequenceClassification"],
        "num_labels": 1, "id2label": {"0": "LABEL_0"}'"${2:+, $2}"'}' \
        bert.pooler.dense.weight=H,H=I bert.pooler.dense.bias=H=0 \
        classifier.weight=1,H=2,-1,1,3,-2 classifier.bias=1=0
}

# some - texts of many lengths, some of them twice.
some() {
    for i in $(seq 40); do
        printf 'the cat%s\n' "$(printf ' sat on the mat %.0s' $(seq $((i * 7 % 12))))"
    done
}

@test "score and line, best first, the earlier of equal ones first" {
    reranker m
    some > in
    berth rerank -m m 'a cat' in > got
    equal "$(wc -l < got | tr -d ' ')" 40
    sort -s -g -r -k 1,1 got | cmp - got
    cut -f 2 got | sort | cmp - <(sort in)
    berth rerank -m m -f jsonl 'a cat' in | json '"$o->{score}\t$o->{record}"' > rows
    sort -s -t $'\t' -k 1,1gr -k 2,2n rows | cmp - rows
}

@test "-k N prints the first N of all" {
    reranker m
    some > in
    berth rerank -m m 'a cat' in > all
    for k in 1 7 40 50; do
        head -n $k all | cmp - <(berth rerank -m m -k $k 'a cat' in)
    done
    berth rerank -m m -k 0 'a cat' in | cmp - all
}

@test "the query is text A, the record text B: as --pairs and classify see them" {
    reranker m
    some > in
    sed 's/^/a cat\t/' in > pairs
    berth rerank -m m --pairs -f csv --no-header pairs | cut -d , -f 2 > got
    berth classify -m m --pair -f csv --no-header pairs | cut -d , -f 4 | cmp - got
    berth rerank -m m -f csv --no-header 'a cat' in | sort -t , -k 1n |
        cut -d , -f 2 | cmp - got
    run ! cmp -s got <(sed 's/\(.*\)\t\(.*\)/\2\t\1/' pairs |
        berth rerank -m m --pairs -f csv --no-header | cut -d , -f 2)
}

@test "the same bits for any batch and number of threads" {
    reranker m
    some > in
    berth rerank -m m -j 1 'a cat' in > want
    for o in '-j 2' '-j 3 --batch-tokens 1' '-j 1 --batch-tokens 5000'; do
        # shellcheck disable=SC2086
        berth rerank -m m $o 'a cat' in | cmp - want
    done
}

@test "columns: text or query and text, ids, names of files, --keep" {
    reranker m
    printf 'id,q,text\n7,a cat,"the, mat"\n' > in.csv
    from() { berth rerank -m m -i csv "$@" in.csv | perl -pe 's/0\.\d+(e-\d+)?/S/'; }
    equal "$(from -f csv --field text --id id 'a cat')" \
        $'record,id,score,text\n0,7,S,"the, mat"'
    equal "$(from -f csv --pairs --field q --field text)" \
        $'record,score,query,text\n0,S,a cat,"the, mat"'
    equal "$(from -f tsv --with-filename --field text 'a cat')" \
        $'record\tfile\tscore\ttext\n0\tin.csv\tS\tthe, mat'
    equal "$(from -f csv --keep --field text 'a cat')" $'record,text,score\n0,"the, mat",S'
    equal "$(from --field text --id id 'a cat')" $'7\tS\tthe, mat'
    equal "$(from -f jsonl --field text --digits 1 'a cat' | json 'join " ", sort keys %$o')" \
        'n_tokens record score text truncated'
    printf 'a cat\tthe mat\n' > pairs
    equal "$(berth rerank -m m --pairs pairs | cut -f 2-)" $'a cat\tthe mat'
    equal "$(berth rerank -m m --null 'a' < <(printf 'b\nc\0') | tr '\0' '@' | cut -f 2-)" \
        $'b\nc@'
}

@test "failed records: left out when sorted, in their place in pairs" {
    reranker m
    printf 'a cat\nthe cat sat on the mat and sat\nb\n' > in
    run -1 --separate-stderr berth rerank -m m --max-tokens 7 --overflow error a in
    equal "${#lines[@]}" 2
    [[ $stderr == "berth: in:2: "*" tokens; the limit is 7"* ]]
    printf 'a\tb\na\nb\tc\n' > pairs
    run -1 --separate-stderr berth rerank -m m --pairs -f csv pairs
    equal "${lines[2]}" 1,,,
    equal "${#lines[@]}" 4
}

@test "windows: the best one counts; else the longer text is cut" {
    reranker m
    text=$(printf 'sat on the mat %.0s' $(seq 9))
    whole=$(berth rerank -m m --overflow window --max-tokens 12 --truncate second \
        -f jsonl cat -t "$text" | json '$o->{score}')
    cut=$(berth rerank -m m --quiet --max-tokens 12 -f jsonl cat -t "$text" |
        json '"$o->{score} $o->{truncated} $o->{n_tokens}"')
    [[ $cut == *' 1 12' ]]
    perl -e 'exit !($ARGV[0] >= $ARGV[1])' "$whole" "${cut%% *}"
}

@test "the activation of the folder, in each place it may be; another is refused" {
    for place in '"sentence_transformers": {"activation_fn": "X"}' \
        '"sbert_ce_default_activation_function": "X"'; do
        rm -rf m
        reranker m "${place/X/torch.nn.modules.linear.Identity}"
        logit=$(berth rerank -m m a -t 'the cat' | cut -f 1)
        equal "$logit" "$(berth classify -m m --pair --scores none -t $'a\tthe cat' | cut -f 2)"
        rm -rf m
        reranker m "${place/X/torch.nn.modules.activation.Tanh}"
        perl -e 'my $t = exp(2 * $ARGV[0]); exit !(abs(($t - 1) / ($t + 1) - $ARGV[1]) < 1e-6)' \
            "$logit" "$(berth rerank -m m a -t 'the cat' | cut -f 1)"
        rm -rf m
        reranker m "${place/X/my.Own}"
        run -1 --separate-stderr berth rerank -m m a -t b
        equal "$stderr" 'berth: m: activation_fn: expected Sigmoid, Identity, Tanh or ReLU of torch.nn, found "my.Own", which is not supported'
    done
}

@test "a folder that CrossEncoder saved, with its prompt and activation" {
    reranker m
    cat > m/modules.json << 'END'
[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"}]
END
    cat > m/config_sentence_transformers.json << 'END'
{"model_type": "CrossEncoder", "activation_fn": "torch.nn.modules.linear.Identity",
 "prompts": {"query": "the mat "}, "default_prompt_name": "query"}
END
    cat > m/sentence_bert_config.json << 'END'
{"transformer_task": "sequence-classification", "modality_config": {"text":
 {"method": "forward", "method_output_name": "logits"}}, "module_output_name": "scores"}
END
    equal "$(berth rerank -m m 'a cat' -t 'the cat' | cut -f 1)" \
        "$(berth classify -m m --pair --scores none -t $'the mat a cat\tthe cat' | cut -f 2)"
    grep -q $'^commands\trerank\t' <(berth info m)
}

@test "models that cannot rerank say what they can" {
    run -1 --separate-stderr berth rerank -m "$models/deberta-nli" a -t b
    [[ $stderr == *"expected a head of one label, which is the score, found 3: berth classify --pair prints them" ]]
    run -1 --separate-stderr berth rerank -m "$tiny" a -t b
    [[ $stderr == *"expected a sequence-classification head"*"(berth fill-mask)"* ]]
}

@test "wrong options" {
    wrong() {
        run -2 --separate-stderr berth rerank "${@:2}"
        [[ $stderr == *"$1"* ]]
    }
    wrong 'QUERY is missing'
    wrong '--pairs takes a query and a text of each record' --pair a
    wrong 'it does not go with --top-k' --pairs -k 2
    wrong '--pairs needs two fields' --pairs -i csv --field a
    wrong '--field: one text is looked at' -i csv --field a --field b q
    wrong '--overlap needs --overflow window' --overlap 2 a
}

@test "--resume goes with --pairs only" {
    reranker m
    printf 'a\tb\n' > pairs
    berth rerank -m m --pairs -o out --resume pairs
    [ -s out ]
    run -2 --separate-stderr berth rerank -m m -o out2 --resume a pairs
    [[ $stderr == *'--resume: rerank prints once it knows all texts: take --pairs'* ]]
}

@test "the goldens of CrossEncoder" {
    [ -n "${BERTH_REFERENCE:-}" ] || skip "BERTH_REFERENCE is not set"
    for m in models/bert-cross families/models/{xlmr,modernbert}-rerank; do
        dir=$BERTH_REFERENCE/golden/$m
        perl -MJSON::PP -e 'local $/; my $g = decode_json(<STDIN>)->{cross_encoder};
            binmode STDOUT, ":utf8";
            open my $f, ">:utf8", "docs"; print $f "$_\n" for @{$g->{documents}};
            open $f, ">", "want"; print $f "@$_\n" for @{$g->{rank}};
            print $g->{query}' < "$dir/golden/golden.json" > query
        berth rerank -m "$dir" -f jsonl "$(cat query)" docs |
            json '"$o->{record} $o->{score}"' | paste -d ' ' - want |
            perl -ane 'END { exit !($. > 3) } $F[0] == $F[2] && abs($F[1] - $F[3]) <= 1e-5
                or die "@F\n"'
    done
}
