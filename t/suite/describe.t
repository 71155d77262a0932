#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A failing expectation says what was asked, by whom, and what came back.
# shellcheck source=/dev/null
. "$(dirname "$0")/../tap.sh"

KSFT_DIR=${KSFT_DIR:-$("$TOP/runner/harness.sh")} || exit 1
mkdir "$TMP/src"
cp "$TOP"/Makefile "$TOP"/*.h "$TOP"/*.c "$TMP/src"
cp "$TOP/t/suite/describe_check.c" "$TMP/src/describe_check_test.c"
run make -C "$TMP/src" KSFT_DIR="$KSFT_DIR" TEST_GEN_PROGS=describe_check_test
check "the program builds" exited 0
run "$TMP/src/describe_check_test"
check "all its tests fail" grep -q '^# Totals: pass:0 fail:4 ' "$TMP/out"

# says LINE: whether a diagnostic ends with it, numbers being N.
says()
{
	sed -E 's/^# [^:]*:[0-9]+:[a-z_]+://; s/pid([12])=[0-9]+ /pid\1=N /g' \
		"$TMP/out" "$TMP/err" | grep -xF -e "$1"
}

while IFS= read -r line; do
	check "$line" says "$line"
done <<'END'
Expected '0 (same)' == '2 (greater)'.
kcmp(pid1=N (test), pid2=N (worker 0, child), KCMP_VM, idx1=0, idx2=0)
asked by the test, pid1=self->me, pid2=self->child->pid, type=KCMP_VM, idx1=0, idx2=0
Expected '1, 2 or 3 (different)' == '0 (same)'.
kcmp(pid1=N (test), pid2=N (worker 1, thread), KCMP_VM, idx1=0, idx2=0)
Expected '-ESRCH' == '0 (same)'.
Expected '0, 1, 2 or 3' == '-ESRCH'.
kcmp(pid1=N (test), pid2=-1, KCMP_FILES, idx1=0, idx2=0)
Expected '0 (same)' == '-EINVAL'.
kcmp(pid1=N (test), pid2=N (test's parent), 99, idx1=2147483647, idx2=0x80000000)
asked by the test, pid1=self->me, pid2=getppid(), type=99, idx1=INT_MAX, idx2=1UL << 31
asked by worker 0, child, pid1=self->child->pid, pid2=self->me, type=KCMP_FILE, idx1=STDIN_FILENO, idx2=-1
kcmp(pid1=N (test), pid2=N (worker 0, child, gone), KCMP_VM, idx1=0, idx2=0)
kcmp(pid1=N (worker 0, child), pid2=N (test), KCMP_VM, idx1=0, idx2=0)
sys_kcmp(self->me, 0, KCMP_VM, 0, 0)
kcmp(pid1=N (test), pid2=N (test), KCMP_EPOLL_TFD, idx1=5, slot={efd 6, tfd 7, toff 2})
asked by worker 0, child, pid1=self->me, pid2=self->me, type=KCMP_EPOLL_TFD, idx1=5, idx2=self->child->scratch
kcmp(pid1=N (test), pid2=N (test), KCMP_EPOLL_TFD, idx1=5, idx2=0x1)
kcmp(pid1=N (test), pid2=N (test), KCMP_EPOLL_TFD, idx1=5, idx2=0x12345000)
Expected '' == 'CLONE_VM|CLONE_NNP|0x1000000000000000'.
Expected '' == '-ENOSPC'.
Expected '' == '-4095'.
Expected '' == '22'.
Expected '' == 'KCMP_VM + 0x100000000'.
END
check "an argument with a side effect is evaluated once" \
	test "$(grep -c 'Expected 1 (1) == asked' "$TMP/err")" = 0
finish
