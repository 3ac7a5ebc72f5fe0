# hub.bash - a model hub on this machine (tests/hub/server.py), for a test that
# fetches from it.
# shellcheck shell=bash

hub_is_possible() {
    command -v python3 >/dev/null &&
        [[ $("$BERTH" pull --retries 0 --endpoint http://127.0.0.1:1 a 2>&1) != \
            *"without libcurl"* ]]
}

# hub_start - the hub serves repos/, reads the faults that it makes from faults
# and writes its requests to log, all in $BATS_TEST_TMPDIR; the environment names
# it, an empty cache, and no token.
hub_start() {
    unset "${!HF_@}" "${!HUGGING@}" TRANSFORMERS_OFFLINE TRANSFORMERS_CACHE \
        SENTENCE_TRANSFORMERS_HOME XDG_CACHE_HOME http_proxy https_proxy \
        all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY no_proxy NO_PROXY \
        REQUESTS_CA_BUNDLE CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR
    hub_is_possible || skip "no python3, or built without libcurl"
    cd "$BATS_TEST_TMPDIR" || return
    mkdir -p repos
    : >log >faults
    python3 "$BATS_TEST_DIRNAME/../hub/server.py" repos log faults >ports 3>&- &
    eventually 1 cat ports
    read -r hub_port _ <ports
    export HF_ENDPOINT=http://127.0.0.1:$hub_port HF_HOME=$BATS_TEST_TMPDIR/home
    cache=$HF_HOME/hub
}

# hub_model ORG/NAME FOLDER [COMMIT] - the repository has the files of FOLDER.
hub_model() {
    mkdir -p "repos/$1"
    cp -r "$2" "repos/$1/${3:-main}"
}

# requests PERL - what PERL gives for each request $o, a line each.
requests() {
    json "$1" <log
}
