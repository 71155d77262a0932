// SPDX-License-Identifier: GPL-2.0
/* Worker tasks; worker.h says what each function is for. */
#include "worker.h"

#ifdef __i386__
#include <asm/ldt.h>
#endif

#define AREA_SIZE (WORKER_MAX * sizeof(struct worker))

struct worker *worker_area;
int worker_area_fd = -1;
unsigned int worker_count;
static int worker_area_error; /* errno of memfd_create(), or 0 */
static char worker_stack[WORKER_MAX][WORKER_STACK] __attribute__((aligned(16)));

long long clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/*
 * Most waits end sooner than a task falls asleep.  Yielding for ever would keep a
 * task of lower priority from what is waited for.
 */
void wait_a_moment(int round)
{
	if (round < 64)
		syscall(SYS_sched_yield);
	else
		poll(NULL, 0, 1);
}

/* --- tasks in /proc -------------------------------------------------------- */

/* Reads a file of /proc into a string; "" on failure.  No heap: workers use it. */
static void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	while (fd != -1 && used < size - 1) {
		n = read(fd, text + used, size - 1 - used);
		if (n <= 0)
			break;
		used += n;
	}
	text[used] = '\0';
	if (fd != -1)
		close(fd);
}

char task_state(pid_t pid, pid_t tid)
{
	char path[64], stat[512], *after;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	read_text(path, stat, sizeof(stat));
	after = strrchr(stat, ')');
	return after && after[1] ? after[2] : 0;
}

/*
 * Returns the number in the line "field:\tnumber" of the file, or 0.  Other lines
 * may be long: a user can have 65536 groups.
 */
static int status_field(const char *path, const char *field)
{
	const size_t length = strlen(field);
	int fd = open(path, O_RDONLY | O_CLOEXEC), number = 0;
	char text[512], line[64];
	ssize_t n, i, used = 0;

	while (fd != -1 && (n = read(fd, text, sizeof(text))) > 0)
		for (i = 0; i < n; i++) {
			if (text[i] != '\n') {
				if (used < (ssize_t)sizeof(line) - 1)
					line[used++] = text[i];
				continue;
			}
			line[used] = '\0';
			used = 0;
			if (!strncmp(line, field, length) &&
			    line[length] == ':')
				number = atoi(line + length + 1);
		}
	if (fd != -1)
		close(fd);
	return number;
}

int proc_status_field(pid_t pid, const char *field)
{
	char path[32];

	/* /proc may be that of another pid namespace. */
	if (pid == syscall(SYS_getpid))
		return status_field("/proc/self/status", field);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	return status_field(path, field);
}

int wait_state_within(int ms, pid_t pid, pid_t tid, char state)
{
	long long deadline = clock_ms() + ms;
	int round;

	for (round = 0; task_state(pid, tid) != state; round++) {
		if (clock_ms() > deadline)
			return 0;
		wait_a_moment(round);
	}
	return 1;
}

bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = write(fd, text, strlen(text));

	if (fd != -1)
		close(fd);
	return n != (ssize_t)strlen(text);
}

/* --- parents --------------------------------------------------------------- */

void rearm_parent_death(pid_t parent)
{
	pid_t now;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	now = syscall(SYS_getppid);
	if (parent && now && now != parent)
		syscall(SYS_exit_group, 0);
}

/* A parent outside of the worker's pid namespace is 0 to getppid(). */
static void worker_die_with_parent(struct worker *t)
{
	pid_t now;

	rearm_parent_death(t->parent);
	if (!t->parent_outside || syscall(SYS_getppid))
		return;
	now = status_field("/proc/self/status", "PPid");
	if (now && now != t->parent_outside)
		syscall(SYS_exit_group, 0);
}

static int idle_main(void *parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (syscall(SYS_getppid) == *(pid_t *)parent)
		pause();
	return 0;
}

/* The child runs on its own copy of this stack. */
long fork_idle_child(unsigned long flags)
{
	char stack[4096] __attribute__((aligned(16)));
	pid_t parent = syscall(SYS_getpid);
	long pid = clone(idle_main, stack + sizeof(stack), flags | SIGCHLD,
			 &parent);

	return pid == -1 ? -errno : pid;
}

