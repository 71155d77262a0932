// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing begins with clone(2), clone3(2) and what is made of them: each of
 * their flags decides on one type of kcmp(2) and on no other.
 *
 * The manual page of kcmp(2) refers to the flags of clone(2).  Parents get an
 * io_context and an undo list first: without them the pointers are NULL, and
 * two of those compare as the same, shared or not.  The fixture "effect" asks
 * the tasks themselves whether they share, so that a kernel that shares and
 * denies it fails as well as one that claims to share.
 */
#include "kcmp_harness.h"
#include "namespace.h"
#include "ptrace_access.h"
#include "sharing.h"

#include <sys/ipc.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/stat.h>

/* ------------------------------------------------------------------ */
/* The six flags that share, in all their legal combinations.          */

FIXTURE(sharing_flags)
{
	struct worker *third;
};

FIXTURE_VARIANT(sharing_flags)
{
	unsigned long flags;
};

/* clang-format off */
/* CLONE_THREAD needs CLONE_SIGHAND, which needs CLONE_VM. */
FIXTURE_VARIANT_ADD(sharing_flags, without_vm) { 0 };
FIXTURE_VARIANT_ADD(sharing_flags, vm) { CLONE_VM };
FIXTURE_VARIANT_ADD(sharing_flags, vm_sighand) { CLONE_VM | CLONE_SIGHAND };
FIXTURE_VARIANT_ADD(sharing_flags, vm_sighand_thread) {
	CLONE_A_THREAD
};
/* clang-format on */

FIXTURE_SETUP(sharing_flags)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	ASSERT_RESULT(0, alloc_io_and_undo());
	self->third = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->third);
}

FIXTURE_TEARDOWN(sharing_flags)
{
	workers_end();
}

/* Returns the nth combination of the four flags that need no other. */
static unsigned long nth_combination(int n)
{
	return (n & 1 ? CLONE_FS : 0) | (n & 2 ? CLONE_FILES : 0) |
	       (n & 4 ? CLONE_SYSVSEM : 0) | (n & 8 ? CLONE_IO : 0);
}

TEST_F_TIMEOUT(sharing_flags, match_shared_types, 120)
{
	unsigned long flags[16];
	struct worker *child[16];
	int n;

	for (n = 0; n < 16; n++) {
		flags[n] = variant->flags | nth_combination(n);
		child[n] = worker_spawn(flags[n]);
		ASSERT_SPAWNED(child[n]);
	}
	for (n = 0; n < 16; n++) {
		pid_t pid = child[n]->pid;

		EXPECT_SHARED(flags[n], getpid(), pid);
		EXPECT_SHARED_BY(self->third, flags[n], getpid(), pid);
	}
}

/* Children share with each other what both share with their parent. */
/* clang-format off */
FIXTURE(siblings) {};
/* clang-format on */

