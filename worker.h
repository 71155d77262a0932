/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Workers: tasks that carry out what the test tells them, one order at a time,
 * and report the raw result.  Nothing is asserted in them.
 *
 * A worker waits in a mailbox (struct worker) for its orders.  All mailboxes lie
 * in memory that the tasks of a test have in common whatever else they share.
 * The stacks do not: a worker that forks must not do so on a shared one.
 *
 * The test owns its workers.  workers_end() ends them; should the test die
 * without it, the parent-death signal does, which every worker sets first thing
 * and again whenever the kernel has cleared it.
 */
#ifndef SELFTESTS_KCMP_WORKER_H
#define SELFTESTS_KCMP_WORKER_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/sched.h>

#include "kcmp.h"

/* What the oldest supported headers (Linux 5.10) do not define yet. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME		0x00000080
#endif
#ifndef CLONE_AUTOREAP
#define CLONE_AUTOREAP		(1ULL << 34)
#define CLONE_NNP		(1ULL << 35)
#define CLONE_PIDFD_AUTOKILL	(1ULL << 36)
#define CLONE_EMPTY_MNTNS	(1ULL << 37)
#endif
#ifndef UNSHARE_EMPTY_MNTNS
#define UNSHARE_EMPTY_MNTNS	0x00100000
#endif
#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY		(1024 + 3)
#endif
#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE	40
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open		434
#endif
#ifndef SYS_close_range
#define SYS_close_range		436
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd		438
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE	(1U << 1)
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC	(1U << 2)
#endif

/* linux/ioprio.h came to user space with Linux 6.1 only. */
#define IOPRIO_WHO_PROCESS	1
#define IOPRIO_BEST_EFFORT(n)	(2 << 13 | (n))

/* Everything that two processes can share, as kcmp() tells it. */
#define CLONE_EVERYTHING	(CLONE_VM | CLONE_FS | CLONE_FILES | \
				 CLONE_SIGHAND | CLONE_SYSVSEM | CLONE_IO)

#define WORKER_MAX	160	/* in one test; none comes near it */
#define WORKER_STACK	(24 * 1024)
#define WORKER_SCRATCH	1536
#define WORKER_TIMEOUT	10000	/* ms until a worker counts as stuck */
#define WORKER_STUCK	(-ETIME)

/* An order that is more than a system call runs in the worker's own context. */
typedef long worker_fn(const long *arg);

enum worker_turn { TURN_WORKER, TURN_TEST };

struct worker {
	unsigned int turn;	/* enum worker_turn; a futex */
	pid_t pid;		/* as the spawner sees it, or -errno */
	pid_t tid;		/* as the worker sees itself */
	pid_t tgid;
	pid_t parent;		/* who must be alive; 0: cannot be told */
	int is_child;		/* of the test, which has to reap it */
	char id[24];		/* how the mailbox is found after an execve() */
	ptrdiff_t fn;		/* from worker_do_syscall(), as after an
				   execve() all is somewhere else */
	long arg[7];
	long ret;
	char scratch[WORKER_SCRATCH];	/* what fn() may use to pass more */
};

static struct worker *worker_area;
static char worker_stack[WORKER_MAX][WORKER_STACK] __attribute__((aligned(16)));
static int worker_area_fd;
static unsigned int worker_count;

static inline long worker_do_syscall(const long *arg)
{
	long ret = syscall(arg[0], arg[1], arg[2], arg[3], arg[4], arg[5],
			   arg[6]);

	return ret == -1 ? -errno : ret;
}

