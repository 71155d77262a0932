// SPDX-License-Identifier: GPL-2.0
/*
 * Runs carry out operations, ask questions after each, and compare the answers with
 * the model's.  The order that answers tell must be consistent with all earlier
 * answers about the same objects.
 */
#include "model_check.h"

#include <sys/mman.h>

#include "describe.h"

static const unsigned int weights[][OPS] = {
	[OBJECTS] = {
		[OP_THREAD] = 10, [OP_FORK] = 3, [OP_CLONE] = 10, [OP_CLONE3] = 3,
		[OP_EXEC] = 3, [OP_EXIT_THREAD] = 3, [OP_EXIT_PROCESS] = 3,
		[OP_KILL] = 1, [OP_REAP] = 4, [OP_UNSHARE] = 12, [OP_SETNS] = 2,
		[OP_IOPRIO] = 5, [OP_UNDO] = 5, [OP_UMASK] = 1,
		[OP_CLOSE_RANGE] = 3,
	},
	[DESCRIPTORS] = {
		[OP_THREAD] = 2, [OP_FORK] = 2, [OP_CLONE] = 2, [OP_EXEC] = 1,
		[OP_EXIT_THREAD] = 1, [OP_EXIT_PROCESS] = 1, [OP_REAP] = 1,
		[OP_UNSHARE] = 2, [OP_OPEN] = 12, [OP_REOPEN] = 6, [OP_DUP] = 4,
		[OP_DUP3] = 6, [OP_DUPFD] = 6, [OP_SETFD] = 2, [OP_CLOSE] = 4,
		[OP_CLOSE_RANGE] = 3, [OP_PASS] = 8, [OP_GETFD] = 5,
	},
	[EPOLL] = {
		[OP_THREAD] = 1, [OP_FORK] = 2, [OP_CLONE] = 2, [OP_EXEC] = 1,
		[OP_EXIT_PROCESS] = 1, [OP_REAP] = 1, [OP_OPEN] = 12,
		[OP_DUP] = 3, [OP_DUP3] = 12, [OP_DUPFD] = 3, [OP_CLOSE] = 5,
		[OP_CLOSE_RANGE] = 1, [OP_PASS] = 4, [OP_GETFD] = 1,
		[OP_EPOLL_ADD] = 30, [OP_EPOLL_MOD] = 2, [OP_EPOLL_DEL] = 4,
	},
	[ORDER] = {
		[OP_THREAD] = 8, [OP_FORK] = 4, [OP_CLONE] = 8, [OP_EXEC] = 1,
		[OP_EXIT_THREAD] = 1, [OP_EXIT_PROCESS] = 1, [OP_REAP] = 1,
		[OP_UNSHARE] = 6, [OP_IOPRIO] = 6, [OP_UNDO] = 6,
		[OP_OPEN] = 10, [OP_DUP] = 3, [OP_DUP3] = 8, [OP_CLOSE] = 2,
		[OP_PASS] = 4, [OP_EPOLL_ADD] = 14, [OP_EPOLL_DEL] = 1,
	},
	[PERMISSION] = {
		[OP_THREAD] = 8, [OP_FORK] = 6, [OP_CLONE] = 6, [OP_EXEC] = 2,
		[OP_EXIT_THREAD] = 1, [OP_EXIT_PROCESS] = 3, [OP_REAP] = 2,
		[OP_OPEN] = 2, [OP_SETRESUID] = 14, [OP_SETRESGID] = 3,
		[OP_CAPSET] = 4, [OP_DUMPABLE] = 10, [OP_KEEPCAPS] = 2,
		[OP_USERNS] = 4, [OP_LANDLOCK] = 3,
	},
	[PIDS] = {
		[OP_THREAD] = 8, [OP_FORK] = 4, [OP_CLONE] = 8, [OP_EXEC] = 6,
		[OP_EXIT_THREAD] = 4, [OP_EXIT_PROCESS] = 5, [OP_KILL] = 2,
		[OP_REAP] = 8, [OP_UNSHARE] = 2, [OP_OPEN] = 4, [OP_PIDNS] = 4,
	},
	[ERRORS] = {
		[OP_THREAD] = 4, [OP_FORK] = 3, [OP_CLONE] = 4, [OP_EXEC] = 1,
		[OP_EXIT_THREAD] = 1, [OP_EXIT_PROCESS] = 2, [OP_REAP] = 2,
		[OP_OPEN] = 12, [OP_DUP3] = 6, [OP_DUPFD] = 6, [OP_CLOSE] = 6,
		[OP_PASS] = 2, [OP_EPOLL_ADD] = 10,
	},
};

