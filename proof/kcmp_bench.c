// SPDX-License-Identifier: GPL-2.0
/*
 * How fast kcmp(2) itself is.  Prints one figure a line, "name value", for
 * proof/bench.sh to make tables of.  Nothing is asserted; what cannot be asked here
 * is "null".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../kcmp.h"

#define LOOP_NS 50e6
#define ROUNDS 5
#define BATCH 256 /* calls from one look at the clock to the next */
#define GETPPID (-1) /* in place of a type: what a system call costs */
#define MOST_FDS 10000

struct question {
	char name[48];
	long pid1, pid2, type;
	unsigned long idx1, idx2;
	double ns; /* a call; the least so far */
};

/* In ns. */
static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void print_figure(const char *name, bool known, double figure)
{
	if (known)
		printf("%s %.*f\n", name, figure < 1000, figure);
	else
		printf("%s null\n", name);
	fflush(stdout);
}

/* A child with all our descriptors, and nothing to do. */
static pid_t spawn(void)
{
	pid_t parent = getpid(), child = fork();

	if (child < 0)
		die("fork");
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		pause();
	_exit(0);
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* ------------------------------------------------------------------ */
/* The time of one call.                                               */

static inline long ask(const struct question *q)
{
	if (q->type == GETPPID)
		return syscall(SYS_getppid);
	return sys_kcmp(q->pid1, q->pid2, q->type, q->idx1, q->idx2);
}

/* By the time this thread has run: that of others on its CPU is not the call's. */
static double time_once(const struct question *q)
{
	double begin = now(CLOCK_THREAD_CPUTIME_ID), passed;
	long calls = 0;
	int i;

	do {
		for (i = 0; i < BATCH; i++)
			ask(q);
		calls += BATCH;
		passed = now(CLOCK_THREAD_CPUTIME_ID) - begin;
	} while (passed < LOOP_NS);
	return passed / calls;
}

/* In turns: what disturbs the machine for a while disturbs all of them. */
static void time_all(struct question *q, int n)
{
	double ns;
	int round, i;

	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < n; i++) {
			if (ask(&q[i]) < 0)
				continue;
			ns = time_once(&q[i]);
			if (!round || ns < q[i].ns)
				q[i].ns = ns;
		}
	for (i = 0; i < n; i++)
		print_figure(q[i].name, q[i].ns, q[i].ns);
}

/* clang-format off */
static const char *const type_names[KCMP_TYPES] = {
	[KCMP_FILE]	 = "FILE",
	[KCMP_VM]	 = "VM",
	[KCMP_FILES]	 = "FILES",
	[KCMP_FS]	 = "FS",
	[KCMP_SIGHAND]	 = "SIGHAND",
	[KCMP_IO]	 = "IO",
	[KCMP_SYSVSEM]	 = "SYSVSEM",
	[KCMP_EPOLL_TFD] = "EPOLL_TFD",
};
/* clang-format on */

static void ask_about(struct question *q, int type, bool itself, pid_t child,
		      int fd, struct kcmp_epoll_slot *slot)
{
	snprintf(q->name, sizeof(q->name), "kcmp.type.%s.%s", type_names[type],
		 itself ? "itself_ns" : "child_ns");
	q->pid1 = getpid();
	q->pid2 = itself ? q->pid1 : child;
	q->type = type;
	if (type == KCMP_FILE || type == KCMP_EPOLL_TFD) {
		q->idx1 = fd;
		q->idx2 = fd;
	}
	if (type == KCMP_EPOLL_TFD)
		q->idx2 = (unsigned long)slot;
}

/* Returns an epoll instance with the n descriptors registered, or -1. */
static int watch(const int *fd, int n)
{
	struct epoll_event event = { .events = EPOLLIN };
	int i, efd = epoll_create1(EPOLL_CLOEXEC);

	for (i = 0; i < n && efd >= 0; i++)
		if (epoll_ctl(efd, EPOLL_CTL_ADD, fd[i], &event)) {
			close(efd);
			efd = -1;
		}
	return efd;
}

static void time_types(int fd)
{
	struct kcmp_epoll_slot slot = { .efd = watch(&fd, 1), .tfd = fd };
	struct question q[1 + 2 * KCMP_TYPES] = {
		{ .name = "kcmp.getppid_ns", .type = GETPPID },
	};
	pid_t child = spawn();
	int i;

	for (i = 0; i < 2 * KCMP_TYPES; i++)
		ask_about(&q[1 + i], i / 2, i % 2 == 0, child, fd, &slot);
	time_all(q, 1 + 2 * KCMP_TYPES);
	end(child);
	close(slot.efd);
}

/* ------------------------------------------------------------------ */
/* The time of one call as descriptors and registrations grow in number. */

