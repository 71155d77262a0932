// SPDX-License-Identifier: GPL-2.0
/*
 * Security modules and filters: Landlock refuses kcmp(2) on tasks outside of the
 * caller's domain, a seccomp filter may fail it with any error, and Yama does not
 * restrict it.
 *
 * The manual page says that Yama does.  Its hook restricts PTRACE_MODE_ATTACH only,
 * kcmp() asks for PTRACE_MODE_READ.
 */
#include "kcmp_harness.h"
#include "namespace.h"
#include "ptrace_access.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

/* linux/landlock.h came with Linux 5.13. */
#define LANDLOCK_VERSION_FLAG 1
#ifndef SYS_landlock_create_ruleset
#if defined(__alpha__)
#define SYS_landlock_create_ruleset 554
#elif defined(__mips__)
#define SYS_landlock_create_ruleset (__NR_Linux + 444)
#else
#define SYS_landlock_create_ruleset 444
#endif
#define SYS_landlock_restrict_self (SYS_landlock_create_ruleset + 2)
#endif

/* ------------------------------------------------------------------ */
/* Landlock: a task in a domain may not ask about tasks outside of it. */

/*
 * Puts the calling thread into a domain of its own.  arg: the network access
 * that the domain handles; 0: the execution of files.  Returns 0 or -errno.
 */
static long enter_domain(const long *arg)
{
	unsigned long long handled[] = { !arg[0], arg[0] };
	int fd;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = syscall(SYS_landlock_create_ruleset, handled,
		     arg[0] ? sizeof(handled) : sizeof(handled[0]), 0);
	if (fd == -1 || syscall(SYS_landlock_restrict_self, fd, 0))
		return -errno;
	return close(fd);
}

/* Returns the version of Landlock's interface, or -1 with errno set. */
static int landlock_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		       LANDLOCK_VERSION_FLAG);
}

/* Domains that a test nests, of 16; those around the test count as well. */
#define DOMAINS 4

static const char *find_landlock_reason(void)
{
	struct creds own = own_creds();
	struct worker *t;
	long err = 0;
	int i;

	if (landlock_abi() == -1) {
		if (errno == EOPNOTSUPP)
			return "needs landlock in the lsm= list";
		return errno != ENOSYS || has_seccomp_filter() ?
			       "Landlock blocked by a seccomp filter" :
			       "needs CONFIG_SECURITY_LANDLOCK";
	}
	t = spawn_as(&own);
	for (i = 0; i < DOMAINS && !err; i++)
		err = worker_run(t, enter_domain, 0);
	worker_end(t);
	if (err == -E2BIG)
		return "too many Landlock domains in use (needs 4 of 16)";
	return err && has_seccomp_filter() ?
		       "Landlock blocked by a seccomp filter" :
		       NULL;
}

static const char *landlock_skip_reason(void)
{
	return reason_with_access(REASON_LANDLOCK, find_landlock_reason);
}

FIXTURE(landlock)
{
	struct creds own;
	struct worker *outside, *inside, *child;
};

FIXTURE_SETUP(landlock)
{
	SKIP_IF(landlock_skip_reason());
	self->own = own_creds();
	self->outside = spawn_as(&self->own);
	ASSERT_SPAWNED(self->outside);
	self->inside = spawn_as(&self->own);
	ASSERT_SPAWNED(self->inside);
	ASSERT_OK(worker_run(self->inside, enter_domain, 0));
	self->child = worker_spawn_by(self->inside, by_clone, 0, 0);
	ASSERT_SPAWNED(self->child);
}

FIXTURE_TEARDOWN(landlock)
{
	end_all_workers();
}

TEST_F(landlock, inside_may_not_ask_outside)
{
	EXPECT_ALLOWED(self->inside, self->child);
	EXPECT_REFUSED(self->inside, self->outside);
	EXPECT_PAIR_REFUSED(self->inside, self->child->pid, self->outside->pid);
	EXPECT_PAIR_REFUSED(self->inside, self->outside->pid, self->child->pid);
}

