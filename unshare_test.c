// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing ends with execve(2), unshare(2), setns(2), close_range(2): which
 * types of kcmp(2) each of them ends sharing of, and for which tasks.
 */
#include "kcmp_harness.h"
#include "namespace.h"
#include "ptrace_access.h"
#include "sharing.h"

#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* ------------------------------------------------------------------ */
/* execve() of a task that shares everything.                          */

/* All that execve(2) leaves shared. */
#define EXEC_KEEPS (CLONE_FS | CLONE_IO | CLONE_SYSVSEM)
#define SHARE_MEMORY (CLONE_VM | CLONE_SIGHAND)

FIXTURE(exec)
{
	struct worker *sharer, *child;
};

FIXTURE_SETUP(exec)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	SKIP_IF(execve_skip_reason());
	/* A table takes an RCU grace period to grow once it is shared. */
	ASSERT_EQ(100, dup2(STDIN_FILENO, 100));
	self->sharer = spawn_with_io_and_undo(CLONE_VM);
	ASSERT_SPAWNED(self->sharer);
	self->child =
		worker_spawn_by(self->sharer, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(self->child);
	ASSERT_SHARED(CLONE_EVERYTHING, self->sharer->pid, self->child->pid);
}

FIXTURE_TEARDOWN(exec)
{
	workers_end();
}

TEST_F(exec, ends_sharing_as_documented)
{
	struct worker *other =
		worker_spawn_by(self->sharer, by_clone, CLONE_EVERYTHING, 0);

	ASSERT_SPAWNED(other);
	ASSERT_RESULT(0, worker_execve(self->child, "/proc/self/exe"));
	EXPECT_SHARED(EXEC_KEEPS, self->sharer->pid, self->child->pid);
	EXPECT_SHARED(EXEC_KEEPS, other->pid, self->child->pid);
	EXPECT_SHARED(CLONE_EVERYTHING, self->sharer->pid, other->pid);
}

TEST_F(exec, enoent_keeps_sharing)
{
	/* In procfs, where no file can be made. */
	ASSERT_RESULT(-ENOENT, worker_execve(self->child, "/proc/self/none"));
	EXPECT_SHARED(CLONE_EVERYTHING, self->sharer->pid, self->child->pid);
}

