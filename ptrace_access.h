/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Workers with chosen credentials, what a machine must have for them, and the
 * expectations on the ptrace access check (PTRACE_MODE_READ_REALCREDS) that
 * kcmp(2) makes against pid1 and pid2.
 *
 * get_robust_list(2) makes the same check and serves as an oracle.
 */
#ifndef SELFTESTS_KCMP_PTRACE_ACCESS_H
#define SELFTESTS_KCMP_PTRACE_ACCESS_H

#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/types.h>

#include "kcmp.h"
#include "worker.h"

/* Two unused users, with groups of the same numbers. */
#define UID_A 59001
#define UID_B 59002

/* clang-format off */
#define ID(n) { n, n, n }
/* clang-format on */

/* Some architectures have a 16-bit system call under the plain name. */
#ifdef SYS_setresuid32
#define SYS_ID(call) SYS_##call##32
#else
#define SYS_ID(call) SYS_##call
#endif

/*
 * Reasons that need a worker to be found.  The first test that asks finds them,
 * for all tests of the program.
 */
/* clang-format off */
enum shared_reason {
	REASON_ACCESS, REASON_USERS, REASON_USERNS, REASON_USERNS_ROOT,
	REASON_MAP_USERS, REASON_PIDNS, REASON_SEIZE, REASON_TRACEME,
	REASON_SELF_EXEC, REASON_EXEC, REASON_LANDLOCK = REASON_EXEC + 8,
	SHARED_REASONS
};
/* clang-format on */

/* Returns the reason that find() found when it was first asked for. */
const char *find_once(enum shared_reason which, const char *(*find)(void));

/* Capabilities that have a name: CAP_CHOWN (0) up to CAP_CHECKPOINT_RESTORE. */
#define CAPS 41

const char *cap_name(unsigned int cap);
/* For the first capability of a set that this program does not have. */
const char *caps_skip_reason(unsigned long long caps);

/* Returns the first digit of a sysctl, or 0. */
char read_sysctl(const char *path);

/* For tests in which a loss of the dumpable flag is expected. */
const char *undumpable_skip_reason(void);
const char *initial_userns_skip_reason(void);
/* For tests that rely on a change of ids to drop capabilities. */
const char *securebits_skip_reason(void);
const char *setns_skip_reason(void);
const char *capset_skip_reason(void);

/* A sysctl of one digit that is to be put back. */
struct lent_sysctl {
	const char *path;
	char before;
	int end; /* of a socket pair; its closing puts the digit back */
	pid_t keeper;
};

/*
 * Sets a sysctl for the rest of the test, where is_disposable(); it is put back
 * however the test ends.  Returns whether it is set.  restore_sysctl() is for the
 * tear-down, once all workers have ended.
 */
bool lend_sysctl(struct lent_sysctl *lent, const char *path, char digit);
void restore_sysctl(struct lent_sysctl *lent);

enum creds_step {
	STEP_PRCTL,
	STEP_SETGROUPS,
	STEP_SETRESGID,
	STEP_SETRESUID,
	STEP_FSIDS,
	STEP_CAPSET
};

struct creds {
	uid_t uid[3]; /* real, effective, saved */
	gid_t gid[3], group; /* a supplementary one, if not 0 */
	uid_t fsuid; /* 0: follows the effective one */
	gid_t fsgid; /* the same */
	unsigned long long permitted, effective, inheritable;
	bool undumpable;
	enum creds_step step; /* out: the last one that was tried */
};

/* Has a worker take over credentials.  Returns 0 or -errno. */
long worker_set_creds(struct worker *t, const struct creds *creds);

/*
 * For worker_run(): makes a system call that changes ids, which clears the
 * parent-death signal, and sets that again.  arg: number, three arguments.
 */
worker_fn change_ids;

#define worker_change_ids(t, call, ...) \
	worker_run(t, change_ids, SYS_ID(call), __VA_ARGS__)

/*
 * own_creds(): the test's own ids, without capabilities; available to any user.
 * privileged_creds(): with all its capabilities.
 * plain_creds(): of another user if possible, without capabilities.
 */
struct creds own_creds(void);
struct creds privileged_creds(void);
struct creds plain_creds(void);

/*
 * Spawn a worker with these credentials; ->pid is -errno where it cannot be.  It
 * has an address space of its own, to which the dumpable flag belongs;
 * spawn_dumpable_as() shares that of the test if the worker is dumpable.
 */
struct worker *spawn_as_by(struct worker *by, unsigned long flags,
			   const struct creds *creds);
struct worker *spawn_as(const struct creds *creds);
struct worker *spawn_dumpable_as(const struct creds *creds);
struct worker *spawn_thread(struct worker *by);

/*
 * Spawn a worker without credentials of its own in new namespaces.  ENOSPC may be
 * transient: the kernel frees the room of namespaces in the background.
 * spawn_in_pidns() makes a user namespace as well where that takes the privilege.
 */
struct worker *spawn_in_ns(struct worker *by, unsigned long flags);
struct worker *spawn_in_pidns(struct worker *by);

/* Ends a worker whose spawner has been ended and reaped: the test's child now. */
void end_orphan(struct worker *t);

/*
 * Ends all workers and waits for those that die with their spawner, as zombies
 * keep namespaces that are limited in number.
 */
void end_all_workers(void);

/* A worker that the set-up has shown to be possible. */
#define ASSERT_WORKER(t)                                  \
	do {                                              \
		struct worker *__t = (t);                 \
		ASSERT_LT(0, __t->pid)                    \
		{                                         \
			TH_LOG("cannot spawn %s: %s", #t, \
			       errno_name(__t->pid));     \
		}                                         \
	} while (0)

