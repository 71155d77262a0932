// SPDX-License-Identifier: GPL-2.0
/*
 * The model: what an operation changes, and which answers of kcmp(2) are right
 * then.  Each rule comes from a manual page, which the text next to it names.
 * Answers that no page promises are all right: two tasks without an I/O context
 * or an undo list, for instance, may or may not be the same.
 */
#include "model.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <linux/capability.h>
#include <linux/sched.h>

/* clone(2): "If CLONE_... is set, the calling process and the child share". */
static const struct {
	unsigned long flag;
	const char *shared, *copied;
} sharing[MODEL_TYPES] = {
	[KCMP_VM] = { CLONE_VM,
		      "clone(2): CLONE_VM, \"run in the same memory space\" (CL-01)",
		      "clone(2): without CLONE_VM a copy of the memory space (CL-00)" },
	[KCMP_FILES] = { CLONE_FILES,
			 "clone(2): CLONE_FILES, \"share the same file descriptor table\" (CL-03)",
			 "clone(2): without CLONE_FILES a copy of the fd table (CL-00)" },
	[KCMP_FS] = { CLONE_FS,
		      "clone(2): CLONE_FS, \"share the same filesystem information\" (CL-02)",
		      "clone(2): without CLONE_FS a copy of root, cwd and umask (CL-00)" },
	[KCMP_SIGHAND] = { CLONE_SIGHAND,
			   "clone(2): CLONE_SIGHAND, \"share the same table of signal handlers\" (CL-05)",
			   "clone(2): without CLONE_SIGHAND a copy of the handlers (CL-00)" },
	[KCMP_IO] = { CLONE_IO,
		      "clone(2): CLONE_IO, \"shares an I/O context\" (CL-09)",
		      "clone(2): without CLONE_IO \"its own I/O context\" (CL-00)" },
	[KCMP_SYSVSEM] = { CLONE_SYSVSEM,
			   "clone(2): CLONE_SYSVSEM, \"share a single list of\" semadj values (CL-08)",
			   "clone(2): without CLONE_SYSVSEM \"a separate semadj list\" (CL-00)" },
};

/* ------------------------------------------------------------------ */
/* Queries.                                                            */

bool model_is_live(const struct model *m, int task)
{
	return task >= 0 && m->task[task].state == TASK_LIVE;
}

/* Returns whether it is live and not asleep in vfork(). */
bool model_is_idle(const struct model *m, int task)
{
	return model_is_live(m, task) && m->task[task].waits_for == NOBODY;
}

/* Returns whether it is the only thread; an exited leader counts as one. */
bool model_is_alone(const struct model *m, int task)
{
	int t;

	for (t = 0; t < m->tasks; t++)
		if (t != task && m->task[t].group == m->task[task].group &&
		    m->task[t].state != TASK_GONE)
			return false;
	return true;
}

/* Returns whether another live process has the same mm. */
bool model_shares_vm(const struct model *m, int task)
{
	const struct task *of = &m->task[task];
	int t;

	for (t = 0; t < m->tasks; t++)
		if (model_is_live(m, t) && m->task[t].group != of->group &&
		    m->task[t].use[KCMP_VM].object == of->use[KCMP_VM].object)
			return true;
	return false;
}

static bool is_pidns_within(const struct model *m, int ns, int outer)
{
	while (ns != outer && ns > 0)
		ns = m->pidns[ns].parent;
	return ns == outer;
}

static int pidns_of(const struct model *m, int caller)
{
	return caller == NOBODY ? 0 : m->task[caller].pidns;
}

/* pid_namespaces(7): a task sees its own namespace and those below it. */
bool model_sees(const struct model *m, int caller, int task)
{
	return is_pidns_within(m, m->task[task].pidns, pidns_of(m, caller));
}

/* Returns the level of the caller's pid namespace; that of the test is 0. */
int model_level(const struct model *m, int caller)
{
	return m->pidns[pidns_of(m, caller)].level;
}

