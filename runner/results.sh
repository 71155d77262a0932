# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: the file of results (tap.awk writes it) and what is made of
# it and of nothing else: JUnit XML, TAP 14, flat TAP.  Each line of the file is a JSON object, whose member "type" is
#
#   begin    of a run, or of that on one of several kernels: time, command
#   fact     name, value: about the suite, the kernel, the user, the guest
#   test     program, id, result (pass, fail, skip), reason (of a skip), text and
#            rule (of a failure), kernel
#   program  program, result, comment (exit=1, TIMEOUT 180 seconds), detail
#   end      passed, failed, skipped, reason (why it was stopped)

# Makes the files of --results and --junit; sets RESULTS.  The JUnit file is one of an
# error as long as there is no better one, in case that run.sh is killed.
begin_results()
{
	[ -z "$JUNIT" ] || : 2>/dev/null >"$JUNIT" || die "cannot write to $JUNIT"
	if [ -n "$RESULTS" ]; then
		: 2>/dev/null >"$RESULTS" || die "cannot write to $RESULTS"
	elif [ -n "$JUNIT$FORM" ]; then
		temp_dir results
		RESULTS=$TEMP_DIR/results.json
		: >"$RESULTS" || die "cannot write to $TEMP_DIR"
	fi
	[ -z "$JUNIT" ] || make_form junit "$RESULTS" >"$JUNIT"
	# The runner's own TAP is not wanted.
	[ -z "$FORM" ] || exec {FORM_OUT}>&1 >/dev/null
}

# make_form NAME FILE: prints a file of results in the form of runner/NAME.awk.
make_form()
{
	awk -f "$HERE/runner/json.awk" -f "$HERE/runner/cases.awk" \
		-f "$HERE/runner/$1.awk" "$2"
}

# make_forms FILE: the forms that the options ask for; TAP goes to descriptor $2.
make_forms()
{
	[ -z "$JUNIT" ] || make_form junit "$1" >"$JUNIT" || die "cannot write to $JUNIT"
	[ -z "$FORM" ] || make_form "tap$FORM" "$1" >&"$2" || die "cannot write to stdout"
}

# Makes them of an earlier file.
forms_from()
{
	[ -r "$1" ] || die "cannot read $1"
	[ -n "$JUNIT$FORM" ] || die "--from is for --junit and --tap"
	[ -z "$JUNIT" ] || : 2>/dev/null >"$JUNIT" || die "cannot write to $JUNIT"
	grep -q '^{"type":' "$1" || die "$1 is no file of --results"
	make_forms "$1" 1
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
	make_forms "$RESULTS" "${FORM_OUT:-1}"
}
