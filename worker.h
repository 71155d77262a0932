/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Worker tasks, controlled through a mailbox in shared memory: a worker carries
 * out one order at a time and reports the raw result.  It asserts nothing.
 *
 * The mailboxes are mapped by all tasks of a test, whatever else they share.
 * Each worker has a stack of its own, which is not shared memory: a worker that
 * forks must leave its child a copy.
 *
 * The test owns its workers: worker_spawn() and worker_spawn_by() return a
 * mailbox that is valid until the test ends, and workers_end() kills and reaps
 * what is left.  A worker whose parent dies is killed by its parent-death signal,
 * which each worker sets first thing and again when the kernel has cleared it.
 *
 * Functions return 0 or a count on success and -errno on failure, unless their
 * comment says otherwise.
 */
#ifndef SELFTESTS_KCMP_WORKER_H
#define SELFTESTS_KCMP_WORKER_H

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
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

/* For files without the harness, which defines it as well. */
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

/* Not yet defined by the oldest supported kernel headers (Linux 5.10). */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef CLONE_AUTOREAP
#define CLONE_AUTOREAP (1ULL << 34)
#define CLONE_NNP (1ULL << 35)
#define CLONE_PIDFD_AUTOKILL (1ULL << 36)
#define CLONE_EMPTY_MNTNS (1ULL << 37)
#endif
#ifndef UNSHARE_EMPTY_MNTNS
#define UNSHARE_EMPTY_MNTNS 0x00100000
#endif
#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY (1024 + 3)
#endif
#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* The C library may be older than the kernel headers, which have these. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open __NR_pidfd_open
#endif
#ifndef SYS_close_range
#define SYS_close_range __NR_close_range
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd __NR_pidfd_getfd
#endif
/* alpha and sparc have the number, but not in their headers. */
#ifndef SYS_clone3
#ifdef __alpha__
#define SYS_clone3 545
#else
#define SYS_clone3 435
#endif
#endif

/* linux/ioprio.h came to user space with Linux 6.1 only. */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_WHO_PGRP 2
#define IOPRIO_BEST_EFFORT(n) (2 << 13 | (n))

/* All that two processes can share and kcmp() can compare. */
#define CLONE_EVERYTHING                                                     \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_SYSVSEM | \
	 CLONE_IO)

/* A thread that shares no more than it must. */
#define CLONE_A_THREAD (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

#define WORKER_MAX 160 /* in one test */
#define WORKER_STACK (24 * 1024)
#define WORKER_SCRATCH 1536
#define WORKER_TIMEOUT 60000 /* ms; a guard against hangs, not slowness */
#define WORKER_STUCK (-ETIME) /* no result within WORKER_TIMEOUT */

/* An order that is more than a system call; runs in the worker's context. */
typedef long worker_fn(const long *arg);

enum worker_turn { TURN_WORKER, TURN_TEST };

struct worker {
	unsigned int turn; /* enum worker_turn; a futex */
	pid_t pid; /* in the spawner's pid namespace, or -errno */
	pid_t tid; /* in the worker's own pid namespace */
	pid_t tgid;
	pid_t parent; /* must be alive, as getppid() tells; 0: not known */
	pid_t parent_outside; /* the same as the test's /proc tells */
	int in_test_pidns; /* ->tid is valid in the test, too */
	int is_child; /* of the test, which has to reap it */
	char id[24]; /* names the mailbox to an executed program */
	unsigned long long flags; /* of clone(2), with the upper half */
	ptrdiff_t fn; /* from worker_do_syscall(); execve() moves both */
	long arg[7];
	long ret;
	char scratch[WORKER_SCRATCH]; /* memory for fn() to share more */
};

extern struct worker *worker_area;
extern int worker_area_fd; /* -1: mailboxes do not survive execve() */
extern unsigned int worker_count; /* mailboxes that this test has used */

/* In main(): makes the mailboxes.  worker_resume() is for "--worker ID [MS]". */
int worker_area_make(void);
int worker_resume(char **argv);

/*
 * Ways to spawn: functions that run in the spawner with arg = mailbox, flags and
 * two more, and return the id of the new task, 0 if it is not known there (the
 * worker reports it), or -errno.
 *
 * by_clone() gives the worker its own stack.  by_clone3() (more: exit signal,
 * cgroup fd) leaves it on the spawner's: CLONE_VM only with CLONE_VFORK.
 * by_vfork() returns when the child has died or called execve().
 */
worker_fn by_clone, by_fork, by_vfork, by_clone3, by_pthread_create,
	by_posix_spawn;

/*
 * Spawns a worker from "by", or from the test (by == NULL), which must neither
 * vfork() nor use CLONE_PARENT.  Returns it ready for orders, with ->pid as the
 * spawner sees it; or with -errno in ->pid, and then there is nothing to end.
 */
struct worker *worker_spawn_with(struct worker *by, worker_fn *how,
				 unsigned long long flags, const long *more);

#define worker_spawn_by(by, how, flags, ...) \
	worker_spawn_with(by, how, flags, (const long[2]){ __VA_ARGS__ })
#define worker_spawn(flags) worker_spawn_by(NULL, by_clone, flags, 0)

