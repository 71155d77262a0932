// SPDX-License-Identifier: GPL-2.0
/*
 * The ptrace access check of kcmp(2): ids, capabilities, the dumpable flag, set-id
 * programs and user namespaces.  The manual page has kcmp() "governed by a ptrace
 * access mode PTRACE_MODE_READ_REALCREDS check against both pid1 and pid2";
 * ptrace(2) spells that out under "Ptrace access mode checking".
 *
 * Caller and target are workers with the credentials in question.  The caller asks
 * about every type and in every position, and reports.
 */
#include "kcmp_harness.h"
#include "namespace.h"
#include "ptrace_access.h"

/* ------------------------------------------------------------------ */
/* Real ids of the caller, all ids of the target, capabilities.        */

FIXTURE(allowed_access)
{
	struct worker *caller, *target, *other;
};

FIXTURE_VARIANT(allowed_access)
{
	struct creds caller, target;
};

/* clang-format off */
#define ALLOWED(name, callers, targets) \
FIXTURE_VARIANT_ADD(allowed_access, name) { .caller = callers, .target = targets }

#define WITH(...) { __VA_ARGS__ }
/* clang-format on */
#define PLAIN .uid = ID(UID_A), .gid = ID(UID_A)

ALLOWED(same_ids, WITH(PLAIN), WITH(PLAIN));
ALLOWED(caller_euid_and_suid_differ,
	WITH(.uid = { UID_A, UID_B, UID_B }, .gid = ID(UID_A)), WITH(PLAIN));
ALLOWED(caller_egid_and_sgid_differ,
	WITH(.uid = ID(UID_A), .gid = { UID_A, UID_B, UID_B }), WITH(PLAIN));
ALLOWED(caller_fsuid_differs, WITH(PLAIN, .fsuid = UID_B), WITH(PLAIN));
ALLOWED(target_fsuid_differs, WITH(PLAIN), WITH(PLAIN, .fsuid = UID_B));
ALLOWED(caller_fsgid_differs, WITH(PLAIN, .fsgid = UID_B), WITH(PLAIN));
ALLOWED(target_fsgid_differs, WITH(PLAIN), WITH(PLAIN, .fsgid = UID_B));
ALLOWED(target_inheritable_capability, WITH(PLAIN),
	WITH(PLAIN, .inheritable = CAP(NET_RAW)));
ALLOWED(caller_supplementary_group, WITH(PLAIN, .group = UID_B), WITH(PLAIN));
ALLOWED(target_supplementary_group, WITH(PLAIN), WITH(PLAIN, .group = UID_B));
ALLOWED(caller_not_dumpable, WITH(PLAIN, .undumpable = true), WITH(PLAIN));
ALLOWED(caller_more_capabilities,
	WITH(PLAIN, .permitted = CAP(NET_RAW) | CAP(KILL)),
	WITH(PLAIN, .permitted = CAP(NET_RAW)));
ALLOWED(caller_permitted_target_effective,
	WITH(PLAIN, .permitted = CAP(NET_RAW)),
	WITH(PLAIN, .permitted = CAP(NET_RAW), .effective = CAP(NET_RAW)));
ALLOWED(cap_sys_ptrace_for_capabilities,
	WITH(PLAIN, .permitted = CAP(SYS_PTRACE), .effective = CAP(SYS_PTRACE)),
	WITH(PLAIN, .permitted = CAP(NET_RAW) | CAP(KILL)));
ALLOWED(cap_sys_ptrace_for_ids,
	WITH(.uid = ID(UID_B), .gid = ID(UID_B), .permitted = CAP(SYS_PTRACE),
	     .effective = CAP(SYS_PTRACE)),
	WITH(PLAIN));
ALLOWED(cap_sys_ptrace_for_not_dumpable,
	WITH(PLAIN, .permitted = CAP(SYS_PTRACE), .effective = CAP(SYS_PTRACE)),
	WITH(PLAIN, .undumpable = true));

FIXTURE_SETUP(allowed_access)
{
	SKIP_IF(wanted_creds_skip_reason(&variant->caller));
	SKIP_IF(wanted_creds_skip_reason(&variant->target));
	self->caller = spawn_dumpable_as(&variant->caller);
	ASSERT_SPAWNED(self->caller);
	self->target = spawn_dumpable_as(&variant->target);
	ASSERT_SPAWNED(self->target);
	self->other = spawn_dumpable_as(&variant->target);
	ASSERT_SPAWNED(self->other);
}

FIXTURE_TEARDOWN(allowed_access)
{
	end_all_workers();
}

TEST_F(allowed_access, is_granted)
{
	EXPECT_ALLOWED(self->caller, self->target);
	EXPECT_PAIR_ALLOWED(self->caller, self->target->pid, self->other->pid);
}

FIXTURE(refused_access)
{
	struct worker *caller, *peer, *target;
};

FIXTURE_VARIANT(refused_access)
{
	struct creds caller, target;
};

/* clang-format off */
#define REFUSED(name, callers, targets) \
FIXTURE_VARIANT_ADD(refused_access, name) { .caller = callers, .target = targets }
/* clang-format on */

REFUSED(other_uid, WITH(.uid = ID(UID_B), .gid = ID(UID_A)), WITH(PLAIN));
REFUSED(other_gid, WITH(.uid = ID(UID_A), .gid = ID(UID_B)), WITH(PLAIN));
REFUSED(root_other_gid, WITH(.gid = ID(UID_A)), WITH(.gid = ID(UID_B)));
REFUSED(caller_inheritable_only, WITH(PLAIN, .inheritable = CAP(NET_RAW)),
	WITH(PLAIN, .permitted = CAP(NET_RAW)));
REFUSED(caller_ruid_differs,
	WITH(.uid = { UID_B, UID_A, UID_A }, .gid = ID(UID_A)), WITH(PLAIN));
REFUSED(caller_rgid_differs,
	WITH(.uid = ID(UID_A), .gid = { UID_B, UID_A, UID_A }), WITH(PLAIN));
REFUSED(caller_fsuid_only,
	WITH(.uid = ID(UID_B), .gid = ID(UID_A), .fsuid = UID_A), WITH(PLAIN));
REFUSED(caller_fsgid_only,
	WITH(.uid = ID(UID_A), .gid = ID(UID_B), .fsgid = UID_A), WITH(PLAIN));
REFUSED(target_fsuid_only, WITH(PLAIN),
	WITH(.uid = { UID_A, UID_B, UID_A }, .gid = ID(UID_A), .fsuid = UID_A));
REFUSED(target_fsgid_only, WITH(PLAIN),
	WITH(.uid = ID(UID_A), .gid = { UID_A, UID_B, UID_A }, .fsgid = UID_A));
REFUSED(caller_euid_root, WITH(.uid = { UID_A, 0, 0 }, .gid = ID(UID_A)),
	WITH(.uid = ID(0), .gid = ID(UID_A)));
REFUSED(target_ruid_differs, WITH(PLAIN),
	WITH(.uid = { UID_B, UID_A, UID_A }, .gid = ID(UID_A)));
REFUSED(target_euid_differs, WITH(PLAIN),
	WITH(.uid = { UID_A, UID_B, UID_A }, .gid = ID(UID_A)));
REFUSED(target_ruid_root, WITH(PLAIN),
	WITH(.uid = { 0, UID_A, UID_A }, .gid = ID(UID_A)));
REFUSED(target_euid_root, WITH(PLAIN),
	WITH(.uid = { UID_A, 0, UID_A }, .gid = ID(UID_A)));
REFUSED(target_suid_root, WITH(PLAIN),
	WITH(.uid = { UID_A, UID_A, 0 }, .gid = ID(UID_A)));
REFUSED(target_suid_differs, WITH(PLAIN),
	WITH(.uid = { UID_A, UID_A, UID_B }, .gid = ID(UID_A)));
REFUSED(target_rgid_differs, WITH(PLAIN),
	WITH(.uid = ID(UID_A), .gid = { UID_B, UID_A, UID_A }));
REFUSED(target_rgid_is_not_gid_0, WITH(.uid = ID(UID_A), .gid = ID(0)),
	WITH(.uid = ID(UID_A), .gid = { UID_A, 0, 0 }));
REFUSED(target_egid_differs, WITH(PLAIN),
	WITH(.uid = ID(UID_A), .gid = { UID_A, UID_B, UID_A }));
REFUSED(target_sgid_differs, WITH(PLAIN),
	WITH(.uid = ID(UID_A), .gid = { UID_A, UID_A, UID_B }));
/* The rule names real, effective and saved GIDs, not supplementary groups. */
REFUSED(target_rgid_supplementary, WITH(PLAIN, .group = UID_B),
	WITH(.uid = ID(UID_A), .gid = { UID_B, UID_A, UID_A }));
REFUSED(target_egid_supplementary, WITH(PLAIN, .group = UID_B),
	WITH(.uid = ID(UID_A), .gid = { UID_A, UID_B, UID_A }));
REFUSED(target_sgid_supplementary, WITH(PLAIN, .group = UID_B),
	WITH(.uid = ID(UID_A), .gid = { UID_A, UID_A, UID_B }));
REFUSED(target_gids_supplementary, WITH(PLAIN, .group = UID_B),
	WITH(.uid = ID(UID_A), .gid = ID(UID_B)));
REFUSED(target_supplementary_only, WITH(PLAIN),
	WITH(.uid = ID(UID_A), .gid = ID(UID_B), .group = UID_A));
REFUSED(target_not_dumpable, WITH(PLAIN), WITH(PLAIN, .undumpable = true));
REFUSED(target_capability, WITH(PLAIN), WITH(PLAIN, .permitted = CAP(NET_RAW)));
REFUSED(target_other_capability, WITH(PLAIN, .permitted = CAP(KILL)),
	WITH(PLAIN, .permitted = CAP(NET_RAW)));
