// SPDX-License-Identifier: GPL-2.0
/*
 * Credentials, and what the ptrace access check answers; ptrace_access.h has the
 * contracts.
 */
#include <endian.h>
#include <link.h>
#include <linux/securebits.h>
#include <sys/auxv.h>
#include <sys/fsuid.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "describe.h"
#include "environment.h"
#include "namespace.h"
#include "ptrace_access.h"

/* ------------------------------------------------------------------ */
/* Reasons to skip.                                                    */

static const char **shared_reason;

/* The harness forks the tests, which then have this page in common. */
__attribute__((constructor)) static void make_shared_reasons(void)
{
	void *page = mmap(NULL, SHARED_REASONS * sizeof(*shared_reason),
			  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);

	shared_reason = page == MAP_FAILED ? NULL : page;
}

const char *find_once(enum shared_reason which, const char *(*find)(void))
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
	"needs CAP_CHOWN",
	"needs CAP_DAC_OVERRIDE",
	"needs CAP_DAC_READ_SEARCH",
	"needs CAP_FOWNER",
	"needs CAP_FSETID",
	"needs CAP_KILL",
	"needs CAP_SETGID",
	"needs CAP_SETUID",
	"needs CAP_SETPCAP",
	"needs CAP_LINUX_IMMUTABLE",
	"needs CAP_NET_BIND_SERVICE",
	"needs CAP_NET_BROADCAST",
	"needs CAP_NET_ADMIN",
	"needs CAP_NET_RAW",
	"needs CAP_IPC_LOCK",
	"needs CAP_IPC_OWNER",
	"needs CAP_SYS_MODULE",
	"needs CAP_SYS_RAWIO",
	"needs CAP_SYS_CHROOT",
	"needs CAP_SYS_PTRACE",
	"needs CAP_SYS_PACCT",
	"needs CAP_SYS_ADMIN",
	"needs CAP_SYS_BOOT",
	"needs CAP_SYS_NICE",
	"needs CAP_SYS_RESOURCE",
	"needs CAP_SYS_TIME",
	"needs CAP_SYS_TTY_CONFIG",
	"needs CAP_MKNOD",
	"needs CAP_LEASE",
	"needs CAP_AUDIT_WRITE",
	"needs CAP_AUDIT_CONTROL",
	"needs CAP_SETFCAP",
	"needs CAP_MAC_OVERRIDE",
	"needs CAP_MAC_ADMIN",
	"needs CAP_SYSLOG",
	"needs CAP_WAKE_ALARM",
	"needs CAP_BLOCK_SUSPEND",
	"needs CAP_AUDIT_READ",
	"needs CAP_PERFMON",
	"needs CAP_BPF",
	"needs CAP_CHECKPOINT_RESTORE",
};

/* The first capability of a set that this program does not have. */
const char *caps_skip_reason(unsigned long long caps)
{
	unsigned long long lacks = caps & ~permitted_caps();

	return lacks ? cap_reason[__builtin_ctzll(lacks)] : NULL;
}

const char *cap_name(unsigned int cap)
{
	return cap < CAPS ? cap_reason[cap] + strlen("needs ") :
			    "no capability";
}

/* Reads a short file.  Returns "text", empty if it cannot be read. */
static const char *read_line(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, text, size - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* Returns the first digit of a sysctl, or 0. */
char read_sysctl(const char *path)
{
	char text[32];

	return read_line(path, text, sizeof(text))[0];
}

/* The label of a task under SELinux, AppArmor or Smack; else it is empty. */
static const char *security_label(pid_t pid, char *label, size_t size)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/attr/current", pid);
	return read_line(path, label, size);
}

/* Whether it restricts the test: not by "unconfined", nor "NAME (unconfined)". */
static bool is_confined(void)
{
	char label[256];

	security_label(getpid(), label, sizeof(label));
	return label[0] && !strstr(label, "unconfined") &&
	       strncmp(label, "kernel", 6);
}

const char *undumpable_skip_reason(void)
{
	return read_sysctl("/proc/sys/fs/suid_dumpable") == '1' ?
		       "needs fs.suid_dumpable other than 1" :
		       NULL;
}