/*
 * The registrations of an instance are ordered by file and descriptor, so the
 * lowest of one file's descriptors comes first.
 */
static void time_registrations(const int *fd, int n)
{
	int efd = watch(fd, n), i;
	struct kcmp_epoll_slot slot[2] = {
		{ .efd = efd, .tfd = fd[0] },
		{ .efd = efd, .tfd = fd[n - 1] },
	};
	struct question q[2] = { 0 };

	for (i = 0; i < 2; i++) {
		snprintf(q[i].name, sizeof(q[i].name),
			 "kcmp.registrations.%d.%s_ns", n,
			 i ? "last" : "first");
		q[i].pid1 = getpid();
		q[i].pid2 = q[i].pid1;
		q[i].type = KCMP_EPOLL_TFD;
		q[i].idx1 = slot[i].tfd;
		q[i].idx2 = (unsigned long)&slot[i];
	}
	time_all(q, 2);
	if (efd >= 0)
		close(efd);
}

static void time_descriptors(const int *fd, int n)
{
	struct question q = {
		.pid1 = getpid(),
		.pid2 = getpid(),
		.type = KCMP_FILE,
		.idx1 = fd[0],
		.idx2 = fd[n - 1],
	};

	snprintf(q.name, sizeof(q.name), "kcmp.descriptors.%d.file_ns", n);
	time_all(&q, 1);
}

/* As many as the limit permits; all of them are one file. */
static void time_growth(int file)
{
	struct rlimit limit;
	int fd[MOST_FDS], open = 0, n;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (n = 1; n <= MOST_FDS; n *= 10) {
		while (open < n && (fd[open] = dup(file)) >= 0)
			open++;
		if (open < n)
			break;
		time_descriptors(fd, n);
		time_registrations(fd, n);
	}
	while (open > 0)
		close(fd[--open]);
}

/* ------------------------------------------------------------------ */
/* Calls a second, by several threads at once.                         */

struct asker {
	pthread_t thread;
	pid_t target;
	long calls;
} __attribute__((aligned(128)));

static pthread_barrier_t begin_together;
static int over;

/*
 * The target is asked about itself: the caller's own locks, which its threads
 * share, are left out of it.
 */
static void *asker_main(void *arg)
{
	struct asker *a = arg;
	long calls = 0;
	int i;

	pthread_barrier_wait(&begin_together);
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		for (i = 0; i < BATCH; i++)
			sys_kcmp(a->target, a->target, KCMP_VM, 0, 0);
		calls += BATCH;
	}
	a->calls = calls;
	return NULL;
}

/* Returns the calls a second of n threads together. */
static double throughput_once(struct asker *a, int n)
{
	double begin, passed;
	long calls = 0;
	int i;

	over = 0;
	pthread_barrier_init(&begin_together, NULL, n + 1);
	for (i = 0; i < n; i++)
		if (pthread_create(&a[i].thread, NULL, asker_main, &a[i]))
			die("pthread_create");
	pthread_barrier_wait(&begin_together);
	begin = now(CLOCK_MONOTONIC);
	usleep(LOOP_NS / 1000);
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
	passed = now(CLOCK_MONOTONIC) - begin;
	for (i = 0; i < n; i++) {
		pthread_join(a[i].thread, NULL);
		calls += a[i].calls;
	}
	pthread_barrier_destroy(&begin_together);
	return calls / passed * 1e9;
}

static void throughput(struct asker *a, int n, const pid_t *target, bool own)
{
	double once, best = 0;
	char name[48];
	int i;

	for (i = 0; i < n; i++)
		a[i].target = target[own ? i : 0];
	for (i = 0; i < ROUNDS; i++) {
		once = throughput_once(a, n);
		if (once > best)
			best = once;
	}
	snprintf(name, sizeof(name), "kcmp.threads.%d.%s_target_per_s", n,
		 own ? "own" : "one");
	print_figure(name, sys_kcmp(*target, *target, KCMP_VM, 0, 0) >= 0,
		     best);
}

static void time_threads(int most)
{
	struct asker a[most];
	pid_t target[most];
	int i, n;

	for (i = 0; i < most; i++)
		target[i] = spawn();
	for (n = 1; n <= most; n = n < most && 2 * n > most ? most : 2 * n) {
		throughput(a, n, target, false);
		throughput(a, n, target, true);
	}
	for (i = 0; i < most; i++)
		end(target[i]);
}

/* At least two, to have them meet. */
static int count_threads(void)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return 2;
	return CPU_COUNT(&cpus) > 2 ? CPU_COUNT(&cpus) : 2;
}

int main(void)
{
	int file = eventfd(0, EFD_CLOEXEC);

	if (file < 0)
		die("eventfd");
	time_types(file);
	time_growth(file);
	time_threads(count_threads());
	return 0;
}
