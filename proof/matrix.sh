#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# matrix.sh [[ARCH:]SERIES]...: the suite on Debian's kernels, in guests: no failure,
# no report on a console, exactly the skips that vm/skips lists, and the same test
# ids everywhere.  Run by "make check-kernels" (x86_64, and one kernel through
# virtme-ng) and "make check-arch" (the other architectures).  UPDATE=1 rewrites
# the lists.  A kernel that the archive does not serve today is skipped.
# shellcheck source=/dev/null
. "$(dirname "$0")/../t/tap.sh"

export RUN_TIMEOUT=${RUN_TIMEOUT:-1200}
VNG=''
if [ $# = 0 ]; then
	set -- 5.10 6.1 6.12 7.3
	VNG=1
fi

# fetch KERNEL: prints the path of the image of "SERIES" or "ARCH:SERIES".
fetch()
{
	case $1 in
	*:*) "$TOP/vm/kernels.sh" --arch "${1%%:*}" "${1#*:}" ;;
	*) "$TOP/vm/kernels.sh" "$1" ;;
	esac 2>"$TMP/fetch.err" </dev/null
}


names()
{
	sed -n 's/^# \(# \)\?\(not \)\?ok [0-9]* \([^ ]*\).*/\3/p' "$TMP/out" |
		grep -F . | sort -u
}

skips()
{
	sed -n 's/^# \(# \)\?ok [0-9]* \([^ ]* # SKIP .*\)/\2/p' "$TMP/out" | sort -u
}

# Prints the list of skips of a kernel.
list_of()
{
	echo "$TOP/vm/skips/${1/:/-}"
}

# check_kernel KERNEL
check_kernel()
{
	local image

	image=$(fetch "$1") || {
		skip "$1" "the archive does not serve it: $(tail -n 1 "$TMP/fetch.err")"
		return
	}
	KCMP_USERS=root run "$TOP/run.sh" --kernel "$image"
	check "$1: nothing fails as root" exited 0
	names >"$TMP/seen"
	check "$1: the test ids are those of --list" same "$TMP/here" "$TMP/seen"
	skips >"$TMP/seen"
	[ -z "${UPDATE:-}" ] || cp "$TMP/seen" "$(list_of "$1")"
	check "$1: the skips are those of $(basename "$(list_of "$1")")" \
		same "$(list_of "$1")" "$TMP/seen"
	KCMP_USERS=nobody run "$TOP/run.sh" --kernel "$image"
	check "$1: nothing fails as nobody" exited 0
}

check_vng()
{
	local image

	image=$(fetch 6.1-generic) && command -v vng >/dev/null || {
		skip "6.1-generic in virtme-ng" "needs virtme-ng and the archive"
		return
	}
	run "$TOP/run.sh" --vm vng --kernel "$image"
	check "6.1-generic in virtme-ng: nothing fails" exited 0
	names >"$TMP/seen"
	check "6.1-generic in virtme-ng: the test ids are the same" \
		same "$TMP/here" "$TMP/seen"
}

"$TOP/run.sh" --list | sort >"$TMP/here"
for kernel; do
	check_kernel "$kernel"
done
[ -z "$VNG" ] || check_vng
finish
