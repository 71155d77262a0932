// SPDX-License-Identifier: GPL-2.0
/*
 * kcmp(2) under load: asked while the tasks in question execute programs, end,
 * change their permissions, descriptors and registrations; asked in the middle
 * of an execve() or a page fault that does not come to an end; asked so often
 * that whatever it does not give back shows.
 *
 * Only what cannot happen on a right kernel is a failure.  Waiting is made to
 * happen, not hoped for: with ptrace stops, zombies, userfaultfd and FUSE.  The
 * storms are bounded by time, a second in all unless KCMP_STRESS says how many.
 */
#include "kcmp_harness.h"

#include <linux/fuse.h>
#include <linux/membarrier.h>
#include <linux/mount.h>
#include <linux/userfaultfd.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY	1
#endif

#define STORMS		6	/* that share the time */

/* storm_end() is the watchdog of a storm, however long. */
#define STORM_TIMEOUT	100000

/* Returns how long one storm may last. */
static int storm_ms(void)
{
	const char *seconds = getenv("KCMP_STRESS");

	return (seconds && atoi(seconds) > 0 ? atoi(seconds) : 1) * 600 / STORMS;
}

/* ------------------------------------------------------------------ */
/* Asking all the time, and what came of it.                           */

enum outcome {
	SAME = 1 << 0, LESS = 1 << 1, GREATER = 1 << 2, UNORDERED = 1 << 3,
	NO_PERM = 1 << 4, NO_TASK = 1 << 5, NO_FD = 1 << 6, NO_NUMBER = 1 << 7,
	ANYTHING_ELSE = 1 << 8,
	DIFFERENT = LESS | GREATER | UNORDERED,
};

static enum outcome outcome_of(long answer)
{
	switch (answer) {
	case 0: case 1: case 2: case 3:
		return 1 << answer;
	case -EPERM:
		return NO_PERM;
	case -ESRCH:
		return NO_TASK;
	case -EBADF:
		return NO_FD;
	case -ENOENT:
		return NO_NUMBER;
	default:
		return ANYTHING_ELSE;
	}
}

/* What to ask, and which outcomes there were. */
struct hammer {
	pid_t a, b;
	unsigned int fd_a, fd_b;	/* for KCMP_FILE */
	struct kcmp_epoll_slot slot;	/* of b, with a's fd_a */
	long long until;
	const volatile pid_t *moving;	/* in the place of b, if set */
	bool missing[KCMP_TYPES];	/* cannot be asked about here */
	unsigned int between[KCMP_TYPES], twice[KCMP_TYPES];
};

static long ask(const struct hammer *h, pid_t a, pid_t b, int type, int swap)
{
	unsigned long idx1 = swap ? h->fd_b : h->fd_a;
	unsigned long idx2 = swap ? h->fd_a : h->fd_b;

	if (type == KCMP_EPOLL_TFD)
		idx2 = (unsigned long)&h->slot;
	return sys_kcmp(a, b, type, idx1, idx2);
}

/* Asks about one type, in both orders and about one task twice. */
static void hammer_once(struct hammer *h, int type)
{
	pid_t a = h->a, b = h->moving ? *h->moving : h->b;

	h->between[type] |= outcome_of(ask(h, a, b, type, 0));
	if (type != KCMP_EPOLL_TFD)
		h->between[type] |= outcome_of(ask(h, b, a, type, 1));
	if (type != KCMP_FILE && type != KCMP_EPOLL_TFD)
		h->twice[type] |= outcome_of(ask(h, b, b, type, 0));
}

/* Asks about everything, at least once. */
static long hammer(const long *arg)
{
	struct hammer *h = (struct hammer *)arg[0];
	int type;

	do {
		for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++)
			if (!h->missing[type])
				hammer_once(h, type);
	} while (clock_ms() < h->until);
	return 0;
}

FIXTURE(storm)
{
	struct worker *caller[2], *a, *b;
	struct hammer *h[2];
	int fd, other;
};

FIXTURE_SETUP(storm)
{
	int i;

	SKIP_IF(kcmp_skip_reason_any());
	self->fd = open("/dev/null", O_RDONLY);
	self->other = open("/dev/null", O_RDONLY);
	ASSERT_LE(0, self->other);
	self->a = worker_spawn(0);
	ASSERT_SPAWNED(self->a);
	self->b = worker_spawn(0);
	ASSERT_SPAWNED(self->b);
	for (i = 0; i < 2; i++) {
		self->caller[i] = worker_spawn(0);
		ASSERT_SPAWNED(self->caller[i]);
		self->h[i] = (struct hammer *)self->caller[i]->scratch;
		*self->h[i] = (struct hammer){
			.a = i ? self->b->pid : self->a->pid,
			.b = i ? self->a->pid : self->b->pid,
			.fd_a = self->fd, .fd_b = self->fd,
		};
	}
}

FIXTURE_TEARDOWN(storm)
{
	workers_end();
}

static void storm_begin(FIXTURE_DATA(storm) *self)
{
	int i, type;

	for (i = 0; i < 2; i++) {
		for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++)
			self->h[i]->missing[type] = kcmp_skip_reason(type);
		self->h[i]->until = clock_ms() + storm_ms();
		worker_post(self->caller[i], hammer,
			  WORKER_ARGS((long)self->h[i]));
	}
}

/* Returns 0 when both callers are through, WORKER_STUCK if one hangs. */
static long storm_end(FIXTURE_DATA(storm) *self)
{
	long ms = storm_ms() + WORKER_TIMEOUT;

	return worker_done_within(self->caller[0], ms) &&
	       worker_done_within(self->caller[1], ms) ? 0 : WORKER_STUCK;
}

/* Something was answered, and nothing but what may be. */
#define EXPECT_ONLY(allowed, h, which, type) do { \
	unsigned int __outcomes = (h)->which[type]; \
	EXPECT_NE((h)->missing[type], __outcomes != 0); \
	EXPECT_EQ(0U, __outcomes & ~(unsigned int)(allowed)) \
		TH_LOG(#which " " #type ": outcomes %#x, allowed %#x", \
		       __outcomes, (unsigned int)(allowed)); \
} while (0)

/* What two unrelated tasks may say, of all types, whatever they do. */
#define EXPECT_UNRELATED(h, also) do { \
	EXPECT_ONLY(DIFFERENT | (also), h, between, KCMP_VM); \
	EXPECT_ONLY(DIFFERENT | (also), h, between, KCMP_FILES); \
	EXPECT_ONLY(DIFFERENT | (also), h, between, KCMP_FS); \
	EXPECT_ONLY(DIFFERENT | (also), h, between, KCMP_SIGHAND); \
	EXPECT_ONLY(SAME | DIFFERENT | (also), h, between, KCMP_IO); \
	EXPECT_ONLY(SAME | DIFFERENT | (also), h, between, KCMP_SYSVSEM); \
} while (0)

#define EXPECT_ITSELF(h, also) do { \
	EXPECT_ONLY(SAME | (also), h, twice, KCMP_VM); \
	EXPECT_ONLY(SAME | (also), h, twice, KCMP_FS); \
	EXPECT_ONLY(SAME | (also), h, twice, KCMP_SIGHAND); \
} while (0)

