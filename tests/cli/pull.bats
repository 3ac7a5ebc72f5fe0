# berth pull, against a hub on this machine that fails when it is told to.

load common
load hub

setup() {
    hub_start
    sentence=$models/st-mean-dense-norm
    hub_model org/name "$sentence"
}

# fault RULE... - what the hub does wrong from now on; without: nothing.
fault() {
    : >faults
    [ $# -eq 0 ] || printf '%s\n' "$@" >faults
}

# names FOLDER - its files, whatever they are.
names() {
    (cd "$1" && find . ! -type d | sed 's,^\./,,' | LC_ALL=C sort)
}

# git_id FILE - as "git hash-object" gives it.
git_id() {
    { printf 'blob %d\0' "$(wc -c <"$1")"; cat "$1"; } | sha1sum | cut -d ' ' -f 1
}

# same_vectors [MODEL] - as those of the folder that the hub has.
same_vectors() {
    equal "$(berth embed -m "${1-org/name}" -t 'A cat.')" \
        "$(berth embed -m "$sentence" -t 'A cat.')"
}

@test "what is fetched lies in the cache as huggingface_hub puts it there" {
    run -0 --separate-stderr "$BERTH" pull org/name
    equal "$stderr" ""
    folder=$output
    [[ $folder =~ ^$cache/models--org--name/snapshots/[0-9a-f]{40}$ ]]
    equal "$(cat "$cache/models--org--name/refs/main")" "${folder##*/}"
    equal "$(readlink "$folder/config.json")" \
        "../../blobs/$(git_id "$sentence/config.json")"
    equal "$(readlink "$folder/2_Dense/model.safetensors")" \
        "../../../blobs/$(sha256sum <"$sentence/2_Dense/model.safetensors" | cut -d ' ' -f 1)"
    while read -r name; do
        cmp "$folder/$name" "$sentence/$name"
    done < <(names "$folder")
    equal "$(cd "$cache/models--org--name" && find . -mindepth 1 -maxdepth 1 | sort | xargs)" \
        "./blobs ./refs ./snapshots"
    [ -z "$(find "$cache" -name '*.incomplete' -o -name '*.part')" ]
    same_vectors
    same_vectors name
}

@test "the address of its page is the name of a model" {
    equal "$(berth pull "$HF_ENDPOINT/org/name/tree/main")" "$(berth pull org/name)"
}

@test "a second pull asks for the list and fetches nothing" {
    folder=$(berth pull org/name)
    : >log
    equal "$(berth pull org/name)" "$folder"
    equal "$(requests '"$o->{method} $o->{path}"')" \
        "GET /api/models/org/name/revision/main"
}

@test "only what berth reads is fetched, and all with --all" {
    run -0 berth pull org/name
    equal "$(names "$output")" "1_Pooling/config.json
2_Dense/config.json
2_Dense/model.safetensors
config.json
config_sentence_transformers.json
model.safetensors
modules.json
sentence_bert_config.json
tokenizer.json
tokenizer_config.json
vocab.txt"
    run -0 berth pull --all org/name
    equal "$(names "$output")" "$(names "$sentence")"
}

@test "--list prints sizes and names, what is there, and fetches nothing" {
    run -0 --separate-stderr "$BERTH" pull --list org/name
    equal "${lines[0]}" "$(stat -c %s "$sentence/config.json")	missing	config.json"
    equal "${#lines[@]}" 11
    [ ! -e "$cache" ]
    berth pull org/name/config.json
    run -0 "$BERTH" pull --list org/name
    equal "${lines[0]}" "$(stat -c %s "$sentence/config.json")	cached	config.json"
    equal "$(grep -c missing <<<"$output")" 10
}

# fetched NAME... - what pull fetches of a repository that has these files.
fetched() {
    rm -rf repos/org/mixed
    mkdir -p repos/org/mixed/main
    for name in "$@"; do
        mkdir -p "repos/org/mixed/main/$(dirname "$name")"
        echo x >"repos/org/mixed/main/$name"
    done
    "$BERTH" pull --list org/mixed | cut -f 3 | xargs
}

@test "safetensors, then .bin, then TensorFlow, then one .gguf" {
    others="flax_model.msgpack tf_model.h5 onnx/model.onnx a.gguf"
    # shellcheck disable=SC2086 # a list
    {
        equal "$(fetched config.json model.safetensors pytorch_model.bin $others)" \
            "config.json model.safetensors"
        equal "$(fetched config.json model-00001-of-00002.safetensors \
            model-00002-of-00002.safetensors model.safetensors.index.json \
            pytorch_model.bin $others)" "config.json model-00001-of-00002.safetensors \
model-00002-of-00002.safetensors model.safetensors.index.json"
        equal "$(fetched config.json pytorch_model.bin training_args.bin $others)" \
            "config.json pytorch_model.bin"
        equal "$(fetched config.json pytorch_model.bin.index.json \
            pytorch_model-00001-of-00001.bin $others)" \
            "config.json pytorch_model-00001-of-00001.bin pytorch_model.bin.index.json"
        equal "$(fetched bert_config.json bert_model.ckpt.index bert_model.ckpt.meta \
            bert_model.ckpt.data-00000-of-00001 vocab.txt $others)" \
            "bert_config.json bert_model.ckpt.data-00000-of-00001 bert_model.ckpt.index vocab.txt"
        equal "$(fetched $others)" "a.gguf"
    }
    equal "$(fetched 0_Transformer/pytorch_model.bin 0_Transformer/vocab.txt \
        modules.json checkpoint-1/model.safetensors openvino/config.json)" \
        "modules.json 0_Transformer/pytorch_model.bin 0_Transformer/vocab.txt"
}

@test "of several .gguf files one is named, which prints its path" {
    mkdir -p repos/org/gguf/main
    echo a >repos/org/gguf/main/a-f16.gguf
    echo b >repos/org/gguf/main/b-q8.gguf
    run -1 --separate-stderr "$BERTH" pull org/gguf
    [[ $stderr == "berth: org/gguf: 2 .gguf files, "*"berth pull org/gguf/"[ab]-*.gguf ]]
    run -0 --separate-stderr "$BERTH" pull org/gguf/b-q8.gguf
    equal "$(cat "$output")" b
    [[ $output == "$cache"/models--org--gguf/snapshots/*/b-q8.gguf ]]
    run -1 --separate-stderr "$BERTH" pull org/gguf/c.gguf
    [[ $stderr == *"no such file in revision 'main': c.gguf" ]]
}

@test "weights in no form that berth reads are a warning" {
    mkdir -p repos/org/flax/main
    echo x | tee repos/org/flax/main/{config.json,flax_model.msgpack} >/dev/null
    run -0 --separate-stderr "$BERTH" pull org/flax
    [[ $stderr == "berth: warning: org/flax: no weights in a form that berth reads"* ]]
    equal "$(names "$output")" config.json
}

@test "no file that berth reads, and no file at all, are errors" {
    mkdir -p repos/org/other/main repos/org/empty/main
    echo x >repos/org/other/main/README.md
    run -1 --separate-stderr "$BERTH" pull org/other
    equal "$stderr" "berth: org/other: no file that berth reads; --all fetches what there is"
    run -1 --separate-stderr "$BERTH" pull --all org/empty
    equal "$stderr" "berth: org/empty: revision 'main' has no files"
    [ ! -e "$cache" ]
}

@test "killed in the middle, it goes on where it was" {
    fault '{"path": "Signature", "stall": 80000}'
    "$BERTH" pull org/name >out 2>err 3>&- &
    part() {
        find "$cache" -name '*.incomplete' -size +40k
    }
    eventually 1 part
    kill -KILL $!
    wait $! || true
    equal "$(names "$cache/models--org--name" | grep -c -e ^snapshots -e ^refs)" 0
    run -1 "$BERTH" embed -m org/name -t x
    begun=$(stat -c %s "$(part)")
    fault
    : >log
    run -0 --separate-stderr "$BERTH" pull org/name
    equal "$stderr" ""
    equal "$(requests '$o->{range}' | grep . | sort -u)" "bytes=$begun-"
    same_vectors
}

@test "killed at any time, no half of it is ever a model" {
    fault '{"path": "Signature", "slow": [40000, 0.02]}'
    for i in 1 2 3 4 5 6 7 8; do
        timeout -s KILL "0.$i" "$BERTH" pull --all org/name >/dev/null 2>&1 || true
        if [ -d "$cache/models--org--name/snapshots" ]; then
            for folder in "$cache"/models--org--name/snapshots/*; do
                [ -d "$folder" ] || continue
                equal "$(names "$folder")" "$(names "$sentence")"
                (cd "$sentence" && find . -type f) | while read -r name; do
                    cmp "$folder/$name" "$sentence/$name"
                done
            done
        fi
    done
    fault
    run -0 "$BERTH" pull --all org/name
    equal "$(names "$output")" "$(names "$sentence")"
    same_vectors
}

@test "a connection that is cut is taken up again at that byte" {
    fault '{"path": "model.safetensors.*Signature", "cut": 60000}'
    run -0 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == "berth: warning: "*"/model.safetensors: "*"trying again in 0.5 s"* ]]
    equal "$(requests '$o->{range}' | grep . | sort -u | xargs)" "bytes=120000- bytes=60000-"
    same_vectors
    run -0 --separate-stderr "$BERTH" pull --quiet org/name
    equal "$stderr" ""
}

@test "a hub that knows no ranges, or sends another, is no trouble" {
    fault '{"path": "/model.safetensors.*Signature", "cut": 60000, "times": 1}' \
        '{"path": "/model.safetensors.*Signature", "norange": 1}'
    run -0 "$BERTH" pull org/name
    same_vectors
    rm -r "$cache"
    fault '{"path": "/model.safetensors.*Signature", "cut": 61000, "times": 1}' \
        '{"path": "/model.safetensors.*Signature", "shift": 5, "times": 1}'
    run -0 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"expected the part from byte 61000 on, found 'bytes 61005-"* ]]
    same_vectors
}

@test "wrong contents are thrown away, fetched once more, then an error" {
    fault '{"path": "/model.safetensors.*Signature", "flip": 1000, "times": 1}'
    run -0 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"/model.safetensors: expected SHA-256 "*"; fetching it once more" ]]
    same_vectors
    rm -r "$cache"
    fault '{"path": "resolve-cache.*vocab.txt", "method": "GET", "flip": 5}'
    run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"/vocab.txt: expected git's SHA-1 "*", found "*", twice; nothing of it is kept" ]]
    [ -z "$(find "$cache" -name '*.incomplete')" ]
    equal "$(ls "$cache/models--org--name/snapshots")" ""
    equal "$output" ""
}

@test "more or fewer bytes than said are wrong contents, too" {
    for size in 1000 200000; do
        fault '{"path": "/model.safetensors.*Signature", "resize": '$size'}'
        run -1 --separate-stderr "$BERTH" pull org/name
        [[ $stderr == *"expected 139032 bytes, found "*", twice; "* ]]
    done
    fault '{"path": "/model.safetensors.*Signature", "unsized": 1}'
    run -0 "$BERTH" pull org/name
    same_vectors
}

@test "what is more than the file is thrown away" {
    blobs=$cache/models--org--name/blobs
    mkdir -p "$blobs"
    name=$(sha256sum <"$sentence/model.safetensors" | cut -d ' ' -f 1)
    head -c 200000 /dev/zero >"$blobs/$name.incomplete"
    head -c 100 /dev/zero >"$blobs/$(git_id "$sentence/vocab.txt")"
    run -0 --separate-stderr "$BERTH" pull org/name
    equal "$stderr" ""
    same_vectors
}

@test "what huggingface_hub was killed at is taken over, and nothing is left" {
    blobs=$cache/models--org--name/blobs
    mkdir -p "$blobs"
    name=$(sha256sum <"$sentence/model.safetensors" | cut -d ' ' -f 1)
    head -c 60000 "$sentence/model.safetensors" >"$blobs/$name.incomplete"
    head -c 90000 "$sentence/model.safetensors" >"$blobs/$name.0123abcd.incomplete"
    head -c 70000 "$sentence/model.safetensors" >"$blobs/$name.89abcdef.incomplete"
    other=$(git_id "$sentence/vocab.txt")
    cp "$sentence/vocab.txt" "$blobs/$other"
    : >"$blobs/$other.incomplete"
    run -0 --separate-stderr "$BERTH" pull org/name
    equal "$stderr" ""
    equal "$(requests '$o->{range}' | grep . | sort -u)" "bytes=90000-"
    equal "$(find "$cache" -name '*.incomplete')" ""
    same_vectors
}

@test "what was wrong and broken off is found out at its end" {
    blobs=$cache/models--org--name/blobs
    mkdir -p "$blobs"
    name=$(sha256sum <"$sentence/model.safetensors" | cut -d ' ' -f 1)
    head -c 100000 /dev/zero >"$blobs/$name.incomplete"
    run -0 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"expected SHA-256 $name, found "*"fetching it once more" ]]
    same_vectors
}

@test "429, 500, a stall and no answer: again, at most --retries times" {
    fault '{"path": "/api/models", "status": 429, "headers": {"Retry-After": "0"}, "times": 3}' \
        '{"path": "config.json", "status": 503, "times": 1}' \
        '{"path": "vocab.txt", "drop": 1, "times": 1}' \
        '{"path": "resolve-cache.*tokenizer.json", "method": "GET", "stall": 0, "times": 1}' \
        '{"path": "/model.safetensors.*Signature", "stall": 70000, "times": 1}'
    HF_HUB_DOWNLOAD_TIMEOUT=1 run -0 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"HTTP status 429: an error on demand; trying again in 0.0 s"* ]]
    [[ $stderr == *"HTTP status 503"* ]]
    [[ $stderr == *"/tokenizer.json: no answer within 1 s; trying again"* ]]
    [[ $stderr == *"/model.safetensors: no answer within 1 s; trying again"* ]]
    same_vectors
    fault '{"path": "/api/models", "status": 500}'
    : >log
    run -1 --separate-stderr "$BERTH" pull --retries 1 org/name
    equal "${stderr_lines[-1]}" \
        "berth: org/name: no list of its files from $HF_ENDPOINT: HTTP status 500: an error on demand"
    equal "$(wc -l <log)" 2
    fault '{"path": "/api/models", "status": 429, "headers": {"Retry-After": "4000"}}'
    run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"; the hub asks to wait 4000 s" ]]
}

@test "no hub at all is exit 1" {
    run -1 --separate-stderr "$BERTH" pull --retries 0 \
        --endpoint http://127.0.0.1:1 org/name
    [[ $stderr == "berth: org/name: no list of its files from http://127.0.0.1:1: "* ]]
    run -1 --separate-stderr "$BERTH" pull --endpoint gopher://a org/name
    [[ $stderr == *"'gopher://a' is no address of a hub"* ]]
}

@test "a gated or private model says what to do" {
    echo '{"gated": ["hf_good"]}' >repos/org/name.json
    run -1 --separate-stderr "$BERTH" pull org/name
    equal "$stderr" "berth: org/name: its owner asks who uses it: accept the terms at $HF_ENDPOINT/org/name, then set HF_TOKEN to a token of yours ($HF_ENDPOINT/settings/tokens)"
    HF_TOKEN=hf_other run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"has not let this token's user in: ask for access at $HF_ENDPOINT/org/name"* ]]
    HF_TOKEN=hf_invalid run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"does not accept the token"* ]]
    echo '{"private": ["hf_good"]}' >repos/org/name.json
    run -1 --separate-stderr "$BERTH" pull org/name
    equal "$stderr" "berth: org/name: no such model at $HF_ENDPOINT; set HF_TOKEN if it is private"
    HF_TOKEN=hf_good run -0 "$BERTH" pull org/name
    same_vectors
}

@test "the token: of the environment, else of the file; never for another host" {
    echo '{"private": ["hf_good"]}' >repos/org/name.json
    mkdir -p "$HF_HOME"
    echo hf_good >"$HF_HOME/token"
    run -1 env HF_HUB_DISABLE_IMPLICIT_TOKEN=1 "$BERTH" pull org/name
    HF_TOKEN=hf_bad run -1 "$BERTH" pull org/name
    : >log
    run -0 "$BERTH" pull org/name
    equal "$(requests '"$o->{server} $o->{authorization}"' | sort -u)" \
        "cdn 
hub Bearer hf_good"
    HF_TOKEN=$'a\nb' run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"the token of the hub holds a character that no token has"* ]]
}

@test "what is not there is told apart" {
    run -1 --separate-stderr "$BERTH" pull org/none
    equal "$stderr" "berth: org/none: no such model at $HF_ENDPOINT; set HF_TOKEN if it is private"
    run -1 --separate-stderr "$BERTH" pull none
    equal "$stderr" "berth: none: no such model at $HF_ENDPOINT: write ORG/NAME; set HF_TOKEN if it is private"
    run -1 --separate-stderr "$BERTH" pull org/name@none
    equal "$stderr" "berth: org/name: no such revision at $HF_ENDPOINT: 'none'"
    run -1 --separate-stderr "$BERTH" pull org/none org/name
    [[ $output == "$cache"/models--org--name/snapshots/* ]]
}

@test "a wrong name is exit 2 before anything is asked" {
    for name in '' / a/ /a a//b ../a a/.. -a/b- a/b/ 'a b' a/b@ a/b@.. a/b/@v1 @builtin ./a a--b; do
        run -2 --separate-stderr "$BERTH" pull -- org/name "$name"
        [[ $stderr == *"'$name' is no name of a model: "* ]]
    done
    run -2 "$BERTH" pull
    equal "$(wc -l <log)" 0
}

@test "a list that would lead out of the cache is refused" {
    for path in ../x /etc/x a/../../x a//b ./x a/ '' 'a\nb' "$(printf %300s x)"; do
        fault '{"path": "/api/models", "add": [{"rfilename": "'"$path"'"}]}'
        run -1 --separate-stderr "$BERTH" pull --all org/name
        [[ $stderr == *"expected the path of a file within the repository, found '"* ]]
    done
    fault '{"path": "/api/models", "merge": {"sha": "../../x"}}'
    run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"expected a commit of 40 digits, found '../../x'"* ]]
    fault '{"path": "/api/models", "body": "<html>sign in</html>"}'
    run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"expected a list of files in JSON, found none; is $HF_ENDPOINT a model hub?" ]]
    fault '{"path": "resolve", "headers": {"X-Repo-Commit": "abc"}}'
    run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"expected the file of commit "*", found 'abc' (X-Repo-Commit)"* ]]
    fault '{"path": "resolve", "headers": {"ETag": "\"../x\"", "X-Linked-ETag": "\"../x\""}}'
    run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"expected an ETag that names the contents, found '\"../x\"'" ]]
    [ ! -e "$cache" ]
}

@test "redirects: followed, but not round and round" {
    echo '{"renamed": "org/name"}' >repos/org/old.json
    run -0 "$BERTH" pull org/old
    [[ $output == "$cache"/models--org--old/* ]]
    same_vectors org/old
    fault '{"path": "/api/models", "redirect": ""}'
    run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *": too many redirects" ]]
    fault '{"path": "/api/models", "redirect": "file:///etc/passwd"}'
    run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *": a redirect that leaves http" ]]
}

@test "https: certificates are checked, and no redirect leaves it" {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null ||
        skip "no openssl"
    python3 "$BATS_TEST_DIRNAME/../hub/server.py" repos log faults cert.pem key.pem \
        >tls 3>&- &
    eventually 1 cat tls
    read -r _ _ port <tls
    HF_ENDPOINT=https://localhost:$port
    run -1 --separate-stderr "$BERTH" pull org/name/config.json
    [[ $stderr == *": SSL certificate problem: "* ]]
    export SSL_CERT_FILE=$PWD/cert.pem
    run -0 --separate-stderr "$BERTH" pull org/name/config.json
    cmp "$output" "$sentence/config.json"
    HF_ENDPOINT=https://127.0.0.1:$port run -1 "$BERTH" pull org/name/config.json
    run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *": a redirect that leaves https" ]]
}

@test "branches, tags and commits; an old commit stays" {
    first=$(berth pull org/name)
    hub_model org/name "$sentence" second
    echo '{"refs": {"main": "second", "refs/pr/1": "main", "v1": "main"}}' >repos/org/name.json
    second=$(berth pull org/name)
    [ "$first" != "$second" ]
    equal "$(cat "$cache/models--org--name/refs/main")" "${second##*/}"
    equal "$(berth pull org/name@refs/pr/1 org/name@v1)" "$first
$first"
    equal "$(cat "$cache/models--org--name/refs/refs/pr/1")" "${first##*/}"
    equal "$(berth pull "org/name@${first##*/}")" "$first"
    [ ! -e "$cache/models--org--name/refs/${first##*/}" ]
    same_vectors org/name@v1
    # The same contents are there once.
    equal "$(find "$cache/models--org--name/blobs" -type f | wc -l | tr -d ' ')" 11
}

@test "until a new commit is complete, the name means the old one" {
    first=$(berth pull org/name)
    hub_model org/name "$sentence" second
    head -c 100000 /dev/zero >repos/org/name/second/pytorch_model.bin
    echo '{"refs": {"main": "second"}}' >repos/org/name.json
    fault '{"path": "pytorch_model.bin.*Signature", "stall": 50000}'
    HF_HUB_DOWNLOAD_TIMEOUT=1 run -1 "$BERTH" pull --all --retries 0 org/name
    equal "$(cat "$cache/models--org--name/refs/main")" "${first##*/}"
    equal "$(ls "$cache/models--org--name/snapshots")" "${first##*/}"
    same_vectors
}

@test "a second one waits and takes what the first has fetched" {
    fault '{"path": "/model.safetensors.*Signature", "until": "go"}'
    HF_HUB_DOWNLOAD_TIMEOUT=600 "$BERTH" pull org/name >first 2>/dev/null 3>&- &
    first=$!
    begun() {
        find "$cache" -name '*.incomplete' -size +18k
    }
    eventually 1 begun
    "$BERTH" pull org/name >second 2>said 3>&- &
    second=$!
    eventually 1 grep 'model.safetensors: another program is fetching it; waiting$' said
    touch go
    wait "$first"
    wait "$second"
    equal "$(wc -l <said)" 1
    cmp first second
    equal "$(requests '$o->{path}' | grep -c '[0-9]/model.safetensors?.*Signature')" 1
    same_vectors
}

@test "offline: what is there, or an error" {
    HF_HUB_OFFLINE=1 run -1 --separate-stderr "$BERTH" pull org/name
    equal "$stderr" "berth: org/name: not in the cache, and HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids to fetch it"
    folder=$(berth pull org/name)
    : >log
    equal "$(HF_HUB_OFFLINE=yes berth pull org/name)" "$folder"
    equal "$(TRANSFORMERS_OFFLINE=1 berth pull "org/name@${folder##*/}")" "$folder"
    run -1 env HF_HUB_OFFLINE=1 "$BERTH" pull org/name@v1
    equal "$(wc -l <log)" 0
}

@test "a snapshot that was not completed is no model, until it is" {
    folder=$(berth pull org/name)
    rm "$folder/modules.json"
    mark=$cache/models--org--name/.unfinished-${folder##*/}
    : >"$mark"
    run -1 --separate-stderr "$BERTH" embed -m org/name -t x
    equal "$stderr" "berth: $folder: berth pull has not finished adding files to it; run that again"
    equal "$(berth models -f tsv --no-header | cut -f 6,7)" \
        "no	berth pull has not finished adding files to it; run that again"
    HF_HUB_OFFLINE=1 run -1 --separate-stderr "$BERTH" pull org/name
    equal "$stderr" "berth: org/name: only in part in the cache, and HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids to fetch it"
    # One file alone does not complete it.
    equal "$(HF_HUB_OFFLINE=1 berth pull org/name/config.json)" "$folder/config.json"
    equal "$(berth pull org/name/config.json)" "$folder/config.json"
    rm "$folder/config.json"
    berth pull org/name/config.json
    [ -e "$mark" ]
    berth pull org/name
    [ ! -e "$mark" ]
    same_vectors
    # All files are there, and only that was not written down.
    : >"$mark"
    berth pull org/name
    same_vectors
}

@test "a disk that takes no more: an error, and then it goes on" {
    run -1 --separate-stderr bash -c 'ulimit -f 64; "$BERTH" pull org/name'
    [[ $stderr == "berth: $cache/models--org--name/blobs/"*".incomplete: File too large" ]]
    : >log
    run -0 "$BERTH" pull org/name
    equal "$(requests '$o->{range}' | grep . | sort -u)" "bytes=65536-"
    same_vectors
}

@test "a cache that cannot be written is an error" {
    HF_HUB_CACHE=/dev/null/x run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == "berth: /dev/null/x: Not a directory" ]]
    HF_HOME='' HOME='' run -1 --separate-stderr "$BERTH" pull org/name
    [[ $stderr == *"set HF_HOME or HOME" ]]
}

@test "a proxy is asked, and no_proxy heeded" {
    http_proxy=$HF_ENDPOINT run -0 "$BERTH" pull --endpoint http://hub.test:80 \
        --list org/name
    equal "$(requests '$o->{proxied}' | sort -u | head -n 1)" hub.test
    : >log
    http_proxy=http://127.0.0.1:1 no_proxy=127.0.0.1 run -0 "$BERTH" pull org/name
    equal "$(requests '"[$o->{proxied}]"' | sort -u)" "[]"
}

@test "progress: with --progress, not in a pipe, not with --no-progress" {
    fault '{"path": "/model.safetensors.*Signature", "slow": [40000, 0.5]}'
    run -0 --separate-stderr "$BERTH" pull --progress org/name
    [[ ${stderr_lines[0]} =~ ^berth:\ [0-9.]+\ kB\ of\ [0-9.]+\ kB,\ [0-9.]+\ kB/s,\ [0-9]+\ s\ left$ ]]
    rm -r "$cache"
    run -0 --separate-stderr "$BERTH" pull org/name
    equal "$stderr" ""
    rm -r "$cache"
    [[ $(on_terminal "$BERTH pull org/name") == *"kB/s, "* ]]
    rm -r "$cache"
    [[ $(on_terminal "$BERTH pull --no-progress org/name") != *"kB/s"* ]]
}

@test "the official client and berth take what the other has fetched or begun" {
    "${BERTH_PYTHON-python3}" -c 'import huggingface_hub' 2>/dev/null ||
        skip "no huggingface_hub"
    "${BERTH_PYTHON-python3}" "$BATS_TEST_DIRNAME/../make/hub_interop.py" "$BERTH"
}
