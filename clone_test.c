// SPDX-License-Identifier: GPL-2.0
/*
 * What tasks share, as kcmp(2) tells it: which flag of clone(2) and clone3(2)
 * decides on which type and on no other, and what execve(2), unshare(2),
 * close_range(2) and setns(2) make of it.
 *
 * The manual page of kcmp(2) refers to the flags of clone(2).  An I/O context
 * and an undo list are made first where they matter: before, both sides have
 * none, and none is the same as none.  The oracles at the end ask the tasks
 * themselves, so that a kernel that shares and denies it is found out as well
 * as one that claims to share.
 */
#include "kcmp_harness.h"

#include <sys/stat.h>

#define CLONE_A_THREAD	(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)
#define NOTHING		0LL

static const struct {
	int type;
	unsigned long flag;
	const char *name;
} object[] = {
	{ KCMP_VM, CLONE_VM, "VM" },
	{ KCMP_FILES, CLONE_FILES, "FILES" },
	{ KCMP_FS, CLONE_FS, "FS" },
	{ KCMP_SIGHAND, CLONE_SIGHAND, "SIGHAND" },
	{ KCMP_IO, CLONE_IO, "IO" },
	{ KCMP_SYSVSEM, CLONE_SYSVSEM, "SYSVSEM" },
};

/* The flags whose types this kernel can be asked about. */
static unsigned long askable(void)
{
	static unsigned long flags;
	unsigned int i;

	if (flags)
		return flags;
	for (i = 0; i < ARRAY_SIZE(object); i++)
		if (!kcmp_skip_reason(object[i].type))
			flags |= object[i].flag;
	return flags;
}

static long ask(struct worker *by, pid_t pid1, pid_t pid2, int type)
{
	return by ? worker_kcmp(by, pid1, pid2, type) :
		    sys_kcmp(pid1, pid2, type, 0, 0);
}

/*
 * Returns what two tasks share, as clone flags, -errno, or -EBADMSG when the
 * answer depends on the order of the arguments.  by: the worker that asks.
 */
static long long shared_by(struct worker *by, pid_t pid1, pid_t pid2)
{
	unsigned long flags = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(object); i++) {
		long there = ask(by, pid1, pid2, object[i].type);
		long back = ask(by, pid2, pid1, object[i].type);

		if (!(askable() & object[i].flag))
			continue;
		if (there < 0 || back < 0)
			return there < 0 ? there : back;
		if (kcmp_unordered(there) != kcmp_unordered(back) || there > 3)
			return -EBADMSG;
		if (!there)
			flags |= object[i].flag;
	}
	return flags;
}

/* Returns the names of flags in a buffer that the next call overwrites. */
static const char *names(long long flags)
{
	static char text[64];
	unsigned int i;

	if (flags < 0)
		return strerror(-flags);
	strcpy(text, flags ? "" : "nothing");
	for (i = 0; i < ARRAY_SIZE(object); i++)
		if (flags & object[i].flag)
			strcat(strcat(text, " "), object[i].name);
	return text;
}

#define shared(pid1, pid2)	shared_by(NULL, pid1, pid2)

#define EXPECT_SHARED(flags, pid1, pid2) \
	EXPECT_SHARED_BY(NULL, flags, pid1, pid2)

#define EXPECT_SHARED_BY(worker, flags, pid1, pid2) do { \
	long long __shared = shared_by(worker, pid1, pid2); \
	EXPECT_EQ((long long)((flags) & askable()), __shared) { \
		TH_LOG("shared: %s", names(__shared)); \
		TH_LOG("wanted: %s", names((flags) & askable())); \
	} \
} while (0)

/* Returns 0 or -errno. */
static long heat(struct worker *t)
{
	return worker_run(t, worker_alloc_io_and_undo,
			  (long)(t->scratch + WORKER_SCRATCH));
}

/* A worker that has everything that can be shared. */
static struct worker *spawn_hot(unsigned long flags)
{
	struct worker *t = worker_spawn(flags);

	if (t->pid > 0 && heat(t))
		t->pid = WORKER_STUCK;
	return t;
}

/* ------------------------------------------------------------------ */
/* Why the machine refuses a namespace.                                */

#define CLONE_NEW	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
			 CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
			 CLONE_NEWNET | CLONE_NEWTIME)

enum way { BY_CLONE, BY_CLONE3, BY_UNSHARE };

static const char *const way_blocked[] = {
	[BY_CLONE] = "clone blocked by a seccomp filter",
	[BY_CLONE3] = "clone3 blocked by a seccomp filter",
	[BY_UNSHARE] = "unshare blocked by a seccomp filter",
};

#define NAMESPACE(flag, file, needs) \
	{ flag, "/proc/self/ns/" #file, needs, \
	  "/proc/sys/user/max_" #file "_namespaces", \
	  "user.max_" #file "_namespaces too low" }

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

/* For calls that the kernel neither lacks nor refuses. */
static const char *blocked_skip_reason(long err, const char *reason)
{
	return (err == -EPERM || err == -ENOSYS) && has_seccomp_filter() ?
	       reason : NULL;
}

/* Has a worker that shares nothing use the flags.  Returns 0 or -errno. */
static long try_flags(enum way way, unsigned long long flags)
{
	struct worker *t;

	if (way == BY_CLONE3)
		t = worker_spawn_by(NULL, by_clone3, flags, SIGCHLD, -1);
	else
		t = worker_spawn(way == BY_CLONE ? flags : 0);
	if (t->pid < 0)
		return t->pid;
	return way == BY_UNSHARE ? worker_syscall(t, SYS_unshare, flags) : 0;
}

/* The same, as root of a new user namespace if need be. */
static long try_namespaces(enum way way, unsigned long long flags)
{
	long err = try_flags(way, flags);

	return err == -EPERM ? try_flags(way, flags | CLONE_NEWUSER) : err;
}

/* A test needs three at most; those of earlier tests go in the background. */
#define LOW_LIMIT	64

static const char *limit_skip_reason(unsigned long long flags)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(namespace); i++) {
		long long limit = flags & namespace[i].flag ?
				  read_number(namespace[i].limit) : -1;

		if (limit >= 0 && limit < LOW_LIMIT)
			return namespace[i].too_low;
	}
	return NULL;
}

static const char *config_skip_reason(unsigned long long flags)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(namespace); i++)
		if (flags & namespace[i].flag && access(namespace[i].file, F_OK))
			return namespace[i].needs;
	return NULL;
}

/* EPERM without a seccomp filter; see user_namespaces(7). */
static const char *userns_skip_reason(enum way way)
{
	long err = try_flags(way, CLONE_NEWUSER);

	if (!err)
		return "CAP_SYS_ADMIN in a user namespace denied by an LSM";
	if (read_number("/proc/self/uid_map") == -1 ||
	    read_number("/proc/self/gid_map") == -1)
		return "needs a mapped uid and gid";
	if (!read_number("/proc/sys/kernel/unprivileged_userns_clone"))
		return "needs kernel.unprivileged_userns_clone of 1";
	if (err == -EINVAL)
		return config_skip_reason(CLONE_NEWUSER);
	return err == -EPERM || err == -EACCES ?
	       "user namespaces denied in a chroot or by an LSM" : NULL;
}

/*
 * Returns why a task cannot have such namespaces, for a test that was refused
 * them with err: the reason that holds for a worker that shares nothing, too.
 * Otherwise NULL: the refusal is for the test to judge.
 */
static const char *namespace_skip_reason(enum way way, unsigned long long flags,
					 long err)
{
	long alone = try_namespaces(way, flags);

	if (err == -ENOSPC || alone == -ENOSPC)
		return limit_skip_reason(flags | CLONE_NEWUSER) ?:
		       (alone ? "user.max_*_namespaces of a parent too low" :
				NULL);
	if ((alone == -EPERM || alone == -ENOSYS) && has_seccomp_filter())
		return way_blocked[way];
	if (alone == -EPERM || alone == -EACCES)
		return userns_skip_reason(way);
	return alone == -EINVAL ? config_skip_reason(flags) :
	       alone == -ENOSYS && way == BY_CLONE3 ? "needs clone3" : NULL;
}

/* ------------------------------------------------------------------ */
/* One type at a time, over all legal combinations of sharing flags.   */

FIXTURE(lattice)
{
};

FIXTURE_VARIANT(lattice)
{
	int type;
	unsigned long flag;
};

FIXTURE_VARIANT_ADD(lattice, vm) { KCMP_VM, CLONE_VM };
FIXTURE_VARIANT_ADD(lattice, files) { KCMP_FILES, CLONE_FILES };
FIXTURE_VARIANT_ADD(lattice, fs) { KCMP_FS, CLONE_FS };
FIXTURE_VARIANT_ADD(lattice, sighand) { KCMP_SIGHAND, CLONE_SIGHAND };
FIXTURE_VARIANT_ADD(lattice, io) { KCMP_IO, CLONE_IO };
FIXTURE_VARIANT_ADD(lattice, sysvsem) { KCMP_SYSVSEM, CLONE_SYSVSEM };

FIXTURE_SETUP(lattice)
{
	SKIP_IF(kcmp_skip_reason(variant->type));
	ASSERT_EQ(0, alloc_io_and_undo());
}

FIXTURE_TEARDOWN(lattice)
{
	workers_end();
}

/* Children share with each other what each shares with the parent, no more. */
TEST_F(lattice, is_shared_by_siblings_through_their_parent_only)
{
	unsigned long with = variant->flag |
			     (variant->flag == CLONE_SIGHAND ? CLONE_VM : 0);
	unsigned long without = CLONE_EVERYTHING & ~variant->flag &
				~(variant->flag == CLONE_VM ? CLONE_SIGHAND : 0);
	struct worker *a = worker_spawn(with), *b = worker_spawn(with);
	struct worker *c = worker_spawn(without);
	int type = variant->type;

	ASSERT_SPAWNED(a);
	ASSERT_SPAWNED(b);
	ASSERT_SPAWNED(c);
	EXPECT_SAME(a->pid, b->pid, type, 0, 0);
	EXPECT_DIFFERENT(a->pid, c->pid, type, 0, 0);
	EXPECT_SAME(c->pid, c->pid, type, 0, 0);
}

/* Returns the nth combination of the four flags that need no other. */
static unsigned long nth_combination(int n)
{
	return (n & 1 ? CLONE_FS : 0) | (n & 2 ? CLONE_FILES : 0) |
	       (n & 4 ? CLONE_SYSVSEM : 0) | (n & 8 ? CLONE_IO : 0);
}

/* All types at once, 16 of the 64 combinations in each variant. */
FIXTURE(combination)
{
	struct worker *third;
};

FIXTURE_VARIANT(combination)
{
	unsigned long flags;
};

FIXTURE_VARIANT_ADD(combination, without_vm) { 0 };
FIXTURE_VARIANT_ADD(combination, with_vm) { CLONE_VM };
FIXTURE_VARIANT_ADD(combination, with_sighand) { CLONE_VM | CLONE_SIGHAND };
FIXTURE_VARIANT_ADD(combination, with_thread) { CLONE_A_THREAD };

FIXTURE_SETUP(combination)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	ASSERT_EQ(0, alloc_io_and_undo());
	self->third = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->third);
}

FIXTURE_TEARDOWN(combination)
{
	workers_end();
}

TEST_F_TIMEOUT(combination, shares_what_its_flags_say, 120)
{
	struct worker *child[16];
	unsigned long flags[16];
	int n;

	for (n = 0; n < 16; n++) {
		flags[n] = variant->flags | nth_combination(n);
		child[n] = worker_spawn(flags[n]);
		ASSERT_SPAWNED(child[n]);
	}
	for (n = 0; n < 16; n++) {
		flags[n] &= CLONE_EVERYTHING;
		EXPECT_SHARED(flags[n], getpid(), child[n]->pid);
		EXPECT_SHARED_BY(self->third, flags[n], getpid(), child[n]->pid);
	}
}

