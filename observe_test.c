// SPDX-License-Identifier: GPL-2.0
/*
 * Promises of other system calls that kcmp(2) makes visible: the lifetime of open
 * file descriptions, close_range(2), clone3(2) with set_tid, undo lists of semop(2),
 * epoll_ctl(2), the dumpable flag and bounding sets.  They are no part of kcmp()'s
 * own contract.
 */
#include "kcmp_harness.h"

#include <sys/stat.h>

#include "epoll_tfd.h"
#include "fd_passing.h"
#include "namespace.h"
#include "ptrace_access.h"
#include "sharing.h"

/* ------------------------------------------------------------------ */
/*
 * An open file description is released with its last descriptor: a pipe's reader
 * gets POLLHUP when that is the last writer.
 */

#define WRITER 90 /* the descriptor of all tasks */

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
static bool is_released(FIXTURE_DATA(lifetime) *const self, int ms)
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
					BLOCKED("close_range")) :
		      NULL);
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
					  BLOCKED("socketpair")) :
			NULL);
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
						BLOCKED("pidfd_open")) :
			      NULL);
	taken = syscall(SYS_pidfd_getfd, pidfd, WRITER, 0);
	SKIP_IF(taken == -1 ?
			errno_skip_reason(
				"needs pidfd_getfd (Linux 5.6, permission to attach)",
				BLOCKED("pidfd_getfd")) :
			NULL);
	ASSERT_LE(0, taken);
	EXPECT_SAME(getpid(), getpid(), KCMP_FILE, WRITER, taken);
	close(taken);
	close(WRITER);
	ASSERT_LE(0, worker_end(self->sharer));
	EXPECT_FALSE(is_released(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_released(self, WORKER_TIMEOUT));
}

/* ------------------------------------------------------------------ */
/* close_range() and the numbers next to the range.                    */

FIXTURE(close_range)
{
	struct worker *child;
	pid_t me, pid;
	int fd, last;
};

FIXTURE_SETUP(close_range)
{
	int ends[2];

	SKIP_IF(kcmp_skip_reason(KCMP_FILES) ?: kcmp_skip_reason(KCMP_FILE));
	SKIP_IF(close_range_skip_reason(CLOSE_RANGE_UNSHARE));
	ASSERT_EQ(0, pipe(ends));
	self->fd = ends[0];
	self->last = dup2(self->fd, 300);
	ASSERT_EQ(300, self->last);
	self->child = worker_spawn(CLONE_VM | CLONE_FILES);
	ASSERT_SPAWNED(self->child);
	self->me = getpid();
	self->pid = self->child->pid;
	ASSERT_EQ(0, sys_kcmp(self->me, self->pid, KCMP_FILES, 0, 0));
}

FIXTURE_TEARDOWN(close_range)
{
	workers_end();
}

TEST_F(close_range, cloexec_marks_the_range_only)
{
	int fd;

	SKIP_IF(execve_skip_reason());
	SKIP_IF(close_range_skip_reason(CLOSE_RANGE_CLOEXEC));
	for (fd = 60; fd < 70; fd++)
		ASSERT_EQ(fd, dup2(self->fd, fd));
	ASSERT_RESULT(0, worker_syscall(self->child, SYS_close_range, 62, 67,
					CLOSE_RANGE_CLOEXEC));
	EXPECT_SAME(self->me, self->pid, KCMP_FILES, 0, 0);
	ASSERT_RESULT(0, worker_execve(self->child, "/proc/self/exe"));
	for (fd = 60; fd < 70; fd++)
		EXPECT_KCMP(fd < 62 || fd > 67 ? 0 : -EBADF, self->me,
			    self->pid, KCMP_FILE, fd, fd);
}

