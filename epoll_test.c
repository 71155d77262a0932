// SPDX-License-Identifier: GPL-2.0
/*
 * KCMP_EPOLL_TFD: is descriptor idx1 of pid1 the file that is registered with an
 * epoll instance of pid2?
 *
 * idx2 points to a slot in the caller's memory.  efd is looked up in pid2's fd
 * table.  tfd is the number that EPOLL_CTL_ADD was called with; it need not be
 * open.  toff counts the registrations with that number from 0.  The manual page
 * does not list all errors: see kcmp_epoll_target() in kernel/kcmp.c and
 * get_epoll_tfile_raw_ptr() in fs/eventpoll.c.
 */
#include "kcmp_harness.h"
#include "epoll_tfd.h"
#include "fd_passing.h"

#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

/* Registers a new file under a number that stays closed.  Returns its fd. */
static int watch_new_as(int efd, int number)
{
	int fd = eventfd(0, 0);

	if (dup2(fd, number) != number || epoll_watch(efd, number))
		return -1;
	close(number);
	return fd;
}

FIXTURE(epoll_target)
{
	pid_t me;
	int efd, fd, other;
};

FIXTURE_SETUP(epoll_target)
{
	SKIP_IF(epoll_files_skip_reason());
	self->me = getpid();
	self->efd = epoll_create1(0);
	self->fd = eventfd(0, 0);
	self->other = eventfd(0, 0);
	ASSERT_EQ(0, epoll_watch(self->efd, self->fd));
}

FIXTURE_TEARDOWN(epoll_target)
{
	workers_end();
}

/* "is the file descriptor present in the epoll instance" */
TEST_F(epoll_target, registered_file_is_same)
{
	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
	EXPECT_TFD(0, dup(self->fd), self->efd, self->fd, 0);
}

/* With the right number and another file, kcmp() answers; it does not fail. */
TEST_F(epoll_target, other_file_is_different)
{
	EXPECT_TFD(KCMP_DIFFERS, self->other, self->efd, self->fd, 0);
	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
}

TEST_F(epoll_target, found_during_epoll_wait)
{
	struct worker *waiter = worker_spawn(CLONE_FILES);
	int i;

	ASSERT_SPAWNED(waiter);
	worker_post(waiter, NULL,
		    WORKER_ARGS(SYS_epoll_pwait, self->efd,
				(long)waiter->scratch, 1, -1, 0));
	wait_state_briefly(waiter->pid, waiter->pid, 'S');
	for (i = 0; i < 10; i++)
		EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
	EXPECT_FALSE(worker_is_idle(waiter))
	{
		TH_LOG("epoll_pwait() has returned %s",
		       errno_name(waiter->ret));
	}
}

TEST_F(epoll_target, o_path_and_instance_are_different)
{
	int path = open("/", O_PATH);

	ASSERT_LE(0, path);
	EXPECT_TFD(KCMP_DIFFERS, path, self->efd, self->fd, 0);
	EXPECT_TFD(KCMP_DIFFERS, self->efd, self->efd, self->fd, 0);
}

TEST_F(epoll_target, unregistered_number_is_enoent)
{
	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
	EXPECT_TFD(-ENOENT, self->fd, self->efd, self->other, 0);
	EXPECT_TFD(-ENOENT, self->other, self->efd, self->other, 0);
	EXPECT_TFD(-ENOENT, self->fd, self->efd, dup(self->fd), 0);
	EXPECT_TFD(-ENOENT, self->fd, self->efd, self->efd, 0);
}

TEST_F(epoll_target, empty_instance_is_enoent)
{
	int empty = epoll_create1(0);

	EXPECT_TFD(-ENOENT, self->fd, empty, self->fd, 0);
	ASSERT_EQ(0, epoll_watch(empty, self->fd));
	EXPECT_TFD(0, self->fd, empty, self->fd, 0);
}

TEST_F(epoll_target, all_bits_of_tfd_count)
{
	int bit;

	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
	for (bit = 0; bit < 32; bit++)
		EXPECT_TFD(-ENOENT, self->fd, self->efd, self->fd ^ 1U << bit,
			   0);
	EXPECT_TFD(-ENOENT, self->fd, self->efd, UINT_MAX, 0);
	EXPECT_TFD(-ENOENT, self->fd, self->efd, -self->fd, 0);
	EXPECT_TFD(-ENOENT, self->fd, self->efd, ~self->fd, 0);
}

/* Lowering RLIMIT_NOFILE leaves open descriptors and registrations usable. */
TEST_F(epoll_target, tfd_above_rlimit_nofile_is_found)
{
	struct rlimit limit = { .rlim_cur = 100, .rlim_max = 100 };

	ASSERT_EQ(300, dup2(self->fd, 300));
	ASSERT_EQ(0, epoll_watch(self->efd, 300));
	SKIP_IF(setrlimit(RLIMIT_NOFILE, &limit) ?
			blocked_skip_reason(-errno, BLOCKED("setrlimit")) :
			NULL);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_EQ(100U, limit.rlim_cur);
	EXPECT_TFD(0, self->fd, self->efd, 300, 0);
	EXPECT_TFD(0, 300, self->efd, self->fd, 0);
	EXPECT_TFD(KCMP_DIFFERS, self->other, self->efd, 300, 0);
}

/* A descriptor that differs in one bit only is another one, here a closed one. */
TEST_F(epoll_target, all_bits_of_fd_and_efd_count)
{
	int bit;

	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
	for (bit = 8; bit < 32; bit++) {
		EXPECT_TFD(-EBADF, self->fd ^ 1U << bit, self->efd, self->fd,
			   0);
		EXPECT_TFD(-EBADF, self->fd, self->efd ^ 1U << bit, self->fd,
			   0);
	}
}

/*
 * With one registration, toff is 0 or wrong, whichever byte of it is set.  The
 * bytes behind the slot are not part of it: a kernel that reads toff as 64 bits
 * sees them, as the upper half on little-endian, the lower one on big-endian.
 */
TEST_F(epoll_target, toff_past_the_last_is_enoent)
{
	static const unsigned int toff[] = {
		1,	 2,	   0x80,     0xff,	0x100,
		0xff00,	 0x10000,  0xff0000, 0x1000000, 0xff000000,
		INT_MAX, 1U << 31, UINT_MAX,
	};
	struct {
		struct kcmp_epoll_slot slot;
		unsigned int behind;
	} at = { .slot = { self->efd, self->fd, 0 } };
	unsigned long idx2 = (unsigned long)&at.slot;
	pid_t me = self->me;
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(toff); i++) {
		at.behind = i % 2 ? UINT_MAX : 0;
		at.slot.toff = 0;
		EXPECT_KCMP(0, me, me, KCMP_EPOLL_TFD, self->fd, idx2);
		at.slot.toff = toff[i / 2];
		EXPECT_KCMP(-ENOENT, me, me, KCMP_EPOLL_TFD, self->fd, idx2);
	}
}

/* EPOLL_CTL_MOD and an event under EPOLLONESHOT keep the registration. */
TEST_F(epoll_target, modified_and_disarmed_are_found)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT };

	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_MOD, self->fd, &event));
	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
	ASSERT_EQ(0, eventfd_write(self->fd, 1));
	ASSERT_EQ(1, epoll_wait(self->efd, &event, 1, 0));
	ASSERT_EQ(0, epoll_wait(self->efd, &event, 1, 0));
	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
	EXPECT_TFD(-ENOENT, self->fd, self->efd, self->fd, 1);
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, self->fd, NULL));
	EXPECT_TFD(-ENOENT, self->fd, self->efd, self->fd, 0);
}

TEST_F(epoll_target, deleted_is_enoent)
{
	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, self->fd, NULL));
	EXPECT_TFD(-ENOENT, self->fd, self->efd, self->fd, 0);
	ASSERT_EQ(0, epoll_watch(self->efd, self->fd));
	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
}

/* CRIU needs the type for this: the number means another file by now. */
TEST_F(epoll_target, reused_number_means_registered_file)
{
	int kept = dup(self->fd);

	ASSERT_EQ(0, close(self->fd));
	EXPECT_TFD(0, kept, self->efd, self->fd, 0);
	ASSERT_EQ(self->fd, dup2(self->other, self->fd));
	EXPECT_TFD(0, kept, self->efd, self->fd, 0);
	EXPECT_TFD(KCMP_DIFFERS, self->fd, self->efd, self->fd, 0);
	EXPECT_TFD(KCMP_DIFFERS, self->other, self->efd, self->fd, 0);
}

TEST_F(epoll_target, last_close_is_enoent)
{
	int fd = self->fd, copy = dup(fd);

	ASSERT_EQ(0, close(fd));
	EXPECT_TFD(0, copy, self->efd, fd, 0);
	ASSERT_EQ(0, close(copy));
	EXPECT_TFD(-ENOENT, self->other, self->efd, fd, 0);
}

