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

#include "kcmp_harness.h"

#include <grp.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* Two unused users, with groups of the same numbers. */
#define A	59001
#define B	59002

#define ID(n)		{ n, n, n }

/* Some architectures have a 16-bit system call under the plain name. */
#ifdef SYS_setresuid32
#define SYS_ID(call)	SYS_##call##32
#else
#define SYS_ID(call)	SYS_##call
#endif

#define CLONE_A_THREAD	(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

/* ------------------------------------------------------------------ */
/* Reasons to skip.                                                    */

/*
 * Reasons that need a worker to be found.  The first test that asks finds them,
 * for all tests of the program.
 */
enum shared_reason {
	REASON_ACCESS, REASON_USERS, REASON_USERNS, REASON_USERNS_ROOT,
	REASON_MAP_USERS, REASON_PIDNS, REASON_SEIZE, REASON_TRACEME,
	REASON_SELF_EXEC, REASON_EXEC, REASON_LANDLOCK = REASON_EXEC + 8,
	SHARED_REASONS
};

static const char **shared_reason;

/* The harness forks the tests, which then have this page in common. */
__attribute__((constructor))
static inline void make_shared_reasons(void)
{
	void *page = mmap(NULL, SHARED_REASONS * sizeof(*shared_reason),
			  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);

	shared_reason = page == MAP_FAILED ? NULL : page;
}

static inline const char *find_once(enum shared_reason which,
				    const char *(*find)(void))
{
	static const char none[] = "";

	if (!shared_reason)
		return find();
	if (!shared_reason[which])
		shared_reason[which] = find() ?: none;
	return shared_reason[which] == none ? NULL : shared_reason[which];
}

/* The name of each capability, in the order of their numbers. */
static const char *const cap_reason[] = {
	"needs CAP_CHOWN", "needs CAP_DAC_OVERRIDE",
	"needs CAP_DAC_READ_SEARCH", "needs CAP_FOWNER", "needs CAP_FSETID",
	"needs CAP_KILL", "needs CAP_SETGID", "needs CAP_SETUID",
	"needs CAP_SETPCAP", "needs CAP_LINUX_IMMUTABLE",
	"needs CAP_NET_BIND_SERVICE", "needs CAP_NET_BROADCAST",
	"needs CAP_NET_ADMIN", "needs CAP_NET_RAW", "needs CAP_IPC_LOCK",
	"needs CAP_IPC_OWNER", "needs CAP_SYS_MODULE", "needs CAP_SYS_RAWIO",
	"needs CAP_SYS_CHROOT", "needs CAP_SYS_PTRACE", "needs CAP_SYS_PACCT",
	"needs CAP_SYS_ADMIN", "needs CAP_SYS_BOOT", "needs CAP_SYS_NICE",
	"needs CAP_SYS_RESOURCE", "needs CAP_SYS_TIME",
	"needs CAP_SYS_TTY_CONFIG", "needs CAP_MKNOD", "needs CAP_LEASE",
	"needs CAP_AUDIT_WRITE", "needs CAP_AUDIT_CONTROL",
	"needs CAP_SETFCAP", "needs CAP_MAC_OVERRIDE", "needs CAP_MAC_ADMIN",
	"needs CAP_SYSLOG", "needs CAP_WAKE_ALARM", "needs CAP_BLOCK_SUSPEND",
	"needs CAP_AUDIT_READ", "needs CAP_PERFMON", "needs CAP_BPF",
	"needs CAP_CHECKPOINT_RESTORE",
};

#define CAPS		ARRAY_SIZE(cap_reason)

/* The first capability of a set that this program does not have. */
static inline const char *caps_skip_reason(unsigned long long caps)
{
	unsigned long long lacks = caps & ~permitted_caps();

	return lacks ? cap_reason[__builtin_ctzll(lacks)] : NULL;
}

static inline const char *cap_name(unsigned int cap)
{
	return cap < CAPS ? cap_reason[cap] + strlen("needs ") : "no capability";
}

/* Reads a short file.  Returns "text", empty if it cannot be read. */
static inline const char *read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, text, size - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* Returns the first digit of a sysctl, or 0. */
static inline char read_sysctl(const char *path)
{
	char text[32];

	return read_text(path, text, sizeof(text))[0];
}

/* The label of a task under SELinux, AppArmor or Smack; else it is empty. */
static inline const char *security_label(pid_t pid, char *label, size_t size)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/attr/current", pid);
	return read_text(path, label, size);
}

/* Whether it restricts the test: not by "unconfined", nor "NAME (unconfined)". */
static inline bool is_confined(void)
{
	char label[256];

	security_label(getpid(), label, sizeof(label));
	return label[0] && !strstr(label, "unconfined") &&
	       strncmp(label, "kernel", 6);
}