/* ------------------------------------------------------------------ */
/* Asking.                                                             */

/* A question in a worker's mailbox. */
struct asked {
	long arg[5], answer;
	struct kcmp_epoll_slot slot;
	int has_slot;
};

#define ASKED_MAX (WORKER_SCRATCH / (int)sizeof(struct asked))

static long in_ask(const long *arg)
{
	struct worker *t =
		(struct worker *)((char *)arg - offsetof(struct worker, arg));
	struct asked *q = (struct asked *)t->scratch;
	long i;

	for (i = 0; i < arg[0]; i++)
		q[i].answer = sys_kcmp(q[i].arg[0], q[i].arg[1], q[i].arg[2],
				       q[i].arg[3],
				       q[i].has_slot ?
					       (unsigned long)&q[i].slot :
					       (unsigned long)q[i].arg[4]);
	return 0;
}

static long widened(const struct question *q, int bit, long value)
{
#if ULONG_MAX > 0xffffffff
	if (q->wide & bit)
		return (long)((value & 0xffffffffUL) | 0x5a5a5a5aUL << 32);
#endif
	return value;
}

static void fill_args(const struct checker *c, const struct question *q,
		      long *arg)
{
	int i;

	for (i = 0; i < 2; i++)
		arg[i] = widened(q, 1 << i,
				 q->task[i] == NOBODY ?
					 q->pid[i] :
					 run_number(&c->run, q->caller,
						    q->task[i]));
	arg[2] = widened(q, 4, q->type);
	arg[3] = q->idx[0];
	arg[4] = q->idx[1];
}

/* Puts the slot where the question wants it.  Returns its address. */
static unsigned long place_slot(const struct checker *c,
				const struct question *q)
{
	size_t size = sysconf(_SC_PAGESIZE), n = sizeof(q->slot);
	char *end = c->page + size, *at = NULL;

	switch (q->place) {
	case PLACE_NORMAL:
		at = c->page + 64;
		break;
	case PLACE_END_OF_PAGE:
		at = end - n;
		break;
	case PLACE_MISALIGNED:
		at = c->page + 65;
		break;
	case PLACE_TWO_PAGES:
		at = c->read_only + 2 * size - 5;
		break;
	case PLACE_READ_ONLY:
		at = c->read_only + 64;
		break;
	case PLACE_UNMAPPED:
		at = end + 64;
		break;
	case PLACE_TAIL_UNMAPPED:
		return (unsigned long)(end - 1 - q->slot.tfd % (n - 1));
	case PLACE_KERNEL:
		return ULONG_MAX;
	default:
		break;
	}
	if (!at || PLACE_IS_BAD(q->place))
		return (unsigned long)at;
	if (q->place == PLACE_READ_ONLY)
		mprotect(c->read_only, size, PROT_READ | PROT_WRITE);
	memcpy(at, &q->slot, n);
	if (q->place == PLACE_READ_ONLY)
		mprotect(c->read_only, size, PROT_READ);
	return (unsigned long)at;
}

/* The test itself asks.  The kernel must not write to the slot. */
static long ask_here(const struct checker *c, const struct question *q)
{
	bool has_slot = (int)q->type == KCMP_EPOLL_TFD;
	long arg[5], answer;

	fill_args(c, q, arg);
	if (has_slot)
		arg[4] = place_slot(c, q);
	answer = sys_kcmp(arg[0], arg[1], arg[2], arg[3], arg[4]);
	if (has_slot && !PLACE_IS_BAD(q->place) &&
	    memcmp((void *)arg[4], &q->slot, sizeof(q->slot)))
		return SLOT_CHANGED;
	return answer;
}

/* A file is registered by a number once: one toff finds it, the others do not. */
static long ask_each_toff(const struct checker *c, const struct question *q)
{
	const struct model *m = &c->run.model;
	int efd = model_file_at(m, q->task[1], q->slot.efd), found = 0;
	unsigned int toff = 0, n = model_count_items(m, efd, q->slot.tfd);
	struct question one = *q;
	long answer;

	for (one.slot.toff = 0; one.slot.toff < n; one.slot.toff++) {
		answer = ask_here(c, &one);
		if (!kcmp_answers(answer))
			return answer;
		found += answer == 0;
		toff = answer == 0 ? one.slot.toff : toff;
	}
	if (found != 1)
		return NOT_ONE_TOFF - found;
	one.slot.toff = toff;
	one.idx[0] = q->idx[1];
	return ask_here(c, &one);
}

