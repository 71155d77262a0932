// SPDX-License-Identifier: GPL-2.0
/* The environment of the tests; environment.h has the contracts. */
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/personality.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include "environment.h"
#include "worker.h"

bool has_seccomp_filter(void)
{
	return proc_status_field(getpid(), "Seccomp") != 0;
}

/* Returns why there are no objects of a type to compare, or NULL. */
static const char *object_skip_reason(int type)
{
	if (type == KCMP_EPOLL_TFD && epoll_create1(-1) == -1 &&
	    errno == ENOSYS)
		return "needs CONFIG_EPOLL";
	if (type == KCMP_SYSVSEM && semget(-1, -1, 0) == -1 && errno == ENOSYS)
		return "needs CONFIG_SYSVIPC";
	if (type != KCMP_IO || syscall(SYS_ioprio_set, 0, 0, 0) != -1)
		return NULL;
	if (errno == ENOSYS && !has_seccomp_filter())
		return "needs CONFIG_BLOCK";
	/* The kernel itself returns EINVAL for these arguments. */
	return errno == ENOSYS || errno == EPERM ?
		       "ioprio_set blocked by a seccomp filter" :
		       NULL;
}

/* Returns why kcmp() itself cannot be called, or NULL. */
static const char *call_skip_reason(int type)
{
	pid_t self = getpid();

	if (sys_kcmp(self, self, KCMP_VM, 0, 0) == -ENOSYS)
		return has_seccomp_filter() ?
			       "needs CONFIG_KCMP, or blocked by a seccomp filter" :
			       "needs CONFIG_KCMP";
	if (sys_kcmp(self, self, type, 0, 0) == -EPERM && has_seccomp_filter())
		return "kcmp blocked by a seccomp filter";
	return NULL;
}

/*
 * A task may always compare itself with itself: EPERM can only come from a
 * seccomp filter, which may let some types pass.  Other answers are for the tests
 * to judge.
 */
const char *kcmp_skip_reason(int type)
{
	const char *reason = call_skip_reason(type);
	pid_t self = getpid();

	if (reason)
		return reason;
	if (type == KCMP_IO || sys_kcmp(self, self, type, 0, 0) == -EOPNOTSUPP)
		return object_skip_reason(type);
	return NULL;
}

const char *kcmp_skip_reason_any(void)
{
	const char *reason = NULL;
	int type;

	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD && !reason; type++)
		reason = call_skip_reason(type);
	return reason ? reason : call_skip_reason(INT_MAX);
}

const char *unshare_skip_reason(void)
{
	return syscall(SYS_unshare, 0) && has_seccomp_filter() ?
		       "unshare blocked by a seccomp filter" :
		       NULL;
}

const char *blocked_skip_reason(long err, const char *blocked)
{
	if (err != -EPERM && err != -ENOSYS)
		return NULL;
	return has_seccomp_filter() ? blocked : NULL;
}

const char *errno_skip_reason(const char *needs, const char *blocked)
{
	int err = errno;
	const char *reason = blocked_skip_reason(-err, blocked);

	if (err == ENOMEM || err == EMFILE || err == ENFILE || err == EBADF)
		return NULL;
	return reason ?: needs;
}

const char *enosys_skip_reason(const char *needs, const char *blocked)
{
	int err = errno;
	const char *reason = blocked_skip_reason(-err, blocked);

	return reason || err != ENOSYS ? reason : needs;
}

#define PROBE_STACK (16 * 1024) /* the dynamic linker may need some */

static int sleep_for_ever(void *unused)
{
	int zero = 0;

	(void)unused;
	for (;;)
		syscall(SYS_futex, &zero, FUTEX_WAIT, 0, NULL, NULL, 0);
	return 0;
}

/* In a child, which ends its threads by exit_group().  Returns whether it can. */
static bool can_have_tasks(int tasks)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			  CLONE_THREAD | CLONE_SYSVSEM;
	char *stack = mmap(NULL, (size_t)tasks * PROBE_STACK,
			   PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	if (stack == MAP_FAILED)
		return false;
	while (--tasks > 0) {
		stack += PROBE_STACK;
		if (clone(sleep_for_ever, stack, flags, NULL) == -1 &&
		    (errno == EAGAIN || errno == ENOMEM))
			return false;
	}
	return true;
}

