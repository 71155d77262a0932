// SPDX-License-Identifier: GPL-2.0
/*
 * What kcmp(2) says of KCMP_EPOLL_TFD: whether descriptor idx1 of pid1 is the
 * file that an epoll instance of pid2 watches.
 *
 * The slot that idx2 points to lies in the caller's memory.  Its efd is looked
 * up in pid2's table; its tfd is the number that was given to EPOLL_CTL_ADD,
 * open or not; its toff counts the registrations under that number.  The
 * manual page is short on errors: see kcmp_epoll_target() in kernel/kcmp.c and
 * get_epoll_tfile_raw_ptr() in fs/eventpoll.c.
 */
#include "kcmp_harness.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* Asks as the test itself does: whether pid1's fd is what pid2's slot means. */
static long epoll_kcmp(pid_t pid1, pid_t pid2, int fd, unsigned int efd,
		       unsigned int tfd, unsigned int toff)
{
	struct kcmp_epoll_slot slot = { .efd = efd, .tfd = tfd, .toff = toff };

	return sys_kcmp(pid1, pid2, KCMP_EPOLL_TFD, fd, (unsigned long)&slot);
}

/* The same, where both sides are the test. */
static long own_kcmp(int fd, unsigned int efd, unsigned int tfd,
		     unsigned int toff)
{
	return epoll_kcmp(getpid(), getpid(), fd, efd, tfd, toff);
}

/* Returns 0 or -errno. */
static int watch(int efd, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(efd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* Registers a new file under a number that stays closed.  Returns its fd. */
static int watch_new_as(int efd, int number)
{
	int fd = eventfd(0, 0);

	if (dup2(fd, number) != number || watch(efd, number))
		return -1;
	close(number);
	return fd;
}

static const char *missing_epoll_tests(void)
{
	return kcmp_skip_reason(KCMP_EPOLL_TFD) ?: kcmp_skip_reason(KCMP_FILE);
}

FIXTURE(tfd)
{
	pid_t me;
	int efd, fd, other;
};

FIXTURE_SETUP(tfd)
{
	SKIP_IF(missing_epoll_tests());
	self->me = getpid();
	self->efd = epoll_create1(0);
	self->fd = eventfd(0, 0);
	self->other = eventfd(0, 0);
	SKIP_IF(self->other == -1 ? "missing eventfd (CONFIG_EVENTFD)" :
			NULL);
	ASSERT_EQ(0, watch(self->efd, self->fd));
}

FIXTURE_TEARDOWN(tfd)
{
	workers_end();
}

/* "is the file descriptor present in the epoll instance" */
TEST_F(tfd, registered_file_is_same)
{
	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
	EXPECT_EQ(0, own_kcmp(dup(self->fd), self->efd, self->fd, 0));
}

/* The number is right, the file is not: an answer, no error. */
TEST_F(tfd, another_file_is_different)
{
	EXPECT_DIFFERS(own_kcmp(self->other, self->efd, self->fd, 0));
	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
}

TEST_F(tfd, is_found_while_somebody_waits)
{
	struct worker *waiter = worker_spawn(CLONE_FILES);
	int i;

	ASSERT_SPAWNED(waiter);
	worker_post(waiter, NULL, WORKER_ARGS(SYS_epoll_pwait, self->efd,
					  (long)waiter->scratch, 1, -1, 0));
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
		poll(NULL, 0, 1);
	}
	EXPECT_FALSE(worker_is_idle(waiter));
}

TEST_F(tfd, o_path_and_the_instance_itself_are_different)
{
	int path = open("/dev/null", O_PATH);

	EXPECT_DIFFERS(own_kcmp(path, self->efd, self->fd, 0));
	EXPECT_DIFFERS(own_kcmp(self->efd, self->efd, self->fd, 0));
}

TEST_F(tfd, unregistered_number_is_enoent)
{
	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, self->other, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->other, self->efd, self->other, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, dup(self->fd), 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, self->efd, 0));
}

TEST_F(tfd, empty_instance_is_enoent)
{
	int empty = epoll_create1(0);

	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, empty, self->fd, 0));
	ASSERT_EQ(0, watch(empty, self->fd));
	EXPECT_EQ(0, own_kcmp(self->fd, empty, self->fd, 0));
}

TEST_F(tfd, number_is_compared_with_all_its_bits)
{
	int bit;

	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
	for (bit = 0; bit < 32; bit++)
		EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd,
					    self->fd ^ 1U << bit, 0))
			TH_LOG("bit %d", bit);
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, UINT_MAX, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, -self->fd, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, ~self->fd, 0));
}

/* A limit is for what is to come. */
TEST_F(tfd, number_above_a_limit_that_was_lowered_is_found)
{
	struct rlimit limit = { .rlim_cur = 100, .rlim_max = 100 };

	ASSERT_EQ(300, dup2(self->fd, 300));
	ASSERT_EQ(0, watch(self->efd, 300));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, 300, 0));
	EXPECT_EQ(0, own_kcmp(300, self->efd, self->fd, 0));
	EXPECT_DIFFERS(own_kcmp(self->other, self->efd, 300, 0));
}

/* Nor are other numbers of descriptors those, as far as they are none. */
TEST_F(tfd, descriptors_are_looked_up_with_all_their_bits)
{
	int bit;

	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
	for (bit = 8; bit < 32; bit++) {
		EXPECT_EQ(-EBADF, own_kcmp(self->fd ^ 1U << bit, self->efd,
					   self->fd, 0));
		EXPECT_EQ(-EBADF, own_kcmp(self->fd, self->efd ^ 1U << bit,
					   self->fd, 0));
	}
}

TEST_F(tfd, toff_past_the_last_is_enoent)
{
	static const unsigned int toff[] = {
		1, 2, 255, 256, 65536, INT_MAX, 1U << 31, UINT_MAX
	};
	unsigned int i;

	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
	for (i = 0; i < ARRAY_SIZE(toff); i++)
		EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, self->fd,
					    toff[i]))
			TH_LOG("toff %u", toff[i]);
}

/* EPOLL_CTL_MOD keeps the registration, so does an event that disarms it. */
TEST_F(tfd, modified_and_spent_stay_registered)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT };

	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_MOD, self->fd, &event));
	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
	ASSERT_EQ(0, eventfd_write(self->fd, 1));
	ASSERT_EQ(1, epoll_wait(self->efd, &event, 1, 0));
	ASSERT_EQ(0, epoll_wait(self->efd, &event, 1, 0));
	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, self->fd, 1));
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, self->fd, NULL));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, self->fd, 0));
}

TEST_F(tfd, deleted_is_enoent)
{
	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, self->fd, NULL));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, self->fd, 0));
	ASSERT_EQ(0, watch(self->efd, self->fd));
	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
}