/* ENOEXEC is found late, when execve() has prepared the new program. */
TEST(execve_enoexec_keeps_sharing)
{
	int fd = memfd_create("garbage", 0);
	struct worker *alone, *sharer;

	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	SKIP_IF(execve_skip_reason());
	SKIP_IF(fd == -1 ? errno_skip_reason("needs CONFIG_MEMFD_CREATE",
					     BLOCKED("memfd_create")) :
			   NULL);
	SKIP_IF(fchmod(fd, 0700) ? "needs vm.memfd_noexec of 0" : NULL);
	ASSERT_EQ(7, write(fd, "garbage", 7));
	alone = spawn_with_io_and_undo(CLONE_VM);
	ASSERT_SPAWNED(alone);
	snprintf(alone->scratch, WORKER_SCRATCH, "/proc/self/fd/%d", fd);
	ASSERT_RESULT(-ENOEXEC, worker_execve(alone, alone->scratch));
	sharer = worker_spawn_by(alone, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(sharer);
	ASSERT_RESULT(-ENOEXEC, worker_execve(sharer, alone->scratch));
	EXPECT_SHARED(CLONE_EVERYTHING, alone->pid, sharer->pid);
	workers_end();
}

/* The interpreter of the script is this program. */
TEST(execve_of_script_ends_sharing)
{
	static const char line[] = "#!/proc/self/exe\n";
	struct worker *sharer, *child;
	long err;
	int fd;

	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	SKIP_IF(execve_skip_reason());
	fd = memfd_create("script", 0);
	SKIP_IF(fd == -1 ? errno_skip_reason("needs CONFIG_MEMFD_CREATE",
					     BLOCKED("memfd_create")) :
			   NULL);
	SKIP_IF(fchmod(fd, 0700) ? "needs vm.memfd_noexec of 0" : NULL);
	ASSERT_EQ((ssize_t)strlen(line), write(fd, line, strlen(line)));
	sharer = spawn_with_io_and_undo(CLONE_VM);
	ASSERT_SPAWNED(sharer);
	child = worker_spawn_by(sharer, by_clone, CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(child);
	snprintf(child->scratch, WORKER_SCRATCH, "/proc/self/fd/%d", fd);
	err = worker_execve(child, child->scratch);
	SKIP_IF(err == -ENOEXEC ? "needs CONFIG_BINFMT_SCRIPT" : NULL);
	ASSERT_RESULT(0, err);
	EXPECT_SHARED(EXEC_KEEPS, sharer->pid, child->pid);
	workers_end();
}

TEST_F(exec, ends_sharing_while_traced)
{
	SKIP_IF(seize_skip_reason());
	ASSERT_RESULT(0, worker_syscall(self->sharer, SYS_ptrace, PTRACE_SEIZE,
					self->child->pid, 0, 0));
	ASSERT_RESULT(0, worker_execve(self->child, "/proc/self/exe"));
	EXPECT_SHARED(EXEC_KEEPS, self->sharer->pid, self->child->pid);
}

/* The exit signal tells kinds of children apart. */
TEST_F(exec, ends_sharing_of_child_without_signal)
{
	struct worker *child = worker_spawn_by(
		self->sharer, by_clone3, CLONE_EVERYTHING & ~SHARE_MEMORY, 0);

	if (child->pid == -ENOSYS || child->pid == -EPERM)
		SKIP_IF("needs clone3");
	ASSERT_SPAWNED(child);
	EXPECT_SHARED(CLONE_EVERYTHING & ~SHARE_MEMORY, self->sharer->pid,
		      child->pid);
	ASSERT_RESULT(0, worker_execve(child, "/proc/self/exe"));
	EXPECT_SHARED(EXEC_KEEPS, self->sharer->pid, child->pid);
}

/* The same question about the same tasks, with no other one in between. */
TEST_F(exec, ends_sharing_for_the_next_question)
{
	static const int types[] = { KCMP_VM, KCMP_FILES, KCMP_SIGHAND };
	pid_t sharer = self->sharer->pid;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct worker *child;

		if (kcmp_skip_reason(types[i]))
			continue;
		child = worker_spawn_by(self->sharer, by_clone,
					CLONE_EVERYTHING, 0);
		ASSERT_SPAWNED(child);
		EXPECT_KCMP(0, sharer, child->pid, types[i], 0, 0);
		ASSERT_RESULT(0, worker_execve(child, "/proc/self/exe"));
		EXPECT_KCMP(KCMP_DIFFERS, sharer, child->pid, types[i], 0, 0);
	}
}

/* A lock that kcmp() keeps would make execve() wait. */
TEST_F(exec, caller_can_execve_after_question)
{
	struct worker *caller = worker_spawn(0);

	ASSERT_SPAWNED(caller);
	EXPECT_KCMP_BY(caller, KCMP_DIFFERS, caller->pid, self->child->pid,
		       KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(caller, KCMP_DIFFERS, self->child->pid, caller->pid,
		       KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(caller, 0, caller->pid, caller->pid, KCMP_VM, 0, 0);
	EXPECT_RESULT(0, worker_execve(caller, "/proc/self/exe"));
}

TEST_F(exec, cloexec_closes_descriptors_above_1024)
{
	const int high = 1500;
	struct rlimit limit;
	struct worker *child;

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	if (getrlimit(RLIMIT_NOFILE, &limit))
		SKIP_IF("prlimit64 blocked by a seccomp filter");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	SKIP_IF(dup3(100, high, O_CLOEXEC) == high ?
			NULL :
			"RLIMIT_NOFILE too low (needs 1501)");
	child = worker_spawn(0);
	ASSERT_SPAWNED(child);
	EXPECT_SAME(getpid(), child->pid, KCMP_FILE, high, high);
	ASSERT_RESULT(0, worker_execve(child, "/proc/self/exe"));
	EXPECT_KCMP(-EBADF, getpid(), child->pid, KCMP_FILE, high, high);
}

TEST_F(exec, cloexec_closes_standard_descriptors)
{
	int fd;

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	for (fd = 0; fd <= 2; fd++)
		ASSERT_RESULT(fd, worker_syscall(self->child, SYS_dup3, 100, fd,
						 O_CLOEXEC));
	ASSERT_RESULT(0, worker_execve(self->child, "/proc/self/exe"));
	for (fd = 0; fd <= 2; fd++)
		EXPECT_KCMP(-EBADF, self->sharer->pid, self->child->pid,
			    KCMP_FILE, 100, fd);
	EXPECT_SAME(self->sharer->pid, self->child->pid, KCMP_FILE, 100, 100);
}

/* execve() copies the table before it closes the close-on-exec descriptors. */
TEST_F(exec, cloexec_spares_former_sharers)
{
	pid_t sharer = self->sharer->pid, child = self->child->pid;
	const int fd = 99;

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	ASSERT_EQ(fd, worker_syscall(self->child, SYS_dup3, 0, fd, O_CLOEXEC));
	EXPECT_SAME(sharer, child, KCMP_FILE, fd, fd);
	ASSERT_RESULT(0, worker_execve(self->child, "/proc/self/exe"));
	EXPECT_SAME(sharer, sharer, KCMP_FILE, 0, fd);
	EXPECT_SAME(sharer, child, KCMP_FILE, 0, 0);
	EXPECT_KCMP(-EBADF, sharer, child, KCMP_FILE, fd, fd);
	EXPECT_SHARED(EXEC_KEEPS, sharer, child);
}

/* The parent sleeps until its child has called execve(). */
TEST_F(exec, ends_sharing_after_vfork)
{
	struct worker *child = worker_spawn_by(
		self->child, by_clone, CLONE_EVERYTHING | CLONE_VFORK, 0);
	pid_t parent = self->child->pid;

	ASSERT_SPAWNED(child);
	EXPECT_SHARED(CLONE_EVERYTHING, parent, child->pid);
	ASSERT_RESULT(0, worker_execve(child, "/proc/self/exe"));
	EXPECT_SHARED(EXEC_KEEPS, parent, child->pid);
	EXPECT_SHARED(CLONE_EVERYTHING, self->sharer->pid, parent);
}

static long fork_idle(const long *arg)
{
	return fork_idle_child((unsigned long)arg[0]);
}

/* clone() refuses CLONE_FS only while the execve() goes on. */
TEST(execve_then_clone_can_share)
{
	const unsigned long flags = CLONE_FILES | EXEC_KEEPS;
	struct worker *alone;
	long sharer, other;

	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	SKIP_IF(execve_skip_reason());
	alone = spawn_with_io_and_undo(CLONE_VM);
	ASSERT_SPAWNED(alone);
	ASSERT_RESULT(0, worker_execve(alone, "/proc/self/exe"));
	sharer = worker_run(alone, fork_idle, flags);
	ASSERT_LT(0, sharer);
	other = worker_run(alone, fork_idle, 0);
	ASSERT_LT(0, other);
	EXPECT_SHARED(flags, alone->pid, sharer);
	EXPECT_SHARED(SHARES_NOTHING, alone->pid, other);
	workers_end();
}

/* The fs_struct of the thread that calls execve() stays, not the leader's. */
TEST_F(exec, by_thread_keeps_what_thread_shares)
{
	struct worker *thread = worker_spawn_by(self->child, by_clone,
						CLONE_A_THREAD | EXEC_KEEPS, 0);

	ASSERT_SPAWNED(thread);
	EXPECT_SHARED(CLONE_VM | CLONE_SIGHAND | EXEC_KEEPS, self->sharer->pid,
		      thread->pid);
	ASSERT_RESULT(0, worker_execve(thread, "/proc/self/exe"));
	EXPECT_SHARED(EXEC_KEEPS, self->sharer->pid, self->child->pid);
}

/* A thread with its own fs_struct and undo list keeps both across execve(). */
TEST_F(exec, by_thread_drops_what_leader_shares)
{
	pid_t sharer = self->sharer->pid, leader = self->child->pid;
	struct worker *thread;

	SKIP_IF(kcmp_skip_reason_any());
	thread = worker_spawn_by(self->child, by_clone, CLONE_A_THREAD, 0);
	ASSERT_SPAWNED(thread);
	EXPECT_DIFFERENT(sharer, thread->pid, KCMP_FS, 0, 0);
	ASSERT_RESULT(0, worker_execve(thread, "/proc/self/exe"));
	EXPECT_DIFFERENT(sharer, leader, KCMP_FS, 0, 0);
	if (!kcmp_skip_reason(KCMP_SYSVSEM))
		EXPECT_DIFFERENT(sharer, leader, KCMP_SYSVSEM, 0, 0);
}

/* The thread takes over its leader's id, and its own becomes free. */
TEST_F(exec, by_thread_takes_the_leaders_id)
{
	pid_t sharer = self->sharer->pid, leader = self->child->pid, tid;
	struct worker *thread;

	SKIP_IF(kcmp_skip_reason_any());
	thread = worker_spawn_by(self->child, by_clone,
				 CLONE_A_THREAD | CLONE_FILES, 0);
	ASSERT_SPAWNED(thread);
	tid = thread->pid;
	EXPECT_SAME(leader, tid, KCMP_FILES, 0, 0);
	ASSERT_RESULT(0, worker_execve(thread, "/proc/self/exe"));
	EXPECT_EQ(leader, thread->tid);
	EXPECT_EQ(0, task_state(leader, tid));
	EXPECT_ESRCH_IF_UNUSED(NULL, tid, tid, tid, KCMP_VM);
	EXPECT_ESRCH_IF_UNUSED(NULL, tid, leader, tid, KCMP_VM);
	EXPECT_KCMP(0, leader, leader, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(sharer, leader, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(sharer, leader, KCMP_FILES, 0, 0);
	EXPECT_DIFFERENT(sharer, leader, KCMP_SIGHAND, 0, 0);
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
	const char *since; /* the reason for EINVAL */
};

/* clang-format off */
#define UNSHARE(name, bits, what) \
FIXTURE_VARIANT_ADD(unshare, name) { .flag = bits, .ends = what }

UNSHARE(nothing, 0, 0);
UNSHARE(files, CLONE_FILES, CLONE_FILES);
UNSHARE(fs, CLONE_FS, CLONE_FS);
UNSHARE(sysvsem, CLONE_SYSVSEM, CLONE_SYSVSEM);
UNSHARE(thread, CLONE_THREAD, 0);
UNSHARE(files_fs_and_sysvsem, CLONE_FILES | CLONE_FS | CLONE_SYSVSEM,
	CLONE_FILES | CLONE_FS | CLONE_SYSVSEM);
UNSHARE(newns, CLONE_NEWNS, CLONE_FS);
UNSHARE(newuser, CLONE_NEWUSER, CLONE_FS);
UNSHARE(newuser_and_sysvsem, CLONE_NEWUSER | CLONE_SYSVSEM,
	CLONE_FS | CLONE_SYSVSEM);
UNSHARE(newnet_and_fs, CLONE_NEWNET | CLONE_FS, CLONE_FS);
UNSHARE(newuts_and_files, CLONE_NEWUTS | CLONE_FILES, CLONE_FILES);
UNSHARE(newuser_and_files, CLONE_NEWUSER | CLONE_FILES, CLONE_FS | CLONE_FILES);
UNSHARE(newns_files_and_sysvsem, CLONE_NEWNS | CLONE_FILES | CLONE_SYSVSEM,
	CLONE_FS | CLONE_FILES | CLONE_SYSVSEM);
UNSHARE(newipc, CLONE_NEWIPC, CLONE_SYSVSEM);
UNSHARE(newuts, CLONE_NEWUTS, 0);
UNSHARE(newnet, CLONE_NEWNET, 0);
UNSHARE(newpid, CLONE_NEWPID, 0);
UNSHARE(newcgroup, CLONE_NEWCGROUP, 0);
UNSHARE(newtime, CLONE_NEWTIME, 0);
FIXTURE_VARIANT_ADD(unshare, empty_mntns) {
	.flag = UNSHARE_EMPTY_MNTNS, .ends = CLONE_FS,
	.since = "needs Linux 7.2 (UNSHARE_EMPTY_MNTNS)",
};
/* clang-format on */

FIXTURE_SETUP(unshare)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: unshare_skip_reason());
	ASSERT_RESULT(0, alloc_io_and_undo());
	self->child = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->child);
	self->third = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->third);
	ASSERT_SHARED(CLONE_EVERYTHING, getpid(), self->child->pid);
}

FIXTURE_TEARDOWN(unshare)
{
	workers_end();
}

/*
 * Returns 0 or -errno.  Namespaces are made in a new user namespace if that is
 * what they take, which ends the sharing of the fs_struct.
 */
static long unshare_flag(struct worker *t,
			 const FIXTURE_VARIANT(unshare) *const variant,
			 unsigned long *ends)
{
	unsigned long flag = variant->flag;
	long err = worker_syscall(t, SYS_unshare, flag);

	if (err != -EPERM || !(flag & (CLONE_NEW | UNSHARE_EMPTY_MNTNS)))
		return err;
	*ends |= CLONE_FS;
	return worker_syscall(t, SYS_unshare, flag | CLONE_NEWUSER);
}

/* Returns why no task here can unshare the flag, or NULL. */
static const char *
unshare_flag_skip_reason(const FIXTURE_VARIANT(unshare) *const variant,
			 long err)
{
	unsigned long long needs = variant->flag & CLONE_NEW;
	const char *reason;

	if (variant->flag & UNSHARE_EMPTY_MNTNS)
		needs |= CLONE_NEWNS;
	if (!err || !needs)
		return NULL;
	reason = namespace_skip_reason(NS_UNSHARE, needs, err);
	if (!reason && variant->since &&
	    try_namespaces(NS_UNSHARE, variant->flag) == -EINVAL)
		reason = variant->since;
	return reason;
}

TEST_F(unshare, ends_sharing_as_documented)
{
	unsigned long ends = variant->ends;
	long unshare_err = unshare_flag(self->child, variant, &ends);

	SKIP_IF(unshare_flag_skip_reason(variant, unshare_err));
	ASSERT_RESULT(0, unshare_err);
	EXPECT_SHARED(CLONE_EVERYTHING & ~ends, getpid(), self->child->pid);
	EXPECT_SHARED(CLONE_EVERYTHING & ~ends, self->third->pid,
		      self->child->pid);
	EXPECT_SHARED(CLONE_EVERYTHING, self->third->pid, getpid());
}

/* The table is copied; its entries point to the same open file descriptions. */
TEST(unshare_files_keeps_open_descriptions)
{
	struct worker *child;
	pid_t me = getpid();
	int ends[2];

	SKIP_IF(kcmp_skip_reason(KCMP_FILES) ?: kcmp_skip_reason(KCMP_FILE));
	SKIP_IF(unshare_skip_reason());
	ASSERT_EQ(0, pipe(ends));
	child = worker_spawn(CLONE_FILES | CLONE_VM);
	ASSERT_SPAWNED(child);
	ASSERT_RESULT(0, worker_syscall(child, SYS_unshare, CLONE_FILES));
	EXPECT_DIFFERENT(me, child->pid, KCMP_FILES, 0, 0);
	EXPECT_SAME(me, child->pid, KCMP_FILE, ends[0], ends[0]);
	workers_end();
}

/* ------------------------------------------------------------------ */
/* unshare() cannot undo these flags.                                  */

FIXTURE(unshare_einval)
{
	struct worker *child;
};

FIXTURE_VARIANT(unshare_einval)
{
	unsigned long flag;
	long alone; /* for a task that shares nothing */
};

/* clang-format off */
FIXTURE_VARIANT_ADD(unshare_einval, vm) { CLONE_VM, 0 };
FIXTURE_VARIANT_ADD(unshare_einval, sighand) { CLONE_SIGHAND, 0 };
FIXTURE_VARIANT_ADD(unshare_einval, io) { CLONE_IO, -EINVAL };
FIXTURE_VARIANT_ADD(unshare_einval, vfork) { CLONE_VFORK, -EINVAL };
FIXTURE_VARIANT_ADD(unshare_einval, ptrace) { CLONE_PTRACE, -EINVAL };
/* clang-format on */

FIXTURE_SETUP(unshare_einval)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: unshare_skip_reason());
	ASSERT_RESULT(0, alloc_io_and_undo());
}

