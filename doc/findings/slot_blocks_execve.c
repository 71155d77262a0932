// SPDX-License-Identifier: GPL-2.0
/*
 * kcmp(KCMP_EPOLL_TFD) reads its slot while it holds the exec_update_lock of both
 * tasks, which cannot execve() until that memory is there: here a page of a
 * userfaultfd, which is filled at the end.  Returns 0 if execve() does not wait.
 *	cc -o finding slot_blocks_execve.c -pthread && ./finding	# as root
 */
#include <linux/kcmp.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static pid_t target;

static void *ask(void *slot)
{
	syscall(SYS_kcmp, target, target, KCMP_EPOLL_TFD, 0, slot);
	return NULL;
}

int main(int argc, char **argv)
{
	int uffd = syscall(SYS_userfaultfd, 0), ends[2], size = getpagesize();
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_zeropage zero = {};
	pthread_t thread;
	int waits;

	if (argc > 1) /* after execve() */
		return 0;
	range.range = (struct uffdio_range){ (unsigned long)page, size };
	zero.range = range.range;
	if (pipe(ends) || ioctl(uffd, UFFDIO_API, &api) ||
	    ioctl(uffd, UFFDIO_REGISTER, &range))
		return perror("set-up"), 2;
	target = fork();
	if (!target) {
		close(ends[1]);
		read(ends[0], &api,
		     1); /* until the caller is in the page fault */
		execl("/proc/self/exe", argv[0], "exit", NULL);
		_exit(1);
	}
	pthread_create(&thread, NULL, ask, page);
	sleep(1);
	close(ends[1]);
	sleep(2);
	waits = !waitpid(target, NULL, WNOHANG);
	printf("two seconds after its execve() the target is %s\n",
	       waits ? "still waiting for kcmp()" : "done");
	ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
	return waits;
}
