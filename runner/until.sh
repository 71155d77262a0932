# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: --until-fail, runs by a run.sh of their own until one fails.

# Prints what the last run printed, and returns its status.
until_fail()
{
	local round=0 status

	temp_dir until
	while [ -z "$MOST_ROUNDS" ] || [ $round -lt "$MOST_ROUNDS" ]; do
		round=$((round + 1))
		"$HERE/run.sh" "${ROUND[@]}" </dev/null >"$TEMP_DIR/tap" \
			2>"$TEMP_DIR/err" {ALIVE}>&- &
		RUNS=($!)
		wait "${RUNS[0]}"
		status=$?
		[ $status = 0 ] || break
		[ -n "$QUIET" ] || say "round $round: nothing failed"
	done
	RUNS=()
	cat "$TEMP_DIR/tap" || die "cannot write to stdout"
	cat "$TEMP_DIR/err" >&2
	[ -n "$QUIET" ] || [ $status = 0 ] || say "this was round $round"
	return $status
}
