// SPDX-License-Identifier: GPL-2.0
/*
 * The operations of the model test: when each is legal, what it does to the
 * model, how a worker carries it out, and how it is printed.
 *
 * A worker may have executed the program anew, so that its mailbox lies at
 * another address than the test's: functions that run in a worker find theirs
 * through their arguments, and take no pointers.
 */
#define _GNU_SOURCE
#include "model_ops.h"

#include <dirent.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "describe.h"

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND	(1ULL << 32)
#endif
#ifndef EPOLLEXCLUSIVE
#define EPOLLEXCLUSIVE		(1U << 28)
#endif
/* linux/landlock.h came with Linux 5.13. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset	444
#define SYS_landlock_restrict_self	446
#endif
#define LANDLOCK_MAKE_BLOCK	(1ULL << 11)

#define LIVE_MAX	9	/* tasks at a time */
#define ZOMBIE_MAX	4
#define PASS_FROM	4	/* the socket pair by which fds are passed on */
#define PASS_TO		5

#define NAMESPACES	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP)

/* ------------------------------------------------------------------ */
/* Chance: the same on every machine.                                  */

/* splitmix64, by Sebastiano Vigna, in the public domain. */
static uint64_t random_next(struct generator *g)
{
	uint64_t z = g->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

unsigned int random_below(struct generator *g, unsigned int n)
{
	return n ? (random_next(g) >> 33) % n : 0;
}

/* One time of so many. */
bool random_chance(struct generator *g, unsigned int of)
{
	return !random_below(g, of);
}

/* Returns a task that can carry out something, or NOBODY. */
static int random_idle(const struct run *run, struct generator *g)
{
	const struct model *m = &run->model;
	int t, n = 0, found = NOBODY;

	for (t = 0; t < m->tasks; t++)
		if (model_is_idle(m, t) && random_chance(g, ++n))
			found = t;
	return found;
}

static int random_fd(const struct model *m, struct generator *g, int task)
{
	const struct table *table = model_table(m, task);

	return table->n ? table->fd[random_below(g, table->n)].nr : -1;
}

/* Returns an fd of that kind of file, or -1. */
static int random_fd_of(const struct model *m, struct generator *g, int task,
			enum file_kind kind)
{
	const struct table *table = model_table(m, task);
	int i, n = 0, found = -1;

	for (i = 0; i < table->n; i++)
		if (m->file[table->fd[i].file].kind == kind &&
		    random_chance(g, ++n))
			found = table->fd[i].nr;
	return found;
}

/* Mostly one that is near others, at times one that a cut-off bit would hit. */
static int random_number(const struct run *run, struct generator *g)
{
	static const unsigned int far[] = {
		63, 64, 65, 127, 128, 255, 256, 257, 300, 511, 512, 800, 1023,
		1024, 1025, 2048, 65535, 65536,
	};
	unsigned int nr;

	if (!random_chance(g, 4))
		return FIRST_FD + random_below(g, 12);
	do {
		nr = far[random_below(g, sizeof(far) / sizeof(*far))];
	} while (nr > run->machine->last_fd);
	return nr;
}

/* ------------------------------------------------------------------ */
/* In the worker.                                                      */

static long result_of(long ret)
{
	return ret == -1 ? -errno : ret;
}

static struct worker *mailbox_of(const long *arg)
{
	return (struct worker *)((char *)arg - offsetof(struct worker, arg));
}

/* arg: the new mailbox, flags, the spawner's mailbox, whether by clone3(). */
static long by_model(const long *arg)
{
	static char stack[WORKER_MAX][WORKER_STACK] __attribute__((aligned(16)));
	struct worker *t = mailbox_of(arg) + ((struct worker *)arg[0] -
					      (struct worker *)arg[2]);
	struct clone_args args = {
		.flags = t->flags,
		.exit_signal = t->flags & CLONE_PARENT ? 0 : SIGCHLD,
	};
	unsigned int n = atoi(strchr(t->id, ':') + 1);
	long pid;

	if (!arg[3])
		return result_of(clone(worker_main, stack[n] + WORKER_STACK,
				       (unsigned int)t->flags |
				       (t->flags & CLONE_THREAD ? 0 : SIGCHLD),
				       t));
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		worker_main(t);
	return result_of(pid);
}

static long in_exec(const long *arg)
{
	char *argv[] = { "worker", "--worker", mailbox_of(arg)->id, NULL };
	char *envp[] = { NULL };

	execve("/proc/thread-self/exe", argv, envp);
	return -errno;
}

/* arg: what kind, close-on-exec or not, which second fd is expected (0: any). */
long in_open(const long *arg)
{
	int fds[2] = { -1, arg[2] }, err = 0;
	bool cloexec = arg[1];

	switch ((enum file_kind)arg[0]) {
	case FILE_NULL:
		fds[0] = open("/dev/null", O_RDWR | (cloexec ? O_CLOEXEC : 0));
		break;
	case FILE_PATH:
		fds[0] = open("/dev/null", O_PATH | (cloexec ? O_CLOEXEC : 0));
		break;
	case FILE_EVENTFD:
		fds[0] = eventfd(0, cloexec ? EFD_CLOEXEC : 0);
		break;
	case FILE_MEMFD:
		fds[0] = memfd_create("model", cloexec ? MFD_CLOEXEC : 0);
		break;
	case FILE_EPOLL:
		fds[0] = epoll_create1(cloexec ? EPOLL_CLOEXEC : 0);
		break;
	case FILE_PIPE:
		err = pipe2(fds, cloexec ? O_CLOEXEC : 0);
		break;
	case FILE_SOCKET:
		err = socketpair(AF_UNIX, SOCK_STREAM | (cloexec ? SOCK_CLOEXEC : 0),
				 0, fds);
		break;
	}
	if (err || fds[0] == -1)
		return -errno;
	return fds[1] == (int)arg[2] || !arg[2] ? fds[0] : -ERANGE;
}

static long in_reopen(const long *arg)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/thread-self/fd/%ld", arg[0]);
	return result_of(open(path, O_RDWR | (arg[1] ? O_CLOEXEC : 0)));
}

