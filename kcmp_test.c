// SPDX-License-Identifier: GPL-2.0
/*
 * What kcmp(2) says about any two tasks: which arguments it takes, which tasks
 * its numbers name, which error comes first, when two descriptors are the same
 * open file description, and that its answers are a total order.
 *
 * The source is the manual page, and where that is silent kernel/kcmp.c:
 * ESRCH before everything else, then EPERM (perm_test), then the type.
 */
#include "kcmp_harness.h"

#include <sched.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#define MISSING_64BIT	(sizeof(long) == 8 ? NULL : \
			 "missing 64-bit registers (CONFIG_64BIT)")

/* The upper half of a 64-bit register, filled with the bits of a lower one. */
#define UPPER_HALF	((unsigned long)0xdeadca75 << (sizeof(long) * 8 - 32))

/* ------------------------------------------------------------------ */
/* The types that compare what a task is made of.                      */

/*
 * The sharer has nothing but the object in common with the test, and the other
 * everything but the object: whoever looks at a neighbour is wrong about both.
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

	EXPECT_EQ(0, sys_kcmp(me, me, variant->type, 0, 0));
	EXPECT_EQ(0, sys_kcmp(other, other, variant->type, 0, 0));
	EXPECT_EQ(0, worker_kcmp(self->other, other, other, variant->type));
	EXPECT_EQ(0, worker_kcmp(self->other, me, me, variant->type));
}

TEST_F(object, same_for_tasks_that_share_it)
{
	EXPECT_SAME(getpid(), self->sharer->pid, variant->type, 0, 0);
}

TEST_F(object, different_for_tasks_that_do_not)
{
	EXPECT_DIFFERENT(getpid(), self->other->pid, variant->type, 0, 0);
	EXPECT_DIFFERENT(self->sharer->pid, self->other->pid, variant->type,
			 0, 0);
}

/* The caller takes no part in the comparison, only in the permission. */
/* Moves the test to its n-th CPU.  Returns whether there is one. */
static bool move_to_cpu(int n)
{
	cpu_set_t all, one;
	int cpu;

	CPU_ZERO(&one);
	if (sched_getaffinity(getppid(), sizeof(all), &all))
		return false;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all) && !n--)
			break;
	if (cpu == CPU_SETSIZE)
		return false;
	CPU_SET(cpu, &one);
	return !sched_setaffinity(0, sizeof(one), &one);
}

TEST_F(object, same_answer_for_every_caller)
{
	pid_t me = getpid(), sharer = self->sharer->pid;
	pid_t other = self->other->pid;
	long order = sys_kcmp(me, other, variant->type, 0, 0);
	int cpu;

	EXPECT_DIFFERS(order);
	EXPECT_EQ(order, sys_kcmp(sharer, other, variant->type, 0, 0));
	EXPECT_EQ(order, worker_kcmp(self->other, me, other, variant->type));
	EXPECT_EQ(order, worker_kcmp(self->sharer, me, other, variant->type));
	EXPECT_EQ(0, worker_kcmp(self->other, me, sharer, variant->type));
	EXPECT_EQ(0, worker_kcmp(self->sharer, sharer, me, variant->type));
	for (cpu = 0; cpu < 16 && move_to_cpu(cpu); cpu++)
		EXPECT_EQ(order, sys_kcmp(me, other, variant->type, 0, 0));
}

/* The other's number lies between those of the two that share. */
TEST_F(object, order_is_that_of_the_object_not_of_the_tasks)
{
	pid_t me = getpid(), other = self->other->pid;
	struct worker *late = worker_spawn(variant->shared);
	long order = sys_kcmp(me, other, variant->type, 0, 0);

	ASSERT_SPAWNED(late);
	EXPECT_DIFFERS(order);
	EXPECT_EQ(order, sys_kcmp(late->pid, other, variant->type, 0, 0));
	EXPECT_EQ(sys_kcmp(other, me, variant->type, 0, 0),
		  sys_kcmp(other, late->pid, variant->type, 0, 0));
	EXPECT_EQ(0, sys_kcmp(me, late->pid, variant->type, 0, 0));
}

/* "idx1 and idx2 are ignored", whatever descriptor or address they are not. */
TEST_F(object, indices_are_ignored)
{
	static const unsigned long idx[] = {
		1, 64, 0xfff, 4096, INT_MAX, UINT_MAX, LONG_MAX, ULONG_MAX
	};
	pid_t me = getpid(), sharer = self->sharer->pid;
	pid_t other = self->other->pid;
	long order = sys_kcmp(me, other, variant->type, 0, 0);
	unsigned int i;

	EXPECT_DIFFERS(order);
	for (i = 0; i < ARRAY_SIZE(idx); i++) {
		EXPECT_EQ(0, sys_kcmp(me, sharer, variant->type, idx[i], 0));
		EXPECT_EQ(0, sys_kcmp(me, sharer, variant->type, 0, idx[i]));
		EXPECT_EQ(0, sys_kcmp(me, me, variant->type, idx[i], ~idx[i]));
		EXPECT_EQ(order, sys_kcmp(me, other, variant->type, idx[i], 0));
		EXPECT_EQ(order, sys_kcmp(me, other, variant->type, 0, idx[i]));
	}
}

/* The system call takes an int. */
TEST_F(object, upper_half_of_type_is_ignored)
{
	long type = variant->type | UPPER_HALF;

	SKIP_IF(MISSING_64BIT);
	EXPECT_SAME(getpid(), self->sharer->pid, type, 0, 0);
	EXPECT_DIFFERENT(getpid(), self->other->pid, type, 0, 0);
}

/* The system call takes two pid_t. */
TEST_F(object, upper_half_of_pid_is_ignored)
{
	SKIP_IF(MISSING_64BIT);
	EXPECT_SAME(getpid() | UPPER_HALF, self->sharer->pid, variant->type,
		    0, 0);
	EXPECT_DIFFERENT(getpid() | UPPER_HALF, self->other->pid,
			 variant->type, 0, 0);
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

FIXTURE_VARIANT_ADD(bad_type, minus_one) { .type = -1 };
FIXTURE_VARIANT_ADD(bad_type, int_min) { .type = INT_MIN };
FIXTURE_VARIANT_ADD(bad_type, int_max) { .type = INT_MAX };
FIXTURE_VARIANT_ADD(bad_type, file_and_bit_8) { .type = 0x100 | KCMP_FILE };
FIXTURE_VARIANT_ADD(bad_type, vm_and_bit_8) { .type = 0x100 | KCMP_VM };
FIXTURE_VARIANT_ADD(bad_type, vm_and_bit_16) { .type = 0x10000 | KCMP_VM };
FIXTURE_VARIANT_ADD(bad_type, vm_and_sign) { .type = INT_MIN | KCMP_VM };

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

	EXPECT_EQ(0, sys_kcmp(me, me, KCMP_VM, 0, 0));
	EXPECT_EQ(-EINVAL, sys_kcmp(me, me, variant->type, 0, 0));
	EXPECT_EQ(-EINVAL, sys_kcmp(me, child, variant->type, 0, 0));
	EXPECT_EQ(-EINVAL, sys_kcmp(child, me, variant->type, 0, 0));
	EXPECT_EQ(-EINVAL, sys_kcmp(child, child, variant->type, 0, 0));
}

/* Nothing can be wrong with indices that nobody knows the meaning of. */
TEST_F(bad_type, is_einval_whatever_the_indices)
{
	static const unsigned long idx[] = { 1, INT_MAX, ULONG_MAX };
	pid_t me = getpid();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(idx); i++) {
		EXPECT_EQ(-EINVAL, sys_kcmp(me, me, variant->type, idx[i], 0));
		EXPECT_EQ(-EINVAL, sys_kcmp(me, me, variant->type, 0, idx[i]));
		EXPECT_EQ(-EINVAL,
			  sys_kcmp(me, me, variant->type, idx[i], idx[i]));
	}
}

/* ------------------------------------------------------------------ */
/* Numbers that no task has: ESRCH comes before any other error.       */

FIXTURE(no_task)
{
	pid_t me, no;
};

FIXTURE_VARIANT(no_task)
{
	pid_t pid;
	bool of_me;
};

FIXTURE_VARIANT_ADD(no_task, zero) { .pid = 0 };
FIXTURE_VARIANT_ADD(no_task, minus_one) { .pid = -1 };
FIXTURE_VARIANT_ADD(no_task, int_min) { .pid = INT_MIN };
FIXTURE_VARIANT_ADD(no_task, int_max) { .pid = INT_MAX };
FIXTURE_VARIANT_ADD(no_task, minus_own_pid) { .of_me = true };
/* PID_MAX_LIMIT, which no pid reaches on any kernel. */
FIXTURE_VARIANT_ADD(no_task, pid_max_limit) { .pid = 4 * 1024 * 1024 };

FIXTURE_SETUP(no_task)
{
	SKIP_IF(kcmp_skip_reason_any());
	self->me = getpid();
	self->no = variant->of_me ? -self->me : variant->pid;
	ASSERT_EQ(0, sys_kcmp(self->me, self->me, KCMP_VM, 0, 0));
}

FIXTURE_TEARDOWN(no_task)
{
}

