// SPDX-License-Identifier: GPL-2.0
/*
 * A model against the kernel.  Worker tasks carry out random legal operations,
 * a model of tasks and objects (model.c) follows them, and each answer of
 * kcmp(2) is compared with the model's.
 *
 * A seed decides everything: --seed N starts from another one, --seed random
 * draws it and prints it; --steps N and --seconds N set how much is done;
 * --trace prints the operations.  A run is at most RUN_STEPS operations long; the
 * next one takes the next seed.  A failure prints the seed and the shortest
 * sequence of operations found that still fails.
 */
#include "kcmp_harness.h"

#include <stdarg.h>

#include "model_check.h"

#define DEFAULT_SEED 1
#define DEFAULT_STEPS (4 * RUN_STEPS)
#define RUN_TIMEOUT 90000 /* ms until a run counts as hung */
#define SHRINK_RUNS 150
#define SHRINK_MS 5000

/* The command line. */
static struct {
	unsigned long long seed;
	unsigned long steps;
	long long ms; /* 0: "steps" counts */
	bool trace, is_random;
} options = { .seed = DEFAULT_SEED, .steps = DEFAULT_STEPS };

static const char *const aspect_name[] = {
	"objects",    "descriptors", "epoll",  "order",
	"permission", "pids",	     "errors",
};

/* ------------------------------------------------------------------ */
/* Runs, and the search for a shorter one.                             */

/* The runs of a test: their input, and their results so far. */
struct series {
	enum aspect aspect;
	struct machine machine;
	struct creds creds;
	unsigned long steps, questions;
	int runs, stopped;
};

static struct report *new_report(void)
{
	struct report *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return r == MAP_FAILED ? NULL : r;
}

/* Waits RUN_TIMEOUT at most.  Returns whether the run has ended by itself. */
static bool wait_for_run(pid_t pid)
{
	struct pollfd end = { .fd = syscall(SYS_pidfd_open, pid, 0),
			      .events = POLLIN };
	long long deadline = clock_ms() + RUN_TIMEOUT;
	int status, ended, round = 0;

	if (end.fd != -1) {
		poll(&end, 1, RUN_TIMEOUT);
		close(end.fd);
	}
	/* There may be no pidfds, and poll() may be interrupted. */
	while (!(ended = waitpid(pid, &status, WNOHANG)) &&
	       clock_ms() < deadline)
		wait_a_moment(round++);
	if (!ended) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return ended == pid && !status;
}

/* A run has a process of its own: all its workers die with that. */
static void do_run(const struct series *s, struct report *into,
		   unsigned long long seed, const struct report *given,
		   const bool *leave_out)
{
	struct checker *c;
	pid_t pid;

	memset(into, 0, sizeof(*into));
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		c = check_begin(s->aspect, &s->machine, &s->creds, into);
		if (!c)
			_exit(0);
		c->trace = options.trace;
		if (given)
			check_again(c, given, leave_out);
		else
			check_by_seed(c, seed);
		check_end(c);
		_exit(0);
	}
	if (pid == -1) {
		into->outcome = RUN_STOPPED;
	} else if (!wait_for_run(pid)) {
		into->outcome = RUN_BROKEN;
		snprintf(into->text, sizeof(into->text),
			 "the run has not come to its end");
	}
}

/* Repeats the operations without some.  Returns whether that still fails. */
static bool fails_again(const struct series *s, struct report *failed,
			struct report *scratch, const bool *leave_out)
{
	do_run(s, scratch, 0, failed, leave_out);
	if (scratch->outcome != RUN_DISAGREED)
		return false;
	*failed = *scratch;
	return true;
}

/* A caller that is a worker needs operations to exist; the test does not. */
static void try_as_test(const struct series *s, struct report *failed,
			struct report *scratch, const bool *leave_out)
{
	static struct report by_test;
	int i;

	by_test = *failed;
	for (i = 0; i < by_test.questions_kept; i++)
		by_test.question[i].caller = NOBODY;
	if (fails_again(s, &by_test, scratch, leave_out))
		*failed = by_test;
}

/*
 * Removes operations while the failure remains: halves, quarters, and so on down
 * to single ones.  Returns whether the failure could be repeated at all.
 */
static bool shrink(const struct series *s, struct report *failed,
		   struct report *scratch)
{
	long long deadline = clock_ms() + SHRINK_MS;
	bool leave_out[RUN_STEPS] = { false };
	int runs = 2, chunk, at;