/* Returns the task that has the process' pid, or NOBODY. */
int model_leader(const struct model *m, int task)
{
	int t;

	for (t = 0; t < m->tasks; t++)
		if (m->task[t].group == m->task[task].group &&
		    m->task[t].leader && m->task[t].state != TASK_GONE)
			return t;
	return NOBODY;
}

static bool is_group_live(const struct model *m, int group)
{
	int t;

	for (t = 0; t < m->tasks; t++)
		if (m->task[t].group == group && model_is_live(m, t))
			return true;
	return false;
}

/*
 * Returns a task that can reap a zombie, NOBODY if that is the test, or -2 if it
 * cannot be reaped now.  Orphans go to the init of their parent's namespace.
 */
int model_reaper(const struct model *m, int task)
{
	int t, ns, group, parent = m->task[task].parent;

	if (m->task[task].state != TASK_ZOMBIE ||
	    is_group_live(m, m->task[task].group))
		return -2;
	if (parent == NOBODY)
		return NOBODY;
	ns = m->task[parent].pidns;
	group = m->task[parent].group;
	if (!is_group_live(m, group)) {
		if (!ns)
			return NOBODY;
		group = m->pidns[ns].init;
	}
	for (t = 0; t < m->tasks; t++)
		if (m->task[t].group == group && model_is_idle(m, t))
			return t;
	return -2;
}

const struct table *model_table(const struct model *m, int task)
{
	return &m->table[m->task[task].use[KCMP_FILES].object];
}

static struct table *table_of(struct model *m, int task)
{
	return &m->table[m->task[task].use[KCMP_FILES].object];
}

const struct fd *model_fd(const struct model *m, int task, int nr)
{
	const struct table *table = model_table(m, task);
	int i;

	for (i = 0; i < table->n; i++)
		if (table->fd[i].nr == nr)
			return &table->fd[i];
	return NULL;
}

/* Returns the description that a live task has by that number, or 0. */
int model_file_at(const struct model *m, int task, unsigned long nr)
{
	const struct fd *fd = nr <= INT_MAX && model_is_live(m, task) ?
				      model_fd(m, task, nr) :
				      NULL;

	return fd ? fd->file : 0;
}

int model_lowest_fd(const struct model *m, int task, int from)
{
	while (model_fd(m, task, from))
		from++;
	return from;
}

int model_count_items(const struct model *m, int file, int nr)
{
	const struct file *f = &m->file[file];
	int i, count = 0;

	for (i = 0; i < f->items; i++)
		count += f->item[i].nr == nr;
	return count;
}

bool model_has_item(const struct model *m, int file, int nr, int target)
{
	const struct file *f = &m->file[file];
	int i;

	for (i = 0; i < f->items; i++)
		if (f->item[i].nr == nr && f->item[i].file == target)
			return true;
	return false;
}

/* Returns whether a description is registered, by any number. */
bool model_watches(const struct model *m, int file, int target)
{
	int i;

	for (i = 0; i < m->file[file].items; i++)
		if (m->file[file].item[i].file == target)
			return true;
	return false;
}

/* Returns whether an operation could exceed one of the arrays. */
bool model_is_full(const struct model *m)
{
	int t, type;

	for (type = 0; type < MODEL_TYPES; type++)
		if (m->objects[type] > MODEL_OBJECTS - 4)
			return true;
	for (t = 1; t <= m->objects[KCMP_FILES]; t++)
		if (m->table[t].n > MODEL_FDS - 4)
			return true;
	for (t = 1; t <= m->objects[KCMP_FILE]; t++)
		if (m->file[t].items > MODEL_ITEMS - 2)
			return true;
	return m->tasks > MODEL_TASKS - 2 ||
	       m->pid_namespaces > MODEL_DOMAINS - 2 ||
	       m->user_namespaces > MODEL_DOMAINS - 2 ||
	       m->domains > MODEL_DOMAINS - 2;
}

/* ------------------------------------------------------------------ */
/* Changes.                                                            */