TEST_F(epoll_target, file_is_found_under_each_number)
{
	int fd = self->fd, number[] = { fd, dup(fd), dup2(fd, fd | 256) };
	int i, j;

	for (i = 1; i < 3; i++) {
		EXPECT_TFD(-ENOENT, fd, self->efd, number[i], 0);
		ASSERT_EQ(0, epoll_watch(self->efd, number[i]));
	}
	for (i = 0; i < 3; i++) {
		for (j = 0; j < 3; j++)
			EXPECT_TFD(0, number[i], self->efd, number[j], 0);
		EXPECT_TFD(-ENOENT, fd, self->efd, number[i], 1);
	}
}

/* The numbers differ in one upper bit, as far as RLIMIT_NOFILE allows. */
TEST_F(epoll_target, all_bits_of_registered_number_count)
{
	int fd = self->fd, bit, number;
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 1 << 17;
	limit.rlim_max = 1 << 17;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (bit = 8; bit <= 16; bit++) {
		number = dup2(fd, fd | 1 << bit);
		if (number == -1)
			continue;
		EXPECT_TFD(-ENOENT, fd, self->efd, number, 0);
		ASSERT_EQ(0, epoll_watch(self->efd, number));
		EXPECT_TFD(0, fd, self->efd, number, 0);
		EXPECT_TFD(0, number, self->efd, fd, 0);
		EXPECT_TFD(-ENOENT, fd, self->efd, fd, 1);
		EXPECT_KCMP(0, self->me, self->me, KCMP_FILE, number, fd);
		EXPECT_KCMP(KCMP_DIFFERS, self->me, self->me, KCMP_FILE,
			    self->other, number);
	}
}

/* EPOLL_CTL_MOD is not possible with EPOLLEXCLUSIVE. */
TEST_F(epoll_target, found_with_any_events_until_deleted)
{
	static const unsigned int events[] = {
		0,
		EPOLLIN,
		EPOLLOUT,
		EPOLLPRI,
		EPOLLRDHUP,
		EPOLLET,
		EPOLLIN | EPOLLET,
		EPOLLIN | EPOLLONESHOT,
		EPOLLIN | EPOLLEXCLUSIVE,
		EPOLLIN | EPOLLEXCLUSIVE | EPOLLET,
		EPOLLIN | EPOLLWAKEUP,
		EPOLLIN | EPOLLOUT | EPOLLMSG,
	};
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(events); i++) {
		struct epoll_event event = { .events = events[i / 2] };
		struct epoll_event none = { .events = 0 };
		int fd = eventfd(0, 0);

		ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_ADD, fd, &event));
		EXPECT_TFD(0, fd, self->efd, fd, 0);
		EXPECT_TFD(KCMP_DIFFERS, self->fd, self->efd, fd, 0);
		if (i % 2 && !(event.events & EPOLLEXCLUSIVE))
			ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_MOD, fd,
					       &none));
		EXPECT_TFD(0, fd, self->efd, fd, 0);
		ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, fd, NULL));
		EXPECT_TFD(-ENOENT, fd, self->efd, fd, 0);
	}
}

/* The two targets are ready or not, with epoll_wait() called or not. */
TEST_F(epoll_target, found_with_any_readiness)
{
	struct epoll_event events[2];
	eventfd_t drained;
	int ready, waited;

	ASSERT_EQ(0, epoll_watch(self->efd, self->other));
	for (ready = 0; ready < 8; ready++) {
		if (ready & 1)
			ASSERT_EQ(0, eventfd_write(self->fd, 1));
		if (ready & 2)
			ASSERT_EQ(0, eventfd_write(self->other, 1));
		waited = ready & 4 ? epoll_wait(self->efd, events, 2, 0) : 0;
		ASSERT_LE(0, waited);
		EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
		EXPECT_TFD(0, self->other, self->efd, self->other, 0);
		EXPECT_TFD(KCMP_DIFFERS, self->fd, self->efd, self->other, 0);
		EXPECT_TFD(-ENOENT, self->fd, self->efd, self->fd, 1);
		if (ready & 1)
			ASSERT_EQ(0, eventfd_read(self->fd, &drained));
		if (ready & 2)
			ASSERT_EQ(0, eventfd_read(self->other, &drained));
	}
}

/* An inner instance is a target, but its own targets are not searched. */
TEST_F(epoll_target, nested_instance_is_not_searched)
{
	int outer = epoll_create1(0), inner = self->efd;

	ASSERT_EQ(0, epoll_watch(outer, inner));
	EXPECT_TFD(0, inner, outer, inner, 0);
	EXPECT_TFD(KCMP_DIFFERS, outer, outer, inner, 0);
	EXPECT_TFD(-ENOENT, self->fd, outer, self->fd, 0);
	EXPECT_TFD(0, self->fd, inner, self->fd, 0);
	ASSERT_EQ(0, epoll_ctl(outer, EPOLL_CTL_DEL, inner, NULL));
	EXPECT_TFD(-ENOENT, inner, outer, inner, 0);
	EXPECT_TFD(0, self->fd, inner, self->fd, 0);
}

TEST_F(epoll_target, instance_is_found_by_dup)
{
	int copy = dup(self->efd), high = dup2(self->efd, 150);

	ASSERT_LE(0, copy);
	ASSERT_EQ(150, high);
	EXPECT_TFD(0, self->fd, copy, self->fd, 0);
	EXPECT_TFD(0, self->fd, high, self->fd, 0);
	EXPECT_TFD(KCMP_DIFFERS, self->other, copy, self->fd, 0);
	ASSERT_EQ(0, epoll_watch(copy, self->other));
	EXPECT_TFD(0, self->other, self->efd, self->other, 0);
	ASSERT_EQ(0, close(self->efd));
	EXPECT_TFD(0, self->fd, copy, self->fd, 0);
	EXPECT_TFD(-EBADF, self->fd, self->efd, self->fd, 0);
}

TEST_F(epoll_target, instance_is_found_after_scm_rights)
{
	int sv[2], got;

	SKIP_IF(unix_skip_reason());
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sv));
	ASSERT_EQ(0, send_fds(sv[0], &self->efd, 1));
	ASSERT_EQ(0, receive_fds(WORKER_ARGS(sv[1], (long)&got, 1)));
	EXPECT_TFD(0, self->fd, got, self->fd, 0);
	EXPECT_TFD(KCMP_DIFFERS, self->other, got, self->fd, 0);
	EXPECT_TFD(-ENOENT, self->fd, got, self->other, 0);
}

/* Flags of the descriptor and of the open file description do not count. */
TEST_F(epoll_target, open_flags_do_not_matter)
{
	int efd, fd, i;

	for (i = 0; i < 16; i++) {
		efd = epoll_create1(i & 1 ? EPOLL_CLOEXEC : 0);
		fd = eventfd(0, (i & 4 ? EFD_CLOEXEC : 0) |
					(i & 8 ? EFD_NONBLOCK : 0));
		ASSERT_EQ(0, i & 2 ? fcntl(efd, F_SETFL, O_NONBLOCK) : 0);
		ASSERT_EQ(0, epoll_watch(efd, fd));
		EXPECT_TFD(0, fd, efd, fd, 0);
		EXPECT_TFD(KCMP_DIFFERS, self->fd, efd, fd, 0);
		EXPECT_TFD(-ENOENT, fd, efd, fd, 1);
	}
}

/* The open file description is registered, not the pipe behind it. */
TEST_F(epoll_target, other_description_of_one_pipe_is_different)
{
	char path[32];
	int ends[2], again;

	ASSERT_EQ(0, pipe(ends));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	again = open(path, O_RDONLY | O_NONBLOCK);
	ASSERT_LE(0, again);
	ASSERT_EQ(0, epoll_watch(self->efd, ends[0]));
	EXPECT_TFD(0, ends[0], self->efd, ends[0], 0);
	EXPECT_TFD(KCMP_DIFFERS, again, self->efd, ends[0], 0);
	EXPECT_TFD(-ENOENT, again, self->efd, again, 0);
	ASSERT_EQ(0, epoll_watch(self->efd, again));
	EXPECT_TFD(0, again, self->efd, again, 0);
	EXPECT_TFD(KCMP_DIFFERS, ends[0], self->efd, again, 0);
}

#define SPECIAL_MAX 300

/*
 * Fills in numbers with a special meaning elsewhere: AT_FDCWD (-100), MAX_ERRNO
 * (4095), PIDFD_SELF_THREAD (-10000) and its neighbours, powers of two.  Returns
 * how many.
 */
static unsigned int special_numbers(int *number)
{
	static const int named[] = {
		INT_MIN, INT_MAX, -4095,  -4096,  -4097,  -10000,
		-10001,	 -10002,  -10003, -10009, -20000,
	};
	unsigned int n, bit;
	int i;

	for (n = 0; n < ARRAY_SIZE(named); n++)
		number[n] = named[n];
	for (i = -128; i < 0; i++)
		number[n++] = i;
	for (bit = 10; bit < 31; bit++)
		for (i = -1; i <= 1; i++) {
			number[n++] = (1 << bit) + i;
			number[n++] = -(1 << bit) + i;
		}
	return n;
}