/* Both execute themselves again and again; what they inherit stays the same. */
TEST_F_TIMEOUT(storm, of_execve, STORM_TIMEOUT)
{
	char until[24];
	int i;

	SKIP_IF(execve_skip_reason());
	snprintf(until, sizeof(until), "%lld", clock_ms() + storm_ms());
	strcpy(self->a->scratch, until);
	strcpy(self->b->scratch, until);
	worker_post(self->a, worker_do_execve,
		  WORKER_ARGS((long)self->a, (long)"/proc/self/exe",
			    (long)self->a->scratch));
	worker_post(self->b, worker_do_execve,
		  WORKER_ARGS((long)self->b, (long)"/proc/self/exe",
			    (long)self->b->scratch));
	storm_begin(self);
	ASSERT_EQ(0, storm_end(self));
	EXPECT_EQ(0, worker_result(self->a));
	EXPECT_EQ(0, worker_result(self->b));
	for (i = 0; i < 2; i++) {
		EXPECT_UNRELATED(self->h[i], 0);
		EXPECT_ITSELF(self->h[i], 0);
		EXPECT_ONLY(SAME, self->h[i], between, KCMP_FILE);
	}
}

/* Spawns children that end at once, until arg[1]; arg[0] tells who it is. */
static long spawn_children(const long *arg)
{
	volatile pid_t *now = (volatile pid_t *)arg[0];

	while (clock_ms() < arg[1]) {
		pid_t pid = fork();

		if (!pid)
			syscall(SYS_exit_group, 0);
		*now = pid;
		if (waitpid(pid, NULL, 0) != pid)
			return -errno;
	}
	return 0;
}

/* A moving target: there, a zombie, or gone. */
TEST_F_TIMEOUT(storm, of_children_that_end, STORM_TIMEOUT)
{
	volatile pid_t *now = (volatile pid_t *)self->b->scratch;
	int i;

	*now = self->b->pid;
	worker_post(self->b, spawn_children,
		  WORKER_ARGS((long)now, clock_ms() + storm_ms()));
	for (i = 0; i < 2; i++) {
		self->h[i]->a = self->a->pid;
		self->h[i]->moving = now;
	}
	storm_begin(self);
	ASSERT_EQ(0, storm_end(self));
	ASSERT_EQ(0, worker_result(self->b));
	for (i = 0; i < 2; i++) {
		EXPECT_UNRELATED(self->h[i], NO_TASK);
		EXPECT_ITSELF(self->h[i], NO_TASK);
		EXPECT_ONLY(SAME | NO_FD | NO_TASK, self->h[i], between, KCMP_FILE);
	}
	EXPECT_EQ(-ESRCH, sys_kcmp(*now, *now, KCMP_VM, 0, 0));
}

/* Makes itself dumpable and not, until arg[0]; ends as it began. */
static long flip_dumpable(const long *arg)
{
	while (clock_ms() < arg[0]) {
		prctl(PR_SET_DUMPABLE, 0);
		prctl(PR_SET_DUMPABLE, 1);
	}
	return 0;
}

/* One changes its mind, the other never gives permission: no answer slips out. */
TEST_F_TIMEOUT(storm, of_permission_changes, STORM_TIMEOUT)
{
	int i, type;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, worker_run(self->caller[i], worker_set_caps, 0));
	ASSERT_EQ(0, worker_run(self->a, worker_set_caps, 0));
	ASSERT_EQ(0, worker_run(self->b, worker_set_caps, 0));
	ASSERT_EQ(0, worker_syscall(self->a, SYS_prctl, PR_SET_DUMPABLE, 0));
	worker_post(self->b, flip_dumpable,
		  WORKER_ARGS(clock_ms() + storm_ms()));
	self->h[0]->a = self->caller[0]->pid;
	self->h[0]->b = self->b->pid;
	storm_begin(self);
	ASSERT_EQ(0, storm_end(self));
	ASSERT_EQ(0, worker_result(self->b));
	EXPECT_UNRELATED(self->h[0], NO_PERM);
	EXPECT_ITSELF(self->h[0], NO_PERM);
	for (type = KCMP_FILE; type <= KCMP_SYSVSEM; type++)
		EXPECT_ONLY(NO_PERM, self->h[1], between, type);
	for (i = KCMP_VM; i <= KCMP_SYSVSEM; i++)
		EXPECT_ONLY(NO_PERM, self->h[1], twice, i);
}

/* Closes the only descriptor of a pipe's end.  Returns whether the end is gone. */
static bool close_the_last(int number)
{
	struct pollfd gone = { .events = POLLIN };
	int ends[2];

	if (pipe(ends) || dup2(ends[1], number) == -1)
		return false;
	close(ends[1]);
	close(number);
	gone.fd = ends[0];
	poll(&gone, 1, WORKER_TIMEOUT);
	close(gone.fd);
	return gone.revents & POLLHUP;
}

/*
 * Puts two files under one number in turn, and one that is nowhere else; under
 * another there is always one of them.  arg: the two, until when.  Returns 0, or
 * -EIO when somebody has kept the last.
 */
static long reuse_number(const long *arg)
{
	while (clock_ms() < arg[2]) {
		dup2(arg[0], 50);
		dup2(arg[1], 50);
		if (!close_the_last(50))
			return -EIO;
		dup2(arg[0], 51);
		dup2(arg[1], 51);
	}
	return 0;
}

/* A number means one or the other, and is no hole in between. */
TEST_F_TIMEOUT(storm, of_reused_numbers, STORM_TIMEOUT)
{
	pid_t me = getpid();
	long order = sys_kcmp(me, me, KCMP_FILE, self->fd, self->other);
	int i;

	ASSERT_EQ(51, worker_syscall(self->b, SYS_dup3, self->fd, 51, 0));
	worker_post(self->b, reuse_number,
		  WORKER_ARGS(self->fd, self->other, clock_ms() + storm_ms()));
	self->h[0]->fd_b = 50;
	self->h[1]->fd_a = 51;
	self->h[1]->fd_b = self->other;
	storm_begin(self);
	ASSERT_EQ(0, storm_end(self));
	ASSERT_EQ(0, worker_result(self->b));
	EXPECT_ONLY(SAME | DIFFERENT | NO_FD, self->h[0], between, KCMP_FILE);
	EXPECT_ONLY(SAME | DIFFERENT, self->h[1], between, KCMP_FILE);
	EXPECT_EQ(order, sys_kcmp(me, me, KCMP_FILE, self->fd, self->other));
	for (i = 0; i < 2; i++)
		EXPECT_UNRELATED(self->h[i], 0);
}

/* Leaves a shared table, and comes back to no other: arg: until when. */
static long unshare_tables(const long *arg)
{
	while (clock_ms() < arg[0]) {
		unshare(CLONE_FILES);
		unshare(CLONE_FS);
		unshare(CLONE_SYSVSEM);
		syscall(SYS_close_range, 1000, 1000, CLOSE_RANGE_UNSHARE);
	}
	return 0;
}

