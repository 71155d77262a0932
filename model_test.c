// SPDX-License-Identifier: GPL-2.0
/*
 * A model against the kernel.  Worker tasks carry out random legal operations,
 * a model of tasks and objects (model.c) follows them, and each answer of
 * kcmp(2) is compared with the model's.
 *
 * A seed decides everything: --seed N starts from another one, --seed random
 * draws it and prints it; --steps N and --seconds N set how much is done;
 * --trace prints the operations.  A run is at most RUN_STEPS operations long; the
 * next one takes the next seed.  A failure prints the seed and the shortest
 * sequence of operations that was found to fail still.
 */
#include "kcmp_harness.h"

#include "model_ops.h"

#define RUN_STEPS	64
#define DEFAULT_SEED	1
#define DEFAULT_STEPS	(4 * RUN_STEPS)
#define RUN_TIMEOUT	90000	/* ms until a run counts as hung */
#define QUESTIONS	400	/* after one step, at most */
#define RECORD		3	/* questions that contradict each other */
#define SHRINK_RUNS	150
#define SHRINK_MS	5000

/* What to do, from the command line. */
static struct {
	uint64_t seed;
	unsigned long steps;
	long long ms;			/* 0: "steps" counts */
	bool trace, is_random;
} options = { .seed = DEFAULT_SEED, .steps = DEFAULT_STEPS };

/* ------------------------------------------------------------------ */
/* What a test looks at most.                                          */

enum aspect { OBJECTS, DESCRIPTORS, EPOLL, ORDER, PERMISSION, PIDS, ERRORS };

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
/* What comes out of a run: in memory that survives it.                */

enum outcome { RUN_AGREED, RUN_DISAGREED, RUN_STOPPED, RUN_BROKEN };

struct report {
	enum outcome outcome;
	int steps;			/* how many have been carried out */
	unsigned long questions;
	int questions_kept;		/* the last one is the one that is wrong */
	struct question question[RECORD];
	long answer[RECORD];
	char text[256];			/* what is wrong, unless it is the answer */
	int ops;
	struct op op[RUN_STEPS];
};

static struct report *report;		/* that of the run under way */

static const char *const aspect_name[] = {
	"objects", "descriptors", "epoll", "order", "permission", "pids",
	"errors",
};

struct answered {
	struct question question;
	long answer;
};

/* A run and what only its questions need. */
struct checker {
	struct run run;
	enum aspect aspect;
	struct generator g;
	unsigned char order[MODEL_TYPES][MODEL_OBJECTS][MODEL_OBJECTS];
	struct answered *asked[MODEL_TYPES][MODEL_OBJECTS][MODEL_OBJECTS];
	int questions;			/* to be asked after this step */
	struct question question[QUESTIONS];
	long answer[QUESTIONS];
	char *page;			/* the second is not accessible */
	char *read_only;
};

/* ------------------------------------------------------------------ */
/* Asking.                                                             */

/* As a worker gets it: no pointer but to its own mailbox. */
struct asked {
	long arg[5], answer;
	struct kcmp_epoll_slot slot;
	int has_slot;
};

#define ASKED_MAX	(WORKER_SCRATCH / (int)sizeof(struct asked))

