# Every recipe of berth-scale(7) does what the page says (recipes.bash).

bats_require_minimum_version 1.5.0
load common
load examples
load recipes

setup() {
    recipes_setup berth-scale.7
}

teardown() {
    stop_nodes
    for pid in slurm/*.pid; do
        [ ! -e "$pid" ] || kill "$(cat "$pid")" || true
    done
    [ ! -e slurm ] || sleep 1 # they write their state
}

# start_nodes - the machines node1 and node2: network namespaces with an sshd each,
# which see the same files. On node2 the first job stops before it does anything, as the
# file nodes/busy tells.
start_nodes() {
    nodes=$BATS_TEST_TMPDIR/nodes
    command -v ip && [ -x /usr/sbin/sshd ] || return
    ip netns add "berth$$-0" || skip "no network namespaces for this user"
    ip netns del "berth$$-0"
    mkdir -p /run/sshd "$nodes/slow"
    ssh-keygen -q -t ed25519 -N '' -f "$nodes/key"
    ln -s "$BERTH" "$nodes/berth"
    cat >"$nodes/slow/berth" <<EOF
#!/bin/sh
mkdir "$nodes/first" 2>/dev/null || exec "$BERTH" "\$@"
sh -c 'kill -STOP \$\$; exec "\$0" "\$@"' "$BERTH" "\$@" &
until grep -q '^State:.*stopped' /proc/\$!/status; do :; done
>"$nodes/busy"
wait
EOF
    chmod +x "$nodes/slow/berth"
    start_node 1 "$nodes"
    start_node 2 "$nodes/slow"
    export PARALLEL_SSH="ssh -F $nodes/config"
    $PARALLEL_SSH node1 true && $PARALLEL_SSH node2 true
}

# start_node I PATH - its addresses are of the network for tests of RFC 2544.
start_node() {
    local net=198.18.$(($$ % 256))
    ip netns add "berth$$-$1"
    ip link add "b$$-$1" type veth peer name eth0 netns "berth$$-$1"
    ip addr add "$net.$(($1 * 4 + 1))/30" dev "b$$-$1"
    ip link set "b$$-$1" up
    ip -n "berth$$-$1" addr add "$net.$(($1 * 4 + 2))/30" dev eth0
    ip -n "berth$$-$1" link set eth0 up
    printf '%s\n' "HostKey $nodes/key" "AuthorizedKeysFile $nodes/key.pub" \
        "PidFile none" "StrictModes no" "UsePAM no" "PrintMotd no" \
        "PermitRootLogin prohibit-password" "SetEnv PATH=$2:$PATH" >"$nodes/sshd$1"
    ip netns exec "berth$$-$1" /usr/sbin/sshd -f "$nodes/sshd$1" 3>&-
    printf '%s\n' "Host node$1" "HostName $net.$(($1 * 4 + 2))" "User root" \
        "IdentityFile $nodes/key" "StrictHostKeyChecking no" "LogLevel ERROR" \
        "UserKnownHostsFile /dev/null" "ConnectTimeout 10" \
        "ServerAliveInterval 1" "ServerAliveCountMax 2" >>"$nodes/config"
}

# stop_node I - as a power cut does: no word comes from it any more.
stop_node() {
    ip link del "b$$-$1" || true
    ip netns pids "berth$$-$1" | xargs -r kill -KILL || true
    ip netns del "berth$$-$1" || true
}

stop_nodes() {
    [ -z "${nodes-}" ] || { stop_node 1; stop_node 2; } 2>/dev/null
}

# start_spark - Spark with two workers, each of them a process of its own. The first
# berth gets some of its texts; then its executor is killed.
start_spark() {
    [ -n "${BERTH_SCALE-}" ] || skip "takes minutes: set BERTH_SCALE"
    command -v spark-submit && command -v java || return
    mkdir conf bin
    printf '%s\n' 'spark.master local-cluster[2,1,1024]' 'spark.ui.enabled false' \
        >conf/spark-defaults.conf
    export SPARK_CONF_DIR=$PWD/conf SPARK_LOCAL_IP=127.0.0.1
    cat >bin/berth <<EOF
#!/bin/sh
case " \$* " in *' -j 1 '*) ;; *) exec "$BERTH" "\$@" ;; esac
mkdir "$PWD/killed" 2>/dev/null || exec "$BERTH" "\$@"
head -c 1000 | "$BERTH" "\$@"
pid=\$$
until tr '\\0' ' ' <"/proc/\$pid/cmdline" | grep -q ExecutorBackend; do
    pid=\$(awk '{ print \$4 }' "/proc/\$pid/stat")
    [ "\$pid" -gt 1 ] || exit 1
done
kill -KILL "\$pid" && >"$PWD/killed/\$pid"
EOF
    chmod +x bin/berth
    PATH=$PWD/bin:$PATH
}

# on_spark - the recipe; an executor was killed, and Spark says so.
on_spark() {
    recipe
    [ "$(ls killed | wc -l)" -eq 1 ]
    grep -q 'Lost executor' spark.log
}

# start_slurm - a cluster of this machine alone. The first job stops before it does
# anything, and its task is given back.
start_slurm() {
    [ -n "${BERTH_SCALE-}" ] || skip "a cluster: set BERTH_SCALE"
    [ "$(id -u)" -eq 0 ] && [ -x /usr/sbin/slurmctld ] && [ -x /usr/sbin/slurmd ] || return
    mkdir -p slurm/state slurm/spool bin
    local name dir=$PWD/slurm port=$((20000 + $$ % 10000))
    name=$(hostname -s)
    export SLURM_CONF=$dir/slurm.conf
    printf '%s\n' ClusterName=test "SlurmctldHost=$name(127.0.0.1)" \
        SlurmctldPort=$port SlurmdPort=$((port + 1)) SlurmUser=root \
        AuthType=auth/none CredType=cred/none MpiDefault=none \
        StateSaveLocation="$dir/state" SlurmdSpoolDir="$dir/spool" \
        SlurmctldPidFile="$dir/slurmctld.pid" SlurmdPidFile="$dir/slurmd.pid" \
        SlurmctldLogFile="$dir/slurmctld.log" SlurmdLogFile="$dir/slurmd.log" \
        ProctrackType=proctrack/pgid TaskPlugin=task/none \
        JobAcctGatherType=jobacct_gather/none SchedulerType=sched/builtin \
        SelectType=select/cons_tres SelectTypeParameters=CR_Core \
        "NodeName=$name NodeAddr=127.0.0.1 CPUs=$(nproc)" \
        "PartitionName=all Nodes=ALL Default=YES State=UP" >"$SLURM_CONF"
    cat >bin/berth <<EOF
#!/bin/sh
[ -n "\$SLURM_JOB_ID" ] && mkdir "$dir/first" 2>/dev/null || exec "$BERTH" "\$@"
sh -c 'kill -STOP \$\$; exec "\$0" "\$@"' "$BERTH" "\$@" &
until grep -q '^State:.*stopped' /proc/\$!/status; do :; done
echo "\$SLURM_JOB_ID" >"$dir/busy"
scontrol requeue "\$SLURM_JOB_ID"
wait
EOF
    chmod +x bin/berth
    PATH=$PWD/bin:$PATH
    /usr/sbin/slurmctld 3>&- && /usr/sbin/slurmd 3>&-
}

# at_once - the task that was given back need not wait for two minutes.
at_once() {
    until [ -s slurm/busy ]; do sleep 0.1; done
    while squeue -h | grep -q .; do
        scontrol update "JobId=$(cat slurm/busy)" StartTime=now || true
        sleep 1
    done
}

# cut_off - node2 breaks down during its first job.
cut_off() {
    eventually 1 ls "$nodes/busy"
    stop_node 2
    >"$nodes/cut"
}

@test "The same work in parts" { recipe; }
@test "Jobs from a pipe" { recipe; }
@test "A log of jobs" { recipe; }

@test "Jobs on many machines" {
    recipe_needs
    run_part "The files of the recipes"
    cut_off 3>&- &
    run_part "$BATS_TEST_DESCRIPTION"
    wait
    [ -e "$nodes/busy" ]
    # What node2 lost was done by node1, all that it did not do before as well.
    cut -f 1,2,7 nodes.log >&2
    [ "$(grep -c 'node1.*many.txt$' nodes.log)" -ge 4 ]
}

@test "Lines through a pipe" { on_spark; }
@test "Columns and a process that stays" { on_spark; }

@test "An array of Slurm" {
    recipe_needs
    run_part "The files of the recipes"
    timeout 120 bash -c "$(declare -f at_once); at_once" 2>/dev/null 3>&- &
    run_part "$BATS_TEST_DESCRIPTION"
    wait
    grep -q Requeuing slurm/slurmctld.log
}

@test "A mapper of Hadoop" { recipe; }

@test "every recipe has its test here" { all_tested; }