TEST_F_TIMEOUT(storm, of_unshare, STORM_TIMEOUT)
{
	struct worker *sharer = worker_spawn_by(self->b, by_clone, CLONE_VM |
					    CLONE_FILES | CLONE_FS, 0);
	int i;

	ASSERT_SPAWNED(sharer);
	SKIP_IF(unshare_skip_reason());
	worker_post(self->b, unshare_tables,
		  WORKER_ARGS(clock_ms() + storm_ms()));
	storm_begin(self);
	ASSERT_EQ(0, storm_end(self));
	ASSERT_EQ(0, worker_result(self->b));
	for (i = 0; i < 2; i++) {
		EXPECT_UNRELATED(self->h[i], 0);
		EXPECT_ONLY(SAME, self->h[i], twice, KCMP_VM);
		EXPECT_ONLY(SAME, self->h[i], between, KCMP_FILE);
	}
	EXPECT_DIFFERENT(self->b->pid, sharer->pid, KCMP_FILES, 0, 0);
	EXPECT_DIFFERENT(self->b->pid, sharer->pid, KCMP_FS, 0, 0);
}

/* Registers and removes: arg: the instance, a file, until when. */
static long register_and_remove(const long *arg)
{
	struct epoll_event event = { .events = EPOLLIN };

	while (clock_ms() < arg[2]) {
		epoll_ctl(arg[0], EPOLL_CTL_ADD, arg[1], &event);
		epoll_ctl(arg[0], EPOLL_CTL_DEL, arg[1], NULL);
	}
	return 0;
}

/* One registration comes and goes, another stays; both are of b's instance. */
TEST_F_TIMEOUT(storm, of_registrations, STORM_TIMEOUT)
{
	int efd = epoll_create1(0), moving = eventfd(0, 0), fixed = eventfd(0, 0);
	struct epoll_event event = { .events = EPOLLIN };
	struct worker *holder;

	SKIP_IF(kcmp_skip_reason(KCMP_EPOLL_TFD));
	SKIP_IF(fixed == -1 ? "missing eventfd (CONFIG_EVENTFD)" : NULL);
	ASSERT_EQ(0, epoll_ctl(efd, EPOLL_CTL_ADD, fixed, &event));
	holder = worker_spawn(0);
	ASSERT_SPAWNED(holder);
	worker_post(holder, register_and_remove,
		  WORKER_ARGS(efd, moving, clock_ms() + storm_ms()));
	self->h[0]->a = self->h[0]->b = self->h[1]->a = self->h[1]->b =
		holder->pid;
	self->h[0]->fd_a = moving;
	self->h[0]->slot = (struct kcmp_epoll_slot){ efd, moving, 0 };
	self->h[1]->fd_a = fixed;
	self->h[1]->slot = (struct kcmp_epoll_slot){ efd, fixed, 0 };
	self->caller[0] = worker_spawn(0);
	self->caller[1] = worker_spawn(0);
	storm_begin(self);
	ASSERT_EQ(0, storm_end(self));
	ASSERT_EQ(0, worker_result(holder));
	EXPECT_ONLY(SAME | NO_NUMBER, self->h[0], between, KCMP_EPOLL_TFD);
	EXPECT_ONLY(SAME, self->h[1], between, KCMP_EPOLL_TFD);
}

/* ------------------------------------------------------------------ */
/* Whatever the answer, nothing stays taken: every path of every type. */

#define USER	59001	/* nobody's; root cannot map itself into a namespace */

enum fault {
	NO_FAULT, BAD_FD1, BAD_FD2, BAD_EFD, BAD_EPOLL, BAD_TFD, BAD_SLOT,
	BAD_PID1, BAD_PID2, UNDUMPABLE1, UNDUMPABLE2,
};

/* Of the same file, but for the last. */
enum number { LOW, HIGH, WITH_O_PATH, NUMBERS };

/* The answer: 0, 1 for "different", ANY of these, or -errno. */
#define ANY	2

struct path {
	int type;
	enum fault fault;
	long answer;
	enum number number;
};

static const struct path paths[] = {
	{ KCMP_VM, NO_FAULT, 1, LOW },
	{ KCMP_FILES, NO_FAULT, 1, LOW },
	{ KCMP_FS, NO_FAULT, 1, LOW },
	{ KCMP_SIGHAND, NO_FAULT, 1, LOW },
	{ KCMP_IO, NO_FAULT, ANY, LOW },
	{ KCMP_SYSVSEM, NO_FAULT, ANY, LOW },
	{ KCMP_FILE, NO_FAULT, 0, LOW },
	{ KCMP_FILE, BAD_FD1, -EBADF, LOW },
	{ KCMP_FILE, BAD_FD2, -EBADF, LOW },
	{ KCMP_FILE, NO_FAULT, 0, HIGH },
	{ KCMP_FILE, BAD_FD1, -EBADF, HIGH },
	{ KCMP_FILE, BAD_FD2, -EBADF, HIGH },
	{ KCMP_FILE, NO_FAULT, 0, WITH_O_PATH },
	{ KCMP_EPOLL_TFD, NO_FAULT, 0, LOW },
	{ KCMP_EPOLL_TFD, NO_FAULT, 0, HIGH },
	{ KCMP_EPOLL_TFD, NO_FAULT, 1, WITH_O_PATH },
	{ KCMP_EPOLL_TFD, BAD_TFD, -ENOENT, LOW },
	{ KCMP_EPOLL_TFD, BAD_EPOLL, -EINVAL, LOW },
	{ KCMP_EPOLL_TFD, BAD_EFD, -EBADF, LOW },
	{ KCMP_EPOLL_TFD, BAD_FD1, -EBADF, LOW },
	{ KCMP_EPOLL_TFD, BAD_SLOT, -EFAULT, LOW },
	{ INT_MAX, NO_FAULT, -EINVAL, LOW },
	{ KCMP_VM, BAD_PID1, -ESRCH, LOW },
	{ KCMP_VM, BAD_PID2, -ESRCH, LOW },
	{ KCMP_VM, UNDUMPABLE1, -EPERM, LOW },
	{ KCMP_VM, UNDUMPABLE2, -EPERM, LOW },
};

/*
 * The tasks that are compared live in user namespaces of their own, within one
 * that may have no more than those: a reference to a task keeps its credentials,
 * and these their namespace, which is missed when the next one is to be made.
 */
FIXTURE(path)
{
	struct worker *keeper, *a, *b;
	int fd[NUMBERS], efd[2], watcher, inode_watcher, other;
};

FIXTURE_VARIANT(path)
{
	unsigned int first, last;	/* of paths[] */
};

FIXTURE_VARIANT_ADD(path, of_objects) { 0, 5 };
FIXTURE_VARIANT_ADD(path, of_file) { 6, 12 };
FIXTURE_VARIANT_ADD(path, of_epoll_tfd) { 13, 20 };
FIXTURE_VARIANT_ADD(path, of_einval_and_esrch) { 21, 23 };
FIXTURE_VARIANT_ADD(path, of_eperm) { 24, 25 };

/*
 * Moves the caller, who is not root, into a new user namespace in which two more
 * may be made.  Returns 0 or -errno.
 */
static long keep_namespaces(const long *arg)
{
	long ids[2];

	(void)arg;
	if (!getuid() && (setgid(USER) || setuid(USER)))
		return -errno;
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ids[0] = getuid();
	ids[1] = getgid();
	if (unshare(CLONE_NEWUSER))
		return -errno;
	return worker_map_root(ids) ||
	       write_text("/proc/sys/user/max_user_namespaces", "2") ? -EIO : 0;
}

/*
 * Makes files that tell when they are gone: a pipe by POLLHUP, and a file that is
 * open with O_PATH only, and so on no other way, by inotify.  Returns 0 or -1.
 */