TEST_F(epoll_target, special_numbers_are_invalid)
{
	int fd = self->fd, efd = self->efd, number[SPECIAL_MAX];
	unsigned int count = special_numbers(number), n;
	int bad = 0;

	ASSERT_GE((unsigned int)SPECIAL_MAX, count);
	for (n = 0; n < count && bad < 8; n++) {
		if (own_kcmp(number[n], efd, fd, 0) == -EBADF &&
		    own_kcmp(fd, number[n], fd, 0) == -EBADF &&
		    own_kcmp(fd, efd, number[n], 0) == -ENOENT &&
		    own_kcmp(fd, efd, fd, number[n]) == -ENOENT)
			continue;
		bad++;
		EXPECT_TFD(-EBADF, number[n], efd, fd, 0);
		EXPECT_TFD(-EBADF, fd, number[n], fd, 0);
		EXPECT_TFD(-ENOENT, fd, efd, number[n], 0);
		EXPECT_TFD(-ENOENT, fd, efd, fd, number[n]);
	}
	EXPECT_EQ(0, bad);
}

/* execve() takes exec_update_lock for writing. */
TEST_F(epoll_target, tasks_can_execve_after_any_answer)
{
	int efd = self->efd, fd = self->fd, none = 1000;
	struct worker *a = worker_spawn(CLONE_VM), *b;
	pid_t p, q;

	ASSERT_SPAWNED(a);
	b = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(b);
	SKIP_IF(execve_skip_reason());
	p = a->pid;
	q = b->pid;
	EXPECT_TFD_OF(0, p, q, fd, efd, fd, 0);
	EXPECT_TFD_OF(KCMP_DIFFERS, p, q, self->other, efd, fd, 0);
	EXPECT_TFD_OF(-ENOENT, p, q, fd, efd, none, 0);
	EXPECT_TFD_OF(-EINVAL, p, q, fd, fd, fd, 0);
	EXPECT_TFD_OF(-EBADF, p, q, fd, none, fd, 0);
	EXPECT_TFD_OF(-EBADF, p, q, none, efd, fd, 0);
	EXPECT_KCMP(-EFAULT, p, q, KCMP_EPOLL_TFD, fd, 0);
	EXPECT_TFD_OF(0, p, p, fd, efd, fd, 0);
	EXPECT_TFD_OF(-ENOENT, q, q, fd, efd, none, 0);
	EXPECT_EQ(0, worker_execve(a, "/proc/self/exe"))
	{
		TH_LOG("pid1 cannot execve(): kcmp() has kept its exec_update_lock");
	}
	EXPECT_EQ(0, worker_execve(b, "/proc/self/exe"))
	{
		TH_LOG("pid2 cannot execve(): kcmp() has kept its exec_update_lock");
	}
}

/* ------------------------------------------------------------------ */
/* A question changes nothing in the instance.                         */

/* Asks five questions: same, different, ENOENT twice, and EBADF. */
static void ask_all_kinds(int fd, int efd, int other)
{
	own_kcmp(fd, efd, fd, 0);
	own_kcmp(other, efd, fd, 0);
	own_kcmp(fd, efd, fd, 1);
	own_kcmp(fd, efd, efd, 0);
	own_kcmp(1000, efd, fd, 0);
}

TEST_F(epoll_target, question_consumes_no_event)
{
	static const unsigned int wanted[] = {
		EPOLLIN,
		EPOLLIN | EPOLLET,
		EPOLLIN | EPOLLONESHOT,
		EPOLLIN | EPOLLEXCLUSIVE,
	};
	int fd = self->other, again;
	struct epoll_event event;
	eventfd_t drained;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		ASSERT_EQ(0, epoll_control(self->efd, EPOLL_CTL_ADD, fd,
					   wanted[i]));
		ask_all_kinds(fd, self->efd, self->fd);
		EXPECT_EQ(0, epoll_wait(self->efd, &event, 1, 0));
		ASSERT_EQ(0, eventfd_write(fd, 1));
		ask_all_kinds(fd, self->efd, self->fd);
		EXPECT_EQ(1, epoll_wait(self->efd, &event, 1, 0))
		{
			TH_LOG("registered with events %#x: kcmp() has consumed the event",
			       wanted[i]);
		}
		EXPECT_EQ((unsigned int)EPOLLIN, event.events);
		/* A question does not put an event back on the ready list. */
		ask_all_kinds(fd, self->efd, self->fd);
		again = !(wanted[i] & (EPOLLET | EPOLLONESHOT));
		EXPECT_EQ(again, epoll_wait(self->efd, &event, 1, 0))
		{
			TH_LOG("registered with events %#x: kcmp() after epoll_wait()",
			       wanted[i]);
		}
		ASSERT_EQ(0, epoll_control(self->efd, EPOLL_CTL_DEL, fd, 0));
		ASSERT_EQ(0, eventfd_read(fd, &drained));
	}
}

#define READY 4

/*
 * Makes the files ready in turn, with questions in between or without.  Fills in
 * the events in the order in which epoll_wait() returns them, and returns their
 * number or -errno.
 */
static int order_of_events(struct epoll_event *event, const int *fd, bool ask)
{
	int efd = epoll_create1(0), i, n;

	for (i = 0; i < READY; i++) {
		struct epoll_event want = { .events = EPOLLIN, .data.fd = i };

		if (epoll_ctl(efd, EPOLL_CTL_ADD, fd[i], &want))
			return -errno;
	}
	for (i = 0; i < READY; i++) {
		eventfd_write(fd[i * 3 % READY], 1);
		if (ask)
			ask_all_kinds(fd[i], efd, fd[0]);
	}
	for (i = 0; ask && i < READY; i++)
		ask_all_kinds(fd[i], efd, fd[0]);
	n = epoll_wait(efd, event, 1, 0);
	if (ask)
		ask_all_kinds(fd[0], efd, fd[1]);
	if (n == 1)
		n += epoll_wait(efd, event + 1, READY, 0);
	close(efd);
	return n;
}

/* The order is compared with that of the same steps without kcmp(). */
TEST_F(epoll_target, question_keeps_order_of_events)
{
	struct epoll_event without[READY + 1], with[READY + 1];
	eventfd_t drained;
	int fd[READY], i, n;

	for (i = 0; i < READY; i++)
		fd[i] = eventfd(0, 0);
	n = order_of_events(without, fd, false);
	ASSERT_LT(READY, n + 1);
	for (i = 0; i < READY; i++)
		ASSERT_EQ(0, eventfd_read(fd[i], &drained));
	EXPECT_EQ(n, order_of_events(with, fd, true));
	for (i = 0; i < n; i++) {
		EXPECT_EQ(without[i].data.fd, with[i].data.fd)
		{
			TH_LOG("event %d of %d is of file %d without kcmp(), of file %d with it",
			       i, n, without[i].data.fd, with[i].data.fd);
		}
	}
}

/* Reads /proc/self/fdinfo of a descriptor.  Returns 0 or -errno. */
static int read_fdinfo(int number, char *text, size_t size)
{
	char path[40];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", number);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? -errno : 0;
}

/* struct epoll_params of EPIOCGPARAMS, Linux 6.9. */
struct busy_poll {
	__u32 usecs;
	__u16 budget;
	__u8 prefer, pad;
};

#define GET_BUSY_POLL _IOR(0x8A, 0x02, struct busy_poll)

/* fdinfo shows registrations, events, offset, flags and the eventfd count. */
TEST_F(epoll_target, question_changes_no_fdinfo)
{
	char instance[2][1024], target[2][1024];
	struct busy_poll params[2] = { 0 };
	int told[2], i;

	ASSERT_EQ(0, eventfd_write(self->fd, 3));
	for (i = 0; i < 2; i++) {
		if (i)
			ask_all_kinds(self->fd, self->efd, self->other);
		ASSERT_EQ(0, read_fdinfo(self->efd, instance[i], 1024));
		ASSERT_EQ(0, read_fdinfo(self->fd, target[i], 1024));
		told[i] = ioctl(self->efd, GET_BUSY_POLL, &params[i]);
	}
	EXPECT_STREQ(instance[0], instance[1]);
	EXPECT_STREQ(target[0], target[1]);
	EXPECT_EQ(told[0], told[1]);
	EXPECT_EQ(0, memcmp(&params[0], &params[1], sizeof(params[0])));
}

/*
 * Expects that KCMP_EPOLL_TFD orders descriptors of pid1 and registrations of
 * pid2 as KCMP_FILE orders the files.  Prints the first pairs that are wrong.
 */
