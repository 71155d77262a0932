#!/bin/bash -p
# SPDX-License-Identifier: GPL-2.0
#
# Builds the kcmp(2) conformance suite, runs it on this kernel or in guests,
# prints TAP as the kernel's runner.sh does, and exits with a reliable status.
# "./run.sh --help" and README tell the rest.
# In POSIX mode no exported function can replace ".", "exec" or "set"; env.sh ends
# it.
POSIXLY_CORRECT=1 FUNCNEST=0
set -u -o pipefail

case ${BASH_SOURCE[0]} in
*/*) HERE=${BASH_SOURCE[0]%/*} ;;
*) HERE=. ;;
esac
# The environment, and the variables that all files share.
# shellcheck source=runner/env.sh
. "$HERE/runner/env.sh"
# shellcheck source=runner/globals.sh
. "$HERE/runner/globals.sh"
HERE=$(cd -- "$HERE" && pwd -P) || exit "$ERROR"
readonly HERE

# Messages, tools, temporary directories.
# shellcheck source=runner/say.sh
. "$HERE/runner/say.sh"
# shellcheck source=runner/tools.sh
. "$HERE/runner/tools.sh"
# shellcheck source=runner/temp.sh
. "$HERE/runner/temp.sh"
# The command line; --setup and the build; which programs and tests.
# shellcheck source=runner/options.sh
. "$HERE/runner/options.sh"
# shellcheck source=runner/build.sh
. "$HERE/runner/build.sh"
# shellcheck source=runner/select.sh
. "$HERE/runner/select.sh"
# Processes; programs on this kernel; from their output to TAP and other reports.
# shellcheck source=runner/process.sh
. "$HERE/runner/process.sh"
# shellcheck source=runner/local.sh
. "$HERE/runner/local.sh"
# shellcheck source=runner/tap.sh
. "$HERE/runner/tap.sh"
# shellcheck source=runner/results.sh
. "$HERE/runner/results.sh"
# shellcheck source=runner/html.sh
. "$HERE/runner/html.sh"
# shellcheck source=runner/until.sh
. "$HERE/runner/until.sh"
# Guests: architectures, images, QEMU, virtme-ng, several kernels, bisection.
# shellcheck source=vm/arch.sh
. "$HERE/vm/arch.sh"
# shellcheck source=vm/programs.sh
. "$HERE/vm/programs.sh"
# shellcheck source=vm/image.sh
. "$HERE/vm/image.sh"
# shellcheck source=vm/qemu.sh
. "$HERE/vm/qemu.sh"
# shellcheck source=vm/vng.sh
. "$HERE/vm/vng.sh"
# shellcheck source=vm/guest.sh
. "$HERE/vm/guest.sh"
# shellcheck source=vm/split.sh
. "$HERE/vm/split.sh"
# shellcheck source=vm/matrix.sh
. "$HERE/vm/matrix.sh"
# shellcheck source=vm/step.sh
. "$HERE/vm/step.sh"

# Makes KERNELS paths of images that can be booted.
check_kernels()
{
	local i

	for i in "${!KERNELS[@]}"; do
		KERNELS[i]=$(image_find "${KERNELS[i]}") || exit "$ERROR"
	done
	! in_guests || guest_choose_vm
}

# Runs the tests, and prints TAP.
run_it()
{
	case ${#KERNELS[@]} in
	0) run_here ;;
	1) run_in_guest "${KERNELS[0]}" ;;
	*) run_matrix ;;
	esac
}

# stop NAME NUMBER: the end by a signal.
stop()
{
	trap '' INT TERM HUP
	end_jobs "stopped by SIG$1"
	end_progress
	end_results
	say "stopped by SIG$1"
	exit $((128 + $2))
}

# On a terminal there is progress instead of TAP, unless -v asks for it.
choose_output()
{
	if [ -t 1 ] && [ -z "$VERBOSE" ]; then
		exec >/dev/null
		[ ! -t 2 ] || [ -n "$QUIET" ] || PROGRESS=1
	fi
}

main()
{
	local status

	printf -v COMMAND '%q ' ./run.sh "$@"
	COMMAND=${COMMAND% }
	trap remove_temp_dirs EXIT
	# Writing to a reader that is gone, or beyond RLIMIT_FSIZE, is an error, not
	# the end.
	trap : PIPE XFSZ
	trap 'stop HUP 1' HUP
	trap 'stop INT 2' INT
	trap 'stop TERM 15' TERM
	check_tools
	parse_options "$@"
	{ : >&1; } 2>/dev/null || die "stdout is closed"
	if [ ${#FROM[@]} -gt 0 ]; then
		forms_from
		return
	fi
	if [ -n "$UNTIL_FAIL" ]; then
		choose_output
		PROGRESS=''
		until_fail
		return
	fi
	[ -z "$BISECT" ] || step_begin
	[ -z "$SETUP" ] || setup
	check_kernels
	build
	choose_programs
	if [ ${#EXPLAIN[@]} -gt 0 ]; then
		explain
		return
	elif [ -n "$LIST" ]; then
		list
		return
	fi
	begin_results
	if [ -n "$BISECT" ]; then
		run_step
	else
		choose_output
		run_it
	fi
	status=$?
	end_results
	return $status
}

main "$@"
