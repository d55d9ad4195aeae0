#!/bin/bash
# Grades hand-ins as a Slurm array, and makes the summary when all tasks have ended.
#
#     ./submit.sh ASSIGNMENT RESULTS TASKS HAND-IN...
#     ./submit.sh part4 results 16 submitted/*/part4/part4.ipynb
#
# Options of sbatch for your cluster (partition, account) go into SBATCH_PARTITION, SBATCH_ACCOUNT and so on. VIRTBOOK is the command to
# start (default: virtbook). VIRTBOOK_CACHE must be a folder that all nodes see.
set -eu
[ $# -ge 4 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
assignment=$1 output=$2 tasks=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)

# Compiler, SDK, guest and the teacher's programs are made once, here: nodes need no network, and nobody waits for somebody's lock.
"${VIRTBOOK:-virtbook}" grade prepare "$assignment"

mkdir -p "$output"
output=$(cd "$output" && pwd)
list=$output/hand-ins.txt
realpath -- "$@" > "$list"
[ "$tasks" -le $# ] || tasks=$#

job=$(sbatch --parsable --array=0-$((tasks - 1)) "$here/grade.sbatch" "$list" "$assignment" "$output")
merge=$(sbatch --parsable --job-name=virtbook-summary --dependency="afterany:${job%%;*}" --output=%x-%j.log \
    --wrap "'${VIRTBOOK:-virtbook}' grade summarise '$output'")
echo "grading: job $job; summary: job $merge, in $output/summary.html"
