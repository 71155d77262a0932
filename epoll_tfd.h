/* SPDX-License-Identifier: GPL-2.0 */
/* KCMP_EPOLL_TFD: questions, registrations, and reasons to skip. */
#ifndef SELFTESTS_KCMP_EPOLL_TFD_H
#define SELFTESTS_KCMP_EPOLL_TFD_H

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "kcmp_harness.h"

/* A slot in the caller's memory, valid in the block around it. */
#define SLOT(efd, tfd, toff) \
	((unsigned long)&(struct kcmp_epoll_slot){ efd, tfd, toff })

/* Asks whether fd of pid1 is the file that the slot means in pid2. */
#define EXPECT_TFD_OF(want, pid1, pid2, fd, efd, tfd, toff) \
	EXPECT_KCMP(want, pid1, pid2, KCMP_EPOLL_TFD, fd, SLOT(efd, tfd, toff))

/* Asks with the test on both sides. */
#define EXPECT_TFD(want, fd, efd, tfd, toff) \
	EXPECT_TFD_OF(want, getpid(), getpid(), fd, efd, tfd, toff)

/* The same question; returns the answer. */
static inline long own_kcmp(int fd, unsigned int efd, unsigned int tfd,
			    unsigned int toff)
{
	pid_t me = getpid();

	return sys_kcmp(me, me, KCMP_EPOLL_TFD, fd, SLOT(efd, tfd, toff));
}

/* Returns 0 or -errno. */
static inline int epoll_control(int efd, int op, int fd, unsigned int events)
{
	struct epoll_event event = { .events = events };

	return epoll_ctl(efd, op, fd, &event) ? -errno : 0;
}

/* Returns 0 or -errno. */
static inline int epoll_watch(int efd, int fd)
{
	return epoll_control(efd, EPOLL_CTL_ADD, fd, EPOLLIN);
}

static inline const char *epoll_skip_reason(void)
{
	const char *reason = kcmp_skip_reason(KCMP_EPOLL_TFD);
	int efd = reason ? -1 : epoll_create1(0);

	if (!reason && efd == -1)
		return enosys_skip_reason("needs CONFIG_EPOLL",
					  BLOCKED("epoll_create1"));
	close(efd);
	return reason;
}

static inline const char *eventfd_skip_reason(void)
{
	int fd = eventfd(0, 0);

	if (fd == -1)
		return enosys_skip_reason("needs CONFIG_EVENTFD",
					  BLOCKED("eventfd2"));
	close(fd);
	return NULL;
}

/* For tests that register eventfds and compare them as files, too. */
static inline const char *epoll_files_skip_reason(void)
{
	const char *reason = epoll_skip_reason();

	if (!reason)
		reason = eventfd_skip_reason();
	return reason ? reason : kcmp_skip_reason(KCMP_FILE);
}

static inline const char *unix_skip_reason(void)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
		return errno == EAFNOSUPPORT ?
			       "needs CONFIG_UNIX" :
			       enosys_skip_reason("needs CONFIG_NET",
						  BLOCKED("socketpair"));
	close(sv[0]);
	close(sv[1]);
	return NULL;
}

#endif /* SELFTESTS_KCMP_EPOLL_TFD_H */