/* USER_NS_INIT_INO: the number of the initial user namespace in every kernel. */
const char *initial_userns_skip_reason(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) || st.st_ino == 0xEFFFFFFDU ?
		       NULL :
		       "needs the initial user namespace";
}

const char *setns_skip_reason(void)
{
	return syscall(SYS_setns, -1, CLONE_NEWUSER) && errno != EBADF &&
			       has_seccomp_filter() ?
		       "setns blocked by a seccomp filter" :
		       NULL;
}

/* EFAULT: the kernel would look at what to set. */
const char *capset_skip_reason(void)
{
	return syscall(SYS_capset, NULL, NULL) && errno != EFAULT &&
			       has_seccomp_filter() ?
		       "capset blocked by a seccomp filter" :
		       NULL;
}

/* With no_setuid_fixup a change of ids leaves the capabilities effective. */
const char *securebits_skip_reason(void)
{
	int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);

	return bits > 0 && bits & (1 << SECURE_NO_SETUID_FIXUP) ?
		       "needs securebits without no_setuid_fixup" :
		       NULL;
}

/* ------------------------------------------------------------------ */
/* Global state of the machine.                                        */

/* Returns whether the digit is set. */
static bool write_sysctl(const char *path, char digit)
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
static void keep_sysctl(const struct lent_sysctl *lent, int end)
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
void restore_sysctl(struct lent_sysctl *lent)
{
	if (lent->keeper <= 0)
		return;
	close(lent->end);
	waitpid(lent->keeper, NULL, 0);
	lent->keeper = 0;
}

/* Sets a sysctl, where is_disposable().  Returns whether it is set. */
bool lend_sysctl(struct lent_sysctl *lent, const char *path, char digit)
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

/* Sets those that are not 0.  Returns 0 or -1. */
static int set_fs_ids(uid_t uid, gid_t gid)
{
	if (uid)
		setfsuid(uid);
	if (gid)
		setfsgid(gid);
	return (uid && setfsuid(-1) != (int)uid) ||
			       (gid && setfsgid(-1) != (int)gid) ?
		       -1 :
		       0;
}

/* Sets ids that are not set already: without a mapping they cannot be named. */
static int set_ids(struct creds *c)
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
		       syscall(SYS_ID(setresuid), c->uid[0], c->uid[1],
			       c->uid[2]) :
		       0;
}

/* Sets capabilities that are not so already, as a filter may refuse to. */
static int set_creds_caps(const struct creds *c)
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

static int set_creds(struct creds *c)
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
static long take_creds(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	pid_t parent = syscall(SYS_getppid);
	int err = set_creds((struct creds *)t->scratch) ? -errno : 0;

	rearm_parent_death(parent);
	return err;
}

/* Has a worker take over credentials.  Returns 0 or -errno. */
long worker_set_creds(struct worker *t, const struct creds *creds)
{
	memcpy(t->scratch, creds, sizeof(*creds));
	return worker_run(t, take_creds, (long)t);
}

/*
 * Makes a system call that changes ids, and sets the parent-death signal again.
 * arg: mailbox, number, arguments.  Returns the result or -errno.
 */
long change_ids(const long *arg)
{
	pid_t parent = syscall(SYS_getppid);
	long ret = syscall(arg[0], arg[1], arg[2], arg[3]);
	long err = errno;

	rearm_parent_death(parent);
	return ret == -1 ? -err : ret;
}

/* The ids of the test itself, without capabilities; available to any user. */
struct creds own_creds(void)
{
	return (struct creds){ .uid = ID(getuid()), .gid = ID(getgid()) };
}

/* The ids of the test itself, with all its capabilities. */
struct creds privileged_creds(void)
{
	struct creds creds = own_creds();

	creds.permitted = permitted_caps();
	creds.effective = creds.permitted;
	return creds;
}

/*
 * A worker with these credentials.  It has an address space of its own, as the
 * dumpable flag belongs to that.  Its ->pid is -errno where it cannot be.
 */
