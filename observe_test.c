// SPDX-License-Identifier: GPL-2.0
/*
 * Promises of other subsystems, with kcmp() as the observer: a failure here is
 * not one of kcmp().
 */
#include "kcmp_harness.h"
#include "fd_passing.h"

/* ------------------------------------------------------------------ */
/*
 * An open file description is released with its last descriptor: a pipe's reader
 * gets POLLHUP when that is the last writer.
 */

#define WRITER	90	/* the descriptor of all tasks */

FIXTURE(lifetime)
{
	int reader;
	struct worker *owner, *sharer;
};

/* The sharer shares the owner's fd table; the test has its own. */
FIXTURE_SETUP(lifetime)
{
	int ends[2];

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	ASSERT_EQ(0, pipe(ends));
	self->reader = ends[0];
	ASSERT_EQ(WRITER, dup3(ends[1], WRITER, O_CLOEXEC));
	close(ends[1]);
	self->owner = worker_spawn(0);
	ASSERT_SPAWNED(self->owner);
	self->sharer = worker_spawn_by(self->owner, by_clone,
				       CLONE_FILES | CLONE_PARENT, 0);
	ASSERT_SPAWNED(self->sharer);
	EXPECT_KCMP(0, getpid(), self->sharer->pid, KCMP_FILE, WRITER, WRITER);
}

FIXTURE_TEARDOWN(lifetime)
{
	workers_end();
}

/* Returns whether the description is released within ms. */
static bool is_released(FIXTURE_DATA(lifetime) *self, int ms)
{
	struct pollfd end = { .fd = self->reader, .events = POLLIN };

	return poll(&end, 1, ms) == 1 && end.revents == POLLHUP;
}

TEST_F(lifetime, ends_with_the_table)
{
	close(WRITER);
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_FALSE(is_released(self, 0));
	EXPECT_SAME(self->sharer->pid, self->sharer->pid, KCMP_FILE, WRITER,
		    WRITER);
	ASSERT_LE(0, worker_end(self->sharer));
	EXPECT_TRUE(is_released(self, WORKER_TIMEOUT));
}

/* unshare(CLONE_FILES) must drop the sharer's reference to the owner's table. */
TEST_F(lifetime, ends_after_unshare)
{
	SKIP_IF(unshare_skip_reason());
	close(WRITER);
	ASSERT_EQ(0, worker_syscall(self->sharer, SYS_unshare, CLONE_FILES));
	ASSERT_EQ(0, worker_syscall(self->sharer, SYS_close, WRITER));
	EXPECT_FALSE(is_released(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_released(self, WORKER_TIMEOUT));
}

TEST_F(lifetime, ends_after_close_range)
{
	long err = worker_syscall(self->sharer, SYS_close_range, WRITER, WRITER,
				  CLOSE_RANGE_UNSHARE);

	errno = -err;
	SKIP_IF(err ? errno_skip_reason("needs Linux 5.9 (close_range)",
					BLOCKED("close_range")) : NULL);
	close(WRITER);
	EXPECT_FALSE(is_released(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_released(self, WORKER_TIMEOUT));
}

TEST_F(lifetime, ends_after_execve)
{
	SKIP_IF(execve_skip_reason());
	close(WRITER);
	ASSERT_EQ(0, worker_execve(self->sharer, "/proc/self/exe"));
	EXPECT_FALSE(is_released(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_released(self, WORKER_TIMEOUT));
}

TEST_F(lifetime, ends_when_replaced_by_dup2)
{
	ASSERT_LE(0, worker_end(self->sharer));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_FALSE(is_released(self, 0));
	ASSERT_EQ(WRITER, dup2(self->reader, WRITER));
	EXPECT_TRUE(is_released(self, WORKER_TIMEOUT));
}

/* A descriptor that was sent and received holds one more reference until closed. */
TEST_F(lifetime, ends_after_scm_rights)
{
	int sent = WRITER, got, sv[2];

	SKIP_IF(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) ?
			errno_skip_reason("needs CONFIG_UNIX",
					  BLOCKED("socketpair")) : NULL);
	ASSERT_EQ(0, send_fds(sv[0], &sent, 1));
	ASSERT_EQ(0, receive_fds(WORKER_ARGS(sv[1], (long)&got, 1)));
	EXPECT_SAME(getpid(), getpid(), KCMP_FILE, WRITER, got);
	close(got);
	ASSERT_LE(0, worker_end(self->sharer));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_FALSE(is_released(self, 0));
	close(WRITER);
	EXPECT_TRUE(is_released(self, WORKER_TIMEOUT));
}

/* So does one that was taken with pidfd_getfd(). */
TEST_F(lifetime, ends_after_pidfd_getfd)
{
	int pidfd = syscall(SYS_pidfd_open, self->owner->pid, 0), taken;

	SKIP_IF(pidfd == -1 ? errno_skip_reason("needs Linux 5.3 (pidfd_open)",
						BLOCKED("pidfd_open")) : NULL);
	taken = syscall(SYS_pidfd_getfd, pidfd, WRITER, 0);
	SKIP_IF(taken == -1 ?
			errno_skip_reason("needs pidfd_getfd (Linux 5.6, permission to attach)",
					  BLOCKED("pidfd_getfd")) : NULL);
	ASSERT_LE(0, taken);
	EXPECT_SAME(getpid(), getpid(), KCMP_FILE, WRITER, taken);
	close(taken);
	close(WRITER);
	ASSERT_LE(0, worker_end(self->sharer));
	EXPECT_FALSE(is_released(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_released(self, WORKER_TIMEOUT));
}

TEST_HARNESS_MAIN
