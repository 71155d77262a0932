#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Says whether kcmp(2) behaves: builds the suite, runs it on this kernel, prints
# TAP as the kernel's runner.sh does, and exits with a status to rely on.
# "./run.sh --help" and README tell the rest.
set -u -o pipefail

readonly PASS=0 FAIL=1 ERROR=2 SKIP=4
readonly FUNCTIONAL=(kcmp_test clone_test epoll_test perm_test)
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P) || exit $ERROR
readonly HERE

say()
{
	echo "run.sh: $*" >&2
}

die()
{
	say "$@"
	exit $ERROR
}

usage()
{
	cat <<-'END'
	Usage: ./run.sh [OPTION]...
	Runs the kcmp(2) conformance suite on the running kernel; TAP on stdout.

	  -r ID|GLOB       run these tests only (may be repeated; see --list)
	  --list           print the test ids, one a line, and run nothing
	  --repeat N       run everything N times
	  --timeout S      give each program S seconds (default: see settings)
	  --junit FILE     write the results as JUnit XML, too
	  --setup          install what is missing first (Debian, as root)
	  --help           print this

	Exit status: 0 all passed, 1 a test failed, 2 the suite could not run,
	4 everything was skipped, 128+N stopped by signal N.
	END
}

# --- options ---------------------------------------------------------------

number()
{
	[[ $2 =~ ^[1-9][0-9]{0,5}$ ]] || die "$1 wants a number from 1, not '$2'"
}

parse_options()
{
	SELECT=() LIST='' REPEAT=1 JUNIT='' SETUP=''
	TIMEOUT=$(sed -n 's/^timeout=//p' "$HERE/settings")
	while [ $# -gt 0 ]; do
		case $1 in
		-r | --repeat | --timeout | --junit)
			[ $# -gt 1 ] || die "$1 wants an argument" ;;
		esac
		case $1 in
		-r) SELECT+=(-r "$2"); shift ;;
		--repeat) number "$1" "$2"; REPEAT=$2; shift ;;
		--timeout) number "$1" "$2"; TIMEOUT=$2; shift ;;
		--junit) JUNIT=$2; shift ;;
		--list) LIST=1 ;;
		--setup) SETUP=1 ;;
		--help | -h) usage; exit $PASS ;;
		*) die "unknown option '$1' (see --help)" ;;
		esac
		shift
	done
}

# --- set-up and build ------------------------------------------------------

# Prints the packages that are missing of those that build and check the suite.
missing_packages()
{
	command -v gcc >/dev/null || echo gcc
	command -v make >/dev/null || echo make
	command -v xz >/dev/null || echo xz-utils
	command -v strace >/dev/null || echo strace
	[ -e /usr/include/linux/kcmp.h ] || echo linux-libc-dev
	[ -e /usr/include/stdio.h ] || echo libc6-dev
	[ -n "${KSFT_DIR:-}" ] || "$HERE/t/harness.sh" >/dev/null 2>&1 ||
		echo linux-source-6.12
}