FIXTURE_VARIANT(siblings)
{
	int type;
	unsigned long flag, needs, needed_by;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(siblings, vm) { KCMP_VM, CLONE_VM, 0, CLONE_SIGHAND };
FIXTURE_VARIANT_ADD(siblings, files) { KCMP_FILES, CLONE_FILES, 0, 0 };
FIXTURE_VARIANT_ADD(siblings, fs) { KCMP_FS, CLONE_FS, 0, 0 };
FIXTURE_VARIANT_ADD(siblings, sighand) {
	KCMP_SIGHAND, CLONE_SIGHAND, CLONE_VM, 0
};
FIXTURE_VARIANT_ADD(siblings, io) { KCMP_IO, CLONE_IO, 0, 0 };
FIXTURE_VARIANT_ADD(siblings, sysvsem) { KCMP_SYSVSEM, CLONE_SYSVSEM, 0, 0 };
/* clang-format on */

FIXTURE_SETUP(siblings)
{
	SKIP_IF(kcmp_skip_reason(variant->type));
	ASSERT_RESULT(0, alloc_io_and_undo());
}

FIXTURE_TEARDOWN(siblings)
{
	workers_end();
}

TEST_F(siblings, share_through_parent_only)
{
	unsigned long without = CLONE_EVERYTHING & ~variant->flag &
				~variant->needed_by;
	struct worker *a = worker_spawn(variant->flag | variant->needs);
	struct worker *b = worker_spawn(variant->flag | variant->needs);
	struct worker *c = worker_spawn(without);

	ASSERT_SPAWNED(a);
	ASSERT_SPAWNED(b);
	ASSERT_SPAWNED(c);
	EXPECT_SAME(a->pid, b->pid, variant->type, 0, 0);
	EXPECT_DIFFERENT(a->pid, c->pid, variant->type, 0, 0);
	EXPECT_KCMP(0, c->pid, c->pid, variant->type, 0, 0);
}

/* ------------------------------------------------------------------ */
/* The other flags, with nothing shared and with everything.           */

/* Opens the test's own cgroup, or a file of it.  Returns a descriptor or -1. */
static int open_own_cgroup(const char *file, int flags)
{
	char mount[256] = "", type[32] = "", own[256] = "";
	char line[512], path[1024];
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

/* Moving a task where it is already takes what CLONE_INTO_CGROUP takes. */
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
	bool may_ask; /* the child about its parent */
};

FIXTURE_VARIANT(flag)
{
	unsigned long long flags;
	worker_fn *how;
	int exit_signal;
	unsigned long excludes; /* sharing that the flag forbids */
	const char *since; /* the reason for EINVAL */
};

/* clang-format off */
#define FLAG(name, bits, forbids) \
FIXTURE_VARIANT_ADD(flag, name) { \
	.flags = bits, .how = by_clone, .excludes = forbids, \
}

#define CLONE3_FLAG(name, bits, signal, forbids) \
FIXTURE_VARIANT_ADD(flag, name) { \
	.flags = bits, .how = by_clone3, .exit_signal = signal, \
	.excludes = forbids, \
}

#define CLONE3_FLAG_SINCE(name, bits, signal, forbids, version) \
FIXTURE_VARIANT_ADD(flag, name) { \
	.flags = bits, .how = by_clone3, .exit_signal = signal, \
	.excludes = forbids, .since = version, \
}
/* clang-format on */

FLAG(pidfd, CLONE_PIDFD, 0);
FLAG(ptrace, CLONE_PTRACE, 0);
FLAG(untraced, CLONE_UNTRACED, 0);
FLAG(vfork, CLONE_VFORK, 0);
FLAG(parent, CLONE_PARENT, 0);
FLAG(parent_settid, CLONE_PARENT_SETTID, 0);
FLAG(child_settid, CLONE_CHILD_SETTID, 0);
FLAG(child_cleartid, CLONE_CHILD_CLEARTID, 0);
FLAG(detached, CLONE_DETACHED, 0);
FLAG(settls, CLONE_SETTLS, 0);
FLAG(newns, CLONE_NEWNS, CLONE_FS);
FLAG(newcgroup, CLONE_NEWCGROUP, 0);
FLAG(newuts, CLONE_NEWUTS, 0);
FLAG(newipc, CLONE_NEWIPC, CLONE_SYSVSEM);
FLAG(newuser, CLONE_NEWUSER, CLONE_FS);
FLAG(newpid, CLONE_NEWPID, 0);
FLAG(newnet, CLONE_NEWNET, 0);
CLONE3_FLAG(newtime, CLONE_NEWTIME, SIGCHLD, 0);
CLONE3_FLAG(none_by_clone3, 0, SIGCHLD, 0);
CLONE3_FLAG(clear_sighand, CLONE_CLEAR_SIGHAND, SIGCHLD, CLONE_SIGHAND);
CLONE3_FLAG(exit_signal, 0, SIGURG, 0);
CLONE3_FLAG(into_cgroup, CLONE_INTO_CGROUP, SIGCHLD, 0);
CLONE3_FLAG_SINCE(autoreap, CLONE_AUTOREAP, 0, 0,
		  "needs Linux 7.2 (CLONE_AUTOREAP)");
CLONE3_FLAG_SINCE(nnp, CLONE_NNP, SIGCHLD, 0, "needs Linux 7.2 (CLONE_NNP)");
CLONE3_FLAG_SINCE(pidfd_autokill,
		  CLONE_PIDFD_AUTOKILL | CLONE_PIDFD | CLONE_AUTOREAP |
			  CLONE_NNP,
		  0, 0, "needs Linux 7.2 (CLONE_PIDFD_AUTOKILL)");
CLONE3_FLAG_SINCE(empty_mntns, CLONE_EMPTY_MNTNS, SIGCHLD, CLONE_FS,
		  "needs Linux 7.2 (CLONE_EMPTY_MNTNS)");

/* The parent is a worker because CLONE_VFORK makes it sleep. */
#define SHARED_BY_PARENT (CLONE_VM | CLONE_IO | CLONE_SYSVSEM)

/* Calls that a filter leaves to the tracer fail with ENOSYS in an untraced child. */
static const char *untraced_skip_reason(void)
{
	return has_seccomp_filter() &&
			       proc_status_field(getpid(), "TracerPid") ?
		       "traced by another process" :
		       NULL;
}

FIXTURE_SETUP(flag)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	if (variant->flags & CLONE_UNTRACED)
		SKIP_IF(untraced_skip_reason());
	ASSERT_RESULT(0, alloc_io_and_undo());
	self->cgroup = variant->flags & CLONE_INTO_CGROUP ?
			       open_own_cgroup("", O_RDONLY | O_DIRECTORY) :
			       -1;
	self->parent = worker_spawn(SHARED_BY_PARENT);
	ASSERT_SPAWNED(self->parent);
}

