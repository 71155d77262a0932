#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# matrix.sh [[ARCH:]SERIES]...: the suite on Debian's kernels, in guests: no failure,
# no report on a console, exactly the skips that vm/skips lists (for an unprivileged
# user in KERNEL.nobody, where there is one), and the same test ids everywhere.  Run by "make check-kernels" (x86_64, and one kernel through
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


# Prints the nested result lines of kernel number $1 in $TMP/all.
results()
{
	awk -v "wanted=$1" '
		/^(not )?ok [0-9]+ kernel:/ { kernel++; next }
		kernel + 1 == wanted && sub(/^# # (# )?/, "") { print }' "$TMP/all"
}

names()
{
	results "$1" | sed -n 's/^\(not \)\?ok [0-9]* \([^ ]*\).*/\2/p' |
		grep -F . | sort -u
}

skips()
{
	results "$1" | sed -n 's/^ok [0-9]* \([^ ]* # SKIP .*\)/\1/p' | sort -u
}

# list_of KERNEL USER: prints the list of its skips.
list_of()
{
	local suffix=.$2

	[ "$2" != root ] || suffix=''
	echo "$TOP/vm/skips/${1/:/-}$suffix"
}

# Sets IMAGES, and KERNELS to what they are images of.
fetch_all()
{
	local kernel image

	IMAGES=() KERNELS=()
	for kernel; do
		image=$(fetch "$kernel") || {
			skip "$kernel" "the archive does not serve it: $(tail -n 1 "$TMP/fetch.err")"
			continue
		}
		IMAGES+=(--kernel "$image")
		KERNELS+=("$kernel")
	done
}

# check_results KERNEL NUMBER USER
check_results()
{
	local list

	list=$(list_of "$1" "$3")
	names "$2" >"$TMP/seen"
	check "$1: the test ids are those of --list" same "$TMP/here" "$TMP/seen"
	skips "$2" >"$TMP/seen"
	[ -z "${UPDATE:-}" ] || cp "$TMP/seen" "$list"
	[ "$3" = root ] || [ -e "$list" ] || return 0
	check "$1: the skips as $3 are those of vm/skips" same "$list" "$TMP/seen"
}

# The kernels side by side, as root and as an unprivileged user.
check_kernels()
{
	local i kernel user

	[ ${#KERNELS[@]} -gt 0 ] || return
	# A second one gives the same form of output for one kernel.
	[ ${#KERNELS[@]} -gt 1 ] || IMAGES+=("${IMAGES[@]}")
	for user in root nobody; do
		KCMP_USERS=$user run "$TOP/run.sh" "${IMAGES[@]}"
		check "${KERNELS[*]}: nothing fails as $user" exited 0
		cp "$TMP/out" "$TMP/all"
		i=0
		for kernel in "${KERNELS[@]}"; do
			i=$((i + 1))
			check_results "$kernel" $i $user
		done
	done
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
	check "6.1-generic in virtme-ng: every test has a result" \
		[ "$(grep -c '^# \(not \)\?ok' "$TMP/out")" = "$(wc -l <"$TMP/here")" ]
}

"$TOP/run.sh" --list | sort >"$TMP/here"
fetch_all "$@"
check_kernels
[ -z "$VNG" ] || check_vng
finish
