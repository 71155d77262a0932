// SPDX-License-Identifier: GPL-2.0
/*
 * kcmp(2), for all types: which arguments it takes, which tasks the pids name,
 * which error comes first, when two tasks have the same object, and that the
 * answers are a total order that does not change.
 *
 * Sources: the manual page and, where it is silent, kernel/kcmp.c: ESRCH comes
 * first, then EPERM (perm_test), then EINVAL for the type.
 */
#include "kcmp_harness.h"
#include "namespace.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#define NEEDS_64BIT (sizeof(long) == 8 ? NULL : "needs 64-bit registers")

/* The upper half of a 64-bit register, filled with the bits of a lower one. */
#define UPPER_HALF (0xdeadca75UL << (sizeof(long) * 8 - 32))

/* Gives a worker an io_context and an undo list.  Returns 0 or -errno. */
static long alloc_worker_io_and_undo(struct worker *w)
{
	return worker_run(w, worker_alloc_io_and_undo,
			  (long)(w->scratch + WORKER_SCRATCH));
}

/* ------------------------------------------------------------------ */
/* Types that compare an object of each task.                          */

/*
 * The sharer has only the object in common with the test, and the other has
 * everything but the object: a kernel that compares the wrong field fails for
 * both.
 */
FIXTURE(object)
{
	struct worker *sharer, *other;
};

FIXTURE_VARIANT(object)
{
	int type;
	unsigned long shared, others;
};

/* clang-format off */
#define OBJECT_VARIANT(name, kind, flags, needed_by) \
FIXTURE_VARIANT_ADD(object, name) { \
	.type = kind, .shared = flags, \
	.others = CLONE_EVERYTHING & ~(needed_by), \
}

OBJECT_VARIANT(vm, KCMP_VM, CLONE_VM, CLONE_VM | CLONE_SIGHAND);
OBJECT_VARIANT(files, KCMP_FILES, CLONE_FILES, CLONE_FILES);
OBJECT_VARIANT(fs, KCMP_FS, CLONE_FS, CLONE_FS);
OBJECT_VARIANT(sighand, KCMP_SIGHAND, CLONE_SIGHAND | CLONE_VM, CLONE_SIGHAND);
OBJECT_VARIANT(io, KCMP_IO, CLONE_IO, CLONE_IO);
OBJECT_VARIANT(sysvsem, KCMP_SYSVSEM, CLONE_SYSVSEM, CLONE_SYSVSEM);
/* clang-format on */

FIXTURE_SETUP(object)
{
	SKIP_IF(kcmp_skip_reason(variant->type));
	ASSERT_EQ(0, alloc_io_and_undo());
	self->sharer = worker_spawn(variant->shared);
	ASSERT_SPAWNED(self->sharer);
	self->other = worker_spawn(variant->others);
	ASSERT_SPAWNED(self->other);
}

FIXTURE_TEARDOWN(object)
{
	workers_end();
}

TEST_F(object, same_for_one_task)
{
	pid_t me = getpid(), other = self->other->pid;

	EXPECT_KCMP(0, me, me, variant->type, 0, 0);
	EXPECT_KCMP(0, other, other, variant->type, 0, 0);
	EXPECT_KCMP_BY(self->other, 0, other, other, variant->type, 0, 0);
	EXPECT_KCMP_BY(self->other, 0, me, me, variant->type, 0, 0);
}

TEST_F(object, same_for_sharing_tasks)
{
	EXPECT_SAME(getpid(), self->sharer->pid, variant->type, 0, 0);
}

TEST_F(object, different_without_sharing)
{
	EXPECT_DIFFERENT(getpid(), self->other->pid, variant->type, 0, 0);
	EXPECT_DIFFERENT(self->sharer->pid, self->other->pid, variant->type, 0,
			 0);
}

/* The caller is not part of the comparison, only of the permission check. */
TEST_F(object, same_answer_for_every_caller)
{
	pid_t me = getpid(), sharer = self->sharer->pid;
	pid_t other = self->other->pid;
	long order = sys_kcmp(me, other, variant->type, 0, 0);

	EXPECT_KCMP(KCMP_DIFFERS, me, other, variant->type, 0, 0);
	EXPECT_KCMP(order, sharer, other, variant->type, 0, 0);
	EXPECT_KCMP_BY(self->other, order, me, other, variant->type, 0, 0);
	EXPECT_KCMP_BY(self->sharer, order, me, other, variant->type, 0, 0);
	EXPECT_KCMP_BY(self->other, 0, me, sharer, variant->type, 0, 0);
	EXPECT_KCMP_BY(self->sharer, 0, sharer, me, variant->type, 0, 0);
}

/* Returns the CPUs that the test may use, and their mask's size in bytes. */
static cpu_set_t *allowed_cpus(size_t *size)
{
	cpu_set_t *cpus;

	for (*size = sizeof(*cpus); *size <= 1 << 20; *size *= 2) {
		cpus = calloc(1, *size);
		if (!cpus || !sched_getaffinity(0, *size, cpus))
			return cpus;
		free(cpus);
		if (errno != EINVAL)
			break;
	}
	return NULL;
}

/* Moves the test to one CPU.  Returns 0 or -errno. */
static int move_to_cpu(int cpu, size_t size)
{
	cpu_set_t *one = calloc(1, size);
	int err;

	if (!one)
		return -ENOMEM;
	CPU_SET_S(cpu, size, one);
	err = sched_setaffinity(0, size, one) ? -errno : 0;
	free(one);
	return err;
}

/* Up to 16 CPUs: a kernel that keeps its order's secret per CPU has several. */
TEST_F(object, same_answer_on_every_cpu)
{
	pid_t me = getpid(), other = self->other->pid;
	long order = sys_kcmp(me, other, variant->type, 0, 0);
	size_t size;
	cpu_set_t *cpus = allowed_cpus(&size);
	int cpu, moved = 0;

	if (!cpus || sched_setaffinity(0, size, cpus))
		SKIP_IF("sched_setaffinity blocked by a seccomp filter");
	EXPECT_KCMP(KCMP_DIFFERS, me, other, variant->type, 0, 0);
	for (cpu = 0; cpu < (int)size * 8 && moved < 16; cpu++) {
		if (!CPU_ISSET_S(cpu, size, cpus) || move_to_cpu(cpu, size))
			continue;
		EXPECT_KCMP(order, me, other, variant->type, 0, 0);
		moved++;
	}
	EXPECT_LT(0, moved);
}

/* The other's pid lies between those of the two that share. */
TEST_F(object, order_follows_the_object)
{
	pid_t me = getpid(), other = self->other->pid;
	struct worker *late = worker_spawn(variant->shared);
	long order = sys_kcmp(me, other, variant->type, 0, 0);
	long back = sys_kcmp(other, me, variant->type, 0, 0);

	ASSERT_SPAWNED(late);
	EXPECT_DIFFERENT(me, other, variant->type, 0, 0);
	EXPECT_KCMP(order, late->pid, other, variant->type, 0, 0);
	EXPECT_KCMP(back, other, late->pid, variant->type, 0, 0);
	EXPECT_KCMP(0, me, late->pid, variant->type, 0, 0);
}