static long in_ask(const long *arg)
{
	struct worker *t = (struct worker *)((char *)arg -
					     offsetof(struct worker, arg));
	struct asked *q = (struct asked *)t->scratch;
	long i;

	for (i = 0; i < arg[0]; i++)
		q[i].answer = sys_kcmp(q[i].arg[0], q[i].arg[1], q[i].arg[2],
				       q[i].arg[3], q[i].has_slot ?
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
		arg[i] = widened(q, 1 << i, q->task[i] == NOBODY ? q->pid[i] :
				 run_number(&c->run, q->caller, q->task[i]));
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
	case PLACE_NORMAL: at = c->page + 64; break;
	case PLACE_END_OF_PAGE: at = end - n; break;
	case PLACE_MISALIGNED: at = c->page + 65; break;
	case PLACE_TWO_PAGES: at = c->read_only + 2 * size - 5; break;
	case PLACE_READ_ONLY: at = c->read_only + 64; break;
	case PLACE_UNMAPPED: at = end + 64; break;
	case PLACE_TAIL_UNMAPPED:
		return (unsigned long)(end - 1 - q->slot.tfd % (n - 1));
	case PLACE_KERNEL: return ULONG_MAX;
	default: break;
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

/* Answers that kcmp() cannot give: what else has gone wrong. */
#define SLOT_CHANGED	(-5000)
#define NOT_ONE_TOFF	(-6000)		/* less how many there are */

/* The test asks.  The slot must be left as it was. */
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

static int file_of(const struct model *m, int task, unsigned long nr)
{
	const struct fd *fd = nr <= INT_MAX ? model_fd(m, task, nr) : NULL;

	return fd ? fd->file : 0;
}

/* A file is registered by a number once: one toff finds it, the others do not. */
static long ask_each_toff(const struct checker *c, const struct question *q)
{
	const struct model *m = &c->run.model;
	int efd = file_of(m, q->task[1], q->slot.efd), found = 0;
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

	for (i = from; i < c->questions && n < ASKED_MAX &&
	     c->question[i].caller == caller; i++, n++) {
		fill_args(c, &c->question[i], q[n].arg);
		q[n].has_slot = (int)c->question[i].type == KCMP_EPOLL_TFD;
		q[n].slot = c->question[i].slot;
		if (q[n].has_slot && c->question[i].place == PLACE_NULL)
			q[n].has_slot = q[n].arg[4] = 0;
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

static void keep_question(const struct question *q, long answer)
{
	if (report->questions_kept == RECORD)
		return;
	report->question[report->questions_kept] = *q;
	report->answer[report->questions_kept++] = answer;
}

static void keep_answered(const struct answered *earlier)
{
	if (earlier)
		keep_question(&earlier->question, earlier->answer);
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
	c->asked[type][a][b] = c->asked[type][b][a] = kept;
}

/* Whether the order that an answer tells fits all that came before. */
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
		keep_answered(c->asked[type][a][b]);
		return false;
	}
	third = answer == 1 ? find_circle(c, type, a, b) :
		find_circle(c, type, b, a);
	if (third) {
		keep_answered(c->asked[type][a][third]);
		keep_answered(c->asked[type][b][third]);
		return false;
	}
	remember_order(c, q, type, a, b, answer);
	return true;
}

/* A number that has no task any more may have been given to another one. */
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
	report->questions_kept = 0;
	if (!model_accepts(&w, answer)) {
		if (is_moot(c, q))
			return true;
	} else if (!w.order[0] || !w.order[1] || answer <= 0 ||
		   check_order(c, q, &w, answer)) {
		return true;
	}
	keep_question(q, answer);
	return false;
}

/* Asks what has been collected.  Returns whether all answers are right. */
static bool check_questions(struct checker *c)
{
	int i;

	ask_all(c);
	report->questions += c->questions;
	for (i = 0; i < c->questions; i++)
		if (!judge(c, &c->question[i], c->answer[i])) {
			report->outcome = RUN_DISAGREED;
			return false;
		}
	c->questions = 0;
	return true;
}

/* ------------------------------------------------------------------ */
/* Which questions.                                                    */

static struct question *new_question(struct checker *c, int caller)
{
	static struct question unused;
	struct question *q = c->questions < QUESTIONS ?
			     &c->question[c->questions++] : &unused;

	memset(q, 0, sizeof(*q));
	q->caller = caller;
	return q;
}

static int random_caller(struct checker *c)
{
	struct op op;

	if (random_chance(&c->g, 2) ||
	    !op_choose(&c->run, &c->g, OP_UMASK, &op))
		return NOBODY;
	return op.task;
}

/* Now and then one that is gone. */
static int random_target(struct checker *c)
{
	const struct model *m = &c->run.model;
	bool gone = random_chance(&c->g, 32);
	int t, n = 0, found = 0;

	for (t = 0; t < m->tasks; t++)
		if (m->task[t].state != TASK_NONE &&
		    (gone || m->task[t].state != TASK_GONE) &&
		    random_chance(&c->g, ++n))
			found = t;
	return found;
}

static int random_type(struct checker *c)
{
	int type;

	do {
		type = KCMP_VM + random_below(&c->g, KCMP_SYSVSEM);
	} while (!(c->run.machine->types & 1 << type));
	return type;
}

/* An index of a type that has none may be anything. */
static unsigned long random_index(struct checker *c)
{
	static const unsigned long any[] = { 0, 0, 1, FIRST_FD, INT_MAX, 4097,
					     ULONG_MAX };

	return any[random_below(&c->g, sizeof(any) / sizeof(*any))];
}

static struct question *ask_object(struct checker *c, int caller, int a, int b,
				   int type)
{
	struct question *q = new_question(c, caller);

	q->task[0] = a;
	q->task[1] = b;
	q->type = type;
	q->idx[0] = random_index(c);
	q->idx[1] = random_index(c);
	return q;
}

/* One task with all that there are, both ways round. */
static void ask_objects_of(struct checker *c, int task)
{
	const struct model *m = &c->run.model;
	int t, type, caller = random_caller(c);

	if (task == NOBODY || m->task[task].state == TASK_NONE)
		return;
	for (t = 0; t < m->tasks; t++) {
		if (m->task[t].state == TASK_GONE ||
		    m->task[t].state == TASK_NONE)
			continue;
		for (type = KCMP_VM; type < MODEL_TYPES; type++) {
			if (!(c->run.machine->types & 1 << type))
				continue;
			ask_object(c, caller, task, t, type);
			if (t != task)
				ask_object(c, caller, t, task, type);
		}
	}
}

static void ask_random_object(struct checker *c, int caller)
{
	ask_object(c, caller, random_target(c), random_target(c),
		   random_type(c));
}

/* Returns an open fd of a task, or one that is not open. */
static unsigned long random_idx(struct checker *c, int task)
{
	const struct model *m = &c->run.model;
	const struct table *table = model_table(m, task);

	if (!table->n || random_chance(&c->g, 12))
		return FIRST_FD + random_below(&c->g, 20);
	return table->fd[random_below(&c->g, table->n)].nr;
}

/* Returns an fd of that description in a task's table, or any. */
static unsigned long idx_of_file(struct checker *c, int task, int file)
{
	const struct table *table = model_table(&c->run.model, task);
	int i, n = 0;
	unsigned long found = random_idx(c, task);

	for (i = 0; i < table->n; i++)
		if (table->fd[i].file == file && random_chance(&c->g, ++n))
			found = table->fd[i].nr;
	return found;
}

/* The same description, if both have it, as often as not. */
static struct question *ask_file(struct checker *c, int caller)
{
	struct question *q = new_question(c, caller);

	q->type = KCMP_FILE;
	q->task[0] = random_target(c);
	q->task[1] = random_chance(&c->g, 4) ? q->task[0] : random_target(c);
	q->idx[0] = random_idx(c, q->task[0]);
	q->idx[1] = random_chance(&c->g, 2) ? random_idx(c, q->task[1]) :
		    idx_of_file(c, q->task[1],
				file_of(&c->run.model, q->task[0], q->idx[0]));
	return q;
}

/* Returns an fd of an epoll instance, if the task has one. */
static unsigned int random_efd(struct checker *c, int task)
{
	const struct model *m = &c->run.model;
	const struct table *table = model_table(m, task);
	unsigned int found = random_idx(c, task);
	int i, n = 0;

	for (i = 0; i < table->n; i++)
		if (m->file[table->fd[i].file].kind == FILE_EPOLL &&
		    random_chance(&c->g, ++n))
			found = table->fd[i].nr;
	return found;
}

/* Fills in a slot for one of the registrations, if there are any. */
static int random_slot(struct checker *c, int task, struct kcmp_epoll_slot *slot)
{
	const struct model *m = &c->run.model;
	const struct file *f;
	const struct item *item;

	slot->efd = random_efd(c, task);
	slot->tfd = random_idx(c, task);
	f = &m->file[file_of(m, task, slot->efd)];
	if (!f->items)
		return 0;
	item = &f->item[random_below(&c->g, f->items)];
	slot->tfd = item->nr;
	if (random_chance(&c->g, 2))
		slot->toff = random_below(&c->g, 1 +
					  model_count_items(m, f - m->file, item->nr));
	return item->file;
}

/* Other numbers, near to one that is right for who loses some bits. */
static void spoil_slot(struct checker *c, struct question *q)
{
	static const unsigned int bit[] = { 16, 64, 256, 65536, 1U << 31 };
	unsigned int with = bit[random_below(&c->g, 5)];

	switch (random_below(&c->g, 4)) {
	case 0: q->slot.efd += with; break;
	case 1: q->slot.tfd += with; break;
	case 2: q->slot.toff += random_chance(&c->g, 2) ? 8 : with; break;
	case 3: q->slot.efd = random_idx(c, q->task[1]); break;
	}
}

static struct question *ask_epoll(struct checker *c, int caller)
{
	struct question *q = new_question(c, caller);
	int file;

	q->type = KCMP_EPOLL_TFD;
	q->task[1] = random_target(c);
	q->task[0] = random_chance(&c->g, 4) ? q->task[1] : random_target(c);
	file = random_slot(c, q->task[1], &q->slot);
	q->idx[0] = file && !random_chance(&c->g, 3) ?
		    idx_of_file(c, q->task[0], file) :
		    random_idx(c, q->task[0]);
	if (random_chance(&c->g, 8))
		spoil_slot(c, q);
	if (caller == NOBODY && random_chance(&c->g, 4))
		q->place = random_below(&c->g, PLACE_NULL);
	return q;
}

/* Whether the file is still one of several registered by that number. */
static bool is_target(const struct model *m, const struct question *q)
{
	int efd = 0, file = 0;

	if (model_is_live(m, q->task[0]) && model_is_live(m, q->task[1])) {
		efd = file_of(m, q->task[1], q->slot.efd);
		file = file_of(m, q->task[0], q->idx[0]);
	}
	return efd && file && model_has_item(m, efd, q->slot.tfd, file);
}

/* Goes through the registrations with one number, for one file among them. */
static void ask_each_target(struct checker *c)
{
	const struct model *m = &c->run.model;
	struct question *q;

	if (!(c->run.machine->types & 1 << KCMP_EPOLL_TFD))
		return;
	q = ask_epoll(c, NOBODY);
	if (!is_target(m, q)) {
		c->questions--;
		return;
	}
	q->each_toff = true;
	q->idx[1] = random_idx(c, q->task[0]);
}

static void spoil_type(struct checker *c, struct question *q)
{
	static const int bad[] = { -1, INT_MAX, INT_MIN, 0x101, 100, 1 << 16 };
	static const int bit[] = { 0x40, 0x100, 0x10000, INT_MIN };

	q->type = random_chance(&c->g, 2) ? bad[random_below(&c->g, 6)] :
		  (int)q->type | bit[random_below(&c->g, 4)];
}

/* Numbers that no task can have. */
static void spoil_pid(struct checker *c, struct question *q)
{
	static const int bad[] = { 0, -1, INT_MIN, INT_MAX, 4194305 };
	int i = random_below(&c->g, 2);

	q->pid[i] = random_chance(&c->g, 6) ? -(long)getpid() :
		    bad[random_below(&c->g, 5)];
	q->task[i] = NOBODY;
}

/* Numbers that are not open, near to one that is for who loses some bits. */
static unsigned long spoiled_fd(struct checker *c, unsigned long fd)
{
	static const unsigned long bad[] = { INT_MAX, 1UL << 31, UINT_MAX,
					     ULONG_MAX, 1 << 20 };
	static const unsigned long bit[] = { 64, 256, 1024, 65536, 1 << 20,
					     1UL << 31 };

	return random_chance(&c->g, 2) ? bad[random_below(&c->g, 5)] :
	       fd | bit[random_below(&c->g, 6)];
}

/* Spoils one argument, and at times one more: which error comes first? */
static void spoil(struct checker *c, struct question *q)
{
	switch (random_below(&c->g, 6)) {
	case 0: spoil_type(c, q); break;
	case 1: spoil_pid(c, q); break;
	case 2: q->idx[0] = spoiled_fd(c, q->idx[0]); break;
	case 3: q->idx[1] = spoiled_fd(c, q->idx[1]); break;
	case 4:
		if (q->task[1] != NOBODY)
			spoil_slot(c, q);
		break;
	case 5: q->place = random_below(&c->g, PLACES); break;
	}
	if (q->place != PLACE_NULL)
		q->caller = q->place == PLACE_NORMAL ? q->caller : NOBODY;
}

static struct question *ask_any(struct checker *c, int caller)
{
	unsigned int types = c->run.machine->types;

	switch (random_below(&c->g, 3)) {
	case 0: return ask_file(c, caller);
	case 1:
		if (types & 1 << KCMP_EPOLL_TFD)
			return ask_epoll(c, caller);
		/* fallthrough */
	default:
		return ask_object(c, caller, random_target(c), random_target(c),
				  random_type(c));
	}
}

static void ask_spoiled(struct checker *c, int caller)
{
	struct question *q = ask_any(c, caller);

	q->wide = random_below(&c->g, 24);
	if (q->wide > 7 || sizeof(long) == sizeof(int))
		q->wide = 0;
	if (!random_chance(&c->g, 4))
		spoil(c, q);
	if (random_chance(&c->g, 3))
		spoil(c, q);
}

/* A task with itself, or two with whom the caller may not compare. */
static void ask_permission(struct checker *c, int caller)
{
	struct question *q = ask_any(c, caller);

	if (random_chance(&c->g, 4))
		q->task[1] = q->task[0];
	if (random_chance(&c->g, 4) && caller != NOBODY)
		q->task[random_below(&c->g, 2)] = caller;
	if (random_chance(&c->g, 8))
		spoil(c, q);
}

static void ask_pid(struct checker *c, int caller)
{
	const struct model *m = &c->run.model;
	struct question *q = ask_any(c, caller);

	if (random_chance(&c->g, 2))
		q->task[random_below(&c->g, 2)] = random_below(&c->g, m->tasks);
	if (random_chance(&c->g, 6))
		spoil_pid(c, q);
}

typedef void ask_fn(struct checker *c, int caller);

static void ask_file_only(struct checker *c, int caller)
{
	ask_file(c, caller);
}

static void ask_epoll_only(struct checker *c, int caller)
{
	ask_epoll(c, caller);
}

static void ask_order(struct checker *c, int caller)
{
	ask_any(c, caller);
}

/* Some by one caller, some by another. */
static void ask_many(struct checker *c, ask_fn *ask, int each)
{
	int i, j, caller;

	for (i = 0; i < 2; i++) {
		caller = random_caller(c);
		for (j = 0; j < each; j++)
			ask(c, caller);
	}
}

static void collect_questions(struct checker *c, const struct op *op)
{
	int i;

	switch (c->aspect) {
	case OBJECTS:
		ask_objects_of(c, op->task);
		if (op->kind <= OP_CLONE3 || op->kind == OP_REAP)
			ask_objects_of(c, op->other);
		ask_many(c, ask_random_object, 12);
		break;
	case DESCRIPTORS: ask_many(c, ask_file_only, 22); break;
	case EPOLL:
		ask_many(c, ask_epoll_only, 22);
		ask_many(c, ask_file_only, 6);
		for (i = 0; i < 4; i++)
			ask_each_target(c);
		break;
	case ORDER:
		ask_many(c, ask_order, 44);
		for (i = 0; i < 4; i++)
			ask_each_target(c);
		break;
	case PERMISSION: ask_many(c, ask_permission, 22); break;
	case PIDS: ask_many(c, ask_pid, 22); break;
	case ERRORS: ask_many(c, ask_spoiled, 22); break;
	}
}

/* ------------------------------------------------------------------ */
/* A run.                                                              */

/* Of what the machine allows, by weight.  Returns whether there is something. */
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

/* What may always happen, and says nothing about kcmp(). */
static bool is_shortage(long ret)
{
	return ret == -EAGAIN || ret == -ENOMEM || ret == -EMFILE ||
	       ret == -ENFILE || ret == -ENOSPC || ret == -EUSERS;
}

/* Returns whether the model and the workers are still in step. */
static bool do_op(struct checker *c, const struct op *op)
{
	char text[512];
	long want, got;

	got = op_do(&c->run, op, &want);
	op_print(op, want, text, sizeof(text));
	if (options.trace)
		fprintf(TH_LOG_STREAM, "#\t%s\n", text);
	if (got == want)
		return true;
	if (is_shortage(got)) {
		report->outcome = RUN_STOPPED;
		return false;
	}
	report->outcome = RUN_BROKEN;
	snprintf(report->text, sizeof(report->text), "returned %s, not %ld",
		 errno_name(got), want);
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

static struct checker *begin(enum aspect aspect, const struct machine *machine,
			     const struct creds *creds)
{
	struct checker *c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
				 -1, 0);
	long err;

	if (c == MAP_FAILED)
		return NULL;
	c->aspect = aspect;
	c->run.machine = machine;
	/* The parent-death signal does not reach a child of another user. */
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

/* Chooses operations by a seed, and carries them out. */
static void run_by_seed(struct checker *c, uint64_t seed)
{
	struct op *op;

	c->g.state = seed;
	while (report->ops < RUN_STEPS && !model_is_full(&c->run.model)) {
		op = &report->op[report->ops];
		if (!choose_op(c, op))
			return;
		report->ops++;
		if (!do_op(c, op))
			return;
		report->steps++;
		collect_questions(c, op);
		if (!check_questions(c))
			return;
	}
}

/* Whether a question makes sense now. */
static bool can_ask(const struct model *m, const struct question *q)
{
	int i;

	if (q->each_toff && !is_target(m, q))
		return false;

	for (i = 0; i < 2; i++)
		if (q->task[i] != NOBODY &&
		    m->task[q->task[i]].state == TASK_NONE)
			return false;
	return q->caller == NOBODY || model_is_idle(m, q->caller);
}

/* Carries out given operations, and asks the given questions after each. */
static void run_again(struct checker *c, const struct report *given,
		      const bool *leave_out)
{
	int i, j;

	for (i = 0; i < given->ops; i++) {
		if (leave_out[i] || !op_is_legal(&c->run, &given->op[i]))
			continue;
		report->op[report->ops++] = given->op[i];
		if (!do_op(c, &given->op[i]))
			return;
		report->steps++;
		for (j = 0; j < given->questions_kept; j++)
			if (can_ask(&c->run.model, &given->question[j]))
				c->question[c->questions++] = given->question[j];
		if (!check_questions(c))
			return;
	}
}

/* ------------------------------------------------------------------ */
/* From outside.                                                       */

/* What a test needs to make a run, and what it has seen so far. */
struct series {
	enum aspect aspect;
	struct machine machine;
	struct creds creds;
	unsigned long steps, questions;
	int runs, stopped;
};

static struct report *new_report(void)
{
	struct report *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return r == MAP_FAILED ? NULL : r;
}

/* Waits in bounded time.  Returns whether the run has come to its end. */
static bool wait_for_run(pid_t pid)
{
	struct pollfd end = { .fd = syscall(SYS_pidfd_open, pid, 0),
			      .events = POLLIN };
	int status, ready = poll(&end, 1, RUN_TIMEOUT);

	close(end.fd);
	if (ready != 1)
		kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && !status && ready == 1;
}

/* In a process of its own, whose end is that of all workers. */
static void do_run(const struct series *s, struct report *into, uint64_t seed,
		   const struct report *given, const bool *leave_out)
{
	struct checker *c;
	pid_t pid;

	memset(into, 0, sizeof(*into));
	report = into;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		c = begin(s->aspect, &s->machine, &s->creds);
		if (c && given)
			run_again(c, given, leave_out);
		else if (c)
			run_by_seed(c, seed);
		if (c)
			run_end(&c->run);
		_exit(0);
	}
	if (pid == -1) {
		into->outcome = RUN_STOPPED;
	} else if (!wait_for_run(pid)) {
		into->outcome = RUN_BROKEN;
		snprintf(into->text, sizeof(into->text),
			 "the run has not come to its end");
	}
}

/*
 * Leaves out what is not needed for a failure: halves, quarters, and so on down
 * to single operations.  Returns whether it could be seen again at all.
 */
static bool shrink(const struct series *s, struct report *failed,
		   struct report *scratch)
{
	long long deadline = clock_ms() + SHRINK_MS;
	bool leave_out[RUN_STEPS] = { false };
	int runs = 1, chunk = failed->ops, at;

	do_run(s, scratch, 0, failed, leave_out);
	if (scratch->outcome != RUN_DISAGREED)
		return false;
	*failed = *scratch;
	while (chunk > 0) {
		for (at = 0; at < failed->ops;) {
			memset(leave_out, 0, sizeof(leave_out));
			memset(leave_out + at, true,
			       at + chunk > failed->ops ? failed->ops - at : chunk);
			if (runs++ > SHRINK_RUNS || clock_ms() > deadline)
				return true;
			do_run(s, scratch, 0, failed, leave_out);
			if (scratch->outcome == RUN_DISAGREED)
				*failed = *scratch;
			else
				at += chunk;
		}
		chunk /= 2;
	}
	return true;
}

/* ------------------------------------------------------------------ */
/* Saying what is wrong.                                               */

static void add_index(char *text, size_t size, unsigned long idx)
{
	add_text(text, size, idx > INT_MAX ? "%#lx" : "%lu", idx);
}

static void say_task(const struct question *q, int i, char *text, size_t size)
{
	if (q->task[i] == NOBODY)
		add_text(text, size, "%ld", q->pid[i]);
	else
		add_text(text, size, "w%d", q->task[i]);
	if (q->wide & 1 << i)
		add_text(text, size, " | 0x5a5a5a5a << 32");
}

static const char *place_name(enum place place)
{
	static const char *const name[PLACES] = {
		[PLACE_NORMAL] = "",
		[PLACE_END_OF_PAGE] = " right before an inaccessible page",
		[PLACE_MISALIGNED] = " at an odd address",
		[PLACE_TWO_PAGES] = " on two pages",
		[PLACE_READ_ONLY] = " on a read-only page",
		[PLACE_NULL] = " at NULL",
		[PLACE_UNMAPPED] = " on an inaccessible page",
		[PLACE_TAIL_UNMAPPED] = " that ends on an inaccessible page",
		[PLACE_KERNEL] = " at ULONG_MAX",
	};

	return name[place];
}

static void say_slot(const struct question *q, char *text, size_t size)
{
	add_text(text, size, "{ efd %u, tfd %u, ", q->slot.efd, q->slot.tfd);
	if (q->each_toff)
		add_text(text, size, "each toff }), then fd %lu with the toff "
			 "that answers 0", q->idx[1]);
	else
		add_text(text, size, "toff %u }%s)", q->slot.toff,
			 place_name(q->place));
}

/* Returns an answer in words; the numbers are our own, see ask_here(). */
static const char *say_answer(long answer)
{
	static char text[64];

	if (answer == SLOT_CHANGED)
		return "but the slot has changed";
	if (answer > NOT_ONE_TOFF)
		return kcmp_answer_text(answer);
	snprintf(text, sizeof(text), "0 by %ld toffs, not by one",
		 NOT_ONE_TOFF - answer);
	return text;
}

static void say_question(const struct question *q, long answer)
{
	char text[512] = "kcmp(";

	say_task(q, 0, text, sizeof(text));
	add_text(text, sizeof(text), ", ");
	say_task(q, 1, text, sizeof(text));
	add_text(text, sizeof(text), ", %s%s, ", kcmp_type_name(q->type),
		    q->wide & 4 ? " | 0x5a5a5a5a << 32" : "");
	add_index(text, sizeof(text), q->idx[0]);
	add_text(text, sizeof(text), ", ");
	if ((int)q->type == KCMP_EPOLL_TFD)
		say_slot(q, text, sizeof(text));
	else {
		add_index(text, sizeof(text), q->idx[1]);
		add_text(text, sizeof(text), ")");
	}
	if (q->caller == NOBODY)
		add_text(text, sizeof(text), " by the test");
	else
		add_text(text, sizeof(text), " by w%d", q->caller);
	fprintf(TH_LOG_STREAM, "#\t%s\n#   answered: %s\n", text,
		say_answer(answer));
}

/* The answers to the questions before the last one. */
static void say_order(const struct report *failed)
{
	int i;

	fprintf(TH_LOG_STREAM, failed->questions_kept == 2 ?
		"#   expected: the same order of the same two objects as in an earlier answer\n" :
		"#   expected: no circle with earlier answers\n");
	fprintf(TH_LOG_STREAM, "#       rule: kcmp(2): the answers order all objects, as long as they exist\n");
	for (i = 0; i < failed->questions_kept - 1; i++)
		say_question(&failed->question[i], failed->answer[i]);
}

static void say_want(const struct want *w, bool has_order)
{
	char text[128] = "";
	size_t i;

	if (w->same)
		add_text(text, sizeof(text), "0 (same)");
	if (w->differs)
		add_text(text, sizeof(text), "%s%s", text[0] ? " or " : "",
			 has_order ? "1, 2 or 3 (different)" :
			 "1 or 2, as 3 is no order");
	for (i = 0; i < sizeof(w->error) / sizeof(*w->error); i++)
		if (w->error[i])
			add_text(text, sizeof(text), "%s%s",
				    text[0] ? " or " : "",
				    errno_name(-w->error[i]));
	fprintf(TH_LOG_STREAM, "#   expected: %s\n", text);
	fprintf(TH_LOG_STREAM, "#       rule: %s\n", w->rule);
	for (i = 0; i < 2; i++)
		if (w->why[i])
			fprintf(TH_LOG_STREAM, "#    pid%zu has: %s\n", i + 1,
				w->why[i]);
}

/* Lets the model alone go through it again, which tells what to expect. */
static void say_steps(const struct series *s, const struct report *failed)
{
	static struct run run;
	struct want w;
	char text[512];
	long ret;
	int i;

	memset(&run, 0, sizeof(run));
	run.machine = &s->machine;
	model_init(&run.model, &s->creds, s->machine.stays_dumpable);
	model_first_task(&run.model);
	fprintf(TH_LOG_STREAM, "#\tw0 = fork() by the test\n");
	for (i = 0; i < failed->ops; i++) {
		ret = op_apply(&run.model, &failed->op[i]);
		op_print(&failed->op[i], ret, text, sizeof(text));
		fprintf(TH_LOG_STREAM, "#\t%s\n", text);
	}
	if (failed->outcome != RUN_DISAGREED)
		return;
	i = failed->questions_kept - 1;
	say_question(&failed->question[i], failed->answer[i]);
	model_want(&run.model, &failed->question[i], &w);
	if (failed->answer[i] != 3 && model_accepts(&w, failed->answer[i]))
		say_order(failed);
	else
		say_want(&w, failed->answer[i] != 3);
}

static void say_failure(const struct series *s, struct report *failed,
			uint64_t seed)
{
	static struct report given;
	struct report *scratch = new_report();
	bool again = false;

	given = *failed;
	if (failed->outcome == RUN_DISAGREED && scratch)
		again = shrink(s, &given, scratch);
	fprintf(TH_LOG_STREAM, "# --seed %llu, step %d: ",
		(unsigned long long)seed, failed->ops);
	if (failed->outcome == RUN_BROKEN)
		fprintf(TH_LOG_STREAM, "the set-up, not kcmp(): the last of these operations %s\n",
			failed->text);
	else if (again)
		fprintf(TH_LOG_STREAM, "%d of %d operations are enough to see it:\n",
			given.ops, failed->ops);
	else
		fprintf(TH_LOG_STREAM, "not seen when done again; all operations:\n");
	say_steps(s, again ? &given : failed);
}

/* ------------------------------------------------------------------ */
/* What this machine allows.                                           */

typedef bool probe_fn(unsigned long arg);

/* Tries something in a child.  Returns whether that has succeeded. */
static bool probe(probe_fn *fn, unsigned long arg)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(!fn(arg));
	return pid != -1 && waitpid(pid, &status, 0) == pid && !status;
}