static inline void worker_give_turn(struct worker *t, enum worker_turn turn)
{
	__atomic_store_n(&t->turn, turn, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &t->turn, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/*
 * Sleeps until the mailbox may have changed; ms < 0: without limit.  Most orders
 * are carried out in less time than it takes to fall asleep.
 */
static inline void worker_sleep(struct worker *t, enum worker_turn while_turn, int ms)
{
	struct timespec limit = { ms / 1000, ms % 1000 * 1000000L };
	int i;

	for (i = 0; i < 64; i++) {
		if (__atomic_load_n(&t->turn, __ATOMIC_SEQ_CST) != while_turn)
			return;
		syscall(SYS_sched_yield);
	}
	syscall(SYS_futex, &t->turn, FUTEX_WAIT, while_turn,
		ms < 0 ? NULL : &limit, NULL, 0);
}

/*
 * A child that nobody gives orders to, and that dies with its parent.  Returns
 * its pid or -errno.
 */
static inline long fork_idle_child(unsigned long flags)
{
	pid_t parent = syscall(SYS_getpid);
#ifdef __s390__
	long pid = syscall(SYS_clone, 0, flags | SIGCHLD, 0, 0, 0);
#else
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
#endif

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (syscall(SYS_getppid) == parent)
			pause();
		syscall(SYS_exit_group, 0);
	}
	return pid == -1 ? -errno : pid;
}

#define CAP(name)	(1ULL << CAP_##name)

/* The permitted capabilities of the calling thread. */
static inline unsigned long long permitted_caps(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { 0 };

	syscall(SYS_capget, &header, data);
	return data[0].permitted | (unsigned long long)data[1].permitted << 32;
}

/* Returns 0 or -1. */
static inline int set_all_caps(unsigned long long permitted,
				    unsigned long long effective,
				    unsigned long long inheritable)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = {
		{ effective, permitted, inheritable },
		{ effective >> 32, permitted >> 32, inheritable >> 32 },
	};

	return syscall(SYS_capset, &header, data);
}

static inline int set_caps(unsigned long long permitted,
				unsigned long long effective)
{
	return set_all_caps(permitted, effective, 0);
}

/* For worker_run().  arg: those to keep, in force or not.  Returns 0 or -errno. */
static inline long worker_set_caps(const long *arg)
{
	return set_caps(arg[0], arg[1]) ? -errno : 0;
}

/* A parent in another pid namespace has no number here: 0. */
static inline void worker_die_with_parent(struct worker *t)
{
	pid_t parent;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	parent = syscall(SYS_getppid);
	if (t->parent && parent && parent != t->parent)
		syscall(SYS_exit_group, 0);
}

/*
 * What a worker runs, from its birth to its SIGKILL.  Raw system calls only:
 * it may share everything with the test but this stack.
 */
static inline int worker_main(void *mailbox)
{
	struct worker *t = mailbox;

	worker_die_with_parent(t);
	t->tid = syscall(SYS_gettid);
	t->tgid = syscall(SYS_getpid);
	t->ret = 0;
	for (;;) {
		worker_give_turn(t, TURN_TEST);
		while (__atomic_load_n(&t->turn, __ATOMIC_SEQ_CST) == TURN_TEST)
			worker_sleep(t, TURN_TEST, -1);
		t->ret = ((worker_fn *)((char *)worker_do_syscall + t->fn))(t->arg);
	}
	return 0;
}

static inline void *worker_main_thread(void *mailbox)
{
	worker_main(mailbox);
	return NULL;
}

/* For CLONE_SETTLS, which is to change nothing. */
static inline void *thread_pointer(void)
{
#ifdef __x86_64__
	return (void *)pthread_self();
#else
	return __builtin_thread_pointer();
#endif
}

/*
 * Ways to spawn.  Each runs in the spawner with the new mailbox and clone
 * flags, and returns the new task's id, 0 where the spawner is not told (the
 * worker tells it itself then), or -errno.
 */
static inline long by_clone(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	unsigned long flags = arg[1];
	int exit_signal = flags & CLONE_THREAD ? 0 : SIGCHLD;
	char *stack = worker_stack[t - worker_area];
	int *id = (int *)t->scratch;
	long pid = clone(worker_main, stack + WORKER_STACK,
			 flags | exit_signal, t, id, thread_pointer(), id + 1);

	return pid == -1 ? -errno : pid;
}

static inline long by_fork(const long *arg)
{
	long pid = fork();

	if (!pid)
		worker_main((void *)arg[0]);
	return pid == -1 ? -errno : pid;
}

/* The spawner sleeps until its child has died or called execve(). */
static inline long by_vfork(const long *arg)
{
	pid_t pid = vfork();

	if (!pid)
		worker_main((void *)arg[0]);
	return pid == -1 ? -errno : pid;
}

/*
 * On the spawner's own stack: with CLONE_VM only together with CLONE_VFORK.
 * arg: mailbox, flags, exit signal, cgroup fd.
 */
static inline long by_clone3(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	struct clone_args args = {
		.flags = (unsigned long)arg[1],
		.pidfd = (unsigned long)t->scratch,
		.child_tid = (unsigned long)t->scratch + 4,
		.parent_tid = (unsigned long)t->scratch + 8,
		.exit_signal = arg[2],
		.cgroup = arg[3],
	};
	long pid;

	if (!(args.flags & CLONE_PIDFD))
		args.pidfd = 0;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		worker_main(t);
	return pid == -1 ? -errno : pid;
}