FIXTURE_TEARDOWN(unshare_einval)
{
	workers_end();
}

TEST_F(unshare_einval, sharing_is_kept)
{
	struct worker *child = worker_spawn(CLONE_EVERYTHING);
	unsigned long flag = variant->flag;

	ASSERT_SPAWNED(child);
	EXPECT_SHARED(CLONE_EVERYTHING, getpid(), child->pid);
	EXPECT_RESULT(-EINVAL, worker_syscall(child, SYS_unshare, flag));
	flag |= CLONE_FILES;
	EXPECT_RESULT(-EINVAL, worker_syscall(child, SYS_unshare, flag));
	EXPECT_SHARED(CLONE_EVERYTHING, getpid(), child->pid);
}

TEST_F(unshare_einval, task_alone_stays_alone)
{
	struct worker *alone = spawn_with_io_and_undo(0);

	ASSERT_SPAWNED(alone);
	EXPECT_RESULT(variant->alone,
		      worker_syscall(alone, SYS_unshare, variant->flag));
	EXPECT_SHARED(SHARES_NOTHING, getpid(), alone->pid);
}

/* A shared mm cannot be unshared even if the signal handlers are not shared. */
TEST(unshare_vm_is_einval_with_own_sighand)
{
	struct worker *child;

	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: unshare_skip_reason());
	child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(child);
	EXPECT_SAME(getpid(), child->pid, KCMP_VM, 0, 0);
	EXPECT_RESULT(-EINVAL, worker_syscall(child, SYS_unshare, CLONE_VM));
	EXPECT_SAME(getpid(), child->pid, KCMP_VM, 0, 0);
	workers_end();
}

