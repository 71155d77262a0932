// SPDX-License-Identifier: GPL-2.0
/*
 * kcmp_inject [-o LOG] RULE PROGRAM [ARG]...: runs a program with all its threads
 * and children, and changes the answers of kcmp(2) by a rule.  Exits as the program
 * does.  kcmp_inject --list prints the rules; "none" changes nothing.
 *
 * The kernel's answer is known when the call returns.  A rule that needs another
 * answer repeats the call with other arguments, unseen by the caller.  Only the
 * unused part of the caller's stack is written.
 *
 * With -o, each injected fault (with "none": each call) is a line in LOG: the
 * number of the call, its type, the kernel's answer, the reported answer, and the
 * return addresses in the program, innermost first.
 */
#define _GNU_SOURCE
#include "kcmp_inject.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/audit.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#define SYSCALL_SIZE 2
#define REG_PC(r) ((r)->rip)
#define REG_SP(r) ((r)->rsp)
#define REG_FRAME(r) ((r)->rbp)
#define REG_RESULT(r) ((r)->rax)

static void regs_ask(struct user_regs_struct *r, const struct question *q)
{
	r->rdi = q->pid1;
	r->rsi = q->pid2;
	r->rdx = q->type;
	r->r10 = q->idx1;
	r->r8 = q->idx2;
}

/* So that the instruction before the program counter asks again. */
static void regs_again(struct user_regs_struct *r)
{
	r->rax = SYS_kcmp;
	r->orig_rax = -1;
}
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#define SYSCALL_SIZE 4
#define REG_PC(r) ((r)->pc)
#define REG_SP(r) ((r)->sp)
#define REG_FRAME(r) ((r)->regs[29])
#define REG_RESULT(r) ((r)->regs[0])

static void regs_ask(struct user_regs_struct *r, const struct question *q)
{
	r->regs[0] = q->pid1;
	r->regs[1] = q->pid2;
	r->regs[2] = q->type;
	r->regs[3] = q->idx1;
	r->regs[4] = q->idx2;
}

static void regs_again(struct user_regs_struct *r)
{
	r->regs[8] = SYS_kcmp;
}
#else
#error "which registers?"
#endif

#define OPTIONS                                                           \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | \
	 PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

/* Without the padding behind it. */
#define QUESTION_SIZE \
	(offsetof(struct question, slot) + sizeof(struct kcmp_epoll_slot))

static struct rule rule;
static FILE *log_file;
static struct call calls[256];
static unsigned long call_count;

static void die(const char *what)
{
	fprintf(stderr, "kcmp_inject: %s: %s\n", what, strerror(errno));
	exit(2);
}

bool caller_read(const struct call *c, unsigned long at, void *data, size_t n)
{
	struct iovec mine = { data, n }, theirs = { (void *)at, n };
	ssize_t got = process_vm_readv(c->caller, &mine, 1, &theirs, 1, 0);

	/* A read that ends at a hole has filled the part before it. */
	if (got > 0 && got < (ssize_t)n)
		memset(data, 0, n);
	return got == (ssize_t)n;
}

bool caller_write(const struct call *c, unsigned long at, const void *data,
		  size_t n)
{
	struct iovec mine = { (void *)data, n }, theirs = { (void *)at, n };

	return process_vm_writev(c->caller, &mine, 1, &theirs, 1, 0) ==
	       (ssize_t)n;
}

static bool regs_get(pid_t tid, struct user_regs_struct *r)
{
	struct iovec io = { r, sizeof(*r) };

	return !ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &io);
}

static void regs_set(pid_t tid, struct user_regs_struct *r)
{
	struct iovec io = { r, sizeof(*r) };

	ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &io);
}

static struct call *call_of(pid_t tid)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (calls[i].caller == tid)
			return &calls[i];
	return NULL;
}

static void forget(pid_t tid)
{
	struct call *c = tid ? call_of(tid) : NULL;

	if (c)
		c->caller = 0;
}

/* Where the program begins: its addresses are reported as those of its file. */
static unsigned long base_of(pid_t tid)
{
	char path[32];
	unsigned long base = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", tid);
	maps = fopen(path, "re");
	if (maps && fscanf(maps, "%lx", &base) != 1)
		base = 0;
	if (maps)
		fclose(maps);
	return base < 1 << 30 ? 0 : base;
}

/* The program is compiled with frame pointers: it is not optimized. */
static void log_sites(const struct call *c, const struct user_regs_struct *r)
{
	unsigned long base = base_of(c->caller), frame[2] = { REG_FRAME(r) };
	int depth;

	for (depth = 0; depth < 5; depth++) {
		if (!caller_read(c, frame[0], frame, sizeof(frame)) ||
		    frame[1] < base || frame[1] - base > 1 << 24)
			break;
		fprintf(log_file, " %#lx", frame[1] - base - 1);
	}
}

static void log_call(const struct call *c, const struct user_regs_struct *r,
		     long reported)
{
	fprintf(log_file, "%lu %d %ld %ld", c->number, type_of(c), c->real,
		reported);
	log_sites(c, r);
	fputc('\n', log_file);
	fflush(log_file);
}