static void new_object(struct model *m, int task, int type, const char *why)
{
	m->task[task].use[type].object = ++m->objects[type];
	m->task[task].use[type].why = why;
}

void model_init(struct model *m, const struct creds *creds, bool stays_dumpable)
{
	memset(m, 0, sizeof(*m));
	m->test = *creds;
	m->stays_dumpable = stays_dumpable;
	m->user_namespaces = 1;
	m->userns[0].parent = -1;
	m->pid_namespaces = 1;
	m->pidns[0].parent = -1;
	m->domains = 1;
	m->domain_parent[0] = -1;
}

/* The test's child, from which all others descend.  Returns its number. */
int model_first_task(struct model *m)
{
	static const char why[] = "fork(2): a copy of what the test has";
	struct task *t = &m->task[0];

	m->tasks = 1;
	*t = (struct task){ .state = TASK_LIVE,
			    .leader = true,
			    .group = 0,
			    .parent = NOBODY,
			    .waits_for = NOBODY,
			    .creds = m->test };
	new_object(m, 0, KCMP_VM, why);
	new_object(m, 0, KCMP_FILES, why);
	new_object(m, 0, KCMP_FS, why);
	new_object(m, 0, KCMP_SIGHAND, why);
	m->vm[t->use[KCMP_VM].object].dumpable = true;
	return 0;
}

static void copy_object(struct model *m, int task, int type, const char *why)
{
	int from = m->task[task].use[type].object;
	int to = m->objects[type] + 1;

	if (type == KCMP_IO || type == KCMP_SYSVSEM) {
		m->task[task].use[type].object = 0;
		m->task[task].use[type].why = why;
		return;
	}
	new_object(m, task, type, why);
	if (type == KCMP_FILES)
		m->table[to] = m->table[from];
	if (type == KCMP_VM)
		m->vm[to] = m->vm[from];
}

void model_spawn(struct model *m, int by, int new, unsigned long long flags)
{
	struct task *parent = &m->task[by], *child = &m->task[new];
	int type;

	if (flags & CLONE_SYSVSEM && !parent->use[KCMP_SYSVSEM].object)
		model_alloc_undo(m, by);
	if (new >= m->tasks)
		m->tasks = new + 1;
	*child = *parent;
	child->state = TASK_LIVE;
	child->waits_for = NOBODY;
	child->leader = !(flags & CLONE_THREAD);
	if (child->leader)
		child->group = new;
	if (!(flags & (CLONE_THREAD | CLONE_PARENT)))
		child->parent = by;
	for (type = KCMP_VM; type < MODEL_TYPES; type++) {
		if (flags & sharing[type].flag)
			child->use[type].why = sharing[type].shared;
		else
			copy_object(m, new, type, sharing[type].copied);
	}
	if (flags & CLONE_VFORK)
		parent->waits_for = new;
	child->own_ipc |= !!(flags & CLONE_NEWIPC);
	if (flags & CLONE_NEWUSER)
		model_new_userns(m, new, false);
	if (flags & CLONE_NEWPID) {
		child->pidns = m->pid_namespaces++;
		m->pidns[child->pidns] = (struct pidns){
			.parent = parent->pidns,
			.init = new,
			.level = m->pidns[parent->pidns].level + 1,
		};
	}
}

/* A vfork() parent goes on when its child has died or called execve(). */
static void wake_vfork_parent(struct model *m, int child)
{
	int t;

	for (t = 0; t < m->tasks; t++)
		if (m->task[t].waits_for == child)
			m->task[t].waits_for = NOBODY;
}

/* prctl(2), PR_SET_PDEATHSIG: the parent is the thread that created it. */
static void kill_children(struct model *m, int parent)
{
	int t;

	for (t = 0; t < m->tasks; t++)
		if (m->task[t].parent == parent && model_is_live(m, t))
			model_exit_process(m, t);
}

static void end_task(struct model *m, int task, enum task_state state);