	if (!fails_again(s, failed, scratch, leave_out))
		return false;
	try_as_test(s, failed, scratch, leave_out);
	for (chunk = failed->ops; chunk > 0; chunk /= 2) {
		for (at = 0; at < failed->ops;) {
			memset(leave_out, 0, sizeof(leave_out));
			memset(leave_out + at, true,
			       at + chunk > failed->ops ? failed->ops - at :
							  chunk);
			if (runs++ > SHRINK_RUNS || clock_ms() > deadline)
				return true;
			if (!fails_again(s, failed, scratch, leave_out))
				at += chunk;
		}
	}
	return true;
}

/* ------------------------------------------------------------------ */
/* Failure messages.                                                   */

static void add_index(char *text, size_t size, unsigned long idx)
{
	append_text(text, size, idx > INT_MAX ? "%#lx" : "%lu", idx);
}

/* Prints a line of diagnostics. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list args;

	fputc('#', TH_LOG_STREAM);
	va_start(args, format);
	vfprintf(TH_LOG_STREAM, format, args);
	va_end(args);
}

static void say_task(const struct question *q, int i, char *text, size_t size)
{
	if (q->task[i] == NOBODY)
		append_text(text, size, "%ld", q->pid[i]);
	else
		append_text(text, size, "w%d", q->task[i]);
	if (q->wide & 1 << i)
		append_text(text, size, " | 0x5a5a5a5a << 32");
}

static const char *place_name(enum place place)
{
	static const char *const name[PLACES] = {
		[PLACE_NORMAL] = "",
		[PLACE_END_OF_PAGE] = " right before an inaccessible page",
		[PLACE_MISALIGNED] = " at an odd address",
		[PLACE_TWO_PAGES] = " on two pages",
		[PLACE_READ_ONLY] = " on a read-only page",
		[PLACE_NULL] = " at NULL",
		[PLACE_UNMAPPED] = " on an inaccessible page",
		[PLACE_TAIL_UNMAPPED] = " that ends on an inaccessible page",
		[PLACE_KERNEL] = " at ULONG_MAX",
	};

	return name[place];
}

static void say_slot(const struct question *q, char *text, size_t size)
{
	append_text(text, size, "{ efd %u, tfd %u, ", q->slot.efd, q->slot.tfd);
	if (q->each_toff)
		append_text(text, size,
			    "each toff }), and fd %lu with the one that is 0",
			    q->idx[1]);
	else
		append_text(text, size, "toff %u }%s)", q->slot.toff,
			    place_name(q->place));
}

/* Returns an answer in words; the numbers are our own, see ask_here(). */
static const char *answer_text(long answer)
{
	static char text[64];

	if (answer == SLOT_CHANGED)
		return "but the slot has changed";
	if (answer > NOT_ONE_TOFF)
		return kcmp_answer_text(answer);
	snprintf(text, sizeof(text), "0 by %ld toffs, not by one",
		 NOT_ONE_TOFF - answer);
	return text;
}

static void say_question(const struct question *q, long answer)
{
	char text[512] = "kcmp(";

	say_task(q, 0, text, sizeof(text));
	append_text(text, sizeof(text), ", ");
	say_task(q, 1, text, sizeof(text));
	append_text(text, sizeof(text), ", %s%s, ", kcmp_type_name(q->type),
		    q->wide & 4 ? " | 0x5a5a5a5a << 32" : "");
	add_index(text, sizeof(text), q->idx[0]);
	append_text(text, sizeof(text), ", ");
	if ((int)q->type == KCMP_EPOLL_TFD) {
		say_slot(q, text, sizeof(text));
	} else {
		add_index(text, sizeof(text), q->idx[1]);
		append_text(text, sizeof(text), ")");
	}
	if (q->caller == NOBODY)
		append_text(text, sizeof(text), " by the test");
	else
		append_text(text, sizeof(text), " by w%d", q->caller);
	say("\t%s\n", text);
	say("   answered: %s\n", answer_text(answer));
}

/* The answers to the questions before the last one. */
static void say_order(const struct report *failed)
{
	int i;

	say("   expected: %s\n",
	    failed->questions_kept == 2 ?
		    "the order of these two objects in an earlier answer" :
		    "no circle with earlier answers");
	say("       rule: kcmp(2): the answers order the objects that exist\n");
	for (i = 0; i < failed->questions_kept - 1; i++)
		say_question(&failed->question[i], failed->answer[i]);
}

