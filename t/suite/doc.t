#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# doc/behaviours.txt is complete: each test is in a row, each row has a test or a
# reason for having none, and the tests and rows that the documents name exist.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly TABLE=$TOP/doc/behaviours.txt
readonly SENTENCES=39

# Prints what is wrong with a table, a line each.
complaints()
{
	awk -F '\t' -v sentences=$SENTENCES '
		function end_row() {
			if (row != "" && !tests && !reasons)
				print row ": neither a test nor a reason"
			row = ""
			tests = reasons = 0
		}
		function find(glob,	id, regex) {
			regex = glob
			gsub(/[.]/, "[.]", regex)
			gsub(/[*]/, ".*", regex)
			found = 0
			for (id in ids)
				if (id ~ "^" regex "$")
					found = ids[id] = 1
			if (!found)
				print row ": no test is " glob
		}
		FNR == NR { ids[$0] = 0; next }
		/^#/ || /^$/ { next }
		/^[A-Z][-A-Za-z0-9]*\t[MADI]\t[^\t]+$/ {
			end_row()
			row = $1
			if (row in rows)
				print row ": another row of that name"
			rows[row]
			next
		}
		row != "" && /^\t[+] [a-z0-9_.*]+$/ { tests++; find(substr($2, 3)); next }
		row != "" && /^\t- [^\t]+$/ { reasons++; next }
		row != "" && /^\t! [^\t]+$/ { next }
		{ print FNR ": neither a row nor a part of one: " $0 }
		END {
			end_row()
			for (i = 1; i <= sentences; i++)
				if (!("M" i in rows))
					print "M" i ": no such row"
			for (id in ids)
				if (!ids[id])
					print id ": in no row"
		}' "$TMP/ids" "$1"
}

run "$TOP/run.sh" --list
check "--list exits with 0" exited 0
cp "$TMP/out" "$TMP/ids"

complaints "$TABLE" >"$TMP/out"
check "each test has a row, and each row a test or a reason" same /dev/null "$TMP/out"

# seen NAME COMPLAINT SED: whether it is the only complaint of a changed table.
seen()
{
	sed "$3" "$TABLE" >"$TMP/changed"
	complaints "$TMP/changed" >"$TMP/out"
	echo "$2" >"$TMP/wanted"
	check "$1 is seen" same "$TMP/wanted" "$TMP/out"
}

echo nonsense.test >>"$TMP/ids"
seen "a test in no row" "nonsense.test: in no row" ''
sed -i '$d' "$TMP/ids"
seen "an id that nobody has" "EP-02: no test is file.nonsense" \
	'/^EP-02\t/a\	+ file.nonsense'
seen "a glob that matches nothing" "EP-02: no test is nonsense.*" \
	'/^EP-02\t/a\	+ nonsense.*'
seen "a row without anything" "EP-99: neither a test nor a reason" \
	"\$a EP-99\tD\tnothing"
seen "a remark that is neither" "EP-99: neither a test nor a reason" \
	"\$a EP-99\tD\tnothing\n\t! silent"
seen "a missing sentence" "M$SENTENCES: no such row" "s/^M$SENTENCES\t/EP-99\t/"
seen "a name that is taken" "EP-02: another row of that name" \
	"\$a EP-02\tD\tagain\n\t- none"
seen "a line out of place" "1: neither a row nor a part of one: nonsense" \
	'1i nonsense'

tr '\n' ' ' <"$TOP/doc/errata" | grep -o '\[[^]]*\]' |
	grep -o '[A-Z][-A-Z]*[0-9x]*' |
	while read -r row; do
		grep -q "^$row	" "$TABLE" || echo "$row"
	done >"$TMP/out"
check "the rows that doc/errata names exist" same /dev/null "$TMP/out"

finish