/* The rules of a domain do not matter, only its place in the hierarchy. */
TEST_F(landlock, network_domain_restricts_as_well)
{
	struct worker *caller;

	SKIP_IF(landlock_abi() < 4 ?
			"needs Linux 6.7 (Landlock network rules)" :
			NULL);
	caller = spawn_as(&self->own);
	ASSERT_WORKER(caller);
	EXPECT_ALLOWED(caller, self->outside);
	ASSERT_OK(worker_run(caller, enter_domain, 1));
	EXPECT_REFUSED(caller, self->outside);
	EXPECT_ALLOWED(self->outside, caller);
}

TEST_F(landlock, threads_outside_are_refused)
{
	struct worker *thread = spawn_thread(self->outside);

	ASSERT_WORKER(thread);
	EXPECT_REFUSED(self->inside, thread);
	EXPECT_ALLOWED(thread, self->inside);
}

TEST_F(landlock, outside_may_ask_inside)
{
	EXPECT_ALLOWED(self->outside, self->inside);
	EXPECT_ALLOWED(self->outside, self->child);
}

/* Two domains without a common ancestor, of different depth. */
TEST_F(landlock, separate_domains_refuse_each_other)
{
	struct worker *deep = self->outside, *deeper;

	deeper = spawn_as(&self->own);
	ASSERT_WORKER(deeper);
	EXPECT_ALLOWED(deep, deeper);
	ASSERT_OK(worker_run(deep, enter_domain, 0));
	ASSERT_OK(worker_run(deeper, enter_domain, 0));
	ASSERT_OK(worker_run(deeper, enter_domain, 0));
	EXPECT_REFUSED(self->inside, deep);
	EXPECT_REFUSED(self->inside, deeper);
	EXPECT_REFUSED(deep, deeper);
	EXPECT_REFUSED(deeper, deep);
}

