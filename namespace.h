/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Namespaces for workers, and the reasons why the machine refuses them.
 *
 * A test tries first.  Only when it was refused, a reason is looked for, with
 * workers that share nothing: a kernel that refuses just what is under test is
 * left to the test's assertions.
 */
#ifndef SELFTESTS_KCMP_NAMESPACE_H
#define SELFTESTS_KCMP_NAMESPACE_H

#include "worker.h"

/* All namespaces that a task can have. */
#define CLONE_NEW                                                      \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)

/* The system call that makes a namespace; seccomp filters tell them apart. */
enum ns_call { NS_CLONE, NS_CLONE3, NS_UNSHARE };

/*
 * Make namespaces, in a new user namespace if that is what it takes.  Return a
 * worker with -errno in ->pid on failure; 0 or -errno.
 */
struct worker *spawn_in_namespaces(unsigned long long flags);
long unshare_namespaces(struct worker *t, unsigned long long flags);

/* The same by each call and by a worker of their own.  Returns 0 or -errno. */
long try_namespaces(enum ns_call call, unsigned long long flags);

/*
 * Returns why a worker that shares nothing is refused the namespaces, too; NULL
 * if it is not.  err: what the test got.
 */
const char *namespace_skip_reason(enum ns_call call, unsigned long long flags,
				  long err);

/* Returns the option without which the kernel was built, or NULL. */
const char *ns_config_skip_reason(unsigned long long flags);

/*
 * Has a worker enter the namespaces where it is already: setns() by its link in
 * /proc/self/ns, or by a pidfd (file == NULL).  Returns 0 or -errno.
 */
long enter_own_ns(struct worker *t, const char *file, unsigned long flag);

/*
 * Moves a worker where its children may enter their own namespaces, which takes
 * CAP_SYS_ADMIN: if need be, to a new user namespace and to new ones of the
 * kind.  Returns why they still may not, or NULL.
 */
const char *enter_own_ns_skip_reason(struct worker *t, const char *file,
				     unsigned long flag);

/* Has a worker enter the user namespace of another.  Returns 0 or -errno. */
long enter_userns(struct worker *t, struct worker *inside);
/* Returns why no worker may, or "inside" could not be spawned; or NULL. */
const char *enter_userns_skip_reason(struct worker *inside);

#endif /* SELFTESTS_KCMP_NAMESPACE_H */
