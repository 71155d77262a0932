// SPDX-License-Identifier: GPL-2.0
/*
 * The common part of all operations: random numbers, the tables of operations,
 * and the beginning and end of a run.
 */
#include "model_ops.h"

#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>

/* ------------------------------------------------------------------ */
/* Random numbers, the same on every machine.                          */

/* splitmix64, by Sebastiano Vigna, in the public domain. */
static unsigned long long random_next(struct generator *g)
{
	unsigned long long z = g->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

unsigned int random_below(struct generator *g, unsigned int n)
{
	return n ? (random_next(g) >> 33) % n : 0;
}

/* Returns true once in "of" times. */
bool random_chance(struct generator *g, unsigned int of)
{
	return !random_below(g, of);
}

/* Returns a task that can carry out something, or NOBODY. */
int random_idle(const struct run *run, struct generator *g)
{
	const struct model *m = &run->model;
	int t, n = 0, found = NOBODY;

	for (t = 0; t < m->tasks; t++)
		if (model_is_idle(m, t) && random_chance(g, ++n))
			found = t;
	return found;
}

int random_fd(const struct model *m, struct generator *g, int task)
{
	const struct table *table = model_table(m, task);

	return table->n ? table->fd[random_below(g, table->n)].nr : -1;
}

/* ------------------------------------------------------------------ */
/* For the operations.                                                 */

long result_of(long ret)
{
	return ret == -1 ? -errno : ret;
}

long receive_control(void *control, size_t size, int flags)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = size,
	};

	if (recvmsg(PASS_TO, &msg, MSG_DONTWAIT | flags) != 1)
		return -errno;
	return msg.msg_controllen;
}

struct worker *mailbox_of(const long *arg)
{
	return (struct worker *)((char *)arg - offsetof(struct worker, arg));
}

static bool is_number_taken(const struct run *run, int caller, long number)
{
	const struct model *m = &run->model;
	int t, level = model_level(m, caller);

	for (t = 0; t < m->tasks; t++)
		if (model_sees(m, caller, t) && run->inner[t][level] == number)
			return true;
	return false;
}

/* The caller does not see a task of an outer namespace: some unused number. */
long run_number(const struct run *run, int caller, int task)
{
	const struct model *m = &run->model;

	if (model_sees(m, caller, task))
		return run->inner[task][model_level(m, caller)];
	return is_number_taken(run, caller, run->pid[task]) ? INT_MAX :
							      run->pid[task];
}

/* ------------------------------------------------------------------ */
/* Any operation.                                                      */

static const struct op_type *type_of(enum op_kind kind)
{
	return kind <= OP_LAST_OF_TASKS ? &task_ops[kind] :
	       kind <= OP_LAST_OF_FILES ? &file_ops[kind] :
					  &cred_ops[kind];
}

bool op_is_allowed(const struct machine *machine, enum op_kind kind)
{
	return !type_of(kind)->is_allowed || type_of(kind)->is_allowed(machine);
}

const char *op_name(enum op_kind kind)
{
	return type_of(kind)->name;
}

bool op_choose(const struct run *run, struct generator *g, enum op_kind kind,
	       struct op *op)
{
	const struct op_type *type = type_of(kind);

	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->task = random_idle(run, g);
	return op->task != NOBODY &&
	       (!type->choose || type->choose(run, g, op));
}

bool op_is_legal(const struct run *run, const struct op *op)
{
	const struct op_type *type = type_of(op->kind);

	return (op->kind == OP_REAP || model_is_idle(&run->model, op->task)) &&
	       (!type->is_legal || type->is_legal(run, op));
}

long op_apply(struct model *m, const struct op *op)
{
	long ret = type_of(op->kind)->apply(m, op);

	model_sweep(m);
	return ret;
}

/* Exits are asynchronous: waits until the tasks are in the model's states. */
static long wait_for_tasks(struct run *run)
{
	const struct model *m = &run->model, *before = &run->before;
	int t, leader;

	for (t = 0; t < before->tasks; t++) {
		leader = model_leader(before, t);
		if (before->task[t].state == TASK_LIVE &&
		    m->task[t].state == TASK_ZOMBIE &&
		    !wait_state(run->pid[t], run->pid[t], 'Z'))
			return WORKER_STUCK;
		if (before->task[t].state == TASK_LIVE &&
		    m->task[t].state == TASK_GONE && leader != NOBODY &&
		    !wait_state(run->pid[leader], run->pid[t], 0))
			return WORKER_STUCK;
		if (before->task[t].waits_for != NOBODY &&
		    model_is_idle(m, t) &&
		    worker_result(run->worker[t]) == WORKER_STUCK)
			return WORKER_STUCK;
	}
	return 0;
}

long op_do(struct run *run, const struct op *op, long *want)
{
	long ret;

	run->before = run->model;
	*want = op_apply(&run->model, op);
	ret = type_of(op->kind)->carry_out(run, op);
	return ret < 0 ? ret : wait_for_tasks(run) ?: ret;
}

void op_print(const struct op *op, long result, char *text, size_t size)
{
	text[0] = '\0';
	if (op->kind != OP_REAP && op->kind != OP_PASS)
		append_text(text, size, "w%d: ", op->task);
	type_of(op->kind)->print(op, result, text, size);
}

/* ------------------------------------------------------------------ */
/* Beginning and end of a run.                                         */

/* close_range() came with Linux 5.9; without it, a few numbers are enough. */
static void close_high_fds(void)
{
	int fd;

	if (syscall(SYS_close_range, FIRST_FD, UINT_MAX, 0))
		for (fd = FIRST_FD; fd < 64; fd++)
			close(fd);
}

/* Fills the lower numbers, so that the first free one is the same everywhere. */
static long fill_low_fds(void)
{
	int fd, pair[2];

	close_high_fds();
	/* Without AF_UNIX nothing is passed on. */
	if ((socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) && pipe(pair)) ||
	    fcntl(pair[0], F_DUPFD, FIRST_FD) == -1 ||
	    fcntl(pair[1], F_DUPFD, FIRST_FD) == -1 ||
	    dup2(FIRST_FD, PASS_FROM) == -1 ||
	    dup2(FIRST_FD + 1, PASS_TO) == -1)
		return -errno;
	for (fd = PASS_TO + 1; fd < FIRST_FD; fd++)
		if (dup2(PASS_TO, fd) == -1)
			return -errno;
	close_high_fds();
	return 0;
}

long run_begin(struct run *run)
{
	struct worker *w;
	long err = fill_low_fds();

	if (err)
		return err;
	run->semaphore = -1;
	if (run->machine->semop && !syscall(SYS_unshare, CLONE_NEWIPC))
		run->semaphore = semget(IPC_PRIVATE, 1, 0666);
	w = worker_spawn(0);
	run->worker[model_first_task(&run->model)] = w;
	run->pid[0] = w->pid;
	run->inner[0][0] = w->pid;
	return w->pid > 0 ? 0 : w->pid;
}

void run_end(struct run *run)
{
	int t;

	for (t = 0; t < run->model.tasks; t++)
		if (run->model.task[t].state != TASK_GONE && run->pid[t] > 0)
			kill(run->pid[t], SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
}