REFUSED(target_upper_capability, WITH(PLAIN, .permitted = CAP(KILL)),
	WITH(PLAIN, .permitted = CAP(BPF)));
REFUSED(target_last_capability, WITH(PLAIN),
	WITH(PLAIN, .permitted = CAP(CHECKPOINT_RESTORE)));
REFUSED(root_without_capabilities, WITH(.uid = ID(0), .gid = ID(0)),
	WITH(PLAIN));
REFUSED(root_and_privileged_root, WITH(.uid = ID(0), .gid = ID(0)),
	WITH(.uid = ID(0), .gid = ID(0), .permitted = CAP(KILL)));
REFUSED(cap_sys_ptrace_not_effective,
	WITH(.uid = ID(UID_B), .gid = ID(UID_B), .permitted = CAP(SYS_PTRACE)),
	WITH(PLAIN));
REFUSED(ineffective_cap_not_dumpable, WITH(PLAIN, .permitted = CAP(SYS_PTRACE)),
	WITH(PLAIN, .undumpable = true));

/* The caller may ask about the peer, which has its real ids: a positive control. */
FIXTURE_SETUP(refused_access)
{
	const struct creds *c = &variant->caller;
	struct creds peer = { .uid = ID(c->uid[0]), .gid = ID(c->gid[0]) };

	SKIP_IF(wanted_creds_skip_reason(c));
	SKIP_IF(wanted_creds_skip_reason(&variant->target));
	self->caller = spawn_dumpable_as(c);
	ASSERT_SPAWNED(self->caller);
	self->target = spawn_dumpable_as(&variant->target);
	ASSERT_SPAWNED(self->target);
	self->peer = spawn_dumpable_as(&peer);
	ASSERT_SPAWNED(self->peer);
}

FIXTURE_TEARDOWN(refused_access)
{
	end_all_workers();
}

TEST_F(refused_access, is_eperm)
{
	EXPECT_ALLOWED(self->caller, self->peer);
	EXPECT_REFUSED(self->caller, self->target);
	EXPECT_PAIR_REFUSED(self->caller, self->peer->pid, self->target->pid);
	EXPECT_PAIR_REFUSED(self->caller, self->target->pid, self->peer->pid);
}

TEST_F(refused_access, cap_sys_ptrace_allows)
{
	struct creds privileged = variant->caller;
	struct worker *caller;

	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	privileged.permitted |= CAP(SYS_PTRACE);
	privileged.effective |= CAP(SYS_PTRACE);
	caller = spawn_dumpable_as(&privileged);
	ASSERT_WORKER(caller);
	EXPECT_ALLOWED(caller, self->target);
	EXPECT_ALLOWED(caller, self->peer);
}

/* ------------------------------------------------------------------ */
/* Tests with the test's own ids, for root and other users alike.      */

FIXTURE(same_user)
{
	struct creds creds;
	struct worker *caller, *target;
};

FIXTURE_SETUP(same_user)
{
	SKIP_IF(access_skip_reason());
	self->creds = own_creds();
	self->caller = spawn_as(&self->creds);
	ASSERT_SPAWNED(self->caller);
	self->target = spawn_as(&self->creds);
	ASSERT_SPAWNED(self->target);
}

FIXTURE_TEARDOWN(same_user)
{
	end_all_workers();
}

TEST_F(same_user, process_is_allowed)
{
	EXPECT_ALLOWED(self->caller, self->target);
}

TEST_F(same_user, not_dumpable_is_refused)
{
	struct creds creds = self->creds;
	struct worker *target;

	creds.undumpable = true;
	target = spawn_as(&creds);
	ASSERT_WORKER(target);
	EXPECT_ALLOWED(self->caller, self->target);
	EXPECT_REFUSED(self->caller, target);
	EXPECT_PAIR_REFUSED(self->caller, self->target->pid, target->pid);
	EXPECT_PAIR_REFUSED(self->caller, target->pid, self->target->pid);
}

/* prctl(PR_SET_DUMPABLE) works in both directions, at once. */
TEST_F(same_user, refused_while_not_dumpable)
{
	EXPECT_ALLOWED(self->caller, self->target);
	ASSERT_OK(worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_REFUSED(self->caller, self->target);
	ASSERT_OK(worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 1));
	EXPECT_ALLOWED(self->caller, self->target);
	/* prctl(2): EINVAL for any value but 0 and 1. */
	EXPECT_EQ(-EINVAL,
		  worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 2));
	EXPECT_ALLOWED(self->caller, self->target);
}