static inline const char *undumpable_skip_reason(void)
{
	return read_sysctl("/proc/sys/fs/suid_dumpable") == '1' ?
	       "needs fs.suid_dumpable other than 1" : NULL;
}

/* USER_NS_INIT_INO: the number of the initial user namespace in every kernel. */
static inline const char *initial_userns_skip_reason(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) || st.st_ino == 0xEFFFFFFDU ?
	       NULL : "needs the initial user namespace";
}

static inline const char *setns_skip_reason(void)
{
	return syscall(SYS_setns, -1, CLONE_NEWUSER) && errno != EBADF &&
	       has_seccomp_filter() ? "setns blocked by a seccomp filter" : NULL;
}

/* EFAULT: the kernel would look at what to set. */
static inline const char *capset_skip_reason(void)
{
	return syscall(SYS_capset, NULL, NULL) && errno != EFAULT &&
	       has_seccomp_filter() ? "capset blocked by a seccomp filter" : NULL;
}

/* With no_setuid_fixup a change of ids leaves the capabilities effective. */
static inline const char *securebits_skip_reason(void)
{
	int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);

	return bits > 0 && bits & (1 << SECURE_NO_SETUID_FIXUP) ?
	       "needs securebits without no_setuid_fixup" : NULL;
}

/* ------------------------------------------------------------------ */
/* Global state of the machine.                                        */

/* A sysctl of one digit that is to be put back. */
struct lent_sysctl {
	const char *path;
	char before;
	int end;	/* of a socket pair; its closing puts the digit back */
	pid_t keeper;
};

/* Returns whether the digit is set. */
static inline bool write_sysctl(const char *path, char digit)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = write(fd, &digit, 1) == 1;

	close(fd);
	return ok;
}

/*
 * Puts the digit back when the other end of the socket pair is closed: also when
 * the test is killed, which its process group and its children are with it.
 */
static inline void keep_sysctl(const struct lent_sysctl *lent, int end)
{
	char byte = 0;

	prctl(PR_SET_PDEATHSIG, 0);
	setsid();
	close(lent->end);
	if (write(end, &byte, 1) == 1 && read(end, &byte, 1) == 0)
		write_sysctl(lent->path, lent->before);
	_exit(0);
}

/* Takes back what lend_sysctl() has set, once all workers have ended. */
static inline void restore_sysctl(struct lent_sysctl *lent)
{
	if (lent->keeper <= 0)
		return;
	close(lent->end);
	waitpid(lent->keeper, NULL, 0);
	lent->keeper = 0;
}

/* Sets a sysctl, where is_disposable().  Returns whether it is set. */
static inline bool lend_sysctl(struct lent_sysctl *lent, const char *path,
			       char digit)
{
	int ends[2];
	char byte;

	*lent = (struct lent_sysctl){ path, read_sysctl(path), -1, 0 };
	if (lent->before == digit || !is_disposable())
		return lent->before == digit;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return false;
	lent->end = ends[0];
	lent->keeper = fork();
	if (!lent->keeper)
		keep_sysctl(lent, ends[1]);
	close(ends[1]);
	if (read(ends[0], &byte, 1) == 1)
		write_sysctl(path, digit);
	if (read_sysctl(path) == digit)
		return true;
	restore_sysctl(lent);
	return false;
}

/* ------------------------------------------------------------------ */
/* Credentials.                                                        */

enum creds_step {
	STEP_PRCTL, STEP_SETGROUPS, STEP_SETRESGID, STEP_SETRESUID, STEP_FSIDS,
	STEP_CAPSET
};

struct creds {
	uid_t uid[3];			/* real, effective, saved */
	gid_t gid[3], group;		/* a supplementary one, if not 0 */
	uid_t fsuid;			/* 0: follows the effective one */
	gid_t fsgid;			/* the same */
	unsigned long long permitted, effective, inheritable;
	bool undumpable;
	enum creds_step step;		/* out: the last one that was tried */
};

/* Sets those that are not 0.  Returns 0 or -1. */
static inline int set_fs_ids(uid_t uid, gid_t gid)
{
	if (uid)
		setfsuid(uid);
	if (gid)
		setfsgid(gid);
	return (uid && setfsuid(-1) != (int)uid) ||
	       (gid && setfsgid(-1) != (int)gid) ? -1 : 0;
}