static void expect_order(struct __test_metadata *_metadata, pid_t pid1,
			 pid_t pid2, int efd, const int *fd, int count)
{
	int i, j, bad = 0;

	for (i = 0; i < count; i++)
		for (j = 0; j < count; j++) {
			long order =
				sys_kcmp(pid1, pid1, KCMP_FILE, fd[i], fd[j]);
			long answer = sys_kcmp(pid1, pid2, KCMP_EPOLL_TFD,
					       fd[i], SLOT(efd, fd[j], 0));

			bool same = i == j;

			if (kcmp_answers(order) && answer == order &&
			    !answer == same)
				continue;
			if (bad++ < 8)
				TH_LOG("fd %d, tfd %d: KCMP_FILE %s, KCMP_EPOLL_TFD %s",
				       fd[i], fd[j], errno_name(order),
				       errno_name(answer));
		}
	EXPECT_EQ(0, bad)
	{
		TH_LOG("of %d pairs", count * count);
	}
}

/* CRIU looks the targets up in its tree of KCMP_FILE answers. */
TEST_F(epoll_target, order_is_that_of_kcmp_file)
{
	int fd[16], i;

	for (i = 0; i < 16; i++) {
		fd[i] = eventfd(0, 0);
		ASSERT_EQ(0, epoll_watch(self->efd, fd[i]));
	}
	expect_order(_metadata, self->me, self->me, self->efd, fd, 16);
}

/* Registers a file under many numbers.  Returns the limit that is too low. */
static const char *room_for_skip_reason(int efd, int *fd, int count)
{
	int i, err;

	for (i = 0; i < count; i++) {
		fd[i] = dup(fd[0]);
		if (fd[i] == -1 && (errno == EMFILE || errno == ENFILE))
			return "RLIMIT_NOFILE too low (needs 600)";
		err = epoll_watch(efd, fd[i]);
		if (err == -ENOSPC)
			return "fs.epoll.max_user_watches too low (needs 600)";
		if (err)
			return NULL; /* the test fails */
	}
	return NULL;
}

TEST_F(epoll_target, found_among_500)
{
	int fd[500] = { self->other }, i;

	SKIP_IF(room_for_skip_reason(self->efd, fd, 500));
	for (i = 0; i < 500; i += i < 480 ? 20 : 1)
		EXPECT_TFD(0, self->other, self->efd, fd[i], 0);
	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
	EXPECT_TFD(KCMP_DIFFERS, self->fd, self->efd, fd[499], 0);
	EXPECT_TFD(-ENOENT, self->fd, self->efd, fd[499] + 1, 0);
}

/* ------------------------------------------------------------------ */
/* toff: several files are registered under one number.                */

#define SAME_NUMBER 12
#define NUMBER 100

FIXTURE(epoll_toff)
{
	int efd, fd[SAME_NUMBER];
};

FIXTURE_SETUP(epoll_toff)
{
	int i;

	SKIP_IF(epoll_files_skip_reason());
	self->efd = epoll_create1(0);
	for (i = 0; i < SAME_NUMBER; i++) {
		self->fd[i] = watch_new_as(self->efd, NUMBER);
		ASSERT_LE(0, self->fd[i]);
		/* Others, which may lie between them in the tree. */
		ASSERT_LE(0, watch_new_as(self->efd, NUMBER + 1 + i));
	}
}

FIXTURE_TEARDOWN(epoll_toff)
{
}

/* Expects that "count" of the toffs below the limit mean the file, others not. */
static void expect_toffs(struct __test_metadata *_metadata, int count, int efd,
			 int fd, unsigned int limit)
{
	char answers[256] = "";
	unsigned int toff;
	int found = 0;

	for (toff = 0; toff < limit; toff++) {
		long answer = own_kcmp(fd, efd, NUMBER, toff);

		snprintf(answers + strlen(answers),
			 sizeof(answers) - strlen(answers), " %s",
			 errno_name(answer));
		found += answer == 0 ? 1 : kcmp_differs(answer) ? 0 : 1000;
	}
	EXPECT_EQ(count, found)
	{
		TH_LOG("fd %d as tfd %d, toff 0 to %u: answers%s", fd, NUMBER,
		       limit - 1, answers);
	}
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

/* Returns how many of the toffs below the limit mean the file. */
static int count_toffs(int efd, int fd, int limit)
{
	int toff, found = 0;

	for (toff = 0; toff < limit; toff++)
		found += own_kcmp(fd, efd, NUMBER, toff) == 0;
	return found;
}

/* Another instance watches the one that is asked about and closed. */
TEST_F(epoll_toff, references_are_dropped)
{
	int outer = epoll_create1(0), ends[2], toff;
	char byte;

	ASSERT_EQ(0, pipe2(ends, O_NONBLOCK));
	ASSERT_EQ(0, epoll_watch(outer, self->efd));
	/* Standard input may not be watched; the number is what counts. */
	ASSERT_EQ(NUMBER, dup2(ends[1], NUMBER));
	ASSERT_EQ(0, epoll_watch(self->efd, NUMBER));
	close(NUMBER);
	for (toff = 0; toff <= SAME_NUMBER; toff++)
		EXPECT_TFD(KCMP_ANSWERS, ends[1], self->efd, NUMBER, toff);
	close(ends[1]);
	EXPECT_EQ(0, read(ends[0], &byte, 1));
	close(self->efd);
	EXPECT_TFD(-ENOENT, outer, outer, self->efd, 0);
}

TEST_F(epoll_toff, toff_goes_beyond_100)
{
	const int more = 150, room = 400;
	int i, low, fd = -1;

	for (i = 0; i < more; i++) {
		low = watch_new_as(self->efd, NUMBER);
		/* The numbers up to NUMBER stay free. */
		fd = fcntl(low, F_DUPFD, room);
		SKIP_IF(fd == -1 ? "RLIMIT_NOFILE too low (needs 560)" : NULL);
		close(low);
	}
	EXPECT_EQ(1, count_toffs(self->efd, fd, SAME_NUMBER + more));
	EXPECT_EQ(1, count_toffs(self->efd, fd - 1, SAME_NUMBER + more));
	EXPECT_EQ(1, count_toffs(self->efd, self->fd[0], SAME_NUMBER + more));
	EXPECT_TFD(-ENOENT, fd, self->efd, NUMBER, SAME_NUMBER + more);
}

TEST_F(epoll_toff, each_toff_means_one_file)
{
	int i;

	for (i = 0; i < SAME_NUMBER; i++)
		expect_toffs(_metadata, 1, self->efd, self->fd[i], SAME_NUMBER);
}

/* The lowest four bits alone would be a valid toff. */
TEST_F(epoll_toff, all_bits_of_toff_count)
{
	int bit, toff;

	for (bit = 4; bit < 32; bit++)
		for (toff = 0; toff < SAME_NUMBER; toff += 5)
			EXPECT_TFD(-ENOENT, self->fd[0], self->efd, NUMBER,
				   toff | 1U << bit);
}

TEST_F(epoll_toff, answers_below_count_and_enoent_above)
{
	int i;

	for (i = 0; i < SAME_NUMBER; i++)
		EXPECT_TFD(KCMP_ANSWERS, self->fd[0], self->efd, NUMBER, i);
	for (i = SAME_NUMBER; i < 4 * SAME_NUMBER; i++)
		EXPECT_TFD(-ENOENT, self->fd[0], self->efd, NUMBER, i);
}

TEST_F(epoll_toff, order_is_that_of_kcmp_file)
{
	pid_t me = getpid();
	int i, toff;

	for (toff = 0; toff < SAME_NUMBER; toff++) {
		int fd = file_of_toff(self->efd, self->fd, SAME_NUMBER, toff);

		ASSERT_LE(0, fd);
		for (i = 0; i < SAME_NUMBER; i++) {
			long order =
				sys_kcmp(me, me, KCMP_FILE, self->fd[i], fd);

			ASSERT_TRUE(kcmp_answers(order));
			EXPECT_TFD(order, self->fd[i], self->efd, NUMBER, toff);
		}
	}
}

TEST_F(epoll_toff, other_numbers_are_not_counted)
{
	EXPECT_TFD(KCMP_DIFFERS, self->fd[0], self->efd, NUMBER + 1, 0);
	EXPECT_TFD(-ENOENT, self->fd[0], self->efd, NUMBER + 1, 1);
	EXPECT_TFD(-ENOENT, self->fd[0], self->efd, NUMBER - 1, 0);
}

TEST_F(epoll_toff, answers_are_stable)
{
	long first[SAME_NUMBER];
	int i, round;

	for (i = 0; i < SAME_NUMBER; i++) {
		first[i] = own_kcmp(self->fd[0], self->efd, NUMBER, i);
		ASSERT_TRUE(kcmp_answers(first[i]));
	}
	for (round = 0; round < 3; round++)
		for (i = 0; i < SAME_NUMBER; i++)
			EXPECT_TFD(first[i], self->fd[0], self->efd, NUMBER, i);
}

/* EPOLLONESHOT disarms a registration, but does not remove it. */
TEST_F(epoll_toff, ready_and_disarmed_are_counted)
{
	struct epoll_event event[SAME_NUMBER] = {
		{ .events = EPOLLOUT | EPOLLONESHOT },
	};
	int i;

	for (i = 0; i < SAME_NUMBER; i += 2) {
		ASSERT_EQ(NUMBER, dup2(self->fd[i], NUMBER));
		ASSERT_EQ(0,
			  epoll_ctl(self->efd, EPOLL_CTL_MOD, NUMBER, event));
	}
	close(NUMBER);
	/* Half of them are ready now, and disarmed after epoll_wait(). */
	for (i = 0; i < SAME_NUMBER; i++)
		expect_toffs(_metadata, 1, self->efd, self->fd[i], SAME_NUMBER);
	ASSERT_EQ(SAME_NUMBER / 2,
		  epoll_wait(self->efd, event, SAME_NUMBER, 0));
	ASSERT_EQ(0, epoll_wait(self->efd, event, SAME_NUMBER, 0));
	for (i = 0; i < SAME_NUMBER; i++)
		expect_toffs(_metadata, 1, self->efd, self->fd[i], SAME_NUMBER);
	EXPECT_TFD(-ENOENT, self->fd[0], self->efd, NUMBER, SAME_NUMBER);
}

TEST_F(epoll_toff, deletion_leaves_no_hole)
{
	int i, gone = self->fd[3];

	ASSERT_EQ(NUMBER, dup2(gone, NUMBER));
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_DEL, NUMBER, NULL));
	for (i = 0; i < SAME_NUMBER; i++)
		expect_toffs(_metadata, self->fd[i] != gone, self->efd,
			     self->fd[i], SAME_NUMBER - 1);
	EXPECT_TFD(-ENOENT, gone, self->efd, NUMBER, SAME_NUMBER - 1);
}