FIXTURE_TEARDOWN(flag)
{
	workers_end();
}

static struct worker *spawn_flags(FIXTURE_DATA(flag) *const self,
				  const FIXTURE_VARIANT(flag) *const variant,
				  unsigned long long flags)
{
	return worker_spawn_by(self->parent, variant->how,
			       variant->flags | flags, variant->exit_signal,
			       self->cgroup);
}

/*
 * Spawns the child with the flag and with what it may share; namespaces in a
 * new user namespace if that is what they take.  Returns what it shares.
 */
static unsigned long spawn_with_flag(FIXTURE_DATA(flag) *const self,
				     const FIXTURE_VARIANT(flag) *const variant,
				     unsigned long share)
{
	unsigned long long more = 0;

	/* On one stack, parent and child have to take turns. */
	if (variant->how == by_clone3 && share & CLONE_VM)
		more |= CLONE_VFORK;
	self->may_ask = !(variant->flags & (CLONE_NEWUSER | CLONE_NEWPID));
	self->child = spawn_flags(self, variant, share | more);
	if (self->child->pid != -EPERM ||
	    !(variant->flags & (CLONE_NEW | CLONE_EMPTY_MNTNS)))
		return share;
	share &= ~CLONE_FS;
	self->may_ask = false;
	self->child = spawn_flags(self, variant, share | more | CLONE_NEWUSER);
	return share;
}

/* Returns why no task here can be made with the flag, or NULL. */
static const char *flag_skip_reason(FIXTURE_DATA(flag) *const self,
				    const FIXTURE_VARIANT(flag) *const variant)
{
	enum ns_call call = variant->how == by_clone3 ? NS_CLONE3 : NS_CLONE;
	unsigned long long needs = variant->flags & CLONE_NEW;
	const char *reason = NULL;
	long err = self->child->pid;

	if (err >= 0)
		return NULL;
	if (variant->flags & CLONE_EMPTY_MNTNS)
		needs |= CLONE_NEWNS;
	if (call == NS_CLONE3 || needs)
		reason = namespace_skip_reason(call, needs, err);
	if (!reason && variant->flags & CLONE_INTO_CGROUP)
		reason = cgroup_skip_reason();
	if (!reason && variant->since &&
	    spawn_flags(self, variant, 0)->pid == -EINVAL)
		reason = variant->since;
	return reason;
}

TEST_F(flag, shares_nothing)
{
	spawn_with_flag(self, variant, 0);
	SKIP_IF(flag_skip_reason(self, variant));
	ASSERT_SPAWNED(self->child);
	EXPECT_SHARED(SHARES_NOTHING, self->parent->pid, self->child->pid);
	EXPECT_SHARED(SHARES_NOTHING, getpid(), self->child->pid);
}

TEST_F(flag, ends_no_sharing)
{
	unsigned long share = CLONE_EVERYTHING & ~variant->excludes;

	share = spawn_with_flag(self, variant, share);
	SKIP_IF(flag_skip_reason(self, variant));
	ASSERT_SPAWNED(self->child);
	EXPECT_SHARED(share, self->parent->pid, self->child->pid);
	EXPECT_SHARED(share & SHARED_BY_PARENT, getpid(), self->child->pid);
	if (self->may_ask)
		EXPECT_SHARED_BY(self->child, share, self->parent->pid,
				 self->child->pid);
}

/* ------------------------------------------------------------------ */
/* Combinations that clone(2) forbids.                                 */

FIXTURE(invalid_flags)
{
	struct worker *parent;
	long clone_err;
};

FIXTURE_VARIANT(invalid_flags)
{
	unsigned long long flags;
	bool privileged, clone3;
};

/* clang-format off */
#define INVALID(name, bits) \
FIXTURE_VARIANT_ADD(invalid_flags, name) { .flags = bits }

INVALID(sighand_without_vm, CLONE_SIGHAND);
INVALID(thread_without_sighand, CLONE_THREAD | CLONE_VM);
INVALID(thread_alone, CLONE_THREAD);
INVALID(thread_without_vm, CLONE_THREAD | CLONE_SIGHAND);
INVALID(newns_with_fs, CLONE_NEWNS | CLONE_FS);
INVALID(newuser_with_fs, CLONE_NEWUSER | CLONE_FS);
FIXTURE_VARIANT_ADD(invalid_flags, newipc_with_sysvsem) {
	.flags = CLONE_NEWIPC | CLONE_SYSVSEM, .privileged = true,
};
FIXTURE_VARIANT_ADD(invalid_flags, clear_sighand_with_sighand) {
	.flags = CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM | CLONE_VFORK,
	.clone3 = true,
};
/* clang-format on */

