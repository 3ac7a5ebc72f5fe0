# Folders as they come: each works, or is named with what to do.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# setting MODEL KEY - its value and source, as info has them.
setting() {
    berth info -m "$1" 2>/dev/null | awk -F '\t' -v key="$2" \
        '$1 == key { print $2 ", " $3 }'
}

# ---------------------------------------------------------- TensorFlow 1

# google FOLDER - the files of a BERT as Google published it, without weights.
google() {
    mkdir "$1"
    cp "$tiny/vocab.txt" "$1"
    perl -MJSON::PP -0777 -pe '$o = decode_json($_); delete $o->{$_}
        for qw(model_type architectures); $_ = encode_json($o)' \
        "$tiny/config.json" > "$1/bert_config.json"
}

@test "TensorFlow: bert_config.json is config.json, of BERT" {
    google x
    equal "$(setting x model_type)" "bert, bert_config.json"
    equal "$(setting x hidden_size)" "$(setting "$tiny" hidden_size | cut -d, -f1), bert_config.json"
    echo '{"hidden_size": "many"}' > x/bert_config.json
    says "x/bert_config.json: key 'hidden_size'" info -m x
}

@test "TensorFlow: config.json comes before bert_config.json" {
    google x
    cp "$tiny/config.json" x
    equal "$(setting x model_type)" "bert, config.json"
    equal "$(setting x do_lower_case)" "true, default"
}

@test "TensorFlow: bert_config.json serves other weights, too" {
    google x
    cp "$tiny/model.safetensors" x
    equal "$(berth embed --quiet -m x -t a)" "$(berth embed --quiet -m "$tiny" -t a)"
}

@test "TensorFlow: case is guessed from the folder's name, and that is said" {
    google uncased_L-2
    google multi_cased_L-2
    equal "$(setting uncased_L-2 do_lower_case)" "true, guessed from the folder's name"
    equal "$(setting multi_cased_L-2/ do_lower_case)" "false, guessed from the folder's name"
    equal "$(berth tokenize -m uncased_L-2 -t The 2>warning)" "[CLS] the [SEP]"
    equal "$(cat warning)" "berth: warning: uncased_L-2: do_lower_case: taken as true,\
 guessed from the folder's name; a tokenizer_config.json would say it"
    mkdir -p models--org--cased/snapshots
    cp -r uncased_L-2 models--org--cased/snapshots/abc
    equal "$(setting models--org--cased/snapshots/abc do_lower_case)" \
        "false, guessed from the folder's name"
    berth tokenize --quiet -m multi_cased_L-2 -t The > tokens 2>warning
    equal "$(cat tokens; cat warning)" "[CLS] [UNK] [SEP]"
}

@test "TensorFlow: case is guessed from vocab.txt where the name says nothing" {
    google x
    equal "$(setting x do_lower_case)" "true, guessed from vocab.txt"
    echo Paris >> x/vocab.txt
    equal "$(setting x do_lower_case)" "false, guessed from vocab.txt"
    echo '{"do_lower_case": true}' > x/tokenizer_config.json
    equal "$(setting x do_lower_case)" "true, tokenizer_config.json"
}

@test "TensorFlow: of several checkpoints the file checkpoint names one" {
    google x
    touch x/model.ckpt-{7,10}.{index,data-00000-of-00001,meta}
    says "as model.ckpt-10.index or model.ckpt-7.index" embed -m x -t a
    printf 'model_checkpoint_path: "/tmp/run/model.ckpt-7"\n' > x/checkpoint
    says "x/model.ckpt-7.index: expected the index of a TensorFlow checkpoint" \
        embed -m x -t a
    printf 'model_checkpoint_path: "model.ckpt-8"\n' > x/checkpoint
    says "found several: give one by its file" embed -m x -t a
    for name in model.ckpt-10.index model.ckpt-10 model.ckpt-10.data-00000-of-00001; do
        says "x/model.ckpt-10.index: expected the index" embed -m x/$name -t a
    done
}

