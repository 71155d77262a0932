// SPDX-License-Identifier: GPL-2.0
/*
 * kcmp(2) under load: races with execve(), exit, changes of dumpability, fd
 * tables and epoll registrations; callers that wait for an execve() or a page
 * fault; locks and references that are not released.
 *
 * A failure is something that cannot happen on a right kernel.  Tasks are made to
 * wait by ptrace stops, zombies, userfaultfd and FUSE, not by chance.  The storms
 * take KCMP_STRESS seconds in all, one by default.
 */
#include "kcmp_harness.h"
#include "epoll_tfd.h"

#include <linux/fuse.h>
#include <linux/membarrier.h>
#include <linux/mount.h>
#include <linux/userfaultfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

#define STORMS 7 /* that share the time */

/*
 * A time limit guards against a hang, not against slowness: a busy machine may
 * take seconds for a step.  Each limit is for one step; TEST_SECONDS, the limit of
 * the harness for a whole test, is never reached.
 */
#define LEAK_TIMEOUT 20000 /* ms for RCU and work queues to let go */
#define LEAK_NAPS 1000 /* a wait for them has at least so many naps */
#define TEST_SECONDS 100000

/* Returns the time of one storm: less than a second in all is the default. */
static int storm_ms(void)
{
	const char *text = getenv("KCMP_STRESS");
	int seconds = text ? atoi(text) : 0;

	return (seconds > 1 ? seconds * 1000 : 420) / STORMS;
}

/* ------------------------------------------------------------------ */
/* Storms: many questions while the tasks change.                      */

enum outcome {
	SAME = 1 << 0,
	LESS = 1 << 1,
	GREATER = 1 << 2,
	UNORDERED = 1 << 3,
	NO_PERM = 1 << 4,
	NO_TASK = 1 << 5,
	NO_FD = 1 << 6,
	NO_NUMBER = 1 << 7,
	ANYTHING_ELSE = 1 << 8,
	DIFFERENT = LESS | GREATER | UNORDERED,
	EVERYTHING = (1 << 9) - 1,
};

static enum outcome outcome_of(long answer)
{
	switch (answer) {
	case 0:
	case 1:
	case 2:
	case 3:
		return 1 << answer;
	case -EPERM:
		return NO_PERM;
	case -ESRCH:
		return NO_TASK;
	case -EBADF:
		return NO_FD;
	case -ENOENT:
		return NO_NUMBER;
	default:
		return ANYTHING_ELSE;
	}
}

/* Spells a set of outcomes into "text".  Returns it. */
static const char *outcomes_text(unsigned int outcomes, char *text, size_t size)
{
	static const char *const name[] = {
		"0",	  "1",	    "2",       "3",	 "-EPERM",
		"-ESRCH", "-EBADF", "-ENOENT", "others",
	};
	unsigned int i;

	text[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(name); i++)
		if (outcomes & 1U << i)
			snprintf(text + strlen(text), size - strlen(text),
				 "%s%s", text[0] ? ", " : "", name[i]);
	return text;
}

/* A task that is replaced again and again. */
struct moving {
	pid_t pid;
	unsigned int targets; /* spawned so far; the last may be reaped */
};

/* The questions about two tasks, by pid1 and pid2. */
enum question { A_B, B_A, B_B, QUESTIONS };

/* The answers to one question: how many, and the first that was not allowed. */
struct tally {
	unsigned int allowed; /* enum outcome */
	unsigned int asked, bad;
	pid_t pid1, pid2;
	long answer;
};

/* The questions of a caller, and its answers; lies in its mailbox. */
struct hammer {
	pid_t a, b;
	unsigned int fd_a, fd_b; /* of a and b, for KCMP_FILE */
	struct kcmp_epoll_slot slot; /* compared with fd_a of a */
	int ms; /* for how long */
	const struct moving *moving; /* replaces b if set */
	bool skipped[KCMP_TYPES]; /* types that are not asked about */
	struct tally tally[KCMP_TYPES][QUESTIONS];
};

_Static_assert(sizeof(struct hammer) <= WORKER_SCRATCH, "it lies in a mailbox");

static unsigned int count_targets(const struct moving *m)
{
	return __atomic_load_n(&m->targets, __ATOMIC_SEQ_CST);
}

static pid_t read_target(const struct moving *m)
{
	return __atomic_load_n(&m->pid, __ATOMIC_SEQ_CST);
}

/* b: the task that is b at the moment. */
static struct kcmp_question question_of(const struct hammer *h, int type,
					enum question which, pid_t b)
{
	struct kcmp_question q = {
		.type = type,
		.pid1 = which == A_B ? h->a : b,
		.pid2 = which == B_A ? h->a : b,
		.idx1 = which == B_A ? h->fd_b : h->fd_a,
		.idx2 = which == B_A ? h->fd_a : h->fd_b,
	};

	if (type == KCMP_EPOLL_TFD)
		q.idx2 = (unsigned long)&h->slot;
	return q;
}

static void hammer_once(struct hammer *h, int type, enum question which)
{
	unsigned int targets = h->moving ? count_targets(h->moving) : 0;
	pid_t b = h->moving ? read_target(h->moving) : h->b;
	struct kcmp_question q = question_of(h, type, which, b);
	struct tally *tally = &h->tally[type][which];

	kcmp_ask(&q);
	/* The id of the target before the last may have been reused. */
	if (h->moving && count_targets(h->moving) - targets > 1)
		return;
	tally->asked++;
	if (outcome_of(q.answer) & tally->allowed || tally->bad++)
		return;
	tally->pid1 = q.pid1;
	tally->pid2 = q.pid2;
	tally->answer = q.answer;
}

/* Whether the question makes sense for the type. */
static bool is_asked(int type, enum question which)
{
	return which == A_B ||
	       (type != KCMP_EPOLL_TFD && (which == B_A || type != KCMP_FILE));
}

/* Asks each question at least once.  arg: struct hammer. */
static long hammer(const long *arg)
{
	struct hammer *h = (struct hammer *)arg[0];
	long long end = clock_ms() + h->ms;
	int type, which;

	do {
		for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++)
			for (which = A_B; which < QUESTIONS; which++)
				if (!h->skipped[type] && is_asked(type, which))
					hammer_once(h, type, which);
	} while (clock_ms() < end);
	return 0;
}

static void allow_between(struct hammer *h, int type, unsigned int outcomes)
{
	h->tally[type][A_B].allowed = outcomes;
	h->tally[type][B_A].allowed = outcomes;
}

/* Allows any answer to any question; tests then narrow that down. */
static void allow_everything(struct hammer *h)
{
	int type;

	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++) {
		allow_between(h, type, EVERYTHING);
		h->tally[type][B_B].allowed = EVERYTHING;
	}
}

/* Allows the answers about two tasks that share nothing. */
static void allow_unrelated(struct hammer *h, unsigned int also)
{
	allow_between(h, KCMP_VM, DIFFERENT | also);
	allow_between(h, KCMP_FILES, DIFFERENT | also);
	allow_between(h, KCMP_FS, DIFFERENT | also);
	allow_between(h, KCMP_SIGHAND, DIFFERENT | also);
	allow_between(h, KCMP_IO, SAME | DIFFERENT | also);
	allow_between(h, KCMP_SYSVSEM, SAME | DIFFERENT | also);
}

/* Allows the answers about a task and itself; execve() replaces the fd table. */
static void allow_itself(struct hammer *h, unsigned int also)
{
	h->tally[KCMP_VM][B_B].allowed = SAME | also;
	h->tally[KCMP_FS][B_B].allowed = SAME | also;
	h->tally[KCMP_SIGHAND][B_B].allowed = SAME | also;
	h->tally[KCMP_FILES][B_B].allowed = SAME | DIFFERENT | also;
	h->tally[KCMP_IO][B_B].allowed = SAME | DIFFERENT | also;
	h->tally[KCMP_SYSVSEM][B_B].allowed = SAME | DIFFERENT | also;
}

static void log_bad_answers(struct __test_metadata *_metadata,
			    const struct hammer *h, int type,
			    enum question which)
{
	const struct tally *tally = &h->tally[type][which];
	struct kcmp_question q = question_of(h, type, which, 0);
	char call[512], allowed[64];

	q.pid1 = tally->pid1;
	q.pid2 = tally->pid2;
	TH_LOG("%s", kcmp_call_text(&q, call, sizeof(call)));
	TH_LOG("allowed: %s; %u of %u answers were none of these; the first: %s",
	       outcomes_text(tally->allowed, allowed, sizeof(allowed)),
	       tally->bad, tally->asked, kcmp_answer_text(tally->answer));
}

/*
 * Expects that each question was answered, and only as allowed.  Prints the first
 * questions with other answers.
 */
static void expect_allowed(struct __test_metadata *_metadata,
			   const struct hammer *h)
{
	int type, which, bad = 0, missing = 0;

	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++)
		for (which = A_B; which < QUESTIONS; which++) {
			const struct tally *tally = &h->tally[type][which];

			if (tally->bad && bad++ < 8)
				log_bad_answers(_metadata, h, type, which);
			if (!h->moving && !h->skipped[type])
				missing += is_asked(type, which) &&
					   !tally->asked;
		}
	EXPECT_EQ(0, bad)
	{
		TH_LOG("questions with answers that are not allowed");
	}
	EXPECT_EQ(0, missing)
	{
		TH_LOG("questions that the caller did not come to");
	}
}

FIXTURE(storm)
{
	struct worker *caller[2], *a, *b;
	struct hammer *h[2];
	int fd, other;
};