/* Returns -errno, or a pid. */
static long invalid_clone(struct worker *parent,
			  const FIXTURE_VARIANT(invalid_flags) *const variant)
{
	worker_fn *how = variant->clone3 ? by_clone3 : by_clone;
	unsigned long long flags = variant->flags;
	long err = worker_spawn_by(parent, how, flags, SIGCHLD, -1)->pid;

	if (err != -EPERM || !variant->privileged)
		return err;
	flags |= CLONE_NEWUSER;
	return worker_spawn_by(parent, how, flags, SIGCHLD, -1)->pid;
}

/*
 * The kernel finds EINVAL before it checks privileges, but for CLONE_NEWIPC.  A
 * seccomp filter comes before both.
 */
static const char *
invalid_skip_reason(const FIXTURE_VARIANT(invalid_flags) *const variant,
		    long err)
{
	if (err != -EPERM && err != -ENOSPC && err != -ENOSYS)
		return NULL;
	if (!variant->privileged && !variant->clone3 && !has_seccomp_filter())
		return NULL;
	return namespace_skip_reason(variant->clone3 ? NS_CLONE3 : NS_CLONE,
				     variant->flags & CLONE_NEW, err);
}

FIXTURE_SETUP(invalid_flags)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	ASSERT_RESULT(0, alloc_io_and_undo());
	self->parent = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->parent);
	self->clone_err = invalid_clone(self->parent, variant);
	SKIP_IF(invalid_skip_reason(variant, self->clone_err));
}

FIXTURE_TEARDOWN(invalid_flags)
{
	workers_end();
}

TEST_F(invalid_flags, einval_and_sharing_kept)
{
	EXPECT_RESULT(-EINVAL, self->clone_err);
	EXPECT_SHARED(CLONE_EVERYTHING, getpid(), self->parent->pid);
}

/* ------------------------------------------------------------------ */
/* The C library's ways to spawn.                                      */

FIXTURE(spawn)
{
	struct worker *parent;
};

FIXTURE_SETUP(spawn)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	self->parent = spawn_with_io_and_undo(0);
	ASSERT_SPAWNED(self->parent);
}

FIXTURE_TEARDOWN(spawn)
{
	workers_end();
}

static const char *vfork_skip_reason(struct worker *child)
{
	return blocked_skip_reason(child->pid,
				   "vfork blocked by a seccomp filter");
}

/* libc falls back to clone() where clone3() is ENOSYS, but not on EPERM. */
static const char *libc_skip_reason(struct worker *child)
{
	return child->pid == -EPERM ?
		       namespace_skip_reason(NS_CLONE3, 0, child->pid) :
		       NULL;
}

TEST_F(spawn, fork_shares_nothing)
{
	struct worker *child = worker_spawn_by(self->parent, by_fork, 0, 0);

	ASSERT_SPAWNED(child);
	EXPECT_SHARED(SHARES_NOTHING, self->parent->pid, child->pid);
}