/* "idx1 and idx2 are ignored", also as descriptors and as addresses. */
TEST_F(object, indices_are_ignored)
{
	static const unsigned long idx[] = { 1,	       64,	 0xfff,
					     4096,     INT_MAX,	 UINT_MAX,
					     LONG_MAX, ULONG_MAX };
	pid_t me = getpid(), sharer = self->sharer->pid;
	pid_t other = self->other->pid;
	long order = sys_kcmp(me, other, variant->type, 0, 0);
	unsigned int i;

	EXPECT_KCMP(KCMP_DIFFERS, me, other, variant->type, 0, 0);
	for (i = 0; i < ARRAY_SIZE(idx); i++) {
		EXPECT_KCMP(0, me, sharer, variant->type, idx[i], 0);
		EXPECT_KCMP(0, me, sharer, variant->type, 0, idx[i]);
		EXPECT_KCMP(0, me, me, variant->type, idx[i], ~idx[i]);
		EXPECT_KCMP(order, me, other, variant->type, idx[i], 0);
		EXPECT_KCMP(order, me, other, variant->type, 0, idx[i]);
	}
}

/* The type is an int. */
TEST_F(object, upper_half_of_type_is_ignored)
{
	long type = variant->type | UPPER_HALF;

	SKIP_IF(NEEDS_64BIT);
	EXPECT_SAME(getpid(), self->sharer->pid, type, 0, 0);
	EXPECT_DIFFERENT(getpid(), self->other->pid, type, 0, 0);
}

/* A pid is an int. */
TEST_F(object, upper_half_of_pid_is_ignored)
{
	SKIP_IF(NEEDS_64BIT);
	EXPECT_SAME(getpid() | UPPER_HALF, self->sharer->pid, variant->type, 0,
		    0);
	EXPECT_DIFFERENT(getpid() | UPPER_HALF, self->other->pid, variant->type,
			 0, 0);
}

#define STATUS_SIZE 4096

/* Lines of /proc/PID/status that change without being asked. */
static bool is_volatile(const char *line)
{
	static const char *const prefix[] = {
		"Vm",	     "Rss",	  "Huge",      "SigQ",
		"Cpus",	     "Mems",	  "voluntary", "nonvoluntary",
		"State:\tR", "State:\tS", "State:\tD", "State:\tt",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefix); i++)
		if (!strncmp(line, prefix[i], strlen(prefix[i])))
			return true;
	return false;
}

/* Copies the others.  Returns whether the file could be read. */
static bool read_status(pid_t pid, char *text)
{
	char path[32], line[512];
	size_t used = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	*text = '\0';
	while (status && fgets(line, sizeof(line), status))
		if (!is_volatile(line) && used + strlen(line) < STATUS_SIZE)
			used += sprintf(text + used, "%s", line);
	return status && !fclose(status);
}

/* Returns the first line of "now" that differs from that of "before", or "". */
static const char *changed_line(const char *before, char *now)
{
	size_t i, line = 0;

	for (i = 0; now[i] && now[i] == before[i]; i++)
		if (now[i] == '\n')
			line = i + 1;
	if (now[i] == before[i])
		return "";
	now[line + strcspn(now + line, "\n")] = '\0';
	return now + line;
}

/*
 * A question sends no signal, and changes no state, ids, capabilities or signal
 * mask, neither the caller's nor the target's.  All signals are blocked, and
 * would be shown as pending.
 */
TEST_F(object, proc_status_is_unchanged)
{
	char mine[2][STATUS_SIZE], its[2][STATUS_SIZE];
	pid_t me = getpid(), child = fork_idle_child(0);
	sigset_t set;

	ASSERT_LT(0, child);
	sigfillset(&set);
	ASSERT_EQ(0, sigprocmask(SIG_SETMASK, &set, NULL));
	if (!read_status(child, its[0]))
		SKIP_IF("needs /proc without hidepid");
	ASSERT_TRUE(read_status(me, mine[0]));
	EXPECT_SAME(child, child, variant->type, 0, 0);
	EXPECT_KCMP(KCMP_ANSWERS, me, child, variant->type, 0, 0);
	EXPECT_KCMP(KCMP_ANSWERS, child, me, variant->type, 0, 0);
	ASSERT_TRUE(read_status(me, mine[1]));
	ASSERT_TRUE(read_status(child, its[1]));
	EXPECT_STREQ("", changed_line(mine[0], mine[1]));
	EXPECT_STREQ("", changed_line(its[0], its[1]));
	kill(child, SIGKILL);
}

/* Attributes of a task that /proc/PID/status does not show. */
struct attributes {
	int death_signal, dumpable;
	long timer_slack;
	struct robust_list_head *robust_list;
	unsigned long blocked[4]; /* signals */
};

/* arg: where to put a robust list, which is empty.  No signal is blocked. */
static long set_attributes(const long *arg)
{
	struct robust_list_head *head = (struct robust_list_head *)arg[0];
	unsigned long none[4] = { 0 };

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL, _NSIG / 8);
	syscall(SYS_prctl, PR_SET_TIMERSLACK, 70000, 0, 0, 0);
	head->list.next = &head->list;
	return syscall(SYS_set_robust_list, head, sizeof(*head));
}

/* arg: where to put the attributes. */
static long note_attributes(const long *arg)
{
	struct attributes *a = (struct attributes *)arg[0];
	size_t size;

	memset(a, 0, sizeof(*a));
	syscall(SYS_prctl, PR_GET_PDEATHSIG, &a->death_signal, 0, 0, 0);
	a->dumpable = syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
	a->timer_slack = syscall(SYS_prctl, PR_GET_TIMERSLACK, 0, 0, 0, 0);
	syscall(SYS_get_robust_list, 0, &a->robust_list, &size);
	return syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, a->blocked,
		       _NSIG / 8);
}

#define EXPECT_SAME_ATTRIBUTES(a, b)                             \
	do {                                                     \
		EXPECT_EQ((a)->death_signal, (b)->death_signal); \
		EXPECT_EQ((a)->dumpable, (b)->dumpable);         \
		EXPECT_EQ((a)->timer_slack, (b)->timer_slack);   \
		EXPECT_EQ((a)->robust_list, (b)->robust_list);   \
		EXPECT_EQ((a)->blocked[0], (b)->blocked[0]);     \
		EXPECT_EQ((a)->blocked[1], (b)->blocked[1]);     \
	} while (0)

/* Three workers, so that one asks about the two others and about itself. */
TEST_F(object, attributes_of_tasks_are_unchanged)
{
	struct attributes before[3], *after;
	struct worker *w[3];
	long robust_list;
	int i;

	for (i = 0; i < 3; i++) {
		w[i] = worker_spawn(0);
		ASSERT_SPAWNED(w[i]);
		after = (struct attributes *)w[i]->scratch;
		robust_list = (long)(w[i]->scratch + WORKER_SCRATCH / 2);
		worker_run(w[i], set_attributes, robust_list);
		worker_run(w[i], note_attributes, (long)after);
		before[i] = *after;
	}
	EXPECT_KCMP_BY(w[0], KCMP_ANSWERS, w[1]->pid, w[2]->pid, variant->type,
		       0, 0);
	EXPECT_KCMP_BY(w[0], KCMP_ANSWERS, w[2]->pid, w[0]->pid, variant->type,
		       0, 0);
	EXPECT_KCMP_BY(w[0], -ESRCH, w[0]->pid, -1, variant->type, 0, 0);
	for (i = 0; i < 3; i++) {
		after = (struct attributes *)w[i]->scratch;
		worker_run(w[i], note_attributes, (long)after);
		EXPECT_SAME_ATTRIBUTES(&before[i], after);
		/* It is inherited, also from a test that has asked. */
		EXPECT_EQ(proc_status_field(getppid(), "NoNewPrivs"),
			  proc_status_field(w[i]->pid, "NoNewPrivs"));
	}
}

