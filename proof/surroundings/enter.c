// SPDX-License-Identifier: GPL-2.0
/*
 * enter SITUATION ARG... -- COMMAND...: runs a command in a situation that no
 * usual tool makes.
 *
 *   deny ERRNO CALL,CALL...   a seccomp filter fails these system calls
 *   deny-kcmp ERRNO TYPE,...  a seccomp filter fails kcmp() for these types
 *   deny-namespaces           one that fails clone() with CLONE_NEW* as Docker's
 *                             does: EPERM, and ENOSYS from clone3()
 *   deny-suid                 one that fails to make set-id files, as systemd's
 *   landlock N                N Landlock domains, one inside the other
 *   block-signals             every signal that can be blocked is
 *   ignore-signals            every signal that can be ignored is
 *   fds N                     N more descriptors, inherited
 *   not-dumpable              PR_SET_DUMPABLE is 0 up to the execve()
 *   high-fd N                 one more descriptor, with that number
 *   nonblocking FD            O_NONBLOCK is set
 *   zombies N                 so many children that nobody waits for
 *   userns INSIDE OUTSIDE N   a user namespace where N ids are mapped
 *   sleepers N                so many children that sleep as long as the command
 *
 * Exits with 77 when the situation cannot be had here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CANNOT 77
#define MOST 64

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

/* clang-format off */
#define CALL(name) { #name, SYS_##name }

static const struct call {
	const char *name;
	int number;
} calls[] = {
	CALL(bpf), CALL(capget), CALL(capset), CALL(clone), CALL(clone3),
	CALL(close_range), CALL(epoll_create1), CALL(fchownat), CALL(fcntl),
	CALL(fsetxattr), CALL(get_robust_list), CALL(inotify_init1),
	CALL(ioprio_get), CALL(ioprio_set), CALL(io_uring_setup), CALL(keyctl),
	CALL(landlock_create_ruleset), CALL(landlock_restrict_self),
	CALL(memfd_create), CALL(mount), CALL(mq_open), CALL(name_to_handle_at),
	CALL(open_by_handle_at), CALL(perf_event_open), CALL(personality), CALL(pidfd_getfd),
	CALL(pidfd_open), CALL(pidfd_send_signal), CALL(prlimit64),
	CALL(process_vm_readv), CALL(ptrace), CALL(quotactl),
	CALL(sched_setaffinity), CALL(sched_setscheduler), CALL(semctl),
	CALL(semget), CALL(semop), CALL(semtimedop), CALL(seccomp), CALL(setns),
	CALL(setresgid), CALL(setresuid), CALL(setrlimit), CALL(setxattr),
	CALL(signalfd4), CALL(socketpair), CALL(timerfd_create), CALL(umount2),
	CALL(unshare), CALL(userfaultfd), CALL(vfork),
};
/* clang-format on */

static const struct call errors[] = {
	{ "EPERM", EPERM },
	{ "ENOSYS", ENOSYS },
	{ "EACCES", EACCES },
	{ "EINVAL", EINVAL },
};

static void fail(const char *what)
{
	fprintf(stderr, "enter: %s: %s\n", what, strerror(errno));
	exit(CANNOT);
}

/* Returns the number behind a name, or that which the name is. */
static int find(const struct call *list, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(list[i].name, name))
			return list[i].number;
	if (*name >= '0' && *name <= '9')
		return atoi(name);
	fprintf(stderr, "enter: no such name: %s\n", name);
	exit(2);
}

#define FIND(list, name) find(list, sizeof(list) / sizeof(*(list)), name)

/* Needs no privilege, and leaves none to set-uid programs where it has none. */
static void install(struct sock_filter *code, int length)
{
	struct sock_fprog program = { .len = length, .filter = code };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)))
		fail("seccomp");
}

static void deny(const char *error, char *names)
{
	struct sock_filter code[2 * MOST + 2];
	unsigned int action = SECCOMP_RET_ERRNO | FIND(errors, error);
	char *name;
	int n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (name = strtok(names, ","); name; name = strtok(NULL, ",")) {
		code[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, FIND(calls, name), 0, 1);
		code[n++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						 SECCOMP_RET_ALLOW);
	install(code, n);
}

/* The low word of an argument is the first one on little endian only. */
#define LOW_WORD (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)

static void deny_kcmp(const char *error, char *types)
{
	struct sock_filter code[2 * MOST + 4] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kcmp, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[2]) + LOW_WORD),
	};
	unsigned int action = SECCOMP_RET_ERRNO | FIND(errors, error);
	char *type;
	int n = 4;

	for (type = strtok(types, ","); type; type = strtok(NULL, ",")) {
		code[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, atoi(type), 0, 1);
		code[n++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						 SECCOMP_RET_ALLOW);
	install(code, n);
}