static bool can_unshare(unsigned long flag)
{
	return !syscall(SYS_unshare, flag);
}

static bool can_setns(unsigned long flags)
{
	int fd = open("/proc/thread-self/ns/ipc", O_RDONLY | O_CLOEXEC);

	return flags & CLONE_NEWIPC && fd != -1 && !setns(fd, 0);
}

static bool can_clone3(unsigned long unused)
{
	struct clone_args args = { .flags = 1ULL << 32, .exit_signal = SIGCHLD };
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	(void)unused;
	if (!pid)
		_exit(0);
	return pid > 0;
}

static bool can_semop(unsigned long unused)
{
	(void)unused;
	return !syscall(SYS_unshare, CLONE_NEWIPC) &&
	       semget(IPC_PRIVATE, 1, 0600) != -1;
}

static bool can_close_range(unsigned long unused)
{
	(void)unused;
	return !syscall(SYS_close_range, FIRST_FD, UINT_MAX, CLOSE_RANGE_UNSHARE);
}

static bool can_cloexec_range(unsigned long unused)
{
	(void)unused;
	return !syscall(SYS_close_range, FIRST_FD, UINT_MAX,
			CLOSE_RANGE_CLOEXEC | CLOSE_RANGE_UNSHARE);
}

static bool can_open(unsigned long kind)
{
	return in_open(WORKER_ARGS(kind, 1)) >= 0;
}