/* ------------------------------------------------------------------ */
/* The order does not reveal addresses.                                */

#define FILES 256
#define TASKS 64
#define HIGH_NUMBER (NUMBER + FILES) /* above all descriptors */

struct object_order {
	int fd[FILES];
	pid_t task[TASKS], zombie;
};

static int compare_files(const void *left, const void *right)
{
	long answer = sys_kcmp(getpid(), getpid(), KCMP_FILE,
			       *(const int *)left, *(const int *)right);

	return answer == 1 ? -1 : answer == 2;
}

/* Returns whether toff counts the sorted files, from the first or the last. */
static bool is_order_of_toff(int efd, const int *fd, bool backwards)
{
	int i;

	for (i = 0; i < FILES; i++)
		if (own_kcmp(fd[i], efd, HIGH_NUMBER,
			     backwards ? FILES - 1 - i : i) != 0)
			return false;
	return true;
}

/* Returns whether the zombie's NULL pointer compares to all others alike. */
static bool is_extreme(const struct object_order *o, int type, long side)
{
	int i;

	for (i = 0; i < TASKS; i++)
		if (sys_kcmp(o->zombie, o->task[i], type, 0, 0) != side)
			return false;
	return true;
}

static int sleep_for_ever(void *unused)
{
	for (;;)
		poll(NULL, 0, -1);
	return 0;
}

/* A thread with an fs_struct, an fd table and an io_context of its own. */
static pid_t spawn_object_owner(void)
{
	const int flags = CLONE_A_THREAD;
	static char stack[TASKS][4096] __attribute__((aligned(16)));
	static int used;

	return clone(sleep_for_ever, stack[used++] + sizeof(stack[0]), flags,
		     NULL);
}

/*
 * kernel/kcmp.c: "We don't expose the real in-memory order of objects for
 * security reasons".  The addresses themselves are not to be had, but toff goes
 * through files by their address today, and a zombie's pointers are NULL, which
 * is below or above all addresses.  With bare addresses the order of files is
 * that of toff, or its reverse, and NULL is on the same side for each type.
 *
 * kcmp_cookies_init() draws two numbers for each type, and a pointer p is
 * ordered as (p ^ a) * b.  Objects that are neighbours give nearly an arithmetic
 * progression.  Simulated over 5,000,000 boots, with files in one piece (the
 * worst case), in slabs apart and with gaps: the order of 256 files is monotone
 * once in 39,000 boots or less often; NULL is on one given side of 64 objects in
 * 1.8 % of them.  A right kernel fails here with a probability of at most
 * 1/39,000 * 2 * 0.018^3 = 3.0e-10.
 */
TEST(order_does_not_follow_addresses)
{
	struct object_order o;
	siginfo_t info;
	bool bare;
	int i, side, efd;

	SKIP_IF(epoll_files_skip_reason());
	SKIP_IF(kcmp_skip_reason(KCMP_FS));
	SKIP_IF(kcmp_skip_reason(KCMP_FILES));
	SKIP_IF(kcmp_skip_reason(KCMP_IO));
	efd = epoll_create1(0);
	alloc_io_and_undo();
	for (i = 0; i < TASKS; i++) {
		o.task[i] = spawn_object_owner();
		ASSERT_LT(0, o.task[i]);
	}
	o.zombie = fork();
	if (!o.zombie)
		_exit(0);
	ASSERT_LT(0, o.zombie);
	for (i = 0; i < FILES; i++) {
		o.fd[i] = watch_new_as(efd, HIGH_NUMBER);
		ASSERT_LE(0, o.fd[i]);
	}
	ASSERT_EQ(0, waitid(P_PID, o.zombie, &info, WEXITED | WNOWAIT));
	qsort(o.fd, FILES, sizeof(o.fd[0]), compare_files);
	for (side = 1; side <= 2; side++) {
		bare = (is_order_of_toff(efd, o.fd, false) ||
			is_order_of_toff(efd, o.fd, true)) &&
		       is_extreme(&o, KCMP_FS, side) &&
		       is_extreme(&o, KCMP_FILES, side) &&
		       is_extreme(&o, KCMP_IO, side);
		EXPECT_FALSE(bare)
		{
			TH_LOG("kcmp() orders files, fs, files and io_context by their addresses");
		}
	}
	ASSERT_EQ(o.zombie, waitpid(o.zombie, NULL, 0));
}

/* ------------------------------------------------------------------ */
/* Two tasks: fd tables, numbers and memory of each.                   */

FIXTURE(epoll_tasks)
{
	pid_t me, pid;
	struct worker *child;
	int efd, fd, other;
};

FIXTURE_SETUP(epoll_tasks)
{
	SKIP_IF(epoll_files_skip_reason());
	self->efd = epoll_create1(0);
	self->fd = eventfd(0, 0);
	self->other = eventfd(0, 0);
	ASSERT_EQ(0, epoll_watch(self->efd, self->fd));
	self->child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->child);
	self->me = getpid();
	self->pid = self->child->pid;
}

FIXTURE_TEARDOWN(epoll_tasks)
{
	workers_end();
}

TEST_F(epoll_tasks, inherited_is_same)
{
	pid_t me = self->me, pid = self->pid;
	int efd = self->efd, fd = self->fd;

	EXPECT_TFD_OF(0, me, pid, fd, efd, fd, 0);
	EXPECT_TFD_OF(0, pid, me, fd, efd, fd, 0);
	EXPECT_TFD_OF(0, pid, pid, fd, efd, fd, 0);
	EXPECT_TFD_OF(KCMP_DIFFERS, me, pid, self->other, efd, fd, 0);
	EXPECT_TFD_OF(KCMP_DIFFERS, pid, me, self->other, efd, fd, 0);
	EXPECT_TFD_OF(-ENOENT, me, pid, fd, efd, self->other, 0);
}

TEST_F(epoll_tasks, efd_is_looked_up_in_pid2)
{
	int later = epoll_create1(0), fd = self->fd;

	ASSERT_EQ(0, epoll_watch(later, fd));
	EXPECT_TFD_OF(0, self->me, self->me, fd, later, fd, 0);
	EXPECT_TFD_OF(0, self->pid, self->me, fd, later, fd, 0);
	EXPECT_TFD_OF(-EBADF, self->me, self->pid, fd, later, fd, 0);
	EXPECT_TFD_OF(-EBADF, self->pid, self->pid, fd, later, fd, 0);
}

/* The tasks have two instances under one number. */
TEST_F(epoll_tasks, efd_of_pid2_is_used)
{
	int efd = self->efd, other = self->other;
	int empty = worker_syscall(self->child, SYS_epoll_create1, 0);

	ASSERT_LT(0, empty);
	ASSERT_EQ(efd, worker_syscall(self->child, SYS_dup3, empty, efd, 0));
	EXPECT_TFD_OF(-ENOENT, self->me, self->pid, other, efd, self->fd, 0);
	EXPECT_TFD_OF(KCMP_DIFFERS, self->pid, self->me, other, efd, self->fd,
		      0);
}

