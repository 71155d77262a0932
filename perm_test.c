// SPDX-License-Identifier: GPL-2.0
/*
 * Who may compare whom: kcmp(2) is "governed by a ptrace access mode
 * PTRACE_MODE_READ_REALCREDS check against both pid1 and pid2" (manual page;
 * __ptrace_may_access() in kernel/ptrace.c, and the security modules).
 *
 * Caller and target are workers with the credentials in question; the caller
 * asks about every type, in every position, and reports.  get_robust_list(2)
 * is governed by the same check and serves as an oracle.  Where the ids that a
 * test needs cannot be had (not root, a small user namespace) it is skipped.
 *
 * The manual page says that Yama restricts kcmp(2).  It does not, and never
 * did: its hook looks at PTRACE_MODE_ATTACH only.
 */
#include "kcmp_harness.h"

#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/fsuid.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* Users that nobody has, with groups of the same numbers. */
#define A	59001
#define B	59002

#define ID(n)		{ n, n, n }

/* linux/landlock.h came with Linux 5.13. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset	444
#define SYS_landlock_restrict_self	446
#endif
#define LANDLOCK_ASK_VERSION	1

/* ------------------------------------------------------------------ */
/* Credentials.                                                        */

struct creds {
	uid_t uid[3];			/* real, effective, saved */
	gid_t gid[3], group;		/* a supplementary one, if not 0 */
	uid_t fsuid;			/* 0: follows the effective one */
	gid_t fsgid;			/* the same */
	unsigned long long permitted, effective, inheritable;
	bool undumpable;
};

/* Returns the first digit of a sysctl, or 0. */
static char read_sysctl(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char digit = 0;

	if (read(fd, &digit, 1) != 1)
		digit = 0;
	close(fd);
	return digit;
}

/* Sets a sysctl, if it is another. */
static void write_sysctl(const char *path, char digit)
{
	int fd = -1;

	if (read_sysctl(path) != digit)
		fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd != -1 && write(fd, &digit, 1) != 1)
		errno = EIO;		/* who needs to know reads it again */
	close(fd);
}

#define SUID_DUMPABLE	"/proc/sys/fs/suid_dumpable"

/* Whether a process that gains privileges is not dumpable from then on. */
static const char *missing_undumpable(void)
{
	return read_sysctl(SUID_DUMPABLE) == '1' ?
	       "missing the default (fs.suid_dumpable is 1)" : NULL;
}

/* Sets those that are not 0.  Returns 0 or -1. */
static int set_fs_ids(uid_t uid, gid_t gid)
{
	if (uid)
		setfsuid(uid);
	if (gid)
		setfsgid(gid);
	return (uid && setfsuid(-1) != (int)uid) ||
	       (gid && setfsgid(-1) != (int)gid) ? -1 : 0;
}

/*
 * Takes over the credentials at arg[0], in the calling thread alone.  A change
 * of ids clears the dumpable flag and the parent-death signal.  Returns 0 or
 * -errno.
 */
static long become(const long *arg)
{
	const struct creds *c = (const struct creds *)arg[0];

	prctl(PR_SET_KEEPCAPS, 1);
	if (c->group && syscall(SYS_setgroups, 1, &c->group))
		return -errno;
	if (syscall(SYS_setresgid, c->gid[0], c->gid[1], c->gid[2]) ||
	    syscall(SYS_setresuid, c->uid[0], c->uid[1], c->uid[2]))
		return -errno;
	/* The change of ids has left them permitted, but not effective. */
	set_caps(permitted_caps(), permitted_caps());
	if (set_fs_ids(c->fsuid, c->fsgid))
		return -EPERM;
	if (set_all_caps(c->permitted, c->effective, c->inheritable))
		return -errno;
	prctl(PR_SET_DUMPABLE, !c->undumpable);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return 0;
}

/* Has a worker take over credentials.  Returns 0 or -errno. */
static long worker_become(struct worker *t, const struct creds *creds)
{
	memcpy(t->scratch, creds, sizeof(*creds));
	return worker_run(t, become, (long)t->scratch);
}

static const char *missing_cap_sys_ptrace(void)
{
	return permitted_caps() & CAP(SYS_PTRACE) ? NULL :
	       "missing power over others (CAP_SYS_PTRACE)";
}

/*
 * By the number that it has in every kernel (USER_NS_INIT_INO).  Without
 * CONFIG_USER_NS there is no other.
 */
static const char *missing_initial_userns(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) || st.st_ino == 0xEFFFFFFDU ?
	       NULL : "missing the initial user namespace";
}

/* The test's own ids, without capabilities: what everybody can become. */
static struct creds own_creds(void)
{
	return (struct creds){ .uid = ID(getuid()), .gid = ID(getgid()) };
}

/* Those of a user without any privilege, the test's own if need be. */
static struct creds plain_creds(void)
{
	const unsigned long long both = CAP(SETUID) | CAP(SETGID);

	if ((permitted_caps() & both) != both)
		return own_creds();
	return (struct creds){ .uid = ID(A), .gid = ID(A) };
}

/*
 * A worker with these credentials, as a rule in an address space of its own, for
 * that is what being dumpable belongs to.  Its ->pid is -errno where it cannot
 * be.
 */
static struct worker *spawn_as_by(struct worker *by, unsigned long flags,
				const struct creds *creds)
{
	struct worker *t = worker_spawn_by(by, by_clone, flags, 0);
	long err = t->pid < 0 ? t->pid : 0;

	/* Who cannot kill another user's task must not make one. */
	if (!err && creds->uid[0] != getuid() && !(permitted_caps() & CAP(KILL)))
		err = -EPERM;
	if (!err)
		err = worker_become(t, creds);
	if (err) {
		worker_end(t);
		t->pid = err;
	}
	return t;
}

static struct worker *spawn_as(const struct creds *creds)
{
	return spawn_as_by(NULL, 0, creds);
}

/* The same, cheaper, where everybody is dumpable for the whole test. */
static struct worker *spawn_dumpable_as(const struct creds *creds)
{
	return spawn_as_by(NULL, creds->undumpable ? 0 : CLONE_VM, creds);
}

#define ASSERT_SPAWNED_AS(task) do { \
	if ((task)->pid == -EPERM || (task)->pid == -EINVAL || \
	    (task)->pid == -ENOSYS) \
		SKIP(SKIP_STATEMENT, "missing other users (CAP_SETUID, CAP_SETGID)"); \
	ASSERT_SPAWNED(task); \
} while (0)

/* ------------------------------------------------------------------ */
/* Questions.                                                          */

static const struct {
	int type;
	unsigned long idx;
} question[] = {
	{ KCMP_FILE, 0 }, { KCMP_FILE, INT_MAX }, { KCMP_VM, 0 },
	{ KCMP_FILES, 0 }, { KCMP_FS, 0 }, { KCMP_SIGHAND, 0 }, { KCMP_IO, 0 },
	{ KCMP_SYSVSEM, 0 }, { KCMP_EPOLL_TFD, 0 }, { INT_MAX, 0 },
};

#define QUESTIONS	ARRAY_SIZE(question)

/* Asks everything about two tasks.  arg: pid1, pid2, where to put the answers. */
static long ask_everything(const long *arg)
{
	long *answer = (long *)arg[2];
	unsigned int i;

	for (i = 0; i < QUESTIONS; i++)
		answer[i] = sys_kcmp(arg[0], arg[1], question[i].type,
				     question[i].idx, question[i].idx);
	return 0;
}

/* What a caller was told about itself and another task, and by the oracle. */
struct interview {
	long both[QUESTIONS], back[QUESTIONS], twice[QUESTIONS];
	long oracle;
};

/* arg: the caller, the other one, where to put the answers. */
static long interview_here(const long *arg)
{
	struct interview *says = (struct interview *)arg[2];
	long list[2];

	ask_everything(WORKER_ARGS(arg[0], arg[1], (long)says->both));
	ask_everything(WORKER_ARGS(arg[1], arg[0], (long)says->back));
	ask_everything(WORKER_ARGS(arg[1], arg[1], (long)says->twice));
	says->oracle = syscall(SYS_get_robust_list, arg[1], list, list + 1) ?
		       -errno : 0;
	return 0;
}

/* Returns what the caller reports, in its scratch memory; zeros if it is stuck. */
static struct interview *interview(struct worker *caller, pid_t other)
{
	struct interview *says = (struct interview *)caller->scratch;

	memset(says, 0, sizeof(*says));
	worker_run(caller, interview_here, caller->pid, other, (long)says);
	return says;
}

/* Returns how many of the answers are -EPERM. */
static int count_refusals(const long *answer)
{
	int refused = 0;
	unsigned int i;

	for (i = 0; i < QUESTIONS; i++)
		refused += answer[i] == -EPERM;
	return refused;
}

/*
 * Returns how many of the answers are none, or not those that are due: for one
 * task twice, that it is the same.
 */
static int count_nonsense(const long *answer, bool twice)
{
	int nonsense = 0;
	unsigned int i;

	for (i = 0; i < QUESTIONS; i++) {
		int type = question[i].type;
		long a = answer[i];

		if (type == INT_MAX)
			nonsense += a != -EINVAL;
		else if (question[i].idx)
			nonsense += a != -EBADF;
		else if (a == -EOPNOTSUPP)
			nonsense += !kcmp_skip_reason(type);
		else if (type == KCMP_EPOLL_TFD)
			nonsense += a != -EFAULT;
		else
			nonsense += twice ? a != 0 : !kcmp_answers(a);
	}
	return nonsense;
}

/* Asks about two tasks in one order only.  Returns the answers. */
static const long *answers(struct worker *caller, pid_t pid1, pid_t pid2)
{
	long *answer = (long *)caller->scratch;

	memset(answer, 0, QUESTIONS * sizeof(*answer));
	worker_run(caller, ask_everything, pid1, pid2, (long)answer);
	return answer;
}

/* Every question is answered, or none is, not even one that has a fault. */
#define EXPECT_ANSWERED(caller, pid1, pid2) \
	EXPECT_EQ(0, count_nonsense(answers(caller, pid1, pid2), \
				    (pid1) == (pid2)))

#define EXPECT_REFUSED(caller, pid1, pid2) \
	EXPECT_EQ((int)QUESTIONS, count_refusals(answers(caller, pid1, pid2)))

/* As both sides of a question with the caller, alone, and to the oracle. */
#define EXPECT_MAY(caller, target) do { \
	struct interview *__says = interview(caller, (target)->pid); \
	EXPECT_EQ(0, count_nonsense(__says->both, false)); \
	EXPECT_EQ(0, count_nonsense(__says->back, false)); \
	EXPECT_EQ(0, count_nonsense(__says->twice, true)); \
	if (__says->oracle != -ENOSYS) \
		EXPECT_EQ(0, __says->oracle); \
} while (0)

#define EXPECT_MAY_NOT(caller, target) do { \
	struct interview *__says = interview(caller, (target)->pid); \
	EXPECT_EQ((int)QUESTIONS, count_refusals(__says->both)); \
	EXPECT_EQ((int)QUESTIONS, count_refusals(__says->back)); \
	EXPECT_EQ((int)QUESTIONS, count_refusals(__says->twice)); \
	if (__says->oracle != -ENOSYS) \
		EXPECT_EQ(-EPERM, __says->oracle); \
} while (0)

/* Returns 0, or -errno: -EPERM exactly where the access check refuses. */
static long ask_oracle(struct worker *caller, pid_t pid)
{
	long *list = (long *)caller->scratch;

	return worker_syscall(caller, SYS_get_robust_list, pid, (long)list,
			    (long)(list + 1));
}

#define EXPECT_ORACLE(expected, caller, pid) do { \
	long __oracle = ask_oracle(caller, pid); \
	if (__oracle != -ENOSYS) \
		EXPECT_EQ(expected, __oracle); \
} while (0)

/*
 * Whether a security module other than those tested here may refuse what the
 * kernel would allow: SELinux, AppArmor or Smack with a domain for the test.
 */