/* The test asks: it is outside, and the worker's parent. */
TEST_F(landlock, parent_outside_may_ask_inside)
{
	pid_t inside = self->inside->pid;

	EXPECT_KCMP(0, inside, inside, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(getpid(), inside, KCMP_VM, 0, 0);
}

TEST_F(landlock, same_domain_is_allowed)
{
	EXPECT_PAIR_ALLOWED(self->inside, self->inside->pid, self->inside->pid);
	EXPECT_ALLOWED(self->inside, self->child);
	EXPECT_ALLOWED(self->child, self->inside);
}

TEST_F(landlock, nested_domain_may_not_ask_outside)
{
	struct worker *nested;

	ASSERT_OK(worker_run(self->child, enter_domain, 0));
	nested = worker_spawn_by(self->child, by_clone, 0, 0);
	ASSERT_WORKER(nested);
	EXPECT_ALLOWED(self->inside, self->child);
	EXPECT_REFUSED(self->child, self->inside);
	EXPECT_REFUSED(self->child, self->outside);
	EXPECT_ALLOWED(self->child, nested);
	EXPECT_ALLOWED(nested, self->child);
}

/* Landlock does not look at a shared address space. */
TEST_F(landlock, sharer_outside_is_refused)
{
	struct worker *sharer = worker_spawn_by(self->outside, by_clone,
						CLONE_VM | CLONE_SIGHAND, 0);

	ASSERT_WORKER(sharer);
	EXPECT_ALLOWED(self->outside, sharer);
	ASSERT_OK(worker_run(self->outside, enter_domain, 0));
	EXPECT_REFUSED(self->outside, sharer);
	EXPECT_ALLOWED(sharer, self->outside);
}

TEST_F(landlock, tracee_outside_is_refused)
{
	struct worker *target;

	SKIP_IF(seize_skip_reason());
	target = worker_spawn_by(self->outside, by_clone, 0, 0);
	ASSERT_WORKER(target);
	ASSERT_OK(worker_syscall(self->outside, SYS_ptrace, PTRACE_SEIZE,
				 target->pid, 0, 0));
	EXPECT_ALLOWED(self->outside, target);
	ASSERT_OK(worker_run(self->outside, enter_domain, 0));
	EXPECT_REFUSED(self->outside, target);
}

/* All in one user namespace, where each may ask about the others. */
TEST_F(landlock, task_outside_is_refused_in_userns)
{
	struct worker *first = spawn_in_namespaces(CLONE_NEWUSER), *outside,
		      *inside;

	if (first->pid < 0)
		SKIP_IF(namespace_skip_reason(NS_CLONE, CLONE_NEWUSER,
					      first->pid));
	outside = worker_spawn_by(first, by_clone, 0, 0);
	ASSERT_WORKER(outside);
	inside = worker_spawn_by(first, by_clone, 0, 0);
	ASSERT_WORKER(inside);
	EXPECT_KCMP_BY(inside, KCMP_DIFFERS, outside->pid, inside->pid, KCMP_VM,
		       0, 0);
	ASSERT_OK(worker_run(inside, enter_domain, 0));
	EXPECT_KCMP_BY(inside, -EPERM, outside->pid, inside->pid, KCMP_VM, 0,
		       0);
	EXPECT_KCMP_BY(inside, -EPERM, inside->pid, outside->pid, KCMP_VM, 0,
		       0);
}

TEST_F(landlock, stopped_task_outside_is_refused)
{
	pid_t outside = self->outside->pid;
	siginfo_t info;

	ASSERT_OK(kill(outside, SIGSTOP) ? -errno : 0);
	ASSERT_EQ(0, waitid(P_PID, outside, &info, WSTOPPED));
	EXPECT_REFUSED(self->inside, self->outside);
}

TEST_F(landlock, zombie_outside_is_refused)
{
	struct worker *zombie = spawn_as(&self->own);

	ASSERT_WORKER(zombie);
	ASSERT_OK(worker_make_zombie(zombie));
	EXPECT_PAIR_REFUSED(self->inside, self->inside->pid, zombie->pid);
	EXPECT_PAIR_REFUSED(self->inside, zombie->pid, self->inside->pid);
	EXPECT_KCMP_BY(self->outside, -EBADF, zombie->pid, zombie->pid,
		       KCMP_FILE, 0, 0);
}

TEST_F(landlock, outer_domain_may_ask_at_any_depth)
{
	int depth;

	for (depth = 0; depth < 3; depth++) {
		ASSERT_OK(worker_run(self->child, enter_domain, 0));
		EXPECT_ALLOWED(self->inside, self->child);
		EXPECT_REFUSED(self->child, self->inside);
	}
}

TEST_F(landlock, child_outside_is_refused_to_parent)
{
	struct worker *child = worker_spawn_by(self->outside, by_clone, 0, 0);

	ASSERT_WORKER(child);
	EXPECT_ALLOWED(self->outside, child);
	ASSERT_OK(worker_run(self->outside, enter_domain, 0));
	EXPECT_REFUSED(self->outside, child);
	EXPECT_ALLOWED(child, self->outside);
}

/* A thread enters a domain alone; its children inherit it. */
TEST_F(landlock, domain_belongs_to_the_thread)
{
	struct worker *thread = spawn_thread(self->outside);
	struct worker *child;

	ASSERT_WORKER(thread);
	ASSERT_OK(worker_run(thread, enter_domain, 0));
	child = worker_spawn_by(thread, by_clone, 0, 0);
	ASSERT_WORKER(child);
	EXPECT_ALLOWED(child, thread);
	EXPECT_REFUSED(child, self->outside);
}

/* Own threads are not checked, even outside of the domain. */
TEST_F(landlock, own_process_is_allowed)
{
	struct worker *thread = spawn_thread(self->outside);
	struct worker *other = spawn_as(&self->own);

	ASSERT_WORKER(thread);
	ASSERT_WORKER(other);
	ASSERT_OK(worker_run(thread, enter_domain, 0));
	EXPECT_PAIR_ALLOWED(thread, self->outside->pid, thread->pid);
	EXPECT_ALLOWED(self->outside, other);
	EXPECT_REFUSED(thread, other);
}

TEST_F(landlock, root_is_refused)
{
	struct creds creds = privileged_creds();
	struct worker *root = spawn_as(&creds);

	ASSERT_WORKER(root);
	EXPECT_ALLOWED(root, self->outside);
	ASSERT_OK(worker_run(root, enter_domain, 0));
	EXPECT_REFUSED(root, self->outside);
}

/* ------------------------------------------------------------------ */
/* Seccomp: a filter fails kcmp() with any error.                      */

/* Offset of the lower half of an argument, which kcmp() takes for an int. */
#define LOW_WORD (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)

/*
 * Fails kcmp() with error arg[0] in the calling thread, for the types from arg[1]
 * on.  Returns 0 or -errno.
 */
static long filter_kcmp(const long *arg)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kcmp, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[2]) + LOW_WORD),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, arg[1], 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | arg[0]),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { ARRAY_SIZE(code), code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) ? -errno : 0;
}