static void ask_other(struct call *c, struct user_regs_struct *r)
{
	struct question *q = &c->other;

	if (memcmp(&q->slot, &c->asked.slot, sizeof(q->slot))) {
		q->idx2 = (REG_SP(r) - 1024) & ~15UL;
		if (!caller_write(c, q->idx2, &q->slot, sizeof(q->slot)))
			q->idx2 = c->asked.idx2;
	}
	REG_PC(r) -= SYSCALL_SIZE;
	regs_ask(r, q);
	regs_again(r);
	regs_set(c->caller, r);
	c->is_other = true;
}

static void report(struct call *c, struct user_regs_struct *r)
{
	long reported = rule.report ? rule.report(&rule, c) : c->answer;

	if (log_file && (reported != c->real || !strcmp(rule.name, "none")))
		log_call(c, r, reported);
	if (reported != c->real || c->is_other) {
		regs_ask(r, &c->asked);
		REG_RESULT(r) = reported;
		regs_set(c->caller, r);
	}
	c->caller = 0;
}

static void call_begins(pid_t tid, const struct __ptrace_syscall_info *info)
{
	struct call *c = call_of(tid);

	if (info->arch != NATIVE_ARCH || info->entry.nr != SYS_kcmp)
		return;
	if (!c) {
		c = call_of(0);
		if (!c)
			die("too many callers");
		memset(c, 0, sizeof(*c));
		c->caller = tid;
		c->asked = (struct question){
			.pid1 = info->entry.args[0],
			.pid2 = info->entry.args[1],
			.type = info->entry.args[2],
			.idx1 = info->entry.args[3],
			.idx2 = info->entry.args[4],
		};
	}
	c->in_kernel = true;
}

static void call_ends(pid_t tid, const struct __ptrace_syscall_info *info)
{
	struct call *c = call_of(tid);
	struct user_regs_struct r;

	if (!c || !c->in_kernel || !regs_get(tid, &r))
		return;
	c->in_kernel = false;
	c->answer = info->exit.rval;
	if (c->is_other) {
		report(c, &r);
		return;
	}
	c->real = c->answer;
	c->number = ++call_count;
	c->has_slot = type_of(c) == KCMP_EPOLL_TFD &&
		      caller_read(c, c->asked.idx2, &c->asked.slot,
				  sizeof(c->asked.slot));
	c->other = c->asked;
	if (rule.change)
		rule.change(&rule, c, &c->other);
	if (memcmp(&c->other, &c->asked, QUESTION_SIZE))
		ask_other(c, &r);
	else
		report(c, &r);
}

static void syscall_stop(pid_t tid)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		call_begins(tid, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		call_ends(tid, &info);
}

/* A thread that calls execve() takes its leader's id; other threads are gone.*/
static void exec_stop(pid_t tid)
{
	unsigned long former = 0;

	ptrace(PTRACE_GETEVENTMSG, tid, 0, &former);
	forget(tid);
	forget(former);
}

/* Lets a task that has stopped go on. */
static void stopped(pid_t tid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (sig == (SIGTRAP | 0x80)) {
		syscall_stop(tid);
		sig = 0;
	} else if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		ptrace(PTRACE_LISTEN, tid, 0, 0);
		return;
	} else if (event) {
		if (event == PTRACE_EVENT_EXEC)
			exec_stop(tid);
		sig = 0;
	}
	ptrace(PTRACE_SYSCALL, tid, 0, sig);
}

/* Ends as the program has. */
static void end_as(int status)
{
	if (WIFEXITED(status))
		exit(WEXITSTATUS(status));
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	exit(128 + WTERMSIG(status));
}

static void follow(pid_t program)
{
	for (;;) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid == -1 && errno != EINTR)
			die("lost the program");
		if (tid == -1)
			continue;
		if (WIFSTOPPED(status)) {
			stopped(tid, status);
			continue;
		}
		forget(tid);
		if (tid == program)
			end_as(status);
	}
}

/* Starts the program once it is traced, and not at all if it never is. */
static pid_t start(char **argv)
{
	int go[2];
	pid_t pid;

	if (pipe2(go, O_CLOEXEC))
		die("pipe");
	pid = fork();
	if (pid == -1)
		die("fork");
	if (!pid) {
		close(go[1]);
		if (log_file)
			personality(ADDR_NO_RANDOMIZE);
		if (read(go[0], &(char){ 0 }, 1) == 1)
			execvp(argv[0], argv);
		die(argv[0]);
	}
	if (ptrace(PTRACE_SEIZE, pid, 0, OPTIONS))
		die("ptrace");
	if (write(go[1], "", 1) != 1)
		die("pipe");
	close(go[0]);
	close(go[1]);
	return pid;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--list")) {
		rule_list();
		return 0;
	}
	if (argc > 3 && !strcmp(argv[1], "-o")) {
		log_file = fopen(argv[2], "we");
		if (!log_file)
			die(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc < 3 || !rule_find(argv[1], &rule)) {
		fprintf(stderr,
			"usage: kcmp_inject [-o LOG] RULE PROGRAM [ARG]...\n"
			"       kcmp_inject --list\n");
		return 2;
	}
	follow(start(argv + 2));
}
