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
#define NOTHING		0L

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

/*
 * Returns what two tasks share, as clone flags, -errno, or -EBADMSG when the
 * answer depends on the order of the arguments.
 */
static long shared(pid_t pid1, pid_t pid2)
{
	unsigned long flags = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(object); i++) {
		long there = sys_kcmp(pid1, pid2, object[i].type, 0, 0);
		long back = sys_kcmp(pid2, pid1, object[i].type, 0, 0);

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
static const char *names(long flags)
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

#define EXPECT_SHARED(flags, pid1, pid2) do { \
	long __shared = shared(pid1, pid2); \
	EXPECT_EQ((long)((flags) & askable()), __shared) { \
		TH_LOG("shared: %s", names(__shared)); \
		TH_LOG("wanted: %s", names((flags) & askable())); \
	} \
} while (0)

/* A worker that has everything that can be shared. */
static struct worker *spawn_hot(unsigned long flags)
{
	struct worker *t = worker_spawn(flags);

	if (t->pid > 0 &&
	    worker_run(t, worker_alloc_io_and_undo, (long)(t->scratch + WORKER_SCRATCH)))
		t->pid = WORKER_STUCK;
	return t;
}

/* ------------------------------------------------------------------ */
/* One type at a time, over all legal combinations of sharing flags.   */

FIXTURE(lattice)
{
	struct worker *third;
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

/* "since Linux 2.6.0, flags must also include CLONE_VM if CLONE_SIGHAND is" */
static bool is_legal(unsigned long flags)
{
	return (!(flags & CLONE_THREAD) || flags & CLONE_SIGHAND) &&
	       (!(flags & CLONE_SIGHAND) || flags & CLONE_VM);
}

FIXTURE_SETUP(lattice)
{
	SKIP_IF(kcmp_skip_reason(variant->type));
	ASSERT_EQ(0, alloc_io_and_undo());
	self->third = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->third);
}

FIXTURE_TEARDOWN(lattice)
{
	workers_end();
}

/* Returns the nth of the 64 legal combinations. */
static unsigned long nth_combination(int n)
{
	static const unsigned long chain[] = {
		0, CLONE_VM, CLONE_VM | CLONE_SIGHAND, CLONE_A_THREAD
	};

	return chain[n & 3] | (n & 4 ? CLONE_FS : 0) |
	       (n & 8 ? CLONE_FILES : 0) | (n & 16 ? CLONE_SYSVSEM : 0) |
	       (n & 32 ? CLONE_IO : 0);
}

/* Whatever else is shared, or not: with its flag in the middle of each. */
TEST_F(lattice, is_shared_with_its_flag_and_never_without)
{
	static const int among[] = { 0, 1, 2, 3, 15 * 4, 15 * 4 + 1, 15 * 4 + 2,
				     15 * 4 + 3 };
	pid_t me = getpid();
	int type = variant->type;
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(among); i++) {
		unsigned long flags = nth_combination(among[i / 2]);
		bool with = i & 1;
		struct worker *child;

		flags = with ? flags | variant->flag : flags & ~variant->flag;
		if (!is_legal(flags))
			continue;
		child = worker_spawn(flags);
		ASSERT_SPAWNED(child);
		EXPECT_EQ(!with, kcmp_unordered(sys_kcmp(me, child->pid, type,
							 0, 0)))
			TH_LOG("clone flags %#lx", flags);
		EXPECT_EQ(!with, kcmp_unordered(sys_kcmp(child->pid, me, type,
							 0, 0)))
			TH_LOG("clone flags %#lx", flags);
		EXPECT_EQ(!with, kcmp_unordered(worker_kcmp(self->third, me,
							  child->pid, type)))
			TH_LOG("clone flags %#lx, asked by another", flags);
	}
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

/* All 64, and all types at once. */
TEST(lattice_shares_exactly_what_the_flags_say)
{
	int n;

	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	ASSERT_EQ(0, alloc_io_and_undo());
	for (n = 0; n < 64; n++) {
		unsigned long flags = nth_combination(n);
		struct worker *child = worker_spawn(flags);

		ASSERT_SPAWNED(child);
		EXPECT_SHARED(flags & CLONE_EVERYTHING, getpid(), child->pid);
	}
	workers_end();
}

/* ------------------------------------------------------------------ */
/* The other flags, with nothing shared and with everything.           */

static long no_cgroup(void)
{
	return -1;
}

/* Returns a descriptor of the test's own cgroup, which changes nothing. */
static long open_own_cgroup(void)
{
	char line[512], mount[256] = "", own[256] = "";
	FILE *mounts = fopen("/proc/self/mounts", "re");
	FILE *cgroup = fopen("/proc/self/cgroup", "re");
	char path[520];

	while (mounts && !*mount && fgets(line, sizeof(line), mounts))
		sscanf(line, "%*s %255s cgroup2", mount);
	while (mounts && !strstr(line, " cgroup2 ") &&
	       fgets(line, sizeof(line), mounts))
		if (strstr(line, " cgroup2 "))
			sscanf(line, "%*s %255s", mount);
	while (cgroup && !*own && fgets(line, sizeof(line), cgroup))
		sscanf(line, "0::%255s", own);
	if (mounts)
		fclose(mounts);
	if (cgroup)
		fclose(cgroup);
	snprintf(path, sizeof(path), "%s%s", mount, own);
	return open(path, O_RDONLY | O_DIRECTORY);
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
	long (*cgroup)(void);
	const char *missing;
};

#define CLONE_FLAG(name, bits) \
FIXTURE_VARIANT_ADD(flag, name) { \
	.flags = bits, .how = by_clone, .cgroup = no_cgroup, \
}

#define CLONE_FLAG_EXCLUDING(name, bits, never, reason) \
FIXTURE_VARIANT_ADD(flag, name) { \
	.flags = bits, .how = by_clone, .excludes = never, \
	.cgroup = no_cgroup, .missing = "missing " reason, \
}

#define CLONE3_FLAG(name, bits, signal, never, reason) \
FIXTURE_VARIANT_ADD(flag, name) { \
	.flags = bits, .how = by_clone3, .exit_signal = signal, \
	.excludes = never, .cgroup = no_cgroup, .missing = "missing " reason, \
}