/* unshare() finds EPERM late, when all that can be copied has been. */
TEST(unshare_and_setns_eperm_keep_sharing)
{
	long fd, capset_err, unshare_err, setns_err;
	struct worker *child;

	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: unshare_skip_reason());
	SKIP_IF(ns_config_skip_reason(CLONE_NEWIPC));
	ASSERT_RESULT(0, alloc_io_and_undo());
	fd = open("/proc/self/ns/ipc", O_RDONLY);
	ASSERT_LE(0, fd);
	child = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(child);
	capset_err = worker_run(child, worker_set_caps, 0);
	SKIP_IF(blocked_skip_reason(capset_err,
				    "capset blocked by a seccomp filter"));
	ASSERT_RESULT(0, capset_err);
	unshare_err = worker_syscall(child, SYS_unshare,
				     CLONE_NEWIPC | CLONE_FILES | CLONE_FS |
					     CLONE_SYSVSEM);
	setns_err = worker_syscall(child, SYS_setns, fd, CLONE_NEWIPC);
	if (setns_err == -ENOSYS)
		SKIP_IF(blocked_skip_reason(
			setns_err, "setns blocked by a seccomp filter"));
	EXPECT_RESULT(-EPERM, unshare_err);
	EXPECT_RESULT(-EPERM, setns_err);
	EXPECT_SHARED(CLONE_EVERYTHING, getpid(), child->pid);
	workers_end();
}