static bool can_reopen(unsigned long unused)
{
	char path[48];
	int fd = memfd_create("model", MFD_CLOEXEC);

	(void)unused;
	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
	if (fd == -1)
		strcpy(path, "/proc/thread-self/fd/0");
	return open(path, O_RDWR) != -1;
}

/* Of a task that is neither parent nor child: Yama may refuse. */
static bool can_getfd(unsigned long sibling)
{
	int pidfd = syscall(SYS_pidfd_open, sibling, 0);

	return pidfd != -1 && syscall(SYS_pidfd_getfd, pidfd, 0, 0) >= 0;
}

static bool can_change_ids(unsigned long id)
{
	return prctl(PR_GET_SECUREBITS) == 0 &&
	       permitted_caps() & CAP(SETUID) && permitted_caps() & CAP(SETGID) &&
	       !syscall(SYS_setresgid, id, id, id) &&
	       !syscall(SYS_setresuid, id, id, id);
}

static bool stays_dumpable(unsigned long id)
{
	return can_change_ids(id) && prctl(PR_GET_DUMPABLE) == 1;
}

/* Without privileges, twice. */
static bool can_nest_userns(unsigned long id)
{
	long ids[2] = { id, id };

	if (!id) {
		ids[0] = getuid();
		ids[1] = getgid();
	}
	if ((id && (!can_change_ids(id) || prctl(PR_SET_DUMPABLE, 1))) ||
	    set_caps(0, 0) || syscall(SYS_unshare, CLONE_NEWUSER) ||
	    worker_map_root(ids) || syscall(SYS_unshare, CLONE_NEWUSER))
		return false;
	ids[0] = ids[1] = 0;
	return !worker_map_root(ids);
}

