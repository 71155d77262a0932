#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Says whether kcmp(2) behaves: builds the suite, runs it on this kernel, prints
# TAP as the kernel's runner.sh does, and exits with a status to rely on.
# "./run.sh --help" and README tell the rest.
set -u -o pipefail

# git bisect run stops at a status from 128 on.
[[ " $* " != *" --bisect "* ]] || ERROR=255
readonly PASS=0 ERROR=${ERROR:-2}
readonly ORDER="kcmp_test file_test epoll_test clone_test unshare_test perm_test lsm_test compat_test observe_test model_test"
mapfile -t FUNCTIONAL < <(for p in $ORDER; do [ ! -e "${BASH_SOURCE[0]%/*}/$p.c" ] || echo "$p"; done)
readonly STRESSFUL=stress_test
# What cannot be undone is a run of its own, after everything else.
readonly LAST=yama_scope_3 LAST_PROGRAM=perm_test LAST_TESTS=yama.scope_3_
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P) || exit "$ERROR"
readonly HERE
# shellcheck source=vm/image.sh
. "$HERE/vm/image.sh"
# shellcheck source=vm/qemu.sh
. "$HERE/vm/qemu.sh"
# shellcheck source=vm/vng.sh
. "$HERE/vm/vng.sh"
# shellcheck source=vm/guest.sh
. "$HERE/vm/guest.sh"
# shellcheck source=vm/matrix.sh
. "$HERE/vm/matrix.sh"
# shellcheck source=vm/step.sh
. "$HERE/vm/step.sh"

say()
{
	echo "run.sh: $*" >&2
}

die()
{
	say "$@"
	exit "$ERROR"
}

usage()
{
	cat <<-'END'
	Usage: ./run.sh [OPTION]...
	Runs the kcmp(2) conformance suite on the running kernel, or on others in
	guests; TAP on stdout.

	  -r ID|GLOB       run these tests only (may be repeated; see --list)
	  --list           print the test ids, one a line, and run nothing
	  --repeat N       run everything N times
	  --timeout S      give each program S seconds (default: see settings)
	  --junit FILE     write the results as JUnit XML, too
	  --setup          install what is missing first (Debian, as root)
	  --stress[=S]     run stress_test for S seconds (default 10; 0 leaves it
	                   out; a second without this option)
	  --disposable     do to this machine what cannot be undone
	  --help           print this

	In guests:
	  --kernel FILE    run on this kernel image or built kernel tree (may be
	                   repeated)
	  --vm HOW         qemu, vng (virtme-ng), or auto (the default)
	  -j N             run N guests at a time (default: the number of CPUs)
	  --mem M          give a guest M MiB (default 512)
	  --cpus N         give a guest N CPUs (default 2)
	  --append ARGS    add to the guest's kernel command line
	  --keep-log DIR   where to keep the console of a guest in trouble

	Bisecting, "git bisect run .../run.sh --bisect --build [-r ID]":
	  --bisect         exit as git bisect wants it: 0, 1, 125, or 255 for errors
	  --build          build the kernel tree that is the current directory

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
	SELECT=() LIST='' REPEAT=1 JUNIT='' SETUP='' KERNELS=() VM=auto
	DISPOSABLE=${KCMP_DISPOSABLE:-} JOBS=$(nproc 2>/dev/null || echo 1) MEMORY=512 CPUS=2 APPEND=''
	KEEP_LOG='' PASS_ON=() RUNS=() STRESS=1
	BISECT='' BUILD=''
	TIMEOUT=$(sed -n 's/^timeout=//p' "$HERE/settings")
	while [ $# -gt 0 ]; do
		case $1 in
		-r | --repeat | --timeout | --junit | --kernel | --vm | -j | \
		--mem | --cpus | --append | --keep-log)
			[ $# -gt 1 ] || die "$1 wants an argument"
			take_option "$1" "$2"
			shift ;;
		--stress) take_option --stress 10 ;;
		--stress=*) take_option --stress "${1#*=}" ;;
		--bisect) BISECT=1 ;;
		--build) BUILD=1 ;;
		--list) LIST=1 ;;
		--disposable) DISPOSABLE=1 ;;
		--setup) SETUP=1 ;;
		--help | -h) usage; exit $PASS ;;
		*) die "unknown option '$1' (see --help)" ;;
		esac
		shift
	done
	[[ $VM =~ ^(auto|qemu|vng)$ ]] ||
		die "--vm is auto, qemu or vng, not '$VM'"
	[ -z "$BUILD" ] || [ -n "$BISECT" ] || die "--build is for --bisect"
	SUITE=("${FUNCTIONAL[@]}")
	[ "$STRESS" = 0 ] || SUITE+=("$STRESSFUL")
	[ -z "$KEEP_LOG" ] || [ -w "$KEEP_LOG" ] || die "cannot write to $KEEP_LOG"
}

