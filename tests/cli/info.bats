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
    equal "$stderr" "berth: model 'org/name@other': no such file or folder, and not in the Hugging Face cache $HOME/.cache/huggingface/hub"
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
