# --resume: a run that was broken off goes on, and nothing can be told from the
# result.

load common

setup() {
    cd "$BATS_TEST_TMPDIR"
    perl -e 'my @w = qw(the cat sat on mat man hat); srand 1;
        print join(" ", map { $w[rand @w] } 0 .. rand 9), "\n" for 1 .. 3000' >in
}

# has_checkpoint - waits for one; it follows the first line of the state.
has_checkpoint() {
    eventually 1 sed -n 2p out.part.state
}

# broken N ARGUMENT... - a run that is killed once it has a checkpoint; it reads
# a FIFO "lines", which gives it the first N lines of the file "in".
broken() {
    local n=$1 pid
    shift
    [ -p lines ] || mkfifo lines
    # The FIFO stays open: what was read is answered, and more is waited for.
    { head -n "$n" in; exec sleep 600; } >lines 3>&- &
    local feeder=$!
    "$BERTH" "$@" lines 2>broken.err 3>&- &
    pid=$!
    has_checkpoint
    kill -KILL $pid
    kill $feeder
    wait $pid $feeder || true
    [ ! -e out ]
}

# resumed ARGUMENT... - the same command over all lines.
resumed() {
    cat in >lines 3>&- &
    local feeder=$!
    run --separate-stderr "$BERTH" "$@" lines
    # It waits for a reader where there was none.
    kill $feeder 2>/dev/null || true
    wait $feeder || true
}

# same_as_unbroken ARGUMENT... - without --resume and -o, from the file.
same_as_unbroken() {
    cat in >lines 3>&- &
    "$BERTH" "$@" lines >want
    cmp out want
    [ ! -e out.part ]
    [ ! -e out.part.state ]
}

@test "a killed run goes on where its checkpoint is" {
    for format in csv jsonl f32 npy; do
        broken 1200 embed --pooling mean -m "$tiny" -f $format -o out --resume
        resumed embed --pooling mean -m "$tiny" -f $format -o out --resume
        [ "$status" -eq 0 ]
        [ "$stderr" = "" ]
        same_as_unbroken embed --pooling mean -m "$tiny" -f $format
        rm out
    done
}

@test "what is done is not done again" {
    broken 1500 tokenize -m "$tiny" -o out --resume
    # What the first run wrote stays as it is: its inode, too.
    inode=$(stat -c %i out.part)
    resumed tokenize -m "$tiny" -o out --resume --stats
    [ "$status" -eq 0 ]
    [[ "$stderr" == *'"records":3000,'* ]]
    [ "$(stat -c %i out)" = "$inode" ]
}

@test "a record that failed before the break makes the status 1 at the end" {
    sed -i '5s/.*/the/; 7s/.*/cat [MASK]/' in
    broken 1000 fill-mask -m "$tiny" -f csv -o out --resume
    resumed fill-mask -m "$tiny" -f csv -o out --resume --stats
    [ "$status" -eq 1 ]
    [[ "$stderr" == *'"failed":2999,'* ]]
    [ "$(tail -n 1 out)" = "2999,,,,,," ]
}

@test "a warning at the end counts the records before the break, too" {
    sed -i 's/.*/{"t":"&"}/; 5s/}/,"id":1}/' in
    broken 1200 tokenize -m "$tiny" -i jsonl --field t --id id -o out --resume
    resumed tokenize -m "$tiny" -i jsonl --field t --id id -o out --resume
    [ "$status" -eq 0 ]
    [ "$stderr" = "berth: warning: --id: 2999 records have no key 'id', the first at lines:1" ]
}

@test "rows after the checkpoint, damage and torn lines cost time only" {
    broken 1200 score -m "$tiny" -f csv -o out --resume
    cp out.part part
    cp out.part.state state
    for harm in 'printf xyz >>out.part' 'truncate -s -1 out.part' \
        'printf x | dd of=out.part bs=1 seek=40 conv=notrunc' \
        'printf "{\"records\":9" >>out.part.state' \
        'truncate -s 20 out.part.state' 'rm out.part' \
        'sed -i s/records/record_/ out.part.state' \
        'sed -i "s/\"bytes\":/\"bytes\":9/" out.part.state' \
        'sed -i "s/\"head\":/\"head\":9/" out.part.state'; do
        cp part out.part
        cp state out.part.state
        eval "$harm" 2>/dev/null
        resumed score -m "$tiny" -f csv -o out --resume
        [ "$status" -eq 0 ]
        same_as_unbroken score -m "$tiny" -f csv
        rm out
    done
}

