#!/bin/sh
# enter.sh FOLDER COMMAND...: run a command in the node that lives in FOLDER. It ends with this one.
set -eu
folder=$1
shift
outer=$(cat "$folder/node.pid")
unshare=$(cat "/proc/$outer/task/$outer/children")
inner=$(cat "/proc/${unshare% }/task/${unshare% }/children")
while read -r group; do
    echo $$ >"$group/cgroup.procs"
done <"$folder/groups"
export TMPDIR=/run/tmp
exec nsenter --target "${inner% }" --mount --net --pid --uts --ipc --cgroup --wdns=/ -- \
    setpriv --pdeathsig KILL -- "$@"