/* The parent sleeps until the child has exited or called execve(). */
TEST_F(spawn, vfork_shares_vm)
{
	struct worker *child = worker_spawn_by(self->parent, by_vfork, 0, 0);
	struct worker *third = worker_spawn(CLONE_VM);
	pid_t parent = self->parent->pid;

	SKIP_IF(vfork_skip_reason(child));
	ASSERT_SPAWNED(child);
	ASSERT_SPAWNED(third);
	EXPECT_SHARED(CLONE_VM, parent, child->pid);
	EXPECT_KCMP_BY(third, 0, parent, child->pid, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(child, 0, parent, child->pid, KCMP_VM, 0, 0);
}

TEST_F(spawn, vfork_and_execve_share_nothing)
{
	struct worker *child;

	SKIP_IF(execve_skip_reason());
	child = worker_spawn_by(self->parent, by_vfork, 0, 0);
	SKIP_IF(vfork_skip_reason(child));
	ASSERT_SPAWNED(child);
	ASSERT_RESULT(0, worker_execve(child, "/proc/self/exe"));
	EXPECT_SHARED(SHARES_NOTHING, self->parent->pid, child->pid);
	EXPECT_LT(0, worker_result(self->parent));
}

TEST_F(spawn, vfork_child_can_share)
{
	struct worker *child = worker_spawn_by(self->parent, by_vfork, 0, 0);
	struct worker *sharer, *other;

	SKIP_IF(vfork_skip_reason(child));
	ASSERT_SPAWNED(child);
	ASSERT_RESULT(0, give_io_and_undo(child));
	sharer = worker_spawn_by(child, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(sharer);
	other = worker_spawn_by(child, by_clone, CLONE_VM, 0);
	ASSERT_SPAWNED(other);
	EXPECT_SHARED(CLONE_EVERYTHING, child->pid, sharer->pid);
	EXPECT_SHARED(CLONE_VM, child->pid, other->pid);
}

TEST_F(spawn, posix_spawn_shares_nothing)
{
	struct worker *child;

	SKIP_IF(execve_skip_reason());
	child = worker_spawn_by(self->parent, by_posix_spawn, 0, 0);
	SKIP_IF(libc_skip_reason(child));
	ASSERT_SPAWNED(child);
	EXPECT_SHARED(SHARES_NOTHING, self->parent->pid, child->pid);
}

/* POSIX threads have I/O priorities of their own. */
TEST_F(spawn, pthread_create_shares_all_but_io)
{
	struct worker *thread =
		worker_spawn_by(self->parent, by_pthread_create, 0, 0);

	SKIP_IF(libc_skip_reason(thread));
	ASSERT_SPAWNED(thread);
	EXPECT_SHARED(CLONE_EVERYTHING & ~CLONE_IO, self->parent->pid,
		      thread->pid);
}

/* A child shares with the thread that calls clone(), not with its leader. */
TEST_F(spawn, child_shares_with_calling_thread)
{
	struct worker *thread, *child, *third;

	SKIP_IF(kcmp_skip_reason_any());
	third = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(third);
	thread = worker_spawn_by(self->parent, by_clone, CLONE_A_THREAD, 0);
	ASSERT_SPAWNED(thread);
	child = worker_spawn_by(thread, by_clone,
				CLONE_EVERYTHING & ~CLONE_IO & ~CLONE_SYSVSEM,
				0);
	ASSERT_SPAWNED(child);
	EXPECT_SHARED(CLONE_VM | CLONE_SIGHAND, self->parent->pid, thread->pid);
	EXPECT_SAME(thread->pid, child->pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(thread->pid, child->pid, KCMP_FS, 0, 0);
	EXPECT_DIFFERENT(thread->pid, third->pid, KCMP_SIGHAND, 0, 0);
	EXPECT_DIFFERENT(thread->pid, getpid(), KCMP_VM, 0, 0);
	EXPECT_SHARED(CLONE_VM | CLONE_SIGHAND, self->parent->pid, child->pid);
}

static long remove_semaphore(const long *arg)
{
	long id = syscall(SYS_semget, IPC_PRIVATE, 1, 0600);

	(void)arg;
	if (id == -1 || syscall(SYS_semctl, id, 0, IPC_RMID, 0))
		return -errno;
	return 0;
}

/* The undo list belongs to the tasks; semaphores come and go. */
TEST_F(spawn, ipc_rmid_keeps_undo_list_shared)
{
	struct worker *child;

	SKIP_IF(kcmp_skip_reason(KCMP_SYSVSEM));
	child = worker_spawn_by(self->parent, by_clone, CLONE_SYSVSEM, 0);
	ASSERT_SPAWNED(child);
	SKIP_IF(worker_run(child, remove_semaphore, 0) ?
			"needs a new semaphore" :
			NULL);
	EXPECT_SAME(self->parent->pid, child->pid, KCMP_SYSVSEM, 0, 0);
}

/* A thread that has an undo list of its own. */
TEST_F(spawn, undo_list_of_calling_thread_is_shared)
{
	struct worker *thread, *child;

	SKIP_IF(kcmp_skip_reason(KCMP_SYSVSEM));
	thread = worker_spawn_by(self->parent, by_clone, CLONE_A_THREAD, 0);
	ASSERT_SPAWNED(thread);
	child = worker_spawn_by(thread, by_clone, CLONE_SYSVSEM, 0);
	ASSERT_SPAWNED(child);
	EXPECT_SAME(thread->pid, child->pid, KCMP_SYSVSEM, 0, 0);
	EXPECT_DIFFERENT(self->parent->pid, child->pid, KCMP_SYSVSEM, 0, 0);
}

TEST_F(spawn, traced_parent_shares_with_child)
{
	struct worker *tracer = worker_spawn(0), *child;

	ASSERT_SPAWNED(tracer);
	SKIP_IF(seize_skip_reason());
	ASSERT_RESULT(0, worker_syscall(tracer, SYS_ptrace, PTRACE_SEIZE,
					self->parent->pid, 0, 0));
	child = worker_spawn_by(self->parent, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(child);
	EXPECT_SHARED(CLONE_EVERYTHING, self->parent->pid, child->pid);
}

/* The new namespace is for the next child; sharing is not affected. */
TEST_F(spawn, child_shares_after_unshare_newpid)
{
	long err = unshare_namespaces(self->parent, CLONE_NEWPID);
	struct worker *child;

	if (err)
		SKIP_IF(namespace_skip_reason(NS_UNSHARE, CLONE_NEWPID, err));
	child = worker_spawn_by(self->parent, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(child);
	EXPECT_SHARED(CLONE_EVERYTHING, self->parent->pid, child->pid);
}

TEST_F(spawn, grandchild_shares_through_child)
{
	struct worker *child =
		worker_spawn_by(self->parent, by_clone, CLONE_EVERYTHING, 0);
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
/* The objects are compared, not their contents.                       */

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

TEST_F(contents, chdir_and_umask_keep_fs_shared)
{
	snprintf(self->sharer->scratch, WORKER_SCRATCH, "/proc");
	ASSERT_RESULT(0, worker_syscall(self->sharer, SYS_chdir,
					(long)self->sharer->scratch));
	ASSERT_LE(0, worker_syscall(self->sharer, SYS_umask, 0123));
	EXPECT_SAME(self->me, self->sharer->pid, KCMP_FS, 0, 0);
	EXPECT_DIFFERENT(self->me, self->other->pid, KCMP_FS, 0, 0);
}

static long chroot_to_proc(struct worker *t)
{
	snprintf(t->scratch, WORKER_SCRATCH, "/proc");
	return worker_syscall(t, SYS_chroot, (long)t->scratch);
}

/* In a user namespace of its own every task may call chroot(). */
TEST_F(contents, chroot_keeps_fs_shared)
{
	struct worker *parent = self->other, *alone, *child;

	worker_syscall(parent, SYS_unshare, CLONE_NEWUSER);
	alone = worker_spawn_by(parent, by_clone, 0, 0);
	ASSERT_SPAWNED(alone);
	SKIP_IF(chroot_to_proc(alone) ? "needs CAP_SYS_CHROOT" : NULL);
	child = worker_spawn_by(parent, by_clone, CLONE_FS, 0);
	ASSERT_SPAWNED(child);
	ASSERT_RESULT(0, chroot_to_proc(child));
	EXPECT_SAME(parent->pid, child->pid, KCMP_FS, 0, 0);
	EXPECT_DIFFERENT(self->me, child->pid, KCMP_FS, 0, 0);
}

/* dup3() to a high number makes the kernel replace the array of descriptors. */
TEST_F(contents, growth_keeps_the_order_of_files)
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
		EXPECT_DIFFERS(before);
		ASSERT_EQ(200, worker_syscall(child[i], SYS_dup3, 0, 200, 0));
		EXPECT_KCMP(before, self->me, child[i]->pid, KCMP_FILES, 0, 0);
	}
}

TEST_F(contents, dup_and_close_keep_files_shared)
{
	ASSERT_LE(0, worker_syscall(self->sharer, SYS_dup, 0));
	ASSERT_EQ(60, worker_syscall(self->sharer, SYS_dup3, 0, 60, 0));
	EXPECT_SAME(self->me, self->sharer->pid, KCMP_FILES, 0, 0);
	ASSERT_RESULT(0, worker_syscall(self->sharer, SYS_close, 60));
	EXPECT_SAME(self->me, self->sharer->pid, KCMP_FILES, 0, 0);
	EXPECT_DIFFERENT(self->me, self->other->pid, KCMP_FILES, 0, 0);
}

/* ------------------------------------------------------------------ */
/* io_contexts: made by ioprio_set(), shared with CLONE_IO.             */

#define IOPRIO_CLASS(class) ((class) << 13)

FIXTURE(io_context)
{
	pid_t me;
};

FIXTURE_SETUP(io_context)
{
	SKIP_IF(kcmp_skip_reason(KCMP_IO));
	self->me = getpid();
}

FIXTURE_TEARDOWN(io_context)
{
	workers_end();
}

/* Has a worker, or the test (NULL), set a priority.  who: 0 for its own. */
static long set_ioprio(struct worker *t, pid_t who, int priority)
{
	if (t)
		return worker_syscall(t, SYS_ioprio_set, IOPRIO_WHO_PROCESS,
				      who, priority);
	return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, who, priority) ?
		       -errno :
		       0;
}

/* Each task of a process group gets an io_context of its own. */
TEST_F(io_context, ioprio_set_of_group_is_not_shared)
{
	struct worker *task[5];
	unsigned int i, j;

	task[0] = worker_spawn(0);
	ASSERT_SPAWNED(task[0]);
	ASSERT_RESULT(0, worker_syscall(task[0], SYS_setpgid, 0, 0));
	for (i = 1; i < 5; i++) {
		task[i] = worker_spawn_by(task[i / 3 * 2], by_clone,
					  i % 3 ? CLONE_A_THREAD : 0, 0);
		ASSERT_SPAWNED(task[i]);
	}
	ASSERT_RESULT(0,
		      worker_syscall(task[0], SYS_ioprio_set, IOPRIO_WHO_PGRP,
				     0, IOPRIO_BEST_EFFORT(4)));
	for (i = 0; i < 5; i++)
		for (j = i + 1; j < 5; j++)
			EXPECT_DIFFERENT(task[i]->pid, task[j]->pid, KCMP_IO, 0,
					 0);
}

TEST_F(io_context, ioprio_set_keeps_io_shared)
{
	struct worker *sharer;

	ASSERT_RESULT(0, alloc_io_and_undo());
	sharer = worker_spawn(CLONE_IO | CLONE_VM);
	ASSERT_SPAWNED(sharer);
	EXPECT_SAME(self->me, sharer->pid, KCMP_IO, 0, 0);
	ASSERT_RESULT(0, set_ioprio(sharer, 0, IOPRIO_BEST_EFFORT(6)));
	EXPECT_SAME(self->me, sharer->pid, KCMP_IO, 0, 0);
	ASSERT_RESULT(0, set_ioprio(NULL, 0, IOPRIO_BEST_EFFORT(1)));
	EXPECT_SAME(self->me, sharer->pid, KCMP_IO, 0, 0);
	ASSERT_RESULT(0, set_ioprio(sharer, 0, IOPRIO_CLASS(0)));
	EXPECT_SAME(self->me, sharer->pid, KCMP_IO, 0, 0);
}

/* The real-time class needs privileges; without them nothing is changed. */
TEST_F(io_context, any_class_is_shared)
{
	struct worker *parent = spawn_with_io_and_undo(CLONE_VM);
	struct worker *sharer[3], *other[3];
	int i;

	ASSERT_SPAWNED(parent);
	for (i = 0; i < 3; i++) {
		set_ioprio(parent, 0, IOPRIO_CLASS(i + 1) | 4);
		sharer[i] = worker_spawn_by(parent, by_clone,
					    CLONE_IO | CLONE_VM, 0);
		ASSERT_SPAWNED(sharer[i]);
		other[i] = worker_spawn_by(parent, by_clone, CLONE_VM, 0);
		ASSERT_SPAWNED(other[i]);
	}
	for (i = 0; i < 3; i++) {
		EXPECT_SAME(parent->pid, sharer[i]->pid, KCMP_IO, 0, 0);
		EXPECT_DIFFERENT(parent->pid, other[i]->pid, KCMP_IO, 0, 0);
	}
}

/* Class "none" resets the priority, not the io_context. */
TEST_F(io_context, class_none_is_shared)
{
	struct worker *elsewhere = spawn_with_io_and_undo(CLONE_VM);
	struct worker *sharer, *other;

	ASSERT_SPAWNED(elsewhere);
	ASSERT_RESULT(0, alloc_io_and_undo());
	ASSERT_RESULT(0, set_ioprio(NULL, 0, IOPRIO_CLASS(0)));
	sharer = worker_spawn(CLONE_IO | CLONE_VM);
	ASSERT_SPAWNED(sharer);
	other = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(other);
	EXPECT_SAME(self->me, sharer->pid, KCMP_IO, 0, 0);
	EXPECT_DIFFERENT(self->me, other->pid, KCMP_IO, 0, 0);
	EXPECT_DIFFERENT(self->me, elsewhere->pid, KCMP_IO, 0, 0);
}

/*
 * ioprio_set() gives a thread an io_context of its own, whether the thread
 * itself or another one calls it.
 */
TEST_F(io_context, is_separate_per_thread)
{
	struct worker *thread[5], *leader;
	int i, j;

	ASSERT_RESULT(0, set_ioprio(NULL, 0, IOPRIO_CLASS(0)));
	leader = worker_spawn(0);
	ASSERT_SPAWNED(leader);
	thread[0] = leader;
	for (i = 1; i < 5; i++) {
		thread[i] =
			worker_spawn_by(leader, by_clone, CLONE_A_THREAD, 0);
		ASSERT_SPAWNED(thread[i]);
	}
	for (i = 0; i < 5; i++) {
		ASSERT_RESULT(0, set_ioprio(i % 2 ? leader : thread[i],
					    i % 2 ? thread[i]->pid : 0,
					    IOPRIO_BEST_EFFORT(i)));
		if (i < 4)
			EXPECT_DIFFERENT(leader->pid, thread[i + 1]->pid,
					 KCMP_IO, 0, 0);
	}
	for (i = 0; i < 5; i++)
		for (j = 0; j < i; j++)
			EXPECT_DIFFERENT(thread[j]->pid, thread[i]->pid,
					 KCMP_IO, 0, 0);
}

/*
 * CLONE_IO shares only an io_context that exists.  A child of a task without an
 * I/O priority has none, so its own child has none to share: the first of them
 * to set a priority gets one that is its own.
 */
TEST_F(io_context, clone_io_shares_no_null_pointer)
{
	struct worker *parent, *child;

	ASSERT_RESULT(0, set_ioprio(NULL, 0, IOPRIO_CLASS(0)));
	parent = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(parent);
	child = worker_spawn_by(parent, by_clone, CLONE_VM | CLONE_IO, 0);
	ASSERT_SPAWNED(child);
	/* NULL against NULL: any answer is right. */
	EXPECT_KCMP(KCMP_ANSWERS, parent->pid, child->pid, KCMP_IO, 0, 0);
	ASSERT_RESULT(0, set_ioprio(child, 0, IOPRIO_BEST_EFFORT(4)));
	EXPECT_DIFFERENT(parent->pid, child->pid, KCMP_IO, 0, 0);
	ASSERT_RESULT(0, set_ioprio(parent, 0, IOPRIO_BEST_EFFORT(4)));
	EXPECT_DIFFERENT(parent->pid, child->pid, KCMP_IO, 0, 0);
}

/* ------------------------------------------------------------------ */
/* A change by one task is seen by the other if and only if they share. */

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
		       IOPRIO_BEST_EFFORT(7)) ?
		       -errno :
		       0;
}

static long sees_priority(const long *arg)
{
	(void)arg;
	return syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) ==
	       IOPRIO_BEST_EFFORT(7);
}