#define ASSERT_OK(call)                                                     \
	do {                                                                \
		long __ret = (call);                                        \
		ASSERT_EQ(0, __ret)                                         \
		{                                                           \
			TH_LOG("%s returned %s", #call, errno_name(__ret)); \
		}                                                           \
	} while (0)

/*
 * Why the access check cannot be tested at all; with other users; with these
 * credentials; in user namespaces; in one in another; in pid namespaces.
 */
const char *access_skip_reason(void);
/* That, or else the reason that find() found when it was first asked for. */
const char *reason_with_access(enum shared_reason which,
			       const char *(*find)(void));
const char *users_skip_reason(void);
const char *wanted_creds_skip_reason(const struct creds *c);
const char *userns_skip_reason(void);
const char *userns_root_skip_reason(void);
const char *pidns_skip_reason(void);
/* For the error of clone(CLONE_NEWUSER). */
const char *userns_error_reason(long error);

/*
 * Why a worker cannot trace one that is not its child; why the test cannot trace
 * its child, asked once or now; why a worker cannot execute this program and stay
 * dumpable.
 */
const char *seize_skip_reason(void);
const char *traceme_skip_reason(void);
const char *find_traceme_reason(void);
const char *self_exec_skip_reason(void);

#define QUESTIONS 10 /* to one pair of tasks */

/* In the scratch memory of a caller: pairs of tasks, and its answers. */
struct access_asked {
	long pairs, pid[3][2];
	long answer[3][QUESTIONS];
	long target, oracle; /* 0: the oracle is not asked */
};

/*
 * Have a caller ask every question about one pair of tasks; or about itself and a
 * target in both orders, and the target alone.  Return what it was told.
 */
struct access_asked *ask_pair(struct worker *caller, pid_t pid1, pid_t pid2);
struct access_asked *ask_all(struct worker *caller, pid_t target);

/*
 * Returns "allowed" or "refused" when all of it is as expected, else how much is
 * not, with the details in "text".
 */
const char *access_verdict(bool allowed, struct worker *caller,
			   const struct access_asked *told, char *text,
			   size_t size);

/*
 * get_robust_list(2): 0, or -EPERM exactly where the access check refuses.  Some
 * kernels and filters do not have it.
 */
long ask_oracle(struct worker *caller, pid_t pid);
bool has_oracle(void);
const char *oracle_skip_reason(void);

#define EXPECT_ACCESS(allowed, caller, asked, about)                           \
	do {                                                                   \
		struct worker *__caller = (caller);                            \
		bool __allowed = (allowed);                                    \
		char __text[4096];                                             \
		const char *__got = access_verdict(__allowed, __caller, asked, \
						   __text, sizeof(__text));    \
		EXPECT_STREQ(__allowed ? "allowed" : "refused", __got)         \
		{                                                              \
			TH_LOG("asked by %s about %s; see %s%s", #caller,      \
			       about,                                          \
			       "\"Ptrace access mode checking\" in ptrace(2)", \
			       __text);                                        \
		}                                                              \
	} while (0)

/*
 * EXPECT_ALLOWED(), EXPECT_REFUSED() - Every question about the target is answered,
 * or refused with EPERM, even one that has another fault: as either side beside
 * the caller, on both sides, and by the oracle.
 * EXPECT_PAIR_ALLOWED(), EXPECT_PAIR_REFUSED() - The same about two ids in one
 * order.
 */
#define EXPECT_ALLOWED(caller, t) \
	EXPECT_ACCESS(true, caller, ask_all(caller, (t)->pid), #t)
#define EXPECT_REFUSED(caller, t) \
	EXPECT_ACCESS(false, caller, ask_all(caller, (t)->pid), #t)
#define EXPECT_PAIR_ALLOWED(caller, pid1, pid2)                   \
	EXPECT_ACCESS(true, caller, ask_pair(caller, pid1, pid2), \
		      #pid1 " and " #pid2)
#define EXPECT_PAIR_REFUSED(caller, pid1, pid2)                    \
	EXPECT_ACCESS(false, caller, ask_pair(caller, pid1, pid2), \
		      #pid1 " and " #pid2)

#define EXPECT_ORACLE(expected, caller, pid)                               \
	do {                                                               \
		if (has_oracle())                                          \
			EXPECT_STREQ(errno_name(expected),                 \
				     errno_name(ask_oracle(caller, pid))); \
	} while (0)

/*
 * A copy of this program, opened with O_PATH: a file that is open for writing
 * cannot be executed.
 */
struct program_copy {
	int fd;
	const char *skip_reason; /* why it cannot be had, or NULL */
};

struct program_copy copy_program(mode_t mode, uid_t uid, gid_t gid);
/* Gives a file CAP_CHOWN.  Returns why that cannot be, or NULL. */
const char *give_capability(int fd);

/* The privilege that execve() of a file gives to its caller. */
enum file_privilege { FILE_PLAIN, FILE_SET_UID, FILE_SET_GID, FILE_CAPS };

enum file_privilege privilege_of(mode_t mode, bool caps);

/*
 * Why the copy cannot be executed to effect, or NULL: mounts, flags and security
 * modules may forbid programs, or the privileges that they give.
 */
const char *exec_skip_reason(int fd, enum file_privilege privilege);

#endif /* SELFTESTS_KCMP_PTRACE_ACCESS_H */
