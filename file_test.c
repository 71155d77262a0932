// SPDX-License-Identifier: GPL-2.0
/*
 * KCMP_FILE: two descriptors are the same if and only if they refer to one open
 * file description (struct file), whatever kind of file it is, however each
 * descriptor was made, and in whichever task it is.
 */
#include "kcmp_harness.h"

#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER	_IO('T', 0x41)
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL	8U
#endif

#define NEEDS_64BIT	(sizeof(long) == 8 ? NULL : "needs 64-bit registers")

/* The upper half of a 64-bit register, filled with the bits of a lower one. */
#define UPPER_HALF	((unsigned long)0xdeadca75 << (sizeof(long) * 8 - 32))

#define CLONE_A_THREAD	(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

#define BLOCKED(call)	call " blocked by a seccomp filter"

/*
 * Returns the reason for the errno of a call that the test needs, or NULL if it
 * is one that such a machine does not explain.
 */
static const char *errno_skip_reason(const char *needs, const char *blocked)
{
	int err = errno;

	if ((err == EPERM || err == ENOSYS) && has_seccomp_filter())
		return blocked;
	return err == ENOMEM || err == EMFILE || err == ENFILE || err == EBADF ?
	       NULL : needs;
}

/* ------------------------------------------------------------------ */
/* Every kind of file.                                                 */

/* Each returns a new descriptor, or -1. */
static int open_regular(void)
{
	return open("/proc/self/exe", O_RDONLY);
}

static const char *tmpdir(void)
{
	return getenv("TMPDIR") ?: "/tmp";
}

static int open_unlinked(void)
{
	return open(tmpdir(), O_TMPFILE | O_RDWR, 0600);
}

static int open_directory(void)
{
	return open("/", O_RDONLY | O_DIRECTORY);
}

static int open_path(void)
{
	return open("/", O_PATH);
}

static int open_device(void)
{
	return open("/dev/null", O_RDWR);
}

static int open_namespace(void)
{
	return open("/proc/self/ns/uts", O_RDONLY);
}

/* vm.memfd_noexec may want the flag, older kernels do not know it. */
static int open_memfd(void)
{
	int fd = memfd_create("kcmp", 0);

	return fd == -1 && errno == EACCES ?
	       memfd_create("kcmp", MFD_NOEXEC_SEAL) : fd;
}

static int open_pipe(void)
{
	int fd[2];

	return pipe(fd) ? -1 : fd[0];
}

static int open_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static int open_eventfd(void)
{
	return eventfd(0, 0);
}

static int open_epoll(void)
{
	return epoll_create1(0);
}

/* EMFILE is that of fs.inotify.max_user_instances, not of the fd table. */
static int open_inotify(void)
{
	int fd = inotify_init1(0);

	if (fd == -1 && errno == EMFILE)
		errno = EAGAIN;
	return fd;
}

static int open_signalfd(void)
{
	sigset_t none;

	sigemptyset(&none);
	return signalfd(-1, &none, 0);
}

static int open_timerfd(void)
{
	return timerfd_create(CLOCK_MONOTONIC, 0);
}

static int open_pidfd(void)
{
	return syscall(SYS_pidfd_open, getpid(), 0);
}

FIXTURE(file)
{
	int fd, other;
};

FIXTURE_VARIANT(file)
{
	int (*open)(void);
	const char *needs, *blocked;
};

#define FILE_VARIANT(kind, what, call) \
FIXTURE_VARIANT_ADD(file, kind) { \
	.open = open_##kind, .needs = "needs " what, .blocked = BLOCKED(call) \
}

FILE_VARIANT(regular, "read permission for the program", "open");
FILE_VARIANT(unlinked, "O_TMPFILE in TMPDIR", "open");
FILE_VARIANT(directory, "read permission for /", "open");
FILE_VARIANT(path, "Linux 2.6.39 (O_PATH)", "open");
FILE_VARIANT(device, "/dev/null", "open");
FILE_VARIANT(namespace, "CONFIG_UTS_NS", "open");
FILE_VARIANT(memfd, "CONFIG_MEMFD_CREATE", "memfd_create");
FILE_VARIANT(pipe, "pipes", "pipe2");
FILE_VARIANT(socket, "CONFIG_UNIX", "socket");
FILE_VARIANT(eventfd, "CONFIG_EVENTFD", "eventfd2");
FILE_VARIANT(epoll, "CONFIG_EPOLL", "epoll_create1");
FILE_VARIANT(inotify, "CONFIG_INOTIFY_USER (fs.inotify.max_user_instances)",
	     "inotify_init1");
FILE_VARIANT(signalfd, "CONFIG_SIGNALFD", "signalfd4");
FILE_VARIANT(timerfd, "CONFIG_TIMERFD", "timerfd_create");
FILE_VARIANT(pidfd, "Linux 5.3 (pidfd_open)", "pidfd_open");

FIXTURE_SETUP(file)
{
	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	self->fd = variant->open();
	self->other = variant->open();
	SKIP_IF(self->other == -1 ? errno_skip_reason(variant->needs,
						      variant->blocked) : NULL);
	ASSERT_LE(0, self->fd);
	ASSERT_LT(self->fd, self->other);
}

FIXTURE_TEARDOWN(file)
{
	workers_end();
}

TEST_F(file, dups_are_same)
{
	int dups[] = {
		self->fd,
		dup(self->fd),
		dup2(self->fd, 70),
		dup3(self->fd, 71, O_CLOEXEC),
		fcntl(self->fd, F_DUPFD, 72),
		fcntl(self->fd, F_DUPFD_CLOEXEC, 72),
	};
	pid_t me = getpid();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dups); i++) {
		ASSERT_LE(0, dups[i]);
		EXPECT_SAME(me, me, KCMP_FILE, self->fd, dups[i]);
		EXPECT_SAME(me, me, KCMP_FILE, dups[i], dups[i]);
		EXPECT_DIFFERENT(me, me, KCMP_FILE, self->other, dups[i]);
	}
}

/* Some variants open one inode twice, some two. */
TEST_F(file, opened_twice_is_different)
{
	pid_t me = getpid();

	EXPECT_SAME(me, me, KCMP_FILE, self->fd, self->fd);
	EXPECT_DIFFERENT(me, me, KCMP_FILE, self->fd, self->other);
}

