// SPDX-License-Identifier: GPL-2.0
/*
 * Faults of a kernel, one rule each.  kcmp_inject.h says how a rule works:
 * change() asks another question, report() returns another answer.
 *
 * Each rule has to be wrong: an order that is reversed as a whole, for instance, is
 * as good as the other, and no fault.
 */
#include "kcmp_inject.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/kcmp.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Patterns for answers and types, beside the numbers. */
enum { ANY = 1000, DIFFERENT, ANY_ERROR, ANY_TYPE, BAD_TYPE };

static const struct word {
	const char *text;
	int number;
} words[] = {
	{ "EPERM", -EPERM }, { "ENOENT", -ENOENT }, { "ESRCH", -ESRCH },
	{ "EBADF", -EBADF }, { "EFAULT", -EFAULT }, { "EINVAL", -EINVAL },
	{ "EINTR", -EINTR }, { "EAGAIN", -EAGAIN }, { "0", 0 }, { "1", 1 },
	{ "2", 2 }, { "3", 3 }, { "different", DIFFERENT },
	{ "error", ANY_ERROR }, { "any", ANY },
}, types[] = {
	{ "file", KCMP_FILE }, { "vm", KCMP_VM }, { "files", KCMP_FILES },
	{ "fs", KCMP_FS }, { "sighand", KCMP_SIGHAND }, { "io", KCMP_IO },
	{ "sysvsem", KCMP_SYSVSEM }, { "epoll", KCMP_EPOLL_TFD },
	{ "bad", BAD_TYPE },
};

static const struct word *find_word(const struct word *list, size_t n,
				    const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(list[i].text) == length &&
		    !strncmp(list[i].text, text, length))
			return &list[i];
	return NULL;
}

/* ------------------------------------------------------------------ */
/* Facts about a call, for the rules.                                  */

static bool differs(long answer)
{
	return answer >= 1 && answer <= 3;
}

static bool is_object(int type)
{
	return type >= KCMP_VM && type <= KCMP_SYSVSEM;
}

static bool is_bad(int type)
{
	return type < KCMP_FILE || type > KCMP_EPOLL_TFD;
}

static bool is_of_type(const struct call *c, int type)
{
	return type == ANY_TYPE || type_of(c) == type ||
	       (type == BAD_TYPE && is_bad(type_of(c)));
}

static bool is(long answer, long what)
{
	return what == ANY || answer == what ||
	       (what == DIFFERENT && differs(answer)) ||
	       (what == ANY_ERROR && answer < 0);
}

static pid_t pid1(const struct call *c)
{
	return c->asked.pid1;
}

static pid_t pid2(const struct call *c)
{
	return c->asked.pid2;
}

/* Returns the last number of a line in /proc/PID/status, or 0. */
static int status_of(pid_t pid, const char *field)
{
	char path[32], line[256], *last;
	int number = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status)) {
		if (strncmp(line, field, strlen(field)))
			continue;
		last = strrchr(line, '\t');
		number = last ? atoi(last) : 0;
		break;
	}
	if (status)
		fclose(status);
	return number;
}

/* The caller's own number, as the caller knows it. */
static pid_t self(const struct call *c)
{
	return status_of(c->caller, "NSpid:");
}

/* Whether the caller's numbers are the injector's, so that /proc tells of them. */
static bool is_at_home(const struct call *c)
{
	return self(c) == c->caller;
}

static pid_t leader(pid_t pid)
{
	return status_of(pid, "Tgid:") ?: pid;
}

static bool is_thread(const struct call *c, pid_t pid)
{
	return is_at_home(c) && leader(pid) != pid;
}

