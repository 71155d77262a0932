# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: starts programs on this kernel, limits their time, and ends
# them.  Only children of this shell are ever killed: "jobs" tells which process
# ids are theirs.

# exec_mortal PARENT COMMAND...: becomes a command that dies with its parent, or
# nothing if that is dead already.
exec_mortal()
{
	local parent=$1

	shift
	# shellcheck disable=SC2016
	set -- sh -c '[ $PPID = "$0" ] && exec "$@"' "$parent" "$@"
	! command -v setpriv >/dev/null || set -- setpriv --pdeathsig KILL "$@"
	exec "$@"
}

# is_job PID: a process that this shell has started in the background, and that
# has not ended.
is_job()
{
	local pid

	for pid in $(jobs -r -p); do
		[ "$pid" != "$1" ] || return 0
	done
	return 1
}

# The program leads a session of its own.
start_program()
{
	local prefix=() program=$1 self=$BASHPID

	if [ "$1" = "$LAST" ]; then
		program=$LAST_PROGRAM
		prefix+=(env KCMP_YAMA_SCOPE_3=1)
	fi
	choose_args "$1"
	KCMP_STRESS=$STRESS KCMP_DISPOSABLE=$DISPOSABLE exec_mortal "$self" setsid \
		"${prefix[@]}" "$BIN/$program" "${ARGS[@]}" </dev/null >&"$TAP" 2>&1 &
	PID=$!
}

is_running()
{
	is_job "$PID"
}

# Succeeds if processes of the program are there although it has ended.  Its
# number is not given to another process as long as they are.
has_left_processes()
{
	! is_job "$PID" && [ ! -e "/proc/$PID" ] && kill -0 "-$PID" 2>/dev/null
}

# Kills the program and what has stayed in its process group.  What cannot be
# killed is not waited for.
end_program()
{
	[ -n "$PID" ] || return 0
	if is_running || has_left_processes; then
		disown "$PID" 2>/dev/null
		kill -KILL "-$PID" 2>/dev/null
	fi
	PID=''
}

end_timer()
{
	[ -n "$TIMER" ] || return 0
	if is_job "$TIMER"; then
		disown "$TIMER"
		kill -KILL "$TIMER" 2>/dev/null
	fi
	TIMER=''
}

# end_jobs: the end of everything that this shell has started and that still
# runs.  A process that has not become the leader of its session yet has no group
# of its own.
end_jobs()
{
	local pid

	[ ${#RUNS[@]} = 0 ] || end_runs
	for pid in $(jobs -r -p); do
		disown "$pid"
		kill -KILL "-$pid" 2>/dev/null || kill -KILL "$pid"
	done
}

# The runs on several kernels end theirs.
end_runs()
{
	local pid

	for pid in "${RUNS[@]}"; do
		! is_job "$pid" || kill -TERM "$pid"
	done
	wait "${RUNS[@]}"
}

# Sets PATIENCE to the seconds that a program may take.
choose_timeout()
{
	PATIENCE=$TIMEOUT
	[[ $1 != "$STRESSFUL"* ]] || PATIENCE=$((TIMEOUT + STRESS - 1))
}

run_program()
{
	local status self=$BASHPID

	choose_timeout "$1"
	tell_tap begin "$1" "$PATIENCE"
	start_program "$1"
	exec_mortal "$self" sleep "$PATIENCE" {TAP}>&- &
	TIMER=$!
	wait -n "$PID" "$TIMER" 2>/dev/null
	status=timeout
	if ! is_running; then
		wait "$PID" 2>/dev/null
		status=$?
	fi
	end_timer
	[ $status = timeout ] || ! has_left_processes ||
		status+=" a process of its own is still there"
	end_program
	tell_tap end "$1" "$status"
}

# count_results USERS: prints how many results there will be with so many users.
count_results()
{
	echo $((${#PROGRAMS[@]} * REPEAT * $1 + (${#LAST_IDS[@]} > 0)))
}

run_here()
{
	local round program

	echo "TAP version 13" 2>/dev/null || die "cannot write to stdout"
	start_tap ''
	tell_environment
	tell_tap plan "$(count_results 1)"
	for ((round = 0; round < REPEAT; round++)); do
		for program in "${PROGRAMS[@]}"; do
			run_program "$program"
		done
	done
	[ ${#LAST_IDS[@]} = 0 ] || run_program "$LAST"
	end_tap
}