FIXTURE_SETUP(storm)
{
	int ends[2], i;

	SKIP_IF(kcmp_skip_reason_any());
	ASSERT_EQ(0, pipe(ends));
	self->fd = ends[0];
	self->other = ends[1];
	self->a = worker_spawn(0);
	ASSERT_SPAWNED(self->a);
	self->b = worker_spawn(0);
	ASSERT_SPAWNED(self->b);
	for (i = 0; i < 2; i++) {
		self->caller[i] = worker_spawn(0);
		ASSERT_SPAWNED(self->caller[i]);
		self->h[i] = (struct hammer *)self->caller[i]->scratch;
		*self->h[i] = (struct hammer){
			.a = i ? self->b->pid : self->a->pid,
			.b = i ? self->a->pid : self->b->pid,
			.fd_a = self->fd,
			.fd_b = self->fd,
		};
		allow_everything(self->h[i]);
	}
}

FIXTURE_TEARDOWN(storm)
{
	workers_end();
}

static void storm_begin(FIXTURE_DATA(storm) *const self)
{
	int i, type;

	for (i = 0; i < 2; i++) {
		for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++)
			self->h[i]->skipped[type] = kcmp_skip_reason(type);
		self->h[i]->ms = storm_ms();
		worker_post(self->caller[i], hammer,
			    WORKER_ARGS((long)self->h[i]));
	}
}

/*
 * Returns a worker's result, or WORKER_STUCK if it hangs.  A worker counts the
 * time of the storm from when it runs, which may be late on a busy machine.
 */
static long wait_storm(struct worker *t)
{
	return worker_done_within(t, storm_ms() + WORKER_TIMEOUT) ?
		       t->ret :
		       WORKER_STUCK;
}

/* Returns 0 when both callers have finished, WORKER_STUCK if one hangs. */
static long storm_end(FIXTURE_DATA(storm) *const self)
{
	return wait_storm(self->caller[0]) || wait_storm(self->caller[1]) ?
		       WORKER_STUCK :
		       0;
}

/* Both tasks execute themselves again and again, and keep their descriptors. */
TEST_F_TIMEOUT(storm, execve_gives_legal_answers, TEST_SECONDS)
{
	char until[24];
	int i;

	SKIP_IF(execve_skip_reason());
	snprintf(until, sizeof(until), "%lld", clock_ms() + storm_ms());
	memcpy(self->a->scratch, until, sizeof(until));
	memcpy(self->b->scratch, until, sizeof(until));
	worker_post(self->a, worker_do_execve,
		    WORKER_ARGS((long)self->a, (long)"/proc/self/exe",
				(long)self->a->scratch));
	worker_post(self->b, worker_do_execve,
		    WORKER_ARGS((long)self->b, (long)"/proc/self/exe",
				(long)self->b->scratch));
	for (i = 0; i < 2; i++) {
		allow_unrelated(self->h[i], 0);
		allow_itself(self->h[i], 0);
		allow_between(self->h[i], KCMP_FILE, SAME);
	}
	storm_begin(self);
	ASSERT_EQ(0, storm_end(self));
	EXPECT_EQ(0, wait_storm(self->a));
	EXPECT_EQ(0, wait_storm(self->b));
	expect_allowed(_metadata, self->h[0]);
	expect_allowed(_metadata, self->h[1]);
}

/* Spawns a child that exits at once, and reaps it.  Returns 0 or -errno. */
static long spawn_target(struct moving *m)
{
	pid_t pid = fork();

	if (!pid)
		syscall(SYS_exit_group, 0);
	if (pid == -1)
		return -errno;
	__atomic_store_n(&m->pid, pid, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&m->targets, 1, __ATOMIC_SEQ_CST);
	return waitpid(pid, NULL, 0) == pid ? 0 : -errno;
}

/* Spawns one target after the other.  arg: struct moving, for how long. */
static long spawn_targets(const long *arg)
{
	long long end = clock_ms() + arg[1];
	long err;

	do {
		err = spawn_target((struct moving *)arg[0]);
	} while ((!err || err == -EAGAIN) && clock_ms() < end);
	return err == -EAGAIN ? 0 : err;
}

/* The target is alive, a zombie, or reaped. */
TEST_F_TIMEOUT(storm, exit_gives_legal_answers, TEST_SECONDS)
{
	struct moving *m = (struct moving *)self->b->scratch;
	int i;

	*m = (struct moving){ 0 };
	/* The first target shows that there can be one. */
	ASSERT_EQ(0, worker_run(self->b, spawn_targets, (long)m, 0));
	SKIP_IF(m->targets ? NULL : room_skip_reason(SUITE_TASKS));
	ASSERT_NE(0U, m->targets);
	worker_post(self->b, spawn_targets, WORKER_ARGS((long)m, storm_ms()));
	for (i = 0; i < 2; i++) {
		self->h[i]->a = self->a->pid;
		self->h[i]->moving = m;
		allow_unrelated(self->h[i], NO_TASK);
		/*
		 * kcmp() reads the pointer once for each side.  An exiting task
		 * may clear it in between: 1 or 2 is right for (p, p) then.
		 */
		allow_itself(self->h[i], DIFFERENT | NO_TASK);
		allow_between(self->h[i], KCMP_FILE, SAME | NO_FD | NO_TASK);
	}
	storm_begin(self);
	ASSERT_EQ(0, storm_end(self));
	ASSERT_EQ(0, wait_storm(self->b));
	expect_allowed(_metadata, self->h[0]);
	expect_allowed(_metadata, self->h[1]);
	EXPECT_ESRCH_IF_UNUSED(NULL, m->pid, m->pid, m->pid, KCMP_VM);
}

/* Drops all capabilities of a worker.  Returns why it could not, or NULL. */
static const char *drop_caps_skip_reason(struct worker *t)
{
	if (!permitted_caps())
		return NULL;
	return blocked_skip_reason(worker_run(t, worker_set_caps, 0, 0),
				   BLOCKED("capset"));
}

/* Clears and sets the dumpable flag.  arg: for how long. */
static long flip_dumpable(const long *arg)
{
	long long end = clock_ms() + arg[0];

	do {
		prctl(PR_SET_DUMPABLE, 0);
		prctl(PR_SET_DUMPABLE, 1);
	} while (clock_ms() < end);
	return 0;
}

/* Of the targets, one is dumpable at times and the other one never. */
TEST_F_TIMEOUT(storm, dumpable_gives_legal_answers, TEST_SECONDS)
{
	struct worker *all[] = {
		self->caller[0],
		self->caller[1],
		self->a,
		self->b,
	};
	unsigned int i;
	int type;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		SKIP_IF(drop_caps_skip_reason(all[i]));
	ASSERT_EQ(0, worker_syscall(self->a, SYS_prctl, PR_SET_DUMPABLE, 0));
	worker_post(self->b, flip_dumpable, WORKER_ARGS(storm_ms()));
	self->h[0]->a = self->caller[0]->pid;
	self->h[0]->b = self->b->pid;
	allow_unrelated(self->h[0], NO_PERM);
	allow_itself(self->h[0], NO_PERM);
	allow_between(self->h[0], KCMP_FILE, SAME | NO_PERM);
	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++) {
		allow_between(self->h[1], type, NO_PERM);
		self->h[1]->tally[type][B_B].allowed = NO_PERM;
	}
	storm_begin(self);
	ASSERT_EQ(0, storm_end(self));
	ASSERT_EQ(0, wait_storm(self->b));
	expect_allowed(_metadata, self->h[0]);
	expect_allowed(_metadata, self->h[1]);
}

/* Closes the only descriptor of a pipe's end.  Returns whether the end is released. */
static bool close_the_last(int number)
{
	struct pollfd gone = { .events = POLLIN };
	int ends[2];

	/* Other tasks may have used up fs.file-max: there is nothing to see. */
	if (pipe(ends))
		return true;
	dup2(ends[1], number);
	close(ends[1]);
	close(number);
	gone.fd = ends[0];
	poll(&gone, 1, WORKER_TIMEOUT);
	close(gone.fd);
	return gone.revents & POLLHUP;
}

/*
 * Descriptor 50 means one file, the other, a third one, or is closed; 51 always
 * means one of the two.  arg: the two, for how long.  Returns 0, or -EIO when the
 * third file was not released with its descriptor.
 */
static long reuse_number(const long *arg)
{
	long long end = clock_ms() + arg[2];

	do {
		dup2(arg[0], 50);
		dup2(arg[1], 50);
		if (!close_the_last(50))
			return -EIO;
		dup2(arg[0], 51);
		dup2(arg[1], 51);
	} while (clock_ms() < end);
	return 0;
}

/* dup2() replaces a file without closing the number in between. */
TEST_F_TIMEOUT(storm, fd_reuse_gives_legal_answers, TEST_SECONDS)
{
	pid_t me = getpid();
	long order = sys_kcmp(me, me, KCMP_FILE, self->fd, self->other);

	ASSERT_EQ(51, worker_syscall(self->b, SYS_dup3, self->fd, 51, 0));
	worker_post(self->b, reuse_number,
		    WORKER_ARGS(self->fd, self->other, storm_ms()));
	self->h[0]->fd_b = 50;
	self->h[1]->fd_a = 51;
	self->h[1]->fd_b = self->other;
	allow_unrelated(self->h[0], 0);
	allow_unrelated(self->h[1], 0);
	allow_between(self->h[0], KCMP_FILE, SAME | DIFFERENT | NO_FD);
	allow_between(self->h[1], KCMP_FILE, SAME | DIFFERENT);
	storm_begin(self);
	ASSERT_EQ(0, storm_end(self));
	ASSERT_EQ(0, wait_storm(self->b))
	{
		TH_LOG("a file is not released with its last descriptor");
	}
	expect_allowed(_metadata, self->h[0]);
	expect_allowed(_metadata, self->h[1]);
	EXPECT_DIFFERS(order);
	EXPECT_KCMP(order, me, me, KCMP_FILE, self->fd, self->other);
}