@test "another option, model, input or file is refused by name" {
    level=$(berth --version | sed -n 's/^cpu //p')
    [ "$level" != scalar ] || skip "only one level"
    broken 1200 embed --pooling mean -m "$tiny" -f csv -o out --resume
    cp out.part part

    resumed embed --pooling mean -m "$tiny" -f csv -o out --resume --digits 3
    [ "$status" -eq 1 ]
    [[ "$stderr" == "berth: "*"out.part: the run that was broken off differs in --digits: expected 0, found 3; "* ]]

    resumed embed --pooling mean -m "$tiny" -f jsonl -o out --resume
    [ "$status" -eq 1 ]
    [[ "$stderr" == *'--format: expected "csv", found "jsonl"'* ]]

    resumed embed --pooling mean -m "$models/distilbert" -f csv -o out --resume
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"differs in model"* ]]

    resumed embed --pooling mean -m "$tiny" -f csv -o out --resume --cpu scalar
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"differs in --cpu: expected \"$level\", found \"scalar\"; "* ]]

    resumed tokenize -m "$tiny" -f csv -o out --resume
    [ "$status" -eq 1 ]
    [[ "$stderr" == *'differs in command: expected "embed", found "tokenize"'* ]]

    run --separate-stderr "$BERTH" embed --pooling mean -m "$tiny" -f csv -o out --resume in
    [ "$status" -eq 1 ]
    [[ "$stderr" == *'differs in files: expected ["lines"], found ["in"]'* ]]

    sed -i '3s/$/ cat/' in
    resumed embed --pooling mean -m "$tiny" -f csv -o out --resume
    [ "$status" -eq 1 ]
    [[ "${stderr_lines[0]}" == "berth: out: these are not the records of the run that was broken off"*", or remove out.part and out.part.state" ]]

    head -n 10 in >short && mv short in
    resumed embed --pooling mean -m "$tiny" -f csv -o out --resume
    [ "$status" -eq 1 ]
    [[ "${stderr_lines[0]}" == "berth: out: these are not the records"* ]]
    [ ! -e out ]
    [ -s out.part ]

    # As the messages say.
    rm out.part out.part.state
    resumed embed --pooling mean -m "$tiny" -f csv -o out --resume
    [ "$status" -eq 0 ]
    same_as_unbroken embed --pooling mean -m "$tiny" -f csv
}

@test "what comes before the rows is written again" {
    # A loss of power may have kept the state and lost this.
    broken 1200 score -m "$tiny" -f csv -o out --resume
    printf XXXXX | dd of=out.part conv=notrunc 2>/dev/null
    resumed score -m "$tiny" -f csv -o out --resume
    [ "$status" -eq 0 ]
    same_as_unbroken score -m "$tiny" -f csv
    rm out

    broken 1200 grep --quiet -m "$tiny" -f csv --threshold 1 -o out --resume foo
    [[ "$(tail -n 1 out.part.state)" == *'"bytes":0,"head":21,'* ]]
    : >out.part
    resumed grep --quiet -m "$tiny" -f csv --threshold 1 -o out --resume foo
    [ "$status" -eq 1 ]
    [ "$(cat out)" = file,line,score,text ]
}

@test "records that moved to another file, or fail no more, are others" {
    cp in all
    head -n 100 all >first
    tail -n +101 all >in
    broken 1200 tokenize -m "$tiny" -f csv --with-filename -o out --resume first
    head -n 90 all >first
    tail -n +91 all >in
    resumed tokenize -m "$tiny" -f csv --with-filename -o out --resume first
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"out: these are not the records"* ]]
    rm out.part out.part.state

    sed 's/.*/{"t":"&"}/; 5s/.*/{"u":1}/' all >in
    broken 1200 tokenize -m "$tiny" -f csv -i jsonl --field t -o out --resume
    sed -i '5s/.*/{"t":""}/' in
    resumed tokenize -m "$tiny" -f csv -i jsonl --field t -o out --resume
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"out: these are not the records"* ]]
}