static bool is_zombie(const struct call *c, pid_t pid)
{
	char path[32], state = 0;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = is_at_home(c) ? fopen(path, "re") : NULL;
	if (stat && fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (stat)
		fclose(stat);
	return state == 'Z';
}

static bool about_thread(const struct call *c)
{
	return is_thread(c, pid1(c)) || is_thread(c, pid2(c));
}

static bool about_zombie(const struct call *c)
{
	return is_zombie(c, pid1(c)) || is_zombie(c, pid2(c));
}

/* The opposite of an answer. */
static long wrong(long answer)
{
	return answer ? 0 : 1;
}

static long turned(long answer)
{
	return answer == 1 || answer == 2 ? 3 - answer : answer;
}

/* ------------------------------------------------------------------ */
/* One answer for another: [TYPE:]FROM=TO.                             */

static long report_map(const struct rule *r, struct call *c)
{
	return is_of_type(c, r->type) && is(c->real, r->arg) ? r->to : c->real;
}

static bool parse_map(const char *name, struct rule *r)
{
	const char *colon = strchr(name, ':'), *equal = strchr(name, '=');
	const struct word *type = NULL, *from, *to;

	if (!equal || (colon && colon > equal))
		return false;
	if (colon)
		type = find_word(types, COUNT(types), name, colon - name);
	if (colon && !type)
		return false;
	name = colon ? colon + 1 : name;
	from = find_word(words, COUNT(words), name, equal - name);
	to = find_word(words, COUNT(words), equal + 1, strlen(equal + 1));
	if (!from || !to)
		return false;
	r->type = type ? type->number : ANY_TYPE;
	r->arg = from->number;
	r->to = to->number;
	r->report = report_map;
	return true;
}

/* The maps in the list, a type and what to make of what. */
static const struct {
	const char *types, *from, *to;
} maps[] = {
	{ "", "any", "0 1" },
	{ "", "0", "1 2 3 EPERM EBADF" },
	{ "", "different", "0 1 2 3 EPERM EBADF" },
	{ "", "1", "2" },
	{ "", "2", "1" },
	{ "", "EPERM", "0 1 ENOENT ESRCH EBADF EFAULT EINVAL EAGAIN" },
	{ "", "ENOENT", "0 1 EPERM ESRCH EBADF EFAULT EINVAL EAGAIN" },
	{ "", "ESRCH", "0 1 EPERM ENOENT EBADF EFAULT EINVAL EAGAIN" },
	{ "", "EBADF", "0 1 EPERM ENOENT ESRCH EFAULT EINVAL EAGAIN" },
	{ "", "EFAULT", "0 1 EPERM ENOENT ESRCH EBADF EINVAL EAGAIN" },
	{ "", "EINVAL", "0 1 EPERM ENOENT ESRCH EBADF EFAULT EAGAIN" },
	{ "file vm files fs sighand io sysvsem epoll", "0",
	  "1 2 3 EPERM EBADF" },
	{ "file vm files fs sighand io sysvsem epoll", "different",
	  "0 1 2 3 EPERM" },
	{ "file vm files fs sighand io sysvsem epoll", "EPERM", "0 1" },
	{ "file vm files fs sighand io sysvsem epoll", "ESRCH", "0 1" },
	{ "bad", "ESRCH EPERM", "0 EINVAL" },
	{ "bad", "EINVAL", "0 1 EPERM ESRCH EBADF" },
	{ "file epoll", "EBADF", "0 1 ENOENT ESRCH EINVAL EFAULT" },
	{ "epoll", "EINVAL", "0 1 ENOENT EBADF" },
	{ "epoll", "ENOENT", "0 1 EINVAL EBADF" },
	{ "epoll", "EFAULT", "0 1 EINVAL ENOENT" },
};

static void list_maps(const char *of, const char *from, const char *to)
{
	char type[64], real[64], reported[64], *a, *b, *c, *sa, *sb, *sc;

	snprintf(type, sizeof(type), "%s", *of ? of : "-");
	for (a = strtok_r(type, " ", &sa); a; a = strtok_r(NULL, " ", &sa)) {
		snprintf(real, sizeof(real), "%s", from);
		b = strtok_r(real, " ", &sb);
		for (; b; b = strtok_r(NULL, " ", &sb)) {
			snprintf(reported, sizeof(reported), "%s", to);
			c = strtok_r(reported, " ", &sc);
			for (; c; c = strtok_r(NULL, " ", &sc))
				printf("%s%s%s=%s\n", *of ? a : "",
				       *of ? ":" : "", b, c);
		}
	}
}

/* ------------------------------------------------------------------ */
/* One type for another: TYPE-as-TYPE.                                 */

static void change_type(const struct rule *r, struct call *c,
			struct question *q)
{
	if (type_of(c) == r->arg)
		q->type = r->to;
}

static bool parse_type(const char *name, struct rule *r)
{
	const char *as = strstr(name, "-as-");
	const struct word *from, *to;

	if (!as)
		return false;
	from = find_word(types, COUNT(types), name, as - name);
	to = find_word(types, COUNT(types), as + 4, strlen(as + 4));
	if (!from || !to)
		return false;
	r->arg = from->number;
	r->to = to->number;
	r->change = change_type;
	return true;
}

static void list_types(void)
{
	int i, j;

	for (i = KCMP_VM; i <= KCMP_SYSVSEM; i++)
		for (j = KCMP_VM; j <= KCMP_SYSVSEM; j++)
			if (i != j)
				printf("%s-as-%s\n", types[i].text,
				       types[j].text);
}

/* ------------------------------------------------------------------ */
/* One call alone: nth=N[:VALUE], by default what is surely wrong.     */

static long report_nth(const struct rule *r, struct call *c)
{
	if (c->number != (unsigned long)r->arg)
		return c->real;
	return r->to == ANY ? wrong(c->real) : r->to;
}

static bool parse_nth(const char *name, struct rule *r)
{
	const char *value = strchr(name, ':');
	const struct word *to = NULL;

	if (strncmp(name, "nth=", 4) || !isdigit(name[4]))
		return false;
	if (value)
		to = find_word(words, COUNT(words), value + 1,
			       strlen(value + 1));
	if (value && !to)
		return false;
	r->arg = atol(name + 4);
	r->to = to ? to->number : ANY;
	r->report = report_nth;
	return true;
}

/* ------------------------------------------------------------------ */
/* Orders that are none.                                               */

static long by_count(const struct rule *r, struct call *c)
{
	return c->number % r->arg ? c->real : turned(c->real);
}

static long by_caller(const struct rule *r, struct call *c)
{
	(void)r;
	return c->caller == pid1(c) ? c->real : turned(c->real);
}

static long by_tid(const struct rule *r, struct call *c)
{
	(void)r;
	return c->caller & 1 ? turned(c->real) : c->real;
}

static long by_holder(const struct rule *r, struct call *c)
{
	(void)r;
	return pid1(c) == pid2(c) ? c->real : turned(c->real);
}

static long by_number(const struct rule *r, struct call *c)
{
	const struct question *q = &c->asked;

	if (!differs(c->real) || type_of(c) != r->type)
		return c->real;
	if (r->type == KCMP_FILE)
		return q->idx1 < q->idx2 ? 1 : 2;
	return pid1(c) < pid2(c) ? 1 : 2;
}

/*
 * Stone, scissors, paper, as before Linux 3.17: whether a pair is turned round
 * depends on the pair, whichever of the two comes first.
 */
static long by_pair(const struct rule *r, struct call *c)
{
	unsigned long a = pid1(c) * 64 + c->asked.idx1;
	unsigned long b = pid2(c) * 64 + c->asked.idx2;
	unsigned long hash = (a ^ b) * 0x9e3779b97f4a7c15UL ^
			     (a + b) * 0xc2b2ae3d27d4eb4fUL;

	(void)r;
	return hash >> 40 & 1 ? turned(c->real) : c->real;
}

static long by_type(const struct rule *r, struct call *c)
{
	return type_of(c) == r->type ? turned(c->real) : c->real;
}

static long by_toff_alone(const struct rule *r, struct call *c)
{
	(void)r;
	return c->has_slot && c->asked.slot.toff ? turned(c->real) : c->real;
}

static long by_owner_of_slot(const struct rule *r, struct call *c)
{
	(void)r;
	return c->has_slot && pid1(c) != pid2(c) ? turned(c->real) : c->real;
}

/* As toff goes: what it meant is remembered from the calls that asked. */
static long by_toff(const struct rule *r, struct call *c)
{
	static unsigned int toff[1024];
	const struct question *q = &c->asked;

	(void)r;
	if (q->idx1 >= COUNT(toff))
		return c->real;
	if (c->has_slot && !c->real)
		toff[q->idx1] = q->slot.toff;
	if (type_of(c) != KCMP_FILE || !differs(c->real) ||
	    q->idx2 >= COUNT(toff) || toff[q->idx1] == toff[q->idx2])
		return c->real;
	return toff[q->idx1] < toff[q->idx2] ? 1 : 2;
}

/* ------------------------------------------------------------------ */
/* Answers that are wrong now and then.                                */

static long now_and_then(const struct rule *r, struct call *c)
{
	if (c->number % r->arg)
		return c->real;
	return r->to == ANY ? wrong(c->real) : r->to;
}

/* ------------------------------------------------------------------ */
/* Checks of one side only: of the first, or of the second.            */

static void one_side(const struct rule *r, struct call *c, struct question *q)
{
	bool first = r->type == 1;

	if (c->real != r->arg)
		return;
	*(first ? &q->pid2 : &q->pid1) = first ? q->pid1 : q->pid2;
	if (r->arg != -EBADF) {
		q->type = KCMP_VM;
	} else if (type_of(c) == KCMP_EPOLL_TFD) {
		q->type = KCMP_FILE;
		q->idx1 = first ? q->idx1 : q->slot.efd;
		q->idx2 = q->idx1;
	} else {
		*(first ? &q->idx2 : &q->idx1) = first ? q->idx1 : q->idx2;
	}
}

static long unless_other_fails(const struct rule *r, struct call *c)
{
	return c->is_other && c->real == r->arg && c->answer != r->arg ?
		       r->to :
		       c->real;
}

/* Errors of the caller's question about itself come first. */
static void about_self(const struct rule *r, struct call *c, struct question *q)
{
	if (c->real == r->arg && is_of_type(c, r->type)) {
		q->pid1 = self(c);
		q->pid2 = q->pid1;
	}
}

static long errors_first(const struct rule *r, struct call *c)
{
	(void)r;
	return c->answer < 0 ? c->answer : c->real;
}

/* EPERM of the task that there is comes before ESRCH of the one there is not. */
static void about_one(const struct rule *r, struct call *c, struct question *q)
{
	if (c->real != -ESRCH)
		return;
	q->pid1 = r->arg == 1 ? q->pid1 : q->pid2;
	q->pid2 = q->pid1;
	q->type = KCMP_VM;
}

static long eperm_first(const struct rule *r, struct call *c)
{
	(void)r;
	return c->answer == -EPERM ? -EPERM : c->real;
}

/* ------------------------------------------------------------------ */
/* Another task than the one that was asked about.                     */

enum whom {
	CALLER_1,
	CALLER_2,
	FIRST_TWICE,
	SECOND_TWICE,
	EXCHANGED,
	LEADER_1,
	LEADER_2,
	THREAD_1,
	THREAD_2
};

/* Returns a living thread of a process. */
static pid_t thread_of(pid_t pid)
{
	struct dirent *entry;
	pid_t tid = pid;
	char path[32];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && tid == pid && (entry = readdir(tasks)))
		if (atoi(entry->d_name) > 0)
			tid = atoi(entry->d_name);
	if (tasks)
		closedir(tasks);
	return tid;
}

