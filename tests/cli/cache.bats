# berth models: what is in the Hugging Face cache.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    unset HUGGINGFACE_HUB_CACHE HF_HOME XDG_CACHE_HOME TRANSFORMERS_CACHE \
        SENTENCE_TRANSFORMERS_HOME
    export HF_HUB_CACHE=$BATS_TEST_TMPDIR/hub
    mkdir hub
}

one=1111111111111111111111111111111111111111
two=2222222222222222222222222222222222222222

# cached ORG--NAME COMMIT [REF...] - puts the tiny model into the cache, as
# links into blobs.
cached() {
    local repository=hub/models--$1 snapshot=hub/models--$1/snapshots/$2 file
    mkdir -p "$snapshot" "$repository/blobs" "$repository/refs"
    for file in "$tiny"/*; do
        [ -f "$file" ] || continue
        cp "$file" "$repository/blobs/${file##*/}.blob"
        ln -s "../../blobs/${file##*/}.blob" "$snapshot/${file##*/}"
    done
    for ref in "${@:3}"; do
        mkdir -p "$(dirname "$repository/refs/$ref")"
        printf %s "$2" > "$repository/refs/$ref"
    done
}

bytes_of() {
    cat "$1"/* | wc -c | tr -d ' '
}

@test "a line for each revision: name, commit, refs, family, size, yes" {
    cached org--first $one main
    cached org--first $two
    cached plain $two main
    size=$(bytes_of hub/models--plain/snapshots/$two)
    printf -v size '%d.%dk' $((size / 1000)) $((size % 1000 / 100))
    equal "$(berth models)" "org/first  1111111  main  bert  $size  yes
org/first  2222222  -     bert  $size  yes
plain      2222222  main  bert  $size  yes"
}

@test "--names: each name once, and no model is opened" {
    cached org--first $one main
    cached org--first $two
    mkdir -p 'hub/models--$(touch made)' 'hub/models--a b' hub/models--broken old/models--older old/models--org--first hub/datasets--d
    export TRANSFORMERS_CACHE=$PWD/old
    equal "$(berth models --names)" $'broken\nolder\norg/first'
    run -2 --separate-stderr "$BERTH" models --names -f csv
    [[ $stderr == *"--names is for text"* ]]
    unset TRANSFORMERS_CACHE
    HF_HUB_CACHE=none run -0 --separate-stderr "$BERTH" models --names --quiet
    equal "$output$stderr" ""
}

@test "csv, tsv and jsonl have the whole commit, bytes and the path" {
    cached org--first $one main v1 refs/pr/2
    path=$HF_HUB_CACHE/models--org--first/snapshots/$one
    size=$(bytes_of "$path")
    berth models -f jsonl | valid_jsonl
    equal "$(berth models -f jsonl | json '"$o->{name} $o->{revision} $o->{family} $o->{size} $o->{reads} $o->{path} [$o->{problem}] " .
        join " ", sort split ",", $o->{refs}')" \
        "org/first $one bert $size yes $path [] main refs/pr/2 v1"
    equal "$(berth models -f csv | head -n 1)" \
        "name,revision,refs,family,size,reads,problem,path"
    equal "$(berth models -f csv --no-header | wc -l | tr -d ' ')" 1
    berth models -f tsv -o file
    equal "$(cut -f 1,2,4-8 file)" \
        "name	revision	family	size	reads	problem	path
org/first	$one	bert	$size	yes		$path"
}

@test "a blob with two names counts once" {
    cached org--first $one main
    before=$(berth models -f csv --no-header | cut -d , -f 5)
    ln hub/models--org--first/blobs/config.json.blob \
        hub/models--org--first/snapshots/$one/again.json
    equal "$(berth models -f csv --no-header | cut -d , -f 5)" "$before"
}

# problem ORG--NAME - what the only row of that name says.
problem() {
    local name=${1//--//}
    berth models -f jsonl | json '$o->{name} eq "'"$name"'" ?
        "$o->{reads}: $o->{problem}" : ""' | grep .
}

@test "what berth does not read says why, without the folder" {
    cached org--gpt $one main
    rm hub/models--org--gpt/snapshots/$one/config.json
    echo '{"model_type": "gpt2"}' > hub/models--org--gpt/snapshots/$one/config.json
    problem org--gpt > gpt
    grep "^no: config.json: key 'model_type': .*\"gpt2\"" gpt
    equal "$(berth models -f csv --no-header | cut -d , -f 4)" gpt2
    cached org--part $one main
    rm hub/models--org--part/snapshots/$one/model.safetensors
    problem org--part > part
    grep "^no: .*model.safetensors" part
    ! grep "$BATS_TEST_TMPDIR" part
    cached org--link $one main
    rm hub/models--org--link/blobs/config.json.blob
    problem org--link > link
    grep "^no: config.json: .*broken link" link
    cached org--half $one main
    truncate -s 1000 hub/models--org--half/blobs/model.safetensors.blob
    problem org--half > half
    grep "^no: model.safetensors: " half
    # The others are whole, and the status says that the list is.
    cached org--whole $one main
    equal "$(problem org--whole)" "yes: "
}

@test "a repository without a snapshot has a row" {
    mkdir -p hub/models--org--begun/blobs
    head -c 1234 /dev/zero > hub/models--org--begun/blobs/abc.incomplete
    equal "$(berth models)" "org/begun  -  -  -  1.2k  no: no snapshot: a download was interrupted"
}

@test "a ref has a row where its commit has none" {
    cached org--first $one main
    printf %s $two > hub/models--org--first/refs/v2
    echo none > hub/models--org--first/refs/odd
    berth models -f tsv --no-header | cut -f 1-3,6,7 > rows
    equal "$(cat rows)" "org/first		odd	no	refs/odd: expected a commit, found none
org/first	$one	main	yes	
org/first	$two	v2	no	refs/v2: no snapshot of the commit that it names"
}

@test "what is no folder has a row, and other kinds of repositories have none" {
    cached org--first $one main
    mkdir hub/datasets--org--d hub/.locks hub/spaces--org--s
    : > hub/models--org--file
    equal "$(berth models -f csv --no-header | cut -d , -f 1,6,7)" "org/file,no,Not a directory
org/first,yes,"
}

@test "a folder that cannot be read has a row" {
    cached org--first $one main
    mkdir hub/models--org--loop
    ln -s snapshots hub/models--org--loop/snapshots
    # glibc and musl have words of their own for it.
    [[ $(berth models -f csv --no-header | cut -d , -f 1,6,7) == "org/first,yes,
org/loop,no,snapshots: "*' link'* ]]
}

@test "a repository and a snapshot may be links to folders elsewhere" {
    cached org--first $one main
    mv hub/models--org--first elsewhere
    ln -s ../elsewhere hub/models--org--first
    mv elsewhere/snapshots/$one elsewhere/there
    ln -s ../there elsewhere/snapshots/$one
    # Its own links are one folder nearer to the blobs now.
    mkdir -p blobs && cp elsewhere/blobs/* blobs
    berth models > rows
    grep '^org/first  1111111  main  bert' rows
}

@test "each cache once; older programs' caches too" {
    cached org--first $one main
    cp -r hub other
    mv other/models--org--first other/models--org--second
    export SENTENCE_TRANSFORMERS_HOME=$BATS_TEST_TMPDIR/other
    export TRANSFORMERS_CACHE=$BATS_TEST_TMPDIR/other/../hub
    equal "$(berth models | cut -d ' ' -f 1)" "org/first
org/second"
}

@test "an empty cache, none, and what is no cache" {
    run --separate-stderr -0 "$BERTH" models
    equal "$output" ""
    equal "$stderr" "berth: warning: no models in the Hugging Face cache $HF_HUB_CACHE"
    HF_HUB_CACHE=$BATS_TEST_TMPDIR/none run --separate-stderr -0 "$BERTH" models -f csv --quiet
    equal "$output" "name,revision,refs,family,size,reads,problem,path"
    equal "$stderr" ""
    : > file
    HF_HUB_CACHE=$BATS_TEST_TMPDIR/file run --separate-stderr -1 "$BERTH" models
    equal "$stderr" "berth: $BATS_TEST_TMPDIR/file: Not a directory"
    run --separate-stderr -2 "$BERTH" models org/first
    equal "${stderr_lines[0]}" "berth: models takes no operands"
}

@test "text is safe for a terminal" {
    cached $'org--a\033[2J' $one main
    berth models > rows
    ! grep -q $'\033' rows
    grep '^org/a�\[2J ' rows
}
