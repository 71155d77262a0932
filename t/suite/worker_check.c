// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of worker.h and kcmp_harness.h for cases that are rare in the suite: built
 * and run by t/suite/worker.t.
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

/* Fails: the harness alone would call it skipped. */
TEST(skip_after_a_failure)
{
	EXPECT_EQ(0, 1);
	SKIP_IF("a reason");
}

TEST(skip_before)
{
	SKIP_IF("a reason");
	EXPECT_EQ(0, 1);
}

TEST(refused_worker_is_named)
{
	struct worker *child = worker_spawn(CLONE_SIGHAND);

	ASSERT_SPAWNED(child);
}

static long fail_a_call(const long *arg)
{
	(void)arg;
	return close(-1) ? -errno : 0;
}

/* errno lies where the thread pointer points to. */
TEST(thread_pointer_is_kept_by_settls)
{
	const unsigned long threads = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
	const unsigned long flags[] = {
		CLONE_SETTLS,
		CLONE_SETTLS | CLONE_VM,
		CLONE_SETTLS | threads,
	};
	struct worker *child;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		child = worker_spawn(flags[i]);
		ASSERT_SPAWNED(child);
		EXPECT_EQ(-EBADF, worker_run(child, fail_a_call, 0));
	}
	workers_end();
}

TEST(flags_beyond_32_bits_are_not_cut)
{
	struct worker *child = worker_spawn(1ULL << 40);

	EXPECT_EQ(-EINVAL, child->pid);
	child = worker_spawn_by(worker_spawn(0), by_clone3, 1ULL << 40,
				SIGCHLD);
	EXPECT_TRUE(child->pid == -EINVAL || child->pid == -ENOSYS);
	workers_end();
}

static void note_signal(int number)
{
	(void)number;
}

TEST(signals_are_reset)
{
	struct sigaction action;
	sigset_t blocked;
	int i, wrong = 0;

	for (i = 1; i < _NSIG; i++)
		if (i != SIGXFSZ && !sigaction(i, NULL, &action) &&
		    action.sa_handler != SIG_DFL)
			wrong++;
	EXPECT_EQ(0, wrong);
	ASSERT_EQ(0, sigprocmask(SIG_SETMASK, NULL, &blocked));
	for (i = 1; i < _NSIG; i++)
		EXPECT_NE(1, sigismember(&blocked, i));
	EXPECT_EQ(SCHED_OTHER, sched_getscheduler(0));
	signal(SIGUSR1, note_signal);
}

TEST(standard_streams_are_open)
{
	EXPECT_NE(-1, fcntl(STDIN_FILENO, F_GETFD));
	EXPECT_NE(-1, fcntl(STDERR_FILENO, F_GETFD));
	EXPECT_EQ(-1, fcntl(STDERR_FILENO + 40, F_GETFD));
}

static long change_ids(const long *arg)
{
	pid_t parent = getppid();
	long err = syscall(SYS_setresuid, arg[0], arg[0], arg[0]) ? -errno : 0;

	rearm_parent_death(parent);
	return err;
}

/* Each round ends by SIGKILL to the program: nothing of it may stay alive. */
TEST(spawns_without_end)
{
	const unsigned long flags[] = {
		0,
		CLONE_VM,
		CLONE_NEWPID,
		CLONE_NEWUSER | CLONE_NEWPID,
		CLONE_PARENT,
	};
	struct worker *by, *child;
	unsigned int i;

	if (!getenv("KCMP_SPAWN"))
		return;
	by = worker_spawn(0);
	ASSERT_SPAWNED(by);
	for (i = 0; worker_count < WORKER_MAX - 4; i++) {
		child = worker_spawn_by(by, by_clone, flags[i % 5], 0);
		if (child->pid > 0)
			worker_run(child, change_ids, 65534);
		worker_spawn(flags[i % 4]);
		worker_spawn_by(by, by_fork, 0, 0);
		if (fork() == 0)
			pause();
	}
	pause();
}

TEST_HARNESS_MAIN