static void somebody_else(const struct rule *r, struct call *c,
			  struct question *q)
{
	long first = q->pid1;

	if (r->type != ANY_TYPE && r->type != type_of(c))
		return;
	switch (r->arg) {
	case CALLER_1:
		q->pid1 = self(c);
		break;
	case CALLER_2:
		q->pid2 = self(c);
		break;
	case FIRST_TWICE:
		q->pid2 = q->pid1;
		break;
	case SECOND_TWICE:
		q->pid1 = q->pid2;
		break;
	case EXCHANGED:
		q->pid1 = q->pid2;
		q->pid2 = first;
		break;
	}
	if (!is_at_home(c))
		return;
	switch (r->arg) {
	case LEADER_1:
		q->pid1 = leader(q->pid1);
		break;
	case LEADER_2:
		q->pid2 = leader(q->pid2);
		break;
	case THREAD_1:
		q->pid1 = thread_of(q->pid1);
		break;
	case THREAD_2:
		q->pid2 = thread_of(q->pid2);
		break;
	}
}

/* An exchange turns the order, too. */
static long turned_other(const struct rule *r, struct call *c)
{
	(void)r;
	return c->is_other ? turned(c->answer) : c->answer;
}

static long other_permission(const struct rule *r, struct call *c)
{
	(void)r;
	if (!c->is_other || (c->answer == -EPERM) == (c->real == -EPERM))
		return c->real;
	return c->answer;
}