TEST_F(close_range, unshare_keeps_descriptors_above)
{
	int fd = self->fd, last = self->last;

	ASSERT_RESULT(0, worker_syscall(self->child, SYS_close_range, 60, 70,
					CLOSE_RANGE_UNSHARE));
	EXPECT_DIFFERENT(self->me, self->pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(self->me, self->pid, KCMP_FILE, last, last);
	EXPECT_SAME(self->pid, self->pid, KCMP_FILE, fd, last);
}

/* Around multiples of BITS_PER_LONG, the unit in which a table is copied. */
TEST_F(close_range, unshare_keeps_descriptors_below)
{
	static const int from[] = { 63, 64, 65, 66, 128, 129, 130 };
	struct worker *t[ARRAY_SIZE(from)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		t[i] = worker_spawn(CLONE_VM | CLONE_FILES);
		ASSERT_SPAWNED(t[i]);
	}
	for (i = 0; i < ARRAY_SIZE(from); i++) {
		int below = from[i] - 1;

		ASSERT_EQ(below, dup2(self->fd, below));
		ASSERT_RESULT(0, worker_syscall(t[i], SYS_close_range, from[i],
						UINT_MAX, CLOSE_RANGE_UNSHARE));
		EXPECT_SAME(self->me, t[i]->pid, KCMP_FILE, self->fd, below);
		EXPECT_KCMP(-EBADF, self->me, t[i]->pid, KCMP_FILE, self->fd,
			    self->last);
		close(below);
	}
}

static long lower_nofile(const long *arg)
{
	const struct rlimit limit = { arg[0], arg[0] };

	return setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0;
}

/* Lowering RLIMIT_NOFILE leaves open descriptors usable. */
TEST_F(close_range, closes_above_rlimit_nofile)
{
	long setrlimit_err = worker_run(self->child, lower_nofile, 200);

	SKIP_IF(blocked_skip_reason(setrlimit_err,
				    "setrlimit blocked by a seccomp filter"));
	ASSERT_RESULT(0, setrlimit_err);
	EXPECT_SAME(self->me, self->me, KCMP_FILE, self->fd, self->last);
	ASSERT_RESULT(0, worker_syscall(self->child, SYS_close_range,
					self->last, self->last, 0));
	EXPECT_KCMP(-EBADF, self->me, self->me, KCMP_FILE, self->fd,
		    self->last);
}

/* ------------------------------------------------------------------ */
/* Chosen ids: "set_tid" of clone3(2).                                 */

FIXTURE(set_tid)
{
	struct worker *init, *child;
	pid_t *id;
};

FIXTURE_VARIANT(set_tid)
{
	int levels; /* of pid namespaces */
};

/* clang-format off */
FIXTURE_VARIANT_ADD(set_tid, inner) { 1 };
FIXTURE_VARIANT_ADD(set_tid, inner_and_outer) { 2 };
/* clang-format on */

/* On the spawner's own stack.  arg: mailbox, flags, ids, number of ids. */
static long by_clone3_with_ids(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	struct clone_args args = {
		.flags = t->flags,
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)arg[2],
		.set_tid_size = arg[3],
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		worker_main(t);
	return pid == -1 ? -errno : pid;
}

static pid_t read_pid_max(void)
{
	FILE *file = fopen("/proc/sys/kernel/pid_max", "re");
	int max = 32768;

	if (file && fscanf(file, "%d", &max) != 1)
		max = 32768;
	if (file)
		fclose(file);
	return max;
}

/* Ids are given out in ascending order: the ones just below will be last. */
static pid_t free_id_below(pid_t id)
{
	do
		id = id > 301 ? id - 1 : read_pid_max() - 1;
	while (!kill(id, 0) || errno != ESRCH);
	return id;
}

/* Spawns a child of the namespace's init, which sleeps as in vfork(). */
static void spawn_chosen(FIXTURE_DATA(set_tid) *const self, int levels)
{
	int tries = 0;

	self->id[0] = 77;
	self->id[1] = self->init->pid;
	do {
		if (levels > 1)
			self->id[1] = free_id_below(self->id[1]);
		self->child = worker_spawn_by(self->init, by_clone3_with_ids,
					      CLONE_EVERYTHING | CLONE_VFORK,
					      (long)self->id, levels);
	} while (self->child->pid == -EEXIST && ++tries < 20);
}

/*
 * Writing to ns_last_pid needs the same capability as set_tid.  The text is no
 * number: it is refused with EINVAL, after the capability has been checked.
 */
static long may_choose_ids(const long *arg)
{
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	bool may = write(fd, "x", 1) == -1 && errno == EINVAL;

	(void)arg;
	close(fd);
	return may;
}

/* Returns whether a task is in the user namespace of the test. */
static bool is_in_own_userns(pid_t pid)
{
	char path[32];
	struct stat own, other;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	return !stat("/proc/self/ns/user", &own) && !stat(path, &other) &&
	       own.st_ino == other.st_ino;
}

/* Returns why the child could not be spawned, or NULL. */
static const char *set_tid_skip_reason(FIXTURE_DATA(set_tid) *const self,
				       int levels)
{
	long err = self->child->pid;

	/* Ids of the outer namespace take the capability in its user namespace. */
	if (err == -EPERM && levels > 1 && !is_in_own_userns(self->init->pid))
		return "needs CAP_SYS_ADMIN";
	if (err == -EPERM &&
	    (levels > 1 ? may_choose_ids(NULL) :
			  worker_run(self->init, may_choose_ids)) != 1)
		return "needs CAP_CHECKPOINT_RESTORE";
	return err < 0 ? namespace_skip_reason(NS_CLONE3, 0, err) : NULL;
}

FIXTURE_SETUP(set_tid)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	self->init = spawn_in_namespaces(CLONE_NEWPID);
	if (self->init->pid < 0)
		SKIP_IF(namespace_skip_reason(NS_CLONE, CLONE_NEWPID,
					      self->init->pid));
	ASSERT_SPAWNED(self->init);
	ASSERT_RESULT(0, give_io_and_undo(self->init));
	self->id = (pid_t *)self->init->scratch;
	spawn_chosen(self, variant->levels);
	SKIP_IF(set_tid_skip_reason(self, variant->levels));
	ASSERT_EQ(77, self->child->pid);
}

