#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What run.sh --kernel makes of images that are none and of guests that do not
# behave: transcripts of a QEMU that is not one, as in t/runner/tap.t.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

# Writes bytes at an offset of the image.
patch()
{
	printf '%b' "$2" | dd of="$TMP/image" bs=1 seek="$1" conv=notrunc 2>/dev/null
}

head -c 4096 /dev/zero >"$TMP/image"
patch 514 HdrS
patch 526 '\0000\0001'
patch 566 '\0001'
patch 768 '0.0.0-fake #1'

mkdir "$TMP/path" "$TMP/bin" "$TMP/tmp"
ln -s "$TOP/t/vm/fake_qemu.sh" "$TMP/path/qemu-system-x86_64"
cat >"$TMP/path/busybox" <<'END'
#!/bin/sh
case $1 in
--list) echo sh ;;
cpio) xargs cat 2>/dev/null || true ;;
esac
END
printf '#!/bin/bash\nexec %q pass "$@"\n' "$TOP/t/runner/fake_program.sh" >"$TMP/bin/kcmp_test"
for program in clone_test epoll_test perm_test stress_test; do
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
	KCMP_TEST_BEHAVIOUR=$behaviour run "$TOP/run.sh" --timeout 2 \
		--kernel "$TMP/image" "$@"
}

# What the guest's result line says, and the status.
ended()
{
	exited "$1" && printed "^$2"
}

guest pass
check "a guest that behaves passes" ended 0 'ok 2 selftests: kcmp: guest$'
check "and has nothing kept" [ -z "$(ls "$TMPDIR")" ]
guest skip
check "a guest in which all is skipped has tested nothing" \
	ended 4 'ok 2 selftests: kcmp: guest$'
guest boot-late
check "a guest must boot within the limit" exited 3
KCMP_BOOT_TIMEOUT=20 guest boot-late
check "a guest may take more time with a higher limit" exited 0