# An option with an argument.
take_option()
{
	case $1 in
	--repeat | --timeout | -j | --mem | --cpus) number "$1" "$2" ;;
	esac
	case $1 in
	-r) SELECT+=(-r "$2") ;;
	--repeat) REPEAT=$2 ;;
	--timeout) TIMEOUT=$2 ;;
	--junit) JUNIT=$2 ;;
	--kernel) KERNELS+=("$2") ;;
	--vm) VM=$2 ;;
	-j) JOBS=$2 ;;
	--mem) MEMORY=$2 ;;
	--cpus) CPUS=$2 ;;
	--append) APPEND=$2 ;;
	--keep-log) KEEP_LOG=$2 ;;
	--stress)
		[ "$2" = 0 ] || number "$1" "$2"
		STRESS=$2
		PASS_ON+=("--stress=$2")
		return ;;
	esac
	# What a run on one of several kernels has to know.
	[[ $1 =~ ^(--kernel|--junit|-j)$ ]] || PASS_ON+=("$1" "$2")
}

# --- set-up and build ------------------------------------------------------

# Prints the packages that are missing of those that build and check the suite.
missing_packages()
{
	command -v gcc >/dev/null || echo gcc
	command -v make >/dev/null || echo make
	command -v xz >/dev/null || echo xz-utils
	command -v strace >/dev/null || echo strace
	command -v prove >/dev/null || echo perl
	[ -e /usr/include/linux/kcmp.h ] || echo linux-libc-dev
	[ -e /usr/include/stdio.h ] || echo libc6-dev
	[ -n "${KSFT_DIR:-}" ] || "$HERE/runner/harness.sh" >/dev/null 2>&1 ||
		echo linux-source-6.12
	in_guests || return
	[ -z "$BUILD" ] || missing_build_packages
	command -v qemu-system-x86_64 >/dev/null || echo qemu-system-x86
	command -v busybox >/dev/null || echo busybox-static
}