@test "a file of ranges counts by what it holds" {
    ranges() {
        head -n "$1" in | "$BERTH" embed --pooling mean -m "$tiny" -f npy \
            --vector-type int8 --save-ranges ranges.npy -o /dev/null
    }
    ranges 3000
    broken 1200 embed --pooling mean -m "$tiny" -f npy --vector-type int8 --ranges ranges.npy -o out --resume
    ranges 3
    resumed embed --pooling mean -m "$tiny" -f npy --vector-type int8 --ranges ranges.npy -o out --resume
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"out.part: the run that was broken off differs in --ranges: "* ]]
    ranges 3000
    resumed embed --pooling mean -m "$tiny" -f npy --vector-type int8 --ranges ranges.npy -o out --resume
    [ "$status" -eq 0 ]
    same_as_unbroken embed --pooling mean -m "$tiny" -f npy --vector-type int8 --ranges ranges.npy
}

@test "weights after the pooling count" {
    cp -r "$models/st-mean-dense-norm" model
    broken 1200 embed -m model -f csv -o out --resume
    perl -e 'open my $f, "+<:raw", "model/2_Dense/model.safetensors" or die;
        seek $f, -2, 2; read $f, my $c, 1; seek $f, -2, 2; print $f chr(ord($c) ^ 1)'
    resumed embed -m model -f csv -o out --resume
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"differs in model"* ]]
}

@test "what changes no byte may change" {
    broken 1200 embed --pooling mean -m "$tiny" -f csv -o out --resume -j 2
    resumed embed --pooling mean -m "$tiny" -f csv -o out --resume -j 1 --batch-tokens 64 --quiet
    [ "$status" -eq 0 ]
    same_as_unbroken embed --pooling mean -m "$tiny" -f csv
}

@test "grep goes on between a match and its context" {
    broken 1500 grep -m "$tiny" -n -B 2 -A 3 -o out --resume 'the cat'
    resumed grep -m "$tiny" -n -B 2 -A 3 -o out --resume 'the cat'
    [ "$status" -eq 0 ]
    same_as_unbroken grep -m "$tiny" -n -B 2 -A 3 'the cat'
}

@test "grep goes on with context that has no words" {
    sed '3~2s/.*//' in > blank
    mv blank in
    broken 1501 grep -m "$tiny" -n -B 2 --score --threshold 1 -o out --resume 'the cat'
    resumed grep -m "$tiny" -n -B 2 --score --threshold 1 -o out --resume 'the cat'
    same_as_unbroken grep -m "$tiny" -n -B 2 --score --threshold 1 'the cat'
}

@test "records of several lines go on in the middle of a file" {
    sed '0~3s/.*//' in > parts
    mv parts in
    for way in 'embed --pooling mean -i paragraph -f csv' \
        'grep -n -B 1 -i paragraph cat' \
        'grep -n -B 2 -A 1 --join-lines 3 --join-step 1 --threshold .9 cat'; do
        # shellcheck disable=SC2086
        set -- $way --quiet -m "$tiny"
        broken 1500 "$@" -o out --resume
        resumed "$@" -o out --resume
        [ "$status" -eq 0 ]
        same_as_unbroken "$@"
        rm out
    done
}