/* ------------------------------------------------------------------ */
/* unshare() by one thread of a process.                               */

FIXTURE(thread)
{
	struct worker *leader, *thread;
};

FIXTURE_VARIANT(thread)
{
	unsigned long flag;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(thread, files) { CLONE_FILES };
FIXTURE_VARIANT_ADD(thread, fs) { CLONE_FS };
FIXTURE_VARIANT_ADD(thread, sysvsem) { CLONE_SYSVSEM };
/* clang-format on */

FIXTURE_SETUP(thread)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: unshare_skip_reason());
	self->leader = spawn_with_io_and_undo(0);
	ASSERT_SPAWNED(self->leader);
	self->thread = worker_spawn_by(self->leader, by_clone,
				       CLONE_THREAD | CLONE_EVERYTHING, 0);
	ASSERT_SPAWNED(self->thread);
}

FIXTURE_TEARDOWN(thread)
{
	workers_end();
}

TEST_F(thread, unshare_spares_other_threads)
{
	struct worker *other = worker_spawn_by(
		self->leader, by_clone, CLONE_THREAD | CLONE_EVERYTHING, 0);

	ASSERT_SPAWNED(other);
	ASSERT_RESULT(0,
		      worker_syscall(self->thread, SYS_unshare, variant->flag));
	EXPECT_SHARED(CLONE_EVERYTHING & ~variant->flag, self->leader->pid,
		      self->thread->pid);
	EXPECT_SHARED(CLONE_EVERYTHING, self->leader->pid, other->pid);
}