TEST_F(file, inherited_is_same)
{
	struct worker *child = worker_spawn(CLONE_VM), *third = worker_spawn(CLONE_VM);
	pid_t me = getpid(), pid = child->pid;
	int fd = self->fd, other = self->other;

	ASSERT_SPAWNED(child);
	ASSERT_SPAWNED(third);
	EXPECT_SAME(me, pid, KCMP_FILE, fd, fd);
	EXPECT_SAME(pid, pid, KCMP_FILE, fd, fd);
	EXPECT_SAME(third->pid, pid, KCMP_FILE, fd, fd);
	EXPECT_KCMP_BY(child, 0, me, pid, KCMP_FILE, fd, fd);
	EXPECT_KCMP_BY(third, 0, me, pid, KCMP_FILE, fd, fd);
	EXPECT_DIFFERENT(me, pid, KCMP_FILE, fd, other);
	EXPECT_DIFFERENT(me, pid, KCMP_FILE, other, fd);
}

/* In the child, the number refers to another file. */
TEST_F(file, inherited_is_same_under_another_number)
{
	struct worker *child = worker_spawn(CLONE_VM);
	pid_t me = getpid(), pid = child->pid;
	int fd = self->fd, other = self->other;

	ASSERT_SPAWNED(child);
	ASSERT_EQ(80, worker_syscall(child, SYS_dup3, fd, 80, 0));
	ASSERT_EQ(fd, worker_syscall(child, SYS_dup3, other, fd, 0));
	EXPECT_SAME(me, pid, KCMP_FILE, fd, 80);
	EXPECT_SAME(me, pid, KCMP_FILE, other, fd);
	EXPECT_DIFFERENT(me, pid, KCMP_FILE, fd, fd);
	EXPECT_KCMP(-EBADF, me, pid, KCMP_FILE, 80, 80);
	EXPECT_KCMP(-EBADF, pid, me, KCMP_FILE, 80, 80);
}

#define FDS_IN_MESSAGE	4

union fd_message {
	struct cmsghdr header;
	char space[CMSG_SPACE(FDS_IN_MESSAGE * sizeof(int))];
};

/* Sends descriptors through a socket.  Returns 0 or -errno. */
static long send_fds(int to, const int *fds, int count)
{
	union fd_message message;
	struct iovec data = { .iov_base = "", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &message,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};

	message.header.cmsg_level = SOL_SOCKET;
	message.header.cmsg_type = SCM_RIGHTS;
	message.header.cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(&message.header), fds, count * sizeof(int));
	return sendmsg(to, &msg, 0) == 1 ? 0 : -errno;
}

/* Receives them.  arg: socket, where to put the numbers, how many.  Returns 0 or -errno. */
static long receive_fds(const long *arg)
{
	union fd_message message;
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &message, .msg_controllen = sizeof(message),
	};

	if (recvmsg(arg[0], &msg, 0) != 1 ||
	    message.header.cmsg_len != CMSG_LEN(arg[2] * sizeof(int)))
		return -EPROTO;
	memcpy((int *)arg[1], CMSG_DATA(&message.header), arg[2] * sizeof(int));
	return 0;
}

/* Returns why there is no pair of sockets, or NULL. */
static const char *socketpair_skip_reason(int *sockets)
{
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets) ?
	       errno_skip_reason("needs CONFIG_UNIX", BLOCKED("socketpair")) :
	       NULL;
}

TEST_F(file, received_is_same)
{
	int sv[2], fd = self->fd, mine, *got;
	struct worker *child;
	pid_t me = getpid();

	SKIP_IF(socketpair_skip_reason(sv));
	child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(child);
	ASSERT_EQ(0, send_fds(sv[0], &fd, 1));
	got = (int *)child->scratch;
	ASSERT_EQ(0, worker_run(child, receive_fds, sv[1], (long)got, 1));
	ASSERT_LT(sv[1], *got);
	EXPECT_SAME(me, child->pid, KCMP_FILE, fd, *got);
	EXPECT_SAME(child->pid, child->pid, KCMP_FILE, fd, *got);
	EXPECT_DIFFERENT(me, child->pid, KCMP_FILE, self->other, *got);

	/* In flight, no descriptor refers to it. */
	mine = dup(fd);
	ASSERT_EQ(0, send_fds(sv[0], &mine, 1));
	ASSERT_EQ(0, close(mine));
	ASSERT_EQ(0, receive_fds(WORKER_ARGS(sv[1], (long)&mine, 1)));
	EXPECT_SAME(me, me, KCMP_FILE, fd, mine);
	EXPECT_DIFFERENT(me, me, KCMP_FILE, self->other, mine);
}

TEST_F(file, several_received_are_each_what_was_sent)
{
	int sv[2], sent[FDS_IN_MESSAGE] = { self->fd, self->other };
	int got[FDS_IN_MESSAGE], i, j;
	pid_t me = getpid();

	SKIP_IF(socketpair_skip_reason(sv));
	sent[2] = sv[0];
	sent[3] = open_path();
	ASSERT_LE(0, sent[3]);
	ASSERT_EQ(0, send_fds(sv[0], sent, FDS_IN_MESSAGE));
	ASSERT_EQ(0, receive_fds(WORKER_ARGS(sv[1], (long)got, FDS_IN_MESSAGE)));
	for (i = 0; i < FDS_IN_MESSAGE; i++)
		for (j = 0; j < FDS_IN_MESSAGE; j++)
			if (i == j)
				EXPECT_SAME(me, me, KCMP_FILE, sent[i], got[j]);
			else
				EXPECT_DIFFERENT(me, me, KCMP_FILE, sent[i],
						 got[j]);
}

static const char *dupfd_query_skip_reason(void)
{
	int fd = open_pipe();

	return fcntl(fd, F_DUPFD_QUERY, fd) == -1 && errno == EINVAL ?
	       "needs Linux 6.10 (F_DUPFD_QUERY)" : NULL;
}

/* F_DUPFD_QUERY compares two descriptors of the caller. */
TEST_F(file, agrees_with_f_dupfd_query)
{
	int fd = self->fd, copy = dup(fd);
	pid_t me = getpid();

	SKIP_IF(dupfd_query_skip_reason());
	EXPECT_EQ(1, fcntl(fd, F_DUPFD_QUERY, copy));
	EXPECT_KCMP(0, me, me, KCMP_FILE, fd, copy);
	EXPECT_EQ(0, fcntl(fd, F_DUPFD_QUERY, self->other));
	EXPECT_KCMP(KCMP_DIFFERS, me, me, KCMP_FILE, fd, self->other);
}

