// SPDX-License-Identifier: GPL-2.0
/*
 * KCMP_FILE: two descriptors are the same when they refer to the same open file
 * description, wherever each of them came from.
 */
#include "kcmp_harness.h"

#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#define MISSING_64BIT	(sizeof(long) == 8 ? NULL : \
			 "missing 64-bit registers (CONFIG_64BIT)")

/* The upper half of a 64-bit register, filled with the bits of a lower one. */
#define UPPER_HALF	((unsigned long)0xdeadca75 << (sizeof(long) * 8 - 32))

#define CLONE_A_THREAD	(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

/* ------------------------------------------------------------------ */
/* KCMP_FILE, over every kind of descriptor.                           */

/* Each returns a new descriptor, or -1. */
static int open_regular(void)
{
	return open("/proc/self/exe", O_RDONLY);
}

static int open_unlinked(void)
{
	const char *dir = getenv("TMPDIR");

	return open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR, 0600);
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

static int open_memfd(void)
{
	return memfd_create("kcmp", 0);
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

FIXTURE(file)
{
	int fd, other;
};

FIXTURE_VARIANT(file)
{
	int (*open)(void);
	const char *missing;
};

#define FILE_VARIANT(kind, reason) \
FIXTURE_VARIANT_ADD(file, kind) { \
	.open = open_##kind, .missing = "missing " reason \
}

FILE_VARIANT(regular, "/proc/self/exe (CONFIG_PROC_FS)");
FILE_VARIANT(unlinked, "O_TMPFILE (file system of TMPDIR)");
FILE_VARIANT(directory, "/ (permission)");
FILE_VARIANT(path, "O_PATH (Linux 2.6.39)");
FILE_VARIANT(device, "/dev/null (mknod)");
FILE_VARIANT(namespace, "/proc/self/ns (CONFIG_PROC_FS)");
FILE_VARIANT(memfd, "memfd_create (CONFIG_MEMFD_CREATE)");
FILE_VARIANT(pipe, "pipes (RLIMIT_NOFILE)");
FILE_VARIANT(socket, "unix sockets (CONFIG_UNIX)");
FILE_VARIANT(eventfd, "eventfd (CONFIG_EVENTFD)");
FILE_VARIANT(epoll, "epoll (CONFIG_EPOLL)");
FILE_VARIANT(inotify, "inotify (CONFIG_INOTIFY_USER)");
FILE_VARIANT(signalfd, "signalfd (CONFIG_SIGNALFD)");
FILE_VARIANT(timerfd, "timerfd (CONFIG_TIMERFD)");
FILE_VARIANT(pidfd, "pidfd_open (Linux 5.3)");

FIXTURE_SETUP(file)
{
	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	self->fd = variant->open();
	self->other = variant->open();
	SKIP_IF(self->other < 0 ? variant->missing : NULL);
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

/* Also where both mean one file, directory, process or namespace. */
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

/* The child's number for it is another one, and another file has ours. */
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

/* Descriptors through a socket; each returns 0 or -errno. */
#define FDS_IN_MESSAGE	4

union fd_message {
	struct cmsghdr header;
	char space[CMSG_SPACE(FDS_IN_MESSAGE * sizeof(int))];
};

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

/* arg: the socket, where to put the numbers, how many. */
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

TEST_F(file, received_is_same)
{
	int sv[2], fd = self->fd, mine, *got;
	struct worker *child;
	pid_t me = getpid();

	SKIP_IF(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) ?
			"missing unix sockets (CONFIG_UNIX)" : NULL);
	child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(child);
	ASSERT_EQ(0, send_fds(sv[0], &fd, 1));
	got = (int *)child->scratch;
	ASSERT_EQ(0, worker_run(child, receive_fds, sv[1], (long)got, 1));
	ASSERT_LT(sv[1], *got);
	EXPECT_SAME(me, child->pid, KCMP_FILE, fd, *got);
	EXPECT_SAME(child->pid, child->pid, KCMP_FILE, fd, *got);
	EXPECT_DIFFERENT(me, child->pid, KCMP_FILE, self->other, *got);

	/* In flight it needs no number at all. */
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

	SKIP_IF(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) ?
			"missing unix sockets (CONFIG_UNIX)" : NULL);
	sent[2] = sv[0];
	sent[3] = open("/dev/null", O_PATH);
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

/* The newer way to ask the same of one's own descriptors (Linux 6.10). */
TEST_F(file, agrees_with_f_dupfd_query)
{
	int fd = self->fd, copy = dup(fd);
	pid_t me = getpid();

	SKIP_IF(fcntl(0, F_DUPFD_QUERY, 0) == -1 ?
			"missing F_DUPFD_QUERY (Linux 6.10)" : NULL);
	EXPECT_EQ(1, fcntl(fd, F_DUPFD_QUERY, copy));
	EXPECT_KCMP(0, me, me, KCMP_FILE, fd, copy);
	EXPECT_EQ(0, fcntl(fd, F_DUPFD_QUERY, self->other));
	EXPECT_KCMP(KCMP_DIFFERS, me, me, KCMP_FILE, fd, self->other);
}

/* ------------------------------------------------------------------ */
/* KCMP_FILE, where the kind of file does not matter.                  */

FIXTURE(fd)
{
	struct worker *child;
	pid_t me, pid;
	int fd, other;
};

FIXTURE_SETUP(fd)
{
	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	self->fd = open("/dev/null", O_RDWR);
	self->other = open("/dev/null", O_RDWR);
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

/* The system call takes two pid_t and an int. */
TEST_F(fd, upper_halves_of_pids_and_type_are_ignored)
{
	const unsigned long up = UPPER_HALF;
	int fd = self->fd;

	SKIP_IF(MISSING_64BIT);
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

	SKIP_IF(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) ?
			"missing unix sockets (CONFIG_UNIX)" : NULL);
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, ends[0], ends[1]);
}