/* Has a worker ask as many as fit into its mailbox.  Returns how many. */
static int ask_by_worker(struct checker *c, int from)
{
	int caller = c->question[from].caller, i, n = 0;
	struct worker *w = c->run.worker[caller];
	struct asked *q = (struct asked *)w->scratch;

	for (i = from; i < c->questions && n < ASKED_MAX; i++, n++) {
		if (c->question[i].caller != caller)
			break;
		fill_args(c, &c->question[i], q[n].arg);
		q[n].has_slot = (int)c->question[i].type == KCMP_EPOLL_TFD;
		q[n].slot = c->question[i].slot;
		if (q[n].has_slot && c->question[i].place == PLACE_NULL) {
			q[n].has_slot = false;
			q[n].arg[4] = 0;
		}
	}
	if (worker_run(w, in_ask, n) == WORKER_STUCK)
		q[0].answer = WORKER_STUCK;
	for (i = 0; i < n; i++)
		c->answer[from + i] = q[i].answer;
	return n;
}

static void ask_all(struct checker *c)
{
	int i = 0;

	while (i < c->questions)
		if (c->question[i].caller != NOBODY) {
			i += ask_by_worker(c, i);
		} else if (c->question[i].each_toff) {
			c->answer[i] = ask_each_toff(c, &c->question[i]);
			i++;
		} else {
			c->answer[i] = ask_here(c, &c->question[i]);
			i++;
		}
}

/* ------------------------------------------------------------------ */
/* Judging.                                                            */

static void keep_question(struct report *report, const struct question *q,
			  long answer)
{
	if (report->questions_kept == RECORD)
		return;
	report->question[report->questions_kept] = *q;
	report->answer[report->questions_kept++] = answer;
}

static void keep_answered(struct report *report, const struct answered *earlier)
{
	if (earlier)
		keep_question(report, &earlier->question, earlier->answer);
}

/* Returns an object that closes a circle with a < b, or 0. */
static int find_circle(const struct checker *c, int type, int a, int b)
{
	int i;

	for (i = 1; i <= c->run.model.objects[type]; i++)
		if (c->order[type][b][i] == 1 && c->order[type][i][a] == 1)
			return i;
	return 0;
}

static void remember_order(struct checker *c, const struct question *q,
			   int type, int a, int b, long answer)
{
	struct answered *kept = malloc(sizeof(*kept));

	if (kept)
		*kept = (struct answered){ *q, answer };
	c->order[type][a][b] = answer;
	c->order[type][b][a] = 3 - answer;
	c->asked[type][a][b] = kept;
	c->asked[type][b][a] = kept;
}

/* Returns whether an answer's order is consistent with all earlier ones. */
static bool check_order(struct checker *c, const struct question *q,
			const struct want *w, long answer)
{
	int type = w->order_type, a = w->order[0], b = w->order[1], third;
	int before = c->order[type][a][b];

	if (answer == 3)
		return c->aspect != ORDER;
	if (before == answer)
		return true;
	if (before) {
		keep_answered(c->report, c->asked[type][a][b]);
		return false;
	}
	third = answer == 1 ? find_circle(c, type, a, b) :
			      find_circle(c, type, b, a);
	if (third) {
		keep_answered(c->report, c->asked[type][a][third]);
		keep_answered(c->report, c->asked[type][b][third]);
		return false;
	}
	remember_order(c, q, type, a, b, answer);
	return true;
}

/* The id of a reaped task may have been given to a task outside of the test. */
static bool is_moot(const struct checker *c, const struct question *q)
{
	int i;

	for (i = 0; i < 2; i++)
		if (q->task[i] != NOBODY &&
		    c->run.model.task[q->task[i]].state == TASK_GONE &&
		    !(kill(c->run.pid[q->task[i]], 0) && errno == ESRCH))
			return true;
	return false;
}

/* Returns whether the answer is right; if not, the report says so. */
static bool judge(struct checker *c, const struct question *q, long answer)
{
	struct want w;

	model_want(&c->run.model, q, &w);
	c->report->questions_kept = 0;
	if (!model_accepts(&w, answer)) {
		if (is_moot(c, q))
			return true;
	} else if (!w.order[0] || !w.order[1] || answer <= 0 ||
		   check_order(c, q, &w, answer)) {
		return true;
	}
	keep_question(c->report, q, answer);
	return false;
}

/* Asks what has been collected.  Returns whether all answers are right. */
static bool check_questions(struct checker *c)
{
	int i;

	ask_all(c);
	c->report->questions += c->questions;
	for (i = 0; i < c->questions; i++)
		if (!judge(c, &c->question[i], c->answer[i])) {
			c->report->outcome = RUN_DISAGREED;
			return false;
		}
	c->questions = 0;
	return true;
}