CLONE_FLAG(pidfd, CLONE_PIDFD);
CLONE_FLAG(ptrace, CLONE_PTRACE);
CLONE_FLAG(untraced, CLONE_UNTRACED);
CLONE_FLAG(vfork, CLONE_VFORK);
CLONE_FLAG(parent, CLONE_PARENT);
CLONE_FLAG(parent_settid, CLONE_PARENT_SETTID);
CLONE_FLAG(child_settid, CLONE_CHILD_SETTID);
CLONE_FLAG(child_cleartid, CLONE_CHILD_CLEARTID);
CLONE_FLAG(detached, CLONE_DETACHED);
CLONE_FLAG(settls, CLONE_SETTLS);
CLONE_FLAG_EXCLUDING(newns, CLONE_NEWNS, CLONE_FS, "namespaces (CONFIG_USER_NS)");
CLONE_FLAG_EXCLUDING(newcgroup, CLONE_NEWCGROUP, 0,
		     "cgroup namespaces (CONFIG_CGROUPS)");
CLONE_FLAG_EXCLUDING(newuts, CLONE_NEWUTS, 0, "uts namespaces (CONFIG_UTS_NS)");
CLONE_FLAG_EXCLUDING(newipc, CLONE_NEWIPC, CLONE_SYSVSEM,
		     "ipc namespaces (CONFIG_IPC_NS)");
CLONE_FLAG_EXCLUDING(newuser, CLONE_NEWUSER, CLONE_FS,
		     "user namespaces (CONFIG_USER_NS)");
CLONE_FLAG_EXCLUDING(newpid, CLONE_NEWPID, 0, "pid namespaces (CONFIG_PID_NS)");
CLONE_FLAG_EXCLUDING(newnet, CLONE_NEWNET, 0, "net namespaces (CONFIG_NET_NS)");
CLONE3_FLAG(newtime, CLONE_NEWTIME, SIGCHLD, 0,
	    "time namespaces (CONFIG_TIME_NS)");
FIXTURE_VARIANT_ADD(flag, none_by_clone3) {
	.how = by_clone3, .exit_signal = SIGCHLD, .cgroup = no_cgroup,
};
FIXTURE_VARIANT_ADD(flag, clear_sighand) {
	.flags = CLONE_CLEAR_SIGHAND, .how = by_clone3, .exit_signal = SIGCHLD,
	.excludes = CLONE_SIGHAND, .cgroup = no_cgroup,
};
FIXTURE_VARIANT_ADD(flag, exit_signal) {
	.how = by_clone3, .exit_signal = SIGURG, .cgroup = no_cgroup,
};
CLONE3_FLAG(autoreap, CLONE_AUTOREAP, 0, 0, "CLONE_AUTOREAP (Linux 7.2)");
CLONE3_FLAG(nnp, CLONE_NNP, SIGCHLD, 0, "CLONE_NNP (Linux 7.2)");
CLONE3_FLAG(pidfd_autokill,
	    CLONE_PIDFD_AUTOKILL | CLONE_PIDFD | CLONE_AUTOREAP | CLONE_NNP,
	    0, 0, "CLONE_PIDFD_AUTOKILL (Linux 7.2)");
CLONE3_FLAG(empty_mntns, CLONE_EMPTY_MNTNS, SIGCHLD, CLONE_FS,
	    "CLONE_EMPTY_MNTNS (Linux 7.2)");
FIXTURE_VARIANT_ADD(flag, into_cgroup) {
	.flags = CLONE_INTO_CGROUP, .how = by_clone3, .exit_signal = SIGCHLD,
	.cgroup = open_own_cgroup, .missing = "missing cgroup2 (CONFIG_CGROUPS)",
};

/* The parent is a worker, since it may have to sleep in a vfork(). */
FIXTURE_SETUP(flag)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	ASSERT_EQ(0, alloc_io_and_undo());
	self->cgroup = variant->cgroup();
	self->parent = spawn_hot(CLONE_VM);
	ASSERT_SPAWNED(self->parent);
}

FIXTURE_TEARDOWN(flag)
{
	workers_end();
}

/*
 * Spawns the child with the flag and what it may share.  Returns that, or
 * nothing and an ->pid of -errno.
 */
static unsigned long spawn_with_flag(FIXTURE_DATA(flag) *self,
				     const FIXTURE_VARIANT(flag) *variant,
				     unsigned long share)
{
	unsigned long long flags = variant->flags;

	/* On one stack, parent and child have to take turns. */
	if (variant->how == by_clone3 && share & CLONE_VM)
		flags |= CLONE_VFORK;
	self->child = worker_spawn_by(self->parent, variant->how, flags | share,
				    variant->exit_signal, self->cgroup);
	if (self->child->pid != -EPERM || flags & CLONE_NEWUSER)
		return share;
	share &= ~CLONE_FS;
	self->child = worker_spawn_by(self->parent, variant->how,
				    flags | share | CLONE_NEWUSER,
				    variant->exit_signal, self->cgroup);
	return share;
}

/* Why the child could not be made, unless that is for a test to judge. */
static const char *missing_flag(const FIXTURE_VARIANT(flag) *variant, pid_t pid)
{
	if (pid == -ENOSYS && variant->how == by_clone3)
		return "missing clone3 (seccomp filter)";
	return pid < 0 ? variant->missing : NULL;
}

TEST_F(flag, shares_nothing_by_itself)
{
	spawn_with_flag(self, variant, 0);
	SKIP_IF(missing_flag(variant, self->child->pid));
	ASSERT_SPAWNED(self->child);
	EXPECT_SHARED(NOTHING, self->parent->pid, self->child->pid);
	EXPECT_SHARED(NOTHING, getpid(), self->child->pid);
}

TEST_F(flag, takes_no_sharing_away)
{
	unsigned long share = CLONE_EVERYTHING & ~variant->excludes;
	struct worker *child;

	share = spawn_with_flag(self, variant, share);
	child = self->child;
	/* What can be had alone is not missing. */
	if (child->pid < 0) {
		spawn_with_flag(self, variant, 0);
		SKIP_IF(missing_flag(variant, self->child->pid));
		self->child = child;
	}
	ASSERT_SPAWNED(self->child);
	EXPECT_SHARED(share, self->parent->pid, self->child->pid);
	EXPECT_SHARED(share & CLONE_VM, getpid(), self->child->pid);
}

