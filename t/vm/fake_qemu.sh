#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A QEMU that is not one: prints what a guest would, and ends as KCMP_TEST_BEHAVIOUR
# says.  KCMP_TEST_SLEEP is for how long to hang, a time that tells whose process it
# is; KCMP_TEST_LOG is told which accelerator was asked for.
if [ "$1" = --version ]; then
	echo 'QEMU emulator version 0.0 (fake)'
	exit
fi
while [ $# -gt 0 ]; do
	case $1 in
	-chardev) [[ $2 != file,id=console,path=* ]] || console=${2#*path=} ;;
	-initrd) initrd=$2 ;;
	-accel) accel=$2 ;;
	esac
	shift
done
echo "$accel" >>"$KCMP_TEST_LOG"
mark=$(grep -a '^MARK=' "$initrd" | tail -n 1)
mark=${mark#MARK=}

# The programs of this guest: one of several has not all.
programs=$(grep -a '^PROGRAMS=' "$initrd" | tail -n 1 | tr -d "'")
programs=${programs#PROGRAMS=}
plan=$(grep -a '^PLAN=' "$initrd" | tail -n 1)
# Where something happens to one of several guests.
readonly IN=${KCMP_TEST_IN:-clone_test}

say()
{
	printf '\n%s %s\n' "$mark" "$*"
}

log()
{
	printf '[    1.000000] %s\r\n' "$*" >>"$console"
}

boot()
{
	log 'Linux version 0.0'
	say alive
	say fact guest: fake
	say plan "${plan#PLAN=}"
	log "$mark tests begin"
}

tests()
{
	say begin kcmp_test 90
	printf '%s\r\n' 'TAP version 13' 1..2 'ok 1 fake.one'
	"$@"
	printf '%s\r\n' 'ok 2 fake.two'
	say end kcmp_test 0
}

down()
{
	log "$mark tests end"
	say over
}

panic()
{
	log 'Kernel panic - not syncing: fake'
	exit 0
}

# split WHAT: runs the programs that the guest has; in one of them that happens.
split()
{
	local round program

	[[ $1:$programs != boot-panic:*$IN* ]] || panic
	boot
	# The other guest is through before.
	[[ $programs != *kcmp_test* ]] || sleep 1
	for ((round = 0; round < ${KCMP_TEST_ROUNDS:-1}; round++)); do
		for program in $programs; do
			say begin "$program" 90
			printf '%s\r\n' 'TAP version 13' 1..2 "ok 1 $program.one"
			[ "$program" != "$IN" ] || eval "$1"
			printf '%05000d\n' 0
			printf '%s\r\n' "ok 2 $program.two"
			say end "$program" 0
		done
	done
	down
}

# $accel: "kvm" or "tcg,thread=single"
[ "$KCMP_TEST_BEHAVIOUR-$accel" != only-tcg-kvm ] || exec sleep "$KCMP_TEST_SLEEP"
[ "$KCMP_TEST_BEHAVIOUR-$accel" != abort-kvm-kvm ] || exit 134
case $KCMP_TEST_BEHAVIOUR in
boot-panic) panic ;;
split-pass) split : ;;
split-boot-panic) split boot-panic ;;
split-panic) split panic ;;
split-die) split 'exit 1' ;;
split-hang) split "exec sleep $KCMP_TEST_SLEEP" ;;
split-oops) split 'log "BUG: kernel NULL pointer dereference, address: 0"' ;;
boot-silent) exec sleep "$KCMP_TEST_SLEEP" ;;
boot-busy) while :; do :; done ;;
alive-panic) boot; panic ;;
alive-hang) boot; exec sleep "$KCMP_TEST_SLEEP" ;;
boot-garbage) head -c 5000 /dev/urandom | tee -a "$console"; exit 0 ;;
boot-slow)	# but it goes on
	for ((i = 0; i < 8; i++)); do
		sleep 1
		log "driver $i"
	done
	boot; tests; down ;;
progress)	# longer than a limit in all
	boot
	say begin kcmp_test 90
	printf '%s\n' 'TAP version 13' 1..6
	for ((i = 1; i <= 6; i++)); do
		sleep 2
		echo "ok $i fake.$i"
	done
	say end kcmp_test 0
	down ;;
boot-hang) log 'Linux version 0.0'; log 'the last line'; exec sleep "$KCMP_TEST_SLEEP" ;;
boot-late) sleep 8; boot; tests; down ;;
memory) echo 'qemu-system-x86_64: cannot set up guest memory' >&2; exit 1 ;;
panic) boot; tests panic ;;
die) boot; tests exit 1 ;;
hang) boot; tests exec sleep "$KCMP_TEST_SLEEP" ;;
hang-after) boot; tests; exec sleep "$KCMP_TEST_SLEEP" ;;
hang-over) boot; tests; down; exec sleep "$KCMP_TEST_SLEEP" ;;
silent-end) boot; tests ;;
fail) boot
	say begin kcmp_test 90
	printf '%s\n' 'TAP version 13' 1..1 'not ok 1 fake.one'
	say end kcmp_test 1
	down ;;
skip) boot
	say begin kcmp_test 90
	printf '%s\n' 'TAP version 13' 1..1 'ok 1 fake.one # SKIP missing kcmp'
	say end kcmp_test 4
	down ;;
timeout) boot
	say begin kcmp_test 90
	printf '%s\n' 'TAP version 13' 1..1
	say end kcmp_test timeout
	down ;;
oops) boot; tests log 'BUG: kernel NULL pointer dereference, address: 0'; down ;;
warning) boot; tests log 'WARNING: CPU: 0 PID: 1 at kernel/kcmp.c:1 fake'; down ;;
kasan) boot; tests log 'BUG: KASAN: use-after-free in fake'; down ;;
lockdep) boot; tests log 'WARNING: possible circular locking dependency detected'; down ;;
atomic) boot; tests log 'BUG: sleeping function called from invalid context'; down ;;
leak) boot; tests log 'unreferenced object 0xffff888000000000 (size 8):'; down ;;
stall) boot; tests log 'watchdog: BUG: soft lockup - CPU#0 stuck for 22s!'; down ;;
early-warning) log 'WARNING: CPU: 0 PID: 1 at init/main.c:1 early'; boot; tests; down ;;
late-warning) boot; tests; down; log 'WARNING: CPU: 0 PID: 1 at reboot.c:1 late' ;;
garbage) boot; tests eval 'head -c 5000 /dev/urandom | tr "\0" x; echo'; down ;;
forged) boot
	say begin kcmp_test 90
	printf '%s\n' 'TAP version 13' 1..1 'ok 1 fake.one' \
		'mark-1-2 end kcmp_test 0' 'mark-1-2 over' 'mark-1-2 done' ;;
flood) boot
	while :; do
		printf '%01000d\n' 0
	done >>"$console" ;;
*) boot; tests; down ;;
esac