/* ------------------------------------------------------------------ */
/* The other flags, with nothing shared and with everything.           */

/* Opens the test's own cgroup, or a file of it.  Returns a descriptor or -1. */
static int open_own_cgroup(const char *file, int flags)
{
	char line[512], mount[256] = "", type[32] = "", own[256] = "", path[1024];
	FILE *mounts = fopen("/proc/self/mounts", "re");
	FILE *cgroup = fopen("/proc/self/cgroup", "re");

	while (mounts && strcmp(type, "cgroup2") &&
	       fgets(line, sizeof(line), mounts))
		if (sscanf(line, "%*s %255s %31s", mount, type) != 2)
			*type = '\0';
	while (cgroup && !*own && fgets(line, sizeof(line), cgroup))
		sscanf(line, "0::%255s", own);
	if (mounts)
		fclose(mounts);
	if (cgroup)
		fclose(cgroup);
	if (strcmp(type, "cgroup2") || !*own)
		return -1;
	snprintf(path, sizeof(path), "%s%s%s", mount, own, file);
	return open(path, flags | O_CLOEXEC);
}

/* To move where it is already takes the rights that CLONE_INTO_CGROUP takes. */
static const char *cgroup_skip_reason(void)
{
	int fd = open_own_cgroup("", O_RDONLY | O_DIRECTORY);
	ssize_t n;

	if (fd == -1)
		return "needs a cgroup2 mount";
	close(fd);
	fd = open_own_cgroup("/cgroup.procs", O_WRONLY);
	n = write(fd, "0", 1);
	close(fd);
	return n == 1 ? NULL : "needs a writable cgroup";
}

FIXTURE(flag)
{
	struct worker *parent, *child;
	long cgroup;
};

FIXTURE_VARIANT(flag)
{
	unsigned long long flags;
	worker_fn *how;
	int exit_signal;
	unsigned long excludes;		/* what may not be shared beside it */
	const char *since;		/* what EINVAL means */
};

#define CLONE_FLAG(name, bits, never) \
FIXTURE_VARIANT_ADD(flag, name) { \
	.flags = bits, .how = by_clone, .excludes = never, \
}

#define CLONE3_FLAG(name, bits, signal, never) \
FIXTURE_VARIANT_ADD(flag, name) { \
	.flags = bits, .how = by_clone3, .exit_signal = signal, \
	.excludes = never, \
}

#define CLONE3_FLAG_SINCE(name, bits, signal, never, version) \
FIXTURE_VARIANT_ADD(flag, name) { \
	.flags = bits, .how = by_clone3, .exit_signal = signal, \
	.excludes = never, .since = version, \
}

CLONE_FLAG(pidfd, CLONE_PIDFD, 0);
CLONE_FLAG(ptrace, CLONE_PTRACE, 0);
CLONE_FLAG(untraced, CLONE_UNTRACED, 0);
CLONE_FLAG(vfork, CLONE_VFORK, 0);
CLONE_FLAG(parent, CLONE_PARENT, 0);
CLONE_FLAG(parent_settid, CLONE_PARENT_SETTID, 0);
CLONE_FLAG(child_settid, CLONE_CHILD_SETTID, 0);
CLONE_FLAG(child_cleartid, CLONE_CHILD_CLEARTID, 0);
CLONE_FLAG(detached, CLONE_DETACHED, 0);
CLONE_FLAG(settls, CLONE_SETTLS, 0);
CLONE_FLAG(newns, CLONE_NEWNS, CLONE_FS);
CLONE_FLAG(newcgroup, CLONE_NEWCGROUP, 0);
CLONE_FLAG(newuts, CLONE_NEWUTS, 0);
CLONE_FLAG(newipc, CLONE_NEWIPC, CLONE_SYSVSEM);
CLONE_FLAG(newuser, CLONE_NEWUSER, CLONE_FS);
CLONE_FLAG(newpid, CLONE_NEWPID, 0);
CLONE_FLAG(newnet, CLONE_NEWNET, 0);
CLONE3_FLAG(newtime, CLONE_NEWTIME, SIGCHLD, 0);
CLONE3_FLAG(none_by_clone3, 0, SIGCHLD, 0);
CLONE3_FLAG(clear_sighand, CLONE_CLEAR_SIGHAND, SIGCHLD, CLONE_SIGHAND);
CLONE3_FLAG(exit_signal, 0, SIGURG, 0);
CLONE3_FLAG(into_cgroup, CLONE_INTO_CGROUP, SIGCHLD, 0);
CLONE3_FLAG_SINCE(autoreap, CLONE_AUTOREAP, 0, 0,
		  "needs Linux 7.2 (CLONE_AUTOREAP)");
CLONE3_FLAG_SINCE(nnp, CLONE_NNP, SIGCHLD, 0, "needs Linux 7.2 (CLONE_NNP)");
CLONE3_FLAG_SINCE(pidfd_autokill, CLONE_PIDFD_AUTOKILL | CLONE_PIDFD |
		  CLONE_AUTOREAP | CLONE_NNP, 0, 0,
		  "needs Linux 7.2 (CLONE_PIDFD_AUTOKILL)");
CLONE3_FLAG_SINCE(empty_mntns, CLONE_EMPTY_MNTNS, SIGCHLD, CLONE_FS,
		  "needs Linux 7.2 (CLONE_EMPTY_MNTNS)");

/* The parent is a worker, since it may have to sleep in a vfork(). */
FIXTURE_SETUP(flag)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	ASSERT_EQ(0, alloc_io_and_undo());
	self->cgroup = variant->flags & CLONE_INTO_CGROUP ?
		       open_own_cgroup("", O_RDONLY | O_DIRECTORY) : -1;
	self->parent = spawn_hot(CLONE_VM);
	ASSERT_SPAWNED(self->parent);
}

FIXTURE_TEARDOWN(flag)
{
	workers_end();
}

static struct worker *spawn_flags(FIXTURE_DATA(flag) *self,
				  const FIXTURE_VARIANT(flag) *variant,
				  unsigned long long flags)
{
	return worker_spawn_by(self->parent, variant->how, variant->flags | flags,
			       variant->exit_signal, self->cgroup);
}

/*
 * Spawns the child with the flag and what it may share; namespaces are made in
 * a new user namespace if need be.  Returns what it shares.
 */
static unsigned long spawn_with_flag(FIXTURE_DATA(flag) *self,
				     const FIXTURE_VARIANT(flag) *variant,
				     unsigned long share)
{
	unsigned long long more = 0;

	/* On one stack, parent and child have to take turns. */
	if (variant->how == by_clone3 && share & CLONE_VM)
		more |= CLONE_VFORK;
	self->child = spawn_flags(self, variant, share | more);
	if (self->child->pid != -EPERM ||
	    !(variant->flags & (CLONE_NEW | CLONE_EMPTY_MNTNS)))
		return share;
	share &= ~CLONE_FS;
	self->child = spawn_flags(self, variant, share | more | CLONE_NEWUSER);
	return share;
}

/* Returns why no task here can be made with the flag, or NULL. */
static const char *flag_skip_reason(FIXTURE_DATA(flag) *self,
				    const FIXTURE_VARIANT(flag) *variant)
{
	enum way way = variant->how == by_clone3 ? BY_CLONE3 : BY_CLONE;
	unsigned long long needs = variant->flags & CLONE_NEW;
	long err = self->child->pid;
	const char *reason;

	if (err >= 0)
		return NULL;
	if (variant->flags & CLONE_EMPTY_MNTNS)
		needs |= CLONE_NEWNS;
	reason = way == BY_CLONE3 || needs ?
		 namespace_skip_reason(way, needs, err) : NULL;
	if (!reason && variant->flags & CLONE_INTO_CGROUP)
		reason = cgroup_skip_reason();
	if (!reason && variant->since &&
	    spawn_flags(self, variant, 0)->pid == -EINVAL)
		reason = variant->since;
	return reason;
}

TEST_F(flag, shares_nothing_by_itself)
{
	spawn_with_flag(self, variant, 0);
	SKIP_IF(flag_skip_reason(self, variant));
	ASSERT_SPAWNED(self->child);
	EXPECT_SHARED(NOTHING, self->parent->pid, self->child->pid);
	EXPECT_SHARED(NOTHING, getpid(), self->child->pid);
}

TEST_F(flag, takes_no_sharing_away)
{
	unsigned long share = CLONE_EVERYTHING & ~variant->excludes;

	share = spawn_with_flag(self, variant, share);
	SKIP_IF(flag_skip_reason(self, variant));
	ASSERT_SPAWNED(self->child);
	EXPECT_SHARED(share, self->parent->pid, self->child->pid);
	EXPECT_SHARED(share & CLONE_VM, getpid(), self->child->pid);
}

/* ------------------------------------------------------------------ */
/* Combinations that clone(2) forbids, and what comes of the attempt.  */

FIXTURE(forbidden)
{
	struct worker *parent;
	long err;
};

FIXTURE_VARIANT(forbidden)
{
	unsigned long long flags;
	bool privileged, clone3;
};

#define FORBIDDEN(name, bits) \
FIXTURE_VARIANT_ADD(forbidden, name) { .flags = bits }

FORBIDDEN(sighand_without_vm, CLONE_SIGHAND);
FORBIDDEN(thread_without_sighand, CLONE_THREAD | CLONE_VM);
FORBIDDEN(thread_alone, CLONE_THREAD);
FORBIDDEN(thread_without_vm, CLONE_THREAD | CLONE_SIGHAND);
FORBIDDEN(newns_with_fs, CLONE_NEWNS | CLONE_FS);
FORBIDDEN(newuser_with_fs, CLONE_NEWUSER | CLONE_FS);
FIXTURE_VARIANT_ADD(forbidden, newipc_with_sysvsem) {
	.flags = CLONE_NEWIPC | CLONE_SYSVSEM, .privileged = true,
};
FIXTURE_VARIANT_ADD(forbidden, clear_sighand_with_sighand) {
	.flags = CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM | CLONE_VFORK,
	.clone3 = true,
};

/* Returns -errno, or a pid. */
static long forbidden_clone(struct worker *parent,
			    const FIXTURE_VARIANT(forbidden) *variant)
{
	worker_fn *how = variant->clone3 ? by_clone3 : by_clone;
	long err = worker_spawn_by(parent, how, variant->flags, SIGCHLD, -1)->pid;

	if (err == -EPERM && variant->privileged)
		err = worker_spawn_by(parent, how, variant->flags |
				      CLONE_NEWUSER, SIGCHLD, -1)->pid;
	return err;
}

/* EINVAL comes first unless it takes privileges or a filter is asked before. */
static const char *forbidden_skip_reason(const FIXTURE_VARIANT(forbidden) *variant,
					 long err)
{
	unsigned long long needs = variant->flags & CLONE_NEW;

	if (err != -EPERM && err != -ENOSPC && err != -ENOSYS)
		return NULL;
	if (!variant->privileged && !has_seccomp_filter() && !variant->clone3)
		return NULL;
	return namespace_skip_reason(variant->clone3 ? BY_CLONE3 : BY_CLONE,
				     needs, err);
}

FIXTURE_SETUP(forbidden)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	ASSERT_EQ(0, alloc_io_and_undo());
	self->parent = spawn_hot(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->parent);
	self->err = forbidden_clone(self->parent, variant);
	SKIP_IF(forbidden_skip_reason(variant, self->err));
}

FIXTURE_TEARDOWN(forbidden)
{
	workers_end();
}

TEST_F(forbidden, is_einval_and_changes_nothing)
{
	EXPECT_EQ(-EINVAL, self->err);
	EXPECT_SHARED(CLONE_EVERYTHING, getpid(), self->parent->pid);
}

