#!/bin/bash
# Grades hand-ins with GNU parallel: on this computer, or on others by ssh (options of parallel in PARALLEL, for example
# PARALLEL='--sshlogin a,b --workdir .').
#
#     ./grade.sh ASSIGNMENT RESULTS HAND-IN...
#     ./grade.sh part4 results submitted/*/part4/part4.ipynb
#
# VIRTBOOK is the command to start (default: virtbook). A second start goes on with what is not graded yet.
set -u
[ $# -ge 3 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
assignment=$1 output=$2
shift 2
virtbook=${VIRTBOOK:-virtbook}

"$virtbook" grade prepare "$assignment" || exit
mkdir -p "$output" || exit
# What has no result in the end is told by the summary.
realpath -- "$@" > "$output/hand-ins.txt"
# Several in a start: the grader tries the solution once for all that have lost points. --retries: what is not graded is tried again.
printf '%s\0' "$@" | parallel --null --max-args 8 --retries 3 --joblog "$output/parallel.log" \
    "$(printf %q "$virtbook") grade {} --assignment $(printf %q "$assignment") --output $(printf %q "$output") --resume"
status=$?
"$virtbook" grade summarise "$output" || exit
exit $status