/* ------------------------------------------------------------------ */
/* Arguments that lose some of their bits, or have too many.           */

static void type_bits(const struct rule *r, struct call *c, struct question *q)
{
	if (is_bad(type_of(c)))
		q->type &= r->arg;
}

static void fd_bits(const struct rule *r, struct call *c, struct question *q)
{
	if (type_of(c) == KCMP_FILE || type_of(c) == KCMP_EPOLL_TFD)
		q->idx1 &= r->arg;
	if (type_of(c) == KCMP_FILE)
		q->idx2 &= r->arg;
}

static long wide_type(const struct rule *r, struct call *c)
{
	if (!is_of_type(c, r->type) || c->asked.type == (int)c->asked.type)
		return c->real;
	return -EINVAL;
}

static long wide_pid(const struct rule *r, struct call *c)
{
	long pid = r->arg == 1 ? c->asked.pid1 : c->asked.pid2;

	if (!is_of_type(c, r->type) || pid == (pid_t)pid)
		return c->real;
	return -ESRCH;
}

static long large_fd(const struct rule *r, struct call *c)
{
	const struct question *q = &c->asked;

	if (type_of(c) != KCMP_FILE || c->real < 0 ||
	    (q->idx1 < (unsigned long)r->arg &&
	     q->idx2 < (unsigned long)r->arg))
		return c->real;
	return r->to == ANY ? wrong(c->real) : r->to;
}

static long large_bad_fd(const struct rule *r, struct call *c)
{
	const struct question *q = &c->asked;
	unsigned long large = r->arg;

	return c->real == -EBADF && (q->idx1 >= large || q->idx2 >= large) ?
		       r->to :
		       c->real;
}

static void exchange_indices(const struct rule *r, struct call *c,
			     struct question *q)
{
	if (type_of(c) != KCMP_FILE)
		return;
	if (r->arg != 2)
		q->idx1 = c->asked.idx2;
	if (r->arg != 1)
		q->idx2 = c->asked.idx1;
}

/* The indices of the types that have none. */
static long idx_counts(const struct rule *r, struct call *c)
{
	const struct question *q = &c->asked;
	bool bad = r->arg == 1 ? q->idx1 :
		   r->arg == 2 ? q->idx2 :
				 q->idx1 != q->idx2;

	if (!is_object(type_of(c)) || !bad || c->real < 0)
		return c->real;
	return r->to == ANY ? wrong(c->real) : r->to;
}

/* A task compared with itself is the same, without a look at its object.*/
static long shortcut(const struct rule *r, struct call *c)
{
	bool with_idx = type_of(c) == KCMP_FILE || type_of(c) == KCMP_EPOLL_TFD;

	if (pid1(c) != pid2(c) || c->real != r->arg)
		return c->real;
	if (with_idx && c->asked.idx1 != c->asked.idx2)
		return c->real;
	return 0;
}

enum who { CALLER, NOT_CALLER };

/* A task, or a descriptor, is not even the same as itself. */
static long itself_differs(const struct rule *r, struct call *c)
{
	enum who who = pid1(c) == c->caller ? CALLER : NOT_CALLER;

	if (pid1(c) != pid2(c) || c->real || r->arg != who ||
	    !is_of_type(c, r->type))
		return c->real;
	return r->type == KCMP_FILE && c->asked.idx1 != c->asked.idx2 ? 0 : 1;
}

/* ------------------------------------------------------------------ */
/* Threads and zombies.                                                */

static long of_thread(const struct rule *r, struct call *c)
{
	if (!is(c->real, r->arg) || !is_of_type(c, r->type) || !about_thread(c))
		return c->real;
	return r->to == ANY ? wrong(c->real) : r->to;
}

/* One of the caller's own process. */
static long of_own_thread(const struct rule *r, struct call *c)
{
	if (c->real < 0 || !about_thread(c) ||
	    leader(pid1(c)) != leader(c->caller) ||
	    leader(pid2(c)) != leader(c->caller))
		return c->real;
	return r->to;
}

static long of_zombie(const struct rule *r, struct call *c)
{
	if (!is(c->real, r->arg) || !is_of_type(c, r->type) || !about_zombie(c))
		return c->real;
	return r->to;
}

/* ------------------------------------------------------------------ */
/* Permission to ask about a task.                                     */

static long not_foreign(const struct rule *r, struct call *c)
{
	pid_t me = c->caller;

	(void)r;
	if (c->real < 0 || !is_at_home(c))
		return c->real;
	return leader(pid1(c)) == leader(me) && leader(pid2(c)) == leader(me) ?
		       c->real :
		       -EPERM;
}

static long not_third_party(const struct rule *r, struct call *c)
{
	(void)r;
	if (c->real < 0 || !is_at_home(c))
		return c->real;
	return pid1(c) == c->caller || pid2(c) == c->caller ? c->real : -EPERM;
}