TEST_F(epoll_tasks, fd_is_looked_up_in_pid1)
{
	int fd = self->fd, later = dup(fd), efd = self->efd;

	EXPECT_TFD_OF(0, self->me, self->pid, later, efd, fd, 0);
	EXPECT_TFD_OF(0, self->me, self->me, later, efd, fd, 0);
	EXPECT_TFD_OF(-EBADF, self->pid, self->me, later, efd, fd, 0);
	ASSERT_EQ(later,
		  worker_syscall(self->child, SYS_dup3, self->other, later, 0));
	EXPECT_TFD_OF(KCMP_DIFFERS, self->pid, self->me, later, efd, fd, 0);
	EXPECT_TFD_OF(0, self->me, self->pid, later, efd, fd, 0);
}

/* tfd is the number of the task that called EPOLL_CTL_ADD. */
TEST_F(epoll_tasks, tfd_is_number_of_epoll_ctl_caller)
{
	struct epoll_event *event = (void *)self->child->scratch;
	int efd = self->efd, other = self->other;

	event->events = EPOLLIN;
	ASSERT_EQ(120, worker_syscall(self->child, SYS_dup3, other, 120, 0));
	ASSERT_EQ(0, worker_syscall(self->child, SYS_epoll_ctl, efd,
				    EPOLL_CTL_ADD, 120, (long)event));
	EXPECT_TFD_OF(0, self->me, self->me, other, efd, 120, 0);
	EXPECT_TFD_OF(0, self->me, self->pid, other, efd, 120, 0);
	EXPECT_TFD_OF(-ENOENT, self->me, self->me, other, efd, other, 0);
}

TEST_F(epoll_tasks, tfd_need_not_be_open)
{
	int fd = self->fd, kept = dup(fd), efd = self->efd;

	ASSERT_EQ(0, worker_syscall(self->child, SYS_close, fd));
	EXPECT_TFD_OF(0, self->me, self->pid, fd, efd, fd, 0);
	ASSERT_EQ(0, close(fd));
	EXPECT_TFD_OF(0, self->me, self->pid, kept, efd, fd, 0);
	EXPECT_TFD_OF(0, self->me, self->me, kept, efd, fd, 0);
}

TEST_F(epoll_tasks, registration_ends_with_file)
{
	struct epoll_event *event = (void *)self->child->scratch;
	int efd = self->efd;
	long fd = worker_syscall(self->child, SYS_eventfd2, 0, 0);

	ASSERT_LT(0, fd);
	ASSERT_EQ(130, worker_syscall(self->child, SYS_dup3, fd, 130, 0));
	event->events = EPOLLIN;
	ASSERT_EQ(0, worker_syscall(self->child, SYS_epoll_ctl, efd,
				    EPOLL_CTL_ADD, 130, (long)event));
	EXPECT_TFD_OF(0, self->pid, self->me, fd, efd, 130, 0);
	EXPECT_TFD_OF(KCMP_DIFFERS, self->me, self->me, self->fd, efd, 130, 0);
	ASSERT_LE(0, worker_end(self->child));
	EXPECT_TFD_OF(-ENOENT, self->me, self->me, self->fd, efd, 130, 0);
}

/* The receiver has the same instance under a number of its own. */
TEST_F(epoll_tasks, received_instance_is_found)
{
	int sv[2], efd, got, fd = self->fd;
	struct worker *receiver;
	pid_t pid;

	SKIP_IF(unix_skip_reason());
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sv));
	receiver = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(receiver);
	pid = receiver->pid;
	efd = dup2(epoll_create1(0), 150);
	ASSERT_EQ(0, epoll_watch(efd, fd));
	ASSERT_EQ(0, send_fds(sv[0], &efd, 1));
	ASSERT_EQ(0, worker_run(receiver, receive_fds, sv[1], (long)&got, 1));
	EXPECT_TFD_OF(0, self->me, pid, fd, got, fd, 0);
	EXPECT_TFD_OF(KCMP_DIFFERS, self->me, pid, self->other, got, fd, 0);
	EXPECT_TFD_OF(-ENOENT, self->me, pid, fd, got, self->other, 0);
	EXPECT_TFD_OF(-EBADF, self->me, pid, fd, efd, fd, 0);
}

/* execve() closes descriptors; the file and its registration stay. */
TEST_F(epoll_tasks, close_on_exec_is_ebadf)
{
	struct epoll_event *event = (void *)self->child->scratch;
	int efd = self->efd, fd = self->fd;
	pid_t me = self->me, pid = self->pid;

	SKIP_IF(execve_skip_reason());
	event->events = EPOLLIN;
	ASSERT_EQ(200,
		  worker_syscall(self->child, SYS_dup3, efd, 200, O_CLOEXEC));
	ASSERT_EQ(201,
		  worker_syscall(self->child, SYS_dup3, fd, 201, O_CLOEXEC));
	ASSERT_EQ(0, worker_syscall(self->child, SYS_epoll_ctl, efd,
				    EPOLL_CTL_ADD, 201, (long)event));
	EXPECT_TFD_OF(0, pid, pid, 201, 200, 201, 0);
	ASSERT_EQ(0, worker_execve(self->child, "/proc/self/exe"));
	EXPECT_TFD_OF(-EBADF, me, pid, fd, 200, fd, 0);
	EXPECT_TFD_OF(-EBADF, pid, me, 201, efd, fd, 0);
	EXPECT_TFD_OF(0, pid, pid, fd, efd, 201, 0);
	EXPECT_TFD_OF(0, pid, me, fd, efd, fd, 0);
}

/* The slot is at one address in the test and in the caller, or only in one. */
TEST_F(epoll_tasks, slot_is_read_from_caller)
{
	struct worker *caller = worker_spawn(0);
	struct kcmp_epoll_slot *slot;
	pid_t me = self->me, pid = self->pid;

	ASSERT_SPAWNED(caller);
	slot = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*slot = (struct kcmp_epoll_slot){ self->efd, self->fd, 0 };
	EXPECT_KCMP(0, me, pid, KCMP_EPOLL_TFD, self->fd, (long)slot);
	EXPECT_KCMP(0, me, caller->pid, KCMP_EPOLL_TFD, self->fd, (long)slot);
	EXPECT_KCMP_BY(caller, -EFAULT, me, pid, KCMP_EPOLL_TFD, self->fd,
		       (long)slot);
	slot = (void *)caller->scratch;
	*slot = (struct kcmp_epoll_slot){ self->efd, self->fd, 0 };
	EXPECT_KCMP_BY(caller, 0, me, pid, KCMP_EPOLL_TFD, self->fd,
		       (long)slot);
}

/* Threads may have fd tables of their own. */
TEST_F(epoll_tasks, thread_id_means_table_of_thread)
{
	struct worker *thread = worker_spawn(CLONE_A_THREAD);
	int efd = self->efd, fd = self->fd;
	pid_t me = self->me, tid = thread->pid;

	ASSERT_SPAWNED(thread);
	ASSERT_EQ(140, worker_syscall(thread, SYS_dup3, fd, 140, 0));
	ASSERT_EQ(141, worker_syscall(thread, SYS_dup3, efd, 141, 0));
	ASSERT_EQ(0, worker_syscall(thread, SYS_close, fd));
	ASSERT_EQ(0, worker_syscall(thread, SYS_close, efd));
	EXPECT_TFD_OF(0, tid, me, 140, efd, fd, 0);
	EXPECT_TFD_OF(0, me, tid, fd, 141, fd, 0);
	EXPECT_TFD_OF(0, tid, tid, 140, 141, fd, 0);
	EXPECT_TFD_OF(-EBADF, tid, me, fd, efd, fd, 0);
	EXPECT_TFD_OF(-EBADF, me, tid, fd, efd, fd, 0);
	EXPECT_TFD_OF(-EBADF, me, tid, 140, 141, fd, 0);
	EXPECT_TFD_OF(KCMP_DIFFERS, tid, me, self->other, efd, fd, 0);
	EXPECT_TFD_OF(KCMP_DIFFERS, me, tid, self->other, 141, fd, 0);
}

/* The order belongs to the files, not to the tasks. */
TEST_F(epoll_tasks, order_is_that_of_kcmp_file)
{
	struct worker *heir;
	int fd[8], i;

	for (i = 0; i < 8; i++) {
		fd[i] = eventfd(0, 0);
		ASSERT_EQ(0, epoll_watch(self->efd, fd[i]));
	}
	heir = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(heir);
	expect_order(_metadata, self->me, heir->pid, self->efd, fd, 8);
	expect_order(_metadata, heir->pid, self->me, self->efd, fd, 8);
}

