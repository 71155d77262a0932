// SPDX-License-Identifier: GPL-2.0
/*
 * Operations on descriptors and epoll instances.  As in model_tasks.c, functions
 * that run in a worker take no pointers.
 */
#include "model_ops.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

#ifndef EPOLLEXCLUSIVE
#define EPOLLEXCLUSIVE (1U << 28)
#endif

/* Returns an fd of that kind of file, or -1. */
static int random_fd_of(const struct model *m, struct generator *g, int task,
			enum file_kind kind)
{
	const struct table *table = model_table(m, task);
	int i, n = 0, found = -1;

	for (i = 0; i < table->n; i++)
		if (m->file[table->fd[i].file].kind == kind &&
		    random_chance(g, ++n))
			found = table->fd[i].nr;
	return found;
}

/* Returns a low number, or at times a high one: some kernel may drop the bits. */
static int random_number(const struct run *run, struct generator *g)
{
	static const unsigned int far[] = {
		63,  64,  65,  127,  128,  255,	 256,  257,   300,
		511, 512, 800, 1023, 1024, 1025, 2048, 65535, 65536,
	};
	unsigned int nr;

	if (!random_chance(g, 4))
		return FIRST_FD + random_below(g, 12);
	do {
		nr = far[random_below(g, sizeof(far) / sizeof(*far))];
	} while (nr > run->machine->last_fd);
	return nr;
}

/* Returns a number for dup3(), often one that an epoll instance knows already. */
static int random_target_number(const struct run *run, struct generator *g)
{
	const struct model *m = &run->model;
	int f, i, n = 0, found = -1;

	for (f = 1; f <= m->objects[KCMP_FILE]; f++)
		for (i = 0; i < m->file[f].items; i++)
			if (random_chance(g, ++n))
				found = m->file[f].item[i].nr;
	return found != -1 && random_chance(g, 2) ? found :
						    random_number(run, g);
}

static bool is_open(const struct run *run, const struct op *op)
{
	return model_fd(&run->model, op->task, op->arg[0]);
}

static bool choose_fd(const struct run *run, struct generator *g, struct op *op)
{
	op->arg[0] = random_fd(&run->model, g, op->task);
	op->arg[1] = random_chance(g, 3);
	return true;
}

/* ------------------------------------------------------------------ */
/* Opening.                                                            */

static bool choose_open(const struct run *run, struct generator *g,
			struct op *op)
{
	op->arg[0] = random_below(g, FILE_PATH + 1);
	op->arg[1] = random_chance(g, 3);
	if (op->arg[0] == FILE_PATH && !random_chance(g, 3))
		op->arg[0] = FILE_EVENTFD;
	return run->machine->kinds & 1 << op->arg[0];
}

static bool has_two_ends(const struct op *op)
{
	return op->arg[0] == FILE_PIPE || op->arg[0] == FILE_SOCKET;
}

static long apply_open(struct model *m, const struct op *op)
{
	int nr = model_lowest_fd(m, op->task, FIRST_FD);

	model_install(m, op->task, nr, model_new_file(m, op->arg[0]),
		      op->arg[1]);
	if (has_two_ends(op))
		model_install(m, op->task, model_lowest_fd(m, op->task, nr),
			      model_new_file(m, op->arg[0]), op->arg[1]);
	return nr;
}

