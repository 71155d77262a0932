/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of all that kcmp(2) looks at: tasks and the objects they
 * share, descriptors, epoll registrations, credentials.  Its rules are those of
 * the manual pages; it makes no system call.
 */
#ifndef SELFTESTS_KCMP_MODEL_H
#define SELFTESTS_KCMP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/kcmp.h>

#define MODEL_TASKS 144 /* in one run, those included that have ended */
#define MODEL_OBJECTS 200 /* of a type, in one run */
#define MODEL_FDS 40 /* open in one table */
#define MODEL_ITEMS 32 /* registered with one epoll instance */
#define MODEL_DOMAINS 32 /* user namespaces, Landlock domains */
#define MODEL_TYPES (KCMP_SYSVSEM + 1)

#define FIRST_FD 10 /* the lower ones belong to the workers */
#define NOBODY (-1) /* no task; as a caller or parent: the test */

enum task_state { TASK_NONE, TASK_LIVE, TASK_ZOMBIE, TASK_GONE };

/* The object that a task uses, and the rule by which it came to that. */
struct use {
	int object; /* 0: none that it is known to have */
	const char *why;
};

struct creds {
	unsigned int uid[3], gid[3]; /* real, effective, saved */
	unsigned long long permitted, effective;
	bool keepcaps;
	int userns, domain;
};

struct task {
	enum task_state state;
	int group; /* the first leader of the thread group */
	bool leader;
	int parent; /* the task that it dies with */
	int waits_for; /* the vfork() child that it sleeps for */
	struct use use[MODEL_TYPES];
	struct creds creds;
	int pidns;
	bool died_dumpable;
	bool own_ipc; /* no longer in the test's IPC namespace */
};

/* The state of one fd. */
struct fd {
	int nr, file;
	bool cloexec;
};

struct table {
	int n;
	struct fd fd[MODEL_FDS];
};

enum file_kind {
	FILE_NULL,
	FILE_PIPE,
	FILE_SOCKET,
	FILE_EVENTFD,
	FILE_MEMFD,
	FILE_EPOLL,
	FILE_PATH
};

struct item {
	int nr, file; /* what EPOLL_CTL_ADD was given */
	bool exclusive;
};

/* An open file description. */
struct file {
	enum file_kind kind;
	bool live;
	int items;
	struct item item[MODEL_ITEMS];
};

/* Attributes of an mm. */
struct vm {
	bool dumpable;
	int userns;
};

struct userns {
	int parent, level;
	unsigned int owner;
	bool mapped; /* its creator is root in it */
};

struct pidns {
	int parent, level, init; /* init: the group of its first process */
};

struct model {
	int tasks; /* that there have been */
	struct task task[MODEL_TASKS];
	int objects[MODEL_TYPES];
	struct table table[MODEL_OBJECTS]; /* by KCMP_FILES object */
	struct file file[MODEL_OBJECTS]; /* by KCMP_FILE object */
	struct vm vm[MODEL_OBJECTS]; /* by KCMP_VM object */
	int user_namespaces, pid_namespaces, domains;
	struct pidns pidns[MODEL_DOMAINS];
	struct userns userns[MODEL_DOMAINS];
	int domain_parent[MODEL_DOMAINS];
	struct creds test; /* of the test process */
	bool stays_dumpable; /* fs.suid_dumpable is 1 */
};

void model_init(struct model *m, const struct creds *creds,
		bool stays_dumpable);
bool model_is_full(const struct model *m);

/* Changes; the caller has checked that they are legal. */
int model_first_task(struct model *m);
void model_spawn(struct model *m, int by, int new, unsigned long long flags);
void model_exec(struct model *m, int task);
void model_exit_thread(struct model *m, int task);
void model_exit_process(struct model *m, int task);
void model_reap(struct model *m, int task);
void model_unshare(struct model *m, int task, unsigned long flags);
void model_alloc_io(struct model *m, int task);
void model_alloc_undo(struct model *m, int task);
void model_drop_undo(struct model *m, int task, const char *why);
void model_new_fs(struct model *m, int task, const char *why);
void model_unshare_files(struct model *m, int task, const char *why);
int model_new_file(struct model *m, enum file_kind kind);
void model_install(struct model *m, int task, int nr, int file, bool cloexec);
void model_close(struct model *m, int task, int nr);
void model_sweep(struct model *m);
void model_setresuid(struct model *m, int task, const unsigned int *uid);
void model_setresgid(struct model *m, int task, const unsigned int *gid);
void model_new_userns(struct model *m, int task, bool mapped);
void model_new_domain(struct model *m, int task);

/* Queries. */
bool model_is_live(const struct model *m, int task);
bool model_is_idle(const struct model *m, int task);
bool model_is_alone(const struct model *m, int task);
bool model_shares_vm(const struct model *m, int task);
bool model_sees(const struct model *m, int caller, int task);
int model_level(const struct model *m, int caller);
int model_leader(const struct model *m, int task);
int model_reaper(const struct model *m, int task);
const struct fd *model_fd(const struct model *m, int task, int nr);
int model_file_at(const struct model *m, int task, unsigned long nr);
int model_lowest_fd(const struct model *m, int task, int from);
const struct table *model_table(const struct model *m, int task);
bool model_watches(const struct model *m, int file, int target);

/* Where the slot of a KCMP_EPOLL_TFD question lies in the caller's memory. */
enum place {
	PLACE_NORMAL,
	PLACE_END_OF_PAGE,
	PLACE_MISALIGNED,
	PLACE_TWO_PAGES,
	PLACE_READ_ONLY,
	PLACE_NULL,
	PLACE_UNMAPPED,
	PLACE_TAIL_UNMAPPED,
	PLACE_KERNEL,
	PLACES
};

#define PLACE_IS_BAD(place) ((place) >= PLACE_NULL)

struct question {
	int caller; /* a task, or NOBODY for the test */
	int task[2]; /* or NOBODY, and a number that is no task's */
	long pid[2];
	long type;
	unsigned long idx[2];
	struct kcmp_epoll_slot slot;
	enum place place;
	unsigned char wide; /* 1, 2, 4: pid1, pid2, type with high bits */
	/*
	 * Asked of idx1 with each toff that there is; idx2 is the fd that is
	 * asked of with the toff that answered 0.
	 */
	bool each_toff;
};

/* The answers that are right. */
struct want {
	bool same, differs;
	int error[3]; /* or one of these, as positive numbers */
	const char *rule;
	const char *why[2]; /* how the two came to their objects */
	int order[2]; /* the objects, if both are known; else 0 */
	int order_type;
};

void model_want(const struct model *m, const struct question *q,
		struct want *want);
bool model_accepts(const struct want *want, long answer);
bool model_has_item(const struct model *m, int file, int nr, int target);
int model_count_items(const struct model *m, int file, int nr);

#endif /* SELFTESTS_KCMP_MODEL_H */
