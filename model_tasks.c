// SPDX-License-Identifier: GPL-2.0
/*
 * Operations on tasks: spawning, execve(), exit, and calls that change what tasks
 * share.
 *
 * A worker may have executed the program anew, so that its mailbox lies at
 * another address than the test's: functions that run in a worker find theirs
 * through their arguments, and take no pointers.
 */
#include "model_ops.h"

#include <dirent.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "describe.h"

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND (1ULL << 32)
#endif

#define LIVE_MAX 9 /* tasks at a time */
#define ZOMBIE_MAX 4
#define NAMESPACES (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP)

static bool has_sys_admin(const struct task *t)
{
	return t->creds.effective & 1ULL << CAP_SYS_ADMIN;
}

/* ------------------------------------------------------------------ */
/* Spawning.                                                           */

/* arg: the new mailbox, flags, the spawner's mailbox, whether by clone3(). */
static long by_model(const long *arg)
{
	static char stack[WORKER_MAX][WORKER_STACK]
		__attribute__((aligned(16)));
	struct worker *t = mailbox_of(arg) +
			   ((struct worker *)arg[0] - (struct worker *)arg[2]);
	struct clone_args args = {
		.flags = t->flags,
		.exit_signal = t->flags & CLONE_PARENT ? 0 : SIGCHLD,
	};
	unsigned int n = atoi(strchr(t->id, ':') + 1);
	long pid;

	if (!arg[3])
		return result_of(
			clone(worker_main, stack[n] + WORKER_STACK,
			      (unsigned int)t->flags |
				      (t->flags & CLONE_THREAD ? 0 : SIGCHLD),
			      t));
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		worker_main_below(t);
	return result_of(pid);
}

static bool is_legal_spawn(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;
	const struct task *by = &m->task[op->task];
	unsigned long long flags = op->flags;
	int t, live = 0;

	for (t = 0; t < m->tasks; t++)
		live += model_is_live(m, t);
	if (live >= LIVE_MAX || m->task[op->other].state != TASK_NONE)
		return false;
	if ((flags & CLONE_IO && !by->use[KCMP_IO].object) ||
	    (flags & CLONE_PARENT && by->parent != NOBODY))
		return false;
	if (flags & CLONE_NEWUSER && by->creds.userns &&
	    !m->userns[by->creds.userns].mapped)
		return false;
	/* New namespaces need CAP_SYS_ADMIN. */
	return !(flags & NAMESPACES) || has_sys_admin(by);
}

static bool choose_spawn(const struct run *run, struct generator *g,
			 struct op *op)
{
	static const unsigned long object[] = { CLONE_FS, CLONE_FILES, CLONE_IO,
						CLONE_SYSVSEM };
	static const unsigned long space[] = { CLONE_NEWNS, CLONE_NEWUTS,
					       CLONE_NEWIPC, CLONE_NEWCGROUP };
	size_t i;

	op->other = run->model.tasks;
	if (op->kind == OP_FORK && run->siblings) {
		op->kind = OP_CLONE;
		op->flags = CLONE_PARENT;
	}
	if (op->kind == OP_FORK || op->flags)
		return true;
	for (i = 0; i < 4; i++)
		if (random_chance(g, 2))
			op->flags |= object[i];
	if (op->kind == OP_THREAD) {
		op->flags |= CLONE_A_THREAD;
		return true;
	}
	if (op->kind == OP_CLONE && random_chance(g, 2))
		op->flags |= CLONE_VM |
			     (random_chance(g, 2) ? CLONE_SIGHAND : 0);
	if (op->kind == OP_CLONE3)
		op->flags |= random_chance(g, 2) ? CLONE_CLEAR_SIGHAND :
						   CLONE_VM | CLONE_VFORK |
							   CLONE_CLEAR_SIGHAND;
	else if (random_chance(g, 10))
		op->flags |= CLONE_VFORK;
	if (run->siblings || !random_chance(g, 4))
		op->flags |= CLONE_PARENT;
	if (random_chance(g, 6))
		op->flags |= space[random_below(g, 4)] &
			     run->machine->clone_flags;
	return !(op->flags & CLONE_FS && op->flags & CLONE_NEWNS) &&
	       !(op->flags & CLONE_SYSVSEM && op->flags & CLONE_NEWIPC);
}

