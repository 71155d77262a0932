#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# configs.sh [NAME]...: the suite on kernels that lack something, and on one that
# watches itself: each file in proof/configs is a piece of configuration, and
# NAME.skips what is skipped then, beside vm/skips/6.12 ("GLOB # SKIP reason",
# the last one counts).  Nothing fails, and nothing else is skipped.  Run by
# "make check-configs".
# shellcheck source=/dev/null
. "$(dirname "$0")/../t/tap.sh"

export RUN_TIMEOUT=900
cache=$("$TOP/runner/cache.sh") || exit 1
work=$cache/configs
here=$TOP/proof/configs
[ $# -gt 0 ] || set -- no-kcmp no-objects no-permissions debug

# Prints "TEST # SKIP reason" for the tests that a kernel is to skip.
expected_skips()
{
	local id line reason

	while read -r id; do
		reason=
		while read -r line; do
			# shellcheck disable=SC2053
			[[ $id != ${line%% # *} ]] || reason=${line#* # }
		done < <(cat "$TOP/vm/skips/6.12" "$here/$1.skips" 2>/dev/null)
		[ -z "$reason" ] || echo "$id # $reason"
	done <"$TMP/names" | sort
}

seen_skips()
{
	sed -n 's/^# ok [0-9]* \([^ ]* # SKIP .*\)/\1/p' "$TMP/out" | sort
}

# check_config NAME STATUS
check_config()
{
	local image

	run "$TOP/vm/build.sh" "$tree" "$work/out" "$here/$1"
	check "$1: the kernel is built" exited 0
	[ "$STATUS" = 0 ] || return
	image=$(cat "$TMP/out")
	KCMP_USERS=root KCMP_BOOT_TIMEOUT=120 run "$TOP/run.sh" --mem 1024 \
		--timeout 120 --kernel "$image"
	check "$1: nothing fails, and the kernel has no complaint" exited "$2"
	expected_skips "$1" >"$TMP/expected"
	seen_skips >"$TMP/seen"
	check "$1: what is skipped is what it lacks" \
		same "$TMP/expected" "$TMP/seen"
}

trap 'rm -rf "$TMP" "${tree:-}"' EXIT
tree=$("$TOP/proof/kernel_tree.sh" "$work") || {
	skip "configurations" "missing package archive"
	finish
	exit
}
"$TOP/run.sh" --list | sort >"$TMP/names"
for name; do
	case $name in
	no-kcmp) check_config "$name" 4 ;;
	*) check_config "$name" 0 ;;
	esac
done
finish
