/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Puppets: tasks that carry out what the test tells them, one order at a time,
 * and report the raw result.  Nothing is asserted in them.
 *
 * A puppet waits in a mailbox (struct task) for its orders.  All mailboxes lie
 * in memory that the tasks of a test have in common whatever else they share.
 * The stacks do not: a puppet that forks must not do so on a shared one.
 *
 * The test owns its puppets.  tasks_end() ends them; should the test die
 * without it, the parent-death signal does, which every puppet sets first thing
 * and again whenever the kernel has cleared it.
 */
#ifndef SELFTESTS_KCMP_TASK_H
#define SELFTESTS_KCMP_TASK_H

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

#define TASK_MAX	160	/* in one test; none comes near it */
#define TASK_STACK	(24 * 1024)
#define TASK_SCRATCH	1536
#define TASK_PATIENCE	10000	/* ms until a puppet counts as stuck */
#define TASK_STUCK	(-ETIME)

/* An order that is more than a system call runs in the puppet's own context. */
typedef long task_fn(const long *arg);

enum task_turn { TURN_PUPPET, TURN_TEST };

struct task {
	unsigned int turn;	/* enum task_turn; a futex */
	pid_t pid;		/* as the spawner sees it, or -errno */
	pid_t tid;		/* as the puppet sees itself */
	pid_t tgid;
	pid_t parent;		/* who must be alive; 0: cannot be told */
	int is_child;		/* of the test, which has to reap it */
	char id[24];		/* how the mailbox is found after an execve() */
	ptrdiff_t fn;		/* from task_syscall_here(), as after an
				   execve() all is somewhere else */
	long arg[7];
	long ret;
	char scratch[TASK_SCRATCH];	/* what fn() may use to pass more */
};

static struct task *task_area;
static char task_stack[TASK_MAX][TASK_STACK] __attribute__((aligned(16)));
static int task_area_fd;
static unsigned int task_count;

static inline long task_syscall_here(const long *arg)
{
	long ret = syscall(arg[0], arg[1], arg[2], arg[3], arg[4], arg[5],
			   arg[6]);

	return ret == -1 ? -errno : ret;
}

