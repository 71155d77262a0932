// SPDX-License-Identifier: GPL-2.0
/*
 * Promises of other subsystems, with kcmp() as the observer: a failure here is
 * not one of kcmp().
 */
#include "kcmp_harness.h"
#include "epoll_tfd.h"

/* ------------------------------------------------------------------ */
/*
 * epoll_ctl(2): a registration is a number and an open file description, and is
 * removed when that is released.
 */

FIXTURE(epoll_ctl)
{
	int efd, fd, other;
};

FIXTURE_SETUP(epoll_ctl)
{
	SKIP_IF(epoll_skip_reason() ?: eventfd_skip_reason() ?:
		kcmp_skip_reason(KCMP_FILE));
	self->efd = epoll_create1(0);
	self->fd = eventfd(0, 0);
	self->other = eventfd(0, 0);
	ASSERT_EQ(0, epoll_watch(self->efd, self->fd));
}

FIXTURE_TEARDOWN(epoll_ctl)
{
	workers_end();
}

/* EPOLL_CTL_ADD that fails registers nothing. */
TEST_F(epoll_ctl, failed_add_registers_nothing)
{
	/* A directory: regular files can be polled on FUSE and virtiofs. */
	int file = open("/proc/self", O_RDONLY), around = epoll_create1(0);

	EXPECT_EQ(-EPERM, epoll_watch(self->efd, file));
	EXPECT_EQ(-EINVAL, epoll_watch(self->efd, self->efd));
	ASSERT_EQ(0, epoll_watch(around, self->efd));
	EXPECT_EQ(-ELOOP, epoll_watch(self->efd, around));
	EXPECT_TFD(-ENOENT, file, self->efd, file, 0);
	EXPECT_TFD(-ENOENT, self->efd, self->efd, self->efd, 0);
	EXPECT_TFD(-ENOENT, around, self->efd, around, 0);
	EXPECT_TFD(0, self->efd, around, self->efd, 0);
	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
}

/* epoll_ctl(2), EINVAL: "excessive number of wakeup paths"; no number is told. */
TEST_F(epoll_ctl, too_many_wakeup_paths_register_nothing)
{
	int inner = self->efd, outer = -1, i, err = 0;

	for (i = 0; i < 2; i++) {
		outer = epoll_create1(0);
		ASSERT_EQ(0, epoll_watch(outer, inner));
		inner = outer;
	}
	for (i = 0; i < 200 && !err; i++) {
		outer = epoll_create1(0);
		err = epoll_watch(outer, inner);
		EXPECT_TFD(err ? -ENOENT : 0, inner, outer, inner, 0);
	}
	EXPECT_EQ(err ? -EINVAL : 0, err);
}

TEST_F(epoll_ctl, second_add_is_eexist)
{
	EXPECT_EQ(-EEXIST, epoll_watch(self->efd, self->fd));
	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
	EXPECT_TFD(-ENOENT, self->fd, self->efd, self->fd, 1);
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, self->fd, NULL));
	EXPECT_TFD(-ENOENT, self->fd, self->efd, self->fd, 0);
}

/* Two numbers of one file are two registrations. */
TEST_F(epoll_ctl, del_and_mod_need_number_and_file)
{
	int fd = self->fd, copy = dup(fd);

	EXPECT_EQ(-ENOENT, epoll_control(self->efd, EPOLL_CTL_MOD, copy, EPOLLIN));
	EXPECT_EQ(-ENOENT, epoll_control(self->efd, EPOLL_CTL_DEL, copy, 0));
	EXPECT_TFD(0, fd, self->efd, fd, 0);
	EXPECT_TFD(-ENOENT, fd, self->efd, copy, 0);
	ASSERT_EQ(0, epoll_watch(self->efd, copy));
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, fd, NULL));
	EXPECT_TFD(-ENOENT, fd, self->efd, fd, 0);
	EXPECT_TFD(0, fd, self->efd, copy, 0);
}

/* epoll_ctl() finds a registration by its number and its file. */
TEST_F(epoll_ctl, number_of_other_file_is_enoent)
{
	int fd = self->fd, kept = dup(fd);

	ASSERT_EQ(fd, dup2(self->other, fd));
	EXPECT_EQ(-ENOENT, epoll_control(self->efd, EPOLL_CTL_MOD, fd, EPOLLIN));
	EXPECT_EQ(-ENOENT, epoll_control(self->efd, EPOLL_CTL_DEL, fd, 0));
	EXPECT_TFD(0, kept, self->efd, fd, 0);
	EXPECT_TFD(-ENOENT, kept, self->efd, fd, 1);
	ASSERT_EQ(0, epoll_watch(self->efd, fd));
	/* Either one or the other of the two is the file that was kept. */
	EXPECT_EQ(1, (own_kcmp(kept, self->efd, fd, 0) == 0) +
		     (own_kcmp(kept, self->efd, fd, 1) == 0));
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, fd, NULL));
	EXPECT_TFD(0, kept, self->efd, fd, 0);
	EXPECT_TFD(-ENOENT, kept, self->efd, fd, 1);
}

TEST_F(epoll_ctl, close_removes_files_of_any_kind)
{
	int file[6], i;

	SKIP_IF(unix_skip_reason());
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, file + 2));
	ASSERT_EQ(0, pipe(file));
	file[4] = epoll_create1(0);
	file[5] = eventfd(0, 0);
	for (i = 0; i < 6; i++) {
		ASSERT_EQ(0, epoll_watch(self->efd, file[i]));
		EXPECT_TFD(0, file[i], self->efd, file[i], 0);
	}
	for (i = 0; i < 6; i++) {
		ASSERT_EQ(0, close(file[i]));
		EXPECT_TFD(-ENOENT, self->other, self->efd, file[i], 0);
	}
}

static const char *setuid_skip_reason(long err)
{
	errno = -err;
	if (err == -EINVAL)
		return "needs uid 59001 in the user namespace";
	return err ? refusal_reason("setresuid blocked by a seccomp filter", NULL) ?:
		     "needs CAP_SETUID" : NULL;
}

/* The task that closes the last descriptor may be another user. */
TEST_F(epoll_ctl, close_by_other_user_removes)
{
	struct worker *child = worker_spawn(0);
	int fd = self->fd;

	ASSERT_SPAWNED(child);
	SKIP_IF(setuid_skip_reason(worker_syscall(child, SYS_setresuid,
						  59001, 59001, 0)));
	worker_syscall(child, SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	/* Its own, or the file would not be the last one's to close. */
	ASSERT_EQ(0, close(fd));
	EXPECT_TFD(KCMP_DIFFERS, self->other, self->efd, fd, 0);
	ASSERT_EQ(0, worker_syscall(child, SYS_close, fd));
	EXPECT_TFD(-ENOENT, self->other, self->efd, fd, 0);
}

TEST_F(epoll_ctl, close_removes_from_every_instance)
{
	int efd[8], fd = self->fd, i;

	for (i = 0; i < 8; i++) {
		efd[i] = epoll_create1(0);
		ASSERT_EQ(0, epoll_watch(efd[i], fd));
		EXPECT_TFD(0, fd, efd[i], fd, 0);
	}
	ASSERT_EQ(0, close(fd));
	EXPECT_TFD(-ENOENT, self->other, self->efd, fd, 0);
	for (i = 0; i < 8; i++)
		EXPECT_TFD(-ENOENT, self->other, efd[i], fd, 0);
}

TEST_HARNESS_MAIN