/* What the type is for: a number that now means another file (CRIU). */
TEST_F(tfd, is_the_file_that_was_registered_not_the_one_there_now)
{
	int kept = dup(self->fd);

	ASSERT_EQ(0, close(self->fd));
	EXPECT_EQ(0, own_kcmp(kept, self->efd, self->fd, 0));
	ASSERT_EQ(self->fd, dup2(self->other, self->fd));
	EXPECT_EQ(0, own_kcmp(kept, self->efd, self->fd, 0));
	EXPECT_DIFFERS(own_kcmp(self->fd, self->efd, self->fd, 0));
	EXPECT_DIFFERS(own_kcmp(self->other, self->efd, self->fd, 0));
}

/* A registration is a number and a file: epoll_ctl() wants both. */
TEST_F(tfd, is_not_deleted_by_the_number_of_another_file)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = self->fd, kept = dup(fd);

	ASSERT_EQ(fd, dup2(self->other, fd));
	EXPECT_EQ(-1, epoll_ctl(self->efd, EPOLL_CTL_MOD, fd, &event));
	EXPECT_EQ(-1, epoll_ctl(self->efd, EPOLL_CTL_DEL, fd, NULL));
	EXPECT_EQ(0, own_kcmp(kept, self->efd, fd, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(kept, self->efd, fd, 1));
	ASSERT_EQ(0, watch(self->efd, fd));
	/* Either one or the other of the two is the file that was kept. */
	EXPECT_EQ(1, (own_kcmp(kept, self->efd, fd, 0) == 0) +
		     (own_kcmp(kept, self->efd, fd, 1) == 0));
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, fd, NULL));
	EXPECT_EQ(0, own_kcmp(kept, self->efd, fd, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(kept, self->efd, fd, 1));
}

TEST_F(tfd, registered_again_is_eexist_and_there_once)
{
	EXPECT_EQ(-EEXIST, watch(self->efd, self->fd));
	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, self->fd, 1));
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, self->fd, NULL));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, self->fd, 0));
}

/* Two numbers of one file are two registrations. */
TEST_F(tfd, is_deleted_and_modified_under_its_number_alone)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = self->fd, copy = dup(fd);

	EXPECT_EQ(-1, epoll_ctl(self->efd, EPOLL_CTL_MOD, copy, &event));
	EXPECT_EQ(-1, epoll_ctl(self->efd, EPOLL_CTL_DEL, copy, NULL));
	EXPECT_EQ(0, own_kcmp(fd, self->efd, fd, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(fd, self->efd, copy, 0));
	ASSERT_EQ(0, watch(self->efd, copy));
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, fd, NULL));
	EXPECT_EQ(-ENOENT, own_kcmp(fd, self->efd, fd, 0));
	EXPECT_EQ(0, own_kcmp(fd, self->efd, copy, 0));
}

/* Whatever the reason. */
TEST_F(tfd, refused_registration_is_enoent)
{
	int file = open("/proc/self/exe", O_RDONLY), around = epoll_create1(0);

	EXPECT_EQ(-EPERM, watch(self->efd, file));
	EXPECT_EQ(-EINVAL, watch(self->efd, self->efd));
	ASSERT_EQ(0, watch(around, self->efd));
	EXPECT_EQ(-ELOOP, watch(self->efd, around));
	EXPECT_EQ(-ENOENT, own_kcmp(file, self->efd, file, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->efd, self->efd, self->efd, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(around, self->efd, around, 0));
	EXPECT_EQ(0, own_kcmp(self->efd, around, self->efd, 0));
	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
}

/* "EINVAL ... excessive number of wakeup paths", however many those are. */
TEST_F(tfd, refused_for_too_many_paths_is_enoent)
{
	int inner = self->efd, outer = -1, i, err = 0;

	for (i = 0; i < 2; i++) {
		outer = epoll_create1(0);
		ASSERT_EQ(0, watch(outer, inner));
		inner = outer;
	}
	for (i = 0; i < 200 && !err; i++) {
		outer = epoll_create1(0);
		err = watch(outer, inner);
		EXPECT_EQ(err ? -ENOENT : 0, own_kcmp(inner, outer, inner, 0));
	}
	EXPECT_EQ(err ? -EINVAL : 0, err);
}

TEST_F(tfd, is_gone_with_the_file_whatever_that_is)
{
	int file[6], i;

	SKIP_IF(socketpair(AF_UNIX, SOCK_STREAM, 0, file + 2) ?
			"missing unix sockets (CONFIG_UNIX)" : NULL);
	ASSERT_EQ(0, pipe(file));
	file[4] = epoll_create1(0);
	file[5] = eventfd(0, 0);
	for (i = 0; i < 6; i++) {
		ASSERT_EQ(0, watch(self->efd, file[i]));
		EXPECT_EQ(0, own_kcmp(file[i], self->efd, file[i], 0));
	}
	for (i = 0; i < 6; i++) {
		ASSERT_EQ(0, close(file[i]));
		EXPECT_EQ(-ENOENT, own_kcmp(self->other, self->efd, file[i], 0))
			TH_LOG("file %d", i);
	}
}

/* The last to close it may be another user than who has opened it. */
TEST_F(tfd, is_gone_with_the_file_whoever_closes_it)
{
	struct worker *child = worker_spawn(0);
	int fd = self->fd;

	ASSERT_SPAWNED(child);
	SKIP_IF(worker_syscall(child, SYS_setresuid, 59001, 59001, 0) ?
			"missing other users (CAP_SETUID)" : NULL);
	worker_syscall(child, SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	/* Its own, or the file would not be the last one's to close. */
	ASSERT_EQ(0, close(fd));
	EXPECT_DIFFERS(own_kcmp(self->other, self->efd, fd, 0));
	ASSERT_EQ(0, worker_syscall(child, SYS_close, fd));
	EXPECT_EQ(-ENOENT, own_kcmp(self->other, self->efd, fd, 0));
}

TEST_F(tfd, is_gone_from_every_instance_with_the_file)
{
	int efd[8], fd = self->fd, i;

	for (i = 0; i < 8; i++) {
		efd[i] = epoll_create1(0);
		ASSERT_EQ(0, watch(efd[i], fd));
		EXPECT_EQ(0, own_kcmp(fd, efd[i], fd, 0));
	}
	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(-ENOENT, own_kcmp(self->other, self->efd, fd, 0));
	for (i = 0; i < 8; i++)
		EXPECT_EQ(-ENOENT, own_kcmp(self->other, efd[i], fd, 0));
}

TEST_F(tfd, is_gone_with_the_last_reference_to_the_file)
{
	int fd = self->fd, copy = dup(fd);

	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(0, own_kcmp(copy, self->efd, fd, 0));
	ASSERT_EQ(0, close(copy));
	EXPECT_EQ(-ENOENT, own_kcmp(self->other, self->efd, fd, 0));
}

TEST_F(tfd, one_file_under_several_numbers_is_found_under_each)
{
	int fd = self->fd, number[] = { fd, dup(fd), dup2(fd, fd | 256) };
	int i, j;

	for (i = 1; i < 3; i++) {
		EXPECT_EQ(-ENOENT, own_kcmp(fd, self->efd, number[i], 0));
		ASSERT_EQ(0, watch(self->efd, number[i]));
	}
	for (i = 0; i < 3; i++) {
		for (j = 0; j < 3; j++)
			EXPECT_EQ(0, own_kcmp(number[i], self->efd, number[j],
					      0));
		EXPECT_EQ(-ENOENT, own_kcmp(fd, self->efd, number[i], 1));
	}
}

/* Numbers that are the same but for one upper bit, as far as there are such. */
TEST_F(tfd, number_is_registered_with_all_its_bits)
{
	int fd = self->fd, bit, number;
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max = 1 << 17;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (bit = 8; bit <= 16; bit++) {
		number = dup2(fd, fd | 1 << bit);
		if (number == -1)
			continue;
		EXPECT_EQ(-ENOENT, own_kcmp(fd, self->efd, number, 0));
		ASSERT_EQ(0, watch(self->efd, number));
		EXPECT_EQ(0, own_kcmp(fd, self->efd, number, 0));
		EXPECT_EQ(0, own_kcmp(number, self->efd, fd, 0));
		EXPECT_EQ(-ENOENT, own_kcmp(fd, self->efd, fd, 1));
		EXPECT_EQ(0, sys_kcmp(self->me, self->me, KCMP_FILE, number, fd));
		EXPECT_DIFFERS(sys_kcmp(self->me, self->me, KCMP_FILE,
					self->other, number));
	}
}

/* EPOLLEXCLUSIVE excludes EPOLL_CTL_MOD. */
TEST_F(tfd, is_found_until_deleted_whatever_events_are_wanted)
{
	static const unsigned int events[] = {
		0, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, EPOLLET,
		EPOLLIN | EPOLLET, EPOLLIN | EPOLLONESHOT,
		EPOLLIN | EPOLLEXCLUSIVE, EPOLLIN | EPOLLEXCLUSIVE | EPOLLET,
		EPOLLIN | EPOLLWAKEUP, EPOLLIN | EPOLLOUT | EPOLLMSG,
	};
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(events); i++) {
		struct epoll_event event = { .events = events[i / 2] };
		struct epoll_event none = { .events = 0 };
		int fd = eventfd(0, 0);

		ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_ADD, fd, &event));
		EXPECT_EQ(0, own_kcmp(fd, self->efd, fd, 0))
			TH_LOG("events %#x", event.events);
		EXPECT_DIFFERS(own_kcmp(self->fd, self->efd, fd, 0));
		if (i % 2 && !(event.events & EPOLLEXCLUSIVE))
			ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_MOD, fd,
					       &none));
		EXPECT_EQ(0, own_kcmp(fd, self->efd, fd, 0))
			TH_LOG("events %#x, modified to none", event.events);
		ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, fd, NULL));
		EXPECT_EQ(-ENOENT, own_kcmp(fd, self->efd, fd, 0))
			TH_LOG("events %#x, deleted", event.events);
	}
}

