// SPDX-License-Identifier: GPL-2.0
/*
 * The 32-bit entry of kcmp(2) on a 64-bit kernel: the same answers as the native
 * call, arguments of 32 bits, and a slot of 12 bytes at a 32-bit address.
 *
 * A 64-bit program of x86_64 reaches it with int $0x80, so that one process can
 * ask both and compare.  There is no compat wrapper: the source is the system call
 * table (arch/x86/entry/syscalls/syscall_32.tbl), and a caller cannot tell the ABI
 * of the tasks that it asks about.
 */
#include "kcmp_harness.h"
#include "epoll_tfd.h"

#define I386_KCMP 349
#define I386_GETPID 20

/* Garbage for the upper half of a 64-bit register. */
#define UPPER_HALF 0xdeadca7500000000L

/* Makes a 32-bit system call.  Returns its result, or -errno. */
static long i386_syscall(long nr, long arg1, long arg2, long arg3, long arg4,
			 long arg5)
{
#ifdef __x86_64__
	long ret;

	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "a"(nr), "b"(arg1), "c"(arg2), "d"(arg3), "S"(arg4),
		       "D"(arg5)
		     : "r8", "r9", "r10", "r11", "memory");
	return (int)ret;
#else
	(void)nr, (void)arg1, (void)arg2, (void)arg3, (void)arg4, (void)arg5;
	return -ENOSYS;
#endif
}

static long i386_kcmp(long pid1, long pid2, long type, long idx1, long idx2)
{
	return i386_syscall(I386_KCMP, pid1, pid2, type, idx1, idx2);
}

/* Without the entry, int $0x80 is a SIGSEGV: a child finds out. */
static bool has_i386_entry(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		prctl(PR_SET_DUMPABLE, 0); /* no core file */
		_exit(i386_syscall(I386_GETPID, 0, 0, 0, 0, 0) != getpid());
	}
	return pid != -1 && waitpid(pid, &status, 0) == pid && !status;
}

/* Returns a constant reason why the entry cannot be asked here, or NULL. */
static const char *i386_skip_reason(void)
{
	pid_t self = getpid();
	long answer;

#ifndef __x86_64__
	return "needs x86_64";
#endif
	if (!has_i386_entry())
		return has_seccomp_filter() ?
			       "32-bit calls blocked by a seccomp filter" :
			       "needs CONFIG_IA32_EMULATION";
	answer = i386_kcmp(self, self, KCMP_VM, 0, 0);
	return (answer == -EPERM || answer == -ENOSYS) && has_seccomp_filter() ?
		       "kcmp blocked by a seccomp filter" :
		       NULL;
}

/* Returns memory with an address below 2^31, or MAP_FAILED. */
static void *map_low(size_t size)
{
#ifdef MAP_32BIT
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
#else
	return MAP_FAILED;
#endif
}

/* Expects the 32-bit answer to be the native one, order included. */
#define EXPECT_AS_NATIVE(pid1, pid2, type, idx1, idx2)                                   \
	do {                                                                             \
		long __native = sys_kcmp(pid1, pid2, type, idx1, idx2);                  \
		long __compat = i386_kcmp(pid1, pid2, type, idx1, idx2);                 \
		EXPECT_EQ(__native, __compat)                                            \
		{                                                                        \
			TH_LOG("kcmp(%s, %s, %s, %s, %s): %s natively, %s by int $0x80", \
			       #pid1, #pid2, #type, #idx1, #idx2,                        \
			       kcmp_answer_text(__native),                               \
			       kcmp_answer_text(__compat));                              \
		}                                                                        \
	} while (0)

/* Expects a result of the 32-bit call. */
#define EXPECT_I386(want, pid1, pid2, type, idx1, idx2)                             \
	do {                                                                        \
		long __compat = i386_kcmp(pid1, pid2, type, idx1, idx2);            \
		EXPECT_EQ(want, __compat)                                           \
		{                                                                   \
			TH_LOG("kcmp(%s, %s, %s, %s, %s) by int $0x80: %s, not %s", \
			       #pid1, #pid2, #type, #idx1, #idx2,                   \
			       kcmp_answer_text(__compat),                          \
			       kcmp_answer_text(want));                             \
		}                                                                   \
	} while (0)

