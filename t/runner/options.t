#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The options of run.sh and of the programs: what they select, and that each
# mistake gets one line on stderr and the documented status.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

run "$TOP/run.sh" --list
check "--list exits with 0" exited 0
cp "$TMP/out" "$TMP/ids"
check "--list names tests of all programs" \
	[ "$(grep -c . "$TMP/ids")" = "$(for program in "$TOP"/*_test; do
		"$program" --list; done | wc -l)" ]
check "test ids are unique" [ -z "$(sort "$TMP/ids" | uniq -d)" ]
check "test ids are unique for those who see [A-Za-z0-9] only" \
	[ -z "$(sed 's/[^A-Za-z0-9]/_/g' "$TMP/ids" | sort | uniq -d)" ]
check "test ids have no strange characters" \
	[ -z "$(grep -v '^[a-z0-9_]*\(\.[a-z0-9_]*\)\{1,2\}$' "$TMP/ids")" ]

run "$TOP/run.sh" --help
check "--help exits with 0" exited 0
eval "$(sed -n '/^readonly LONG_OPTIONS/,/)$/p' "$TOP/runner/options.sh")"
for option in "${LONG_OPTIONS[@]}"; do
	check "--${option%%:*} is in --help" printed "^  --${option%%:*}\\b"
done
for option in r x j q v; do
	check "-$option is in --help" printed "^  -$option "
done

# Ids to ask for: of two programs, one of them with a variant.
variant_id=$("$TOP/kcmp_test" --list | grep -m 1 '\..*\.')
epoll_id=$("$TOP/epoll_test" --list | head -n 1)
stress_id=$("$TOP/stress_test" --list | head -n 1)

run "$TOP/run.sh" -r "$variant_id"
check "-r takes an id" exited 0
check "-r runs that test alone" [ "$(grep -c "^# ok .* $variant_id\$" "$TMP/out")" = 1 ]
check "-r leaves other programs out" printed '^1\.\.1$'
glob="${variant_id%%.*}.*.${variant_id##*.}"
run "$TOP/run.sh" -r "$glob" -r "${epoll_id%???}*"
check "-r takes globs, and several" exited 0
check "-r runs what all of them match" [ "$(grep -c '^# ok ' "$TMP/out")" = \
	"$(grep -c "^${glob//\*/.*}$\|^${epoll_id%???}" "$TMP/ids")" ]
run "$TOP/run.sh" --list -r "${epoll_id%%.*}.*"
check "--list shows what -r would run" \
	[ "$(grep -vc "^${epoll_id%%.*}\." "$TMP/out")" = 0 ]
run "$TOP/run.sh" --repeat 2 -r "$epoll_id"
check "--repeat runs everything so often" \
	[ "$(grep -c "^# ok 1 $epoll_id" "$TMP/out")" = 2 ]

run "$TOP/run.sh" --list --stress=0
check "--stress=0 leaves stress_test out" \
	[ "$(grep -c "^${stress_id%%.*}\." "$TMP/out")" = 0 ]
run "$TOP/run.sh" --stress=2 -r "$stress_id"
check "--stress=S takes a time" exited 0

junit="$TMP/a b.xml"
run "$TOP/run.sh" --junit "$junit" -r "$epoll_id" -r "${variant_id%%.*}"
check "--junit does not change the result" exited 0
check "--junit writes a case for each test" \
	[ "$(grep -c '<testcase' "$junit")" = "$(grep -c '^# ok' "$TMP/out")" ]

mistake()
{
	local what=$1 pattern=$2

	shift 2
	run "$TOP/run.sh" "$@"
	check "$what is an error" complained 2 "$pattern"
}
mistake "an unknown option" "unrecognized option '--nonsense'" --nonsense
mistake "an argument" "unexpected argument 'kcmp_test'" kcmp_test
mistake "a missing argument" "requires an argument" --repeat
mistake "a word as number" "wants a number" --repeat many
mistake "zero" "wants a number" --repeat 0
mistake "a negative time" "wants a number" --timeout -3
mistake "an endless number" "wants a number" --timeout 99999999999999999999
mistake "a word as --stress" "wants a number" --stress=much
mistake "an id of stress_test without it" "no test matches" --stress=0 \
	-r "${stress_id%%.*}.*"
mistake "an id that nobody has" "no test matches 'epoll.nonsense'" -r epoll.nonsense
mistake "one such id among good ones" "no test matches 'nonsense'" \
	-r "$epoll_id" -r nonsense
mistake "the same with --list" "no test matches 'nonsense'" --list -r nonsense
mistake "an unwritable --junit" "cannot write" --junit /nonexistent/file

# --- completion -----------------------------------------------------------------------

# complete_words WORD...: what the last one can become, one a line, in $TMP/out.
complete_words()
{
	# shellcheck disable=SC2016
	run bash --norc -c '
		. "$0" || exit
		complete -p run.sh | grep -q _kcmp_run_sh || exit
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_kcmp_run_sh "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' "$TOP/runner/completion.bash" "$@"
}

completes_to()
{
	[ "$(sort "$TMP/out" | tr '\n' ' ')" = "$1 " ]
}

complete_words "$TOP/run.sh" --re
check "completion: options" completes_to "--repeat --results"
complete_words "$TOP/run.sh" -
check "completion: all options of --help" \
	[ "$(wc -l <"$TMP/out")" -ge "${#LONG_OPTIONS[@]}" ]
complete_words "$TOP/run.sh" -r "${epoll_id%%.*}"
check "completion: an id up to the next dot" printed "^${epoll_id%%.*}[.]$"
complete_words "$TOP/run.sh" -q -x "$variant_id"
check "completion: a whole id" completes_to "$variant_id"
complete_words "$TOP/run.sh" --vm = q
check "completion: a word after =" completes_to qemu
touch "$TMP/results file"
complete_words "$TOP/run.sh" --failed "$TMP/results"
check "completion: files" completes_to "$TMP/results file"
complete_words "$TOP/run.sh" --repeat ''
check "completion: nothing for a number" completes_to ''

# --- the programs ---------------------------------------------------------------------

for program in kcmp_test epoll_test stress_test; do
	quiet='*.same*'
	[ $program != stress_test ] || quiet=$stress_id
	run "$TOP/$program" -r nonsense
	check "$program fails when nothing matches" complained 1 "no test matches"
	run bash -c "'$TOP/$program' >&-"
	check "$program fails when its stdout is closed" complained 1 "stdout"
	run bash -c "'$TOP/$program' -r '$quiet' >/dev/full"
	check "$program fails when its stdout is full" complained 1 "stdout"
	run bash -c "'$TOP/$program' <&- 2>&-"
	check "$program runs with stdin and stderr closed" exited 0
done

finish
