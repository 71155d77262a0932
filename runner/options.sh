# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: its options.  Sets the variables under "options" in
# globals.sh.

# As getopt(1) takes them.
readonly SHORT_OPTIONS=r:x:j:hqv
readonly LONG_OPTIONS=(list repeat: timeout: junit: setup stress:: disposable help
		       failed: explain: results: version html: from: against:
		       tap: known: until-fail
		       kernel: compat vm: mem: cpus: append: keep-log: bisect build)

usage()
{
	cat <<-'END'
	Usage: ./run.sh [OPTION]...
	Runs the kcmp(2) conformance suite on the running kernel, or on others in
	guests; TAP on stdout.

	  -r ID|GLOB       run these tests only: an id, what ids begin with (object,
	                   object.vm), or a glob (may be repeated; see --list)
	  -x ID|GLOB       leave these tests out
	  --failed FILE    run what failed in an earlier run; FILE is of --results,
	                   or TAP
	  --list           print the test ids, one a line, and run nothing; with
	                   -v, also the program and the rule
	  --explain ID     print what a test asserts and how to run it
	  --known FILE     do not fail for the failures that FILE names, in lines
	                   "ID|GLOB REASON": report them as XFAIL, and as XPASS
	                   what passes
	  --repeat N       run everything N times
	  --until-fail     run everything again until something fails, and print
	                   that run only; with --repeat N, at most N times
	  -j N             run N programs, or guests, at a time (default: the number
	                   of CPUs)
	  --timeout S      give each program S seconds from one result to the next,
	                   20 times that in all (default: see settings)
	  --results FILE   write the results as JSON lines, too, as things happen
	  --junit FILE     write the results as JUnit XML, too
	  --tap=14|flat    print TAP 14 with subtests, or TAP 13 without any, at
	                   the end, for readers that do not know runner.sh's
	  --html FILE      write a page about the results, too; it is one file
	  --from FILE      run nothing: make --html, --junit and --tap of the results
	                   in FILE, of --results (may be repeated)
	  --against FILE   have the page tell what has changed since these results
	  -q               print no summary and no progress
	  -v               print TAP on a terminal, too
	  --setup          install what is missing first (Debian, as root)
	  --stress[=S]     run stress_test for S seconds (default 10; 0 leaves it
	                   out; a second without this option)
	  --disposable     do to this machine what cannot be undone
	  --version        print the version of the suite
	  --help           print this

	In guests:
	  --kernel FILE    run on this kernel image or built kernel tree (may be
	                   repeated)
	  --compat         run the 32-bit programs that the kernel can run
	  --vm HOW         qemu, vng (virtme-ng), or auto (the default)
	  --mem M          give a guest M MiB (default 512)
	  --cpus N         give a guest N CPUs (default 2; 1 where it is
	                   emulated)
	  --append ARGS    add to the guest's kernel command line
	  --keep-log DIR   where to keep the console of a guest in trouble

	Bisecting, "git bisect run .../run.sh --bisect --build [-r ID]":
	  --bisect         exit as git bisect wants it: 0, 1, 125, or 255 for errors
	  --build          build the kernel tree that is the current directory

	Exit status: 0 all passed, 1 a test failed, 2 the suite could not run,
	3 no verdict (a guest did not come to its first test), 4 everything was
	skipped, 128+N stopped by signal N.
	END
}

# number OPTION VALUE: dies unless it is one.
number()
{
	[[ $2 =~ ^[1-9][0-9]{0,5}$ ]] || die "$1 wants a number from 1, not '$2'"
}

# Prints the arguments in getopt's normal form, quoted for the shell.
normal_form()
{
	local normal

	normal=$(getopt -n run.sh -s bash -o "$SHORT_OPTIONS" \
		-l "${LONG_OPTIONS[*]}" -- "$@" 2>&1) || {
		normal=${normal%%$'\n'*}
		die "${normal#run.sh: } (see --help)"
	}
	echo "$normal"
}

parse_options()
{
	local normal timeout

	JOBS=$(nproc 2>/dev/null || echo 1)
	DISPOSABLE=${KCMP_DISPOSABLE:-}
	timeout=$(sed -n 's/^timeout=//p' "$HERE/settings" 2>/dev/null)
	TIMEOUT=${timeout:-$TIMEOUT}
	normal=$(normal_form "$@") || exit "$ERROR"
	eval "set -- $normal"
	while [ "$1" != -- ]; do
		add_to_round "$1" "$2"
		case $1 in
		--bisect) BISECT=1 ;;
		--build) BUILD=1 ;;
		--compat) COMPAT=1 PASS_ON+=("$1") ;;
		--list) LIST=1 ;;
		--until-fail) UNTIL_FAIL=1 ;;
		--disposable) DISPOSABLE=1 ;;
		--setup) SETUP=1 ;;
		-q) QUIET=1 ;;
		-v) VERBOSE=1 ;;
		--help | -h) usage; exit "$PASS" ;;
		--version) echo "kcmp suite $(suite_version)"; exit "$PASS" ;;
		*) take_option "$1" "$2"
		   shift ;;
		esac
		shift
	done
	shift
	[ $# = 0 ] || die "unexpected argument '$1' (see --help)"
	check_options
}