/* ------------------------------------------------------------------ */
/* With ids that were chosen for it: "set_tid" of clone(2).            */

FIXTURE(chosen)
{
	struct worker *init, *child;
	pid_t *id;
};

FIXTURE_VARIANT(chosen)
{
	int ids;
};

FIXTURE_VARIANT_ADD(chosen, inner_id) { 1 };
FIXTURE_VARIANT_ADD(chosen, inner_and_outer_id) { 2 };

/* On the spawner's own stack.  arg: mailbox, flags, ids, how many. */
static long by_clone3_with_ids(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	struct clone_args args = {
		.flags = (unsigned long)arg[1], .exit_signal = SIGCHLD,
		.set_tid = (unsigned long)arg[2], .set_tid_size = arg[3],
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		worker_main(t);
	return pid == -1 ? -errno : pid;
}

/*
 * Returns a free id.  Ids are given out in ascending order: those just below
 * the last one come last.
 */
static pid_t free_id_below(pid_t id)
{
	do
		id = id > 301 ? id - 1 :
		     read_number("/proc/sys/kernel/pid_max") - 1;
	while (!kill(id, 0) || errno != ESRCH);
	return id;
}

/* Spawns a child of the namespace's init, which sleeps in a vfork(). */
static void spawn_chosen(FIXTURE_DATA(chosen) *self, int ids)
{
	int tries = 0;

	self->id[0] = 77;
	self->id[1] = self->init->pid;
	do {
		if (ids > 1)
			self->id[1] = free_id_below(self->id[1]);
		self->child = worker_spawn_by(self->init, by_clone3_with_ids,
					      CLONE_EVERYTHING | CLONE_VFORK,
					      (long)self->id, ids);
	} while (self->child->pid == -EEXIST && ++tries < 20);
}

/*
 * A worker of this user namespace, or init as root of its own, may choose ids
 * if it may set the last one: to set it to what is no number changes nothing.
 */
static long may_choose_ids(const long *arg)
{
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	bool may = write(fd, "x", 1) == -1 && errno == EINVAL;

	close(fd);
	return may;
}

/* Returns why the child could not be made, or NULL. */
static const char *chosen_skip_reason(FIXTURE_DATA(chosen) *self, int ids)
{
	long err = self->child->pid;

	if (err == -EPERM && (ids > 1 ? may_choose_ids(NULL) :
			      worker_run(self->init, may_choose_ids)) != 1)
		return "needs CAP_CHECKPOINT_RESTORE";
	return err < 0 ? namespace_skip_reason(BY_CLONE3, 0, err) : NULL;
}

FIXTURE_SETUP(chosen)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	self->init = spawn_hot(CLONE_NEWPID);
	if (self->init->pid == -EPERM)
		self->init = spawn_hot(CLONE_NEWUSER | CLONE_NEWPID);
	if (self->init->pid < 0)
		SKIP_IF(namespace_skip_reason(BY_CLONE, CLONE_NEWPID,
					      self->init->pid));
	ASSERT_SPAWNED(self->init);
	self->id = (pid_t *)self->init->scratch;
	spawn_chosen(self, variant->ids);
	SKIP_IF(chosen_skip_reason(self, variant->ids));
	ASSERT_EQ(77, self->child->pid);
}

FIXTURE_TEARDOWN(chosen)
{
	workers_end();
}

TEST_F(chosen, is_that_of_a_task_that_shares_as_told)
{
	int type;

	for (type = KCMP_VM; type <= KCMP_SYSVSEM; type++)
		if (!kcmp_skip_reason(type))
			EXPECT_EQ(0, worker_kcmp(self->child, 1, 77, type));
	EXPECT_EQ(-ESRCH, worker_kcmp(self->child, 1, 78, KCMP_VM));
	if (variant->ids > 1)
		EXPECT_SHARED(CLONE_EVERYTHING, self->init->pid, self->id[1]);
}

/* ------------------------------------------------------------------ */
/* The library's ways to spawn.                                        */

FIXTURE(spawn)
{
	struct worker *parent, *third;
};

FIXTURE_SETUP(spawn)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	ASSERT_EQ(0, alloc_io_and_undo());
	self->parent = spawn_hot(0);
	ASSERT_SPAWNED(self->parent);
	self->third = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->third);
}

FIXTURE_TEARDOWN(spawn)
{
	workers_end();
}

static const char *vfork_skip_reason(struct worker *child)
{
	return blocked_skip_reason(child->pid, "vfork blocked by a seccomp filter");
}

/* libc does without clone3() where that is ENOSYS, but not where it is EPERM. */
static const char *libc_skip_reason(struct worker *child)
{
	return child->pid == -EPERM ?
	       namespace_skip_reason(BY_CLONE3, 0, child->pid) : NULL;
}