FIXTURE_TEARDOWN(set_tid)
{
	workers_end();
}

TEST_F(set_tid, names_the_new_task)
{
	int type;

	for (type = KCMP_VM; type <= KCMP_SYSVSEM; type++)
		if (!kcmp_skip_reason(type))
			EXPECT_KCMP_BY(self->child, 0, 1, 77, type, 0, 0);
	EXPECT_KCMP_BY(self->child, -ESRCH, 1, 78, KCMP_VM, 0, 0);
	if (variant->levels > 1)
		EXPECT_SHARED(CLONE_EVERYTHING, self->init->pid, self->id[1]);
}

/* ------------------------------------------------------------------ */
/* The last user of an object owns it alone.                           */

FIXTURE(last_user)
{
	struct worker *task;
	int watcher, memfd;
};

FIXTURE_VARIANT(last_user)
{
	bool failed, executes, unshares;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(last_user, after_exit) { .failed = false };
FIXTURE_VARIANT_ADD(last_user, after_execve) { .executes = true };
FIXTURE_VARIANT_ADD(last_user, after_unshare) { .unshares = true };
FIXTURE_VARIANT_ADD(last_user, after_failed_clone) { .failed = true };
/* clang-format on */

FIXTURE_SETUP(last_user)
{
	struct worker *sharer;
	int ends[2];

	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	if (variant->executes)
		SKIP_IF(execve_skip_reason());
	if (variant->unshares)
		SKIP_IF(unshare_skip_reason());
	ASSERT_RESULT(0, alloc_io_and_undo());
	ASSERT_EQ(0, pipe(ends));
	self->memfd = memfd_create("last_user", MFD_ALLOW_SEALING);
	self->task = spawn_with_io_and_undo(0);
	ASSERT_SPAWNED(self->task);
	close(ends[1]);
	self->watcher = ends[0];
	if (variant->failed) {
		ASSERT_RESULT(-EFAULT, worker_run(self->task, clone_fail_late,
						  CLONE_EVERYTHING));
		return;
	}
	sharer = worker_spawn_by(self->task, by_clone,
				 CLONE_EVERYTHING | CLONE_PARENT, 0);
	ASSERT_SPAWNED(sharer);
	ASSERT_SHARED(CLONE_EVERYTHING, self->task->pid, sharer->pid);
	if (variant->executes)
		ASSERT_RESULT(0, worker_execve(sharer, "/proc/self/exe"));
	if (variant->unshares)
		ASSERT_RESULT(0, worker_syscall(sharer, SYS_unshare,
						CLONE_FILES | CLONE_FS |
							CLONE_SYSVSEM));
	ASSERT_LE(0, worker_end(sharer));
}

FIXTURE_TEARDOWN(last_user)
{
	workers_end();
}

/* The pipe is closed when the task ends. */
TEST_F(last_user, owns_files)
{
	struct pollfd end = { .fd = self->watcher, .events = POLLIN };

	EXPECT_EQ(0, poll(&end, 1, 0));
	ASSERT_LE(0, worker_end(self->task));
	EXPECT_EQ(1, poll(&end, 1, WORKER_TIMEOUT));
}

static long map_to_write(const long *arg)
{
	void *page =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, arg[0], 0);

	return page == MAP_FAILED ? -errno : 0;
}