/* ------------------------------------------------------------------ */
/* The types that compare objects of a task.                           */

FIXTURE(compat_object)
{
	struct worker *sharer, *other;
};

FIXTURE_VARIANT(compat_object)
{
	int type;
	unsigned long shared;
};

/* clang-format off */
#define OBJECT_VARIANT(name, kind, flags) \
FIXTURE_VARIANT_ADD(compat_object, name) { .type = kind, .shared = flags }
/* clang-format on */

OBJECT_VARIANT(vm, KCMP_VM, CLONE_VM);
OBJECT_VARIANT(files, KCMP_FILES, CLONE_FILES);
OBJECT_VARIANT(fs, KCMP_FS, CLONE_FS);
OBJECT_VARIANT(sighand, KCMP_SIGHAND, CLONE_SIGHAND | CLONE_VM);
OBJECT_VARIANT(io, KCMP_IO, CLONE_IO);
OBJECT_VARIANT(sysvsem, KCMP_SYSVSEM, CLONE_SYSVSEM);

FIXTURE_SETUP(compat_object)
{
	SKIP_IF(kcmp_skip_reason(variant->type));
	SKIP_IF(i386_skip_reason());
	ASSERT_EQ(0, alloc_io_and_undo());
	self->sharer = worker_spawn(variant->shared);
	ASSERT_SPAWNED(self->sharer);
	self->other = worker_spawn(0);
	ASSERT_SPAWNED(self->other);
}

FIXTURE_TEARDOWN(compat_object)
{
	workers_end();
}

TEST_F(compat_object, answers_and_order_are_native)
{
	pid_t me = getpid(), sharer = self->sharer->pid;
	pid_t other = self->other->pid;

	EXPECT_I386(0, me, sharer, variant->type, 0, 0);
	EXPECT_SAME(me, sharer, variant->type, 0, 0);
	EXPECT_DIFFERENT(me, other, variant->type, 0, 0);
	EXPECT_AS_NATIVE(me, other, variant->type, 0, 0);
	EXPECT_AS_NATIVE(other, me, variant->type, 0, 0);
	EXPECT_AS_NATIVE(sharer, other, variant->type, 0, 0);
}

TEST_F(compat_object, upper_halves_are_ignored)
{
	pid_t me = getpid(), sharer = self->sharer->pid;

	EXPECT_I386(0, UPPER_HALF | me, sharer, variant->type, 0, 0);
	EXPECT_I386(0, me, UPPER_HALF | sharer, variant->type, 0, 0);
	EXPECT_I386(0, me, sharer, UPPER_HALF | variant->type, 0, 0);
}

TEST_F(compat_object, indices_are_ignored)
{
	pid_t me = getpid(), sharer = self->sharer->pid;

	EXPECT_I386(0, me, sharer, variant->type, -1, -1);
	EXPECT_I386(0, me, sharer, variant->type, 0x7fffffff, 1);
}

/* ------------------------------------------------------------------ */
/* Descriptors, slots and errors.                                      */

FIXTURE(compat_entry)
{
	int fd, dup, other, efd;
	struct kcmp_epoll_slot *slot;
};

FIXTURE_SETUP(compat_entry)
{
	int ends[2];

	SKIP_IF(kcmp_skip_reason_any());
	SKIP_IF(epoll_skip_reason());
	SKIP_IF(i386_skip_reason());
	ASSERT_EQ(0, pipe(ends));
	self->fd = ends[0];
	self->other = ends[1];
	self->dup = dup(self->fd);
	ASSERT_NE(-1, self->dup);
	self->efd = epoll_create1(0);
	ASSERT_NE(-1, self->efd);
	self->slot = map_low(sysconf(_SC_PAGESIZE));
	ASSERT_NE(MAP_FAILED, (void *)self->slot);
}