@test "what cannot be gone on with is refused" {
    refused() {
        run --separate-stderr "$BERTH" "$@"
        [ "$status" -eq 2 ]
        [[ "$stderr" == *"berth: "*"--resume"* ]]
        [ ! -e out.part ]
    }
    refused embed --pooling mean -m "$tiny" --resume in
    refused embed --pooling mean -m "$tiny" --resume -o - in
    refused embed --pooling mean -m "$tiny" --resume -o out -t x
    refused embed --pooling mean -m "$tiny" --resume -o out -f npy --vector-type int8 in
    refused embed --tokens -m "$tiny" --resume -o out -f npy in
    refused attention-dump -m "$tiny" --resume -o out -f npz in
    refused attention-dump -m "$tiny" --resume -o out -f heat in
    refused dedup -m "$tiny" --resume -o out in
    refused search -m "$tiny" --resume -o out cat in
    run --separate-stderr "$BERTH" embed --pooling mean -m "$tiny" --resume -o /dev/null in
    [ "$status" -eq 1 ]
    [ "$stderr" = "berth: /dev/null: --resume needs an ordinary file" ]
}

@test "a FILE.part of somebody else is left alone" {
    echo precious >out.part
    run --separate-stderr "$BERTH" tokenize -m "$tiny" --resume -o out in
    [ "$status" -eq 1 ]
    [[ "$stderr" == "berth: "*"out.part: this file is there already"* ]]
    [ "$(cat out.part)" = precious ]
    [ ! -e out.part.state ]
    run --separate-stderr "$BERTH" tokenize -m "$tiny" -o out in
    [ "$status" -eq 0 ]
    [ "$stderr" = "" ]
    [ "$(cat out.part)" = precious ]
}

@test "a FILE.part or a state that is no ordinary file is left alone" {
    odd() {
        run --separate-stderr timeout 60 "$BERTH" tokenize -m "$tiny" --resume -o out in
        [ "$status" -eq 1 ]
        [ "${#stderr_lines[@]}" -eq 1 ]
        [[ "$stderr" == "berth: "*"$1: "* ]]
        [ ! -e out ]
    }
    echo precious >other
    for end in .part .part.state; do
        "$BERTH" tokenize -m "$tiny" --resume -o out in missing 2>/dev/null ||
            rm out$end
        mkfifo out$end
        odd out$end
        rm out$end
        ln -s other out$end
        odd out$end
        rm out$end
        mkdir out$end
        odd out$end
        rm -r out.part out.part.state
    done
    echo precious >out.part.state
    odd out.part.state
    [ "$(cat out.part.state other)" = $'precious\nprecious' ]
    # Nor is it taken for a run's and removed.
    run --separate-stderr "$BERTH" tokenize -m "$tiny" -o out in
    [ "$status" -eq 0 ]
    [ "$stderr" = "" ]
    [ "$(cat out.part.state)" = precious ]
}

@test "a run without --resume does not remove what another one writes" {
    mkfifo lines
    { cat in; exec sleep 600; } >lines 3>&- &
    feeder=$!
    "$BERTH" tokenize -m "$tiny" -o out --resume lines 3>&- &
    pid=$!
    has_checkpoint
    run --separate-stderr "$BERTH" tokenize -m "$tiny" -o out missing in
    [ "${#stderr_lines[@]}" -eq 1 ]
    run --separate-stderr "$BERTH" tokenize -m "$tiny" -o out in
    [ "$status" -eq 0 ]
    [ "$stderr" = "" ]
    [ -s out.part ]
    [ -s out.part.state ]
    kill $feeder
    wait $feeder || true
    wait $pid
    [ "$(wc -l <out)" -eq 3000 ]
}

@test "a link to a file that is yet to be made stays one" {
    mkdir folder
    ln -s folder/real out
    "$BERTH" tokenize -m "$tiny" --resume -o out in
    [ -L out ]
    [ "$(wc -l <folder/real)" -eq 3000 ]
    cp in folder/real.part
    run --separate-stderr "$BERTH" tokenize -m "$tiny" --resume -o out folder/real.part
    [ "$status" -eq 2 ]
    cmp in folder/real.part
}

@test "grep -r does not read what it writes" {
    mkdir folder
    cp in folder/a
    cd folder
    mkfifo ../lines
    { head -n 1200 ../in; exec sleep 600; } >../lines 3>&- &
    feeder=$!
    "$BERTH" grep --quiet -m "$tiny" -r -c -o out --resume cat . ../lines 3>&- &
    pid=$!
    has_checkpoint
    kill -KILL $pid
    kill $feeder
    wait $feeder $pid || true
    cat ../in >../lines 3>&- &
    run --separate-stderr "$BERTH" grep --quiet -m "$tiny" -r -c -o out --resume cat . ../lines
    [ "$status" -eq 0 ]
    [ "$stderr" = "" ]
    [ "$(sed 's/:.*//' out | tr '\n' ' ')" = "./a ../lines " ]
}