/* open() makes a description, whichever way the path leads to the file. */
TEST_F(fd, reopened_through_proc_is_different)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	again = open(path, O_RDWR);
	ASSERT_LE(0, again);
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, self->fd, again);
}

TEST_F(fd, o_path_is_not_the_open_file)
{
	int path = open("/dev/null", O_PATH);

	ASSERT_LE(0, path);
	EXPECT_SAME(self->me, self->me, KCMP_FILE, path, dup(path));
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, path, self->fd);
}

TEST_F(fd, updated_signalfd_is_same)
{
	int fd, copy;
	sigset_t set;

	sigemptyset(&set);
	fd = signalfd(-1, &set, 0);
	SKIP_IF(fd == -1 ? "missing signalfd (CONFIG_SIGNALFD)" : NULL);
	copy = dup(fd);
	sigaddset(&set, SIGUSR1);
	EXPECT_EQ(fd, signalfd(fd, &set, 0));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
}

/* To ask about a file is not to close it, which would unlock it (fcntl(2)). */
TEST_F(fd, that_is_locked_stays_locked)
{
	int fd = open_memfd(), i;
	struct flock *lock;
	struct flock mine = { .l_type = F_WRLCK, .l_len = 1 };
	struct worker *third;

	SKIP_IF(fd == -1 || fcntl(fd, F_SETLK, &mine) ?
			"missing POSIX locks (CONFIG_FILE_LOCKING)" : NULL);
	self->child = worker_spawn(0);
	ASSERT_SPAWNED(self->child);
	self->pid = self->child->pid;
	lock = (struct flock *)self->child->scratch;
	*lock = (struct flock){ .l_type = F_WRLCK, .l_start = 1, .l_len = 1 };
	ASSERT_EQ(0, worker_syscall(self->child, SYS_fcntl, fd, F_SETLK,
				  (long)lock));
	EXPECT_SAME(self->me, self->pid, KCMP_FILE, fd, fd);
	EXPECT_SAME(self->pid, self->pid, KCMP_FILE, fd, fd);
	third = worker_spawn(0);
	ASSERT_SPAWNED(third);
	lock = (struct flock *)third->scratch;
	for (i = 0; i < 2; i++) {
		*lock = (struct flock){ .l_type = F_WRLCK, .l_start = i, .l_len = 1 };
		ASSERT_EQ(0, worker_syscall(third, SYS_fcntl, fd, F_GETLK,
					  (long)lock));
		EXPECT_EQ(i ? self->pid : self->me, lock->l_pid);
	}
}

