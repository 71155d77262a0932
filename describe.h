/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text for failure messages: errors, types and clone flags by name, and a
 * question to kcmp() with its arguments, tasks and slot.
 *
 * Functions that return a text without taking a buffer return one of a few
 * static ones, valid until DESCRIBE_TEXTS further calls.
 */
#ifndef SELFTESTS_KCMP_DESCRIBE_H
#define SELFTESTS_KCMP_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>

#include "kcmp.h"
#include "worker.h"

#define DESCRIBE_TEXTS 8

/* Expected answers besides 0 and -errno: any of several. */
enum kcmp_want {
	KCMP_DIFFERS = 0x1000, /* 1, 2 or 3 */
	KCMP_ANSWERS, /* 0, 1, 2 or 3 */
};

struct kcmp_question {
	struct worker *asker; /* NULL: the test itself */
	const char *text[5]; /* the arguments as the test spells them */
	long pid1, pid2, type;
	unsigned long idx1, idx2;
	long answer;
};

#define KCMP_QUESTION(worker, p1, p2, t, i1, i2, ...)                      \
	{                                                                  \
		.asker = (worker), .text = { __VA_ARGS__ },                \
		.pid1 = (long)(p1), .pid2 = (long)(p2), .type = (long)(t), \
		.idx1 = (unsigned long)(i1), .idx2 = (unsigned long)(i2),  \
	}

/* Appends to a text of "size" bytes, as far as there is room. */
void append_text(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Returns "-ESRCH" for -ESRCH, and the number for all that is not -errno. */
const char *errno_name(long value);
/* Returns a type's name, with what does not fit into an int beside it. */
const char *kcmp_type_name(long type);
/* Spells clone flags as "CLONE_VM|CLONE_FS" into "text".  Returns it. */
const char *clone_flags_text(unsigned long long flags, char *text, size_t size);

/* Returns whether an answer is the wanted one: 0, -errno or enum kcmp_want. */
bool kcmp_is_wanted(long want, long answer);
const char *kcmp_answer_text(long answer);
const char *kcmp_want_text(long want);

/* Asks, stores the answer and returns it. */
long kcmp_ask(struct kcmp_question *q);
/*
 * Asks about a pid that was in use.  Another task may get it at any moment, and
 * end: an answer other than ESRCH counts only when kill() finds no task
 * afterwards, again and again.  Otherwise stores and returns -ESRCH.
 */
long kcmp_ask_gone(struct kcmp_question *q, pid_t gone);
/* Returns the same question with its two sides swapped, not yet asked. */
struct kcmp_question kcmp_swapped(const struct kcmp_question *q);
/* Spell a question into "text": the call with its values, and its source. */
const char *kcmp_call_text(const struct kcmp_question *q, char *text,
			   size_t size);
const char *kcmp_source_text(const struct kcmp_question *q, char *text,
			     size_t size);

#endif /* SELFTESTS_KCMP_DESCRIBE_H */