/* ------------------------------------------------------------------ */
/* Combinations that clone(2) forbids, and what comes of the attempt.  */

FIXTURE(forbidden)
{
	struct worker *parent, *child;
};

FIXTURE_VARIANT(forbidden)
{
	unsigned long flags;
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

FIXTURE_SETUP(forbidden)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	ASSERT_EQ(0, alloc_io_and_undo());
	self->parent = spawn_hot(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->parent);
}

FIXTURE_TEARDOWN(forbidden)
{
	workers_end();
}

TEST_F(forbidden, is_einval_and_changes_nothing)
{
	unsigned long flags = variant->flags;
	struct worker *child = worker_spawn_by(self->parent, variant->clone3 ?
					   by_clone3 : by_clone, flags, 0);

	SKIP_IF(variant->clone3 && child->pid == -ENOSYS ?
			"missing clone3 (seccomp filter)" : NULL);
	/* As root of a new user namespace, who may make others. */
	if (variant->privileged && child->pid == -EPERM)
		child = worker_spawn_by(self->parent, by_clone,
				      flags | CLONE_NEWUSER, 0);
	if (variant->privileged)
		SKIP_IF(child->pid == -EPERM || child->pid == -ENOSPC ?
				"missing ipc namespaces (CAP_SYS_ADMIN)" : NULL);
	SKIP_IF(child->pid == -EPERM && has_seccomp_filter() ?
			"missing namespaces (seccomp filter)" : NULL);
	EXPECT_EQ(-EINVAL, child->pid);
	EXPECT_SHARED(CLONE_EVERYTHING, getpid(), self->parent->pid);
}

/* ------------------------------------------------------------------ */
/* With ids that were chosen for it: "set_tid" of clone(2).            */

FIXTURE(chosen)
{
	struct worker *init;
	pid_t *id;
};

FIXTURE_SETUP(chosen)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	self->init = spawn_hot(CLONE_NEWPID);
	if (self->init->pid < 0)
		self->init = spawn_hot(CLONE_NEWUSER | CLONE_NEWPID);
	SKIP_IF(self->init->pid < 0 ?
			"missing pid namespaces (CONFIG_PID_NS)" : NULL);
	self->id = (pid_t *)self->init->scratch;
	self->id[0] = 77;
}

FIXTURE_TEARDOWN(chosen)
{
	workers_end();
}