/* arg: what kind, close-on-exec or not, which second fd is expected (0: any). */
long in_open(const long *arg)
{
	int fds[2] = { -1, arg[2] }, err = 0;
	bool cloexec = arg[1];

	switch ((enum file_kind)arg[0]) {
	case FILE_NULL:
		fds[0] = open("/dev/null", O_RDWR | (cloexec ? O_CLOEXEC : 0));
		break;
	case FILE_PATH:
		fds[0] = open("/dev/null", O_PATH | (cloexec ? O_CLOEXEC : 0));
		break;
	case FILE_EVENTFD:
		fds[0] = eventfd(0, cloexec ? EFD_CLOEXEC : 0);
		break;
	case FILE_MEMFD:
		fds[0] = memfd_create("model", cloexec ? MFD_CLOEXEC : 0);
		break;
	case FILE_EPOLL:
		fds[0] = epoll_create1(cloexec ? EPOLL_CLOEXEC : 0);
		break;
	case FILE_PIPE:
		err = pipe2(fds, cloexec ? O_CLOEXEC : 0);
		break;
	case FILE_SOCKET:
		err = socketpair(AF_UNIX,
				 SOCK_STREAM | (cloexec ? SOCK_CLOEXEC : 0), 0,
				 fds);
		break;
	}
	if (err || fds[0] == -1)
		return -errno;
	return fds[1] == (int)arg[2] || !arg[2] ? fds[0] : -ERANGE;
}

static long carry_open(struct run *run, const struct op *op)
{
	int first = model_lowest_fd(&run->before, op->task, FIRST_FD),
	    second = -1;

	if (has_two_ends(op))
		second = model_lowest_fd(&run->before, op->task, first + 1);
	return worker_run(run->worker[op->task], in_open, op->arg[0],
			  op->arg[1], second);
}

static void print_open(const struct op *op, long result, char *text,
		       size_t size)
{
	static const char *const call[] = {
		[FILE_NULL] = "open(\"/dev/null\", O_RDWR%s)",
		[FILE_PIPE] = "pipe2(%s) (and the next free fd)",
		[FILE_SOCKET] =
			"socketpair(AF_UNIX, SOCK_STREAM%s) (and the next free fd)",
		[FILE_EVENTFD] = "eventfd(0, %s)",
		[FILE_MEMFD] = "memfd_create(\"model\", %s)",
		[FILE_EPOLL] = "epoll_create1(%s)",
		[FILE_PATH] = "open(\"/dev/null\", O_PATH%s)",
	};
	static const char *const flag[] = {
		[FILE_NULL] = "|O_CLOEXEC",	 [FILE_PIPE] = "O_CLOEXEC",
		[FILE_SOCKET] = "|SOCK_CLOEXEC", [FILE_EVENTFD] = "EFD_CLOEXEC",
		[FILE_MEMFD] = "MFD_CLOEXEC",	 [FILE_EPOLL] = "EPOLL_CLOEXEC",
		[FILE_PATH] = "|O_CLOEXEC",
	};
	const char *off = *flag[op->arg[0]] == '|' ? "" : "0";

	append_text(text, size, "%ld = ", result);
	append_text(text, size, call[op->arg[0]],
		    op->arg[1] ? flag[op->arg[0]] : off);
}

static bool is_reopen_allowed(const struct machine *k)
{
	return k->reopen;
}

/* proc(5): opening /proc/PID/fd/N makes a new description of the same file. */
static bool is_legal_reopen(const struct run *run, const struct op *op)
{
	const struct fd *fd = model_fd(&run->model, op->task, op->arg[0]);
	enum file_kind kind = fd ? run->model.file[fd->file].kind : FILE_PATH;

	return kind == FILE_NULL || kind == FILE_PIPE || kind == FILE_MEMFD;
}

static long apply_reopen(struct model *m, const struct op *op)
{
	enum file_kind kind =
		m->file[model_fd(m, op->task, op->arg[0])->file].kind;
	int nr = model_lowest_fd(m, op->task, FIRST_FD);

	model_install(m, op->task, nr, model_new_file(m, kind), op->arg[1]);
	return nr;
}

static long in_reopen(const long *arg)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/thread-self/fd/%ld", arg[0]);
	return result_of(open(path, O_RDWR | (arg[1] ? O_CLOEXEC : 0)));
}

static long carry_reopen(struct run *run, const struct op *op)
{
	return worker_run(run->worker[op->task], in_reopen, op->arg[0],
			  op->arg[1]);
}

static void print_reopen(const struct op *op, long result, char *text,
			 size_t size)
{
	append_text(text, size,
		    "%ld = open(\"/proc/thread-self/fd/%u\", O_RDWR%s)", result,
		    op->arg[0], op->arg[1] ? "|O_CLOEXEC" : "");
}