FIXTURE_TEARDOWN(compat_entry)
{
}

TEST_F(compat_entry, file_answers_and_order_are_native)
{
	pid_t me = getpid();

	EXPECT_I386(0, me, me, KCMP_FILE, self->fd, self->dup);
	EXPECT_DIFFERENT(me, me, KCMP_FILE, self->fd, self->other);
	EXPECT_AS_NATIVE(me, me, KCMP_FILE, self->fd, self->other);
	EXPECT_AS_NATIVE(me, me, KCMP_FILE, self->other, self->dup);
}

/* Each register is one of 32 bits, and -1 in it is no 2^32 - 1. */
TEST_F(compat_entry, errors_are_native)
{
	pid_t me = getpid();

	EXPECT_I386(-ESRCH, -1, me, KCMP_VM, 0, 0);
	EXPECT_I386(-ESRCH, me, -1, KCMP_VM, 0, 0);
	EXPECT_I386(-ESRCH, 0, me, KCMP_VM, 0, 0);
	EXPECT_I386(-ESRCH, INT_MIN, me, -1, 0, 0);
	EXPECT_I386(-EINVAL, me, me, -1, 0, 0);
	EXPECT_I386(-EINVAL, me, me, INT_MAX, 0, 0);
	EXPECT_I386(-EINVAL, me, me, INT_MIN, 0, 0);
	EXPECT_I386(-EBADF, me, me, KCMP_FILE, -1, self->fd);
	EXPECT_I386(-EBADF, me, me, KCMP_FILE, self->fd, -1);
	EXPECT_I386(-EBADF, me, me, KCMP_FILE, self->fd, INT_MIN);
}

TEST_F(compat_entry, slot_has_a_32_bit_address)
{
	long at = (long)self->slot;
	struct epoll_event event = { .events = EPOLLIN };
	pid_t me = getpid();

	ASSERT_EQ(at, (long)(unsigned int)at);
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_ADD, self->fd, &event));
	*self->slot = (struct kcmp_epoll_slot){ self->efd, self->fd, 0 };
	EXPECT_I386(0, me, me, KCMP_EPOLL_TFD, self->dup, at);
	EXPECT_I386(0, me, me, KCMP_EPOLL_TFD, self->dup, UPPER_HALF | at);
	EXPECT_AS_NATIVE(me, me, KCMP_EPOLL_TFD, self->other, at);
	self->slot->toff = 1;
	EXPECT_I386(-ENOENT, me, me, KCMP_EPOLL_TFD, self->fd, at);
}

TEST_F(compat_entry, slot_has_12_bytes)
{
	long size = sysconf(_SC_PAGESIZE);
	char *end = (char *)self->slot + size;
	struct epoll_event event = { .events = EPOLLIN };
	struct kcmp_epoll_slot slot = { self->efd, self->fd, 0 };
	pid_t me = getpid();
	char *pages = map_low(2 * size);

	ASSERT_NE(MAP_FAILED, (void *)pages);
	ASSERT_EQ(0, munmap(pages + size, size));
	end = pages + size;
	ASSERT_EQ(0, epoll_ctl(self->efd, EPOLL_CTL_ADD, self->fd, &event));
	memcpy(end - 12, &slot, 12);
	EXPECT_I386(0, me, me, KCMP_EPOLL_TFD, self->fd, (long)end - 12);
	memcpy(end - 11, &slot, 11);
	EXPECT_I386(-EFAULT, me, me, KCMP_EPOLL_TFD, self->fd, (long)end - 11);
	EXPECT_I386(-EFAULT, me, me, KCMP_EPOLL_TFD, self->fd, (long)end);
	EXPECT_I386(-EFAULT, me, me, KCMP_EPOLL_TFD, self->fd, 0);
	EXPECT_I386(-EFAULT, me, me, KCMP_EPOLL_TFD, self->fd, 0xffffff00);
}

TEST_HARNESS_MAIN
