// SPDX-License-Identifier: GPL-2.0
/* Namespaces for workers; namespace.h has the contracts. */
#include "environment.h"
#include "namespace.h"

/* clang-format off */
#define NAMESPACE(flag, file, needs) \
	{ flag, "/proc/self/ns/" #file, needs, \
	  "/proc/sys/user/max_" #file "_namespaces", \
	  "user.max_" #file "_namespaces too low" }
/* clang-format on */

static const struct {
	unsigned long long flag;
	const char *file, *needs, *limit, *too_low;
} namespace[] = {
	NAMESPACE(CLONE_NEWUSER, user, "needs CONFIG_USER_NS"),
	NAMESPACE(CLONE_NEWNS, mnt, NULL),
	NAMESPACE(CLONE_NEWCGROUP, cgroup, "needs CONFIG_CGROUPS"),
	NAMESPACE(CLONE_NEWUTS, uts, "needs CONFIG_UTS_NS"),
	NAMESPACE(CLONE_NEWIPC, ipc, "needs CONFIG_IPC_NS"),
	NAMESPACE(CLONE_NEWPID, pid, "needs CONFIG_PID_NS"),
	NAMESPACE(CLONE_NEWNET, net, "needs CONFIG_NET_NS"),
	NAMESPACE(CLONE_NEWTIME, time, "needs CONFIG_TIME_NS"),
};

static const char *const call_blocked[] = {
	[NS_CLONE] = "clone blocked by a seccomp filter",
	[NS_CLONE3] = "clone3 blocked by a seccomp filter",
	[NS_UNSHARE] = "unshare blocked by a seccomp filter",
};

struct worker *spawn_in_namespaces(unsigned long long flags)
{
	struct worker *t = worker_spawn(flags);

	return t->pid == -EPERM ? worker_spawn(flags | CLONE_NEWUSER) : t;
}

long unshare_namespaces(struct worker *t, unsigned long long flags)
{
	long err = worker_syscall(t, SYS_unshare, (long)flags);

	if (err != -EPERM)
		return err;
	flags |= CLONE_NEWUSER;
	return worker_syscall(t, SYS_unshare, (long)flags);
}

static long try_flags(enum ns_call call, unsigned long long flags)
{
	struct worker *t;

	if (call == NS_CLONE3)
		t = worker_spawn_by(NULL, by_clone3, flags, SIGCHLD, -1);
	else
		t = worker_spawn(call == NS_CLONE ? flags : 0);
	if (t->pid < 0)
		return t->pid;
	return call == NS_UNSHARE ?
		       worker_syscall(t, SYS_unshare, (long)flags) :
		       0;
}

long try_namespaces(enum ns_call call, unsigned long long flags)
{
	long err = try_flags(call, flags);

	return err == -EPERM ? try_flags(call, flags | CLONE_NEWUSER) : err;
}

/* Returns the number in a file, or -1. */
static long long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	long long number = -1;

	if (file && fscanf(file, "%lld", &number) != 1)
		number = -1;
	if (file)
		fclose(file);
	return number;
}

/* A test needs three at most; those of earlier tests may not be gone yet. */
#define LOW_LIMIT 64

static const char *limit_skip_reason(unsigned long long flags)
{
	long long limit;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(namespace); i++) {
		if (!(flags & namespace[i].flag))
			continue;
		limit = read_number(namespace[i].limit);
		if (limit >= 0 && limit < LOW_LIMIT)
			return namespace[i].too_low;
	}
	return NULL;
}

const char *ns_config_skip_reason(unsigned long long flags)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(namespace); i++)
		if (flags & namespace[i].flag &&
		    access(namespace[i].file, F_OK))
			return namespace[i].needs;
	return NULL;
}

