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
	local name program=(kcmp_test epoll_test clone_test perm_test stress_test)

	rm -rf "${TMP:?}/bin"
	mkdir "$TMP/bin"
	for name; do
		printf '#!/bin/bash\nexec %q %q "$@"\n' "$TOP/t/runner/fake_program.sh" "$name" \
			>"$TMP/bin/${program[0]}"
		chmod +x "$TMP/bin/${program[0]}"
		program=("${program[@]:1}")
	done
}

# The transcript of a run: stdout without the facts, status, stderr.
transcript()
{
	KCMP_BIN=$TMP/bin run "$TOP/run.sh" --timeout 2 "$@"
	sed '/^# \(suite\|kernel\|user\|confinement\): /d' "$TMP/out"
	echo "status $STATUS"
	sed "s|$TOP/run.sh|./run.sh|" "$TMP/err"
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
	    nothing silent bail exit-0-with-failure exit-1-without-failure exit-4-without-skip exit-0-all-skipped \
	    status-3 cr no-newline forged long-line slow; do
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

# A result begins the time of a program anew, but not for ever.
fakes endless
begin=$SECONDS
KCMP_BIN=$TMP/bin run "$TOP/run.sh" --timeout 1
check "results that never end are a failure" \
	printed '^not ok 1 .*kcmp_test # TIMEOUT 2[0-9] seconds'
check "results that never end are not waited for" [ $((SECONDS - begin)) -lt 40 ]

# Side by side: as many as -j says, in the order of the report; stress_test and all
# programs on a disposable machine run alone.
fakes slow pass fail
transcript -j 3 >"$TMP/parallel"
transcript -j 1 >"$TMP/serial"
check "side by side, the output is the same" same "$TMP/serial" "$TMP/parallel"
fakes many many many many
transcript -j 4 --repeat 3 >"$TMP/seen"
check "side by side, no line is lost or divided" printed '^# Totals: pass:12 fail:0'
fakes hang hang hang
begin=$SECONDS
transcript -j 1 >"$TMP/seen"
serial=$((SECONDS - begin)) begin=$SECONDS
transcript -j 3 >"$TMP/seen"
check "side by side, each has its own time" [ $((SECONDS - begin)) -lt $serial ]
check "side by side, each timeout is reported" \
	[ "$(grep -c '^not ok .* # TIMEOUT 2 seconds' "$TMP/seen")" = 3 ]

# most_at_once [OPTION]...: prints how many programs ran at the same time.
most_at_once()
{
	: >"$KCMP_TEST_LOG"
	KCMP_BIN=$TMP/bin run "$TOP/run.sh" "$@"
	awk '/begin/ { n++ } /end/ { n-- } n > most { most = n } END { print most }' \
		"$KCMP_TEST_LOG"
}

export KCMP_TEST_LOG=$TMP/log
fakes busy busy busy busy
check "-j 2 runs two programs at a time" [ "$(most_at_once -j 2)" = 2 ]
check "-j 4 runs four programs at a time" [ "$(most_at_once -j 4)" = 4 ]
check "--disposable runs one at a time" [ "$(most_at_once -j 4 --disposable)" = 1 ]
rm "$TMP/bin"/{epoll,clone}_test
mv "$TMP/bin/perm_test" "$TMP/bin/stress_test"
check "stress_test runs alone" [ "$(most_at_once -j 4 --repeat 2)" = 1 ]

# Another awk than mawk.
if command -v busybox >/dev/null; then
	mkdir -p "$TMP/busybox"
	ln -sf "$(command -v busybox)" "$TMP/busybox/awk"
	fakes slow pass fail
	PATH=$TMP/busybox:$PATH transcript >"$TMP/seen"
	check "with the awk of busybox, the output is the same" \
		same "$TMP/serial" "$TMP/seen"
else
	skip "with the awk of busybox, the output is the same" "needs busybox"
fi

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
	check "an unkillable program is not waited for" [ $((SECONDS - begin)) -lt 40 ]
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

# hangs NUMBER: so many programs hang.
hangs()
{
	[ "$(process_with "$KCMP_TEST_SLEEP" | wc -l)" = "$1" ]
}

# Signals: nothing is left, the status is the shell's.
for stop in INT:130 TERM:143 HUP:129; do
	signal=${stop%:*}
	fakes hang pass hang
	# A shell's background job would ignore SIGINT for good.
	KCMP_BIN=$TMP/bin env --default-signal=INT "$TOP/run.sh" -j 3 \
		>"$TMP/out" 2>"$TMP/err" </dev/null &
	pid=$!
	await hangs 2
	kill -"$signal" $pid
	wait $pid
	STATUS=$?
	check "SIG$signal stops it with one line and its status" \
		complained "${stop#*:}" "stopped by SIG$signal"
	check "SIG$signal leaves no program" await none_with "$KCMP_TEST_SLEEP"
	check "SIG$signal is the last word of the TAP" \
		printed "^Bail out! stopped by SIG$signal"
done

# Killed itself, it takes the program with it.
fakes hang
KCMP_BIN=$TMP/bin "$TOP/run.sh" >"$TMP/out" 2>"$TMP/err" </dev/null &
pid=$!
disown $pid
await hangs 1
kill -KILL $pid
check "SIGKILL leaves no program" await none_with "$KCMP_TEST_SLEEP"

finish
