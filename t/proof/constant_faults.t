#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A kernel that always gives the same answer turns every program red, and one
# without kcmp() makes each test a skip; the same tracer without a fault changes
# nothing.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly ERRNOS=(EPERM ENOENT ESRCH EINTR EIO E2BIG EBADF EAGAIN ENOMEM EACCES
		 EFAULT EINVAL EMFILE EOPNOTSUPP)

traced()
{
	run strace -f -qq -o /dev/null -e trace=kcmp "$@"
}

# turns_red FAULT PROGRAM: whether a test fails; the first failure ends the run, as
# some tests wait long for what a broken kernel never gives.
turns_red()
{
	timeout -k 5 120 strace -f -qq -o /dev/null -e trace=kcmp \
		-e inject=kcmp:"$1" "$2" 2>/dev/null </dev/null |
		grep -q -m 1 '^not ok'
	return "${PIPESTATUS[1]}"
}

# Prints the programs that the running run.sh would run.
programs()
{
	sed -n 's/^TEST_GEN_PROGS := //p' "$TOP/Makefile"
}

command -v strace >/dev/null || {
	skip "constant faults" "missing strace"
	finish
	exit
}

for program in $(programs); do
	traced "$TOP/$program"
	check "$program is green under the tracer" exited 0
	for fault in retval={0,1,2,3,7} "${ERRNOS[@]/#/error=}"; do
		check "$program is red when kcmp is always $fault" \
			turns_red "$fault" "$TOP/$program"
	done
	traced -e inject=kcmp:error=ENOSYS "$TOP/$program"
	check "$program is skipped when kcmp is always ENOSYS" exited 4
	check "$program names what is missing in each line" \
		[ -z "$(grep '^ok' "$TMP/out" |
			grep -v '# SKIP needs CONFIG_KCMP$')" ]
done

finish