/* ------------------------------------------------------------------ */
/* Two descriptions of one inode: a kernel that compares inodes says "same". */

/* Each opens one object twice.  Returns 0 or -1. */
static int open_again(int *fd, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd[0]);
	fd[1] = fd[0] == -1 ? -1 : open(path, flags);
	return fd[1] == -1 ? -1 : 0;
}

static int open_memfd_twice(int *fd)
{
	fd[0] = open_memfd();
	return open_again(fd, O_RDWR);
}

static int open_tmpfile_twice(int *fd)
{
	fd[0] = open_unlinked();
	return open_again(fd, O_RDWR);
}

static int open_pipe_twice(int *fd)
{
	fd[0] = open_pipe();
	return open_again(fd, O_RDONLY);
}

/* A name in TMPDIR that no other test has. */
static void temporary_name(char *path, size_t size)
{
	snprintf(path, size, "%s/kcmp.%d", tmpdir(), getpid());
}

static int open_deleted_twice(int *fd)
{
	char path[PATH_MAX];

	temporary_name(path, sizeof(path));
	fd[0] = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd[0] == -1 || unlink(path))
		return -1;
	return open_again(fd, O_RDWR);
}

static int open_fifo_twice(int *fd)
{
	char path[PATH_MAX];
	int err;

	temporary_name(path, sizeof(path));
	if (mkfifo(path, 0600))
		return -1;
	fd[0] = open(path, O_RDWR);
	fd[1] = open(path, O_RDWR);
	err = errno;
	unlink(path);
	errno = err;
	return fd[1] == -1 ? -1 : 0;
}

static int open_pty_twice(int *fd)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), unlock = 0;

	if (master == -1 || ioctl(master, TIOCSPTLCK, &unlock))
		return -1;
	fd[0] = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	fd[1] = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	return fd[1] == -1 ? -1 : 0;
}

static int open_mqueue_twice(int *fd)
{
	char name[32];

	snprintf(name, sizeof(name), "kcmp.%d", getpid());
	fd[0] = syscall(SYS_mq_open, name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
	if (fd[0] == -1)
		return -1;
	fd[1] = syscall(SYS_mq_open, name, O_RDWR, 0, NULL);
	syscall(SYS_mq_unlink, name);
	return fd[1] == -1 ? -1 : 0;
}

FIXTURE(reopened)
{
	int fd[2];
};

FIXTURE_VARIANT(reopened)
{
	int (*open)(int *fd);
	const char *needs, *blocked;
};

#define REOPENED_VARIANT(kind, what, call) \
FIXTURE_VARIANT_ADD(reopened, kind) { \
	.open = open_##kind##_twice, .needs = "needs " what, \
	.blocked = BLOCKED(call) \
}

REOPENED_VARIANT(memfd, "CONFIG_MEMFD_CREATE", "memfd_create");
REOPENED_VARIANT(tmpfile, "O_TMPFILE in TMPDIR", "open");
REOPENED_VARIANT(deleted, "a writable TMPDIR", "open");
REOPENED_VARIANT(pipe, "access to /proc/self/fd", "open");
REOPENED_VARIANT(fifo, "a writable TMPDIR", "mknod");
REOPENED_VARIANT(pty, "/dev/ptmx", "ioctl");
REOPENED_VARIANT(mqueue, "CONFIG_POSIX_MQUEUE (RLIMIT_MSGQUEUE)", "mq_open");

FIXTURE_SETUP(reopened)
{
	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	SKIP_IF(variant->open(self->fd) ? errno_skip_reason(variant->needs,
							    variant->blocked) :
					  NULL);
	ASSERT_LE(0, self->fd[1]);
}

FIXTURE_TEARDOWN(reopened)
{
	workers_end();
}

TEST_F(reopened, is_different)
{
	struct worker *child = worker_spawn(0);
	int one = self->fd[0], two = self->fd[1];
	pid_t me = getpid(), pid = child->pid;
	struct stat first, second;

	ASSERT_SPAWNED(child);
	ASSERT_EQ(0, fstat(one, &first));
	ASSERT_EQ(0, fstat(two, &second));
	ASSERT_EQ(first.st_ino, second.st_ino);
	EXPECT_DIFFERENT(me, me, KCMP_FILE, one, two);
	EXPECT_DIFFERENT(me, pid, KCMP_FILE, one, two);
	EXPECT_SAME(me, me, KCMP_FILE, two, dup(two));
	EXPECT_SAME(me, pid, KCMP_FILE, two, two);
}

/* ------------------------------------------------------------------ */
/* Ways to make, keep and lose a descriptor; any kind of file will do. */

FIXTURE(fd)
{
	struct worker *child;
	pid_t me, pid;
	int fd, other;
};

FIXTURE_SETUP(fd)
{
	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	self->fd = open("/proc/self/status", O_RDONLY);
	self->other = open("/proc/self/status", O_RDONLY);
	ASSERT_LE(0, self->fd);
	ASSERT_LT(self->fd, self->other);
	self->child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->child);
	self->me = getpid();
	self->pid = self->child->pid;
}

FIXTURE_TEARDOWN(fd)
{
	workers_end();
}

/* The pids and the type are ints. */
TEST_F(fd, upper_halves_of_pids_and_type_are_ignored)
{
	const unsigned long up = UPPER_HALF;
	int fd = self->fd;

	SKIP_IF(NEEDS_64BIT);
	EXPECT_SAME(self->me | up, self->pid, KCMP_FILE, fd, fd);
	EXPECT_SAME(self->me, self->pid, KCMP_FILE | up, fd, fd);
	EXPECT_DIFFERENT(self->me | up, self->pid, KCMP_FILE, fd, self->other);
	EXPECT_DIFFERENT(self->me, self->pid, KCMP_FILE | up, fd, self->other);
	EXPECT_KCMP(-EBADF, self->me | up, self->pid | up, KCMP_FILE | up, 900,
		    fd);
}

TEST_F(fd, pipe_ends_are_different)
{
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, ends[0], ends[1]);
}

TEST_F(fd, socket_ends_are_different)
{
	int ends[2];

	SKIP_IF(socketpair_skip_reason(ends));
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, ends[0], ends[1]);
}

/* open() makes a new description, also through /proc/self/fd. */
TEST_F(fd, reopened_through_proc_is_different)
{
	int fd[2] = { self->fd };

	SKIP_IF(open_again(fd, O_RDONLY) && errno == EACCES ?
			"needs access to /proc/self/fd" : NULL);
	ASSERT_LE(0, fd[1]);
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, self->fd, fd[1]);
}