struct worker *spawn_as_by(struct worker *by, unsigned long flags,
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

struct worker *spawn_as(const struct creds *creds)
{
	return spawn_as_by(NULL, 0, creds);
}

/* The same, cheaper, in the address space of the test unless not dumpable. */
struct worker *spawn_dumpable_as(const struct creds *creds)
{
	return spawn_as_by(NULL, creds->undumpable ? 0 : CLONE_VM, creds);
}

struct worker *spawn_thread(struct worker *by)
{
	return worker_spawn_by(by, by_clone, CLONE_A_THREAD, 0);
}

/* Why a worker could not take over credentials: the cause, or NULL. */
static const char *creds_skip_reason(struct worker *t)
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

	if (t->pid > 0 || t->pid == -EAGAIN || t->pid == -ENOMEM ||
	    t->pid == WORKER_STUCK)
		return NULL;
	if (t->pid == -EINVAL && step != STEP_CAPSET)
		return "needs uids and gids 0, 59001 and 59002 mapped";
	if (step == STEP_SETGROUPS &&
	    !strncmp(read_line("/proc/self/setgroups", text, sizeof(text)),
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
	/* clang-format off */
	{ KCMP_FILE, 0 }, { KCMP_FILE, INT_MAX }, { KCMP_VM, 0 },
	{ KCMP_FILES, 0 }, { KCMP_FS, 0 }, { KCMP_SIGHAND, 0 }, { KCMP_IO, 0 },
	{ KCMP_SYSVSEM, 0 }, { KCMP_EPOLL_TFD, 0 }, { INT_MAX, 0 },
	/* clang-format on */
};

/* Asks every question about every pair.  arg: struct access_asked. */
static long ask_access(const long *arg)
{
	struct access_asked *asked = (struct access_asked *)arg[0];
	long pair, list[2];
	unsigned int i;

	for (pair = 0; pair < asked->pairs; pair++)
		for (i = 0; i < QUESTIONS; i++)
			asked->answer[pair][i] = sys_kcmp(
				asked->pid[pair][0], asked->pid[pair][1],
				access_question[i].type, access_question[i].idx,
				access_question[i].idx);
	if (asked->target)
		asked->oracle = syscall(SYS_get_robust_list, asked->target,
					list, list + 1) ?
					-errno :
					0;
	return 0;
}

/* A filter or a kernel without futexes refuses even the caller's own list. */
bool has_oracle(void)
{
	long list[2];

	return !syscall(SYS_get_robust_list, getpid(), list, list + 1) ||
	       (errno != ENOSYS && !has_seccomp_filter());
}

/* Has a caller ask about one pair of tasks.  Returns what it was told. */
struct access_asked *ask_pair(struct worker *caller, pid_t pid1, pid_t pid2)
{
	struct access_asked *asked = (struct access_asked *)caller->scratch;

	*asked = (struct access_asked){ .pairs = 1, .pid = { { pid1, pid2 } } };
	worker_run(caller, ask_access, (long)asked);
	return asked;
}

/* The same about itself and a target, in both orders, and the target alone. */
struct access_asked *ask_all(struct worker *caller, pid_t target)
{
	struct access_asked *asked = (struct access_asked *)caller->scratch;

	*asked = (struct access_asked){
		.pairs = 3,
		.pid = { { caller->pid, target },
			 { target, caller->pid },
			 { target, target } },
		.target = has_oracle() ? target : 0,
	};
	worker_run(caller, ask_access, (long)asked);
	return asked;
}

/*
 * Returns the answer to expect.  Where access is allowed, that is the error that
 * a question provokes, or 0 for a task and itself.
 */
static long wanted_answer(const struct access_asked *asked, bool allowed,
			  long pair, unsigned int i)
{
	int type = access_question[i].type;

	if (!allowed)
		return -EPERM;
	if (type == INT_MAX)
		return -EINVAL;
	if (access_question[i].idx)
		return -EBADF;
	if (asked->answer[pair][i] == -EOPNOTSUPP && kcmp_skip_reason(type))
		return -EOPNOTSUPP;
	if (type == KCMP_EPOLL_TFD)
		return -EFAULT;
	return asked->pid[pair][0] == asked->pid[pair][1] ? 0 : KCMP_ANSWERS;
}

/* Returns the worker with this id, or NULL. */
static struct worker *find_worker(long pid)
{
	unsigned int i = worker_count;

	while (i-- > 0)
		if (worker_area[i].pid == pid)
			return &worker_area[i];
	return NULL;
}

/* Appends a line of /proc/PID/status, its tabs as blanks. */
static void append_status(char *text, size_t size, long pid, const char *field)
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

/* Whether /proc/PID is of a descendant of the test, not of a namesake elsewhere. */
static bool is_descendant(long pid)
{
	int depth;

	for (depth = 0; depth < 16 && pid > 1; depth++) {
		if (pid == getpid())
			return true;
		pid = proc_status_field(pid, "PPid");
	}
	return false;
}

/* Appends ids, capabilities and the dumpable flag of a task on a line. */
static void append_creds(char *text, size_t size, const char *role, long pid)
{
	static const char *const field[] = {
		"State:", "Uid:", "Gid:", "CapPrm:", "CapEff:",
	};
	struct worker *t = find_worker(pid);
	char state = task_state(pid, pid);
	unsigned int i;

	append_text(text, size, "\n#   %s %ld:", role, pid);
	if (!is_descendant(pid)) {
		append_text(text, size, " not shown by this /proc");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(field); i++)
		append_status(text, size, pid, field[i]);
	/* One that is stopped, frozen or ended would be waited for. */
	if (t && (state == 'S' || state == 'R') && worker_is_idle(t))
		append_text(text, size, " dumpable: %s",
			    errno_name(worker_syscall(t, SYS_prctl,
						      PR_GET_DUMPABLE, 0, 0, 0,
						      0)));
}

/* Appends the kinds of namespaces that two tasks do not have in common. */
static void append_namespaces(char *text, size_t size, long pid1, long pid2)
{
	static const char *const kind[] = {
		"user", "pid", "mnt", "uts", "ipc", "net", "cgroup", "time",
	};
	struct stat one, other;
	unsigned int i, differ = 0;
	char path[40];

	if (!is_descendant(pid1) || !is_descendant(pid2))
		return;
	for (i = 0; i < ARRAY_SIZE(kind); i++) {
		snprintf(path, sizeof(path), "/proc/%ld/ns/%s", pid1, kind[i]);
		if (stat(path, &one))
			continue;
		snprintf(path, sizeof(path), "/proc/%ld/ns/%s", pid2, kind[i]);
		if (!stat(path, &other) && one.st_ino != other.st_ino)
			append_text(text, size, "%s %s",
				    differ++ ? "," :
					       "\n#   namespaces that differ:",
				    kind[i]);
	}
}

static const char *role_name(struct worker *caller, long pid)
{
	return pid == caller->pid ? "caller" : "target";
}

/* Appends the first eight answers that are not those wanted.  Returns how many. */
static int append_wrong_answers(char *text, size_t size, bool allowed,
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
			append_text(
				text, size,
				"\n#   kcmp(pid1=%s %ld, pid2=%s %ld, %s, %lu, %lu): expected %s, answered %s",
				role_name(caller, pid[0]), pid[0],
				role_name(caller, pid[1]), pid[1],
				kcmp_type_name(access_question[i].type),
				access_question[i].idx, access_question[i].idx,
				kcmp_want_text(want), kcmp_answer_text(answer));
		}
	return wrong;
}

/* Whether the oracle agrees; else that is appended. */
static bool oracle_agrees(char *text, size_t size, bool allowed,
			  const struct access_asked *asked)
{
	if (!asked->target || asked->oracle == (allowed ? 0 : -EPERM))
		return true;
	append_text(
		text, size,
		"\n#   get_robust_list(target %ld): expected %s, returned %s",
		asked->target, allowed ? "0" : "-EPERM",
		errno_name(asked->oracle));
	return false;
}

/*
 * Judges what a caller was told.  Returns "allowed" or "refused" when all of it
 * is as expected, else how much is not, with the details in "text".
 */
const char *access_verdict(bool allowed, struct worker *caller,
			   const struct access_asked *told, char *text,
			   size_t size)
{
	static char verdict[40];
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
	snprintf(verdict, sizeof(verdict), "%d of %d answers are wrong", wrong,
		 all);
	return verdict;
}

/* Returns 0, or -errno: -EPERM exactly where the access check refuses. */
long ask_oracle(struct worker *caller, pid_t pid)
{
	long *list = (long *)caller->scratch;

	return worker_syscall(caller, SYS_get_robust_list, pid, (long)list,
			      (long)(list + 1));
}

const char *oracle_skip_reason(void)
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
static const char *find_access_reason(void)
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
const char *access_skip_reason(void)
{
	return find_once(REASON_ACCESS, find_access_reason);
}

const char *reason_with_access(enum shared_reason which,
			       const char *(*find)(void))
{
	const char *reason = access_skip_reason();

	return reason ?: find_once(which, find);
}

/* The test has to end workers of other users, so CAP_KILL is needed, too. */
static const char *find_users_reason(void)
{
	const unsigned long long all = permitted_caps();
	const struct creds mixed[] = {
		{ .uid = { UID_A, UID_B, UID_A },
		  .gid = { UID_A, UID_B, UID_A },
		  .group = UID_B,
		  .permitted = all,
		  .effective = all },
		{ .uid = { UID_A, UID_B, 0 }, .gid = { UID_A, UID_B, 0 } },
	};
	unsigned int i;
	const char *reason = caps_skip_reason(CAP(SETUID));

	reason = reason ?: caps_skip_reason(CAP(SETGID) | CAP(KILL));
	for (i = 0; i < ARRAY_SIZE(mixed) && !reason; i++) {
		struct worker *t = spawn_as(&mixed[i]);

		reason = creds_skip_reason(t);
		worker_end(t);
	}
	return reason;
}

/* Why a worker cannot become another user, or NULL. */
const char *users_skip_reason(void)
{
	return reason_with_access(REASON_USERS, find_users_reason);
}

/* Why a worker cannot have these credentials, or NULL. */
const char *wanted_creds_skip_reason(const struct creds *c)
{
	const char *reason = users_skip_reason();

	if (reason)
		return reason;
	return caps_skip_reason(c->permitted | c->effective | c->inheritable);
}

/* Those of a user without any privilege: the test's own where it must be so. */
struct creds plain_creds(void)
{
	if (users_skip_reason())
		return own_creds();
	return (struct creds){ .uid = ID(UID_A), .gid = ID(UID_A) };
}

/*
 * Ends a worker whose spawner has been ended and reaped: it is a child of the
 * test now, which is a subreaper.
 */
void end_orphan(struct worker *t)
{
	if (!t || t->pid <= 0)
		return;
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, __WALL);
}

