# berth convert: a model as a Hugging Face folder.

load common

st=$models/st-mean-dense-norm

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    printf "the man's hat\nunaffable\na b c\n" > texts
}

# header FILE - the JSON in front of a safetensors file.
header() {
    perl -e 'open my $f, "<:raw", $ARGV[0] or die; read $f, my $n, 8;
        read $f, my $json, unpack "Q<", $n; print $json, "\n"' "$1"
}

# types FILE - the types of its tensors.
types() {
    header "$1" | json 'map { "$o->{$_}{dtype}\n" } grep { !/^__/ } sort keys %$o' |
        grep . | sort -u | paste -sd ' '
}

# vectors MODEL [OPTION...] - of the texts, to the byte.
vectors() {
    berth embed --quiet -m "$1" -f f32 "${@:2}" texts | md5sum
}

@test "each precision: the vectors and the words of the first model" {
    for precision in f32 f16 bf16 int8; do
        for model in "$tiny" "$st" "$models/distilbert" "$models/mobilebert"; do
            rm -rf new
            berth convert -m "$model" --precision $precision -o new
            # bf16 rounds more at amx, where it is asked for.
            equal "$(vectors ./new --precision $precision)" \
                "$(vectors "$model" --precision $precision)"
            for level in scalar avx2 avx512; do
                equal "$(vectors ./new --cpu $level)" \
                    "$(vectors "$model" --precision $precision --cpu $level)"
            done
        done
    done
    berth convert -m "$tiny" --precision int8 -o words
    echo 'the [MASK] hat' | berth fill-mask -m words > found
    echo 'the [MASK] hat' | berth fill-mask -m "$tiny" --precision int8 |
        cmp - found
}

@test "as stored: the tensors, byte for byte" {
    berth convert -m "$tiny" -o new
    berth convert -m ./new -o again
    diff -r new again
    equal "$(vectors ./new)" "$(vectors "$tiny")"
    equal "$(types new/model.safetensors)" F32
    berth convert -m "$tiny" --precision f16 -o half
    berth convert -m ./half -o again-half
    diff -r half again-half
    equal "$(types half/model.safetensors)" F16
    berth convert -m "$tiny" --precision f32 -o same
    cmp new/model.safetensors same/model.safetensors
}

@test "files: what transformers and sentence-transformers look for" {
    berth convert -m "$st" -o new
    equal "$(cd new && find . -type f | sort | paste -sd ' ')" \
        "./1_Pooling/config.json ./2_Dense/config.json\
 ./2_Dense/model.safetensors ./config.json\
 ./config_sentence_transformers.json ./model.safetensors ./modules.json\
 ./sentence_bert_config.json ./tokenizer.json ./tokenizer_config.json\
 ./vocab.txt"
    for f in 1_Pooling/config.json 2_Dense/config.json modules.json vocab.txt \
        config_sentence_transformers.json sentence_bert_config.json \
        tokenizer.json tokenizer_config.json; do
        cmp "new/$f" "$st/$f"
    done
    equal "$(header new/model.safetensors | json '$o->{__metadata__}{format}')" pt
    berth convert -m "$st" --precision bf16 -o short
    equal "$(types short/model.safetensors)" BF16
    equal "$(types short/2_Dense/model.safetensors)" BF16
    [ ! -e short/berth-int8.safetensors ]
}

@test "config.json: its own keys, and the new type" {
    cp -r "$tiny" old
    printf '{"model_type": "bert",%s "layer_norm_eps": 1e-12, "x": NaN}' \
        "$(tail -n +2 "$tiny/config.json" | tr -d '\n' | sed 's/}$//;
            s/"\(dtype\|torch_dtype\|model_type\|layer_norm_eps\)": [^,]*,*//g'
        ), " | sed 's/, *,/,/g' > old/config.json
    berth convert -m old -o new
    grep -q '"layer_norm_eps": 1e-12, "x": NaN,' new/config.json
    grep -q '"torch_dtype": "float32"' new/config.json
    berth convert -m old --precision bf16 -o short
    grep -q '"torch_dtype": "bfloat16"' short/config.json
    # Under the name that it has.
    sed -i 's/"x": NaN/"dtype": "float32"/' old/config.json
    berth convert -m old --precision f16 -o half
    grep -q '"dtype": "float16"' half/config.json
    run ! grep -q torch_dtype half/config.json
    # What is as stored keeps what was said of it.
    sed -i 's/"dtype": "float32"/"dtype": "bfloat16"/' old/config.json
    berth convert -m old -o said
    grep -q '"dtype": "bfloat16"' said/config.json
}