TEST_F(fd, o_path_is_not_the_open_file)
{
	int path = open("/proc/self/status", O_PATH);

	ASSERT_LE(0, path);
	EXPECT_SAME(self->me, self->me, KCMP_FILE, path, dup(path));
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, path, self->fd);
}

/* A description compares by identity, whatever its flags are. */
TEST_F(fd, open_flags_do_not_matter)
{
	static const int flags[] = {
		O_CLOEXEC, O_NONBLOCK, O_APPEND, O_SYNC, O_DSYNC, O_NOCTTY,
		O_NOFOLLOW, O_PATH, O_PATH | O_CLOEXEC,
		O_NONBLOCK | O_CLOEXEC | O_APPEND | O_SYNC,
	};
	int fd[ARRAY_SIZE(flags)], other[ARRAY_SIZE(flags)];
	pid_t me = self->me, pid;
	struct worker *child;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		fd[i] = open("/proc/self/status", flags[i] | O_RDONLY);
		other[i] = open("/proc/self/status", flags[i] | O_RDONLY);
		ASSERT_LE(0, other[i]);
	}
	child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(child);
	pid = child->pid;
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		EXPECT_SAME(me, me, KCMP_FILE, fd[i], dup(fd[i]));
		EXPECT_SAME(me, pid, KCMP_FILE, fd[i], fd[i]);
		EXPECT_DIFFERENT(me, me, KCMP_FILE, fd[i], other[i]);
		EXPECT_DIFFERENT(me, pid, KCMP_FILE, fd[i], other[i]);
		EXPECT_DIFFERENT(me, me, KCMP_FILE, fd[i], self->fd);
	}
}

/* signalfd() on a descriptor changes the mask, not the description. */
TEST_F(fd, updated_signalfd_is_same)
{
	int fd = open_signalfd(), copy;
	sigset_t set;

	SKIP_IF(fd == -1 ? errno_skip_reason("needs CONFIG_SIGNALFD",
					     BLOCKED("signalfd4")) : NULL);
	copy = dup(fd);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	EXPECT_EQ(fd, signalfd(fd, &set, 0));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
}

/* arg: descriptor, command, lock.  Returns 0 or -errno. */
static long fcntl_lock(const long *arg)
{
	return fcntl(arg[0], arg[1], (struct flock *)arg[2]) ? -errno : 0;
}

/* Has a worker apply F_SETLK or F_GETLK to one byte.  Returns 0 or -errno. */
static long worker_lock_byte(struct worker *w, int fd, int command, int byte)
{
	struct flock *lock = (struct flock *)w->scratch;

	*lock = (struct flock) {
		.l_type = F_WRLCK, .l_start = byte, .l_len = 1,
	};
	return worker_run(w, fcntl_lock, fd, command, (long)lock);
}

/* A kernel that closes what it has looked at would drop its POSIX locks. */
TEST_F(fd, that_is_locked_stays_locked)
{
	struct flock mine = { .l_type = F_WRLCK, .l_len = 1 };
	struct worker *child, *third;
	int fd = open_memfd(), i;

	SKIP_IF(fd == -1 ? errno_skip_reason("needs CONFIG_MEMFD_CREATE",
					     BLOCKED("memfd_create")) : NULL);
	SKIP_IF(fcntl(fd, F_SETLK, &mine) && errno == EINVAL ?
			"needs CONFIG_FILE_LOCKING" : NULL);
	child = worker_spawn(0);
	ASSERT_SPAWNED(child);
	third = worker_spawn(0);
	ASSERT_SPAWNED(third);
	ASSERT_EQ(0, worker_lock_byte(child, fd, F_SETLK, 1));
	EXPECT_SAME(self->me, child->pid, KCMP_FILE, fd, fd);
	EXPECT_SAME(child->pid, child->pid, KCMP_FILE, fd, fd);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, worker_lock_byte(third, fd, F_GETLK, i));
		EXPECT_EQ(i ? child->pid : self->me,
			  ((struct flock *)third->scratch)->l_pid);
	}
}

/* The offset and the status flags are those of the description. */
TEST_F(fd, offset_and_flags_do_not_matter)
{
	int fd = open_memfd(), copy;

	SKIP_IF(fd == -1 ? errno_skip_reason("needs CONFIG_MEMFD_CREATE",
					     BLOCKED("memfd_create")) : NULL);
	copy = dup(fd);
	ASSERT_EQ(0, ftruncate(fd, 100));
	ASSERT_EQ(50, lseek(copy, 50, SEEK_SET));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
	ASSERT_EQ(0, fcntl(copy, F_SETFL, O_APPEND));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
	ASSERT_EQ(0, fcntl(copy, F_SETFD, FD_CLOEXEC));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
}

/* What a question could change about a descriptor of a file or of a pipe. */
struct traces {
	long offset, status_flags, fd_flags, readiness, bytes;
	struct stat stat;
};

/* arg: struct traces, memfd, pipe.  Returns 0. */
static long note_traces(const long *arg)
{
	struct traces *now = (struct traces *)arg[0];
	struct pollfd ready = { .fd = arg[2], .events = POLLIN | POLLOUT };
	int bytes = 0;

	memset(now, 0, sizeof(*now));
	now->offset = lseek(arg[1], 0, SEEK_CUR);
	now->status_flags = fcntl(arg[1], F_GETFL);
	now->fd_flags = fcntl(arg[1], F_GETFD);
	fstat(arg[1], &now->stat);
	poll(&ready, 1, 0);
	now->readiness = ready.revents;
	ioctl(arg[2], FIONREAD, &bytes);
	now->bytes = bytes;
	return 0;
}

#define EXPECT_UNCHANGED(before, after) do { \
	EXPECT_EQ((before).offset, (after).offset); \
	EXPECT_EQ((before).status_flags, (after).status_flags); \
	EXPECT_EQ((before).fd_flags, (after).fd_flags); \
	EXPECT_EQ((before).readiness, (after).readiness); \
	EXPECT_EQ((before).bytes, (after).bytes); \
	EXPECT_EQ((before).stat.st_size, (after).stat.st_size); \
	EXPECT_EQ((before).stat.st_nlink, (after).stat.st_nlink); \
	EXPECT_EQ(0, memcmp(&(before).stat.st_atim, &(after).stat.st_atim, \
			    sizeof((before).stat.st_atim))); \
	EXPECT_EQ(0, memcmp(&(before).stat.st_mtim, &(after).stat.st_mtim, \
			    sizeof((before).stat.st_mtim))); \
	EXPECT_EQ(0, memcmp(&(before).stat.st_ctim, &(after).stat.st_ctim, \
			    sizeof((before).stat.st_ctim))); \
} while (0)