/*
 * Ends all workers and waits for those that die with their spawner, as zombies
 * keep namespaces that are limited in number.  The keeper of a sysctl lives on, in
 * a process group of its own.
 */
void end_all_workers(void)
{
	long long deadline = clock_ms() + WORKER_TIMEOUT;

	workers_end();
	/* Of the test's process group, which the keeper of a sysctl is not. */
	while (waitpid(0, NULL, __WALL | WNOHANG) >= 0 && clock_ms() < deadline)
		sched_yield();
}

/*
 * A child in a new namespace.  The kernel frees the room of namespaces that are
 * gone in the background, so ENOSPC may be transient.
 */
struct worker *spawn_in_ns(struct worker *by, unsigned long flags)
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

/* Why clone(CLONE_NEWUSER) by a user without capabilities has failed. */
const char *userns_error_reason(long error)
{
	bool denied = error == -EPERM || error == -EACCES;
	const char *reason;

	if (denied &&
	    read_sysctl("/proc/sys/kernel/unprivileged_userns_clone") == '0')
		return "needs kernel.unprivileged_userns_clone of 1";
	reason = namespace_skip_reason(NS_CLONE, CLONE_NEWUSER, error);
	return reason || !denied ? reason :
				   "clone(CLONE_NEWUSER) not permitted";
}

