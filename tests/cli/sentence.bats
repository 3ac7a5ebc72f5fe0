#!/usr/bin/env bats
# What a sentence-transformers folder says: cutting, comparing, where files are.
load common.bash

st=$BATS_TEST_DIRNAME/../data/st-mean-dense-norm
main=m/config_sentence_transformers.json
bert=m/sentence_bert_config.json

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export XDG_CACHE_HOME=$PWD/cache
    cp -r "$st" m
    chmod -R u+w m
    printf '%s\n' 'The cat sat.' 'the mat' 'der Hund und' 'The cat sat!' > f
}

# The model without Dense and Normalize: its vectors have lengths.
plain() {
    cat > m/modules.json <<'END'
[{"name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
 {"name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
END
}

numbers() {
    awk '{ print NF }' | sort -u
}

@test "truncate_dim: the first dimensions, as long as they are" {
    whole=$(berth embed -m m f)
    echo '{"truncate_dim": 8}' > $main
    equal "$(berth embed -m m f)" "$(cut -d ' ' -f 1-8 <<< "$whole")"
    equal "$(berth info m | grep -e truncate_dim -e embedding_size)" \
        $'truncate_dim\t8\tconfig_sentence_transformers.json\nembedding_size\t8\tderived'
    equal "$(berth embed -m m --dim 20 --no-normalize f)" \
        "$(berth embed -m "$st" --no-normalize f)"
    equal "$(berth embed -m m --dim 12 f | numbers)" 12
    run -2 --separate-stderr "$BERTH" embed -m m --dim 21 f
    [[ $stderr == *"the vectors have 20 dimensions"* ]]
    equal "$(berth embed -m m --normalize f)" "$(berth embed -m "$st" --dim 8 f)"
    equal "$(berth embed -m m --pooling max f | numbers)" 8
    equal "$(berth embed -m m --hidden-state 1 f | numbers)" 8
    equal "$(berth embed -m m --tokens -t a | numbers | tail -n 1)" 33
    echo '{"truncate_dim": 99}' > $main
    equal "$(berth embed -m m f)" "$whole"
    equal "$(berth info m | grep embedding_size)" $'embedding_size\t20\tderived'
}

@test "truncate_dim holds where texts are compared" {
    echo '{"truncate_dim": 8}' > $main
    paste f <(tail -n +2 f; head -n 1 f) > pairs
    berth embed -m "$st" --dim 8 f > v
    awk 'NR == 1 { for (i = 1; i <= NF; i++) a[i] = $i }
        { s = 0; for (i = 1; i <= NF; i++) s += a[i] * $i; printf "%.4f\n", s }' v > want
    sed 's/^/The cat sat.\t/' f | berth similar -m m | xargs printf '%.4f\n' > got
    equal "$(cat got)" "$(cat want)"
    berth grep -m m --score --threshold -1 'The cat sat.' f | cut -f 1 |
        xargs printf '%.4f\n' > got
    equal "$(cat got)" "$(cat want)"
    berth search -m m 'The cat sat.' < f | cut -d : -f 2 | xargs printf '%.4f\n' > got
    equal "$(cat got)" "$(sort -rn want)"
    equal "$(berth dedup -m m --threshold 0.999 -f csv --no-header f |
        cut -d , -f 4 | head -n 1)" 1
}

@test "similarity_fn_name: dot, euclidean, manhattan" {
    plain
    sed 's/^/The cat sat.\t/' f > pairs
    echo '{}' > $main
    berth embed -m m f > v
    berth similar -m m pairs > cosines
    for fn in dot euclidean manhattan; do
        echo "{\"similarity_fn_name\": \"$fn\"}" > $main
        awk -v fn=$fn 'NR == 1 { for (i = 1; i <= NF; i++) a[i] = $i }
            { s = 0; for (i = 1; i <= NF; i++) { d = a[i] - $i
                s += fn == "dot" ? a[i] * $i : fn == "euclidean" ? d * d : d < 0 ? -d : d }
              printf "%.3f\n", fn == "dot" ? s : fn == "euclidean" ? -sqrt(s) : -s }' v |
            sed 's/^-0.000$/0.000/' > want
        berth similar -m m pairs | xargs printf '%.3f\n' > got
        equal "$(cat got)" "$(cat want)"
        berth grep -m m --score --threshold -1000 'The cat sat.' f | cut -f 1 |
            xargs printf '%.3f\n' > got
        equal "$(cat got)" "$(cat want)"
        berth search -m m 'The cat sat.' < f | cut -d : -f 2 |
            xargs printf '%.3f\n' > got
        equal "$(cat got)" "$(sort -rn want)"
        equal "$(berth info m | grep similarity_)" \
            $'similarity_fn_name\t'$fn$'\tconfig_sentence_transformers.json\nsimilarity_threshold\tnone\tdefault'
    done
    echo '{"similarity_fn_name": "cosine"}' > $main
    cmp cosines <(berth similar -m m pairs)
}

@test "a distance or a dot product has no usual threshold" {
    plain
    echo '{"similarity_fn_name": "euclidean"}' > $main
    for command in 'grep cat' dedup; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr "$BERTH" $command -m m f
        [[ $stderr == *"--threshold: m compares by euclidean, for which no"* ]]
    done
    equal "$(berth grep -m m --threshold -0.001 'The cat sat.' f)" 'The cat sat.'
    berth dedup -m m --threshold -0.001 -f csv --no-header <(cat f f) > rows
    equal "$(cut -d , -f 3,4 rows | head -n 5 | tr '\n' ' ')" \
        "1,0 2,0 3,0 4,0 1,0 "
    echo '{"similarity_fn_name": "euclidean", "similarity_threshold": -0.01}' > $main
    equal "$(berth grep -m m 'The cat sat.' f)" 'The cat sat.'
    echo '{"similarity_fn_name": "cosine"}' > $main
    run -2 --separate-stderr "$BERTH" grep -m m --threshold 1.5 cat f
    [[ $stderr == *"--threshold: 1.5 is not a number from -1 to 1"* ]]
    run -2 "$BERTH" dedup -m m --threshold -2 f
}

@test "dot products of vectors of unit length are cosines" {
    equal "$(berth info m | grep similarity_)" \
        $'similarity_fn_name\tdot\tconfig_sentence_transformers.json\nsimilarity_threshold\t0.5\tdefault'
    run -0 "$BERTH" dedup -m m f
    run -0 "$BERTH" search -m m --vector-type binary cat f
    # Cut, they have no unit length.
    echo '{"similarity_fn_name": "dot", "truncate_dim": 8}' > $main
    run -2 "$BERTH" dedup -m m f
}

@test "search in fewer bits: steps keep distances, bits do not" {
    plain
    echo '{"similarity_fn_name": "manhattan"}' > $main
    berth embed -m m --vector-type int8 --save-ranges r.npy -o /dev/null \
        <(cat f f) --quiet
    berth search -m m -k 2 --vector-type int8 --ranges r.npy 'The cat sat.' f > first
    equal "$(cut -d : -f 4 first)" $'The cat sat.\nThe cat sat!'
    cmp first <(berth search -m m -k 2 --vector-type int8 --ranges r.npy \
        'The cat sat.' f)
    run -2 --separate-stderr "$BERTH" search -m m --vector-type binary cat f
    [[ $stderr == *"compares by manhattan, for which bits are too few"* ]]
    # Another similarity is another entry of the cache.
    berth search -m m 'The cat sat.' f > manhattan
    echo '{"similarity_fn_name": "euclidean"}' > $main
    berth search -m m 'The cat sat.' f > euclidean
    run -1 cmp manhattan euclidean
}

@test "the encoder in a folder of its own" {
    want=$(berth embed -m m f)
    mkdir m/0_Transformer
    mv m/config.json m/tokenizer* m/model.safetensors m/sentence_bert_config.json \
        m/0_Transformer
    sed '0,/"path": ""/s//"path": "0_Transformer"/' m/modules.json > j
    mv j m/modules.json
    equal "$(berth embed -m m f)" "$want"
    equal "$(berth info m | grep ^encoder_folder)" \
        $'encoder_folder\t0_Transformer\tmodules.json'
}

@test "pytorch_model.bin: the encoder and Dense; safetensors wins" {
    want=$(berth embed -m m f)
    cp m/model.safetensors .
    for folder in m m/2_Dense; do
        perl "$BATS_TEST_DIRNAME/torch_bin.pl" $folder
    done
    equal "$(berth embed -m m f)" "$want"
    cp model.safetensors m
    echo 'not weights' > m/pytorch_model.bin
    equal "$(berth embed -m m f)" "$want"
    rm m/model.safetensors
    run -1 --separate-stderr "$BERTH" embed -m m f
    [[ $stderr == *"m/pytorch_model.bin: expected a file of torch.save()"* ]]
}

@test "modules.json comes first: what is not there is named by its class" {
    mkdir x
    printf '[{"name": "0", "path": "", "type": "%s"}]' \
        sentence_transformers.models.StaticEmbedding > x/modules.json
    run -1 --separate-stderr "$BERTH" embed -m x f
    [[ $stderr == *"x/modules.json: module 0: "*"StaticEmbedding"* ]]
}

@test "a key that is not known is refused by its name" {
    echo '{"max_seq_len": 24}' > $bert
    run -1 --separate-stderr "$BERTH" embed -m m f
    [[ $stderr == *"$bert: key 'max_seq_len': found 24, which is not supported"* ]]
    echo '{"processing_kwargs": {"text": {"stride": 2}}}' > $bert
    run -1 --separate-stderr "$BERTH" tokenize -m m f
    [[ $stderr == *"key 'processing_kwargs.text.stride'"* ]]
}

@test "arguments for the encoder's files, and where they came from" {
    echo '{"tokenizer_args": {"do_lower_case": false},
           "config_args": {"num_hidden_layers": 1}}' > $bert
    equal "$(berth info m | grep -e ^do_lower_case -e ^num_hidden_layers)" \
        $'num_hidden_layers\t1\tsentence_bert_config.json\ndo_lower_case\tfalse\tsentence_bert_config.json'
}

@test "without special tokens an empty text is a failed record" {
    echo '{"processing_kwargs": {"text": {"add_special_tokens": false}}}' > $bert
    for command in embed 'search cat' 'grep --threshold -1 cat' dedup; do
        # shellcheck disable=SC2086
        run --separate-stderr "$BERTH" $command -m m <(printf 'a cat\n\nthe cat\n')
        [ "$status" -eq 1 ] || [ "$status" -eq 2 ]
        [[ $stderr == *":2: no tokens, and the model adds none"* ]]
        [[ $output == *cat* || $command == embed ]]
    done
    equal "$(berth embed -m m --quiet <(printf 'a cat\n\nthe cat\n') | numbers |
        tr '\n' ' ')" "1 20 "
}