/*
 * A memfd with an offset, flags and close-on-exec, and a pipe that can be read,
 * in the test and in a child.
 */
TEST_F(fd, asking_leaves_no_trace)
{
	struct traces before, after, *of_child, child_before;
	int file = open_memfd(), ends[2];
	struct worker *child;
	pid_t me = self->me, pid;

	SKIP_IF(file == -1 ? errno_skip_reason("needs CONFIG_MEMFD_CREATE",
					       BLOCKED("memfd_create")) : NULL);
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(4, write(ends[1], "kcmp", 4));
	ASSERT_EQ(4, write(file, "kcmp", 4));
	ASSERT_EQ(3, lseek(file, 3, SEEK_SET));
	ASSERT_EQ(0, fcntl(file, F_SETFL, O_APPEND | O_NONBLOCK));
	ASSERT_EQ(0, fcntl(file, F_SETFD, FD_CLOEXEC));
	child = worker_spawn(0);
	ASSERT_SPAWNED(child);
	pid = child->pid;
	of_child = (struct traces *)child->scratch;
	note_traces(WORKER_ARGS((long)&before, file, ends[0]));
	ASSERT_EQ(0, worker_run(child, note_traces, (long)of_child, file, ends[0]));
	child_before = *of_child;
	EXPECT_SAME(me, pid, KCMP_FILE, file, file);
	EXPECT_SAME(me, pid, KCMP_FILE, ends[0], ends[0]);
	EXPECT_DIFFERENT(me, pid, KCMP_FILE, ends[0], file);
	EXPECT_KCMP_BY(child, 0, me, pid, KCMP_FILE, file, file);
	EXPECT_KCMP(-EBADF, me, pid, KCMP_FILE, file, 900);
	EXPECT_KCMP(-EBADF, pid, me, KCMP_FILE, 900, ends[0]);
	note_traces(WORKER_ARGS((long)&after, file, ends[0]));
	ASSERT_EQ(0, worker_run(child, note_traces, (long)of_child, file, ends[0]));
	EXPECT_UNCHANGED(before, after);
	EXPECT_UNCHANGED(child_before, *of_child);
}

/* Around each size that an fd table has while it grows. */
TEST_F(fd, any_number_works)
{
	static const int numbers[] = {
		0, 63, 64, 65, 127, 128, 255, 256, 257, 511, 512, 1000, 1023,
		1024, 1025, 4000, 32768, 65000
	};
	bool works[ARRAY_SIZE(numbers)] = { false };
	int other = self->other;
	struct rlimit limit;
	unsigned int i;

	SKIP_IF(getrlimit(RLIMIT_NOFILE, &limit) ?
			errno_skip_reason(NULL, BLOCKED("prlimit64")) : NULL);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		int n = numbers[i];

		works[i] = dup2(self->fd, n) == n;
		if (n < 500)
			ASSERT_TRUE(works[i]);
		if (!works[i])
			continue;
		EXPECT_SAME(self->me, self->me, KCMP_FILE, self->fd, n);
		EXPECT_SAME(self->me, self->pid, KCMP_FILE, n, self->fd);
		EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, other, n);
	}
	/* A table that has grown keeps its descriptors. */
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (works[i])
			EXPECT_SAME(self->me, self->me, KCMP_FILE, self->fd,
				    numbers[i]);
}

TEST_F(fd, reused_number_is_different)
{
	int copy = dup(self->fd), number = dup(self->fd);

	EXPECT_SAME(self->me, self->me, KCMP_FILE, copy, number);
	ASSERT_EQ(number, dup2(self->other, number));
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, copy, number);
	EXPECT_SAME(self->me, self->me, KCMP_FILE, self->other, number);
}

/* "the file descriptor idx1 in pid1 ... and idx2 in pid2" */
TEST_F(fd, each_index_belongs_to_its_task)
{
	int fd = self->fd, later = dup(fd);

	EXPECT_KCMP(-EBADF, self->me, self->pid, KCMP_FILE, fd, later);
	EXPECT_KCMP(-EBADF, self->pid, self->me, KCMP_FILE, later, fd);
	EXPECT_KCMP(-EBADF, self->pid, self->pid, KCMP_FILE, later, later);
	EXPECT_SAME(self->me, self->pid, KCMP_FILE, later, fd);
	ASSERT_EQ(0, worker_syscall(self->child, SYS_close, fd));
	EXPECT_KCMP(-EBADF, self->me, self->pid, KCMP_FILE, fd, fd);
	EXPECT_KCMP(-EBADF, self->pid, self->me, KCMP_FILE, fd, fd);
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, later);
}

/* The caller's own fd table plays no part in a question about two others. */
TEST_F(fd, closed_by_the_caller_works_for_others)
{
	struct worker *third = worker_spawn(CLONE_VM);
	int fd = self->fd;

	ASSERT_SPAWNED(third);
	ASSERT_EQ(0, close(fd));
	EXPECT_KCMP(-EBADF, self->me, self->pid, KCMP_FILE, fd, fd);
	EXPECT_SAME(self->pid, third->pid, KCMP_FILE, fd, fd);
	EXPECT_DIFFERENT(self->pid, third->pid, KCMP_FILE, fd, self->other);
}

/* A thread id stands for the thread's own fd table, not its leader's. */
TEST_F(fd, of_a_thread_is_in_its_own_table)
{
	struct worker *thread = worker_spawn(CLONE_A_THREAD);
	pid_t tid = thread->pid;
	int fd = self->fd;

	ASSERT_SPAWNED(thread);
	ASSERT_EQ(90, worker_syscall(thread, SYS_dup3, fd, 90, 0));
	ASSERT_EQ(0, worker_syscall(thread, SYS_close, fd));
	EXPECT_SAME(self->me, tid, KCMP_FILE, fd, 90);
	EXPECT_SAME(self->pid, tid, KCMP_FILE, fd, 90);
	EXPECT_SAME(tid, tid, KCMP_FILE, 90, 90);
	EXPECT_DIFFERENT(tid, self->me, KCMP_FILE, 90, self->other);
	EXPECT_KCMP(-EBADF, self->me, tid, KCMP_FILE, fd, fd);
	EXPECT_KCMP(-EBADF, tid, self->me, KCMP_FILE, fd, fd);
	EXPECT_KCMP(-EBADF, self->me, tid, KCMP_FILE, 90, 90);
	EXPECT_KCMP(-EBADF, tid, self->me, KCMP_FILE, 90, 90);
}