/* Unshares what is shared at first, again and again.  arg: for how long. */
static long unshare_tables(const long *arg)
{
	long long end = clock_ms() + arg[0];

	do {
		if (unshare(CLONE_FILES) || unshare(CLONE_FS) ||
		    unshare(CLONE_SYSVSEM))
			return -errno;
		syscall(SYS_close_range, 1000, 1000, CLOSE_RANGE_UNSHARE);
	} while (clock_ms() < end);
	return 0;
}

TEST_F_TIMEOUT(storm, unshare_gives_legal_answers, TEST_SECONDS)
{
	struct worker *sharer;
	int i;

	SKIP_IF(unshare_skip_reason());
	sharer = worker_spawn_by(self->b, by_clone,
				 CLONE_VM | CLONE_FILES | CLONE_FS, 0);
	ASSERT_SPAWNED(sharer);
	worker_post(self->b, unshare_tables, WORKER_ARGS(storm_ms()));
	for (i = 0; i < 2; i++) {
		allow_unrelated(self->h[i], 0);
		allow_itself(self->h[i], DIFFERENT);
		self->h[i]->tally[KCMP_VM][B_B].allowed = SAME;
		allow_between(self->h[i], KCMP_FILE, SAME);
	}
	storm_begin(self);
	ASSERT_EQ(0, storm_end(self));
	ASSERT_EQ(0, wait_storm(self->b));
	expect_allowed(_metadata, self->h[0]);
	expect_allowed(_metadata, self->h[1]);
	EXPECT_DIFFERENT(self->b->pid, sharer->pid, KCMP_FILES, 0, 0);
	EXPECT_DIFFERENT(self->b->pid, sharer->pid, KCMP_FS, 0, 0);
}

/* Registers and removes a file.  arg: the instance, the file, for how long. */
static long register_and_remove(const long *arg)
{
	struct epoll_event event = { .events = EPOLLIN };
	long long end = clock_ms() + arg[2];

	do {
		epoll_ctl(arg[0], EPOLL_CTL_ADD, arg[1], &event);
		epoll_ctl(arg[0], EPOLL_CTL_DEL, arg[1], NULL);
	} while (clock_ms() < end);
	return 0;
}

/* Of the two files in one instance, one is removed and registered again. */
TEST_F_TIMEOUT(storm, epoll_ctl_gives_legal_answers, TEST_SECONDS)
{
	int efd, ends[2][2], moving, fixed, i;
	struct worker *holder;

	SKIP_IF(epoll_skip_reason());
	efd = epoll_create1(0);
	ASSERT_EQ(0, pipe(ends[0]));
	ASSERT_EQ(0, pipe(ends[1]));
	moving = ends[0][0];
	fixed = ends[1][0];
	ASSERT_EQ(0, epoll_watch(efd, fixed));
	holder = worker_spawn(0);
	ASSERT_SPAWNED(holder);
	worker_post(holder, register_and_remove,
		    WORKER_ARGS(efd, moving, storm_ms()));
	for (i = 0; i < 2; i++) {
		self->h[i]->a = holder->pid;
		self->h[i]->b = holder->pid;
	}
	self->h[0]->fd_a = moving;
	self->h[0]->slot = (struct kcmp_epoll_slot){ efd, moving, 0 };
	self->h[1]->fd_a = fixed;
	self->h[1]->slot = (struct kcmp_epoll_slot){ efd, fixed, 0 };
	allow_between(self->h[0], KCMP_EPOLL_TFD, SAME | NO_NUMBER);
	allow_between(self->h[1], KCMP_EPOLL_TFD, SAME);
	storm_begin(self);
	ASSERT_EQ(0, storm_end(self));
	ASSERT_EQ(0, wait_storm(holder));
	expect_allowed(_metadata, self->h[0]);
	expect_allowed(_metadata, self->h[1]);
}

/* ------------------------------------------------------------------ */
/* Each path through kcmp() releases its locks and references.         */

#define USER 59001 /* uid 0 could be mapped only with CAP_SETFCAP */

enum fault {
	NO_FAULT,
	BAD_FD1,
	BAD_FD2,
	BAD_EFD,
	BAD_EPOLL,
	BAD_TFD,
	BAD_SLOT,
	BAD_PID1,
	BAD_PID2,
	UNDUMPABLE1,
	UNDUMPABLE2,
};

/* The descriptor: LOW and HIGH are of the same file. */
enum number { LOW, HIGH, WITH_O_PATH, NUMBERS };

struct path {
	int type;
	enum fault fault;
	long want; /* as EXPECT_KCMP() takes it */
	enum number number;
};

static const struct path paths[] = {
	{ KCMP_VM, NO_FAULT, KCMP_DIFFERS, LOW },
	{ KCMP_FILES, NO_FAULT, KCMP_DIFFERS, LOW },
	{ KCMP_FS, NO_FAULT, KCMP_DIFFERS, LOW },
	{ KCMP_SIGHAND, NO_FAULT, KCMP_DIFFERS, LOW },
	{ KCMP_IO, NO_FAULT, KCMP_ANSWERS, LOW },
	{ KCMP_SYSVSEM, NO_FAULT, KCMP_ANSWERS, LOW },
	{ KCMP_FILE, NO_FAULT, 0, LOW },
	{ KCMP_FILE, BAD_FD1, -EBADF, LOW },
	{ KCMP_FILE, BAD_FD2, -EBADF, LOW },
	{ KCMP_FILE, NO_FAULT, 0, HIGH },
	{ KCMP_FILE, BAD_FD1, -EBADF, HIGH },
	{ KCMP_FILE, BAD_FD2, -EBADF, HIGH },
	{ KCMP_FILE, NO_FAULT, 0, WITH_O_PATH },
	{ KCMP_EPOLL_TFD, NO_FAULT, 0, LOW },
	{ KCMP_EPOLL_TFD, NO_FAULT, 0, HIGH },
	{ KCMP_EPOLL_TFD, NO_FAULT, KCMP_DIFFERS, WITH_O_PATH },
	{ KCMP_EPOLL_TFD, BAD_TFD, -ENOENT, LOW },
	{ KCMP_EPOLL_TFD, BAD_EPOLL, -EINVAL, LOW },
	{ KCMP_EPOLL_TFD, BAD_EFD, -EBADF, LOW },
	{ KCMP_EPOLL_TFD, BAD_FD1, -EBADF, LOW },
	{ KCMP_EPOLL_TFD, BAD_SLOT, -EFAULT, LOW },
	{ INT_MAX, NO_FAULT, -EINVAL, LOW },
	{ KCMP_VM, BAD_PID1, -ESRCH, LOW },
	{ KCMP_VM, BAD_PID2, -ESRCH, LOW },
	{ KCMP_VM, UNDUMPABLE1, -EPERM, LOW },
	{ KCMP_VM, UNDUMPABLE2, -EPERM, LOW },
};

/*
 * The keeper asks about two tasks, each in a user namespace of its own.  The
 * keeper's namespace is limited to these two.  A leaked reference to a task keeps
 * its credentials and its namespace, so that a new one fails with ENOSPC.
 */
FIXTURE(kcmp_path)
{
	struct worker *keeper, *a, *b;
	int fd[NUMBERS], efd[2], watcher, inode_watcher, other;
};

FIXTURE_VARIANT(kcmp_path)
{
	unsigned int first, last; /* of paths[] */
};

/* clang-format off */
FIXTURE_VARIANT_ADD(kcmp_path, objects) { 0, 5 };
FIXTURE_VARIANT_ADD(kcmp_path, file) { 6, 12 };
FIXTURE_VARIANT_ADD(kcmp_path, epoll_tfd) { 13, 20 };
FIXTURE_VARIANT_ADD(kcmp_path, einval_esrch) { 21, 23 };
FIXTURE_VARIANT_ADD(kcmp_path, eperm) { 24, 25 };
/* clang-format on */

/* Root becomes USER, and dumpable again.  Returns 0 or -errno. */
static long become_user(const long *arg)
{
	pid_t parent = syscall(SYS_getppid);
	long err = 0;

	(void)arg;
	if (!getuid() && (setgid(USER) || setuid(USER)))
		err = -errno;
	prctl(PR_SET_DUMPABLE, 1);
	/* setgid() clears it even if setuid() is refused. */
	rearm_parent_death(parent);
	return err;
}

/* Limits the caller's new user namespace to two more.  Returns 0 or -EIO. */
static long limit_namespaces(const long *arg)
{
	return worker_map_root(arg) ||
			       write_text("/proc/sys/user/max_user_namespaces",
					  "2") ?
		       -EIO :
		       0;
}

static const char *setuid_skip_reason(long err)
{
	const char *blocked = blocked_skip_reason(err, BLOCKED("setuid"));

	if (blocked)
		return blocked;
	if (err == -EINVAL)
		return "needs uid and gid 59001 in the user namespace";
	return err == -EPERM ? "needs CAP_SETUID and CAP_SETGID" : NULL;
}

static const char *userns_skip_reason(long err)
{
	const char *blocked =
		blocked_skip_reason(err, BLOCKED("CLONE_NEWUSER"));

	if (blocked)
		return blocked;
	if (err == -EINVAL)
		return "needs CONFIG_USER_NS";
	if (err == -ENOSPC || err == -EUSERS)
		return "user.max_user_namespaces too low (needs 3)";
	return err == -EPERM ? "needs permission to create user namespaces" :
			       NULL;
}