/* They belong to the description, and so to all of its descriptors. */
TEST_F(fd, offset_and_flags_do_not_matter)
{
	int fd = open_memfd(), copy = dup(fd);

	SKIP_IF(fd == -1 ?
			"missing memfd_create (CONFIG_MEMFD_CREATE)" : NULL);
	ASSERT_EQ(0, ftruncate(fd, 100));
	ASSERT_EQ(50, lseek(copy, 50, SEEK_SET));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
	ASSERT_EQ(0, fcntl(copy, F_SETFL, O_APPEND));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
	ASSERT_EQ(0, fcntl(copy, F_SETFD, FD_CLOEXEC));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
}

/* Around each size that a descriptor table has had on its way. */
TEST_F(fd, any_number_works)
{
	static const int numbers[] = {
		0, 63, 64, 65, 127, 128, 255, 256, 257, 511, 512, 1000, 1023,
		1024, 1025, 4000, 32768, 65000
	};
	bool works[ARRAY_SIZE(numbers)] = { false };
	int tried = 0, other = self->other;
	struct rlimit limit;
	unsigned int i;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		int n = numbers[i];

		if ((rlim_t)n >= limit.rlim_max || dup2(self->fd, n) != n)
			continue;
		EXPECT_SAME(self->me, self->me, KCMP_FILE, self->fd, n);
		EXPECT_SAME(self->me, self->pid, KCMP_FILE, n, self->fd);
		EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, other, n);
		works[i] = true;
		tried++;
	}
	EXPECT_LE(5, tried);
	/* A table that has grown holds what it has held. */
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

/* Closed here, open there: not the caller's table, that of the task. */
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

/* A table of its own, under an id that is not its leader's. */
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
 * Descriptors survive execve(), but those with FD_CLOEXEC, which belongs to the
 * number: dup2() over it, or F_DUPFD from it, is without.
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

	ASSERT_SPAWNED(parent);
	SKIP_IF(execve_skip_reason());
	child[0] = worker_spawn(CLONE_VM);
	child[1] = worker_spawn_by(parent, by_vfork, 0, 0);
	for (n = 0; n < 2; n++) {
		pid_t pid = child[n]->pid;

		ASSERT_SPAWNED(child[n]);
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

/* arg: the mailbox, the program. */
static long execveat_here(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	char *argv[] = { "worker", "--worker", t->id, NULL }, *envp[] = { NULL };

	syscall(SYS_execveat, arg[1], "", argv, envp, AT_EMPTY_PATH);
	return -errno;
}

TEST_F(fd, of_the_program_survives_its_execution_unless_cloexec)
{
	int gone = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int kept = dup(gone);
	struct worker *child = worker_spawn(0);

	ASSERT_SPAWNED(child);
	SKIP_IF(execve_skip_reason());
	ASSERT_EQ(0, worker_run(child, execveat_here, (long)child, gone));
	EXPECT_KCMP(-EBADF, self->me, child->pid, KCMP_FILE, gone, gone);
	EXPECT_SAME(self->me, child->pid, KCMP_FILE, gone, kept);
}

/* Why there is no such descriptor, or NULL. */
static const char *missing_pidfd_getfd(int fd)
{
	return fd == -1 && (errno == ENOSYS || errno == EPERM) ?
	       "missing pidfd_getfd (Linux 5.6, ptrace)" : NULL;
}

/* From the other's table: the numbers mean something else in the test's. */
TEST_F(fd, taken_with_pidfd_getfd_is_same)
{
	int pidfd = syscall(SYS_pidfd_open, self->pid, 0), fd;

	ASSERT_EQ(90, dup2(self->other, 90));
	ASSERT_EQ(90, worker_syscall(self->child, SYS_dup3, self->fd, 90, 0));
	fd = syscall(SYS_pidfd_getfd, pidfd, 90, 0);
	SKIP_IF(missing_pidfd_getfd(fd));
	ASSERT_LE(0, fd);
	EXPECT_SAME(self->me, self->pid, KCMP_FILE, fd, 90);
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, self->fd);
	EXPECT_DIFFERENT(self->me, self->pid, KCMP_FILE, 90, 90);
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, fd, 90);
}