/* ------------------------------------------------------------------ */
/* A run.                                                              */

/* Chooses among the allowed operations by weight.  Returns whether one is legal. */
static bool choose_op(struct checker *c, struct op *op)
{
	const unsigned int *weight = weights[c->aspect];
	unsigned int sum = 0, at;
	int kind, tries;

	for (kind = 0; kind < OPS; kind++)
		if (op_is_allowed(c->run.machine, kind))
			sum += weight[kind];
	for (tries = 0; tries < 100; tries++) {
		at = random_below(&c->g, sum);
		for (kind = 0; kind < OPS; kind++) {
			if (!op_is_allowed(c->run.machine, kind))
				continue;
			if (at < weight[kind])
				break;
			at -= weight[kind];
		}
		if (op_choose(&c->run, &c->g, kind, op) &&
		    op_is_legal(&c->run, op))
			return true;
	}
	return false;
}

/*
 * Returns whether an operation failed for lack of resources or permission, which
 * says nothing about kcmp(): a filter, a security module or a missing capability
 * that the probes have not met.
 */
static bool is_shortage(long ret)
{
	return ret == -EPERM || ret == -EACCES || ret == -ENOSYS ||
	       ret == -EAGAIN || ret == -ENOMEM || ret == -EMFILE ||
	       ret == -ENFILE || ret == -ENOSPC || ret == -EUSERS ||
	       ret == -E2BIG; /* Landlock domains */
}

/* Returns whether the model and the workers are still in step. */
static bool do_op(struct checker *c, const struct op *op)
{
	char text[512];
	long want, got;

	got = op_do(&c->run, op, &want);
	op_print(op, want, text, sizeof(text));
	if (c->trace)
		fprintf(stderr, "#\t%s\n", text);
	if (got == want)
		return true;
	if (is_shortage(got)) {
		c->report->outcome = RUN_STOPPED;
		return false;
	}
	c->report->outcome = RUN_BROKEN;
	snprintf(c->report->text, sizeof(c->report->text),
		 "returned %s, not %ld", errno_name(got), want);
	return false;
}

static bool make_pages(struct checker *c)
{
	size_t size = sysconf(_SC_PAGESIZE);

	c->page = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	c->read_only = mmap(NULL, 3 * size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return c->page != MAP_FAILED && c->read_only != MAP_FAILED &&
	       !mprotect(c->page + size, size, PROT_NONE) &&
	       !mprotect(c->read_only, size, PROT_READ);
}

struct checker *check_begin(enum aspect aspect, const struct machine *machine,
			    const struct creds *creds, struct report *report)
{
	struct checker *c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
				 -1, 0);
	long err;

	if (c == MAP_FAILED)
		return NULL;
	c->aspect = aspect;
	c->report = report;
	c->run.machine = machine;
	/*
	 * The parent-death signal needs permission to be sent: a parent that has
	 * dropped its privileges cannot kill a child of another user.
	 */
	c->run.siblings = aspect == PERMISSION;
	model_init(&c->run.model, creds, machine->stays_dumpable);
	err = make_pages(c) ? run_begin(&c->run) : -errno;
	if (!err)
		return c;
	report->outcome = is_shortage(err) ? RUN_STOPPED : RUN_BROKEN;
	snprintf(report->text, sizeof(report->text), "no first worker: %s",
		 errno_name(err));
	return NULL;
}

void check_by_seed(struct checker *c, unsigned long long seed)
{
	struct op *op;

	c->g.state = seed;
	while (c->report->ops < RUN_STEPS && !model_is_full(&c->run.model)) {
		op = &c->report->op[c->report->ops];
		if (!choose_op(c, op))
			return;
		c->report->ops++;
		if (!do_op(c, op))
			return;
		c->report->steps++;
		choose_questions(c, op);
		if (!check_questions(c))
			return;
	}
}

void check_again(struct checker *c, const struct report *given,
		 const bool *leave_out)
{
	int i, j;

	for (i = 0; i < given->ops; i++) {
		if (leave_out[i] || !op_is_legal(&c->run, &given->op[i]))
			continue;
		c->report->op[c->report->ops++] = given->op[i];
		if (!do_op(c, &given->op[i]))
			return;
		c->report->steps++;
		for (j = 0; j < given->questions_kept; j++)
			if (can_ask(&c->run.model, &given->question[j]))
				c->question[c->questions++] =
					given->question[j];
		if (!check_questions(c))
			return;
	}
}

void check_end(struct checker *c)
{
	run_end(&c->run);
}

bool check_uses(enum aspect aspect, enum op_kind kind)
{
	return weights[aspect][kind];
}