/* The loop of a worker, for new ways to spawn.  Does not return. */
int worker_main(void *mailbox);

/*
 * After a clone3() with CLONE_VM, for the child: it runs on the stack of its parent,
 * whose syscall() still needs what it has saved right below.
 */
#define worker_main_below(mailbox)                                     \
	do {                                                           \
		__asm__ volatile("" : : "r"(alloca(1024)) : "memory"); \
		worker_main(mailbox);                                  \
	} while (0)

#define WORKER_ARGS(...) ((const long[7]){ __VA_ARGS__ })

/*
 * Give an order and wait for its result: what the function or the system call
 * returned (-1 becomes -errno), or WORKER_STUCK.
 */
#define worker_run(t, fn, ...) worker_call(t, fn, WORKER_ARGS(__VA_ARGS__))
#define worker_syscall(t, ...) worker_call(t, NULL, WORKER_ARGS(__VA_ARGS__))
#define worker_kcmp(t, ...) worker_syscall(t, SYS_kcmp, __VA_ARGS__)
long worker_call(struct worker *t, worker_fn *fn, const long *arg);

/* Gives an order without waiting for it; worker_result() waits. */
void worker_post(struct worker *t, worker_fn *fn, const long *arg);
long worker_result(struct worker *t);
/* Returns whether the result is there. */
int worker_is_idle(struct worker *t);
/* Returns whether the result is there within ms. */
int worker_done_within(struct worker *t, int ms);

/*
 * Has a worker execute a program that knows "--worker", as all of the suite do.
 * Returns 0 when it is ready for orders again (of functions only if it is the
 * same program), or -errno.
 */
long worker_execve(struct worker *t, const char *path);
/* For worker_run(): arg is mailbox, path, and until when to execute itself. */
worker_fn worker_do_execve;
/* Returns why no worker can report from an executed program, or NULL. */
const char *execve_skip_reason(void);

/* Has a child of the test exit, and waits until it is a zombie. */
int worker_make_zombie(struct worker *t);
/* Reaps a child of the test that is about to end: its wait status, or -errno. */
int worker_reap(struct worker *t);
/* Kills and reaps a child of the test.  Returns as worker_reap(). */
int worker_end(struct worker *t);
/* Ends the test's children; their descendants die with their parents. */
void workers_end(void);

/*
 * Sets the caller's parent-death signal, and exits if "parent" has died before.
 * To be called again after a change of credentials, which clears it, with the
 * getppid() of before.  parent: 0 if not known.
 */
void rearm_parent_death(pid_t parent);

/*
 * Forks a child that has no mailbox and dies with its parent; without CLONE_VM.
 * Returns its pid or -errno.
 */
long fork_idle_child(unsigned long flags);

/* Waits for a child to exit, and leaves it a zombie.  Returns 0 or WORKER_STUCK. */
int wait_exit(pid_t pid);

/* Milliseconds of CLOCK_MONOTONIC. */
long long clock_ms(void);
/* Lets others run for a moment; "round" counts the calls of one wait. */
void wait_a_moment(int round);
/* A function for clone(2) that returns 0. */
int exit_at_once(void *unused);

/* Returns the state letter of /proc/PID/task/TID/stat, 0 without such a task. */
char task_state(pid_t pid, pid_t tid);
/* Returns the first number of a line of /proc/PID/status, or 0. */
int proc_status_field(pid_t pid, const char *field);
/* Returns whether a task comes into the state (0: gone) within ms. */
int wait_state_within(int ms, pid_t pid, pid_t tid, char state);

#define wait_state(pid, tid, state) \
	wait_state_within(WORKER_TIMEOUT, pid, tid, state)
/* For a state that not every kernel shows: gives the task time to block. */
#define wait_state_briefly(pid, tid, state) \
	wait_state_within(200, pid, tid, state)

#define CAP(name) (1ULL << CAP_##name)

/* The permitted capabilities of the calling thread. */
unsigned long long permitted_caps(void);
/* Set the capabilities of the calling thread.  Return 0 or -1 with errno. */
int set_all_caps(unsigned long long permitted, unsigned long long effective,
		 unsigned long long inheritable);
int set_caps(unsigned long long permitted, unsigned long long effective);
/* For worker_run(): arg = permitted, effective; of 32 bits where a long has them. */
worker_fn worker_set_caps;

/*
 * Gives the test (or a worker: arg is the end of a stack) an io_context and an
 * undo list.  A task without them has NULL pointers there, and two of those
 * compare as the same.  Returns 0 or -errno.
 */
long alloc_io_and_undo(void);
worker_fn worker_alloc_io_and_undo;

/*
 * For worker_run().  worker_map_root(): maps uid arg[0] and gid arg[1] to root of
 * the caller's new user namespace.
 */
worker_fn worker_map_root;
/* Has a worker open the user namespace of a task.  Returns the fd or -errno. */
long worker_open_userns(struct worker *t, pid_t of);

/* Writes a file such as those of /proc.  Returns whether that failed. */
bool write_text(const char *path, const char *text);

#endif /* SELFTESTS_KCMP_WORKER_H */