@test "what is tied is written once, what is not twice" {
    berth convert -m "$tiny" -o new
    header new/model.safetensors > new.json
    run ! grep -q 'cls.predictions.decoder' new.json
    perl -MJSON::PP -e 'my ($from, $to, $change) = @ARGV;
        open my $f, "<:raw", $from or die; local $/; my $all = <$f>;
        my $n = unpack "Q<", $all; my $h = decode_json(substr $all, 8, $n);
        my $data = substr $all, 8 + $n;
        my $t = $h->{"bert.embeddings.word_embeddings.weight"};
        my ($b, $e) = @{$t->{data_offsets}};
        my $copy = substr $data, $b, $e - $b;
        substr($copy, 0, 4) = pack "f<", 1.5 if $change;
        $h->{"cls.predictions.decoder.weight"} = {dtype => "F32",
            shape => $t->{shape},
            data_offsets => [length $data, $e - $b + length $data]};
        my $json = encode_json($h); $json .= " " while length($json) % 8;
        open my $o, ">:raw", $to or die;
        print $o pack("Q<", length $json), $json, $data, $copy;' \
        "$tiny/model.safetensors" twice 0
    cp -r "$tiny" model
    cp twice model/model.safetensors
    berth convert -m ./model -o once
    cmp once/model.safetensors new/model.safetensors
    sed -i 's/"tie_word_embeddings": true/"tie_word_embeddings": false/' \
        model/config.json
    berth convert -m ./model -o both
    header both/model.safetensors | grep -q 'cls.predictions.decoder.weight'
}

@test "a number that is too large for the type: the tensor is named" {
    poison large cls.predictions.bias 70000 3
    berth convert -m large -o stored
    run -1 --separate-stderr "$BERTH" convert -m large --precision f16 -o new
    equal "$stderr" "berth: large/model.safetensors: tensor\
 'cls.predictions.bias': expected numbers that float16 (f16) holds, found 70000,\
 which is beyond it"
    equal "$(find . -name '.berth*' -o -name new)" ''
    # It is not beyond the range of the other one.
    berth convert -m large --precision bf16 -o new
}

@test "int8: told by info, and smaller" {
    berth convert -m "$st" --precision int8 -o new
    grep -q '"quant_method": "berth-int8"' new/config.json
    equal "$(berth info -m new | grep ^quantization)" \
        $'quantization\tint8\tconfig.json'
    [ ! -e new/model.safetensors ]
    equal "$(types new/berth-int8.safetensors)" 'F32 I8'
    # What is computed with as it is stays so.
    equal "$(types new/2_Dense/model.safetensors)" F32
    berth convert -m ./new -o again
    diff -r new again
    # The numbers that the 8 bits stand for.
    berth convert -m ./new --precision f32 -o back
    equal "$(vectors ./back)" "$(vectors ./new --precision f32)"
    run ! grep -q quantization back/config.json
    equal "$(types back/model.safetensors)" F32
}

@test "nothing is replaced" {
    mkdir empty full
    echo x > full/x
    echo x > file
    ln -s empty link
    for name in full file link full/../full .; do
        run -1 --separate-stderr "$BERTH" convert -m "$tiny" -o $name
        [ "${#stderr_lines[@]}" -eq 1 ]
        [[ $stderr == "berth: $name: expected "* ]]
    done
    equal "$(cat full/x file)" $'x\nx'
    berth convert -m "$tiny" -o empty/
    equal "$(vectors ./empty)" "$(vectors "$tiny")"
    run -1 --separate-stderr "$BERTH" convert -m "$tiny" -o none/new
    [[ $stderr == "berth: none/new: No such file"* ]]
}

@test "wrong command lines" {
    run -2 "$BERTH" convert -m "$tiny"
    run -2 "$BERTH" convert -m "$tiny" -o -
    run -2 "$BERTH" convert -m "$tiny" -o ""
    run -2 "$BERTH" convert -m "$tiny" -o new "$tiny"
    run -2 "$BERTH" convert -m "$tiny" -o new -f text
    run -1 "$BERTH" convert -m none -o new
    [ ! -e new ]
}

@test "a full disk: nothing is left" {
    run -1 --separate-stderr bash -c \
        'ulimit -f 20; "$BERTH" convert -m "$0" -o new' "$tiny"
    equal "$stderr" "berth: new/model.safetensors: File too large"
    equal "$(find . -name '.berth*' -o -name new)" ''
}

# killed_by SIGNAL - a convert gets it once its folder is there under the hidden name;
# another one where that was too late.
killed_by() {
    for _ in $(seq 50); do
        rm -rf new
        perl -MPOSIX=:sys_wait_h -e 'my ($signal, @command) = @ARGV;
            my ($pid, @there) = fork // die;
            exec @command or die unless $pid;
            until (@there = glob ".berth*") { exit 1 if waitpid $pid, WNOHANG }
            kill $signal, $pid;
            waitpid $pid, 0;
            exit !($? & 127)' "$1" "$BERTH" convert -m @builtin -o new || continue
        [ -e new ] || return 0
        equal "$(vectors ./new)" "$(vectors @builtin)"
    done
    return 1
}

@test "a signal: nothing is left; kill -9: nothing has the name" {
    for signal in TERM HUP; do
        killed_by $signal
        equal "$(find . -name '.berth*')" ''
    done
    killed_by KILL
    # What it left is in nobody's way.
    berth convert -m @builtin -o new
    equal "$(vectors ./new)" "$(vectors @builtin)"
}