/* ------------------------------------------------------------------ */
/* Duplicating and closing.                                            */

static bool choose_dup(const struct run *run, struct generator *g,
		       struct op *op)
{
	op->arg[0] = random_fd(&run->model, g, op->task);
	op->arg[1] = op->kind == OP_DUP3 ? random_target_number(run, g) :
					   random_number(run, g);
	op->arg[2] = random_chance(g, 3);
	return true;
}

static bool is_legal_dup(const struct run *run, const struct op *op)
{
	return is_open(run, op) && op->arg[0] != op->arg[1];
}

static long apply_dup(struct model *m, const struct op *op)
{
	int file = model_fd(m, op->task, op->arg[0])->file, nr = op->arg[1];

	if (op->kind == OP_DUP)
		nr = model_lowest_fd(m, op->task, FIRST_FD);
	else if (op->kind == OP_DUPFD)
		nr = model_lowest_fd(m, op->task, nr);
	model_install(m, op->task, nr, file, op->kind != OP_DUP && op->arg[2]);
	return nr;
}

static long carry_dup(struct run *run, const struct op *op)
{
	struct worker *w = run->worker[op->task];

	if (op->kind == OP_DUP)
		return worker_syscall(w, SYS_dup, op->arg[0]);
	if (op->kind == OP_DUPFD)
		return worker_syscall(w, SYS_fcntl, op->arg[0],
				      op->arg[2] ? F_DUPFD_CLOEXEC : F_DUPFD,
				      op->arg[1]);
	return worker_syscall(w, SYS_dup3, op->arg[0], op->arg[1],
			      op->arg[2] ? O_CLOEXEC : 0);
}

static void print_dup(const struct op *op, long result, char *text, size_t size)
{
	if (op->kind == OP_DUP)
		append_text(text, size, "%ld = dup(%u)", result, op->arg[0]);
	else if (op->kind == OP_DUP3)
		append_text(text, size, "dup3(%u, %u, %s)", op->arg[0],
			    op->arg[1], op->arg[2] ? "O_CLOEXEC" : "0");
	else
		append_text(text, size, "%ld = fcntl(%u, F_DUPFD%s, %u)",
			    result, op->arg[0], op->arg[2] ? "_CLOEXEC" : "",
			    op->arg[1]);
}

static long apply_setfd(struct model *m, const struct op *op)
{
	model_install(m, op->task, op->arg[0],
		      model_fd(m, op->task, op->arg[0])->file, op->arg[1]);
	return 0;
}

static long carry_setfd(struct run *run, const struct op *op)
{
	return worker_syscall(run->worker[op->task], SYS_fcntl, op->arg[0],
			      F_SETFD, op->arg[1] ? FD_CLOEXEC : 0);
}

static void print_setfd(const struct op *op, long result, char *text,
			size_t size)
{
	(void)result;
	append_text(text, size, "fcntl(%u, F_SETFD, %s)", op->arg[0],
		    op->arg[1] ? "FD_CLOEXEC" : "0");
}

static long apply_close(struct model *m, const struct op *op)
{
	model_close(m, op->task, op->arg[0]);
	return 0;
}

static long carry_close(struct run *run, const struct op *op)
{
	return worker_syscall(run->worker[op->task], SYS_close, op->arg[0]);
}

static void print_close(const struct op *op, long result, char *text,
			size_t size)
{
	(void)result;
	append_text(text, size, "close(%u)", op->arg[0]);
}

static bool is_close_range_allowed(const struct machine *k)
{
	return k->close_range;
}

static bool choose_close_range(const struct run *run, struct generator *g,
			       struct op *op)
{
	op->arg[0] = random_number(run, g);
	op->arg[1] = op->arg[0] + random_below(g, 4);
	op->flags = random_below(g, 4) << 1;
	return run->machine->cloexec_range || op->flags < CLOSE_RANGE_CLOEXEC;
}