/* F_ADD_SEALS refuses F_SEAL_WRITE as long as a writable mapping exists. */
TEST_F(last_user, owns_vm)
{
	int fd = self->memfd, round = 0;
	long long end;

	SKIP_IF(fd == -1 ? execve_skip_reason() : NULL);
	ASSERT_EQ(0, ftruncate(fd, 4096));
	ASSERT_RESULT(0, worker_run(self->task, map_to_write, fd));
	EXPECT_EQ(-1, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	ASSERT_LE(0, worker_end(self->task));
	end = clock_ms() + WORKER_TIMEOUT;
	while (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) && clock_ms() < end)
		wait_a_moment(round++);
	/* vm.memfd_noexec adds another seal. */
	EXPECT_EQ(F_SEAL_WRITE, fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE);
}

/* unshare() refuses CLONE_SIGHAND as long as the handlers are shared. */
TEST_F(last_user, owns_sighand)
{
	SKIP_IF(unshare_skip_reason());
	EXPECT_RESULT(0,
		      worker_syscall(self->task, SYS_unshare, CLONE_SIGHAND));
}

/* setns() to a user namespace needs an unshared fs_struct. */
TEST_F(last_user, owns_fs)
{
	struct worker *inside = worker_spawn(CLONE_NEWUSER | CLONE_VM);
	long setns_err = inside->pid < 0 ? inside->pid :
					   enter_userns(self->task, inside);

	if (setns_err)
		SKIP_IF(enter_userns_skip_reason(inside));
	ASSERT_SPAWNED(inside);
	EXPECT_RESULT(0, setns_err);
}

/* ------------------------------------------------------------------ */
/* SEM_UNDO: an undo list is applied when its last user exits.         */

/* The semaphore goes with the keeper's ipc namespace, even if the test dies. */
FIXTURE(undo)
{
	struct worker *keeper, *parent, *child;
	long sem;
};