/* Within a user namespace the worker is privileged enough. */
static bool choose_pidns(const struct run *run, struct generator *g,
			 struct op *op)
{
	const struct task *by = &run->model.task[op->task];

	op->other = run->model.tasks;
	op->flags = by->pidns ? CLONE_NEWPID : run->machine->pidns;
	if (random_chance(g, 2))
		op->flags |= CLONE_FILES;
	if (random_chance(g, 4))
		op->flags |= CLONE_VM;
	return true;
}

static bool is_legal_pidns(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;
	const struct task *by = &m->task[op->task];

	return is_legal_spawn(run, op) &&
	       m->pidns[by->pidns].level + 1 < PIDNS_LEVELS &&
	       (op->flags & CLONE_NEWUSER || has_sys_admin(by));
}

/*
 * clone3() with CLONE_VM leaves the child on the spawner's stack, until the
 * spawner goes on.  A grandchild must not be on it then.
 */
static bool is_legal_clone3(const struct run *run, const struct op *op)
{
	return is_legal_spawn(run, op) &&
	       !(op->flags & CLONE_VM && run->borrows_stack[op->task]);
}

static bool is_clone3_allowed(const struct machine *k)
{
	return k->clone3;
}

static bool is_pidns_allowed(const struct machine *k)
{
	return k->pidns && k->pass;
}

static long apply_spawn(struct model *m, const struct op *op)
{
	model_spawn(m, op->task, op->other, op->flags);
	return 0;
}

/* The kernel adds the sender's credentials. */
static long in_say(const long *arg)
{
	(void)arg;
	return result_of(send(PASS_FROM, "", 1, 0));
}

/* Returns the pid of a worker in another pid namespace, as the test sees it. */
static long ask_pid_of(struct worker *w)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control = { .bytes = { 0 } };
	struct ucred creds = { .pid = 0 };
	int on = 1, off = 0;
	long length;

	setsockopt(PASS_TO, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	worker_run(w, in_say, 0);
	length = receive_control(&control, sizeof(control), 0);
	setsockopt(PASS_TO, SOL_SOCKET, SO_PASSCRED, &off, sizeof(off));
	if (length < 0 || control.header.cmsg_type != SCM_CREDENTIALS)
		return -EPROTO;
	memcpy(&creds, CMSG_DATA(&control.header), sizeof(creds));
	return creds.pid;
}

/* Reads NSpid of /proc/PID/task/TID/status.  Returns the number of levels. */
static int read_inner_pids(pid_t pid, pid_t tid, pid_t *inner)
{
	char path[64], line[256];
	FILE *status;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
	status = fopen(path, "re");
	while (status && !n && fgets(line, sizeof(line), status))
		n = sscanf(line, "NSpid: %d %d %d", &inner[0], &inner[1],
			   &inner[2]);
	if (status)
		fclose(status);
	return n;
}

/* Returns the thread of a process that has that id at a level. */
static pid_t find_thread(pid_t pid, pid_t id, int level)
{
	pid_t inner[PIDNS_LEVELS], tid = -ESRCH;
	struct dirent *entry;
	char path[32];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && tid < 0 && (entry = readdir(tasks)))
		if (read_inner_pids(pid, atoi(entry->d_name), inner) > level &&
		    inner[level] == id)
			tid = inner[0];
	if (tasks)
		closedir(tasks);
	return tid;
}

/* Finds the numbers that a new task has, from the outermost one. */
static long find_numbers(struct run *run, int task)
{
	const struct model *m = &run->model;
	int level = m->pidns[m->task[task].pidns].level;
	struct worker *w = run->worker[task];
	int leader = model_leader(m, task);
	pid_t pid = w->tid;

	run->inner[task][0] = pid;
	run->pid[task] = pid;
	if (!level)
		return 0;
	pid = leader == task ? ask_pid_of(w) :
			       find_thread(run->pid[leader], w->tid, level);
	if (pid < 0)
		return pid;
	run->pid[task] = pid;
	return read_inner_pids(leader == task ? pid : run->pid[leader], pid,
			       run->inner[task]) == level + 1 ?
		       0 :
		       -ESRCH;
}