static bool is_confined(void)
{
	char domain[64] = "";
	int fd = open("/proc/self/attr/current", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, domain, sizeof(domain) - 1);

	close(fd);
	return n > 0 && strncmp(domain, "unconfined", 10) &&
	       strncmp(domain, "kernel", 6);
}

/* Why nothing can be said here of who may compare, or NULL. */
static const char *missing_permission_tests(void)
{
	const char *reason = kcmp_skip_reason_any();
	struct creds own = own_creds();
	struct worker *caller, *target;

	if (reason || !is_confined())
		return reason;
	caller = spawn_as(&own);
	target = spawn_as(&own);
	if (caller->pid > 0 && ask_oracle(caller, target->pid) == -EPERM)
		reason = "missing permission (security module)";
	worker_end(caller);
	worker_end(target);
	return reason;
}

/* ------------------------------------------------------------------ */
/* Real ids of the caller against all ids of the target, capabilities. */

FIXTURE(allowed)
{
	struct worker *caller, *target, *other;
};

FIXTURE_VARIANT(allowed)
{
	struct creds caller, target;
};

#define ALLOWED(name, callers, targets) \
FIXTURE_VARIANT_ADD(allowed, name) { .caller = callers, .target = targets }

#define WITH(...)	{ __VA_ARGS__ }
#define PLAIN		.uid = ID(A), .gid = ID(A)
#define EVERY_CAP	((1ULL << 41) - 1)

ALLOWED(same_ids, WITH(PLAIN), WITH(PLAIN));
ALLOWED(caller_euid_and_suid_differ,
	WITH(.uid = { A, B, B }, .gid = ID(A)), WITH(PLAIN));
ALLOWED(caller_egid_and_sgid_differ,
	WITH(.uid = ID(A), .gid = { A, B, B }), WITH(PLAIN));
ALLOWED(caller_fsuid_differs, WITH(PLAIN, .fsuid = B), WITH(PLAIN));
ALLOWED(target_fsuid_differs, WITH(PLAIN), WITH(PLAIN, .fsuid = B));
ALLOWED(caller_fsgid_differs, WITH(PLAIN, .fsgid = B), WITH(PLAIN));
ALLOWED(target_fsgid_differs, WITH(PLAIN), WITH(PLAIN, .fsgid = B));
ALLOWED(target_has_an_inheritable_capability, WITH(PLAIN),
	WITH(PLAIN, .inheritable = CAP(NET_RAW)));
ALLOWED(caller_has_another_group, WITH(PLAIN, .group = B), WITH(PLAIN));
ALLOWED(target_has_another_group, WITH(PLAIN), WITH(PLAIN, .group = B));
ALLOWED(caller_not_dumpable, WITH(PLAIN, .undumpable = true), WITH(PLAIN));
ALLOWED(caller_has_more_capabilities,
	WITH(PLAIN, .permitted = CAP(NET_RAW) | CAP(KILL)),
	WITH(PLAIN, .permitted = CAP(NET_RAW)));
ALLOWED(caller_has_the_same_capabilities_but_not_effective,
	WITH(PLAIN, .permitted = CAP(NET_RAW)),
	WITH(PLAIN, .permitted = CAP(NET_RAW), .effective = CAP(NET_RAW)));
ALLOWED(cap_sys_ptrace_instead_of_more_capabilities,
	WITH(PLAIN, .permitted = CAP(SYS_PTRACE), .effective = CAP(SYS_PTRACE)),
	WITH(PLAIN, .permitted = CAP(NET_RAW) | CAP(KILL)));
ALLOWED(cap_sys_ptrace_instead_of_ids,
	WITH(.uid = ID(B), .gid = ID(B), .permitted = CAP(SYS_PTRACE),
	     .effective = CAP(SYS_PTRACE)), WITH(PLAIN));
ALLOWED(cap_sys_ptrace_instead_of_dumpable,
	WITH(PLAIN, .permitted = CAP(SYS_PTRACE), .effective = CAP(SYS_PTRACE)),
	WITH(PLAIN, .undumpable = true));

FIXTURE_SETUP(allowed)
{
	SKIP_IF(missing_permission_tests());
	self->caller = spawn_dumpable_as(&variant->caller);
	ASSERT_SPAWNED_AS(self->caller);
	self->target = spawn_dumpable_as(&variant->target);
	ASSERT_SPAWNED_AS(self->target);
	self->other = spawn_dumpable_as(&variant->target);
	ASSERT_SPAWNED_AS(self->other);
}

FIXTURE_TEARDOWN(allowed)
{
	workers_end();
}

TEST_F(allowed, to_compare)
{
	EXPECT_MAY(self->caller, self->target);
	EXPECT_ANSWERED(self->caller, self->target->pid, self->other->pid);
}

FIXTURE(refused)
{
	struct worker *caller, *peer, *target;
};

FIXTURE_VARIANT(refused)
{
	struct creds caller, target;
};

#define REFUSED(name, callers, targets) \
FIXTURE_VARIANT_ADD(refused, name) { .caller = callers, .target = targets }

REFUSED(other_uid, WITH(.uid = ID(B), .gid = ID(A)), WITH(PLAIN));
REFUSED(other_gid, WITH(.uid = ID(A), .gid = ID(B)), WITH(PLAIN));
REFUSED(other_gid_of_root, WITH(.gid = ID(A)), WITH(.gid = ID(B)));
REFUSED(target_has_what_the_caller_may_inherit,
	WITH(PLAIN, .inheritable = CAP(NET_RAW)),
	WITH(PLAIN, .permitted = CAP(NET_RAW)));
REFUSED(caller_ruid_differs, WITH(.uid = { B, A, A }, .gid = ID(A)), WITH(PLAIN));
REFUSED(caller_rgid_differs, WITH(.uid = ID(A), .gid = { B, A, A }), WITH(PLAIN));
REFUSED(caller_has_the_fsuid_only,
	WITH(.uid = ID(B), .gid = ID(A), .fsuid = A), WITH(PLAIN));
REFUSED(caller_has_the_fsgid_only,
	WITH(.uid = ID(A), .gid = ID(B), .fsgid = A), WITH(PLAIN));
REFUSED(target_has_the_fsuid_only,
	WITH(PLAIN), WITH(.uid = { A, B, A }, .gid = ID(A), .fsuid = A));
REFUSED(target_has_the_fsgid_only,
	WITH(PLAIN), WITH(.uid = ID(A), .gid = { A, B, A }, .fsgid = A));
REFUSED(caller_euid_is_root, WITH(.uid = { A, 0, 0 }, .gid = ID(A)),
	WITH(.uid = ID(0), .gid = ID(A)));
REFUSED(target_ruid_differs, WITH(PLAIN), WITH(.uid = { B, A, A }, .gid = ID(A)));
REFUSED(target_euid_differs, WITH(PLAIN), WITH(.uid = { A, B, A }, .gid = ID(A)));
REFUSED(target_ruid_is_root, WITH(PLAIN), WITH(.uid = { 0, A, A }, .gid = ID(A)));
REFUSED(target_euid_is_root, WITH(PLAIN), WITH(.uid = { A, 0, A }, .gid = ID(A)));
REFUSED(target_suid_is_root, WITH(PLAIN), WITH(.uid = { A, A, 0 }, .gid = ID(A)));
REFUSED(target_suid_differs, WITH(PLAIN), WITH(.uid = { A, A, B }, .gid = ID(A)));
REFUSED(target_rgid_differs, WITH(PLAIN), WITH(.uid = ID(A), .gid = { B, A, A }));
REFUSED(target_egid_differs, WITH(PLAIN), WITH(.uid = ID(A), .gid = { A, B, A }));
REFUSED(target_sgid_differs, WITH(PLAIN), WITH(.uid = ID(A), .gid = { A, A, B }));
/* "the group IDs" are those of the process; supplementary ones do not count. */
REFUSED(target_rgid_is_a_supplementary_group, WITH(PLAIN, .group = B),
	WITH(.uid = ID(A), .gid = { B, A, A }));
REFUSED(target_egid_is_a_supplementary_group, WITH(PLAIN, .group = B),
	WITH(.uid = ID(A), .gid = { A, B, A }));
REFUSED(target_sgid_is_a_supplementary_group, WITH(PLAIN, .group = B),
	WITH(.uid = ID(A), .gid = { A, A, B }));
REFUSED(target_gids_are_a_supplementary_group, WITH(PLAIN, .group = B),
	WITH(.uid = ID(A), .gid = ID(B)));
REFUSED(target_has_the_supplementary_group, WITH(PLAIN),
	WITH(.uid = ID(A), .gid = ID(B), .group = A));
REFUSED(target_not_dumpable, WITH(PLAIN), WITH(PLAIN, .undumpable = true));
REFUSED(target_has_a_capability, WITH(PLAIN),
	WITH(PLAIN, .permitted = CAP(NET_RAW)));
REFUSED(target_has_another_capability, WITH(PLAIN, .permitted = CAP(KILL)),
	WITH(PLAIN, .permitted = CAP(NET_RAW)));
REFUSED(target_has_a_capability_of_the_upper_half,
	WITH(PLAIN, .permitted = CAP(KILL)),
	WITH(PLAIN, .permitted = CAP(BPF)));
REFUSED(target_has_the_last_capability, WITH(PLAIN),
	WITH(PLAIN, .permitted = CAP(CHECKPOINT_RESTORE)));
REFUSED(root_without_capabilities, WITH(.uid = ID(0), .gid = ID(0)), WITH(PLAIN));
REFUSED(root_without_capabilities_and_root_with,
	WITH(.uid = ID(0), .gid = ID(0)),
	WITH(.uid = ID(0), .gid = ID(0), .permitted = CAP(KILL)));
REFUSED(cap_sys_ptrace_not_effective,
	WITH(.uid = ID(B), .gid = ID(B), .permitted = CAP(SYS_PTRACE)),
	WITH(PLAIN));
REFUSED(cap_sys_ptrace_not_effective_and_not_dumpable,
	WITH(PLAIN, .permitted = CAP(SYS_PTRACE)),
	WITH(PLAIN, .undumpable = true));

/* The peer is one whom the caller may compare. */
FIXTURE_SETUP(refused)
{
	const struct creds *c = &variant->caller;
	struct creds peer = { .uid = ID(c->uid[0]), .gid = ID(c->gid[0]) };

	SKIP_IF(missing_permission_tests());
	self->caller = spawn_dumpable_as(c);
	ASSERT_SPAWNED_AS(self->caller);
	self->target = spawn_dumpable_as(&variant->target);
	ASSERT_SPAWNED_AS(self->target);
	self->peer = spawn_dumpable_as(&peer);
	ASSERT_SPAWNED_AS(self->peer);
}

FIXTURE_TEARDOWN(refused)
{
	workers_end();
}

TEST_F(refused, to_compare)
{
	EXPECT_MAY(self->caller, self->peer);
	EXPECT_MAY_NOT(self->caller, self->target);
	EXPECT_REFUSED(self->caller, self->peer->pid, self->target->pid);
	EXPECT_REFUSED(self->caller, self->target->pid, self->peer->pid);
}

TEST_F(refused, but_not_with_cap_sys_ptrace)
{
	struct creds privileged = variant->caller;
	struct worker *caller;

	privileged.permitted |= CAP(SYS_PTRACE);
	privileged.effective |= CAP(SYS_PTRACE);
	caller = spawn_dumpable_as(&privileged);
	ASSERT_SPAWNED_AS(caller);
	EXPECT_MAY(caller, self->target);
	EXPECT_MAY(caller, self->peer);
}

/* ------------------------------------------------------------------ */
/* What can be asked with the test's own ids, root or not.             */

FIXTURE(own)
{
	struct creds creds;
	struct worker *caller, *target;
};

FIXTURE_SETUP(own)
{
	SKIP_IF(missing_permission_tests());
	self->creds = own_creds();
	self->caller = spawn_as(&self->creds);
	ASSERT_SPAWNED(self->caller);
	self->target = spawn_as(&self->creds);
	ASSERT_SPAWNED(self->target);
}

