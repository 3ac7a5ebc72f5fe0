# Every example of the manual pages and of README.md is run, and its output compared.
#
# In EXAMPLES, and everywhere in section 7, a literal display holds lines
# "$ command", each followed by what it prints; a line "..." means any
# further output. The examples of one page share a folder. Those that need a table
# tool are left out where it is not installed, those that fetch a model where no hub
# can run here, and those with the numbers of a model that was fetched where it is not
# in $BERTH_REFERENCE.

bats_require_minimum_version 1.5.0
load common
load hub
load examples

setup() {
    PATH=$(dirname "$BERTH"):$PATH
    export PATH LC_ALL=C.UTF-8
    unset BERTH_MODEL BERTH_CPU
    export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
    mkdir "$XDG_CACHE_HOME"
    man=$BATS_TEST_DIRNAME/../../man
}

# has_tools COMMAND - the table tools that it pipes into are here.
has_tools() {
    for tool in mlr datamash sqlite3; do
        [[ $1 != *"| $tool "* ]] || command -v "$tool" >/dev/null ||
            { echo "# not run, no $tool: $1" >&3; return 1; }
    done
}

# with_hub - the model that examples fetch is on a hub: the real one, if it is here.
with_hub() {
    hub_is_possible || return 0
    model=$BERTH_REFERENCE/minilm
    [ -n "$BERTH_REFERENCE" ] && [ -d "$model" ] || model=$models/st-mean-dense-norm
    hub_start
    hub_model sentence-transformers/all-MiniLM-L6-v2 "$model"
}

# has_model COMMAND WANT - the model that it uses is here, and is the real one if
# WANT shows its numbers.
has_model() {
    [[ $1 != *MiniLM* ]] || [ "${model-}" = "$BERTH_REFERENCE/minilm" ] ||
        { [ -n "${model-}" ] && [ "$2" = ... ]; } ||
        { echo "# not run, no hub or no model: $1" >&3; return 1; }
}

# verify COMMAND - runs it; the file "want" says what it should print.
verify() {
    has_tools "$1" || return 0
    has_model "$1" "$(cat "$BATS_TEST_TMPDIR/want")" || return 0
    sh -c "$1" >"$BATS_TEST_TMPDIR/got" 2>&1 || true
    if [ "$(tail -n 1 "$BATS_TEST_TMPDIR/want")" = ... ]; then
        sed -i '$d' "$BATS_TEST_TMPDIR/want"
        n=$(wc -l <"$BATS_TEST_TMPDIR/want")
        grep -q . "$BATS_TEST_TMPDIR/got" || { echo "no output: $1"; return 1; }
        head -n "$n" "$BATS_TEST_TMPDIR/got" >"$BATS_TEST_TMPDIR/head"
        mv "$BATS_TEST_TMPDIR/head" "$BATS_TEST_TMPDIR/got"
    fi
    diff -u "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/got" ||
        { echo "example: $1"; return 1; }
}

run_page() {
    command=
    n_examples=0
    mkdir -p "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work"
    while IFS= read -r line; do
        case $line in
        '$ '*)
            [ -z "$command" ] || verify "$command"
            command=${line#??}
            : >"$BATS_TEST_TMPDIR/want"
            n_examples=$((n_examples + 1))
            ;;
        *) printf '%s\n' "$line" >>"$BATS_TEST_TMPDIR/want" ;;
        esac
    done < <(examples "$1")
    verify "$command"
    [ "$n_examples" -ge "$2" ]
}

@test "the examples of berth(1)" {
    with_hub
    run_page berth.1 4
}
@test "the examples of berth-attention-dump(1)" {
    run_page berth-attention-dump.1 4
}
@test "the examples of berth-classify(1)" {
    mkdir "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work"
    make_models
    run_page berth-classify.1 5
}
@test "the examples of berth-rerank(1)" {
    mkdir "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work"
    make_models
    run_page berth-rerank.1 4
}
@test "the examples of berth-npy-join(1)" { run_page berth-npy-join.1 4; }
@test "the examples of berth-convert(1)" { run_page berth-convert.1 6; }
@test "the examples of berth-next-sentence(1)" {
    mkdir "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work"
    make_bert
    run_page berth-next-sentence.1 2
}
@test "the examples of berth-answer(1)" {
    mkdir "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work"
    make_squad
    run_page berth-answer.1 3
}
@test "the examples of berth-tag(1)" {
    mkdir "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work"
    make_ner
    run_page berth-tag.1 5
}
@test "the examples of berth-embed(1)" { run_page berth-embed.1 4; }
@test "the examples of berth-encoder(7)" { run_page berth-encoder.7 20; }
@test "the examples of berth-models(7)" { run_page berth-models.7 1; }
@test "the examples of berth-fill-mask(1)" { run_page berth-fill-mask.1 4; }
@test "the examples of berth-head-stats(1)" { run_page berth-head-stats.1 4; }
@test "the examples of berth-grep(1)" { run_page berth-grep.1 5; }
@test "the examples of berth-search(1)" { run_page berth-search.1 5; }
@test "the examples of berth-dedup(1)" { run_page berth-dedup.1 4; }
@test "the examples of berth-info(1)" { run_page berth-info.1 1; }
@test "the examples of berth-models(1)" { run_page berth-models.1 2; }
@test "the examples of berth-position-dump(1)" {
    run_page berth-position-dump.1 4
}
@test "the examples of berth-score(1)" { run_page berth-score.1 4; }
@test "the examples of berth-similar(1)" { run_page berth-similar.1 3; }
@test "the examples of berth-sparse(1)" { run_page berth-sparse.1 2; }
@test "the examples of berth-tokenize(1)" { run_page berth-tokenize.1 5; }
@test "the examples of berth-view(1)" { run_page berth-view.1 5; }
@test "the examples of berth-pull(1)" {
    with_hub
    run_page berth-pull.1 4
}
@test "the examples of README.md" {
    with_hub
    run_page README.md 7
    # The figure that it shows.
    cmp attention.svg "$man/attention.svg"
}

@test "five questions to the tidy table, in a line each" {
    examples berth-attention-dump.1 | grep '^\$ ' > "$BATS_TEST_TMPDIR/lines"
    [ "$(grep -c -E '\| (mlr|datamash|sqlite3) ' "$BATS_TEST_TMPDIR/lines")" -ge 5 ]
    for tool in mlr datamash sqlite3; do
        grep -q "| $tool " "$BATS_TEST_TMPDIR/lines"
    done
}

@test "every manual page has its test here, those of recipes elsewhere" {
    for page in "$man"/*.[17]; do
        [[ ${page##*/} != @(berth-recipes.7|berth-scale.7) ]] || continue
        grep -q "run_page $(basename "$page") " "$BATS_TEST_FILENAME"
    done
}
