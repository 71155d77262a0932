#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# single-lies.sh [-m MOST] [-n SAMPLE] [-l LIE] [PROGRAM...]: for each test and
# each call of kcmp() that it makes, runs the test once with a lie in that one
# answer: "the same" becomes 1, everything else 0, but see lies().  Of a test with
# more than MOST calls (40) that many are taken, evenly; of all lies SAMPLE, if
# given.  With -l, the lie is always the same (EPERM, for instance), as far as it
# is one.
#
# Prints the lies that nobody has seen: program, test, which call, its type, the
# truth and the lie, and where it was asked.  The last line is "N lies, N seen
# (N.NN %), N excused".  Exits with 1 when less than 99 % were seen, with 2 when a
# run made no sense.
set -u -o pipefail
export LC_ALL=C

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/kcmp-lies.XXXXXX") || exit 2
chmod 755 "$tmp"
trap 'rm -rf "$tmp"' EXIT
liar=$tmp/liar
most=40
sample=0
always=
export top tmp liar

die()
{
	echo "single-lies.sh: $*" >&2
	exit 2
}

# Tests that cannot be lied to, as patterns of PROGRAM TEST, and why.
not_covered()
{
	cat <<-'END'
	^stress_test storm\.	how often it asks is a matter of time
	^perm_test window\.	how often it asks is a matter of time
	^stress_test stopped.posix_lock	asks for the load, not for the answers
	END
}

# Answers that may be false, as patterns of PROGRAM TEST FUNCTION TYPE TRUTH, the
# function being that which asks, and why.
excuses()
{
	cat <<-'END'
	^[^ ]* [^ ]* kcmp_missing 	asks whether there is a kcmp(), not what it says
	^kcmp_test zombie.is_still_found .* [012]$	NULL is NULL or not: any answer is right
	^kcmp_test zombie.[^ ]* come_to_differ 	asks until it is so
	^epoll_test toff.(does_not|is_an_answer).* [012]$	any answer is right here
	^epoll_test global.toff_order_is_not	a tendency of many answers
	END
}

# What to tell instead, as patterns of the same, where any answer will do and an
# error will not.
lies()
{
	cat <<-'END'
	^kcmp_test pid.of_a_kernel_thread[^ ]* [^ ]* [0-6] 	ESRCH
	^perm_test [^ ]* ask_everything [0-6] [012]$	EPERM
	^perm_test own.zombie_is_allowed [^ ]* [0-6] [012]$	EPERM
	^stress_test path\.[^ ]* task_main [0-7] [012]$	EAGAIN
	END
}

# Reads words, and runs a function with each line of them, several at a time.
in_parallel()
{
	# shellcheck disable=SC2016
	xargs -P "$(nproc)" -L 1 bash -c "$1"' "$@"' "$1"
}

# count PROGRAM TEST: notes what the test asks when it is told the truth.
count()
{
	local log=$tmp/truth/$1:$2

	timeout -k 5 100 "$liar" -o "$log" none "$top/$1" -r "$2" \
		</dev/null >"$log.out" 2>&1
	case $? in
	0) mv "$log" "$log.log" ;;
	4) sed -n "s/^ok .* # SKIP /$1 $2: /p" "$log.out" >"$log.skip" ;;
	*) mv "$log.out" "$log.red" ;;
	esac
}

# Prints ADDRESS FUNCTION FILE:LINE for each place in a program that asks.
places()
{
	cut -s -d ' ' -f 5-7 "$tmp/truth/$1":*.log | tr ' ' '\n' | sort -u |
		addr2line -a -f -s -e "$top/$1" | sed 's/ (.*//; s/^0x0*/0x/' |
		paste -d ' ' - - -
}

# Prints PROGRAM TEST NUMBER TYPE TRUTH FUNCTION FILE:LINE<... for each call.
calls()
{
	places "$1" >"$tmp/places"
	awk -v program="$1" '
		FILENAME ~ /\/places$/ { place[$1] = $2 " " $3; next }
		FNR == 1 {
			test = FILENAME
			sub(/.*:/, "", test)
			sub(/\.log$/, "", test)
		}
		{
			where = $5 in place ? place[$5] : "? ?"
			for (i = 6; i <= 7 && i <= NF; i++)
				where = where "<" substr(place[$i],
						index(place[$i], " ") + 1)
			print program, test, $1, $2, $3, where
		}' "$tmp/places" "$tmp/truth/$1":*.log
}