/*
 * pid_namespaces(7): an init that exits kills all tasks in its namespace, and
 * reaps them before it becomes a zombie itself.
 */
static void end_pidns(struct model *m, int group)
{
	int t, ns;

	for (ns = 1; ns < m->pid_namespaces; ns++)
		if (m->pidns[ns].init == group)
			break;
	if (ns == m->pid_namespaces)
		return;
	for (t = 0; t < m->tasks; t++)
		if (m->task[t].group != group &&
		    m->task[t].state != TASK_GONE &&
		    is_pidns_within(m, m->task[t].pidns, ns))
			end_task(m, t, TASK_GONE);
}

static void end_task(struct model *m, int task, enum task_state state)
{
	struct task *t = &m->task[task];
	int type;

	if (t->state == TASK_LIVE)
		t->died_dumpable = m->vm[t->use[KCMP_VM].object].dumpable;
	t->state = state;
	t->waits_for = NOBODY;
	for (type = KCMP_VM; type < MODEL_TYPES; type++)
		t->use[type].why = "it has ended";
	wake_vfork_parent(m, task);
	kill_children(m, task);
	if (!is_group_live(m, t->group))
		end_pidns(m, t->group);
}

void model_exit_thread(struct model *m, int task)
{
	end_task(m, task, m->task[task].leader ? TASK_ZOMBIE : TASK_GONE);
}

void model_exit_process(struct model *m, int task)
{
	int t, group = m->task[task].group;

	for (t = 0; t < m->tasks; t++)
		if (m->task[t].group == group && model_is_live(m, t))
			model_exit_thread(m, t);
}

void model_reap(struct model *m, int task)
{
	m->task[task].state = TASK_GONE;
}

/* execve(2): other threads end, and what is not shared over execve() is new. */
void model_exec(struct model *m, int task)
{
	struct task *me = &m->task[task];
	struct table *table;
	int t;

	for (t = 0; t < m->tasks; t++)
		if (t != task && m->task[t].group == me->group &&
		    m->task[t].state != TASK_GONE)
			end_task(m, t, TASK_GONE);
	me->leader = true;
	wake_vfork_parent(m, task);
	copy_object(m, task, KCMP_VM, "execve(2): a new address space (EX-01)");
	copy_object(
		m, task, KCMP_SIGHAND,
		"execve(2): signals with handlers are reset to the default (EX-01)");
	copy_object(
		m, task, KCMP_FILES,
		"execve(2): \"The file descriptor table is unshared\" (EX-01)");
	m->vm[me->use[KCMP_VM].object].dumpable = true;
	m->vm[me->use[KCMP_VM].object].userns = me->creds.userns;
	me->creds.keepcaps = false;
	table = table_of(m, task);
	for (t = table->n - 1; t >= 0; t--)
		if (table->fd[t].cloexec)
			model_close(m, task, table->fd[t].nr);
}

void model_new_fs(struct model *m, int task, const char *why)
{
	new_object(m, task, KCMP_FS, why);
}

void model_drop_undo(struct model *m, int task, const char *why)
{
	copy_object(m, task, KCMP_SYSVSEM, why);
}

void model_unshare_files(struct model *m, int task, const char *why)
{
	copy_object(m, task, KCMP_FILES, why);
}

/* An object with one user may be kept or replaced: no answer depends on it. */
void model_unshare(struct model *m, int task, unsigned long flags)
{
	if (flags & CLONE_FILES)
		model_unshare_files(m, task, "unshare(2): CLONE_FILES (US-01)");
	if (flags & CLONE_FS)
		model_new_fs(m, task, "unshare(2): CLONE_FS (US-02)");
	else if (flags & (CLONE_NEWNS | CLONE_NEWUSER))
		model_new_fs(
			m, task,
			"unshare(2): a new namespace \"implies CLONE_FS\" (US-04)");
	m->task[task].own_ipc |= !!(flags & CLONE_NEWIPC);
	if (flags & CLONE_SYSVSEM)
		model_drop_undo(m, task, "unshare(2): CLONE_SYSVSEM (US-03)");
	else if (flags & CLONE_NEWIPC)
		model_drop_undo(
			m, task,
			"unshare(2): CLONE_NEWIPC drops the undo list (US-04)");
}