static int open_watched(FIXTURE_DATA(path) *self)
{
	int ends[2], memfd = memfd_create("watched", 0);
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", memfd);
	self->inode_watcher = inotify_init();
	if (inotify_add_watch(self->inode_watcher, path, IN_DELETE_SELF) == -1)
		self->inode_watcher = -1;
	self->fd[WITH_O_PATH] = open(path, O_PATH);
	close(memfd);
	if (pipe(ends))
		return -1;
	self->watcher = ends[0];
	self->fd[LOW] = ends[1];
	self->fd[HIGH] = dup2(ends[1], 200);
	return 0;
}

FIXTURE_SETUP(path)
{
	struct epoll_event event = { .events = EPOLLOUT };
	int i;

	SKIP_IF(kcmp_skip_reason_any() ?:
			kcmp_skip_reason(paths[variant->first].type));
	ASSERT_EQ(0, open_watched(self));
	self->other = open("/dev/null", O_RDONLY);
	for (i = 0; i < 2; i++) {
		self->efd[i] = epoll_create1(0);
		if (self->efd[i] != -1)
			ASSERT_EQ(0, epoll_ctl(self->efd[i], EPOLL_CTL_ADD,
					       self->fd[LOW], &event));
	}
	self->keeper = worker_spawn(0);
	ASSERT_SPAWNED(self->keeper);
	SKIP_IF(!getuid() && !(permitted_caps() & CAP(KILL)) ?
			"missing power over others (CAP_KILL)" : NULL);
	if (worker_run(self->keeper, keep_namespaces, 0))
		SKIP(SKIP_STATEMENT, "missing user namespaces (CONFIG_USER_NS)");
	self->a = worker_spawn_by(self->keeper, by_clone, CLONE_NEWUSER, 0);
	ASSERT_SPAWNED(self->a);
	self->b = worker_spawn_by(self->keeper, by_clone, CLONE_NEWUSER, 0);
	ASSERT_SPAWNED(self->b);
	ASSERT_EQ(-ENOSPC, worker_spawn_by(self->keeper, by_clone, CLONE_NEWUSER,
					 0)->pid);
}

FIXTURE_TEARDOWN(path)
{
	workers_end();
}

/* Has the keeper ask.  Returns whether the answer was right. */
static bool ask_on_path(FIXTURE_DATA(path) *self, const struct path *path,
			pid_t a, pid_t b)
{
	struct kcmp_epoll_slot *slot = (void *)self->keeper->scratch;
	enum fault fault = path->fault;
	bool same = a == b && path->type >= KCMP_VM && path->type <= KCMP_SYSVSEM;
	long fd = self->fd[path->number];
	long idx1 = fault == BAD_FD1 ? 900 : fd;
	long idx2 = fault == BAD_FD2 ? 900 : fd;
	long answer;

	slot->efd = fault == BAD_EFD ? 900 :
		    fault == BAD_EPOLL ? self->other :
		    self->efd[path->number != LOW];
	slot->tfd = fault == BAD_TFD ? 900 : self->fd[LOW];
	slot->toff = 0;
	if (path->type == KCMP_EPOLL_TFD)
		idx2 = fault == BAD_SLOT ? 0 : (long)slot;
	if (fault == BAD_PID1)
		a = INT_MAX;
	if (fault == BAD_PID2)
		b = INT_MAX;
	answer = worker_kcmp(self->keeper, a, b, path->type, idx1, idx2);
	return same && path->answer >= 0 ? !answer : path->answer == ANY ? kcmp_answers(answer) :
	       kcmp_unordered(answer) == path->answer;
}

/*
 * Takes each path some times: what is not given back once is missing already.
 * A task that is not dumpable is refused to who has no power outside.  Returns
 * how many answers were wrong.
 */
static int take_paths(FIXTURE_DATA(path) *self, unsigned int first,
		      unsigned int last)
{
	pid_t a = self->a->pid, b = self->b->pid, keeper = self->keeper->pid;
	unsigned int i, n, wrong = 0;

	for (i = first; i <= last; i++) {
		if (kcmp_skip_reason(paths[i].type))
			continue;
		worker_syscall(self->a, SYS_prctl, PR_SET_DUMPABLE,
			     paths[i].fault != UNDUMPABLE1);
		worker_syscall(self->b, SYS_prctl, PR_SET_DUMPABLE,
			     paths[i].fault != UNDUMPABLE2);
		for (n = 0; n < 5; n++)
			wrong += !ask_on_path(self, &paths[i], a, b);
		/* Of one task, and by itself, another way may be taken. */
		if (paths[i].fault == UNDUMPABLE1 || paths[i].fault == UNDUMPABLE2)
			continue;
		wrong += !ask_on_path(self, &paths[i], a, a);
		wrong += !ask_on_path(self, &paths[i], keeper, keeper);
	}
	return wrong;
}

/* exec_update_lock, which execve() takes to write. */
TEST_F(path, leaves_both_tasks_free_to_execve)
{
	unsigned int i;

	SKIP_IF(execve_skip_reason());
	for (i = variant->first; i <= variant->last; i++) {
		struct worker *a = worker_spawn_by(self->keeper, by_clone, 0, 0);
		struct worker *b = worker_spawn_by(self->keeper, by_clone, 0, 0);

		ASSERT_SPAWNED(a);
		ASSERT_SPAWNED(b);
		self->a = a;
		self->b = b;
		EXPECT_EQ(0, take_paths(self, i, i));
		EXPECT_EQ(0, worker_execve(a, "/proc/self/exe"))
			TH_LOG("type %d, fault %d", paths[i].type, paths[i].fault);
		EXPECT_EQ(0, worker_execve(b, "/proc/self/exe"))
			TH_LOG("type %d, fault %d", paths[i].type, paths[i].fault);
	}
}

/* Has a worker end its child.  Returns 0 or -errno. */
static long end_child_of(struct worker *parent, struct worker *child)
{
	if (worker_syscall(parent, SYS_kill, child->pid, SIGKILL))
		return -ESRCH;
	return worker_syscall(parent, SYS_wait4, child->pid, 0, __WALL, 0) ==
	       child->pid ? 0 : -ECHILD;
}

/*
 * Returns 0 when two more namespaces can be made, in bounded time: tasks are
 * freed after an RCU grace period, which a forgotten rcu_read_unlock() of the
 * caller would put off as well.  What it makes dies with it.  arg: until when.
 */
static long make_two_namespaces(const long *arg)
{
	int made = 0;

	while (made < 2) {
		long pid = fork_idle_child(CLONE_NEWUSER);

		if (pid > 0)
			made++;
		else if (pid != -ENOSPC || clock_ms() > arg[0])
			return pid;
		else
			poll(NULL, 0, 1);	/* others may have to free them */
	}
	return 0;
}