TEST_F(spawn, by_a_vfork_child_shares_what_it_is_told)
{
	struct worker *child = worker_spawn_by(self->parent, by_vfork, 0, 0);
	struct worker *sharer, *other;

	SKIP_IF(vfork_skip_reason(child));
	ASSERT_SPAWNED(child);
	ASSERT_EQ(0, heat(child));
	sharer = worker_spawn_by(child, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(sharer);
	other = worker_spawn_by(child, by_clone, CLONE_VM, 0);
	ASSERT_SPAWNED(other);
	EXPECT_SHARED(CLONE_EVERYTHING, child->pid, sharer->pid);
	EXPECT_SHARED(CLONE_VM, child->pid, other->pid);
}

TEST_F(spawn, fork_shares_nothing)
{
	struct worker *child = worker_spawn_by(self->parent, by_fork, 0, 0);

	ASSERT_SPAWNED(child);
	EXPECT_SHARED(NOTHING, self->parent->pid, child->pid);
}

/* What counts is who calls clone(), be it a thread with things of its own. */
TEST_F(spawn, by_a_thread_shares_with_the_thread)
{
	struct worker *thread = worker_spawn_by(self->parent, by_clone,
					    CLONE_THREAD | CLONE_SIGHAND |
					    CLONE_VM, 0), *child;

	SKIP_IF(kcmp_skip_reason_any());
	ASSERT_SPAWNED(thread);
	child = worker_spawn_by(thread, by_clone, CLONE_EVERYTHING & ~CLONE_IO &
			      ~CLONE_SYSVSEM, 0);
	ASSERT_SPAWNED(child);
	EXPECT_SHARED(CLONE_VM | CLONE_SIGHAND, self->parent->pid, thread->pid);
	EXPECT_SAME(thread->pid, child->pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(thread->pid, child->pid, KCMP_FS, 0, 0);
	EXPECT_DIFFERENT(thread->pid, self->third->pid, KCMP_SIGHAND, 0, 0);
	EXPECT_DIFFERENT(thread->pid, getpid(), KCMP_VM, 0, 0);
	EXPECT_SHARED(CLONE_VM | CLONE_SIGHAND, self->parent->pid, child->pid);
}

/* The parent sleeps until the child has ended or called execve(). */
TEST_F(spawn, vfork_shares_the_address_space)
{
	struct worker *child = worker_spawn_by(self->parent, by_vfork, 0, 0);

	SKIP_IF(vfork_skip_reason(child));
	ASSERT_SPAWNED(child);
	EXPECT_SHARED(CLONE_VM, self->parent->pid, child->pid);
	EXPECT_EQ(0, worker_kcmp(self->third, self->parent->pid, child->pid,
			       KCMP_VM));
	EXPECT_EQ(0, worker_kcmp(child, self->parent->pid, child->pid, KCMP_VM));
}

TEST_F(spawn, vfork_and_execve_share_nothing)
{
	struct worker *child;

	SKIP_IF(execve_skip_reason());
	child = worker_spawn_by(self->parent, by_vfork, 0, 0);
	SKIP_IF(vfork_skip_reason(child));
	ASSERT_SPAWNED(child);
	ASSERT_EQ(0, worker_execve(child, "/proc/self/exe"));
	EXPECT_SHARED(NOTHING, self->parent->pid, child->pid);
	EXPECT_LT(0, worker_result(self->parent));
}

TEST_F(spawn, posix_spawn_shares_nothing)
{
	struct worker *child;

	SKIP_IF(execve_skip_reason());
	child = worker_spawn_by(self->parent, by_posix_spawn, 0, 0);
	SKIP_IF(libc_skip_reason(child));
	ASSERT_SPAWNED(child);
	EXPECT_SHARED(NOTHING, self->parent->pid, child->pid);
}

/* All that POSIX wants of threads; an I/O priority is each thread's own. */
TEST_F(spawn, pthread_create_shares_all_but_the_io_context)
{
	struct worker *thread = worker_spawn_by(self->parent, by_pthread_create,
					    0, 0);

	SKIP_IF(libc_skip_reason(thread));
	ASSERT_SPAWNED(thread);
	EXPECT_SHARED(CLONE_EVERYTHING & ~CLONE_IO, self->parent->pid,
		      thread->pid);
}

/* Grandchildren share through a parent that does. */
TEST_F(spawn, sharing_goes_from_child_to_grandchild)
{
	struct worker *child = worker_spawn_by(self->parent, by_clone,
					   CLONE_EVERYTHING, 0);
	struct worker *all, *some;

	ASSERT_SPAWNED(child);
	all = worker_spawn_by(child, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(all);
	some = worker_spawn_by(child, by_clone, CLONE_FILES | CLONE_IO, 0);
	ASSERT_SPAWNED(some);
	EXPECT_SHARED(CLONE_EVERYTHING, self->parent->pid, all->pid);
	EXPECT_SHARED(CLONE_FILES | CLONE_IO, self->parent->pid, some->pid);
}

/* ------------------------------------------------------------------ */
/* execve() leaves what the new program must not share (execve(2)).    */

FIXTURE(exec)
{
	struct worker *sharer, *child;
};

FIXTURE_SETUP(exec)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	SKIP_IF(execve_skip_reason());
	self->sharer = spawn_hot(0);
	ASSERT_SPAWNED(self->sharer);
	self->child = worker_spawn_by(self->sharer, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(self->child);
	ASSERT_EQ((long long)askable(), shared(self->sharer->pid, self->child->pid));
}

FIXTURE_TEARDOWN(exec)
{
	workers_end();
}

/* An execve() that fails has changed nothing. */
TEST_F(exec, of_no_program_changes_nothing)
{
	ASSERT_EQ(-ENOENT, worker_execve(self->child, "/nonexistent"));
	EXPECT_SHARED(CLONE_EVERYTHING, self->sharer->pid, self->child->pid);
}

/* Neither has one that fails late, of a file that is no program. */
TEST_F(exec, of_a_file_that_is_no_program_changes_nothing)
{
	int fd = memfd_create("garbage", 0);
	struct worker *alone, *sharer;
	char path[32];

	SKIP_IF(fchmod(fd, 0700) ? "needs vm.memfd_noexec of 0" : NULL);
	ASSERT_EQ(7, write(fd, "garbage", 7));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	alone = spawn_hot(0);
	ASSERT_SPAWNED(alone);
	ASSERT_EQ(-ENOEXEC, worker_execve(alone, strcpy(alone->scratch, path)));
	sharer = worker_spawn_by(alone, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(sharer);
	ASSERT_EQ(-ENOEXEC, worker_execve(sharer, alone->scratch));
	EXPECT_SHARED(CLONE_EVERYTHING, alone->pid, sharer->pid);
}

/* The descriptors to be closed are those of the table that is its own then. */
TEST_F(exec, closes_nothing_for_the_others)
{
	pid_t sharer = self->sharer->pid, child = self->child->pid;
	long fd;

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	/* A shared table takes an RCU grace period to grow beyond 64. */
	fd = worker_syscall(self->child, SYS_dup3, 0, 50, O_CLOEXEC);
	ASSERT_EQ(50, fd);
	EXPECT_SAME(sharer, child, KCMP_FILE, fd, fd);
	ASSERT_EQ(0, worker_execve(self->child, "/proc/self/exe"));
	EXPECT_SAME(sharer, sharer, KCMP_FILE, 0, fd);
	EXPECT_SAME(sharer, child, KCMP_FILE, 0, 0);
	EXPECT_EQ(-EBADF, sys_kcmp(sharer, child, KCMP_FILE, fd, fd));
}

/* The parent sleeps in its vfork() until then, and shares the table still. */
TEST_F(exec, after_vfork_leaves_what_is_shared)
{
	struct worker *child = worker_spawn_by(self->child, by_clone, CLONE_VFORK |
					   CLONE_EVERYTHING, 0);
	pid_t parent = self->child->pid;

	ASSERT_SPAWNED(child);
	EXPECT_SHARED(CLONE_EVERYTHING, parent, child->pid);
	ASSERT_EQ(0, worker_execve(child, "/proc/self/exe"));
	EXPECT_SHARED(CLONE_FS | CLONE_IO | CLONE_SYSVSEM, parent, child->pid);
	EXPECT_SHARED(CLONE_EVERYTHING, self->sharer->pid, parent);
}

/* What a thread shared, not its leader, is what the program goes on sharing. */
TEST_F(exec, of_a_thread_keeps_what_the_thread_shared)
{
	const unsigned long kept = CLONE_FS | CLONE_IO | CLONE_SYSVSEM;
	struct worker *thread = worker_spawn_by(self->child, by_clone,
					    CLONE_A_THREAD | kept, 0);

	ASSERT_SPAWNED(thread);
	EXPECT_SHARED(CLONE_VM | CLONE_SIGHAND | kept, self->sharer->pid,
		      thread->pid);
	ASSERT_EQ(0, worker_execve(thread, "/proc/self/exe"));
	EXPECT_SHARED(kept, self->sharer->pid, self->child->pid);
}

TEST_F(exec, leaves_the_others_sharing)
{
	struct worker *other = worker_spawn_by(self->sharer, by_clone,
					   CLONE_EVERYTHING, 0);

	ASSERT_SPAWNED(other);
	ASSERT_EQ(0, worker_execve(self->child, "/proc/self/exe"));
	EXPECT_SHARED(CLONE_EVERYTHING, self->sharer->pid, other->pid);
	EXPECT_SHARED(CLONE_FS | CLONE_IO | CLONE_SYSVSEM, other->pid,
		      self->child->pid);
}

static long fork_idle(const long *arg)
{
	return fork_idle_child(arg[0]);
}

/* CLONE_FS is refused only as long as the execve() goes on. */
TEST_F(exec, lets_sharing_begin_anew)
{
	const unsigned long flags = CLONE_FILES | CLONE_FS | CLONE_IO |
				    CLONE_SYSVSEM;
	struct worker *alone = spawn_hot(0);
	long child;

	ASSERT_SPAWNED(alone);
	ASSERT_EQ(0, worker_execve(alone, "/proc/self/exe"));
	child = worker_run(alone, fork_idle, flags);
	ASSERT_LT(0, child);
	EXPECT_SHARED(flags, alone->pid, child);
	child = worker_run(alone, fork_idle, 0);
	ASSERT_LT(0, child);
	EXPECT_SHARED(NOTHING, alone->pid, child);
}

/* The thread takes over its leader's id; its own is gone, as are the others. */
TEST_F(exec, of_a_thread_makes_it_the_leader)
{
	struct worker *thread = worker_spawn_by(self->child, by_clone,
					    CLONE_A_THREAD | CLONE_FILES, 0);
	pid_t leader = self->child->pid, tid = thread->pid;

	SKIP_IF(kcmp_skip_reason_any());
	ASSERT_SPAWNED(thread);
	EXPECT_SAME(leader, tid, KCMP_FILES, 0, 0);
	ASSERT_EQ(0, worker_execve(thread, "/proc/self/exe"));
	EXPECT_EQ(leader, thread->tid);
	EXPECT_EQ(-ESRCH, sys_kcmp(tid, tid, KCMP_VM, 0, 0));
	EXPECT_EQ(-ESRCH, sys_kcmp(leader, tid, KCMP_VM, 0, 0));
	EXPECT_SAME(leader, leader, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(self->sharer->pid, leader, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(self->sharer->pid, leader, KCMP_FILES, 0, 0);
	EXPECT_DIFFERENT(self->sharer->pid, leader, KCMP_SIGHAND, 0, 0);
}

/* Where nothing is shared there is nothing to end: a new space all the same. */
TEST_F(exec, of_a_thread_does_not_bring_back_what_it_did_not_share)
{
	struct worker *thread = worker_spawn_by(self->child, by_clone,
					    CLONE_A_THREAD, 0);

	SKIP_IF(kcmp_skip_reason_any());
	ASSERT_SPAWNED(thread);
	EXPECT_DIFFERENT(self->sharer->pid, thread->pid, KCMP_FS, 0, 0);
	ASSERT_EQ(0, worker_execve(thread, "/proc/self/exe"));
	EXPECT_DIFFERENT(self->sharer->pid, self->child->pid, KCMP_FS, 0, 0);
	if (!kcmp_skip_reason(KCMP_SYSVSEM))
		EXPECT_DIFFERENT(self->sharer->pid, self->child->pid,
				 KCMP_SYSVSEM, 0, 0);
}

/* What the program must not share with others, and what it goes on sharing. */
FIXTURE(execve)
{
	struct worker *sharer, *child;
};

FIXTURE_VARIANT(execve)
{
	int type;
	bool same;
};

FIXTURE_VARIANT_ADD(execve, ends_sharing_of_vm) { KCMP_VM, false };
FIXTURE_VARIANT_ADD(execve, ends_sharing_of_files) { KCMP_FILES, false };
FIXTURE_VARIANT_ADD(execve, ends_sharing_of_sighand) { KCMP_SIGHAND, false };
FIXTURE_VARIANT_ADD(execve, keeps_sharing_of_fs) { KCMP_FS, true };
FIXTURE_VARIANT_ADD(execve, keeps_sharing_of_io) { KCMP_IO, true };
FIXTURE_VARIANT_ADD(execve, keeps_sharing_of_sysvsem) { KCMP_SYSVSEM, true };

FIXTURE_SETUP(execve)
{
	SKIP_IF(kcmp_skip_reason(variant->type));
	SKIP_IF(execve_skip_reason());
	ASSERT_EQ(0, alloc_io_and_undo());
	self->sharer = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->sharer);
	self->child = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->child);
}

FIXTURE_TEARDOWN(execve)
{
	workers_end();
}

TEST_F(execve, with_all_others)
{
	pid_t me = getpid(), pid = self->child->pid;

	EXPECT_SAME(me, pid, variant->type, 0, 0);
	ASSERT_EQ(0, worker_execve(self->child, "/proc/self/exe"));
	if (variant->same) {
		EXPECT_SAME(me, pid, variant->type, 0, 0);
		EXPECT_SAME(self->sharer->pid, pid, variant->type, 0, 0);
	} else {
		EXPECT_DIFFERENT(me, pid, variant->type, 0, 0);
		EXPECT_DIFFERENT(self->sharer->pid, pid, variant->type, 0, 0);
	}
	EXPECT_SAME(me, self->sharer->pid, variant->type, 0, 0);
}

/* ------------------------------------------------------------------ */
/* unshare(), one flag at a time, of a child that shares everything.   */

FIXTURE(unshare)
{
	struct worker *child, *third;
};

FIXTURE_VARIANT(unshare)
{
	unsigned long flag, ends;
	const char *since;		/* what EINVAL means */
};

#define UNSHARE_ENDS(name, bits, what) \
FIXTURE_VARIANT_ADD(unshare, name) { .flag = bits, .ends = what }

UNSHARE_ENDS(nothing, 0, 0);
UNSHARE_ENDS(files, CLONE_FILES, CLONE_FILES);
UNSHARE_ENDS(fs, CLONE_FS, CLONE_FS);
UNSHARE_ENDS(sysvsem, CLONE_SYSVSEM, CLONE_SYSVSEM);
UNSHARE_ENDS(thread, CLONE_THREAD, 0);
UNSHARE_ENDS(files_fs_and_sysvsem, CLONE_FILES | CLONE_FS | CLONE_SYSVSEM,
	     CLONE_FILES | CLONE_FS | CLONE_SYSVSEM);
UNSHARE_ENDS(newns, CLONE_NEWNS, CLONE_FS);
UNSHARE_ENDS(newuser, CLONE_NEWUSER, CLONE_FS);
UNSHARE_ENDS(newuser_and_files, CLONE_NEWUSER | CLONE_FILES,
	     CLONE_FS | CLONE_FILES);
UNSHARE_ENDS(newns_files_and_sysvsem,
	     CLONE_NEWNS | CLONE_FILES | CLONE_SYSVSEM,
	     CLONE_FS | CLONE_FILES | CLONE_SYSVSEM);
UNSHARE_ENDS(newipc, CLONE_NEWIPC, CLONE_SYSVSEM);
UNSHARE_ENDS(newuts, CLONE_NEWUTS, 0);
UNSHARE_ENDS(newnet, CLONE_NEWNET, 0);
UNSHARE_ENDS(newpid, CLONE_NEWPID, 0);
UNSHARE_ENDS(newcgroup, CLONE_NEWCGROUP, 0);
UNSHARE_ENDS(newtime, CLONE_NEWTIME, 0);
FIXTURE_VARIANT_ADD(unshare, empty_mntns) {
	.flag = UNSHARE_EMPTY_MNTNS, .ends = CLONE_FS,
	.since = "needs Linux 7.2 (UNSHARE_EMPTY_MNTNS)",
};

/*
 * Returns 0 or -errno.  Namespaces are made in a new user namespace if need be,
 * which ends the sharing of CLONE_FS.
 */
static long unshare_flag(struct worker *t, const FIXTURE_VARIANT(unshare) *variant,
			 unsigned long *ends)
{
	long err = worker_syscall(t, SYS_unshare, variant->flag);

	if (err == -EPERM && variant->flag & (CLONE_NEW | UNSHARE_EMPTY_MNTNS)) {
		err = worker_syscall(t, SYS_unshare, variant->flag | CLONE_NEWUSER);
		*ends |= CLONE_FS;
	}
	return err;
}

/* Returns why no task here can unshare the flag, or NULL. */
static const char *unshare_flag_skip_reason(const FIXTURE_VARIANT(unshare) *variant,
					    long err)
{
	unsigned long long needs = variant->flag & CLONE_NEW;
	const char *reason;

	if (variant->flag & UNSHARE_EMPTY_MNTNS)
		needs |= CLONE_NEWNS;
	if (!err || !needs)
		return NULL;
	reason = namespace_skip_reason(BY_UNSHARE, needs, err);
	if (!reason && variant->since &&
	    try_namespaces(BY_UNSHARE, variant->flag) == -EINVAL)
		reason = variant->since;
	return reason;
}

FIXTURE_SETUP(unshare)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: unshare_skip_reason());
	ASSERT_EQ(0, alloc_io_and_undo());
	self->child = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->child);
	self->third = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->third);
	ASSERT_EQ((long long)askable(), shared(getpid(), self->child->pid));
}

FIXTURE_TEARDOWN(unshare)
{
	workers_end();
}

TEST_F(unshare, ends_sharing_of_what_it_says_alone)
{
	unsigned long ends = variant->ends;
	long err = unshare_flag(self->child, variant, &ends);

	SKIP_IF(unshare_flag_skip_reason(variant, err));
	ASSERT_EQ(0, err);
	EXPECT_SHARED(CLONE_EVERYTHING & ~ends, getpid(), self->child->pid);
	EXPECT_SHARED(CLONE_EVERYTHING & ~ends, self->third->pid,
		      self->child->pid);
	EXPECT_SHARED(CLONE_EVERYTHING, self->third->pid, getpid());
}