/* Nothing, one, the other, or both are ready; waited for or not. */
TEST_F(tfd, is_found_whatever_is_ready)
{
	struct epoll_event events[2];
	eventfd_t drained;
	int ready, waited;

	ASSERT_EQ(0, watch(self->efd, self->other));
	for (ready = 0; ready < 8; ready++) {
		if (ready & 1)
			ASSERT_EQ(0, eventfd_write(self->fd, 1));
		if (ready & 2)
			ASSERT_EQ(0, eventfd_write(self->other, 1));
		waited = ready & 4 ? epoll_wait(self->efd, events, 2, 0) : 0;
		ASSERT_LE(0, waited);
		EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
		EXPECT_EQ(0, own_kcmp(self->other, self->efd, self->other, 0));
		EXPECT_DIFFERS(own_kcmp(self->fd, self->efd, self->other, 0));
		EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, self->fd, 1));
		if (ready & 1)
			ASSERT_EQ(0, eventfd_read(self->fd, &drained));
		if (ready & 2)
			ASSERT_EQ(0, eventfd_read(self->other, &drained));
	}
}

/* An inner instance is a target as any other; its own targets are not ours. */
TEST_F(tfd, nested_instance_is_a_target_but_no_door)
{
	int outer = epoll_create1(0), inner = self->efd;

	ASSERT_EQ(0, watch(outer, inner));
	EXPECT_EQ(0, own_kcmp(inner, outer, inner, 0));
	EXPECT_DIFFERS(own_kcmp(outer, outer, inner, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, outer, self->fd, 0));
	EXPECT_EQ(0, own_kcmp(self->fd, inner, self->fd, 0));
	ASSERT_EQ(0, epoll_ctl(outer, EPOLL_CTL_DEL, inner, NULL));
	EXPECT_EQ(-ENOENT, own_kcmp(inner, outer, inner, 0));
	EXPECT_EQ(0, own_kcmp(self->fd, inner, self->fd, 0));
}

TEST_F(tfd, instance_may_be_named_by_a_dup)
{
	int copy = dup(self->efd), high = dup2(self->efd, 150);

	ASSERT_LE(0, copy);
	ASSERT_EQ(150, high);
	EXPECT_EQ(0, own_kcmp(self->fd, copy, self->fd, 0));
	EXPECT_EQ(0, own_kcmp(self->fd, high, self->fd, 0));
	EXPECT_DIFFERS(own_kcmp(self->other, copy, self->fd, 0));
}

TEST_F(tfd, instance_may_come_through_a_socket)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = "";
	struct cmsghdr *header = (struct cmsghdr *)control;
	struct iovec data = { .iov_base = control, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int sv[2], got;

	SKIP_IF(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) ?
			"missing unix sockets (CONFIG_UNIX)" : NULL);
	*header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
				    .cmsg_level = SOL_SOCKET,
				    .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(header), &self->efd, sizeof(int));
	data.iov_base = "";
	ASSERT_EQ(1, sendmsg(sv[0], &msg, 0));
	data.iov_base = &got;
	ASSERT_EQ(1, recvmsg(sv[1], &msg, 0));
	memcpy(&got, CMSG_DATA(header), sizeof(got));
	EXPECT_EQ(0, own_kcmp(self->fd, got, self->fd, 0));
	EXPECT_DIFFERS(own_kcmp(self->other, got, self->fd, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, got, self->other, 0));
}