/*
 * arg: an empty epoll instance, where an event goes.  Sleeps until a signal: EINTR,
 * not a restart.
 */
static long sleep_in_epoll_wait(const long *arg)
{
	return syscall(SYS_epoll_pwait, arg[0], arg[1], 1, -1, NULL, 0);
}

/* A question does not end the target's sleep, nor its stop. */
TEST_F(object, target_is_not_woken)
{
	struct worker *sleeper, *stopped;
	int efd = epoll_create1(0);
	pid_t me = getpid();
	siginfo_t info;
	char state;

	SKIP_IF(efd == -1 ? errno_skip_reason("needs CONFIG_EPOLL",
					      BLOCKED("epoll_create1")) :
			    NULL);
	sleeper = worker_spawn(0);
	ASSERT_SPAWNED(sleeper);
	stopped = worker_spawn(0);
	ASSERT_SPAWNED(stopped);
	if (!task_state(sleeper->pid, sleeper->pid))
		SKIP_IF("needs /proc without hidepid");
	worker_post(sleeper, sleep_in_epoll_wait,
		    WORKER_ARGS(efd, (long)sleeper->scratch));
	ASSERT_EQ(0, kill(stopped->pid, SIGSTOP));
	ASSERT_TRUE(wait_state(sleeper->pid, sleeper->pid, 'S'));
	ASSERT_EQ(0, waitid(P_PID, stopped->pid, &info, WSTOPPED));
	/* T, or t under a tracer such as strace. */
	state = task_state(stopped->pid, stopped->pid);
	EXPECT_KCMP(KCMP_ANSWERS, me, sleeper->pid, variant->type, 0, 0);
	EXPECT_KCMP(KCMP_ANSWERS, sleeper->pid, stopped->pid, variant->type, 0,
		    0);
	EXPECT_KCMP(KCMP_ANSWERS, stopped->pid, sleeper->pid, variant->type, 0,
		    0);
	EXPECT_KCMP(KCMP_ANSWERS, stopped->pid, me, variant->type, 0, 0);
	/* Gives it the time to return. */
	usleep(2000);
	EXPECT_FALSE(worker_is_idle(sleeper));
	EXPECT_EQ(state, task_state(stopped->pid, stopped->pid));
}

/* ------------------------------------------------------------------ */
/* Types that no kernel has, nor will have soon.                       */

FIXTURE(bad_type)
{
	struct worker *child;
};

FIXTURE_VARIANT(bad_type)
{
	int type;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(bad_type, minus_one) { .type = -1 };
FIXTURE_VARIANT_ADD(bad_type, int_min) { .type = INT_MIN };
FIXTURE_VARIANT_ADD(bad_type, int_max) { .type = INT_MAX };
FIXTURE_VARIANT_ADD(bad_type, file_and_bit_8) { .type = 0x100 | KCMP_FILE };
FIXTURE_VARIANT_ADD(bad_type, vm_and_bit_8) { .type = 0x100 | KCMP_VM };
FIXTURE_VARIANT_ADD(bad_type, vm_and_bit_16) { .type = 0x10000 | KCMP_VM };
FIXTURE_VARIANT_ADD(bad_type, vm_and_sign) { .type = INT_MIN | KCMP_VM };
/* clang-format on */

FIXTURE_SETUP(bad_type)
{
	SKIP_IF(kcmp_skip_reason(KCMP_VM) ?: kcmp_skip_reason(variant->type));
	self->child = worker_spawn(0);
	ASSERT_SPAWNED(self->child);
}

FIXTURE_TEARDOWN(bad_type)
{
	workers_end();
}

TEST_F(bad_type, is_einval)
{
	pid_t me = getpid(), child = self->child->pid;

	EXPECT_KCMP(0, me, me, KCMP_VM, 0, 0);
	EXPECT_KCMP(-EINVAL, me, me, variant->type, 0, 0);
	EXPECT_KCMP(-EINVAL, me, child, variant->type, 0, 0);
	EXPECT_KCMP(-EINVAL, child, me, variant->type, 0, 0);
	EXPECT_KCMP(-EINVAL, child, child, variant->type, 0, 0);
}

/* EINVAL for the type comes before idx1 and idx2 are used. */
TEST_F(bad_type, is_einval_for_any_index)
{
	static const unsigned long idx[] = { 1, INT_MAX, ULONG_MAX };
	pid_t me = getpid();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(idx); i++) {
		EXPECT_KCMP(-EINVAL, me, me, variant->type, idx[i], 0);
		EXPECT_KCMP(-EINVAL, me, me, variant->type, 0, idx[i]);
		EXPECT_KCMP(-EINVAL, me, me, variant->type, idx[i], idx[i]);
	}
}

/* ------------------------------------------------------------------ */
/* Pids that no task has: ESRCH comes before any other error.          */

FIXTURE(unused_pid)
{
	pid_t me, no;
};

FIXTURE_VARIANT(unused_pid)
{
	pid_t pid;
	bool of_me;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(unused_pid, zero) { .pid = 0 };
FIXTURE_VARIANT_ADD(unused_pid, minus_one) { .pid = -1 };
FIXTURE_VARIANT_ADD(unused_pid, int_min) { .pid = INT_MIN };
FIXTURE_VARIANT_ADD(unused_pid, int_max) { .pid = INT_MAX };
FIXTURE_VARIANT_ADD(unused_pid, minus_own_pid) { .of_me = true };
/* PID_MAX_LIMIT, which no pid reaches on any kernel. */
FIXTURE_VARIANT_ADD(unused_pid, pid_max_limit) { .pid = 4 * 1024 * 1024 };
/* clang-format on */

FIXTURE_SETUP(unused_pid)
{
	SKIP_IF(kcmp_skip_reason_any());
	self->me = getpid();
	self->no = variant->of_me ? -self->me : variant->pid;
	EXPECT_KCMP(0, self->me, self->me, KCMP_VM, 0, 0);
}

FIXTURE_TEARDOWN(unused_pid)
{
}

TEST_F(unused_pid, is_esrch_as_pid1)
{
	int type;

	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++)
		EXPECT_KCMP(-ESRCH, self->no, self->me, type, 0, 0);
}

TEST_F(unused_pid, is_esrch_as_pid2)
{
	int type;

	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++)
		EXPECT_KCMP(-ESRCH, self->me, self->no, type, 0, 0);
}

TEST_F(unused_pid, is_esrch_as_both)
{
	int type;

	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++)
		EXPECT_KCMP(-ESRCH, self->no, self->no, type, 0, 0);
}

TEST_F(unused_pid, is_esrch_before_einval)
{
	pid_t me = self->me;

	EXPECT_KCMP(-EINVAL, me, me, INT_MAX, 0, 0);
	EXPECT_KCMP(-ESRCH, self->no, me, INT_MAX, 0, 0);
	EXPECT_KCMP(-ESRCH, me, self->no, -1, 0, 0);
}

TEST_F(unused_pid, is_esrch_before_ebadf)
{
	pid_t me = self->me;

	EXPECT_KCMP(-EBADF, me, me, KCMP_FILE, INT_MAX, 0);
	EXPECT_KCMP(-ESRCH, self->no, me, KCMP_FILE, 0, INT_MAX);
	EXPECT_KCMP(-ESRCH, me, self->no, KCMP_FILE, INT_MAX, 0);
}