static long carry_spawn(struct run *run, const struct op *op)
{
	struct worker *by = run->worker[op->task];
	struct worker *t = worker_spawn_by(by, by_model, op->flags, (long)by,
					   op->kind == OP_CLONE3);

	run->worker[op->other] = t;
	run->borrows_stack[op->other] = op->kind == OP_CLONE3 &&
					op->flags & CLONE_VM;
	return t->pid > 0 ? find_numbers(run, op->other) : t->pid;
}

static void print_spawn(const struct op *op, long result, char *text,
			size_t size)
{
	bool has_signal = op->kind != OP_THREAD &&
			  !(op->kind == OP_CLONE3 && op->flags & CLONE_PARENT);
	char flags[256];

	(void)result;
	append_text(text, size, "w%d = ", op->other);
	if (op->kind == OP_FORK)
		append_text(text, size, "fork()");
	else
		append_text(text, size, "%s(%s%s)",
			    op->kind == OP_CLONE3 ? "clone3" : "clone",
			    clone_flags_text(op->flags, flags, sizeof(flags)),
			    has_signal ? "|SIGCHLD" : "");
}

/* ------------------------------------------------------------------ */
/* execve(), exit and wait.                                            */

static bool is_exec_allowed(const struct machine *k)
{
	return k->exec;
}

/* The model leaves out how execve() changes capabilities. */
static bool is_legal_exec(const struct run *run, const struct op *op)
{
	const struct creds *c = &run->model.task[op->task].creds;
	const struct creds *first = &run->model.test;

	return !c->userns && !memcmp(c->uid, first->uid, sizeof(c->uid)) &&
	       !memcmp(c->gid, first->gid, sizeof(c->gid)) &&
	       c->permitted == first->permitted &&
	       c->effective == first->effective;
}

static long apply_exec(struct model *m, const struct op *op)
{
	model_exec(m, op->task);
	return 0;
}

static long in_exec(const long *arg)
{
	char *argv[] = { "worker", "--worker", mailbox_of(arg)->id, NULL };
	char *envp[] = { NULL };

	execve("/proc/thread-self/exe", argv, envp);
	return -errno;
}

/* A thread that is not the leader takes over the leader's id. */
static long carry_exec(struct run *run, const struct op *op)
{
	int leader = model_leader(&run->before, op->task);
	struct worker *t = run->worker[op->task], *l = run->worker[leader];
	pid_t inner[PIDNS_LEVELS];

	run->borrows_stack[op->task] = false;
	if (leader != op->task) {
		memcpy(inner, run->inner[op->task], sizeof(inner));
		memcpy(run->inner[op->task], run->inner[leader], sizeof(inner));
		memcpy(run->inner[leader], inner, sizeof(inner));
		run->pid[op->task] = run->inner[op->task][0];
		run->pid[leader] = run->inner[leader][0];
		t->parent = l->parent;
		t->is_child = l->is_child;
		t->pid = l->pid;
		l->is_child = 0;
		l->pid = -ECHILD;
	}
	return worker_run(t, in_exec, 0);
}

static void print_exec(const struct op *op, long result, char *text,
		       size_t size)
{
	(void)op;
	(void)result;
	append_text(text, size, "execve(\"/proc/thread-self/exe\")");
}

static bool is_legal_exit_thread(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;
	int t;

	for (t = 0; t < m->tasks; t++)
		if (t != op->task && model_is_live(m, t) &&
		    m->task[t].group == m->task[op->task].group)
			return true;
	return false;
}

/* One child of the test must stay, and zombies are limited. */
static bool is_legal_exit(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;
	int t, others = 0, zombies = 0;

	for (t = 0; t < m->tasks; t++) {
		zombies += m->task[t].state == TASK_ZOMBIE;
		others += m->task[t].group != m->task[op->task].group &&
			  model_is_live(m, t) && m->task[t].parent == NOBODY;
	}
	return others && zombies < ZOMBIE_MAX;
}