/* With or without a user namespace, and NSpid in /proc/PID/status (Linux 4.1). */
static bool can_pidns(unsigned long flags)
{
	pid_t pid;

	if (!proc_status_field(getpid(), "NSpid") ||
	    syscall(SYS_unshare, flags))
		return false;
	pid = fork();
	if (!pid)
		_exit(getpid() != 1);
	return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static bool can_landlock(unsigned long unused)
{
	return !in_landlock(WORKER_ARGS(unused));
}

/* Users that nobody has, with groups of the same numbers. */
#define USER_A	59001
#define USER_B	59002

static unsigned long long effective_caps(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { 0 };

	syscall(SYS_capget, &header, data);
	return data[0].effective | (unsigned long long)data[1].effective << 32;
}

static void probe_creds(struct series *s)
{
	struct machine *k = &s->machine;
	struct creds *c = &s->creds;

	getresuid(&c->uid[0], &c->uid[1], &c->uid[2]);
	getresgid(&c->gid[0], &c->gid[1], &c->gid[2]);
	c->permitted = permitted_caps();
	c->effective = effective_caps();
	k->ids = !c->uid[0] && !c->uid[1] && !c->uid[2] && !c->gid[0] &&
		 !c->gid[1] && !c->gid[2] && probe(can_change_ids, USER_A);
	k->ids_of[0] = 0;
	k->ids_of[1] = USER_A;
	k->ids_of[2] = USER_B;
	if (s->aspect != PERMISSION)
		return;
	k->stays_dumpable = k->ids && probe(stays_dumpable, USER_A);
	k->userns = probe(can_nest_userns, k->ids ? USER_A : 0);
	k->landlock = probe(can_landlock, 0);
}

static void probe_fds(struct machine *k)
{
	struct rlimit limit = { .rlim_cur = 1024, .rlim_max = 1024 };
	unsigned int kind;
	pid_t sibling;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max < 65537 ? limit.rlim_max : 65537;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	k->last_fd = limit.rlim_cur - 1;
	for (kind = 0; kind <= FILE_PATH; kind++)
		k->kinds |= (unsigned int)probe(can_open, kind) << kind;
	k->pass = k->kinds & 1 << FILE_SOCKET;
	k->close_range = probe(can_close_range, 0);
	k->cloexec_range = probe(can_cloexec_range, 0);
	k->reopen = probe(can_reopen, 0);
	sibling = fork_idle_child(0);
	k->getfd = sibling > 0 && probe(can_getfd, sibling);
	kill(sibling, SIGKILL);
	waitpid(sibling, NULL, 0);
}

static void probe_machine(struct series *s)
{
	static const unsigned long flag[] = { CLONE_NEWNS, CLONE_NEWUTS,
					      CLONE_NEWIPC, CLONE_NEWCGROUP };
	struct machine *k = &s->machine;
	size_t i;
	int type;

	for (type = 0; type <= KCMP_EPOLL_TFD; type++)
		if (!kcmp_skip_reason(type))
			k->types |= 1 << type;
	for (i = 0; i < sizeof(flag) / sizeof(*flag); i++)
		if (probe(can_unshare, flag[i]))
			k->clone_flags |= flag[i];
	k->unshare = probe(can_unshare, CLONE_FILES | CLONE_FS | CLONE_SYSVSEM);
	k->clone3 = probe(can_clone3, 0);
	k->exec = !execve_skip_reason() &&
		  !access("/proc/thread-self/exe", R_OK | X_OK);
	k->io = k->types & 1 << KCMP_IO &&
		!syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, getpid(),
			 IOPRIO_BEST_EFFORT(4));
	k->undo = k->types & 1 << KCMP_SYSVSEM;
	k->semop = k->undo && probe(can_semop, 0);
	k->setns = probe(can_setns, k->clone_flags);
	if (s->aspect == PIDS)
		k->pidns = probe(can_pidns, CLONE_NEWPID) ? CLONE_NEWPID :
			   probe(can_pidns, CLONE_NEWPID | CLONE_NEWUSER) ?
			   CLONE_NEWPID | CLONE_NEWUSER : 0;
	probe_fds(k);
	probe_creds(s);
}