/* CRIU looks the targets up in its tree of KCMP_FILE answers. */
TEST_F(tfd, order_is_that_of_kcmp_file)
{
	int fd[16], i, j;

	for (i = 0; i < 16; i++) {
		fd[i] = eventfd(0, 0);
		ASSERT_EQ(0, watch(self->efd, fd[i]));
	}
	for (i = 0; i < 16; i++)
		for (j = 0; j < 16; j++)
			EXPECT_EQ(sys_kcmp(self->me, self->me, KCMP_FILE,
					   fd[i], fd[j]),
				  own_kcmp(fd[i], self->efd, fd[j], 0))
				TH_LOG("files %d and %d", i, j);
	EXPECT_EQ(0, own_kcmp(fd[15], self->efd, fd[15], 0));
	EXPECT_DIFFERS(own_kcmp(fd[0], self->efd, fd[15], 0));
}

TEST_F(tfd, is_found_among_500)
{
	int fd[500], i;

	for (i = 0; i < 500; i++) {
		fd[i] = dup(self->other);
		SKIP_IF(fd[i] == -1 || watch(self->efd, fd[i]) ?
				"missing descriptors (RLIMIT_NOFILE)" : NULL);
	}
	for (i = 0; i < 500; i++)
		EXPECT_EQ(0, own_kcmp(self->other, self->efd, fd[i], 0))
			TH_LOG("registration %d", i);
	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
	EXPECT_DIFFERS(own_kcmp(self->fd, self->efd, fd[499], 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd, self->efd, fd[499] + 1, 0));
}

/* ------------------------------------------------------------------ */
/* Several files registered under one number: toff tells them apart.   */

#define SAME_NUMBER	12
#define NUMBER		100

FIXTURE(toff)
{
	int efd, fd[SAME_NUMBER];
};

FIXTURE_SETUP(toff)
{
	int i;

	SKIP_IF(missing_epoll_tests());
	self->efd = epoll_create1(0);
	for (i = 0; i < SAME_NUMBER; i++) {
		self->fd[i] = watch_new_as(self->efd, NUMBER);
		SKIP_IF(self->fd[i] == -1 ?
				"missing eventfd (CONFIG_EVENTFD)" : NULL);
		/* Between them in the tree, under numbers of their own. */
		ASSERT_LE(0, watch_new_as(self->efd, NUMBER + 1 + i));
	}
}

FIXTURE_TEARDOWN(toff)
{
}

/* Returns how many of the toffs below the limit mean this file, or -errno. */
static long count_toffs(int efd, int fd, unsigned int limit)
{
	unsigned int toff;
	long found = 0;

	for (toff = 0; toff < limit; toff++) {
		long answer = own_kcmp(fd, efd, NUMBER, toff);

		if (!kcmp_answers(answer))
			return answer < 0 ? answer : -ERANGE;
		found += answer == 0;
	}
	return found;
}

/* Returns the file that a toff means, or -1. */
static int file_of_toff(int efd, const int *fd, int count, unsigned int toff)
{
	int i;

	for (i = 0; i < count; i++)
		if (own_kcmp(fd[i], efd, NUMBER, toff) == 0)
			return fd[i];
	return -1;
}

TEST_F(toff, means_each_file_once)
{
	int i;

	for (i = 0; i < SAME_NUMBER; i++)
		EXPECT_EQ(1, count_toffs(self->efd, self->fd[i], SAME_NUMBER))
			TH_LOG("file %d", i);
}

TEST_F(toff, is_an_answer_below_the_count_and_enoent_from_there)
{
	int i;

	for (i = 0; i < SAME_NUMBER; i++)
		EXPECT_LE(0, own_kcmp(self->fd[0], self->efd, NUMBER, i));
	for (i = SAME_NUMBER; i < 4 * SAME_NUMBER; i++)
		EXPECT_EQ(-ENOENT, own_kcmp(self->fd[0], self->efd, NUMBER, i));
}

TEST_F(toff, order_is_that_of_kcmp_file)
{
	pid_t me = getpid();
	int i, toff;

	for (toff = 0; toff < SAME_NUMBER; toff++) {
		int fd = file_of_toff(self->efd, self->fd, SAME_NUMBER, toff);

		ASSERT_LE(0, fd);
		for (i = 0; i < SAME_NUMBER; i++)
			EXPECT_EQ(sys_kcmp(me, me, KCMP_FILE, self->fd[i], fd),
				  own_kcmp(self->fd[i], self->efd, NUMBER, toff));
	}
}

TEST_F(toff, does_not_count_other_numbers)
{
	EXPECT_LE(0, own_kcmp(self->fd[0], self->efd, NUMBER + 1, 0));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd[0], self->efd, NUMBER + 1, 1));
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd[0], self->efd, NUMBER - 1, 0));
}

TEST_F(toff, means_the_same_again_while_nothing_changes)
{
	long first[SAME_NUMBER];
	int i, round;

	for (i = 0; i < SAME_NUMBER; i++)
		first[i] = own_kcmp(self->fd[0], self->efd, NUMBER, i);
	for (round = 0; round < 3; round++)
		for (i = 0; i < SAME_NUMBER; i++)
			EXPECT_EQ(first[i],
				  own_kcmp(self->fd[0], self->efd, NUMBER, i));
}

/* EPOLLONESHOT disables a registration, which is one all the same. */
TEST_F(toff, counts_ready_and_spent_registrations)
{
	struct epoll_event event[SAME_NUMBER] = {
		{ .events = EPOLLOUT | EPOLLONESHOT },
	};
	int i;

	for (i = 0; i < SAME_NUMBER; i += 2) {
		ASSERT_EQ(NUMBER, dup2(self->fd[i], NUMBER));
		ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_MOD, NUMBER, event));
	}
	close(NUMBER);
	/* Now they are ready, and then no more. */
	for (i = 0; i < SAME_NUMBER; i++)
		EXPECT_EQ(1, count_toffs(self->efd, self->fd[i], SAME_NUMBER));
	ASSERT_EQ(SAME_NUMBER / 2, epoll_wait(self->efd, event, SAME_NUMBER, 0));
	ASSERT_EQ(0, epoll_wait(self->efd, event, SAME_NUMBER, 0));
	for (i = 0; i < SAME_NUMBER; i++)
		EXPECT_EQ(1, count_toffs(self->efd, self->fd[i], SAME_NUMBER))
			TH_LOG("file %d", i);
	EXPECT_EQ(-ENOENT, own_kcmp(self->fd[0], self->efd, NUMBER, SAME_NUMBER));
}

TEST_F(toff, has_no_hole_after_a_deletion)
{
	int i, gone = self->fd[3];

	ASSERT_EQ(NUMBER, dup2(gone, NUMBER));
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, NUMBER, NULL));
	EXPECT_EQ(0, count_toffs(self->efd, gone, SAME_NUMBER - 1));
	for (i = 0; i < SAME_NUMBER; i++)
		if (self->fd[i] != gone)
			EXPECT_EQ(1, count_toffs(self->efd, self->fd[i],
						 SAME_NUMBER - 1));
	EXPECT_EQ(-ENOENT, own_kcmp(gone, self->efd, NUMBER, SAME_NUMBER - 1));
}

