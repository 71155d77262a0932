# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: the file of results (tap.awk writes it) and what is made of
# it and of nothing else: JUnit XML, TAP 14, flat TAP, a page (html.sh).  Each line of
# the file is a JSON object, whose member "type" is
#
#   begin    of a run, or of that on one of several kernels: time, command,
#            host
#   fact     name, value: about the suite, the kernel, the user, the guest
#   test     program, id, result (pass, fail, skip; xfail and xpass of --known),
#            reason (of a skip, or why it is known to fail), text and rule (of a
#            failure), kernel
#   program  program, result, comment (exit=1, TIMEOUT 180 seconds), detail
#   end      passed, failed, skipped, reason (why it was stopped), time

# Makes the files of --results, --junit and --html; sets RESULTS.  The JUnit file has
# an error as long as there is no better one, in case that run.sh is killed.
begin_results()
{
	[ -z "$HTML" ] || : 2>/dev/null >"$HTML" || die "cannot write to $HTML"
	[ -z "$JUNIT" ] || : 2>/dev/null >"$JUNIT" || die "cannot write to $JUNIT"
	if [ -n "$RESULTS" ]; then
		: 2>/dev/null >"$RESULTS" || die "cannot write to $RESULTS"
	elif [ -n "$JUNIT$FORM$HTML" ]; then
		temp_dir results
		RESULTS=$TEMP_DIR/results.json
		: >"$RESULTS" || die "cannot write to $TEMP_DIR"
	fi
	[ -z "$JUNIT" ] || make_form junit "$RESULTS" >"$JUNIT"
	# The runner's own TAP is not wanted.
	[ -z "$FORM" ] || exec {FORM_OUT}>&1 >/dev/null
}

# make_form NAME FILE...: prints files of results in the form of runner/NAME.awk.
make_form()
{
	local file files=()

	for file in "${@:2}"; do
		files+=("$(plain_name "$file")")
	done
	awk -f "$HERE/runner/json.awk" -f "$HERE/runner/cases.awk" \
		-f "$HERE/runner/$1.awk" "${files[@]}"
}

# make_forms FILE...: the forms that the options ask for, of files of results.
make_forms()
{
	[ -z "$JUNIT" ] || make_form junit "$@" >"$JUNIT" || die "cannot write to $JUNIT"
	[ -z "$FORM" ] || make_form "tap$FORM" "$@" >&"${FORM_OUT:-1}" ||
		die "cannot write to stdout"
	[ -z "$HTML" ] || write_page "$@" || die "cannot write to $HTML"
}

# Makes them of the files of --from.
forms_from()
{
	local file

	for file in "${FROM[@]}"; do
		grep -q '^{"type":' "$file" && continue
		[ -z "$HTML" ] || rm -f "$HTML"
		die "no results in $file"
	done
	for file in ${JUNIT:+"$JUNIT"} ${HTML:+"$HTML"}; do
		: 2>/dev/null >"$file" || die "cannot write to $file"
	done
	make_forms "${FROM[@]}"
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
	make_forms "$RESULTS"
}