/* The tasks, and the files of which each of all had a descriptor. */
TEST_F(path, leaves_no_reference_behind)
{
	struct pollfd end = { .fd = self->watcher, .events = POLLIN };
	struct pollfd gone = { .fd = self->inode_watcher, .events = POLLIN };
	int i;

	EXPECT_EQ(0, take_paths(self, variant->first, variant->last));
	ASSERT_EQ(0, poll(&end, 1, 0));
	ASSERT_EQ(0, poll(&gone, 1, 0));
	ASSERT_EQ(0, end_child_of(self->keeper, self->a));
	ASSERT_EQ(0, end_child_of(self->keeper, self->b));
	EXPECT_EQ(0, worker_run(self->keeper, make_two_namespaces,
			      clock_ms() + WORKER_TIMEOUT * 9 / 10));
	for (i = 0; i < NUMBERS; i++)
		close(self->fd[i]);
	worker_end(self->keeper);
	EXPECT_EQ(1, poll(&end, 1, WORKER_TIMEOUT));
	EXPECT_EQ(POLLHUP, end.revents);
	if (gone.fd != -1)
		EXPECT_EQ(1, poll(&gone, 1, WORKER_TIMEOUT));
}

/* Copies this program to /tmp.  Returns 0 or -errno. */
static long copy_to_mount(const long *arg)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open("/tmp/program", O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	long n;

	(void)arg;
	while ((n = sendfile(to, from, NULL, 1 << 30)) > 0)
		;
	return n || close(from) || close(to) ? -errno : 0;
}

/*
 * Moves the caller's directory to /tmp, and all descriptors that the paths are
 * about: to a FIFO there. arg: the three numbers, and those of the two epoll
 * instances.  Returns 0 or -errno.
 */
static long move_to_mount(const long *arg)
{
	struct epoll_event event = { .events = EPOLLOUT };
	int fifo, place, i;

	if (chdir("/tmp") || mkfifo("fifo", 0600))
		return -errno;
	fifo = open("fifo", O_RDWR);
	place = open("fifo", O_PATH);
	if (unlink("fifo"))
		return -errno;
	if (dup2(fifo, arg[LOW]) == -1 || dup2(fifo, arg[HIGH]) == -1 ||
	    dup2(place, arg[WITH_O_PATH]) == -1)
		return -errno;
	for (i = NUMBERS; i < NUMBERS + 2; i++)
		if (arg[i] != -1 &&
		    (dup2(epoll_create1(0), arg[i]) == -1 ||
		     epoll_ctl(arg[i], EPOLL_CTL_ADD, arg[LOW], &event)))
			return -errno;
	return close(fifo) || close(place) ? -errno : 0;
}

/*
 * Has the keeper leave /tmp, too.  Returns 0, or -errno if that stays busy; who
 * has ended may still have to let go.
 */
static long unmount_in_time(struct worker *keeper, const int *fd, int fds)
{
	long end = clock_ms() + WORKER_TIMEOUT, err;

	worker_syscall(keeper, SYS_chdir, (long)"/");
	while (fds--)
		worker_syscall(keeper, SYS_close, fd[fds]);
	while ((err = worker_syscall(keeper, SYS_umount2, (long)"/tmp", 0)) ==
	       -EBUSY && clock_ms() < end)
		poll(NULL, 0, 1);
	return err;
}

/* Files, programs, mappings, directories: each keeps the mount that it is on. */
TEST_F(path, leaves_no_mount_busy)
{
	struct worker *keeper = self->keeper;

	SKIP_IF(execve_skip_reason());
	SKIP_IF(worker_syscall(keeper, SYS_unshare, CLONE_NEWNS) ||
			worker_syscall(keeper, SYS_mount, (long)"none", (long)"/tmp",
				     (long)"tmpfs", 0, 0) ?
			"missing file systems of one's own (CONFIG_TMPFS)" : NULL);
	ASSERT_EQ(0, worker_run(keeper, copy_to_mount, 0));
	ASSERT_EQ(0, worker_run(keeper, move_to_mount, self->fd[LOW],
			      self->fd[HIGH], self->fd[WITH_O_PATH],
			      self->efd[0], self->efd[1]));
	self->a = worker_spawn_by(keeper, by_clone, 0, 0);
	ASSERT_SPAWNED(self->a);
	self->b = worker_spawn_by(keeper, by_clone, 0, 0);
	ASSERT_SPAWNED(self->b);
	/* What is executed inside is the keeper's to look at, dumpable or not. */
	if (paths[variant->first].fault != UNDUMPABLE1) {
		ASSERT_EQ(0, worker_execve(self->a, "/tmp/program"));
		ASSERT_EQ(0, worker_execve(self->b, "/tmp/program"));
	}
	EXPECT_EQ(0, take_paths(self, variant->first, variant->last));
	ASSERT_EQ(0, end_child_of(keeper, self->a));
	ASSERT_EQ(0, end_child_of(keeper, self->b));
	ASSERT_EQ(-EBUSY, worker_syscall(keeper, SYS_umount2, (long)"/tmp", 0));
	EXPECT_EQ(0, unmount_in_time(keeper, self->fd, NUMBERS));
}

/* What a task cannot be without, by the names of the kernel's caches. */
static const char *const caches[] = {
	"task_struct", "pid", "mm_struct", "files_cache", "fs_cache",
	"sighand_cache", "signal_cache", "blkdev_ioc",
};

/* Returns how many objects of a cache are in use, or -1 if that is not told. */
static long count_objects(const char *cache)
{
	char path[64];
	long count = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", cache);
	write_text(path, "1");
	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/objects", cache);
	file = fopen(path, "re");
	if (file) {
		if (fscanf(file, "%ld", &count) != 1)
			count = -1;
		fclose(file);
	}
	return count;
}

/* Returns whether no more are in use, in bounded time: RCU may put it off. */
static bool are_no_more(const char *cache, long count)
{
	long end = clock_ms() + WORKER_TIMEOUT;

	while (count_objects(cache) > count) {
		if (clock_ms() > end)
			return false;
		poll(NULL, 0, 10);
	}
	return true;
}

/* Of as many pairs of tasks, others on the machine may use up half. */
#define PAIRS	40

TEST_F(path, leaves_no_object_of_the_kernel_behind)
{
	long before[ARRAY_SIZE(caches)];
	unsigned int i;

	SKIP_IF(is_disposable() ? NULL :
			"missing disposable machine (KCMP_DISPOSABLE)");
	SKIP_IF(count_objects("task_struct") == -1 ?
			"missing counts of objects (CONFIG_SLUB_DEBUG)" : NULL);
	/* Its children get an I/O context each. */
	worker_syscall(self->keeper, SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
		     IOPRIO_BEST_EFFORT(4));
	for (i = 0; i < ARRAY_SIZE(caches); i++)
		before[i] = count_objects(caches[i]);
	for (i = 0; i < PAIRS; i++) {
		self->a = worker_spawn_by(self->keeper, by_clone, 0, 0);
		ASSERT_SPAWNED(self->a);
		self->b = worker_spawn_by(self->keeper, by_clone, 0, 0);
		ASSERT_SPAWNED(self->b);
		EXPECT_EQ(0, take_paths(self, variant->first, variant->last));
		ASSERT_EQ(0, end_child_of(self->keeper, self->a));
		ASSERT_EQ(0, end_child_of(self->keeper, self->b));
	}
	for (i = 0; i < ARRAY_SIZE(caches); i++)
		EXPECT_TRUE(are_no_more(caches[i], before[i] + PAIRS / 2))
			TH_LOG("%s: %ld before, %ld after", caches[i], before[i],
			       count_objects(caches[i]));
}

/* ------------------------------------------------------------------ */
/* Targets that are stopped, or stuck on their way to a new program.   */

