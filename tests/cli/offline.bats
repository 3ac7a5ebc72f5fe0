# No command but pull opens a socket, and pull opens none where the environment
# says offline: strace sees every call.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    command -v strace > /dev/null || skip "no strace"
    strace -o probe true 2> /dev/null || skip "strace may not trace here"
    unset HF_HUB_CACHE HUGGINGFACE_HUB_CACHE XDG_CACHE_HOME TRANSFORMERS_CACHE \
        SENTENCE_TRANSFORMERS_HOME HF_HUB_OFFLINE TRANSFORMERS_OFFLINE
    export HOME=$BATS_TEST_TMPDIR HF_HOME=$BATS_TEST_TMPDIR/hf \
        HF_ENDPOINT=http://127.0.0.1:9 HF_TOKEN=hf_x \
        http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9
    printf 'A [MASK].\tA cat.\n' > text
    "$BERTH" embed -f npy < text > array.npy
}

commands() {
    "$BERTH" --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p' | grep -vx pull
}

# operands COMMAND - what it needs beside the text.
operands() {
    case $1 in
    grep | search | rerank) echo cat ;;
    similar) echo --pair ;;
    convert) echo -o new ;;
    npy-join) echo array.npy ;;
    esac
}

# calls COMMAND... - the calls of the network that it makes, in the file calls.
calls() {
    strace -f -qq -e trace=%network -e signal=none -o calls "$BERTH" "$@" \
        > out 2> err < text || true
}

@test "strace sees a socket where there is one" {
    strace -f -qq -e trace=%network -e signal=none -o calls \
        perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0)'
    grep -q 'socket(' calls
}

@test "no command opens a socket for a name that is not in the cache" {
    equal "$(commands | grep -c -x -e embed -e info -e models)" 3
    while read -r command; do
        # shellcheck disable=SC2046 # words
        calls "$command" -m org/none $(operands "$command")
        equal "$command: $(cat calls)" "$command: "
        [[ $command = @(models|npy-join) ]] || grep -q "run: berth pull org/none" err
    done < <(commands)
}

@test "no command opens a socket when it works" {
    worked=0
    while read -r command; do
        # shellcheck disable=SC2046 # words
        calls "$command" $(operands "$command")
        equal "$command: $(cat calls)" "$command: "
        [ ! -s out ] || worked=$((worked + 1))
        rm -rf new
    done < <(commands)
    [ "$worked" -ge 12 ] # others need a head that the built-in model lacks
    for words in --help --version help "completion bash" "embed --help" "pull --help"; do
        # shellcheck disable=SC2086 # words
        calls $words
        equal "$words: $(cat calls)" "$words: "
    done
}

@test "pull opens no socket where the environment says offline" {
    mkdir -p hf/hub/models--org--name/snapshots/abad1dea
    for variable in HF_HUB_OFFLINE TRANSFORMERS_OFFLINE; do
        export $variable=1
        for name in org/none org/name@abad1dea "--list org/name" "--all org/none"; do
            # shellcheck disable=SC2086 # words
            calls pull $name
            equal "$variable $name: $(cat calls)" "$variable $name: "
            grep -q offline -i err || [ "$(cat out)" = "$HF_HOME/hub/models--org--name/snapshots/abad1dea" ]
        done
        unset $variable
    done
    calls pull --retries 0 org/none
    if ! grep -q "without libcurl" err; then
        grep -q 'socket(' calls
    fi
}
