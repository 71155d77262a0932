// SPDX-License-Identifier: GPL-2.0
/*
 * What task.h promises to all programs, where the suite itself would rarely show
 * it: built and run by t/puppets.t.
 */
#include "suite.h"

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
static struct task *spawn_three(struct task **second)
{
	*second = task_spawn_by(task_spawn(0), by_clone, 0, 0);
	return task_spawn_by(*second, by_clone, 0, 0);
}

/* The last outlives the test: its parent is still busy with its memory. */
TEST(puppets_of_one_test)
{
	struct task *second, *last = spawn_three(&second);

	ASSERT_SPAWNED(last);
	ASSERT_EQ(0, task_run(second, grow, 400L << 20));
	tasks_end();
}

TEST(take_no_orders_of_the_next)
{
	struct task *second, *last = spawn_three(&second);
	int i, wrong = 0;

	ASSERT_SPAWNED(last);
	for (i = 0; i < 200; i++)
		wrong += task_syscall(last, SYS_getpid) != last->pid;
	EXPECT_EQ(0, wrong);
	tasks_end();
}

TEST_HARNESS_MAIN