/* Has a worker execute this program, and become a worker again. */
static void post_execve(struct worker *t)
{
	worker_post(t, worker_do_execve,
		  WORKER_ARGS((long)t, (long)"/proc/self/exe"));
}

FIXTURE(stopped)
{
	struct worker *target;
	pid_t me, pid;
	int file;
};

FIXTURE_SETUP(stopped)
{
	SKIP_IF(kcmp_skip_reason_any());
	self->file = open("/dev/null", O_RDONLY);
	ASSERT_LE(0, self->file);
	self->target = worker_spawn(0);
	ASSERT_SPAWNED(self->target);
	self->me = getpid();
	self->pid = self->target->pid;
}

FIXTURE_TEARDOWN(stopped)
{
	workers_end();
}

/* "a process can be stopped with SIGSTOP": then no answer may change. */
TEST_F(stopped, task_gives_the_same_answers_all_the_time)
{
	long first[KCMP_EPOLL_TFD];
	siginfo_t info;
	int i, type, changed = 0;

	ASSERT_EQ(0, kill(self->pid, SIGSTOP));
	ASSERT_EQ(0, waitid(P_PID, self->pid, &info, WSTOPPED));
	for (type = 0; type < KCMP_EPOLL_TFD; type++)
		first[type] = sys_kcmp(self->me, self->pid, type, self->file,
				       self->file);
	for (i = 0; i < 200; i++)
		for (type = 0; type < KCMP_EPOLL_TFD; type++)
			changed += first[type] !=
				   sys_kcmp(self->me, self->pid, type,
					    self->file, self->file);
	EXPECT_EQ(0, changed);
	EXPECT_EQ(0, first[KCMP_FILE]);
	EXPECT_LT(0, first[KCMP_VM]);
}

/* Returns the ptrace event at which the target has stopped, or -1. */
static int await_ptrace_event(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return -1;
	return status >> 16;
}

/* In the middle of execve(), its new address space in place. */
TEST_F(stopped, execve_does_not_block_the_caller)
{
	struct worker *caller = worker_spawn(0);

	ASSERT_SPAWNED(caller);
	SKIP_IF(execve_skip_reason());
	SKIP_IF(ptrace(PTRACE_SEIZE, self->pid, 0, PTRACE_O_TRACEEXEC) ?
			"missing ptrace (Yama, or traced already)" : NULL);
	post_execve(self->target);
	ASSERT_EQ(PTRACE_EVENT_EXEC, await_ptrace_event(self->pid));
	EXPECT_DIFFERS(worker_kcmp(caller, self->me, self->pid, KCMP_VM));
	EXPECT_EQ(0, worker_kcmp(caller, self->pid, self->pid, KCMP_FILE,
			       self->file, self->file));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->pid, 0, 0));
	EXPECT_EQ(0, worker_result(self->target));
}

/* On its way out, with everything still in place. */
TEST_F(stopped, exit_does_not_block_the_caller)
{
	struct worker *caller = worker_spawn(0);

	ASSERT_SPAWNED(caller);
	SKIP_IF(ptrace(PTRACE_SEIZE, self->pid, 0, PTRACE_O_TRACEEXIT) ?
			"missing ptrace (Yama, or traced already)" : NULL);
	worker_post(self->target, NULL, WORKER_ARGS(SYS_exit_group, 0));
	ASSERT_EQ(PTRACE_EVENT_EXIT, await_ptrace_event(self->pid));
	EXPECT_DIFFERS(worker_kcmp(caller, self->me, self->pid, KCMP_VM));
	EXPECT_EQ(0, worker_kcmp(caller, self->pid, self->me, KCMP_FILE,
			       self->file, self->file));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->pid, 0, 0));
}

/*
 * execve() waits for the other threads to be gone, and a traced one is not until
 * its tracer has waited for it.  The tracer, here the test, could not as long as
 * kcmp() waited for the execve() in turn (before Linux 5.7).
 */
TEST_F(stopped, thread_that_holds_up_execve_does_not_block_the_caller)
{
	struct worker *caller = worker_spawn(0);
	struct worker *thread = worker_spawn_by(self->target, by_clone, CLONE_VM |
					    CLONE_SIGHAND | CLONE_THREAD, 0);

	ASSERT_SPAWNED(caller);
	ASSERT_SPAWNED(thread);
	SKIP_IF(execve_skip_reason());
	SKIP_IF(worker_syscall(thread, SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) ?
			"missing ptrace (Yama, or traced already)" : NULL);
	worker_post(thread, NULL, WORKER_ARGS(SYS_exit, 0));
	ASSERT_TRUE(wait_state(self->pid, thread->pid, 'Z'));
	post_execve(self->target);
	wait_state_briefly(self->pid, self->pid, 'D');
	EXPECT_DIFFERS(worker_kcmp(caller, self->me, self->pid, KCMP_VM));
	EXPECT_DIFFERS(worker_kcmp(caller, self->pid, self->me, KCMP_VM));
	EXPECT_EQ(0, worker_kcmp(caller, self->pid, self->pid, KCMP_VM));
	ASSERT_EQ(thread->pid, waitpid(thread->pid, NULL, __WALL));
	EXPECT_EQ(0, worker_result(self->target));
}

/*
 * A POSIX lock belongs to the descriptor table.  Whoever takes a reference to
 * that (kcmp() did before 5.11) makes execve() copy it, and the lock is gone.
 */
TEST_F(stopped, posix_lock_survives_execve_under_kcmp)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int file = memfd_create("lock", 0), efd = epoll_create1(0);
	struct worker *owner, *caller = worker_spawn(0);
	struct hammer *h = (struct hammer *)caller->scratch;
	char *until;

	ASSERT_SPAWNED(caller);
	SKIP_IF(execve_skip_reason());
	SKIP_IF(fcntl(file, F_GETLK, &lock) ?
			"missing POSIX locks (CONFIG_FILE_LOCKING)" : NULL);
	lock.l_type = F_WRLCK;
	owner = worker_spawn(0);
	ASSERT_SPAWNED(owner);
	until = owner->scratch + 256;
	memcpy(owner->scratch, &lock, sizeof(lock));
	ASSERT_EQ(0, worker_syscall(owner, SYS_fcntl, file, F_SETLK,
				  (long)owner->scratch));
	snprintf(until, 24, "%lld", clock_ms() + storm_ms());
	*h = (struct hammer){
		.a = owner->pid, .b = owner->pid, .fd_a = file, .fd_b = file,
		.slot = { efd, file, 0 }, .until = clock_ms() + storm_ms(),
	};
	worker_post(owner, worker_do_execve,
		  WORKER_ARGS((long)owner, (long)"/proc/self/exe", (long)until));
	worker_post(caller, hammer, WORKER_ARGS((long)h));
	ASSERT_EQ(0, worker_result(caller));
	ASSERT_EQ(0, worker_result(owner));
	ASSERT_EQ(0, fcntl(file, F_GETLK, &lock));
	EXPECT_EQ(F_WRLCK, lock.l_type);
	EXPECT_EQ(owner->pid, lock.l_pid);
}

/* ------------------------------------------------------------------ */
/* An execve() that is stuck closing a file, of a file system in user space. */

/*
 * The file system is a single file, mounted nowhere, and served by the test
 * alone: when that is gone, so is the file system, and nobody waits for it.
 */
