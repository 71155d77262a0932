/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What liar.c, which stands between a program and the kernel, and lies.c, which
 * knows how to lie, have to tell each other.
 */
#ifndef KCMP_LIAR_H
#define KCMP_LIAR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <linux/kcmp.h>

struct question {
	long pid1, pid2, type;
	unsigned long idx1, idx2;
	struct kcmp_epoll_slot slot;	/* what idx2 points to, if it does */
};

/* One call of the program. */
struct call {
	pid_t caller;		/* as the liar sees it */
	unsigned long number;	/* from 1 */
	bool in_kernel;
	struct question asked;	/* by the program */
	struct question other;	/* by the liar, in the program's place */
	bool has_slot, is_other;
	long truth;
	long answer;		/* to the other question, or the truth */
};

/*
 * A rule puts another question in the program's place, if it has one, and then
 * tells an answer: that of the other question, if it has none of its own.
 */
struct rule {
	const char *name;
	void (*change)(const struct rule *r, struct call *c,
		       struct question *q);
	long (*tell)(const struct rule *r, struct call *c);
	long arg, to;
	int type;
};

bool rule_find(const char *name, struct rule *rule);
void rule_list(void);

/* Between the liar and the memory of the caller; each returns success. */
bool caller_read(const struct call *c, unsigned long at, void *data, size_t n);
bool caller_write(const struct call *c, unsigned long at, const void *data,
		  size_t n);

/* The type as the kernel sees it. */
static inline int type_of(const struct call *c)
{
	return c->asked.type;
}

#endif /* KCMP_LIAR_H */
