#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh --kernel with several guests for one kernel: the report is that of one
# guest, whatever happens in one of them.  The guests are those of fake_qemu.sh.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

head -c 4096 /dev/zero >"$TMP/image"
for patch in 514:HdrS '526:\0000\0001' '566:\0001' '768:0.0.0-fake #1'; do
	printf '%b' "${patch#*:}" |
		dd of="$TMP/image" bs=1 seek="${patch%%:*}" conv=notrunc 2>/dev/null
done
mkdir "$TMP/path" "$TMP/bin" "$TMP/tmp"
ln -s "$TOP/t/vm/fake_qemu.sh" "$TMP/path/qemu-system-x86_64"
cat >"$TMP/path/busybox" <<'END'
#!/bin/sh
case $1 in
--list) echo sh ;;
cpio) xargs cat 2>/dev/null || true ;;
esac
END
# kcmp_test takes the longest of the three, and has a guest of its own.
for program in kcmp_test clone_test perm_test; do
	printf '#!/bin/bash\nexec %q pass "$@"\n' "$TOP/t/runner/fake_program.sh" \
		>"$TMP/bin/$program"
done
for program in file_test epoll_test unshare_test lsm_test compat_test observe_test \
	       model_test stress_test; do
	printf '#!/bin/sh\nexit 1\n' >"$TMP/bin/$program"
done
chmod +x "$TMP/path/busybox" "$TMP/bin"/*
export KCMP_TEST_SLEEP=1000.$$ KCMP_TEST_LOG=$TMP/accel
export KCMP_BIN=$TMP/bin KCMP_GRACE=4 KCMP_BOOT_TIMEOUT=5 TMPDIR=$TMP/tmp \
       KCMP_ACCEL=tcg PATH=$TMP/path:$PATH

# guest BEHAVIOUR [OPTION]...
guest()
{
	local behaviour=$1

	shift
	: >"$KCMP_TEST_LOG"
	KCMP_TEST_BEHAVIOUR=split-$behaviour run "$TOP/run.sh" --timeout 2 -j 2 \
		--kernel "$TMP/image" "$@"
}

ended()
{
	exited "$1" && printed "^$2"
}

guests()
{
	[ "$(wc -l <"$KCMP_TEST_LOG")" = "$1" ]
}

# report FILE: what the last run printed, without what differs from run to run.
report()
{
	grep -v -e '^# suite:' -e 'console kept' "$TMP/out" >"$TMP/$1"
}

# The same report as that of one guest.
guest pass --cpus 1
check "with --cpus there is one guest" guests 1
check "which passes" ended 0 'ok 4 selftests: kcmp: guest$'
report one
guest pass -j 1
check "with -j 1 there is one guest" guests 1
guest pass -r fake.one
check "two guests, with -r" guests 2
guest pass
check "two guests for two CPUs" guests 2
check "they pass" ended 0 'ok 4 selftests: kcmp: guest$'
report two
check "their report is that of one" cmp "$TMP/one" "$TMP/two"
check "they leave no file" [ -z "$(ls "$TMPDIR")" ]
KCMP_ACCEL=kvm guest pass
check "one guest under KVM" guests 1
guest pass --append kcmp_keep=/proc/version
check "one guest that has files to keep" guests 1

# Other lists of results.
KCMP_TEST_ROUNDS=2 guest pass --repeat 2 --cpus 1
report one
KCMP_TEST_ROUNDS=2 guest pass --repeat 2
report two
check "--repeat: the report is that of one" cmp "$TMP/one" "$TMP/two"
guest pass --cpus 1 --results "$TMP/one.json" --junit "$TMP/one.xml"
guest pass --results "$TMP/two.json" --junit "$TMP/two.xml"
for file in one two; do
	grep -v -e '"type":"begin"' -e '"name":"suite"' "$TMP/$file.json" |
		sed 's/"time":"[^"]*"//' >"$TMP/$file"
	sed -i -e 's/ timestamp="[^"]*"//' -e '/command/d' -e '/suite"/d' "$TMP/$file.xml"
done
check "--results: they are those of one" cmp "$TMP/one" "$TMP/two"
check "--junit: they are those of one" cmp "$TMP/one.xml" "$TMP/two.xml"

# What goes wrong in one guest, the status and the verdict.
while IFS=: read -r behaviour status verdict; do
	rm -f "$TMPDIR"/*
	begin=$SECONDS
	guest "$behaviour"
	check "$behaviour: two guests" guests 2
	check "$behaviour: status $status, $verdict" \
		ended "$status" "not ok 4 selftests: kcmp: guest # .*$verdict"
	check "$behaviour: in bounded time" [ $((SECONDS - begin)) -lt 30 ]
	check "$behaviour: the other guest's results are there" \
		printed '^ok 1 selftests: kcmp: kcmp_test$'
	check "$behaviour: one console is kept and named" \
		[ "$(ls "$TMPDIR")" = "$(sed -n 's/.*console kept in .*\///p' "$TMP/out")" ]
	check "$behaviour: all results are there" \
		[ "$(grep -c '^\(not \)\?ok ' "$TMP/out")" = 4 ]
done <<END
boot-panic:3:no verdict: the guest panicked before the first test
panic:1:the guest panicked in clone_test
die:1:the guest died in clone_test
hang:1:the guest hung in clone_test
oops:1:the kernel reported an error
END
check "oops: is quoted" printed '^# kernel: .*NULL pointer dereference'
guest boot-panic
check "boot-panic: what was not run is told" \
	printed '^ok 2 selftests: kcmp: clone_test # SKIP not run: the guest panicked'
KCMP_TEST_IN=kcmp_test guest boot-panic
check "boot-panic: of the first guest, too" \
	printed '^ok 1 selftests: kcmp: kcmp_test # SKIP not run: the guest panicked'
check "boot-panic: the other guest's results follow" \
	printed '^ok 3 selftests: kcmp: perm_test$'
check "boot-panic: the plan comes first" \
	[ "$(grep -n '^1\.\.4$' "$TMP/out" | cut -d : -f 1)" -lt \
	  "$(grep -n '^ok 1 ' "$TMP/out" | cut -d : -f 1)" ]
guest panic
check "panic: the program is not ok" printed '^not ok 2 selftests: kcmp: clone_test # exit=died'

# The end by a signal.
hangs()
{
	pgrep -f "^sleep $KCMP_TEST_SLEEP\$" >/dev/null
}

no_longer()
{
	! hangs
}
for stop in INT:130 TERM:143 KILL:137; do
	signal=${stop%:*}
	rm -rf "${TMPDIR:?}"/*
	KCMP_TEST_BEHAVIOUR=split-hang env --default-signal=INT "$TOP/run.sh" -j 2 \
		--kernel "$TMP/image" >"$TMP/out" 2>"$TMP/err" </dev/null &
	pid=$!
	await hangs
	[ "$signal" != KILL ] || disown $pid
	kill -"$signal" $pid
	wait $pid 2>/dev/null
	# shellcheck disable=SC2034
	STATUS=$?
	[ "$signal" = KILL ] || {
		check "SIG$signal stops it with its status" exited "${stop#*:}"
		check "SIG$signal leaves no file" [ -z "$(ls "$TMPDIR")" ]
	}
	check "SIG$signal leaves no QEMU" await no_longer
done

finish