FIXTURE(closing)
{
	struct worker *target, *caller, *other;
	int fuse;
	unsigned long long flush;	/* the request that waits for its answer */
};

static void handle_signal(int signal)
{
	(void)signal;
}

#define SET_OPTION(context, name, value) \
	syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, name, value, 0)

/* Returns a file system with the connection as its server, or -1. */
static int mount_fuse(int connection)
{
	int context = syscall(SYS_fsopen, "fuse", FSOPEN_CLOEXEC), mount = -1;
	char fd[16];

	snprintf(fd, sizeof(fd), "%d", connection);
	if (!SET_OPTION(context, "fd", fd) &&
	    !SET_OPTION(context, "rootmode", "100000") &&
	    !SET_OPTION(context, "user_id", "0") &&
	    !SET_OPTION(context, "group_id", "0") &&
	    !syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	close(context);
	return mount;
}

/* Answers a request: with as much of what FUSE_INIT and FUSE_OPEN ask for. */
static void answer_fuse(int fuse, const struct fuse_in_header *request)
{
	struct {
		struct fuse_out_header header;
		union {
			struct fuse_init_out init;
			struct fuse_open_out open;
		};
	} answer = { .header = { .unique = request->unique } };
	size_t size = 0;

	if (request->opcode == FUSE_INIT) {
		answer.init.major = FUSE_KERNEL_VERSION;
		answer.init.minor = 31;
		size = sizeof(answer.init);
	} else if (request->opcode == FUSE_OPEN) {
		size = sizeof(answer.open);
	} else if (request->opcode != FUSE_FLUSH) {
		answer.header.error = -ENOSYS;
	}
	answer.header.len = sizeof(answer.header) + size;
	if (write(fuse, &answer, answer.header.len) == -1)
		close(fuse);		/* then nobody waits, either */
}

/*
 * Serves until a request with this code has come, which is left without an
 * answer, and returned; or until the task is done, or nothing comes any more.
 */
static unsigned long long serve_until(int fuse, unsigned int opcode,
				      struct worker *t)
{
	union {
		struct fuse_in_header header;
		char room[FUSE_MIN_READ_BUFFER];
	} request;
	struct pollfd asked = { .fd = fuse, .events = POLLIN };
	long long end = clock_ms() + WORKER_TIMEOUT;

	while (clock_ms() < end && !worker_done_within(t, 0)) {
		if (poll(&asked, 1, 1) != 1 ||
		    read(fuse, &request, sizeof(request)) == -1)
			continue;
		if (request.header.opcode == opcode)
			return request.header.unique;
		answer_fuse(fuse, &request.header);
	}
	return 0;
}

/* Gives the target a descriptor of the file, to be closed by execve(). */
static long open_in_target(struct worker *target, int fuse, int mount)
{
	snprintf(target->scratch, WORKER_SCRATCH, "/proc/%d/fd/%d", getpid(), mount);
	worker_post(target, NULL, WORKER_ARGS(SYS_openat, AT_FDCWD,
					  (long)target->scratch,
					  O_RDONLY | O_CLOEXEC));
	serve_until(fuse, 0, target);
	return worker_result(target);
}

FIXTURE_SETUP(closing)
{
	int mount;

	self->fuse = -1;
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	SKIP_IF(execve_skip_reason());
	SKIP_IF(is_disposable() ? NULL :
			"missing disposable machine (KCMP_DISPOSABLE)");
	signal(SIGUSR1, handle_signal);
	/* Before there is a connection that they could keep open. */
	self->target = worker_spawn(0);
	ASSERT_SPAWNED(self->target);
	self->caller = worker_spawn(0);
	ASSERT_SPAWNED(self->caller);
	self->other = worker_spawn(0);
	ASSERT_SPAWNED(self->other);
	self->fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	SKIP_IF(self->fuse == -1 ? "missing FUSE (CONFIG_FUSE_FS)" : NULL);
	mount = mount_fuse(self->fuse);
	SKIP_IF(mount == -1 ? "missing power to mount (CAP_SYS_ADMIN)" :
			NULL);
	ASSERT_LE(0, open_in_target(self->target, self->fuse, mount));
	post_execve(self->target);
	self->flush = serve_until(self->fuse, FUSE_FLUSH, self->target);
	ASSERT_NE(0ULL, self->flush);
}

FIXTURE_TEARDOWN(closing)
{
	close(self->fuse);
	workers_end();
}

static void let_flush(FIXTURE_DATA(closing) *self)
{
	struct fuse_in_header flush = {
		.opcode = FUSE_FLUSH, .unique = self->flush,
	};

	answer_fuse(self->fuse, &flush);
}

/* Whether they wait is up to the kernel (until 7.2 they do); never EINTR. */
TEST_F(closing, in_execve_is_waited_for_at_most)
{
	worker_post(self->caller, NULL,
		  WORKER_ARGS(SYS_kcmp, getpid(), self->target->pid, KCMP_VM));
	worker_done_within(self->caller, 20);
	ASSERT_EQ(0, kill(self->caller->pid, SIGUSR1));
	let_flush(self);
	EXPECT_EQ(0, worker_result(self->target));
	EXPECT_DIFFERS(worker_result(self->caller));
	EXPECT_DIFFERENT(getpid(), self->target->pid, KCMP_VM, 0, 0);
}

TEST_F(closing, in_execve_lets_callers_end_with_sigkill)
{
	pid_t target = self->target->pid;

	worker_post(self->caller, NULL,
		  WORKER_ARGS(SYS_kcmp, getpid(), target, KCMP_VM));
	worker_post(self->other, NULL,
		  WORKER_ARGS(SYS_kcmp, target, getpid(), KCMP_FILE, 0, 0));
	worker_done_within(self->other, 20);
	EXPECT_EQ(SIGKILL, worker_end(self->caller));
	EXPECT_EQ(SIGKILL, worker_end(self->other));
	let_flush(self);
	EXPECT_EQ(0, worker_result(self->target));
	EXPECT_DIFFERENT(target, getpid(), KCMP_VM, 0, 0);
}

/* ------------------------------------------------------------------ */
/* A caller that waits for its own slot, and who waits for the caller. */

FIXTURE(waiting)
{
	struct worker *caller, *target;
	int uffd, efd, fd;
	size_t size;
	char *page;
};

/* Returns a userfaultfd that catches faults of the kernel, too, or -1. */
static int open_uffd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	return fd == -1 || ioctl(fd, UFFDIO_API, &api) ? -1 : fd;
}

FIXTURE_SETUP(waiting)
{
	struct epoll_event event = { .events = EPOLLOUT };
	struct uffdio_register range;

	SKIP_IF(kcmp_skip_reason(KCMP_EPOLL_TFD) ?: kcmp_skip_reason(KCMP_VM));
	/* A tracer that looks at the slot would wait for the page, too. */
	SKIP_IF(proc_status_field(getpid(), "TracerPid") ?
			"missing freedom (a tracer)" : NULL);
	self->uffd = open_uffd();
	SKIP_IF(self->uffd == -1 ? "missing userfaultfd "
			"(CONFIG_USERFAULTFD, vm.unprivileged_userfaultfd)" : NULL);
	self->size = sysconf(_SC_PAGESIZE);
	self->page = mmap(NULL, self->size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->page);
	range = (struct uffdio_register){
		.range = { (unsigned long)self->page, self->size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	ASSERT_EQ(0, ioctl(self->uffd, UFFDIO_REGISTER, &range));
	self->efd = epoll_create1(0);
	self->fd = eventfd(0, 0);
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_ADD, self->fd, &event));
	signal(SIGUSR1, handle_signal);
	self->caller = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->caller);
	self->target = worker_spawn(0);
	ASSERT_SPAWNED(self->target);
}

