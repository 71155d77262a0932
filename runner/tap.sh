# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: starts and ends the TAP writer (tap.awk), and tells it things.

# Replaces the (sub)shell by an awk that reads each line as it comes.
exec_awk()
{
	[ -z "$ALIVE" ] || exec {ALIVE}>&-
	if [[ $(readlink -f "$(command -v awk)") =~ mawk ]]; then
		exec awk -W interactive "$@"
	fi
	exec awk "$@"
}

# start_tap EVENTS: starts the TAP writer.  It reads lines from the descriptor
# TAP, prints to stdout, and tells what happens on the descriptor EVENTS (every
# event if $1 is 1, else only the totals).
start_tap()
{
	local in out

	MARK=mark-$$-$RANDOM$RANDOM
	open_pipe EVENTS out
	open_pipe in TAP
	(
		exec {TAP}>&- {EVENTS}<&-
		exec_awk -v "mark=$MARK" -v "events=$1" \
			-v "results=${RESULTS//\\/\\\\}" \
			-v "host=$(uname -n)" -v "known=${KNOWN//\\/\\\\}" \
			-v "rules=${HERE//\\/\\\\}/doc/behaviours.txt" \
			-f "$HERE/runner/json.awk" -f "$HERE/runner/rules.awk" \
			-f "$HERE/runner/known.awk" -f "$HERE/runner/tap.awk" <&"$in" 2>&"$out"
	) &
	TAP_WRITER=$!
	exec {in}<&- {out}>&-
	tell_tap start "$(time_now)" "$(suite_version)" "$COMMAND"
}

time_now()
{
	date -u +%Y-%m-%dT%H:%M:%SZ
}

# tell_tap WORD...: a line for the TAP writer, whatever a program has printed last.
tell_tap()
{
	{ printf '\n%s %s\n' "$MARK" "$*" >&"$TAP"; } 2>/dev/null
}

# tell_program NUMBER WORD...: such a line among those of a program.
tell_program()
{
	{ printf '%s:%s %s %s\n' "$MARK" "$1" "$MARK" "${*:2}" >&"$TAP"; } 2>/dev/null
}

# tap_is_read STATUS: the TAP writer is there, as the status of a read from EVENTS
# tells: more than 128 means that time is over, 1 that nobody writes any more.
tap_is_read()
{
	[ "$1" = 0 ] || [ "$1" -gt 128 ]
}

# The reader of standard output has gone away, and the TAP writer with it.
die_unread()
{
	[ -z "$PART" ] || part_end
	end_jobs ''
	die "cannot write the results"
}

# Reads what the TAP writer tells at its end: sets TOTAL to the four numbers, and
# SUMMARY to the other lines.
read_end()
{
	local - line IFS=$'\n'

	TOTAL=() SUMMARY=''
	# read would ask the kernel for each byte of a pipe, and a here-string may
	# need room in TMPDIR.
	set -f
	# shellcheck disable=SC2013
	for line in $(cat <&"$EVENTS"); do
		case $line in
		failed* | skipped* | known* | unexpected*) SUMMARY+=$line$'\n' ;;
		total*) IFS=' ' read -r -a TOTAL <<<"${line#total }" ;;
		esac
	done
}

# Prints the summary on stderr.  Returns the suite's status.
end_tap()
{
	local status

	tell_tap 'done' "$(time_now)"
	exec {TAP}>&-
	read_end
	wait "$TAP_WRITER"
	status=$?
	case $status in
	0 | 1 | 3 | 4) ;;
	*) die_unread ;;
	esac
	[ -z "$QUIET" ] || return $status
	end_progress
	say "${TOTAL[0]} passed, ${TOTAL[1]} failed, ${TOTAL[2]} skipped;" \
	    "${TOTAL[3]} programs not ok"
	printf '%s' "$SUMMARY" |
		awk -v "again=$(command_again)" -f "$HERE/runner/cure.awk" \
			-f "$HERE/runner/summary.awk" >&2
	return $status
}

# Prints the command that runs a test again, up to the "-r".
command_again()
{
	local again=./run.sh

	[ "$PWD" = "$HERE" ] || again=$HERE/run.sh
	[ ${#KERNELS[@]} != 1 ] || again+=" --kernel ${KERNELS[0]}"
	[ ${#KERNELS[@]} != 0 ] || [ "$DISPOSABLE" != 1 ] || again+=" --disposable"
	echo "$again"
}

# The environment of the tests, for readers of the log.
tell_environment()
{
	local yama=/proc/sys/kernel/yama/ptrace_scope

	tell_tap fact "kernel: $(uname -srvm)"
	tell_tap fact "user: uid=$(id -u) gid=$(id -g) $(sed -n 's/^CapEff:\t/CapEff=/p' /proc/self/status)"
	tell_tap fact "confinement: $(sed -n 's/^\(NoNewPrivs\|Seccomp\):\t/\1=/p' /proc/self/status |
		tr '\n' ' ')yama=$(cat $yama 2>/dev/null || echo absent)"
}

# Prints the commit of the suite.
suite_version()
{
	cat "$HERE/VERSION" 2>/dev/null ||
		git -C "$HERE" describe --always --dirty 2>/dev/null || echo unknown
}

# show_progress: one more result; at most once a second.
show_progress()
{
	PROGRESS_DONE=$((PROGRESS_DONE + 1))
	[ -n "$PROGRESS" ] && [ "$PROGRESS_SHOWN" != "$SECONDS" ] || return 0
	PROGRESS_SHOWN=$SECONDS
	printf '\r%d of %d tests, %d s \033[K' "$PROGRESS_DONE" "$TESTS" "$SECONDS" >&2
}

# Removes the line.
end_progress()
{
	[ -z "$PROGRESS" ] || printf '\r\033[K' >&2
}
