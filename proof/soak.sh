#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# No false alarm: the suite again and again on this kernel, starved of CPU time, in
# surroundings that are not the usual ones, and in guests.  Run by "make soak";
# RUNS is how often (200), GUEST_RUNS how often on each kernel (25, and a fifth of
# that with stress_test), two guests for each CPU.  Takes about an hour.
# shellcheck source=/dev/null
. "$(dirname "$0")/../t/tap.sh"

readonly RUNS=${RUNS:-200} GUEST_RUNS=${GUEST_RUNS:-25}
readonly A_TENTH=$(((RUNS + 9) / 10))
export RUN_TIMEOUT=7200

# load N: N processes keep the CPUs busy until unload().
load()
{
	local i

	LOAD=()
	for ((i = 0; i < $1; i++)); do
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

nothing_failed()
{
	exited 0 || { grep -a -B 9 '^[# ]*not ok' "$TMP/out"; return 1; }
}

# soak NAME COUNT COMMAND...: so many runs of the suite, by a command that is
# given run.sh as its last words.
soak()
{
	local name=$1 count=$2

	shift 2
	run "$@" --repeat "$count"
	check "$count runs $name: $(sed -n 's/^run.sh: //p' "$TMP/err" | tail -n 1)" \
		nothing_failed
}

trap 'unload; rm -rf "$TMP"' EXIT
suite=$TOP/run.sh
load $((12 * $(nproc)))
soak "with 12 busy processes for each CPU" "$RUNS" "$suite"
soak "with 12 busy processes for each CPU, as nobody" "$A_TENTH" \
	setpriv --reuid 65534 --regid 65534 --clear-groups "$suite"
unload
load "$(nproc)"
soak "with nice 19 and all CPUs busy" "$A_TENTH" nice -n 19 "$suite"
unload
soak "on one CPU" "$A_TENTH" taskset -c 0 "$suite"
soak "under strace" "$A_TENTH" \
	strace -f -qq -o /dev/null -e trace=kcmp "$suite"
soak "in namespaces of their own" "$A_TENTH" unshare --user --map-root-user \
	--mount --pid --fork --ipc --net --uts --cgroup --mount-proc "$suite"
soak "with hidepid" "$A_TENTH" unshare --mount --pid --fork --mount-proc \
	bash -c 'mount -o remount,hidepid=2 /proc && exec "$@"' hidepid "$suite"
soak "with a filter that refuses KCMP_FILE and KCMP_VM" "$A_TENTH" \
	"$TOP/t/suite/seccomp_filter.pl" 0,1 "$suite"

images=()
for version in 5.10 6.1 6.12 7.3; do
	! image=$("$TOP/vm/kernels.sh" "$version" 2>/dev/null) ||
		images+=(--kernel "$image")
done
jobs=$((2 * $(nproc)))
if [ "$GUEST_RUNS" != 0 ] && [ ${#images[@]} -gt 0 ]; then
	soak "on each of $((${#images[@]} / 2)) kernels, $jobs guests at a time" \
		"$GUEST_RUNS" "$suite" "${images[@]}" -j "$jobs" --stress=0
	soak "the same with stress_test" $(((GUEST_RUNS + 4) / 5)) \
		"$suite" "${images[@]}" -j "$jobs"
else
	skip "guests" "missing package archive, or GUEST_RUNS=0"
fi
finish