/*
 * Today toff goes through the files by their address.  kcmp()'s order being
 * that one, or its reverse, means that the addresses are compared bare; two in
 * 32! times it means nothing.  Not that toff has to go by address.
 */
TEST(toff_order_is_not_kcmp_order)
{
	int efd, fd[32], by_toff[32] = { 0 }, i, j, up = 0;

	SKIP_IF(missing_epoll_tests());
	efd = epoll_create1(0);
	for (i = 0; i < 32; i++) {
		fd[i] = watch_new_as(efd, NUMBER);
		SKIP_IF(fd[i] == -1 ?
				"missing eventfd (CONFIG_EVENTFD)" : NULL);
	}
	for (i = 0; i < 32; i++)
		for (j = 0; j < 32; j++)
			if (!own_kcmp(fd[i], efd, NUMBER, j))
				by_toff[j] = fd[i];
	for (i = 0; i < 31; i++)
		up += sys_kcmp(getpid(), getpid(), KCMP_FILE, by_toff[i],
			       by_toff[i + 1]) == 1;
	EXPECT_LT(0, up);
	EXPECT_GT(31, up);
}

/* ------------------------------------------------------------------ */
/* Whose table, whose number, whose memory.                            */

FIXTURE(across)
{
	pid_t me, pid;
	struct worker *child;
	int efd, fd, other;
};

FIXTURE_SETUP(across)
{
	SKIP_IF(missing_epoll_tests());
	self->efd = epoll_create1(0);
	self->fd = eventfd(0, 0);
	self->other = eventfd(0, 0);
	SKIP_IF(self->other == -1 ? "missing eventfd (CONFIG_EVENTFD)" :
			NULL);
	ASSERT_EQ(0, watch(self->efd, self->fd));
	self->child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->child);
	self->me = getpid();
	self->pid = self->child->pid;
}

FIXTURE_TEARDOWN(across)
{
	workers_end();
}

TEST_F(across, inherited_is_same_on_either_side)
{
	pid_t me = self->me, pid = self->pid;
	int efd = self->efd, fd = self->fd;

	EXPECT_EQ(0, epoll_kcmp(me, pid, fd, efd, fd, 0));
	EXPECT_EQ(0, epoll_kcmp(pid, me, fd, efd, fd, 0));
	EXPECT_EQ(0, epoll_kcmp(pid, pid, fd, efd, fd, 0));
	EXPECT_DIFFERS(epoll_kcmp(me, pid, self->other, efd, fd, 0));
	EXPECT_DIFFERS(epoll_kcmp(pid, me, self->other, efd, fd, 0));
	EXPECT_EQ(-ENOENT, epoll_kcmp(me, pid, fd, efd, self->other, 0));
}

TEST_F(across, instance_is_looked_up_in_the_second_task)
{
	int later = epoll_create1(0), fd = self->fd;

	ASSERT_EQ(0, watch(later, fd));
	EXPECT_EQ(0, epoll_kcmp(self->me, self->me, fd, later, fd, 0));
	EXPECT_EQ(0, epoll_kcmp(self->pid, self->me, fd, later, fd, 0));
	EXPECT_EQ(-EBADF, epoll_kcmp(self->me, self->pid, fd, later, fd, 0));
	EXPECT_EQ(-EBADF, epoll_kcmp(self->pid, self->pid, fd, later, fd, 0));
}

/* Two instances under one number: each task's own counts. */
TEST_F(across, instance_of_the_second_task_counts)
{
	int efd = self->efd, other = self->other;
	int empty = worker_syscall(self->child, SYS_epoll_create1, 0);

	ASSERT_LT(0, empty);
	ASSERT_EQ(efd, worker_syscall(self->child, SYS_dup3, empty, efd, 0));
	EXPECT_EQ(-ENOENT, epoll_kcmp(self->me, self->pid, other, efd,
				      self->fd, 0));
	EXPECT_DIFFERS(epoll_kcmp(self->pid, self->me, other, efd, self->fd, 0));
}

TEST_F(across, descriptor_is_looked_up_in_the_first_task)
{
	int fd = self->fd, later = dup(fd), efd = self->efd;

	EXPECT_EQ(0, epoll_kcmp(self->me, self->pid, later, efd, fd, 0));
	EXPECT_EQ(0, epoll_kcmp(self->me, self->me, later, efd, fd, 0));
	EXPECT_EQ(-EBADF, epoll_kcmp(self->pid, self->me, later, efd, fd, 0));
	ASSERT_EQ(later, worker_syscall(self->child, SYS_dup3, self->other,
				      later, 0));
	EXPECT_DIFFERS(epoll_kcmp(self->pid, self->me, later, efd, fd, 0));
	EXPECT_EQ(0, epoll_kcmp(self->me, self->pid, later, efd, fd, 0));
}

/* It is what EPOLL_CTL_ADD was told, by whomever. */
TEST_F(across, number_is_that_of_who_registered_it)
{
	struct epoll_event *event = (void *)self->child->scratch;
	int efd = self->efd, other = self->other;

	event->events = EPOLLIN;
	ASSERT_EQ(120, worker_syscall(self->child, SYS_dup3, other, 120, 0));
	ASSERT_EQ(0, worker_syscall(self->child, SYS_epoll_ctl, efd,
				  EPOLL_CTL_ADD, 120, (long)event));
	EXPECT_EQ(0, epoll_kcmp(self->me, self->me, other, efd, 120, 0));
	EXPECT_EQ(0, epoll_kcmp(self->me, self->pid, other, efd, 120, 0));
	EXPECT_EQ(-ENOENT, epoll_kcmp(self->me, self->me, other, efd, other, 0));
}

TEST_F(across, number_need_not_be_open_anywhere)
{
	int fd = self->fd, kept = dup(fd), efd = self->efd;

	ASSERT_EQ(0, worker_syscall(self->child, SYS_close, fd));
	EXPECT_EQ(0, epoll_kcmp(self->me, self->pid, fd, efd, fd, 0));
	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(0, epoll_kcmp(self->me, self->pid, kept, efd, fd, 0));
	EXPECT_EQ(0, epoll_kcmp(self->me, self->me, kept, efd, fd, 0));
}

TEST_F(across, registration_outlives_who_made_it_but_not_the_file)
{
	struct epoll_event *event = (void *)self->child->scratch;
	int efd = self->efd;
	long fd = worker_syscall(self->child, SYS_eventfd2, 0, 0);

	ASSERT_LT(0, fd);
	ASSERT_EQ(130, worker_syscall(self->child, SYS_dup3, fd, 130, 0));
	event->events = EPOLLIN;
	ASSERT_EQ(0, worker_syscall(self->child, SYS_epoll_ctl, efd,
				  EPOLL_CTL_ADD, 130, (long)event));
	EXPECT_EQ(0, epoll_kcmp(self->pid, self->me, fd, efd, 130, 0));
	EXPECT_DIFFERS(epoll_kcmp(self->me, self->me, self->fd, efd, 130, 0));
	ASSERT_LE(0, worker_end(self->child));
	EXPECT_EQ(-ENOENT,
		  epoll_kcmp(self->me, self->me, self->fd, efd, 130, 0));
}