TEST_F(unused_pid, is_esrch_before_efault)
{
	EXPECT_KCMP(-ESRCH, self->no, self->me, KCMP_EPOLL_TFD, 0, 0);
	EXPECT_KCMP(-ESRCH, self->me, self->no, KCMP_EPOLL_TFD, 0, 0);
	EXPECT_KCMP(-ESRCH, self->me, self->no, KCMP_EPOLL_TFD, 0, ~0UL);
}

/* ------------------------------------------------------------------ */
/* Tasks that a pid names.                                             */

FIXTURE(pid)
{
	pid_t me;
};

FIXTURE_SETUP(pid)
{
	SKIP_IF(kcmp_skip_reason_any());
	self->me = getpid();
}

FIXTURE_TEARDOWN(pid)
{
	workers_end();
}

TEST_F(pid, reaped_child_is_esrch)
{
	struct worker *child = worker_spawn(0);
	pid_t gone = child->pid;
	int type;

	ASSERT_SPAWNED(child);
	EXPECT_DIFFERENT(self->me, gone, KCMP_VM, 0, 0);
	ASSERT_LE(0, worker_end(child));
	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++) {
		EXPECT_ESRCH_IF_UNUSED(NULL, gone, self->me, gone, type);
		EXPECT_ESRCH_IF_UNUSED(NULL, gone, gone, self->me, type);
		EXPECT_ESRCH_IF_UNUSED(NULL, gone, gone, gone, type);
	}
}

/* The pid is still in use, as the id of a session and a process group. */
TEST_F(pid, reaped_session_leader_is_esrch)
{
	struct worker *leader = worker_spawn(0), *member;
	pid_t gone = leader->pid;

	ASSERT_SPAWNED(leader);
	ASSERT_EQ(gone, worker_syscall(leader, SYS_setsid));
	member = worker_spawn_by(leader, by_clone, CLONE_PARENT, 0);
	ASSERT_SPAWNED(member);
	ASSERT_LE(0, worker_end(leader));
	ASSERT_EQ(gone, getsid(member->pid));
	EXPECT_KCMP(-ESRCH, self->me, gone, KCMP_VM, 0, 0);
	EXPECT_KCMP(-ESRCH, gone, self->me, KCMP_VM, 0, 0);
	EXPECT_KCMP(-ESRCH, gone, gone, KCMP_VM, 0, 0);
}

TEST_F(pid, exited_thread_is_esrch)
{
	struct worker *thread = worker_spawn(CLONE_A_THREAD);
	pid_t gone = thread->pid;

	ASSERT_SPAWNED(thread);
	EXPECT_SAME(self->me, gone, KCMP_VM, 0, 0);
	worker_post(thread, NULL, WORKER_ARGS(SYS_exit, 0));
	ASSERT_TRUE(wait_state(self->me, gone, 0));
	EXPECT_ESRCH_IF_UNUSED(NULL, gone, self->me, gone, KCMP_VM);
	EXPECT_ESRCH_IF_UNUSED(NULL, gone, gone, self->me, KCMP_VM);
}

#define KTHREADD 2 /* but in a pid namespace */

static const char *kthreadd_skip_reason(void)
{
	unsigned int flags = 0;
	FILE *stat = fopen("/proc/2/stat", "re");
	char self[16] = "";

	if (!stat && kill(KTHREADD, 0) == -1 && errno == EPERM)
		return "needs /proc without hidepid";
	if (stat &&
	    fscanf(stat, "%*d %*s %*c %*d %*d %*d %*d %*d %u", &flags) != 1)
		flags = 0;
	if (stat)
		fclose(stat);
	/* /proc may be that of another pid namespace. */
	if (readlink("/proc/self", self, sizeof(self) - 1) > 0 &&
	    atoi(self) == getpid() && flags & 0x00200000) /* PF_KTHREAD */
		return NULL;
	return "needs the initial pid namespace (kernel threads)";
}

/* EPERM and any answer are right, ESRCH is not; a kthread has no fd table. */
TEST_F(pid, kernel_thread_is_found)
{
	pid_t me = self->me, kthread = KTHREADD;
	int type;

	SKIP_IF(kthreadd_skip_reason());
	for (type = KCMP_FILE; type <= KCMP_SYSVSEM; type++) {
		long found = type == KCMP_FILE ? -EBADF : KCMP_ANSWERS;

		if (kcmp_skip_reason(type))
			continue;
		if (sys_kcmp(kthread, kthread, type, 0, 0) == -EPERM)
			found = -EPERM;
		EXPECT_KCMP(found, me, kthread, type, 0, 0);
		EXPECT_KCMP(found, kthread, me, type, 0, 0);
		EXPECT_KCMP(found, kthread, kthread, type, 0, 0);
	}
}

/* No pid is above PID_MAX_LIMIT; the lower bits are those of a child. */
TEST_F(pid, all_32_bits_are_used)
{
	struct worker *child = worker_spawn(0);
	int bit;

	ASSERT_SPAWNED(child);
	EXPECT_DIFFERENT(self->me, child->pid, KCMP_VM, 0, 0);
	for (bit = 22; bit < 32; bit++) {
		pid_t pid = child->pid | 1U << bit;

		EXPECT_KCMP(-ESRCH, self->me, pid, KCMP_VM, 0, 0);
		EXPECT_KCMP(-ESRCH, pid, self->me, KCMP_VM, 0, 0);
	}
}

