// SPDX-License-Identifier: GPL-2.0
/*
 * A test program that the user who starts it cannot kill: it is set-uid root, and
 * takes root's real user id, too.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--list"))
		return puts("fake.one") < 0;
	if (setresuid(0, 0, 0))
		return 1;
	puts("TAP version 13\n1..1");
	fflush(stdout);
	sleep(60);
	return 1;
}
