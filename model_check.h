/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks: which operations and questions a test chooses, and whether the answers
 * are those of the model.
 */
#ifndef SELFTESTS_KCMP_MODEL_CHECK_H
#define SELFTESTS_KCMP_MODEL_CHECK_H

#include "model_ops.h"

#define RUN_STEPS 64 /* in one run, at most */
#define QUESTIONS 400 /* after one step, at most */
#define RECORD 3 /* questions whose answers contradict each other */

enum aspect { OBJECTS, DESCRIPTORS, EPOLL, ORDER, PERMISSION, PIDS, ERRORS };

enum outcome { RUN_AGREED, RUN_DISAGREED, RUN_STOPPED, RUN_BROKEN };

/* The result of a run, in memory that survives it. */
struct report {
	enum outcome outcome;
	int steps; /* how many have been carried out */
	unsigned long questions;
	int questions_kept; /* the last one is the one that is wrong */
	struct question question[RECORD];
	long answer[RECORD];
	char text[256]; /* what is wrong, unless it is the answer */
	int ops;
	struct op op[RUN_STEPS];
};

/* Answers that kcmp() cannot give: what else has gone wrong. */
#define SLOT_CHANGED (-5000)
#define NOT_ONE_TOFF (-6000) /* less how many there are */

struct answered {
	struct question question;
	long answer;
};

/* A run, and the state of its questions. */
struct checker {
	struct run run;
	enum aspect aspect;
	bool trace; /* prints the operations */
	struct report *report;
	struct generator g;
	unsigned char order[MODEL_TYPES][MODEL_OBJECTS][MODEL_OBJECTS];
	struct answered *asked[MODEL_TYPES][MODEL_OBJECTS][MODEL_OBJECTS];
	int questions; /* to be asked after this step */
	struct question question[QUESTIONS];
	long answer[QUESTIONS];
	char *page; /* the second is not accessible */
	char *read_only; /* the first is */
};

/* Makes the first worker.  Returns NULL when that fails, which the report says. */
struct checker *check_begin(enum aspect aspect, const struct machine *machine,
			    const struct creds *creds, struct report *report);
void check_end(struct checker *c);

/* Chooses operations by a seed, carries them out, and asks after each. */
void check_by_seed(struct checker *c, unsigned long long seed);

/* Carries out given operations, and asks the given questions after each. */
void check_again(struct checker *c, const struct report *given,
		 const bool *leave_out);

/* Returns whether a test chooses that kind of operation. */
bool check_uses(enum aspect aspect, enum op_kind kind);

/* Chooses the questions after an operation. */
void choose_questions(struct checker *c, const struct op *op);

/* Returns whether the caller can ask and the tasks have existed. */
bool can_ask(const struct model *m, const struct question *q);

#endif /* SELFTESTS_KCMP_MODEL_CHECK_H */