TEST_F(epoll_tasks, upper_halves_are_ignored)
{
	struct kcmp_epoll_slot slot = { self->efd, self->fd, 0 };
	const unsigned long up = sizeof(long) == 8 ? 0xdeadca75UL << 16 << 16 :
						     0;
	pid_t me = self->me, pid = self->pid;
	long idx2 = (long)&slot;

	SKIP_IF(up ? NULL : "needs 64-bit registers");
	EXPECT_KCMP(0, me | up, pid, KCMP_EPOLL_TFD, self->fd, idx2);
	EXPECT_KCMP(0, me, pid | up, KCMP_EPOLL_TFD, self->fd, idx2);
	EXPECT_KCMP(0, me, pid, KCMP_EPOLL_TFD | up, self->fd, idx2);
	EXPECT_KCMP(KCMP_DIFFERS, me | up, pid | up, KCMP_EPOLL_TFD | up,
		    self->other, idx2);
}

TEST_F(epoll_tasks, zombie_is_ebadf)
{
	int efd = self->efd, fd = self->fd;

	EXPECT_TFD_OF(0, self->pid, self->pid, fd, efd, fd, 0);
	ASSERT_EQ(0, worker_make_zombie(self->child));
	EXPECT_TFD_OF(-EBADF, self->pid, self->me, fd, efd, fd, 0);
	EXPECT_TFD_OF(-EBADF, self->me, self->pid, fd, efd, fd, 0);
	EXPECT_TFD_OF(-EBADF, self->pid, self->pid, fd, efd, fd, 0);
}

/* ------------------------------------------------------------------ */
/* Errors, each beside a question that is answered.                    */

TEST_F(epoll_target, closed_descriptor_is_ebadf)
{
	int closed = dup(self->fd);

	EXPECT_TFD(0, closed, self->efd, self->fd, 0);
	ASSERT_EQ(0, close(closed));
	EXPECT_TFD(-EBADF, closed, self->efd, self->fd, 0);
	EXPECT_TFD(-EBADF, INT_MAX, self->efd, self->fd, 0);
	EXPECT_TFD(-EBADF, -1, self->efd, self->fd, 0);
}

TEST_F(epoll_target, closed_instance_is_ebadf)
{
	int closed = dup(self->efd), bit;

	EXPECT_TFD(0, self->fd, closed, self->fd, 0);
	for (bit = 10; bit < 32; bit++)
		EXPECT_TFD(-EBADF, self->fd, closed ^ 1U << bit, self->fd, 0);
	ASSERT_EQ(0, close(closed));
	EXPECT_TFD(-EBADF, self->fd, closed, self->fd, 0);
	EXPECT_TFD(-EBADF, self->fd, INT_MAX, self->fd, 0);
	EXPECT_TFD(-EBADF, self->fd, UINT_MAX, self->fd, 0);
}

/* EINVAL comes before ENOENT. */
TEST_F(epoll_target, non_epoll_instance_is_einval)
{
	int ends[2], path = open("/", O_PATH);
	int file = open("/proc/self/status", O_RDONLY);

	ASSERT_EQ(0, pipe(ends));
	ASSERT_LE(0, file);
	ASSERT_LE(0, path);
	EXPECT_TFD(-EINVAL, self->fd, ends[0], self->fd, 0);
	EXPECT_TFD(-EINVAL, self->fd, file, self->fd, 0);
	EXPECT_TFD(-EINVAL, self->fd, path, self->fd, 0);
	EXPECT_TFD(-EINVAL, self->fd, self->fd, self->fd, 0);
	EXPECT_TFD(-EINVAL, self->fd, file, UINT_MAX, UINT_MAX);
	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
}

/* Kinds that a kernel may be built without are left out. */
TEST_F(epoll_target, any_other_kind_of_file_is_einval)
{
	sigset_t none;
	unsigned int i;

	sigemptyset(&none);
	{
		int fds[] = {
			socket(AF_UNIX, SOCK_STREAM, 0),
			open("/", O_RDONLY | O_DIRECTORY),
			open("/dev/null", O_RDWR),
			eventfd(0, 0),
			timerfd_create(CLOCK_MONOTONIC, 0),
			signalfd(-1, &none, 0),
			inotify_init1(0),
			memfd_create("not_epoll", 0),
		};

		for (i = 0; i < ARRAY_SIZE(fds); i++) {
			if (fds[i] == -1)
				continue;
			EXPECT_TFD(-EINVAL, self->fd, fds[i], self->fd, 0);
			EXPECT_TFD(-EINVAL, self->fd, fds[i], self->fd, 1);
		}
	}
}

/* The other end of the pipe is closed: EPOLLHUP. */
TEST_F(epoll_target, hung_up_file_is_found)
{
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, epoll_watch(self->efd, ends[0]));
	close(ends[1]);
	EXPECT_TFD(0, ends[0], self->efd, ends[0], 0);
}

/* Number 0 is not registered; it does not stand for idx1. */
TEST_F(epoll_target, tfd_zero_is_a_number)
{
	EXPECT_TFD(-ENOENT, self->fd, self->efd, 0, 0);
	EXPECT_TFD(0, self->fd, self->efd, self->fd, 0);
}

TEST_F(epoll_target, instance_above_rlimit_nofile_is_found)
{
	struct rlimit limit;
	const int high = 1500;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		SKIP_IF("prlimit64 blocked by a seccomp filter");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	SKIP_IF(dup2(self->efd, high) == high ?
			NULL :
			"RLIMIT_NOFILE too low (needs 1501)");
	EXPECT_TFD(0, self->fd, high, self->fd, 0);
	limit.rlim_cur = 500;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_TFD(0, self->fd, high, self->fd, 0);
}

/* ------------------------------------------------------------------ */
/* The slot: 12 bytes of the caller's memory, read and not written.     */

FIXTURE(epoll_slot)
{
	pid_t me;
	int efd, fd;
	size_t page;
	char *map; /* two pages; the second is PROT_NONE */
	struct kcmp_epoll_slot good;
};

FIXTURE_SETUP(epoll_slot)
{
	SKIP_IF(epoll_files_skip_reason());
	self->me = getpid();
	self->efd = epoll_create1(0);
	self->fd = eventfd(0, 0);
	ASSERT_EQ(0, epoll_watch(self->efd, self->fd));
	self->good = (struct kcmp_epoll_slot){ self->efd, self->fd, 0 };
	self->page = sysconf(_SC_PAGESIZE);
	self->map = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(self->map != MAP_FAILED);
	ASSERT_EQ(0, mprotect(self->map + self->page, self->page, PROT_NONE));
}

FIXTURE_TEARDOWN(epoll_slot)
{
}

#define EXPECT_SLOT(want, address) \
	EXPECT_KCMP(want, self->me, self->me, KCMP_EPOLL_TFD, self->fd, address)

/* On the stack, in static memory, and on the heap. */
TEST_F(epoll_slot, any_memory_is_read)
{
	static struct kcmp_epoll_slot in_static;
	struct kcmp_epoll_slot on_stack = self->good, *on_heap;

	in_static = self->good;
	on_heap = malloc(sizeof(*on_heap));
	ASSERT_NE(NULL, on_heap);
	*on_heap = self->good;
	EXPECT_KCMP(0, self->me, self->me, KCMP_EPOLL_TFD, self->fd,
		    (unsigned long)&on_stack);
	EXPECT_KCMP(0, self->me, self->me, KCMP_EPOLL_TFD, self->fd,
		    (unsigned long)&in_static);
	EXPECT_KCMP(0, self->me, self->me, KCMP_EPOLL_TFD, self->fd,
		    (unsigned long)on_heap);
	free(on_heap);
}

