/* SPDX-License-Identifier: GPL-2.0 */
/* Descriptors in SCM_RIGHTS messages. */
#ifndef SELFTESTS_KCMP_FD_PASSING_H
#define SELFTESTS_KCMP_FD_PASSING_H

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define FDS_MAX 4 /* in one message */

union fd_message {
	struct cmsghdr header;
	char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

/* Sends "count" descriptors.  Returns 0 or -errno. */
static inline long send_fds(int to, const int *fds, int count)
{
	union fd_message message;
	struct iovec data = { .iov_base = "", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &message,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};

	message.header.cmsg_level = SOL_SOCKET;
	message.header.cmsg_type = SCM_RIGHTS;
	message.header.cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(&message.header), fds, count * sizeof(int));
	return sendmsg(to, &msg, 0) == 1 ? 0 : -errno;
}

/*
 * Receives them, also in a worker.  arg: the socket, where to put the numbers, how
 * many to expect.  Returns 0 or -errno.
 */
static inline long receive_fds(const long *arg)
{
	union fd_message message;
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &message,
		.msg_controllen = sizeof(message),
	};

	if (recvmsg(arg[0], &msg, 0) != 1)
		return -errno;
	if (message.header.cmsg_len != CMSG_LEN(arg[2] * sizeof(int)))
		return -EPROTO;
	memcpy((int *)arg[1], CMSG_DATA(&message.header), arg[2] * sizeof(int));
	return 0;
}

#endif /* SELFTESTS_KCMP_FD_PASSING_H */