TEST_F(no_task, is_esrch_first)
{
	int type;

	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++)
		EXPECT_EQ(-ESRCH, sys_kcmp(self->no, self->me, type, 0, 0))
			TH_LOG("type %d", type);
}

TEST_F(no_task, is_esrch_second)
{
	int type;

	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++)
		EXPECT_EQ(-ESRCH, sys_kcmp(self->me, self->no, type, 0, 0))
			TH_LOG("type %d", type);
}

TEST_F(no_task, is_esrch_twice)
{
	int type;

	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++)
		EXPECT_EQ(-ESRCH, sys_kcmp(self->no, self->no, type, 0, 0))
			TH_LOG("type %d", type);
}

TEST_F(no_task, is_esrch_before_einval)
{
	pid_t me = self->me;

	EXPECT_EQ(-EINVAL, sys_kcmp(me, me, INT_MAX, 0, 0));
	EXPECT_EQ(-ESRCH, sys_kcmp(self->no, me, INT_MAX, 0, 0));
	EXPECT_EQ(-ESRCH, sys_kcmp(me, self->no, -1, 0, 0));
}

TEST_F(no_task, is_esrch_before_ebadf)
{
	pid_t me = self->me;

	EXPECT_EQ(-EBADF, sys_kcmp(me, me, KCMP_FILE, INT_MAX, 0));
	EXPECT_EQ(-ESRCH, sys_kcmp(self->no, me, KCMP_FILE, 0, INT_MAX));
	EXPECT_EQ(-ESRCH, sys_kcmp(me, self->no, KCMP_FILE, INT_MAX, 0));
}

TEST_F(no_task, is_esrch_before_efault)
{
	EXPECT_EQ(-ESRCH, sys_kcmp(self->no, self->me, KCMP_EPOLL_TFD, 0, 0));
	EXPECT_EQ(-ESRCH, sys_kcmp(self->me, self->no, KCMP_EPOLL_TFD, 0, 0));
	EXPECT_EQ(-ESRCH, sys_kcmp(self->me, self->no, KCMP_EPOLL_TFD, 0, ~0UL));
}

/* ------------------------------------------------------------------ */
/* Which task a number names.                                          */

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

TEST_F(pid, of_a_reaped_child_is_esrch)
{
	struct worker *child = worker_spawn(0);
	pid_t gone = child->pid;
	int type;

	ASSERT_SPAWNED(child);
	EXPECT_DIFFERENT(self->me, gone, KCMP_VM, 0, 0);
	ASSERT_LE(0, worker_end(child));
	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++) {
		EXPECT_EQ(-ESRCH, sys_kcmp(self->me, gone, type, 0, 0));
		EXPECT_EQ(-ESRCH, sys_kcmp(gone, self->me, type, 0, 0));
		EXPECT_EQ(-ESRCH, sys_kcmp(gone, gone, type, 0, 0));
	}
}

/* Its number is still in use, for a session and a process group. */
TEST_F(pid, of_a_reaped_session_leader_is_esrch)
{
	struct worker *leader = worker_spawn(0), *member;
	pid_t gone = leader->pid;

	ASSERT_SPAWNED(leader);
	ASSERT_EQ(gone, worker_syscall(leader, SYS_setsid));
	member = worker_spawn_by(leader, by_clone, CLONE_PARENT, 0);
	ASSERT_SPAWNED(member);
	ASSERT_LE(0, worker_end(leader));
	ASSERT_EQ(gone, getsid(member->pid));
	EXPECT_EQ(-ESRCH, sys_kcmp(self->me, gone, KCMP_VM, 0, 0));
	EXPECT_EQ(-ESRCH, sys_kcmp(gone, self->me, KCMP_VM, 0, 0));
	EXPECT_EQ(-ESRCH, sys_kcmp(gone, gone, KCMP_VM, 0, 0));
}

#define CLONE_A_THREAD	(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

TEST_F(pid, of_a_gone_thread_is_esrch)
{
	struct worker *thread = worker_spawn(CLONE_A_THREAD);

	ASSERT_SPAWNED(thread);
	EXPECT_SAME(self->me, thread->pid, KCMP_VM, 0, 0);
	worker_post(thread, NULL, WORKER_ARGS(SYS_exit, 0));
	ASSERT_TRUE(wait_state(self->me, thread->pid, 0));
	EXPECT_EQ(-ESRCH, sys_kcmp(self->me, thread->pid, KCMP_VM, 0, 0));
	EXPECT_EQ(-ESRCH, sys_kcmp(thread->pid, self->me, KCMP_VM, 0, 0));
}

/* kthreadd, where it has its number: not in a pid namespace. */
static const char *missing_kernel_thread(pid_t pid)
{
	unsigned int flags = 0;
	char path[32];
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "re");
	if (stat && fscanf(stat, "%*d %*s %*c %*d %*d %*d %*d %*d %u", &flags) != 1)
		flags = 0;
	if (stat)
		fclose(stat);
	return flags & 0x00200000 ? NULL :	/* PF_KTHREAD */
	       "missing kernel threads (a pid namespace)";
}

/* Who may look at it is the kernel's affair, and what it has; but it is there. */
TEST_F(pid, of_a_kernel_thread_is_no_esrch)
{
	pid_t me = self->me, kthread = 2;
	int type;

	SKIP_IF(missing_kernel_thread(kthread));
	for (type = KCMP_FILE; type <= KCMP_SYSVSEM; type++) {
		long answer[] = {
			sys_kcmp(me, kthread, type, 0, 0),
			sys_kcmp(kthread, me, type, 0, 0),
			sys_kcmp(kthread, kthread, type, 0, 0),
		};
		int i;

		for (i = 0; i < 3 && !kcmp_skip_reason(type); i++)
			EXPECT_TRUE(answer[i] == -EPERM ||
				    (type == KCMP_FILE ? answer[i] == -EBADF :
				     kcmp_answers(answer[i])))
				TH_LOG("type %d: %ld", type, answer[i]);
	}
}

/* Above what pid_max can be there is nobody, whatever the lower bits say. */
TEST_F(pid, is_looked_up_with_all_its_bits)
{
	struct worker *child = worker_spawn(0);
	int bit;

	ASSERT_SPAWNED(child);
	EXPECT_DIFFERENT(self->me, child->pid, KCMP_VM, 0, 0);
	for (bit = 22; bit < 32; bit++) {
		pid_t pid = child->pid | 1U << bit;

		EXPECT_EQ(-ESRCH, sys_kcmp(self->me, pid, KCMP_VM, 0, 0));
		EXPECT_EQ(-ESRCH, sys_kcmp(pid, self->me, KCMP_VM, 0, 0));
	}
}

/* A thread names itself and its process by whichever of their ids. */
TEST_F(pid, may_be_that_of_a_thread)
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
	EXPECT_EQ(0, worker_kcmp(thread, tid, self->me, KCMP_VM));
	EXPECT_EQ(0, worker_kcmp(child, tid, self->me, KCMP_VM));
}

/* What threads need not share is looked up in the thread, not its leader. */
TEST_F(pid, of_a_thread_does_not_mean_its_leader)
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
/* A number means the task that has it in the caller's pid namespace.  */

FIXTURE(pidns)
{
	struct worker *init, *child;
};

FIXTURE_SETUP(pidns)
{
	SKIP_IF(kcmp_skip_reason_any());
	self->init = worker_spawn(CLONE_NEWPID);
	if (self->init->pid < 0)
		self->init = worker_spawn(CLONE_NEWUSER | CLONE_NEWPID);
	if (self->init->pid < 0)
		SKIP(SKIP_STATEMENT, "missing pid namespaces (CONFIG_PID_NS)");
	self->child = worker_spawn_by(self->init, by_clone, 0, 0);
	ASSERT_SPAWNED(self->child);
	ASSERT_EQ(2, self->child->pid);
}

FIXTURE_TEARDOWN(pidns)
{
	workers_end();
}

TEST_F(pidns, inner_number_works_inside)
{
	EXPECT_EQ(0, worker_kcmp(self->init, 1, 1, KCMP_VM));
	EXPECT_EQ(0, worker_kcmp(self->child, 2, 2, KCMP_VM));
	EXPECT_DIFFERS(worker_kcmp(self->init, 1, 2, KCMP_VM));
	EXPECT_DIFFERS(worker_kcmp(self->child, 2, 1, KCMP_VM));
}

TEST_F(pidns, outer_number_is_esrch_inside)
{
	pid_t me = getpid(), init = self->init->pid;

	EXPECT_EQ(-ESRCH, worker_kcmp(self->init, 1, me, KCMP_VM));
	EXPECT_EQ(-ESRCH, worker_kcmp(self->init, me, 1, KCMP_VM));
	EXPECT_EQ(-ESRCH, worker_kcmp(self->init, init, init, KCMP_VM));
	EXPECT_EQ(-ESRCH, worker_kcmp(self->child, 2, init, KCMP_VM));
}