/* Moves the keeper into a user namespace.  Returns why it could not, or NULL. */
static const char *prepare_keeper(struct worker *keeper)
{
	uid_t uid = getuid() ?: USER;
	gid_t gid = getuid() ? getgid() : USER;
	const char *reason =
		setuid_skip_reason(worker_run(keeper, become_user, 0));

	if (!reason)
		reason = userns_skip_reason(
			worker_syscall(keeper, SYS_unshare, CLONE_NEWUSER));
	if (!reason && worker_run(keeper, limit_namespaces, uid, gid))
		reason = "needs a writable user.max_user_namespaces";
	return reason;
}

/* The keeper, who may not be root any more, copies and executes the program. */
static const char *program_skip_reason(struct worker *keeper)
{
	if (worker_syscall(keeper, SYS_faccessat, AT_FDCWD,
			   (long)"/proc/self/exe", R_OK | X_OK))
		return "needs a program that others may read and execute";
	return execve_skip_reason();
}

/*
 * Opens files whose release shows: a pipe gives POLLHUP, a memfd that is open with
 * O_PATH only gives IN_DELETE_SELF.  Without memfd_create() or inotify there is an
 * O_PATH descriptor whose release does not show.  Returns 0 or -1.
 */
static int open_watched(FIXTURE_DATA(kcmp_path) *const self)
{
	int ends[2], memfd = memfd_create("watched", 0);
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", memfd);
	self->inode_watcher = inotify_init();
	if (memfd == -1 ||
	    inotify_add_watch(self->inode_watcher, path, IN_DELETE_SELF) == -1)
		self->inode_watcher = -1;
	self->fd[WITH_O_PATH] = open(memfd == -1 ? "/" : path, O_PATH);
	close(memfd);
	if (pipe(ends))
		return -1;
	self->watcher = ends[0];
	self->fd[LOW] = ends[1];
	self->fd[HIGH] = dup2(ends[1], 200);
	return self->fd[WITH_O_PATH] == -1 || self->fd[HIGH] == -1 ? -1 : 0;
}

FIXTURE_SETUP(kcmp_path)
{
	int i;

	SKIP_IF(kcmp_skip_reason_any() ?:
			kcmp_skip_reason(paths[variant->first].type));
	if (paths[variant->first].type == KCMP_EPOLL_TFD)
		SKIP_IF(epoll_skip_reason());
	SKIP_IF(!getuid() && !(permitted_caps() & CAP(KILL)) ?
			"needs CAP_KILL" :
			NULL);
	ASSERT_EQ(0, open_watched(self));
	self->other = self->watcher;
	for (i = 0; i < 2; i++) {
		self->efd[i] = epoll_create1(0);
		if (paths[variant->first].type == KCMP_EPOLL_TFD)
			ASSERT_EQ(0, epoll_control(self->efd[i], EPOLL_CTL_ADD,
						   self->fd[LOW], EPOLLOUT));
	}
	self->keeper = worker_spawn(0);
	ASSERT_SPAWNED(self->keeper);
	SKIP_IF(prepare_keeper(self->keeper));
	self->a = worker_spawn_by(self->keeper, by_clone, CLONE_NEWUSER, 0);
	SKIP_IF(userns_skip_reason(self->a->pid));
	ASSERT_SPAWNED(self->a);
	self->b = worker_spawn_by(self->keeper, by_clone, CLONE_NEWUSER, 0);
	SKIP_IF(userns_skip_reason(self->b->pid));
	ASSERT_SPAWNED(self->b);
	ASSERT_EQ(
		-ENOSPC,
		worker_spawn_by(self->keeper, by_clone, CLONE_NEWUSER, 0)->pid);
}

FIXTURE_TEARDOWN(kcmp_path)
{
	workers_end();
}

/* The keeper asks.  Returns whether the answer was right. */
static bool ask_on_path(struct __test_metadata *_metadata,
			FIXTURE_DATA(kcmp_path) *const self,
			const struct path *path, pid_t a, pid_t b)
{
	struct kcmp_epoll_slot *slot = (void *)self->keeper->scratch;
	bool is_object = path->type >= KCMP_VM && path->type <= KCMP_SYSVSEM;
	enum fault fault = path->fault;
	unsigned long fd = self->fd[path->number];
	unsigned long idx1 = fault == BAD_FD1 ? 900 : fd;
	unsigned long idx2 = fault == BAD_FD2 ? 900 : fd;
	pid_t pid1 = fault == BAD_PID1 ? INT_MAX : a;
	pid_t pid2 = fault == BAD_PID2 ? INT_MAX : b;
	long want = path->want;
	struct kcmp_question q;

	if (a == b && is_object && want >= 0)
		want = 0;
	slot->efd = fault == BAD_EFD   ? 900 :
		    fault == BAD_EPOLL ? self->other :
					 self->efd[path->number != LOW];
	slot->tfd = fault == BAD_TFD ? 900 : self->fd[LOW];
	slot->toff = 0;
	if (path->type == KCMP_EPOLL_TFD)
		idx2 = fault == BAD_SLOT ? 0 : (unsigned long)slot;
	q = (struct kcmp_question)KCMP_QUESTION(self->keeper, pid1, pid2,
						path->type, idx1, idx2, "pid1",
						"pid2", "type", "idx1", "idx2");
	kcmp_ask(&q);
	__EXPECT_ANSWER(want, &q);
	return kcmp_is_wanted(want, q.answer);
}

/*
 * Takes a path several times.  The keeper may not look at a task that is not
 * dumpable: the mm belongs to the user namespace in which the test was executed,
 * and the keeper has no capability there.
 */
static bool take_path(struct __test_metadata *_metadata,
		      FIXTURE_DATA(kcmp_path) *const self,
		      const struct path *path, struct worker *a,
		      struct worker *b)
{
	pid_t keeper = self->keeper->pid;
	bool right = true;
	int n;

	worker_syscall(a, SYS_prctl, PR_SET_DUMPABLE,
		       path->fault != UNDUMPABLE1);
	worker_syscall(b, SYS_prctl, PR_SET_DUMPABLE,
		       path->fault != UNDUMPABLE2);
	for (n = 0; n < 5 && right; n++)
		right = ask_on_path(_metadata, self, path, a->pid, b->pid);
	/* The kernel may have a shorter path for (p, p) and for the caller. */
	if (path->fault == UNDUMPABLE1 || path->fault == UNDUMPABLE2)
		return right;
	right &= ask_on_path(_metadata, self, path, a->pid, a->pid);
	right &= ask_on_path(_metadata, self, path, keeper, keeper);
	return right;
}

static void log_path(struct __test_metadata *_metadata, const struct path *path,
		     const char *what)
{
	TH_LOG("%s after kcmp(%s) that expects %s%s", what,
	       kcmp_type_name(path->type), kcmp_want_text(path->want),
	       path->number == HIGH	   ? ", with a high descriptor" :
	       path->number == WITH_O_PATH ? ", with O_PATH" :
					     "");
}

static bool take_paths(struct __test_metadata *_metadata,
		       FIXTURE_DATA(kcmp_path) *const self,
		       const FIXTURE_VARIANT(kcmp_path) *const variant)
{
	bool right = true;
	unsigned int i;

	for (i = variant->first; i <= variant->last; i++)
		if (!kcmp_skip_reason(paths[i].type))
			right &= take_path(_metadata, self, &paths[i], self->a,
					   self->b);
	return right;
}

/* execve() takes exec_update_lock for writing. */
TEST_F_TIMEOUT(kcmp_path, tasks_can_execve, TEST_SECONDS)
{
	struct worker *a[ARRAY_SIZE(paths)], *b[ARRAY_SIZE(paths)];
	unsigned int i;

	SKIP_IF(program_skip_reason(self->keeper));
	for (i = variant->first; i <= variant->last; i++) {
		a[i] = worker_spawn_by(self->keeper, by_clone, 0, 0);
		ASSERT_SPAWNED(a[i]);
		b[i] = worker_spawn_by(self->keeper, by_clone, 0, 0);
		ASSERT_SPAWNED(b[i]);
	}
	for (i = variant->first; i <= variant->last; i++) {
		if (kcmp_skip_reason(paths[i].type))
			continue;
		take_path(_metadata, self, &paths[i], a[i], b[i]);
		EXPECT_EQ(0, worker_execve(a[i], "/proc/self/exe"))
		{
			log_path(_metadata, &paths[i],
				 "pid1 can no longer execve()");
		}
		EXPECT_EQ(0, worker_execve(b[i], "/proc/self/exe"))
		{
			log_path(_metadata, &paths[i],
				 "pid2 can no longer execve()");
		}
	}
}

/* The parent kills and reaps its child.  Returns 0 or -errno. */
static long end_child_of(struct worker *parent, struct worker *child)
{
	if (worker_syscall(parent, SYS_kill, child->pid, SIGKILL))
		return -ESRCH;
	return worker_syscall(parent, SYS_wait4, child->pid, 0, __WALL, 0) ==
			       child->pid ?
		       0 :
		       -ECHILD;
}

/*
 * Makes two user namespaces, whose tasks die with the caller.  A task is freed
 * after an RCU grace period, which a missing rcu_read_unlock() of the caller would
 * delay as well.  Returns 0 or -errno.  arg: how long to try.
 */
static long make_two_namespaces(const long *arg)
{
	long long end = clock_ms() + arg[0];
	int made = 0;

	while (made < 2) {
		long pid = fork_idle_child(CLONE_NEWUSER);

		if (pid < 0 && (pid != -ENOSPC || clock_ms() > end))
			return pid;
		if (pid < 0)
			poll(NULL, 0, 1); /* a kworker frees them */
		else
			made++;
	}
	return 0;
}

