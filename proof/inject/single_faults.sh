#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# single_faults.sh [-m MOST] [-n SAMPLE] [-l FAULT] [PROGRAM...]: for each kcmp()
# call of each test, runs the test once with a wrong answer to that call: 0 becomes
# 1, everything else 0, unless faults() says otherwise.  Of a test with more than
# MOST calls (40) that many are taken, evenly; of all faults SAMPLE, if given.  With
# -l, the wrong answer is always FAULT (EPERM, for instance), where that is wrong.
#
# Prints the faults that no test has seen: program, test, number of the call, type,
# the right and the wrong answer, and the place of the call.  The last line is
# "N faults, N seen (N.NN %), N excused".  Exits with 1 when less than 99 % were
# seen, with 2 when a run made no sense.
set -u -o pipefail
export LC_ALL=C

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/kcmp-faults.XXXXXX") || exit 2
chmod 755 "$tmp"
trap 'rm -rf "$tmp"' EXIT
injector=$tmp/injector
most=40
sample=0
always=
export top tmp injector

die()
{
	echo "single_faults.sh: $*" >&2
	exit 2
}

# Tests that are left out, as patterns of PROGRAM TEST, and why.
not_covered()
{
	cat <<-'END'
	^epoll_test epoll_target.question_	its answers are not judged
	^kcmp_test object.[a-z]*.proc_status	its answers are not judged
	^model_test 	random runs; t/suite/model.t has its own faults
	^stress_test storm\.	the number of calls depends on time
	^perm_test exec_race\.	the number of calls depends on time
	^stress_test [a-z_]*.posix_lock	its calls are load; their answers are not judged
	END
}

# Calls whose answer may be wrong, as patterns of PROGRAM TEST FUNCTION TYPE ANSWER,
# with the function that makes the call, and why.
excuses()
{
	cat <<-'END'
	^[^ ]* [^ ]* (call|kcmp)_skip_reason 	only asks whether kcmp() is available
	^kcmp_test zombie.is_found .* [012]$	NULL is NULL or not: any answer is right
	^[a-z]*_test [^ ]*(reaped|exited|esrch)[^ ]* kcmp_ask [0-7] -3$	a pid may be in use again: asked again
	^kcmp_test zombie.[^ ]* come_to_differ 	asks until it is so
	^epoll_test epoll_toff.(other_numbers|answers_below|does_not).* [012]$	any answer is right here
	^epoll_test global.order_does_not_follow	a tendency of many answers
	END
}

# Prints the wrong answer to give, by the same patterns, where any answer is
# accepted and an error is not.
faults()
{
	cat <<-'END'
	^kcmp_test pid.kernel_thread[^ ]* [^ ]* [0-6] 	ESRCH
	^[a-z]*_test [^ ]* ask_access [0-7] [0123]$	EPERM
	^stress_test kcmp_path\.[^ ]* worker_main [0-7] [012]$	EAGAIN
	END
}

# Reads words, and runs a function with each line of them, several at a time.
in_parallel()
{
	# shellcheck disable=SC2016
	xargs -P "$(nproc)" -L 1 bash -c "$1"' "$@"' "$1"
}

# count PROGRAM TEST: notes what the test asks when it is reported the real.
count()
{
	local log=$tmp/real/$1:$2

	timeout -k 5 100 "$injector" -o "$log" none "$top/$1" -r "$2" \
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
	cut -s -d ' ' -f 5-7 "$tmp/real/$1":*.log | tr ' ' '\n' | sort -u |
		addr2line -a -f -s -e "$top/$1" | sed 's/ (.*//; s/^0x0*/0x/' |
		paste -d ' ' - - -
}

# Prints PROGRAM TEST NUMBER TYPE REAL FUNCTION FILE:LINE<... for each call.
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
		}' "$tmp/places" "$tmp/real/$1":*.log
}

# Reads calls, and prints those that no pattern excuses, each with how to fault.
not_excused()
{
	awk -F '\t' -v list="$tmp/excused" -v always="$always" '
		FNR == 1 { file++ }
		file == 1 { excuse[++excuses] = $1; next }
		file == 2 { fault[++faults] = $1; value[faults] = $2; next }
		{
			split($0, word, " ")
			key = word[1] " " word[2] " " word[6] " " word[4] " " word[5]
			for (i = 1; i <= excuses; i++)
				if (key ~ excuse[i]) {
					print i, $0 >list
					next
				}
			for (i = faults; i && key !~ fault[i]; i--)
				;
			reported = always ? always : i ? value[i] : ""
			print $0 (reported ? " :" reported : "")
		}' <(excuses) <(faults) -
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

# fault PROGRAM TEST NUMBER TYPE REAL FUNCTION PLACE [:FAULT]: prints what came of it.
fault()
{
	local log=$tmp/fault.$BASHPID

	timeout -k 5 100 "$injector" -o "$log" "nth=$3${8-}" "$top/$1" -r "$2" \
		</dev/null >/dev/null 2>&1
	case $? in
	1) echo "seen $*" ;;
	0 | 4) [ -s "$log" ] && echo "unseen $*" || echo "unreported $*" ;;
	*) echo "broken $*" ;;
	esac
	rm -f "$log"
}
export -f count fault

# Prints the tests that no fault is reported, and why.
report_not_covered()
{
	sort "$tmp/uncovered"
	cat "$tmp"/real/*.skip 2>/dev/null
	for red in "$tmp"/real/*.red; do
		[ ! -e "$red" ] || echo "$(basename "$red" .red | tr : ' '): red under the injector"
	done
}

report()
{
	echo "Not covered:"
	report_not_covered | sed 's/^/    /'
	echo "Excused:"
	paste -d '\t' <(cut -d ' ' -f 1 "$tmp/excused" | sort -n | uniq -c) \
		<(excuses) | awk -F '\t' '{ print "    " $1 + 0 ": " $3 }'
	echo "Not seen (program, test, call, type, real, where):"
	grep -Ev "^(seen|unreported) " "$tmp/reported" | sort -V | sed 's/^/    /'
	awk -v excused="$(wc -l <"$tmp/excused")" '
		$1 != "unreported" { n++ }
		$1 == "seen" { seen++ }
		$1 == "broken" { broken++ }
		END {
			share = n ? 100 * seen / n : 0
			printf "%d faults, %d seen (%.2f %%), %d excused\n",
			       n, seen, share, excused
			exit broken || !n ? 2 : share < 99
		}' "$tmp/reported"
}

while getopts l:m:n: option; do
	case $option in
	l) always=$OPTARG ;;
	m) most=$OPTARG ;;
	n) sample=$OPTARG ;;
	*) die "usage: single_faults.sh [-m MOST] [-n SAMPLE] [-l FAULT] [PROGRAM...]" ;;
	esac
done
shift $((OPTIND - 1))
read -ra programs < <(sed -n 's/^TEST_GEN_PROGS := //p' "$top/Makefile")
[ $# -gt 0 ] || set -- "${programs[@]}"

"${CC:-cc}" -O2 -o "$injector" "$top/proof/inject/kcmp_inject.c" "$top/proof/inject/rules.c" || die "no injector"
mkdir "$tmp/real"
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
not_excused <"$tmp/calls" | choose | take_sample | in_parallel fault >"$tmp/reported"
report
