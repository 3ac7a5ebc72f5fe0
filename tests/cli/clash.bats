# What is read is not written, and what is written is written for one thing.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    cp -r "$tiny" model
    cp -r "$models/st-mean-dense-norm" st
    printf '%s\n' a b c > in
    berth embed -m ./model --quiet --vector-type int8 --save-ranges ranges in \
        > /dev/null
    find . -type f ! -name before | sort | xargs md5sum > before
}

# refused LINE ARG... - exit 2, this message, and no file has changed.
refused() {
    run -2 "$BERTH" "${@:2}"
    equal "${lines[0]}" "berth: $1"
    find . -type f ! -name before | sort | xargs md5sum | cmp - before
}

@test "an output that is also an input, by any name" {
    int8=(embed -m ./model --vector-type int8)
    refused "--output: in is also read, as in" tokenize -o in in
    refused "--save-ranges: in is also read, as in" "${int8[@]}" \
        --save-ranges in in
    refused "--save-ranges: ./in is also read, as model/../in" "${int8[@]}" \
        --save-ranges ./in model/../in
    refused "--index: in is also read, as in" search --index in a in
    refused "--save-ranges: ranges is also the file of --ranges" "${int8[@]}" \
        --ranges ranges --save-ranges ranges in
    refused "--output: ranges is also the file of --ranges" "${int8[@]}" \
        -o ranges --ranges ranges in
    ln in other
    ln -s in link
    find . -type f ! -name before | sort | xargs md5sum > before
    refused "--output: other is also read, as in" tokenize -o other in
    refused "--output: link is also read, as in" tokenize -o link in
    refused "--save-ranges: link is also read, as other" "${int8[@]}" \
        --save-ranges link ranges other
    run -2 bash -c '"$BERTH" embed -m ./model --vector-type int8 \
        --save-ranges in < in'
    equal "${lines[0]}" \
        "berth: --save-ranges: in is also read, as standard input"
    equal "$(cat in)" $'a\nb\nc'
    printf 'a\n' > out.part
    find . -type f ! -name before | sort | xargs md5sum > before
    refused "--resume: out is also read, as out.part" tokenize -o out \
        --resume out.part
}

@test "two outputs that are one file, there or not" {
    int8=(embed -m ./model --vector-type int8 in)
    refused "--output: ranges is also the file of --save-ranges" "${int8[@]}" \
        -o ranges --save-ranges ranges
    refused "--output: ./new is also the file of --save-ranges" "${int8[@]}" \
        -o ./new --save-ranges new
    refused "--output: $PWD/new is also the file of --save-ranges" \
        "${int8[@]}" -o "$PWD/new" --save-ranges model/../new
    refused "--output: new is also the file of --index" search --index new \
        -o new a in
    ln -s nowhere link
    ln -s link again
    refused "--output: again is also the file of --save-ranges" "${int8[@]}" \
        -o again --save-ranges nowhere
    run -2 bash -c '"$BERTH" embed -m ./model --vector-type int8 in \
        --save-ranges new > new'
    equal "${lines[0]}" \
        "berth: --output: standard output is also the file of --save-ranges"
    [ ! -s new ]
}

@test "an output that is a file of the model" {
    for f in config.json vocab.txt model.safetensors tokenizer_config.json; do
        [ -e model/$f ] || continue
        for c in embed fill-mask score tokenize attention-dump head-stats dedup \
            'similar --pair' 'search a' view; do
            # shellcheck disable=SC2086
            refused "--output: ./model/$f is a file of the model" $c \
                -m ./model -o model/$f in
        done
        refused "--output: ./model/$f is a file of the model" info -m ./model \
            -o model/$f
        refused "--output: ./model/$f is a file of the model" position-dump \
            -m ./model -o model/$f
        refused "--output: ./model/$f is a file of the model" grep a \
            -m ./model -o model/$f in
        refused "--save-ranges: ./model/$f is a file of the model" embed \
            -m ./model --vector-type int8 --save-ranges model/$f in
        refused "--index: ./model/$f is a file of the model" search \
            -m ./model --index model/$f a in
    done
    for f in modules.json 1_Pooling/config.json; do
        refused "--output: ./st/$f is a file of the model" embed -m ./st \
            -o st/$f in
    done
}

@test "a model in the Hugging Face cache: its blobs" {
    mkdir -p hub/models--a--b/{blobs,snapshots/1,refs}
    printf 1 > hub/models--a--b/refs/main
    i=0
    for f in model/*; do
        i=$((i + 1))
        mv "$f" hub/models--a--b/blobs/$i
        ln -s ../../blobs/$i "hub/models--a--b/snapshots/1/${f#model/}"
    done
    export HF_HUB_CACHE=$PWD/hub
    find . -type f ! -name before | sort | xargs md5sum > before
    for b in hub/models--a--b/blobs/*; do
        berth embed -m a/b --quiet in > /dev/null
        case $(find hub -lname "*/${b##*/}") in
        *inside.json) ;;
        *.json | *.txt | *.safetensors)
            run -2 "$BERTH" embed -m a/b --quiet -o "$b" in
            [[ ${lines[0]} == *"is a file of the model" ]]
            ;;
        esac
        find . -type f ! -name before | sort | xargs md5sum | cmp - before
    done
}

@test "other files of a model's folder, devices and pipes are no clash" {
    for i in 1 2; do
        berth embed -m ./model --quiet -f npy -o model/vectors.npy in
        berth embed -m ./model --quiet --vector-type int8 -o /dev/null \
            --save-ranges /dev/null in
    done
    equal "$(array_shape < model/vectors.npy)" "3, 32"
    for i in 1 2; do
        berth search -m ./model --quiet --index index -o out a in
    done
    berth embed -m ./model --quiet --vector-type int8 --ranges ranges in |
        cat > out
    berth tokenize -m ./model in in > out
}
