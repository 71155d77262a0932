/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations: changes of the model, each with the calls of a worker that have the
 * same effect.
 */
#ifndef SELFTESTS_KCMP_MODEL_OPS_H
#define SELFTESTS_KCMP_MODEL_OPS_H

#include <stdint.h>
#include <sys/types.h>

#include "describe.h"
#include "model.h"
#include "worker.h"

enum op_kind {
	OP_THREAD,
	OP_FORK,
	OP_CLONE,
	OP_CLONE3,
	OP_PIDNS,
	OP_EXEC,
	OP_EXIT_THREAD,
	OP_EXIT_PROCESS,
	OP_KILL,
	OP_REAP,
	OP_UNSHARE,
	OP_SETNS,
	OP_IOPRIO,
	OP_UNDO,
	OP_UMASK,
	OP_LAST_OF_TASKS = OP_UMASK,

	OP_OPEN,
	OP_REOPEN,
	OP_DUP,
	OP_DUP3,
	OP_DUPFD,
	OP_SETFD,
	OP_CLOSE,
	OP_CLOSE_RANGE,
	OP_PASS,
	OP_GETFD,
	OP_EPOLL_ADD,
	OP_EPOLL_MOD,
	OP_EPOLL_DEL,
	OP_LAST_OF_FILES = OP_EPOLL_DEL,

	OP_SETRESUID,
	OP_SETRESGID,
	OP_CAPSET,
	OP_DUMPABLE,
	OP_KEEPCAPS,
	OP_USERNS,
	OP_LANDLOCK,
	OPS
};

/* One step; numbers of tasks and fds stay the same when others are left out. */
struct op {
	enum op_kind kind;
	int task, other; /* other: the new task, or a second one */
	unsigned long long flags;
	unsigned int arg[3];
};

/* Features of this kernel, machine and user, as found by machine_probe().*/
struct machine {
	unsigned long long clone_flags; /* that unshare() takes, too */
	unsigned long long pidns; /* flags for a pid namespace, or 0 */
	bool clone3, exec, unshare, setns, io, undo, semop;
	bool pass, getfd, close_range, cloexec_range, reopen;
	bool ids, userns, landlock;
	bool stays_dumpable; /* in spite of other effective ids */
	bool sees_undumpable; /* in /proc */
	unsigned int last_fd;
	unsigned int types; /* of kcmp(), bit by bit */
	unsigned int kinds; /* enum file_kind, bit by bit */
	int ids_of[3]; /* users and groups to become */
};

#define PIDNS_LEVELS 3 /* that of the test is level 0 */

/* Fills in both by trying; takes a few forks. */
void machine_probe(struct machine *k, struct creds *creds);
/* Returns whether fs.suid_dumpable is another one since then. */
bool machine_has_changed(const struct machine *k);

struct generator {
	unsigned long long state;
};

unsigned int random_below(struct generator *g, unsigned int n);
bool random_chance(struct generator *g, unsigned int of);

/* A run: the model, and the workers that it describes. */
struct run {
	struct model model, before; /* before: the last operation */
	const struct machine *machine;
	struct worker *worker[MODEL_TASKS];
	pid_t pid[MODEL_TASKS]; /* as the test sees it */
	pid_t inner[MODEL_TASKS][PIDNS_LEVELS]; /* in its pid namespaces */
	bool borrows_stack[MODEL_TASKS]; /* that of its vfork() parent */
	int semaphore;
	bool siblings; /* each process is a child of the test */
};

/* Fills in a random operation.  Returns whether there can be one. */
bool op_choose(const struct run *run, struct generator *g, enum op_kind kind,
	       struct op *op);
bool op_is_legal(const struct run *run, const struct op *op);
bool op_is_allowed(const struct machine *machine, enum op_kind kind);

/* Changes the model only.  Returns the result that is due: 0 or an fd. */
long op_apply(struct model *m, const struct op *op);

/* Changes model and workers.  Returns the result; want: the one that is due. */
long op_do(struct run *run, const struct op *op, long *want);

/* Spells an operation, as far as possible in C. */
void op_print(const struct op *op, long result, char *text, size_t size);

/* Returns its name in the list of those that are not allowed, or NULL. */
const char *op_name(enum op_kind kind);

/* Returns a task's number as a caller knows it, or one that no task has. */
long run_number(const struct run *run, int caller, int task);

/* Makes the first worker.  Returns 0 or -errno. */
long run_begin(struct run *run);
void run_end(struct run *run);

/* ------------------------------------------------------------------ */
/* The parts of an operation.                                          */

struct op_type {
	const char *name; /* see op_name() */
	bool (*is_allowed)(const struct machine *machine); /* NULL: yes */
	bool (*choose)(const struct run *run, struct generator *g,
		       struct op *op); /* NULL: nothing but the task */
	bool (*is_legal)(const struct run *run, const struct op *op);
	long (*apply)(struct model *m, const struct op *op);
	long (*carry_out)(struct run *run, const struct op *op);
	void (*print)(const struct op *op, long result, char *text,
		      size_t size);
};

/* Each has the entries of its own operations only. */
extern const struct op_type task_ops[], file_ops[], cred_ops[];

#define PASS_FROM 4 /* the socket pair by which fds are passed on */
#define PASS_TO 5

/*
 * Receives a byte with a control message of at most "size" bytes.  Returns the
 * control message's length or -errno.
 */
long receive_control(void *control, size_t size, int flags);

/* Returns a task that can carry out something, or NOBODY. */
int random_idle(const struct run *run, struct generator *g);
/* Returns one of a task's fds, or -1. */
int random_fd(const struct model *m, struct generator *g, int task);

/* In a worker: -errno for -1, and the mailbox that the arguments are in. */
long result_of(long ret);
struct worker *mailbox_of(const long *arg);

/* For probing, too.  in_open(): opens a file of the kind that arg[0] says. */
worker_fn in_open, in_landlock;

#endif /* SELFTESTS_KCMP_MODEL_OPS_H */
