# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by run.sh: all variables that runner/*.sh and vm/*.sh share, each with
# its first value.  None of them is ever taken from the environment; env.sh lists
# the variables that are.

# --- constants ---------------------------------------------------------------

readonly PASS=0
# The functional programs, in the order of the report.
readonly ORDER="kcmp_test file_test epoll_test clone_test unshare_test perm_test lsm_test compat_test observe_test model_test"
readonly STRESSFUL=stress_test
# The duration of each program, in tenths of a second of an emulated guest; others
# count as the shortest.
declare -rA PROGRAM_WEIGHT=([kcmp_test]=61 [file_test]=31 [epoll_test]=17 [clone_test]=15
	[unshare_test]=9 [perm_test]=48 [lsm_test]=24 [compat_test]=5 [observe_test]=13
	[model_test]=123 [stress_test]=400)
# Yama's scope 3 cannot be undone: its tests are a run of their own, after all
# others.
readonly LAST=yama_scope_3 LAST_PROGRAM=lsm_test LAST_TESTS=yama.scope_3_
# A program may take its timeout so often in all, when results keep coming.
readonly MOST_LIMITS=20
# The seconds in which a guest must come from one event to the next, and from
# power-on to the first.
readonly GRACE=${KCMP_GRACE:-20}
readonly BOOT_TIMEOUT=${KCMP_BOOT_TIMEOUT:-60}
# The exit status of --bisect for each kind of ending; KCMP_BISECT changes it.
declare -A VERDICT=([build]=125 [boot]=125 [skipped]=125 [guest]=1)

# --- options (options.sh) ----------------------------------------------------

SELECT=()		# -r GLOB -r GLOB... and
EXCLUSIONS=()		# -x GLOB -x GLOB..., as the programs take them
PATTERNS=()		# the arguments of -r and -x
FAILED=''		# the file of --failed
KNOWN=''		# the file of --known
UNTIL_FAIL=''		# 1: --until-fail
ROUND=()		# the options that each round of it gets
MOST_ROUNDS=''		# how many there are at most
EXPLAIN=()		# the arguments of --explain
LIST=''			# 1: --list
REPEAT=1
JUNIT=''		# the file of --junit
HTML=''			# the file of --html
FROM=()			# the files of --from
AGAINST=''		# the file of --against
RESULTS=''		# the file of --results, or a temporary one for the others
FORM=''			# 14 or flat: --tap
QUIET=''		# 1: -q
VERBOSE=''		# 1: -v
COMMAND=''		# the command line of run.sh
SETUP=''		# 1: --setup
TIMEOUT=180		# seconds
STRESS=1		# seconds
DISPOSABLE=''		# 1: global state may be changed
KERNELS=()		# images or trees, then images
VM=auto
JOBS=1
MEMORY=512		# MiB
CPUS=''			# '': two, or one that is emulated
COMPAT=''		# 1: --compat
APPEND=''
KEEP_LOG=''		# a directory
BISECT=''		# 1: --bisect
BUILD=''		# 1: --build
PASS_ON=()		# the options that a run on one of several kernels needs

# --- the programs (build.sh, select.sh) --------------------------------------

BIN=''			# their directory
SUITE=()		# those that this run could use
PROGRAMS=()		# those with a selected test
ALL_IDS=()		# "PROGRAM ID" for each test
TESTS=0			# the number of selected tests
EXCLUDE=()		# -x GLOB for LAST_PROGRAM
LAST_IDS=()		# the selected tests of LAST
ARGS=()			# choose_args: the arguments of one program

# --- this run (local.sh, tap.sh, temp.sh) ------------------------------------

RUN_DIR=''		# the directory of all temporary files of this run
TEMP_DIR=''		# the last directory in it that was made
ALIVE=''		# a descriptor: RUN_DIR is removed when it is closed
CLEANER=''		# the process that does that
QUEUE=()		# the programs to run; number 1 is QUEUE[0]
RUNNING=()		# by number: the supervisor of a program that runs
TAGGERS=()		# by number: the process that tags its lines
LIMIT=() LAST_LIMIT=()	# by number: when its time is over, however it goes on
STOPPING=()		# by number: 1 when its time is over
ALONE=''		# 1: a program runs that has to be alone
CLOCK=0			# seconds
PROGRESS=''		# 1: show it on stderr
PROGRESS_DONE=0		# results so far
PROGRESS_SHOWN=-1	# the second in which it was shown last
OWNER=''		# the process whose children are meant, '': this shell
PID=''			# the session of the guest that runs
PATIENCE=''		# choose_timeout: seconds
MARK=''			# the word that begins a line for runner/tap.awk
TAP=''			# the descriptor that such lines are written to
EVENTS=''		# the descriptor that tells what happens
TAP_WRITER=''		# the process id of runner/tap.awk
FORM_OUT=''		# the standard output for --tap
TOTAL=()		# read_end: tests passed, failed, skipped; programs not ok
SUMMARY=''		# read_end: failures and skips, for summary.awk

# --- guests (vm/) ------------------------------------------------------------

WORK=''			# the temporary directory of a guest, or of several
GUEST=''		# the architecture of its kernel
GUEST_BIN=''		# the programs for it
QEMU=()			# the command
ACCEL='' ACCEL_TRIED=1 ACCEL_NOTE=''
FATE=''			# how far the guest came
GUEST_LIMIT=0 LIMIT_FROM=0 LIMIT_STARVED='' BOOT_UNTIL=0	# see guest_limit()
REASON=''		# why there is no verdict
KEPT=''			# the console that was kept
PLAN=''			# the number of results in a guest
USERS=''		# those who run the tests in a guest
RUNS=()			# the runs on several kernels, or in several guests
PARTS=()		# the programs of each guest for one kernel
PART=''			# the number of the guest that this process follows
PART_TAP=''		# what TAP is for it
TREE='' NAME='' LOG='' IMAGE='' BUILD_TIME=0	# a step of a bisection