/* One line about what has been left out of the choice. */
static void say_left_out(const struct series *s)
{
	char text[256] = "";
	size_t i;

	for (i = 0; i < OPS; i++)
		if (weights[s->aspect][i] && !op_is_allowed(&s->machine, i) &&
		    !strstr(text, op_name(i)))
			add_text(text, sizeof(text), "%s%s",
				 text[0] ? ", " : "", op_name(i));
	if (!s->machine.clone_flags)
		add_text(text, sizeof(text), "%snamespaces",
			    text[0] ? ", " : "");
	if (text[0])
		printf("# model.%s: not allowed here, left out: %s\n",
		       aspect_name[s->aspect], text);
}

/* ------------------------------------------------------------------ */
/* The tests.                                                          */

FIXTURE(model)
{
	struct series series;
	struct report *report;
};

FIXTURE_VARIANT(model)
{
	enum aspect aspect;
};

FIXTURE_VARIANT_ADD(model, objects) { .aspect = OBJECTS };
FIXTURE_VARIANT_ADD(model, descriptors) { .aspect = DESCRIPTORS };
FIXTURE_VARIANT_ADD(model, epoll) { .aspect = EPOLL };
FIXTURE_VARIANT_ADD(model, order) { .aspect = ORDER };
FIXTURE_VARIANT_ADD(model, permission) { .aspect = PERMISSION };
FIXTURE_VARIANT_ADD(model, pids) { .aspect = PIDS };
FIXTURE_VARIANT_ADD(model, errors) { .aspect = ERRORS };

