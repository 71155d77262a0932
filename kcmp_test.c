// SPDX-License-Identifier: GPL-2.0
/*
 * What kcmp(2) says about any two tasks: which arguments it takes, which tasks
 * its numbers name, which error comes first, and that its answers are a total
 * order.
 *
 * The source is the manual page, and where that is silent kernel/kcmp.c:
 * ESRCH before everything else, then EPERM (perm_test), then the type.
 */
#include "kcmp_harness.h"

#include <sched.h>

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

/* Of kinds that every machine has. */
static int open_nth_kind(int n)
{
	int ends[2];

	if (n % 3 == 0)
		return open("/", O_PATH);
	if (n % 3 == 1)
		return open("/proc/self/status", O_RDONLY);
	return pipe(ends) ? -1 : ends[0];
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

TEST_HARNESS_MAIN
