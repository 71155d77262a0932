#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What run.sh makes of what a program prints and how it ends: the transcripts of
# fake programs, compared with those in t/runner.  UPDATE=1 rewrites them.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

export KCMP_TEST_SLEEP=1000.$$

# fakes BEHAVIOUR...: makes programs that behave so, in run.sh's order.
fakes()
{
	local name program=(kcmp_test epoll_test clone_test perm_test)

	rm -rf "${TMP:?}/bin"
	mkdir "$TMP/bin"
	for name; do
		printf '#!/bin/bash\nexec %q %q "$@"\n' "$TOP/t/runner/fake_program.sh" "$name" \
			>"$TMP/bin/${program[0]}"
		chmod +x "$TMP/bin/${program[0]}"
		program=("${program[@]:1}")
	done
}

# The transcript of a run: stdout without the facts, status, last line of stderr.
transcript()
{
	KCMP_BIN=$TMP/bin run "$TOP/run.sh" --timeout 2 "$@"
	sed '/^# \(suite\|kernel\|user\|confinement\): /d' "$TMP/out"
	echo "status $STATUS"
	tail -n 1 "$TMP/err"
}

# as_before NAME [OPTION]...
as_before()
{
	local name=$1

	shift
	transcript "$@" >"$TMP/seen"
	[ -z "${UPDATE:-}" ] || cp "$TMP/seen" "$TOP/t/runner/transcripts/$name.expected"
	check "transcript of: $name" same "$TOP/t/runner/transcripts/$name.expected" "$TMP/seen"
}

for name in pass fail skip-one skip-all skip-plan crash crash-late killed hang \
	    hang-closed stray truncated too-many wrong-number two-plans no-plan \
	    nothing silent bail liar-pass liar-fail liar-skip liar-all-skipped \
	    status-3 cr no-newline forged; do
	fakes "$name"
	as_before "$name"
done

fakes pass skip-all fail
as_before several
fakes pass skip-all
as_before pass-and-skip
fakes pass
as_before repeat --repeat 3
fakes pass
as_before selected -r fake.one

fakes garbage
KCMP_BIN=$TMP/bin run "$TOP/run.sh"
check "garbage is a failure" exited 1
check "garbage is passed on as diagnostics only" \
	[ -z "$(grep -av '^\(#\|1\.\.1$\|TAP version 13$\|not ok 1 \)' "$TMP/out")" ]

# A program that run.sh has no right to kill stands for one that is stuck in the
# kernel.
if setpriv --reuid 65534 --clear-groups true 2>/dev/null &&
   cc -o "$TMP/unkillable" "$TOP/t/runner/unkillable.c" 2>/dev/null; then
	chmod 4755 "$TMP/unkillable"
	fakes hang pass
	cp -p "$TMP/unkillable" "$TMP/bin/kcmp_test"
	begin=$SECONDS
	KCMP_BIN=$TMP/bin run setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$TOP/run.sh" --timeout 2
	check "an unkillable program is reported" \
		printed '^not ok 1 .*kcmp_test # TIMEOUT 2 seconds'
	check "an unkillable program does not stop the others" \
		printed '^ok 2 selftests: kcmp: epoll_test'
	check "an unkillable program is not waited for" [ $((SECONDS - begin)) -lt 10 ]
	kill -KILL "$(process_with "$TMP/bin/kcmp_test")"
else
	skip "an unkillable program is not waited for" "needs CAP_SETUID and a compiler"
fi

# A reader that goes away, and one that was never there.
fakes pass
KCMP_BIN=$TMP/bin run bash -c "'$TOP/run.sh' >&-"
check "closed stdout is an error" complained 2 "stdout"
KCMP_BIN=$TMP/bin run bash -c "'$TOP/run.sh' >/dev/full"
check "full stdout is an error" exited 2

# Sets sleeper to the pid of the program that hangs.
hangs()
{
	sleeper=$(process_with "$KCMP_TEST_SLEEP")
	[ -n "$sleeper" ]
}

# Signals: nothing is left, the status is the shell's.
for stop in INT:130 TERM:143 HUP:129; do
	signal=${stop%:*}
	fakes hang
	# A shell's background job would ignore SIGINT for good.
	KCMP_BIN=$TMP/bin env --default-signal=INT "$TOP/run.sh" \
		>"$TMP/out" 2>"$TMP/err" </dev/null &
	pid=$!
	await hangs
	kill -"$signal" $pid
	wait $pid
	STATUS=$?
	check "SIG$signal stops it with one line and its status" \
		complained "${stop#*:}" "stopped by SIG$signal"
	check "SIG$signal leaves no program" await gone "$sleeper"
done

# Killed itself, it takes the program with it.
fakes hang
KCMP_BIN=$TMP/bin "$TOP/run.sh" >"$TMP/out" 2>"$TMP/err" </dev/null &
pid=$!
disown $pid
await hangs
kill -KILL $pid
check "SIGKILL leaves no program" await gone "$sleeper"

finish