/*
 * execve() closes descriptors with FD_CLOEXEC, which belongs to the descriptor:
 * dup2() over it, and F_DUPFD from it, make one without.
 */
TEST_F(fd, survives_execve_unless_cloexec)
{
	int fd = self->fd, spot = dup3(self->other, 80, O_CLOEXEC);
	int gone[] = { fcntl(fd, F_DUPFD_CLOEXEC, 0), dup3(fd, 150, O_CLOEXEC),
		       fcntl(fd, F_DUPFD_CLOEXEC, 250) };
	int kept[] = { dup(gone[0]), dup2(fd, spot), fcntl(gone[0], F_DUPFD, 70),
		       dup2(gone[0], 251), dup2(fd, dup3(fd, 152, O_CLOEXEC)) };
	struct worker *parent = worker_spawn(0), *child[2];
	int i, n;

	SKIP_IF(execve_skip_reason());
	ASSERT_SPAWNED(parent);
	child[0] = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(child[0]);
	child[1] = worker_spawn_by(parent, by_vfork, 0, 0);
	ASSERT_SPAWNED(child[1]);
	for (n = 0; n < 2; n++) {
		pid_t pid = child[n]->pid;

		for (i = 0; i < 3; i++)
			EXPECT_SAME(self->me, pid, KCMP_FILE, fd, gone[i]);
		ASSERT_EQ(0, worker_execve(child[n], "/proc/self/exe"));
		for (i = 0; i < 5; i++) {
			EXPECT_SAME(self->me, pid, KCMP_FILE, fd, kept[i]);
			EXPECT_DIFFERENT(self->me, pid, KCMP_FILE, self->other,
					 kept[i]);
		}
		for (i = 0; i < 3; i++) {
			EXPECT_KCMP(-EBADF, self->me, pid, KCMP_FILE, fd,
				    gone[i]);
			EXPECT_KCMP(-EBADF, pid, self->me, KCMP_FILE, gone[i],
				    fd);
		}
	}
}

/* arg: the mailbox, the program's descriptor.  Returns -errno, if at all. */
static long execveat_here(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	char *argv[] = { "worker", "--worker", t->id, NULL }, *envp[] = { NULL };

	syscall(SYS_execveat, arg[1], "", argv, envp, AT_EMPTY_PATH);
	return -errno;
}

TEST_F(fd, of_the_program_survives_its_execution_unless_cloexec)
{
	int gone = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), kept;
	struct worker *child;
	long err;

	SKIP_IF(gone == -1 ? "needs read permission for the program" : NULL);
	SKIP_IF(execve_skip_reason());
	kept = dup(gone);
	child = worker_spawn(0);
	ASSERT_SPAWNED(child);
	err = worker_run(child, execveat_here, (long)child, gone);
	errno = -err;
	SKIP_IF(err ? errno_skip_reason(NULL, BLOCKED("execveat")) : NULL);
	ASSERT_EQ(0, err);
	EXPECT_KCMP(-EBADF, self->me, child->pid, KCMP_FILE, gone, gone);
	EXPECT_SAME(self->me, child->pid, KCMP_FILE, gone, kept);
}

/* Returns why a pidfd could not be opened, or NULL. */
static const char *pidfd_open_skip_reason(int pidfd)
{
	return pidfd == -1 ? errno_skip_reason("needs Linux 5.3 (pidfd_open)",
					       BLOCKED("pidfd_open")) : NULL;
}

/*
 * Returns why pidfd_getfd() failed, or NULL.  Unlike kcmp(), it asks for
 * PTRACE_MODE_ATTACH.
 */
static const char *pidfd_getfd_skip_reason(int fd)
{
	const char *needs = errno == ENOSYS ? "needs Linux 5.6 (pidfd_getfd)" :
			    "needs permission to attach (Yama, SELinux)";

	return fd == -1 ? errno_skip_reason(needs, BLOCKED("pidfd_getfd")) :
	       NULL;
}

/* In the test's table, the number that is taken refers to another file. */
TEST_F(fd, taken_with_pidfd_getfd_is_same)
{
	int pidfd = syscall(SYS_pidfd_open, self->pid, 0), fd;

	SKIP_IF(pidfd_open_skip_reason(pidfd));
	ASSERT_EQ(90, dup2(self->other, 90));
	ASSERT_EQ(90, worker_syscall(self->child, SYS_dup3, self->fd, 90, 0));
	fd = syscall(SYS_pidfd_getfd, pidfd, 90, 0);
	SKIP_IF(pidfd_getfd_skip_reason(fd));
	ASSERT_LE(0, fd);
	EXPECT_SAME(self->me, self->pid, KCMP_FILE, fd, 90);
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, self->fd);
	EXPECT_DIFFERENT(self->me, self->pid, KCMP_FILE, 90, 90);
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, fd, 90);
}

#define PIDFD_OF_THREAD	O_EXCL	/* PIDFD_THREAD */

TEST_F(fd, taken_from_a_thread_with_pidfd_getfd_is_same)
{
	struct worker *thread = worker_spawn_by(self->child, by_clone,
						CLONE_A_THREAD, 0);
	int pidfd, fd;

	ASSERT_SPAWNED(thread);
	ASSERT_EQ(90, worker_syscall(self->child, SYS_dup3, self->other, 90, 0));
	ASSERT_EQ(90, worker_syscall(thread, SYS_dup3, self->fd, 90, 0));
	pidfd = syscall(SYS_pidfd_open, thread->pid, PIDFD_OF_THREAD);
	SKIP_IF(pidfd == -1 && errno == EINVAL ?
			"needs Linux 6.9 (PIDFD_THREAD)" :
			pidfd_open_skip_reason(pidfd));
	fd = syscall(SYS_pidfd_getfd, pidfd, 90, 0);
	SKIP_IF(pidfd_getfd_skip_reason(fd));
	ASSERT_LE(0, fd);
	EXPECT_SAME(self->me, thread->pid, KCMP_FILE, fd, 90);
	EXPECT_DIFFERENT(self->me, self->pid, KCMP_FILE, fd, 90);
}

