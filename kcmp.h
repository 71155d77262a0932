/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bare kcmp(2) call: no harness in here, so that any selftest can use it.
 */
#ifndef SELFTESTS_KCMP_H
#define SELFTESTS_KCMP_H

#include <errno.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <linux/kcmp.h>

/* 16 bytes in every manual page; a slot of that size has toff elsewhere. */
_Static_assert(sizeof(struct kcmp_epoll_slot) == 12, "kcmp_epoll_slot is ABI");

/*
 * Returns 0 (same), 1 or 2 (different, and how the two are ordered),
 * 3 (different, no order) or -errno; see kcmp(2).
 *
 * All arguments are as wide as a register: what the kernel does with the upper
 * half of a narrower one is part of what is tested.
 */
static inline long sys_kcmp(long pid1, long pid2, long type,
			    unsigned long idx1, unsigned long idx2)
{
	long ret = syscall(SYS_kcmp, pid1, pid2, type, idx1, idx2);

	return ret == -1 ? -errno : ret;
}

/* Whether an answer of sys_kcmp() says "different"; 3 does (kcmp(2)). */
static inline int kcmp_differs(long answer)
{
	return answer >= 1 && answer <= 3;
}

#endif /* SELFTESTS_KCMP_H */
