# SPDX-License-Identifier: GPL-2.0
# kselftest_harness.h: SKIP() does not hide an earlier failure.
$_ = <STDIN>;
my $comment = <<'END';
 *
 * A failed expectation stays a failure, unless the skip is in its own block.
 */
END

s{ \*/\n(?=#define SKIP\()}{$comment} or die "no SKIP()\n";
s{(\t_metadata->exit_code = )(KSFT_SKIP;)}{$1_metadata->failed ? KSFT_FAIL : $2}
	or die "no result of SKIP()\n";
s{(\tbool aborted;[^\n]*\n)}{$1\tbool failed;\t/* an expectation failed, and its block was left */\n}
	or die "no struct __test_metadata\n";
s{(\nstatic inline int __bail\([^\n]*\n\{\n)}{$1\tt->failed = true;\n\n} or die "no __bail()\n";
s{(\tt->aborted = false;\n)(?=\tt->)}{$1\tt->failed = false;\n} or die "no __run_test()\n";
print;