FIXTURE_VARIANT(undo)
{
	unsigned long flags;
	bool shared;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(undo, shared) { CLONE_VM | CLONE_SYSVSEM, true };
FIXTURE_VARIANT_ADD(undo, separate) {
	CLONE_EVERYTHING & ~CLONE_SYSVSEM, false
};
/* clang-format on */

/* Not every architecture has SYS_semget, SYS_semop and SYS_semctl. */
static long make_semaphore(const long *arg)
{
	int sem = semget(IPC_PRIVATE, 1, 0600);

	(void)arg;
	return sem == -1 ? -errno : sem;
}

static long up_with_undo(const long *arg)
{
	struct sembuf up = { .sem_op = 1, .sem_flg = SEM_UNDO };

	return semop(arg[0], &up, 1) ? -errno : 0;
}

/* One call with two operations, only one of which is to be undone. */
static long up_twice(const long *arg)
{
	struct sembuf up[2] = {
		{ .sem_op = 1 },
		{ .sem_op = 1, .sem_flg = SEM_UNDO },
	};

	return semop(arg[0], up, 2) ? -errno : 0;
}

static long semaphore_value(const long *arg)
{
	int value = semctl(arg[0], 0, GETVAL);

	return value == -1 ? -errno : value;
}

static long wait_for(const long *arg)
{
	pid_t pid = waitpid(arg[0], NULL, __WALL);

	return pid == -1 ? -errno : pid;
}

FIXTURE_SETUP(undo)
{
	long unshare_err, semctl_err, semop_err;

	SKIP_IF(kcmp_skip_reason(KCMP_SYSVSEM));
	self->keeper = worker_spawn(0);
	ASSERT_SPAWNED(self->keeper);
	unshare_err = unshare_namespaces(self->keeper, CLONE_NEWIPC);
	if (unshare_err)
		SKIP_IF(namespace_skip_reason(NS_UNSHARE, CLONE_NEWIPC,
					      unshare_err));
	ASSERT_RESULT(0, unshare_err);
	self->sem = worker_run(self->keeper, make_semaphore);
	SKIP_IF(blocked_skip_reason(self->sem,
				    "semget blocked by a seccomp filter"));
	ASSERT_LE(0, self->sem);
	semctl_err = worker_run(self->keeper, semaphore_value, self->sem);
	SKIP_IF(blocked_skip_reason(semctl_err,
				    "semctl blocked by a seccomp filter"));
	self->parent = worker_spawn_by(self->keeper, by_clone, 0, 0);
	ASSERT_SPAWNED(self->parent);
	semop_err = worker_run(self->parent, up_with_undo, self->sem);
	SKIP_IF(blocked_skip_reason(semop_err,
				    "semop blocked by a seccomp filter"));
	ASSERT_RESULT(0, semop_err);
	self->child =
		worker_spawn_by(self->parent, by_clone, variant->flags, 0);
	ASSERT_SPAWNED(self->child);
	ASSERT_RESULT(0, worker_run(self->child, up_with_undo, self->sem));
}

FIXTURE_TEARDOWN(undo)
{
	workers_end();
}

/* Returns the semaphore's value after a child of the spawner has exited. */
static long value_after(FIXTURE_DATA(undo) *const self, struct worker *spawner,
			struct worker *child)
{
	worker_post(child, NULL, WORKER_ARGS(SYS_exit_group, 0));
	if (worker_run(spawner, wait_for, child->pid) != child->pid)
		return WORKER_STUCK;
	return worker_run(self->keeper, semaphore_value, self->sem);
}

TEST_F(undo, happens_at_exit_of_last_sharer)
{
	long same = variant->shared ? 0 : KCMP_DIFFERS;

	EXPECT_KCMP(same, self->parent->pid, self->child->pid, KCMP_SYSVSEM, 0,
		    0);
	EXPECT_EQ(2, worker_run(self->keeper, semaphore_value, self->sem));
	EXPECT_EQ(variant->shared ? 2 : 1,
		  value_after(self, self->parent, self->child));
	EXPECT_EQ(0, value_after(self, self->keeper, self->parent));
}

/* A failed clone() must not leak a reference to the undo list. */
TEST_F(undo, happens_despite_a_failed_clone)
{
	ASSERT_RESULT(-EFAULT, worker_run(self->parent, clone_fail_late,
					  CLONE_VM | CLONE_SYSVSEM));
	EXPECT_LT(0, value_after(self, self->parent, self->child));
	EXPECT_EQ(0, value_after(self, self->keeper, self->parent));
}

/* Without CLONE_SYSVSEM each thread has its own undo list. */
TEST_F(undo, is_separate_per_thread)
{
	struct worker *thread[2];
	int i;

	for (i = 0; i < 2; i++) {
		thread[i] = worker_spawn_by(self->parent, by_clone,
					    CLONE_A_THREAD, 0);
		ASSERT_SPAWNED(thread[i]);
		ASSERT_RESULT(0, worker_run(thread[i], up_twice, self->sem));
	}
	for (i = 0; i < 2; i++)
		EXPECT_DIFFERENT(self->parent->pid, thread[i]->pid,
				 KCMP_SYSVSEM, 0, 0);
	EXPECT_DIFFERENT(thread[0]->pid, thread[1]->pid, KCMP_SYSVSEM, 0, 0);
}

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
	SKIP_IF(epoll_files_skip_reason());
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

	EXPECT_EQ(-ENOENT,
		  epoll_control(self->efd, EPOLL_CTL_MOD, copy, EPOLLIN));
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
	EXPECT_EQ(-ENOENT,
		  epoll_control(self->efd, EPOLL_CTL_MOD, fd, EPOLLIN));
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
	if (err == -EINVAL)
		return "needs uid 59001 in the user namespace";
	if (!err)
		return NULL;
	/* This needs no capability. */
	if (!syscall(SYS_setresuid, -1, -1, -1))
		return "needs CAP_SETUID";
	return blocked_skip_reason(err, BLOCKED("setresuid")) ?:
		       "needs CAP_SETUID";
}