void model_alloc_io(struct model *m, int task)
{
	if (!m->task[task].use[KCMP_IO].object)
		new_object(
			m, task, KCMP_IO,
			"ioprio_set(2): an I/O context of its own (CL-IO-6)");
}

void model_alloc_undo(struct model *m, int task)
{
	if (!m->task[task].use[KCMP_SYSVSEM].object)
		new_object(
			m, task, KCMP_SYSVSEM,
			"SEM_UNDO or CLONE_SYSVSEM: an undo list of its own (CL-08)");
}

int model_new_file(struct model *m, enum file_kind kind)
{
	int file = ++m->objects[KCMP_FILE];

	m->file[file].kind = kind;
	return file;
}

void model_install(struct model *m, int task, int nr, int file, bool cloexec)
{
	struct table *table = table_of(m, task);
	struct fd *fd = (struct fd *)model_fd(m, task, nr);

	if (!fd)
		fd = &table->fd[table->n++];
	*fd = (struct fd){ .nr = nr, .file = file, .cloexec = cloexec };
}

void model_close(struct model *m, int task, int nr)
{
	struct table *table = table_of(m, task);
	struct fd *fd = (struct fd *)model_fd(m, task, nr);

	if (fd)
		*fd = table->fd[--table->n];
}

static void mark_files(struct model *m, const struct table *table)
{
	int i;

	for (i = 0; i < table->n; i++)
		m->file[table->fd[i].file].live = true;
}

/*
 * Finds the descriptions that still have an fd, and drops the registrations of
 * the others (epoll(7), question 6).
 */
void model_sweep(struct model *m)
{
	struct file *f;
	int i, t;

	for (i = 1; i <= m->objects[KCMP_FILE]; i++)
		m->file[i].live = false;
	for (t = 0; t < m->tasks; t++)
		if (model_is_live(m, t))
			mark_files(m, model_table(m, t));
	for (f = m->file + 1; f <= m->file + m->objects[KCMP_FILE]; f++)
		for (i = f->items - 1; i >= 0; i--)
			if (!f->live || !m->file[f->item[i].file].live)
				f->item[i] = f->item[--f->items];
}

/* prctl(2), PR_SET_DUMPABLE: a change of the effective ids resets it. */
static void ids_changed(struct model *m, int task)
{
	m->vm[m->task[task].use[KCMP_VM].object].dumpable = m->stays_dumpable;
}

static bool has_root_id(const struct creds *c)
{
	return !c->uid[0] || !c->uid[1] || !c->uid[2];
}

/* capabilities(7), "Effect of user ID changes on capabilities". */
void model_setresuid(struct model *m, int task, const unsigned int *uid)
{
	struct creds *c = &m->task[task].creds, old = *c;

	memcpy(c->uid, uid, sizeof(c->uid));
	if (has_root_id(&old) && !has_root_id(c) && !c->keepcaps) {
		c->permitted = 0;
		c->effective = 0;
	}
	if (!old.uid[1] && c->uid[1])
		c->effective = 0;
	if (old.uid[1] && !c->uid[1])
		c->effective = c->permitted;
	if (old.uid[1] != c->uid[1])
		ids_changed(m, task);
}

void model_setresgid(struct model *m, int task, const unsigned int *gid)
{
	struct creds *c = &m->task[task].creds;
	bool changed = c->gid[1] != gid[1];

	memcpy(c->gid, gid, sizeof(c->gid));
	if (changed)
		ids_changed(m, task);
}

