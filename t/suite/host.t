#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The suite leaves the host as it was, however it ends.  Judged in pid, IPC and
# mount namespaces of this script's own, as their init, so that nobody else's
# processes and objects count.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly MOMENTS=${MOMENTS:-100}	# of the two seconds that a run takes

# --- outside ---------------------------------------------------------------

if [ "${1:-}" != inside ]; then
	if ! unshare --pid --fork --ipc --mount --mount-proc true 2>/dev/null; then
		skip "the host is left as it was" "missing namespaces (CAP_SYS_ADMIN)"
		finish
		exit
	fi
	make -s -C "$TOP" >/dev/null 2>&1
	exec unshare --pid --fork --ipc --mount --mount-proc --kill-child \
		bash "$0" inside
fi

# --- inside ----------------------------------------------------------------

export TMPDIR=$TMP/tmpdir
mkdir -m 1777 "$TMPDIR" "$TMP/cache"
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups
	env "XDG_CACHE_HOME=$TMP/cache")

# What there is that a run could leave behind, but for processes.
things()
{
	local file

	echo "files: $(ls -A "$TMPDIR")"
	(cd "$TOP" && find . -path ./.git -prune -o -print | sort | cksum)
	for file in /proc/sysvipc/{msg,sem,shm}; do
		tail -n +2 "$file"
	done
	cut -d ' ' -f 3-5 /proc/self/mountinfo
	cat /proc/sys/kernel/yama/ptrace_scope /proc/sys/fs/suid_dumpable \
		/proc/sys/user/max_*_namespaces /proc/sys/kernel/pid_max 2>/dev/null
	own_cgroups
}

# That of others is not ours to count in.
own_cgroups()
{
	local path

	path=$(sed -n 's/^0:://p' /proc/self/cgroup)
	[ "${path:-/}" = / ] || find "/sys/fs/cgroup$path" -type d 2>/dev/null
}

alone()
{
	local processes=(/proc/[0-9]*)

	[ ${#processes[@]} = 1 ]
}

as_before()
{
	things >"$TMP/after"
	cmp -s "$TMP/before" "$TMP/after"
}

# In the end: others who run the suite may make a cgroup beside ours.
nothing_is_left()
{
	if ! await alone; then
		cat /proc/[0-9]*/cmdline | tr '\0' ' '
		return 1
	fi
	await as_before || same "$TMP/before" "$TMP/after"
}

left_by()
{
	check "nothing is left by $1" nothing_is_left
}

# The program that runs right now, or nothing.
running_program()
{
	local comm

	for comm in /proc/[0-9]*/comm; do
		if [[ $(cat "$comm" 2>/dev/null) == *_test ]]; then
			basename "${comm%/comm}"
			return
		fi
	done
}

# killed_at MILLISECONDS SIGNAL WHOM: runs the suite until then.
killed_at()
{
	local runner victim

	env --default-signal=INT setsid "$TOP/run.sh" >/dev/null 2>&1 </dev/null &
	runner=$!
	sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
	victim=$runner
	[ "$3" = runner ] || victim=$(running_program)
	[ -z "$victim" ] || kill "-$2" "$victim" 2>/dev/null
	# Nobody waits for the timeout of a program that does not go on.
	[ "$2" != STOP ] || kill -TERM "$runner"
	wait "$runner" 2>/dev/null
}

# One run of the whole suite, unharmed.
things >"$TMP/before"
run "$TOP/run.sh"
check "a run is green" exited 0
left_by "a run"
chmod -R go+rX "$TOP" 2>/dev/null
run "${nobody[@]}" "$TOP/run.sh"
check "a run as nobody is green" exited 0
left_by "a run as nobody"

for what in "KILL runner" "TERM runner" "INT runner" "KILL program" "STOP program"; do
	ended=0
	for ((i = 0; i < MOMENTS / 5; i++)); do
		# shellcheck disable=SC2086
		killed_at $((RANDOM % 2000)) $what
		nothing_is_left >"$TMP/left" || break
		ended=$((ended + 1))
	done
	check "nothing is left by SIG${what/ / of the } at $((MOMENTS / 5)) moments" \
		[ $ended = $((MOMENTS / 5)) ]
	cat "$TMP/left"
done

# Surroundings that are too small: a skip or an error, never a failure.
limited()
{
	local name=$1

	shift
	run "$@"
	check "$name is no failure (exit $STATUS)" exited_with_one_of 0 2 4
	left_by "$name"
}

exited_with_one_of()
{
	[[ " $* " == *" $STATUS "* ]]
}

limited "a limit of 64 descriptors" "${nobody[@]}" prlimit --nofile=64 "$TOP/run.sh"
limited "a limit of 300 descriptors" prlimit --nofile=300 "$TOP/run.sh"
limited "a limit of 40 tasks" "${nobody[@]}" prlimit --nproc=40 "$TOP/run.sh"
limited "a limit on file size" "${nobody[@]}" prlimit --fsize=65536 "$TOP/run.sh"
limited "a limit on memory" prlimit --as=200000000 "$TOP/run.sh"
group=/sys/fs/cgroup/pids/kcmp-check.$$
if mkdir "$group" 2>/dev/null && echo 60 >"$group/pids.max"; then
	limited "a container of 60 tasks" bash -c \
		"echo \$\$ >'$group/cgroup.procs' && exec '$TOP/run.sh'"
	rmdir "$group"
else
	skip "a container of 60 tasks" "missing pids.max"
fi
mkdir "$TMP/full"
mount -t tmpfs -o size=4k tmpfs "$TMP/full"
things >"$TMP/before"
head -c 100000 /dev/zero >"$TMP/full/file" 2>/dev/null
limited "a full TMPDIR" env TMPDIR="$TMP/full" "$TOP/run.sh"
limited "no standard input" bash -c "exec '$TOP/run.sh' <&-"
limited "no standard error" bash -c "exec '$TOP/run.sh' 2>&-"
limited "no standard output" bash -c "exec '$TOP/run.sh' >&-"
umount "$TMP/full"
finish