/* Seen from within, a parent outside has number 0. */
TEST_F(pidns, outside_parent_is_esrch_inside)
{
	long ppid = worker_syscall(self->init, SYS_getppid);

	ASSERT_EQ(0, ppid);
	EXPECT_EQ(-ESRCH, worker_kcmp(self->init, ppid, 1, KCMP_VM));
	EXPECT_EQ(-ESRCH, worker_kcmp(self->init, 1, ppid, KCMP_VM));
}

TEST_F(pidns, outer_number_works_outside)
{
	EXPECT_SAME(self->init->pid, self->init->pid, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(getpid(), self->init->pid, KCMP_VM, 0, 0);
}

/* unshare(CLONE_NEWPID) moves the children to come, not the caller. */
TEST_F(pidns, is_still_the_old_one_after_unshare)
{
	struct worker *caller = worker_spawn(0), *inner;
	pid_t me = getpid();

	ASSERT_SPAWNED(caller);
	if (worker_syscall(caller, SYS_unshare, CLONE_NEWPID))
		ASSERT_EQ(0, worker_syscall(caller, SYS_unshare,
					  CLONE_NEWUSER | CLONE_NEWPID));
	inner = worker_spawn_by(caller, by_clone, 0, 0);
	ASSERT_SPAWNED(inner);
	EXPECT_EQ(1, inner->tid);
	EXPECT_EQ(0, worker_kcmp(caller, caller->pid, caller->pid, KCMP_VM));
	EXPECT_DIFFERS(worker_kcmp(caller, caller->pid, inner->pid, KCMP_VM));
	EXPECT_DIFFERS(worker_kcmp(caller, inner->pid, caller->pid, KCMP_VM));
	EXPECT_EQ(0, worker_kcmp(inner, 1, 1, KCMP_VM));
	EXPECT_EQ(-ESRCH, worker_kcmp(inner, 1, me, KCMP_VM));
}

/* The numbers are others inside, the objects and so their order are not. */
TEST_F(pidns, order_is_the_same_inside)
{
	struct worker *caller = worker_spawn(0), *inner[4];
	int i, j, type;

	ASSERT_SPAWNED(caller);
	if (worker_syscall(caller, SYS_unshare, CLONE_NEWPID))
		ASSERT_EQ(0, worker_syscall(caller, SYS_unshare,
					  CLONE_NEWUSER | CLONE_NEWPID));
	for (i = 0; i < 4; i++) {
		inner[i] = worker_spawn_by(caller, by_clone, 0, 0);
		ASSERT_SPAWNED(inner[i]);
		for (j = 0; j < i; j++)
			for (type = KCMP_VM; type <= KCMP_SIGHAND; type++)
				EXPECT_EQ(sys_kcmp(inner[i]->pid, inner[j]->pid,
						   type, 0, 0),
					  worker_kcmp(inner[0], inner[i]->tid,
						    inner[j]->tid, type));
	}
}

/* ------------------------------------------------------------------ */
/* Tasks that have ended: what they had is gone, their number is not.  */

FIXTURE(zombie)
{
	struct worker *zombie;
	int fd;
};

FIXTURE_SETUP(zombie)
{
	SKIP_IF(kcmp_skip_reason_any());
	ASSERT_EQ(0, alloc_io_and_undo());
	self->fd = open("/dev/null", O_RDONLY);
	self->zombie = worker_spawn(0);
	ASSERT_SPAWNED(self->zombie);
	ASSERT_EQ(0, sys_kcmp(getpid(), self->zombie->pid, KCMP_FILE, self->fd,
			      self->fd));
	ASSERT_EQ(0, worker_make_zombie(self->zombie));
}

FIXTURE_TEARDOWN(zombie)
{
	workers_end();
}

/* NULL == NULL or not is the kernel's affair; ESRCH would not be. */
TEST_F(zombie, is_still_found)
{
	pid_t me = getpid(), zombie = self->zombie->pid;
	int type;

	for (type = KCMP_VM; type <= KCMP_SYSVSEM; type++) {
		if (kcmp_skip_reason(type))
			continue;
		EXPECT_TRUE(kcmp_answers(sys_kcmp(me, zombie, type, 0, 0)));
		EXPECT_TRUE(kcmp_answers(sys_kcmp(zombie, me, type, 0, 0)));
		EXPECT_TRUE(kcmp_answers(sys_kcmp(zombie, zombie, type, 0, 0)));
	}
}

TEST_F(zombie, has_no_vm_of_the_living)
{
	EXPECT_DIFFERENT(getpid(), self->zombie->pid, KCMP_VM, 0, 0);
}

TEST_F(zombie, has_no_files_of_the_living)
{
	EXPECT_DIFFERENT(getpid(), self->zombie->pid, KCMP_FILES, 0, 0);
}

TEST_F(zombie, has_no_fs_of_the_living)
{
	EXPECT_DIFFERENT(getpid(), self->zombie->pid, KCMP_FS, 0, 0);
}

/* What is not there any more has its place, too. */
TEST_F(zombie, is_ordered)
{
	static const int type[] = { KCMP_VM, KCMP_FILES, KCMP_FS };
	pid_t zombie = self->zombie->pid;
	unsigned int i, n;

	for (n = 0; n < 8; n++) {
		pid_t pid = worker_spawn(0)->pid;

		ASSERT_LT(0, pid);
		for (i = 0; i < ARRAY_SIZE(type); i++) {
			long there = sys_kcmp(pid, zombie, type[i], 0, 0);

			EXPECT_TRUE(there == 1 || there == 2);
			EXPECT_EQ(3 - there,
				  sys_kcmp(zombie, pid, type[i], 0, 0));
		}
	}
}

TEST_F(zombie, has_no_descriptors)
{
	pid_t me = getpid(), zombie = self->zombie->pid;
	int fd = self->fd;

	EXPECT_EQ(-EBADF, sys_kcmp(me, zombie, KCMP_FILE, fd, fd));
	EXPECT_EQ(-EBADF, sys_kcmp(zombie, me, KCMP_FILE, fd, fd));
	EXPECT_EQ(-EBADF, sys_kcmp(zombie, zombie, KCMP_FILE, fd, fd));
}

TEST_F(zombie, is_esrch_once_reaped)
{
	pid_t me = getpid(), zombie = self->zombie->pid;

	ASSERT_EQ(0, worker_end(self->zombie));
	EXPECT_EQ(-ESRCH, sys_kcmp(me, zombie, KCMP_VM, 0, 0));
	EXPECT_EQ(-ESRCH, sys_kcmp(zombie, me, KCMP_VM, 0, 0));
}

/* Returns whether two tasks, whose memory is not the same, differ before long. */
static bool come_to_differ(pid_t a, pid_t b, int type)
{
	long long end = clock_ms() + WORKER_TIMEOUT;

	if (!kcmp_differs(sys_kcmp(a, b, KCMP_VM, 0, 0)))
		return false;
	while (!sys_kcmp(a, b, type, 0, 0) && clock_ms() < end)
		poll(NULL, 0, 1);
	return kcmp_differs(sys_kcmp(a, b, type, 0, 0));
}

/*
 * Sharing ends with the task: a dead sharer has nothing left to share.  The last
 * thing that do_exit() gives back, when everybody has been told, is the I/O
 * context.
 */
TEST_F(zombie, shares_nothing_any_more)
{
	struct worker *sharer;
	int type;

	ASSERT_EQ(0, alloc_io_and_undo());
	sharer = worker_spawn(CLONE_EVERYTHING);
	ASSERT_SPAWNED(sharer);
	for (type = KCMP_VM; type <= KCMP_SYSVSEM; type++)
		if (!kcmp_skip_reason(type))
			EXPECT_SAME(getpid(), sharer->pid, type, 0, 0);
	ASSERT_EQ(0, worker_make_zombie(sharer));
	for (type = KCMP_VM; type <= KCMP_SYSVSEM; type++)
		if (!kcmp_skip_reason(type) && type != KCMP_SIGHAND && type != KCMP_IO)
			EXPECT_DIFFERENT(getpid(), sharer->pid, type, 0, 0);
	if (!kcmp_skip_reason(KCMP_IO))
		EXPECT_TRUE(come_to_differ(getpid(), sharer->pid, KCMP_IO));
}

/* A thread group whose leader has left by pthread_exit(). */
FIXTURE(dead_leader)
{
	struct worker *leader, *thread;
	int fd;
};

FIXTURE_SETUP(dead_leader)
{
	SKIP_IF(kcmp_skip_reason_any());
	ASSERT_EQ(0, alloc_io_and_undo());
	self->fd = open("/dev/null", O_RDONLY);
	self->leader = worker_spawn(0);
	ASSERT_SPAWNED(self->leader);
	self->thread = worker_spawn_by(self->leader, by_clone, CLONE_A_THREAD |
				     CLONE_FILES | CLONE_FS | CLONE_SYSVSEM |
				     CLONE_IO, 0);
	ASSERT_SPAWNED(self->thread);
	ASSERT_EQ(0, sys_kcmp(self->leader->pid, self->thread->pid, KCMP_FILES,
			      0, 0));
	worker_post(self->leader, NULL, WORKER_ARGS(SYS_exit, 0));
	/* CLONE_CHILD_CLEARTID would fire before the descriptors are gone. */
	ASSERT_TRUE(wait_state(self->leader->pid, self->leader->pid, 'Z'));
}

FIXTURE_TEARDOWN(dead_leader)
{
	workers_end();
}

TEST_F(dead_leader, shares_nothing_with_its_thread)
{
	pid_t leader = self->leader->pid, thread = self->thread->pid;

	EXPECT_DIFFERENT(leader, thread, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(leader, thread, KCMP_FILES, 0, 0);
	EXPECT_DIFFERENT(leader, thread, KCMP_FS, 0, 0);
	if (!kcmp_skip_reason(KCMP_SYSVSEM))
		EXPECT_DIFFERENT(leader, thread, KCMP_SYSVSEM, 0, 0);
	if (!kcmp_skip_reason(KCMP_IO))
		EXPECT_TRUE(come_to_differ(leader, thread, KCMP_IO));
}

TEST_F(dead_leader, has_no_descriptors)
{
	pid_t me = getpid(), leader = self->leader->pid;
	int fd = self->fd;

	EXPECT_EQ(-EBADF, sys_kcmp(me, leader, KCMP_FILE, fd, fd));
	EXPECT_EQ(-EBADF, sys_kcmp(leader, me, KCMP_FILE, fd, fd));
	EXPECT_EQ(-EBADF, sys_kcmp(self->thread->pid, leader, KCMP_FILE, fd, fd));
}

TEST_F(dead_leader, leaves_its_thread_as_it_was)
{
	pid_t me = getpid(), thread = self->thread->pid;

	EXPECT_SAME(me, thread, KCMP_FILE, self->fd, self->fd);
	EXPECT_SAME(thread, thread, KCMP_VM, 0, 0);
	EXPECT_DIFFERENT(me, thread, KCMP_VM, 0, 0);
}

/* ------------------------------------------------------------------ */
/* KCMP_FILE, over every kind of descriptor.                           */

/* Each returns a new descriptor, or -1. */
static int open_regular(void)
{
	return open("/proc/self/exe", O_RDONLY);
}

static int open_unlinked(void)
{
	const char *dir = getenv("TMPDIR");

	return open(dir ? dir : "/tmp", O_TMPFILE | O_RDWR, 0600);
}

static int open_directory(void)
{
	return open("/", O_RDONLY | O_DIRECTORY);
}

static int open_path(void)
{
	return open("/", O_PATH);
}

static int open_device(void)
{
	return open("/dev/null", O_RDWR);
}

static int open_namespace(void)
{
	return open("/proc/self/ns/uts", O_RDONLY);
}

static int open_memfd(void)
{
	return memfd_create("kcmp", 0);
}

static int open_pipe(void)
{
	int fd[2];

	return pipe(fd) ? -1 : fd[0];
}

static int open_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static int open_eventfd(void)
{
	return eventfd(0, 0);
}

static int open_epoll(void)
{
	return epoll_create1(0);
}

static int open_inotify(void)
{
	return inotify_init1(0);
}

static int open_signalfd(void)
{
	sigset_t none;

	sigemptyset(&none);
	return signalfd(-1, &none, 0);
}

static int open_timerfd(void)
{
	return timerfd_create(CLOCK_MONOTONIC, 0);
}

static int open_pidfd(void)
{
	return syscall(SYS_pidfd_open, getpid(), 0);
}

FIXTURE(file)
{
	int fd, other;
};

FIXTURE_VARIANT(file)
{
	int (*open)(void);
	const char *missing;
};

#define FILE_VARIANT(kind, reason) \
FIXTURE_VARIANT_ADD(file, kind) { \
	.open = open_##kind, .missing = "missing " reason \
}

FILE_VARIANT(regular, "/proc/self/exe (CONFIG_PROC_FS)");
FILE_VARIANT(unlinked, "O_TMPFILE (file system of TMPDIR)");
FILE_VARIANT(directory, "/ (permission)");
FILE_VARIANT(path, "O_PATH (Linux 2.6.39)");
FILE_VARIANT(device, "/dev/null (mknod)");
FILE_VARIANT(namespace, "/proc/self/ns (CONFIG_PROC_FS)");
FILE_VARIANT(memfd, "memfd_create (CONFIG_MEMFD_CREATE)");
FILE_VARIANT(pipe, "pipes (RLIMIT_NOFILE)");
FILE_VARIANT(socket, "unix sockets (CONFIG_UNIX)");
FILE_VARIANT(eventfd, "eventfd (CONFIG_EVENTFD)");
FILE_VARIANT(epoll, "epoll (CONFIG_EPOLL)");
FILE_VARIANT(inotify, "inotify (CONFIG_INOTIFY_USER)");
FILE_VARIANT(signalfd, "signalfd (CONFIG_SIGNALFD)");
FILE_VARIANT(timerfd, "timerfd (CONFIG_TIMERFD)");
FILE_VARIANT(pidfd, "pidfd_open (Linux 5.3)");

FIXTURE_SETUP(file)
{
	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	self->fd = variant->open();
	self->other = variant->open();
	SKIP_IF(self->other < 0 ? variant->missing : NULL);
}

FIXTURE_TEARDOWN(file)
{
	workers_end();
}

TEST_F(file, dups_are_same)
{
	int dups[] = {
		self->fd,
		dup(self->fd),
		dup2(self->fd, 70),
		dup3(self->fd, 71, O_CLOEXEC),
		fcntl(self->fd, F_DUPFD, 72),
		fcntl(self->fd, F_DUPFD_CLOEXEC, 72),
	};
	pid_t me = getpid();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dups); i++) {
		ASSERT_LE(0, dups[i]);
		EXPECT_SAME(me, me, KCMP_FILE, self->fd, dups[i]);
		EXPECT_SAME(me, me, KCMP_FILE, dups[i], dups[i]);
		EXPECT_DIFFERENT(me, me, KCMP_FILE, self->other, dups[i]);
	}
}