/* user_namespaces(7): its first task has all capabilities in it. */
void model_new_userns(struct model *m, int task, bool mapped)
{
	struct creds *c = &m->task[task].creds;
	int ns = m->user_namespaces++;

	m->userns[ns] = (struct userns){
		.parent = c->userns,
		.level = m->userns[c->userns].level + 1,
		.owner = c->uid[1],
		.mapped = mapped,
	};
	c->userns = ns;
	c->permitted = ~0ULL;
	c->effective = ~0ULL;
	c->keepcaps = false;
}

void model_new_domain(struct model *m, int task)
{
	int domain = m->domains++;

	m->domain_parent[domain] = m->task[task].creds.domain;
	m->task[task].creds.domain = domain;
}

/* ------------------------------------------------------------------ */
/* Permission: ptrace(2), "Ptrace access mode checking".               */

enum access { DENIED, ALLOWED, EITHER };

/* user_namespaces(7), "Capabilities": rules 1 to 3. */
static bool has_cap_ptrace(const struct model *m, const struct creds *c, int ns)
{
	for (;;) {
		if (ns == c->userns)
			return c->effective & 1ULL << CAP_SYS_PTRACE;
		if (m->userns[ns].level <= m->userns[c->userns].level)
			return false;
		if (m->userns[ns].parent == c->userns &&
		    m->userns[ns].owner == c->uid[1])
			return true;
		ns = m->userns[ns].parent;
	}
}

static bool ids_match(const struct creds *c, const struct creds *target)
{
	int i;

	for (i = 0; i < 3; i++)
		if (target->uid[i] != c->uid[0] || target->gid[i] != c->gid[0])
			return false;
	return true;
}

static bool domain_contains(const struct model *m, int domain, int other)
{
	while (other != domain && other > 0)
		other = m->domain_parent[other];
	return other == domain;
}

/* Applies the part of the check that is about the dumpable flag. */
static enum access dumpable_access(const struct model *m, const struct creds *c,
				   const struct task *t)
{
	const struct vm *vm = &m->vm[t->use[KCMP_VM].object];

	if (t->state == TASK_LIVE)
		return vm->dumpable || has_cap_ptrace(m, c, vm->userns) ?
			       ALLOWED :
			       DENIED;
	/*
	 * Kernels differ about a zombie that was not dumpable (ZMB-07).  On 7.3 a
	 * zombie also follows what others that had the same mm do to the flag.
	 */
	return t->died_dumpable && vm->dumpable ? ALLOWED : EITHER;
}

static enum access model_access(const struct model *m, int caller, int target,
				const char **rule)
{
	const struct task *t = &m->task[target];
	const struct creds *c = caller == NOBODY ? &m->test :
						   &m->task[caller].creds;
	enum access dumpable = dumpable_access(m, c, t);

	if (caller != NOBODY && m->task[caller].group == t->group)
		return ALLOWED;
	*rule = "ptrace(2), access mode: ids other than the caller's real ones (PERM-05)";
	if (!ids_match(c, &t->creds) && !has_cap_ptrace(m, c, t->creds.userns))
		return DENIED;
	*rule = "ptrace(2), access mode: the target is not dumpable (PERM-16)";
	if (dumpable == DENIED)
		return DENIED;
	*rule = "ptrace(2), access mode: more capabilities, or another userns (PERM-20, NS-02)";
	if ((c->userns != t->creds.userns ||
	     t->creds.permitted & ~c->permitted) &&
	    !has_cap_ptrace(m, c, t->creds.userns))
		return DENIED;
	*rule = "landlock(7), ptrace restrictions: outside of the caller's domain (LL-01)";
	if (!domain_contains(m, c->domain, t->creds.domain))
		return DENIED;
	return dumpable;
}

/* ------------------------------------------------------------------ */
/* Right answers.                                                      */

static void add_error(struct want *w, int error)
{
	size_t i;

	for (i = 0; i < sizeof(w->error) / sizeof(*w->error); i++)
		if (!w->error[i] || w->error[i] == error) {
			w->error[i] = error;
			return;
		}
}