@test "without --resume an old FILE.part is replaced, with a warning" {
    broken 1200 tokenize -m "$tiny" -o out --resume
    run --separate-stderr "$BERTH" tokenize -m "$tiny" -o out missing
    [ "$status" -eq 1 ]
    [[ "${stderr_lines[0]}" == "berth: warning: out.part is left from a run that was broken off"* ]]
    [ -e out.part ]
    run --separate-stderr "$BERTH" tokenize -m "$tiny" -o out in
    [ "$status" -eq 0 ]
    [[ "$stderr" == "berth: warning: out.part "* ]]
    [ ! -e out.part ]
    [ ! -e out.part.state ]
    [ -s out ]
}

@test "a signal leaves FILE.part, and says so" {
    mkfifo lines
    { head -n 100 in; exec sleep 600; } >lines 3>&- &
    feeder=$!
    "$BERTH" tokenize -m "$tiny" -o out --resume lines 2>err 3>&- &
    pid=$!
    has_checkpoint
    kill -TERM $pid
    status=0
    wait $pid || status=$?
    kill $feeder
    wait $feeder || true
    [ "$status" -eq 143 ]
    [ "$(cat err)" = "berth: warning: out.part holds what is done: the same command goes on from there" ]
    [ ! -e out ]
    resumed tokenize -m "$tiny" -o out --resume
    [ "$status" -eq 0 ]
    same_as_unbroken tokenize -m "$tiny"
}

@test "two runs do not write one output" {
    mkfifo lines
    { head -n 100 in; exec sleep 600; } >lines 3>&- &
    feeder=$!
    "$BERTH" tokenize -m "$tiny" -o out --resume lines 3>&- &
    pid=$!
    has_checkpoint
    run --separate-stderr "$BERTH" tokenize -m "$tiny" -o out --resume lines
    kill -KILL $pid
    kill $feeder
    wait $pid $feeder || true
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"out.part.state: another run is writing this output" ]]
}

@test "a run that is being taken apart is waited for" {
    broken 1200 tokenize -m "$tiny" -o out --resume
    mkfifo held
    perl -e 'use Fcntl ":flock"; open my $f, "+<", "out.part.state" or die;
        flock $f, LOCK_EX or die; open my $h, ">", "held" or die; close $h;
        select undef, undef, undef, 0.3' 3>&- &
    cat held
    resumed tokenize -m "$tiny" -o out --resume
    [ "$status" -eq 0 ]
    same_as_unbroken tokenize -m "$tiny"
}

@test "the old FILE keeps its mode, its link and its bytes until the new one is whole" {
    echo old >real
    chmod 600 real
    ln -s real out
    run --separate-stderr "$BERTH" tokenize -m "$tiny" --resume -o out missing in
    [ "$(cat real)" = old ]
    rm -f real.part real.part.state
    run --separate-stderr "$BERTH" tokenize -m "$tiny" --resume -o out in
    [ "$status" -eq 0 ]
    [ -L out ]
    [ "$(stat -c %a real)" = 600 ]
    [ "$(wc -l <real)" -eq 3000 ]
}

@test "a file that is mounted alone gets the bytes" {
    echo old >real
    touch out
    run unshare -rm true
    [ "$status" -eq 0 ] || skip "unshare(1) may not mount here"
    export BERTH tiny
    run --separate-stderr unshare -rm bash -c 'mount --bind real out &&
        "$BERTH" tokenize -m "$tiny" --resume -o out in'
    [ "$status" -eq 0 ]
    [ "$stderr" = "" ]
    [ "$(wc -l <real)" -eq 3000 ]
    [ ! -e out.part ]
    [ ! -e out.part.state ]
}
