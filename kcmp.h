/* SPDX-License-Identifier: GPL-2.0 */
/* The bare kcmp(2) call, for any selftest: this file needs no harness. */
#ifndef SELFTESTS_KCMP_H
#define SELFTESTS_KCMP_H

#include <errno.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <linux/kcmp.h>

/* The types are ABI. */
_Static_assert(KCMP_FILE == 0 && KCMP_VM == 1, "types");
_Static_assert(KCMP_FILES == 2 && KCMP_FS == 3, "types");
_Static_assert(KCMP_SIGHAND == 4 && KCMP_IO == 5, "types");
_Static_assert(KCMP_SYSVSEM == 6 && KCMP_EPOLL_TFD == 7, "types");
/* 16 bytes in every manual page; a slot of that size has toff elsewhere. */
_Static_assert(sizeof(struct kcmp_epoll_slot) == 12, "kcmp_epoll_slot is ABI");

/*
 * Returns 0 (same), 1 or 2 (different, and how the two are ordered),
 * 3 (different, no order) or -errno; see kcmp(2).
 *
 * All arguments are as wide as a register: the kernel must ignore the upper half
 * of those that are declared as int or pid_t.
 */
static inline long sys_kcmp(long pid1, long pid2, long type, unsigned long idx1,
			    unsigned long idx2)
{
	long ret = syscall(SYS_kcmp, pid1, pid2, type, idx1, idx2);

	return ret == -1 ? -errno : ret;
}

/* Returns whether an answer means "different"; 3 does, see kcmp(2). */
static inline int kcmp_differs(long answer)
{
	return answer >= 1 && answer <= 3;
}

/* Returns whether the call did not fail. */
static inline int kcmp_answers(long answer)
{
	return answer == 0 || kcmp_differs(answer);
}

/* Returns 1 for any answer that means "different", others as they are. */
static inline long kcmp_unordered(long answer)
{
	return kcmp_differs(answer) ? 1 : answer;
}

#endif /* SELFTESTS_KCMP_H */