@test "TensorFlow: a checkpoint that is named by its file comes before all" {
    google x
    cp "$tiny/model.safetensors" x
    touch x/other.ckpt-7.{index,data-00000-of-00001}
    for file in other.ckpt-7 other.ckpt-7.index other.ckpt-7.data-00000-of-00001; do
        says "x/other.ckpt-7.index: expected the index of a TensorFlow checkpoint" \
            embed -m x/$file -t a
    done
    berth embed --quiet -m x -t a
}

@test "TensorFlow: half of a checkpoint is named" {
    google x
    touch x/bert_model.ckpt.data-00000-of-00001
    says "x/bert_model.ckpt.index: expected this file beside the other" embed -m x -t a
}

@test "TensorFlow: Hugging Face's weights come before a checkpoint" {
    cp -r "$tiny" x
    touch x/model.ckpt-{7,10}.index
    equal "$(berth embed -m x -t a)" "$(berth embed -m "$tiny" -t a)"
}

# ------------------------------------------------------------- no such file

pointer() {
    printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 90868376\n' 7 > "$1"
}

@test "a git-lfs pointer in place of any file is named" {
    for file in config.json tokenizer.json tokenizer_config.json vocab.txt \
        model.safetensors; do
        rm -rf x
        cp -r "$tiny" x
        [ $file != vocab.txt ] || rm x/tokenizer.json
        pointer x/$file
        says "x/$file: expected the file, found a pointer to it, by git-lfs: run \"git lfs pull\"" \
            embed -m x -t a
        says "x/$file: expected the file, found a pointer" info -m x
    done
    # One that nobody needs does no harm.
    rm -rf x
    cp -r "$tiny" x
    pointer x/pytorch_model.bin
    equal "$(berth embed -m x -t a)" "$(berth embed -m "$tiny" -t a)"
    pointer x/model.safetensors.index.json
    equal "$(berth embed -m x -t a)" "$(berth embed -m "$tiny" -t a)"
}

@test "a page of HTML in place of any file is named" {
    for file in config.json vocab.txt model.safetensors; do
        rm -rf x
        cp -r "$tiny" x
        rm x/tokenizer.json
        printf '<!DOCTYPE html>\n<html class="">\n' > x/$file
        says "x/$file: expected the file, found a page of HTML" embed -m x -t a
        printf '<HTML><body>Repository not found' > x/$file
        says "x/$file: expected the file, found a page of HTML" info -m x
    done
}