/* The task that closes the last descriptor may be another user. */
TEST_F(epoll_ctl, close_by_other_user_removes)
{
	struct worker *child = worker_spawn(0);
	int fd = self->fd;

	ASSERT_SPAWNED(child);
	SKIP_IF(setuid_skip_reason(
		worker_syscall(child, SYS_setresuid, 59001, 59001, -1)));
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

/* ------------------------------------------------------------------ */
/*
 * fs.suid_dumpable: what a change of ids or an unreadable program makes of the
 * dumpable flag, which decides about the ptrace access check.
 */
#define SUID_DUMPABLE "/proc/sys/fs/suid_dumpable"

FIXTURE(suid_dumpable)
{
	struct creds a;
	struct worker *caller, *target, *thread;
	struct lent_sysctl sysctl;
};

FIXTURE_VARIANT(suid_dumpable)
{
	char value;
	bool allowed;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(suid_dumpable, value_0) { '0', false };
FIXTURE_VARIANT_ADD(suid_dumpable, value_1) { '1', true };
FIXTURE_VARIANT_ADD(suid_dumpable, value_2) { '2', false };
/* clang-format on */

FIXTURE_SETUP(suid_dumpable)
{
	static const char *const reason[] = {
		"needs fs.suid_dumpable=0",
		"needs fs.suid_dumpable=1",
		"needs fs.suid_dumpable=2",
	};

	SKIP_IF(users_skip_reason());
	if (!lend_sysctl(&self->sysctl, SUID_DUMPABLE, variant->value))
		SKIP_IF(reason[variant->value - '0']);
	self->a = (struct creds){ .uid = ID(UID_A), .gid = ID(UID_A) };
	self->caller = spawn_as(&self->a);
	ASSERT_SPAWNED(self->caller);
	self->target = worker_spawn(0);
	ASSERT_SPAWNED(self->target);
	self->thread = spawn_thread(self->target);
	ASSERT_SPAWNED(self->thread);
}

FIXTURE_TEARDOWN(suid_dumpable)
{
	workers_end();
	restore_sysctl(&self->sysctl);
}

/* Makes a worker user A, which decides whether it stays dumpable.  Returns 0 or -errno. */
static long become_a(struct worker *t)
{
	long ret = worker_change_ids(t, setresgid, UID_A, UID_A, UID_A);

	if (!ret)
		ret = worker_change_ids(t, setresuid, UID_A, UID_A, UID_A);
	return ret ?: worker_run(t, worker_set_caps, 0, 0);
}

#define EXPECT_ACCESS_TO(t, allowed)                                          \
	EXPECT_ACCESS(allowed, self->caller, ask_all(self->caller, (t)->pid), \
		      #t)

TEST_F(suid_dumpable, decides_after_setresuid_of_thread)
{
	ASSERT_OK(become_a(self->thread));
	EXPECT_ACCESS_TO(self->thread, variant->allowed);
	ASSERT_OK(worker_syscall(self->thread, SYS_prctl, PR_SET_DUMPABLE, 1));
	EXPECT_ALLOWED(self->caller, self->thread);
}

TEST_F(suid_dumpable, decides_after_setresuid)
{
	struct worker *target = self->target;

	ASSERT_OK(become_a(target));
	EXPECT_ACCESS_TO(target, variant->allowed);
	ASSERT_OK(worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 1));
	EXPECT_ALLOWED(self->caller, target);
	ASSERT_OK(worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_REFUSED(self->caller, target);
}

/* prctl(2): "reset to the value in /proc/sys/fs/suid_dumpable". */
TEST_F(suid_dumpable, replaces_dumpable_flag_at_setresuid)
{
	struct worker *target = self->target;

	ASSERT_OK(worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 0));
	ASSERT_OK(become_a(target));
	EXPECT_ACCESS_TO(target, variant->allowed);
	ASSERT_OK(worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 1));
	EXPECT_ALLOWED(self->caller, target);
}

TEST_F(suid_dumpable, decides_after_unreadable_exec)
{
	struct program_copy copy;
	struct worker *target;

	SKIP_IF(execve_skip_reason());
	copy = copy_program(0711, UID_B, UID_B);
	SKIP_IF(copy.skip_reason);
	SKIP_IF(exec_skip_reason(copy.fd, FILE_PLAIN));
	target = spawn_as(&self->a);
	ASSERT_WORKER(target);
	EXPECT_ALLOWED(self->caller, target);
	snprintf(target->scratch, WORKER_SCRATCH, "/proc/self/fd/%d", copy.fd);
	ASSERT_OK(worker_execve(target, target->scratch));
	EXPECT_ACCESS_TO(target, variant->allowed);
}

/*
 * The dumpable flag under changes of credentials: lost with the ids, kept with the
 * saved ids, supplementary groups and effective capabilities.
 */
FIXTURE(dumpable_flag)
{
	struct creds a;
	struct worker *caller;
};

FIXTURE_SETUP(dumpable_flag)
{
	SKIP_IF(users_skip_reason());
	self->a = (struct creds){ .uid = ID(UID_A), .gid = ID(UID_A) };
	self->caller = spawn_as(&self->a);
	ASSERT_SPAWNED(self->caller);
}

FIXTURE_TEARDOWN(dumpable_flag)
{
	end_all_workers();
}

TEST_F(dumpable_flag, cleared_by_setfsuid_and_setfsgid)
{
	static const long change[] = { SYS_ID(setfsuid), SYS_ID(setfsgid) };
	const unsigned long long caps = CAP(SETUID) | CAP(SETGID);
	struct creds both = self->a;
	struct worker *caller, *target;
	unsigned int i;

	SKIP_IF(undumpable_skip_reason());
	both.permitted = caps;
	both.effective = caps;
	caller = spawn_as(&both);
	ASSERT_WORKER(caller);
	for (i = 0; i < 2; i++) {
		target = spawn_as(&both);
		ASSERT_WORKER(target);
		EXPECT_ALLOWED(caller, target);
		ASSERT_EQ(UID_A,
			  worker_run(target, change_ids, change[i], UID_B));
		EXPECT_REFUSED(caller, target);
		ASSERT_OK(
			worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 1));
		EXPECT_ALLOWED(caller, target);
	}
}

