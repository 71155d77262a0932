/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The environment of the tests: reasons to skip, limits, signals.
 *
 * Functions named *_skip_reason() return a constant text that says what to
 * change, or NULL when nothing is in the way.
 */
#ifndef SELFTESTS_KCMP_ENVIRONMENT_H
#define SELFTESTS_KCMP_ENVIRONMENT_H

#include <stdbool.h>
#include <sys/resource.h>

/* Returns whether a seccomp filter applies to the caller. */
bool has_seccomp_filter(void);

/*
 * kcmp_skip_reason(): for a test that asks about one type.
 * kcmp_skip_reason_any(): for one that goes through the types: only what blocks
 * kcmp() as a whole, or one of its types by a seccomp filter.
 */
const char *kcmp_skip_reason(int type);
const char *kcmp_skip_reason_any(void);

/* Some seccomp filters refuse unshare() whatever its flags. */
const char *unshare_skip_reason(void);

#define BLOCKED(call) call " blocked by a seccomp filter"

/* Returns "blocked" if err is -EPERM or -ENOSYS and there is a filter, or NULL. */
const char *blocked_skip_reason(long err, const char *blocked);

/*
 * Return the reason for the errno of a call that a test needs: "blocked" as
 * above, else "needs".
 * errno_skip_reason() - NULL for want of memory, and for bad or too many
 * descriptors: these are the test's own fault.
 * enosys_skip_reason() - NULL for all errors but ENOSYS.
 */
const char *errno_skip_reason(const char *needs, const char *blocked);
const char *enosys_skip_reason(const char *needs, const char *blocked);

/*
 * For so many tasks, or epoll watches, at the same time.  They are made in a child
 * and released: the limits of users, user namespaces and cgroups, and how far
 * others have used them up, cannot be read everywhere.
 */
const char *room_skip_reason(int tasks);
const char *watch_skip_reason(int watches);

/* own_program_skip_reason(): why this program is of no use, or NULL. */
const char *own_program_skip_reason(void);

/* Raises a limit to twice "wanted" if it can.  Returns whether it is enough. */
bool raise_limit(int resource, rlim_t wanted);

/*
 * Give the caller and its future children default signal handlers and no blocked
 * signal, and SCHED_OTHER instead of a real-time policy: a task that spins under
 * SCHED_FIFO starves what it waits for.  Signals that nohup(1) and shells have
 * children ignore (SIGHUP, SIGINT, SIGQUIT) are left as they are.
 */
void reset_signals(void);
void reset_scheduler(void);

/*
 * Takes the real ids as effective and saved ones: with different ones, questions
 * about children would rightly fail with EPERM.
 */
void reset_ids(void);

/*
 * Ends ambient capabilities.  A user who had them loses all: a worker that executes
 * this program would have fewer than the test, and rightly fail with EPERM.
 */
void reset_caps(void);

/*
 * With the personality MMAP_PAGE_ZERO the kernel could read from a NULL pointer: the
 * program is executed anew without it.
 */
void reset_personality(char **argv);

/* Returns whether global state (sysctls, Yama's scope) may be changed. */
bool is_disposable(void);

#endif /* SELFTESTS_KCMP_ENVIRONMENT_H */
