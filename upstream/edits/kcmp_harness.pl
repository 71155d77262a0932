# SPDX-License-Identifier: GPL-2.0
# kcmp_harness.h: without main(), which the harness has in a kernel tree, without
# the selection of tests by globs, and without support for harnesses up to 6.1.
$_ = <STDIN>;
open(my $file, '<', "$ARGV[0]/edits/harness_start.h") or die "no harness_start.h\n";
my $at_exit = do { local $/; <$file> };
$at_exit =~ s/.*?\n\n//s;		# the licence
my $comment = <<'END';
 * Shared by the programs on top of the harness: expectations on kcmp(), skips,
 * and what a program does before its first test and after its last one.
 */
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
s/SKIP\(SKIP_STATEMENT, "%s", __reason\);/$&        /g or die "no skip\n";
s/\bSKIP_STATEMENT\b/return/g;
s/__HAS_FAILED\(\)\) \{ {19}/_metadata->exit_code == KSFT_FAIL) {/g or die "no failure\n";
s/\/\* Calls fn\(\) with each test's full name.*?(?=static pid_t suite_forking)/$at_exit/s
	or die "no selection\n";
s/int suite_harness_main\(int argc, char \*\*argv\);.*?(?=#endif \/\* SELF)/$start/s
	or die "no main()\n";
print;