static inline void task_give_turn(struct task *t, enum task_turn turn)
{
	__atomic_store_n(&t->turn, turn, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &t->turn, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/*
 * Sleeps until the mailbox may have changed; ms < 0: without limit.  Most orders
 * are carried out in less time than it takes to fall asleep.
 */
static inline void task_sleep(struct task *t, enum task_turn while_turn, int ms)
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
static inline long task_fork_idle(unsigned long flags)
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
static inline unsigned long long task_caps(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { 0 };

	syscall(SYS_capget, &header, data);
	return data[0].permitted | (unsigned long long)data[1].permitted << 32;
}

/* Returns 0 or -1. */
static inline int task_set_all_caps(unsigned long long permitted,
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

static inline int task_set_caps(unsigned long long permitted,
				unsigned long long effective)
{
	return task_set_all_caps(permitted, effective, 0);
}

/* For task_run().  arg: those to keep, in force or not.  Returns 0 or -errno. */
static inline long task_keep_caps(const long *arg)
{
	return task_set_caps(arg[0], arg[1]) ? -errno : 0;
}

/* A parent in another pid namespace has no number here: 0. */
static inline void task_die_with_parent(struct task *t)
{
	pid_t parent;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	parent = syscall(SYS_getppid);
	if (t->parent && parent && parent != t->parent)
		syscall(SYS_exit_group, 0);
}

/*
 * What a puppet runs, from its birth to its SIGKILL.  Raw system calls only:
 * it may share everything with the test but this stack.
 */
static inline int task_main(void *mailbox)
{
	struct task *t = mailbox;

	task_die_with_parent(t);
	t->tid = syscall(SYS_gettid);
	t->tgid = syscall(SYS_getpid);
	t->ret = 0;
	for (;;) {
		task_give_turn(t, TURN_TEST);
		while (__atomic_load_n(&t->turn, __ATOMIC_SEQ_CST) == TURN_TEST)
			task_sleep(t, TURN_TEST, -1);
		t->ret = ((task_fn *)((char *)task_syscall_here + t->fn))(t->arg);
	}
	return 0;
}

static inline void *task_main_thread(void *mailbox)
{
	task_main(mailbox);
	return NULL;
}

/* For CLONE_SETTLS, which is to change nothing. */
static inline void *task_tls(void)
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
 * puppet tells it itself then), or -errno.
 */
static inline long by_clone(const long *arg)
{
	struct task *t = (struct task *)arg[0];
	unsigned long flags = arg[1];
	int exit_signal = flags & CLONE_THREAD ? 0 : SIGCHLD;
	char *stack = task_stack[t - task_area];
	int *id = (int *)t->scratch;
	long pid = clone(task_main, stack + TASK_STACK,
			 flags | exit_signal, t, id, task_tls(), id + 1);

	return pid == -1 ? -errno : pid;
}

static inline long by_fork(const long *arg)
{
	long pid = fork();

	if (!pid)
		task_main((void *)arg[0]);
	return pid == -1 ? -errno : pid;
}

/* The spawner sleeps until its child has died or called execve(). */
static inline long by_vfork(const long *arg)
{
	pid_t pid = vfork();

	if (!pid)
		task_main((void *)arg[0]);
	return pid == -1 ? -errno : pid;
}

/*
 * On the spawner's own stack: with CLONE_VM only together with CLONE_VFORK.
 * arg: mailbox, flags, exit signal, cgroup fd.
 */
static inline long by_clone3(const long *arg)
{
	struct task *t = (struct task *)arg[0];
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
		task_main(t);
	return pid == -1 ? -errno : pid;
}

static inline long by_pthread_create(const long *arg)
{
	pthread_t thread;

	return -pthread_create(&thread, NULL, task_main_thread, (void *)arg[0]);
}

static inline long by_posix_spawn(const long *arg)
{
	struct task *t = (struct task *)arg[0];
	char *argv[] = { "puppet", "--puppet", t->id, NULL };
	pid_t pid;
	int err = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, NULL);

	return err ? -err : pid;
}

/*
 * Returns -errno, or not at all: the new image reports from task_resume().
 * arg: the mailbox, the program, until when it is to go on executing itself.
 */
static inline long task_execve_here(const long *arg)
{
	struct task *t = (struct task *)arg[0];
	char *argv[] = { "puppet", "--puppet", t->id, (char *)arg[2], NULL };
	char *envp[] = { NULL };

	execve((const char *)arg[1], argv, envp);
	return -errno;
}

static inline long long task_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* What main() does in the image that a puppet has executed. */
static inline int task_resume(char **argv)
{
	const size_t size = TASK_MAX * sizeof(struct task);
	struct task *area;
	int fd, n;

	if (argv[3] && task_clock_ms() < atoll(argv[3]))
		execve("/proc/self/exe", argv, argv + 4);
	if (sscanf(argv[2], "%d:%d", &fd, &n) != 2)
		return 1;
	area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return area == MAP_FAILED || task_main(&area[n]);
}

/*
 * Makes the mailboxes, or others in their place: same address, same descriptor.
 * Returns 0 or -errno.  Without memfd_create() a puppet cannot outlive an
 * execve().
 */
static inline int task_area_make(void)
{
	const size_t size = TASK_MAX * sizeof(struct task);
	int fd = memfd_create("puppets", 0);
	int flags = fd == -1 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
	void *area;

	if (fd != -1 && ftruncate(fd, size))
		return -errno;
	if (task_area && (fd == -1) != (task_area_fd == -1))
		return -EMFILE;
	area = mmap(task_area, size, PROT_READ | PROT_WRITE,
		    task_area ? flags | MAP_FIXED : flags, fd, 0);
	if (area == MAP_FAILED)
		return -errno;
	if (task_area && fd != -1) {
		dup2(fd, task_area_fd);
		close(fd);
	} else {
		task_area_fd = fd;
	}
	task_area = area;
	return 0;
}

/*
 * Returns an empty mailbox.  Each test has mailboxes of its own: puppets of
 * puppets of an earlier one may not have died yet, and would read its orders.
 */
static inline struct task *task_new(void)
{
	struct task *t = &task_area[task_count];

	if (!task_count) {
		/* Orphans come to the test, not to a machine's busy init. */
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		task_area_make();
	}
	memset(t, 0, offsetof(struct task, scratch));	/* had it failed */
	snprintf(t->id, sizeof(t->id), "%d:%u", task_area_fd, task_count++);
	return t;
}

static inline int task_is_idle(struct task *t)
{
	return __atomic_load_n(&t->turn, __ATOMIC_SEQ_CST) == TURN_TEST;
}

/* Whether the puppet can no longer report: a zombie, or gone. */
static inline int task_is_dead(struct task *t)
{
	siginfo_t info = { .si_pid = 0 };

	if (!t->is_child || t->pid <= 0)
		return 0;
	return waitid(P_PID, t->pid, &info,
		      WEXITED | WNOHANG | WNOWAIT | __WALL) || info.si_pid;
}

/*
 * Returns whether the puppet has reported within ms.  The naps are long because
 * their end writes an errno that a CLONE_VM puppet may be about to read.
 */
static inline int task_is_done_within(struct task *t, int ms)
{
	long long deadline = task_clock_ms() + ms;

	while (!task_is_idle(t)) {
		if (task_clock_ms() >= deadline || task_is_dead(t))
			return task_is_idle(t);
		task_sleep(t, TURN_PUPPET, ms < 1000 ? ms : 1000);
	}
	return 1;
}

/* Returns the result of the last order, or TASK_STUCK in bounded time. */
static inline long task_result(struct task *t)
{
	return task_is_done_within(t, TASK_PATIENCE) ? t->ret : TASK_STUCK;
}

/* Gives an order without waiting for its result; no fn: a system call. */
static inline void task_post(struct task *t, task_fn *fn, const long *arg)
{
	t->fn = fn ? (char *)fn - (char *)task_syscall_here : 0;
	memcpy(t->arg, arg, sizeof(t->arg));
	task_give_turn(t, TURN_PUPPET);
}

static inline long task_order(struct task *t, task_fn *fn, const long *arg)
{
	if (!task_is_idle(t))
		return TASK_STUCK;
	task_post(t, fn, arg);
	return task_result(t);
}

#define TASK_ARGS(...)	((const long[7]){ __VA_ARGS__ })

/* Each returns what the function or the system call returned, or -errno. */
#define task_run(t, fn, ...)	task_order(t, fn, TASK_ARGS(__VA_ARGS__))
#define task_syscall(t, ...)	task_order(t, NULL, TASK_ARGS(__VA_ARGS__))
#define task_kcmp(t, ...)	task_syscall(t, SYS_kcmp, __VA_ARGS__)

/* Returns the spawner's answer; 0 also while it sleeps in a vfork(). */
static inline long task_spawner_says(struct task *by, struct task *t,
				     task_fn *how, const long *arg)
{
	if (!by)
		return how(arg);
	if (how != by_vfork && !(arg[1] & CLONE_VFORK))
		return task_order(by, how, arg);
	task_post(by, how, arg);
	while (!task_is_done_within(t, 1))
		if (task_is_idle(by))
			return by->ret;
	return 0;
}

/*
 * Spawns a puppet from "by", or from the test itself (NULL), which must neither
 * vfork() nor use CLONE_PARENT.  Returns it ready for orders, with ->pid as the
 * spawner sees it, or with -errno in ->pid and nothing to end.
 */
static inline struct task *task_spawn_with(struct task *by, task_fn *how,
					   unsigned long flags, const long *more)
{
	int is_thread = flags & CLONE_THREAD || how == by_pthread_create;
	struct task *t = task_new();
	long ret;

	t->is_child = !is_thread && (!by || flags & CLONE_PARENT);
	if (!is_thread && !(flags & CLONE_PARENT))
		t->parent = by ? by->tgid : getpid();
	ret = task_spawner_says(by, t, how,
				TASK_ARGS((long)t, flags, more[0], more[1]));
	if (ret >= 0 && task_result(t) == TASK_STUCK)
		ret = TASK_STUCK;
	t->pid = ret ? ret : t->tid;
	return t;
}

#define task_spawn_by(by, how, flags, ...) \
	task_spawn_with(by, how, flags, (const long[2]){ __VA_ARGS__ })
#define task_spawn(flags)	task_spawn_by(NULL, by_clone, flags, 0)

/* Why a puppet cannot be made to execute a program here, or NULL. */
static inline const char *task_missing_execve(void)
{
	return task_area_fd == -1 ? "missing memfd_create (CONFIG_MEMFD_CREATE)"
				  : NULL;
}

/*
 * Has a puppet execute a program that knows "--puppet", as all of the suite do.
 * Returns 0 when it is ready for orders again (system calls only), or -errno.
 */
static inline long task_execve(struct task *t, const char *path)
{
	return task_run(t, task_execve_here, (long)t, (long)path);
}

/* Returns 0 when the child has ended (it is a zombie then), or TASK_STUCK. */
static inline int task_await_end(pid_t pid)
{
	struct pollfd end = { .fd = syscall(SYS_pidfd_open, pid, 0),
			      .events = POLLIN };
	int ready = poll(&end, 1, TASK_PATIENCE);

	close(end.fd);
	return ready == 1 ? 0 : TASK_STUCK;
}

/* Has a child of the test exit.  Returns 0: it is a zombie now, or -errno. */
static inline int task_make_zombie(struct task *t)
{
	if (!task_is_idle(t))
		return TASK_STUCK;
	task_post(t, NULL, TASK_ARGS(SYS_exit_group, 0));
	return task_await_end(t->pid);
}

/* Reaps a child of the test that is about to end.  Returns as task_end(). */
static inline int task_reap(struct task *t)
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
	if (i == 64 && (task_await_end(pid) ||
			waitpid(pid, &status, __WALL) != pid))
		return TASK_STUCK;
	t->pid = -ECHILD;
	return status;
}