static long apply_close_range(struct model *m, const struct op *op)
{
	const struct table *table;
	struct fd fd;
	int i;

	if (op->flags & CLOSE_RANGE_UNSHARE)
		model_unshare_files(
			m, op->task,
			"close_range(2): CLOSE_RANGE_UNSHARE (US-09)");
	table = model_table(m, op->task);
	for (i = table->n - 1; i >= 0; i--) {
		fd = table->fd[i];
		if (fd.nr < (int)op->arg[0] || fd.nr > (int)op->arg[1])
			continue;
		if (op->flags & CLOSE_RANGE_CLOEXEC)
			model_install(m, op->task, fd.nr, fd.file, true);
		else
			model_close(m, op->task, fd.nr);
	}
	return 0;
}

static long carry_close_range(struct run *run, const struct op *op)
{
	return worker_syscall(run->worker[op->task], SYS_close_range,
			      op->arg[0], op->arg[1], op->flags);
}

static void print_close_range(const struct op *op, long result, char *text,
			      size_t size)
{
	static const char *const range[] = {
		"0",
		"CLOSE_RANGE_UNSHARE",
		"CLOSE_RANGE_CLOEXEC",
		"CLOSE_RANGE_UNSHARE|CLOSE_RANGE_CLOEXEC",
	};

	(void)result;
	append_text(text, size, "close_range(%u, %u, %s)", op->arg[0],
		    op->arg[1], range[op->flags >> 1]);
}

/* ------------------------------------------------------------------ */
/* From one task to another.                                           */

static bool is_pass_allowed(const struct machine *k)
{
	return k->pass;
}

static bool choose_pass(const struct run *run, struct generator *g,
			struct op *op)
{
	op->other = random_idle(run, g);
	op->arg[0] = random_fd(&run->model, g, op->task);
	op->arg[1] = random_chance(g, 3);
	return op->other != NOBODY;
}

static bool is_legal_pass(const struct run *run, const struct op *op)
{
	return is_open(run, op) && model_is_idle(&run->model, op->other);
}

static long apply_pass(struct model *m, const struct op *op)
{
	int file = model_fd(m, op->task, op->arg[0])->file;
	int nr = model_lowest_fd(m, op->other, FIRST_FD);

	model_install(m, op->other, nr, file, op->arg[1]);
	return nr;
}