setup()
{
	local packages

	mapfile -t packages < <(missing_packages)
	[ ${#packages[@]} -gt 0 ] || return 0
	command -v apt-get >/dev/null ||
		die "--setup knows Debian only; missing: ${packages[*]}"
	say "installing ${packages[*]}"
	{
		apt-get -q update &&
		DEBIAN_FRONTEND=noninteractive apt-get -q -y \
			--no-install-recommends install "${packages[@]}"
	} >&2 </dev/null || die "cannot install ${packages[*]}"
}

# Sets BIN, the directory of the programs, up to date.
build()
{
	local tool log

	BIN=${KCMP_BIN:-}
	[ -z "$BIN" ] || return 0
	for tool in gcc make; do
		command -v "$tool" >/dev/null ||
			die "no $tool: run './run.sh --setup', or apt-get install $tool"
	done
	BIN=$HERE
	if [ ! -w "$HERE" ] || [[ $HERE =~ [[:space:]] ]]; then
		BIN=$("$HERE/t/cache.sh") || exit $ERROR
		BIN+=/bin-$(cksum <<<"$HERE" | cut -d ' ' -f 1)
		mkdir -p "$BIN" || die "cannot write to $BIN"
	fi
	exec {LOCK}<"$BIN"
	flock "$LOCK"
	log=$(cd "$HERE" && make -s OUTPUT="$BIN" 2>&1) || {
		printf '%s\n' "$log" | tail -n 20 >&2
		die "the build failed"
	}
	exec {LOCK}<&-
}

# --- which programs --------------------------------------------------------

# Prints the ids of a program's tests that were selected.
list_program()
{
	"$BIN/$1" --list "${SELECT[@]}" 2>/dev/null
}

# Sets PROGRAMS to those that have a selected test.
choose_programs()
{
	local program glob

	PROGRAMS=()
	for program in "${FUNCTIONAL[@]}"; do
		[ -x "$BIN/$program" ] || continue
		[ -z "$(list_program "$program")" ] || PROGRAMS+=("$program")
	done
	[ ${#PROGRAMS[@]} -gt 0 ] || [ ${#SELECT[@]} -gt 0 ] ||
		die "no program in $BIN"
	for glob in "${SELECT[@]}"; do
		[ "$glob" = -r ] || matches_something "$glob" ||
			die "no test matches '$glob' (see --list)"
	done
}

matches_something()
{
	local program

	for program in "${PROGRAMS[@]}"; do
		! "$BIN/$program" --list -r "$1" >/dev/null 2>&1 || return 0
	done
	return 1
}

# --- one program's results -------------------------------------------------

# Replaces the (sub)shell by an awk that does not sit on its input.
exec_awk()
{
	if [[ $(readlink -f "$(command -v awk)") =~ mawk ]]; then
		exec awk -W interactive "$@"
	fi
	exec awk "$@"
}

# Prints what a score and an exit status contradict each other in, or nothing.
contradiction()
{
	local status=$1 results=$3 failed=$4 skipped=$5 contradiction=${*:6}

	if [ -n "$contradiction" ]; then
		echo "$contradiction"
	elif [ "$status" = $PASS ] && [ "$failed" != 0 ]; then
		echo "it exits with 0 in spite of $failed failures"
	elif [ "$status" = $PASS ] && [ "$skipped" = "$results" ]; then
		echo "it exits with 0, but nothing passed"
	elif [ "$status" = $FAIL ] && [ "$failed" = 0 ]; then
		echo "it exits with 1 without a failure"
	elif [ "$status" = $SKIP ] && [ "$skipped" != "$results" ]; then
		echo "it exits with 4, but not all was skipped"
	fi
}

# Prints the result line of a program by its exit status ("timeout": it had
# none) and score, and adds it to the totals.
judge()
{
	local program=$1 status=$2 score wrong='' name="selftests: kcmp: $1"

	read -r -a score <<<"$3"
	TESTS=$((TESTS + score[1]))
	TESTS_FAILED=$((TESTS_FAILED + score[2]))
	TESTS_SKIPPED=$((TESTS_SKIPPED + score[3]))
	NUMBER=$((NUMBER + 1))
	[ "$status" = timeout ] || wrong=$(contradiction "$status" "${score[@]}")
	[ -z "$wrong" ] || echo "# $program: $wrong"
	case $status${wrong:+ wrong} in
	"$PASS")
		TOTAL_PASS=$((TOTAL_PASS + 1))
		echo "ok $NUMBER $name" ;;
	"$SKIP")
		TOTAL_SKIP=$((TOTAL_SKIP + 1))
		echo "ok $NUMBER $name # SKIP" ;;
	timeout)
		TOTAL_FAIL=$((TOTAL_FAIL + 1))
		echo "not ok $NUMBER $name # TIMEOUT $TIMEOUT seconds" ;;
	*)
		TOTAL_FAIL=$((TOTAL_FAIL + 1))
		echo "not ok $NUMBER $name # exit=$status" ;;
	esac
}

# --- running on this kernel ------------------------------------------------

# The program leads a session of its own, and dies with this script.
start_program()
{
	local prefix=(setsid) tap

	! command -v setpriv >/dev/null ||
		prefix+=(setpriv --pdeathsig KILL)
	exec {tap}> >(exec_awk -f "$HERE/ci/score.awk" 2>&"$SCORES")
	SCORER=$!
	"${prefix[@]}" "$BIN/$1" "${SELECT[@]}" </dev/null >&"$tap" 2>&1 &
	PID=$!
	exec {tap}>&-
}

is_running()
{
	kill -0 "$PID" 2>/dev/null
}

# Sets SCORE, which comes when all of the output has been read.  Returns 1 when
# it has not come within some seconds, or 1 s after the program's end: a process
# of its own keeps the output open.
await_score()
{
	local deadline=$((SECONDS + $1))

	until read -r -t 1 -u "$SCORES" SCORE; do
		is_running && [ $SECONDS -lt $deadline ] || return 1
	done
}

