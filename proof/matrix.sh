#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The suite on Debian's kernels, in guests: no failure, no report on a console,
# and exactly the skips that vm/skips lists; the same test names everywhere; one
# kernel through virtme-ng.  Run by "make check-kernels".  UPDATE=1 rewrites the
# lists.
# shellcheck source=/dev/null
. "$(dirname "$0")/../t/tap.sh"

export RUN_TIMEOUT=600
[ $# -gt 0 ] || set -- 5.10 6.1 6.12 7.3

# The nested result lines of kernel number $1 in $TMP/all, by root or others.
results()
{
	awk -v "wanted=$1" '
		/^ok [0-9]+ kernel:|^not ok [0-9]+ kernel:/ { kernel++ }
		kernel + 1 == wanted && sub(/^# # (# )?/, "") { print }
	' "$TMP/all"
}

names()
{
	results "$1" | sed -n 's/^\(not \)\?ok [0-9]* \([^ ]*\).*/\2/p' | sort -u
}

skips()
{
	results "$1" | sed -n 's/^ok [0-9]* \([^ ]* # SKIP .*\)/\1/p' | sort -u
}

images=()
for version; do
	image=$("$TOP/vm/kernels.sh" "$version") || {
		skip "kernels" "missing package archive"
		finish
		exit
	}
	images+=(--kernel "$image")
done

KCMP_USERS=root run "$TOP/run.sh" "${images[@]}"
check "$# kernels: nothing fails" exited 0
cp "$TMP/out" "$TMP/all"
names 1 >"$TMP/names"
"$TOP/run.sh" --list | sort >"$TMP/here"
check "the tests in a guest are those that --list tells" \
	same "$TMP/here" "$TMP/names"
i=0
for version; do
	i=$((i + 1))
	names $i >"$TMP/seen"
	check "$version: the test names are the same" \
		same "$TMP/names" "$TMP/seen"
	skips $i >"$TMP/seen"
	[ -z "${UPDATE:-}" ] || cp "$TMP/seen" "$TOP/vm/skips/$version"
	check "$version: what is skipped is what vm/skips says" \
		same "$TOP/vm/skips/$version" "$TMP/seen"
done

KCMP_USERS=nobody run "$TOP/run.sh" "${images[@]}"
check "$# kernels: nothing fails as nobody" exited 0

if command -v vng >/dev/null; then
	image=$("$TOP/vm/kernels.sh" 6.1-generic)
	run "$TOP/run.sh" --vm vng --kernel "$image"
	check "6.1 in virtme-ng: nothing fails" exited 0
	check "6.1 in virtme-ng: the tests are the same" \
		[ "$(grep -c '^# ok' "$TMP/out")" = "$(wc -l <"$TMP/here")" ]
else
	skip "6.1 in virtme-ng" "missing vng"
fi

finish
