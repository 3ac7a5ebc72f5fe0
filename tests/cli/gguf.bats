# A GGUF file is a model: by its name, or as the only weights of a folder.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    files=$BATS_TEST_DIRNAME/../data/gguf
}

@test "a GGUF file: by its name, from any place, and without a name of its own" {
    cp "$files/bert.gguf" .
    want=$(berth embed -m ./bert.gguf -t 'The cat.')
    equal "$(wc -w <<< "$want")" 32
    equal "$(berth embed -m bert.gguf -t 'The cat.')" "$want"
    mv bert.gguf 5f2c
    equal "$(berth embed -m ./5f2c -t 'The cat.')" "$want"
    mkdir x
    mv 5f2c x/any.gguf
    equal "$(berth embed -m x -t 'The cat.')" "$want"
}

@test "a GGUF file: nothing beside it is read" {
    mkdir x
    cp "$files/bert.gguf" x
    want=$(berth embed -m x -t 'The cat.')
    echo '{"model_type": "gpt2"}' > x/config.json
    echo '{"do_lower_case": false}' > x/tokenizer_config.json
    echo '[]' > x/modules.json
    echo x > x/vocab.txt
    equal "$(berth embed -m x -t 'The cat.')" "$want"
}

@test "a GGUF file: other weights come first in a folder, but not before its name" {
    cp -r "$tiny" x
    want=$(berth info -m x)
    cp "$files/nomic.gguf" x
    equal "$(berth info -m x)" "$want"
    berth info -m x/nomic.gguf | grep -q "^model_type	nomic_bert	nomic.gguf: config.json$"
}

@test "a GGUF file: several in a folder are listed" {
    mkdir x
    cp "$files/bert.gguf" x/b.gguf
    cp "$files/bert.gguf" x/a.gguf
    says "x: expected one GGUF file, found 2: name one: a.gguf, b.gguf" embed -m x -t hi
    equal "$(berth embed -m x/a.gguf -t hi)" "$(berth embed -m "$files/bert.gguf" -t hi)"
}

@test "a GGUF file: info says what each setting was made of" {
    berth info -m "$files/bert.gguf" > out
    grep -q "^hidden_size	32	bert.gguf: config.json$" out
    grep -q "^layer_norm_eps	1e-12	bert.gguf: config.json$" out
    grep -q "^pooling	mean	bert.gguf: 1_Pooling/config.json$" out
    grep -q "^do_lower_case	true	bert.gguf: tokenizer_config.json$" out
    berth info -m "$files/bert-cased.gguf" |
        grep -q "^do_lower_case	false	bert-cased.gguf: tokenizer_config.json$"
}

@test "a GGUF file: pooled as it says, and of the length that comes out" {
    for file in bert:mean roberta:cls modernbert:last; do
        berth info -m "$files/${file%:*}.gguf" | grep -q "^pooling	${file#*:}	"
    done
    perl -0777 -pe 's/(pooling_type\x04\0{3})./$1\x09/s' "$files/bert.gguf" > other.gguf
    says "pooling_type': expected 0 to 4, found 9, which is not supported" info -m other.gguf
    length=$(berth embed -m "$files/bert.gguf" -t 'The cat.' |
        awk '{ for (i = 1; i <= NF; i++) s += $i * $i; print s }')
    awk -v x="$length" 'BEGIN { exit !(x > 2) }'
    berth embed --normalize -m "$files/bert.gguf" -t 'The cat.' |
        awk '{ for (i = 1; i <= NF; i++) s += $i * $i; exit !(s > 0.999 && s < 1.001) }'
}

@test "a GGUF file: has no head, and that is said with what to do" {
    for command in fill-mask score; do
        says "bert.gguf: expected a masked-language-model head" \
            "$command" -m "$files/bert.gguf" -t 'a [MASK].'
        says "GGUF files have none: take the folder with model.safetensors that this one" \
            "$command" -m "$files/bert.gguf" -t 'a [MASK].'
    done
}

@test "a GGUF file: convert makes a folder with the same vectors" {
    for file in bert roberta xlmr jina modernbert; do
        berth convert -m "$files/$file.gguf" -o "$file"
        grep -q '"pad_token_id"' "$file/config.json"
        equal "$(berth embed -m "$file" -t 'The cat sat.')" \
            "$(berth embed -m "$files/$file.gguf" -t 'The cat sat.')"
    done
}

@test "a GGUF file: cut off, of another kind, or none" {
    head -c 20000 "$files/bert.gguf" > cut.gguf
    says "cut.gguf: tensor 'blk.1.attn_q.weight': expected" info -m cut.gguf
    perl -0777 -pe 's/architecture\x08\0{3}\x04\0{7}bert/architecture\x08\0\0\0\x05\0\0\0\0\0\0\0llama/' \
        "$files/bert.gguf" > llama.gguf
    says "expected bert, nomic-bert, jina-bert-v2 or modern-bert, found llama" info -m llama.gguf
    perl -0777 -pe 's/(norm_epsilon\x06\0{3}).{4}/$1\0\0\xc0\x7f/s' "$files/bert.gguf" > nan.gguf
    says "norm_epsilon': expected a number, found NaN or infinity" info -m nan.gguf
    echo 'GGML' > old.gguf
    says "old.gguf: expected a file that begins with GGUF" info -m old.gguf
    says "none.gguf" info -m ./none.gguf
}

@test "a GGUF file is no output of its own model" {
    cp "$files/bert.gguf" x.gguf
    run -2 --separate-stderr "$BERTH" embed -m ./x.gguf -o x.gguf -t hi
    [[ $stderr == *"x.gguf is a file of the model"* ]]
    cmp x.gguf "$files/bert.gguf"
}
