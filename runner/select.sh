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
	"$BIN/$1" --list "${SELECT[@]}" "${@:2}" 2>/dev/null
}

# Sets SUITE, PROGRAMS to those that have a selected test, and LAST_IDS to the
# tests that come after all others.
choose_programs()
{
	local program i

	suite_programs | mapfile -t SUITE
	! in_guests || DISPOSABLE=1
	if [ "$DISPOSABLE" = 1 ]; then
		list_program "$LAST_PROGRAM" | grep "^$LAST_TESTS" | mapfile -t LAST_IDS
		EXCLUDE=(-x "$LAST_TESTS*")
	fi
	for program in "${SUITE[@]}"; do
		[ -z "$(list_program "$program" "${EXCLUDE[@]}")" ] ||
			PROGRAMS+=("$program")
	done
	for ((i = 1; i < ${#SELECT[@]}; i += 2)); do
		matches_something "${SELECT[i]}" ||
			die "no test matches '${SELECT[i]}' (see --list)"
	done
	[ $((${#PROGRAMS[@]} + ${#LAST_IDS[@]})) -gt 0 ] ||
		die "no program in $BIN"
}

# choose_args PROGRAM|LAST: sets ARGS to its arguments.
choose_args()
{
	local id

	ARGS=("${SELECT[@]}")
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

# matches_something GLOB
matches_something()
{
	local program

	for program in "${SUITE[@]}"; do
		! "$BIN/$program" --list -r "$1" >/dev/null 2>&1 || return 0
	done
	return 1
}

# Prints the ids of the selected tests.
list()
{
	local program

	for program in "${SUITE[@]}"; do
		list_program "$program"
	done
}
