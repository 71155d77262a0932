#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# doc/man/kcmp.2: the linters are silent, each sentence names rows of
# doc/behaviours.txt that exist, and the example compiles and prints what the
# page shows.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly PAGE=$TOP/doc/man/kcmp.2
readonly TABLE=$TOP/doc/behaviours.txt

# Prints the sentences of the sections that make statements which no comment
# with rows follows.
sentences_without_row()
{
	awk '
		/^\.SH / {
			checked = $2 ~ /^(DESCRIPTION|RETURN|ERRORS|VERSIONS|STANDARDS|HISTORY|NOTES|CAVEATS)$/
			open = ""
		}
		!checked { next }
		/^\.EX/ { example = 1 }
		/^\.EE/ { example = 0 }
		/^\.\\" [A-Z]/ { open = ""; next }
		# A tag of a list is no sentence.
		tag { tag = 0; next }
		/^\.TP/ { tag = 1 }
		example || /^\.(SH|SS|P|TP|IP|in|EX|EE)/ {
			if (open != "")
				print start ": " open
			open = ""
			next
		}
		{
			if (open == "")
				start = FNR
			else if (finished)
				print start ": " open
			if (finished && open != "") {
				open = ""
				start = FNR
			}
			open = open " " $0
			finished = /[.?]$/
		}
		END { if (open != "") print start ": " open }' "$1"
}

# Prints the rows that the page names and the table does not have.
unknown_rows()
{
	sed -n 's/^\.\\" \([A-Z][-A-Za-z0-9 ]*\)$/\1/p' "$1" | tr ' ' '\n' |
		grep -E '^[A-Z]+-?[-A-Z0-9]*[0-9x]$' | sort -u |
		while read -r row; do
			grep -q "^$row	" "$TABLE" || echo "$row"
		done
}

# Prints the program of the page's example.
example()
{
	sed -n '/^\.\\" SRC BEGIN/,/^\.\\" SRC END/p' "$1" |
		sed '/^\./d; s/^\\&$//; s/\\-/-/g; s/\\\[rs\]/\\/g'
}

# Prints what the page says that the program prints.
shown_output()
{
	sed -n '/^\.SH EXAMPLES/,/^\.SS/p' "$1" |
		sed -n '/^\.EX/,/^\.EE/p' | sed '/^[.$]/d'
}

sentences_without_row "$PAGE" >"$TMP/out"
check "each sentence names its rows" same /dev/null "$TMP/out"
unknown_rows "$PAGE" >"$TMP/out"
check "the rows exist" same /dev/null "$TMP/out"

sed '/^\.\\" M34/d' "$PAGE" >"$TMP/changed"
sentences_without_row "$TMP/changed" >"$TMP/out"
check "a sentence without a row is found" grep -q 'Yama' "$TMP/out"
sed 's/^\.\\" M34.*/.\\" M99/' "$PAGE" >"$TMP/changed"
unknown_rows "$TMP/changed" >"$TMP/out"
check "a row that does not exist is found" grep -qx 'M99' "$TMP/out"

example "$PAGE" >"$TMP/kcmp.c"
run cc -Wall -Wextra -Werror -o "$TMP/example" "$TMP/kcmp.c"
check "the example compiles" exited 0
shown_output "$PAGE" >"$TMP/expected"
run "$TMP/example"
if [ "$STATUS" != 0 ] && grep -q 'Operation not permitted' "$TMP/err"; then
	skip "the example prints what the page shows" "kcmp blocked by a seccomp filter"
else
	check "the example prints what the page shows" \
		same "$TMP/expected" "$TMP/out"
fi

for linter in "mandoc -T lint -W warning" "groff -z -ww -man"; do
	if command -v "${linter%% *}" >/dev/null; then
		# shellcheck disable=SC2086
		run $linter "$PAGE"
		cat "$TMP/err" >>"$TMP/out"
		check "${linter%% *} has no complaint" same /dev/null "$TMP/out"
	else
		skip "${linter%% *} has no complaint" "needs ${linter%% *}"
	fi
done
finish
