# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: chooses the programs, and the tests of each.

# Prints the programs that this run could use.  Those of ORDER that the sources
# do not have are left out.
suite_programs()
{
	local program

	for program in $ORDER; do
		[ ! -e "$HERE/$program.c" ] || echo "$program"
	done
	[ "$STRESS" = 0 ] || echo "$STRESSFUL"
}

# list_program PROGRAM [OPTION]...: prints the ids of its selected tests.
list_program()
{
	"$BIN/$1" --list "${SELECT[@]}" "${EXCLUSIONS[@]}" "${@:2}" 2>/dev/null
}

# Sets SUITE, and ALL_IDS to what the programs of the suite have.
read_ids()
{
	local - program

	suite_programs | mapfile -t SUITE
	# mapfile would ask the kernel for each byte of a pipe.
	set -f
	local IFS=$'\n'
	# shellcheck disable=SC2207
	ALL_IDS=($(
		for program in "${SUITE[@]}"; do
			[ ! -x "$BIN/$program" ] ||
				"$BIN/$program" --list 2>/dev/null | sed "s/^/$program /"
		done
	))
	[ ${#ALL_IDS[@]} -gt 0 ] || die "no program in $BIN"
}

# Selects what failed in the file of --failed.
select_failed()
{
	local kind name id

	[ -n "$FAILED" ] || return 0
	awk -f "$HERE/runner/json.awk" -f "$HERE/runner/failed.awk" "$FAILED" |
	while read -r kind name; do
		if [ "$kind" = test ]; then
			SELECT+=(-r "$name")
			add_pattern "$name"
			continue
		fi
		for id in "${ALL_IDS[@]}"; do
			[ "${id% *}" != "$name" ] || SELECT+=(-r "${id#* }")
		done
	done
	[ ${#SELECT[@]} -gt 0 ] || die "nothing failed in $FAILED"
}

# matches PATTERN ID
matches()
{
	# shellcheck disable=SC2053
	[[ $2 == $1 ]] || [[ $1 != *[*?[]* && $2 == "$1".* ]]
}

# matching_ids PATTERN: prints "PROGRAM ID" for the tests that it names.
matching_ids()
{
	local id

	for id in "${ALL_IDS[@]}"; do
		! matches "$1" "${id#* }" || echo "$id"
	done
}

# matches_something PATTERN
matches_something()
{
	local id

	for id in "${ALL_IDS[@]}"; do
		! matches "$1" "${id#* }" || return 0
	done
	return 1
}

check_patterns()
{
	local pattern like

	for pattern in "${PATTERNS[@]}"; do
		! matches_something "$pattern" || continue
		like=$(printf '%s\n' "${ALL_IDS[@]#* }" |
			awk -v "wanted=${pattern//\\/\\\\}" -f "$HERE/runner/suggest.awk")
		die "no test matches '$pattern'${like:+, did you mean $like?} (see --list)"
	done
}

# Sets PROGRAMS to those that have a selected test, and LAST_IDS to the tests that
# come after all others.
choose_programs()
{
	local program count

	read_ids
	select_failed
	check_patterns
	! in_guests || DISPOSABLE=1
	if [ "$DISPOSABLE" = 1 ]; then
		list_program "$LAST_PROGRAM" | grep "^$LAST_TESTS" | mapfile -t LAST_IDS
		EXCLUDE=(-x "$LAST_TESTS*")
	fi
	TESTS=${#LAST_IDS[@]}
	for program in "${SUITE[@]}"; do
		count=$(list_program "$program" "${EXCLUDE[@]}" | wc -l)
		[ "$count" = 0 ] || PROGRAMS+=("$program")
		TESTS=$((TESTS + REPEAT * count))
	done
	[ "$TESTS" -gt 0 ] || die "no test is selected"
}

# choose_args PROGRAM|LAST: sets ARGS to its arguments.
choose_args()
{
	local id

	ARGS=("${SELECT[@]}" "${EXCLUSIONS[@]}")
	case $1 in
	"$LAST_PROGRAM")
		ARGS+=("${EXCLUDE[@]}") ;;
	"$LAST")
		ARGS=()
		for id in "${LAST_IDS[@]}"; do
			ARGS+=(-r "$id")
		done ;;
	esac
}

# Prints the ids of the selected tests; with -v, also program and rule.
list()
{
	local program

	for program in "${SUITE[@]}"; do
		if [ -z "$VERBOSE" ]; then
			list_program "$program"
		else
			list_program "$program" | sed "s/^/$program /"
		fi
	done | if [ -z "$VERBOSE" ]; then cat; else with_rules list.awk; fi
}

explain()
{
	local pattern

	for pattern in "${EXPLAIN[@]}"; do
		matching_ids "$pattern"
	done | with_rules explain.awk -v "errata=$HERE/doc/errata" \
		-v "mutants=$HERE/proof/mutants" \
		-f "$HERE/runner/errata.awk" -f "$HERE/runner/suspects.awk" \
		-v "again=$(command_again)" -v "bin=$BIN"
}

# with_rules SCRIPT [OPTION]...: awk with doc/behaviours.txt.
with_rules()
{
	awk -v "rules=$HERE/doc/behaviours.txt" "${@:2}" \
		-f "$HERE/runner/rules.awk" -f "$HERE/runner/$1"
}