/* Two beside each other, as most tests have. */
static const char *find_userns_reason(void)
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
			reason =
				"confined by a security module in user namespaces";
	}
	worker_end(owner);
	end_orphan(t[0]);
	end_orphan(t[1]);
	return reason;
}

/* Three: one of the two within another, whose creator is root there. */
static const char *find_userns_root_reason(void)
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
const char *userns_skip_reason(void)
{
	const char *reason =
		reason_with_access(REASON_USERNS, find_userns_reason);

	if (!reason)
		find_once(REASON_USERNS_ROOT, find_userns_root_reason);
	return reason;
}

/* Why a user namespace cannot have a root that makes another, or NULL. */
const char *userns_root_skip_reason(void)
{
	const char *reason = userns_skip_reason();

	return reason ?: find_once(REASON_USERNS_ROOT, find_userns_root_reason);
}

/*
 * A child in a new pid namespace, and in a new user namespace where that takes
 * the privilege.
 */
struct worker *spawn_in_pidns(struct worker *by)
{
	struct worker *t = spawn_in_ns(by, CLONE_NEWPID);

	if (t->pid == -EPERM) {
		worker_count--;
		t = spawn_in_ns(by, CLONE_NEWUSER | CLONE_NEWPID);
	}
	return t;
}

static const char *pidns_error_reason(long error)
{
	const char *reason =
		namespace_skip_reason(NS_CLONE, CLONE_NEWPID, error);

	return reason || (error != -EPERM && error != -EACCES) ?
		       reason :
		       "clone(CLONE_NEWPID) not permitted";
}