FIXTURE_TEARDOWN(waiting)
{
	/* Nobody waits for a page of what is no more. */
	close(self->uffd);
	workers_end();
}

/* Returns 0 once somebody has touched the page and waits for it. */
static int await_fault(FIXTURE_DATA(waiting) *self)
{
	struct pollfd fault = { .fd = self->uffd, .events = POLLIN };
	struct uffd_msg msg;

	return poll(&fault, 1, WORKER_TIMEOUT) == 1 &&
	       read(self->uffd, &msg, sizeof(msg)) == sizeof(msg) ? 0 : -ETIME;
}

/* Gives them the page, with the slot of the registration in it. */
static int resolve_fault(FIXTURE_DATA(waiting) *self)
{
	char content[self->size];
	struct uffdio_copy copy = {
		.dst = (unsigned long)self->page,
		.src = (unsigned long)content, .len = self->size,
	};
	struct kcmp_epoll_slot slot = { self->efd, self->fd, 0 };

	memset(content, 0, self->size);
	memcpy(content, &slot, sizeof(slot));
	return ioctl(self->uffd, UFFDIO_COPY, &copy) ? -errno : 0;
}

/* Has the caller ask about the target, with the page as the slot. */
static void ask_with_page(FIXTURE_DATA(waiting) *self)
{
	worker_post(self->caller, NULL,
		  WORKER_ARGS(SYS_kcmp, self->target->pid, self->target->pid,
			    KCMP_EPOLL_TFD, self->fd, (long)self->page));
}

/* Signals that do not kill wait, too: there is no EINTR. */
TEST_F(waiting, for_the_slot_is_not_interrupted)
{
	ask_with_page(self);
	ASSERT_EQ(0, await_fault(self));
	ASSERT_EQ(0, kill(self->caller->pid, SIGUSR1));
	EXPECT_FALSE(worker_done_within(self->caller, 20));
	ASSERT_EQ(0, resolve_fault(self));
	EXPECT_EQ(0, worker_result(self->caller));
}

TEST_F(waiting, for_the_slot_ends_with_sigkill)
{
	SKIP_IF(execve_skip_reason());
	ask_with_page(self);
	ASSERT_EQ(0, await_fault(self));
	EXPECT_EQ(SIGKILL, worker_end(self->caller));
	EXPECT_EQ(0, worker_execve(self->target, "/proc/self/exe"));
}

/* An execve() that the caller holds up, if it does, can be killed. */
TEST_F(waiting, for_the_caller_ends_with_sigkill)
{
	SKIP_IF(execve_skip_reason());
	ask_with_page(self);
	ASSERT_EQ(0, await_fault(self));
	post_execve(self->target);
	worker_done_within(self->target, 50);
	EXPECT_EQ(SIGKILL, worker_end(self->target));
	ASSERT_EQ(0, resolve_fault(self));
	EXPECT_NE(WORKER_STUCK, worker_result(self->caller));
}

/*
 * The caller may hold up an execve() of its target, and that other callers.  Two
 * of those ask about the target alone, the others about it and a task each: of
 * two locks, some of them wait for the first, and some for the second.  Who waits
 * so can be killed, but not interrupted, and gives back what it has.
 */
#define ASKERS	8

struct queue {
	struct worker *asker[ASKERS], *other[ASKERS];
};

/* Returns 0 or -1. */
static int spawn_queue(struct queue *q)
{
	int i;

	for (i = 0; i < ASKERS; i++) {
		q->asker[i] = worker_spawn(CLONE_VM);
		q->other[i] = worker_spawn(0);
		if (q->asker[i]->pid < 0 || q->other[i]->pid < 0)
			return -1;
	}
	return 0;
}

static void ask_all(struct queue *q, pid_t target)
{
	int i;

	for (i = 0; i < ASKERS; i++)
		worker_post(q->asker[i], NULL,
			  WORKER_ARGS(SYS_kcmp, i < 2 ? target : q->other[i]->pid,
				    target, KCMP_VM));
	worker_done_within(q->asker[0], 20);
}

TEST_F(waiting, for_who_waits_is_killable_and_ends)
{
	pid_t target = self->target->pid;
	struct queue q;
	int i;

	ASSERT_EQ(0, spawn_queue(&q));
	SKIP_IF(execve_skip_reason());
	ask_with_page(self);
	ASSERT_EQ(0, await_fault(self));
	post_execve(self->target);
	/* Not by /proc: reading about who waits so can wait as well. */
	worker_done_within(self->target, 50);
	ask_all(&q, target);
	for (i = 0; i < ASKERS; i += 2) {
		ASSERT_EQ(0, kill(q.asker[i]->pid, SIGUSR1));
		EXPECT_EQ(SIGKILL, worker_end(q.asker[i + 1]));
	}
	ASSERT_EQ(0, resolve_fault(self));
	EXPECT_EQ(0, worker_result(self->caller));
	EXPECT_EQ(0, worker_result(self->target));
	for (i = 0; i < ASKERS; i++) {
		if (i == 0) {
			EXPECT_EQ(0, worker_result(q.asker[i]));
		} else if (i % 2 == 0) {
			EXPECT_DIFFERS(worker_result(q.asker[i]));
		}
		EXPECT_EQ(0, worker_execve(q.other[i], "/proc/self/exe"));
	}
}

/*
 * epoll_wait() that cannot write its events holds the instance, and kcmp() waits
 * for that deaf even to SIGKILL (ep->mtx): not on a machine that is needed.
 */
TEST_F(waiting, for_the_instance_ends)
{
	struct worker *waiter = worker_spawn(CLONE_VM);
	struct kcmp_epoll_slot *slot = (void *)waiter->scratch;

	ASSERT_SPAWNED(waiter);
	SKIP_IF(is_disposable() ? NULL :
			"missing disposable machine (KCMP_DISPOSABLE)");
	*slot = (struct kcmp_epoll_slot){ self->efd, self->fd, 0 };
	worker_post(waiter, NULL, WORKER_ARGS(SYS_epoll_pwait, self->efd,
					  (long)self->page, 1, -1));
	ASSERT_EQ(0, await_fault(self));
	worker_post(self->caller, NULL,
		  WORKER_ARGS(SYS_kcmp, waiter->pid, waiter->pid, KCMP_EPOLL_TFD,
			    self->fd, (long)slot));
	EXPECT_EQ(0, sys_kcmp(waiter->pid, waiter->pid, KCMP_VM, 0, 0));
	EXPECT_FALSE(worker_done_within(waiter, 20));
	/* There is no EINTR. */
	ASSERT_EQ(0, kill(self->caller->pid, SIGUSR1));
	worker_done_within(self->caller, 20);
	ASSERT_EQ(0, resolve_fault(self));
	EXPECT_EQ(1, worker_result(waiter));
	EXPECT_EQ(0, worker_result(self->caller));
}

TEST_HARNESS_MAIN