static bool is_child_or_self(const struct call *c, pid_t pid)
{
	pid_t me = leader(c->caller);

	return leader(pid) == me || status_of(pid, "PPid:") == me;
}

/* As the manual page has it of Yama's scope 2. */
static long children_only(const struct rule *r, struct call *c)
{
	(void)r;
	if (c->real < 0 || !is_at_home(c))
		return c->real;
	return is_child_or_self(c, pid1(c)) && is_child_or_self(c, pid2(c)) ?
		       c->real :
		       -EPERM;
}

/* Numbers of another pid namespace. */
static long in_namespace(const struct rule *r, struct call *c)
{
	if (is_at_home(c) || !is(c->real, r->arg))
		return c->real;
	return r->to;
}

/* ------------------------------------------------------------------ */
/* KCMP_EPOLL_TFD.                                                     */

enum slot_fault {
	TOFF_0,
	TOFF_LESS,
	TOFF_MORE,
	TOFF_BITS,
	TOFF_TURNS,
	TFD_BITS,
	EFD_BITS,
	TFD_AND_EFD,
	TFD_IS_FD
};

static void change_slot(const struct rule *r, struct call *c,
			struct question *q)
{
	struct kcmp_epoll_slot *slot = &q->slot;

	if (!c->has_slot)
		return;
	switch (r->arg) {
	case TOFF_0:
		slot->toff = 0;
		break;
	case TOFF_LESS:
		slot->toff--;
		break;
	case TOFF_MORE:
		slot->toff++;
		break;
	case TOFF_BITS:
		slot->toff &= r->to;
		break;
	case TOFF_TURNS:
		slot->toff ^= slot->toff < 2 ? c->number & 1 : 0;
		break;
	case TFD_BITS:
		slot->tfd &= r->to;
		break;
	case EFD_BITS:
		slot->efd &= r->to;
		break;
	case TFD_AND_EFD:
		slot->tfd = c->asked.slot.efd;
		slot->efd = c->asked.slot.tfd;
		break;
	case TFD_IS_FD:
		slot->tfd = q->idx1;
		break;
	}
}

/* Of the number, what is there now. */
static void file_there_now(const struct rule *r, struct call *c,
			   struct question *q)
{
	if (!c->has_slot || (c->real < 0 && c->real != r->arg) || q->slot.toff)
		return;
	q->type = KCMP_FILE;
	q->idx2 = q->slot.tfd;
}

/* The file is found under whatever number it is registered. */
static void any_number(const struct rule *r, struct call *c, struct question *q)
{
	if (c->has_slot && c->real == r->arg)
		q->slot.tfd = q->idx1;
}

/* The number has to be open. */
static void number_there_now(const struct rule *r, struct call *c,
			     struct question *q)
{
	if (!c->has_slot || c->real < 0)
		return;
	q->type = KCMP_FILE;
	q->pid1 = r->arg == 1 ? q->pid1 : q->pid2;
	q->pid2 = q->pid1;
	q->idx1 = q->slot.tfd;
	q->idx2 = q->idx1;
}

static long enoent_if_closed(const struct rule *r, struct call *c)
{
	(void)r;
	return c->is_other && c->answer == -EBADF ? -ENOENT : c->real;
}

/* Without toff, eight bytes are enough. */
static void eight_bytes(const struct rule *r, struct call *c,
			struct question *q)
{
	(void)r;
	if (c->real == -EFAULT && type_of(c) == KCMP_EPOLL_TFD)
		caller_read(c, q->idx2, &q->slot, 8);
}

static void slot_of_second(const struct rule *r, struct call *c,
			   struct question *q)
{
	struct call second = { .caller = pid2(c) };

	(void)r;
	if (type_of(c) == KCMP_EPOLL_TFD && is_at_home(c))
		caller_read(&second, q->idx2, &q->slot, sizeof(q->slot));
}

enum slot_demand { SIXTEEN, TOFF_64, ALIGNED, ONE_PAGE, WRITABLE, TOUCHED };

static bool slot_fits(const struct call *c, long demand)
{
	unsigned long at = c->asked.idx2, byte[2] = { 0 };
	bool readable = caller_read(c, at, byte, 16);

	switch (demand) {
	case SIXTEEN:
		return readable;
	case TOFF_64:
		return !(byte[1] >> 32);
	case ALIGNED:
		return !(at & 3);
	case ONE_PAGE:
		return (at & 4095) <= 4096 - 12;
	case WRITABLE:
		return caller_write(c, at, &c->asked.slot, 12);
	default:
		return c->asked.slot.efd || c->asked.slot.tfd;
	}
}

static long slot_demands(const struct rule *r, struct call *c)
{
	return c->has_slot && c->real >= 0 && !slot_fits(c, r->arg) ? r->to :
								      c->real;
}

/* Leaves a trace in the caller's memory. */
static long slot_written(const struct rule *r, struct call *c)
{
	struct kcmp_epoll_slot slot = c->asked.slot;

	if (c->has_slot && is(c->real, r->arg)) {
		slot.toff ^= 4;
		caller_write(c, c->asked.idx2, &slot, sizeof(slot));
	}
	return c->real;
}

static long bad_address(const struct rule *r, struct call *c)
{
	unsigned long at = c->asked.idx2;
	bool hit = r->arg == 0 ? !at :
		   r->arg == 1 ? at >> 63 :
				 at && !(at >> 63);

	return c->real == -EFAULT && hit ? r->to : c->real;
}

/* ------------------------------------------------------------------ */

