# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: the page of --html, made of files of results and of doc/.

# write_page FILE...: makes the page of these files of results.
write_page()
{
	local file files=()

	# awk would take a name with "=" for an assignment.
	[ -z "$AGAINST" ] || files+=(old=1 "$(plain_name "$AGAINST")" old=0)
	for file; do
		files+=("$(plain_name "$file")")
	done
	awk -v "rules=${HERE//\\/\\\\}/doc/behaviours.txt" \
		-v "errata=${HERE//\\/\\\\}/doc/errata" \
		-v "mutants=${HERE//\\/\\\\}/proof/mutants" \
		-v "css=${HERE//\\/\\\\}/runner/html.css" \
		-v "against=${AGAINST//\\/\\\\}" \
		-f "$HERE/runner/json.awk" -f "$HERE/runner/rules.awk" \
		-f "$HERE/runner/errata.awk" -f "$HERE/runner/suspects.awk" \
		-f "$HERE/runner/cure.awk" -f "$HERE/runner/html_read.awk" \
		-f "$HERE/runner/html.awk" "${files[@]}" >"$HTML"
}

# plain_name FILE: prints its name so that nothing takes it for anything else.
plain_name()
{
	case $1 in
	/*) printf '%s\n' "$1" ;;
	*) printf './%s\n' "$1" ;;
	esac
}