TEST_F(dumpable_flag, kept_by_other_changes)
{
	struct creds creds = { .uid = { UID_A, UID_A, UID_B },
			       .gid = { UID_A, UID_A, UID_B } };
	struct worker *target, *caller;

	SKIP_IF(caps_skip_reason(CAP(NET_RAW)));
	target = spawn_as(&creds);
	ASSERT_WORKER(target);
	ASSERT_OK(worker_change_ids(target, setresgid, -1, -1, UID_A));
	ASSERT_OK(worker_change_ids(target, setresuid, -1, -1, UID_A));
	EXPECT_ALLOWED(self->caller, target);
	creds = self->a;
	creds.permitted = CAP(NET_RAW);
	caller = spawn_as(&creds);
	ASSERT_WORKER(caller);
	target = spawn_as(&creds);
	ASSERT_WORKER(target);
	ASSERT_OK(worker_run(target, worker_set_caps, CAP(NET_RAW),
			     CAP(NET_RAW)));
	EXPECT_ALLOWED(caller, target);
	ASSERT_OK(worker_run(target, worker_set_caps, 0, 0));
	EXPECT_ALLOWED(caller, target);
	creds.permitted = CAP(SETGID);
	creds.effective = CAP(SETGID);
	caller = spawn_as(&creds);
	ASSERT_WORKER(caller);
	creds.group = UID_B;
	target = spawn_as(&creds);
	ASSERT_WORKER(target);
	ASSERT_OK(worker_syscall(target, SYS_ID(setgroups), 0, 0));
	EXPECT_ALLOWED(caller, target);
}