/* Also where both mean one file, directory, process or namespace. */
TEST_F(file, opened_twice_is_different)
{
	pid_t me = getpid();

	EXPECT_SAME(me, me, KCMP_FILE, self->fd, self->fd);
	EXPECT_DIFFERENT(me, me, KCMP_FILE, self->fd, self->other);
}

TEST_F(file, inherited_is_same)
{
	struct worker *child = worker_spawn(CLONE_VM), *third = worker_spawn(CLONE_VM);
	pid_t me = getpid(), pid = child->pid;
	int fd = self->fd, other = self->other;

	ASSERT_SPAWNED(child);
	ASSERT_SPAWNED(third);
	EXPECT_SAME(me, pid, KCMP_FILE, fd, fd);
	EXPECT_SAME(pid, pid, KCMP_FILE, fd, fd);
	EXPECT_SAME(third->pid, pid, KCMP_FILE, fd, fd);
	EXPECT_EQ(0, worker_kcmp(child, me, pid, KCMP_FILE, fd, fd));
	EXPECT_EQ(0, worker_kcmp(third, me, pid, KCMP_FILE, fd, fd));
	EXPECT_DIFFERENT(me, pid, KCMP_FILE, fd, other);
	EXPECT_DIFFERENT(me, pid, KCMP_FILE, other, fd);
}

/* The child's number for it is another one, and another file has ours. */
TEST_F(file, inherited_is_same_under_another_number)
{
	struct worker *child = worker_spawn(CLONE_VM);
	pid_t me = getpid(), pid = child->pid;
	int fd = self->fd, other = self->other;

	ASSERT_SPAWNED(child);
	ASSERT_EQ(80, worker_syscall(child, SYS_dup3, fd, 80, 0));
	ASSERT_EQ(fd, worker_syscall(child, SYS_dup3, other, fd, 0));
	EXPECT_SAME(me, pid, KCMP_FILE, fd, 80);
	EXPECT_SAME(me, pid, KCMP_FILE, other, fd);
	EXPECT_DIFFERENT(me, pid, KCMP_FILE, fd, fd);
	EXPECT_EQ(-EBADF, sys_kcmp(me, pid, KCMP_FILE, 80, 80));
	EXPECT_EQ(-EBADF, sys_kcmp(pid, me, KCMP_FILE, 80, 80));
}

/* Descriptors through a socket; each returns 0 or -errno. */
#define FDS_IN_MESSAGE	4

union fd_message {
	struct cmsghdr header;
	char space[CMSG_SPACE(FDS_IN_MESSAGE * sizeof(int))];
};

static long send_fds(int to, const int *fds, int count)
{
	union fd_message message;
	struct iovec data = { .iov_base = "", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &message,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};

	message.header.cmsg_level = SOL_SOCKET;
	message.header.cmsg_type = SCM_RIGHTS;
	message.header.cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(&message.header), fds, count * sizeof(int));
	return sendmsg(to, &msg, 0) == 1 ? 0 : -errno;
}

/* arg: the socket, where to put the numbers, how many. */
static long receive_fds(const long *arg)
{
	union fd_message message;
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &message, .msg_controllen = sizeof(message),
	};

	if (recvmsg(arg[0], &msg, 0) != 1 ||
	    message.header.cmsg_len != CMSG_LEN(arg[2] * sizeof(int)))
		return -EPROTO;
	memcpy((int *)arg[1], CMSG_DATA(&message.header), arg[2] * sizeof(int));
	return 0;
}

