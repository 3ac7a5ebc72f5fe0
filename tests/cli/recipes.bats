# Every recipe of berth-recipes(7) does what the page says (recipes.bash).

bats_require_minimum_version 1.5.0
load common
load examples
load recipes

setup() {
    recipes_setup berth-recipes.7
}

teardown() {
    [ -z "${cluster-}" ] || {
        as_user pg_ctl -m immediate -D "$cluster/data" stop
        rm -rf "$cluster"
    }
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
    need git
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
    all_tested
    [ "$(wc -l <titles)" -ge 15 ]
}
