// SPDX-License-Identifier: GPL-2.0
/* Objects shared by two tasks; sharing.h has the contracts.*/
#include "environment.h"
#include "namespace.h"
#include "sharing.h"

#define TYPES 6

/* clang-format off */
static const struct {
	int type;
	unsigned long long flag;
} object[TYPES] = {
	{ KCMP_VM, CLONE_VM },
	{ KCMP_FILES, CLONE_FILES },
	{ KCMP_FS, CLONE_FS },
	{ KCMP_SIGHAND, CLONE_SIGHAND },
	{ KCMP_IO, CLONE_IO },
	{ KCMP_SYSVSEM, CLONE_SYSVSEM },
};
/* clang-format on */

unsigned long long askable_sharing(void)
{
	static unsigned long long flags;
	int i;

	if (flags)
		return flags;
	for (i = 0; i < TYPES; i++)
		if (!kcmp_skip_reason(object[i].type))
			flags |= object[i].flag;
	return flags;
}

static void flags_text(unsigned long long flags, char *text, size_t size)
{
	if (flags)
		clone_flags_text(flags, text, size);
	else
		snprintf(text, size, "nothing");
}

static void add_line(struct sharing *sharing,
		     const struct kcmp_question *question, long want)
{
	char call[384];

	if (kcmp_is_wanted(want, question->answer))
		return;
	snprintf(sharing->line[sharing->lines++], sizeof(sharing->line[0]),
		 "%s: expected %s, answered %s",
		 kcmp_call_text(question, call, sizeof(call)),
		 kcmp_want_text(want), kcmp_answer_text(question->answer));
}

/* Returns the flag if both answers are the same, and spells what is odd. */
static unsigned long long shared_flag(const struct kcmp_question *question,
				      int i, char *odd, size_t size)
{
	long there = question[0].answer, back = question[1].answer;
	size_t used = strlen(odd);

	if (!there && !back)
		return object[i].flag;
	if (!kcmp_differs(there) || !kcmp_differs(back))
		snprintf(odd + used, size - used, "; %s %s, swapped %s",
			 kcmp_type_name(object[i].type),
			 kcmp_answer_text(there), kcmp_answer_text(back));
	return 0;
}

/* For one order instead of twelve.  arg: where the answers go, pid1, pid2. */
static long ask_all(const long *arg)
{
	long *answer = (long *)arg[0];
	int i;

	for (i = 0; i < TYPES; i++) {
		*answer++ = sys_kcmp(arg[1], arg[2], object[i].type, 0, 0);
		*answer++ = sys_kcmp(arg[2], arg[1], object[i].type, 0, 0);
	}
	return 0;
}

static void ask(struct worker *by, long pid1, long pid2, long *answer)
{
	int i;

	if (!by) {
		ask_all(WORKER_ARGS((long)answer, pid1, pid2));
	} else if (!worker_run(by, ask_all, (long)by->scratch, pid1, pid2)) {
		memcpy(answer, by->scratch, 2 * TYPES * sizeof(*answer));
	} else {
		for (i = 0; i < 2 * TYPES; i++)
			answer[i] = WORKER_STUCK;
	}
}

void ask_sharing(struct sharing *sharing, struct worker *by,
		 unsigned long long flags, long pid1, long pid2,
		 const char *text1, const char *text2)
{
	struct kcmp_question question[2];
	unsigned long long shared = 0;
	long answer[TYPES][2];
	char odd[256] = "";
	int i;

	sharing->lines = 0;
	ask(by, pid1, pid2, answer[0]);
	for (i = 0; i < TYPES; i++) {
		long want = flags & object[i].flag ? 0 : KCMP_DIFFERS;

		if (!(askable_sharing() & object[i].flag))
			continue;
		question[0] = (struct kcmp_question)KCMP_QUESTION(
			by, pid1, pid2, object[i].type, 0, 0);
		question[1] = kcmp_swapped(&question[0]);
		question[0].answer = answer[i][0];
		question[1].answer = answer[i][1];
		add_line(sharing, &question[0], want);
		add_line(sharing, &question[1], want);
		shared |= shared_flag(question, i, odd, sizeof(odd));
	}
	if (!sharing->lines)
		return;
	flags_text(flags & askable_sharing(), sharing->expected,
		   sizeof(sharing->expected));
	flags_text(shared, sharing->answered, sizeof(sharing->answered));
	strcat(sharing->answered, odd);
	snprintf(sharing->line[sharing->lines++], sizeof(sharing->line[0]),
		 "asked by %s, pid1=%s, pid2=%s", by ? "a worker" : "the test",
		 text1, text2);
}

long give_io_and_undo(struct worker *t)
{
	return worker_run(t, worker_alloc_io_and_undo,
			  (long)(t->scratch + WORKER_SCRATCH));
}

struct worker *spawn_with_io_and_undo(unsigned long long flags)
{
	struct worker *t = worker_spawn(flags);

	if (t->pid > 0 && give_io_and_undo(t))
		t->pid = WORKER_STUCK;
	return t;
}

/* The range is empty, and the caller does not share its table. */
const char *close_range_skip_reason(unsigned int flags)
{
	if (!syscall(SYS_close_range, UINT_MAX, UINT_MAX, flags))
		return NULL;
	if (errno == EINVAL && flags & CLOSE_RANGE_CLOEXEC)
		return "needs Linux 5.11 (CLOSE_RANGE_CLOEXEC)";
	return blocked_skip_reason(-errno,
				   "close_range blocked by a seccomp filter");
}

long clone_fail_late(const long *arg)
{
	static char stack[4096] __attribute__((aligned(16)));

	return clone(exit_at_once, stack + sizeof(stack),
		     arg[0] | CLONE_PIDFD | SIGCHLD, NULL, (void *)1) == -1 ?
		       -errno :
		       0;
}