TEST_F(pid, thread_id_is_accepted)
{
	struct worker *thread = worker_spawn(CLONE_A_THREAD);
	struct worker *child = worker_spawn(0);
	pid_t tid = thread->pid;

	ASSERT_SPAWNED(thread);
	ASSERT_SPAWNED(child);
	EXPECT_SAME(tid, tid, KCMP_VM, 0, 0);
	EXPECT_SAME(self->me, tid, KCMP_VM, 0, 0);
	EXPECT_SAME(self->me, tid, KCMP_SIGHAND, 0, 0);
	EXPECT_DIFFERENT(tid, child->pid, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(thread, 0, tid, self->me, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(child, 0, tid, self->me, KCMP_VM, 0, 0);
}

/* A thread may have an fd table and an fs_struct that its leader has not. */
TEST_F(pid, thread_id_is_not_its_leader)
{
	struct worker *thread = worker_spawn(CLONE_A_THREAD);
	struct worker *child = worker_spawn(CLONE_FILES | CLONE_FS);
	pid_t tid = thread->pid;

	ASSERT_SPAWNED(thread);
	ASSERT_SPAWNED(child);
	EXPECT_SAME(tid, tid, KCMP_FILES, 0, 0);
	EXPECT_SAME(tid, tid, KCMP_FS, 0, 0);
	EXPECT_DIFFERENT(self->me, tid, KCMP_FILES, 0, 0);
	EXPECT_DIFFERENT(self->me, tid, KCMP_FS, 0, 0);
	EXPECT_SAME(self->me, child->pid, KCMP_FILES, 0, 0);
	EXPECT_DIFFERENT(tid, child->pid, KCMP_FILES, 0, 0);
	EXPECT_DIFFERENT(tid, child->pid, KCMP_FS, 0, 0);
}

/* ------------------------------------------------------------------ */
/* Numbers that mean something elsewhere in the kernel.                */

/*
 * AT_FDCWD, -errno, process groups, and each power of two and its neighbours:
 * the n-th of them.
 */
#define SPECIAL_NUMBERS (32 * 3 + 64 + 10)

static int special_number(int n)
{
	static const int known[] = {
		AT_FDCWD, -2,	 -4,	      -22,	   -4095,
		-4096,	  -4097, INT_MIN + 1, INT_MIN + 2, INT_MAX - 1,
	};

	if (n < 32 * 3)
		return (1U << n / 3) + n % 3 - 1;
	n -= 32 * 3;
	return n < 64 ? -1 - n * 64 : known[n - 64];
}

FIXTURE(special_number)
{
	pid_t me;
};

FIXTURE_SETUP(special_number)
{
	SKIP_IF(kcmp_skip_reason_any());
	self->me = getpid();
}

FIXTURE_TEARDOWN(special_number)
{
}

/* Positive pids below PID_MAX_LIMIT may be those of a task. */
TEST_F(special_number, pid_is_esrch)
{
	pid_t me = self->me;
	int n;

	EXPECT_KCMP(0, me, me, KCMP_VM, 0, 0);
	for (n = 0; n < SPECIAL_NUMBERS; n++) {
		pid_t pid = special_number(n);

		if (pid > 0 && pid < 4 * 1024 * 1024)
			continue;
		EXPECT_KCMP(-ESRCH, pid, me, KCMP_VM, 0, 0);
		EXPECT_KCMP(-ESRCH, me, pid, KCMP_VM, 0, 0);
		EXPECT_KCMP(-ESRCH, pid, pid, KCMP_VM, 0, 0);
	}
}

/* Types below 64 may become valid. */
TEST_F(special_number, type_is_einval)
{
	pid_t me = self->me;
	int n;

	EXPECT_KCMP(0, me, me, KCMP_VM, 0, 0);
	for (n = 0; n < SPECIAL_NUMBERS; n++) {
		int type = special_number(n);

		if (type < 0 || type >= 64)
			EXPECT_KCMP(-EINVAL, me, me, type, 0, 0);
	}
}

/* ------------------------------------------------------------------ */
/* Pids are looked up in the caller's pid namespace.                   */

FIXTURE(pidns)
{
	struct worker *init, *child;
};

FIXTURE_SETUP(pidns)
{
	SKIP_IF(kcmp_skip_reason_any());
	self->init = spawn_in_namespaces(CLONE_NEWPID);
	if (self->init->pid < 0)
		SKIP_IF(namespace_skip_reason(NS_CLONE, CLONE_NEWPID,
					      self->init->pid));
	ASSERT_SPAWNED(self->init);
	self->child = worker_spawn_by(self->init, by_clone, 0, 0);
	ASSERT_SPAWNED(self->child);
	ASSERT_EQ(2, self->child->pid);
	ASSERT_LT(2, getpid());
}

FIXTURE_TEARDOWN(pidns)
{
	workers_end();
}

TEST_F(pidns, inner_pid_works_inside)
{
	EXPECT_KCMP_BY(self->init, 0, 1, 1, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(self->child, 0, 2, 2, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(self->init, KCMP_DIFFERS, 1, 2, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(self->child, KCMP_DIFFERS, 2, 1, KCMP_VM, 0, 0);
}

TEST_F(pidns, outer_pid_is_esrch_inside)
{
	pid_t me = getpid(), init = self->init->pid;

	EXPECT_KCMP_BY(self->init, -ESRCH, 1, me, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(self->init, -ESRCH, me, 1, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(self->init, -ESRCH, init, init, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(self->child, -ESRCH, 2, init, KCMP_VM, 0, 0);
}

/* getppid() is 0 where the parent is in an outer pid namespace. */
TEST_F(pidns, outer_parent_is_esrch_inside)
{
	long ppid = worker_syscall(self->init, SYS_getppid);

	ASSERT_EQ(0, ppid);
	EXPECT_KCMP_BY(self->init, -ESRCH, ppid, 1, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(self->init, -ESRCH, 1, ppid, KCMP_VM, 0, 0);
}

TEST_F(pidns, outer_pid_works_outside)
{
	EXPECT_SAME(self->init->pid, self->init->pid, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(getpid(), self->init->pid, KCMP_VM, 0, 0);
}

/* The caller has unshared its pid namespace: its children are in a new one. */
FIXTURE(unshared_pidns)
{
	struct worker *caller, *inner[4];
};

FIXTURE_SETUP(unshared_pidns)
{
	long err;
	int i;

	SKIP_IF(kcmp_skip_reason_any());
	self->caller = worker_spawn(0);
	ASSERT_SPAWNED(self->caller);
	err = unshare_namespaces(self->caller, CLONE_NEWPID);
	if (err)
		SKIP_IF(namespace_skip_reason(NS_UNSHARE, CLONE_NEWPID, err));
	ASSERT_EQ(0, err);
	for (i = 0; i < 4; i++) {
		self->inner[i] = worker_spawn_by(self->caller, by_clone, 0, 0);
		ASSERT_SPAWNED(self->inner[i]);
		ASSERT_EQ(i + 1, self->inner[i]->tid);
	}
	ASSERT_LT(4, getpid());
}

FIXTURE_TEARDOWN(unshared_pidns)
{
	workers_end();
}

TEST_F(unshared_pidns, caller_keeps_its_namespace)
{
	struct worker *caller = self->caller, *inner = self->inner[0];
	pid_t me = getpid(), pid = caller->pid;

	EXPECT_KCMP_BY(caller, 0, pid, pid, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(caller, KCMP_DIFFERS, pid, inner->pid, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(caller, KCMP_DIFFERS, inner->pid, pid, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(inner, 0, 1, 1, KCMP_VM, 0, 0);
	EXPECT_KCMP_BY(inner, -ESRCH, 1, me, KCMP_VM, 0, 0);
}

/* The pids are others inside, but the objects and so their order are the same. */
TEST_F(unshared_pidns, order_is_the_same_inside)
{
	struct worker **inner = self->inner;
	int i, j, type;

	for (i = 0; i < 4; i++)
		for (j = 0; j < i; j++)
			for (type = KCMP_VM; type <= KCMP_SIGHAND; type++) {
				long order = sys_kcmp(inner[i]->pid,
						      inner[j]->pid, type, 0,
						      0);

				EXPECT_KCMP(KCMP_DIFFERS, inner[i]->pid,
					    inner[j]->pid, type, 0, 0);
				EXPECT_KCMP_BY(inner[0], order, inner[i]->tid,
					       inner[j]->tid, type, 0, 0);
			}
}

/* ------------------------------------------------------------------ */
/* Zombies: their objects are gone, their pid is not.                  */

FIXTURE(zombie)
{
	struct worker *zombie, *sharer, *living[4];
	int fd;
};

FIXTURE_SETUP(zombie)
{
	int ends[2], i;

	SKIP_IF(kcmp_skip_reason_any());
	ASSERT_EQ(0, alloc_io_and_undo());
	ASSERT_EQ(0, pipe(ends));
	self->fd = ends[0];
	self->zombie = worker_spawn(0);
	ASSERT_SPAWNED(self->zombie);
	for (i = 0; i < 4; i++) {
		self->living[i] = worker_spawn(0);
		ASSERT_SPAWNED(self->living[i]);
	}
	self->sharer = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(self->sharer);
	EXPECT_KCMP(0, getpid(), self->zombie->pid, KCMP_FILE, self->fd,
		    self->fd);
	ASSERT_EQ(0, worker_make_zombie(self->zombie));
}

FIXTURE_TEARDOWN(zombie)
{
	workers_end();
}

/* Whether two NULL pointers are equal is not asserted; ESRCH is wrong. */
TEST_F(zombie, is_found)
{
	pid_t me = getpid(), zombie = self->zombie->pid;
	int type;

	for (type = KCMP_VM; type <= KCMP_SYSVSEM; type++) {
		if (kcmp_skip_reason(type))
			continue;
		EXPECT_KCMP(KCMP_ANSWERS, me, zombie, type, 0, 0);
		EXPECT_KCMP(KCMP_ANSWERS, zombie, me, type, 0, 0);
		EXPECT_KCMP(KCMP_ANSWERS, zombie, zombie, type, 0, 0);
	}
}

/* A NULL pointer is ordered consistently as well. */
TEST_F(zombie, is_ordered)
{
	static const int type[] = { KCMP_VM, KCMP_FILES, KCMP_FS };
	pid_t zombie = self->zombie->pid;
	unsigned int i, n;

	for (n = 0; n < 4; n++) {
		pid_t pid = self->living[n]->pid;

		for (i = 0; i < ARRAY_SIZE(type); i++) {
			long there = sys_kcmp(pid, zombie, type[i], 0, 0);

			EXPECT_KCMP(there == 1 ? 1 : 2, pid, zombie, type[i], 0,
				    0);
			EXPECT_KCMP(there == 1 ? 2 : 1, zombie, pid, type[i], 0,
				    0);
		}
	}
}

TEST_F(zombie, has_no_fd_table)
{
	pid_t me = getpid(), zombie = self->zombie->pid;
	int fd = self->fd;

	EXPECT_KCMP(-EBADF, me, zombie, KCMP_FILE, fd, fd);
	EXPECT_KCMP(-EBADF, zombie, me, KCMP_FILE, fd, fd);
	EXPECT_KCMP(-EBADF, zombie, zombie, KCMP_FILE, fd, fd);
}

TEST_F(zombie, is_esrch_when_reaped)
{
	pid_t me = getpid(), zombie = self->zombie->pid;

	ASSERT_EQ(0, worker_end(self->zombie));
	EXPECT_ESRCH_IF_UNUSED(NULL, zombie, me, zombie, KCMP_VM);
	EXPECT_ESRCH_IF_UNUSED(NULL, zombie, zombie, me, KCMP_VM);
}

/*
 * do_exit() drops the io_context last, after it has told the parent: waits for
 * two tasks, of which one has ended, to differ in it.  The mm goes first: a kernel
 * that calls that the same is not waited for.
 */
static void wait_until_io_differs(pid_t a, pid_t b)
{
	long long end = clock_ms() + WORKER_TIMEOUT;

	if (!kcmp_differs(sys_kcmp(a, b, KCMP_VM, 0, 0)))
		return;
	while (!sys_kcmp(a, b, KCMP_IO, 0, 0) && clock_ms() < end)
		poll(NULL, 0, 1);
}

/* A zombie keeps its sighand until it is reaped. */
TEST_F(zombie, shares_nothing)
{
	pid_t me = getpid(), sharer = self->sharer->pid;
	int type;

	for (type = KCMP_VM; type <= KCMP_SYSVSEM; type++)
		if (!kcmp_skip_reason(type))
			EXPECT_SAME(me, sharer, type, 0, 0);
	ASSERT_EQ(0, worker_make_zombie(self->sharer));
	if (!kcmp_skip_reason(KCMP_IO))
		wait_until_io_differs(me, sharer);
	for (type = KCMP_VM; type <= KCMP_SYSVSEM; type++)
		if (!kcmp_skip_reason(type) && type != KCMP_SIGHAND)
			EXPECT_DIFFERENT(me, sharer, type, 0, 0);
}

/* A thread group whose leader has ended, as by pthread_exit(). */
FIXTURE(exited_leader)
{
	struct worker *leader, *thread;
	int fd;
};

FIXTURE_SETUP(exited_leader)
{
	const unsigned long shared = CLONE_EVERYTHING | CLONE_THREAD;
	int ends[2];

	SKIP_IF(kcmp_skip_reason_any());
	ASSERT_EQ(0, pipe(ends));
	self->fd = ends[0];
	self->leader = worker_spawn(0);
	ASSERT_SPAWNED(self->leader);
	if (!task_state(self->leader->pid, self->leader->pid))
		SKIP_IF("needs /proc without hidepid");
	ASSERT_EQ(0, alloc_worker_io_and_undo(self->leader));
	self->thread = worker_spawn_by(self->leader, by_clone, shared, 0);
	ASSERT_SPAWNED(self->thread);
	EXPECT_KCMP(0, self->leader->pid, self->thread->pid, KCMP_FILES, 0, 0);
	EXPECT_KCMP(0, self->leader->pid, self->thread->pid, KCMP_IO, 0, 0);
	worker_post(self->leader, NULL, WORKER_ARGS(SYS_exit, 0));
	/* CLONE_CHILD_CLEARTID would fire before the fd table is gone. */
	ASSERT_TRUE(wait_state(self->leader->pid, self->leader->pid, 'Z'));
}

FIXTURE_TEARDOWN(exited_leader)
{
	workers_end();
}

TEST_F(exited_leader, shares_nothing_with_thread)
{
	pid_t leader = self->leader->pid, thread = self->thread->pid;

	EXPECT_DIFFERENT(leader, thread, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(leader, thread, KCMP_FILES, 0, 0);
	EXPECT_DIFFERENT(leader, thread, KCMP_FS, 0, 0);
	if (!kcmp_skip_reason(KCMP_SYSVSEM))
		EXPECT_DIFFERENT(leader, thread, KCMP_SYSVSEM, 0, 0);
	if (!kcmp_skip_reason(KCMP_IO)) {
		wait_until_io_differs(leader, thread);
		EXPECT_DIFFERENT(leader, thread, KCMP_IO, 0, 0);
	}
}

TEST_F(exited_leader, has_no_fd_table)
{
	pid_t me = getpid(), leader = self->leader->pid;
	int fd = self->fd;

	EXPECT_KCMP(-EBADF, me, leader, KCMP_FILE, fd, fd);
	EXPECT_KCMP(-EBADF, leader, me, KCMP_FILE, fd, fd);
	EXPECT_KCMP(-EBADF, self->thread->pid, leader, KCMP_FILE, fd, fd);
}

TEST_F(exited_leader, thread_keeps_objects)
{
	pid_t me = getpid(), thread = self->thread->pid;

	EXPECT_SAME(me, thread, KCMP_FILE, self->fd, self->fd);
	EXPECT_SAME(thread, thread, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(me, thread, KCMP_VM, 0, 0);
}

/* ------------------------------------------------------------------ */
/* "suitable for sorting": a strict total order, the same for everyone. */

#define MEMBERS 32

struct member {
	struct worker *worker; /* NULL: a descriptor of the test */
	pid_t pid;
	int fd;
};

/* Makes a member with an object of its own.  Returns its pid, or -errno. */
static long add_member(struct member *m, int n, int type, unsigned long shared)
{
	int ends[2];

	m->worker = NULL;
	m->pid = getpid();
	m->fd = 0;
	if (type != KCMP_FILE) {
		m->worker = worker_spawn(shared);
		m->pid = m->worker->pid;
		if (m->pid > 0 && (type == KCMP_IO || type == KCMP_SYSVSEM))
			worker_post(m->worker, worker_alloc_io_and_undo,
				    WORKER_ARGS((long)(m->worker->scratch +
						       WORKER_SCRATCH)));
	} else if (n % 3 == 0) {
		m->fd = open("/", O_PATH);
	} else if (n % 3 == 1) {
		m->fd = open("/proc/self/status", O_RDONLY);
	} else {
		m->fd = pipe(ends) ? -1 : ends[0];
	}
	return m->fd < 0 ? -errno : m->pid;
}

/* Waits for what add_member() has told the workers to do.  Returns 0 or -errno. */
static long wait_for_members(struct member *m, int count)
{
	long err = 0;
	int i;

	for (i = 0; i < count && !err; i++)
		if (m[i].worker)
			err = worker_result(m[i].worker);
	return err;
}

static long compare(const struct member *a, const struct member *b, int type)
{
	return sys_kcmp(a->pid, b->pid, type, a->fd, b->fd);
}

FIXTURE(order)
{
	struct member member[MEMBERS];
	long answer[MEMBERS][MEMBERS];
};

FIXTURE_VARIANT(order)
{
	int type;
	unsigned long shared;
};

/* clang-format off */
#define ORDER_VARIANT(fixture, name, kind, needed_by) \
FIXTURE_VARIANT_ADD(fixture, name) { \
	.type = kind, .shared = CLONE_EVERYTHING & ~(needed_by), \
}

#define ORDER_VARIANTS(fixture) \
ORDER_VARIANT(fixture, file, KCMP_FILE, 0); \
ORDER_VARIANT(fixture, vm, KCMP_VM, CLONE_VM | CLONE_SIGHAND); \
ORDER_VARIANT(fixture, files, KCMP_FILES, CLONE_FILES); \
ORDER_VARIANT(fixture, fs, KCMP_FS, CLONE_FS); \
ORDER_VARIANT(fixture, sighand, KCMP_SIGHAND, CLONE_SIGHAND); \
ORDER_VARIANT(fixture, io, KCMP_IO, CLONE_IO); \
ORDER_VARIANT(fixture, sysvsem, KCMP_SYSVSEM, CLONE_SYSVSEM)

ORDER_VARIANTS(order);
/* clang-format on */

FIXTURE_SETUP(order)
{
	pid_t pid;
	int i;

	SKIP_IF(kcmp_skip_reason(variant->type));
	for (i = 0; i < MEMBERS; i++) {
		pid = add_member(&self->member[i], i, variant->type,
				 variant->shared);
		ASSERT_SPAWNED((&(struct worker){ .pid = pid }));
	}
	ASSERT_EQ(0, wait_for_members(self->member, MEMBERS));
}

FIXTURE_TEARDOWN(order)
{
	workers_end();
}

static void ask_all_pairs(FIXTURE_DATA(order) *const self, int type)
{
	int i, j;

	for (i = 0; i < MEMBERS; i++)
		for (j = 0; j < MEMBERS; j++)
			self->answer[i][j] = compare(&self->member[i],
						     &self->member[j], type);
}

#define PAIRS_SHOWN 8

static const char *member_text(const struct member *m, char *text)
{
	sprintf(text, m->worker ? "pid %d" : "fd %d",
		m->worker ? m->pid : m->fd);
	return text;
}

/*
 * Returns how many pairs are wrong, and logs the first: the answer is 0 for a
 * member and itself, else 1 and 2 for the two ways round.
 */
static int log_bad_pairs(struct __test_metadata *_metadata,
			 FIXTURE_DATA(order) *const self)
{
	char a[16], b[16];
	int i, j, wrong = 0;

	for (i = 0; i < MEMBERS; i++)
		for (j = 0; j <= i; j++) {
			long there = self->answer[i][j];
			long back = self->answer[j][i];

			if (i == j ? !there :
				     (there == 1 && back == 2) ||
					     (there == 2 && back == 1))
				continue;
			if (wrong++ >= PAIRS_SHOWN)
				continue;
			TH_LOG("%s and %s: %s, and the other way round: %s",
			       member_text(&self->member[i], a),
			       member_text(&self->member[j], b),
			       kcmp_answer_text(there), kcmp_answer_text(back));
		}
	return wrong;
}

static bool is_less(FIXTURE_DATA(order) *const self, int a, int b)
{
	return self->answer[a][b] == 1;
}

/* Returns how many circles a < b < c < a there are, and logs the first. */
static int log_circles(struct __test_metadata *_metadata,
		       FIXTURE_DATA(order) *const self)
{
	char a[16], b[16], c[16];
	int i, j, k, circles = 0;

	for (i = 0; i < MEMBERS; i++)
		for (j = i + 1; j < MEMBERS; j++)
			for (k = i + 1; k < MEMBERS; k++) {
				if (!is_less(self, i, j) ||
				    !is_less(self, j, k) ||
				    !is_less(self, k, i))
					continue;
				if (circles++ >= PAIRS_SHOWN)
					continue;
				TH_LOG("%s < %s < %s < the first",
				       member_text(&self->member[i], a),
				       member_text(&self->member[j], b),
				       member_text(&self->member[k], c));
			}
	return circles;
}

/*
 * "1: v1 is less than v2; 2: v1 is greater than v2", for all pairs, and without
 * a circle.  Before Linux 3.17 it was the sign of a difference that overflowed:
 * every pair was consistent, but there were circles.  A consistent relation
 * without a circle of three has none at all.
 */
TEST_F(order, is_total_and_antisymmetric)
{
	ask_all_pairs(self, variant->type);
	EXPECT_EQ(0, log_bad_pairs(_metadata, self));
	EXPECT_EQ(0, log_circles(_metadata, self));
}

/* CRIU keeps tasks and files in trees that live longer than one call. */
FIXTURE(stable_order)
{
	struct member member[6];
	long before[6];
};

FIXTURE_VARIANT(stable_order)
{
	int type;
	unsigned long shared;
};

/* clang-format off */
ORDER_VARIANTS(stable_order);
/* clang-format on */

FIXTURE_SETUP(stable_order)
{
	pid_t pid;
	int i;

	SKIP_IF(kcmp_skip_reason(variant->type));
	for (i = 0; i < 6; i++) {
		pid = add_member(&self->member[i], i, variant->type,
				 variant->shared);
		ASSERT_SPAWNED((&(struct worker){ .pid = pid }));
	}
	ASSERT_EQ(0, wait_for_members(self->member, 6));
	for (i = 1; i < 6; i++)
		self->before[i] = compare(&self->member[0], &self->member[i],
					  variant->type);
}

FIXTURE_TEARDOWN(stable_order)
{
	workers_end();
}

/* Expects an order, and that of the set-up; caller: NULL for the test. */
static void
expect_same_order(struct __test_metadata *_metadata,
		  FIXTURE_DATA(stable_order) *const self,
		  const FIXTURE_VARIANT(stable_order) *const variant,
		  struct worker *caller)
{
	const struct member *first = &self->member[0], *m;
	int i, type = variant->type;

	for (i = 1; i < 6; i++) {
		m = &self->member[i];
		EXPECT_KCMP_BY(caller, KCMP_DIFFERS, first->pid, m->pid, type,
			       first->fd, m->fd);
		EXPECT_KCMP_BY(caller, self->before[i], first->pid, m->pid,
			       type, first->fd, m->fd);
	}
}

TEST_F(stable_order, same_for_every_caller)
{
	struct worker *caller[] = {
		worker_spawn(0),
		worker_spawn(CLONE_VM),
		worker_spawn(CLONE_EVERYTHING),
		worker_spawn(CLONE_A_THREAD),
		NULL,
		NULL,
	};
	unsigned int i;

	caller[4] = worker_spawn_by(caller[0], by_clone, 0, 0);
	for (i = 0; caller[i]; i++)
		ASSERT_SPAWNED(caller[i]);
	ASSERT_LT(0, worker_syscall(caller[1], SYS_setsid));
	for (i = 0; i < ARRAY_SIZE(caller); i++)
		expect_same_order(_metadata, self, variant, caller[i]);
}

#define STATES 7

/* arg: which attribute of the task to change. */
static long change_state(const long *arg)
{
	struct sock_filter allow = BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW);
	struct sock_fprog filter = { .len = 1, .filter = &allow };
	struct sched_param lowest = { .sched_priority = 1 };
	struct rlimit limit;

	switch (arg[0]) {
	case 0:
		return syscall(SYS_setpriority, PRIO_PROCESS, 0, 5);
	case 1:
		return syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &lowest);
	case 2:
		getrlimit(RLIMIT_NOFILE, &limit);
		limit.rlim_cur /= 2;
		return setrlimit(RLIMIT_NOFILE, &limit);
	case 3:
		return syscall(SYS_chdir, "/proc");
	case 4:
		return syscall(SYS_chroot, "/proc");
	case 5:
		return syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	}
	return syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

/* A state that the machine refuses is that of before. */
TEST_F(stable_order, same_for_caller_in_any_state)
{
	struct worker *caller = worker_spawn(0), *tracer = worker_spawn(0);
	int i;

	ASSERT_SPAWNED(caller);
	ASSERT_SPAWNED(tracer);
	for (i = 0; i < STATES; i++) {
		worker_run(caller, change_state, i);
		expect_same_order(_metadata, self, variant, caller);
	}
	worker_syscall(tracer, SYS_ptrace, PTRACE_SEIZE, caller->pid, 0, 0);
	expect_same_order(_metadata, self, variant, caller);
}

TEST_F(stable_order, same_after_execve_of_caller)
{
	struct worker *caller = worker_spawn(CLONE_VM);

	ASSERT_SPAWNED(caller);
	SKIP_IF(execve_skip_reason());
	expect_same_order(_metadata, self, variant, caller);
	ASSERT_EQ(0, worker_execve(caller, "/proc/self/exe"));
	expect_same_order(_metadata, self, variant, caller);
}

/* Tasks come and go, also children of the members. */
TEST_F(stable_order, same_while_tasks_fork_and_exit)
{
	struct worker *child, *parent = self->member[0].worker;
	int i;

	for (i = 0; i < 8; i++) {
		child = worker_spawn_by(parent, by_clone,
					parent ? CLONE_PARENT : 0, 0);
		ASSERT_SPAWNED(child);
		ASSERT_LE(0, worker_end(child));
	}
	expect_same_order(_metadata, self, variant, NULL);
}

#define OTHER_UID 65533

/*
 * arg: a uid, to become that by real and effective uid, with CAP_SYS_PTRACE.  The
 * saved uid lets the test, and its death, kill the worker.
 */
static long become_user_with_ptrace(const long *arg)
{
	pid_t parent = syscall(SYS_getppid);

	if (syscall(SYS_setresuid, arg[0], arg[0], -1))
		return -errno;
	/* The change has cleared the parent-death signal. */
	rearm_parent_death(parent);
	return worker_set_caps(WORKER_ARGS(CAP(SYS_PTRACE), CAP(SYS_PTRACE)));
}

static const char *other_user_skip_reason(long err)
{
	if (err == -EINVAL)
		return "needs a mapped uid 65533";
	return err ? "needs CAP_SETUID and CAP_SYS_PTRACE" : NULL;
}

TEST_F(stable_order, same_for_other_user)
{
	struct worker *caller = worker_spawn(0);
	long err;

	ASSERT_SPAWNED(caller);
	err = worker_run(caller, become_user_with_ptrace, OTHER_UID);
	SKIP_IF(other_user_skip_reason(err));
	expect_same_order(_metadata, self, variant, caller);
}

/*
 * Namespaces other than the user namespace, which would take the permission
 * away.  Kernels without some of them are fine.
 */
TEST_F(stable_order, same_in_other_namespaces)
{
	static const int namespaces[] = {
		CLONE_NEWNS,  CLONE_NEWUTS,    CLONE_NEWIPC,
		CLONE_NEWNET, CLONE_NEWCGROUP, CLONE_NEWTIME,
	};
	struct worker *caller = worker_spawn(0);
	unsigned int i, entered = 0;

	ASSERT_SPAWNED(caller);
	SKIP_IF(unshare_skip_reason());
	for (i = 0; i < ARRAY_SIZE(namespaces); i++)
		entered += !worker_syscall(caller, SYS_unshare, namespaces[i]);
	SKIP_IF(entered ? NULL : "needs CAP_SYS_ADMIN");
	expect_same_order(_metadata, self, variant, caller);
	/* A new time namespace is for children. */
	caller = worker_spawn_by(caller, by_clone, 0, 0);
	ASSERT_SPAWNED(caller);
	expect_same_order(_metadata, self, variant, caller);
}

static int by_file_order(const void *a, const void *b)
{
	long answer = sys_kcmp(getpid(), getpid(), KCMP_FILE, *(const int *)a,
			       *(const int *)b);

	return answer == 1 ? -1 : answer == 2 ? 1 : 0;
}

/* Of so many, some addresses differ in any one bit only. */
TEST(hundreds_of_files_are_different)
{
	enum { FILES = 600 };
	static int fd[FILES];
	pid_t me = getpid();
	int i;

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	for (i = 0; i < FILES; i++) {
		fd[i] = open("/", O_RDONLY | O_DIRECTORY);
		SKIP_IF(fd[i] == -1 ? "RLIMIT_NOFILE too low (needs 610)" :
				      NULL);
	}
	qsort(fd, FILES, sizeof(*fd), by_file_order);
	for (i = 0; i + 1 < FILES; i++)
		EXPECT_KCMP(1, me, me, KCMP_FILE, fd[i], fd[i + 1]);
}

/* A task may ask about itself from any user namespace. */
TEST(file_order_is_the_same_in_new_userns)
{
	struct worker *caller;
	long before[8], err;
	int fd[8], i;

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	for (i = 0; i < 8; i += 2)
		ASSERT_EQ(0, pipe(&fd[i]));
	caller = worker_spawn(0);
	ASSERT_SPAWNED(caller);
	for (i = 1; i < 8; i++)
		before[i] = worker_kcmp(caller, caller->pid, caller->pid,
					KCMP_FILE, fd[0], fd[i]);
	err = worker_syscall(caller, SYS_unshare, CLONE_NEWUSER);
	if (err)
		SKIP_IF(namespace_skip_reason(NS_UNSHARE, CLONE_NEWUSER, err));
	for (i = 1; i < 8; i++)
		EXPECT_KCMP_BY(caller, before[i], caller->pid, caller->pid,
			       KCMP_FILE, fd[0], fd[i]);
	workers_end();
}

TEST_HARNESS_MAIN
