#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Test ids are stable: doc/ids.txt lists all of them, and an id that goes away is
# in doc/renamed.txt with its new name, or "-" if its test was removed.
# UPDATE=1 rewrites doc/ids.txt.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly IDS=$TOP/doc/ids.txt RENAMED=$TOP/doc/renamed.txt
readonly LONGEST=50	# characters behind the fixture

run "$TOP/run.sh" --list
check "--list exits with 0" exited 0
sort "$TMP/out" >"$TMP/now"
[ -z "${UPDATE:-}" ] || cp "$TMP/now" "$IDS"
check "doc/ids.txt lists the tests" same "$IDS" "$TMP/now"

grep -v '^#' "$RENAMED" >"$TMP/renamed"
awk 'NF < 2' "$TMP/renamed" >"$TMP/out"
check "each line of doc/renamed.txt has an old and a new id" \
	same /dev/null "$TMP/out"
cut -d ' ' -f 1 "$TMP/renamed" | sort -u | comm -12 - "$TMP/now" >"$TMP/out"
check "no renamed id exists any more" same /dev/null "$TMP/out"
cut -d ' ' -f 2- "$TMP/renamed" | tr ' ' '\n' | grep -vx -e - | sort -u |
	comm -23 - "$TMP/now" >"$TMP/out"
check "each new id exists" same /dev/null "$TMP/out"

# An id that was there in an earlier commit and is gone has to be entered.
if git -C "$TOP" rev-parse -q --verify HEAD:doc/ids.txt >/dev/null 2>&1; then
	git -C "$TOP" log --format=%H -n 50 -- doc/ids.txt |
		while read -r commit; do
			git -C "$TOP" show "$commit:doc/ids.txt" 2>/dev/null
		done | sort -u | comm -23 - "$TMP/now" >"$TMP/gone"
	cut -d ' ' -f 1 "$TMP/renamed" | sort -u | comm -23 "$TMP/gone" - >"$TMP/out"
	check "an id that is gone is in doc/renamed.txt" same /dev/null "$TMP/out"
else
	skip "an id that is gone is in doc/renamed.txt" "needs the git history"
fi

awk -F . -v most=$LONGEST '{ rest = $0; sub(/^[^.]*\./, "", rest) }
	length(rest) > most { print }' "$TMP/now" >"$TMP/out"
check "no name has more than $LONGEST characters behind the fixture" \
	same /dev/null "$TMP/out"
finish
