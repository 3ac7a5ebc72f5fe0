#!/bin/sh
# run.sh BUILD - speed as TSV: the matrix product of every kernel, what the
# machine can do at most, then tokenizers and whole commands with the built-in
# model and with the folders named by BENCH_MODELS (separated by blanks). Stop
# everything else first.
set -eu
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One field of a --stats line.
field() {
    sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" "$work/stats"
}

# WORKLOAD MODEL COMMAND... - the median of five runs by speed.
measure() {
    workload=$1
    model=$2
    shift 2
    for round in 1 2 3 4 5; do
        "$build/berth" "$@" --stats --quiet > "$work/out" 2> "$work/stats"
        printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$(field tokens_per_second)" \
            "$(field records)" "$(field tokens)" "$(field seconds)" \
            "$(field peak_memory)" "$round"
    done | sort -g | sed -n 3p |
        awk -v w="$workload" -v m="$model" -v OFS='\t' '{
            print w, m, $2 / $4, $1, $4 * 1000, $5 / 1048576 }'
}

"$build/bench/bench_kernels" "${BENCH_ROUNDS:-15}"
printf '\npeak\tthreads\tvalue\tunit\n'
"$build/bench/peak" 2
"$(dirname "$0")/texts.sh" "$work"
for round in 1 2 3 4 5 6 7 8 9 10; do
    cat "$work/w2" "$work/w3" "$work/w4"
done > "$work/text"
printf '\ntokenizer\topen_ms\tMB_per_s\n'
for model in @builtin ${BENCH_MODELS:-}; do
    "$build/bench/encode_texts" "$model" "$work/text" |
        awk -v m="$model" -v bytes="$(wc -c < "$work/text")" -v OFS='\t' '{
            print m, $1 * 1000, bytes / 1e6 / $2 }'
done
echo
printf 'workload\tmodel\tsentences_per_s\ttokens_per_s\tms\tpeak_MiB\n'
for model in @builtin ${BENCH_MODELS:-}; do
    for precision in f32 f16 int8; do
        for threads in 1 2; do
            for w in w1 w2 w3 w4; do
                measure "$w/$precision/j$threads" "$model" embed -m "$model" \
                    -j "$threads" --precision "$precision" -f f32 "$work/$w"
            done
        done
    done
done
measure w6/f16/j1 @builtin fill-mask -m @builtin -j 1 -f jsonl "$work/w6"
measure w6/f16/j2 @builtin fill-mask -m @builtin -j 2 -f jsonl "$work/w6"