@test "a snapshot of half a download is named, with its berth pull" {
    hub=hub/models--org--name
    mkdir -p $hub/blobs $hub/snapshots/abc
    cp "$tiny"/* $hub/snapshots/abc 2>/dev/null || true
    mv $hub/snapshots/abc/model.safetensors $hub/blobs/1.incomplete
    says "abc/model.safetensors (not all of it downloaded? berth pull org/name): No such file" \
        embed -m $hub/snapshots/abc -t a
    ln -s ../../blobs/1 $hub/snapshots/abc/model.safetensors
    says "found a broken link (not all of it downloaded? berth pull org/name)" \
        embed -m $hub/snapshots/abc -t a
    mv hub/models--org--name hub/models--name
    says "berth pull name)" embed -m hub/models--name/snapshots/abc -t a
    rm hub/models--name/snapshots/abc/{config.json,model.safetensors}
    says "abc/config.json (not all of it downloaded? berth pull name): No such file" \
        embed -m hub/models--name/snapshots/abc -t a
}

# --------------------------------------------------- other forms, no model

# with FILE... - the folder x: the tiny model without its weights, and these files,
# which are empty.
with() {
    rm -rf x
    mkdir -p x/onnx
    cp "$tiny"/*.json "$tiny/vocab.txt" x
    for file in "$@"; do
        touch "x/$file"
    done
}

@test "weights in a form that is not read are named, with what to do" {
    for file in tf_model.h5 flax_model.msgpack rust_model.ot model.onnx \
        onnx/model.onnx onnx/model_quantized.onnx openvino_model.xml saved_model.pb; do
        with $file
        says "x/model.safetensors: expected this file, found only $file, a format that is not read: " embed -m x -t a
    done
}

@test "a folder of another form without config.json is named" {
    for file in bert_model.ckpt.index albert_config.json saved_model.pb tf_model.h5 \
        openvino_model.xml model.onnx onnx/model.onnx model.safetensors pytorch_model.bin; do
        with
        rm x/*config.json
        touch x/$file
        says "x: expected the config.json of a model, found " embed -m x -t a
    done
    with electra_small.index electra_small.data-00000-of-00001
    rm x/*config.json
    says "a checkpoint of TensorFlow without it: get bert_config.json, too" embed -m x -t a
}

@test "an adapter alone names its model and says merge" {
    mkdir x
    echo '{"base_model_name_or_path": "org/base", "peft_type": "LORA"}' > x/adapter_config.json
    touch x/adapter_model.safetensors
    says "x: expected the config.json of a model, found an adapter of org/base: merge it" \
        embed -m x -t a
    says "an adapter of org/base" info -m x
    cp "$tiny"/{config,tokenizer,tokenizer_config}.json x
    says "x/adapter_config.json: expected no adapter beside the model" embed -m x -t a
}

@test "a cache, a repository in it and a folder of models are no model" {
    mkdir -p hub/models--org--b hub/models--org--a/{blobs,refs,snapshots/abc}
    says "hub: expected a model, found a Hugging Face cache: give the name of a model in it, as -m org/a" \
        embed -m hub -t a
    says "-m hub/models--org--a/snapshots/abc" embed -m hub/models--org--a -t a
    rmdir hub/models--org--a/snapshots/abc
    says "hub/models--org--a/config.json: No such file" embed -m hub/models--org--a -t a
    mkdir runs runs/empty
    cp -r "$tiny" runs/checkpoint-500
    says "runs: expected a model, found a folder with one in it: -m runs/checkpoint-500" \
        embed -m runs -t a
    says "runs/empty: expected a model, found an empty folder" embed -m runs/empty -t a
    mkdir google
    touch google/notes.txt
    google google/uncased
    says "google: expected a model, found a folder with one in it: -m google/uncased" \
        embed -m google -t a
}

@test "a file that is no model is named, whatever lies beside it" {
    touch notes.txt
    says "./notes.txt: expected a model, found a file that is none" embed -m notes.txt -t a
    cp "$BATS_TEST_DIRNAME/../data/gguf/bert.gguf" .
    says "./notes.txt: expected a model, found a file that is none" embed -m ./notes.txt -t a
    says "/dev/null: expected a model, found a file that is none" embed -m /dev/null -t a
    touch m.onnx
    says "./m.onnx: expected a model, found one of ONNX: take the model that it was made from (berth pull ORG/NAME)" \
        embed -m m.onnx -t a
}

@test "parts of weights without their index are named" {
    mkdir x
    cp "$tiny"/{config.json,vocab.txt} x
    touch x/pytorch_model-0000{1,2}-of-00002.bin
    says "x: expected weights, found pytorch_model-00001-of-00002.bin without the index that names all parts: get pytorch_model.bin.index.json, too" \
        embed -m x -t a
    berth tokenize -m x -t a
}

@test "a download to a folder that was broken off is named" {
    with
    mkdir -p x/.cache/huggingface/download
    says "x/model.safetensors: No such file or directory" embed -m x -t a
    touch x/.cache/huggingface/download/bW9kZWw=.abc.incomplete
    says "x/model.safetensors: No such file or directory; its download was broken off: get it again" \
        embed -m x -t a
}

@test "safetensors come before pytorch_model.bin, and an encoder may be in 0_Transformer" {
    cp -r "$tiny" x
    echo "no model" > x/pytorch_model.bin
    equal "$(berth embed -m x -t a)" "$(berth embed -m "$tiny" -t a)"
    cp -r "$models/st-mean-dense-norm" st
    mkdir st/0_Transformer
    mv st/{config,sentence_bert_config,tokenizer,tokenizer_config}.json st/model.safetensors \
        st/0_Transformer
    perl -pi -e 's/"path": ""/"path": "0_Transformer"/' st/modules.json
    equal "$(berth embed -m st -t a)" "$(berth embed -m "$models/st-mean-dense-norm" -t a)"
}

@test "weights that are named by their file are those that are read" {
    cp -r "$tiny" x
    echo "no model" > x/pytorch_model.bin
    says "x/pytorch_model.bin: expected a file of torch.save()" embed -m x/pytorch_model.bin -t a
    touch x/tf_model.h5
    says "x/tf_model.h5: expected weights in a format that is read, found another: " \
        embed -m x/tf_model.h5 -t a
    for file in model.safetensors config.json vocab.txt; do
        equal "$(berth embed -m x/$file -t a)" "$(berth embed -m "$tiny" -t a)"
    done
}

# ----------------------------------------------------- without model_type

# untyped FOLDER CONFIG - the tokenizer of the tiny model, and a config.json.
untyped() {
    mkdir -p "$1"
    cp "$tiny/vocab.txt" "$1"
    echo "$2" > "$1/config.json"
}

@test "a config without model_type is told by its class, its keys or the folder's name" {
    untyped a '{"architectures": ["DistilBertForMaskedLM"]}'
    equal "$(setting a model_type)" "distilbert, config.json"
    untyped b '{"model_type": null, "sinusoidal_pos_embds": false, "dim": 24, "n_heads": 2}'
    equal "$(setting b model_type)" "distilbert, keys of config.json"
    equal "$(setting b hidden_size)" "24, config.json"
    untyped c '{"intra_bottleneck_size": 128}'
    equal "$(setting c model_type)" "mobilebert, keys of config.json"
    untyped my-BERT-x '{"hidden_size": 24, "num_attention_heads": 2}'
    equal "$(setting my-BERT-x/ model_type)" "bert, guessed from the folder's name"
    untyped models--org--mobilebert-y/snapshots/abc '{"architectures": null}'
    run -0 --separate-stderr "$BERTH" info -m models--org--mobilebert-y/snapshots/abc
    [[ $output == *"model_type	mobilebert	guessed from the folder's name"* ]]
    [[ $stderr == *"model_type: taken as mobilebert, guessed from the folder's name; that key in config.json would say it"* ]]
    # What the words of a name only begin with tells nothing.
    untyped roberta2 '{"hidden_size": 24}'
    says "roberta2/config.json: key 'model_type': expected" info -m roberta2
    [[ $stderr == *"found nothing, nor what tells it: add what this model is" ]]
}

# The class of RoBERTa's tokenizer is known by the model_type alone.
@test "a config without model_type tells the tokenizer, too" {
    mkdir x
    echo '{"architectures": ["RobertaModel"], "vocab_size": 9}' > x/config.json
    echo '{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 4, "a": 5, "b": 6, "ab": 7}' \
        > x/vocab.json
    printf '#version: 0.2\na b\n' > x/merges.txt
    equal "$(berth tokenize -m x -t ab)" "<s> ab </s>"
    equal "$(setting x tokenizer_class)" "RobertaTokenizer, config.json"
}

@test "a config without model_type in 0_Transformer is told by the folder above" {
    cp -r "$models/st-mean-dense-norm" bert-base-x
    mkdir bert-base-x/0_Transformer
    mv bert-base-x/{config,sentence_bert_config,tokenizer,tokenizer_config}.json \
        bert-base-x/model.safetensors bert-base-x/0_Transformer
    perl -pi -e 's/"path": ""/"path": "0_Transformer"/' bert-base-x/modules.json
    perl -MJSON::PP -0777 -i -pe '$o = decode_json($_); delete $o->{$_}
        for qw(model_type architectures); $_ = encode_json($o)' \
        bert-base-x/0_Transformer/config.json
    equal "$(setting bert-base-x model_type)" "bert, guessed from the folder's name"
    equal "$(berth embed --quiet -m bert-base-x -t a)" \
        "$(berth embed -m "$models/st-mean-dense-norm" -t a)"
}
