/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the programs on top of the harness: expectations on kcmp(), skips,
 * and main().
 *
 * A program includes this file first and ends with TEST_HARNESS_MAIN as usual,
 * which defines a function that main() calls.
 */
#ifndef SELFTESTS_KCMP_HARNESS_H
#define SELFTESTS_KCMP_HARNESS_H

#include "kselftest_harness.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>

#include "describe.h"
#include "environment.h"
#include "kcmp.h"
#include "worker.h"

/* A limit guards against hangs only: 30 seconds are too few on a busy machine. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 120

/*
 * The harness of Linux 6.1 and older runs the test in spite of a SKIP() in its
 * set-up, and knows a skip by this exit status.  Newer ones have XFAIL_ADD().
 */
#ifdef XFAIL_ADD
#define SKIP_STATEMENT return
#define SUITE_CAN_SELECT 1
#define __HAS_FAILED() (_metadata->exit_code == KSFT_FAIL)
#else
#define SKIP_STATEMENT _exit(255)
#define SUITE_CAN_SELECT 0
#define __HAS_FAILED() (!_metadata->passed)
#endif

/*
 * SKIP_IF() - Leaves the test when there is a reason; in a set-up, or in a test
 * before its first EXPECT.
 *
 * The harness would turn a failure into a skip: here it stays a failure.
 */
#define SKIP_IF(reason)                                                    \
	do {                                                               \
		const char *__reason = (reason);                           \
		if (__reason && __HAS_FAILED()) {                          \
			ASSERT_STREQ("no skip after a failed expectation", \
				     __reason);                            \
		} else if (__reason) {                                     \
			SKIP(SKIP_STATEMENT, "%s", __reason);              \
		}                                                          \
	} while (0)

/*
 * ASSERT_SPAWNED() - Fails when a worker could not be spawned, but skips when that
 * is for lack of room.
 */