/* The two tasks, and the files behind their descriptors, are released. */
TEST_F_TIMEOUT(kcmp_path, references_are_dropped, TEST_SECONDS)
{
	struct pollfd end = { .fd = self->watcher, .events = POLLIN };
	struct pollfd gone = { .fd = self->inode_watcher, .events = POLLIN };
	int i;

	take_paths(_metadata, self, variant);
	ASSERT_EQ(0, poll(&end, 1, 0));
	ASSERT_EQ(0, poll(&gone, 1, 0));
	ASSERT_EQ(0, end_child_of(self->keeper, self->a));
	ASSERT_EQ(0, end_child_of(self->keeper, self->b));
	worker_post(self->keeper, make_two_namespaces,
		    WORKER_ARGS(LEAK_TIMEOUT));
	EXPECT_TRUE(worker_done_within(self->keeper,
				       LEAK_TIMEOUT + WORKER_TIMEOUT));
	EXPECT_EQ(0, self->keeper->ret)
	{
		TH_LOG("no new user namespace (%s): a reference to one of the two tasks is left",
		       errno_name(self->keeper->ret));
	}
	for (i = 0; i < NUMBERS; i++)
		close(self->fd[i]);
	worker_end(self->keeper);
	EXPECT_EQ(1, poll(&end, 1, LEAK_TIMEOUT))
	{
		TH_LOG("no POLLHUP: a reference to the end of the pipe is left");
	}
	EXPECT_EQ(POLLHUP, end.revents);
	if (gone.fd != -1) {
		EXPECT_EQ(1, poll(&gone, 1, LEAK_TIMEOUT))
		{
			TH_LOG("no IN_DELETE_SELF: a reference to the O_PATH file is left");
		}
	}
}

/* Copies this program to /tmp.  Returns 0 or -errno. */
static long copy_to_mount(const long *arg)
{
	mode_t mask = umask(077);
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open("/tmp/program", O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	long n;

	(void)arg;
	umask(mask);
	while ((n = sendfile(to, from, NULL, 1 << 30)) > 0)
		;
	return n || close(from) || close(to) ? -errno : 0;
}

/*
 * Changes to /tmp, and replaces the files of the questions by a FIFO there.  arg:
 * enum number's descriptors, then those of the two epoll instances.  Returns 0 or
 * -errno.
 */
static long move_to_mount(const long *arg)
{
	struct epoll_event event = { .events = EPOLLOUT };
	int fifo, place, i;

	if (chdir("/tmp") || mkfifo("fifo", 0600))
		return -errno;
	fifo = open("fifo", O_RDWR);
	place = open("fifo", O_PATH);
	if (unlink("fifo"))
		return -errno;
	if (dup2(fifo, arg[LOW]) == -1 || dup2(fifo, arg[HIGH]) == -1 ||
	    dup2(place, arg[WITH_O_PATH]) == -1)
		return -errno;
	for (i = NUMBERS; i < NUMBERS + 2; i++)
		if (arg[i] != -1 &&
		    (dup2(epoll_create1(0), arg[i]) == -1 ||
		     epoll_ctl(arg[i], EPOLL_CTL_ADD, arg[LOW], &event)))
			return -errno;
	return close(fifo) || close(place) ? -errno : 0;
}

/*
 * Sleeps, and returns whether a wait until "end" goes on.  After its host has
 * stopped a guest, the clock is past "end", although the guest's kernel did not run.
 */
static bool nap(int ms, long long end, int *naps)
{
	poll(NULL, 0, ms);
	return ++*naps < LEAK_NAPS || clock_ms() < end;
}

/*
 * The keeper leaves /tmp and unmounts it.  Tasks that exit may need some time to
 * release it.  Returns 0, or -EBUSY if it stays busy.
 */
static long unmount_in_time(struct worker *keeper, const int *fd, int fds)
{
	long long end = clock_ms() + LEAK_TIMEOUT;
	int naps = 0;
	long err;

	worker_syscall(keeper, SYS_chdir, (long)"/");
	while (fds--)
		worker_syscall(keeper, SYS_close, fd[fds]);
	do {
		err = worker_syscall(keeper, SYS_umount2, (long)"/tmp", 0);
	} while (err == -EBUSY && nap(1, end, &naps));
	return err;
}

static const char *mntns_skip_reason(long err)
{
	const char *blocked = blocked_skip_reason(err, BLOCKED("unshare"));

	if (blocked)
		return blocked;
	if (err == -ENOSPC)
		return "user.max_mnt_namespaces too low (needs 1)";
	return err ? "needs permission to create mount namespaces" : NULL;
}

static const char *mount_skip_reason(long err)
{
	const char *blocked = blocked_skip_reason(err, BLOCKED("mount"));

	if (blocked)
		return blocked;
	if (err == -ENODEV)
		return "needs CONFIG_TMPFS";
	if (err == -ENOENT)
		return "needs the directory /tmp";
	return err ? "needs permission to mount in a user namespace" : NULL;
}

/* References to a file, an mm or an fs_struct keep their mount busy. */
TEST_F_TIMEOUT(kcmp_path, mount_is_not_busy, TEST_SECONDS)
{
	struct worker *keeper = self->keeper;
	long err;

	SKIP_IF(program_skip_reason(keeper));
	SKIP_IF(mntns_skip_reason(
		worker_syscall(keeper, SYS_unshare, CLONE_NEWNS)));
	SKIP_IF(mount_skip_reason(worker_syscall(keeper, SYS_mount,
						 (long)"none", (long)"/tmp",
						 (long)"tmpfs", 0, 0)));
	ASSERT_EQ(0, worker_run(keeper, copy_to_mount, 0));
	ASSERT_EQ(0, worker_run(keeper, move_to_mount, self->fd[LOW],
				self->fd[HIGH], self->fd[WITH_O_PATH],
				self->efd[0], self->efd[1]));
	self->a = worker_spawn_by(keeper, by_clone, 0, 0);
	ASSERT_SPAWNED(self->a);
	self->b = worker_spawn_by(keeper, by_clone, 0, 0);
	ASSERT_SPAWNED(self->b);
	/* After execve() the mm belongs to the keeper's namespace: no EPERM. */
	if (paths[variant->first].fault != UNDUMPABLE1) {
		ASSERT_EQ(0, worker_execve(self->a, "/tmp/program"));
		ASSERT_EQ(0, worker_execve(self->b, "/tmp/program"));
	}
	take_paths(_metadata, self, variant);
	ASSERT_EQ(0, end_child_of(keeper, self->a));
	ASSERT_EQ(0, end_child_of(keeper, self->b));
	ASSERT_EQ(-EBUSY, worker_syscall(keeper, SYS_umount2, (long)"/tmp", 0));
	err = unmount_in_time(keeper, self->fd, NUMBERS);
	EXPECT_EQ(0, err)
	{
		TH_LOG("umount: %s: a reference to a file, mm or fs_struct of the mount is left",
		       errno_name(err));
	}
}

/* The slab caches of what belongs to a task. */
static const char *const caches[] = {
	"task_struct", "pid",		"mm_struct",	"files_cache",
	"fs_cache",    "sighand_cache", "signal_cache", "blkdev_ioc",
};

/* Returns a number from /sys/kernel/slab, or -1. */
static long read_slab(const char *cache, const char *what)
{
	char path[64];
	long number = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/%s", cache, what);
	file = fopen(path, "re");
	if (file) {
		if (fscanf(file, "%ld", &number) != 1)
			number = -1;
		fclose(file);
	}
	return number;
}

/*
 * Returns how many objects of a cache are in use, or -1 if that is not known.  A
 * cache that is merged with others of its size counts the objects of all.
 */
static long count_objects(const char *cache)
{
	char path[64];

	if (read_slab(cache, "aliases") != 0)
		return -1;
	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", cache);
	write_text(path, "1");
	return read_slab(cache, "objects");
}

static const char *slab_skip_reason(void)
{
	if (count_objects("task_struct") != -1)
		return NULL;
	return access("/sys/kernel/slab/task_struct/aliases", R_OK) &&
			       errno == EACCES ?
		       "needs access to /sys/kernel/slab" :
		       "needs CONFIG_SLUB_DEBUG";
}

/* Other tasks of the machine may allocate half as many objects. */
#define PAIRS 40

/* Returns the cache that has too many objects after LEAK_TIMEOUT, or -1. */
static int find_leak(const long *before)
{
	long long end = clock_ms() + LEAK_TIMEOUT;
	unsigned int i;
	int naps = 0;

	for (i = 0; i < ARRAY_SIZE(caches); i++)
		while (before[i] != -1 &&
		       count_objects(caches[i]) > before[i] + PAIRS / 2)
			if (!nap(20, end, &naps))
				return i;
	return -1;
}

TEST_F_TIMEOUT(kcmp_path, slab_objects_are_freed, TEST_SECONDS)
{
	long before[ARRAY_SIZE(caches)];
	int i, leak;

	SKIP_IF(is_disposable() ?
			NULL :
			"needs a disposable machine (KCMP_DISPOSABLE=1)");
	SKIP_IF(slab_skip_reason());
	/* Its children get an io_context each. */
	worker_syscall(self->keeper, SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
		       IOPRIO_BEST_EFFORT(4));
	for (i = 0; i < (int)ARRAY_SIZE(caches); i++)
		before[i] = count_objects(caches[i]);
	for (i = 0; i < PAIRS; i++) {
		self->a = worker_spawn_by(self->keeper, by_clone, 0, 0);
		ASSERT_LT(0, self->a->pid);
		self->b = worker_spawn_by(self->keeper, by_clone, 0, 0);
		ASSERT_LT(0, self->b->pid);
		ASSERT_TRUE(take_paths(_metadata, self, variant));
		ASSERT_EQ(0, end_child_of(self->keeper, self->a));
		ASSERT_EQ(0, end_child_of(self->keeper, self->b));
	}
	leak = find_leak(before);
	EXPECT_EQ(-1, leak)
	{
		TH_LOG("slab cache %s: %ld objects before and %ld after %d pairs of tasks",
		       caches[leak], before[leak], count_objects(caches[leak]),
		       PAIRS);
	}
}

/* ------------------------------------------------------------------ */
/* System calls of workers that may wait for each other.               */

/* Of an order to call kcmp(). */
#define EXPECT_ANSWERED(want, worker)                                      \
	do {                                                               \
		long __answer = worker_result(worker);                     \
		if (!kcmp_is_wanted(want, __answer)) {                     \
			EXPECT_STREQ(kcmp_want_text(want),                 \
				     kcmp_answer_text(__answer))           \
			{                                                  \
				TH_LOG("result of kcmp() by %s", #worker); \
			}                                                  \
		}                                                          \
	} while (0)

/* Of an order to call execve(). */
#define EXPECT_EXECUTED(worker)                       \
	EXPECT_EQ(0, worker_result(worker))           \
	{                                             \
		TH_LOG("execve() of %s: %s", #worker, \
		       errno_name((worker)->ret));    \
	}

#define EXPECT_CAN_EXECVE(worker)                                           \
	EXPECT_EQ(0, worker_execve(worker, "/proc/self/exe"))               \
	{                                                                   \
		TH_LOG("%s cannot execve(): its exec_update_lock is taken", \
		       #worker);                                            \
	}

#define EXPECT_KILLABLE(worker)                                               \
	EXPECT_EQ(SIGKILL, worker_end(worker))                                \
	{                                                                     \
		TH_LOG("%s does not die of SIGKILL while it waits", #worker); \
	}

/* ------------------------------------------------------------------ */
/* Targets that are stopped, or wait in execve().                      */

/* Orders an execve() of this program, and does not wait. */
static void post_execve(struct worker *t)
{
	worker_post(t, worker_do_execve,
		    WORKER_ARGS((long)t, (long)"/proc/self/exe"));
}

FIXTURE(stopped_target)
{
	struct worker *target;
	pid_t me, pid;
	int file;
};

FIXTURE_SETUP(stopped_target)
{
	int ends[2];

	SKIP_IF(kcmp_skip_reason_any());
	ASSERT_EQ(0, pipe(ends));
	self->file = ends[0];
	self->target = worker_spawn(0);
	ASSERT_SPAWNED(self->target);
	self->me = getpid();
	self->pid = self->target->pid;
}

FIXTURE_TEARDOWN(stopped_target)
{
	workers_end();
}

/* kcmp(2) advises SIGSTOP against changes while one asks. */
TEST_F(stopped_target, sigstop_keeps_answers)
{
	pid_t me = self->me, pid = self->pid;
	int file = self->file, i, type;
	long first[KCMP_EPOLL_TFD];
	siginfo_t info;

	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(0, waitid(P_PID, pid, &info, WSTOPPED));
	for (type = 0; type < KCMP_EPOLL_TFD; type++)
		first[type] = kcmp_skip_reason(type) ?
				      -ENOSYS :
				      sys_kcmp(me, pid, type, file, file);
	EXPECT_EQ(0, first[KCMP_FILE]);
	EXPECT_DIFFERS(first[KCMP_VM]);
	EXPECT_DIFFERS(first[KCMP_FILES]);
	EXPECT_DIFFERS(first[KCMP_FS]);
	EXPECT_DIFFERS(first[KCMP_SIGHAND]);
	for (type = 0; type < KCMP_EPOLL_TFD; type++)
		for (i = 0; i < 200 && first[type] != -ENOSYS; i++)
			EXPECT_KCMP(first[type], me, pid, type, file, file);
}

/* Returns the ptrace event at which the task stops, or -1. */
static int await_ptrace_event(pid_t pid)
{
	long long end = clock_ms() + WORKER_TIMEOUT;
	int status, ret;

	while ((ret = waitpid(pid, &status, __WALL | WNOHANG)) == 0 &&
	       clock_ms() < end)
		poll(NULL, 0, 1);
	return ret == pid && WIFSTOPPED(status) ? status >> 16 : -1;
}

/* err: of ptrace(). */
static const char *ptrace_skip_reason(pid_t pid, int err)
{
	const char *blocked = blocked_skip_reason(-err, BLOCKED("ptrace"));

	if (!err)
		return NULL;
	if (proc_status_field(pid, "TracerPid"))
		return "traced by another process";
	if (blocked)
		return blocked;
	return "needs permission to trace children (Yama or another LSM)";
}

/* PTRACE_EVENT_EXEC stops the target in execve(), with its new mm. */
TEST_F(stopped_target, exec_event_does_not_block)
{
	struct worker *caller = worker_spawn(0);

	ASSERT_SPAWNED(caller);
	SKIP_IF(execve_skip_reason());
	SKIP_IF(ptrace(PTRACE_SEIZE, self->pid, 0, PTRACE_O_TRACEEXEC) ?
			ptrace_skip_reason(self->pid, errno) :
			NULL);
	post_execve(self->target);
	ASSERT_EQ(PTRACE_EVENT_EXEC, await_ptrace_event(self->pid));
	EXPECT_DIFFERS(worker_kcmp(caller, self->me, self->pid, KCMP_VM));
	EXPECT_EQ(0, worker_kcmp(caller, self->pid, self->pid, KCMP_FILE,
				 self->file, self->file));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->pid, 0, 0));
	EXPECT_EXECUTED(self->target);
}

/* PTRACE_EVENT_EXIT stops the target before it releases anything. */
TEST_F(stopped_target, exit_event_does_not_block)
{
	struct worker *caller = worker_spawn(0);

	ASSERT_SPAWNED(caller);
	SKIP_IF(ptrace(PTRACE_SEIZE, self->pid, 0, PTRACE_O_TRACEEXIT) ?
			ptrace_skip_reason(self->pid, errno) :
			NULL);
	worker_post(self->target, NULL, WORKER_ARGS(SYS_exit_group, 0));
	ASSERT_EQ(PTRACE_EVENT_EXIT, await_ptrace_event(self->pid));
	EXPECT_DIFFERS(worker_kcmp(caller, self->me, self->pid, KCMP_VM));
	EXPECT_EQ(0, worker_kcmp(caller, self->pid, self->me, KCMP_FILE,
				 self->file, self->file));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->pid, 0, 0));
}