/* Sets ids that are not set already: without a mapping they cannot be named. */
static inline int set_ids(struct creds *c)
{
	uid_t uid[3];
	gid_t gid[3];

	c->step = STEP_SETGROUPS;
	if (c->group && syscall(SYS_ID(setgroups), 1, &c->group))
		return -1;
	c->step = STEP_SETRESGID;
	getresgid(&gid[0], &gid[1], &gid[2]);
	if (memcmp(gid, c->gid, sizeof(gid)) &&
	    syscall(SYS_ID(setresgid), c->gid[0], c->gid[1], c->gid[2]))
		return -1;
	c->step = STEP_SETRESUID;
	getresuid(&uid[0], &uid[1], &uid[2]);
	return memcmp(uid, c->uid, sizeof(uid)) ?
	       syscall(SYS_ID(setresuid), c->uid[0], c->uid[1], c->uid[2]) : 0;
}

/* Sets capabilities that are not so already, as a filter may refuse to. */
static inline int set_creds_caps(const struct creds *c)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct has[2] = { 0 };

	if (!c->permitted && !c->inheritable &&
	    !syscall(SYS_capget, &header, has) && !has[0].permitted &&
	    !has[1].permitted && !has[0].inheritable && !has[1].inheritable)
		return 0;
	return set_all_caps(c->permitted, c->effective, c->inheritable);
}

static inline int set_creds(struct creds *c)
{
	c->step = STEP_CAPSET;
	if (permitted_caps() && set_caps(permitted_caps(), permitted_caps()))
		return -1;
	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (set_ids(c))
		return -1;
	/* The change of ids has left the capabilities permitted only. */
	c->step = STEP_CAPSET;
	if (permitted_caps() && set_caps(permitted_caps(), permitted_caps()))
		return -1;
	c->step = STEP_FSIDS;
	errno = EPERM;
	if (set_fs_ids(c->fsuid, c->fsgid))
		return -1;
	c->step = STEP_CAPSET;
	if (set_creds_caps(c))
		return -1;
	c->step = STEP_PRCTL;
	return prctl(PR_SET_DUMPABLE, !c->undumpable, 0, 0, 0);
}

/*
 * Takes over the credentials in the mailbox arg[0], in the calling thread alone.
 * A change of ids clears the dumpable flag and the parent-death signal, which is
 * set again even after an error.  Returns 0 or -errno.
 */
static inline long take_creds(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	int err = set_creds((struct creds *)t->scratch) ? -errno : 0;

	worker_die_with_parent(t);
	return err;
}

/* Has a worker take over credentials.  Returns 0 or -errno. */
static inline long worker_set_creds(struct worker *t, const struct creds *creds)
{
	memcpy(t->scratch, creds, sizeof(*creds));
	return worker_run(t, take_creds, (long)t);
}

/*
 * Makes a system call that changes ids, and sets the parent-death signal again.
 * arg: mailbox, number, arguments.  Returns the result or -errno.
 */
static inline long change_ids(const long *arg)
{
	long ret = syscall(arg[1], arg[2], arg[3], arg[4]);
	long err = errno;

	worker_die_with_parent((struct worker *)arg[0]);
	return ret == -1 ? -err : ret;
}

#define worker_change_ids(t, call, ...) \
	worker_run(t, change_ids, (long)(t), SYS_ID(call), __VA_ARGS__)

/* The ids of the test itself, without capabilities; available to any user. */
static inline struct creds own_creds(void)
{
	return (struct creds){ .uid = ID(getuid()), .gid = ID(getgid()) };
}

/* The ids of the test itself, with all its capabilities. */
static inline struct creds privileged_creds(void)
{
	struct creds creds = own_creds();

	creds.permitted = creds.effective = permitted_caps();
	return creds;
}

/*
 * A worker with these credentials.  It has an address space of its own, as the
 * dumpable flag belongs to that.  Its ->pid is -errno where it cannot be.
 */
static inline struct worker *spawn_as_by(struct worker *by, unsigned long flags,
					 const struct creds *creds)
{
	struct worker *t = worker_spawn_by(by, by_clone, flags, 0);
	long err = t->pid < 0 ? t->pid : worker_set_creds(t, creds);

	if (err) {
		worker_end(t);
		t->pid = err;
	}
	return t;
}

static inline struct worker *spawn_as(const struct creds *creds)
{
	return spawn_as_by(NULL, 0, creds);
}

/* The same, cheaper, in the address space of the test unless not dumpable. */
static inline struct worker *spawn_dumpable_as(const struct creds *creds)
{
	return spawn_as_by(NULL, creds->undumpable ? 0 : CLONE_VM, creds);
}

static inline struct worker *spawn_thread(struct worker *by)
{
	return worker_spawn_by(by, by_clone, CLONE_A_THREAD, 0);
}

/* A worker that the set-up has shown to be possible. */
#define ASSERT_WORKER(t) do { \
	struct worker *__t = (t); \
	ASSERT_LT(0, __t->pid) { \
		TH_LOG("cannot spawn %s: %s", #t, errno_name(__t->pid)); \
	} \
} while (0)