union fd_message {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static long in_send(const long *arg)
{
	union fd_message control = { .bytes = { 0 } };
	struct iovec iov = { "", 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd = arg[0];

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(PASS_FROM, &msg, 0) == 1 ? 0 : -errno;
}

/* Sends nothing but who it is. */
static long in_say(const long *arg)
{
	(void)arg;
	return result_of(send(PASS_FROM, "", 1, 0));
}

static long in_receive(const long *arg)
{
	union fd_message control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd = -1;

	if (recvmsg(PASS_TO, &msg, MSG_DONTWAIT |
		    (arg[0] ? MSG_CMSG_CLOEXEC : 0)) != 1)
		return -errno;
	if (msg.msg_controllen < CMSG_LEN(sizeof(fd)))
		return -EMFILE;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static long in_getfd(const long *arg)
{
	int pidfd = syscall(SYS_pidfd_open, arg[0], 0);
	long fd = pidfd == -1 ? -1 : syscall(SYS_pidfd_getfd, pidfd, arg[1], 0);
	long ret = result_of(fd);

	close(pidfd);
	return ret;
}

static long in_epoll_ctl(const long *arg)
{
	struct epoll_event event = { .events = arg[3] };

	return result_of(epoll_ctl(arg[0], arg[1], arg[2], &event));
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

static const struct {
	unsigned long flag;
	const char *name, *path;
} namespaces[] = {
	{ CLONE_NEWIPC, "ipc", "/proc/thread-self/ns/ipc" },
	{ CLONE_NEWNS, "mnt", "/proc/thread-self/ns/mnt" },
	{ CLONE_NEWUTS, "uts", "/proc/thread-self/ns/uts" },
	{ CLONE_NEWCGROUP, "cgroup", "/proc/thread-self/ns/cgroup" },
};

static long in_setns(const long *arg)
{
	int fd = open(namespaces[arg[0]].path, O_RDONLY | O_CLOEXEC);
	long ret = fd == -1 ? -errno : result_of(setns(fd, 0));

	close(fd);
	return ret;
}

/* A change of ids clears the parent-death signal. */
static long in_set_ids(const long *arg)
{
	long ret = result_of(syscall(arg[0], arg[1], arg[2], arg[3]));

	rearm_parent_death(0);
	return ret;
}

/* arg: permitted and effective capabilities, each in two halves. */
static long in_capset(const long *arg)
{
	unsigned long long mask = 0xffffffff;

	return set_caps((unsigned long long)arg[1] << 32 | (arg[0] & mask),
			(unsigned long long)arg[3] << 32 | (arg[2] & mask)) ?
	       -errno : 0;
}

/* arg: whether to make ids arg[1] and arg[2] root. */
static long in_userns(const long *arg)
{
	if (syscall(SYS_unshare, CLONE_NEWUSER))
		return -errno;
	rearm_parent_death(0);
	return arg[0] ? worker_map_root(arg + 1) : 0;
}

static long in_landlock(const long *arg)
{
	uint64_t handled = LANDLOCK_MAKE_BLOCK;
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

/* ------------------------------------------------------------------ */
/* Tasks.                                                              */

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
	/* Namespaces cost privileges, or what a child user namespace lacks. */
	return !(flags & NAMESPACES) ||
	       by->creds.effective & 1ULL << CAP_SYS_ADMIN;
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
		op->flags |= CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
		return true;
	}
	if (op->kind == OP_CLONE && random_chance(g, 2))
		op->flags |= CLONE_VM | (random_chance(g, 2) ? CLONE_SIGHAND : 0);
	if (op->kind == OP_CLONE3)
		op->flags |= random_chance(g, 2) ? CLONE_CLEAR_SIGHAND :
			     CLONE_VM | CLONE_VFORK | CLONE_CLEAR_SIGHAND;
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

static long apply_spawn(struct model *m, const struct op *op)
{
	model_spawn(m, op->task, op->other, op->flags);
	return 0;
}

/* The same flags as elsewhere, but for what goes with a new pid namespace. */
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
	       (op->flags & CLONE_NEWUSER ||
		by->creds.effective & 1ULL << CAP_SYS_ADMIN);
}

/* Has a worker say who it is.  Returns its pid as the test sees it, or -errno. */
static long ask_pid_of(struct worker *w)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control = { .bytes = { 0 } };
	struct ucred creds = { .pid = 0 };
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int on = 1, off = 0;
	ssize_t n;

	setsockopt(PASS_TO, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	worker_run(w, in_say, 0);
	n = recvmsg(PASS_TO, &msg, MSG_DONTWAIT);
	setsockopt(PASS_TO, SOL_SOCKET, SO_PASSCRED, &off, sizeof(off));
	if (n != 1 || control.header.cmsg_type != SCM_CREDENTIALS)
		return -EPROTO;
	memcpy(&creds, CMSG_DATA(&control.header), sizeof(creds));
	return creds.pid;
}

/* Reads the line NSpid of /proc/PID/task/TID/status.  Returns how many there are. */
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

/* Returns the thread of a process that knows itself by that id. */
static pid_t find_thread(const struct run *run, pid_t pid, pid_t id, int level)
{
	pid_t inner[PIDNS_LEVELS], tid = -ESRCH;
	struct dirent *entry;
	char path[32];
	DIR *tasks;

	(void)run;
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
	      find_thread(run, run->pid[leader], w->tid, level);
	if (pid < 0)
		return pid;
	run->pid[task] = pid;
	return read_inner_pids(leader == task ? pid : run->pid[leader], pid,
			       run->inner[task]) == level + 1 ? 0 : -ESRCH;
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

/* A number from elsewhere means nothing to the caller, or another task. */
long run_number(const struct run *run, int caller, int task)
{
	const struct model *m = &run->model;

	if (model_sees(m, caller, task))
		return run->inner[task][model_level(m, caller)];
	return is_number_taken(run, caller, run->pid[task]) ? INT_MAX :
	       run->pid[task];
}

static long carry_spawn(struct run *run, const struct op *op)
{
	struct worker *by = run->worker[op->task];
	struct worker *t = worker_spawn_by(by, by_model,
					   op->flags, (long)by,
					   op->kind == OP_CLONE3);

	run->worker[op->other] = t;
	return t->pid > 0 ? find_numbers(run, op->other) : t->pid;
}

/* What has one user only is executed like everything else. */
static long carry_exec(struct run *run, const struct op *op,
		       const struct model *before)
{
	int leader = model_leader(before, op->task);
	struct worker *t = run->worker[op->task], *l = run->worker[leader];
	pid_t inner[PIDNS_LEVELS];

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

/* capabilities(7) on execve() is more than kcmp(2) needs. */
static bool is_legal_exec(const struct run *run, const struct op *op)
{
	const struct creds *c = &run->model.task[op->task].creds;
	const struct creds *first = &run->model.test;

	return !c->userns && !memcmp(c->uid, first->uid, sizeof(c->uid)) &&
	       !memcmp(c->gid, first->gid, sizeof(c->gid)) &&
	       c->permitted == first->permitted &&
	       c->effective == first->effective;
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

/* The last process stays, and there is room for a zombie. */
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

static long carry_exit(struct run *run, const struct op *op,
		       const struct model *before)
{
	if (op->kind == OP_KILL)
		return result_of(kill(run->pid[model_leader(before, op->task)],
				      SIGKILL));
	worker_post(run->worker[op->task], NULL,
		    WORKER_ARGS(op->kind == OP_EXIT_THREAD ? SYS_exit :
				SYS_exit_group, 0));
	return 0;
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

static long carry_reap(struct run *run, const struct op *op,
		       const struct model *before)
{
	int by = model_reaper(before, op->other);
	pid_t pid = run_number(run, by, op->other);
	long ret;

	if (by == NOBODY)
		ret = result_of(waitpid(pid, NULL, __WALL));
	else
		ret = worker_syscall(run->worker[by], SYS_wait4, pid, 0, __WALL, 0);
	run->worker[op->other]->pid = -ECHILD;
	return ret == pid ? 0 : ret < 0 ? ret : -ECHILD;
}

/* What takes effect at once, and needs no other process to be alone. */
static bool choose_unshare(const struct run *run, struct generator *g,
			   struct op *op)
{
	static const unsigned long flag[] = {
		CLONE_FILES, CLONE_FS, CLONE_SYSVSEM, CLONE_NEWNS, CLONE_NEWIPC,
		CLONE_NEWUTS, CLONE_NEWCGROUP, CLONE_THREAD, CLONE_SIGHAND,
		CLONE_VM,
	};
	const struct model *m = &run->model;
	int n = 1 + random_below(g, 2);

	while (n-- > 0)
		op->flags |= flag[random_below(g, sizeof(flag) / sizeof(*flag))];
	op->flags &= ~(unsigned long long)NAMESPACES | run->machine->clone_flags;
	return op->flags && m->tasks;
}

static bool is_legal_unshare(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;
	const struct task *me = &m->task[op->task];
	int t;

	if (op->flags & NAMESPACES &&
	    !(me->creds.effective & 1ULL << CAP_SYS_ADMIN))
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

/* setns(2): a mount namespace only for who shares root and cwd with nobody. */
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
	return m->task[op->task].creds.effective & 1ULL << CAP_SYS_ADMIN;
}

static long apply_setns(struct model *m, const struct op *op)
{
	unsigned long flag = namespaces[op->arg[0]].flag;

	if (flag == CLONE_NEWIPC)
		model_drop_undo(m, op->task, "setns(2): another IPC namespace");
	if (flag == CLONE_NEWNS)
		model_new_fs(m, op->task, "setns(2): a mount namespace");
	return 0;
}

/* ------------------------------------------------------------------ */
/* Descriptors.                                                        */

static bool choose_open(const struct run *run, struct generator *g,
			struct op *op)
{
	op->arg[0] = random_below(g, FILE_PATH + 1);
	op->arg[1] = random_chance(g, 3);
	if (op->arg[0] == FILE_PATH && !random_chance(g, 3))
		op->arg[0] = FILE_EVENTFD;
	return run->machine->kinds & 1 << op->arg[0];
}

static bool has_two_ends(const struct op *op)
{
	return op->arg[0] == FILE_PIPE || op->arg[0] == FILE_SOCKET;
}

static long apply_open(struct model *m, const struct op *op)
{
	int nr = model_lowest_fd(m, op->task, FIRST_FD);

	model_install(m, op->task, nr, model_new_file(m, op->arg[0]),
		      op->arg[1]);
	if (has_two_ends(op))
		model_install(m, op->task, model_lowest_fd(m, op->task, nr),
			      model_new_file(m, op->arg[0]), op->arg[1]);
	return nr;
}

static long carry_open(struct run *run, const struct op *op,
		       const struct model *before)
{
	int first = model_lowest_fd(before, op->task, FIRST_FD), second = -1;

	if (has_two_ends(op))
		second = model_lowest_fd(before, op->task, first + 1);
	return worker_run(run->worker[op->task], in_open, op->arg[0],
			  op->arg[1], second);
}

/* A device, a pipe and a memfd can be had again through proc(5). */
static bool is_legal_reopen(const struct run *run, const struct op *op)
{
	const struct fd *fd = model_fd(&run->model, op->task, op->arg[0]);
	enum file_kind kind = fd ? run->model.file[fd->file].kind : FILE_PATH;

	return kind == FILE_NULL || kind == FILE_PIPE || kind == FILE_MEMFD;
}

static long apply_reopen(struct model *m, const struct op *op)
{
	enum file_kind kind =
		m->file[model_fd(m, op->task, op->arg[0])->file].kind;
	int nr = model_lowest_fd(m, op->task, FIRST_FD);

	model_install(m, op->task, nr, model_new_file(m, kind), op->arg[1]);
	return nr;
}

/* Often one by which another description is registered with an instance. */
static int random_target_number(const struct run *run, struct generator *g)
{
	const struct model *m = &run->model;
	int f, i, n = 0, found = -1;

	for (f = 1; f <= m->objects[KCMP_FILE]; f++)
		for (i = 0; i < m->file[f].items; i++)
			if (random_chance(g, ++n))
				found = m->file[f].item[i].nr;
	return found != -1 && random_chance(g, 2) ? found :
	       random_number(run, g);
}

static bool choose_dup(const struct run *run, struct generator *g,
		       struct op *op)
{
	op->arg[0] = random_fd(&run->model, g, op->task);
	op->arg[1] = op->kind == OP_DUP3 ? random_target_number(run, g) :
		     random_number(run, g);
	op->arg[2] = random_chance(g, 3);
	return true;
}

static bool is_open(const struct run *run, const struct op *op)
{
	return model_fd(&run->model, op->task, op->arg[0]);
}

static bool is_legal_dup(const struct run *run, const struct op *op)
{
	return is_open(run, op) && op->arg[0] != op->arg[1];
}

static long apply_dup(struct model *m, const struct op *op)
{
	int file = model_fd(m, op->task, op->arg[0])->file, nr = op->arg[1];

	if (op->kind == OP_DUP)
		nr = model_lowest_fd(m, op->task, FIRST_FD);
	else if (op->kind == OP_DUPFD)
		nr = model_lowest_fd(m, op->task, nr);
	model_install(m, op->task, nr, file, op->kind != OP_DUP && op->arg[2]);
	return nr;
}

static long carry_dup(struct run *run, const struct op *op)
{
	struct worker *w = run->worker[op->task];

	if (op->kind == OP_DUP)
		return worker_syscall(w, SYS_dup, op->arg[0]);
	if (op->kind == OP_DUPFD)
		return worker_syscall(w, SYS_fcntl, op->arg[0],
				      op->arg[2] ? F_DUPFD_CLOEXEC : F_DUPFD,
				      op->arg[1]);
	return worker_syscall(w, SYS_dup3, op->arg[0], op->arg[1],
			      op->arg[2] ? O_CLOEXEC : 0);
}

static bool choose_close_range(const struct run *run, struct generator *g,
			       struct op *op)
{
	op->arg[0] = random_number(run, g);
	op->arg[1] = op->arg[0] + random_below(g, 4);
	op->flags = random_below(g, 4) << 1;
	return run->machine->cloexec_range || op->flags < CLOSE_RANGE_CLOEXEC;
}

static long apply_close_range(struct model *m, const struct op *op)
{
	const struct table *table;
	struct fd fd;
	int i;

	if (op->flags & CLOSE_RANGE_UNSHARE)
		model_unshare_files(m, op->task,
				    "close_range(2): CLOSE_RANGE_UNSHARE");
	table = model_table(m, op->task);
	for (i = table->n - 1; i >= 0; i--) {
		fd = table->fd[i];
		if (fd.nr < (int)op->arg[0] || fd.nr > (int)op->arg[1])
			continue;
		if (op->flags & CLOSE_RANGE_CLOEXEC)
			model_install(m, op->task, fd.nr, fd.file, true);
		else
			model_close(m, op->task, fd.nr);
	}
	return 0;
}

static bool choose_pass(const struct run *run, struct generator *g,
			struct op *op)
{
	op->other = random_idle(run, g);
	op->arg[0] = random_fd(&run->model, g, op->task);
	op->arg[1] = random_chance(g, 3);
	return op->other != NOBODY;
}

static bool is_legal_pass(const struct run *run, const struct op *op)
{
	return is_open(run, op) && model_is_idle(&run->model, op->other);
}

static long apply_pass(struct model *m, const struct op *op)
{
	int file = model_fd(m, op->task, op->arg[0])->file;
	int nr = model_lowest_fd(m, op->other, FIRST_FD);

	model_install(m, op->other, nr, file, op->arg[1]);
	return nr;
}

static long carry_pass(struct run *run, const struct op *op)
{
	long ret = worker_run(run->worker[op->task], in_send, op->arg[0]);

	return ret ?: worker_run(run->worker[op->other], in_receive, op->arg[1]);
}

/* Of the leader's table.  The pidfd takes the lowest number meanwhile. */
static bool choose_getfd(const struct run *run, struct generator *g,
			 struct op *op)
{
	op->other = random_idle(run, g);
	if (op->other != NOBODY)
		op->arg[0] = random_fd(&run->model, g, op->other);
	return op->other != NOBODY;
}

static bool is_legal_getfd(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;

	return model_is_live(m, op->other) && m->task[op->other].leader &&
	       model_fd(m, op->other, op->arg[0]);
}

static long apply_getfd(struct model *m, const struct op *op)
{
	int file = model_fd(m, op->other, op->arg[0])->file;
	int pidfd = model_lowest_fd(m, op->task, FIRST_FD);
	int nr;

	/* The table may be one and the same. */
	model_install(m, op->task, pidfd, file, true);
	nr = model_lowest_fd(m, op->task, FIRST_FD);
	model_close(m, op->task, pidfd);
	model_install(m, op->task, nr, file, true);
	return nr;
}

/* ------------------------------------------------------------------ */
/* Epoll registrations.                                                */

static bool choose_epoll(const struct run *run, struct generator *g,
			 struct op *op)
{
	static const unsigned int events[] = {
		EPOLLIN, EPOLLOUT | EPOLLET, EPOLLIN | EPOLLONESHOT, 0,
		EPOLLIN | EPOLLEXCLUSIVE,
	};
	const struct model *m = &run->model;
	const struct file *f;
	int efd = random_fd_of(m, g, op->task, FILE_EPOLL);

	if (efd == -1)
		return false;
	op->arg[0] = efd;
	op->arg[1] = random_fd(m, g, op->task);
	op->arg[2] = events[random_below(g, op->kind == OP_EPOLL_ADD ? 5 : 4)];
	f = &m->file[model_fd(m, op->task, efd)->file];
	if (op->kind != OP_EPOLL_ADD && f->items)
		op->arg[1] = f->item[random_below(g, f->items)].nr;
	return true;
}

/* Returns where in the list a registration is, or -1. */
static int find_item(const struct file *f, int nr, int file)
{
	int i;

	for (i = 0; i < f->items; i++)
		if (f->item[i].nr == nr && f->item[i].file == file)
			return i;
	return -1;
}

/* epoll_ctl(2), ELOOP: one level of nesting is enough. */
static bool may_nest(const struct model *m, int outer, int inner)
{
	const struct file *f = &m->file[inner];
	int i;

	if (f->kind != FILE_EPOLL)
		return true;
	for (i = 0; i < f->items; i++)
		if (m->file[f->item[i].file].kind == FILE_EPOLL)
			return false;
	for (i = 1; i <= m->objects[KCMP_FILE]; i++)
		if (m->file[i].kind == FILE_EPOLL && model_watches(m, i, outer))
			return false;
	return outer != inner;
}

static bool is_legal_epoll(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;
	const struct fd *efd = model_fd(m, op->task, op->arg[0]);
	const struct fd *fd = model_fd(m, op->task, op->arg[1]);
	const struct file *f, *target;
	int item;

	if (!efd || !fd || m->file[efd->file].kind != FILE_EPOLL)
		return false;
	f = &m->file[efd->file];
	target = &m->file[fd->file];
	item = find_item(f, fd->nr, fd->file);
	if (op->kind == OP_EPOLL_DEL)
		return item != -1;
	if (op->kind == OP_EPOLL_MOD)
		return item != -1 && !f->item[item].exclusive;
	return item == -1 && target->kind != FILE_NULL &&
	       target->kind != FILE_MEMFD && target->kind != FILE_PATH &&
	       may_nest(m, efd->file, fd->file) &&
	       !(op->arg[2] & EPOLLEXCLUSIVE && target->kind == FILE_EPOLL);
}

static long apply_epoll(struct model *m, const struct op *op)
{
	struct file *f = &m->file[model_fd(m, op->task, op->arg[0])->file];
	const struct fd *fd = model_fd(m, op->task, op->arg[1]);
	struct item *item = f->item + find_item(f, fd->nr, fd->file);

	if (op->kind == OP_EPOLL_ADD)
		f->item[f->items++] = (struct item){
			.nr = fd->nr, .file = fd->file,
			.exclusive = op->arg[2] & EPOLLEXCLUSIVE,
		};
	if (op->kind == OP_EPOLL_DEL) {
		f->items--;
		*item = f->item[f->items];
	}
	return 0;
}

/* ------------------------------------------------------------------ */
/* Credentials.                                                        */

#define CAP_BIT(name)	(1ULL << CAP_##name)

/* Where others share the memory, kernels differ about whom it concerns. */
static bool may_change_creds(const struct run *run, const struct op *op)
{
	return !model_shares_vm(&run->model, op->task);
}

static bool choose_ids(const struct run *run, struct generator *g,
		       struct op *op)
{
	unsigned int all = random_below(g, 3);
	int i;

	for (i = 0; i < 3; i++)
		op->arg[i] = run->machine->ids_of[random_chance(g, 4) ?
						  random_below(g, 3) : all];
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

static bool choose_capset(const struct run *run, struct generator *g,
			  struct op *op)
{
	static const unsigned long long keep[] = {
		~0ULL, ~CAP_BIT(SYS_PTRACE), 0, CAP_BIT(SYS_PTRACE),
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
	*effective = op->arg[0] == 0 ? *permitted : op->arg[0] == 1 ? 0 :
		     *permitted & ~CAP_BIT(SYS_PTRACE);
}

static long apply_capset(struct model *m, const struct op *op)
{
	struct creds *c = &m->task[op->task].creds;

	capset_of(c, op, &c->permitted, &c->effective);
	return 0;
}

static long carry_capset(struct run *run, const struct op *op,
			 const struct model *before)
{
	unsigned long long permitted, effective;

	capset_of(&before->task[op->task].creds, op, &permitted, &effective);
	return worker_run(run->worker[op->task], in_capset,
			  (long)(permitted & 0xffffffff), (long)(permitted >> 32),
			  (long)(effective & 0xffffffff), (long)(effective >> 32));
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

static long carry_userns(struct run *run, const struct op *op,
			 const struct model *before)
{
	const struct creds *c = &before->task[op->task].creds;

	return worker_run(run->worker[op->task], in_userns, 1,
			  (long)(c->userns ? 0 : c->uid[1]),
			  (long)(c->userns ? 0 : c->gid[1]));
}

/* ------------------------------------------------------------------ */
/* All of them.                                                        */

bool op_is_allowed(const struct machine *k, enum op_kind kind)
{
	switch (kind) {
	case OP_CLONE3: return k->clone3;
	case OP_EXEC: return k->exec;
	case OP_UNSHARE: return k->unshare;
	case OP_SETNS: return k->setns;
	case OP_IOPRIO: return k->io;
	case OP_SEMOP: return k->undo;
	case OP_REOPEN: return k->reopen;
	case OP_CLOSE_RANGE: return k->close_range;
	case OP_PASS: return k->pass;
	case OP_GETFD: return k->getfd;
	case OP_EPOLL_ADD:
	case OP_EPOLL_MOD:
	case OP_EPOLL_DEL: return k->types & 1 << KCMP_EPOLL_TFD;
	case OP_SETRESUID:
	case OP_SETRESGID: return k->ids;
	case OP_USERNS: return k->userns;
	case OP_LANDLOCK: return k->landlock;
	case OP_PIDNS: return k->pidns && k->pass;
	default: return true;
	}
}

static bool choose_rest(const struct run *run, struct generator *g,
			struct op *op)
{
	switch (op->kind) {
	case OP_SETNS:
		op->arg[0] = random_below(g, 4);
		return run->machine->clone_flags & namespaces[op->arg[0]].flag;
	case OP_IOPRIO:
		op->arg[0] = random_chance(g, 4) ? 3 << 13 :
			     IOPRIO_BEST_EFFORT(random_below(g, 8));
		return true;
	case OP_SEMOP:
		op->arg[0] = run->machine->semop && random_chance(g, 2);
		return true;
	case OP_REOPEN:
	case OP_CLOSE:
	case OP_SETFD:
		op->arg[0] = random_fd(&run->model, g, op->task);
		op->arg[1] = random_chance(g, 3);
		return true;
	case OP_DUMPABLE:
		op->arg[0] = !random_chance(g, 4);
		return true;
	case OP_KEEPCAPS:
		op->arg[0] = random_chance(g, 2);
		return true;
	default:
		return true;
	}
}

bool op_choose(const struct run *run, struct generator *g, enum op_kind kind,
	       struct op *op)
{
	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->task = random_idle(run, g);
	if (op->task == NOBODY)
		return false;
	switch (kind) {
	case OP_THREAD:
	case OP_FORK:
	case OP_CLONE:
	case OP_CLONE3: return choose_spawn(run, g, op);
	case OP_PIDNS: return choose_pidns(run, g, op);
	case OP_REAP: return choose_reap(run, g, op);
	case OP_UNSHARE: return choose_unshare(run, g, op);
	case OP_OPEN: return choose_open(run, g, op);
	case OP_DUP:
	case OP_DUP3:
	case OP_DUPFD: return choose_dup(run, g, op);
	case OP_CLOSE_RANGE: return choose_close_range(run, g, op);
	case OP_PASS: return choose_pass(run, g, op);
	case OP_GETFD: return choose_getfd(run, g, op);
	case OP_EPOLL_ADD:
	case OP_EPOLL_MOD:
	case OP_EPOLL_DEL: return choose_epoll(run, g, op);
	case OP_SETRESUID:
	case OP_SETRESGID: return choose_ids(run, g, op);
	case OP_CAPSET: return choose_capset(run, g, op);
	default: return choose_rest(run, g, op);
	}
}

bool op_is_legal(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;

	if (op->kind == OP_REAP)
		return m->task[op->other].state == TASK_ZOMBIE &&
		       model_reaper(m, op->other) != -2;
	if (!model_is_idle(m, op->task))
		return false;
	switch (op->kind) {
	case OP_THREAD:
	case OP_FORK:
	case OP_CLONE:
	case OP_CLONE3: return is_legal_spawn(run, op);
	case OP_PIDNS: return is_legal_pidns(run, op);
	case OP_EXEC: return is_legal_exec(run, op);
	case OP_EXIT_THREAD: return is_legal_exit_thread(run, op);
	case OP_EXIT_PROCESS:
	case OP_KILL: return is_legal_exit(run, op);
	case OP_UNSHARE: return is_legal_unshare(run, op);
	case OP_SETNS: return is_legal_setns(run, op);
	case OP_SEMOP: return !op->arg[0] || !m->task[op->task].own_ipc;
	case OP_REOPEN: return is_legal_reopen(run, op);
	case OP_DUP3: return is_legal_dup(run, op);
	case OP_DUP:
	case OP_DUPFD:
	case OP_SETFD:
	case OP_CLOSE: return is_open(run, op);
	case OP_PASS: return is_legal_pass(run, op);
	case OP_GETFD: return is_legal_getfd(run, op);
	case OP_EPOLL_ADD:
	case OP_EPOLL_MOD:
	case OP_EPOLL_DEL: return is_legal_epoll(run, op);
	case OP_SETRESUID:
	case OP_SETRESGID: return is_legal_ids(run, op);
	case OP_DUMPABLE: return may_change_creds(run, op);
	case OP_USERNS: return is_legal_userns(run, op);
	default: return true;
	}
}

static long apply_rest(struct model *m, const struct machine *k,
		       const struct op *op)
{
	struct task *me = &m->task[op->task];

	switch (op->kind) {
	case OP_IOPRIO: model_alloc_io(m, op->task); break;
	case OP_SEMOP: model_alloc_undo(m, op->task); break;
	case OP_SETFD:
		model_install(m, op->task, op->arg[0],
			      model_fd(m, op->task, op->arg[0])->file,
			      op->arg[1]);
		break;
	case OP_CLOSE: model_close(m, op->task, op->arg[0]); break;
	case OP_SETRESUID:
		model_setresuid(m, op->task, op->arg, k->stays_dumpable);
		break;
	case OP_SETRESGID:
		model_setresgid(m, op->task, op->arg, k->stays_dumpable);
		break;
	case OP_DUMPABLE:
		m->vm[me->use[KCMP_VM].object].dumpable = op->arg[0];
		break;
	case OP_KEEPCAPS: me->creds.keepcaps = op->arg[0]; break;
	case OP_LANDLOCK: model_new_domain(m, op->task); break;
	default: break;
	}
	return 0;
}

static long apply_one(struct model *m, const struct machine *k,
		      const struct op *op)
{
	switch (op->kind) {
	case OP_THREAD:
	case OP_FORK:
	case OP_CLONE:
	case OP_CLONE3:
	case OP_PIDNS: return apply_spawn(m, op);
	case OP_EXEC: model_exec(m, op->task); return 0;
	case OP_EXIT_THREAD: model_exit_thread(m, op->task); return 0;
	case OP_EXIT_PROCESS:
	case OP_KILL: model_exit_process(m, op->task); return 0;
	case OP_REAP: model_reap(m, op->other); return 0;
	case OP_UNSHARE: model_unshare(m, op->task, op->flags); return 0;
	case OP_SETNS: return apply_setns(m, op);
	case OP_OPEN: return apply_open(m, op);
	case OP_REOPEN: return apply_reopen(m, op);
	case OP_DUP:
	case OP_DUP3:
	case OP_DUPFD: return apply_dup(m, op);
	case OP_CLOSE_RANGE: return apply_close_range(m, op);
	case OP_PASS: return apply_pass(m, op);
	case OP_GETFD: return apply_getfd(m, op);
	case OP_EPOLL_ADD:
	case OP_EPOLL_MOD:
	case OP_EPOLL_DEL: return apply_epoll(m, op);
	case OP_CAPSET: return apply_capset(m, op);
	case OP_USERNS: return apply_userns(m, op);
	default: return apply_rest(m, k, op);
	}
}

long op_apply(struct model *m, const struct machine *k, const struct op *op)
{
	long ret = apply_one(m, k, op);

	model_sweep(m);
	return ret;
}

static long carry_rest(struct run *run, const struct op *op)
{
	struct worker *w = run->worker[op->task];
	static const int epoll_op[] = { EPOLL_CTL_ADD, EPOLL_CTL_MOD,
					EPOLL_CTL_DEL };

	switch (op->kind) {
	case OP_UNSHARE: return worker_syscall(w, SYS_unshare, op->flags);
	case OP_SETNS: return worker_run(w, in_setns, op->arg[0]);
	case OP_IOPRIO:
		return worker_syscall(w, SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
				      op->arg[0]);
	case OP_SEMOP:
		return op->arg[0] ? worker_run(w, in_semop, run->semaphore) :
		       worker_run(w, in_alloc_undo, 0);
	case OP_UMASK: return worker_syscall(w, SYS_umask, 022) < 0;
	case OP_REOPEN:
		return worker_run(w, in_reopen, op->arg[0], op->arg[1]);
	case OP_SETFD:
		return worker_syscall(w, SYS_fcntl, op->arg[0], F_SETFD,
				      op->arg[1] ? FD_CLOEXEC : 0);
	case OP_CLOSE: return worker_syscall(w, SYS_close, op->arg[0]);
	case OP_CLOSE_RANGE:
		return worker_syscall(w, SYS_close_range, op->arg[0],
				      op->arg[1], op->flags);
	case OP_GETFD:
		return worker_run(w, in_getfd, run_number(run, op->task, op->other),
				  op->arg[0]);
	case OP_EPOLL_ADD:
	case OP_EPOLL_MOD:
	case OP_EPOLL_DEL:
		return worker_run(w, in_epoll_ctl, op->arg[0],
				  epoll_op[op->kind - OP_EPOLL_ADD],
				  op->arg[1], op->arg[2]);
	case OP_SETRESUID:
	case OP_SETRESGID:
		return worker_run(w, in_set_ids, op->kind == OP_SETRESUID ?
				  SYS_setresuid : SYS_setresgid,
				  op->arg[0], op->arg[1], op->arg[2]);
	case OP_DUMPABLE:
		return worker_syscall(w, SYS_prctl, PR_SET_DUMPABLE, op->arg[0]);
	case OP_KEEPCAPS:
		return worker_syscall(w, SYS_prctl, PR_SET_KEEPCAPS, op->arg[0]);
	case OP_LANDLOCK: return worker_run(w, in_landlock, 0);
	default: return -ENOSYS;
	}
}

static long carry_one(struct run *run, const struct op *op,
		      const struct model *before)
{
	switch (op->kind) {
	case OP_THREAD:
	case OP_FORK:
	case OP_CLONE:
	case OP_CLONE3:
	case OP_PIDNS: return carry_spawn(run, op);
	case OP_EXEC: return carry_exec(run, op, before);
	case OP_EXIT_THREAD:
	case OP_EXIT_PROCESS:
	case OP_KILL: return carry_exit(run, op, before);
	case OP_REAP: return carry_reap(run, op, before);
	case OP_OPEN: return carry_open(run, op, before);
	case OP_DUP:
	case OP_DUP3:
	case OP_DUPFD: return carry_dup(run, op);
	case OP_PASS: return carry_pass(run, op);
	case OP_CAPSET: return carry_capset(run, op, before);
	case OP_USERNS: return carry_userns(run, op, before);
	default: return carry_rest(run, op);
	}
}

/* An exit takes its time: waits until all is as the model says. */
static long wait_for_tasks(struct run *run, const struct model *before)
{
	const struct model *m = &run->model;
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
		if (before->task[t].waits_for != NOBODY && model_is_idle(m, t) &&
		    worker_result(run->worker[t]) == WORKER_STUCK)
			return WORKER_STUCK;
	}
	return 0;
}

long op_carry_out(struct run *run, const struct op *op,
		  const struct model *before)
{
	long ret = carry_one(run, op, before);

	return ret < 0 ? ret : wait_for_tasks(run, before) ?: ret;
}

/* ------------------------------------------------------------------ */
/* In words.                                                           */

void add_text(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, size - used, format, args);
	va_end(args);
}

static const char *cloexec_text(unsigned int cloexec, const char *flag)
{
	return cloexec ? flag : "";
}

static void print_spawn(const struct op *op, char *text, size_t size)
{
	char flags[256];

	add_text(text, size, "w%d: w%d = ", op->task, op->other);
	if (op->kind == OP_FORK)
		add_text(text, size, "fork()");
	else
		add_text(text, size, "%s(%s%s)", op->kind == OP_CLONE3 ? "clone3" :
		      "clone", clone_flags_text(op->flags, flags, sizeof(flags)),
		      op->kind == OP_THREAD || (op->kind == OP_CLONE3 &&
						op->flags & CLONE_PARENT) ?
		      "" : "|SIGCHLD");
}

static void print_open(const struct op *op, long result, char *text,
		       size_t size)
{
	static const char *const call[] = {
		[FILE_NULL] = "open(\"/dev/null\", O_RDWR%s)",
		[FILE_PIPE] = "pipe2(%s) (the other end is the next free fd)",
		[FILE_SOCKET] = "socketpair(AF_UNIX, SOCK_STREAM%s) (the other end is the next free fd)",
		[FILE_EVENTFD] = "eventfd(0, %s)",
		[FILE_MEMFD] = "memfd_create(\"model\", %s)",
		[FILE_EPOLL] = "epoll_create1(%s)",
		[FILE_PATH] = "open(\"/dev/null\", O_PATH%s)",
	};
	static const char *const flag[] = {
		[FILE_NULL] = "|O_CLOEXEC", [FILE_PIPE] = "O_CLOEXEC",
		[FILE_SOCKET] = "|SOCK_CLOEXEC", [FILE_EVENTFD] = "EFD_CLOEXEC",
		[FILE_MEMFD] = "MFD_CLOEXEC", [FILE_EPOLL] = "EPOLL_CLOEXEC",
		[FILE_PATH] = "|O_CLOEXEC",
	};
	const char *off = *flag[op->arg[0]] == '|' ? "" : "0";

	add_text(text, size, "w%d: %ld = ", op->task, result);
	add_text(text, size, call[op->arg[0]],
		    op->arg[1] ? flag[op->arg[0]] : off);
}

static void print_fd(const struct op *op, long result, char *text, size_t size)
{
	static const char *const range[] = {
		"0", "CLOSE_RANGE_UNSHARE", "CLOSE_RANGE_CLOEXEC",
		"CLOSE_RANGE_UNSHARE|CLOSE_RANGE_CLOEXEC",
	};
	const unsigned int *arg = op->arg;

	add_text(text, size, "w%d: ", op->kind == OP_PASS ? op->other : op->task);
	switch (op->kind) {
	case OP_REOPEN:
		add_text(text, size, "%ld = open(\"/proc/thread-self/fd/%u\", O_RDWR%s)",
		      result, arg[0], cloexec_text(arg[1], "|O_CLOEXEC"));
		break;
	case OP_DUP: add_text(text, size, "%ld = dup(%u)", result, arg[0]); break;
	case OP_DUP3:
		add_text(text, size, "dup3(%u, %u, %s)", arg[0], arg[1],
		      arg[2] ? "O_CLOEXEC" : "0");
		break;
	case OP_DUPFD:
		add_text(text, size, "%ld = fcntl(%u, F_DUPFD%s, %u)", result,
		      arg[0], cloexec_text(arg[2], "_CLOEXEC"), arg[1]);
		break;
	case OP_SETFD:
		add_text(text, size, "fcntl(%u, F_SETFD, %s)", arg[0],
		      arg[1] ? "FD_CLOEXEC" : "0");
		break;
	case OP_CLOSE: add_text(text, size, "close(%u)", arg[0]); break;
	case OP_CLOSE_RANGE:
		add_text(text, size, "close_range(%u, %u, %s)", arg[0], arg[1],
		      range[op->flags >> 1]);
		break;
	case OP_PASS:
		add_text(text, size, "%ld = recvmsg(SCM_RIGHTS, %s) of w%d's fd %u",
		      result, arg[1] ? "MSG_CMSG_CLOEXEC" : "0", op->task, arg[0]);
		break;
	case OP_GETFD:
		add_text(text, size, "%ld = pidfd_getfd(w%d, %u)", result, op->other,
		      arg[0]);
		break;
	default: break;
	}
}

static void print_task(const struct op *op, char *text, size_t size)
{
	char flags[256];

	switch (op->kind) {
	case OP_EXEC: add_text(text, size, "execve(\"/proc/thread-self/exe\")"); break;
	case OP_EXIT_THREAD: add_text(text, size, "_exit() of the thread only"); break;
	case OP_EXIT_PROCESS: add_text(text, size, "exit_group(0)"); break;
	case OP_KILL: add_text(text, size, "killed by SIGKILL"); break;
	case OP_UNSHARE:
		add_text(text, size, "unshare(%s)",
		      clone_flags_text(op->flags, flags, sizeof(flags)));
		break;
	case OP_SETNS:
		add_text(text, size, "setns(open(\"%s\"))",
		      namespaces[op->arg[0]].path);
		break;
	case OP_IOPRIO:
		add_text(text, size, "ioprio_set(IOPRIO_WHO_PROCESS, 0, %#x)",
		      op->arg[0]);
		break;
	case OP_SEMOP:
		add_text(text, size, "%s", op->arg[0] ? "semop(+1, SEM_UNDO)" :
		      "waitpid(clone(CLONE_SYSVSEM|CLONE_VFORK))");
		break;
	case OP_UMASK: add_text(text, size, "umask(022)"); break;
	default: break;
	}
}

static void print_creds(const struct op *op, char *text, size_t size)
{
	const unsigned int *arg = op->arg;

	switch (op->kind) {
	case OP_SETRESUID:
	case OP_SETRESGID:
		add_text(text, size, "syscall(SYS_setres%cid, %u, %u, %u)",
		      op->kind == OP_SETRESUID ? 'u' : 'g', arg[0], arg[1],
		      arg[2]);
		break;
	case OP_CAPSET:
		add_text(text, size, "capset(permitted &= %#llx, effective = %s)",
		      op->flags, arg[0] == 0 ? "permitted" : arg[0] == 1 ? "0" :
		      "permitted & ~CAP_SYS_PTRACE");
		break;
	case OP_DUMPABLE:
		add_text(text, size, "prctl(PR_SET_DUMPABLE, %u)", arg[0]);
		break;
	case OP_KEEPCAPS:
		add_text(text, size, "prctl(PR_SET_KEEPCAPS, %u)", arg[0]);
		break;
	case OP_USERNS:
		add_text(text, size, "unshare(CLONE_NEWUSER), its ids mapped to 0");
		break;
	case OP_LANDLOCK:
		add_text(text, size, "landlock_restrict_self()");
		break;
	default: break;
	}
}

static void print_epoll(const struct op *op, char *text, size_t size)
{
	static const char *const name[] = { "ADD", "MOD", "DEL" };

	add_text(text, size, "w%d: epoll_ctl(%u, EPOLL_CTL_%s, %u, events %#x)",
	      op->task, op->arg[0], name[op->kind - OP_EPOLL_ADD], op->arg[1],
	      op->arg[2]);
}

void op_print(const struct op *op, long result, char *text, size_t size)
{
	text[0] = '\0';
	if (op->kind <= OP_CLONE3 || op->kind == OP_PIDNS)
		print_spawn(op, text, size);
	else if (op->kind == OP_REAP)
		add_text(text, size, "waitpid(w%d) by its parent", op->other);
	else if (op->kind == OP_OPEN)
		print_open(op, result, text, size);
	else if (op->kind >= OP_EPOLL_ADD && op->kind <= OP_EPOLL_DEL)
		print_epoll(op, text, size);
	else if (op->kind > OP_OPEN && op->kind < OP_EPOLL_ADD)
		print_fd(op, result, text, size);
	if (text[0])
		return;
	add_text(text, size, "w%d: ", op->task);
	print_task(op, text, size);
	print_creds(op, text, size);
}

/* ------------------------------------------------------------------ */
/* Beginning and end of a run.                                         */

/* close_range() came with Linux 5.9; the test has not many descriptors. */
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
	    dup2(FIRST_FD, PASS_FROM) == -1 || dup2(FIRST_FD + 1, PASS_TO) == -1)
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
	run->pid[0] = run->inner[0][0] = w->pid;
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
