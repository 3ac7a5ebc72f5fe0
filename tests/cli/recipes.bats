# Every recipe of berth-recipes(7) does what the page says.
#
# A recipe is a subsection. Each of its displays is a script, and the lines "# ..."
# at its end are its output. The comment ".\" needs" names the programs that it takes,
# and modules as python3:MODULE; a recipe is skipped where one is missing, or fails if
# BERTH_RECIPES is set. They are other people's programs, which no sanitizer needs to see.

bats_require_minimum_version 1.5.0
load common
load examples

setup() {
    [ -z "${BERTH_SANITIZER-}" ] || skip "tried without sanitizers"
    man=$BATS_TEST_DIRNAME/../../man page=$BATS_TEST_DIRNAME/../../man/berth-recipes.7
    PATH=$(dirname "$BERTH"):${BERTH_PYTHON:+$(dirname "$BERTH_PYTHON"):}$PATH
    export PATH LC_ALL=C.UTF-8 XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
    export HF_HUB_CACHE=$BATS_TEST_TMPDIR/hub
    unset BERTH_MODEL BERTH_CPU
    mkdir "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work"
}

teardown() {
    [ -z "${cluster-}" ] || {
        as_user pg_ctl -m immediate -D "$cluster/data" stop
        rm -rf "$cluster"
    }
}

# recipe_part TITLE - the lines of the page from that title to the next.
recipe_part() {
    awk -v title="$1" '/^\.S[hs] / { on = substr($0, 5) == title } on' "$page"
}

# need NAME - skips the test where this program or module is missing.
need() {
    case $1 in
    postgres) start_postgres ;;
    python3:*) python3 -c "import importlib.util as u, sys
sys.exit(u.find_spec('${1#*:}') is None)" ;;
    Rscript:*) Rscript -e "quit(status = 1 - requireNamespace('${1#*:}'))" ;;
    *) command -v "$1" ;;
    esac >/dev/null 2>&1 || { [ -n "${BERTH_RECIPES-}" ] && return 1 || skip "no $1"; }
}

# as_user COMMAND... - PostgreSQL does not run as root.
as_user() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"
    else
        "$@"
    fi
}

# start_postgres - a server with pgvector and nothing else, on a socket only; its
# programs are those of the Python package pgserver, or the system's.
start_postgres() {
    bin=$(python3 -c 'import importlib.util as u
print(u.find_spec("pgserver").submodule_search_locations[0])')/pginstall/bin &&
        PATH=$bin:$PATH
    cluster=$(mktemp -d)
    chmod 777 "$cluster"
    export PGHOST=$cluster PGUSER=me PGDATABASE=postgres
    as_user initdb -D "$cluster/data" -A trust --no-sync -E UTF8 --locale=C -U me &&
        as_user pg_ctl -w -D "$cluster/data" -l "$cluster/log" \
            -o "-c listen_addresses= -k $cluster -F" start 3>&- &&
        [ "$(psql -Atc "select count(*) from pg_available_extensions
            where name = 'vector'")" = 1 ]
}

# run_display FILE - the script prints what stands behind it. It is run as it is
# copied from a page: each line is indented.
run_display() {
    perl -ne 'push @lines, $_;
        END { $n = @lines; $n-- while $n && $lines[$n - 1] =~ /^# /;
            print map { "           $_" } @lines;
            print STDERR map { substr $_, 2 } @lines[$n .. $#lines] }' "$1" \
        >script 2>want
    sh -e script >got 2>&1 || { cat got; return 1; }
    if [ "$(cat want)" = ... ]; then
        grep -q . got
    else
        diff -u want got
    fi
}

# run_part TITLE - each of its displays, one after another.
run_part() {
    recipe_part "$1" >part
    perl -CSD -0777 -ne 'while (/^\.Bd -literal.*?\n(.*?)^\.Ed/msg) {
        $_ = $1; s/^\\&//mg; s/\\-/-/g; s/\\\[u([0-9A-F]{4,5})\]/chr hex $1/ge;
        s/\\e/\\/g; open my $out, ">", "display." . ++$n; print $out $_ }' part
    [ -e display.1 ]
    for display in display.*; do
        run_display "$display"
    done
    rm display.*
}

recipe() {
    for name in $(recipe_part "$BATS_TEST_DESCRIPTION" | sed -n 's/^\.\\" needs //p'); do
        need "$name"
    done
    run_part "The files of the recipes"
    run_part "$BATS_TEST_DESCRIPTION"
}

# cached ORG/NAME FOLDER - the folder is in the cache, as that model.
cached() {
    local to=$HF_HUB_CACHE/models--${1/\//--} commit
    commit=$(printf '%040d' 1)
    mkdir -p "$to/refs" "$to/snapshots"
    printf %s "$commit" >"$to/refs/main"
    mv "$2" "$to/snapshots/$commit"
}

@test "DuckDB" { recipe; }
@test "Parquet" { recipe; }
@test "sqlite-vec" { recipe; }
@test "PostgreSQL with pgvector" { recipe; }
@test "FAISS" { recipe; }
@test "pandas" { recipe; }
@test "A co-process" { recipe; }
@test "R" { recipe; }
@test "Attention in Miller" { recipe; }
@test "Attention in ggplot2" { recipe; }
@test "A figure for a paper" { recipe; }
@test "Labels without training" { recipe; }
@test "Clusters" { recipe; }
@test "Messages that say the same" { recipe; }
@test "Count log lines that say the same" { recipe; }
@test "Search the files of a git repository" {
    git init -q .
    printf 'To install it, type make install.\n' >README.md
    git add README.md
    recipe
}
@test "Watch a log" { recipe; }
@test "Search fast, then rank well" {
    make_models
    cached cross-encoder/ms-marco-MiniLM-L6-v2 reranker
    recipe
}
@test "Find the part of a long text" { recipe; }
@test "Add a result to each object" { recipe; }
@test "Join results to a table" { recipe; }
@test "GNU parallel" { recipe; }
@test "A run that may be killed" { recipe; }

@test "every recipe has its test here" {
    sed -n 's/^\.Ss //p' "$page" | grep -vx 'The files of the recipes' >titles
    [ "$(wc -l <titles)" -ge 15 ]
    while IFS= read -r title; do
        grep -qF "@test \"$title\"" "$BATS_TEST_FILENAME"
    done <titles
}