TEST_F(file, received_is_same)
{
	int sv[2], fd = self->fd, mine, *got;
	struct worker *child;
	pid_t me = getpid();

	SKIP_IF(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) ?
			"missing unix sockets (CONFIG_UNIX)" : NULL);
	child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(child);
	ASSERT_EQ(0, send_fds(sv[0], &fd, 1));
	got = (int *)child->scratch;
	ASSERT_EQ(0, worker_run(child, receive_fds, sv[1], (long)got, 1));
	ASSERT_LT(sv[1], *got);
	EXPECT_SAME(me, child->pid, KCMP_FILE, fd, *got);
	EXPECT_SAME(child->pid, child->pid, KCMP_FILE, fd, *got);
	EXPECT_DIFFERENT(me, child->pid, KCMP_FILE, self->other, *got);

	/* In flight it needs no number at all. */
	mine = dup(fd);
	ASSERT_EQ(0, send_fds(sv[0], &mine, 1));
	ASSERT_EQ(0, close(mine));
	ASSERT_EQ(0, receive_fds(WORKER_ARGS(sv[1], (long)&mine, 1)));
	EXPECT_SAME(me, me, KCMP_FILE, fd, mine);
	EXPECT_DIFFERENT(me, me, KCMP_FILE, self->other, mine);
}

TEST_F(file, several_received_are_each_what_was_sent)
{
	int sv[2], sent[FDS_IN_MESSAGE] = { self->fd, self->other };
	int got[FDS_IN_MESSAGE], i, j;
	pid_t me = getpid();

	SKIP_IF(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) ?
			"missing unix sockets (CONFIG_UNIX)" : NULL);
	sent[2] = sv[0];
	sent[3] = open("/dev/null", O_PATH);
	ASSERT_EQ(0, send_fds(sv[0], sent, FDS_IN_MESSAGE));
	ASSERT_EQ(0, receive_fds(WORKER_ARGS(sv[1], (long)got, FDS_IN_MESSAGE)));
	for (i = 0; i < FDS_IN_MESSAGE; i++)
		for (j = 0; j < FDS_IN_MESSAGE; j++)
			if (i == j)
				EXPECT_SAME(me, me, KCMP_FILE, sent[i], got[j]);
			else
				EXPECT_DIFFERENT(me, me, KCMP_FILE, sent[i],
						 got[j]);
}

/* The newer way to ask the same of one's own descriptors (Linux 6.10). */
TEST_F(file, agrees_with_f_dupfd_query)
{
	int fd = self->fd, copy = dup(fd);
	pid_t me = getpid();

	SKIP_IF(fcntl(0, F_DUPFD_QUERY, 0) == -1 ?
			"missing F_DUPFD_QUERY (Linux 6.10)" : NULL);
	EXPECT_EQ(1, fcntl(fd, F_DUPFD_QUERY, copy));
	EXPECT_EQ(0, sys_kcmp(me, me, KCMP_FILE, fd, copy));
	EXPECT_EQ(0, fcntl(fd, F_DUPFD_QUERY, self->other));
	EXPECT_DIFFERS(sys_kcmp(me, me, KCMP_FILE, fd, self->other));
}

/* ------------------------------------------------------------------ */
/* KCMP_FILE, where the kind of file does not matter.                  */

FIXTURE(fd)
{
	struct worker *child;
	pid_t me, pid;
	int fd, other;
};

FIXTURE_SETUP(fd)
{
	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	self->fd = open("/dev/null", O_RDWR);
	self->other = open("/dev/null", O_RDWR);
	ASSERT_LT(self->fd, self->other);
	self->child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->child);
	self->me = getpid();
	self->pid = self->child->pid;
}

FIXTURE_TEARDOWN(fd)
{
	workers_end();
}

/* The system call takes two pid_t and an int. */
TEST_F(fd, upper_halves_of_pids_and_type_are_ignored)
{
	const unsigned long up = UPPER_HALF;
	int fd = self->fd;

	SKIP_IF(MISSING_64BIT);
	EXPECT_SAME(self->me | up, self->pid, KCMP_FILE, fd, fd);
	EXPECT_SAME(self->me, self->pid, KCMP_FILE | up, fd, fd);
	EXPECT_DIFFERENT(self->me | up, self->pid, KCMP_FILE, fd, self->other);
	EXPECT_DIFFERENT(self->me, self->pid, KCMP_FILE | up, fd, self->other);
	EXPECT_EQ(-EBADF, sys_kcmp(self->me | up, self->pid | up,
				   KCMP_FILE | up, 900, fd));
}

TEST_F(fd, pipe_ends_are_different)
{
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, ends[0], ends[1]);
}

TEST_F(fd, socket_ends_are_different)
{
	int ends[2];

	SKIP_IF(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) ?
			"missing unix sockets (CONFIG_UNIX)" : NULL);
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, ends[0], ends[1]);
}

/* open() makes a description, whichever way the path leads to the file. */
TEST_F(fd, reopened_through_proc_is_different)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	again = open(path, O_RDWR);
	ASSERT_LE(0, again);
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, self->fd, again);
}

TEST_F(fd, o_path_is_not_the_open_file)
{
	int path = open("/dev/null", O_PATH);

	ASSERT_LE(0, path);
	EXPECT_SAME(self->me, self->me, KCMP_FILE, path, dup(path));
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, path, self->fd);
}

TEST_F(fd, updated_signalfd_is_same)
{
	int fd, copy;
	sigset_t set;

	sigemptyset(&set);
	fd = signalfd(-1, &set, 0);
	SKIP_IF(fd == -1 ? "missing signalfd (CONFIG_SIGNALFD)" : NULL);
	copy = dup(fd);
	sigaddset(&set, SIGUSR1);
	EXPECT_EQ(fd, signalfd(fd, &set, 0));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
}

/* To ask about a file is not to close it, which would unlock it (fcntl(2)). */
TEST_F(fd, that_is_locked_stays_locked)
{
	int fd = open_memfd(), i;
	struct flock *lock;
	struct flock mine = { .l_type = F_WRLCK, .l_len = 1 };
	struct worker *third;

	SKIP_IF(fd == -1 || fcntl(fd, F_SETLK, &mine) ?
			"missing POSIX locks (CONFIG_FILE_LOCKING)" : NULL);
	self->child = worker_spawn(0);
	ASSERT_SPAWNED(self->child);
	self->pid = self->child->pid;
	lock = (struct flock *)self->child->scratch;
	*lock = (struct flock){ .l_type = F_WRLCK, .l_start = 1, .l_len = 1 };
	ASSERT_EQ(0, worker_syscall(self->child, SYS_fcntl, fd, F_SETLK,
				  (long)lock));
	EXPECT_SAME(self->me, self->pid, KCMP_FILE, fd, fd);
	EXPECT_SAME(self->pid, self->pid, KCMP_FILE, fd, fd);
	third = worker_spawn(0);
	ASSERT_SPAWNED(third);
	lock = (struct flock *)third->scratch;
	for (i = 0; i < 2; i++) {
		*lock = (struct flock){ .l_type = F_WRLCK, .l_start = i, .l_len = 1 };
		ASSERT_EQ(0, worker_syscall(third, SYS_fcntl, fd, F_GETLK,
					  (long)lock));
		EXPECT_EQ(i ? self->pid : self->me, lock->l_pid);
	}
}

/* They belong to the description, and so to all of its descriptors. */
TEST_F(fd, offset_and_flags_do_not_matter)
{
	int fd = open_memfd(), copy = dup(fd);

	SKIP_IF(fd == -1 ?
			"missing memfd_create (CONFIG_MEMFD_CREATE)" : NULL);
	ASSERT_EQ(0, ftruncate(fd, 100));
	ASSERT_EQ(50, lseek(copy, 50, SEEK_SET));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
	ASSERT_EQ(0, fcntl(copy, F_SETFL, O_APPEND));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
	ASSERT_EQ(0, fcntl(copy, F_SETFD, FD_CLOEXEC));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, copy);
}

/* Around each size that a descriptor table has had on its way. */
TEST_F(fd, any_number_works)
{
	static const int numbers[] = {
		0, 63, 64, 65, 127, 128, 255, 256, 257, 511, 512, 1000, 1023,
		1024, 1025, 4000, 32768, 65000
	};
	bool works[ARRAY_SIZE(numbers)] = { false };
	int tried = 0, other = self->other;
	struct rlimit limit;
	unsigned int i;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		int n = numbers[i];

		if ((rlim_t)n >= limit.rlim_max || dup2(self->fd, n) != n)
			continue;
		EXPECT_SAME(self->me, self->me, KCMP_FILE, self->fd, n);
		EXPECT_SAME(self->me, self->pid, KCMP_FILE, n, self->fd);
		EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, other, n);
		works[i] = true;
		tried++;
	}
	EXPECT_LE(5, tried);
	/* A table that has grown holds what it has held. */
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (works[i])
			EXPECT_SAME(self->me, self->me, KCMP_FILE, self->fd,
				    numbers[i]);
}

