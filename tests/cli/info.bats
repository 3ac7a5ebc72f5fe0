# berth info, and the names of models.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export HOME=$BATS_TEST_TMPDIR
    unset HF_HUB_CACHE HUGGINGFACE_HUB_CACHE HF_HOME XDG_CACHE_HOME \
        TRANSFORMERS_CACHE SENTENCE_TRANSFORMERS_HOME
}

# cached REPOSITORY REVISION COMMIT - puts the tiny model into the cache.
cached() {
    local repository=${root:-.cache/huggingface/hub}/models--$1
    mkdir -p "$repository/refs" "$repository/snapshots"
    printf %s "$3" > "$repository/refs/$2"
    cp -r "$tiny" "$repository/snapshots/$3"
}

path_of() {
    "$BERTH" tokenize --stats -t a "$@" 2>&1 > /dev/null | json '$o->{model}'
}

@test "text: key, value, source; jsonl: one object" {
    berth info > text
    equal "$(awk -F '\t' 'NF != 3' text | wc -l | tr -d ' ')" 0
    grep -q $'^hidden_size\t256\tconfig.json$' text
    grep -q $'^max_tokens\t512\t' text
    berth info -f jsonl > jsonl
    equal "$(json '"$o->{hidden_size}{value} $o->{hidden_size}{source}"' < jsonl)" \
        "256 config.json"
    equal "$(json 'scalar keys %$o' < jsonl)" "$(wc -l < text | tr -d ' ')"
    berth info -o file
    cmp file text
}

@test "heads, labels and commands of a fine-tuned model" {
    copy_with_head ner '{"architectures": ["BertForTokenClassification"],
        "id2label": {"1": "PER", "0": "O"}, "problem_type": "regression"}' \
        classifier.weight=2,H=0 classifier.bias=2=0
    equal "$(berth info ner | grep -E '^(heads|labels|problem_type|commands)')" \
        $'heads\ttoken-classification\tmodel.safetensors\nlabels\tO, PER\tconfig.json
problem_type\tregression\tconfig.json\ncommands\ttag\tmodel.safetensors'
    berth info "$tiny" > text
    grep -q $'^heads\tmasked-language-model\t' text
    grep -q $'^commands\tfill-mask\t' text
    run ! grep -q '^labels' text
    run -1 --separate-stderr "$BERTH" fill-mask -m ner -t 'a [MASK]'
    [[ $stderr == *"expected a masked-language-model head"*"it has \
token-classification (berth tag)" ]]
}

# rows KEY... - these of a model on standard input, in text.
rows() {
    grep -E "^($(tr ' ' '|' <<<"$*"))"$'\t'
}

@test "the weights: file, bytes, types, parameters, precision" {
    numbers=$(perl -e 'binmode STDIN; local $/; $_ = <STDIN>;
        $header = substr($_, 8, unpack("Q<", $_));
        while ($header =~ /"dtype":\s*"F\d+",\s*"shape":\s*\[([\d, ]*)\]/g) {
            $n = 1; $n *= $_ for split /, */, $1; $all += $n }
        print $all' < "$tiny/model.safetensors")
    equal "$(berth info "$tiny" | rows stored_as weights_files weights_size \
        parameters precision)" "stored_as	F32	model.safetensors
weights_files	1	model.safetensors
weights_size	$(wc -c < "$tiny/model.safetensors" | tr -d ' ')	model.safetensors
parameters	$numbers	model.safetensors
precision	as stored	default"
    equal "$(berth info "$tiny" --precision bf16 | rows precision)" \
        $'precision\tbf16\t--precision'
    equal "$(berth info "$tiny" -f jsonl | json '"$o->{parameters}{value}"')" "$numbers"
}

@test "heads are those whose weights are there" {
    copy_with_head two '{"architectures": ["BertForMaskedLM"]}' \
        classifier.weight=2,H=0 classifier.bias=2=0
    equal "$(berth info two | rows heads)" \
        $'heads\ttoken-classification\tmodel.safetensors'
    rm two/model.safetensors
    equal "$(berth info --quiet two | rows heads)" \
        $'heads\tmasked-language-model\tconfig.json'
}

@test "what rerank makes of a logit" {
    copy_with_head one '{"architectures": ["BertForSequenceClassification"],
        "id2label": {"0": "LABEL_0"}}' classifier.weight=1,H=0 classifier.bias=1=0 \
        bert.pooler.dense.weight=H,H=I bert.pooler.dense.bias=H=0
    equal "$(berth info one | rows activation_fn)" \
        $'activation_fn\ttorch.nn.modules.activation.Sigmoid\tdefault'
    sed -i 's/^{/{"sbert_ce_default_activation_function": "torch.nn.modules.linear.Identity",/' \
        one/config.json
    equal "$(berth info one | rows activation_fn)" \
        $'activation_fn\ttorch.nn.modules.linear.Identity\tconfig.json'
}