/* What the copies contain is the same: it is the container that is new. */
TEST(unshare_files_keeps_the_descriptions)
{
	struct worker *child;
	pid_t me = getpid();
	int ends[2];

	SKIP_IF(kcmp_skip_reason(KCMP_FILES) ?: kcmp_skip_reason(KCMP_FILE));
	SKIP_IF(unshare_skip_reason());
	ASSERT_EQ(0, pipe(ends));
	child = worker_spawn(CLONE_FILES | CLONE_VM);
	ASSERT_SPAWNED(child);
	ASSERT_EQ(0, worker_syscall(child, SYS_unshare, CLONE_FILES));
	EXPECT_DIFFERENT(me, child->pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, child->pid, KCMP_FILE, ends[0], ends[0]);
	workers_end();
}

static long open_in(struct worker *t, const char *path)
{
	strcpy(t->scratch, path);
	return worker_syscall(t, SYS_openat, AT_FDCWD, (long)t->scratch, O_RDONLY);
}

/* What unshare() cannot undo is an error, and nothing happens. */
FIXTURE(not_unshared)
{
	struct worker *child;
};

FIXTURE_VARIANT(not_unshared)
{
	unsigned long flag;
};

FIXTURE_VARIANT_ADD(not_unshared, vm) { CLONE_VM };
FIXTURE_VARIANT_ADD(not_unshared, sighand) { CLONE_SIGHAND };
FIXTURE_VARIANT_ADD(not_unshared, io) { CLONE_IO };
FIXTURE_VARIANT_ADD(not_unshared, vfork) { CLONE_VFORK };
FIXTURE_VARIANT_ADD(not_unshared, ptrace) { CLONE_PTRACE };

FIXTURE_SETUP(not_unshared)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: unshare_skip_reason());
	ASSERT_EQ(0, alloc_io_and_undo());
	self->child = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->child);
}

FIXTURE_TEARDOWN(not_unshared)
{
	workers_end();
}

TEST_F(not_unshared, is_einval_and_changes_nothing)
{
	EXPECT_SHARED(CLONE_EVERYTHING, getpid(), self->child->pid);
	EXPECT_EQ(-EINVAL, worker_syscall(self->child, SYS_unshare,
					variant->flag));
	EXPECT_EQ(-EINVAL, worker_syscall(self->child, SYS_unshare,
					variant->flag | CLONE_FILES));
	EXPECT_SHARED(CLONE_EVERYTHING, getpid(), self->child->pid);
}

/* Who shares an address space shares it, be the handlers its own or not. */
TEST(unshare_vm_is_einval_for_who_shares_it_alone)
{
	struct worker *child;

	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: unshare_skip_reason());
	child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(child);
	EXPECT_SAME(getpid(), child->pid, KCMP_VM, 0, 0);
	EXPECT_EQ(-EINVAL, worker_syscall(child, SYS_unshare, CLONE_VM));
	EXPECT_SAME(getpid(), child->pid, KCMP_VM, 0, 0);
	workers_end();
}

/* A single-threaded task has its own already. */
TEST_F(not_unshared, succeeds_when_there_is_nothing_to_undo)
{
	struct worker *alone = spawn_hot(0);
	long err = variant->flag & (CLONE_VM | CLONE_SIGHAND) ? 0 : -EINVAL;

	ASSERT_SPAWNED(alone);
	EXPECT_EQ(err, worker_syscall(alone, SYS_unshare, variant->flag));
	EXPECT_SHARED(NOTHING, getpid(), alone->pid);
}

/* Refused late, when all that can be copied has been. */
TEST(unshare_and_setns_that_are_eperm_change_nothing)
{
	struct worker *child;
	long ns, err, unshare_err, setns_err;

	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: unshare_skip_reason());
	ASSERT_EQ(0, alloc_io_and_undo());
	child = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(child);
	ns = open_in(child, "/proc/self/ns/ipc");
	SKIP_IF(config_skip_reason(CLONE_NEWIPC));
	ASSERT_LE(0, ns);
	err = worker_run(child, worker_set_caps, 0);
	SKIP_IF(blocked_skip_reason(err, "capset blocked by a seccomp filter"));
	ASSERT_EQ(0, err);
	unshare_err = worker_syscall(child, SYS_unshare, CLONE_NEWIPC |
				     CLONE_FILES | CLONE_FS | CLONE_SYSVSEM);
	setns_err = worker_syscall(child, SYS_setns, ns, CLONE_NEWIPC);
	SKIP_IF(setns_err == -ENOSYS ?
		blocked_skip_reason(setns_err,
				    "setns blocked by a seccomp filter") : NULL);
	EXPECT_EQ(-EPERM, unshare_err);
	EXPECT_EQ(-EPERM, setns_err);
	EXPECT_SHARED(CLONE_EVERYTHING, getpid(), child->pid);
	workers_end();
}

/* ------------------------------------------------------------------ */
/* Who has shared, and is alone again, has all for itself.             */

FIXTURE(alone)
{
	struct worker *task;
	int watcher, memfd;
};

FIXTURE_VARIANT(alone)
{
	bool failed, executes, unshares;
};

FIXTURE_VARIANT_ADD(alone, after_a_sharer) { .failed = false };
FIXTURE_VARIANT_ADD(alone, after_one_that_executes) { .executes = true };
FIXTURE_VARIANT_ADD(alone, after_one_that_unshares) { .unshares = true };
FIXTURE_VARIANT_ADD(alone, after_a_failed_clone) { .failed = true };

/* Fails late, for the pidfd cannot be told.  Returns -EFAULT. */
static long clone_in_vain(const long *arg)
{
	static char stack[4096] __attribute__((aligned(16)));

	return clone(exit_at_once, stack + sizeof(stack),
		     arg[0] | CLONE_PIDFD | SIGCHLD, NULL, (void *)1) == -1 ?
	       -errno : 0;
}

FIXTURE_SETUP(alone)
{
	struct worker *sharer;
	int ends[2];

	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	if (variant->executes)
		SKIP_IF(execve_skip_reason());
	if (variant->unshares)
		SKIP_IF(unshare_skip_reason());
	ASSERT_EQ(0, alloc_io_and_undo());
	ASSERT_EQ(0, pipe(ends));
	self->memfd = memfd_create("alone", MFD_ALLOW_SEALING);
	self->task = spawn_hot(0);
	ASSERT_SPAWNED(self->task);
	close(ends[1]);
	self->watcher = ends[0];
	if (variant->failed) {
		ASSERT_EQ(-EFAULT, worker_run(self->task, clone_in_vain,
					    CLONE_EVERYTHING));
		return;
	}
	sharer = worker_spawn_by(self->task, by_clone,
			       CLONE_EVERYTHING | CLONE_PARENT, 0);
	ASSERT_SPAWNED(sharer);
	ASSERT_EQ((long long)askable(), shared(self->task->pid, sharer->pid));
	if (variant->executes)
		ASSERT_EQ(0, worker_execve(sharer, "/proc/self/exe"));
	if (variant->unshares)
		ASSERT_EQ(0, worker_syscall(sharer, SYS_unshare, CLONE_FILES |
					  CLONE_FS | CLONE_SYSVSEM));
	ASSERT_LE(0, worker_end(sharer));
}

FIXTURE_TEARDOWN(alone)
{
	workers_end();
}

/* They close when it ends. */
TEST_F(alone, has_its_descriptors_for_itself)
{
	struct pollfd end = { .fd = self->watcher, .events = POLLIN };

	EXPECT_EQ(0, poll(&end, 1, 0));
	ASSERT_LE(0, worker_end(self->task));
	EXPECT_EQ(1, poll(&end, 1, WORKER_TIMEOUT));
}

static long map_to_write(const long *arg)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, arg[0], 0) ==
	       MAP_FAILED ? -errno : 0;
}

/* What is mapped to be written cannot be sealed (fcntl(2)) until that is gone. */
TEST_F(alone, has_its_address_space_for_itself)
{
	long long end;

	SKIP_IF(self->memfd == -1 ? execve_skip_reason() : NULL);
	ASSERT_EQ(0, ftruncate(self->memfd, 4096));
	ASSERT_EQ(0, worker_run(self->task, map_to_write, self->memfd));
	EXPECT_EQ(-1, fcntl(self->memfd, F_ADD_SEALS, F_SEAL_WRITE));
	ASSERT_LE(0, worker_end(self->task));
	end = clock_ms() + WORKER_TIMEOUT;
	while (fcntl(self->memfd, F_ADD_SEALS, F_SEAL_WRITE) &&
	       clock_ms() < end)
		poll(NULL, 0, 1);
	/* Not all: vm.memfd_noexec adds one. */
	EXPECT_EQ(F_SEAL_WRITE, fcntl(self->memfd, F_GET_SEALS) & F_SEAL_WRITE);
}

/* Returns 0 or -errno. */
static long enter_userns(struct worker *t, struct worker *inside)
{
	long fd = worker_open_userns(t, inside->pid);

	return fd < 0 ? fd : worker_syscall(t, SYS_setns, fd, CLONE_NEWUSER);
}

/* Returns why no worker can enter the user namespace of another, or NULL. */
static const char *enter_userns_skip_reason(struct worker *inside)
{
	struct worker *alone;
	const char *blocked;
	long err;

	if (inside->pid < 0)
		return namespace_skip_reason(BY_CLONE, CLONE_NEWUSER,
					     inside->pid);
	alone = worker_spawn(0);
	err = alone->pid < 0 ? alone->pid : enter_userns(alone, inside);
	blocked = blocked_skip_reason(err, "setns blocked by a seccomp filter");
	if (blocked)
		return blocked;
	return err == -EACCES || err == -EPERM ?
	       "setns to a user namespace denied by an LSM" : NULL;
}

TEST_F(alone, has_its_signal_handlers_for_itself)
{
	SKIP_IF(unshare_skip_reason());
	EXPECT_EQ(0, worker_syscall(self->task, SYS_unshare, CLONE_SIGHAND));
}

/* Only who shares fs with nobody may enter a user namespace. */
TEST_F(alone, has_its_fs_for_itself)
{
	struct worker *inside = worker_spawn(CLONE_NEWUSER);

	SKIP_IF(enter_userns_skip_reason(inside));
	ASSERT_SPAWNED(inside);
	EXPECT_EQ(0, enter_userns(self->task, inside));
}

/* ------------------------------------------------------------------ */
/* One thread leaves what its process shares; the rest stays as it is. */
FIXTURE(thread)
{
	struct worker *leader, *thread;
};

FIXTURE_VARIANT(thread)
{
	unsigned long flag;
};

FIXTURE_VARIANT_ADD(thread, files) { CLONE_FILES };
FIXTURE_VARIANT_ADD(thread, fs) { CLONE_FS };
FIXTURE_VARIANT_ADD(thread, sysvsem) { CLONE_SYSVSEM };

FIXTURE_SETUP(thread)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: unshare_skip_reason());
	self->leader = spawn_hot(0);
	ASSERT_SPAWNED(self->leader);
	self->thread = worker_spawn_by(self->leader, by_clone, CLONE_THREAD |
				     CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(self->thread);
}

FIXTURE_TEARDOWN(thread)
{
	workers_end();
}

TEST_F(thread, unshares_for_itself_alone)
{
	struct worker *other = worker_spawn_by(self->leader, by_clone, CLONE_THREAD |
					   CLONE_EVERYTHING, 0);

	ASSERT_SPAWNED(other);
	ASSERT_EQ(0, worker_syscall(self->thread, SYS_unshare, variant->flag));
	EXPECT_SHARED(CLONE_EVERYTHING & ~variant->flag, self->leader->pid,
		      self->thread->pid);
	EXPECT_SHARED(CLONE_EVERYTHING, self->leader->pid, other->pid);
}

