# SPDX-License-Identifier: GPL-2.0
# kcmp_harness.h: without main(), the selection of tests, the exit status when all
# was skipped and the care for a late SKIP(), all of which the harness has from the
# patches of the series on; without support for harnesses up to 6.1.
$_ = <STDIN>;
my $comment = <<'END';
 * Shared by the programs on top of the harness: expectations on kcmp(), skips,
 * and what a program does before its first test.
 */
END
my $skip_if = <<'END';
/*
 * SKIP_IF() - Leaves the test when there is a reason; in a set-up, or in a test
 * before its first EXPECT.
 */
#define SKIP_IF(reason)                               \
	do {                                          \
		const char *__reason = (reason);      \
		if (__reason)                         \
			SKIP(return, "%s", __reason); \
	} while (0)

END
my $start = <<'END';
/* Before main(), which belongs to the harness. */
static void __attribute__((constructor)) suite_start(int argc, char **argv)
{
	int status;

	if (argc >= 3 && !strcmp(argv[1], "--worker"))
		exit(worker_resume(argv));
	status = suite_prepare();
	if (status)
		exit(status);
}

END

s/ \* Shared by the programs on top of the harness.*?\n \*\/\n/$comment/s
	or die "no comment\n";
s/#include <fnmatch\.h>\n// or die "no fnmatch.h\n";
s/\/\* A limit guards against hangs only.*?#define TEST_TIMEOUT_DEFAULT 120\n\n//s
	or die "no time limit\n";
s/\/\*\n \* The harness of Linux 6\.1 and older.*?#endif\n\n//s
	or die "no choice by version\n";
s/\/\*\n \* SKIP_IF\(\) - .*?while \(0\)\n\n/$skip_if/s or die "no SKIP_IF()\n";
s/\/\* Calls fn\(\) with each test's full name.*?(?=static pid_t suite_forking)//s
	or die "no selection\n";
s/(suite_in_fork\)) \|\|\n\t    atexit\(suite_at_exit\)/$1/ or die "no atexit()\n";
s/static int suite_by_address\(.*?(?=#endif \/\* SELF)/$start/s
	or die "no main()\n";
die "left: $&\n" if /SKIP_STATEMENT|__HAS_FAILED|suite_at_exit|__fixture_list/;
print;