int wait_exit(pid_t pid)
{
	struct pollfd end = { .fd = syscall(SYS_pidfd_open, pid, 0),
			      .events = POLLIN };
	long long deadline = clock_ms() + WORKER_TIMEOUT;
	siginfo_t info = { .si_pid = 0 };
	int round;

	if (end.fd != -1) {
		poll(&end, 1, WORKER_TIMEOUT);
		close(end.fd);
	}
	/* There may be no pidfds, and poll() may be interrupted. */
	for (round = 0; clock_ms() <= deadline; round++) {
		if (waitid(P_PID, pid, &info,
			   WEXITED | WNOHANG | WNOWAIT | __WALL))
			return WORKER_STUCK;
		if (info.si_pid)
			return 0;
		wait_a_moment(round);
	}
	return WORKER_STUCK;
}

/* --- what a worker does ---------------------------------------------------- */

static long worker_do_syscall(const long *arg)
{
	long ret =
		syscall(arg[0], arg[1], arg[2], arg[3], arg[4], arg[5], arg[6]);

	return ret == -1 ? -errno : ret;
}

static void worker_give_turn(struct worker *t, enum worker_turn turn)
{
	__atomic_store_n(&t->turn, turn, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &t->turn, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/*
 * Sleeps until the turn may have changed; ms < 0: without limit.  Most orders are
 * carried out in less time than it takes to fall asleep.
 */
static void worker_sleep(struct worker *t, enum worker_turn while_turn, int ms)
{
	struct timespec limit = { ms / 1000, ms % 1000 * 1000000L };
	int i;

	for (i = 0; i < 8; i++) {
		if (__atomic_load_n(&t->turn, __ATOMIC_SEQ_CST) != while_turn)
			return;
		syscall(SYS_sched_yield);
	}
	syscall(SYS_futex, &t->turn, FUTEX_WAIT, while_turn,
		ms < 0 ? NULL : &limit, NULL, 0);
}

static worker_fn *worker_function(const struct worker *t)
{
	return (worker_fn *)((char *)worker_do_syscall + t->fn);
}

/*
 * Raw system calls only: the worker may share everything with the test, thread
 * pointer included, but this stack.
 */
int worker_main(void *mailbox)
{
	struct worker *t = mailbox;

	worker_die_with_parent(t);
	t->tid = syscall(SYS_gettid);
	t->tgid = syscall(SYS_getpid);
	t->ret = 0;
	for (;;) {
		worker_give_turn(t, TURN_TEST);
		while (__atomic_load_n(&t->turn, __ATOMIC_SEQ_CST) == TURN_TEST)
			worker_sleep(t, TURN_TEST, -1);
		t->ret = worker_function(t)(t->arg);
	}
	return 0;
}

static void *worker_main_thread(void *mailbox)
{
	worker_main(mailbox);
	return NULL;
}

/* --- ways to spawn --------------------------------------------------------- */

/*
 * For CLONE_SETTLS, which is to change nothing: the caller's thread pointer, on
 * i386 the segment that it is in.  "memory" is for the latter.
 */
static void *thread_pointer(void *memory)
{
	(void)memory;
#if defined(__x86_64__)
	return (void *)pthread_self();
#elif defined(__i386__)
	struct user_desc *segment = memory;
	unsigned int selector;

	__asm__("mov %%gs, %0" : "=r"(selector));
	segment->entry_number = (selector & 0xffff) >> 3;
	syscall(SYS_get_thread_area, segment);
	return segment;
#elif defined(__powerpc64__)
	void *pointer;

	__asm__("mr %0, 13" : "=r"(pointer));
	return pointer;
#elif defined(__powerpc__)
	void *pointer;

	__asm__("mr %0, 2" : "=r"(pointer));
	return pointer;
#elif defined(__sparc__)
	void *pointer;

	__asm__("mov %%g7, %0" : "=r"(pointer));
	return pointer;
#else
	return __builtin_thread_pointer();
#endif
}

long by_clone(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	int exit_signal = t->flags & CLONE_THREAD ? 0 : SIGCHLD;
	char *stack = worker_stack[t - worker_area];
	int *id = (int *)t->scratch;
	long pid;

	/* clone() has an int for the flags. */
	if (t->flags >> 32)
		return -EINVAL;
	pid = clone(worker_main, stack + WORKER_STACK,
		    (unsigned int)t->flags | exit_signal, t, id,
		    thread_pointer(t->scratch + 64), id + 1);
	return pid == -1 ? -errno : pid;
}

long by_fork(const long *arg)
{
	long pid = fork();

	if (!pid)
		worker_main((void *)arg[0]);
	return pid == -1 ? -errno : pid;
}

long by_vfork(const long *arg)
{
	pid_t pid = vfork();

	if (!pid)
		worker_main((void *)arg[0]);
	return pid == -1 ? -errno : pid;
}

long by_clone3(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	struct clone_args args = {
		.flags = t->flags,
		.pidfd = (unsigned long)t->scratch,
		.child_tid = (unsigned long)t->scratch + 4,
		.parent_tid = (unsigned long)t->scratch + 8,
		.exit_signal = arg[2],
		.cgroup = arg[3],
	};
	long pid;

	if (!(args.flags & CLONE_PIDFD))
		args.pidfd = 0;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		worker_main_below(t);
	return pid == -1 ? -errno : pid;
}

long by_pthread_create(const long *arg)
{
	pthread_t thread;

	return -pthread_create(&thread, NULL, worker_main_thread,
			       (void *)arg[0]);
}

long by_posix_spawn(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	char *argv[] = { "worker", "--worker", t->id, NULL };
	pid_t pid;
	int err = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, NULL);

	return err ? -err : pid;
}

/* --- execve() -------------------------------------------------------------- */

long worker_do_execve(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	char *argv[] = { "worker", "--worker", t->id, (char *)arg[2], NULL };
	char *envp[] = { NULL };

	execve((const char *)arg[1], argv, envp);
	return -errno;
}

long worker_execve(struct worker *t, const char *path)
{
	return worker_run(t, worker_do_execve, (long)t, (long)path);
}

int worker_resume(char **argv)
{
	struct worker *area;
	int fd, n;

	if (argv[3] && clock_ms() < atoll(argv[3]))
		execve("/proc/self/exe", argv, argv + 4);
	if (sscanf(argv[2], "%d:%d", &fd, &n) != 2)
		return 1;
	area = mmap(NULL, AREA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return area == MAP_FAILED || worker_main(&area[n]);
}

const char *execve_skip_reason(void)
{
	if (worker_area_fd != -1)
		return NULL;
	if (proc_status_field(getpid(), "Seccomp"))
		return "memfd_create blocked by a seccomp filter";
	return worker_area_error == ENOSYS ?
		       "needs CONFIG_MEMFD_CREATE" :
	       worker_area_error == EMFILE || worker_area_error == ENFILE ?
		       "no descriptor left for memfd_create" :
		       "memfd_create fails";
}

/* --- mailboxes ------------------------------------------------------------- */

/*
 * Makes the mailboxes, or others at the same address and with the same
 * descriptor.
 */
int worker_area_make(void)
{
	int fd = memfd_create("workers", 0);
	int flags = fd == -1 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
	void *area;

	worker_area_error = fd == -1 ? errno : 0;
	if (worker_area && (fd == -1) != (worker_area_fd == -1))
		goto fail;
	if (fd != -1 && ftruncate(fd, AREA_SIZE))
		goto fail;
	area = mmap(worker_area, AREA_SIZE, PROT_READ | PROT_WRITE,
		    worker_area ? flags | MAP_FIXED : flags, fd, 0);
	if (area == MAP_FAILED)
		goto fail;
	if (worker_area && fd != -1) {
		dup2(fd, worker_area_fd);
		close(fd);
	} else {
		worker_area_fd = fd;
	}
	worker_area = area;
	return 0;
fail:
	if (fd != -1)
		close(fd);
	return -EMFILE;
}

/*
 * Returns an empty mailbox.  Each test has mailboxes of its own: descendants of
 * workers of an earlier one may still be alive, and would take its orders.
 */
static struct worker *worker_new(void)
{
	struct worker *t = &worker_area[worker_count];
	int err = 0;

	if (worker_count == WORKER_MAX) {
		fputs("more workers than WORKER_MAX\n", stderr);
		abort();
	}
	if (!worker_count) {
		/* Orphans are reaped by the test, not by a busy init. */
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		err = worker_area_make();
	}
	memset(t, 0, offsetof(struct worker, scratch)); /* had it failed */
	t->pid = err;
	snprintf(t->id, sizeof(t->id), "%d:%u", worker_area_fd, worker_count++);
	return t;
}

int worker_is_idle(struct worker *t)
{
	return __atomic_load_n(&t->turn, __ATOMIC_SEQ_CST) == TURN_TEST;
}

/* Returns whether the worker can no longer report: a zombie, or reaped. */
static int worker_is_dead(struct worker *t)
{
	siginfo_t info = { .si_pid = 0 };

	if (!t->is_child || t->pid <= 0)
		return 0;
	return waitid(P_PID, t->pid, &info,
		      WEXITED | WNOHANG | WNOWAIT | __WALL) ||
	       info.si_pid;
}

/*
 * The naps are long because their end writes errno, which a worker with the
 * test's thread pointer may be about to read.
 */
int worker_done_within(struct worker *t, int ms)
{
	long long deadline = clock_ms() + ms;

	while (!worker_is_idle(t)) {
		if (clock_ms() >= deadline || worker_is_dead(t))
			return worker_is_idle(t);
		worker_sleep(t, TURN_WORKER, ms < 1000 ? ms : 1000);
	}
	return 1;
}

long worker_result(struct worker *t)
{
	return worker_done_within(t, WORKER_TIMEOUT) ? t->ret : WORKER_STUCK;
}

void worker_post(struct worker *t, worker_fn *fn, const long *arg)
{
	t->fn = fn ? (char *)fn - (char *)worker_do_syscall : 0;
	memcpy(t->arg, arg, sizeof(t->arg));
	worker_give_turn(t, TURN_WORKER);
}

long worker_call(struct worker *t, worker_fn *fn, const long *arg)
{
	if (!worker_is_idle(t))
		return WORKER_STUCK;
	worker_post(t, fn, arg);
	return worker_result(t);
}

/* --- birth and death ------------------------------------------------------- */

/* Returns the spawner's result; 0 also while it sleeps in a vfork(). */
static long wait_spawn_result(struct worker *by, struct worker *t,
			      worker_fn *how, const long *arg)
{
	if (!by)
		return how(arg);
	if (how != by_vfork && !(t->flags & CLONE_VFORK))
		return worker_call(by, how, arg);
	worker_post(by, how, arg);
	while (!worker_done_within(t, 1))
		if (worker_is_idle(by))
			return by->ret;
	return 0;
}

/* At a limit on tasks, others may be about to exit. */
static long spawn_within_a_second(struct worker *by, struct worker *t,
				  worker_fn *how, const long *arg)
{
	long ret = -EAGAIN;
	int round;

	for (round = 0; round < 100 && ret == -EAGAIN; round++) {
		if (round)
			poll(NULL, 0, 10);
		ret = wait_spawn_result(by, t, how, arg);
	}
	return ret;
}

/* Returns whether /proc shows the pid namespace of the test. */
static bool proc_is_ours(void)
{
	char self[16] = "";

	return readlink("/proc/self", self, sizeof(self) - 1) > 0 &&
	       atoi(self) == getpid();
}

/* Notes the parent of a worker that is not a thread. */
static void set_parent(struct worker *t, struct worker *by)
{
	if (t->flags & CLONE_PARENT) {
		t->parent = by ? by->parent : 0;
		t->parent_outside = by ? by->parent_outside : 0;
		return;
	}
	t->parent = by ? by->tgid : getpid();
	if ((!by || by->in_test_pidns) && proc_is_ours())
		t->parent_outside = t->parent;
}

struct worker *worker_spawn_with(struct worker *by, worker_fn *how,
				 unsigned long long flags, const long *more)
{
	int is_thread = flags & CLONE_THREAD || how == by_pthread_create;
	struct worker *t = worker_new();
	long ret = t->pid;

	t->flags = flags;
	t->is_child = !is_thread && (!by || flags & CLONE_PARENT);
	if (!is_thread)
		set_parent(t, by);
	if (!ret)
		ret = spawn_within_a_second(by, t, how,
					    WORKER_ARGS((long)t, flags, more[0],
							more[1]));
	if (ret >= 0 && worker_result(t) == WORKER_STUCK)
		ret = WORKER_STUCK;
	t->pid = ret ? ret : t->tid;
	t->in_test_pidns = t->pid == t->tid && t->pid != 1 &&
			   (!by || by->in_test_pidns);
	return t;
}

int worker_make_zombie(struct worker *t)
{
	if (!worker_is_idle(t))
		return WORKER_STUCK;
	worker_post(t, NULL, WORKER_ARGS(SYS_exit_group, 0));
	return wait_exit(t->pid);
}

int worker_reap(struct worker *t)
{
	pid_t pid = t->pid;
	int i, status;

	if (!t->is_child || pid <= 0)
		return -ECHILD;
	for (i = 0; i < 64; i++) {
		if (waitpid(pid, &status, __WALL | WNOHANG) == pid)
			break;
		sched_yield();
	}
	if (i == 64 && (wait_exit(pid) || waitpid(pid, &status, __WALL) != pid))
		return WORKER_STUCK;
	t->pid = -ECHILD;
	return status;
}

int worker_end(struct worker *t)
{
	if (t->is_child && t->pid > 0)
		kill(t->pid, SIGKILL);
	return worker_reap(t);
}

void workers_end(void)
{
	unsigned int i;

	for (i = 0; i < worker_count; i++)
		if (worker_area[i].is_child && worker_area[i].pid > 0)
			kill(worker_area[i].pid, SIGKILL);
	for (i = 0; i < worker_count; i++)
		worker_reap(&worker_area[i]);
	while (waitpid(-1, NULL, __WALL | WNOHANG) > 0)
		;
}

/* --- orders ---------------------------------------------------------------- */

unsigned long long permitted_caps(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { 0 };

	syscall(SYS_capget, &header, data);
	return data[0].permitted | (unsigned long long)data[1].permitted << 32;
}

int set_all_caps(unsigned long long permitted, unsigned long long effective,
		 unsigned long long inheritable)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = {
		{ effective, permitted, inheritable },
		{ effective >> 32, permitted >> 32, inheritable >> 32 },
	};

	return syscall(SYS_capset, &header, data);
}

int set_caps(unsigned long long permitted, unsigned long long effective)
{
	return set_all_caps(permitted, effective, 0);
}

long worker_set_caps(const long *arg)
{
	return set_caps((unsigned long)arg[0], (unsigned long)arg[1]) ? -errno :
									0;
}

int exit_at_once(void *unused)
{
	(void)unused;
	return 0;
}

/*
 * CLONE_SYSVSEM allocates the undo list (copy_semundo()), without a semaphore.
 * ioprio_set() allocates the io_context; without CONFIG_BLOCK it fails, which the
 * caller sees from kcmp_skip_reason().
 */
long worker_alloc_io_and_undo(const long *arg)
{
	int flags = CLONE_VM | CLONE_VFORK | CLONE_SYSVSEM | SIGCHLD;
	pid_t pid;

	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_BEST_EFFORT(4));
	pid = clone(exit_at_once, (void *)arg[0], flags, NULL);
	/* Old kernels refuse CLONE_VM after unshare(CLONE_NEWTIME). */
	if (pid == -1 && errno == EINVAL)
		pid = clone(exit_at_once, (void *)arg[0], flags & ~CLONE_VM,
			    NULL);
	if (pid == -1 || waitpid(pid, NULL, 0) != pid)
		return -errno;
	return 0;
}

long alloc_io_and_undo(void)
{
	char stack[4096] __attribute__((aligned(16)));
	long end = (long)stack + sizeof(stack);

	return worker_alloc_io_and_undo(WORKER_ARGS(end));
}

long worker_map_root(const long *arg)
{
	char uid[32], gid[32];

	snprintf(uid, sizeof(uid), "0 %ld 1", arg[0]);
	snprintf(gid, sizeof(gid), "0 %ld 1", arg[1]);
	return write_text("/proc/self/setgroups", "deny") ||
			       write_text("/proc/self/uid_map", uid) ||
			       write_text("/proc/self/gid_map", gid) ?
		       -EIO :
		       0;
}

long worker_open_userns(struct worker *t, pid_t of)
{
	snprintf(t->scratch, WORKER_SCRATCH, "/proc/%d/ns/user", of);
	return worker_syscall(t, SYS_openat, AT_FDCWD, (long)t->scratch,
			      O_RDONLY);
}