/* fork() copies an fd table up to its last descriptor, in steps. */
TEST_F(fd, at_the_end_of_the_table_is_inherited)
{
	static const int last[] = { 63, 64, 127, 128, 192, 255, 256 };
	struct worker *child[ARRAY_SIZE(last)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(last); i++) {
		ASSERT_EQ(last[i], dup2(self->fd, last[i]));
		child[i] = worker_spawn(0);
		ASSERT_SPAWNED(child[i]);
		ASSERT_EQ(0, close(last[i]));
	}
	for (i = 0; i < ARRAY_SIZE(last); i++) {
		pid_t pid = child[i]->pid;

		EXPECT_SAME(self->me, pid, KCMP_FILE, self->fd, last[i]);
		EXPECT_DIFFERENT(self->me, pid, KCMP_FILE, self->other, last[i]);
		EXPECT_KCMP(-EBADF, self->me, pid, KCMP_FILE, self->fd,
			    last[i] + 1);
	}
}

/* Lowering RLIMIT_NOFILE leaves open descriptors usable. */
TEST_F(fd, above_a_limit_that_was_lowered_is_inherited)
{
	struct rlimit limit = { .rlim_cur = 80, .rlim_max = 80 };
	struct worker *grandchild;

	ASSERT_EQ(300, worker_syscall(self->child, SYS_dup3, self->fd, 300, 0));
	SKIP_IF(prlimit(self->pid, RLIMIT_NOFILE, &limit, NULL) ?
			errno_skip_reason(NULL, BLOCKED("prlimit64")) : NULL);
	grandchild = worker_spawn_by(self->child, by_clone, 0, 0);
	ASSERT_SPAWNED(grandchild);
	EXPECT_SAME(self->me, grandchild->pid, KCMP_FILE, self->fd, 300);
	EXPECT_DIFFERENT(self->me, grandchild->pid, KCMP_FILE, self->other, 300);
}

/* ------------------------------------------------------------------ */
/* A description lasts as long as its last descriptor, a pipe tells.   */

FIXTURE(lifetime)
{
	int watcher, fd;
	struct worker *owner, *sharer;
};

/* The test's own descriptor is the first to go. */
FIXTURE_SETUP(lifetime)
{
	int ends[2];

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	ASSERT_EQ(0, pipe(ends));
	self->watcher = ends[0];
	self->fd = 90;
	ASSERT_EQ(90, dup3(ends[1], 90, O_CLOEXEC));
	close(ends[1]);
	self->owner = worker_spawn(0);
	ASSERT_SPAWNED(self->owner);
	self->sharer = worker_spawn_by(self->owner, by_clone,
				     CLONE_FILES | CLONE_PARENT, 0);
	ASSERT_SPAWNED(self->sharer);
	ASSERT_EQ(0, sys_kcmp(getpid(), self->sharer->pid, KCMP_FILE, 90, 90));
}

FIXTURE_TEARDOWN(lifetime)
{
	workers_end();
}

static bool is_over(FIXTURE_DATA(lifetime) *self, int patience)
{
	struct pollfd end = { .fd = self->watcher, .events = POLLIN };

	return poll(&end, 1, patience) == 1 && end.revents == POLLHUP;
}