#define ASSERT_OK(call) do { \
	long __ret = (call); \
	ASSERT_EQ(0, __ret) { \
		TH_LOG("%s returned %s", #call, errno_name(__ret)); \
	} \
} while (0)

/* Why a worker could not take over credentials: the cause, or NULL. */
static inline const char *creds_skip_reason(struct worker *t)
{
	static const char *const blocked[] = {
		[STEP_PRCTL] = "prctl blocked by a seccomp filter",
		[STEP_SETGROUPS] = "setgroups blocked by a seccomp filter",
		[STEP_SETRESGID] = "setresgid blocked by a seccomp filter",
		[STEP_SETRESUID] = "setresuid blocked by a seccomp filter",
		[STEP_FSIDS] = "setfsuid blocked by a seccomp filter",
		[STEP_CAPSET] = "capset blocked by a seccomp filter",
	};
	enum creds_step step = ((struct creds *)t->scratch)->step;
	int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
	char text[8];

	if (t->pid > 0 || t->pid == -EAGAIN || t->pid == -ENOMEM)
		return NULL;
	if (t->pid == -EINVAL && step != STEP_CAPSET)
		return "needs uids and gids 0, 59001 and 59002 mapped";
	if (step == STEP_SETGROUPS &&
	    !strncmp(read_text("/proc/self/setgroups", text, sizeof(text)),
		     "deny", 4))
		return "needs setgroups allowed in the user namespace";
	if (has_seccomp_filter())
		return blocked[step];
	if (step == STEP_CAPSET && bits > 0 &&
	    bits & (1 << SECURE_KEEP_CAPS_LOCKED))
		return "needs securebits without keep_caps_locked";
	if (t->pid == -ENOSYS)
		return "needs CONFIG_MULTIUSER";
	return is_confined() ? "confined by a security module" : NULL;
}

/* ------------------------------------------------------------------ */
/* Questions, and the expectations on their answers.                   */

static const struct {
	int type;
	unsigned long idx;
} access_question[] = {
	{ KCMP_FILE, 0 }, { KCMP_FILE, INT_MAX }, { KCMP_VM, 0 },
	{ KCMP_FILES, 0 }, { KCMP_FS, 0 }, { KCMP_SIGHAND, 0 }, { KCMP_IO, 0 },
	{ KCMP_SYSVSEM, 0 }, { KCMP_EPOLL_TFD, 0 }, { INT_MAX, 0 },
};

#define QUESTIONS	ARRAY_SIZE(access_question)

/* In the scratch memory of a caller: pairs of tasks, and its answers. */
struct access_asked {
	long pairs, pid[3][2];
	long answer[3][QUESTIONS];
	long target, oracle;		/* 0: the oracle is not asked */
};

/* Asks every question about every pair.  arg: struct access_asked. */
static inline long ask_access(const long *arg)
{
	struct access_asked *asked = (struct access_asked *)arg[0];
	long pair, list[2];
	unsigned int i;

	for (pair = 0; pair < asked->pairs; pair++)
		for (i = 0; i < QUESTIONS; i++)
			asked->answer[pair][i] =
				sys_kcmp(asked->pid[pair][0], asked->pid[pair][1],
					 access_question[i].type,
					 access_question[i].idx,
					 access_question[i].idx);
	if (asked->target)
		asked->oracle = syscall(SYS_get_robust_list, asked->target, list,
					list + 1) ? -errno : 0;
	return 0;
}

/* A filter or a kernel without futexes refuses even the caller's own list. */
static inline bool has_oracle(void)
{
	long list[2];

	return !syscall(SYS_get_robust_list, getpid(), list, list + 1) ||
	       (errno != ENOSYS && !has_seccomp_filter());
}

/* Has a caller ask about one pair of tasks.  Returns what it was told. */
static inline struct access_asked *ask_pair(struct worker *caller, pid_t pid1,
					    pid_t pid2)
{
	struct access_asked *asked = (struct access_asked *)caller->scratch;

	*asked = (struct access_asked){ .pairs = 1, .pid = { { pid1, pid2 } } };
	worker_run(caller, ask_access, (long)asked);
	return asked;
}

/* The same about itself and a target, in both orders, and the target alone. */
static inline struct access_asked *ask_all(struct worker *caller, pid_t target)
{
	struct access_asked *asked = (struct access_asked *)caller->scratch;

	*asked = (struct access_asked){
		.pairs = 3,
		.pid = { { caller->pid, target }, { target, caller->pid },
			 { target, target } },
		.target = has_oracle() ? target : 0,
	};
	worker_run(caller, ask_access, (long)asked);
	return asked;
}

/*
 * What has to be answered: once access is allowed, the error that a question
 * provokes, or that a task is the same as itself.
 */