/*
 * execve() waits until its tracer, here the test, has reaped a traced thread.
 * Before Linux 5.7 kcmp() waited for the execve(): a tracer that called kcmp()
 * first was in a deadlock.
 */
TEST_F(stopped_target, exec_waiting_for_thread_does_not_block)
{
	struct worker *caller = worker_spawn(0);
	struct worker *thread =
		worker_spawn_by(self->target, by_clone, CLONE_A_THREAD, 0);

	ASSERT_SPAWNED(caller);
	ASSERT_SPAWNED(thread);
	SKIP_IF(execve_skip_reason());
	SKIP_IF(ptrace_skip_reason(thread->pid,
				   -worker_syscall(thread, SYS_ptrace,
						   PTRACE_TRACEME, 0, 0, 0)));
	worker_post(thread, NULL, WORKER_ARGS(SYS_exit, 0));
	ASSERT_TRUE(wait_state(self->pid, thread->pid, 'Z'));
	post_execve(self->target);
	wait_state_briefly(self->pid, self->pid, 'D');
	EXPECT_DIFFERS(worker_kcmp(caller, self->me, self->pid, KCMP_VM));
	EXPECT_DIFFERS(worker_kcmp(caller, self->pid, self->me, KCMP_VM));
	EXPECT_EQ(0, worker_kcmp(caller, self->pid, self->pid, KCMP_VM));
	ASSERT_EQ(thread->pid, waitpid(thread->pid, NULL, __WALL));
	EXPECT_EXECUTED(self->target);
}

/* fcntl() of libc takes the struct flock of libc.  arg: the file. */
static long lock_file(const long *arg)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(arg[0], F_SETLK, &lock) ? -errno : 0;
}

/* Returns the id of the lock's owner, 0 without a lock, or -errno. */
static pid_t lock_owner(int file)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(file, F_GETLK, &lock))
		return -errno;
	return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

/* Orders questions about one type. */
static void hammer_type(struct worker *caller, struct hammer *h, int type)
{
	int other;

	for (other = KCMP_FILE; other <= KCMP_EPOLL_TFD; other++)
		h->skipped[other] = other != type;
	worker_post(caller, hammer, WORKER_ARGS((long)h));
}

/*
 * A POSIX lock belongs to the files_struct.  If kcmp() holds a reference to that,
 * as it did before 5.11, execve() copies it, and the lock is lost.
 */
TEST_F_TIMEOUT(stopped_target, posix_lock_survives_execve, TEST_SECONDS)
{
	int file = memfd_create("lock", 0), efd = epoll_create1(0), type;
	struct worker *owner, *caller = worker_spawn(0);
	struct hammer *h = (struct hammer *)caller->scratch;
	char *until;

	ASSERT_SPAWNED(caller);
	SKIP_IF(execve_skip_reason());
	SKIP_IF(lock_owner(file) == -EINVAL ? "needs CONFIG_FILE_LOCKING" :
					      NULL);
	epoll_watch(efd, self->file);
	owner = worker_spawn(0);
	ASSERT_SPAWNED(owner);
	until = owner->scratch + 256;
	ASSERT_EQ(0, worker_run(owner, lock_file, file));
	ASSERT_EQ(owner->pid, lock_owner(file));
	*h = (struct hammer){
		.a = owner->pid,
		.b = owner->pid,
		.fd_a = file,
		.fd_b = file,
		.slot = { efd, self->file, 0 },
		.ms = storm_ms() / KCMP_TYPES + 1,
	};
	allow_everything(h);
	snprintf(until, 24, "%lld", clock_ms() + storm_ms());
	worker_post(owner, worker_do_execve,
		    WORKER_ARGS((long)owner, (long)"/proc/self/exe",
				(long)until));
	for (type = KCMP_FILE; type <= KCMP_EPOLL_TFD; type++) {
		hammer_type(caller, h, type);
		ASSERT_EQ(0, wait_storm(caller));
		EXPECT_EQ(owner->pid, lock_owner(file))
		{
			TH_LOG("lost in execve() while %s was asked about",
			       kcmp_type_name(type));
		}
	}
	ASSERT_EQ(0, wait_storm(owner));
	EXPECT_EQ(owner->pid, lock_owner(file))
	{
		TH_LOG("the POSIX lock is lost");
	}
}