TEST_F(fd, taken_from_a_thread_with_pidfd_getfd_is_same)
{
	struct worker *thread = worker_spawn_by(self->child, by_clone, CLONE_VM |
					    CLONE_SIGHAND | CLONE_THREAD, 0);
	int pidfd, fd;

	ASSERT_SPAWNED(thread);
	ASSERT_EQ(90, worker_syscall(self->child, SYS_dup3, self->other, 90, 0));
	ASSERT_EQ(90, worker_syscall(thread, SYS_dup3, self->fd, 90, 0));
	pidfd = syscall(SYS_pidfd_open, thread->pid, O_EXCL);
	SKIP_IF(pidfd == -1 ? "missing PIDFD_THREAD (Linux 6.9)" : NULL);
	fd = syscall(SYS_pidfd_getfd, pidfd, 90, 0);
	SKIP_IF(missing_pidfd_getfd(fd));
	ASSERT_LE(0, fd);
	EXPECT_SAME(self->me, thread->pid, KCMP_FILE, fd, 90);
	EXPECT_DIFFERENT(self->me, self->pid, KCMP_FILE, fd, 90);
}

/* Tables are allocated in steps, and copied as far as they are in use. */
TEST_F(fd, at_the_end_of_the_table_is_inherited)
{
	static const int last[] = { 63, 64, 127, 128, 192, 255, 256 };
	struct worker *child;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(last); i++) {
		ASSERT_EQ(last[i], dup2(self->fd, last[i]));
		child = worker_spawn(0);
		ASSERT_SPAWNED(child);
		EXPECT_SAME(self->me, child->pid, KCMP_FILE, last[i], last[i]);
		EXPECT_DIFFERENT(self->me, child->pid, KCMP_FILE, self->other,
				 last[i]);
		EXPECT_KCMP(-EBADF, self->me, child->pid, KCMP_FILE, last[i],
			    last[i] + 1);
		ASSERT_EQ(0, close(last[i]));
	}
}

/* A limit is for what is to come. */
TEST_F(fd, above_a_limit_that_was_lowered_is_inherited)
{
	struct rlimit limit = { .rlim_cur = 80, .rlim_max = 80 };
	struct worker *grandchild;

	ASSERT_EQ(300, worker_syscall(self->child, SYS_dup3, self->fd, 300, 0));
	ASSERT_EQ(0, prlimit(self->pid, RLIMIT_NOFILE, &limit, NULL));
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
	EXPECT_KCMP(0, getpid(), self->sharer->pid, KCMP_FILE, 90, 90);
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
	SKIP_IF(err == -ENOSYS ? "missing close_range (Linux 5.9)" : NULL);
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

	SKIP_IF(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) ?
			"missing unix sockets (CONFIG_UNIX)" : NULL);
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
	int pidfd = syscall(SYS_pidfd_open, self->owner->pid, 0);
	int fd = syscall(SYS_pidfd_getfd, pidfd, 90, 0);

	SKIP_IF(missing_pidfd_getfd(fd));
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
/* Numbers that are no descriptor, on either side and on both.         */

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
	self->fd = open("/dev/null", O_RDWR);
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

/* ------------------------------------------------------------------ */
/* The order of open file descriptions.                                */

static int open_nth_kind(int n)
{
	static int (*const kinds[])(void) = {
		open_device, open_pipe, open_directory, open_regular, open_path
	};

	return kinds[n % ARRAY_SIZE(kinds)]();
}

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
		self->fd[i] = open_nth_kind(i);
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

/* One description has one place, by whichever descriptor it is named. */
TEST_F(file_order, is_that_of_the_descriptions)
{
	pid_t me = self->me;
	int i;

	for (i = 1; i < 32; i++) {
		int a = self->fd[0], b = self->fd[i];
		long order = sys_kcmp(me, me, KCMP_FILE, a, b);

		EXPECT_DIFFERS(order);
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

		EXPECT_DIFFERS(order);
		EXPECT_KCMP(order, me, pid, KCMP_FILE, a, b);
		EXPECT_KCMP(order, pid, me, KCMP_FILE, a, b);
		EXPECT_KCMP(order, pid, pid, KCMP_FILE, a, b);
	}
}

TEST_HARNESS_MAIN