/*
 * The bounding set limits what execve() gives: it takes away no capability that is
 * permitted, and a new user namespace begins with a full one.
 */
FIXTURE(bounding_set)
{
	struct creds plain;
	struct worker *caller;
};

FIXTURE_SETUP(bounding_set)
{
	SKIP_IF(access_skip_reason());
	self->plain = plain_creds();
	self->caller = spawn_as(&self->plain);
	ASSERT_SPAWNED(self->caller);
}

FIXTURE_TEARDOWN(bounding_set)
{
	end_all_workers();
}

TEST_F(bounding_set, permitted_capability_outside_counts)
{
	struct creds creds = self->plain, root = privileged_creds();
	struct worker *target, *other;

	SKIP_IF(users_skip_reason());
	SKIP_IF(caps_skip_reason(CAP(CHOWN) | CAP(SETPCAP)));
	target = spawn_as(&root);
	ASSERT_WORKER(target);
	other = spawn_as(&self->plain);
	ASSERT_WORKER(other);
	ASSERT_OK(worker_syscall(target, SYS_prctl, PR_CAPBSET_DROP, CAP_CHOWN,
				 0, 0));
	creds.permitted = CAP(CHOWN);
	ASSERT_OK(worker_set_creds(target, &creds));
	EXPECT_ALLOWED(self->caller, other);
	EXPECT_REFUSED(self->caller, target);
}

TEST_F(bounding_set, is_full_in_new_userns)
{
	struct worker *inside, *deeper, *child;

	SKIP_IF(self_exec_skip_reason());
	SKIP_IF(userns_root_skip_reason());
	inside = spawn_in_ns(self->caller, CLONE_NEWUSER);
	ASSERT_WORKER(inside);
	ASSERT_OK(worker_syscall(inside, SYS_prctl, PR_CAPBSET_DROP,
				 CAP_SYS_PTRACE, 0, 0));
	ASSERT_OK(worker_run(inside, worker_map_root, self->plain.uid[0],
			     self->plain.gid[0]));
	deeper = spawn_in_ns(inside, CLONE_NEWUSER);
	ASSERT_WORKER(deeper);
	child = worker_spawn_by(deeper, by_clone, 0, 0);
	ASSERT_WORKER(child);
	ASSERT_OK(worker_execve(child, "/proc/self/exe"));
	ASSERT_OK(worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_ALLOWED(deeper, child);
}

/*
 * PR_SET_KEEPCAPS keeps the permitted capabilities of root that becomes another
 * user, not the effective ones, which the ptrace access check looks at.
 */
FIXTURE(keepcaps)
{
	struct worker *root, *target;
};

FIXTURE_SETUP(keepcaps)
{
	struct creds b = { .uid = ID(UID_B), .gid = ID(UID_B) };
	struct creds root = privileged_creds();

	SKIP_IF(users_skip_reason());
	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	SKIP_IF(getuid() ? "needs uid 0" : NULL);
	SKIP_IF(securebits_skip_reason());
	self->root = spawn_as(&root);
	ASSERT_SPAWNED(self->root);
	self->target = spawn_as(&b);
	ASSERT_SPAWNED(self->target);
}

FIXTURE_TEARDOWN(keepcaps)
{
	end_all_workers();
}

TEST_F(keepcaps, leaves_no_effective_capability)
{
	struct worker *root = self->root, *target = self->target;
	struct creds creds = privileged_creds();

	creds.uid[0] = UID_A;
	creds.uid[1] = UID_A;
	creds.uid[2] = UID_A;
	ASSERT_OK(worker_syscall(root, SYS_prctl, PR_SET_KEEPCAPS, 1));
	EXPECT_ALLOWED(root, target);
	ASSERT_OK(worker_change_ids(root, setresuid, UID_A, UID_A, UID_A));
	EXPECT_REFUSED(root, target);
	ASSERT_OK(worker_set_creds(root, &creds));
	EXPECT_ALLOWED(root, target);
}

TEST_HARNESS_MAIN