missing_build_packages()
{
	local tool

	for tool in flex bison bc perl; do
		command -v $tool >/dev/null || echo $tool
	done
	[ -e /usr/include/libelf.h ] || echo libelf-dev
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

# Whether it is not this kernel that is tested.
in_guests()
{
	[ ${#KERNELS[@]} -gt 0 ] || [ -n "$BUILD" ]
}

# Sets BIN, the directory of the programs, up to date; static for guests.
build()
{
	local tool log flags='' name=bin

	BIN=${KCMP_BIN:-}
	[ -z "$BIN" ] || return 0
	! in_guests || flags=-static name=static
	for tool in gcc make; do
		command -v "$tool" >/dev/null ||
			die "no $tool: run './run.sh --setup', or apt-get install $tool"
	done
	BIN=$HERE
	if [ ! -w "$HERE" ] || [[ $HERE =~ [[:space:]] ]] || [ $name = static ]; then
		BIN=$("$HERE/runner/cache.sh") || exit "$ERROR"
		BIN+=/$name-$(cksum <<<"$HERE" | cut -d ' ' -f 1)
		mkdir -p "$BIN" || die "cannot write to $BIN"
	fi
	exec {LOCK}<"$BIN"
	flock "$LOCK"
	log=$(cd "$HERE" && make -s OUTPUT="$BIN" \
		USERLDFLAGS="$flags" 2>&1) || {
		printf '%s\n' "$log" | tail -n 20 >&2
		die "the build failed"
	}
	exec {LOCK}<&-
}

# Makes KERNELS paths of images that can be booted.
check_kernels()
{
	local i

	for i in "${!KERNELS[@]}"; do
		KERNELS[i]=$(image_find "${KERNELS[i]}") || exit "$ERROR"
	done
	! in_guests || guest_choose_vm
}

# --- which programs --------------------------------------------------------

# Prints the ids of a program's tests that were selected.
list_program()
{
	"$BIN/$1" --list "${SELECT[@]}" "${@:2}" 2>/dev/null
}

# Sets PROGRAMS to those that have a selected test, and LAST_IDS to the tests
# that have to wait.
choose_programs()
{
	local program i

	PROGRAMS=() LAST_IDS=() EXCLUDE=()
	! in_guests || DISPOSABLE=1
	if [ "$DISPOSABLE" = 1 ]; then
		mapfile -t LAST_IDS < <(list_program $LAST_PROGRAM |
			grep "^$LAST_TESTS")
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

# Sets ARGS to the arguments of a program, or of the last run.
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

matches_something()
{
	local program

	for program in "${SUITE[@]}"; do
		! "$BIN/$program" --list -r "$1" >/dev/null 2>&1 || return 0
	done
	return 1
}

# --- judging ---------------------------------------------------------------

# Replaces the (sub)shell by an awk that does not sit on its input.
exec_awk()
{
	if [[ $(readlink -f "$(command -v awk)") =~ mawk ]]; then
		exec awk -W interactive "$@"
	fi
	exec awk "$@"
}

# Starts the judge (see runner/tap.awk), which listens to descriptor TAP, prints
# to stdout, and tells what happens (1: every event) on descriptor EVENTS.
start_judge()
{
	MARK=mark-$$-$RANDOM$RANDOM
	exec {EVENTS}<> <(:)
	exec {TAP}> >(exec_awk -v "mark=$MARK" -v "events=$1" \
		      -f "$HERE/runner/tap.awk" 2>&"$EVENTS")
	JUDGE=$!
}

# On a line of its own, whatever a program has printed last.
tell_judge()
{
	printf '\n%s %s\n' "$MARK" "$*" >&"$TAP"
}

# Prints the summary on stderr.  Returns the suite's status.
end_judge()
{
	local status total=()

	tell_judge 'done'
	exec {TAP}>&-
	wait $JUDGE
	status=$?
	[ $status != 2 ] || die "cannot write to stdout"
	while read -r -t 1 -a total -u "$EVENTS"; do
		[ "${total[0]}" != total ] || break
	done
	say "${total[1]} passed, ${total[2]} failed, ${total[3]} skipped;" \
	    "${total[4]} programs not ok"
	return $status
}

# --- running on this kernel ------------------------------------------------

# exec_mortal PARENT COMMAND...: becomes a command that dies with its parent, or
# nothing if that is dead already.
exec_mortal()
{
	local parent=$1

	shift
	# shellcheck disable=SC2016
	set -- sh -c '[ $PPID = "$0" ] && exec "$@"' "$parent" "$@"
	! command -v setpriv >/dev/null || set -- setpriv --pdeathsig KILL "$@"
	exec "$@"
}

# The program leads a session of its own.
start_program()
{
	local prefix=() program=$1 self=$BASHPID

	if [ "$1" = $LAST ]; then
		program=$LAST_PROGRAM
		prefix+=(env KCMP_YAMA_SCOPE_3=1)
	fi
	choose_args "$1"
	KCMP_STRESS=$STRESS KCMP_DISPOSABLE=$DISPOSABLE exec_mortal "$self" setsid \
		"${prefix[@]}" "$BIN/$program" "${ARGS[@]}" </dev/null >&"$TAP" 2>&1 &
	PID=$!
}

is_running()
{
	kill -0 "$PID" 2>/dev/null
}

# Kills the program and what has stayed in its process group.  What cannot be
# killed is not waited for.
end_program()
{
	[ -n "${PID:-}" ] || return
	disown "$PID" 2>/dev/null
	kill -KILL "-$PID" 2>/dev/null
	PID=''
}

end_timer()
{
	[ -n "${TIMER:-}" ] || return
	disown "$TIMER" 2>/dev/null
	kill -KILL "$TIMER" 2>/dev/null
	TIMER=''
}

# Sets PATIENCE to the seconds that a program may take.
choose_timeout()
{
	PATIENCE=$TIMEOUT
	[[ $1 != $STRESSFUL* ]] || PATIENCE=$((TIMEOUT + STRESS - 1))
}

run_program()
{
	local status self=$BASHPID

	choose_timeout "$1"
	tell_judge begin "$1" "$PATIENCE"
	start_program "$1"
	exec_mortal "$self" sleep "$PATIENCE" {TAP}>&- &
	TIMER=$!
	wait -n "$PID" "$TIMER" 2>/dev/null
	status=timeout
	if ! is_running; then
		wait "$PID" 2>/dev/null
		status=$?
	fi
	end_timer
	[ $status = timeout ] || ! kill -0 "-$PID" 2>/dev/null ||
		status+=" a process of its own is still there"
	end_program
	tell_judge end "$1" "$status"
}

# Tells what a reader of the log wants to know about the machine.
tell_facts()
{
	local yama=/proc/sys/kernel/yama/ptrace_scope

	tell_judge fact "suite: $(git -C "$HERE" describe --always --dirty 2>/dev/null || echo unknown)"
	tell_judge fact "kernel: $(uname -srvm)"
	tell_judge fact "user: uid=$(id -u) gid=$(id -g) $(sed -n 's/^CapEff:\t/CapEff=/p' /proc/self/status)"
	tell_judge fact "confinement: $(sed -n 's/^\(NoNewPrivs\|Seccomp\):\t/\1=/p' /proc/self/status |
		tr '\n' ' ')yama=$(cat $yama 2>/dev/null || echo absent)"
}

# Prints how many results there will be, with $1 users.
count_results()
{
	echo $((${#PROGRAMS[@]} * REPEAT * $1 + (${#LAST_IDS[@]} > 0)))
}

run_here()
{
	local round program

	echo "TAP version 13" 2>/dev/null || die "cannot write to stdout"
	start_judge ''
	tell_facts
	tell_judge plan "$(count_results 1)"
	for ((round = 0; round < REPEAT; round++)); do
		for program in "${PROGRAMS[@]}"; do
			run_program "$program"
		done
	done
	[ ${#LAST_IDS[@]} = 0 ] || run_program $LAST
	end_judge
}

run_it()
{
	case ${#KERNELS[@]} in
	0) run_here ;;
	1) run_in_guest "${KERNELS[0]}" ;;
	*) run_matrix ;;
	esac
}

list()
{
	local program

	for program in "${SUITE[@]}"; do
		list_program "$program"
	done
}

# Runs a command whose stdout is TAP, and writes that as JUnit XML as well.
with_junit()
{
	local status tap writer

	: 2>/dev/null >"$JUNIT" || die "cannot write to $JUNIT"
	exec {tap}> >(exec_awk -v "out=$JUNIT" -f "$HERE/runner/junit.awk")
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
	end_timer
	[ ${#RUNS[@]} = 0 ] || kill -TERM "${RUNS[@]}" 2>/dev/null
	[ -z "${WORK:-}" ] || rm -rf "$WORK"
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
	[ -z "$BISECT" ] || step_begin
	[ -z "$SETUP" ] || setup
	check_kernels
	build
	choose_programs
	if [ -n "$LIST" ]; then
		list
	elif [ -n "$BISECT" ]; then
		run_step
	elif [ -n "$JUNIT" ]; then
		with_junit run_it
	else
		run_it
	fi
}

main "$@"
