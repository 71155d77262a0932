/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interface between kcmp_inject.c, the tracer, and rules.c, the faults.
 */
#ifndef KCMP_INJECT_H
#define KCMP_INJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/kcmp.h>

struct question {
	long pid1, pid2, type;
	unsigned long idx1, idx2;
	struct kcmp_epoll_slot slot; /* what idx2 points to, if it does */
};

/* One call of the program. */
struct call {
	pid_t caller; /* as the injector sees it */
	unsigned long number; /* from 1 */
	bool in_kernel;
	struct question asked; /* by the program */
	struct question other; /* by the injector, in the program's place */
	bool has_slot, is_other;
	long real; /* the kernel's answer */
	long answer; /* to the other question, or the same as real */
};

/*
 * A rule may replace the question by another one (change) and the answer by
 * another one (report).  Without report() the answer to the other question counts.
 */
struct rule {
	const char *name;
	void (*change)(const struct rule *r, struct call *c,
		       struct question *q);
	long (*report)(const struct rule *r, struct call *c);
	long arg, to;
	int type;
};

bool rule_find(const char *name, struct rule *rule);
void rule_list(void);

/* Between the injector and the memory of the caller; each returns success. */
bool caller_read(const struct call *c, unsigned long at, void *data, size_t n);
bool caller_write(const struct call *c, unsigned long at, const void *data,
		  size_t n);

/* The type as the kernel sees it. */
static inline int type_of(const struct call *c)
{
	return c->asked.type;
}

#endif /* KCMP_INJECT_H */
