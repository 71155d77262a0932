// SPDX-License-Identifier: GPL-2.0
/*
 * Finds out what the machine and the user allow, by trying it in a child.
 */
#include "model_ops.h"

#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/sem.h>

#include "environment.h"

#define CAP(name) (1ULL << CAP_##name)

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
	struct clone_args args = { .flags = 1ULL << 32,
				   .exit_signal = SIGCHLD };
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
	return !syscall(SYS_close_range, FIRST_FD, UINT_MAX,
			CLOSE_RANGE_UNSHARE);
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
	int fd = memfd_create("model", MFD_CLOEXEC);
	char path[48];

	(void)unused;
	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d",
		 fd == -1 ? STDIN_FILENO : fd);
	return open(path, O_RDWR) != -1;
}

/* pidfd_getfd() needs PTRACE_MODE_ATTACH, which Yama may refuse for a sibling. */
static bool can_getfd(unsigned long sibling)
{
	int pidfd = syscall(SYS_pidfd_open, sibling, 0);

	return pidfd != -1 && syscall(SYS_pidfd_getfd, pidfd, 0, 0) >= 0;
}

static bool can_change_ids(unsigned long id)
{
	return prctl(PR_GET_SECUREBITS) == 0 &&
	       permitted_caps() & CAP(SETUID) &&
	       permitted_caps() & CAP(SETGID) &&
	       permitted_caps() & CAP(KILL) && /* to end them */
	       !syscall(SYS_setresgid, id, id, id) &&
	       !syscall(SYS_setresuid, id, id, id);
}

/* Whether /proc shows a task that is not dumpable: hidepid may hide it. */
static bool sees_undumpable(unsigned long id)
{
	pid_t pid = fork();
	bool sees;

	if (!pid) {
		if (id)
			can_change_ids(id);
		rearm_parent_death(0);
		prctl(PR_SET_DUMPABLE, 0);
		raise(SIGSTOP);
		_exit(0);
	}
	if (pid == -1)
		return false;
	waitpid(pid, NULL, WUNTRACED);
	sees = task_state(pid, pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return sees;
}

static bool stays_dumpable(unsigned long id)
{
	return can_change_ids(id) && prctl(PR_GET_DUMPABLE) == 1;
}

/* An unprivileged user makes a user namespace, and one within it. */
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
	ids[0] = 0;
	ids[1] = 0;
	return !worker_map_root(ids);
}

/* Linux 4.1 has NSpid in /proc/PID/status. */
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

/* As deep as a run may come: 16 are the limit, those around the test count. */
static bool can_landlock(unsigned long unused)
{
	int i;

	for (i = 0; i < MODEL_DOMAINS && i < 8; i++)
		if (in_landlock(WORKER_ARGS(unused)))
			return false;
	return true;
}

/* Unused users, with groups of the same numbers. */
#define USER_A 59001
#define USER_B 59002

static unsigned long long effective_caps(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { 0 };

	syscall(SYS_capget, &header, data);
	return data[0].effective | (unsigned long long)data[1].effective << 32;
}

static void probe_creds(struct machine *k, struct creds *c)
{
	getresuid(&c->uid[0], &c->uid[1], &c->uid[2]);
	getresgid(&c->gid[0], &c->gid[1], &c->gid[2]);
	c->permitted = permitted_caps();
	c->effective = effective_caps();
	k->ids = !c->uid[0] && !c->uid[1] && !c->uid[2] && !c->gid[0] &&
		 !c->gid[1] && !c->gid[2] && probe(can_change_ids, USER_A);
	k->sees_undumpable = sees_undumpable(k->ids ? USER_A : 0);
	k->ids = k->ids && k->sees_undumpable;
	k->ids_of[0] = 0;
	k->ids_of[1] = USER_A;
	k->ids_of[2] = USER_B;
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
		limit.rlim_cur = limit.rlim_max < 65537 ? limit.rlim_max :
							  65537;
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

void machine_probe(struct machine *k, struct creds *creds)
{
	static const unsigned long flag[] = { CLONE_NEWNS, CLONE_NEWUTS,
					      CLONE_NEWIPC, CLONE_NEWCGROUP };
	size_t i;
	int type;

	memset(k, 0, sizeof(*k));
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
	k->pidns = probe(can_pidns, CLONE_NEWPID) ?
			   CLONE_NEWPID :
		   probe(can_pidns, CLONE_NEWPID | CLONE_NEWUSER) ?
			   CLONE_NEWPID | CLONE_NEWUSER :
			   0;
	probe_fds(k);
	probe_creds(k, creds);
}

bool machine_has_changed(const struct machine *k)
{
	return k->stays_dumpable != (k->ids && probe(stays_dumpable, USER_A));
}