static void say_want(const struct want *w, bool has_order)
{
	char text[128] = "";
	size_t i;

	if (w->same)
		append_text(text, sizeof(text), "0 (same)");
	if (w->differs)
		append_text(text, sizeof(text), "%s%s", text[0] ? " or " : "",
			    has_order ? "1, 2 or 3 (different)" :
					"1 or 2, as 3 is no order");
	for (i = 0; i < sizeof(w->error) / sizeof(*w->error); i++)
		if (w->error[i])
			append_text(text, sizeof(text), "%s%s",
				    text[0] ? " or " : "",
				    errno_name(-w->error[i]));
	say("   expected: %s\n", text);
	say("       rule: %s\n", w->rule);
	for (i = 0; i < 2; i++)
		if (w->why[i])
			say("    pid%zu has: %s\n", i + 1, w->why[i]);
}

/* Repeats the operations in the model only, to print the expected answer. */
static void say_steps(const struct series *s, const struct report *failed)
{
	static struct run run;
	struct want w;
	char text[512];
	long ret;
	int i;

	memset(&run, 0, sizeof(run));
	run.machine = &s->machine;
	model_init(&run.model, &s->creds, s->machine.stays_dumpable);
	model_first_task(&run.model);
	say("\tw0 = fork() by the test\n");
	for (i = 0; i < failed->ops; i++) {
		ret = op_apply(&run.model, &failed->op[i]);
		op_print(&failed->op[i], ret, text, sizeof(text));
		say("\t%s\n", text);
	}
	if (failed->outcome != RUN_DISAGREED)
		return;
	i = failed->questions_kept - 1;
	say_question(&failed->question[i], failed->answer[i]);
	model_want(&run.model, &failed->question[i], &w);
	if (failed->answer[i] != 3 && model_accepts(&w, failed->answer[i]))
		say_order(failed);
	else
		say_want(&w, failed->answer[i] != 3);
}

static void say_failure(const struct series *s, struct report *failed,
			unsigned long long seed)
{
	static struct report given;
	struct report *scratch = new_report();
	bool again = false;

	given = *failed;
	if (failed->outcome == RUN_DISAGREED && scratch)
		again = shrink(s, &given, scratch);
	say(" --seed %llu, step %d", seed, failed->ops);
	if (failed->outcome == RUN_BROKEN)
		fprintf(TH_LOG_STREAM,
			", the set-up, not kcmp(): the last of these operations %s\n",
			failed->text);
	else if (again)
		fprintf(TH_LOG_STREAM, ": %d of %d operations are enough:\n",
			given.ops, failed->ops);
	else
		fprintf(TH_LOG_STREAM,
			": not seen when done again; all operations:\n");
	say_steps(s, again ? &given : failed);
}

/* Prints which operations are left out, if any. */
static void say_left_out(const struct series *s)
{
	char text[256] = "";
	size_t i;

	for (i = 0; i < OPS; i++)
		if (check_uses(s->aspect, i) &&
		    !op_is_allowed(&s->machine, i) && !strstr(text, op_name(i)))
			append_text(text, sizeof(text), "%s%s",
				    text[0] ? ", " : "", op_name(i));
	if (!s->machine.clone_flags)
		append_text(text, sizeof(text), "%snamespaces",
			    text[0] ? ", " : "");
	if (text[0])
		printf("# model.%s: not allowed here, left out: %s\n",
		       aspect_name[s->aspect], text);
}

/* ------------------------------------------------------------------ */
/* The tests.                                                          */

FIXTURE(model)
{
	struct series series;
	struct report *report;
};