static inline long wanted_answer(const struct access_asked *asked, bool allowed,
				 long pair, unsigned int i)
{
	int type = access_question[i].type;

	if (!allowed)
		return -EPERM;
	if (type == INT_MAX)
		return -EINVAL;
	if (access_question[i].idx)
		return -EBADF;
	if (asked->answer[pair][i] == -EOPNOTSUPP && object_skip_reason(type))
		return -EOPNOTSUPP;
	if (type == KCMP_EPOLL_TFD)
		return -EFAULT;
	return asked->pid[pair][0] == asked->pid[pair][1] ? 0 : KCMP_ANSWERS;
}

/* Appends a line of /proc/PID/status, its tabs as blanks. */
static inline void append_status(char *text, size_t size, long pid,
				 const char *field)
{
	char path[32], line[128], *at;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status)) {
		if (strncmp(line, field, strlen(field)))
			continue;
		line[strcspn(line, "\n")] = '\0';
		for (at = line; *at; at++)
			*at = *at == '\t' ? ' ' : *at;
		append_text(text, size, " %s", line);
	}
	if (status)
		fclose(status);
}

/* Appends ids, capabilities and the dumpable flag of a task on a line. */
static inline void append_creds(char *text, size_t size, const char *role,
				long pid)
{
	static const char *const field[] = {
		"State:", "Uid:", "Gid:", "CapPrm:", "CapEff:",
	};
	struct worker *t = find_worker(pid, false);
	unsigned int i;

	append_text(text, size, "\n#   %s", role);
	if (t) {
		append_text(text, size, ", ");
		append_worker(text, size, t);
	}
	append_text(text, size, ", pid %ld:", pid);
	for (i = 0; i < ARRAY_SIZE(field); i++)
		append_status(text, size, pid, field[i]);
	if (t && t->pid > 0 && worker_is_idle(t) && !worker_is_dead(t))
		append_text(text, size, " dumpable: %s", errno_name(
			worker_syscall(t, SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0)));
}

/* Appends the kinds of namespaces that two tasks do not have in common. */
static inline void append_namespaces(char *text, size_t size, long pid1,
				     long pid2)
{
	static const char *const kind[] = {
		"user", "pid", "mnt", "uts", "ipc", "net", "cgroup", "time",
	};
	struct stat one, other;
	unsigned int i, differ = 0;
	char path[40];

	for (i = 0; i < ARRAY_SIZE(kind); i++) {
		snprintf(path, sizeof(path), "/proc/%ld/ns/%s", pid1, kind[i]);
		if (stat(path, &one))
			continue;
		snprintf(path, sizeof(path), "/proc/%ld/ns/%s", pid2, kind[i]);
		if (!stat(path, &other) && one.st_ino != other.st_ino)
			append_text(text, size, "%s %s", differ++ ? "," :
				    "\n#   namespaces that differ:", kind[i]);
	}
}

static inline const char *role_name(struct worker *caller, long pid)
{
	return pid == caller->pid ? "caller" : "target";
}

/* Appends the first eight answers that are not those wanted.  Returns how many. */
static inline int append_wrong_answers(char *text, size_t size, bool allowed,
				       struct worker *caller,
				       const struct access_asked *asked)
{
	int wrong = 0;
	unsigned int i;
	long pair;

	for (pair = 0; pair < asked->pairs; pair++)
		for (i = 0; i < QUESTIONS; i++) {
			const long *pid = asked->pid[pair];
			long want = wanted_answer(asked, allowed, pair, i);
			long answer = asked->answer[pair][i];

			if (kcmp_is_wanted(want, answer) || ++wrong > 8)
				continue;
			append_text(text, size,
				    "\n#   kcmp(pid1=%s %ld, pid2=%s %ld, %s, %lu, %lu): expected %s, answered %s",
				    role_name(caller, pid[0]), pid[0],
				    role_name(caller, pid[1]), pid[1],
				    kcmp_type_name(access_question[i].type),
				    access_question[i].idx,
				    access_question[i].idx,
				    kcmp_want_text(want),
				    kcmp_answer_text(answer));
		}
	return wrong;
}

/* Whether the oracle agrees; else that is appended. */
static inline bool oracle_agrees(char *text, size_t size, bool allowed,
				 const struct access_asked *asked)
{
	if (!asked->target || asked->oracle == (allowed ? 0 : -EPERM))
		return true;
	append_text(text, size,
		    "\n#   get_robust_list(target %ld): expected %s, returned %s",
		    asked->target, allowed ? "0" : "-EPERM",
		    errno_name(asked->oracle));
	return false;
}

/*
 * Judges what a caller was told.  Returns "allowed" or "refused" when all of it
 * is as expected, else how much is not, with the details in "text".
 */