FIXTURE_SETUP(model)
{
	SKIP_IF(kcmp_skip_reason_any());
	if (variant->aspect == EPOLL)
		SKIP_IF(kcmp_skip_reason(KCMP_EPOLL_TFD));
	if (options.is_random)
		printf("# model.%s: --seed %llu\n", aspect_name[variant->aspect],
		       (unsigned long long)options.seed);
	self->series.aspect = variant->aspect;
	self->report = new_report();
	ASSERT_NE(NULL, self->report);
	probe_machine(&self->series);
	say_left_out(&self->series);
}

FIXTURE_TEARDOWN(model)
{
}

/* Whether there is more to do before "end". */
static bool goes_on(const struct series *s, long long end)
{
	return options.ms ? clock_ms() < end : s->steps < options.steps &&
	       s->stopped < 10;
}

TEST_F_TIMEOUT(model, matches_kernel, 100000)
{
	struct series *s = &self->series;
	long long end = clock_ms() + options.ms;
	uint64_t seed = options.seed;

	for (; goes_on(s, end); seed++) {
		do_run(s, self->report, seed, NULL, NULL);
		s->runs++;
		s->steps += self->report->steps;
		s->questions += self->report->questions;
		s->stopped += self->report->outcome == RUN_STOPPED;
		EXPECT_NE((int)RUN_DISAGREED, (int)self->report->outcome)
			say_failure(s, self->report, seed);
		EXPECT_NE((int)RUN_BROKEN, (int)self->report->outcome)
			say_failure(s, self->report, seed);
		if (self->report->outcome == RUN_DISAGREED ||
		    self->report->outcome == RUN_BROKEN)
			break;
	}
	if (options.is_random || options.ms || s->stopped)
		printf("# model.%s: %lu steps, %lu questions in %d runs, seeds from %llu, %d stopped by a shortage\n",
		       aspect_name[s->aspect], s->steps, s->questions, s->runs,
		       (unsigned long long)options.seed, s->stopped);
}

