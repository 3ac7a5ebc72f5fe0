# The tables that bench/ makes of what was measured.

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    command -v python3 >/dev/null || skip "no python3"
    bench=$BATS_TEST_DIRNAME/../../bench
}

# run_of PROGRAM PRECISION WORKLOAD BATCH SECONDS [LEVEL [CLEAN]] - a sample on
# one thread: 1,000 tokens of ten texts; of W1 one text.
run_of() {
    printf '{"kind":"run","peer":"%s","model":"minilm","prec":"%s","threads":1,"workload":"%s",' "$1" "$2" "$3"
    printf '"batch":%s,"level":"%s","clean":%s,"tokens":1000,"squares":0,' "$4" "${6-}" "${7-true}"
    case $3 in
    w1) printf '"n":1,"e2e":null,"enc":%s}\n' "$5" ;;
    *) printf '"n":10,"enc":null,"e2e":%s}\n' "$5" ;;
    esac
}

tables() {
    export BENCH_WORK=$PWD
    python3 "$bench/measure.py" report report.tsv
    python3 "$bench/tables.py" .
}

@test "a cell is our median beside the best rival's with its best batch size" {
    {
        echo '{"kind":"machine","words":"a machine"}'
        echo '{"kind":"peak","name":"fma_f32","threads":1,"value":200,"unit":"GFLOP/s"}'
        run_of berth f32 w2 0 0.1
        run_of berth f32 w2 0 0.2
        run_of berth f32 w2 0 0.9
        run_of ct2 float32 w2 8 0.5
        run_of ct2 float32 w2 32 0.3
        run_of ort f32 w2 8 0.6
        run_of ort f32 w2 8 0.01 "" false # another program had its core
        run_of torch int8 w2 8 0.05       # nothing of ours beside it
    } >raw.jsonl
    # 21.2 billion operations in 0.2 s are .53 of 200 a second; 0.3 / 0.2 = 1.50.
    tables >out
    grep -x 'a machine' out
    grep -F 'fma_f32 200 GFLOP/s' out
    [ "$(grep '^| MiniLM' out)" = '| MiniLM f32, 1 thread |  | 1.50 (.53) |  |  |  |' ]
}

@test "of one sentence less time is better, and held programs have a table of their own" {
    {
        run_of berth int8 w1 0 0.004
        run_of ort int8 w1 1 0.006
        run_of torch int8 w1 1 0.008
        run_of berth int8 w3 0 0.4 avx2
        run_of ct2 int8 w3 8 0.3 avx2
        run_of ct2 int8 w3 8 0.1
    } >raw.jsonl
    tables >out
    grep '^| MiniLM' out >rows
    printf '%s\n' '| MiniLM int8, 1 thread | 1.50 |  |  |  |  |' '| MiniLM int8, 1 thread |  | 0.75 |' |
        diff - rows
}