TEST_F(fd, reused_number_is_different)
{
	int copy = dup(self->fd), number = dup(self->fd);

	EXPECT_SAME(self->me, self->me, KCMP_FILE, copy, number);
	ASSERT_EQ(number, dup2(self->other, number));
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, copy, number);
	EXPECT_SAME(self->me, self->me, KCMP_FILE, self->other, number);
}

/* "the file descriptor idx1 in pid1 ... and idx2 in pid2" */
TEST_F(fd, each_index_belongs_to_its_task)
{
	int fd = self->fd, later = dup(fd);

	EXPECT_EQ(-EBADF, sys_kcmp(self->me, self->pid, KCMP_FILE, fd, later));
	EXPECT_EQ(-EBADF, sys_kcmp(self->pid, self->me, KCMP_FILE, later, fd));
	EXPECT_EQ(-EBADF, sys_kcmp(self->pid, self->pid, KCMP_FILE, later, later));
	EXPECT_SAME(self->me, self->pid, KCMP_FILE, later, fd);
	ASSERT_EQ(0, worker_syscall(self->child, SYS_close, fd));
	EXPECT_EQ(-EBADF, sys_kcmp(self->me, self->pid, KCMP_FILE, fd, fd));
	EXPECT_EQ(-EBADF, sys_kcmp(self->pid, self->me, KCMP_FILE, fd, fd));
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, later);
}

/* Closed here, open there: not the caller's table, that of the task. */
TEST_F(fd, closed_by_the_caller_works_for_others)
{
	struct worker *third = worker_spawn(CLONE_VM);
	int fd = self->fd;

	ASSERT_SPAWNED(third);
	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(-EBADF, sys_kcmp(self->me, self->pid, KCMP_FILE, fd, fd));
	EXPECT_SAME(self->pid, third->pid, KCMP_FILE, fd, fd);
	EXPECT_DIFFERENT(self->pid, third->pid, KCMP_FILE, fd, self->other);
}

/* A table of its own, under an id that is not its leader's. */
TEST_F(fd, of_a_thread_is_in_its_own_table)
{
	struct worker *thread = worker_spawn(CLONE_A_THREAD);
	pid_t tid = thread->pid;
	int fd = self->fd;

	ASSERT_SPAWNED(thread);
	ASSERT_EQ(90, worker_syscall(thread, SYS_dup3, fd, 90, 0));
	ASSERT_EQ(0, worker_syscall(thread, SYS_close, fd));
	EXPECT_SAME(self->me, tid, KCMP_FILE, fd, 90);
	EXPECT_SAME(self->pid, tid, KCMP_FILE, fd, 90);
	EXPECT_SAME(tid, tid, KCMP_FILE, 90, 90);
	EXPECT_DIFFERENT(tid, self->me, KCMP_FILE, 90, self->other);
	EXPECT_EQ(-EBADF, sys_kcmp(self->me, tid, KCMP_FILE, fd, fd));
	EXPECT_EQ(-EBADF, sys_kcmp(tid, self->me, KCMP_FILE, fd, fd));
	EXPECT_EQ(-EBADF, sys_kcmp(self->me, tid, KCMP_FILE, 90, 90));
	EXPECT_EQ(-EBADF, sys_kcmp(tid, self->me, KCMP_FILE, 90, 90));
}

/*
 * Descriptors survive execve(), but those with FD_CLOEXEC, which belongs to the
 * number: dup2() over it, or F_DUPFD from it, is without.
 */
TEST_F(fd, survives_execve_unless_cloexec)
{
	int fd = self->fd, spot = dup3(self->other, 80, O_CLOEXEC);
	int gone[] = { fcntl(fd, F_DUPFD_CLOEXEC, 0), dup3(fd, 150, O_CLOEXEC),
		       fcntl(fd, F_DUPFD_CLOEXEC, 250) };
	int kept[] = { dup(gone[0]), dup2(fd, spot), fcntl(gone[0], F_DUPFD, 70),
		       dup2(gone[0], 251), dup2(fd, dup3(fd, 152, O_CLOEXEC)) };
	struct worker *parent = worker_spawn(0), *child[2];
	int i, n;

	ASSERT_SPAWNED(parent);
	SKIP_IF(execve_skip_reason());
	child[0] = worker_spawn(CLONE_VM);
	child[1] = worker_spawn_by(parent, by_vfork, 0, 0);
	for (n = 0; n < 2; n++) {
		pid_t pid = child[n]->pid;

		ASSERT_SPAWNED(child[n]);
		for (i = 0; i < 3; i++)
			EXPECT_SAME(self->me, pid, KCMP_FILE, fd, gone[i]);
		ASSERT_EQ(0, worker_execve(child[n], "/proc/self/exe"));
		for (i = 0; i < 5; i++) {
			EXPECT_SAME(self->me, pid, KCMP_FILE, fd, kept[i]);
			EXPECT_DIFFERENT(self->me, pid, KCMP_FILE, self->other,
					 kept[i]);
		}
		for (i = 0; i < 3; i++) {
			EXPECT_EQ(-EBADF, sys_kcmp(self->me, pid, KCMP_FILE, fd,
						   gone[i]));
			EXPECT_EQ(-EBADF, sys_kcmp(pid, self->me, KCMP_FILE,
						   gone[i], fd));
		}
	}
}

/* arg: the mailbox, the program. */
static long execveat_here(const long *arg)
{
	struct worker *t = (struct worker *)arg[0];
	char *argv[] = { "worker", "--worker", t->id, NULL }, *envp[] = { NULL };

	syscall(SYS_execveat, arg[1], "", argv, envp, AT_EMPTY_PATH);
	return -errno;
}

TEST_F(fd, of_the_program_survives_its_execution_unless_cloexec)
{
	int gone = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int kept = dup(gone);
	struct worker *child = worker_spawn(0);

	ASSERT_SPAWNED(child);
	SKIP_IF(execve_skip_reason());
	ASSERT_EQ(0, worker_run(child, execveat_here, (long)child, gone));
	EXPECT_EQ(-EBADF, sys_kcmp(self->me, child->pid, KCMP_FILE, gone, gone));
	EXPECT_SAME(self->me, child->pid, KCMP_FILE, gone, kept);
}

/* Why there is no such descriptor, or NULL. */
static const char *missing_pidfd_getfd(int fd)
{
	return fd == -1 && (errno == ENOSYS || errno == EPERM) ?
	       "missing pidfd_getfd (Linux 5.6, ptrace)" : NULL;
}

/* From the other's table: the numbers mean something else in the test's. */
TEST_F(fd, taken_with_pidfd_getfd_is_same)
{
	int pidfd = syscall(SYS_pidfd_open, self->pid, 0), fd;

	ASSERT_EQ(90, dup2(self->other, 90));
	ASSERT_EQ(90, worker_syscall(self->child, SYS_dup3, self->fd, 90, 0));
	fd = syscall(SYS_pidfd_getfd, pidfd, 90, 0);
	SKIP_IF(missing_pidfd_getfd(fd));
	ASSERT_LE(0, fd);
	EXPECT_SAME(self->me, self->pid, KCMP_FILE, fd, 90);
	EXPECT_SAME(self->me, self->me, KCMP_FILE, fd, self->fd);
	EXPECT_DIFFERENT(self->me, self->pid, KCMP_FILE, 90, 90);
	EXPECT_DIFFERENT(self->me, self->me, KCMP_FILE, fd, 90);
}

TEST_F(fd, taken_from_a_thread_with_pidfd_getfd_is_same)
{
	struct worker *thread = worker_spawn_by(self->child, by_clone, CLONE_VM |
					    CLONE_SIGHAND | CLONE_THREAD, 0);
	int pidfd, fd;

	ASSERT_SPAWNED(thread);
	ASSERT_EQ(90, worker_syscall(self->child, SYS_dup3, self->other, 90, 0));
	ASSERT_EQ(90, worker_syscall(thread, SYS_dup3, self->fd, 90, 0));
	pidfd = syscall(SYS_pidfd_open, thread->pid, O_EXCL);
	SKIP_IF(pidfd == -1 ? "missing PIDFD_THREAD (Linux 6.9)" : NULL);
	fd = syscall(SYS_pidfd_getfd, pidfd, 90, 0);
	SKIP_IF(missing_pidfd_getfd(fd));
	ASSERT_LE(0, fd);
	EXPECT_SAME(self->me, thread->pid, KCMP_FILE, fd, 90);
	EXPECT_DIFFERENT(self->me, self->pid, KCMP_FILE, fd, 90);
}

/* Tables are allocated in steps, and copied as far as they are in use. */
TEST_F(fd, at_the_end_of_the_table_is_inherited)
{
	static const int last[] = { 63, 64, 127, 128, 192, 255, 256 };
	struct worker *child;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(last); i++) {
		ASSERT_EQ(last[i], dup2(self->fd, last[i]));
		child = worker_spawn(0);
		ASSERT_SPAWNED(child);
		EXPECT_SAME(self->me, child->pid, KCMP_FILE, last[i], last[i]);
		EXPECT_DIFFERENT(self->me, child->pid, KCMP_FILE, self->other,
				 last[i]);
		EXPECT_EQ(-EBADF, sys_kcmp(self->me, child->pid, KCMP_FILE,
					   last[i], last[i] + 1));
		ASSERT_EQ(0, close(last[i]));
	}
}

