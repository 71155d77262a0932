// SPDX-License-Identifier: GPL-2.0
/* Text for failure messages; describe.h says what each function is for. */
#include <stdarg.h>
#include <linux/types.h>
#include <stdio.h>
#include <sys/uio.h>

#include "describe.h"

struct name_of_value {
	unsigned long long value;
	const char *name;
};

#define NAME(value)             \
	{                       \
		(value), #value \
	}

void append_text(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, size - used, format, args);
	va_end(args);
}

__attribute__((format(printf, 1, 2))) static const char *
static_text(const char *format, ...)
{
	static char text[DESCRIBE_TEXTS][64];
	static unsigned int next;
	char *to = text[next++ % DESCRIBE_TEXTS];
	va_list args;

	va_start(args, format);
	vsnprintf(to, sizeof(text[0]), format, args);
	va_end(args);
	return to;
}

/* Returns "-ESRCH" for -ESRCH, and the number for all that is not -errno. */
const char *errno_name(long value)
{
	static const struct name_of_value name[] = {
		NAME(EPERM),	   NAME(ENOENT),       NAME(ESRCH),
		NAME(EINTR),	   NAME(EIO),	       NAME(ENXIO),
		NAME(E2BIG),	   NAME(ENOEXEC),      NAME(EBADF),
		NAME(ECHILD),	   NAME(EAGAIN),       NAME(ENOMEM),
		NAME(EACCES),	   NAME(EFAULT),       NAME(EBUSY),
		NAME(EEXIST),	   NAME(EXDEV),	       NAME(ENODEV),
		NAME(ENOTDIR),	   NAME(EISDIR),       NAME(EINVAL),
		NAME(ENFILE),	   NAME(EMFILE),       NAME(ENOTTY),
		NAME(ETXTBSY),	   NAME(EFBIG),	       NAME(ENOSPC),
		NAME(ESPIPE),	   NAME(EROFS),	       NAME(EMLINK),
		NAME(EPIPE),	   NAME(EDOM),	       NAME(ERANGE),
		NAME(EDEADLK),	   NAME(ENAMETOOLONG), NAME(ENOSYS),
		NAME(ENOTEMPTY),   NAME(ELOOP),	       NAME(ENODATA),
		NAME(ETIME),	   NAME(EPROTO),       NAME(EOVERFLOW),
		NAME(EUSERS),	   NAME(EOPNOTSUPP),   NAME(ENOTCONN),
		NAME(ETIMEDOUT),   NAME(ECONNREFUSED), NAME(EALREADY),
		NAME(EINPROGRESS), NAME(ESTALE),       NAME(EDQUOT),
		NAME(ECANCELED),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(name); i++)
		if (value == -(long)name[i].value)
			return static_text("-%s", name[i].name);
	return static_text("%ld", value);
}

static const char *const kcmp_type_names[] = {
	"KCMP_FILE",	"KCMP_VM", "KCMP_FILES",   "KCMP_FS",
	"KCMP_SIGHAND", "KCMP_IO", "KCMP_SYSVSEM", "KCMP_EPOLL_TFD",
};

/* Returns a type's name, with what does not fit into an int beside it. */
const char *kcmp_type_name(long type)
{
	long upper = type - (int)type;

	if ((unsigned int)type > KCMP_EPOLL_TFD)
		return static_text(upper ? "%#lx" : "%ld", type);
	if (upper)
		return static_text("%s + %#lx", kcmp_type_names[(int)type],
				   upper);
	return kcmp_type_names[type];
}