/* In a child, which loses its registrations when it exits. */
static bool can_have_watches(int watches)
{
	struct epoll_event event = { .events = EPOLLIN };
	int efd = epoll_create1(0), ends[2];

	if (efd == -1 || pipe(ends))
		return true;
	while (watches-- > 0)
		if (epoll_ctl(efd, EPOLL_CTL_ADD, dup(ends[0]), &event) &&
		    errno == ENOSPC)
			return false;
	return true;
}

/* Runs a function in a child and returns its result, or false without a child. */
static bool in_child(bool (*fn)(int arg), int arg)
{
	int status = 1;
	pid_t pid = fork();

	if (!pid)
		_exit(!fn(arg));
	return pid != -1 && waitpid(pid, &status, 0) == pid && !status;
}

const char *room_skip_reason(int tasks)
{
	struct rlimit limit = { .rlim_cur = RLIM_INFINITY };

	errno = 0;
	if (in_child(can_have_tasks, tasks))
		return NULL;
	if (errno == ENOMEM)
		return "needs more memory (fork fails with ENOMEM)";
	getrlimit(RLIMIT_NPROC, &limit);
	return limit.rlim_cur < (rlim_t)tasks ?
		       "RLIMIT_NPROC too low (needs 128)" :
		       "RLIMIT_NPROC or pids.max too low (needs 128)";
}

const char *watch_skip_reason(int watches)
{
	return in_child(can_have_watches, watches) ?
		       NULL :
		       "fs.epoll.max_user_watches too low (needs 256)";
}

void reset_signals(void)
{
	sigset_t none;
	int i;

	for (i = 1; i < _NSIG; i++)
		if (i != SIGHUP && i != SIGINT && i != SIGQUIT)
			signal(i, SIG_DFL);
	/* Exceeding RLIMIT_FSIZE is to be an error of write(). */
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void reset_ids(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (uid == geteuid() && gid == getegid())
		return;
	if (setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return;
	prctl(PR_SET_DUMPABLE, 1);
}

void reset_caps(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = {};
	int cap, bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);

	for (cap = 0; cap < 64; cap++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) ==
		    1)
			break;
	if (cap == 64 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return;
	if (getuid() || (bits > 0 && bits & (1 << SECURE_NOROOT)))
		syscall(SYS_capset, &header, none);
}

void reset_scheduler(void)
{
	const struct sched_param none = { .sched_priority = 0 };

	if (sched_getscheduler(0) == SCHED_FIFO ||
	    sched_getscheduler(0) == SCHED_RR)
		sched_setscheduler(0, SCHED_OTHER, &none);
}

/* Since Linux 6.12 munmap() refuses to unmap the page. */
void reset_personality(char **argv)
{
	int now = personality(0xffffffff);

	if (now != -1 && now & MMAP_PAGE_ZERO &&
	    personality(now & ~MMAP_PAGE_ZERO) != -1)
		execv("/proc/self/exe", argv);
}

/* Tests execute this program, and find their workers in /proc. */
const char *own_program_skip_reason(void)
{
	struct stat st;
	char self[16] = "";

	if (getenv("FAKEROOTKEY"))
		return "needs to run without fakeroot";
	if (access("/proc/self/exe", R_OK) && errno == EACCES)
		return "needs programs that the user may read";
	if (!stat("/proc/self/exe", &st) && st.st_mode & (S_ISUID | S_ISGID))
		return "needs programs without the set-user-ID and set-group-ID bits";
	if (readlink("/proc/self", self, sizeof(self) - 1) > 0 &&
	    atoi(self) != getpid())
		return "needs /proc of the test's pid namespace";
	return NULL;
}

bool is_disposable(void)
{
	const char *says = getenv("KCMP_DISPOSABLE");
	char line[4096] = "";
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);

	if (says)
		return !strcmp(says, "1");
	if (read(fd, line, sizeof(line) - 1) < 0)
		*line = '\0';
	close(fd);
	return !!strstr(line, "virtme");
}

bool raise_limit(int resource, rlim_t wanted)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) || limit.rlim_cur >= 2 * wanted)
		return true;
	limit.rlim_cur = limit.rlim_max < 2 * wanted ? limit.rlim_max :
						       2 * wanted;
	setrlimit(resource, &limit);
	return limit.rlim_cur >= wanted;
}