static inline long by_pthread_create(const long *arg)
{
	pthread_t thread;

	return -pthread_create(&thread, NULL, worker_main_thread, (void *)arg[0]);
}

static inline long by_posix_spawn(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	char *argv[] = { "worker", "--worker", t->id, NULL };
	pid_t pid;
	int err = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, NULL);

	return err ? -err : pid;
}

/*
 * Returns -errno, or not at all: the new image reports from worker_resume().
 * arg: the mailbox, the program, until when it is to go on executing itself.
 */
static inline long worker_do_execve(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	char *argv[] = { "worker", "--worker", t->id, (char *)arg[2], NULL };
	char *envp[] = { NULL };

	execve((const char *)arg[1], argv, envp);
	return -errno;
}

static inline long long clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* What main() does in the image that a worker has executed. */
static inline int worker_resume(char **argv)
{
	const size_t size = WORKER_MAX * sizeof(struct worker);
	struct worker *area;
	int fd, n;

	if (argv[3] && clock_ms() < atoll(argv[3]))
		execve("/proc/self/exe", argv, argv + 4);
	if (sscanf(argv[2], "%d:%d", &fd, &n) != 2)
		return 1;
	area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return area == MAP_FAILED || worker_main(&area[n]);
}

/*
 * Makes the mailboxes, or others in their place: same address, same descriptor.
 * Returns 0 or -errno.  Without memfd_create() a worker cannot outlive an
 * execve().
 */
static inline int worker_area_make(void)
{
	const size_t size = WORKER_MAX * sizeof(struct worker);
	int fd = memfd_create("workers", 0);
	int flags = fd == -1 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
	void *area;

	if (fd != -1 && ftruncate(fd, size))
		return -errno;
	if (worker_area && (fd == -1) != (worker_area_fd == -1))
		return -EMFILE;
	area = mmap(worker_area, size, PROT_READ | PROT_WRITE,
		    worker_area ? flags | MAP_FIXED : flags, fd, 0);
	if (area == MAP_FAILED)
		return -errno;
	if (worker_area && fd != -1) {
		dup2(fd, worker_area_fd);
		close(fd);
	} else {
		worker_area_fd = fd;
	}
	worker_area = area;
	return 0;
}

/*
 * Returns an empty mailbox.  Each test has mailboxes of its own: workers of
 * workers of an earlier one may not have died yet, and would read its orders.
 */
static inline struct worker *worker_new(void)
{
	struct worker *t = &worker_area[worker_count];

	if (!worker_count) {
		/* Orphans come to the test, not to a machine's busy init. */
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		worker_area_make();
	}
	memset(t, 0, offsetof(struct worker, scratch));	/* had it failed */
	snprintf(t->id, sizeof(t->id), "%d:%u", worker_area_fd, worker_count++);
	return t;
}

static inline int worker_is_idle(struct worker *t)
{
	return __atomic_load_n(&t->turn, __ATOMIC_SEQ_CST) == TURN_TEST;
}

/* Whether the worker can no longer report: a zombie, or gone. */
static inline int worker_is_dead(struct worker *t)
{
	siginfo_t info = { .si_pid = 0 };

	if (!t->is_child || t->pid <= 0)
		return 0;
	return waitid(P_PID, t->pid, &info,
		      WEXITED | WNOHANG | WNOWAIT | __WALL) || info.si_pid;
}

/*
 * Returns whether the worker has reported within ms.  The naps are long because
 * their end writes an errno that a CLONE_VM worker may be about to read.
 */
static inline int worker_done_within(struct worker *t, int ms)
{
	long long deadline = clock_ms() + ms;

	while (!worker_is_idle(t)) {
		if (clock_ms() >= deadline || worker_is_dead(t))
			return worker_is_idle(t);
		worker_sleep(t, TURN_WORKER, ms < 1000 ? ms : 1000);
	}
	return 1;
}

/* Returns the result of the last order, or WORKER_STUCK in bounded time. */
static inline long worker_result(struct worker *t)
{
	return worker_done_within(t, WORKER_TIMEOUT) ? t->ret : WORKER_STUCK;
}

/* Gives an order without waiting for its result; no fn: a system call. */
static inline void worker_post(struct worker *t, worker_fn *fn, const long *arg)
{
	t->fn = fn ? (char *)fn - (char *)worker_do_syscall : 0;
	memcpy(t->arg, arg, sizeof(t->arg));
	worker_give_turn(t, TURN_WORKER);
}