static long apply_exit(struct model *m, const struct op *op)
{
	if (op->kind == OP_EXIT_THREAD)
		model_exit_thread(m, op->task);
	else
		model_exit_process(m, op->task);
	return 0;
}

static long carry_exit(struct run *run, const struct op *op)
{
	if (op->kind == OP_KILL)
		return result_of(
			kill(run->pid[model_leader(&run->before, op->task)],
			     SIGKILL));
	worker_post(run->worker[op->task], NULL,
		    WORKER_ARGS(op->kind == OP_EXIT_THREAD ? SYS_exit :
							     SYS_exit_group,
				0));
	return 0;
}

static void print_exit(const struct op *op, long result, char *text,
		       size_t size)
{
	(void)result;
	append_text(text, size, "%s",
		    op->kind == OP_KILL	       ? "killed by SIGKILL" :
		    op->kind == OP_EXIT_THREAD ? "syscall(SYS_exit, 0)" :
						 "exit_group(0)");
}

static bool choose_reap(const struct run *run, struct generator *g,
			struct op *op)
{
	const struct model *m = &run->model;
	int t, n = 0;

	op->other = NOBODY;
	for (t = 0; t < m->tasks; t++)
		if (model_reaper(m, t) != -2 && random_chance(g, ++n))
			op->other = t;
	return op->other != NOBODY;
}

static bool is_legal_reap(const struct run *run, const struct op *op)
{
	return run->model.task[op->other].state == TASK_ZOMBIE &&
	       model_reaper(&run->model, op->other) != -2;
}

static long apply_reap(struct model *m, const struct op *op)
{
	model_reap(m, op->other);
	return 0;
}

static long carry_reap(struct run *run, const struct op *op)
{
	int by = model_reaper(&run->before, op->other);
	pid_t pid = run_number(run, by, op->other);
	long ret;

	if (by == NOBODY)
		ret = result_of(waitpid(pid, NULL, __WALL));
	else
		ret = worker_syscall(run->worker[by], SYS_wait4, pid, 0, __WALL,
				     0);
	run->worker[op->other]->pid = -ECHILD;
	return ret == pid ? 0 : ret < 0 ? ret : -ECHILD;
}

static void print_reap(const struct op *op, long result, char *text,
		       size_t size)
{
	(void)result;
	append_text(text, size, "waitpid(w%d) by its parent", op->other);
}

/* ------------------------------------------------------------------ */
/* unshare() and setns().                                              */

static bool is_unshare_allowed(const struct machine *k)
{
	return k->unshare;
}

/* Flags that take effect at once; CLONE_NEWPID would wait for a child. */
static bool choose_unshare(const struct run *run, struct generator *g,
			   struct op *op)
{
	static const unsigned long flag[] = {
		CLONE_FILES,   CLONE_FS,     CLONE_SYSVSEM,   CLONE_NEWNS,
		CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP, CLONE_THREAD,
		CLONE_SIGHAND, CLONE_VM,
	};
	const struct model *m = &run->model;
	int n = 1 + random_below(g, 2);

	while (n-- > 0)
		op->flags |=
			flag[random_below(g, sizeof(flag) / sizeof(*flag))];
	op->flags &= ~(unsigned long long)NAMESPACES |
		     run->machine->clone_flags;
	return op->flags && m->tasks;
}

static bool is_legal_unshare(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;
	const struct task *me = &m->task[op->task];
	int t;

	if (op->flags & NAMESPACES && !has_sys_admin(me))
		return false;
	if (!(op->flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)))
		return true;
	/* A zombie keeps its signal handlers until it is reaped. */
	for (t = 0; t < m->tasks; t++)
		if (t != op->task && m->task[t].state != TASK_GONE &&
		    m->task[t].use[KCMP_SIGHAND].object ==
			    me->use[KCMP_SIGHAND].object)
			return false;
	return model_is_alone(m, op->task) && !model_shares_vm(m, op->task);
}

static long apply_unshare(struct model *m, const struct op *op)
{
	model_unshare(m, op->task, op->flags);
	return 0;
}

static long carry_unshare(struct run *run, const struct op *op)
{
	return worker_syscall(run->worker[op->task], SYS_unshare, op->flags);
}