@test "weights that do not open: the settings, one line, exit 1" {
    cp -r "$tiny" half
    chmod -R u+w half
    head -c 5000 "$tiny/model.safetensors" > half/model.safetensors
    run -1 --separate-stderr "$BERTH" info half
    [[ $output == *$'hidden_size\t32\tconfig.json'* ]]
    [[ $output != *weights* ]]
    equal "${#stderr_lines[@]}" 1
    [[ $stderr == "berth: half/model.safetensors: expected "* ]]
    echo old > out
    run -1 "$BERTH" info half -o out
    equal "$(cat out)" old
    rm half/model.safetensors
    touch half/model.onnx
    run -1 --separate-stderr "$BERTH" info half
    equal "$stderr" "berth: half/model.safetensors: expected this file, found \
only model.onnx, a format that is not read: take the model that it was made \
from (berth pull ORG/NAME)"
    printf '%s\n' 'version https://git-lfs.github.com/spec/v1' 'oid sha256:0' \
        'size 9' > half/model.safetensors
    run -1 --separate-stderr "$BERTH" info half
    [[ $stderr == *'half/model.safetensors: expected the file, found a pointer to it, by git-lfs: run "git lfs pull" in its folder' ]]
    rm half/model.*
    echo '{"weight_map": {"x": "model-00001-of-00001.safetensors"}}' \
        > half/model.safetensors.index.json
    run -1 --separate-stderr "$BERTH" info half
    equal "$stderr" "berth: half/model-00001-of-00001.safetensors: No such file or directory"
}

@test "a folder without weights: the settings, and a warning" {
    cp -r "$tiny" none
    chmod -R u+w none
    rm none/model.safetensors
    run -0 --separate-stderr "$BERTH" info none
    [[ $output == *$'hidden_size\t32\tconfig.json'* ]]
    equal "$stderr" "berth: warning: none/model.safetensors: No such file or directory: there are no weights"
}

@test "the model may be an operand" {
    equal "$(berth info "$tiny")" "$(berth info -m "$tiny")"
    run -2 "$BERTH" info "$tiny" "$tiny"
    run -2 "$BERTH" info -m "$tiny" "$tiny"
}

@test "@builtin, a folder, a file in it, BERTH_MODEL" {
    equal "$(path_of)" @builtin
    equal "$(path_of -m @builtin)" @builtin
    equal "$(path_of -m "$tiny")" "$tiny"
    equal "$(BERTH_MODEL=$tiny path_of)" "$tiny"
    equal "$(BERTH_MODEL=$tiny path_of -m @builtin)" @builtin
    equal "$(BERTH_MODEL='' path_of)" @builtin
    berth tokenize -m "$tiny/model.safetensors" -t a
}

@test "names in the Hugging Face cache" {
    commit=0123456789abcdef0123456789abcdef01234567
    cached org--name main $commit
    found=$HOME/.cache/huggingface/hub/models--org--name/snapshots/$commit
    equal "$(path_of -m org/name)" "$found"
    equal "$(path_of -m name)" "$found"
    equal "$(path_of -m org/name@main)" "$found"
    equal "$(path_of -m org/name@$commit)" "$found"
    run -1 --separate-stderr "$BERTH" tokenize -m org/name@other -t a
    equal "$stderr" "berth: model 'org/name@other': no such file or folder, and not in the Hugging Face cache $HOME/.cache/huggingface/hub; run: berth pull org/name@other"
    run -1 "$BERTH" tokenize -m ./org/name -t a
    run -1 "$BERTH" tokenize -m org/ame -t a
    run -1 "$BERTH" tokenize -m 'org/name@../../x' -t a
    cached other--name main $commit
    run -1 --separate-stderr "$BERTH" tokenize -m name -t a
    [[ $stderr == *"write ORG/NAME"* ]]
    cached name main $commit
    equal "$(path_of -m name)" \
        "$HOME/.cache/huggingface/hub/models--name/snapshots/$commit"
}