static void only_error(struct want *w, int error, const char *rule)
{
	add_error(w, error);
	w->rule = rule;
}

static void either(struct want *w, const char *rule)
{
	w->same = true;
	w->differs = true;
	w->rule = rule;
}

static void compare(struct want *w, int type, int a, int b, const char *rule)
{
	w->same = a == b;
	w->differs = a != b;
	w->rule = rule;
	w->order_type = type;
	w->order[0] = a;
	w->order[1] = b;
}

/* A zombie has released its mm, fd table and fs_struct. */
static void want_zombie(const struct task *a, const struct task *b, int type,
			struct want *w)
{
	int x = a->use[type].object, y = b->use[type].object;
	bool both = a->state != TASK_LIVE && b->state != TASK_LIVE;

	either(w, "a zombie: no page says (ZMB-01)");
	if (type == KCMP_SIGHAND && !both && a->group == b->group) {
		w->differs = false;
		w->rule =
			"clone(2): threads share the handlers, the dead leader too (ZMB-05)";
	} else if (type == KCMP_IO || type == KCMP_SYSVSEM) {
		w->same = both || x == y || !x || !y;
	} else if (type != KCMP_SIGHAND && !both) {
		w->same = false;
		w->rule =
			"exit(3), exit_group(2): a zombie has released it (ZMB-02)";
	}
}

static void want_object(const struct model *m, const struct question *q,
			struct want *w)
{
	const struct task *a = &m->task[q->task[0]], *b = &m->task[q->task[1]];
	int type = (int)q->type;
	int x = a->use[type].object, y = b->use[type].object;

	w->why[0] = a->use[type].why;
	w->why[1] = b->use[type].why;
	if (a->state != TASK_LIVE || b->state != TASK_LIVE)
		want_zombie(a, b, type, w);
	else if (a == b)
		compare(w, type, x, x,
			"kcmp(2): a task shares all with itself (ARG-02)");
	else if (!x && !y)
		either(w,
		       "kcmp(2), NOTES: neither is known to have one (M10, M12)");
	else
		compare(w, type, x, y,
			x == y ?
				"kcmp(2): 0, \"the two processes share the resource\" (M23)" :
				"kcmp(2): 1, 2 or 3, they do not share it (M3)");
	if (!w->order[0] || !w->order[1]) {
		w->order[0] = 0;
		w->order[1] = 0;
	}
}

static void want_file(const struct model *m, const struct question *q,
		      struct want *w)
{
	int a = model_file_at(m, q->task[0], q->idx[0]);
	int b = model_file_at(m, q->task[1], q->idx[1]);

	if (!a || !b)
		only_error(
			w, EBADF,
			"kcmp(2): EBADF, \"is not an open file descriptor\" (FILE-20, ZMB-04)");
	else
		compare(w, KCMP_FILE, a, b,
			a == b ?
				"kcmp(2), KCMP_FILE: the same open file description (FILE-01)" :
				"kcmp(2), KCMP_FILE: two open file descriptions (FILE-06)");
}

/* No page orders these errors and EBADF for idx1. */
static void want_slot_error(const struct model *m, const struct question *q,
			    struct want *w)
{
	int efd = model_file_at(m, q->task[1], q->slot.efd);

	if (!efd)
		only_error(
			w, EBADF,
			"kcmp(2): EBADF, the slot's efd is not open (EP-10)");
	else if (m->file[efd].kind != FILE_EPOLL)
		only_error(
			w, EINVAL,
			"kcmp(2): EINVAL, the slot's efd is no epoll instance (EP-12)");
	else if (q->slot.tfd > INT_MAX ||
		 q->slot.toff >=
			 (unsigned int)model_count_items(m, efd, q->slot.tfd))
		only_error(
			w, ENOENT,
			"kcmp(2): ENOENT, \"not present in the epoll instance\" (EP-03, EP-05)");
}