# Reads calls, and prints those that no pattern excuses, each with how to lie.
not_excused()
{
	awk -F '\t' -v list="$tmp/excused" -v always="$always" '
		FNR == 1 { file++ }
		file == 1 { excuse[++excuses] = $1; next }
		file == 2 { lie[++lies] = $1; value[lies] = $2; next }
		{
			split($0, word, " ")
			key = word[1] " " word[2] " " word[6] " " word[4] " " word[5]
			for (i = 1; i <= excuses; i++)
				if (key ~ excuse[i]) {
					print i, $0 >list
					next
				}
			for (i = lies; i && key !~ lie[i]; i--)
				;
			told = always ? always : i ? value[i] : ""
			print $0 (told ? " :" told : "")
		}' <(excuses) <(lies) -
}

# Reads calls, and prints as many of each test as there may be.
choose()
{
	awk -v most="$most" '
		function flush(   i, step) {
			step = n > most ? n / most : 1
			for (i = 0; int(i) < n; i += step)
				print line[int(i)]
			n = 0
		}
		$1 " " $2 != test { flush(); test = $1 " " $2 }
		{ line[n++] = $0 }
		END { flush() }'
}

take_sample()
{
	awk -v sample="$sample" '
		{ line[NR] = $0 }
		END {
			step = sample && NR > sample ? NR / sample : 1
			for (i = 1; int(i) <= NR; i += step)
				print line[int(i)]
		}'
}

# lie PROGRAM TEST NUMBER TYPE TRUTH FUNCTION PLACE [:LIE]: prints what came of it.
lie()
{
	local log=$tmp/lie.$BASHPID

	timeout -k 5 100 "$liar" -o "$log" "nth=$3${8-}" "$top/$1" -r "$2" \
		</dev/null >/dev/null 2>&1
	case $? in
	1) echo "seen $*" ;;
	0 | 4) [ -s "$log" ] && echo "unseen $*" || echo "untold $*" ;;
	*) echo "broken $*" ;;
	esac
	rm -f "$log"
}
export -f count lie

# Prints the tests that no lie is told, and why.
report_not_covered()
{
	sort "$tmp/uncovered"
	cat "$tmp"/truth/*.skip 2>/dev/null
	for red in "$tmp"/truth/*.red; do
		[ ! -e "$red" ] || echo "$(basename "$red" .red | tr : ' '): red under the liar"
	done
}

report()
{
	echo "Not covered:"
	report_not_covered | sed 's/^/    /'
	echo "Excused:"
	paste -d '\t' <(cut -d ' ' -f 1 "$tmp/excused" | sort -n | uniq -c) \
		<(excuses) | awk -F '\t' '{ print "    " $1 + 0 ": " $3 }'
	echo "Not seen (program, test, call, type, truth, where):"
	grep -Ev "^(seen|untold) " "$tmp/told" | sort -V | sed 's/^/    /'
	awk -v excused="$(wc -l <"$tmp/excused")" '
		$1 != "untold" { n++ }
		$1 == "seen" { seen++ }
		$1 == "broken" { broken++ }
		END {
			share = n ? 100 * seen / n : 0
			printf "%d lies, %d seen (%.2f %%), %d excused\n",
			       n, seen, share, excused
			exit broken || !n ? 2 : share < 99
		}' "$tmp/told"
}

while getopts l:m:n: option; do
	case $option in
	l) always=$OPTARG ;;
	m) most=$OPTARG ;;
	n) sample=$OPTARG ;;
	*) die "usage: single-lies.sh [-m MOST] [-n SAMPLE] [-l LIE] [PROGRAM...]" ;;
	esac
done
shift $((OPTIND - 1))
read -ra programs < <(sed -n 's/^TEST_GEN_PROGS := //p' "$top/Makefile")
[ $# -gt 0 ] || set -- "${programs[@]}"

"${CC:-cc}" -O2 -o "$liar" "$top/proof/inject/kcmp_inject.c" "$top/proof/inject/rules.c" || die "no liar"
mkdir "$tmp/truth"
touch "$tmp/excused" "$tmp/uncovered"
for program; do
	"$top/$program" --list | sed "s/^/$program /" || die "no $program"
done >"$tmp/tests"
while IFS=$'\t' read -r pattern reason; do
	grep -E "$pattern" "$tmp/tests" | sed "s/\$/: $reason/" >>"$tmp/uncovered"
done < <(not_covered)
grep -Evf <(not_covered | cut -f 1) "$tmp/tests" | in_parallel count
for program; do
	calls "$program"
done >"$tmp/calls"
not_excused <"$tmp/calls" | choose | take_sample | in_parallel lie >"$tmp/told"
report