FIXTURE(effect)
{
	struct worker *parent;
	int fd;
};

FIXTURE_VARIANT(effect)
{
	int type;
	unsigned long with, without;
	worker_fn *change, *sees;
};

/* clang-format off */
#define EFFECT(name, object, flags, others, act, look) \
FIXTURE_VARIANT_ADD(effect, name) { \
	.type = object, .with = flags, .change = act, .sees = look, \
	.without = CLONE_EVERYTHING & ~(others), \
}
/* clang-format on */

EFFECT(vm, KCMP_VM, CLONE_VM, CLONE_VM | CLONE_SIGHAND, store, sees_store);
EFFECT(files, KCMP_FILES, CLONE_FILES, CLONE_FILES, open_number, sees_number);
EFFECT(fs, KCMP_FS, CLONE_FS, CLONE_FS, change_directory, sees_directory);
EFFECT(sighand, KCMP_SIGHAND, CLONE_SIGHAND | CLONE_VM, CLONE_SIGHAND,
       ignore_signal, sees_ignored);
EFFECT(io, KCMP_IO, CLONE_IO, CLONE_IO, lower_priority, sees_priority);

FIXTURE_SETUP(effect)
{
	int ends[2];
	long err;

	SKIP_IF(kcmp_skip_reason(variant->type));
	ASSERT_EQ(0, pipe(ends));
	self->fd = ends[0];
	/* The caller of the test may have set what the child is to set. */
	umask(022);
	ASSERT_EQ(0, chdir("/"));
	self->parent = spawn_with_io_and_undo(CLONE_VM);
	ASSERT_SPAWNED(self->parent);
	if (variant->type != KCMP_IO)
		return;
	err = worker_syscall(self->parent, SYS_ioprio_get, IOPRIO_WHO_PROCESS,
			     0);
	SKIP_IF(blocked_skip_reason(err,
				    "ioprio_get blocked by a seccomp filter"));
}

