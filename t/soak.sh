#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# No false alarm: the functional programs again and again on this kernel, with
# all CPUs busy, in surroundings that are not the usual ones, and in guests.  Run
# by "make soak"; RUNS is how often (200), GUEST_RUNS how often on each kernel
# (25).  Takes about an hour.
# shellcheck source=/dev/null
. "$(dirname "$0")/tap.sh"

readonly RUNS=${RUNS:-200} GUEST_RUNS=${GUEST_RUNS:-25}
readonly A_TENTH=$(((RUNS + 9) / 10))
export RUN_TIMEOUT=7200

# Keeps all CPUs busy until unload().
load()
{
	local i

	LOAD=()
	for ((i = 0; i < $(nproc); i++)); do
		bash -c 'while :; do :; done' &
		LOAD+=($!)
		disown
	done
}

unload()
{
	kill "${LOAD[@]}" 2>/dev/null
	LOAD=()
}

# soak NAME COUNT COMMAND...: so many runs of the suite by the command, in one.
soak()
{
	local name=$1 count=$2

	shift 2
	run "$@" "$TOP/run.sh" --stress=0 --repeat "$count"
	check "$count runs $name: $(sed -n 's/^run.sh: //p' "$TMP/err" | tail -n 1)" \
		exited 0
}

trap 'unload; rm -rf "$TMP"' EXIT
load
soak "with all CPUs busy" "$RUNS"
soak "with all CPUs busy, as nobody" "$A_TENTH" \
	setpriv --reuid 65534 --regid 65534 --clear-groups
soak "with nice 19 and all CPUs busy" "$A_TENTH" nice -n 19
unload
soak "on one CPU" "$A_TENTH" taskset -c 0
soak "under strace" "$A_TENTH" strace -f -qq -o /dev/null -e trace=kcmp
soak "in namespaces of their own" "$A_TENTH" unshare --user --map-root-user \
	--mount --pid --fork --ipc --net --uts --cgroup --mount-proc
soak "with hidepid" "$A_TENTH" unshare --mount --pid --fork --mount-proc \
	bash -c 'mount -o remount,hidepid=2 /proc && exec "$@"' hidepid

load
for version in 5.10 6.1 6.12 7.3; do
	[ "$GUEST_RUNS" != 0 ] || continue
	image=$("$TOP/vm/kernels.sh" "$version" 2>/dev/null) || {
		skip "$version" "missing package archive"
		continue
	}
	run "$TOP/run.sh" --stress=0 --repeat "$GUEST_RUNS" --kernel "$image"
	check "$GUEST_RUNS runs on $version, the host busy: $(sed -n 's/^run.sh: //p' "$TMP/err" | tail -n 1)" \
		exited 0
done
unload
finish
