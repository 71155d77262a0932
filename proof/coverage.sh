#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Prints which lines and branches of kernel/kcmp.c, and of the function that it
# calls in fs/eventpoll.c, the suite reaches.  The suite runs as root and as nobody
# in a guest with Linux 6.12, built with gcov.  Run by "make coverage".
#
# Exits with 1 when something is not reached that proof/coverage/unreached does not
# list; with 2 when it cannot be found out.
set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$here/..
cache=$("$top/runner/cache.sh") || exit 2
work=$cache/coverage
readonly MEASURED=(kernel/kcmp fs/eventpoll)

die()
{
	echo "coverage.sh: $*" >&2
	exit 2
}

# Sets TREE and IMAGE.
build_kernel()
{
	local file profile=()

	for file in "${MEASURED[@]}"; do
		profile+=("GCOV_PROFILE_${file##*/}.o=y")
	done
	TREE=$("$here/kernel_tree.sh" "$work") || exit 2
	trap 'rm -rf "$TREE"' EXIT
	IMAGE=$(env "${profile[@]}" "$top/vm/build.sh" "$TREE" "$work/out" \
		"$here/coverage/config") || exit 2
}

# Runs the suite, and leaves what the kernel has counted in $work/report.
run_suite()
{
	local file keep=''

	rm -rf "$work/report"
	mkdir -p "$work/report"
	for file in "${MEASURED[@]}"; do
		keep+=,/sys/kernel/debug/gcov$work/out/$file.gcda
	done
	KCMP_USERS='root nobody' "$top/run.sh" --kernel "$IMAGE" \
		--append "kcmp_keep=${keep#,}" >"$work/tap" ||
		die "the kernel is not green: $work/tap"
	for file in "${MEASURED[@]}"; do
		file=${file##*/}.gcda
		sed -n "s/^# kept $file //p" "$work/tap" | base64 -d |
			gunzip >"$work/report/$file" || die "no $file"
	done
}

# Prints "FILE:LINE: [branch N of] TEXT" of what was not reached, and sums up.
find_unreached()
{
	local file

	cd "$work/report" || exit 2
	for file in "${MEASURED[@]}"; do
		cp "$work/out/$file.gcno" .
		gcov -b -c "${file##*/}.gcda" >/dev/null 2>&1
		[ -s "${file##*/}.c.gcov" ] || die "gcov cannot read $file.gcda"
	done
	awk -v reasons="$here/coverage/unreached" -f "$here/coverage/report.awk" \
		kcmp.c.gcov eventpoll.c.gcov
}

command -v gcov >/dev/null || die "no gcov: apt-get install gcc"
build_kernel
run_suite
find_unreached