/* One within another. */
static const char *find_pidns_reason(void)
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
const char *pidns_skip_reason(void)
{
	return reason_with_access(REASON_PIDNS, find_pidns_reason);
}

/* Why ptrace() was refused between tasks of one user, or NULL. */
static const char *ptrace_error_reason(long error, pid_t target)
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
		       "ptrace denied by a security module" :
		       NULL;
}

static const char *find_seize_reason(void)
{
	struct creds own = own_creds();
	struct worker *tracer = spawn_as(&own), *target = spawn_as(&own);
	const char *reason = ptrace_error_reason(
		worker_syscall(tracer, SYS_ptrace, PTRACE_SEIZE, target->pid, 0,
			       0),
		target->pid);

	worker_end(tracer);
	worker_end(target);
	return reason;
}

/* Why a worker cannot trace another that is not its child, or NULL. */
const char *seize_skip_reason(void)
{
	return reason_with_access(REASON_SEIZE, find_seize_reason);
}

const char *find_traceme_reason(void)
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
const char *traceme_skip_reason(void)
{
	return reason_with_access(REASON_TRACEME, find_traceme_reason);
}

/* A program that its user may not read is not dumpable after execve(). */
static const char *find_self_exec_reason(void)
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
const char *self_exec_skip_reason(void)
{
	const char *reason = execve_skip_reason();

	if (reason)
		return reason;
	return reason_with_access(REASON_SELF_EXEC, find_self_exec_reason);
}

/* ------------------------------------------------------------------ */
/* Programs with owners and modes.                                     */

/*
 * Opens a file in TMPDIR that has no name: only this test can find it, and
 * nothing is left of it.  Returns -1 with errno set on failure.
 */
static int open_unnamed(void)
{
	const char *dir = getenv("TMPDIR");
	char path[PATH_MAX];
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd == -1) {
		snprintf(path, sizeof(path), "%s/kcmp.XXXXXX", dir);
		fd = mkostemp(path, O_CLOEXEC);
		if (fd != -1)
			unlink(path);
	}
	return fd;
}

/* Whether a file got the owner and the mode that were asked for. */
static bool set_owner_and_mode(int fd, mode_t mode, uid_t uid, gid_t gid)
{
	struct stat st;

	return !fchown(fd, uid, gid) && !fchmod(fd, mode) && !fstat(fd, &st) &&
	       st.st_uid == uid && st.st_gid == gid &&
	       (st.st_mode & 07777) == mode;
}

/* Bytes of the program file that are loaded; debugging information is not. */
static size_t loaded_size(void)
{
	const ElfW(Phdr) *header = (ElfW(Phdr) *)getauxval(AT_PHDR);
	unsigned long i, end, size = 0;

	for (i = 0; i < getauxval(AT_PHNUM); i++) {
		end = header[i].p_offset + header[i].p_filesz;
		if (header[i].p_type == PT_LOAD && end > size)
			size = end;
	}
	return size;
}

