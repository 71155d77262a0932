// SPDX-License-Identifier: GPL-2.0
/*
 * A main() for a program whose own is named program_main: a guest takes the whole
 * for a test, which passes if that one returns 0, and shows its output as comments.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int program_main(int argc, char **argv);

int main(int argc, char **argv)
{
	const char *id = "program.returns_0";
	int ends[2], status = 1;
	char line[200];
	FILE *from;

	if (argc > 1 && !strcmp(argv[1], "--list"))
		return puts(id) == EOF;
	if (argc > 1 && !strcmp(argv[1], "exit"))
		return 0;
	if (pipe(ends))
		return 1;
	if (!fork()) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		status = program_main(1, argv);
		fflush(stdout);
		_exit(status);
	}
	close(ends[1]);
	puts("TAP version 13\n1..1");
	from = fdopen(ends[0], "r");
	while (fgets(line, sizeof(line), from))
		printf("# %s", line);
	wait(&status);
	printf("%s 1 %s\n", status ? "not ok" : "ok", id);
	return status != 0;
}