static inline const char *access_verdict(bool allowed, struct worker *caller,
					 const struct access_asked *told,
					 char *text, size_t size)
{
	struct access_asked asked = *told;
	int wrong, all = asked.pairs * QUESTIONS;
	long pair, other = 0;

	text[0] = '\0';
	wrong = append_wrong_answers(text, size, allowed, caller, &asked);
	if (oracle_agrees(text, size, allowed, &asked) && !wrong)
		return allowed ? "allowed" : "refused";
	append_creds(text, size, "caller", caller->pid);
	for (pair = 0; pair < 2 * asked.pairs; pair++) {
		long pid = asked.pid[pair / 2][pair % 2];

		if (pid == caller->pid || pid == other || (other && pair > 1))
			continue;
		append_creds(text, size, "target", pid);
		append_namespaces(text, size, caller->pid, pid);
		other = pid;
	}
	return static_text("%d of %d answers are wrong", wrong, all);
}

#define EXPECT_ACCESS(allowed, caller, asked, about) do { \
	struct worker *__caller = (caller); \
	bool __allowed = (allowed); \
	char __text[4096]; \
	const char *__verdict = access_verdict(__allowed, __caller, asked, \
					       __text, sizeof(__text)); \
	EXPECT_STREQ(__allowed ? "allowed" : "refused", __verdict) { \
		TH_LOG("asked by %s about %s; see \"Ptrace access mode checking\" in ptrace(2)%s", \
		       #caller, about, __text); \
	} \
} while (0)

/*
 * EXPECT_MAY(), EXPECT_MAY_NOT() - Every question about the target is answered,
 * or refused with EPERM, even one that has another fault: as either side beside
 * the caller, on both sides, and by the oracle.
 * EXPECT_ANSWERED(), EXPECT_REFUSED() - The same about two ids in one order.
 */