/* EFAULT means that the kernel has tried to read the filter. */
static const char *seccomp_skip_reason(void)
{
	if (!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) ||
	    errno == EFAULT)
		return NULL;
	return has_seccomp_filter() ? "prctl blocked by a seccomp filter" :
	       errno == EINVAL	    ? "needs CONFIG_SECCOMP_FILTER" :
				      NULL;
}

FIXTURE(seccomp)
{
	struct creds own;
	struct worker *filtered, *other;
};

FIXTURE_SETUP(seccomp)
{
	SKIP_IF(access_skip_reason());
	SKIP_IF(seccomp_skip_reason());
	self->own = own_creds();
	self->filtered = spawn_as(&self->own);
	ASSERT_SPAWNED(self->filtered);
	self->other = spawn_as(&self->own);
	ASSERT_SPAWNED(self->other);
}

FIXTURE_TEARDOWN(seccomp)
{
	end_all_workers();
}

/* Without a filter kcmp() never fails with EPERM on the caller itself. */
TEST_F(seccomp, eperm_even_for_own_process)
{
	pid_t filtered = self->filtered->pid;

	EXPECT_ALLOWED(self->filtered, self->other);
	ASSERT_OK(worker_run(self->filtered, filter_kcmp, EPERM, 0));
	EXPECT_PAIR_REFUSED(self->filtered, filtered, filtered);
	EXPECT_PAIR_REFUSED(self->filtered, filtered, self->other->pid);
	EXPECT_ALLOWED(self->other, self->filtered);
}