/* EPERM or EACCES in spite of a new user namespace; see user_namespaces(7). */
static const char *userns_skip_reason(enum ns_call call)
{
	long err = try_flags(call, CLONE_NEWUSER);

	if (!err)
		return "CAP_SYS_ADMIN in a user namespace denied by an LSM";
	if (err == -EINVAL)
		return ns_config_skip_reason(CLONE_NEWUSER);
	if (read_number("/proc/self/uid_map") == -1 ||
	    read_number("/proc/self/gid_map") == -1)
		return "needs a mapped uid and gid";
	if (!read_number("/proc/sys/kernel/unprivileged_userns_clone"))
		return "needs kernel.unprivileged_userns_clone of 1";
	return err == -EPERM || err == -EACCES ?
		       "user namespaces denied in a chroot or by an LSM" :
		       NULL;
}

const char *namespace_skip_reason(enum ns_call call, unsigned long long flags,
				  long err)
{
	long alone = try_namespaces(call, flags);
	const char *reason;

	/* The limit may have been reached only a moment ago. */
	if (err == -ENOSPC || alone == -ENOSPC) {
		reason = limit_skip_reason(flags | CLONE_NEWUSER);
		if (!reason && alone)
			reason = "user.max_*_namespaces of a parent too low";
		return reason;
	}
	if ((alone == -EPERM || alone == -ENOSYS) && has_seccomp_filter())
		return call_blocked[call];
	if (alone == -EPERM || alone == -EACCES)
		return userns_skip_reason(call);
	if (alone == -EINVAL)
		return ns_config_skip_reason(flags);
	return alone == -ENOSYS && call == NS_CLONE3 ? "needs clone3" : NULL;
}

long enter_own_ns(struct worker *t, const char *file, unsigned long flag)
{
	long fd;

	if (!file) {
		fd = worker_syscall(t, SYS_pidfd_open, t->tid, 0);
	} else {
		snprintf(t->scratch, WORKER_SCRATCH, "/proc/self/ns/%s", file);
		fd = worker_syscall(t, SYS_openat, AT_FDCWD, (long)t->scratch,
				    O_RDONLY | O_CLOEXEC);
	}
	return fd < 0 ? fd : worker_syscall(t, SYS_setns, fd, flag);
}

const char *enter_own_ns_skip_reason(struct worker *t, const char *file,
				     unsigned long flag)
{
	const char *reason = ns_config_skip_reason(flag);
	struct worker *child = t;
	long err = reason ? 0 : enter_own_ns(t, file, flag);

	if (err == -EPERM) {
		err = worker_syscall(t, SYS_unshare, CLONE_NEWUSER | flag);
		if (err)
			return namespace_skip_reason(NS_UNSHARE, flag, err);
		child = worker_spawn_by(t, by_clone, 0, 0);
		err = child->pid < 0 ? 0 : enter_own_ns(child, file, flag);
	}
	if (reason || (err != -EPERM && err != -ENOSYS))
		return reason;
	if (!has_seccomp_filter())
		return err == -ENOSYS ?
			       NULL :
			       "CAP_SYS_ADMIN in a user namespace denied by an LSM";
	if (!file && worker_syscall(child, SYS_pidfd_open, child->tid, 0) < 0)
		return "pidfd_open blocked by a seccomp filter";
	return "setns blocked by a seccomp filter";
}

long enter_userns(struct worker *t, struct worker *inside)
{
	long fd = worker_open_userns(t, inside->pid);

	return fd < 0 ? fd : worker_syscall(t, SYS_setns, fd, CLONE_NEWUSER);
}

const char *enter_userns_skip_reason(struct worker *inside)
{
	struct worker *alone;
	const char *reason;
	long err;

	if (inside->pid < 0)
		return namespace_skip_reason(NS_CLONE, CLONE_NEWUSER,
					     inside->pid);
	alone = worker_spawn(0);
	err = alone->pid < 0 ? 0 : enter_userns(alone, inside);
	reason = blocked_skip_reason(err, "setns blocked by a seccomp filter");
	if (reason)
		return reason;
	if (err == -ENOENT)
		return "needs /proc of the test's pid namespace";
	return err == -EACCES || err == -EPERM ?
		       "setns to a user namespace denied by an LSM" :
		       NULL;
}
