#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Under a seccomp filter that refuses kcmp() for some types, what asks about
# others goes on, what asks about those is skipped, and nothing fails.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

if [ "$(uname -m)" != x86_64 ]; then
	skip "filters" "needs x86_64"
	finish
	exit
fi
"$TOP/run.sh" >"$TMP/free" 2>/dev/null
passed()
{
	sed -n 's/^# ok [0-9]* \([^ ]*\)$/\1/p' "$1" | sort
}

because_of_the_filter()
{
	sed -n 's/^# ok [0-9]* \([^ ]*\) # SKIP kcmp blocked by a seccomp filter/\1/p' \
		"$1"
}

passed "$TMP/free" >"$TMP/expected"
for types in 0 1 2 3 4 5 6 7 1,2,3,4,5,6,7; do
	run "$TOP/t/suite/seccomp_filter.pl" "$types" "$TOP/run.sh"
	check "without type $types: nothing fails" exited 0
	{
		passed "$TMP/out"
		because_of_the_filter "$TMP/out"
	} | sort >"$TMP/seen"
	comm -23 "$TMP/expected" "$TMP/seen" >"$TMP/lost"
	check "without type $types: the filter is the only new reason to skip" \
		same /dev/null "$TMP/lost"
done
run "$TOP/t/suite/seccomp_filter.pl" 0,1,2,3,4,5,6,7 "$TOP/run.sh"
check "without any type: everything is skipped" exited 4
finish