/* Both tasks have to go. */
TEST_F(lifetime, ends_with_the_table)
{
	close(self->fd);
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_FALSE(is_over(self, 0));
	EXPECT_SAME(self->sharer->pid, self->sharer->pid, KCMP_FILE, 90, 90);
	ASSERT_LE(0, worker_end(self->sharer));
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

/* Who leaves a shared table leaves what is in it to the others alone. */
TEST_F(lifetime, ends_with_the_table_that_was_left_by_unshare)
{
	close(self->fd);
	SKIP_IF(unshare_skip_reason());
	ASSERT_EQ(0, worker_syscall(self->sharer, SYS_unshare, CLONE_FILES));
	ASSERT_EQ(0, worker_syscall(self->sharer, SYS_close, 90));
	EXPECT_FALSE(is_over(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

TEST_F(lifetime, ends_with_the_table_that_was_left_by_close_range)
{
	long err;

	close(self->fd);
	err = worker_syscall(self->sharer, SYS_close_range, 90, 90,
			   CLOSE_RANGE_UNSHARE);
	errno = -err;
	SKIP_IF(err ? errno_skip_reason("needs Linux 5.9 (close_range)",
					BLOCKED("close_range")) : NULL);
	ASSERT_EQ(0, err);
	EXPECT_FALSE(is_over(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

TEST_F(lifetime, ends_with_the_table_that_was_left_by_execve)
{
	close(self->fd);
	SKIP_IF(execve_skip_reason());
	ASSERT_EQ(0, worker_execve(self->sharer, "/proc/self/exe"));
	EXPECT_FALSE(is_over(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

TEST_F(lifetime, ends_when_the_last_number_is_taken_by_dup2)
{
	ASSERT_LE(0, worker_end(self->sharer));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_FALSE(is_over(self, 0));
	ASSERT_EQ(90, dup2(self->watcher, 90));
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

/* Sent, received, and closed again. */
TEST_F(lifetime, is_not_longer_for_what_was_sent)
{
	int sv[2], got;

	SKIP_IF(socketpair_skip_reason(sv));
	ASSERT_EQ(0, send_fds(sv[0], &self->fd, 1));
	ASSERT_EQ(0, receive_fds(WORKER_ARGS(sv[1], (long)&got, 1)));
	EXPECT_SAME(getpid(), getpid(), KCMP_FILE, self->fd, got);
	close(got);
	ASSERT_LE(0, worker_end(self->sharer));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_FALSE(is_over(self, 0));
	close(self->fd);
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

TEST_F(lifetime, is_not_longer_for_what_was_taken)
{
	int pidfd = syscall(SYS_pidfd_open, self->owner->pid, 0), fd;

	SKIP_IF(pidfd_open_skip_reason(pidfd));
	fd = syscall(SYS_pidfd_getfd, pidfd, 90, 0);
	SKIP_IF(pidfd_getfd_skip_reason(fd));
	ASSERT_LE(0, fd);
	EXPECT_SAME(getpid(), getpid(), KCMP_FILE, self->fd, fd);
	close(fd);
	close(self->fd);
	ASSERT_LE(0, worker_end(self->sharer));
	EXPECT_FALSE(is_over(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

/* ------------------------------------------------------------------ */
/* Numbers that are no open descriptor.                                */

FIXTURE(bad_fd)
{
	struct worker *child;
	pid_t me, pid;
	int fd;
	unsigned long bad;
};

FIXTURE_VARIANT(bad_fd)
{
	bool closed;
	unsigned long number;
};

FIXTURE_VARIANT_ADD(bad_fd, closed) { .closed = true };
FIXTURE_VARIANT_ADD(bad_fd, never_opened) { .number = 60 };
FIXTURE_VARIANT_ADD(bad_fd, just_past_the_table) { .number = 256 };
FIXTURE_VARIANT_ADD(bad_fd, beyond_the_table) { .number = 1 << 20 };
FIXTURE_VARIANT_ADD(bad_fd, int_max) { .number = INT_MAX };
FIXTURE_VARIANT_ADD(bad_fd, bit_31) { .number = 1UL << 31 };
FIXTURE_VARIANT_ADD(bad_fd, minus_one) { .number = UINT_MAX };
FIXTURE_VARIANT_ADD(bad_fd, ulong_max) { .number = ULONG_MAX };

FIXTURE_SETUP(bad_fd)
{
	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	self->me = getpid();
	self->fd = open("/proc/self/status", O_RDONLY);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(255, dup2(self->fd, 255));
	self->bad = variant->closed ? (unsigned long)dup(self->fd) :
		    variant->number;
	self->child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->child);
	self->pid = self->child->pid;
	if (variant->closed) {
		ASSERT_EQ(0, close(self->bad));
		ASSERT_EQ(0, worker_syscall(self->child, SYS_close, self->bad));
	}
	EXPECT_KCMP(0, self->me, self->pid, KCMP_FILE, self->fd, self->fd);
}

FIXTURE_TEARDOWN(bad_fd)
{
	workers_end();
}

TEST_F(bad_fd, is_ebadf_first)
{
	pid_t me = self->me, pid = self->pid;
	unsigned long bad = self->bad;

	EXPECT_KCMP(-EBADF, me, me, KCMP_FILE, bad, self->fd);
	EXPECT_KCMP(-EBADF, me, pid, KCMP_FILE, bad, self->fd);
	EXPECT_KCMP(-EBADF, pid, me, KCMP_FILE, bad, self->fd);
}

TEST_F(bad_fd, is_ebadf_second)
{
	pid_t me = self->me, pid = self->pid;
	unsigned long bad = self->bad;

	EXPECT_KCMP(-EBADF, me, me, KCMP_FILE, self->fd, bad);
	EXPECT_KCMP(-EBADF, me, pid, KCMP_FILE, self->fd, bad);
	EXPECT_KCMP(-EBADF, pid, me, KCMP_FILE, self->fd, bad);
}

/* Not even the same as itself. */
TEST_F(bad_fd, is_ebadf_twice)
{
	pid_t me = self->me, pid = self->pid;
	unsigned long bad = self->bad;

	EXPECT_KCMP(-EBADF, me, me, KCMP_FILE, bad, bad);
	EXPECT_KCMP(-EBADF, pid, pid, KCMP_FILE, bad, bad);
	EXPECT_KCMP(-EBADF, me, pid, KCMP_FILE, bad, bad);
}

/*
 * AT_FDCWD, -errno, and each power of two and its neighbours.  Open descriptors
 * are left out, also where only the lower half of a number is one.
 */
TEST_F(fd, special_numbers_are_ebadf)
{
	pid_t me = self->me, pid = self->pid;
	int fd = self->fd, n, tried = 0;

	EXPECT_SAME(me, pid, KCMP_FILE, fd, fd);
	for (n = 0; n < (int)sizeof(long) * 8 * 3 + 64; n++) {
		unsigned long idx = n < 64 ? -1UL - n * 64 :
				    (1UL << (n - 64) / 3) + (n - 64) % 3 - 1;

		if (n == 63)
			idx = AT_FDCWD;
		if (fcntl((int)idx, F_GETFD) != -1)
			continue;
		EXPECT_KCMP(-EBADF, me, me, KCMP_FILE, idx, fd);
		EXPECT_KCMP(-EBADF, me, me, KCMP_FILE, fd, idx);
		EXPECT_KCMP(-EBADF, me, pid, KCMP_FILE, fd, idx);
		EXPECT_KCMP(-EBADF, pid, me, KCMP_FILE, idx, idx);
		tried++;
	}
	EXPECT_LT(100, tried);
}

/* ------------------------------------------------------------------ */
/* The order of open file descriptions.                                */

FIXTURE(file_order)
{
	int fd[32], copy[32];
	struct worker *child;
	pid_t me;
};

FIXTURE_SETUP(file_order)
{
	int i;

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	self->me = getpid();
	for (i = 0; i < 32; i++) {
		self->fd[i] = i % 2 ? open_pipe() : open_path();
		ASSERT_LE(0, self->fd[i]);
		self->copy[i] = fcntl(self->fd[i], F_DUPFD, 200 - i);
		ASSERT_LE(0, self->copy[i]);
	}
	self->child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->child);
}

FIXTURE_TEARDOWN(file_order)
{
	workers_end();
}

/* All descriptors of a description have its place in the order. */
TEST_F(file_order, is_that_of_the_descriptions)
{
	pid_t me = self->me;
	int i;

	for (i = 1; i < 32; i++) {
		int a = self->fd[0], b = self->fd[i];
		long order = sys_kcmp(me, me, KCMP_FILE, a, b);

		EXPECT_DIFFERENT(me, me, KCMP_FILE, a, b);
		EXPECT_KCMP(order, me, me, KCMP_FILE, self->copy[0], b);
		EXPECT_KCMP(order, me, me, KCMP_FILE, a, self->copy[i]);
		EXPECT_KCMP(order, me, me, KCMP_FILE, self->copy[0],
			    self->copy[i]);
	}
}

TEST_F(file_order, does_not_depend_on_who_holds_them)
{
	pid_t me = self->me, pid = self->child->pid;
	int i;

	for (i = 1; i < 32; i++) {
		int a = self->fd[0], b = self->fd[i];
		long order = sys_kcmp(me, me, KCMP_FILE, a, b);

		EXPECT_DIFFERENT(me, me, KCMP_FILE, a, b);
		EXPECT_KCMP(order, me, pid, KCMP_FILE, a, b);
		EXPECT_KCMP(order, pid, me, KCMP_FILE, a, b);
		EXPECT_KCMP(order, pid, pid, KCMP_FILE, a, b);
	}
}

TEST_HARNESS_MAIN