static void print_unshare(const struct op *op, long result, char *text,
			  size_t size)
{
	char flags[256];

	(void)result;
	append_text(text, size, "unshare(%s)",
		    clone_flags_text(op->flags, flags, sizeof(flags)));
}

static const struct {
	unsigned long flag;
	const char *path;
} namespaces[] = {
	{ CLONE_NEWIPC, "/proc/thread-self/ns/ipc" },
	{ CLONE_NEWNS, "/proc/thread-self/ns/mnt" },
	{ CLONE_NEWUTS, "/proc/thread-self/ns/uts" },
	{ CLONE_NEWCGROUP, "/proc/thread-self/ns/cgroup" },
};

static bool is_setns_allowed(const struct machine *k)
{
	return k->setns;
}

static bool choose_setns(const struct run *run, struct generator *g,
			 struct op *op)
{
	op->arg[0] = random_below(g, 4);
	return run->machine->clone_flags & namespaces[op->arg[0]].flag;
}

/* setns(2): EINVAL for a mount namespace while the fs_struct is shared. */
static bool is_legal_setns(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;
	int t;

	for (t = 0; t < m->tasks; t++)
		if (t != op->task && model_is_live(m, t) &&
		    namespaces[op->arg[0]].flag == CLONE_NEWNS &&
		    m->task[t].use[KCMP_FS].object ==
			    m->task[op->task].use[KCMP_FS].object)
			return false;
	return has_sys_admin(&m->task[op->task]);
}

static long apply_setns(struct model *m, const struct op *op)
{
	unsigned long flag = namespaces[op->arg[0]].flag;

	if (flag == CLONE_NEWIPC)
		model_drop_undo(m, op->task,
				"setns(2): another IPC namespace (NSX-02)");
	if (flag == CLONE_NEWNS)
		model_new_fs(m, op->task,
			     "setns(2): a mount namespace (NSX-01)");
	return 0;
}

static long in_setns(const long *arg)
{
	int fd = open(namespaces[arg[0]].path, O_RDONLY | O_CLOEXEC);
	long ret = fd == -1 ? -errno : result_of(setns(fd, 0));

	close(fd);
	return ret;
}

static long carry_setns(struct run *run, const struct op *op)
{
	return worker_run(run->worker[op->task], in_setns, op->arg[0]);
}

static void print_setns(const struct op *op, long result, char *text,
			size_t size)
{
	(void)result;
	append_text(text, size, "setns(open(\"%s\"))",
		    namespaces[op->arg[0]].path);
}

/* ------------------------------------------------------------------ */
/* I/O contexts and undo lists; and a call that changes nothing.       */

static bool is_ioprio_allowed(const struct machine *k)
{
	return k->io;
}

static bool choose_ioprio(const struct run *run, struct generator *g,
			  struct op *op)
{
	(void)run;
	op->arg[0] = random_chance(g, 4) ?
			     3 << 13 :
			     IOPRIO_BEST_EFFORT(random_below(g, 8));
	return true;
}

static long apply_ioprio(struct model *m, const struct op *op)
{
	model_alloc_io(m, op->task);
	return 0;
}

static long carry_ioprio(struct run *run, const struct op *op)
{
	return worker_syscall(run->worker[op->task], SYS_ioprio_set,
			      IOPRIO_WHO_PROCESS, 0, op->arg[0]);
}

static void print_ioprio(const struct op *op, long result, char *text,
			 size_t size)
{
	(void)result;
	append_text(text, size, "ioprio_set(IOPRIO_WHO_PROCESS, 0, %#x)",
		    op->arg[0]);
}

static bool is_undo_allowed(const struct machine *k)
{
	return k->undo;
}

static bool choose_undo(const struct run *run, struct generator *g,
			struct op *op)
{
	op->arg[0] = run->machine->semop && random_chance(g, 2);
	return true;
}

/* The semaphore is in the test's IPC namespace. */
static bool is_legal_undo(const struct run *run, const struct op *op)
{
	return !op->arg[0] || !run->model.task[op->task].own_ipc;
}

static long apply_undo(struct model *m, const struct op *op)
{
	model_alloc_undo(m, op->task);
	return 0;
}