FIXTURE_TEARDOWN(own)
{
	workers_end();
}

TEST_F(own, process_of_the_same_user_is_allowed)
{
	EXPECT_MAY(self->caller, self->target);
}

TEST_F(own, process_that_is_not_dumpable_is_refused)
{
	struct creds creds = self->creds;
	struct worker *target;

	creds.undumpable = true;
	target = spawn_as(&creds);
	ASSERT_SPAWNED(target);
	EXPECT_MAY(self->caller, self->target);
	EXPECT_MAY_NOT(self->caller, target);
	EXPECT_REFUSED(self->caller, self->target->pid, target->pid);
	EXPECT_REFUSED(self->caller, target->pid, self->target->pid);
}

/* It is not a property of the process for good. */
TEST_F(own, process_is_refused_while_it_is_not_dumpable)
{
	EXPECT_MAY(self->caller, self->target);
	ASSERT_EQ(0, worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_MAY_NOT(self->caller, self->target);
	ASSERT_EQ(0, worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 1));
	EXPECT_MAY(self->caller, self->target);
	/* "PR_SET_DUMPABLE ... 2": EINVAL */
	EXPECT_EQ(-EINVAL, worker_syscall(self->target, SYS_prctl,
					PR_SET_DUMPABLE, 2));
	EXPECT_MAY(self->caller, self->target);
}

