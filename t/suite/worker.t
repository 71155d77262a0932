#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Workers do what they are told, once, and by nobody but their own test; nothing
# of a program outlives it.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

KSFT_DIR=${KSFT_DIR:-$("$TOP/runner/harness.sh")} || exit 1
readonly PROGRAM=$TMP/src/worker_check_test
mkdir "$TMP/src"
cp "$TOP"/Makefile "$TOP"/*.h "$TOP"/*.c "$TMP/src"
cp "$TOP/t/suite/worker_check.c" "$TMP/src/worker_check_test.c"
run make -C "$TMP/src" KSFT_DIR="$KSFT_DIR" TEST_GEN_PROGS=worker_check_test
check "the program builds" exited 0

# passes NAME: whether that test has passed.
passes()
{
	grep -Eq "^ok [0-9]+ global\.$1$" "$TMP/out"
}

fails()
{
	grep -Eq "^not ok [0-9]+ global\.$1$" "$TMP/out"
}

run "$PROGRAM"
check "those of one test take no orders of the next" \
	passes take_no_orders_of_the_next
for name in thread_pointer_is_kept_by_settls flags_beyond_32_bits_are_not_cut; do
	check "${name//_/ }" passes $name
done
check "a skip after a failure is a failure" fails skip_after_a_failure
check "a skip before is a skip" \
	grep -Eq '^ok [0-9]+ global.skip_before # SKIP a reason$' "$TMP/out"
check "a worker that was refused is named with the error" \
	grep -q "Expected 'a worker' == '-EINVAL'" "$TMP/err"

run bash -c 'trap "" USR1 USR2 CHLD PIPE RTMIN; exec "$@"' - "$PROGRAM"
check "ignored signals are reset" passes signals_are_reset
run perl -MPOSIX -e '
	sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGUSR1, SIGCHLD, SIGALRM));
	exec @ARGV' "$PROGRAM"
check "blocked signals are reset" passes signals_are_reset
if chrt -f 1 true 2>"$TMP/err"; then
	run chrt -f 1 "$PROGRAM"
	check "a real-time policy is reset" passes signals_are_reset
else
	skip "a real-time policy is reset" "needs CAP_SYS_NICE"
fi
run bash -c 'exec 0<&- 2>&- 43</; exec "$@"' - "$PROGRAM"
check "closed standard streams are replaced, others are closed" \
	passes standard_streams_are_open

run prlimit --nproc=20 setpriv --reuid 65533 --clear-groups "$PROGRAM"
if [ "$(id -u)" = 0 ]; then
	check "too few tasks are a reason to skip" exited 4
	check "it is named" \
		grep -qx '1..0 # SKIP RLIMIT_NPROC too low (needs 128)' "$TMP/out"
else
	skip "too few tasks are a reason to skip" "needs root"
fi

# left: prints the processes that execute the program.
left()
{
	find /proc -maxdepth 2 -name exe -lname "$PROGRAM" 2>/dev/null |
		cut -d / -f 3
}

gone()
{
	[ -z "$(left)" ]
}

# killed_after SECONDS: whether all of the program dies with it.
killed_after()
{
	KCMP_SPAWN=1 "$PROGRAM" -r global.spawns_without_end \
		</dev/null >"$TMP/out" 2>"$TMP/err" &
	sleep "$1"
	kill -KILL $!
	wait $! 2>/dev/null
	await gone && return
	# shellcheck disable=SC2046
	kill -KILL $(left)
	return 1
}

for i in 0{01,02,03,05,07,10,15,20,30,50} 200; do
	check "nothing outlives a SIGKILL after 0.$i seconds" \
		killed_after "0.$i"
done
finish
