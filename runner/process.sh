# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh and supervise.sh: starts, finds and kills processes.  Only
# children of this shell are ever signalled, and their sessions.

# exec_mortal PARENT COMMAND...: becomes a command that dies with its parent, or
# nothing if that is dead already.
exec_mortal()
{
	local parent=$1

	shift
	# shellcheck disable=SC2016
	set -- sh -c '[ $PPID = "$0" ] && exec "$@"' "$parent" "$@"
	# A seccomp filter may deny what setpriv needs.
	! setpriv --pdeathsig KILL true 2>/dev/null ||
		set -- setpriv --pdeathsig KILL "$@"
	[ -z "$ALIVE" ] || exec {ALIVE}>&-
	[ -z "${FORM_OUT:-}" ] || exec {FORM_OUT}>&-
	exec "$@"
}

# is_child PID: a running child of this shell (OWNER, if it is not the first).  A
# number is not enough: it may have been given to another process.
is_child()
{
	local stat=()

	[ -n "$1" ] || return
	if [ -e /proc/self/stat ]; then
		read -r -a stat <<<"$(sed 's/.*)//' "/proc/$1/stat" 2>/dev/null)"
		[ "${stat[1]:-}" = "${OWNER:-$$}" ] && [ "${stat[0]}" != Z ]
	else
		jobs -r -p | grep -qx "$1"
	fi
}

# has_session PID: processes are left of the session of a child that has ended.
# Its number is not given to another process as long as they are there.
has_session()
{
	[ ! -e "/proc/$1" ] && kill -0 "-$1" 2>/dev/null
}

# end_session PID: kills a child and what is left of its session.  What cannot be
# killed is not waited for.
end_session()
{
	is_child "$1" || has_session "$1" || return 0
	disown "$1" 2>/dev/null
	# It has no group before it leads a session.
	kill -KILL "-$1" 2>/dev/null || kill -KILL "$1" 2>/dev/null
}

# await_children SECONDS PID...: waits until these children have ended, but no
# longer than that.
await_children()
{
	local pid timer

	sleep "$1" &
	timer=$!
	for pid in "${@:2}"; do
		while is_child "$pid" && is_child "$timer"; do
			wait -n "$pid" "$timer" 2>/dev/null
		done
	done
	end_session "$timer"
}

# end_jobs REASON: the end of everything that this shell has started.  The TAP
# writer says why; supervisors and other run.sh end theirs.
end_jobs()
{
	local pid

	if is_child "$TAP_WRITER"; then
		tell_tap stopped "$1" 2>/dev/null &
		await_children 5 "$TAP_WRITER"
	fi
	for pid in "${RUNS[@]}" "${RUNNING[@]}"; do
		! is_child "$pid" || kill -TERM "$pid" 2>/dev/null
	done
	await_children 5 "${RUNS[@]}" "${RUNNING[@]}"
	end_program
	for pid in $(jobs -r -p); do
		[ "$pid" = "$CLEANER" ] || end_session "$pid"
	done
}

# The session of a guest is PID.
is_running()
{
	is_child "$PID"
}

end_program()
{
	[ -z "$PID" ] || end_session "$PID"
	PID=''
}