/* A limit is for what is to come. */
TEST_F(fd, above_a_limit_that_was_lowered_is_inherited)
{
	struct rlimit limit = { .rlim_cur = 80, .rlim_max = 80 };
	struct worker *grandchild;

	ASSERT_EQ(300, worker_syscall(self->child, SYS_dup3, self->fd, 300, 0));
	ASSERT_EQ(0, prlimit(self->pid, RLIMIT_NOFILE, &limit, NULL));
	grandchild = worker_spawn_by(self->child, by_clone, 0, 0);
	ASSERT_SPAWNED(grandchild);
	EXPECT_SAME(self->me, grandchild->pid, KCMP_FILE, self->fd, 300);
	EXPECT_DIFFERENT(self->me, grandchild->pid, KCMP_FILE, self->other, 300);
}

/* ------------------------------------------------------------------ */
/* A description lasts as long as its last descriptor, a pipe tells.   */

FIXTURE(lifetime)
{
	int watcher, fd;
	struct worker *owner, *sharer;
};

/* The test's own descriptor is the first to go. */
FIXTURE_SETUP(lifetime)
{
	int ends[2];

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	ASSERT_EQ(0, pipe(ends));
	self->watcher = ends[0];
	self->fd = 90;
	ASSERT_EQ(90, dup3(ends[1], 90, O_CLOEXEC));
	close(ends[1]);
	self->owner = worker_spawn(0);
	ASSERT_SPAWNED(self->owner);
	self->sharer = worker_spawn_by(self->owner, by_clone,
				     CLONE_FILES | CLONE_PARENT, 0);
	ASSERT_SPAWNED(self->sharer);
	ASSERT_EQ(0, sys_kcmp(getpid(), self->sharer->pid, KCMP_FILE, 90, 90));
}

FIXTURE_TEARDOWN(lifetime)
{
	workers_end();
}

static bool is_over(FIXTURE_DATA(lifetime) *self, int patience)
{
	struct pollfd end = { .fd = self->watcher, .events = POLLIN };

	return poll(&end, 1, patience) == 1 && end.revents == POLLHUP;
}

