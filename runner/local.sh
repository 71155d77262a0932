# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: runs programs on this kernel, JOBS at a time, and limits
# their time.  tap.awk reports them in the order of their start.

# choose_timeout PROGRAM: sets PATIENCE to the seconds that it may take from one
# result to the next.
choose_timeout()
{
	PATIENCE=$TIMEOUT
	[[ $1 != "$STRESSFUL"* ]] || PATIENCE=$((TIMEOUT + STRESS - 1))
}

# count_results USERS: prints how many results there will be with so many users.
count_results()
{
	echo $((${#PROGRAMS[@]} * REPEAT * $1 + (${#LAST_IDS[@]} > 0)))
}

# Prints the programs to run, one a line, in the order of the report.
local_queue()
{
	local round

	for ((round = 0; round < REPEAT; round++)); do
		printf '%s\n' "${PROGRAMS[@]}"
	done
	[ ${#LAST_IDS[@]} = 0 ] || echo "$LAST"
}

# runs_alone PROGRAM: nothing may run beside it.  stress_test needs the CPUs, and
# counts objects of the kernel; on a disposable machine, tests change global state.
runs_alone()
{
	[ "$1" = "$STRESSFUL" ] || [ "$DISPOSABLE" = 1 ]
}

# may_start PROGRAM
may_start()
{
	[ ${#RUNNING[@]} -lt "$JOBS" ] || return
	[ ${#RUNNING[@]} = 0 ] || { [ -z "$ALONE" ] && ! runs_alone "$1"; }
}

# start_program NUMBER NAME
start_program()
{
	local self=$BASHPID program=$2 settings=(env KCMP_STRESS="$STRESS"
		KCMP_DISPOSABLE="$DISPOSABLE")

	if [ "$2" = "$LAST" ]; then
		program=$LAST_PROGRAM
		settings+=(KCMP_YAMA_SCOPE_3=1)
	fi
	choose_args "$2"
	choose_timeout "$2"
	tell_program "$1" begin "$2" "$PATIENCE"
	exec_mortal "$self" "$HERE/runner/supervise.sh" "$MARK" "$2" \
		"${settings[@]}" "$BIN/$program" "${ARGS[@]}" \
		{TAP}>&- {EVENTS}<&- |
		exec_awk -v "tag=$MARK:$1" -f "$HERE/runner/tag.awk" >&"$TAP" 2>&1 &
	TAGGERS[$1]=$!
	RUNNING[$1]=$(jobs -p %%)
	LIMIT[$1]=$((CLOCK + PATIENCE + 1))
	LAST_LIMIT[$1]=$((CLOCK + PATIENCE * MOST_LIMITS))
	STOPPING[$1]=''
	ALONE=''
	! runs_alone "$2" || ALONE=1
}

# Program number $1 has given a result: its time begins anew.  CLOCK has whole
# seconds, of which the first may be nearly over.
extend_limit()
{
	choose_timeout "${QUEUE[$1 - 1]}"
	LIMIT[$1]=$((CLOCK + PATIENCE + 1))
	[ "${LIMIT[$1]}" -lt "${LAST_LIMIT[$1]}" ] || LIMIT[$1]=${LAST_LIMIT[$1]}
}

# The time of program number $1 is over: its supervisor is asked to end it, and
# is itself ended if it does not.
end_late()
{
	if [ -z "${STOPPING[$1]}" ]; then
		STOPPING[$1]=1
		[ "$CLOCK" -lt "${LAST_LIMIT[$1]}" ] ||
			tell_program "$1" limit $((CLOCK - LAST_LIMIT[$1] + PATIENCE * MOST_LIMITS))
		! is_child "${RUNNING[$1]}" || kill -TERM "${RUNNING[$1]}" 2>/dev/null
		LIMIT[$1]=$((CLOCK + 5))
	else
		! is_child "${RUNNING[$1]}" || kill -KILL "${RUNNING[$1]}" 2>/dev/null
		tell_program "$1" end "${QUEUE[$1 - 1]}" timeout
		unset "RUNNING[$1]"
	fi
}

end_all_late()
{
	local number

	for number in "${!RUNNING[@]}"; do
		[ "$CLOCK" -lt "${LIMIT[number]}" ] || end_late "$number"
	done
}

# Sets PATIENCE to the seconds until the first limit.  (Called for each result:
# without a process.)
choose_patience()
{
	local number first=$((CLOCK + TIMEOUT))

	for number in "${!RUNNING[@]}"; do
		[ "${LIMIT[number]}" -ge "$first" ] || first=${LIMIT[number]}
	done
	PATIENCE=$((first > CLOCK ? first - CLOCK : 1))
}

# advance_clock SECONDS BEFORE: CLOCK counts the seconds of waiting.  A jump of the
# system's time, or a machine that has slept, does not count.
advance_clock()
{
	local elapsed=$((SECONDS - $2))

	[ $elapsed -ge 0 ] && [ $elapsed -le $(($1 + 1)) ] || elapsed=$1
	CLOCK=$((CLOCK + elapsed))
}

# Waits for an event or for the first limit.
await_event()
{
	local number='' what='' seconds before=$SECONDS

	choose_patience
	seconds=$PATIENCE
	read -r -t "$seconds" -u "$EVENTS" number what
	tap_is_read $? || die_unread
	advance_clock "$seconds" "$before"
	case $what in
	end) unset "RUNNING[$number]" ;;
	progress)
		show_progress
		[ -n "${STOPPING[number]}" ] || extend_limit "$number" ;;
	esac
	end_all_late
}

# A program that could not be killed has its output open still.
end_taggers()
{
	local pid

	for pid in "${TAGGERS[@]}"; do
		is_child "$pid" || continue
		disown "$pid" 2>/dev/null
		kill -KILL "$pid" 2>/dev/null
	done
}

# Prints the numbers of the programs in the order of their start: of those of a
# round that may run side by side, the longest first.
local_starts()
{
	local number=0 program weight

	for program in "${QUEUE[@]}"; do
		weight=${PROGRAM_WEIGHT[$program]:-5}
		[ "$JOBS" -gt 1 ] && ! runs_alone "$program" || weight=0
		echo "$((number / ${#PROGRAMS[@]})) $weight $((number += 1))"
	done | sort -n -k 1,1 -k 2,2r -k 3,3 | cut -d ' ' -f 3
}

run_queue()
{
	local next=0 number starts=()

	local_starts | mapfile -t starts
	while [ $next -lt ${#starts[@]} ] || [ ${#RUNNING[@]} -gt 0 ]; do
		while [ $next -lt ${#starts[@]} ]; do
			number=${starts[next]}
			may_start "${QUEUE[number - 1]}" || break
			next=$((next + 1))
			start_program "$number" "${QUEUE[number - 1]}"
		done
		await_event
	done
}

run_here()
{
	echo "TAP version 13" 2>/dev/null || die "cannot write to stdout"
	start_tap 1
	tell_environment
	tell_tap plan "$(count_results 1)"
	local_queue | mapfile -t QUEUE
	run_queue
	end_taggers
	end_tap
}