# Sets STATUS to the program's exit status, or to "timeout".
await_end()
{
	local deadline=$((SECONDS + $1))

	STATUS=timeout
	while is_running; do
		[ $SECONDS -lt $deadline ] || return
		sleep 0.1
	done
	wait "$PID" 2>/dev/null
	STATUS=$?
}

# Kills what is left.  What cannot be killed is not waited for.
end_program()
{
	[ -n "${PID:-}" ] || return
	disown "$PID" 2>/dev/null
	kill -KILL "-$PID" 2>/dev/null
	[ -n "$SCORE" ] || read -r -t 2 -u "$SCORES" SCORE ||
		kill "$SCORER" 2>/dev/null
	PID=''
}

run_program()
{
	local left=''

	echo "# timeout set to $TIMEOUT"
	echo "# selftests: kcmp: $1"
	SCORE=''
	start_program "$1"
	if await_score "$TIMEOUT"; then
		await_end "$TIMEOUT"
	else
		await_end 0
	fi
	[ -n "$SCORE" ] || left="it left a process behind"
	end_program
	judge "$1" "$STATUS" "${SCORE:--1 0 0 0}${left:+ $left}"
}

# What a reader of the log wants to know about the machine.
print_facts()
{
	local yama=/proc/sys/kernel/yama/ptrace_scope

	echo "# suite: $(git -C "$HERE" describe --always --dirty 2>/dev/null || echo unknown)"
	echo "# kernel: $(uname -srvm)"
	echo "# user: uid=$(id -u) gid=$(id -g) $(sed -n 's/^CapEff:\t/CapEff=/p' /proc/self/status)"
	echo "# confinement: $(sed -n 's/^\(NoNewPrivs\|Seccomp\):\t/\1=/p' /proc/self/status |
		tr '\n' ' ')yama=$(cat $yama 2>/dev/null || echo absent)"
}

run_here()
{
	local round program

	TOTAL_PASS=0 TOTAL_FAIL=0 TOTAL_SKIP=0 NUMBER=0
	TESTS=0 TESTS_FAILED=0 TESTS_SKIPPED=0
	exec {SCORES}<> <(:)
	echo "TAP version 13" 2>/dev/null || die "cannot write to stdout"
	print_facts
	echo "1..$((${#PROGRAMS[@]} * REPEAT))"
	for ((round = 0; round < REPEAT; round++)); do
		for program in "${PROGRAMS[@]}"; do
			run_program "$program"
		done
	done
	echo "# Totals: pass:$TOTAL_PASS fail:$TOTAL_FAIL xfail:0 xpass:0 skip:$TOTAL_SKIP error:0" ||
		die "cannot write to stdout"
	say "$((TESTS - TESTS_FAILED - TESTS_SKIPPED)) passed," \
	    "$TESTS_FAILED failed, $TESTS_SKIPPED skipped;" \
	    "$TOTAL_FAIL of $NUMBER programs not ok"
	[ $TOTAL_FAIL = 0 ] || return $FAIL
	[ $TOTAL_PASS != 0 ] || return $SKIP
	return $PASS
}

list()
{
	local program

	for program in "${PROGRAMS[@]}"; do
		list_program "$program"
	done
}

# Runs a command whose stdout is TAP, and writes that as JUnit XML as well.
with_junit()
{
	local status tap writer

	: 2>/dev/null >"$JUNIT" || die "cannot write to $JUNIT"
	exec {tap}> >(exec_awk -v "out=$JUNIT" -f "$HERE/ci/junit.awk")
	writer=$!
	"$@" >&"$tap"
	status=$?
	exec {tap}>&-
	wait $writer || die "cannot write to $JUNIT"
	return $status
}

stop()
{
	trap '' INT TERM HUP
	end_program
	say "stopped by SIG$1"
	exit $((128 + $2))
}

main()
{
	parse_options "$@"
	trap 'stop HUP 1' HUP
	trap 'stop INT 2' INT
	trap 'stop TERM 15' TERM
	{ : >&1; } 2>/dev/null || die "stdout is closed"
	[ -z "$SETUP" ] || setup
	build
	choose_programs
	if [ -n "$LIST" ]; then
		list
	elif [ -n "$JUNIT" ]; then
		with_junit run_here
	else
		run_here
	fi
}

main "$@"