/* Returns why the copy of "from" in "to" cannot be made, or NULL. */
static const char *fill_copy(int from, int to, mode_t mode, uid_t uid,
			     gid_t gid)
{
	ssize_t left, copied;

	if (from == -1)
		return "needs a program file that the test may read";
	if (to == -1)
		return errno == ENOSPC || errno == EDQUOT ?
			       "needs free space in TMPDIR" :
			       "needs a TMPDIR that the test may write";
	for (left = loaded_size(); left > 0; left -= copied) {
		copied = sendfile(to, from, NULL, left);
		if (copied <= 0)
			return "needs free space in TMPDIR";
	}
	return set_owner_and_mode(to, mode, uid, gid) ?
		       NULL :
		       "needs a TMPDIR where owners and modes can be set";
}

struct program_copy copy_program(mode_t mode, uid_t uid, gid_t gid)
{
	struct program_copy copy = {
		.fd = -1,
		.skip_reason = caps_skip_reason(CAP(CHOWN) | CAP(FOWNER) |
						CAP(FSETID)),
	};
	int from, to;
	char path[32];

	if (copy.skip_reason)
		return copy;
	from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	to = open_unnamed();
	copy.skip_reason = fill_copy(from, to, mode, uid, gid);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	if (!copy.skip_reason)
		copy.fd = open(path, O_PATH);
	close(from);
	close(to);
	return copy;
}

/* Gives a file CAP_CHOWN.  Returns why that cannot be, or NULL. */
const char *give_capability(int fd)
{
	struct vfs_cap_data caps = {
		.magic_etc =
			htole32(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE),
		.data[0].permitted = htole32(CAP(CHOWN)),
	};
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!setxattr(path, "security.capability", &caps, sizeof(caps), 0))
		return NULL;
	if (has_seccomp_filter() && errno != EOPNOTSUPP)
		return "setxattr blocked by a seccomp filter";
	return errno == EPERM	   ? "needs CAP_SETFCAP" :
	       errno == EOPNOTSUPP ? "needs security xattrs in TMPDIR" :
				     NULL;
}

enum file_privilege privilege_of(mode_t mode, bool caps)
{
	if (caps)
		return FILE_CAPS;
	return mode & S_ISUID ? FILE_SET_UID :
	       mode & S_ISGID ? FILE_SET_GID :
				FILE_PLAIN;
}

/* Whether a worker of user A has got the privilege. */
static bool has_privilege(struct worker *t, enum file_privilege privilege)
{
	switch (privilege) {
	case FILE_SET_UID:
		return worker_syscall(t, SYS_ID(geteuid)) == UID_B;
	case FILE_SET_GID:
		return worker_syscall(t, SYS_ID(getegid)) == UID_B;
	case FILE_CAPS:
		return proc_status_field(t->pid, "CapPrm") == CAP(CHOWN);
	default:
		return true;
	}
}

/* Why execve() of the copy does not work, or does not give privileges, or NULL. */
static const char *find_exec_reason(const char *path,
				    enum file_privilege privilege)
{
	struct creds a = { .uid = ID(UID_A), .gid = ID(UID_A) };
	struct worker *t = spawn_as(&a);
	long err = worker_execve(t, path);
	bool got = !err && has_privilege(t, privilege);
	bool traced = proc_status_field(t->pid, "TracerPid");

	worker_end(t);
	if (got)
		return NULL;
	if (traced)
		return "traced by another process";
	return err == -EACCES || is_confined() ?
		       "execve denied by a security module" :
		       NULL;
}

/*
 * Why the copy cannot be executed to effect, or NULL: mounts, flags and security
 * modules may forbid programs, or the privileges that they give.
 */
const char *exec_skip_reason(int fd, enum file_privilege privilege)
{
	static const char none[] = "";
	const char **known = &shared_reason[REASON_EXEC + privilege];
	struct statvfs fs;
	char path[32];

	if (fstatvfs(fd, &fs))
		fs.f_flag = 0;
	if (fs.f_flag & ST_NOEXEC)
		return "needs TMPDIR mounted without noexec";
	if (privilege != FILE_PLAIN && fs.f_flag & ST_NOSUID)
		return "needs TMPDIR mounted without nosuid";
	if (privilege != FILE_PLAIN &&
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return "needs no_new_privs unset";
	if (privilege == FILE_CAPS && !prctl(PR_CAPBSET_READ, CAP_CHOWN))
		return "needs CAP_CHOWN in the bounding set";
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!*known)
		*known = find_exec_reason(path, privilege) ?: none;
	return *known == none ? NULL : *known;
}