@test "the variables that move the cache" {
    for v in HF_HUB_CACHE HUGGINGFACE_HUB_CACHE TRANSFORMERS_CACHE \
        SENTENCE_TRANSFORMERS_HOME; do
        root=$v cached "o--$v" main abc
        # shellcheck disable=SC2016
        equal "$(env "$v=\$HOME/$v" "$BERTH" tokenize --stats -t a -m "o/$v" \
            2>&1 >/dev/null | json '$o->{model}')" \
            "$HOME/$v/models--o--$v/snapshots/abc"
    done
    root=HF_HOME/hub cached o--home main abc
    equal "$(HF_HOME='~/HF_HOME' path_of -m o/home)" \
        "$HOME/HF_HOME/hub/models--o--home/snapshots/abc"
    root=xdg/huggingface/hub cached o--xdg main abc
    equal "$(XDG_CACHE_HOME=$HOME/xdg path_of -m o/xdg)" \
        "$HOME/xdg/huggingface/hub/models--o--xdg/snapshots/abc"
}

@test "a folder that is no model: one line, exit 1" {
    mkdir empty
    run -1 --separate-stderr "$BERTH" info -m empty
    equal "$output" ""
    equal "${#stderr_lines[@]}" 1
    [[ $stderr == "berth: empty"* ]]
}

# broken FILE COMMAND... - the copy of a model fails over FILE, by its name.
broken() {
    run -1 --separate-stderr "$BERTH" "${@:2}"
    equal "$output" ""
    equal "${#stderr_lines[@]}" 1
    [[ $stderr == "berth: "*"$1: "* ]] || equal "$stderr" "berth: ...$1: ..."
}

@test "a file that is there and cannot be read is not taken for absent" {
    for file in modules.json sentence_bert_config.json config.json \
        config_sentence_transformers.json tokenizer_config.json \
        tokenizer.json model.safetensors 3_Normalize/config.json; do
        rm -rf model
        cp -r "$models/st-mean-dense-norm" model
        mkdir -p model/3_Normalize
        ln -sfn /nonexistent "model/$file"
        broken "model/$file" embed -m model -t a
        rm "model/$file"
        ln -s "${file##*/}" "model/$file"
        broken "model/$file" embed -m model -t a
        rm "model/$file"
        mkdir "model/$file"
        broken "model/$file" embed -m model -t a
    done
    for file in special_tokens_map.json added_tokens.json vocab.txt \
        model.safetensors.index.json; do
        rm -rf model
        cp -r "$tiny" model
        rm -f model/tokenizer_config.json
        [[ $file != *index* ]] || rm model/model.safetensors
        [[ $file != vocab.txt ]] || rm model/tokenizer.json
        ln -sfn /nonexistent "model/$file"
        broken "model/$file" embed -m model -t a
    done
}

@test "a cache that is broken is not searched further" {
    hub=$HOME/.cache/huggingface/hub
    cached org--name main abc
    root=old cached org--name main def
    export TRANSFORMERS_CACHE=$HOME/old
    equal "$(path_of -m org/name)" "$hub/models--org--name/snapshots/abc"
    ln -sfn /nonexistent "$hub/models--org--name/refs/main"
    broken refs/main info -m org/name
    rm "$hub/models--org--name/refs/main"
    mkdir "$hub/models--org--name/refs/main"
    broken refs/main info -m org/name
    rm -r "$hub/models--org--name"
    ln -s /nonexistent "$hub/models--org--name"
    broken models--org--name info -m org/name
    rm "$hub/models--org--name"
    equal "$(path_of -m org/name)" "$HOME/old/models--org--name/snapshots/def"
    mkdir org
    ln -s /nonexistent org/name
    broken org/name info -m org/name
}