/* On the spawner's own stack.  arg: mailbox, flags, ids, how many. */
static long by_clone3_with_ids(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	struct clone_args args = {
		.flags = arg[1], .exit_signal = SIGCHLD,
		.set_tid = arg[2], .set_tid_size = arg[3],
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		worker_main(t);
	return pid == -1 ? -errno : pid;
}

/* Returns a child of the namespace's first task, which sleeps in a vfork(). */
static struct worker *spawn_chosen(FIXTURE_DATA(chosen) *self, int ids)
{
	return worker_spawn_by(self->init, by_clone3_with_ids, CLONE_EVERYTHING |
			     CLONE_VFORK, (long)self->id, ids);
}

/* Why there is no such child, or NULL. */
static const char *missing_chosen(pid_t pid)
{
	return pid == -ENOSYS ? "missing clone3 (seccomp filter)" :
	       pid == -EPERM ? "missing chosen ids (CAP_CHECKPOINT_RESTORE)" :
	       NULL;
}

TEST_F(chosen, id_is_that_of_a_task_that_shares_as_told)
{
	struct worker *child = spawn_chosen(self, 1);
	int type;

	SKIP_IF(missing_chosen(child->pid));
	ASSERT_EQ(77, child->pid);
	for (type = KCMP_VM; type <= KCMP_SYSVSEM; type++)
		if (!kcmp_skip_reason(type))
			EXPECT_EQ(0, worker_kcmp(child, 1, 77, type));
	EXPECT_EQ(-ESRCH, worker_kcmp(child, 1, 78, KCMP_VM));
}

TEST_F(chosen, ids_are_those_of_the_inner_and_of_the_outer_namespace)
{
	struct worker *child;
	int tries = 0;

	/* A number that is free may be taken before we take it. */
	self->id[1] = 20000;
	do {
		while (!kill(++self->id[1], 0) || errno != ESRCH)
			;
		child = spawn_chosen(self, 2);
	} while (child->pid == -EEXIST && ++tries < 20);
	SKIP_IF(missing_chosen(child->pid));
	ASSERT_EQ(77, child->pid);
	EXPECT_EQ(0, worker_kcmp(child, 1, 77, KCMP_VM));
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

TEST_F(spawn, by_a_vfork_child_shares_what_it_is_told)
{
	struct worker *child = worker_spawn_by(self->parent, by_vfork, 0, 0), *next;

	ASSERT_SPAWNED(child);
	next = worker_spawn_by(child, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(next);
	EXPECT_SHARED(CLONE_EVERYTHING, child->pid, next->pid);
	next = worker_spawn_by(child, by_clone, CLONE_VM, 0);
	ASSERT_SPAWNED(next);
	EXPECT_SHARED(CLONE_VM, child->pid, next->pid);
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
	EXPECT_SHARED(CLONE_VM | CLONE_SIGHAND, self->parent->pid, thread->pid);
	child = worker_spawn_by(thread, by_clone, CLONE_EVERYTHING & ~CLONE_IO &
			      ~CLONE_SYSVSEM, 0);
	ASSERT_SPAWNED(child);
	EXPECT_SAME(thread->pid, child->pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(thread->pid, child->pid, KCMP_FS, 0, 0);
	EXPECT_DIFFERENT(thread->pid, self->third->pid, KCMP_SIGHAND, 0, 0);
	EXPECT_DIFFERENT(thread->pid, getpid(), KCMP_VM, 0, 0);
	EXPECT_SHARED(CLONE_VM | CLONE_SIGHAND, self->parent->pid, child->pid);
}

/* Until the child has called execve() the parent sleeps. */
TEST_F(spawn, vfork_shares_the_address_space)
{
	struct worker *child = worker_spawn_by(self->parent, by_vfork, 0, 0);

	ASSERT_SPAWNED(child);
	EXPECT_SHARED(CLONE_VM, self->parent->pid, child->pid);
	EXPECT_EQ(0, worker_kcmp(self->third, self->parent->pid, child->pid,
			       KCMP_VM));
	EXPECT_EQ(0, worker_kcmp(child, self->parent->pid, child->pid, KCMP_VM));
	SKIP_IF(execve_skip_reason());
	ASSERT_EQ(0, worker_execve(child, "/proc/self/exe"));
	EXPECT_SHARED(NOTHING, self->parent->pid, child->pid);
	EXPECT_LT(0, worker_result(self->parent));
}

TEST_F(spawn, posix_spawn_shares_nothing)
{
	struct worker *child;

	SKIP_IF(execve_skip_reason());
	child = worker_spawn_by(self->parent, by_posix_spawn, 0, 0);
	ASSERT_SPAWNED(child);
	EXPECT_SHARED(NOTHING, self->parent->pid, child->pid);
}

/* All that POSIX wants of threads; an I/O priority is each thread's own. */
TEST_F(spawn, pthread_create_shares_all_but_the_io_context)
{
	struct worker *thread = worker_spawn_by(self->parent, by_pthread_create,
					    0, 0);

	ASSERT_SPAWNED(thread);
	EXPECT_SHARED(CLONE_EVERYTHING & ~CLONE_IO, self->parent->pid,
		      thread->pid);
}

/* Grandchildren share through a parent that does. */
TEST_F(spawn, sharing_goes_from_child_to_grandchild)
{
	struct worker *child = worker_spawn_by(self->parent, by_clone,
					   CLONE_EVERYTHING, 0);
	struct worker *grandchild;

	ASSERT_SPAWNED(child);
	grandchild = worker_spawn_by(child, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(grandchild);
	EXPECT_SHARED(CLONE_EVERYTHING, self->parent->pid, grandchild->pid);
	grandchild = worker_spawn_by(child, by_clone, CLONE_FILES | CLONE_IO, 0);
	ASSERT_SPAWNED(grandchild);
	EXPECT_SHARED(CLONE_FILES | CLONE_IO, self->parent->pid,
		      grandchild->pid);
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
	ASSERT_EQ((long)askable(), shared(self->sharer->pid, self->child->pid));
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
	struct worker *alone = spawn_hot(0), *child;
	int fd = memfd_create("garbage", 0);
	char *path = self->child->scratch;

	SKIP_IF(fd == -1 || fchmod(fd, 0700) ?
			"missing executable memfds (vm.memfd_noexec)" : NULL);
	ASSERT_EQ(7, write(fd, "garbage", 7));
	ASSERT_SPAWNED(alone);
	snprintf(path, WORKER_SCRATCH, "/proc/%d/fd/%d", getpid(), fd);
	ASSERT_EQ(-ENOEXEC, worker_execve(self->child, path));
	ASSERT_EQ(-ENOEXEC, worker_execve(alone, path));
	EXPECT_SHARED(CLONE_EVERYTHING, self->sharer->pid, self->child->pid);
	child = worker_spawn_by(alone, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(child);
	EXPECT_SHARED(CLONE_EVERYTHING, alone->pid, child->pid);
}

/* The descriptors to be closed are those of the table that is its own then. */
TEST_F(exec, closes_nothing_for_the_others)
{
	pid_t sharer = self->sharer->pid, child = self->child->pid;
	long fd;

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	fd = worker_syscall(self->child, SYS_dup3, 0, 99, O_CLOEXEC);
	ASSERT_EQ(99, fd);
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
	bool in_userns;
};

FIXTURE_VARIANT(unshare)
{
	unsigned long flag, ends;
	bool privileged;
	const char *missing;
};

#define UNSHARE_ENDS(name, bits, what) \
FIXTURE_VARIANT_ADD(unshare, name) { .flag = bits, .ends = what }

#define UNSHARE_NAMESPACE(name, bits, what, reason) \
FIXTURE_VARIANT_ADD(unshare, name) { \
	.flag = bits, .ends = what, .privileged = true, \
	.missing = "missing " reason, \
}

UNSHARE_ENDS(nothing, 0, 0);
UNSHARE_ENDS(files, CLONE_FILES, CLONE_FILES);
UNSHARE_ENDS(fs, CLONE_FS, CLONE_FS);
UNSHARE_ENDS(sysvsem, CLONE_SYSVSEM, CLONE_SYSVSEM);
UNSHARE_ENDS(thread, CLONE_THREAD, 0);
UNSHARE_ENDS(files_fs_and_sysvsem, CLONE_FILES | CLONE_FS | CLONE_SYSVSEM,
	     CLONE_FILES | CLONE_FS | CLONE_SYSVSEM);
UNSHARE_NAMESPACE(newns, CLONE_NEWNS, CLONE_FS, "namespaces (CAP_SYS_ADMIN)");
UNSHARE_NAMESPACE(newuser, CLONE_NEWUSER, CLONE_FS,
		  "user namespaces (CONFIG_USER_NS)");
UNSHARE_NAMESPACE(newuser_and_files, CLONE_NEWUSER | CLONE_FILES,
		  CLONE_FS | CLONE_FILES, "user namespaces (CONFIG_USER_NS)");
UNSHARE_NAMESPACE(newns_files_and_sysvsem,
		  CLONE_NEWNS | CLONE_FILES | CLONE_SYSVSEM,
		  CLONE_FS | CLONE_FILES | CLONE_SYSVSEM,
		  "namespaces (CAP_SYS_ADMIN)");
UNSHARE_NAMESPACE(newipc, CLONE_NEWIPC, CLONE_SYSVSEM,
		  "ipc namespaces (CONFIG_IPC_NS)");
UNSHARE_NAMESPACE(newuts, CLONE_NEWUTS, 0, "uts namespaces (CONFIG_UTS_NS)");
UNSHARE_NAMESPACE(newnet, CLONE_NEWNET, 0, "net namespaces (CONFIG_NET_NS)");
UNSHARE_NAMESPACE(newpid, CLONE_NEWPID, 0, "pid namespaces (CONFIG_PID_NS)");
UNSHARE_NAMESPACE(newcgroup, CLONE_NEWCGROUP, 0,
		  "cgroup namespaces (CONFIG_CGROUPS)");
UNSHARE_NAMESPACE(newtime, CLONE_NEWTIME, 0, "time namespaces (CONFIG_TIME_NS)");
UNSHARE_NAMESPACE(empty_mntns, UNSHARE_EMPTY_MNTNS, CLONE_FS,
		  "UNSHARE_EMPTY_MNTNS (Linux 7.2)");

FIXTURE_SETUP(unshare)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: unshare_skip_reason());
	ASSERT_EQ(0, alloc_io_and_undo());
	self->child = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->child);
	self->third = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->third);
	ASSERT_EQ((long)askable(), shared(getpid(), self->child->pid));
}

FIXTURE_TEARDOWN(unshare)
{
	workers_end();
}

/*
 * Returns 0 or -errno.  What takes privileges is done in a new user namespace if
 * need be, which ends the sharing of CLONE_FS.
 */
static long unshare_flag(struct worker *t, const FIXTURE_VARIANT(unshare) *variant,
			 unsigned long *ends)
{
	long err = worker_syscall(t, SYS_unshare, variant->flag);

	if (variant->privileged && err == -EPERM) {
		err = worker_syscall(t, SYS_unshare, variant->flag | CLONE_NEWUSER);
		*ends |= CLONE_FS;
	}
	return err;
}

TEST_F(unshare, ends_sharing_of_what_it_says_alone)
{
	unsigned long ends = variant->ends, any = 0;
	long err = unshare_flag(self->child, variant, &ends);

	/* What a task can have that shares nothing is not missing. */
	if (err && variant->missing && unshare_flag(worker_spawn(0), variant, &any))
		SKIP(SKIP_STATEMENT, "%s", variant->missing);
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
	int fd = open("/dev/null", O_RDONLY);

	SKIP_IF(kcmp_skip_reason(KCMP_FILES) ?: kcmp_skip_reason(KCMP_FILE));
	SKIP_IF(unshare_skip_reason());
	child = worker_spawn(CLONE_FILES | CLONE_VM);
	ASSERT_SPAWNED(child);
	ASSERT_EQ(0, worker_syscall(child, SYS_unshare, CLONE_FILES));
	EXPECT_DIFFERENT(me, child->pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, child->pid, KCMP_FILE, fd, fd);
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
	long ns;

	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: unshare_skip_reason());
	ASSERT_EQ(0, alloc_io_and_undo());
	child = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(child);
	ns = open_in(child, "/proc/self/ns/ipc");
	SKIP_IF(ns == -ENOENT ? "missing ipc namespaces (CONFIG_IPC_NS)" :
			NULL);
	ASSERT_EQ(0, worker_run(child, worker_set_caps, 0));
	EXPECT_EQ(-EPERM, worker_syscall(child, SYS_unshare, CLONE_NEWIPC |
				       CLONE_FILES | CLONE_FS | CLONE_SYSVSEM));
	EXPECT_EQ(-EPERM, worker_syscall(child, SYS_setns, ns, CLONE_NEWIPC));
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
	ASSERT_EQ((long)askable(), shared(self->task->pid, sharer->pid));
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

/* What is mapped to be written cannot be sealed (fcntl(2)) until that is gone. */
TEST_F(alone, has_its_address_space_for_itself)
{
	long long end;

	SKIP_IF(self->memfd == -1 ?
			"missing memfd_create (CONFIG_MEMFD_CREATE)" : NULL);
	ASSERT_EQ(0, ftruncate(self->memfd, 4096));
	ASSERT_LE(0, worker_syscall(self->task, SYS_mmap, 0, 4096,
				  PROT_READ | PROT_WRITE, MAP_SHARED,
				  self->memfd));
	EXPECT_EQ(-1, fcntl(self->memfd, F_ADD_SEALS, F_SEAL_WRITE));
	ASSERT_LE(0, worker_end(self->task));
	end = clock_ms() + WORKER_TIMEOUT;
	while (fcntl(self->memfd, F_ADD_SEALS, F_SEAL_WRITE) &&
	       clock_ms() < end)
		poll(NULL, 0, 1);
	/* Not all: vm.memfd_noexec adds one. */
	EXPECT_EQ(F_SEAL_WRITE, fcntl(self->memfd, F_GET_SEALS) & F_SEAL_WRITE);
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
	long ns;

	SKIP_IF(inside->pid < 0 ?
			"missing user namespaces (CONFIG_USER_NS)" : NULL);
	ns = worker_open_userns(self->task, inside->pid);
	ns = worker_syscall(self->task, SYS_setns, ns, CLONE_NEWUSER);
	SKIP_IF(ns == -EPERM ? "missing setns (seccomp filter)" : NULL);
	EXPECT_EQ(0, ns);
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

FIXTURE_SETUP(close_range)
{
	SKIP_IF(kcmp_skip_reason(KCMP_FILES) ?: kcmp_skip_reason(KCMP_FILE));
	self->fd = open("/dev/null", O_RDONLY);
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
	long err = close_last(self, 0);

	SKIP_IF(err == -ENOSYS ? "missing close_range (Linux 5.9)" : NULL);
	ASSERT_EQ(0, err);
	EXPECT_SAME(me, pid, KCMP_FILES, 0, 0);
	EXPECT_EQ(-EBADF, sys_kcmp(me, me, KCMP_FILE, self->last, self->last));
}

TEST_F(close_range, with_cloexec_keeps_it_too)
{
	pid_t me = getpid(), pid = self->child->pid;
	long err = close_last(self, CLOSE_RANGE_CLOEXEC);

	SKIP_IF(err == -ENOSYS || err == -EINVAL ?
			"missing CLOSE_RANGE_CLOEXEC (Linux 5.11)" : NULL);
	ASSERT_EQ(0, err);
	EXPECT_SAME(me, pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, pid, KCMP_FILE, self->fd, self->last);
}

TEST_F(close_range, with_cloexec_is_for_each_of_the_range)
{
	pid_t me = getpid(), pid = self->child->pid;
	long err;
	int fd;

	SKIP_IF(execve_skip_reason());
	for (fd = 60; fd < 70; fd++)
		ASSERT_EQ(fd, dup2(self->fd, fd));
	err = worker_syscall(self->child, SYS_close_range, 62, 67,
			   CLOSE_RANGE_CLOEXEC);
	SKIP_IF(err == -ENOSYS || err == -EINVAL ?
			"missing CLOSE_RANGE_CLOEXEC (Linux 5.11)" : NULL);
	ASSERT_EQ(0, err);
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
	long err;

	self->last = 400;
	err = close_last(self, CLOSE_RANGE_UNSHARE);
	SKIP_IF(err == -ENOSYS ? "missing close_range (Linux 5.9)" : NULL);
	ASSERT_EQ(0, err);
	EXPECT_DIFFERENT(me, pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, pid, KCMP_FILE, self->fd, 300);
}

/* What is not closed is still there, below and above. */
TEST_F(close_range, with_unshare_keeps_what_is_above)
{
	pid_t me = getpid(), pid = self->child->pid;
	long err = worker_syscall(self->child, SYS_close_range, 60, 70,
				CLOSE_RANGE_UNSHARE);

	SKIP_IF(err == -ENOSYS ? "missing close_range (Linux 5.9)" : NULL);
	ASSERT_EQ(0, err);
	EXPECT_DIFFERENT(me, pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, pid, KCMP_FILE, self->last, self->last);
	EXPECT_SAME(pid, pid, KCMP_FILE, self->fd, self->last);
}

/* At the edges of the words that a table counts its numbers by. */
TEST_F(close_range, with_unshare_keeps_what_is_below)
{
	static const int from[] = { 63, 64, 65, 66, 128, 129, 130 };
	pid_t me = getpid();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		struct worker *t = worker_spawn(CLONE_FILES);
		int below = from[i] - 1;
		long err;

		ASSERT_SPAWNED(t);
		ASSERT_EQ(below, dup2(self->fd, below));
		err = worker_syscall(t, SYS_close_range, from[i], UINT_MAX,
				   CLOSE_RANGE_UNSHARE);
		SKIP_IF(err == -ENOSYS ?
				"missing close_range (Linux 5.9)" : NULL);
		ASSERT_EQ(0, err);
		EXPECT_SAME(me, t->pid, KCMP_FILE, self->fd, below);
		EXPECT_EQ(-EBADF, sys_kcmp(me, t->pid, KCMP_FILE, self->fd,
					   self->last));
		close(below);
	}
}

/* The limit is for numbers to come. */
TEST_F(close_range, closes_what_is_above_the_limit)
{
	struct rlimit64 *limit = (struct rlimit64 *)self->child->scratch;
	pid_t me = getpid();
	long err;

	*limit = (struct rlimit64){ 200, 200 };
	ASSERT_EQ(0, worker_syscall(self->child, SYS_prlimit64, 0, RLIMIT_NOFILE,
				  (long)limit, 0));
	EXPECT_SAME(me, me, KCMP_FILE, self->fd, self->last);
	err = close_last(self, 0);
	SKIP_IF(err == -ENOSYS ? "missing close_range (Linux 5.9)" : NULL);
	ASSERT_EQ(0, err);
	EXPECT_EQ(-EBADF, sys_kcmp(me, me, KCMP_FILE, self->fd, self->last));
}

TEST_F(close_range, with_unshare_leaves_the_shared_table)
{
	pid_t me = getpid(), pid = self->child->pid;
	long err = close_last(self, CLOSE_RANGE_UNSHARE);

	SKIP_IF(err == -ENOSYS ? "missing close_range (Linux 5.9)" : NULL);
	ASSERT_EQ(0, err);
	EXPECT_DIFFERENT(me, pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, pid, KCMP_FILE, self->fd, self->fd);
	EXPECT_SAME(me, me, KCMP_FILE, self->fd, self->last);
	EXPECT_EQ(-EBADF, sys_kcmp(me, pid, KCMP_FILE, self->fd, self->last));
}

TEST_F(close_range, with_unshare_and_cloexec_leaves_it_too)
{
	pid_t me = getpid(), pid = self->child->pid;
	long err = close_last(self, CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC);

	SKIP_IF(err == -ENOSYS || err == -EINVAL ?
			"missing CLOSE_RANGE_CLOEXEC (Linux 5.11)" : NULL);
	ASSERT_EQ(0, err);
	EXPECT_DIFFERENT(me, pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, pid, KCMP_FILE, self->fd, self->last);
}

/* ------------------------------------------------------------------ */
/* setns() into the namespace where the task is already.               */

FIXTURE(setns)
{
	struct worker *child;
};

FIXTURE_VARIANT(setns)
{
	const char *path;
	unsigned long flag, ends, never;
	const char *missing;
	bool by_pidfd;
};

#define SETNS(name, bit, what, not_with, reason) \
FIXTURE_VARIANT_ADD(setns, name) { \
	.path = "/proc/self/ns/" #name, .flag = bit, .ends = what, \
	.never = not_with, .missing = "missing " reason, \
}

SETNS(ipc, CLONE_NEWIPC, CLONE_SYSVSEM, 0, "ipc namespaces (CONFIG_IPC_NS)");
SETNS(uts, CLONE_NEWUTS, 0, 0, "uts namespaces (CONFIG_UTS_NS)");
SETNS(net, CLONE_NEWNET, 0, 0, "net namespaces (CONFIG_NET_NS)");
SETNS(pid, CLONE_NEWPID, 0, 0, "pid namespaces (CONFIG_PID_NS)");
SETNS(cgroup, CLONE_NEWCGROUP, 0, 0, "cgroup namespaces (CONFIG_CGROUPS)");
SETNS(time, CLONE_NEWTIME, 0, CLONE_VM | CLONE_SIGHAND,
      "time namespaces (CONFIG_TIME_NS)");
SETNS(mnt, CLONE_NEWNS, 0, CLONE_FS, "mount namespaces (CAP_SYS_ADMIN)");

FIXTURE_VARIANT_ADD(setns, ipc_and_uts) {
	.path = "/proc/self/ns/ipc", .flag = CLONE_NEWIPC | CLONE_NEWUTS,
	.ends = CLONE_SYSVSEM, .by_pidfd = true,
	.missing = "missing setns of a process (CONFIG_IPC_NS, CONFIG_UTS_NS)",
};

/* Returns a descriptor for setns() into the task's own namespaces, or -errno. */
static long open_ns(struct worker *t, const FIXTURE_VARIANT(setns) *variant)
{
	long ns = open_in(t, variant->path);

	return ns < 0 || !variant->by_pidfd ? ns :
	       worker_syscall(t, SYS_pidfd_open, t->pid, 0);
}

FIXTURE_SETUP(setns)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	ASSERT_EQ(0, alloc_io_and_undo());
	self->child = worker_spawn(CLONE_EVERYTHING & ~variant->never);
	ASSERT_SPAWNED(self->child);
}

FIXTURE_TEARDOWN(setns)
{
	workers_end();
}

TEST_F(setns, ends_sharing_of_what_it_says_alone)
{
	long ns = open_ns(self->child, variant);
	unsigned long stays = CLONE_EVERYTHING & ~variant->never;
	long err = worker_syscall(self->child, SYS_setns, ns, variant->flag);

	/* Only root of the namespace may; there is a new one to be root of. */
	if (err == -EPERM && !worker_syscall(self->child, SYS_unshare,
					   CLONE_NEWUSER | variant->flag)) {
		stays &= ~CLONE_FS;
		ns = open_ns(self->child, variant);
		err = worker_syscall(self->child, SYS_setns, ns, variant->flag);
	}
	if (ns == -ENOENT || err == -EPERM)
		SKIP(SKIP_STATEMENT, "%s", variant->missing);
	ASSERT_EQ(0, err);
	EXPECT_SHARED(stays & ~variant->ends, getpid(), self->child->pid);
}

/* Whose root and directory would it be? */
TEST(setns_mnt_is_einval_for_who_shares_fs)
{
	struct worker *child;
	long ns;

	SKIP_IF(kcmp_skip_reason(KCMP_FS));
	child = worker_spawn(CLONE_FS);
	ASSERT_SPAWNED(child);
	ns = open_in(child, "/proc/self/ns/mnt");
	SKIP_IF(worker_syscall(child, SYS_setns, ns, CLONE_NEWNS) == -EPERM ?
			"missing mount namespaces (CAP_SYS_ADMIN)" : NULL);
	EXPECT_EQ(-EINVAL, worker_syscall(child, SYS_setns, ns, CLONE_NEWNS));
	EXPECT_SAME(getpid(), child->pid, KCMP_FS, 0, 0);
	ASSERT_EQ(0, worker_syscall(child, SYS_unshare, CLONE_FS));
	EXPECT_EQ(0, worker_syscall(child, SYS_setns, ns, CLONE_NEWNS));
	EXPECT_DIFFERENT(getpid(), child->pid, KCMP_FS, 0, 0);
	workers_end();
}

TEST(setns_user_is_einval_for_who_shares_fs)
{
	struct worker *child, *inside;
	long ns;

	SKIP_IF(kcmp_skip_reason(KCMP_FS));
	ASSERT_EQ(0, alloc_io_and_undo());
	child = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(child);
	inside = worker_spawn(CLONE_NEWUSER);
	SKIP_IF(inside->pid < 0 ?
			"missing user namespaces (CONFIG_USER_NS)" : NULL);
	ns = worker_open_userns(child, inside->pid);
	SKIP_IF(worker_syscall(child, SYS_setns, ns, CLONE_NEWUSER) == -EPERM ?
			"missing setns (seccomp filter)" : NULL);
	EXPECT_EQ(-EINVAL, worker_syscall(child, SYS_setns, ns, CLONE_NEWUSER));
	EXPECT_SAME(getpid(), child->pid, KCMP_FS, 0, 0);
	ASSERT_EQ(0, worker_syscall(child, SYS_unshare, CLONE_FS));
	EXPECT_EQ(0, worker_syscall(child, SYS_setns, ns, CLONE_NEWUSER));
	EXPECT_SHARED(CLONE_EVERYTHING & ~CLONE_FS, getpid(), child->pid);
	workers_end();
}

/* Of one thread as of a process. */
TEST(setns_ipc_of_a_thread_ends_sharing_of_the_undo_list)
{
	struct worker *leader, *thread;
	long ns;

	SKIP_IF(kcmp_skip_reason(KCMP_SYSVSEM));
	leader = spawn_hot(0);
	ASSERT_SPAWNED(leader);
	thread = worker_spawn_by(leader, by_clone, CLONE_A_THREAD | CLONE_SYSVSEM, 0);
	ASSERT_SPAWNED(thread);
	ASSERT_EQ(0, sys_kcmp(leader->pid, thread->pid, KCMP_SYSVSEM, 0, 0));
	ns = open_in(thread, "/proc/self/ns/ipc");
	SKIP_IF(ns == -ENOENT ? "missing ipc namespaces (CONFIG_IPC_NS)" :
			NULL);
	ns = worker_syscall(thread, SYS_setns, ns, CLONE_NEWIPC);
	SKIP_IF(ns == -EPERM ? "missing power over namespaces (CAP_SYS_ADMIN)" :
			NULL);
	ASSERT_EQ(0, ns);
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
	child = worker_spawn_by(parent, by_clone, CLONE_FS, 0);
	ASSERT_SPAWNED(child);
	strcpy(child->scratch, "/proc");
	SKIP_IF(worker_syscall(child, SYS_chroot, (long)child->scratch) ?
			"missing chroot (CAP_SYS_CHROOT)" : NULL);
	EXPECT_SAME(parent->pid, child->pid, KCMP_FS, 0, 0);
	EXPECT_DIFFERENT(self->me, child->pid, KCMP_FS, 0, 0);
}

TEST_F(contents, growth_of_a_table_changes_no_order)
{
	struct worker *child;
	long before;
	int i;

	for (i = 0; i < 6; i++) {
		child = worker_spawn(0);
		ASSERT_SPAWNED(child);
		before = sys_kcmp(self->me, child->pid, KCMP_FILES, 0, 0);
		ASSERT_EQ(200, worker_syscall(child, SYS_dup3, 0, 200, 0));
		EXPECT_EQ(before, sys_kcmp(self->me, child->pid, KCMP_FILES, 0, 0));
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
	struct worker *hot = spawn_hot(0), *child;
	int class;

	SKIP_IF(kcmp_skip_reason(KCMP_IO));
	ASSERT_SPAWNED(hot);
	/* What takes privileges leaves it as it is. */
	for (class = 1; class <= 3; class++) {
		worker_syscall(hot, SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
			     class << 13 | 4);
		child = worker_spawn_by(hot, by_clone, CLONE_IO | CLONE_VM, 0);
		ASSERT_SPAWNED(child);
		EXPECT_SAME(hot->pid, child->pid, KCMP_IO, 0, 0);
	}
}

/* The class decides on requests, not on sharing. */
TEST_F(contents, io_context_without_a_class_is_shared)
{
	struct worker *hot = spawn_hot(0);

	SKIP_IF(kcmp_skip_reason(KCMP_IO));
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
	EXPECT_SAME(parent->pid, child->pid, KCMP_IO, 0, 0);
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

static long sees_offset(const long *arg)
{
	return lseek(arg[0], 0, SEEK_CUR) == 77;
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

static long sees_directory(const long *arg)
{
	char path[64] = "";

	(void)arg;
	return umask(0135) == 0135 && getcwd(path, sizeof(path)) &&
	       !strcmp(path, "/proc");
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
	return signal(SIGUSR2, SIG_IGN) == SIG_ERR;
}

static long sees_ignored(const long *arg)
{
	struct sigaction action;

	(void)arg;
	sigaction(SIGUSR2, NULL, &action);
	return action.sa_handler == SIG_IGN;
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
	SKIP_IF(kcmp_skip_reason(variant->type));
	self->fd = open("/proc/self/exe", O_RDONLY);
	self->parent = spawn_hot(0);
	ASSERT_SPAWNED(self->parent);
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
	fd = open("/proc/self/exe", O_RDONLY);
	other = open("/proc/self/exe", O_RDONLY);
	ASSERT_LE(0, other);
	child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(child);
	ASSERT_EQ(77, worker_run(child, move_offset, fd));
	EXPECT_EQ(1, sees_offset(WORKER_ARGS(fd)));
	EXPECT_SAME(me, child->pid, KCMP_FILE, fd, fd);
	EXPECT_EQ(0, sees_offset(WORKER_ARGS(other)));
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

FIXTURE_SETUP(undo)
{
	struct sembuf *up;

	SKIP_IF(kcmp_skip_reason(KCMP_SYSVSEM));
	self->keeper = worker_spawn(0);
	ASSERT_SPAWNED(self->keeper);
	if (worker_syscall(self->keeper, SYS_unshare, CLONE_NEWIPC) &&
	    worker_syscall(self->keeper, SYS_unshare, CLONE_NEWUSER | CLONE_NEWIPC))
		SKIP(SKIP_STATEMENT, "missing ipc namespaces (CONFIG_IPC_NS)");
	self->sem = worker_syscall(self->keeper, SYS_semget, IPC_PRIVATE, 1, 0600);
	ASSERT_LE(0, self->sem);
	self->parent = worker_spawn_by(self->keeper, by_clone, 0, 0);
	ASSERT_SPAWNED(self->parent);
	up = (struct sembuf *)self->parent->scratch;
	*up = (struct sembuf){ .sem_op = 1, .sem_flg = SEM_UNDO };
	ASSERT_EQ(0, worker_syscall(self->parent, SYS_semop, self->sem, (long)up, 1));
	self->child = worker_spawn_by(self->parent, by_clone, variant->flags, 0);
	ASSERT_SPAWNED(self->child);
	up = (struct sembuf *)self->child->scratch;
	*up = (struct sembuf){ .sem_op = 1, .sem_flg = SEM_UNDO };
	ASSERT_EQ(0, worker_syscall(self->child, SYS_semop, self->sem, (long)up, 1));
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
	if (worker_syscall(spawner, SYS_wait4, child->pid, 0, __WALL, 0) !=
	    child->pid)
		return WORKER_STUCK;
	return worker_syscall(self->keeper, SYS_semctl, self->sem, 0, GETVAL);
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
	const struct sembuf up[2] = {
		{ .sem_op = 1 }, { .sem_op = 1, .sem_flg = SEM_UNDO },
	};
	struct worker *thread[2];
	int i;

	for (i = 0; i < 2; i++) {
		thread[i] = worker_spawn_by(self->parent, by_clone, CLONE_VM |
					  CLONE_SIGHAND | CLONE_THREAD, 0);
		ASSERT_SPAWNED(thread[i]);
		memcpy(thread[i]->scratch, up, sizeof(up));
		ASSERT_EQ(0, worker_syscall(thread[i], SYS_semop, self->sem,
					  (long)thread[i]->scratch, 2));
		EXPECT_DIFFERENT(self->parent->pid, thread[i]->pid, KCMP_SYSVSEM,
				 0, 0);
	}
	EXPECT_DIFFERENT(thread[0]->pid, thread[1]->pid, KCMP_SYSVSEM, 0, 0);
}

TEST_F(undo, comes_when_kcmp_says_it_must)
{
	long order = sys_kcmp(self->parent->pid, self->child->pid, KCMP_SYSVSEM,
			      0, 0);

	EXPECT_EQ(!variant->shared, kcmp_unordered(order));
	EXPECT_EQ(2, worker_syscall(self->keeper, SYS_semctl, self->sem, 0,
				  GETVAL));
	EXPECT_EQ(variant->shared ? 2 : 1,
		  value_after(self, self->parent, self->child));
	EXPECT_EQ(0, value_after(self, self->keeper, self->parent));
}

TEST_HARNESS_MAIN