/* Spells clone flags as "CLONE_VM|CLONE_FS" into "text".  Returns it. */
const char *clone_flags_text(unsigned long long flags, char *text, size_t size)
{
	static const struct name_of_value flag[] = {
		NAME(CLONE_VM),
		NAME(CLONE_FS),
		NAME(CLONE_FILES),
		NAME(CLONE_SIGHAND),
		NAME(CLONE_PIDFD),
		NAME(CLONE_PTRACE),
		NAME(CLONE_VFORK),
		NAME(CLONE_PARENT),
		NAME(CLONE_THREAD),
		NAME(CLONE_NEWNS),
		NAME(CLONE_SYSVSEM),
		NAME(CLONE_SETTLS),
		NAME(CLONE_PARENT_SETTID),
		NAME(CLONE_CHILD_CLEARTID),
		NAME(CLONE_DETACHED),
		NAME(CLONE_UNTRACED),
		NAME(CLONE_CHILD_SETTID),
		NAME(CLONE_NEWCGROUP),
		NAME(CLONE_NEWUTS),
		NAME(CLONE_NEWIPC),
		NAME(CLONE_NEWUSER),
		NAME(CLONE_NEWPID),
		NAME(CLONE_NEWNET),
		NAME(CLONE_IO),
		NAME(CLONE_NEWTIME),
		{ 1ULL << 32, "CLONE_CLEAR_SIGHAND" },
		{ 1ULL << 33, "CLONE_INTO_CGROUP" },
		NAME(CLONE_AUTOREAP),
		NAME(CLONE_NNP),
		NAME(CLONE_PIDFD_AUTOKILL),
		NAME(CLONE_EMPTY_MNTNS),
	};
	size_t i;

	text[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(flag); i++) {
		if (!(flags & flag[i].value))
			continue;
		append_text(text, size, "%s%s", text[0] ? "|" : "",
			    flag[i].name);
		flags &= ~flag[i].value;
	}
	if (flags || !text[0])
		append_text(text, size, text[0] ? "|%#llx" : "%#llx", flags);
	return text;
}

/* Returns whether an answer is the wanted one: 0, -errno or enum kcmp_want. */
bool kcmp_is_wanted(long want, long answer)
{
	if (want == KCMP_DIFFERS)
		return kcmp_differs(answer);
	return want == KCMP_ANSWERS ? kcmp_answers(answer) : answer == want;
}

const char *kcmp_answer_text(long answer)
{
	if (answer == 0)
		return "0 (same)";
	if (kcmp_differs(answer))
		return static_text("%ld (%s)", answer,
				   answer == 1 ? "less" :
				   answer == 2 ? "greater" :
						 "different, unordered");
	if (answer == WORKER_STUCK)
		return "-ETIME (the worker did not answer)";
	return errno_name(answer);
}

const char *kcmp_want_text(long want)
{
	if (want == KCMP_DIFFERS)
		return "1, 2 or 3 (different)";
	return want == KCMP_ANSWERS ? "0, 1, 2 or 3" : kcmp_answer_text(want);
}

/* Returns the worker with that id as its spawner or as itself sees it, or NULL. */
static struct worker *find_worker(long pid, bool as_itself)
{
	unsigned int i = worker_count;
	struct worker *t;

	while (i-- > 0) {
		t = &worker_area[i];
		if (pid > 0 && t->tid &&
		    (t->tid == pid || (!as_itself && t->pid == pid)))
			return t;
	}
	return NULL;
}

static void append_worker(char *text, size_t size, struct worker *t)
{
	const char *is = t->tid != t->tgid ? "thread" :
			 t->is_child	   ? "child" :
					     "process";
	char state = 'S';

	if (t->pid <= 0)
		state = 0;
	else if (t->in_test_pidns)
		state = task_state(t->pid, t->pid);
	append_text(text, size, "worker %d, %s%s", (int)(t - worker_area), is,
		    !state	 ? ", gone" :
		    state == 'Z' ? ", zombie" :
				   "");
}

/* Appends an id and whose it is, in the pid namespace of who asked. */
static void append_task(char *text, size_t size, long pid, struct worker *asker)
{
	bool elsewhere = asker && !asker->in_test_pidns;
	struct worker *t = find_worker(pid, elsewhere);

	append_text(text, size, pid == (int)pid ? "%ld" : "%#lx", pid);
	if (pid <= 0 || pid != (int)pid)
		return;
	append_text(text, size, " (");
	if (t)
		append_worker(text, size, t);
	else if (elsewhere)
		append_text(text, size, "in another pid namespace");
	else if (pid == getpid())
		append_text(text, size, "test");
	else if (pid == getppid())
		append_text(text, size, "test's parent");
	else
		append_text(text, size, "%s task",
			    kill(pid, 0) && errno == ESRCH ? "no" : "another");
	append_text(text, size, ")");
}