#define EXPECT_MAY(caller, t) \
	EXPECT_ACCESS(true, caller, ask_all(caller, (t)->pid), #t)
#define EXPECT_MAY_NOT(caller, t) \
	EXPECT_ACCESS(false, caller, ask_all(caller, (t)->pid), #t)
#define EXPECT_ANSWERED(caller, pid1, pid2) \
	EXPECT_ACCESS(true, caller, ask_pair(caller, pid1, pid2), \
		      #pid1 " and " #pid2)
#define EXPECT_REFUSED(caller, pid1, pid2) \
	EXPECT_ACCESS(false, caller, ask_pair(caller, pid1, pid2), \
		      #pid1 " and " #pid2)

/* Returns 0, or -errno: -EPERM exactly where the access check refuses. */
static inline long ask_oracle(struct worker *caller, pid_t pid)
{
	long *list = (long *)caller->scratch;

	return worker_syscall(caller, SYS_get_robust_list, pid, (long)list,
			      (long)(list + 1));
}

#define EXPECT_ORACLE(expected, caller, pid) do { \
	if (has_oracle()) \
		EXPECT_STREQ(errno_name(expected), \
			     errno_name(ask_oracle(caller, pid))); \
} while (0)

static inline const char *oracle_skip_reason(void)
{
	if (has_oracle())
		return NULL;
	return has_seccomp_filter() ?
	       "get_robust_list blocked by a seccomp filter" :
	       "needs CONFIG_FUTEX";
}

/* ------------------------------------------------------------------ */
/* Reasons to skip that a worker finds.                                */

/* Two workers of one user; a security module may keep them apart. */
static inline const char *find_access_reason(void)
{
	const char *reason = kcmp_skip_reason_any();
	struct creds own = own_creds();
	struct worker *caller, *target;

	if (reason)
		return reason;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == -1 && has_seccomp_filter())
		return "prctl blocked by a seccomp filter";
	caller = spawn_as(&own);
	target = spawn_as(&own);
	reason = creds_skip_reason(caller);
	if (!reason && target->pid > 0 && is_confined() &&
	    ask_oracle(caller, target->pid) == -EPERM)
		reason = "confined by a security module";
	worker_end(caller);
	worker_end(target);
	return reason;
}

/* Why the access check cannot be tested at all, or NULL. */
static inline const char *access_skip_reason(void)
{
	return find_once(REASON_ACCESS, find_access_reason);
}

/* The test has to end workers of other users, so CAP_KILL is needed, too. */
static inline const char *find_users_reason(void)
{
	const unsigned long long all = permitted_caps();
	const struct creds mixed[] = {
		{ .uid = { A, B, A }, .gid = { A, B, A }, .group = B,
		  .permitted = all, .effective = all },
		{ .uid = { A, B, 0 }, .gid = { A, B, 0 } },
	};
	unsigned int i;
	const char *reason = caps_skip_reason(CAP(SETUID)) ?:
			     caps_skip_reason(CAP(SETGID)) ?:
			     caps_skip_reason(CAP(KILL));

	for (i = 0; i < ARRAY_SIZE(mixed) && !reason; i++) {
		struct worker *t = spawn_as(&mixed[i]);

		reason = creds_skip_reason(t);
		worker_end(t);
	}
	return reason;
}

/* Why a worker cannot become another user, or NULL. */
static inline const char *users_skip_reason(void)
{
	return access_skip_reason() ?:
	       find_once(REASON_USERS, find_users_reason);
}

/* Why a worker cannot have these credentials, or NULL. */
static inline const char *wanted_creds_skip_reason(const struct creds *c)
{
	return users_skip_reason() ?:
	       caps_skip_reason(c->permitted | c->effective | c->inheritable);
}

/* Those of a user without any privilege: the test's own where it must be so. */
static inline struct creds plain_creds(void)
{
	if (users_skip_reason())
		return own_creds();
	return (struct creds){ .uid = ID(A), .gid = ID(A) };
}

/*
 * Ends a worker whose spawner has been ended and reaped: it is a child of the
 * test now, which is a subreaper.
 */
static inline void end_orphan(struct worker *t)
{
	if (!t || t->pid <= 0)
		return;
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, __WALL);
}

/*
 * Ends all workers and waits for those that die with their spawner, as zombies
 * keep namespaces that are limited in number.
 */
static inline void end_all_workers(void)
{
	long long deadline = clock_ms() + WORKER_TIMEOUT;

	workers_end();
	while (waitpid(-1, NULL, __WALL | WNOHANG) >= 0 && clock_ms() < deadline)
		sched_yield();
}

/*
 * A child in a new namespace.  The kernel frees the room of namespaces that are
 * gone in the background, so ENOSPC may be transient.
 */
static inline struct worker *spawn_in_ns(struct worker *by, unsigned long flags)
{
	long long deadline = clock_ms() + 2000;
	struct worker *t = worker_spawn_by(by, by_clone, flags, 0);

	while (t->pid == -ENOSPC && clock_ms() < deadline) {
		worker_count--;
		sched_yield();
		t = worker_spawn_by(by, by_clone, flags, 0);
	}
	return t;
}

/* Why clone(CLONE_NEWUSER) has failed. */
static inline const char *userns_error_reason(long error)
{
	if (error == -ENOSPC || error == -EUSERS)
		return "user.max_user_namespaces too low (needs 3)";
	if (error == -EINVAL)
		return "needs CONFIG_USER_NS";
	if (has_seccomp_filter())
		return "clone(CLONE_NEWUSER) blocked by a seccomp filter";
	if (read_sysctl("/proc/sys/kernel/unprivileged_userns_clone") == '0')
		return "needs kernel.unprivileged_userns_clone=1";
	return error == -EPERM || error == -EACCES ?
	       "clone(CLONE_NEWUSER) not permitted" : NULL;
}

/* Two beside each other, as most tests have. */
static inline const char *find_userns_reason(void)
{
	struct creds plain = plain_creds();
	struct worker *owner = spawn_as(&plain), *t[2] = { NULL };
	char here[256], there[256];
	const char *reason = NULL;
	int i;

	for (i = 0; i < 2 && !reason && owner->pid > 0; i++) {
		t[i] = spawn_in_ns(owner, CLONE_NEWUSER);
		if (t[i]->pid < 0) {
			reason = userns_error_reason(t[i]->pid);
			break;
		}
		if (strcmp(security_label(owner->pid, here, sizeof(here)),
			   security_label(t[i]->pid, there, sizeof(there))))
			reason = "confined by a security module in user namespaces";
	}
	worker_end(owner);
	end_orphan(t[0]);
	end_orphan(t[1]);
	return reason;
}

/* Three: one of the two within another, whose creator is root there. */
static inline const char *find_userns_root_reason(void)
{
	struct creds plain = plain_creds();
	struct worker *owner = spawn_as(&plain), *t[3] = { NULL };
	const char *reason = NULL;
	int i;

	for (i = 0; i < 3 && !reason && owner->pid > 0; i++) {
		t[i] = spawn_in_ns(i < 2 ? owner : t[0], CLONE_NEWUSER);
		if (t[i]->pid < 0)
			reason = userns_error_reason(t[i]->pid);
		else if (!i && worker_run(t[0], worker_map_root, plain.uid[0],
					  plain.gid[0]))
			reason = plain.uid[0] ?
				 "needs a writable /proc/PID/uid_map" :
				 "needs a uid other than 0";
	}
	worker_end(owner);
	for (i = 0; i < 3; i++)
		end_orphan(t[i]);
	return reason;
}

/*
 * Why there are no two user namespaces for a user without capabilities, or NULL.
 * Finds out about a third one, too, while there are none of the test.
 */
static inline const char *userns_skip_reason(void)
{
	const char *reason = access_skip_reason() ?:
			     find_once(REASON_USERNS, find_userns_reason);

	if (!reason)
		find_once(REASON_USERNS_ROOT, find_userns_root_reason);
	return reason;
}

/* Why a user namespace cannot have a root that makes another, or NULL. */
static inline const char *userns_root_skip_reason(void)
{
	return userns_skip_reason() ?:
	       find_once(REASON_USERNS_ROOT, find_userns_root_reason);
}

/*
 * A child in a new pid namespace, and in a new user namespace where that takes
 * the privilege.
 */
static inline struct worker *spawn_in_pidns(struct worker *by)
{
	struct worker *t = spawn_in_ns(by, CLONE_NEWPID);

	if (t->pid == -EPERM) {
		worker_count--;
		t = spawn_in_ns(by, CLONE_NEWUSER | CLONE_NEWPID);
	}
	return t;
}

static inline const char *pidns_error_reason(long error)
{
	if (error == -ENOSPC || error == -EUSERS)
		return "user.max_pid_namespaces too low (needs 2)";
	if (error == -EINVAL)
		return "needs CONFIG_PID_NS";
	if (has_seccomp_filter())
		return "clone(CLONE_NEWPID) blocked by a seccomp filter";
	return error == -EPERM || error == -EACCES ?
	       "clone(CLONE_NEWPID) not permitted" : NULL;
}

/* One within another. */
static inline const char *find_pidns_reason(void)
{
	struct creds own = own_creds();
	struct worker *caller = spawn_as(&own), *outer, *inner = NULL;
	const char *reason = NULL;

	if (caller->pid < 0)
		return NULL;
	outer = spawn_in_pidns(caller);
	if (outer->pid > 0)
		inner = spawn_in_ns(outer, CLONE_NEWPID);
	if (!inner || inner->pid < 0)
		reason = pidns_error_reason(inner ? inner->pid : outer->pid);
	worker_end(caller);
	end_orphan(outer);
	return reason;
}

/* Why there are no pid namespaces for a user without capabilities, or NULL. */
static inline const char *pidns_skip_reason(void)
{
	return access_skip_reason() ?:
	       find_once(REASON_PIDNS, find_pidns_reason);
}

/* Why ptrace() was refused between tasks of one user, or NULL. */
static inline const char *ptrace_error_reason(long error, pid_t target)
{
	if (error >= 0)
		return NULL;
	if (proc_status_field(target, "TracerPid"))
		return "traced by another process";
	if (has_seccomp_filter())
		return "ptrace blocked by a seccomp filter";
	if (read_sysctl("/proc/sys/kernel/yama/ptrace_scope") > '0')
		return "needs kernel.yama.ptrace_scope=0";
	return error == -EACCES || is_confined() ?
	       "ptrace denied by a security module" : NULL;
}

static inline const char *find_seize_reason(void)
{
	struct creds own = own_creds();
	struct worker *tracer = spawn_as(&own), *target = spawn_as(&own);
	const char *reason = ptrace_error_reason(
		worker_syscall(tracer, SYS_ptrace, PTRACE_SEIZE, target->pid, 0, 0),
		target->pid);

	worker_end(tracer);
	worker_end(target);
	return reason;
}

/* Why a worker cannot trace another that is not its child, or NULL. */
static inline const char *seize_skip_reason(void)
{
	return access_skip_reason() ?:
	       find_once(REASON_SEIZE, find_seize_reason);
}

static inline const char *find_traceme_reason(void)
{
	struct creds own = own_creds();
	struct worker *target = spawn_as(&own);
	const char *reason = ptrace_error_reason(
		worker_syscall(target, SYS_ptrace, PTRACE_TRACEME, 0, 0, 0),
		target->pid);

	worker_end(target);
	return reason;
}

/* Why the test cannot trace its child, or NULL. */
static inline const char *traceme_skip_reason(void)
{
	return access_skip_reason() ?:
	       find_once(REASON_TRACEME, find_traceme_reason);
}

/* A program that its user may not read is not dumpable after execve(). */
static inline const char *find_self_exec_reason(void)
{
	struct creds plain = plain_creds();
	struct worker *t = spawn_as(&plain);
	const char *reason = NULL;

	if (worker_syscall(t, SYS_faccessat, AT_FDCWD, (long)"/proc/self/exe",
			   R_OK | X_OK))
		reason = "needs a program file that its user may read";
	worker_end(t);
	return reason;
}

/* Why a worker cannot execute this program and stay dumpable, or NULL. */
static inline const char *self_exec_skip_reason(void)
{
	return execve_skip_reason() ?: access_skip_reason() ?:
	       find_once(REASON_SELF_EXEC, find_self_exec_reason);
}

#endif /* SELFTESTS_KCMP_PTRACE_ACCESS_H */