TEST_F(thread, leader_can_unshare)
{
	ASSERT_RESULT(0,
		      worker_syscall(self->leader, SYS_unshare, variant->flag));
	EXPECT_SHARED(CLONE_EVERYTHING & ~variant->flag, self->leader->pid,
		      self->thread->pid);
}

TEST_F(thread, einval_keeps_sharing)
{
	static const unsigned long flag[] = { CLONE_VM, CLONE_SIGHAND,
					      CLONE_THREAD };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flag); i++)
		EXPECT_RESULT(-EINVAL, worker_syscall(self->thread, SYS_unshare,
						      flag[i]));
	EXPECT_RESULT(-EINVAL, worker_syscall(self->thread, SYS_unshare,
					      CLONE_THREAD | variant->flag));
	EXPECT_SHARED(CLONE_EVERYTHING, self->leader->pid, self->thread->pid);
}

/* ------------------------------------------------------------------ */
/* close_range() with CLOSE_RANGE_UNSHARE, and without.                */

FIXTURE(close_range)
{
	struct worker *child;
	int fd;
};

FIXTURE_VARIANT(close_range)
{
	unsigned int flags;
	int number; /* the range; 300 is open */
	long files, child, test; /* expected of the tables, and of 300 */
};

/* clang-format off */
FIXTURE_VARIANT_ADD(close_range, no_flags) { 0, 300, 0, -EBADF, -EBADF };
FIXTURE_VARIANT_ADD(close_range, cloexec) { CLOSE_RANGE_CLOEXEC, 300, 0, 0, 0 };
FIXTURE_VARIANT_ADD(close_range, unshare) {
	CLOSE_RANGE_UNSHARE, 300, KCMP_DIFFERS, -EBADF, 0
};
FIXTURE_VARIANT_ADD(close_range, unshare_and_cloexec) {
	CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC, 300, KCMP_DIFFERS, 0, 0
};
FIXTURE_VARIANT_ADD(close_range, unshare_empty_range) {
	CLOSE_RANGE_UNSHARE, 400, KCMP_DIFFERS, 0, 0
};
/* clang-format on */