TEST_F(thread, leader_unshares_for_itself_alone)
{
	ASSERT_EQ(0, worker_syscall(self->leader, SYS_unshare, variant->flag));
	EXPECT_SHARED(CLONE_EVERYTHING & ~variant->flag, self->leader->pid,
		      self->thread->pid);
}

TEST_F(thread, cannot_unshare_what_makes_it_a_thread)
{
	EXPECT_EQ(-EINVAL, worker_syscall(self->thread, SYS_unshare, CLONE_VM));
	EXPECT_EQ(-EINVAL, worker_syscall(self->thread, SYS_unshare,
					CLONE_SIGHAND));
	EXPECT_EQ(-EINVAL, worker_syscall(self->thread, SYS_unshare,
					CLONE_THREAD));
	EXPECT_EQ(-EINVAL, worker_syscall(self->thread, SYS_unshare,
					CLONE_THREAD | variant->flag));
	EXPECT_SHARED(CLONE_EVERYTHING, self->leader->pid, self->thread->pid);
}

/* ------------------------------------------------------------------ */
/* close_range() may do it on the way.                                 */

FIXTURE(close_range)
{
	struct worker *child;
	int fd, last;
};

/* Closes nothing, and the table is the test's own already. */
static const char *close_range_skip_reason(unsigned int flags)
{
	if (!syscall(SYS_close_range, UINT_MAX, UINT_MAX, flags))
		return NULL;
	if (errno == EINVAL && flags & CLOSE_RANGE_CLOEXEC)
		return "needs Linux 5.11 (CLOSE_RANGE_CLOEXEC)";
	return blocked_skip_reason(-errno,
				   "close_range blocked by a seccomp filter");
}

FIXTURE_SETUP(close_range)
{
	int ends[2];

	SKIP_IF(kcmp_skip_reason(KCMP_FILES) ?: kcmp_skip_reason(KCMP_FILE));
	SKIP_IF(close_range_skip_reason(0));
	ASSERT_EQ(0, pipe(ends));
	self->fd = ends[0];
	self->last = dup2(self->fd, 300);
	ASSERT_EQ(300, self->last);
	self->child = worker_spawn(CLONE_VM | CLONE_FILES);
	ASSERT_SPAWNED(self->child);
	ASSERT_EQ(0, sys_kcmp(getpid(), self->child->pid, KCMP_FILES, 0, 0));
}

FIXTURE_TEARDOWN(close_range)
{
	workers_end();
}

/* Returns 0 or -errno. */
static long close_last(FIXTURE_DATA(close_range) *self, unsigned int flags)
{
	return worker_syscall(self->child, SYS_close_range, self->last,
			    self->last, flags);
}

TEST_F(close_range, keeps_the_table_shared)
{
	pid_t me = getpid(), pid = self->child->pid;

	ASSERT_EQ(0, close_last(self, 0));
	EXPECT_SAME(me, pid, KCMP_FILES, 0, 0);
	EXPECT_EQ(-EBADF, sys_kcmp(me, me, KCMP_FILE, self->last, self->last));
}

TEST_F(close_range, with_cloexec_keeps_it_too)
{
	pid_t me = getpid(), pid = self->child->pid;

	SKIP_IF(close_range_skip_reason(CLOSE_RANGE_CLOEXEC));
	ASSERT_EQ(0, close_last(self, CLOSE_RANGE_CLOEXEC));
	EXPECT_SAME(me, pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, pid, KCMP_FILE, self->fd, self->last);
}

TEST_F(close_range, with_cloexec_is_for_each_of_the_range)
{
	pid_t me = getpid(), pid = self->child->pid;
	int fd;

	SKIP_IF(execve_skip_reason());
	SKIP_IF(close_range_skip_reason(CLOSE_RANGE_CLOEXEC));
	for (fd = 60; fd < 70; fd++)
		ASSERT_EQ(fd, dup2(self->fd, fd));
	ASSERT_EQ(0, worker_syscall(self->child, SYS_close_range, 62, 67,
				  CLOSE_RANGE_CLOEXEC));
	EXPECT_SAME(me, pid, KCMP_FILES, 0, 0);
	ASSERT_EQ(0, worker_execve(self->child, "/proc/self/exe"));
	for (fd = 60; fd < 70; fd++)
		EXPECT_EQ(fd < 62 || fd > 67 ? 0 : -EBADF,
			  sys_kcmp(me, pid, KCMP_FILE, fd, fd));
}

/* With nothing to close there is a table to leave all the same. */
TEST_F(close_range, with_unshare_of_nothing_leaves_the_shared_table)
{
	pid_t me = getpid(), pid = self->child->pid;

	self->last = 400;
	ASSERT_EQ(0, close_last(self, CLOSE_RANGE_UNSHARE));
	EXPECT_DIFFERENT(me, pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, pid, KCMP_FILE, self->fd, 300);
}

/* What is not closed is still there, below and above. */
TEST_F(close_range, with_unshare_keeps_what_is_above)
{
	pid_t me = getpid(), pid = self->child->pid;

	ASSERT_EQ(0, worker_syscall(self->child, SYS_close_range, 60, 70,
				  CLOSE_RANGE_UNSHARE));
	EXPECT_DIFFERENT(me, pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, pid, KCMP_FILE, self->last, self->last);
	EXPECT_SAME(pid, pid, KCMP_FILE, self->fd, self->last);
}

/* At the edges of the words that a table counts its numbers by. */
TEST_F(close_range, with_unshare_keeps_what_is_below)
{
	static const int from[] = { 63, 64, 65, 66, 128, 129, 130 };
	struct worker *t[ARRAY_SIZE(from)];
	pid_t me = getpid();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		t[i] = worker_spawn(CLONE_VM | CLONE_FILES);
		ASSERT_SPAWNED(t[i]);
	}
	for (i = 0; i < ARRAY_SIZE(from); i++) {
		int below = from[i] - 1;

		ASSERT_EQ(below, dup2(self->fd, below));
		ASSERT_EQ(0, worker_syscall(t[i], SYS_close_range, from[i],
					  UINT_MAX, CLOSE_RANGE_UNSHARE));
		EXPECT_SAME(me, t[i]->pid, KCMP_FILE, self->fd, below);
		EXPECT_EQ(-EBADF, sys_kcmp(me, t[i]->pid, KCMP_FILE, self->fd,
					   self->last));
		close(below);
	}
}

static long lower_nofile(const long *arg)
{
	const struct rlimit limit = { arg[0], arg[0] };

	return setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0;
}

/* The limit is for numbers to come. */
TEST_F(close_range, closes_what_is_above_the_limit)
{
	long err = worker_run(self->child, lower_nofile, 200);
	pid_t me = getpid();

	SKIP_IF(blocked_skip_reason(err,
				    "setrlimit blocked by a seccomp filter"));
	ASSERT_EQ(0, err);
	EXPECT_SAME(me, me, KCMP_FILE, self->fd, self->last);
	ASSERT_EQ(0, close_last(self, 0));
	EXPECT_EQ(-EBADF, sys_kcmp(me, me, KCMP_FILE, self->fd, self->last));
}

TEST_F(close_range, with_unshare_leaves_the_shared_table)
{
	pid_t me = getpid(), pid = self->child->pid;

	ASSERT_EQ(0, close_last(self, CLOSE_RANGE_UNSHARE));
	EXPECT_DIFFERENT(me, pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, pid, KCMP_FILE, self->fd, self->fd);
	EXPECT_SAME(me, me, KCMP_FILE, self->fd, self->last);
	EXPECT_EQ(-EBADF, sys_kcmp(me, pid, KCMP_FILE, self->fd, self->last));
}

TEST_F(close_range, with_unshare_and_cloexec_leaves_it_too)
{
	const unsigned int flags = CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC;
	pid_t me = getpid(), pid = self->child->pid;

	SKIP_IF(close_range_skip_reason(flags));
	ASSERT_EQ(0, close_last(self, flags));
	EXPECT_DIFFERENT(me, pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, pid, KCMP_FILE, self->fd, self->last);
}

/* ------------------------------------------------------------------ */
/* setns() into the namespace where the task is already.               */

FIXTURE(setns)
{
	struct worker *parent, *child;
};

FIXTURE_VARIANT(setns)
{
	const char *path;		/* none: by a pidfd */
	unsigned long flag, ends, never;
};

#define SETNS(name, bit, what, not_with) \
FIXTURE_VARIANT_ADD(setns, name) { \
	.path = "/proc/self/ns/" #name, .flag = bit, .ends = what, \
	.never = not_with, \
}

SETNS(ipc, CLONE_NEWIPC, CLONE_SYSVSEM, 0);
SETNS(uts, CLONE_NEWUTS, 0, 0);
SETNS(net, CLONE_NEWNET, 0, 0);
SETNS(pid, CLONE_NEWPID, 0, 0);
SETNS(cgroup, CLONE_NEWCGROUP, 0, 0);
SETNS(time, CLONE_NEWTIME, 0, CLONE_VM | CLONE_SIGHAND);
SETNS(mnt, CLONE_NEWNS, 0, CLONE_FS);

FIXTURE_VARIANT_ADD(setns, ipc_and_uts) {
	.flag = CLONE_NEWIPC | CLONE_NEWUTS, .ends = CLONE_SYSVSEM,
};

/* Enters the namespaces where the worker is already.  Returns 0 or -errno. */
static long enter_own_ns(struct worker *t, const char *path, unsigned long flag)
{
	long fd = path ? open_in(t, path) :
			 worker_syscall(t, SYS_pidfd_open, t->tid, 0);

	return fd < 0 ? fd : worker_syscall(t, SYS_setns, fd, flag);
}

/*
 * Lets the worker's children enter their own namespaces, which takes
 * CAP_SYS_ADMIN: if need be, in a new user namespace and new ones of that kind.
 * Returns why they cannot, or NULL.
 */
static const char *setns_skip_reason(struct worker *t, const char *path,
				     unsigned long flag)
{
	const char *reason = config_skip_reason(flag);
	struct worker *alone = t;
	long err = reason ? 0 : enter_own_ns(t, path, flag);

	if (err == -EPERM) {
		err = worker_syscall(t, SYS_unshare, CLONE_NEWUSER | flag);
		if (err)
			return namespace_skip_reason(BY_UNSHARE, flag, err);
		alone = worker_spawn_by(t, by_clone, 0, 0);
		err = alone->pid < 0 ? 0 : enter_own_ns(alone, path, flag);
	}
	if (err != -EPERM && err != -ENOSYS)
		return reason;
	if (!has_seccomp_filter())
		return err == -ENOSYS ? NULL :
		       "CAP_SYS_ADMIN in a user namespace denied by an LSM";
	return !path && worker_syscall(alone, SYS_pidfd_open, alone->tid, 0) < 0 ?
	       "pidfd_open blocked by a seccomp filter" :
	       "setns blocked by a seccomp filter";
}

FIXTURE_SETUP(setns)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	self->parent = worker_spawn(0);
	ASSERT_SPAWNED(self->parent);
	SKIP_IF(setns_skip_reason(self->parent, variant->path, variant->flag));
	ASSERT_EQ(0, heat(self->parent));
	self->child = worker_spawn_by(self->parent, by_clone,
				      CLONE_EVERYTHING & ~variant->never, 0);
	ASSERT_SPAWNED(self->child);
}

FIXTURE_TEARDOWN(setns)
{
	workers_end();
}

TEST_F(setns, ends_sharing_of_what_it_says_alone)
{
	unsigned long shares = CLONE_EVERYTHING & ~variant->never;

	EXPECT_SHARED(shares, self->parent->pid, self->child->pid);
	ASSERT_EQ(0, enter_own_ns(self->child, variant->path, variant->flag));
	EXPECT_SHARED(shares & ~variant->ends, self->parent->pid,
		      self->child->pid);
}