/* clang-format off */
#define ORDER(text, function, n, kind) \
	{ .name = text, .report = function, .arg = n, .type = kind }
#define REPORT(text, function, what, reported) \
	REPORT_OF(text, function, what, reported, ANY_TYPE)
#define REPORT_OF(text, function, what, reported, kind) \
	{ .name = text, .report = function, .arg = what, .to = reported, .type = kind }
#define THREADS(kind, number) \
	REPORT_OF("thread-same-differs-" kind, of_thread, 0, 1, number), \
	REPORT_OF("thread-different-same-" kind, of_thread, DIFFERENT, 0, number)
#define ITSELF(kind, number) \
	REPORT_OF("caller-differs-" kind, itself_differs, CALLER, 0, number), \
	REPORT_OF("itself-differs-" kind, itself_differs, NOT_CALLER, 0, number)
#define LAST(kind, number) \
	{ .name = "esrch-last-" kind, .change = about_self, \
	  .report = errors_first, .arg = -ESRCH, .type = number }, \
	{ .name = "eperm-last-" kind, .change = about_self, \
	  .report = errors_first, .arg = -EPERM, .type = number }
#define WIDE(kind, number) \
	REPORT_OF("type-has-64-bits-" kind, wide_type, 0, 0, number), \
	REPORT_OF("pid1-has-64-bits-" kind, wide_pid, 1, 0, number), \
	REPORT_OF("pid2-has-64-bits-" kind, wide_pid, 2, 0, number)
#define CHANGE(text, function, what, kind) \
	{ .name = text, .change = function, .arg = what, .type = kind }
#define SIDE(text, error, side, reported) \
	{ .name = text, .change = one_side, .report = unless_other_fails, \
	  .arg = error, .type = side, .to = reported }
#define SLOT(text, what, bits) \
	{ .name = text, .change = change_slot, .arg = what, .to = bits }