/* The first task of a pid namespace is number 1, and one of many. */
TEST_F(own, first_task_of_a_pid_namespace_is_not_that_of_another)
{
	struct worker *outer = worker_spawn(CLONE_NEWPID), *inner;

	if (outer->pid < 0)
		outer = worker_spawn(CLONE_NEWUSER | CLONE_NEWPID);
	SKIP_IF(outer->pid < 0 ?
			"missing pid namespaces (CONFIG_PID_NS)" : NULL);
	inner = worker_spawn_by(outer, by_clone, CLONE_NEWPID, 0);
	ASSERT_SPAWNED(inner);
	ASSERT_EQ(0, worker_run(inner, worker_set_caps, 0, 0));
	ASSERT_EQ(0, worker_run(outer, worker_set_caps, 0, 0));
	EXPECT_EQ(0, count_nonsense(answers(outer, inner->pid, inner->pid), true));
	ASSERT_EQ(0, worker_syscall(inner, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_REFUSED(outer, inner->pid, inner->pid);
	EXPECT_ANSWERED(outer, 1, 1);
}

TEST_F(own, child_is_as_dumpable_as_its_parent)
{
	struct worker *first = worker_spawn_by(self->target, by_clone, 0, 0);
	struct worker *second;

	ASSERT_SPAWNED(first);
	ASSERT_EQ(0, worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	second = worker_spawn_by(self->target, by_clone, 0, 0);
	ASSERT_SPAWNED(second);
	EXPECT_MAY(self->caller, first);
	EXPECT_MAY_NOT(self->caller, second);
}

TEST_F(own, caller_that_is_not_dumpable_is_allowed)
{
	ASSERT_EQ(0, worker_syscall(self->caller, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_MAY(self->caller, self->target);
}

/* "its own thread group": no check at all. */
TEST_F(own, threads_are_allowed_whatever_they_are)
{
	struct worker *thread = worker_spawn_by(self->caller, by_clone, CLONE_VM |
					    CLONE_SIGHAND | CLONE_THREAD, 0);

	ASSERT_SPAWNED(thread);
	ASSERT_EQ(0, worker_syscall(self->caller, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_ANSWERED(self->caller, self->caller->pid, thread->pid);
	EXPECT_ANSWERED(self->caller, thread->pid, thread->pid);
	EXPECT_ANSWERED(thread, self->caller->pid, thread->pid);
	EXPECT_ANSWERED(thread, self->caller->pid, self->caller->pid);
	EXPECT_ANSWERED(thread, self->caller->pid, self->target->pid);
	EXPECT_MAY_NOT(self->target, self->caller);
	EXPECT_MAY_NOT(self->target, thread);
}

/* ESRCH tells who exists, and is not hidden by a refusal of the other. */
TEST_F(own, missing_task_is_esrch_before_eperm)
{
	pid_t gone = worker_spawn(CLONE_VM)->pid, target = self->target->pid;

	workers_end();
	self->caller = spawn_as(&self->creds);
	self->target = spawn_as(&self->creds);
	ASSERT_SPAWNED(self->target);
	target = self->target->pid;
	ASSERT_EQ(0, worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_MAY_NOT(self->caller, self->target);
	EXPECT_EQ(-ESRCH, worker_kcmp(self->caller, gone, target, KCMP_VM));
	EXPECT_EQ(-ESRCH, worker_kcmp(self->caller, target, gone, KCMP_VM));
	EXPECT_EQ(-ESRCH, worker_kcmp(self->caller, target, 0, INT_MAX));
}

TEST_F(own, stopped_process_is_allowed)
{
	siginfo_t info;

	ASSERT_EQ(0, kill(self->target->pid, SIGSTOP));
	ASSERT_EQ(0, waitid(P_PID, self->target->pid, &info, WSTOPPED));
	EXPECT_MAY(self->caller, self->target);
}

TEST_F(own, session_and_no_new_privs_do_not_matter)
{
	ASSERT_LT(0, worker_syscall(self->target, SYS_setsid));
	ASSERT_EQ(0, worker_syscall(self->caller, SYS_prctl, PR_SET_NO_NEW_PRIVS,
				  1, 0, 0, 0));
	EXPECT_MAY(self->caller, self->target);
	EXPECT_MAY(self->target, self->caller);
}

TEST_F(own, traced_process_is_allowed)
{
	struct worker *third = spawn_as(&self->creds);

	ASSERT_SPAWNED(third);
	SKIP_IF(worker_syscall(self->caller, SYS_ptrace, PTRACE_SEIZE,
				     self->target->pid, 0, 0) ?
			"missing ptrace (Yama, or traced already)" : NULL);
	EXPECT_MAY(self->caller, self->target);
	EXPECT_MAY(third, self->target);
	/* Nor does a tracer have a privilege here. */
	ASSERT_EQ(0, worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_MAY_NOT(self->caller, self->target);
}

/* "its own thread group": to share everything else with a task is not enough. */
TEST_F(own, sharer_that_is_not_dumpable_is_refused)
{
	struct worker *sharer = worker_spawn_by(self->caller, by_clone, CLONE_VM |
					    CLONE_SIGHAND | CLONE_FILES |
					    CLONE_FS, 0);

	ASSERT_SPAWNED(sharer);
	EXPECT_MAY(self->caller, sharer);
	ASSERT_EQ(0, worker_syscall(self->caller, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_MAY_NOT(self->caller, sharer);
	EXPECT_MAY_NOT(sharer, self->caller);
}

/* A zombie that was dumpable, by its owner, and one of another user. */
TEST_F(own, zombie_is_allowed)
{
	pid_t zombie = self->target->pid;

	ASSERT_EQ(0, worker_make_zombie(self->target));
	EXPECT_TRUE(kcmp_answers(worker_kcmp(self->caller, zombie, zombie,
					   KCMP_VM)));
	EXPECT_DIFFERS(worker_kcmp(self->caller, self->caller->pid, zombie,
				 KCMP_VM));
	EXPECT_DIFFERS(worker_kcmp(self->caller, zombie, self->caller->pid,
				 KCMP_VM));
	EXPECT_EQ(-EBADF, worker_kcmp(self->caller, zombie, zombie, KCMP_FILE));
	EXPECT_EQ(-EINVAL, worker_kcmp(self->caller, zombie, zombie, INT_MAX));
	EXPECT_ORACLE(0, self->caller, zombie);
}

/* A thread stays as a zombie only while somebody traces it. */
TEST_F(own, zombie_thread_is_allowed)
{
	struct worker *thread = worker_spawn_by(self->target, by_clone, CLONE_VM |
					    CLONE_SIGHAND | CLONE_THREAD, 0);
	pid_t zombie = thread->pid;

	ASSERT_SPAWNED(thread);
	SKIP_IF(worker_syscall(thread, SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) ?
			"missing ptrace (Yama, or traced already)" : NULL);
	worker_post(thread, NULL, WORKER_ARGS(SYS_exit, 0));
	ASSERT_TRUE(wait_state(self->target->pid, zombie, 'Z'));
	EXPECT_TRUE(kcmp_answers(worker_kcmp(self->caller, zombie, zombie,
					   KCMP_VM)));
	EXPECT_DIFFERS(worker_kcmp(self->caller, self->caller->pid, zombie,
				 KCMP_VM));
	EXPECT_ORACLE(0, self->caller, zombie);
	ASSERT_EQ(zombie, waitpid(zombie, NULL, __WALL));
}

/* Refused since 2026 only (a security fix): what the access check says counts. */
TEST_F(own, zombie_that_was_not_dumpable_is_as_the_oracle_says)
{
	pid_t zombie = self->target->pid;
	long oracle;

	ASSERT_EQ(0, worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	ASSERT_EQ(0, worker_make_zombie(self->target));
	oracle = ask_oracle(self->caller, zombie);
	SKIP_IF(oracle == -ENOSYS ?
			"missing get_robust_list (CONFIG_FUTEX)" : NULL);
	EXPECT_EQ(oracle == -EPERM,
		  worker_kcmp(self->caller, zombie, zombie, KCMP_VM) == -EPERM);
	EXPECT_EQ(oracle == -EPERM,
		  worker_kcmp(self->caller, self->caller->pid, zombie, INT_MAX) ==
		  -EPERM);
}

/* ------------------------------------------------------------------ */
/* Where the credentials are a thread's, or a program's.               */

FIXTURE(users)
{
	struct creds a, b, root;
	struct worker *caller;
};

FIXTURE_SETUP(users)
{
	SKIP_IF(missing_permission_tests());
	self->a = (struct creds){ .uid = ID(A), .gid = ID(A) };
	self->b = (struct creds){ .uid = ID(B), .gid = ID(B) };
	self->root = (struct creds){ .permitted = permitted_caps(),
				     .effective = permitted_caps() };
	self->caller = spawn_as(&self->a);
	ASSERT_SPAWNED_AS(self->caller);
}

FIXTURE_TEARDOWN(users)
{
	workers_end();
}

TEST_F(users, each_thread_has_its_own_credentials)
{
	struct worker *leader = spawn_as(&self->root), *thread;

	ASSERT_SPAWNED_AS(leader);
	thread = worker_spawn_by(leader, by_clone, CLONE_VM | CLONE_SIGHAND |
			       CLONE_THREAD, 0);
	ASSERT_SPAWNED(thread);
	EXPECT_MAY_NOT(self->caller, leader);
	EXPECT_MAY_NOT(self->caller, thread);
	ASSERT_EQ(0, worker_become(thread, &self->a));
	EXPECT_MAY(self->caller, thread);
	EXPECT_MAY_NOT(self->caller, leader);
	EXPECT_REFUSED(self->caller, leader->pid, thread->pid);
	EXPECT_REFUSED(self->caller, thread->pid, leader->pid);
}

/* Neither what the leader may, nor what it has. */
TEST_F(users, each_thread_has_its_own_capabilities)
{
	struct creds has = self->a;
	struct worker *leader, *thread, *target;
	int i;

	has.permitted = CAP(NET_RAW);
	target = spawn_as(&has);
	ASSERT_SPAWNED_AS(target);
	for (i = 0; i < 2; i++) {
		if (i) {
			has = self->b;
			has.permitted = has.effective = CAP(SYS_PTRACE);
			target = self->caller;
		}
		leader = spawn_as(&has);
		ASSERT_SPAWNED_AS(leader);
		thread = worker_spawn_by(leader, by_clone, CLONE_VM |
				       CLONE_SIGHAND | CLONE_THREAD, 0);
		ASSERT_SPAWNED(thread);
		EXPECT_MAY(leader, target);
		EXPECT_MAY(thread, target);
		ASSERT_EQ(0, worker_run(thread, worker_set_caps, 0, 0));
		EXPECT_MAY(leader, target);
		EXPECT_MAY_NOT(thread, target);
	}
}

TEST_F(users, thread_may_have_more_capabilities_than_its_leader)
{
	struct creds has = self->b;
	struct worker *leader, *thread;

	has.permitted = has.effective = CAP(SYS_PTRACE);
	leader = spawn_as(&has);
	ASSERT_SPAWNED_AS(leader);
	thread = worker_spawn_by(leader, by_clone, CLONE_VM | CLONE_SIGHAND |
			       CLONE_THREAD, 0);
	ASSERT_SPAWNED(thread);
	ASSERT_EQ(0, worker_run(leader, worker_set_caps, 0, 0));
	EXPECT_MAY(thread, self->caller);
	EXPECT_MAY_NOT(leader, self->caller);
}

/* For root they set all three. */
TEST_F(users, ids_are_changed_by_whichever_call)
{
	static const long change[][2] = {
		{ SYS_setgid, SYS_setuid }, { SYS_setregid, SYS_setreuid },
	};
	unsigned int i, j;

	for (i = 0; i < 2; i++) {
		struct worker *target = spawn_as(&self->root);

		ASSERT_SPAWNED_AS(target);
		for (j = 0; j < 2; j++)
			ASSERT_EQ(0, worker_syscall(target, change[i][j], A, A));
		ASSERT_EQ(0, worker_run(target, worker_set_caps, 0, 0));
		ASSERT_EQ(0, worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 1));
		EXPECT_MAY(self->caller, target);
		worker_syscall(target, SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	}
}

/* setfsuid() and setfsgid() are changes of ids, too. */
TEST_F(users, change_of_fs_ids_makes_not_dumpable)
{
	static const long change[] = { SYS_setfsuid, SYS_setfsgid };
	const unsigned long long caps = CAP(SETUID) | CAP(SETGID);
	struct creds both = self->a;
	struct worker *caller, *target;
	unsigned int i;

	SKIP_IF(missing_undumpable());
	both.permitted = both.effective = caps;
	caller = spawn_as(&both);
	ASSERT_SPAWNED_AS(caller);
	for (i = 0; i < 2; i++) {
		target = spawn_as(&both);
		ASSERT_SPAWNED_AS(target);
		EXPECT_MAY(caller, target);
		ASSERT_EQ(A, worker_syscall(target, change[i], B));
		EXPECT_MAY_NOT(caller, target);
		ASSERT_EQ(0, worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 1));
		EXPECT_MAY(caller, target);
		worker_syscall(target, SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	}
}

/* Neither a saved id, nor what puts capabilities into force. */
TEST_F(users, other_changes_leave_dumpable)
{
	struct creds creds = { .uid = { A, A, B }, .gid = { A, A, B } };
	struct worker *target = spawn_as(&creds), *caller;

	ASSERT_SPAWNED_AS(target);
	ASSERT_EQ(0, worker_syscall(target, SYS_setresgid, -1, -1, A));
	ASSERT_EQ(0, worker_syscall(target, SYS_setresuid, -1, -1, A));
	EXPECT_MAY(self->caller, target);
	creds = self->a;
	creds.permitted = CAP(NET_RAW);
	caller = spawn_as(&creds);
	ASSERT_SPAWNED_AS(caller);
	target = spawn_as(&creds);
	ASSERT_SPAWNED_AS(target);
	ASSERT_EQ(0, worker_run(target, worker_set_caps, CAP(NET_RAW), CAP(NET_RAW)));
	EXPECT_MAY(caller, target);
	ASSERT_EQ(0, worker_run(target, worker_set_caps, 0, 0));
	EXPECT_MAY(caller, target);
	creds.permitted = creds.effective = CAP(SETGID);
	caller = spawn_as(&creds);
	ASSERT_SPAWNED_AS(caller);
	creds.group = B;
	target = spawn_as(&creds);
	ASSERT_SPAWNED_AS(target);
	ASSERT_EQ(0, worker_syscall(target, SYS_setgroups, 0, 0));
	EXPECT_MAY(caller, target);
}

/* A namespace belongs to the effective uid of who makes it. */
TEST_F(users, user_namespace_is_its_makers_by_the_effective_uid)
{
	struct creds creds = { .uid = { B, A, A }, .gid = ID(A) };
	struct worker *maker = spawn_as(&creds), *real, *inside;

	ASSERT_SPAWNED_AS(maker);
	real = spawn_as(&self->b);
	ASSERT_SPAWNED_AS(real);
	inside = worker_spawn_by(maker, by_clone, CLONE_NEWUSER, 0);
	SKIP_IF(inside->pid < 0 ?
			"missing user namespaces (CONFIG_USER_NS)" : NULL);
	EXPECT_MAY(self->caller, inside);
	EXPECT_MAY_NOT(real, inside);
}

TEST_F(users, own_thread_of_another_user_is_allowed)
{
	struct worker *leader = spawn_as(&self->root), *thread, *b;

	ASSERT_SPAWNED_AS(leader);
	thread = worker_spawn_by(leader, by_clone, CLONE_VM | CLONE_SIGHAND |
			       CLONE_THREAD, 0);
	ASSERT_SPAWNED(thread);
	ASSERT_EQ(0, worker_become(thread, &self->b));
	ASSERT_EQ(0, worker_become(leader, &self->a));
	b = spawn_as(&self->b);
	ASSERT_SPAWNED_AS(b);
	EXPECT_MAY(thread, b);
	EXPECT_MAY_NOT(leader, b);
	EXPECT_MAY(leader, self->caller);
	EXPECT_MAY_NOT(thread, self->caller);
	EXPECT_ANSWERED(leader, leader->pid, thread->pid);
	EXPECT_ANSWERED(leader, thread->pid, thread->pid);
	EXPECT_ANSWERED(thread, thread->pid, leader->pid);
	EXPECT_ANSWERED(thread, leader->pid, leader->pid);
	EXPECT_MAY(self->caller, leader);
	EXPECT_MAY_NOT(self->caller, thread);
}

/* "CAP_SYS_PTRACE is required": no other will do, nor all others together. */
TEST_F(users, all_capabilities_but_cap_sys_ptrace_are_refused)
{
	unsigned long long caps = permitted_caps() & ~CAP(SYS_PTRACE) &
				  ~CAP(CHECKPOINT_RESTORE);
	struct creds creds = self->b;
	struct worker *caller, *target = spawn_as(&self->a);

	creds.permitted = caps;
	creds.effective = caps;
	caller = spawn_as(&creds);
	ASSERT_SPAWNED_AS(caller);
	EXPECT_MAY(self->caller, target);
	EXPECT_MAY_NOT(caller, target);
}

TEST_F(users, root_is_allowed)
{
	struct worker *root = spawn_as(&self->root);

	ASSERT_SPAWNED_AS(root);
	SKIP_IF(missing_cap_sys_ptrace());
	EXPECT_MAY(root, self->caller);
	EXPECT_MAY_NOT(self->caller, root);
}

/* What cannot be had again can still be had. */
TEST_F(users, capabilities_outside_of_the_bounding_set_are_refused)
{
	struct creds creds = self->a;
	struct worker *target = spawn_as(&self->root), *other = spawn_as(&self->a);

	ASSERT_SPAWNED_AS(target);
	ASSERT_SPAWNED_AS(other);
	SKIP_IF(!(permitted_caps() & CAP(CHOWN)) ||
			worker_syscall(target, SYS_prctl, PR_CAPBSET_DROP,
				     CAP_CHOWN, 0, 0) ?
			"missing a bounding set (CAP_SETPCAP)" : NULL);
	creds.permitted = CAP(CHOWN);
	ASSERT_EQ(0, worker_become(target, &creds));
	EXPECT_MAY(self->caller, other);
	EXPECT_MAY_NOT(self->caller, target);
}

/* Which takes away what is of files, and no more. */
TEST_F(users, root_with_another_fs_uid_is_allowed)
{
	struct worker *root = spawn_as(&self->root), *target = spawn_as(&self->b);

	SKIP_IF(missing_cap_sys_ptrace());
	ASSERT_SPAWNED_AS(root);
	ASSERT_SPAWNED_AS(target);
	ASSERT_EQ(0, worker_syscall(root, SYS_setfsuid, A));
	ASSERT_EQ(A, worker_syscall(root, SYS_setfsuid, -1));
	EXPECT_MAY(root, target);
}

/* With PR_SET_KEEPCAPS they stay permitted: it is the effective ones that count. */
TEST_F(users, root_that_has_become_another_is_refused)
{
	struct worker *root = spawn_as(&self->root), *target = spawn_as(&self->b);

	SKIP_IF(missing_cap_sys_ptrace());
	ASSERT_SPAWNED_AS(root);
	ASSERT_SPAWNED_AS(target);
	ASSERT_EQ(0, worker_syscall(root, SYS_prctl, PR_SET_KEEPCAPS, 1));
	EXPECT_MAY(root, target);
	ASSERT_EQ(0, worker_syscall(root, SYS_setresuid, A, A, A));
	worker_syscall(root, SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	EXPECT_MAY_NOT(root, target);
	ASSERT_EQ(0, worker_become(root, &(struct creds){
		.uid = ID(A), .permitted = permitted_caps(), .effective = permitted_caps(),
	}));
	EXPECT_MAY(root, target);
}

TEST_F(users, all_are_told_the_same_order)
{
	struct worker *target;
	int fd[6], i, j;
	pid_t pid;

	SKIP_IF(missing_cap_sys_ptrace());
	for (i = 0; i < 6; i++)
		fd[i] = open("/dev/null", O_RDONLY);
	target = spawn_as(&self->a);
	ASSERT_SPAWNED_AS(target);
	pid = target->pid;
	for (i = 0; i < 6; i++)
		for (j = 0; j < 6; j++)
			EXPECT_EQ(sys_kcmp(pid, pid, KCMP_FILE, fd[i], fd[j]),
				  worker_kcmp(self->caller, pid, pid, KCMP_FILE,
					    fd[i], fd[j]));
}

/* Credentials that change do so for the next call. */
TEST_F(users, change_of_credentials_counts_at_once)
{
	struct worker *target = spawn_as(&self->root);

	ASSERT_SPAWNED_AS(target);
	EXPECT_MAY_NOT(self->caller, target);
	ASSERT_EQ(0, worker_become(target, &self->a));
	EXPECT_MAY(self->caller, target);
}

TEST_F(users, zombie_of_another_user_is_refused)
{
	struct worker *root = spawn_as(&self->root), *target = spawn_as(&self->b);
	pid_t zombie = target->pid, caller = self->caller->pid;

	ASSERT_SPAWNED_AS(root);
	ASSERT_SPAWNED_AS(target);
	SKIP_IF(missing_cap_sys_ptrace());
	ASSERT_EQ(0, worker_make_zombie(target));
	EXPECT_REFUSED(self->caller, caller, zombie);
	EXPECT_REFUSED(self->caller, zombie, caller);
	EXPECT_REFUSED(self->caller, zombie, zombie);
	EXPECT_ORACLE(-EPERM, self->caller, zombie);
	EXPECT_EQ(-EBADF, worker_kcmp(root, zombie, zombie, KCMP_FILE));
	EXPECT_ORACLE(0, root, zombie);
}

/* Whatever a kernel makes of it for others: to CAP_SYS_PTRACE it is all the same. */
TEST_F(users, zombie_that_was_not_dumpable_is_allowed_for_root)
{
	struct creds creds = self->b;
	struct worker *root = spawn_as(&self->root), *target;
	pid_t zombie;

	creds.undumpable = true;
	target = spawn_as(&creds);
	zombie = target->pid;
	ASSERT_SPAWNED_AS(root);
	ASSERT_SPAWNED_AS(target);
	SKIP_IF(missing_cap_sys_ptrace());
	SKIP_IF(missing_initial_userns());
	ASSERT_EQ(0, worker_make_zombie(target));
	EXPECT_EQ(-EBADF, worker_kcmp(root, zombie, zombie, KCMP_FILE));
	EXPECT_TRUE(kcmp_answers(worker_kcmp(root, zombie, zombie, KCMP_VM)));
	EXPECT_ORACLE(0, root, zombie);
}

/* What a change of ids makes of the process, unless it says otherwise. */
FIXTURE(suid_dumpable)
{
	struct creds a;
	struct worker *caller, *target;
	char before;
};

FIXTURE_VARIANT(suid_dumpable)
{
	char value;
	bool may;
};

FIXTURE_VARIANT_ADD(suid_dumpable, is_0_refused) { '0', false };
FIXTURE_VARIANT_ADD(suid_dumpable, is_1_allowed) { '1', true };
FIXTURE_VARIANT_ADD(suid_dumpable, is_2_refused) { '2', false };

FIXTURE_SETUP(suid_dumpable)
{
	static char reason[] = "missing the value N (fs.suid_dumpable)";

	self->before = read_sysctl(SUID_DUMPABLE);
	SKIP_IF(missing_permission_tests());
	self->a = (struct creds){ .uid = ID(A), .gid = ID(A) };
	self->caller = spawn_as(&self->a);
	ASSERT_SPAWNED_AS(self->caller);
	self->target = worker_spawn(0);
	ASSERT_SPAWNED(self->target);
	/* Last: there is no teardown after a set-up that has failed. */
	if (is_disposable())
		write_sysctl(SUID_DUMPABLE, variant->value);
	*strchr(reason, 'N') = variant->value;
	SKIP_IF(read_sysctl(SUID_DUMPABLE) == variant->value ? NULL :
			reason);
}

FIXTURE_TEARDOWN(suid_dumpable)
{
	workers_end();
	write_sysctl(SUID_DUMPABLE, self->before);
}

TEST_F(suid_dumpable, after_a_change_of_ids_by_one_of_its_threads)
{
	struct worker *target = self->target;
	struct worker *thread = worker_spawn_by(target, by_clone, CLONE_VM |
					    CLONE_SIGHAND | CLONE_THREAD, 0);

	ASSERT_SPAWNED(thread);
	ASSERT_EQ(0, worker_syscall(thread, SYS_setresgid, A, A, A));
	ASSERT_EQ(0, worker_syscall(thread, SYS_setresuid, A, A, A));
	if (variant->may)
		EXPECT_MAY(self->caller, thread);
	else
		EXPECT_MAY_NOT(self->caller, thread);
}

TEST_F(suid_dumpable, after_a_change_of_ids)
{
	struct worker *target = self->target;

	ASSERT_EQ(0, worker_syscall(target, SYS_setresgid, A, A, A));
	ASSERT_EQ(0, worker_syscall(target, SYS_setresuid, A, A, A));
	if (variant->may)
		EXPECT_MAY(self->caller, target);
	else
		EXPECT_MAY_NOT(self->caller, target);
	ASSERT_EQ(0, worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 1));
	EXPECT_MAY(self->caller, target);
	ASSERT_EQ(0, worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_MAY_NOT(self->caller, target);
	worker_syscall(target, SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
}

/* "reset to the value in /proc/sys/fs/suid_dumpable", whatever it was. */
TEST_F(suid_dumpable, after_a_change_of_ids_of_what_was_not_dumpable)
{
	struct worker *target = self->target;

	ASSERT_EQ(0, worker_syscall(target, SYS_prctl, PR_SET_DUMPABLE, 0));
	ASSERT_EQ(0, worker_syscall(target, SYS_setresgid, A, A, A));
	ASSERT_EQ(0, worker_syscall(target, SYS_setresuid, A, A, A));
	worker_syscall(target, SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	if (variant->may)
		EXPECT_MAY(self->caller, target);
	else
		EXPECT_MAY_NOT(self->caller, target);
}

/* ------------------------------------------------------------------ */
/* Programs that may not be read, or that change the ids.              */

FIXTURE(program)
{
	struct creds a;
	struct worker *caller, *target, *other;
	char path[32];
};

FIXTURE_VARIANT(program)
{
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool may, caps;
};

#define PROGRAM(name, bits, user, group) \
FIXTURE_VARIANT_ADD(program, name) { \
	.mode = bits, .uid = user, .gid = group, \
}

FIXTURE_VARIANT_ADD(program, that_may_be_read_is_allowed) {
	.mode = 0755, .uid = B, .gid = B, .may = true,
};
PROGRAM(that_may_not_be_read_is_refused, 0711, B, B);
PROGRAM(that_is_set_uid_is_refused, 04755, B, A);
PROGRAM(that_is_set_gid_is_refused, 02755, A, B);
FIXTURE_VARIANT_ADD(program, that_has_capabilities_is_refused) {
	.mode = 0755, .uid = B, .gid = B, .caps = true,
};

/*
 * Makes a copy of this program that has no name, so that nobody can find it and
 * nothing is left of it, and opens it to be executed.  Returns that, or -1.
 */
static int copy_program(mode_t mode, uid_t uid, gid_t gid)
{
	const char *dir = getenv("TMPDIR");
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int copy = -1;
	ssize_t copied;
	char path[32];

	do
		copied = sendfile(to, from, NULL, 1 << 30);
	while (copied > 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	if (!copied && !fchown(to, uid, gid) && !fchmod(to, mode))
		copy = open(path, O_PATH);
	close(from);
	close(to);		/* nobody executes a file that is being written */
	return copy;
}

/* Gives a file the capability to chown().  Returns NULL, or why that cannot be. */
static const char *give_capability(int fd)
{
	struct vfs_cap_data caps = {
		.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
		.data[0].permitted = CAP(CHOWN),
	};
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return setxattr(path, "security.capability", &caps, sizeof(caps), 0) ?
	       "missing capabilities of files (CONFIG_TMPFS_XATTR, CAP_SETFCAP)" :
	       NULL;
}

/* Whether a program makes more of who executes it. */
static bool is_privileged(const FIXTURE_VARIANT(program) *variant)
{
	return variant->mode & (S_ISUID | S_ISGID) || variant->caps;
}

/*
 * Has a worker of user A execute the copy.  Returns NULL, or why it cannot be
 * done: mounts may forbid programs, or them to make more of who executes them.
 */
static const char *execute_copy(struct worker *t, const char *path, bool privileged)
{
	if (worker_execve(t, path) == -EACCES)
		return "missing executables (TMPDIR is mounted noexec)";
	if (privileged && worker_syscall(t, SYS_geteuid) == A &&
	    worker_syscall(t, SYS_getegid) == A &&
	    !proc_status_field(t->pid, "CapPrm"))
		return "missing set-id programs (TMPDIR is mounted nosuid)";
	return NULL;
}

FIXTURE_SETUP(program)
{
	int fd;

	SKIP_IF(missing_permission_tests());
	SKIP_IF(execve_skip_reason());
	if (!(variant->mode & S_IROTH))
		SKIP_IF(missing_undumpable());
	self->a = (struct creds){ .uid = ID(A), .gid = ID(A) };
	/* As many as the file has: they are not what is in the way. */
	self->a.permitted = variant->caps ? CAP(CHOWN) : 0;
	fd = copy_program(variant->mode, variant->uid, variant->gid);
	snprintf(self->path, sizeof(self->path), "/proc/self/fd/%d", fd);
	self->caller = spawn_as(&self->a);
	ASSERT_SPAWNED_AS(self->caller);
	self->a.permitted = 0;
	SKIP_IF(fd == -1 ? "missing O_TMPFILE, or room (TMPDIR)" :
			NULL);
	if (variant->caps)
		SKIP_IF(give_capability(fd));
	self->target = spawn_as(&self->a);
	ASSERT_SPAWNED_AS(self->target);
	self->other = spawn_as(&self->a);
	ASSERT_SPAWNED_AS(self->other);
}

FIXTURE_TEARDOWN(program)
{
	workers_end();
}

/*
 * execve() with an effective id that is not the real one makes the process not
 * dumpable, which stays so when the real one follows.
 */
FIXTURE(unequal)
{
	struct creds b, unequal;
	struct worker *caller, *target;
	char path[32];
};

FIXTURE_VARIANT(unequal)
{
	bool uid, execve;
};

FIXTURE_VARIANT_ADD(unequal, uids_before_execve_are_refused) { true, true };
FIXTURE_VARIANT_ADD(unequal, gids_before_execve_are_refused) { false, true };
FIXTURE_VARIANT_ADD(unequal, uids_without_execve_are_allowed) { true, false };
FIXTURE_VARIANT_ADD(unequal, gids_without_execve_are_allowed) { false, false };

FIXTURE_SETUP(unequal)
{
	int fd;

	SKIP_IF(missing_permission_tests());
	SKIP_IF(execve_skip_reason());
	SKIP_IF(missing_undumpable());
	fd = copy_program(0755, B, B);
	snprintf(self->path, sizeof(self->path), "/proc/self/fd/%d", fd);
	self->b = self->unequal = (struct creds){ .uid = ID(B), .gid = ID(B) };
	*(variant->uid ? self->unequal.uid : self->unequal.gid) = A;
	self->caller = spawn_as(&self->b);
	ASSERT_SPAWNED_AS(self->caller);
	SKIP_IF(fd == -1 ? "missing O_TMPFILE, or room (TMPDIR)" :
			NULL);
	self->target = spawn_as(&self->unequal);
	ASSERT_SPAWNED_AS(self->target);
}

FIXTURE_TEARDOWN(unequal)
{
	workers_end();
}

TEST_F(unequal, once_they_are_equal)
{
	if (variant->execve)
		SKIP_IF(execute_copy(self->target, self->path, false));
	ASSERT_EQ(0, worker_syscall(self->target, variant->uid ? SYS_setresuid :
				  SYS_setresgid, B, B, B));
	if (variant->execve)
		EXPECT_MAY_NOT(self->caller, self->target);
	else
		EXPECT_MAY(self->caller, self->target);
}

TEST_F(program, once_it_runs)
{
	SKIP_IF(execute_copy(self->target, self->path,
				     is_privileged(variant)));
	EXPECT_MAY(self->caller, self->other);
	if (variant->may)
		EXPECT_MAY(self->caller, self->target);
	else
		EXPECT_MAY_NOT(self->caller, self->target);
}

/*
 * Root of a user namespace may look at what is not dumpable there, but not at a
 * program that only those outside may read.
 */
TEST_F(program, once_it_runs_in_a_user_namespace)
{
	struct worker *inside = worker_spawn_by(self->other, by_clone,
					    CLONE_NEWUSER, 0), *child;

	SKIP_IF(inside->pid < 0 ?
			"missing user namespaces (CONFIG_USER_NS)" : NULL);
	child = worker_spawn_by(inside, by_clone, 0, 0);
	ASSERT_SPAWNED(child);
	SKIP_IF(execute_copy(child, self->path, false));
	ASSERT_EQ(0, worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	if (variant->mode & S_IROTH)
		EXPECT_MAY(inside, child);
	else
		EXPECT_MAY_NOT(inside, child);
}

/* Gives users A and B numbers in a user namespace.  Returns whether they have. */
static bool map_users(pid_t inside, const char *which)
{
	char path[40], map[32];

	snprintf(path, sizeof(path), "/proc/%d/%s", inside, which);
	snprintf(map, sizeof(map), "0 %d 2", A);
	return !write_text(path, map);
}

/* The owner of the file has a number there, its group has none. */
TEST_F(program, once_it_runs_in_a_user_namespace_with_half_its_ids)
{
	struct worker *inside = worker_spawn_by(self->other, by_clone,
					    CLONE_NEWUSER, 0), *child;

	SKIP_IF(inside->pid < 0 ?
			"missing user namespaces (CONFIG_USER_NS)" : NULL);
	SKIP_IF(map_users(inside->pid, "uid_map") ? NULL :
			"missing other users (CAP_SETUID, CAP_SETGID)");
	child = worker_spawn_by(inside, by_clone, 0, 0);
	ASSERT_SPAWNED(child);
	SKIP_IF(execute_copy(child, self->path, false));
	ASSERT_EQ(0, worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	if (variant->mode & S_IROTH)
		EXPECT_MAY(inside, child);
	else
		EXPECT_MAY_NOT(inside, child);
}

/* Of the namespaces around, the innermost that has the file's ids. */
TEST_F(program, once_it_runs_inside_of_a_user_namespace_with_its_ids)
{
	struct worker *inside = worker_spawn_by(self->other, by_clone,
					    CLONE_NEWUSER, 0), *deeper, *child;

	SKIP_IF(inside->pid < 0 ?
			"missing user namespaces (CONFIG_USER_NS)" : NULL);
	SKIP_IF(map_users(inside->pid, "uid_map") &&
			map_users(inside->pid, "gid_map") ? NULL :
			"missing other users (CAP_SETUID, CAP_SETGID)");
	deeper = worker_spawn_by(inside, by_clone, CLONE_NEWUSER, 0);
	ASSERT_SPAWNED(deeper);
	child = worker_spawn_by(deeper, by_clone, 0, 0);
	ASSERT_SPAWNED(child);
	SKIP_IF(execute_copy(child, self->path, false));
	ASSERT_EQ(0, worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_MAY(inside, child);
	if (variant->mode & S_IROTH)
		EXPECT_MAY(deeper, child);
	else
		EXPECT_MAY_NOT(deeper, child);
}

/* What execve() leaves alone is not the file's to decide. */
TEST_F(program, once_it_runs_shares_what_the_task_has_shared)
{
	struct creds creds = { .permitted = permitted_caps(), .effective = permitted_caps() };
	struct worker *root = spawn_as(&creds), *of_root, *sharer;

	SKIP_IF(missing_cap_sys_ptrace());
	ASSERT_SPAWNED_AS(root);
	of_root = worker_spawn_by(root, by_clone, CLONE_FS, 0);
	ASSERT_SPAWNED(of_root);
	sharer = worker_spawn_by(self->target, by_clone, CLONE_SYSVSEM, 0);
	ASSERT_SPAWNED(sharer);
	SKIP_IF(execute_copy(self->target, self->path,
				     is_privileged(variant)));
	ASSERT_EQ(0, worker_execve(root, self->path));
	EXPECT_EQ(0, sys_kcmp(root->pid, of_root->pid, KCMP_FS, 0, 0));
	if (!kcmp_skip_reason(KCMP_SYSVSEM))
		EXPECT_EQ(0, sys_kcmp(self->target->pid, sharer->pid,
				      KCMP_SYSVSEM, 0, 0));
}

TEST_F(suid_dumpable, after_execve_of_what_may_not_be_read)
{
	int fd = copy_program(0711, B, B);
	struct worker *target = spawn_as(&self->a);

	ASSERT_SPAWNED_AS(target);
	SKIP_IF(execve_skip_reason());
	SKIP_IF(fd == -1 ? "missing O_TMPFILE, or room (TMPDIR)" : NULL);
	snprintf(target->scratch, WORKER_SCRATCH, "/proc/self/fd/%d", fd);
	SKIP_IF(execute_copy(target, target->scratch, false));
	if (variant->may)
		EXPECT_MAY(self->caller, target);
	else
		EXPECT_MAY_NOT(self->caller, target);
}

/* "reset to 1 by execve()" (see PR_SET_DUMPABLE), unless there is a reason. */
TEST_F(program, once_it_runs_in_what_was_not_dumpable)
{
	struct worker *trial = spawn_as(&self->a);

	ASSERT_SPAWNED_AS(trial);
	SKIP_IF(execute_copy(trial, self->path,
				     is_privileged(variant)));
	ASSERT_EQ(0, worker_syscall(self->target, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_MAY_NOT(self->caller, self->target);
	ASSERT_EQ(0, worker_execve(self->target, self->path));
	if (variant->may)
		EXPECT_MAY(self->caller, self->target);
	else
		EXPECT_MAY_NOT(self->caller, self->target);
}

/*
 * A task that shares an address space executes a set-uid program: until then it
 * may be compared, with the answer "same", from then on it may not.  Any other
 * answer was given between the one and the other, without permission.
 */
FIXTURE(window)
{
	struct creds a;
	struct worker *caller, *target;
	char path[32];
};

FIXTURE_VARIANT(window)
{
	mode_t mode;
	int type, rounds;
	bool refused;
};

FIXTURE_VARIANT_ADD(window, vm) { 04755, KCMP_VM, 3, true };
FIXTURE_VARIANT_ADD(window, sighand) { 04755, KCMP_SIGHAND, 3, true };
FIXTURE_VARIANT_ADD(window, vm_without_set_uid) { 0755, KCMP_VM, 1, false };
FIXTURE_VARIANT_ADD(window, sighand_without_set_uid) {
	0755, KCMP_SIGHAND, 1, false
};

FIXTURE_SETUP(window)
{
	struct worker *trial;
	int fd;

	SKIP_IF(missing_permission_tests());
	SKIP_IF(execve_skip_reason());
	self->a = (struct creds){ .uid = ID(A), .gid = ID(A) };
	fd = copy_program(variant->mode, B, A);
	snprintf(self->path, sizeof(self->path), "/proc/self/fd/%d", fd);
	self->caller = spawn_as(&self->a);
	ASSERT_SPAWNED_AS(self->caller);
	SKIP_IF(fd == -1 ? "missing O_TMPFILE, or room (TMPDIR)" :
			NULL);
	trial = spawn_as(&self->a);
	ASSERT_SPAWNED_AS(trial);
	SKIP_IF(execute_copy(trial, self->path, variant->refused));
	self->target = spawn_as(&self->a);
	ASSERT_SPAWNED_AS(self->target);
}

FIXTURE_TEARDOWN(window)
{
	workers_end();
}

/* Returns the first answer that is not "same", or the first once arg[3] is set. */
static long poll_kcmp(const long *arg)
{
	const volatile char *over = (const char *)arg[3];
	long answer;
	char last;

	do {
		last = *over;
		answer = sys_kcmp(arg[0], arg[1], arg[2], 0, 0);
	} while (!answer && !last);
	return answer;
}

/* Asks while a new sharer executes the program.  Returns the first answer. */
static long ask_across_execve(FIXTURE_DATA(window) *self, int type)
{
	struct worker *sharer = worker_spawn_by(self->target, by_clone,
					    CLONE_VM | CLONE_SIGHAND, 0);
	volatile char *over = self->caller->scratch;
	long answer;

	*over = 0;
	worker_post(self->caller, poll_kcmp,
		  WORKER_ARGS(self->target->pid, sharer->pid, type, (long)over));
	worker_execve(sharer, self->path);
	*over = 1;
	answer = worker_result(self->caller);
	worker_post(sharer, NULL, WORKER_ARGS(SYS_exit_group, 0));
	return answer;
}

TEST_F(window, between_permission_and_answer_is_closed)
{
	int round;

	for (round = 0; round < variant->rounds; round++) {
		long answer = ask_across_execve(self, variant->type);

		if (variant->refused) {
			EXPECT_EQ(-EPERM, answer);
		} else {
			EXPECT_DIFFERS(answer);
		}
	}
}

/* ------------------------------------------------------------------ */
/* User namespaces: their owner has all capabilities in them.          */

FIXTURE(userns)
{
	struct creds plain;
	struct worker *owner, *inside, *child, *sibling;
};

FIXTURE_SETUP(userns)
{
	SKIP_IF(missing_permission_tests());
	self->plain = plain_creds();
	self->owner = spawn_as(&self->plain);
	ASSERT_SPAWNED_AS(self->owner);
	self->inside = worker_spawn_by(self->owner, by_clone, CLONE_NEWUSER, 0);
	if (self->inside->pid < 0)
		SKIP(SKIP_STATEMENT, "missing user namespaces (CONFIG_USER_NS)");
	self->child = worker_spawn_by(self->inside, by_clone, 0, 0);
	ASSERT_SPAWNED(self->child);
	self->sibling = worker_spawn_by(self->owner, by_clone, CLONE_NEWUSER, 0);
	ASSERT_SPAWNED(self->sibling);
}

FIXTURE_TEARDOWN(userns)
{
	workers_end();
}

TEST_F(userns, owner_may_look_inside)
{
	EXPECT_MAY(self->owner, self->inside);
	EXPECT_MAY(self->owner, self->child);
	EXPECT_ANSWERED(self->owner, self->inside->pid, self->sibling->pid);
}

/* Returns who is two levels inside, or a task whose ->pid is -errno. */
static struct worker *spawn_deeper(FIXTURE_DATA(userns) *self)
{
	if (worker_run(self->inside, worker_map_root, self->plain.uid[0],
		     self->plain.gid[0]))
		return worker_spawn(CLONE_SIGHAND);	/* EINVAL */
	return worker_spawn_by(self->inside, by_clone, CLONE_NEWUSER, 0);
}

TEST_F(userns, root_may_look_two_levels_inside)
{
	struct creds creds = { .permitted = permitted_caps(), .effective = permitted_caps() };
	struct worker *root = spawn_as(&creds), *deeper = spawn_deeper(self);

	ASSERT_SPAWNED_AS(root);
	SKIP_IF(missing_cap_sys_ptrace());
	SKIP_IF(deeper->pid < 0 ?
			"missing power over a user namespace" : NULL);
	EXPECT_MAY(root, deeper);
	EXPECT_MAY_NOT(deeper, root);
}

TEST_F(userns, owner_may_look_two_levels_inside)
{
	struct worker *deeper = spawn_deeper(self);

	SKIP_IF(deeper->pid < 0 ?
			"missing power over a user namespace" : NULL);
	EXPECT_MAY(self->owner, deeper);
	EXPECT_MAY(self->inside, deeper);
	EXPECT_MAY_NOT(deeper, self->inside);
}

/* "effective", there as here. */
TEST_F(userns, permitted_capabilities_are_not_enough_to_look_inside)
{
	struct creds creds = { .uid = ID(B), .gid = ID(B),
			       .permitted = permitted_caps() };
	struct worker *caller = spawn_as(&creds);

	ASSERT_SPAWNED_AS(caller);
	SKIP_IF(missing_cap_sys_ptrace());
	EXPECT_MAY_NOT(caller, self->inside);
	creds.effective = creds.permitted;
	ASSERT_EQ(0, worker_become(caller, &creds));
	EXPECT_MAY(caller, self->inside);
}

/* Ids are compared as they are, whatever they are called inside. */
TEST_F(userns, inside_may_look_without_a_number_for_its_ids)
{
	ASSERT_EQ(0, worker_run(self->inside, worker_set_caps, 0, 0));
	ASSERT_EQ(0, worker_run(self->child, worker_set_caps, 0, 0));
	EXPECT_MAY(self->inside, self->child);
	EXPECT_MAY(self->child, self->inside);
}

/* arg: the uid that is to be 0 inside.  Returns 0 or -EIO. */
static long map_uid_alone(const long *arg)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %ld 1", arg[0]);
	return write_text("/proc/self/uid_map", map) ? -EIO : 0;
}

TEST_F(userns, inside_may_look_without_a_number_for_its_gid)
{
	SKIP_IF(worker_run(self->inside, map_uid_alone,
				 self->plain.uid[0]) ?
			"missing power over a user namespace" : NULL);
	ASSERT_EQ(0, worker_run(self->inside, worker_set_caps, 0, 0));
	ASSERT_EQ(0, worker_run(self->child, worker_set_caps, 0, 0));
	EXPECT_MAY(self->inside, self->child);
	EXPECT_MAY(self->child, self->inside);
}

/* Inside they begin anew, with all of them. */
TEST_F(userns, bounding_set_outside_does_not_count_inside)
{
	struct worker *deeper, *child;

	SKIP_IF(execve_skip_reason());
	deeper = worker_syscall(self->inside, SYS_prctl, PR_CAPBSET_DROP,
			      CAP_SYS_PTRACE, 0, 0) ? NULL : spawn_deeper(self);
	SKIP_IF(!deeper || deeper->pid < 0 ?
			"missing power over a user namespace" : NULL);
	child = worker_spawn_by(deeper, by_clone, 0, 0);
	ASSERT_SPAWNED(child);
	ASSERT_EQ(0, worker_execve(child, "/proc/self/exe"));
	ASSERT_EQ(0, worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_MAY(deeper, child);
}

TEST_F(userns, inside_may_not_look_out)
{
	EXPECT_MAY(self->inside, self->child);
	EXPECT_MAY_NOT(self->inside, self->owner);
	EXPECT_REFUSED(self->inside, self->child->pid, self->owner->pid);
	EXPECT_REFUSED(self->inside, self->owner->pid, self->child->pid);
}

/* Owned by the same user, but not one inside the other. */
TEST_F(userns, inside_may_not_look_into_another)
{
	EXPECT_MAY(self->inside, self->child);
	EXPECT_MAY_NOT(self->inside, self->sibling);
	EXPECT_MAY_NOT(self->sibling, self->child);
}

TEST_F(userns, owner_may_not_look_at_what_was_not_dumpable_before)
{
	struct creds creds = self->plain;
	struct worker *target;

	creds.undumpable = true;
	target = spawn_as(&creds);
	ASSERT_SPAWNED_AS(target);
	ASSERT_EQ(0, worker_syscall(target, SYS_unshare, CLONE_NEWUSER));
	EXPECT_MAY(self->owner, self->inside);
	EXPECT_MAY_NOT(self->owner, target);
}

/* Who comes in brings what the owner of the namespace may not see. */
TEST_F(userns, inside_may_not_look_at_root_that_came_in)
{
	struct creds creds = { .permitted = permitted_caps(), .effective = permitted_caps() };
	struct worker *root = spawn_as(&creds);
	long ns;

	ASSERT_SPAWNED_AS(root);
	SKIP_IF(self->plain.uid[0] == getuid() ?
			"missing other users (CAP_SETUID, CAP_SETGID)" : NULL);
	SKIP_IF(missing_undumpable());
	ns = worker_open_userns(root, self->inside->pid);
	SKIP_IF(worker_syscall(root, SYS_setns, ns, CLONE_NEWUSER) == -EPERM ?
			"missing power over a user namespace" : NULL);
	EXPECT_MAY(self->inside, self->child);
	EXPECT_MAY_NOT(self->inside, root);
	ASSERT_EQ(0, worker_syscall(root, SYS_prctl, PR_SET_DUMPABLE, 1));
	EXPECT_MAY(self->inside, root);
}

/* Who owns a namespace has gained nothing by going into one within. */
TEST_F(userns, owner_that_went_two_levels_in_is_dumpable)
{
	struct worker *deeper = spawn_deeper(self), *goer = spawn_as(&self->plain);
	long ns;

	ASSERT_SPAWNED_AS(goer);
	SKIP_IF(deeper->pid < 0 ?
			"missing power over a user namespace" : NULL);
	ns = worker_open_userns(goer, deeper->pid);
	SKIP_IF(worker_syscall(goer, SYS_setns, ns, CLONE_NEWUSER) == -EPERM ?
			"missing power over a user namespace" : NULL);
	EXPECT_MAY(self->owner, goer);
	EXPECT_MAY(self->inside, goer);
}

/*
 * "in the user namespace of the target process": to be dumpable belongs to the
 * address space, and an address space to the namespace of its execve().
 */
TEST_F(userns, inside_may_look_at_what_is_not_dumpable_once_executed_inside)
{
	struct worker *child = self->child;

	SKIP_IF(execve_skip_reason());
	ASSERT_EQ(0, worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_MAY_NOT(self->inside, child);
	ASSERT_EQ(0, worker_execve(child, "/proc/self/exe"));
	ASSERT_EQ(0, worker_syscall(child, SYS_prctl, PR_SET_DUMPABLE, 0));
	EXPECT_MAY(self->inside, child);
	EXPECT_MAY_NOT(self->sibling, child);
}

/* A namespace belongs to the effective uid of who made it, and so looks in. */
FIXTURE(userns_owner)
{
	struct worker *inside;
};

FIXTURE_VARIANT(userns_owner)
{
	uid_t ruid, euid;
	bool may;
};

FIXTURE_VARIANT_ADD(userns_owner, real_and_effective) { A, A, true };
FIXTURE_VARIANT_ADD(userns_owner, effective_alone) { B, A, true };
FIXTURE_VARIANT_ADD(userns_owner, real_alone) { A, B, false };
FIXTURE_VARIANT_ADD(userns_owner, neither) { B, B, false };

FIXTURE_SETUP(userns_owner)
{
	struct creds a = { .uid = ID(A), .gid = ID(A) };
	struct worker *owner;

	SKIP_IF(missing_permission_tests());
	owner = spawn_as(&a);
	ASSERT_SPAWNED_AS(owner);
	self->inside = worker_spawn_by(owner, by_clone, CLONE_NEWUSER, 0);
	if (self->inside->pid < 0)
		SKIP(SKIP_STATEMENT, "missing user namespaces (CONFIG_USER_NS)");
	EXPECT_MAY(owner, self->inside);
}

FIXTURE_TEARDOWN(userns_owner)
{
	workers_end();
}

TEST_F(userns_owner, decides_who_may_look_inside)
{
	struct creds creds = {
		.uid = { variant->ruid, variant->euid, variant->euid },
		.gid = ID(A),
	};
	struct worker *caller = spawn_as(&creds);

	ASSERT_SPAWNED_AS(caller);
	if (variant->may)
		EXPECT_MAY(caller, self->inside);
	else
		EXPECT_MAY_NOT(caller, self->inside);
}

TEST_F(userns_owner, does_not_matter_to_root)
{
	struct creds creds = { .permitted = permitted_caps(), .effective = permitted_caps() };
	struct worker *root = spawn_as(&creds);

	ASSERT_SPAWNED_AS(root);
	SKIP_IF(missing_cap_sys_ptrace());
	EXPECT_MAY(root, self->inside);
	EXPECT_MAY_NOT(self->inside, root);
}

/* ------------------------------------------------------------------ */
/* Landlock: nobody looks out of a domain, not even to read.           */

/*
 * Puts the calling thread into a domain of its own.  arg: what of the network it
 * is about; 0: the execution of files.  Returns 0 or -errno.
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

FIXTURE(landlock)
{
	struct creds own;
	struct worker *outside, *inside, *child;
};

FIXTURE_SETUP(landlock)
{
	SKIP_IF(missing_permission_tests());
	SKIP_IF(syscall(SYS_landlock_create_ruleset, NULL, 0,
				LANDLOCK_ASK_VERSION) == -1 ?
			"missing Landlock (CONFIG_SECURITY_LANDLOCK)" : NULL);
	self->own = own_creds();
	self->outside = spawn_as(&self->own);
	ASSERT_SPAWNED(self->outside);
	self->inside = spawn_as(&self->own);
	ASSERT_SPAWNED(self->inside);
	ASSERT_EQ(0, worker_run(self->inside, enter_domain, 0));
	self->child = worker_spawn_by(self->inside, by_clone, 0, 0);
	ASSERT_SPAWNED(self->child);
}

FIXTURE_TEARDOWN(landlock)
{
	workers_end();
}

TEST_F(landlock, inside_may_not_look_out)
{
	EXPECT_MAY(self->inside, self->child);
	EXPECT_MAY_NOT(self->inside, self->outside);
	EXPECT_REFUSED(self->inside, self->child->pid, self->outside->pid);
	EXPECT_REFUSED(self->inside, self->outside->pid, self->child->pid);
}

/* Whatever it is that they may not do. */
TEST_F(landlock, inside_may_not_look_out_where_it_is_about_the_network)
{
	struct worker *caller = spawn_as(&self->own);

	SKIP_IF(syscall(SYS_landlock_create_ruleset, NULL, 0,
				LANDLOCK_ASK_VERSION) < 4 ?
			"missing Landlock of the network (Linux 6.7)" : NULL);
	ASSERT_SPAWNED(caller);
	EXPECT_MAY(caller, self->outside);
	ASSERT_EQ(0, worker_run(caller, enter_domain, 1));
	EXPECT_MAY_NOT(caller, self->outside);
	EXPECT_MAY(self->outside, caller);
}

TEST_F(landlock, inside_may_not_look_out_at_threads)
{
	struct worker *thread = worker_spawn_by(self->outside, by_clone, CLONE_VM |
					    CLONE_SIGHAND | CLONE_THREAD, 0);

	ASSERT_SPAWNED(thread);
	EXPECT_MAY_NOT(self->inside, thread);
	EXPECT_MAY(thread, self->inside);
}

TEST_F(landlock, outside_may_look_in)
{
	EXPECT_MAY(self->outside, self->inside);
	EXPECT_MAY(self->outside, self->child);
}

/* It is not how deep a domain is that counts, but where. */
TEST_F(landlock, domains_apart_may_not_look_at_each_other)
{
	struct worker *deep = self->outside, *deeper;

	deeper = spawn_as(&self->own);
	ASSERT_SPAWNED(deeper);
	EXPECT_MAY(deep, deeper);
	ASSERT_EQ(0, worker_run(deep, enter_domain, 0));
	ASSERT_EQ(0, worker_run(deeper, enter_domain, 0));
	ASSERT_EQ(0, worker_run(deeper, enter_domain, 0));
	EXPECT_MAY_NOT(self->inside, deep);
	EXPECT_MAY_NOT(self->inside, deeper);
	EXPECT_MAY_NOT(deep, deeper);
	EXPECT_MAY_NOT(deeper, deep);
}

/* Nor does it matter to be the parent; it is the test that asks. */
TEST_F(landlock, parent_outside_may_look_in)
{
	pid_t inside = self->inside->pid;

	SKIP_IF(getuid() ? NULL : missing_cap_sys_ptrace());
	EXPECT_EQ(0, sys_kcmp(inside, inside, KCMP_VM, 0, 0));
	EXPECT_DIFFERENT(getpid(), inside, KCMP_VM, 0, 0);
}

TEST_F(landlock, domain_holds_together)
{
	EXPECT_ANSWERED(self->inside, self->inside->pid, self->inside->pid);
	EXPECT_MAY(self->inside, self->child);
	EXPECT_MAY(self->child, self->inside);
}

TEST_F(landlock, nested_domain_may_not_look_out)
{
	struct worker *nested;

	ASSERT_EQ(0, worker_run(self->child, enter_domain, 0));
	nested = worker_spawn_by(self->child, by_clone, 0, 0);
	ASSERT_SPAWNED(nested);
	EXPECT_MAY(self->inside, self->child);
	EXPECT_MAY_NOT(self->child, self->inside);
	EXPECT_MAY_NOT(self->child, self->outside);
	EXPECT_MAY(self->child, nested);
	EXPECT_MAY(nested, self->child);
}

/* Whatever there is between the two beside. */
TEST_F(landlock, inside_may_not_look_out_at_whom_it_shares_memory_with)
{
	struct worker *sharer = worker_spawn_by(self->outside, by_clone,
					    CLONE_VM | CLONE_SIGHAND, 0);

	ASSERT_SPAWNED(sharer);
	EXPECT_MAY(self->outside, sharer);
	ASSERT_EQ(0, worker_run(self->outside, enter_domain, 0));
	EXPECT_MAY_NOT(self->outside, sharer);
	EXPECT_MAY(sharer, self->outside);
}

TEST_F(landlock, inside_may_not_look_out_at_whom_it_traces)
{
	struct worker *target = worker_spawn_by(self->outside, by_clone, 0, 0);

	ASSERT_SPAWNED(target);
	SKIP_IF(worker_syscall(self->outside, SYS_ptrace, PTRACE_SEIZE,
				     target->pid, 0, 0) ?
			"missing ptrace (Yama, or traced already)" : NULL);
	EXPECT_MAY(self->outside, target);
	ASSERT_EQ(0, worker_run(self->outside, enter_domain, 0));
	EXPECT_MAY_NOT(self->outside, target);
}

TEST_F(landlock, zombie_outside_is_refused)
{
	struct worker *zombie = spawn_as(&self->own);

	ASSERT_SPAWNED(zombie);
	ASSERT_EQ(0, worker_make_zombie(zombie));
	EXPECT_REFUSED(self->inside, self->inside->pid, zombie->pid);
	EXPECT_REFUSED(self->inside, zombie->pid, self->inside->pid);
	EXPECT_EQ(-EBADF, worker_kcmp(self->outside, zombie->pid, zombie->pid,
				    KCMP_FILE));
}

TEST_F(landlock, outer_domain_looks_in_at_any_depth)
{
	int depth;

	for (depth = 0; depth < 3; depth++) {
		ASSERT_EQ(0, worker_run(self->child, enter_domain, 0));
		EXPECT_MAY(self->inside, self->child);
		EXPECT_MAY_NOT(self->child, self->inside);
	}
}

TEST_F(landlock, parent_inside_may_not_look_at_its_child_outside)
{
	struct worker *child = worker_spawn_by(self->outside, by_clone, 0, 0);

	ASSERT_SPAWNED(child);
	EXPECT_MAY(self->outside, child);
	ASSERT_EQ(0, worker_run(self->outside, enter_domain, 0));
	EXPECT_MAY_NOT(self->outside, child);
	EXPECT_MAY(child, self->outside);
}

/* A domain is a thread's. */
TEST_F(landlock, child_of_a_thread_inside_may_look_at_the_thread_alone)
{
	struct worker *thread = worker_spawn_by(self->outside, by_clone, CLONE_VM |
					    CLONE_SIGHAND | CLONE_THREAD, 0);
	struct worker *child;

	ASSERT_SPAWNED(thread);
	ASSERT_EQ(0, worker_run(thread, enter_domain, 0));
	child = worker_spawn_by(thread, by_clone, 0, 0);
	ASSERT_SPAWNED(child);
	EXPECT_MAY(child, thread);
	EXPECT_MAY_NOT(child, self->outside);
}

/* One thread alone: its process is still its own. */
TEST_F(landlock, thread_inside_may_look_at_its_own_process)
{
	struct worker *thread = worker_spawn_by(self->outside, by_clone, CLONE_VM |
					    CLONE_SIGHAND | CLONE_THREAD, 0);
	struct worker *other = spawn_as(&self->own);

	ASSERT_SPAWNED(thread);
	ASSERT_SPAWNED(other);
	ASSERT_EQ(0, worker_run(thread, enter_domain, 0));
	EXPECT_ANSWERED(thread, self->outside->pid, thread->pid);
	EXPECT_MAY(self->outside, other);
	EXPECT_MAY_NOT(thread, other);
}

TEST_F(landlock, holds_for_root_too)
{
	struct creds creds = { .permitted = permitted_caps(), .effective = permitted_caps() };
	struct worker *root = spawn_as(&creds);

	ASSERT_SPAWNED_AS(root);
	EXPECT_MAY(root, self->outside);
	ASSERT_EQ(0, worker_run(root, enter_domain, 0));
	EXPECT_MAY_NOT(root, self->outside);
}

/* ------------------------------------------------------------------ */
/* Seccomp: the filter's errno is the answer, to any question.         */

/*
 * Has kcmp() fail with arg[0] in the calling thread, for the types from arg[1]
 * on.  Returns 0 or -errno.
 */
static long filter_kcmp(const long *arg)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kcmp, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, arg[1], 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | arg[0]),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { ARRAY_SIZE(code), code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) ? -errno : 0;
}

FIXTURE(seccomp)
{
	struct creds own;
	struct worker *filtered, *other;
};

FIXTURE_SETUP(seccomp)
{
	SKIP_IF(missing_permission_tests());
	self->own = own_creds();
	self->filtered = spawn_as(&self->own);
	ASSERT_SPAWNED(self->filtered);
	self->other = spawn_as(&self->own);
	ASSERT_SPAWNED(self->other);
	/* EFAULT: it would look at a filter. */
	SKIP_IF(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == -1 &&
			errno != EFAULT ?
			"missing seccomp (CONFIG_SECCOMP_FILTER)" : NULL);
}

FIXTURE_TEARDOWN(seccomp)
{
	workers_end();
}

/* Nobody else says EPERM of a task's question about itself. */
TEST_F(seccomp, filter_refuses_even_oneself)
{
	pid_t filtered = self->filtered->pid;

	EXPECT_MAY(self->filtered, self->other);
	ASSERT_EQ(0, worker_run(self->filtered, filter_kcmp, EPERM, 0));
	EXPECT_REFUSED(self->filtered, filtered, filtered);
	EXPECT_REFUSED(self->filtered, filtered, self->other->pid);
	EXPECT_MAY(self->other, self->filtered);
}

TEST_F(seccomp, filter_may_give_any_error_to_some_types)
{
	pid_t filtered = self->filtered->pid;

	ASSERT_EQ(0, worker_run(self->filtered, filter_kcmp, E2BIG, KCMP_FS));
	EXPECT_EQ(0, worker_kcmp(self->filtered, filtered, filtered, KCMP_VM));
	EXPECT_EQ(0, worker_kcmp(self->filtered, filtered, filtered, KCMP_FILES));
	EXPECT_EQ(-E2BIG, worker_kcmp(self->filtered, filtered, filtered, KCMP_FS));
	EXPECT_EQ(-E2BIG, worker_kcmp(self->filtered, 0, 0, INT_MAX));
}

/* ------------------------------------------------------------------ */
/* Yama: a scope for PTRACE_ATTACH, which kcmp() does not ask for.     */

#define YAMA	"/proc/sys/kernel/yama/ptrace_scope"

FIXTURE(yama)
{
	struct worker *caller, *target;
	char scope;
};

FIXTURE_VARIANT(yama)
{
	char scope;
	bool privileged, child, seizes;
};

#define YAMA_SCOPE(n, none_child, none_other, cap_child, cap_other) \
FIXTURE_VARIANT_ADD(yama, scope_##n##_child) { \
	.scope = '0' + n, .child = true, .seizes = none_child, \
}; \
FIXTURE_VARIANT_ADD(yama, scope_##n##_other) { \
	.scope = '0' + n, .seizes = none_other, \
}; \
FIXTURE_VARIANT_ADD(yama, scope_##n##_child_with_cap_sys_ptrace) { \
	.scope = '0' + n, .privileged = true, .child = true, \
	.seizes = cap_child, \
}; \
FIXTURE_VARIANT_ADD(yama, scope_##n##_other_with_cap_sys_ptrace) { \
	.scope = '0' + n, .privileged = true, .seizes = cap_other, \
}

YAMA_SCOPE(0, true, true, true, true);
YAMA_SCOPE(1, true, false, true, true);
YAMA_SCOPE(2, false, false, true, true);
YAMA_SCOPE(3, false, false, false, false);

/*
 * Scope 3 cannot be undone: who wants it says so for a run of these tests
 * alone, after everything else.  Returns why the scope cannot be had, or NULL.
 */
static const char *missing_yama_scope(char scope)
{
	static char reason[] = "missing scope N (kernel.yama.ptrace_scope)";

	if (!read_sysctl(YAMA))
		return "missing Yama (CONFIG_SECURITY_YAMA)";
	if (is_disposable() &&
	    (scope != '3' || getenv("KCMP_YAMA_SCOPE_3")))
		write_sysctl(YAMA, scope);
	*strchr(reason, 'N') = scope;
	return read_sysctl(YAMA) == scope ? NULL : reason;
}

FIXTURE_SETUP(yama)
{
	struct creds own = own_creds();

	SKIP_IF(missing_permission_tests());
	self->scope = read_sysctl(YAMA);
	SKIP_IF(missing_yama_scope(variant->scope));
	if (variant->privileged)
		own.permitted = own.effective = CAP(SYS_PTRACE);
	self->caller = spawn_as(&own);
	if (variant->privileged && self->caller->pid == -EPERM)
		SKIP(SKIP_STATEMENT, "missing CAP_SYS_PTRACE (root)");
	ASSERT_SPAWNED(self->caller);
	own = own_creds();
	self->target = spawn_as_by(variant->child ? self->caller : NULL, 0,
				   &own);
	ASSERT_SPAWNED(self->target);
}

FIXTURE_TEARDOWN(yama)
{
	workers_end();
	write_sysctl(YAMA, self->scope);
}

TEST_F(yama, does_not_restrict_kcmp)
{
	struct worker *thread = worker_spawn_by(self->target, by_clone, CLONE_VM |
					    CLONE_SIGHAND | CLONE_THREAD, 0);

	ASSERT_SPAWNED(thread);
	EXPECT_MAY(self->caller, self->target);
	EXPECT_MAY(self->caller, thread);
	if (!variant->privileged)
		EXPECT_MAY(self->target, self->caller);
}

/* Who has named a tracer has not asked for less. */
TEST_F(yama, does_not_restrict_kcmp_once_a_tracer_is_named)
{
	struct creds own = own_creds();
	struct worker *third = spawn_as(&own);

	ASSERT_SPAWNED(third);
	ASSERT_EQ(0, worker_syscall(third, SYS_prctl, PR_SET_PTRACER, getpid()));
	EXPECT_MAY(self->caller, self->target);
	EXPECT_MAY(self->caller, third);
	EXPECT_MAY(third, self->target);
}

/* By its parent, in the scopes in which a parent may. */
TEST_F(yama, does_not_restrict_kcmp_of_who_is_traced)
{
	worker_syscall(self->target, SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
	EXPECT_MAY(self->caller, self->target);
}

TEST_F(yama, does_not_restrict_kcmp_in_a_pid_namespace)
{
	struct worker *init = worker_spawn_by(self->caller, by_clone, CLONE_NEWPID, 0);

	if (init->pid < 0)
		init = worker_spawn_by(self->caller, by_clone,
				     CLONE_NEWUSER | CLONE_NEWPID, 0);
	SKIP_IF(init->pid < 0 ?
			"missing pid namespaces (CONFIG_PID_NS)" : NULL);
	EXPECT_MAY(self->caller, init);
}

TEST_F(yama, does_not_restrict_kcmp_of_zombies)
{
	pid_t zombie = self->target->pid;

	ASSERT_EQ(0, worker_make_zombie(self->target));
	EXPECT_TRUE(kcmp_answers(worker_kcmp(self->caller, zombie, zombie,
					   KCMP_VM)));
	EXPECT_EQ(-EBADF, worker_kcmp(self->caller, zombie, zombie, KCMP_FILE));
}

/* That the scope is in force: the same caller, asking for PTRACE_ATTACH. */
TEST_F(yama, restricts_ptrace_all_the_same)
{
	struct worker *tracer = self->caller;

	/* Whoever is traced already cannot be seized: a strace, for instance. */
	SKIP_IF(proc_status_field(self->target->pid, "TracerPid") ?
			"missing ptrace (traced already)" : NULL);
	EXPECT_EQ(variant->seizes ? 0 : -EPERM,
		  worker_syscall(tracer, SYS_ptrace, PTRACE_SEIZE,
			       self->target->pid, 0, 0));
	EXPECT_MAY(self->caller, self->target);
}

/* The base rule holds in every scope. */
TEST_F(yama, leaves_other_users_refused)
{
	struct creds other = { .uid = ID(B), .gid = ID(B) };
	struct worker *caller = spawn_as(&other);

	ASSERT_SPAWNED_AS(caller);
	EXPECT_MAY(self->caller, self->target);
	EXPECT_MAY_NOT(caller, self->target);
}

TEST_HARNESS_MAIN