static inline long worker_call(struct worker *t, worker_fn *fn, const long *arg)
{
	if (!worker_is_idle(t))
		return WORKER_STUCK;
	worker_post(t, fn, arg);
	return worker_result(t);
}

#define WORKER_ARGS(...)	((const long[7]){ __VA_ARGS__ })

/* Each returns what the function or the system call returned, or -errno. */
#define worker_run(t, fn, ...)	worker_call(t, fn, WORKER_ARGS(__VA_ARGS__))
#define worker_syscall(t, ...)	worker_call(t, NULL, WORKER_ARGS(__VA_ARGS__))
#define worker_kcmp(t, ...)	worker_syscall(t, SYS_kcmp, __VA_ARGS__)

/* Returns the spawner's answer; 0 also while it sleeps in a vfork(). */
static inline long wait_spawn_result(struct worker *by, struct worker *t,
				     worker_fn *how, const long *arg)
{
	if (!by)
		return how(arg);
	if (how != by_vfork && !(arg[1] & CLONE_VFORK))
		return worker_call(by, how, arg);
	worker_post(by, how, arg);
	while (!worker_done_within(t, 1))
		if (worker_is_idle(by))
			return by->ret;
	return 0;
}

/*
 * Spawns a worker from "by", or from the test itself (NULL), which must neither
 * vfork() nor use CLONE_PARENT.  Returns it ready for orders, with ->pid as the
 * spawner sees it, or with -errno in ->pid and nothing to end.
 */
static inline struct worker *worker_spawn_with(struct worker *by, worker_fn *how,
					   unsigned long flags, const long *more)
{
	int is_thread = flags & CLONE_THREAD || how == by_pthread_create;
	struct worker *t = worker_new();
	long ret;

	t->is_child = !is_thread && (!by || flags & CLONE_PARENT);
	if (!is_thread && !(flags & CLONE_PARENT))
		t->parent = by ? by->tgid : getpid();
	ret = wait_spawn_result(by, t, how,
				WORKER_ARGS((long)t, flags, more[0], more[1]));
	if (ret >= 0 && worker_result(t) == WORKER_STUCK)
		ret = WORKER_STUCK;
	t->pid = ret ? ret : t->tid;
	return t;
}

#define worker_spawn_by(by, how, flags, ...) \
	worker_spawn_with(by, how, flags, (const long[2]){ __VA_ARGS__ })
#define worker_spawn(flags)	worker_spawn_by(NULL, by_clone, flags, 0)

/* Why a worker cannot be made to execute a program here, or NULL. */
static inline const char *execve_skip_reason(void)
{
	return worker_area_fd == -1 ? "missing memfd_create (CONFIG_MEMFD_CREATE)"
				  : NULL;
}

/*
 * Has a worker execute a program that knows "--worker", as all of the suite do.
 * Returns 0 when it is ready for orders again (system calls only), or -errno.
 */
static inline long worker_execve(struct worker *t, const char *path)
{
	return worker_run(t, worker_do_execve, (long)t, (long)path);
}

/* Returns 0 when the child has ended (it is a zombie then), or WORKER_STUCK. */
static inline int wait_exit(pid_t pid)
{
	struct pollfd end = { .fd = syscall(SYS_pidfd_open, pid, 0),
			      .events = POLLIN };
	int ready = poll(&end, 1, WORKER_TIMEOUT);

	close(end.fd);
	return ready == 1 ? 0 : WORKER_STUCK;
}

/* Has a child of the test exit.  Returns 0: it is a zombie now, or -errno. */
static inline int worker_make_zombie(struct worker *t)
{
	if (!worker_is_idle(t))
		return WORKER_STUCK;
	worker_post(t, NULL, WORKER_ARGS(SYS_exit_group, 0));
	return wait_exit(t->pid);
}

/* Reaps a child of the test that is about to end.  Returns as worker_end(). */
static inline int worker_reap(struct worker *t)
{
	pid_t pid = t->pid;
	int i, status;

	if (!t->is_child || pid <= 0)
		return -ECHILD;
	for (i = 0; i < 64; i++) {
		if (waitpid(pid, &status, __WALL | WNOHANG) == pid)
			break;
		sched_yield();
	}
	if (i == 64 && (wait_exit(pid) ||
			waitpid(pid, &status, __WALL) != pid))
		return WORKER_STUCK;
	t->pid = -ECHILD;
	return status;
}