static const struct rule rules[] = {
	{ .name = "none" },
	ORDER("order-by-count", by_count, 2, 0),
	ORDER("order-by-caller", by_caller, 0, 0),
	ORDER("order-by-tid", by_tid, 0, 0),
	ORDER("order-by-holder", by_holder, 0, 0),
	ORDER("order-by-pair", by_pair, 0, 0),
	ORDER("order-by-toff", by_toff, 0, 0),
	ORDER("order-of-epoll", by_type, 0, KCMP_EPOLL_TFD),
	ORDER("order-of-epoll-with-toff", by_toff_alone, 0, 0),
	ORDER("order-of-epoll-across-tasks", by_owner_of_slot, 0, 0),
	ORDER("order-by-fd", by_number, 0, KCMP_FILE),
	ORDER("order-by-pid-of-vm", by_number, 0, KCMP_VM),
	ORDER("order-by-pid-of-files", by_number, 0, KCMP_FILES),
	ORDER("order-by-pid-of-fs", by_number, 0, KCMP_FS),
	ORDER("order-by-pid-of-sighand", by_number, 0, KCMP_SIGHAND),
	ORDER("order-by-pid-of-io", by_number, 0, KCMP_IO),
	ORDER("order-by-pid-of-sysvsem", by_number, 0, KCMP_SYSVSEM),
	REPORT("wrong-1-in-2", now_and_then, 2, ANY),
	REPORT("wrong-1-in-10", now_and_then, 10, ANY),
	REPORT("wrong-1-in-100", now_and_then, 100, ANY),
	REPORT("eintr-1-in-50", now_and_then, 50, -EINTR),
	REPORT("eagain-1-in-50", now_and_then, 50, -EAGAIN),
	SIDE("esrch-first-only-else-1", -ESRCH, 1, 1),
	SIDE("esrch-first-only-else-0", -ESRCH, 1, 0),
	SIDE("esrch-second-only-else-1", -ESRCH, 2, 1),
	SIDE("esrch-second-only-else-0", -ESRCH, 2, 0),
	SIDE("eperm-first-only-else-1", -EPERM, 1, 1),
	SIDE("eperm-first-only-else-0", -EPERM, 1, 0),
	SIDE("eperm-second-only-else-1", -EPERM, 2, 1),
	SIDE("eperm-second-only-else-0", -EPERM, 2, 0),
	SIDE("ebadf-first-only-else-1", -EBADF, 1, 1),
	SIDE("ebadf-first-only-else-0", -EBADF, 1, 0),
	SIDE("ebadf-second-only-else-1", -EBADF, 2, 1),
	SIDE("ebadf-second-only-else-0", -EBADF, 2, 0),
	LAST("file", KCMP_FILE),
	LAST("epoll", KCMP_EPOLL_TFD),
	LAST("bad", BAD_TYPE),
	{ .name = "eperm-first-before-esrch", .change = about_one,
	  .report = eperm_first, .arg = 1 },
	{ .name = "eperm-second-before-esrch", .change = about_one,
	  .report = eperm_first, .arg = 2 },
	CHANGE("caller-for-first", somebody_else, CALLER_1, ANY_TYPE),
	CHANGE("caller-for-second", somebody_else, CALLER_2, ANY_TYPE),
	CHANGE("first-for-second", somebody_else, FIRST_TWICE, ANY_TYPE),
	CHANGE("second-for-first", somebody_else, SECOND_TWICE, ANY_TYPE),
	CHANGE("file-caller-for-first", somebody_else, CALLER_1, KCMP_FILE),
	CHANGE("file-caller-for-second", somebody_else, CALLER_2, KCMP_FILE),
	CHANGE("file-first-for-second", somebody_else, FIRST_TWICE, KCMP_FILE),
	CHANGE("file-second-for-first", somebody_else, SECOND_TWICE, KCMP_FILE),
	{ .name = "file-tables-exchanged", .change = somebody_else,
	  .report = turned_other, .arg = EXCHANGED, .type = KCMP_FILE },
	CHANGE("epoll-caller-for-first", somebody_else, CALLER_1,
	       KCMP_EPOLL_TFD),
	CHANGE("epoll-caller-for-second", somebody_else, CALLER_2,
	       KCMP_EPOLL_TFD),
	CHANGE("epoll-first-for-second", somebody_else, FIRST_TWICE,
	       KCMP_EPOLL_TFD),
	CHANGE("epoll-second-for-first", somebody_else, SECOND_TWICE,
	       KCMP_EPOLL_TFD),
	CHANGE("epoll-exchanged", somebody_else, EXCHANGED, KCMP_EPOLL_TFD),
	CHANGE("leader-for-first", somebody_else, LEADER_1, ANY_TYPE),
	CHANGE("leader-for-second", somebody_else, LEADER_2, ANY_TYPE),
	CHANGE("file-leader-for-first", somebody_else, LEADER_1, KCMP_FILE),
	CHANGE("file-leader-for-second", somebody_else, LEADER_2, KCMP_FILE),
	CHANGE("epoll-leader-for-first", somebody_else, LEADER_1,
	       KCMP_EPOLL_TFD),
	CHANGE("epoll-leader-for-second", somebody_else, LEADER_2,
	       KCMP_EPOLL_TFD),
	CHANGE("thread-for-first", somebody_else, THREAD_1, ANY_TYPE),
	CHANGE("thread-for-second", somebody_else, THREAD_2, ANY_TYPE),
	{ .name = "eperm-of-leader-first", .change = somebody_else,
	  .report = other_permission, .arg = LEADER_1, .type = ANY_TYPE },
	{ .name = "eperm-of-leader-second", .change = somebody_else,
	  .report = other_permission, .arg = LEADER_2, .type = ANY_TYPE },
	CHANGE("type-low-3-bits", type_bits, 0x7, 0),
	CHANGE("type-low-byte", type_bits, 0xff, 0),
	CHANGE("type-low-16-bits", type_bits, 0xffff, 0),
	CHANGE("type-without-sign", type_bits, INT_MAX, 0),
	WIDE("file", KCMP_FILE),
	WIDE("vm", KCMP_VM),
	WIDE("files", KCMP_FILES),
	WIDE("fs", KCMP_FS),
	WIDE("sighand", KCMP_SIGHAND),
	WIDE("io", KCMP_IO),
	WIDE("sysvsem", KCMP_SYSVSEM),
	WIDE("epoll", KCMP_EPOLL_TFD),
	CHANGE("fd-low-6-bits", fd_bits, 63, 0),
	CHANGE("fd-low-8-bits", fd_bits, 255, 0),
	CHANGE("fd-low-10-bits", fd_bits, 1023, 0),
	CHANGE("fd-low-16-bits", fd_bits, 65535, 0),
	CHANGE("fd-low-20-bits", fd_bits, (1 << 20) - 1, 0),
	CHANGE("fd-low-31-bits", fd_bits, INT_MAX, 0),
	REPORT("fd-64-wrong", large_fd, 64, ANY),
	REPORT("fd-256-wrong", large_fd, 256, ANY),
	REPORT("fd-1024-wrong", large_fd, 1024, ANY),
	REPORT("fd-1024-ebadf", large_fd, 1024, -EBADF),
	REPORT("fd-2^20-accepted", large_bad_fd, 1 << 20, 1),
	REPORT("fd-2^31-accepted", large_bad_fd, 1L << 31, 1),
	REPORT("fd-2^32-accepted", large_bad_fd, 1L << 32, 1),
	CHANGE("idx1-for-idx2", exchange_indices, 2, 0),
	CHANGE("idx2-for-idx1", exchange_indices, 1, 0),
	{ .name = "indices-exchanged", .change = exchange_indices,
	  .report = turned_other },
	REPORT("idx1-counts-einval", idx_counts, 1, -EINVAL),
	REPORT("idx2-counts-einval", idx_counts, 2, -EINVAL),
	REPORT("idx1-counts-ebadf", idx_counts, 1, -EBADF),
	REPORT("idx2-counts-efault", idx_counts, 2, -EFAULT),
	REPORT("indices-compared", idx_counts, 3, ANY),
	REPORT("self-needs-no-permission", shortcut, -EPERM, 0),
	REPORT("self-needs-no-type", shortcut, -EINVAL, 0),
	REPORT("self-needs-no-fd", shortcut, -EBADF, 0),
	REPORT("self-needs-no-task", shortcut, -ESRCH, 0),
	REPORT("thread-wrong", of_thread, ANY, ANY),
	THREADS("file", KCMP_FILE),
	THREADS("vm", KCMP_VM),
	THREADS("files", KCMP_FILES),
	THREADS("fs", KCMP_FS),
	THREADS("sighand", KCMP_SIGHAND),
	THREADS("io", KCMP_IO),
	THREADS("sysvsem", KCMP_SYSVSEM),
	THREADS("epoll", KCMP_EPOLL_TFD),
	REPORT("own-thread-eperm", of_own_thread, 0, -EPERM),
	ITSELF("file", KCMP_FILE),
	ITSELF("vm", KCMP_VM),
	ITSELF("files", KCMP_FILES),
	ITSELF("fs", KCMP_FS),
	ITSELF("sighand", KCMP_SIGHAND),
	ITSELF("io", KCMP_IO),
	ITSELF("sysvsem", KCMP_SYSVSEM),
	REPORT("thread-esrch", of_thread, ANY, -ESRCH),
	REPORT("thread-eperm", of_thread, ANY, -EPERM),
	REPORT("zombie-esrch", of_zombie, ANY, -ESRCH),
	REPORT("zombie-eperm", of_zombie, ANY, -EPERM),
	REPORT_OF("zombie-different-same-vm", of_zombie, DIFFERENT, 0, KCMP_VM),
	REPORT_OF("zombie-different-same-files", of_zombie, DIFFERENT, 0,
		  KCMP_FILES),
	REPORT_OF("zombie-different-same-fs", of_zombie, DIFFERENT, 0, KCMP_FS),
	REPORT("zombie-ebadf-same", of_zombie, -EBADF, 0),
	REPORT("zombie-ebadf-different", of_zombie, -EBADF, 1),
	REPORT("zombie-ebadf-esrch", of_zombie, -EBADF, -ESRCH),
	REPORT("zombie-eperm-allowed", of_zombie, -EPERM, 1),
	REPORT("foreign-eperm", not_foreign, 0, 0),
	REPORT("third-party-eperm", not_third_party, 0, 0),
	REPORT("children-only", children_only, 0, 0),
	REPORT("namespace-esrch-known", in_namespace, -ESRCH, 1),
	REPORT("namespace-esrch", in_namespace, ANY, -ESRCH),
	REPORT("namespace-eperm", in_namespace, ANY, -EPERM),
	REPORT("namespace-same", in_namespace, DIFFERENT, 0),
	SLOT("toff-ignored", TOFF_0, 0),
	SLOT("toff-less-1", TOFF_LESS, 0),
	SLOT("toff-plus-1", TOFF_MORE, 0),
	SLOT("toff-low-3-bits", TOFF_BITS, 7),
	SLOT("toff-low-4-bits", TOFF_BITS, 15),
	SLOT("toff-low-byte", TOFF_BITS, 0xff),
	SLOT("toff-low-16-bits", TOFF_BITS, 0xffff),
	SLOT("toff-low-31-bits", TOFF_BITS, INT_MAX),
	SLOT("toff-by-count", TOFF_TURNS, 0),
	SLOT("tfd-low-6-bits", TFD_BITS, 63),
	SLOT("tfd-low-byte", TFD_BITS, 0xff),
	SLOT("tfd-low-16-bits", TFD_BITS, 0xffff),
	SLOT("tfd-low-31-bits", TFD_BITS, INT_MAX),
	SLOT("efd-low-6-bits", EFD_BITS, 63),
	SLOT("efd-low-16-bits", EFD_BITS, 0xffff),
	SLOT("efd-low-31-bits", EFD_BITS, INT_MAX),
	SLOT("tfd-and-efd-exchanged", TFD_AND_EFD, 0),
	SLOT("tfd-is-idx1", TFD_IS_FD, 0),
	CHANGE("tfd-is-what-is-there", file_there_now, 0, 0),
	CHANGE("tfd-need-not-be-registered", file_there_now, -ENOENT, 0),
	CHANGE("tfd-of-any-number", any_number, -ENOENT, 0),
	{ .name = "tfd-is-open-in-first", .change = number_there_now,
	  .report = enoent_if_closed, .arg = 1 },
	{ .name = "tfd-is-open-in-second", .change = number_there_now,
	  .report = enoent_if_closed, .arg = 2 },
	CHANGE("slot-of-8-bytes", eight_bytes, 0, 0),
	CHANGE("slot-of-second-task", slot_of_second, 0, 0),
	REPORT("slot-of-16-bytes", slot_demands, SIXTEEN, -EFAULT),
	REPORT("slot-toff-of-64-bits", slot_demands, TOFF_64, -ENOENT),
	REPORT("slot-aligned", slot_demands, ALIGNED, -EFAULT),
	REPORT("slot-on-one-page", slot_demands, ONE_PAGE, -EFAULT),
	REPORT("slot-writable", slot_demands, WRITABLE, -EFAULT),
	REPORT("slot-touched", slot_demands, TOUCHED, -EFAULT),
	REPORT("slot-written-if-same", slot_written, 0, 0),
	REPORT("slot-written-if-enoent", slot_written, -ENOENT, 0),
	REPORT("slot-null-enoent", bad_address, 0, -ENOENT),
	REPORT("slot-kernel-address-enoent", bad_address, 1, -ENOENT),
	REPORT("slot-user-address-enoent", bad_address, 2, -ENOENT),
};
/* clang-format on */

bool rule_find(const char *name, struct rule *rule)
{
	size_t i;

	for (i = 0; i < COUNT(rules); i++)
		if (!strcmp(name, rules[i].name)) {
			*rule = rules[i];
			return true;
		}
	*rule = (struct rule){ .name = name };
	return parse_nth(name, rule) || parse_type(name, rule) ||
	       parse_map(name, rule);
}

void rule_list(void)
{
	size_t i;

	for (i = 0; i < COUNT(rules); i++)
		puts(rules[i].name);
	list_types();
	for (i = 0; i < COUNT(maps); i++)
		list_maps(maps[i].types, maps[i].from, maps[i].to);
}