/* Another caller has another slot at the address that it names. */
TEST_F(across, slot_is_read_from_the_caller)
{
	struct worker *caller = worker_spawn(0);
	struct kcmp_epoll_slot *slot;
	pid_t me = self->me, pid = self->pid;

	ASSERT_SPAWNED(caller);
	slot = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*slot = (struct kcmp_epoll_slot){ self->efd, self->fd, 0 };
	EXPECT_EQ(0, sys_kcmp(me, pid, KCMP_EPOLL_TFD, self->fd, (long)slot));
	EXPECT_EQ(0, sys_kcmp(me, caller->pid, KCMP_EPOLL_TFD, self->fd,
			      (long)slot));
	EXPECT_EQ(-EFAULT, worker_kcmp(caller, me, pid, KCMP_EPOLL_TFD, self->fd,
				     (long)slot));
	slot = (void *)caller->scratch;
	*slot = (struct kcmp_epoll_slot){ self->efd, self->fd, 0 };
	EXPECT_EQ(0, worker_kcmp(caller, me, pid, KCMP_EPOLL_TFD, self->fd,
			       (long)slot));
}

/* The id of a thread names the thread's table, which need not be its leader's. */
TEST_F(across, thread_has_its_own_table_on_either_side)
{
	struct worker *thread = worker_spawn(CLONE_VM | CLONE_SIGHAND |
					 CLONE_THREAD);
	int efd = self->efd, fd = self->fd;
	pid_t me = self->me, tid = thread->pid;

	ASSERT_SPAWNED(thread);
	ASSERT_EQ(140, worker_syscall(thread, SYS_dup3, fd, 140, 0));
	ASSERT_EQ(141, worker_syscall(thread, SYS_dup3, efd, 141, 0));
	ASSERT_EQ(0, worker_syscall(thread, SYS_close, fd));
	ASSERT_EQ(0, worker_syscall(thread, SYS_close, efd));
	EXPECT_EQ(0, epoll_kcmp(tid, me, 140, efd, fd, 0));
	EXPECT_EQ(0, epoll_kcmp(me, tid, fd, 141, fd, 0));
	EXPECT_EQ(0, epoll_kcmp(tid, tid, 140, 141, fd, 0));
	EXPECT_EQ(-EBADF, epoll_kcmp(tid, me, fd, efd, fd, 0));
	EXPECT_EQ(-EBADF, epoll_kcmp(me, tid, fd, efd, fd, 0));
	EXPECT_EQ(-EBADF, epoll_kcmp(me, tid, 140, 141, fd, 0));
	EXPECT_DIFFERS(epoll_kcmp(tid, me, self->other, efd, fd, 0));
	EXPECT_DIFFERS(epoll_kcmp(me, tid, self->other, 141, fd, 0));
}

/* The order is that of the files, whoever has them. */
TEST_F(across, order_is_that_of_kcmp_file)
{
	int fd[8], i, j;
	struct worker *heir;
	pid_t pid;

	for (i = 0; i < 8; i++) {
		fd[i] = eventfd(0, 0);
		ASSERT_EQ(0, watch(self->efd, fd[i]));
	}
	heir = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(heir);
	pid = heir->pid;
	for (i = 0; i < 8; i++)
		for (j = 0; j < 8; j++) {
			long order = sys_kcmp(pid, pid, KCMP_FILE, fd[i], fd[j]);

			EXPECT_EQ(order, epoll_kcmp(self->me, pid, fd[i],
						    self->efd, fd[j], 0));
			EXPECT_EQ(order, epoll_kcmp(pid, self->me, fd[i],
						    self->efd, fd[j], 0));
		}
}

TEST_F(across, upper_halves_of_pids_and_type_are_ignored)
{
	struct kcmp_epoll_slot slot = { self->efd, self->fd, 0 };
	const unsigned long up = sizeof(long) == 8 ? 0xdeadca75UL << 16 << 16 : 0;
	pid_t me = self->me, pid = self->pid;
	long idx2 = (long)&slot;

	SKIP_IF(up ? NULL : "missing 64-bit registers (CONFIG_64BIT)");
	EXPECT_EQ(0, sys_kcmp(me | up, pid, KCMP_EPOLL_TFD, self->fd, idx2));
	EXPECT_EQ(0, sys_kcmp(me, pid | up, KCMP_EPOLL_TFD, self->fd, idx2));
	EXPECT_EQ(0, sys_kcmp(me, pid, KCMP_EPOLL_TFD | up, self->fd, idx2));
	EXPECT_DIFFERS(sys_kcmp(me | up, pid | up, KCMP_EPOLL_TFD | up,
				self->other, idx2));
}

TEST_F(across, zombie_has_neither_descriptor_nor_instance)
{
	int efd = self->efd, fd = self->fd;

	EXPECT_EQ(0, epoll_kcmp(self->pid, self->pid, fd, efd, fd, 0));
	ASSERT_EQ(0, worker_make_zombie(self->child));
	EXPECT_EQ(-EBADF, epoll_kcmp(self->pid, self->me, fd, efd, fd, 0));
	EXPECT_EQ(-EBADF, epoll_kcmp(self->me, self->pid, fd, efd, fd, 0));
	EXPECT_EQ(-EBADF, epoll_kcmp(self->pid, self->pid, fd, efd, fd, 0));
}

/* ------------------------------------------------------------------ */
/* Errors, each with the question that would have been answered.       */

TEST_F(tfd, closed_descriptor_is_ebadf)
{
	int closed = dup(self->fd);

	EXPECT_EQ(0, own_kcmp(closed, self->efd, self->fd, 0));
	ASSERT_EQ(0, close(closed));
	EXPECT_EQ(-EBADF, own_kcmp(closed, self->efd, self->fd, 0));
	EXPECT_EQ(-EBADF, own_kcmp(INT_MAX, self->efd, self->fd, 0));
	EXPECT_EQ(-EBADF, own_kcmp(-1, self->efd, self->fd, 0));
}

TEST_F(tfd, closed_instance_is_ebadf)
{
	int closed = dup(self->efd), bit;

	EXPECT_EQ(0, own_kcmp(self->fd, closed, self->fd, 0));
	for (bit = 10; bit < 32; bit++)
		EXPECT_EQ(-EBADF, own_kcmp(self->fd, closed ^ 1U << bit,
					   self->fd, 0))
			TH_LOG("bit %d", bit);
	ASSERT_EQ(0, close(closed));
	EXPECT_EQ(-EBADF, own_kcmp(self->fd, closed, self->fd, 0));
	EXPECT_EQ(-EBADF, own_kcmp(self->fd, INT_MAX, self->fd, 0));
	EXPECT_EQ(-EBADF, own_kcmp(self->fd, UINT_MAX, self->fd, 0));
}