/* Whether a byte can be read without a page fault, which userfaultfd could hold. */
static bool is_present(const char *pagemap, unsigned long address)
{
	off_t at = address / sysconf(_SC_PAGESIZE) * sizeof(__u64);
	int fd = open(pagemap, O_RDONLY | O_CLOEXEC);
	__u64 entry = 0;

	if (pread(fd, &entry, sizeof(entry), at) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry >> 63;
}

/* Copies a slot out of a task if nothing is in the way.  Returns whether it did. */
static bool read_slot(struct kcmp_epoll_slot *slot, unsigned long address,
		      struct worker *asker)
{
	struct iovec to = { slot, sizeof(*slot) };
	struct iovec from = { (void *)address, sizeof(*slot) };
	pid_t pid = asker ? asker->pid : getpid();
	char pagemap[32];

	snprintf(pagemap, sizeof(pagemap), "/proc/%d/pagemap", pid);
	return pid > 0 && is_present(pagemap, address) &&
	       is_present(pagemap, address + sizeof(*slot) - 1) &&
	       process_vm_readv(pid, &to, 1, &from, 1, 0) == sizeof(*slot);
}

static void append_index(char *text, size_t size, unsigned long idx)
{
	append_text(text, size, idx > INT_MAX ? "%#lx" : "%lu", idx);
}

/* Spells the call with its values.  Returns "text". */
const char *kcmp_call_text(const struct kcmp_question *q, char *text,
			   size_t size)
{
	struct kcmp_epoll_slot slot;

	text[0] = '\0';
	append_text(text, size, "kcmp(pid1=");
	append_task(text, size, q->pid1, q->asker);
	append_text(text, size, ", pid2=");
	append_task(text, size, q->pid2, q->asker);
	append_text(text, size, ", %s, idx1=", kcmp_type_name(q->type));
	append_index(text, size, q->idx1);
	if ((int)q->type != KCMP_EPOLL_TFD) {
		append_text(text, size, ", idx2=");
		append_index(text, size, q->idx2);
	} else if (read_slot(&slot, q->idx2, q->asker)) {
		append_text(text, size, ", slot={efd %u, tfd %u, toff %u}",
			    slot.efd, slot.tfd, slot.toff);
	} else {
		append_text(text, size, ", idx2=%#lx", q->idx2);
	}
	append_text(text, size, ")");
	return text;
}

/* Spells who asked and how the test has put it.  Returns "text". */
const char *kcmp_source_text(const struct kcmp_question *q, char *text,
			     size_t size)
{
	text[0] = '\0';
	append_text(text, size, "asked by ");
	if (q->asker)
		append_worker(text, size, q->asker);
	else
		append_text(text, size, "the test");
	append_text(text, size, ", pid1=%s, pid2=%s, type=%s, idx1=%s, idx2=%s",
		    q->text[0], q->text[1], q->text[2], q->text[3], q->text[4]);
	return text;
}

/* Asks, and returns the answer. */
long kcmp_ask(struct kcmp_question *q)
{
	if (q->asker)
		q->answer = worker_kcmp(q->asker, q->pid1, q->pid2, q->type,
					q->idx1, q->idx2);
	else
		q->answer =
			sys_kcmp(q->pid1, q->pid2, q->type, q->idx1, q->idx2);
	return q->answer;
}

/* The same about a pid that was in use. */
long kcmp_ask_gone(struct kcmp_question *q, pid_t gone)
{
	int i;

	for (i = 0; i < 100 && kcmp_ask(q) != -ESRCH; i++)
		if (!kill(gone, 0) || errno != ESRCH)
			return q->answer = -ESRCH;
	return q->answer;
}

/* The same question with its two sides swapped. */
struct kcmp_question kcmp_swapped(const struct kcmp_question *q)
{
	return (struct kcmp_question){
		.asker = q->asker,
		.text = { q->text[1], q->text[0], q->text[2], q->text[4],
			  q->text[3] },
		.pid1 = q->pid2,
		.pid2 = q->pid1,
		.type = q->type,
		.idx1 = q->idx2,
		.idx2 = q->idx1,
	};
}
