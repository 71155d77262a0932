// SPDX-License-Identifier: GPL-2.0
/*
 * KCMP_FILE: two descriptors are the same if and only if they refer to one open
 * file description (struct file), whatever kind of file it is, however each
 * descriptor was made, and in whichever task it is.
 */
#include "kcmp_harness.h"
#include "fd_passing.h"

#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

#define NEEDS_64BIT (sizeof(long) == 8 ? NULL : "needs 64-bit registers")

/* The upper half of a 64-bit register, filled with the bits of a lower one. */
#define UPPER_HALF (0xdeadca75UL << (sizeof(long) * 8 - 32))

/* ------------------------------------------------------------------ */
/* Every kind of file.                                                 */

/* Each returns a new descriptor, or -1. */
static int open_regular(void)
{
	return open("/proc/self/exe", O_RDONLY);
}

static const char *tmpdir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/tmp";
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
		       memfd_create("kcmp", MFD_NOEXEC_SEAL) :
		       fd;
}

/* Returns why open_memfd() failed, or NULL. */
static const char *memfd_skip_reason(int fd)
{
	if (fd != -1)
		return NULL;
	return errno_skip_reason("needs CONFIG_MEMFD_CREATE",
				 BLOCKED("memfd_create"));
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

static int open_inotify(void)
{
	return inotify_init1(0);
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

/* Reasons for the errno of the function that opens; full: for EMFILE. */
struct reasons {
	const char *needs, *blocked, *full;
};

static const char *open_skip_reason(const struct reasons *reason)
{
	if (errno == EMFILE)
		return reason->full;
	return errno_skip_reason(reason->needs, reason->blocked);
}

FIXTURE(file)
{
	int fd, other;
};

FIXTURE_VARIANT(file)
{
	int (*open)(void);
	struct reasons reason;
};

/* clang-format off */
#define FILE_VARIANT(kind, what, call, ...) \
FIXTURE_VARIANT_ADD(file, kind) { \
	.open = open_##kind, \
	.reason = { .needs = "needs " what, .blocked = BLOCKED(call), \
		    ##__VA_ARGS__ }, \
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
FILE_VARIANT(inotify, "CONFIG_INOTIFY_USER", "inotify_init1",
	     .full = "fs.inotify.max_user_instances too low");
FILE_VARIANT(signalfd, "CONFIG_SIGNALFD", "signalfd4");
FILE_VARIANT(timerfd, "CONFIG_TIMERFD", "timerfd_create");
FILE_VARIANT(pidfd, "Linux 5.3 (pidfd_open)", "pidfd_open");
/* clang-format on */

FIXTURE_SETUP(file)
{
	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	self->fd = variant->open();
	self->other = variant->open();
	SKIP_IF(self->other == -1 ? open_skip_reason(&variant->reason) : NULL);
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
	struct worker *child = worker_spawn(CLONE_VM);
	struct worker *third = worker_spawn(CLONE_VM);
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

/* Makes a pair of sockets.  Returns why there is none, or NULL. */
static const char *socketpair_skip_reason(int *sockets)
{
	if (!socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets))
		return NULL;
	return errno_skip_reason("needs CONFIG_UNIX", BLOCKED("socketpair"));
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

TEST_F(file, received_in_sent_order)
{
	int sv[2], sent[FDS_MAX] = { self->fd, self->other };
	int got[FDS_MAX], i, j;
	pid_t me = getpid();

	SKIP_IF(socketpair_skip_reason(sv));
	sent[2] = sv[0];
	sent[3] = open_path();
	ASSERT_LE(0, sent[3]);
	ASSERT_EQ(0, send_fds(sv[0], sent, FDS_MAX));
	ASSERT_EQ(0, receive_fds(WORKER_ARGS(sv[1], (long)got, FDS_MAX)));
	for (i = 0; i < FDS_MAX; i++)
		for (j = 0; j < FDS_MAX; j++)
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
		       "needs Linux 6.10 (F_DUPFD_QUERY)" :
		       NULL;
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
	fd[0] = syscall(SYS_mq_open, name, O_RDWR | O_CREAT | O_EXCL, 0600,
			NULL);
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
	struct reasons reason;
};

/* clang-format off */
#define REOPENED_VARIANT(kind, what, call, ...) \
FIXTURE_VARIANT_ADD(reopened, kind) { \
	.open = open_##kind##_twice, \
	.reason = { .needs = "needs " what, .blocked = BLOCKED(call), \
		    ##__VA_ARGS__ }, \
}

REOPENED_VARIANT(memfd, "CONFIG_MEMFD_CREATE", "memfd_create");
REOPENED_VARIANT(tmpfile, "O_TMPFILE in TMPDIR", "open");
REOPENED_VARIANT(deleted, "a writable TMPDIR", "open");
REOPENED_VARIANT(pipe, "access to /proc/self/fd", "open");
REOPENED_VARIANT(fifo, "a writable TMPDIR", "mknod");
REOPENED_VARIANT(pty, "/dev/ptmx", "ioctl");
REOPENED_VARIANT(mqueue, "CONFIG_POSIX_MQUEUE", "mq_open",
		 .full = "RLIMIT_MSGQUEUE too low");
/* clang-format on */

/*
 * Returns why both are not known to be of one inode, or NULL.  Some network file
 * systems, and 9p, cannot tell that of a file without a name.
 */
static const char *inode_skip_reason(const int *fd)
{
	struct stat first, second;

	if (fstat(fd[0], &first) || fstat(fd[1], &second))
		return "needs a TMPDIR with fstat() of unlinked files";
	return first.st_ino == second.st_ino ?
		       NULL :
		       "needs a TMPDIR with one inode number for each file";
}

FIXTURE_SETUP(reopened)
{
	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	SKIP_IF(variant->open(self->fd) ? open_skip_reason(&variant->reason) :
					  NULL);
	ASSERT_LE(0, self->fd[1]);
	SKIP_IF(inode_skip_reason(self->fd));
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

	ASSERT_SPAWNED(child);
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
TEST_F(fd, upper_halves_are_ignored)
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

	if (open_again(fd, O_RDONLY) && errno == EACCES)
		SKIP_IF("needs access to /proc/self/fd");
	ASSERT_LE(0, fd[1]);
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, self->fd, fd[1]);
}

TEST_F(fd, o_path_is_different)
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
		O_CLOEXEC,
		O_NONBLOCK,
		O_APPEND,
		O_SYNC,
		O_DSYNC,
		O_NOCTTY,
		O_NOFOLLOW,
		O_PATH,
		O_PATH | O_CLOEXEC,
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

	if (fd == -1)
		SKIP_IF(errno_skip_reason("needs CONFIG_SIGNALFD",
					  BLOCKED("signalfd4")));
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

	*lock = (struct flock){
		.l_type = F_WRLCK,
		.l_start = byte,
		.l_len = 1,
	};
	return worker_run(w, fcntl_lock, fd, command, (long)lock);
}

/* A kernel that closes what it has looked at would drop its POSIX locks. */
TEST_F(fd, keeps_posix_locks)
{
	struct flock mine = { .l_type = F_WRLCK, .l_len = 1 };
	struct worker *child, *third;
	int fd = open_memfd(), i;

	SKIP_IF(memfd_skip_reason(fd));
	if (fcntl(fd, F_SETLK, &mine) && (errno == EACCES || errno == EINVAL))
		SKIP_IF("needs CONFIG_FILE_LOCKING");
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

	SKIP_IF(memfd_skip_reason(fd));
	copy = dup(fd);
	ASSERT_EQ(0, ftruncate(fd, 100));
	ASSERT_EQ(50, lseek(copy, 50, SEEK_SET));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
	ASSERT_EQ(0, fcntl(copy, F_SETFL, O_APPEND));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
	ASSERT_EQ(0, fcntl(copy, F_SETFD, FD_CLOEXEC));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
	ASSERT_EQ(0, fcntl(copy, F_SETOWN, self->me));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
}

/* State of a memfd and of a pipe that kcmp() must leave unchanged. */
struct traces {
	long offset, status_flags, fd_flags, readiness, bytes;
	long pipe_status_flags, pipe_fd_flags;
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
	now->pipe_status_flags = fcntl(arg[2], F_GETFL);
	now->pipe_fd_flags = fcntl(arg[2], F_GETFD);
	fstat(arg[1], &now->stat);
	poll(&ready, 1, 0);
	now->readiness = ready.revents;
	ioctl(arg[2], FIONREAD, &bytes);
	now->bytes = bytes;
	return 0;
}

#define EXPECT_UNCHANGED(before, after)                                   \
	do {                                                              \
		EXPECT_EQ((before).offset, (after).offset);               \
		EXPECT_EQ((before).status_flags, (after).status_flags);   \
		EXPECT_EQ((before).fd_flags, (after).fd_flags);           \
		EXPECT_EQ((before).pipe_status_flags,                     \
			  (after).pipe_status_flags);                     \
		EXPECT_EQ((before).pipe_fd_flags, (after).pipe_fd_flags); \
		EXPECT_EQ((before).readiness, (after).readiness);         \
		EXPECT_EQ((before).bytes, (after).bytes);                 \
		EXPECT_EQ((before).stat.st_size, (after).stat.st_size);   \
		EXPECT_EQ((before).stat.st_nlink, (after).stat.st_nlink); \
		EXPECT_EQ(0, memcmp(&(before).stat.st_atim,               \
				    &(after).stat.st_atim,                \
				    sizeof((before).stat.st_atim)));      \
		EXPECT_EQ(0, memcmp(&(before).stat.st_mtim,               \
				    &(after).stat.st_mtim,                \
				    sizeof((before).stat.st_mtim)));      \
		EXPECT_EQ(0, memcmp(&(before).stat.st_ctim,               \
				    &(after).stat.st_ctim,                \
				    sizeof((before).stat.st_ctim)));      \
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

	SKIP_IF(memfd_skip_reason(file));
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
	ASSERT_EQ(0, worker_run(child, note_traces, (long)of_child, file,
				ends[0]));
	child_before = *of_child;
	EXPECT_SAME(me, pid, KCMP_FILE, file, file);
	EXPECT_SAME(me, pid, KCMP_FILE, ends[0], ends[0]);
	EXPECT_DIFFERENT(me, pid, KCMP_FILE, ends[0], file);
	EXPECT_KCMP_BY(child, 0, me, pid, KCMP_FILE, file, file);
	EXPECT_KCMP(-EBADF, me, pid, KCMP_FILE, file, 900);
	EXPECT_KCMP(-EBADF, pid, me, KCMP_FILE, 900, ends[0]);
	note_traces(WORKER_ARGS((long)&after, file, ends[0]));
	ASSERT_EQ(0, worker_run(child, note_traces, (long)of_child, file,
				ends[0]));
	EXPECT_UNCHANGED(before, after);
	EXPECT_UNCHANGED(child_before, *of_child);
}

/* Returns 0 when both write ends are closed and no reference is kept. */
static long reads_end_of_file(int fd)
{
	char byte;
	ssize_t n;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	n = read(fd, &byte, 1);
	return n == -1 ? -errno : n;
}

/* The pipe's write end is asked about, by pids with tables of their own. */
TEST_F(fd, reference_to_nonblocking_file_is_dropped)
{
	int ends[2];

	ASSERT_EQ(0, pipe2(ends, O_NONBLOCK));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, ends[1], ends[1]);
	EXPECT_KCMP(-EBADF, self->me, self->me, KCMP_FILE, ends[1], 900);
	EXPECT_KCMP(-EBADF, self->me, self->me, KCMP_FILE, 900, ends[1]);
	close(ends[1]);
	EXPECT_EQ(0, reads_end_of_file(ends[0]));
}

TEST_F(fd, reference_to_file_of_thread_is_dropped)
{
	struct worker *process, *thread;
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	process = worker_spawn(0);
	ASSERT_SPAWNED(process);
	thread = worker_spawn_by(process, by_clone, CLONE_A_THREAD, 0);
	ASSERT_SPAWNED(thread);
	EXPECT_SAME(self->me, thread->pid, KCMP_FILE, ends[1], ends[1]);
	EXPECT_SAME(process->pid, thread->pid, KCMP_FILE, ends[1], ends[1]);
	ASSERT_EQ(0, worker_syscall(thread, SYS_close, ends[1]));
	ASSERT_EQ(0, worker_syscall(process, SYS_close, ends[1]));
	close(ends[1]);
	EXPECT_EQ(0, reads_end_of_file(ends[0]));
}

/* Around each size that an fd table has while it grows. */
TEST_F(fd, any_number_works)
{
	static const int numbers[] = { 0,    63,   64,	 65,   127,   128,
				       255,  256,  257,	 511,  512,   1000,
				       1023, 1024, 1025, 4000, 32768, 65000 };
	bool works[ARRAY_SIZE(numbers)] = { false };
	int other = self->other;
	struct rlimit limit;
	unsigned int i;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		SKIP_IF(errno_skip_reason(NULL, BLOCKED("prlimit64")));
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
TEST_F(fd, index_belongs_to_its_task)
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
TEST_F(fd, closed_in_caller_works_for_others)
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
TEST_F(fd, thread_has_its_own_table)
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
	int kept[] = { dup(gone[0]), dup2(fd, spot),
		       fcntl(gone[0], F_DUPFD, 70), dup2(gone[0], 251),
		       dup2(fd, dup3(fd, 152, O_CLOEXEC)) };
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
	char *argv[] = { "worker", "--worker", t->id, NULL };
	char *envp[] = { NULL };

	syscall(SYS_execveat, arg[1], "", argv, envp, AT_EMPTY_PATH);
	return -errno;
}

TEST_F(fd, program_fd_survives_execveat)
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
	if (pidfd != -1)
		return NULL;
	return errno_skip_reason("needs Linux 5.3 (pidfd_open)",
				 BLOCKED("pidfd_open"));
}

/*
 * Returns why pidfd_getfd() failed, or NULL.  Unlike kcmp(), it asks for
 * PTRACE_MODE_ATTACH.
 */
static const char *pidfd_getfd_skip_reason(int fd)
{
	if (fd != -1)
		return NULL;
	if (errno == ENOSYS)
		return errno_skip_reason("needs Linux 5.6 (pidfd_getfd)",
					 BLOCKED("pidfd_getfd"));
	return errno_skip_reason("needs permission to attach (Yama, SELinux)",
				 BLOCKED("pidfd_getfd"));
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

#define PIDFD_OF_THREAD O_EXCL /* PIDFD_THREAD */

TEST_F(fd, taken_from_thread_is_same)
{
	struct worker *thread =
		worker_spawn_by(self->child, by_clone, CLONE_A_THREAD, 0);
	int pidfd, fd;

	ASSERT_SPAWNED(thread);
	ASSERT_EQ(90,
		  worker_syscall(self->child, SYS_dup3, self->other, 90, 0));
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
TEST_F(fd, end_of_table_is_inherited)
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
		EXPECT_DIFFERENT(self->me, pid, KCMP_FILE, self->other,
				 last[i]);
		EXPECT_KCMP(-EBADF, self->me, pid, KCMP_FILE, self->fd,
			    last[i] + 1);
	}
}

/* Lowering RLIMIT_NOFILE leaves open descriptors usable. */
TEST_F(fd, above_lowered_limit_is_inherited)
{
	struct rlimit limit = { .rlim_cur = 80, .rlim_max = 80 };
	struct worker *grandchild;

	ASSERT_EQ(300, worker_syscall(self->child, SYS_dup3, self->fd, 300, 0));
	if (prlimit(self->pid, RLIMIT_NOFILE, &limit, NULL))
		SKIP_IF(errno_skip_reason(NULL, BLOCKED("prlimit64")));
	grandchild = worker_spawn_by(self->child, by_clone, 0, 0);
	ASSERT_SPAWNED(grandchild);
	EXPECT_SAME(self->me, grandchild->pid, KCMP_FILE, self->fd, 300);
	EXPECT_DIFFERENT(self->me, grandchild->pid, KCMP_FILE, self->other,
			 300);
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

/* clang-format off */
FIXTURE_VARIANT_ADD(bad_fd, closed) { .closed = true };
FIXTURE_VARIANT_ADD(bad_fd, never_opened) { .number = 60 };
FIXTURE_VARIANT_ADD(bad_fd, just_past_the_table) { .number = 256 };
FIXTURE_VARIANT_ADD(bad_fd, beyond_the_table) { .number = 1 << 20 };
FIXTURE_VARIANT_ADD(bad_fd, int_max) { .number = INT_MAX };
FIXTURE_VARIANT_ADD(bad_fd, bit_31) { .number = 1UL << 31 };
FIXTURE_VARIANT_ADD(bad_fd, minus_one) { .number = UINT_MAX };
FIXTURE_VARIANT_ADD(bad_fd, ulong_max) { .number = ULONG_MAX };
/* clang-format on */

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

TEST_F(bad_fd, is_ebadf_as_idx1)
{
	pid_t me = self->me, pid = self->pid;
	unsigned long bad = self->bad;

	EXPECT_KCMP(-EBADF, me, me, KCMP_FILE, bad, self->fd);
	EXPECT_KCMP(-EBADF, me, pid, KCMP_FILE, bad, self->fd);
	EXPECT_KCMP(-EBADF, pid, me, KCMP_FILE, bad, self->fd);
}

TEST_F(bad_fd, is_ebadf_as_idx2)
{
	pid_t me = self->me, pid = self->pid;
	unsigned long bad = self->bad;

	EXPECT_KCMP(-EBADF, me, me, KCMP_FILE, self->fd, bad);
	EXPECT_KCMP(-EBADF, me, pid, KCMP_FILE, self->fd, bad);
	EXPECT_KCMP(-EBADF, pid, me, KCMP_FILE, self->fd, bad);
}

/* A descriptor that is not open is not the same as itself. */
TEST_F(bad_fd, is_ebadf_as_both)
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
		unsigned long idx =
			n < 64 ? -1UL - n * 64 :
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
TEST_F(file_order, follows_the_description)
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

TEST_F(file_order, same_in_every_task)
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