/* Kills and reaps a child of the test.  Returns its wait status, or -errno. */
static inline int worker_end(struct worker *t)
{
	if (t->is_child && t->pid > 0)
		kill(t->pid, SIGKILL);
	return worker_reap(t);
}

/* Ends all workers: those of other workers die with their parent. */
static inline void workers_end(void)
{
	unsigned int i;

	for (i = 0; i < worker_count; i++)
		if (worker_area[i].is_child && worker_area[i].pid > 0)
			kill(worker_area[i].pid, SIGKILL);
	for (i = 0; i < worker_count; i++)
		worker_reap(&worker_area[i]);
	while (waitpid(-1, NULL, __WALL | WNOHANG) > 0)
		;
}

/*
 * Returns a task's state letter as proc(5) tells it, 0 when there is no such
 * task (or no /proc).
 */
static inline char task_state(pid_t pid, pid_t tid)
{
	char path[64], stat[512], *after;
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1)
		n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	stat[n] = '\0';
	after = strrchr(stat, ')');
	return after ? after[2] : 0;
}

/* Returns a number from /proc/PID/status, or 0 if there is none. */
static inline int proc_status_field(pid_t pid, const char *field)
{
	char path[32], line[128];
	int number = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, field, strlen(field)) &&
		    sscanf(line + strlen(field), ": %d", &number) == 1)
			break;
	if (status)
		fclose(status);
	return number;
}

/* Returns whether the task came into the state (0: gone) within ms. */
static inline int wait_state_within(int ms, pid_t pid, pid_t tid, char state)
{
	long long deadline = clock_ms() + ms;

	while (task_state(pid, tid) != state) {
		if (clock_ms() > deadline)
			return 0;
		sched_yield();
	}
	return 1;
}

#define wait_state(pid, tid, state) \
	wait_state_within(WORKER_TIMEOUT, pid, tid, state)

/* Gives it the time to block, in whatever state a kernel may call that. */
#define wait_state_briefly(pid, tid, state) \
	wait_state_within(200, pid, tid, state)

static inline int exit_at_once(void *unused)
{
	(void)unused;
	return 0;
}

/*
 * Gives the calling task an I/O context and an undo list of its own: while both
 * are NULL, kcmp() calls them the same (NULL == NULL), shared or not.  No
 * semaphore is needed, CLONE_SYSVSEM allocates the list (copy_semundo()).
 * arg: a stack.  Returns 0 or -errno; that of ioprio_set() without CONFIG_BLOCK
 * does not count.
 */
static inline long worker_alloc_io_and_undo(const long *arg)
{
	int flags = CLONE_VM | CLONE_VFORK | CLONE_SYSVSEM | SIGCHLD;
	pid_t pid;

	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_BEST_EFFORT(4));
	pid = clone(exit_at_once, (void *)arg[0], flags, NULL);
	if (pid == -1 || waitpid(pid, NULL, 0) != pid)
		return -errno;
	return 0;
}

static inline long alloc_io_and_undo(void)
{
	static char stack[4096] __attribute__((aligned(16)));

	return worker_alloc_io_and_undo(WORKER_ARGS((long)(stack + sizeof(stack))));
}

/* Returns whether the text could not be written. */
static inline bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = write(fd, text, strlen(text));

	close(fd);
	return n != (ssize_t)strlen(text);
}

/*
 * Makes uid arg[0] and gid arg[1] root of the caller's new user namespace, who
 * may then make others.  Returns 0 or -EIO.
 */
static inline long worker_map_root(const long *arg)
{
	char uid[32], gid[32];

	snprintf(uid, sizeof(uid), "0 %ld 1", arg[0]);
	snprintf(gid, sizeof(gid), "0 %ld 1", arg[1]);
	return write_text("/proc/self/setgroups", "deny") ||
	       write_text("/proc/self/uid_map", uid) ||
	       write_text("/proc/self/gid_map", gid) ? -EIO : 0;
}

/* Has a worker open another's user namespace.  Returns that, or -errno. */
static inline long worker_open_userns(struct worker *t, pid_t of)
{
	snprintf(t->scratch, WORKER_SCRATCH, "/proc/%d/ns/user", of);
	return worker_syscall(t, SYS_openat, AT_FDCWD, (long)t->scratch, O_RDONLY);
}

#endif /* SELFTESTS_KCMP_WORKER_H */