static void deny_namespaces(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[0]) + LOW_WORD),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x7e020000, 0, 2),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	install(code, sizeof(code) / sizeof(*code));
}

#define ARGUMENT(n)                        \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
		 offsetof(struct seccomp_data, args[n]) + LOW_WORD)

static void deny_suid(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmod, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmodat, 3, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		ARGUMENT(1),
		BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
		ARGUMENT(2),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 06000, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	install(code, sizeof(code) / sizeof(*code));
}

/* Domains that forbid to make block devices, and nothing else. */
static void landlock(int n)
{
	unsigned long long access = 1ULL << 11;
	int ruleset;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fail("no_new_privs");
	while (n--) {
		ruleset = syscall(SYS_landlock_create_ruleset, &access,
				  sizeof(access), 0);
		if (ruleset == -1 ||
		    syscall(SYS_landlock_restrict_self, ruleset, 0))
			fail("landlock");
		close(ruleset);
	}
}

static void ignore_signals(void)
{
	int n;

	for (n = 1; n < _NSIG; n++)
		signal(n, SIG_IGN);
}

static void block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

static void open_fds(int n)
{
	while (n--)
		if (open("/", O_RDONLY) == -1)
			fail("open");
}

static void open_high_fd(int number)
{
	if (dup2(STDIN_FILENO, number) == -1)
		fail("dup2");
}

static void set_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		fail("O_NONBLOCK");
}

/* They die with the command. */
static void have_children(int n, int zombies)
{
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
	while (n--) {
		pid = fork();
		if (pid == -1)
			fail("fork");
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (!zombies)
			pause();
		_exit(0);
	}
}

static void write_map(pid_t pid, const char *name, char **map)
{
	char path[64], line[128];
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	n = snprintf(line, sizeof(line), "%s %s %s\n", map[0], map[1], map[2]);
	fd = open(path, O_WRONLY);
	if (fd == -1 || write(fd, line, n) != n)
		fail(path);
	close(fd);
}

/* A child, which stays outside, writes the maps. */
static void enter_userns(char **map)
{
	int go[2], status, zero = 0;
	pid_t pid, self = getpid();

	signal(SIGCHLD, SIG_DFL);
	if (pipe(go))
		fail("pipe");
	pid = fork();
	if (!pid) {
		close(go[1]);
		if (read(go[0], &zero, 1) < 0)
			fail("read");
		write_map(self, "uid_map", map);
		write_map(self, "gid_map", map);
		_exit(0);
	}
	if (unshare(CLONE_NEWUSER))
		fail("unshare");
	close(go[1]);
	close(go[0]);
	if (waitpid(pid, &status, 0) != pid || status)
		exit(CANNOT);
	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		fail("setresuid");
}

/* Returns how many arguments it has taken, or 0 if there is no such situation. */
static int enter(int argc, char **argv)
{
	if (!strcmp(argv[0], "block-signals"))
		return block_signals(), 1;
	if (!strcmp(argv[0], "ignore-signals"))
		return ignore_signals(), 1;
	if (!strcmp(argv[0], "not-dumpable"))
		return prctl(PR_SET_DUMPABLE, 0), 1;
	if (!strcmp(argv[0], "deny-namespaces"))
		return deny_namespaces(), 1;
	if (!strcmp(argv[0], "deny-suid"))
		return deny_suid(), 1;
	if (argc > 1 && !strcmp(argv[0], "nonblocking"))
		return set_nonblocking(atoi(argv[1])), 2;
	if (argc > 1 && !strcmp(argv[0], "zombies"))
		return have_children(atoi(argv[1]), 1), 2;
	if (argc > 1 && !strcmp(argv[0], "sleepers"))
		return have_children(atoi(argv[1]), 0), 2;
	if (argc > 1 && !strcmp(argv[0], "landlock"))
		return landlock(atoi(argv[1])), 2;
	if (argc > 1 && !strcmp(argv[0], "fds"))
		return open_fds(atoi(argv[1])), 2;
	if (argc > 1 && !strcmp(argv[0], "high-fd"))
		return open_high_fd(atoi(argv[1])), 2;
	if (argc > 3 && !strcmp(argv[0], "userns"))
		return enter_userns(argv + 1), 4;
	if (argc > 2 && !strcmp(argv[0], "deny"))
		return deny(argv[1], argv[2]), 3;
	if (argc > 2 && !strcmp(argv[0], "deny-kcmp"))
		return deny_kcmp(argv[1], argv[2]), 3;
	return 0;
}

int main(int argc, char **argv)
{
	int taken = argc > 1 ? enter(argc - 1, argv + 1) : 0;

	if (!taken || argc < taken + 3 || strcmp(argv[taken + 1], "--")) {
		fputs("usage: enter SITUATION ARG... -- COMMAND...\n", stderr);
		return 2;
	}
	execvp(argv[taken + 2], argv + taken + 2);
	fail(argv[taken + 2]);
}