/* No page says in which order toff counts registrations. */
static void want_target(const struct model *m, const struct question *q,
			struct want *w)
{
	const struct file *f =
		&m->file[model_file_at(m, q->task[1], q->slot.efd)];
	int i, a = model_file_at(m, q->task[0], q->idx[0]), found = 0,
	       count = 0;

	for (i = 0; i < f->items; i++)
		if (f->item[i].nr == (int)q->slot.tfd) {
			count++;
			found = found == a ? a : f->item[i].file;
		}
	if (count == 1)
		compare(w, KCMP_FILE, a, found,
			a == found ?
				"kcmp(2), KCMP_EPOLL_TFD: registered by this number (EP-01)" :
				"kcmp(2), KCMP_EPOLL_TFD: another file is registered by this number (EP-02)");
	else if (a == found)
		either(w,
		       "kcmp(2), KCMP_EPOLL_TFD: one of several registered by this number (EP-06)");
	else
		compare(w, KCMP_FILE, a, 0,
			"kcmp(2), KCMP_EPOLL_TFD: not among those registered by this number (EP-06)");
	if (count > 1) {
		w->order[0] = 0;
		w->order[1] = 0;
	}
}

static void want_epoll(const struct model *m, const struct question *q,
		       struct want *w)
{
	if (!PLACE_IS_BAD(q->place))
		want_slot_error(m, q, w);
	else
		only_error(
			w, EFAULT,
			"kcmp(2): EFAULT, the slot is not accessible (EPTR-01)");
	if (!model_file_at(m, q->task[0], q->idx[0]))
		only_error(w, EBADF,
			   "kcmp(2): EBADF, idx1 is not open (EP-10)");
	else if (!w->error[0])
		want_target(m, q, w);
}

/* Each description is registered by a number at most once. */
static void want_each_toff(const struct model *m, const struct question *q,
			   struct want *w)
{
	int target = model_file_at(m, q->task[0], q->idx[0]);
	int file = model_file_at(m, q->task[0], q->idx[1]);

	if (file)
		compare(w, KCMP_FILE, file, target,
			"kcmp(2), KCMP_EPOLL_TFD: each toff is another file (EP-06)");
	else
		only_error(w, EBADF,
			   "kcmp(2): EBADF, idx1 is not open (EP-10)");
}

static void want_answer(const struct model *m, const struct question *q,
			struct want *w)
{
	if (q->type < KCMP_FILE || q->type > KCMP_EPOLL_TFD)
		only_error(w, EINVAL,
			   "kcmp(2): EINVAL, \"type is invalid\" (ARG-03)");
	else if (q->type == KCMP_FILE)
		want_file(m, q, w);
	else if (q->each_toff)
		want_each_toff(m, q, w);
	else if (q->type == KCMP_EPOLL_TFD)
		want_epoll(m, q, w);
	else
		want_object(m, q, w);
}

/* ESRCH comes before EPERM, and EPERM before all else (PREC-01, PREC-02). */
void model_want(const struct model *m, const struct question *q, struct want *w)
{
	const char *rule;
	int i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < 2; i++)
		if (q->task[i] == NOBODY ||
		    m->task[q->task[i]].state == TASK_GONE ||
		    !model_sees(m, q->caller, q->task[i])) {
			only_error(
				w, ESRCH,
				"kcmp(2): ESRCH, \"does not exist\" in the caller's pid namespace (PID-01, PID-05)");
			return;
		}
	for (i = 0; i < 2; i++) {
		enum access access =
			model_access(m, q->caller, q->task[i], &rule);

		if (access == DENIED) {
			only_error(w, EPERM, rule);
			return;
		}
		if (access == EITHER)
			add_error(w, EPERM);
	}
	want_answer(m, q, w);
}

bool model_accepts(const struct want *w, long answer)
{
	size_t i;

	if (answer >= 0)
		return answer == 0 ? w->same : w->differs && answer <= 3;
	for (i = 0; i < sizeof(w->error) / sizeof(*w->error); i++)
		if (w->error[i] && answer == -w->error[i])
			return true;
	return false;
}
