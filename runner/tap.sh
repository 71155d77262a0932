# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: starts and ends the TAP writer (tap.awk), and tells it things.

# Replaces the (sub)shell by an awk that reads each line as it comes.
exec_awk()
{
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
			-f "$HERE/runner/tap.awk" <&"$in" 2>&"$out"
	) &
	TAP_WRITER=$!
	exec {in}<&- {out}>&-
}

# tell_tap WORD...: a line for the TAP writer, whatever a program has printed last.
tell_tap()
{
	printf '\n%s %s\n' "$MARK" "$*" >&"$TAP"
}

# tell_program NUMBER WORD...: such a line among those of a program.
tell_program()
{
	printf '%s:%s %s %s\n' "$MARK" "$1" "$MARK" "${*:2}" >&"$TAP"
}

# Prints the summary on stderr.  Returns the suite's status.
end_tap()
{
	local status total=()

	tell_tap 'done'
	exec {TAP}>&-
	wait "$TAP_WRITER"
	status=$?
	[ $status != 2 ] || die "cannot write to stdout"
	while read -r -t 1 -a total -u "$EVENTS"; do
		[ "${total[0]}" != total ] || break
	done
	say "${total[1]} passed, ${total[2]} failed, ${total[3]} skipped;" \
	    "${total[4]} programs not ok"
	return $status
}

# The environment of the tests, for readers of the log.
tell_environment()
{
	local yama=/proc/sys/kernel/yama/ptrace_scope

	tell_tap fact "suite: $(suite_version)"
	tell_tap fact "kernel: $(uname -srvm)"
	tell_tap fact "user: uid=$(id -u) gid=$(id -g) $(sed -n 's/^CapEff:\t/CapEff=/p' /proc/self/status)"
	tell_tap fact "confinement: $(sed -n 's/^\(NoNewPrivs\|Seccomp\):\t/\1=/p' /proc/self/status |
		tr '\n' ' ')yama=$(cat $yama 2>/dev/null || echo absent)"
}

# Prints the commit of the suite.
suite_version()
{
	git -C "$HERE" describe --always --dirty 2>/dev/null || echo unknown
}
