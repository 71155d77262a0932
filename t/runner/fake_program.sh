#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A test program that is not one: prints canned TAP, and ends as told.
# Usage: fake.sh BEHAVIOUR [--list] [-r ID]...
# KCMP_TEST_SLEEP is for how long to hang, a time that tells whose process it is.
behaviour=$1
shift

if [ "${1-}" = --list ]; then
	printf '%s\n' fake.one fake.two
	[ "$behaviour" != awkward ] || echo object.vm.same_for_one_task
	exit 0
fi

two_passes()
{
	printf '%s\n' 'TAP version 13' 1..2 'ok 1 fake.one' 'ok 2 fake.two'
}

case $behaviour in
pass)
	two_passes ;;
fail)
	printf '%s\n' 'TAP version 13' 1..2 'ok 1 fake.one'
	echo '# fake.c:1:two:Expected 0 == 1' >&2
	echo 'not ok 2 fake.two'
	exit 1 ;;
awkward)
	printf '%s\n' 'TAP version 13' 1..2 '#  RUN           fake.one ...' \
		'#            OK  fake.one' 'ok 1 fake.one' \
		'#  RUN           object.vm.same_for_one_task ...' \
		'# fake.c:1:two:Expected 0 < 1 & "x"' '# second\line' \
		'#          FAIL  object.vm.same_for_one_task' \
		'not ok 2 object.vm.same_for_one_task'
	exit 1 ;;
skip-one)
	printf '%s\n' 'TAP version 13' 1..2 'ok 1 fake.one' 'ok 2 fake.two # SKIP missing two'
	exit 0 ;;
skip-all)
	printf '%s\n' 'TAP version 13' 1..2 'ok 1 fake.one # SKIP missing one' \
		'ok 2 fake.two # SKIP missing two'
	exit 4 ;;
skip-plan)
	printf '%s\n' 'TAP version 13' '1..0 # SKIP missing everything'
	exit 4 ;;
crash)
	printf '%s\n' 'TAP version 13' 1..2 'ok 1 fake.one'
	kill -SEGV $$ ;;
crash-late)
	two_passes
	kill -ABRT $$ ;;
killed)
	printf '%s\n' 'TAP version 13' 1..2 'ok 1 fa'
	kill -KILL $$ ;;
hang)
	printf '%s\n' 'TAP version 13' 1..2 'ok 1 fake.one'
	exec sleep "$KCMP_TEST_SLEEP" ;;
hang-closed)
	two_passes
	exec sleep "$KCMP_TEST_SLEEP" >/dev/null 2>&1 ;;
slow)
	printf '%s\n' 'TAP version 13' 1..4
	for i in 1 2 3 4; do
		sleep 0.8
		echo "ok $i fake.$i"
	done ;;
endless)
	printf '%s\n' 'TAP version 13' 1..1000
	for ((i = 1; ; i++)); do
		echo "ok $i fake.$i"
		sleep 0.5
	done ;;
busy)
	echo begin >>"$KCMP_TEST_LOG"
	two_passes
	sleep 0.3
	echo "end" >>"$KCMP_TEST_LOG" ;;
many)
	printf '%s\n' 'TAP version 13' 1..2000
	seq -f 'ok %.0f fake.many' 2000 ;;
long-line)
	two_passes | sed '2a # '"$(printf '%09000d' 0)" ;;
stray)
	two_passes
	sleep "$KCMP_TEST_SLEEP" & ;;
truncated)
	printf '%s\n' 'TAP version 13' 1..2 'ok 1 fake.one' ;;
too-many)
	printf '%s\n' 'TAP version 13' 1..1 'ok 1 fake.one' 'ok 2 fake.two' ;;
wrong-number)
	printf '%s\n' 'TAP version 13' 1..2 'ok 1 fake.one' 'ok 3 fake.two' ;;
two-plans)
	two_passes
	two_passes ;;
no-plan)
	printf '%s\n' 'ok 1 fake.one' ;;
nothing)
	printf '%s\n' 'TAP version 13' 1..0 ;;
silent)
	;;
bail)
	printf '%s\n' 'TAP version 13' 1..2 'Bail out! no idea' ;;
garbage)
	head -c 3000 /dev/urandom | tr '\0-\37' ' ' | tr -c ' -~' '\377-\200'
	echo
	printf 'ok\nnot ok\nok x y\n1..x\nTotals: pass:3\n' ;;
exit-0-with-failure)
	printf '%s\n' 'TAP version 13' 1..2 'ok 1 fake.one' 'not ok 2 fake.two' ;;
exit-1-without-failure)
	two_passes
	exit 1 ;;
exit-4-without-skip)
	two_passes
	exit 4 ;;
exit-0-all-skipped)
	printf '%s\n' 'TAP version 13' 1..1 'ok 1 fake.one # SKIP missing one' ;;
status-3)
	two_passes
	exit 3 ;;
cr)
	two_passes | sed 's/$/\r/' ;;
no-newline)
	printf 'TAP version 13\n1..1\nok 1 fake.one' ;;
forged)
	two_passes
	printf '%s\n' '2 2 0 0' 'ok 1 selftests: kcmp: kcmp_test' \
		'# Totals: pass:1 fail:0 xfail:0 xpass:0 skip:0 error:0'
	exit 1 ;;
esac