TEST_F(epoll_slot, null_and_unmapped_are_efault)
{
	char *gone = mmap(NULL, self->page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(gone, &self->good, sizeof(self->good));
	EXPECT_SLOT(0, gone);
	ASSERT_EQ(0, munmap(gone, self->page));
	EXPECT_SLOT(-EFAULT, gone);
	EXPECT_SLOT(-EFAULT, NULL);
}

TEST_F(epoll_slot, unreadable_is_efault)
{
	memcpy(self->map, &self->good, sizeof(self->good));
	EXPECT_SLOT(0, self->map);
	ASSERT_EQ(0, mprotect(self->map, self->page, PROT_NONE));
	EXPECT_SLOT(-EFAULT, self->map);
	EXPECT_SLOT(-EFAULT, self->map + self->page);
}

static const char *memfd_skip_reason(void)
{
	return enosys_skip_reason("needs CONFIG_MEMFD_CREATE",
				  BLOCKED("memfd_create"));
}

/* The test itself would get a SIGBUS there. */
TEST_F(epoll_slot, beyond_end_of_file_is_efault)
{
	int file = memfd_create("slot", 0);
	char *map;

	SKIP_IF(file == -1 ? memfd_skip_reason() : NULL);
	map = mmap(NULL, self->page, PROT_READ, MAP_SHARED, file, 0);
	ASSERT_TRUE(map != MAP_FAILED);
	EXPECT_SLOT(-EFAULT, map);
	ASSERT_EQ(12, pwrite(file, &self->good, 12, 0));
	EXPECT_SLOT(0, map);
}

/* No program has memory there, on any architecture. */
TEST_F(epoll_slot, kernel_address_is_efault)
{
	EXPECT_SLOT(0, &self->good);
	EXPECT_SLOT(-EFAULT, (void *)-1L);
	EXPECT_SLOT(-EFAULT, (void *)-12L);
	EXPECT_SLOT(-EFAULT, (void *)-4096L);
#if defined(__x86_64__) && defined(__LP64__)
	EXPECT_SLOT(-EFAULT, (void *)0xffff888000000000);
	EXPECT_SLOT(-EFAULT, (void *)0xffffffff81000000);
	EXPECT_SLOT(-EFAULT, (void *)0x8000000000000000);
	EXPECT_SLOT(-EFAULT, (void *)0x00007ffffffffff8);
#endif
}

TEST_F(epoll_slot, partly_readable_is_efault)
{
	int missing;
	char *end = self->map + self->page;

	for (missing = 1; missing < 12; missing++) {
		char *at = end - 12 + missing;

		memcpy(at, &self->good, 12 - missing);
		EXPECT_SLOT(-EFAULT, at);
	}
	memcpy(end - 12, &self->good, 12);
	EXPECT_SLOT(0, end - 12);
}

/* The slot of the manual page has 16 bytes, that of the kernel has 12. */
TEST_F(epoll_slot, bytes_12_to_15_are_not_read)
{
	char *end = self->map + self->page;

	memcpy(end - 12, &self->good, 12);
	EXPECT_SLOT(0, end - 12);
	memset(end - 4, 0xff, 4);
	memcpy(end - 16, &self->good, 12);
	EXPECT_SLOT(0, end - 16);
}

TEST_F(epoll_slot, unaligned_is_read)
{
	int shift;

	for (shift = 1; shift < 16; shift++) {
		memcpy(self->map + shift, &self->good, 12);
		EXPECT_SLOT(0, self->map + shift);
		self->map[shift + 8]++; /* toff, on either endianness */
		self->map[shift + 11]++;
		EXPECT_SLOT(-ENOENT, self->map + shift);
	}
}

TEST_F(epoll_slot, two_pages_are_read)
{
	char *end = self->map + self->page;

	ASSERT_EQ(0, mprotect(end, self->page, PROT_READ | PROT_WRITE));
	memcpy(end - 6, &self->good, 12);
	EXPECT_SLOT(0, end - 6);
}

TEST_F(epoll_slot, read_only_is_read)
{
	memcpy(self->map, &self->good, 12);
	ASSERT_EQ(0, mprotect(self->map, self->page, PROT_READ));
	EXPECT_SLOT(0, self->map);
}

/* Zeros mean efd 0, tfd 0 and toff 0. */
TEST_F(epoll_slot, untouched_page_reads_as_zeros)
{
	int number_0 = dup(0);

	ASSERT_EQ(0, dup2(self->fd, 0));
	ASSERT_EQ(0, epoll_watch(self->efd, 0));
	EXPECT_SLOT(-EINVAL, self->map + 64);
	ASSERT_EQ(0, dup2(self->efd, 0));
	EXPECT_SLOT(0, self->map + 64);
	ASSERT_EQ(0, dup2(number_0, 0));
}

TEST_F(epoll_slot, slot_is_not_written)
{
	static const unsigned int toff[] = { 0, 1, UINT_MAX };
	struct kcmp_epoll_slot slot, before;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(toff); i++) {
		slot = self->good;
		slot.toff = toff[i];
		before = slot;
		EXPECT_SLOT(toff[i] ? -ENOENT : 0, &slot);
		EXPECT_EQ(0, memcmp(&slot, &before, sizeof(slot)));
	}
}

/* ------------------------------------------------------------------ */
/* kcmp() releases its locks and references, with each answer.         */

enum broken {
	NOTHING,
	WRONG_FILE,
	NO_NUMBER,
	NO_EPOLL,
	NO_EFD,
	NO_FD,
	NO_SLOT
};

FIXTURE(epoll_release)
{
	struct worker *holder, *helper;
	int efd, fd, pipe[2], outer;
	struct kcmp_epoll_slot slot;
};

FIXTURE_VARIANT(epoll_release)
{
	enum broken broken;
	long want;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(epoll_release, same) { .broken = NOTHING, .want = 0 };
FIXTURE_VARIANT_ADD(epoll_release, different) {
	.broken = WRONG_FILE, .want = KCMP_DIFFERS };
FIXTURE_VARIANT_ADD(epoll_release, enoent) { .broken = NO_NUMBER, .want = -ENOENT };
FIXTURE_VARIANT_ADD(epoll_release, einval) { .broken = NO_EPOLL, .want = -EINVAL };
FIXTURE_VARIANT_ADD(epoll_release, ebadf_efd) { .broken = NO_EFD, .want = -EBADF };
FIXTURE_VARIANT_ADD(epoll_release, ebadf_fd) { .broken = NO_FD, .want = -EBADF };
FIXTURE_VARIANT_ADD(epoll_release, efault) { .broken = NO_SLOT, .want = -EFAULT };
/* clang-format on */

/*
 * The holder and the helper share an fd table, and only they have the instance:
 * if a lock stays taken they hang, and the test does not.  An instance of the
 * test watches theirs, and loses that registration with its last reference.
 */
FIXTURE_SETUP(epoll_release)
{
	SKIP_IF(epoll_files_skip_reason());
	self->outer = epoll_create1(0);
	self->efd = epoll_create1(0);
	ASSERT_EQ(0, pipe(self->pipe));
	self->fd = self->pipe[1];
	ASSERT_EQ(0, epoll_watch(self->efd, self->pipe[0]));
	ASSERT_EQ(0, epoll_watch(self->outer, self->efd));
	self->holder = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->holder);
	self->helper = worker_spawn_by(self->holder, by_clone,
				       CLONE_VM | CLONE_FILES, 0);
	ASSERT_SPAWNED(self->helper);
	ASSERT_EQ(0, close(self->efd));
	ASSERT_EQ(0, close(self->fd));
	self->slot = (struct kcmp_epoll_slot){
		.efd = variant->broken == NO_EPOLL ? self->fd :
		       variant->broken == NO_EFD   ? 1000 :
						     self->efd,
		.tfd = variant->broken == NO_NUMBER ? 1000 : self->pipe[0],
	};
}

FIXTURE_TEARDOWN(epoll_release)
{
	workers_end();
}

static void ask_often(struct __test_metadata *_metadata,
		      FIXTURE_DATA(epoll_release) *const self,
		      const FIXTURE_VARIANT(epoll_release) *const variant)
{
	int fd = variant->broken == NO_FD      ? 1000 :
		 variant->broken == WRONG_FILE ? self->fd :
						 self->pipe[0];
	unsigned long slot =
		variant->broken == NO_SLOT ? 0 : (unsigned long)&self->slot;
	struct worker *helper = self->helper;
	pid_t pid = self->holder->pid;
	int i;

	for (i = 0; i < 20; i++)
		EXPECT_KCMP(variant->want, pid, pid, KCMP_EPOLL_TFD, fd, slot);
	/* The kernel may have a shorter path for the caller itself. */
	pid = helper->pid;
	for (i = 0; i < 3; i++)
		EXPECT_KCMP_BY(helper, variant->want, pid, pid, KCMP_EPOLL_TFD,
			       fd, slot);
}

/* epoll_ctl() takes ep->mtx. */
TEST_F(epoll_release, instance_is_unlocked)
{
	ask_often(_metadata, self, variant);
	EXPECT_EQ(0, worker_syscall(self->helper, SYS_epoll_ctl, self->efd,
				    EPOLL_CTL_DEL, self->pipe[0], 0))
	{
		TH_LOG("epoll_ctl() fails or hangs: the instance stayed locked (ep->mtx)");
	}
}

/* The other end of the pipe gets POLLHUP with the last reference. */
TEST_F(epoll_release, file_reference_is_dropped)
{
	struct pollfd end = { .fd = self->pipe[0], .events = POLLIN };

	ask_often(_metadata, self, variant);
	EXPECT_EQ(0, poll(&end, 1, 0));
	ASSERT_EQ(0, worker_syscall(self->holder, SYS_close, self->fd));
	EXPECT_EQ(1, poll(&end, 1, WORKER_TIMEOUT))
	{
		TH_LOG("no POLLHUP: the pipe's other end is closed and not gone");
	}
	EXPECT_EQ(POLLHUP, end.revents);
}

/* The outer instance loses the registration with the last reference. */
TEST_F(epoll_release, instance_reference_is_dropped)
{
	int mine = self->pipe[0];

	ask_often(_metadata, self, variant);
	EXPECT_TFD(KCMP_DIFFERS, mine, self->outer, self->efd, 0);
	ASSERT_EQ(0, worker_syscall(self->holder, SYS_close, self->efd));
	EXPECT_TFD(-ENOENT, mine, self->outer, self->efd, 0);
}

TEST_HARNESS_MAIN