#define ASSERT_SPAWNED(worker)                                         \
	do {                                                           \
		pid_t __pid = (worker)->pid;                           \
		if (__pid == -EAGAIN || __pid == -ENOMEM)              \
			SKIP_IF(room_skip_reason(SUITE_TASKS));        \
		if (__pid <= 0) {                                      \
			ASSERT_STREQ("a worker", errno_name(__pid))    \
			{                                              \
				TH_LOG("%s was not spawned", #worker); \
			}                                              \
		}                                                      \
	} while (0)

/* Wrong answers of a test, which has a process of its own; so many are printed. */
static __attribute__((unused)) int suite_wrong_answers;
#define SUITE_PRINTED 8

/*
 * Expects an answer that is there already; prints the question on a failure.  A
 * test with as many wrong answers as are printed has failed already.
 */
#define __EXPECT_ANSWER(want, question)                                                    \
	do {                                                                               \
		const struct kcmp_question *__q = (question);                              \
		long __want = (want);                                                      \
		char __call[512], __source[512];                                           \
		if (kcmp_is_wanted(__want, __q->answer))                                   \
			break;                                                             \
		if (suite_wrong_answers++ >= SUITE_PRINTED) {                              \
			if (suite_wrong_answers == SUITE_PRINTED + 1)                      \
				TH_LOG("more wrong answers of this test are not printed"); \
			break;                                                             \
		}                                                                          \
		EXPECT_STREQ(kcmp_want_text(__want),                                       \
			     kcmp_answer_text(__q->answer))                                \
		{                                                                          \
			TH_LOG("%s",                                                       \
			       kcmp_call_text(__q, __call, sizeof(__call)));               \
			TH_LOG("%s", kcmp_source_text(__q, __source,                       \
						      sizeof(__source)));                  \
		}                                                                          \
	} while (0)

/*
 * EXPECT_KCMP() - The test asks kcmp(), and expects 0 (same), KCMP_DIFFERS
 * (1, 2 or 3), KCMP_ANSWERS (0, 1, 2 or 3) or -errno.
 * EXPECT_KCMP_BY() - A worker asks; slots and ids are those that it sees.
 *
 * Both evaluate each argument once, and print the question on a failure.
 */
#define EXPECT_KCMP(want, pid1, pid2, type, idx1, idx2)                      \
	__EXPECT_ONE(want, KCMP_QUESTION(NULL, pid1, pid2, type, idx1, idx2, \
					 #pid1, #pid2, #type, #idx1, #idx2))

#define EXPECT_KCMP_BY(worker, want, pid1, pid2, type, idx1, idx2)             \
	__EXPECT_ONE(want, KCMP_QUESTION(worker, pid1, pid2, type, idx1, idx2, \
					 #pid1, #pid2, #type, #idx1, #idx2))

/*
 * EXPECT_SAME(), EXPECT_DIFFERENT() - Expect 0, or KCMP_DIFFERS, whichever side
 * comes first; for types whose two sides mean the same.
 */
#define EXPECT_SAME(pid1, pid2, type, idx1, idx2)                          \
	__EXPECT_BOTH(0, KCMP_QUESTION(NULL, pid1, pid2, type, idx1, idx2, \
				       #pid1, #pid2, #type, #idx1, #idx2))

#define EXPECT_DIFFERENT(pid1, pid2, type, idx1, idx2)                         \
	__EXPECT_BOTH(KCMP_DIFFERS,                                            \
		      KCMP_QUESTION(NULL, pid1, pid2, type, idx1, idx2, #pid1, \
				    #pid2, #type, #idx1, #idx2))

#define __EXPECT_ONE(want, ...)                           \
	do {                                              \
		struct kcmp_question __one = __VA_ARGS__; \
		kcmp_ask(&__one);                         \
		__EXPECT_ANSWER(want, &__one);            \
	} while (0)

#define __EXPECT_BOTH(want, ...)                                     \
	do {                                                         \
		struct kcmp_question __one = __VA_ARGS__;            \
		struct kcmp_question __other = kcmp_swapped(&__one); \
		kcmp_ask(&__one);                                    \
		kcmp_ask(&__other);                                  \
		__EXPECT_ANSWER(want, &__one);                       \
		__EXPECT_ANSWER(want, &__other);                     \
	} while (0)

/*
 * EXPECT_ESRCH_IF_UNUSED() - Expects ESRCH for a pid that was in use, unless
 * another task has got it; asker: a worker, or NULL for the test.
 */
#define EXPECT_ESRCH_IF_UNUSED(asker, gone, pid1, pid2, type)               \
	do {                                                                \
		struct kcmp_question __gone =                               \
			KCMP_QUESTION(asker, pid1, pid2, type, 0, 0, #pid1, \
				      #pid2, #type, "0", "0");              \
		kcmp_ask_gone(&__gone, gone);                               \
		__EXPECT_ANSWER(-ESRCH, &__gone);                           \
	} while (0)

/* EXPECT_RESULT(), ASSERT_RESULT() - Expect a result, and name errors. */
#define EXPECT_RESULT(want, call) \
	__CHECK_RESULT(EXPECT_STREQ, want, call, #call)
#define ASSERT_RESULT(want, call) \
	__CHECK_RESULT(ASSERT_STREQ, want, call, #call)

#define __CHECK_RESULT(check, want, call, text)                         \
	do {                                                            \
		long __want = (want), __result = (call);                \
		if (__result != __want) {                               \
			check(errno_name(__want), errno_name(__result)) \
			{                                               \
				TH_LOG("%s", text);                     \
			}                                               \
		}                                                       \
	} while (0)

/* EXPECT_DIFFERS() - Expects 1, 2 or 3 of a call that is evaluated once. */
#define EXPECT_DIFFERS(call)                                       \
	do {                                                       \
		long __answer = (call);                            \
		if (!kcmp_differs(__answer)) {                     \
			EXPECT_STREQ(kcmp_want_text(KCMP_DIFFERS), \
				     kcmp_answer_text(__answer))   \
			{                                          \
				TH_LOG("%s", #call);               \
			}                                          \
		}                                                  \
	} while (0)

/* One test needs no more files, bytes in a file, tasks or epoll watches. */
#define SUITE_FILES 512
#define SUITE_FSIZE (64 << 20)
#define SUITE_TASKS 128
#define SUITE_WATCHES 256

/* Calls fn() with each test's full name, and returns the sum of its answers. */
static int suite_walk(int (*fn)(const char *name, void *arg), void *arg)
{
	struct __fixture_variant_metadata none = { .name = "" }, *v;
	struct __fixture_metadata *f;
	struct __test_metadata *t;
	char name[256];
	int sum = 0;

	for (f = __fixture_list; f; f = f->next)
		for (v = f->variant ?: &none; v; v = v->next)
			for (t = f->tests; t; t = t->next) {
				snprintf(name, sizeof(name), "%s%s%s.%s",
					 f->name, v->name[0] ? "." : "",
					 v->name, t->name);
				sum += fn(name, arg);
			}
	return sum;
}

/* The arguments: patterns of test names, and those for the harness. */
struct suite_args {
	bool list;
	int globs, excluded, argc;
	const char **glob, **exclude;
	char **argv;
};

static bool suite_matches(const char *name, const char **glob, int globs)
{
	int i;

	for (i = 0; i < globs; i++)
		if (!fnmatch(glob[i], name, 0))
			return true;
	return false;
}

static int suite_select(const char *name, void *arg)
{
	struct suite_args *args = arg;

	if (suite_matches(name, args->exclude, args->excluded) ||
	    (args->globs && !suite_matches(name, args->glob, args->globs)))
		return 0;
	if (args->list) {
		puts(name);
	} else if (args->globs || args->excluded) {
		args->argv[args->argc++] = "-r";
		args->argv[args->argc++] = strdup(name);
	}
	return 1;
}

static int suite_count(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return 1;
}

/*
 * A program may have options of its own: returns how many arguments it takes from
 * argv[0] on, 0 if that is no such option, or -1 after a message.
 */
int suite_option(int argc, char **argv) __attribute__((weak));

/* Returns 0, or the status to exit with. */
static int suite_parse(int argc, char **argv, struct suite_args *args)
{
	int i, own;

	args->argv[args->argc++] = argv[0];
	for (i = 1; i < argc; i++) {
		own = suite_option ? suite_option(argc - i, argv + i) : 0;
		if (own < 0)
			return KSFT_FAIL;
		if (own > 0) {
			i += own - 1;
		} else if (!strcmp(argv[i], "--list") ||
			   !strcmp(argv[i], "-l") || !strcmp(argv[i], "-L")) {
			args->list = true;
		} else if (!strcmp(argv[i], "-r") && i + 1 < argc) {
			args->glob[args->globs++] = argv[++i];
		} else if ((!strcmp(argv[i], "-x") || !strcmp(argv[i], "-R")) &&
			   i + 1 < argc) {
			args->exclude[args->excluded++] = argv[++i];
		} else {
			args->argv[args->argc++] = argv[i];
		}
	}
	if (args->globs + args->excluded && !args->list && !SUITE_CAN_SELECT) {
		fprintf(stderr,
			"%s: -r and -x need the harness of Linux 6.12 or newer\n",
			argv[0]);
		return KSFT_FAIL;
	}
	return KSFT_PASS;
}

/*
 * The harness exits with 0 when all was skipped or nothing was run, which would
 * tell "pass" to whoever reads the status only.  Runs in the harness process
 * alone: the tests leave by _exit() or a signal.
 */
static void suite_at_exit(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		fputs("cannot write the results to stdout\n", stderr);
		_exit(KSFT_FAIL);
	}
	while (waitpid(-1, NULL, __WALL | WNOHANG) > 0)
		;
	if (ksft_get_pass_cnt() || ksft_get_fail_cnt() || ksft_get_error_cnt())
		return;
	if (ksft_get_xskip_cnt())
		_exit(KSFT_SKIP);
	fputs("no test ran\n", stderr);
	_exit(KSFT_FAIL);
}

static pid_t suite_forking;

static void suite_before_fork(void)
{
	suite_forking = getpid();
}

/*
 * In each forked process, first thing: it dies with its parent, or now, if that
 * is dead already.  suite_forking may be that of another task with the same
 * memory, but then the parent is in this process group.
 */
static void suite_in_fork(void)
{
	pid_t parent;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	parent = getppid();
	if (parent && parent != suite_forking && getpgid(parent) != getpgrp())
		_exit(KSFT_FAIL);
}

/* Returns why no test can run on this machine, or NULL. */
static const char *suite_skip_reason(void)
{
	const char *reason;

	if (access("/proc/self/status", R_OK))
		return "needs /proc (CONFIG_PROC_FS)";
	reason = own_program_skip_reason();
	if (reason)
		return reason;
	if (!raise_limit(RLIMIT_NOFILE, SUITE_FILES))
		return "RLIMIT_NOFILE too low (needs 512)";
	if (!raise_limit(RLIMIT_FSIZE, SUITE_FSIZE))
		return "RLIMIT_FSIZE too low (needs 64 MiB)";
	raise_limit(RLIMIT_NPROC, RLIM_INFINITY / 2);
	/* It binds workers that give up being root, too. */
	if (!raise_limit(RLIMIT_NPROC, SUITE_TASKS))
		return "RLIMIT_NPROC too low (needs 128)";
	reason = room_skip_reason(SUITE_TASKS);
	return reason ? reason : watch_skip_reason(SUITE_WATCHES);
}

/*
 * Closes inherited descriptors, which would be in the way of those under test.
 * Some seccomp filters refuse close_range().
 */
static void suite_close_inherited(void)
{
	int fd;

	if (syscall(SYS_close_range, STDERR_FILENO + 1, UINT_MAX, 0))
		for (fd = STDERR_FILENO + 1; fd < 65536; fd++)
			close(fd);
}

/* Sets what the process has inherited to known values. */
static int suite_prepare(void)
{
	const char *reason;

	if (fcntl(STDOUT_FILENO, F_GETFD) == -1) {
		fputs("stdout is closed\n", stderr);
		return KSFT_FAIL;
	}
	/* The descriptors under test must not become standard streams. */
	while (fcntl(STDERR_FILENO, F_GETFD) == -1 ||
	       fcntl(STDIN_FILENO, F_GETFD) == -1)
		if (open("/dev/null", O_RDWR) == -1 && open("/", O_PATH) == -1)
			return KSFT_FAIL;
	suite_close_inherited();
	reset_signals();
	reset_ids();
	reset_caps();
	reset_scheduler();
	reason = suite_skip_reason();
	if (reason) {
		printf("TAP version 13\n1..0 # SKIP %s\n", reason);
		return KSFT_SKIP;
	}
	if (worker_area_make()) {
		perror("cannot make room for workers");
		return KSFT_FAIL;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pthread_atfork(suite_before_fork, NULL, suite_in_fork) ||
	    atexit(suite_at_exit))
		return KSFT_FAIL;
	return KSFT_PASS;
}

static int suite_by_address(const void *a, const void *b)
{
	uintptr_t left = *(const uintptr_t *)a, right = *(const uintptr_t *)b;

	return (left > right) - (left < right);
}

/* Lists the harness' data of each test, which may be on a page of its own. */
static int suite_list_metadata(uintptr_t *list)
{
	struct __fixture_metadata *f;
	struct __test_metadata *t;
	int count = 0;

	for (f = __fixture_list; f; f = f->next)
		for (t = f->tests; t; t = t->next)
			list[count++] = (uintptr_t)t;
	qsort(list, count, sizeof(*list), suite_by_address);
	return count;
}

/* Replaces the mappings of adjacent pages by one with the same contents. */
static void suite_join_pages(uintptr_t from, size_t size)
{
	void *copy = malloc(size);

	if (!copy)
		return;
	memcpy(copy, (void *)from, size);
	if (mmap((void *)from, size, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		abort();
	memcpy((void *)from, copy, size);
	free(copy);
}

/*
 * The harness maps a page for each test.  fork() copies every mapping, and one for
 * all tests is copied faster.
 */
static void suite_join_metadata(void)
{
	uintptr_t list[suite_walk(suite_count, NULL)];
	const uintptr_t page = sysconf(_SC_PAGESIZE);
	int i, first = 0, count = suite_list_metadata(list);

	for (i = 1; i <= count; i++) {
		if (i < count && list[i] == list[i - 1] + page)
			continue;
		if (i - first > 1 && !(list[first] % page))
			suite_join_pages(list[first], (i - first) * page);
		first = i;
	}
}

int suite_harness_main(int argc, char **argv);

#ifdef __GLIBC__
/*
 * An executed worker starts before the harness maps a page for each test, which
 * it does not need.  Only glibc passes arguments to a constructor.
 */
__attribute__((constructor(101))) static void suite_resume(int argc,
							   char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "--worker"))
		_exit(worker_resume(argv));
}
#endif

int main(int argc, char **argv)
{
	int tests = suite_walk(suite_count, NULL);
	const char *glob[argc], *exclude[argc];
	char *to_harness[argc + 2 * tests + 1];
	struct suite_args args = {
		.glob = glob,
		.exclude = exclude,
		.argv = to_harness,
	};
	int err, selected;

	if (argc >= 3 && !strcmp(argv[1], "--worker"))
		return worker_resume(argv);
	/* As a script's interpreter: its path comes first. */
	if (argc >= 4 && !strcmp(argv[2], "--worker"))
		return worker_resume(argv + 1);
	err = suite_parse(argc, argv, &args);
	if (err)
		return err;
	selected = suite_walk(suite_select, &args);
	if (!selected)
		fprintf(stderr, "%s: no test matches\n", argv[0]);
	if (!selected || args.list)
		return selected ? KSFT_PASS : KSFT_FAIL;
	reset_personality(argv);
	err = suite_prepare();
	if (err)
		return err;
	args.argv[args.argc] = NULL;
	suite_join_metadata();
	return suite_harness_main(args.argc, args.argv);
}

/* TEST_HARNESS_MAIN defines this; its contents differ by kernel version. */
#define main suite_harness_main

#endif /* SELFTESTS_KCMP_HARNESS_H */