/* Kills and reaps a child of the test.  Returns its wait status, or -errno. */
static inline int task_end(struct task *t)
{
	if (t->is_child && t->pid > 0)
		kill(t->pid, SIGKILL);
	return task_reap(t);
}

/* Ends all puppets: those of other puppets die with their parent. */
static inline void tasks_end(void)
{
	unsigned int i;

	for (i = 0; i < task_count; i++)
		if (task_area[i].is_child && task_area[i].pid > 0)
			kill(task_area[i].pid, SIGKILL);
	for (i = 0; i < task_count; i++)
		task_reap(&task_area[i]);
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
static inline int task_status(pid_t pid, const char *field)
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
static inline int task_comes_within(int ms, pid_t pid, pid_t tid, char state)
{
	long long deadline = task_clock_ms() + ms;

	while (task_state(pid, tid) != state) {
		if (task_clock_ms() > deadline)
			return 0;
		sched_yield();
	}
	return 1;
}

#define task_comes_to(pid, tid, state) \
	task_comes_within(TASK_PATIENCE, pid, tid, state)

/* Gives it the time to block, in whatever state a kernel may call that. */
#define task_may_come_to(pid, tid, state) \
	task_comes_within(200, pid, tid, state)

static inline int task_nothing(void *unused)
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
static inline long task_heat_here(const long *arg)
{
	int flags = CLONE_VM | CLONE_VFORK | CLONE_SYSVSEM | SIGCHLD;
	pid_t pid;

	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_BEST_EFFORT(4));
	pid = clone(task_nothing, (void *)arg[0], flags, NULL);
	if (pid == -1 || waitpid(pid, NULL, 0) != pid)
		return -errno;
	return 0;
}

static inline long task_heat(void)
{
	static char stack[4096] __attribute__((aligned(16)));

	return task_heat_here(TASK_ARGS((long)(stack + sizeof(stack))));
}

/* Returns whether the text could not be written. */
static inline bool task_write(const char *path, const char *text)
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
static inline long task_map_root(const long *arg)
{
	char uid[32], gid[32];

	snprintf(uid, sizeof(uid), "0 %ld 1", arg[0]);
	snprintf(gid, sizeof(gid), "0 %ld 1", arg[1]);
	return task_write("/proc/self/setgroups", "deny") ||
	       task_write("/proc/self/uid_map", uid) ||
	       task_write("/proc/self/gid_map", gid) ? -EIO : 0;
}

/* Has a puppet open another's user namespace.  Returns that, or -errno. */
static inline long task_open_userns(struct task *t, pid_t of)
{
	snprintf(t->scratch, TASK_SCRATCH, "/proc/%d/ns/user", of);
	return task_syscall(t, SYS_openat, AT_FDCWD, (long)t->scratch, O_RDONLY);
}

#endif /* SELFTESTS_KCMP_TASK_H */