/* Whose root and directory would it be? */
TEST(setns_mnt_is_einval_for_who_shares_fs)
{
	const char *path = "/proc/self/ns/mnt";
	struct worker *parent, *child;

	SKIP_IF(kcmp_skip_reason(KCMP_FS) ?: unshare_skip_reason());
	parent = worker_spawn(0);
	ASSERT_SPAWNED(parent);
	SKIP_IF(setns_skip_reason(parent, path, CLONE_NEWNS));
	child = worker_spawn_by(parent, by_clone, CLONE_FS, 0);
	ASSERT_SPAWNED(child);
	EXPECT_EQ(-EINVAL, enter_own_ns(child, path, CLONE_NEWNS));
	EXPECT_SAME(parent->pid, child->pid, KCMP_FS, 0, 0);
	ASSERT_EQ(0, worker_syscall(child, SYS_unshare, CLONE_FS));
	EXPECT_EQ(0, enter_own_ns(child, path, CLONE_NEWNS));
	EXPECT_DIFFERENT(parent->pid, child->pid, KCMP_FS, 0, 0);
	workers_end();
}

TEST(setns_user_is_einval_for_who_shares_fs)
{
	struct worker *child, *inside;

	SKIP_IF(kcmp_skip_reason(KCMP_FS) ?: unshare_skip_reason());
	ASSERT_EQ(0, alloc_io_and_undo());
	inside = worker_spawn(CLONE_NEWUSER);
	SKIP_IF(enter_userns_skip_reason(inside));
	ASSERT_SPAWNED(inside);
	child = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(child);
	EXPECT_EQ(-EINVAL, enter_userns(child, inside));
	EXPECT_SAME(getpid(), child->pid, KCMP_FS, 0, 0);
	ASSERT_EQ(0, worker_syscall(child, SYS_unshare, CLONE_FS));
	EXPECT_EQ(0, enter_userns(child, inside));
	EXPECT_SHARED(CLONE_EVERYTHING & ~CLONE_FS, getpid(), child->pid);
	workers_end();
}

/* Of one thread as of a process. */
TEST(setns_ipc_of_a_thread_ends_sharing_of_the_undo_list)
{
	const char *path = "/proc/self/ns/ipc";
	struct worker *leader, *thread;

	SKIP_IF(kcmp_skip_reason(KCMP_SYSVSEM));
	leader = worker_spawn(0);
	ASSERT_SPAWNED(leader);
	SKIP_IF(setns_skip_reason(leader, path, CLONE_NEWIPC));
	ASSERT_EQ(0, heat(leader));
	thread = worker_spawn_by(leader, by_clone, CLONE_A_THREAD | CLONE_SYSVSEM, 0);
	ASSERT_SPAWNED(thread);
	EXPECT_SAME(leader->pid, thread->pid, KCMP_SYSVSEM, 0, 0);
	ASSERT_EQ(0, enter_own_ns(thread, path, CLONE_NEWIPC));
	EXPECT_DIFFERENT(leader->pid, thread->pid, KCMP_SYSVSEM, 0, 0);
	workers_end();
}

/* ------------------------------------------------------------------ */
/* It is the object that counts, not what it contains.                 */

FIXTURE(contents)
{
	struct worker *sharer, *other;
	pid_t me;
};

FIXTURE_SETUP(contents)
{
	SKIP_IF(kcmp_skip_reason_any());
	self->sharer = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->sharer);
	self->other = worker_spawn(0);
	ASSERT_SPAWNED(self->other);
	self->me = getpid();
}

FIXTURE_TEARDOWN(contents)
{
	workers_end();
}

TEST_F(contents, equal_copies_are_different)
{
	pid_t other = self->other->pid;

	EXPECT_DIFFERENT(self->me, other, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(self->me, other, KCMP_FILES, 0, 0);
	EXPECT_DIFFERENT(self->me, other, KCMP_FS, 0, 0);
	EXPECT_DIFFERENT(self->me, other, KCMP_SIGHAND, 0, 0);
}

TEST_F(contents, chdir_and_umask_of_a_sharer_keep_fs_shared)
{
	strcpy(self->sharer->scratch, "/proc");
	ASSERT_EQ(0, worker_syscall(self->sharer, SYS_chdir,
				  (long)self->sharer->scratch));
	ASSERT_LE(0, worker_syscall(self->sharer, SYS_umask, 0123));
	EXPECT_SAME(self->me, self->sharer->pid, KCMP_FS, 0, 0);
	EXPECT_DIFFERENT(self->me, self->other->pid, KCMP_FS, 0, 0);
}

/* In a user namespace of its own everybody may chroot(). */
TEST_F(contents, chroot_of_a_sharer_keeps_fs_shared)
{
	struct worker *parent = self->other, *child;

	worker_syscall(parent, SYS_unshare, CLONE_NEWUSER);
	child = worker_spawn_by(parent, by_clone, 0, 0);
	ASSERT_SPAWNED(child);
	strcpy(child->scratch, "/proc");
	SKIP_IF(worker_syscall(child, SYS_chroot, (long)child->scratch) ?
		"needs CAP_SYS_CHROOT" : NULL);
	child = worker_spawn_by(parent, by_clone, CLONE_FS, 0);
	ASSERT_SPAWNED(child);
	strcpy(child->scratch, "/proc");
	ASSERT_EQ(0, worker_syscall(child, SYS_chroot, (long)child->scratch));
	EXPECT_SAME(parent->pid, child->pid, KCMP_FS, 0, 0);
	EXPECT_DIFFERENT(self->me, child->pid, KCMP_FS, 0, 0);
}

TEST_F(contents, growth_of_a_table_changes_no_order)
{
	struct worker *child[6];
	long before;
	int i;

	for (i = 0; i < 6; i++) {
		child[i] = worker_spawn(CLONE_VM);
		ASSERT_SPAWNED(child[i]);
	}
	for (i = 0; i < 6; i++) {
		before = sys_kcmp(self->me, child[i]->pid, KCMP_FILES, 0, 0);
		EXPECT_TRUE(kcmp_differs(before));
		ASSERT_EQ(200, worker_syscall(child[i], SYS_dup3, 0, 200, 0));
		EXPECT_EQ(before, sys_kcmp(self->me, child[i]->pid, KCMP_FILES,
					   0, 0));
	}
}

TEST_F(contents, descriptors_of_a_sharer_keep_files_shared)
{
	ASSERT_LE(0, worker_syscall(self->sharer, SYS_dup, 0));
	ASSERT_EQ(60, worker_syscall(self->sharer, SYS_dup3, 0, 60, 0));
	EXPECT_SAME(self->me, self->sharer->pid, KCMP_FILES, 0, 0);
	ASSERT_EQ(0, worker_syscall(self->sharer, SYS_close, 60));
	EXPECT_SAME(self->me, self->sharer->pid, KCMP_FILES, 0, 0);
	EXPECT_DIFFERENT(self->me, self->other->pid, KCMP_FILES, 0, 0);
}

TEST_F(contents, io_priority_of_a_sharer_keeps_io_shared)
{
	SKIP_IF(kcmp_skip_reason(KCMP_IO));
	ASSERT_EQ(0, alloc_io_and_undo());
	self->sharer = worker_spawn(CLONE_IO | CLONE_VM);
	ASSERT_SPAWNED(self->sharer);
	EXPECT_SAME(self->me, self->sharer->pid, KCMP_IO, 0, 0);
	ASSERT_EQ(0, worker_syscall(self->sharer, SYS_ioprio_set,
				  IOPRIO_WHO_PROCESS, 0, IOPRIO_BEST_EFFORT(6)));
	EXPECT_SAME(self->me, self->sharer->pid, KCMP_IO, 0, 0);
	ASSERT_EQ(0, syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
			     IOPRIO_BEST_EFFORT(1)));
	EXPECT_SAME(self->me, self->sharer->pid, KCMP_IO, 0, 0);
	ASSERT_EQ(0, worker_syscall(self->sharer, SYS_ioprio_set,
				  IOPRIO_WHO_PROCESS, 0, 0));
	EXPECT_SAME(self->me, self->sharer->pid, KCMP_IO, 0, 0);
}

TEST_F(contents, io_context_of_any_class_is_shared)
{
	struct worker *hot, *child[3];
	int i;

	SKIP_IF(kcmp_skip_reason(KCMP_IO));
	hot = spawn_hot(CLONE_VM);
	ASSERT_SPAWNED(hot);
	/* Classes 1 to 3.  What takes privileges leaves it as it is. */
	for (i = 0; i < 3; i++) {
		worker_syscall(hot, SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
			     (i + 1) << 13 | 4);
		child[i] = worker_spawn_by(hot, by_clone, CLONE_IO | CLONE_VM, 0);
		ASSERT_SPAWNED(child[i]);
	}
	for (i = 0; i < 3; i++)
		EXPECT_SAME(hot->pid, child[i]->pid, KCMP_IO, 0, 0);
}

/* The class decides on requests, not on sharing. */
TEST_F(contents, io_context_without_a_class_is_shared)
{
	struct worker *hot;

	SKIP_IF(kcmp_skip_reason(KCMP_IO));
	hot = spawn_hot(CLONE_VM);
	ASSERT_SPAWNED(hot);
	ASSERT_EQ(0, alloc_io_and_undo());
	ASSERT_EQ(0, syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, 0));
	self->sharer = worker_spawn(CLONE_IO);
	ASSERT_SPAWNED(self->sharer);
	EXPECT_SAME(self->me, self->sharer->pid, KCMP_IO, 0, 0);
	EXPECT_DIFFERENT(self->me, hot->pid, KCMP_IO, 0, 0);
}

/*
 * An I/O priority is a thread's, whoever sets it.  (Threads of a task that has
 * none have no context to begin with.)
 */
TEST_F(contents, io_priorities_of_threads_are_their_own)
{
	struct worker *task[5], *leader;
	int i, j;

	SKIP_IF(kcmp_skip_reason(KCMP_IO));
	ASSERT_EQ(0, syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, 0));
	leader = task[0] = worker_spawn(0);
	ASSERT_SPAWNED(leader);
	for (i = 1; i < 5; i++) {
		task[i] = worker_spawn_by(leader, by_clone, CLONE_VM |
					CLONE_SIGHAND | CLONE_THREAD, 0);
		ASSERT_SPAWNED(task[i]);
	}
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, worker_syscall(i % 2 ? leader : task[i],
					  SYS_ioprio_set, IOPRIO_WHO_PROCESS,
					  i % 2 ? task[i]->pid : 0,
					  IOPRIO_BEST_EFFORT(i)));
		if (i < 4)
			EXPECT_DIFFERENT(leader->pid, task[i + 1]->pid, KCMP_IO,
					 0, 0);
	}
	for (i = 0; i < 5; i++)
		for (j = 0; j < i; j++)
			EXPECT_DIFFERENT(task[j]->pid, task[i]->pid, KCMP_IO,
					 0, 0);
}

/*
 * CLONE_IO shares the context that there is.  A child of a task without an I/O
 * priority has none (copy_io()), and none is not shared, whatever it compares
 * as: the first to need one gets one of its own.
 */
TEST_F(contents, no_io_context_is_not_shared)
{
	struct worker *parent, *child;

	SKIP_IF(kcmp_skip_reason(KCMP_IO));
	ASSERT_EQ(0, syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, 0));
	parent = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(parent);
	child = worker_spawn_by(parent, by_clone, CLONE_VM | CLONE_IO, 0);
	ASSERT_SPAWNED(child);
	EXPECT_TRUE(kcmp_answers(sys_kcmp(parent->pid, child->pid, KCMP_IO,
					  0, 0)));
	ASSERT_EQ(0, worker_syscall(child, SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
				  IOPRIO_BEST_EFFORT(4)));
	EXPECT_DIFFERENT(parent->pid, child->pid, KCMP_IO, 0, 0);
	ASSERT_EQ(0, worker_syscall(parent, SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
				  IOPRIO_BEST_EFFORT(4)));
	EXPECT_DIFFERENT(parent->pid, child->pid, KCMP_IO, 0, 0);
}

