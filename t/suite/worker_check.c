// SPDX-License-Identifier: GPL-2.0
/*
 * What worker.h promises to all programs, where the suite itself would rarely show
 * it: built and run by t/suite/worker.t.
 */
#include "kcmp_harness.h"

/* So much memory that it takes its time to die. */
static long grow(const long *arg)
{
	char *memory = mmap(NULL, arg[0], PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	memset(memory, 1, arg[0]);
	return 0;
}

/* Returns the last of three, each the parent of the next. */
static struct worker *spawn_three(struct worker **second)
{
	*second = worker_spawn_by(worker_spawn(0), by_clone, 0, 0);
	return worker_spawn_by(*second, by_clone, 0, 0);
}

/* The last outlives the test: its parent is still busy with its memory. */
TEST(workers_of_one_test)
{
	struct worker *second, *last = spawn_three(&second);

	ASSERT_SPAWNED(last);
	ASSERT_EQ(0, worker_run(second, grow, 400L << 20));
	workers_end();
}

TEST(take_no_orders_of_the_next)
{
	struct worker *second, *last = spawn_three(&second);
	int i, wrong = 0;

	ASSERT_SPAWNED(last);
	for (i = 0; i < 200; i++)
		wrong += worker_syscall(last, SYS_getpid) != last->pid;
	EXPECT_EQ(0, wrong);
	workers_end();
}

TEST_HARNESS_MAIN