# What goes wrong, the status and the verdict.
while IFS=: read -r behaviour status verdict; do
	rm -f "$TMPDIR"/*
	begin=$SECONDS
	guest "$behaviour"
	check "guest: $behaviour: status $status, $verdict" \
		ended "$status" "not ok .* selftests: kcmp: guest # .*$verdict"
	check "guest: $behaviour: in bounded time" [ $((SECONDS - begin)) -lt 30 ]
	check "guest: $behaviour: its console is kept and named" \
		grep -q "$(ls "$TMPDIR"/kcmp-console-* 2>/dev/null)" "$TMP/err"
	check "guest: $behaviour: nothing else is" \
		[ "$(find "$TMPDIR" -mindepth 1 | wc -l)" = 1 ]
done <<END
boot-panic:3:no verdict: the guest panicked before the first test
boot-hang:3:no verdict: the guest hung before the first test
boot-busy:3:no verdict: the guest did not boot
boot-silent:3:no verdict: the guest did not boot
boot-garbage:3:no verdict: the guest died before the first test
memory:3:no verdict: the guest did not boot
alive-panic:3:no verdict: the guest panicked before the first test
alive-hang:3:no verdict: the guest hung before the first test
panic:1:the guest panicked in kcmp_test
die:1:the guest died in kcmp_test
hang:1:the guest hung in kcmp_test
hang-after:1:the guest hung after kcmp_test
silent-end:1:the guest died after kcmp_test
oops:1:the kernel reported an error
warning:1:the kernel reported an error
kasan:1:the kernel reported an error
lockdep:1:the kernel reported an error
atomic:1:the kernel reported an error
leak:1:the kernel reported an error
forged:1:the guest died in kcmp_test
flood:3:no verdict: the guest hung before the first test
END

for behaviour in hang-over stall early-warning late-warning; do
	guest $behaviour
	check "guest: $behaviour: is no failure" exited 0
done
guest stall
check "guest: stall: is told as the guest's trouble" printed '^# guest: .*soft lockup'
KCMP_ACCEL=kvm guest stall
check "guest: stall: is the kernel's without emulation" exited 1
guest boot-slow
check "guest: boot-slow: a guest may boot as long as it goes on" exited 0
guest progress
check "guest: progress: each result gives new time" exited 0
guest boot-panic
check "guest: boot-panic: its last words are on stderr" \
	grep -q 'run.sh: no verdict: .*Kernel panic - not syncing: fake' "$TMP/err"
check "guest: boot-panic: what was not run is told" \
	printed '^ok 1 selftests: kcmp: kcmp_test # SKIP not run: the guest panicked'
guest boot-hang
check "guest: boot-hang: its last line is on stderr" grep -q 'the last line' "$TMP/err"
for verdict in boot-hang:125 boot-panic:125 memory:125 panic:1 hang:1 pass:0; do
	guest "${verdict%:*}" --bisect
	check "guest: ${verdict%:*}: is ${verdict#*:} for --bisect" exited "${verdict#*:}"
done
guest oops
check "guest: oops: is quoted" printed '^# kernel: .*NULL pointer dereference'
guest memory
check "guest: memory: QEMU's own words are quoted" printed 'cannot set up guest memory'
guest fail
check "guest: a failing test fails" ended 1 'not ok 1 selftests: kcmp: kcmp_test # exit=1'
guest timeout
check "guest: a program that timed out fails" ended 1 'not ok 1 .*TIMEOUT 2 seconds\|not ok 1 .*TIMEOUT'
guest garbage
check "guest: garbage is diagnostics" ended 0 'ok 1 selftests: kcmp: kcmp_test$'
mkdir "$TMP/logs"
guest panic --keep-log "$TMP/logs"
check "--keep-log says where the console goes" \
	grep -q 'Kernel panic' "$TMP/logs"/kcmp-console-*

# Which accelerator.
if [ -w /dev/kvm ]; then
	for behaviour in only-tcg abort-kvm; do
		KCMP_ACCEL='' XDG_CACHE_HOME=$TMP/cache-$behaviour guest $behaviour
		check "KVM: $behaviour: falls back to emulation" exited 0
		: >"$KCMP_TEST_LOG"
		KCMP_ACCEL='' XDG_CACHE_HOME=$TMP/cache-$behaviour guest $behaviour
		check "KVM: $behaviour: is remembered" \
			[ "$(grep -c . "$KCMP_TEST_LOG"):$(grep -c kvm "$KCMP_TEST_LOG")" = 1:0 ]
	done
else
	skip "KVM: falls back to emulation" "missing /dev/kvm"
fi
KCMP_ACCEL=hvf guest pass
check "an unknown KCMP_ACCEL is an error" complained 2 "kvm or tcg"

# Images that are none.
image()
{
	run "$TOP/run.sh" --kernel "$2"
	check "$1 is an error" complained 2 "$3"
}
image "a missing image" /nonexistent "no kernel image"
image "a text file" "$TOP/README" "not a kernel image"
image "a program" /bin/sh "ELF file"
image "a directory" /usr "not a built kernel tree"
: >"$TMP/empty"
image "an empty file" "$TMP/empty" "not a kernel image"
KCMP_TEST_BEHAVIOUR=pass run "$TOP/run.sh" --kernel "$TMP/image" --kernel /nonexistent
check "one bad image among good ones is an error" complained 2 "no kernel image"
KCMP_TEST_BEHAVIOUR=pass run "$TOP/run.sh" --kernel "$TMP/image" --vm xen
check "an unknown --vm is an error" complained 2 "auto, qemu or vng"
KCMP_TEST_BEHAVIOUR=pass run "$TOP/run.sh" --kernel "$TMP/image" --keep-log /nonexistent
check "an unwritable --keep-log is an error" complained 2 "cannot write"
mkdir "$TMP/none"
for tool in bash sh env sed awk readlink dirname basename id nproc uname od tr \
	    dd head cut cat rm mkdir stat sort timeout chmod cksum flock getopt \
	    grep mkfifo mktemp setsid sleep tail; do
	ln -s "$(readlink -f "$(command -v $tool)")" "$TMP/none/$tool"
done
run env PATH="$TMP/none" "$TOP/run.sh" --kernel "$TMP/image"
check "no QEMU is an error that names the package" \
	complained 2 "no qemu-system-x86_64: apt-get install qemu-system-x86"
run env PATH="$TMP/none" "$TOP/run.sh" --kernel "$TMP/image" --vm vng
check "no vng is an error that names the package" \
	complained 2 "no vng: apt-get install virtme-ng"

# Several at once, and their summary.
KCMP_TEST_BEHAVIOUR=pass run "$TOP/run.sh" --kernel "$TMP/image" --kernel "$TMP/image"
check "two kernels pass" ended 0 'ok 2 kernel: 0.0.0-fake$'
KCMP_TEST_BEHAVIOUR=oops run "$TOP/run.sh" --kernel "$TMP/image" --kernel "$TMP/image" -j 1
check "two kernels fail" ended 1 'not ok 2 kernel: 0.0.0-fake # exit=1$'
check "the table has a column for each" grep -q '^passed *2 *2$' "$TMP/err"
KCMP_TEST_BEHAVIOUR=boot-panic run "$TOP/run.sh" --kernel "$TMP/image" \
	--kernel "$TMP/image"
check "two kernels that do not boot give no verdict" \
	ended 3 'not ok 2 kernel: 0.0.0-fake # no verdict$'
check "and their columns say so" grep -q '^passed *no boot *no boot$' "$TMP/err"

# Each of them sees to the programs, and must not wait for the other.
KCMP_TEST_BEHAVIOUR=boot-panic run env -u KCMP_BIN "$TOP/run.sh" --kernel "$TMP/image" \
	--kernel "$TMP/image"
check "two kernels, with programs that are built: no one waits for ever" \
	ended 3 'not ok 2 kernel: 0.0.0-fake # no verdict$'

# Signals, of which a guest must not notice anything but the end.
hangs()
{
	pgrep -f "^sleep $KCMP_TEST_SLEEP\$" >/dev/null
}

gone()
{
	! hangs
}
for stop in INT:130 TERM:143 KILL:137; do
	signal=${stop%:*}
	rm -rf "${TMPDIR:?}"/*
	KCMP_TEST_BEHAVIOUR=hang env --default-signal=INT "$TOP/run.sh" \
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
	check "SIG$signal leaves no QEMU" await gone
done

finish
