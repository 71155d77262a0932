# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: the file of results (tap.awk writes it) and what is made of
# it, JUnit XML and a page (html.sh).  Each line of the file is a JSON object, whose member "type" is
#
#   begin    of a run, or of that on one of several kernels: time, command,
#            host
#   fact     name, value: about the suite, the kernel, the user, the guest
#   test     program, id, result (pass, fail, skip; xfail and xpass of --known),
#            reason (of a skip, or why it is known to fail), text and rule (of a
#            failure), kernel
#   program  program, result, comment (exit=1, TIMEOUT 180 seconds), detail
#   end      passed, failed, skipped, reason (why it was stopped), time

# Makes the files of --results, --junit and --html, empty; sets RESULTS.
begin_results()
{
	[ -z "$HTML" ] || : 2>/dev/null >"$HTML" || die "cannot write to $HTML"
	[ -z "$JUNIT" ] || : 2>/dev/null >"$JUNIT" || die "cannot write to $JUNIT"
	if [ -n "$RESULTS" ]; then
		: 2>/dev/null >"$RESULTS" || die "cannot write to $RESULTS"
	elif [ -n "$JUNIT$HTML" ]; then
		temp_dir results
		RESULTS=$TEMP_DIR/results.json
		: >"$RESULTS" || die "cannot write to $TEMP_DIR"
	fi
}

# add_results FILE: moves the results of a run on one of several kernels.
add_results()
{
	[ -n "$RESULTS" ] && [ -e "$1" ] || return 0
	cat "$1" >>"$RESULTS" || die "cannot write to $RESULTS"
	rm "$1"
}

end_results()
{
	local file

	[ -n "$RESULTS" ] || return 0
	if [ ${#KERNELS[@]} -gt 1 ]; then
		for file in "$WORK"/*.json; do
			add_results "$file"
		done
	fi
	[ -z "$JUNIT" ] ||
		awk -f "$HERE/runner/json.awk" -f "$HERE/runner/junit.awk" \
			"$RESULTS" >"$JUNIT" || die "cannot write to $JUNIT"
	[ -z "$HTML" ] || write_page "$RESULTS" || die "cannot write to $HTML"
}
