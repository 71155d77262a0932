// SPDX-License-Identifier: GPL-2.0
/* Failures on purpose: built, run and read by t/suite/describe.t. */
#include "kcmp_harness.h"

FIXTURE(failure)
{
	struct worker *child, *thread;
	pid_t me;
};

FIXTURE_SETUP(failure)
{
	self->me = getpid();
	self->child = worker_spawn(0);
	ASSERT_SPAWNED(self->child);
	self->thread = worker_spawn(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD);
	ASSERT_SPAWNED(self->thread);
}

FIXTURE_TEARDOWN(failure)
{
	workers_end();
}

TEST_F(failure, names_roles_and_values)
{
	pid_t gone = self->child->pid;

	EXPECT_KCMP(0, self->me, self->child->pid, KCMP_VM, 0, 0);
	EXPECT_KCMP(KCMP_DIFFERS, self->me, self->thread->pid, KCMP_VM, 0, 0);
	EXPECT_KCMP(-ESRCH, self->me, self->me, KCMP_FS, 0, 0);
	EXPECT_KCMP(KCMP_ANSWERS, self->me, -1, KCMP_FILES, 0, 0);
	EXPECT_KCMP(0, self->me, getppid(), 99, INT_MAX, 1UL << 31);
	EXPECT_KCMP_BY(self->child, 0, self->child->pid, self->me, KCMP_FILE,
		       STDIN_FILENO, -1);
	worker_end(self->child);
	EXPECT_KCMP(0, self->me, gone, KCMP_VM, 0, 0);
}

TEST_F(failure, asks_both_ways_and_once)
{
	int asked = 0;

	EXPECT_SAME(self->me, self->child->pid, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(self->me, self->me, (asked++, KCMP_VM), 0, 0);
	EXPECT_DIFFERS(sys_kcmp(self->me, 0, KCMP_VM, 0, 0));
	ASSERT_EQ(1, asked);
}

TEST_F(failure, shows_the_slot)
{
	struct kcmp_epoll_slot slot = { .efd = 6, .tfd = 7, .toff = 2 };
	void *page = mmap((void *)0x12345000, 4096, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	EXPECT_KCMP(0, self->me, self->me, KCMP_EPOLL_TFD, 5, &slot);
	memcpy(self->child->scratch, &slot, sizeof(slot));
	EXPECT_KCMP_BY(self->child, 0, self->me, self->me, KCMP_EPOLL_TFD, 5,
		       self->child->scratch);
	EXPECT_KCMP(0, self->me, self->me, KCMP_EPOLL_TFD, 5, 1);
	EXPECT_KCMP(0, self->me, self->me, KCMP_EPOLL_TFD, 5, -1);
	EXPECT_KCMP(0, self->me, self->me, KCMP_EPOLL_TFD, 5, page);
}

TEST_F(failure, spells_flags)
{
	char text[64];

	EXPECT_STREQ("", clone_flags_text(CLONE_VM | CLONE_NNP | 1ULL << 60,
					  text, sizeof(text)));
	EXPECT_STREQ("", errno_name(-ENOSPC));
	EXPECT_STREQ("", errno_name(-4095));
	EXPECT_STREQ("", errno_name(22));
	EXPECT_STREQ("", kcmp_type_name(-1));
	EXPECT_STREQ("", kcmp_type_name((1L << 32) + 1));
}

TEST_HARNESS_MAIN