/* Both tasks have to go. */
TEST_F(lifetime, ends_with_the_table)
{
	close(self->fd);
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_FALSE(is_over(self, 0));
	EXPECT_SAME(self->sharer->pid, self->sharer->pid, KCMP_FILE, 90, 90);
	ASSERT_LE(0, worker_end(self->sharer));
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

/* Who leaves a shared table leaves what is in it to the others alone. */
TEST_F(lifetime, ends_with_the_table_that_was_left_by_unshare)
{
	close(self->fd);
	SKIP_IF(unshare_skip_reason());
	ASSERT_EQ(0, worker_syscall(self->sharer, SYS_unshare, CLONE_FILES));
	ASSERT_EQ(0, worker_syscall(self->sharer, SYS_close, 90));
	EXPECT_FALSE(is_over(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

TEST_F(lifetime, ends_with_the_table_that_was_left_by_close_range)
{
	long err;

	close(self->fd);
	err = worker_syscall(self->sharer, SYS_close_range, 90, 90,
			   CLOSE_RANGE_UNSHARE);
	SKIP_IF(err == -ENOSYS ? "missing close_range (Linux 5.9)" : NULL);
	ASSERT_EQ(0, err);
	EXPECT_FALSE(is_over(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

TEST_F(lifetime, ends_with_the_table_that_was_left_by_execve)
{
	close(self->fd);
	SKIP_IF(execve_skip_reason());
	ASSERT_EQ(0, worker_execve(self->sharer, "/proc/self/exe"));
	EXPECT_FALSE(is_over(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

TEST_F(lifetime, ends_when_the_last_number_is_taken_by_dup2)
{
	ASSERT_LE(0, worker_end(self->sharer));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_FALSE(is_over(self, 0));
	ASSERT_EQ(90, dup2(self->watcher, 90));
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

/* Sent, received, and closed again. */
TEST_F(lifetime, is_not_longer_for_what_was_sent)
{
	int sv[2], got;

	SKIP_IF(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) ?
			"missing unix sockets (CONFIG_UNIX)" : NULL);
	ASSERT_EQ(0, send_fds(sv[0], &self->fd, 1));
	ASSERT_EQ(0, receive_fds(WORKER_ARGS(sv[1], (long)&got, 1)));
	EXPECT_SAME(getpid(), getpid(), KCMP_FILE, self->fd, got);
	close(got);
	ASSERT_LE(0, worker_end(self->sharer));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_FALSE(is_over(self, 0));
	close(self->fd);
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

TEST_F(lifetime, is_not_longer_for_what_was_taken)
{
	int pidfd = syscall(SYS_pidfd_open, self->owner->pid, 0);
	int fd = syscall(SYS_pidfd_getfd, pidfd, 90, 0);

	SKIP_IF(missing_pidfd_getfd(fd));
	ASSERT_LE(0, fd);
	EXPECT_SAME(getpid(), getpid(), KCMP_FILE, self->fd, fd);
	close(fd);
	close(self->fd);
	ASSERT_LE(0, worker_end(self->sharer));
	EXPECT_FALSE(is_over(self, 0));
	ASSERT_LE(0, worker_end(self->owner));
	EXPECT_TRUE(is_over(self, WORKER_TIMEOUT));
}

/* ------------------------------------------------------------------ */
/* Numbers that are no descriptor, on either side and on both.         */

FIXTURE(bad_fd)
{
	struct worker *child;
	pid_t me, pid;
	int fd;
	unsigned long bad;
};

FIXTURE_VARIANT(bad_fd)
{
	bool closed;
	unsigned long number;
};

FIXTURE_VARIANT_ADD(bad_fd, closed) { .closed = true };
FIXTURE_VARIANT_ADD(bad_fd, never_opened) { .number = 60 };
FIXTURE_VARIANT_ADD(bad_fd, just_past_the_table) { .number = 256 };
FIXTURE_VARIANT_ADD(bad_fd, beyond_the_table) { .number = 1 << 20 };
FIXTURE_VARIANT_ADD(bad_fd, int_max) { .number = INT_MAX };
FIXTURE_VARIANT_ADD(bad_fd, bit_31) { .number = 1UL << 31 };
FIXTURE_VARIANT_ADD(bad_fd, minus_one) { .number = UINT_MAX };
FIXTURE_VARIANT_ADD(bad_fd, ulong_max) { .number = ULONG_MAX };

FIXTURE_SETUP(bad_fd)
{
	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	self->me = getpid();
	self->fd = open("/dev/null", O_RDWR);
	ASSERT_EQ(255, dup2(self->fd, 255));
	self->bad = variant->closed ? (unsigned long)dup(self->fd) :
		    variant->number;
	self->child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->child);
	self->pid = self->child->pid;
	if (variant->closed) {
		ASSERT_EQ(0, close(self->bad));
		ASSERT_EQ(0, worker_syscall(self->child, SYS_close, self->bad));
	}
	ASSERT_EQ(0, sys_kcmp(self->me, self->pid, KCMP_FILE, self->fd,
			      self->fd));
}

FIXTURE_TEARDOWN(bad_fd)
{
	workers_end();
}

TEST_F(bad_fd, is_ebadf_first)
{
	pid_t me = self->me, pid = self->pid;
	unsigned long bad = self->bad;

	EXPECT_EQ(-EBADF, sys_kcmp(me, me, KCMP_FILE, bad, self->fd));
	EXPECT_EQ(-EBADF, sys_kcmp(me, pid, KCMP_FILE, bad, self->fd));
	EXPECT_EQ(-EBADF, sys_kcmp(pid, me, KCMP_FILE, bad, self->fd));
}

TEST_F(bad_fd, is_ebadf_second)
{
	pid_t me = self->me, pid = self->pid;
	unsigned long bad = self->bad;

	EXPECT_EQ(-EBADF, sys_kcmp(me, me, KCMP_FILE, self->fd, bad));
	EXPECT_EQ(-EBADF, sys_kcmp(me, pid, KCMP_FILE, self->fd, bad));
	EXPECT_EQ(-EBADF, sys_kcmp(pid, me, KCMP_FILE, self->fd, bad));
}

/* Not even the same as itself. */
TEST_F(bad_fd, is_ebadf_twice)
{
	pid_t me = self->me, pid = self->pid;
	unsigned long bad = self->bad;

	EXPECT_EQ(-EBADF, sys_kcmp(me, me, KCMP_FILE, bad, bad));
	EXPECT_EQ(-EBADF, sys_kcmp(pid, pid, KCMP_FILE, bad, bad));
	EXPECT_EQ(-EBADF, sys_kcmp(me, pid, KCMP_FILE, bad, bad));
}

/* ------------------------------------------------------------------ */
/* "suitable for sorting": a strict total order, the same for everyone. */

#define MEMBERS	64

struct member {
	pid_t pid;
	int fd;
};

FIXTURE(order)
{
	struct member member[MEMBERS];
	int members;
	short answer[MEMBERS][MEMBERS];
};

FIXTURE_VARIANT(order)
{
	int type, members;
	unsigned long shared;
};

#define ORDER_VARIANT(name, kind, needed_by) \
FIXTURE_VARIANT_ADD(order, name) { \
	.type = kind, .members = 32, \
	.shared = CLONE_EVERYTHING & ~(needed_by), \
}

FIXTURE_VARIANT_ADD(order, file) { .type = KCMP_FILE, .members = MEMBERS };
ORDER_VARIANT(vm, KCMP_VM, CLONE_VM | CLONE_SIGHAND);
ORDER_VARIANT(files, KCMP_FILES, CLONE_FILES);
ORDER_VARIANT(fs, KCMP_FS, CLONE_FS);
ORDER_VARIANT(sighand, KCMP_SIGHAND, CLONE_SIGHAND);
ORDER_VARIANT(io, KCMP_IO, CLONE_IO);
ORDER_VARIANT(sysvsem, KCMP_SYSVSEM, CLONE_SYSVSEM);

static int open_nth_kind(int n)
{
	static int (*const kinds[])(void) = {
		open_device, open_pipe, open_directory, open_regular, open_path
	};

	return kinds[n % ARRAY_SIZE(kinds)]();
}

/* Returns 0: the worker has what a type looks at, shared with nobody. */
static long heat_worker(struct worker *t)
{
	return worker_run(t, worker_alloc_io_and_undo, (long)(t->scratch + WORKER_SCRATCH));
}

/* Makes one more member, with an object of its own.  Returns its worker. */
static struct worker *add_member(struct member *m, int n, int type,
			       unsigned long shared)
{
	static struct worker self;
	struct worker *t = &self;

	if (type == KCMP_FILE) {
		self.pid = getpid();
		m->fd = open_nth_kind(n);
	} else {
		t = worker_spawn(shared);
		m->fd = 0;
	}
	if (t->pid > 0 && (type == KCMP_IO || type == KCMP_SYSVSEM) &&
	    heat_worker(t))
		t->pid = WORKER_STUCK;
	m->pid = t->pid;
	return t;
}

FIXTURE_SETUP(order)
{
	int i;

	SKIP_IF(kcmp_skip_reason(variant->type));
	self->members = variant->members;
	for (i = 0; i < self->members; i++) {
		ASSERT_SPAWNED(add_member(&self->member[i], i, variant->type,
					  variant->shared));
		ASSERT_LE(0, self->member[i].fd);
	}
}

FIXTURE_TEARDOWN(order)
{
	workers_end();
}

static long compare(const struct member *a, const struct member *b, int type)
{
	return sys_kcmp(a->pid, b->pid, type, a->fd, b->fd);
}

static void ask_all_pairs(FIXTURE_DATA(order) *self, int type)
{
	int i, j;

	for (i = 0; i < self->members; i++)
		for (j = 0; j < self->members; j++)
			self->answer[i][j] = compare(&self->member[i],
						     &self->member[j], type);
}

/*
 * Returns how many pairs were not answered as they must be: 0 for a member and
 * itself, else 1 or 2, and the other one when asked the other way round.
 */
static int count_bad_pairs(FIXTURE_DATA(order) *self)
{
	int i, j, wrong = 0;

	for (i = 0; i < self->members; i++)
		for (j = 0; j <= i; j++) {
			int there = self->answer[i][j];
			int back = self->answer[j][i];

			wrong += i == j ? there != 0 :
				 !((there == 1 && back == 2) ||
				   (there == 2 && back == 1));
		}
	return wrong;
}

/*
 * Returns how many places in the order are taken by several members or none:
 * an order is total when and only when everyone is greater than a different
 * number of others.
 */
static int count_bad_places(FIXTURE_DATA(order) *self)
{
	int i, j, place, wrong = 0, taken[MEMBERS] = { 0 };

	for (i = 0; i < self->members; i++) {
		for (j = place = 0; j < self->members; j++)
			place += self->answer[i][j] == 2;
		taken[place]++;
	}
	for (i = 0; i < self->members; i++)
		wrong += taken[i] != 1;
	return wrong;
}

/*
 * "1: v1 is less than v2; 2: v1 is greater than v2", for all pairs, and without
 * a circle.  Before Linux 3.17 it was the sign of a difference that overflowed:
 * every pair was consistent, the whole was no order.
 */
TEST_F(order, turns_round_with_its_arguments_and_is_total)
{
	ask_all_pairs(self, variant->type);
	EXPECT_EQ(0, count_bad_pairs(self));
	EXPECT_EQ(0, count_bad_places(self));
}

/* CRIU keeps its tasks and files in trees that live longer than one call. */
FIXTURE(order_for)
{
	struct member member[6];
	struct worker *caller;
};

FIXTURE_VARIANT(order_for)
{
	int type;
	unsigned long shared;
};

#define ORDER_FOR_VARIANT(name, kind, needed_by) \
FIXTURE_VARIANT_ADD(order_for, name) { \
	.type = kind, .shared = CLONE_EVERYTHING & ~(needed_by), \
}

ORDER_FOR_VARIANT(file, KCMP_FILE, 0);
ORDER_FOR_VARIANT(vm, KCMP_VM, CLONE_VM | CLONE_SIGHAND);
ORDER_FOR_VARIANT(files, KCMP_FILES, CLONE_FILES);
ORDER_FOR_VARIANT(fs, KCMP_FS, CLONE_FS);
ORDER_FOR_VARIANT(sighand, KCMP_SIGHAND, CLONE_SIGHAND);
ORDER_FOR_VARIANT(io, KCMP_IO, CLONE_IO);
ORDER_FOR_VARIANT(sysvsem, KCMP_SYSVSEM, CLONE_SYSVSEM);

FIXTURE_SETUP(order_for)
{
	int i;

	SKIP_IF(kcmp_skip_reason(variant->type));
	for (i = 0; i < 6; i++)
		ASSERT_SPAWNED(add_member(&self->member[i], i, variant->type,
					  variant->shared));
	self->caller = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->caller);
}

FIXTURE_TEARDOWN(order_for)
{
	workers_end();
}

TEST_F(order_for, every_caller_is_the_same_at_any_time)
{
	struct member *a = self->member;
	int i, type = variant->type;

	for (i = 1; i < 6; i++) {
		long mine = compare(&a[0], &a[i], type);

		EXPECT_DIFFERS(mine);
		EXPECT_EQ(mine, worker_kcmp(self->caller, a[0].pid, a[i].pid,
					  type, a[0].fd, a[i].fd));
		EXPECT_EQ(mine, compare(&a[0], &a[i], type));
	}
}

TEST_F(order_for, caller_that_executes_is_the_same)
{
	struct member *a = self->member;
	int i, type = variant->type;
	long before[6];

	SKIP_IF(execve_skip_reason());
	for (i = 1; i < 6; i++)
		before[i] = worker_kcmp(self->caller, a[0].pid, a[i].pid, type,
				      a[0].fd, a[i].fd);
	ASSERT_EQ(0, worker_execve(self->caller, "/proc/self/exe"));
	for (i = 1; i < 6; i++)
		EXPECT_EQ(before[i], worker_kcmp(self->caller, a[0].pid, a[i].pid,
					       type, a[0].fd, a[i].fd));
}

FIXTURE(file_order)
{
	int fd[32], copy[32];
	struct worker *child;
	pid_t me;
};

FIXTURE_SETUP(file_order)
{
	int i;

	SKIP_IF(kcmp_skip_reason(KCMP_FILE));
	self->me = getpid();
	for (i = 0; i < 32; i++) {
		self->fd[i] = open_nth_kind(i);
		self->copy[i] = fcntl(self->fd[i], F_DUPFD, 200 - i);
		ASSERT_LE(0, self->copy[i]);
	}
	self->child = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->child);
}

FIXTURE_TEARDOWN(file_order)
{
	workers_end();
}

/* One description has one place, by whichever descriptor it is named. */
TEST_F(file_order, is_that_of_the_descriptions)
{
	pid_t me = self->me;
	int i;

	for (i = 1; i < 32; i++) {
		int a = self->fd[0], b = self->fd[i];
		long order = sys_kcmp(me, me, KCMP_FILE, a, b);

		EXPECT_DIFFERS(order);
		EXPECT_EQ(order, sys_kcmp(me, me, KCMP_FILE, self->copy[0], b));
		EXPECT_EQ(order, sys_kcmp(me, me, KCMP_FILE, a, self->copy[i]));
		EXPECT_EQ(order, sys_kcmp(me, me, KCMP_FILE, self->copy[0],
					  self->copy[i]));
	}
}

TEST_F(file_order, does_not_depend_on_who_holds_them)
{
	pid_t me = self->me, pid = self->child->pid;
	int i;

	for (i = 1; i < 32; i++) {
		int a = self->fd[0], b = self->fd[i];
		long order = sys_kcmp(me, me, KCMP_FILE, a, b);

		EXPECT_DIFFERS(order);
		EXPECT_EQ(order, sys_kcmp(me, pid, KCMP_FILE, a, b));
		EXPECT_EQ(order, sys_kcmp(pid, me, KCMP_FILE, a, b));
		EXPECT_EQ(order, sys_kcmp(pid, pid, KCMP_FILE, a, b));
	}
}

TEST_HARNESS_MAIN
