// SPDX-License-Identifier: GPL-2.0
/*
 * Operations on credentials and on all else that the access check looks at.
 */
#include "model_ops.h"

/* linux/landlock.h came with Linux 5.13. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif
#define LANDLOCK_MAKE_BLOCK (1ULL << 11)

#define CAP_BIT(name) (1ULL << CAP_##name)

/* Until Linux 7.1 the dumpable flag belongs to the mm, later to the process. */
static bool may_change_creds(const struct run *run, const struct op *op)
{
	return !model_shares_vm(&run->model, op->task);
}

/* ------------------------------------------------------------------ */
/* Users and groups.                                                   */

static bool are_ids_allowed(const struct machine *k)
{
	return k->ids;
}

static bool choose_ids(const struct run *run, struct generator *g,
		       struct op *op)
{
	unsigned int all = random_below(g, 3);
	int i;

	for (i = 0; i < 3; i++)
		op->arg[i] = run->machine->ids_of[random_chance(g, 4) ?
							  random_below(g, 3) :
							  all];
	return true;
}

static bool is_legal_ids(const struct run *run, const struct op *op)
{
	const struct creds *c = &run->model.task[op->task].creds;
	const unsigned int *id = op->kind == OP_SETRESUID ? c->uid : c->gid;
	unsigned long long cap = op->kind == OP_SETRESUID ? CAP_BIT(SETUID) :
							    CAP_BIT(SETGID);
	int i;

	if (c->userns || !may_change_creds(run, op))
		return false;
	for (i = 0; i < 3; i++)
		if (!(c->effective & cap) && op->arg[i] != id[0] &&
		    op->arg[i] != id[1] && op->arg[i] != id[2])
			return false;
	return true;
}

static long apply_ids(struct model *m, const struct op *op)
{
	if (op->kind == OP_SETRESUID)
		model_setresuid(m, op->task, op->arg);
	else
		model_setresgid(m, op->task, op->arg);
	return 0;
}

/* A change of ids clears the parent-death signal. */
static long in_set_ids(const long *arg)
{
	long ret = result_of(syscall(arg[0], arg[1], arg[2], arg[3]));

	rearm_parent_death(0);
	return ret;
}

static long carry_ids(struct run *run, const struct op *op)
{
	return worker_run(run->worker[op->task], in_set_ids,
			  op->kind == OP_SETRESUID ? SYS_setresuid :
						     SYS_setresgid,
			  op->arg[0], op->arg[1], op->arg[2]);
}

static void print_ids(const struct op *op, long result, char *text, size_t size)
{
	(void)result;
	append_text(text, size, "syscall(SYS_setres%cid, %u, %u, %u)",
		    op->kind == OP_SETRESUID ? 'u' : 'g', op->arg[0],
		    op->arg[1], op->arg[2]);
}

/* ------------------------------------------------------------------ */
/* Capabilities and prctl().                                           */

static bool choose_capset(const struct run *run, struct generator *g,
			  struct op *op)
{
	static const unsigned long long keep[] = {
		~0ULL,
		~CAP_BIT(SYS_PTRACE),
		0,
		CAP_BIT(SYS_PTRACE),
		CAP_BIT(SETUID) | CAP_BIT(SETGID) | CAP_BIT(SYS_PTRACE),
		CAP_BIT(NET_RAW) | CAP_BIT(SETUID) | CAP_BIT(SETGID),
	};

	(void)run;
	op->flags = keep[random_below(g, 6)];
	op->arg[0] = random_below(g, 3);
	return true;
}

static void capset_of(const struct creds *c, const struct op *op,
		      unsigned long long *permitted,
		      unsigned long long *effective)
{
	*permitted = c->permitted & op->flags;
	*effective = op->arg[0] == 0 ? *permitted :
		     op->arg[0] == 1 ? 0 :
				       *permitted & ~CAP_BIT(SYS_PTRACE);
}

static long apply_capset(struct model *m, const struct op *op)
{
	struct creds *c = &m->task[op->task].creds;

	capset_of(c, op, &c->permitted, &c->effective);
	return 0;
}

/* arg: permitted and effective capabilities, each in two halves. */
static long in_capset(const long *arg)
{
	unsigned long long mask = 0xffffffff;

	return set_caps((unsigned long long)arg[1] << 32 | (arg[0] & mask),
			(unsigned long long)arg[3] << 32 | (arg[2] & mask)) ?
		       -errno :
		       0;
}

static long carry_capset(struct run *run, const struct op *op)
{
	unsigned long long permitted, effective;

	capset_of(&run->before.task[op->task].creds, op, &permitted,
		  &effective);
	return worker_run(run->worker[op->task], in_capset,
			  (long)(permitted & 0xffffffff),
			  (long)(permitted >> 32),
			  (long)(effective & 0xffffffff),
			  (long)(effective >> 32));
}

static void print_capset(const struct op *op, long result, char *text,
			 size_t size)
{
	static const char *const effective[] = {
		"permitted",
		"0",
		"permitted & ~(1 << CAP_SYS_PTRACE)",
	};

	(void)result;
	append_text(text, size, "capset(permitted &= %#llx, effective = %s)",
		    op->flags, effective[op->arg[0]]);
}

static bool is_dumpable_allowed(const struct machine *k)
{
	return k->sees_undumpable;
}