FIXTURE_SETUP(close_range)
{
	int ends[2];

	SKIP_IF(kcmp_skip_reason(KCMP_FILES) ?: kcmp_skip_reason(KCMP_FILE));
	SKIP_IF(close_range_skip_reason(variant->flags));
	ASSERT_EQ(0, pipe(ends));
	self->fd = ends[0];
	ASSERT_EQ(300, dup2(self->fd, 300));
	self->child = worker_spawn(CLONE_VM | CLONE_FILES);
	ASSERT_SPAWNED(self->child);
	ASSERT_EQ(0, sys_kcmp(getpid(), self->child->pid, KCMP_FILES, 0, 0));
}

FIXTURE_TEARDOWN(close_range)
{
	workers_end();
}

TEST_F(close_range, ends_sharing_with_unshare_only)
{
	pid_t me = getpid(), pid = self->child->pid;
	int fd = self->fd;

	ASSERT_RESULT(0, worker_syscall(self->child, SYS_close_range,
					variant->number, variant->number,
					variant->flags));
	EXPECT_KCMP(variant->files, me, pid, KCMP_FILES, 0, 0);
	EXPECT_KCMP(variant->files, pid, me, KCMP_FILES, 0, 0);
	EXPECT_KCMP(variant->child, me, pid, KCMP_FILE, fd, 300);
	EXPECT_KCMP(variant->test, me, me, KCMP_FILE, fd, 300);
	EXPECT_SAME(me, pid, KCMP_FILE, fd, fd);
}