/* Both are number 1 in their pid namespaces; that does not make them the same. */
TEST_F(same_user, pidns_init_is_not_exempt)
{
	struct worker *outer, *inner;

	SKIP_IF(pidns_skip_reason());
	SKIP_IF(capset_skip_reason());
	outer = spawn_in_pidns(NULL);
	ASSERT_WORKER(outer);
	inner = spawn_in_ns(outer, CLONE_NEWPID);
	ASSERT_WORKER(inner);
	ASSERT_OK(worker_run(inner, worker_set_caps, 0, 0));
	ASSERT_OK(worker_run(outer, worker_set_caps, 0, 0));
	EXPECT_PAIR_ALLOWED(outer, inner->pid, inner->pid);
	ASSERT_OK(worker_syscall(inner, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_PAIR_REFUSED(outer, inner->pid, inner->pid);
	EXPECT_PAIR_ALLOWED(outer, 1, 1);
}

TEST_F(same_user, child_inherits_dumpable_flag)
{
	struct worker *first = worker_spawn_by(self->target, by_clone, 0, 0);
	struct worker *second;

	ASSERT_WORKER(first);
	ASSERT_OK(worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	second = worker_spawn_by(self->target, by_clone, 0, 0);
	ASSERT_WORKER(second);
	EXPECT_ALLOWED(self->caller, first);
	EXPECT_REFUSED(self->caller, second);
}

TEST_F(same_user, caller_may_be_not_dumpable)
{
	ASSERT_OK(worker_syscall(self->caller, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_ALLOWED(self->caller, self->target);
}

/* A caller may ask about its own thread group without any check. */
TEST_F(same_user, own_threads_are_not_checked)
{
	struct worker *thread = spawn_thread(self->caller);

	ASSERT_WORKER(thread);
	ASSERT_OK(worker_syscall(self->caller, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_PAIR_ALLOWED(self->caller, self->caller->pid, thread->pid);
	EXPECT_PAIR_ALLOWED(self->caller, thread->pid, thread->pid);
	EXPECT_PAIR_ALLOWED(thread, self->caller->pid, thread->pid);
	EXPECT_PAIR_ALLOWED(thread, self->caller->pid, self->caller->pid);
	EXPECT_PAIR_ALLOWED(thread, self->caller->pid, self->target->pid);
	EXPECT_REFUSED(self->target, self->caller);
	EXPECT_REFUSED(self->target, thread);
}

TEST_F(same_user, own_dead_leader_is_not_checked)
{
	struct worker *thread = spawn_thread(self->caller);
	pid_t leader = self->caller->pid;

	ASSERT_WORKER(thread);
	ASSERT_OK(worker_syscall(thread, SYS_prctl, PR_SET_DUMPABLE, 0));
	worker_post(self->caller, NULL, WORKER_ARGS(SYS_exit, 0));
	/* /proc may hide a task that is not dumpable from the test. */
	wait_state_briefly(leader, leader, 'Z');
	EXPECT_KCMP_BY(thread, KCMP_ANSWERS, leader, thread->pid, KCMP_VM, 0,
		       0);
	EXPECT_KCMP_BY(thread, KCMP_ANSWERS, thread->pid, leader, KCMP_VM, 0,
		       0);
	EXPECT_REFUSED(self->target, thread);
}

TEST_F(same_user, session_leader_and_subreaper_are_checked)
{
	struct worker *child = worker_spawn_by(self->caller, by_clone, 0, 0);

	ASSERT_WORKER(child);
	ASSERT_OK(worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_REFUSED(self->caller, child);
	ASSERT_OK(worker_syscall(self->caller, SYS_prctl, PR_SET_NO_NEW_PRIVS,
				 1, 0, 0, 0));
	EXPECT_REFUSED(self->caller, child);
	ASSERT_OK(worker_syscall(self->caller, SYS_prctl,
				 PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	EXPECT_REFUSED(self->caller, child);
	ASSERT_LT(0, worker_syscall(self->caller, SYS_setsid));
	child = worker_spawn_by(self->caller, by_clone, 0, 0);
	ASSERT_WORKER(child);
	ASSERT_OK(worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_REFUSED(self->caller, child);
}

/* An allowed zombie does not open the other task. */
TEST_F(same_user, task_asked_about_with_zombie_is_checked)
{
	struct worker *zombie = spawn_as(&self->creds);
	pid_t target = self->target->pid;

	ASSERT_WORKER(zombie);
	ASSERT_OK(worker_make_zombie(zombie));
	EXPECT_KCMP_BY(self->caller, KCMP_ANSWERS, target, zombie->pid, KCMP_VM,
		       0, 0);
	ASSERT_OK(worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_KCMP_BY(self->caller, -EPERM, target, zombie->pid, KCMP_VM, 0,
		       0);
	EXPECT_KCMP_BY(self->caller, -EPERM, zombie->pid, target, KCMP_VM, 0,
		       0);
}

/* Both ids are looked up before access to either is checked. */
TEST_F(same_user, esrch_comes_before_eperm)
{
	struct worker *ended = worker_spawn(CLONE_VM);
	pid_t gone = ended->pid, target = self->target->pid;

	ASSERT_WORKER(ended);
	ASSERT_EQ(SIGKILL, worker_end(ended));
	ASSERT_OK(worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_REFUSED(self->caller, self->target);
	EXPECT_ESRCH_IF_UNUSED(self->caller, gone, gone, target, KCMP_VM);
	EXPECT_ESRCH_IF_UNUSED(self->caller, gone, target, gone, KCMP_VM);
	EXPECT_KCMP_BY(self->caller, -ESRCH, target, 0, INT_MAX, 0, 0);
}

TEST_F(same_user, stopped_process_is_allowed)
{
	siginfo_t info;

	ASSERT_EQ(0, kill(self->target->pid, SIGSTOP));
	ASSERT_EQ(0, waitid(P_PID, self->target->pid, &info, WSTOPPED));
	EXPECT_ALLOWED(self->caller, self->target);
}

TEST_F(same_user, session_and_no_new_privs_are_ignored)
{
	ASSERT_LT(0, worker_syscall(self->target, SYS_setsid));
	ASSERT_OK(worker_syscall(self->caller, SYS_prctl, PR_SET_NO_NEW_PRIVS,
				 1, 0, 0, 0));
	EXPECT_ALLOWED(self->caller, self->target);
	EXPECT_ALLOWED(self->target, self->caller);
}

TEST_F(same_user, tracing_changes_nothing)
{
	struct worker *third;

	SKIP_IF(seize_skip_reason());
	third = spawn_as(&self->creds);
	ASSERT_WORKER(third);
	ASSERT_OK(worker_syscall(self->caller, SYS_ptrace, PTRACE_SEIZE,
				 self->target->pid, 0, 0));
	EXPECT_ALLOWED(self->caller, self->target);
	EXPECT_ALLOWED(third, self->target);
	/* A tracer has no privilege with kcmp(). */
	ASSERT_OK(worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_REFUSED(self->caller, self->target);
}

/* A task that shares all but the thread group is checked. */
TEST_F(same_user, not_dumpable_sharer_is_refused)
{
	struct worker *sharer = worker_spawn_by(
		self->caller, by_clone,
		CLONE_VM | CLONE_SIGHAND | CLONE_FILES | CLONE_FS, 0);

	ASSERT_WORKER(sharer);
	EXPECT_ALLOWED(self->caller, sharer);
	ASSERT_OK(worker_syscall(self->caller, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_REFUSED(self->caller, sharer);
	EXPECT_REFUSED(sharer, self->caller);
}

TEST_F(same_user, zombie_is_allowed)
{
	pid_t zombie = self->target->pid;

	ASSERT_OK(worker_make_zombie(self->target));
	EXPECT_KCMP_BY(self->caller, KCMP_ANSWERS, zombie, zombie, KCMP_VM, 0,
		       0);
	EXPECT_KCMP_BY(self->caller, KCMP_DIFFERS, self->caller->pid, zombie,
		       KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(self->caller, KCMP_DIFFERS, zombie, self->caller->pid,
		       KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(self->caller, -EBADF, zombie, zombie, KCMP_FILE, 0, 0);
	EXPECT_KCMP_BY(self->caller, -EINVAL, zombie, zombie, INT_MAX, 0, 0);
	EXPECT_ORACLE(0, self->caller, zombie);
}

/* A thread stays a zombie only while it is traced. */
TEST_F(same_user, zombie_thread_is_allowed)
{
	struct worker *thread;
	pid_t zombie;

	SKIP_IF(traceme_skip_reason());
	thread = spawn_thread(self->target);
	ASSERT_WORKER(thread);
	zombie = thread->pid;
	ASSERT_OK(worker_syscall(thread, SYS_ptrace, PTRACE_TRACEME, 0, 0, 0));
	worker_post(thread, NULL, WORKER_ARGS(SYS_exit, 0));
	ASSERT_TRUE(wait_state(self->target->pid, zombie, 'Z'));
	EXPECT_KCMP_BY(self->caller, KCMP_ANSWERS, zombie, zombie, KCMP_VM, 0,
		       0);
	EXPECT_KCMP_BY(self->caller, KCMP_DIFFERS, self->caller->pid, zombie,
		       KCMP_VM, 0, 0);
	EXPECT_ORACLE(0, self->caller, zombie);
	ASSERT_EQ(zombie, waitpid(zombie, NULL, __WALL));
}

/* A dead leader has no address space any more; its threads still do. */
TEST_F(same_user, dead_leader_is_allowed)
{
	struct worker *thread = spawn_thread(self->target);
	pid_t leader = self->target->pid;

	ASSERT_WORKER(thread);
	worker_post(self->target, NULL, WORKER_ARGS(SYS_exit, 0));
	ASSERT_TRUE(wait_state(leader, leader, 'Z'));
	EXPECT_KCMP_BY(self->caller, KCMP_ANSWERS, leader, leader, KCMP_VM, 0,
		       0);
	EXPECT_KCMP_BY(self->caller, KCMP_DIFFERS, leader, thread->pid, KCMP_VM,
		       0, 0);
	EXPECT_KCMP_BY(self->caller, -EBADF, leader, leader, KCMP_FILE, 0, 0);
	EXPECT_ORACLE(0, self->caller, leader);
	EXPECT_ALLOWED(self->caller, thread);
}

/* PTRACE_EVENT_EXIT stops the task before it gives up anything. */
TEST_F(same_user, task_stopped_at_exit_is_checked)
{
	struct worker *third;
	int i;

	SKIP_IF(seize_skip_reason());
	third = spawn_as(&self->creds);
	ASSERT_WORKER(third);
	for (i = 1; i >= 0; i--) {
		struct worker *target = spawn_as(&self->creds);

		ASSERT_WORKER(target);
		ASSERT_OK(
			worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 1));
		ASSERT_OK(worker_syscall(self->caller, SYS_ptrace, PTRACE_SEIZE,
					 target->pid, 0, PTRACE_O_TRACEEXIT));
		ASSERT_OK(
			worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, i));
		worker_post(target, NULL, WORKER_ARGS(SYS_exit_group, 0));
		/* /proc may hide a task that is not dumpable from the test. */
		ASSERT_EQ(target->pid,
			  worker_syscall(self->caller, SYS_wait4, target->pid,
					 0, __WALL, 0));
		if (i)
			EXPECT_ALLOWED(third, target);
		else
			EXPECT_REFUSED(third, target);
	}
}

/*
 * The dumpable flag belongs to the address space, which execve() replaces.  Of
 * root, it would take away the flag, as it gives capabilities.
 */
TEST_F(same_user, exec_of_sharer_keeps_dumpable_flag)
{
	struct creds plain = plain_creds();
	struct worker *caller, *target, *sharer;

	SKIP_IF(self_exec_skip_reason());
	SKIP_IF(plain.uid[0] ? NULL : "needs a uid other than 0");
	caller = spawn_as(&plain);
	ASSERT_WORKER(caller);
	target = spawn_as(&plain);
	ASSERT_WORKER(target);
	sharer = worker_spawn_by(target, by_clone, CLONE_VM, 0);
	ASSERT_WORKER(sharer);
	ASSERT_OK(worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_REFUSED(caller, sharer);
	ASSERT_OK(worker_execve(sharer, "/proc/self/exe"));
	EXPECT_ALLOWED(caller, sharer);
	EXPECT_REFUSED(caller, target);
	ASSERT_OK(worker_syscall(sharer, SYS_prctl, PR_SET_DUMPABLE, 0));
	ASSERT_OK(worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 1));
	EXPECT_REFUSED(caller, sharer);
	EXPECT_ALLOWED(caller, target);
}

/*
 * Kernels refuse this since a security fix of 2026, in stable series as well.  Both
 * are right, as long as kcmp() follows the access check.
 */
TEST_F(same_user, not_dumpable_zombie_agrees_with_robust_list)
{
	pid_t zombie = self->target->pid;
	long oracle;

	SKIP_IF(oracle_skip_reason());
	ASSERT_OK(worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	ASSERT_OK(worker_make_zombie(self->target));
	oracle = ask_oracle(self->caller, zombie);
	EXPECT_TRUE(oracle == 0 || oracle == -EPERM);
	EXPECT_EQ(oracle == -EPERM,
		  worker_kcmp(self->caller, zombie, zombie, KCMP_VM) == -EPERM);
	EXPECT_EQ(oracle == -EPERM, worker_kcmp(self->caller, self->caller->pid,
						zombie, INT_MAX) == -EPERM);
}

/* ------------------------------------------------------------------ */
/* Tests with several users; credentials belong to threads.            */

FIXTURE(users)
{
	struct creds a, b, root;
	struct worker *caller;
};

FIXTURE_SETUP(users)
{
	SKIP_IF(users_skip_reason());
	self->a = (struct creds){ .uid = ID(UID_A), .gid = ID(UID_A) };
	self->b = (struct creds){ .uid = ID(UID_B), .gid = ID(UID_B) };
	self->root = privileged_creds();
	self->caller = spawn_dumpable_as(&self->a);
	ASSERT_SPAWNED(self->caller);
}

FIXTURE_TEARDOWN(users)
{
	end_all_workers();
}

TEST_F(users, credentials_are_per_thread)
{
	struct worker *leader = spawn_as(&self->root), *thread;

	ASSERT_WORKER(leader);
	thread = spawn_thread(leader);
	ASSERT_WORKER(thread);
	EXPECT_REFUSED(self->caller, leader);
	EXPECT_REFUSED(self->caller, thread);
	ASSERT_OK(worker_set_creds(thread, &self->a));
	EXPECT_ALLOWED(self->caller, thread);
	EXPECT_REFUSED(self->caller, leader);
	EXPECT_PAIR_REFUSED(self->caller, leader->pid, thread->pid);
	EXPECT_PAIR_REFUSED(self->caller, thread->pid, leader->pid);
}

/* The capabilities of the leader count neither for nor against its threads. */
TEST_F(users, capabilities_are_per_thread)
{
	struct creds has = self->a;
	struct worker *leader, *thread, *target;
	int i;

	SKIP_IF(caps_skip_reason(CAP(NET_RAW) | CAP(SYS_PTRACE)));
	has.permitted = CAP(NET_RAW);
	target = spawn_as(&has);
	ASSERT_WORKER(target);
	for (i = 0; i < 2; i++) {
		if (i) {
			has = self->b;
			has.permitted = CAP(SYS_PTRACE);
			has.effective = CAP(SYS_PTRACE);
			target = self->caller;
		}
		leader = spawn_as(&has);
		ASSERT_WORKER(leader);
		thread = spawn_thread(leader);
		ASSERT_WORKER(thread);
		EXPECT_ALLOWED(leader, target);
		EXPECT_ALLOWED(thread, target);
		ASSERT_OK(worker_run(thread, worker_set_caps, 0, 0));
		EXPECT_ALLOWED(leader, target);
		EXPECT_REFUSED(thread, target);
	}
}

TEST_F(users, thread_keeps_capabilities_of_its_own)
{
	struct creds has = self->b;
	struct worker *leader, *thread;

	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	has.permitted = CAP(SYS_PTRACE);
	has.effective = CAP(SYS_PTRACE);
	leader = spawn_as(&has);
	ASSERT_WORKER(leader);
	thread = spawn_thread(leader);
	ASSERT_WORKER(thread);
	ASSERT_OK(worker_run(leader, worker_set_caps, 0, 0));
	EXPECT_ALLOWED(thread, self->caller);
	EXPECT_REFUSED(leader, self->caller);
}

/* With CAP_SETUID and CAP_SETGID these calls set real, effective and saved id. */
TEST_F(users, setuid_and_setreuid_set_all_ids)
{
	static const long change[][2] = {
		{ SYS_ID(setgid), SYS_ID(setuid) },
		{ SYS_ID(setregid), SYS_ID(setreuid) },
	};
	unsigned int i, j;

	for (i = 0; i < 2; i++) {
		struct worker *target = spawn_as(&self->root);

		ASSERT_WORKER(target);
		for (j = 0; j < 2; j++)
			ASSERT_OK(worker_run(target, change_ids, change[i][j],
					     UID_A, UID_A));
		ASSERT_OK(worker_run(target, worker_set_caps, 0, 0));
		ASSERT_OK(
			worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 1));
		EXPECT_ALLOWED(self->caller, target);
	}
}

/* The owner of a user namespace is the effective uid of its creator. */
TEST_F(users, userns_belongs_to_effective_uid)
{
	struct creds creds = { .uid = { UID_B, UID_A, UID_A },
			       .gid = ID(UID_A) };
	struct worker *maker, *real, *inside;

	SKIP_IF(userns_skip_reason());
	maker = spawn_as(&creds);
	ASSERT_WORKER(maker);
	real = spawn_as(&self->b);
	ASSERT_WORKER(real);
	inside = spawn_in_ns(maker, CLONE_NEWUSER);
	ASSERT_WORKER(inside);
	EXPECT_ALLOWED(self->caller, inside);
	EXPECT_REFUSED(real, inside);
}

TEST_F(users, own_thread_of_other_user_is_allowed)
{
	struct worker *leader = spawn_as(&self->root), *thread, *b;

	ASSERT_WORKER(leader);
	thread = spawn_thread(leader);
	ASSERT_WORKER(thread);
	ASSERT_OK(worker_set_creds(thread, &self->b));
	ASSERT_OK(worker_set_creds(leader, &self->a));
	b = spawn_as(&self->b);
	ASSERT_WORKER(b);
	EXPECT_ALLOWED(thread, b);
	EXPECT_REFUSED(leader, b);
	EXPECT_ALLOWED(leader, self->caller);
	EXPECT_REFUSED(thread, self->caller);
	EXPECT_PAIR_ALLOWED(leader, leader->pid, thread->pid);
	EXPECT_PAIR_ALLOWED(leader, thread->pid, thread->pid);
	EXPECT_PAIR_ALLOWED(thread, thread->pid, leader->pid);
	EXPECT_PAIR_ALLOWED(thread, leader->pid, leader->pid);
	EXPECT_ALLOWED(self->caller, leader);
	EXPECT_REFUSED(self->caller, thread);
}

/* All other capabilities together are no substitute for CAP_SYS_PTRACE. */
TEST_F(users, all_other_capabilities_are_refused)
{
	unsigned long long caps = permitted_caps() & ~CAP(SYS_PTRACE) &
				  ~CAP(CHECKPOINT_RESTORE);
	struct creds creds = self->b;
	struct worker *caller, *target = spawn_as(&self->a);

	creds.permitted = caps;
	creds.effective = caps;
	caller = spawn_as(&creds);
	ASSERT_WORKER(caller);
	ASSERT_WORKER(target);
	EXPECT_ALLOWED(self->caller, target);
	EXPECT_REFUSED(caller, target);
}

TEST_F(users, root_is_allowed)
{
	struct worker *root;

	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	root = spawn_as(&self->root);
	ASSERT_WORKER(root);
	EXPECT_ALLOWED(root, self->caller);
	EXPECT_REFUSED(self->caller, root);
}

/* A change of the fsuid takes away capabilities for files, not CAP_SYS_PTRACE. */
TEST_F(users, root_with_other_fsuid_is_allowed)
{
	struct worker *root, *target;

	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	root = spawn_as(&self->root);
	ASSERT_WORKER(root);
	target = spawn_as(&self->b);
	ASSERT_WORKER(target);
	ASSERT_EQ((long)getuid(), worker_change_ids(root, setfsuid, UID_A));
	ASSERT_EQ(UID_A, worker_change_ids(root, setfsuid, -1));
	EXPECT_ALLOWED(root, target);
}

TEST_F(users, order_is_the_same_for_all_users)
{
	struct worker *target;
	int fd[6], i, j;
	pid_t pid;

	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	for (i = 0; i < 6; i += 2)
		ASSERT_EQ(0, pipe(fd + i));
	target = spawn_as(&self->a);
	ASSERT_WORKER(target);
	pid = target->pid;
	for (i = 0; i < 6; i++)
		for (j = 0; j < 6; j++) {
			long answer =
				sys_kcmp(pid, pid, KCMP_FILE, fd[i], fd[j]);

			EXPECT_TRUE(kcmp_is_wanted(i == j ? 0 : KCMP_DIFFERS,
						   answer))
			{
				TH_LOG("kcmp(target, target, KCMP_FILE, %d, %d) by the test is %s",
				       fd[i], fd[j], kcmp_answer_text(answer));
			}
			EXPECT_KCMP_BY(self->caller, answer, pid, pid,
				       KCMP_FILE, fd[i], fd[j]);
		}
}

TEST_F(users, new_credentials_count_at_once)
{
	struct worker *target = spawn_as(&self->root);

	ASSERT_WORKER(target);
	EXPECT_REFUSED(self->caller, target);
	ASSERT_OK(worker_set_creds(target, &self->a));
	EXPECT_ALLOWED(self->caller, target);
}

TEST_F(users, zombie_of_other_user_is_refused)
{
	pid_t zombie, caller = self->caller->pid;
	struct worker *root, *target;

	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	root = spawn_as(&self->root);
	ASSERT_WORKER(root);
	target = spawn_as(&self->b);
	ASSERT_WORKER(target);
	zombie = target->pid;
	ASSERT_OK(worker_make_zombie(target));
	EXPECT_PAIR_REFUSED(self->caller, caller, zombie);
	EXPECT_PAIR_REFUSED(self->caller, zombie, caller);
	EXPECT_PAIR_REFUSED(self->caller, zombie, zombie);
	EXPECT_ORACLE(-EPERM, self->caller, zombie);
	EXPECT_KCMP_BY(root, -EBADF, zombie, zombie, KCMP_FILE, 0, 0);
	EXPECT_ORACLE(0, root, zombie);
}

/* A zombie keeps its credentials until it is reaped. */
TEST_F(users, zombie_with_a_capability_is_refused)
{
	struct creds creds = self->a;
	pid_t caller = self->caller->pid;
	struct worker *target, *peer;

	SKIP_IF(caps_skip_reason(CAP(NET_RAW)));
	creds.permitted = CAP(NET_RAW);
	target = spawn_as(&creds);
	ASSERT_WORKER(target);
	peer = spawn_as(&creds);
	ASSERT_WORKER(peer);
	ASSERT_OK(worker_make_zombie(target));
	EXPECT_PAIR_REFUSED(self->caller, caller, target->pid);
	EXPECT_PAIR_REFUSED(self->caller, target->pid, caller);
	EXPECT_PAIR_REFUSED(self->caller, target->pid, target->pid);
	EXPECT_ORACLE(-EPERM, self->caller, target->pid);
	EXPECT_KCMP_BY(peer, -EBADF, target->pid, target->pid, KCMP_FILE, 0, 0);
	EXPECT_ORACLE(0, peer, target->pid);
}

/* CAP_SYS_PTRACE suffices, whether or not a kernel refuses other callers. */
TEST_F(users, root_may_ask_about_not_dumpable_zombie)
{
	struct creds creds = self->b;
	struct worker *root, *target;
	pid_t zombie;

	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	SKIP_IF(initial_userns_skip_reason());
	root = spawn_as(&self->root);
	ASSERT_WORKER(root);
	creds.undumpable = true;
	target = spawn_as(&creds);
	ASSERT_WORKER(target);
	zombie = target->pid;
	ASSERT_OK(worker_make_zombie(target));
	EXPECT_KCMP_BY(root, -EBADF, zombie, zombie, KCMP_FILE, 0, 0);
	EXPECT_KCMP_BY(root, KCMP_ANSWERS, zombie, zombie, KCMP_VM, 0, 0);
	EXPECT_ORACLE(0, root, zombie);
}

/*
 * Each variant is a reason to require CAP_SYS_PTRACE.  The caller asks with many
 * sets of effective capabilities.
 */
FIXTURE(capability_sets)
{
	struct worker *caller, *target;
};

FIXTURE_VARIANT(capability_sets)
{
	struct creds caller, target;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(capability_sets, other_ids) {
	.caller = { .uid = ID(UID_B), .gid = ID(UID_B) },
	.target = { .uid = ID(UID_A), .gid = ID(UID_A) },
};

FIXTURE_VARIANT_ADD(capability_sets, not_dumpable) {
	.caller = { .uid = ID(UID_A), .gid = ID(UID_A) },
	.target = { .uid = ID(UID_A), .gid = ID(UID_A), .undumpable = true },
};

FIXTURE_VARIANT_ADD(capability_sets, more_capabilities) {
	.caller = { .uid = ID(UID_A), .gid = ID(UID_A) },
	.target = { .uid = ID(UID_A), .gid = ID(UID_A), .permitted = CAP(NET_RAW) },
};
/* clang-format on */

/* In scratch memory: the order to the caller, and its wrong answers. */
struct cap_sweep {
	unsigned long long permitted, needs;
	pid_t target;
	unsigned int asked, wrong;
	unsigned char cap[8][2];
	long answer[8];
};

/* Asks with these capabilities effective, and notes a wrong answer. */
static void ask_with_caps(struct cap_sweep *sweep, unsigned long long effective,
			  unsigned int cap1, unsigned int cap2)
{
	long want = (effective & sweep->needs) == sweep->needs ? 0 : -EPERM;
	long answer =
		set_caps(sweep->permitted, effective) ?
			-errno :
			sys_kcmp(sweep->target, sweep->target, KCMP_VM, 0, 0);

	sweep->asked++;
	if (answer == want || sweep->wrong++ >= ARRAY_SIZE(sweep->cap))
		return;
	sweep->cap[sweep->wrong - 1][0] = cap1;
	sweep->cap[sweep->wrong - 1][1] = cap2;
	sweep->answer[sweep->wrong - 1] = answer;
}

/* Asks with each capability alone.  arg: struct cap_sweep. */
static long ask_with_each_cap(const long *arg)
{
	struct cap_sweep *sweep = (struct cap_sweep *)arg[0];
	unsigned int cap;

	for (cap = 0; cap < CAPS; cap++)
		if (sweep->permitted & 1ULL << cap)
			ask_with_caps(sweep, 1ULL << cap, cap, cap);
	return 0;
}

/* Asks with all capabilities but two, for each pair.  arg: struct cap_sweep. */
static long ask_without_each_pair(const long *arg)
{
	struct cap_sweep *sweep = (struct cap_sweep *)arg[0];
	unsigned long long all = sweep->permitted;
	unsigned int cap1, cap2;

	for (cap1 = 0; cap1 < CAPS; cap1++)
		for (cap2 = cap1; cap2 < CAPS; cap2++)
			if (all & 1ULL << cap1 && all & 1ULL << cap2)
				ask_with_caps(sweep,
					      all & ~(1ULL << cap1) &
						      ~(1ULL << cap2),
					      cap1, cap2);
	return 0;
}

/* Spells what was expected, and the first wrong answers.  Returns "text". */
static const char *sweep_text(const struct cap_sweep *sweep, pid_t caller,
			      const char *with, char *text, size_t size)
{
	unsigned int i, used;

	used = snprintf(
		text, size,
		"kcmp(target %d, target, KCMP_VM, 0, 0) by %d must be 0 with %s effective, else -EPERM:",
		sweep->target, caller, cap_name(__builtin_ctzll(sweep->needs)));
	for (i = 0; i < sweep->wrong && i < ARRAY_SIZE(sweep->cap); i++) {
		const unsigned char *cap = sweep->cap[i];

		used += snprintf(text + used, size - used,
				 "\n#   %s %s and %s: answered %s", with,
				 cap_name(cap[0]),
				 cap[0] == cap[1] ? "no other" :
						    cap_name(cap[1]),
				 kcmp_answer_text(sweep->answer[i]));
	}
	return text;
}

/* Prints the first eight capabilities or pairs with a wrong answer. */
#define EXPECT_SWEEP(caller, fn, with)                                        \
	do {                                                                  \
		struct cap_sweep *__sweep =                                   \
			(struct cap_sweep *)(caller)->scratch;                \
		char __text[1024];                                            \
		ASSERT_OK(worker_run(caller, fn, (long)__sweep));             \
		ASSERT_LT(0U, __sweep->asked);                                \
		EXPECT_EQ(0U, __sweep->wrong)                                 \
		{                                                             \
			TH_LOG("%s", sweep_text(__sweep, (caller)->pid, with, \
						__text, sizeof(__text)));     \
		}                                                             \
	} while (0)

FIXTURE_SETUP(capability_sets)
{
	/* A kernel may accept CAP_CHECKPOINT_RESTORE as well. */
	struct creds caller = variant->caller;
	struct cap_sweep *sweep;

	caller.permitted = permitted_caps() & ~CAP(CHECKPOINT_RESTORE) &
			   ~variant->target.permitted;
	SKIP_IF(wanted_creds_skip_reason(&variant->target));
	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	self->caller = spawn_dumpable_as(&caller);
	ASSERT_SPAWNED(self->caller);
	self->target = spawn_as(&variant->target);
	ASSERT_SPAWNED(self->target);
	sweep = (struct cap_sweep *)self->caller->scratch;
	*sweep = (struct cap_sweep){
		.permitted = caller.permitted,
		.needs = CAP(SYS_PTRACE),
		.target = self->target->pid,
	};
}

FIXTURE_TEARDOWN(capability_sets)
{
	end_all_workers();
}

TEST_F(capability_sets, only_cap_sys_ptrace_allows)
{
	EXPECT_SWEEP(self->caller, ask_with_each_cap, "with");
}

TEST_F(capability_sets, any_other_pair_may_be_missing)
{
	EXPECT_SWEEP(self->caller, ask_without_each_pair, "without");
}

/* In scratch memory: the answers of a child that lacks a capability. */
struct lacking {
	unsigned long long permitted;
	pid_t target;
	long answer[CAPS + 1];
	unsigned int cap;
};

/* In a child: asks with all capabilities permitted but one. */
static int ask_lacking_cap(void *arg)
{
	struct lacking *lacking = arg;
	unsigned long long lacks = lacking->cap < CAPS ? 1ULL << lacking->cap :
							 0;

	lacking->answer[lacking->cap] =
		set_caps(lacking->permitted & ~lacks, 0) ?
			-errno :
			sys_kcmp(lacking->target, lacking->target, KCMP_VM, 0,
				 0);
	return 0;
}

/* Asks in a child for each capability, and with all.  arg: struct lacking. */
static long ask_lacking_each_cap(const long *arg)
{
	struct lacking *lacking = (struct lacking *)arg[0];
	char stack[8192] __attribute__((aligned(16)));
	pid_t pid;

	for (lacking->cap = 0; lacking->cap <= CAPS; lacking->cap++) {
		pid = clone(ask_lacking_cap, stack + sizeof(stack),
			    CLONE_VM | CLONE_VFORK | SIGCHLD, lacking);
		if (pid == -1 || waitpid(pid, NULL, 0) != pid)
			return -errno;
	}
	return 0;
}

/* Spells the first eight wrong answers into "text".  Returns how many there are. */
static unsigned int wrong_lacking(const struct lacking *lacking, char *text,
				  size_t size)
{
	unsigned int cap, used = 0, wrong = 0;

	text[0] = '\0';
	for (cap = 0; cap <= CAPS; cap++) {
		bool lacks = cap < CAPS && lacking->permitted & 1ULL << cap;
		long want = lacks ? -EPERM : 0, answer = lacking->answer[cap];

		if (answer == want || ++wrong > 8)
			continue;
		used += snprintf(text + used, size - used,
				 "\n#   without %s: expected %s, answered %s",
				 cap_name(cap), kcmp_want_text(want),
				 kcmp_answer_text(answer));
	}
	return wrong;
}

TEST_F(users, caller_needs_each_capability_of_target)
{
	struct creds creds = self->a;
	struct worker *target, *caller;
	struct lacking *lacking;
	char text[1024];

	creds.permitted = permitted_caps();
	target = spawn_as(&creds);
	ASSERT_WORKER(target);
	caller = spawn_as(&creds);
	ASSERT_WORKER(caller);
	lacking = (struct lacking *)caller->scratch;
	*lacking = (struct lacking){ .permitted = creds.permitted,
				     .target = target->pid };
	ASSERT_OK(worker_run(caller, ask_lacking_each_cap, (long)lacking));
	EXPECT_EQ(0U, wrong_lacking(lacking, text, sizeof(text)))
	{
		TH_LOG("kcmp(target, target, KCMP_VM, 0, 0) by a caller of the same ids and capabilities:%s",
		       text);
	}
}

/*
 * The check looks at ids, capabilities and user namespaces; other namespaces do
 * not matter.
 */
FIXTURE(other_namespace)
{
	struct creds a;
	struct worker *outside, *inside;
};

FIXTURE_VARIANT(other_namespace)
{
	unsigned long flag;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(other_namespace, mnt) { CLONE_NEWNS };
FIXTURE_VARIANT_ADD(other_namespace, uts) { CLONE_NEWUTS };
FIXTURE_VARIANT_ADD(other_namespace, ipc) { CLONE_NEWIPC };
FIXTURE_VARIANT_ADD(other_namespace, net) { CLONE_NEWNET };
FIXTURE_VARIANT_ADD(other_namespace, cgroup) { CLONE_NEWCGROUP };
/* clang-format on */

FIXTURE_SETUP(other_namespace)
{
	SKIP_IF(users_skip_reason());
	SKIP_IF(caps_skip_reason(CAP(SYS_ADMIN)));
	self->a = (struct creds){ .uid = ID(UID_A), .gid = ID(UID_A) };
	self->inside = spawn_in_ns(NULL, variant->flag);
	if (self->inside->pid < 0)
		SKIP_IF(namespace_skip_reason(NS_CLONE, variant->flag,
					      self->inside->pid));
	ASSERT_SPAWNED(self->inside);
	ASSERT_OK(worker_set_creds(self->inside, &self->a));
	self->outside = spawn_as(&self->a);
	ASSERT_SPAWNED(self->outside);
}

FIXTURE_TEARDOWN(other_namespace)
{
	end_all_workers();
}

TEST_F(other_namespace, is_ignored)
{
	EXPECT_ALLOWED(self->inside, self->outside);
	EXPECT_ALLOWED(self->outside, self->inside);
	ASSERT_OK(worker_syscall(self->inside, SYS_prctl, PR_SET_DUMPABLE, 0));
	ASSERT_OK(worker_syscall(self->outside, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_REFUSED(self->inside, self->outside);
	EXPECT_REFUSED(self->outside, self->inside);
}

/* ------------------------------------------------------------------ */
/* Programs that are unreadable, or give privileges at execve().       */

#define OTHERS_MAY_READ 0004

FIXTURE(exec_program)
{
	struct creds a;
	struct worker *caller, *target;
	char path[32];
};

FIXTURE_VARIANT(exec_program)
{
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool allowed, caps;
};

/* clang-format off */
#define PROGRAM(name, bits, user, group) \
FIXTURE_VARIANT_ADD(exec_program, name) { \
	.mode = bits, .uid = user, .gid = group, \
}

FIXTURE_VARIANT_ADD(exec_program, readable) {
	.mode = 0755, .uid = UID_B, .gid = UID_B, .allowed = true,
};
PROGRAM(unreadable, 0711, UID_B, UID_B);
PROGRAM(set_uid, 04755, UID_B, UID_A);
PROGRAM(set_gid, 02755, UID_A, UID_B);
FIXTURE_VARIANT_ADD(exec_program, file_capabilities) {
	.mode = 0755, .uid = UID_B, .gid = UID_B, .caps = true,
};
/* clang-format on */

FIXTURE_SETUP(exec_program)
{
	struct program_copy copy;

	SKIP_IF(users_skip_reason());
	SKIP_IF(execve_skip_reason());
	if (!(variant->mode & OTHERS_MAY_READ))
		SKIP_IF(undumpable_skip_reason());
	if (variant->caps)
		SKIP_IF(caps_skip_reason(CAP(CHOWN)));
	copy = copy_program(variant->mode, variant->uid, variant->gid);
	SKIP_IF(copy.skip_reason);
	if (variant->caps)
		SKIP_IF(give_capability(copy.fd));
	SKIP_IF(exec_skip_reason(copy.fd,
				 privilege_of(variant->mode, variant->caps)));
	snprintf(self->path, sizeof(self->path), "/proc/self/fd/%d", copy.fd);
	self->a = (struct creds){ .uid = ID(UID_A), .gid = ID(UID_A) };
	/* The target will have CAP_CHOWN: that alone must not be the reason. */
	self->a.permitted = variant->caps ? CAP(CHOWN) : 0;
	self->caller = spawn_dumpable_as(&self->a);
	ASSERT_SPAWNED(self->caller);
	self->a.permitted = 0;
	self->target = spawn_as(&self->a);
	ASSERT_SPAWNED(self->target);
}

FIXTURE_TEARDOWN(exec_program)
{
	end_all_workers();
}

TEST_F(exec_program, is_checked)
{
	EXPECT_ALLOWED(self->caller, self->target);
	ASSERT_OK(worker_execve(self->target, self->path));
	EXPECT_ACCESS(variant->allowed, self->caller,
		      ask_all(self->caller, self->target->pid), "self->target");
}

/*
 * Root of a user namespace may ask about a process there that is not dumpable, but
 * not once that has executed a program that only users outside can read.
 */
TEST_F(exec_program, is_checked_in_userns)
{
	struct worker *inside, *child;

	SKIP_IF(userns_skip_reason());
	inside = spawn_in_ns(self->target, CLONE_NEWUSER);
	ASSERT_WORKER(inside);
	child = worker_spawn_by(inside, by_clone, 0, 0);
	ASSERT_WORKER(child);
	EXPECT_ALLOWED(inside, child);
	ASSERT_OK(worker_execve(child, self->path));
	ASSERT_OK(worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_ACCESS(variant->mode & OTHERS_MAY_READ, inside,
		      ask_all(inside, child->pid), "child");
}

/* Maps users A and B into a user namespace.  Returns whether that worked. */
static bool map_users(pid_t inside, const char *which)
{
	char path[40], map[32];

	snprintf(path, sizeof(path), "/proc/%d/%s", inside, which);
	snprintf(map, sizeof(map), "0 %d 2", UID_A);
	return !write_text(path, map);
}

static const char *find_map_users_reason(void)
{
	struct creds a = { .uid = ID(UID_A), .gid = ID(UID_A) };
	struct worker *owner = spawn_as(&a);
	struct worker *inside = spawn_in_ns(owner, CLONE_NEWUSER);
	bool mapped = inside->pid > 0 && map_users(inside->pid, "uid_map") &&
		      map_users(inside->pid, "gid_map");
	struct worker *deeper = mapped ? spawn_in_ns(inside, CLONE_NEWUSER) :
					 inside;
	const char *reason = deeper->pid > 0 ? NULL :
					       userns_error_reason(deeper->pid);

	worker_end(owner);
	end_orphan(inside);
	end_orphan(deeper == inside ? NULL : deeper);
	return mapped ? reason : "needs a writable /proc/PID/uid_map";
}

/* Why the test cannot map the users A and B into a user namespace, or NULL. */
static const char *map_users_skip_reason(void)
{
	const char *reason = userns_skip_reason();

	return reason ?: find_once(REASON_MAP_USERS, find_map_users_reason);
}

/* The file's owner is mapped there, its group is not. */
TEST_F(exec_program, is_checked_with_owner_mapped)
{
	struct worker *inside, *child;

	SKIP_IF(map_users_skip_reason());
	inside = spawn_in_ns(self->target, CLONE_NEWUSER);
	ASSERT_WORKER(inside);
	ASSERT_TRUE(map_users(inside->pid, "uid_map"));
	child = worker_spawn_by(inside, by_clone, 0, 0);
	ASSERT_WORKER(child);
	EXPECT_ALLOWED(inside, child);
	ASSERT_OK(worker_execve(child, self->path));
	ASSERT_OK(worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_ACCESS(variant->mode & OTHERS_MAY_READ, inside,
		      ask_all(inside, child->pid), "child");
}

/* The address space belongs to the innermost user namespace that maps the file. */
TEST_F(exec_program, is_checked_in_nested_userns)
{
	struct worker *inside, *deeper, *child;

	SKIP_IF(map_users_skip_reason());
	inside = spawn_in_ns(self->target, CLONE_NEWUSER);
	ASSERT_WORKER(inside);
	ASSERT_TRUE(map_users(inside->pid, "uid_map"));
	ASSERT_TRUE(map_users(inside->pid, "gid_map"));
	deeper = spawn_in_ns(inside, CLONE_NEWUSER);
	ASSERT_WORKER(deeper);
	child = worker_spawn_by(deeper, by_clone, 0, 0);
	ASSERT_WORKER(child);
	ASSERT_OK(worker_execve(child, self->path));
	ASSERT_OK(worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_ALLOWED(inside, child);
	EXPECT_ACCESS(variant->mode & OTHERS_MAY_READ, deeper,
		      ask_all(deeper, child->pid), "child");
}

/* execve() keeps fs_struct and undo list shared, whatever the mode of the file. */
TEST_F(exec_program, keeps_shared_objects)
{
	struct creds creds = privileged_creds();
	struct worker *root, *of_root, *sharer;

	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	root = spawn_as(&creds);
	ASSERT_WORKER(root);
	of_root = worker_spawn_by(root, by_clone, CLONE_FS, 0);
	ASSERT_WORKER(of_root);
	sharer = worker_spawn_by(self->target, by_clone, CLONE_SYSVSEM, 0);
	ASSERT_WORKER(sharer);
	ASSERT_OK(worker_execve(self->target, self->path));
	ASSERT_OK(worker_execve(root, self->path));
	EXPECT_KCMP(0, root->pid, of_root->pid, KCMP_FS, 0, 0);
	if (!kcmp_skip_reason(KCMP_SYSVSEM))
		EXPECT_KCMP(0, self->target->pid, sharer->pid, KCMP_SYSVSEM, 0,
			    0);
}

/* execve() sets the dumpable flag again, except for these programs. */
TEST_F(exec_program, resets_dumpable_flag)
{
	EXPECT_ALLOWED(self->caller, self->target);
	ASSERT_OK(worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_REFUSED(self->caller, self->target);
	ASSERT_OK(worker_execve(self->target, self->path));
	EXPECT_ACCESS(variant->allowed, self->caller,
		      ask_all(self->caller, self->target->pid), "self->target");
}

/*
 * execve() with different real and effective ids clears the dumpable flag.  It stays
 * cleared when the ids become equal later.
 */
FIXTURE(exec_unequal_ids)
{
	struct creds b, unequal;
	struct worker *caller, *target;
	char path[32];
};

FIXTURE_VARIANT(exec_unequal_ids)
{
	bool uid, execve;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(exec_unequal_ids, uids) { true, true };
FIXTURE_VARIANT_ADD(exec_unequal_ids, gids) { false, true };
FIXTURE_VARIANT_ADD(exec_unequal_ids, uids_without_exec) { true, false };
FIXTURE_VARIANT_ADD(exec_unequal_ids, gids_without_exec) { false, false };
/* clang-format on */

FIXTURE_SETUP(exec_unequal_ids)
{
	struct program_copy copy;

	SKIP_IF(users_skip_reason());
	SKIP_IF(execve_skip_reason());
	SKIP_IF(undumpable_skip_reason());
	copy = copy_program(0755, UID_B, UID_B);
	SKIP_IF(copy.skip_reason);
	SKIP_IF(exec_skip_reason(copy.fd, FILE_PLAIN));
	snprintf(self->path, sizeof(self->path), "/proc/self/fd/%d", copy.fd);
	self->b = (struct creds){ .uid = ID(UID_B), .gid = ID(UID_B) };
	self->unequal = self->b;
	*(variant->uid ? self->unequal.uid : self->unequal.gid) = UID_A;
	self->caller = spawn_dumpable_as(&self->b);
	ASSERT_SPAWNED(self->caller);
	self->target = spawn_as(&self->unequal);
	ASSERT_SPAWNED(self->target);
}

FIXTURE_TEARDOWN(exec_unequal_ids)
{
	end_all_workers();
}

TEST_F(exec_unequal_ids, decide_dumpable_flag)
{
	if (variant->execve)
		ASSERT_OK(worker_execve(self->target, self->path));
	ASSERT_OK(
		worker_run(self->target, change_ids,
			   variant->uid ? SYS_ID(setresuid) : SYS_ID(setresgid),
			   UID_B, UID_B, UID_B));
	EXPECT_ACCESS(!variant->execve, self->caller,
		      ask_all(self->caller, self->target->pid), "self->target");
	ASSERT_OK(worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 1));
	EXPECT_ALLOWED(self->caller, self->target);
}

/*
 * A task that shares an address space executes a set-uid program.  Before that, the
 * caller may ask, and the answer is "same"; after it, kcmp() fails with EPERM.  Any
 * other answer compares new objects after a check of the old credentials.  With a
 * program without privileges the caller sees the answer change: a positive control.
 */
FIXTURE(exec_race)
{
	struct creds a;
	struct worker *caller, *target;
	char path[32];
};

FIXTURE_VARIANT(exec_race)
{
	mode_t mode;
	int type, rounds;
	bool refused;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(exec_race, vm) { 04755, KCMP_VM, 3, true };
FIXTURE_VARIANT_ADD(exec_race, sighand) { 04755, KCMP_SIGHAND, 3, true };
FIXTURE_VARIANT_ADD(exec_race, vm_without_set_uid) { 0755, KCMP_VM, 1, false };
FIXTURE_VARIANT_ADD(exec_race, sighand_without_set_uid) {
	0755, KCMP_SIGHAND, 1, false
};
/* clang-format on */

FIXTURE_SETUP(exec_race)
{
	struct program_copy copy;

	SKIP_IF(users_skip_reason());
	SKIP_IF(execve_skip_reason());
	copy = copy_program(variant->mode, UID_B, UID_A);
	SKIP_IF(copy.skip_reason);
	SKIP_IF(exec_skip_reason(copy.fd, privilege_of(variant->mode, false)));
	snprintf(self->path, sizeof(self->path), "/proc/self/fd/%d", copy.fd);
	self->a = (struct creds){ .uid = ID(UID_A), .gid = ID(UID_A) };
	self->caller = spawn_dumpable_as(&self->a);
	ASSERT_SPAWNED(self->caller);
	self->target = spawn_as(&self->a);
	ASSERT_SPAWNED(self->target);
}

FIXTURE_TEARDOWN(exec_race)
{
	end_all_workers();
}

/* Returns the first answer other than "same", or the next once arg[3] is set. */
static long poll_kcmp(const long *arg)
{
	const char *over = (const char *)arg[3];
	long answer;
	char last;

	do {
		last = __atomic_load_n(over, __ATOMIC_ACQUIRE);
		answer = sys_kcmp(arg[0], arg[1], arg[2], 0, 0);
	} while (!answer && !last);
	return answer;
}

/* Asks while a new sharer executes the program.  Returns the first answer. */
static long ask_across_execve(FIXTURE_DATA(exec_race) *const self, int type)
{
	struct worker *sharer = worker_spawn_by(self->target, by_clone,
						CLONE_VM | CLONE_SIGHAND, 0);
	char *over = self->caller->scratch;
	long answer;

	__atomic_store_n(over, 0, __ATOMIC_RELEASE);
	worker_post(self->caller, poll_kcmp,
		    WORKER_ARGS(self->target->pid, sharer->pid, type,
				(long)over));
	worker_execve(sharer, self->path);
	__atomic_store_n(over, 1, __ATOMIC_RELEASE);
	answer = worker_result(self->caller);
	worker_post(sharer, NULL, WORKER_ARGS(SYS_exit_group, 0));
	return answer;
}

TEST_F(exec_race, check_is_atomic)
{
	int round;

	EXPECT_ALLOWED(self->caller, self->target);
	for (round = 0; round < variant->rounds; round++) {
		long answer = ask_across_execve(self, variant->type);
		long want = variant->refused ? -EPERM : KCMP_DIFFERS;

		EXPECT_TRUE(kcmp_is_wanted(want, answer))
		{
			TH_LOG("kcmp(target %d, its sharer, %s, 0, 0) across execve(): expected %s after 0 (same), answered %s",
			       self->target->pid, kcmp_type_name(variant->type),
			       kcmp_want_text(want), kcmp_answer_text(answer));
		}
	}
}

/* ------------------------------------------------------------------ */
/* User namespaces: their owner has all capabilities in them.          */

/* Where few are allowed, those of earlier tests may not be gone yet. */
static const char *full_skip_reason(struct worker *inside)
{
	return inside->pid == -ENOSPC ? userns_error_reason(-ENOSPC) : NULL;
}

FIXTURE(userns)
{
	struct creds plain;
	struct worker *owner, *inside, *child, *sibling;
};

FIXTURE_SETUP(userns)
{
	SKIP_IF(userns_skip_reason());
	self->plain = plain_creds();
	self->owner = spawn_dumpable_as(&self->plain);
	ASSERT_SPAWNED(self->owner);
	self->inside = spawn_in_ns(self->owner, CLONE_NEWUSER);
	SKIP_IF(full_skip_reason(self->inside));
	ASSERT_SPAWNED(self->inside);
	self->child = worker_spawn_by(self->inside, by_clone, 0, 0);
	ASSERT_SPAWNED(self->child);
	self->sibling = spawn_in_ns(self->owner, CLONE_NEWUSER);
	SKIP_IF(full_skip_reason(self->sibling));
	ASSERT_SPAWNED(self->sibling);
}

FIXTURE_TEARDOWN(userns)
{
	end_all_workers();
}

TEST_F(userns, owner_may_ask_inside)
{
	EXPECT_ALLOWED(self->owner, self->inside);
	EXPECT_ALLOWED(self->owner, self->child);
	EXPECT_PAIR_ALLOWED(self->owner, self->inside->pid, self->sibling->pid);
}

/* A worker two levels inside, or one with -errno in ->pid. */
static struct worker *spawn_deeper(FIXTURE_DATA(userns) *const self)
{
	long err = worker_run(self->inside, worker_map_root, self->plain.uid[0],
			      self->plain.gid[0]);

	if (err)
		return worker_spawn(CLONE_SIGHAND); /* fails with EINVAL */
	return spawn_in_ns(self->inside, CLONE_NEWUSER);
}

TEST_F(userns, root_may_ask_two_levels_inside)
{
	struct creds creds = privileged_creds();
	struct worker *root, *deeper;

	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	SKIP_IF(userns_root_skip_reason());
	root = spawn_as(&creds);
	ASSERT_WORKER(root);
	deeper = spawn_deeper(self);
	ASSERT_WORKER(deeper);
	EXPECT_ALLOWED(root, deeper);
	EXPECT_REFUSED(deeper, root);
}

TEST_F(userns, owner_may_ask_two_levels_inside)
{
	struct worker *deeper;

	SKIP_IF(userns_root_skip_reason());
	deeper = spawn_deeper(self);
	ASSERT_WORKER(deeper);
	EXPECT_ALLOWED(self->owner, deeper);
	EXPECT_ALLOWED(self->inside, deeper);
	EXPECT_REFUSED(deeper, self->inside);
}

/* The capability has to be effective for a target inside as well. */
TEST_F(userns, permitted_capabilities_do_not_suffice)
{
	struct creds creds = { .uid = ID(UID_B),
			       .gid = ID(UID_B),
			       .permitted = permitted_caps() };
	struct worker *caller;

	SKIP_IF(users_skip_reason());
	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	caller = spawn_as(&creds);
	ASSERT_WORKER(caller);
	EXPECT_REFUSED(caller, self->inside);
	creds.effective = creds.permitted;
	ASSERT_OK(worker_set_creds(caller, &creds));
	EXPECT_ALLOWED(caller, self->inside);
}

/* The kernel compares kuids, which need no mapping. */
TEST_F(userns, unmapped_ids_are_compared)
{
	SKIP_IF(capset_skip_reason());
	ASSERT_OK(worker_run(self->inside, worker_set_caps, 0, 0));
	ASSERT_OK(worker_run(self->child, worker_set_caps, 0, 0));
	EXPECT_ALLOWED(self->inside, self->child);
	EXPECT_ALLOWED(self->child, self->inside);
}

/* Maps uid arg[0] to 0 inside.  Returns 0 or -EIO. */
static long map_uid_alone(const long *arg)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %ld 1", arg[0]);
	return write_text("/proc/self/uid_map", map) ? -EIO : 0;
}

TEST_F(userns, unmapped_gid_is_compared)
{
	SKIP_IF(userns_root_skip_reason());
	SKIP_IF(capset_skip_reason());
	ASSERT_OK(worker_run(self->inside, map_uid_alone, self->plain.uid[0]));
	ASSERT_OK(worker_run(self->inside, worker_set_caps, 0, 0));
	ASSERT_OK(worker_run(self->child, worker_set_caps, 0, 0));
	EXPECT_ALLOWED(self->inside, self->child);
	EXPECT_ALLOWED(self->child, self->inside);
}

TEST_F(userns, inside_may_not_ask_outside)
{
	EXPECT_ALLOWED(self->inside, self->child);
	EXPECT_REFUSED(self->inside, self->owner);
	EXPECT_PAIR_REFUSED(self->inside, self->child->pid, self->owner->pid);
	EXPECT_PAIR_REFUSED(self->inside, self->owner->pid, self->child->pid);
}

/* Two user namespaces of one owner; neither is an ancestor of the other. */
TEST_F(userns, inside_may_not_ask_in_sibling)
{
	EXPECT_ALLOWED(self->inside, self->child);
	EXPECT_REFUSED(self->inside, self->sibling);
	EXPECT_REFUSED(self->sibling, self->child);
}

/* ENOSPC may be transient: the kernel frees user namespaces in the background. */
static long unshare_userns(struct worker *t)
{
	long long deadline = clock_ms() + 2000;
	long err = worker_syscall(t, SYS_unshare, CLONE_NEWUSER);

	while (err == -ENOSPC && clock_ms() < deadline)
		err = worker_syscall(t, SYS_unshare, CLONE_NEWUSER);
	return err;
}

TEST_F(userns, owner_may_not_ask_about_not_dumpable)
{
	struct creds creds = self->plain;
	struct worker *target;

	SKIP_IF(unshare_skip_reason());
	SKIP_IF(userns_root_skip_reason());
	creds.undumpable = true;
	target = spawn_as(&creds);
	ASSERT_WORKER(target);
	ASSERT_OK(unshare_userns(target));
	EXPECT_ALLOWED(self->owner, self->inside);
	EXPECT_REFUSED(self->owner, target);
}

/* setns() to the user namespace of another user clears the dumpable flag. */
TEST_F(userns, root_that_entered_is_not_dumpable)
{
	struct creds creds = privileged_creds();
	struct worker *root;
	long ns;

	SKIP_IF(users_skip_reason());
	SKIP_IF(caps_skip_reason(CAP(SYS_ADMIN) | CAP(SYS_PTRACE)));
	SKIP_IF(undumpable_skip_reason());
	SKIP_IF(setns_skip_reason());
	root = spawn_as(&creds);
	ASSERT_WORKER(root);
	ns = worker_open_userns(root, self->inside->pid);
	ASSERT_LE(0, ns);
	ASSERT_OK(worker_syscall(root, SYS_setns, ns, CLONE_NEWUSER));
	EXPECT_ALLOWED(self->inside, self->child);
	EXPECT_REFUSED(self->inside, root);
	ASSERT_OK(worker_syscall(root, SYS_prctl, PR_SET_DUMPABLE, 1));
	EXPECT_ALLOWED(self->inside, root);
}

/* setns() gives the owner no capability that it had not over the namespace. */
TEST_F(userns, owner_that_entered_stays_dumpable)
{
	struct worker *deeper, *goer;
	long ns;

	SKIP_IF(userns_root_skip_reason());
	SKIP_IF(setns_skip_reason());
	deeper = spawn_deeper(self);
	ASSERT_WORKER(deeper);
	goer = spawn_as(&self->plain);
	ASSERT_WORKER(goer);
	ns = worker_open_userns(goer, deeper->pid);
	ASSERT_LE(0, ns);
	ASSERT_OK(worker_syscall(goer, SYS_setns, ns, CLONE_NEWUSER));
	EXPECT_ALLOWED(self->owner, goer);
	EXPECT_ALLOWED(self->inside, goer);
}

/*
 * The dumpable flag belongs to the address space, and that to the user namespace in
 * which execve() made it.
 */
TEST_F(userns, exec_inside_puts_mm_into_userns)
{
	struct worker *child = self->child;

	SKIP_IF(self_exec_skip_reason());
	ASSERT_OK(worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_REFUSED(self->inside, child);
	ASSERT_OK(worker_execve(child, "/proc/self/exe"));
	ASSERT_OK(worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_ALLOWED(self->inside, child);
	EXPECT_REFUSED(self->sibling, child);
}

/* A capability counts in its user namespace and in descendants of that. */
TEST_F(userns, capabilities_below_do_not_reach_up)
{
	struct creds creds = self->plain;
	struct worker *target;

	creds.undumpable = true;
	target = spawn_as(&creds);
	ASSERT_WORKER(target);
	EXPECT_ALLOWED(self->owner, self->inside);
	EXPECT_REFUSED(self->owner, target);
	EXPECT_REFUSED(self->inside, target);
}

TEST_F(userns, capabilities_above_reach_down)
{
	struct worker *deeper, *child;

	SKIP_IF(self_exec_skip_reason());
	SKIP_IF(userns_root_skip_reason());
	deeper = spawn_deeper(self);
	ASSERT_WORKER(deeper);
	child = worker_spawn_by(deeper, by_clone, 0, 0);
	ASSERT_WORKER(child);
	ASSERT_OK(worker_execve(child, "/proc/self/exe"));
	ASSERT_OK(worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_ALLOWED(deeper, child);
	EXPECT_ALLOWED(self->inside, child);
	EXPECT_ALLOWED(self->owner, child);
	EXPECT_REFUSED(self->sibling, child);
	EXPECT_REFUSED(self->child, self->owner);
}

TEST_F(userns, zombie_is_checked_in_its_userns)
{
	pid_t inside = self->child->pid, outside;
	struct worker *target = spawn_as(&self->plain);

	ASSERT_WORKER(target);
	outside = target->pid;
	EXPECT_ALLOWED(self->owner, self->child);
	worker_post(self->child, NULL, WORKER_ARGS(SYS_exit_group, 0));
	ASSERT_TRUE(wait_state(inside, inside, 'Z'));
	ASSERT_OK(worker_make_zombie(target));
	EXPECT_KCMP_BY(self->owner, -EBADF, inside, inside, KCMP_FILE, 0, 0);
	EXPECT_ORACLE(0, self->owner, inside);
	EXPECT_PAIR_REFUSED(self->inside, outside, outside);
	EXPECT_ORACLE(-EPERM, self->inside, outside);
	EXPECT_PAIR_REFUSED(self->sibling, inside, inside);
	EXPECT_ORACLE(-EPERM, self->sibling, inside);
}

/* The owner has all capabilities inside if it is the effective uid of the caller. */
FIXTURE(userns_owner)
{
	struct worker *owner, *inside;
};

FIXTURE_VARIANT(userns_owner)
{
	uid_t ruid, euid;
	bool allowed;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(userns_owner, real_and_effective) { UID_A, UID_A, true };
FIXTURE_VARIANT_ADD(userns_owner, effective_only) { UID_B, UID_A, true };
FIXTURE_VARIANT_ADD(userns_owner, real_only) { UID_A, UID_B, false };
FIXTURE_VARIANT_ADD(userns_owner, neither) { UID_B, UID_B, false };
/* clang-format on */

FIXTURE_SETUP(userns_owner)
{
	struct creds a = { .uid = ID(UID_A), .gid = ID(UID_A) };

	SKIP_IF(users_skip_reason());
	SKIP_IF(userns_skip_reason());
	self->owner = spawn_dumpable_as(&a);
	ASSERT_SPAWNED(self->owner);
	self->inside = spawn_in_ns(self->owner, CLONE_NEWUSER);
	SKIP_IF(full_skip_reason(self->inside));
	ASSERT_SPAWNED(self->inside);
}

FIXTURE_TEARDOWN(userns_owner)
{
	end_all_workers();
}

TEST_F(userns_owner, effective_uid_decides)
{
	struct creds creds = {
		.uid = { variant->ruid, variant->euid, variant->euid },
		.gid = ID(UID_A),
	};
	struct worker *caller = spawn_as(&creds);

	ASSERT_WORKER(caller);
	EXPECT_ALLOWED(self->owner, self->inside);
	EXPECT_ACCESS(variant->allowed, caller,
		      ask_all(caller, self->inside->pid), "self->inside");
}

TEST_F(userns_owner, root_is_allowed)
{
	struct creds creds = privileged_creds();
	struct worker *root;

	SKIP_IF(caps_skip_reason(CAP(SYS_PTRACE)));
	root = spawn_as(&creds);
	ASSERT_WORKER(root);
	EXPECT_ALLOWED(root, self->inside);
	EXPECT_REFUSED(self->inside, root);
}

TEST_HARNESS_MAIN