/* ------------------------------------------------------------------ */
/* An execve() that waits for FUSE to flush a file.                    */

/*
 * The file system is a single file, mounted nowhere, and served by the test.  It
 * ends with the test, and so does every wait for it.
 */
FIXTURE(fuse_flush)
{
	struct worker *target, *caller, *other;
	int fuse;
	unsigned long long flush; /* the request that is not answered yet */
};

static void handle_signal(int signal)
{
	(void)signal;
}

#define SET_OPTION(context, name, value) \
	syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, name, value, 0)

/* Returns the fd of a FUSE mount that the connection serves, or -1. */
static int mount_fuse(int connection)
{
	int context = syscall(SYS_fsopen, "fuse", FSOPEN_CLOEXEC), mount = -1;
	char fd[16];
	int err;

	if (context == -1)
		return -1;

	snprintf(fd, sizeof(fd), "%d", connection);
	if (!SET_OPTION(context, "fd", fd) &&
	    !SET_OPTION(context, "rootmode", "100000") &&
	    !SET_OPTION(context, "user_id", "0") &&
	    !SET_OPTION(context, "group_id", "0") &&
	    !syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	err = errno;
	close(context);
	errno = err;
	return mount;
}

/* Answers a request; one that is not known with ENOSYS. */
static void answer_fuse(int fuse, const struct fuse_in_header *request)
{
	struct {
		struct fuse_out_header header;
		union {
			struct fuse_init_out init;
			struct fuse_open_out open;
		};
	} answer = { .header = { .unique = request->unique } };
	size_t size = 0;

	if (request->opcode == FUSE_INIT) {
		answer.init.major = FUSE_KERNEL_VERSION;
		answer.init.minor = 31;
		size = sizeof(answer.init);
	} else if (request->opcode == FUSE_OPEN) {
		size = sizeof(answer.open);
	} else if (request->opcode != FUSE_FLUSH) {
		answer.header.error = -ENOSYS;
	}
	answer.header.len = sizeof(answer.header) + size;
	if (write(fuse, &answer, answer.header.len) == -1)
		close(fuse); /* aborts all requests */
}

/*
 * Answers requests until one has this opcode.  Returns its id, or 0 when the
 * worker's order is carried out or WORKER_TIMEOUT is over.
 */
static unsigned long long serve_until(int fuse, unsigned int opcode,
				      struct worker *t)
{
	union {
		struct fuse_in_header header;
		char room[FUSE_MIN_READ_BUFFER];
	} request;
	struct pollfd asked = { .fd = fuse, .events = POLLIN };
	long long end = clock_ms() + WORKER_TIMEOUT;

	do {
		if (poll(&asked, 1, 1) != 1 ||
		    read(fuse, &request, sizeof(request)) == -1)
			continue;
		if (request.header.opcode == opcode)
			return request.header.unique;
		answer_fuse(fuse, &request.header);
	} while (clock_ms() < end && !worker_done_within(t, 0));
	return 0;
}

/* Opens the file in the target with O_CLOEXEC: execve() flushes it. */
static long open_in_target(struct worker *target, int fuse, int mount)
{
	snprintf(target->scratch, WORKER_SCRATCH, "/proc/%d/fd/%d", getpid(),
		 mount);
	worker_post(target, NULL,
		    WORKER_ARGS(SYS_openat, AT_FDCWD, (long)target->scratch,
				O_RDONLY | O_CLOEXEC));
	serve_until(fuse, 0, target);
	return worker_result(target);
}

/* err: of open("/dev/fuse") or mount_fuse(). */
static const char *fuse_skip_reason(int err)
{
	const char *refusal;

	errno = err;
	refusal = enosys_skip_reason("needs Linux 5.2 (fsopen)",
				     BLOCKED("mounting FUSE"));
	if (refusal)
		return refusal;
	if (err == ENOENT || err == ENXIO || err == ENODEV)
		return "needs CONFIG_FUSE_FS";
	if (err == EACCES)
		return "needs access to /dev/fuse";
	return err == EPERM ? "needs CAP_SYS_ADMIN" : NULL;
}

FIXTURE_SETUP(fuse_flush)
{
	int mount;

	self->fuse = -1;
	SKIP_IF(kcmp_skip_reason(KCMP_VM));
	SKIP_IF(execve_skip_reason());
	SKIP_IF(is_disposable() ?
			NULL :
			"needs a disposable machine (KCMP_DISPOSABLE=1)");
	signal(SIGUSR1, handle_signal);
	/* They must not inherit the connection. */
	self->target = worker_spawn(0);
	ASSERT_SPAWNED(self->target);
	self->caller = worker_spawn(0);
	ASSERT_SPAWNED(self->caller);
	self->other = worker_spawn(0);
	ASSERT_SPAWNED(self->other);
	self->fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	SKIP_IF(self->fuse == -1 ? fuse_skip_reason(errno) : NULL);
	mount = mount_fuse(self->fuse);
	SKIP_IF(mount == -1 ? fuse_skip_reason(errno) : NULL);
	ASSERT_LE(0, mount);
	ASSERT_LE(0, open_in_target(self->target, self->fuse, mount));
	post_execve(self->target);
	self->flush = serve_until(self->fuse, FUSE_FLUSH, self->target);
	ASSERT_NE(0ULL, self->flush);
}

FIXTURE_TEARDOWN(fuse_flush)
{
	close(self->fuse);
	workers_end();
}

static void let_flush(FIXTURE_DATA(fuse_flush) *const self)
{
	struct fuse_in_header flush = {
		.opcode = FUSE_FLUSH,
		.unique = self->flush,
	};

	answer_fuse(self->fuse, &flush);
}

/* kcmp() may wait for the execve(), and does until 7.2; EINTR is wrong. */
TEST_F(fuse_flush, execve_delays_kcmp_at_most)
{
	worker_post(self->caller, NULL,
		    WORKER_ARGS(SYS_kcmp, getpid(), self->target->pid,
				KCMP_VM));
	worker_done_within(self->caller, 20);
	ASSERT_EQ(0, kill(self->caller->pid, SIGUSR1));
	let_flush(self);
	EXPECT_EXECUTED(self->target);
	EXPECT_ANSWERED(KCMP_DIFFERS, self->caller);
	EXPECT_DIFFERENT(getpid(), self->target->pid, KCMP_VM, 0, 0);
}

TEST_F(fuse_flush, waiting_caller_is_killable)
{
	pid_t target = self->target->pid;

	worker_post(self->caller, NULL,
		    WORKER_ARGS(SYS_kcmp, getpid(), target, KCMP_VM));
	worker_post(self->other, NULL,
		    WORKER_ARGS(SYS_kcmp, target, getpid(), KCMP_FILE, 0, 0));
	worker_done_within(self->other, 20);
	EXPECT_KILLABLE(self->caller);
	EXPECT_KILLABLE(self->other);
	let_flush(self);
	EXPECT_EXECUTED(self->target);
	EXPECT_DIFFERENT(target, getpid(), KCMP_VM, 0, 0);
}

/* ------------------------------------------------------------------ */
/* A caller in a page fault on its slot, and tasks that wait for it.   */

FIXTURE(page_fault)
{
	struct worker *caller, *target;
	int uffd, efd, fd;
	size_t size;
	char *page;
};

/* Returns a userfaultfd that also gets faults in the kernel, or -1. */
static int open_uffd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	return fd == -1 || ioctl(fd, UFFDIO_API, &api) ? -1 : fd;
}

/*
 * Returns whether the sysctl forbids faults in the kernel: then only a
 * userfaultfd for faults in user mode can be had (Linux 5.11).
 */
static bool is_uffd_restricted(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	close(fd);
	return fd != -1;
}

static const char *uffd_skip_reason(int err)
{
	if (err == EPERM && is_uffd_restricted())
		return "needs vm.unprivileged_userfaultfd=1";
	errno = err;
	return enosys_skip_reason("needs CONFIG_USERFAULTFD", BLOCKED("userfaultfd")) ?:
		       (err == EPERM ? "needs vm.unprivileged_userfaultfd=1" :
				       NULL);
}