FIXTURE_VARIANT(model)
{
	enum aspect aspect;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(model, objects) {
	.aspect = OBJECTS,
};

FIXTURE_VARIANT_ADD(model, descriptors) {
	.aspect = DESCRIPTORS,
};

FIXTURE_VARIANT_ADD(model, epoll) {
	.aspect = EPOLL,
};

FIXTURE_VARIANT_ADD(model, order) {
	.aspect = ORDER,
};

FIXTURE_VARIANT_ADD(model, permission) {
	.aspect = PERMISSION,
};

FIXTURE_VARIANT_ADD(model, pids) {
	.aspect = PIDS,
};

FIXTURE_VARIANT_ADD(model, errors) {
	.aspect = ERRORS,
};
/* clang-format on */

FIXTURE_SETUP(model)
{
	SKIP_IF(kcmp_skip_reason_any());
	if (variant->aspect == EPOLL)
		SKIP_IF(kcmp_skip_reason(KCMP_EPOLL_TFD));
	if (options.is_random)
		printf("# model.%s: --seed %llu\n",
		       aspect_name[variant->aspect], options.seed);
	self->series.aspect = variant->aspect;
	self->report = new_report();
	ASSERT_NE(NULL, self->report);
	machine_probe(&self->series.machine, &self->series.creds);
	say_left_out(&self->series);
}

FIXTURE_TEARDOWN(model)
{
}

/* Returns whether another run is due. */
static bool goes_on(const struct series *s, long long end)
{
	return options.ms ? clock_ms() < end :
			    s->steps < options.steps && s->stopped < 10;
}

/* Makes runs until one disagrees.  Returns whether none does; seed: the last. */
static bool all_agree(struct series *s, struct report *report,
		      unsigned long long *seed)
{
	long long end = clock_ms() + options.ms;

	for (; goes_on(s, end); ++*seed) {
		do_run(s, report, *seed, NULL, NULL);
		s->runs++;
		s->steps += report->steps;
		s->questions += report->questions;
		s->stopped += report->outcome == RUN_STOPPED;
		if (report->outcome == RUN_AGREED ||
		    report->outcome == RUN_STOPPED)
			continue;
		if (!machine_has_changed(&s->machine))
			return false;
		machine_probe(&s->machine, &s->creds);
		s->stopped++;
	}
	return true;
}

TEST_F_TIMEOUT(model, matches_kernel, 100000)
{
	struct series *s = &self->series;
	unsigned long long seed = options.seed;
	bool agree = all_agree(s, self->report, &seed);

	SKIP_IF(agree && !s->questions && s->stopped ?
			"needs processes, descriptors and permissions for a run" :
			NULL);
	if (!agree) {
		EXPECT_STREQ("an answer of the model",
			     self->report->outcome == RUN_BROKEN ?
				     "no answer, the set-up fails" :
				     "another one");
		say_failure(s, self->report, seed);
	}
	if (options.is_random || options.ms || s->stopped)
		printf("# model.%s: %lu steps, %lu questions in %d runs, seeds from %llu, %d stopped by a shortage\n",
		       aspect_name[s->aspect], s->steps, s->questions, s->runs,
		       options.seed, s->stopped);
}

/* ------------------------------------------------------------------ */
/* The command line.                                                   */

static bool parse_number(const char *text, unsigned long long from,
			 unsigned long long to, unsigned long long *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return *text >= '0' && *text <= '9' && !*end && !errno &&
	       *number >= from && *number <= to;
}

static void draw_seed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	options.seed =
		((unsigned long long)now.tv_sec << 20 ^ now.tv_nsec >> 4) &
		0xffffffff;
	options.is_random = true;
}

static int bad_option(const char *option, const char *wants)
{
	fprintf(stderr, "model_test: %s wants %s\n", option, wants);
	return -1;
}

/* "random" is drawn once, for all tests. */
static int take_seed(const char *text)
{
	unsigned long long number;

	if (!strcmp(text, "random")) {
		draw_seed();
		return 2;
	}
	if (!parse_number(text, 0, UINT64_MAX, &number))
		return bad_option("--seed", "a number or 'random'");
	options.seed = number;
	return 2;
}

int suite_option(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : "";
	unsigned long long number;

	if (!strcmp(argv[0], "--trace")) {
		options.trace = true;
		return 1;
	}
	if (!strcmp(argv[0], "--seed"))
		return take_seed(text);
	if (!strcmp(argv[0], "--steps")) {
		if (!parse_number(text, 1, 1000000000, &number))
			return bad_option("--steps", "a number from 1");
		options.steps = number;
		return 2;
	}
	if (!strcmp(argv[0], "--seconds")) {
		if (!parse_number(text, 1, 86400, &number))
			return bad_option("--seconds",
					  "a number from 1 to 86400");
		options.ms = number * 1000;
		return 2;
	}
	return 0;
}

TEST_HARNESS_MAIN