union fd_message {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static long in_send(const long *arg)
{
	union fd_message control = { .bytes = { 0 } };
	struct iovec iov = { "", 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd = arg[0];

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(PASS_FROM, &msg, 0) == 1 ? 0 : -errno;
}

static long in_receive(const long *arg)
{
	union fd_message control;
	long length = receive_control(&control, sizeof(control),
				      arg[0] ? MSG_CMSG_CLOEXEC : 0);
	int fd = -1;

	if (length < 0)
		return length;
	if ((size_t)length < CMSG_LEN(sizeof(fd)))
		return -EMFILE;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static long carry_pass(struct run *run, const struct op *op)
{
	long ret = worker_run(run->worker[op->task], in_send, op->arg[0]);

	if (ret)
		return ret;
	return worker_run(run->worker[op->other], in_receive, op->arg[1]);
}

static void print_pass(const struct op *op, long result, char *text,
		       size_t size)
{
	append_text(text, size,
		    "w%d: %ld = recvmsg(SCM_RIGHTS, %s) of w%d's fd %u",
		    op->other, result, op->arg[1] ? "MSG_CMSG_CLOEXEC" : "0",
		    op->task, op->arg[0]);
}

static bool is_getfd_allowed(const struct machine *k)
{
	return k->getfd;
}

/* A pidfd refers to the thread group leader, and so to its fd table. */
static bool choose_getfd(const struct run *run, struct generator *g,
			 struct op *op)
{
	op->other = random_idle(run, g);
	if (op->other != NOBODY)
		op->arg[0] = random_fd(&run->model, g, op->other);
	return op->other != NOBODY;
}

static bool is_legal_getfd(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;

	return model_is_live(m, op->other) && m->task[op->other].leader &&
	       model_fd(m, op->other, op->arg[0]);
}

static long apply_getfd(struct model *m, const struct op *op)
{
	int file = model_fd(m, op->other, op->arg[0])->file;
	int pidfd = model_lowest_fd(m, op->task, FIRST_FD);
	int nr;

	/* The pidfd takes the lowest number; both tables may be the same. */
	model_install(m, op->task, pidfd, file, true);
	nr = model_lowest_fd(m, op->task, FIRST_FD);
	model_close(m, op->task, pidfd);
	model_install(m, op->task, nr, file, true);
	return nr;
}

static long in_getfd(const long *arg)
{
	int pidfd = syscall(SYS_pidfd_open, arg[0], 0);
	long fd = pidfd == -1 ? -1 : syscall(SYS_pidfd_getfd, pidfd, arg[1], 0);
	long ret = result_of(fd);

	close(pidfd);
	return ret;
}

static long carry_getfd(struct run *run, const struct op *op)
{
	return worker_run(run->worker[op->task], in_getfd,
			  run_number(run, op->task, op->other), op->arg[0]);
}

static void print_getfd(const struct op *op, long result, char *text,
			size_t size)
{
	append_text(text, size, "%ld = pidfd_getfd(w%d, %u)", result, op->other,
		    op->arg[0]);
}

/* ------------------------------------------------------------------ */
/* Epoll registrations.                                                */

static bool is_epoll_allowed(const struct machine *k)
{
	return k->types & 1 << KCMP_EPOLL_TFD;
}

static bool choose_epoll(const struct run *run, struct generator *g,
			 struct op *op)
{
	static const unsigned int events[] = {
		EPOLLIN, EPOLLOUT | EPOLLET,	   EPOLLIN | EPOLLONESHOT,
		0,	 EPOLLIN | EPOLLEXCLUSIVE,
	};
	const struct model *m = &run->model;
	const struct file *f;
	int efd = random_fd_of(m, g, op->task, FILE_EPOLL);

	if (efd == -1)
		return false;
	op->arg[0] = efd;
	op->arg[1] = random_fd(m, g, op->task);
	op->arg[2] = events[random_below(g, op->kind == OP_EPOLL_ADD ? 5 : 4)];
	f = &m->file[model_fd(m, op->task, efd)->file];
	if (op->kind != OP_EPOLL_ADD && f->items)
		op->arg[1] = f->item[random_below(g, f->items)].nr;
	return true;
}

/* Returns where in the list a registration is, or -1. */
static int find_item(const struct file *f, int nr, int file)
{
	int i;

	for (i = 0; i < f->items; i++)
		if (f->item[i].nr == nr && f->item[i].file == file)
			return i;
	return -1;
}

/* epoll_ctl(2), ELOOP: one level of nesting is enough. */
static bool may_nest(const struct model *m, int outer, int inner)
{
	const struct file *f = &m->file[inner];
	int i;

	if (f->kind != FILE_EPOLL)
		return true;
	for (i = 0; i < f->items; i++)
		if (m->file[f->item[i].file].kind == FILE_EPOLL)
			return false;
	for (i = 1; i <= m->objects[KCMP_FILE]; i++)
		if (m->file[i].kind == FILE_EPOLL && model_watches(m, i, outer))
			return false;
	return outer != inner;
}

static bool is_legal_epoll(const struct run *run, const struct op *op)
{
	const struct model *m = &run->model;
	const struct fd *efd = model_fd(m, op->task, op->arg[0]);
	const struct fd *fd = model_fd(m, op->task, op->arg[1]);
	const struct file *f, *target;
	int item;

	if (!efd || !fd || m->file[efd->file].kind != FILE_EPOLL)
		return false;
	f = &m->file[efd->file];
	target = &m->file[fd->file];
	item = find_item(f, fd->nr, fd->file);
	if (op->kind == OP_EPOLL_DEL)
		return item != -1;
	if (op->kind == OP_EPOLL_MOD)
		return item != -1 && !f->item[item].exclusive;
	return item == -1 && target->kind != FILE_NULL &&
	       target->kind != FILE_MEMFD && target->kind != FILE_PATH &&
	       may_nest(m, efd->file, fd->file) &&
	       !(op->arg[2] & EPOLLEXCLUSIVE && target->kind == FILE_EPOLL);
}

static long apply_epoll(struct model *m, const struct op *op)
{
	struct file *f = &m->file[model_fd(m, op->task, op->arg[0])->file];
	const struct fd *fd = model_fd(m, op->task, op->arg[1]);
	struct item *item = f->item + find_item(f, fd->nr, fd->file);

	if (op->kind == OP_EPOLL_ADD)
		f->item[f->items++] = (struct item){
			.nr = fd->nr,
			.file = fd->file,
			.exclusive = op->arg[2] & EPOLLEXCLUSIVE,
		};
	if (op->kind == OP_EPOLL_DEL) {
		f->items--;
		*item = f->item[f->items];
	}
	return 0;
}

static long in_epoll_ctl(const long *arg)
{
	struct epoll_event event = { .events = arg[3] };

	return result_of(epoll_ctl(arg[0], arg[1], arg[2], &event));
}

static long carry_epoll(struct run *run, const struct op *op)
{
	static const int epoll_op[] = { EPOLL_CTL_ADD, EPOLL_CTL_MOD,
					EPOLL_CTL_DEL };

	return worker_run(run->worker[op->task], in_epoll_ctl, op->arg[0],
			  epoll_op[op->kind - OP_EPOLL_ADD], op->arg[1],
			  op->arg[2]);
}

static void print_epoll(const struct op *op, long result, char *text,
			size_t size)
{
	static const char *const name[] = { "ADD", "MOD", "DEL" };

	(void)result;
	append_text(text, size, "epoll_ctl(%u, EPOLL_CTL_%s, %u, events %#x)",
		    op->arg[0], name[op->kind - OP_EPOLL_ADD], op->arg[1],
		    op->arg[2]);
}

/* ------------------------------------------------------------------ */

#define DUP(is_legal_fn)                                                   \
	.choose = choose_dup, .is_legal = is_legal_fn, .apply = apply_dup, \
	.carry_out = carry_dup, .print = print_dup
#define EPOLL                                                \
	.name = "epoll_ctl", .is_allowed = is_epoll_allowed, \
	.choose = choose_epoll, .is_legal = is_legal_epoll,  \
	.apply = apply_epoll, .carry_out = carry_epoll, .print = print_epoll

const struct op_type file_ops[] = {
	[OP_OPEN] = { NULL, NULL, choose_open, NULL, apply_open, carry_open,
		      print_open },
	[OP_REOPEN] = { "reopening", is_reopen_allowed, choose_fd,
			is_legal_reopen, apply_reopen, carry_reopen,
			print_reopen },
	[OP_DUP] = { DUP(is_open) },
	[OP_DUP3] = { DUP(is_legal_dup) },
	[OP_DUPFD] = { DUP(is_open) },
	[OP_SETFD] = { NULL, NULL, choose_fd, is_open, apply_setfd, carry_setfd,
		       print_setfd },
	[OP_CLOSE] = { NULL, NULL, choose_fd, is_open, apply_close, carry_close,
		       print_close },
	[OP_CLOSE_RANGE] = { "close_range", is_close_range_allowed,
			     choose_close_range, NULL, apply_close_range,
			     carry_close_range, print_close_range },
	[OP_PASS] = { "SCM_RIGHTS", is_pass_allowed, choose_pass, is_legal_pass,
		      apply_pass, carry_pass, print_pass },
	[OP_GETFD] = { "pidfd_getfd", is_getfd_allowed, choose_getfd,
		       is_legal_getfd, apply_getfd, carry_getfd, print_getfd },
	[OP_EPOLL_ADD] = { EPOLL },
	[OP_EPOLL_MOD] = { EPOLL },
	[OP_EPOLL_DEL] = { EPOLL },
};