FIXTURE_SETUP(page_fault)
{
	struct uffdio_register range;
	int ends[2], policy;

	self->uffd = -1;
	SKIP_IF(epoll_skip_reason() ?: kcmp_skip_reason(KCMP_VM));
	/* strace reads the slot, and would wait for the page as well. */
	SKIP_IF(proc_status_field(getpid(), "TracerPid") ?
			"traced by another process" :
			NULL);
	/*
	 * A signal makes a page fault in the kernel try again and again.  A
	 * real-time task that does so would not let the test run on its CPU.
	 */
	policy = sched_getscheduler(0);
	SKIP_IF(policy == SCHED_FIFO || policy == SCHED_RR ?
			"needs SCHED_OTHER" :
			NULL);
	self->uffd = open_uffd();
	SKIP_IF(self->uffd == -1 ? uffd_skip_reason(errno) : NULL);
	ASSERT_LE(0, self->uffd);
	self->size = sysconf(_SC_PAGESIZE);
	self->page = mmap(NULL, self->size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(self->page != MAP_FAILED);
	range = (struct uffdio_register){
		.range = { (unsigned long)self->page, self->size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	ASSERT_EQ(0, ioctl(self->uffd, UFFDIO_REGISTER, &range));
	self->efd = epoll_create1(0);
	ASSERT_EQ(0, pipe(ends));
	self->fd = ends[1];
	ASSERT_EQ(0,
		  epoll_control(self->efd, EPOLL_CTL_ADD, self->fd, EPOLLOUT));
	signal(SIGUSR1, handle_signal);
	self->caller = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(self->caller);
	self->target = worker_spawn(0);
	ASSERT_SPAWNED(self->target);
}

FIXTURE_TEARDOWN(page_fault)
{
	/* This ends all page faults that wait. */
	close(self->uffd);
	workers_end();
}

/* Waits for a page fault.  Returns 0 or -ETIME. */
static int await_fault(FIXTURE_DATA(page_fault) *const self)
{
	struct pollfd fault = { .fd = self->uffd, .events = POLLIN };
	struct uffd_msg msg;

	return poll(&fault, 1, WORKER_TIMEOUT) == 1 &&
			       read(self->uffd, &msg, sizeof(msg)) ==
				       sizeof(msg) ?
		       0 :
		       -ETIME;
}

/* Fills the page with the slot, and ends the page fault. */
static int resolve_fault(FIXTURE_DATA(page_fault) *const self)
{
	char content[self->size];
	struct uffdio_copy copy = {
		.dst = (unsigned long)self->page,
		.src = (unsigned long)content,
		.len = self->size,
	};
	struct kcmp_epoll_slot slot = { self->efd, self->fd, 0 };

	memset(content, 0, self->size);
	memcpy(content, &slot, sizeof(slot));
	return ioctl(self->uffd, UFFDIO_COPY, &copy) ? -errno : 0;
}

/* Orders the caller to ask about the target, with the slot on the page. */
static void ask_with_page(FIXTURE_DATA(page_fault) *const self)
{
	worker_post(self->caller, NULL,
		    WORKER_ARGS(SYS_kcmp, self->target->pid, self->target->pid,
				KCMP_EPOLL_TFD, self->fd, (long)self->page));
}

/* Returns whether a file of a cgroup sets a limit of CPU time. */
static bool has_quota(const char *dir, const char *file)
{
	char path[PATH_MAX], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/%s", dir, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || read(fd, text, sizeof(text) - 1) <= 0)
		*text = '\0';
	close(fd);
	return *text && *text != '-' && strncmp(text, "max", 3);
}

/* Returns whether a cgroup or one above it has a limit, in cgroup v1 or v2. */
static bool is_limited_in(const char *root, const char *path)
{
	char cgroup[PATH_MAX], dir[PATH_MAX];
	char *end;

	snprintf(cgroup, sizeof(cgroup), "%s", path);
	do {
		snprintf(dir, sizeof(dir), "%s%s", root, cgroup);
		if (has_quota(dir, "cpu.max") ||
		    has_quota(dir, "cpu.cfs_quota_us"))
			return true;
		end = strrchr(cgroup, '/');
		if (end)
			*end = '\0';
	} while (end);
	return false;
}

/*
 * With a signal pending, the kernel retries a fault without sleeping.  In a cgroup
 * with little CPU time nothing else would ever run.  Returns the reason, or NULL.
 */
static const char *cpu_quota_skip_reason(void)
{
	char line[PATH_MAX], *path;
	FILE *file = fopen("/proc/self/cgroup", "re");
	bool limited = false;

	while (file && !limited && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		path = strchr(line, ':');
		path = path ? strchr(path + 1, ':') : NULL;
		if (!path)
			continue;
		limited = is_limited_in("", path + 1) ||
			  is_limited_in("/cpu", path + 1) ||
			  is_limited_in("/cpu,cpuacct", path + 1);
	}
	if (file)
		fclose(file);
	return limited ? "needs a cgroup without a CPU quota" : NULL;
}

/* A signal that does not kill waits as well; kcmp() never fails with EINTR. */
TEST_F(page_fault, slot_read_is_not_interrupted)
{
	SKIP_IF(cpu_quota_skip_reason());
	ask_with_page(self);
	ASSERT_EQ(0, await_fault(self));
	ASSERT_EQ(0, kill(self->caller->pid, SIGUSR1));
	EXPECT_FALSE(worker_done_within(self->caller, 20))
	{
		TH_LOG("kcmp() has returned %s without its slot",
		       errno_name(self->caller->ret));
	}
	ASSERT_EQ(0, resolve_fault(self));
	EXPECT_ANSWERED(0, self->caller);
}

TEST_F(page_fault, slot_read_is_killable)
{
	SKIP_IF(execve_skip_reason());
	ask_with_page(self);
	ASSERT_EQ(0, await_fault(self));
	EXPECT_KILLABLE(self->caller);
	EXPECT_CAN_EXECVE(self->target);
}

/* The caller may delay execve() in the target. */
TEST_F(page_fault, delayed_execve_is_killable)
{
	long answer;

	SKIP_IF(execve_skip_reason());
	ask_with_page(self);
	ASSERT_EQ(0, await_fault(self));
	post_execve(self->target);
	worker_done_within(self->target, 50);
	EXPECT_KILLABLE(self->target);
	ASSERT_EQ(0, resolve_fault(self));
	/* The kernel may look up the descriptor before or after the slot. */
	answer = worker_result(self->caller);
	EXPECT_TRUE(answer == 0 || answer == -EBADF)
	{
		TH_LOG("expected 0 or -EBADF, answered %s", errno_name(answer));
	}
}

/*
 * The caller holds the target's exec_update_lock for reading, execve() in the
 * target waits to write it, and further callers wait behind that.  Two of them ask
 * about (target, target), the others about (other, target), with the target's lock
 * being the first or the second of the two that they take.  Each can be killed,
 * but not interrupted, and releases the first lock.
 */
#define ASKERS 8

struct queue {
	struct worker *asker[ASKERS], *other[ASKERS];
};

/* Returns 0 or -1. */
static int spawn_queue(struct queue *q)
{
	int i;

	for (i = 0; i < ASKERS; i++) {
		q->asker[i] = worker_spawn(CLONE_VM);
		q->other[i] = worker_spawn(0);
		if (q->asker[i]->pid < 0 || q->other[i]->pid < 0)
			return -1;
	}
	return 0;
}

static void ask_all(struct queue *q, pid_t target)
{
	int i;

	for (i = 0; i < ASKERS; i++)
		worker_post(q->asker[i], NULL,
			    WORKER_ARGS(SYS_kcmp,
					i < 2 ? target : q->other[i]->pid,
					target, KCMP_VM));
	worker_done_within(q->asker[0], 20);
}

TEST_F(page_fault, queued_callers_are_killable)
{
	pid_t target = self->target->pid;
	struct queue q;
	int i;

	SKIP_IF(execve_skip_reason());
	ASSERT_EQ(0, spawn_queue(&q));
	ask_with_page(self);
	ASSERT_EQ(0, await_fault(self));
	post_execve(self->target);
	/* /proc/PID/stat of such a task would wait as well. */
	worker_done_within(self->target, 50);
	ask_all(&q, target);
	for (i = 0; i < ASKERS; i += 2) {
		ASSERT_EQ(0, kill(q.asker[i]->pid, SIGUSR1));
		EXPECT_KILLABLE(q.asker[i + 1]);
	}
	ASSERT_EQ(0, resolve_fault(self));
	EXPECT_ANSWERED(0, self->caller);
	EXPECT_EXECUTED(self->target);
	for (i = 0; i < ASKERS; i++) {
		if (i % 2 == 0)
			EXPECT_ANSWERED(i ? KCMP_DIFFERS : 0, q.asker[i]);
		EXPECT_CAN_EXECVE(q.other[i]);
	}
}

/*
 * epoll_wait() holds ep->mtx while it waits for the page of its events, and kcmp()
 * waits for ep->mtx.  Even SIGKILL does not end that: disposable machines only.
 */
TEST_F(page_fault, epoll_mutex_wait_ends)
{
	struct kcmp_epoll_slot *slot;
	struct worker *waiter;

	SKIP_IF(is_disposable() ?
			NULL :
			"needs a disposable machine (KCMP_DISPOSABLE=1)");
	waiter = worker_spawn(CLONE_VM);
	ASSERT_SPAWNED(waiter);
	slot = (void *)waiter->scratch;
	*slot = (struct kcmp_epoll_slot){ self->efd, self->fd, 0 };
	worker_post(waiter, NULL,
		    WORKER_ARGS(SYS_epoll_pwait, self->efd, (long)self->page, 1,
				-1));
	ASSERT_EQ(0, await_fault(self));
	worker_post(self->caller, NULL,
		    WORKER_ARGS(SYS_kcmp, waiter->pid, waiter->pid,
				KCMP_EPOLL_TFD, self->fd, (long)slot));
	EXPECT_EQ(0, sys_kcmp(waiter->pid, waiter->pid, KCMP_VM, 0, 0));
	EXPECT_FALSE(worker_done_within(waiter, 20));
	/* kcmp() never fails with EINTR. */
	ASSERT_EQ(0, kill(self->caller->pid, SIGUSR1));
	worker_done_within(self->caller, 20);
	ASSERT_EQ(0, resolve_fault(self));
	EXPECT_EQ(1, worker_result(waiter));
	EXPECT_ANSWERED(0, self->caller);
}

TEST_HARNESS_MAIN