/* Also where the number is one that no instance has: EINVAL before ENOENT. */
TEST_F(tfd, instance_that_is_no_epoll_is_einval)
{
	int ends[2], path = open("/dev/null", O_PATH);
	int file = open("/dev/null", O_RDONLY);

	ASSERT_EQ(0, pipe(ends));
	ASSERT_LE(0, file);
	EXPECT_EQ(-EINVAL, own_kcmp(self->fd, ends[0], self->fd, 0));
	EXPECT_EQ(-EINVAL, own_kcmp(self->fd, file, self->fd, 0));
	EXPECT_EQ(-EINVAL, own_kcmp(self->fd, path, self->fd, 0));
	EXPECT_EQ(-EINVAL, own_kcmp(self->fd, self->fd, self->fd, 0));
	EXPECT_EQ(-EINVAL, own_kcmp(self->fd, file, UINT_MAX, UINT_MAX));
	EXPECT_EQ(0, own_kcmp(self->fd, self->efd, self->fd, 0));
}

/* ------------------------------------------------------------------ */
/* The slot: twelve bytes of the caller's memory, read and not written. */

FIXTURE(slot)
{
	pid_t me;
	int efd, fd;
	size_t page;
	char *map;	/* two pages, readable and not */
	struct kcmp_epoll_slot good;
};

FIXTURE_SETUP(slot)
{
	SKIP_IF(missing_epoll_tests());
	self->me = getpid();
	self->efd = epoll_create1(0);
	self->fd = eventfd(0, 0);
	SKIP_IF(self->fd == -1 ? "missing eventfd (CONFIG_EVENTFD)" :
			NULL);
	ASSERT_EQ(0, watch(self->efd, self->fd));
	self->good = (struct kcmp_epoll_slot){ self->efd, self->fd, 0 };
	self->page = sysconf(_SC_PAGESIZE);
	self->map = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	ASSERT_EQ(0, mprotect(self->map + self->page, self->page, PROT_NONE));
}

FIXTURE_TEARDOWN(slot)
{
}

static long kcmp_slot_at(FIXTURE_DATA(slot) *self, const void *address)
{
	return sys_kcmp(self->me, self->me, KCMP_EPOLL_TFD, self->fd,
			(unsigned long)address);
}

TEST_F(slot, null_and_unmapped_are_efault)
{
	char *gone = mmap(NULL, self->page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(gone, &self->good, sizeof(self->good));
	EXPECT_EQ(0, kcmp_slot_at(self, gone));
	ASSERT_EQ(0, munmap(gone, self->page));
	EXPECT_EQ(-EFAULT, kcmp_slot_at(self, gone));
	EXPECT_EQ(-EFAULT, kcmp_slot_at(self, NULL));
}

TEST_F(slot, unreadable_is_efault)
{
	memcpy(self->map, &self->good, sizeof(self->good));
	EXPECT_EQ(0, kcmp_slot_at(self, self->map));
	ASSERT_EQ(0, mprotect(self->map, self->page, PROT_NONE));
	EXPECT_EQ(-EFAULT, kcmp_slot_at(self, self->map));
	EXPECT_EQ(-EFAULT, kcmp_slot_at(self, self->map + self->page));
}

/* Where the test itself would get a SIGBUS. */
TEST_F(slot, beyond_the_end_of_a_file_is_efault)
{
	int file = memfd_create("slot", 0);
	char *map = mmap(NULL, self->page, PROT_READ, MAP_SHARED, file, 0);

	SKIP_IF(file == -1 ?
			"missing memfd_create (CONFIG_MEMFD_CREATE)" : NULL);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-EFAULT, kcmp_slot_at(self, map));
	ASSERT_EQ(12, pwrite(file, &self->good, 12, 0));
	EXPECT_EQ(0, kcmp_slot_at(self, map));
}

/* Where no program has memory, on any architecture. */
TEST_F(slot, kernel_address_is_efault)
{
	EXPECT_EQ(0, kcmp_slot_at(self, &self->good));
	EXPECT_EQ(-EFAULT, kcmp_slot_at(self, (void *)-1L));
	EXPECT_EQ(-EFAULT, kcmp_slot_at(self, (void *)-12L));
	EXPECT_EQ(-EFAULT, kcmp_slot_at(self, (void *)-4096L));
#ifdef __x86_64__
	EXPECT_EQ(-EFAULT, kcmp_slot_at(self, (void *)0xffff888000000000));
	EXPECT_EQ(-EFAULT, kcmp_slot_at(self, (void *)0xffffffff81000000));
	EXPECT_EQ(-EFAULT, kcmp_slot_at(self, (void *)0x8000000000000000));
	EXPECT_EQ(-EFAULT, kcmp_slot_at(self, (void *)0x00007ffffffffff8));
#endif
}

TEST_F(slot, half_readable_is_efault)
{
	int missing;
	char *end = self->map + self->page;

	for (missing = 1; missing < 12; missing++) {
		char *at = end - 12 + missing;

		memcpy(at, &self->good, 12 - missing);
		EXPECT_EQ(-EFAULT, kcmp_slot_at(self, at))
			TH_LOG("%d bytes missing", missing);
	}
	memcpy(end - 12, &self->good, 12);
	EXPECT_EQ(0, kcmp_slot_at(self, end - 12));
}

/* The manual page's slot has 16 bytes: its last four are nobody's business. */
TEST_F(slot, is_twelve_bytes_long)
{
	char *end = self->map + self->page;

	memcpy(end - 12, &self->good, 12);
	EXPECT_EQ(0, kcmp_slot_at(self, end - 12));
	memset(end - 4, 0xff, 4);
	memcpy(end - 16, &self->good, 12);
	EXPECT_EQ(0, kcmp_slot_at(self, end - 16));
}

TEST_F(slot, need_not_be_aligned)
{
	int shift;

	for (shift = 1; shift < 16; shift++) {
		memcpy(self->map + shift, &self->good, 12);
		EXPECT_EQ(0, kcmp_slot_at(self, self->map + shift))
			TH_LOG("shifted by %d", shift);
		self->map[shift + 8]++;		/* toff, on either endianness */
		self->map[shift + 11]++;
		EXPECT_EQ(-ENOENT, kcmp_slot_at(self, self->map + shift));
	}
}

TEST_F(slot, may_lie_on_two_pages)
{
	char *end = self->map + self->page;

	ASSERT_EQ(0, mprotect(end, self->page, PROT_READ | PROT_WRITE));
	memcpy(end - 6, &self->good, 12);
	EXPECT_EQ(0, kcmp_slot_at(self, end - 6));
}