static long set_cloexec(struct worker *w, int fd)
{
	return worker_syscall(w, SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
}

TEST(close_range_closes_and_keeps_cloexec)
{
	pid_t me = getpid();
	struct worker *child;

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	SKIP_IF(close_range_skip_reason(CLOSE_RANGE_UNSHARE));
	ASSERT_EQ(300, dup2(STDIN_FILENO, 300));
	ASSERT_EQ(301, dup2(STDIN_FILENO, 301));
	child = worker_spawn(CLONE_VM | CLONE_FILES);
	ASSERT_SPAWNED(child);
	ASSERT_SPAWNED(worker_spawn(CLONE_VM | CLONE_FILES));
	ASSERT_RESULT(0, set_cloexec(child, 300));
	ASSERT_RESULT(0, set_cloexec(child, 301));
	/* Three tasks share the table, which the call copies. */
	ASSERT_RESULT(0, worker_syscall(child, SYS_close_range, 301, 301,
					CLOSE_RANGE_UNSHARE));
	if (!kcmp_skip_reason(KCMP_FILES))
		EXPECT_DIFFERENT(me, child->pid, KCMP_FILES, 0, 0);
	EXPECT_KCMP(-EBADF, me, child->pid, KCMP_FILE, 301, 301);
	EXPECT_SAME(me, child->pid, KCMP_FILE, 300, 300);
	EXPECT_EQ(FD_CLOEXEC, worker_syscall(child, SYS_fcntl, 300, F_GETFD));
	workers_end();
}

/* ------------------------------------------------------------------ */
/* setns() into the namespaces where the task is already.              */

FIXTURE(setns)
{
	struct worker *parent, *child;
};

FIXTURE_VARIANT(setns)
{
	const char *file; /* in /proc/self/ns; NULL: by a pidfd */
	unsigned long flag, ends, forbids;
};

/* clang-format off */
#define SETNS(name, bit, what, not_with) \
FIXTURE_VARIANT_ADD(setns, name) { \
	.file = #name, .flag = bit, .ends = what, .forbids = not_with, \
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
/* clang-format on */

FIXTURE_SETUP(setns)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	self->parent = worker_spawn(0);
	ASSERT_SPAWNED(self->parent);
	SKIP_IF(enter_own_ns_skip_reason(self->parent, variant->file,
					 variant->flag));
	ASSERT_RESULT(0, give_io_and_undo(self->parent));
	self->child = worker_spawn_by(self->parent, by_clone,
				      CLONE_EVERYTHING & ~variant->forbids, 0);
	ASSERT_SPAWNED(self->child);
}

FIXTURE_TEARDOWN(setns)
{
	workers_end();
}

TEST_F(setns, ends_sharing_as_documented)
{
	unsigned long shared = CLONE_EVERYTHING & ~variant->forbids;
	pid_t parent = self->parent->pid, child = self->child->pid;

	EXPECT_SHARED(shared, parent, child);
	ASSERT_RESULT(0,
		      enter_own_ns(self->child, variant->file, variant->flag));
	EXPECT_SHARED(shared & ~variant->ends, parent, child);
}

/* setns() to a mount namespace changes root and directory of the fs_struct. */
TEST(setns_mnt_is_einval_with_shared_fs)
{
	struct worker *parent, *child;

	SKIP_IF(kcmp_skip_reason(KCMP_FS) ?: unshare_skip_reason());
	parent = worker_spawn(0);
	ASSERT_SPAWNED(parent);
	SKIP_IF(enter_own_ns_skip_reason(parent, "mnt", CLONE_NEWNS));
	child = worker_spawn_by(parent, by_clone, CLONE_FS, 0);
	ASSERT_SPAWNED(child);
	EXPECT_RESULT(-EINVAL, enter_own_ns(child, "mnt", CLONE_NEWNS));
	EXPECT_SAME(parent->pid, child->pid, KCMP_FS, 0, 0);
	ASSERT_RESULT(0, worker_syscall(child, SYS_unshare, CLONE_FS));
	EXPECT_RESULT(0, enter_own_ns(child, "mnt", CLONE_NEWNS));
	EXPECT_DIFFERENT(parent->pid, child->pid, KCMP_FS, 0, 0);
	workers_end();
}

TEST(setns_user_is_einval_with_shared_fs)
{
	struct worker *child, *inside;

	SKIP_IF(kcmp_skip_reason(KCMP_FS) ?: unshare_skip_reason());
	ASSERT_RESULT(0, alloc_io_and_undo());
	inside = worker_spawn(CLONE_NEWUSER);
	SKIP_IF(enter_userns_skip_reason(inside));
	ASSERT_SPAWNED(inside);
	child = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(child);
	EXPECT_RESULT(-EINVAL, enter_userns(child, inside));
	EXPECT_SAME(getpid(), child->pid, KCMP_FS, 0, 0);
	ASSERT_RESULT(0, worker_syscall(child, SYS_unshare, CLONE_FS));
	EXPECT_RESULT(0, enter_userns(child, inside));
	EXPECT_SHARED(CLONE_EVERYTHING & ~CLONE_FS, getpid(), child->pid);
	workers_end();
}

TEST(setns_ipc_in_thread_ends_undo_sharing)
{
	struct worker *leader, *thread;

	SKIP_IF(kcmp_skip_reason(KCMP_SYSVSEM));
	leader = worker_spawn(0);
	ASSERT_SPAWNED(leader);
	SKIP_IF(enter_own_ns_skip_reason(leader, "ipc", CLONE_NEWIPC));
	ASSERT_RESULT(0, give_io_and_undo(leader));
	thread = worker_spawn_by(leader, by_clone,
				 CLONE_A_THREAD | CLONE_SYSVSEM, 0);
	ASSERT_SPAWNED(thread);
	EXPECT_SAME(leader->pid, thread->pid, KCMP_SYSVSEM, 0, 0);
	ASSERT_RESULT(0, enter_own_ns(thread, "ipc", CLONE_NEWIPC));
	EXPECT_DIFFERENT(leader->pid, thread->pid, KCMP_SYSVSEM, 0, 0);
	workers_end();
}

TEST_HARNESS_MAIN