static long in_semop(const long *arg)
{
	struct sembuf up = { .sem_op = 1, .sem_flg = SEM_UNDO };

	return result_of(semop(arg[0], &up, 1));
}

/* CLONE_SYSVSEM allocates the list that the child is to share. */
static long in_alloc_undo(const long *arg)
{
	static char stack[4096] __attribute__((aligned(16)));
	pid_t pid = clone(exit_at_once, stack + sizeof(stack),
			  CLONE_VM | CLONE_VFORK | CLONE_SYSVSEM | SIGCHLD,
			  NULL);

	(void)arg;
	return pid == -1 || waitpid(pid, NULL, 0) != pid ? -errno : 0;
}

static long carry_undo(struct run *run, const struct op *op)
{
	struct worker *w = run->worker[op->task];

	return op->arg[0] ? worker_run(w, in_semop, run->semaphore) :
			    worker_run(w, in_alloc_undo, 0);
}

static void print_undo(const struct op *op, long result, char *text,
		       size_t size)
{
	(void)result;
	append_text(
		text, size, "%s",
		op->arg[0] ?
			"semop(+1, SEM_UNDO)" :
			"waitpid(clone(CLONE_VM|CLONE_VFORK|CLONE_SYSVSEM))");
}

static long apply_umask(struct model *m, const struct op *op)
{
	(void)m;
	(void)op;
	return 0;
}

static long carry_umask(struct run *run, const struct op *op)
{
	long ret = worker_syscall(run->worker[op->task], SYS_umask, 022);

	return ret < 0 ? ret : 0;
}

static void print_umask(const struct op *op, long result, char *text,
			size_t size)
{
	(void)op;
	(void)result;
	append_text(text, size, "umask(022)");
}

/* ------------------------------------------------------------------ */

#define SPAWN(choose_fn, is_legal_fn)                                       \
	.choose = choose_fn, .is_legal = is_legal_fn, .apply = apply_spawn, \
	.carry_out = carry_spawn, .print = print_spawn
#define EXIT(is_legal_fn)                                                      \
	.is_legal = is_legal_fn, .apply = apply_exit, .carry_out = carry_exit, \
	.print = print_exit

const struct op_type task_ops[] = {
	[OP_THREAD] = { SPAWN(choose_spawn, is_legal_spawn) },
	[OP_FORK] = { SPAWN(choose_spawn, is_legal_spawn) },
	[OP_CLONE] = { SPAWN(choose_spawn, is_legal_spawn) },
	[OP_CLONE3] = { "clone3", is_clone3_allowed,
			SPAWN(choose_spawn, is_legal_clone3) },
	[OP_PIDNS] = { "pid namespaces", is_pidns_allowed,
		       SPAWN(choose_pidns, is_legal_pidns) },
	[OP_EXEC] = { "execve", is_exec_allowed, NULL, is_legal_exec,
		      apply_exec, carry_exec, print_exec },
	[OP_EXIT_THREAD] = { EXIT(is_legal_exit_thread) },
	[OP_EXIT_PROCESS] = { EXIT(is_legal_exit) },
	[OP_KILL] = { EXIT(is_legal_exit) },
	[OP_REAP] = { NULL, NULL, choose_reap, is_legal_reap, apply_reap,
		      carry_reap, print_reap },
	[OP_UNSHARE] = { "unshare", is_unshare_allowed, choose_unshare,
			 is_legal_unshare, apply_unshare, carry_unshare,
			 print_unshare },
	[OP_SETNS] = { "setns", is_setns_allowed, choose_setns, is_legal_setns,
		       apply_setns, carry_setns, print_setns },
	[OP_IOPRIO] = { "ioprio_set", is_ioprio_allowed, choose_ioprio, NULL,
			apply_ioprio, carry_ioprio, print_ioprio },
	[OP_UNDO] = { "SEM_UNDO", is_undo_allowed, choose_undo, is_legal_undo,
		      apply_undo, carry_undo, print_undo },
	[OP_UMASK] = { NULL, NULL, NULL, NULL, apply_umask, carry_umask,
		       print_umask },
};