TEST_F(slot, may_be_read_only)
{
	memcpy(self->map, &self->good, 12);
	ASSERT_EQ(0, mprotect(self->map, self->page, PROT_READ));
	EXPECT_EQ(0, kcmp_slot_at(self, self->map));
}

/* Reads as zeros: instance 0, number 0, the first one. */
TEST_F(slot, may_never_have_been_touched)
{
	int number_0 = dup(0);

	ASSERT_EQ(0, dup2(self->fd, 0));
	ASSERT_EQ(0, watch(self->efd, 0));
	EXPECT_EQ(-EINVAL, kcmp_slot_at(self, self->map + 64));
	ASSERT_EQ(0, dup2(self->efd, 0));
	EXPECT_EQ(0, kcmp_slot_at(self, self->map + 64));
	ASSERT_EQ(0, dup2(number_0, 0));
}

TEST_F(slot, is_never_written)
{
	static const unsigned int toff[] = { 0, 1, UINT_MAX };
	struct kcmp_epoll_slot slot, before;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(toff); i++) {
		slot = self->good;
		slot.toff = toff[i];
		before = slot;
		EXPECT_EQ(toff[i] ? -ENOENT : 0, kcmp_slot_at(self, &slot));
		EXPECT_EQ(0, memcmp(&slot, &before, sizeof(slot)));
	}
}

/* ------------------------------------------------------------------ */
/* Whatever the answer, nothing stays taken: no lock and no reference. */

enum broken { NOTHING, WRONG_FILE, NO_NUMBER, NO_EPOLL, NO_EFD, NO_FD, NO_SLOT };

FIXTURE(returns)
{
	struct worker *holder, *helper;
	int efd, fd, pipe[2], outer;
	struct kcmp_epoll_slot slot;
};

FIXTURE_VARIANT(returns)
{
	enum broken broken;
	long answer;
};

FIXTURE_VARIANT_ADD(returns, same) { .broken = NOTHING, .answer = 0 };
FIXTURE_VARIANT_ADD(returns, different) { .broken = WRONG_FILE, .answer = 1 };
FIXTURE_VARIANT_ADD(returns, enoent) { .broken = NO_NUMBER, .answer = -ENOENT };
FIXTURE_VARIANT_ADD(returns, einval) { .broken = NO_EPOLL, .answer = -EINVAL };
FIXTURE_VARIANT_ADD(returns, ebadf_efd) { .broken = NO_EFD, .answer = -EBADF };
FIXTURE_VARIANT_ADD(returns, ebadf_fd) { .broken = NO_FD, .answer = -EBADF };
FIXTURE_VARIANT_ADD(returns, efault) { .broken = NO_SLOT, .answer = -EFAULT };

/*
 * Only the holder, and a helper that shares its descriptors, have the instance:
 * should a lock stay taken, they hang and the test does not.  The instance is
 * itself watched, by one of the test, which tells when it is gone.
 */
FIXTURE_SETUP(returns)
{
	SKIP_IF(missing_epoll_tests());
	self->outer = epoll_create1(0);
	self->efd = epoll_create1(0);
	ASSERT_EQ(0, pipe(self->pipe));
	self->fd = self->pipe[1];
	ASSERT_EQ(0, watch(self->efd, self->pipe[0]));
	ASSERT_EQ(0, watch(self->outer, self->efd));
	self->holder = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->holder);
	self->helper = worker_spawn_by(self->holder, by_clone,
				     CLONE_VM | CLONE_FILES, 0);
	ASSERT_SPAWNED(self->helper);
	ASSERT_EQ(0, close(self->efd));
	ASSERT_EQ(0, close(self->fd));
	self->slot = (struct kcmp_epoll_slot){
		.efd = variant->broken == NO_EPOLL ? self->fd :
		       variant->broken == NO_EFD ? 1000 : self->efd,
		.tfd = variant->broken == NO_NUMBER ? 1000 : self->pipe[0],
	};
}

FIXTURE_TEARDOWN(returns)
{
	workers_end();
}

static void ask_often(struct __test_metadata *_metadata,
		      FIXTURE_DATA(returns) *self,
		      const FIXTURE_VARIANT(returns) *variant)
{
	int fd = variant->broken == NO_FD ? 1000 :
		 variant->broken == WRONG_FILE ? self->fd : self->pipe[0];
	unsigned long slot = variant->broken == NO_SLOT ? 0 :
			     (unsigned long)&self->slot;
	pid_t pid = self->holder->pid;
	int i;

	for (i = 0; i < 20; i++) {
		long answer = sys_kcmp(pid, pid, KCMP_EPOLL_TFD, fd, slot);

		EXPECT_EQ(variant->answer, kcmp_unordered(answer));
	}
	/* Of what is its own, another way may be taken. */
	pid = self->helper->pid;
	for (i = 0; i < 3; i++)
		EXPECT_EQ(variant->answer, kcmp_unordered(
			  worker_kcmp(self->helper, pid, pid, KCMP_EPOLL_TFD, fd,
				    slot)));
}

/* ep->mtx */
TEST_F(returns, with_the_instance_free_for_epoll_ctl)
{
	ask_often(_metadata, self, variant);
	EXPECT_EQ(0, worker_syscall(self->helper, SYS_epoll_ctl, self->efd,
				  EPOLL_CTL_DEL, self->pipe[0], 0));
}

/* exec_update_lock, of both tasks that were compared */
TEST_F(returns, with_both_tasks_free_to_execve)
{
	SKIP_IF(execve_skip_reason());
	ask_often(_metadata, self, variant);
	EXPECT_EQ(0, worker_execve(self->helper, "/proc/self/exe"));
	EXPECT_EQ(0, worker_execve(self->holder, "/proc/self/exe"));
}

/* The file under test: its other end hangs up when the last reference goes. */
TEST_F(returns, without_a_reference_to_the_file)
{
	struct pollfd end = { .fd = self->pipe[0], .events = POLLIN };

	ask_often(_metadata, self, variant);
	EXPECT_EQ(0, poll(&end, 1, 0));
	ASSERT_EQ(0, worker_syscall(self->holder, SYS_close, self->fd));
	EXPECT_EQ(1, poll(&end, 1, WORKER_TIMEOUT));
	EXPECT_EQ(POLLHUP, end.revents);
}

/* The instance: the one that watches it forgets it with its last reference. */
TEST_F(returns, without_a_reference_to_the_instance)
{
	int mine = self->pipe[0];

	ask_often(_metadata, self, variant);
	EXPECT_DIFFERS(own_kcmp(mine, self->outer, self->efd, 0));
	ASSERT_EQ(0, worker_syscall(self->holder, SYS_close, self->efd));
	EXPECT_EQ(-ENOENT, own_kcmp(mine, self->outer, self->efd, 0));
}

TEST_HARNESS_MAIN