TEST_F(seccomp, any_error_for_some_types)
{
	pid_t filtered = self->filtered->pid;

	ASSERT_OK(worker_run(self->filtered, filter_kcmp, E2BIG, KCMP_FS));
	EXPECT_KCMP_BY(self->filtered, 0, filtered, filtered, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(self->filtered, 0, filtered, filtered, KCMP_FILES, 0, 0);
	EXPECT_KCMP_BY(self->filtered, -E2BIG, filtered, filtered, KCMP_FS, 0,
		       0);
	EXPECT_KCMP_BY(self->filtered, -E2BIG, 0, 0, INT_MAX, 0, 0);
}

/* ------------------------------------------------------------------ */
/* Yama: kernel.yama.ptrace_scope does not restrict kcmp().            */

#define YAMA "/proc/sys/kernel/yama/ptrace_scope"

FIXTURE(yama)
{
	struct worker *caller, *target;
	struct lent_sysctl sysctl;
};

FIXTURE_VARIANT(yama)
{
	char scope;
	bool privileged, child, seizes;
};

/* clang-format off */
#define YAMA_SCOPE(n, none_child, none_other, cap_child, cap_other) \
FIXTURE_VARIANT_ADD(yama, scope_##n##_child) { \
	.scope = '0' + (n), .child = true, .seizes = none_child, \
}; \
FIXTURE_VARIANT_ADD(yama, scope_##n##_other) { \
	.scope = '0' + (n), .seizes = none_other, \
}; \
FIXTURE_VARIANT_ADD(yama, scope_##n##_child_cap) { \
	.scope = '0' + (n), .privileged = true, .child = true, \
	.seizes = cap_child, \
}; \
FIXTURE_VARIANT_ADD(yama, scope_##n##_other_cap) { \
	.scope = '0' + (n), .privileged = true, .seizes = cap_other, \
}
/* clang-format on */

YAMA_SCOPE(0, true, true, true, true);
YAMA_SCOPE(1, true, false, true, true);
YAMA_SCOPE(2, false, false, true, true);
YAMA_SCOPE(3, false, false, false, false);

/*
 * Scope 3 cannot be undone: KCMP_YAMA_SCOPE_3 asks for it in a run of these tests
 * alone, after everything else.  Returns why the scope cannot be had, or NULL.
 */
static const char *yama_skip_reason(struct lent_sysctl *sysctl, char scope)
{
	static const char *const reason[] = {
		"needs kernel.yama.ptrace_scope=0",
		"needs kernel.yama.ptrace_scope=1",
		"needs kernel.yama.ptrace_scope=2",
		"needs kernel.yama.ptrace_scope=3",
	};

	if (scope == '3' && read_sysctl(YAMA) != '3' &&
	    !getenv("KCMP_YAMA_SCOPE_3"))
		return reason[3];
	return lend_sysctl(sysctl, YAMA, scope) ? NULL : reason[scope - '0'];
}

FIXTURE_SETUP(yama)
{
	struct creds own = own_creds();

	SKIP_IF(access_skip_reason());
	SKIP_IF(read_sysctl(YAMA) ? NULL : "needs CONFIG_SECURITY_YAMA");
	if (variant->privileged)
		SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	SKIP_IF(yama_skip_reason(&self->sysctl, variant->scope));
	if (variant->privileged) {
		own.permitted = CAP(SYS_PTRACE);
		own.effective = CAP(SYS_PTRACE);
	}
	self->caller = spawn_as(&own);
	ASSERT_SPAWNED(self->caller);
	own = own_creds();
	self->target =
		spawn_as_by(variant->child ? self->caller : NULL, 0, &own);
	ASSERT_SPAWNED(self->target);
}

FIXTURE_TEARDOWN(yama)
{
	workers_end();
	restore_sysctl(&self->sysctl);
}

TEST_F(yama, allows_kcmp)
{
	struct worker *thread = spawn_thread(self->target);

	ASSERT_WORKER(thread);
	EXPECT_ALLOWED(self->caller, self->target);
	EXPECT_ALLOWED(self->caller, thread);
	if (!variant->privileged)
		EXPECT_ALLOWED(self->target, self->caller);
}

/* PR_SET_PTRACER does not affect PTRACE_MODE_READ. */
TEST_F(yama, allows_kcmp_after_pr_set_ptracer)
{
	struct creds own = own_creds();
	struct worker *third = spawn_as(&own);

	ASSERT_WORKER(third);
	ASSERT_OK(worker_syscall(third, SYS_prctl, PR_SET_PTRACER, getpid()));
	EXPECT_ALLOWED(self->caller, self->target);
	EXPECT_ALLOWED(self->caller, third);
	EXPECT_ALLOWED(third, self->target);
}

/* Traced by its parent, in the scopes that allow PTRACE_TRACEME. */
TEST_F(yama, allows_kcmp_of_tracee)
{
	worker_syscall(self->target, SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
	EXPECT_ALLOWED(self->caller, self->target);
}

TEST_F(yama, allows_kcmp_into_pidns)
{
	struct worker *init;

	SKIP_IF(pidns_skip_reason());
	init = spawn_in_pidns(self->caller);
	ASSERT_WORKER(init);
	EXPECT_ALLOWED(self->caller, init);
}

TEST_F(yama, allows_kcmp_of_zombie)
{
	pid_t zombie = self->target->pid;

	/* It may be the child of the caller. */
	worker_post(self->target, NULL, WORKER_ARGS(SYS_exit_group, 0));
	ASSERT_TRUE(wait_state(zombie, zombie, 'Z'));
	EXPECT_KCMP_BY(self->caller, KCMP_ANSWERS, zombie, zombie, KCMP_VM, 0,
		       0);
	EXPECT_KCMP_BY(self->caller, -EBADF, zombie, zombie, KCMP_FILE, 0, 0);
}

/* Positive control: the scope restricts PTRACE_SEIZE by the same caller. */
TEST_F(yama, restricts_ptrace)
{
	struct worker *tracer = self->caller;

	/* A task that is traced already cannot be seized. */
	SKIP_IF(proc_status_field(self->target->pid, "TracerPid") ?
			"traced by another process" :
			NULL);
	if (variant->seizes)
		SKIP_IF(find_traceme_reason());
	EXPECT_STREQ(errno_name(variant->seizes ? 0 : -EPERM),
		     errno_name(worker_syscall(tracer, SYS_ptrace, PTRACE_SEIZE,
					       self->target->pid, 0, 0)));
	EXPECT_ALLOWED(self->caller, self->target);
}

/* The ids are checked in every scope. */
TEST_F(yama, keeps_other_users_refused)
{
	struct creds other = { .uid = ID(UID_B), .gid = ID(UID_B) };
	struct worker *caller;

	SKIP_IF(users_skip_reason());
	caller = spawn_as(&other);
	ASSERT_WORKER(caller);
	EXPECT_ALLOWED(self->caller, self->target);
	EXPECT_REFUSED(caller, self->target);
}

TEST_HARNESS_MAIN