FIXTURE_TEARDOWN(effect)
{
	workers_end();
}

/* Returns whether the parent sees the child's change, or a negative value. */
static long parent_sees(FIXTURE_DATA(effect) *const self,
			const FIXTURE_VARIANT(effect) *const variant,
			struct worker *child)
{
	if (worker_run(self->parent, variant->sees, self->fd))
		return -EEXIST;
	if (worker_run(child, variant->change, self->fd) < 0)
		return -EIO;
	if (worker_run(child, variant->sees, self->fd) != 1)
		return -ENODATA;
	return worker_run(self->parent, variant->sees, self->fd);
}

TEST_F(effect, seen_when_same)
{
	struct worker *child =
		worker_spawn_by(self->parent, by_clone, variant->with, 0);

	ASSERT_SPAWNED(child);
	EXPECT_EQ(1, parent_sees(self, variant, child));
	EXPECT_SAME(self->parent->pid, child->pid, variant->type, 0, 0);
}

TEST_F(effect, not_seen_when_different)
{
	struct worker *child =
		worker_spawn_by(self->parent, by_clone, variant->without, 0);

	ASSERT_SPAWNED(child);
	EXPECT_EQ(0, parent_sees(self, variant, child));
	EXPECT_DIFFERENT(self->parent->pid, child->pid, variant->type, 0, 0);
}

static long move_offset(const long *arg)
{
	return lseek(arg[0], 77, SEEK_SET);
}

/* Descriptors of one open file description share its offset. */
TEST(same_description_has_one_offset)
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

TEST_HARNESS_MAIN
