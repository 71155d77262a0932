#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# doc/man/kcmp.2: the linters are silent, each sentence names rows of
# doc/behaviours.txt that exist, and the example compiles and prints what the
# page shows, also in a guest.  doc/man/changes: what differs from the published
# page is in it, and each row is accounted for.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

readonly PAGE=$TOP/doc/man/kcmp.2
readonly TABLE=$TOP/doc/behaviours.txt
readonly CHANGES=$TOP/doc/man/changes

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

# named_rows [FILE]: prints the rows that the text names; "A to B" stands for those
# that the table has from A to B.  Words that look like rows and are none, as well.
named_rows()
{
	awk -v table="$TABLE" '
		BEGIN {
			while ((getline line < table) > 0)
				if (line ~ /^[A-Z]+[-A-Z0-9]*[0-9a-zA-Z]\t/) {
					split(line, part, "\t")
					row[++n] = part[1]
					place[part[1]] = n
				}
		}
		{
			for (i = 1; i <= NF; i++) {
				sub(/[],.;:]*$/, "", $i)
				sub(/^\[/, "", $i)
				word[++words] = $i
			}
		}
		function is_row(text)
		{
			return text in place ||
			       text ~ /^[A-Z][A-Z0-9]*(-[A-Z]+)?-[0-9]+[a-z]?$/ ||
			       text ~ /^M[0-9]+$/
		}
		END {
			for (i = 1; i <= words; i++) {
				if (!is_row(word[i]))
					continue
				print word[i]
				if (word[i + 1] == "to" && is_row(word[i + 2]))
					for (j = place[word[i]]; j < place[word[i + 2]]; j++)
						print row[j]
			}
		}' "$@" | sort -u
}

# Prints the rows of the table; with an argument, those with a line that starts so.
table_rows()
{
	awk -F '\t' -v "mark=${1:-}" '
		/^[A-Z]+[-A-Z0-9]*[0-9a-zA-Z]\t/ {
			row = $1
			if (mark == "")
				print row
		}
		mark != "" && row != "" && $2 ~ "^" mark { print row }' "$TABLE" | sort -u
}

# unaccounted PAGE CHANGES: prints the rows that neither names.
unaccounted()
{
	{
		sed -n 's/^\.\\" \([A-Z][-A-Za-z0-9 ]*\)$/\1/p' "$1"
		cat "$2"
	} | named_rows >"$TMP/named"
	table_rows | comm -23 - "$TMP/named"
}

# Prints the rows with a difference that are no entry of the list and not new.
differences_without_entry()
{
	{
		grep -o '^M[0-9]*' "$1"
		sed -n '/^New sentences/,/^Rows of/p' "$1" | named_rows
		sed -n 's/.*Rows: //p' "$1" | named_rows
	} | sort -u >"$TMP/named"
	table_rows ! | comm -23 - "$TMP/named"
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

named_rows "$CHANGES" >"$TMP/named"
table_rows | comm -13 - "$TMP/named" >"$TMP/out"
check "changes: the rows exist" same /dev/null "$TMP/out"
unaccounted "$PAGE" "$CHANGES" >"$TMP/out"
check "changes: each row is in the page or accounted for" same /dev/null "$TMP/out"
differences_without_entry "$CHANGES" >"$TMP/out"
check "changes: each difference has an entry" same /dev/null "$TMP/out"
named_rows "$TOP/doc/errata" >"$TMP/rows"
named_rows "$CHANGES" | comm -13 - "$TMP/rows" >"$TMP/out"
check "changes: each erratum is in it" same /dev/null "$TMP/out"
sed -n 's/^ *\(M[0-9]*\) *\(right\|stale\|wrong\|missing\) *\(right\|stale\|wrong\|missing\)\( .*\)*$/\1/p' \
	"$TOP/doc/man/translations" >"$TMP/out"
check "translations: each sentence is there once" \
	same <(table_rows | grep '^M[0-9]*$' | sort -V) "$TMP/out"

grep -v '^M34' "$CHANGES" >"$TMP/changed"
differences_without_entry "$TMP/changed" >"$TMP/out"
check "a difference without an entry is found" grep -qx M34 "$TMP/out"
sed '/^\.\\"/s/ EP-16\>//' "$PAGE" >"$TMP/changed.2"
sed 's/EP-16//' "$CHANGES" >"$TMP/changed"
unaccounted "$TMP/changed.2" "$TMP/changed" >"$TMP/out"
check "a row that is nowhere is found" same <(echo EP-16) "$TMP/out"

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

# in_guest IMAGE: the example in a guest.
in_guest()
{
	mkdir "$TMP/bin" && cc -c -Dmain=program_main -o "$TMP/kcmp.o" "$TMP/kcmp.c" &&
		cc -static -o "$TMP/bin/kcmp_test" "$TMP/kcmp.o" \
			"$TOP/t/suite/guest_program.c" || return
	KCMP_BIN=$TMP/bin RUN_TIMEOUT=300 run "$TOP/run.sh" --kernel "$1"
	sed -n 's/^# # \(# \)\?\(.*: *\(same\|different\)\)$/\2/p' "$TMP/out" >"$TMP/seen"
	exited 0 && same "$TMP/expected" "$TMP/seen"
}

image=$("$TOP/vm/kernels.sh" 6.12 2>"$TMP/fetch.err" </dev/null)
if [ -z "$image" ]; then
	skip "and in a guest" "$(tail -n 1 "$TMP/fetch.err")"
else
	check "and in a guest" in_guest "$image"
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
