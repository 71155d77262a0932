// SPDX-License-Identifier: GPL-2.0
/*
 * Chooses the questions after an operation: valid and invalid arguments, and about
 * as many pairs of equal as of different objects.
 */
#include "model_check.h"

static struct question *new_question(struct checker *c, int caller)
{
	static struct question unused;
	struct question *q = c->questions < QUESTIONS ?
				     &c->question[c->questions++] :
				     &unused;

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

/* Returns a live task or a zombie, at times a task that is gone. */
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
	static const unsigned long any[] = { 0,	      0,    1,	      FIRST_FD,
					     INT_MAX, 4097, ULONG_MAX };

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

/* Compares one task with all others and with itself, both ways round. */
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

/* Every second pair is of the same description, if both tasks have it. */
static struct question *ask_file(struct checker *c, int caller)
{
	struct question *q = new_question(c, caller);

	q->type = KCMP_FILE;
	q->task[0] = random_target(c);
	q->task[1] = random_chance(&c->g, 4) ? q->task[0] : random_target(c);
	q->idx[0] = random_idx(c, q->task[0]);
	q->idx[1] = random_chance(&c->g, 2) ?
			    random_idx(c, q->task[1]) :
			    idx_of_file(c, q->task[1],
					model_file_at(&c->run.model, q->task[0],
						      q->idx[0]));
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
static int random_slot(struct checker *c, int task,
		       struct kcmp_epoll_slot *slot)
{
	const struct model *m = &c->run.model;
	const struct file *f;
	const struct item *item;

	slot->efd = random_efd(c, task);
	slot->tfd = random_idx(c, task);
	f = &m->file[model_file_at(m, task, slot->efd)];
	if (!f->items)
		return 0;
	item = &f->item[random_below(&c->g, f->items)];
	slot->tfd = item->nr;
	if (random_chance(&c->g, 2))
		slot->toff = random_below(
			&c->g, 1 + model_count_items(m, f - m->file, item->nr));
	return item->file;
}

/* A kernel that drops the upper bits takes these for the right numbers. */
static void spoil_slot(struct checker *c, struct question *q)
{
	static const unsigned int bit[] = { 16, 64, 256, 65536, 1U << 31 };
	unsigned int with = bit[random_below(&c->g, 5)];

	switch (random_below(&c->g, 4)) {
	case 0:
		q->slot.efd += with;
		break;
	case 1:
		q->slot.tfd += with;
		break;
	case 2:
		q->slot.toff += random_chance(&c->g, 2) ? 8 : with;
		break;
	case 3:
		q->slot.efd = random_idx(c, q->task[1]);
		break;
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

/* Returns whether idx1's file is registered by the slot's number. */
static bool is_target(const struct model *m, const struct question *q)
{
	int efd = 0, file = 0;

	if (model_is_live(m, q->task[0]) && model_is_live(m, q->task[1])) {
		efd = model_file_at(m, q->task[1], q->slot.efd);
		file = model_file_at(m, q->task[0], q->idx[0]);
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

	q->type = random_chance(&c->g, 2) ?
			  bad[random_below(&c->g, 6)] :
			  (int)q->type | bit[random_below(&c->g, 4)];
}

/* No task can have these numbers. */
static void spoil_pid(struct checker *c, struct question *q)
{
	static const int bad[] = { 0, -1, INT_MIN, INT_MAX, 4194305 };
	int i = random_below(&c->g, 2);

	q->pid[i] = random_chance(&c->g, 6) ? -(long)getpid() :
					      bad[random_below(&c->g, 5)];
	q->task[i] = NOBODY;
}

/* Closed fds; a kernel that drops the upper bits takes some for open ones. */
static unsigned long spoiled_fd(struct checker *c, unsigned long fd)
{
	static const unsigned long bad[] = { INT_MAX, 1UL << 31, UINT_MAX,
					     ULONG_MAX, 1 << 20 };
	static const unsigned long bit[] = { 64,    256,     1024,
					     65536, 1 << 20, 1UL << 31 };

	return random_chance(&c->g, 2) ? bad[random_below(&c->g, 5)] :
					 fd | bit[random_below(&c->g, 6)];
}

/* Makes one argument invalid; called twice, the order of checks matters. */
static void spoil(struct checker *c, struct question *q)
{
	switch (random_below(&c->g, 6)) {
	case 0:
		spoil_type(c, q);
		break;
	case 1:
		spoil_pid(c, q);
		break;
	case 2:
		q->idx[0] = spoiled_fd(c, q->idx[0]);
		break;
	case 3:
		q->idx[1] = spoiled_fd(c, q->idx[1]);
		break;
	case 4:
		if (q->task[1] != NOBODY)
			spoil_slot(c, q);
		break;
	case 5:
		q->place = random_below(&c->g, PLACES);
		break;
	}
	if (q->place != PLACE_NULL)
		q->caller = q->place == PLACE_NORMAL ? q->caller : NOBODY;
}

static struct question *ask_any(struct checker *c, int caller)
{
	unsigned int types = c->run.machine->types;
	unsigned int which = random_below(&c->g, 3);

	if (which == 0)
		return ask_file(c, caller);
	if (which == 1 && types & 1 << KCMP_EPOLL_TFD)
		return ask_epoll(c, caller);
	return ask_object(c, caller, random_target(c), random_target(c),
			  random_type(c));
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

/* Includes a task with itself, and the caller as one of the two. */
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

/* Two callers ask the same number of questions. */
static void ask_many(struct checker *c, ask_fn *ask, int each)
{
	int i, j, caller;

	for (i = 0; i < 2; i++) {
		caller = random_caller(c);
		for (j = 0; j < each; j++)
			ask(c, caller);
	}
}

void choose_questions(struct checker *c, const struct op *op)
{
	int i;

	switch (c->aspect) {
	case OBJECTS:
		ask_objects_of(c, op->task);
		if (op->kind <= OP_CLONE3 || op->kind == OP_REAP)
			ask_objects_of(c, op->other);
		ask_many(c, ask_random_object, 12);
		break;
	case DESCRIPTORS:
		ask_many(c, ask_file_only, 22);
		break;
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
	case PERMISSION:
		ask_many(c, ask_permission, 22);
		break;
	case PIDS:
		ask_many(c, ask_pid, 22);
		break;
	case ERRORS:
		ask_many(c, ask_spoiled, 22);
		break;
	}
}

bool can_ask(const struct model *m, const struct question *q)
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