static bool choose_prctl(const struct run *run, struct generator *g,
			 struct op *op)
{
	(void)run;
	op->arg[0] = op->kind == OP_DUMPABLE ? !random_chance(g, 4) :
					       random_chance(g, 2);
	return true;
}

static bool is_legal_prctl(const struct run *run, const struct op *op)
{
	return op->kind == OP_KEEPCAPS || may_change_creds(run, op);
}

static long apply_prctl(struct model *m, const struct op *op)
{
	struct task *me = &m->task[op->task];

	if (op->kind == OP_DUMPABLE)
		m->vm[me->use[KCMP_VM].object].dumpable = op->arg[0];
	else
		me->creds.keepcaps = op->arg[0];
	return 0;
}

static long carry_prctl(struct run *run, const struct op *op)
{
	return worker_syscall(run->worker[op->task], SYS_prctl,
			      op->kind == OP_DUMPABLE ? PR_SET_DUMPABLE :
							PR_SET_KEEPCAPS,
			      op->arg[0]);
}

static void print_prctl(const struct op *op, long result, char *text,
			size_t size)
{
	(void)result;
	append_text(text, size, "prctl(%s, %u)",
		    op->kind == OP_DUMPABLE ? "PR_SET_DUMPABLE" :
					      "PR_SET_KEEPCAPS",
		    op->arg[0]);
}

/* ------------------------------------------------------------------ */
/* User namespaces and Landlock.                                       */

static bool is_userns_allowed(const struct machine *k)
{
	return k->userns;
}

/*
 * The map is written by its first task, which needs its own files in /proc, and
 * CAP_SETFCAP if the parent namespace's root is mapped.
 */
static bool is_legal_userns(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;
	const struct task *me = &m->task[op->task];

	if ((me->creds.userns || !me->creds.uid[1]) &&
	    !(me->creds.effective & CAP_BIT(SETFCAP)))
		return false;
	return m->vm[me->use[KCMP_VM].object].dumpable &&
	       (!me->creds.userns || m->userns[me->creds.userns].mapped) &&
	       m->userns[me->creds.userns].level < 3 && !me->creds.domain &&
	       me->creds.uid[0] == me->creds.uid[1] &&
	       me->creds.gid[0] == me->creds.gid[1] &&
	       model_is_alone(m, op->task) && may_change_creds(run, op);
}

static long apply_userns(struct model *m, const struct op *op)
{
	model_unshare(m, op->task, CLONE_NEWUSER);
	model_new_userns(m, op->task, true);
	return 0;
}

/* arg: whether to make ids arg[1] and arg[2] root. */
static long in_userns(const long *arg)
{
	if (syscall(SYS_unshare, CLONE_NEWUSER))
		return -errno;
	rearm_parent_death(0);
	return arg[0] ? worker_map_root(arg + 1) : 0;
}

static long carry_userns(struct run *run, const struct op *op)
{
	const struct creds *c = &run->before.task[op->task].creds;

	return worker_run(run->worker[op->task], in_userns, 1,
			  (long)(c->userns ? 0 : c->uid[1]),
			  (long)(c->userns ? 0 : c->gid[1]));
}

static void print_userns(const struct op *op, long result, char *text,
			 size_t size)
{
	(void)op;
	(void)result;
	append_text(text, size, "unshare(CLONE_NEWUSER), its ids mapped to 0");
}

static bool is_landlock_allowed(const struct machine *k)
{
	return k->landlock;
}

static long apply_landlock(struct model *m, const struct op *op)
{
	model_new_domain(m, op->task);
	return 0;
}

long in_landlock(const long *arg)
{
	__u64 handled = LANDLOCK_MAKE_BLOCK;
	int fd = syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled),
			 0);
	long ret;

	(void)arg;
	if (fd == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	ret = result_of(syscall(SYS_landlock_restrict_self, fd, 0));
	close(fd);
	return ret;
}

static long carry_landlock(struct run *run, const struct op *op)
{
	return worker_run(run->worker[op->task], in_landlock, 0);
}

static void print_landlock(const struct op *op, long result, char *text,
			   size_t size)
{
	(void)op;
	(void)result;
	append_text(text, size, "landlock_restrict_self()");
}

/* ------------------------------------------------------------------ */

#define IDS                                                                 \
	.name = "other users and groups", .is_allowed = are_ids_allowed,    \
	.choose = choose_ids, .is_legal = is_legal_ids, .apply = apply_ids, \
	.carry_out = carry_ids, .print = print_ids
#define PRCTL                                               \
	.choose = choose_prctl, .is_legal = is_legal_prctl, \
	.apply = apply_prctl, .carry_out = carry_prctl, .print = print_prctl

const struct op_type cred_ops[] = {
	[OP_SETRESUID] = { IDS },
	[OP_SETRESGID] = { IDS },
	[OP_CAPSET] = { NULL, NULL, choose_capset, NULL, apply_capset,
			carry_capset, print_capset },
	[OP_DUMPABLE] = { "PR_SET_DUMPABLE", is_dumpable_allowed, PRCTL },
	[OP_KEEPCAPS] = { NULL, NULL, PRCTL },
	[OP_USERNS] = { "user namespaces", is_userns_allowed, NULL,
			is_legal_userns, apply_userns, carry_userns,
			print_userns },
	[OP_LANDLOCK] = { "Landlock", is_landlock_allowed, NULL, NULL,
			  apply_landlock, carry_landlock, print_landlock },
};
