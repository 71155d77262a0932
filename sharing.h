/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that two tasks share, in terms of the flags of clone(2): six questions to
 * kcmp(), each in both orders.
 */
#ifndef SELFTESTS_KCMP_SHARING_H
#define SELFTESTS_KCMP_SHARING_H

#include "describe.h"
#include "worker.h"

#define SHARES_NOTHING 0ULL

/* The flags of the types that can be asked about here. */
unsigned long long askable_sharing(void);

/* Expected and answered sharing, and a line for each wrong answer.         */
struct sharing {
	char expected[128], answered[512], line[13][512];
	int lines;
};

/*
 * Asks what two tasks share.  by: a worker that asks, or NULL for the test;
 * flags: all that they are to share; text1, text2: the pids as the test spells
 * them.  Of types that cannot be asked about here nothing is expected.
 */
void ask_sharing(struct sharing *sharing, struct worker *by,
		 unsigned long long flags, long pid1, long pid2,
		 const char *text1, const char *text2);

/*
 * EXPECT_SHARED(), EXPECT_SHARED_BY() - Expect two tasks to share what the
 * clone flags say, and nothing else; the test or a worker asks.
 * ASSERT_SHARED() - The same for set-ups.
 */
#define EXPECT_SHARED(flags, pid1, pid2) \
	__CHECK_SHARED(EXPECT_STREQ, NULL, flags, pid1, pid2)
#define EXPECT_SHARED_BY(worker, flags, pid1, pid2) \
	__CHECK_SHARED(EXPECT_STREQ, worker, flags, pid1, pid2)
#define ASSERT_SHARED(flags, pid1, pid2) \
	__CHECK_SHARED(ASSERT_STREQ, NULL, flags, pid1, pid2)

#define __CHECK_SHARED(check, worker, flags, pid1, pid2)                    \
	do {                                                                \
		struct sharing __sharing;                                   \
		int __i;                                                    \
		ask_sharing(&__sharing, worker, flags, pid1, pid2, #pid1,   \
			    #pid2);                                         \
		if (__sharing.lines) {                                      \
			check(__sharing.expected, __sharing.answered)       \
			{                                                   \
				for (__i = 0; __i < __sharing.lines; __i++) \
					TH_LOG("%s", __sharing.line[__i]);  \
			}                                                   \
		}                                                           \
	} while (0)

/*
 * Give a worker, or a new child of the test, an io_context and an undo list.  A
 * task without them has NULL pointers there, which compare as the same.
 */
long give_io_and_undo(struct worker *t);
struct worker *spawn_with_io_and_undo(unsigned long long flags);

/* Returns why close_range() cannot be called with these flags, or NULL. */
const char *close_range_skip_reason(unsigned int flags);

/*
 * For worker_run(): a clone() with these sharing flags that fails late, when
 * all has been shared or copied, because the pidfd cannot be stored.  Returns
 * -EFAULT.
 */
worker_fn clone_fail_late;

#endif /* SELFTESTS_KCMP_SHARING_H */