# add_to_round OPTION NEXT: an option that each round of --until-fail gets; NEXT is
# its argument if it takes one.
add_to_round()
{
	case "$1 ${LONG_OPTIONS[*]} " in
	"--repeat "* | "--until-fail "*) ;;
	*" ${1#--}: "* | *" ${1#--}:: "*) ROUND+=("$1=$2") ;;
	*) ROUND+=("$1")
	   [[ $SHORT_OPTIONS != *"${1#-}:"* ]] || ROUND+=("$2") ;;
	esac
}

# take_option OPTION ARGUMENT
take_option()
{
	case $1 in
	--repeat | --timeout | -j | --mem | --cpus) number "$1" "$2" ;;
	esac
	case $1 in
	-r) add_pattern "$2"; select_tests -r "$2" ;;
	-x) add_pattern "$2"; select_tests -x "$2" ;;
	--failed) FAILED=$2 ;;
	--known) KNOWN=$2 ;;
	--explain) add_pattern "$2"; EXPLAIN+=("$2") ;;
	--results) RESULTS=$2 ;;
	--repeat) REPEAT=$2 MOST_ROUNDS=$2 ;;
	--tap) FORM=$2 ;;
	--timeout) TIMEOUT=$2 ;;
	--junit) JUNIT=$2 ;;
	--html) HTML=$2 ;;
	--from) FROM+=("$2") ;;
	--against) AGAINST=$2 ;;
	--kernel) KERNELS+=("$2") ;;
	--vm) VM=$2 ;;
	-j) JOBS=$2 ;;
	--mem) MEMORY=$2 ;;
	--cpus) CPUS=$2 ;;
	--append) APPEND=$2 ;;
	--keep-log) KEEP_LOG=$2 ;;
	--stress) take_stress "${2:-10}" ;;
	esac
	# A run on one of several kernels has to know the others.
	[[ $1 =~ ^(--kernel|--junit|--html|--against|--tap|--results|-j|--stress)$ ]] ||
		PASS_ON+=("$1" "$2")
}

add_pattern()
{
	PATTERNS+=("$1")
}

# select_tests -r|-x ID|GLOB: a name without a glob also means all that begins
# with it.
select_tests()
{
	local options=("$1" "$2")

	[[ $2 == *[*?[]* ]] || options+=("$1" "$2.*")
	case $1 in
	-r) SELECT+=("${options[@]}") ;;
	-x) EXCLUSIONS+=("${options[@]}") ;;
	esac
}

take_stress()
{
	[ "$1" = 0 ] || number --stress "$1"
	STRESS=$1
	PASS_ON+=("--stress=$1")
}

check_options()
{
	[[ $VM =~ ^(auto|qemu|vng)$ ]] ||
		die "--vm is auto, qemu or vng, not '$VM'"
	[ -z "$BUILD" ] || [ -n "$BISECT" ] || die "--build is for --bisect"
	[ -z "$FAILED" ] || [ -r "$FAILED" ] || die "cannot read $FAILED"
	[[ $FORM =~ ^(|14|flat)$ ]] || die "--tap is 14 or flat, not '$FORM'"
	check_from
	[ -z "$KNOWN" ] || check_known
	[ -z "$KEEP_LOG" ] || [ -w "$KEEP_LOG" ] || die "cannot write to $KEEP_LOG"
}

check_known()
{
	local line

	[ -f "$KNOWN" ] && [ -r "$KNOWN" ] || die "cannot read $KNOWN"
	while read -r line; do
		[[ $line =~ ^(#|$) ]] || [[ $line =~ [[:space:]] ]] ||
			die "$KNOWN has no reason for '$line'"
	done <"$KNOWN"
}

check_from()
{
	local file

	[ -z "$AGAINST" ] || [ -n "$HTML" ] || die "--against is for --html"
	[ ${#FROM[@]} = 0 ] || [ -n "$HTML$JUNIT$FORM" ] ||
		die "--from is for --html, --junit and --tap"
	for file in "${FROM[@]}" ${AGAINST:+"$AGAINST"}; do
		[ -f "$file" ] && [ -r "$file" ] || die "cannot read $file"
	done
}

# Succeeds if it is not this kernel that is tested.
in_guests()
{
	[ ${#KERNELS[@]} -gt 0 ] || [ -n "$BUILD" ]
}