/* ------------------------------------------------------------------ */
/* The command line.                                                   */

static bool parse_number(const char *text, unsigned long long from,
			 unsigned long long to, unsigned long long *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return *text >= '0' && *text <= '9' && !*end && !errno &&
	       *number >= from && *number <= to;
}

static void draw_seed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	options.seed = ((uint64_t)now.tv_sec << 20 ^ now.tv_nsec >> 4) & 0xffffffff;
	options.is_random = true;
}

static int bad_option(const char *option, const char *wants)
{
	fprintf(stderr, "model_test: %s wants %s\n", option, wants);
	return -1;
}

/* "random" is drawn once, for all tests. */
static int take_seed(const char *text)
{
	unsigned long long number;

	if (!strcmp(text, "random")) {
		draw_seed();
		return 2;
	}
	if (!parse_number(text, 0, UINT64_MAX, &number))
		return bad_option("--seed", "a number or 'random'");
	options.seed = number;
	return 2;
}

int suite_option(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : "";
	unsigned long long number;

	if (!strcmp(argv[0], "--trace")) {
		options.trace = true;
		return 1;
	}
	if (!strcmp(argv[0], "--seed"))
		return take_seed(text);
	if (!strcmp(argv[0], "--steps")) {
		if (!parse_number(text, 1, 1000000000, &number))
			return bad_option("--steps", "a number from 1");
		options.steps = number;
		return 2;
	}
	if (!strcmp(argv[0], "--seconds")) {
		if (!parse_number(text, 1, 86400, &number))
			return bad_option("--seconds", "a number from 1 to 86400");
		options.ms = number * 1000;
		return 2;
	}
	return 0;
}

TEST_HARNESS_MAIN
