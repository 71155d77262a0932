// SPDX-License-Identifier: GPL-2.0
/*
 * kcmp(KCMP_EPOLL_TFD) waits in mutex_lock(&ep->mtx), which no signal ends, while
 * an epoll_wait() holds that mutex and faults on its event buffer: here a page of a
 * userfaultfd, which is filled at the end.  Returns 0 if SIGKILL works.
 *	cc -o finding epoll_wait_blocks_kcmp.c -pthread && ./finding	# as root
 */
#include <linux/kcmp.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static struct kcmp_epoll_slot slot;
static void *wait_for_event(void *page)
{
	epoll_wait(slot.efd, page, 1, -1);
	return NULL;
}

int main(void)
{
	struct epoll_event event = { .events = EPOLLOUT };
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_zeropage zero = {};
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int uffd = syscall(SYS_userfaultfd, 0), ends[2], size = getpagesize();
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_t thread;
	int caller, waits;

	range.range = (struct uffdio_range){ (unsigned long)page, size };
	zero.range = range.range;
	slot.efd = epoll_create1(0);
	if (pipe(ends) || ioctl(uffd, UFFDIO_API, &api) ||
	    ioctl(uffd, UFFDIO_REGISTER, &range) ||
	    epoll_ctl(slot.efd, EPOLL_CTL_ADD, ends[1], &event))
		return perror("set-up"), 1;
	pthread_create(&thread, NULL, wait_for_event, page);
	sleep(1); /* until the thread is in the page fault */
	slot.tfd = ends[1];
	caller = fork();
	if (!caller)
		_exit(syscall(SYS_kcmp, getppid(), getppid(), KCMP_EPOLL_TFD,
			      ends[1], &slot));
	sleep(1);
	kill(caller, SIGKILL);
	sleep(2);
	waits = !waitpid(caller, NULL, WNOHANG);
	printf("two seconds after SIGKILL the caller is %s\n",
	       waits ? "still waiting in kcmp()" : "dead");
	ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
	return waits;
}