@test "queries and what is searched have limits of their own" {
    echo '{"query_length": 3, "document_length": 4}' > $bert
    echo 'the cat sat on the mat' > g
    run -0 --separate-stderr "$BERTH" search -m m 'the cat sat' g
    [[ $stderr == *"the meaning was cut to 3 of its "* ]]
    [[ $stderr == *"1 text was cut to the limit"* ]]
    run -0 --separate-stderr "$BERTH" search -m m --max-tokens 24 'the cat sat' g
    equal "$stderr" ""
    run -0 --separate-stderr "$BERTH" embed -m m g
    equal "$stderr" ""
}

@test "vectors too long to be compared: failed records, never NaN" {
    plain
    echo '{"similarity_fn_name": "dot"}' > $main
    perl -0777 -i -pe '
        my $n = unpack("Q<", $_);
        my ($a, $b) = substr($_, 8, $n) =~
            /"encoder.layer.1.output.LayerNorm.weight":\{[^}]*"data_offsets":\[(\d+),(\d+)\]/;
        substr($_, 8 + $n + $a, $b - $a) = pack("f<", 1e30) x (($b - $a) / 4);
    ' m/model.safetensors
    run -1 --separate-stderr "$BERTH" similar -m m <(printf 'a\tb\n')
    [[ $stderr == *": the vector is too long to be compared"* ]]
    run -1 --separate-stderr "$BERTH" search -m m cat f
    [[ $stderr == *"the meaning: the vector is too long to be compared"* ]]
    run -0 "$BERTH" embed -m m f
}

@test "an adapter beside the model is not passed over" {
    echo '{"peft_type": "LORA"}' > m/adapter_config.json
    run -1 --separate-stderr "$BERTH" embed -m m f
    [[ $stderr == "berth: m/adapter_config.json: expected no adapter"* ]]
    run -0 "$BERTH" tokenize -m m f
    ln -sf /nonexistent m/adapter_config.json
    run -1 --separate-stderr "$BERTH" embed -m m f
    [[ $stderr == "berth: m/adapter_config.json: "* ]]
}