/* ------------------------------------------------------------------ */
/* Oracles: what one task does, the other sees if and only if it shares. */

/*
 * Each changes something that is shared, or tells whether it was changed.  (A
 * table that is shared takes an RCU grace period to grow beyond 64.)
 */
static long move_offset(const long *arg)
{
	return lseek(arg[0], 77, SEEK_SET);
}

static long open_number(const long *arg)
{
	return dup2(arg[0], 50);
}

static long sees_number(const long *arg)
{
	(void)arg;
	return fcntl(50, F_GETFD) != -1;
}

static long change_directory(const long *arg)
{
	(void)arg;
	umask(0135);
	return chdir("/proc");
}

/* Returns 1 if both have changed, 2 if only one has. */
static long sees_directory(const long *arg)
{
	mode_t mask = umask(0);
	char path[64] = "";
	int changed;

	(void)arg;
	umask(mask);
	changed = (mask == 0135) +
		  (getcwd(path, sizeof(path)) && !strcmp(path, "/proc"));
	return changed == 1 ? 2 : changed / 2;
}

static int in_memory;

static long store(const long *arg)
{
	in_memory = arg[0];
	return 0;
}

static long sees_store(const long *arg)
{
	return in_memory == arg[0];
}

static long ignore_signal(const long *arg)
{
	(void)arg;
	return signal(SIGUSR2, SIG_IGN) == SIG_ERR ? -errno : 0;
}

static long sees_ignored(const long *arg)
{
	struct sigaction action;

	(void)arg;
	return sigaction(SIGUSR2, NULL, &action) ? -errno :
	       action.sa_handler == SIG_IGN;
}

static long lower_priority(const long *arg)
{
	(void)arg;
	return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
		       IOPRIO_BEST_EFFORT(7));
}

static long sees_priority(const long *arg)
{
	(void)arg;
	return syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) ==
	       IOPRIO_BEST_EFFORT(7);
}

FIXTURE(oracle)
{
	struct worker *parent;
	int fd;
};

FIXTURE_VARIANT(oracle)
{
	int type;
	unsigned long with, without;
	worker_fn *change, *sees;
};

#define ORACLE(name, kind, flags, others, act, look) \
FIXTURE_VARIANT_ADD(oracle, name) { \
	.type = kind, .with = flags, .without = CLONE_EVERYTHING & ~(others), \
	.change = act, .sees = look, \
}

ORACLE(vm, KCMP_VM, CLONE_VM, CLONE_VM | CLONE_SIGHAND, store, sees_store);
ORACLE(files, KCMP_FILES, CLONE_FILES, CLONE_FILES, open_number, sees_number);
ORACLE(fs, KCMP_FS, CLONE_FS, CLONE_FS, change_directory, sees_directory);
ORACLE(sighand, KCMP_SIGHAND, CLONE_SIGHAND | CLONE_VM, CLONE_SIGHAND,
       ignore_signal, sees_ignored);
ORACLE(io, KCMP_IO, CLONE_IO, CLONE_IO, lower_priority, sees_priority);

FIXTURE_SETUP(oracle)
{
	int ends[2];

	SKIP_IF(kcmp_skip_reason(variant->type));
	ASSERT_EQ(0, pipe(ends));
	self->fd = ends[0];
	/* Whatever the test was started with. */
	umask(022);
	ASSERT_EQ(0, chdir("/"));
	ASSERT_NE(SIG_ERR, signal(SIGUSR2, SIG_DFL));
	self->parent = spawn_hot(0);
	ASSERT_SPAWNED(self->parent);
	if (variant->type == KCMP_IO)
		SKIP_IF(blocked_skip_reason(worker_syscall(self->parent,
							   SYS_ioprio_get,
							   IOPRIO_WHO_PROCESS, 0),
					    "ioprio_get blocked by a seccomp filter"));
}

FIXTURE_TEARDOWN(oracle)
{
	workers_end();
}

/* Returns whether the parent sees what the child does, or a negative value. */
static long observes(FIXTURE_DATA(oracle) *self,
		     const FIXTURE_VARIANT(oracle) *variant, struct worker *child)
{
	if (worker_run(self->parent, variant->sees, self->fd))
		return -EEXIST;
	if (worker_run(child, variant->change, self->fd) < 0)
		return -EIO;
	if (worker_run(child, variant->sees, self->fd) != 1)
		return -ENODATA;
	return worker_run(self->parent, variant->sees, self->fd);
}

TEST_F(oracle, what_is_the_same_is_shared)
{
	struct worker *child = worker_spawn_by(self->parent, by_clone,
					   variant->with, 0);

	ASSERT_SPAWNED(child);
	EXPECT_EQ(1, observes(self, variant, child));
	EXPECT_SAME(self->parent->pid, child->pid, variant->type, 0, 0);
}

TEST_F(oracle, what_is_different_is_not_shared)
{
	struct worker *child = worker_spawn_by(self->parent, by_clone,
					   variant->without, 0);

	ASSERT_SPAWNED(child);
	EXPECT_EQ(0, observes(self, variant, child));
	EXPECT_DIFFERENT(self->parent->pid, child->pid, variant->type, 0, 0);
}

/* The same file, opened once or twice. */
TEST(oracle_file_descriptions_share_their_offset)
{
	pid_t me = getpid();
	struct worker *child;
	int fd, other;

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	fd = open("/proc/self/status", O_RDONLY);
	ASSERT_LE(0, fd);
	other = open("/proc/self/status", O_RDONLY);
	ASSERT_LE(0, other);
	child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(child);
	ASSERT_EQ(77, worker_run(child, move_offset, fd));
	EXPECT_EQ(77, lseek(fd, 0, SEEK_CUR));
	EXPECT_SAME(me, child->pid, KCMP_FILE, fd, fd);
	EXPECT_EQ(0, lseek(other, 0, SEEK_CUR));
	EXPECT_DIFFERENT(me, child->pid, KCMP_FILE, other, fd);
	workers_end();
}

/*
 * An undo list is carried out when its last sharer ends.  In an ipc namespace of
 * its own, with which the semaphore goes whatever happens to the test.
 */
FIXTURE(undo)
{
	struct worker *keeper, *parent, *child;
	long sem;
};

FIXTURE_VARIANT(undo)
{
	unsigned long flags;
	bool shared;
};

FIXTURE_VARIANT_ADD(undo, shared) { CLONE_VM | CLONE_SYSVSEM, true };
FIXTURE_VARIANT_ADD(undo, separate) {
	CLONE_EVERYTHING & ~CLONE_SYSVSEM, false
};

/* Some architectures have semop() and others only in ipc(): libc knows. */
static long make_semaphore(const long *arg)
{
	int sem = semget(IPC_PRIVATE, 1, 0600);

	(void)arg;
	return sem == -1 ? -errno : sem;
}

static long up_with_undo(const long *arg)
{
	struct sembuf up = { .sem_op = 1, .sem_flg = SEM_UNDO };

	return semop(arg[0], &up, 1) ? -errno : 0;
}

/* Once in vain for the list, and once so that it can be told. */
static long up_twice(const long *arg)
{
	struct sembuf up[2] = {
		{ .sem_op = 1 }, { .sem_op = 1, .sem_flg = SEM_UNDO },
	};

	return semop(arg[0], up, 2) ? -errno : 0;
}

static long semaphore_value(const long *arg)
{
	int value = semctl(arg[0], 0, GETVAL);

	return value == -1 ? -errno : value;
}

static long wait_for(const long *arg)
{
	pid_t pid = waitpid(arg[0], NULL, __WALL);

	return pid == -1 ? -errno : pid;
}

FIXTURE_SETUP(undo)
{
	long err;

	SKIP_IF(kcmp_skip_reason(KCMP_SYSVSEM));
	self->keeper = worker_spawn(0);
	ASSERT_SPAWNED(self->keeper);
	err = worker_syscall(self->keeper, SYS_unshare, CLONE_NEWIPC);
	if (err == -EPERM)
		err = worker_syscall(self->keeper, SYS_unshare,
				     CLONE_NEWUSER | CLONE_NEWIPC);
	if (err)
		SKIP_IF(namespace_skip_reason(BY_UNSHARE, CLONE_NEWIPC, err));
	ASSERT_EQ(0, err);
	self->sem = worker_run(self->keeper, make_semaphore);
	SKIP_IF(blocked_skip_reason(self->sem,
				    "semget blocked by a seccomp filter"));
	ASSERT_LE(0, self->sem);
	err = worker_run(self->keeper, semaphore_value, self->sem);
	SKIP_IF(blocked_skip_reason(err, "semctl blocked by a seccomp filter"));
	self->parent = worker_spawn_by(self->keeper, by_clone, 0, 0);
	ASSERT_SPAWNED(self->parent);
	err = worker_run(self->parent, up_with_undo, self->sem);
	SKIP_IF(blocked_skip_reason(err, "semop blocked by a seccomp filter"));
	ASSERT_EQ(0, err);
	self->child = worker_spawn_by(self->parent, by_clone, variant->flags, 0);
	ASSERT_SPAWNED(self->child);
	ASSERT_EQ(0, worker_run(self->child, up_with_undo, self->sem));
}

FIXTURE_TEARDOWN(undo)
{
	workers_end();
}

/* Returns what the semaphore has once a child of the spawner has ended. */
static long value_after(FIXTURE_DATA(undo) *self, struct worker *spawner,
			struct worker *child)
{
	worker_post(child, NULL, WORKER_ARGS(SYS_exit_group, 0));
	if (worker_run(spawner, wait_for, child->pid) != child->pid)
		return WORKER_STUCK;
	return worker_run(self->keeper, semaphore_value, self->sem);
}

/* Nor does a clone() that fails count as one who shares. */
TEST_F(undo, comes_in_spite_of_a_failed_clone)
{
	ASSERT_EQ(-EFAULT, worker_run(self->parent, clone_in_vain,
				    CLONE_VM | CLONE_SYSVSEM));
	EXPECT_LT(0, value_after(self, self->parent, self->child));
	EXPECT_EQ(0, value_after(self, self->keeper, self->parent));
}

/* Without CLONE_SYSVSEM, threads undo what they did themselves. */
TEST_F(undo, lists_of_threads_are_their_own)
{
	struct worker *thread[2];
	int i;

	for (i = 0; i < 2; i++) {
		thread[i] = worker_spawn_by(self->parent, by_clone, CLONE_VM |
					  CLONE_SIGHAND | CLONE_THREAD, 0);
		ASSERT_SPAWNED(thread[i]);
		ASSERT_EQ(0, worker_run(thread[i], up_twice, self->sem));
	}
	for (i = 0; i < 2; i++)
		EXPECT_DIFFERENT(self->parent->pid, thread[i]->pid, KCMP_SYSVSEM,
				 0, 0);
	EXPECT_DIFFERENT(thread[0]->pid, thread[1]->pid, KCMP_SYSVSEM, 0, 0);
}

TEST_F(undo, comes_when_kcmp_says_it_must)
{
	long order = sys_kcmp(self->parent->pid, self->child->pid, KCMP_SYSVSEM,
			      0, 0);

	EXPECT_EQ(!variant->shared, kcmp_unordered(order));
	EXPECT_EQ(2, worker_run(self->keeper, semaphore_value, self->sem));
	EXPECT_EQ(variant->shared ? 2 : 1,
		  value_after(self, self->parent, self->child));
	EXPECT_EQ(0, value_after(self, self->keeper, self->parent));
}

TEST_HARNESS_MAIN
